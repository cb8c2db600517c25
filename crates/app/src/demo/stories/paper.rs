//! The payment stands and the paper does not come: nothing is reversed, the slip is printed again.

use super::{PRINTED, Story, TOOK_PLACE};
use crate::demo::play::{Sign, Step};
use slipway_slip::printer::Fault as PaperFault;

macro_rules! broken {
    ($name:literal, $zh:literal, $en:literal, $fault:expr) => {
        Story {
            name: $name,
            scenario: &["A13"],
            zh: $zh,
            en: $en,
            play: &[
                Step::Paper($fault),
                Step::Sale { right: true },
                Step::Until(Sign::Unprinted),
                Step::Tell("打印机修好，按重打印", "the printer is put right, reprint is pressed"),
                Step::Mend,
                Step::Reprint,
                PRINTED,
            ],
            must: TOOK_PLACE,
        }
    };
}

pub(super) static STORIES: &[Story] = &[
    Story {
        name: "paper-out",
        scenario: &["A13"],
        zh: "打印中缺纸",
        en: "Paper runs out in mid-slip",
        play: &[
            Step::Paper(PaperFault::PaperOut { after: 6 }),
            Step::Sale { right: true },
            Step::Until(Sign::Unprinted),
            Step::Tell("换纸，按重打印", "paper is put in, reprint is pressed"),
            Step::Mend,
            Step::Reprint,
            PRINTED,
        ],
        must: TOOK_PLACE,
    },
    broken!("jam", "打印中卡纸", "The paper jams in mid-slip", PaperFault::Jam { after: 6 }),
    broken!("cover-open", "打印中上盖打开", "The cover is opened in mid-slip", PaperFault::CoverOpen { after: 6 }),
    Story {
        name: "dead-head",
        scenario: &["A13"],
        zh: "打印头损坏，纸上空白；修好后重打",
        en: "The head is dead and the paper is blank; it is mended, and the slip printed again",
        play: &[
            Step::Paper(PaperFault::DeadHead),
            Step::Sale { right: true },
            Step::Until(Sign::Screen("请检查打印纸")),
            Step::Tell("换打印头，按重打印", "the head is replaced, reprint is pressed"),
            Step::Mend,
            Step::Reprint,
            PRINTED,
        ],
        must: TOOK_PLACE,
    },
    Story {
        name: "power-cut-printing",
        scenario: &["A11"],
        zh: "缺纸时断电，通电后提示重打",
        en: "Power cut while the slip is not out: the till asks to print it again",
        play: &[
            Step::Paper(PaperFault::PaperOut { after: 6 }),
            Step::Sale { right: true },
            Step::Until(Sign::Unprinted),
            Step::Tell("此刻断电；换纸，再通电", "now the plug is pulled; paper is put in, and power is back"),
            Step::Unplug,
            Step::Mend,
            Step::Plug,
            Step::Until(Sign::Screen("未打印：重打")),
            Step::Reprint,
            PRINTED,
        ],
        must: TOOK_PLACE,
    },
];

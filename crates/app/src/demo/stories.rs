//! The stories: what is done at the counter, what is broken on the way, and what must be true afterwards. Data only: `demo` plays
//! them on a stage of its own ([`super::playing`]), the page of `up --demo` on the network that runs.

mod days;
mod kinds;
mod lines;
mod paper;
mod second;
mod till;

pub use super::play::AMOUNT_FEN;
pub use super::playing::{Scene, scene};

use super::play::{Sign, Step};
use crate::proxy::Fault;
use slipway_terms::{Cashier, Fate, NoticeKind};

/// One story.
pub struct Story {
    /// Its name on the command line.
    pub name: &'static str,
    /// Scenario ids.
    pub scenario: &'static [&'static str],
    /// What it is about.
    pub zh: &'static str,
    /// What it is about.
    pub en: &'static str,
    /// What is done, in order.
    pub play: &'static [Step],
    /// What must be true when all is quiet.
    pub must: Must,
}

/// What must be true when all is quiet, of all exchanges of the story together.
#[derive(Clone, Copy)]
pub struct Must {
    /// Debit postings at the issuer.
    pub debits: u32,
    /// Return postings.
    pub refunds: u32,
    /// Net merchant credits, in exchanges.
    pub credits: i64,
    /// Approved slips (printed or reprintable).
    pub slips: usize,
    /// Notices in order.
    pub notices: &'static [NoticeKind],
    /// The verdict on the story's exchange.
    pub verdict: (Fate, Cashier),
}

const NOTHING: Must = Must {
    debits: 0,
    refunds: 0,
    credits: 0,
    slips: 0,
    notices: &[],
    verdict: (Fate::DidNotTakePlace, Cashier::TakeAgain),
};
const TOOK_PLACE: Must = Must {
    debits: 1,
    refunds: 0,
    credits: 1,
    slips: 1,
    notices: &[NoticeKind::Debit],
    verdict: (Fate::TookPlace, Cashier::Print),
};
const CAME_BACK: Must = Must {
    debits: 1,
    refunds: 1,
    credits: 0,
    slips: 0,
    notices: &[NoticeKind::Debit, NoticeKind::Refund],
    verdict: (Fate::Returned, Cashier::TakeAgain),
};

const REVERSED: Step = Step::Until(Sign::Screen("自动冲正成功"));
const PRINTED: Step = Step::Until(Sign::Printed);
const LOST: Step = Step::Arm(6, 210, Fault::Lose, 1);
const HELD: Step = Step::Arm(6, 210, Fault::Hold, 1);

macro_rules! lost {
    ($id:literal, $hop:literal, $mti:literal, $zh:literal, $en:literal, $must:expr) => {
        Story {
            name: "lost-answer",
            scenario: &[$id],
            zh: $zh,
            en: $en,
            // Nobody does anything: the terminal's idle timer sends the reversal.
            play: &[Step::Arm($hop, $mti, Fault::Lose, 1), Step::Sale { right: true }, REVERSED],
            must: $must,
        }
    };
}

/// All stories, in the order they are played.
pub fn all() -> impl Iterator<Item = &'static Story> {
    [ANSWERS, paper::STORIES, till::STORIES, kinds::STORIES, lines::STORIES, second::STORIES, days::STORIES]
        .into_iter()
        .flatten()
}

impl Story {
    /// What a page's button and `demo --story` call it: its name, or its scenario where several share the name.
    pub fn key(&self) -> &'static str {
        let shared = all().filter(|other| other.name == self.name).count() > 1;
        if shared { self.scenario[0] } else { self.name }
    }

    /// Whether a word of the command line means it.
    pub fn is_meant(&self, word: &str) -> bool {
        word == "all" || word == self.name || self.scenario.contains(&word)
    }

    /// Whether a business day ends in it: once a day of the network's clock at most, so it has a network of its own.
    pub fn ends_a_day(&self) -> bool {
        self.play.iter().any(|step| matches!(step, Step::EndDay | Step::Staged(_)))
    }
}

/// A sale and what may happen to its answer.
static ANSWERS: &[Story] = &[
    Story {
        name: "sale",
        scenario: &["A01"],
        zh: "一笔消费，从刷卡到签购单",
        en: "A sale from swipe to slip",
        play: &[Step::Sale { right: true }, PRINTED],
        must: TOOK_PLACE,
    },
    lost!("A02.1", 1, 200, "请求在终端与收单行之间丢失", "The request is lost between terminal and acquirer", NOTHING),
    lost!(
        "A02.2",
        2,
        200,
        "请求在收单行与交换中心之间丢失",
        "The request is lost between acquirer and switch",
        NOTHING
    ),
    lost!("A02.3", 3, 200, "请求在交换中心与发卡行之间丢失", "The request is lost between switch and issuer", NOTHING),
    lost!("A02.4", 4, 210, "应答在发卡行与交换中心之间丢失", "The answer is lost between issuer and switch", CAME_BACK),
    lost!(
        "A02.5",
        5,
        210,
        "应答在交换中心与收单行之间丢失",
        "The answer is lost between switch and acquirer",
        CAME_BACK
    ),
    lost!("A02.6", 6, 210, "应答在收单行与终端之间丢失", "The answer is lost between acquirer and terminal", CAME_BACK),
    Story {
        name: "next-transaction-reverses",
        scenario: &["A03"],
        zh: "下一笔交易前自动冲正",
        en: "The next transaction reverses first",
        play: &[
            LOST,
            Step::Sale { right: true },
            Step::Until(Sign::Screen("下一笔交易前自动冲正")),
            Step::Tell("收银员用任意卡查询余额", "the cashier asks for a balance with any card"),
            Step::Balance,
            REVERSED,
            Step::Until(Sign::Screen("余额")),
        ],
        must: CAME_BACK,
    },
    Story {
        name: "reversal-lost",
        scenario: &["A04"],
        zh: "冲正本身丢失",
        en: "The reversal itself is lost",
        play: &[
            LOST,
            Step::Arm(1, 400, Fault::Lose, 2),
            Step::Arm(6, 410, Fault::Lose, 1),
            Step::Sale { right: true },
            // Three sends of one occasion are lost: a fault slip tells the customer, and the reversal goes on by itself.
            REVERSED,
        ],
        must: CAME_BACK,
    },
    Story {
        name: "late-answer",
        scenario: &["A05"],
        zh: "批准应答迟到",
        en: "The approval comes too late",
        play: &[
            HELD,
            Step::Sale { right: true },
            Step::Until(Sign::Screen("下一笔交易前自动冲正")),
            Step::Tell("迟到的批准应答此刻到达终端", "the late approval reaches the terminal now"),
            Step::Release,
            REVERSED,
        ],
        must: CAME_BACK,
    },
    Story {
        name: "overtaken",
        scenario: &["A06"],
        zh: "冲正赶在原交易之前到达",
        en: "The reversal overtakes its original",
        play: &[
            Step::Arm(3, 200, Fault::Hold, 1),
            Step::Sale { right: true },
            Step::Until(Sign::Crossed(4, 430)),
            Step::Tell(
                "发卡行已记下冲正，原交易此刻才到",
                "the issuer has recorded the reversal; only now the original arrives",
            ),
            Step::Release,
            Step::Until(Sign::Crossed(4, 210)),
            Step::Ever(Sign::Screen("自动冲正成功")),
        ],
        must: NOTHING,
    },
    Story {
        name: "duplicate",
        scenario: &["A07"],
        zh: "同一请求到达两次",
        en: "The same request arrives twice",
        play: &[
            Step::Arm(1, 200, Fault::Double, 1),
            Step::Arm(2, 200, Fault::Double, 1),
            Step::Arm(3, 200, Fault::Double, 1),
            Step::Arm(4, 210, Fault::Double, 1),
            Step::Arm(5, 210, Fault::Double, 1),
            Step::Arm(6, 210, Fault::Double, 1),
            Step::Sale { right: true },
            PRINTED,
        ],
        must: TOOK_PLACE,
    },
    Story {
        name: "declined",
        scenario: &["A09"],
        zh: "密码错，拒绝",
        en: "Wrong PIN, declined",
        play: &[Step::Sale { right: false }, Step::Until(Sign::Screen("密码错"))],
        must: Must { notices: &[NoticeKind::Decline], ..NOTHING },
    },
    Story {
        name: "wrong-mac",
        scenario: &["A10"],
        zh: "应答的MAC不符",
        en: "The answer's MAC is wrong",
        play: &[Step::Arm(6, 210, Fault::SpoilMac, 1), Step::Sale { right: true }, REVERSED],
        must: CAME_BACK,
    },
    Story {
        name: "power-cut",
        scenario: &["A11"],
        zh: "发送后断电",
        en: "Power cut after sending",
        play: &[
            HELD,
            Step::Sale { right: true },
            Step::Until(Sign::Crossed(6, 210)),
            Step::Tell("此刻拔掉终端电源，再通电", "now the terminal's plug is pulled, and put back"),
            Step::Unplug,
            Step::Plug,
            REVERSED,
        ],
        must: CAME_BACK,
    },
];

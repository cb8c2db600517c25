//! The stories: what is done at the counter, what is broken on the way, and what must be true afterwards. Data only: `demo` plays
//! them on a stage of its own ([`super::playing`]), the page of `up --demo` on the network that runs.

mod second;

pub use super::play::AMOUNT_FEN;
pub use super::playing::{Scene, scene};

use super::play::{Sign, Step};
use crate::proxy::Fault;
use slipway_slip::printer::Fault as PaperFault;
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
pub static STORIES: &[Story] = &[
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
    Story {
        name: "second-swipe",
        scenario: &["D03"],
        zh: "首笔未了结，顾客再付：终端拦下，主管放行，首笔自动退回",
        en: "The customer pays again while the first is open: stopped, let go, and the first goes back by itself",
        play: &[Step::Staged(second::second_swipe)],
        must: Must {
            debits: 2,
            refunds: 1,
            credits: 1,
            slips: 1,
            notices: &[NoticeKind::Debit, NoticeKind::Debit, NoticeKind::Refund],
            verdict: (Fate::TookPlace, Cashier::Print),
        },
    },
    Story {
        name: "paid-twice",
        scenario: &["D03"],
        zh: "两笔都有签购单：一次购买还是两次，由人判定，一次确认即退",
        en: "Both have slips: one purchase or two is for a person, and one confirmation refunds the surplus",
        play: &[Step::Staged(second::paid_twice)],
        must: Must {
            debits: 2,
            refunds: 1,
            credits: 1,
            slips: 2,
            notices: &[NoticeKind::Debit, NoticeKind::Debit, NoticeKind::Refund],
            verdict: (Fate::TookPlace, Cashier::Print),
        },
    },
    Story {
        name: "chargeback",
        scenario: &["G01", "G02", "G03"],
        zh: "调单与拒付：缺纸的由存根答复，退单无人再请款；有签名的胜诉；验过密码的不予退单",
        en: "Disputes: the archive answers for lost paper, a chargeback nobody answers, a signed slip wins, what a PIN verified is not charged back",
        play: &[Step::Staged(super::disputed::play)],
        must: Must {
            debits: 3,
            refunds: 0,
            credits: 3,
            slips: 3,
            notices: &[
                NoticeKind::Debit,
                NoticeKind::Debit,
                NoticeKind::Debit,
                NoticeKind::Refund,
                NoticeKind::Refund,
                NoticeKind::Debit,
            ],
            verdict: (Fate::TookPlace, Cashier::Print),
        },
    },
];

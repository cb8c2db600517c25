//! The stories: what is done at the counter, what is broken on the way, and what must be true afterwards.

mod second;

use super::proxy::{Fault, Rule};
use super::stage::{Seen, Stage, paper, printer};
use super::till::Till;
use crate::network::sample::{self, SampleCard};
use crate::say::End;
use slipway_node::Act;
use slipway_slip::printer::{Fault as PaperFault, SimPrinter};
use slipway_terms::{Cashier, Fate, NoticeKind, PaperFate};
use std::sync::{Arc, Mutex};

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
    /// Plays it on a terminal of its own.
    pub play: fn(&mut Stage, &mut Scene) -> Result<(), End>,
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

/// A terminal with its printer and card for one story.
pub struct Scene {
    /// The terminal; taken away while its power is off.
    pub till: Option<Till>,
    /// Its index on the stage.
    pub index: usize,
    /// Its printer.
    pub printer: Arc<Mutex<SimPrinter>>,
    /// The customer's card.
    pub card: SampleCard,
    /// Place in the list of what was seen where the story began.
    pub from: usize,
}

impl Scene {
    /// The terminal, while it has power.
    pub fn till(&self) -> Result<&Till, End> {
        self.till.as_ref().ok_or_else(|| End::broken("终端已断电", "the terminal has no power"))
    }

    /// A sale of the usual amount.
    pub fn sale(&self) -> Result<(), End> {
        self.till()?.sale(AMOUNT_FEN, &self.card, sample::CARD_PIN)
    }

    /// Waits for a screen that says this.
    pub fn until_screen(&self, stage: &mut Stage, from: usize, zh: &'static str) -> Result<(), End> {
        stage.until(
            from,
            zh,
            |seen| matches!(seen, Seen::Screen(show) if show.lines.iter().any(|line| line.zh.contains(zh))),
        )
    }

    /// Until the cardholder's copy is out.
    pub fn until_printed(&self, stage: &mut Stage, from: usize) -> Result<(), End> {
        stage.until(from, "paper", |seen| {
            matches!(seen, Seen::Paper(slipway_terms::Copy::Cardholder, PaperFate::Printed, _))
        })
    }

    /// Waits for a frame of this type on this hop, whatever becomes of it.
    pub fn until_crossed(&self, stage: &mut Stage, from: usize, hop: u8, mti: u16) -> Result<(), End> {
        stage.until(from, "crossing", |seen| matches!(seen, Seen::Crossed(c) if c.hop == hop && c.message.as_ref().is_some_and(|m| m.mti.0 == mti)))
    }
}

const AMOUNT_FEN: u64 = 8_800;

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

macro_rules! lost {
    ($id:literal, $hop:literal, $mti:literal, $zh:literal, $en:literal, $must:expr) => {
        Story {
            name: "lost-answer",
            scenario: &[$id],
            zh: $zh,
            en: $en,
            play: |stage, scene| lost_answer(stage, scene, $hop, $mti),
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
        play: sale,
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
        play: next_reverses,
        must: CAME_BACK,
    },
    Story {
        name: "reversal-lost",
        scenario: &["A04"],
        zh: "冲正本身丢失",
        en: "The reversal itself is lost",
        play: reversal_lost,
        must: CAME_BACK,
    },
    Story {
        name: "late-answer",
        scenario: &["A05"],
        zh: "批准应答迟到",
        en: "The approval comes too late",
        play: late_answer,
        must: CAME_BACK,
    },
    Story {
        name: "overtaken",
        scenario: &["A06"],
        zh: "冲正赶在原交易之前到达",
        en: "The reversal overtakes its original",
        play: overtaken,
        must: NOTHING,
    },
    Story {
        name: "duplicate",
        scenario: &["A07"],
        zh: "同一请求到达两次",
        en: "The same request arrives twice",
        play: duplicate,
        must: TOOK_PLACE,
    },
    Story {
        name: "declined",
        scenario: &["A09"],
        zh: "密码错，拒绝",
        en: "Wrong PIN, declined",
        play: declined,
        must: Must { notices: &[NoticeKind::Decline], ..NOTHING },
    },
    Story {
        name: "wrong-mac",
        scenario: &["A10"],
        zh: "应答的MAC不符",
        en: "The answer's MAC is wrong",
        play: wrong_mac,
        must: CAME_BACK,
    },
    Story {
        name: "power-cut",
        scenario: &["A11"],
        zh: "发送后断电",
        en: "Power cut after sending",
        play: power_cut,
        must: CAME_BACK,
    },
    Story {
        name: "paper-out",
        scenario: &["A13"],
        zh: "打印中缺纸",
        en: "Paper runs out in mid-slip",
        play: paper_out,
        must: TOOK_PLACE,
    },
    Story {
        name: "second-swipe",
        scenario: &["D03"],
        zh: "首笔未了结，顾客再付：终端拦下，主管放行，首笔自动退回",
        en: "The customer pays again while the first is open: stopped, let go, and the first goes back by itself",
        play: second::second_swipe,
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
        play: second::paid_twice,
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
        zh: "调单与拒付：没有签购单的退回，有签名的胜诉，验过密码的不予退单",
        en: "Disputes: no slip and the money goes back, a signed slip wins, what a PIN verified is not charged back",
        play: super::disputed::play,
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

fn sale(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    scene.sale()?;
    scene.until_printed(stage, scene.from)
}

fn lost_answer(stage: &mut Stage, scene: &mut Scene, hop: u8, mti: u16) -> Result<(), End> {
    stage.faults.arm(Rule { hop, mti, fault: Fault::Lose, times: 1 });
    scene.sale()?;
    // Nobody does anything: the terminal's idle timer sends the reversal.
    scene.until_screen(stage, scene.from, "自动冲正成功")
}

fn next_reverses(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    stage.faults.arm(Rule { hop: 6, mti: 210, fault: Fault::Lose, times: 1 });
    scene.sale()?;
    stage.until(scene.from, "doubt", |seen| matches!(seen, Seen::Screen(show) if show.lines.iter().any(|line| line.zh.contains("下一笔交易前自动冲正"))))?;
    stage.tell("收银员用任意卡查询余额", "the cashier asks for a balance with any card");
    let from = stage.place();
    scene.till()?.balance(&scene.card)?;
    scene.until_screen(stage, from, "自动冲正成功")?;
    scene.until_screen(stage, from, "余额")
}

fn reversal_lost(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    stage.faults.arm(Rule { hop: 6, mti: 210, fault: Fault::Lose, times: 1 });
    stage.faults.arm(Rule { hop: 1, mti: 400, fault: Fault::Lose, times: 2 });
    stage.faults.arm(Rule { hop: 6, mti: 410, fault: Fault::Lose, times: 1 });
    scene.sale()?;
    // Three sends of one occasion are lost: a fault slip tells the customer, and the reversal goes on by itself.
    scene.until_screen(stage, scene.from, "自动冲正成功")
}

fn late_answer(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    stage.faults.arm(Rule { hop: 6, mti: 210, fault: Fault::Hold, times: 1 });
    scene.sale()?;
    scene.until_screen(stage, scene.from, "下一笔交易前自动冲正")?;
    stage.tell("迟到的批准应答此刻到达终端", "the late approval reaches the terminal now");
    stage.faults.release();
    scene.until_screen(stage, scene.from, "自动冲正成功")
}

fn overtaken(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    stage.faults.arm(Rule { hop: 3, mti: 200, fault: Fault::Hold, times: 1 });
    scene.sale()?;
    scene.until_crossed(stage, scene.from, 4, 430)?;
    stage.tell(
        "发卡行已记下冲正，原交易此刻才到",
        "the issuer has recorded the reversal; only now the original arrives",
    );
    let from = stage.place();
    stage.faults.release();
    scene.until_crossed(stage, from, 4, 210)?;
    scene.until_screen(stage, scene.from, "自动冲正成功")
}

fn duplicate(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    for (hop, mti) in [(1, 200), (2, 200), (3, 200), (4, 210), (5, 210), (6, 210)] {
        stage.faults.arm(Rule { hop, mti, fault: Fault::Double, times: 1 });
    }
    scene.sale()?;
    scene.until_printed(stage, scene.from)
}

fn declined(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    scene.till()?.sale(AMOUNT_FEN, &scene.card, "999999")?;
    scene.until_screen(stage, scene.from, "密码错")
}

fn wrong_mac(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    stage.faults.arm(Rule { hop: 6, mti: 210, fault: Fault::SpoilMac, times: 1 });
    scene.sale()?;
    scene.until_screen(stage, scene.from, "自动冲正成功")
}

fn power_cut(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    stage.faults.arm(Rule { hop: 6, mti: 210, fault: Fault::Hold, times: 1 });
    scene.sale()?;
    scene.until_crossed(stage, scene.from, 6, 210)?;
    stage.tell("此刻拔掉终端电源，再通电", "now the terminal's plug is pulled, and put back");
    if let Some(till) = scene.till.take() {
        till.pull_the_plug()?;
    }
    stage.faults.clear();
    let from = stage.place();
    let till = stage.till(scene.index, &scene.printer)?;
    till.sign_in()?;
    scene.till = Some(till);
    scene.until_screen(stage, from, "自动冲正成功")
}

fn paper_out(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    paper(&scene.printer, Some(PaperFault::PaperOut { after: 6 }));
    scene.sale()?;
    stage.until(scene.from, "paper out", |seen| {
        matches!(seen, Seen::Paper(_, PaperFate::Half | PaperFate::Missing, _))
    })?;
    stage.tell("换纸，按重打印", "paper is put in, reprint is pressed");
    paper(&scene.printer, None);
    let from = stage.place();
    scene.till()?.act(Act::Reprint(None));
    scene.until_printed(stage, from)
}

/// Brings a story's terminal on the stage, signed in and signed on.
pub fn scene(stage: &mut Stage, index: usize) -> Result<Scene, End> {
    let printer = printer();
    let card = SampleCard::new(index % 2, index, false)
        .ok_or_else(|| End::usage("演示卡无效", "the sample card is not valid"))?;
    let from = stage.place();
    let till = stage.till(index, &printer)?;
    till.sign_in()?;
    let scene = Scene { till: Some(till), index, printer, card, from };
    scene.until_screen(stage, from, "签到成功")?;
    Ok(Scene { from: stage.place(), ..scene })
}

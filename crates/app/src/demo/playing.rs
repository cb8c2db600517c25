//! Plays a story on the stage of a demonstration, on a terminal of its own.

use super::play::{AMOUNT_FEN, Sign, Step};
use super::stage::{Seen, Stage, paper, printer};
use super::till::Till;
use crate::act;
use crate::network::sample::{self, SampleCard};
use crate::proxy::Rule;
use crate::say::End;
use crate::window::cards::{Card, personalise};
use serde_json::json;
use slipway_node::{Act, CardRead, Hand, Question};
use slipway_runtime::os::{Control, Handle};
use slipway_slip::printer::SimPrinter;
use slipway_terms::{Copy, Finding, Found, Ground, Moment, PaperFate, Short, TerminalId};
use std::sync::{Arc, Mutex};

/// Nobody's PIN.
const WRONG_PIN: &str = "999999";

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
    /// The same where its terminal came on the stage.
    opened: usize,
}

impl Scene {
    /// The terminal, while it has power.
    pub fn till(&self) -> Result<&Till, End> {
        self.till.as_ref().ok_or_else(|| End::broken("终端已断电", "the terminal has no power"))
    }

    /// Place in the list of what was seen from which its terminal's screens are.
    pub const fn began(&self) -> usize {
        self.opened
    }

    /// The cards that lie beside it, in the order of a page's tray: two debit cards, a credit card, one of the other issuer.
    pub fn tray(&self, stage: &Stage, chips: bool) -> Result<Vec<Card>, End> {
        let (own, other) = (self.index % 2, (self.index + 1) % 2);
        // A network has a credit card to ten debit cards.
        let credit = self.index.div_ceil(10);
        let more = [(other, self.index, false), (own, credit, true), (other, credit, true)];
        let more = more.into_iter().filter_map(|(issuer, serial, credit)| SampleCard::new(issuer, serial, credit));
        let mut cards: Vec<Card> =
            std::iter::once(self.card.clone()).chain(more).map(|card| Card::sample(card, "")).collect();
        if chips {
            personalise(&mut cards, stage.dir());
            if let Ok(mut slot) = stage.slot.lock() {
                slot.fill(cards.iter().enumerate().filter_map(|(at, card)| Some((at, card.chip.clone()?))), None);
            }
        }
        Ok(cards)
    }

    /// A sale of the usual amount.
    pub fn sale(&self) -> Result<(), End> {
        self.till()?.sale(AMOUNT_FEN, &self.card, sample::CARD_PIN)
    }

    /// Waits for a screen that says this.
    pub fn until_screen(&self, stage: &mut Stage, from: usize, zh: &'static str) -> Result<(), End> {
        until(stage, sample::terminal(self.index), from, Sign::Screen(zh))
    }

    /// Until the cardholder's copy is out.
    pub fn until_printed(&self, stage: &mut Stage, from: usize) -> Result<(), End> {
        until(stage, sample::terminal(self.index), from, Sign::Printed)
    }

    /// Waits for a frame of this type on this hop, whatever becomes of it.
    pub fn until_crossed(&self, stage: &mut Stage, from: usize, hop: u8, mti: u16) -> Result<(), End> {
        until(stage, sample::terminal(self.index), from, Sign::Crossed(hop, mti))
    }
}

/// Brings a story's terminal on the stage, signed in and signed on.
pub fn scene(stage: &mut Stage, index: usize) -> Result<Scene, End> {
    let printer = printer();
    let card = SampleCard::new(index % 2, index, false)
        .ok_or_else(|| End::usage("演示卡无效", "the sample card is not valid"))?;
    let from = stage.place();
    let till = stage.till(index, &printer)?;
    till.sign_in()?;
    let scene = Scene { till: Some(till), index, printer, card, from, opened: from };
    until(stage, sample::terminal(index), from, Sign::Screen("签到成功"))?;
    Ok(Scene { from: stage.place(), ..scene })
}

/// Plays all steps.
pub fn play(stage: &mut Stage, scene: &mut Scene, steps: &[Step]) -> Result<(), End> {
    let mut from = scene.from;
    for step in steps {
        match *step {
            Step::Tell(zh, en) => stage.tell(zh, en),
            Step::Until(sign) => until(stage, sample::terminal(scene.index), from, sign)?,
            Step::Ever(sign) => until(stage, sample::terminal(scene.index), scene.from, sign)?,
            Step::Staged(play) => play(stage, scene)?,
            Step::Arm(hop, mti, fault, times) => stage.faults.arm(Rule { hop, mti, fault, times }),
            _ => {
                from = stage.place();
                does(stage, scene, step)?;
            }
        }
    }
    Ok(())
}

fn does(stage: &mut Stage, scene: &mut Scene, step: &Step) -> Result<(), End> {
    match *step {
        Step::Sale { right } => {
            let pin = if right { sample::CARD_PIN } else { WRONG_PIN };
            scene.till()?.sale(AMOUNT_FEN, &scene.card, pin)?;
        }
        Step::Balance => scene.till()?.balance(&scene.card)?,
        Step::Deal(deal) => deal.play(stage, scene)?,
        Step::Key("cashier") => scene.till()?.sign_in()?,
        Step::Key(word) => scene.till()?.act(act::read(&json!({"act": word}))?),
        Step::WrongWay => scene.till()?.act(Act::Card(CardRead::WrongWay)),
        Step::HostOff(party) => stage.plug(party, false)?,
        Step::HostOn(party) => stage.plug(party, true)?,
        Step::EndDay => stage.clear_day()?,
        Step::Reprint => scene.till()?.act(Act::Reprint(None)),
        Step::Release => stage.faults.release(),
        Step::Clear => stage.faults.clear(),
        Step::OnePurchase => {
            let gone = || End::broken("收单行不在", "the acquirer is gone");
            one_purchase(&stage.hosts.as_ref().ok_or_else(gone)?.acquirer, scene.till()?.seat)?;
        }
        Step::Paper(fault) => paper(&scene.printer, Some(fault)),
        Step::Mend => paper(&scene.printer, None),
        Step::Unplug => {
            if let Some(till) = scene.till.take() {
                till.pull_the_plug()?;
            }
            stage.faults.clear();
        }
        Step::Plug => {
            let till = stage.till(scene.index, &scene.printer)?;
            till.sign_in()?;
            scene.till = Some(till);
        }
        Step::Tell(..) | Step::Until(_) | Step::Ever(_) | Step::Arm(..) | Step::Staged(_) => {}
    }
    Ok(())
}

/// Ends the open case of a payment made twice at this terminal: it was one purchase, and the surplus goes back.
///
/// # Errors
/// 1 there is no such case.
pub fn one_purchase(acquirer: &Handle, seat: TerminalId) -> Result<(), End> {
    let none = || End::usage("收单行没有这样的差错单", "the acquirer has no such case");
    let cases = acquirer.ask(Question::Cases { rows_max: 64 }).ok_or_else(none)?;
    let open = cases.iter().filter(|seen| seen.till.is_some_and(|till| till.terminal == seat));
    let key = open.flat_map(|seen| &seen.cases).find(|case| case.ground() == Ground::PaidTwice).ok_or_else(none)?.key;
    let (by, because) = (Short::cut("demo"), Short::cut("顾客只买了一次 bought once"));
    let found = Found { finding: Finding::OnePurchase, by, because, at: Moment(0) };
    acquirer.tell(Control::Hand(Hand::Finding(key, found)));
    Ok(())
}

fn until(stage: &mut Stage, seat: TerminalId, from: usize, sign: Sign) -> Result<(), End> {
    match sign {
        Sign::Screen(zh) => stage.until(from, zh, |seen| {
            matches!(seen, Seen::Screen(show) if show.lines.iter().any(|line| line.zh.contains(zh)))
        }),
        Sign::Printed => stage
            .until(from, "paper", |seen| matches!(seen, Seen::Paper(Copy::Cardholder, PaperFate::Printed, _))),
        Sign::Unprinted => stage.until(from, "paper out", |seen| {
            matches!(seen, Seen::Paper(_, PaperFate::Half | PaperFate::Missing, _))
        }),
        Sign::Line(up) => {
            stage.until(from, "line", |seen| matches!(seen, Seen::Line(at, now) if *at == seat && *now == up))
        }
        Sign::Crossed(hop, mti) => stage.until(from, "crossing", |seen| {
            matches!(seen, Seen::Crossed(c) if c.hop == hop && c.message.as_ref().is_some_and(|m| m.mti.0 == mti))
        }),
    }
}

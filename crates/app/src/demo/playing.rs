//! Plays a story on the stage of a demonstration, on a terminal of its own.

use super::play::{AMOUNT_FEN, Sign, Step};
use super::stage::{Seen, Stage, paper, printer};
use super::till::Till;
use crate::network::sample::{self, SampleCard};
use crate::proxy::Rule;
use crate::say::End;
use slipway_node::Act;
use slipway_slip::printer::SimPrinter;
use slipway_terms::{Copy, PaperFate};
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
        until(stage, from, Sign::Screen(zh))
    }

    /// Until the cardholder's copy is out.
    pub fn until_printed(&self, stage: &mut Stage, from: usize) -> Result<(), End> {
        until(stage, from, Sign::Printed)
    }

    /// Waits for a frame of this type on this hop, whatever becomes of it.
    pub fn until_crossed(&self, stage: &mut Stage, from: usize, hop: u8, mti: u16) -> Result<(), End> {
        until(stage, from, Sign::Crossed(hop, mti))
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
    let scene = Scene { till: Some(till), index, printer, card, from };
    until(stage, from, Sign::Screen("签到成功"))?;
    Ok(Scene { from: stage.place(), ..scene })
}

/// Plays all steps.
pub fn play(stage: &mut Stage, scene: &mut Scene, steps: &[Step]) -> Result<(), End> {
    let mut from = scene.from;
    for step in steps {
        match *step {
            Step::Tell(zh, en) => stage.tell(zh, en),
            Step::Until(sign) => until(stage, from, sign)?,
            Step::Ever(sign) => until(stage, scene.from, sign)?,
            Step::Staged(play) => play(stage, scene)?,
            Step::Arm(hop, mti, fault, times) => stage.faults.arm(Rule { hop, mti, fault, times }),
            _ => {
                from = stage.place();
                act(stage, scene, step)?;
            }
        }
    }
    Ok(())
}

fn act(stage: &mut Stage, scene: &mut Scene, step: &Step) -> Result<(), End> {
    match *step {
        Step::Sale { right } => {
            let pin = if right { sample::CARD_PIN } else { WRONG_PIN };
            scene.till()?.sale(AMOUNT_FEN, &scene.card, pin)?;
        }
        Step::Balance => scene.till()?.balance(&scene.card)?,
        Step::Reprint => scene.till()?.act(Act::Reprint(None)),
        Step::Release => stage.faults.release(),
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

fn until(stage: &mut Stage, from: usize, sign: Sign) -> Result<(), End> {
    match sign {
        Sign::Screen(zh) => stage.until(from, zh, |seen| {
            matches!(seen, Seen::Screen(show) if show.lines.iter().any(|line| line.zh.contains(zh)))
        }),
        Sign::Printed => stage
            .until(from, "paper", |seen| matches!(seen, Seen::Paper(Copy::Cardholder, PaperFate::Printed, _))),
        Sign::Unprinted => stage.until(from, "paper out", |seen| {
            matches!(seen, Seen::Paper(_, PaperFate::Half | PaperFate::Missing, _))
        }),
        Sign::Crossed(hop, mti) => stage.until(from, "crossing", |seen| {
            matches!(seen, Seen::Crossed(c) if c.hop == hop && c.message.as_ref().is_some_and(|m| m.mti.0 == mti))
        }),
    }
}

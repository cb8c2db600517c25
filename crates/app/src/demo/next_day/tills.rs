//! The day at the tills: one after the other comes on, its fault happens, its plug is pulled, and it stays dark.

use super::faults::{BREAKS, Break, Cut, Deed, fen};
use super::hours::calm;
use super::report;
use crate::demo::stage::{Seen, Stage, paper, printer};
use crate::demo::stories::{Scene, scene};
use crate::demo::till::Till;
use crate::network::sample::{CARD_PIN, OPERATOR_PASSWORD};
use crate::say::{End, Say};
use crate::window::cards;
use slipway_node::{Act, CardRead, KeyPress, Named};
use slipway_terminal::{Exchange, TerminalRow};
use slipway_terms::{Amount, Kind, Moment, OperatorNo, PaperFate, Pin, TerminalId};
use std::ops::Range;
use std::path::Path;

/// A PIN of no card.
const NO_CARDS_PIN: &str = "999999";
/// The chip that is held to the reader.
const CHIP: usize = 0;

/// One till's part of the day.
#[derive(Debug)]
pub struct Played {
    /// Which fault.
    pub of: &'static Break,
    /// At which terminal.
    pub seat: TerminalId,
    /// When it began.
    pub at: Moment,
    /// What was seen of it, as places in the stage's list.
    pub seen: Range<usize>,
}

/// Plays all faults.
pub fn day(stage: &mut Stage, dir: &Path, say: &Say) -> Result<Vec<Played>, End> {
    let mut tray = cards::tray(None)?;
    cards::personalise(&mut tray, dir);
    if let Ok(mut slot) = stage.slot.lock() {
        slot.fill(tray.iter().enumerate().filter_map(|(at, card)| Some((at, card.chip.clone()?))), None);
    }
    let mut played = Vec::new();
    for (index, of) in (1..).zip(&BREAKS) {
        let mut scene = scene(stage, index)?;
        let at = stage.now();
        let seat = scene.till()?.seat;
        one(stage, &mut scene, of)?;
        let one = Played { of, seat, at, seen: scene.from..stage.place() };
        report::till(&one, stage, say);
        played.push(one);
    }
    Ok(played)
}

fn one(stage: &mut Stage, scene: &mut Scene, of: &Break) -> Result<(), End> {
    let fen = fen(scene.index);
    if of.deed == Deed::Void {
        void_begins(stage, scene, fen)?;
    }
    if of.paper.is_some() {
        paper(&scene.printer, of.paper);
    }
    of.rules.iter().for_each(|rule| stage.faults.arm(*rule));
    let from = stage.place();
    match of.deed {
        Deed::Sale | Deed::SaleThenBalance => scene.till()?.sale(fen, &scene.card, CARD_PIN)?,
        Deed::WrongPin => scene.till()?.sale(fen, &scene.card, NO_CARDS_PIN)?,
        Deed::Tap => tap(stage, scene, fen)?,
        Deed::Void => void(stage, scene)?,
    }
    if of.deed == Deed::SaleThenBalance {
        scene.until_screen(stage, from, "下一笔交易前自动冲正")?;
        scene.till()?.balance(&scene.card)?;
    }
    match of.cut {
        Cut::Crossed(hop, mti) => scene.until_crossed(stage, from, hop, mti)?,
        Cut::Paper => stage
            .until(from, "paper", |seen| matches!(seen, Seen::Paper(_, PaperFate::Half | PaperFate::Missing, _)))?,
    }
    if let Some(till) = scene.till.take() {
        till.pull_the_plug()?;
    }
    if let Some((hop, mti)) = of.release {
        scene.until_crossed(stage, from, hop, mti)?;
    }
    // What was held arrives now; then the hosts do what they can, alone.
    stage.faults.clear();
    calm(stage)
}

/// A week later every till is switched on again, signs on and says what it still owes. Nothing may move for it.
pub fn back(stage: &mut Stage) -> Result<Vec<Till>, End> {
    let mut tills = Vec::new();
    for (index, _) in (1..).zip(&BREAKS) {
        let till = stage.till(index, &printer())?;
        till.sign_in()?;
        tills.push(till);
    }
    tills.iter().try_for_each(|till| stage.quiet(till))?;
    calm(stage)?;
    Ok(tills)
}

fn pin(text: &str) -> Result<Pin, End> {
    Pin::new(text).map_err(|bad| End::usage(bad.0, bad.0))
}

fn tap(stage: &Stage, scene: &Scene, fen: u64) -> Result<(), End> {
    let chip = stage.slot.lock().ok().and_then(|mut slot| slot.put(CHIP, true));
    let chip = chip.ok_or_else(|| End::broken("此卡没有芯片", "this card has no chip"))?;
    let till = scene.till()?;
    till.act(Act::Sale(Amount::fen(fen)));
    till.act(Act::Card(CardRead::Chip(chip)));
    till.act(Act::Key(KeyPress::Enter));
    Ok(())
}

/// A sale that nothing happens to: its slip is out, and the acquirer has heard of it.
fn void_begins(stage: &mut Stage, scene: &Scene, fen: u64) -> Result<(), End> {
    let from = stage.place();
    scene.till()?.sale(fen, &scene.card, CARD_PIN)?;
    scene.until_crossed(stage, from, 6, 630)
}

/// The void of that sale.
fn void(stage: &mut Stage, scene: &Scene) -> Result<(), End> {
    let till = scene.till()?;
    let gone = || End::broken("终端不在", "the terminal is gone");
    let rows = crate::audit::rows::<TerminalRow>(&till.bank).ok_or_else(gone)?;
    let sale = rows.into_iter().find_map(|row| match row {
        TerminalRow::Exchange(exchange) if exchange.kind == Kind::Sale => Some(exchange),
        _ => None,
    });
    let sale: Exchange = sale.ok_or_else(gone)?;
    let from = stage.place();
    till.act(Act::Begin(Kind::SaleVoid, None, Some(Named::Voucher(sale.key.stan))));
    till.act(Act::Allow(OperatorNo(0), pin(OPERATOR_PASSWORD)?));
    scene.until_screen(stage, from, "无误请按确认")?;
    till.act(Act::Key(KeyPress::Enter));
    Ok(())
}

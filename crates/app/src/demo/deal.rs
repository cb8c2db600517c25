//! A transaction of a play, from the menu to its end: what kind, how much, about which earlier one, with which card, and who allows
//! it. Whoever plays it answers what the screen asks, as the clerk of a script does.

use crate::window::script::{Tail, answer, asks_card, can_be_about, waits};

use super::playing::Scene;
use super::stage::{Seen, Stage};
use crate::audit::rows;
use crate::network::sample::OPERATOR_PASSWORD;
use crate::say::End;
use slipway_node::{Act, CardRead, Named, Question, Show};
use slipway_runtime::os::Handle;
use slipway_terminal::{Exchange, TerminalRow};
use slipway_terms::{Amount, Kind, PayAgain, Pin, TerminalId};

/// The most questions of one transaction.
const QUESTIONS_MAX: usize = 12;

/// How a card comes to the reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// Its stripe is drawn.
    Swipe,
    /// Its chip is inserted.
    Insert,
    /// Its chip is held to the reader.
    Tap,
}

/// One transaction.
#[derive(Clone, Copy, Debug)]
pub struct Deal {
    kind: Kind,
    fen: u64,
    last: bool,
    card: Option<(u8, How)>,
    by: bool,
    go: bool,
    again: Option<PayAgain>,
}

impl Deal {
    /// Of this kind, about nothing, without a card.
    pub const fn of(kind: Kind) -> Self {
        Self { kind, fen: 0, last: false, card: None, by: false, go: false, again: None }
    }

    /// Of this amount.
    pub const fn fen(self, fen: u64) -> Self {
        Self { fen, ..self }
    }

    /// About the newest one in the journal that it can be about.
    pub const fn last(self) -> Self {
        Self { last: true, ..self }
    }

    /// With the card at this place of the tray.
    pub const fn card(self, place: u8, how: How) -> Self {
        Self { card: Some((place, how)), ..self }
    }

    /// The supervisor allows it.
    pub const fn by_supervisor(self) -> Self {
        Self { by: true, ..self }
    }

    /// Enter is pressed where the till asks whether it is right.
    pub const fn go(self) -> Self {
        Self { go: true, ..self }
    }

    /// Let go by the supervisor for this reason where an earlier payment stops it.
    pub const fn again(self, reason: PayAgain) -> Self {
        Self { again: Some(reason), by: true, ..self }
    }

    /// Whether a chip is needed.
    pub fn needs_chip(&self) -> bool {
        self.card.is_some_and(|(_, how)| how != How::Swipe)
    }

    /// `deal.SaleVoid.0.last.-.-.by+go`: kind, fen, what it is about, place of the card, how, flags.
    pub fn written(&self) -> String {
        let about = if self.last { "last" } else { "new" };
        let card = match self.card {
            None => "-.-".into(),
            Some((place, How::Swipe)) => format!("{place}.swipe"),
            Some((place, How::Insert)) => format!("{place}.insert"),
            Some((place, How::Tap)) => format!("{place}.tap"),
        };
        let flags = [self.by.then_some("by"), self.go.then_some("go"), self.again.map(PayAgain::word)];
        let flags: Vec<_> = flags.into_iter().flatten().collect();
        let flags = if flags.is_empty() { "-".into() } else { flags.join("+") };
        format!("deal.{:?}.{}.{about}.{card}.{flags}", self.kind, self.fen)
    }

    fn tail(&self) -> Result<Tail, End> {
        let password = Pin::new(OPERATOR_PASSWORD).map_err(|bad| End::usage(bad.0, bad.0))?;
        Ok(Tail {
            card: self.card.map(|(place, _)| usize::from(place) + 1),
            chip: self.card.and_then(|(_, how)| (how != How::Swipe).then_some(how == How::Tap)),
            by: self.by.then_some((0, password)),
            go: self.go,
            again: self.again,
            ..Tail::default()
        })
    }

    /// Plays it on the stage of a demonstration.
    pub fn play(&self, stage: &mut Stage, scene: &Scene) -> Result<(), End> {
        let till = scene.till()?;
        rest(stage, scene)?;
        let named = if self.last { Some(named(&till.bank, till.seat, self.kind)?) } else { None };
        let amount = (self.fen > 0).then(|| Amount::fen(self.fen));
        let (cards, tail) = (scene.tray(stage, self.needs_chip())?, self.tail()?);
        till.act(Act::Begin(self.kind, amount, named));
        for _ in 0..QUESTIONS_MAX {
            let shown = rest(stage, scene)?;
            let chip = self
                .card
                .filter(|(_, how)| *how != How::Swipe && asks_card(&shown))
                .and_then(|(place, how)| stage.slot.lock().ok()?.put(usize::from(place), how == How::Tap));
            let chip = chip.map(|said| Act::Card(CardRead::Chip(said)));
            match chip.or_else(|| answer(&shown, self.kind, &tail, &cards)) {
                Some(act) => till.act(act),
                None => break,
            }
        }
        Ok(())
    }
}

/// Waits until the terminal has decided all that it was handed and its screen asks nobody to wait; the screen.
pub fn rest(stage: &mut Stage, scene: &Scene) -> Result<Show, End> {
    let till = scene.till()?;
    loop {
        // Each is answered in its turn: behind the act, behind the fates of its papers, behind what these show.
        let decided = (0..3).try_for_each(|_| till.bank.ask(Question::All { rows_max: 1 }).map(drop));
        decided.ok_or_else(|| End::environment("终端已停止", "the terminal has stopped"))?;
        let from = stage.place();
        let seen = stage.seen.get(scene.began()..).unwrap_or_default();
        let shown =
            seen.iter().rev().find_map(|(_, seen)| if let Seen::Screen(show) = seen { Some(show) } else { None });
        match shown {
            Some(show) if !waits(show) => return Ok(show.clone()),
            None => return Ok(Show::default()),
            Some(_) => stage.until(from, "screen", |seen| matches!(seen, Seen::Screen(_)))?,
        }
    }
}

/// The voucher of the newest line of this terminal's journal that stands and that this kind can be about.
///
/// # Errors
/// 1 there is none, 3 the terminal has no power.
pub fn named(bank: &Handle, seat: TerminalId, kind: Kind) -> Result<Named, End> {
    let all = rows::<TerminalRow>(bank).ok_or_else(|| End::environment("终端没有电", "the terminal has no power"))?;
    let mine = all.into_iter().filter_map(|row| match row {
        TerminalRow::Exchange(exchange) if exchange.key.terminal == seat => Some(exchange),
        _ => None,
    });
    let fits = |line: &Exchange| can_be_about(kind, line.kind) && line.stands();
    let last = mine.filter(fits).max_by_key(|line| (line.sent_at, line.key.stan));
    let none = || End::usage("流水中没有这样的原交易", "there is no such original in the journal");
    last.map(|line| Named::Voucher(line.key.stan)).ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_words_between_dots() {
        let check = |deal: Deal, want: &str| assert_eq!(deal.written(), want);
        check(Deal::of(Kind::SaleVoid).last().by_supervisor(), "deal.SaleVoid.0.last.-.-.by");
        check(Deal::of(Kind::Sale).fen(8_800).card(0, How::Tap), "deal.Sale.8800.new.0.tap.-");
        let again = Deal::of(Kind::Sale).fen(8_800).card(2, How::Swipe).go().again(PayAgain::NoSlip);
        check(again, "deal.Sale.8800.new.2.swipe.by+go+no-slip");
    }
}

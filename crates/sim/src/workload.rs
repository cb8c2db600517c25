//! What people do: operators sign in, sell, ask and press wrong keys; customers walk away, or pay again while the first
//! attempt is open. A turn depends on the seed, the till and its number only, so that any of them can be left out.

use crate::cast::{self, CARDS, SEATS};
use crate::chips::Shown;
use crate::deed::{Deed, Entered, ordered, paid_again, purchase};
use crate::dice::{Dice, Matter};
use crate::orders::Turn;
use crate::prng::Prng;
use crate::world::{Event, World};
use slipway_node::{Hand, KeyPress};
use slipway_terms::{Kind, Pan, PayAgain};

/// Gap between two acts of a person.
const ACT_MS: i64 = 700;

/// What the operators of a world remember.
#[derive(Debug, Default)]
pub struct Shift {
    /// In which life of the device each till's operator signed in.
    signed: [u64; SEATS],
    /// Nobody works any more.
    pub over: bool,
}

impl World {
    /// Acts of one person, one after the other. Says when the last is done.
    pub(crate) fn perform(&mut self, seat: usize, deeds: &[Deed]) -> i64 {
        let node = cast::device_of(seat);
        let mut after_ms = 0;
        for deed in deeds {
            after_ms += ACT_MS;
            let Some(act) = deed.act() else { continue };
            if let Deed::Chip(shown, no) = deed {
                // Where nothing goes wrong nobody pulls a card, and there are no false ones.
                let calm = self.rates == crate::Rates::default() && *shown != Shown::Tap;
                self.chips.show(seat, if calm { Shown::Insert } else { *shown }, *no);
            }
            let hand = Hand::At(cast::terminal(seat), act);
            let life = self.nodes[node].life;
            self.queue.push(self.now.plus_ms(after_ms), Event::Hand { node, life, hand });
        }
        after_ms
    }

    /// One turn of the operator of a till, and the next one later.
    pub(crate) fn operate(&mut self, seat: usize, no: u64) {
        if self.shift.over {
            return;
        }
        if let Some(at) = self.course.pause(self.now) {
            // Nobody begins in the same moment as everybody else.
            let late_ms = self.dice.fixed(Matter::Turn, &[seat as u64, no, 2]).chance.span(500, 5_000);
            return self.queue.push(at.plus_ms(late_ms), Event::Operate { seat, no });
        }
        let life = self.nodes[cast::device_of(seat)].life;
        let mut throw = self.dice.fixed(Matter::Turn, &[seat as u64, no]);
        let mut deeds = Vec::new();
        if self.shift.signed[seat] != life || throw.chance.chance(60) {
            self.shift.signed[seat] = life;
            deeds.push(Deed::SignIn);
        }
        match throw.chance.weighed(&[620, 350, 22, 4, 4]) {
            2 => deeds.push(Deed::Settle),
            3 => deeds.push(Deed::SignOff),
            4 => deeds.push(Deed::Download),
            0 => deeds.extend(drawn(&self.dice, seat, no, &mut throw.chance)),
            _ => deeds.extend(self.other_kind(seat, &mut throw.chance)),
        }
        if throw.chance.chance(80) && !deeds.is_empty() {
            let (at, deed) = (throw.chance.below(deeds.len()), mistake(&mut throw.chance));
            deeds.insert(at, deed);
        }
        if throw.chance.chance(30) {
            // Somebody walks away in the middle.
            deeds.truncate(throw.chance.below(deeds.len() + 1));
        }
        let took_ms = self.perform(seat, &deeds);
        self.orders.turns.push(Turn { ms: self.now.0 - self.began.0, seat, deeds });
        let gap_ms = match throw.chance.weighed(&[6, 3, 1]) {
            0 => throw.chance.span(500, 4_000),
            1 => throw.chance.span(4_000, 30_000),
            _ => throw.chance.span(30_000, 300_000),
        };
        self.queue.push(self.now.plus_ms(took_ms + gap_ms), Event::Operate { seat, no: no + 1 });
    }
}

/// Amounts of what is about an earlier exchange, in hundredths of it: whole, part, a tip, the most a completion may be and more.
const SHARES: [u64; 6] = [100, 40, 90, 110, 115, 116];

impl World {
    /// A transaction that is no sale: mostly about something that fits, now and then about anything.
    fn other_kind(&self, seat: usize, chance: &mut Prng) -> Vec<Deed> {
        const KINDS: [Kind; 10] = [
            Kind::SaleVoid,
            Kind::Refund,
            Kind::PreAuth,
            Kind::PreAuthVoid,
            Kind::Completion,
            Kind::CompletionAdvice,
            Kind::CompletionVoid,
            Kind::OfflineSale,
            Kind::Adjust,
            Kind::Moto,
        ];
        let kind = KINDS[chance.weighed(&[22, 18, 18, 6, 10, 8, 6, 5, 5, 4])];
        let card = if chance.chance(800) { chance.below(8) } else { chance.below(CARDS.len()) };
        if !kind.shape().names_original {
            let fen = match chance.weighed(&[85, 10, 5]) {
                0 => chance.span(500, 20_000),
                1 => chance.span(20_000, 100_000),
                _ => chance.span(1, 99),
            };
            return ordered(Deed::Begin(kind, u64::try_from(fen).ok(), None), kind, card);
        }
        let share = SHARES[chance.weighed(&[60, 15, 10, 6, 6, 3])];
        let terminal = cast::terminal(seat);
        let fits = |of: Kind| match kind {
            Kind::SaleVoid | Kind::Adjust => of.is_purchase(),
            Kind::Refund => of.is_purchase() || of.completes() || of == Kind::OfflineSale,
            Kind::CompletionVoid => of == Kind::Completion,
            _ => of == Kind::PreAuth,
        };
        let any = chance.chance(60);
        // The newest few; of another till of the shop only what can be named by its slip.
        let aside = kind == Kind::Refund && chance.chance(150);
        let of = if aside { cast::terminal(seat ^ 1) } else { terminal };
        let mut found =
            self.auditor.books.newest_in(&of, |x| any || (fits(x.kind) && (x.stands() || chance_is_odd(share))));
        found.truncate(4);
        if found.is_empty() {
            return Vec::new();
        }
        let first = found[chance.below(found.len())];
        let whole = matches!(kind, Kind::SaleVoid | Kind::PreAuthVoid | Kind::CompletionVoid);
        let fen = first.amount.map_or(100, |amount| amount.minor()) * share / 100;
        let fen = fen.max(1);
        let card = CARDS
            .iter()
            .position(|plan| Pan::new(&plan.number()).is_ok_and(|pan| pan.tail() == first.card))
            .unwrap_or(card);
        let card = if chance.chance(30) { chance.below(8) } else { card };
        let begin = match (aside, first.rrn, first.host_at) {
            (true, Some(rrn), Some(at)) => {
                Deed::Refer(kind, fen, rrn.as_str().parse().unwrap_or(0), at.month_day().mmdd())
            }
            _ => Deed::Begin(kind, (!whole).then_some(fen), Some(first.key.stan.number())),
        };
        ordered(begin, kind, card)
    }
}

/// Whether what does not stand may be named too.
const fn chance_is_odd(share: u64) -> bool {
    share == 116
}

fn drawn(dice: &Dice, seat: usize, no: u64, chance: &mut Prng) -> Vec<Deed> {
    let number = |chance: &mut Prng| 1 + u32::try_from(chance.below(20)).unwrap_or(0);
    match chance.weighed(&[70, 8, 4, 4, 6, 2]) {
        1 => {
            let card = chance.below(CARDS.len());
            purchase(None, Deed::Card(card), Entered::Of(card))
        }
        2 => vec![Deed::Reprint(None), Deed::Key(KeyPress::Enter)],
        3 if chance.chance(500) => vec![Deed::Reprint(Some(number(chance)))],
        3 => vec![Deed::Ask(Some(number(chance)).filter(|_| chance.chance(300)))],
        4 => vec![Deed::Ask(None)],
        5 => (0..chance.below(9)).map(|_| key(chance)).collect(),
        _ => sale(dice, seat, no, chance),
    }
}

/// What is bought in a turn, and with which card. Now and then it is the purchase of the turn before: the customer pays again.
fn basket(dice: &Dice, seat: usize, no: u64) -> (usize, u64) {
    let mut chance = dice.fixed(Matter::Turn, &[seat as u64, no, 1]).chance;
    if no > 0 && chance.chance(120) {
        return basket(dice, seat, no - 1);
    }
    // The common cards are common: hot accounts meet themselves in one batch.
    let card = if chance.chance(850) { chance.below(8) } else { chance.below(CARDS.len()) };
    let fen = match chance.weighed(&[75, 10, 5, 5, 5]) {
        0 => chance.span(100, 20_000),
        1 => chance.span(20_000, 400_000),
        2 => chance.span(1, 99),
        3 => chance.span(1_000_001, 6_000_000),
        // At the edge of the largest single sale.
        _ => i64::try_from(CARDS[card].sale_max).unwrap_or(0) + chance.span(-1, 1),
    };
    (card, u64::try_from(fen).unwrap_or(1))
}

fn sale(dice: &Dice, seat: usize, no: u64, chance: &mut Prng) -> Vec<Deed> {
    let (card, fen) = basket(dice, seat, no);
    let entered = match chance.weighed(&[90, 5, 3, 2]) {
        0 => Entered::Of(card),
        1 => Entered::Backwards(card),
        2 => Entered::Digits(0),
        _ => Entered::Bypassed,
    };
    let keyed = chance.chance(if seat == 3 { 200 } else { 10 });
    let way = match chance.weighed(&[70, 15, 8, 3, 2, 2]) {
        // A chip is at home at one till: no card is in two readers at once.
        way if way == 0 || card % SEATS != seat => Deed::Card(card),
        way => Deed::Chip(Shown::ALL[way - 1].0, card),
    };
    let deeds = purchase(Some(fen), if keyed { Deed::Keyed(card) } else { way }, entered);
    // Somebody pays again: half of them wait, the other half have the supervisor's word.
    if chance.chance(500) { paid_again(deeds, *chance.pick(&PayAgain::ALL)) } else { deeds }
}

/// Something a person does by mistake.
fn mistake(chance: &mut Prng) -> Deed {
    match chance.below(8) {
        0 => Deed::Bad(0),
        1 => Deed::Bad(1),
        2 => Deed::Bad(2),
        3 => Deed::Pin(Entered::Bypassed),
        4 => Deed::Pin(Entered::Digits(123_456)),
        5 => Deed::Sale(0),
        6 => Deed::Balance,
        _ => key(chance),
    }
}

fn key(chance: &mut Prng) -> Deed {
    Deed::Key(match chance.below(8) {
        0 => KeyPress::Clear,
        1 => KeyPress::Cancel,
        2 => KeyPress::Enter,
        3 => KeyPress::Print,
        4 => KeyPress::DoubleZero,
        _ => KeyPress::Digit(u8::try_from(chance.below(10)).unwrap_or(0)),
    })
}

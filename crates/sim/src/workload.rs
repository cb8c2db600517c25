//! What people do: operators sign in, sell, ask and press wrong keys; lines are unplugged; counters ask where the money is.
//! Everything goes through the keys, cards and questions that a person has.

use crate::cast::{self, ACQUIRER, CARDS, ISSUERS, SEATS, SWITCH};
use crate::prng::Prng;
use crate::situation;
use crate::world::{Event, World};
use slipway_node::{Act, CardRead, Hand, KeyPress, Question};
use slipway_terms::{
    Amount, Expiry, OperatorNo, Pan, Party, Pin, Short, Stan, State, SwitchKey, Testimony, TillKey, Track2, Verdict,
    judge,
};

/// Gap between two acts of a person.
const ACT_MS: i64 = 700;

/// What the operators of a world remember.
#[derive(Debug)]
pub struct Shift {
    chance: Prng,
    /// In which life of the device each till's operator signed in.
    signed: [u64; SEATS],
    /// The last purchase at each till, for the customer who pays again.
    last: [(usize, u64); SEATS],
    /// Nobody works any more.
    pub over: bool,
}

impl Shift {
    /// Of one seed.
    pub fn new(seed: u64) -> Self {
        Self { chance: Prng::of(seed, 2), signed: [0; SEATS], last: [(0, 8_800); SEATS], over: false }
    }
}

/// The card of this number in the bench, drawn through the reader.
pub fn stripe(card: usize) -> Option<Act> {
    Track2::new(&CARDS[card].stripe()).ok().map(|track| Act::Card(CardRead::Stripe(track)))
}

/// A PIN from the pad.
pub fn pin(digits: &str) -> Act {
    Act::Pin(Pin::new(digits).ok())
}

/// The acts of a sale or, without amount, of a balance inquiry. Superfluous confirmations mean nothing to the till.
pub fn purchase(fen: Option<u64>, card: Act, entered: Act) -> Vec<Act> {
    let enter = || Act::Key(KeyPress::Enter);
    let mut acts = match fen {
        Some(fen) if !(100..=1_000_000).contains(&fen) => vec![Act::Sale(Amount::fen(fen)), enter()],
        Some(fen) => vec![Act::Sale(Amount::fen(fen))],
        None => vec![Act::Balance],
    };
    acts.extend([card, enter(), enter(), entered]);
    acts
}

/// Signing in.
pub fn sign_in() -> Vec<Act> {
    Pin::new(cast::PASSWORD).map_or_else(|_| Vec::new(), |password| vec![Act::SignIn(OperatorNo(1), password)])
}

impl World {
    /// Acts of one person, one after the other. Says when the last is done.
    pub(crate) fn perform(&mut self, seat: usize, acts: Vec<Act>) -> i64 {
        let node = cast::device_of(seat);
        let mut after_ms = 0;
        for act in acts {
            after_ms += ACT_MS;
            let hand = Hand::At(cast::terminal(seat), act);
            let life = self.nodes[node].life;
            self.queue.push(self.now.plus_ms(after_ms), Event::Hand { node, life, hand });
        }
        after_ms
    }

    /// One turn of the operator of a till, and the next one later.
    pub(crate) fn operate(&mut self, seat: usize) {
        if self.shift.over {
            return;
        }
        let life = self.nodes[cast::device_of(seat)].life;
        let mut acts = Vec::new();
        if self.shift.signed[seat] != life || self.shift.chance.chance(60) {
            self.shift.signed[seat] = life;
            acts.extend(sign_in());
        }
        acts.extend(self.plan(seat));
        if self.shift.chance.chance(80) && !acts.is_empty() {
            let (at, act) = (self.shift.chance.below(acts.len()), self.slip_of_the_hand());
            acts.insert(at, act);
        }
        let took_ms = self.perform(seat, acts);
        self.unplug();
        let gap_ms = match self.shift.chance.weighed(&[6, 3, 1]) {
            0 => self.shift.chance.span(500, 4_000),
            1 => self.shift.chance.span(4_000, 30_000),
            _ => self.shift.chance.span(30_000, 300_000),
        };
        self.queue.push(self.now.plus_ms(took_ms + gap_ms), Event::Operate { seat });
    }

    fn plan(&mut self, seat: usize) -> Vec<Act> {
        let rates = self.rates;
        let chance = &mut self.shift.chance;
        match chance.weighed(&[70, 8, 4, 4, 6, 2, 2]) {
            1 => {
                let card = chance.below(CARDS.len());
                stripe(card).map_or_else(Vec::new, |read| purchase(None, read, pin(CARDS[card].pin)))
            }
            2 => vec![Act::Reprint(None), Act::Key(KeyPress::Enter)],
            3 => {
                let stan = Stan::new(1 + u32::try_from(chance.below(20)).unwrap_or(0)).ok();
                vec![if chance.chance(500) {
                    Act::Reprint(stan)
                } else {
                    Act::Ask(stan.filter(|_| chance.chance(300)))
                }]
            }
            4 => vec![Act::Ask(None)],
            5 => (0..chance.below(9)).map(|_| key(chance)).collect(),
            6 if rates.crash > 0 => {
                self.switch_off(cast::device_of(seat));
                Vec::new()
            }
            _ => self.sale(seat),
        }
    }

    fn sale(&mut self, seat: usize) -> Vec<Act> {
        let chance = &mut self.shift.chance;
        let (card, fen) = if chance.chance(120) {
            self.shift.last[seat]
        } else {
            // The common cards are common: hot accounts meet themselves in one batch.
            let card = if chance.chance(850) { chance.below(8) } else { chance.below(CARDS.len()) };
            let fen = match chance.weighed(&[80, 10, 5, 5]) {
                0 => chance.span(100, 20_000),
                1 => chance.span(20_000, 400_000),
                2 => chance.span(1, 99),
                _ => chance.span(1_000_001, 6_000_000),
            };
            (card, u64::try_from(fen).unwrap_or(1))
        };
        self.shift.last[seat] = (card, fen);
        let plan = &CARDS[card];
        let entered = match chance.weighed(&[90, 5, 3, 2]) {
            0 => pin(plan.pin),
            1 => pin(&plan.pin.chars().rev().collect::<String>()),
            2 => pin("000000"),
            _ => Act::Pin(None),
        };
        let keyed = chance.chance(if seat == 3 { 200 } else { 10 });
        let read = match (Pan::new(&plan.number()), Expiry::new(plan.expiry)) {
            (Ok(pan), Ok(expiry)) if keyed => Some(Act::KeyedCard(pan, expiry)),
            _ => stripe(card),
        };
        read.map_or_else(Vec::new, |read| purchase(Some(fen), read, entered))
    }

    /// Something a person does by mistake.
    fn slip_of_the_hand(&mut self) -> Act {
        let chance = &mut self.shift.chance;
        match chance.below(8) {
            0 => Act::Card(CardRead::Unreadable),
            1 => Act::Card(CardRead::WrongWay),
            2 => Act::Card(CardRead::TooShort),
            3 => Act::Pin(None),
            4 => pin("123456"),
            5 => Act::Sale(Amount::fen(0)),
            6 => Act::Balance,
            _ => key(chance),
        }
    }

    /// A line drops now and then, and comes back.
    fn unplug(&mut self) {
        if !self.chance.chance(self.rates.cut) {
            return;
        }
        let link = self.chance.below(self.links.len());
        self.drop_line(link);
        let away_ms =
            if self.chance.chance(700) { self.chance.span(10, 5_000) } else { self.chance.span(5_000, 200_000) };
        self.queue.push(self.now.plus_ms(away_ms), Event::Connect { link });
    }

    /// A counter asks for one of the newest exchanges, and again later.
    pub(crate) fn counter_asks(&mut self) {
        if self.shift.over {
            return;
        }
        let tills: Vec<TillKey> = self.auditor.books.newest(8);
        if !tills.is_empty() {
            let till = *self.shift.chance.pick(&tills);
            let verdict = self.trace(till);
            self.auditor.judged(self.now, till, &verdict);
            self.situations.insert(situation::of_verdict(verdict.fate, verdict.cashier));
        }
        let gap_ms = self.shift.chance.span(3_000, 40_000);
        self.queue.push(self.now.plus_ms(gap_ms), Event::Ask);
    }

    /// Asks every party that can be reached, as the desk does, and judges.
    pub(crate) fn trace(&mut self, till: TillKey) -> Verdict {
        let mut seen = Vec::new();
        let device = cast::seat_of(&till.terminal).map_or(0, cast::device_of);
        for (party, node) in [(Party::Terminal, device), (Party::Acquirer, ACQUIRER)] {
            seen.extend(self.question(node, party, Question::Till(till)));
        }
        let switch: Option<SwitchKey> = seen.iter().find_map(|testimony: &Testimony| testimony.switch);
        if let Some(key) = switch {
            seen.extend(self.question(SWITCH, Party::Switch, Question::Switch(key)));
            let issuers: Vec<_> =
                ISSUERS.iter().map(|node| self.question(*node, Party::Issuer, Question::Switch(key))).collect();
            // The one with a record speaks; "no record" is only true if all of them say so.
            let known = issuers.iter().flatten().find(|word| word.state != State::NoRecord).cloned();
            let all = issuers.iter().all(Option::is_some);
            seen.extend(known.or_else(|| issuers.into_iter().flatten().next().filter(|_| all)));
        }
        judge(&seen)
    }

    fn question(&mut self, node: usize, party: Party, question: Question) -> Option<Testimony> {
        if !self.nodes[node].station.is_on() || self.shift.chance.chance(50) && !self.shift.over {
            return None;
        }
        self.testimonies.clear();
        let life = self.nodes[node].life;
        self.feed(node, crate::station::Feed::Hand(Hand::Desk { ticket: 1, question }));
        self.step(node);
        let word = std::mem::take(&mut self.testimonies).into_iter().find(|word| word.party == party);
        match word {
            Some(word) => Some(word),
            None => (self.nodes[node].life == life).then(|| Testimony::bare(party, Short::EMPTY, State::NoRecord)),
        }
    }
}

fn key(chance: &mut Prng) -> Act {
    Act::Key(match chance.below(8) {
        0 => KeyPress::Clear,
        1 => KeyPress::Cancel,
        2 => KeyPress::Enter,
        3 => KeyPress::Print,
        4 => KeyPress::DoubleZero,
        _ => KeyPress::Digit(u8::try_from(chance.below(10)).unwrap_or(0)),
    })
}

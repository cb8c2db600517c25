//! Thousands of seeded steps with lost, late and doubled messages, power cuts, paper faults and dead lines, against a plain
//! acquirer. Watched at every step: a sale leaves only with its reversal stored and no open one before it; in the end each
//! exchange is paid with a slip exactly if the acquirer holds it as a sale.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::Act;
use slipway_terminal::{Exchange, Pending, PendingState, Standing};
use slipway_terms::{Amount, Message, OperatorNo, PaperFate, Pin, SlipKind, TillKey};
use std::collections::BTreeMap;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Held {
    Sale,
    Confirmed,
    Refused,
    Undone,
}

/// The acquirer as a terminal sees it, with tombstones.
#[derive(Default)]
struct Acquirer {
    held: BTreeMap<TillKey, Held>,
    batch: u32,
}

impl Acquirer {
    fn say(&mut self, bench: &Bench, request: &Message, dice: u64) -> Message {
        if request.mti.0 == 800 {
            let mut answer = bench.answer(request, "00");
            answer.till60.as_mut().unwrap().batch.0 = self.batch;
            answer.private62 = Some(vec![9; 40].into());
            answer.mac = None;
            return answer;
        }
        if matches!(request.mti.0, 500 | 320) {
            // A batch that this acquirer went on from without a settlement: its totals and details come by themselves.
            assert!(request.batch().unwrap().0 < self.batch, "nobody settles here");
            let mut answer = bench.answer(request, "00");
            if let Some(text) = request.private48.as_deref().filter(|_| request.mti.0 == 500) {
                let digit = 1 + dice % 2;
                answer.private48 = Some(format!("{}{digit}{}1", &text[..30], &text[31..61]).into());
            }
            return answer;
        }
        if request.mti.0 == 820 {
            // The guard asks for the fate of the first payment.
            let about = request.original_till.unwrap();
            let stan = slipway_terms::Stan::new(about.stan).unwrap();
            let first = TillKey { batch: about.batch, stan, ..request.till_key().unwrap() };
            let digit = self.held.get(&first).map_or(0, |held| if *held == Held::Undone { 6 } else { 4 });
            return Message { private48: Some(digit.to_string().into()), ..bench.answer(request, "00") };
        }
        let key = request.till_key().unwrap();
        let held = self.held.get(&key).copied();
        let (next, said) = match (request.mti.0, held) {
            (200, None) if request.processing.unwrap().0 == 310_000 => return bench.answer(request, "00"),
            (200, None) if key.batch.0 != self.batch => (Some(Held::Refused), "77"),
            (200, None) if dice.is_multiple_of(5) => (Some(Held::Refused), "51"),
            (200, None | Some(Held::Sale)) => (Some(Held::Sale), "00"),
            (200, Some(Held::Undone)) => (held, "12"),
            (400, Some(Held::Confirmed)) => panic!("a confirmed sale {key} is reversed"),
            (400, _) => (Some(Held::Undone), if held.is_none() { "25" } else { "00" }),
            (620, Some(Held::Sale | Held::Confirmed)) => (Some(Held::Confirmed), "00"),
            other => panic!("{other:?} of {key}"),
        };
        self.held.extend(next.map(|next| (key, next)));
        bench.answer(request, said)
    }
}

struct World {
    bench: Bench,
    acquirer: Acquirer,
    seed: u64,
    /// Answers under way.
    answers: Vec<Message>,
    faults: bool,
}

impl World {
    fn dice(&mut self, sides: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % sides
    }

    /// What left: watched, then lost, doubled or delivered.
    fn carry(&mut self) {
        let sent: Vec<_> = self.bench.sent.drain(..).map(|(message, _)| message).collect();
        for message in sent {
            self.watch(&message);
            let (lost, dice) = (self.faults && self.dice(5) == 0, self.dice(1_000));
            if lost {
                continue;
            }
            let answer = self.acquirer.say(&self.bench, &message, dice);
            if !(self.faults && self.dice(5) == 0) {
                let doubled = self.faults && self.dice(8) == 0;
                self.answers.extend(std::iter::repeat_n(answer, if doubled { 2 } else { 1 }));
            }
        }
    }

    fn watch(&self, message: &Message) {
        if message.mti.0 != 200 || message.amount.is_none() {
            return;
        }
        let own = message.till_key().unwrap();
        for key in self.bench.till().pending {
            let pending = self.bench.row::<Pending>(&key).unwrap();
            let fits = if key == own { PendingState::Armed } else { PendingState::Failed };
            assert_eq!(pending.state, fits, "{own} leaves while {key} is stored so");
        }
        assert!(self.bench.row::<Pending>(&own).is_some(), "{own} leaves without its reversal stored");
    }

    fn paper(&mut self) {
        for print in std::mem::take(&mut self.bench.prints) {
            if matches!(print.slip.kind, SlipKind::Totals | SlipKind::Details) {
                continue;
            }
            let standing = self.bench.row::<Exchange>(&print.about).unwrap().standing;
            match print.slip.kind {
                SlipKind::Approved => assert_eq!(standing, Standing::Approved),
                SlipKind::Totals | SlipKind::Details => unreachable!("skipped"),
                SlipKind::Fault => assert!(matches!(standing, Standing::FailedReversal(_) | Standing::Reversed(..))),
            }
            for copy in print.copies {
                let fates = [PaperFate::Printed, PaperFate::Printed, PaperFate::Half, PaperFate::Missing];
                let fate = fates[self.dice(4) as usize];
                self.bench.act(Act::Paper(print.about, copy, fate));
            }
        }
    }

    fn sell(&mut self) {
        let fen = 100 * (1 + self.dice(3));
        self.bench.act(Act::SignIn(OperatorNo(1), Pin::new("1234").unwrap()));
        if self.dice(6) == 0 {
            self.bench.act(Act::Balance);
        } else {
            self.bench.act(Act::Sale(Amount::fen(fen)));
        }
        self.bench.act(Act::Card(stripe()));
        // A second Enter answers the question about the same card and amount; elsewhere it means nothing.
        self.bench.keys("EE");
        self.bench.act(Act::Pin(Some(Pin::new("123456").unwrap())));
    }

    fn step(&mut self) {
        match self.dice(24) {
            0..=5 => self.sell(),
            6..=12 if !self.answers.is_empty() => {
                let next = self.dice(self.answers.len() as u64) as usize;
                let mut answer = self.answers.swap_remove(next);
                if self.dice(12) == 0 && answer.mac.is_some() {
                    answer.mac = Some(BAD);
                }
                self.bench.hear(answer);
            }
            13..=15 => self.bench.pass(7_000),
            16..=17 => self.bench.pass(61_000),
            18 => {
                self.bench.sent.clear();
                self.bench.prints.clear();
                self.bench.power_cut();
            }
            19 => {
                let commits = self.bench.commits;
                self.bench.cut_after = Some(commits + 1 + self.dice(3) as usize);
            }
            20 => {
                let up = self.dice(2) == 0;
                self.bench.link(up);
            }
            21 => self.bench.keys("PE"),
            22 => self.bench.act(Act::Key(slipway_node::KeyPress::Cancel)),
            _ => self.acquirer.batch += u32::from(self.dice(6) == 0),
        }
        if self.bench.dead {
            self.bench.power_cut();
        }
        self.paper();
        self.carry();
    }

    /// Faults stop; everything stored must drain.
    fn quiet(&mut self) {
        self.faults = false;
        self.bench.cut_after = None;
        self.bench.power_cut();
        self.bench.link(true);
        for _ in 0..400 {
            self.bench.pass(30_000);
            self.carry();
            for answer in std::mem::take(&mut self.answers) {
                self.bench.hear(answer);
            }
            self.paper();
        }
    }
}

#[test]
fn in_the_end_a_slip_exists_exactly_for_the_sales() {
    let mut ends = BTreeMap::new();
    for seed in 1..=60 {
        let mut world = World {
            bench: Bench::new(),
            acquirer: Acquirer { batch: 7, ..Acquirer::default() },
            seed,
            answers: Vec::new(),
            faults: true,
        };
        for _ in 0..200 {
            world.step();
        }
        world.quiet();
        let till = world.bench.till();
        assert!(till.pending.is_empty(), "seed {seed}: reversals left over");
        let rows = world.bench.all::<Exchange>();
        for exchange in rows.iter().filter(|exchange| exchange.amount.is_some()) {
            let held = world.acquirer.held.get(&exchange.key).copied();
            let fits = match exchange.standing {
                Standing::Approved => exchange.slip.is_some() && held == Some(Held::Confirmed),
                Standing::Declined(_) => exchange.slip.is_none() && matches!(held, Some(Held::Refused | Held::Undone)),
                Standing::Reversed(..) => exchange.slip.is_none() && held == Some(Held::Undone),
                _ => false,
            };
            assert!(fits, "seed {seed}: {exchange:?} but the acquirer holds {held:?}");
            *ends.entry(format!("{:?}", exchange.standing)).or_insert(0) += 1;
        }
        for (key, held) in &world.acquirer.held {
            assert!(*held != Held::Sale, "seed {seed}: {key} was never confirmed nor undone");
        }
    }
    // A walk that never got somewhere proves nothing about it.
    for end in [
        "Approved",
        "Declined(51)",
        "Reversed(UnprovenDecline(77)",
        "Reversed(NoAnswer, 00)",
        "Reversed(NoAnswer, 25)",
        "Reversed(PowerCut",
        "Reversed(BadMac",
    ] {
        assert!(ends.keys().any(|name| name.starts_with(end)), "never {end}: {ends:?}");
    }
}

//! Whole shifts, seeded: every kind, settlements, wrong keys, downloads, devices replaced, under lost, late and doubled messages, power cuts and
//! dead lines, against a plain acquirer. In the end both hold the same slips, each original was undone once at most, and
//! everything stored is gone.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::{Act, Named};
use slipway_terminal::{
    Confirm, Exchange, HandoverFault, Pending, Settled, Settling, Standing, Stored, hand_over, take_over,
};
use slipway_terms::{
    Amount, BatchNo, Expiry, Kind, Message, OperatorNo, Pan, PaperFate, Pin, Rrn, SealedPan, Stan, TillKey,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Held {
    Approved,
    Confirmed,
    Refused,
    Undone,
}

#[derive(Clone, Debug)]
struct Line {
    kind: Kind,
    held: Held,
    about: Option<TillKey>,
    signed: i64,
    rrn: Rrn,
    message: Message,
}

#[derive(Default)]
struct Acquirer {
    lines: BTreeMap<TillKey, Line>,
    batch: u32,
    totals: Option<BatchNo>,
    ends: u32,
}

impl Acquirer {
    fn say(&mut self, bench: &Bench, request: &Message, dice: u64) -> Message {
        let code60 = request.till60.and_then(|till| till.management).unwrap_or(0);
        match (request.mti.0, code60) {
            (800, 3) => {
                let mut answer = bench.answer(request, "00");
                answer.till60.as_mut().unwrap().batch.0 = self.batch;
                answer.private62 = Some(vec![9; 40].into());
                answer.mac = None;
                return answer;
            }
            (500, _) => return self.totals(bench, request),
            (320, 202 | 207) => return self.end(bench, request),
            (320 | 800 | 820, _) => {
                let mut answer = bench.answer(request, "00");
                answer.private62 = (code60 == 390).then(|| b"1".as_slice().into());
                return answer;
            }
            _ => {}
        }
        let key = request.till_key().unwrap();
        let rrn = Rrn::new(&format!("6327{:02}{:06}", key.batch.0 % 100, key.stan.number())).unwrap();
        let known = self.lines.get(&key).cloned();
        let said = match (request.mti.0, &known) {
            (100 | 200 | 220, None) if request.kind() == Some(Kind::Balance) => "00",
            (100 | 200 | 220, None) => self.new_one(request, key, rrn, dice),
            // A tombstone, or the same again.
            (100 | 200 | 220, Some(line)) => match line.held {
                Held::Undone => "12",
                Held::Refused => "51",
                Held::Approved | Held::Confirmed => {
                    assert!(request.mti.0 != 220 || *request == line.message, "{key}: an advice changed on the way");
                    "00"
                }
            },
            (400, None) => {
                self.lines.insert(key, line(request, Held::Undone, None, 0, rrn));
                "25"
            }
            (400, Some(line)) => {
                assert_ne!(line.held, Held::Confirmed, "a confirmed {:?} {key} is reversed", line.kind);
                assert!(line.kind.shape().reversible, "a {:?} is reversed", line.kind);
                self.lines.get_mut(&key).unwrap().held = Held::Undone;
                "00"
            }
            (620, Some(line)) => {
                assert!(matches!(line.held, Held::Approved | Held::Confirmed), "{key} {:?} is confirmed", line.held);
                assert!(line.kind.shape().reversible && line.kind.shape().moves_money());
                self.lines.get_mut(&key).unwrap().held = Held::Confirmed;
                "00"
            }
            other => panic!("{other:?}"),
        };
        let mut answer = bench.answer(request, said);
        answer.rrn = Some(self.lines.get(&key).map_or(rrn, |line| line.rrn));
        answer
    }

    fn new_one(&mut self, request: &Message, key: TillKey, rrn: Rrn, dice: u64) -> &'static str {
        let kind = request.kind().unwrap();
        let by_reference = request.original_till.is_some_and(|original| original.stan == 0);
        let about = request.original_till.and_then(|original| match Stan::new(original.stan) {
            Ok(stan) => Some(TillKey { batch: original.batch, stan, ..key }),
            Err(_) => {
                self.lines.iter().find(|(_, l)| Some(l.rrn) == request.rrn && l.about.is_none()).map(|(key, _)| *key)
            }
        });
        let advice = request.mti.0 == 220;
        let of = about.map(|about| self.lines.get(&about).cloned().unwrap_or_else(|| panic!("{kind:?} of nothing")));
        let wrong = kind.shape().names_original
            && !matches!(&of, Some(of) if of.held != Held::Undone && of.held != Held::Refused);
        let old = key.batch.0 != self.batch;
        let (held, said) = match () {
            () if old && !advice => (Held::Refused, "77"),
            () if wrong && by_reference => (Held::Refused, "51"),
            () if wrong => panic!("{kind:?} of what does not stand: {of:?}"),
            () if dice.is_multiple_of(6) => (Held::Refused, "51"),
            () => (Held::Approved, "00"),
        };
        let amount = request.amount.map_or(0, Amount::signed);
        let signed = match (kind, &of) {
            (Kind::Adjust, Some(of)) => amount - of.message.amount.map_or(0, Amount::signed),
            _ => amount * i64::from(kind.shape().sign),
        };
        let rrn = of.as_ref().map_or(rrn, |of| of.rrn);
        self.lines.insert(key, line(request, held, about, signed, rrn));
        said
    }

    fn totals(&mut self, bench: &Bench, request: &Message) -> Message {
        let batch = request.batch().unwrap();
        let mut sides = [(0u64, 0u64); 2];
        for (key, line) in &self.lines {
            let stands = matches!(line.held, Held::Approved | Held::Confirmed) && line.kind.shape().moves_money();
            if key.batch == batch && stands {
                let side = &mut sides[usize::from(line.signed < 0)];
                *side = (side.0 + line.signed.unsigned_abs(), side.1 + 1);
            }
        }
        let ours: String = sides.iter().map(|(minor, count)| format!("{minor:012}{count:03}")).collect();
        let text = request.private48.as_deref().unwrap();
        let digit = if text[..30] == ours { "1" } else { "2" };
        let mut answer = bench.answer(request, "00");
        answer.private48 = Some(format!("{}{digit}{}1", &text[..30], &text[31..61]).into());
        self.totals = Some(batch);
        answer
    }

    fn end(&mut self, bench: &Bench, request: &Message) -> Message {
        assert_eq!(self.totals, request.batch(), "an end without totals");
        if request.batch() == Some(BatchNo(self.batch)) {
            self.batch += 1;
            self.ends += 1;
        }
        bench.answer(request, "00")
    }
}

fn line(request: &Message, held: Held, about: Option<TillKey>, signed: i64, rrn: Rrn) -> Line {
    Line { kind: request.kind().unwrap(), held, about, signed, rrn, message: request.clone() }
}

fn follows(kind: Kind, of: Kind) -> bool {
    match kind {
        Kind::SaleVoid | Kind::Adjust => of.is_purchase(),
        Kind::Refund => of.is_purchase() || of.completes() || of == Kind::OfflineSale,
        Kind::CompletionVoid => of == Kind::Completion,
        _ => of == Kind::PreAuth,
    }
}

struct Shift {
    bench: Bench,
    acquirer: Acquirer,
    seed: u64,
    answers: Vec<Message>,
    faults: bool,
    /// What devices that were replaced keep in their journals.
    archive: BTreeMap<TillKey, Exchange>,
    settled: BTreeSet<BatchNo>,
}

impl Shift {
    fn new(seed: u64) -> Self {
        let acquirer = Acquirer { batch: 7, ..Acquirer::default() };
        Self {
            bench: Bench::new(),
            acquirer,
            seed,
            answers: Vec::new(),
            faults: true,
            archive: BTreeMap::new(),
            settled: BTreeSet::new(),
        }
    }

    fn dice(&mut self, sides: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % sides
    }

    fn carry(&mut self) {
        for (message, _) in self.bench.sent.drain(..).collect::<Vec<_>>() {
            self.watch(&message);
            let (lost, dice) = (self.faults && self.dice(6) == 0, self.dice(1_000));
            if lost {
                continue;
            }
            let answer = self.acquirer.say(&self.bench, &message, dice);
            if !(self.faults && self.dice(6) == 0) {
                let doubled = self.faults && self.dice(8) == 0;
                self.answers.extend(std::iter::repeat_n(answer, if doubled { 2 } else { 1 }));
            }
        }
    }

    /// What reverses leaves with its reversal stored, what is repeated with itself; nothing about one original while another
    /// thing about it is open.
    fn watch(&self, message: &Message) {
        let (Some(key), 100 | 200 | 220) = (message.till_key(), message.mti.0) else { return };
        let Some(kind) = message.kind().filter(|kind| *kind != Kind::Balance) else { return };
        let stored = self.bench.row::<Stored>(&key).is_some();
        assert_eq!(self.bench.row::<Pending>(&key).is_some(), kind.shape().reversible, "{kind:?} {key}");
        assert!(kind.shape().reversible || stored, "{kind:?} {key} leaves without being stored");
        let own = self.bench.row::<Exchange>(&key).unwrap();
        if let Some(original) = own.about.and_then(|about| about.key) {
            for other in self.bench.row::<Exchange>(&original).unwrap().followers {
                let open = other != key && self.bench.row::<Exchange>(&other).unwrap().open();
                assert!(!open, "{kind:?} {key} leaves while {other} about the same is open");
            }
        }
        // What was stored before goes on being repeated.
        let starts = kind.shape().reversible || own.sent_at == self.bench.at;
        assert!(!starts || self.bench.till().settling.is_none(), "{kind:?} {key} starts in the middle of a settlement");
    }

    fn paper(&mut self) {
        for print in std::mem::take(&mut self.bench.prints) {
            for copy in print.copies {
                let fate = [PaperFate::Printed, PaperFate::Printed, PaperFate::Half][self.dice(3) as usize];
                self.bench.act(Act::Paper(print.about, copy, fate));
            }
        }
    }

    fn order(&mut self) {
        let kind = match self.dice(16) as usize {
            at if at < 12 => slipway_terms::SHAPES[at].kind,
            12 | 13 => Kind::PreAuth,
            14 => Kind::Completion,
            _ => Kind::CompletionVoid,
        };
        let all = self.bench.all::<Exchange>();
        let named = if kind.shape().names_original && !all.is_empty() {
            // Mostly something that fits, now and then anything.
            let fits: Vec<&Exchange> = all
                .iter()
                .filter(|e| e.slip.is_some() && follows(kind, e.kind) || self.seed.is_multiple_of(5))
                .collect();
            let from = if fits.is_empty() { all.iter().collect() } else { fits };
            let recent = self.dice(from.len().min(6) as u64) as usize;
            let original = from[from.len() - 1 - recent];
            let rrn = original.rrn.filter(|_| self.dice(4) == 0);
            Some(rrn.map_or(Named::Voucher(original.key.stan), |rrn| {
                Named::Reference(rrn, slipway_terms::MonthDay { month: 11, day: 23 })
            }))
        } else {
            None
        };
        let fen = 100 * (1 + self.dice(60));
        self.bench.act(Act::Begin(kind, Some(Amount::fen(fen)), named));
        if self.dice(3) > 0 {
            self.bench.act(Act::Allow(OperatorNo(0), Pin::new("9876").unwrap()));
        }
        if kind == Kind::Moto {
            let expiry = Expiry { year: 30, month: 12 };
            self.bench.act(Act::KeyedCard(Pan::new("9990010000000010").unwrap(), expiry));
        } else {
            self.bench.act(Act::Card(stripe()));
        }
        self.bench.keys("EE");
        self.bench.act(Act::Pin(Pin::new("123456").ok()));
    }

    /// The device breaks and another takes over, in whatever state it is.
    fn replace(&mut self) {
        self.file();
        let open = |sealed: &SealedPan| {
            let digits: String = sealed.0.iter().map(|b| char::from(b ^ 0x5A)).collect();
            Pan::new(&digits).ok()
        };
        let seal = |pan: &Pan| Some(SealedPan(pan.reveal().bytes().map(|b| b ^ 0x5A).collect()));
        let handover = match hand_over(&self.bench.rows_all(), seat(), self.bench.at, open) {
            // It was replaced a moment ago and nobody has heard it yet: it works on.
            Err(HandoverFault::NotHeard) => return,
            handed => handed.unwrap(),
        };
        let rows = take_over(&handover.bytes, &profile(), NEW, self.bench.at, seal).unwrap();
        self.bench.rows.clear();
        for (key, row) in rows {
            self.bench.put_row(key, &row);
        }
        self.bench.sent.clear();
        self.bench.prints.clear();
        self.bench.power_cut();
    }

    /// What the device's journal says now.
    fn file(&mut self) {
        self.archive.extend(self.bench.all::<Exchange>().into_iter().map(|line| (line.key, line)));
        self.settled.extend(self.bench.all::<Settled>().into_iter().map(|done| done.batch));
    }

    fn wrong_keys(&mut self) {
        const KEYS: [&str; 18] =
            ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "=", "E", "E", "X", "C", "P", "M", "M"];
        for _ in 0..self.dice(12) {
            let key = KEYS[self.dice(18) as usize];
            self.bench.keys(key);
        }
        self.bench.keys("X");
    }

    fn step(&mut self) {
        match self.dice(40) {
            0..=11 => self.order(),
            12..=24 if !self.answers.is_empty() => {
                let next = self.dice(self.answers.len() as u64) as usize;
                let mut answer = self.answers.swap_remove(next);
                if self.dice(15) == 0 && answer.mac.is_some() {
                    answer.mac = Some(BAD);
                }
                self.bench.hear(answer);
            }
            25..=27 => self.bench.pass(7_000),
            28..=29 => self.bench.pass(61_000),
            30 => {
                self.bench.sent.clear();
                self.bench.prints.clear();
                self.bench.power_cut();
            }
            31 => self.bench.cut_after = Some(self.bench.commits + 1 + self.dice(4) as usize),
            32 => {
                let up = self.dice(3) > 0;
                self.bench.link(up);
            }
            33 => self.wrong_keys(),
            34 => self.bench.act(Act::Settle),
            35 => self.bench.act(Act::NotSigned),
            36 if self.dice(3) == 0 => self.bench.act(Act::Download),
            38 if self.dice(6) == 0 => self.replace(),
            37 if self.dice(3) == 0 => self.bench.act(Act::SignOff),
            _ => {
                let (no, password) = [(0, "9876"), (1, "1234")][self.dice(2) as usize];
                self.bench.act(Act::SignIn(OperatorNo(no), Pin::new(password).unwrap()));
            }
        }
        self.bench.pass(0);
        if self.bench.dead {
            self.bench.power_cut();
        }
        self.paper();
        self.carry();
    }

    fn quiet(&mut self) {
        self.faults = false;
        self.bench.cut_after = None;
        self.bench.power_cut();
        self.bench.link(true);
        self.bench.act(Act::SignIn(OperatorNo(0), Pin::new("9876").unwrap()));
        for _ in 0..300 {
            self.bench.pass(30_000);
            self.carry();
            for answer in std::mem::take(&mut self.answers) {
                self.bench.hear(answer);
            }
            self.paper();
        }
        self.file();
    }
}

fn judge(seed: u64, shift: &Shift, ends: &mut BTreeMap<String, u32>) {
    let (bench, lines) = (&shift.bench, &shift.acquirer.lines);
    assert!(bench.all::<Pending>().is_empty() && bench.till().pending.is_empty(), "seed {seed}: reversals left");
    assert!(bench.all::<Stored>().is_empty() && bench.till().advices.is_empty(), "seed {seed}: advices left");
    assert!(bench.all::<Confirm>().is_empty(), "seed {seed}: confirmations left");
    assert!(
        bench.all::<Settling>().is_empty() && bench.till().settling.is_none(),
        "seed {seed}: a settlement is stuck"
    );
    assert_eq!((bench.till().offline.count, bench.till().offline.fen), (0, 0), "seed {seed}: offline sales left");
    assert_eq!(shift.settled.len() as u32, shift.acquirer.ends, "seed {seed}: settlements");
    let (mut ours, mut theirs) = (0, 0);
    for exchange in shift.archive.values().filter(|exchange| exchange.amount.is_some()) {
        let held = lines.get(&exchange.key).map(|line| line.held);
        let sold_here = exchange.kind == Kind::OfflineSale && exchange.confirmed.is_some();
        let fits = match exchange.standing {
            Standing::Approved if sold_here => held == Some(Held::Refused),
            Standing::Approved => {
                ours += exchange.signed_minor();
                exchange.slip.is_some() && matches!(held, Some(Held::Approved | Held::Confirmed))
            }
            Standing::Declined(_) => exchange.slip.is_none() && matches!(held, Some(Held::Refused | Held::Undone)),
            Standing::Reversed(..) => exchange.slip.is_none() && held == Some(Held::Undone),
            _ => false,
        };
        assert!(fits, "seed {seed}: {exchange:?} but the acquirer holds {held:?}");
        let what = format!("{:?} {:?}", exchange.kind, exchange.standing);
        *ends.entry(what.split('(').next().unwrap().into()).or_insert(0) += 1;
    }
    let mut undone: BTreeMap<TillKey, u32> = BTreeMap::new();
    let mut refunded: BTreeMap<TillKey, i64> = BTreeMap::new();
    for (key, line) in lines.iter().filter(|(_, line)| matches!(line.held, Held::Approved | Held::Confirmed)) {
        theirs += line.signed;
        assert!(
            line.held == Held::Confirmed || !(line.kind.shape().reversible && line.kind.shape().moves_money()),
            "{key}"
        );
        let Some(about) = line.about else { continue };
        match line.kind {
            Kind::SaleVoid | Kind::PreAuthVoid | Kind::CompletionVoid => *undone.entry(about).or_default() += 1,
            Kind::Refund => *refunded.entry(about).or_default() -= line.signed,
            _ => {}
        }
    }
    assert_eq!(ours, theirs, "seed {seed}: the sums of the slips");
    assert!(undone.values().all(|count| *count == 1), "seed {seed}: {undone:?}");
    for (about, back) in refunded {
        let tips: i64 =
            lines.values().filter(|l| l.about == Some(about) && l.kind == Kind::Adjust).map(|l| l.signed).sum();
        assert!(back <= lines[&about].signed + tips.max(0), "seed {seed}: more than {about} was refunded");
        assert!(!undone.contains_key(&about), "seed {seed}: {about} is voided and refunded");
    }
}

#[test]
fn in_the_end_both_hold_the_same_slips() {
    let mut ends = BTreeMap::new();
    let mut settled = 0;
    // `SHIFTS=5000 cargo test -p slipway-terminal --test shift` looks further.
    let shifts = std::env::var("SHIFTS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    for seed in 1..=shifts {
        let mut shift = Shift::new(seed);
        for _ in 0..260 {
            shift.step();
        }
        shift.quiet();
        judge(seed, &shift, &mut ends);
        settled += shift.acquirer.ends;
    }
    assert!(settled > 20, "only {settled} settlements");
    for shape in slipway_terms::SHAPES.iter().filter(|shape| shape.kind != Kind::Balance) {
        let approved = format!("{:?} Approved", shape.kind);
        assert!(ends.contains_key(&approved), "never {approved}: {ends:?}");
        if shape.reversible {
            let reversed = format!("{:?} Reversed", shape.kind);
            assert!(ends.contains_key(&reversed), "never {reversed}: {ends:?}");
        }
    }
}

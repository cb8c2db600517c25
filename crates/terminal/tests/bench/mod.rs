//! A test bench for one terminal: an in-memory driver (wants → facts → decide → commit → send) with a fake vault, a paper
//! tray and a clock that is set by hand. Rows go through their stored form, so the codec is tested on the way.
#![allow(dead_code, reason = "each test file uses its part of the bench")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench may panic: it is a test")]

use slipway_node::{
    Act, Ask, Body, CardRead, Facts, Hand, Input, Key, KeyPress, Named, Node, Peer, Print, Record, Rows, Sheet, Show,
    Told, Wants,
};
use slipway_terminal::{
    Config, Exchange, NewTerminal, Note, OfflineLimits, Operator, Pending, Profile, Standing, TerminalBank,
    TerminalRow, Till, Timer, Trade, new_terminal,
};
use slipway_terms::{
    Amount, AuthCode, BatchNo, Copy, DeviceMark, KeyName, KeyUse, Keying, Kind, Mac, MacKey, MerchantId, Message,
    Moment, MonthDay, Mti, OperatorNo, Pan, PaperFate, Pin, PinBlock, ResponseCode, Rrn, SealedPan, Short, Stan,
    TerminalId, Track2, WrappedKey,
};
use std::collections::{BTreeMap, BTreeSet};

pub const GOOD: Mac = Mac([1; 8]);
pub const BAD: Mac = Mac([2; 8]);
/// 2026-11-23 16:04:05 Beijing.
pub const START: Moment = Moment(1_795_421_045_000);

pub fn seat() -> TerminalId {
    TerminalId::new("10000001").unwrap()
}

/// The mark of the bench's device, and of one that takes its place.
pub const OLD: DeviceMark = DeviceMark(0xA1);
pub const NEW: DeviceMark = DeviceMark(0xA2);

pub fn code(text: &str) -> ResponseCode {
    ResponseCode::new(text).unwrap()
}

/// A debit card of the first test issuer, magnetic stripe only.
pub fn stripe() -> CardRead {
    CardRead::Stripe(Track2::new("9990010000000010=30121010000").unwrap())
}

pub fn profile() -> Profile {
    Profile {
        injection: 0,
        terminal: seat(),
        merchant: MerchantId::new("999290054110001").unwrap(),
        merchant_name: Short::cut("桂花茶馆"),
        tmk: KeyName::of(KeyUse::Tmk, "10000001"),
        keying: Keying::default(),
        password_key: KeyName::of(KeyUse::Token, "operators"),
        serial: Short::cut("SW000001"),
        operators: vec![
            Operator { no: OperatorNo(1), value: *b"1234------------" },
            Operator { no: OperatorNo(0), value: *b"9876------------" },
            Operator { no: OperatorNo(99), value: *b"99887766--------" },
        ],
        may_key_cards: true,
        seal_key: KeyName::of(KeyUse::Seal, "tills"),
        trade: Trade {
            moto: true,
            offline: OfflineLimits { single_fen: 10_000, count_max: 2, sum_fen: 15_000 },
            ..Trade::default()
        },
        test: true,
    }
}

/// What the bench's vault stamps with.
pub fn stamp(entry: &[u8]) -> [u8; 16] {
    let sum = entry.iter().fold(7u128, |sum, byte| sum.wrapping_mul(1_099_511_628_211).wrapping_add(u128::from(*byte)));
    sum.to_be_bytes()
}

pub struct Bench {
    pub bank: TerminalBank,
    pub at: Moment,
    pub rows: BTreeMap<Key, Vec<u8>>,
    pub notes: BTreeMap<TerminalId, Note>,
    pub timers: BTreeSet<(Moment, Timer)>,
    pub sent: Vec<(Message, Option<MacKey>)>,
    pub prints: Vec<Print>,
    pub shows: Vec<Show>,
    /// Questions to the chip since the last look.
    pub chips: Vec<slipway_terms::ChipAsk>,
    pub counts: Vec<&'static str>,
    pub testimonies: Vec<slipway_terms::Testimony>,
    /// Every input is judged twice, as if it had come twice.
    pub twice: bool,
    /// Hand-ins about slips.
    pub hand_ins: Vec<Message>,
    /// Commits so far; at `cut_after` the power goes, after the commit and before anything leaves.
    pub commits: usize,
    pub cut_after: Option<usize>,
    pub dead: bool,
}

impl Bench {
    /// A new terminal, switched on, nobody signed in.
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    /// One of another key scheme, signed in and on.
    pub fn keyed(keying: Keying) -> Self {
        let mut bench = Self::blank(Config::default());
        bench.set_up(Profile { keying, ..profile() });
        bench.signed_on()
    }

    pub fn with(config: Config) -> Self {
        let mut bench = Self::blank(config);
        bench.set_up(profile());
        bench
    }

    fn set_up(&mut self, profile: Profile) {
        for (key, row) in new_terminal(NewTerminal { profile, first_stan: Stan::FIRST, mark: OLD }) {
            self.store(key, &row);
        }
        self.input(&Input::Hand(Hand::Rouse));
    }

    fn blank(config: Config) -> Self {
        Self {
            bank: TerminalBank::new(config),
            at: START,
            rows: BTreeMap::new(),
            notes: BTreeMap::new(),
            timers: BTreeSet::new(),
            sent: Vec::new(),
            hand_ins: Vec::new(),
            prints: Vec::new(),
            shows: Vec::new(),
            chips: Vec::new(),
            counts: Vec::new(),
            testimonies: Vec::new(),
            twice: false,
            commits: 0,
            cut_after: None,
            dead: false,
        }
    }

    /// Signed in and signed on, nothing sold yet.
    pub fn ready() -> Self {
        Self::new().signed_on()
    }

    /// Signs in and on.
    pub fn signed_on(mut self) -> Self {
        self.act(Act::SignIn(OperatorNo(1), Pin::new("1234").unwrap()));
        let answer = self.sign_on_answer(7);
        self.hear(answer);
        // As if an inquiry had been answered: offline sales need a batch that the acquirer is known to have given.
        let till = self.till();
        self.put_till(Till { proven: Some((till.batch, till.batch_first)), ..till });
        // The sign-in is stamped.
        self.keys("X");
        self.sent.clear();
        self.shows.clear();
        self
    }

    fn store(&mut self, key: Key, row: &TerminalRow) {
        let mut bytes = Vec::new();
        row.encode(&mut bytes);
        self.rows.insert(key, bytes);
    }

    fn read(&self, key: &Key) -> Option<TerminalRow> {
        self.rows.get(key).map(|bytes| TerminalRow::decode(key.space(), bytes).unwrap())
    }

    /// Another profile from now on.
    pub fn put_profile(&mut self, profile: Profile) {
        self.store(Profile::key(&profile.terminal), &profile.clone().wrap());
    }

    /// Another till row from now on.
    pub fn put_till(&mut self, till: Till) {
        self.store(Till::key(&till.terminal), &till.clone().wrap());
    }

    /// Any row from now on.
    pub fn put_row(&mut self, key: Key, row: &TerminalRow) {
        self.store(key, row);
    }

    /// All rows.
    pub fn rows_all(&self) -> Vec<TerminalRow> {
        self.rows.keys().filter_map(|key| self.read(key)).collect()
    }

    /// One row.
    pub fn row<R: Record<TerminalRow> + Clone>(&self, key: &R::Key) -> Option<R> {
        self.read(&R::key(key)).and_then(|row| R::peel(&row).cloned())
    }

    /// Every row of one table.
    pub fn all<R: Record<TerminalRow> + Clone>(&self) -> Vec<R> {
        let keys = self.rows.keys().filter(|key| key.space() == R::SPACE);
        keys.filter_map(|key| self.read(key)).filter_map(|row| R::peel(&row).cloned()).collect()
    }

    pub fn till(&self) -> Till {
        self.row::<Till>(&seat()).unwrap()
    }

    /// The newest exchange.
    pub fn last(&self) -> Exchange {
        self.row::<Exchange>(&self.till().last.unwrap()).unwrap()
    }

    pub fn standing(&self) -> Standing {
        self.last().standing
    }

    /// The stored reversal of the newest exchange.
    pub fn pending(&self) -> Option<Pending> {
        self.row::<Pending>(&self.till().last?)
    }

    fn vault(ask: &Ask, message: Option<&Message>) -> Told {
        match ask {
            Ask::MacGood(_) => {
                if message.and_then(|message| message.mac) == Some(GOOD) {
                    Told::Yes
                } else {
                    Told::No
                }
            }
            Ask::PasswordRight(_, pin, value) if value.starts_with(pin.reveal().as_bytes()) => Told::Yes,
            Ask::PasswordRight(..) => Told::No,
            Ask::TakeSessionSet(_, _, block) if block.first() == Some(&b'X') => Told::No,
            Ask::TakeSessionSet(_, _, block) => Told::KeySet {
                pik: WrappedKey([b"pik", &block[..]].concat().into()),
                mak: WrappedKey([b"mak", &block[..]].concat().into()),
                tdk: Some(WrappedKey([b"tdk", &block[..]].concat().into())),
            },
            // The block shows under which key it was made.
            Ask::PinEncipher(slipway_terms::KeyRef::Wrapped(key), ..) => {
                Told::Pin(PinBlock([*key.0.last().unwrap(); 8]))
            }
            Ask::PinEncipher(slipway_terms::KeyRef::Dukpt(_, ksn, slipway_terms::DukptKey::Pin), ..) => {
                Told::Pin(PinBlock([ksn.counter() as u8; 8]))
            }
            Ask::WidePinEncipher(slipway_terms::KeyRef::Wrapped(key), ..) => {
                Told::WidePin(slipway_terms::WidePin([*key.0.last().unwrap(); 16]))
            }
            Ask::TrackEncipher(key, track) => {
                let last = match key {
                    slipway_terms::KeyRef::Dukpt(_, ksn, slipway_terms::DukptKey::Track) => ksn.counter() as u8,
                    slipway_terms::KeyRef::Wrapped(key) if key.0.starts_with(b"tdk") => *key.0.last().unwrap(),
                    _ => return Told::NoKey,
                };
                let text = format!("{}DFEDC{last:02}", &track.reveal()[..16]);
                Told::TrackClosed(slipway_terms::ClosedTrack(Short::new(&text).unwrap()))
            }
            Ask::PasswordValue(_, pin) => {
                let mut value = [b'-'; 16];
                value[..pin.reveal().len()].copy_from_slice(pin.reveal().as_bytes());
                Told::PasswordValue(value)
            }
            Ask::Stamp(_, entry) => Told::Stamp(stamp(entry)),
            Ask::Seal(_, pan) => Told::Sealed(SealedPan(pan.reveal().bytes().map(|b| b ^ 0x5A).collect())),
            Ask::Open(sealed) => {
                let digits: String = sealed.0.iter().map(|b| char::from(b ^ 0x5A)).collect();
                Told::Opened(Pan::new(&digits).unwrap())
            }
            _ => Told::NoKey,
        }
    }

    /// One input through the whole walk.
    pub fn input(&mut self, input: &Input<Timer>) {
        for _ in 0..if self.twice { 2 } else { 1 } {
            self.walk(input);
        }
    }

    fn walk(&mut self, input: &Input<Timer>) {
        if self.dead {
            return;
        }
        let message = if let Input::Heard(_, message) = input { Some(message) } else { None };
        let mut sheet = Sheet::default();
        let mut told: Vec<(Ask, Told)> = Vec::new();
        let mut wants = Wants::default();
        for round in 0.. {
            assert!(round < 5, "wants without end");
            wants.clear();
            self.bank.wants(input, &Facts { sheet: &sheet, told: &told, notes: &self.notes }, &mut wants);
            let mut new = false;
            for key in &wants.keys {
                if !sheet.knows(key) {
                    new = true;
                    sheet.learn(*key, self.read(key));
                }
            }
            for scan in &wants.scans {
                if !sheet.knows_scan(scan) {
                    new = true;
                    for (key, _) in self
                        .rows
                        .range(scan.prefix..)
                        .take_while(|(key, _)| key.as_bytes().starts_with(scan.prefix.as_bytes()))
                    {
                        sheet.learn(*key, self.read(key));
                    }
                    sheet.learn_scan(*scan, None);
                }
            }
            for ask in &wants.asks {
                if !told.iter().any(|(asked, _)| asked == ask) {
                    new = true;
                    told.push((ask.clone(), Self::vault(ask, message)));
                }
            }
            if !new {
                break;
            }
        }
        let d = self.bank.decide(self.at, input, &Facts { sheet: &sheet, told: &told, notes: &self.notes });
        self.commit(d);
    }

    fn commit(&mut self, d: slipway_node::Decision<TerminalBank>) {
        let writes = !d.puts.is_empty() || !d.ends.is_empty();
        for (key, row) in &d.puts {
            self.store(*key, row);
        }
        for key in &d.ends {
            self.rows.remove(key);
        }
        self.commits += usize::from(writes);
        if self.cut_after == Some(self.commits) {
            self.dead = true;
            return;
        }
        for outgoing in d.sends {
            match outgoing.body {
                // Slips are handed in beside everything else, and nothing waits for it.
                Body::Once(message) if message.till60.is_some_and(|till| till.management == Some(800)) => {
                    assert!(outgoing.mac.is_some(), "a hand-in is MACed");
                    self.hand_ins.push(message);
                }
                Body::Once(message) => self.sent.push((message, outgoing.mac)),
                Body::Testimonies(seen) => self.testimonies = seen,
                other => panic!("a terminal sends {other:?}"),
            }
        }
        self.timers.extend(d.timers);
        self.prints.extend(d.prints);
        self.chips.extend(d.chips.into_iter().map(|(_, ask)| ask));
        for (_, show) in d.shows {
            // Of every screen of every test: four lines, both languages, no whole card number.
            assert!((1..=4).contains(&show.lines.len()), "{show:?}");
            assert!(show.lines.iter().all(|line| !line.zh.is_empty() && !line.en.is_empty()), "{show:?}");
            assert!(!format!("{show:?}").contains("9990010000000010"), "a screen shows a card number");
            self.shows.push(show);
        }
        self.counts.extend(d.counts);
        for (seat, note) in d.notes {
            match note {
                Some(note) => self.notes.insert(seat, note),
                None => self.notes.remove(&seat),
            };
        }
    }

    pub fn act(&mut self, act: Act) {
        self.input(&Input::Hand(Hand::At(seat(), act)));
    }

    pub fn hear(&mut self, message: Message) {
        self.input(&Input::Heard(Peer::Host(seat()), message));
    }

    pub fn link(&mut self, up: bool) {
        self.input(&Input::Hand(Hand::Link { peer: Peer::Host(seat()), up }));
    }

    pub fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.act(Act::Key(match key {
                '=' => KeyPress::DoubleZero,
                'E' => KeyPress::Enter,
                'C' => KeyPress::Clear,
                'X' => KeyPress::Cancel,
                'P' => KeyPress::Print,
                'M' => KeyPress::Menu,
                digit => KeyPress::Digit(digit.to_digit(10).unwrap() as u8),
            }));
        }
    }

    /// Time passes; timers run out in order.
    pub fn pass(&mut self, ms: i64) {
        let end = self.at.plus_ms(ms);
        while let Some((due, timer)) = self.timers.first().cloned().filter(|(due, _)| *due <= end) {
            self.timers.remove(&(due, timer.clone()));
            self.at = self.at.max(due);
            self.input(&Input::Due(timer));
        }
        self.at = end;
    }

    /// Power off and on: notes and timers are gone, rows stay.
    pub fn power_cut(&mut self) {
        self.dead = false;
        self.cut_after = None;
        self.notes.clear();
        self.timers.clear();
        self.shows.clear();
        self.at = self.at.plus_ms(30_000);
        self.input(&Input::Hand(Hand::Rouse));
        let rows: Vec<TerminalRow> = self.rows.keys().filter_map(|key| self.read(key)).collect();
        let armed: Vec<_> = rows.iter().filter_map(|row| self.bank.rearm(row)).collect();
        self.timers.extend(armed);
        self.pass(0);
    }

    /// The newest message sent, taken out.
    pub fn take(&mut self) -> Message {
        self.sent.pop().expect("something was sent").0
    }

    /// The only message sent since the last look, with this type.
    pub fn one(&mut self, mti: u16) -> Message {
        let all: Vec<_> = self.sent.drain(..).collect();
        assert_eq!(all.iter().map(|(m, _)| m.mti.0).collect::<Vec<_>>(), [mti]);
        all.into_iter().next().unwrap().0
    }

    /// A sale of 88.00 by swipe with PIN, to the wire; the request.
    pub fn sell(&mut self) -> Message {
        self.sell_amount(8_800)
    }

    pub fn sell_amount(&mut self, fen: u64) -> Message {
        self.key_sale(fen);
        self.one(200)
    }

    /// The same when older things are on the wire too: the newest request.
    pub fn sell_later(&mut self) -> Message {
        self.key_sale(8_800);
        let (request, _) = self.sent.pop().expect("a sale was sent");
        assert_eq!(request.mti.0, 200);
        self.sent.clear();
        request
    }

    /// The same up to the PIN, whatever then goes on the wire.
    pub fn key_sale(&mut self, fen: u64) {
        self.act(Act::Sale(Amount::fen(fen)));
        self.act(Act::Card(stripe()));
        self.keys("E");
        self.past_guard();
        self.act(Act::Pin(Some(Pin::new("123456").unwrap())));
    }

    /// A second payment is let go, if the guard has stopped it: `tests/guard.rs` is about that.
    pub fn past_guard(&mut self) {
        if self.shows.last().is_some_and(|show| show.lines[0].zh.starts_with("同卡同金额")) {
            self.act(Act::PayAgain(slipway_terms::PayAgain::OtherPurchase));
            self.act(Act::Allow(OperatorNo(0), Pin::new("9876").unwrap()));
        }
    }

    /// Signed in as the supervisor, signed on, and with the original that `kind` is about, if it is about one.
    pub fn for_kind(kind: Kind) -> Self {
        Self::ready().with_original(kind)
    }

    pub fn with_original(mut self, kind: Kind) -> Self {
        self.act(Act::SignIn(OperatorNo(0), Pin::new("9876").unwrap()));
        match kind {
            Kind::SaleVoid | Kind::Refund | Kind::Adjust => drop(self.approved(Kind::Sale)),
            Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice => drop(self.approved(Kind::PreAuth)),
            Kind::CompletionVoid => {
                self.approved(Kind::PreAuth);
                self.approved(Kind::Completion);
            }
            _ => {}
        }
        // Whatever was done is stamped.
        self.keys("XXX");
        self.shows.clear();
        self
    }

    /// A transaction of this kind about the newest exchange, keyed to its end; whatever then goes on the wire.
    pub fn order(&mut self, kind: Kind) {
        let named = kind.shape().names_original.then(|| Named::Voucher(self.till().last.unwrap().stan));
        self.order_about(kind, named);
    }

    pub fn order_about(&mut self, kind: Kind, named: Option<Named>) {
        let voids = matches!(kind, Kind::SaleVoid | Kind::PreAuthVoid | Kind::CompletionVoid);
        let fen = match kind {
            Kind::Adjust => 9_000,
            Kind::OfflineSale => 5_000,
            _ => 8_800,
        };
        self.act(Act::Begin(kind, (!voids).then_some(Amount::fen(fen)), named));
        match kind {
            Kind::Moto => {
                let expiry = slipway_terms::Expiry { year: 30, month: 12 };
                self.act(Act::KeyedCard(Pan::new("9990010000000010").unwrap(), expiry));
            }
            Kind::Sale | Kind::PreAuth | Kind::Refund | Kind::OfflineSale => self.act(Act::Card(stripe())),
            _ => {}
        }
        self.keys("E");
        self.past_guard();
        if matches!(kind, Kind::Sale | Kind::PreAuth) {
            self.act(Act::Pin(Some(Pin::new("123456").unwrap())));
        }
    }

    /// A transaction of this kind, approved, printed and, if it is, confirmed.
    pub fn approved(&mut self, kind: Kind) -> Exchange {
        self.order(kind);
        let request = self.one(kind.shape().mti.0);
        self.hear(self.answer(&request, "00"));
        assert_eq!(self.standing(), Standing::Approved, "{kind:?}");
        self.print_all(PaperFate::Printed);
        if kind.shape().reversible && kind.shape().moves_money() {
            self.pass(5_000);
            let confirm = self.one(620);
            self.hear(self.answer(&confirm, "00"));
        }
        self.last()
    }

    /// The host's answer, whole and with a good MAC.
    pub fn answer(&self, request: &Message, said: &str) -> Message {
        let mut answer = request.answer(code(said));
        answer.pan = request.card();
        answer.ksn = request.ksn;
        answer.time = Some(self.at.clock());
        answer.date = Some(self.at.month_day());
        answer.settlement = Some(MonthDay { month: 11, day: 23 });
        answer.rrn = Some(Rrn::new("632700000001").unwrap());
        answer.auth = (said == "00").then(|| AuthCode::new("A00001").unwrap());
        answer.institutions = Some(Short::cut("00010001   00010000   "));
        answer.mac = Some(GOOD);
        answer
    }

    /// The answer to the sign-on last sent, giving this batch.
    pub fn sign_on_answer(&mut self, batch: u32) -> Message {
        let request = self.one(800);
        let mut answer = request.answer(ResponseCode::APPROVED);
        answer.till60 = Some(slipway_terms::Till60::management(BatchNo(batch), 3));
        answer.time = Some(self.at.clock());
        answer.date = Some(self.at.month_day());
        match request.ksn {
            None => answer.private62 = Some(vec![u8::try_from(batch).unwrap(); 40].into()),
            // Keys of its own: none come, and the answer has a code.
            ksn => (answer.ksn, answer.mac) = (ksn, Some(GOOD)),
        }
        answer
    }

    /// Both copies came out.
    pub fn print_all(&mut self, fate: PaperFate) {
        for print in std::mem::take(&mut self.prints) {
            for copy in &print.copies {
                self.act(Act::Paper(print.about, *copy, fate));
            }
        }
    }

    pub fn slips(&self) -> Vec<(slipway_terms::SlipKind, Vec<Copy>, bool)> {
        self.prints.iter().map(|print| (print.slip.kind, print.copies.clone(), print.slip.reprint)).collect()
    }

    /// First lines of the screens since the last look, English.
    pub fn screens(&mut self) -> Vec<String> {
        self.shows.drain(..).filter_map(|show| show.lines.first().map(|line| line.en.clone())).collect()
    }

    /// The screen now, all lines of both languages.
    pub fn screen(&self) -> String {
        let lines = self.shows.last().map(|show| show.lines.clone()).unwrap_or_default();
        lines.iter().map(|line| format!("{} / {}\n", line.zh, line.en)).collect()
    }

    pub fn mti(&self) -> Vec<Mti> {
        self.sent.iter().map(|(message, _)| message.mti).collect()
    }
}

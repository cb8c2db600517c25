//! A network of one acquirer: a memory store that encodes every row, a vault of tricks, and checkers after every commit.
//! Each story runs four times: plainly, every input twice in one batch, twice in two batches, and with a restart before
//! every input; the stored rows must be the same each time.

extern crate std;

mod archive;
mod asking;
mod batches;
mod cases;
mod chip;
mod clearing;
mod correcting;
mod differing;
mod doubt;
mod figures;
mod kinds;
mod payout;
mod refusals;
mod repairing;
mod replacing;
mod returned;
mod sale;
mod schemes;
mod second;
mod settling;
mod signing;
mod slips;
mod withheld;
mod words;

use super::*;
use crate::ledger::{Balance, Posting};
use alloc::collections::BTreeMap;
use alloc::{boxed::Box, string::String, vec, vec::Vec};
use slipway_node::{Ask, Body, Hand, Input, Key, Line, Outgoing, Peer, Rows, Sheet, Told, outbox_id};
use slipway_terms::*;

pub(super) const ME: &str = "99900001";
pub(super) const SHOP: &str = "999310054110001";
pub(super) const TILL: &str = "10000001";
pub(super) const CARD: &str = "9990010000000014";

pub(super) fn code(text: &str) -> ResponseCode {
    ResponseCode::new(text).unwrap()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Plain,
    TwiceInOneBatch,
    TwiceApart,
    Restarted,
}

/// What left on one input.
#[derive(Default, Debug)]
pub(super) struct Left {
    pub till: Vec<(Line, Message, Option<MacKey>)>,
    pub switch: Vec<Message>,
    pub advices: Vec<Advice>,
    pub desk: Vec<Testimony>,
}

impl Left {
    /// The one answer to the terminal.
    pub fn said(&self) -> &Message {
        assert_eq!(self.till.len(), 1, "one answer to the terminal: {self:?}");
        &self.till[0].1
    }
    /// Its code.
    pub fn code(&self) -> String {
        alloc::format!("{}", self.said().code.unwrap())
    }
    pub fn quiet(&self) {
        assert!(self.till.is_empty() && self.switch.is_empty() && self.advices.is_empty(), "{self:?}");
    }
}

pub(super) struct World {
    pub node: Acquirer,
    pub mode: Mode,
    pub at: Moment,
    pub store: BTreeMap<Vec<u8>, Vec<u8>>,
    pub outbox: BTreeMap<Key, Advice>,
    pub timers: Vec<(Moment, AcquirerTimer)>,
    pub counts: BTreeMap<&'static str, u32>,
    pub line: u64,
    pub mak: Option<WrappedKey>,
    pub stan: u32,
    pub made: u8,
    pub vault_up: bool,
}

fn mac_of(key: &MacKey) -> Mac {
    let dukpt;
    let bytes: &[u8] = match &key.key {
        KeyRef::Named(name) => name.0.as_bytes(),
        KeyRef::Wrapped(wrapped) => &wrapped.0,
        KeyRef::Dukpt(base, ksn, which) => {
            dukpt = [base.0.as_bytes(), ksn.bytes(), &[*which as u8]].concat();
            &dukpt
        }
    };
    let mut mac = [key.method as u8; 8];
    for (i, byte) in bytes.iter().enumerate() {
        mac[i % 8] = mac[i % 8].wrapping_mul(31).wrapping_add(*byte);
    }
    Mac(mac)
}

impl World {
    pub fn new(mode: Mode) -> Self {
        let id = InstitutionId::new(ME).unwrap();
        let mut w = Self {
            node: Acquirer::new(id, Times::default()),
            mode,
            at: Moment(1_795_421_045_000),
            store: BTreeMap::new(),
            outbox: BTreeMap::new(),
            timers: Vec::new(),
            counts: BTreeMap::new(),
            line: 1,
            mak: None,
            stan: 0,
            made: 0,
            vault_up: true,
        };
        let merchant = Merchant {
            id: MerchantId::new(SHOP).unwrap(),
            name_place: Short::cut("滨江超市 上海"),
            mcc: Mcc(5411),
            keyed_cards: false,
            offline_max_minor: 30_000,
            active: true,
        };
        let rows = seed_merchant(merchant.clone()).into_iter().chain(seed_terminal(
            TerminalId::new(TILL).unwrap(),
            merchant.id,
            BatchNo(7),
            Profile::Slipway,
        ));
        for (key, row) in rows {
            w.write(&key, &row);
        }
        w.rouse();
        w
    }

    /// A world whose terminal has signed on and used its keys once.
    pub fn signed_on(mode: Mode) -> Self {
        let mut w = Self::new(mode);
        w.sign_on();
        let ask = w.ask_fate(BatchNo(7), 1);
        w.hear(ask);
        w
    }

    pub fn write(&mut self, key: &Key, row: &AcquirerRow) {
        let mut bytes = Vec::new();
        row.encode(&mut bytes);
        self.store.insert(key.as_bytes().to_vec(), bytes);
    }

    pub fn rows(&self) -> Vec<AcquirerRow> {
        self.store.iter().map(|(key, bytes)| AcquirerRow::decode(key[0], bytes).unwrap()).collect()
    }

    pub fn rouse(&mut self) {
        self.timers.clear();
        self.batch(vec![Input::Hand(Hand::Rouse)]);
        self.batch(vec![Input::Hand(Hand::Link { peer: Peer::Switch, up: true })]);
        let rearmed: Vec<_> = self.rows().iter().filter_map(|row| self.node.rearm(row)).collect();
        self.timers.extend(rearmed);
    }

    /// Judges inputs in one batch, commits, checks, and gives what left, input by input.
    pub fn batch(&mut self, inputs: Vec<Input<AcquirerTimer>>) -> Vec<Left> {
        let mut sheet = Sheet::default();
        let notes = BTreeMap::new();
        let mut left = Vec::new();
        for input in &inputs {
            let mut told: Vec<(Ask, Told)> = Vec::new();
            let mut wants = Wants::default();
            for round in 0.. {
                assert!(round <= slipway_node::limits::WANT_ROUNDS_MAX, "wants never end");
                wants.clear();
                self.node.wants(input, &Facts { sheet: &sheet, told: &told, notes: &notes }, &mut wants);
                if !self.learn(&wants, &mut sheet, &mut told, input) {
                    break;
                }
            }
            let d = self.node.decide(self.at, input, &Facts { sheet: &sheet, told: &told, notes: &notes });
            for (key, row) in d.puts {
                sheet.put(key, row);
            }
            for key in d.ends {
                if key.space() == slipway_node::OUTBOX_SPACE {
                    self.outbox.remove(&key);
                } else {
                    sheet.end(key);
                }
            }
            for what in d.counts {
                *self.counts.entry(what).or_default() += 1;
            }
            self.timers.extend(d.timers);
            left.push(self.sort(d.sends));
        }
        for (key, row) in sheet.written() {
            match row {
                Some(row) => {
                    let mut bytes = Vec::new();
                    row.encode(&mut bytes);
                    self.store.insert(key.as_bytes().to_vec(), bytes);
                }
                None => {
                    self.store.remove(key.as_bytes());
                }
            }
        }
        self.check();
        left
    }

    fn learn(
        &mut self,
        wants: &Wants,
        sheet: &mut Sheet<AcquirerRow>,
        told: &mut Vec<(Ask, Told)>,
        input: &Input<AcquirerTimer>,
    ) -> bool {
        let mut new = false;
        let row = |store: &BTreeMap<Vec<u8>, Vec<u8>>, key: &Key| {
            store.get(key.as_bytes()).map(|bytes| AcquirerRow::decode(key.space(), bytes).unwrap())
        };
        for key in &wants.keys {
            if !sheet.knows(key) {
                new = true;
                sheet.learn(*key, row(&self.store, key));
            }
        }
        for scan in &wants.scans {
            if !sheet.knows_scan(scan) {
                new = true;
                let inside = self.store.keys().filter(|key| key.starts_with(scan.prefix.as_bytes()));
                let keys: Vec<Key> = inside.map(|key| Key::from_bytes(key).unwrap()).collect();
                for key in keys {
                    sheet.learn(key, row(&self.store, &key));
                }
                sheet.learn_scan(*scan, None);
            }
        }
        for ask in &wants.asks {
            if !told.iter().any(|(asked, _)| asked == ask) {
                new = true;
                let answer = self.vault(ask, input);
                told.push((ask.clone(), answer));
            }
        }
        new
    }

    fn vault(&mut self, ask: &Ask, input: &Input<AcquirerTimer>) -> Told {
        let mac = match input {
            Input::Heard(_, m) => m.mac,
            _ => None,
        };
        if !self.vault_up {
            return Told::Unavailable;
        }
        match ask {
            Ask::MacGood(key) if mac == Some(mac_of(key)) => Told::Yes,
            Ask::MacGood(_) => Told::No,
            Ask::Token(_, pan) => {
                let mut token = [0; 16];
                token.copy_from_slice(&pan.reveal().as_bytes()[..16]);
                token.reverse();
                Told::Token(CardToken(token))
            }
            Ask::Open(sealed) => {
                let digits: Vec<u8> = sealed.0.iter().map(|b| b ^ 0x5A).collect();
                Told::Opened(Pan::new(&String::from_utf8(digits).unwrap()).unwrap())
            }
            Ask::Seal(_, pan) => Told::Sealed(SealedPan(pan.reveal().bytes().map(|b| b ^ 0x5A).collect())),
            Ask::PinTranslate { block, .. } if block.0 == [0xFF; 8] => Told::PinUnreadable,
            Ask::PinTranslate { from, block, .. } => match from {
                KeyRef::Wrapped(pik) if pik.0.get(1) == Some(&1) => Told::Pin(PinBlock(block.0.map(|b| b ^ pik.0[0]))),
                KeyRef::Dukpt(_, ksn, slipway_terms::DukptKey::Pin) => {
                    Told::Pin(PinBlock(block.0.map(|b| b ^ ksn.counter() as u8)))
                }
                _ => Told::NoKey,
            },
            Ask::WidePinTranslate { from: KeyRef::Wrapped(pik), block, .. } if pik.0.get(1) == Some(&1) => {
                Told::Pin(PinBlock([block.0[0] ^ pik.0[0]; 8]))
            }
            Ask::TrackDecipher(_, closed) if closed.0.as_str().ends_with("FFFF") => Told::No,
            Ask::TrackDecipher(_, closed) => {
                let pan = &closed.0.as_str()[..16];
                Told::TrackOpened(slipway_terms::Track2::new(&alloc::format!("{pan}=30121010000000000")).unwrap())
            }
            // Of its time, so that every mode of a story draws the same.
            Ask::PageCode => {
                let mut code = [0; 15];
                code[..8].copy_from_slice(&self.at.0.to_be_bytes());
                Told::PageCode(code)
            }
            Ask::MakeSessionSet(_, code) => {
                self.made += 1;
                let key = |usage| WrappedKey(Box::from([self.made, usage]));
                let tdk = matches!(code, 4 | 6).then(|| key(3));
                Told::SessionSet { pik: key(1), mak: key(2), tdk, block: Box::from([self.made]) }
            }
            _ => Told::NoKey,
        }
    }

    fn sort(&mut self, sends: Vec<Outgoing>) -> Left {
        let mut left = Left::default();
        for Outgoing { to, body, mac } in sends {
            match (to, body) {
                (Peer::Line(line), Body::Once(m)) => left.till.push((line, m, mac)),
                (Peer::Switch, Body::Once(m)) => left.switch.push(m),
                (Peer::Switch, Body::Advice(key, advice)) => {
                    assert!(!self.outbox.contains_key(&key), "an advice is queued once");
                    self.outbox.insert(key, advice.clone());
                    left.advices.push(advice);
                }
                (Peer::Desk(_), Body::Testimonies(seen)) => left.desk = seen,
                other => panic!("an acquirer does not send this: {other:?}"),
            }
        }
        left
    }

    /// One input as the mode has it. A second copy may be answered again, and has no other effect.
    pub fn give(&mut self, input: Input<AcquirerTimer>) -> Left {
        let mut left = match self.mode {
            Mode::Plain => self.batch(vec![input]),
            Mode::Restarted => {
                self.rouse();
                self.batch(vec![input])
            }
            Mode::TwiceInOneBatch => self.batch(vec![input.clone(), input]),
            Mode::TwiceApart => {
                let mut first = self.batch(vec![input.clone()]);
                first.extend(self.batch(vec![input]));
                first
            }
        };
        if let Some(second) = (left.len() > 1).then(|| left.remove(1)) {
            assert!(second.advices.is_empty(), "a second advice");
            assert!(second.switch.iter().all(|m| m.mti.is_answer()), "forwarded twice");
            if let [(_, again, _)] = &second.till[..] {
                assert_eq!(again.code, left[0].said().code, "a copy is answered like the first");
            }
        }
        left.remove(0)
    }

    /// The terminal says this, MACed with the keys it has.
    pub fn hear(&mut self, mut m: Message) -> Left {
        if m.mac.is_none()
            && let Some(mak) = self.mak.clone()
        {
            m.mac = Some(mac_of(&MacKey { key: KeyRef::Wrapped(mak), method: MacMethod::EcbXor }));
        }
        let line = self.line();
        self.give(Input::Heard(Peer::Line(line), m))
    }

    pub fn line(&self) -> Line {
        Line { no: self.line, tpdu: [0x60, 0, 1, 0, 2], header: [0; 6] }
    }

    /// The switch says this with a good MAC.
    pub fn switch_says(&mut self, mut m: Message) -> Left {
        let zak = KeyName::of(KeyUse::Zak, ME);
        m.mac = Some(mac_of(&MacKey { key: KeyRef::Named(zak), method: MacMethod::X919 }));
        self.give(Input::Heard(Peer::Switch, m))
    }

    /// Time passes; timers that are due fire, in order. Gives what left.
    pub fn pass(&mut self, ms: i64) -> Vec<Left> {
        let until = self.at.plus_ms(ms);
        let mut left = Vec::new();
        if self.mode == Mode::Restarted {
            self.rouse();
        }
        loop {
            self.timers.sort();
            match self.timers.first().copied() {
                Some((due, timer)) if due <= until => {
                    self.timers.remove(0);
                    self.at = self.at.max(due);
                    left.push(self.give(Input::Due(timer)));
                }
                _ => break,
            }
        }
        self.at = until;
        left.retain(|l| !(l.till.is_empty() && l.switch.is_empty() && l.advices.is_empty()));
        left
    }

    pub fn original(&self, m: &Message) -> Original {
        let till = m.till_key().unwrap();
        let found = self.rows().into_iter().find_map(|row| match row {
            AcquirerRow::Exchange(Exchange::Original(o)) if o.till == till => Some(*o),
            _ => None,
        });
        found.expect("no such exchange")
    }

    /// A person finds this for a case of this exchange.
    pub fn find(&mut self, m: &Message, ground: Ground, finding: Finding) -> Left {
        let found = Found { finding, by: Short::cut("li"), because: Short::cut("asked"), at: self.at };
        self.give(Input::Hand(Hand::Finding(CaseKey::Till(m.till_key().unwrap(), ground), found)))
    }

    pub fn open_cases(&self) -> Vec<Ground> {
        let case = |row| match row {
            AcquirerRow::Case(case) if case.closed.is_none() => Some(case.ground),
            _ => None,
        };
        self.rows().into_iter().filter_map(case).collect()
    }

    /// What is owed to the merchant.
    pub fn payable(&self) -> i64 {
        let owed = |row| match row {
            AcquirerRow::Balance(Balance { account: crate::ledger::Account::MerchantPayable(_), minor }) => {
                Some(-minor)
            }
            _ => None,
        };
        self.rows().into_iter().filter_map(owed).sum()
    }

    /// After every commit: money, once, queues, secrets.
    fn check(&self) {
        let (mut sum, mut legs, mut credited, mut batches, mut paid) = (0, 0, 0, 0, 0);
        let (mut waiting, mut open, mut held, mut counted, mut redone) = (0, 0, 0, 0, 0);
        for row in self.rows() {
            match row {
                AcquirerRow::Balance(balance) => sum += balance.minor,
                AcquirerRow::Posting(Posting { cause, legs: both, .. }) if cause.is_after() => {
                    let merchants =
                        both.iter().filter(|(a, _)| matches!(a, crate::ledger::Account::MerchantPayable(_)));
                    paid += merchants.map(|(_, minor)| minor).sum::<i64>();
                }
                AcquirerRow::Posting(Posting { legs: both, .. }) => legs += both[0].1,
                AcquirerRow::Batch(batch) => batches += batch.debit.minor - batch.credit.minor,
                AcquirerRow::Open(_) => open += 1,
                AcquirerRow::Correction(c) if c.own.forwarder.as_str() == ME => {
                    let queued = self.outbox.contains_key(&outbox_id(c.what.tag(), &c.original));
                    assert_eq!(queued, c.answer.is_none(), "a correction is in the outbox until it is answered");
                }
                AcquirerRow::Days(days) => counted += days.moved.iter().map(|(_, day)| day.net()).sum::<i64>(),
                AcquirerRow::ClosedDay(day) => counted += day.moved.net(),
                // An exchange that is not here has its redo slot in its case.
                AcquirerRow::Case(case) if case.redo.is_some() => redone += case.minor.unwrap(),
                // What a case had paid came back with the exchange itself.
                AcquirerRow::TakenOver(over) => redone -= over.minor,
                AcquirerRow::Exchange(Exchange::Original(o)) => {
                    let captured = o.stage == Stage::Approved && o.kind.shape().moves_money();
                    credited += if captured { o.signed_minor } else { 0 };
                    redone += o.redo.map_or(0, |redo| redo.minor);
                    assert_eq!(captured, o.credit != Credit::Nothing);
                    let advice = o.kind.shape().is_advice();
                    let forwarded = o.stage == Stage::Forwarded;
                    waiting += i32::from((forwarded && !advice) || o.credit == Credit::Unconfirmed);
                    held += i32::from(o.credit == Credit::Held);
                    let queued = self.outbox.contains_key(&outbox_id(TAG_ADVICE, &o.switch));
                    assert_eq!(queued, advice && forwarded, "an advice is in the outbox until it is answered");
                    let queued = self.outbox.contains_key(&outbox_id(TAG_REVERSAL, &o.switch));
                    assert_eq!(queued, o.undo.is_some_and(|undo| undo.answer.is_none()), "outbox and undo slot");
                }
                _ => {}
            }
        }
        assert_eq!(sum, 0, "balances sum to zero");
        assert_eq!(counted, credited + redone, "each posting on one day");
        assert_eq!((legs, batches), (credited + redone, credited), "postings, batches");
        assert_eq!(self.payable(), credited + redone - paid, "payable");
        assert!(waiting <= open && open <= waiting + held, "every waiting exchange has its open mark");
        let card = CARD.as_bytes();
        assert!(!self.store.values().any(|bytes| bytes.windows(card.len()).any(|w| w == card)), "a clear card number");
    }
}

/// Plays a story in all modes; the stored rows agree.
pub(super) fn play(begin: fn(Mode) -> World, story: impl Fn(&mut World)) {
    let mut plain = None;
    for mode in [Mode::Plain, Mode::TwiceInOneBatch, Mode::TwiceApart, Mode::Restarted] {
        let mut w = begin(mode);
        story(&mut w);
        let rows = plain.get_or_insert_with(|| w.store.clone());
        assert!(*rows == w.store, "the stored rows differ in mode {mode:?}");
    }
}

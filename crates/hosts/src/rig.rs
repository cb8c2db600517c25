//! A table-top driver for the tests of one core: encoded rows, batches with an overlay, an outbox, timers, a scripted vault.
//! It walks as the real driver does: wants, batch, decide, commit, send.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use slipway_node::{
    Ask, Body, Decision, Facts, Input, Installed, Key, Node, OUTBOX_SPACE, Outgoing, Peer, Record, ResetKey, Rows,
    Sheet, Told, Wants, limits,
};
use slipway_terms::{CardToken, Mac, Message, Moment, PinBlock, TerminalId, WrappedKey};

/// A MAC that the scripted vault calls wrong; any other, or none, is right.
pub const BAD_MAC: Mac = Mac([0xBA; 8]);

/// A PIN block that the scripted vault calls right, wrong, unreadable.
pub const RIGHT: PinBlock = PinBlock([1; 8]);
pub const WRONG: PinBlock = PinBlock([2; 8]);
pub const UNREADABLE: PinBlock = PinBlock([9; 8]);

pub struct Rig<N: Node> {
    pub node: N,
    pub at: Moment,
    pub rows: BTreeMap<Key, Vec<u8>>,
    pub outbox: BTreeMap<Key, Outgoing>,
    pub timers: BTreeSet<(Moment, N::Timer)>,
    pub sent: Vec<Outgoing>,
    pub counts: Vec<&'static str>,
    /// Most rounds of wants that any input took.
    pub rounds: usize,
    /// Keys that the vault was given since it was last opened, in order.
    pub installed: Vec<Installed>,
    /// The vault answers nothing.
    pub vault_down: bool,
}

/// The token of a card number in the scripted vault.
pub fn token(digits: &str) -> CardToken {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digits.bytes().rev()) {
        *to = from;
    }
    CardToken(bytes)
}

impl<N: Node> Rig<N> {
    pub fn new(node: N, at: Moment, seeds: Vec<(Key, N::Row)>) -> Self {
        let mut rig = Self {
            node,
            at,
            rows: BTreeMap::new(),
            outbox: BTreeMap::new(),
            timers: BTreeSet::new(),
            sent: Vec::new(),
            counts: Vec::new(),
            rounds: 0,
            installed: Vec::new(),
            vault_down: false,
        };
        for (key, row) in seeds {
            rig.store(key, &row);
        }
        rig
    }

    fn store(&mut self, key: Key, row: &N::Row) {
        let mut bytes = Vec::new();
        row.encode(&mut bytes);
        self.rows.insert(key, bytes);
    }

    /// Puts a row as if it had been written before.
    pub fn lay(&mut self, key: Key, row: &N::Row) {
        self.store(key, row);
    }

    /// All rows as stored, decoded.
    pub fn all(&self) -> Vec<N::Row> {
        self.rows.iter().map(|(key, bytes)| N::Row::decode(key.space(), bytes).unwrap()).collect()
    }

    /// All rows of one table.
    pub fn table<T: Record<N::Row> + Clone>(&self) -> Vec<T> {
        self.all().iter().filter_map(|row| T::peel(row).cloned()).collect()
    }

    fn told(&self, ask: &Ask, message: Option<&Message>) -> Told {
        let pin = |block: &PinBlock, good: Told| match *block {
            RIGHT => good,
            WRONG => Told::No,
            _ => Told::PinUnreadable,
        };
        match ask {
            _ if self.vault_down => Told::Unavailable,
            Ask::MacGood(_) if message.and_then(|m| m.mac) == Some(BAD_MAC) => Told::No,
            Ask::MacGood(_) => Told::Yes,
            Ask::Seal(_, pan) => {
                Told::Sealed(slipway_terms::SealedPan(pan.reveal().bytes().map(|b| b ^ 0x5A).collect()))
            }
            Ask::Token(_, pan) => Told::Token(token(pan.reveal())),
            Ask::CryptogramGood { cryptogram: [7, 7, 7, 7, 7, 7, 7, 7], .. } => Told::Arpc([9; 8]),
            Ask::CryptogramGood { .. } => Told::No,
            Ask::PinRight { block, .. } => pin(block, Told::Yes),
            Ask::PinTranslate { block, .. } if *block == UNREADABLE => Told::PinUnreadable,
            Ask::PinTranslate { block, .. } => Told::Pin(PinBlock(block.0.map(|b| b | 0x40))),
            // A key is the number of its reset, so that both sides of a test have the same.
            Ask::MakeReset { fields, .. } => {
                let mut key = [0; 16];
                key[..6].copy_from_slice(fields.stan.as_bytes());
                let f48 = [b"NK", &key[..]].concat().into();
                let sent = ResetKey { f48: Some(f48), f96: [0; 8], f128: [0x28; 8] };
                Told::Reset { key: WrappedKey(key.into()), sent }
            }
            Ask::TakeReset { key, .. } if Mac(key.f128) == BAD_MAC => Told::No,
            Ask::TakeReset { key, .. } => {
                key.f48.as_ref().map_or(Told::No, |f48| Told::ResetTaken(WrappedKey(f48[2..].into())))
            }
            _ => Told::NoKey,
        }
    }

    /// Judges inputs as one batch; what they send is added to `sent` and returned.
    pub fn batch(&mut self, inputs: &[Input<N::Timer>]) -> Vec<Outgoing> {
        let mut sheet = Sheet::default();
        let mut done = Vec::new();
        for input in inputs {
            let message = if let Input::Heard(_, message) = input { Some(message) } else { None };
            let mut told: Vec<(Ask, Told)> = Vec::new();
            let notes: BTreeMap<TerminalId, N::Note> = BTreeMap::new();
            for round in 0.. {
                assert!(round <= limits::WANT_ROUNDS_MAX, "wants without end");
                let mut wants = Wants::default();
                self.node.wants(input, &Facts { sheet: &sheet, told: &told, notes: &notes }, &mut wants);
                if !self.learn(&wants, &mut sheet, &mut told, message) {
                    self.rounds = self.rounds.max(round);
                    break;
                }
            }
            let decision = self.node.decide(self.at, input, &Facts { sheet: &sheet, told: &told, notes: &notes });
            for (key, row) in &decision.puts {
                sheet.put(*key, row.clone());
            }
            for key in &decision.ends {
                sheet.end(*key);
            }
            done.push(decision);
        }
        let first = self.sent.len();
        done.into_iter().for_each(|decision| self.commit(decision));
        self.sent[first..].to_vec()
    }

    fn learn(
        &self,
        wants: &Wants,
        sheet: &mut Sheet<N::Row>,
        told: &mut Vec<(Ask, Told)>,
        message: Option<&Message>,
    ) -> bool {
        let mut news = false;
        let row = |key: &Key| self.rows.get(key).map(|bytes| N::Row::decode(key.space(), bytes).unwrap());
        for key in &wants.keys {
            if !sheet.knows(key) {
                sheet.learn(*key, row(key));
                news = true;
            }
        }
        for scan in &wants.scans {
            if sheet.knows_scan(scan) {
                continue;
            }
            let mut keys: Vec<Key> =
                self.rows.keys().copied().filter(|k| k.as_bytes().starts_with(scan.prefix.as_bytes())).collect();
            if scan.newest_first {
                keys.reverse();
            }
            let cut = keys.len() > usize::from(scan.rows_max);
            keys.truncate(usize::from(scan.rows_max));
            keys.iter().for_each(|key| sheet.learn(*key, row(key)));
            sheet.learn_scan(*scan, keys.last().copied().filter(|_| cut));
            news = true;
        }
        for ask in &wants.asks {
            if !told.iter().any(|(asked, _)| asked == ask) {
                told.push((ask.clone(), self.told(ask, message)));
                news = true;
            }
        }
        news
    }

    fn commit(&mut self, decision: Decision<N>) {
        for (key, row) in &decision.puts {
            self.store(*key, row);
        }
        for key in &decision.ends {
            let queue = |k: &Key| N::Row::SPACES.iter().any(|s| s.byte == k.space() && s.queue);
            assert!(key.space() == OUTBOX_SPACE || queue(key), "only queues forget");
            self.rows.remove(key);
            self.outbox.remove(key);
        }
        for installed in decision.installs {
            if self.installed.last() != Some(&installed) {
                self.installed.push(installed);
            }
        }
        for outgoing in &decision.sends {
            if let Body::Advice(key, _) | Body::Notice(key, _) = &outgoing.body {
                self.outbox.entry(*key).or_insert(outgoing.clone());
            }
        }
        self.sent.extend(decision.sends);
        self.timers.extend(decision.timers);
        self.counts.extend(decision.counts);
    }

    /// One message, judged alone.
    pub fn hear(&mut self, from: Peer, message: &Message) -> Vec<Outgoing> {
        self.batch(&[Input::Heard(from, message.clone())])
    }

    /// Runs every timer that is due within `ms`, in order.
    pub fn pass(&mut self, ms: i64) -> Vec<Outgoing> {
        let until = self.at.plus_ms(ms);
        let mut sent = Vec::new();
        while let Some((due, timer)) = self.timers.first().cloned().filter(|(due, _)| *due <= until) {
            self.timers.pop_first();
            self.at = self.at.max(due);
            sent.extend(self.batch(&[Input::Due(timer)]));
        }
        self.at = until;
        sent
    }

    /// Power off and on: timers are forgotten and rebuilt from queue rows; rows and outbox stay.
    pub fn restart(&mut self) {
        let rearmed = self.all().iter().filter_map(|row| self.node.rearm(row)).collect();
        self.timers = rearmed;
        let kept: Vec<_> = self
            .rows
            .iter()
            .filter(|(key, _)| Some(key.space()) == N::KEY_SPACE)
            .map(|(key, bytes)| (key.space(), bytes))
            .collect();
        self.installed = kept
            .into_iter()
            .flat_map(|(space, bytes)| self.node.reinstall(&N::Row::decode(space, bytes).unwrap()))
            .collect();
        self.batch(&[Input::Hand(slipway_node::Hand::Rouse)]);
    }
}

/// The messages sent once, in order.
pub fn messages(sent: &[Outgoing]) -> Vec<(Peer, Message)> {
    sent.iter()
        .filter_map(|out| match &out.body {
            Body::Once(message) => Some((out.to, message.clone())),
            _ => None,
        })
        .collect()
}

/// The one answer code among what was sent; `""` for silence, `"??"` for more than one message.
pub fn code(sent: &[Outgoing]) -> alloc::string::String {
    use alloc::string::ToString;
    match messages(sent).as_slice() {
        [] => "".to_string(),
        [(_, only)] => only.code.map_or("--".to_string(), |code| code.to_string()),
        _ => "??".to_string(),
    }
}

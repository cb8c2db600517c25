//! Drives one node: takes a batch of inputs, gathers what the core wants, judges in order of arrival, commits once, and
//! only then hands out what leaves. Pure: it is told the time and owns no socket, clock or thread, so the simulator runs
//! this very code.

use crate::cache::Cache;
use crate::outbox::Outbox;
use slipway_node::{
    Ask, Batch, Body, Decision, Facts, Hand, Input, Key, Node, Notifier, Outgoing, Peer, Print, Question, Rows, Scan,
    Sheet, Show, Store, StoreFault, Told, Vault, Wants, limits,
};
use slipway_terms::{ChipAsk, Mac, MacKey, Message, Moment, Notice, TerminalId, Testimony};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One input with the bytes its MAC covers.
#[derive(Clone, Debug)]
pub struct Arrived<T> {
    /// What happened.
    pub input: Input<T>,
    /// The bytes a MAC of this message covers; empty for timers and hands.
    pub mac_data: Vec<u8>,
}

impl<T> Arrived<T> {
    /// An input that is no message.
    pub const fn plain(input: Input<T>) -> Self {
        Self { input, mac_data: Vec::new() }
    }

    const fn mac(&self) -> Option<Mac> {
        match &self.input {
            Input::Heard(_, message) => message.mac,
            Input::Due(_) | Input::Hand(_) => None,
        }
    }
}

/// What happens after the commit, in order of decision.
#[derive(Debug, Default)]
pub struct Effects {
    /// Messages, with the key that MACs each.
    pub sends: Vec<(Peer, Message, Option<MacKey>)>,
    /// Notices for the notifier, by outbox key.
    pub notices: Vec<(Key, Notice)>,
    /// Answers to desks.
    pub testimonies: Vec<(u64, Vec<Testimony>)>,
    /// Slips to print.
    pub prints: Vec<Print>,
    /// Questions to chips.
    pub chips: Vec<(TerminalId, ChipAsk)>,
    /// Screens to show.
    pub shows: Vec<(TerminalId, Show)>,
}

/// Why a node stopped. Nothing that was not committed has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The medium failed.
    Store(StoreFault),
    /// A stored row cannot be read.
    Damaged(slipway_node::Damage),
    /// Three inputs in a row made the core panic.
    Panics,
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(fault) => write!(f, "{fault}"),
            Self::Damaged(damage) => write!(
                f,
                "存储损坏 / store damaged: {damage}; the node does not go on, the other parties' records decide"
            ),
            Self::Panics => write!(
                f,
                "内部错误 / internal error: three inputs in a row could not be judged; they were set aside, nothing was lost"
            ),
        }
    }
}

impl std::error::Error for Stop {}

impl From<StoreFault> for Stop {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl From<slipway_node::Damage> for Stop {
    fn from(damage: slipway_node::Damage) -> Self {
        Self::Damaged(damage)
    }
}

/// How the driver works, apart from what the core decides.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Inputs per batch, 1..=[`limits::BATCH_INPUTS_MAX`]. Tests run 1 and 256.
    pub batch_inputs_max: usize,
    /// Decoded rows kept from batch to batch, 0..=[`limits::CACHE_ROWS_MAX`]. Nothing that is decided depends on it.
    pub cache_rows_max: usize,
    /// Where the jitter of repeats starts.
    pub seed: u64,
}

impl Default for Habits {
    fn default() -> Self {
        Self { batch_inputs_max: limits::BATCH_INPUTS_MAX, cache_rows_max: limits::CACHE_ROWS_MAX, seed: 1 }
    }
}

/// Where a driver's time goes, in nanoseconds of the ticks it was given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Batches judged.
    pub batches: u64,
    /// Asking the core what it wants, reading the store, asking the vault.
    pub gather_ns: u64,
    /// Deciding, over the overlay.
    pub judge_ns: u64,
    /// Encoding rows, and the store's commit with its data sync.
    pub commit_ns: u64,
}

type Ticks = Box<dyn Fn() -> u64>;

/// A node in motion: core, store, vault, and what is rebuilt from the store at opening.
pub struct Driver<N: Node, S, V> {
    core: N,
    store: S,
    vault: V,
    habits: Habits,
    timers: BTreeSet<(Moment, N::Timer)>,
    outbox: Outbox,
    notes: BTreeMap<TerminalId, N::Note>,
    sheet: Sheet<N::Row>,
    cache: Cache<N::Row>,
    wants: Wants,
    batch: Batch,
    panics: u32,
    counts: BTreeMap<&'static str, u64>,
    ticks: Option<Ticks>,
    spent: Spent,
}

impl<N: Node, S: Store, V: Vault> Driver<N, S, V> {
    /// Opens a node: reads its queues once, arms the timers of its open records and installs keys that came by message. The caller then tells it
    /// [`Hand::Rouse`] as its first input.
    pub fn open(core: N, store: S, mut vault: V, habits: Habits, at: Moment) -> Result<Self, Stop> {
        let mut timers = BTreeSet::new();
        let mut damage = None;
        for space in N::Row::SPACES.iter().filter(|space| space.queue) {
            store.each(space.byte, &mut |_, bytes| match N::Row::decode(space.byte, bytes) {
                Ok(row) => timers.extend(core.rearm(&row)),
                Err(bad) => damage = Some(bad),
            })?;
        }
        // Keys that came by message live in rows: without them the line would begin with keys of yesterday.
        let mut kept = Vec::new();
        if let Some(space) = N::KEY_SPACE {
            store.each(space, &mut |_, bytes| match N::Row::decode(space, bytes) {
                Ok(row) => kept.extend(core.reinstall(&row)),
                Err(bad) => damage = Some(bad),
            })?;
        }
        if let Some(bad) = damage {
            return Err(bad.into());
        }
        kept.iter().for_each(|installed| vault.install(installed));
        let outbox = Outbox::open(&store, habits.seed, at)?;
        Ok(Self {
            core,
            store,
            vault,
            habits,
            timers,
            outbox,
            notes: BTreeMap::new(),
            sheet: Sheet::default(),
            cache: Cache::new(habits.cache_rows_max.min(limits::CACHE_ROWS_MAX)),
            wants: Wants::default(),
            batch: Batch::default(),
            panics: 0,
            counts: BTreeMap::new(),
            ticks: None,
            spent: Spent::default(),
        })
    }

    /// Measures its stages with these ticks (monotonic nanoseconds). Figures only: nothing is decided by them.
    pub fn measure(&mut self, ticks: impl Fn() -> u64 + 'static) {
        self.ticks = Some(Box::new(ticks));
    }

    /// Where the time went since [`Driver::measure`].
    pub const fn spent(&self) -> Spent {
        self.spent
    }

    fn tick(&self) -> u64 {
        self.ticks.as_ref().map_or(0, |ticks| ticks())
    }

    /// Writes rows into a store before its node first runs (merchants, cards, terminals). Not for a running node.
    pub fn seed(store: &mut S, rows: &[(Key, N::Row)]) -> Result<(), StoreFault> {
        let mut batch = Batch::default();
        for (key, row) in rows {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            batch.puts.push((*key, bytes));
        }
        store.commit(&batch)
    }

    /// Answers a desk from the records alone: nothing is written, no timer fires, nothing is sent. For reading a network that
    /// is not running.
    pub fn consult(&mut self, at: Moment, question: Question) -> Result<Vec<Testimony>, Stop> {
        self.sheet.clear();
        let arrived = Arrived::plain(Input::Hand(Hand::Desk { ticket: 0, question }));
        let decision = self.judge(at, &arrived, &mut Vec::new())?;
        let sends = decision.map_or_else(Vec::new, |decision| decision.sends);
        let said =
            sends.into_iter().filter_map(|out| if let Body::Testimonies(seen) = out.body { Some(seen) } else { None });
        Ok(said.flatten().collect())
    }

    /// When something is due next: a timer or a repeat.
    pub fn next_due(&self) -> Option<Moment> {
        let timer = self.timers.first().map(|(at, _)| *at);
        match (timer, self.outbox.next_due()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Judges due timers and `inputs` in order of arrival, commits once per batch, and says what happens now. On `Err`
    /// nothing of the failed batch leaves; effects of earlier batches of this call are in `effects`.
    pub fn step(&mut self, at: Moment, inputs: Vec<Arrived<N::Timer>>, effects: &mut Effects) -> Result<(), Stop> {
        let mut due = Vec::new();
        while self.timers.first().is_some_and(|(when, _)| *when <= at) {
            due.extend(self.timers.pop_first().map(|(_, timer)| Arrived::plain(Input::Due(timer))));
        }
        let mut all = due.into_iter().chain(inputs).peekable();
        while all.peek().is_some() {
            let batch: Vec<_> =
                all.by_ref().take(self.habits.batch_inputs_max.clamp(1, limits::BATCH_INPUTS_MAX)).collect();
            self.batch(at, &batch, effects)?;
        }
        self.repeat(at, effects);
        Ok(())
    }

    fn batch(&mut self, at: Moment, inputs: &[Arrived<N::Timer>], effects: &mut Effects) -> Result<(), Stop> {
        self.sheet.clear();
        let mut told: Vec<Vec<(Ask, Told)>> = inputs.iter().map(|_| Vec::new()).collect();
        let began = self.tick();
        self.gather(inputs, &mut told)?;
        let gathered = self.tick();
        let mut decisions = Vec::with_capacity(inputs.len());
        for (arrived, told) in inputs.iter().zip(&mut told) {
            if let Input::Hand(Hand::Link { peer, up }) = &arrived.input {
                self.outbox.link(*peer, *up, at);
            }
            if let Some(mut decision) = self.judge(at, arrived, told)? {
                for (key, row) in decision.puts.drain(..) {
                    self.sheet.put(key, row);
                }
                for (seat, note) in decision.notes.drain(..) {
                    match note {
                        Some(note) => drop(self.notes.insert(seat, note)),
                        None => drop(self.notes.remove(&seat)),
                    }
                }
                self.queue(at, &mut decision);
                decisions.push(decision);
            }
        }
        let judged = self.tick();
        self.commit()?;
        self.spent.batches += 1;
        self.spent.gather_ns += gathered - began;
        self.spent.judge_ns += judged - gathered;
        self.spent.commit_ns += self.tick() - judged;
        // All keys of the batch first: what leaves is coded after the whole of it.
        for installed in decisions.iter().flat_map(|decision: &Decision<N>| &decision.installs) {
            self.vault.install(installed);
        }
        for decision in decisions {
            self.release(decision, effects);
        }
        Ok(())
    }

    /// Takes the decision's queue ends and outbox entries into the batch.
    fn queue(&mut self, at: Moment, decision: &mut Decision<N>) {
        for key in decision.ends.drain(..) {
            if key.space() == slipway_node::OUTBOX_SPACE {
                if self.outbox.end(&key) {
                    self.batch.puts.retain(|(put, _)| *put != key);
                    self.batch.ends.push(key);
                }
            } else {
                self.sheet.end(key);
            }
        }
        for outgoing in &decision.sends {
            if let Some((key, bytes)) = self.outbox.add(outgoing, at) {
                self.batch.ends.retain(|end| *end != key);
                self.batch.puts.push((key, bytes));
            }
        }
    }

    fn commit(&mut self) -> Result<(), Stop> {
        for (key, row) in self.sheet.written() {
            match row {
                Some(row) => {
                    let mut bytes = Vec::with_capacity(256);
                    row.encode(&mut bytes);
                    self.batch.puts.push((*key, bytes));
                }
                None => self.batch.ends.push(*key),
            }
        }
        if !self.batch.puts.is_empty() || !self.batch.ends.is_empty() {
            if let Err(fault) = self.store.commit(&self.batch) {
                self.cache.clear();
                return Err(fault.into());
            }
            *self.counts.entry("commits").or_default() += 1;
            *self.counts.entry("puts").or_default() += self.batch.puts.len() as u64;
        }
        self.batch.puts.clear();
        self.batch.ends.clear();
        // Not earlier: a row of a batch that did not last must never be seen again.
        for (key, row, read) in self.sheet.settle() {
            if read {
                self.cache.keep(key, row);
            } else {
                self.cache.forget(&key);
            }
        }
        Ok(())
    }

    /// After the commit: sends, timers, prints, screens.
    fn release(&mut self, decision: Decision<N>, effects: &mut Effects) {
        for Outgoing { to, body, mac } in decision.sends {
            match body {
                Body::Once(message) => effects.sends.push((to, message, mac)),
                Body::Testimonies(seen) => {
                    if let Peer::Desk(ticket) = to {
                        effects.testimonies.push((ticket, seen));
                    }
                }
                // The outbox sends these itself in `repeat`, first time and every time alike.
                Body::Advice(..) | Body::Notice(..) => {}
            }
        }
        self.timers.extend(decision.timers);
        effects.prints.extend(decision.prints);
        effects.chips.extend(decision.chips);
        effects.shows.extend(decision.shows);
        for what in decision.counts {
            *self.counts.entry(what).or_default() += 1;
        }
    }

    /// Sends what the outbox has due.
    fn repeat(&mut self, at: Moment, effects: &mut Effects) {
        for (key, to, body, mac) in self.outbox.due(at) {
            match body {
                Body::Advice(_, advice) => {
                    let pan = advice.card.as_ref().and_then(|sealed| self.vault.open_pan(sealed));
                    effects.sends.push((to, advice.message(pan), mac));
                }
                Body::Notice(_, notice) => effects.notices.push((key, notice)),
                Body::Once(_) | Body::Testimonies(_) => {}
            }
        }
    }

    /// Asks the core what it wants for each input until nothing new is wanted, reading the store once per round.
    fn gather(&mut self, inputs: &[Arrived<N::Timer>], told: &mut [Vec<(Ask, Told)>]) -> Result<(), Stop> {
        let mut open: Vec<usize> = (0..inputs.len()).collect();
        for _ in 0..limits::WANT_ROUNDS_MAX {
            let mut keys = Vec::new();
            let mut scans = Vec::new();
            let mut still = Vec::new();
            for index in open {
                let (arrived, told) = (&inputs[index], &mut told[index]);
                if self.ask_core(arrived, told, &mut keys, &mut scans) {
                    still.push(index);
                }
            }
            self.read(&mut keys, &scans)?;
            open = still;
            if open.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// One round of `wants` for one input; the vault is asked at once. `true` if anything new was wanted.
    fn ask_core(
        &mut self,
        arrived: &Arrived<N::Timer>,
        told: &mut Vec<(Ask, Told)>,
        keys: &mut Vec<Key>,
        scans: &mut Vec<Scan>,
    ) -> bool {
        self.wants.clear();
        let facts = Facts { sheet: &self.sheet, told, notes: &self.notes };
        let (core, wants) = (&self.core, &mut self.wants);
        if catch_unwind(AssertUnwindSafe(|| core.wants(&arrived.input, &facts, wants))).is_err() {
            // Judging meets the same panic and sets the input aside.
            return false;
        }
        let before = (keys.len(), scans.len(), told.len());
        keys.extend(self.wants.keys.iter().filter(|key| !self.sheet.knows(key)));
        scans.extend(self.wants.scans.iter().filter(|scan| !self.sheet.knows_scan(scan)));
        for ask in self.wants.asks.drain(..) {
            if !told.iter().any(|(asked, _)| *asked == ask) {
                let answer = self.vault.answer(&ask, &arrived.mac_data, arrived.mac());
                told.push((ask, answer));
            }
        }
        before != (keys.len(), scans.len(), told.len())
    }

    fn read(&mut self, keys: &mut Vec<Key>, scans: &[Scan]) -> Result<(), Stop> {
        keys.sort_unstable();
        keys.dedup();
        let (sheet, cache) = (&mut self.sheet, &mut self.cache);
        keys.retain(|key| match cache.take(key) {
            Some(row) => {
                sheet.recall(*key, row);
                false
            }
            None => true,
        });
        let mut found = Vec::new();
        if !keys.is_empty() {
            self.store.read(keys, &mut found)?;
            for (key, bytes) in keys.iter().zip(found) {
                let row = bytes.map(|bytes| N::Row::decode(key.space(), &bytes)).transpose()?;
                self.sheet.learn(*key, row);
            }
        }
        let mut rows = Vec::new();
        for scan in scans {
            if self.sheet.knows_scan(scan) {
                continue;
            }
            self.store.range(scan, &mut rows)?;
            let cut = rows.len() >= usize::from(scan.rows_max);
            self.sheet.learn_scan(*scan, if cut { rows.last().map(|(key, _)| *key) } else { None });
            for (key, bytes) in rows.drain(..) {
                let row = N::Row::decode(key.space(), &bytes)?;
                self.sheet.learn(key, Some(row));
            }
        }
        Ok(())
    }

    /// Wants again over the overlay, then decides. `None`: the input made the core panic and was set aside.
    fn judge(
        &mut self,
        at: Moment,
        arrived: &Arrived<N::Timer>,
        told: &mut Vec<(Ask, Told)>,
    ) -> Result<Option<Decision<N>>, Stop> {
        for _ in 0..limits::WANT_ROUNDS_MAX {
            let (mut keys, mut scans) = (Vec::new(), Vec::new());
            if !self.ask_core(arrived, told, &mut keys, &mut scans) {
                break;
            }
            self.read(&mut keys, &scans)?;
        }
        let facts = Facts { sheet: &self.sheet, told, notes: &self.notes };
        let core = &self.core;
        match catch_unwind(AssertUnwindSafe(|| core.decide(at, &arrived.input, &facts))) {
            Ok(decision) => {
                self.panics = 0;
                Ok(Some(decision))
            }
            Err(_) => {
                self.panics += 1;
                *self.counts.entry("inputs set aside").or_default() += 1;
                if self.panics >= limits::PANICS_IN_A_ROW_MAX { Err(Stop::Panics) } else { Ok(None) }
            }
        }
    }

    /// Gives the notices of `effects` to a notifier; what it takes comes back as inputs for the next step.
    pub fn deliver(effects: &mut Effects, notifier: &mut impl Notifier) -> Vec<Arrived<N::Timer>> {
        let taken = effects.notices.drain(..).filter(|(_, notice)| notifier.take(notice));
        taken.map(|(key, _)| Arrived::plain(Input::Hand(Hand::Delivered(key)))).collect()
    }

    /// The vault, for packing outgoing frames.
    pub const fn vault(&mut self) -> &mut V {
        &mut self.vault
    }

    /// The store, for snapshots and audits.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Gives the store back; the node is gone.
    pub fn into_store(self) -> S {
        self.store
    }

    /// What was counted, by fixed name.
    pub const fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    /// Entries waiting in the outbox, and the oldest one's time.
    pub fn outbox_waiting(&self) -> (usize, Option<Moment>) {
        self.outbox.waiting()
    }

    /// Outbox entries that have waited for a day (rules 5): an alarm, never a reason to give up.
    pub fn outbox_overdue(&self, at: Moment) -> usize {
        self.outbox.overdue(at)
    }

    /// Timers that are armed.
    pub fn timers_armed(&self) -> usize {
        self.timers.len()
    }
}

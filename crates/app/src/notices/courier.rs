//! What one sink has said and says next: a pure core. It is told the lines of the journal, the time, who has an address and
//! what the world answered; it says what to send and what to write down. What is written before and after each sending is all
//! that a restart needs. It must never leave a line out unsaid: each ends as said, as undelivered, or as nobody's.
//!
//! Towards the world a notice is sent at least once. Twice only where nobody can know whether the first time arrived: the answer
//! was lost, or the process died between sending and writing down. That is one notice at a time, and it has the same id.

use super::journal::Entry;
use super::record::{Told, Word};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// Lines in hand at most; reading goes on when some have ended.
const WAITING_MAX: usize = 10_000;
/// A second copy of a line is known within so many bytes of the journal.
pub const KNOWN_BYTES: u64 = 32 << 20;

/// How often, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The first wait after a failure, doubled with each further one. Unit: ms.
    pub first_ms: i64,
    /// The longest wait. Unit: ms.
    pub max_ms: i64,
    /// How old a notice may grow before it is listed as undelivered; `None`: it is tried for ever. Unit: ms.
    pub give_up_ms: Option<i64>,
}

/// Where a cardholder's notices go, at one sink.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct To {
    /// The number, mailbox or hook.
    pub address: String,
    /// The same for people who read lists: most of it hidden.
    pub masked: String,
    /// In which languages.
    pub wanted: Wanted,
}

/// In which language a cardholder is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// 简体中文.
    Zh,
    /// English.
    En,
    /// One after the other.
    #[default]
    Both,
}

/// What goes out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// The line.
    pub entry: Entry,
    /// To whom.
    pub to: To,
    /// An earlier try may have arrived.
    pub again: bool,
}

/// What the world answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It has it; under its own number, if it gave one.
    Said(Option<String>),
    /// It will never take this one to this address.
    Refused(String),
    /// Not this one, not now; others may go on.
    Later(String),
    /// The sink as a whole does not answer. `unsure`: the notice may have arrived all the same.
    Down {
        /// Why.
        why: String,
        /// Whether it may have arrived.
        unsure: bool,
    },
    /// The other side wants nothing any more: nothing is sent until a person starts the courier again.
    Stop(String),
}

/// What to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// Write this down, synced, and only then send it and tell the [`Answer`].
    Send(Told, Letter),
    /// Write this down.
    Write(Told),
    /// Nothing until then, or until the journal grows.
    Wait(Option<i64>),
}

#[derive(Debug)]
struct Waiting {
    entry: Entry,
    tries: u32,
    again: bool,
    why: Option<String>,
}

/// What is known of one sink.
#[derive(Debug)]
pub struct Courier {
    patience: Patience,
    seed: u64,
    /// The next line begins here.
    read: u64,
    waiting: BTreeMap<u64, Waiting>,
    /// Per cardholder, in order: only the first goes out.
    queues: HashMap<String, VecDeque<u64>>,
    /// The first of each queue, by when it may go out.
    heads: BTreeSet<(i64, u64)>,
    /// Ids that were met, by where.
    known: HashMap<String, u64>,
    oldest: VecDeque<(u64, String)>,
    /// What is on record of lines that are not read again yet.
    ended: HashSet<String>,
    unsure: HashSet<String>,
    passed: BTreeMap<u64, u64>,
    /// Stretches of lines that are nobody's, not on record yet.
    passing: Vec<(u64, u64)>,
    /// The beginning that is on record.
    written: u64,
    down: u32,
    down_until: i64,
    under_way: Option<u64>,
    stopped: bool,
}

impl Courier {
    /// A courier as its record left it. `from`: everything before it has ended.
    pub fn new(patience: Patience, seed: u64, from: u64, record: impl IntoIterator<Item = Told>) -> Self {
        let mut courier = Self {
            patience,
            seed,
            read: from,
            waiting: BTreeMap::new(),
            queues: HashMap::new(),
            heads: BTreeSet::new(),
            known: HashMap::new(),
            oldest: VecDeque::new(),
            ended: HashSet::new(),
            unsure: HashSet::new(),
            passed: BTreeMap::new(),
            passing: Vec::new(),
            written: from,
            down: 0,
            down_until: 0,
            under_way: None,
            stopped: false,
        };
        record.into_iter().for_each(|told| courier.recall(told));
        courier
    }

    fn recall(&mut self, told: Told) {
        match (told.word, told.id) {
            (Word::Sending, Some(id)) => drop(self.unsure.insert(id)),
            (Word::Failed, Some(id)) if !told.again => drop(self.unsure.remove(&id)),
            (Word::Said | Word::Undelivered, Some(id)) => {
                self.unsure.remove(&id);
                self.ended.insert(id);
            }
            (Word::Passed, _) => drop(self.passed.insert(told.from, told.next)),
            _ => {}
        }
    }

    /// A line from before the courier's beginning: only its id counts, so that a second copy of it is known.
    pub fn know(&mut self, id: &str, from: u64) {
        self.known.insert(id.to_owned(), from);
        self.oldest.push_back((from, id.to_owned()));
    }

    /// Everything before here has ended.
    pub fn low(&self) -> u64 {
        self.waiting.keys().next().copied().unwrap_or(self.read)
    }

    /// Where the next line begins that it has not read.
    pub const fn read(&self) -> u64 {
        self.read
    }

    /// Whether it has as many in hand as it takes.
    pub fn full(&self) -> bool {
        self.waiting.len() >= WAITING_MAX
    }

    /// Lines that wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The next line of the journal. `wanted`: its cardholder has an address here.
    pub fn take(&mut self, entry: Entry, wanted: bool) {
        let (from, next) = (entry.from, entry.next);
        self.read = next;
        let double = self.known.contains_key(&entry.said.id);
        let on_record = self.ended.remove(&entry.said.id);
        let passed = self.passed.range(..=from).next_back().is_some_and(|(_, end)| next <= *end);
        if !double {
            self.know(&entry.said.id, from);
        }
        while self.oldest.front().is_some_and(|(at, _)| at + KNOWN_BYTES < from) {
            let Some((_, id)) = self.oldest.pop_front() else { break };
            self.known.remove(&id);
        }
        if on_record || passed {
            return;
        }
        match &entry.said.holder {
            Some(holder) if wanted && !double => {
                let queue = self.queues.entry(holder.clone()).or_default();
                queue.push_back(from);
                if queue.len() == 1 {
                    self.heads.insert((0, from));
                }
                let again = self.unsure.remove(&entry.said.id);
                self.waiting.insert(from, Waiting { entry, tries: 0, again, why: None });
            }
            _ => self.pass(from, next),
        }
    }

    /// A line that is nobody's: no address, a second copy, or not to be read.
    pub fn pass(&mut self, from: u64, next: u64) {
        self.read = self.read.max(next);
        match self.passing.last_mut() {
            Some((_, end)) if *end == from => *end = next,
            _ => self.passing.push((from, next)),
        }
    }

    /// What to do now. `to`: the address of a line's cardholder, if there is one still.
    pub fn next(&mut self, now: i64, to: impl Fn(&Entry) -> Option<To>) -> Step {
        let low = self.low();
        self.passing.retain(|(_, next)| *next > low);
        if let Some((from, next)) = self.passing.pop() {
            return Step::Write(self.passed_record(now, from, next));
        }
        if let Some(told) = self.too_old(now) {
            return Step::Write(told);
        }
        let due = self.heads.first().copied();
        let free = !self.stopped && self.down_until <= now;
        if let Some((at, from)) = due.filter(|(at, _)| free && *at <= now)
            && let Some(waiting) = self.waiting.get(&from)
        {
            let Some(to) = to(&waiting.entry) else {
                let why = Some("地址已删除 / the address was taken out".to_owned());
                return Step::Write(self.end(now, from, Word::Undelivered, "–".into(), why, None));
            };
            let letter = Letter { entry: waiting.entry.clone(), to, again: waiting.again };
            self.under_way = Some(from);
            self.heads.remove(&(at, from));
            let told = self.record(now, &letter.entry, Word::Sending, &letter.to.masked, letter.again);
            return Step::Send(told, letter);
        }
        if low != self.written {
            return Step::Write(self.passed_record(now, low, low));
        }
        Step::Wait(due.filter(|_| !self.stopped).map(|(at, _)| at.max(self.down_until)))
    }

    /// The oldest one has outgrown the patience.
    fn too_old(&mut self, now: i64) -> Option<Told> {
        let give_up = self.patience.give_up_ms?;
        let (from, waiting) = self.waiting.first_key_value()?;
        let written = waiting.entry.said.written_ms;
        if written == 0 || now - written < give_up {
            return None;
        }
        let why = waiting.why.clone().unwrap_or_else(|| "尚未尝试 / not tried".into());
        let from = *from;
        Some(self.end(now, from, Word::Undelivered, "–".into(), Some(format!("已过时限 / too old; {why}")), None))
    }

    /// What the world answered to what was sent. To be written down, synced where the line has ended.
    pub fn answered(&mut self, now: i64, letter: &Letter, answer: Answer) -> Told {
        self.under_way = None;
        let (from, masked) = (letter.entry.from, letter.to.masked.clone());
        match answer {
            Answer::Said(reference) => {
                self.down = 0;
                self.end(now, from, Word::Said, masked, None, reference)
            }
            Answer::Refused(why) => {
                self.down = 0;
                self.end(now, from, Word::Undelivered, masked, Some(why), None)
            }
            Answer::Later(why) => {
                self.down = 0;
                let tries = self.waiting.get(&from).map_or(0, |waiting| waiting.tries);
                let wait = self.wait(tries);
                self.failed(now, letter, why, false, now + wait)
            }
            Answer::Down { why, unsure } => {
                let wait = self.wait(self.down);
                self.down = self.down.saturating_add(1);
                self.down_until = now + wait;
                // The next try is another's: what only this notice brings about must not hold up all others.
                let tries = self.waiting.get(&from).map_or(0, |waiting| waiting.tries);
                let own = self.wait(tries);
                self.failed(now, letter, why, unsure, now + own)
            }
            Answer::Stop(why) => {
                self.stopped = true;
                self.failed(now, letter, why, false, 0)
            }
        }
    }

    /// How long to wait after so many failures in a row: doubled each time, up to the longest, and up to a quarter more, so that
    /// many do not come back at the same instant.
    fn wait(&mut self, tries: u32) -> i64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let doubled = self.patience.first_ms.saturating_mul(1 << tries.min(30)).min(self.patience.max_ms);
        doubled + i64::try_from(self.seed >> 33).unwrap_or(0) % (doubled / 4 + 1)
    }

    fn failed(&mut self, now: i64, letter: &Letter, why: String, unsure: bool, due: i64) -> Told {
        let from = letter.entry.from;
        let mut again = unsure || letter.again;
        if let Some(waiting) = self.waiting.get_mut(&from) {
            waiting.tries = waiting.tries.saturating_add(1);
            waiting.again |= unsure;
            waiting.why = Some(why.clone());
            again = waiting.again;
            self.heads.insert((due, from));
        }
        let told = self.record(now, &letter.entry, Word::Failed, &letter.to.masked, again);
        Told { why: Some(why), ..told }
    }

    fn end(
        &mut self,
        now: i64,
        from: u64,
        word: Word,
        masked: String,
        why: Option<String>,
        reference: Option<String>,
    ) -> Told {
        let Some(Waiting { entry, again, .. }) = self.waiting.remove(&from) else {
            // Cannot be: what is sent waits until it is answered.
            return self.passed_record(now, from, from);
        };
        self.heads.retain(|(_, head)| *head != from);
        if let Some(holder) = &entry.said.holder {
            let queue = self.queues.entry(holder.clone()).or_default();
            queue.retain(|waits| *waits != from);
            match queue.front() {
                Some(head) => drop(self.heads.insert((0, *head))),
                None => drop(self.queues.remove(holder)),
            }
        }
        let told = self.record(now, &entry, word, &masked, again);
        Told { why, reference, ..told }
    }

    fn record(&mut self, now: i64, entry: &Entry, word: Word, masked: &str, again: bool) -> Told {
        let (from, next) = (entry.from, entry.next);
        self.written = self.low();
        Told {
            word,
            at: now,
            network_ms: None,
            low: self.written,
            from,
            next,
            id: Some(entry.said.id.clone()),
            to: Some(masked.to_owned()),
            why: None,
            again,
            reference: None,
        }
    }

    fn passed_record(&mut self, now: i64, from: u64, next: u64) -> Told {
        self.written = self.low();
        Told { from, next, ..Told::new(Word::Passed, now, self.written) }
    }
}

#[cfg(test)]
mod tests;

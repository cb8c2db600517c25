//! The watcher: facts out of rows into the journal, each once. It is the only one who writes facts there.

use super::facts::{self, Fact, SPACES};
use super::{Seen, State};
use crate::archive::shelf::{self, Shelf};
use crate::network::append_line;
use crate::notices::journal::{Lines, Said, wall_ms};
use crate::say::End;
use serde_json::json;
use slipway_hosts::acquirer::{AcquirerRow, Case, Exchange, MerchantDay, PaidOut};
use slipway_hosts::dispute::Dispute;
use slipway_node::Record;
use slipway_terms::Moment;
use slipway_vault::sha256;
use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Lines of one write.
const AT_ONCE: usize = 256;
/// Names of facts that are remembered as written, 8 bytes each. One that is forgotten may be told again under the same name.
const KNOWN_MAX: usize = 1_000_000;
/// Before what could not be written is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Facts that the rows give in one part.
const PART: usize = 512;

/// The watcher's own.
pub struct Watcher {
    journal: PathBuf,
    state: Arc<Mutex<State>>,
    known: HashSet<u64>,
    order: VecDeque<u64>,
    waiting: Vec<Fact>,
    /// It was told that the disk does not take it.
    stuck: bool,
}

fn short(id: &str) -> u64 {
    let hash = sha256(id.as_bytes());
    hash.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

impl Watcher {
    /// One that goes on with this journal.
    ///
    /// # Errors
    /// 3: it cannot be read.
    pub fn of(journal: &Path, state: Arc<Mutex<State>>) -> Result<Self, End> {
        let mut watcher = Self {
            journal: journal.to_owned(),
            state,
            known: HashSet::new(),
            order: VecDeque::new(),
            waiting: Vec::new(),
            stuck: false,
        };
        let mut lines = Lines::open(journal, 0)?;
        while let Some(lines) = &mut lines
            && let Some((_, _, said)) = lines.next::<Said>()?
        {
            if let Some(said) = said {
                watcher.is_fresh(&said.id);
            }
        }
        Ok(watcher)
    }

    fn is_fresh(&mut self, id: &str) -> bool {
        let hash = short(id);
        if !self.known.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > KNOWN_MAX
            && let Some(old) = self.order.pop_front()
        {
            self.known.remove(&old);
        }
        true
    }

    /// Runs until it is told to stop.
    pub fn run(mut self, heard: &Receiver<Seen>) {
        loop {
            let first = match heard.recv_timeout(AGAIN) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            for seen in first.into_iter().chain(std::iter::from_fn(|| heard.try_recv().ok()).take(AT_ONCE)) {
                let facts = match seen {
                    Seen::Rows(rows) => rows.iter().flat_map(|(space, bytes)| facts::of(*space, bytes)).collect(),
                    Seen::Facts(facts) => facts,
                    // What is not written now is found in the rows at the next start.
                    Seen::Stop => return self.write(),
                };
                self.take(facts);
            }
            self.write();
        }
    }

    /// Keeps what is new and wanted by somebody.
    fn take(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            let wanted = {
                let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                let wants = |one: &super::Hooked| one.made <= fact.at && one.wants(fact.kind, fact.merchant.as_str());
                state.book.open().any(wants)
            };
            if wanted && self.is_fresh(&fact.id) {
                self.waiting.push(fact);
            }
        }
    }

    fn write(&mut self) {
        while !self.waiting.is_empty() {
            let part = self.waiting.len().min(AT_ONCE);
            let lines: Vec<String> =
                self.waiting.iter().take(part).filter_map(|fact| serde_json::to_string(&said(fact)).ok()).collect();
            if let Err(error) = append_line(&self.journal, &lines.join("\n")) {
                if !std::mem::replace(&mut self.stuck, true) {
                    eprintln!(
                        "slipway: events.jsonl: 无法写入（{error}），稍后再试；交易不受影响 / cannot be written ({error}), tried again; no payment is affected"
                    );
                }
                return;
            }
            self.stuck = false;
            self.waiting.drain(..part);
        }
    }
}

/// A fact as a line of the journal: in order for each payment, so that is its holder.
fn said(fact: &Fact) -> Said {
    let minor = fact.more["amount_fen"].as_i64().unwrap_or(0);
    Said {
        id: fact.id.clone(),
        kind: fact.kind.to_owned(),
        holder: Some(fact.about.clone()),
        card: fact.more["card"].as_str().unwrap_or_default().to_owned(),
        amount: String::new(),
        amount_fen: minor.unsigned_abs(),
        at_ms: fact.at.0,
        written_ms: wall_ms(),
        zh: fact.zh.clone(),
        en: fact.en.clone(),
        about: Some(json!({"merchant": fact.merchant.to_string(), "data": fact.more})),
    }
}

/// Every fact since then that the rows state, in parts.
pub fn every(shelf: &dyn Shelf, since: Moment, part: &mut dyn FnMut(Vec<Fact>)) -> Result<(), End> {
    let found = RefCell::new((Vec::new(), part));
    let look = |facts: Vec<Fact>| {
        let (all, part) = &mut *found.borrow_mut();
        all.extend(facts.into_iter().filter(|fact| fact.at >= since));
        if all.len() >= PART {
            part(std::mem::take(all));
        }
        // Nothing is kept: the rows of years pass through here.
        false
    };
    shelf::every::<Exchange>(shelf, &(), |row| look(of(row.clone())))?;
    shelf::every::<Case>(shelf, &(), |row| look(of(*row)))?;
    shelf::every::<Dispute>(shelf, &(), |row| look(of(row.clone())))?;
    shelf::every::<MerchantDay>(shelf, &(), |row| look(of(*row)))?;
    shelf::every::<PaidOut>(shelf, &(), |row| look(of(*row)))?;
    let (rest, part) = found.into_inner();
    part(rest);
    Ok(())
}

fn of<R: Record<AcquirerRow>>(row: R) -> Vec<Fact> {
    debug_assert!(SPACES.contains(&R::SPACE), "a table that states facts");
    facts::of_row(&row.wrap())
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;

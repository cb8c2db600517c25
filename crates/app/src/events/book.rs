//! Subscriptions: who wants to hear what, where. `webhooks.json` of the network's folder, readable by its owner only, written whole or
//! not at all. One that was ended stays as ended. No key stands in it: keys are made from the vault. Whoever reads never waits for whoever
//! writes.

use super::facts::KINDS;
use crate::clocks::rfc;
use crate::people::book::People;
use crate::people::role::Role;
use crate::say::End;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_terms::{MerchantId, Moment};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Subscriptions of all merchants that are open at once.
const MERCHANTS_MAX: usize = 100;
/// Of one merchant's own.
pub const EACH_MAX: usize = 5;
/// Of operations: their places are their own, and take none of a merchant's.
const OPERATIONS_MAX: usize = 20;
/// Those that are remembered; the oldest ended ones make room.
const KNOWN_MAX: usize = 1_000;

/// Whose a subscription is. Neither side sees more of the other's than that it is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The merchant's own office.
    Merchant,
    /// The acquirer's operations.
    Operations,
}

impl Side {
    /// As a door names it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Operations => "operations",
        }
    }
}

/// Whether whoever has the address has said that they want what goes there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// Nobody was asked: a line of an older version, whose events were taken there.
    #[default]
    Old,
    /// Not yet: nothing goes out.
    Open,
    /// It was, then, by the network's clock.
    Given(Moment),
}

impl Proof {
    /// Whether events go out.
    pub const fn is_given(self) -> bool {
        !matches!(self, Self::Open)
    }
}

/// One subscription.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hooked {
    /// Its name: `w` and 16 hexadecimal digits.
    pub id: String,
    /// Of this merchant only; none: of the whole network.
    pub merchant: Option<MerchantId>,
    /// Where to.
    pub url: String,
    /// Which: `payment.approved`, `refund.*`, `*`.
    pub events: Vec<String>,
    /// Whose it is; none in a line of an older version: the merchant's, if it has one.
    #[serde(default)]
    pub side: Option<Side>,
    /// Who made it.
    pub who: String,
    /// When, by the network's clock: nothing from before is told.
    pub made: Moment,
    /// The newest key.
    pub turn: u32,
    /// The key before it signs too.
    pub two: bool,
    /// When it was ended, by the network's clock.
    pub ended: Option<Moment>,
    /// Whether its address is its subscriber's.
    #[serde(default)]
    pub proof: Proof,
}

impl Hooked {
    /// Whether it wants an event.
    pub fn wants(&self, kind: &str, merchant: &str) -> bool {
        let named = |want: &String| {
            want == "*"
                || want == kind
                || want.strip_suffix('*').is_some_and(|start| start.ends_with('.') && kind.starts_with(start))
        };
        self.merchant.is_none_or(|own| own.as_str() == merchant) && self.events.iter().any(named)
    }

    /// Whose it is.
    pub fn side(&self) -> Side {
        self.side.unwrap_or(if self.merchant.is_some() { Side::Merchant } else { Side::Operations })
    }

    /// Whether whoever made it may still have it: nothing goes out for somebody who is locked or has another post.
    pub fn is_kept(&self, people: &People, demo: bool) -> bool {
        people.get(&self.who).is_some_and(|person| {
            let post = match self.side() {
                Side::Merchant => person.role == Role::Merchant && person.merchant == self.merchant,
                Side::Operations => person.role == Role::Operations,
            };
            post && !person.locked && (demo || !person.sample)
        })
    }

    /// How it stands, in a word.
    const fn state(&self, kept: bool) -> &'static str {
        match (self.ended.is_some(), self.proof.is_given(), kept) {
            (true, ..) => "ended",
            (false, false, _) => "unproven",
            (false, true, false) => "paused",
            (false, true, true) => "open",
        }
    }

    /// As a door shows it to its own side.
    pub fn told(&self, kept: bool) -> Value {
        json!({
            "id": self.id, "side": self.side().word(), "merchant": self.merchant.map(|id| id.to_string()), "url": self.url,
            "events": self.events, "who": self.who, "made": rfc(self.made), "key_turn": self.turn, "two_keys": self.two,
            "state": self.state(kept), "paused": !kept, "ended": self.ended.map(rfc),
        })
    }

    /// As a door shows it to the other side: that it is there.
    pub fn told_outside(&self, kept: bool) -> Value {
        let mut told = self.told(kept);
        (told["url"], told["who"], told["events"]) = (Value::Null, Value::Null, json!([]));
        told
    }
}

/// Whether a word names events.
pub fn is_kind(word: &str) -> bool {
    let family = |start: &str| KINDS.iter().any(|kind| kind.split('.').next() == Some(start));
    word == "*" || KINDS.contains(&word) || word.strip_suffix(".*").is_some_and(family)
}

/// All of them.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    /// Whoever changes the file.
    writing: Mutex<()>,
    /// As they stand: held for no longer than a pointer takes.
    all: Mutex<Arc<Vec<Hooked>>>,
}

/// A lock whose holder panicked guards nothing half-made.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Book {
    /// That of a folder.
    ///
    /// # Errors
    /// 3: it cannot be read.
    pub fn of(dir: &Path) -> Result<Self, End> {
        let path = dir.join("webhooks.json");
        let all = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| {
                let shown = path.display();
                End::environment(
                    format!("{shown} 已损坏：请从备份恢复；网络未启动，没有交易受影响"),
                    format!("{shown} is damaged: restore it from a copy; the network was not started, no payment is affected"),
                )
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { path, writing: Mutex::default(), all: Mutex::new(Arc::new(all)) })
    }

    /// All, oldest first, as they stand now.
    pub fn all(&self) -> Arc<Vec<Hooked>> {
        Arc::clone(&held(&self.all))
    }

    /// Those that are open.
    pub fn open(&self) -> Vec<Hooked> {
        self.all().iter().filter(|one| one.ended.is_none()).cloned().collect()
    }

    /// One, open or ended.
    pub fn get(&self, id: &str) -> Option<Hooked> {
        self.all().iter().find(|one| one.id == id).cloned()
    }

    /// Adds one, if its side has a place, once `ready` has made what it needs.
    ///
    /// # Errors
    /// 2: there is no place. 3: it cannot be written; then it is not there.
    pub fn add(&self, one: Hooked, ready: impl FnOnce() -> Result<(), End>) -> Result<(), End> {
        let writing = held(&self.writing);
        let mut all = self.all().as_ref().clone();
        let side: Vec<&Hooked> = all.iter().filter(|old| old.ended.is_none() && old.side() == one.side()).collect();
        let full = match one.side() {
            Side::Merchant => {
                let mine = side.iter().filter(|old| old.merchant == one.merchant).count();
                mine >= EACH_MAX || side.len() >= MERCHANTS_MAX
            }
            Side::Operations => side.len() >= OPERATIONS_MAX,
        };
        if full {
            return Err(End::usage(
                "推送订阅已满：请先结束一个",
                "there are as many subscriptions as there may be: end one first",
            ));
        }
        ready()?;
        if all.len() >= KNOWN_MAX
            && let Some(at) = all.iter().position(|one| one.ended.is_some())
        {
            all.remove(at);
        }
        all.push(one);
        self.keep(&writing, all)
    }

    /// Changes one that is open, if it still is as the asker saw it: of two who change it at once, one is told to look again.
    ///
    /// # Errors
    /// 3: it cannot be written; then it is as before. `None`: it has changed meanwhile.
    pub fn change(&self, seen: &Hooked, change: impl FnOnce(&mut Hooked)) -> Result<Option<Hooked>, End> {
        let writing = held(&self.writing);
        let mut all = self.all().as_ref().clone();
        let Some(one) = all.iter_mut().find(|one| *one == seen) else { return Ok(None) };
        change(one);
        let changed = one.clone();
        self.keep(&writing, all)?;
        Ok(Some(changed))
    }

    fn keep(&self, _writing: &MutexGuard<'_, ()>, all: Vec<Hooked>) -> Result<(), End> {
        use std::os::unix::fs::OpenOptionsExt;
        let fresh = self.path.with_extension("new");
        let text = serde_json::to_vec(&all).map_err(std::io::Error::from)?;
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.path)?;
        std::fs::File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
        *held(&self.all) = Arc::new(all);
        Ok(())
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;

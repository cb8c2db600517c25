//! Subscriptions: who wants to hear what, where. `webhooks.json` of the network's folder, readable by its owner only, written whole or
//! not at all. One that was ended stays as ended. No key stands in it: keys are made from the vault.

use super::facts::KINDS;
use crate::say::End;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_terms::{MerchantId, Moment};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Subscriptions that are open at once.
pub const OPEN_MAX: usize = 100;
/// Of one merchant.
pub const EACH_MAX: usize = 5;
/// Those that are remembered; the oldest ended ones make room.
const KNOWN_MAX: usize = 1_000;

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
    /// Who made it.
    pub who: String,
    /// When, by the network's clock: nothing from before is told.
    pub made: Moment,
    /// The newest key.
    pub turn: u32,
    /// The key before it signs too.
    pub two: bool,
    /// When it was ended.
    pub ended: Option<Moment>,
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

    /// As a door shows it.
    pub fn told(&self) -> Value {
        json!({
            "id": self.id, "merchant": self.merchant.map(|id| id.to_string()), "url": self.url, "events": self.events, "who": self.who,
            "made": super::facts::stamp(self.made), "key_turn": self.turn, "two_keys": self.two,
            "ended": self.ended.map(super::facts::stamp),
        })
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
    all: Vec<Hooked>,
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
        Ok(Self { path, all })
    }

    /// Those that are open.
    pub fn open(&self) -> impl Iterator<Item = &Hooked> {
        self.all.iter().filter(|one| one.ended.is_none())
    }

    /// All, newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Hooked> {
        self.all.iter().rev()
    }

    /// One, open or ended.
    pub fn get(&self, id: &str) -> Option<&Hooked> {
        self.all.iter().find(|one| one.id == id)
    }

    /// Adds one.
    ///
    /// # Errors
    /// 3: it cannot be written; then it is not there.
    pub fn add(&mut self, one: Hooked) -> Result<(), End> {
        let mut all = self.all.clone();
        if all.len() >= KNOWN_MAX
            && let Some(at) = all.iter().position(|one| one.ended.is_some())
        {
            all.remove(at);
        }
        all.push(one);
        self.keep(all)
    }

    /// Changes one.
    ///
    /// # Errors
    /// 3: it cannot be written; then it is as before.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Hooked)) -> Result<(), End> {
        let mut all = self.all.clone();
        if let Some(one) = all.iter_mut().find(|one| one.id == id) {
            change(one);
        }
        self.keep(all)
    }

    fn keep(&mut self, all: Vec<Hooked>) -> Result<(), End> {
        use std::os::unix::fs::OpenOptionsExt;
        let fresh = self.path.with_extension("new");
        let text = serde_json::to_vec(&all).map_err(std::io::Error::from)?;
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.path)?;
        std::fs::File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
        self.all = all;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str, merchant: Option<&str>, events: &[&str]) -> Hooked {
        Hooked {
            id: id.into(),
            merchant: merchant.map(|id| MerchantId::new(id).unwrap()),
            url: "https://shop.example/".into(),
            events: events.iter().map(|&word| word.into()).collect(),
            who: "market".into(),
            made: Moment(0),
            turn: 1,
            two: false,
            ended: None,
        }
    }

    #[test]
    fn what_a_subscription_wants() {
        let mine = "999290054110001";
        let check = |events: &[&str], kind, merchant, want| {
            assert_eq!(one("w", Some(mine), events).wants(kind, merchant), want, "{events:?} {kind} {merchant}");
        };
        check(&["*"], "payout.sent", mine, true);
        check(&["payment.*"], "payment.reversed", mine, true);
        check(&["payment.approved"], "payment.reversed", mine, false);
        check(&["refund.*", "slip.missing"], "slip.missing", mine, true);
        check(&["*"], "payout.sent", "999290070110002", false);
        assert!(one("w", None, &["*"]).wants("payout.sent", "999290070110002"));
        for (word, want) in
            [("*", true), ("payment.*", true), ("slip.printed", true), ("pay*", false), ("x.*", false), ("", false)]
        {
            assert_eq!(is_kind(word), want, "{word}");
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_damage_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let mut book = Book::of(dir.path()).unwrap();
        book.add(one("w1", None, &["*"])).unwrap();
        book.add(one("w2", None, &["*"])).unwrap();
        book.change("w1", |one| one.ended = Some(Moment(5))).unwrap();
        let again = Book::of(dir.path()).unwrap();
        assert_eq!(again.open().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["w2"]);
        assert!(again.get("w1").unwrap().ended.is_some(), "it stays as ended");
        std::fs::write(dir.path().join("webhooks.json"), "[{").unwrap();
        assert_eq!(Book::of(dir.path()).unwrap_err().code, 3);
    }
}

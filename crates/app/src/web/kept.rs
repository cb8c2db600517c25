//! Answers that are kept under the key that their asker gave them, for a day: the state behind `Idempotency-Key`, and its file
//! `idempotency.jsonl`. Time comes as an argument, and is the wall's: whoever repeats an act lives by it. Full is full: no key is forgotten before its day is over, for whoever relies on it
//! would do something twice. Must never hold a card number or a secret; of a body it holds a mark only.

use crate::clocks::Wall;
use crate::network::append_line;
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_terms::Pan;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::PathBuf;

/// How long an answer is kept. Unit: milliseconds.
pub const KEPT_MS: i64 = 24 * 3_600_000;
/// Keys of one asker within that time.
const EACH_MAX: usize = 1_000;
/// Bytes of all answers of one asker.
const EACH_BYTES_MAX: usize = 1 << 20;
/// Bytes of all answers.
const ALL_BYTES_MAX: usize = 16 << 20;
/// The longest answer that is kept.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Fields of an answer whose values are secrets: they are told once and not kept.
const SECRETS: [&str; 5] = ["secret", "token", "csrf", "password", "code"];
/// Lines that are over before the file is written anew.
const OVER_MAX: usize = 1_000;

/// One answer, as a line of the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The mark of asker, method, path and key. Shape: 64 hexadecimal digits.
    pub scope: String,
    /// Whose it is.
    pub who: String,
    /// The mark of what was asked.
    pub asked: String,
    /// Status of the answer.
    pub status: u16,
    /// Its content type.
    pub kind: String,
    /// Its body.
    pub body: String,
    /// When it was made.
    pub at: Wall,
}

/// What there is about a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Met {
    /// Nothing: it is under way from now on.
    Fresh,
    /// The same was asked before.
    Again(Box<Kept>),
    /// Something else was asked under it.
    Other,
    /// It is being worked on.
    UnderWay,
    /// This asker has as many keys as are kept.
    Full,
}

/// All that is kept.
#[derive(Debug, Default)]
pub struct Answers {
    path: PathBuf,
    by_scope: BTreeMap<String, Kept>,
    under_way: BTreeSet<String>,
    /// Lines of the file.
    lines: usize,
}

impl Answers {
    /// Those of a file whose day is not over.
    ///
    /// # Errors
    /// 3: it cannot be read or written.
    pub fn of(path: PathBuf, now: Wall) -> Result<Self, End> {
        let mut answers = Self { path, ..Self::default() };
        let file = match std::fs::File::open(&answers.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(answers),
            Err(error) => return Err(error.into()),
        };
        for line in BufReader::new(file).lines() {
            // Half a line at the end was an answer that nobody has had kept.
            let Ok(kept) = serde_json::from_str::<Kept>(&line?) else { continue };
            answers.by_scope.insert(kept.scope.clone(), kept);
        }
        answers.forget(now);
        answers.write_anew()?;
        Ok(answers)
    }

    fn forget(&mut self, now: Wall) {
        self.by_scope.retain(|_, kept| now.since(kept.at) < KEPT_MS);
    }

    /// Looks a key up; a fresh one is under way until [`Self::ended`].
    pub fn begin(&mut self, scope: &str, who: &str, asked: &str, now: Wall) -> Met {
        self.forget(now);
        if self.under_way.contains(scope) {
            return Met::UnderWay;
        }
        if let Some(kept) = self.by_scope.get(scope) {
            return if kept.asked == asked { Met::Again(Box::new(kept.clone())) } else { Met::Other };
        }
        let bytes = |kept: &Kept| kept.body.len();
        let mine = || self.by_scope.values().filter(|kept| kept.who == who);
        let each = mine().count() >= EACH_MAX || mine().map(bytes).sum::<usize>() >= EACH_BYTES_MAX;
        if each || self.by_scope.values().map(bytes).sum::<usize>() >= ALL_BYTES_MAX {
            return Met::Full;
        }
        self.under_way.insert(scope.to_owned());
        Met::Fresh
    }

    /// It is answered: kept, if there is something to keep.
    ///
    /// # Errors
    /// 3: the file cannot be written; it is kept until this process ends.
    pub fn ended(&mut self, scope: &str, kept: Option<Kept>) -> Result<(), End> {
        self.under_way.remove(scope);
        let Some(kept) = kept else { return Ok(()) };
        let line = serde_json::to_string(&kept).map_err(|error| End::from(std::io::Error::from(error)))?;
        self.by_scope.insert(kept.scope.clone(), kept);
        if self.lines >= self.by_scope.len() + OVER_MAX {
            return self.write_anew();
        }
        append_line(&self.path, &line)?;
        self.lines += 1;
        Ok(())
    }

    /// The file with what counts still, whole or not at all.
    fn write_anew(&mut self) -> Result<(), End> {
        use std::os::unix::fs::OpenOptionsExt;
        let fresh = self.path.with_extension("new");
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        for kept in self.by_scope.values() {
            writeln!(file, "{}", serde_json::to_string(kept).map_err(std::io::Error::from)?)?;
        }
        file.sync_all()?;
        std::fs::rename(&fresh, &self.path)?;
        self.lines = self.by_scope.len();
        Ok(())
    }
}

/// A body as it may be kept: without its secrets; `None` if it may not be, or is too long.
pub fn keepable(kind: &str, body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= ANSWER_BYTES_MAX && !holds_card(text))?;
    if !kind.contains("json") {
        return Some(text.to_owned());
    }
    let mut value = serde_json::from_str(text).ok()?;
    if without_secrets(&mut value) { Some(value.to_string()) } else { Some(text.to_owned()) }
}

/// Takes secrets out, at any depth; whether there were any.
fn without_secrets(value: &mut serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(fields) => {
            let before = fields.len();
            fields.retain(|name, value| !SECRETS.contains(&name.as_str()) || value.is_null());
            let gone = fields.len() < before;
            fields.values_mut().fold(gone, |gone, value| without_secrets(value) || gone)
        }
        serde_json::Value::Array(items) => items.iter_mut().map(without_secrets).filter(|gone| *gone).count() > 0,
        _ => false,
    }
}

/// Whether digits in it read as a card number. Masking is every door's doing; this is the second look.
fn holds_card(text: &str) -> bool {
    let mut runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| (16..=19).contains(&run.len()));
    runs.any(|run| Pan::new(run).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(scope: &str, who: &str, at: i64) -> Kept {
        Kept {
            scope: scope.into(),
            who: who.into(),
            asked: "a".into(),
            status: 200,
            kind: "application/json".into(),
            body: "{}".into(),
            at: Wall(at),
        }
    }

    #[test]
    fn one_answer_for_a_key_until_its_day_is_over_and_over_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("idempotency.jsonl");
        let open = |at| Answers::of(path.clone(), Wall(at)).unwrap();
        let mut answers = open(0);
        assert_eq!(answers.begin("1", "li", "a", Wall(0)), Met::Fresh);
        assert_eq!(answers.begin("1", "li", "a", Wall(0)), Met::UnderWay);
        answers.ended("1", None).unwrap();
        assert_eq!(answers.begin("1", "li", "a", Wall(0)), Met::Fresh, "what was not kept is nothing");
        answers.ended("1", Some(kept("1", "li", 0))).unwrap();
        for mut answers in [answers, open(5)] {
            assert_eq!(answers.begin("1", "li", "a", Wall(KEPT_MS - 1)), Met::Again(Box::new(kept("1", "li", 0))));
            assert_eq!(answers.begin("1", "li", "b", Wall(5)), Met::Other);
            assert_eq!(answers.begin("2", "li", "b", Wall(5)), Met::Fresh);
            assert_eq!(answers.begin("1", "li", "b", Wall(KEPT_MS)), Met::Fresh, "a day later it is another");
        }
        std::fs::write(&path, b"{\"scope\":\"1\",\"wh").unwrap();
        assert_eq!(open(0).begin("1", "li", "a", Wall(0)), Met::Fresh, "half a line is no answer");
    }

    #[test]
    fn full_is_full_for_one_asker_and_nothing_is_forgotten_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut answers = Answers::of(dir.path().join("k.jsonl"), Wall(0)).unwrap();
        for no in 0..EACH_MAX {
            answers.by_scope.insert(no.to_string(), kept(&no.to_string(), "li", 0));
        }
        assert_eq!(answers.begin("x", "li", "a", Wall(1)), Met::Full);
        assert_eq!(answers.begin("x", "wang", "a", Wall(1)), Met::Fresh);
        assert!(matches!(answers.begin("0", "li", "a", Wall(1)), Met::Again(_)));
        assert_eq!(answers.begin("y", "li", "a", Wall(KEPT_MS)), Met::Fresh);
        let mut answers = Answers::of(dir.path().join("l.jsonl"), Wall(0)).unwrap();
        let long = Kept { body: "x".repeat(EACH_BYTES_MAX), ..kept("1", "li", 0) };
        answers.ended("1", Some(long)).unwrap();
        assert_eq!(answers.begin("2", "li", "a", Wall(1)), Met::Full);
    }

    #[test]
    fn the_file_does_not_grow_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.jsonl");
        let mut answers = Answers::of(path.clone(), Wall(0)).unwrap();
        for no in 0..OVER_MAX + 2 {
            answers.ended("1", Some(kept("1", "li", i64::try_from(no).unwrap()))).unwrap();
        }
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 5, "{lines}");
    }

    #[test]
    fn neither_cards_nor_secrets_are_kept() {
        let json = "application/json";
        let keeps = |body: &str| keepable(json, body.as_bytes());
        assert_eq!(keeps("{\"a\": 1}").unwrap(), "{\"a\": 1}");
        let masked = "{\"card\":\"999001******0014\",\"merchant\":\"999290054110001\"}";
        assert_eq!(keeps(masked).unwrap(), masked);
        assert_eq!(keeps("{\"card\":\"9990010000000014\"}"), None);
        assert_eq!(keeps("{\"x\":[{\"secret\":\"abc\",\"id\":1}]}").unwrap(), "{\"x\":[{\"id\":1}]}");
        assert_eq!(keeps("no json"), None);
        assert_eq!(keepable("text/plain", b"hm").unwrap(), "hm");
        assert_eq!(keepable("text/plain", &[0xFF]), None);
        assert_eq!(keepable("text/plain", &vec![b'x'; ANSWER_BYTES_MAX + 1]), None);
    }
}

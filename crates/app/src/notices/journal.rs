//! The journal of notices. A line is durable before the issuer's outbox entry ends, so nothing is ever only in memory. Lines are
//! appended and never changed.

use crate::clocks::Wall;
use crate::network::append_line;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use slipway_terms::Notice;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The wall's time. Unit: ms since 1970. Sinks live in the world, so no pace of a demonstration touches them.
pub fn wall_ms() -> i64 {
    Wall::now().0
}

/// A line of the journal. No card number stands in it: a token and a masked tail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Said {
    /// The notice's name for ever.
    pub id: String,
    /// debit, decline or refund.
    pub kind: String,
    /// Whose card: its token as 32 hexadecimal digits; an address is kept under it.
    #[serde(default)]
    pub holder: Option<String>,
    /// The masked card.
    pub card: String,
    /// In yuan, with two decimals.
    pub amount: String,
    /// The same in fen; 0 in a line of an older version.
    #[serde(default)]
    pub amount_fen: u64,
    /// When it happened, by the network's clock. Unit: ms since 1970.
    #[serde(default)]
    pub at_ms: i64,
    /// When the line was written, by the wall. Unit: ms since 1970; 0 in a line of an older version.
    #[serde(default)]
    pub written_ms: i64,
    /// 简体中文.
    pub zh: String,
    /// English.
    pub en: String,
    /// Of an event of the HTTP API: the rest of its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Value>,
}

impl Said {
    /// The line of a notice.
    pub fn of(notice: &Notice) -> Self {
        let (text, kind) = (notice.text(), format!("{:?}", notice.kind).to_lowercase());
        Self {
            id: notice.id(),
            kind,
            holder: notice.holder.as_ref().map(super::token::hex),
            card: notice.card.to_string(),
            amount: notice.amount.to_string(),
            amount_fen: notice.amount.minor(),
            at_ms: notice.at.0,
            written_ms: wall_ms(),
            zh: text.zh,
            en: text.en,
            about: None,
        }
    }

    /// Appends it, durable when this returns.
    ///
    /// # Errors
    /// The disk's: the notice is then not taken, and comes again.
    pub fn append(&self, path: &Path) -> std::io::Result<()> {
        append_line(path, &serde_json::to_string(self)?)
    }
}

/// No line is longer.
const LINE_BYTES_MAX: u64 = 64 << 10;

/// A line and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it says.
    pub said: Said,
    /// Its first byte.
    pub from: u64,
    /// The byte after it.
    pub next: u64,
}

/// Whole lines of a journal from one place on.
#[derive(Debug)]
pub struct Lines {
    file: BufReader<File>,
    at: u64,
    end: u64,
}

impl Lines {
    /// Opens a journal; `None`: there is none yet, or it ends before `from`. What somebody is writing is not seen: a line counts
    /// when it is synced, and its writer holds the lock until then.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(path: &Path, from: u64) -> std::io::Result<Option<Self>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() <= from {
            return Ok(None);
        }
        file.lock_shared()?;
        let end = file.metadata()?.len();
        file.unlock()?;
        file.seek(SeekFrom::Start(from))?;
        Ok(Some(Self { file: BufReader::new(file), at: from, end }))
    }

    /// Whether a line begins here: what was there when this place was written down is there still.
    ///
    /// # Errors
    /// The disk's.
    pub fn begins(path: &Path, at: u64) -> std::io::Result<bool> {
        if at == 0 {
            return Ok(true);
        }
        let Some(lines) = Self::open(path, at - 1)? else { return Ok(false) };
        let mut last = [0];
        lines.file.into_inner().take(1).read_exact(&mut last)?;
        Ok(last == *b"\n")
    }

    /// Where the last whole line ends.
    ///
    /// # Errors
    /// The disk's.
    pub fn end(path: &Path) -> std::io::Result<u64> {
        let len = std::fs::metadata(path).map_or(0, |found| found.len());
        let mut end = 0;
        if let Some(mut lines) = Self::open(path, len.saturating_sub(LINE_BYTES_MAX))? {
            lines.align()?;
            end = lines.at;
            while let Some((_, next, _)) = lines.next::<serde::de::IgnoredAny>()? {
                end = next;
            }
        }
        Ok(end)
    }

    /// Goes on to the next beginning of a line.
    ///
    /// # Errors
    /// The disk's.
    pub fn align(&mut self) -> std::io::Result<()> {
        if self.at > 0 {
            let mut rest = Vec::new();
            self.at += self.file.read_until(b'\n', &mut rest)? as u64;
        }
        Ok(())
    }

    /// The next whole line: where it is, and what it says if it can be read.
    ///
    /// # Errors
    /// The disk's.
    pub fn next<T: for<'a> Deserialize<'a>>(&mut self) -> std::io::Result<Option<(u64, u64, Option<T>)>> {
        let mut line = Vec::new();
        self.file.read_until(b'\n', &mut line)?;
        let (from, next) = (self.at, self.at + line.len() as u64);
        if line.last() != Some(&b'\n') || next > self.end {
            return Ok(None);
        }
        self.at = next;
        Ok(Some((from, next, serde_json::from_slice(&line).ok())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(id: &str) -> Said {
        let text = || id.to_owned();
        let (kind, card, amount) = ("debit".into(), "999001******0014".into(), "1.00".into());
        Said {
            id: text(),
            kind,
            holder: None,
            card,
            amount,
            amount_fen: 100,
            at_ms: 1,
            written_ms: 1,
            zh: text(),
            en: text(),
            about: None,
        }
    }

    fn ids(path: &Path, from: u64) -> Vec<String> {
        let mut ids = Vec::new();
        let mut lines = Lines::open(path, from).unwrap();
        while let Some((_, _, said)) = lines.as_mut().and_then(|lines| lines.next::<Said>().unwrap()) {
            ids.push(said.map_or("?".into(), |said| said.id));
        }
        ids
    }

    #[test]
    fn only_whole_lines_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notices.jsonl");
        assert!(ids(&path, 0).is_empty());
        said("a").append(&path).unwrap();
        let one = std::fs::metadata(&path).unwrap().len();
        append_line(&path, "{}").unwrap();
        said("b").append(&path).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{{\"id\":")).unwrap();
        assert_eq!(ids(&path, 0), ["a", "?", "b"]);
        assert_eq!(ids(&path, one), ["?", "b"]);
        assert_eq!(Lines::end(&path).unwrap(), whole.len() as u64, "half a line is not there yet");
        assert_eq!(Lines::end(&dir.path().join("none")).unwrap(), 0);
        assert!(Lines::begins(&path, one).unwrap() && Lines::begins(&path, 0).unwrap());
        assert!(!Lines::begins(&path, one + 1).unwrap() && !Lines::begins(&path, 1 << 20).unwrap());
        let mut lines = Lines::open(&path, 5).unwrap().unwrap();
        lines.align().unwrap();
        assert_eq!(lines.next::<Said>().unwrap().unwrap().0, one);
    }
}

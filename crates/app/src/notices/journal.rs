//! The journal of notices, and what each sink writes down beside it. A line of the journal is durable before the issuer's outbox
//! entry ends, so nothing is ever only in memory. Lines are appended and never changed.

use crate::network::append_line;
use serde::{Deserialize, Serialize};
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use slipway_terms::Notice;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The wall's time. Unit: ms since 1970. Sinks live in the world, so no pace of a demonstration touches them.
pub fn wall_ms() -> i64 {
    PacedClock::start(Pace::REAL).now().0
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
            at_ms: notice.at.0,
            written_ms: wall_ms(),
            zh: text.zh,
            en: text.en,
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

/// What a sink writes down.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// The sink was set up; what stood in the journal before is not for it.
    Began,
    /// It goes out now.
    Sending,
    /// It did not arrive, or nobody knows.
    Failed,
    /// It arrived at the other side.
    Said,
    /// It never will.
    Undelivered,
    /// Lines that are nobody's here.
    Passed,
}

/// One record of a sink.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Told {
    /// What happened.
    pub word: Word,
    /// When, by the wall. Unit: ms since 1970.
    pub at: i64,
    /// Everything in the journal before here has ended.
    pub low: u64,
    /// The line it speaks of: its first byte.
    pub from: u64,
    /// The byte after it.
    pub next: u64,
    /// The notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// To whom, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// An earlier try may have arrived: if it did, this was said twice, under the same id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// The other side's own number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Told {
    /// A record of no line.
    pub const fn new(word: Word, at: i64, low: u64) -> Self {
        Self { word, at, low, from: low, next: low, id: None, to: None, why: None, again: false, reference: None }
    }
}

/// The record of one sink, as a file.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    file: File,
}

impl Record {
    /// Makes it, if it is new: what stands in the journal before `began` is not for this sink.
    ///
    /// # Errors
    /// The disk's.
    pub fn make(path: &Path, began: u64) -> std::io::Result<()> {
        if path.exists() {
            return Ok(());
        }
        let told = Told::new(Word::Began, wall_ms(), began);
        append_line(path, &serde_json::to_string(&told)?)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }

    /// Opens it for writing; half a line that a power cut left is taken away.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut tail = Lines::open(path, 0)?;
        let mut end = 0;
        while let Some(lines) = &mut tail
            && let Some((_, next, _)) = lines.next::<Told>()?
        {
            end = next;
        }
        let file = File::options().append(true).open(path)?;
        if file.metadata()?.len() > end {
            file.set_len(end)?;
        }
        Ok(Self { path: path.to_owned(), file })
    }

    /// Where everything before has ended, by its last line; and all of it that still counts from there on.
    ///
    /// # Errors
    /// The disk's.
    pub fn read(&self, journal: &Path) -> std::io::Result<(u64, Vec<Told>)> {
        read(&self.path, journal)
    }

    /// Writes one down; `sync`: durable when this returns.
    ///
    /// # Errors
    /// The disk's.
    pub fn put(&mut self, told: &Told, sync: bool) -> std::io::Result<()> {
        self.file.write_all(format!("{}\n", serde_json::to_string(told)?).as_bytes())?;
        if sync { self.file.sync_data() } else { Ok(()) }
    }
}

/// [`Record::read`], by a path. A journal that is another one than the record speaks of is read from its beginning: what was told
/// is then known by its id alone.
///
/// # Errors
/// The disk's.
pub fn read(path: &Path, journal: &Path) -> std::io::Result<(u64, Vec<Told>)> {
    let each = |visit: &mut dyn FnMut(Told)| -> std::io::Result<()> {
        let mut lines = Lines::open(path, 0)?;
        while let Some(lines) = &mut lines
            && let Some((_, _, told)) = lines.next::<Told>()?
        {
            told.into_iter().for_each(&mut *visit);
        }
        Ok(())
    };
    let mut low = 0;
    each(&mut |told| low = told.low)?;
    let whole = Lines::begins(journal, low)?;
    let mut counts = Vec::new();
    each(&mut |told| {
        let counted = if whole { told.next > low } else { told.word != Word::Passed };
        if counted {
            counts.push(told);
        }
    })?;
    Ok((if whole { low } else { 0 }, counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(id: &str) -> Said {
        let text = || id.to_owned();
        let (kind, card, amount) = ("debit".into(), "999001******0014".into(), "1.00".into());
        Said { id: text(), kind, holder: None, card, amount, at_ms: 1, written_ms: 1, zh: text(), en: text() }
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
        assert!(Lines::begins(&path, one).unwrap() && Lines::begins(&path, 0).unwrap());
        assert!(!Lines::begins(&path, one + 1).unwrap() && !Lines::begins(&path, 1 << 20).unwrap());
        let mut lines = Lines::open(&path, 5).unwrap().unwrap();
        lines.align().unwrap();
        assert_eq!(lines.next::<Said>().unwrap().unwrap().0, one);
    }

    #[test]
    fn a_record_goes_on_where_it_ended() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, path) = (dir.path().join("notices.jsonl"), dir.path().join("mail.jsonl"));
        ["a", "b", "c"].iter().for_each(|id| said(id).append(&journal).unwrap());
        let len = std::fs::metadata(&journal).unwrap().len();
        let line = len / 3;
        Record::make(&path, line).unwrap();
        Record::make(&path, len).unwrap();
        assert_eq!(read(&path, &journal).unwrap().0, line, "made once");
        let told = |id: &str, from: u64, low: u64| Told {
            id: Some(id.into()),
            from,
            next: from + line,
            ..Told::new(Word::Said, 5, low)
        };
        let mut record = Record::open(&path).unwrap();
        record.put(&told("b", line, len), true).unwrap();
        record.put(&told("c", 2 * line, line), true).unwrap();
        drop(record);
        let half = std::fs::read_to_string(&path).unwrap() + "{\"word\":";
        std::fs::write(&path, half).unwrap();
        let mut record = Record::open(&path).unwrap();
        record.put(&told("c", 2 * line, 2 * line), true).unwrap();
        let (low, counts) = record.read(&journal).unwrap();
        assert_eq!((low, counts.len()), (2 * line, 2), "{counts:?}");
        // Another journal than it speaks of: from its beginning, and all that was told counts by its id.
        std::fs::write(&journal, "x\n").unwrap();
        let (low, counts) = record.read(&journal).unwrap();
        assert_eq!((low, counts.len()), (0, 4), "{counts:?}");
    }
}

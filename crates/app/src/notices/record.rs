//! What each sink writes down beside the journal: what goes out, what came of it, what is nobody's. It is all that a restart needs.
//! Lines are appended and never changed.

use super::journal::{Lines, wall_ms};
use crate::network::append_line;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

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
    /// When, by the wall. Unit: ms since 1970. What comes again waits by it.
    pub at: i64,
    /// The same by the network's clock, of a sink that tells people when; none in a line of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_ms: Option<i64>,
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
        Self {
            word,
            at,
            network_ms: None,
            low,
            from: low,
            next: low,
            id: None,
            to: None,
            why: None,
            again: false,
            reference: None,
        }
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

/// [`Record::read`], by a path. A journal that is another one than the record speaks of is read from where the sink began, else
/// from its own beginning: what was told is then known by its id alone.
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
    let (mut low, mut began) = (0, None);
    each(&mut |told| {
        low = told.low;
        began.get_or_insert(told.low);
    })?;
    let whole = Lines::begins(journal, low)?;
    // What stood there before the sink was set up is not for it, if that place is still one.
    let first = began.unwrap_or(0);
    let first = if Lines::begins(journal, first)? { first } else { 0 };
    let mut counts = Vec::new();
    each(&mut |told| {
        let counted = if whole { told.next > low } else { told.word != Word::Passed };
        if counted {
            counts.push(told);
        }
    })?;
    Ok((if whole { low } else { first }, counts))
}

#[cfg(test)]
mod tests {
    use super::super::journal::Said;
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
        // Cut short: from where the sink began, and all that was told counts by its id.
        std::fs::File::options().write(true).open(&journal).unwrap().set_len(2 * line - 1).unwrap();
        let (low, counts) = record.read(&journal).unwrap();
        assert_eq!((low, counts.len()), (line, 4), "{counts:?}");
        // Another journal than it speaks of: from its beginning.
        std::fs::write(&journal, "x\n").unwrap();
        let (low, counts) = record.read(&journal).unwrap();
        assert_eq!((low, counts.len()), (0, 4), "{counts:?}");
    }
}

//! A list as a file: a line that says whose it is and of which day, sorted rows, and a line with count, sum and checksum. Must never
//! be half believed: a file that is cut, doubled, re-ordered, of another day or changed is refused whole, before a row of it is judged.
//!
//! ```text
//!   SLIPWAY-LIST 1 network 00010000 2026-03-02 acquirers=99910010 issuers=99900100,99900200   one line of text
//!   rows of 48 bytes, rising by key; a key may stand twice, which is for reconciliation to judge
//!   T count(12) sum(+21) checksum(16)                                                         51 bytes, the last a line feed
//! ```

pub use super::refused::Refused;
use super::sorted::ListFault;
use slipway_recon::clearing::Crc;
use slipway_recon::four::{List, Row};
use slipway_recon::{Key, read_day};
use slipway_terms::{BusinessDate, InstitutionId};
use std::fmt;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes of the first line at most: a hostile one must not fill the memory.
const HEAD_MAX: usize = 4096;
/// Bytes of the last line.
const TAIL: usize = 51;
/// Bytes read or written at once.
const STRIDE: usize = 1 << 18;
const TAG: &str = "SLIPWAY-LIST 1";

/// The words of the four lists in files and names.
pub const fn word(list: List) -> &'static str {
    match list {
        List::Till => "till",
        List::Acquirer => "acquirer",
        List::Network => "network",
        List::Issuer => "issuer",
    }
}

/// What the first line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// Which of the four.
    pub list: List,
    /// Who wrote it: acquirer, switch or issuer.
    pub owner: InstitutionId,
    /// Of which business day.
    pub day: BusinessDate,
    /// Of the network's own list: who has to hand in an acquirer's and an issuer's list.
    pub members: Option<[Vec<InstitutionId>; 2]>,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TAG} {} {} {}", word(self.list), self.owner, self.day)?;
        let names = |ids: &[InstitutionId]| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>().join(",");
        self.members.as_ref().map_or(Ok(()), |[acquirers, issuers]| {
            write!(f, " acquirers={} issuers={}", names(acquirers), names(issuers))
        })
    }
}

impl Head {
    fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(TAG)?.strip_prefix(' ')?.split(' ');
        let name = words.next()?;
        let list = List::ALL.into_iter().find(|list| word(*list) == name)?;
        let owner = InstitutionId::new(words.next()?).ok()?;
        let day = read_day(words.next()?)?;
        let ids = |text: &str, named: &str| -> Option<Vec<InstitutionId>> {
            let ids = text.strip_prefix(named)?.split(',').filter(|id| !id.is_empty());
            ids.map(|id| InstitutionId::new(id).ok()).collect()
        };
        let members = match (words.next(), words.next()) {
            (None, _) => None,
            (Some(acquirers), Some(issuers)) => Some([ids(acquirers, "acquirers=")?, ids(issuers, "issuers=")?]),
            (Some(_), None) => return None,
        };
        // What was read is what would be written: no blank more, no other spelling.
        let head = Self { list, owner, day, members };
        (head.to_string() == line).then_some(head)
    }
}

/// Counts, sums and sums up bytes, the same when writing and reading.
struct Sums {
    rows: u64,
    fen: i128,
    crc: Crc,
}

impl Sums {
    fn of(head: &str) -> Self {
        let mut crc = Crc::NEW;
        crc.add(head.as_bytes());
        Self { rows: 0, fen: 0, crc }
    }

    fn add(&mut self, bytes: &[u8], row: &Row) {
        self.rows += 1;
        self.fen += i128::from(row.amount_fen);
        self.crc.add(bytes);
    }

    fn tail(&self) -> String {
        let sums = format!("T{:012}{:+021}", self.rows, self.fen);
        let mut crc = self.crc;
        crc.add(sums.as_bytes());
        format!("{sums}{:016x}\n", crc.value())
    }
}

/// A list being written beside its place. It takes its place whole, by [`Writer::end`], or not at all.
pub struct Writer {
    file: BufWriter<tempfile::NamedTempFile>,
    sums: Sums,
    last: Option<Key>,
}

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// Rows.
    pub rows: u64,
    /// Sum of their signed amounts.
    pub fen: i128,
    /// Whether the same file, byte for byte, stood there before.
    pub same: bool,
}

impl Writer {
    /// Begins a list in this folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(folder: &Path, head: &Head) -> std::io::Result<Self> {
        let mut file = BufWriter::with_capacity(STRIDE, tempfile::NamedTempFile::new_in(folder)?);
        let line = format!("{head}\n");
        file.write_all(line.as_bytes())?;
        Ok(Self { file, sums: Sums::of(&line), last: None })
    }

    /// The next row; they come sorted.
    ///
    /// # Errors
    /// What the system says.
    pub fn row(&mut self, row: &Row) -> std::io::Result<()> {
        assert!(self.last.is_none_or(|last| last <= row.key), "a list is written in the order of its keys");
        self.last = Some(row.key);
        let bytes = row.to_bytes();
        self.sums.add(&bytes, row);
        self.file.write_all(&bytes)
    }

    /// Syncs it and puts it in its place.
    ///
    /// # Errors
    /// What the system says; what stood there before stands there still.
    pub fn end(mut self, path: &Path) -> std::io::Result<Written> {
        let tail = self.sums.tail();
        self.file.write_all(tail.as_bytes())?;
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        let (rows, fen) = (self.sums.rows, self.sums.fen);
        let size = file.as_file().metadata()?.len();
        // The last line has the checksum over all that is before it.
        let same = File::open(path).is_ok_and(|mut old| {
            let mut end = [0; TAIL];
            let there = old.metadata().is_ok_and(|about| about.len() == size);
            let from = SeekFrom::End(-i64::try_from(TAIL).unwrap_or(0));
            there && old.seek(from).is_ok() && old.read_exact(&mut end).is_ok() && end == *tail.as_bytes()
        });
        file.persist(path).map_err(|fault| fault.error)?;
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(Written { rows, fen, same })
    }
}

/// A list that was read to its end once and found whole.
#[derive(Debug)]
pub struct Checked {
    /// What it says of itself.
    pub head: Head,
    /// Rows.
    pub rows: u64,
    /// Its checksum: with those of the others the name of a run.
    pub crc: u64,
    file: File,
    begin: u64,
}

impl Checked {
    /// Reads a whole file, in bounded memory, and holds it open: what is judged later is what was checked.
    ///
    /// # Errors
    /// [`Refused`]: nothing of it may be believed.
    pub fn open(path: &Path, list: List, owner: Option<InstitutionId>, day: BusinessDate) -> Result<Self, Refused> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut reader = BufReader::with_capacity(STRIDE, file);
        let line = head_line(&mut reader)?;
        let head = Head::read(line.trim_end_matches('\n')).ok_or(Refused::NoList)?;
        if head.list != list || owner.is_some_and(|owner| owner != head.owner) {
            return Err(Refused::Other { said: head.to_string() });
        }
        if head.day != day {
            return Err(Refused::Day { said: head.day });
        }
        let begin = line.len() as u64;
        let inside = size.checked_sub(begin + TAIL as u64).ok_or(Refused::Truncated)?;
        if inside % Row::LEN as u64 != 0 {
            return Err(Refused::Truncated);
        }
        let mut sums = Sums::of(&line);
        let (mut bytes, mut last, mut days) = ([0; Row::LEN], None, 0_u64);
        for row in 1..=inside / Row::LEN as u64 {
            reader.read_exact(&mut bytes)?;
            let read = Row::read(&bytes).map_err(|_| Refused::Row { row })?;
            let (acquirer, rrn) = (read.key.acquirer(), read.key.rrn());
            let acquirer = acquirer.filter(|_| rrn.is_some()).ok_or(Refused::Row { row })?;
            if last.is_some_and(|last| last > read.key) {
                return Err(Refused::Order { row });
            }
            if matches!(list, List::Till | List::Acquirer) && acquirer != head.owner {
                return Err(Refused::Foreign { row });
            }
            last = Some(read.key);
            days += u64::from(i64::from(read.day) == day.days());
            sums.add(&bytes, &read);
        }
        let mut tail = [0; TAIL];
        reader.read_exact(&mut tail)?;
        let tail = std::str::from_utf8(&tail).map_err(|_| Refused::Truncated)?;
        let said = tail.strip_prefix('T').and_then(|rest| rest.get(..12)?.parse().ok()).ok_or(Refused::Truncated)?;
        if said != sums.rows {
            return Err(Refused::Count { said, found: sums.rows });
        }
        let own = sums.tail();
        if tail.get(13..34) != own.get(13..34) {
            return Err(Refused::Sum);
        }
        if tail != own {
            return Err(Refused::Checksum);
        }
        // A single row of another day is a difference; a list in which every row is, is another day's list.
        if sums.rows > 0 && days == 0 {
            return Err(Refused::Day { said: head.day });
        }
        Ok(Self { head, rows: sums.rows, crc: sums.crc.value(), file: reader.into_inner(), begin })
    }

    /// Its rows again, from the first.
    ///
    /// # Errors
    /// What the system says.
    pub fn rows(&self) -> std::io::Result<Rows> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(self.begin))?;
        Ok(Rows { file: BufReader::with_capacity(STRIDE, file), left: self.rows })
    }
}

/// The first line, its line feed included.
fn head_line(reader: &mut impl Read) -> Result<String, Refused> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while byte[0] != b'\n' && line.len() < HEAD_MAX {
        if reader.read(&mut byte)? == 0 {
            break;
        }
        line.push(byte[0]);
    }
    String::from_utf8(line).ok().filter(|line| line.ends_with('\n')).ok_or(Refused::NoList)
}

/// Rows of a checked list. One that has become shorter meanwhile is a fault and no end.
#[derive(Debug)]
pub struct Rows {
    file: BufReader<File>,
    left: u64,
}

impl Iterator for Rows {
    type Item = Result<Row, ListFault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut bytes = [0; Row::LEN];
        let read = self.file.read_exact(&mut bytes).map_err(ListFault::System);
        let row = read.and_then(|()| Row::read(&bytes).map_err(ListFault::Row));
        if row.is_err() {
            self.left = 0;
        }
        Some(row)
    }
}

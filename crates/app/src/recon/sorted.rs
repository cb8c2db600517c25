//! External sort of rows of one size: sorted runs on disk under a memory limit, merged as they are read. Must never hand
//! out a run that has become shorter on disk: missing rows would look like one-sided entries.

use slipway_recon::four::{Row, RowFault};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes read from a run at once: few runs are open, the disk likes long strides.
const STRIDE: usize = 1 << 18;

/// Why a list on disk cannot be read.
#[derive(Debug)]
pub enum ListFault {
    /// The system refused.
    System(std::io::Error),
    /// Bytes that are no row.
    Row(RowFault),
}

impl fmt::Display for ListFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(fault) => fault.fmt(f),
            Self::Row(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for ListFault {}

impl From<std::io::Error> for ListFault {
    fn from(fault: std::io::Error) -> Self {
        Self::System(fault)
    }
}

/// Something that is sorted on disk, in the order of its values.
pub trait Fixed: Copy + Ord {
    /// Its bytes, all of one length.
    const LEN: usize;
    /// Writes all of them.
    fn put(&self, bytes: &mut [u8]);
    /// Reads them.
    ///
    /// # Errors
    /// Bytes that are none of these.
    fn get(bytes: &[u8]) -> Result<Self, RowFault>;
}

impl Fixed for Row {
    const LEN: usize = Self::LEN;

    fn put(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.to_bytes());
    }

    fn get(bytes: &[u8]) -> Result<Self, RowFault> {
        Self::read(bytes)
    }
}

/// A list being taken in, in any order.
pub struct Sorter<T> {
    folder: PathBuf,
    name: String,
    rows: Vec<T>,
    rows_max: usize,
    runs: Vec<(PathBuf, u64)>,
}

impl<T: Fixed> Sorter<T> {
    /// A list of this name in a folder of this run alone, in at most so much memory.
    pub fn new(folder: &Path, name: &str, memory_bytes: usize) -> Self {
        let rows_max = (memory_bytes / size_of::<T>()).max(1);
        Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            rows: Vec::with_capacity(rows_max),
            rows_max,
            runs: Vec::new(),
        }
    }

    /// Takes one row.
    ///
    /// # Errors
    /// When a full buffer cannot be written.
    pub fn push(&mut self, row: T) -> std::io::Result<()> {
        if self.rows.len() == self.rows_max {
            self.spill()?;
        }
        self.rows.push(row);
        Ok(())
    }

    /// The list, sorted. Nothing of it stays in memory, so that the next list has all of it.
    ///
    /// # Errors
    /// When the last run cannot be written or a run cannot be opened.
    pub fn finish(mut self) -> Result<Sorted<T>, ListFault> {
        self.spill()?;
        Sorted::open(&self.runs)
    }

    fn spill(&mut self) -> std::io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        // Rows that compare equal are equal in every byte, so an unstable sort is a deterministic one.
        self.rows.sort_unstable();
        let path = self.folder.join(format!("{}-{}.run", self.name, self.runs.len()));
        let mut file = BufWriter::with_capacity(STRIDE, File::create(&path)?);
        let mut bytes = vec![0; T::LEN];
        for row in &self.rows {
            row.put(&mut bytes);
            file.write_all(&bytes)?;
        }
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        self.runs.push((path, self.rows.len() as u64));
        self.rows.clear();
        Ok(())
    }
}

/// A sorted list, read from its runs; each run must have as many rows as were written.
pub struct Sorted<T> {
    runs: Vec<(BufReader<File>, u64)>,
    heads: BinaryHeap<Reverse<(T, usize)>>,
    bytes: Vec<u8>,
    failed: bool,
}

impl<T: Fixed> Sorted<T> {
    fn open(runs: &[(PathBuf, u64)]) -> Result<Self, ListFault> {
        let open = |(path, rows): &(PathBuf, u64)| Ok((BufReader::with_capacity(STRIDE, File::open(path)?), *rows));
        let runs: Vec<_> = runs.iter().map(open).collect::<std::io::Result<_>>()?;
        let heads = BinaryHeap::with_capacity(runs.len());
        let mut sorted = Self { heads, runs, bytes: vec![0; T::LEN], failed: false };
        for run in 0..sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }

    fn refill(&mut self, run: usize) -> Result<(), ListFault> {
        let (file, left) = &mut self.runs[run];
        if *left > 0 {
            *left -= 1;
            file.read_exact(&mut self.bytes)?;
            self.heads.push(Reverse((T::get(&self.bytes).map_err(ListFault::Row)?, run)));
        }
        Ok(())
    }
}

impl<T: Fixed> Iterator for Sorted<T> {
    type Item = Result<T, ListFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let Reverse((row, run)) = self.heads.pop()?;
        match self.refill(run) {
            Ok(()) => Some(Ok(row)),
            Err(fault) => {
                self.failed = true;
                Some(Err(fault))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_recon::{Entry, Key};
    use slipway_terms::{BusinessDate, InstitutionId, Rrn};

    fn row(number: u64) -> Row {
        let rrn = Rrn::new(&format!("6061{number:08}")).unwrap();
        let key = Key::new(InstitutionId::new("00010000").unwrap(), rrn, Entry::Sale);
        Row::new(key, 1, BusinessDate { year: 2026, month: 3, day: 2 }, number)
    }

    fn sorter(folder: &Path, rows: u64) -> Sorter<Row> {
        let mut sorter = Sorter::new(folder, "list", 10 * size_of::<Row>());
        for at in 0..rows {
            sorter.push(row(at * 7919 % rows)).unwrap();
        }
        sorter
    }

    #[test]
    fn many_runs_come_back_as_one_sorted_list() {
        let folder = tempfile::tempdir().unwrap();
        for rows in [0, 1, 9, 10, 11, 100, 997] {
            let sorted = sorter(folder.path(), rows).finish().unwrap();
            let places: Vec<u64> = sorted.map(|row| row.unwrap().place).collect();
            assert_eq!(places, (0..rows).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_run_that_was_cut_is_a_fault_and_not_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let sorted = sorter(folder.path(), 25);
        let run = File::options().write(true).open(folder.path().join("list-0.run")).unwrap();
        run.set_len(Row::LEN as u64 * 4 + 5).unwrap();
        let mut sorted = sorted.finish().unwrap();
        assert!(sorted.any(|row| row.is_err()));
        assert!(sorted.next().is_none(), "nothing after a fault");
    }
}

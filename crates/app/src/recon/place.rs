//! What reconciliation keeps: one folder for each who looks, written by nobody else. A run reads the state, writes a new one beside
//! it, and puts it in its place by one rename; until then, whatever happens, the state is the one before. One run at a time.
//!
//! ```text
//!   recon/lists/DAY/…          lists, each written by its house
//!   recon/WHO/current.json     which files are the state, and what each day came to
//!   recon/WHO/cases-N.jsonl    one line a difference, by acquirer and reference number
//!   recon/WHO/carry-DAY-N.…    rows that wait for the next day's lists
//!   recon/WHO/run.part, .mark  a run under way, so that it goes on after a kill
//! ```

use super::kept::Kept;
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_recon::four::{Class, View};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// The version of the state.
const VERSION: u32 = 1;

/// What a day came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DayDone {
    /// Lines by class.
    pub tally: Vec<u64>,
    /// Rows of each list that was there.
    pub rows: BTreeMap<String, u64>,
    /// Lists that were not there, and since when they are missing, in milliseconds.
    pub missing: BTreeMap<String, i64>,
    /// Checksum of all lists and of what came over from the day before.
    pub lists: String,
    /// Rows that wait for the next day, by list: file, rows and checksum.
    pub carry: BTreeMap<String, (String, u64, String)>,
    /// When, in milliseconds.
    pub at: i64,
}

impl DayDone {
    /// Lines of a class.
    pub fn of(&self, class: Class) -> u64 {
        self.tally.get(class.index()).copied().unwrap_or(0)
    }
}

/// The state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct State {
    version: u32,
    /// Who looks.
    pub view: String,
    /// Whose lists are its own.
    pub own: String,
    /// Counts the runs.
    pub generation: u64,
    /// The file of the differences, if there ever was one.
    pub cases: Option<String>,
    /// Days that were reconciled.
    pub days: BTreeMap<String, DayDone>,
}

/// The folder of one who looks, held by this process alone.
#[derive(Debug)]
pub struct Place {
    /// Where.
    pub folder: PathBuf,
    _lock: Option<File>,
}

impl Place {
    /// Opens it for a run: nobody else may run meanwhile.
    ///
    /// # Errors
    /// When somebody else does, or the system refuses.
    pub fn held(folder: &Path) -> Result<Self, End> {
        std::fs::create_dir_all(folder)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: Some(lock) }),
            Err(std::fs::TryLockError::WouldBlock) => Err(End::environment(
                format!("{} 正由另一个进程对账：请等它结束再运行；本次没有改动任何状态，也没有动账", folder.display()),
                format!(
                    "another process reconciles in {}: wait until it has ended; this one changed no state and moved no money",
                    folder.display()
                ),
            )),
            Err(std::fs::TryLockError::Error(fault)) => Err(fault.into()),
        }
    }

    /// Opens it for reading only.
    pub fn read_only(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), _lock: None }
    }

    /// The state; a new one where nobody has looked yet.
    ///
    /// # Errors
    /// A state that cannot be read, is of a newer version, or of somebody else.
    pub fn state(&self, view: View, own: &str) -> Result<State, End> {
        let path = self.folder.join("current.json");
        let new = State {
            version: VERSION,
            view: word(view).to_owned(),
            own: own.to_owned(),
            generation: 0,
            cases: None,
            days: BTreeMap::new(),
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(new),
            Err(fault) => return Err(fault.into()),
        };
        let state: State = serde_json::from_slice(&bytes).map_err(|fault| {
            let path = path.display();
            End::environment(
                format!("{path} 读不出（{fault}）：请从备份恢复；没有动账，差错以备份为准"),
                format!("{path} cannot be read ({fault}): restore it from a copy; no money was moved"),
            )
        })?;
        if state.version != VERSION || state.view != new.view || state.own != new.own {
            let path = path.display();
            return Err(End::usage(
                format!("{path} 是 {} {} 的对账状态（版本 {}）", state.view, state.own, state.version),
                format!("{path} is the state of {} {} (version {})", state.view, state.own, state.version),
            ));
        }
        Ok(state)
    }

    /// The differences of a state, in the order of acquirer and reference number.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn cases(&self, state: &State) -> Result<Cases, End> {
        let file = state.cases.as_ref().map(|name| File::open(self.folder.join(name))).transpose()?;
        Ok(Cases { lines: file.map(|file| BufReader::new(file).lines()) })
    }

    /// Writes a file of the state, synced. It means nothing until the state names it.
    ///
    /// # Errors
    /// What the system says, or `fill` first.
    pub fn write(&self, name: &str, fill: impl FnOnce(&mut dyn Write) -> Result<(), End>) -> Result<(), End> {
        let mut file = std::io::BufWriter::new(tempfile::NamedTempFile::new_in(&self.folder)?);
        fill(&mut file)?;
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(name)).map_err(|fault| fault.error)?;
        Ok(())
    }

    /// Makes this the state. Files that it does not name any more are removed.
    ///
    /// # Errors
    /// What the system says; the state is then the one before.
    pub fn commit(&self, state: &State) -> Result<(), End> {
        // The files that it names must be found after a crash, and so before it.
        File::open(&self.folder)?.sync_all()?;
        let text = serde_json::to_vec(state).map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
        self.write("current.json", |out| Ok(out.write_all(&text)?))?;
        File::open(&self.folder)?.sync_all()?;
        let named = |name: &str| {
            let carried = state.days.values().flat_map(|day| day.carry.values()).any(|(file, ..)| file == name);
            carried || state.cases.as_deref() == Some(name) || ["current.json", "lock"].contains(&name)
        };
        for entry in std::fs::read_dir(&self.folder)?.filter_map(Result::ok) {
            if entry.file_name().to_str().is_some_and(|name| !named(name)) {
                // What is left over is only rubbish; the next run removes it.
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

/// Differences, read one by one.
#[derive(Debug)]
pub struct Cases {
    lines: Option<std::io::Lines<BufReader<File>>>,
}

impl Iterator for Cases {
    type Item = Result<Kept, End>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.as_mut()?.next()?;
        Some(line.map_err(End::from).and_then(|line| Kept::read(&line)))
    }
}

/// The words of the three views.
pub const fn word(view: View) -> &'static str {
    match view {
        View::Centre => "centre",
        View::Acquirer => "acquirer",
        View::Issuer => "issuer",
    }
}

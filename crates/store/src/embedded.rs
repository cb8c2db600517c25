//! The store on disk: one folder, one process, the engine `fjall` with one keyspace for all tables.
//! A batch is one atomic engine batch with its chain row, synced here and nowhere else before `commit` returns. After any fault
//! the store is dead: it never retries a sync and never answers from memory that may not be on the disk.
//!
//! Folder: `hold` (lock), `mark` (format and how far the store had come), `rows/` (the engine's).

use crate::chain::{CHAIN_SPACE, Link, behind, steps};
use crate::journal::survey;
use crate::manifest;
use crate::mark::{MARK_SYNC_EVERY, Mark, Marked};
use crate::witness::Witness;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use slipway_node::limits::COMMIT_MS_MAX;
use slipway_node::{Batch, Key, Scan, Store, StoreFault};
use std::fs::{File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const TABLES: &str = "rows";
const CHAIN_KEY: [u8; 1] = [CHAIN_SPACE];
const JOURNAL_BYTES_MAX: u64 = 256 << 20;
const ENGINE_THREADS: usize = 2;
const IN_BACKGROUND: &str = "rows: a write in the background failed";
const PROBE_BYTES: usize = 1 << 20;
const CLOSE_STEP: Duration = Duration::from_millis(5);

/// How a store is opened.
pub struct Setup {
    /// A monotonic clock in nanoseconds, for the limit on a commit.
    pub now: Box<dyn Fn() -> u64 + Send>,
    /// Cache of table blocks. 64 MiB.
    pub cache_bytes: u64,
    /// Rows kept in memory before they become a table file; taken when the store is made, kept by it from then on. 32 MiB.
    pub memtable_bytes: u64,
}

impl Setup {
    /// The usual sizes.
    pub fn new(now: impl Fn() -> u64 + Send + 'static) -> Self {
        Self { now: Box::new(now), cache_bytes: 64 << 20, memtable_bytes: 32 << 20 }
    }
}

impl core::fmt::Debug for Setup {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Setup(cache {} B, memtable {} B)", self.cache_bytes, self.memtable_bytes)
    }
}

/// A durable store. Field order is drop order: the lock goes last.
pub struct EmbeddedStore {
    keyspace: Keyspace,
    database: Database,
    mark: Mark,
    dir: PathBuf,
    link: Link,
    now: Box<dyn Fn() -> u64 + Send>,
    commit_since: Arc<AtomicU64>,
    syncs: u64,
    witness: Option<Witness>,
    dead: Option<StoreFault>,
    _hold: File,
}

impl core::fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "EmbeddedStore(batch {}, dead {})", self.link.number, self.dead.is_some())
    }
}

impl EmbeddedStore {
    /// Opens the store in this folder, or makes it if there is none. Refuses: held by another, newer, damaged, behind its mark.
    /// A batch whose commit never returned is there whole or not at all.
    pub fn open(dir: &Path, setup: Setup) -> Result<Self, StoreFault> {
        std::fs::create_dir_all(dir).map_err(|e| io_fault("folder", &e))?;
        let hold = hold(dir)?;
        let rows = dir.join(TABLES);
        if !dir.join("mark").exists() {
            make(dir, &rows, &setup)?;
        }
        let (mut mark, marked) = Mark::open(dir)?;
        manifest::check(&rows)?;
        let journal = survey(&rows, marked)?;
        let (database, keyspace) = guarded(|| {
            let database = engine(&rows, &setup)?;
            let keyspace = if database.keyspace_exists(TABLES) {
                Some(database.keyspace(TABLES, KeyspaceCreateOptions::default)?)
            } else {
                None
            };
            Ok((database, keyspace))
        })?;
        let keyspace = keyspace.ok_or_else(|| StoreFault::Damaged(String::from("tables: missing")))?;
        let link = stored_link(&keyspace)?;
        if let Some(fault) = marked.missing(link) {
            return Err(fault);
        }
        if link.number == marked.link.number && link != marked.link {
            return Err(behind(marked.link));
        }
        if journal.last.is_some_and(|last| last != link) {
            return Err(StoreFault::Damaged(String::from("journal and tables end at different batches")));
        }
        mark.write(link)?;
        mark.sync()?;
        let (now, commit_since) = (setup.now, Arc::new(AtomicU64::new(0)));
        let dir = dir.to_path_buf();
        Ok(Self {
            keyspace,
            database,
            mark,
            dir,
            link,
            now,
            commit_since,
            syncs: 1,
            witness: None,
            dead: None,
            _hold: hold,
        })
    }

    /// Tells somebody of every batch from now on, once it is durable.
    pub fn witnessed(&mut self, witness: Witness) {
        self.witness = Some(witness);
    }

    /// Batches ever committed to this store.
    pub fn number(&self) -> u64 {
        self.link.number
    }

    /// When the commit under way began (the setup's clock, ns), 0 if none is; stays after a fault. The engine can hang inside a commit (its issue
    /// 257) and then nothing returns that could measure it: whoever has another thread ends the process above `COMMIT_MS_MAX`.
    pub fn commit_since(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.commit_since)
    }

    /// Graceful end: rows in memory become tables, so that opening again replays little; all synced, mark exact.
    pub fn close(mut self) -> Result<(), StoreFault> {
        self.alive()?;
        guarded(|| self.keyspace.rotate_memtable())?;
        let began = (self.now)();
        while self.keyspace.sealed_memtable_count() > 0 && !self.too_long(began) {
            // A failed flush never ends by itself; the engine tells of it only when asked to persist.
            guarded(|| self.database.persist(PersistMode::Buffer))?;
            std::thread::park_timeout(CLOSE_STEP);
        }
        guarded(|| self.database.persist(PersistMode::SyncAll))?;
        self.mark.write(self.link)?;
        self.mark.sync()
    }

    fn alive(&self) -> Result<(), StoreFault> {
        self.dead.clone().map_or(Ok(()), Err)
    }

    fn too_long(&self, began: u64) -> bool {
        (self.now)().saturating_sub(began) > COMMIT_MS_MAX * 1_000_000
    }

    /// The engine hides why its background write failed: a full disk is found by trying.
    fn named(&self, fault: StoreFault) -> StoreFault {
        if fault != StoreFault::Io(String::from(IN_BACKGROUND)) {
            return fault;
        }
        let path = self.dir.join("probe");
        let tried = std::fs::write(&path, vec![1; PROBE_BYTES]).map_err(|e| io_fault("probe", &e));
        match (tried, std::fs::remove_file(&path)) {
            (Err(StoreFault::Full), _) => StoreFault::Full,
            _ => fault,
        }
    }

    fn write(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        let steps = steps(batch)?;
        if steps.is_empty() {
            return Ok(());
        }
        let began = (self.now)();
        self.commit_since.store(began.max(1), Ordering::Relaxed);
        let link = self.link.next(steps.iter().copied());
        guarded(|| {
            // The one place where data is synced.
            let mut engine = self.database.batch().durability(Some(PersistMode::SyncData));
            for (key, row) in &steps {
                match row {
                    Some(row) => engine.insert(&self.keyspace, *key, *row),
                    None => engine.remove(&self.keyspace, *key),
                }
            }
            engine.insert(&self.keyspace, CHAIN_KEY, link.row(self.link));
            engine.commit()
        })?;
        self.link = link;
        self.syncs += 1;
        self.mark.write(link)?;
        if link.number.is_multiple_of(MARK_SYNC_EVERY) {
            self.mark.sync()?;
            self.syncs += 1;
        }
        if self.too_long(began) {
            return Err(StoreFault::Io(format!("a commit took more than {COMMIT_MS_MAX} ms")));
        }
        self.commit_since.store(0, Ordering::Relaxed);
        Ok(())
    }
}

impl Store for EmbeddedStore {
    fn read(&self, keys: &[Key], out: &mut Vec<Option<Vec<u8>>>) -> Result<(), StoreFault> {
        self.alive()?;
        out.clear();
        guarded(|| {
            for key in keys {
                out.push(self.keyspace.get(key.as_bytes())?.map(|row| row.to_vec()));
            }
            Ok(())
        })
    }

    fn range(&self, scan: &Scan, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        self.alive()?;
        out.clear();
        let most = usize::from(scan.rows_max);
        let pairs = guarded(|| {
            let rows = self.keyspace.prefix(scan.prefix.as_bytes());
            if scan.newest_first {
                rows.rev().take(most).map(fjall::Guard::into_inner).collect::<Result<Vec<_>, _>>()
            } else {
                rows.take(most).map(fjall::Guard::into_inner).collect()
            }
        })?;
        for (key, row) in pairs {
            out.push((key_of(&key)?, row.to_vec()));
        }
        Ok(())
    }

    fn below(&self, prefix: &Key, below: &Key, rows_max: u16, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        self.alive()?;
        out.clear();
        if below == prefix || !below.as_bytes().starts_with(prefix.as_bytes()) {
            return Ok(());
        }
        let pairs = guarded(|| {
            let rows = self.keyspace.range(prefix.as_bytes()..below.as_bytes()).rev().take(usize::from(rows_max));
            rows.map(fjall::Guard::into_inner).collect::<Result<Vec<_>, _>>()
        })?;
        for (key, row) in pairs {
            out.push((key_of(&key)?, row.to_vec()));
        }
        Ok(())
    }

    fn each(&self, space: u8, visit: &mut dyn FnMut(Key, &[u8])) -> Result<(), StoreFault> {
        self.alive()?;
        let mut rows = guarded(|| Ok(self.keyspace.prefix([space])))?;
        while let Some((key, row)) = guarded(|| rows.next().map(fjall::Guard::into_inner).transpose())? {
            visit(key_of(&key)?, &row);
        }
        Ok(())
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        self.alive()?;
        let done = self.write(batch).map_err(|fault| self.named(fault));
        if let Err(fault) = &done {
            self.dead = Some(fault.clone());
        } else if let Some(witness) = &self.witness {
            witness.tell(batch);
        }
        done
    }

    fn syncs(&self) -> u64 {
        self.syncs
    }

    fn batches(&self) -> u64 {
        self.number()
    }
}

fn key_of(bytes: &[u8]) -> Result<Key, StoreFault> {
    Key::from_bytes(bytes).ok_or_else(|| StoreFault::Damaged(String::from("a key of impossible length")))
}

fn engine(rows: &Path, setup: &Setup) -> Result<Database, fjall::Error> {
    Database::builder(rows)
        .cache_size(setup.cache_bytes)
        .worker_threads(ENGINE_THREADS)
        .max_journaling_size(JOURNAL_BYTES_MAX)
        .open()
}

/// Locks the folder for this process; the lock ends with the process, however it ends.
fn hold(dir: &Path) -> Result<File, StoreFault> {
    let file = File::create(dir.join("hold")).map_err(|e| io_fault("hold", &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreFault::Held),
        Err(TryLockError::Error(e)) => Err(io_fault("hold", &e)),
    }
}

/// Makes an empty store. The mark comes last: without it nothing was ever acknowledged, and a half made store is made anew.
fn make(dir: &Path, rows: &Path, setup: &Setup) -> Result<(), StoreFault> {
    let fault = |e: std::io::Error| io_fault("folder", &e);
    if rows.exists() {
        if survey(rows, Marked { link: Link::default(), both: true })?.last.is_some() || has_tables(rows) {
            return Err(StoreFault::Damaged(String::from("mark: missing")));
        }
        std::fs::remove_dir_all(rows).map_err(fault)?;
    }
    guarded(|| {
        let database = engine(rows, setup)?;
        database.keyspace(TABLES, || KeyspaceCreateOptions::default().max_memtable_size(setup.memtable_bytes))?;
        database.persist(PersistMode::SyncAll)
    })?;
    for folder in [rows.join("keyspaces").join("1"), rows.join("keyspaces"), rows.to_path_buf()] {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)?;
    }
    Mark::create(dir)
}

/// Rows of ours have become table files (the engine's own keyspace is number 0).
fn has_tables(rows: &Path) -> bool {
    let tables: PathBuf = rows.join("keyspaces").join("1").join("tables");
    std::fs::read_dir(tables).is_ok_and(|mut entries| entries.next().is_some())
}

fn stored_link(keyspace: &Keyspace) -> Result<Link, StoreFault> {
    match guarded(|| keyspace.get(CHAIN_KEY))? {
        None => Ok(Link::default()),
        Some(row) => {
            let (_, link) = Link::from_row(&row).ok_or_else(|| StoreFault::Damaged(String::from("chain row")))?;
            Ok(link)
        }
    }
}

/// Runs a call into the engine. Its panics (on damaged files, on its own bugs) are faults of the store, never of an input.
fn guarded<T>(call: impl FnOnce() -> Result<T, fjall::Error>) -> Result<T, StoreFault> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(done) => done.map_err(|e| engine_fault(&e)),
        Err(_) => Err(StoreFault::Damaged(String::from("the engine panicked"))),
    }
}

fn engine_fault(fault: &fjall::Error) -> StoreFault {
    match fault {
        fjall::Error::Locked => StoreFault::Held,
        fjall::Error::Io(e) | fjall::Error::Storage(fjall::LsmError::Io(e)) => io_fault("rows", e),
        fjall::Error::Poisoned => StoreFault::Io(String::from(IN_BACKGROUND)),
        other => StoreFault::Damaged(format!("rows: {other:?}")),
    }
}

/// What an error of the operating system means for the store.
pub fn io_fault(what: &str, e: &std::io::Error) -> StoreFault {
    use std::io::ErrorKind::{
        FileTooLarge, InvalidData, InvalidInput, NotFound, QuotaExceeded, StorageFull, UnexpectedEof,
    };
    match e.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => StoreFault::Full,
        // Of our own files: one is gone or short, or a damaged offset was asked of it.
        NotFound | UnexpectedEof | InvalidData | InvalidInput => StoreFault::Damaged(format!("{what}: {e}")),
        _ => StoreFault::Io(format!("{what}: {e}")),
    }
}

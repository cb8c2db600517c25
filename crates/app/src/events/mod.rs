//! Webhooks of the HTTP API: a merchant, or the acquirer's operations, subscribe to what happens to payments. What happened is read off
//! the acquirer's rows once they are durable, written into `events.jsonl`, and taken out by the couriers of the notices, one for each
//! subscription. No payment waits for any of it: what is not in the journal when the process dies is found in the rows at the next start.
//! Nor does one subscriber wait for another: no lock is held while a target, a courier's end or the acquirer is waited for.

mod book;
mod deliver;
mod doors;
mod exchange;
mod facts;
mod listed;
mod marks;
mod measure;
mod private;
mod proof;
mod sending;
mod target;
mod watch;

pub use doors::{no_webhook, router};
pub use facts::KINDS;
pub use target::OwnPorts;

use crate::archive::shelf::Shelf;
use crate::network::{keys, sample};
use crate::notices::{drive::Round, journal::wall_ms, spawn_behind};
use crate::say::End;
use book::{Book, Hooked, Proof, Side};
use deliver::Way;
use facts::Fact;
use measure::Measure;
use slipway_node::Clock;
use slipway_runtime::os::PacedClock;
use slipway_store::Witness;
use slipway_terms::{MerchantId, Moment};
use slipway_vault::{ApiKey, Random, SystemRandom};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The journal in the network's folder.
const JOURNAL: &str = "events.jsonl";
/// The folder of what each subscription's courier has written down.
const RECORDS: &str = "webhooks";
/// Commits that may wait to be read; what comes on top is found in the rows later.
const COMMITS_MAX: usize = 4_096;
/// What a courier that waits for an answer gets when it is stopped.
const GRACE: Duration = Duration::from_secs(3);

/// What the watcher is told.
#[derive(Debug)]
enum Seen {
    /// Rows as stored, by table, and when they were committed.
    Rows(Moment, Vec<(u8, Vec<u8>)>),
    /// Facts found in rows of before.
    Facts(Vec<Fact>),
    /// That somebody subscribed: what nobody wanted a moment ago may be theirs.
    Subscribed,
    /// That it is over.
    Stop,
}

/// How webhooks are sent.
#[derive(Clone, Debug)]
pub struct Ways {
    /// Private addresses may be named too.
    pub private: bool,
    /// Sample people are people.
    pub demo: bool,
    /// Whose certificates are believed (PEM).
    pub ca: PathBuf,
    /// Where none goes, whatever else is allowed.
    pub own: OwnPorts,
}

/// A courier's thread: what stops it, and what tells that it has ended.
type Running = (Sender<()>, Receiver<()>);

/// All subscriptions of a running network.
pub struct Events {
    dir: PathBuf,
    key: ApiKey,
    ways: Ways,
    clock: PacedClock,
    book: Arc<Book>,
    marks: watch::AllMarks,
    running: Mutex<BTreeMap<String, Running>>,
    measure: Mutex<Measure>,
    /// Somebody is subscribed, or was since the start.
    wanted: Arc<AtomicBool>,
    /// A commit was not read: the rows have to be looked through.
    missed: Arc<AtomicBool>,
    tell: SyncSender<Seen>,
    heard: Mutex<Option<Receiver<Seen>>>,
    watching: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("events")
    }
}

/// A lock whose holder panicked guards nothing half-made.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Events {
    /// Those of a network's folder; nothing runs yet.
    ///
    /// # Errors
    /// 3: the file of subscriptions cannot be read, or the vault has no token key.
    pub fn of(dir: &Path, ways: Ways, clock: PacedClock) -> Result<Self, End> {
        let key = keys::open(&dir.join("acquirer"))?
            .api_key(&sample::ACQUIRER)
            .map_err(|_| End::environment("密钥库没有收单行的令牌密钥", "the vault lacks the acquirer's token key"))?;
        let book = Book::of(dir)?;
        let mut all = BTreeMap::new();
        for one in book.open() {
            all.insert(one.id.clone(), Arc::new(marks::read(&marks_of(dir, &one.id))?));
        }
        let (tell, heard) = sync_channel(COMMITS_MAX);
        Ok(Self {
            dir: dir.to_owned(),
            key,
            ways,
            clock,
            wanted: Arc::new(AtomicBool::new(!book.open().is_empty())),
            book: Arc::new(book),
            marks: Arc::new(Mutex::new(all)),
            running: Mutex::default(),
            measure: Mutex::default(),
            missed: Arc::default(),
            tell,
            heard: Mutex::new(Some(heard)),
            watching: Mutex::default(),
        })
    }

    /// Who is told what the acquirer has made durable. It never waits.
    pub fn witness(&self) -> Witness {
        let (wanted, missed, tell) = (Arc::clone(&self.wanted), Arc::clone(&self.missed), self.tell.clone());
        let clock = self.clock;
        Witness::new(move |batch| {
            if !wanted.load(Ordering::SeqCst) {
                return;
            }
            let rows: Vec<_> = batch
                .puts
                .iter()
                .filter(|(key, _)| facts::SPACES.contains(&key.space()))
                .map(|(key, bytes)| (key.space(), bytes.clone()))
                .collect();
            if !rows.is_empty() && tell.try_send(Seen::Rows(clock.now(), rows)).is_err() {
                missed.store(true, Ordering::Relaxed);
            }
        })
    }

    /// Lets the watcher and all couriers run, and has the rows looked through for what was missed.
    ///
    /// # Errors
    /// 3: the folder cannot be written, or the system gives no thread.
    pub fn go(&self) -> Result<(), End> {
        private::folder(&self.dir.join(RECORDS))?;
        drop(private::open(&self.dir.join(JOURNAL))?);
        let heard = held(&self.heard).take();
        if let Some(heard) = heard {
            let journal = self.dir.join(JOURNAL);
            let watcher = watch::Watcher::of(&journal, Arc::clone(&self.book), Arc::clone(&self.marks))?;
            let thread = std::thread::Builder::new().name("events".into()).spawn(move || watcher.run(&heard))?;
            *held(&self.watching) = Some(thread);
        }
        for hooked in self.book.open() {
            // A webhook that cannot be sent stops no payment.
            if let Err(end) = self.round(&hooked).and_then(|round| self.run(&hooked, round)) {
                eprintln!("slipway: {}: {} / {}", hooked.id, end.text.zh, end.text.en);
            }
        }
        self.missed.store(self.wanted.load(Ordering::Relaxed), Ordering::Relaxed);
        Ok(())
    }

    /// Looks through the rows, if commits were missed: after every start, and when more came than could wait.
    pub fn catch_up(&self, shelf: &dyn Shelf) -> Result<(), End> {
        if !self.missed.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let since = self.book.open().iter().map(|one| one.made).min();
        let Some(since) = since else { return Ok(()) };
        let open: marks::Marks = held(&self.marks).values().flat_map(|marks| marks.iter().copied()).collect();
        let done = watch::every(shelf, since, &open, &mut |facts| {
            // It waits for the watcher: nobody's payment is behind this.
            let _ = self.tell.send(Seen::Facts(facts));
        });
        done.inspect_err(|_| self.missed.store(true, Ordering::Relaxed))
    }

    /// A courier's round. It begins at the end of the journal, before anything new is written for it.
    fn round(&self, hooked: &Hooked) -> Result<Round, End> {
        let round = deliver::round(&self.dir, hooked, self.way(hooked)?);
        Round::begin(&round)?;
        drop(private::open(&round.record)?);
        Ok(round)
    }

    fn way(&self, hooked: &Hooked) -> Result<Way, End> {
        Way::of(&self.dir, hooked, &self.book, &self.key, (&self.ways, self.clock))
    }

    /// Sends a challenge now, if the subscription is not proved: as it is then, or why not.
    fn prove(&self, hooked: &Hooked) -> Result<Result<Hooked, String>, End> {
        Ok(proof::prove(&self.way(hooked)?))
    }

    /// Lets its courier run, behind the proof that the address is its subscriber's.
    fn run(&self, hooked: &Hooked, round: Round) -> Result<(), End> {
        let (id, way) = (&hooked.id, self.way(hooked)?);
        let behind = spawn_behind(format!("webhook-{id}"), move |stop| proof::until_proved(&way, stop), round)?;
        let old = held(&self.running).insert(id.clone(), behind);
        debug_assert!(old.is_none(), "one courier for a subscription");
        Ok(())
    }

    /// Stops everything; what is under way gets a little time.
    pub fn stop(&self) {
        let _ = self.tell.send(Seen::Stop);
        let watching = held(&self.watching).take();
        if let Some(thread) = watching {
            let _ = thread.join();
        }
        let running = std::mem::take(&mut *held(&self.running));
        let ended: Vec<Receiver<()>> = running.into_values().map(|(_, ended)| ended).collect();
        for courier in ended {
            let _ = courier.recv_timeout(GRACE);
        }
    }

    /// A new subscription; its key is told to whoever made it. `shelf`: the acquirer's rows, for what stands open now.
    fn subscribe(&self, shelf: &dyn Shelf, wish: Wish) -> Result<Hooked, End> {
        target::judged(&wish.url, self.ways.private, &self.ways.own)?;
        let events = &wish.events;
        if events.is_empty() || events.len() > facts::KINDS.len() || !events.iter().all(|word| book::is_kind(word)) {
            return Err(End::usage(
                "events 须为事件名，如 payment.approved、refund.* 或 *",
                "`events` are names of events, such as payment.approved, refund.* or *",
            ));
        }
        let mut bytes = [0; 8];
        SystemRandom.fill(&mut bytes).map_err(|_| End::environment("没有随机源", "no source of random numbers"))?;
        let id = format!("w{}", slipway_iso8583::hex(&bytes).to_lowercase());
        // First it is listened, then the time is taken, then it is looked what stands open: what is committed after that look was
        // heard, and what was so before it is of before.
        self.wanted.store(true, Ordering::SeqCst);
        let made = self.clock.now();
        let open = marks::now(shelf)?;
        let Wish { merchant, url, events, side, who } = wish;
        let side = Some(side);
        let hooked =
            Hooked { id, merchant, url, events, side, who, made, turn: 1, two: false, ended: None, proof: Proof::Open };
        let mut round = None;
        let file = marks_of(&self.dir, &hooked.id);
        let added = self.book.add(hooked.clone(), || {
            marks::write(&file, &open)?;
            round = Some(self.round(&hooked)?);
            held(&self.marks).insert(hooked.id.clone(), Arc::new(open));
            Ok(())
        });
        if let Err(end) = added {
            self.forget(&hooked.id);
            return Err(end);
        }
        if let Some(round) = round
            && let Err(end) = self.run(&hooked, round)
        {
            self.change(&hooked, |one| one.ended = Some(made))?;
            return Err(end);
        }
        if self.tell.try_send(Seen::Subscribed).is_err() {
            self.missed.store(true, Ordering::Relaxed);
        }
        Ok(hooked)
    }

    /// Whether an event, or a challenge, may be sent again now; else in so many seconds.
    fn may_redeliver(&self, id: &str) -> Result<(), i64> {
        held(&self.measure).ask(id, wall_ms())
    }

    fn forget(&self, id: &str) {
        held(&self.marks).remove(id);
        let _ = std::fs::remove_file(marks_of(&self.dir, id));
    }

    /// Changes an open subscription, if it is still as it was seen. Its courier sees the change with the next message; the courier of
    /// one that was ended stops after the message it is at, and nobody waits for that.
    fn change(&self, seen: &Hooked, change: impl FnOnce(&mut Hooked)) -> Result<Option<Hooked>, End> {
        let changed = self.book.change(seen, change)?;
        if let Some(ended) = changed.as_ref().filter(|one| one.ended.is_some()) {
            drop(held(&self.running).remove(&ended.id));
            self.forget(&ended.id);
        }
        Ok(changed)
    }
}

/// What somebody subscribes to.
struct Wish {
    merchant: Option<MerchantId>,
    url: String,
    events: Vec<String>,
    side: Side,
    who: String,
}

/// Where a subscription's marks are written down.
fn marks_of(dir: &Path, id: &str) -> PathBuf {
    dir.join(RECORDS).join(format!("{id}.open"))
}

//! Webhooks of the HTTP API: a merchant, or the acquirer's operations, subscribe to what happens to payments. What happened is read off
//! the acquirer's rows once they are durable, written into `events.jsonl`, and taken out by the couriers of the notices, one for each
//! subscription. No payment waits for any of it: what is not in the journal when the process dies is found in the rows at the next start.

mod book;
mod deliver;
mod doors;
mod facts;
mod listed;
mod target;
mod watch;

pub use doors::router;
pub use facts::KINDS;

use crate::archive::shelf::Shelf;
use crate::network::{keys, sample};
use crate::notices::{drive::Round, spawn};
use crate::say::End;
use book::{Book, Hooked};
use facts::Fact;
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
    /// Rows as stored, by table.
    Rows(Vec<(u8, Vec<u8>)>),
    /// Facts found in rows of before.
    Facts(Vec<Fact>),
    /// That it is over.
    Stop,
}

/// How webhooks are sent.
#[derive(Clone, Debug)]
pub struct Ways {
    /// Private addresses may be named too.
    pub private: bool,
    /// Whose certificates are believed (PEM).
    pub ca: PathBuf,
}

/// All subscriptions of a running network.
pub struct Events {
    dir: PathBuf,
    key: ApiKey,
    ways: Ways,
    state: Arc<Mutex<State>>,
    /// Somebody is subscribed.
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

struct State {
    book: Book,
    running: BTreeMap<String, (Sender<()>, Receiver<()>)>,
}

impl Events {
    /// Those of a network's folder; nothing runs yet.
    ///
    /// # Errors
    /// 3: the file of subscriptions cannot be read, or the vault has no token key.
    pub fn of(dir: &Path, ways: Ways) -> Result<Self, End> {
        let key = keys::open(&dir.join("acquirer"))?
            .api_key(&sample::ACQUIRER)
            .map_err(|_| End::environment("密钥库没有收单行的令牌密钥", "the vault lacks the acquirer's token key"))?;
        let book = Book::of(dir)?;
        let wanted = Arc::new(AtomicBool::new(book.open().next().is_some()));
        let (tell, heard) = sync_channel(COMMITS_MAX);
        let state = Arc::new(Mutex::new(State { book, running: BTreeMap::new() }));
        Ok(Self {
            dir: dir.to_owned(),
            key,
            ways,
            state,
            wanted,
            missed: Arc::default(),
            tell,
            heard: Mutex::new(Some(heard)),
            watching: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is told what the acquirer has made durable. It never waits.
    pub fn witness(&self) -> Witness {
        let (wanted, missed, tell) = (Arc::clone(&self.wanted), Arc::clone(&self.missed), self.tell.clone());
        Witness::new(move |batch| {
            if !wanted.load(Ordering::Relaxed) {
                return;
            }
            let rows: Vec<_> = batch
                .puts
                .iter()
                .filter(|(key, _)| facts::SPACES.contains(&key.space()))
                .map(|(key, bytes)| (key.space(), bytes.clone()))
                .collect();
            if !rows.is_empty() && tell.try_send(Seen::Rows(rows)).is_err() {
                missed.store(true, Ordering::Relaxed);
            }
        })
    }

    /// Lets the watcher and all couriers run, and has the rows looked through for what was missed.
    ///
    /// # Errors
    /// 3: the folder cannot be written, or the system gives no thread.
    pub fn go(&self) -> Result<(), End> {
        std::fs::create_dir_all(self.dir.join(RECORDS))?;
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(heard) = heard {
            let watcher = watch::Watcher::of(&self.dir.join(JOURNAL), Arc::clone(&self.state))?;
            let thread = std::thread::Builder::new().name("events".into()).spawn(move || watcher.run(&heard))?;
            *self.watching.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        }
        let mut state = self.state();
        let open: Vec<Hooked> = state.book.open().cloned().collect();
        for hooked in open {
            // A webhook that cannot be sent stops no payment.
            if let Err(end) = self.begin(&mut state, &hooked) {
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
        let since = self.state().book.open().map(|one| one.made).min();
        let Some(since) = since else { return Ok(()) };
        let done = watch::every(shelf, since, &mut |facts| {
            // It waits for the watcher: nobody's payment is behind this.
            let _ = self.tell.send(Seen::Facts(facts));
        });
        done.inspect_err(|_| self.missed.store(true, Ordering::Relaxed))
    }

    fn begin(&self, state: &mut State, hooked: &Hooked) -> Result<(), End> {
        let round = deliver::round(&self.dir, hooked, &self.key, &self.ways)?;
        Round::begin(&round)?;
        let old = state.running.insert(hooked.id.clone(), spawn(format!("webhook-{}", hooked.id), round)?);
        debug_assert!(old.is_none(), "one courier for a subscription");
        Ok(())
    }

    fn end(state: &mut State, id: &str) {
        if let Some((stop, ended)) = state.running.remove(id) {
            drop(stop);
            let _ = ended.recv_timeout(GRACE);
        }
    }

    /// Stops everything; what is under way gets a little time.
    pub fn stop(&self) {
        let _ = self.tell.send(Seen::Stop);
        if let Some(thread) = self.watching.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
        let running = std::mem::take(&mut self.state().running);
        let ended: Vec<Receiver<()>> = running.into_values().map(|(_, ended)| ended).collect();
        for courier in ended {
            let _ = courier.recv_timeout(GRACE);
        }
    }

    /// A new subscription; its key is told to whoever made it.
    fn subscribe(
        &self,
        merchant: Option<MerchantId>,
        url: &str,
        events: Vec<String>,
        who: &str,
        now: Moment,
    ) -> Result<Hooked, End> {
        target::judged(url, self.ways.private)?;
        if events.is_empty() || events.len() > facts::KINDS.len() || !events.iter().all(|word| book::is_kind(word)) {
            return Err(End::usage(
                "events 须为事件名，如 payment.approved、refund.* 或 *",
                "`events` are names of events, such as payment.approved, refund.* or *",
            ));
        }
        let mut bytes = [0; 8];
        SystemRandom.fill(&mut bytes).map_err(|_| End::environment("没有随机源", "no source of random numbers"))?;
        let id = format!("w{}", slipway_iso8583::hex(&bytes).to_lowercase());
        let mut state = self.state();
        let mine = state.book.open().filter(|one| one.merchant == merchant).count();
        if mine >= book::EACH_MAX || state.book.open().count() >= book::OPEN_MAX {
            return Err(End::usage(
                "推送订阅已满：请先结束一个",
                "there are as many subscriptions as there may be: end one first",
            ));
        }
        let hooked = Hooked {
            id,
            merchant,
            url: url.to_owned(),
            events,
            who: who.to_owned(),
            made: now,
            turn: 1,
            two: false,
            ended: None,
        };
        // Its courier begins at the end of the journal before anything new is written for it.
        self.begin(&mut state, &hooked)?;
        if let Err(end) = state.book.add(hooked.clone()) {
            Self::end(&mut state, &hooked.id);
            return Err(end);
        }
        self.wanted.store(true, Ordering::Relaxed);
        Ok(hooked)
    }

    /// Changes an open subscription and lets its courier go on with what it is now.
    fn change(&self, id: &str, change: impl FnOnce(&mut Hooked)) -> Result<Option<Hooked>, End> {
        let mut state = self.state();
        state.book.change(id, change)?;
        Self::end(&mut state, id);
        let hooked = state.book.get(id).cloned();
        if let Some(hooked) = hooked.as_ref().filter(|one| one.ended.is_none()) {
            self.begin(&mut state, hooked)?;
        }
        self.wanted.store(state.book.open().next().is_some(), Ordering::Relaxed);
        Ok(hooked)
    }
}

//! Watches commits from outside their thread: one that does not come back within the limit ends the process loudly, for
//! nothing may be acknowledged any more and a hung engine never says so itself.

use slipway_node::limits::COMMIT_MS_MAX;
use slipway_runtime::os::PacedClock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

type Watched = (String, Arc<AtomicU64>, PacedClock);

static WATCH: OnceLock<Option<Mutex<Sender<Watched>>>> = OnceLock::new();

/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);

/// Watches one store: `since` is the clock's nanoseconds at the beginning of the commit that runs, 0 while none does.
pub fn watch(name: String, since: Arc<AtomicU64>, clock: PacedClock) {
    let sender = WATCH.get_or_init(|| {
        let (tell, told) = channel::<Watched>();
        let looking = std::thread::Builder::new().name("watchdog".into()).spawn(move || {
            let mut all: Vec<Watched> = Vec::new();
            loop {
                match told.recv_timeout(LOOK) {
                    Ok(one) => all.push(one),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                // A store that is gone is held by nobody else.
                all.retain(|(_, since, _)| Arc::strong_count(since) > 1);
                all.iter().for_each(look);
            }
        });
        looking.ok().map(|_| Mutex::new(tell))
    });
    if let Some(Ok(sender)) = sender.as_ref().map(Mutex::lock) {
        let _ = sender.send((name, since, clock));
    }
}

fn look((name, since, clock): &Watched) {
    let began = since.load(Ordering::Relaxed);
    let ms = clock.nanos().saturating_sub(began) / 1_000_000;
    if began > 0 && ms > COMMIT_MS_MAX {
        eprintln!(
            "slipway: {name}: 提交{ms}毫秒未返回，进程中止；未提交的都未答复，重启即可恢复 / \
             a commit has not returned for {ms} ms: the process ends; nothing uncommitted was answered, start it again"
        );
        std::process::abort();
    }
}

//! How cardholders hear of their notices: the journal of an issuer, and a courier for each way into the world. The issuer knows
//! nothing of them: its outbox entry ends when the journal's line is durable, and no payment ever waits for a sink.

mod addresses;
pub mod courier;
pub mod drive;
pub mod journal;
mod mail;
pub mod record;
mod settings;
pub mod sink;
mod smpp;
mod token;
mod told;
pub mod webhook;

pub use addresses::host;
pub use journal::Said;
pub use settings::{EXAMPLE, Settings, of_folder};
pub use told::{NoticesArgs, Standing, notices, standings};

use crate::say::End;
use addresses::{Addresses, OneWay, Way};
use courier::Patience;
use drive::Round;
use sink::Sink;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// The journal in the folder of whoever writes it.
pub const JOURNAL: &str = "notices.jsonl";
/// The folder beside it: what each sink has written down.
const RECORDS: &str = "notices";
/// What a sink that is waiting for an answer gets when everything stops. What it has not written down by then is said again.
const GRACE: Duration = Duration::from_secs(3);

/// The couriers of one journal, set up and not yet running. Made before any payment is taken, so that none is missed; they run
/// once the party runs, for then nobody else does on the same folder.
#[derive(Default)]
pub struct Ready {
    rounds: Vec<(&'static str, Round)>,
}

/// The couriers of one journal, as running threads.
pub struct Couriers {
    running: Vec<(Sender<()>, Receiver<()>)>,
}

impl Ready {
    /// One for each sink that is set up. `home`: the folder with the journal; files of the settings are looked for there.
    ///
    /// # Errors
    /// 2: a setting or one of its files is not right. 3: the folder cannot be written.
    pub fn new(settings: Option<&Settings>, home: &Path) -> Result<Self, End> {
        let mut ready = Self::default();
        // A home that is not there is its party's to report.
        let Some(settings) = settings.filter(|_| home.is_dir()) else { return Ok(ready) };
        let mut sinks: Vec<(&'static str, Way, String, Box<dyn Sink>)> = Vec::new();
        if let Some(hook) = &settings.webhook {
            sinks.push(("webhook", Way::Webhook, hook.url.clone(), Box::new(webhook::Hook::new(hook, home)?)));
        }
        if let Some(centre) = &settings.smpp {
            sinks.push(("smpp", Way::Smpp, String::new(), Box::new(smpp::Centre::new(centre, home)?)));
        }
        if let Some(post) = &settings.mail {
            sinks.push(("mail", Way::Mail, String::new(), Box::new(mail::Post::new(post, home)?)));
        }
        std::fs::create_dir_all(home.join(RECORDS))?;
        let hour_ms = 3_600_000;
        let patience = Patience {
            first_ms: settings.retry_first_ms.max(1).into(),
            max_ms: i64::from(settings.retry_max_s.max(1)) * 1_000,
            give_up_ms: settings.give_up_hours.map(|hours| i64::from(hours) * hour_ms),
        };
        for (name, way, hook, sink) in sinks {
            let addresses = Addresses::read(&home.join(&settings.addresses))?;
            let (journal, record) = (home.join(JOURNAL), home.join(RECORDS).join(format!("{name}.jsonl")));
            let readers = Box::new(OneWay { way, hook, addresses });
            let round = Round { journal, record, patience, readers, sink, clock: None };
            round.begin()?;
            ready.rounds.push((name, round));
        }
        Ok(ready)
    }

    /// Lets them run.
    ///
    /// # Errors
    /// 3: the system gives no thread.
    pub fn go(self) -> Result<Couriers, End> {
        let running = self.rounds.into_iter().map(|(name, round)| spawn(name, round)).collect::<Result<_, End>>()?;
        Ok(Couriers { running })
    }
}

impl Couriers {
    /// Stops all, and waits a little for what is under way.
    pub fn stop(self) {
        let ended: Vec<Receiver<()>> = self.running.into_iter().map(|(_, ended)| ended).collect();
        for courier in ended {
            let _ = courier.recv_timeout(GRACE);
        }
    }
}

/// A courier's thread: ends when the sender is dropped; the receiver hears of its end.
pub fn spawn(name: impl Into<String>, round: Round) -> Result<(Sender<()>, Receiver<()>), End> {
    spawn_behind(name, |_| true, round)
}

/// The same of one that goes out only when what is in front of it has come to a yes.
pub fn spawn_behind(
    name: impl Into<String>,
    front: impl FnOnce(&Receiver<()>) -> bool + Send + 'static,
    round: Round,
) -> Result<(Sender<()>, Receiver<()>), End> {
    let (stop, stopped) = channel();
    let (end, ended) = channel();
    let name = name.into();
    let thread = format!("notices-{name}");
    let run = move || {
        if front(&stopped)
            && let Err(error) = round.run(&stopped)
        {
            eprintln!(
                "slipway: 通知渠道 {name} 已停止（{error}）：通知仍在日志中，排除故障并重启后继续 / the sink {name} has stopped ({error}): notices are kept and go out after a restart"
            );
        }
        drop(end);
    };
    std::thread::Builder::new().name(thread).spawn(run)?;
    Ok((stop, ended))
}

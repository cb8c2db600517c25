//! `slipway up`: the whole network, kept in a folder.

mod ready;
mod secrets;

use ready::tell;
pub use ready::{cards_json, outside_json, own_json};
pub use secrets::{Secrets, outside_keys, token};

use crate::archive::door::Pages;
use crate::archive::expiry;
use crate::archive::settings::Settings;
use crate::clearing::daily::Daily;
use crate::desk::{BANK, Running};
use crate::doctor::UpPorts;
use crate::events::{Events, OwnPorts, Ways};
use crate::http::{Live, router};
use crate::inquiry::{Callers, Log};
use crate::network::power::Power;
use crate::network::schemes::Schemes;
use crate::network::{self, Hosts, Phones, Plan, Wiring, clock_mark, sample, slips};
use crate::notices::{JOURNAL, Ready, of_folder};
use crate::ops::Ops;
use crate::people::book;
use crate::portal::Orders;
use crate::say::{End, Say};
use crate::signin::Front;
use crate::support::{Proposals, Support};
use crate::theatre::{self, Opened, Terminals, Wired};
use crate::tills::{Door, Screens, Tills};
use crate::told::Told;
use crate::web::guard::Site;
use crate::web::idempotency::Idempotency;
use crate::web::serve;
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `up`.
#[derive(clap::Args)]
pub struct UpArgs {
    /// Where the network is kept; made if it is new.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
    /// The local port for metrics, trace and (with --demo) the terminals' keys.
    #[arg(long, default_value = "127.0.0.1:7880")]
    http: SocketAddr,
    /// The acquirer's port for terminals (0: any).
    #[arg(long, default_value_t = 7800)]
    acquirer_port: u16,
    /// The switch's port for members (0: any).
    #[arg(long, default_value_t = 7801)]
    switch_port: u16,
    /// Published operator passwords and card PINs (without it they are made for the network and shown once); the local port
    /// then wants no token.
    #[arg(long)]
    demo: bool,
    /// How many times faster than the wall the network's clock runs: real, fast (100), or 1 to 100.
    #[arg(long, default_value = "real", value_parser = crate::window::pace)]
    pace: u32,
    /// Key schemes of the own terminals of a new network, in turn: tdes, tdes+track, sm4, sm4+track, dukpt-tdes, dukpt-aes.
    #[arg(long, default_value = "tdes", value_parser = Schemes::parse)]
    schemes: Schemes,
    /// The address that people type when a server that speaks TLS stands in front of the local port: https://desk.example.
    #[arg(long)]
    origin: Option<String>,
    /// Webhooks may go to private addresses, and to this machine over http (with --demo they may anyway).
    #[arg(long)]
    allow_private_webhooks: bool,
    /// Whose certificates are believed when a webhook is sent (PEM).
    #[arg(long, value_name = "FILE", default_value = "/etc/ssl/certs/ca-certificates.crt")]
    webhook_ca: PathBuf,
    /// A network printer (port 9100) for the slips of all own terminals, instead of files.
    #[arg(long)]
    printer: Option<SocketAddr>,
}

/// Own terminals of a network made by `up`.
const TERMINALS: usize = 4;
/// Sample debit cards per issuer.
const CARDS: usize = 20;
/// Terminals for programs from outside.
const OUTSIDE: usize = 4;

/// Runs until it is told to stop (SIGINT, SIGTERM).
pub fn run(args: &UpArgs, say: &Say) -> Result<(), End> {
    if args.demo && !args.http.ip().is_loopback() {
        return Err(End::usage("--demo 只能监听本机地址", "--demo listens on loopback only"));
    }
    site(args)?;
    let listener = network::bind_or(args.http, Some("--http"))?;
    std::fs::create_dir_all(&args.dir)?;
    let (clock, marks) = clock_mark::start(&args.dir, Pace(args.pace))?;
    let secrets = if args.demo { Secrets::sample() } else { Secrets::random()? };
    let outside = outside_keys(&args.dir)?;
    let plan = Plan {
        terminals: TERMINALS,
        outside,
        cards: CARDS,
        opening_fen: sample::OPENING_FEN,
        secrets,
        schemes: args.schemes.clone(),
    };
    let new = network::create_once(&args.dir, &plan, clock)?;
    let sinks = Ready::new(of_folder(&args.dir)?.as_ref(), &args.dir)?;
    let http = listener.local_addr()?;
    let (live, opened) = start(args, &plan, clock, http)?;
    let couriers = sinks.go()?;
    live.events.go()?;
    Running { pid: std::process::id(), http: http.to_string(), token: live.tills.door.token.clone() }
        .write(&args.dir)?;
    UpPorts { acquirer: live.hosts.acquirer_at, switch: live.hosts.switch_at, http }.leave(&args.dir);
    let live = Arc::new(live);
    let told = Told::listen()?;
    let desk = opened.map(|opened| theatre::watch(opened, &live)).transpose()?;
    tell(&live, &plan, new, http, args, say);
    let served = serve(&live, listener, &told);
    couriers.stop();
    live.events.stop();
    desk.into_iter().for_each(theatre::Desk::stop);
    say.progress(say.both("正在停止……", "stopping…"));
    let _ = std::fs::remove_file(args.dir.join("run.json"));
    match Arc::try_unwrap(live) {
        // A party that had stopped by itself is the reason of all that follows.
        Ok(live) => {
            let ended = live.bank.map_or(Ok(()), network::end).and(live.hosts.stop());
            marks.end();
            ended.and(served)
        }
        Err(_) => Err(End::environment("停止时仍有请求在处理", "a request was still being served while stopping")),
    }
}

fn site(args: &UpArgs) -> Result<Site, End> {
    Site::of(args.origin.as_deref())
        .ok_or_else(|| End::usage("--origin 写作 https://主机名", "--origin reads https://HOST, as people type it"))
}

fn start(args: &UpArgs, plan: &Plan, clock: PacedClock, http: SocketAddr) -> Result<(Live, Option<Opened>), End> {
    let own = OwnPorts::default();
    let (private, demo) = (args.demo || args.allow_private_webhooks, args.demo);
    let ways = Ways { private, demo, ca: args.webhook_ca.clone(), own: own.clone() };
    let events = Events::of(&args.dir, ways, clock)?;
    let mut wiring = Wiring::direct(args.acquirer_port, args.switch_port)?;
    wiring.witness = Some(events.witness());
    let mut wired = None;
    if args.demo {
        let (with_proxies, set) = Wired::of(&args.dir, clock, wiring)?;
        (wiring, wired) = (with_proxies, Some(set));
    }
    let [of_issuers, of_others] = wiring.switch_for_issuers;
    let listening = [wiring.acquirer.local_addr()?, wiring.switch.local_addr()?, http];
    let dialled = [wiring.switch_for_acquirer, of_issuers, of_others];
    let for_terminals = wired.as_ref().map(|wired| wired.for_terminals);
    listening.iter().chain(&dialled).chain(&for_terminals).for_each(|at| own.add(at.port()));
    let power = Power::of(&args.dir, clock, &wiring)?;
    let notices = args.dir.join(JOURNAL);
    let hosts = Hosts::start(&args.dir, clock, wiring, |_| Phones {
        file: Some(notices.clone()),
        also: wired.as_ref().map(Wired::phone),
    })?;
    let screens = Arc::new(Screens::default());
    let seats: Vec<_> = plan.seats().collect();
    let mut papers = slips::papers(&args.dir.join("slips"), &seats, args.printer)?;
    if let (Some(wired), None) = (&wired, args.printer) {
        wired.papers(&mut papers);
    }
    let watch = wired.as_ref().map_or_else(|| screens.watch(), |wired| wired.eyes(&screens));
    let acquirer = wired.as_ref().map_or(hosts.acquirer_at, |wired| wired.for_terminals);
    let bank = network::start_bank(&args.dir, BANK, &seats, clock, acquirer, papers.clone(), Some(watch))?;
    let tills = Tills {
        bank: Some(bank.hands()),
        seats: seats.iter().map(|(seat, _)| *seat).collect(),
        screens: Arc::clone(&screens),
        lines: BTreeMap::new(),
        pages: Settings::of(&args.dir)?.page_url,
        door: Door { token: token()?, demo: args.demo },
    };
    let opened = wired.map(|wired| {
        let terminals = Terminals { dir: args.dir.clone(), clock, seats, acquirer, papers, screens };
        wired.open(bank.hands(), power, terminals)
    });
    let (log, callers) = (Log::of(&args.dir)?, Callers::default());
    let (tills, dir, daily) = (Arc::new(tills), args.dir.clone(), Daily::new(&args.dir));
    let slip_pages = Pages::of(&args.dir, sample::ACQUIRER)?;
    let theatre = opened.as_ref().map(|opened| Arc::clone(&opened.theatre));
    let front = Front::of(&args.dir, args.demo, site(args)?, log.clone())?;
    if args.demo {
        book::sample(&front.book, sample::merchants().map(|merchant| merchant.id))?;
    }
    let (support, orders) = (Support::with(Proposals::of(&log)?), Orders::of(&log)?);
    let bank = Some(bank);
    let once = Idempotency::of(&args.dir, front.wall())?;
    let ops = Ops::of(&log)?;
    let live = Live {
        hosts,
        bank,
        clock,
        log,
        callers,
        tills,
        daily,
        pages: slip_pages,
        dir,
        theatre,
        front,
        support,
        orders,
        ops,
        once,
        events,
    };
    // What two persons have said and a crash has kept from happening: before anybody is let in.
    live.ops.again(&live);
    Ok((live, opened))
}

fn serve(live: &Arc<Live>, listener: std::net::TcpListener, told: &Told) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let asked = || stopped(Arc::clone(live), told.clone());
        tokio::select! {
            () = serve::serve(listener, router(Arc::clone(live)), asked()) => {}
            () = days(live) => {}
            () = operations(live) => {}
            // A client that never ends its request does not keep the network from stopping.
            () = async { asked().await; tokio::time::sleep(GRACE).await } => {}
        }
        Ok::<(), End>(())
    })
}

/// Looks now and then whether the switch has closed a day, and clears it.
async fn days(live: &Arc<Live>) {
    let mut look = tokio::time::interval(LOOK);
    let mut looked = None;
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let live = Arc::clone(live);
        // A look that fails tells its trouble itself, and the next one tries again.
        let today = live.clock.now().date();
        let over = looked.replace(today) != Some(today);
        let look = tokio::task::spawn_blocking(move || {
            let mut told = live.daily.tick(&live.hosts, live.clock.now());
            if let Err(end) = live.events.catch_up(&live.hosts.acquirer) {
                told.push(end.text);
            }
            if over && let Err(end) = expire(&live) {
                told.push(end.text);
            }
            told
        });
        for told in look.await.unwrap_or_default() {
            eprintln!("slipway: {} / {}", told.zh, told.en);
        }
    }
}

/// Samples for operations' charts, and approved orders whose house did not answer.
async fn operations(live: &Arc<Live>) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let live = Arc::clone(live);
        // A tick that panicked has taken nothing; the next one comes.
        let _ = tokio::task::spawn_blocking(move || live.ops.tick(&live)).await;
    }
}

/// Once a day: slips whose time is over are removed.
fn expire(live: &Live) -> Result<(), End> {
    let keeping = Settings::of(&live.dir)?.keeping;
    expiry::run(&live.hosts.acquirer, &live.dir, keeping, live.clock.now()).map(drop)
}

/// Between two looks at closed days.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// What requests under way get when the network stops.
const GRACE: std::time::Duration = std::time::Duration::from_secs(3);

/// Comes back on SIGINT or SIGTERM, or when a party has stopped by itself: a network with a dead party does not go on.
async fn stopped(live: Arc<Live>, told: Told) {
    let bank = async {
        match &live.bank {
            Some(bank) => bank.gone().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = told.to_end() => {}
        () = live.hosts.gone() => {}
        () = bank => {}
    }
    // A page's feed has no end of its own.
    if let Some(theatre) = &live.theatre {
        theatre.feed.close();
    }
}

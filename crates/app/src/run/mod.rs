//! `slipway run PARTY --config FILE`: one party as its own process. `slipway init` makes the network's folder and the
//! configurations; each party needs its own sub-folder only, and shares nothing but keys with the others.

mod config;
mod nightly;
mod port;
mod secure;

pub use config::{Layout, PARTIES, PartyConfig};
pub use secure::Tls;

use crate::archive::door::Pages;
use crate::inquiry::Log;
use crate::network::{Phones, begin, bind, end, open, sample, slips};
use crate::notices::Ready;
use crate::say::{End, Say};
use crate::tills::{Door, Screens, Tills};
use crate::told::Told;
use port::Alone;
use serde_json::json;
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::switch::SwitchRow;
use slipway_node::{Node, Peer, Rows};
use slipway_runtime::os::{Handle, LinkPlan, PartyPlan, Serves};
use slipway_terminal::TerminalRow;
use slipway_terms::TerminalId;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `run`.
#[derive(clap::Args)]
pub struct RunArgs {
    /// Which party.
    #[arg(value_parser = PARTIES)]
    party: String,
    /// Its configuration (TOML).
    #[arg(long)]
    config: Option<PathBuf>,
    /// Prints a commented default configuration and ends.
    #[arg(long)]
    print_config: bool,
}

/// Runs one party until SIGINT or SIGTERM.
pub fn run(args: &RunArgs, say: &Say) -> Result<(), End> {
    if args.print_config {
        say.line(Layout::example().config(&args.party));
        return Ok(());
    }
    let path = args.config.as_ref();
    let path = path.ok_or_else(|| End::usage("请给出 --config 文件", "give a --config FILE (see --print-config)"))?;
    let config = PartyConfig::read(path)?;
    config.is_of(&args.party)?;
    let sinks = Ready::new(config.notices.as_ref(), &config.home(&args.party))?;
    let started = start(&args.party, &config)?;
    let couriers = sinks.go()?;
    let http = started.http.as_ref().map(TcpListener::local_addr).transpose()?;
    if let Some(listener) = &started.http {
        port::announce(&started.alone, listener, &config.home(&args.party))?;
    }
    let told = Told::listen()?;
    if say.json {
        let (listen, http) = (config.listen.map(|at| at.to_string()), http.map(|at| at.to_string()));
        say.document(&json!({"ready": true, "party": args.party, "listen": listen, "http": http}));
    } else {
        say.line(format!("{} {}", args.party, say.both("已启动", "is up")));
    }
    let alone = Arc::new(started.alone);
    let waited = match started.http {
        Some(listener) => port::serve(&alone, listener, &config.home(&args.party), &told),
        None => wait(&alone, &told),
    };
    couriers.stop();
    match Arc::try_unwrap(alone) {
        // That it had stopped by itself is the reason of all that follows.
        Ok(alone) => end(alone.party).and(waited),
        Err(_) => Err(End::environment("停止时仍有请求在处理", "a request was still being served while stopping")),
    }
}

/// A party that runs, and the port that it will serve.
struct Started {
    alone: Alone,
    http: Option<TcpListener>,
}

fn start(name: &str, config: &PartyConfig) -> Result<Started, End> {
    let home = config.home(name);
    if !home.is_dir() {
        let home = home.display();
        return Err(End::usage(
            format!("没有目录 {home}：请先执行 slipway init，或改正配置中的 dir"),
            format!("there is no folder {home}: run slipway init first, or correct `dir` in the configuration"),
        ));
    }
    let http = config.http.map(bind).transpose()?;
    let clock = config.clock()?;
    let dir = &config.dir;
    let mut plan = PartyPlan {
        name: name.into(),
        own: None,
        clock,
        links: Vec::new(),
        papers: BTreeMap::new(),
        notifier: None,
        watch: None,
    };
    let screens = Arc::new(Screens::default());
    let mut seats: Vec<(TerminalId, usize)> = Vec::new();
    let mut lines = BTreeMap::new();
    let (party, queues) = match name {
        "acquirer" => {
            plan.own = Some(sample::ACQUIRER);
            plan.links = vec![listen(name, config, Serves::Terminals)?, dial(name, config)?];
            (party(plan, open::acquirer(dir, clock, config.times)?)?, queues::<AcquirerRow>())
        }
        "switch" => {
            plan.own = Some(sample::SWITCH);
            plan.links = vec![listen(name, config, Serves::Members)?];
            (party(plan, open::switch(dir, clock, config.times)?)?, queues::<SwitchRow>())
        }
        "terminals" => {
            seats = (1..=config.terminals.max(1)).map(|index| (sample::terminal(index), index)).collect();
            let way = config.way(name)?;
            lines = config.sim_lines(clock)?;
            for (seat, _) in &seats {
                let way = secure::over(&way, lines.get(seat));
                plan.links.push(LinkPlan::Dial { peer: Peer::Host(*seat), way, links: config.links });
            }
            plan.papers = slips::papers(&home.join("slips"), &seats, config.printer)?;
            plan.watch = config.http.map(|_| screens.watch());
            let bank = open::bank(dir, crate::desk::BANK, &seats, clock, None)?;
            (party(plan, bank)?, queues::<TerminalRow>())
        }
        issuer => {
            let index = usize::from(issuer == "issuer2");
            plan.own = Some([sample::ISSUER_1, sample::ISSUER_2][index]);
            plan.links = vec![dial(name, config)?];
            plan.notifier = Some(Box::new(Phones { file: Some(home.join(crate::notices::JOURNAL)), also: None }));
            (party(plan, open::issuer(dir, index, clock)?)?, queues::<IssuerRow>())
        }
    };
    let bank = (!seats.is_empty()).then(|| party.hands());
    let seats = seats.into_iter().map(|(seat, _)| seat).collect();
    let pages = crate::archive::settings::Settings::of(dir)?.page_url;
    let door = Door { token: crate::up::token()?, demo: false };
    let tills = Arc::new(Tills { bank, seats, screens, lines, pages, door });
    let member = match name {
        "acquirer" => Some((sample::ACQUIRER, true)),
        "issuer1" => Some((sample::ISSUER_1, false)),
        "issuer2" => Some((sample::ISSUER_2, false)),
        _ => None,
    };
    let slip_pages = (name == "acquirer").then(|| Pages::of(dir, sample::ACQUIRER)).transpose()?;
    let log = slip_pages.is_some().then(|| Log::of(dir)).transpose()?;
    let (is_switch, network) = (name == "switch", config.dir.clone());
    let nightly = nightly::Nightly::default();
    Ok(Started {
        alone: Alone { is_switch, party, queues, member, network, clock, nightly, pages: slip_pages, log, tills },
        http,
    })
}

/// The tables of what waits. The clock of a batch that is not settled yet is none: it runs for a day, and no money waits for it. What is
/// undecided stands in another queue, or in the outbox, already.
fn queues<R: Rows>() -> Vec<u8> {
    let waits = |name| !matches!(name, "unsettled" | "undecided");
    R::SPACES.iter().filter(|space| space.queue && waits(space.name)).map(|space| space.byte).collect()
}

fn party<N: Node + Send + 'static>(plan: PartyPlan, opening: open::Opening<N>) -> Result<Handle, End>
where
    N::Timer: 'static,
{
    begin(plan, move || opening.open())
}

fn listen(party: &str, config: &PartyConfig, serves: Serves) -> Result<LinkPlan, End> {
    let addr = config.listen.ok_or_else(|| End::usage("配置缺少 listen", "the configuration lacks `listen`"))?;
    let tls = config.listener(party)?;
    Ok(LinkPlan::Listen { listener: bind(addr)?, serves, tls })
}

fn dial(party: &str, config: &PartyConfig) -> Result<LinkPlan, End> {
    Ok(LinkPlan::Dial { peer: Peer::Switch, way: config.way(party)?, links: config.links })
}

/// Waits for a signal, or for the party to stop by itself.
fn wait(alone: &Arc<Alone>, told: &Told) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            () = stopped(&alone.party, told) => {}
            () = nightly::nights(alone) => {}
        }
    });
    Ok(())
}

/// Comes back on SIGINT or SIGTERM, or when the party has stopped by itself.
async fn stopped(party: &Handle, told: &Told) {
    tokio::select! {
        () = told.to_end() => {}
        // Stopped by itself: `stop` says why.
        () = party.gone() => {}
    }
}

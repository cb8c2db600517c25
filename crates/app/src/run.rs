//! `slipway run PARTY --config FILE`: one party as its own process. The folder comes from `slipway up`, copied to each
//! party's machine (a party reads its own sub-folder only).

use crate::network::{Phones, begin, bind, end, open, sample};
use crate::say::{End, Say};
use serde::{Deserialize, Serialize};
use slipway_hosts::times::Times;
use slipway_node::{Node, Peer};
use slipway_runtime::os::{Handle, LinkPlan, Pace, PacedClock, PaperOut, PartyPlan, Serves};
use slipway_terms::InstitutionId;
use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

/// Arguments of `run`.
#[derive(clap::Args)]
pub struct RunArgs {
    /// Which party.
    #[arg(value_parser = ["acquirer", "switch", "issuer1", "issuer2", "terminals"])]
    party: String,
    /// Its configuration (TOML).
    #[arg(long)]
    config: Option<PathBuf>,
    /// Prints a commented default configuration and ends.
    #[arg(long)]
    print_config: bool,
}

/// A party's configuration.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyConfig {
    /// The network's folder.
    dir: PathBuf,
    /// Acquirer and switch: where to listen.
    listen: Option<SocketAddr>,
    /// Acquirer, issuers: the switch. Terminals: the acquirer.
    dial: Option<String>,
    /// How many links to keep.
    #[serde(default = "one")]
    links: usize,
    /// Terminals: how many of the folder's terminals run here.
    #[serde(default)]
    terminals: usize,
    /// Terminals: a network printer (port 9100); slips go to files without one.
    printer: Option<SocketAddr>,
    /// Acquirer and switch: the network's timers, where they differ from the defaults.
    #[serde(default)]
    times: Times,
}

const fn one() -> usize {
    1
}

fn default_config(party: &str) -> String {
    let (listen, dial, extra) = match party {
        "acquirer" => (
            "listen = \"0.0.0.0:7800\"   # terminals call here 终端接入\n",
            "dial = \"127.0.0.1:7801\"    # the switch 交换中心\nlinks = 2\n",
            "",
        ),
        "switch" => ("listen = \"0.0.0.0:7801\"   # members call here 成员机构接入\n", "", ""),
        "terminals" => (
            "",
            "dial = \"127.0.0.1:7800\"    # the acquirer 收单行\n",
            "terminals = 4\n# printer = \"192.0.2.9:9100\"   # ESC/POS 网络打印机\n",
        ),
        _ => ("", "dial = \"127.0.0.1:7801\"    # the switch 交换中心\nlinks = 2\n", ""),
    };
    format!(
        "# slipway run {party} --config FILE\ndir = \"slipway-network\"      # made by slipway up; only {party}/ is read 网络目录\n{listen}{dial}{extra}"
    )
}

/// Runs one party until SIGINT or SIGTERM.
pub fn run(args: &RunArgs, say: &Say) -> Result<(), End> {
    if args.print_config {
        say.line(default_config(&args.party));
        return Ok(());
    }
    let path = args
        .config
        .as_ref()
        .ok_or_else(|| End::usage("请给出 --config 文件", "give a --config FILE (see --print-config)"))?;
    let text = std::fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        End::environment(format!("无法读取 {path}：{error}"), format!("cannot read {path}: {error}"))
    })?;
    let config: PartyConfig = toml::from_str(&text).map_err(|error| {
        let (path, what) = (path.display(), error.message());
        End::usage(format!("{path} 有误：{what}"), format!("{path} is not right: {what}"))
    })?;
    let party = start(&args.party, &config)?;
    say.line(format!("{} {}", args.party, say.both("已启动", "is up")));
    wait(&party)?;
    end(party)
}

fn start(name: &str, config: &PartyConfig) -> Result<Handle, End> {
    let clock = PacedClock::start(Pace::REAL);
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
    match name {
        "acquirer" => {
            plan.links = vec![listen(config, Serves::Terminals)?, dial(config, Peer::Switch)?];
            party(plan, Some(sample::ACQUIRER), open::acquirer(dir, clock, config.times)?)
        }
        "switch" => {
            plan.links = vec![listen(config, Serves::Members)?];
            party(plan, Some(sample::SWITCH), open::switch(dir, clock, config.times)?)
        }
        "terminals" => {
            let seats: Vec<_> = (1..=config.terminals.max(1)).map(|index| (sample::terminal(index), index)).collect();
            for (seat, _) in &seats {
                plan.links.push(dial(config, Peer::Host(*seat))?);
                let file = || PaperOut::File(dir.join(format!("{seat}.escpos")));
                plan.papers.insert(*seat, config.printer.map_or_else(file, PaperOut::Tcp));
            }
            party(plan, None, open::bank(dir, crate::desk::BANK, &seats, clock, Some(sample::OPERATOR_PASSWORD))?)
        }
        issuer => {
            let index = usize::from(issuer == "issuer2");
            plan.links = vec![dial(config, Peer::Switch)?];
            plan.notifier = Some(Box::new(Phones { file: Some(dir.join("notices.jsonl")), also: None }));
            party(plan, Some([sample::ISSUER_1, sample::ISSUER_2][index]), open::issuer(dir, index, clock)?)
        }
    }
}

fn party<N: Node + Send + 'static>(
    mut plan: PartyPlan,
    own: Option<InstitutionId>,
    opening: open::Opening<N>,
) -> Result<Handle, End>
where
    N::Timer: 'static,
{
    plan.own = own;
    begin(plan, move || opening.open())
}

fn listen(config: &PartyConfig, serves: Serves) -> Result<LinkPlan, End> {
    let addr = config.listen.ok_or_else(|| End::usage("配置缺少 listen", "the configuration lacks `listen`"))?;
    Ok(LinkPlan::Listen { listener: bind(addr)?, serves })
}

fn dial(config: &PartyConfig, peer: Peer) -> Result<LinkPlan, End> {
    let missing = || {
        End::usage("配置缺少 dial 或其地址无法解析", "the configuration lacks `dial`, or its address does not resolve")
    };
    let addr = config.dial.as_ref().and_then(|name| name.to_socket_addrs().ok()?.next()).ok_or_else(missing)?;
    Ok(LinkPlan::Dial { peer, addr, links: config.links })
}

/// Waits for a signal, or for the party to stop by itself.
fn wait(party: &Handle) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => Ok(()),
            _ = term.recv() => Ok(()),
            // Stopped by itself: `stop` says why.
            () = party.gone() => Ok(()),
        }
    })
}

//! `slipway init`: makes a network's folder and one configuration per party, for parties that run as processes of their own.

use crate::certificates;
use crate::network::schemes::Schemes;
use crate::network::{self, Plan, sample};
use crate::run::{Layout, PARTIES, PartyConfig};
use crate::say::{End, Say};
use crate::up::{self, Secrets};
use serde_json::{Value, json};
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Arguments of `init`.
#[derive(clap::Args)]
pub struct InitArgs {
    /// Where the network is kept; made if it is new, else only its configurations are written.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
    /// Where the acquirer listens for terminals.
    #[arg(long, default_value = "127.0.0.1:7800")]
    acquirer: SocketAddr,
    /// Where the switch listens for members.
    #[arg(long, default_value = "127.0.0.1:7801")]
    switch: SocketAddr,
    /// The acquirer's local port; switch, issuers and terminals take the next four.
    #[arg(long, default_value = "127.0.0.1:7810")]
    http: SocketAddr,
    /// Own terminals of a new network.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=9999))]
    terminals: u32,
    /// Key schemes of the own terminals of a new network, in turn: tdes, tdes+track, sm4, sm4+track, dukpt-tdes, dukpt-aes.
    #[arg(long, default_value = "tdes", value_parser = Schemes::parse)]
    schemes: Schemes,
    /// Sample debit cards per issuer of a new network.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    cards: u32,
    /// How many times faster than the wall the network's clock runs.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pace: u32,
    /// Published operator passwords and card PINs; without it they are made for the network and shown once.
    #[arg(long)]
    demo: bool,
    /// Plain TCP between the parties instead of TLS 1.3: for tests that look into the lines.
    #[arg(long)]
    plain: bool,
}

/// Makes the folder and the configurations.
pub fn init(args: &InitArgs, say: &Say) -> Result<(), End> {
    std::fs::create_dir_all(&args.dir)?;
    let dir = std::fs::canonicalize(&args.dir)?;
    let clock = PacedClock::start(Pace::REAL);
    let secrets = if args.demo { Secrets::sample() } else { Secrets::random()? };
    let (terminals, cards) = (args.terminals as usize, args.cards as usize);
    let outside = up::outside_keys(&dir)?;
    let plan =
        Plan { terminals, outside, cards, opening_fen: sample::OPENING_FEN, secrets, schemes: args.schemes.clone() };
    let new = network::create_once(&dir, &plan, clock)?;
    let layout = Layout {
        dir: dir.clone(),
        acquirer: args.acquirer,
        switch: args.switch,
        http: Some(args.http),
        terminals,
        pace: pace(&dir, args.pace, new, clock)?,
        plain: args.plain,
    };
    certificates::make_missing(&dir, clock.now())?;
    for party in PARTIES {
        let file = dir.join(format!("{party}.toml"));
        std::fs::write(&file, layout.config(party))?;
    }
    tell(&layout, &plan, new, args.demo, say);
    Ok(())
}

/// The pace and since when. A network keeps the one it has run at: another clock would make its stored times wrong.
fn pace(dir: &Path, pace: u32, new: bool, clock: PacedClock) -> Result<Option<(u32, i64)>, End> {
    let before = dir.join("switch.toml");
    if new || !before.exists() {
        return Ok((pace > 1).then(|| (pace, clock.now().0)));
    }
    let kept = PartyConfig::read(&before)?;
    if kept.pace != pace {
        let kept = kept.pace;
        return Err(End::usage(
            format!("该网络的时钟倍速是 {kept}，不能改变：请用 --pace {kept}，或新建目录"),
            format!(
                "this network's clock runs at pace {kept} and cannot be changed: give --pace {kept}, or make a new folder"
            ),
        ));
    }
    Ok(kept.clock_since_ms.map(|since| (pace, since)))
}

fn tell(layout: &Layout, plan: &Plan, new: bool, demo: bool, say: &Say) {
    let file = |party: &str| layout.dir.join(format!("{party}.toml")).display().to_string();
    if say.json {
        let parties: Vec<Value> = PARTIES
            .iter()
            .map(|party| json!({"party": party, "config": file(party), "http": layout.http_of(party).map(|at| at.to_string())}))
            .collect();
        say.document(&json!({
            "new": new, "dir": layout.dir, "tls": !layout.plain, "acquirer": layout.acquirer.to_string(), "switch": layout.switch.to_string(),
            "parties": parties, "own_terminals": up::own_json(plan), "terminals": up::outside_json(plan, demo),
            "cards": up::cards_json(plan, new || demo), "operator": {"no": 1, "password": (new || demo).then_some(&plan.secrets.operator)},
        }));
        return;
    }
    say.line(say.strong(if new {
        say.both("网络已建立", "the network is made")
    } else {
        say.both("网络已存在，只重写了配置", "the network was there; only its configurations were written")
    }));
    for party in ["switch", "issuer1", "issuer2", "acquirer", "terminals"] {
        say.line(format!("  slipway run {party} --config {}", file(party)));
    }
    if layout.plain {
        say.line(say.both(
            "  明文 TCP：卡号会在线路上明文传输，仅供测试",
            "  plain TCP: card numbers cross the lines in the clear; for tests only",
        ));
    } else {
        say.line(say.both(
            "  各方之间用 TLS 1.3；ca/ca.key 能签发任何一方的证书，请离线保管",
            "  TLS 1.3 between the parties; ca/ca.key can make anybody's certificate: keep it off these machines",
        ));
    }
    if new || demo {
        let secrets = &plan.secrets;
        let (operator, pin) = (say.both("操作员", "operator"), say.both("卡密码", "card PIN"));
        say.line(format!("  {operator} 01 / {}   {pin} {}", secrets.operator, secrets.card_pin));
    }
    if new && !demo {
        say.line(say.both("  请记下：以上密码只显示这一次", "  write these down: they are shown this once"));
    }
}

//! A line, tried stage by stage: a party's own as its configuration says, one to an address, or a simulated one with a fault.
//! Connects and shakes hands, says nothing of its own, hangs up.

use super::{Finding, State};
use crate::explain;
use crate::run::{PARTIES, PartyConfig};
use crate::say::End;
use slipway_node::LineFault;
use slipway_runtime::os::{Pace, PacedClock, SimLine, Stack, Stage, Way};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

/// Tries the line `asked`: a party of the folder, HOST:PORT, or gprs, modem, ethernet or a fault's word.
pub fn try_line(dir: &Path, asked: &str) -> Result<Vec<Finding>, End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(line) = simulated(asked) {
        return runtime.block_on(played(&line, LineFault::of_word(asked)));
    }
    let way = if PARTIES.contains(&asked) {
        PartyConfig::read(&dir.join(format!("{asked}.toml")))?.way(asked)?
    } else if asked.contains(':') {
        Way::plain(asked)
    } else {
        return Err(End::usage(
            format!("“{asked}”：应为参与方、主机:端口，或线路故障（slipway explain 列出全部）"),
            format!("{asked:?}: give a party, HOST:PORT, or a line fault (slipway explain lists them)"),
        ));
    };
    let tls = if way.tls.is_some() { "TLS 1.3" } else { "TCP" };
    Ok(vec![match runtime.block_on(way.probe()) {
        Ok(()) => Finding::new(
            "line",
            State::Good,
            format!("{}：{tls} 已连通", way.to),
            format!("{}: {tls}, it stands", way.to),
        ),
        Err(fault) => told(fault),
    }])
}

fn told(fault: LineFault) -> Finding {
    let (zh, en) = explain::sentence(fault);
    Finding::new("line", State::Wrong, zh, en)
}

fn simulated(word: &str) -> Option<SimLine> {
    // Fast: a device that initialises for ever is given up after a minute.
    let clock = PacedClock::start(Pace::FAST);
    let fault = LineFault::of_word(word);
    let stack = Stack::of_word(word).or_else(|| fault.map(|_| Stack::Gprs))?;
    Some(SimLine::new(clock, stack, fault))
}

/// Plays a simulated line to a host of our own that only listens.
async fn played(line: &SimLine, armed: Option<LineFault>) -> Result<Vec<Finding>, End> {
    let host = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut found = Vec::new();
    let tell = |stage: Stage, fault: Option<LineFault>| {
        found.push(match fault {
            Some(fault) => told(fault),
            None => Finding::new("line", State::Good, name(stage).0, name(stage).1),
        });
    };
    let made = line.walk(&host.local_addr()?.to_string(), tell).await;
    // What breaks only once the line stands.
    if let (Ok(_), Some(fault)) = (made, armed) {
        found.push(told(fault));
    }
    Ok(found)
}

const fn name(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Sim => ("SIM卡", "SIM card"),
        Stage::Signal => ("信号", "signal"),
        Stage::Attach => ("附着移动网络", "attached to the mobile network"),
        Stage::Carrier => ("载波", "carrier"),
        Stage::Dial => ("拨号", "dialled"),
        Stage::Lcp => ("PPP链路（LCP）", "PPP link (LCP)"),
        Stage::Auth => ("PPP认证", "PPP name and password"),
        Stage::Address => ("IP地址", "IP address"),
        Stage::Name => ("域名", "name"),
        Stage::Route => ("路由", "route"),
        Stage::Connect => ("连接主机", "connected"),
        Stage::Tls => ("TLS", "TLS"),
        Stage::Line => ("线路已通", "the line stands"),
    }
}

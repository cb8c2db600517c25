//! How the sinks of notices stand: what waits, what was given up.

use super::{Finding, State};
use crate::notices::{Standing, standings};
use std::path::Path;

/// One finding for each sink.
pub fn sinks(dir: &Path) -> Vec<Finding> {
    match standings(dir) {
        Ok(found) => found.iter().map(finding).collect(),
        Err(end) => vec![Finding::new("notices", State::Wrong, end.text.zh, end.text.en)],
    }
}

/// What waits without having been tried will go out; what was tried or given up somebody should look at.
fn finding(standing: &Standing) -> Finding {
    let Standing { home, sink, said, waiting, undelivered, why, .. } = standing;
    let name = if home.is_empty() { sink.clone() } else { format!("{home} {sink}") };
    let (mut zh, mut en) = (
        format!("{name}：已送达 {said}，等待 {waiting}，未送达 {undelivered}"),
        format!("{name}: said {said}, waiting {waiting}, undelivered {undelivered}"),
    );
    if let Some(why) = why {
        zh.push_str(&format!("（{why}）"));
        en.push_str(&format!(" ({why})"));
    }
    let state = if why.is_some() || *undelivered > 0 { State::Remark } else { State::Good };
    if state == State::Remark {
        zh.push_str("；见 slipway notices");
        en.push_str("; see slipway notices");
    }
    Finding::new("notices", state, zh, en)
}

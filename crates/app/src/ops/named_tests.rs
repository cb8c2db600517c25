//! What the page shows by name has a name in both languages.

use super::overview::is_shown;
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::switch::SwitchRow;
use slipway_node::Rows;
use slipway_terms::{KeyUse, Step};

const PAGE: &str = include_str!("../../pages/ops-words.js");

fn named(word: &str) {
    let heads = [format!("{word}: [\""), format!("\"{word}\": [\"")];
    let rest = heads.iter().find_map(|head| PAGE.split_once(head.as_str())).map(|(_, rest)| rest);
    let zh = rest.and_then(|rest| rest.split_once('"')).map(|(zh, _)| zh).unwrap_or_default();
    assert!(zh.chars().any(|letter| letter > '\u{2e80}'), "{word}: {zh:?}");
}

#[test]
fn every_queue_has_a_name() {
    let spaces = [AcquirerRow::SPACES, SwitchRow::SPACES, IssuerRow::SPACES].concat();
    let queues: Vec<_> = spaces.iter().filter(|space| is_shown(space)).map(|space| space.name).collect();
    assert!(queues.len() > 10);
    queues.into_iter().for_each(|name| named(&format!("q_{name}")));
}

#[test]
fn every_key_has_a_name() {
    use KeyUse::{Bdk, Imk, Ipek, Mak, Pik, Pvk, Seal, Tdk, Tmk, Token, Zak, Zmk, Zpk};
    let all = [Tmk, Pik, Mak, Zpk, Zak, Pvk, Token, Seal, Zmk, Tdk, Bdk, Ipek, Imk];
    all.iter().for_each(|of| named(&format!("use_{}", of.word())));
    ["zone", "zone, accepted only"].iter().for_each(|of| named(&format!("use_{of}")));
}

#[test]
fn every_step_of_a_dispute_has_a_name() {
    Step::ALL.iter().for_each(|step| named(&format!("d_{}", step.word())));
}

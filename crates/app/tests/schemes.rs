//! A network of processes whose own terminals each have another key scheme: a sale with PIN from each, and books that agree.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/parties.rs"]
mod parties;
#[path = "common/till.rs"]
mod till;

use common::slipway;
use live::{folder, until};
use parties::{PARTIES, Parties};
use serde_json::{Value, json};

const SCHEMES: &str = "tdes,sm4,dukpt-tdes,dukpt-aes,tdes+track,sm4+track";

#[test]
fn a_sale_with_pin_from_a_terminal_of_each_scheme() {
    let home = folder("schemes");
    let mut parties = Parties::init(&home.join("net"), &["--terminals", "6", "--schemes", SCHEMES]);
    PARTIES.into_iter().for_each(|party| parties.start(party));
    let own = parties.ready["own_terminals"].as_array().unwrap().clone();
    let card = parties.ready["cards"][0]["track2"].as_str().unwrap().to_owned();
    assert_eq!(own.len(), 6);
    let port = parties.port("terminals");
    for (index, at) in own.iter().enumerate() {
        let terminal = at["terminal"].as_str().unwrap();
        assert!(port.sign_in(terminal), "{terminal}");
        let fen = 1_000 + index as u64;
        let act = |act: Value| port.act(terminal, &act).unwrap();
        // A party that has just come back may have no line yet: refused is not sold, so it is sold again.
        until(&format!("an approval at terminal {}", index + 1), 20, || {
            act(json!({"act": "sale", "amount_fen": fen}));
            act(json!({"act": "card", "track2": card}));
            act(json!({"act": "enter"}));
            act(json!({"act": "pin", "pin": "123456"}));
            until("the end of a sale", 4_000, || {
                let said = port.screen(terminal)?.join(" ");
                // Once its slip is printed the screen asks for the signature.
                let sold = said.contains("pproved") || said.contains("signature");
                let ends = ["eclined", "unknown", "line is down", "Reversal"];
                (sold || ends.iter().any(|end| said.contains(end))).then_some(sold)
            })
            .then_some(())
        });
    }
    parties.wait_quiet();
    parties.stop();
    let all = slipway(&["export", "--dir", parties.dir.to_str().unwrap()], "");
    assert_eq!(all.code, 0, "{}", all.err);
    let slips = all.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let slips: Vec<Value> = slips.filter(|line| line["party"] == "terminals" && line["slip"] == true).collect();
    assert_eq!(slips.len(), 6);
}

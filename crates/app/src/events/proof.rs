//! Before anything goes to a subscriber's address, whoever has it says that they want it: a challenge with a random value is posted there,
//! signed as every event is, and counts as answered only by that value in a body of 200. A typing mistake, or somebody else's address, gets
//! a few of these and nothing else. Nothing about a payment is in a challenge.

use super::book::{Hooked, Proof};
use super::deliver::Way;
use crate::clocks::{Wall, rfc};
use crate::notices::webhook::signature;
use serde_json::{Value, json};
use slipway_node::Clock;
use slipway_vault::{Random, SystemRandom};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// What a challenge is called; nobody can subscribe to it.
const KIND: &str = "subscription.challenge";
/// Waits in front of each challenge that is sent by itself; then one is sent when somebody asks for it. Whoever reads the secret and the
/// challenge at two places may have the second first.
const WAITS: [Duration; 5] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// Between two looks whether it was proved meanwhile.
const LOOK: Duration = Duration::from_millis(250);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 1_024;
/// Bytes of a value.
const VALUE_BYTES: usize = 24;

/// Sends challenges until the subscription is proved or ended. `false`: it is to stop.
pub fn until_proved(way: &Way, stop: &Receiver<()>) -> bool {
    let stopped = |wait: Duration| stop.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected);
    let mut waits = WAITS.into_iter();
    loop {
        let next = waits.next();
        if stopped(next.unwrap_or(LOOK)) {
            return false;
        }
        let Some(hooked) = way.subscription() else { return false };
        // Why not, whoever asks for one at its door is told.
        if hooked.proof.is_given() || (next.is_some() && prove(way).is_ok()) {
            return true;
        }
    }
}

/// Sends one challenge, unless it is proved already; the subscription as it is then.
///
/// # Errors
/// Why it is not proved.
pub fn prove(way: &Way) -> Result<Hooked, String> {
    let hooked = way.kept()?;
    if hooked.proof.is_given() {
        return Ok(hooked);
    }
    let mut bytes = [0; VALUE_BYTES];
    SystemRandom.fill(&mut bytes).map_err(|_| "no source of random numbers".to_owned())?;
    let value = slipway_iso8583::hex(&bytes).to_lowercase();
    challenged(way, &hooked, &value)?;
    let given = Proof::Given(way.clock.now());
    loop {
        let seen = way.subscription().ok_or("ended")?;
        if seen.proof.is_given() {
            return Ok(seen);
        }
        // A key may have been added meanwhile: then it is looked at again.
        let changed = way.book.change(&seen, |one| one.proof = given).map_err(|end| end.text.en)?;
        if let Some(proved) = changed {
            return Ok(proved);
        }
    }
}

fn challenged(way: &Way, hooked: &Hooked, value: &str) -> Result<(), String> {
    let id = format!("{}/challenge/{value}", hooked.id);
    let body = json!({
        "id": id, "type": KIND, "created": rfc(way.clock.now()), "merchant": hooked.merchant.map(|id| id.to_string()),
        "data": {"webhook": hooked.id, "challenge": value},
        "text": {"zh": "请以 200 和 {\"challenge\":…} 作答，证明此地址由您接收", "en": "answer 200 with {\"challenge\":…}: this address is yours"},
    })
    .to_string();
    let request = way
        .agent
        .post(&hooked.url)
        .header("content-type", "application/json; charset=utf-8")
        .header("slipway-signature", signature(&way.keys(hooked), Wall::now().0 / 1_000, body.as_bytes()))
        .header("slipway-notice", &id);
    let mut answer = request.send(body.as_bytes()).map_err(|error| error.to_string())?;
    if answer.status().as_u16() != 200 {
        return Err(format!("http {}", answer.status().as_u16()));
    }
    let text = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
    let told: Option<Value> = text.ok().and_then(|text| serde_json::from_str(&text).ok());
    if told.is_some_and(|told| told["challenge"] == value) {
        Ok(())
    } else {
        Err("the answer is not its value".to_owned())
    }
}

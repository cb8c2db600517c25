//! What became of each event at one subscription, and an event that is sent once more because somebody asks.

use super::book::Hooked;
use super::deliver::Subscriber;
use super::{JOURNAL, RECORDS, private};
use crate::clocks::rfc;
use crate::notices::journal::{Lines, Said, wall_ms};
use crate::notices::record::{Told, Word};
use crate::say::End;
use serde_json::{Value, json};
use slipway_terms::Moment;
use std::collections::{HashMap, VecDeque};
use std::path::Path;

/// Events of a subscription that are listed, the newest.
const LISTED_MAX: usize = 10_000;

/// The last word on each event, and how often it was tried.
type States = HashMap<String, (Told, u32)>;

/// The events of a subscription, newest first, each with what became of it.
pub fn deliveries(dir: &Path, hooked: &Hooked) -> Result<Vec<Value>, End> {
    let subscriber = Subscriber(hooked.clone());
    let mut events: VecDeque<(u64, Said)> = VecDeque::new();
    let mut lines = Lines::open(&dir.join(JOURNAL), 0)?;
    while let Some(lines) = &mut lines
        && let Some((from, _, said)) = lines.next::<Said>()?
    {
        let Some(said) = said.filter(|said| subscriber.is_for(said)) else { continue };
        events.push_back((from, said));
        if events.len() > LISTED_MAX {
            events.pop_front();
        }
    }
    let (began, states) = states(dir, hooked)?;
    let rows = events.into_iter().rev().filter(|(from, _)| *from >= began);
    Ok(rows.map(|(from, said)| row(from, &said, states.get(&said.id))).collect())
}

/// Where this subscription begins, and the last word on each event.
fn states(dir: &Path, hooked: &Hooked) -> Result<(u64, States), End> {
    let (mut began, mut states) = (0, States::new());
    let mut lines = Lines::open(&dir.join(RECORDS).join(format!("{}.jsonl", hooked.id)), 0)?;
    while let Some(lines) = &mut lines
        && let Some((_, _, told)) = lines.next::<Told>()?
    {
        let Some(told) = told else { continue };
        match (told.word, told.id.clone()) {
            (Word::Began, _) => began = told.low,
            (_, Some(id)) => {
                let tries = states.get(&id).map_or(0, |(_, tries)| *tries) + u32::from(told.word == Word::Sending);
                states.insert(id, (told, tries));
            }
            _ => {}
        }
    }
    Ok((began, states))
}

fn row(from: u64, said: &Said, told: Option<&(Told, u32)>) -> Value {
    let state = match told.map(|(told, _)| told.word) {
        Some(Word::Said) => "said",
        Some(Word::Undelivered) => "undelivered",
        _ => "waiting",
    };
    let about = said.about.clone().unwrap_or_default();
    json!({
        "sequence": from, "event": about["id"].as_str().unwrap_or(&said.id), "type": said.kind, "created": rfc(Moment(said.at_ms)),
        "state": state, "tries": told.map_or(0, |(_, tries)| *tries), "at": told.map(|(told, _)| rfc(tried(said, told))),
        "why": told.and_then(|(told, _)| told.why.clone()), "again": about["only"].is_string(),
    })
}

/// When it was tried, by the network's clock. A record of an earlier version says when by the wall only, which may be hours behind: then it is
/// told as no earlier than its event.
fn tried(said: &Said, told: &Told) -> Moment {
    Moment(told.network_ms.unwrap_or_else(|| told.at.max(said.at_ms)))
}

/// Sends an event once more: a line for this subscription alone, with the event's own name and number inside. `None`: there is none.
pub fn again(dir: &Path, hooked: &Hooked, sequence: u64) -> Result<Option<String>, End> {
    let journal = dir.join(JOURNAL);
    if !Lines::begins(&journal, sequence)? {
        return Ok(None);
    }
    let Some(mut lines) = Lines::open(&journal, sequence)? else { return Ok(None) };
    let Some((_, _, Some(said))) = lines.next::<Said>()? else { return Ok(None) };
    if !Subscriber(hooked.clone()).is_for(&said) {
        return Ok(None);
    }
    let mut about = said.about.clone().unwrap_or_default();
    let id = about["id"].as_str().unwrap_or(&said.id).to_owned();
    about["id"] = json!(id);
    about["sequence"] = json!(about["sequence"].as_u64().unwrap_or(sequence));
    about["only"] = json!(hooked.id);
    let now = wall_ms();
    drop(private::open(&journal)?);
    Said { id: format!("{id}#{}#{now}", hooked.id), written_ms: now, about: Some(about), ..said }.append(&journal)?;
    Ok(Some(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_delivery_is_older_than_its_event() {
        let line = |more: Value| {
            let mut line = json!({"word": "said", "at": 1_000, "low": 0, "from": 0, "next": 9, "id": "x"});
            line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value::<Told>(line).unwrap()
        };
        let said: Said = serde_json::from_value(
            json!({"id": "x", "kind": "k", "card": "", "amount": "", "at_ms": 5_000, "zh": "", "en": ""}),
        )
        .unwrap();
        assert_eq!(tried(&said, &line(json!({"network_ms": 7_000}))), Moment(7_000));
        assert_eq!(tried(&said, &line(json!({}))), Moment(5_000), "a record of before, at a pace");
        assert_eq!(tried(&said, &line(json!({"at": 9_000}))), Moment(9_000), "and at the wall's");
    }
}

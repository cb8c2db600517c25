//! Who asked where the money is, and who may: every question leaves a line in `inquiries.jsonl` of the network's folder, and a
//! caller without a role gets one sentence for exactly one hit, or nothing (rules 11).

use crate::network::append_line;
use crate::say::End;
use crate::trace::Found;
use serde_json::{Value, json};
use slipway_terms::{MerchantId, Moment, Pan, TerminalId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Misses of one till that lock its questions.
const MISSES_MAX: u8 = 3;
/// How long they are locked, and misses remembered.
const LOCKED_MS: i64 = 15 * 60_000;
/// Tills whose misses are remembered; above it the oldest are forgotten.
const TILLS_MAX: usize = 10_000;

/// Writes down who asked what.
#[derive(Debug)]
pub struct Log(PathBuf);

impl Log {
    /// That of a network's folder.
    pub fn of(dir: &Path) -> Self {
        Self(dir.join("inquiries.jsonl"))
    }

    /// One question, by what it was looked for and how it was answered; a card is masked, its digits stand nowhere. Nothing is
    /// said to whom cannot be written down.
    pub fn write(&self, at: Moment, who: &str, asked: &Value, found: &[Found]) -> Result<(), End> {
        let word = |found: &Found| serde_json::to_value(found.verdict.fate).unwrap_or(Value::Null);
        let line = json!({
            "at": at.to_string(), "who": who.chars().take(64).collect::<String>(), "asked": masked(asked),
            "hits": found.len(), "said": found.first().map(word), "till": found.first().and_then(|found| found.till).map(|till| till.to_string()),
        });
        Ok(append_line(&self.0, &line.to_string())?)
    }
}

impl Log {
    /// One question about the archive.
    pub fn note(&self, at: Moment, who: &str, asked: &Value, hits: usize, said: &Value) -> Result<(), End> {
        let who = who.chars().take(64).collect::<String>();
        let line = json!({"at": at.to_string(), "who": who, "asked": masked(asked), "hits": hits, "said": said, "archive": true});
        Ok(append_line(&self.0, &line.to_string())?)
    }
}

/// What was asked, without the card's digits.
fn masked(asked: &Value) -> Value {
    let card =
        asked["card"].as_str().map(|card| Pan::new(card).map_or_else(|_| "?".to_owned(), |pan| pan.tail().to_string()));
    let known = ["rrn", "merchant", "terminal", "tail", "amount", "date", "last4"];
    let mut shown: Value = known
        .iter()
        .filter(|key| asked[**key].is_string())
        .map(|key| ((*key).to_owned(), asked[*key].clone()))
        .collect();
    if let Some(card) = card {
        shown["card"] = json!(card);
    }
    shown
}

/// What a caller without a role is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// The sentence of the one exchange that fits.
    Sentence(Value),
    /// More than one fits: the caller learns no more than that.
    Several,
    /// Nothing fits.
    Miss,
    /// Too many misses for this till.
    Locked,
}

/// Misses by till.
#[derive(Debug, Default)]
pub struct Callers(Mutex<BTreeMap<(MerchantId, TerminalId), (u8, Moment)>>);

impl Callers {
    /// Whether questions about this till are locked now.
    pub fn locked(&self, till: (MerchantId, TerminalId), at: Moment) -> bool {
        let known = self.0.lock().ok().and_then(|misses| misses.get(&till).copied());
        known.is_some_and(|(count, since)| count >= MISSES_MAX && at.0 - since.0 < LOCKED_MS)
    }

    /// Judges what was found for a caller.
    pub fn answer(&self, till: (MerchantId, TerminalId), at: Moment, found: &[Found]) -> Told {
        if self.locked(till, at) {
            return Told::Locked;
        }
        let Ok(mut misses) = self.0.lock() else { return Told::Locked };
        if let [one] = found {
            misses.remove(&till);
            let due = one.verdict.due.map(|at| at.to_string());
            return Told::Sentence(json!({"zh": one.verdict.sentence.zh, "en": one.verdict.sentence.en, "due": due}));
        }
        if !found.is_empty() {
            return Told::Several;
        }
        if misses.len() >= TILLS_MAX
            && let Some(oldest) = misses.iter().min_by_key(|(_, (_, since))| *since).map(|(till, _)| *till)
        {
            misses.remove(&oldest);
        }
        let (count, since) = misses.entry(till).or_insert((0, at));
        *count = if at.0 - since.0 < LOCKED_MS { count.saturating_add(1) } else { 1 };
        *since = at;
        Told::Miss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::judge;

    fn till(no: &str) -> (MerchantId, TerminalId) {
        (MerchantId::new("999290054110001").unwrap(), TerminalId::new(no).unwrap())
    }

    fn one() -> Found {
        Found { till: None, seen: Vec::new(), verdict: judge(&[]), linked: Default::default() }
    }

    #[test]
    fn three_misses_lock_one_till_for_a_while() {
        let callers = Callers::default();
        let (mine, other) = (till("10000001"), till("10000002"));
        let at = |minutes: i64| Moment(minutes * 60_000);
        for minute in 0..3 {
            assert!(!callers.locked(mine, at(minute)));
            assert_eq!(callers.answer(mine, at(minute), &[one(), one()]), Told::Several, "no miss");
            assert_eq!(callers.answer(mine, at(minute), &[]), Told::Miss);
        }
        assert!(callers.locked(mine, at(2)) && callers.locked(mine, at(16)) && !callers.locked(other, at(2)));
        assert_eq!(callers.answer(mine, at(16), &[one()]), Told::Locked);
        assert!(matches!(callers.answer(mine, at(17), &[one()]), Told::Sentence(_)));
        // A hit forgets the misses before it.
        assert_eq!(callers.answer(mine, at(18), &[]), Told::Miss);
        assert!(!callers.locked(mine, at(18)));
    }

    #[test]
    fn the_line_holds_no_card() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::of(dir.path());
        let asked = json!({"merchant": "999290054110001", "terminal": "10000001", "card": "9990010000000014", "x": "9990010000000014"});
        log.write(Moment(0), "li", &asked, &[one()]).unwrap();
        log.write(Moment(0), "li", &json!({"rrn": "632700000002"}), &[]).unwrap();
        let text = std::fs::read_to_string(dir.path().join("inquiries.jsonl")).unwrap();
        assert!(!text.contains("9990010000000014") && text.contains("999001******0014"), "{text}");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (&lines[0]["hits"], &lines[1]["hits"], &lines[1]["asked"]["rrn"]),
            (&json!(1), &json!(0), &json!("632700000002"))
        );
        assert!(lines[0]["asked"].get("x").is_none());
    }
}

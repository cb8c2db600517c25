//! Who asked where the money is, and who may: every question leaves a line in `inquiries.jsonl` of the network's folder
//! (see [`crate::audit_log`]), and a
//! caller without a role gets one sentence for exactly one hit, or nothing (rules 11).

use crate::audit_log::chain::Chain;
use crate::clocks::{Wall, rfc};
use crate::network::{keys, sample};
use crate::say::End;
use crate::trace::Found;
use crate::typed::no_card;
use serde_json::{Value, json};
use slipway_terms::{MerchantId, Moment, Pan, TerminalId};
use slipway_vault::{SigningKey, Signs};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Misses of one till that lock its questions.
const MISSES_MAX: u8 = 3;
/// How long they are locked, and misses remembered.
const LOCKED_MS: i64 = 15 * 60_000;
/// Tills whose misses are remembered; above it the oldest are forgotten.
const TILLS_MAX: usize = 10_000;

/// Writes down who asked, saw and did what: a chain of signed lines.
#[derive(Clone, Debug)]
pub struct Log(Arc<Chain>);

/// Who it was.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Name of a person, or of a place nobody signs in at.
    pub who: &'a str,
    /// The role, if they had signed in.
    pub role: Option<&'a str>,
    /// From where.
    pub from: &'a str,
}

/// A name, as long as a line holds it.
fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

impl Log {
    /// That of a network's folder, signed under a key out of its acquirer's vault.
    pub fn of(dir: &Path) -> Result<Self, End> {
        let vault = keys::open(&dir.join("acquirer"))?;
        let key = vault.signing_key(Signs::AuditLog, &sample::ACQUIRER).map_err(|_| {
            End::environment(
                "密钥库没有收单行的令牌密钥，审计日志无法签名",
                "the vault lacks the acquirer's token key: the audit log cannot be signed",
            )
        })?;
        Ok(Self::with(dir, key))
    }

    /// The same with the key at hand.
    pub fn with(dir: &Path, key: SigningKey) -> Self {
        Self(Arc::new(Chain::of(dir.join("inquiries.jsonl"), key)))
    }

    /// Its lines.
    pub fn chain(&self) -> &Chain {
        &self.0
    }

    /// One question, by what it was looked for and how it was answered; a card is masked, its digits stand nowhere. Nothing is
    /// said to whom cannot be written down.
    pub fn write(&self, at: Moment, who: &str, asked: &Value, found: &[Found]) -> Result<(), End> {
        self.found(at, &By { who, role: None, from: "machine" }, "trace", asked, found)
    }

    /// The same by a person.
    pub fn found(&self, at: Moment, by: &By<'_>, act: &str, asked: &Value, found: &[Found]) -> Result<(), End> {
        let word = |found: &Found| serde_json::to_value(found.verdict.fate).unwrap_or(Value::Null);
        let till = found.first().and_then(|found| found.till).map(|till| till.to_string());
        self.act(
            at,
            by,
            act,
            json!({"asked": masked(asked), "hits": found.iter().filter(|found| !found.is_unheard()).count(), "said": found.first().map(word), "till": till}),
        )
    }

    /// One question about the archive.
    pub fn note(&self, at: Moment, who: &str, asked: &Value, hits: usize, said: &Value) -> Result<(), End> {
        let by = By { who, role: None, from: "machine" };
        self.act(at, &by, "archive", json!({"asked": masked(asked), "hits": hits, "said": said, "archive": true}))
    }

    /// Anything else that a person saw or did, by the network's clock; `more` holds no secret and no card number.
    pub fn act(&self, at: Moment, by: &By<'_>, act: &str, more: Value) -> Result<(), End> {
        let mut line = match more {
            Value::Object(line) => line,
            _ => serde_json::Map::new(),
        };
        line.insert("at".into(), json!(rfc(at)));
        line.insert("who".into(), json!(short(by.who)));
        line.insert("role".into(), json!(by.role));
        line.insert("from".into(), json!(short(by.from)));
        line.insert("act".into(), json!(act));
        self.0.append(line)
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
        .map(|key| ((*key).to_owned(), json!(short(&no_card(asked[*key].as_str().unwrap_or_default())))))
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

/// Misses by till, by the wall: who guesses lives by no network's pace.
#[derive(Debug, Default)]
pub struct Callers(Mutex<BTreeMap<(MerchantId, TerminalId), (u8, Wall)>>);

impl Callers {
    /// Whether questions about this till are locked now.
    pub fn locked(&self, till: (MerchantId, TerminalId), at: Wall) -> bool {
        let known = self.0.lock().ok().and_then(|misses| misses.get(&till).copied());
        known.is_some_and(|(count, since)| count >= MISSES_MAX && at.since(since) < LOCKED_MS)
    }

    /// Judges what was found for a caller.
    pub fn answer(&self, till: (MerchantId, TerminalId), at: Wall, found: &[Found]) -> Told {
        if self.locked(till, at) {
            return Told::Locked;
        }
        let Ok(mut misses) = self.0.lock() else { return Told::Locked };
        if let [one] = found {
            // A party that cannot be asked says nothing about whether this caller knows a card: neither a miss nor a hit.
            if !one.is_unheard() {
                misses.remove(&till);
            }
            let due = one.verdict.due.map(rfc);
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
        *count = if at.since(*since) < LOCKED_MS { count.saturating_add(1) } else { 1 };
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
        let at = |minutes: i64| Wall(minutes * 60_000);
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
    fn who_cannot_be_asked_makes_neither_a_miss_nor_a_hit() {
        let callers = Callers::default();
        let (mine, at) = (till("10000001"), Wall(0));
        let unheard = [Found::unheard_acquirer()];
        assert!((0..2).all(|_| callers.answer(mine, at, &[]) == Told::Miss));
        for _ in 0..5 {
            let Told::Sentence(said) = callers.answer(mine, at, &unheard) else { panic!("no sentence") };
            assert!(said["en"].as_str().unwrap().contains("the acquirer cannot be asked now"), "{said}");
        }
        assert_eq!(callers.answer(mine, at, &[]), Told::Miss);
        assert!(callers.locked(mine, at), "the two misses before it still count");
    }

    #[test]
    fn the_line_holds_no_card() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::with(dir.path(), crate::audit_log::chain::tests::key(dir.path()));
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

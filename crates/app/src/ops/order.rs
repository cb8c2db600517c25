//! An order: something that moves money by hand, said by one person and checked by another. Pure: what may be said of an order and what
//! became of it are lines, and the book of orders is whatever its lines say; who reads them again knows the same. Must never let one
//! person be both, nor an order be decided twice, nor take one whose time is over.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_terms::{Moment, Text, same_person};
use std::collections::BTreeMap;

/// How long an order waits for its second person. Unit: milliseconds of the wall.
pub const WAITS_MS: i64 = 24 * 3_600_000;
/// Orders that may wait for a second person at once.
pub const OPEN_MAX: usize = 500;

/// The acts of its lines.
pub const PROPOSED: &str = "order_proposed";
/// A second person said yes.
pub const APPROVED: &str = "order_approved";
/// Somebody said no, or who had said it took it back.
pub const REFUSED: &str = "order_refused";
/// It was carried out, or the house did not take it.
pub const DONE: &str = "order_done";

/// What moves money by hand, in the words of the command that does the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// A finding ends a case (`case find`): undo, redo, refund, credit adjustment 贷记调整, by its ground.
    Case {
        /// The case.
        number: String,
        /// What was found.
        finding: String,
    },
    /// A difference of reconciliation is put right in the own house (`recon repair`).
    Repair {
        /// The difference.
        number: String,
    },
    /// A merchant's money is held (`settle hold`).
    Hold {
        /// Whose.
        merchant: String,
        /// Why, of the closed list.
        ground: String,
        /// The exchange in doubt, by its reference number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
        /// How much at most.
        amount_fen: u64,
        /// What is in doubt, where it is about no exchange.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        doubt_fen: Option<u64>,
        /// Its last day.
        until: String,
    },
    /// A hold ends before its time (`settle release`).
    Release {
        /// Whose.
        merchant: String,
        /// Which hold.
        no: u32,
    },
    /// A payout that came back is paid again (`settle repay`).
    Repay {
        /// The payout.
        payout: String,
    },
    /// A step of a dispute (`dispute open|answer|advance`).
    Dispute {
        /// The dispute, or the reference number of the exchange.
        number: String,
        /// open, answer or advance.
        act: String,
        /// Of advance: which step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// The reason code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Of answer: which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<String>,
    },
}

/// What two persons agree to: looked up before the first one says it, and again before the second one's yes is written down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Moves {
    /// How much. Unit: minor units.
    pub amount_fen: i64,
    /// It is the most that moves; the house works out the rest.
    pub at_most: bool,
    /// From where to where, 中文.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// Yes or no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// It was a yes.
    pub yes: bool,
    /// Whose.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Why, of a no.
    pub because: String,
}

/// What came of a yes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// It was carried out; else the house did not take it and nothing moved.
    pub done: bool,
    /// In words.
    pub words: Text,
}

/// An order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Its number, from 1.
    pub no: u64,
    /// What.
    pub what: What,
    /// What moves.
    pub moves: Moves,
    /// Why.
    pub because: String,
    /// Who proposes it.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Under this number the houses know it: however often it is given to them, it is one.
    pub ticket: u64,
    /// What was said to it.
    pub said: Option<Said>,
    /// What came of it, and when.
    pub outcome: Option<(Moment, Outcome)>,
}

/// How an order stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// For its second person.
    Waiting,
    /// Nobody came in time.
    Expired,
    /// Somebody said no.
    Refused,
    /// Approved, and not known to have happened yet.
    UnderWay,
    /// It happened.
    Done,
    /// The house did not take it; nothing moved.
    NotTaken,
}

impl Order {
    /// When it is too late for a second person.
    pub const fn expires(&self) -> Moment {
        self.at.plus_ms(WAITS_MS)
    }

    /// How it stands now.
    pub fn standing(&self, now: Moment) -> Standing {
        match (&self.said, &self.outcome) {
            (_, Some((_, Outcome { done: true, .. }))) => Standing::Done,
            (_, Some(_)) => Standing::NotTaken,
            (Some(said), None) if said.yes => Standing::UnderWay,
            (Some(_), None) => Standing::Refused,
            (None, None) if now >= self.expires() => Standing::Expired,
            (None, None) => Standing::Waiting,
        }
    }
}

/// Why an order is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum No {
    /// There is none.
    Unknown,
    /// Who proposed it is no second person.
    SamePerson,
    /// Its time is over.
    Expired,
    /// Somebody was quicker.
    Decided,
    /// The same waits already, under this number.
    Twice(u64),
    /// Too many wait.
    TooMany,
}

/// All orders.
#[derive(Debug, Default)]
pub struct Book {
    orders: BTreeMap<u64, Order>,
}

impl Book {
    /// That of its lines, oldest first. A line that is none says nothing.
    pub fn of(lines: &[Value]) -> Self {
        let mut book = Self::default();
        lines.iter().for_each(|line| book.take(line));
        book
    }

    /// All, by their numbers.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.orders.values()
    }

    /// One.
    pub fn get(&self, no: u64) -> Option<&Order> {
        self.orders.get(&no)
    }

    /// Those that were approved and are not known to have happened.
    pub fn under_way(&self) -> Vec<u64> {
        let all = self.orders.values().filter(|order| order.outcome.is_none());
        all.filter(|order| order.said.as_ref().is_some_and(|said| said.yes)).map(|order| order.no).collect()
    }

    /// The line of a new order.
    ///
    /// # Errors
    /// The same waits already or is under way, or too many wait.
    pub fn propose(
        &self,
        what: &What,
        moves: &Moves,
        because: &str,
        by: &str,
        ticket: u64,
        now: Moment,
    ) -> Result<Value, No> {
        let open = |order: &&Order| matches!(order.standing(now), Standing::Waiting | Standing::UnderWay);
        if let Some(same) = self.orders.values().filter(open).find(|order| order.what == *what) {
            return Err(No::Twice(same.no));
        }
        if self.orders.values().filter(open).count() >= OPEN_MAX {
            return Err(No::TooMany);
        }
        let no = self.orders.keys().next_back().map_or(1, |last| last + 1);
        Ok(json!({
            "order": no, "what": what, "moves": moves, "because": because, "by": by, "ticket": ticket.to_string(),
            "at_ms": now.0,
        }))
    }

    /// The line of a second person's yes.
    ///
    /// # Errors
    /// There is none, it was decided, its time is over, or it is the same person.
    pub fn approve(&self, no: u64, by: &str, now: Moment) -> Result<Value, No> {
        let order = self.waiting(no, now)?;
        if same_person(&order.by, by) {
            return Err(No::SamePerson);
        }
        Ok(json!({"order": no, "by": by, "at_ms": now.0}))
    }

    /// The line of a no; who proposed it may take it back.
    ///
    /// # Errors
    /// There is none, it was decided, or its time is over.
    pub fn refuse(&self, no: u64, by: &str, because: &str, now: Moment) -> Result<Value, No> {
        self.waiting(no, now)?;
        Ok(json!({"order": no, "by": by, "because": because, "at_ms": now.0}))
    }

    fn waiting(&self, no: u64, now: Moment) -> Result<&Order, No> {
        let order = self.orders.get(&no).ok_or(No::Unknown)?;
        match order.standing(now) {
            Standing::Waiting => Ok(order),
            Standing::Expired => Err(No::Expired),
            _ => Err(No::Decided),
        }
    }

    /// The line of what came of it; none if that is known already.
    pub fn done(&self, no: u64, outcome: &Outcome, now: Moment) -> Option<Value> {
        self.orders.get(&no).filter(|order| order.outcome.is_none())?;
        let Text { zh, en } = &outcome.words;
        Some(json!({"order": no, "done": outcome.done, "zh": zh, "en": en, "at_ms": now.0}))
    }

    /// Takes a line; the first word about anything counts.
    pub fn take(&mut self, line: &Value) {
        let (Some(no), Some(at)) = (line["order"].as_u64(), line["at_ms"].as_i64().map(Moment)) else { return };
        let text = |name: &str| line[name].as_str().unwrap_or("").to_owned();
        match line["act"].as_str() {
            Some(PROPOSED) => {
                let (what, moves) =
                    (serde_json::from_value(line["what"].clone()), serde_json::from_value(line["moves"].clone()));
                let (Ok(what), Ok(moves), Ok(ticket)) = (what, moves, text("ticket").parse()) else { return };
                let (because, by) = (text("because"), text("by"));
                let order = Order { no, what, moves, because, by, at, ticket, said: None, outcome: None };
                self.orders.entry(no).or_insert(order);
            }
            Some(act @ (APPROVED | REFUSED)) => {
                let said = Said { yes: act == APPROVED, by: text("by"), at, because: text("because") };
                if let Some(order) = self.orders.get_mut(&no).filter(|order| order.said.is_none()) {
                    order.said = Some(said);
                }
            }
            Some(DONE) => {
                let outcome = Outcome { done: line["done"] == true, words: Text::new(text("zh"), text("en")) };
                if let Some(order) = self.orders.get_mut(&no).filter(|order| order.outcome.is_none()) {
                    order.outcome = Some((at, outcome));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;

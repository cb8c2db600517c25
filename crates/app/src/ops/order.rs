//! An order: something that moves money by hand, said by one person and checked by another. Pure: what may be said of an order and what
//! became of it are lines, and the book of orders is whatever its lines say; who reads them again knows the same. Must never let one
//! person be both, nor an order be decided twice, nor take one whose time is over, nor stop one that its house may have.

pub use super::what::{Moves, What};
use serde::Serialize;
use serde_json::{Value, json};
use slipway_terms::{Moment, Text, same_person};
use std::collections::BTreeMap;

/// How long an order lives: for its second person, and behind the yes until it is done. Unit: milliseconds of
/// the network's clock, by which its merchant's day and its promises run.
pub const WAITS_MS: i64 = 24 * 3_600_000;
/// Orders that may wait for a second person at once.
pub const OPEN_MAX: usize = 500;

/// The acts of its lines.
pub const PROPOSED: &str = "order_proposed";
/// A second person said yes.
pub const APPROVED: &str = "order_approved";
/// Somebody said no, or who had said it took it back.
pub const REFUSED: &str = "order_refused";
/// Somebody stopped it behind the yes, before it was given to its house.
pub const WITHDRAWN: &str = "order_withdrawn";
/// It is given to its house now: from here on the house alone can say whether it happened.
pub const GIVEN: &str = "order_given";
/// It was carried out, or it was not and nothing moved.
pub const DONE: &str = "order_done";

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
    /// It was carried out, by this order; else nothing moved by it.
    pub done: bool,
    /// In words.
    pub words: Text,
    /// The number of the hold that it placed.
    pub hold: Option<u32>,
}

/// An order in its house's hands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Given {
    /// Since when.
    pub at: Moment,
    /// The merchant's last hold then; what this order places has a higher number.
    pub last_hold: u32,
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
    /// It was given to its house.
    pub given: Option<Given>,
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
    /// It ended otherwise: refused by its house, withdrawn, too late, or not as it was shown. Nothing moved.
    NotTaken,
}

impl Order {
    /// When it is too late, for a second person and for the deed.
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

    /// Whether it ends as not done for its time: over, and its house does not have it. Only the house knows that of one that was given to it.
    pub fn is_over(&self, now: Moment, house_lacks_it: bool) -> bool {
        now >= self.expires() && (self.given.is_none() || house_lacks_it)
    }

    /// Whether a no still stops it: it waits, or it is under way and its house does not have it.
    pub fn may_stop(&self, now: Moment) -> bool {
        match self.standing(now) {
            Standing::Waiting => true,
            Standing::UnderWay => self.given.is_none(),
            _ => false,
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
    /// Its house has it: nobody stops it any more.
    Given,
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

    /// The line of a no, with its act; who proposed it may take it back. Behind the yes it is withdrawn, as long as its house does not
    /// have it.
    ///
    /// # Errors
    /// There is none, it was decided, its time is over, or its house has it.
    pub fn refuse(&self, no: u64, by: &str, because: &str, now: Moment) -> Result<(&'static str, Value), No> {
        let order = self.orders.get(&no).ok_or(No::Unknown)?;
        let line = json!({"order": no, "by": by, "because": because, "at_ms": now.0});
        match order.standing(now) {
            Standing::UnderWay if order.given.is_some() => Err(No::Given),
            Standing::UnderWay => Ok((WITHDRAWN, line)),
            _ => self.waiting(no, now).map(|_| (REFUSED, line)),
        }
    }

    /// Whether it goes to its house: it was approved, nobody has stopped it, and nothing is known of it yet.
    pub fn goes(&self, no: u64) -> bool {
        self.orders.get(&no).is_some_and(|order| order.outcome.is_none() && order.said.as_ref().is_some_and(|s| s.yes))
    }

    /// The line that stands before its house hears of it. None if it is there already.
    pub fn give(&self, no: u64, last_hold: u32, now: Moment) -> Option<Value> {
        self.orders.get(&no).filter(|order| order.given.is_none())?;
        Some(json!({"order": no, "last_hold": last_hold, "at_ms": now.0}))
    }

    /// The last order but this one that has done the same.
    pub fn did(&self, order: &Order) -> Option<u64> {
        let done = |other: &&Order| {
            other.no != order.no
                && other.outcome.as_ref().is_some_and(|(_, outcome)| outcome.done)
                && other.what.is_same(&order.what)
        };
        self.orders.values().rev().find(done).map(|other| other.no)
    }

    /// The order that has placed this hold of a merchant.
    pub fn placed(&self, of: &str, hold: u32) -> Option<u64> {
        let placed = |order: &&Order| {
            matches!(&order.what, What::Hold { merchant, .. } if merchant == of)
                && order.outcome.as_ref().is_some_and(|(_, outcome)| outcome.hold == Some(hold))
        };
        self.orders.values().find(placed).map(|order| order.no)
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
        let Outcome { done, words: Text { zh, en }, hold } = outcome;
        Some(json!({"order": no, "done": done, "zh": zh, "en": en, "hold": hold, "at_ms": now.0}))
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
                let order = Order { no, what, moves, because, by, at, ticket, said: None, given: None, outcome: None };
                self.orders.entry(no).or_insert(order);
            }
            Some(act @ (APPROVED | REFUSED)) => {
                let said = Said { yes: act == APPROVED, by: text("by"), at, because: text("because") };
                if let Some(order) = self.orders.get_mut(&no).filter(|order| order.said.is_none()) {
                    order.said = Some(said);
                }
            }
            Some(GIVEN) => {
                let last_hold = number(&line["last_hold"]).unwrap_or(0);
                if let Some(order) = self.orders.get_mut(&no).filter(|order| order.given.is_none()) {
                    order.given = Some(Given { at, last_hold });
                }
            }
            Some(WITHDRAWN) => {
                let (by, because) = (text("by"), text("because"));
                let words = Text::new(
                    format!("未办理：{by} 在办理前撤回（{because}），没有动账"),
                    format!("not done: {by} withdrew it before it was given ({because}); nothing moved"),
                );
                self.ends(no, at, Outcome { done: false, words, hold: None });
            }
            Some(DONE) => {
                let words = Text::new(text("zh"), text("en"));
                self.ends(no, at, Outcome { done: line["done"] == true, words, hold: number(&line["hold"]) });
            }
            _ => {}
        }
    }

    fn ends(&mut self, no: u64, at: Moment, outcome: Outcome) {
        if let Some(order) = self.orders.get_mut(&no).filter(|order| order.outcome.is_none()) {
            order.outcome = Some((at, outcome));
        }
    }
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|no| u32::try_from(no).ok())
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;

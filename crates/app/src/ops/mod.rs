//! Operations: how the network stands, and what moves money by hand. An order is proposed by one person and approved by another; it is
//! written into the audit log before it is done, done at most once, and done again after a crash until it is known to have happened. Its day is
//! a day of the network's clock.
//!
//! ```text
//!   proposed ──yes of another person──▶ approved ──▶ given to its house ──▶ what came of it
//!      │ no, or a day without anybody      │ no, its day      ▲      │ no answer, or a crash: the house is asked
//!      ▼                                   ▼ over, or changed └──────┘ whether it has it, then as before
//!   refused, expired                     nothing moved
//! ```

mod by_command;
mod deed;
mod doors;
mod ground;
mod history;
mod keys;
mod lists;
mod looked;
#[cfg(test)]
mod named_tests;
mod order;
mod overview;
mod page;
mod typed;
mod what;

pub use by_command::{Deed, Place, told};
pub use doors::router;

use crate::clocks::Wall;
use crate::http::Live;
use crate::inquiry::{By, Log};
use crate::people::role::Role;
use crate::say::End;
use crate::signin::Signed;
use crate::web::refusal::Refusal;
use axum::http::StatusCode;
use history::History;
use order::{APPROVED, Book, DONE, GIVEN, No, Order, Outcome, PROPOSED, REFUSED, Standing, WITHDRAWN, What};
use serde_json::Value;
use slipway_terms::Moment;
use slipway_vault::{Random, SystemRandom};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lines of orders that are read at a start.
const LINES_MAX: usize = 200_000;
/// Looks of one person at one list within so long are one look. Unit: milliseconds of the wall.
const SAME_LOOK_MS: i64 = 5 * 60_000;
/// Looks that are remembered; above it each is written down.
const LOOKS_MAX: usize = 10_000;
/// Ticks between two tries of orders whose house did not answer.
const AGAIN_TICKS: u64 = 5;

/// What operations of a running network remember.
#[derive(Debug)]
pub struct Ops {
    book: Mutex<Book>,
    /// One deed at a time: an order is given to its house by one hand only.
    doing: Mutex<()>,
    history: Mutex<History>,
    keys: keys::Shelf,
    /// Who looked at what, and when that was written down last.
    looks: Mutex<BTreeMap<(String, &'static str), Wall>>,
}

/// A lock whose holder panicked guards lines that are whole or absent.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why an order is refused, for whom asks.
fn refusal(no: No) -> Refusal {
    let (zh, en) = match no {
        No::Unknown => return Refusal::new(StatusCode::NOT_FOUND, "没有这张指令", "there is no such order"),
        No::SamePerson => ("须由另一人复核：提出人不能自己批准", "another person approves it: not who proposed it"),
        No::Expired => ("指令已过期：请重新提出", "its time is over: propose it anew"),
        No::Decided => ("已由他人处理", "somebody was quicker: it is decided"),
        No::Twice(same) => {
            let (zh, en) =
                (format!("同样的指令正在等待：第{same}号"), format!("the same order waits already: no. {same}"));
            return Refusal::new(StatusCode::CONFLICT, &zh, &en).with("order", &same.to_string());
        }
        No::Given => ("已交给机构办理，不能再撤回", "its house has it already: nobody stops it any more"),
        No::TooMany => ("等待复核的指令过多：请先处理", "too many orders wait: work them first"),
    };
    let word = match no {
        No::SamePerson => "same_person",
        No::Expired => "expired",
        No::TooMany => "too_many",
        No::Given => "given",
        _ => "decided",
    };
    Refusal::new(StatusCode::CONFLICT, zh, en).with("reason", word)
}

/// What a house or a look-up refuses.
fn refused(end: &End) -> Refusal {
    crate::recon::problem(end).into()
}

impl Ops {
    /// With the orders of its log: lines that this network has signed. Whoever puts one in without the key says yes in nobody's name.
    pub fn of(log: &Log) -> Result<Self, End> {
        let ours = |line: &Value| {
            matches!(line["act"].as_str(), Some(PROPOSED | APPROVED | REFUSED | WITHDRAWN | GIVEN | DONE))
        };
        let book = Book::of(&log.chain().signed_lines(LINES_MAX, ours)?);
        Ok(Self {
            book: Mutex::new(book),
            doing: Mutex::default(),
            history: Mutex::default(),
            keys: keys::Shelf::default(),
            looks: Mutex::default(),
        })
    }

    /// Writes a line down, then takes it: what cannot be written down did not happen.
    fn write(book: &mut Book, log: &Log, at: Moment, by: &By<'_>, act: &str, mut line: Value) -> Result<(), End> {
        log.act(at, by, act, line.clone())?;
        line["act"] = act.into();
        book.take(&line);
        Ok(())
    }

    /// Whether this look is worth a line of its own.
    fn is_fresh_look(&self, who: &str, what: &'static str, now: Wall) -> bool {
        let mut looks = held(&self.looks);
        looks.retain(|_, at| now.since(*at) < SAME_LOOK_MS);
        if looks.contains_key(&(who.to_owned(), what)) {
            return false;
        }
        if looks.len() < LOOKS_MAX {
            looks.insert((who.to_owned(), what), now);
        }
        true
    }

    fn order(&self, no: u64) -> Result<Order, Refusal> {
        held(&self.book).get(no).cloned().ok_or_else(|| refusal(No::Unknown))
    }

    /// Somebody proposes an order; it is looked up first, so that both persons see what moves.
    ///
    /// # Errors
    /// 400, 409, 503.
    fn propose(&self, live: &Live, signed: &Signed, what: &What, because: &str) -> Result<Order, Refusal> {
        looked::signs(&signed.name).map_err(|end| refused(&end))?;
        let moves = looked::looked_up(live, what).map_err(|end| refused(&end))?;
        let mut ticket = [0; 8];
        SystemRandom.fill(&mut ticket).map_err(|_| End::environment("没有随机源", "no source of random numbers"))?;
        let (now, ticket) = (live.now(), u64::from_le_bytes(ticket) | 1);
        let mut book = held(&self.book);
        let line = book.propose(what, &moves, because, &signed.name, ticket, now).map_err(refusal)?;
        let no = line["order"].as_u64().unwrap_or(0);
        Self::write(&mut book, &live.log, now, &signed.by(), PROPOSED, line)?;
        book.get(no).cloned().ok_or_else(|| refusal(No::Unknown))
    }

    /// A second person says yes; then it is carried out. What both were shown must still be so.
    ///
    /// # Errors
    /// 400, 404, 409, 503. Behind the yes there is none: a house that does not answer is asked again.
    fn approve(&self, live: &Live, signed: &Signed, no: u64) -> Result<Order, Refusal> {
        looked::signs(&signed.name).map_err(|end| refused(&end))?;
        let order = self.order(no)?;
        held(&self.book).approve(no, &signed.name, live.now()).map_err(refusal)?;
        deed::signable(&order, &signed.name).map_err(|end| refused(&end))?;
        if !live.front.may(&order.by, Role::orders)? {
            self.end(live, &order, &ground::not_entitled(&order.by))?;
            let lost = Refusal::new(
                StatusCode::CONFLICT,
                "提出人已停用或不再是运营人员：指令已结束，没有动账",
                "who proposed it is locked or no longer of operations: the order has ended, nothing moved",
            );
            return Err(lost.with("reason", "proposer"));
        }
        let moves = looked::looked_up(live, &order.what).map_err(|end| refused(&end))?;
        if moves != order.moves {
            let changed = Refusal::new(
                StatusCode::CONFLICT,
                "账务已变，与提出时所见不同：请拒绝后重新提出",
                "things have changed since it was proposed: refuse it and propose it anew",
            );
            return Err(changed.with("reason", "changed"));
        }
        {
            let (mut book, now) = (held(&self.book), live.now());
            let line = book.approve(no, &signed.name, now).map_err(refusal)?;
            Self::write(&mut book, &live.log, now, &signed.by(), APPROVED, line)?;
        }
        // Nobody knows what came of it: it stands as under way, and the next tick tries again.
        let _ = self.carry_out(live, no);
        self.order(no)
    }

    /// Somebody says no, or takes their own back; behind the yes as long as its house does not have it.
    ///
    /// # Errors
    /// 404, 409.
    fn refuse(&self, live: &Live, signed: &Signed, no: u64, because: &str) -> Result<Order, Refusal> {
        let (mut book, now) = (held(&self.book), live.now());
        let (act, line) = book.refuse(no, &signed.name, because, now).map_err(refusal)?;
        Self::write(&mut book, &live.log, now, &signed.by(), act, line)?;
        book.get(no).cloned().ok_or_else(|| refusal(No::Unknown))
    }

    /// Gives an approved order to its house and writes down what came of it.
    fn carry_out(&self, live: &Live, no: u64) -> Result<(), End> {
        let _one_at_a_time = held(&self.doing);
        let Some(order) = held(&self.book).get(no).cloned() else { return Ok(()) };
        let Some(said) = order.said.clone().filter(|said| said.yes && order.outcome.is_none()) else { return Ok(()) };
        let given = || self.given(live, &order, &said.by);
        let outcome = match &order.what {
            What::Hold { .. } | What::Release { .. } | What::Repay { .. } => live.daily.alone(given)?,
            What::Case { .. } | What::Repair { .. } | What::Dispute { .. } => given()?,
        };
        outcome.map_or(Ok(()), |outcome| self.end(live, &order, &outcome))
    }

    /// What came of it. An order that its house does not have is compared with what stands, under the lock that gives it; it ends without
    /// the house where its time is over, things are not as they were shown, or one of the two may not order any more. None: it was withdrawn.
    fn given(&self, live: &Live, order: &Order, checked: &str) -> Result<Option<Outcome>, End> {
        if order.is_over(live.now(), false) {
            return Ok(Some(ground::expired()));
        }
        ground::heard(live, &order.what)?;
        if let Some(given) = order.given
            && let Some(outcome) = ground::happened(live, order, checked, given.last_hold)?
        {
            return Ok(Some(outcome));
        }
        if order.is_over(live.now(), true) {
            return Ok(Some(ground::expired()));
        }
        for name in [order.by.as_str(), checked] {
            if !live.front.may(name, Role::orders)? {
                return Ok(Some(ground::not_entitled(name)));
            }
        }
        let of_merchant = if let What::Hold { merchant, .. } = &order.what { merchant } else { "" };
        let placed = |hold| held(&self.book).placed(of_merchant, hold);
        let earlier = held(&self.book).did(order).filter(|_| of_merchant.is_empty());
        if let Some(outcome) = ground::ground(live, order, checked, placed)? {
            return Ok(Some(ground::with_earlier(outcome, earlier)));
        }
        let last_hold = ground::last_hold(live, order, checked)?;
        {
            let (mut book, now) = (held(&self.book), live.now());
            if !book.goes(order.no) {
                return Ok(None);
            }
            if let Some(line) = book.give(order.no, last_hold, now) {
                Self::write(&mut book, &live.log, now, &Self::machine(checked), GIVEN, line)?;
            }
        }
        let outcome = deed::carried_out(live, order, checked)?;
        Ok(Some(ground::with_earlier(outcome, earlier)))
    }

    /// Writes down what came of it; the first word counts.
    fn end(&self, live: &Live, order: &Order, outcome: &Outcome) -> Result<(), End> {
        let (mut book, now) = (held(&self.book), live.now());
        let Some(line) = book.done(order.no, outcome, now) else { return Ok(()) };
        let who = order.said.as_ref().map_or(order.by.as_str(), |said| said.by.as_str());
        Self::write(&mut book, &live.log, now, &Self::machine(who), DONE, line)
    }

    /// The machine, on the word of somebody of operations.
    const fn machine(who: &str) -> By<'_> {
        By { who, role: Some(Role::Operations.word()), from: "machine" }
    }

    /// What was approved and is not known to have happened is given to its house once more: behind a crash before anybody is let in, and
    /// while a house does not answer every few seconds.
    pub fn again(&self, live: &Live) {
        let under_way = held(&self.book).under_way();
        for no in under_way {
            // Whoever waits for it sees that it is under way.
            let _ = self.carry_out(live, no);
        }
    }

    /// Once a second: a sample for the charts, and now and then what is still under way.
    pub fn tick(&self, live: &Live) {
        // Asked without the lock: whoever looks at the charts waits for no party.
        let sample = history::sample(live);
        let ticks = held(&self.history).take((live.now(), live.front.wall()), sample);
        if ticks.is_multiple_of(AGAIN_TICKS) {
            self.again(live);
        }
    }

    /// How many wait for a second person.
    fn waiting(&self, now: Moment) -> usize {
        held(&self.book).all().filter(|order| order.standing(now) == Standing::Waiting).count()
    }
}

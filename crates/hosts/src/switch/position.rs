//! What members owe each other: one posting per approval and one mirror per undo, with running totals per member and day.
//! Written in the commit of the approval or undo, never afterwards; an exchange is posted once and undone once.

use super::core::Switch;
use super::record::{Day, Exchange, SwitchRow};
use super::{correct, request};
use crate::day::{self, Tally};
use crate::dispute::DisputeMove;
use crate::ledger::{self, Account, Cause, Posting, Sums};
use alloc::vec::Vec;
use slipway_node::{Decision, Facts, Record, Wants};
use slipway_terms::{BusinessDate, InstitutionId, Moment};

/// Days of a member among which an undo or a late advice finds the open one: nothing is counted beyond it.
const NEWEST_DAYS: u16 = 2;

pub(super) fn want_balances(acquirer: &InstitutionId, issuer: &InstitutionId, out: &mut Wants) {
    ledger::want::<SwitchRow>(&[Account::Member(*acquirer), Account::Member(*issuer)], out);
}

pub(super) fn want_day(acquirer: &InstitutionId, issuer: &InstitutionId, date: BusinessDate, out: &mut Wants) {
    day::want::<Switch>(out);
    out.row::<Day, SwitchRow>(&(*acquirer, date)).row::<Day, SwitchRow>(&(*issuer, date));
}

/// For an undo and for an advice, which may land on the day that is open when they are judged.
pub(super) fn want_newest(acquirer: &InstitutionId, issuer: &InstitutionId, out: &mut Wants) {
    day::want::<Switch>(out);
    out.range::<Day, SwitchRow>(acquirer, NEWEST_DAYS, true).range::<Day, SwitchRow>(issuer, NEWEST_DAYS, true);
}

/// What moves and the two members; `None` if no money moves between members.
fn sides(exchange: &Exchange) -> Option<(i64, InstitutionId, InstitutionId)> {
    exchange.asked.moves_money().then_some((exchange.signed_minor, exchange.key.acquirer, exchange.issuer?))
}

fn posting(
    exchange: &Exchange,
    at: Moment,
    day: BusinessDate,
    (minor, acquirer, issuer): (i64, InstitutionId, InstitutionId),
) -> Posting {
    let (debit, credit) = (Account::Member(issuer), Account::Member(acquirer));
    Posting::simple(exchange.key, Cause::Approval, exchange.asked.rrn, at, day, debit, credit, minor)
}

/// The day that an approval lands on. A request is decided before its day is closed. An advice waits for its issuer, and may find
/// its day closed: then the day that is open now, which the acquirer is told in DE 15.
pub(super) fn landing(at: Moment, exchange: &Exchange, facts: &Facts<'_, Switch>) -> BusinessDate {
    let days = day::days(at, facts);
    if request::is_advice(exchange) && exchange.day <= days.closed { days.date } else { exchange.day }
}

/// An approval: the issuer owes the acquirer, or the other way round for what gives money back. Its day is that of its landing.
pub(super) fn take(at: Moment, exchange: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let Some((minor, acquirer, issuer)) = sides(exchange) else { return };
    let (date, late) = (exchange.day, request::is_advice(exchange));
    if acquirer != issuer {
        ledger::post(posting(exchange, at, date, (minor, acquirer, issuer)), facts, decision);
    }
    let newest = if late { newest(&acquirer, &issuer, facts) } else { Vec::new() };
    let day = |member: InstitutionId| {
        let met = newest.iter().find(|day| day.member == member && day.date == date).copied();
        met.or_else(|| facts.known::<Day>(&(member, date))).cloned()
    };
    count(acquirer, issuer, date, day, |tally| tally.count(minor, false), decision);
}

/// The newest days of both members.
fn newest<'f>(acquirer: &InstitutionId, issuer: &InstitutionId, facts: &'f Facts<'_, Switch>) -> Vec<&'f Day> {
    let of = |member: &InstitutionId| facts.range::<Day>(member, NEWEST_DAYS, true).unwrap_or_default();
    of(acquirer).into_iter().chain(of(issuer)).collect()
}

/// An undo of an approval: the mirror posting, on the day that is open when it arrives.
pub(super) fn give_back(at: Moment, exchange: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    give_back_on(day::days(at, facts).date, at, exchange, facts, decision);
}

/// The same on the day that the issuer was told.
pub(super) fn give_back_on(
    date: BusinessDate,
    at: Moment,
    exchange: &Exchange,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let Some((minor, acquirer, issuer)) = sides(exchange) else { return };
    if acquirer != issuer {
        ledger::post(posting(exchange, at, date, (minor, acquirer, issuer)).undo(at, date), facts, decision);
    }
    arrive((acquirer, issuer), date, |tally| tally.count(minor, true), facts, decision);
}

/// A finding takes the undo back: owed again, on this day. Of what the acquirer was never told an approval
/// nothing was owed before: then it is the first that this exchange moves.
pub(super) fn redo(
    date: BusinessDate,
    at: Moment,
    exchange: &Exchange,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let Some((minor, acquirer, issuer)) = sides(exchange) else { return };
    if acquirer != issuer {
        let cause = if correct::was_approved(exchange) { Cause::Redo } else { Cause::Approval };
        let again = Posting { cause, ..posting(exchange, at, date, (minor, acquirer, issuer)) };
        ledger::post(again, facts, decision);
    }
    arrive((acquirer, issuer), date, |tally| tally.count(minor, false), facts, decision);
}

/// A step of a dispute: an exchange of its own, on this day.
pub(super) fn disputed(
    date: BusinessDate,
    moved: &DisputeMove,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let (Some(issuer), acquirer, minor) = (moved.issuer, moved.own.acquirer, moved.minor) else { return };
    if acquirer != issuer {
        let (debit, credit) = (Account::Member(issuer), Account::Member(acquirer));
        let (at, rrn) = (moved.at, moved.rrn);
        let posting = Posting::simple(moved.own, Cause::Approval, rrn, at, date, debit, credit, minor);
        ledger::post(posting, facts, decision);
    }
    arrive((acquirer, issuer), date, |tally| tally.count(minor, false), facts, decision);
}

/// Counts on the day that is open: the newest of both members, or one that nothing was counted on yet.
fn arrive(
    (acquirer, issuer): (InstitutionId, InstitutionId),
    date: BusinessDate,
    add: impl Fn(&mut Tally),
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let known = newest(&acquirer, &issuer, facts);
    let found = |member: InstitutionId| {
        known.iter().find(|day| day.member == member && day.date == date).map(|day| (*day).clone())
    };
    // An undo that was owed comes in the commit of another: the day as that one leaves it.
    let so_far = |member: InstitutionId| {
        let at = <Day as Record<SwitchRow>>::key(&(member, date));
        decision.puts.iter().rev().find(|(key, _)| *key == at).and_then(|(_, row)| Day::peel(row)).cloned()
    };
    let days = [acquirer, issuer].map(|member| (member, so_far(member).or_else(|| found(member))));
    let day = |member: InstitutionId| days.iter().find(|(of, _)| *of == member).and_then(|(_, day)| day.clone());
    count(acquirer, issuer, date, day, add, decision);
}

fn count(
    acquirer: InstitutionId,
    issuer: InstitutionId,
    date: BusinessDate,
    day: impl Fn(InstitutionId) -> Option<Day>,
    add: impl Fn(&mut Tally),
    decision: &mut Decision<Switch>,
) {
    let begun =
        |member| day(member).unwrap_or(Day { member, date, acquired: Tally::default(), issued: Tally::default() });
    let mut acquired = begun(acquirer);
    add(&mut acquired.acquired);
    if acquirer == issuer {
        add(&mut acquired.issued);
    } else {
        let mut issued = begun(issuer);
        add(&mut issued.issued);
        decision.put(&(issuer, date), issued);
    }
    decision.put(&(acquirer, date), acquired);
}

/// Adds up every balance and posting of the switch's store; other rows are passed over.
pub fn audit<'a>(rows: impl IntoIterator<Item = &'a SwitchRow>) -> Sums {
    let mut sums = Sums::default();
    for row in rows {
        match row {
            SwitchRow::Balance(balance) => sums.balance(balance),
            SwitchRow::Posting(posting) => sums.posting(posting),
            _ => {}
        }
    }
    sums
}

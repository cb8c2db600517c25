//! What members owe each other: one posting per approval and one mirror per undo, with running totals per member and day.
//! Written in the commit of the approval or undo, never afterwards; an exchange is posted once and undone once.

use super::core::Switch;
use super::record::{Day, Exchange, SwitchRow, Tally};
use crate::ledger::{self, Account, Cause, Posting, Sums};
use alloc::vec::Vec;
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{BusinessDate, InstitutionId, Moment};

/// Days of a member that an undo looks at to find its own; more than one only if the clock went back.
const NEWEST_DAYS: u16 = 2;

pub(super) fn want_balances(acquirer: &InstitutionId, issuer: &InstitutionId, out: &mut Wants) {
    ledger::want::<SwitchRow>(&[Account::Member(*acquirer), Account::Member(*issuer)], out);
}

pub(super) fn want_day(acquirer: &InstitutionId, issuer: &InstitutionId, date: BusinessDate, out: &mut Wants) {
    out.row::<Day, SwitchRow>(&(*acquirer, date)).row::<Day, SwitchRow>(&(*issuer, date));
}

/// For an undo, whose day is that of its arrival and not known before it is judged.
pub(super) fn want_newest(acquirer: &InstitutionId, issuer: &InstitutionId, out: &mut Wants) {
    out.range::<Day, SwitchRow>(acquirer, NEWEST_DAYS, true).range::<Day, SwitchRow>(issuer, NEWEST_DAYS, true);
}

/// What moves and the two members; `None` if no money moves between members.
fn sides(exchange: &Exchange) -> Option<(i64, InstitutionId, InstitutionId)> {
    exchange.asked.moves_money().then_some((exchange.signed_minor, exchange.key.acquirer, exchange.issuer?))
}

fn posting(exchange: &Exchange, at: Moment, (minor, acquirer, issuer): (i64, InstitutionId, InstitutionId)) -> Posting {
    let (debit, credit) = (Account::Member(issuer), Account::Member(acquirer));
    Posting::simple(exchange.key, Cause::Approval, exchange.asked.rrn, at, debit, credit, minor)
}

/// An approval: the issuer owes the acquirer, or the other way round for what gives money back.
pub(super) fn take(at: Moment, exchange: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let Some((minor, acquirer, issuer)) = sides(exchange) else { return };
    if acquirer != issuer {
        ledger::post(posting(exchange, at, (minor, acquirer, issuer)), facts, decision);
    }
    let day = |member: InstitutionId| facts.get::<Day>(&(member, exchange.day)).cloned();
    let add = |tally: &mut Tally| {
        tally.sales += 1;
        tally.sales_minor += minor;
    };
    count(acquirer, issuer, exchange.day, day, add, decision);
}

/// An undo of an approval: the mirror posting, on the day of its arrival; that day never lies before a day already begun.
pub(super) fn give_back(
    me: &Switch,
    at: Moment,
    exchange: &Exchange,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let Some((minor, acquirer, issuer)) = sides(exchange) else { return };
    if acquirer != issuer {
        ledger::post(posting(exchange, at, (minor, acquirer, issuer)).undo(at), facts, decision);
    }
    let add = |tally: &mut Tally| {
        tally.undone += 1;
        tally.undone_minor += minor;
    };
    arrive(me, at, acquirer, issuer, add, facts, decision);
}

/// A finding takes the undo back: owed again, on the day of the finding.
pub(super) fn redo(
    me: &Switch,
    at: Moment,
    exchange: &Exchange,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let Some((minor, acquirer, issuer)) = sides(exchange) else { return };
    if acquirer != issuer {
        let again = Posting { cause: Cause::Redo, ..posting(exchange, at, (minor, acquirer, issuer)) };
        ledger::post(again, facts, decision);
    }
    let add = |tally: &mut Tally| {
        tally.sales += 1;
        tally.sales_minor += minor;
    };
    arrive(me, at, acquirer, issuer, add, facts, decision);
}

/// Counts on the day of `at`, which never lies before a day already begun.
fn arrive(
    me: &Switch,
    at: Moment,
    acquirer: InstitutionId,
    issuer: InstitutionId,
    add: impl Fn(&mut Tally),
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let newest = |member: &InstitutionId| facts.range::<Day>(member, NEWEST_DAYS, true).unwrap_or_default();
    let known: Vec<&Day> = newest(&acquirer).into_iter().chain(newest(&issuer)).collect();
    let date = known.iter().map(|day| day.date).fold(me.times.business_date(at), BusinessDate::max);
    let day = |member: InstitutionId| {
        known.iter().find(|day| day.member == member && day.date == date).map(|day| (*day).clone())
    };
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

//! `deadlines`: what was promised by a time is done by then, or told as overdue from then on (rules 7, 9): a difference after 24 and 48
//! hours, an unconfirmed credit after 48, a merchant who was asked after three working days, a suspended debit whose file does not
//! come after 24. Counts by itself, from what it saw first, and believes no party's clock.

use super::Desk;
use super::books::Wrong;
use super::lists::{Family, calendar};
use crate::cast;
use slipway_hosts::acquirer::{self, Case, Credit, Ground};
use slipway_hosts::filed::Filed;
use slipway_hosts::issuer::{self, MissingFile, Suspense};
use slipway_recon::four::{self, Pace, steps_missed};
use slipway_terms::{BusinessDate, Moment, SwitchKey, TillKey};
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;
/// Between two looks, and as much again for a node that was off, or whose file was not swept yet.
const SLACK_MS: i64 = 8 * HOUR_MS;
/// Seven working days are never more than this, holidays included.
const OUTSIDE_MS: i64 = 20 * 24 * HOUR_MS;

/// When things were seen first, by the clock of the world.
#[derive(Debug, Default)]
pub struct Deadlines {
    differences: BTreeMap<(usize, Family), Moment>,
    unconfirmed: BTreeMap<TillKey, Moment>,
    cases: BTreeMap<(TillKey, u8), Moment>,
    held: BTreeMap<SwitchKey, Moment>,
}

/// What an issuer has of files.
#[derive(Debug)]
pub struct Files<'a> {
    /// Taken, or begun.
    pub filed: &'a [Filed],
    /// Asked for.
    pub missing: &'a [MissingFile],
    /// The last day that is closed there.
    pub closed: BusinessDate,
}

impl Deadlines {
    /// The open differences of one who reconciles: each is told as overdue from the promised hour on, and not before.
    pub fn differences(&mut self, desk: &Desk, now: Moment, wrong: &mut Vec<Wrong>) {
        let Some(calendar) = calendar() else { return };
        let mut seen = BTreeMap::new();
        for (family, dossier) in desk.dossiers() {
            let first = *self.differences.get(&(desk.node, *family)).unwrap_or(&now);
            seen.insert((desk.node, *family), first);
            let name = || String::from_utf8_lossy(family).replace('\0', " ");
            if dossier.since != first {
                wrong.push(("deadlines", format!("{} begins anew: {first}, {}", name(), dossier.since)));
            }
            let Some((_, row)) = dossier.row(desk.view).filter(|_| dossier.closed.is_none()) else { continue };
            let steps = dossier.steps(desk.view, &four::Deadlines::standard(), &calendar);
            let told = steps.map_or(0, |steps| steps_missed(&steps, now));
            let hours = |hours: i64| hours * HOUR_MS;
            let due = match row.pace {
                Pace::Never => continue,
                Pace::Money => [hours(24), hours(48)],
                // The case opens after 48 hours, and then the merchant has his time.
                Pace::Asked => {
                    let answered_ms = working_days(first.plus_ms(hours(48)), 3).0 - first.0;
                    [answered_ms, answered_ms + hours(24)]
                }
                Pace::NextDay => [hours(24), i64::MAX],
                Pace::Late => [hours(4), hours(24)],
            };
            let gone_ms = now.0 - first.0;
            let least = due.iter().filter(|due_ms| gone_ms > **due_ms).count();
            let least = if gone_ms > OUTSIDE_MS { 3 } else { least };
            if told < least || (told > 0 && gone_ms < due[0]) {
                let hours = gone_ms / HOUR_MS;
                wrong.push(("deadlines", format!("{:?}: {} is open for {hours} h, {told} told", desk.view, name())));
            }
        }
        self.differences.retain(|(node, _), _| *node != desk.node);
        self.differences.append(&mut seen);
    }

    /// Credits that nobody has confirmed become cases, and cases end. `late_ms`: how far the clock of this house was set back.
    pub fn acquirer(
        &mut self,
        exchanges: &[acquirer::Exchange],
        cases: &[Case],
        late_ms: i64,
        now: Moment,
        wrong: &mut Vec<Wrong>,
    ) {
        let slack_ms = SLACK_MS + late_ms;
        for exchange in exchanges {
            let acquirer::Exchange::Original(o) = exchange else { continue };
            if o.credit != Credit::Unconfirmed {
                self.unconfirmed.remove(&o.till);
                continue;
            }
            let first = *self.unconfirmed.entry(o.till).or_insert(now);
            let asked = cases.iter().any(|case| case.till == o.till && case.ground == Ground::Unconfirmed);
            if !asked && now.0 - first.0 > 48 * HOUR_MS + slack_ms {
                wrong.push(("deadlines", format!("{} is unconfirmed since {first}, and no case of it", o.till)));
            }
        }
        for case in cases {
            let key = (case.till, case.ground as u8);
            if case.closed.is_some() {
                self.cases.remove(&key);
                continue;
            }
            let first = *self.cases.entry(key).or_insert(now);
            let until = match case.ground {
                Ground::Unconfirmed => working_days(first, 3),
                _ => first.plus_ms(48 * HOUR_MS),
            };
            if now > until.plus_ms(slack_ms) {
                wrong.push(("deadlines", format!("case {:?} of {} is open since {first}", case.ground, case.till)));
            }
        }
    }

    /// A debit leaves suspense by its file, or is released by the files that do not have it, or its missing file is asked for.
    pub fn issuer(
        &mut self,
        node: usize,
        exchanges: &[issuer::Exchange],
        files: &Files<'_>,
        late_ms: i64,
        now: Moment,
        wrong: &mut Vec<Wrong>,
    ) {
        for x in exchanges {
            let alone = x.claim.is_none() && x.refunded_minor == 0 && x.undo.is_none() && x.signed_minor > 0;
            // A tip goes the way of its sale.
            let alone = alone && x.asked.original.is_none();
            if x.suspense != Suspense::Held || !alone {
                self.held.remove(&x.key);
                continue;
            }
            let first = *self.held.entry(x.key).or_insert(now);
            if now.0 - first.0 <= 48 * HOUR_MS + SLACK_MS + late_ms {
                continue;
            }
            // Its clock may have been a day ahead or behind.
            let day = x.at.date().days();
            let near = (day - 1..=day + 2).map(BusinessDate::from_days);
            let whole = |day: &BusinessDate| files.filed.iter().any(|filed| filed.day == *day && filed.done.is_some());
            let gone: Vec<BusinessDate> = near.filter(|day| *day <= files.closed && !whole(day)).collect();
            let who = cast::call_name(node);
            if gone.is_empty() && BusinessDate::from_days(day + 2) <= files.closed {
                wrong.push(("deadlines", format!("{} is in suspense at {who} since {first}, with all files", x.key)));
            } else if !gone.is_empty() && files.missing.is_empty() {
                wrong.push((
                    "deadlines",
                    format!("{} waits at {who} since {first}, and nobody asks for {gone:?}", x.key),
                ));
            }
        }
    }
}

/// 24:00 of the last of so many days from Monday to Friday.
fn working_days(at: Moment, days: u32) -> Moment {
    let (mut day, mut left) = (at.date().days(), days);
    while left > 0 {
        day += 1;
        // 1970-01-01 was a Thursday.
        left -= u32::from((day + 3).rem_euclid(7) < 5);
    }
    Moment((day + 1) * 24 * HOUR_MS - 8 * HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::EPOCH;

    #[test]
    fn three_working_days_over_a_weekend() {
        // A Monday.
        assert_eq!(working_days(EPOCH, 3).to_string(), "2026-11-27 00:00:00");
        assert_eq!(working_days(EPOCH.plus_ms(4 * 24 * HOUR_MS), 3).to_string(), "2026-12-03 00:00:00");
    }

    #[test]
    fn an_unconfirmed_credit_without_a_case_and_a_case_without_an_end_are_told() {
        let till = TillKey {
            terminal: cast::terminal(0),
            merchant: cast::merchant(0),
            batch: slipway_terms::BatchNo(1),
            stan: slipway_terms::Stan::FIRST,
        };
        let case = Case::open(till, Ground::Unconfirmed, EPOCH);
        let check = |after_h: i64, wrongs: usize| {
            let (mut deadlines, mut wrong) = (Deadlines::default(), Vec::new());
            deadlines.acquirer(&[], &[case], 0, EPOCH, &mut wrong);
            deadlines.acquirer(&[], &[case], 0, EPOCH.plus_ms(after_h * HOUR_MS), &mut wrong);
            assert_eq!(wrong.len(), wrongs, "{after_h}");
        };
        check(48, 0);
        check(24 * 4, 1);
    }
}

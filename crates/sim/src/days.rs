//! Worlds of several business days: when people work, what each morning brings, and the nights between. A shift lasts some minutes,
//! now and then over the cut; at night nobody sells and the world goes on: cuts, files, payouts, cases. What happens depends on the
//! seed and the number of the day only.

use crate::cast::{self, ACQUIRERS, DEVICES, ISSUERS, MEMBER_NODES};
use crate::dice::Matter;
use crate::fault::{FileHarm, Weather};
use crate::world::{Event, World};
use slipway_hosts::times::Times;
use slipway_terms::{BusinessDate, Moment};

/// From one morning to the next.
const DAY_MS: i64 = 86_400_000;
/// A shift over the cut begins so long before it.
const BEFORE_CUT_MS: i64 = 40_000;
/// Shortest and longest shift.
const SHIFT_MS: (i64, i64) = (200_000, 480_000);
/// When things are given time to become quiet: the unconfirmed sale of the last shift waits 48 hours for its case, its merchant is
/// silent for three working days over a weekend, and its slip comes late.
const QUIET_MS: i64 = 14 * DAY_MS;
/// Devices that are lost in one world at most.
const LOST_MAX: usize = 2;

/// How many days a world has, and when people work. One of a single day has no shifts: people work until faults stop.
#[derive(Clone, Debug, Default)]
pub struct Course {
    shifts: Vec<(Moment, Moment)>,
}

impl Course {
    /// Whether the world has several days.
    pub fn is_long(&self) -> bool {
        !self.shifts.is_empty()
    }

    /// When the last shift is over.
    pub fn ends(&self) -> Option<Moment> {
        self.shifts.last().map(|(_, until)| *until)
    }

    /// When there is work again, if there is none now.
    pub fn pause(&self, now: Moment) -> Option<Moment> {
        if self.shifts.iter().any(|(from, until)| *from <= now && now < *until) {
            return None;
        }
        self.shifts.iter().map(|(from, _)| *from).find(|from| *from > now)
    }

    /// How long the world may take to become quiet, if it is a long one.
    pub fn quiet_ms(&self) -> Option<i64> {
        self.is_long().then_some(QUIET_MS)
    }
}

/// The next cut from here on.
fn next_cut(at: Moment) -> Moment {
    let today = Times::default().day_ends(at.date());
    let tomorrow = BusinessDate::from_days(at.date().days() + 1);
    if today > at { today } else { Times::default().day_ends(tomorrow) }
}

impl World {
    /// Lays out so many days. One is as ever.
    pub(crate) fn lay_out(&mut self, days: u32) {
        if days < 2 {
            return;
        }
        for day in 0..u64::from(days) {
            let mut shift = self.dice.fixed(Matter::Day, &[day]);
            let morning = self.began.plus_ms(i64::try_from(day).unwrap_or(0) * DAY_MS);
            let over_the_cut = day > 0 && shift.chance.chance(400);
            let from = if over_the_cut { next_cut(morning).plus_ms(-BEFORE_CUT_MS) } else { morning };
            let until = from.plus_ms(shift.chance.span(SHIFT_MS.0, SHIFT_MS.1));
            self.course.shifts.push((from, until));
            self.queue.push(from, Event::Dawn { day });
        }
        self.queue.push(self.began.plus_ms(DAY_MS / 24), Event::Desks { no: 0 });
    }

    /// What a shift begins with: what befalls the day's files, a device that will be lost, a line that is down into the next day.
    pub(crate) fn dawn(&mut self, day: u64) {
        if self.shift.over {
            return;
        }
        let rates = self.rates;
        let mut line = self.dice.fixed(Matter::Day, &[day, 1]);
        if line.chance.chance(rates.line) {
            // Between hosts: a till's operator would have seen to his.
            let hosts: Vec<usize> = (0..self.links.len()).filter(|no| !self.links[*no].is_till()).collect();
            let (link, away_ms) = (*line.chance.pick(&hosts), line.chance.span(DAY_MS / 12, DAY_MS * 2));
            let after_ms = line.chance.span(0, SHIFT_MS.0);
            if self.dice.may(&line) {
                self.queue.push(self.now.plus_ms(after_ms), Event::Blow(line.id, Weather::Down(link, away_ms)));
            }
        }
        if day == 0 {
            return;
        }
        for node in MEMBER_NODES {
            let mut file = self.dice.fixed(Matter::Day, &[day, 2, node as u64]);
            if file.chance.chance(rates.file) {
                let (harm, _) = *file.chance.pick(&FileHarm::ALL);
                self.strike(&file, Weather::File(node, harm));
            }
        }
        let mut death = self.dice.fixed(Matter::Day, &[day, 3]);
        let lost = (0..DEVICES.len()).filter(|device| self.nodes[*device].lost).count();
        if lost < LOST_MAX && death.chance.chance(rates.death) {
            let (device, after_ms) = (death.chance.below(DEVICES.len()), death.chance.span(20_000, SHIFT_MS.0));
            let with_a_sale = death.chance.chance(500).then(|| death.chance.span(1, 40));
            if !self.dice.may(&death) {
                return;
            }
            if let Some(ms) = with_a_sale {
                // Just when it has asked: nobody can say what it would have printed.
                self.dying.insert(device, (death.id, ms));
            } else {
                self.queue.push(self.now.plus_ms(after_ms), Event::Blow(death.id, Weather::Death(device)));
            }
        }
    }

    /// A device has sent a sale, and may be one that is lost with it.
    pub(crate) fn asks_at_the_last(&mut self, device: usize) {
        if let Some((id, ms)) = self.dying.remove(&device) {
            self.queue.push(self.now.plus_ms(ms), Event::Blow(id, Weather::Death(device)));
        }
    }

    /// How far the clock of a node was set back, all times together.
    pub(crate) fn set_back_ms(&self, node: usize) -> i64 {
        self.nodes[node].back_ms
    }

    /// The hosts that close days.
    pub(crate) fn hosts() -> impl Iterator<Item = usize> {
        ACQUIRERS.into_iter().chain([cast::SWITCH]).chain(ISSUERS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::EPOCH;

    #[test]
    fn work_pauses_between_shifts_and_the_last_one_ends_it() {
        let at = |hours: i64| EPOCH.plus_ms(hours * 3_600_000);
        let course = Course { shifts: vec![(at(0), at(1)), (at(24), at(25))] };
        for (now, want) in [(0, None), (1, Some(24)), (23, Some(24)), (24, None), (25, None), (40, None)] {
            assert_eq!(course.pause(at(now)), want.map(at), "{now}");
        }
        assert_eq!((course.ends(), Course::default().pause(at(7))), (Some(at(25)), None));
        assert_eq!(next_cut(EPOCH).to_string(), "2026-11-23 23:00:00");
        assert_eq!(next_cut(at(13)).to_string(), "2026-11-24 23:00:00");
    }
}

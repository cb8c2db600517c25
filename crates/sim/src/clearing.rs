//! The day after, in a world: closed days are reckoned from the switch's disk, every member gets its file, and what has not appeared
//! is looked at. A file may be lost, doubled, late, cut short, changed or another's; whatever was not taken comes again at the
//! next look, as an operator runs it again.

use crate::cast::{self, ACQUIRERS, ISSUERS, MEMBER_NODES, SWITCH};
use crate::check::{Fees, clearing};
use crate::dice::Matter;
use crate::fault::FileHarm;
use crate::paying::{self, Plans};
use crate::reconciling::a_day_later;
use crate::station::Feed;
use crate::world::{Event, World};
use slipway_hosts::acquirer::{self, AcquirerRow};
use slipway_hosts::day::Days;
use slipway_hosts::filed::Filed;
use slipway_hosts::issuer::{self, IssuerRow, Suspense};
use slipway_hosts::switch::{SwitchRow, moved};
use slipway_node::{ClearingPart, Hand, Record, Rows, Store};
use slipway_recon::clearing::{Day, told};
use slipway_recon::{FeeBook, Relief};
use slipway_terms::{BusinessDate, ClearingItem, InstitutionId, Moment, Moved, SwitchKey, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// Between two looks at closed days.
const LOOK_MS: i64 = 600_000;
/// How late a late file is.
const LATE_MS: i64 = 3 * 3_600_000;
/// Looks between two sweeps of suspense when no file has come.
const SWEEP_LOOKS: u64 = 6;

/// What is known of closed days.
#[derive(Debug, Default)]
pub struct Clearing {
    /// Days as they were reckoned first.
    pub(crate) days: BTreeMap<BusinessDate, Day>,
    /// What befalls the next file of a member.
    pub(crate) harms: BTreeMap<usize, FileHarm>,
    /// Merchants' days as they were worked out first.
    pub(crate) plans: Plans,
    taken: BTreeSet<(usize, BusinessDate)>,
    /// Files that are kept back, and until when.
    kept_back: BTreeMap<(usize, BusinessDate), Moment>,
    begun: bool,
}

impl World {
    pub(crate) fn table<T: Record<R> + Clone, R: Rows>(&self, node: usize) -> Vec<T> {
        self.readable(node).unwrap_or_default()
    }

    /// The same; `None` while the disk cannot be read.
    pub(crate) fn readable<T: Record<R> + Clone, R: Rows>(&self, node: usize) -> Option<Vec<T>> {
        let mut rows = Vec::new();
        let read = self.nodes[node].station.disk().each(T::SPACE, &mut |_, bytes| {
            rows.extend(R::decode(T::SPACE, bytes).ok().and_then(|row| T::peel(&row).cloned()));
        });
        read.ok().map(|()| rows)
    }

    fn moved(&self) -> Vec<Moved> {
        moved(
            &self.table::<_, SwitchRow>(SWITCH),
            &self.table::<_, SwitchRow>(SWITCH),
            &self.table::<_, SwitchRow>(SWITCH),
        )
    }

    /// A look: days that have closed are reckoned, files that were not taken go out, suspense is swept.
    pub(crate) fn look_at_days(&mut self, no: u64) {
        self.clearing.begun = true;
        self.queue.push(self.now.plus_ms(LOOK_MS), Event::Days { no: no + 1 });
        let Some(days) = self.table::<Days, SwitchRow>(SWITCH).pop() else { return };
        self.reckon(days.closed);
        let fresh = self.hand_out();
        let taken = self.clearing.taken.clone();
        self.pay_merchants(|node| taken.iter().filter(|(of, _)| *of == node).map(|(_, day)| *day).collect());
        if fresh || no.is_multiple_of(SWEEP_LOOKS) {
            self.sweep();
        }
    }

    /// Reckons the days up to this one that were not yet. The first day of all worlds is the one they are seeded with.
    fn reckon(&mut self, closed: BusinessDate) {
        let first =
            self.clearing.days.keys().next_back().map_or(crate::queue::EPOCH.date().days(), |day| day.days() + 1);
        if first > closed.days() {
            return;
        }
        let moved = self.moved();
        for day in (first..=closed.days()).map(BusinessDate::from_days) {
            match reckoned(day, &moved) {
                Ok(day) => drop(self.clearing.days.insert(day.date, day)),
                Err(fault) => return self.auditor.accuse("clearing", self.now, format!("{day}: {fault}")),
            }
        }
    }

    /// Sends every file that its member has not taken whole. `true`: one was taken since the last look.
    fn hand_out(&mut self) -> bool {
        let mut fresh = false;
        for node in MEMBER_NODES {
            let filed = if cast::is_acquirer(node) {
                self.table::<Filed, AcquirerRow>(node)
            } else {
                self.table::<Filed, IssuerRow>(node)
            };
            for filed in filed.iter().filter(|filed| filed.done.is_some()) {
                fresh |= self.clearing.taken.insert((node, filed.day));
            }
            let Some(member) = cast::institution(node) else { continue };
            let due: Vec<BusinessDate> = self
                .clearing
                .days
                .keys()
                .filter(|day| !self.clearing.taken.contains(&(node, **day)))
                .filter(|day| self.clearing.kept_back.get(&(node, **day)).is_none_or(|until| self.now >= *until))
                .copied()
                .collect();
            for (at, day) in (1_i64..).zip(due) {
                if let Some(bytes) = self.file(member, day) {
                    self.send_file(node, day, bytes, at);
                }
            }
        }
        fresh
    }

    fn file(&self, member: InstitutionId, day: BusinessDate) -> Option<Vec<u8>> {
        Some(self.clearing.days.get(&day)?.file(member).ok()?.into_bytes())
    }

    fn send_file(&mut self, node: usize, day: BusinessDate, mut bytes: Vec<u8>, after_ms: i64) {
        let mut throw = self.dice.fixed(Matter::Weather, &[u64::MAX - 5, node as u64]);
        let send = |world: &mut Self, bytes: Vec<u8>, ms| {
            world.queue.push(world.now.plus_ms(ms), Event::File { node, day, bytes });
        };
        match self.clearing.harms.remove(&node) {
            None => {}
            Some(FileHarm::Lost) => return,
            Some(FileHarm::Twice) => send(self, bytes.clone(), after_ms),
            Some(FileHarm::Missing) => {
                self.clearing.kept_back.insert((node, day), a_day_later(self.now));
                return;
            }
            Some(FileHarm::Stale) => {
                let before = BusinessDate::from_days(day.days() - 1);
                let own = cast::institution(node).and_then(|own| self.file(own, before));
                let Some(stale) = own else { return };
                bytes = stale;
            }
            Some(FileHarm::Late) => return send(self, bytes, LATE_MS),
            Some(FileHarm::Cut) => bytes.truncate(throw.chance.below(bytes.len())),
            Some(FileHarm::Changed) => {
                let at = throw.chance.below(bytes.len());
                bytes[at] ^= 1;
            }
            Some(FileHarm::Other) => {
                let other = cast::institution(if node == ISSUERS[0] { ISSUERS[1] } else { ISSUERS[0] });
                bytes = other.and_then(|other| self.file(other, day)).unwrap_or_default();
            }
        }
        send(self, bytes, after_ms);
    }

    /// The rim of a member reads its file whole, and tells the core only of one that it found good.
    pub(crate) fn file_comes(&mut self, node: usize, day: BusinessDate, bytes: &[u8]) {
        let Some(member) = cast::institution(node) else { return };
        let read = told(bytes, member, day);
        let (mark, mut items) = match read {
            Ok(read) if self.file(member, day).is_some_and(|whole| whole == bytes) => read,
            Ok(_) => {
                let who = cast::call_name(node);
                return self.auditor.accuse("clearing", self.now, format!("{who} believes a spoilt file of {day}"));
            }
            Err(why) => return self.note(|| format!("{} refuses a file of {day}: {why}", cast::call_name(node))),
        };
        if cast::is_acquirer(node) {
            self.find(node, &mut items);
        }
        for part in ClearingPart::all(mark, &items) {
            self.feed(node, Feed::Hand(Hand::Clearing(part)));
        }
    }

    /// Where an acquirer's own records have what the file names.
    fn find(&self, node: usize, items: &mut [ClearingItem]) {
        let originals = self.table::<acquirer::Exchange, AcquirerRow>(node).into_iter().filter_map(|row| match row {
            acquirer::Exchange::Original(o) => Some((o.switch, o.till)),
            acquirer::Exchange::Tombstone(_) => None,
        });
        let tills: BTreeMap<SwitchKey, TillKey> = originals.collect();
        items.iter_mut().for_each(|item| item.till = tills.get(&item.exchange).copied());
    }

    fn sweep(&mut self) {
        for node in ISSUERS {
            let held = self.table::<issuer::Exchange, IssuerRow>(node);
            for exchange in held.iter().filter(|exchange| exchange.suspense == Suspense::Held) {
                self.feed(node, Feed::Hand(Hand::Suspense(exchange.key)));
            }
        }
    }

    /// Whether every day on which money moved is cleared at every member, and nothing is in suspense.
    pub(crate) fn is_cleared(&mut self) -> bool {
        if !self.clearing.begun {
            self.queue.push(self.now, Event::Days { no: 0 });
            return false;
        }
        let last = self.moved().iter().map(|m| m.day).max();
        let done = |day: &BusinessDate| MEMBER_NODES.iter().all(|node| self.clearing.taken.contains(&(*node, *day)));
        let open = |node: usize| {
            let rows = self.table::<issuer::Exchange, IssuerRow>(node);
            rows.iter().any(|exchange| exchange.suspense.share() != 0)
        };
        last.is_none_or(|last| self.clearing.days.keys().any(|day| *day >= last))
            && self.clearing.days.keys().all(done)
            && !ISSUERS.iter().any(|node| open(*node))
            && self.unpaid().is_empty()
    }

    /// Everything is cleared, or the time is used up: the checker says what is wrong with it.
    pub(crate) fn clearing_ended(&mut self) {
        let moved = self.moved();
        let mut wrong = Vec::new();
        for (date, day) in &self.clearing.days {
            if reckoned(*date, &moved).as_ref() != Ok(day) {
                wrong.push(("clearing", format!("the closed day {date} says something else now")));
            }
        }
        for node in ACQUIRERS.into_iter().chain(ISSUERS) {
            let filed = if cast::is_acquirer(node) {
                self.table::<Filed, AcquirerRow>(node)
            } else {
                self.table::<Filed, IssuerRow>(node)
            };
            for filed in filed.iter().filter(|filed| !filed.strange.is_empty()) {
                let who = cast::call_name(node);
                wrong.push(("clearing", format!("{who} finds entries {:?} of {} strange", filed.strange, filed.day)));
            }
        }
        let about = moved.iter().filter_map(|m| Some((m.exchange, m.original?))).collect();
        let fees = Fees::of(self.clearing.days.values(), &about);
        if let Ok(book) = FeeBook::china() {
            wrong.extend(fees.cleared(&book));
        }
        wrong.extend(fees.charged(&self.charged(), paying::rates()));
        wrong.extend(self.unpaid().into_iter().chain(self.misdirected()).map(|detail| ("paying", detail)));
        wrong.extend(clearing::judge(&self.auditor.books, self.clearing.days.values()));
        for (checker, detail) in wrong {
            self.auditor.accuse(checker, self.now, detail);
        }
    }
}

fn reckoned(day: BusinessDate, moved: &[Moved]) -> Result<Day, String> {
    let book = FeeBook::china().map_err(|fault| fault.to_string())?;
    let day = Day::reckon(day, moved, &book, &Relief::default()).map_err(|fault| fault.to_string())?;
    match day.positions.total_fen() {
        0 => Ok(day),
        off => Err(format!("net positions sum to {off}")),
    }
}

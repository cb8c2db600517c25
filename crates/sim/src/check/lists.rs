//! `lists`: the day after, over what the parties of this world really have. Every day each house's list is made from its own rows,
//! and everybody who looks compares what he may see. No list may lose or make a fen, slices must find what the whole finds, and once
//! the world is quiet every difference that is left has an owner, a deadline and a case in a house that knows why.

use super::books::Wrong;
use super::desk::Desk;
use crate::cast::{self, ACQUIRERS, ISSUERS, SWITCH};
use crate::disk::Disk;
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::day::Days;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::listed::{self, House, Named, Posted, Slips, Turn};
use slipway_hosts::switch::SwitchRow;
use slipway_hosts::times::Times;
use slipway_node::{Rows, Store};
use slipway_recon::four::{Deadlines, List, Moved, Moves, Owner, Row, View};
use slipway_recon::{Calendar, Entry, Key};
use slipway_terms::{BusinessDate, InstitutionId, Moment, SwitchKey, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// Rows by day, in no order.
type ByDay = BTreeMap<BusinessDate, Vec<Row>>;
/// The part of a key that all entries of one reference number have in common.
pub type Family = [u8; 23];

/// Bits of all lists.
const ALL_LISTS: u8 = 15;

/// A working-day calendar has no year without notice; worlds may end in one.
const YEARS: &str = "year 2027 made up for simulated worlds\nyear 2028 made up for simulated worlds\n";

/// What all houses have, read from their disks once the world is quiet.
#[derive(Debug, Default)]
pub struct Lists {
    /// By acquirer: its tills' and its own; the switch's; by issuer.
    till: BTreeMap<usize, ByDay>,
    log: BTreeMap<usize, ByDay>,
    network: ByDay,
    /// The same rows by who issued the card.
    parts: BTreeMap<InstitutionId, ByDay>,
    ledger: BTreeMap<usize, ByDay>,
    /// Reference numbers of which a house has, or had, a case; and numbers of tills of which it has one and nothing else.
    cases: BTreeSet<Family>,
    /// What the acquirers call their exchanges.
    names: BTreeMap<SwitchKey, Family>,
    days: BTreeSet<BusinessDate>,
    /// The last day that each house has closed.
    closed: BTreeMap<usize, BusinessDate>,
    wrong: Vec<Wrong>,
}

/// What is found at the end.
#[derive(Debug, Default)]
pub struct Found {
    /// Broken rules.
    pub wrong: Vec<Wrong>,
    /// Words of the differences that were met, for situations.
    pub met: BTreeSet<&'static str>,
}

fn rows<R: Rows>(disk: &Disk) -> Vec<R> {
    let mut all = Vec::new();
    for space in R::SPACES {
        // The disk of a world that is quiet is there.
        let _ = disk.each(space.byte, &mut |_, bytes| all.extend(R::decode(space.byte, bytes).ok()));
    }
    all
}

/// Everything an exchange moved, and the list that it makes of all days.
struct Made {
    moves: BTreeMap<SwitchKey, Moves>,
    sum: i64,
}

impl Made {
    fn of(posted: impl Iterator<Item = Posted>) -> Self {
        let (mut moves, mut sum) = (BTreeMap::<_, Moves>::new(), 0);
        for posted in posted.filter(|posted| posted.claim_minor != 0) {
            let moved = Some(Moved { day: posted.day, fen: posted.claim_minor, at: posted.at });
            let of = moves.entry(posted.exchange).or_default();
            match posted.turn {
                Turn::First => of.first = moved,
                Turn::Undo => of.undo = moved,
                Turn::Again => of.again = moved,
            }
            sum += posted.claim_minor;
        }
        Self { moves, sum }
    }

    /// The rows of an exchange, day by day.
    fn rows(&self, named: &Named, out: &mut ByDay) {
        let Some(moves) = self.moves.get(&named.exchange) else { return };
        let Some(rrn) = named.rrn else { return };
        let days: BTreeSet<_> =
            [moves.first, moves.undo, moves.again].into_iter().flatten().map(|moved| moved.day).collect();
        for day in days {
            for (entry, moved) in moves.on(day, named.kind) {
                let mut row = Row::new(Key::new(named.exchange.acquirer, rrn, entry), moved.fen, day, 0);
                row.flags = near(moved.at, day);
                out.entry(day).or_default().push(row);
            }
        }
    }
}

fn near(at: Moment, day: BusinessDate) -> u32 {
    let cuts = [BusinessDate::from_days(day.days() - 1), day].map(|day| Times::default().day_ends(day));
    if cuts.iter().any(|cut| Row::is_near_cut(at, *cut)) { Row::NEAR_CUT } else { 0 }
}

fn total(rows: &ByDay) -> i64 {
    rows.values().flatten().map(|row| row.amount_fen).sum()
}

impl Lists {
    /// Reads every host's own disk, and no terminal's.
    pub fn read<'a>(disk: impl Fn(usize) -> &'a Disk) -> Self {
        let mut lists = Self::default();
        for node in ACQUIRERS {
            let rows: Vec<AcquirerRow> = rows(disk(node));
            lists.closed(
                node,
                rows.iter().find_map(|row| if let AcquirerRow::Days(days) = row { Some(days) } else { None }),
            );
            lists.acquirer(node, &rows);
        }
        let own: Vec<SwitchRow> = rows(disk(SWITCH));
        lists
            .closed(SWITCH, own.iter().find_map(|row| if let SwitchRow::Days(days) = row { Some(days) } else { None }));
        lists.switch(&own);
        for node in ISSUERS {
            let rows: Vec<IssuerRow> = rows(disk(node));
            lists.closed(
                node,
                rows.iter().find_map(|row| if let IssuerRow::Days(days) = row { Some(days) } else { None }),
            );
            let posted = rows.iter().filter_map(|row| match row {
                IssuerRow::Posting(posting) => House::Issuer.posted(posting),
                _ => None,
            });
            let (made, mut list) = (Made::of(posted), ByDay::new());
            for named in rows.iter().filter_map(listed::of_issuer) {
                made.rows(&named, &mut list);
                lists.spoilt(&named);
            }
            lists.weigh(node, made.sum, &list);
            lists.ledger.insert(node, list);
        }
        let all = lists.till.values().chain(lists.log.values()).chain(lists.ledger.values()).chain([&lists.network]);
        lists.days = all.flat_map(BTreeMap::keys).copied().collect();
        lists
    }

    fn closed(&mut self, node: usize, days: Option<&Days>) {
        self.closed.extend(days.map(|days| (node, days.closed)));
    }

    /// The code between members does not cover DE 37: a house that was told another number lists its entry under that one, and both
    /// are differences for a person, who finds the one exchange behind them by its other name.
    fn spoilt(&mut self, named: &Named) {
        let told = named.rrn.map(|rrn| Key::new(named.exchange.acquirer, rrn, Entry::Sale).family());
        if let (Some(own), Some(told)) = (self.names.get(&named.exchange), told)
            && *own != told
        {
            self.cases.extend([*own, told]);
        }
    }

    fn weigh(&mut self, node: usize, sum: i64, list: &ByDay) {
        let listed = total(list);
        if listed != sum {
            let who = cast::call_name(node);
            self.wrong.push(("lists", format!("the lists of {who} say {listed}, its postings {sum}")));
        }
    }

    fn acquirer(&mut self, node: usize, rows: &[AcquirerRow]) {
        let mut slips = Slips::default();
        rows.iter().for_each(|row| slips.case(row));
        rows.iter().for_each(|row| slips.exchange(row));
        let posted: Vec<Posted> = rows
            .iter()
            .filter_map(|row| match row {
                AcquirerRow::Posting(posting) => House::Acquirer.posted(posting),
                _ => None,
            })
            .collect();
        posted.iter().for_each(|posted| slips.posted(posted));
        let first: BTreeMap<SwitchKey, &Posted> =
            posted.iter().filter(|p| p.turn == Turn::First).map(|p| (p.exchange, p)).collect();
        let made = Made::of(posted.iter().copied());
        let (mut log, mut till) = (ByDay::new(), ByDay::new());
        let mut known: BTreeMap<TillKey, Family> = BTreeMap::new();
        let acquirer = cast::member_id(node);
        for (named, o) in rows.iter().filter_map(listed::of_acquirer) {
            made.rows(&named, &mut log);
            let Some(entry) = Entry::of_kind(named.kind) else { continue };
            let key = Key::new(acquirer, o.rrn, entry);
            known.insert(o.till, key.family());
            self.names.insert(o.switch, key.family());
            let Some(fen) = slips.claim(o) else { continue };
            let captured = first.get(&o.switch).map(|posted| (posted.day, near(posted.at, posted.day)));
            let said = || slips.said(o).map(|at| (Times::default().business_date(at), 0));
            if let Some((day, flags)) = captured.or_else(said) {
                till.entry(day).or_default().push(Row { flags, ..Row::new(key, fen, day, 0) });
            }
        }
        for (number, fen, at) in slips.strangers() {
            let day = Times::default().business_date(at);
            if let Some(rrn) = Key::nameless(number.to_string().as_bytes()) {
                let key = Key::new(acquirer, rrn, Entry::Sale);
                known.insert(*number, key.family());
                till.entry(day).or_default().push(Row::new(key, fen, day, 0));
            }
        }
        for named in rows.iter().filter_map(|row| match row {
            AcquirerRow::DisputeMove(moved) => listed::step(moved),
            _ => None,
        }) {
            made.rows(&named, &mut log);
            let family = named.rrn.map(|rrn| Key::new(acquirer, rrn, Entry::Sale).family());
            self.names.extend(family.map(|family| (named.exchange, family)));
        }
        let cases =
            rows.iter().filter_map(|row| if let AcquirerRow::Case(case) = row { Some(case.till) } else { None });
        self.cases.extend(cases.filter_map(|till| known.get(&till).copied()));
        // A correction names the ground of the case that it came from.
        let corrected = rows.iter().filter_map(|row| match row {
            AcquirerRow::Correction(correction) => self.names.get(&correction.original).copied(),
            _ => None,
        });
        let corrected: Vec<Family> = corrected.collect();
        self.cases.extend(corrected);
        self.weigh(node, made.sum, &log);
        self.log.insert(node, log);
        self.till.insert(node, till);
    }

    fn switch(&mut self, rows: &[SwitchRow]) {
        let posted = rows.iter().filter_map(|row| match row {
            SwitchRow::Posting(posting) => House::Switch.posted(posting),
            _ => None,
        });
        let made = Made::of(posted);
        let mut names: BTreeMap<SwitchKey, Family> = BTreeMap::new();
        let (mut network, mut parts) = (ByDay::new(), BTreeMap::<InstitutionId, ByDay>::new());
        for row in rows {
            let (named, issuer) = match (listed::of_switch(row), row) {
                (Some(named), SwitchRow::Exchange(exchange)) => (named, exchange.issuer),
                (Some(named), SwitchRow::DisputeMove(moved)) => (named, moved.issuer),
                _ => continue,
            };
            made.rows(&named, &mut network);
            self.spoilt(&named);
            if let Some(issuer) = issuer {
                made.rows(&named, parts.entry(issuer).or_default());
            }
            names.extend(
                named.rrn.map(|rrn| (named.exchange, Key::new(named.exchange.acquirer, rrn, Entry::Sale).family())),
            );
        }
        let cases = rows.iter().filter_map(|row| if let SwitchRow::Case(case) = row { Some(case.key) } else { None });
        self.cases.extend(cases.filter_map(|key| names.get(&key).copied()));
        self.weigh(SWITCH, made.sum, &network);
        (self.network, self.parts) = (network, parts);
    }

    /// The four lists of a day as one who looks has them; `node` is the acquirer or issuer who looks.
    pub fn of(&self, view: View, node: usize, day: BusinessDate) -> [Vec<Row>; 4] {
        let of = |by: &BTreeMap<usize, ByDay>| -> Vec<Row> {
            let mine = by.iter().filter(|(of, _)| view == View::Centre || **of == node);
            mine.filter_map(|(_, days)| days.get(&day)).flatten().copied().collect()
        };
        let network = self.network.get(&day).into_iter().flatten().copied();
        let network = match view {
            View::Centre => network.collect(),
            View::Acquirer => network.filter(|row| row.key.acquirer() == Some(cast::member_id(node))).collect(),
            View::Issuer => {
                let part = self.parts.get(&cast::member_id(node)).and_then(|part| part.get(&day));
                part.cloned().unwrap_or_default()
            }
        };
        let seen = |list: List, rows: Vec<Row>| if view.mask() & list.bit() == 0 { Vec::new() } else { rows };
        let mut lists = [
            seen(List::Till, of(&self.till)),
            seen(List::Acquirer, of(&self.log)),
            network,
            seen(List::Issuer, of(&self.ledger)),
        ];
        lists.iter_mut().for_each(|list| list.sort_unstable());
        lists
    }

    /// Day by day for everybody who looks, and one day more for what came over the last cut.
    pub fn judge(mut self, now: Moment) -> Found {
        let mut found = Found { wrong: std::mem::take(&mut self.wrong), met: BTreeSet::new() };
        let days = self.days_and_after();
        for mut desk in Desk::all() {
            desk.run(&self, &days, |_| ALL_LISTS, now, &mut found.wrong);
            found.met.extend(desk.dossiers().map(|(_, d)| if d.closed.is_some() { "put right" } else { "left" }));
            self.left(&desk, &mut found.wrong);
        }
        found
    }

    /// Every day from the first of which a list has something to the last, and one more. None is left out: what waits for the next day
    /// would be found under two.
    pub fn days_and_after(&self) -> Vec<BusinessDate> {
        self.days.last().map_or_else(Vec::new, |last| self.days_until(BusinessDate::from_days(last.days() + 1)))
    }

    /// Days up to this one.
    pub fn days_until(&self, last: BusinessDate) -> Vec<BusinessDate> {
        let first = self.days.first().map_or(last.days() + 1, |day| day.days());
        (first..=last.days()).map(BusinessDate::from_days).collect()
    }

    /// Which lists of a day have come to a view, bits: of every house that has closed it, but for those that `late` names.
    pub fn received(&self, desk: &Desk, day: BusinessDate, late: impl Fn(List, usize) -> bool) -> u8 {
        let whose = |list: List| -> Vec<usize> {
            let all: &[usize] = match list {
                List::Till | List::Acquirer => &ACQUIRERS,
                List::Network => &[SWITCH],
                List::Issuer => &ISSUERS,
            };
            all.iter().copied().filter(|node| desk.node == SWITCH || *node == SWITCH || *node == desk.node).collect()
        };
        let there = |list: &List| {
            whose(*list)
                .iter()
                .all(|node| self.closed.get(node).is_some_and(|closed| day <= *closed) && !late(*list, *node))
        };
        List::ALL.into_iter().filter(there).map(List::bit).sum()
    }

    /// The exchanges of an acquirer that a number stands for.
    pub fn called(&self, family: &Family) -> impl Iterator<Item = SwitchKey> {
        let family = *family;
        self.names.iter().filter(move |(_, of)| **of == family).map(|(key, _)| *key)
    }

    /// What does not add up in one house.
    pub fn take_wrong(&mut self) -> Vec<Wrong> {
        std::mem::take(&mut self.wrong)
    }

    /// A difference that is left once the world is quiet: it has an owner, a rule and a deadline, and some house has, or had, a case
    /// of it that says why.
    pub fn left(&self, desk: &Desk, wrong: &mut Vec<Wrong>) {
        let view = desk.view;
        let Some(calendar) = calendar() else { return wrong.push(("lists", "no calendar".to_owned())) };
        for (family, dossier) in desk.open() {
            let name = String::from_utf8_lossy(family).replace('\0', " ");
            let steps = dossier.steps(view, &Deadlines::standard(), &calendar).ok();
            let owned = dossier.row(view).is_some() && dossier.owner(view) != Owner::Nobody;
            if !owned || steps.is_none_or(|s| s[0].is_none()) {
                wrong.push(("lists", format!("{view:?}: {name} is left without owner or deadline")));
            }
            if !self.has_case(family) {
                let nets = List::ALL.map(|list| dossier.net_fen(list));
                wrong.push(("lists", format!("{view:?}: {name} is left, {nets:?}, and no house has a case of it")));
            }
        }
    }

    /// Whether some house has, or had, a case of what this number stands for.
    pub fn has_case(&self, family: &Family) -> bool {
        self.cases.contains(family)
    }
}

/// The calendar of all worlds.
pub fn calendar() -> Option<Calendar> {
    Calendar::china().and_then(|mut china| china.add(YEARS).map(|()| china)).ok()
}

//! Desks in a world of several days: each house's lists of closed days are made from its own rows, everybody who looks compares what has
//! come to him, an operator asks for repairs by what the world really has, and a careless one for repairs that must not be done. The
//! next day's lists say whether it helped.

use crate::cast::{self, ACQUIRERS, ISSUERS};
use crate::check::{DeskFiles, Family, Lists};
use crate::dice::Matter;
use crate::situation::Situation;
use crate::station::Feed;
use crate::world::{Event, World};
use slipway_hosts::acquirer::{self, AcquirerRow, Case, Credit, SlipCopy};
use slipway_hosts::day::Days;
use slipway_hosts::filed::Filed;
use slipway_hosts::issuer::{self, IssuerRow, MissingFile};
use slipway_node::Hand;
use slipway_recon::four::{Action, Class, Dossier, List, Owner, Seen, View};
use slipway_terms::{BusinessDate, Finding, Ground, Mend, Moment, Repair, Short, TillKey};

/// Between two looks.
const LOOK_MS: i64 = 2 * 3_600_000;
/// Every so many looks clocks are looked at, and lists compared again although no new day has closed.
const CLOCKS_EVERY: u64 = 2;
/// The same for lists.
const LISTS_EVERY: u64 = 6;
/// A list that is late is there so long after its day.
const LATE_LIST_MS: i64 = 20 * 3_600_000;

impl World {
    /// A look of everybody who works behind the counter.
    pub(crate) fn look_at_desks(&mut self, no: u64) {
        self.queue.push(self.now.plus_ms(LOOK_MS), Event::Desks { no: no + 1 });
        self.work_cases();
        self.desk_asks(no);
        self.clear_archives(no);
        let closed = Self::hosts().filter_map(|node| self.closed_at(node)).min();
        if closed > self.reconciled || no.is_multiple_of(LISTS_EVERY) {
            self.reconciled = closed;
            self.reconcile();
            self.careless(no);
        }
        if no.is_multiple_of(CLOCKS_EVERY) {
            self.look_at_clocks();
        }
    }

    /// As an operator does every day: slips whose time is over are removed at the acquirers. Here that is the next day.
    fn clear_archives(&mut self, no: u64) {
        for node in ACQUIRERS {
            let mut throw = self.dice.fixed(Matter::Day, &[no, node as u64, u64::MAX]);
            if throw.chance.chance(150) {
                let copies = self.table::<SlipCopy, AcquirerRow>(node);
                let over = copies.iter().filter(|copy| copy.expired.is_none()).map(|copy| copy.till).collect();
                self.feed(node, Feed::Hand(Hand::SlipsOver(over)));
            }
        }
    }

    fn closed_at(&self, node: usize) -> Option<BusinessDate> {
        let days = match node {
            n if cast::is_acquirer(n) => self.table::<Days, AcquirerRow>(n).pop(),
            n if n > cast::SWITCH => self.table::<Days, IssuerRow>(n).pop(),
            n => self.table::<Days, slipway_hosts::switch::SwitchRow>(n).pop(),
        };
        days.map(|days| days.closed)
    }

    /// Everybody compares the lists of all closed days, as far as they have come; the acquirers' operators act on what they find.
    pub(crate) fn reconcile(&mut self) {
        let mut lists = Lists::read(|node| self.nodes[node].station.disk());
        let mut wrong = lists.take_wrong();
        let mut desks = std::mem::take(&mut self.desks);
        let days = lists.days_until(BusinessDate::from_days(self.now.date().days() + 2));
        for desk in &mut desks {
            let received =
                |day: BusinessDate| lists.received(desk, day, |list, node| self.list_is_late(day, list, node));
            let received: Vec<(BusinessDate, u8)> = days.iter().map(|day| (*day, received(*day))).collect();
            // A day of which nothing has come is not begun.
            let begun: Vec<BusinessDate> =
                received.iter().filter(|(_, bits)| *bits != 0).map(|(day, _)| *day).collect();
            let bits = |day| received.iter().find(|(of, _)| *of == day).map_or(0, |(_, bits)| *bits);
            desk.run(&lists, &begun, bits, self.now, &mut wrong);
            self.auditor.deadlines.differences(desk, self.now, &mut wrong);
        }
        for desk in desks.iter().filter(|desk| desk.view == View::Acquirer) {
            for (family, dossier) in desk.open() {
                self.repair(&lists, desk.node, family, dossier);
            }
        }
        let words = desks.iter().flat_map(|desk| desk.dossiers().map(|(_, dossier)| dossier.closed.is_some()));
        let words: Vec<bool> = words.collect();
        for closed in words {
            self.situations.insert(Situation::Difference(if closed { "put right by a later day" } else { "open" }));
        }
        self.desks = desks;
        for (checker, detail) in wrong {
            self.auditor.accuse(checker, self.now, detail);
        }
    }

    /// Whether a list has not come yet. While things break only.
    fn list_is_late(&self, day: BusinessDate, list: List, node: usize) -> bool {
        let name = [u64::MAX, day.days().unsigned_abs(), list as u64, node as u64];
        let mut late = self.dice.fixed(Matter::Day, &name);
        let ends = slipway_hosts::times::Times::default().day_ends(day);
        late.chance.chance(self.rates.file / 4) && self.now < ends.plus_ms(LATE_LIST_MS)
    }

    /// What the own house puts right by itself, if the world has it so: a captured exchange without slip that no file has, a slip in the
    /// file that was never captured.
    fn repair(&mut self, lists: &Lists, node: usize, family: &Family, dossier: &Dossier) {
        let Some((class, row)) = dossier.row(View::Acquirer) else { return };
        let own = row.repairs.iter().any(|(owner, action)| {
            *owner == Owner::Acquirer && matches!(action, Action::UndoMerchantCredit | Action::PostMissingCredit)
        });
        let found = lists.called(family).filter_map(|key| self.auditor.books.till_of(&key));
        let slips: Vec<TillKey> = found.collect();
        let shown =
            slips.iter().any(|till| self.auditor.finding(till, Ground::Unconfirmed) == Some(Finding::SlipShown));
        let (mend, minor) = match class {
            Class::Seen(Seen(0b0100)) if own && !shown => (Mend::Reverse, dossier.net_fen(List::Acquirer)),
            Class::Seen(Seen(0b1010)) if own && shown => (Mend::Credit, dossier.net_fen(List::Network)),
            _ => return,
        };
        self.situations.insert(Situation::Difference("repaired by its own house"));
        for till in slips {
            self.ask_repair(node, &till, mend, minor.abs(), "1", "list");
        }
    }

    fn ask_repair(&mut self, node: usize, till: &TillKey, mend: Mend, minor: i64, by: &str, because: &str) {
        let originals = self.table::<acquirer::Exchange, AcquirerRow>(node);
        let rrn = originals.into_iter().find_map(|row| match row {
            acquirer::Exchange::Original(o) if o.till == *till => Some(o.rrn),
            _ => None,
        });
        let Some(rrn) = rrn else { return };
        self.note(|| format!("{} asks for the repair {mend:?} of {till}, {minor}", cast::call_name(node)));
        let number = Short::cut(&format!("{by}-{mend:?}-{rrn}"));
        let repair = Repair { number, rrn, mend, minor, by: Short::cut(by), because: Short::cut(because) };
        self.feed(node, Feed::Hand(Hand::Repair(repair)));
    }

    /// Somebody asks for what must not be done: a credit that is confirmed is taken back, one is given that stands, or with another
    /// amount. Nothing may move.
    fn careless(&mut self, no: u64) {
        if self.course.ends().is_none_or(|ends| self.now >= ends) {
            return;
        }
        for node in ACQUIRERS {
            let mut throw = self.dice.fixed(Matter::Repair, &[no, node as u64, 2]);
            let rows = self.table::<acquirer::Exchange, AcquirerRow>(node);
            let captured = rows.iter().filter_map(|row| match row {
                acquirer::Exchange::Original(o) if o.stage == acquirer::Stage::Approved && o.signed_minor != 0 => {
                    Some(o)
                }
                _ => None,
            });
            let captured: Vec<_> = captured.map(|o| (o.till, o.signed_minor.abs(), o.credit)).collect();
            if captured.is_empty() {
                continue;
            }
            let (till, minor, credit) = *throw.chance.pick(&captured);
            let word = match throw.chance.below(3) {
                0 if credit == Credit::Confirmed => {
                    self.ask_repair(node, &till, Mend::Reverse, minor, "9", "careless");
                    "of a confirmed credit"
                }
                1 => {
                    self.ask_repair(node, &till, Mend::Reverse, minor + 1, "8", "careless");
                    "of another amount"
                }
                2 => {
                    self.ask_repair(node, &till, Mend::Credit, minor, "7", "careless");
                    "of what is credited"
                }
                _ => continue,
            };
            self.situations.insert(Situation::Careless(word));
        }
    }

    /// Every clock that runs in a house is held against the world's.
    pub(crate) fn look_at_clocks(&mut self) {
        let mut wrong = Vec::new();
        for node in ACQUIRERS {
            let exchanges = self.table::<acquirer::Exchange, AcquirerRow>(node);
            let cases = self.table::<Case, AcquirerRow>(node);
            let back_ms = self.set_back_ms(node);
            self.auditor.deadlines.acquirer(&exchanges, &cases, back_ms, self.now, &mut wrong);
        }
        for node in ISSUERS {
            let exchanges = self.table::<issuer::Exchange, IssuerRow>(node);
            let filed = self.table::<Filed, IssuerRow>(node);
            let missing = self.table::<MissingFile, IssuerRow>(node);
            let Some(closed) = self.closed_at(node) else { continue };
            let files = DeskFiles { filed: &filed, missing: &missing, closed };
            let back_ms = self.set_back_ms(node);
            self.auditor.deadlines.issuer(node, &exchanges, &files, back_ms, self.now, &mut wrong);
        }
        for (checker, detail) in wrong {
            self.auditor.accuse(checker, self.now, detail);
        }
    }

    /// Everything is quiet and cleared: the next reconciliation finds nothing that is not put right or has its case.
    pub(crate) fn reconciled_to_the_end(&mut self) {
        if !self.course.is_long() {
            return;
        }
        self.reconcile();
        let lists = Lists::read(|node| self.nodes[node].station.disk());
        let (mut wrong, days) = (Vec::new(), lists.days_and_after());
        let mut desks = std::mem::take(&mut self.desks);
        for desk in &mut desks {
            desk.run(&lists, &days, |_| u8::MAX, self.now, &mut wrong);
            lists.left(desk, &mut wrong);
        }
        self.desks = desks;
        for (checker, detail) in wrong {
            self.auditor.accuse(checker, self.now, detail);
        }
        self.look_at_clocks();
    }
}

/// The moment from which a file that is kept back for a day is given.
pub(crate) fn a_day_later(now: Moment) -> Moment {
    now.plus_ms(26 * 3_600_000)
}

//! One open difference over the days: everything that the lists say under one reference number, until all houses say the same. The
//! sale of one day and the late reversal of the next are one matter, so a repair is not a new difference but the end of the old one.
//! Must never close what does not agree, never count one day twice, and never forget when a difference was first seen.

use super::{Case, Class, Deadlines, Line, List, Owner, Post, Seen, Side, View, case};
use crate::calendar::{Calendar, CalendarFault};
use crate::key::{Entry, Key};
use alloc::vec::Vec;
use slipway_terms::{BusinessDate, Moment};

/// What the lists of one day say about one key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Which day's lists.
    pub day: BusinessDate,
    /// About which entry.
    pub key: Key,
    /// Bits of the classes found, by [`Class::index`].
    pub classes: u32,
    /// In the order of [`List::ALL`].
    pub sides: [Side; 4],
}

impl Part {
    /// Of the first line of a key.
    pub const fn of(day: BusinessDate, line: &Line) -> Self {
        Self { day, key: line.key, classes: 1 << line.class.index(), sides: line.sides }
    }

    /// Whether it is about a step of a dispute.
    fn is_step(&self) -> bool {
        self.key.entry().is_some_and(Entry::is_disputed)
    }

    /// Whether this class was found.
    pub const fn has(&self, class: Class) -> bool {
        self.classes >> class.index() & 1 == 1
    }

    /// Whether all lists of the view agree.
    pub const fn agrees(&self, view: View) -> bool {
        self.classes == 1 << Class::Seen(Seen(view.mask())).index()
    }

    /// What the case is called by: where it stands one-sided, else copies, amounts, days.
    fn class(&self, view: View) -> Option<Class> {
        let one_sided = (0..16_u8).map(|bits| Class::Seen(Seen(bits))).filter(|class| self.has(*class));
        let others = [Class::Doubled, Class::Amount, Class::Date].into_iter().filter(|class| self.has(*class));
        one_sided.filter(|class| *class != Class::Seen(Seen(view.mask()))).chain(others).next()
    }
}

/// How a difference ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// All houses say the same: repairs and later entries have put it right.
    Agreed,
    /// A later list of the same day does not have it any more.
    Corrected,
}

/// The end of a difference; it stands while nothing new is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closed {
    /// The lists of which day ended it.
    pub on: BusinessDate,
    /// When that was found.
    pub at: Moment,
    /// How.
    pub how: Ending,
}

/// Everything under one reference number. Who makes it: a run, of the first line that is no match; key: [`Key::family`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dossier {
    /// When the difference was first seen: deadlines count from here.
    pub since: Moment,
    /// The lists of which day showed it first.
    pub opened: BusinessDate,
    /// Day by day, then key by key.
    pub parts: Vec<Part>,
    /// Its end, if it has come.
    pub closed: Option<Closed>,
}

impl Dossier {
    /// What the lists of a day make of it. The same lists again change nothing; other lists of the same day stand in the place of
    /// the first. None: there was no difference, and there is none.
    pub fn judge(before: Option<Self>, view: View, day: BusinessDate, parts: Vec<Part>, now: Moment) -> Option<Self> {
        if before.is_none() && parts.iter().all(|part| part.agrees(view)) {
            return None;
        }
        let mut next = before.unwrap_or(Self { since: now, opened: day, parts: Vec::new(), closed: None });
        next.parts.retain(|part| part.day != day);
        next.parts.extend(parts);
        next.parts.sort_by_key(|part| (part.day, part.key));
        let how = match next.found(view) {
            None => Some(Ending::Corrected),
            Some(_) => next.agrees(view).then_some(Ending::Agreed),
        };
        let same = |closed: &Closed| Some(closed.how) == how;
        next.closed = next.closed.filter(same).or_else(|| how.map(|how| Closed { on: day, at: now, how }));
        Some(next)
    }

    /// The first part that is no match, and what it is called by.
    fn found(&self, view: View) -> Option<(&Part, Class)> {
        self.parts.iter().find_map(|part| Some((part, part.class(view)?)))
    }

    /// What all days together have in one list. Unit: fen, signed.
    pub fn net_fen(&self, list: List) -> i64 {
        self.parts.iter().fold(0, |sum: i64, part| sum.saturating_add(part.sides[list as usize].sum_fen))
    }

    /// The same, of the steps of its dispute or of all else.
    fn net_of(&self, list: List, step: bool) -> i64 {
        let parts = self.parts.iter().filter(|part| part.is_step() == step);
        parts.fold(0, |sum: i64, part| sum.saturating_add(part.sides[list as usize].sum_fen))
    }

    /// Whether all houses of the view now say the same. Days that differ, two amounts of one slip, and copies in every list are
    /// for the owner of a list to correct: no sum makes them right.
    fn agrees(&self, view: View) -> bool {
        let lists = || List::ALL.into_iter().filter(|list| view.mask() & list.bit() != 0);
        // No till has a step of a dispute: it is no part of what the till says was paid.
        let nets = |step: bool| {
            lists().filter(move |list| !(step && *list == List::Till)).map(move |list| self.net_of(list, step))
        };
        let one = |step: bool| nets(step).next().unwrap_or(0);
        let same = |step: bool| nets(step).all(|net| net == one(step));
        let said = |part: &Part| {
            let one = one(part.is_step());
            let first = part.sides.iter().find(|side| side.copies > 0).map_or(0, |side| side.amount_fen);
            !part.has(Class::Date)
                && part.sides.iter().all(|side| !side.mixed)
                && (!part.has(Class::Doubled) || one == 0 || one == first)
        };
        same(false) && same(true) && self.parts.iter().all(said)
    }

    /// What it is called by, with the row of the table; none once it is corrected.
    pub fn row(&self, view: View) -> Option<(Class, &'static Case)> {
        let (part, class) = self.found(view)?;
        let line = Line { key: part.key, class, sides: part.sides };
        Some((class, case(view, line.flow(), class)?))
    }

    /// Whose case it is.
    pub fn owner(&self, view: View) -> Owner {
        let found = self.found(view).zip(self.row(view));
        found.map_or(Owner::Nobody, |((part, class), (_, row))| {
            Line { key: part.key, class, sides: part.sides }.owner(row)
        })
    }

    /// What still has to be posted, in the houses of the view, after all that later days have already put right.
    pub fn posts(&self, view: View) -> Vec<Post> {
        let Some((part, class)) = self.found(view).filter(|_| self.closed.is_none()) else { return Vec::new() };
        let mut line = Line { key: part.key, class, sides: part.sides };
        for list in List::ALL {
            let net = self.net_of(list, part.is_step());
            let side = &mut line.sides[list as usize];
            let one = side.copies.max(u32::from(net != 0)).min(1);
            let amount = if list == List::Till && side.copies > 0 { side.amount_fen } else { net };
            *side = Side { copies: one, amount_fen: amount, sum_fen: net, ..*side };
        }
        line.posts(view)
    }

    /// Its three steps: to its owner, to the supervisor and the network centre, to a dispute.
    ///
    /// # Errors
    /// [`CalendarFault`]: a promise is never guessed.
    pub fn steps(
        &self,
        view: View,
        deadlines: &Deadlines,
        calendar: &Calendar,
    ) -> Result<[Option<Moment>; 3], CalendarFault> {
        let pace = self.row(view).map_or(super::Pace::Never, |(_, row)| row.pace);
        deadlines.steps(pace, calendar, self.since)
    }
}

/// How many steps have gone by unused: 0 in time, 1 overdue, 2 escalated, 3 a dispute.
pub fn steps_missed(steps: &[Option<Moment>; 3], now: Moment) -> usize {
    steps.iter().filter(|step| step.is_some_and(|step| step < now)).count()
}

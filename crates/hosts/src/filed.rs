//! The clearing files that a member has taken, one a day. Must never call a file whole whose last entry was not told, nor take
//! a second one for the same day: what is not in a whole file is evidence (rules 9).

use crate::day::{self, ClosedDay, Days};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{ClearingPart, Facts, Node, PART_ITEMS_MAX, Record, Wants};
use slipway_terms::{BusinessDate, InstitutionId, Moment};

/// Days among which an earlier one without its file is looked for.
const EARLIER_DAYS: u16 = 40;

/// One file, and how far it was told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Filed {
    /// Of which business day.
    pub day: BusinessDate,
    /// Entries, by its trailer.
    pub count: u32,
    /// Their sum, by its trailer. Unit: minor units.
    pub sum_minor: i64,
    /// Its checksum.
    pub checksum: u64,
    /// When its first part came.
    pub since: Moment,
    /// Entries taken so far.
    pub taken: u32,
    /// Their sum.
    pub taken_minor: i64,
    /// Entries that do not agree with the records here, in order: they moved nothing, and are reconciliation's matter.
    pub strange: Vec<u32>,
    /// When the last entry was taken; the trailer agreed.
    pub done: Option<Moment>,
}

/// Why a part is not taken. It changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Another member's file.
    Member,
    /// The day is not closed here: the switch has not said so yet.
    DayOpen,
    /// An earlier day's file has not come: a reversal would come before what it reverses.
    Earlier,
    /// Another file of this day was taken.
    Differs,
    /// Not the next part.
    Turn,
    /// More entries than its trailer says.
    Count,
    /// Another sum than its trailer says.
    Sum,
}

impl Refusal {
    /// What it is counted as.
    pub const fn counted(self) -> &'static str {
        match self {
            Self::Member => "clearing.wrong_member",
            Self::DayOpen => "clearing.day_not_closed",
            Self::Earlier => "clearing.earlier_file_missing",
            Self::Differs => "clearing.another_file_of_the_day",
            Self::Turn => "clearing.part_out_of_turn",
            Self::Count => "clearing.wrong_count",
            Self::Sum => "clearing.wrong_sum",
        }
    }
}

/// What is needed to judge a part.
pub(crate) fn wants<N: Node>(part: &ClearingPart, seen: &Facts<'_, N>, out: &mut Wants)
where
    Days: Record<N::Row, Key = ()>,
    ClosedDay: Record<N::Row, Key = BusinessDate>,
    Filed: Record<N::Row, Key = BusinessDate>,
{
    day::want::<N>(out);
    out.row::<Filed, N::Row>(&part.file.day);
    if part.from == 0 && seen.known::<Filed>(&part.file.day).is_none() {
        out.range::<ClosedDay, N::Row>(&(), EARLIER_DAYS, true).range::<Filed, N::Row>(&(), EARLIER_DAYS, true);
    }
}

/// The file with this part taken; the caller takes its entries in the same commit. `None`: it was taken before.
pub(crate) fn take<N: Node>(
    me: InstitutionId,
    at: Moment,
    part: &ClearingPart,
    facts: &Facts<'_, N>,
) -> Result<Option<Filed>, Refusal>
where
    Days: Record<N::Row, Key = ()>,
    ClosedDay: Record<N::Row, Key = BusinessDate>,
    Filed: Record<N::Row, Key = BusinessDate>,
{
    let file = &part.file;
    if file.member != me {
        return Err(Refusal::Member);
    }
    if file.day > day::days(at, facts).closed {
        return Err(Refusal::DayOpen);
    }
    let told = u32::try_from(part.items.len()).unwrap_or(u32::MAX);
    let mut filed = match facts.get::<Filed>(&file.day) {
        Some(filed) => {
            if (filed.count, filed.sum_minor, filed.checksum) != (file.count, file.sum_minor, file.checksum) {
                return Err(Refusal::Differs);
            }
            if filed.done.is_some() || part.from.saturating_add(told) <= filed.taken {
                return Ok(None);
            }
            filed.clone()
        }
        None => {
            // Each calendar day has its file, also one on which nothing moved here: what this house never had may stand in it.
            let files = facts.range::<Filed>(&(), EARLIER_DAYS, true).unwrap_or_default();
            let before = files.iter().filter(|filed| filed.day < file.day).max_by_key(|filed| filed.day);
            let gap = match before {
                Some(filed) => filed.done.is_none() || day::after(filed.day) != file.day,
                // The first of all: only what moved here says that there was an earlier day.
                None => {
                    let days = facts.range::<ClosedDay>(&(), EARLIER_DAYS, true).unwrap_or_default();
                    days.iter().any(|closed| closed.date < file.day)
                }
            };
            if part.from == 0 && gap {
                return Err(Refusal::Earlier);
            }
            let (count, sum_minor, checksum) = (file.count, file.sum_minor, file.checksum);
            let (taken, taken_minor, strange) = (0, 0, Vec::new());
            Filed { day: file.day, count, sum_minor, checksum, since: at, taken, taken_minor, strange, done: None }
        }
    };
    if part.from != filed.taken {
        return Err(Refusal::Turn);
    }
    let too_many = part.items.len() > PART_ITEMS_MAX || filed.taken.saturating_add(told) > filed.count;
    if too_many || (told == 0 && filed.count > 0) {
        return Err(Refusal::Count);
    }
    filed.taken += told;
    let sum = part.items.iter().try_fold(filed.taken_minor, |sum, item| sum.checked_add(item.minor));
    filed.taken_minor = sum.ok_or(Refusal::Sum)?;
    if filed.taken == filed.count {
        if filed.taken_minor != filed.sum_minor {
            return Err(Refusal::Sum);
        }
        filed.done = Some(at);
    }
    Ok(Some(filed))
}

/// Whether the file of a day was taken whole.
pub(crate) fn is_in<N: Node>(date: BusinessDate, facts: &Facts<'_, N>) -> bool
where
    Filed: Record<N::Row, Key = BusinessDate>,
{
    facts.get::<Filed>(&date).is_some_and(|filed| filed.done.is_some())
}

//! Settlement (0500): the till's totals of one batch against ours. It answers balanced or not, and closes nothing by itself:
//! the end of the upload does (see [`super::upload`]). Totals confirm nothing (rules 1).

use super::gate::{self, Seat};
use super::under::to_line;
use super::{Acquirer, AcquirerRow, Batch, Closing, Profile, Terminal, Total};
use alloc::{boxed::Box, format};
use slipway_node::{Decision, Facts, Line, Wants};
use slipway_terms::{BatchNo, MacKey, Message, Moment, ResponseCode};

/// Who settles: the registered terminal, and the keys of its MAC if it sent one. The trade has no MAC here; ours has, and a
/// terminal must be registered as `unionpay-compat` to be heard without: then nothing is confirmed and nothing undone.
pub(super) struct Settler<'a> {
    pub terminal: &'a Terminal,
    pub seat: Option<Seat<'a>>,
}

impl Settler<'_> {
    /// The current batch of whoever settles.
    pub fn batch(&self) -> BatchNo {
        self.seat.as_ref().map_or(self.terminal.batch, Seat::batch)
    }

    /// The key of the answer.
    pub fn key(&self) -> Option<MacKey> {
        self.seat.as_ref().map(|seat| seat.by.mac())
    }
}

/// 97 unknown or closed, A0 or 96 for a MAC that is not good, or not there though it must be, 03 another merchant, 12 a batch that never was.
pub(super) fn enter<'a>(
    m: &Message,
    facts: &'a Facts<'_, Acquirer>,
) -> Result<(Settler<'a>, BatchNo), (ResponseCode, Option<MacKey>)> {
    let (Some(id), Some(batch)) = (m.terminal, m.batch()) else { return Err((ResponseCode::FORMAT_ERROR, None)) };
    let terminal = facts.get::<Terminal>(&id).filter(|terminal| terminal.active);
    let terminal = terminal.ok_or((ResponseCode::UNREGISTERED_TERMINAL, None))?;
    // Whoever can write on the line could close a batch that its till is still working in: without a code only for those who
    // are registered as never sending one.
    let bare = m.mac.is_none() && terminal.profile == Profile::UnionpayCompat;
    let seat = if bare { None } else { Some(gate::enter(m, facts)?) };
    let settler = Settler { terminal, seat };
    if m.merchant != Some(terminal.merchant) {
        return Err((ResponseCode::INVALID_MERCHANT, settler.key()));
    }
    if batch > settler.batch() {
        return Err((ResponseCode::INVALID_TRANSACTION, settler.key()));
    }
    Ok((settler, batch))
}

/// The terminal and the batch it names.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    gate::wants(m, seen, out);
    if let (Some(id), Some(batch)) = (m.terminal, m.batch()) {
        out.row::<Batch, AcquirerRow>(&(id, batch));
    }
}

/// Digits of one side of DE 48: debit amount 12 and count 3, credit amount 12 and count 3, answer digit.
const SIDE: usize = 31;

/// The till's domestic totals; `None` if the field is not two sides of digits.
fn totals(m: &Message) -> Option<(Total, Total)> {
    let text =
        m.private48.as_deref().filter(|text| text.len() == 2 * SIDE && text.bytes().all(|b| b.is_ascii_digit()))?;
    let number = |from: usize, len: usize| text[from..from + len].parse::<u64>().ok();
    let total = |from: usize| {
        let (minor, count) = (number(from, 12)?, number(from + 12, 3)?);
        Some(Total { count: u32::try_from(count).ok()?, minor: i64::try_from(minor).ok()? })
    };
    Some((total(0)?, total(15)?))
}

/// Three digits of a count; a batch that has more cannot be balanced by this field and wraps as the till's own does.
fn same(ours: Total, theirs: Total) -> bool {
    ours.minor == theirs.minor && ours.count % 1_000 == theirs.count
}

/// Compares, stores the verdict, answers. A repeat is compared anew; a batch that is closed stays closed.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let (settler, no) = match enter(m, facts) {
        Ok(entered) => entered,
        Err(turned) => return gate::refuse(a, at, line, m, turned),
    };
    let Some((debit, credit)) = totals(m) else {
        return gate::refuse(a, at, line, m, (ResponseCode::FORMAT_ERROR, settler.key()));
    };
    let mut d = Decision::nothing();
    let key = (settler.terminal.id, no);
    let batch = facts.get::<Batch>(&key).copied().unwrap_or_default();
    let balanced = same(batch.debit, debit) && same(batch.credit, credit);
    if batch.closing != Closing::Closed {
        let closing = if balanced { Closing::Balanced } else { Closing::Unbalanced };
        d.put(&key, Batch { closing, ..batch });
    }
    d.count(if balanced { "acquirer_batch_balanced" } else { "acquirer_batch_unbalanced" });
    let digit = if balanced { 1 } else { 2 };
    let side = |debit: Total, credit: Total, digit: u8| {
        format!("{:012}{:03}{:012}{:03}{digit}", debit.minor, debit.count, credit.minor, credit.count)
    };
    let mut said = m.answer(ResponseCode::APPROVED);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    said.settlement = Some(a.times.business_date(at).month_day());
    // Foreign cards are not taken: their side is empty and balanced.
    said.private48 = Some(Box::from(side(debit, credit, digit) + &side(Total::default(), Total::default(), 1)));
    to_line(&mut d, line, said, settler.key());
    if let Some(seat) = &settler.seat {
        gate::prove(seat, at, facts, &mut d);
    }
    d
}

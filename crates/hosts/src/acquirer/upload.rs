//! The upload after settlement (0320): detail lines, in lists or singly, and the end that closes the batch. A line with a good
//! MAC confirms the exchange it names. What only we have and the till never confirmed is undone; what only the till has is a
//! case (rules 9). Every line is idempotent by its number.

use super::settle::{self, Settler};
use super::{
    Acquirer, AcquirerRow, AcquirerTimer, Batch, Case, Closing, Credit, Detail, Exchange, Ground, Open, Original,
    Stage, Terminal, Unsettled, Wait, advice, case, gate, named, registry::next_batch, replace, second, takeover,
};
use alloc::{boxed::Box, vec::Vec};
use slipway_node::{Decision, Facts, Line, Wants};
use slipway_terms::{BatchNo, Message, Moment, ResponseCode, Stan, TillKey};

/// Exchanges of one batch that the end looks through; a till is told to settle long before.
const BATCH_ROWS_MAX: u16 = 1_024;
/// Lines of one list, and digits of each: card group 2, STAN 6, card number 20, amount 12.
const LINES_MAX: usize = 8;
const LINE_DIGITS: usize = 40;

/// What an 0320 brings, by 60.3.
enum Brings {
    /// 201: a list, or one line with its own 60.1; 203 to 206: one line.
    Lines(Vec<(Stan, i64)>),
    /// 207 after balanced totals, 202 after others.
    End,
    /// Nothing that is known.
    Nothing,
}

fn brings(m: &Message) -> Brings {
    let type_code = m.till60.map_or(0, |till| till.type_code);
    match m.till60.and_then(|till| till.management) {
        Some(201) if type_code == 0 => list(m).map_or(Brings::Nothing, Brings::Lines),
        Some(201 | 203..=206) => match (m.stan, m.amount) {
            (Some(stan), Some(amount)) => Brings::Lines(Vec::from([(stan, amount.signed())])),
            _ => Brings::Nothing,
        },
        Some(202 | 207) => Brings::End,
        _ => Brings::Nothing,
    }
}

/// DE 48 of a list: a two-digit count and so many lines. The card number in it is not looked at: the number names the exchange.
fn list(m: &Message) -> Option<Vec<(Stan, i64)>> {
    let text = m.private48.as_deref().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    let count: usize = text.get(..2)?.parse().ok()?;
    let lines = text.get(2..)?;
    if count > LINES_MAX || lines.len() != count * LINE_DIGITS {
        return None;
    }
    let line = |at: usize| {
        let digits = &lines[at * LINE_DIGITS..][..LINE_DIGITS];
        Some((Stan::new(digits[2..8].parse().ok()?).ok()?, digits[28..].parse().ok()?))
    };
    (0..count).map(line).collect()
}

fn till(m: &Message, stan: Stan) -> Option<TillKey> {
    Some(TillKey { terminal: m.terminal?, merchant: m.merchant?, batch: m.batch()?, stan })
}

/// The batch; of lines their exchanges and cases, of an end every exchange of the batch and its line.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    settle::wants(m, seen, out);
    let (Some(terminal), Some(merchant), Some(batch)) = (m.terminal, m.merchant, m.batch()) else { return };
    match brings(m) {
        Brings::Lines(lines) => {
            for till in lines.iter().filter_map(|(stan, _)| till(m, *stan)) {
                out.row::<Exchange, AcquirerRow>(&till).row::<Detail, AcquirerRow>(&(terminal, batch, till.stan));
                for ground in
                    [Ground::Unconfirmed, Ground::SlipWithoutSale, Ground::AmountDiffers, Ground::AdviceOnUsedNumber]
                {
                    out.row::<Case, AcquirerRow>(&(till, ground as u8));
                }
                if let Some(Exchange::Original(o)) = seen.known::<Exchange>(&till) {
                    named::want_about(o, seen, out);
                    second::want_linked(o, out);
                }
            }
        }
        Brings::End => {
            out.range::<Exchange, AcquirerRow>(&(terminal, merchant, batch), BATCH_ROWS_MAX, false);
            out.range::<Detail, AcquirerRow>(&(terminal, batch), BATCH_ROWS_MAX, false);
        }
        Brings::Nothing => {}
    }
}

/// 00 taken, now or before; 12 nothing that is known, or an end before totals; 30 a list that is none.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let (settler, no) = match settle::enter(m, facts) {
        Ok(entered) => entered,
        Err(turned) => return gate::refuse(a, at, line, m, turned),
    };
    let batch = facts.get::<Batch>(&(settler.terminal.id, no)).copied().unwrap_or_default();
    let mut d = Decision::nothing();
    let mut next = None;
    match brings(m) {
        Brings::Lines(lines) => take(at, m, &lines, &settler, facts, &mut d),
        Brings::End if batch.closing == Closing::Closed => d.count("acquirer_batch_closed_again"),
        Brings::End if batch.closing != Closing::No => {
            next = Some(close(at, m, no, batch, &settler, facts, &mut d));
        }
        _ => return gate::refuse(a, at, line, m, (ResponseCode::INVALID_TRANSACTION, settler.key())),
    }
    gate::answer(a, at, line, m, ResponseCode::APPROVED, settler.key(), &mut d);
    match (next, &settler.seat) {
        (Some(batch), seat) => {
            let proven = seat.as_ref().and_then(|seat| Some((seat, gate::proven(seat)?)));
            if let Some((seat, _)) = &proven {
                replace::carry_out(seat, at, facts, &mut d);
            }
            let terminal = proven.map_or_else(|| settler.terminal.clone(), |(_, terminal)| terminal);
            let told = terminal.told.filter(|(_, closed)| *closed != no);
            d.put(&terminal.id.clone(), Terminal { batch, told, ..terminal });
        }
        (None, Some(seat)) => gate::prove(seat, at, facts, &mut d),
        (None, None) => {}
    }
    d
}

/// Writes the lines that are new, and judges each against its exchange if the till has proven itself.
fn take(
    at: Moment,
    m: &Message,
    lines: &[(Stan, i64)],
    settler: &Settler<'_>,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let with: Vec<TillKey> = lines.iter().filter_map(|(stan, _)| till(m, *stan)).collect();
    for (stan, minor) in lines {
        let Some(till) = till(m, *stan) else { continue };
        let key = (till.terminal, till.batch, till.stan);
        // A line without a code says nothing against one that has it.
        let proven = settler.seat.is_some();
        if facts.get::<Detail>(&key).is_some_and(|before| before.proven || !proven) {
            continue;
        }
        // A list does not say which way the money goes; a single line does, by its DE 3.
        let sign = case::sign(m).filter(|_| m.private48.is_none());
        // The slip of an advice that came on this number: it says nothing about what else stands there.
        let other = match facts.get::<Exchange>(&till) {
            Some(Exchange::Original(o)) => o.signed_minor.abs() != *minor,
            _ => false,
        };
        if proven && other && takeover::is_of_advice(&till, *minor, sign, facts) {
            d.count("acquirer_line_of_an_advice");
            continue;
        }
        d.put(&key, Detail { till, minor: *minor, at, proven });
        if proven {
            judge(at, till, *minor, sign, &with, facts, d);
        }
    }
}

/// The till has a slip for this much. Ours unconfirmed: now it is confirmed. Undone or unknown here, or another amount: a
/// case (rules 9).
fn judge(
    at: Moment,
    till: TillKey,
    minor: i64,
    sign: Option<i8>,
    with: &[TillKey],
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let signed = if sign == Some(-1) { -minor } else { minor };
    let case = |ground| match ground {
        Ground::SlipWithoutSale => Case { minor: Some(signed), sign, ..Case::open(till, ground, at) },
        _ => Case { minor: Some(minor), ..Case::open(till, ground, at) },
    };
    let Some(Exchange::Original(o)) = facts.get::<Exchange>(&till) else {
        return advice::open(case(Ground::SlipWithoutSale), facts, d);
    };
    // A case has put it right; or we have given it back ourselves, and knew of its slip.
    if o.redo.is_some() || o.is_given_back() {
        return;
    }
    match (o.stage, o.credit) {
        (Stage::Approved, _) if o.signed_minor.abs() != minor => {
            advice::open(case(Ground::AmountDiffers), facts, d);
        }
        // Whose merchant the terminal may not name: a person sees the slip.
        (Stage::Approved, Credit::Held) if o.borne => {}
        (Stage::Approved, Credit::Unconfirmed | Credit::Held) => {
            d.put(&till, Exchange::Original(Box::new(Original { credit: Credit::Confirmed, ..(**o).clone() })));
            d.end::<Open>(&till);
            named::sure(o, facts, d);
            advice::close(till, Ground::Unconfirmed, at, facts, d);
            second::has_slip(o, with, at, facts, d);
            d.count("acquirer_confirmed");
        }
        // Confirmed before; or an advice on its way, whose answer the till awaits.
        (Stage::Approved | Stage::Forwarded, _) => {}
        (Stage::Declined | Stage::Unsure | Stage::Undone, _) => {
            advice::open(case(Ground::SlipWithoutSale), facts, d);
        }
    }
}

/// Closes the batch and gives the next number. What is unconfirmed here and missing in a whole upload of a till that has
/// proven itself is marked to be undone, one by one.
fn close(
    at: Moment,
    m: &Message,
    no: BatchNo,
    batch: Batch,
    settler: &Settler<'_>,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> BatchNo {
    let (terminal, merchant) = (settler.terminal.id, settler.terminal.merchant);
    let rows = facts.range::<Exchange>(&(terminal, merchant, no), BATCH_ROWS_MAX, false).unwrap_or_default();
    let details = facts.range::<Detail>(&(terminal, no), BATCH_ROWS_MAX, false).unwrap_or_default();
    let whole = rows.len() < usize::from(BATCH_ROWS_MAX) && details.len() < usize::from(BATCH_ROWS_MAX);
    let uploaded = u32::try_from(details.len()).unwrap_or(u32::MAX);
    if !whole {
        d.count("acquirer_batch_too_large");
    }
    let uploads = m.till60.and_then(|till| till.management) == Some(202);
    for row in rows.iter().filter(|_| whole && uploads && settler.seat.is_some()) {
        let Exchange::Original(o) = row else { continue };
        let missing = !details.iter().any(|detail| detail.proven && detail.till == o.till);
        if missing && o.stage == Stage::Approved && o.credit == Credit::Unconfirmed {
            // What is held has its case already: the merchant is asked first (rules 7).
            d.put(&o.till, Open { till: o.till, due: at, wait: Wait::Unmatched });
            d.due(at, AcquirerTimer::Unmatched(o.till));
            d.count("acquirer_only_here");
        }
    }
    d.put(&(terminal, no), Batch { closing: Closing::Closed, uploaded, ..batch });
    d.end::<Unsettled>(&(terminal, no));
    d.count("acquirer_batch_closed");
    // A later batch may be open already: its number is never given twice.
    let current = settler.batch();
    if current == no { next_batch(no) } else { current }
}

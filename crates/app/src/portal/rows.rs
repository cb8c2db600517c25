//! The shop's own rows: at the acquirer by its terminals and its number, so that no other shop's row is read; at its tills, where they run
//! here. And how a row says a time, a kind and where it stands.

use crate::archive::shelf::{every, one};
use crate::export::small;
use crate::http::Live;
use crate::say::End;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{self, Credit, Merchant, Original, Stage, Terminal, Undo};
use slipway_node::{Key, KeyPart, Record, Rows, Scan};
use slipway_terminal::TerminalRow;
use slipway_terms::{Kind, MerchantId, ResponseCode, State, TerminalId};

/// The registered shop.
pub fn merchant(live: &Live, id: MerchantId) -> Result<Option<Merchant>, End> {
    one::<Merchant>(&live.hosts.acquirer, &id)
}

/// The shop's terminals, lowest number first.
pub fn terminals(live: &Live, id: MerchantId) -> Result<Vec<Terminal>, End> {
    let mut all = every::<Terminal>(&live.hosts.acquirer, &(), |terminal| terminal.merchant == id)?;
    all.sort_by_key(|terminal| terminal.id);
    Ok(all)
}

/// Rows of a till that runs in this process, highest key first. `None`: it runs elsewhere, or does not answer.
pub fn of_till<T: Record<TerminalRow> + Clone>(
    live: &Live,
    till: TerminalId,
    prefix: &impl KeyPart,
    rows_max: u16,
) -> Option<Vec<T>> {
    let bank = live.bank.as_ref().filter(|_| live.tills.seats.contains(&till))?;
    let stored = bank.scan(Scan { prefix: Key::of(T::SPACE).with(prefix), rows_max, newest_first: true })?;
    let rows = stored.iter().filter_map(|(_, bytes)| TerminalRow::decode(T::SPACE, bytes).ok());
    Some(rows.filter_map(|row| T::peel(&row).cloned()).collect())
}

/// A kind: its word, and what a slip calls it.
pub fn kind(kind: Kind) -> Value {
    let shape = kind.shape();
    json!({"word": small(&format!("{kind:?}")), "zh": shape.zh, "en": shape.en})
}

/// Whether the switch has taken an undo: 00, 12 and 25 complete it. One that is refused has given nothing back.
fn is_taken(undo: &Undo) -> bool {
    let done = [ResponseCode::APPROVED, ResponseCode::INVALID_TRANSACTION, ResponseCode::NO_ORIGINAL];
    undo.answer.is_some_and(|code| done.contains(&code))
}

/// Where an exchange stands at the acquirer, by what its records come to: what a finding has put right since counts. The one true sentence
/// asks all parties; a list does so only of what is `open` or `will_return`.
pub fn state(one: &Original) -> (&'static str, &'static str, &'static str) {
    let took_place = ("took_place", "已成交", "took place");
    let looked_into = ("case", "待查", "looked into");
    match acquirer::state(one) {
        // Its slip was found and the other house is asked for the money.
        State::Open if one.redo.is_some() => looked_into,
        State::Open | State::NoRecord | State::Unreachable => ("open", "未定", "not decided"),
        State::Declined | State::Tombstone => ("declined", "未成交", "declined"),
        State::Approved if one.redo.is_some() => took_place,
        State::Approved => match one.credit {
            Credit::Confirmed => took_place,
            Credit::Unconfirmed => ("unconfirmed", "已批准，待终端确认", "approved, the till has not confirmed it yet"),
            Credit::Held => looked_into,
            Credit::Nothing => ("approved", "已批准", "approved"),
        },
        State::WillUndo | State::Undone if one.stage == Stage::Unsure => ("will_return", "将冲正", "will be undone"),
        State::WillUndo | State::Undone if !one.undo.is_some_and(|undo| is_taken(&undo)) => {
            ("will_return", "将退回", "will return")
        }
        // An undone void or refund has given nobody anything, and what the acquirer bore nobody was charged for.
        State::WillUndo | State::Undone if one.signed_minor <= 0 || one.borne => {
            ("declined", "未成交", "did not take place")
        }
        State::WillUndo | State::Undone => ("returned", "已退回", "given back"),
    }
}

//! The shop's own rows: at the acquirer by its terminals and its number, so that no other shop's row is read; at its tills, where they run
//! here. And how a row says a time, a kind and where it stands.

use crate::archive::shelf::{every, one};
use crate::export::small;
use crate::http::Live;
use crate::say::End;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{Credit, Merchant, Original, Stage, Terminal};
use slipway_node::{Key, KeyPart, Record, Rows, Scan};
use slipway_terminal::TerminalRow;
use slipway_terms::{Kind, MerchantId, TerminalId};

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

/// Where an exchange stands at the acquirer. The one true sentence asks all parties; a list does not.
pub const fn state(one: &Original) -> (&'static str, &'static str, &'static str) {
    match one.stage {
        Stage::Forwarded => ("open", "未定", "not decided"),
        Stage::Declined => ("declined", "未成交", "declined"),
        Stage::Unsure => ("will_return", "将冲正", "will be undone"),
        Stage::Undone => match one.undo {
            Some(undo) if undo.answer.is_some() => ("returned", "已退回", "given back"),
            _ => ("will_return", "将退回", "will return"),
        },
        Stage::Approved => match one.credit {
            Credit::Confirmed => ("took_place", "已成交", "took place"),
            Credit::Unconfirmed => ("unconfirmed", "已批准，待终端确认", "approved, the till has not confirmed it yet"),
            Credit::Held => ("case", "待查", "looked into"),
            Credit::Nothing => ("approved", "已批准", "approved"),
        },
    }
}

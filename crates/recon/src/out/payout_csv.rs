//! Payouts and settlements as CSV, amounts in whole fen.

use super::cell;
use crate::merchant::{Payout, Settlement};
use alloc::format;
use alloc::string::String;

/// First line of the payouts.
pub const PAYOUT_HEAD: &str = "payout,merchant,settled_day,attempt,pay_day,fen,account,bank,holder,holder_name";

/// First line of the settlements.
pub const SETTLEMENT_HEAD: &str = "merchant,day,pay_day,items,gross_in_fen,gross_back_fen,discount_fen,waiting,waiting_fen,carried_in_fen,held_fen,released_fen,reserved_fen,freed_fen,price_fen,payable_fen,carried_out_fen";

/// One payout, without line feed. The account's number is whole, as text, so that no spreadsheet rounds it.
pub fn payout_csv(payout: &Payout) -> String {
    let (id, account) = (payout.id(), &payout.to().account);
    format!(
        "{id},{},{},{},{},{},{},{},{:?},{}",
        id.merchant,
        id.day,
        id.attempt,
        payout.pay_day(),
        payout.fen(),
        cell(account.number()),
        cell(account.bank()),
        account.holder(),
        cell(account.holder_name())
    )
}

/// One settlement, without line feed.
pub fn settlement_csv(s: &Settlement) -> String {
    format!(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
        cell(s.merchant.as_str()),
        s.day,
        s.pay_day,
        s.items,
        s.gross_in_fen,
        s.gross_back_fen,
        s.discount_fen,
        s.waiting,
        s.waiting_fen,
        s.carried_in_fen,
        s.held_fen,
        s.released_fen,
        s.reserved_fen,
        s.freed_fen,
        s.price_fen,
        s.payable_fen,
        s.carried_out_fen
    )
}

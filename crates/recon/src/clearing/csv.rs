//! The same data as CSV, for whoever wants to reckon it again: amounts in whole fen, so that no reader needs a decimal point.

use super::{Detail, Position};
use crate::fee::{CardType, FeeClass};
use alloc::format;
use alloc::string::{String, ToString};
use slipway_terms::{BusinessDate, InstitutionId};

/// First line of the entries.
pub const DETAIL_HEAD: &str = "day,acquirer,issuer,rrn,entry,card,class,undone,net_issuer_borne_by,amount_fen,original_rrn,original_day,original_fen,refunded_before_fen,issuer_fee_fen,net_issuer_fee_fen,net_acquirer_fee_fen,exchange";

/// First line of the positions; the network's own is the line `network`.
pub const POSITION_HEAD: &str = "day,member,acquired,issued,gross_fen,issuer_fee_fen,network_fee_fen,net_fen";

/// One entry, without line feed.
pub fn detail_csv(day: BusinessDate, d: &Detail) -> String {
    let card = if d.card == CardType::Debit { "debit" } else { "credit" };
    let class = match d.class {
        FeeClass::Standard => "standard",
        FeeClass::Discount => "discount",
        FeeClass::Nonprofit => "nonprofit",
    };
    let undone = if d.undone { "yes" } else { "no" };
    let bearer = if d.acquirer_bears_all { "acquirer" } else { "issuer" };
    let original = d.original.map_or_else(
        || ",,,".to_string(),
        |of| format!("{},{},{},{}", quoted(of.rrn.as_str()), of.date, of.amount.minor(), of.refunded_fen),
    );
    format!(
        "{day},{},{},{},{},{card},{class},{undone},{bearer},{},{original},{},{},{},{}",
        d.acquirer,
        d.issuer,
        quoted(d.rrn.as_str()),
        char::from(d.entry.letter()),
        d.amount_fen,
        d.fees[0],
        d.fees[1],
        d.fees[2],
        d.exchange
    )
}

/// One member's position, without line feed.
pub fn position_csv(day: BusinessDate, member: InstitutionId, p: &Position) -> String {
    let Position { acquired, issued, gross_fen, issuer_fee_fen, network_fee_fen } = p;
    format!("{day},{member},{acquired},{issued},{gross_fen},{issuer_fee_fen},{network_fee_fen},{}", p.net_fen())
}

/// A foreign reference number may hold a comma or a quotation mark.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

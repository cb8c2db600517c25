//! What goes out on paper and to machines: the bank's payout file, statements, the plain-text journal, columns. Must never hold a card
//! number, a float, or a cell that a spreadsheet would run as a formula.

mod columns;
mod explained;
mod journal;
mod pain;
mod parquet;
mod payout_csv;
mod statement;

pub use columns::{clearing_columns, settlement_columns};
pub use explained::{Told, explained};
pub use journal::Journal;
pub use pain::{Debtor, pain_001};
pub use parquet::{Column, Parquet, Values};
pub use payout_csv::{PAYOUT_HEAD, SETTLEMENT_HEAD, payout_csv, settlement_csv};
pub use statement::Statement;

use alloc::format;
use alloc::string::String;

/// Fen as yuan with two places: `-12.30`.
pub fn yuan(fen: i128) -> String {
    let (sign, size) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

/// A text cell of a CSV: always quoted, and what a spreadsheet would take for a formula is marked as text.
pub(crate) fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

/// Text inside XML or HTML; what XML cannot hold at all is left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

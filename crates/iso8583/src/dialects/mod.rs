//! The built-in dialects, one file each (three for the standard, whose tables have several wire forms), and the list to find them by name.

mod iso;
mod iso2003;
mod iso87;
mod iso93;
mod rows;
mod unionpay_cups;
mod unionpay_pos;

pub use iso87::{EBCDIC_HOST, ISO87_ASCII, ISO87_ASCII_BINBITMAP, ISO87_BCD};
pub use iso93::{ISO93_ASCII, ISO93_BCD};
pub use iso2003::ISO2003_CMF;
pub use unionpay_cups::UNIONPAY_CUPS;
pub use unionpay_pos::UNIONPAY_POS;

use crate::dialect::Dialect;

/// All built-in dialects.
pub static DIALECTS: [&Dialect; 9] = [
    &UNIONPAY_POS,
    &UNIONPAY_CUPS,
    &ISO87_ASCII,
    &ISO87_ASCII_BINBITMAP,
    &ISO87_BCD,
    &ISO93_ASCII,
    &ISO93_BCD,
    &ISO2003_CMF,
    &EBCDIC_HOST,
];

/// The built-in dialect called `name`.
#[must_use]
pub fn dialect_named(name: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().copied().find(|d| d.name == name)
}

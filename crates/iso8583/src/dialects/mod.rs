//! The built-in dialects, one file each, and the list to find them by name.

mod rows;
mod unionpay_cups;
mod unionpay_pos;

pub use unionpay_cups::UNIONPAY_CUPS;
pub use unionpay_pos::UNIONPAY_POS;

use crate::dialect::Dialect;

/// All built-in dialects.
pub static DIALECTS: [&Dialect; 2] = [&UNIONPAY_POS, &UNIONPAY_CUPS];

/// The built-in dialect called `name`.
#[must_use]
pub fn dialect_named(name: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().copied().find(|d| d.name == name)
}

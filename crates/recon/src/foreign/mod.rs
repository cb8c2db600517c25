//! Files of others (a bank's statement, a wallet's bill) as rows for reconciliation, by a layout that says where things stand. Must never
//! give out a row of a file that is not whole and sound: what is refused is refused whole, with line and column, and whatever was
//! known before stays as it was.
//!
//! ```text
//!   bytes in any pieces ──▶ lines ──▶ cells ──▶ rows ─┐
//!                                      trailer ───────┴─▶ end: all of them sorted, or the first fault
//! ```

mod cells;
mod fault;
#[cfg(feature = "layout")]
mod from_toml;
mod layout;
mod read;

pub use fault::{ForeignFault, Why};
#[cfg(feature = "layout")]
pub use from_toml::{LayoutFault, decoder, layout};
pub use layout::{Amounts, Columns, Days, Encoding, Form, Layout, Place, Signs, Trailer};
pub use read::{Decode, Reader};

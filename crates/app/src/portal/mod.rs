//! The merchant portal: one shop's takings, batches, payments, open doubts, payouts and terminals, and the refunds that it has ordered. Reads
//! the acquirer's records and the files of settled days; reckons nothing by itself and moves no money. Must never show a shop anything of
//! another one: what is not its own is answered as what does not exist.
//!
//! ```text
//!  who has signed in ── asker ──▶ which shop ──▶ index, rows (the acquirer's, the tills') ──▶ takings · batches · payments · doubts · terminals
//!                                            └─▶ files of settled days (`settle`)   ──▶ money (payouts, holds, statements)
//!  refund ordered ──▶ orders (lines of the audit log) ──▶ made at the till, by the reference number
//! ```

mod asker;
mod batches;
mod doors;
mod doubts;
mod index;
mod money;
mod open_day;
mod orders;
mod payments;
mod refunds;
mod rows;
mod sheet;
mod takings;
mod terminals;

pub use doors::router;
pub use orders::Orders;

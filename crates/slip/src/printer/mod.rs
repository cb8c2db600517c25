//! The printer as seen through its bytes: what to ask it, what its answers say, what became of the paper.
//!
//! One job over any byte link (TCP port 9100, a serial line, [`SimPrinter`]) is four steps; the caller owns the link and
//! the waiting:
//!
//! 1. send [`status_query`], read [`STATUS_BYTES`]: `before = Status::decode(..)`, nothing heard is `None`;
//! 2. if `before` is ready, send the slip's bytes and then [`finish_query`];
//! 3. read one byte: [`is_finished`] means all before it has been worked through → [`Written::Finished`];
//! 4. send [`status_query`] again: `after`; then [`fate`].
//!
//! Bytes queued are not "printed": without step 3 or with a bad status the fate is `Half` or `Unknown`, never `Printed`.
//!
//! ```
//! use slipway_slip::printer::{Fault, SimPrinter};
//! use slipway_terms::PaperFate;
//!
//! let mut printer = SimPrinter::new();
//! printer.arm(Fault::PaperOut { after: 1 });
//! assert_eq!(printer.print(b"first\nsecond\n"), PaperFate::Half);
//! assert_eq!(printer.paper().len(), 1);
//! ```

mod sim;
mod status;

pub use sim::{Fault, PaperLine, SimPrinter, paper_text};
pub use status::{STATUS_BYTES, Status, Written, fate, finish_query, is_finished, status_query};

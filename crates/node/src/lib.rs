//! The contract of every party: a pure core with two questions, [`Node::wants`] and [`Node::decide`].
//!
//! ```text
//! bytes → message → wants → facts → decide → durable commit → send, print, show
//! ```
//!
//! A core is told everything (time, records, vault answers) and returns a [`Decision`]. It has no clock, disk, socket,
//! random number or key inside, and no state outside its records and the volatile notes that power-off forgets.
#![no_std]
extern crate alloc;

mod clearing;
mod decision;
mod facts;
mod input;
mod key;
pub mod limits;
mod line;
mod payout;
mod ports;
mod table;
mod vault;

pub use clearing::{ClearingPart, PART_ITEMS_MAX};
pub use decision::{Body, Decision, Outgoing, Print, Show};
pub use facts::{Facts, Seen, Sheet, Wants};
pub use input::{Act, CardRead, Hand, Input, KeyPress, Line, Named, Peer, Question};
pub use key::{Key, KeyPart, OUTBOX_SPACE, Scan, outbox_id};
pub use line::LineFault;
pub use payout::{PayoutItem, PayoutMark, PayoutPart, PayoutRest};
pub use ports::{Batch, Clock, Notifier, Store, StoreFault};
pub use slipway_terms::{ClosedTrack, Ksn, WidePin};
pub use table::{Damage, Record, Rows, Space};
pub use vault::{Ask, Install, Installed, PinReference, ResetFields, ResetKey, Told, Vault};

use alloc::vec::Vec;
use core::fmt::Debug;
use slipway_terms::Moment;

#[doc(hidden)]
pub mod export {
    pub use alloc::vec::Vec;
    pub use core::mem::take;
    pub use postcard;
}

/// One party's core. The driver calls `wants` until it wants nothing new (at most [`limits::WANT_ROUNDS_MAX`] rounds)
/// and again at judging time against the overlay of the batch, then `decide`, then commits, then sends.
pub trait Node: Sized {
    /// The closed enum of this core's rows, made by [`tables!`].
    type Row: Rows;
    /// What a timer of this core says when it runs out.
    type Timer: Clone + Ord + Debug;
    /// What is forgotten at power-off, one per terminal (a card in the hand, digits half keyed). `()` for hosts. May hold
    /// card data; the driver never writes it anywhere.
    type Note: Clone;

    /// Lists the rows, ranges and vault answers needed to decide on `input`, given what is already `seen`.
    /// Total: asks for nothing when the input is nonsense.
    fn wants(&self, input: &Input<Self::Timer>, seen: &Facts<'_, Self>, out: &mut Wants);

    /// Decides. Total and pure: a refusal is a value, "do not know" is a value, the same input twice has no second effect.
    fn decide(&self, at: Moment, input: &Input<Self::Timer>, facts: &Facts<'_, Self>) -> Decision<Self>;

    /// The timer of an open record of a queue table, asked once per row at opening.
    fn rearm(&self, row: &Self::Row) -> Option<(Moment, Self::Timer)>;

    /// The table whose rows hold generations of named keys, if there is one; it is read once at opening.
    const KEY_SPACE: Option<u8> = None;

    /// The generations that such a row holds, oldest first; they are laid into the vault before anything is judged.
    fn reinstall(&self, row: &Self::Row) -> Vec<Installed> {
        let _ = row;
        Vec::new()
    }
}

//! The support desk: where somebody who has signed in finds one payment, its one true sentence, what cashier and cardholder do now,
//! what every party has on record, its slip, and what may be done about it. Rights are those of [`crate::people::role`]; every look
//! and act is in the audit log before it is answered.

pub mod deeds;
mod doors;
pub mod exchange;
mod papers;
mod posted;
mod proposals;
mod timeline;

pub use doors::router;
pub use proposals::Proposals;

use crate::clocks::Wall;
use slipway_terms::TillKey;
use std::collections::BTreeMap;

/// What the desk of a running network remembers.
#[derive(Debug, Default)]
pub struct Support {
    /// Refunds that were proposed.
    pub proposals: Proposals,
    /// Slips that were printed again lately: two pages that ask for the same paper get one.
    prints: tokio::sync::Mutex<BTreeMap<TillKey, Wall>>,
}

impl Support {
    /// With the proposals of its log.
    pub fn with(proposals: Proposals) -> Self {
        Self { proposals, prints: tokio::sync::Mutex::default() }
    }
}

//! The rim: the only place that touches clock, disk and network. One OS thread per party with a current-thread runtime:
//! links, driver and commit together, so a batch is whatever arrived while the last one was being made durable.

mod clock;
mod link;
mod metrics;
mod paper;
mod party;

pub use clock::{Pace, PacedClock};
pub use link::{LinkCounts, LinkPlan, Serves};
pub use metrics::render;
pub use paper::{PaperOut, PaperSink};
pub use party::{Control, Event, Figures, Handle, PartyPlan, Stages, Watch, spawn};

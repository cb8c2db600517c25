//! The rim: the only place that touches clock, disk and network. One OS thread per party with a current-thread runtime:
//! links, driver and commit together, so a batch is whatever arrived while the last one was being made durable.

mod bearer;
mod clock;
mod link;
mod metrics;
mod paper;
mod party;
mod pipe;
mod sim_line;
mod tls;

pub use bearer::{Bearer, Breaking, Making, Tcp};
pub use clock::{Forward, Pace, PacedClock};
pub use link::{LinkCounts, LinkPlan, Serves, Way};
pub use metrics::render;
pub use paper::{PaperOut, PaperSink};
pub use party::{Control, Event, Figures, Handle, Hands, PartyPlan, Stages, Watch, spawn};
pub use sim_line::{SimLine, Stack, Stage};
pub use tls::{Caller, Listener, Papers, PapersFault, member_name};

//! Whole payment networks on one thread, with faults, stories and checkers: the production driver and cores, simulated time,
//! lines that lose and double, disks that lose what was not synced, paper that jams. One seed decides everything.
//!
//! ```text
//! workload ─hands→ ┌────────────── world ──────────────┐ ─tape→ check: money once slips notices
//! story ───faults→ │ queue → station(driver, core,     │               secrets quiet verdicts
//! rates ───faults→ │   disk, vault) → wires → station  │ ─digest→ report
//!                  └───────────────────────────────────┘
//! ```
//!
//! A seed runs in two phases: safety (things break, checkers look after every commit) and liveness (faults stop, and within
//! a stated time nothing may be waiting). The same seed gives the same digest on every machine.

mod cast;
mod check;
mod chips;
mod clearing;
mod counter;
mod days;
mod deed;
mod dice;
mod digest;
mod disk;
mod disputing;
mod exclusions;
mod fault;
mod late;
mod link;
mod moody;
mod orders;
mod paying;
mod play;
mod prng;
mod queue;
mod reconciling;
mod release;
mod report;
mod run;
mod shrink;
mod situation;
mod sky;
mod station;
mod story;
mod telling;
mod wires;
mod withholding;
mod workload;
mod world;

pub use fault::Rates;
pub use play::{Ending, play};
pub use report::{Outcome, Report, Situations, Violation};
pub use run::{Options, Progress, run, walk, world};
pub use shrink::{Small, shrink};
pub use story::{BadLine, FILES, Story, parse};
pub use world::Manner;

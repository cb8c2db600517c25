//! A script: a plain text file, one act a line, played at the terminal without a window. No line sleeps: each waits until the
//! terminal is at rest, and a wait has a bound. `docs/terminal.md` lists the acts.

mod clerk;
mod play;
mod read;
mod told;
mod words;

pub use clerk::{answer, asks_card, waits};
pub use play::play;
pub use read::read;
pub use words::{Tail, can_be_about};

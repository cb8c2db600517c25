//! What fuzz targets share: bytes read as choices, damage to files, batches of a store with what must be there after them, and
//! bytes told as a story of a whole network. Everything is a pure function of the bytes, so that a finding replays.

mod batches;
mod choices;
mod damage;
mod plot;

pub use batches::{batch, model, rows};
pub use choices::Choices;
pub use damage::damage;
pub use plot::plot;

//! The clearing file of one member and day, and what it adds up to. Must never be half believed: a file that is cut short,
//! doubled, re-ordered, of another day or changed is refused whole, with the place of the fault.
//!
//! ```text
//!   H SLIPWAY-CLEARING 01 member day
//!   D number key issuer terms amount original fees        one line an entry, ascending by key
//!   T count sums checksum
//! ```
//! Every line has [`LINE`] bytes, the last of them a line feed: no length stands in the file, so none can lie.

mod columns;
mod crc;
mod csv;
mod day;
mod detail;
mod position;
mod read;
mod write;

pub use crc::Crc;
pub use csv::{DETAIL_HEAD, POSITION_HEAD, detail_csv, position_csv};
pub use day::{Day, DayFault, Named, entry};
pub use detail::{Detail, DetailFault, FeeLegs, Original};
pub use position::{Position, Positions};
pub use read::{Reader, WhyRefused, file_says, read_file, told};
pub use write::Writer;

/// Bytes of every line of a clearing file, line feed included.
pub const LINE: usize = 180;

/// What the trailer says, and what reader and writer count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FileSums {
    /// Entries.
    pub count: u32,
    /// Sum of the signed amounts, in fen.
    pub amount_fen: i128,
    /// Sums of the signed fees, by leg.
    pub fees_fen: [i128; 3],
}

impl FileSums {
    pub(crate) fn add(&mut self, detail: &Detail) {
        self.count += 1;
        self.amount_fen += i128::from(detail.amount_fen);
        for (sum, fee) in self.fees_fen.iter_mut().zip(detail.fees) {
            *sum += i128::from(fee);
        }
    }
}

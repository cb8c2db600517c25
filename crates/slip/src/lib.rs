//! A slip on paper: text, ESC/POS bytes, SVG, PNG, PDF, and the printer that takes it. Usable alone.
//!
//! ```text
//!  Slip ── render ──> Lines ──┬── to_string()  text, 32 or 48 columns
//!                             ├── escpos       bytes for a thermal printer ──> printer::SimPrinter / a socket
//!                             ├── svg          for a page
//!                             ├── png          for a picture (dots exactly as on the paper)
//!                             └── pdf          for a file: the same dots, the page as large as the paper
//! ```
//!
//! What is drawn under a slip is here too: [`signature_drawn`], [`signature_of`].
//!
//! Nothing here reads a clock, a file or a socket. No card digit reaches the paper but those a
//! [`CardTail`](slipway_terms::CardTail) holds; free text is cleaned and its long digit runs are masked.

mod code;
mod dots;
mod escpos;
mod fault;
mod lines;
mod lists;
mod page;
mod pdf;
mod picture;
pub mod printer;
mod sale;
mod signature;
mod svg;
mod text;

pub use code::{half_blocks, qr};
pub use dots::{Bitmap, DOTS_PER_COLUMN, bitmap};
pub use escpos::{escpos, escpos_raster};
pub use lines::{Align, Columns, LINES_MAX, Line, Lines, Size};
pub use pdf::{DOTS_PER_MM, paper_mm, pdf};
pub use picture::{png, png_paper};
pub use sale::render;
pub use signature::{
    NoSignature, SIGNATURE_BYTES_MAX, SIGNATURE_HEIGHT_MAX, SIGNATURE_WIDTH_MAX, signature_drawn, signature_of,
};
pub use svg::{svg, svg_paper};

//! ISO 8583 by dialect tables: bytes to fields to typed messages, framing, masked dump. Usable alone.
//!
//! ```text
//!  stream ──split──▶ frame ──detect──▶ message bytes ──decode──▶ fields ──to_message──▶ slipway_terms::Message
//!  stream ◀─Envelope── frame ◀──────── message bytes ◀─Encoder── fields ◀─from_message─┘
//!                                            │                      └──show──▶ masked table
//!                                            └──mab──▶ bytes under the MAC
//! ```
//!
//! Features, none by default: `spec` reads dialects from TOML and from jPOS packager files; `client` is a line to a host on threads. Both
//! need `std`, the codec never does.
//!
//! Decoding borrows and does not allocate; encoding writes into the caller's buffer. Faults name path, offset and rule
//! and never carry content. No input makes it panic.
#![no_std]
extern crate alloc;
#[cfg(any(feature = "spec", feature = "client"))]
extern crate std;

pub mod bench;
mod bits;
mod check;
#[cfg(feature = "client")]
pub mod client;
mod content;
mod cups;
mod cups_header;
mod decode;
mod decoded;
mod dialect;
mod dialects;
mod digits;
pub mod ebcdic;
mod encode;
mod fault;
mod fields;
pub mod flags;
mod frame;
mod line;
mod lines;
mod mab;
mod mask;
pub mod meaning;
mod meaning_chip;
mod mend;
mod plain;
mod plan;
mod pos;
pub mod profile;
mod put;
mod row;
mod show;
mod show_chip;
mod show_parts;
#[cfg(feature = "spec")]
pub mod spec;
pub mod sub;
mod tagged;
mod text;
pub mod tlv;
mod typed;
mod wire;

pub use check::TableFault;
pub use cups_header::{CUPS_HEADER_BYTES, CupsHeader};
pub use decode::{FRAME_BYTES_MAX, decode};
pub use decoded::Decoded;
pub use dialect::{Bitmap, Counts, Cover, Dialect, Encoding, Family, Field, Kind, Length, Nested, Pad, Prefix};
pub use dialects::{
    DIALECTS, EBCDIC_HOST, ISO87_ASCII, ISO87_ASCII_BINBITMAP, ISO87_BCD, ISO93_ASCII, ISO93_BCD, ISO2003_CMF,
    UNIONPAY_CUPS, UNIONPAY_POS, dialect_named,
};
pub use digits::Digits;
pub use encode::Encoder;
pub use fault::{Fault, FaultZh, Name, Path, Rule};
pub use frame::{Envelope, Framing, PosHeader, Tpdu, Wrapped, detect, looks_like, split};
pub use mab::{mab, mac_field};
pub use mask::{Reveal, granted, mask_pan, value};
pub use mend::{Mended, decode_mending};
pub use plain::{Plain, clear_value, encode_plain, from_hex, hex};
pub use show::{Shown, ShownField, ShownFrame, ShownSub, show, show_bytes, show_wired};
pub use typed::{Packed, from_message, to_message};
pub use wire::{LengthForm, Wire, detect_in};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

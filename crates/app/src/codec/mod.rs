//! `decode` and `encode`: messages between hexadecimal and fields, for people and for machines.
//! Must never print card data that was not granted (`slipway_iso8583::granted`), nor repeat an input in an error.

mod check;
mod decode;
mod encode;
mod given;
pub mod json;
mod spec;

pub use decode::{DecodeArgs, decode};
pub use encode::{EncodeArgs, encode};

use crate::say::End;
use slipway_iso8583::{DIALECTS, Dialect, dialect_named};

/// The dialect of that name.
///
/// # Errors
/// Wrong use, with the names there are.
fn dialect_of(name: &str) -> Result<&'static Dialect, End> {
    dialect_named(name).ok_or_else(|| {
        let names = DIALECTS.iter().map(|d| d.name).collect::<Vec<_>>().join(", ");
        End::usage(format!("没有这个报文规范；可用：{names}"), format!("no such dialect; there are: {names}"))
    })
}

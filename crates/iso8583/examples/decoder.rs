//! Reads one message and prints its fields, masked.
//!
//!     cargo run --features spec --example decoder -- iso87-ascii 30383030…
//!     cargo run --features spec --example decoder -- my-host.toml 30383030…

use std::io::Write;

use slipway_iso8583::spec::{from_jpos_xml, from_toml};
use slipway_iso8583::{Reveal, dialect_named, from_hex, show_bytes};
use slipway_terms::Lang;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(name), Some(message)) = (args.next(), args.next()) else {
        return Err("usage: decoder DIALECT|FILE HEX".into());
    };
    let bytes = from_hex(&message).ok_or("the message is not hexadecimal")?;
    let mut out = std::io::stdout().lock();
    let mut print = |dialect| -> Result<(), Box<dyn std::error::Error>> {
        let shown = show_bytes(Some(dialect), None, &bytes, Reveal::Masked, false)?;
        for line in shown.lines(Lang::En) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    };
    match dialect_named(&name) {
        Some(dialect) => print(dialect),
        None => {
            let text = std::fs::read_to_string(&name)?;
            let spec = if text.trim_start().starts_with('<') { from_jpos_xml(&text)? } else { from_toml(&text)? };
            print(&spec.dialect)
        }
    }
}

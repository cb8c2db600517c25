//! Packs and unpacks one message a line, for tests that drive another implementation beside this one.
//!
//!     cargo run --release --features spec --example lines -- SPEC.toml < lines
//!
//! A line is `MTI`, tab, the bytes another packed in hexadecimal, then `number=value` behind tabs. The answer is the bytes packed
//! from the values, then the values that were read from the other's bytes. A fault stands in its place as `!text`.

use std::io::{BufRead, Write};

use slipway_iso8583::spec::{from_jpos_xml, from_toml};
use slipway_iso8583::{Dialect, clear_value, decode, encode_plain, from_hex, hex};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which spec file?")?;
    let text = std::fs::read_to_string(&path)?;
    let spec = if text.trim_start().starts_with('<') { from_jpos_xml(&text)? } else { from_toml(&text)? };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&spec.dialect, &line?))?;
    }
    Ok(out.flush()?)
}

fn answer(dialect: &Dialect, line: &str) -> String {
    let mut words = line.split('\t');
    let (mti, theirs) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let fields = words.filter_map(|word| word.split_once('=')).filter_map(|(n, value)| Some((n.parse().ok()?, value)));
    let mut bytes = Vec::new();
    let mut told = match encode_plain(dialect, mti, fields, &mut bytes) {
        Ok(_) => hex(&bytes),
        Err(fault) => format!("!{fault}"),
    };
    let theirs = from_hex(theirs).unwrap_or_default();
    match decode(dialect, &theirs) {
        Ok(message) => {
            for n in message.numbers() {
                told.push_str(&format!("\t{n}={}", clear_value(&message, n).unwrap_or_default()));
            }
        }
        Err(fault) => told.push_str(&format!("\t!{fault}")),
    }
    told
}

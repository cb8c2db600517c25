//! Every cut and every changed byte of every message that others packed: it decodes, or a fault names field, byte and rule.
//! Nothing panics, nothing is read beyond the bytes, no fault tells content.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/layouts.rs"]
mod layouts;

use common::vectors;
use layouts::{built_in, of_tsv, packed};
use slipway_iso8583::{Dialect, Fault, Path, decode, detect};

/// All messages with the tables that read them.
fn each(mut with: impl FnMut(&str, &Dialect, &[u8])) {
    for v in packed() {
        match built_in(&v.layout) {
            Some(dialect) => with(&v.id, dialect, &v.bytes),
            None => with(&v.id, &of_tsv(&v.layout), &v.bytes),
        }
    }
    for v in vectors() {
        let body = detect(v.dialect.family, &v.bytes, None).unwrap().body;
        with(&v.id, v.dialect, &v.bytes[body]);
    }
}

/// Offsets and lengths have five digits at most: a text without a longer run, and without a letter that it did not bring itself,
/// repeats nothing of a card.
fn sound(fault: Fault, bytes: &[u8], what: &str) {
    assert!(fault.offset as usize <= bytes.len(), "{what}: {fault}");
    for text in [fault.to_string(), fault.zh().to_string()] {
        let run = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
        assert!(run <= Some(5), "{what}: {text}");
    }
    let known = match fault.path {
        Path::Field(n) => n <= 192,
        Path::Frame | Path::Mti | Path::Bitmap => true,
        _ => false,
    };
    assert!(known, "{what}: {fault}");
}

#[test]
fn every_cut() {
    let mut cuts = 0;
    each(|what, dialect, bytes| {
        let whole = decode(dialect, bytes).is_ok();
        for end in 0..bytes.len() {
            cuts += 1;
            match decode(dialect, &bytes[..end]) {
                Err(fault) => sound(fault, &bytes[..end], what),
                Ok(message) => assert!(!whole, "{what}: cut to {end} it still reads as {message:?}"),
            }
        }
    });
    assert!(cuts > 10_000, "{cuts}");
}

/// In two halves, which run beside each other.
#[test]
fn every_changed_byte_of_even_ones() {
    every_changed_byte(0);
}

#[test]
fn every_changed_byte_of_odd_ones() {
    every_changed_byte(1);
}

fn every_changed_byte(half: usize) {
    let mut number = 0;
    let (mut read, mut refused) = (0_u32, 0_u32);
    each(|what, dialect, bytes| {
        number += 1;
        if number % 2 != half {
            return;
        }
        let mut changed = bytes.to_vec();
        for at in 0..bytes.len() {
            for value in 0..=255 {
                changed[at] = value;
                match decode(dialect, &changed) {
                    Err(fault) => {
                        refused += 1;
                        // Texts of a sample: they depend on path, offset and rule only.
                        if (value & 15) == (at as u8 & 15) {
                            sound(fault, &changed, what);
                        }
                    }
                    Ok(message) => {
                        read += 1;
                        if value & 7 != 0 {
                            continue;
                        }
                        let end: usize = message.numbers().map(|n| message.whole(n).unwrap().len()).sum();
                        assert!(end <= changed.len(), "{what}");
                    }
                }
            }
            changed[at] = bytes[at];
        }
    });
    assert!(read > 100_000 && refused > 100_000, "{read} {refused}");
}

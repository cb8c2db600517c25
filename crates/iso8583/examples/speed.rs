//! How long one 249-byte chip sale takes: medians of short rounds, in nanoseconds. `bench/peers/run` sets it beside others.
//!
//!     cargo run --release --example speed

#![allow(clippy::disallowed_methods, reason = "a stopwatch is the matter of this program")]

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use slipway_iso8583::bench::{pack, pack_fields, sale, unpack, unpack_fields};

const ROUND: u32 = 1_000;
const ROUNDS: usize = 1_000;

fn median(
    mut once: impl FnMut(u32) -> Result<(), Box<dyn std::error::Error>>,
) -> Result<u128, Box<dyn std::error::Error>> {
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for stan in 1..=ROUND {
            once(stan)?;
        }
        rounds.push(began.elapsed().as_nanos() / u128::from(ROUND));
    }
    rounds.sort_unstable();
    Ok(rounds.get(ROUNDS / 2).copied().unwrap_or(0))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut frame = Vec::with_capacity(512);
    let fields_in = median(|stan| Ok(pack_fields(black_box(stan), &mut frame)?))?;
    let fields_out = median(|_| {
        black_box(unpack_fields(black_box(&frame))?);
        Ok(())
    })?;
    let typed_in = median(|stan| Ok(pack(&sale(black_box(stan))?, &mut frame)?))?;
    let typed_out = median(|_| {
        black_box(unpack(black_box(&frame))?);
        Ok(())
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "fields pack {fields_in} unpack {fields_out}")?;
    writeln!(out, "typed pack {typed_in} unpack {typed_out}")?;
    Ok(())
}

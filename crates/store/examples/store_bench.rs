//! Measures the embedded store in a folder: `cargo run --release -p slipway-store --example store_bench -- DIR [MS]`.
//! Refuses a folder in memory. The app's `bench store` does the same with its own clock and words.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a program of its own: reads the clock, speaks")]

use slipway_store::{EmbeddedStore, Setup, speed};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(dir), for_ms) = (args.next(), args.next().and_then(|ms| ms.parse().ok()).unwrap_or(2000)) else {
        println!("store_bench DIR [MS]");
        return ExitCode::FAILURE;
    };
    let dir = Path::new(&dir);
    if speed::on_tmpfs(dir) {
        println!("{}: 在内存中，断电即失 / in memory, lost with the power: no figure", dir.display());
        return ExitCode::FAILURE;
    }
    match run(dir, for_ms) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(dir: &Path, for_ms: u64) -> Result<(), slipway_node::StoreFault> {
    let began = Instant::now();
    let now = move || u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let mut store = EmbeddedStore::open(&dir.join("bench-store"), Setup::new(now))?;
    println!("sync rate: {:?}", speed::sync_rate(dir, 500, now)?);
    let run = u8::try_from(store.number() % 251).unwrap_or(0);
    for (at, rows) in speed::BATCH_ROWS.into_iter().enumerate() {
        let at = run.wrapping_add(u8::try_from(at).unwrap_or(0));
        println!("{:?}", speed::bench(&mut store, at, rows, for_ms, now)?);
    }
    store.close()
}

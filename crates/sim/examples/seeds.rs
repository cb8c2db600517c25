//! Runs seeds until one breaks a rule, and says which: `cargo run --release -p slipway-sim --example seeds -- 1 300 [DAYS]`.
//! Prints `clean SEEDS` and ends with 0, or `SEED CHECKER DETAIL` and ends with 1.
#![allow(clippy::print_stdout, reason = "an example speaks for itself")]

use slipway_sim::{Options, run};
use std::process::ExitCode;

/// Worlds that are run before it is looked whether one broke a rule.
const AT_ONCE: u64 = 20;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let (from, to) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(100));
    let days = numbers.next().and_then(|days| u32::try_from(days).ok()).unwrap_or(1);
    // A defect may panic in a core; the driver sets the input aside, and the panic's own words would drown the answer.
    std::panic::set_hook(Box::new(|_| {}));
    let mut at = from;
    while at <= to {
        let end = (at + AT_ONCE).min(to + 1);
        let report = run(at..end, &Options { days, ..Options::default() }, &mut |_| {});
        if let Some(violation) = report.violations.iter().min_by_key(|violation| violation.seed) {
            println!("{} {} {}", violation.seed, violation.checker, violation.detail);
            return ExitCode::FAILURE;
        }
        if let Some(met) = report.situations.met_though_excluded.first() {
            println!("{at} situations cannot happen and was met: {met}");
            return ExitCode::FAILURE;
        }
        at = end;
    }
    println!("clean {}", to + 1 - from);
    ExitCode::SUCCESS
}

//! Worlds of several business days hold every rule while things break, over every cut, and after; and replay to the same digest.

use slipway_sim::{Options, Rates, run};

fn long() -> Options {
    Options { days: 3, ..Options::default() }
}

#[test]
fn no_rule_is_broken_over_days() {
    let seeds = std::env::var("SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let from = std::env::var("FROM").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let report = run(from..from + seeds, &long(), &mut |_| {});
    let told: Vec<_> = report.violations.iter().map(|v| format!("{} {}: {}", v.seed, v.checker, v.detail)).collect();
    println!(
        "{} inputs, {} sales, {} approved, {} reversed, digest {}",
        report.inputs, report.sales, report.approved, report.reversed, report.digest
    );
    println!("never: {:#?}", report.situations.never);
    println!("met though excluded: {:#?}", report.situations.met_though_excluded);
    assert!(told.is_empty(), "{} violations:\n{}", told.len(), told.join("\n"));
    assert!(report.approved * 5 > report.sales, "most worlds must sell: {} of {}", report.approved, report.sales);
}

#[test]
fn a_calm_long_world_sells_on_every_day() {
    let options = Options { faults: Some(Rates::default()), ..long() };
    let report = run(0..2, &options, &mut |_| {});
    assert_eq!(report.violations, []);
    assert!(report.approved > 100, "{}", report.approved);
}

#[test]
fn the_same_seed_is_the_same_long_world_on_any_number_of_threads() {
    let one = run(20..22, &Options { threads: 1, ..long() }, &mut |_| {});
    assert_eq!(one, run(20..22, &long(), &mut |_| {}));
}

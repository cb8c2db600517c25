//! Seeded worlds hold every rule while things break and after, and replay to the same digest.

use slipway_sim::{Options, Rates, run, world};

#[test]
fn no_rule_is_broken() {
    let seeds = std::env::var("SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let from = std::env::var("FROM").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let report = run(from..from + seeds, &Options::default(), &mut |_| {});
    let told: Vec<_> = report.violations.iter().map(|v| format!("{} {}: {}", v.seed, v.checker, v.detail)).collect();
    println!(
        "{} inputs, {} sales, {} approved, {} reversed",
        report.inputs, report.sales, report.approved, report.reversed
    );
    println!("never: {:#?}", report.situations.never);
    assert!(told.is_empty(), "{} violations:\n{}", told.len(), told.join("\n"));
    assert!(report.approved * 4 > report.sales, "most worlds must sell: {} of {}", report.approved, report.sales);
}

#[test]
fn a_calm_world_sells_and_reverses_nothing() {
    let options = Options { faults: Some(Rates::default()), ..Options::default() };
    let report = run(0..3, &options, &mut |_| {});
    assert_eq!(report.violations, []);
    // Once quiet a day has passed: the last sale of each till meets a batch that was closed (77), is buried and sent again.
    assert!(report.reversed <= 3 * 6, "{}", report.reversed);
    assert!(report.approved > 100, "{}", report.approved);
}

#[test]
fn the_same_seed_is_the_same_world_on_any_number_of_threads() {
    let options = Options { inputs: 1_000, ..Options::default() };
    let one = run(20..24, &Options { threads: 1, ..options }, &mut |_| {});
    let two = run(20..24, &options, &mut |_| {});
    assert_eq!(one, two);
    assert_ne!(world(20, &options).digest, world(21, &options).digest);
}

#[test]
fn no_world_depends_on_what_its_drivers_keep() {
    let keeping = |rows| run(30..36, &Options { cache_rows: Some(rows), ..Options::default() }, &mut |_| {});
    let none = keeping(0);
    for rows in [3, 1 << 14] {
        assert_eq!(keeping(rows), none, "{rows} rows");
    }
}

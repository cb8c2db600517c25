//! `slipway sim`: whole networks on one thread, everything broken by a seed, every rule checked after every commit.

use crate::say::{End, Say};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use slipway_sim::{Manner, Options, Progress, parse, play, run as simulate};
use std::path::PathBuf;

/// Arguments of `sim`.
#[derive(clap::Args)]
pub struct SimArgs {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// Inputs per world after which faults stop and everything must come to its end.
    #[arg(long)]
    inputs: Option<u64>,
    /// Worlds at the same time; the digest does not depend on it.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Plays the stories of this file instead of seeds.
    #[arg(long)]
    story: Option<PathBuf>,
}

/// Runs seeds or stories. Exit 1 when a rule was broken.
pub fn run(args: &SimArgs, say: &Say) -> Result<(), End> {
    match &args.story {
        Some(path) => stories(path, args.seed, say),
        None => seeds(args, say),
    }
}

fn seeds(args: &SimArgs, say: &Say) -> Result<(), End> {
    let mut options = Options { threads: args.threads, ..Options::default() };
    if let Some(inputs) = args.inputs {
        options.inputs = inputs;
    }
    let bar = if say.json { ProgressBar::hidden() } else { ProgressBar::new(args.seeds) };
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} seeds  {per_sec}  {msg}  {eta}") {
        bar.set_style(style);
    }
    let clock = slipway_runtime::os::PacedClock::start(slipway_runtime::os::Pace::REAL);
    let mut report = simulate(args.seed..args.seed.saturating_add(args.seeds), &options, &mut |at: Progress| {
        bar.set_position(at.done);
        bar.set_message(format!("{} inputs, {} violations", at.inputs, at.violations));
    });
    report.seconds = clock.nanos() / 1_000_000_000;
    bar.finish_and_clear();
    if say.json {
        let value =
            serde_json::to_value(&report).map_err(|error| End::environment(error.to_string(), error.to_string()))?;
        say.document(&value);
    } else {
        let (situations, seconds) = (&report.situations, report.seconds);
        say.line(format!(
            "{} {}   {} {}   {} {}",
            say.both("种子", "seeds"),
            report.seeds,
            say.both("输入", "inputs"),
            report.inputs,
            say.both("秒", "seconds"),
            seconds
        ));
        say.line(format!(
            "{} {}   {} {}   {} {}",
            say.both("消费", "sales"),
            report.sales,
            say.both("批准", "approved"),
            report.approved,
            say.both("冲正", "reversed"),
            report.reversed
        ));
        say.line(format!(
            "{} {}/{}   {} {}",
            say.both("情形", "situations"),
            situations.hit,
            situations.declared,
            say.both("摘要", "digest"),
            report.digest
        ));
        for violation in report.violations.iter().take(20) {
            say.line(format!("  ✗ seed {} {}: {}", violation.seed, violation.checker, violation.detail));
        }
    }
    let broken = report.violations.len();
    if broken == 0 {
        say.line(say.both("没有违反任何规则", "no rule was broken"));
        return Ok(());
    }
    let seed = report.violations.first().map_or(args.seed, |violation| violation.seed);
    Err(End::broken(
        format!("{broken} 处违反规则；重放：slipway sim --seed {seed} --seeds 1"),
        format!("{broken} violations; replay with: slipway sim --seed {seed} --seeds 1"),
    ))
}

fn stories(path: &std::path::Path, seed: u64, say: &Say) -> Result<(), End> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        End::environment(format!("无法读取 {path}：{error}"), format!("cannot read {path}: {error}"))
    })?;
    let told = parse(&text).map_err(|bad| {
        End::usage(format!("第{}行有误：{}", bad.line, bad.rule), format!("line {}: {}", bad.line, bad.rule))
    })?;
    let mut broken = 0;
    let mut all = Vec::new();
    for story in &told {
        let ending = play(story, seed, Manner { batch_inputs_max: 256, twice: false });
        broken += ending.wrong.len();
        say.line(say.strong(&format!("■ {} {}", story.id, story.title)));
        for line in ending.walk.iter().chain(&ending.wrong) {
            say.line(format!("  {line}"));
        }
        all.push(json!({"id": story.id, "title": story.title, "walk": ending.walk, "wrong": ending.wrong, "digest": ending.digest}));
    }
    if say.json {
        say.document(&json!({ "stories": all }));
    }
    if broken == 0 {
        return Ok(());
    }
    Err(End::broken(format!("{broken} 处与所述不符"), format!("{broken} ends are not as told")))
}

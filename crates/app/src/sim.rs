//! `slipway sim`: whole networks on one thread, everything broken by a seed, every rule checked after every commit.

use crate::say::{End, Say};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use slipway_sim::{Manner, Options, Progress, Rates, Report, parse, play, run as simulate, shrink, walk};
use slipway_terms::Lang;
use std::path::PathBuf;

mod words;

/// Arguments of `sim`.
#[derive(clap::Args)]
pub struct SimArgs {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// Business days with people at work in each world: from two on there are nights, cuts, files, payouts, cases and
    /// reconciliations between, and a shift ends by the clock, whatever `--inputs` says.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=14))]
    days: u32,
    /// Inputs per world after which faults stop and everything must come to its end.
    #[arg(long)]
    inputs: Option<u64>,
    /// Only these faults, e.g. `lost,crash=5` (rates in one thousand); `none` for none. Each seed draws its own mix otherwise.
    #[arg(long, value_name = "LIST")]
    faults: Option<String>,
    /// Worlds at the same time; the digest does not depend on it.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// When a rule is broken, do not make the first failing world small and tell its story.
    #[arg(long)]
    no_story: bool,
    /// Tells the whole world of the first seed, line by line, instead of summing up.
    #[arg(long)]
    walk: bool,
    /// Writes the story of the first failing world into this file, to be kept among the stories of the simulator.
    #[arg(long)]
    save: Option<PathBuf>,
    /// Plays the stories of this file instead of seeds.
    #[arg(long)]
    story: Option<PathBuf>,
}

/// From so many seeds on a run must have met every declared situation.
const NIGHT_SEEDS: u64 = 2_000;

/// Runs seeds or stories. Exit 1 when a rule was broken.
pub fn run(args: &SimArgs, say: &Say) -> Result<(), End> {
    if args.seeds == 0 {
        return Err(End::usage(
            "--seeds 至少为 1：没有种子就什么也没有检查",
            "--seeds is at least 1: without a seed nothing is checked",
        ));
    }
    match &args.story {
        None if args.walk => {
            for line in walk(args.seed, &options(args)?) {
                say.line(line);
            }
            Ok(())
        }
        Some(path) => stories(path, args.seed, say),
        None => seeds(args, say),
    }
}

fn seeds(args: &SimArgs, say: &Say) -> Result<(), End> {
    let options = options(args)?;
    let seeds = say.both("种子", "seeds");
    let bar = bar(say, args.seeds, &format!("{{bar:30}} {{pos}}/{{len}} {seeds}  {{per_sec}}  {{msg}}  {{eta}}"));
    let clock = slipway_runtime::os::PacedClock::start(slipway_runtime::os::Pace::REAL);
    let mut report = simulate(args.seed..args.seed.saturating_add(args.seeds), &options, &mut |at: Progress| {
        bar.set_position(at.done);
        let (inputs, met, broken) =
            (say.both("输入", "inputs"), say.both("情形", "situations"), say.both("违反", "violations"));
        bar.set_message(format!("{} {inputs}, {} {met}, {} {broken}", at.inputs, at.situations, at.violations));
    });
    report.seconds = clock.nanos() / 1_000_000_000;
    bar.finish_and_clear();
    if say.json {
        let value =
            serde_json::to_value(&report).map_err(|error| End::environment(error.to_string(), error.to_string()))?;
        say.document(&value);
    } else {
        told(&report, say);
    }
    if let Some(violation) = report.violations.first() {
        let (broken, seed) = (report.violations.len(), violation.seed);
        if !args.no_story {
            smallest(seed, &options, args.save.as_deref(), say)?;
        }
        // All that makes this world: another list of faults is another world.
        let faults = args.faults.as_ref().map_or(String::new(), |list| format!(" --faults {list}"));
        let inputs = args.inputs.map_or(String::new(), |inputs| format!(" --inputs {inputs}"));
        let days = if args.days > 1 { format!(" --days {}", args.days) } else { String::new() };
        let again = format!("slipway sim --seed {seed} --seeds 1{days}{faults}{inputs}");
        return Err(End::broken(
            format!("{broken} 处违反规则；重放：{again}"),
            format!("{broken} violations; replay with: {again}"),
        ));
    }
    say.line(say.both("没有违反任何规则", "no rule was broken"));
    // A run of a night that never met some situation proves nothing of it; a short one need not meet all.
    let met = &report.situations;
    let missed: Vec<&str> =
        met.never.iter().chain(&met.never_rare).chain(&met.met_though_excluded).map(String::as_str).collect();
    if report.seeds >= NIGHT_SEEDS && args.days == 1 && !missed.is_empty() {
        let (list, zh) = (missed.join("; "), missed.iter().map(|text| words::zh(text)).collect::<Vec<_>>().join("；"));
        return Err(End::broken(
            format!("{}种情形与清单不符：{zh}", missed.len()),
            format!("{} situations are not as listed: {list}", missed.len()),
        ));
    }
    Ok(())
}

fn options(args: &SimArgs) -> Result<Options, End> {
    let usual = Options::default();
    let faults = args.faults.as_deref().map(Rates::told).transpose().map_err(|word| {
        let kinds: Vec<_> = Rates::KINDS.iter().map(|(kind, _)| *kind).collect();
        let kinds = kinds.join(", ");
        End::usage(format!("没有这种故障：{word}；可用：{kinds}"), format!("no such fault: {word}; there are: {kinds}"))
    })?;
    Ok(Options { threads: args.threads, days: args.days, inputs: args.inputs.unwrap_or(usual.inputs), faults, ..usual })
}

fn bar(say: &Say, length: u64, template: &str) -> ProgressBar {
    let bar = if say.json { ProgressBar::hidden() } else { ProgressBar::new(length) };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn told(report: &Report, say: &Say) {
    let (situations, seconds) = (&report.situations, report.seconds);
    let row = |cells: &[(&str, &str, String)]| {
        let cells: Vec<_> = cells.iter().map(|(zh, en, value)| format!("{} {value}", say.both(zh, en))).collect();
        say.line(cells.join("   "));
    };
    row(&[
        ("种子", "seeds", report.seeds.to_string()),
        ("输入", "inputs", report.inputs.to_string()),
        ("秒", "seconds", seconds.to_string()),
        ("每秒输入", "inputs/s", (report.inputs / seconds.max(1)).to_string()),
    ]);
    row(&[
        ("消费", "sales", report.sales.to_string()),
        ("批准", "approved", report.approved.to_string()),
        ("冲正", "reversed", report.reversed.to_string()),
    ]);
    let named = |text: &str| if say.lang == Lang::Zh { words::zh(text) } else { text.to_owned() };
    let faults: Vec<_> = report.faults.iter().map(|(word, times)| format!("{} {times}", named(word))).collect();
    row(&[("故障", "faults", faults.join(", "))]);
    row(&[
        ("情形", "situations", format!("{}/{}", situations.hit, situations.declared)),
        ("排除", "excluded", situations.excluded.to_string()),
        ("摘要", "digest", report.digest.clone()),
    ]);
    for (zh, en, list) in [
        ("未遇到", "never met", &situations.never),
        ("大量运行才会遇到，本次未遇到", "never met, rare", &situations.never_rare),
        ("已排除却遇到", "met though excluded", &situations.met_though_excluded),
    ] {
        if !list.is_empty() {
            // A short run misses many; the whole list is in the JSON.
            let more = if list.len() > 6 { format!(" … ({})", list.len()) } else { String::new() };
            row(&[(zh, en, list.iter().take(6).map(|text| named(text)).collect::<Vec<_>>().join("; ") + &more)]);
        }
    }
    for violation in report.violations.iter().take(20) {
        let seed = say.both("种子", "seed");
        say.line(format!("  ✗ {seed} {} {}: {}", violation.seed, violation.checker, violation.detail));
    }
}

/// Makes a failing world small, tells it as a walk, and writes its story down.
fn smallest(seed: u64, options: &Options, save: Option<&std::path::Path>, say: &Say) -> Result<(), End> {
    let bar = bar(say, 0, "{spinner} {msg}");
    let small = shrink(seed, options, &mut |runs, left| {
        bar.set_message(match say.lang {
            Lang::Zh => format!("已运行 {runs} 个世界，余下操作和故障 {left} 项"),
            Lang::En => format!("{runs} worlds run, {left} turns and faults left"),
        });
        bar.tick();
    });
    bar.finish_and_clear();
    let Some(small) = small else {
        say.line(say.both("该世界写成故事后不再违反规则", "written down as a story this world breaks no rule"));
        return Ok(());
    };
    say.line(say.strong(&format!(
        "{}: {} → {}, {}: {} → {}",
        say.both("操作", "turns"),
        small.turns.0,
        small.turns.1,
        say.both("故障", "faults"),
        small.faults.0,
        small.faults.1
    )));
    for line in &small.ending.walk {
        say.line(format!("  {line}"));
    }
    for wrong in &small.ending.wrong {
        say.line(format!("  ✗ {wrong}"));
    }
    say.line(&small.story);
    if let Some(path) = save {
        std::fs::write(path, &small.story).map_err(|error| {
            let path = path.display();
            End::environment(format!("无法写入 {path}：{error}"), format!("cannot write {path}: {error}"))
        })?;
        say.line(format!("slipway sim --story {}", path.display()));
    }
    Ok(())
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

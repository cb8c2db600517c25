//! One world per seed, in two phases: while things break, and after they have stopped breaking. Both must hold.

use crate::cast::{self, SEATS};
use crate::deed::{Deed, Entered, purchase};
use crate::dice::{Dice, Matter};
use crate::fault::Rates;
use crate::orders::{Struck, Turn};
use crate::prng::Prng;
use crate::queue::EPOCH;
use crate::report::{Faults, Outcome, Report, Violation};
use crate::world::{Event, Manner, World};
use slipway_terminal::Standing;
use slipway_terms::{Kind, Moment};
use std::collections::BTreeSet;
use std::ops::Range;

/// The longest simulated time for which things break.
const SAFETY_MS: i64 = 12 * 3_600_000;
/// Once faults have stopped, everything has come to its end within this; normally within minutes. An unconfirmed sale of a
/// lost device waits 48 hours for its case (rules 7).
const QUIET_MS: i64 = 60 * 3_600_000;
/// Every dispute ends within this.
const DISPUTES_MS: i64 = 8 * 86_400_000;
/// How often it is looked whether the world is quiet.
const LOOK_MS: i64 = 5_000;
/// When worlds begin, after the epoch: in the morning, shortly before the cut-over, before midnight, before the new year.
const BEGINNINGS_MS: [i64; 5] = [0, 0, 46_770_000, 50_370_000, 50_370_000 + 38 * 86_400_000];
/// Every so many worlds one is run a second time, and must be the same.
const REPLAYED_EVERY: u64 = 50;

/// How a run goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Inputs per world after which faults stop.
    pub inputs: u64,
    /// Business days with people at work. From two on a shift ends by the clock, whatever `inputs` says.
    pub days: u32,
    /// What breaks; `None` draws a mix per seed.
    pub faults: Option<Rates>,
    /// Inputs per batch; `None` draws 1, 3 or 256 per seed.
    pub batch: Option<usize>,
    /// Every input twice in one batch; `None` draws.
    pub twice: Option<bool>,
    /// Rows that a driver keeps from batch to batch; `None` draws. The digest does not depend on it.
    pub cache_rows: Option<usize>,
    /// Worlds at the same time.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { inputs: 2_500, days: 1, faults: None, batch: None, twice: None, cache_rows: None, threads: 2 }
    }
}

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Worlds done.
    pub done: u64,
    /// Worlds in all.
    pub of: u64,
    /// Inputs judged so far.
    pub inputs: u64,
    /// Declared situations met so far.
    pub situations: usize,
    /// Violations so far.
    pub violations: usize,
}

/// A world as it is to be run again: these turns, these faults, until then.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) turns: Vec<Turn>,
    pub(crate) only: BTreeSet<u64>,
    pub(crate) until_ms: i64,
}

/// What happened in a world, so that it can be run again with less.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    pub(crate) manner: Manner,
    pub(crate) days: u32,
    pub(crate) began_ms: i64,
    pub(crate) until_ms: i64,
    pub(crate) turns: Vec<Turn>,
    pub(crate) faults: Vec<Struck>,
    pub(crate) walk: Vec<String>,
}

/// Runs these worlds. The digest depends on the seeds and options only, never on the threads.
pub fn run(seeds: Range<u64>, options: &Options, progress: &mut dyn FnMut(Progress)) -> Report {
    let mut told = Progress { of: seeds.end.saturating_sub(seeds.start), ..Progress::default() };
    let mut report = Report::default();
    let threads = options.threads.clamp(1, 64) as u64;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (sender, seeds) = (sender.clone(), seeds.clone());
            scope.spawn(move || {
                for seed in seeds.clone().filter(|seed| seed % threads == thread) {
                    let mut outcome = world(seed, options);
                    if (seed - seeds.start).is_multiple_of(REPLAYED_EVERY) {
                        let again = world(seed, options).digest;
                        if again != outcome.digest {
                            let detail = format!("run again it is another world: {} and {again}", outcome.digest);
                            outcome.violations.push(Violation { checker: "digest", seed, detail });
                        }
                    }
                    // A receiver that is gone wants no more.
                    if sender.send(outcome).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for outcome in receiver {
            told.done += 1;
            told.inputs += outcome.inputs;
            told.violations += outcome.violations.len();
            report.take(outcome);
            told.situations = report.hit();
            progress(told);
        }
    });
    report.close(options.days > 1);
    report
}

/// One world from its first input to its last.
pub fn world(seed: u64, options: &Options) -> Outcome {
    trail(seed, options, None).0
}

/// The same, told line by line: who did what, when, and which rule was broken.
pub fn walk(seed: u64, options: &Options) -> Vec<String> {
    let (outcome, trail) = played(seed, options, None, true);
    let wrong = outcome.violations.iter().map(|violation| format!("✗ {}: {}", violation.checker, violation.detail));
    trail.walk.into_iter().chain(wrong).collect()
}

/// The same with all that is needed to run it again with less.
pub(crate) fn trail(seed: u64, options: &Options, script: Option<&Script>) -> (Outcome, Trail) {
    played(seed, options, script, false)
}

fn played(seed: u64, options: &Options, script: Option<&Script>, told: bool) -> (Outcome, Trail) {
    let mut chance = Prng::of(seed, 3);
    let batch_inputs_max = *chance.pick(&[1, 3, 256, 256]);
    let twice = chance.chance(250);
    let began_ms = *chance.pick(&BEGINNINGS_MS);
    let watchful = chance.chance(250);
    let drawn = Rates::draw(&mut chance);
    let manner =
        Manner { batch_inputs_max: options.batch.unwrap_or(batch_inputs_max), twice: options.twice.unwrap_or(twice) };
    let dice = Dice::new(seed, script.map(|script| script.only.clone()));
    let began = EPOCH.plus_ms(began_ms);
    let mut world = match options.cache_rows {
        Some(rows) => World::keeping(rows, seed, manner, dice, began),
        None => World::new(seed, manner, dice, began),
    };
    world.watchful = watchful;
    world.walk = told.then(Vec::new);
    world.rates = options.faults.unwrap_or(drawn);
    world.lay_out(options.days);
    let inputs = if world.course.is_long() { u64::MAX } else { script.map_or(options.inputs, |_| u64::MAX) };
    let ends = world.course.ends().unwrap_or(began.plus_ms(SAFETY_MS));
    let until = script.map_or(ends, |script| began.plus_ms(script.until_ms));
    start(&mut world, script);
    while world.inputs < inputs && world.turn(until) {}
    if script.is_some() || world.course.is_long() {
        world.now = world.now.max(until);
    }
    let until_ms = world.now.0 - world.began.0;
    let faults = std::mem::take(&mut world.orders.happened);
    let turns = script.map_or_else(|| std::mem::take(&mut world.orders.turns), |script| script.turns.clone());
    heal(&mut world);
    let walk = world.walk.take().unwrap_or_default();
    (outcome(seed, world, &faults), Trail { manner, days: options.days, began_ms, until_ms, turns, faults, walk })
}

fn start(world: &mut World, script: Option<&Script>) {
    world.omens();
    world.begin();
    let began = world.began;
    match script {
        None => {
            for seat in 0..SEATS {
                let at = began.plus_ms(world.dice.fixed(Matter::Turn, &[seat as u64]).chance.span(500, 5_000));
                world.queue.push(at, Event::Operate { seat, no: 0 });
            }
        }
        Some(script) => {
            for Turn { ms, seat, deeds } in script.turns.clone() {
                world.queue.push(began.plus_ms(ms), Event::Turn { seat, deeds });
            }
        }
    }
    world.queue.push(began.plus_ms(3_000), Event::Look { no: 0 });
    world.queue.push(began.plus_ms(60_000), Event::Days { no: 0 });
    world.queue.push(began.plus_ms(10_000), Event::Ask { no: 0 });
    world.queue.push(began.plus_ms(1_800_000), Event::Dispute { no: 0 });
}

/// Faults stop, everything comes back, operators sign in and sell once more, and then the world must become quiet.
pub(crate) fn heal(world: &mut World) {
    world.clear_up();
    for wait_s in [1, 130] {
        for link in 0..world.links.len() {
            world.queue.push(world.now.plus_ms(wait_s * 1_000), Event::Connect { link });
        }
    }
    world.run_until(world.now.plus_ms(200_000));
    // Nobody signs in before it is quiet: what is stored goes out by itself.
    let began = world.now;
    let quiet = until_quiet(world);
    let usable = quiet && last_sales(world);
    if !quiet {
        world.auditor.accuse(
            "quiet",
            world.now,
            format!("not quiet {} hours after {began}", quiet_ms(world) / 3_600_000),
        );
    } else if usable {
        until_quiet(world);
    }
    if quiet {
        until_cleared(world);
        // What is disputed is on another day, which is cleared too.
        if world.dispute_all(until_quiet, DISPUTES_MS) {
            until_cleared(world);
        }
    }
    world.auditor.ended(world.now);
    if quiet {
        world.reconciled_to_the_end();
        world.day_after();
    }
}

fn quiet_ms(world: &World) -> i64 {
    world.course.quiet_ms().unwrap_or(QUIET_MS)
}

/// Runs until nothing waits. `false`: the time is used up.
pub fn until_quiet(world: &mut World) -> bool {
    let limit = world.now.plus_ms(quiet_ms(world));
    while world.now < limit {
        // Hours in which nothing happens need no look every five seconds.
        let look: Moment = world.now.plus_ms(LOOK_MS);
        world.run_until(look.max(world.next_at().unwrap_or(look)).min(limit));
        world.work_cases();
        if world.is_quiet() {
            return true;
        }
    }
    false
}

/// Runs until every day on which money moved is closed and cleared, and nothing of them is in suspense.
fn until_cleared(world: &mut World) {
    let limit = world.now.plus_ms(QUIET_MS);
    while world.now < limit && !world.is_cleared() {
        let next = world.next_at().unwrap_or(limit);
        world.run_until(next.max(world.now.plus_ms(LOOK_MS)).min(limit));
        world.work_cases();
    }
    world.clearing_ended();
}

/// Every till that is not lost is usable: a sale ends approved or cleanly declined.
fn last_sales(world: &mut World) -> bool {
    let mut all = true;
    for seat in (0..SEATS).filter(|seat| !world.nodes[cast::device_of(*seat)].lost).collect::<Vec<_>>() {
        let card = seat;
        world.perform(seat, &[Deed::SignIn]);
        world.run_until(world.now.plus_ms(30_000));
        let before = world.auditor.books.sales_of(&cast::terminal(seat));
        world.perform(seat, &purchase(Some(1_234), Deed::Card(card), Entered::Of(card)));
        world.run_until(world.now.plus_ms(90_000));
        let last = world.auditor.books.newest_of(&cast::terminal(seat));
        // More than one where the acquirer has closed the batch meanwhile: told to sign on, the till sends it again.
        let done = world.auditor.books.sales_of(&cast::terminal(seat)) > before
            && matches!(last.map(|exchange| exchange.standing), Some(Standing::Approved | Standing::Declined(_)));
        if !done {
            all = false;
            let standing = last.map(|exchange| exchange.standing);
            let screen = crate::world::lines(&world.screens[seat]);
            world.auditor.accuse(
                "quiet",
                world.now,
                format!("till {seat} is of no use: {standing:?}, screen {screen}"),
            );
        }
    }
    all
}

fn outcome(seed: u64, world: World, struck: &[Struck]) -> Outcome {
    let mut faults = Faults::new();
    for fault in struck {
        *faults.entry(fault.word().to_owned()).or_default() += 1;
    }
    let of = |fits: &dyn Fn(Standing) -> bool| {
        let sales = world.auditor.books.tills.values().filter(|exchange| exchange.kind == Kind::Sale);
        sales.filter(|exchange| fits(exchange.standing)).count() as u64
    };
    Outcome {
        seed,
        inputs: world.inputs,
        sales: of(&|_| true),
        approved: of(&|standing| standing == Standing::Approved),
        reversed: of(&|standing| matches!(standing, Standing::Reversed(..))),
        faults,
        violations: world.auditor.violations,
        situations: world.situations,
        digest: world.digest.hex(),
    }
}

//! One world per seed, in two phases: while things break, and after they have stopped breaking. Both must hold.

use crate::cast::{self, SEATS};
use crate::fault::Rates;
use crate::prng::Prng;
use crate::queue::EPOCH;
use crate::report::{Outcome, Report};
use crate::workload;
use crate::world::{Event, Manner, World};
use slipway_terminal::Standing;
use slipway_terms::Kind;
use std::ops::Range;

/// The longest simulated time for which things break.
const SAFETY_MS: i64 = 12 * 3_600_000;
/// Once faults have stopped, everything has come to its end within this; normally within minutes.
const QUIET_MS: i64 = 48 * 3_600_000;
/// How often it is looked whether the world is quiet.
const LOOK_MS: i64 = 5_000;

/// How a run goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Inputs per world after which faults stop.
    pub inputs: u64,
    /// Nothing breaks at all.
    pub calm: bool,
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
        Self { inputs: 2_500, calm: false, batch: None, twice: None, cache_rows: None, threads: 2 }
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
    /// Violations so far.
    pub violations: usize,
}

/// Runs these worlds. The digest depends on the seeds and options only, never on the threads.
pub fn run(seeds: Range<u64>, options: &Options, progress: &mut dyn FnMut(Progress)) -> Report {
    let mut told = Progress { of: seeds.end.saturating_sub(seeds.start), ..Progress::default() };
    let mut outcomes = Vec::new();
    let threads = options.threads.clamp(1, 64) as u64;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (sender, seeds) = (sender.clone(), seeds.clone());
            scope.spawn(move || {
                for seed in seeds.filter(|seed| seed % threads == thread) {
                    // A receiver that is gone wants no more.
                    if sender.send(world(seed, options)).is_err() {
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
            progress(told);
            outcomes.push(outcome);
        }
    });
    Report::of(outcomes)
}

/// One world from its first input to its last.
pub fn world(seed: u64, options: &Options) -> Outcome {
    let mut chance = Prng::of(seed, 3);
    let batch_inputs_max = *chance.pick(&[1, 3, 256, 256]);
    let twice = chance.chance(250);
    let rates = Rates::draw(&mut chance);
    let manner =
        Manner { batch_inputs_max: options.batch.unwrap_or(batch_inputs_max), twice: options.twice.unwrap_or(twice) };
    let mut world = match options.cache_rows {
        Some(rows) => World::keeping(rows, seed, manner),
        None => World::new(seed, manner),
    };
    world.begin();
    if !options.calm {
        world.rates = rates;
    }
    for seat in 0..SEATS {
        let at = EPOCH.plus_ms(chance.span(500, 5_000));
        world.queue.push(at, Event::Operate { seat });
    }
    world.queue.push(EPOCH.plus_ms(10_000), Event::Ask);
    while world.inputs < options.inputs && world.turn(EPOCH.plus_ms(SAFETY_MS)) {}
    heal(&mut world);
    outcome(seed, world)
}

/// Faults stop, everything comes back, operators sign in and sell once more, and then the world must become quiet.
fn heal(world: &mut World) {
    world.rates = Rates::default();
    world.shift.over = true;
    world.now = world.now.max(EPOCH);
    for wait_s in [1, 130] {
        for link in 0..world.links.len() {
            world.queue.push(world.now.plus_ms(wait_s * 1_000), Event::Connect { link });
        }
    }
    world.run_until(world.now.plus_ms(200_000));
    for seat in 0..SEATS {
        world.perform(seat, workload::sign_in());
    }
    let began = world.now;
    let quiet = until_quiet(world);
    let usable = quiet && last_sales(world);
    if !quiet {
        world.auditor.accuse("quiet", world.now, format!("not quiet {} hours after {began}", QUIET_MS / 3_600_000));
    } else if usable {
        until_quiet(world);
    }
    world.auditor.ended(world.now);
}

/// Runs until nothing waits. `false`: the time is used up.
pub fn until_quiet(world: &mut World) -> bool {
    let limit = world.now.plus_ms(QUIET_MS);
    while world.now < limit {
        world.run_until(world.now.plus_ms(LOOK_MS));
        if world.is_quiet() {
            return true;
        }
    }
    false
}

/// Every till is usable: a sale ends approved or cleanly declined.
fn last_sales(world: &mut World) -> bool {
    let mut all = true;
    for seat in 0..SEATS {
        let card = seat;
        let Some(read) = workload::stripe(card) else { continue };
        world.perform(seat, workload::sign_in());
        world.run_until(world.now.plus_ms(30_000));
        let before = world.auditor.books.sales_of(&cast::terminal(seat));
        world.perform(seat, workload::purchase(Some(1_234), read, workload::pin(cast::CARDS[card].pin)));
        world.run_until(world.now.plus_ms(90_000));
        let last = world.auditor.books.newest_of(&cast::terminal(seat));
        let done = world.auditor.books.sales_of(&cast::terminal(seat)) == before + 1
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

fn outcome(seed: u64, world: World) -> Outcome {
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
        violations: world.auditor.violations,
        situations: world.situations,
        digest: world.digest.hex(),
    }
}

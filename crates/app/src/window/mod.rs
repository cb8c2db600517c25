//! `slipway terminal`: one POS terminal to play with, in a window, or played by a script. The terminal is the same as any
//! other: its driver, its link, its durable store, its vault. Here are only hands, eyes and paper.

pub mod cards;
pub mod chips;
mod glass;
mod keys;
mod place;
mod profile;
pub mod script;
mod strip;
mod view;

use crate::say::{End, Say};
use slipway_runtime::os::Pace;
use slipway_slip::Columns;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Arguments of `terminal`.
#[derive(clap::Args)]
#[command(
    group(clap::ArgGroup::new("where").args(["demo", "connect", "seat", "print_profile"]).multiple(true)),
    after_help = "\
Examples:
  slipway terminal                                           the whole network in this process, and one till for you
  slipway terminal --script examples/day.txt                 a day at the till, played; then every ledger is audited
  slipway terminal --dir ./net --seat 2                      seat 2 of a network made by `slipway init`
  slipway terminal --connect 127.0.0.1:7800 --profile my.toml

Keys: digits . Enter Backspace Esc as on the pad, m menu, p print; s swipe, i insert, t tap, k key the number; o j c b d printer faults, r mend;
x tear off, l language, q leave. Exit code 1: an expectation of the script, or the one rule, does not hold."
)]
pub struct TerminalArgs {
    /// Starts the whole demonstration network in this process, in a temporary folder: what happens if no other place is named.
    #[arg(long, conflicts_with_all = ["connect", "seat", "profile", "dir"])]
    demo: bool,
    /// The acquirer's address for terminals.
    #[arg(long, value_name = "ADDR")]
    connect: Option<String>,
    /// What this terminal is (TOML; see --print-profile); needed at its first start.
    #[arg(long, value_name = "FILE", requires = "connect", conflicts_with = "seat")]
    profile: Option<PathBuf>,
    /// Where the terminal keeps its store and vault; with --seat, the network's folder.
    #[arg(long, value_name = "DIR", default_value = "slipway-terminal")]
    dir: PathBuf,
    /// Takes this seat (from 1) of a network made by `slipway init` in --dir, while its own terminals do not run.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=9999))]
    seat: Option<u32>,
    /// Plays a script instead of opening the window.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Writes each copy of a slip into this folder.
    #[arg(long, value_name = "DIR", requires = "script")]
    slips: Option<PathBuf>,
    /// The cards at hand (TOML: name, track2, or number and expiry; pin for test cards). Default: the demonstration's.
    #[arg(long, value_name = "FILE")]
    cards: Option<PathBuf>,
    /// Width of the paper.
    #[arg(long, default_value = "32", value_parser = ["32", "48"])]
    columns: String,
    /// How many times faster than the wall the network's clock runs: real, fast, or 1 to 100 (default: real; a script with
    /// --demo 50).
    #[arg(long, value_parser = pace)]
    pace: Option<u32>,
    /// Prints a commented profile and ends.
    #[arg(long)]
    print_profile: bool,
}

/// The pace of a script in a demonstration: fast, with room for a busy machine.
const SCRIPT_PACE: u32 = 50;

/// How many times faster than the wall a network's clock runs.
pub fn pace(text: &str) -> Result<u32, String> {
    match text {
        "real" => Ok(1),
        "fast" => Ok(Pace::FAST.0),
        _ => text.parse().ok().filter(|pace| (1..=100).contains(pace)).ok_or_else(|| "real, fast, or 1 to 100".into()),
    }
}

impl TerminalArgs {
    /// The demonstration network, asked for or because no other place is named.
    fn demo(&self) -> bool {
        self.demo || (self.connect.is_none() && self.seat.is_none())
    }

    fn pace(&self) -> Pace {
        let usual = if self.demo() && self.script.is_some() { SCRIPT_PACE } else { 1 };
        Pace(self.pace.unwrap_or(usual))
    }

    fn columns(&self) -> Columns {
        if self.columns == "48" { Columns::C48 } else { Columns::C32 }
    }
}

/// Opens the window, or plays the script.
///
/// # Errors
/// 1 an expectation or the rule does not hold, 2 wrong use, 3 the host or the folder cannot be reached.
pub fn run(args: &TerminalArgs, say: &Say) -> Result<(), End> {
    if args.print_profile {
        say.line(profile::EXAMPLE.trim_end());
        return Ok(());
    }
    // A script that cannot be read starts nothing.
    let script = args.script.as_deref().map(script::read).transpose()?;
    if let Some(script) = script {
        let mut place = place::take(args, true)?;
        let played = script::play(&script, &mut place, args.slips.as_deref(), say);
        return place.leave().and(played);
    }
    if say.json || !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(End::usage(
            "窗口需要一个终端屏幕；无屏幕或要 --json 时请给出 --script",
            "the window needs a screen to draw on; without one, or for --json, give a --script",
        ));
    }
    let mut place = place::take(args, false)?;
    let looked = glass::show(&mut place, say);
    place.leave().and(looked)
}

//! `slipway recon`: the day after. Each house writes its own lists of a closed day; who looks compares the lists that it may see, keeps
//! every difference as a case with owner, rule and deadline until all houses say the same, and says what is overdue. It judges and
//! never posts: a repair in the own house is a command to its core, in another a letter.

pub mod daily;
pub mod desk;
mod gather;
pub mod kept;
mod listed;
mod lists;
mod pieces;
pub mod place;
mod refused;
mod repair;
mod run;
pub mod sorted;
mod take;
mod told;
mod ways;

use crate::desk::{Running, network_folder};
use crate::disputes;
use crate::network::{clock_mark::now_in, sample};
use crate::say::{End, Say};
use clap::{Args, Subcommand, ValueEnum};
use gather::Look;
use kept::Promises;
use lists::{Made, Order, Source};
use serde_json::json;
use slipway_recon::four::View;
use slipway_recon::read_day;
use slipway_runtime::os::{Pace, PacedClock};
use slipway_store::{EmbeddedStore, Setup};
use slipway_terms::{BusinessDate, InstitutionId, Moment};
use std::path::{Path, PathBuf};

/// Arguments of `recon`.
#[derive(Args)]
pub struct ReconArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Each house writes its lists of a closed business day, from its own records. Example: slipway recon lists --day 2026-11-26 --dir ./net
    Lists(ListsArgs),
    /// A list from another program's file, by a layout. Example: slipway recon take --day 2026-11-26 --list issuer --owner 99900100 --layout bank.toml bank.csv --dir ./net
    Take(take::TakeArgs),
    /// Compares the lists of a day and keeps every difference as a case. Example: slipway recon run --day 2026-11-26 --at acquirer --dir ./net
    Run(RunArgs),
    /// Differences that are open, with cause, rule, owner, entry and deadline. Example: slipway recon cases --at acquirer --dir ./net
    Cases(StandArgs),
    /// Differences and missing lists whose deadline has gone by. Example: slipway recon breaches --at issuer1 --dir ./net
    Breaches(StandArgs),
    /// Puts a difference right in the own house, once: a command to the core that owns the account. Example: slipway recon repair 99910010-633000000012 --by "Li Lei" --because "not in the file" --dir ./net
    Repair(repair::RepairArgs),
    /// What other houses have to do for open differences, a file for each. Example: slipway recon letters --at acquirer --dir ./net
    Letters(StandArgs),
}

#[derive(Args)]
struct ListsArgs {
    /// The business day, YYYY-MM-DD; it has to be closed.
    #[arg(long)]
    day: String,
    /// One house only: acquirer, switch, issuer1 or issuer2.
    #[arg(long, value_parser = HOUSES)]
    party: Option<String>,
    /// The network's folder.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

const HOUSES: [&str; 4] = ["acquirer", "switch", "issuer1", "issuer2"];

/// Who looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum At {
    /// Terminals, own log, network file.
    Acquirer,
    /// Network file, own ledger.
    #[value(alias = "issuer")]
    Issuer1,
    /// Network file, own ledger.
    Issuer2,
    /// All four, from what the members hand in.
    Centre,
}

#[derive(Args)]
struct Where {
    /// Who looks, and so which lists there are.
    #[arg(long, value_enum, default_value = "acquirer")]
    at: At,
    /// Its institution number, where it is not the sample network's.
    #[arg(long)]
    own: Option<String>,
    /// The network's folder; what reconciliation keeps lies in its folder `recon`.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
    /// Further years' working days, as files of the form of calendar-cn.txt.
    #[arg(long)]
    calendar: Vec<PathBuf>,
}

#[derive(Args)]
struct RunArgs {
    /// The business day, YYYY-MM-DD.
    #[arg(long)]
    day: String,
    /// The folder of its lists (default: recon/lists/DAY of the network's folder).
    #[arg(long)]
    lists: Option<PathBuf>,
    #[command(flatten)]
    place: Where,
}

#[derive(Args)]
struct StandArgs {
    /// As it stands at this moment, in milliseconds since 1970 (default: now).
    #[arg(long)]
    now_ms: Option<i64>,
    #[command(flatten)]
    place: Where,
}

/// Runs the command.
pub fn recon(args: &ReconArgs, say: &Say) -> Result<(), End> {
    match &args.act {
        Act::Lists(args) => make(args, say),
        Act::Take(args) => take::run(args, say),
        Act::Run(args) => compare(args, say),
        Act::Repair(args) => repair::run(args, &args.place.look(None, None)?, &args.place.dir, say),
        Act::Letters(args) => {
            let place = &args.place;
            repair::letters(&place.look(None, None)?, &place.promises()?, &place.dir, args.now(), say)
        }
        Act::Cases(args) => told::cases(&args.place.look(None, None)?, &args.place.promises()?, args.now(), say),
        Act::Breaches(args) => {
            let late = disputes::overdue(&args.place.dir, args.now());
            told::breaches(&args.place.look(None, None)?, &args.place.promises()?, &late, args.now(), say)
        }
    }
}

fn day(text: &str) -> Result<BusinessDate, End> {
    read_day(text)
        .ok_or_else(|| End::usage(format!("{text} 不是日期（YYYY-MM-DD）"), format!("{text} is not a day YYYY-MM-DD")))
}

/// Where the lists of a day lie.
fn lists_of(dir: &Path, date: BusinessDate) -> PathBuf {
    dir.join("recon").join("lists").join(date.to_string())
}

impl Where {
    fn look(&self, date: Option<BusinessDate>, lists: Option<&PathBuf>) -> Result<Look, End> {
        let (view, own, name) = match self.at {
            At::Acquirer => (View::Acquirer, sample::ACQUIRER, "acquirer"),
            At::Issuer1 => (View::Issuer, sample::ISSUER_1, "issuer1"),
            At::Issuer2 => (View::Issuer, sample::ISSUER_2, "issuer2"),
            At::Centre => (View::Centre, sample::SWITCH, "centre"),
        };
        let own = match &self.own {
            Some(own) => InstitutionId::new(own)
                .map_err(|bad| End::usage(format!("{own} 不是机构号（{bad}）"), format!("{own}: {bad}")))?,
            None => own,
        };
        let date = date.unwrap_or(BusinessDate { year: 1970, month: 1, day: 1 });
        let lists = lists.cloned().unwrap_or_else(|| lists_of(&self.dir, date));
        Ok(Look { view, own, date, lists, folder: self.dir.join("recon").join(name) })
    }

    fn promises(&self) -> Result<Promises, End> {
        Promises::standard(&self.calendar)
    }
}

impl StandArgs {
    fn now(&self) -> Moment {
        self.now_ms.map_or_else(|| now_in(&self.place.dir), Moment)
    }
}

fn compare(args: &RunArgs, say: &Say) -> Result<(), End> {
    let look = args.place.look(Some(day(&args.day)?), args.lists.as_ref())?;
    let promises = args.place.promises()?;
    let now = now_in(&args.place.dir);
    let done = run::run(&look, now, !say.json)?;
    told::run(&look, &done, &promises, now, say)
}

/// Writes the lists of the houses asked for: a running house is asked, a stopped one's store is read.
fn make(args: &ListsArgs, say: &Say) -> Result<(), End> {
    let date = day(&args.day)?;
    network_folder(&args.dir)?;
    let houses: Vec<&str> = args.party.as_deref().map_or_else(|| HOUSES.to_vec(), |party| vec![party]);
    let made = match Running::of(&args.dir) {
        Some(running) => running.post(DOOR, &json!({"day": args.day, "parties": houses}))?,
        None => {
            let mut all = Vec::new();
            for house in houses {
                let home = args.dir.join(house);
                let made = match Running::of(&home) {
                    Some(running) => running.post(DOOR, &json!({"day": args.day, "parties": [house]}))?,
                    None => stopped(house, &home, &args.dir, date)?,
                };
                all.extend(made["lists"].as_array().cloned().unwrap_or_default());
            }
            json!({"day": args.day, "lists": all})
        }
    };
    told::lists(&made, say);
    Ok(())
}

pub use repair::{DOOR as REPAIR, answer as answer_repair, before as repaired};

/// The lists of a house that is not running, from its store.
fn stopped(house: &str, home: &Path, dir: &Path, date: BusinessDate) -> Result<serde_json::Value, End> {
    let path = home.join("store");
    if !path.join("mark").is_file() {
        let path = path.display();
        return Err(End::environment(
            format!("{path} 中没有账目存储：请改正 --dir 或从备份恢复；没有写出名单"),
            format!("there is no store in {path}: correct --dir or restore it from a copy; no list was written"),
        ));
    }
    let clock = PacedClock::start(Pace::REAL);
    let store = EmbeddedStore::open(&path, Setup::new(move || clock.nanos()))?;
    Ok(told::lists_document(date, &lists_by(house, &store, dir, date)?))
}

/// Where a running network is asked for its lists.
pub const DOOR: &str = "/api/v1/recon/lists";

/// One house writes its lists.
fn lists_by(house: &str, source: &dyn Source, dir: &Path, date: BusinessDate) -> Result<Vec<Made>, End> {
    let folder = lists_of(dir, date);
    std::fs::create_dir_all(&folder)?;
    let scratch = tempfile::tempdir_in(dir.join("recon"))?;
    let order = Order { date, folder: &folder, scratch: scratch.path() };
    match house {
        "acquirer" => lists::acquirer(source, sample::ACQUIRER, &order),
        "switch" => lists::switch(source, sample::SWITCH, &order),
        "issuer1" => lists::issuer(source, sample::ISSUER_1, &order),
        _ => lists::issuer(source, sample::ISSUER_2, &order),
    }
}

/// What a port says of an order that it cannot carry out.
pub fn problem(end: &End) -> crate::tills::Problem {
    use axum::http::StatusCode;
    let status = match end.code {
        1 => StatusCode::CONFLICT,
        2 => StatusCode::BAD_REQUEST,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    crate::tills::problem(status, &end.text.zh, &end.text.en)
}

/// What a running network answers at [`DOOR`].
pub fn answer<'a>(
    dir: &Path,
    parties: impl Fn(&str) -> Option<&'a slipway_runtime::os::Handle>,
    body: &serde_json::Value,
) -> Result<serde_json::Value, End> {
    let date = day(body["day"].as_str().unwrap_or(""))?;
    let mut made = Vec::new();
    for house in
        HOUSES.iter().filter(|house| body["parties"].as_array().is_some_and(|of| of.iter().any(|of| of == *house)))
    {
        let Some(party) = parties(house) else { continue };
        made.extend(lists_by(house, party, dir, date)?);
    }
    Ok(told::lists_document(date, &made))
}

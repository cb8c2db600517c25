//! `slipway clearing`: the day after. `run` clears closed days, `take` gives a file to a member, `show` and `check` look at what is
//! there. `example` writes a generated day in every form in which one goes out, for whoever writes a reader; `read` looks at a
//! foreign bank's or wallet's file by a layout and changes nothing.

pub mod asked;
mod check;
pub mod daily;
pub mod folder;
pub mod given;
mod made;
mod read;
pub mod reckoned;

pub use read::{layout_of, rows_of};

use crate::say::{End, Say, many};
use reckoned::{lines, parquet};
use serde_json::json;
use slipway_recon::clearing::{Day, Positions};
use slipway_recon::merchant::Payout;
use slipway_recon::out::{
    Debtor, PAYOUT_HEAD, SETTLEMENT_HEAD, Statement, pain_001, payout_csv, settlement_columns, settlement_csv,
};
use slipway_terms::{Lang, Moment};
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Arguments of `clearing`.
#[derive(clap::Args)]
pub struct ClearingArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// A generated day in every form: clearing files, CSV, Parquet, a journal for hledger, the bank's payout file, statements.
    Example(Example),
    /// Clears closed days of a running network: files, net positions, postings. Again, it changes nothing.
    Run(asked::RunArgs),
    /// Cleared days: who has which file, and the net positions.
    Show(asked::ShowArgs),
    /// Looks at one clearing file: shape, order, sums, checksum, every fee reckoned again.
    Check(check::CheckArgs),
    /// Gives a clearing file to a member that runs as a process of its own.
    Take(asked::TakeArgs),
    /// Reads a foreign file by a layout and says what is in it, or which line and column is wrong.
    Read(read::ReadArgs),
}

#[derive(clap::Args)]
struct Example {
    /// The folder to write into; it must not exist or be empty.
    #[arg(long)]
    dir: PathBuf,
    /// Entries of the day.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
    entries: u64,
    /// The same seed gives the same files.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One of them.
pub fn run(args: &ClearingArgs, say: &Say) -> Result<(), End> {
    match &args.what {
        What::Example(args) => example(args, say),
        What::Run(args) => asked::run(args, say),
        What::Show(args) => asked::show(args, say),
        What::Check(args) => check::run(args, say),
        What::Take(args) => asked::take(args, say),
        What::Read(args) => read::run(args, say),
    }
}

/// A generated day that its own rules refuse is our fault, and said so.
fn own(fault: impl Display) -> End {
    End::broken(format!("生成的清算日有误：{fault}"), format!("the generated day is wrong: {fault}"))
}

fn example(args: &Example, say: &Say) -> Result<(), End> {
    let taken = std::fs::read_dir(&args.dir).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        return Err(End::usage(
            format!("{} 不是空目录", args.dir.display()),
            format!("{} is not empty", args.dir.display()),
        ));
    }
    std::fs::create_dir_all(&args.dir)?;
    let day = made::day(args.entries, args.seed).map_err(own)?;
    clearing(&args.dir, &day)?;
    merchants(&args.dir, &day)?;
    let mut files: Vec<String> = std::fs::read_dir(&args.dir)?
        .filter_map(|entry| entry.ok().map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect();
    files.sort();
    if say.json {
        say.document(&json!({
            "day": day.date.to_string(), "entries": day.details.len(), "merchants": day.merchants.len(),
            "payouts": day.payouts.len(), "files": files,
        }));
    }
    let (entries, payouts) = (day.details.len(), day.payouts.len());
    say.line(say.both(
        &format!("{}：{entries} 笔，{payouts} 笔付款，写入 {}", day.date, args.dir.display()),
        &format!(
            "{}: {}, {}, written to {}",
            day.date,
            many(entries, "entry", "entries"),
            many(payouts, "payout", "payouts"),
            args.dir.display()
        ),
    ));
    files.iter().for_each(|file| say.line(format!("  {file}")));
    Ok(())
}

fn clearing(dir: &Path, day: &made::Day) -> Result<(), End> {
    let mut positions = Positions::default();
    day.details.iter().for_each(|detail| positions.add(detail));
    let settlements: Vec<_> = day.merchants.iter().map(|merchant| merchant.settlement).collect();
    let whole = Day { date: day.date, details: day.details.clone(), positions };
    for (name, bytes) in reckoned::files(&whole, &[], &settlements)? {
        let name = name
            .strip_suffix(".clearing")
            .map_or_else(|| name.clone(), |member| format!("{member}-{}.clearing", day.date));
        std::fs::write(dir.join(name), bytes)?;
    }
    Ok(())
}

fn merchants(dir: &Path, day: &made::Day) -> Result<(), End> {
    let put = |name: &str, text: &str| std::fs::write(dir.join(name), text);
    let all = || day.merchants.iter();
    put("contracts.csv", &lines(made::CONTRACT_HEAD, all().map(made::contract_csv)))?;
    put("items.csv", &lines(made::ITEM_HEAD, all().flat_map(made::items_csv)))?;
    let settlements: Vec<_> = all().map(|merchant| merchant.settlement).collect();
    put("settlements.csv", &lines(SETTLEMENT_HEAD, settlements.iter().map(settlement_csv)))?;
    std::fs::write(dir.join("settlements.parquet"), parquet(&settlements, settlement_columns)?)?;
    put("payouts.csv", &lines(PAYOUT_HEAD, day.payouts.iter().map(payout_csv)))?;
    put("payouts.xml", &bank_file(day.date.days(), &day.payouts).unwrap_or_default())?;
    for merchant in all().take(2) {
        for (lang, name) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
            let (registration, contract) = (&merchant.registration, &merchant.contract);
            let made = Statement::new(registration, contract, &merchant.settlement, &merchant.items, lang);
            let statement = made.map_err(own)?;
            let name = format!("statement-{}-{name}", registration.merchant());
            put(&format!("{name}.txt"), &statement.text())?;
            put(&format!("{name}.html"), &statement.html())?;
            put(&format!("{name}.csv"), &statement.csv())?;
        }
    }
    Ok(())
}

/// Made at 06:00 of the day after: the same seed gives the same file.
fn bank_file(day: i64, payouts: &[Payout]) -> Option<String> {
    let made = Moment((day + 1) * 86_400_000 - 2 * 3_600_000);
    let debtor = Debtor {
        name: "示例收单行 Acquirer & Sons".to_owned(),
        number: "0200000000000000001".to_owned(),
        bank: "102100099996".to_owned(),
    };
    pain_001(&format!("SLIPWAY-{day}"), made, &debtor, payouts)
}

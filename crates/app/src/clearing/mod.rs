//! `slipway clearing`: the files of the day after. `example` writes a generated day in every form in which one goes out, for whoever
//! writes a reader; `read` looks at a foreign bank's or wallet's file by a layout and changes nothing.

mod made;
mod read;

pub use read::{layout_of, rows_of};

use crate::say::{End, Say};
use serde_json::json;
use slipway_recon::clearing::{DETAIL_HEAD, POSITION_HEAD, Positions, Writer, detail_csv, position_csv};
use slipway_recon::merchant::Payout;
use slipway_recon::out::{
    Column, Debtor, Journal, PAYOUT_HEAD, Parquet, SETTLEMENT_HEAD, Statement, clearing_columns, pain_001, payout_csv,
    settlement_columns, settlement_csv,
};
use slipway_terms::{Lang, Moment};
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rows of one row group of a column file.
const GROUP: usize = 100_000;

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

/// Writes an example or reads a file.
pub fn run(args: &ClearingArgs, say: &Say) -> Result<(), End> {
    match &args.what {
        What::Example(args) => example(args, say),
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
        &format!("{}: {entries} entries, {payouts} payouts, written to {}", day.date, args.dir.display()),
    ));
    files.iter().for_each(|file| say.line(format!("  {file}")));
    Ok(())
}

fn lines(head: &str, lines: impl Iterator<Item = String>) -> String {
    let mut text = format!("{head}\n");
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Row group by row group, so that a large day does not stand in memory twice.
fn parquet<T>(path: &Path, rows: &[T], columns: impl Fn(&[T]) -> Vec<Column>) -> Result<(), End> {
    let (mut file, mut out) = (Parquet::default(), std::io::BufWriter::new(std::fs::File::create(path)?));
    for group in rows.chunks(GROUP) {
        out.write_all(&file.rows(&columns(group)).ok_or_else(|| own("columns"))?)?;
    }
    out.write_all(&file.end())?;
    Ok(out.flush()?)
}

fn clearing(dir: &Path, day: &made::Day) -> Result<(), End> {
    let (mut positions, mut journal) = (Positions::default(), Journal::new(day.date));
    for detail in &day.details {
        positions.add(detail);
        journal.detail(detail);
    }
    let put = |name: &str, text: &str| std::fs::write(dir.join(name), text);
    put("details.csv", &lines(DETAIL_HEAD, day.details.iter().map(|detail| detail_csv(day.date, detail))))?;
    parquet(&dir.join("details.parquet"), &day.details, |rows| clearing_columns(day.date, rows))?;
    let network = positions.network_fen();
    let nets = positions.members().map(|(member, position)| position_csv(day.date, member, position));
    let nets = nets.chain([format!("{},network,0,0,0,0,{network},{network}", day.date)]);
    put("positions.csv", &lines(POSITION_HEAD, nets))?;
    for (member, _) in positions.members() {
        let own_part = day.details.iter().filter(|d| d.acquirer == member || d.issuer == member).copied();
        put(&format!("{member}-{}.clearing", day.date), &Writer::whole(member, day.date, own_part).map_err(own)?)?;
    }
    day.merchants.iter().for_each(|merchant| journal.settlement(&merchant.settlement));
    Ok(put("day.journal", &journal.end())?)
}

fn merchants(dir: &Path, day: &made::Day) -> Result<(), End> {
    let put = |name: &str, text: &str| std::fs::write(dir.join(name), text);
    let all = || day.merchants.iter();
    put("contracts.csv", &lines(made::CONTRACT_HEAD, all().map(made::contract_csv)))?;
    put("items.csv", &lines(made::ITEM_HEAD, all().flat_map(made::items_csv)))?;
    let settlements: Vec<_> = all().map(|merchant| merchant.settlement).collect();
    put("settlements.csv", &lines(SETTLEMENT_HEAD, settlements.iter().map(settlement_csv)))?;
    parquet(&dir.join("settlements.parquet"), &settlements, settlement_columns)?;
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

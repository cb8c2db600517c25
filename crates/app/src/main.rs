//! The `slipway` binary: wiring, command line, demonstration. Only this crate speaks on standard output.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

mod act;
mod archive;
mod audit;
mod audit_log;
mod bench;
mod cases;
mod certificates;
mod certify;
mod clearing;
mod clocks;
mod codec;
mod counter;
mod cutover;
mod demo;
mod desk;
mod disputes;
mod doctor;
mod events;
mod explain;
mod export;
mod handover;
mod help;
mod http;
mod init;
mod inquiry;
mod keys;
mod network;
mod notices;
mod ops;
mod people;
mod portal;
mod proxy;
mod recon;
mod run;
mod say;
mod settle;
mod signin;
mod sim;
mod support;
mod suspense;
mod theatre;
mod tills;
mod told;
mod trace;
mod typed;
mod up;
mod web;
mod window;

/// Counts allocations per thread (a few plain stores each), so that `bench codec` can tell them.
#[global_allocator]
static ALLOCATOR: alloc_tracker::Allocator<mimalloc::MiMalloc> = alloc_tracker::Allocator::new(mimalloc::MiMalloc);

/// Slipway 小票之路: a card-acceptance network. An approved slip exists if and only if the cardholder was debited once and
/// the merchant credited once.
#[derive(Parser)]
#[command(name = "slipway", version, after_help = "Example: slipway demo --story sale")]
struct Cli {
    /// Language of texts for people: zh or en (default: from LANG).
    #[arg(long, global = true)]
    lang: Option<String>,
    /// One JSON document on standard output and nothing else there.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole network in one process, stories played on it, every ledger audited. Example: slipway demo --story lost-answer
    Demo(demo::DemoArgs),
    /// The whole network, kept in a folder. Example: slipway up --demo --dir ./net
    Up(up::UpArgs),
    /// A network's folder and a configuration for each party's own process. Example: slipway init --demo --dir ./net
    Init(init::InitArgs),
    /// One party as its own process. Example: slipway run acquirer --print-config
    Run(run::RunArgs),
    /// A POS terminal to play with, or played by a script. Example: slipway terminal --demo
    Terminal(window::TerminalArgs),
    /// Where is the money? By reference number, or merchant, terminal and card. Example: slipway trace 632700000002 --dir ./net
    Trace(counter::TraceArgs),
    /// Prints a slip again at its terminal. Example: slipway reprint 10000001 --voucher 2 --dir ./net
    Reprint(counter::ReprintArgs),
    /// Slips out of the archive: find, show, print again, signed pages. Example: slipway archive show 632700000002 --dir ./net
    Archive(archive::ArchiveArgs),
    /// Whether the page of a slip is genuine. Example: slipway verify slip.html --key acquirer.pub
    Verify(archive::VerifyArgs),
    /// Ends the business day now, or shows where the days stand. Example: slipway cutover --dir ./net
    Cutover(cutover::CutoverArgs),
    /// Cases that wait for a person: list them, or end one by what was found. Example: slipway case list --dir ./net
    Case(cases::CaseArgs),
    /// Retrieval and disputes: ask for a slip, charge back, present again, award. Example: slipway dispute list --dir ./net
    Dispute(disputes::DisputeArgs),
    /// Whole networks on one thread with seeded faults, every rule checked. Example: slipway sim --seeds 100 --json
    Sim(sim::SimArgs),
    /// Bytes of a message to its fields, masked. Example: slipway decode 0079600000…
    Decode(codec::DecodeArgs),
    /// Fields to bytes. Example: echo '{"mti":"0820","fields":{"70":"301"}}' | slipway encode --dialect unionpay-cups
    Encode(codec::EncodeArgs),
    /// Measures this machine. Example: slipway bench codec --json
    Bench(bench::BenchArgs),
    /// Every record of a stopped network as JSON lines, masked. Example: slipway export --dir ./net > net.jsonl
    Export(export::ExportArgs),
    /// What a terminal still owes goes to the device that replaces it. Example: slipway handover out 10000001 --dir ./old --file till.parcel
    Handover(handover::HandoverArgs),
    /// A numbered script against a foreign device, with a report. Example: slipway certify terminal --listen 0.0.0.0:7800
    Certify(certify::CertifyArgs),
    /// The day after: closed days cleared, files checked, read and shown. Example: slipway clearing run --dir ./net
    Clearing(clearing::ClearingArgs),
    /// What closed days pay to the merchants: payout file, statements, postings. Example: slipway settle run --dir ./net
    Settle(settle::SettleArgs),
    /// What has not appeared in clearing, with owner and clock. Example: slipway suspense --dir ./net
    Suspense(suspense::SuspenseArgs),
    /// The day after: lists of each house, what differs between them, whose it is and by when. Example: slipway recon run --day 2026-11-26 --dir ./net
    Recon(recon::ReconArgs),
    /// Keys of a party: list, components, key blocks, rotation, audit. Example: slipway keys list --dir ./net/acquirer
    Keys(keys::KeysArgs),
    /// What cardholders were told: by which way, what waits and why. Example: slipway notices --dir ./net
    Notices(notices::NoticesArgs),
    /// Who may sign in at the desk, as what: add, lock, password, second factor. Example: slipway people list --dir ./net
    People(people::PeopleArgs),
    /// Who saw and did what: whether the log is whole, its last line, its lines. Example: slipway audit-log verify --dir ./net
    AuditLog(audit_log::AuditLogArgs),
    /// Checks folder, disk, clock, ports, stores, keys and printers. Example: slipway doctor --dir /var/lib/slipway
    Doctor(doctor::DoctorArgs),
    /// What a text or code on a till's screen means for the money. Example: slipway explain "PPP未连接 2412"
    Explain(explain::ExplainArgs),
}

/// The arguments; help and its headings in the reader's language.
fn parsed() -> Cli {
    let mut given = std::env::args().skip(1);
    let mut lang = None;
    while let Some(word) = given.next() {
        if word == "--lang" {
            lang = given.next();
        } else if let Some(named) = word.strip_prefix("--lang=") {
            lang = Some(named.to_owned());
        }
    }
    if say::Say::new(lang.as_deref(), false).lang == slipway_terms::Lang::En {
        return Cli::parse();
    }
    let read = help::localised(Cli::command()).try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    read.unwrap_or_else(|error| match help::wrong::chinese(&error) {
        Some(told) => {
            eprintln!("{told}");
            std::process::exit(error.exit_code());
        }
        None => error.exit(),
    })
}

fn main() -> ExitCode {
    let cli = parsed();
    // A log line would tear the terminal's window.
    let quiet = if matches!(cli.command, Command::Terminal(_)) { "off" } else { "error" };
    // SLIPWAY_LOG=info shows links coming and going; types mask what is secret.
    let filter = tracing_subscriber::EnvFilter::try_from_env("SLIPWAY_LOG").unwrap_or_else(|_| quiet.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // A line per terminal: as many descriptors as the system allows; what it refuses is told by `doctor` and the links' counts.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let say = say::Say::new(cli.lang.as_deref(), cli.json);
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(&args, &say),
        Command::Up(args) => up::run(&args, &say),
        Command::Init(args) => init::init(&args, &say),
        Command::Run(args) => run::run(&args, &say),
        Command::Terminal(args) => window::run(&args, &say),
        Command::Trace(args) => counter::trace(&args, &say),
        Command::Reprint(args) => counter::reprint(&args, &say),
        Command::Archive(args) => archive::run(&args, &say),
        Command::Verify(args) => archive::verify(&args, &say),
        Command::Cutover(args) => cutover::run(&args, &say),
        Command::Case(args) => cases::run(&args, &say),
        Command::Dispute(args) => disputes::run(&args, &say),
        Command::Sim(args) => sim::run(&args, &say),
        Command::Decode(args) => codec::decode(&args, &say),
        Command::Encode(args) => codec::encode(&args, &say),
        Command::Bench(args) => bench::bench(&args, &say),
        Command::Export(args) => export::export(&args, &say),
        Command::Handover(args) => handover::run(&args, &say),
        Command::Certify(args) => certify::run(&args, &say),
        Command::Clearing(args) => clearing::run(&args, &say),
        Command::Settle(args) => settle::run(&args, &say),
        Command::Suspense(args) => suspense::run(&args, &say),
        Command::Recon(args) => recon::recon(&args, &say),
        Command::Keys(args) => keys::run(&args, &say),
        Command::Notices(args) => notices::notices(&args, &say),
        Command::People(args) => people::run(&args, &say),
        Command::AuditLog(args) => audit_log::run(&args, &say),
        Command::Doctor(args) => doctor::doctor(&args, &say),
        Command::Explain(args) => explain::explain(&args, &say),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => {
            say.error(&end);
            ExitCode::from(end.code)
        }
    }
}

//! `slipway certify terminal`: a numbered script played against a foreign device, with real hosts behind a tap that loses,
//! doubles, delays and changes messages, and a report of what the device did. An interoperability report of Slipway; it
//! must never call itself a certification.

mod device;
mod exchange;
mod judge;
mod ledger;
mod proof;
mod report;
mod script;
mod settle;
mod spoil;
mod steps;
mod talk;
mod tap;

use crate::network::schemes::Schemes;
use crate::network::{self, Hosts, Phones, Plan, Wiring, sample};
use crate::say::{End, Say};
use report::{Played, Report, Verdict};
use script::Script;
use serde_json::json;
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use slipway_terms::TerminalId;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use steps::{STEPS, Step};
use talk::Talk;
use tap::Tap;
use zeroize::Zeroizing;

/// Arguments of `certify`.
#[derive(clap::Args)]
pub struct CertifyArgs {
    #[command(subcommand)]
    what: Subject,
}

#[derive(clap::Subcommand)]
enum Subject {
    /// A POS terminal. Example: slipway certify terminal --listen 0.0.0.0:7800 --terminal 20000001 --report till.txt
    Terminal(TerminalArgs),
}

/// Arguments of `certify terminal`.
#[derive(clap::Args)]
struct TerminalArgs {
    /// Where the device connects (port 0: any).
    #[arg(long, default_value = "127.0.0.1:7800")]
    listen: SocketAddr,
    /// Terminal number (F41) that the device uses.
    #[arg(long, default_value = "20000001")]
    terminal: String,
    /// A file with the device's terminal master key, 32 hexadecimal digits; without it a published test key is used and shown.
    #[arg(long)]
    tmk_file: Option<PathBuf>,
    /// Model and version of the device, for the report.
    #[arg(long, default_value = "")]
    label: String,
    /// Only these steps: numbers or names, separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Steps the device cannot do: number or name, with a reason behind `=`. May be given again.
    #[arg(long, value_name = "STEP[=REASON]")]
    skip: Vec<String>,
    /// Seconds for one step.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    step_timeout: u64,
    /// Where the report goes: JSON if the name ends in .json, else text.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Every prompt as one JSON line on standard output, for a program at the device.
    #[arg(long)]
    json_steps: bool,
    /// Lists the steps and ends.
    #[arg(long)]
    list: bool,
    /// fast runs the hosts' clock a hundred times faster; the device's waits are its own.
    #[arg(long, default_value = "real", value_parser = ["fast", "real"])]
    pace: String,
}

/// The published master key of a device under test. Nobody's real key.
const DEMO_TMK: [u8; 16] =
    [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10];
/// Sample debit cards per issuer.
const CARDS: usize = 2;
/// The outside device stands at the sample merchant of odd terminals.
const SEAT: usize = 1;

/// Runs it. Exit 1 when a step that ran failed, or the ledgers and the device disagree.
///
/// # Errors
/// 1, 2 or 3 as for every command.
pub fn run(args: &CertifyArgs, say: &Say) -> Result<(), End> {
    let Subject::Terminal(args) = &args.what;
    let chosen = chosen(&args.only)?;
    let skipped = skipped(&args.skip)?;
    if args.list {
        list(say, &chosen);
        return Ok(());
    }
    let terminal = TerminalId::new(&args.terminal).map_err(|bad| End::usage(bad.0, bad.0))?;
    let tmk = match &args.tmk_file {
        Some(path) => master_key(path)?,
        None => DEMO_TMK,
    };
    let report = played(args, say, terminal, &tmk, &chosen, &skipped)?;
    if let Some(path) = &args.report {
        let json = path.extension().is_some_and(|end| end == "json");
        let text = if json { format!("{:#}\n", report.json()) } else { report.text(say.lang) };
        std::fs::write(path, text)?;
    }
    if say.json {
        say.document(&report.json());
    } else if args.json_steps {
        say.document(&report.json()["summary"]);
    } else {
        say.line("");
        report.summary(say.lang).iter().for_each(|line| say.line(line));
    }
    if report.holds() {
        return Ok(());
    }
    Err(End::broken("终端没有通过所有步骤；见报告", "the device did not pass every step; see the report"))
}

/// The network, the tap, the script, the books.
fn played(
    args: &TerminalArgs,
    say: &Say,
    terminal: TerminalId,
    tmk: &[u8; 16],
    chosen: &[&'static Step],
    skipped: &[(u8, String)],
) -> Result<Report, End> {
    let listener = network::bind(args.listen)?;
    let dir = tempfile::Builder::new().prefix("slipway-certify-").tempdir()?;
    let clock = PacedClock::start(if args.pace == "fast" { Pace::FAST } else { Pace::REAL });
    let wall = PacedClock::start(Pace::REAL);
    let merchant = sample::merchant_of(SEAT).id;
    let plan = Plan {
        terminals: 0,
        outside: vec![(terminal, *tmk)],
        cards: CARDS,
        opening_fen: sample::OPENING_FEN,
        secrets: crate::up::Secrets::sample(),
        schemes: Schemes::default(),
    };
    network::create_once(dir.path(), &plan, clock)?;
    let hosts = Hosts::start(dir.path(), clock, Wiring::direct(0, 0)?, |_| Phones { file: None, also: None })?;
    let (tell, events) = channel();
    let at = listener.local_addr()?;
    let (tap, _alive) = Tap::start(listener, hosts.acquirer_at, proof::Keys::new(tmk)?, wall, tell.clone())?;
    Talk::listen(tell)?;
    let talk = Talk::new(*say, args.json_steps);
    ready(&talk, say, at, terminal, tmk, args.tmk_file.is_none(), &plan);
    let mut script = Script {
        tap,
        events: &events,
        clock: wall,
        judge: judge::Judge::new(terminal, merchant),
        device: device::Device::default(),
        talk,
        step_ms: args.step_timeout * 1_000,
        stopped: false,
        deaf: false,
    };
    let mut steps: Vec<Played> = Vec::new();
    for step in chosen {
        let given = skipped.iter().find(|(no, _)| *no == step.no).map(|(_, reason)| Verdict::Skipped(reason.clone()));
        let verdict = given.or_else(|| script.stopped.then_some(Verdict::NotReached));
        let one = match verdict {
            Some(verdict) => Played { step, verdict, evidence: Vec::new() },
            None => script.play(step),
        };
        // A device that has fallen silent will not come back for the next step either.
        script.stopped |= matches!(one.verdict, Verdict::NotReached);
        steps.push(one);
    }
    let books = ledger::read(&hosts, terminal, merchant, &script.device.exchanges, &events);
    let report = Report {
        device: (terminal.as_str().to_owned(), merchant.as_str().to_owned()),
        label: args.label.clone(),
        date: wall.now().to_string(),
        steps,
        books,
    };
    hosts.stop()?;
    Ok(report)
}

/// Where to connect, keys and cards: all made for the test.
fn ready(talk: &Talk, say: &Say, at: SocketAddr, terminal: TerminalId, tmk: &[u8; 16], demo: bool, plan: &Plan) {
    let merchant = sample::merchant_of(SEAT).id;
    let shown = demo.then(|| slipway_iso8583::hex(tmk));
    let world = json!({
        "ready": true, "acquirer": at.to_string(), "terminal": terminal.as_str(), "merchant": merchant.as_str(), "tmk": shown,
        "cards": crate::up::cards_json(plan, true),
    });
    let mut lines = vec![
        say.strong(say.both(report::NAME.0, report::NAME.1)),
        format!("  {:<10} {at}", say.both("终端连接", "connect to")),
        format!("  {:<10} {terminal} {merchant}", say.both("终端 商户", "F41 F42")),
        format!("  {:<10} {}", say.both("主密钥", "TMK"), shown.as_deref().unwrap_or("***")),
    ];
    for card in plan.cards(0).take(1) {
        let (pan, expiry) = (card.pan.reveal().to_owned(), card.expiry.yymm());
        let track = card.track2().map(|track| track.reveal().to_owned()).unwrap_or_default();
        lines.push(format!(
            "  {:<10} {pan} {expiry:04} PIN {}",
            say.both("测试卡", "test card"),
            plan.secrets.card_pin
        ));
        lines.push(format!("  {:<10} {track}", say.both("二磁道", "track 2")));
    }
    lines.push(
        say.both(
            "  回车：做完了，现在判定；s 原因：跳过；q：结束",
            "  Enter: done, judge now; s REASON: skip; q: stop",
        )
        .to_owned(),
    );
    talk.ready(&world, &lines);
}

fn list(say: &Say, chosen: &[&'static Step]) {
    if say.json {
        let one = |step: &&Step| json!({ "no": step.no, "name": step.name, "title": {"zh": step.zh, "en": step.en} });
        return say.document(&json!({ "steps": chosen.iter().map(one).collect::<Vec<_>>() }));
    }
    for step in chosen {
        say.line(format!("{:>2} {:<28} {}", step.no, step.name, say.both(step.zh, step.en)));
    }
}

fn find(word: &str) -> Result<&'static Step, End> {
    let found = STEPS.iter().find(|step| step.name == word || word.parse() == Ok(step.no));
    found
        .ok_or_else(|| End::usage(format!("没有步骤{word}；见 --list"), format!("there is no step {word}; see --list")))
}

fn chosen(only: &[String]) -> Result<Vec<&'static Step>, End> {
    if only.is_empty() {
        return Ok(STEPS.iter().collect());
    }
    let mut steps: Vec<_> = only.iter().map(|word| find(word.trim())).collect::<Result<_, _>>()?;
    steps.sort_by_key(|step| step.no);
    steps.dedup_by_key(|step| step.no);
    Ok(steps)
}

fn skipped(skip: &[String]) -> Result<Vec<(u8, String)>, End> {
    let one = |word: &String| {
        let (word, reason) = word.split_once('=').unwrap_or((word, "–"));
        find(word.trim()).map(|step| (step.no, reason.to_owned()))
    };
    skip.iter().map(one).collect()
}

/// Thirty-two digits, blanks and line ends between them allowed. Their content is never told.
fn master_key(path: &Path) -> Result<[u8; 16], End> {
    let text = Zeroizing::new(std::fs::read_to_string(path)?);
    let digits = Zeroizing::new(text.split_whitespace().collect::<String>());
    slipway_iso8583::from_hex(&digits).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        let path = path.display();
        End::usage(
            format!("{path} 不是32位十六进制的主密钥"),
            format!("{path} holds no master key of 32 hexadecimal digits"),
        )
    })
}

//! `slipway export`: the records of a stopped network as plain JSON lines, for an auditor who knows nothing of this program.
//! docs/export.md is the contract. Reads stores only, needs no key, and has no place for a card number, PIN, track or key:
//! the records hold masked cards.

mod disputes;
mod hosts;
mod merchants;
mod terminals;

pub use hosts::word as small;

use crate::run::PARTIES;
use crate::say::{End, Say};
use serde_json::{Map, Value, json};
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::switch::SwitchRow;
use slipway_node::{Key, OUTBOX_SPACE, Rows, Store};
use slipway_runtime::os::{Pace, PacedClock};
use slipway_store::{EmbeddedStore, Setup};
use slipway_terminal::TerminalRow;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The version of the lines' shape. Keys may be added within one, never renamed.
const VERSION: u32 = 1;

/// Arguments of `export`.
#[derive(clap::Args)]
pub struct ExportArgs {
    /// The network's folder.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
    /// One party only: only its own folder is read.
    #[arg(long, value_parser = PARTIES)]
    party: Option<String>,
}

/// Writes every record of the parties asked for.
pub fn export(args: &ExportArgs, say: &Say) -> Result<(), End> {
    let parties: Vec<&str> = args.party.as_deref().map_or_else(|| PARTIES.to_vec(), |party| vec![party]);
    // All stores are found before the first line is written: a document that only begins is worse than none.
    let found = parties.iter().map(|party| stores(&args.dir, party)).collect::<Result<Vec<_>, End>>()?;
    let out = std::io::stdout().lock();
    let mut sink = Sink { out: std::io::BufWriter::new(out), json: say.json, written: 0 };
    sink.begin()?;
    for (party, stores) in parties.iter().zip(&found) {
        let records = sink.written;
        for store in stores {
            one(party, store, &mut sink)?;
        }
        let lines = sink.written - records;
        sink.put(party, "end", json!({"records": lines}))?;
        say.progress(&format!("{party} {lines} {}", say.both("条记录", "records")));
    }
    sink.end()
}

/// The stores of one party; a bank of terminals may have several.
pub fn stores(dir: &Path, party: &str) -> Result<Vec<PathBuf>, End> {
    let home = dir.join(party);
    let mut found: Vec<PathBuf> = std::fs::read_dir(&home)
        .map_err(|error| {
            let home = home.display();
            End::usage(
                format!("无法读取 {home}（{error}）：请用 --dir 指明网络目录；没有改动任何账目"),
                format!("cannot read {home} ({error}): name the network's folder with --dir; no ledger was changed"),
            )
        })?
        .filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.join("mark").is_file()))
        .collect();
    found.sort();
    if found.is_empty() {
        let home = home.display();
        return Err(End::environment(
            format!("{home} 中没有账目存储：请从备份恢复，或改正 --dir；没有导出"),
            format!("there is no store in {home}: restore it from a copy, or correct --dir; nothing was exported"),
        ));
    }
    Ok(found)
}

/// Every row of a stopped party.
pub fn rows<R: Rows>(dir: &Path, party: &str) -> Result<Vec<R>, End> {
    let clock = PacedClock::start(Pace::REAL);
    let mut rows = Vec::new();
    for path in stores(dir, party)? {
        let store = EmbeddedStore::open(&path, Setup::new(move || clock.nanos()))?;
        for space in R::SPACES {
            each(party, &store, space.byte, |_, bytes| {
                let row = R::decode(space.byte, bytes);
                rows.push(row.map_err(|damage| End::environment(damage.to_string(), damage.to_string()))?);
                Ok(())
            })?;
        }
    }
    Ok(rows)
}

fn one(party: &str, path: &Path, sink: &mut Sink<impl Write>) -> Result<(), End> {
    let clock = PacedClock::start(Pace::REAL);
    let named =
        |fault: slipway_node::StoreFault| End::environment(format!("{party}：{fault}"), format!("{party}: {fault}"));
    let store = EmbeddedStore::open(path, Setup::new(move || clock.nanos())).map_err(named)?;
    match party {
        "acquirer" => table(party, &store, sink, |row: &AcquirerRow| hosts::acquirer(row))?,
        "switch" => table(party, &store, sink, |row: &SwitchRow| hosts::switch(row))?,
        "terminals" => table(party, &store, sink, |row: &TerminalRow| terminals::terminal(row))?,
        _ => table(party, &store, sink, |row: &IssuerRow| hosts::issuer(row))?,
    }
    each(party, &store, OUTBOX_SPACE, |key, _| sink.put(party, "outbox", outbox(&key)))
}

/// Every row of every table that says something about money.
fn table<R: Rows>(
    party: &str,
    store: &EmbeddedStore,
    sink: &mut Sink<impl Write>,
    line: impl Fn(&R) -> Option<(&'static str, Value)>,
) -> Result<(), End> {
    for space in R::SPACES {
        each(party, store, space.byte, |_, bytes| {
            let row = R::decode(space.byte, bytes).map_err(|damage| {
                End::environment(
                    format!("{party}：存储损坏：{damage}；未导出完整，请从备份恢复"),
                    format!("{party}: store damaged: {damage}; the export is not whole, restore the store from a copy"),
                )
            })?;
            line(&row).map_or(Ok(()), |(record, value)| sink.put(party, record, value))
        })?;
    }
    Ok(())
}

fn each(
    party: &str,
    store: &EmbeddedStore,
    space: u8,
    mut visit: impl FnMut(Key, &[u8]) -> Result<(), End>,
) -> Result<(), End> {
    let mut ended = Ok(());
    let walked = store.each(space, &mut |key, bytes| {
        if ended.is_ok() {
            ended = visit(key, bytes);
        }
    });
    walked.map_err(|fault| End::environment(format!("{party}：{fault}"), format!("{party}: {fault}")))?;
    ended
}

/// An entry that goes out until it is answered. Its key names the exchange: acquirer 11, forwarder 11, DE 7 as five bytes,
/// STAN as three.
fn outbox(key: &Key) -> Value {
    let bytes = key.as_bytes();
    let (tag, about) = (bytes.get(1).copied(), bytes.get(2..).unwrap_or_default());
    let text = |part: &[u8]| String::from_utf8_lossy(part).trim_matches(['\0', ' ']).to_owned();
    let number = |part: &[u8]| part.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let exchange = (about.len() == 30).then(|| {
        let (acquirer, forwarder) = (text(&about[..11]), text(&about[11..22]));
        format!("{acquirer}/{forwarder}/{:010}/{:06}", number(&about[22..27]), number(&about[27..]))
    });
    json!({"exchange": exchange, "tag": tag})
}

/// Where the lines go. A line that could not be written is told: an auditor must not add up half an export.
struct Sink<W: Write> {
    out: W,
    json: bool,
    written: u64,
}

impl<W: Write> Sink<W> {
    fn begin(&mut self) -> Result<(), End> {
        if self.json {
            self.raw(&format!("{{\"format\":\"slipway-export\",\"version\":{VERSION},\"records\":["))
        } else {
            self.raw(&format!("{}\n", json!({"record": "format", "name": "slipway-export", "version": VERSION})))
        }
    }

    fn put(&mut self, party: &str, record: &str, value: Value) -> Result<(), End> {
        let mut line = Map::new();
        line.insert("party".into(), party.into());
        line.insert("record".into(), record.into());
        if let Value::Object(value) = value {
            line.extend(value);
        }
        let line = Value::Object(line);
        self.written += 1;
        if self.json {
            let comma = if self.written > 1 { "," } else { "" };
            self.raw(&format!("{comma}{line}"))
        } else {
            self.raw(&format!("{line}\n"))
        }
    }

    fn end(mut self) -> Result<(), End> {
        if self.json {
            self.raw("]}\n")?;
        }
        self.out.flush().map_err(|error| not_whole(&error))
    }

    fn raw(&mut self, text: &str) -> Result<(), End> {
        self.out.write_all(text.as_bytes()).map_err(|error| not_whole(&error))
    }
}

fn not_whole(error: &std::io::Error) -> End {
    End::environment(
        format!("导出未写完（{error}）：请勿据此核对，排除原因后重新导出；账目未改动"),
        format!(
            "the export was not written to its end ({error}): do not add it up, export again when the cause is gone; no ledger was changed"
        ),
    )
}

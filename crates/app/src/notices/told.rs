//! `slipway notices`: what each sink has said, to whom, when, and what waits, and why. Reads the journal and the sinks' records
//! beside it, of a running network or of one that has stopped; changes nothing.

use super::journal::{Lines, Said};
use super::record::{Told, Word, read};
use super::{JOURNAL, RECORDS};
use crate::say::{End, Say, padded};
use serde_json::{Value, json};
use slipway_terms::Moment;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};

/// Arguments of `notices`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  slipway notices --dir ./net\n  slipway notices --dir ./net --undelivered --json\n  slipway notices --dir ./net --tokens issuer1 < cards.txt"
)]
pub struct NoticesArgs {
    /// The network's folder.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
    /// Only what waits.
    #[arg(long, conflicts_with = "undelivered")]
    waiting: bool,
    /// Only what was given up.
    #[arg(long)]
    undelivered: bool,
    /// How many of the newest are shown.
    #[arg(long, default_value_t = 20)]
    last: usize,
    /// Prints the token of each card number on standard input, one a line: what an address file names cards by.
    #[arg(long, value_name = "ISSUER", value_parser = ["issuer1", "issuer2"])]
    tokens: Option<String>,
}

/// One notice at one sink.
#[derive(Clone, Debug)]
struct Row {
    word: Word,
    at: i64,
    id: String,
    kind: String,
    card: String,
    to: Option<String>,
    why: Option<String>,
    again: bool,
    reference: Option<String>,
}

/// How one sink stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whose journal: the folder's name, empty of a whole network's.
    pub home: String,
    /// webhook, smpp or mail.
    pub sink: String,
    /// How many arrived at the other side.
    pub said: u64,
    /// How many of those may have been said twice.
    pub again: u64,
    /// How many were given up.
    pub undelivered: u64,
    /// How many wait.
    pub waiting: u64,
    /// Why the oldest of them does, if it was tried.
    pub why: Option<String>,
    rows: VecDeque<Row>,
}

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Waiting,
    Undelivered,
}

/// Shows them.
///
/// # Errors
/// 2: there is no such folder. 3: a file cannot be read.
pub fn notices(args: &NoticesArgs, say: &Say) -> Result<(), End> {
    if !args.dir.is_dir() {
        let dir = args.dir.display();
        return Err(End::usage(
            format!("没有目录 {dir}：请用 --dir 指明"),
            format!("there is no folder {dir}: name it with --dir"),
        ));
    }
    if let Some(issuer) = &args.tokens {
        return super::token::tokens(&args.dir, issuer, say);
    }
    let which = match (args.waiting, args.undelivered) {
        (true, _) => Which::Waiting,
        (_, true) => Which::Undelivered,
        _ => Which::All,
    };
    let found = gathered(&args.dir, which, args.last)?;
    if say.json {
        let sinks: Vec<Value> = found.iter().map(document).collect();
        say.document(&json!({ "sinks": sinks }));
        return Ok(());
    }
    if found.is_empty() {
        say.line(say.both(
            "没有设置通知渠道：通知只记在 notices.jsonl（见 docs/notices.md）",
            "no sink is set up: notices stand in notices.jsonl only (see docs/notices.md)",
        ));
    }
    for standing in &found {
        shown(standing, say);
    }
    Ok(())
}

/// How the sinks of a folder stand, without the notices themselves.
///
/// # Errors
/// 3: a file cannot be read.
pub fn standings(dir: &Path) -> Result<Vec<Standing>, End> {
    gathered(dir, Which::All, 0)
}

fn gathered(dir: &Path, which: Which, last: usize) -> Result<Vec<Standing>, End> {
    let mut found = Vec::new();
    for home in ["", "issuer1", "issuer2"] {
        let folder = dir.join(home);
        for sink in ["webhook", "smpp", "mail"] {
            let record = folder.join(RECORDS).join(format!("{sink}.jsonl"));
            if record.is_file() {
                found.push(standing(home, sink, &record, &folder.join(JOURNAL), which, last)?);
            }
        }
    }
    Ok(found)
}

fn standing(home: &str, sink: &str, record: &Path, journal: &Path, which: Which, last: usize) -> Result<Standing, End> {
    let (low, counts) = read(record, journal)?;
    let mut standing = Standing {
        home: home.into(),
        sink: sink.into(),
        said: 0,
        again: 0,
        undelivered: 0,
        waiting: 0,
        why: None,
        rows: VecDeque::new(),
    };
    let keep = |rows: &mut VecDeque<Row>, row: Row| {
        rows.push_back(row);
        if rows.len() > last {
            rows.pop_front();
        }
    };
    let mut ended = HashMap::new();
    let mut tried: BTreeMap<String, Told> = BTreeMap::new();
    let mut passed: BTreeMap<u64, u64> = BTreeMap::new();
    for told in counts {
        match (told.word, &told.id) {
            (Word::Passed, _) => drop(passed.insert(told.from, told.next)),
            (Word::Said | Word::Undelivered, Some(id)) => drop(ended.insert(id.clone(), ())),
            (Word::Failed | Word::Sending, Some(id)) => drop(tried.insert(id.clone(), told)),
            _ => {}
        }
    }
    let mut lines = Lines::open(record, 0)?;
    while let Some(lines) = &mut lines
        && let Some((_, _, told)) = lines.next::<Told>()?
    {
        let Some(told) = told else { continue };
        match told.word {
            Word::Said => standing.said += 1,
            Word::Undelivered => standing.undelivered += 1,
            _ => continue,
        }
        standing.again += u64::from(told.word == Word::Said && told.again);
        if which == Which::All || (which == Which::Undelivered && told.word == Word::Undelivered) {
            keep(&mut standing.rows, row(told));
        }
    }
    let mut lines = Lines::open(journal, low)?;
    while let Some(lines) = &mut lines
        && let Some((from, next, said)) = lines.next::<Said>()?
    {
        let Some(said) = said else { continue };
        let nobodys = passed.range(..=from).next_back().is_some_and(|(_, end)| next <= *end);
        // What is behind the last word may be nobody's: the courier has not looked yet.
        if nobodys || ended.contains_key(&said.id) {
            continue;
        }
        standing.waiting += 1;
        let told = tried.remove(&said.id);
        if standing.why.is_none() {
            standing.why = told.as_ref().and_then(|told| told.why.clone());
        }
        if which != Which::Undelivered {
            let told = told.unwrap_or_else(|| Told::new(Word::Sending, said.written_ms, low));
            let waits = Row { word: Word::Sending, ..row(told) };
            keep(&mut standing.rows, Row { id: said.id, kind: said.kind, card: said.card, ..waits });
        }
    }
    name(&mut standing.rows, journal)?;
    Ok(standing)
}

fn row(told: Told) -> Row {
    let Told { word, at, id, to, why, again, reference, .. } = told;
    Row { word, at, id: id.unwrap_or_default(), kind: String::new(), card: String::new(), to, why, again, reference }
}

/// What the journal says of them: kind and masked card.
fn name(rows: &mut VecDeque<Row>, journal: &Path) -> Result<(), End> {
    let mut bare: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.kind.is_empty()) {
        bare.entry(row.id.clone()).or_default().push(at);
    }
    let mut lines = if bare.is_empty() { None } else { Lines::open(journal, 0)? };
    while let Some(lines) = &mut lines
        && let Some((_, _, said)) = lines.next::<Said>()?
    {
        let Some(said) = said else { continue };
        for at in bare.get(&said.id).into_iter().flatten() {
            rows[*at].kind.clone_from(&said.kind);
            rows[*at].card.clone_from(&said.card);
        }
    }
    Ok(())
}

fn word(row: &Row) -> &'static str {
    match row.word {
        Word::Said => "said",
        Word::Undelivered => "undelivered",
        _ => "waiting",
    }
}

fn document(standing: &Standing) -> Value {
    let rows: Vec<Value> = standing
        .rows
        .iter()
        .map(|row| {
            json!({
                "state": word(row), "at_ms": row.at, "id": row.id, "kind": row.kind, "card": row.card, "to": row.to, "why": row.why,
                "may_be_twice": row.again, "reference": row.reference,
            })
        })
        .collect();
    json!({
        "home": standing.home, "sink": standing.sink, "said": standing.said, "may_be_twice": standing.again,
        "waiting": standing.waiting, "undelivered": standing.undelivered, "why": standing.why, "notices": rows,
    })
}

fn shown(standing: &Standing, say: &Say) {
    let Standing { sink, home, said, waiting, undelivered, again, .. } = standing;
    let name = if home.is_empty() { sink.clone() } else { format!("{home} {sink}") };
    say.line(say.strong(&name));
    let counts = say.both(
        "已送达{S}，其中可能重复{A}；等待{W}；未送达{U}",
        "said {S}, of which may be twice {A}; waiting {W}; undelivered {U}",
    );
    let filled = [("{S}", said), ("{A}", again), ("{W}", waiting), ("{U}", undelivered)];
    let line = filled.iter().fold(counts.to_owned(), |line, (place, count)| line.replace(place, &count.to_string()));
    say.line(format!("  {line}"));
    for row in &standing.rows {
        let state = match row.word {
            Word::Said if row.again => say.both("已送达?", "said?"),
            Word::Said => say.both("已送达", "said"),
            Word::Undelivered => say.both("未送达", "undelivered"),
            _ => say.both("等待", "waiting"),
        };
        let to = row.to.as_deref().unwrap_or("–");
        let why = row.why.as_ref().map(|why| format!("  {why}")).unwrap_or_default();
        say.line(format!(
            "  {}  {} {} {}  {to}{why}",
            Moment(row.at),
            padded(state, 11),
            padded(&row.kind, 7),
            row.card
        ));
    }
}

//! `bench reconcile`: four lists of a generated day, in no order, sorted under a memory limit and reconciled. What was put in
//! wrong is counted beside what was found, key by key: a fast reconciliation that misjudges one entry is worth nothing.

use super::{OwnFolder, watch};
use crate::recon::sorted::{ListFault, Sorted, Sorter};
use crate::say::{End, Say};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use slipway_recon::four::{Class, Flow, List, Merge, MergeFault, Row, Run, Seen, Slice, Tally, View, case};
use slipway_recon::{Entry, Key};
use slipway_terms::{BusinessDate, InstitutionId, Rrn};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Rows that go from a reading thread to the merge at once, and such pieces under way.
const PIECE: usize = 4096;
const PIECES: usize = 4;
/// The day that is generated.
const DATE: BusinessDate = BusinessDate { year: 2026, month: 3, day: 2 };
/// Of a thousand entries, one has each pattern but the full one, one an amount that differs, one a double.
const THOUSAND: u64 = 1000;
const AMOUNT: u64 = 15;
const DOUBLED: u64 = 16;

/// Arguments of `bench reconcile`.
#[derive(clap::Args)]
pub struct ReconcileArgs {
    /// Entries of the day; each stands in up to four lists.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=200_000_000))]
    rows: u64,
    /// Memory for sorting, in MiB; what does not fit goes to disk in sorted runs.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    memory_mib: u64,
    /// Folder for the sorted runs, 200 bytes an entry (default: the temporary folder).
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// What came out.
struct Found {
    tally: Tally,
    /// Entries with lines.
    met: u64,
    /// Lines whose class is not what was put in.
    misjudged: u64,
}

/// Measures and prints.
pub fn run(args: &ReconcileArgs, say: &Say) -> Result<(), End> {
    let folder = OwnFolder::make(args.dir.as_deref())?;
    let bar = bar(args.rows * 5);
    let now = watch();
    let began = now();
    let lists = sort(args, &folder.0, &bar)?;
    let sorted = now();
    let found = reconcile(lists, &bar)?;
    let ended = now();
    bar.finish_and_clear();
    let counts = counts(args.rows, &found);
    let wrong = counts.iter().any(|(_, expected, found)| expected != found) || found.misjudged > 0;
    let times =
        Times { sort_ms: (sorted - began) / 1_000_000, merge_ms: (ended - sorted) / 1_000_000, peak_kib: peak_kib() };
    if say.json {
        say.document(&document(args, &counts, &found, &times));
    } else {
        print(args, &counts, &found, &times, say);
    }
    if wrong {
        return Err(End::broken("对账结果与造入的差异不符", "what was found is not what was put in"));
    }
    Ok(())
}

/// Two lists at a time: each sorts in half of the memory, on a core of its own.
fn sort(args: &ReconcileArgs, folder: &Path, bar: &ProgressBar) -> Result<[Sorted<Row>; 4], End> {
    let memory_bytes = usize::try_from(args.memory_mib << 20).unwrap_or(usize::MAX) / 2;
    let one = |list: List| -> Result<Sorted<Row>, ListFault> {
        let mut sorter = Sorter::new(folder, &format!("{list:?}"), memory_bytes.min(most_bytes(args.rows)));
        // A stride that shares no factor with the count meets every entry once, in no order.
        let stride = [2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263][list as usize];
        for at in 0..args.rows {
            let number = at * stride % args.rows;
            for _ in 0..copies(number, list) {
                sorter.push(row(number, list))?;
            }
            if at % 65_536 == 0 {
                bar.inc(args.rows.min(65_536));
            }
        }
        sorter.finish()
    };
    let pair = |a: List, b: List| {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| one(b));
            (one(a), other.join())
        })
    };
    let panicked = |_| End::broken("排序线程中断", "a sorting thread broke off");
    let read = |fault: ListFault| {
        End::environment(format!("名单排序失败：{fault}"), format!("a list cannot be sorted: {fault}"))
    };
    let (till, acquirer) = pair(List::Till, List::Acquirer);
    let (network, issuer) = pair(List::Network, List::Issuer);
    Ok([
        till.map_err(read)?,
        acquirer.map_err(panicked)?.map_err(read)?,
        network.map_err(read)?,
        issuer.map_err(panicked)?.map_err(read)?,
    ])
}

/// No buffer larger than a list can be: one row an entry, and the doubles.
fn most_bytes(rows: u64) -> usize {
    usize::try_from(rows + rows / 100 + 2).unwrap_or(usize::MAX).saturating_mul(size_of::<Row>())
}

/// The lists are read by threads of their own, a few pieces ahead.
fn reconcile(lists: [Sorted<Row>; 4], bar: &ProgressBar) -> Result<Found, End> {
    std::thread::scope(|scope| {
        let lists = lists.map(|list| {
            let (give, take) = sync_channel(PIECES);
            scope.spawn(move || hand_over(list, &give));
            Pieces { take, piece: Vec::new().into_iter() }
        });
        let run = Run { view: View::Centre, received: View::Centre.mask(), date: DATE, lists: 0, slice: Slice::WHOLE };
        judge(run, lists, bar).map_err(|fault| End::broken(fault.to_string(), fault.to_string()))
    })
}

fn judge(run: Run, lists: [Pieces; 4], bar: &ProgressBar) -> Result<Found, MergeFault<ListFault>> {
    let mut merge = Merge::begin(run, lists)?;
    let (mut met, mut misjudged, mut last) = (0, 0, None);
    while let Some(line) = merge.next_line()? {
        met += u64::from(last.replace(line.key) != Some(line.key));
        let number = line.sides.iter().find(|side| side.copies > 0).map_or(0, |side| side.place);
        misjudged += u64::from(expected(number) != line.class || key(number) != line.key);
        if met % 65_536 == 0 {
            bar.inc(65_536);
        }
    }
    Ok(Found { tally: *merge.tally(), met, misjudged })
}

fn hand_over(list: Sorted<Row>, give: &SyncSender<Result<Vec<Row>, ListFault>>) {
    let mut piece = Vec::with_capacity(PIECE);
    for row in list {
        match row {
            Ok(row) => piece.push(row),
            Err(fault) => {
                // Whoever does not listen any more has ended with a fault of its own.
                let _ = give.send(Err(fault));
                return;
            }
        }
        if piece.len() == PIECE && give.send(Ok(std::mem::replace(&mut piece, Vec::with_capacity(PIECE)))).is_err() {
            return;
        }
    }
    let _ = give.send(Ok(piece));
    // An empty piece says: this was all. A thread that died says nothing, and that is no end.
    let _ = give.send(Ok(Vec::new()));
}

/// The merge's end of a list.
struct Pieces {
    take: Receiver<Result<Vec<Row>, ListFault>>,
    piece: std::vec::IntoIter<Row>,
}

impl Iterator for Pieces {
    type Item = Result<Row, ListFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.piece.next() {
            return Some(Ok(row));
        }
        match self.take.recv() {
            Ok(Ok(piece)) => {
                self.piece = piece.into_iter();
                self.piece.next().map(Ok)
            }
            Ok(Err(fault)) => Some(Err(fault)),
            Err(_) => Some(Err(ListFault::System(std::io::ErrorKind::BrokenPipe.into()))),
        }
    }
}

/// The key of an entry: four acquirers, their counters upwards.
fn key(number: u64) -> Key {
    const ACQUIRERS: [&str; 4] = ["00010000", "00020000", "00030000", "00040000"];
    let mut text = *b"606100000000";
    let mut counter = number / 4;
    for digit in text[4..].iter_mut().rev() {
        *digit = b'0' + u8::try_from(counter % 10).unwrap_or(0);
        counter /= 10;
    }
    let acquirer = InstitutionId::new(ACQUIRERS[usize::try_from(number % 4).unwrap_or(0)]);
    let rrn = std::str::from_utf8(&text).ok().and_then(|text| Rrn::new(text).ok());
    match (acquirer, rrn) {
        (Ok(acquirer), Some(rrn)) => Key::new(acquirer, rrn, Entry::Sale),
        // Digits are digits; if they were not, every line would be misjudged and the bench fail.
        _ => unreachable!("made of digits"),
    }
}

fn row(number: u64, list: List) -> Row {
    let mut row = Row::new(key(number), 100 + (number.wrapping_mul(48_271) % 999_900).cast_signed(), DATE, number);
    row.amount_fen += i64::from(number % THOUSAND == AMOUNT && odd_one_out(number) == list);
    row
}

/// Which list differs or doubles; every list has its turn.
fn odd_one_out(number: u64) -> List {
    List::ALL[usize::try_from(number / THOUSAND % 4).unwrap_or(0)]
}

/// What was put in.
fn expected(number: u64) -> Class {
    match number % THOUSAND {
        AMOUNT => Class::Amount,
        DOUBLED => Class::Doubled,
        slot => Class::Seen(Seen(u8::try_from(slot).ok().filter(|slot| *slot < 15).unwrap_or(15))),
    }
}

fn copies(number: u64, list: List) -> u8 {
    match expected(number) {
        Class::Seen(seen) => u8::from(seen.has(list)),
        Class::Doubled if odd_one_out(number) == list => 2,
        _ => 1,
    }
}

/// Class, put in, found. Entries that no list has leave no line: they are what is missing from all that were made.
fn counts(rows: u64, found: &Found) -> Vec<(Class, u64, u64)> {
    let slot = |slot: u64| rows / THOUSAND + u64::from(rows % THOUSAND > slot);
    let one_sided = (0..15_u8).map(|bits| {
        let class = Class::Seen(Seen(bits));
        (class, slot(u64::from(bits)), if bits == 0 { rows - found.met } else { found.tally.of(class) })
    });
    let all: u64 = (0..=DOUBLED).map(slot).sum();
    let others = [(Class::Seen(Seen(15)), rows - all), (Class::Amount, slot(AMOUNT)), (Class::Doubled, slot(DOUBLED))];
    let none = [Class::Date, Class::Carried, Class::Unjudged].map(|class| (class, 0));
    one_sided.chain(others.into_iter().chain(none).map(|(class, put)| (class, put, found.tally.of(class)))).collect()
}

struct Times {
    sort_ms: u64,
    merge_ms: u64,
    peak_kib: Option<u64>,
}

impl Times {
    fn total_ms(&self) -> u64 {
        (self.sort_ms + self.merge_ms).max(1)
    }
}

/// The most memory this process has had, if the system says so.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn bar(steps: u64) -> ProgressBar {
    // Standard error, and only if it is a terminal.
    let style =
        ProgressStyle::with_template("{bar:40} {percent}% {elapsed}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style)
}

fn name(class: Class) -> String {
    match class {
        Class::Seen(seen) => List::ALL
            .into_iter()
            .zip("TANI".chars())
            .map(|(list, letter)| if seen.has(list) { letter } else { '-' })
            .collect(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn document(args: &ReconcileArgs, counts: &[(Class, u64, u64)], found: &Found, times: &Times) -> Value {
    let classes: Vec<Value> = counts
        .iter()
        .map(|(class, expected, found)| json!({"class": name(*class), "expected": expected, "found": found}))
        .collect();
    json!({
        "bench": "reconcile", "rows": args.rows, "rows_per_s": args.rows * 1000 / times.total_ms(),
        "merge_rows_per_s": args.rows * 1000 / times.merge_ms.max(1),
        "ms": times.total_ms(), "sort_ms": times.sort_ms, "merge_ms": times.merge_ms,
        "peak_memory_kib": times.peak_kib, "misjudged": found.misjudged, "classes": classes, "durable": false,
        "settings": { "memory_mib": args.memory_mib, "row_bytes": Row::LEN },
    })
}

fn print(args: &ReconcileArgs, counts: &[(Class, u64, u64)], found: &Found, times: &Times, say: &Say) {
    let (rows, per_s) = (args.rows, args.rows * 1000 / times.total_ms());
    let (total, sort, merge) = (times.total_ms(), times.sort_ms, times.merge_ms);
    say.line(say.strong(say.both(
        &format!("四方对账：{rows} 笔，{total} 毫秒（排序 {sort}，归并 {merge}），每秒 {per_s} 笔"),
        &format!("reconcile: {rows} entries in {total} ms (sort {sort}, merge {merge}), {per_s} entries/s"),
    )));
    let peak = times.peak_kib.map_or_else(|| "?".to_owned(), |kib| (kib / 1024).to_string());
    say.line(say.both(&format!("内存峰值 {peak} MiB"), &format!("peak memory {peak} MiB")));
    say.line(say.painted("4", say.both("  类别      造入      找到  原因", "  class      put in     found  cause")));
    for (class, expected, found) in counts {
        let cause = case(View::Centre, Flow::Charge, *class).map_or("", |case| case.text(say.lang));
        let mark = if expected == found { ' ' } else { '!' };
        say.line(format!("{mark} {:<9} {expected:>9} {found:>9}  {cause}", name(*class)));
    }
    let wrong = found.misjudged;
    say.line(say.both(&format!("判错 {wrong} 笔"), &format!("misjudged {wrong}")));
}

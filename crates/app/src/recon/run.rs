//! `recon run`: lists in, differences out. The merge reads one row of each list at a time, notes its place now and then, and goes on
//! from there after a kill; then the differences of all days are joined with what this day says of them, and the new state takes the
//! place of the old one at once. It must never post: what it finds is a command to the own house or a letter to another.

use super::gather::{Lists, Look, Several, Sorted, carried};
use super::kept::{Kept, Promises, part_line, read_part};
use super::listed::word;
use super::place::{DayDone, Place, State};
use super::sorted::ListFault;
use crate::say::End;
use indicatif::{ProgressBar, ProgressStyle};
use slipway_recon::clearing::Crc;
use slipway_recon::four::{Class, Dossier, Line, List, Mark, Merge, MergeFault, Part, Row, Run, Slice, View};
use slipway_terms::{BusinessDate, Moment};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};

/// Keys between two notes of the place.
const NOTE_EVERY: u64 = 50_000;
const PART: &str = "run.part";
const MARK: &str = "run.mark";

/// What a run did.
pub struct Done {
    /// The state behind it.
    pub state: State,
    /// The day.
    pub day: DayDone,
    /// It went on from a place that a killed run had noted.
    pub resumed: bool,
    /// The same lists as before: nothing was changed.
    pub again: bool,
    /// A later day was reconciled with other rows carried into it, and has to be run again.
    pub later: bool,
}

/// What goes into the day from the one before it. A gap is refused: rows that wait for the next day would wait for ever.
fn before(state: &State, date: BusinessDate) -> Result<Option<&DayDone>, End> {
    let key = date.to_string();
    let Some((last, day)) = state.days.range(..key.clone()).next_back() else { return Ok(None) };
    let yesterday = BusinessDate::from_days(date.days() - 1).to_string();
    if *last != yesterday && !day.carry.is_empty() {
        return Err(End::usage(
            format!("先对 {yesterday}：{last} 有近日切的交易等着次日名单；没有改动"),
            format!(
                "run {yesterday} first: entries near the cut of {last} wait for the next day's lists; nothing was changed"
            ),
        ));
    }
    Ok((*last == yesterday).then_some(day))
}

/// A run from its lists to its new state.
pub fn run(look: &Look, now: Moment, progress: bool) -> Result<Done, End> {
    let place = Place::held(&look.folder)?;
    let state = place.state(look.view, look.own.as_str())?;
    let lists = look.lists()?;
    if lists.there.iter().all(Vec::is_empty) {
        let day = look.date;
        return Err(End::broken(
            format!("{day} 没有任何名单：该日可能尚未关账；先执行 slipway recon lists --day {day}，没有改动"),
            format!(
                "there is no list of {day} at all: it may not be closed yet; run slipway recon lists --day {day} first, nothing was changed"
            ),
        ));
    }
    let received = lists.received(look.view);
    let from = before(&state, look.date)?.map(|day| day.carry.clone()).unwrap_or_default();
    let mut name = Crc::NEW;
    for checked in lists.there.iter().flatten() {
        name.add(format!("{}={:016x};", checked.head, checked.crc).as_bytes());
    }
    from.iter().for_each(|(list, (_, rows, crc))| name.add(format!("{list}+{rows}={crc};").as_bytes()));
    lists.missing.iter().for_each(|missing| name.add(format!("-{missing};").as_bytes()));
    let day_key = look.date.to_string();
    if let Some(day) = state.days.get(&day_key).filter(|day| day.lists == format!("{:016x}", name.value())) {
        let day = day.clone();
        return Ok(Done { state, day, resumed: false, again: true, later: false });
    }
    let run = Run { view: look.view, received, date: look.date, lists: name.value(), slice: Slice::WHOLE };
    let rows: u64 = lists.there.iter().flatten().map(|list| list.rows).sum();
    let bar = bar(if progress { rows } else { 0 });
    let (mark, resumed) = merge(&place, &state, run, &lists, &from, &bar)?;
    let missing = missing(&state, &day_key, &lists.missing, now);
    let mut day = DayDone {
        tally: (0..Class::COUNT).filter_map(Class::at).map(|class| mark.tally().of(class)).collect(),
        rows: List::ALL
            .into_iter()
            .filter(|list| received & list.bit() != 0)
            .map(|list| (word(list).to_owned(), lists.there[list as usize].iter().map(|list| list.rows).sum()))
            .collect(),
        missing,
        lists: format!("{:016x}", name.value()),
        carry: BTreeMap::new(),
        at: now.0,
    };
    let mut next = state.clone();
    next.generation += 1;
    let cases = format!("cases-{}.jsonl", next.generation);
    let carry = join(&place, &state, look, &cases, now)?;
    for (list, rows) in carry.iter().filter(|(_, rows)| !rows.is_empty()) {
        let file = format!("carry-{day_key}-{}.{}", next.generation, word(*list));
        let mut sum = Crc::NEW;
        place.write(&file, |out| {
            rows.iter().try_for_each(|row| {
                sum.add(&row.to_bytes());
                Ok(out.write_all(&row.to_bytes())?)
            })
        })?;
        let crc = format!("{:016x}", sum.value());
        day.carry.insert(word(*list).to_owned(), (file, rows.len() as u64, crc));
    }
    let before = next.days.insert(day_key.clone(), day.clone());
    let other = |day: &DayDone| day.carry.values().map(|(_, rows, crc)| (*rows, crc.clone())).collect::<Vec<_>>();
    let tomorrow = BusinessDate::from_days(look.date.days() + 1).to_string();
    let later = next.days.contains_key(&tomorrow) && before.is_some_and(|before| other(&before) != other(&day));
    next.cases = Some(cases);
    place.commit(&next)?;
    bar.finish_and_clear();
    Ok(Done { state: next, day, resumed, again: false, later })
}

/// Lists that are missing, and since when: a list that is missing again has been missing all the time.
fn missing(state: &State, day: &str, names: &[String], now: Moment) -> BTreeMap<String, i64> {
    let known = |name: &String| state.days.get(day).and_then(|day| day.missing.get(name)).copied();
    names.iter().map(|name| (name.clone(), known(name).unwrap_or(now.0))).collect()
}

fn bar(rows: u64) -> ProgressBar {
    if rows == 0 {
        return ProgressBar::hidden();
    }
    // Standard error, and only if it is a terminal.
    let style =
        ProgressStyle::with_template("{bar:40} {percent}% {elapsed}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(rows).with_style(style)
}

/// Merges the lists; what is no match, and what belongs to a difference that is known, goes into the run's file.
fn merge(
    place: &Place,
    state: &State,
    run: Run,
    lists: &Lists,
    from: &BTreeMap<String, (String, u64, String)>,
    bar: &ProgressBar,
) -> Result<(Mark, bool), End> {
    let feed = || -> Result<[Several; 4], End> {
        let mut feeds = Vec::new();
        for list in List::ALL {
            let mut sorted: Vec<Sorted> = Vec::new();
            if run.received & list.bit() != 0 {
                for checked in &lists.there[list as usize] {
                    sorted.push(Box::new(checked.rows()?));
                }
                if let Some(carry) = from.get(word(list)) {
                    sorted.push(Box::new(carried(&place.folder, carry)?.into_iter().map(Ok)));
                }
            }
            feeds.push(Several::of(sorted));
        }
        feeds.try_into().map_err(|_| End::environment("名单数目有误", "not four lists"))
    };
    let broken = |fault: MergeFault<ListFault>| {
        End::broken(
            format!("对账中止：{fault}。差错和账目不变"),
            format!("the run stopped: {fault}. Cases and money are as before"),
        )
    };
    let noted = noted(place, run);
    let (mut merge, mut out, resumed) = match noted {
        Some((mark, file)) => (Merge::resume(run, mark, feed()?).map_err(broken)?, file, true),
        None => {
            let file = File::options().create(true).truncate(true).write(true).open(place.folder.join(PART))?;
            (Merge::begin(run, feed()?).map_err(broken)?, file, false)
        }
    };
    let length = out.stream_position()?;
    let mut out = Counted { file: BufWriter::new(out), length };
    let mut known =
        Known { cases: place.cases(state)?.map(|case| case.map(|case| case.family())), head: None, began: false };
    let (mut keys, mut part, mut read) = (0_u64, None::<Part>, 0_u64);
    while let Some(line) = merge.next_line().map_err(broken)? {
        read += line.sides.iter().map(|side| u64::from(side.copies)).sum::<u64>();
        match part.as_mut().filter(|part| part.key == line.key) {
            Some(part) => part.classes |= 1 << line.class.index(),
            None => {
                if let Some(part) = part.replace(Part::of(run.date, &line)) {
                    put(&part, run.view, &mut known, &mut out)?;
                }
            }
        }
        // A key is written whole before its place is noted.
        if let Some(mark) = merge.mark() {
            if let Some(part) = part.take() {
                put(&part, run.view, &mut known, &mut out)?;
            }
            keys += 1;
            if keys.is_multiple_of(NOTE_EVERY) {
                bar.inc(std::mem::take(&mut read));
                note(place, &mark, &mut out)?;
            }
        }
    }
    let Some(mark) = merge.mark() else {
        return Err(End::broken("对账没有走到末尾", "the run has not come to its end"));
    };
    out.file.flush()?;
    Ok((mark, resumed))
}

struct Counted {
    file: BufWriter<File>,
    length: u64,
}

/// The families of the differences that are known, in order.
struct Known<I> {
    cases: I,
    head: Option<[u8; 23]>,
    began: bool,
}

impl<I: Iterator<Item = Result<[u8; 23], End>>> Known<I> {
    fn has(&mut self, family: [u8; 23]) -> Result<bool, End> {
        while !self.began || self.head.is_some_and(|head| head < family) {
            self.began = true;
            self.head = self.cases.next().transpose()?;
        }
        Ok(self.head == Some(family))
    }
}

fn put(
    part: &Part,
    view: View,
    known: &mut Known<impl Iterator<Item = Result<[u8; 23], End>>>,
    out: &mut Counted,
) -> Result<(), End> {
    if part.agrees(view) && !known.has(part.key.family())? {
        return Ok(());
    }
    let line = part_line(part).ok_or_else(|| End::broken("名单中有一笔没有参考号", "a row has no reference number"))?;
    out.length += line.len() as u64 + 1;
    Ok(writeln!(out.file, "{line}")?)
}

/// Notes the place: everything before it is on the disk.
fn note(place: &Place, mark: &Mark, out: &mut Counted) -> Result<(), End> {
    out.file.flush()?;
    out.file.get_ref().sync_all()?;
    place.write(MARK, |file| {
        file.write_all(&mark.to_bytes())?;
        Ok(file.write_all(&out.length.to_be_bytes())?)
    })
}

/// The place that a killed run of the same lists had noted, and its file cut back to it.
fn noted(place: &Place, run: Run) -> Option<(Mark, File)> {
    let bytes = std::fs::read(place.folder.join(MARK)).ok()?;
    let (mark, length) = bytes.split_at_checked(Mark::LEN)?;
    let mark = Mark::read(mark).filter(|mark| mark.run() == run)?;
    let length = u64::from_be_bytes(length.try_into().ok()?);
    let mut file = File::options().write(true).open(place.folder.join(PART)).ok()?;
    // Shorter than noted: somebody else's file, and the run begins anew.
    if file.metadata().ok()?.len() < length {
        return None;
    }
    file.set_len(length).ok()?;
    file.seek(SeekFrom::Start(length)).ok()?;
    Some((mark, file))
}

/// Joins the differences of all days with what this day says, and writes them. Gives what waits for the next day.
fn join(place: &Place, state: &State, look: &Look, name: &str, now: Moment) -> Result<BTreeMap<List, Vec<Row>>, End> {
    let mut carry: BTreeMap<List, Vec<Row>> = BTreeMap::new();
    let mut parts = BufReader::new(File::open(place.folder.join(PART))?).lines();
    let mut next_part = move || parts.next().map(|line| read_part(&line?)).transpose();
    place.write(name, |out| {
        let mut cases = place.cases(state)?;
        let (mut case, mut part) = (cases.next().transpose()?, next_part()?);
        loop {
            let families = [case.as_ref().map(Kept::family), part.as_ref().map(|part| part.key.family())];
            let Some(family) = families.into_iter().flatten().min() else { return Ok(()) };
            let mut of_day = Vec::new();
            while let Some(found) = part.take_if(|part| part.key.family() == family) {
                let line = Line { key: found.key, class: Class::Carried, sides: found.sides };
                if found.has(Class::Carried) {
                    line.carried().for_each(|(list, row)| carry.entry(list).or_default().push(row));
                }
                if judged(&found) {
                    of_day.push(found);
                }
                part = next_part()?;
            }
            let before = case.take_if(|case| case.family() == family);
            if before.is_some() {
                case = cases.next().transpose()?;
            }
            let about = before.as_ref().map(|kept| (kept.acquirer, kept.rrn));
            let about = about.or_else(|| of_day.first().and_then(|part| Some((part.key.acquirer()?, part.key.rrn()?))));
            let dossier = Dossier::judge(before.map(|kept| kept.dossier), look.view, look.date, of_day, now);
            if let (Some((acquirer, rrn)), Some(dossier)) = (about, dossier) {
                writeln!(out, "{}", Kept { acquirer, rrn, dossier }.line()?)?;
            }
        }
    })?;
    Ok(carry)
}

/// Whether a part says anything: what only waits for a list or for the next day says nothing yet.
fn judged(part: &Part) -> bool {
    let waits = 1 << Class::Carried.index() | 1 << Class::Unjudged.index();
    part.classes & !waits != 0
}

/// Open differences, and how many there are of all.
pub fn open_cases(look: &Look, state: &State, mut each: impl FnMut(&Kept) -> Result<(), End>) -> Result<(), End> {
    let place = Place::read_only(&look.folder);
    for kept in place.cases(state)? {
        let kept = kept?;
        if kept.dossier.closed.is_none() {
            each(&kept)?;
        }
    }
    Ok(())
}

/// Deadlines of lists that are missing: they escalate and never release.
pub fn late(promises: &Promises, since: Moment) -> Result<[Option<Moment>; 3], End> {
    let steps = promises.deadlines.steps(slipway_recon::four::Pace::Late, &promises.calendar, since);
    steps.map_err(|fault| End::environment(fault.to_string(), fault.to_string()))
}

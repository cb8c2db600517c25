//! `recon lists`: each house writes its own list of a business day that it has closed, from its own rows only (rules 7, 9). The
//! acquirer writes two: what it captured, and which slips its tills have proven to it. The switch writes one for the centre, and of
//! each member's part one for that member. A list is replaced at once or not at all, and the same rows give the same bytes.

use super::listed::{Head, Writer, Written, word};
use super::pieces::{Group, Piece, groups, name_of, place_of};
use super::sorted::Sorter;
use crate::say::End;
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::day::{ClosedDay, Days};
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::ledger::Posting;
use slipway_hosts::listed::{self, House, Slips};
use slipway_hosts::switch::{Member, SwitchRow};
use slipway_hosts::times::Times;
use slipway_node::{Rows, Store};
use slipway_recon::four::{List, Row};
use slipway_recon::{Entry, Key};
use slipway_runtime::os::Handle;
use slipway_store::EmbeddedStore;
use slipway_terms::{BusinessDate, InstitutionId, Moment, SwitchKey};
use std::path::{Path, PathBuf};

/// Memory for sorting one list; what does not fit goes to disk.
const MEMORY_BYTES: usize = 64 << 20;

/// A party's rows, table by table: of a stopped party from its store, of a running one from itself.
pub trait Source {
    /// Every row of one table, as stored.
    ///
    /// # Errors
    /// What the party or its store says, and what `visit` says first.
    fn each(&self, space: u8, visit: &mut dyn FnMut(&[u8]) -> Result<(), End>) -> Result<(), End>;
}

impl Source for EmbeddedStore {
    fn each(&self, space: u8, visit: &mut dyn FnMut(&[u8]) -> Result<(), End>) -> Result<(), End> {
        let mut ended = Ok(());
        Store::each(self, space, &mut |_, bytes| {
            if ended.is_ok() {
                ended = visit(bytes);
            }
        })?;
        ended
    }
}

impl Source for Handle {
    fn each(&self, space: u8, visit: &mut dyn FnMut(&[u8]) -> Result<(), End>) -> Result<(), End> {
        let gone = || End::environment("该方已停，没有写出名单", "the party has stopped; no list was written");
        self.rows(space).ok_or_else(gone)?.iter().try_for_each(|(_, bytes)| visit(bytes))
    }
}

/// Every row of a table by its name.
fn each<R: Rows>(source: &dyn Source, table: &str, mut visit: impl FnMut(&R) -> Result<(), End>) -> Result<(), End> {
    let Some(space) = R::SPACES.iter().find(|space| space.name == table) else { return Ok(()) };
    source.each(space.byte, &mut |bytes| {
        let row = R::decode(space.byte, bytes).map_err(|damage| {
            End::environment(
                format!("存储损坏：{damage}；没有写出名单，请从备份恢复"),
                format!("store damaged: {damage}; no list was written, restore the store from a copy"),
            )
        })?;
        visit(&row)
    })
}

/// The table of what disputes have moved: exchanges of their own.
const DISPUTED: &str = "dispute movement";

/// A list that was written.
#[derive(Clone, Debug)]
pub struct Made {
    /// Where.
    pub path: PathBuf,
    /// Which.
    pub list: List,
    /// What stands in it.
    pub written: Written,
}

/// Which day, and where its lists go.
pub struct Order<'a> {
    /// The business day.
    pub date: BusinessDate,
    /// The folder of the day.
    pub folder: &'a Path,
    /// For what does not fit into memory.
    pub scratch: &'a Path,
}

/// When a host closed a day, and the day before it: around both an exchange may stand on the other side elsewhere.
struct Cuts([Moment; 4]);

impl Cuts {
    fn near(&self, at: Moment) -> bool {
        self.0.iter().any(|cut| Row::is_near_cut(at, *cut))
    }
}

/// Refuses a day that may still change.
fn cuts<R: Rows>(
    source: &dyn Source,
    owner: InstitutionId,
    date: BusinessDate,
    days: impl Fn(&R) -> Option<Days>,
    closed: impl Fn(&R) -> Option<ClosedDay>,
) -> Result<Cuts, End> {
    let mut through = None;
    each::<R>(source, "days", |row| {
        through = days(row).map(|days| days.closed).or(through);
        Ok(())
    })?;
    if through.is_none_or(|through| through < date) {
        let through = through.map_or_else(|| "-".to_owned(), |through| through.to_string());
        return Err(End::broken(
            format!("{owner} 的 {date} 还没有关账（已关到 {through}）：名单要等日切完成；没有写出名单"),
            format!(
                "{date} is not closed yet at {owner} (closed through {through}): its list waits for the cut; none was written"
            ),
        ));
    }
    let before = BusinessDate::from_days(date.days() - 1);
    let times = Times::default();
    let mut cuts = [times.day_ends(before), times.day_ends(date), times.day_ends(before), times.day_ends(date)];
    each::<R>(source, "closed day", |row| {
        if let Some(closed) = closed(row) {
            // A person may have cut earlier than the clock.
            match closed.date {
                of if of == before => cuts[2] = closed.at,
                of if of == date => cuts[3] = closed.at,
                _ => {}
            }
        }
        Ok(())
    })?;
    Ok(Cuts(cuts))
}

/// The postings of the day as pieces, and whose they are.
fn postings<R: Rows>(
    source: &dyn Source,
    house: House,
    date: BusinessDate,
    sorter: &mut Sorter<Piece>,
    posting: impl Fn(&R) -> Option<&Posting>,
    mut every: impl FnMut(&listed::Posted),
) -> Result<Vec<u64>, End> {
    let mut touched = Vec::new();
    each::<R>(source, "posting", |row| {
        let Some(posted) = posting(row).and_then(|posting| house.posted(posting)) else { return Ok(()) };
        every(&posted);
        if posted.day == date {
            touched.push(short(&posted.exchange));
            sorter.push(Piece::posted(&posted))?;
        }
        Ok(())
    })?;
    touched.sort_unstable();
    touched.dedup();
    Ok(touched)
}

/// Eight bytes an exchange, so that a large day's identities fit into memory. Two that collide cost a piece too many.
fn short(exchange: &SwitchKey) -> u64 {
    place_of(&name_of(exchange))
}

fn begun<'a>(order: &'a Order<'_>, list: List, owner: InstitutionId) -> (Sorter<Row>, Head, &'a Path) {
    let sorter = Sorter::new(order.scratch, &format!("{}-{owner}", word(list)), MEMORY_BYTES / 2);
    (sorter, Head { list, owner, day: order.date, members: None }, order.folder)
}

/// The name of a list's file.
pub fn file_name(list: List, owner: InstitutionId, to: Option<InstitutionId>) -> String {
    let to = to.map_or_else(String::new, |to| format!("-for-{to}"));
    format!("{}-{owner}{to}.list", word(list))
}

fn write((sorter, head, folder): (Sorter<Row>, Head, &Path)) -> Result<Made, End> {
    let mut writer = Writer::begin(folder, &head)?;
    for row in sorter.finish().map_err(|fault| End::environment(fault.to_string(), fault.to_string()))? {
        writer.row(&row.map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?)?;
    }
    let path = folder.join(file_name(head.list, head.owner, None));
    let written = writer.end(&path)?;
    Ok(Made { path, list: head.list, written })
}

/// The issuer's list: what its ledger moved for cardholders.
pub fn issuer(source: &dyn Source, owner: InstitutionId, order: &Order<'_>) -> Result<Vec<Made>, End> {
    let cuts = cuts::<IssuerRow>(
        source,
        owner,
        order.date,
        |row| if let IssuerRow::Days(days) = row { Some(days.clone()) } else { None },
        |row| if let IssuerRow::ClosedDay(day) = row { Some(*day) } else { None },
    )?;
    let mut pieces = Sorter::new(order.scratch, "pieces", MEMORY_BYTES);
    let touched = postings::<IssuerRow>(
        source,
        House::Issuer,
        order.date,
        &mut pieces,
        |row| if let IssuerRow::Posting(posting) = row { Some(posting) } else { None },
        |_| {},
    )?;
    each::<IssuerRow>(source, "exchange", |row| {
        let named = listed::of_issuer(row).filter(|named| touched.binary_search(&short(&named.exchange)).is_ok());
        Ok(named.map_or(Ok(()), |named| pieces.push(Piece::name(&named, None, None)))?)
    })?;
    each::<IssuerRow>(source, DISPUTED, |row| {
        let named = listed::of_issuer(row).filter(|named| touched.binary_search(&short(&named.exchange)).is_ok());
        Ok(named.map_or(Ok(()), |named| pieces.push(Piece::name(&named, None, None)))?)
    })?;
    let mut list = begun(order, List::Issuer, owner);
    groups(order.date, pieces, |group| rows(group, order.date, &cuts, &mut list.0))?;
    Ok(vec![write(list)?])
}

fn rows(group: &Group, date: BusinessDate, cuts: &Cuts, list: &mut Sorter<Row>) -> Result<(), End> {
    Ok(group.rows(date, |at| cuts.near(at)).try_for_each(|row| list.push(row))?)
}

/// The network's list, whole for the centre and in parts for its members.
pub fn switch(source: &dyn Source, owner: InstitutionId, order: &Order<'_>) -> Result<Vec<Made>, End> {
    let cuts = cuts::<SwitchRow>(
        source,
        owner,
        order.date,
        |row| if let SwitchRow::Days(days) = row { Some(days.clone()) } else { None },
        |_| None,
    )?;
    let mut members: Vec<Member> = Vec::new();
    each::<SwitchRow>(source, "member", |row| {
        members.extend(if let SwitchRow::Member(member) = row { Some(member.clone()) } else { None });
        Ok(())
    })?;
    let mut pieces = Sorter::new(order.scratch, "pieces", MEMORY_BYTES);
    let touched = postings::<SwitchRow>(
        source,
        House::Switch,
        order.date,
        &mut pieces,
        |row| if let SwitchRow::Posting(posting) = row { Some(posting) } else { None },
        |_| {},
    )?;
    each::<SwitchRow>(source, "exchange", |row| {
        let SwitchRow::Exchange(exchange) = row else { return Ok(()) };
        let named = listed::of_switch(row).filter(|named| touched.binary_search(&short(&named.exchange)).is_ok());
        Ok(named.map_or(Ok(()), |named| pieces.push(Piece::name(&named, exchange.issuer, None)))?)
    })?;
    each::<SwitchRow>(source, DISPUTED, |row| {
        let SwitchRow::DisputeMove(moved) = row else { return Ok(()) };
        let named = listed::step(moved).filter(|named| touched.binary_search(&short(&named.exchange)).is_ok());
        Ok(named.map_or(Ok(()), |named| pieces.push(Piece::name(&named, moved.issuer, None)))?)
    })?;
    let (mut list, mut head, folder) = begun(order, List::Network, owner);
    let place = |issuer: Option<InstitutionId>| {
        let at = issuer.and_then(|issuer| members.iter().position(|member| member.id == issuer));
        at.map_or(u8::MAX, |at| u8::try_from(at).unwrap_or(u8::MAX))
    };
    groups(order.date, pieces, |group| {
        group.rows(order.date, |at| cuts.near(at)).try_for_each(|row| {
            // Which member's part it is beside the acquirer's.
            list.push(Row { place: row.place | u64::from(place(group.issuer)), ..row })
        })?;
        Ok(())
    })?;
    let ids = |which: fn(&Member) -> bool| members.iter().filter(|member| which(member)).map(|m| m.id).collect();
    let mut parts =
        members.iter().map(|m| Ok((m.id, Writer::begin(folder, &head)?))).collect::<Result<Vec<_>, End>>()?;
    head.members = Some([ids(|member| member.acquires), ids(|member| member.issues)]);
    let mut whole = Writer::begin(folder, &head)?;
    for row in list.finish().map_err(|fault| End::environment(fault.to_string(), fault.to_string()))? {
        let row = row.map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
        let bare = Row { place: row.place & !0xFF, ..row };
        whole.row(&bare)?;
        for (at, (id, part)) in parts.iter_mut().enumerate() {
            if row.place & 0xFF == at as u64 || row.key.acquirer() == Some(*id) {
                part.row(&bare)?;
            }
        }
    }
    let mut made = Vec::new();
    for (id, part) in parts {
        let path = folder.join(file_name(List::Network, owner, Some(id)));
        made.push(Made { written: part.end(&path)?, path, list: List::Network });
    }
    let path = folder.join(file_name(List::Network, owner, None));
    made.push(Made { written: whole.end(&path)?, path, list: List::Network });
    Ok(made)
}

/// The acquirer's two lists: what it captured for the network's account, and the slips that its tills have proven here. What it
/// bears itself is no claim on anybody and stands in neither.
pub fn acquirer(source: &dyn Source, owner: InstitutionId, order: &Order<'_>) -> Result<Vec<Made>, End> {
    let date = order.date;
    let cuts = cuts::<AcquirerRow>(
        source,
        owner,
        date,
        |row| if let AcquirerRow::Days(days) = row { Some(days.clone()) } else { None },
        |row| if let AcquirerRow::ClosedDay(day) = row { Some(*day) } else { None },
    )?;
    let mut slips = Slips::default();
    each::<AcquirerRow>(source, "case", |row| {
        slips.case(row);
        Ok(())
    })?;
    each::<AcquirerRow>(source, "exchange", |row| {
        slips.exchange(row);
        Ok(())
    })?;
    let mut pieces = Sorter::new(order.scratch, "pieces", MEMORY_BYTES);
    let touched = postings::<AcquirerRow>(
        source,
        House::Acquirer,
        date,
        &mut pieces,
        |row| if let AcquirerRow::Posting(posting) = row { Some(posting) } else { None },
        |posted| slips.posted(posted),
    )?;
    let mut tills = begun(order, List::Till, owner);
    let mut slip = |row: Row| tills.0.push(row);
    each::<AcquirerRow>(source, "exchange", |row| {
        let Some((named, o)) = listed::of_acquirer(row) else { return Ok(()) };
        let claim = slips.claim(o);
        if touched.binary_search(&short(&named.exchange)).is_ok() {
            pieces.push(Piece::name(&named, None, claim))?;
        }
        // Never captured, and yet somebody says that there is a slip: it stands on the day on which that was said.
        let said = slips.said(o).filter(|at| Times::default().business_date(*at) == date);
        if let (Some(_), Some(fen), Some(entry)) = (said, claim, Entry::of_kind(named.kind)) {
            slip(Row::new(Key::new(owner, o.rrn, entry), fen, date, place_of(&name_of(&named.exchange))))?;
        }
        Ok(())
    })?;
    each::<AcquirerRow>(source, DISPUTED, |row| {
        let AcquirerRow::DisputeMove(moved) = row else { return Ok(()) };
        let named = listed::step(moved).filter(|named| touched.binary_search(&short(&named.exchange)).is_ok());
        Ok(named.map_or(Ok(()), |named| pieces.push(Piece::name(&named, None, None)))?)
    })?;
    for (till, fen, at) in slips.strangers() {
        let rrn = Key::nameless(till.to_string().as_bytes()).filter(|_| Times::default().business_date(at) == date);
        // Of what kind it is nobody here knows.
        rrn.map_or(Ok(()), |rrn| slip(Row::new(Key::new(owner, rrn, Entry::Sale), fen, date, 0)))?;
    }
    let mut log = begun(order, List::Acquirer, owner);
    groups(date, pieces, |group| {
        rows(group, date, &cuts, &mut log.0)?;
        if let (Some(first), Some(fen), Some(entry)) = (group.first, group.slip_fen, Entry::of_kind(group.kind)) {
            let row = Row::new(Key::new(owner, group.rrn, entry), fen, date, group.place);
            let flags = if cuts.near(first) { Row::NEAR_CUT } else { 0 };
            tills.0.push(Row { flags, ..row })?;
        }
        Ok(())
    })?;
    Ok(vec![write(tills)?, write(log)?])
}

//! A closed day of the switch as files. Reads the switch's rows, the network's fee book and its list of reliefs; moves nothing.

use super::folder::Files;
use crate::audit;
use crate::say::End;
use slipway_hosts::day::Days;
use slipway_hosts::dispute::DisputeMove;
use slipway_hosts::ledger::Posting;
use slipway_hosts::switch::{self, Member, SwitchRow};
use slipway_recon::clearing::{DETAIL_HEAD, Day, POSITION_HEAD, detail_csv, position_csv};
use slipway_recon::merchant::Settlement;
use slipway_recon::out::{Column, Journal, Parquet, clearing_columns};
use slipway_recon::{FeeBook, Relief};
use slipway_runtime::os::Handle;
use slipway_terms::{BusinessDate, InstitutionId, Moved};
use std::path::Path;

/// Rows of one row group of a column file.
const GROUP: usize = 100_000;

/// What the switch's records say.
pub struct Records {
    /// All movements.
    moved: Vec<Moved>,
    /// Who gets a file.
    members: Vec<InstitutionId>,
}

impl Records {
    /// Reads them. `None`: the switch did not answer.
    pub fn of(switch: &Handle) -> Option<Self> {
        let exchanges = audit::table::<switch::Exchange, SwitchRow>(switch)?;
        let postings = audit::table::<Posting, SwitchRow>(switch)?;
        let steps = audit::table::<DisputeMove, SwitchRow>(switch)?;
        let members = audit::table::<Member, SwitchRow>(switch)?.iter().map(|member| member.id).collect();
        Some(Self { moved: switch::moved(&exchanges, &postings, &steps), members })
    }

    /// The first day on which anything moved.
    pub fn first(&self) -> Option<BusinessDate> {
        self.moved.iter().map(|moved| moved.day).min()
    }

    /// A day and its files, by the fee book of the network's folder.
    pub fn day(&self, date: BusinessDate, network: &Path) -> Result<(Day, Files), End> {
        let (book, relief) = terms(network)?;
        let day = Day::reckon(date, &self.moved, &book, &relief).map_err(|fault| {
            End::broken(
                format!("{date} 无法清算：{fault}；没有写出文件，账目未改动"),
                format!("{date} cannot be cleared: {fault}; no file was written, no ledger was changed"),
            )
        })?;
        let files = files(&day, &self.members, &[])?;
        Ok((day, files))
    }
}

/// The newest day that the switch has closed. `None`: it did not answer.
pub fn closed(switch: &Handle) -> Option<BusinessDate> {
    audit::table::<Days, SwitchRow>(switch)?.pop().map(|days| days.closed)
}

/// `fees.txt` and `relief.txt` of the network's folder; without them the book that comes with the program, and no relief.
pub fn terms(network: &Path) -> Result<(FeeBook, Relief), End> {
    let read = |name: &str| match std::fs::read_to_string(network.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(End::from(error)),
    };
    let named = |name: &str, fault: String| {
        let path = network.join(name);
        End::usage(format!("{}：{fault}", path.display()), format!("{}: {fault}", path.display()))
    };
    let book = match read("fees.txt")? {
        Some(text) => FeeBook::read(&text).map_err(|fault| named("fees.txt", fault.to_string()))?,
        None => FeeBook::china().map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?,
    };
    let relief = read("relief.txt")?.map(|text| Relief::read(&text)).transpose();
    Ok((book, relief.map_err(|fault| named("relief.txt", fault.to_string()))?.unwrap_or_default()))
}

/// All files of a day: one a member, whether it has entries or not, and the same data for whoever wants to reckon it again.
pub fn files(day: &Day, members: &[InstitutionId], settlements: &[Settlement]) -> Result<Files, End> {
    let mut files = Files::new();
    let mut all: Vec<InstitutionId> =
        day.positions.members().map(|(member, _)| member).chain(members.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    for member in all {
        let file = day.file(member).map_err(|fault| End::broken(fault.to_string(), fault.to_string()))?;
        files.insert(format!("{member}.clearing"), file.into_bytes());
    }
    let mut journal = Journal::new(day.date);
    day.details.iter().for_each(|detail| journal.detail(detail));
    settlements.iter().for_each(|settlement| journal.settlement(settlement));
    files.insert("day.journal".into(), journal.end().into_bytes());
    let details = day.details.iter().map(|detail| detail_csv(day.date, detail));
    files.insert("details.csv".into(), lines(DETAIL_HEAD, details).into_bytes());
    files.insert("details.parquet".into(), parquet(&day.details, |rows| clearing_columns(day.date, rows))?);
    let network = day.positions.network_fen();
    let nets = day.positions.members().map(|(member, position)| position_csv(day.date, member, position));
    let nets = nets.chain([format!("{},network,0,0,0,0,{network},{network}", day.date)]);
    files.insert("positions.csv".into(), lines(POSITION_HEAD, nets).into_bytes());
    Ok(files)
}

/// A CSV file.
pub fn lines(head: &str, lines: impl Iterator<Item = String>) -> String {
    let mut text = format!("{head}\n");
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A column file, row group by row group.
pub fn parquet<T>(rows: &[T], columns: impl Fn(&[T]) -> Vec<Column>) -> Result<Vec<u8>, End> {
    let (mut file, mut out) = (Parquet::default(), Vec::new());
    for group in rows.chunks(GROUP) {
        let bytes = file.rows(&columns(group));
        out.extend(bytes.ok_or_else(|| End::broken("列文件各列长度不一", "columns of different lengths"))?);
    }
    out.extend(file.end());
    Ok(out)
}

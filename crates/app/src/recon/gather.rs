//! Which lists a run has: those that the one who looks may see, each read to its end and found whole, several of one kind as one, and
//! what came over the cut from the day before. One that is missing is named; one that is not whole stops the run before it begins.

use super::listed::{Checked, Refused, word};
use super::lists::file_name;
use super::sorted::{Fixed, ListFault};
use crate::say::End;
use slipway_recon::clearing::Crc;
use slipway_recon::four::{List, Row, View};
use slipway_terms::{BusinessDate, InstitutionId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Who looks at what.
pub struct Look {
    /// Who looks.
    pub view: View,
    /// Whose own lists, and which part of the network's; of the centre the switch.
    pub own: InstitutionId,
    /// Which day.
    pub date: BusinessDate,
    /// Where the lists lie.
    pub lists: PathBuf,
    /// The folder of its state.
    pub folder: PathBuf,
}

/// The lists that are there, by kind.
pub struct Lists {
    /// Whole ones.
    pub there: [Vec<Checked>; 4],
    /// Names of those that have to be there and are not.
    pub missing: Vec<String>,
}

/// Rows in the order of their keys.
pub type Sorted = Box<dyn Iterator<Item = Result<Row, ListFault>>>;

impl Look {
    /// Which files there have to be: of the centre as the network's list says.
    pub fn lists(&self) -> Result<Lists, End> {
        let mut lists = Lists { there: [const { Vec::new() }; 4], missing: Vec::new() };
        match self.view {
            View::Acquirer => {
                lists.take(self, List::Till, &file_name(List::Till, self.own, None))?;
                lists.take(self, List::Acquirer, &file_name(List::Acquirer, self.own, None))?;
                lists.network(self)?;
            }
            View::Issuer => {
                lists.network(self)?;
                lists.take(self, List::Issuer, &file_name(List::Issuer, self.own, None))?;
            }
            View::Centre => {
                lists.take(self, List::Network, &file_name(List::Network, self.own, None))?;
                let members = lists.there[List::Network as usize].first().and_then(|list| list.head.members.clone());
                for (kinds, ids) in
                    [&[List::Till, List::Acquirer][..], &[List::Issuer]].into_iter().zip(members.unwrap_or_default())
                {
                    for (list, id) in kinds.iter().flat_map(|list| ids.iter().map(move |id| (*list, *id))) {
                        lists.take(self, list, &file_name(list, id, None))?;
                    }
                }
            }
        }
        Ok(lists)
    }

    fn refused(&self, path: &Path, why: &Refused) -> End {
        let path = path.display();
        End::broken(
            format!("{path} 拒收：{why}。没有判断任何一笔，差错和账目不变；请向出具方重要该文件"),
            format!(
                "{path} is refused: {why}. Nothing was judged, cases and money are as before; ask its owner for the file again"
            ),
        )
    }
}

impl Lists {
    fn take(&mut self, look: &Look, list: List, name: &str) -> Result<(), End> {
        let path = look.lists.join(name);
        let owner = name.split(['-', '.']).nth(1).and_then(|id| InstitutionId::new(id).ok());
        match Checked::open(&path, list, owner, look.date) {
            Ok(checked) => self.there[list as usize].push(checked),
            Err(Refused::System(fault)) if fault.kind() == std::io::ErrorKind::NotFound => {
                self.missing.push(name.to_owned());
            }
            Err(why) => return Err(look.refused(&path, &why)),
        }
        Ok(())
    }

    /// A member's part of the network's list, by whichever switch.
    fn network(&mut self, look: &Look) -> Result<(), End> {
        let end = format!("-for-{}.list", look.own);
        let names = std::fs::read_dir(&look.lists).map(|entries| {
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let mut names: Vec<_> = names.filter(|name| name.starts_with("network-") && name.ends_with(&end)).collect();
            names.sort();
            names
        });
        match names.unwrap_or_default().as_slice() {
            [] => {
                self.missing.push(format!("network{end}"));
                Ok(())
            }
            [name] => self.take(look, List::Network, name),
            [one, two, ..] => Err(End::usage(
                format!("{one} 与 {two} 都在：一天只能有一份网络文件"),
                format!("both {one} and {two} are there: a day has one network file"),
            )),
        }
    }

    /// Bits of the lists of which every file has come.
    pub fn received(&self, view: View) -> u8 {
        let absent = |list: &List| self.missing.iter().any(|name| name.split('-').next() == Some(word(*list)));
        // Without the network's list the centre does not know who is to hand in what.
        let unknown = view == View::Centre && self.there[List::Network as usize].is_empty();
        let all = List::ALL.into_iter().filter(|list| view.mask() & list.bit() != 0);
        all.filter(|list| !(absent(list) || unknown && *list != List::Network)).fold(0, |bits, list| bits | list.bit())
    }
}

/// Sorted rows of several files as one list.
pub struct Several {
    lists: Vec<Sorted>,
    heads: BinaryHeap<Reverse<(Row, usize)>>,
    fault: Option<ListFault>,
}

impl Several {
    /// Of these.
    pub fn of(lists: Vec<Sorted>) -> Self {
        let mut several = Self { heads: BinaryHeap::new(), fault: None, lists };
        for at in 0..several.lists.len() {
            several.refill(at);
        }
        several
    }

    fn refill(&mut self, at: usize) {
        match self.lists[at].next() {
            Some(Ok(row)) => self.heads.push(Reverse((row, at))),
            Some(Err(fault)) => self.fault = self.fault.take().or(Some(fault)),
            None => {}
        }
    }
}

impl Iterator for Several {
    type Item = Result<Row, ListFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.fault.take() {
            self.heads.clear();
            return Some(Err(fault));
        }
        let Reverse((row, at)) = self.heads.pop()?;
        self.refill(at);
        Some(Ok(row))
    }
}

/// Rows that came over from the day before, as its run wrote them.
pub fn carried(folder: &Path, (name, rows, crc): &(String, u64, String)) -> Result<Vec<Row>, End> {
    let damaged = || {
        End::environment(
            format!("{name} 与对账状态不符：请从备份恢复对账目录；没有动账"),
            format!(
                "{name} is not as the state says: restore the reconciliation's folder from a copy; no money was moved"
            ),
        )
    };
    let mut bytes = Vec::new();
    File::open(folder.join(name)).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|_| damaged())?;
    let mut sum = Crc::NEW;
    sum.add(&bytes);
    if bytes.len() as u64 != rows * Row::LEN as u64 || format!("{:016x}", sum.value()) != *crc {
        return Err(damaged());
    }
    bytes.chunks(Row::LEN).map(|bytes| Row::get(bytes).map_err(|_| damaged())).collect()
}

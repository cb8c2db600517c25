//! A member takes its clearing file: its rim reads the file whole, and tells the core of one that it found good. Told again, nothing
//! happens again.

use crate::audit;
use crate::say::{End, many};
use slipway_hosts::acquirer::{self, AcquirerRow};
use slipway_hosts::day::Days;
use slipway_hosts::filed::Filed;
use slipway_hosts::issuer::{self, IssuerRow, Suspense};
use slipway_node::{ClearingPart, Hand};
use slipway_recon::clearing::told;
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{BusinessDate, ClearingItem, InstitutionId, SwitchKey, TillKey};
use std::collections::BTreeMap;

/// Looks at the member's record before a file is taken for not taken. Each waits for the member's next step.
const LOOKS: usize = 100;

/// A member that runs here.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// The party.
    pub party: &'a Handle,
    /// Its institution number.
    pub id: InstitutionId,
    /// Acquirer or issuer.
    pub acquires: bool,
}

/// What became of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// Every entry was told; these do not agree with the records.
    Whole(Vec<u32>),
    /// Not now, and why: in Chinese and English.
    NotYet(&'static str, &'static str),
}

fn gone(id: InstitutionId) -> End {
    End::environment(format!("机构 {id} 已停止"), format!("member {id} has stopped"))
}

impl Member<'_> {
    /// Files that it has taken or begun.
    pub fn files(&self) -> Result<Vec<Filed>, End> {
        let rows = if self.acquires {
            audit::table::<Filed, AcquirerRow>(self.party)
        } else {
            audit::table::<Filed, IssuerRow>(self.party)
        };
        rows.ok_or_else(|| gone(self.id))
    }

    /// The newest day that it has closed.
    pub fn closed(&self) -> Result<Option<BusinessDate>, End> {
        let days = if self.acquires {
            audit::table::<Days, AcquirerRow>(self.party)
        } else {
            audit::table::<Days, IssuerRow>(self.party)
        };
        Ok(days.ok_or_else(|| gone(self.id))?.pop().map(|days| days.closed))
    }

    fn filed(&self, day: BusinessDate) -> Result<Option<Filed>, End> {
        Ok(self.files()?.into_iter().find(|filed| filed.day == day))
    }

    /// Whether the file of this day was taken whole.
    pub fn has(&self, day: BusinessDate) -> Result<bool, End> {
        Ok(self.filed(day)?.is_some_and(|filed| filed.done.is_some()))
    }

    /// Reads a file that has to be of this day, and takes it.
    pub fn take(&self, day: BusinessDate, bytes: &[u8], name: &str) -> Result<Taken, End> {
        let (mark, mut items) = told(bytes, self.id, day).map_err(|why| {
            End::broken(
                format!("{name} 拒收，整份未用，账目未改动。{why}"),
                format!("{name} is refused as a whole, no ledger was changed. {why}"),
            )
        })?;
        if let Some(there) = self.filed(day)? {
            if (there.count, there.sum_minor, there.checksum) != (mark.count, mark.sum_minor, mark.checksum) {
                return Err(End::broken(
                    format!("{name}：机构 {} 已收过 {day} 的另一份文件（{} 笔），未再入账", self.id, there.count),
                    format!(
                        "{name}: member {} has taken another file of {day} ({}); nothing was posted",
                        self.id,
                        many(there.count, "entry", "entries")
                    ),
                ));
            }
            if there.done.is_some() {
                return Ok(Taken::Whole(there.strange));
            }
        }
        if self.closed()?.is_none_or(|closed| closed < day) {
            return Ok(Taken::NotYet("该机构尚未收到该日关账", "the member has not heard yet that the day is closed"));
        }
        if self.acquires && !items.is_empty() {
            self.find(&mut items)?;
        }
        for part in ClearingPart::all(mark, &items) {
            if !self.party.tell(Control::Hand(Hand::Clearing(part))) {
                return Err(gone(self.id));
            }
        }
        for _ in 0..LOOKS {
            if let Some(filed) = self.filed(day)?.filter(|filed| filed.done.is_some()) {
                return Ok(Taken::Whole(filed.strange));
            }
        }
        Ok(Taken::NotYet("该机构还缺更早一日的文件", "the member lacks the file of an earlier day"))
    }

    /// Where an acquirer's own records have what the file names: a reference number may have been spoilt on its way.
    fn find(&self, items: &mut [ClearingItem]) -> Result<(), End> {
        let rows = audit::table::<acquirer::Exchange, AcquirerRow>(self.party).ok_or_else(|| gone(self.id))?;
        let originals = rows.into_iter().filter_map(|row| match row {
            acquirer::Exchange::Original(o) => Some((o.switch, o.till)),
            acquirer::Exchange::Tombstone(_) => None,
        });
        let tills: BTreeMap<SwitchKey, TillKey> = originals.collect();
        items.iter_mut().for_each(|item| item.till = tills.get(&item.exchange).copied());
        Ok(())
    }

    /// Has every suspended debit of an issuer looked at; says how many.
    pub fn sweep(&self) -> Result<usize, End> {
        if self.acquires {
            return Ok(0);
        }
        let rows = audit::table::<issuer::Exchange, IssuerRow>(self.party).ok_or_else(|| gone(self.id))?;
        let held: Vec<SwitchKey> =
            rows.iter().filter(|exchange| exchange.suspense == Suspense::Held).map(|exchange| exchange.key).collect();
        for key in &held {
            if !self.party.tell(Control::Hand(Hand::Suspense(*key))) {
                return Err(gone(self.id));
            }
        }
        Ok(held.len())
    }
}

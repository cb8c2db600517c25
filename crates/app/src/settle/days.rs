//! Closed days are settled, oldest first: worked out, written down, booked. Who cannot be settled with is set aside and named, and comes
//! again by himself: with the next run of the same day as another round of it, or with the next day. Must never book a plan that the books
//! have refused, nor give a bank what they have not taken.

use super::aside::{self, Trouble};
use super::plan::{self, Planned};
use super::{lock, notices, order, root, silent};
use crate::audit;
use crate::clearing::folder;
use crate::network::sample;
use crate::say::End;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, MerchantDay, owed};
use slipway_hosts::day::Days;
use slipway_hosts::filed::Filed;
use slipway_node::{Hand, Question};
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{BusinessDate, MerchantId, Moment, Text};
use std::collections::BTreeSet;
use std::path::Path;

/// How the books have taken one merchant's day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Booked {
    /// Whole.
    Done,
    /// They have refused it, and nothing of it stands in them.
    Refused,
    /// They have refused the rest of it.
    Begun,
}

/// Settles closed days, oldest first, up to this one.
pub fn settle(acquirer: &Handle, network: &Path, until: Option<BusinessDate>, now: Moment) -> Result<Value, End> {
    let days = audit::table::<Days, AcquirerRow>(acquirer).ok_or_else(silent)?.pop();
    let closed = days.map(|days| days.closed).ok_or_else(silent)?;
    if let Some(day) = until.filter(|day| *day > closed) {
        return Err(End::broken(
            format!("{day} 尚未关账（已关账至 {closed}），不能结算"),
            format!("{day} is not closed yet (closed through {closed}) and cannot be settled"),
        ));
    }
    let until = until.unwrap_or(closed);
    let mut filed: Vec<BusinessDate> = audit::table::<Filed, AcquirerRow>(acquirer)
        .ok_or_else(silent)?
        .iter()
        .filter(|filed| filed.done.is_some())
        .map(|filed| filed.day)
        .collect();
    filed.sort_unstable();
    let _one_at_a_time = lock(network)?;
    let last = filed.last().copied();
    let mut told = Vec::new();
    // Days whose clearing file is here: only then debit and credit are told apart, and each has its own discount.
    for day in filed.iter().copied().filter(|day| *day <= until) {
        let one = Day { acquirer, network, day, now };
        // Only the newest day may get another round: what an older one has left over is in the days behind it.
        told.extend(one.settle(Some(day) == last)?);
    }
    let again = order::repay_corrected(acquirer, network)?;
    let aside = aside::open(network)?;
    let fresh: Vec<Text> = aside.iter().filter(|one| one.is_new(now)).map(Trouble::line).collect();
    let mut done = json!({
        "closed_through": closed.to_string(), "days": told, "paid_again": again,
        "aside": aside.iter().map(Trouble::document).collect::<Vec<_>>(), "newly_aside": fresh,
    });
    if last.is_none_or(|last| last < until) {
        let zh = format!("{until} 的清算文件尚未入账，该日稍后结算");
        let en = format!("the clearing file of {until} was not taken yet, that day is settled later");
        done["waits"] = json!({"zh": zh, "en": en});
    }
    Ok(done)
}

/// One day.
struct Day<'a> {
    acquirer: &'a Handle,
    network: &'a Path,
    day: BusinessDate,
    now: Moment,
}

impl Day<'_> {
    fn place(&self) -> std::path::PathBuf {
        root(self.network).join(self.day.to_string())
    }

    /// What is to be told of it; nothing of a day of which nobody could be settled with.
    fn settle(&self, newest: bool) -> Result<Option<Value>, End> {
        let (place, day) = (self.place(), self.day);
        let later = folder::days(&root(self.network)).into_iter().any(|there| there > day);
        let mut met = Vec::new();
        let mut written = "same";
        if !place.exists() {
            if later {
                return Ok(None);
            }
            let worked = self.worked(1, &|_| true)?;
            met = worked.aside;
            if worked.planned.is_empty() && !met.is_empty() {
                // The next run looks again.
                aside::note(self.network, &met, self.now)?;
                return Ok(None);
            }
            written = folder::put(&root(self.network), day, &worked.files)?.word();
        }
        met.extend(self.book()?);
        if newest && !later {
            if written == "same" && (!aside::open(self.network)?.is_empty() || !met.is_empty()) {
                met = self.another_round()?;
            }
            aside::note(self.network, &met, self.now)?;
        }
        let mut planned = Vec::new();
        for round in 1..=plan::rounds(&place) {
            let refused = plan::refused(&place)?;
            planned
                .extend(plan::read(&place, round)?.into_iter().filter(|one| !refused.contains(&(round, one.merchant))));
        }
        let merchants = planned.iter().map(|one| {
            let mark = one.mark(day);
            json!({
                "merchant": mark.merchant.to_string(), "items": mark.count, "gross_fen": mark.gross_minor,
                "fees_fen": mark.fees_minor, "payable_fen": mark.payable_minor,
            })
        });
        Ok(Some(json!({"day": day.to_string(), "written": written, "merchants": merchants.collect::<Vec<_>>()})))
    }

    /// A round for those who are asked for. One of whom an older day is half booked stands aside until that is whole.
    fn worked(&self, round: u32, asked: &dyn Fn(MerchantId) -> bool) -> Result<plan::Worked, End> {
        let rows = audit::rows::<AcquirerRow>(self.acquirer).ok_or_else(silent)?;
        let half: BTreeSet<MerchantId> = rows
            .iter()
            .filter_map(|row| if let AcquirerRow::MerchantDay(of) = row { Some(of) } else { None })
            .filter(|of| of.done.is_none() && of.day != self.day)
            .map(|of| of.merchant)
            .collect();
        let owed = owed(sample::ACQUIRER, &rows);
        let asked = |merchant: MerchantId| asked(merchant) && !half.contains(&merchant);
        plan::worked((self.day, round), &owed, self.network, &asked, self.now)
    }

    /// Books all rounds that are written and not refused, and gives the bank what the books have taken. Says of whom they have not.
    fn book(&self) -> Result<Vec<Trouble>, End> {
        let place = self.place();
        let mut met = Vec::new();
        for round in 1..=plan::rounds(&place) {
            let before = plan::refused(&place)?;
            let (mut missing, mut all) = (false, plan::read(&place, round)?);
            all.retain(|one| {
                let refused = before.contains(&(round, one.merchant));
                missing |= refused;
                !refused
            });
            for one in &all {
                match booked(self.acquirer, self.day, one)? {
                    Booked::Done => continue,
                    Booked::Refused => plan::refuse(&place, round, one.merchant)?,
                    Booked::Begun => {}
                }
                missing = true;
                met.push(self.refused(one));
            }
            if round == 1 {
                let taken = || notices::taken(self.acquirer, self.network, self.day);
                plan::give_to_bank(&place, missing, taken)?;
            }
            if round > 1 || missing {
                notices::late(self.acquirer, self.network, self.day)?;
            }
        }
        Ok(met)
    }

    fn refused(&self, one: &Planned) -> Trouble {
        let (mark, day) = (one.mark(self.day), self.day);
        let why = Text::new(
            format!("付款计划与账目不符，未入账；计划保留在 settlement/{day}，请核对"),
            format!(
                "the plan does not agree with the books and was not posted; it stays in settlement/{day}, compare them"
            ),
        );
        Trouble::whole(day, mark.merchant, (mark.count, mark.gross_minor), why, self.now)
    }

    /// Works out once more those who are in no round of the day, or whose plan was refused; writes and books what has become possible.
    fn another_round(&self) -> Result<Vec<Trouble>, End> {
        let place = self.place();
        let (round, refused) = (plan::rounds(&place), plan::refused(&place)?);
        let (mut there, mut old) = (BTreeSet::new(), Vec::new());
        for round in 1..=round {
            for one in plan::read(&place, round)? {
                if refused.contains(&(round, one.merchant)) {
                    old.push(one);
                } else {
                    there.insert(one.merchant);
                }
            }
        }
        let worked = self.worked(round + 1, &|merchant| !there.contains(&merchant))?;
        let same = |one: &Planned| old.iter().any(|old| old == one);
        let (stuck, fresh): (Vec<&Planned>, Vec<&Planned>) = worked.planned.iter().partition(|one| same(one));
        let mut met = worked.aside;
        met.extend(stuck.iter().map(|one| self.refused(one)));
        if !fresh.is_empty() {
            let stuck: BTreeSet<MerchantId> = stuck.iter().map(|one| one.merchant).collect();
            let again = self.worked(round + 1, &|merchant| !there.contains(&merchant) && !stuck.contains(&merchant))?;
            plan::put_round(&place, &again.files, round + 1)?;
            met.extend(self.book()?);
        }
        Ok(met)
    }
}

/// Books one merchant's day; done before, nothing happens.
fn booked(acquirer: &Handle, day: BusinessDate, one: &Planned) -> Result<Booked, End> {
    let mark = one.mark(day);
    let standing = || -> Result<Option<MerchantDay>, End> {
        let rows = audit::table::<MerchantDay, AcquirerRow>(acquirer).ok_or_else(silent)?;
        Ok(rows.into_iter().find(|row| (row.merchant, row.day) == (mark.merchant, day)))
    };
    let is_done = |row: &MerchantDay| {
        let same = (row.count, row.gross_minor, row.fees_minor, row.payable_minor)
            == (mark.count, mark.gross_minor, mark.fees_minor, mark.payable_minor);
        row.done.is_some() && same
    };
    if standing()?.is_some_and(|row| is_done(&row)) {
        return Ok(Booked::Done);
    }
    for part in one.parts(day) {
        if !acquirer.tell(Control::Hand(Hand::Payout(part))) {
            return Err(silent());
        }
    }
    // A question goes through the same queue as the parts: once it is answered, they have been decided.
    acquirer.ask(Question::Cases { rows_max: 1 }).ok_or_else(silent)?;
    Ok(match standing()? {
        Some(row) if is_done(&row) => Booked::Done,
        Some(_) => Booked::Begun,
        None => Booked::Refused,
    })
}

//! From the acquirer's records to what the reckoning goes on with: carried sums, holds with what they have, reserves; and the lines of a
//! statement about payouts that came back.

use super::pain_002::reason;
use crate::say::End;
use slipway_hosts::acquirer::{HeldMoney, Owed, PaidOut, Persons};
use slipway_recon::Calendar;
use slipway_recon::merchant::{Hold, HoldNo, Kept, PayoutId, Person, Reserved, StandingHold};
use slipway_recon::out::Told;
use slipway_terms::{Amount, BusinessDate, Lang, MerchantId, Text};
use std::collections::BTreeMap;
use std::path::Path;

/// Further years' notices of working days, below the network's folder.
const CALENDAR: &str = "calendar.txt";

/// The working days that come with the program, and those of the network's own file.
pub fn calendar(network: &Path) -> Result<Calendar, End> {
    let mut calendar = Calendar::china().map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
    let path = network.join(CALENDAR);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let place = path.display();
            let bad = |fault| End::usage(format!("{place}：{fault}"), format!("{place}: {fault}"));
            calendar.add(&text).map_err(bad)?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(End::from(error)),
    }
    Ok(calendar)
}

/// What the days before have left, by merchant; and those of whom it cannot be told.
pub fn kept(owed: &Owed) -> (BTreeMap<MerchantId, Kept>, BTreeMap<MerchantId, Text>) {
    let mut wrong = BTreeMap::new();
    let mut all: BTreeMap<MerchantId, Kept> = BTreeMap::new();
    for (merchant, minor) in &owed.carried {
        all.entry(*merchant).or_default().carried_fen = *minor;
    }
    for row in &owed.held {
        match hold(row) {
            Ok(hold) => {
                let (taken_fen, released) = (whole(row.taken_minor), row.ended.is_some());
                all.entry(row.merchant).or_default().holds.push(StandingHold { hold, taken_fen, released });
            }
            Err(end) => drop(wrong.insert(row.merchant, end.text)),
        }
    }
    for row in &owed.reserved {
        let free = row.free.unwrap_or(row.day);
        let reserved = Reserved { day: row.day, free, fen: whole(row.reserved_minor) };
        all.entry(row.merchant).or_default().reserves.push(reserved);
    }
    (all, wrong)
}

/// A hold as it is reckoned with: looked at again, by the same rules.
pub fn hold(row: &HeldMoney) -> Result<Hold, End> {
    let bad = |why: String| {
        let (no, merchant) = (row.no, row.merchant);
        End::broken(
            format!("商户 {merchant} 的暂缓 {no} 有误（{why}）：未结算，账目未改动"),
            format!("hold {no} of merchant {merchant} is wrong ({why}): nothing was settled, no ledger was changed"),
        )
    };
    let person = |name: &str| Person::new(name).map_err(|fault| bad(fault.to_string()));
    let Persons { by, checked } = row.persons;
    let both = (person(by.as_str())?, person(checked.as_str())?);
    let days = (row.from, row.until);
    let placed = Hold::place(HoldNo(row.no.into()), row.ground, whole(row.doubt_minor), whole(row.minor), days, both);
    placed.map_err(|fault| bad(fault.to_string()))
}

fn whole(minor: i64) -> u64 {
    u64::try_from(minor).unwrap_or(0)
}

/// A payout's number, as the bank has it.
pub const fn id(paid: &PaidOut) -> PayoutId {
    PayoutId { merchant: paid.merchant, day: paid.day, attempt: paid.attempt }
}

/// What a statement of a day says of payouts that came back and of those in their place. They are no part of the day's own sums.
pub fn told(owed: &Owed, merchant: MerchantId, day: BusinessDate, lang: Lang) -> Vec<Told> {
    let pick = |zh: String, en: String| if lang == Lang::Zh { zh } else { en };
    let mut lines = Vec::new();
    for paid in owed.paid.iter().filter(|paid| paid.merchant == merchant) {
        let amount = Amount::fen(whole(paid.minor)).to_string();
        if let Some(back) = paid.returned.filter(|_| paid.again.is_none()) {
            let why = reason(back.code.as_str(), lang);
            let code = back.code;
            let text = pick(
                format!("{} 退汇（{code} {why}）：更正结算账户后重付；不在当日合计内", id(paid)),
                format!(
                    "{} came back ({code} {why}): paid again once the account is corrected; not in these sums",
                    id(paid)
                ),
            );
            lines.push([pick("退汇待付".into(), "returned".into()), amount, text]);
        } else if paid.attempt > 1 && paid.minor > 0 && paid.to.pay_day > day {
            let (tail, pay_day) = (paid.to.tail, paid.to.pay_day);
            let text = pick(
                format!("{} 重付至 *{tail}，{pay_day} 到账；不在当日合计内", id(paid)),
                format!("{} is paid again to *{tail} on {pay_day}; not in these sums", id(paid)),
            );
            lines.push([pick("退汇重付".into(), "paid again".into()), amount, text]);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_added_by_a_file_and_never_guessed() {
        let dir = tempfile::tempdir().unwrap();
        let day = |text: &str| slipway_recon::read_day(text).unwrap();
        let eve = day("2026-12-31");
        let fault = calendar(dir.path()).unwrap().add_working_days(eve, 1).unwrap_err().to_string();
        assert!(fault.contains("2027"), "{fault}");
        let path = dir.path().join(CALENDAR);
        // Made up for this test, and for nothing else.
        std::fs::write(&path, "year 2027 test notice\noff 2027-01-01 2027-01-03 test\n").unwrap();
        assert_eq!(calendar(dir.path()).unwrap().add_working_days(eve, 1), Ok(day("2027-01-04")));
        std::fs::write(&path, "year 2026 another notice\n").unwrap();
        let refused = calendar(dir.path()).unwrap_err();
        assert!(refused.code == 2 && refused.text.en.contains("calendar.txt"), "{}", refused.text.en);
    }
}

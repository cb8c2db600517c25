//! What the merchant is told, and the bank's files of what is paid again: written from the records behind their commit, each once, whole or not at
//! all, and never changed. A run that was killed between commit and file leaves what the next one finds missing.

use super::kept::{hold, id};
use super::pain_002::reason;
use super::plan::{Bank, bank};
use super::{registered, root, silent};
use crate::audit;
use crate::clearing::reckoned::lines;
use crate::say::End;
use slipway_hosts::acquirer::{AcquirerRow, HeldMoney, PaidOut};
use slipway_recon::merchant::{Merchant, Payout};
use slipway_recon::out::{Debtor, PAYOUT_HEAD, pain_001, payout_csv};
use slipway_runtime::os::Handle;
use slipway_terms::{Amount, BusinessDate, Lang, Moment};
use std::io::Write;
use std::path::Path;

/// Below the folder of settled days: notices to merchants.
pub const NOTICES: &str = "notices";
/// And the bank's files of payouts that are paid again.
pub const AGAIN: &str = "again";

/// Writes what is missing.
pub fn write(acquirer: &Handle, network: &Path) -> Result<(), End> {
    let held = audit::table::<HeldMoney, AcquirerRow>(acquirer).ok_or_else(silent)?;
    let paid = audit::table::<PaidOut, AcquirerRow>(acquirer).ok_or_else(silent)?;
    let notices = root(network).join(NOTICES);
    for row in &held {
        of_hold(&notices, row)?;
    }
    for row in &paid {
        of_return(&notices, row)?;
    }
    let again: Vec<&PaidOut> = paid.iter().filter(|paid| paid.attempt > 1 && paid.minor > 0).collect();
    if !again.is_empty() {
        let (debtor, merchants) = registered::read(network)?;
        for row in again {
            bank_file(&root(network).join(AGAIN), row, &debtor, &merchants)?;
        }
    }
    Ok(())
}

fn of_hold(notices: &Path, row: &HeldMoney) -> Result<(), End> {
    let name = format!("{}-hold-{}", row.merchant, row.no);
    let placed = hold(row)?;
    let both = [Lang::Zh, Lang::En].map(|lang| placed.notice(lang));
    put(&notices.join(format!("{name}.txt")), notice(row.at, &both).as_bytes())?;
    let until = row.until;
    let over = match (row.ended, row.closed) {
        (Some((at, _)), _) => Some((at, [format!("暂缓 {} 已解除", row.no), format!("Hold {} was ended", row.no)])),
        (None, Some(at)) => Some((
            at,
            [
                format!("暂缓 {} 于 {until} 到期，已自动解除", row.no),
                format!("Hold {} ended by itself after {until}", row.no),
            ],
        )),
        (None, None) => None,
    };
    if let Some((at, [zh, en])) = over {
        let both =
            [format!("{zh}；已暂缓的款项并入下一次结算"), format!("{en}; what it held is in the next settlement")];
        put(&notices.join(format!("{name}-ended.txt")), notice(at, &both).as_bytes())?;
    }
    Ok(())
}

fn of_return(notices: &Path, row: &PaidOut) -> Result<(), End> {
    let (payout, amount) = (id(row), Amount::fen(u64::try_from(row.minor).unwrap_or(0)));
    let (tail, pay_day) = (row.to.tail, row.to.pay_day);
    if let Some(back) = row.returned {
        let code = back.code;
        let why = |lang| reason(code.as_str(), lang);
        let both = [
            format!(
                "退汇通知 {payout}：{amount} 元未能存入账户 *{tail}（{code} {}）。请更正结算账户，更正后重付",
                why(Lang::Zh)
            ),
            format!(
                "Notice of return {payout}: CNY {amount} could not be credited to account *{tail} ({code} {}). Correct the account; it is paid again then",
                why(Lang::En)
            ),
        ];
        put(&notices.join(format!("{payout}-returned.txt")), notice(back.at, &both).as_bytes())?;
    }
    if row.attempt > 1 && row.minor == 0 {
        let both = [
            format!("退汇抵扣通知 {payout}：退回的款项已全部抵扣所欠或转入暂缓，没有付出"),
            format!(
                "Notice of set-off {payout}: all that came back was booked against what is owed, or held; nothing goes out"
            ),
        ];
        put(&notices.join(format!("{payout}-set-off.txt")), notice(row.at, &both).as_bytes())?;
    }
    if row.attempt > 1 && row.minor > 0 {
        let both = [
            format!("重付通知 {payout}：{amount} 元，{pay_day} 付至账户 *{tail}"),
            format!("Notice of payment {payout}: CNY {amount} is paid again on {pay_day} to account *{tail}"),
        ];
        put(&notices.join(format!("{payout}-again.txt")), notice(row.at, &both).as_bytes())?;
    }
    Ok(())
}

fn notice(at: Moment, [zh, en]: &[String; 2]) -> String {
    format!("{at}\n{zh}\n{en}\n")
}

/// The payments of a day's first attempts that the books have taken and no file of the day names: those of later rounds.
pub fn late(acquirer: &Handle, network: &Path, day: BusinessDate) -> Result<(), End> {
    let (place, (debtor, merchants)) = (root(network).join(day.to_string()), registered::read(network)?);
    let given = std::fs::read_to_string(place.join("payouts.csv")).unwrap_or_default();
    let paid = audit::table::<PaidOut, AcquirerRow>(acquirer).ok_or_else(silent)?;
    for row in paid.iter().filter(|row| (row.day, row.attempt) == (day, 1)) {
        let number = id(row).to_string();
        if !given.lines().any(|line| line.starts_with(&number)) {
            bank_file(&root(network).join(AGAIN), row, &debtor, &merchants)?;
        }
    }
    Ok(())
}

/// The bank's files of what the books have taken of a day so far.
pub fn taken(acquirer: &Handle, network: &Path, day: BusinessDate) -> Result<Bank, End> {
    let (debtor, merchants) = registered::read(network)?;
    let paid = audit::table::<PaidOut, AcquirerRow>(acquirer).ok_or_else(silent)?;
    let of_day = paid.iter().filter(|row| (row.day, row.attempt) == (day, 1));
    let payouts = of_day.map(|row| payment(row, &merchants)).collect::<Result<Vec<_>, End>>()?;
    Ok(bank(day, &debtor, &payouts))
}

fn bank_file(place: &Path, row: &PaidOut, debtor: &Debtor, merchants: &[Merchant]) -> Result<(), End> {
    let number = id(row);
    let payout = payment(row, merchants)?;
    let csv = lines(PAYOUT_HEAD, std::iter::once(payout_csv(&payout)));
    put(&place.join(format!("{number}.csv")), csv.as_bytes())?;
    if let Some(xml) = pain_001(&format!("SLIPWAY-{number}"), row.at, debtor, std::slice::from_ref(&payout)) {
        put(&place.join(format!("{number}.xml")), xml.as_bytes())?;
    }
    Ok(())
}

/// A payment as it was booked, to the account as it was bound.
fn payment(row: &PaidOut, merchants: &[Merchant]) -> Result<Payout, End> {
    let number = id(row);
    let of = merchants.iter().find(|of| of.registration.merchant() == row.merchant);
    let fen = u64::try_from(row.minor).unwrap_or(0);
    let payout = of.ok_or_else(|| "未登记 not registered".to_owned()).and_then(|of| {
        let made = Payout::booked(&of.registration, number, row.to.pay_day, fen, row.to.account);
        made.map_err(|fault| fault.to_string())
    });
    // What two persons bound is what was booked: an edited registration pays nobody.
    let payout = payout.and_then(|payout| {
        let account = &payout.to().account;
        let same = account.tail() == row.to.tail.as_str() && account.bank() == row.to.bank.as_str();
        if same {
            Ok(payout)
        } else {
            Err("登记的账户与账目不符 the registered account is not the booked one".to_owned())
        }
    });
    payout.map_err(|why| {
        End::broken(
            format!("{number}：{why}；没有写出付款文件"),
            format!("{number}: {why}; no payment file was written"),
        )
    })
}

/// A file, whole or not at all; one that is there stays as it is.
pub fn put(path: &Path, bytes: &[u8]) -> Result<(), End> {
    if path.exists() {
        return Ok(());
    }
    let Some(place) = path.parent() else { return Ok(()) };
    std::fs::create_dir_all(place)?;
    replace(path, bytes)
}

/// A file in another's place, whole or not at all.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), End> {
    let fresh = path.with_extension("new");
    let mut file = std::fs::File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    if let Some(place) = path.parent() {
        std::fs::File::open(place)?.sync_all()?;
    }
    Ok(())
}

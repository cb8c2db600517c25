//! Orders about merchants' money as they come over the local port: read, looked at, given to the acquirer's core, and what came of each. The
//! core's own record is asked behind it.

use super::kept::{calendar, id};
use super::pain_002::Back;
use super::{notices, registered, silent};
use crate::audit;
use crate::cases::signed;
use crate::say::End;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, BY_ACCOUNT, HeldMoney, MerchantRefused, PaidOut};
use slipway_hosts::day::Days;
use slipway_node::{Hand, Question};
use slipway_recon::merchant::{BoundAccount, Merchant, PayoutId};
use slipway_recon::read_day;
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{
    Amount, BusinessDate, HoldGround, MerchantAct, MerchantId, MerchantOrder, MerchantRefusal, PayTo, Rrn, Short,
};
use std::hash::{BuildHasher, Hasher};
use std::path::Path;

/// A number that no other order has.
fn ticket() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() | 1
}

fn word<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or("").trim()
}

/// One name, as it is stored.
fn person(name: &str) -> Result<Short<24>, End> {
    signed(name, "settle").map(|(name, _)| name)
}

/// Two names. That they are two persons is judged by the core, and its refusal stays on record.
fn persons(body: &Value) -> Result<(Short<24>, Short<24>), End> {
    let (by, checked) = (word(body, "by"), word(body, "checked"));
    if by.is_empty() || checked.is_empty() {
        return Err(End::usage("需要 --by 和 --checked 两人", "two persons are needed: --by and --checked"));
    }
    Ok((person(by)?, person(checked)?))
}

fn merchant(text: &str) -> Result<MerchantId, End> {
    MerchantId::new(text)
        .map_err(|_| End::usage(format!("{text} 不是商户号（15 位）"), format!("{text} is no merchant number (15)")))
}

fn minor(text: &str) -> Result<i64, End> {
    let bad = || End::usage(format!("{text} 不是金额（元）"), format!("{text} is no amount in yuan"));
    let amount = Amount::from_yuan(text).map_err(|_| bad())?;
    i64::try_from(amount.minor()).map_err(|_| bad())
}

fn day(text: &str) -> Result<BusinessDate, End> {
    let bad = || End::usage(format!("{text} 不是日期（YYYY-MM-DD）"), format!("{text} is not a day (YYYY-MM-DD)"));
    read_day(text).ok_or_else(bad)
}

/// The number of a payout.
pub fn payout(text: &str) -> Result<PayoutId, End> {
    let bad = || {
        End::usage(
            format!("{text} 不是付款编号（日期-商户号-次数）"),
            format!("{text} is no payout (DAY-MERCHANT-ATTEMPT)"),
        )
    };
    PayoutId::read(text).ok_or_else(bad)
}

/// Gives an order to the core; what it refused is an end with its reason.
pub fn give(acquirer: &Handle, order: MerchantOrder) -> Result<Option<MerchantRefusal>, End> {
    if !acquirer.tell(Control::Hand(Hand::Merchant(order))) {
        return Err(silent());
    }
    // A question goes through the same queue as the order: once it is answered, the order has been decided.
    acquirer.ask(Question::Cases { rows_max: 1 }).ok_or_else(silent)?;
    let refused = audit::table::<MerchantRefused, AcquirerRow>(acquirer).ok_or_else(silent)?;
    Ok(refused.iter().find(|refused| refused.order.ticket == order.ticket).map(|refused| refused.why))
}

fn done(refused: Option<MerchantRefusal>) -> Result<(), End> {
    let Some(why) = refused else { return Ok(()) };
    let words = why.words();
    Err(End::broken(format!("未办理：{}", words.zh), format!("not done: {}", words.en)))
}

/// A hold as it was typed.
fn asked_hold(body: &Value) -> Result<MerchantOrder, End> {
    let merchant = merchant(word(body, "merchant"))?;
    let words = HoldGround::ALL.map(HoldGround::word).join(", ");
    let ground = HoldGround::of_word(word(body, "ground"))
        .ok_or_else(|| End::usage(format!("原因须为其中之一：{words}"), format!("a ground is one of: {words}")))?;
    let about = match word(body, "about") {
        "" => None,
        text => Some(Rrn::new(text).map_err(|bad| End::usage(bad.to_string(), bad.to_string()))?),
    };
    let amount = minor(word(body, "amount"))?;
    let doubt_minor = match word(body, "doubt") {
        "" if ground.is_about_exchange() => 0,
        "" => {
            return Err(End::usage(
                "这个原因须写明存疑金额（--doubt）",
                "this ground needs the amount in doubt (--doubt)",
            ));
        }
        text => minor(text)?,
    };
    let until = day(word(body, "until"))?;
    let (by, checked) = persons(body)?;
    let act = MerchantAct::Hold { ground, about, doubt_minor, minor: amount, until };
    Ok(MerchantOrder { merchant, act, by, checked, ticket: ticket() })
}

/// Holds of one merchant: those that are what this order asks for, by their numbers, and the last of all.
pub fn holds_like(acquirer: &Handle, body: &Value) -> Result<(Vec<HeldMoney>, u32), End> {
    like(acquirer, &asked_hold(body)?)
}

fn like(acquirer: &Handle, order: &MerchantOrder) -> Result<(Vec<HeldMoney>, u32), End> {
    let mut rows = audit::table::<HeldMoney, AcquirerRow>(acquirer).ok_or_else(silent)?;
    rows.retain(|row| row.merchant == order.merchant);
    let last = rows.iter().map(|row| row.no).max().unwrap_or(0);
    rows.retain(|row| {
        let MerchantAct::Hold { ground, about, minor, until, .. } = order.act else { return false };
        let about = about.filter(|_| ground.is_about_exchange());
        (row.ground, row.about, row.minor, row.until) == (ground, about, minor, until)
            && (row.persons.by, row.persons.checked) == (order.by, order.checked)
    });
    rows.sort_by_key(|row| row.no);
    Ok((rows, last))
}

/// Places a hold and says which it is.
pub fn hold(acquirer: &Handle, network: &Path, body: &Value) -> Result<Value, End> {
    let order = asked_hold(body)?;
    done(give(acquirer, order)?)?;
    notices::write(acquirer, network)?;
    let (rows, _) = like(acquirer, &order)?;
    Ok(json!({"held": super::show::hold_json(rows.last().ok_or_else(silent)?)}))
}

/// Ends a hold.
pub fn release(acquirer: &Handle, network: &Path, body: &Value) -> Result<Value, End> {
    let merchant = merchant(word(body, "merchant"))?;
    let no = body["no"].as_u64().and_then(|no| u32::try_from(no).ok());
    let no = no.ok_or_else(|| End::usage("缺少暂缓编号", "the number of the hold is missing"))?;
    let (by, checked) = persons(body)?;
    done(give(acquirer, MerchantOrder { merchant, act: MerchantAct::Release { no }, by, checked, ticket: ticket() })?)?;
    notices::write(acquirer, network)?;
    let rows = audit::table::<HeldMoney, AcquirerRow>(acquirer).ok_or_else(silent)?;
    let row = rows.iter().find(|row| (row.merchant, row.no) == (merchant, no)).ok_or_else(silent)?;
    Ok(json!({"released": super::show::hold_json(row)}))
}

/// Returns of a bank's file, each in a commit of its own; again they change nothing.
pub fn returned(acquirer: &Handle, network: &Path, body: &Value) -> Result<Value, End> {
    let file = Short::new(word(body, "message"))
        .map_err(|_| End::usage("报文号最多 35 位", "the message number has 35 characters at most"))?;
    let by = person(word(body, "by"))?;
    let back: Vec<Back> = serde_json::from_value(body["back"].clone())
        .map_err(|fault| End::usage(fault.to_string(), fault.to_string()))?;
    let (_, merchants) = registered::read(network)?;
    let mut told = Vec::new();
    for one in &back {
        let refused = match PayoutId::read(&one.payout) {
            None => Some(MerchantRefusal::NotPaid),
            Some(id) => take_back(acquirer, &merchants, id, (one, by, file))?,
        };
        let why = refused.map(|why| json!({"word": why, "zh": why.words().zh, "en": why.words().en}));
        told.push(json!({"payout": one.payout, "fen": one.fen, "code": one.code, "refused": why}));
    }
    notices::write(acquirer, network)?;
    let refused = told.iter().filter(|one| !one["refused"].is_null()).count();
    Ok(json!({"returned": told, "refused": refused}))
}

fn take_back(
    acquirer: &Handle,
    merchants: &[Merchant],
    id: PayoutId,
    (one, by, file): (&Back, Short<24>, Short<35>),
) -> Result<Option<MerchantRefusal>, End> {
    let rows = audit::table::<PaidOut, AcquirerRow>(acquirer).ok_or_else(silent)?;
    let paid = rows.iter().find(|paid| super::kept::id(paid) == id);
    // The whole number stands in the registration; the record says which version was paid.
    let number = paid.and_then(|paid| {
        let of = merchants.iter().find(|of| of.registration.merchant() == id.merchant)?;
        of.registration.version(paid.to.account).map(|bound| bound.account.number())
    });
    let account = match (paid, number) {
        (Some(paid), Some(number)) if number == one.account => paid.to.account,
        _ => 0,
    };
    let act = MerchantAct::Returned {
        day: id.day,
        attempt: id.attempt,
        minor: i64::try_from(one.fen).unwrap_or(i64::MAX),
        account,
        code: Short::cut(&one.code),
        file,
    };
    give(acquirer, MerchantOrder { merchant: id.merchant, act, by, checked: Short::EMPTY, ticket: ticket() })
}

/// Where a payment of this merchant goes on his next working day.
pub fn next(acquirer: &Handle, network: &Path, merchants: &[Merchant], id: PayoutId) -> Result<PayTo, End> {
    let days = audit::table::<Days, AcquirerRow>(acquirer).ok_or_else(silent)?.pop().ok_or_else(silent)?;
    let pay_day = calendar(network)?.add_working_days(days.date, 1);
    let pay_day = pay_day.map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
    let none = || {
        End::broken(
            format!("商户 {} 在 {pay_day} 没有绑定账户", id.merchant),
            format!("merchant {} has no account bound on {pay_day}", id.merchant),
        )
    };
    let of = merchants.iter().find(|of| of.registration.merchant() == id.merchant).ok_or_else(none)?;
    let bound = of.registration.account_on(pay_day).ok_or_else(none)?;
    Ok(registered::pay_to(bound, pay_day))
}

/// Pays a return again because two persons say so. Done before, it says what stands.
pub fn repay(acquirer: &Handle, network: &Path, body: &Value) -> Result<Value, End> {
    let of = payout(word(body, "payout"))?;
    let (by, checked) = persons(body)?;
    let (_, merchants) = registered::read(network)?;
    let after = PayoutId { attempt: of.attempt.saturating_add(1), ..of };
    let standing = || -> Result<Option<PaidOut>, End> {
        let rows = audit::table::<PaidOut, AcquirerRow>(acquirer).ok_or_else(silent)?;
        Ok(rows.into_iter().find(|paid| id(paid) == after))
    };
    if standing()?.is_none() {
        let to = next(acquirer, network, &merchants, of)?;
        let act = MerchantAct::Again { day: of.day, attempt: of.attempt, to };
        done(give(acquirer, MerchantOrder { merchant: of.merchant, act, by, checked, ticket: ticket() })?)?;
    }
    notices::write(acquirer, network)?;
    let paid = standing()?.ok_or_else(silent)?;
    Ok(json!({"paid": super::show::paid_json(&paid)}))
}

/// Pays every return again whose merchant has another account bound since. A merchant without one waits; nothing else does.
pub fn repay_corrected(acquirer: &Handle, network: &Path) -> Result<u32, End> {
    let rows = audit::table::<PaidOut, AcquirerRow>(acquirer).ok_or_else(silent)?;
    let open: Vec<&PaidOut> = rows.iter().filter(|paid| paid.returned.is_some() && paid.again.is_none()).collect();
    let mut paid = 0;
    if !open.is_empty() {
        let (_, merchants) = registered::read(network)?;
        for one in open {
            let Ok(to) = next(acquirer, network, &merchants, id(one)) else { continue };
            if to.account <= one.to.account {
                continue;
            }
            let act = MerchantAct::Again { day: one.day, attempt: one.attempt, to };
            let (by, checked) = (Short::cut(BY_ACCOUNT), Short::EMPTY);
            let order = MerchantOrder { merchant: one.merchant, act, by, checked, ticket: ticket() };
            paid += u32::from(give(acquirer, order)?.is_none());
        }
    }
    notices::write(acquirer, network)?;
    Ok(paid)
}

/// Binds another account to a merchant: two persons, in the name of the company or its legal person.
pub fn bind(acquirer: &Handle, network: &Path, body: &Value) -> Result<Value, End> {
    let merchant = merchant(word(body, "merchant"))?;
    let (by, checked) = persons(body)?;
    let from = match word(body, "from") {
        "" => audit::table::<Days, AcquirerRow>(acquirer).and_then(|mut days| days.pop()).ok_or_else(silent)?.date,
        text => day(text)?,
    };
    let account = (from, word(body, "holder"), word(body, "number"), word(body, "bank"));
    let record = |bound: &BoundAccount| {
        // The first account is the registration's own.
        if bound.version < 2 {
            return Ok(());
        }
        let act = MerchantAct::Bind { to: registered::pay_to(bound, bound.from) };
        done(give(acquirer, MerchantOrder { merchant, act, by, checked, ticket: ticket() })?)
    };
    let bound = registered::bind(network, merchant, account, (by.as_str(), checked.as_str()), record)?;
    let again = repay_corrected(acquirer, network)?;
    Ok(json!({
        "merchant": merchant.to_string(), "version": bound.version, "from": bound.from.to_string(),
        "account": format!("*{}", bound.account.tail()), "holder": bound.account.holder_name(), "paid_again": again,
    }))
}

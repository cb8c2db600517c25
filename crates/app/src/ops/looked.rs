//! What an order would move, looked up in the houses' own records by the very functions that answer the commands: before it is proposed, before
//! it is approved, and when it is given to its house. Must never reckon anything for itself.

use super::what::{Moves, What};
use crate::cases;
use crate::disputes;
use crate::http::Live;
use crate::recon;
use crate::say::End;
use crate::settle;
use crate::tills::Problem;
use crate::trace::{Found, Keys, trace};
use serde_json::{Value, json};
use slipway_hosts::cases::effect;
use slipway_recon::read_day;
use slipway_terms::{DisputeAct, Finding, Ground, HoldGround, Mend, MerchantId, Rrn, Step, Text};

/// Bytes of a name as the houses' records hold it.
const NAME_BYTES_MAX: usize = 24;

/// What DE 4 holds.
const AMOUNT_FEN_MAX: i64 = 999_999_999_999;

fn no(zh: impl Into<String>, en: impl Into<String>) -> End {
    End::broken(zh, en)
}

pub(super) fn bad(zh: impl Into<String>, en: impl Into<String>) -> End {
    End::usage(zh, en)
}

/// What a port's refusal says, as an end.
pub(super) fn end((status, body): Problem) -> End {
    let text = Text::new(body.0["title_zh"].as_str().unwrap_or("?"), body.0["title"].as_str().unwrap_or("?"));
    let code = match status.as_u16() {
        400 => 2,
        409 => 1,
        _ => 3,
    };
    End { code, text }
}

fn moves(amount_fen: i64, zh: impl Into<String>, en: impl Into<String>) -> Moves {
    Moves { amount_fen, at_most: false, zh: zh.into(), en: en.into() }
}

/// Whether the houses' records can hold this person's name.
///
/// # Errors
/// 2: it is too long.
pub fn signs(name: &str) -> Result<(), End> {
    if name.len() <= NAME_BYTES_MAX {
        return Ok(());
    }
    Err(bad(
        format!("姓名超过 {NAME_BYTES_MAX} 字节，账务记录放不下：请换一个较短的登录名"),
        format!(
            "a name of more than {NAME_BYTES_MAX} bytes does not fit into the records: sign in under a shorter one"
        ),
    ))
}

/// What it would move.
///
/// # Errors
/// 1 it cannot be ordered as things stand, 2 it is no such order, 3 a house did not answer.
pub fn looked_up(live: &Live, what: &What) -> Result<Moves, End> {
    match what {
        What::Case { number, finding } => case(live, number, finding),
        What::Repair { number } => {
            let (_, mend, minor) = recon::desk::repair(&live.dir, number)?;
            Ok(mended(mend, minor))
        }
        What::Hold { merchant, ground, about, amount_fen, doubt_fen, until } => {
            hold(live, (merchant, ground, about.as_deref()), (*amount_fen, *doubt_fen), until)
        }
        What::Release { merchant, no: which } => {
            let merchant_id = merchant_of(merchant)?;
            let shown = settle::shown(&live.hosts.acquirer, &live.dir, Some(merchant_id))?;
            let holds = shown["merchants"][0]["holds"].as_array().cloned().unwrap_or_default();
            let hold = holds.iter().find(|hold| hold["no"] == *which && hold["ended"].is_null());
            let hold = hold.ok_or_else(|| {
                no(
                    format!("商户 {merchant} 没有未结的暂缓 {which}"),
                    format!("merchant {merchant} has no open hold {which}"),
                )
            })?;
            Ok(moves(
                hold["taken_fen"].as_i64().unwrap_or(0),
                "暂缓结算 → 应付商户，随下一次结算付出",
                "held → merchant payable, goes with the next settlement",
            ))
        }
        What::Repay { payout } => {
            let shown = settle::shown(&live.hosts.acquirer, &live.dir, None)?;
            let all = shown["merchants"].as_array().into_iter().flatten();
            let mut all = all.flat_map(|merchant| merchant["returned"].as_array().into_iter().flatten());
            let paid = all.find(|paid| paid["payout"] == **payout).ok_or_else(|| {
                no(format!("{payout} 不是待重付的退汇"), format!("{payout} is no payout that came back and waits"))
            })?;
            let to = settle::goes_to(&live.hosts.acquirer, &live.dir, payout)?;
            Ok(moves(
                paid["goes_out_fen"].as_i64().unwrap_or(0),
                format!("应付商户 → 结算账户 *{}（第 {} 版）", to.tail, to.account),
                format!("merchant payable → the bound account *{} (version {})", to.tail, to.account),
            ))
        }
        What::Dispute { .. } => dispute(live, what),
    }
}

/// What a repair moves.
pub(super) fn mended(mend: Mend, minor: i64) -> Moves {
    match mend {
        Mend::Reverse => {
            moves(minor, "应付商户 → 应收网络（撤下）", "merchant payable → due from the network (taken back)")
        }
        Mend::Credit => moves(minor, "应收网络 → 应付商户（补记）", "due from the network → merchant payable (posted)"),
    }
}

pub(super) fn merchant_of(text: &str) -> Result<MerchantId, End> {
    MerchantId::new(text)
        .map_err(|_| bad(format!("{text} 不是商户号（15 位）"), format!("{text} is no merchant number (15)")))
}

fn case(live: &Live, number: &str, finding: &str) -> Result<Moves, End> {
    let found = Finding::ALL.into_iter().find(|known| known.word() == finding);
    let words = Finding::ALL.map(Finding::word).join(", ");
    let found =
        found.ok_or_else(|| bad(format!("结论须为其中之一：{words}"), format!("a finding is one of: {words}")))?;
    let listed = cases::answer_list([&live.hosts.acquirer, &live.hosts.switch]).map_err(end)?;
    let case = listed["cases"].as_array().into_iter().flatten().find(|case| case["number"] == *number);
    let case = case.ok_or_else(|| no(format!("没有未结差错 {number}"), format!("no case {number} is open")))?;
    let ground: Option<Ground> = serde_json::from_value(case["ground"]["word"].clone()).ok();
    ground
        .and_then(|ground| effect(ground, found))
        .ok_or_else(|| bad("该立案原因不能这样结案", "this ground does not allow that finding"))?;
    let moved = cases::would_move(&listed, number, found).ok_or_else(|| {
        no(
            "按该交易现状不能这样结案（已被撤销、退货或后续交易占用，或已向对方提出）",
            "the exchange does not bear that finding as it stands (something else has it, it was refunded, or another house was asked)",
        )
    })?;
    // Exactly what will be posted or asked for: the house has made the decision, and thrown it away.
    let words = moved.words();
    Ok(moves(moved.minor.abs(), words.zh, words.en))
}

fn hold(
    live: &Live,
    (merchant, ground, about): (&str, &str, Option<&str>),
    (amount_fen, doubt_fen): (u64, Option<u64>),
    until: &str,
) -> Result<Moves, End> {
    let merchant = merchant_of(merchant)?;
    let words = HoldGround::ALL.map(HoldGround::word).join(", ");
    let known = HoldGround::of_word(ground);
    let known =
        known.ok_or_else(|| bad(format!("原因须为其中之一：{words}"), format!("a ground is one of: {words}")))?;
    match about {
        Some(rrn) => drop(Rrn::new(rrn).map_err(|fault| bad(fault.to_string(), fault.to_string()))?),
        None if known.is_about_exchange() => {
            return Err(bad("这个原因须写明参考号", "this ground needs the reference number of an exchange"));
        }
        None if doubt_fen.is_none() => {
            return Err(bad("这个原因须写明存疑金额", "this ground needs the amount in doubt"));
        }
        None => {}
    }
    read_day(until).ok_or_else(|| bad(format!("{until} 不是日期"), format!("{until} is no day")))?;
    let amount = i64::try_from(amount_fen).ok().filter(|fen| (1..=AMOUNT_FEN_MAX).contains(fen));
    let amount = amount
        .ok_or_else(|| bad("金额须大于零，不超过12位", "an amount is more than nothing, and 12 digits at most"))?;
    let doubt = match about.filter(|_| known.is_about_exchange()) {
        Some(rrn) => exchange_fen(live, merchant, rrn)?,
        None => doubt_fen.and_then(|fen| i64::try_from(fen).ok()).unwrap_or(0),
    };
    if amount > doubt {
        let doubt = slipway_recon::out::yuan(doubt.into());
        return Err(no(
            format!("暂缓金额超过存疑金额 {doubt} 元"),
            format!("more would be held than the CNY {doubt} in doubt"),
        ));
    }
    Ok(Moves {
        at_most: true,
        ..moves(amount, format!("应付商户 → 暂缓结算，至 {until}"), format!("merchant payable → held, until {until}"))
    })
}

/// How much a merchant's exchange is about.
fn exchange_fen(live: &Live, merchant: MerchantId, rrn: &str) -> Result<i64, End> {
    let found = Rrn::new(rrn)
        .map(|rrn| trace(live, &Keys::Rrn(rrn)))
        .map_err(|fault| bad(fault.to_string(), fault.to_string()))?;
    if found.iter().any(Found::lacks_acquirer) {
        return Err(End::environment("收单行没有回答：稍后再试", "the acquirer did not answer: try again"));
    }
    let own = found.iter().find(|one| one.till.is_some_and(|till| till.merchant == merchant));
    own.and_then(|one| one.json()["amount_fen"].as_i64()).ok_or_else(|| {
        no(format!("商户 {merchant} 没有参考号为 {rrn} 的交易"), format!("merchant {merchant} has no exchange {rrn}"))
    })
}

/// The body of a dispute's order, as the command sends it.
pub(super) fn dispute_body(what: &What, (by, checked): (&str, &str), because: &str) -> Value {
    let What::Dispute { number, act, step, reason, answer } = what else { return Value::Null };
    json!({
        "number": number, "act": act, "step": step, "reason": reason, "answer": answer, "by": by, "checked_by": checked,
        "because": because,
    })
}

fn dispute(live: &Live, what: &What) -> Result<Moves, End> {
    let What::Dispute { number, .. } = what else { return Err(bad("不是争议", "no dispute")) };
    let rules = disputes::rules_of(&live.dir)?;
    let (_, order) = disputes::read(&dispute_body(what, ("one", "two"), "asked"), &rules)?;
    let unknown = || no(format!("没有 {number} 的交易或争议"), format!("no exchange or dispute is called {number}"));
    let rrn = match Rrn::new(number) {
        Ok(rrn) => rrn,
        Err(_) => {
            let listed = disputes::answer_list(live.hosts.all()).map_err(end)?;
            let all = listed["disputes"].as_array().into_iter().flatten();
            let rrn = all.filter(|one| one["number"] == **number).find_map(|one| Rrn::new(one["rrn"].as_str()?).ok());
            rrn.ok_or_else(unknown)?
        }
    };
    let found = trace(live, &Keys::Rrn(rrn));
    let found = found.first().filter(|found| !found.is_unheard()).ok_or_else(unknown)?;
    let left = |signed: i64| signed - found.seen.iter().map(|seen| seen.refunded_minor).max().unwrap_or(0);
    let amount = found.seen.iter().find_map(|seen| seen.signed_minor).map_or(0, left);
    let (amount, zh, en) = match order.act {
        DisputeAct::Raise(Step::Chargeback | Step::SecondChargeback | Step::AwardBack, _) => {
            (amount, "应付商户 → 持卡人", "merchant payable → cardholder")
        }
        DisputeAct::Raise(Step::Representment | Step::AwardPaid, _) => {
            (amount, "持卡人 → 应付商户", "cardholder → merchant payable")
        }
        DisputeAct::GiveBack => {
            (amount, "应付商户 → 持卡人（贷记调整）", "merchant payable → cardholder (credit adjustment)")
        }
        DisputeAct::Raise(Step::Retrieval | Step::Answer, _) | DisputeAct::Answer(_) => {
            (0, "不动账：调单与答复", "nothing moves: a retrieval or its answer")
        }
        DisputeAct::HandIn => {
            return Err(bad("凭证用 slipway dispute find 交入", "a slip is handed in by slipway dispute find"));
        }
    };
    Ok(Moves { at_most: amount != 0, ..moves(amount, zh, en) })
}

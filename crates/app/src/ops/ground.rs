//! What is asked before an order is given to its house: whether the house can be asked, whether it has the order already, and whether what both
//! persons were shown is still so. Reads only.

use super::deed::{
    because, carried_out, finding_body, hold_ended, hold_placed, is_by, money_body, not_taken, paid_as, whose,
};
use super::looked::{dispute_body, end, looked_up, merchant_of};
use super::order::{Order, Outcome, What};
use crate::cases;
use crate::disputes;
use crate::http::Live;
use crate::recon;
use crate::say::{End, yuan};
use crate::settle;
use slipway_hosts::acquirer::Persons;
use slipway_node::Question;
use slipway_runtime::os::Handle;
use slipway_terms::Text;

/// The houses that it is about.
fn houses<'a>(live: &'a Live, what: &What) -> Vec<&'a Handle> {
    match what {
        What::Case { number, .. } if cases::is_the_switchs(number) => vec![&live.hosts.switch],
        What::Dispute { .. } => live.hosts.all().into_iter().collect(),
        _ => vec![&live.hosts.acquirer],
    }
}

/// Whether its houses can be asked now: a question that passes through the queue that the deed would go through.
///
/// # Errors
/// 3: one does not answer. Nothing is given to a house that is dark.
pub fn heard(live: &Live, what: &What) -> Result<(), End> {
    let silent = |house: &&Handle| house.ask(Question::Cases { rows_max: 1 }).is_none();
    match houses(live, what).into_iter().find(silent) {
        None => Ok(()),
        Some(house) => {
            Err(End::environment(format!("{} 没有应答", house.name), format!("{} did not answer", house.name)))
        }
    }
}

/// What its house says of an order that was given to it: what came of it, or that it never had it.
///
/// # Errors
/// A house did not answer: nobody knows.
pub fn happened(live: &Live, order: &Order, checked: &str, last_hold: u32) -> Result<Option<Outcome>, End> {
    let acquirer = &live.hosts.acquirer;
    let ours = |persons: Option<Persons>| persons.is_some_and(|persons| is_by(order, checked, persons));
    let known = match &order.what {
        What::Hold { .. } => {
            let placed = settle::holds(acquirer, &money_body(order, checked)?)?.newest.filter(|no| *no > last_hold);
            return Ok(placed.map(hold_placed));
        }
        What::Release { merchant, no } => {
            return Ok(ours(settle::ended(acquirer, merchant_of(merchant)?, *no)?).then(hold_ended));
        }
        What::Repay { payout } => {
            let paid = settle::paid_again(acquirer, payout)?.filter(|(_, said)| ours(*said));
            return Ok(paid.map(|(payout, _)| paid_as(&payout.to_string())));
        }
        What::Case { number, .. } => {
            let party = if cases::is_the_switchs(number) { &live.hosts.switch } else { acquirer };
            cases::is_found(party, &finding_body(order, checked)).map_err(end)?
        }
        What::Repair { number } => recon::repaired(acquirer, number)?
            .is_some_and(|done| done.by.as_str() == order.by && done.because.as_str() == because(order, checked)),
        What::Dispute { .. } => {
            let body = dispute_body(&order.what, (&order.by, checked), &because(order, checked));
            disputes::is_known(&whose(live), &disputes::rules_of(&live.dir)?, &body, order.ticket)?
        }
    };
    // It is on the house's record under the order's own number: giving it again only tells what came of it.
    if known { carried_out(live, order, checked).map(Some) } else { Ok(None) }
}

/// Why it is not given to its house as things stand now; `placed` says which order placed a hold. None: what both were shown is still so.
///
/// # Errors
/// A house did not answer.
pub fn ground(
    live: &Live,
    order: &Order,
    checked: &str,
    placed: impl FnOnce(u32) -> Option<u64>,
) -> Result<Option<Outcome>, End> {
    if let What::Hold { .. } = &order.what
        && let Some(no) = settle::holds(&live.hosts.acquirer, &money_body(order, checked)?)?.stands
    {
        let (zh, en) = placed(no).map_or_else(
            || ("由命令设立".to_owned(), "by command".to_owned()),
            |by| (format!("由第 {by} 号指令设立"), format!("by order {by}")),
        );
        return Ok(Some(not_taken(
            format!("未办理：同样的暂缓 {no} 已{zh}，没有再动账"),
            format!("not done: the same hold {no} was placed before, {en}; nothing moved"),
        )));
    }
    match looked_up(live, &order.what) {
        Ok(now) if now == order.moves => Ok(None),
        Ok(now) => {
            let fen = |fen: i64| yuan(&fen.into());
            let (then_fen, now_fen) = (fen(order.moves.amount_fen), fen(now.amount_fen));
            Ok(Some(not_taken(
                format!(
                    "未办理：账务已变（批准时 {then_fen} 元，{}；现在 {now_fen} 元，{}），没有动账",
                    order.moves.zh, now.zh
                ),
                format!(
                    "not done: the ground has changed (then CNY {then_fen}, {}; now CNY {now_fen}, {}); nothing moved",
                    order.moves.en, now.en
                ),
            )))
        }
        Err(End { code: 1 | 2, text: Text { zh, en } }) => Ok(Some(not_taken(
            format!("未办理：账务已变（{zh}），没有动账"),
            format!("not done: the ground has changed ({en}); nothing moved"),
        ))),
        Err(unknown) => Err(unknown),
    }
}

/// It was not done in its time.
pub fn expired() -> Outcome {
    not_taken("未办理：已过期，没有动账；请重新提出", "not done: its time is over, nothing moved; propose it anew")
}

/// Somebody whose word it needs may not say it any more.
pub fn not_entitled(name: &str) -> Outcome {
    not_taken(
        format!("未办理：{name} 已停用或不再是运营人员，没有动账；请重新提出"),
        format!("not done: {name} is locked or no longer of operations; nothing moved, propose it anew"),
    )
}

/// The same with the order that has done it before.
pub fn with_earlier(mut outcome: Outcome, earlier: Option<u64>) -> Outcome {
    if let Some(no) = earlier.filter(|_| !outcome.done) {
        outcome.words.zh.push_str(&format!("（第 {no} 号指令已办理）"));
        outcome.words.en.push_str(&format!(" (order {no} has done it)"));
    }
    outcome
}

/// The last hold of the merchant that it is about; what it places has a higher number.
///
/// # Errors
/// The acquirer did not answer.
pub fn last_hold(live: &Live, order: &Order, checked: &str) -> Result<u32, End> {
    match &order.what {
        What::Hold { .. } => Ok(settle::holds(&live.hosts.acquirer, &money_body(order, checked)?)?.last),
        _ => Ok(0),
    }
}

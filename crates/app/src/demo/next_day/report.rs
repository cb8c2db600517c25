//! How the story is told, and its JSON.

use super::check::{Found, Line};
use super::days::Log;
use super::faults::{BREAKS, Ends};
use super::tills::Played;
use super::{MONDAY, NAME};
use crate::demo::stage::{Seen, Stage};
use crate::demo::telling;
use crate::say::{Say, padded};
use serde_json::{Value, json};
use slipway_hosts::acquirer::Case;
use slipway_hosts::cases::allowed;
use slipway_terms::{BusinessDate, Finding, Moment, Text};

/// What a merchant is asked.
const QUESTION: (&str, &str) = ("问：有没有签购单？", "question: is there a slip?");

/// What is said first.
pub fn opening(say: &Say) {
    say.line("");
    say.line(say.strong(&format!(
        "■ {NAME}  {}",
        say.both("故障都留在断电的终端上，看第二天", "every fault left at a dark terminal, and the days after")
    )));
    say.line(say.both(
        "  终端都断电，不再补救；时钟在无人等待时向前拨，各方计时器一个不漏、次序不变",
        "  the tills stay dark and repair nothing; the clock is put forward while nobody waits, so every timer fires, in its order",
    ));
    day(MONDAY, say);
}

/// A day begins.
pub fn day(day: BusinessDate, say: &Say) {
    const WEEK: [(&str, &str); 7] = [
        ("周一", "Mon"),
        ("周二", "Tue"),
        ("周三", "Wed"),
        ("周四", "Thu"),
        ("周五", "Fri"),
        ("周六", "Sat"),
        ("周日", "Sun"),
    ];
    // 1970-01-01 was a Thursday.
    let (zh, en) = WEEK[usize::try_from((day.days() + 3).rem_euclid(7)).unwrap_or(0)];
    say.line("");
    say.line(say.strong(&format!("── {day} {}", say.both(zh, en))));
}

fn clock(at: Moment) -> String {
    let text = at.to_string();
    text.get(11..16).map_or_else(|| text.clone(), str::to_owned)
}

/// One till's part of the day: what was done, and what became of which message.
pub fn till(one: &Played, stage: &Stage, say: &Say) {
    let what = say.both(one.of.zh, one.of.en);
    say.line(format!("  {} {} {}  {what}", clock(one.at), padded(one.of.scenario, 5), one.seat));
    for (_, seen) in &stage.seen[one.seen.clone()] {
        if let Seen::Crossed(crossing) = seen
            && crossing.fault.is_some()
            && let Some((at, event)) = telling::event(seen)
        {
            say.line(format!("{:>14} {} {}", "", telling::place(at, say), event.get(say.lang)));
        }
    }
}

/// What happened after.
pub fn lines(lines: &[(Moment, Text)], say: &Say) {
    for (at, text) in lines {
        say.line(format!("  {} {}", clock(*at), text.get(say.lang)));
    }
}

/// The tills are switched on again.
pub fn back(at: Moment, say: &Say) {
    say.line("");
    say.line(say.strong(say.both("── 终端重新上电", "── The tills are switched on again")));
    say.line(format!(
        "  {} {}",
        clock(at),
        say.both(
            "各终端签到，补发未了的冲正和确认：不得再动一分钱",
            "each signs on and sends the reversals and confirmations that it still owes: not a fen may move for it"
        )
    ));
}

fn yuan(fen: i64) -> String {
    let (sign, fen) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// The tables, and what holds.
pub fn closing(found: &Found, log: &Log, say: &Say) {
    say.line("");
    say.line(say.strong(say.both("每一笔的结局", "What became of each")));
    for line in &found.lines {
        exchange(line, say);
    }
    say.line("");
    say.line(say.strong(say.both("差错", "Cases")));
    log.opened.iter().zip(&found.cases).for_each(|(_, now)| case(now, say));
    say.line("");
    say.line(say.strong(say.both("账与清算", "Ledgers and clearing")));
    let mark = |holds: bool| if holds { "✓" } else { "✗" };
    let (count, sum) = suspended(found);
    let days = found.positions.len();
    let zero = found.positions.values().all(|sum| *sum == 0);
    let open: u64 = found.differences.iter().map(|seen| seen.open).sum();
    let ended: u64 = found.differences.iter().map(|seen| seen.ended).sum();
    for (holds, zh, en) in [
        (count == 0, format!("挂账 {count} 笔，{} 元", yuan(sum)), format!("{count} in suspense, {}", yuan(sum))),
        (
            zero,
            format!("{days} 个清算日的净额各合计为零"),
            format!("net positions of each of {days} days add up to zero"),
        ),
        (
            open == 0,
            format!("对账差异：了结 {ended}，未结 {open}"),
            format!("differences of reconciliation: {ended} ended, {open} open"),
        ),
        (found.same, "终端重新上电后没有动账".into(), "nothing moved when the tills came back".into()),
        (
            found.audit.ledgers_zero,
            "每本账合计为零，余额等于分录之和".into(),
            "every ledger sums to zero, every balance is the sum of its postings".into(),
        ),
        (
            found.audit.rule_holds,
            "有签购单当且仅当持卡人扣款一次且商户入账一次".into(),
            "a slip exists if and only if the cardholder was debited once and the merchant credited once".into(),
        ),
    ] {
        say.line(format!("  {} {}", mark(holds), say.both(&zh, &en)));
    }
    found.broken.iter().for_each(|broken| say.line(format!("  ✗ {broken}")));
}

fn exchange(line: &Line, say: &Say) {
    let t = &line.traces;
    let of = &BREAKS[line.index - 1];
    let (at, words) = &line.repaired;
    let at = at.map_or_else(String::new, |at| format!("{at}  "));
    say.line(format!(
        "  {} {} {:>8}  {}",
        padded(of.scenario, 5),
        line.till.terminal,
        yuan(line.fen),
        say.both(of.zh, of.en)
    ));
    say.line(format!(
        "        {} {}  {} {}  {} {}  {at}{}",
        say.both("净扣", "debit"),
        yuan(t.debit_fen),
        say.both("净入账", "credit"),
        yuan(t.credit_fen),
        say.both("签购单", "slip"),
        yuan(t.slip_fen),
        words.get(say.lang),
    ));
    say.line(format!("        ⇒ {}", line.verdict.2.get(say.lang)));
}

fn case(case: &Case, say: &Say) {
    let told = case.told();
    let words = told.ground().words();
    let due = case.due.map_or_else(|| "-".to_owned(), |due| due.to_string());
    say.line(format!("  {}  {}", say.strong(&told.key.to_string()), words.get(say.lang)));
    say.line(format!(
        "    {} {}  {} {due}  {} {}",
        say.both("立案", "opened"),
        case.at,
        say.both("期限", "until"),
        say.both(QUESTION.0, QUESTION.1),
        say.both("默认：没有，退持卡人", "default: none, and the money goes back"),
    ));
    for found in [case.found, case.later].into_iter().flatten() {
        say.line(format!("    {} {}  {} ({})", found.at, found.finding.words().get(say.lang), found.because, found.by));
    }
}

fn suspended(found: &Found) -> (i64, i64) {
    let issuers = found.suspense["issuers"].as_array().into_iter().flatten();
    issuers.fold((0, 0), |(count, sum), issuer| {
        (count + issuer["count"].as_i64().unwrap_or(1), sum + issuer["sum_fen"].as_i64().unwrap_or(0))
    })
}

/// The story as `stories` has it, beside its days, exchanges and cases.
pub fn json(found: &Found, log: &Log) -> (Value, Value) {
    let exchanges: Vec<Value> = found.lines.iter().map(one).collect();
    let cases = found.cases.iter().map(|case| {
        let told = case.told();
        let end = |found: Option<slipway_terms::Found>| {
            found.map(
                |found| json!({"finding": found.finding.word(), "by": found.by.as_str(), "at": found.at.to_string()}),
            )
        };
        json!({
            "number": told.key.to_string(), "ground": both(&told.ground().words()), "opened": case.at.to_string(),
            "due": case.due.map(|due| due.to_string()), "question": both(&Text::new(QUESTION.0, QUESTION.1)),
            "default": Finding::NoSlip.word(), "allowed": allowed(told.ground()).map(Finding::word).collect::<Vec<_>>(),
            "closed": case.closed.map(|at| at.to_string()), "found": end(case.found), "later": end(case.later),
        })
    });
    let differences = found.differences.iter().map(|seen| {
        json!({"at": seen.who, "own": seen.own.to_string(), "open": seen.open, "overdue": seen.late, "ended": seen.ended})
    });
    let lines = log.lines.iter().map(|(at, text)| json!({"at": at.to_string(), "zh": text.zh, "en": text.en}));
    let next_day = json!({
        "log": lines.collect::<Vec<_>>(), "exchanges": exchanges, "cases": cases.collect::<Vec<_>>(),
        "suspense": found.suspense, "positions_fen": found.positions, "differences": differences.collect::<Vec<_>>(),
        "broken": found.broken,
    });
    (summary(found), next_day)
}

/// All exchanges together, in the words of any other story. The verdict is that on the terminal that never came back and whose merchant
/// said nothing.
fn summary(found: &Found) -> Value {
    let silent = found.lines.iter().find(|line| BREAKS[line.index - 1].ends == Ends::Silence);
    let sum = |pick: fn(&Line) -> i64| found.lines.iter().map(pick).sum::<i64>();
    let (stand, back) = (sum(|line| i64::from(line.traces.credit_fen != 0)), sum(|line| i64::from(line.back())));
    let sentence = json!({
        "zh": format!("{} 笔：成立 {stand}，退回 {back}，其余没有动账", found.lines.len()),
        "en": format!("{} exchanges: {stand} stand, {back} went back, the rest moved nothing", found.lines.len()),
    });
    json!({
        "name": NAME, "scenario": ["A18", "C03", "E01", "E02", "F01", "F02"],
        "verdict": silent.map(|line| line.verdict.0), "cashier": silent.map(|line| line.verdict.1), "sentence": sentence,
        "slips": [], "notices": [], "timeline": [], "approved_slips": sum(|line| i64::from(line.slip)),
        "cardholder_debits": sum(|line| i64::from(line.traces.debits)),
        "cardholder_refunds": sum(|line| i64::from(line.traces.refunds)),
        "merchant_credits": stand, "merchant_credit_fen": sum(|line| line.traces.credit_fen),
        "holds": found.broken.is_empty(),
    })
}

fn both(text: &Text) -> Value {
    json!({"zh": text.zh, "en": text.en})
}

fn one(line: &Line) -> Value {
    let (of, t) = (&BREAKS[line.index - 1], &line.traces);
    let (at, words) = &line.repaired;
    json!({
        "scenario": of.scenario, "what": {"zh": of.zh, "en": of.en}, "till": line.till.to_string(), "kind": line.kind,
        "amount_fen": line.fen, "verdict": line.verdict.0, "cashier": line.verdict.1, "sentence": both(&line.verdict.2),
        "cardholder_debits": t.debits, "cardholder_refunds": t.refunds, "net_debit_fen": t.debit_fen,
        "merchant_credit_fen": t.credit_fen, "slip": line.slip, "slip_fen": t.slip_fen,
        "notices": line.notices, "repaired_by": both(words), "repaired_at": at.map(|at| at.to_string()),
        "by_case": of.ends.by_case(),
    })
}

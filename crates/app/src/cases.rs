//! `slipway case`: what waits for a person, and what the person found. The list reads a running or a stopped network; a finding
//! goes to the running party that owns the case, over its local port, and takes effect in that party's own commit.

use crate::clocks::{plain, rfc};
use crate::desk::{Folder, Running};
use crate::say::{End, Say};
use crate::tills::{Problem, problem};
use crate::trace::Desk;
use axum::http::StatusCode;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::cases::{allowed, effect, may_come_later};
use slipway_hosts::switch::SwitchRow;
use slipway_node::{Hand, Question, Rows};
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{CaseKey, CaseMove, CaseTold, Finding, Found, Ground, Moment, Short, Testimony};
use std::path::PathBuf;

/// Where a running network, or its acquirer or switch alone, lists its open cases.
pub const LIST: &str = "/api/v1/cases";
/// Where it takes a finding.
pub const FIND: &str = "/api/v1/cases/find";
/// Cases of one list; more are told to be there.
const CASES_MAX: u16 = 1_000;
/// From so many digits on a text may hold a card number.
const CARD_DIGITS: usize = 13;

/// Arguments of `case`.
#[derive(Args)]
pub struct CaseArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Open cases, masked, with what may be found for each. Example: slipway case list --dir ./net
    List(Place),
    /// What you found ends the case: slip-shown, no-slip or as-booked; of a payment made twice one-purchase or two-purchases. Example: slipway case find 10000001-000007-000012-4 slip-shown --by "Li Lei" --because "merchant copy seen" --dir ./net
    Find(FindArgs),
}

#[derive(Args)]
struct Place {
    /// The folder of the network, or of its acquirer or switch running alone.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

#[derive(Args)]
struct FindArgs {
    /// The case number.
    number: String,
    /// slip-shown, no-slip, as-booked, one-purchase or two-purchases.
    finding: String,
    /// Who found it; stands in the record.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why; stands in the record. Never a card number.
    #[arg(long, value_name = "TEXT")]
    because: String,
    #[command(flatten)]
    place: Place,
}

/// Runs the command.
pub fn run(args: &CaseArgs, say: &Say) -> Result<(), End> {
    match &args.act {
        Act::List(place) => list(place, say),
        Act::Find(args) => find(args, say),
    }
}

fn list(place: &Place, say: &Say) -> Result<(), End> {
    let alone: Vec<Running> =
        ["acquirer", "switch"].iter().filter_map(|who| Running::of(&place.dir.join(who))).collect();
    let listed = if let Some(running) = Running::of(&place.dir) {
        running.get(LIST)?
    } else if !alone.is_empty() {
        if alone.len() < 2 {
            say.progress(say.both(
                "收单行或交换中心的进程没有运行：以下只是另一方的差错",
                "the process of the acquirer or of the switch does not run: these are the other's cases only",
            ));
        }
        together(alone.iter().map(|running| running.get(LIST)).collect::<Result<Vec<_>, End>>()?)
    } else {
        let folder = Folder::open(&place.dir)?.with_acquirer()?;
        let ask = || Question::Cases { rows_max: CASES_MAX };
        listed([folder.acquirer(ask()), folder.switch(ask())].into_iter().flatten())
    };
    if say.json {
        say.document(&listed);
        return Ok(());
    }
    let cases: Vec<&Value> = listed["cases"].as_array().into_iter().flatten().collect();
    if cases.is_empty() {
        say.line(say.both("没有未结差错", "no case is open"));
    }
    cases.iter().for_each(|case| tell(case, say));
    if listed["more"] == true {
        say.line(say.both("还有更多；先处理以上各项", "there are more; work these first"));
    }
    Ok(())
}

fn tell(case: &Value, say: &Say) {
    let language = say.both("zh", "en");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let number = say.strong(&text(&case["number"]));
    say.line(format!("{number}  {}", text(&case["ground"][language])));
    say.line(format!(
        "  {} {}  {} {}  {} {}",
        text(&case["rrn"]),
        text(&case["card"]),
        text(&case["amount"]),
        text(&case["code"]),
        say.both("立案", "since"),
        plain(&text(&case["at"]))
    ));
    if let Some(due) = case["due"].as_str().map(plain) {
        say.line(format!("  {} {due}", say.both("商户举证截止", "the merchant has until")));
    }
    if let Some(proposal) = case["proposal"][language].as_str() {
        say.line(format!("  {proposal}"));
    }
    for word in case["allowed"].as_array().into_iter().flatten() {
        let moves = case["moves"].as_array().into_iter().flatten().find(|moves| moves["finding"] == *word);
        let not_now = say.both("按该交易现状不能这样结案", "the exchange does not bear it as it stands");
        let told = moves.and_then(|moves| moves[language].as_str()).unwrap_or(not_now);
        say.line(format!("  → {}  {told}", text(word)));
    }
}

/// What a finding moved, or asked for, below the line that says so.
fn tell_moved(done: &Value, say: &Say) {
    if let Some(moved) = done["moved"][say.both("zh", "en")].as_str() {
        say.line(format!("  {moved}"));
    }
}

fn find(args: &FindArgs, say: &Say) -> Result<(), End> {
    let body = json!({"number": args.number, "finding": args.finding, "by": args.by, "because": args.because});
    // Before anybody is asked: what cannot be a finding reaches no party.
    said(&body, Moment(0))?;
    let dir = &args.place.dir;
    let owner = || Running::of(&dir.join(if is_the_switchs(&args.number) { "switch" } else { "acquirer" }));
    let running = Running::of(dir).or_else(owner).ok_or_else(|| {
        End::environment(
            "网络没有运行：差错由运行中的机构结案，请先启动",
            "the network is not running: a running party closes its case, start it first",
        )
    })?;
    let done = running.post(FIND, &body)?;
    let number = &args.number;
    match done["outcome"].as_str() {
        Some("closed") if say.json => say.document(&done),
        Some("closed") => {
            say.line(say.both(&format!("{number} 已结案"), &format!("{number} is closed")));
            tell_moved(&done, say);
        }
        Some("asked") if say.json => say.document(&done),
        Some("asked") => {
            say.line(say.both(
                &format!("{number} 已向对方机构提出调整，对方同意后结案"),
                &format!("{number}: the other house was asked, and its yes closes it"),
            ));
            tell_moved(&done, say);
        }
        Some("unknown") => {
            return Err(End::usage(
                format!("没有差错 {number}：请用 slipway case list 核对编号"),
                format!("there is no case {number}: check the number with slipway case list"),
            ));
        }
        Some("not_allowed") => {
            let words: Vec<&str> = done["allowed"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let words = words.join(", ");
            return Err(End::usage(
                format!("该立案原因不能这样结案；可用：{words}"),
                format!("this ground does not allow that finding; it allows: {words}"),
            ));
        }
        Some("already") => {
            let by = done["by"].as_str().unwrap_or("-");
            let (zh, en) = (done["finding"]["zh"].as_str(), done["finding"]["en"].as_str());
            let at = plain(done["closed_at"].as_str().unwrap_or("-"));
            return Err(End::broken(
                format!("{number} 已于 {at} 由 {by} 结案（{}），您的结论没有采用", zh.unwrap_or("后续证据")),
                format!(
                    "{number} is closed already, {at}, by {by} ({}); your finding changed nothing",
                    en.unwrap_or("later evidence")
                ),
            ));
        }
        _ => {
            return Err(End::broken(
                format!("按该交易现状不能这样结案（已被撤销、退货或后续交易占用）；{number} 仍未结，没有改动"),
                format!(
                    "the exchange does not bear that finding as it stands (something else has it, or it was refunded); {number} stays open, nothing was changed"
                ),
            ));
        }
    }
    Ok(())
}

/// A finding as it was typed, or why it is none.
fn said(body: &Value, at: Moment) -> Result<Found, End> {
    let text = |name: &str| body[name].as_str().unwrap_or("").trim();
    let finding = Finding::ALL.into_iter().find(|finding| finding.word() == text("finding")).ok_or_else(|| {
        let words = Finding::ALL.map(Finding::word).join(", ");
        End::usage(format!("结论须为其中之一：{words}"), format!("a finding is one of: {words}"))
    })?;
    let (by, because) = signed(text("by"), text("because"))?;
    Ok(Found { finding, by, because, at })
}

/// Who asks, and why, as they stand in a record: one line each, and never a card number.
pub fn signed(by: &str, because: &str) -> Result<(Short<24>, Short<96>), End> {
    if by.is_empty() || because.is_empty() {
        return Err(End::usage("需要 --by 和 --because", "--by and --because are needed"));
    }
    for text in [by, because] {
        if text.chars().any(char::is_control) {
            return Err(End::usage("姓名和理由须为一行文字", "name and reason are one line of text"));
        }
        if text.chars().filter(char::is_ascii_digit).count() >= CARD_DIGITS {
            return Err(End::usage(
                "姓名和理由里不能有卡号；请用前六后四",
                "no card number belongs into name or reason; use first six and last four",
            ));
        }
    }
    let long = |_| End::usage("姓名最多 24 字节，理由最多 96 字节", "a name has at most 24 bytes, a reason 96");
    Ok((Short::new(by).map_err(long)?, Short::new(because).map_err(long)?))
}

/// The list as JSON, of what the parties testify.
fn listed(seen: impl Iterator<Item = Vec<Testimony>>) -> Value {
    let (mut cases, mut more) = (Vec::new(), false);
    for testimonies in seen {
        let open = |told: &&CaseTold| told.closed.is_none();
        let before = cases.len();
        for word in &testimonies {
            cases.extend(word.cases.iter().filter(open).map(|told| document(word, told)));
        }
        more |= cases.len() - before >= usize::from(CASES_MAX);
    }
    json!({"cases": cases, "more": more})
}

fn document(word: &Testimony, told: &CaseTold) -> Value {
    let ground = told.ground();
    let words = ground.words();
    json!({
        "number": told.key.to_string(), "party": word.party, "id": word.id.as_str(),
        "ground": {"word": ground, "zh": words.zh, "en": words.en},
        "at": rfc(told.at), "due": told.due.map(rfc),
        "code": told.code.map(|code| code.to_string()), "allowed": allowed(ground).map(Finding::word).collect::<Vec<_>>(),
        "till": word.till.map(|till| till.to_string()), "exchange": word.switch.map(|key| key.to_string()),
        "rrn": word.rrn.map(|rrn| rrn.to_string()), "amount": word.amount.map(|amount| amount.to_string()),
        "amount_fen": word.amount.map(slipway_terms::Amount::minor),
        "card": word.card.map(|card| card.to_string()), "proposal": proposal(word, told),
        "moves": told.moves.all().map(|(finding, one)| would(finding, one)).collect::<Vec<_>>(), "moved": told.moved.map(moved),
    })
}

/// What a finding would move.
fn would(finding: Finding, one: CaseMove) -> Value {
    let mut told = moved(one);
    told["finding"] = finding.word().into();
    told
}

/// What a finding moved or asked for; with a minus the merchant's side gives. Unit: fen.
fn moved(moved: CaseMove) -> Value {
    let words = moved.sentence();
    json!({"amount_fen": moved.minor, "way": moved.way, "zh": words.zh, "en": words.en})
}

/// What this finding of an open case would move now, by the very decision that would carry it out; none: the exchange does not bear it.
pub fn would_move(listed: &Value, number: &str, finding: Finding) -> Option<CaseMove> {
    let case = listed["cases"].as_array().into_iter().flatten().find(|case| case["number"] == *number)?;
    let one = case["moves"].as_array().into_iter().flatten().find(|moves| moves["finding"] == *finding.word())?;
    Some(CaseMove { minor: one["amount_fen"].as_i64()?, way: serde_json::from_value(one["way"].clone()).ok()? })
}

/// What is proposed where one word of a person carries it out.
fn proposal(word: &Testimony, told: &CaseTold) -> Value {
    if told.ground() != Ground::PaidTwice {
        return Value::Null;
    }
    let amount = word.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let again: Vec<String> = word.paid_again.iter().map(|till| till.stan.to_string()).collect();
    let again = again.join(", ");
    json!({
        "zh": format!("后一笔凭证 {again} 也有签购单。若是一次购买，建议退本笔 {amount} 元：one-purchase 一次确认即退"),
        "en": format!("No. {again} after it has a slip too. If it was one purchase, this one's CNY {amount} should go back: one-purchase refunds it at once"),
    })
}

/// A case in a trace: its number, ground and end.
pub fn brief(told: &CaseTold) -> Value {
    let words = told.ground().words();
    let found = told.later.or(told.found);
    // Closed without a finding: a message that came late said enough.
    let late = slipway_terms::Text::new("后续证据已结案", "closed by later evidence");
    let end = found.map(|found| found.finding.words()).or(told.closed.map(|_| late));
    json!({
        "number": told.key.to_string(), "ground": {"word": told.ground(), "zh": words.zh, "en": words.en},
        "at": rfc(told.at), "due": told.due.map(rfc), "open": told.closed.is_none(),
        "closed_at": told.closed.map(rfc),
        "finding": end.map(|words| json!({"zh": words.zh, "en": words.en})), "moved": told.moved.map(moved),
        "by": found.map(|found| found.by.as_str().to_owned()),
    })
}

/// The lists of parties that run alone, as one.
fn together(lists: Vec<Value>) -> Value {
    let mut cases = Vec::new();
    let mut more = false;
    for mut list in lists {
        more |= list["more"] == true;
        if let Some(of) = list["cases"].as_array_mut() {
            cases.append(of);
        }
    }
    json!({"cases": cases, "more": more})
}

fn gone() -> Problem {
    problem(StatusCode::SERVICE_UNAVAILABLE, "该方已停", "the party has stopped")
}

/// What a port that was asked answers from its parties.
pub fn answer_list<'a>(parties: impl IntoIterator<Item = &'a Handle>) -> Result<Value, Problem> {
    let mut seen = Vec::new();
    for party in parties {
        seen.push(party.ask(Question::Cases { rows_max: CASES_MAX }).ok_or_else(gone)?);
    }
    Ok(listed(seen.into_iter()))
}

/// Whether a case with this number is the switch's: the last digit is its ground.
pub fn is_the_switchs(number: &str) -> bool {
    number.rsplit('-').next() == Some("9")
}

/// A case, open or closed, by its number.
fn by_number(party: &Handle, number: &str) -> Option<CaseTold> {
    let told = if is_the_switchs(number) {
        every(party, |row: SwitchRow| match row {
            SwitchRow::Case(case) => Some(case.told()),
            _ => None,
        })
    } else {
        every(party, |row: AcquirerRow| match row {
            AcquirerRow::Case(case) => Some(case.told()),
            _ => None,
        })
    };
    told?.into_iter().find(|told| told.key.to_string() == number)
}

fn every<R: Rows>(party: &Handle, pick: impl Fn(R) -> Option<CaseTold>) -> Option<Vec<CaseTold>> {
    let space = R::SPACES.iter().find(|space| space.name == "case")?.byte;
    let rows = party.rows(space)?;
    Some(rows.iter().filter_map(|(_, bytes)| R::decode(space, bytes).ok().and_then(&pick)).collect())
}

/// Whether the case ended by this very finding.
fn is_by(told: &CaseTold, found: &Found) -> bool {
    let last = told.later.or(told.found);
    last.is_some_and(|last| (last.finding, last.by, last.because) == (found.finding, found.by, found.because))
}

/// A case that was closed before: by whom, and how.
fn already(told: &CaseTold) -> Value {
    let last = told.later.or(told.found);
    let words = last.map(|last| last.finding.words());
    json!({
        "outcome": "already", "by": last.map(|last| last.by.as_str().to_owned()),
        "finding": words.map(|words| json!({"zh": words.zh, "en": words.en})),
        "closed_at": told.closed.map(rfc),
    })
}

/// Whether this very finding is on the case's record.
pub fn is_found(party: &Handle, body: &Value) -> Result<bool, Problem> {
    let found = said(body, Moment(0)).map_err(|end| problem(StatusCode::BAD_REQUEST, &end.text.zh, &end.text.en))?;
    // A question first: a party that cannot be asked has not said that there is none.
    party.ask(Question::Cases { rows_max: 1 }).ok_or_else(gone)?;
    Ok(by_number(party, body["number"].as_str().unwrap_or("")).is_some_and(|told| is_by(&told, &found)))
}

/// Gives a finding to the party that owns the case, and says what came of it: the party's own record is asked behind it, in the
/// same queue.
pub fn answer_find(party: &Handle, body: &Value) -> Result<Value, Problem> {
    let found = said(body, Moment(0)).map_err(|end| problem(StatusCode::BAD_REQUEST, &end.text.zh, &end.text.en))?;
    let number = body["number"].as_str().unwrap_or("");
    let Some(before) = by_number(party, number) else { return Ok(json!({"outcome": "unknown"})) };
    let ground = before.ground();
    if effect(ground, found.finding).is_none() {
        let words: Vec<_> = allowed(ground).map(Finding::word).collect();
        return Ok(json!({"outcome": "not_allowed", "allowed": words}));
    }
    let late = before.later.is_none()
        && before.found.is_some_and(|first| may_come_later(ground, first.finding, found.finding));
    // The very finding that is on record: whoever gives it again, because nobody heard what came of it, changed nothing twice.
    if is_by(&before, &found) {
        let mut same = already(&before);
        same["outcome"] = if before.closed.is_some() { "already" } else { "asked" }.into();
        same["same"] = true.into();
        return Ok(same);
    }
    if before.closed.is_some() && !late {
        return Ok(already(&before));
    }
    let question = match before.key {
        CaseKey::Till(till, _) => Question::Till(till),
        CaseKey::Switch(key, _) => Question::Switch(key),
    };
    if !party.tell(Control::Hand(Hand::Finding(before.key, found))) {
        return Err(gone());
    }
    let seen = party.ask(question).ok_or_else(gone)?;
    let after = seen.iter().flat_map(|word| word.cases.iter().map(move |told| (word, told)));
    let after = after.into_iter().find(|(_, told)| told.key == before.key);
    Ok(match after {
        // Somebody else was quicker: the case is closed, and not by this finding.
        Some((_, told)) if told.closed.is_some() && !is_by(told, &found) => already(told),
        Some((word, told)) if (told.closed, told.later) != (before.closed, before.later) => {
            let mut done = document(word, told);
            done["outcome"] = "closed".into();
            done["finding"] = found.finding.word().into();
            done
        }
        // The other house was asked, and its answer ends the case.
        Some((word, told)) if told.found != before.found => {
            let mut done = document(word, told);
            done["outcome"] = "asked".into();
            done["finding"] = found.finding.word().into();
            done
        }
        _ => json!({"outcome": "impossible"}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_slower_is_told_by_whom_it_is_closed() {
        let till = slipway_terms::TillKey {
            terminal: slipway_terms::TerminalId::new("10000001").unwrap(),
            merchant: slipway_terms::MerchantId::new("999290054110001").unwrap(),
            batch: slipway_terms::BatchNo(1),
            stan: slipway_terms::Stan::FIRST,
        };
        let found = |by, finding| Found { finding, by: Short::cut(by), because: Short::cut("seen"), at: Moment(1) };
        let key = CaseKey::Till(till, Ground::Unconfirmed);
        let (closed, first) = (Some(Moment(2)), Some(found("Li Lei", Finding::NoSlip)));
        let moves = slipway_terms::CaseMoves::NONE;
        let told = CaseTold {
            key,
            at: Moment(0),
            code: None,
            due: None,
            closed,
            found: first,
            later: None,
            moves,
            moved: None,
        };
        let mine = |by, finding| Found { at: Moment(0), ..found(by, finding) };
        assert!(is_by(&told, &mine("Li Lei", Finding::NoSlip)));
        assert!(!is_by(&told, &mine("Han Mei", Finding::NoSlip)) && !is_by(&told, &mine("Li Lei", Finding::SlipShown)));
        assert_eq!((&already(&told)["by"], &already(&told)["outcome"]), (&json!("Li Lei"), &json!("already")));
        let later = CaseTold { later: Some(found("Han Mei", Finding::SlipShown)), ..told };
        assert!(
            is_by(&later, &mine("Han Mei", Finding::SlipShown)) && !is_by(&later, &mine("Li Lei", Finding::NoSlip))
        );
    }

    #[test]
    fn a_number_names_its_house() {
        assert!(is_the_switchs("99900100-1126090807-000012-9"));
        assert!(!is_the_switchs("10000001-000007-000012-4") && !is_the_switchs("") && !is_the_switchs("9-99"));
    }

    #[test]
    fn what_is_no_finding_is_refused_before_anybody_is_asked() {
        let good = json!({"finding": "no-slip", "by": "Li Lei", "because": "商户否认"});
        assert_eq!(said(&good, Moment(0)).map(|found| found.finding).ok(), Some(Finding::NoSlip));
        let long = "x".repeat(97);
        for (name, value) in [
            ("finding", "nonsense"),
            ("by", " "),
            ("by", "a name that has more bytes than fit"),
            ("because", ""),
            ("because", "two\nlines"),
            ("because", "card 9990 0100 0000 0014"),
            ("because", long.as_str()),
        ] {
            let mut bad = good.clone();
            bad[name] = value.into();
            assert_eq!(said(&bad, Moment(0)).err().map(|end| end.code), Some(2), "{name} {value:?}");
        }
    }
}

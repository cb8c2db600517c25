//! What people and programs are told: lists made, a day compared, differences open, promises broken. Every class of difference has its
//! line, found or not, in both languages: that nobody has a record is a class like any other.

use super::gather::Look;
use super::kept::{Kept, Promises, class_word};
use super::listed::word;
use super::lists::Made;
use super::place::{DayDone, Place, word as view_word};
use super::run::{Done, late, open_cases};
use crate::clocks::{plain, rfc};
use crate::disputes;
use crate::say::{End, Say, many, padded, yuan};
use serde_json::{Value, json};
use slipway_recon::four::{Class, Flow, Owner, Seen, View, case, steps_missed};
use slipway_terms::{BusinessDate, Lang, Moment};
use std::collections::BTreeMap;

/// Differences that a person is shown at once; a program gets all.
const SHOWN_MAX: usize = 50;

/// The lists that were made, for programs.
pub fn lists_document(date: BusinessDate, made: &[Made]) -> Value {
    let lists: Vec<Value> = made
        .iter()
        .map(|made| {
            json!({
                "list": word(made.list), "file": made.path, "rows": made.written.rows,
                "sum_fen": made.written.fen.to_string(), "unchanged": made.written.same,
            })
        })
        .collect();
    json!({"day": date.to_string(), "lists": lists})
}

/// The same for people.
pub fn lists(made: &Value, say: &Say) {
    if say.json {
        return say.document(made);
    }
    let day = made["day"].as_str().unwrap_or("-");
    say.line(say.strong(say.both(&format!("{day} 名单"), &format!("lists of {day}"))));
    for list in made["lists"].as_array().into_iter().flatten() {
        let (rows, sum) = (&list["rows"], yuan(&list["sum_fen"]));
        let same = if list["unchanged"] == true { say.both("（未变）", " (unchanged)") } else { "" };
        let file = list["file"].as_str().unwrap_or("-");
        say.line(format!("  {rows:>9} {:>18} {}  {file}{same}", sum, say.both("元", "yuan")));
    }
}

/// The name of a list for people; the English one is also the word for programs.
fn list_said<'a>(list: &'a str, say: &Say) -> &'a str {
    match list {
        "till" => say.both("终端", "till"),
        "acquirer" => say.both("收单行", "acquirer"),
        "network" => say.both("交换中心", "network"),
        "issuer" => say.both("发卡行", "issuer"),
        other => other,
    }
}

/// Every class that the view can have, in the order of tables.
fn classes(view: View) -> Vec<Class> {
    let all = (0..Class::COUNT).filter_map(Class::at);
    all.filter(|class| if let Class::Seen(Seen(bits)) = class { bits & !view.mask() == 0 } else { true }).collect()
}

/// The row that speaks of a class, of a sale as the commonest.
fn class_document(view: View, class: Class, count: u64) -> Value {
    let row = case(view, Flow::Charge, class);
    let repairs: Vec<Value> = row
        .iter()
        .flat_map(|row| row.repairs)
        .filter(|(owner, _)| *owner != Owner::Nobody)
        .map(|(owner, action)| {
            json!({
                "owner": format!("{owner:?}").to_lowercase(), "zh": format!("{}：{}", owner.text(Lang::Zh), action.text(Lang::Zh)),
                "en": format!("{}: {}", owner.text(Lang::En), action.text(Lang::En)),
            })
        })
        .collect();
    json!({
        "class": class_word(view, class), "count": count, "cause": row.map(|row| json!({"zh": row.zh, "en": row.en})),
        "rule": row.map(|row| row.rule), "repairs": repairs,
        "pace": row.map(|row| format!("{:?}", row.pace).to_lowercase()),
    })
}

/// A day compared.
pub fn run(look: &Look, done: &Done, promises: &Promises, now: Moment, say: &Say) -> Result<(), End> {
    let (view, day) = (look.view, &done.day);
    let (mut opened, mut closed, mut open, mut overdue) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut cases = Vec::new();
    let of_day = look.date.to_string();
    for kept in Place::read_only(&look.folder).cases(&done.state)? {
        let kept = kept?;
        let d = &kept.dossier;
        opened += u64::from(d.opened == look.date);
        closed += u64::from(d.closed.is_some_and(|closed| closed.on == look.date));
        if d.closed.is_none() {
            open += 1;
            overdue += u64::from(steps_missed(&promises.steps(d, view)?, now) > 0);
            if d.parts.iter().any(|part| part.day == look.date) && (say.json || cases.len() < SHOWN_MAX) {
                cases.push(kept.document(view, promises, now)?);
            }
        }
    }
    let matched = day.of(Class::Seen(Seen(view.mask())));
    let classes: Vec<Value> =
        classes(view).into_iter().map(|class| class_document(view, class, day.of(class))).collect();
    let carried: u64 = day.carry.values().map(|(_, rows, _)| rows).sum();
    let document = json!({
        "at": view_word(view), "own": look.own.as_str(), "day": of_day, "rows": day.rows,
        "missing": day.missing.keys().collect::<Vec<_>>(), "matched": matched, "classes": classes,
        "carried_rows": carried, "opened": opened, "closed": closed, "open": open, "overdue": overdue,
        "resumed": done.resumed, "unchanged": done.again, "run_next_day_again": done.later, "cases": cases,
    });
    if say.json {
        say.document(&document);
        return incomplete(day);
    }
    let who = view_word(view);
    say.line(say.strong(say.both(&format!("{of_day} 对账（{who}）"), &format!("reconciliation of {of_day} ({who})"))));
    if done.again {
        say.line(say.both("  名单与上次相同：没有改动", "  the same lists as before: nothing was changed"));
    }
    if done.resumed {
        say.line(say.both("  从中断处继续", "  went on where it was stopped"));
    }
    for (list, rows) in &day.rows {
        say.line(format!("  {} {rows:>9}", padded(list_said(list, say), 9)));
    }
    for name in day.missing.keys() {
        say.line(say.painted(
            "33",
            say.both(
                &format!("  缺 {name}：凡可能在其中的都不判断，不解除挂账；催要该名单"),
                &format!("  {name} is missing: what could stand in it is not judged, nothing is released; demand it"),
            ),
        ));
    }
    say.line(say.painted(
        "4",
        say.both("  类别          笔数  原因 · 规则 · 处理", "  class        count  cause · rule · repair"),
    ));
    for class in &classes {
        let language = say.both("zh", "en");
        let repairs: Vec<&str> =
            class["repairs"].as_array().into_iter().flatten().filter_map(|r| r[language].as_str()).collect();
        let cause = class["cause"][language].as_str().unwrap_or("-");
        let rule = class["rule"].as_str().unwrap_or("-");
        let line = format!("  {:<9} {:>9}  {cause}", class["class"].as_str().unwrap_or("-"), class["count"]);
        let after = if repairs.is_empty() { String::new() } else { format!(" → {}", repairs.join("; ")) };
        say.line(format!("{line} [{rule}]{after}"));
    }
    say.line(say.both(
        &format!("  差错：本日新立 {opened}，本日了结 {closed}，未结 {open}，其中逾期 {overdue}；{carried} 笔等次日名单"),
        &format!("  cases: {opened} opened, {closed} ended, {open} open, {overdue} of them overdue; {} for the next day's lists", many(carried, "row waits", "rows wait")),
    ));
    cases.iter().for_each(|case| tell(case, say));
    if done.later {
        say.note(
            "次日已按另一份结转对过账：请再运行次日",
            "the next day was reconciled with other rows carried over: run the next day again",
        );
    }
    incomplete(day)
}

/// A day without one of its lists was compared as far as it goes, and is not done: whoever calls this in a script must know.
fn incomplete(day: &DayDone) -> Result<(), End> {
    let names = day.missing.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        return Ok(());
    }
    Err(End::broken(
        format!("对账不完整：缺 {names}；其余已比对，收到后再执行一次"),
        format!("not complete: {names} is missing; the rest is compared, run it again once it has come"),
    ))
}

/// One difference for people.
fn tell(case: &Value, say: &Say) {
    let language = say.both("zh", "en");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let lines =
        |of: &Value| -> Vec<String> { of.as_array().into_iter().flatten().map(|one| text(&one[language])).collect() };
    say.line(format!(
        "{}  {}  {}",
        say.strong(&text(&case["number"])),
        text(&case["class"]),
        text(&case["cause"][language])
    ));
    let nets: Vec<String> = case["net_fen"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(list, fen)| format!("{} {}", list_said(list, say), yuan(fen)))
        .collect();
    say.line(format!("  {}  [{}]", nets.join(" · "), text(&case["rule"])));
    lines(&case["repairs"]).iter().for_each(|line| say.line(format!("  → {line}")));
    lines(&case["ends"])
        .iter()
        .for_each(|line| say.line(say.both(&format!("  了结：{line}"), &format!("  ends: {line}"))));
    for post in case["posts"].as_array().into_iter().flatten() {
        say.line(format!("  {} {} {}", padded(&text(&post[language]), 60), yuan(&post["fen"]), say.both("元", "yuan")));
    }
    for other in case["same_exchange_as"].as_array().into_iter().flatten() {
        let other = text(other);
        say.line(say.both(
            &format!("  与 {other} 是同一笔交易，参考号在途中被改动：先更正参考号，不要补救"),
            &format!("  the same exchange as {other}: a reference number was spoilt on its way; correct the number, repair nothing"),
        ));
    }
    let due: Vec<String> = case["due"].as_array().into_iter().flatten().map(|at| plain(&text(at))).collect();
    let owner = text(&case["owner"]);
    say.line(say.both(
        &format!("  责任方 {owner}；期限 {}；升级 {}；转争议 {}", due[0], due[1], due[2]),
        &format!("  owner {owner}; due {}; escalated {}; a dispute {}", due[0], due[1], due[2]),
    ));
}

/// Differences that are open, `rows_max` of them at most, and how many there are.
pub fn open_documents(
    look: &Look,
    promises: &Promises,
    now: Moment,
    rows_max: usize,
) -> Result<(Vec<Value>, usize), End> {
    let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
    let (mut cases, mut count) = (Vec::new(), 0_usize);
    let mut under: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    open_cases(look, &state, |kept| {
        for place in kept.places() {
            let names = under.entry(place).or_default();
            if names.last() != Some(&kept.number()) {
                names.push(kept.number());
            }
        }
        Ok(())
    })?;
    under.retain(|_, names| names.len() > 1);
    open_cases(look, &state, |kept| {
        count += 1;
        if cases.len() < rows_max {
            let mut case = kept.document(look.view, promises, now)?;
            let others =
                kept.places().filter_map(|place| under.get(&place)).flatten().filter(|of| **of != kept.number());
            case["same_exchange_as"] = others.collect::<std::collections::BTreeSet<_>>().into_iter().cloned().collect();
            cases.push(case);
        }
        Ok(())
    })?;
    Ok((cases, count))
}

/// The same, told.
pub fn cases(look: &Look, promises: &Promises, now: Moment, say: &Say) -> Result<(), End> {
    let (cases, count) = open_documents(look, promises, now, if say.json { usize::MAX } else { SHOWN_MAX })?;
    if say.json {
        say.document(&json!({"at": view_word(look.view), "open": count, "cases": cases}));
        return Ok(());
    }
    cases.iter().for_each(|case| tell(case, say));
    say.line(
        say.both(&format!("未结差错 {count} 项"), &format!("{} open", many(count, "difference is", "differences are"))),
    );
    Ok(())
}

/// Promises of one who looks: by the steps that were missed (0 to 3), differences that missed one, lists that are missing.
pub struct Standing {
    /// In time, overdue, escalated, in dispute.
    pub steps: [u64; 4],
    /// Differences that are overdue.
    pub cases: Vec<Value>,
    /// Lists that are.
    pub lists: Vec<Value>,
}

/// How promises stand; `rows_max` differences at most.
pub fn standing(look: &Look, promises: &Promises, now: Moment, rows_max: usize) -> Result<Standing, End> {
    let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
    let (mut cases, mut steps) = (Vec::new(), [0_u64; 4]);
    open_cases(look, &state, |kept: &Kept| {
        let missed = steps_missed(&promises.steps(&kept.dossier, look.view)?, now);
        steps[missed] += 1;
        if missed > 0 && cases.len() < rows_max {
            cases.push(kept.document(look.view, promises, now)?);
        }
        Ok(())
    })?;
    let mut lists = Vec::new();
    for (day, done) in &state.days {
        for (name, since) in &done.missing {
            let due = late(promises, Moment(*since))?;
            let missed = steps_missed(&due, now);
            steps[missed] += 1;
            if missed > 0 {
                lists.push(json!({
                    "day": day, "list": name, "since": rfc(Moment(*since)), "steps_missed": missed,
                    "due": due.map(|due| due.map(rfc)),
                }));
            }
        }
    }
    Ok(Standing { steps, cases, lists })
}

/// What is overdue: exit 1 if anything is.
pub fn breaches(look: &Look, promises: &Promises, in_dispute: &[Value], now: Moment, say: &Say) -> Result<(), End> {
    let shown_max = if say.json { usize::MAX } else { SHOWN_MAX };
    let Standing { steps, cases, lists } = standing(look, promises, now, shown_max)?;
    let [in_time, overdue, escalated, disputed] = steps;
    // Of a dispute the same report speaks (调单、拒付): its clocks are promises too.
    let broken = overdue + escalated + disputed + in_dispute.len() as u64;
    if say.json {
        say.document(&json!({
            "at": view_word(look.view), "now": rfc(now), "in_time": in_time, "overdue": overdue,
            "escalated": escalated, "disputes": disputed, "cases": cases, "lists": lists, "late_disputes": in_dispute,
        }));
    } else {
        cases.iter().for_each(|case| tell(case, say));
        in_dispute.iter().for_each(|dispute| disputes::tell(dispute, say));
        for list in &lists {
            let (day, name, since) = (&list["day"], &list["list"], plain(list["since"].as_str().unwrap_or("-")));
            say.line(say.both(
                &format!("{day} 的 {name} 自 {since} 起缺：一直不解除任何挂账"),
                &format!("{name} of {day} is missing since {since}: nothing is released meanwhile"),
            ));
        }
        say.line(say.both(
            &format!("期内 {in_time}；逾期 {overdue}（责任方）；升级 {escalated}（主管与网络中心）；争议 {disputed}"),
            &format!("{in_time} in time; {overdue} overdue at their owners; {escalated} with supervisor and network centre; {}", many(disputed, "dispute", "disputes")),
        ));
    }
    if broken > 0 {
        return Err(End::broken(
            format!("{broken} 项超过期限：按上面的责任方处理"),
            format!("{broken} promises are broken: their owners are named above"),
        ));
    }
    Ok(())
}

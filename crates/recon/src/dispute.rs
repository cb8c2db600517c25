//! Dispute rules from TOML (feature `layout`): reason codes, what each may be raised against, days per step and card. Must never
//! guess: a word it does not know, a step without a limit, two limits of one step, versions that overlap, and a figure without
//! source are faults, because somebody's money waits for them.

use crate::day::read_day;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{
    BusinessDate, CardType, DisputeRules, Kind, Limit, Proof, Reason, Short, Since, Step, Text, Verified,
};
use toml::{Table, Value};

/// The rules that come with the crate.
pub const DISPUTES_CN: &str = include_str!("../data/disputes-cn.toml");

/// Days beyond which a limit is a mistyped number.
const DAYS_MAX: i64 = 1_000;
/// Working days that a merchant may have at most.
const MERCHANT_DAYS_MAX: i64 = 60;
/// Which kinds may be disputed at all, with their words.
const KINDS: [(Kind, &str); 5] = [
    (Kind::Sale, "sale"),
    (Kind::Completion, "completion"),
    (Kind::CompletionAdvice, "completion-advice"),
    (Kind::OfflineSale, "offline-sale"),
    (Kind::Moto, "moto"),
];
/// Steps that take a reason from these rules.
const REASONED: [Step; 4] = [Step::Retrieval, Step::Chargeback, Step::Representment, Step::SecondChargeback];

/// What is wrong with a file of dispute rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DisputeFault {
    /// Where: version, then reason or limit; or TOML's own message.
    pub at: String,
    /// 简体中文.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl fmt::Display for DisputeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "争议规则 {}：{} dispute rules {}: {}", self.at, self.zh, self.at, self.en)
    }
}

impl core::error::Error for DisputeFault {}

type Read<T> = Result<T, DisputeFault>;

fn wrong<T>(at: &str, zh: &'static str, en: &'static str) -> Read<T> {
    Err(DisputeFault { at: at.to_owned(), zh, en })
}

/// All versions of a file, oldest first.
///
/// # Errors
/// [`DisputeFault`]: the first that is wrong; nothing of the file is used then.
pub fn dispute_rules(text: &str) -> Read<Vec<DisputeRules>> {
    let table: Table = text.parse().map_err(|bad: toml::de::Error| DisputeFault {
        at: bad.to_string(),
        zh: "不是 TOML",
        en: "is not TOML",
    })?;
    known("", &table, &["version"])?;
    let mut versions = Vec::new();
    for table in tables("version", &table, "version")? {
        versions.push(version(table)?);
    }
    if versions.is_empty() {
        return wrong("version", "一个版本也没有", "there is none");
    }
    for pair in versions.windows(2) {
        if pair[0].from >= pair[1].from {
            return wrong(pair[1].version.as_str(), "生效日期须晚于前一版本", "begins no later than the one before");
        }
        if pair[0].version == pair[1].version {
            return wrong(pair[1].version.as_str(), "版本名重复", "stands twice");
        }
    }
    Ok(versions)
}

/// The version that is in force on a day.
pub fn rules_on(versions: &[DisputeRules], day: BusinessDate) -> Option<&DisputeRules> {
    versions.iter().rev().find(|rules| rules.from.is_some_and(|from| from <= day))
}

fn version(table: &Table) -> Read<DisputeRules> {
    let name = word("version", table, "name")?;
    #[rustfmt::skip]
    known(name, table, &["name", "from", "source", "source_zh", "confidence", "merchant_days", "merchant_source", "merchant_source_zh",
        "merchant_confidence", "unsigned_max_fen", "unsigned_source", "unsigned_source_zh", "unsigned_confidence", "reason", "limit"])?;
    let Ok(version) = Short::new(name) else {
        return wrong(name, "版本名太长", "is a name of more than 16 bytes");
    };
    let Some(from) = read_day(word(name, table, "from")?) else {
        return wrong(name, "from 不是日期", "from is not a day YYYY-MM-DD");
    };
    for (source, confidence) in [
        ("source", "confidence"),
        ("merchant_source", "merchant_confidence"),
        ("unsigned_source", "unsigned_confidence"),
    ] {
        sourced(name, table, source, confidence)?;
    }
    let merchant_days = number(name, table, "merchant_days", MERCHANT_DAYS_MAX)?;
    let unsigned = number(name, table, "unsigned_max_fen", 100_000_000)?;
    let mut rules = DisputeRules {
        version,
        from: Some(from),
        merchant_days: u8::try_from(merchant_days).unwrap_or(u8::MAX),
        unsigned_max_minor: unsigned.unsigned_abs(),
        reasons: Vec::new(),
        limits: Vec::new(),
    };
    for table in tables(name, table, "reason")? {
        let reason = reason(name, table)?;
        if rules.reason(reason.step, reason.code).is_some() {
            return wrong(&format!("{name} {}", reason.code), "同一步骤的原因码重复", "the code stands twice");
        }
        rules.reasons.push(reason);
    }
    for table in tables(name, table, "limit")? {
        for limit in limits(name, table)? {
            if rules.limit(limit.step, limit.card).is_some() {
                return wrong(&at_limit(name, &limit), "期限重叠", "has two limits");
            }
            rules.limits.push(limit);
        }
    }
    whole(name, &rules)?;
    Ok(rules)
}

/// No step may lack its limit or its reasons.
fn whole(name: &str, rules: &DisputeRules) -> Read<()> {
    for step in Step::ALL {
        for card in [CardType::Debit, CardType::Credit] {
            let limit = rules.limit(step, card);
            if limit.is_none() {
                return wrong(&format!("{name} {} {}", step.word(), card_word(card)), "缺少期限", "has no limit");
            }
            if limit.is_some_and(|limit| limit.days.is_none() && step != Step::SecondChargeback) {
                return wrong(&format!("{name} {}", step.word()), "这一步不能没有", "cannot be left out");
            }
        }
    }
    for step in REASONED {
        if rules.reasons.iter().all(|reason| reason.step != step) {
            return wrong(&format!("{name} {}", step.word()), "没有原因码", "has no reason code");
        }
    }
    Ok(())
}

fn reason(version: &str, table: &Table) -> Read<Reason> {
    let code = word(version, table, "code")?;
    let at = format!("{version} {code}");
    #[rustfmt::skip]
    known(&at, table, &["code", "step", "zh", "en", "kinds", "verified", "proofs", "chip", "last", "source", "source_zh", "confidence",
        "others"])?;
    if code.len() != 4 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return wrong(&at, "原因码须为四位数字", "a reason code has four digits");
    }
    let step = step(&at, table)?;
    if !REASONED.contains(&step) {
        return wrong(&at, "这一步没有原因码", "this step takes no reason code");
    }
    let proofs = list(&at, table, "proofs", &Proof::ALL.map(|proof| (proof, proof.word())), step == Step::Retrieval)?;
    if !proofs.is_empty() && step != Step::Retrieval {
        return wrong(&at, "proofs 只属于调单", "proofs belong to retrievals");
    }
    if proofs.contains(&Proof::NoSlip) {
        return wrong(&at, "“未出单”不能证明有签购单", "that no slip came out proves no slip");
    }
    let last = flag(&at, table, "last")?;
    if last == Some(true) && step != Step::Chargeback {
        return wrong(&at, "last 只属于一次退单", "last belongs to first chargebacks");
    }
    let (source, confidence) = sourced(&at, table, "source", "confidence")?;
    Ok(Reason {
        code: Short::cut(code),
        step,
        zh: word(&at, table, "zh")?.to_owned(),
        en: word(&at, table, "en")?.to_owned(),
        kinds: list(&at, table, "kinds", &KINDS, true)?,
        verified: list(&at, table, "verified", &Verified::ALL, true)?,
        chip: flag(&at, table, "chip")?,
        proofs,
        last: last.unwrap_or(false),
        source,
        confidence,
    })
}

fn limits(version: &str, table: &Table) -> Read<Vec<Limit>> {
    let step = step(&format!("{version} limit"), table)?;
    let at = format!("{version} {}", step.word());
    #[rustfmt::skip]
    known(&at, table, &["step", "card", "days", "working_days", "never", "since", "source", "source_zh", "confidence", "others"])?;
    let (source, confidence) = sourced(&at, table, "source", "confidence")?;
    let never = flag(&at, table, "never")?.unwrap_or(false);
    let given = |key: &str| table.contains_key(key);
    let (days, working) = match (never, given("days"), given("working_days")) {
        (true, false, false) => (None, false),
        (false, true, false) => (Some(number(&at, table, "days", DAYS_MAX)?), false),
        (false, false, true) => (Some(number(&at, table, "working_days", 250)?), true),
        _ => return wrong(&at, "days、working_days、never 须三选一", "has one of days, working_days, never"),
    };
    let since = match (never, table.get("since").and_then(Value::as_str)) {
        (true, None) | (false, Some("step")) => Since::Step,
        (false, Some("exchange")) => Since::Exchange,
        _ => return wrong(&at, "since 须为 exchange 或 step", "since is exchange or step"),
    };
    if since == Since::Step && step == Step::Retrieval && !never {
        return wrong(&at, "调单之前没有步骤", "nothing is before a retrieval: since is exchange");
    }
    let days = days.map(|days| u16::try_from(days).unwrap_or(u16::MAX));
    let cards = [(CardType::Debit, "debit"), (CardType::Credit, "credit")];
    let cards = list(&at, table, "card", &cards, true)?;
    let limit = |card| Limit { step, card, days, working, since, source: source.clone(), confidence };
    Ok(cards.into_iter().map(limit).collect())
}

fn at_limit(name: &str, limit: &Limit) -> String {
    format!("{name} {} {}", limit.step.word(), card_word(limit.card))
}

const fn card_word(card: CardType) -> &'static str {
    match card {
        CardType::Debit => "debit",
        CardType::Credit => "credit",
    }
}

fn known(at: &str, table: &Table, words: &[&str]) -> Read<()> {
    match table.keys().find(|key| !words.contains(&key.as_str())) {
        Some(key) => wrong(format!("{at} {key}").trim(), "没有这个词", "is no word of these rules"),
        None => Ok(()),
    }
}

fn tables<'t>(at: &str, table: &'t Table, key: &str) -> Read<Vec<&'t Table>> {
    let all = table.get(key).and_then(Value::as_array);
    let all = all.and_then(|all| all.iter().map(Value::as_table).collect());
    all.map_or_else(|| wrong(format!("{at} {key}").trim(), "须为表的列表", "is a list of tables"), Ok)
}

fn word<'t>(at: &str, table: &'t Table, key: &str) -> Read<&'t str> {
    let word = table.get(key).and_then(Value::as_str).filter(|word| !word.trim().is_empty());
    word.map_or_else(|| wrong(&format!("{at} {key}"), "缺少文字", "is a text that must be there"), Ok)
}

fn number(at: &str, table: &Table, key: &str, most: i64) -> Read<i64> {
    let number = table.get(key).and_then(Value::as_integer).filter(|number| (1..=most).contains(number));
    number.map_or_else(|| wrong(&format!("{at} {key}"), "须为数字，且在范围内", "is a number within its bounds"), Ok)
}

fn flag(at: &str, table: &Table, key: &str) -> Read<Option<bool>> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::Boolean(flag)) => Ok(Some(*flag)),
        Some(_) => wrong(&format!("{at} {key}"), "须为 true 或 false", "is true or false"),
    }
}

fn step(at: &str, table: &Table) -> Read<Step> {
    let said = word(at, table, "step")?;
    Step::of_word(said).map_or_else(|| wrong(&format!("{at} {said}"), "没有这个步骤", "is no step"), Ok)
}

/// Some of a few words, none twice.
fn list<T: Copy + PartialEq>(at: &str, table: &Table, key: &str, words: &[(T, &str)], needed: bool) -> Read<Vec<T>> {
    let at = format!("{at} {key}");
    let said = match table.get(key) {
        None if !needed => return Ok(Vec::new()),
        said => said.and_then(Value::as_array),
    };
    let Some(said) = said.filter(|said| !said.is_empty()) else {
        return wrong(&at, "须为非空列表", "is a list that is not empty");
    };
    let mut all = Vec::new();
    for one in said {
        let Some((value, _)) = words.iter().find(|(_, word)| one.as_str() == Some(word)) else {
            return wrong(&at, "没有这个词", "has a word that is none of the known");
        };
        if all.contains(value) {
            return wrong(&at, "同一个词出现两次", "has a word twice");
        }
        all.push(*value);
    }
    Ok(all)
}

/// A figure with its source and how well it is known. A house that gives its source in one language is shown that one in both.
fn sourced(at: &str, table: &Table, source: &str, confidence: &str) -> Read<(Text, char)> {
    let en = word(at, table, source)?;
    let zh = format!("{source}_zh");
    let zh = if table.contains_key(&zh) { word(at, table, &zh)? } else { en };
    let source = Text::new(zh, en);
    match word(at, table, confidence)? {
        "A" => Ok((source, 'A')),
        "B" => Ok((source, 'B')),
        "C" => Ok((source, 'C')),
        "D" => Ok((source, 'D')),
        _ => wrong(&format!("{at} {confidence}"), "须为 A、B、C 或 D", "is A, B, C or D"),
    }
}

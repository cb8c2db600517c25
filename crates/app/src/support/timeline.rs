//! One line of time over all parties: what each has on record, what hangs together with it, its cases, and what is still to come.

use super::posted::Posted;
use crate::clocks::rfc;
use crate::trace::{Found, state_said};
use serde_json::{Value, json};
use slipway_terms::{Kind, Moment, Outcome, Party, State, Testimony};

/// What stands at one moment.
struct Entry {
    /// Unit: milliseconds; without one the party does not say when.
    at: Option<i64>,
    value: Value,
}

/// The entries, oldest first, what has no time behind them and what is still to come last. `whole`: also what the card's bank and the
/// network's centre said; a shop is told its own side only (rules 11). `posted`: what the ledgers have moved; a record says only where
/// it stands now.
pub fn of(found: &Found, whole: bool, posted: &[Posted]) -> Vec<Value> {
    let shown = |t: &&Testimony| whole || matches!(t.party, Party::Terminal | Party::Acquirer);
    let booked = |party| posted.iter().any(|posted| posted.party == party);
    let mut all: Vec<Entry> = found.seen.iter().filter(shown).map(|t| own(t, whole, booked(t.party))).collect();
    all.extend(posted.iter().map(|posted| {
        let (zh, en) = posted.words();
        entry(Some(posted.at.0), posted.party, "posted", zh, en)
    }));
    let linked = &found.linked;
    all.extend(linked.original.iter().map(|t| other(t, "原交易", "the payment it is about")));
    all.extend(linked.later.iter().map(|t| other(t, "后续", "later")));
    all.extend(linked.first.iter().map(|(t, _)| other(t, "先付的一笔", "the first payment")));
    all.extend(linked.again.iter().map(|t| other(t, "又付一笔", "paid again")));
    for t in found.seen.iter().filter(shown) {
        for case in &t.cases {
            let words = case.ground().words();
            let number = case.key.to_string();
            all.push(entry(
                Some(case.at.0),
                t.party,
                "case",
                format!("立案 {number}：{}", words.zh),
                format!("case {number} opened: {}", words.en),
            ));
            if let Some(at) = case.closed {
                let (zh, en) = case.later.or(case.found).map_or_else(
                    || ("后续证据已结案".to_owned(), "closed by later evidence".to_owned()),
                    |found| (found.finding.words().zh.to_string(), found.finding.words().en.to_string()),
                );
                all.push(entry(
                    Some(at.0),
                    t.party,
                    "case",
                    format!("结案 {number}：{zh}"),
                    format!("case {number} closed: {en}"),
                ));
            }
        }
    }
    all.sort_by_key(|entry| (entry.at.is_none(), entry.at));
    let mut told: Vec<Value> = all.into_iter().map(|entry| entry.value).collect();
    if let Some(due) = found.verdict.due {
        told.push(json!({"at": rfc(due), "party": null, "what": "due", "zh": "最迟到此时有定论", "en": "decided by then at the latest"}));
    }
    told
}

fn entry(at: Option<i64>, party: Party, what: &str, zh: String, en: String) -> Entry {
    let said = at.map(|at| rfc(Moment(at)));
    let party = serde_json::to_value(party).unwrap_or(Value::Null);
    Entry { at, value: json!({"at": said, "party": party, "what": what, "zh": zh, "en": en}) }
}

/// `booked`: its postings stand on the line by themselves.
fn own(t: &Testimony, whole: bool, booked: bool) -> Entry {
    let (zh, en) = state_said(t.state);
    let (mut zh, mut en) = (zh.to_owned(), en.to_owned());
    let mut also = |more_zh: &str, more_en: &str| {
        zh.push_str(&format!("，{more_zh}"));
        en.push_str(&format!(", {more_en}"));
    };
    // Of what was approved and undone since, the approval's own code would read as if the undo had it.
    let refused = |code: &slipway_terms::ResponseCode| code.outcome() != Outcome::Approved;
    if let Some(code) = t.code.filter(|code| whole && t.state != State::Approved && refused(code)) {
        let words = code.words();
        also(&format!("{code} {}", words.zh), &format!("{code} {}", words.en));
    }
    if t.slip && t.state == State::Approved {
        match t.party {
            Party::Terminal => also("有签购单", "with a slip"),
            _ => also("签购单已确认", "slip confirmed"),
        }
    }
    if t.borne {
        also("由其承担，不向持卡人扣款", "bears it: the cardholder is not charged");
    }
    if t.debited && !booked {
        also("已扣款", "debited");
    }
    if t.returned && !booked {
        also("已退回", "given back");
    }
    let what = serde_json::to_value(t.state).unwrap_or(Value::Null);
    entry(t.at.map(|at| at.0), t.party, what.as_str().unwrap_or("state"), zh, en)
}

fn other(t: &Testimony, zh: &str, en: &str) -> Entry {
    let (state_zh, state_en) = state_said(t.state);
    let (kind_zh, kind_en) = t.kind.map_or(("", ""), Kind::noun);
    let no = t.till.map(|till| till.stan.to_string()).unwrap_or_default();
    let amount = t.amount.map(|amount| amount.to_string()).unwrap_or_default();
    // A step between houses has no number at any till.
    if t.kind.is_some_and(Kind::is_disputed) {
        return entry(
            t.at.map(|at| at.0),
            t.party,
            "dispute",
            format!("争议：{kind_zh} {amount}"),
            format!("dispute: {kind_en} {amount}"),
        );
    }
    entry(
        t.at.map(|at| at.0),
        t.party,
        "linked",
        format!("{zh}：{kind_zh} 凭证 {no} {amount} {state_zh}"),
        format!("{en}: {kind_en} No. {no} {amount} {state_en}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{ResponseCode, Short, judge};

    #[test]
    fn parties_in_the_order_of_their_time_and_a_shop_sees_its_own_side() {
        let at = |party, state, at| Testimony { at, ..Testimony::bare(party, Short::cut("1"), state) };
        let mut seen = vec![
            at(Party::Terminal, State::Approved, Some(Moment(3_000))),
            at(Party::Acquirer, State::Approved, Some(Moment(2_000))),
            at(Party::Switch, State::Unreachable, None),
            at(Party::Issuer, State::Declined, Some(Moment(1_000))),
        ];
        seen[0].slip = true;
        seen[3].code = ResponseCode::new("43").ok();
        let found = Found { till: None, verdict: judge(&seen), seen, linked: Default::default() };
        let parties = |whole| -> Vec<String> {
            let told = of(&found, whole, &[]).into_iter().filter(|entry| entry["what"] != "due");
            told.map(|entry| entry["party"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(parties(true), ["issuer", "acquirer", "terminal", "switch"]);
        assert_eq!(parties(false), ["acquirer", "terminal"]);
        let whole = Value::from(of(&found, true, &[])).to_string();
        assert!(whole.contains("43 ") && whole.contains("with a slip") && whole.contains("unreachable"), "{whole}");
        assert!(!Value::from(of(&found, false, &[])).to_string().contains("43 "));
    }

    #[test]
    fn the_debit_stands_before_its_undo_and_an_undone_sale_has_no_good_code() {
        let undone = |party, at| Testimony {
            at: Some(Moment(at)),
            code: Some(ResponseCode::APPROVED),
            ..Testimony::bare(party, Short::cut("1"), State::Undone)
        };
        let mut seen = vec![undone(Party::Switch, 2_000), undone(Party::Issuer, 2_000)];
        (seen[1].debited, seen[1].returned) = (true, true);
        let found = Found { till: None, verdict: judge(&seen), seen, linked: Default::default() };
        let posted = |at, minor| Posted { party: Party::Issuer, at: Moment(at), again: false, minor };
        let told = of(&found, true, &[posted(1_000, 8_800), posted(2_000, -8_800)]);
        let words: Vec<_> = told.iter().map(|entry| entry["en"].as_str().unwrap()).collect();
        assert_eq!(words, ["CNY 88.00 debited", "undone", "undone", "CNY 88.00 given back"]);
        let told = of(&found, true, &[]);
        assert!(
            Value::from(told).to_string().contains("undone, debited, given back"),
            "without a ledger the record says it"
        );
    }
}

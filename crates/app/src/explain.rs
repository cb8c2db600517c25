//! `slipway explain`: what a text or code on a till's screen means, whoever made the till: for the money, and what to do.
//! Says "nothing was taken" only where every device that shows the text has sent nothing.

mod screens;
mod trade;

use crate::say::{End, Say};
use serde_json::{Value, json};
use slipway_node::LineFault;
use slipway_terminal::line::{self, Row, Sent, TABLE, Words};
use slipway_terms::{Cashier, Fate, Kind, Lang, Outcome, ResponseCode};

/// Arguments of `explain`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  slipway explain \"PPP未连接 2412\"\n  slipway explain 2412\n  slipway explain L13\n  slipway explain 51\n  slipway explain \"Reversal done\"\n\nWithout words: every line fault. Exit code 1: not known."
)]
pub struct ExplainArgs {
    /// What the screen shows, or a part of it.
    #[arg(allow_negative_numbers = true)]
    words: Vec<String>,
    /// The whole table as the page docs/line-faults.md.
    #[arg(long, hide = true)]
    page: bool,
}

/// Looks the words up.
///
/// # Errors
/// 1 when nobody knows them.
pub fn explain(args: &ExplainArgs, say: &Say) -> Result<(), End> {
    if args.page {
        say.line(page().trim_end());
        return Ok(());
    }
    let asked = args.words.join(" ");
    let rows: Vec<&Row> = if asked.trim().is_empty() { TABLE.iter().collect() } else { find(&asked) };
    let code = ResponseCode::new(asked.trim()).ok().filter(|code| rows.is_empty() && code.text().is_some());
    // A line fault or an answer code is the dearer finding; texts of our own screens come where there is none of these.
    // A word of the trade that is asked for by itself is no part of a screen.
    let words = if rows.is_empty() && code.is_none() { trade::find(&asked) } else { Vec::new() };
    let shown = if rows.is_empty() && code.is_none() && words.is_empty() { screens::find(&asked) } else { Vec::new() };
    if say.json {
        let found: Vec<Value> = rows.iter().map(|row| document(row)).chain(code.map(answer_document)).collect();
        let shown: Vec<Value> = shown.iter().map(screens::document).collect();
        say.document(&json!({"asked": asked, "found": found, "screens": shown, "words": words.iter().map(|word| word.document()).collect::<Vec<_>>()}));
    } else {
        rows.iter().for_each(|row| tell(row, say));
        if let Some(code) = code {
            tell_answer(code, say);
        }
        words.iter().for_each(|word| word.tell(say));
        screens::tell(&shown, say);
    }
    if rows.is_empty() && code.is_none() && shown.is_empty() && words.is_empty() {
        return Err(End::broken(
            format!("不认识“{asked}”：如果交易可能已发出，请按结果不明处理：等待自动冲正，用查证查询，不要重刷"),
            format!(
                "{asked:?} is not known. If the transaction may have left, its fate is open: wait for the reversal, ask for its fate, do not swipe again"
            ),
        ));
    }
    Ok(())
}

/// Letters, digits and Chinese of a text, so that blanks and punctuation of a screen do not matter.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The numbers of three digits or more in a text.
fn numbers(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() >= 3).collect()
}

/// The words of Latin letters and digits in a text.
fn words(text: &str) -> Vec<String> {
    let all = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    all.map(str::to_ascii_lowercase).collect()
}

/// Whether `whole` has `part` in it: Latin text by whole words, or a printer out of "paper" would be a wrong "PAP" password and
/// be answered with "nothing was taken"; Chinese, which has no blanks, anywhere.
fn holds(whole: &str, part: &str) -> bool {
    let short = bare(part);
    if !short.is_ascii() {
        return short.chars().count() >= 2 && bare(whole).contains(&short);
    }
    let (whole, part) = (words(whole), words(part));
    short.len() >= 3 && whole.windows(part.len()).any(|found| found == part)
}

/// How well a row fits: 3 its very text, 2 its number, 1 a part of it.
fn fits(row: &Row, asked: &str) -> u8 {
    let (want, wanted) = (bare(asked), numbers(asked));
    let own = [row.code, row.fault.word(), row.what.0, row.what.1];
    let all = || own.iter().chain(row.vendors);
    let part = |text: &&&str| holds(text, asked) || holds(asked, text);
    if all().any(|text| bare(text) == want) {
        3
    } else if row.vendors.iter().any(|text| numbers(text).iter().any(|number| wanted.contains(number))) {
        2
    } else {
        u8::from(all().any(|text| part(&text)))
    }
}

/// The rows that fit best; those of a doubt first, for that is the dearer mistake.
fn find(asked: &str) -> Vec<&'static Row> {
    let best = TABLE.iter().map(|row| fits(row, asked)).max().filter(|best| *best > 0);
    let mut rows: Vec<_> = TABLE.iter().filter(|row| Some(fits(row, asked)) == best).collect();
    rows.sort_by_key(|row| row.sent == Sent::Before);
    rows
}

const fn sent(row: &Row) -> Words {
    match row.sent {
        Sent::Before => ("发送前", "before sending"),
        Sent::After => ("发送后", "after sending"),
    }
}

/// One sentence for a finding: what it is, the money, what to try.
pub fn sentence(fault: LineFault) -> (String, String) {
    let row = line::row(fault);
    let [one, two] = row.tries;
    (
        format!("{} {}（{}）：{}；先试：{}；{}", row.code, row.what.0, sent(row).0, row.money().0, one.0, two.0),
        format!("{} {} ({}): {}. Try: {}; {}", row.code, row.what.1, sent(row).1, row.money().1, one.1, two.1),
    )
}

fn tell(row: &Row, say: &Say) {
    let word = |words: Words| say.both(words.0, words.1);
    let title = format!("{} {}", row.code, word(row.what));
    say.line(format!("{}  {}  {}", say.strong(&title), row.fault.word(), word(sent(row))));
    say.line(format!("  {} {}", say.both("资金", "money  "), word(row.money())));
    for (no, tries) in row.tries.iter().enumerate() {
        say.line(format!("  {} {} {}", say.both("先试", "try    "), no + 1, word(*tries)));
    }
    say.line(format!("  {} {}", say.both("结论", "verdict"), word(row.sentence())));
}

fn document(row: &Row) -> Value {
    let both = |words: Words| json!({"zh": words.0, "en": words.1});
    let (fate, cashier) = row.verdict();
    json!({
        "code": row.code, "fault": row.fault.word(), "sent": row.sent == Sent::After, "what": both(row.what),
        "vendors": row.vendors, "money": both(row.money()), "tries": row.tries.map(both), "fate": fate, "cashier": cashier,
        "sentence": both(row.sentence()),
    })
}

/// What an answer code means for the money.
fn answer(code: ResponseCode) -> (Fate, Cashier, Words) {
    match code.outcome() {
        Outcome::Approved => (Fate::TookPlace, Cashier::Print, ("已成交", "It took place")),
        // Said of an order about an earlier payment, which it does not touch.
        Outcome::Declined(code) if matches!(code.as_str(), "12" | "22" | "25" | "64" | "94") => (
            Fate::DidNotTakePlace,
            Cashier::TakeAgain,
            (
                "这一笔没有动账；撤销、退货、完成被拒时，原交易不变：先用查证功能查询原交易，不要换卡",
                "This one moved nothing; where it was a void, refund or completion the earlier payment stands: ask for that one's fate first, and take no other card",
            ),
        ),
        // The acquirer did nothing; the terminal signs on, and what it still owes goes first.
        Outcome::Declined(code) if matches!(code.as_str(), "77" | "97" | "99" | "A0") => (
            Fate::DidNotTakePlace,
            Cashier::Wait,
            (
                "收单行未处理；终端会先签到、补发冲正，屏幕提示后再重试",
                "The acquirer did nothing with it; the terminal signs on and sends what it owes first, try again when its screen says so",
            ),
        ),
        Outcome::Declined(code) if code.other_means() => (
            Fate::DidNotTakePlace,
            Cashier::OtherMeans,
            ("未扣款，请用其他支付方式", "Nothing was taken; take another means"),
        ),
        Outcome::Declined(_) => (Fate::DidNotTakePlace, Cashier::TakeAgain, ("未扣款", "Nothing was taken")),
        Outcome::Doubt(_) => (
            Fate::Open,
            Cashier::Wait,
            ("结果不明，如已扣款将自动冲正退回", "Fate unknown; anything taken is reversed by itself"),
        ),
    }
}

fn tell_answer(code: ResponseCode, say: &Say) {
    let (words, (_, _, money)) = (code.words(), answer(code));
    let text = if say.lang == Lang::Zh { &words.zh } else { &words.en };
    say.line(format!("{}  {}", say.strong(&format!("{code} {text}")), say.both("应答码", "answer code")));
    say.line(format!("  {} {}", say.both("资金", "money  "), say.both(money.0, money.1)));
    for line in advice(code) {
        say.line(format!("  {} {}", say.both("收银", "cashier"), line.get(say.lang)));
    }
}

/// What the till says to a sale that is answered so, below the code itself: from the table of its screens.
fn advice(code: ResponseCode) -> Vec<slipway_terms::Text> {
    let shown = slipway_terminal::screens::of_answer(Kind::Sale, code);
    // The first two lines name the outcome and the code, or the amount.
    let money = answer(code).2;
    let lines = shown.map(|show| show.lines).unwrap_or_default().into_iter().skip(2);
    // What the money line says already is not said twice.
    lines.filter(|line| line.zh != money.0).collect()
}

fn answer_document(code: ResponseCode) -> Value {
    let (words, (fate, cashier, money)) = (code.words(), answer(code));
    json!({
        "code": code.to_string(), "answer": true, "what": {"zh": words.zh, "en": words.en},
        "money": {"zh": money.0, "en": money.1}, "fate": fate, "cashier": cashier, "advice": advice(code),
    })
}

/// The table as a page; a test keeps docs/line-faults.md equal to it.
fn page() -> String {
    let mut text = String::from(HEAD);
    for row in &TABLE {
        let [one, two] = row.tries;
        text.push_str(&format!(
            "| {} | `{}` | {} | {} {} | {} | {} {}; {} {} |\n",
            row.code,
            row.fault.word(),
            sent(row).1,
            row.what.0,
            row.what.1,
            row.vendors.join("、"),
            one.0,
            one.1,
            two.0,
            two.1
        ));
    }
    let [before, after] = [LineFault::Lost, LineFault::NoAnswer].map(line::row);
    text.push_str(&format!(
        "\nBefore sending: {} {}. {} {}.\n",
        before.money().0,
        before.money().1,
        before.sentence().0,
        before.sentence().1
    ));
    text.push_str(&format!(
        "\nAfter sending: {} {}. {} {}.\n",
        after.money().0,
        after.money().1,
        after.sentence().0,
        after.sentence().1
    ));
    text
}

const HEAD: &str = "\
# Line faults 线路故障

Printed by `slipway explain --page` from the one table in `crates/terminal/src/line.rs`; a test compares.

What a till shows when its line fails, and what it means for the money. Texts of other makers are what people search for;
where one text may mean both, it stands with the doubt.

    slipway explain \"PPP未连接 2412\"        # or 2412, L05, ppp-link, or an answer code as 51
    slipway doctor --line ppp-auth          # plays a fault on a simulated line, stage by stage
    slipway doctor --line terminals --dir ./net     # tries the real line of a party's configuration, TLS included

A terminal of `slipway run terminals` can be put on a simulated line (`[lines]` in its configuration) and given a fault while
it runs: `POST /api/v1/terminals/ID/line` with `{\"fault\":\"ppp-auth\"}`, mended with `{\"fault\":null}`.

| code | word | when | what it is | also shown as | try first |
|---|---|---|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: &str, want: &[LineFault]) {
        let found: Vec<_> = find(asked).iter().map(|row| row.fault).collect();
        assert_eq!(found, want, "{asked}");
    }

    #[test]
    fn what_people_search_for_is_found() {
        use LineFault::*;
        for asked in
            ["PPP未连接 2412", "2412", "ppp未连接2412", "PPP 未连接", "L05", "ppp-link", "POS机显示PPP未连接怎么办"]
        {
            check(asked, &[PppLink]);
        }
        check("无法连接服务器 -211", &[Refused]);
        check("-211", &[Refused]);
        check("无法连接服务器", &[Refused, ConnectTimeout]);
        check("GPRS连接超时", &[EndlessInit, ConnectTimeout]);
        check("no such text at all", &[]);
        check("!!", &[]);
    }

    /// A word inside another one once told "nothing was taken" of an approved payment without paper.
    #[test]
    fn paper_is_no_password() {
        for asked in ["Not printed: check the paper", "Printer out of paper", "paper jam", "paper"] {
            check(asked, &[]);
        }
        check("PAP", &[LineFault::PppAuth]);
    }

    #[test]
    fn a_text_that_may_be_a_doubt_is_told_as_one() {
        check("通信超时", &[LineFault::NoAnswer]);
        check("通讯超时", &[LineFault::NoAnswer]);
        assert_eq!(find("超时").first().map(|row| row.sent), Some(Sent::After));
    }

    #[test]
    fn the_page_is_the_table() {
        let kept = include_str!("../../../docs/line-faults.md");
        assert_eq!(kept.trim_end(), page().trim_end(), "write it anew: slipway explain --page > docs/line-faults.md");
    }
}

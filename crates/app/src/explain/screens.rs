//! The texts that our own till shows, looked through for what somebody read from it: the whole screen is told in both
//! languages, for its other lines say what it means for the money and what to do.

use super::bare;
use crate::say::Say;
use serde_json::{Value, json};
use slipway_node::Show;
use slipway_terms::{Lang, Text};

/// Screens told at most; the rest is a number.
const TOLD_MAX: usize = 6;
/// Fewer letters or digits find too much.
const LETTERS_MIN: usize = 2;

/// Letters only: the numbers of a sample are not those of anybody's screen.
fn letters(text: &str) -> String {
    bare(text).chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// How well one line fits what was asked: how many letters they have in common, and whether it is the very text.
fn fits(line: &Text, asked: &str) -> (usize, bool) {
    [&line.zh, &line.en].into_iter().map(|text| fit(&letters(text), asked)).max().unwrap_or_default()
}

fn fit(line: &str, asked: &str) -> (usize, bool) {
    let long = line.chars().count();
    match () {
        () if line.contains(asked) => (asked.chars().count(), line == asked),
        // What was asked is more than this line: only a line of some length says anything.
        () if long >= if line.is_ascii() { 8 } else { 4 } && asked.contains(line) => (long, false),
        () => (0, false),
    }
}

/// The screens whose lines fit best, a title before a line below it.
pub fn find(asked: &str) -> Vec<Show> {
    among(&slipway_terminal::screens::all(), asked)
}

fn among(all: &[Show], asked: &str) -> Vec<Show> {
    let asked = letters(asked);
    if asked.chars().count() < LETTERS_MIN {
        return Vec::new();
    }
    let score = |show: &Show| {
        let of = |(place, line): (usize, &Text)| (fits(line, &asked), u8::from(place == 0));
        show.lines.iter().enumerate().map(of).max().filter(|((letters, _), _)| *letters > 0)
    };
    let scored: Vec<_> = all.iter().filter_map(|show| Some((score(show)?, show))).collect();
    let best = scored.iter().map(|(score, _)| *score).max();
    let mut shown: Vec<Show> =
        scored.into_iter().filter(|(score, _)| Some(*score) == best).map(|(_, show)| show.clone()).collect();
    // Whoever asks without a kind asks about a payment: what an inquiry's screen says of the money would mislead.
    shown.sort_by_key(|show| show.lines.iter().any(|line| line.zh.contains("不涉及资金")));
    shown
}

/// One screen for machines.
pub fn document(show: &Show) -> Value {
    let lines = |pick: fn(&Text) -> &str| show.lines.iter().map(|line| pick(line).to_owned()).collect::<Vec<_>>();
    json!({"zh": lines(|line| &line.zh), "en": lines(|line| &line.en)})
}

/// The screens for a person: in the language asked for, the other one below.
pub fn tell(shown: &[Show], say: &Say) {
    for show in shown.iter().take(TOLD_MAX) {
        for (place, line) in show.lines.iter().enumerate() {
            let (own, other) = if say.lang == Lang::Zh { (&line.zh, &line.en) } else { (&line.en, &line.zh) };
            let own = if place == 0 { say.strong(own) } else { format!("  {own}") };
            say.line(if own.trim() == other { own } else { format!("{own}  ({other})") });
        }
    }
    let more = shown.len().saturating_sub(TOLD_MAX);
    if more > 0 {
        say.line(format!("(+{more} {})", say.both("个类似屏幕，见 --json", "screens like these, see --json")));
    }
    if !shown.is_empty() {
        say.line(say.both("以上号码和金额仅为示例。", "Numbers and amounts above are samples."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: &str, want: &str) {
        let found = find(asked);
        let text = |show: &Show| show.lines.iter().map(|line| format!("{} {}", line.zh, line.en)).collect::<String>();
        assert!(!found.is_empty() && found.iter().any(|show| text(show).contains(want)), "{asked}: {found:?}");
    }

    #[test]
    fn what_the_screen_says_is_found_in_both_languages() {
        check("Not printed: check the paper", "The payment stands");
        check("打印未完成，请检查打印纸", "交易已成功");
        check("Reversal done", "goes back by itself");
        check("撤销未生效", "The original stands".to_lowercase().as_str());
        check("The void did not take place", "original stands");
        check("Reversal pending No. 000815 CNY 12.00 card ..4711", "sign-in");
        check("签退未成功", "Try again later");
        check("settlement has not begun", "settle later");
        for asked in ["", "!", "7", "zzzz"] {
            assert!(find(asked).is_empty(), "{asked}");
        }
    }

    /// "Nothing was taken" is true of an inquiry and dear for a sale.
    #[test]
    fn a_doubt_is_told_of_a_payment_first() {
        for asked in ["结果不明", "Fate unknown"] {
            let found = find(asked);
            assert!(!found.is_empty() && found[0].lines.iter().all(|line| !line.zh.contains("不涉及资金")), "{asked}");
        }
    }

    /// Whatever the till shows is found by its title, in either language.
    #[test]
    fn every_screen_is_found_by_its_title() {
        let all = slipway_terminal::screens::all();
        let mut titles: Vec<&Text> = all.iter().filter_map(|show| show.lines.first()).collect();
        titles.sort();
        titles.dedup();
        // One language each in turn: the same table answers both.
        for (place, title) in titles.into_iter().enumerate() {
            let text = if place % 2 == 0 { &title.zh } else { &title.en };
            let found = among(&all, text);
            let told = found.iter().any(|found| found.lines.first() == Some(title));
            assert!(told || letters(text).chars().count() < LETTERS_MIN, "{text}: {found:?}");
        }
    }
}

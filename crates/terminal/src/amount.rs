//! Amounts in words, Chinese and English: what a large amount is asked for again in. Never a float.

use alloc::string::String;
use slipway_terms::Amount;

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 4] = ["", "万", "亿", "万亿"];

/// The amount in capital Chinese words, as on a cheque: 88.00 → 人民币捌拾捌元整.
pub fn words_zh(amount: Amount) -> String {
    let (yuan, fen) = (amount.minor() / 100, amount.minor() % 100);
    let mut text = String::from("人民币");
    if yuan > 0 {
        text += &whole_zh(yuan);
        text.push('元');
    }
    let (jiao, rest) = (fen / 10, fen % 10);
    if fen == 0 {
        text += if yuan == 0 { "零元整" } else { "整" };
        return text;
    }
    if jiao > 0 {
        text += DIGITS[index(jiao)];
        text.push('角');
    } else if yuan > 0 {
        text.push('零');
    }
    if rest > 0 {
        text += DIGITS[index(rest)];
        text.push('分');
    } else {
        text.push('整');
    }
    text
}

fn index(digit: u64) -> usize {
    usize::try_from(digit % 10).unwrap_or(0)
}

/// A whole number above zero, in groups of four digits.
fn whole_zh(number: u64) -> String {
    let mut text = String::new();
    // A zero is spoken once before the next digit that is not zero, and never at the end.
    let mut gap = false;
    for group in (0..4u32).rev() {
        let part = number / 10_000u64.pow(group) % 10_000;
        for place in (0..4u32).rev() {
            let digit = part / 10u64.pow(place) % 10;
            if digit == 0 {
                gap = !text.is_empty();
                continue;
            }
            if gap {
                text += DIGITS[0];
                gap = false;
            }
            text += DIGITS[index(digit)];
            text += PLACES[place as usize];
        }
        if part > 0 {
            text += GROUPS[group as usize];
        }
    }
    text
}

const ONES: [&str; 20] = [
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The amount in English words: 88.00 → CNY eighty-eight and 00/100.
pub fn words_en(amount: Amount) -> String {
    use core::fmt::Write;
    let (yuan, fen) = (amount.minor() / 100, amount.minor() % 100);
    let mut text = String::from("CNY");
    if yuan == 0 {
        text += " zero";
    }
    for (scale, name) in [(1_000_000_000, " billion"), (1_000_000, " million"), (1_000, " thousand"), (1, "")] {
        let part = yuan / scale % 1000;
        if part > 0 {
            hundreds_en(part, &mut text);
            text += name;
        }
    }
    let _ = write!(text, " and {fen:02}/100");
    text
}

fn hundreds_en(part: u64, text: &mut String) {
    let word = |list: &[&'static str], at: u64| usize::try_from(at).ok().and_then(|at| list.get(at).copied());
    if part >= 100 {
        text.push(' ');
        *text += word(&ONES, part / 100).unwrap_or("");
        *text += " hundred";
    }
    let rest = part % 100;
    if rest == 0 {
        return;
    }
    text.push(' ');
    if rest < 20 {
        *text += word(&ONES, rest).unwrap_or("");
        return;
    }
    *text += word(&TENS, rest / 10).unwrap_or("");
    if !rest.is_multiple_of(10) {
        text.push('-');
        *text += word(&ONES, rest % 10).unwrap_or("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fen: u64, zh: &str, en: &str) {
        assert_eq!((words_zh(Amount::fen(fen)).as_str(), words_en(Amount::fen(fen)).as_str()), (zh, en));
    }

    #[test]
    fn one_line_an_amount() {
        check(8_800, "人民币捌拾捌元整", "CNY eighty-eight and 00/100");
        check(88, "人民币捌角捌分", "CNY zero and 88/100");
        check(0, "人民币零元整", "CNY zero and 00/100");
        check(10_005, "人民币壹佰元零伍分", "CNY one hundred and 05/100");
        check(100_110, "人民币壹仟零壹元壹角整", "CNY one thousand one and 10/100");
        check(1_000_100_000, "人民币壹仟万零壹仟元整", "CNY ten million one thousand and 00/100");
        check(10_000_000_000, "人民币壹亿元整", "CNY one hundred million and 00/100");
        check(1_000_050_600, "人民币壹仟万零伍佰零陆元整", "CNY ten million five hundred six and 00/100");
    }
}

//! What people type into free fields, before it stands in a record: one line that another person reads as it was meant, and no card number.

use crate::web::refusal::Refusal;
use axum::http::StatusCode;
use core::ops::Range;
use slipway_terms::Pan;

/// Digits of a card number, at least and at most.
const CARD_DIGITS: core::ops::RangeInclusive<usize> = 13..=19;
/// Digits of a group on a card.
const GROUP_DIGITS_MAX: usize = 6;
/// Digits of a merchant's number.
const MERCHANT_DIGITS: usize = 15;
/// Characters of a reason at most.
pub const BECAUSE_MAX: usize = 200;

/// The text with stars for every digit of what reads as a card number, with a check digit or without (cards of a closed network have
/// none): 13 digits or more in one piece, fifteen without check digit excepted, which are a merchant; 13 to 19 with blanks or hyphens
/// between them, in groups as cards have or with a check digit.
pub fn no_card(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let pieces = pieces(&letters, at);
        at = pieces.last().map_or(at + 1, |last| last.end);
        let starred = if is_grouped(&letters, &pieces) { pieces } else { whole(&letters, pieces) };
        for piece in starred {
            letters.get_mut(piece).unwrap_or_default().fill('*');
        }
    }
    letters.into_iter().collect()
}

/// The pieces of the run of digits that begins here: one blank or hyphen stands between two.
fn pieces(letters: &[char], from: usize) -> Vec<Range<usize>> {
    let is_digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let between = |at: usize| letters.get(at).is_some_and(|letter| matches!(letter, ' ' | '-' | '\u{a0}' | '\u{3000}'));
    let (mut pieces, mut at) = (Vec::new(), from);
    while is_digit(at) {
        let end = (at..).find(|at| !is_digit(*at)).unwrap_or(at);
        pieces.push(at..end);
        at = if between(end) { end + 1 } else { end };
    }
    pieces
}

fn digits(letters: &[char], pieces: &[Range<usize>]) -> String {
    pieces.iter().filter_map(|piece| letters.get(piece.clone())).flatten().collect()
}

fn is_checked(digits: &str) -> bool {
    Pan::new(digits).is_ok_and(|pan| pan.luhn())
}

fn is_grouped(letters: &[char], pieces: &[Range<usize>]) -> bool {
    let digits = digits(letters, pieces);
    let small = pieces.iter().all(|piece| piece.len() <= GROUP_DIGITS_MAX);
    CARD_DIGITS.contains(&digits.len()) && (small || is_checked(&digits))
}

fn whole(letters: &[char], mut pieces: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let many = |piece: &Range<usize>| piece.len() >= *CARD_DIGITS.start() && piece.len() != MERCHANT_DIGITS;
    pieces.retain(|piece| {
        many(piece) || is_checked(&digits(letters, core::slice::from_ref(piece))) && piece.len() == MERCHANT_DIGITS
    });
    pieces
}

/// Whether a letter makes the line look other than it is: controls, line and paragraph ends, marks that turn the direction of others.
pub fn misleads(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A name or reason for a terminal or a page: what would mislead stands as its number.
pub fn shown(text: &str) -> String {
    let each = |letter: char| if misleads(letter) { letter.escape_unicode().to_string() } else { letter.to_string() };
    text.chars().map(each).collect()
}

/// A reason as it may stand in a record.
///
/// # Errors
/// 400: none, too long, more than a line, with marks that mislead, or with a card number.
pub fn because(given: Option<&str>) -> Result<String, Refusal> {
    let given = given.unwrap_or_default();
    let text = given.trim();
    // The limit is on what was sent, as the API's document says it.
    if text.is_empty() || given.chars().count() > BECAUSE_MAX || text.chars().any(misleads) || no_card(text) != text {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "请用一行文字写明原因（不超过200字，不含卡号和控制字符）",
            "say why: one line of 200 characters at most, without a card number and without marks that are not seen",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_starred_and_other_digits_are_not() {
        let check = |text: &str, want: &str| assert_eq!(no_card(text), want);
        check("9990010000000010", "****************");
        check("卡号9990 0100 0000 0010 已扣", "卡号**** **** **** **** 已扣");
        check("9990-0100-0000-0010", "****-****-****-****");
        check("9990010000000010=3012101", "****************=3012101");
        check("99900100000000100000", "********************");
        // A card of a closed network, without a check digit.
        check("9990010000000014", "****************");
        check("9990 0100 0000 0014", "**** **** **** ****");
        check("卡号9990010000000014 12", "卡号**************** 12");
        // A merchant; a reference number beside an amount; a web address.
        check("999290054110001", "999290054110001");
        check("商户999290054110001退货", "商户999290054110001退货");
        check("客人退货 参考号633200000002 金额88.00", "客人退货 参考号633200000002 金额88.00");
        check("633200000002 88", "633200000002 88");
        check("https://93.184.216.34:8443/x/1234", "https://93.184.216.34:8443/x/1234");
        check("", "");
    }

    #[test]
    fn a_reason_is_one_line_that_says_what_it_shows() {
        let check = |text: &str, good: bool| assert_eq!(because(Some(text)).is_ok(), good, "{text:?}");
        check("客人退货", true);
        check(" goods came back <b>broken</b> 😀 ", true);
        check("عودة البضاعة", true);
        check("two\nlines", false);
        check("\u{1b}[31mred", false);
        check("turned \u{202e}round", false);
        check("next\u{2028}line", false);
        check("hid\u{200b}den", false);
        check("9990010000000014", false);
        check("  ", false);
        check(&"x".repeat(BECAUSE_MAX), true);
        check(&"x".repeat(BECAUSE_MAX + 1), false);
        check(&format!("x{}", " ".repeat(BECAUSE_MAX)), false);
        assert!(because(None).is_err());
        assert_eq!(shown("a\n\u{202e}b"), "a\\u{a}\\u{202e}b");
    }
}

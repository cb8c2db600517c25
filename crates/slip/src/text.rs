//! Characters on a paper grid: widths, cleaning of foreign text, wrapping.
//! Never splits a wide character, never lets a control character (an ESC in a merchant name is a printer command) pass.

use unicode_width::UnicodeWidthChar;

/// Columns of one character: 2 for East Asian wide ones, 1 for others, 0 for what is dropped.
pub(crate) fn columns_of_char(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Columns of a text.
pub(crate) fn columns_of(text: &str) -> usize {
    text.chars().map(columns_of_char).sum()
}

/// Foreign text made safe for paper, [`printable`], and digit runs that may be a card number keep first 6 and last 4.
pub(crate) fn clean(text: &str) -> String {
    mask_runs(printable(text).trim())
}

/// Each blank or control character becomes one blank; zero-width characters (joiners, bidi marks, stacked accents) go.
pub(crate) fn printable(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        let noncharacter = (u32::from(c) & 0xFFFE) == 0xFFFE || ('\u{FDD0}'..='\u{FDEF}').contains(&c);
        match c.width() {
            _ if c.is_whitespace() || c.is_control() || noncharacter => kept.push(' '),
            Some(1 | 2) => kept.push(c),
            Some(0) => {}
            _ => kept.push('?'),
        }
    }
    kept
}

/// A host text or a name typed by mistake may hold a card number: 13 to 19 digits in a row are never printed in clear.
fn mask_runs(text: &str) -> String {
    let mut out: Vec<char> = text.chars().collect();
    let mut start = 0;
    while start < out.len() {
        let run = out[start..].iter().take_while(|c| c.is_numeric()).count();
        if (13..=19).contains(&run) {
            out[start + 6..start + run - 4].fill('*');
        }
        start += run.max(1);
    }
    out.into_iter().collect()
}

/// Lines of at most `width` columns and at most `lines_max` of them; text that does not fit ends in `...`.
/// `text` is clean already.
pub(crate) fn wrap(text: &str, width: usize, lines_max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let fits = cut_at(rest, width);
        if fits == rest.len() {
            lines.push(rest.to_owned());
            break;
        }
        if lines.len() + 1 == lines_max {
            let room = cut_at(rest, width.saturating_sub(3));
            lines.push(format!("{}...", rest[..room].trim_end()));
            break;
        }
        let end = break_at(rest, fits);
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    lines
}

/// The last place up to `fits` where a line may end: at a blank or beside a wide character, so that words and numbers stay
/// whole; `fits` itself if there is none.
fn break_at(text: &str, fits: usize) -> usize {
    let open = |c: char| c == ' ' || columns_of_char(c) == 2;
    let mut best = fits;
    let mut before = None;
    for (at, c) in text.char_indices().take_while(|(at, _)| *at <= fits) {
        if before.is_some_and(|b| open(b) || open(c)) {
            best = at;
        }
        before = Some(c);
    }
    best
}

/// Bytes of the longest beginning of `text` within `width` columns; at least one character, so that wrapping ends.
fn cut_at(text: &str, width: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += columns_of_char(c);
        if used > width && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_without_splitting() {
        let check = |text: &str, width, max, want: &[&str]| assert_eq!(wrap(text, width, max), want, "{text}");
        check("", 8, 9, &[]);
        check("小票打印机", 4, 9, &["小票", "打印", "机"]);
        check("小票打印机", 5, 9, &["小票", "打印", "机"]);
        check("a小b票c", 3, 9, &["a小", "b票", "c"]);
        check("GOODS AND SERVICES", 8, 9, &["GOODS", "AND", "SERVICES"]);
        check("ABCDEFGHIJ", 4, 9, &["ABCD", "EFGH", "IJ"]);
        check("AB CDEFGHIJ", 4, 9, &["AB", "CDEF", "GHIJ"]);
        check("原凭证号 000123 原日期", 12, 9, &["原凭证号", "000123 原日", "期"]);
        check("原凭证号000042", 11, 9, &["原凭证号", "000042"]);
        check("ABCDEFGHIJ", 6, 1, &["ABC..."]);
        check("小票打印机", 6, 1, &["小..."]);
        check("小", 1, 9, &["小"]);
    }

    #[test]
    fn cleans_foreign_text() {
        let check = |text: &str, want: &str| assert_eq!(clean(text), want, "{text:?}");
        check("A\u{1b}@\nB\tC\0D", "A @ B C D");
        check(" 小\u{3000}店 ", "小 店");
        check("a\u{202e}b\u{200d}c\u{feff}d\u{300}", "abcd");
        check("x\u{fffe}\u{fdd0}y\u{2028}z", "x  y z");
        check("9990010000000014", "999001******0014");
        check("卡9990\u{200b}010000000014号", "卡999001******0014号");
        check("９９９００１００００００００１４", "９９９００１******００１４");
        check("632712345678 000001", "632712345678 000001");
        check("20261123160405000000001", "20261123160405000000001");
    }
}

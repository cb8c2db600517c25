//! A slip as SVG: a page can show it, a printer can print it. Never lets text become markup.
//! Each word is placed by its columns and stretched to them, so any font keeps the paper's grid; characters of other
//! scripts stand alone, so that right-to-left text cannot turn a line around.

use crate::dots::DOTS_PER_COLUMN;
use crate::lines::{Line, Lines};
use crate::text::columns_of_char;
use std::fmt::Write;

const LINE_HEIGHT: usize = 30;
/// White paper around the print.
const MARGIN: usize = 28;
const FONTS: &str =
    "'Noto Sans Mono CJK SC','Sarasa Mono SC','Source Han Mono SC','Microsoft YaHei','PingFang SC',monospace";

/// The slip as one SVG document: no script, no style sheet, no outside reference. Unit: one dot of the print head.
pub fn svg(lines: &Lines) -> String {
    let columns = lines.columns().count();
    let width = columns * DOTS_PER_COLUMN + 2 * MARGIN;
    let height = lines.iter().map(line_height).sum::<usize>() + 2 * MARGIN;
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"{FONTS}\" fill=\"#2b2a2e\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fbfaf5\"/>"
    );
    let mut top = MARGIN;
    for line in lines {
        put_line(&mut out, line, columns, top);
        top += line_height(line);
    }
    out.push_str("</svg>\n");
    out
}

fn line_height(line: &Line) -> usize {
    LINE_HEIGHT + 24 * (line.size().factor() - 1)
}

fn put_line(out: &mut String, line: &Line, columns: usize, top: usize) {
    if line.text().is_empty() {
        return;
    }
    let factor = line.size().factor();
    let weight = if line.bold() { " font-weight=\"bold\"" } else { "" };
    let _ = write!(out, "<g font-size=\"{}\"{weight}>", 22 * factor);
    let base = top + 20 * factor;
    let mut column = line.indent(columns, line.width());
    for run in runs(line.text()) {
        let width = run.chars().map(columns_of_char).sum::<usize>() * factor;
        if !run.starts_with(' ') {
            let (x, length) = (MARGIN + column * DOTS_PER_COLUMN, width * DOTS_PER_COLUMN);
            let _ =
                write!(out, "<text x=\"{x}\" y=\"{base}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\">");
            escape(out, run);
            out.push_str("</text>");
        }
        column += width;
    }
    out.push_str("</g>\n");
}

/// Blanks, ASCII words and wide characters each as runs; any other character is a run of its own.
fn runs(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        ' ' => 0,
        c if c.is_ascii() => 1,
        c if columns_of_char(c) == 2 => 2,
        _ => 3,
    };
    let mut found = Vec::new();
    let (mut start, mut before) = (0, None);
    for (at, c) in text.char_indices() {
        let now = class(c);
        if before.is_some_and(|b| b != now || now == 3) {
            found.push(&text[start..at]);
            start = at;
        }
        before = Some(now);
    }
    found.push(&text[start..]);
    found
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_placed_one_by_one() {
        let check = |text: &str, want: &[&str]| assert_eq!(runs(text), want, "{text}");
        check("卡号(CARD NO):", &["卡号", "(CARD", " ", "NO):"]);
        check("a  b", &["a", "  ", "b"]);
        check("x של y", &["x", " ", "ש", "ל", " ", "y"]);
    }
}

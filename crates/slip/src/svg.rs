//! A slip as SVG: a page can show it, a printer can print it. Never lets text become markup.
//! Each word is placed by its columns and stretched to them, so any font keeps the paper's grid; characters of other
//! scripts stand alone, so that right-to-left text cannot turn a line around.

use crate::dots::DOTS_PER_COLUMN;
use crate::lines::{Columns, Line, Lines};
use crate::printer::PaperLine;
use crate::text::columns_of_char;
use std::fmt::Write;

const LINE_HEIGHT: usize = 30;
/// White paper around the print.
const MARGIN: usize = 28;
const FONTS: &str =
    "'Noto Sans Mono CJK SC','Sarasa Mono SC','Source Han Mono SC','Microsoft YaHei','PingFang SC',monospace";

/// The slip as one SVG document: no script, no style sheet, no outside reference. Unit: one dot of the print head.
pub fn svg(lines: &Lines) -> String {
    let (mut body, mut top) = (String::new(), MARGIN);
    let columns = lines.columns().count();
    for line in lines {
        put_line(&mut body, line, columns, top);
        top += line_height(line);
    }
    document(columns, top + MARGIN, &body)
}

/// What came out of a printer, as it came: half a slip is half a picture, a dead head leaves white paper, a cut is a dashed line.
pub fn svg_paper(paper: &[PaperLine], columns: Columns) -> String {
    let (mut body, mut top) = (String::new(), MARGIN);
    let (count, width) = (columns.count(), columns.count() * DOTS_PER_COLUMN);
    for line in paper {
        match line {
            PaperLine::Text(line) => {
                put_line(&mut body, line, count, top);
                top += line_height(line);
            }
            PaperLine::Dots(dots) => {
                let _ = writeln!(
                    body,
                    "<rect x=\"{MARGIN}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"#c9c8c3\"/>",
                    dots.height()
                );
                top += dots.height();
            }
            PaperLine::Cut => {
                let (x, y) = (width + 2 * MARGIN, top + LINE_HEIGHT / 2);
                let _ = writeln!(
                    body,
                    "<path d=\"M0 {y}H{x}\" stroke=\"#b9b8b2\" stroke-width=\"2\" stroke-dasharray=\"8 6\"/>"
                );
                top += LINE_HEIGHT;
            }
        }
    }
    document(count, top + MARGIN, &body)
}

fn document(columns: usize, height: usize, body: &str) -> String {
    let width = columns * DOTS_PER_COLUMN + 2 * MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"{FONTS}\" fill=\"#2b2a2e\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fbfaf5\"/>\n{body}</svg>\n"
    )
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
    fn paper_is_shown_as_it_came_out() {
        use crate::printer::{Fault, SimPrinter};
        let text = |text: &str| Line { text: text.to_owned(), ..Line::default() };
        let lines = Lines { columns: Columns::C32, lines: vec![text("a <b> 店"), text("second"), text("third")] };
        let out = |fault: Option<Fault>| {
            let mut printer = SimPrinter::without_bar_sensor();
            fault.into_iter().for_each(|fault| printer.arm(fault));
            printer.print_lines(&lines);
            svg_paper(printer.paper(), Columns::C32)
        };
        let (whole, half, blank) = (out(None), out(Some(Fault::PaperOut { after: 1 })), out(Some(Fault::DeadHead)));
        assert!(
            whole.contains("&lt;b&gt;") && whole.contains("third") && whole.contains("stroke-dasharray"),
            "{whole}"
        );
        assert!(half.contains("&lt;b&gt;") && !half.contains("second"), "{half}");
        assert!(!blank.contains("<text") && blank.contains("<rect"), "{blank}");
    }

    #[test]
    fn words_are_placed_one_by_one() {
        let check = |text: &str, want: &[&str]| assert_eq!(runs(text), want, "{text}");
        check("卡号(CARD NO):", &["卡号", "(CARD", " ", "NO):"]);
        check("a  b", &["a", "  ", "b"]);
        check("x של y", &["x", " ", "ש", "ל", " ", "y"]);
    }
}

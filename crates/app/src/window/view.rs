//! What the window looks like: left the terminal with its four-line screen, pad, cards and printer; right the paper. Draws what
//! it is given and decides nothing. Cards are shown masked, by type.

use super::cards::Card;
use super::place::PaperState;
use super::strip::Strip;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Wrap};
use slipway_node::Show;
use slipway_slip::printer::Fault;
use slipway_terms::{Lang, Text};
use std::collections::VecDeque;

/// Columns of the terminal's side.
const LEFT: u16 = 46;
/// Rows of the whole.
const ROWS: u16 = 24;
/// Cards that are seen at once.
const CARDS_SEEN: usize = 4;

/// What is drawn.
pub struct View<'a> {
    /// zh or en.
    pub lang: Lang,
    /// Colours may be used.
    pub colour: bool,
    /// Number of the terminal.
    pub seat: &'a str,
    /// In whose shop.
    pub merchant: &'a str,
    /// Whether the line is up, once that is known.
    pub line: Option<bool>,
    /// The screen.
    pub shown: &'a Show,
    /// What stands before the code of a slip's page.
    pub pages: &'a str,
    /// Digits keyed on the PIN pad.
    pub pin: usize,
    /// The cards, and which is chosen.
    pub cards: (&'a [Card], usize),
    /// The printer.
    pub printer: PaperState,
    /// The paper and its width.
    pub strip: (&'a Strip, u16),
    /// What happened around the terminal, oldest first.
    pub around: &'a VecDeque<Text>,
    /// Said to the person at the keyboard instead of the help.
    pub said: Option<&'a Text>,
}

impl View<'_> {
    /// Draws all of it, or asks for more room.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let (area, paper) = (frame.area(), self.strip.1 + 2);
        if area.width < LEFT + paper || area.height < ROWS {
            let (width, height) = (LEFT + paper, ROWS);
            let text = match self.lang {
                Lang::Zh => format!("窗口太小：至少 {width}×{height}；q 离开"),
                Lang::En => format!("The window is too small: at least {width}×{height}; q leaves"),
            };
            return frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
        }
        let rows = Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).split(area);
        let sides = Layout::horizontal([Constraint::Min(LEFT), Constraint::Length(paper)]).split(rows[1]);
        self.head(frame, rows[0]);
        let cards = u16::try_from(self.cards.0.len().min(CARDS_SEEN)).unwrap_or(4) + 2;
        let left = [8, 6, cards, 2].map(Constraint::Length).into_iter().chain([Constraint::Min(0)]);
        let left = Layout::vertical(left).split(sides[0]);
        self.screen(frame, left[0]);
        self.pad(frame, left[1]);
        self.tray(frame, left[2]);
        self.printer(frame, left[3]);
        self.around(frame, left[4]);
        self.paper(frame, sides[1]);
        self.foot(frame, rows[2]);
    }

    const fn both<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn paint(&self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    fn head(&self, frame: &mut Frame<'_>, area: Rect) {
        let (line, colour) = match self.line {
            Some(true) => (self.both("● 线路通", "● line up"), Color::Green),
            Some(false) => (self.both("○ 线路断", "○ line down"), Color::Red),
            None => (self.both("… 正在连接", "… connecting"), Color::Yellow),
        };
        let name = self.both("小票之路 终端", "Slipway terminal");
        let head = vec![
            Span::styled(format!(" {name} {} ", self.seat), Style::new().add_modifier(Modifier::BOLD)),
            Span::raw(format!(" {}  ", self.merchant)),
            Span::styled(line, self.paint(colour)),
        ];
        frame.render_widget(Paragraph::new(Line::from(head)), area);
    }

    fn screen(&self, frame: &mut Frame<'_>, area: Rect) {
        let lines: Vec<Line<'_>> = self.shown.lines.iter().map(|line| Line::from(line.get(self.lang))).collect();
        let glass = Block::bordered().title(self.both(" 屏幕 ", " Screen "));
        let text = Paragraph::new(lines).style(self.paint(Color::Cyan)).wrap(Wrap { trim: true }).block(glass);
        frame.render_widget(text, area);
    }

    fn pad(&self, frame: &mut Frame<'_>, area: Rect) {
        let title = if self.shown.pin_entry {
            format!(" {} {} ", self.both("密码键盘", "PIN pad"), "*".repeat(self.pin))
        } else {
            self.both(" 键盘 ", " Keypad ").to_owned()
        };
        let rows = [
            format!(" [1] [2] [3]   [Esc]       {}", self.both("取消", "Cancel")),
            format!(" [4] [5] [6]   [Backspace] {}", self.both("清除", "Clear")),
            format!(" [7] [8] [9]   [Enter]     {}", self.both("确认", "Enter")),
            format!(" [.]00 [0]     [m] {}  [p] {}", self.both("功能", "Menu"), self.both("打印", "Print")),
        ];
        let style = if self.shown.pin_entry { self.paint(Color::Yellow) } else { Style::new() };
        let lines: Vec<Line<'_>> = rows.into_iter().map(Line::from).collect();
        frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title).border_style(style)), area);
    }

    fn tray(&self, frame: &mut Frame<'_>, area: Rect) {
        let (cards, chosen) = self.cards;
        let first = (chosen + 1).saturating_sub(CARDS_SEEN);
        let card = |(at, card): (usize, &Card)| {
            let mark = if at == chosen { '▸' } else { ' ' };
            let pin = card.pin.as_deref().unwrap_or("");
            let text = format!("{mark}{} {} {} {pin}", at + 1, card.name, card.pan.tail());
            let style = if at == chosen { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
            Line::styled(text, style)
        };
        let lines: Vec<Line<'_>> = cards.iter().enumerate().skip(first).take(CARDS_SEEN).map(card).collect();
        let title = self.both(" 卡片 ↑↓ 选 [s]刷 [w]反刷 [k]手输 ", " Cards ↑↓ [s]wipe [w]rong way [k]ey no. ");
        frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title)), area);
    }

    fn printer(&self, frame: &mut Frame<'_>, area: Rect) {
        let (zh, en) = match self.printer {
            PaperState::Good => ("正常", "ready"),
            PaperState::Faulty(Fault::PaperOut { .. }) => ("缺纸", "out of paper"),
            PaperState::Faulty(Fault::Jam { .. }) => ("卡纸", "paper jam"),
            PaperState::Faulty(Fault::CoverOpen { .. }) => ("上盖打开", "cover open"),
            PaperState::Faulty(Fault::DeadHead) => ("打印头损坏", "dead head"),
            PaperState::Faulty(_) => ("故障", "faulty"),
            PaperState::Blank => ("出白纸", "blank paper"),
        };
        let colour = if self.printer == PaperState::Good { Color::Green } else { Color::Red };
        let state = vec![
            Span::raw(self.both(" 打印机 ", " Printer: ")),
            Span::styled(self.both(zh, en), self.paint(colour).add_modifier(Modifier::BOLD)),
        ];
        let keys =
            self.both(" [o]缺纸 [j]卡纸 [c]开盖 [b]白纸 [d]坏头 [r]修", " [o]ut [j]am [c]over [b]lank [d]ead [r]epair");
        frame.render_widget(Paragraph::new(vec![Line::from(state), Line::from(keys)]), area);
    }

    fn around(&self, frame: &mut Frame<'_>, area: Rect) {
        if area.height < 3 {
            return;
        }
        let (seen, width) = (usize::from(area.height - 2), usize::from(area.width - 2));
        let newest = self.around.iter().skip(self.around.len().saturating_sub(seen));
        let mut lines: Vec<Line<'_>> = newest.flat_map(|text| folded(text.get(self.lang), width)).collect();
        lines.drain(..lines.len().saturating_sub(seen));
        let title = self.both(" 线路与手机 ", " Line and phone ");
        frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title)), area);
    }

    fn paper(&self, frame: &mut Frame<'_>, area: Rect) {
        if let Some(code) = self.shown.page {
            return self.page(frame, area, &format!("{}{code}", self.pages));
        }
        let rows = usize::from(area.height.saturating_sub(2));
        let seen = self.strip.0.seen(rows);
        // The newest line is at the slot, at the foot.
        let blank = std::iter::repeat_n(Line::from(""), rows - seen.len());
        let lines: Vec<Line<'_>> = blank.chain(seen.iter().map(|line| Line::from(line.as_str()))).collect();
        let title = if self.strip.0.hangs() {
            self.both(" 签购单 [x]撕下 ", " Paper [x] tears it off ")
        } else {
            self.both(" 签购单 ", " Paper ")
        };
        frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title)), area);
    }

    /// There is no paper: the QR code of its page stands in its place, dark on light; too wide for the pane, the address does.
    fn page(&self, frame: &mut Frame<'_>, area: Rect, link: &str) {
        let pane = Block::bordered().title(self.both(" 扫码取签购单 ", " Scan for the slip "));
        let inside = pane.inner(area);
        let dots = slipway_slip::qr(link).filter(|dots| {
            dots.width() <= usize::from(inside.width) && dots.height().div_ceil(2) <= usize::from(inside.height)
        });
        let text = match dots {
            Some(dots) => {
                let style = Style::new().fg(Color::Black).bg(Color::White);
                let lines =
                    slipway_slip::half_blocks(&dots).into_iter().map(|line| Line::from(Span::styled(line, style)));
                Paragraph::new(lines.collect::<Vec<_>>())
            }
            None => Paragraph::new(link.to_owned()).wrap(Wrap { trim: true }),
        };
        frame.render_widget(text.block(pane), area);
    }

    fn foot(&self, frame: &mut Frame<'_>, area: Rect) {
        let help = self.both(
            " [PgUp/PgDn]看纸  [a]丢下一个应答  [l] English  [q]离开",
            " [PgUp/PgDn] paper  [a] lose the next answer  [l] 中文  [q]uit",
        );
        let text = self.said.map_or_else(|| help.to_owned(), |said| format!(" {}", said.get(self.lang)));
        let style = if self.said.is_some() { self.paint(Color::Yellow) } else { Style::new() };
        frame.render_widget(Paragraph::new(text).style(style), area);
    }
}

/// A text on as many lines as it needs, broken anywhere: no wide character is cut in two.
fn folded(text: &str, width: usize) -> Vec<Line<'static>> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        let wide = Span::raw(c.to_string()).width();
        if used + wide > width {
            lines.push(Line::from(std::mem::take(&mut line)));
            used = 0;
        }
        line.push(c);
        used += wide;
    }
    lines.push(Line::from(line));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_folded() {
        let check = |text: &str, width, want: &[&str]| {
            let got: Vec<String> = folded(text, width).iter().map(ToString::to_string).collect();
            assert_eq!(got, want, "{text}");
        };
        check("abc", 3, &["abc"]);
        check("abcd", 3, &["abc", "d"]);
        check("小票之路", 5, &["小票", "之路"]);
        check("a小票", 4, &["a小", "票"]);
        check("", 4, &[""]);
    }
}

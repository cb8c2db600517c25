//! A simulated ESC/POS printer: takes bytes, answers status queries, and keeps what came out on paper.
//! A pure state machine, so the same printer serves tests, the simulator and a TCP port. Faults are armed from outside.

use super::status::{STATUS_BYTES, Status, Written, fate, finish_query, is_finished, status_query};
use crate::dots::Bitmap;
use crate::escpos::escpos;
use crate::lines::{Align, Columns, Line, Lines, Size};
use crate::text::{columns_of, printable};
use encoding_rs::GB18030;
use slipway_terms::PaperFate;

/// What goes wrong. `after` counts the lines that still come out once the fault is armed; 0: it stands from the start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fault {
    /// The roll ends.
    PaperOut {
        /// Lines that still come out.
        after: usize,
    },
    /// The paper folds under the head.
    Jam {
        /// Lines that still come out.
        after: usize,
    },
    /// Somebody opens the cover.
    CoverOpen {
        /// Lines that still come out.
        after: usize,
    },
    /// The head is too hot.
    Overheated {
        /// Lines that still come out.
        after: usize,
    },
    /// No current: it answers nothing any more.
    PowerLost {
        /// Lines that still come out.
        after: usize,
    },
    /// The head does not heat (or the paper lies thermal side down): everything feeds, nothing is seen, status says fine.
    DeadHead,
    /// Status says ready, all bytes are swallowed, no paper moves and no job is ever reported finished.
    LiesReady,
}

impl Fault {
    /// Lines that still come out; `None` if this fault never stops the paper.
    const fn after(self) -> Option<usize> {
        match self {
            Self::PaperOut { after }
            | Self::Jam { after }
            | Self::CoverOpen { after }
            | Self::Overheated { after }
            | Self::PowerLost { after } => Some(after),
            Self::DeadHead | Self::LiesReady => None,
        }
    }
}

/// One thing that came out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PaperLine {
    /// A line of text in its style; a dead head leaves it empty.
    Text(Line),
    /// A band of dots.
    Dots(Bitmap),
    /// The knife cut here.
    Cut,
}

/// The printer. Paper that came out stays until [`SimPrinter::tear_off`].
#[derive(Clone, Debug)]
pub struct SimPrinter {
    paper: Vec<PaperLine>,
    fault: Option<Fault>,
    /// Lines since the fault was armed.
    moved: usize,
    /// Whether it has the black-bar sensor that notices a dead head.
    bar_sensor: bool,
    /// Bytes of a command that has not come whole yet.
    pending: Vec<u8>,
    text: Vec<u8>,
    style: Line,
}

impl Default for SimPrinter {
    fn default() -> Self {
        Self {
            paper: Vec::new(),
            fault: None,
            moved: 0,
            bar_sensor: true,
            pending: Vec::new(),
            text: Vec::new(),
            style: Line::default(),
        }
    }
}

impl SimPrinter {
    /// A printer in good order, with a black-bar sensor.
    pub fn new() -> Self {
        Self::default()
    }

    /// A cheap one: nobody but a person notices blank paper.
    pub fn without_bar_sensor() -> Self {
        Self { bar_sensor: false, ..Self::default() }
    }

    /// Arms `fault` from now on; it takes the place of an earlier one.
    pub fn arm(&mut self, fault: Fault) {
        self.fault = Some(fault);
        self.moved = 0;
    }

    /// A person puts it right: new roll, cover shut, jam cleared. What was in its memory is gone, so a slip that stopped
    /// halfway is printed again as a whole.
    pub fn mend(&mut self) {
        self.fault = None;
        self.pending.clear();
        self.forget();
    }

    /// All that came out and still hangs there.
    pub fn paper(&self) -> &[PaperLine] {
        &self.paper
    }

    /// Takes the paper away.
    pub fn tear_off(&mut self) -> Vec<PaperLine> {
        std::mem::take(&mut self.paper)
    }

    /// The armed fault that holds the paper now.
    fn stopped_by(&self) -> Option<Fault> {
        self.fault.filter(|f| f.after().is_some_and(|after| self.moved >= after))
    }

    /// What it says of itself; `None` without current.
    pub fn status(&self) -> Option<Status> {
        let mut status = Status::default();
        match self.stopped_by() {
            Some(Fault::PowerLost { .. }) => return None,
            Some(Fault::PaperOut { .. }) => status.paper_out = true,
            Some(Fault::Jam { .. }) => status.error = true,
            Some(Fault::CoverOpen { .. }) => status.cover_open = true,
            Some(Fault::Overheated { .. }) => status.overheated = true,
            Some(Fault::DeadHead | Fault::LiesReady) | None => return Some(status),
        }
        status.offline = true;
        Some(status)
    }

    /// Whether the black-bar test fails: only a printer with that sensor can tell.
    pub fn blank_suspected(&self) -> bool {
        self.bar_sensor && self.fault == Some(Fault::DeadHead)
    }

    /// A whole job as any printer is driven: ask, write, wait for the end, ask again. What came out is in
    /// [`SimPrinter::paper`].
    pub fn print(&mut self, bytes: &[u8]) -> PaperFate {
        let before = Status::decode(&self.hear(status_query()));
        let mut written = Written::Nothing;
        if before.is_some_and(Status::ready) {
            self.hear(bytes);
            let echo = self.hear(finish_query());
            written = if echo.first().is_some_and(|b| is_finished(*b)) { Written::Finished } else { Written::Queued };
        }
        let mut after = Status::decode(&self.hear(status_query()));
        if let Some(status) = &mut after {
            status.blank_suspected = self.blank_suspected();
        }
        fate(before, written, after)
    }

    /// [`SimPrinter::print`] of a rendered slip.
    pub fn print_lines(&mut self, lines: &Lines) -> PaperFate {
        self.print(&escpos(lines))
    }

    /// Bytes in, answer bytes out, as on a socket; cut anywhere. Unknown commands are skipped.
    pub fn hear(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_slice();
        while let Some(len) = command_len(rest) {
            let (command, after) = rest.split_at(len);
            rest = after;
            self.obey(command, &mut answer);
        }
        self.pending = rest.to_vec();
        answer
    }

    fn obey(&mut self, command: &[u8], answer: &mut Vec<u8>) {
        if matches!(self.stopped_by(), Some(Fault::PowerLost { .. })) {
            return;
        }
        match *command {
            [0x10, 0x04, n] => {
                let said = self.status().map(Status::encode);
                answer.extend(said.and_then(|s| s.get(usize::from(n.wrapping_sub(1)) % STATUS_BYTES).copied()));
            }
            // All below waits its turn: a printer that stands still or only pretends does none of it.
            _ if self.stopped_by().is_some() || self.fault == Some(Fault::LiesReady) => {}
            [0x1D, b'r', _] => answer.push(0),
            [0x1B, b'@'] => self.forget(),
            [0x1B, b'a', n] => {
                self.style.align = match n & 3 {
                    1 => Align::Centre,
                    2 => Align::Right,
                    _ => Align::Left,
                }
            }
            [0x1B, b'E', n] => self.style.bold = n & 1 == 1,
            [0x1D, b'!', n] => self.style.size = if n == 0 { Size::Normal } else { Size::Double },
            [0x1B, b'd', n] => (0..n).for_each(|_| self.feed_line()),
            [0x1D, b'V', ..] => self.paper.push(PaperLine::Cut),
            [0x1D, b'v', b'0', _, x_low, x_high, y_low, y_high, ref rows @ ..] => {
                let (across, down) = (u16::from_le_bytes([x_low, x_high]), u16::from_le_bytes([y_low, y_high]));
                self.move_paper(PaperLine::Dots(Bitmap::from_rows(usize::from(across) * 8, usize::from(down), rows)));
            }
            [b'\n'] => self.feed_line(),
            [first, ..] if first >= 0x20 => self.text.extend_from_slice(command),
            _ => {}
        }
    }

    fn feed_line(&mut self) {
        let bytes = std::mem::take(&mut self.text);
        let (text, _) = GB18030.decode_without_bom_handling(&bytes);
        // What came out is shown as it is; only what would harm the screen it is shown on is taken away.
        self.move_paper(PaperLine::Text(Line { text: printable(&text), ..self.style.clone() }));
    }

    /// One line comes out, unless a fault stopped the paper before it.
    fn move_paper(&mut self, line: PaperLine) {
        if self.stopped_by().is_some() {
            return;
        }
        self.moved += 1;
        let seen = match line {
            _ if self.fault == Some(Fault::DeadHead) => PaperLine::Text(Line::default()),
            line => line,
        };
        self.paper.push(seen);
    }

    fn forget(&mut self) {
        self.text.clear();
        self.style = Line::default();
    }
}

/// Bytes of the command or the piece of text at the beginning; `None` until all of it has come.
fn command_len(bytes: &[u8]) -> Option<usize> {
    let len = match *bytes {
        [] => return None,
        [0x10 | 0x1B | 0x1C | 0x1D] => return None,
        [0x10, 0x04, ..] => 3,
        [0x1B, b'a' | b'E' | b'3' | b'd' | b'!' | b'-' | b'J' | b'M' | b't' | b'R', ..] => 3,
        [0x1C, b'!' | b'W', ..] | [0x1D, b'!' | b'r' | b'B' | b'H' | b'h' | b'w', ..] => 3,
        [0x1D, b'V', m, ..] if m >= b'A' => 4,
        [0x1D, b'V', ..] => 3,
        [0x1D, b'v', b'0', _, x_low, x_high, y_low, y_high, ..] => {
            let (across, down) = (u16::from_le_bytes([x_low, x_high]), u16::from_le_bytes([y_low, y_high]));
            8 + usize::from(across) * usize::from(down)
        }
        [0x1D, b'v', ..] => 8,
        [0x10 | 0x1B | 0x1C | 0x1D, ..] => 2,
        // No second byte of a GB18030 character is below 0x30: a control byte always ends the text.
        [first, ..] if first >= 0x20 => bytes.iter().take_while(|b| **b >= 0x20).count(),
        _ => 1,
    };
    (bytes.len() >= len).then_some(len)
}

/// The paper as text for people: dots show as a grey band, cuts as a dashed line.
pub fn paper_text(paper: &[PaperLine], columns: Columns) -> String {
    let count = columns.count();
    let mut out = String::new();
    for line in paper {
        match line {
            PaperLine::Text(line) => {
                let indent = line.indent(count, columns_of(&line.text));
                out.push_str(&" ".repeat(indent));
                out.push_str(&line.text);
            }
            PaperLine::Dots(_) => out.push_str(&"░".repeat(count)),
            PaperLine::Cut => out.push_str(&"- ".repeat(count / 2)),
        }
        out.push('\n');
    }
    out
}

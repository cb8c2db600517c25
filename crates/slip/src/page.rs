//! The composing stick: puts cleaned, wrapped, aligned lines on paper of one width.
//! Never makes a line wider than the paper or more lines than [`LINES_MAX`].

use crate::lines::{Align, Columns, LINES_MAX, Line, Lines, Size};
use crate::text::{clean, columns_of, wrap};

/// Lines one name, title or value may take; longer is cut with `...`.
const VALUE_LINES_MAX: usize = 4;

/// Lines the label of one entry of a list may take.
const ENTRY_LINES_MAX: usize = 3;

/// A slip being composed.
pub(crate) struct Page {
    columns: Columns,
    lines: Vec<Line>,
}

impl Page {
    pub(crate) const fn new(columns: Columns) -> Self {
        Self { columns, lines: Vec::new() }
    }

    pub(crate) fn finish(self) -> Lines {
        Lines { columns: self.columns, lines: self.lines }
    }

    fn put(&mut self, text: String, size: Size, bold: bool, align: Align) {
        if self.lines.len() < LINES_MAX {
            self.lines.push(Line { text, size, bold, align });
        }
    }

    /// Text of one style, wrapped.
    pub(crate) fn styled(&mut self, text: &str, size: Size, bold: bool, align: Align) {
        for part in wrap(&clean(text), self.columns.count() / size.factor(), VALUE_LINES_MAX) {
            self.put(part, size, bold, align);
        }
    }

    /// Bold, in the middle.
    pub(crate) fn centred(&mut self, text: &str) {
        self.styled(text, Size::Normal, true, Align::Centre);
    }

    /// `label` left and `value` at the right edge; a value that does not fit stands below, a long one wrapped.
    /// An empty value prints nothing.
    pub(crate) fn pair(&mut self, label: &str, value: &str, bold: bool) {
        let (value, columns) = (clean(value), self.columns.count());
        if value.is_empty() {
            return;
        }
        let free = columns.saturating_sub(columns_of(label) + columns_of(&value));
        if free > 0 && !bold {
            self.number(label, &value);
        } else {
            self.label(label);
            self.below(&value, bold);
        }
    }

    /// A number made by the network (its type has checked it), never masked; blanks around it are the field's padding.
    pub(crate) fn number(&mut self, label: &str, value: &str) {
        let (value, columns) = (value.trim(), self.columns.count());
        let free = columns.saturating_sub(columns_of(label) + columns_of(value));
        if free > 0 {
            self.put(format!("{label}{:free$}{value}", ""), Size::Normal, false, Align::Left);
        } else {
            self.label(label);
            self.put(value.to_owned(), Size::Normal, false, Align::Right);
        }
    }

    /// One entry of a list: foreign text on the left, cleaned and wrapped beside its value, which stands at the right edge of
    /// the first line and is never cut.
    pub(crate) fn entry(&mut self, label: &str, value: &str) {
        let (value, columns) = (clean(value), self.columns.count());
        let room = columns.saturating_sub(columns_of(&value) + 1).max(8);
        let lead = label.len() - label.trim_start().len();
        let mut parts = wrap(&clean(label), room.saturating_sub(lead), ENTRY_LINES_MAX).into_iter();
        self.number(&format!("{:lead$}{}", "", parts.next().unwrap_or_default()), &value);
        for part in parts {
            self.put(format!("{:lead$}  {part}", ""), Size::Normal, false, Align::Left);
        }
    }

    /// A label on a line of its own.
    pub(crate) fn label(&mut self, label: &str) {
        self.put(label.to_owned(), Size::Normal, false, Align::Left);
    }

    fn below(&mut self, value: &str, bold: bool) {
        let columns = self.columns.count();
        let parts = wrap(value, columns, VALUE_LINES_MAX);
        let align = if parts.len() == 1 { Align::Right } else { Align::Left };
        for part in parts {
            self.put(part, Size::Normal, bold, align);
        }
    }

    /// `label`, and below it `value` large at the right edge; too long for double size stays normal.
    pub(crate) fn large(&mut self, label: &str, value: &str) {
        self.label(label);
        if columns_of(value) * 2 <= self.columns.count() {
            self.put(value.to_owned(), Size::Double, true, Align::Right);
        } else {
            self.below(value, true);
        }
    }

    /// Running text from the left edge, at most `lines_max` lines. Returns the lines used.
    pub(crate) fn paragraph(&mut self, text: &str, indent: usize, lines_max: usize) -> usize {
        let parts = wrap(&clean(text), self.columns.count() - indent, lines_max);
        let used = parts.len();
        for part in parts {
            self.put(format!("{:indent$}{part}", ""), Size::Normal, false, Align::Left);
        }
        used
    }

    /// A line of `mark` over the whole width.
    pub(crate) fn rule(&mut self, mark: &str) {
        self.put(mark.repeat(self.columns.count()), Size::Normal, false, Align::Left);
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.put(String::new(), Size::Normal, false, Align::Left);
    }
}

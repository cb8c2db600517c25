//! Lines of paper and their style: what every output form is made from.
//! No line is ever wider than its paper, and none holds a control or zero-width character: `Page` alone makes them.

use crate::text::columns_of;
use std::fmt;

/// The most lines one slip can have. Free text is cut per item well before, so the signature block always fits.
pub const LINES_MAX: usize = 96;

/// Paper width in columns of half-width characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Columns {
    /// 58 mm paper, 384 dots.
    C32,
    /// 80 mm paper, 576 dots.
    C48,
}

impl Columns {
    /// How many half-width characters stand on one line.
    pub const fn count(self) -> usize {
        match self {
            Self::C32 => 32,
            Self::C48 => 48,
        }
    }
}

/// Character size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Size {
    /// 12 × 24 dots.
    #[default]
    Normal,
    /// Twice as wide and high: a line holds half the columns.
    Double,
}

impl Size {
    /// 1 or 2.
    pub const fn factor(self) -> usize {
        match self {
            Self::Normal => 1,
            Self::Double => 2,
        }
    }
}

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Centre,
    /// At the right edge.
    Right,
}

/// One line with its style.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    pub(crate) text: String,
    pub(crate) size: Size,
    pub(crate) bold: bool,
    pub(crate) align: Align,
}

impl Line {
    /// The characters, without the blanks of alignment.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Character size.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Whether it prints bold.
    pub const fn bold(&self) -> bool {
        self.bold
    }

    /// Where it stands.
    pub const fn align(&self) -> Align {
        self.align
    }

    /// Columns it takes on paper, double size counted double.
    pub fn width(&self) -> usize {
        columns_of(&self.text) * self.size.factor()
    }

    /// Free columns left of the text on paper of `columns`.
    pub(crate) fn indent(&self, columns: usize, width: usize) -> usize {
        let free = columns.saturating_sub(width);
        match self.align {
            Align::Left => 0,
            Align::Centre => free / 2,
            Align::Right => free,
        }
    }
}

/// A rendered slip. `to_string()` is the text form: alignment by blanks, double size and bold are not shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    pub(crate) columns: Columns,
    pub(crate) lines: Vec<Line>,
}

impl Lines {
    /// The paper it is made for.
    pub const fn columns(&self) -> Columns {
        self.columns
    }

    /// The lines from top to bottom.
    pub fn iter(&self) -> std::slice::Iter<'_, Line> {
        self.lines.iter()
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing stands on it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl<'a> IntoIterator for &'a Lines {
    type Item = &'a Line;
    type IntoIter = std::slice::Iter<'a, Line>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            // Text cannot grow, so a double line is placed by its plain width.
            let indent = line.indent(self.columns.count(), columns_of(&line.text));
            writeln!(f, "{:indent$}{}", "", line.text)?;
        }
        Ok(())
    }
}

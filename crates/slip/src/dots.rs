//! Lines as dots: the bitmap behind PNG pictures and raster printing. 203 dpi, 12 × 24 dots a half-width character.
//! Glyphs are GNU Unifont (16 dots high), smoothed to three times their size and sampled down to the cell.

use crate::lines::{Line, Lines};
use crate::text::columns_of_char;
use unifont::{Glyph, get_glyph};

/// Dots of one column: 32 columns are 384 dots, 48 are 576.
pub const DOTS_PER_COLUMN: usize = 12;
const CELL_HEIGHT: usize = 24;
/// Empty dots below a line, so that lines stand 30 dots apart.
const LEADING: usize = 6;

/// Black dots on white paper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bitmap {
    width: usize,
    height: usize,
    rows: Vec<u8>,
}

impl Bitmap {
    /// White paper of `width` × `height` dots.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, rows: vec![0; width.div_ceil(8) * height] }
    }

    /// From packed rows (first dot in the highest bit); too few bytes leave white paper, too many are ignored.
    pub fn from_rows(width: usize, height: usize, rows: &[u8]) -> Self {
        let mut made = Self::new(width, height);
        for (to, from) in made.rows.iter_mut().zip(rows) {
            *to = *from;
        }
        made
    }

    /// Dots across.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Dots down.
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Rows from the top, each filled up to whole bytes, first dot in the highest bit: the shape of `GS v 0`.
    pub fn rows(&self) -> &[u8] {
        &self.rows
    }

    /// Whether the dot is black; outside the paper nothing is.
    pub fn dot(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && self.rows[y * self.width.div_ceil(8) + x / 8] & (0x80 >> (x % 8)) != 0
    }

    /// Makes a dot black; outside the paper nothing happens.
    pub fn ink(&mut self, x: usize, y: usize) {
        if x < self.width && y < self.height {
            self.rows[y * self.width.div_ceil(8) + x / 8] |= 0x80 >> (x % 8);
        }
    }
}

/// The whole slip as dots, exactly as wide as the print head.
pub fn bitmap(lines: &Lines) -> Bitmap {
    let columns = lines.columns().count();
    let mut whole = Bitmap::new(columns * DOTS_PER_COLUMN, 0);
    for line in lines {
        let drawn = line_bitmap(line, columns);
        whole.height += drawn.height;
        whole.rows.extend_from_slice(&drawn.rows);
    }
    whole
}

/// One line as dots, full paper width.
pub(crate) fn line_bitmap(line: &Line, columns: usize) -> Bitmap {
    let factor = line.size().factor();
    let mut out = Bitmap::new(columns * DOTS_PER_COLUMN, CELL_HEIGHT * factor + LEADING);
    let mut left = line.indent(columns, line.width()) * DOTS_PER_COLUMN;
    for c in line.text().chars() {
        let cell_columns = columns_of_char(c);
        if c != ' ' {
            draw(&mut out, left, &framed(&source(c, cell_columns)), cell_columns, factor, line.bold());
        }
        left += cell_columns * DOTS_PER_COLUMN * factor;
    }
    out
}

/// Sixteen rows of 8 or 16 dots (in the high bits), fitted to the columns the character has.
fn source(c: char, columns: usize) -> [u16; 16] {
    let mut rows = [0; 16];
    match get_glyph(c) {
        Some(Glyph::Halfwidth(half)) => {
            let shift = if columns == 2 { 4 } else { 8 };
            for (to, from) in rows.iter_mut().zip(half) {
                *to = u16::from(*from) << shift;
            }
        }
        Some(Glyph::Fullwidth(full)) if columns == 2 => rows = *full,
        // A wide drawing in a narrow cell (as of some symbols): pairs of dots melt together.
        Some(Glyph::Fullwidth(full)) => {
            for (to, from) in rows.iter_mut().zip(full) {
                *to = (0..8).filter(|x| from & (0xC000 >> (2 * x)) != 0).map(|x| 0x8000 >> x).sum();
            }
        }
        // No drawing (emoji): an empty box, so that a person sees that something stood here.
        None => {
            let side = if columns == 2 { 0x4002 } else { 0x4200 };
            let edge = if columns == 2 { 0x7FFE } else { 0x7E00 };
            rows[2..14].fill(side);
            rows[2] = edge;
            rows[13] = edge;
        }
    }
    rows
}

/// Puts a glyph into its cell: each dot becomes 3 × 3 smoothed ones; double size takes them all, normal size takes 2 × 2
/// of them for a dot that is black when half of them are, so strokes are two dots wide and no gap closes.
fn draw(out: &mut Bitmap, left: usize, glyph: &Framed, columns: usize, factor: usize, bold: bool) {
    let (width, height) = (columns * DOTS_PER_COLUMN * factor, CELL_HEIGHT * factor);
    for y in 0..height {
        for x in 0..width {
            let black = if factor == 2 {
                fine(glyph, x, y)
            } else {
                let part = [(0, 0), (1, 0), (0, 1), (1, 1)];
                part.iter().filter(|(dx, dy)| fine(glyph, 2 * x + dx, 2 * y + dy)).count() >= 2
            };
            if black {
                for thicker in 0..=if bold { factor } else { 0 } {
                    out.ink(left + x + thicker, y);
                }
            }
        }
    }
}

/// A glyph with one dot of white frame on each side, so that every dot has four neighbours.
type Framed = [u32; 18];

fn framed(glyph: &[u16; 16]) -> Framed {
    let mut rows = [0; 18];
    for (to, from) in rows[1..].iter_mut().zip(glyph) {
        *to = u32::from(*from) << 1;
    }
    rows
}

/// One dot of the glyph at three times its size, diagonals smoothed (Scale3x, Mazzoleni's rule).
fn fine(glyph: &Framed, x: usize, y: usize) -> bool {
    let (row, bit) = (y / 3 + 1, 16 - x / 3);
    let black = |row: u32, bit: usize| row >> bit & 1 == 1;
    let centre = black(glyph[row], bit);
    let (up, down) = (black(glyph[row - 1], bit), black(glyph[row + 1], bit));
    let (left, right) = (black(glyph[row], bit + 1), black(glyph[row], bit - 1));
    if up == down || left == right {
        return centre;
    }
    match (x % 3, y % 3) {
        (0, 0) if left == up => left,
        (2, 0) if up == right => right,
        (0, 2) if left == down => left,
        (2, 2) if down == right => right,
        _ => centre,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::{Align, Size};

    fn line(text: &str, size: Size, align: Align) -> Line {
        Line { text: text.into(), size, bold: false, align }
    }

    #[test]
    fn cells_stay_in_their_columns() {
        let check = |text: &str, size, align, from: usize, to: usize| {
            let drawn = line_bitmap(&line(text, size, align), 32);
            let black: Vec<usize> = (0..384).filter(|x| (0..drawn.height()).any(|y| drawn.dot(*x, y))).collect();
            assert!(!black.is_empty() && black[0] >= from && black[black.len() - 1] < to, "{text}: {black:?}");
        };
        check("A", Size::Normal, Align::Left, 0, 12);
        check("票", Size::Normal, Align::Left, 0, 24);
        check("票", Size::Double, Align::Centre, 168, 216);
        check("A", Size::Double, Align::Right, 360, 384);
        check("🎉", Size::Normal, Align::Left, 0, 24);
        check("…", Size::Normal, Align::Left, 0, 12);
    }

    #[test]
    fn chinese_is_covered() {
        for c in
            "银联商户存根持卡人编号终端操作员发卡行收单消费撤销退货预授权完成批次凭证参考日期时间金额备注重打印签名，。"
                .chars()
        {
            assert!(matches!(get_glyph(c), Some(Glyph::Fullwidth(_))), "{c}");
        }
    }
}

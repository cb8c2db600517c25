//! ESC/POS bytes for a thermal printer: GB18030 text in kanji mode, dots for what its font cannot have.
//! Never sends a character as text whose printed width would differ from the line's own measure.

use crate::dots::{Bitmap, line_bitmap};
use crate::lines::{Align, Line, Lines, Size};
use crate::text::columns_of_char;
use encoding_rs::GB18030;

/// ESC @, FS &: known state, two-byte characters on. ESC 3 30: lines 30 dots apart, as the bitmap has them.
const OPEN: &[u8] = b"\x1B@\x1C&\x1B3\x1E";
/// ESC d 3, GS V B 0: past the tear bar, feed to the knife and cut all but one point.
const CLOSE: &[u8] = b"\x1Bd\x03\x1DVB\x00";

/// The slip as bytes for a printer with a Chinese font. A line with a character that the font or GB18030's two-byte part
/// does not have (emoji, rare scripts, half-width signs that would print wide) goes as dots, by itself.
pub fn escpos(lines: &Lines) -> Vec<u8> {
    let mut out = OPEN.to_vec();
    let mut set = Line::default();
    for line in lines {
        match encoded(line.text()) {
            Some(bytes) => {
                style(&mut out, &mut set, line.align(), line.bold(), line.size());
                out.extend_from_slice(&bytes);
                out.push(b'\n');
            }
            None => {
                style(&mut out, &mut set, Align::Left, false, Size::Normal);
                raster(&mut out, &line_bitmap(line, lines.columns().count()));
            }
        }
    }
    style(&mut out, &mut set, Align::Left, false, Size::Normal);
    out.extend_from_slice(CLOSE);
    out
}

/// The slip as bytes for a printer without a Chinese font: all lines as dots.
pub fn escpos_raster(lines: &Lines) -> Vec<u8> {
    let mut out = OPEN.to_vec();
    for line in lines {
        raster(&mut out, &line_bitmap(line, lines.columns().count()));
    }
    out.extend_from_slice(CLOSE);
    out
}

/// ESC a, ESC E, GS !, each only when it changes.
fn style(out: &mut Vec<u8>, set: &mut Line, align: Align, bold: bool, size: Size) {
    if set.align != align {
        let n = match align {
            Align::Left => 0,
            Align::Centre => 1,
            Align::Right => 2,
        };
        out.extend_from_slice(&[0x1B, b'a', n]);
    }
    if set.bold != bold {
        out.extend_from_slice(&[0x1B, b'E', u8::from(bold)]);
    }
    if set.size != size {
        out.extend_from_slice(&[0x1D, b'!', if size == Size::Double { 0x11 } else { 0 }]);
    }
    (set.align, set.bold, set.size) = (align, bold, size);
}

/// GS v 0: one band of dots, printed at once.
fn raster(out: &mut Vec<u8>, dots: &Bitmap) {
    let (across, down) = (dots.width().div_ceil(8), dots.height());
    let [x_low, x_high] = u16::try_from(across).unwrap_or(u16::MAX).to_le_bytes();
    let [y_low, y_high] = u16::try_from(down).unwrap_or(u16::MAX).to_le_bytes();
    out.extend_from_slice(&[0x1D, b'v', b'0', 0, x_low, x_high, y_low, y_high]);
    out.extend_from_slice(dots.rows());
}

/// The text in GB18030 if every character is plain ASCII or a wide one with a two-byte code: then the printer's widths
/// are ours. A narrow character with a two-byte code (é, ×, curly quotes) would print wide and push the line over its
/// edge; four-byte codes are missing in the fonts.
fn encoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        let mut four = [0; 4];
        let (bytes, _, unmappable) = GB18030.encode(c.encode_utf8(&mut four));
        if unmappable || bytes.len() != columns_of_char(c) || bytes.len() > 2 {
            return None;
        }
        out.extend_from_slice(&bytes);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn only_what_the_font_has_at_our_width() {
        let check = |text: &str, want: Option<&[u8]>| assert_eq!(encoded(text).as_deref(), want, "{text}");
        check("RMB 88.00", Some(b"RMB 88.00"));
        check("消费", Some(&[0xCF, 0xFB, 0xB7, 0xD1]));
        check("，", Some(&[0xA3, 0xAC]));
        check("镕", Some(&[0xE9, 0x46])); // beyond GB 2312
        check("🎉", None);
        check("é", None);
        check("“", None);
        check("㐀", None); // four bytes
        check("שלום", None);
        check("\u{e5e5}", None); // the one that GB18030 cannot map
    }
}

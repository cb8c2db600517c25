//! A QR code of a link, for a screen that stands in for paper. Dots only; whoever shows them draws them.

use crate::dots::Bitmap;
use qrcode::{EcLevel, QrCode};

/// White modules around the code, on each side: one, so that the code of a page fits beside a terminal's screen on 32 columns.
const QUIET: usize = 1;

/// The code of this text with its quiet border, a dot a module. `None`: the text is longer than any code holds.
pub fn qr(text: &str) -> Option<Bitmap> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let side = code.width();
    let mut dots = Bitmap::new(side + 2 * QUIET, side + 2 * QUIET);
    for (at, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            dots.ink(QUIET + at % side, QUIET + at / side);
        }
    }
    Some(dots)
}

/// Dots as text, two rows a line: for a screen of characters with dark letters on a light ground.
pub fn half_blocks(dots: &Bitmap) -> Vec<String> {
    let line = |top: usize| {
        let cell = |x| match (dots.dot(x, top), dots.dot(x, top + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        (0..dots.width()).map(cell).collect()
    };
    (0..dots.height()).step_by(2).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read by another library, from the characters as they stand on the screen.
    #[test]
    fn another_reader_reads_it() {
        for link in
            ["http://127.0.0.1:7880/s/0123456789ABCDEFGHJKMNPQ", "https://slips.example/s/ZZZZZZZZZZZZZZZZZZZZZZZZ"]
        {
            let lines = half_blocks(&qr(link).unwrap());
            let cells: Vec<Vec<char>> = lines.iter().map(|line| line.chars().collect()).collect();
            let dark = |x: usize, y: usize| match cells.get(y / 2).and_then(|line| line.get(x)) {
                Some('█') => true,
                Some('▀') => y.is_multiple_of(2),
                Some('▄') => !y.is_multiple_of(2),
                _ => false,
            };
            // Four pixels a module, as a camera would see more than one.
            let side = cells[0].len() * 4;
            let mut seen =
                rqrr::PreparedImage::prepare_from_greyscale(
                    side,
                    side,
                    |x, y| {
                        if dark(x / 4, y / 4) { 0 } else { 255 }
                    },
                );
            let grids = seen.detect_grids();
            assert_eq!(grids.len(), 1, "{link}");
            assert_eq!(grids[0].decode().unwrap().1, link);
        }
        assert!(qr(&"x".repeat(5_000)).is_none());
    }
}

//! A slip as a PNG picture as large as its paper, dot for dot what the print head burns.

use crate::dots::{Bitmap, bitmap};
use crate::lines::Lines;
use crate::pdf::{DOTS_PER_MM, FEED, paper_mm};
use png::{BitDepth, ColorType, Encoder};
use std::io;

/// Palette: paper, ink, what lies behind the paper, the paper's edge.
const PALETTE: [u8; 12] = [0xFB, 0xFA, 0xF5, 0x2B, 0x2A, 0x2E, 0xD9, 0xDC, 0xE0, 0xC2, 0xC4, 0xC4];
const PAPER: u8 = 0;
const INK: u8 = 1;
const BEHIND: u8 = 2;
const EDGE: u8 = 3;

/// Paper and background around the print of [`png_paper`].
const MARGIN: usize = 32;
const AROUND: usize = 24;
const TOOTH: usize = 8;

/// The paper: 464 dots wide for the 384 of 32 columns, 640 for the 576 of 48, as the PDF page has it; some feed above and below.
/// Errors: only what the PNG encoder itself reports.
pub fn png(lines: &Lines) -> io::Result<Vec<u8>> {
    let dots = bitmap(lines);
    let (width, height) = (paper_mm(lines.columns()) * DOTS_PER_MM, dots.height() + 2 * FEED);
    let left = width.saturating_sub(dots.width()) / 2;
    let pixels = (0..width * height).map(|at| {
        let (x, y) = (at % width, at / width);
        if x >= left && y >= FEED && dots.dot(x - left, y - FEED) { INK } else { PAPER }
    });
    encode(width, height, pixels.collect())
}

/// The whole paper with its torn ends on a grey ground, for pages and documents. Errors: as for the print area.
pub fn png_paper(lines: &Lines) -> io::Result<Vec<u8>> {
    let dots = bitmap(lines);
    let (width, height) = (dots.width() + 2 * (MARGIN + AROUND), dots.height() + 2 * (MARGIN + AROUND));
    let pixels = (0..width * height).map(|at| shade(&dots, at % width, at / width));
    encode(width, height, pixels.collect())
}

fn shade(dots: &Bitmap, x: usize, y: usize) -> u8 {
    let (paper_width, paper_height) = (dots.width() + 2 * MARGIN, dots.height() + 2 * MARGIN);
    // The tear bar leaves teeth: the paper's end rises and falls by TOOTH dots.
    let tooth = (x % (2 * TOOTH)).abs_diff(TOOTH);
    let on_paper = |x: usize, y: usize| {
        (AROUND..AROUND + paper_width).contains(&x) && (AROUND + tooth..AROUND + paper_height - tooth).contains(&y)
    };
    if !on_paper(x, y) {
        let shadow = x >= 2 && y >= 3 && on_paper(x - 2, y - 3);
        return if shadow { EDGE } else { BEHIND };
    }
    let inset = AROUND + MARGIN;
    if x >= inset && y >= inset && dots.dot(x - inset, y - inset) { INK } else { PAPER }
}

/// Two bits a pixel, four colours.
fn encode(width: usize, height: usize, pixels: Vec<u8>) -> io::Result<Vec<u8>> {
    let side = |n: usize| u32::try_from(n).map_err(io::Error::other);
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, side(width)?, side(height)?);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Two);
    encoder.set_palette(&PALETTE[..]);
    let packed: Vec<u8> = pixels
        .chunks(width)
        .flat_map(|row| row.chunks(4).map(|four| four.iter().zip([6, 4, 2, 0]).map(|(p, shift)| p << shift).sum()))
        .collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&packed)?;
    writer.finish()?;
    Ok(out)
}

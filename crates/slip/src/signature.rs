//! A signature as a picture: drawn on a pad, or handed over as a PNG of one bit a dot. What is kept is drawn anew from the dots
//! alone, so that nothing else that a file may carry gets into an archive or onto a page.

use crate::dots::Bitmap;
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits};
use std::fmt;
use std::io::Cursor;

/// The widest signature. Unit: dots.
pub const SIGNATURE_WIDTH_MAX: usize = 512;
/// The highest signature. Unit: dots.
pub const SIGNATURE_HEIGHT_MAX: usize = 256;
/// The largest signature as a PNG. Unit: bytes; eight parts of a hand-in.
pub const SIGNATURE_BYTES_MAX: usize = 6_400;
/// What a file may take before it is drawn anew. Unit: bytes.
const FILE_BYTES_MAX: usize = 64 * 1024;

/// Why something is no signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoSignature {
    /// No PNG, or a damaged one.
    NotPng,
    /// A PNG with more than black and white dots (one bit, grey).
    NotBlackAndWhite,
    /// Wider or higher than a pad, or without any size.
    Size,
    /// Too many strokes for the bytes that an archive takes.
    TooLong,
    /// Nothing is drawn on it.
    Blank,
}

impl NoSignature {
    /// In Chinese and in English.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotPng => ("签名图不是完整的PNG", "the signature is no whole PNG"),
            Self::NotBlackAndWhite => {
                ("签名图须为1位灰度（黑白）PNG", "the signature must be a PNG of one bit grey (black and white)")
            }
            Self::Size => ("签名图须为1至512点宽、1至256点高", "a signature is 1 to 512 dots wide and 1 to 256 high"),
            Self::TooLong => ("签名图超过6400字节", "the signature takes more than 6400 bytes"),
            Self::Blank => ("签名图是空白的", "nothing is drawn on the signature"),
        }
    }
}

impl fmt::Display for NoSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (zh, en) = self.words();
        write!(f, "{zh} / {en}")
    }
}

impl std::error::Error for NoSignature {}

/// The signature of a PNG (one bit, grey), drawn anew.
///
/// # Errors
/// It is none.
pub fn signature_of(file: &[u8]) -> Result<Vec<u8>, NoSignature> {
    if file.len() > FILE_BYTES_MAX {
        return Err(NoSignature::TooLong);
    }
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: FILE_BYTES_MAX });
    let head = decoder.read_header_info().map_err(|_| NoSignature::NotPng)?;
    if (head.color_type, head.bit_depth) != (ColorType::Grayscale, BitDepth::One) {
        return Err(NoSignature::NotBlackAndWhite);
    }
    let paper = sheet(u64::from(head.width), u64::from(head.height))?;
    let mut reader = decoder.read_info().map_err(|_| NoSignature::NotPng)?;
    let mut rows = vec![0; paper.rows().len()];
    reader.next_frame(&mut rows).map_err(|_| NoSignature::NotPng)?;
    let mut drawn = paper;
    let (width, across) = (drawn.width(), drawn.width().div_ceil(8));
    for (at, row) in rows.chunks(across).enumerate() {
        // In a grey PNG 1 is white.
        (0..width).filter(|x| row[x / 8] & (0x80 >> (x % 8)) == 0).for_each(|x| drawn.ink(x, at));
    }
    encode(&drawn)
}

/// A signature as it was drawn on a pad of this size: each stroke is where the pen went, from its first point to its last.
///
/// # Errors
/// It is none.
pub fn signature_drawn(width: u64, height: u64, strokes: &[Vec<(u16, u16)>]) -> Result<Vec<u8>, NoSignature> {
    let mut pad = sheet(width, height)?;
    for stroke in strokes {
        if let [only] = stroke.as_slice() {
            line(&mut pad, *only, *only);
        }
        stroke.windows(2).for_each(|pair| line(&mut pad, pair[0], pair[1]));
    }
    encode(&pad)
}

fn sheet(width: u64, height: u64) -> Result<Bitmap, NoSignature> {
    let side = |n: u64, max: usize| usize::try_from(n).ok().filter(|n| (1..=max).contains(n)).ok_or(NoSignature::Size);
    Ok(Bitmap::new(side(width, SIGNATURE_WIDTH_MAX)?, side(height, SIGNATURE_HEIGHT_MAX)?))
}

/// All dots from one point to the other; what lies outside the pad is not drawn.
fn line(pad: &mut Bitmap, from: (u16, u16), to: (u16, u16)) {
    // No further out than a pad is wide: a stroke that leaves it does not go on for ever.
    let near = |n: u16| i32::from(n.min(2 * SIGNATURE_WIDTH_MAX as u16));
    let ((mut x, mut y), (to_x, to_y)) = ((near(from.0), near(from.1)), (near(to.0), near(to.1)));
    let (across, down) = ((to_x - x).abs(), -(to_y - y).abs());
    let (right, below) = ((to_x - x).signum(), (to_y - y).signum());
    let mut off = across + down;
    loop {
        if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) {
            pad.ink(x, y);
        }
        if (x, y) == (to_x, to_y) {
            return;
        }
        let twice = 2 * off;
        if twice >= down {
            off += down;
            x += right;
        }
        if twice <= across {
            off += across;
            y += below;
        }
    }
}

fn encode(drawn: &Bitmap) -> Result<Vec<u8>, NoSignature> {
    if drawn.rows().iter().all(|byte| *byte == 0) {
        return Err(NoSignature::Blank);
    }
    let (width, height) = (drawn.width(), drawn.height());
    let side = |n: usize| u32::try_from(n).map_err(|_| NoSignature::Size);
    let white: Vec<u8> = drawn.rows().iter().map(|byte| !byte).collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, side(width)?, side(height)?);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    encoder.set_compression(Compression::High);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&white)?;
        writer.finish()
    });
    // The encoder fails only if what it writes to fails.
    written.map_err(|_| NoSignature::NotPng)?;
    if out.len() > SIGNATURE_BYTES_MAX { Err(NoSignature::TooLong) } else { Ok(out) }
}

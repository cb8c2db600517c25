//! A slip as a PDF page as large as its paper, with the very dots that the print head burns: whoever prints it at its true size has the
//! slip again. Holds no text beside the picture and no date, so that the same slip is the same file.

use crate::dots::{Bitmap, bitmap};
use crate::lines::{Columns, Lines};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};

/// Dots of a millimetre (203 dpi, as print heads have them).
pub const DOTS_PER_MM: usize = 8;
/// Paper above and below the print. Unit: dots.
pub const FEED: usize = 5 * DOTS_PER_MM;

/// The width of the paper that carries so many columns, in millimetres: 58 or 80, as rolls are sold.
pub const fn paper_mm(columns: Columns) -> usize {
    match columns {
        Columns::C32 => 58,
        Columns::C48 => 80,
    }
}

/// The slip as one PDF page.
pub fn pdf(lines: &Lines) -> Vec<u8> {
    let dots = bitmap(lines);
    let (width, height) = (paper_mm(lines.columns()) * DOTS_PER_MM, dots.height() + 2 * FEED);
    let left = width.saturating_sub(dots.width()) / 2;
    let [catalog, pages, page, image, content, about] = [1, 2, 3, 4, 5, 6].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages).viewer_preferences().display_doc_title(true);
    pdf.pages(pages).kids([page]).count(1);
    let mut one = pdf.page(page);
    one.media_box(Rect::new(0.0, 0.0, points(width), points(height))).parent(pages).contents(content);
    one.resources().x_objects().pair(Name(b"Slip"), image);
    one.finish();
    let packed = run_lengths(dots.rows());
    let mut picture = pdf.image_xobject(image, &packed);
    picture.filter(Filter::RunLengthDecode);
    picture.width(side(dots.width())).height(side(dots.height())).color_space().device_gray();
    // A set bit is ink, and grey 0 is black.
    picture.bits_per_component(1).decode([1.0, 0.0]);
    picture.finish();
    pdf.stream(content, &placed(&dots, left));
    pdf.document_info(about).title(TextStr("签购单 slip")).producer(TextStr("Slipway"));
    pdf.finish()
}

/// The picture stands on the paper where the print head does.
fn placed(dots: &Bitmap, left: usize) -> Vec<u8> {
    let mut content = Content::new();
    content.transform([points(dots.width()), 0.0, 0.0, points(dots.height()), points(left), points(FEED)]);
    content.x_object(Name(b"Slip"));
    content.finish().into_vec()
}

/// Dots as typographic points.
#[expect(clippy::float_arithmetic, reason = "a length on paper, which PDF writes with places; no money")]
fn points(dots: usize) -> f32 {
    f32::from(u16::try_from(dots).unwrap_or(u16::MAX)) * 72.0 / 203.2
}

fn side(dots: usize) -> i32 {
    i32::try_from(dots).unwrap_or(i32::MAX)
}

/// `RunLengthDecode` of the standard (ISO 32000-1, 7.4.5): white paper is long runs. Needs no library, and every reader has it.
fn run_lengths(bytes: &[u8]) -> Vec<u8> {
    const MOST: usize = 128;
    /// Ends the data.
    const END: u8 = 128;
    let run = |from: &[u8]| from.iter().take(MOST).take_while(|byte| Some(*byte) == from.first()).count();
    let length = |count: usize| u8::try_from(count).unwrap_or(END);
    let (mut out, mut rest) = (Vec::new(), bytes);
    while let Some(first) = rest.first() {
        let same = run(rest);
        if same > 2 {
            out.extend([length(257 - same), *first]);
            rest = rest.get(same..).unwrap_or_default();
            continue;
        }
        let mut apart = 1;
        while apart < MOST.min(rest.len()) && rest.get(apart..).is_some_and(|from| run(from) <= 2) {
            apart += 1;
        }
        let (copied, left) = rest.split_at(apart);
        out.push(length(apart - 1));
        out.extend_from_slice(copied);
        rest = left;
    }
    out.push(END);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(mut bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        while let [length, rest @ ..] = bytes {
            match usize::from(*length) {
                128 => return out,
                copied @ 0..=127 => {
                    out.extend_from_slice(&rest[..=copied]);
                    bytes = &rest[copied + 1..];
                }
                run => {
                    out.extend(std::iter::repeat_n(rest[0], 257 - run));
                    bytes = &rest[1..];
                }
            }
        }
        panic!("no end")
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_was_packed_is_what_comes_out(bytes in proptest::collection::vec(0_u8..3, 0..700)) {
            let packed = run_lengths(&bytes);
            prop_assert_eq!(decoded(&packed), bytes.clone());
            prop_assert!(packed.len() <= bytes.len() + bytes.len() / 64 + 2);
        }
    }

    #[test]
    fn white_paper_costs_nothing() {
        assert_eq!(run_lengths(&[0; 256]), [129, 0, 129, 0, 128]);
        assert_eq!(run_lengths(&[1, 2, 2, 3]), [3, 1, 2, 2, 3, 128]);
        assert_eq!(run_lengths(&[]), [128]);
    }
}

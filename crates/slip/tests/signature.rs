//! What is taken for a signature, what of it is kept, and what is none.
#![allow(clippy::unwrap_used, reason = "tests may")]

use proptest::prelude::*;
use slipway_slip::{
    NoSignature, SIGNATURE_BYTES_MAX, SIGNATURE_HEIGHT_MAX, SIGNATURE_WIDTH_MAX, signature_drawn, signature_of,
};

const STROKES: &[&[(u16, u16)]] = &[&[(10, 40), (60, 10), (90, 50)], &[(120, 30)]];

fn strokes() -> Vec<Vec<(u16, u16)>> {
    STROKES.iter().map(|stroke| stroke.to_vec()).collect()
}

/// A PNG of any kind.
fn file(width: u32, height: u32, colour: png::ColorType, depth: png::BitDepth, rows: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.add_text_chunk("Author".into(), "9990010000000010".into()).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(rows).unwrap();
    writer.finish().unwrap();
    out
}

fn dots(png_file: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png_file)).read_info().unwrap();
    let mut rows = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut rows).unwrap();
    (reader.info().width, reader.info().height, rows)
}

#[test]
fn strokes_become_dots() {
    let drawn = signature_drawn(160, 64, &strokes()).unwrap();
    let (width, height, rows) = dots(&drawn);
    assert_eq!((width, height, rows.len()), (160, 64, 20 * 64));
    let ink = |x: usize, y: usize| rows[y * 20 + x / 8] & (0x80 >> (x % 8)) == 0;
    for (x, y) in STROKES.iter().flat_map(|stroke| stroke.iter()) {
        assert!(ink(usize::from(*x), usize::from(*y)), "{x},{y}");
    }
    // Where the pen went between two points, and nowhere else.
    assert!((10..=60).all(|x| (0..64).any(|y| ink(x, y))) && (0..64).all(|y| !ink(5, y) && !ink(110, y)));
    assert_eq!(signature_of(&drawn), Ok(drawn));
}

#[test]
fn only_the_dots_of_a_file_are_kept() {
    let given = file(16, 2, png::ColorType::Grayscale, png::BitDepth::One, &[0xFF, 0x7F, 0xFF, 0xFF]);
    assert!(given.windows(16).any(|part| part == b"9990010000000010"));
    let mut longer = given.clone();
    longer.extend_from_slice(b"<script>");
    for file in [given, longer] {
        let kept = signature_of(&file).unwrap();
        assert!(!kept.windows(16).any(|part| part == b"9990010000000010") && kept.ends_with(b"IEND\xAE\x42\x60\x82"));
        assert_eq!(dots(&kept), (16, 2, vec![0xFF, 0x7F, 0xFF, 0xFF]));
    }
}

#[test]
fn what_is_no_signature() {
    use png::{BitDepth, ColorType};
    let good = signature_drawn(160, 64, &strokes()).unwrap();
    let wide = |width| file(width, 1, ColorType::Grayscale, BitDepth::One, &vec![0; (width as usize).div_ceil(8)]);
    // Dots that no compression makes small: every bit of a counter's hash.
    let mut seed = 1_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    let noise: Vec<u8> = (0..64 * 256).map(|_| noise()).collect();
    for (file, want) in [
        (Vec::new(), NoSignature::NotPng),
        (b"\x89PNG".to_vec(), NoSignature::NotPng),
        (good[..good.len() - 20].to_vec(), NoSignature::NotPng),
        (vec![0; 70_000], NoSignature::TooLong),
        (file(1, 1, ColorType::Grayscale, BitDepth::Eight, &[0]), NoSignature::NotBlackAndWhite),
        (file(1, 1, ColorType::Rgb, BitDepth::Eight, &[0; 3]), NoSignature::NotBlackAndWhite),
        (wide(513), NoSignature::Size),
        (file(512, 256, ColorType::Grayscale, BitDepth::One, &noise), NoSignature::TooLong),
        (file(8, 1, ColorType::Grayscale, BitDepth::One, &[0xFF]), NoSignature::Blank),
    ] {
        assert_eq!(signature_of(&file), Err(want));
    }
    assert!(signature_of(&wide(512)).is_ok());
    for (width, height) in [(0, 1), (1, 0), (513, 1), (1, 257), (u64::MAX, 1)] {
        assert_eq!(signature_drawn(width, height, &strokes()), Err(NoSignature::Size));
    }
    assert_eq!(signature_drawn(9, 9, &[]), Err(NoSignature::Blank));
    assert_eq!(signature_drawn(9, 9, &[vec![(60_000, 60_000), (40_000, 1)]]), Err(NoSignature::Blank));
}

proptest! {
    #[test]
    fn nothing_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..300, byte: u8) {
        let _ = signature_of(&bytes);
        let mut spoilt = signature_drawn(160, 64, &strokes()).unwrap();
        let at = at % spoilt.len();
        spoilt[at] = byte;
        if let Ok(kept) = signature_of(&spoilt) {
            let (width, height, _) = dots(&kept);
            prop_assert!(kept.len() <= SIGNATURE_BYTES_MAX);
            prop_assert!(width as usize <= SIGNATURE_WIDTH_MAX && height as usize <= SIGNATURE_HEIGHT_MAX);
        }
    }
}

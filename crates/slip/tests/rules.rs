//! What must hold for every slip, whatever stands in its names: width, length, masking, the order of the blocks.

mod samples;

use proptest::prelude::*;
use slipway_slip::{Columns, LINES_MAX, Lines, bitmap, escpos, escpos_raster, png, png_paper, render, svg};
use slipway_terms::{Copy, Kind, SHAPES, Slip, Verification};

const WIDTHS: [Columns; 2] = [Columns::C32, Columns::C48];
const COPIES: [Copy; 2] = [Copy::Merchant, Copy::Cardholder];

/// Names that have broken other people's slips.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "</text><script>alert(1)</script>",
    "A&B \"C\" 'D' ]]> <!-- ",
    "\u{1b}@\u{1d}V\0\u{10}\u{04}\u{01}店",
    "换行\n商户编号(MERCHANT NO): 000\r\n\u{2028}\u{85}",
    "🎉👨‍👩‍👧‍👦🏳️‍🌈🇨🇳店",
    "\u{202e}gnp.exe\u{2066}שלום مرحبا\u{2069}",
    "Z\u{300}\u{301}\u{302}\u{303}\u{304}a\u{489}lgo",
    "ก็็็็็็็็็็ ﷽﷽﷽ 𒐫𒐫",
    "Café “Zürich” × Обед – ½ € ¥",
    "\u{e000}\u{f8ff}\u{fffe}\u{10ffff}",
    "9990011234560019",
    "卡号9990011234560019，有效期3012",
];

/// Every line fits, there are not too many, nothing in them can command a printer or a screen.
fn check_lines(lines: &Lines) {
    assert!(lines.len() <= LINES_MAX, "{} lines", lines.len());
    for line in lines {
        assert!(line.width() <= lines.columns().count(), "{line:?}");
        assert!(!line.text().chars().any(char::is_control), "{line:?}");
    }
    for shown in lines.to_string().lines() {
        let width = unicode_width::UnicodeWidthStr::width(shown);
        assert!(width <= lines.columns().count(), "{width}: {shown}");
    }
}

/// The same for every form of it.
fn check_forms(lines: &Lines) {
    check_lines(lines);
    let dots = bitmap(lines);
    assert_eq!(dots.width(), lines.columns().count() * 12);
    let markup = svg(lines);
    assert_eq!(markup.matches("<text ").count(), markup.matches("</text>").count());
    assert!(!markup.contains("<script") && !markup.contains("<!--"));
    let bare =
        markup.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").replace("&quot;", "").replace("&#39;", "");
    assert!(!bare.contains('&'), "an unescaped ampersand");
    assert!(!escpos(lines).is_empty() && !escpos_raster(lines).is_empty());
}

fn named(name: &str) -> Slip {
    Slip {
        title: name.into(),
        merchant_name: name.into(),
        issuer: name.into(),
        acquirer: name.into(),
        remarks: vec![name.into(); 3],
        reprint: true,
        test: true,
        ..samples::sale()
    }
}

#[test]
fn hostile_names_break_nothing() {
    for name in HOSTILE {
        for columns in WIDTHS {
            let lines = render(&named(name), Copy::Merchant, columns);
            check_forms(&lines);
            // No name can push out or imitate the fixed items behind it.
            let shown = lines.to_string();
            for item in ["CARDHOLDER SIGNATURE", "999653058120001", "RMB 88.00", "重打印/DUPLICATED"] {
                assert_eq!(shown.matches(item).count(), 1, "{name:?} {item}");
            }
        }
    }
}

#[test]
fn overlong_names_are_cut_and_the_signature_stays() {
    for name in ["小".repeat(5000), "W".repeat(5000), "a 小 ".repeat(2000)] {
        let mut slip = named(&name);
        slip.remarks = vec![name; 500];
        for columns in WIDTHS {
            let lines = render(&slip, Copy::Merchant, columns);
            check_forms(&lines);
            assert!(lines.to_string().contains("CARDHOLDER SIGNATURE"));
            assert!(lines.iter().last().unwrap().text().contains("NOT VALID"), "the last item is there");
        }
    }
}

#[test]
fn no_form_shows_the_card_number() {
    let slip = named("9990011234560019");
    for columns in WIDTHS {
        for copy in COPIES {
            let lines = render(&slip, copy, columns);
            for form in [lines.to_string(), svg(&lines), String::from_utf8_lossy(&escpos(&lines)).into_owned()] {
                let digits: String = form.chars().filter(|c| !c.is_whitespace()).collect();
                assert!(!digits.contains(samples::CARD) && !digits.contains(&samples::CARD[6..12]), "{form}");
            }
            assert!(lines.to_string().contains("9990 01** **** 0019 /S"));
        }
    }
}

#[test]
fn each_kind_has_its_words_and_sign() {
    for shape in SHAPES {
        for columns in WIDTHS {
            let lines = render(&Slip { transaction: shape.kind, ..samples::sale() }, Copy::Merchant, columns);
            check_lines(&lines);
            let shown = lines.to_string();
            assert!(shown.contains(shape.zh), "{shown}");
            let back = matches!(shape.kind, Kind::SaleVoid | Kind::Refund | Kind::CompletionVoid);
            assert!(shown.contains(if back { "RMB -88.00" } else { "RMB 88.00" }), "{shown}");
        }
    }
}

#[test]
fn the_foot_of_each_copy() {
    let check = |verification, copy, has: &[&str], has_not: &[&str]| {
        let shown = render(&Slip { verification, ..samples::sale() }, copy, Columns::C48).to_string();
        has.iter().for_each(|h| assert!(shown.contains(h), "{h}\n{shown}"));
        has_not.iter().for_each(|h| assert!(!shown.contains(h), "{h}\n{shown}"));
    };
    let (line, agreed) = ("CARDHOLDER SIGNATURE", "I ACKNOWLEDGE");
    check(Verification::Signature, Copy::Merchant, &[line, agreed], &["免签", "DUPLICATED", "TESTING"]);
    check(Verification::Signature, Copy::Cardholder, &["持卡人存根"], &[line, agreed]);
    check(Verification::NoSignature, Copy::Merchant, &["无需签名", agreed], &[line, "免密"]);
    check(Verification::NoPinNoSignature, Copy::Cardholder, &["免密免签"], &[line, agreed]);
}

#[test]
fn a_reprint_says_so_before_the_signature() {
    let shown = render(&samples::void_again(), Copy::Merchant, Columns::C32).to_string();
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text}\n{shown}"));
    assert!(at("ORIGINAL VOUCHER") < at("****重打印/DUPLICATED****"));
    assert!(at("****重打印/DUPLICATED****") < at("CARDHOLDER SIGNATURE"));
}

#[test]
fn a_fault_slip_is_no_voucher() {
    for copy in COPIES {
        let shown = render(&samples::fault(), copy, Columns::C32).to_string();
        for has in ["故障单", "非凭证 NOT A VOUCHER", "THE MONEY WILL RETURN BY", "2026-11-26", "0019 /S", "000042"]
        {
            assert!(shown.contains(has), "{has}\n{shown}");
        }
        for has_not in ["签购单", "SIGNATURE", "ACKNOWLEDGE", "授权码"] {
            assert!(!shown.contains(has_not), "{has_not}\n{shown}");
        }
    }
}

#[test]
fn test_mode_frames_the_slip() {
    let lines = render(&samples::small(), Copy::Merchant, Columns::C32);
    assert!(lines.iter().take(2).any(|l| l.text().contains("TESTING, NOT VALID")));
    assert!(lines.iter().last().unwrap().text().contains("TESTING, NOT VALID"));
}

#[test]
fn pictures_are_as_wide_as_the_paper() {
    for (columns, width, paper) in [(Columns::C32, 464, 496), (Columns::C48, 640, 688)] {
        let lines = render(&samples::sale(), Copy::Merchant, columns);
        for (bytes, want) in [(png(&lines).unwrap(), width), (png_paper(&lines).unwrap(), paper)] {
            let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
            assert_eq!(reader.info().width, want);
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            let colours = reader.info().palette.as_ref().map(|p| p.len());
            assert_eq!(colours, Some(12));
            assert!(pixels.iter().any(|p| *p != pixels[0]), "something is on the paper");
        }
    }
}

#[test]
fn a_picture_has_the_dots_of_the_print_head_and_no_other() {
    for (copy, columns) in COPIES.into_iter().zip([Columns::C32, Columns::C48]) {
        let lines = render(&samples::sale(), copy, columns);
        let dots = slipway_slip::bitmap(&lines);
        let mut reader = png::Decoder::new(std::io::Cursor::new(png(&lines).unwrap())).read_info().unwrap();
        let mut packed = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut packed).unwrap();
        let (width, height) = (frame.width as usize, frame.height as usize);
        let (left, feed) = ((width - dots.width()) / 2, (height - dots.height()) / 2);
        assert!(left >= 32 && feed >= 32, "paper all round");
        let black = |x: usize, y: usize| packed[y * frame.line_size + x / 4] >> (6 - 2 * (x % 4)) & 3 == 1;
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
            assert_eq!(black(x, y), x >= left && y >= feed && dots.dot(x - left, y - feed), "{x} {y}");
        }
    }
}

#[test]
fn a_pdf_is_as_large_as_its_paper_and_the_same_file_each_time() {
    // 58 mm and 80 mm, in points.
    for (columns, width) in [(Columns::C32, "164.409"), (Columns::C48, "226.771")] {
        let lines = render(&samples::sale(), Copy::Merchant, columns);
        let made = slipway_slip::pdf(&lines);
        let text = String::from_utf8_lossy(&made);
        assert!(text.starts_with("%PDF-1.") && text.trim_end().ends_with("%%EOF"));
        assert!(text.contains(&format!("/MediaBox [0 0 {width}")), "{}", &text[..600.min(text.len())]);
        assert!(made.len() < 40_000, "{} bytes", made.len());
        assert_eq!(made, slipway_slip::pdf(&lines));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_name_fits_the_paper(name in "\\PC{0,60}", remark in any::<String>(), fen in any::<u64>()) {
        let mut slip = named(&name);
        slip.remarks = vec![remark];
        slip.amount = slipway_terms::Amount::fen(fen);
        for columns in WIDTHS {
            check_lines(&render(&slip, Copy::Merchant, columns));
        }
    }
}

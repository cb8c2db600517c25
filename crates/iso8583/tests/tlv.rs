//! Tag-length-value data: kept byte for byte, refused at the exact byte, never more work than the limits allow.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::vectors;
use slipway_iso8583::tlv::{TLV_DEPTH_MAX, TLV_OBJECTS_MAX, Tlv, put};
use slipway_iso8583::{Fault, Path, Reveal, Rule, UNIONPAY_POS, encode_plain, from_hex, hex, show_bytes};

const AT: Path = Path::Field(55);

fn again(raw: &[u8]) {
    let mut out = Vec::new();
    Tlv::parse(raw, AT).unwrap().write(&mut out);
    assert_eq!(hex(&out), hex(raw));
}

#[test]
fn everything_is_kept() {
    let check = |text: &str, want: &[(u32, u8, &str)]| {
        let raw = from_hex(text).unwrap();
        let tlv = Tlv::parse(&raw, AT).unwrap_or_else(|f| panic!("{text}: {f}"));
        let got: Vec<_> = tlv.objects().map(|o| (o.number(), o.depth, hex(o.value))).collect();
        let want: Vec<_> = want.iter().map(|(tag, depth, value)| (*tag, *depth, (*value).to_owned())).collect();
        assert_eq!(got, want, "{text}");
        again(&raw);
    };
    check("", &[]);
    check("9F2608 1122334455667788 9501 80", &[(0x9F26, 0, "1122334455667788"), (0x95, 0, "80")]);
    check("9501 01 9501 02", &[(0x95, 0, "01"), (0x95, 0, "02")]);
    // A length longer than need be, filling between objects, a tag of three bytes, nothing in an object.
    check("95810101 0000 DF810501 AA 9F3600", &[(0x95, 0, "01"), (0xDF8105, 0, "AA"), (0x9F36, 0, "")]);
    check(
        "7209 9F180411223344 8600 8600",
        &[(0x72, 0, "9F1804112233448600"), (0x9F18, 1, "11223344"), (0x86, 1, ""), (0x86, 0, "")],
    );
    check("E004 E102 C100 E000", &[(0xE0, 0, "E102C100"), (0xE1, 1, "C100"), (0xC1, 2, ""), (0xE0, 0, "")]);
    for v in vectors() {
        if let Some(chip) = v.decoded.get("55") {
            again(&from_hex(chip.as_str().unwrap()).unwrap());
        }
    }
}

#[test]
fn written_with_the_shortest_length() {
    for len in [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x1234, 0x1_0000] {
        let mut out = Vec::new();
        put(&mut out, 0x9F10, &vec![7; len]);
        let tlv = Tlv::parse(&out, AT).unwrap();
        assert_eq!(tlv.first(0x9F10).map(<[u8]>::len), Some(len));
    }
}

#[test]
fn refused_at_the_exact_byte() {
    let check = |text: &str, offset: u32, rule: Rule| {
        let raw = from_hex(text).unwrap();
        assert_eq!(Tlv::parse(&raw, AT).unwrap_err(), Fault { path: AT, offset, rule }, "{text}");
    };
    check("9F", 0, Rule::Tag);
    check("9501 00 9F", 3, Rule::Tag);
    check("DF8181818101 00", 0, Rule::Tag);
    check("95", 1, Rule::Short { need: 1, left: 0 });
    check("9505 0011", 2, Rule::Short { need: 5, left: 2 });
    check("9580", 1, Rule::LengthForm);
    check("9584 00000001 00", 1, Rule::LengthForm);
    check("9582 01", 1, Rule::Short { need: 3, left: 2 });
    // What is inside must end where the outside ends.
    check("7203 9F1804 00000000", 5, Rule::Short { need: 4, left: 0 });
}

#[test]
fn bombs_are_small() {
    let mut deep = Vec::new();
    for _ in 0..200 {
        let mut outer = Vec::new();
        put(&mut outer, 0xE0, &deep);
        deep = outer;
    }
    let rule = Rule::Deep { max: u32::from(TLV_DEPTH_MAX) };
    assert_eq!(Tlv::parse(&deep, AT).unwrap_err().rule, rule);
    let many = [0xC1, 0].repeat(TLV_OBJECTS_MAX + 1);
    assert!(matches!(Tlv::parse(&many, AT).unwrap_err().rule, Rule::Long { .. }));
    again(&[0xC1, 0].repeat(TLV_OBJECTS_MAX));
    // Every cut and every changed byte: an answer or a fault inside the bytes.
    let raw = from_hex("9F2608112233445566778872099F180411223344860095050000000000DF810501AA").unwrap();
    for at in 0..raw.len() {
        let cut = Tlv::parse(&raw[..at], AT);
        assert!(cut.is_ok() || cut.unwrap_err().offset as usize <= at);
        for value in 0..=255 {
            let mut changed = raw.clone();
            changed[at] = value;
            match Tlv::parse(&changed, AT) {
                Ok(_) => again(&changed),
                Err(fault) => assert!(fault.offset as usize <= changed.len()),
            }
        }
    }
}

#[test]
fn shown_in_words() {
    let chip = "9505 8000048000 9B02 E800 8202 7C00 9F2701 80 9F3403 420300 7209 9F180411223344 8600 9F10020102 9F10020304 5A08 9990010000000014";
    let mut bytes = Vec::new();
    let fields = [(3, "000000"), (55, chip)];
    encode_plain(&UNIONPAY_POS, "0200", fields, &mut bytes).unwrap();
    let shown = show_bytes(Some(&UNIONPAY_POS), None, &bytes, Reveal::Masked, false).unwrap();
    let field = shown.fields.iter().find(|field| field.number == 55).unwrap();
    let sub = |label: &str| field.sub.iter().find(|sub| sub.label == label).unwrap_or_else(|| panic!("{label}"));
    assert_eq!(sub("55.95.1.8").name.unwrap().en, "offline data authentication was not performed");
    assert_eq!(sub("55.95.3.3").name.unwrap().zh, "输入了联机PIN");
    assert_eq!(sub("55.95.4.8").name.unwrap().en, "transaction exceeds the floor limit");
    assert_eq!(sub("55.9B.1.6").name.unwrap().en, "card risk management was performed");
    assert_eq!(sub("55.82.1.7").name.unwrap().en, "static data authentication supported");
    assert_eq!(sub("55.9F27").meaning.unwrap().en, "ARQC: asks online");
    assert_eq!(sub("55.9F34").meaning.unwrap().en, "enciphered PIN, online");
    assert_eq!((sub("55.72.9F18").value.as_str(), sub("55.9F10#2").value.as_str()), ("*** (4)", "*** (2)"));
    assert_eq!(field.value, "95(5) 9B(2) 82(2) 9F27(1) 9F34(3) 72(9) 9F10(2) 9F10(2) 5A(8)");
    assert!(!format!("{shown:?}").contains("9990010000000014"));
}

//! The encoder: filling, order, refusals, envelopes, and the bytes under the MAC.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::vector;
use slipway_iso8583::{
    CupsHeader, Encoder, Envelope, Family, Fault, Path, PosHeader, Rule, Tpdu, UNIONPAY_CUPS, UNIONPAY_POS, Wrapped,
    decode, decode_mending, detect, hex, mab, mac_field,
};

#[test]
fn values_are_filled_and_packed_by_their_rows() {
    let check = |dialect, n, value: &str, want: &str| {
        let mut buf = Vec::new();
        let mut encoder = Encoder::begin(&mut buf, dialect, *b"0200").unwrap();
        encoder.text(n, value).unwrap_or_else(|f| panic!("{n} {value}: {f}"));
        let range = encoder.finish().unwrap();
        let message = decode(dialect, &buf[range]).unwrap();
        assert_eq!(hex(message.whole(n).unwrap()), want, "{n} {value}");
    };
    let (pos, cups) = (&UNIONPAY_POS, &UNIONPAY_CUPS);
    check(pos, 2, "9990010000000000019", "1999900100000000000190");
    check(pos, 2, "999001", "06999001");
    check(pos, 4, "1", "000000000001");
    check(pos, 22, "21", "0210");
    check(pos, 22, "021", "0210");
    check(pos, 23, "1", "0001");
    check(pos, 23, "123", "0123");
    check(pos, 35, "9990010000000014=3012", "219990010000000014D30120");
    check(pos, 36, "99=1", "000499D1");
    check(pos, 39, "0", "3020");
    check(pos, 41, "T1", "5431202020202020");
    check(pos, 60, "22000001000", "0011220000010000");
    check(pos, 63, "科", "0002BFC6");
    check(cups, 4, "1", "303030303030303030303031");
    check(cups, 35, "9990010000000014D3012", "3231393939303031303030303030303031343D33303132");
    check(cups, 28, "D00000001", "443030303030303031");
    check(cups, 100, "00010000", "30383030303130303030");
}

#[test]
fn refusals_leave_the_buffer_as_it_was() {
    let check = |fields: &[(u8, &str)], path: Path, rule: Rule| {
        let mut buf = b"kept".to_vec();
        let mut encoder = Encoder::begin(&mut buf, &UNIONPAY_POS, *b"0200").unwrap();
        let refused = fields.iter().find_map(|(n, value)| encoder.text(*n, value).err()).unwrap();
        assert_eq!((refused.path, refused.rule), (path, rule), "{fields:?}");
        drop(encoder);
        assert_eq!(buf, b"kept");
    };
    check(&[(17, "1")], Path::Field(17), Rule::NoField);
    check(&[(4, "1"), (3, "0")], Path::Field(3), Rule::Order);
    check(&[(4, "1"), (4, "1")], Path::Field(4), Rule::Order);
    check(&[(3, "12345x")], Path::Field(3), Rule::Digits);
    check(&[(3, "1234567")], Path::Field(3), Rule::Long { got: 7, max: 6 });
    check(&[(35, "99900100 00")], Path::Field(35), Rule::Track);
    check(&[(52, "1234567")], Path::Field(52), Rule::Size { got: 7, want: 8 });
    check(&[(63, "\u{1F600}")], Path::Field(63), Rule::Text);
    let mut buf = Vec::new();
    let fault = Encoder::begin(&mut buf, &UNIONPAY_POS, *b"02x0").err().unwrap();
    assert_eq!(fault, Fault { path: Path::Mti, offset: 0, rule: Rule::Digits });
}

#[test]
fn a_field_above_64_widens_the_bitmap() {
    let mut buf = Vec::new();
    let mut encoder = Encoder::begin(&mut buf, &UNIONPAY_CUPS, *b"0820").unwrap();
    encoder.number(7, 515_111_631).unwrap().number(11, 106_753).unwrap();
    encoder.number(70, 301).unwrap().text(100, "44190440").unwrap();
    encoder.finish().unwrap();
    let v = vector("cups-0820-req-1");
    assert_eq!(hex(&buf), hex(&v.bytes[46..]));
}

#[test]
fn framings_are_found() {
    let v = vector("pos-signon-req-3");
    let check = |bytes: &[u8], named, want: Result<(usize, bool, bool), Rule>| {
        let found = detect(Family::Pos, bytes, named);
        let got = found.map(|f| (f.body.start, f.tpdu.is_some(), f.header.is_some())).map_err(|f| f.rule);
        assert_eq!(got, want, "{} {named:?}", hex(&bytes[..16]));
    };
    let whole = &v.bytes[..];
    let no_header = [&whole[2..7], &whole[13..]].concat();
    check(whole, None, Ok((13, true, true)));
    check(&whole[2..], None, Ok((11, true, true)));
    check(&whole[13..], None, Ok((0, false, false)));
    check(&no_header, None, Ok((5, true, false)));
    check(&[&[2], whole].concat(), None, Ok((14, true, true)));
    check(whole, Some(Wrapped::Bare), Err(Rule::NoFraming));
    check(&whole[2..], Some(Wrapped::Length), Err(Rule::NoFraming));
    let cut = whole.len() as u32 - 3;
    check(&whole[..whole.len() - 1], None, Err(Rule::FrameLength { says: 0x41, have: cut }));
    check(&[0xFF; 40], None, Err(Rule::NoFraming));
    // A length of 0x0200 looks like an MTI and is still a length.
    let mut long = vec![0; 2 + 0x0200];
    long[..2].copy_from_slice(&[2, 0]);
    long[2..15].copy_from_slice(&whole[2..15]);
    check(&long, None, Ok((13, true, true)));
}

#[test]
fn an_answer_goes_back_where_the_request_came_from() {
    let v = vector("pos-signon-req-8");
    let framing = detect(Family::Pos, &v.bytes, None).unwrap();
    let envelope = Envelope::answer_to(&framing, Some(3)).unwrap();
    let mut buf = vec![0xEE];
    let mark = envelope.open(&mut buf);
    buf.extend_from_slice(&[0x08, 0x10]);
    envelope.close(&mut buf, mark).unwrap();
    assert_eq!(hex(&buf), "EE000D6000000601610103010201".to_owned() + "0810");
    let kept = Envelope::answer_to(&framing, None).unwrap();
    let tpdu = Tpdu { id: 0x60, destination: [0, 0], source: [6, 1] };
    assert_eq!(kept, Envelope::Pos(tpdu, PosHeader([0x61, 0x01, 0x00, 0x01, 0x02, 0x01])));

    let v = vector("cups-0820-req-1");
    let framing = detect(Family::Cups, &v.bytes, None).unwrap();
    let Some(Envelope::Cups(header)) = Envelope::answer_to(&framing, None) else { panic!("no header") };
    assert_eq!((&header.destination, &header.source), (b"00010344   ", b"44190440   "));
    let envelope = Envelope::Cups(CupsHeader::new("00010000", "99900100"));
    let mut buf = Vec::new();
    let mark = envelope.open(&mut buf);
    buf.extend_from_slice(b"0820");
    envelope.close(&mut buf, mark).unwrap();
    assert_eq!(&buf[..10], b"0050\x2E\x020050");
    assert_eq!(detect(Family::Cups, &buf, None).unwrap().body, 50..54);
}

#[test]
fn bytes_under_the_mac() {
    let v = vector("pos-sale-req-3");
    let message = decode(v.dialect, &v.bytes[13..]).unwrap();
    let mut out = Vec::new();
    mab(&message, &mut out).unwrap();
    assert_eq!(out, v.bytes[13..v.bytes.len() - 8]);
    assert_eq!(mac_field(&message), Some((64, v.bytes.len() - 13 - 8)));

    let v = vector("pos-signon-req-3");
    let message = decode(v.dialect, &v.bytes[13..]).unwrap();
    assert_eq!(mab(&message, &mut out).unwrap_err().rule, Rule::Missing);
    assert_eq!(mac_field(&message), None);

    let check = |id: &str, want: &str| {
        let v = vector(id);
        let body = detect(v.dialect.family, &v.bytes, None).unwrap().body;
        let (message, _) = decode_mending(v.dialect, &v.bytes[body]).unwrap();
        let mut out = b"x".to_vec();
        mab(&message, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("x{want}"), "{id}");
    };
    check("cups-0800-keyreset-mak", "0800 0517160726 000535 2000000000000000 101 0844190440");
    check("cups-0820-req-1", "0820 0515111631 106753 301 0844190440");
    check(
        "cups-0200-sale",
        "0200 196212142600000000167 000000 000000000123 0205102241 376899 7011 00 0814427963 0814427900 30122915 442796370110005",
    );
}

#[test]
fn mac_character_rule() {
    let mut buf = Vec::new();
    let mut encoder = Encoder::begin(&mut buf, &UNIONPAY_CUPS, *b"0210").unwrap();
    encoder.text(38, "a- b  ").unwrap().text(39, "00").unwrap().text(41, "  c,.9*  ".trim_end()).unwrap();
    encoder.finish().unwrap();
    let mut out = Vec::new();
    mab(&decode(&UNIONPAY_CUPS, &buf).unwrap(), &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "0210 A B 00 C,.9");
}

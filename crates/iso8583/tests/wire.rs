//! Framing by configuration: every form goes and comes back, lies of a length are found, streams are split without a copy.

#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_iso8583::{Fault, Path, Rule, Tpdu, Wire, Wrapped, detect_in, encode_plain, from_hex, hex};

#[test]
fn every_form_goes_and_comes_back() {
    let check = |words: &str, want: &str| {
        let wire = Wire::parse(words).unwrap_or_else(|| panic!("{words}"));
        assert_eq!(Wire::parse(&wire.words()), Some(wire.clone()), "{words}");
        let mut buf = vec![0xEE];
        let tpdu = Tpdu { id: 0x60, destination: [0, 1], source: [0, 2] };
        let mark = wire.open(Some(tpdu), &mut buf);
        buf.extend_from_slice(b"0800");
        wire.close(&mut buf, mark).unwrap();
        assert_eq!(hex(&buf[1..]), want, "{words}");
        let twice = [&buf[1..], &buf[1..]].concat();
        let (frame, consumed) = wire.split(&twice, 100).unwrap().unwrap();
        let framing = wire.find(&twice[frame], Some(Wrapped::Header)).unwrap();
        let whole = wire.find(&buf[1..], None).unwrap();
        assert_eq!(&buf[1..][whole.body.clone()], b"0800", "{words}");
        assert_eq!((framing.fixed, framing.tpdu), (whole.fixed.clone(), whole.tpdu), "{words}");
        if words.starts_with("none") {
            return;
        }
        assert_eq!(consumed, buf.len() - 1, "{words}");
        for end in 0..consumed {
            assert_eq!(wire.split(&twice[..end], 100), Ok(None), "{words} {end}");
        }
        let found = wire.find(&buf[1..buf.len() - 1], Some(Wrapped::Length)).unwrap_err();
        assert!(matches!(found.rule, Rule::FrameLength { .. }), "{words}: {found}");
    };
    check("binary2", "000430383030");
    check("binary2+inclusive", "000630383030");
    check("binary4", "0000000430383030");
    check("ascii4", "3030303430383030");
    check("ascii4+inclusive", "3030303830383030");
    check("bcd2", "000430383030");
    check("bcd2+tpdu+header:0102", "0011600001000201 0230383030".replace(' ', "").as_str());
    check("binary2+tpdu", "0009600001000230383030");
    check("none+header:49534F", "49534F30383030");
}

#[test]
fn lies_are_found() {
    let check = |words: &str, bytes: &str, offset: u32, rule: Rule| {
        let got = Wire::parse(words).unwrap().split(&from_hex(bytes).unwrap(), 64);
        assert_eq!(got, Err(Fault { path: Path::Frame, offset, rule }), "{words} {bytes}");
    };
    check("ascii4", "3041", 1, Rule::LengthDigits);
    check("bcd2", "00A4", 1, Rule::LengthDigits);
    check("binary2", "0041", 0, Rule::Long { got: 65, max: 64 });
    check("binary4", "FFFFFFFF", 0, Rule::Long { got: u32::MAX, max: 64 });
    check("binary2+inclusive", "0001", 0, Rule::FrameLength { says: 1, have: 2 });
    for words in ["", "binary3", "header:xyz", "binary2+", "tcp"] {
        assert_eq!(Wire::parse(words), None, "{words}");
    }
    assert!(Wire::parse("binary2+tpdu").unwrap().find(&[0, 2, 0x60, 0], None).is_err());
}

#[test]
fn usual_lengths_are_found_in_front_of_general_dialects() {
    let dialect = &slipway_iso8583::ISO87_BCD;
    let mut message = Vec::new();
    encode_plain(dialect, "0800", [(7, "1122101500"), (11, "000001"), (70, "301")], &mut message).unwrap();
    for words in ["none", "binary2", "ascii4", "bcd2", "binary2+inclusive", "binary4", "binary2+tpdu"] {
        let wire = Wire::parse(words).unwrap();
        let mut frame = Vec::new();
        let mark = wire.open(None, &mut frame);
        frame.extend_from_slice(&message);
        wire.close(&mut frame, mark).unwrap();
        let found = detect_in(dialect, &frame, None).unwrap();
        assert_eq!(&frame[found.body.clone()], message, "{words}");
        assert_eq!(found.length.is_some(), words != "none", "{words}");
        let named = detect_in(dialect, &frame, Some(Wrapped::Length));
        assert_eq!(named.is_ok(), words != "none", "{words}");
    }
    // What is no message at all is told as a message alone.
    assert_eq!(detect_in(dialect, b"rubbish", None).unwrap().body, 0..7);
}

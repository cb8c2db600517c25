//! Bytes from strangers: cut anywhere, changed anywhere, longer than allowed. Never a panic, never a fault that tells content.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{vector, vectors};
use slipway_iso8583::{
    DIALECTS, Decoded, FRAME_BYTES_MAX, Family, Fault, Path, Reveal, Rule, UNIONPAY_CUPS, UNIONPAY_POS, decode,
    decode_mending, detect, mab, show_bytes, split,
};

/// A small generator with a fixed seed: the same bytes in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize
    }
}

/// Uses every accessor; what comes out must stay inside the bytes.
fn touch(message: &Decoded<'_>) {
    let mut again = Vec::new();
    message.reencode(&mut again);
    assert_eq!(again, message.bytes());
    for n in message.numbers() {
        assert_eq!(message.digits(n).unwrap().count(), message.digits(n).unwrap().len());
        let _ = (message.number(n), message.text(n), message.whole(n).unwrap());
    }
    let _ = mab(message, &mut again);
}

fn attack(bytes: &[u8]) -> Option<Fault> {
    let mut fault = None;
    for dialect in DIALECTS {
        let body = detect(dialect.family, bytes, None).map_or(0..bytes.len(), |framing| framing.body);
        match decode(dialect, &bytes[body]) {
            Ok(message) => touch(&message),
            Err(found) => {
                assert!(found.to_string().is_ascii() && !found.zh().to_string().is_empty());
                fault = Some(found);
            }
        }
        let _ = split(bytes, dialect.family, 4_000);
    }
    fault
}

#[test]
fn cut_at_every_byte() {
    for v in vectors() {
        let body = detect(v.dialect.family, &v.bytes, None).unwrap().body;
        let body = &v.bytes[body];
        for end in 0..v.bytes.len() {
            attack(&v.bytes[..end]);
        }
        // A source with a wrong length of its own may read whole when cut at the right place; sound ones may not.
        let sound = decode(v.dialect, body).is_ok();
        for end in (0..body.len()).filter(|_| sound) {
            assert!(decode(v.dialect, &body[..end]).is_err(), "{}: cut to {end} bytes it still reads", v.id);
        }
    }
}

#[test]
fn changed_anywhere() {
    let mut dice = Dice(0x5EED_0000_0001);
    let mut faults = 0;
    for v in vectors() {
        for _ in 0..1_500 {
            let mut bytes = v.bytes.clone();
            for _ in 0..=dice.next() % 4 {
                let at = dice.next() % bytes.len();
                match dice.next() % 4 {
                    0 => bytes[at] = dice.next() as u8,
                    1 => bytes[at] ^= 1 << (dice.next() % 8),
                    2 => bytes.insert(at, dice.next() as u8),
                    _ => drop(bytes.remove(at)),
                }
            }
            faults += usize::from(attack(&bytes).is_some());
        }
    }
    assert!(faults > 10_000, "the changes hardly hurt: {faults}");
}

#[test]
fn shown_and_mended_in_any_state() {
    let mut dice = Dice(0xD1CE);
    let mut mended = 0;
    for v in vectors() {
        for _ in 0..12 {
            let mut bytes = v.bytes.clone();
            let at = dice.next() % bytes.len();
            bytes[at] ^= 1 << (dice.next() % 8);
            if let Ok(shown) = show_bytes(None, None, &bytes, Reveal::Secrets, true) {
                assert!(!shown.lines(slipway_terms::Lang::Zh).is_empty());
                mended += usize::from(shown.mended.is_some());
            }
            let _ = decode_mending(v.dialect, &bytes);
        }
    }
    assert!(mended > 0);
}

#[test]
fn noise_of_any_length() {
    let mut dice = Dice(42);
    for len in (0..600).chain([9_999, 10_000, 70_000]) {
        let bytes: Vec<u8> = (0..len).map(|_| dice.next() as u8).collect();
        attack(&bytes);
    }
    let long = vec![0; FRAME_BYTES_MAX + 1];
    let rule = Rule::Long { got: 10_000, max: 9_999 };
    assert_eq!(decode(&UNIONPAY_POS, &long).unwrap_err(), Fault { path: Path::Frame, offset: 0, rule });
}

#[test]
fn faults_name_path_offset_and_rule() {
    let check = |dialect, hex: &str, path: Path, offset: u32, rule: Rule| {
        let bytes = slipway_iso8583::from_hex(hex).unwrap();
        assert_eq!(decode(dialect, &bytes).unwrap_err(), Fault { path, offset, rule }, "{hex}");
    };
    let pos = &UNIONPAY_POS;
    check(pos, "", Path::Mti, 0, Rule::Short { need: 2, left: 0 });
    check(pos, "0A00", Path::Mti, 0, Rule::Digits);
    check(pos, "020000", Path::Bitmap, 2, Rule::Short { need: 8, left: 1 });
    check(pos, "02000000000000000001 3031", Path::Field(64), 10, Rule::Short { need: 8, left: 2 });
    check(pos, "02002000000000000000 00000A", Path::Field(3), 10, Rule::Digits);
    check(pos, "02004000000000000000 20", Path::Field(2), 10, Rule::Long { got: 20, max: 19 });
    check(pos, "02004000000000000000 1A", Path::Field(2), 10, Rule::LengthDigits);
    check(pos, "02000000800000000000", Path::Field(17), 10, Rule::NoField);
    check(pos, "02002000000000000000 000000 0000", Path::Frame, 13, Rule::Trailing { left: 2 });
    check(pos, "02008000000000000000 8000000000000000", Path::Bitmap, 10, Rule::NoField);
    let cups = &UNIONPAY_CUPS;
    check(cups, "30323030 2000000000000000 30303030304130", Path::Field(3), 12, Rule::Digits);
    check(cups, "30323030 0000001000000000 58303030303030303030", Path::Field(28), 12, Rule::Signed);
    check(cups, "30323030 0000000000000010 3041", Path::Field(60), 12, Rule::Short { need: 3, left: 2 });
    check(cups, "30323030 0000000000000010 304130", Path::Field(60), 12, Rule::LengthDigits);
}

#[test]
fn oddities_of_real_hosts_are_read() {
    let reads = |dialect, hex: &str, n, want: &str| {
        let bytes = slipway_iso8583::from_hex(hex).unwrap();
        let message = decode(dialect, &bytes).unwrap_or_else(|f| panic!("{hex}: {f}"));
        assert_eq!(slipway_iso8583::clear_value(&message, n).unwrap(), want, "{hex}");
        let mut again = Vec::new();
        message.reencode(&mut again);
        assert_eq!(again, bytes, "kept as sent");
    };
    let pos = &UNIONPAY_POS;
    reads(pos, "02000000040000000000 0210", 22, "021");
    reads(pos, "02000000040000000000 021F", 22, "021");
    reads(pos, "02000000020000000000 0001", 23, "001");
    reads(pos, "02000000020000000000 F001", 23, "001");
    reads(pos, "02000000000020000000 21 9990010000000014D3012F", 35, "9990010000000014D3012");
    reads(pos, "02000000000020000000 21 9990010000000014D30120 00", 35, "9990010000000014D3012");
    reads(pos, "02000000000000000002 0004 BFC6BFC6", 63, "科科");
    reads(pos, "02000000000000000002 0003 BFC6FF", 63, "hex:BFC6FF");
    // A four-byte form of GB18030 is no GBK: taken for text, it could not be written again.
    reads(pos, "02000000000000000002 0004 DF30E934", 63, "hex:DF30E934");
}

#[test]
fn streams_are_split_without_copy() {
    let v = vector("pos-signon-req-3");
    let twice = [v.bytes.clone(), v.bytes.clone()].concat();
    let len = v.bytes.len();
    for end in 0..len {
        assert_eq!(split(&twice[..end], Family::Pos, 2_000), Ok(None), "{end}");
    }
    assert_eq!(split(&twice, Family::Pos, 2_000), Ok(Some((2..len, len))));
    let rule = Rule::Long { got: 0x41, max: 64 };
    assert_eq!(split(&twice, Family::Pos, 64), Err(Fault { path: Path::Frame, offset: 0, rule }));
    assert_eq!(split(b"0000", Family::Cups, 2_000), Ok(Some((4..4, 4))));
    assert_eq!(split(b"0003ab", Family::Cups, 2_000), Ok(None));
    assert_eq!(split(b"0003abcd", Family::Cups, 2_000), Ok(Some((4..7, 7))));
    let rule = Rule::LengthDigits;
    assert_eq!(split(b"00x", Family::Cups, 2_000), Err(Fault { path: Path::Frame, offset: 2, rule }));
}

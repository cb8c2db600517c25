//! Typed messages and bytes: what was read as a message is written, and what was written is read as the same message; the same
//! through the frames that parties send each other.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_iso8583::{DIALECTS, Family, decode, from_message, to_message};
use slipway_node::{Line, Peer};
use slipway_runtime::wire;
use slipway_terms::{Mac, Message};

fn written(message: &Message, dialect: &'static slipway_iso8583::Dialect) {
    let mac = message.mac.is_some();
    let mut out = vec![0xEE];
    let packed =
        from_message(message, dialect, mac, &mut out).unwrap_or_else(|fault| panic!("read, not written: {fault}"));
    assert_eq!(out[0], 0xEE);
    let decoded =
        decode(dialect, &out[packed.range.clone()]).unwrap_or_else(|fault| panic!("written, not read: {fault}"));
    let again = to_message(&decoded).unwrap_or_else(|fault| panic!("written, not a message: {fault}"));
    assert!(again == *message, "another message:\n{message:?}\n{again:?}");
    if let Some(at) = packed.mac {
        assert_eq!(&out[at..at + 8], &message.mac.map_or([0; 8], |mac| mac.0));
    }
}

/// Packed for a peer and unpacked again; a code of a fixed value stands for the vault.
fn framed(message: &Message, family: Family) {
    let to = match family {
        Family::Pos => Peer::Line(Line { no: 1, tpdu: [0x60, 0, 5, 0, 1], header: [0x60, 0x31, 0, 0x31, 0, 0] }),
        _ => Peer::Switch,
    };
    let code = message.mac.map(|mac| move |_: &[u8]| Some(Mac(mac.0)));
    let mut out = vec![0xEE];
    if wire::pack(to, None, message, code, &mut out).is_err() {
        assert_eq!(out, [0xEE], "nothing of it stays");
        return;
    }
    let length = if family == Family::Pos { 2 } else { 4 };
    let unpacked = wire::unpack(family, &out[1 + length..]).expect("our own frame");
    assert!(unpacked.message == *message);
    assert_eq!(unpacked.mac_data.is_empty(), message.mac.is_none());
}

fuzz_target!(|data: &[u8]| {
    // Typed messages are those of the two UnionPay dialects.
    for dialect in DIALECTS.into_iter().filter(|dialect| dialect.family != Family::General) {
        let Ok(decoded) = decode(dialect, data) else { continue };
        let Ok(message) = to_message(&decoded) else { continue };
        written(&message, dialect);
        framed(&message, dialect.family);
    }
});

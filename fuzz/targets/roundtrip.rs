//! What was read without mending is written again as the same bytes; what was made from its plain values is read as the same
//! values.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_iso8583::{Bitmap, DIALECTS, Decoded, Encoder, Kind, clear_value, decode, decode_mending, encode_plain};

/// Field by field from the bytes as sent. What stands behind the last field, and a second bitmap with nothing in it, belong to
/// no field; the case of hexadecimal letters of a bitmap is not kept.
fn copied(message: &Decoded<'_>) {
    let mut out = vec![0xEE];
    let mut encoder = Encoder::begin(&mut out, message.dialect(), message.mti()).expect("an MTI that was read");
    for n in message.numbers() {
        encoder.copy(n, message).expect("a field that was read");
    }
    let range = encoder.finish().expect("no longer than what was read");
    let idle_map = message.bitmap().len() > message.dialect().map_bytes() && message.numbers().all(|n| n <= 64);
    let text_map = message.dialect().bitmap != Bitmap::Binary;
    if message.trailing().is_empty() && !idle_map && !text_map {
        assert_eq!(&out[range], message.bytes());
    } else {
        let again = decode(message.dialect(), &out[range]).expect("the same fields");
        assert!(message.numbers().eq(again.numbers()));
        assert!(message.numbers().all(|n| message.whole(n) == again.whole(n)));
    }
}

/// From plain strings. Pad nibbles and letter case of separators are not kept, so what was written once is compared.
fn from_values(message: &Decoded<'_>) {
    let values = |message: &Decoded<'_>| -> Vec<(u8, String)> {
        // In characters, a separator D is written as the = that it means.
        let one = |n: u8| {
            let value = clear_value(message, n).expect("it is there");
            let row = message.dialect().field(n).expect("it was read by its row");
            if row.kind == Kind::Z && !row.packed() { value.replace(['D', 'd'], "=") } else { value }
        };
        message.numbers().map(|n| (n, one(n))).collect()
    };
    let write = |message: &Decoded<'_>, values: &[(u8, String)]| {
        let mti = String::from_utf8(message.mti().to_vec()).expect("digits");
        let mut out = Vec::new();
        encode_plain(message.dialect(), &mti, values.iter().map(|(n, value)| (*n, value.as_str())), &mut out)
            .map(|_| out)
    };
    let read = values(message);
    let once = write(message, &read).unwrap_or_else(|fault| panic!("read but not written: {fault}"));
    let again = decode(message.dialect(), &once).unwrap_or_else(|fault| panic!("written but not read: {fault}"));
    assert_eq!(values(&again), read);
    assert_eq!(write(&again, &values(&again)).expect("written before"), once);
}

fuzz_target!(|data: &[u8]| {
    for dialect in DIALECTS {
        let Ok((message, mended)) = decode_mending(dialect, data) else { continue };
        let mut out = Vec::new();
        message.reencode(&mut out);
        assert_eq!(out, data, "kept as sent");
        if mended.is_none() {
            copied(&message);
            from_values(&message);
        }
    }
});

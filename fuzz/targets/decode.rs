//! Bytes of strangers through detection, decoding, mending and the masked dump, in both dialects. Nothing panics; a fault has a
//! path and no content; a dump without special leave shows no card number and no secret.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_iso8583::{
    Cover, DIALECTS, Decoded, Dialect, Fault, Reveal, Wrapped, decode, decode_mending, detect, looks_like, mab,
    mac_field, show_bytes, to_message,
};

const WAYS: [Option<Wrapped>; 4] = [None, Some(Wrapped::Length), Some(Wrapped::Header), Some(Wrapped::Bare)];

/// Offsets and lengths of a frame have five digits at most: a text without a longer run repeats no card data.
fn fault(fault: &Fault, bytes: &[u8]) {
    assert!(fault.offset as usize <= bytes.len(), "{fault} of {} bytes", bytes.len());
    assert!(!fault.path.to_string().is_empty());
    for text in [fault.to_string(), fault.zh().to_string()] {
        assert!(longest_run(&text) <= 5, "{text}");
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// Every way to look at a field; what comes out lies inside the message.
fn look(message: &Decoded<'_>) {
    let mut out = Vec::new();
    for n in message.numbers() {
        let (whole, raw) = (message.whole(n).expect("it is there"), message.raw(n).expect("it is there"));
        assert!(whole.ends_with(raw) && message.offset(n) + raw.len() <= message.bytes().len());
        let digits = message.digits(n).expect("it is there");
        assert_eq!(digits.len(), message.count(n));
        if let Some(number) = message.number(n) {
            assert_eq!(digits.clone().number(), Some(number), "field {n}");
        }
        let mut held = [0; 40];
        let len = digits.clone().copy_to(&mut held);
        assert!(digits.take(40).eq(held[..len].iter().copied()), "field {n}");
        let _ = message.text(n);
    }
    assert!(mab(message, &mut out).is_ok() || mac_field(message).is_none());
    if let Err(found) = to_message(message) {
        fault(&found, message.bytes());
    }
    // Numbers of fields only, however long the message.
    assert!(longest_run(&format!("{message:?}").replace(' ', "-")) <= 5);
}

/// The dump that everybody may have.
fn dump(dialect: &'static Dialect, named: Option<Wrapped>, bytes: &[u8]) {
    let shown = match show_bytes(Some(dialect), named, bytes, Reveal::Masked, false) {
        Ok(shown) => shown,
        Err(found) => return fault(&found, bytes),
    };
    for field in &shown.fields {
        let most = match dialect.field(field.number).expect("it was read by its row").cover {
            Cover::Pan | Cover::Track => 6,
            Cover::Secret => 3,
            Cover::Free => 12,
            _ => continue,
        };
        let zeros = field.value.trim_start_matches('0');
        assert!(longest_run(zeros) <= most || dialect.field(field.number).is_some_and(hex), "field {}", field.number);
    }
    for lang in [slipway_terms::Lang::Zh, slipway_terms::Lang::En] {
        assert!(!shown.lines(lang).is_empty());
    }
}

/// Shown as hexadecimal, digits prove nothing.
fn hex(row: &slipway_iso8583::Field) -> bool {
    row.cover == Cover::Free && row.kind != slipway_iso8583::Kind::N
}

fuzz_target!(|data: &[u8]| {
    let _ = looks_like(data);
    for dialect in DIALECTS {
        let mut seen = None;
        for named in WAYS {
            let body = match detect(dialect.family, data, named) {
                Ok(framing) => framing.body,
                Err(found) => {
                    fault(&found, data);
                    continue;
                }
            };
            // Found by itself and by name it is mostly the same message.
            if seen.replace(body.clone()) == Some(body.clone()) {
                continue;
            }
            let body = &data[body];
            match decode(dialect, body) {
                Ok(message) => look(&message),
                Err(found) => fault(&found, body),
            }
            match decode_mending(dialect, body) {
                Ok((message, _)) => look(&message),
                Err(found) => fault(&found, body),
            }
            dump(dialect, named, data);
        }
        if let Ok(unpacked) = slipway_runtime::wire::unpack(dialect.family, data) {
            let told = format!("{:?}", unpacked.message);
            assert!(unpacked.message.pan.is_none_or(|pan| !told.contains(pan.reveal())), "a card number in Debug");
        }
    }
});

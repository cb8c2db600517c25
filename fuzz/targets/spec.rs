//! A spec file of a stranger, and a message read by it: a fault with a place, or a sound table; what such a table reads is
//! written again as the same bytes, part by part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_iso8583::spec::{from_jpos_xml, from_toml};
use slipway_iso8583::{Decoded, Reveal, Wrapped, clear_value, decode, show_wired};

const CUT: &[u8] = b"\n----\n";

fn look(message: &Decoded<'_>) {
    let mut again = Vec::new();
    message.reencode(&mut again);
    assert_eq!(again, message.bytes(), "kept as sent");
    for n in message.numbers() {
        assert_eq!(message.digits(n).expect("it is there").len(), message.count(n));
        assert!(clear_value(message, n).is_some());
        if let Some(Ok(parts)) = message.parts(n) {
            look(&parts);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let cut = data.windows(CUT.len()).position(|window| window == CUT);
    let (spec, message) = match cut {
        Some(at) => (&data[..at], &data[at + CUT.len()..]),
        None => (data, &data[..0]),
    };
    let Ok(text) = core::str::from_utf8(spec) else { return };
    for read in [from_toml, from_jpos_xml] {
        match read(text) {
            Err(fault) => {
                assert!(fault.line <= text.lines().count() + 1, "{fault}");
                assert!(!fault.en.is_empty() && !fault.zh.is_empty());
            }
            Ok(spec) => {
                assert_eq!(spec.dialect.check_deep(), None);
                if let Ok(read) = decode(&spec.dialect, message) {
                    look(&read);
                }
                if let Some(profile) = &spec.profile
                    && let Ok(read) = decode(&spec.dialect, message)
                {
                    let _ = profile.check(&read, Some(&read));
                }
                let wire = spec.wire.unwrap_or_default();
                for named in [None, Some(Wrapped::Length), Some(Wrapped::Bare)] {
                    let _ = show_wired(&spec.dialect, &wire, named, message, Reveal::Masked, false);
                }
            }
        }
    }
});

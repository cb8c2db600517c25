//! Chip data of a stranger: kept byte for byte, or refused at a byte of it; the work stays within the limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_iso8583::Path;
use slipway_iso8583::tlv::{TLV_DEPTH_MAX, TLV_OBJECTS_MAX, Tlv, put};

fuzz_target!(|data: &[u8]| {
    match Tlv::parse(data, Path::Field(55)) {
        Err(fault) => assert!(fault.offset as usize <= data.len(), "{fault}"),
        Ok(tlv) => {
            let mut again = Vec::new();
            tlv.write(&mut again);
            assert_eq!(again, data, "kept as sent");
            assert!(tlv.objects().count() <= TLV_OBJECTS_MAX);
            for object in tlv.objects() {
                assert!(object.depth <= TLV_DEPTH_MAX && object.at < data.len());
                let mut one = Vec::new();
                put(&mut one, object.number(), object.value);
                if object.tag.first() != Some(&0) {
                    let back = Tlv::parse(&one, Path::Field(55)).expect("it was read before");
                    assert_eq!(back.first(object.number()), Some(object.value));
                }
            }
        }
    }
});

//! The rows under a field of chip data: every object, those inside others behind one more dot, status bits in words.
//! Values are shown only with a grant, but for those that say how the transaction was made and nothing of the card.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::fault::Path;
use crate::mask::Reveal;
use crate::plain::hex;
use crate::show::ShownSub;
use crate::tlv::{Object, TLV_DEPTH_MAX, Tlv};
use crate::{flags, meaning};

/// Status bits, cryptogram type, capabilities, terminal type, kind of transaction, currency and country.
const OPEN: [u32; 11] = [0x95, 0x9B, 0x82, 0x9F07, 0x9F27, 0x9F33, 0x9F34, 0x9F35, 0x9C, 0x5F2A, 0x9F1A];

/// Rows of field `n`; none when it is no tag-length-value data.
pub(crate) fn chip_rows(n: u8, raw: &[u8], reveal: Reveal) -> Vec<ShownSub> {
    let Ok(tlv) = Tlv::parse(raw, Path::Field(n)) else { return Vec::new() };
    let mut rows = Vec::new();
    let mut open: Vec<String> = Vec::with_capacity(usize::from(TLV_DEPTH_MAX));
    let mut seen = BTreeMap::<String, usize>::new();
    for object in tlv.objects() {
        open.truncate(usize::from(object.depth));
        let above = open.last().cloned().unwrap_or_else(|| format!("{n}"));
        let mut label = format!("{above}.{}", hex(object.tag));
        // Labels are keys: the second of a kind has its number behind it.
        let times = seen.entry(label.clone()).or_default();
        *times += 1;
        if *times > 1 {
            label = format!("{label}#{times}");
        }
        open.push(label.clone());
        rows.push(row(&label, object, reveal));
        for (byte, bit, name) in flags::set(object.number(), object.value) {
            let label = format!("{label}.{byte}.{bit}");
            rows.push(ShownSub { label, name: Some(name), value: String::from("1"), meaning: None });
        }
    }
    rows
}

fn row(label: &str, object: &Object<'_>, reveal: Reveal) -> ShownSub {
    let shown = reveal >= Reveal::Secrets || OPEN.contains(&object.number());
    let value =
        if object.constructed() || !shown { format!("*** ({})", object.value.len()) } else { hex(object.value) };
    let meaning = if shown { meaning::chip_value(object.number(), object.value) } else { None };
    ShownSub { label: String::from(label), name: meaning::chip_tag(&hex(object.tag)), value, meaning }
}

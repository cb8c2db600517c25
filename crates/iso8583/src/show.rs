//! A decoded message made ready for people and machines: plain structs, masked as granted.
//! Everything in here may be printed; so nothing unmasked may be put in without `mask` having granted it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decoded::Decoded;
use crate::dialect::{Cover, Dialect, Family};
use crate::dialects::{UNIONPAY_CUPS, UNIONPAY_POS};
use crate::fault::{Fault, Name, Path, Rule};
use crate::frame::{Framing, Wrapped, looks_like};
use crate::mask::{Reveal, cover, granted, hide_runs, value};
use crate::mend::{Mended, decode_mending};
use crate::plain::hex;
use crate::show_parts::{meaning_of, parts_of};
use crate::wire::{Wire, detect_in};
use crate::{mab, meaning};

/// One field as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownField {
    /// Field number.
    pub number: u8,
    /// Name.
    pub name: Name,
    /// Byte offset of its content in the bytes given.
    pub offset: usize,
    /// Digits or bytes, by its length form.
    pub length: usize,
    /// Value as granted.
    pub value: String,
    /// What a code means.
    pub meaning: Option<Name>,
    /// Parts of a composite field.
    pub sub: Vec<ShownSub>,
}

/// A part of a composite field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSub {
    /// E.g. `60.1`, or `55.9F26`.
    pub label: String,
    /// Name, if known.
    pub name: Option<Name>,
    /// Value as granted.
    pub value: String,
    /// What a code means.
    pub meaning: Option<Name>,
}

/// One line of framing: key (`length`, `tpdu`, `header`, `destination` …), value, meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownFrame {
    /// Key in `--json`.
    pub key: &'static str,
    /// Value.
    pub value: String,
    /// What it means.
    pub meaning: Option<Name>,
}

/// A message as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Name of the dialect.
    pub dialect: &'static str,
    /// What stood around it.
    pub framing: Vec<ShownFrame>,
    /// Four digits.
    pub mti: String,
    /// What it means.
    pub mti_meaning: Option<Name>,
    /// Bitmap in hex.
    pub bitmap: String,
    /// The fields in ascending order.
    pub fields: Vec<ShownField>,
    /// Number of the MAC field, if there is one.
    pub mac: Option<u8>,
    /// Bytes given, framing included.
    pub bytes: usize,
    /// Bytes behind the last field, in hex.
    pub trailing: String,
    /// The length that had to be mended to read the message at all.
    pub mended: Option<Mended>,
    /// What was granted of what was asked.
    pub reveal: Reveal,
}

/// Reads `bytes` with whatever framing they have and shows them.
/// Without a dialect the framing decides: `unionpay-pos` or `unionpay-cups`. `known_vector`: the caller vouches that this is a published test vector.
///
/// # Errors
/// Framing or field faults, with offsets in `bytes`.
pub fn show_bytes(
    dialect: Option<&Dialect>,
    named: Option<Wrapped>,
    bytes: &[u8],
    asked: Reveal,
    known_vector: bool,
) -> Result<Shown, Fault> {
    let dialect = match (dialect, looks_like(bytes)) {
        (Some(dialect), _) => dialect,
        (None, Some(Family::Pos)) => &UNIONPAY_POS,
        (None, Some(Family::Cups)) => &UNIONPAY_CUPS,
        (None, Some(Family::General) | None) => return Err(Fault::new(Path::Frame, 0, Rule::NoFraming)),
    };
    show_framed(dialect, detect_in(dialect, bytes, named)?, bytes, asked, known_vector)
}

/// Reads `bytes` as they stand on a configured line and shows them.
///
/// # Errors
/// As [`show_bytes`].
pub fn show_wired(
    dialect: &Dialect,
    wire: &Wire,
    named: Option<Wrapped>,
    bytes: &[u8],
    asked: Reveal,
    known_vector: bool,
) -> Result<Shown, Fault> {
    show_framed(dialect, wire.find(bytes, named)?, bytes, asked, known_vector)
}

fn show_framed(
    dialect: &Dialect,
    framing: Framing,
    bytes: &[u8],
    asked: Reveal,
    known_vector: bool,
) -> Result<Shown, Fault> {
    let body = bytes.get(framing.body.clone()).unwrap_or_default();
    let (message, mended) = decode_mending(dialect, body).map_err(|fault| fault.shifted(framing.body.start))?;
    let mut shown = show(&message, &framing, granted(&message, asked, known_vector));
    shown.mended = mended;
    shown.bytes = bytes.len();
    Ok(shown)
}

/// Shows a decoded message. `reveal` must come from [`granted`].
#[must_use]
pub fn show(message: &Decoded<'_>, framing: &Framing, reveal: Reveal) -> Shown {
    let mti: String = message.mti().iter().map(|b| char::from(*b)).collect();
    Shown {
        dialect: message.dialect().name,
        framing: frame_lines(framing),
        mti_meaning: meaning::mti(&mti),
        mti,
        bitmap: message.bitmap_hex(),
        fields: message.numbers().filter_map(|n| show_field(message, n, framing.body.start, reveal)).collect(),
        mac: mab::mac_field(message).map(|(n, _)| n),
        bytes: framing.body.end,
        trailing: hex(&hide_runs(message.trailing())),
        mended: None,
        reveal,
    }
}

fn show_field(message: &Decoded<'_>, n: u8, base: usize, reveal: Reveal) -> Option<ShownField> {
    let row = message.dialect().field(n)?;
    let open = matches!(cover(message, row), Cover::Open);
    let value = value(message, n, reveal)?;
    Some(ShownField {
        number: n,
        name: row.name,
        offset: base + message.offset(n),
        length: message.count(n),
        meaning: if open { meaning_of(message, n, &value) } else { None },
        sub: parts_of(message, row, reveal),
        value,
    })
}

fn frame_lines(framing: &Framing) -> Vec<ShownFrame> {
    let mut lines = Vec::new();
    let mut add = |key, value, meaning| lines.push(ShownFrame { key, value, meaning });
    if let Some(length) = framing.length {
        add("length", format!("{length}"), None);
    }
    if let Some(tpdu) = framing.tpdu {
        add("tpdu", hex(&tpdu.bytes()), None);
    }
    if !framing.fixed.is_empty() {
        add("header", hex(&framing.fixed), None);
    }
    if let Some(header) = framing.header {
        let digits = hex(&header.0);
        add("header", digits.clone(), meaning::header_class(digits.get(..2).unwrap_or_default()));
        let requirement = String::from(digits.get(5..6).unwrap_or_default());
        let said = meaning::requirement(&requirement);
        add("requirement", requirement, said);
    }
    if let Some(cups) = &framing.cups {
        let text = |bytes: &[u8]| -> String {
            if bytes.iter().all(|b| (b' '..=b'~').contains(b)) {
                bytes.iter().map(|b| char::from(*b)).collect()
            } else {
                hex(bytes)
            }
        };
        add("flag_version", hex(&[cups.flag_version]), None);
        add("total_length", text(&cups.total_length), None);
        add("destination", text(&cups.destination), None);
        add("source", text(&cups.source), None);
        add("reserved", hex(&cups.reserved), None);
        add("batch", hex(&[cups.batch]), None);
        add("transaction_info", text(&cups.transaction), None);
        add("user_info", hex(&[cups.user]), None);
        add("reject_code", text(&cups.reject), None);
    }
    lines
}

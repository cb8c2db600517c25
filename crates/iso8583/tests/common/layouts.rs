//! The messages that independent implementations packed, and the four layouts of `fields.tsv` as tables.

#![allow(dead_code, reason = "each test file uses a part")]

use serde_json::{Map, Value};
use slipway_iso8583::{
    Bitmap, Counts, Cover, Dialect, Encoding, Field, Kind, Length, Name, Pad, Prefix, dialect_named, from_hex,
};

/// One message of `iso8583-cross.json` or `iso8583-jpos.json`.
pub struct Packed {
    pub id: String,
    pub layout: String,
    pub mti: String,
    pub fields: Vec<(u8, String)>,
    pub bytes: Vec<u8>,
}

pub fn packed() -> Vec<Packed> {
    let files = [include_str!("../vectors/iso8583-cross.json"), include_str!("../vectors/iso8583-jpos.json")];
    let mut out = Vec::new();
    for file in files {
        let file: Value = serde_json::from_str(file).unwrap();
        for v in file["vectors"].as_array().unwrap() {
            let text = |key: &str| v[key].as_str().unwrap().to_owned();
            let fields: &Map<String, Value> = v["fields"].as_object().unwrap();
            let mut fields: Vec<(u8, String)> =
                fields.iter().map(|(n, v)| (n.parse().unwrap(), v.as_str().unwrap().to_owned())).collect();
            fields.sort();
            out.push(Packed {
                id: format!("{} {}", text("dialect"), text("name")),
                layout: text("dialect"),
                mti: text("mti"),
                fields,
                bytes: from_hex(&text("hex")).unwrap(),
            });
        }
    }
    out
}

/// The built-in dialect that must read what this layout's implementation wrote.
pub fn built_in(layout: &str) -> Option<&'static Dialect> {
    dialect_named(match layout {
        "upi-bcd" => "unionpay-pos",
        "host-ebcdic" => "ebcdic-host",
        "jpos:ISO87APackager" => "iso87-ascii",
        "jpos:ISO87APackagerBBitmap" => "iso87-ascii-binbitmap",
        "jpos:ISO87BPackager" => "iso87-bcd",
        "jpos:ISO93APackager" => "iso93-ascii",
        "jpos:ISO93BPackager" => "iso93-bcd",
        "jpos:cmf" => "iso2003-cmf",
        _ => return None,
    })
}

/// One of the four layouts of `fields.tsv`, as the note in `iso8583-cross.json` has it.
pub fn of_tsv(layout: &str) -> Dialect {
    let (digits, text, bytes, prefix, mti, bitmap) = match layout {
        "upi-bcd" => {
            (Encoding::BcdLeft, Encoding::Ascii, Encoding::Binary, Prefix::Bcd, Encoding::BcdLeft, Bitmap::Binary)
        }
        "host-ascii" => {
            (Encoding::Ascii, Encoding::Ascii, Encoding::Binary, Prefix::Ascii, Encoding::Ascii, Bitmap::Binary)
        }
        "ascii-hex" => (Encoding::Ascii, Encoding::Ascii, Encoding::Hex, Prefix::Ascii, Encoding::Ascii, Bitmap::Hex),
        "host-ebcdic" => {
            (Encoding::Ebcdic, Encoding::Ebcdic, Encoding::Binary, Prefix::Ebcdic, Encoding::Ebcdic, Bitmap::Binary)
        }
        _ => panic!("no such layout"),
    };
    let row = |line: &str| {
        let [_, number, kind, length, max] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let (kind, encoding) = match kind {
            "n" => (Kind::N, digits),
            "z" => (Kind::Z, digits),
            "an" => (Kind::Ans, text),
            "b" => (Kind::B, bytes),
            _ => panic!("kind"),
        };
        let counts = if encoding == Encoding::BcdLeft { Counts::Digits } else { Counts::Bytes };
        let pad = if length != "f" || kind == Kind::B {
            Pad::None
        } else if kind == Kind::N {
            Pad::Zeros
        } else {
            Pad::Spaces
        };
        let length = match length {
            "f" => Length::Fixed,
            "ll" => Length::Var { digits: 2, prefix, counts },
            _ => Length::Var { digits: 3, prefix, counts },
        };
        let (number, max, name) = (number.parse().unwrap(), max.parse().unwrap(), Name { zh: "域", en: "field" });
        Field { number, kind, encoding, length, max, pad, cover: Cover::Open, name }
    };
    let own = format!("{layout}\t");
    let rows = include_str!("../vectors/fields.tsv").lines().filter(|line| line.starts_with(&own)).map(row).collect();
    Dialect::of_rows("of-tsv", Some(mti), bitmap, 128, rows, Vec::new())
}

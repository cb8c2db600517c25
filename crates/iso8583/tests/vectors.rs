//! Every published message decodes to its published fields and encodes to the same bytes again.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{Vector, vectors};
use serde_json::Value;
use slipway_iso8583::{
    Encoder, Family, Kind, Mended, clear_value, decode, decode_mending, detect, encode_plain, from_hex, hex,
};

/// Sources whose own length digits are wrong; their notes say so. They decode by mending and are no encoder goldens.
const MALFORMED: &[(&str, &str, Mended)] = &[
    (
        "cups-0200-sale",
        "F60 length digits say 023 while 26 characters are present",
        Mended { field: 60, says: 23, taken: 26 },
    ),
    ("pos-signon-resp-8", "F62 length written as 80 hex digits", Mended { field: 62, says: 80, taken: 40 }),
];

fn malformed(vector: &Vector) -> Option<Mended> {
    let (_, reason, mended) = MALFORMED.iter().find(|(id, ..)| *id == vector.id)?;
    assert!(vector.note.contains(reason), "{}: the note says otherwise", vector.id);
    Some(*mended)
}

fn expected(vector: &Vector, key: &str) -> Option<String> {
    vector.decoded.get(key).and_then(Value::as_str).map(str::to_owned)
}

#[test]
fn all_decode_to_their_published_fields() {
    let all = vectors();
    assert_eq!(all.len(), 24);
    for v in &all {
        let framing = detect(v.dialect.family, &v.bytes, None).unwrap_or_else(|f| panic!("{}: {f}", v.id));
        let (message, mended) =
            decode_mending(v.dialect, &v.bytes[framing.body.clone()]).unwrap_or_else(|f| panic!("{}: {f}", v.id));
        assert_eq!(mended, malformed(v), "{}", v.id);
        let mti = expected(v, "0").or(expected(v, "mti")).unwrap();
        assert_eq!(message.mti(), *mti.as_bytes(), "{}", v.id);
        assert_eq!(hex(message.bitmap()), expected(v, "bitmap").unwrap_or(hex(message.bitmap())), "{}", v.id);
        let numbered: Vec<u8> = v.decoded.keys().filter_map(|k| k.parse().ok()).filter(|n| *n > 0).collect();
        assert_eq!(message.numbers().count(), numbered.len(), "{}: number of fields", v.id);
        for n in numbered {
            let want = expected(v, &n.to_string()).unwrap();
            let got = clear_value(&message, n).unwrap_or_else(|| panic!("{}: field {n} missing", v.id));
            // The publisher wrote one MAC as the eight characters that it consists of.
            let alike = got == want || got == hex(want.as_bytes()) && v.dialect.field(n).unwrap().kind == Kind::B;
            assert!(alike, "{}: field {n} reads {got}, published {want}", v.id);
        }
        assert!(message.trailing().is_empty(), "{}", v.id);
    }
}

#[test]
fn framing_reads_as_published() {
    for v in vectors() {
        let framing = detect(v.dialect.family, &v.bytes, None).unwrap();
        if v.dialect.family == Family::Pos {
            let len = expected(&v, "len").map(|len| u32::from_str_radix(&len, 16).unwrap());
            assert_eq!(framing.length, len, "{}", v.id);
            assert_eq!(framing.tpdu.map(|t| hex(&t.bytes())), expected(&v, "tpdu"), "{}", v.id);
            let header = expected(&v, "header").map(|h| h.to_uppercase());
            assert_eq!(framing.header.map(|h| hex(&h.0)), header, "{}", v.id);
            continue;
        }
        let Some(header) = v.decoded.get("header") else {
            assert!(framing.cups.is_none(), "{}", v.id);
            continue;
        };
        let cups = framing.cups.unwrap();
        let is = |key: &str, got: &[u8]| assert_eq!(header[key].as_str().unwrap().as_bytes(), got, "{} {key}", v.id);
        is("flag_version", hex(&[cups.flag_version]).as_bytes());
        is("total_length", &cups.total_length);
        is("dest", &cups.destination);
        is("source", &cups.source);
        is("reserved", hex(&cups.reserved).as_bytes());
        is("batch", hex(&[cups.batch]).as_bytes());
        is("transaction_info", &cups.transaction);
        is("user_info", hex(&[cups.user]).as_bytes());
        is("reject_code", &cups.reject);
        let at = framing.body.start - 46;
        assert_eq!(cups.bytes(), v.bytes[at..at + 46], "{}", v.id);
    }
}

#[test]
fn all_encode_to_the_same_bytes() {
    for v in vectors() {
        let framing = detect(v.dialect.family, &v.bytes, None).unwrap();
        let body = &v.bytes[framing.body];
        let (message, _) = decode_mending(v.dialect, body).unwrap();
        let mut again = Vec::new();
        message.reencode(&mut again);
        assert_eq!(hex(&again), hex(body), "{}: bytes kept as sent", v.id);
        if malformed(&v).is_some() {
            continue;
        }
        let values: Vec<(u8, String)> = message.numbers().map(|n| (n, clear_value(&message, n).unwrap())).collect();
        let mti = String::from_utf8(message.mti().to_vec()).unwrap();
        let mut made = vec![0xEE];
        let range = encode_plain(v.dialect, &mti, values.iter().map(|(n, t)| (*n, t.as_str())), &mut made).unwrap();
        assert_eq!(hex(&made[range]), hex(body), "{}: made from plain values", v.id);
        let mut copied = Vec::new();
        let mut encoder = Encoder::begin(&mut copied, v.dialect, message.mti()).unwrap();
        for n in message.numbers() {
            encoder.copy(n, &message).unwrap();
        }
        encoder.finish().unwrap();
        assert_eq!(copied, body, "{}: copied field by field", v.id);
    }
}

#[test]
fn independent_encoders_agree() {
    // Packed like a terminal message by two or three other implementations; they put F23 on the left, the terminal dialect on the right.
    #[rustfmt::skip]
    const CROSS: &[(&str, &[(u8, &str)])] = &[
        // sign-in: jPOS, pyiso8583, moov-io/iso8583
        ("08000020000000C00012000001313030303030303138393831313030303030303030303100110000010000300003303120",
         &[(11, "000001"), (41, "10000001"), (42, "898110000000001"), (60, "00000100003"), (63, "01 ")]),
        // echo: jPOS, pyiso8583, moov-io/iso8583
        ("08200020000000C0001000000231303030303030313839383131303030303030303030310011000000003010",
         &[(11, "000002"), (41, "10000001"), (42, "898110000000001"), (60, "00000000301")]),
        // sale reply approved: jPOS, pyiso8583, moov-io/iso8583
        ("0210703A00810ED08013166212345678901232000000000000012345000123101502112211220008480210003131323231303135303030323132333435363030313030303030303138393831313030303030303030303122303130323030303020202034383032313030302020203135360014220000010006000003435550A1B2C3D4E5F60718",
         &[(2, "6212345678901232"), (3, "000000"), (4, "000000012345"), (11, "000123"), (12, "101502"), (13, "1122"), (15, "1122"), (25, "00"), (32, "48021000"), (37, "112210150002"), (38, "123456"), (39, "00"), (41, "10000001"), (42, "898110000000001"), (44, "01020000   48021000   "), (49, "156"), (60, "22000001000600"), (63, "CUP"), (64, "A1B2C3D4E5F60718")]),
        // void: jPOS, pyiso8583, moov-io/iso8583
        ("0200702004800CC0801916621234567890123220000000000001234500012601200031313232313031353030303231323334353631303030303030313839383131303030303030303030313135360014230000010006000012000001000123A1B2C3D4E5F60718",
         &[(2, "6212345678901232"), (3, "200000"), (4, "000000012345"), (11, "000126"), (22, "012"), (25, "00"), (37, "112210150002"), (38, "123456"), (41, "10000001"), (42, "898110000000001"), (49, "156"), (60, "23000001000600"), (61, "000001000123"), (64, "A1B2C3D4E5F60718")]),
        // refund: jPOS, pyiso8583, moov-io/iso8583
        ("02207020048008C0801B13422222222222202000000000000001000001280120003131323231303135303030323130303030303031383938313130303030303030303031313536001425000001000600001600000100012311220003303030A1B2C3D4E5F60718",
         &[(2, "4222222222222"), (3, "200000"), (4, "000000000100"), (11, "000128"), (22, "012"), (25, "00"), (37, "112210150002"), (41, "10000001"), (42, "898110000000001"), (49, "156"), (60, "25000001000600"), (61, "0000010001231122"), (63, "000"), (64, "A1B2C3D4E5F60718")]),
        // settlement reply: jPOS, pyiso8583, moov-io/iso8583
        ("0510003A00010AC18010000129235900112211220848021000313132323233353930303031303031303030303030313839383131303030303030303030310061000000001234500100000000000000000000000000000000000000000000103135360011000000012010",
         &[(11, "000129"), (12, "235900"), (13, "1122"), (15, "1122"), (32, "48021000"), (37, "112223590001"), (39, "00"), (41, "10000001"), (42, "898110000000001"), (48, "0000000012345001000000000000000000000000000000000000000000001"), (49, "156"), (60, "00000001201")]),
    ];
    for (packed, fields) in CROSS {
        let bytes = from_hex(packed).unwrap();
        let dialect = slipway_iso8583::dialect_named("unionpay-pos").unwrap();
        let message = decode(dialect, &bytes).unwrap();
        let read: Vec<(u8, String)> = message.numbers().map(|n| (n, clear_value(&message, n).unwrap())).collect();
        assert!(read.iter().map(|(n, t)| (*n, t.as_str())).eq(fields.iter().copied()), "{read:?}");
        let mut made = Vec::new();
        encode_plain(dialect, &packed[..4], fields.iter().copied(), &mut made).unwrap();
        assert_eq!(made, bytes);
    }
}

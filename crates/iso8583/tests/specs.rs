//! Dialects from files: those of the vectors read and write what independent implementations packed; bad files are told with
//! line, field and reason.

#![cfg(feature = "spec")]
#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "common/layouts.rs"]
mod layouts;

use layouts::packed;
use slipway_iso8583::spec::{Spec, SpecFault, from_jpos_xml, from_toml};
use slipway_iso8583::{
    Dialect, Framing, Kind, Path, Plain, Reveal, Rule, clear_value, decode, encode_plain, from_hex, hex, show,
};

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/specs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn load(name: &str) -> Dialect {
    let text = file(name);
    let read: fn(&str) -> Result<Spec, SpecFault> = if name.ends_with(".xml") { from_jpos_xml } else { from_toml };
    read(&text).unwrap_or_else(|fault| panic!("{name}: {fault}")).dialect
}

#[test]
fn files_agree_with_others() {
    let check = |name: &str, layout: &str, many: usize| {
        let dialect = load(name);
        let mut count = 0;
        for v in packed().into_iter().filter(|v| v.layout == layout) {
            let message = decode(&dialect, &v.bytes).unwrap_or_else(|f| panic!("{} by {name}: {f}", v.id));
            let values: Vec<(u8, String)> = message.numbers().map(|n| (n, clear_value(&message, n).unwrap())).collect();
            let wanted = v.fields.iter().map(|(n, want)| match dialect.field(*n).unwrap().kind {
                Kind::Z => (*n, want.replace('=', if dialect.field(*n).unwrap().packed() { "D" } else { "=" })),
                _ => (*n, want.clone()),
            });
            let mut wanted: Vec<(u8, String)> = wanted.collect();
            for ((n, want), (_, got)) in wanted.iter_mut().zip(&values) {
                // The oracle was given the eight characters of some MACs, another the bytes they stand for.
                if dialect.field(*n).unwrap().kind == Kind::B && hex(want.as_bytes()) == *got {
                    want.clone_from(got);
                }
            }
            assert_eq!(values, wanted, "{} by {name}", v.id);
            let mut out = Vec::new();
            encode_plain(&dialect, &v.mti, values.iter().map(|(n, value)| (*n, value.as_str())), &mut out).unwrap();
            assert_eq!(hex(&out), hex(&v.bytes), "{} by {name}", v.id);
            count += 1;
        }
        assert!(count >= many, "{name}: {count}");
    };
    check("upi-bcd.toml", "upi-bcd", 8);
    check("host-ascii.toml", "host-ascii", 8);
    check("ascii-hex.toml", "ascii-hex", 7);
    check("host-ebcdic.toml", "host-ebcdic", 8);
    check("iso87-text.xml", "jpos:ISO87APackager", 14);
    check("iso87-packed.xml", "jpos:ISO87BPackager", 7);
    check("iso93-packed.xml", "jpos:ISO93BPackager", 8);
    check("iso2003-packed.xml", "jpos:cmf", 5);
}

#[test]
fn parts_go_and_come_back() {
    let dialect = load("nested.xml");
    let inner = Plain::Parts(vec![(1, Plain::Value("red")), (7, Plain::Value("sweet"))]);
    let fields = [
        (2, Plain::Value("999001000000014")),
        (35, Plain::Value("9990010000000014D3012")),
        (41, Plain::Value("10000001")),
        (44, Plain::Value("OK, é")),
        (48, Plain::Parts(vec![(0, Plain::Value("AB")), (1, Plain::Value("0042")), (2, inner)])),
        (
            62,
            Plain::Parts(vec![(1, Plain::Value("E")), (2, Plain::Value("123456789012345")), (20, Plain::Value("007"))]),
        ),
        (127, Plain::Value("tail")),
    ];
    let mut bytes = Vec::new();
    encode_plain(&dialect, "0100", fields, &mut bytes).unwrap();
    let want = "0100 C000000020910004 0000000000000002 0F0999001000000014 1509990010000000014D3012 F1F0F0F0F0F0F0F1 \
                05D6D26B4051 15 4142 0042 10 303130337265643037303573776565 74 0E C00010 C5 0123456789012345 0070 3034 7461696C";
    assert_eq!(hex(&bytes), hex(&from_hex(&want.replace(' ', "")).unwrap()));
    let message = decode(&dialect, &bytes).unwrap();
    let parts = message.parts(62).unwrap().unwrap();
    assert_eq!((clear_value(&parts, 1).unwrap(), parts.number(20)), ("E".to_owned(), Some(7)));
    let shown = show(&message, &Framing::bare(0..bytes.len()), Reveal::Masked);
    let sub = |label: &str| {
        let mut all = shown.fields.iter().flat_map(|field| &field.sub);
        all.find(|sub| sub.label == label).unwrap_or_else(|| panic!("{label}")).value.clone()
    };
    assert_eq!(
        (sub("48.0"), sub("48.1"), sub("48.2.1"), sub("48.2.7")),
        ("AB".into(), "0042".into(), "red".into(), "sweet".into())
    );
    assert_eq!(sub("62.2"), "123456789012345");
    assert!(!format!("{shown:?}").contains("999001000000014"));
    let mut again = Vec::new();
    message.reencode(&mut again);
    assert_eq!(again, bytes);
    // A part that is cut short is a fault inside its field; the message still reads.
    bytes[47] = 0x20;
    let told = decode(&dialect, &bytes).map(|message| message.parts(48).unwrap().map(drop));
    assert!(told.is_err() || told.unwrap().is_err());
    let bad = [(48, Plain::Parts(vec![(1, Plain::Value("0042"))]))];
    let fault = encode_plain(&dialect, "0100", bad, &mut Vec::new()).unwrap_err();
    assert_eq!((fault.path, fault.rule), (Path::Sub(48, 0), Rule::Missing));
}

/// What files in the field do: an id twice, a maximum that its length cannot say, a code of letters called numeric.
#[test]
fn oddities_of_files_are_read() {
    let dialect = load("nested.xml");
    assert_eq!(dialect.field(96).unwrap().max, 9);
    assert_eq!(dialect.field(127).unwrap().max, 99);
    assert!(dialect.field(63).is_none());
    let mut bytes = Vec::new();
    encode_plain(&dialect, "0100", [(128, "A1B2C3D4E5F60718")], &mut bytes).unwrap();
    assert_eq!(clear_value(&decode(&dialect, &bytes).unwrap(), 128).unwrap(), "A1B2C3D4E5F60718");
}

#[test]
fn a_third_bitmap() {
    let spec = from_toml("mti = 'bcd'\nlast = 192\n[fields]\n3 = 'n f 6'\n70 = 'n f 4'\n129 = 'n f 2'\n192 = 'b f 1'")
        .unwrap();
    let dialect = spec.dialect;
    let check = |fields: &[(u8, &str)], want: &str| {
        let mut bytes = Vec::new();
        encode_plain(&dialect, "0800", fields.iter().copied(), &mut bytes).unwrap();
        assert_eq!(hex(&bytes), want.replace(' ', ""));
        let message = decode(&dialect, &bytes).unwrap();
        assert!(message.numbers().eq(fields.iter().map(|(n, _)| *n)));
        let mut again = Vec::new();
        message.reencode(&mut again);
        assert_eq!(again, bytes);
    };
    check(&[(3, "123456")], "0800 2000000000000000 123456");
    check(&[(3, "123456"), (70, "0301")], "0800 A000000000000000 0400000000000000 123456 0301");
    check(&[(3, "123456"), (192, "FF")], "0800 A000000000000000 8000000000000000 0000000000000001 123456 FF");
    check(&[(70, "0301"), (129, "42")], "0800 8000000000000000 8400000000000000 8000000000000000 0301 42");
}

#[test]
fn other_encodings() {
    let text = "mti = 'ascii'\n[fields]\n3 = { is = 'n f 5', encoding = 'bcd-right', pad = 'f' }\n\
                4 = { is = 'n ll 9', encoding = 'bcd-left', length = 'ebcdic', counts = 'bytes', pad = 'f' }\n\
                43 = { is = 'ans ll 30', encoding = 'utf8' }\n44 = { is = 'ans ll 30', encoding = 'gbk' }\n\
                45 = { is = 'b lll 30', encoding = 'hex', counts = 'digits' }\n46 = { is = 'b f 2', encoding = 'hex-ebcdic' }\n\
                47 = { is = 'x f 5', encoding = 'bcd-left' }";
    let dialect = from_toml(text).unwrap().dialect;
    let check = |n: u8, value: &str, want: &str| {
        let mut bytes = Vec::new();
        encode_plain(&dialect, "0800", [(n, value)], &mut bytes).unwrap_or_else(|f| panic!("{n}: {f}"));
        assert_eq!(hex(&bytes[12..]), want, "{n}");
        assert_eq!(clear_value(&decode(&dialect, &bytes).unwrap(), n).unwrap(), value, "{n}");
    };
    check(3, "12345", "F12345");
    check(4, "1234567", "F0F41234567F");
    check(4, "123456", "F0F3123456");
    check(4, "123456789", "F0F5123456789F");
    check(43, "小店", "3036E5B08FE5BA97");
    check(44, "小店", "3034D0A1B5EA");
    check(45, "0AFF", "30303430414646");
    check(46, "0AFF", "F0C1C6C6");
    check(47, "C0123", "430123");
}

#[test]
fn bad_files_are_told() {
    let check = |text: &str, line: usize, field: &str, en: &str| {
        let fault = if text.trim_start().starts_with('<') { from_jpos_xml(text) } else { from_toml(text) }.unwrap_err();
        assert_eq!((fault.line, fault.field.as_str()), (line, field), "{text}: {fault}");
        assert!(fault.en.contains(en), "{text}: {fault}");
        assert!(!fault.zh.is_ascii(), "{fault:?}");
        assert!(fault.told_zh().contains(&fault.zh) && fault.to_string().contains(en));
    };
    check("mti = 'ascii'\n[fields]\n3 = 'n f six'", 3, "3", "must be kind");
    check("mti = 'ascii'\n[fields]\n3 = 'q f 6'", 3, "3", "must be kind");
    check("mti = 'latin'\n[fields]", 1, "", "one of bcd, ascii, ebcdic");
    check("mti = 'ascii'\nbitmp = 'hex'\n[fields]", 2, "", "bitmp is not known");
    check("mti = 'ascii'", 1, "", "no [fields]");
    check("mti = 'ascii'\n[fields]\n3 = 'n f 6'\n03 = 'n f 6'", 4, "03", "twice");
    check("mti = 'ascii'\n[fields]\n300 = 'n f 6'", 3, "300", "0 to 192");
    check("mti = 'ascii'\n[fields]\n3 = 'n f 0'", 3, "3", "maximum of zero");
    check("mti = 'ascii'\n[fields]\n3 = 'n ll 100'", 3, "3", "does not fit the prefix");
    check("mti = 'ascii'\n[fields]\n1 = 'n f 6'", 3, "1", "out of order or range");
    check("mti = 'ascii'\nlast = 64\n[fields]\n65 = 'n f 6'", 4, "65", "out of order or range");
    check("mti = 'ascii'\n[fields]\n3 = { is = 'n f 6', encoding = 'morse' }", 3, "3", "one of bcd-left");
    check("mti = 'ascii'\n[fields]\n41 = { is = 'ans f 8', encoding = 'bcd-left' }", 3, "41", "can be packed");
    check(
        "mti = 'ascii'\n[fields]\n48 = { is = 'ans ll 9', parts = { fields = { 2 = 'n x 1' } } }",
        3,
        "48.2",
        "must be kind",
    );
    check("mti = 'ascii'\n[fields\n", 2, "", "not TOML");
    let xml = |inner: &str| {
        format!(
            "<isopackager>\n<isofield id='0' length='4' name='m' class='org.jpos.iso.IFA_NUMERIC'/>\n\
             <isofield id='1' length='16' name='b' class='org.jpos.iso.IFA_BITMAP'/>\n{inner}\n</isopackager>"
        )
    };
    check(
        &xml("<isofield id='3' length='6' name='x' class='org.jpos.iso.IFX_MAGIC'/>"),
        4,
        "3",
        "class org.jpos.iso.IFX_MAGIC is not known",
    );
    check(
        &xml("<isofield id='3' length='six' name='x' class='org.jpos.iso.IF_CHAR'/>"),
        4,
        "3",
        "length must be a number",
    );
    check(&xml("<isofield id='x' length='6' name='x' class='org.jpos.iso.IF_CHAR'/>"), 4, "", "id must be a number");
    check(&xml("<isothing/>"), 4, "", "element isothing is not known");
    check(&xml("<isofield id='3' length='0' name='x' class='org.jpos.iso.IF_CHAR'/>"), 4, "3", "maximum of zero");
    check(
        &xml("<isofieldpackager id='48' length='9' name='x' class='org.jpos.iso.IFA_LLCHAR' packager='a.b.Magic'/>"),
        4,
        "48",
        "packager Magic is not known",
    );
    let sub = "<isofieldpackager id='48' length='9' name='x' class='org.jpos.iso.IFA_LLCHAR' packager='a.GenericSubFieldPackager'>\n\
               <isofield id='2' length='6' name='x' class='org.jpos.iso.IFX_MAGIC'/></isofieldpackager>";
    check(&xml(sub), 5, "48.2", "IFX_MAGIC");
    check(
        "<isopackager>\n<isofield id='1' length='16' name='b' class='org.jpos.iso.IFA_BITMAP'/></isopackager>",
        1,
        "0",
        "message type",
    );
    check("<wrong/>", 1, "", "must be isopackager");
    check("<isopackager>\n<isofield id=5/></isopackager>", 2, "", "not XML");
}

/// The example of the README is a file that is read.
#[test]
fn the_file_in_the_readme_is_read() {
    let readme = include_str!("../README.md");
    let toml = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let spec = from_toml(toml).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!((spec.dialect.name, spec.profile.is_some()), ("acme", true));
    assert_eq!(spec.wire.unwrap().words(), "binary2+tpdu");
}

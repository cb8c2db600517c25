//! Packager files as they are written in the field, and the bytes of the classes that only such files name.

#![cfg(feature = "spec")]
#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_iso8583::spec::{SpecFault, from_jpos_xml, from_toml};
use slipway_iso8583::{
    Cover, Dialect, Encoder, Framing, Path, Plain, Reveal, Rule, clear_value, decode, encode_plain, from_hex, hex, show,
};

fn load(text: &str) -> Dialect {
    from_jpos_xml(text).unwrap_or_else(|fault| panic!("{text}: {fault}")).dialect
}

/// A message type, a bitmap, and `inner`.
fn file(inner: &str) -> String {
    format!(
        "<isopackager>\n<isofield id='0' length='4' name='m' class='org.jpos.iso.IFA_NUMERIC'/>\n\
         <isofield id='1' length='16' name='b' class='org.jpos.iso.IFB_BITMAP'/>\n{inner}\n</isopackager>"
    )
}

fn field(id: u8, length: u32, class: &str) -> String {
    format!("<isofield id='{id}' length='{length}' name='f{id}' class='org.jpos.iso.{class}'/>\n")
}

/// Field 48, a length of one byte in front, with parts.
fn parted(packager: &str, more: &str, inner: &str) -> String {
    file(&format!(
        "<isofieldpackager id='48' length='255' name='parts' class='org.jpos.iso.IFB_LLHBINARY' {more}\n\
         packager='org.jpos.iso.packager.{packager}'>\n{inner}</isofieldpackager>"
    ))
}

/// Writes `parts`, looks at the bytes, reads them again.
fn goes_and_comes_back(text: &str, parts: &[(u8, &str)], want: &str) {
    let dialect = load(text);
    let mut bytes = Vec::new();
    let plain = parts.iter().map(|(n, value)| (*n, Plain::Value(value))).collect();
    encode_plain(&dialect, "0100", [(48, Plain::Parts(plain))], &mut bytes).unwrap_or_else(|fault| panic!("{fault}"));
    let want = from_hex(want).unwrap();
    assert_eq!(hex(&bytes[13..]), hex(&want), "{text}");
    let message = decode(&dialect, &bytes).unwrap();
    let read = message.parts(48).unwrap().unwrap_or_else(|fault| panic!("{text}: {fault}"));
    let values: Vec<(u8, String)> = read.numbers().map(|n| (n, clear_value(&read, n).unwrap())).collect();
    assert!(values.iter().map(|(n, value)| (*n, value.as_str())).eq(parts.iter().copied()), "{values:?}");
    let mut again = Vec::new();
    read.reencode(&mut again);
    assert_eq!(hex(&again), hex(&want));
    // Field by field, as a mediator copies them.
    let layout = dialect.parts(48).unwrap();
    let mut copied = Vec::new();
    let mut encoder = Encoder::begin_parts(&mut copied, layout).unwrap();
    for n in read.numbers() {
        encoder.copy(n, &read).unwrap();
    }
    encoder.finish().unwrap();
    assert_eq!(hex(&copied), hex(&want));
}

#[test]
fn parts_by_the_class_that_reads_them() {
    let ab = field(1, 4, "IF_CHAR") + &field(2, 9, "IFB_LLCHAR");
    let both: &[(u8, &str)] = &[(1, "ABCD"), (2, "xy")];
    // A bitmap whose first bit is part 1, whatever the file says of its length.
    let map = field(0, 16, "packager.Base1_BITMAP126") + &ab;
    goes_and_comes_back(&parted("Base1SubFieldPackager", "", &map), both, "C000000000000000 41424344 02 7879");
    goes_and_comes_back(&parted("Base1SubFieldPackager", "", &map), &both[1..], "4000000000000000 02 7879");
    goes_and_comes_back(&parted("CTCSubFieldPackager", "", &ab), both, "41424344 02 7879");
    // Entry 0 is read only where the file says so, and a place holder never.
    let with_head = field(0, 2, "IF_CHAR") + &ab;
    let bare = "emitBitmap='false'";
    goes_and_comes_back(&parted("GenericSubFieldPackager", bare, &with_head), both, "41424344 02 7879");
    goes_and_comes_back(
        &parted("GenericSubFieldPackager", "emitBitmap='false' firstField='1'", &with_head),
        both,
        "41424344 02 7879",
    );
    let from_zero =
        parted("GenericSubFieldPackager", "emitBitmap='false' firstField='0' maxValidField='2'", &with_head);
    goes_and_comes_back(&from_zero, &[(0, "ZZ"), (1, "ABCD"), (2, "xy")], "5A5A 41424344 02 7879");
    let holder = field(0, 0, "IF_CHAR")
        + &field(1, 8, "IFB_BITMAP")
        + &field(2, 9, "IFB_LLCHAR")
        + &field(22, 99_999, "IFA_LLLLLCHAR");
    let text = parted("GenericSubFieldPackager", "", &holder);
    goes_and_comes_back(&text, &[(2, "xy"), (22, "abc")], "4000040000000000 02 7879 3030303033 616263");
    // A bitmap that is not read as one is eight bytes in front of the rest, whatever its bits say.
    let dead = field(0, 8, "IFB_BITMAP") + &ab;
    let text = parted("GenericSubFieldPackager", "firstField='0' emitBitmap='false'", &dead);
    goes_and_comes_back(&text, &[(0, "6000000000000001"), (1, "ABCD"), (2, "xy")], "6000000000000001 41424344 02 7879");
    // The same with the bitmap in entry 1, as most files have it.
    let text = parted("GenericSubFieldPackager", "", &(field(1, 8, "IFA_BITMAP") + &field(3, 2, "IF_CHAR")));
    goes_and_comes_back(&text, &[(3, "ok")], "32303030303030303030303030303030 6F6B");
}

#[test]
fn parts_with_their_numbers() {
    // Number, length, content.
    let mc = field(1, 9, "IFMC_LLCHAR") + &field(92, 9, "IFMC_LLCHAR");
    let parts: &[(u8, &str)] = &[(1, "red"), (92, "x")];
    for packager in ["EuroSubFieldPackager", "GenericTaggedFieldsPackager"] {
        goes_and_comes_back(&parted(packager, "", &mc), parts, "3031 3033 726564 3932 3031 78");
    }
    let ipm = field(23, 999, "IFIPM_LLLCHAR") + &field(158, 999, "IFIPM_LLLCHAR");
    goes_and_comes_back(
        &parted("EuroSubFieldPackager", "", &ipm),
        &[(23, "CT6"), (158, "")],
        "30303233 303033 435436 30313538 303030",
    );
    // Length, number, content, the length counting the number; entry 0 in front of all has neither. Entries of no length are none.
    let ep = |head: &str| {
        head.to_owned() + &field(1, 18, "IFEP_LLCHAR") + &field(2, 0, "IFEP_LLCHAR") + &field(40, 98, "IFEP_LLCHAR")
    };
    let text = parted("EuroSubFieldPackager", "", &ep(&field(0, 4, "IF_CHAR")));
    goes_and_comes_back(&text, &[(0, "PH48"), (1, "ABC"), (40, "z")], "50483438 3035 3031 414243 3033 3430 7A");
    goes_and_comes_back(&text, &[(0, "PH48")], "50483438");
    let text = parted("EuroSubFieldPackager", "", &ep(""));
    goes_and_comes_back(&text, &[(1, "ABC"), (40, "z")], "3035 3031 414243 3033 3430 7A");
    // In any order, none twice, none unknown, no length below the number it counts, none beyond the end.
    let dialect = load(&text);
    let layout = dialect.parts(48).unwrap();
    let told = |bytes: &[u8]| decode(layout, bytes).map(drop).unwrap_err();
    assert!(decode(layout, b"0340z0501ABC").is_ok());
    assert_eq!(told(b"0301a0301b").rule, Rule::Order);
    assert_eq!((told(b"0302a").path, told(b"0302a").rule), (Path::Field(2), Rule::NoField));
    assert_eq!((told(b"0300a").path, told(b"0300a").rule), (Path::Field(0), Rule::NoField));
    assert_eq!(told(b"0101").rule, Rule::LengthDigits);
    assert!(matches!(told(b"0901ABC").rule, Rule::Short { need: 7, left: 3 }));
    assert!(matches!(told(b"2101ABC").rule, Rule::Long { got: 19, max: 18 }));
    assert!(matches!(told(b"030").rule, Rule::Short { .. }));
    assert_eq!(told(b"0x01A").rule, Rule::LengthDigits);
    // What stands in front must be written first.
    let dialect = load(&parted("EuroSubFieldPackager", "", &ep(&field(0, 4, "IF_CHAR"))));
    let fault = encode_plain(&dialect, "0100", [(48, Plain::Parts(vec![(1, Plain::Value("A"))]))], &mut Vec::new())
        .unwrap_err();
    assert_eq!((fault.path, fault.rule), (Path::Sub(48, 0), Rule::Missing));
    // The same in our own words.
    let spec = from_toml(
        "mti = 'ascii'\n[fields]\n48 = { is = 'b lll 999', parts = { bitmap = 'counted-2', write = { text = 'ascii', length = 'ascii' }, \
         fields = { 0 = 'ans f 4', 1 = 'ans ll 18' } } }",
    );
    let spec = spec.unwrap_or_else(|fault| panic!("{fault}"));
    let parts = spec.dialect.parts(48).unwrap();
    let read = decode(parts, b"PH480501ABC").unwrap();
    assert_eq!((clear_value(&read, 0).unwrap(), clear_value(&read, 1).unwrap()), ("PH48".into(), "ABC".into()));
}

/// A bitmap that announces nothing is a field of eight bytes.
#[test]
fn standalone_bitmaps() {
    let check = |class: &str, want: &str| {
        let dialect = load(&file(&field(5, 8, class)));
        let mut bytes = Vec::new();
        encode_plain(&dialect, "0100", [(5, "80000000000000A1")], &mut bytes).unwrap();
        assert_eq!(hex(&bytes[12..]), want);
        assert_eq!(clear_value(&decode(&dialect, &bytes).unwrap(), 5).unwrap(), "80000000000000A1");
    };
    check("IFB_BITMAPStandalone", "80000000000000A1");
    check("IFA_BITMAPStandalone", "38303030303030303030303030304131");
    check("IFE_BITMAPStandalone", "F8F0F0F0F0F0F0F0F0F0F0F0F0F0C1F1");
}

/// Everything that files in the field do besides listing fields.
#[test]
fn files_as_they_are_written() {
    let text = "<?xml version='1.0' encoding=\"UTF-8\" standalone='no'?>\n\
        <!DOCTYPE isopackager PUBLIC\n   '-//Somebody//Packager DTD 1.0//EN'\n   'http://example.org/packager.dtd'\n\
        [ <!ENTITY iso 'org.jpos.iso'> <!ENTITY note 'the &#34;first&#34;'> ]>\n<!-- a comment > with < signs & such -->\n"
        .to_owned()
        + "<isopackager headerLength='5' maxValidField='128' bitmapField='1' emitBitmap='true' name='made up'>\r\n\
        \t<isofield class='&iso;.IFB_NUMERIC' pad='true' name='&note;' length=' 4 ' id='0'></isofield>\n\
        <isofield\n\tid='1'\n\tname='BITMAP'\n\tpad='true'\n\tlength='16'\n\ttype='org.jpos.iso.IFB_BITMAP'/>\n\
        <isofield id='3' length='6' name='' pad='false' token='^' class='org.jpos.iso.IFB_NUMERIC'>\n\
        <isofieldvalidator class='org.jpos.iso.IVA_NUM'><property name='max-len' value='3'/></isofieldvalidator></isofield>\n\
        <!-- twice: the later counts -->\n<isofield id='13' length='6' name='one' class='org.jpos.iso.IFB_NUMERIC'/>\n\
        <isofield id='13' length='4' name='other' class='org.jpos.iso.IFB_NUMERIC'/>\n\
        <isofieldpackager validator='x.Y' packager='org.jpos.iso.packager.GenericPackager' firstField='0' emitBitmap='FALSE'\n\
          class='org.jpos.iso.IFB_LLLLBINARY' name='deep' length='9999' id='72'>\n\
          <isofield id='0' length='2' name='a' class='org.jpos.iso.IF_CHAR'/>\n<isovalidator class='x' break-on-error='false'/>\n\
          <isofieldpackager id='1' length='99' name='b' class='org.jpos.iso.IFB_LLBINARY' emitBitmap='true' bitmapField='0'\n\
            packager='org.jpos.iso.packager.GenericSubFieldPackager'>\n\
            <isofield id='0' length='8' name='map' class='org.jpos.iso.IFB_BITMAP'/>\n\
            <isofieldpackager id='9' length='99' name='c' class='org.jpos.iso.IFA_LLBINARY' packager='org.jpos.iso.packager.Base1SubFieldPackager'>\n\
              <isofield id='0' length='1' name='d' class='org.jpos.iso.IF_CHAR'/></isofieldpackager>\n\
          </isofieldpackager>\n</isofieldpackager>\n\
        <isofieldpackager id='34' length='9999' name='sets' class='org.jpos.iso.IFB_LLLLBINARY' packager='org.jpos.iso.packager.DatasetPackager'>\n\
        </isofieldpackager>\n\
        <isofieldpackager id='55' length='9999' name='chip' class='org.jpos.iso.IFB_LLLLBINARY' packager='org.jpos.iso.packager.ICCDataPackager'/>\n\
        </isopackager>\n";
    let spec = from_jpos_xml(&text).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!((spec.dialect.name, spec.wire.unwrap().header.len()), ("made up", 5));
    let dialect = spec.dialect;
    assert_eq!(dialect.field(13).unwrap().max, 4);
    let inner = Plain::Parts(vec![(9, Plain::Parts(vec![(0, Plain::Value("Q"))]))]);
    let fields = [
        (3, Plain::Value("000000")),
        (13, Plain::Value("1127")),
        (34, Plain::Value("710005C0035465")),
        (55, Plain::Value("9F360200019A03261127")),
        (72, Plain::Parts(vec![(0, Plain::Value("AB")), (1, inner)])),
    ];
    let mut bytes = Vec::new();
    encode_plain(&dialect, "0200", fields, &mut bytes).unwrap();
    let want = "0200 A008000040000200 0100000000000000 000000 1127 0007710005C0035465 00109F360200019A03261127 0014 4142 11 0080000000000000 3031 51";
    assert_eq!(hex(&bytes), want.replace(' ', ""));
    let message = decode(&dialect, &bytes).unwrap();
    let shown = show(&message, &Framing::bare(0..bytes.len()), Reveal::Masked);
    let labels: Vec<String> = shown.fields.iter().flat_map(|field| &field.sub).map(|sub| sub.label.clone()).collect();
    assert_eq!(labels, ["55.9F36", "55.9A", "72.0", "72.1", "72.1.9", "72.1.9.0"]);
    // Nobody knows what is in a set of objects.
    assert!(!format!("{shown:?}").contains("5465"), "{shown:?}");
}

/// A name that promises a PIN, a verification value or a track is believed, wherever it stands.
#[test]
fn what_a_name_promises_is_covered() {
    let part = |id: u8, name: &str| {
        format!("<isofield id='{id}' length='6' name='{name}' class='org.jpos.iso.IFB_LLCHAR'/>\n")
    };
    let number = "<isofield id='9' length='16' name='Account Number' class='org.jpos.iso.IFB_NUMERIC'/>\n";
    let inner = part(0, "New PIN Block")
        + &part(1, "CVV2 request data")
        + &part(2, "新密码")
        + &part(3, "CVV2 result code")
        + &part(4, "Spinning")
        + number;
    let top = "<isofield id='60' length='6' name='TRACK-2 (old)' class='org.jpos.iso.IFB_LLCHAR'/>";
    let text = parted("GenericSubFieldPackager", "emitBitmap='false' firstField='0'", &inner);
    let dialect = load(&text.replace("</isopackager>", &format!("{top}</isopackager>")));
    let values = ["1111", "2222", "3333", "4444", "5555"];
    let mut parts: Vec<(u8, Plain<'_>)> = (0..).zip(values).map(|(n, value)| (n, Plain::Value(value))).collect();
    parts.push((9, Plain::Value("9990010000000014")));
    let mut bytes = Vec::new();
    encode_plain(&dialect, "0100", [(48, Plain::Parts(parts)), (60, Plain::Value("6666"))], &mut bytes).unwrap();
    let message = decode(&dialect, &bytes).unwrap();
    let shown = format!("{:?}", show(&message, &Framing::bare(0..bytes.len()), Reveal::Masked));
    for hidden in ["1111", "2222", "3333", "6666", "9990010000000014", "31313131", "32323232"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    // Security control information is digits in the version of 1987, keys in later ones.
    let digits = load(&file(&field(53, 16, "IFA_NUMERIC")));
    let keys = load(&file(&field(53, 48, "IFA_LLBINARY")));
    assert_eq!((digits.field(53).unwrap().cover, keys.field(53).unwrap().cover), (Cover::Open, Cover::Secret));
    for open in ["4444", "5555", "999001******0014"] {
        assert!(shown.contains(open), "{open}: {shown}");
    }
}

fn fault_of(text: &str) -> SpecFault {
    from_jpos_xml(text).err().unwrap_or_else(|| panic!("was read: {text}"))
}

/// What cannot be read is told with field and class, and what to write instead.
#[test]
fn what_is_not_known_is_told_with_advice() {
    let check = |text: &str, field: &str, all: &[&str]| {
        let fault = fault_of(text);
        assert_eq!(fault.field, field, "{fault}");
        assert!(all.iter().all(|part| fault.en.contains(part)), "{fault}");
        assert!(!fault.zh.is_ascii() && fault.line > 0);
    };
    let class = |name: &str, advice: &str| check(&file(&field(2, 19, name)), "2", &[name, "is not known; ", advice]);
    class("IFA_FLLNUM", "IF_CHAR with a length 2 greater");
    class("IFA_FLLCHAR", "IF_CHAR with a length 2 greater");
    class("IFB_LLHFBINARY", "IFB_BINARY with a length 1 greater");
    class("IFA_LLHBINARY", "IFB_LLHBINARY");
    class("IFEB_LLCHAR", "IFEB_LLNUM");
    class("IFA_LLBNUM", "length = 'ascii'");
    class("IFEMC_LLCHAR", "an isofield without parts");
    class("IF_TCHAR", "an isofield without parts");
    class("IFX_MAGIC", "README");
    for packager in
        ["LISSubFieldPackager", "CTCSubElementPackager", "MasterCardEBCDICSubFieldPackager", "GICCSubFieldPackager"]
    {
        check(
            &parted(packager, "", &field(1, 4, "IF_CHAR")),
            "48",
            &[packager, "as an isofield without parts", "Base1SubFieldPackager"],
        );
    }
    let third = field(65, 8, "IFA_BITMAPStandalone") + &field(130, 6, "IFA_NUMERIC");
    check(&file(&third), "65", &["third bitmap", "length=\"24\"", "from 129 on"]);
    check(&file(&field(5, 16, "IFB_BITMAPStandalone")), "5", &["length=\"8\""]);
    check(&file("").replace("IFB_BITMAP", "IFA_LLNUM"), "1", &["must be the bitmap", "IFB_BITMAP", "X9.2"]);
    check(&file("").replace("<isopackager>", "<isopackager emitBitmap='false'>"), "", &["without a bitmap"]);
    let dead = parted("GenericSubFieldPackager", "emitBitmap='false' firstField='0'", &field(0, 16, "IFB_BITMAP"));
    check(&dead, "48.0", &["length=\"8\""]);
    check(
        &parted("GenericSubFieldPackager", "firstField='none'", &field(1, 4, "IF_CHAR")),
        "48",
        &["firstField must be a number"],
    );
    let mixed = field(1, 9, "IFMC_LLCHAR") + &field(2, 9, "IFIPM_LLLCHAR");
    check(&parted("EuroSubFieldPackager", "", &mixed), "48", &["different lengths"]);
    let headed = field(0, 4, "IF_CHAR") + &field(2, 9, "IFMC_LLCHAR");
    check(&parted("EuroSubFieldPackager", "", &headed), "48", &["IFEP_LLCHAR", "without parts"]);
}

/// A file of an enemy ends in a fault, soon.
#[test]
fn hostile_files_are_bounded() {
    let mut entities = String::from("<!ENTITY a0 'xxxxxxxxxx'>");
    for n in 1..20 {
        entities += &format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10));
    }
    let bomb = format!("<!DOCTYPE isopackager [{entities}]>")
        + &file("<isofield id='3' length='6' name='&a19;' class='org.jpos.iso.IF_CHAR'/>");
    assert!(fault_of(&bomb).en.contains("not XML"));
    let loops = "<!DOCTYPE isopackager [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>".to_owned()
        + &file("<isofield id='3' length='6' name='&a;' class='x'/>");
    assert!(fault_of(&loops).en.contains("not XML"));
    let outside = "<!DOCTYPE isopackager [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>".to_owned()
        + &file("<isofield id='3' length='6' name='&a;' class='org.jpos.iso.IF_CHAR'/>");
    assert!(fault_of(&outside).en.contains("not XML"));
    let open = "<isofieldpackager id='2' length='9' name='x' class='org.jpos.iso.IFA_LLBINARY' packager='a.GenericSubFieldPackager' emitBitmap='false'>";
    let deep = |many: usize| file(&(open.repeat(many) + &"</isofieldpackager>".repeat(many)));
    assert!(fault_of(&deep(6)).en.contains("too deep"));
    let deepest = fault_of(&deep(6_000));
    assert!(deepest.en.contains("too deep") || deepest.en.contains("not XML"), "{deepest}");
    let nested = "<a>".repeat(19_000) + &"</a>".repeat(19_000);
    assert!(fault_of(&file(&nested)).en.contains("element a is not known"));
    assert_eq!(load(&file(&field(3, 6, "IF_CHAR").repeat(9_000))).rows().len(), 1);
    assert!(fault_of(&file(&"<a/>".repeat(21_000))).en.contains("not XML"));
    assert!(fault_of(&file(&" ".repeat(1 << 20))).en.contains("1 MiB"));
    for length in ["-1", "4294967296", "", "１"] {
        let text = file(&format!("<isofield id='3' length='{length}' name='x' class='org.jpos.iso.IF_CHAR'/>"));
        assert!(fault_of(&text).en.contains("length must be a number"));
    }
    // Longer than any frame: never read, never reserved.
    let dialect = load(&file(&field(3, 4_294_967_295, "IF_CHAR")));
    assert!(matches!(decode(&dialect, b"0100\x20\0\0\0\0\0\0\0abc").unwrap_err().rule, Rule::Short { .. }));
}

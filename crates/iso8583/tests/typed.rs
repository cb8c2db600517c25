//! Typed messages: every kind goes to bytes and back; impossible values are faults at their place.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{vector, vectors};
use slipway_iso8583::{
    Dialect, Family, Fault, Path, Rule, UNIONPAY_CUPS, UNIONPAY_POS, bench, decode, detect, encode_plain, from_message,
    hex, to_message,
};
use slipway_terms::*;

const POS: &Dialect = &UNIONPAY_POS;
const CUPS: &Dialect = &UNIONPAY_CUPS;

fn id(digits: &str) -> Option<InstitutionId> {
    Some(InstitutionId::new(digits).unwrap())
}

/// What both sides put into any financial message.
fn common_fields(shape: &Shape) -> Message {
    Message {
        pan: Some(Pan::new("9990010000000014").unwrap()),
        processing: Some(shape.processing),
        amount: Some(Amount::fen(8_800)),
        stan: Some(Stan::new(123).unwrap()),
        expiry: Some(Expiry::new("3012").unwrap()),
        entry: Some(EntryMode(21)),
        card_sequence: Some(1),
        condition: Some(shape.condition),
        pin_length_max: Some(12),
        track2: Some(Track2::new("9990010000000014=30121010000000000000").unwrap()),
        terminal: Some(TerminalId::new("10000001").unwrap()),
        merchant: Some(MerchantId::new("999290054110001").unwrap()),
        pin: Some(PinBlock([1, 2, 3, 4, 5, 6, 7, 8])),
        security: Some(Security { pin: Some(PinFormat::WithPan), algorithm: 6, track: false }),
        ..Message::new(shape.mti)
    }
}

/// A request of this kind as the dialect's sender makes it.
fn request(shape: &Shape, dialect: &Dialect) -> Message {
    let mut m = common_fields(shape);
    if dialect.family == Family::Pos {
        m.till60 = Some(Till60::financial(shape.type_code, BatchNo(7)));
        let date = MonthDay::from_mmdd(1123).ok();
        m.original_till = (shape.kind != Kind::Sale).then_some(OriginalTill { batch: BatchNo(7), stan: 122, date });
    } else {
        m.sent = SentAt::from_number(1_123_160_405).ok();
        m.mcc = Some(Mcc(5411));
        (m.acquirer, m.forwarder, m.receiver) = (id("99900100"), id("00010000"), id("99900200"));
        m.name_place = Some(Short::new("科家小店 SHANGHAI CN").unwrap());
        let key = SwitchKey {
            acquirer: id("99900100").unwrap(),
            forwarder: id("00010000").unwrap(),
            sent: m.sent.unwrap(),
            stan: Stan::FIRST,
        };
        m.original = (shape.kind != Kind::Sale).then_some(OriginalData { mti: Mti(200), key });
    }
    if shape.kind == Kind::Balance {
        m.amount = None;
    }
    m
}

fn answer(request: &Message, dialect: &Dialect, code: ResponseCode) -> Message {
    let mut m = request.answer(code);
    m.time = ClockTime::from_hhmmss(160_405).ok();
    m.date = MonthDay::from_mmdd(1123).ok();
    m.settlement = MonthDay::from_mmdd(1124).ok();
    m.acquirer = id("99900100");
    m.rrn = Some(Rrn::new("632700000001").unwrap());
    m.auth = Some(AuthCode::new("A1B2C3").unwrap());
    m.institutions = Some(Short::new("99900200   99900100").unwrap());
    let balance = Balance { account_type: 10, amount_type: 2, amount: Amount::fen(123_456), owed: false };
    m.balance = (request.kind() == Some(Kind::Balance)).then_some(balance);
    if dialect.family == Family::Pos {
        m.operator_or_scheme = Some(Short::new("CUP").unwrap());
    }
    m
}

fn round_trip(m: &Message, dialect: &'static Dialect, what: &str) -> Vec<u8> {
    let mut buf = vec![0xEE];
    let mac = m.mac.is_some();
    let packed = from_message(m, dialect, mac, &mut buf).unwrap_or_else(|f| panic!("{what}: {f}"));
    let bytes = &buf[packed.range.clone()];
    let decoded = decode(dialect, bytes).unwrap_or_else(|f| panic!("{what}: {f}"));
    let back = to_message(&decoded).unwrap_or_else(|f| panic!("{what}: {f}"));
    assert_eq!(back, *m, "{what}");
    assert_eq!(packed.mac, mac.then(|| packed.range.end - 8), "{what}");
    bytes.to_vec()
}

#[test]
fn every_financial_kind_goes_and_comes_back() {
    for dialect in [POS, CUPS] {
        for shape in SHAPES {
            let what = format!("{} {}", dialect.name, shape.en);
            let mut m = request(shape, dialect);
            m.mac = Some(Mac(*b"3342463A"));
            assert!(dialect.family == Family::Cups || m.kind() == Some(shape.kind), "{what}");
            round_trip(&m, dialect, &what);
            for code in [ResponseCode::APPROVED, ResponseCode::INSUFFICIENT_FUNDS, ResponseCode::MAC_ERROR] {
                round_trip(&answer(&m, dialect, code), dialect, &format!("{what} {code}"));
            }
            if shape.reversible {
                let mut undo = m.clone();
                undo.mti = if dialect.family == Family::Pos { Mti(400) } else { Mti(420) };
                undo.code = Some(Doubt::NoAnswer.reason());
                (undo.track2, undo.pin, undo.security, undo.pin_length_max) = (None, None, None, None);
                round_trip(&undo, dialect, &format!("{what} reversal"));
                round_trip(&undo.answer(ResponseCode::APPROVED), dialect, &format!("{what} reversal answer"));
            }
        }
    }
}

#[test]
fn management_goes_and_comes_back() {
    let till = |mti, code| Message {
        stan: Some(Stan::new(5).unwrap()),
        terminal: Some(TerminalId::new("10000001").unwrap()),
        merchant: Some(MerchantId::new("999290054110001").unwrap()),
        till60: Some(Till60::management(BatchNo(7), code)),
        ..Message::new(Mti(mti))
    };
    let sign_on = Message {
        private62: Some(Box::from(*b"Sequence No153133SLIPWAY0001")),
        private48: Some(Box::from("0000070001230000070001")),
        operator_or_scheme: Some(Short::new("01").unwrap()),
        ..till(800, 3)
    };
    round_trip(&sign_on, POS, "sign-on");
    let keys = Message { private62: Some(Box::from([0x3C; 40])), ..sign_on.answer(ResponseCode::APPROVED) };
    round_trip(&keys, POS, "sign-on answer");
    let echo = Message { stan: None, ..till(820, 301) };
    round_trip(&echo, POS, "echo without F11");
    round_trip(&till(820, 2), POS, "sign-off");
    let settle = Message { private48: Some("0".repeat(62).into()), ..till(500, 201) };
    assert!(hex(&round_trip(&settle, POS, "settlement")).contains("313536"), "F49 is mandatory in 0500");
    let network = |code| Message {
        sent: SentAt::from_number(1_123_160_405).ok(),
        stan: Some(Stan::new(5).unwrap()),
        forwarder: id("99900100"),
        network_code: Some(code),
        receiver: id("00010000"),
        ..Message::new(Mti(820))
    };
    for code in [1, 2, 101, 201, 202, 301] {
        let m = network(code);
        round_trip(&m, CUPS, "network");
        round_trip(&m.answer(ResponseCode::APPROVED), CUPS, "network answer");
    }
    let reset = Message {
        security: Some(Security { pin: Some(PinFormat::WithPan), algorithm: 0, track: false }),
        key_cryptogram: Some([9; 8]),
        mac: Some(Mac([8; 8])),
        mti: Mti(800),
        ..network(101)
    };
    round_trip(&reset, CUPS, "key reset");
    let double = Message { new_key: Some([0x2D; 16]), key_cryptogram: Some([0; 8]), ..reset };
    round_trip(&double, CUPS, "key reset, double length");
    // Bytes that are no key in F48 are refused, not dropped.
    let mut bytes = Vec::new();
    let packed = from_message(&double, CUPS, true, &mut bytes).unwrap();
    let at = bytes.windows(2).position(|two| two == b"NK").unwrap();
    bytes[at] = 7;
    let fault = to_message(&decode(CUPS, &bytes[packed.range]).unwrap()).unwrap_err();
    assert_eq!((fault.path, fault.rule), (Path::Field(48), Rule::Text));
}

/// The real frame of a key reset, typed and back: DE 128 is its own and not that of the line.
#[test]
fn a_published_key_reset_is_typed_and_written_again() {
    let v = vector("cups-0800-keyreset-mak");
    let body = detect(v.dialect.family, &v.bytes, None).unwrap().body;
    let m = to_message(&decode(CUPS, &v.bytes[body.clone()]).unwrap()).unwrap();
    assert_eq!(
        (m.network_code, m.receiver, m.sent),
        (Some(101), id("44190440"), SentAt::from_number(517_160_726).ok())
    );
    assert_eq!(m.security, Some(Security { pin: Some(PinFormat::WithPan), algorithm: 0, track: false }));
    assert_eq!((m.new_key, m.private48.as_deref()), (None, None));
    assert_eq!(m.key_cryptogram, Some(0x0FE5_B03E_C604_CB6Bu64.to_be_bytes()));
    assert_eq!(m.mac, Some(Mac(0xFFAB_6DBF_8945_EAB7u64.to_be_bytes())));
    let mut buf = Vec::new();
    from_message(&m, CUPS, true, &mut buf).unwrap();
    assert_eq!(hex(&buf), hex(&v.bytes[body]));
}

#[test]
fn published_messages_become_typed() {
    // A terminal that sends F25 = 04 and header oddities is still typed; a private F48 or damaged length is not in this list.
    let mut read = 0;
    for v in vectors() {
        let body = detect(v.dialect.family, &v.bytes, None).unwrap().body;
        let Ok(decoded) = decode(v.dialect, &v.bytes[body]) else { continue };
        let m = to_message(&decoded).unwrap_or_else(|f| panic!("{}: {f}", v.id));
        assert_eq!(
            m.stan.map(|s| s.to_string()),
            v.decoded.get("11").map(|s| s.as_str().unwrap().to_owned()),
            "{}",
            v.id
        );
        read += 1;
    }
    assert_eq!(read, 22);
    let v = vector("pos-sale-req-3");
    let m = to_message(&decode(POS, &v.bytes[13..]).unwrap()).unwrap();
    let mut buf = Vec::new();
    from_message(&m, POS, true, &mut buf).unwrap();
    assert_eq!(hex(&buf), hex(&v.bytes[13..]), "a sale of a real terminal is written byte for byte");
    assert_eq!((m.kind(), m.amount), (Some(Kind::Sale), Some(Amount::fen(88_800))));
}

#[test]
fn impossible_values_are_faults_at_their_place() {
    let check = |dialect, mti: &str, n: u8, value: &str, path: Path, rule: Rule| {
        let mut bytes = Vec::new();
        encode_plain(dialect, mti, [(n, value)], &mut bytes).unwrap();
        let decoded = decode(dialect, &bytes).unwrap();
        let found = to_message(&decoded).map(drop).unwrap_err();
        let offset = if path == Path::Mti { 0 } else { decoded.offset(n) as u32 };
        let sub = if let Path::Sub(90, label) = path { [0, 4, 10, 20, 31][usize::from(label) - 1] } else { 0 };
        assert_eq!(found, Fault { path, offset: offset + sub, rule }, "{n} {value}");
        let told = found.to_string() + &found.zh().to_string();
        assert!(value.len() < 6 || !told.contains(value), "{told}");
    };
    let field = Path::Field;
    check(POS, "0201", 11, "000001", Path::Mti, Rule::Kind);
    check(POS, "0200", 11, "000000", field(11), Rule::Value);
    check(POS, "0200", 2, "99900100001", field(2), Rule::Value);
    check(POS, "0200", 12, "246000", field(12), Rule::Value);
    check(POS, "0200", 13, "1332", field(13), Rule::Value);
    check(POS, "0200", 14, "3013", field(14), Rule::Value);
    check(POS, "0210", 15, "0000", field(15), Rule::Value);
    check(POS, "0200", 26, "99", field(26), Rule::Value);
    check(POS, "0200", 35, "9990010000000014", field(35), Rule::Track);
    check(POS, "0200", 35, "A990010000000014D3012101", field(35), Rule::Track);
    check(POS, "0210", 39, "a0", field(39), Rule::Value);
    check(POS, "0200", 53, "3000000000000000", Path::Sub(53, 1), Rule::Value);
    check(POS, "0210", 54, "1002156X000000123456", field(54), Rule::Value);
    check(POS, "0210", 54, "1002156C00000012345", field(54), Rule::Size { got: 19, want: 20 });
    check(POS, "0200", 60, "2", Path::Sub(60, 1), Rule::Size { got: 1, want: 2 });
    check(POS, "0200", 60, "22", Path::Sub(60, 2), Rule::Missing);
    check(POS, "0200", 60, "2200001", Path::Sub(60, 2), Rule::Size { got: 5, want: 6 });
    check(POS, "0200", 60, "2200000100", Path::Sub(60, 3), Rule::Size { got: 2, want: 3 });
    check(POS, "0200", 61, "000001000122133", Path::Sub(61, 3), Rule::Size { got: 3, want: 4 });
    check(POS, "0200", 61, "0000010001221332", Path::Sub(61, 3), Rule::Value);
    check(CUPS, "0200", 7, "1332000000", field(7), Rule::Value);
    check(CUPS, "0420", 90, &"0".repeat(42), Path::Sub(90, 2), Rule::Value);
    check(CUPS, "0420", 90, &format!("0200000001{}", "0".repeat(32)), Path::Sub(90, 3), Rule::Value);
}

#[test]
fn short_forms_are_read() {
    let read = |dialect, n, value: &str| {
        let mut bytes = Vec::new();
        encode_plain(dialect, "0200", [(n, value)], &mut bytes).unwrap();
        to_message(&decode(dialect, &bytes).unwrap()).unwrap()
    };
    let sixty =
        |value| read(POS, 60, value).till60.map(|t| (t.type_code, t.batch.0, t.management, t.reads, t.chip, t.partial));
    assert_eq!(sixty("22000001"), Some((22, 1, None, None, None, None)));
    assert_eq!(sixty("00000519003"), Some((0, 519, Some(3), None, None, None)));
    assert_eq!(sixty("220000010006"), Some((22, 1, Some(0), Some(6), None, None)));
    assert_eq!(sixty("22000001000601"), Some((22, 1, Some(0), Some(6), Some(0), Some(1))));
    assert_eq!(sixty("22000001000601048"), Some((22, 1, Some(0), Some(6), Some(0), Some(1))));
    let sixty_one = |value| read(POS, 61, value).original_till.map(|o| (o.batch.0, o.stan, o.date.map(MonthDay::mmdd)));
    assert_eq!(sixty_one("000001000122"), Some((1, 122, None)));
    assert_eq!(sixty_one("0000010001220000"), Some((1, 122, None)));
    assert_eq!(sixty_one("00000000000011230100012345678"), Some((0, 0, Some(1123))));
    assert_eq!(read(POS, 38, "      ").auth, None, "blanks for no code");
    assert_eq!(read(POS, 4, "000000008800").amount, Some(Amount::fen(8_800)), "F49 left out");
    assert_eq!(
        read(CUPS, 43, "爱意就像大雨落下怎会让人不牵挂").name_place.map(|n| n.to_string()),
        Some("爱意就像大雨落下怎会让人不".to_owned())
    );
    let cut_at_a_blank = read(POS, 44, "科科科科科科科科 科").institutions.map(|text| text.to_string());
    assert_eq!(cut_at_a_blank, Some("科".repeat(8)), "24 bytes and a blank, which is no part of it");
}

#[test]
fn the_bench_sale_goes_and_comes_back() {
    let mut buf = Vec::new();
    let sale = bench::sale(123).unwrap();
    bench::pack(&sale, &mut buf).unwrap();
    assert_eq!(buf.len(), 249);
    assert_eq!(bench::unpack(&buf).unwrap(), sale);
}

/// The reversal names its original by the original's own ids, whatever their length: F90 alone could not say.
#[test]
fn an_original_is_named_by_ids_of_any_length() {
    for digits in ["99900100", "00020000", "102", "1020344", "000102034", "00000000001", "12345678901"] {
        let shape = SHAPES.iter().find(|shape| shape.kind == Kind::Sale).unwrap();
        let mut m = request(shape, CUPS);
        m.mti = Mti(420);
        (m.track2, m.pin, m.security, m.pin_length_max) = (None, None, None, None);
        (m.acquirer, m.forwarder) = (id(digits), id(digits));
        m.original = Some(OriginalData { mti: Mti(200), key: m.switch_key().unwrap() });
        round_trip(&m, CUPS, digits);
        // The switch hands on its own reversal: it is the forwarder, the original's is the acquirer.
        m.forwarder = id("00010000");
        round_trip(&m, CUPS, digits);
    }
}

#[test]
fn the_bench_sale_is_the_same_by_fields() {
    let (mut typed, mut fields) = (Vec::new(), Vec::new());
    bench::pack(&bench::sale(123).unwrap(), &mut typed).unwrap();
    bench::pack_fields(123, &mut fields).unwrap();
    assert_eq!(hex(&fields), hex(&typed));
    assert!(bench::unpack_fields(&fields).unwrap() > 0);
}

/// What key schemes put into private fields: a serial number, a wide PIN block, a closed track.
#[test]
fn keys_of_other_schemes_travel() {
    let sale = SHAPES.iter().find(|shape| shape.kind == Kind::Sale).unwrap();
    let there_and_back = |message: &Message, dialect: &Dialect| {
        let mut bytes = Vec::new();
        from_message(message, dialect, false, &mut bytes).unwrap();
        to_message(&decode(dialect, &bytes).unwrap()).unwrap()
    };
    let terminal = TerminalId::new("10000001").unwrap();
    for scheme in [KeyScheme::DukptTdes, KeyScheme::DukptAes] {
        let mut m = request(sale, POS);
        m.ksn = Ksn::first(scheme, terminal, 0).unwrap().next();
        assert_eq!(there_and_back(&m, POS), m);
        m.private62 = Some(b"10000001-000007-000001-1".to_vec().into());
        assert_eq!(there_and_back(&m, POS), m, "a case number behind it");
    }
    let security = |algorithm, track| Some(Security { pin: Some(PinFormat::WithPan), algorithm, track });
    for dialect in [POS, CUPS] {
        let mut m = request(sale, dialect);
        m.put_pin(Some(AnyPin::Wide(WidePin([0xA5; 16]))));
        assert_eq!(there_and_back(&m, dialect), m);
    }
    let mut m = request(sale, POS);
    // Every nibble may stand in what is enciphered, the one of the separator too.
    for text in ["9990010000000014D30121ABCDEF0123456D", "9990010000000014D3012101DDDDDDDDDDDDDDDD0"] {
        (m.track2, m.closed_track, m.security) =
            (None, Some(ClosedTrack(Short::new(&text[..text.len().min(37)]).unwrap())), security(6, true));
        assert_eq!(there_and_back(&m, POS), m);
    }
    // A key block of a sign-on may begin with any letters, and is longer than a serial number.
    let mut m = Message::new(Mti(810));
    m.private62 = Some(b"KS0123456789012345678901".to_vec().into());
    assert_eq!(there_and_back(&m, POS), m);
    // The sign-on of a terminal that has its keys: a number both ways, and what the device says of itself.
    for scheme in [KeyScheme::DukptTdes, KeyScheme::DukptAes] {
        let mut m = Message::new(Mti(800));
        (m.ksn, m.private62) = (Ksn::first(scheme, terminal, 3), Some(b"Sequence No120000SW000001".to_vec().into()));
        assert_eq!(there_and_back(&m, POS), m);
        (m.mti, m.private62) = (Mti(810), None);
        assert_eq!(there_and_back(&m, POS), m);
    }
}

//! Profiles: everything that is wrong is told at once, the messages of the field hold, rules of files are read.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::vectors;
use slipway_iso8583::profile::{Profile, RulesText, Wrong, unionpay_pos_profile};
use slipway_iso8583::{Family, UNIONPAY_POS, decode, detect, encode_plain};

#[test]
fn messages_of_the_field_hold() {
    let profile = unionpay_pos_profile();
    let mut checked = 0;
    for v in vectors().into_iter().filter(|v| v.dialect.family == Family::Pos) {
        let body = detect(Family::Pos, &v.bytes, None).unwrap().body;
        let Ok(message) = decode(v.dialect, &v.bytes[body]) else { continue };
        let told: Vec<String> = profile.check(&message, None).iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{}: {told:?}", v.id);
        checked += 1;
    }
    assert_eq!(checked, 18);
}

const SALE: [(u8, &str); 12] = [
    (3, "000000"),
    (4, "000000008800"),
    (11, "000105"),
    (14, "3012"),
    (22, "012"),
    (25, "00"),
    (41, "10000001"),
    (42, "999290054110001"),
    (49, "156"),
    (60, "22000001000600"),
    (2, "9990010000000014"),
    (64, "4141414141414141"),
];

fn told(changes: &[(u8, Option<&str>)], mti: &str, request: Option<&[u8]>) -> Vec<(u8, Wrong)> {
    let mut fields: std::collections::BTreeMap<u8, &str> = SALE.into_iter().collect();
    for (n, value) in changes {
        match value {
            Some(value) => drop(fields.insert(*n, value)),
            None => drop(fields.remove(n)),
        }
    }
    let mut bytes = Vec::new();
    encode_plain(&UNIONPAY_POS, mti, fields, &mut bytes).unwrap();
    let message = decode(&UNIONPAY_POS, &bytes).unwrap();
    let request = request.map(|bytes| decode(&UNIONPAY_POS, bytes).unwrap());
    let found = unionpay_pos_profile().check(&message, request.as_ref());
    for breach in &found {
        let text = breach.to_string() + &breach.zh().to_string();
        assert!(!text.contains("999001") && !text.contains("8800"), "{text}");
        assert!(breach.offset <= bytes.len());
    }
    found.iter().map(|breach| (breach.field, breach.wrong)).collect()
}

#[test]
fn everything_wrong_is_told_at_once() {
    assert_eq!(told(&[], "0200", None), []);
    let many = [
        (3, Some("999999")),
        (4, None),
        (14, None),
        (22, Some("051")),
        (39, Some("00")),
        (49, Some("840")),
        (43, Some("shop")),
    ];
    let want = [
        (3, Wrong::Value),
        (4, Wrong::Missing),
        (14, Wrong::MissingHere),
        (39, Wrong::Forbidden),
        (43, Wrong::Strange),
        (49, Wrong::Value),
        (52, Wrong::MissingHere),
        (55, Wrong::MissingHere),
    ];
    assert_eq!(told(&many, "0200", None), want);
    assert_eq!(told(&[(2, None)], "0200", None), [(2, Wrong::MissingHere)]);
    assert_eq!(told(&[], "0999", None), [(0, Wrong::UnknownMti)]);
}

#[test]
fn answers_repeat_their_request() {
    let mut request = Vec::new();
    let fields: std::collections::BTreeMap<u8, &str> = SALE.into_iter().collect();
    encode_plain(&UNIONPAY_POS, "0200", fields, &mut request).unwrap();
    let good = [
        (22, None),
        (25, None),
        (12, Some("160405")),
        (13, Some("1123")),
        (32, Some("99900100")),
        (37, Some("632700000001")),
        (38, Some("A1B2C3")),
        (39, Some("00")),
    ];
    assert_eq!(told(&good, "0210", Some(&request)), []);
    let bad = [&good[..], &[(4, Some("000000000001")), (11, Some("000106")), (37, None)]].concat();
    let want = [(4, Wrong::NotRepeated), (11, Wrong::NotRepeated), (37, Wrong::Missing)];
    assert_eq!(told(&bad, "0210", Some(&request)), want);
}

#[test]
fn rules_that_cannot_be_read() {
    let check = |text: RulesText<'_>, en: &str| {
        let fault = Profile::default().add(&text).unwrap_err();
        assert!(fault.en.contains(en) && !fault.zh.is_ascii(), "{fault:?}");
    };
    let rules = RulesText { mti: "0200", ..RulesText::default() };
    check(RulesText { mti: "200", ..rules }, "4 digits");
    check(RulesText { mandatory: "3 x", ..rules }, "2 to 192");
    check(RulesText { when: "22 is 3", ..rules }, "a condition is like");
    check(RulesText { when: "22[0] = 3", ..rules }, "a condition is like");
    check(RulesText { when: "22[1-2] = 3", ..rules }, "2 characters");
    check(RulesText { conditional: &[(3, "maybe")], ..rules }, "a condition is like");
}

#[cfg(feature = "spec")]
#[test]
fn profiles_from_files() {
    use slipway_iso8583::spec::from_toml;
    let text = "mti = 'ascii'\n[fields]\n3 = 'n f 6'\n4 = 'n f 12'\n11 = 'n f 6'\n39 = 'an f 2'\n\
                [[profile.message]]\nmti = '0800'\nmandatory = [3, 11]\noptional = []\nconditional = { 4 = '3[1] = 1' }\n\
                [profile.message.values]\n3 = ['100000', '200000']\n";
    let spec = from_toml(text).unwrap();
    let check = |fields: &[(u8, &str)], want: &[(u8, Wrong)]| {
        let mut bytes = Vec::new();
        encode_plain(&spec.dialect, "0800", fields.iter().copied(), &mut bytes).unwrap();
        let found = spec.profile.as_ref().unwrap().check(&decode(&spec.dialect, &bytes).unwrap(), None);
        assert_eq!(found.iter().map(|b| (b.field, b.wrong)).collect::<Vec<_>>(), want);
    };
    check(&[(3, "200000"), (11, "000001")], &[]);
    check(&[(3, "100000")], &[(4, Wrong::MissingHere), (11, Wrong::Missing)]);
    check(&[(3, "300000"), (11, "000001"), (39, "00")], &[(3, Wrong::Value), (39, Wrong::Strange)]);
    let bad = from_toml(&text.replace("3[1] = 1", "3[1] is 1")).unwrap_err();
    assert_eq!((bad.line, bad.en.contains("a condition is like")), (7, true), "{bad}");
    assert!(from_toml(&text.replace("mandatory", "mandatroy")).unwrap_err().en.contains("not known"));
}

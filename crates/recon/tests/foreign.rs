//! Foreign files: what is sound is read to the fen, anything else is refused with line and column.

#![cfg(feature = "layout")]
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::day;
use proptest::prelude::*;
use slipway_recon::foreign::{Encoding, ForeignFault, Layout, Reader, Why, decoder, layout};
use slipway_recon::four::Row;

const CSV: &str = r#"
name = "bank"
header = ["序号,参考号,种类,金额,日期"]
amount = "yuan"
date = "YYYY/MM/DD"
acquirer = "00010000"
strip = "`"
[columns]
number = 1
rrn = 2
entry = 3
amount = 4
day = 5
[entries]
"消费" = "S"
"退货" = "R"
[trailer]
starts = "合计"
count = 2
sum = 3
crc32 = 4
"#;

const FIXED: &str = r#"
form = "fixed"
encoding = "gbk"
amount = "fen"
sign = "own"
date = "YYYYMMDD"
sorted = true
[columns]
acquirer = [1, 11]
rrn = [12, 12]
entry = [24, 4]
amount = [28, 13]
day = [41, 8]
[entries]
"消费" = "S"
"退货" = "R"
"#;

const HEAD: &str = "序号,参考号,种类,金额,日期\n";

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    };
    !bytes.iter().fold(!0, step)
}

fn whole(lines: &str, count: usize, sum: &str) -> String {
    let body = format!("{HEAD}{lines}");
    let crc = crc32(body.as_bytes());
    format!("{body}合计,{count},{sum},{crc:08x}\n")
}

const THREE: &str = "1,603400000003,消费,88.00,2026/03/02\n2,`603400000001,消费,1.5,2026/03/02\n3,603400000002,退货,\"0.01\",2026/03/02\n";

fn sound() -> String {
    whole(THREE, 3, "89.51")
}

/// Read whole, and in pieces of any size: the answer is the same.
fn read_by(layout: &Layout, bytes: &[u8], piece: usize) -> Result<Vec<Row>, ForeignFault> {
    let decode = decoder(layout.encoding);
    let mut reader = Reader::new(layout, day("2026-03-02"));
    for piece in bytes.chunks(piece) {
        reader.take(piece, &decode)?;
    }
    reader.end(&decode)
}

fn read(text: &str, bytes: &[u8]) -> Result<Vec<Row>, ForeignFault> {
    let layout = layout(text).unwrap();
    let got = read_by(&layout, bytes, bytes.len().max(1));
    for piece in [1, 7, 4096] {
        assert_eq!(read_by(&layout, bytes, piece), got);
    }
    got
}

fn amounts(rows: &[Row]) -> Vec<(String, i64, u64)> {
    rows.iter().map(|row| (row.key.to_string(), row.amount_fen, row.place)).collect()
}

#[test]
fn a_sound_file_is_read_sorted() {
    let want = [
        ("00010000/603400000001/S".to_owned(), 150, 3),
        ("00010000/603400000002/R".to_owned(), -1, 4),
        ("00010000/603400000003/S".to_owned(), 8_800, 2),
    ];
    let marked = format!("\u{FEFF}{HEAD}{THREE}");
    let without = CSV.split("[trailer]").next().unwrap();
    for (layout, file) in [
        (CSV, sound()),
        (CSV, sound().trim_end().to_owned()), // a trailer needs no line feed
        (without, marked),
        (without, format!("{HEAD}{THREE}").replace('\n', "\r\n")),
    ] {
        assert_eq!(amounts(&read(layout, file.as_bytes()).unwrap()), want, "{file}");
    }
    assert_eq!(read(CSV, whole("", 0, "0").as_bytes()), Ok(vec![]), "a day without entries has a file too");
}

#[test]
fn fixed_columns_in_gbk_are_bytes() {
    let (gbk, _, _) = encoding_rs::GBK
        .encode("00010000   603400000001消费         880020260302\n00010000   603400000002退货          -8020260302\n");
    let rows = read(FIXED, &gbk).unwrap();
    assert_eq!(rows.iter().map(|row| row.amount_fen).collect::<Vec<_>>(), [8_800, -80]);
    let check = |from: &str, to: &str, line, column, field, why| {
        let (text, _, _) = encoding_rs::GBK.decode(&gbk);
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let (bytes, _, _) = encoding_rs::GBK.encode(&changed);
        assert_eq!(read(FIXED, &bytes), Err(ForeignFault { line, column, field, why }), "{to}");
    };
    check("-80", " 80", 2, 28, "amount", Why::Sign);
    check("603400000002", "603400000000", 2, 12, "rrn", Why::Order);
    check("消费", "撤销", 1, 24, "entry", Why::Entry);
    check("20260302\n0", "2026030\n0", 1, 41, "day", Why::Missing);
    let utf8 = "00010000   603400000001消费         880020260302\n";
    assert!(read(FIXED, utf8.as_bytes()).is_err(), "another encoding has other columns");
    let at = gbk.iter().position(|byte| *byte > 0x7F).unwrap();
    let mut bad = gbk.to_vec();
    bad[at] = 0xFF;
    assert_eq!(read(FIXED, &bad), Err(ForeignFault { line: 1, column: 24, field: "entry", why: Why::Encoding }));
}

#[test]
fn damage_is_named_by_line_and_column() {
    let check = |bytes: &[u8], line: u64, column: usize, field: &'static str, why: Why| {
        let got = read(CSV, bytes);
        assert_eq!(got, Err(ForeignFault { line, column, field, why }), "{}", String::from_utf8_lossy(bytes));
    };
    let with = |from: &str, to: &str| sound().replacen(from, to, 1).into_bytes();
    let cut = |bytes: usize| sound().into_bytes()[..bytes].to_vec();
    // Cut short, anywhere.
    check(&[], 1, 0, "", Why::Truncated);
    check(HEAD.as_bytes(), 2, 0, "", Why::Truncated);
    check(&cut(HEAD.len() + 20), 2, 0, "", Why::Truncated);
    check(&cut(HEAD.len() + THREE.len()), 5, 0, "", Why::Truncated);
    // Doubled, re-ordered, left out.
    check(&[sound(), sound()].concat().into_bytes(), 6, 0, "", Why::Behind);
    let lines: Vec<&str> = THREE.split_inclusive('\n').collect();
    let order =
        |at: &[usize]| whole(&at.iter().map(|at| lines[*at]).collect::<String>(), at.len(), "89.51").into_bytes();
    check(&order(&[0, 0, 1, 2]), 3, 1, "number", Why::Number { said: 1, want: 2 });
    check(&order(&[1, 0, 2]), 2, 1, "number", Why::Number { said: 2, want: 1 });
    check(&order(&[0, 2]), 3, 1, "number", Why::Number { said: 3, want: 2 });
    let again = THREE.replace("603400000001", "603400000003");
    check(whole(&again, 3, "89.51").as_bytes(), 3, 2, "rrn", Why::Doubled { first: 2 });
    // Another day, other sums.
    let said = day("2026-03-03");
    check(&with("2026/03/02", "2026/03/03"), 2, 5, "day", Why::WrongDay { said });
    check(&with("2026/03/02", "2026-03-02"), 2, 5, "day", Why::Day);
    check(&with("2026/03/02", "2026/02/30"), 2, 5, "day", Why::Day);
    check(&with("合计,3", "合计,4"), 5, 2, "count", Why::Count { said: 4, found: 3 });
    check(&with("89.51", "89.52"), 5, 3, "sum", Why::Sum { said: 8_952, found: 8_951 });
    let crc = format!("{:08x}", crc32(format!("{HEAD}{THREE}").as_bytes()));
    check(&with(&crc, "00000000"), 5, 4, "crc32", Why::Checksum);
    check(&with(&crc, "+0000000"), 5, 4, "crc32", Why::Trailer);
    check(&with("603400000001", "603400000009"), 5, 4, "crc32", Why::Checksum);
    // Hostile cells.
    check(&with("603400000003", "=CMD|calc!A0"), 2, 2, "rrn", Why::Formula);
    check(&with("603400000003", "@60340000000"), 2, 2, "rrn", Why::Formula);
    check(&with("603400000003", "60340000000"), 2, 2, "rrn", Why::Rrn);
    check(&with("消费", "=1+1"), 2, 3, "entry", Why::Formula);
    check(&with("消费", "转账"), 2, 3, "entry", Why::Entry);
    for amount in [
        "=1+1",
        "+88.00",
        "88.000",
        "88.",
        ".5",
        "8 8",
        "1e3",
        "0",
        "0.00",
        "",
        "８８",
        "9999999999999",
        "99999999999999999999",
    ] {
        check(&with("88.00", amount), 2, 4, "amount", Why::Amount);
    }
    check(&with("88.00", "-88.00"), 2, 4, "amount", Why::Sign);
    check(&with(",2026/03/02\n2", "\n2"), 2, 5, "day", Why::Missing);
    check(&with("\"0.01\"", "\"0.01"), 4, 4, "", Why::Quote);
    check(&with("\"0.01\"", "\"0.01\"x"), 4, 4, "", Why::Quote);
    check(&with("\"0.01\"", "0\"01"), 4, 4, "", Why::Quote);
    check(&with("603400000003", "6034\u{0}0000003"), 2, 7, "", Why::Byte);
    check(&with("603400000003", "6034\u{7f}0000003"), 2, 7, "", Why::Byte);
    check(&with("2,`", "\n2,`"), 3, 0, "", Why::Blank);
    check(&with("参考号", "流水号"), 1, 0, "", Why::Header);
    let mut bytes = sound().into_bytes();
    bytes[HEAD.len() + 15] = 0xFF;
    check(&bytes, 2, 0, "", Why::Encoding);
}

#[test]
fn a_line_without_end_costs_no_memory() {
    let layout = layout(CSV).unwrap();
    let decode = decoder(Encoding::Utf8);
    let mut reader = Reader::new(&layout, day("2026-03-02"));
    reader.take(HEAD.as_bytes(), &decode).unwrap();
    let piece = vec![b'1'; 1 << 20];
    let got = (0..10).try_for_each(|_| reader.take(&piece, &decode));
    assert_eq!(got, Err(ForeignFault { line: 2, column: Reader::LINE_MAX, field: "", why: Why::Long }));
    assert_eq!(got.unwrap_err().to_string(), "第 2 行第 16384 列：行太长 line 2, column 16384: the line is too long");
}

#[test]
fn doubles_may_be_left_to_reconciliation() {
    let text = CSV.replace("strip", "doubles = true\nstrip");
    let again = THREE.replace("603400000001", "603400000003");
    assert_eq!(read(&text, whole(&again, 3, "89.51").as_bytes()).map(|rows| rows.len()), Ok(3));
}

#[test]
fn a_wrong_layout_is_named() {
    let check = |from: &str, to: &str, at: &str| {
        assert!(CSV.contains(from), "{from}");
        let fault = layout(&CSV.replacen(from, to, 1)).unwrap_err();
        assert!(fault.at.contains(at), "{to}: {fault}");
        assert!(!fault.zh.is_ascii() && fault.en.is_ascii());
    };
    check("name =", "nam =", "nam");
    check("name =", "name", "line 2");
    check("\"yuan\"", "\"jiao\"", "amount");
    check("\"yuan\"", "1", "amount");
    check("amount = \"yuan\"", "form = \"xml\"", "form");
    check("amount = \"yuan\"", "separator = \"ab\"", "separator");
    check("amount = \"yuan\"", "sorted = 1", "sorted");
    check("\"00010000\"", "\"x\"", "acquirer");
    check("acquirer = \"00010000\"", "", "acquirer");
    check("rrn = 2", "rrn = 0", "rrn");
    check("rrn = 2", "rrn = [1, 2]", "rrn");
    check("rrn = 2", "", "rrn");
    check("rrn = 2", "rnn = 2\nrrn = 2", "columns.rnn");
    check("\"消费\" = \"S\"", "\"消费\" = \"?\"", "entries");
    check("starts = \"合计\"", "starts = \"\"", "trailer.starts");
    check("count = 2", "", "count");
    check("header = [", "header = [1, ", "header");
}

proptest! {
    #[test]
    fn no_change_of_a_byte_goes_unseen(at in 0..200_usize, with in any::<u8>()) {
        let mut bytes = sound().into_bytes();
        let at = at % bytes.len();
        let good = bytes.clone();
        bytes[at] = with;
        let layout = layout(CSV).unwrap();
        // What stands behind the last digit of the trailer says nothing; hexadecimal letters may be of either size.
        let harmless = bytes.eq_ignore_ascii_case(&good) || at == good.len() - 1 && with == b' ';
        prop_assert_eq!(read_by(&layout, &bytes, 64).is_ok(), harmless, "{:?}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn rubbish_is_refused_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for text in [CSV, FIXED] {
            let _ = read(text, &bytes);
        }
        prop_assert!(read(CSV, &bytes).is_err());
    }
}

/// A word that is no word is named so that it can be seen, an empty one too.
#[test]
fn strange_words_of_a_layout_are_shown() {
    for (text, at) in
        [("'' = 84", "\"\""), ("'a b' = 1", "\"a b\""), ("nam = 1", "nam"), ("\"\\u001b[2J\" = 1", "\"\\u{1b}[2J\"")]
    {
        assert_eq!(layout(text).unwrap_err().at, at, "{text}");
    }
}

//! What a dump shows, and above all what it does not.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{vector, vectors};
use slipway_iso8583::{Reveal, Shown, encode_plain, show_bytes};
use slipway_terms::Lang;

fn shown(id: &str, asked: Reveal, known: bool) -> Shown {
    show_bytes(None, None, &vector(id).bytes, asked, known).unwrap()
}

fn field(shown: &Shown, n: u8) -> &str {
    &shown.fields.iter().find(|f| f.number == n).unwrap().value
}

fn sub<'s>(shown: &'s Shown, label: &str) -> &'s str {
    &shown.fields.iter().flat_map(|f| &f.sub).find(|s| s.label == label).unwrap_or_else(|| panic!("no {label}")).value
}

#[test]
fn masked_unless_revealed() {
    let check = |id: &str, n: u8, masked: &str, pan: &str, secrets: &str| {
        for (asked, want) in [(Reveal::Masked, masked), (Reveal::Pan, pan), (Reveal::Secrets, secrets)] {
            assert_eq!(field(&shown(id, asked, true), n), want, "{id} {n} {asked:?}");
        }
    };
    let track = "6217850000000000804D23082200000000000";
    check("pos-sale-req-1", 2, "621785*********0804", "6217850000000000804", "6217850000000000804");
    check("pos-sale-req-1", 35, "621785*********0804…***", "6217850000000000804…***", track);
    check("pos-sale-req-1", 52, "*** (8)", "*** (8)", "7D6A7408DFE2E9E5");
    check("pos-sale-req-1", 14, "2308", "2308", "2308");
    check("pos-sale-req-1", 64, "4433374345464536", "4433374345464536", "4433374345464536");
    check("cups-0800-keyreset-mak", 96, "*** (8)", "*** (8)", "0FE5B03EC604CB6B");
    check("pos-sale-resp-qpboc", 55, "9F36(2) 91(10)", "9F36(2) 91(10)", "9F36020719910AA27DBF42742B1E1B3030");
    let keys = "46F161A743497B32EAC760DF5EA57DF5900ECCE3977731A7EA402DDF0000000000000000CFF1592A";
    check("pos-signon-resp-2", 62, "*** (40)", "*** (40)", keys);
}

#[test]
fn secrets_need_a_test_card_or_a_known_vector() {
    let check = |id: &str, known, want| assert_eq!(shown(id, Reveal::Secrets, known).reveal, want, "{id}");
    check("pos-sale-req-1", false, Reveal::Pan);
    check("pos-sale-req-1", true, Reveal::Secrets);
    check("pos-signon-resp-2", false, Reveal::Pan);
    let mut bytes = Vec::new();
    let fields = [(2, "9990010000000014"), (3, "000000"), (52, "0123456789ABCDEF")];
    encode_plain(&slipway_iso8583::UNIONPAY_POS, "0200", fields, &mut bytes).unwrap();
    let own = show_bytes(None, None, &bytes, Reveal::Secrets, false).unwrap();
    assert_eq!((own.reveal, field(&own, 52)), (Reveal::Secrets, "0123456789ABCDEF"));
    let mut bytes = Vec::new();
    let fields = [(2, "9990010000000014"), (35, "6217850000000804D2308"), (52, "0123456789ABCDEF")];
    encode_plain(&slipway_iso8583::UNIONPAY_POS, "0200", fields, &mut bytes).unwrap();
    let mixed = show_bytes(None, None, &bytes, Reveal::Secrets, false).unwrap();
    assert_eq!((mixed.reveal, field(&mixed, 52)), (Reveal::Pan, "*** (8)"), "a test card does not open another card");
}

#[test]
fn no_masked_dump_holds_a_card_number_or_key() {
    for v in vectors() {
        let text = |reveal| {
            let shown = show_bytes(Some(v.dialect), None, &v.bytes, reveal, false).unwrap();
            shown.lines(Lang::Zh).join("\n") + &shown.lines(Lang::En).join("\n") + &format!("{shown:?}")
        };
        let (masked, revealed) = (text(Reveal::Masked), text(Reveal::Secrets));
        for (n, value) in &v.decoded {
            let Some(value) = value.as_str() else { continue };
            let Ok(n) = n.parse::<u8>() else { continue };
            let card = value.split(['D', '=']).next().unwrap();
            match n {
                2 => assert!(!masked.contains(value) && revealed.contains(value), "{}: F2", v.id),
                35 => {
                    assert!(!masked.contains(value) && !revealed.contains(value), "{}: F35", v.id);
                    assert!(!masked.contains(card) && revealed.contains(card), "{}: F35", v.id);
                }
                52 | 55 | 96 => assert!(!masked.contains(value) && !revealed.contains(value), "{}: F{n}", v.id),
                62 if value.len() >= 80 => {
                    for key in [&value[..32], &value[40..56]] {
                        assert!(!masked.contains(key) && !revealed.contains(key), "{}: F62", v.id);
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn card_numbers_in_odd_places_are_masked() {
    let card = "9990010000000014";
    let check = |cups: bool, mti: &str, n: u8, value: &str, want: &str| {
        let dialect = if cups { &slipway_iso8583::UNIONPAY_CUPS } else { &slipway_iso8583::UNIONPAY_POS };
        let mut bytes = Vec::new();
        encode_plain(dialect, mti, [(n, value)], &mut bytes).unwrap();
        let shown = show_bytes(Some(dialect), None, &bytes, Reveal::Masked, true).unwrap();
        assert_eq!(field(&shown, n), want, "{n}");
        for line in shown.lines(Lang::En) {
            assert!(!line.contains(card), "{n}: {line}");
        }
    };
    let list = format!("0100000123{card:0>20}000000008800");
    check(false, "0320", 48, &list, &format!("0100000{}8800", "*".repeat(list.len() - 11)));
    check(false, "0200", 57, &format!("PA{card}#"), "PA999001******0014#");
    check(false, "0200", 59, &format!("A3016{card}"), "A301699**********0014");
    check(false, "0200", 63, &format!("CUP{card}"), "CUP999001******0014");
    check(false, "0200", 62, &format!("card {card}"), "63617264203939393030312A2A2A2A2A2A30303134");
    check(true, "0200", 104, card, "999001******0014");
    check(true, "0200", 63, &format!("SM{card}"), "*** (18)");
    check(true, "0800", 48, &format!("NK{card}"), "*** (18)");
    check(true, "0200", 102, card, "999001******0014");
    check(true, "0200", 61, &format!("01{card}"), "*** (18)");
    check(false, "0200", 36, &format!("99{card}D30121010000"), "999001******0014…***");
}

/// A second payment: the digits of its link look like a card number and are none.
#[test]
fn a_second_payment_names_the_first() {
    let mut bytes = Vec::new();
    let link = "7115000007000012010";
    let fields = [(2, "9990010000000014"), (3, "000000"), (48, link), (60, "22000007")];
    encode_plain(&slipway_iso8583::UNIONPAY_POS, "0200", fields, &mut bytes).unwrap();
    let told = show_bytes(None, None, &bytes, Reveal::Masked, false).unwrap();
    assert_eq!(field(&told, 48), link);
    for (label, want) in [("48.3", "000007"), ("48.4", "000012"), ("48.5", "01"), ("48.6", "0")] {
        assert_eq!(sub(&told, label), want, "{label}");
    }
    let why = told.fields.iter().flat_map(|f| &f.sub).find(|s| s.label == "48.5").unwrap().meaning.unwrap().en;
    let reason = slipway_terms::PayAgain::NoSlip.words();
    assert_eq!(why, reason.en);
}

#[test]
fn parts_and_meanings() {
    let sale = shown("pos-sale-req-3", Reveal::Masked, true);
    for (label, want) in [("60.1", "22"), ("60.2", "000001"), ("22.1", "02"), ("22.2", "1"), ("53.1", "2")] {
        assert_eq!(sub(&sale, label), want, "{label}");
    }
    let answer = shown("pos-sale-resp-swipe", Reveal::Masked, true);
    for (label, want) in
        [("44.1", "03080000   "), ("44.2", "48025800   "), ("63.1", "CUP"), ("60.4", "6"), ("55.9F36", "*** (2)")]
    {
        assert_eq!(sub(&answer, label), want, "{label}");
    }
    let means = |shown: &Shown, n| shown.fields.iter().find(|f| f.number == n).unwrap().meaning.map(|m| m.en);
    assert_eq!(means(&answer, 39), Some("approved"));
    assert_eq!(means(&shown("pos-reversal-req-1", Reveal::Masked, true), 39), Some("no answer in time"));
    let totals = shown("pos-settle-req-1", Reveal::Masked, true);
    assert_eq!((sub(&totals, "48.1"), sub(&totals, "48.2")), ("000000000007", "007"));
    let keys = shown("pos-signon-resp-2", Reveal::Masked, true);
    assert_eq!((sub(&keys, "62.PIK"), sub(&keys, "62.MAK.KCV")), ("*** (16)", "CFF1592A"));
    let request = shown("pos-signon-req-1", Reveal::Masked, true);
    assert_eq!((sub(&request, "62.2"), sub(&request, "62.3")), ("15", "3135"));
    assert_eq!(sub(&shown("cups-0200-sale", Reveal::Masked, true), "60.2.5"), "03");
}

/// The whole table of one message, as a person sees it.
#[test]
fn golden_table() {
    let lines = shown("pos-reversal-req-1", Reveal::Masked, true).lines(Lang::En).join("\n");
    assert_eq!(lines.trim_end(), include_str!("reversal-table.txt").trim_end(), "\n{lines}\n");
}

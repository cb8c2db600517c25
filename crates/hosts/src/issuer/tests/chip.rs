//! The chip at the issuer: its cryptogram, its counter, what it was shown, and what an approval says to it.

use super::*;
use slipway_terms::chip::{self, ChipFields, tag};

/// A sale by chip with this counter; the rig's vault believes a cryptogram of sevens.
fn chip_sale(stan: u32, fen: u64, atc: u16) -> Message {
    let mut fields = ChipFields::default();
    fields
        .put(tag::CRYPTOGRAM, &[7; 8])
        .put(tag::ISSUER_DATA, &[1; 8])
        .put(tag::UNPREDICTABLE, &[1, 2, 3, 4])
        .put(tag::ATC, &atc.to_be_bytes())
        .put(tag::TVR, &[0; 5])
        .put(tag::DATE, &[0x26, 0x11, 0x23])
        .put(tag::TYPE, &[0])
        .put(tag::AMOUNT, &chip::packed::<6>(fen))
        .put(tag::CURRENCY, &chip::CURRENCY_CNY)
        .put(tag::AIP, &[0x1C, 0])
        .put(tag::COUNTRY, &chip::COUNTRY_CN)
        .put(tag::OTHER_AMOUNT, &[0; 6]);
    Message {
        entry: Some(EntryMode(51)),
        card_sequence: Some(1),
        chip: Some(fields.into_field()),
        ..sale(stan, DEBIT, fen)
    }
}

/// The same with one object changed, or taken out.
fn changed(message: &Message, which: u32, value: Option<&[u8]>) -> Message {
    let mut fields = ChipFields::default();
    for (tag, old, _) in chip::objects(message.chip.as_deref().unwrap()) {
        match value {
            _ if tag != which => drop(fields.put(tag, old)),
            Some(value) => drop(fields.put(tag, value)),
            None => {}
        }
    }
    Message { chip: Some(fields.into_field()), ..message.clone() }
}

fn answered(rig: &mut Rig<Issuer>, message: &Message) -> Message {
    messages(&rig.hear(Peer::Switch, message)).remove(0).1.clone()
}

#[test]
fn an_approval_proves_the_issuer_to_its_chip_and_is_said_once() {
    let mut rig = rig();
    let first = chip_sale(1, 8_800, 5);
    let said = answered(&mut rig, &first);
    assert_eq!(said.code, Some(ResponseCode::APPROVED));
    let field = said.chip.clone().unwrap();
    assert_eq!(
        (chip::counter(&field), chip::find(&field, tag::ISSUER_AUTHENTICATION)),
        (Some(5), Some(&b"\t\t\t\t\t\t\t\t00"[..]))
    );
    assert_eq!(chip::find(&field, tag::SCRIPT_AFTER), None);
    // The same request again: the stored answer, without DE 55, which was never stored.
    let again = answered(&mut rig, &first);
    assert_eq!((again.code, again.auth), (said.code, said.auth));
    // The same number with another counter is another presentation.
    assert_eq!(hear(&mut rig, &chip_sale(1, 8_800, 6)), "94");
    assert_eq!(balance(&rig, "62000000"), -(100_000 - 8_800));
    let field = rig.rows.values().any(|bytes| bytes.windows(8).any(|eight| eight == [7; 8]));
    assert!(!field, "a cryptogram in a row");
    sound(&rig);
}

#[test]
fn what_is_refused_and_what_that_leaves() {
    let good = chip_sale(1, 8_800, 5);
    let amount = chip::packed::<6>(8_801);
    for (what, message, want) in [
        ("a wrong cryptogram", changed(&good, tag::CRYPTOGRAM, Some(&[8; 8])), "A7"),
        ("another amount", changed(&good, tag::AMOUNT, Some(&amount)), "64"),
        ("another currency", changed(&good, tag::CURRENCY, Some(&[0x08, 0x40])), "64"),
        ("no counter", changed(&good, tag::ATC, None), "30"),
        ("no cryptogram", changed(&good, tag::CRYPTOGRAM, None), "30"),
        ("nothing covered", changed(&good, tag::TVR, None), "30"),
        ("no chip data", Message { chip: None, ..good.clone() }, "30"),
        ("no sequence number", Message { card_sequence: None, ..good.clone() }, "30"),
        ("noise", Message { chip: Some([0x9F; 40].into()), ..good.clone() }, "30"),
        ("counter zero", changed(&good, tag::ATC, Some(&[0, 0])), "A7"),
    ] {
        let mut rig = rig();
        assert_eq!(hear(&mut rig, &message), want, "{what}");
        assert_eq!(balance(&rig, "62000000"), -100_000, "{what}");
        // It has moved no counter: the chip itself is still believed.
        assert_eq!(hear(&mut rig, &chip_sale(2, 100, 1)), "00", "{what}");
        sound(&rig);
    }
    let mut rig = rig();
    rig.vault_down = true;
    assert_eq!(hear(&mut rig, &good), "96");
}

#[test]
fn a_counter_that_was_here_is_a_copy() {
    let mut rig = rig();
    assert_eq!(hear(&mut rig, &chip_sale(1, 100, 5)), "00");
    for (stan, atc) in [(2, 5), (3, 4), (4, 1)] {
        assert_eq!(hear(&mut rig, &chip_sale(stan, 100, atc)), "A7", "{atc}");
    }
    // A wrong PIN uses the counter up as well; a new day does not bring it back.
    let wrong = Message { pin: Some(WRONG), ..chip_sale(5, 100, 6) };
    assert_eq!(hear(&mut rig, &wrong), "55");
    rig.at = rig.at.plus_ms(24 * 3_600_000);
    assert_eq!(hear(&mut rig, &chip_sale(6, 100, 6)), "A7");
    assert_eq!(hear(&mut rig, &chip_sale(7, 100, 7)), "00");
    sound(&rig);
}

#[test]
fn small_taps_need_no_pin() {
    let tap =
        |stan, fen, atc| Message { entry: Some(EntryMode(72)), pin: None, security: None, ..chip_sale(stan, fen, atc) };
    let mut rig = rig();
    assert_eq!(hear(&mut rig, &tap(1, 50_000, 1)), "00");
    // Inserted, or swiped, it does; and so does whoever says it is a tap without a cryptogram.
    assert_eq!(hear(&mut rig, &Message { entry: Some(EntryMode(52)), ..tap(2, 100, 2) }), "55");
    assert_eq!(hear(&mut rig, &Message { entry: Some(EntryMode(22)), chip: None, ..tap(3, 100, 3) }), "55");
    assert_eq!(hear(&mut rig, &Message { chip: None, ..tap(4, 100, 4) }), "30");
    sound(&rig);
}

#[test]
fn a_command_waits_for_its_chip_and_then_no_more() {
    let mut rig = rig();
    let waits = |rig: &mut Rig<Issuer>, script| {
        let card = rig.all().into_iter().find_map(|row| match row {
            IssuerRow::Card(card) if card.tail == Pan::new(DEBIT).unwrap().tail() => Some(card),
            _ => None,
        });
        let card = Card { script, ..card.unwrap() };
        let mut bytes = Vec::new();
        slipway_node::Rows::encode(&slipway_node::Record::<IssuerRow>::wrap(card), &mut bytes);
        rig.rows.insert(<Card as slipway_node::Record<IssuerRow>>::key(&token(DEBIT)), bytes);
    };
    waits(&mut rig, true);
    let sold = chip_sale(1, 100, 1);
    let said = answered(&mut rig, &sold);
    let script = chip::find(said.chip.as_deref().unwrap(), tag::SCRIPT_AFTER).unwrap().to_vec();
    assert_eq!(chip::find(&script, 0x9F18), Some(&[0, 0, 0, 1][..]));
    let result = |ran: u8| {
        let mut fields = ChipFields::default();
        fields.put(tag::SCRIPT_RESULT, &[ran, 0, 0, 0, 1]);
        Message {
            stan: Some(Stan::new(700).unwrap()),
            chip: Some(fields.into_field()),
            original: Some(OriginalData { mti: sold.mti, key: sold.switch_key().unwrap() }),
            ..Message { mti: Mti(620), pin: None, ..sold.clone() }
        }
    };
    // Not run: it goes out with the next approval too. Run: it does not.
    assert_eq!(hear(&mut rig, &result(0x10)), "00");
    let has = |said: &Message| chip::find(said.chip.as_deref().unwrap(), tag::SCRIPT_AFTER).is_some();
    assert!(has(&answered(&mut rig, &chip_sale(2, 100, 2))));
    assert_eq!(hear(&mut rig, &result(0x20)), "00");
    assert!(!has(&answered(&mut rig, &chip_sale(3, 100, 3))));
    sound(&rig);
}

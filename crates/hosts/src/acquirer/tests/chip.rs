//! Chip data at the acquirer: handed through both ways and kept nowhere; its counter alone tells copies apart.

use super::*;
use slipway_terms::chip::{self, ChipFields, tag};

fn chip_sale(w: &mut World, atc: u16) -> Message {
    let mut fields = ChipFields::default();
    fields
        .put(tag::CRYPTOGRAM, &[0xC7; 8])
        .put(tag::ISSUER_DATA, &[1; 8])
        .put(tag::UNPREDICTABLE, &[1, 2, 3, 4])
        .put(tag::ATC, &atc.to_be_bytes())
        .put(tag::TVR, &[0; 5])
        .put(tag::DATE, &[0x26, 0x11, 0x23])
        .put(tag::TYPE, &[0])
        .put(tag::AMOUNT, &chip::packed::<6>(8_800))
        .put(tag::CURRENCY, &chip::CURRENCY_CNY)
        .put(tag::AIP, &[0x1C, 0])
        .put(tag::COUNTRY, &chip::COUNTRY_CN)
        .put(tag::OTHER_AMOUNT, &[0; 6]);
    let m = w.sale(8_800);
    let chip = Some(fields.into_field());
    Message { entry: Some(EntryMode(51)), card_sequence: Some(1), chip, track2: None, pan: Pan::new(CARD).ok(), ..m }
}

#[test]
fn it_is_handed_through_and_kept_nowhere() {
    play(World::signed_on, |w| {
        let m = chip_sale(w, 5);
        let left = w.hear(m.clone());
        let forwarded = left.switch[0].clone();
        assert_eq!((&forwarded.chip, forwarded.card_sequence), (&m.chip, Some(1)));
        let mut answer = World::answer_to(&forwarded, "00");
        answer.chip = Some(Box::from([0x91, 2, 0xC8, 0xC8]));
        let left = w.switch_says(answer.clone());
        assert_eq!(left.said().chip, answer.chip, "the issuer's word to the chip");
        let kept = |byte: u8| w.store.values().any(|row| row.windows(2).any(|two| two == [byte; 2]));
        assert!(!kept(0xC7) && !kept(0xC8), "chip data in a row");
        assert_eq!(w.original(&m).atc, Some(5));
        // A copy is answered without it.
        let again = w.hear(m.clone());
        assert_eq!((again.code().as_str(), &again.said().chip), ("00", &None));
        // Another presentation of the card under the same number is another request.
        let other = Message { stan: m.stan, ..chip_sale(w, 6) };
        assert_eq!(w.hear(other).code(), "94");
    });
}

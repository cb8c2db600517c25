//! The chip at the terminal: asked when the request is ready, and after an approval once more. Nothing leaves without its
//! cryptogram, and nothing is approved without its word.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod bench;
use bench::*;
use slipway_node::{Act, CardRead};
use slipway_terminal::Standing;
use slipway_terms::chip::{self, tag};
use slipway_terms::{
    Amount, ChipAsk, ChipCard, ChipSaid, Doubt, EntryMode, Expiry, Kind, Message, Pan, Pin, ResponseCode, Short,
    Verification,
};

fn card(contactless: bool) -> ChipCard {
    ChipCard {
        pan: Pan::new("9990010000000010").unwrap(),
        expiry: Expiry { year: 30, month: 12 },
        sequence: 1,
        aid: Short::cut("F0999001010101"),
        label: Short::cut("BENCH"),
        aip: [0x1C, 0],
        contactless,
    }
}

fn cryptogram(atc: u16) -> ChipSaid {
    ChipSaid::Cryptogram { kind: 0x80, atc, cryptogram: [7; 8], issuer_data: [1; 8], unpredictable: [1, 2, 3, 4] }
}

fn agrees(script: Option<[u8; 5]>) -> ChipSaid {
    ChipSaid::Agrees { cryptogram: [9; 8], script }
}

/// A sale by chip up to its question.
fn begun(bench: &mut Bench, fen: u64, contactless: bool) {
    bench.act(Act::Sale(Amount::fen(fen)));
    bench.act(Act::Card(CardRead::Chip(card(contactless))));
    bench.keys("E");
}

/// An inserted sale on the wire; the request.
fn sold(bench: &mut Bench, atc: u16) -> Message {
    begun(bench, 8_800, false);
    bench.act(Act::Pin(Some(Pin::new("123456").unwrap())));
    assert!(bench.sent.is_empty(), "nothing leaves before the chip has spoken");
    let [ChipAsk::First(terms)] = &bench.chips[..] else { panic!("{:?}", bench.chips) };
    assert_eq!((terms.amount_fen, terms.date, terms.kind, terms.tvr[2]), (8_800, [0x26, 0x11, 0x23], 0, 0x04));
    bench.chips.clear();
    bench.act(Act::Chip(cryptogram(atc)));
    bench.one(200)
}

/// The issuer's approval, with its proof and a command.
fn approval(bench: &Bench, request: &Message) -> Message {
    let mut fields = chip::ChipFields::default();
    fields.put(tag::ATC, &[0, 5]).put(tag::ISSUER_AUTHENTICATION, b"proof!!!00").put(tag::SCRIPT_AFTER, &[0x86, 1, 0]);
    let mut answer = bench.answer(request, "00");
    answer.chip = Some(fields.into_field());
    answer
}

#[test]
fn field_55_is_in_the_order_of_the_trade() {
    let mut bench = Bench::ready();
    let request = sold(&mut bench, 5);
    assert_eq!((request.entry, request.card_sequence), (Some(EntryMode(51)), Some(1)));
    assert!(request.track2.is_none() && request.pan.is_some() && request.pin.is_some());
    let field = request.chip.clone().unwrap();
    let order: Vec<u32> = chip::objects(&field).map(|(tag, ..)| tag).collect();
    let trade = [
        0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03, 0x9F33, 0x9F34,
        0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41,
    ];
    assert_eq!(order, trade);
    assert_eq!((request.chip_counter(), chip::covered(&field).is_some()), (Some(5), true));
    assert_eq!(chip::find(&field, tag::SEQUENCE), Some(&[0, 0, 0, 2][..]), "the voucher number");
}

#[test]
fn the_chip_has_the_last_word() {
    let mut bench = Bench::ready();
    let request = sold(&mut bench, 5);
    let answer = approval(&bench, &request);
    bench.hear(answer.clone());
    assert_eq!(bench.standing(), Standing::Sent, "the host's word is not enough");
    assert!(bench.prints.is_empty() && bench.pending().is_some());
    let [ChipAsk::Second { issuer: Some(proof), scripts }] = &bench.chips[..] else { panic!("{:?}", bench.chips) };
    assert_eq!((&proof[..], &scripts[..]), (&b"proof!!!00"[..], &[0x72, 3, 0x86, 1, 0][..]));
    // The same answer again asks nobody again.
    bench.hear(answer);
    assert_eq!(bench.chips.len(), 1);
    bench.act(Act::Chip(agrees(Some([0x20, 0, 0, 0, 1]))));
    assert_eq!(bench.standing(), Standing::Approved);
    assert!(bench.pending().is_none());
    let slip = bench.prints[0].slip.chip.clone().unwrap();
    assert_eq!((slip.cryptogram, slip.agreed, slip.atc, slip.tsi), ([9; 8], true, 5, [0x7C, 0]));
    // The command's result goes to the issuer, once.
    let result = bench.one(620);
    assert_eq!(result.till60.unwrap().management, Some(951));
    assert_eq!(chip::find(&result.chip.unwrap(), tag::SCRIPT_RESULT), Some(&[0x20, 0, 0, 0, 1][..]));
    assert_eq!(result.original_till.unwrap().stan, request.stan.unwrap().number());
}

#[test]
fn approved_by_the_host_and_not_by_the_chip_is_taken_back() {
    for said in [ChipSaid::Refuses, ChipSaid::Gone] {
        let mut bench = Bench::ready();
        let request = sold(&mut bench, 5);
        bench.hear(approval(&bench, &request));
        bench.act(Act::Chip(said));
        assert_eq!(bench.standing(), Standing::Doubtful(Doubt::CardDeclined));
        assert!(bench.prints.is_empty() && bench.screen().contains("芯片未同意"), "{}", bench.screen());
        bench.pass(61_000);
        let reversal = bench.one(400);
        assert_eq!((reversal.code, reversal.stan), (Some(ResponseCode::OTHER), request.stan));
        assert!(reversal.chip.is_none() && reversal.pan.is_none());
        // A late word changes nothing.
        bench.act(Act::Chip(agrees(None)));
        assert!(!matches!(bench.standing(), Standing::Approved));
    }
}

#[test]
fn a_power_cut_or_silence_before_the_word_takes_it_back() {
    let mut bench = Bench::ready();
    let request = sold(&mut bench, 5);
    bench.hear(approval(&bench, &request));
    bench.power_cut();
    assert!(matches!(bench.standing(), Standing::Doubtful(Doubt::PowerCut)), "{:?}", bench.standing());
    let mut bench = Bench::ready();
    let request = sold(&mut bench, 5);
    bench.hear(approval(&bench, &request));
    bench.pass(60_000);
    assert!(matches!(bench.standing(), Standing::Doubtful(Doubt::NoAnswer)), "{:?}", bench.standing());
    bench.act(Act::Chip(agrees(None)));
    assert!(matches!(bench.standing(), Standing::Doubtful(Doubt::NoAnswer)));
}

#[test]
fn a_chip_that_refuses_at_first_uses_no_number() {
    for said in [ChipSaid::Refuses, ChipSaid::Gone, agrees(None)] {
        let mut bench = Bench::ready();
        let stan = bench.till().stan;
        begun(&mut bench, 8_800, false);
        bench.act(Act::Pin(None));
        bench.act(Act::Chip(said));
        assert!(bench.sent.is_empty() && bench.till().stan == stan && bench.till().pending.is_empty());
        assert!(bench.screen().contains("请重新插卡"), "{}", bench.screen());
        // A word without a question is nobody's.
        bench.act(Act::Chip(cryptogram(9)));
        assert!(bench.sent.is_empty());
    }
}

#[test]
fn a_small_tap_needs_no_pin_and_no_second_word() {
    let mut bench = Bench::ready();
    begun(&mut bench, 100_000, true);
    bench.act(Act::Chip(cryptogram(1)));
    let request = bench.one(200);
    assert_eq!((request.entry, request.pin.is_none()), (Some(EntryMode(72)), true));
    bench.chips.clear();
    bench.hear(bench.answer(&request, "00"));
    assert_eq!(bench.standing(), Standing::Approved);
    assert!(bench.chips.is_empty(), "the card is gone");
    let slip = bench.prints[0].slip.clone();
    assert_eq!((slip.verification, slip.chip.unwrap().agreed), (Verification::NoPinNoSignature, false));
    // Above the limit the PIN is asked for.
    let mut bench = Bench::ready();
    begun(&mut bench, 100_001, true);
    assert!(bench.shows.last().unwrap().pin_entry && bench.chips.is_empty());
}

#[test]
fn signing_on_again_asks_the_chip_again() {
    let mut bench = Bench::ready();
    let request = sold(&mut bench, 5);
    bench.hear(bench.answer(&request, "77"));
    let answer = bench.sign_on_answer(8);
    bench.hear(answer);
    // The reversal of the first goes first.
    let reversal = bench.one(400);
    bench.hear(bench.answer(&reversal, "25"));
    assert!(matches!(bench.chips[..], [ChipAsk::First(_)]), "{:?}", bench.chips);
    bench.act(Act::Chip(cryptogram(6)));
    assert_eq!(bench.one(200).chip_counter(), Some(6), "a new number, a new cryptogram");
}

#[test]
fn kinds_about_an_earlier_exchange_need_no_cryptogram() {
    let mut bench = Bench::for_kind(Kind::Refund);
    let named = slipway_node::Named::Voucher(bench.till().last.unwrap().stan);
    bench.act(Act::Begin(Kind::Refund, Some(Amount::fen(100)), Some(named)));
    bench.act(Act::Card(CardRead::Chip(card(false))));
    bench.keys("E");
    let advice = bench.one(220);
    assert!(advice.chip.is_none() && bench.chips.is_empty());
    assert_eq!(advice.entry, Some(EntryMode(52)));
    bench.hear(bench.answer(&advice, "00"));
    bench.act(Act::Begin(Kind::OfflineSale, Some(Amount::fen(100)), None));
    bench.act(Act::Card(CardRead::Chip(card(false))));
    assert!(bench.screen().contains("芯片卡不能离线消费"), "{}", bench.screen());
}

//! The slip archive: every copy once, whatever is repeated, and never any part in the money.

use super::*;
use crate::acquirer::archive::{Evidence, SlipCopy, SlipPage, code_of, evidence};
use crate::keeping::Keeping;
use slipway_terms::handed::{PICTURE_PART_BYTES, answered};

const YEAR_MS: i64 = 366 * 24 * 3_600_000;

/// The slip of an exchange, as its till would print it.
fn slip(about: &Message, at: Moment) -> Slip {
    let till = about.till_key().unwrap();
    Slip {
        kind: SlipKind::Approved,
        title: "POS签购单".into(),
        merchant_name: "滨江超市".into(),
        merchant: till.merchant,
        terminal: till.terminal,
        operator: OperatorNo(1),
        issuer: "99900101".into(),
        acquirer: ME.into(),
        card: Pan::new(CARD).unwrap().tail(),
        entry: EntryLetter::S,
        chip: None,
        expiry: None,
        transaction: Kind::Sale,
        batch: till.batch,
        voucher: till.stan,
        auth: None,
        rrn: about.rrn,
        at,
        amount: about.amount.unwrap_or(Amount::fen(8_800)),
        negative: false,
        rows: Vec::new(),
        remarks: Vec::new(),
        verification: Verification::Signature,
        reprint: false,
        test: true,
    }
}

fn with_slip(slip: Slip) -> Handed {
    let papers = Some((PaperFate::Printed, PaperFate::Printed));
    Handed { slip: Some(Box::new(slip)), papers, ..Handed::default() }
}

/// A hand-in by itself about this exchange.
fn hand_in(w: &mut World, about: &Message, handed: &Handed) -> Message {
    Message {
        stan: about.stan,
        till60: Some(Till60::management(about.batch().unwrap(), 800)),
        private62: Some(handed.bytes().unwrap()),
        ..w.base(820)
    }
}

fn copies(w: &World) -> Vec<SlipCopy> {
    let copy = |row| if let AcquirerRow::SlipCopy(copy) = row { Some(copy) } else { None };
    w.rows().into_iter().filter_map(copy).collect()
}

fn proof(w: &World, about: &Message) -> (bool, bool) {
    let copies = copies(w);
    let exchange = Exchange::Original(Box::new(w.original(about)));
    match evidence(Some(&exchange), copies.first()) {
        Evidence::Copy(_) => (true, true),
        Evidence::Said => (true, false),
        Evidence::Expired(_) | Evidence::None => (false, false),
    }
}

#[test]
fn the_confirmation_brings_the_copy_once() {
    play(World::signed_on, |w| {
        let (sale, said) = w.approved_sale(8800);
        assert_eq!(proof(w, &sale), (false, false), "our own record is no slip");
        let slip = slip(&Message { rrn: said.rrn, ..sale.clone() }, w.at);
        let mut confirmation = World::confirmation_of(&sale);
        confirmation.private62 = with_slip(slip.clone()).bytes();
        for _ in 0..2 {
            let left = w.hear(confirmation.clone());
            assert_eq!(left.code(), "00");
            assert_eq!(answered(left.said().private62.as_deref().unwrap()), Some((0, None)));
        }
        let [copy] = &copies(w)[..] else { panic!("one copy") };
        assert_eq!(copy.slip.as_deref(), Some(&slip));
        assert_eq!((copy.answered, copy.contradicted), (Some(ResponseCode::APPROVED), None));
        assert_eq!(proof(w, &sale), (true, true));
        assert_eq!(w.payable(), 8800);
    });
}

/// A terminal that hands in nothing, or something that cannot be read, is confirmed all the same.
#[test]
fn no_copy_stops_no_money() {
    for private62 in [None, Some(Box::from(*b"SL0000199")), Some(Box::from(*b"something else"))] {
        play(World::signed_on, move |w| {
            let (sale, _) = w.approved_sale(8800);
            let confirmation = Message { private62: private62.clone(), ..World::confirmation_of(&sale) };
            let left = w.hear(confirmation);
            assert_eq!((left.code(), left.said().private62.is_none()), ("00".into(), true));
            assert!(copies(w).is_empty() && w.open_cases().is_empty());
            assert_eq!(proof(w, &sale), (true, false), "said, and no copy");
        });
    }
}

/// Where we know of no sale, what the paper says is the only evidence of one: it is kept with the case.
#[test]
fn a_slip_without_a_sale_is_kept() {
    play(World::signed_on, |w| {
        let unknown = Message { stan: Stan::new(77).ok(), ..w.sale(8800) };
        let mut confirmation = World::confirmation_of(&unknown);
        confirmation.private62 = with_slip(slip(&unknown, w.at)).bytes();
        assert_eq!(w.hear(confirmation).code(), "25");
        assert_eq!(w.open_cases(), [Ground::SlipWithoutSale]);
        assert_eq!(copies(w)[0].answered, Some(ResponseCode::NO_ORIGINAL));
        assert_eq!(w.payable(), 0);
    });
}

#[test]
fn the_first_slip_stays_what_it_was() {
    play(World::signed_on, |w| {
        let (sale, said) = w.approved_sale(8800);
        let first = slip(&Message { rrn: said.rrn, ..sale.clone() }, w.at);
        let request = hand_in(w, &sale, &with_slip(first.clone()));
        assert_eq!(w.hear(request).code(), "00");
        let other = Slip { amount: Amount::fen(1), ..first.clone() };
        let request = hand_in(w, &sale, &with_slip(other));
        assert_eq!(w.hear(request).code(), "00");
        let [copy] = &copies(w)[..] else { panic!("one copy") };
        assert!(copy.slip.as_deref() == Some(&first) && copy.contradicted.is_some());
        assert_eq!(copy.answered, None, "handed in by itself: nothing was confirmed");
        assert_eq!(w.original(&sale).credit, Credit::Unconfirmed);
    });
}

#[test]
fn the_newest_word_on_the_signature_counts() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(8800);
        let word = |turn, signed| Handed { turn, signed: Some(signed), ..Handed::default() };
        for (turn, says, counts) in [
            (1, Signed::Missing, Signed::Missing),
            (3, Signed::Fits, Signed::Fits),
            (2, Signed::Missing, Signed::Fits),
            (3, Signed::Missing, Signed::Fits),
        ] {
            let request = hand_in(w, &sale, &word(turn, says));
            let left = w.hear(request);
            assert_eq!(answered(left.said().private62.as_deref().unwrap()), Some((turn, None)));
            assert_eq!(copies(w)[0].signed.map(|(signed, _)| signed), Some(counts), "{turn}");
            // A desk is told so.
            let question = slipway_node::Question::Till(sale.till_key().unwrap());
            let told = w.give(Input::Hand(Hand::Desk { ticket: 1, question })).desk.remove(0);
            assert_eq!(told.signed, Some(counts == Signed::Fits), "{turn}");
        }
        assert_eq!(proof(w, &sale), (false, false), "a word is no slip");
    });
}

#[test]
fn a_picture_is_put_together_once() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(8800);
        let bytes = [vec![1; PICTURE_PART_BYTES], vec![2; 5]];
        for no in [1, 0, 0, 1, 1] {
            let part = PicturePart { no, of: 2, bytes: bytes[usize::from(no)].clone().into() };
            let request = hand_in(w, &sale, &Handed { picture: Some(part), ..Handed::default() });
            assert_eq!(w.hear(request).code(), "00");
        }
        assert_eq!(copies(w)[0].picture.whole(), Some(bytes.concat()));
    });
}

#[test]
fn one_page_for_as_long_as_it_opens() {
    play(World::signed_on, |w| {
        let (sale, said) = w.approved_sale(8800);
        let wants = Handed { wants_page: true, ..with_slip(slip(&Message { rrn: said.rrn, ..sale.clone() }, w.at)) };
        let request = hand_in(w, &sale, &wants);
        let page = |left: Left| answered(left.said().private62.as_deref().unwrap()).unwrap().1;
        // Without a vault there is no code, and the slip is archived all the same.
        let first = page(w.hear(request.clone()));
        assert!(first.is_some());
        assert_eq!(page(w.hear(request.clone())), first, "the same again");
        w.at = w.at.plus_ms(Keeping::default().page_ms());
        let second = page(w.hear(request));
        assert!(second.is_some() && second != first);
        let pages = w.rows().into_iter().filter(|row| matches!(row, AcquirerRow::SlipPage(SlipPage { .. })));
        assert_eq!(pages.count(), 2);
        // A person may ask for one too.
        w.at = w.at.plus_ms(Keeping::default().page_ms());
        w.give(Input::Hand(Hand::SlipPage(sale.till_key().unwrap())));
        assert_ne!(copies(w)[0].page.map(|(code, _)| code), second);
    });
}

#[test]
fn only_its_own_merchant_and_a_good_code() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(8800);
        let request = hand_in(w, &sale, &with_slip(slip(&sale, w.at)));
        let other = Message { merchant: MerchantId::new("999310054110002").ok(), ..request.clone() };
        assert_eq!(w.hear(other).code(), "03");
        assert_eq!(w.hear(Message { mac: Some(Mac([1; 8])), ..request.clone() }).code(), "A0");
        assert_eq!(w.hear(Message { private62: None, ..request.clone() }).code(), "30");
        assert_eq!(w.hear(Message { private62: Some(Box::from(*b"SL3000199")), ..request }).code(), "30");
        assert!(copies(w).is_empty());
    });
}

#[test]
fn what_is_over_goes_and_evidence_stays() {
    play(World::signed_on, |w| {
        let mut tills = Vec::new();
        for open in [false, true] {
            let (sale, said) = w.approved_sale(8800);
            let about = Message { rrn: said.rrn, ..sale.clone() };
            let mut confirmation = World::confirmation_of(&sale);
            confirmation.private62 = with_slip(slip(&about, w.at)).bytes();
            if open {
                // Another amount: a case.
                confirmation.amount = Some(Amount::fen(1));
            }
            w.hear(confirmation);
            tills.push(sale.till_key().unwrap());
        }
        let over = |w: &mut World| {
            w.give(Input::Hand(Hand::SlipsOver(tills.clone())));
            copies(w).iter().map(|copy| copy.slip.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(over(w), [true, true], "not due");
        w.at = w.at.plus_ms(YEAR_MS);
        assert_eq!(over(w), [true, true], "two years are kept");
        w.at = w.at.plus_ms(YEAR_MS + 24 * 3_600_000);
        assert_eq!(over(w), [false, true], "a case is open about the second");
        let copies = copies(w);
        assert!(copies[0].expired.is_some() && copies[0].picture == Default::default());
        assert_eq!(copies[0].answered, Some(ResponseCode::APPROVED), "that there was one stays said");
        assert!(matches!(evidence(None, copies.first()), Evidence::Expired(_)));
        assert_eq!(w.payable(), 2 * 8800, "postings have no end");
    });
}

/// A word on the signature whose slip never came is found by its day, and ends with its time.
#[test]
fn a_word_without_a_slip_has_an_end() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(8800);
        let (till, day) = (sale.till_key().unwrap(), w.at.date());
        let word = Handed { turn: 1, signed: Some(Signed::Fits), ..Handed::default() };
        let request = hand_in(w, &sale, &word);
        assert_eq!(w.hear(request).code(), "00");
        let days: Vec<_> = w.rows().into_iter().filter(|row| matches!(row, AcquirerRow::SlipDay(_))).collect();
        assert!(matches!(&days[..], [AcquirerRow::SlipDay(row)] if row.till == till && row.rrn.is_none()), "{days:?}");
        assert_eq!(copies(w)[0].at.date(), day);
        w.hear(World::confirmation_of(&sale));
        w.at = w.at.plus_ms(2 * YEAR_MS + 24 * 3_600_000);
        w.give(Input::Hand(Hand::SlipsOver(vec![till])));
        assert!(copies(w)[0].expired.is_some());
    });
}

#[test]
fn codes_use_all_their_bits() {
    assert_eq!(code_of([0; 15]).as_str(), "0".repeat(24));
    assert_eq!(code_of([0xFF; 15]).as_str(), "Z".repeat(24));
    let mut one = [0; 15];
    one[14] = 1;
    one[0] = 0x80;
    assert_eq!(code_of(one).as_str(), "G00000000000000000000001");
}

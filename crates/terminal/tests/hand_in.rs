//! What the terminal hands in about its slips: with the confirmation, or by itself; the word on the signature, its picture, and
//! the page of a slip without paper.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod bench;
use bench::*;
use slipway_node::Act;
use slipway_terminal::{Confirm, HandIn, PICTURE_BYTES_MAX};
use slipway_terms::handed::{PICTURE_PART_BYTES, answer};
use slipway_terms::{Handed, Kind, Message, PaperFate, Short, Signed, Slip};

/// What a message hands in.
fn handed(message: &Message) -> Handed {
    let bytes = message.private62.as_deref().unwrap();
    Handed::read(bytes, &message.till_key().unwrap()).unwrap().unwrap()
}

fn page() -> Short<24> {
    Short::cut("0123456789ABCDEFGHJKMNPQ")
}

/// The acquirer's answer to a hand-in or confirmation.
fn kept(bench: &Bench, request: &Message, page: Option<Short<24>>) -> Message {
    Message { private62: Some(answer(handed(request).turn, page)), ..bench.answer(request, "00") }
}

/// A sale with its slip on paper as told.
fn sold(paper: PaperFate) -> (Bench, Slip) {
    let mut bench = Bench::ready();
    let request = bench.sell();
    bench.hear(bench.answer(&request, "00"));
    let slip = bench.prints[0].slip.clone();
    bench.print_all(paper);
    (bench, slip)
}

#[test]
fn the_confirmation_takes_the_slip_along() {
    let (mut bench, slip) = sold(PaperFate::Printed);
    bench.pass(5_000);
    let confirmation = bench.one(620);
    let said = handed(&confirmation);
    assert_eq!(said.slip.as_deref(), Some(&slip), "what is handed in is what was printed");
    assert_eq!(said.papers, Some((PaperFate::Printed, PaperFate::Printed)));
    assert!(!said.wants_page && bench.hand_ins.is_empty());
    // Repeated as it was, until it is answered; an answer without DE 62 is one of an acquirer without an archive.
    bench.pass(20_000);
    assert_eq!(handed(&bench.one(620)), said);
    bench.hear(bench.answer(&confirmation, "00"));
    assert!(bench.all::<Confirm>().is_empty() && bench.all::<HandIn>().is_empty());
}

/// A second look at the slip, a second print, another clock: the copy is of the first paper.
#[test]
fn the_copy_is_of_the_first_paper() {
    let (mut bench, slip) = sold(PaperFate::Printed);
    bench.keys("E");
    let till = bench.till();
    bench.put_till(slipway_terminal::Till { clock_ahead_ms: 7_200_000, ..till });
    bench.act(Act::Reprint(None));
    assert!(bench.prints[0].slip.reprint);
    bench.power_cut();
    bench.pass(60_000);
    let confirmation = bench.sent.iter().find(|(m, _)| m.mti.0 == 620).unwrap().0.clone();
    assert_eq!(handed(&confirmation).slip.as_deref(), Some(&slip));
}

#[test]
fn what_is_not_confirmed_is_handed_in_by_itself() {
    for kind in [Kind::PreAuth, Kind::OfflineSale] {
        let mut bench = Bench::for_kind(kind);
        bench.order(kind);
        if kind == Kind::PreAuth {
            let request = bench.one(100);
            bench.hear(bench.answer(&request, "00"));
        }
        let (exchange, slip) = (bench.last(), bench.prints.last().unwrap().slip.clone());
        assert!(bench.hand_ins.is_empty(), "not before the word of the printer");
        bench.print_all(PaperFate::Printed);
        bench.pass(5_000);
        let request = bench.hand_ins.pop().unwrap();
        assert_eq!((request.mti.0, request.till_key()), (820, Some(exchange.key)), "{kind:?}");
        assert_eq!(handed(&request).slip.as_deref(), Some(&slip), "{kind:?}");
        // A bad code ends nothing; nor does 96; 00 does, and 12 of an acquirer that knows no hand-ins.
        let bad = Message { mac: None, ..kept(&bench, &request, None) };
        bench.hear(bad);
        bench.hear(bench.answer(&request, "96"));
        assert_eq!(bench.all::<HandIn>().len(), 1, "{kind:?}");
        bench.pass(20_000);
        assert_eq!(bench.hand_ins.pop().map(|again| again.private62), Some(request.private62.clone()), "{kind:?}");
        let ends = if kind == Kind::PreAuth { kept(&bench, &request, None) } else { bench.answer(&request, "12") };
        bench.hear(ends);
        assert!(bench.all::<HandIn>().is_empty(), "{kind:?}");
    }
}

#[test]
fn the_word_on_the_signature_follows() {
    let (mut bench, _) = sold(PaperFate::Printed);
    bench.act(Act::NotSigned);
    bench.pass(0);
    let first = bench.hand_ins.pop().unwrap();
    assert_eq!((handed(&first).signed, handed(&first).slip), (Some(Signed::Missing), None));
    // A slip of the finger: the newer word has a higher number, and the answer to the older one does not end it.
    bench.keys("CE");
    bench.pass(0);
    let second = bench.hand_ins.pop().unwrap();
    assert_eq!(handed(&second).signed, Some(Signed::Fits), "{}", bench.screen());
    assert!(handed(&second).turn > handed(&first).turn);
    bench.hear(kept(&bench, &first, None));
    assert_eq!(bench.all::<HandIn>().len(), 1);
    bench.hear(kept(&bench, &second, None));
    assert!(bench.all::<HandIn>().is_empty());
    // Nothing is handed in twice, and what comes later is newer still.
    bench.pass(24 * 3_600_000);
    assert!(bench.hand_ins.is_empty());
    bench.act(Act::NotSigned);
    bench.pass(0);
    assert!(handed(&bench.hand_ins.pop().unwrap()).turn > handed(&second).turn);
}

#[test]
fn a_picture_goes_in_parts() {
    let (mut bench, _) = sold(PaperFate::Printed);
    let picture: Vec<u8> = (0..PICTURE_PART_BYTES + 10).map(|at| at as u8).collect();
    bench.act(Act::Signature(picture.clone().into()));
    bench.act(Act::Signature(vec![1; PICTURE_BYTES_MAX + 1].into()));
    assert!(bench.counts.contains(&"picture of a signature refused"));
    let mut got = Vec::new();
    for no in 0..2 {
        bench.pass(0);
        let request = bench.hand_ins.pop().unwrap();
        let part = handed(&request).picture.unwrap();
        assert_eq!((part.no, part.of), (no, 2));
        got.extend_from_slice(&part.bytes);
        // The power goes with a part on the wire: it is sent again.
        bench.power_cut();
        bench.pass(20_000);
        let request = bench.hand_ins.pop().unwrap();
        bench.hear(kept(&bench, &request, None));
    }
    assert_eq!(got, picture);
    assert!(bench.all::<HandIn>().is_empty());
}

#[test]
fn without_paper_there_is_a_page() {
    for paper in [PaperFate::Missing, PaperFate::Half, PaperFate::Unknown] {
        let (mut bench, slip) = sold(paper);
        // The customer is waiting: it goes at once.
        bench.pass(0);
        let confirmation = bench.one(620);
        assert!(handed(&confirmation).wants_page && handed(&confirmation).slip.as_deref() == Some(&slip), "{paper:?}");
        bench.hear(kept(&bench, &confirmation, Some(page())));
        let shown = bench.shows.last().unwrap();
        assert_eq!(shown.page, Some(page()));
        assert!(bench.screen().contains("短码 01234567"), "{}", bench.screen());
        // Printed again, and again no paper: the page is asked for anew.
        bench.keys("X");
        assert_eq!(bench.shows.last().unwrap().page, None);
    }
}

#[test]
fn paper_that_is_lost_later_has_a_page_too() {
    let (mut bench, _) = sold(PaperFate::Printed);
    bench.pass(5_000);
    let confirmation = bench.one(620);
    bench.hear(kept(&bench, &confirmation, None));
    assert!(bench.hand_ins.is_empty());
    // A copy that is on paper stays so: nothing is lacking.
    bench.act(Act::Reprint(None));
    bench.print_all(PaperFate::Missing);
    bench.pass(60_000);
    assert!(bench.hand_ins.is_empty());
}

/// The next customer is at the till when the page comes: it is not shown to them.
#[test]
fn nobody_sees_the_page_of_another() {
    let (mut bench, _) = sold(PaperFate::Missing);
    bench.pass(0);
    let confirmation = bench.one(620);
    let next = bench.sell();
    bench.hear(kept(&bench, &confirmation, Some(page())));
    bench.hear(bench.answer(&next, "00"));
    assert!(bench.shows.iter().all(|show| show.page.is_none()));
}

//! Sign-on: keys, clock, batch; lost answers; too many.

use super::*;

#[test]
fn sign_on_delivers_keys_clock_and_the_batch() {
    play(World::new, |w| {
        let left = w.sign_on();
        let said = left.said();
        assert_eq!((left.code(), said.mti), ("00".into(), Mti(810)));
        assert_eq!(said.till60, Some(Till60::management(BatchNo(7), 3)), "the batch is ours");
        assert_eq!((said.time, said.date), (Some(w.at.clock()), Some(w.at.month_day())));
        assert!(said.rrn.is_some() && said.private62.is_some() && left.till[0].2.is_none());
        w.approved_sale(100);
    });
}

#[test]
fn sign_on_refusals() {
    let check = |want: &str, change: &dyn Fn(&mut Message)| {
        let mut w = World::new(Mode::TwiceApart);
        let mut m = w.sign_on_message();
        change(&mut m);
        let before = w.store.clone();
        assert_eq!((w.hear(m).code().as_str(), before == w.store), (want, true));
    };
    check("97", &|m| m.terminal = TerminalId::new("99999999").ok());
    check("03", &|m| m.merchant = MerchantId::new("999310054110002").ok());
    check("40", &|m| m.till60 = Some(Till60::management(BatchNo(0), 5)));
    check("30", &|m| m.stan = None);
    check("30", &|m| m.till60 = None);
}

#[test]
fn before_any_sign_on_there_is_only_a0() {
    let mut w = World::new(Mode::Plain);
    let sale = w.sale(100);
    let left = w.hear(sale);
    assert_eq!((left.code(), left.till[0].2.is_none()), ("A0".into(), true));
}

#[test]
fn a_lost_sign_on_answer_leaves_the_old_keys_good_until_the_new_are_used() {
    play(World::signed_on, |w| {
        let old = w.mak.clone();
        // Two sign-ons whose answers are lost: the proven keys stay good, with their own PIN key.
        for _ in 0..2 {
            w.sign_on();
            w.mak = old.clone();
        }
        let (_, forwarded) = w.forwarded_sale(100);
        assert_eq!(forwarded.pin, Some(PinBlock([0x10; 8])), "deciphered with the first PIN key");
        let left = w.switch_says(World::answer_to(&forwarded, "00"));
        let key = left.till[0].2.clone().unwrap();
        assert_eq!(key.key, KeyRef::Wrapped(old.clone().unwrap()), "answered under the key of the request");
        w.sign_on();
        let (_, forwarded) = w.forwarded_sale(100);
        assert_ne!(forwarded.pin, Some(PinBlock([0x10; 8])));
        w.switch_says(World::answer_to(&forwarded, "51"));
        w.mak = old;
        let sale = w.sale(100);
        assert_eq!(w.hear(sale).code(), "A0", "the new keys have been used: the old are dead");
    });
}

#[test]
fn the_same_sign_on_gets_the_same_keys() {
    let mut w = World::new(Mode::Plain);
    let m = w.sign_on_message();
    let first = w.hear(m.clone());
    let again = w.hear(m);
    assert_eq!(first.said().private62, again.said().private62);
    assert_eq!(w.made, 1, "no new keys are made for a copy");
}

#[test]
fn too_many_sign_ons_in_a_minute_are_refused() {
    let mut w = World::new(Mode::Plain);
    for _ in 0..10 {
        w.sign_on();
    }
    let m = w.sign_on_message();
    assert_eq!(w.hear(m.clone()).code(), "96");
    w.pass(60_000);
    assert_eq!(w.hear(m).code(), "00");
}

#[test]
fn sign_on_confirms_nothing_whatever_it_lists() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        let mut m = w.sign_on_message();
        m.private48 = Some(Box::from("01000007000003"));
        assert_eq!(w.hear(m).code(), "00");
        assert_eq!(w.original(&sale).credit, Credit::Unconfirmed);
    });
}

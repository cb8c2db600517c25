//! Refusals: each changes nothing, and each stands before the ones below it (rules 2).

use super::*;

type Change = fn(&mut World, &mut Message);

/// From the last check to the first: each line's fault is added to the faults of the lines before, and wins.
const PRECEDENCE: &[(&str, Change)] = &[
    ("99", |_, m| m.pin = Some(PinBlock([0xFF; 8]))),
    ("14", |_, m| m.track2 = None),
    ("57", |_, m| m.entry = Some(EntryMode(11))),
    ("13", |_, m| m.amount = Some(Amount::fen(0))),
    ("40", |_, m| m.entry = Some(EntryMode(31))),
    ("12", |_, m| m.processing = Some(ProcessingCode(990_000))),
    ("77", |_, m| m.till60 = Some(Till60::financial(22, BatchNo(8)))),
    ("03", |_, m| m.merchant = MerchantId::new("999310054110002").ok()),
    ("A0", |_, m| m.mac = Some(Mac([9; 8]))),
    ("97", |_, m| m.terminal = TerminalId::new("99999999").ok()),
    ("30", |_, m| m.till60 = None),
];

#[test]
fn each_refusal_beats_the_later_ones_and_changes_nothing() {
    for mode in [Mode::Plain, Mode::TwiceInOneBatch, Mode::TwiceApart, Mode::Restarted] {
        for upto in 1..=PRECEDENCE.len() {
            let mut w = World::signed_on(mode);
            let mut sale = w.sale(100);
            for (_, change) in &PRECEDENCE[..upto] {
                change(&mut w, &mut sale);
            }
            let before = w.store.clone();
            let left = w.hear(sale);
            let want = PRECEDENCE[upto - 1].0;
            assert_eq!(left.code(), want);
            assert_eq!(left.till[0].2.is_some(), !matches!(want, "97" | "30"), "MACed if there is a key: {want}");
            assert!(left.switch.is_empty(), "{want}");
            // What registration refuses uses its number up, and changes nothing else.
            let stones = w.store.len() - before.len();
            assert!(before.iter().all(|(key, row)| w.store.get(key) == Some(row)), "{want}");
            assert_eq!(stones, usize::from(matches!(want, "03" | "57")), "{want}");
        }
    }
}

#[test]
fn single_faults() {
    let check = |want: &str, change: &dyn Fn(&mut World, &mut Message)| {
        let mut w = World::signed_on(Mode::Plain);
        let mut sale = w.sale(100);
        change(&mut w, &mut sale);
        let before = w.store.clone();
        let left = w.hear(sale);
        assert_eq!((left.code().as_str(), before == w.store), (want, true));
    };
    check("99", &|_, m| m.pin = None);
    check("99", &|_, m| m.security = None);
    check("13", &|_, m| m.amount = None);
    check("13", &|_, m| m.amount = Amount::new(100, Currency(840)).ok());
    check("14", &|_, m| m.pan = Pan::new("9990010000000022").ok());
    check("40", &|_, m| m.entry = Some(EntryMode(912)));
    check("30", &|_, m| m.entry = Some(EntryMode(51)));
    check("30", &|_, m| m.mti = Mti(500));
    check("96", &|w, _| w.vault_up = false);
}

#[test]
fn a_closed_terminal_or_merchant_is_refused() {
    for (want, terminal) in [("97", true), ("03", false)] {
        let mut w = World::signed_on(Mode::Plain);
        for row in w.rows() {
            match row {
                AcquirerRow::Terminal(t) if terminal => {
                    let id = t.id;
                    let closed = Terminal { active: false, ..t };
                    w.write(&<Terminal as slipway_node::Record<AcquirerRow>>::key(&id), &AcquirerRow::Terminal(closed));
                }
                AcquirerRow::Merchant(m) if !terminal => {
                    let id = m.id;
                    let closed = Merchant { active: false, ..m };
                    w.write(&<Merchant as slipway_node::Record<AcquirerRow>>::key(&id), &AcquirerRow::Merchant(closed));
                }
                _ => {}
            }
        }
        let sale = w.sale(100);
        assert_eq!(w.hear(sale.clone()).code(), want);
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00", "a reversal is taken all the same");
    }
}

#[test]
fn keyed_cards_need_the_right() {
    let mut w = World::signed_on(Mode::Plain);
    for row in w.rows() {
        if let AcquirerRow::Merchant(m) = row {
            let rows = seed_merchant(Merchant { keyed_cards: true, ..m });
            w.write(&rows[0].0, &rows[0].1);
        }
    }
    let mut sale = w.sale(100);
    (sale.pan, sale.track2, sale.entry) = (Pan::new(CARD).ok(), None, Some(EntryMode(12)));
    (sale.pin, sale.security, sale.expiry) = (None, None, Expiry::new("3012").ok());
    let forwarded = w.hear(sale).switch.remove(0);
    assert_eq!((forwarded.expiry, forwarded.pin, forwarded.security), (Expiry::new("3012").ok(), None, None));
}

#[test]
fn with_the_line_down_nothing_is_forwarded_and_a_later_copy_is_not_either() {
    let mut w = World::signed_on(Mode::Plain);
    w.give(Input::Hand(Hand::Link { peer: Peer::Switch, up: false }));
    let sale = w.sale(100);
    let left = w.hear(sale.clone());
    assert_eq!((left.code(), left.switch.len()), ("92".into(), 0));
    w.give(Input::Hand(Hand::Link { peer: Peer::Switch, up: true }));
    let again = w.hear(sale.clone());
    assert_eq!((again.code(), again.switch.len()), ("92".into(), 0));
    assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00");
    assert!(w.outbox.is_empty());
    // At opening the line counts as down until it is said to be up.
    w.batch(vec![Input::Hand(Hand::Rouse)]);
    let sale = w.sale(100);
    assert_eq!(w.hear(sale).code(), "92");
}

#[test]
fn strangers_are_answered_or_counted() {
    let mut w = World::signed_on(Mode::Plain);
    let before = w.store.clone();
    let stranger = w.base(302);
    assert_eq!(w.hear(stranger).code(), "12");
    let stranger = w.base(210);
    w.hear(stranger).quiet();
    w.hear(Message::new(Mti(200))).said();
    for mti in [400, 620, 800, 820] {
        assert_eq!(w.hear(Message::new(Mti(mti))).code(), "30", "{mti}");
    }
    for mti in [200, 210, 430, 999, 830] {
        w.switch_says(Message::new(Mti(mti))).quiet();
    }
    let phone = Input::Heard(Peer::Phone, Message::new(Mti(200)));
    w.give(phone).quiet();
    assert!(before == w.store);
}

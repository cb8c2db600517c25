//! Requests: refusals in order, repeats, limits, PIN tries, the last coin.

use super::*;

#[test]
fn a_sale_and_its_repeat_debit_once() {
    let mut rig = rig();
    let request = sale(1, DEBIT, 8_800);
    let first = messages(&rig.hear(Peer::Switch, &request)).remove(0).1;
    assert_eq!((first.mti, first.code), (Mti(210), Some(ResponseCode::APPROVED)));
    assert_eq!(first.auth, AuthCode::new("000001").ok());
    assert_eq!(first.institutions.unwrap().as_str(), "99900100   00020000   ");
    let again = messages(&rig.hear(Peer::Switch, &request)).remove(0).1;
    assert_eq!(first, again, "the stored fields again");
    assert_eq!(balance(&rig, "62000000"), -91_200);
    assert_eq!(notices(&rig), [NoticeKind::Debit]);
    sound(&rig);
}

/// One line a case: what is wrong beside what comes later in the order, and the answer.
#[test]
fn refusals_in_order_of_precedence() {
    let check = |name: &str, want: &str, change: &dyn Fn(&mut Message)| {
        let mut rig = rig();
        let mut message = sale(7, DEBIT, 8_800);
        change(&mut message);
        assert_eq!(hear(&mut rig, &message), want, "{name}");
        let again = hear(&mut rig, &message);
        assert_eq!(again, want, "{name}, repeated");
        assert_eq!(audit(&rig.all()).of(&Account::Suspense), 0, "{name}: a refusal takes nothing");
        let told =
            if ["12", "13", "14", "30", "40", "A0"].contains(&want) { vec![] } else { vec![NoticeKind::Decline] };
        assert_eq!(notices(&rig), told, "{name}");
        sound(&rig);
    };
    let card = |m: &mut Message, digits: &str| m.pan = Some(Pan::new(digits).unwrap());
    check("no identity", "30", &|m| (m.stan, m.mac) = (None, Some(BAD_MAC)));
    check("MAC before everything", "A0", &|m| (m.mac, m.processing) = (Some(BAD_MAC), None));
    check("no such transaction", "12", &|m| (m.processing, m.pin) = (Some(ProcessingCode(999_999)), Some(WRONG)));
    check("zero", "13", &|m| m.amount = Some(Amount::fen(0)));
    check("other currency", "13", &|m| m.amount = Amount::new(100, Currency(840)).ok());
    check("unknown card", "14", &|m| card(m, "9990010000000915"));
    check("lost before expired", "41", &|m| card(m, LOST));
    check("expired before limits", "54", &|m| {
        card(m, OLD);
        m.amount = Some(Amount::fen(90_001));
    });
    check("another expiry than ours", "54", &|m| m.expiry = Expiry::new("3011").ok());
    check("limit before PIN", "61", &|m| (m.amount, m.pin) = (Some(Amount::fen(90_001)), Some(WRONG)));
    check("PIN missing", "55", &|m| m.pin = None);
    check("PIN without its format", "99", &|m| m.security = None);
    check("PIN unreadable", "99", &|m| m.pin = Some(UNREADABLE));
    check("PIN wrong", "55", &|m| m.pin = Some(WRONG));
    check("PIN before balance", "55", &|m| (m.amount, m.pin) = (Some(Amount::fen(80_000)), Some(WRONG)));
    check("balance", "51", &|m| {
        card(m, NO_PIN);
        (m.amount, m.pin) = (Some(Amount::fen(50_001)), None);
    });
}

#[test]
fn what_counts_is_counted_with_the_debit() {
    let mut rig = rig();
    let mut check = |stan: u32, fen: u64, want: &str| {
        assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(stan, CREDIT, fen) }), want, "{stan}");
    };
    check(1, 90_000, "00");
    check(2, 60_001, "61");
    check(3, 100, "00");
    check(4, 100, "00");
    check(5, 100, "00");
    check(6, 100, "65");
    // The day's counters go back with a reversal, to the same day only.
    assert_eq!(hear(&mut rig, &reversal(&sale(5, CREDIT, 100))), "00");
    assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(7, CREDIT, 100) }), "00");
    rig.at = NOON.plus_ms(86_400_000);
    assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(8, CREDIT, 100) }), "00");
    assert_eq!(hear(&mut rig, &reversal(&sale(1, CREDIT, 90_000))), "00");
    for stan in 9..12 {
        assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(stan, CREDIT, 100) }), "00");
    }
    assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(12, CREDIT, 100) }), "65");
    assert_eq!(balance(&rig, "62000001"), 300 + 400, "a credit account is owed by its holder");
    sound(&rig);
}

#[test]
fn pin_tries_are_counted_once_and_never_given_back() {
    let mut rig = rig();
    let mut check = |stan: u32, pin: PinBlock, want: &str| {
        let message = Message { pin: Some(pin), ..sale(stan, DEBIT, 100) };
        assert_eq!(hear(&mut rig, &message), want, "{stan}");
        assert_eq!(hear(&mut rig, &message), want, "{stan} repeated");
        assert_eq!(hear(&mut rig, &reversal(&message)), "00", "{stan} undone");
    };
    check(1, WRONG, "55");
    check(2, WRONG, "55");
    check(3, RIGHT, "00");
    check(4, WRONG, "55");
    check(5, WRONG, "55");
    check(6, WRONG, "75");
    check(7, RIGHT, "75");
    rig.at = NOON.plus_ms(86_400_000);
    assert_eq!(hear(&mut rig, &sale(8, DEBIT, 100)), "75", "a new day clears no tries");
    sound(&rig);
}

#[test]
fn the_last_coin_is_spent_once_in_one_batch() {
    let mut rig = rig();
    let both = [1, 2].map(|stan| Input::Heard(Peer::Switch, Message { pin: None, ..sale(stan, NO_PIN, 30_000) }));
    let codes: Vec<_> = messages(&rig.batch(&both)).into_iter().map(|(_, m)| m.code.unwrap()).collect();
    assert_eq!(codes, [ResponseCode::APPROVED, ResponseCode::INSUFFICIENT_FUNDS]);
    assert_eq!(balance(&rig, "62000004"), -20_000);
    sound(&rig);
}

#[test]
fn another_request_on_a_used_key_is_refused() {
    let mut rig = rig();
    let request = sale(1, DEBIT, 8_800);
    assert_eq!(hear(&mut rig, &request), "00");
    let check = |rig: &mut Rig<Issuer>, want: &str, change: &dyn Fn(&mut Message)| {
        let mut message = request.clone();
        change(&mut message);
        assert_eq!(hear(rig, &message), want);
    };
    check(&mut rig, "94", &|m| m.amount = Some(Amount::fen(8_801)));
    check(&mut rig, "94", &|m| m.pan = Pan::new(CREDIT).ok());
    check(&mut rig, "94", &|m| m.entry = Some(EntryMode(12)));
    check(&mut rig, "94", &|m| m.terminal = TerminalId::new("10000002").ok());
    check(&mut rig, "00", &|m| m.rrn = None);
    sound(&rig);
}

#[test]
fn a_balance_is_told_and_costs_nothing() {
    let mut rig = rig();
    let inquiry = Message { processing: Some(ProcessingCode(310_000)), amount: None, ..sale(1, CREDIT, 1) };
    let answer = messages(&rig.hear(Peer::Switch, &inquiry)).remove(0).1;
    let told = answer.balance.unwrap();
    assert_eq!((told.account_type, told.amount, told.owed), (30, Amount::fen(500_000), false));
    assert_eq!((answer.auth, notices(&rig)), (None, vec![]));
    assert_eq!(hear(&mut rig, &Message { pin: Some(WRONG), stan: Stan::new(2).ok(), ..inquiry }), "55");
    sound(&rig);
}

#[test]
fn nothing_is_decided_while_the_vault_is_down() {
    let mut rig = rig();
    rig.vault_down = true;
    assert_eq!(hear(&mut rig, &sale(1, DEBIT, 100)), "96");
    assert_eq!(hear(&mut rig, &reversal(&sale(1, DEBIT, 100))), "96");
    rig.vault_down = false;
    assert_eq!(hear(&mut rig, &sale(1, DEBIT, 100)), "00");
    sound(&rig);
}

//! Answers and their checks, one line a case, and every code of the table.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_terminal::{Config, PendingState, Standing};
use slipway_terms::{Amount, Doubt, MerchantId, Message, Mti, ProcessingCode, TerminalId};

/// One answer to a fresh sale: where the exchange then stands, and the reason of the reversal that stays, if any.
fn check(what: &str, change: impl Fn(&mut Message), standing: Standing, reason: Option<&str>) {
    for twice in [false, true] {
        let mut bench = Bench::ready();
        let request = bench.sell();
        let mut answer = bench.answer(&request, "00");
        change(&mut answer);
        bench.twice = twice;
        bench.hear(answer);
        assert_eq!(bench.standing(), standing, "{what}");
        let pending = bench.pending();
        let open = pending.as_ref().filter(|_| standing != Standing::Sent);
        assert_eq!(open.map(|p| p.advice.code.unwrap()), reason.map(code), "{what}");
        assert_eq!(bench.prints.len(), usize::from(standing == Standing::Approved), "{what}: slips");
        assert_eq!(open.map(|p| p.state), reason.map(|_| PendingState::Open), "{what}");
        assert_eq!(bench.till().pending.is_empty(), pending.is_none(), "{what}");
    }
}

#[test]
fn answers_are_checked_in_order() {
    use Standing::{Approved, Declined, Doubtful, Sent};
    let said = |text: &'static str| move |m: &mut Message| m.code = Some(code(text));
    let bare = |text: &'static str| {
        move |m: &mut Message| {
            m.code = Some(code(text));
            m.mac = None;
        }
    };
    let unsure = |text| Doubtful(Doubt::HostUnsure(code(text)));
    let contradiction = Doubtful(Doubt::Contradiction);
    check("approved", |_| (), Approved, None);
    check("approved, VIP", said("11"), Approved, None);
    check("other MTI", |m| m.mti = Mti(230), Sent, None);
    check("other STAN", |m| m.stan = m.stan.map(slipway_terms::Stan::next), Sent, None);
    check("other batch", |m| m.till60.as_mut().unwrap().batch.0 += 1, Sent, None);
    check("other DE 3", |m| m.processing = Some(ProcessingCode(200_000)), contradiction, Some("06"));
    check("other DE 41", |m| m.terminal = TerminalId::new("10000002").ok(), contradiction, Some("06"));
    check("other DE 42", |m| m.merchant = MerchantId::new("999290054110002").ok(), contradiction, Some("06"));
    check("other DE 4", |m| m.amount = Some(Amount::fen(8_801)), contradiction, Some("06"));
    check("no DE 4", |m| m.amount = None, contradiction, Some("06"));
    check("no DE 39", |m| m.code = None, contradiction, Some("06"));
    check(
        "other DE 4 and wrong MAC",
        |m| (m.amount, m.mac) = (Some(Amount::fen(1)), Some(BAD)),
        contradiction,
        Some("06"),
    );
    check("wrong MAC", |m| m.mac = Some(BAD), Doubtful(Doubt::BadMac), Some("A0"));
    check("no MAC", |m| m.mac = None, Doubtful(Doubt::BadMac), Some("A0"));
    check("declined", said("51"), Declined(code("51")), None);
    check(
        "declined, fields left out",
        |m| (m.code, m.amount, m.merchant) = (Some(code("51")), None, None),
        Declined(code("51")),
        None,
    );
    check("bare decline", bare("51"), Doubtful(Doubt::UnprovenDecline(code("51"))), Some("A0"));
    check("host timed out", said("98"), unsure("98"), Some("98"));
    check("issuer timed out", said("68"), unsure("68"), Some("98"));
    check("malfunction", said("96"), unsure("96"), Some("06"));
    check("stranger", said("Z9"), unsure("Z9"), Some("06"));
    check("partial", said("10"), Doubtful(Doubt::Partial), Some("06"));
}

#[test]
fn bare_declines_by_profile_only() {
    let mut bench = Bench::with(Config { bare_declines: true, ..Config::default() }).signed_on();
    let request = bench.sell();
    let mut answer = bench.answer(&request, "51");
    answer.mac = None;
    bench.hear(answer);
    assert_eq!(bench.standing(), Standing::Declined(code("51")));
    assert!(bench.pending().is_none());
}

#[test]
fn every_code_of_the_table_leaves_the_till_in_one_of_three_ways() {
    for row in slipway_terms::ResponseCode::all() {
        let mut bench = Bench::ready();
        let request = bench.sell();
        let mut answer = bench.answer(&request, "00");
        answer.code = Some(row.code);
        bench.hear(answer);
        let open = !bench.till().pending.is_empty();
        match bench.standing() {
            Standing::Approved => assert!(!open && bench.prints.len() == 1, "{}", row.code),
            Standing::Declined(_) => assert!(!open && bench.prints.is_empty(), "{}", row.code),
            Standing::Doubtful(_) => assert!(open && bench.prints.is_empty(), "{}", row.code),
            other => panic!("{} ends in {other:?}", row.code),
        }
    }
}

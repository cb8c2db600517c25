//! Dispute rules: the file that comes with the crate, what it says of single cases, and every way of being no rules.
#![cfg(feature = "layout")]
#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_recon::{DISPUTES_CN, dispute_rules, rules_on};
use slipway_terms::{
    Against, BusinessDate, CardType, DisputeRules, EntryMode, Kind, Moment, Proof, Refusal, Short, Step, Verified,
    calendar_end,
};

fn rules() -> DisputeRules {
    dispute_rules(DISPUTES_CN).unwrap().pop().unwrap()
}

#[test]
fn the_file_that_comes_with_the_crate_is_whole() {
    let rules = rules();
    assert!(rules.limit(Step::SecondChargeback, CardType::Debit).is_some_and(|limit| limit.days.is_none()));
    assert!(rules.limit(Step::SecondChargeback, CardType::Credit).is_some_and(|limit| limit.days.is_some()));
    for (code, proof, suffices) in [
        ("6302", Proof::Confirmed, true),
        ("6302", Proof::Uploaded, true),
        ("6344", Proof::Confirmed, false),
        ("6344", Proof::Archived, true),
        ("6344", Proof::Merchant, true),
    ] {
        let reason = rules.reason(Step::Retrieval, Short::cut(code)).unwrap();
        assert_eq!(reason.proofs.contains(&proof), suffices, "{code} {proof:?}");
    }
    assert!(rules.reason(Step::Chargeback, Short::cut("4558")).is_some_and(|reason| reason.last));
    let day = |year| BusinessDate { year, month: 6, day: 1 };
    let versions = [rules];
    assert!(rules_on(&versions, day(2026)).is_some() && rules_on(&versions, day(2019)).is_none());
}

#[test]
fn a_reason_fits_what_it_is_for() {
    let rules = rules();
    let check = |code: &str, step, kind, entry, minor, want: Result<(), Refusal>| {
        let entry = EntryMode(entry);
        let verified = rules.verified(kind, Some(entry), minor);
        let against = Against { kind, verified, chip: matches!(entry.0 / 10, 5 | 7) };
        let found = rules.fits(step, Short::cut(code), against).map(drop);
        assert_eq!(found, want, "{code} {kind:?} {entry:?} {minor}");
    };
    let cb = Step::Chargeback;
    // A missing signature is a ground only where signature was the verification.
    check("4544", cb, Kind::Sale, 22, 8_800, Ok(()));
    check("4544", cb, Kind::Sale, 21, 8_800, Err(Refusal::Verification));
    check("4544", cb, Kind::Sale, 51, 8_800, Err(Refusal::Verification));
    check("4544", cb, Kind::Sale, 72, 100_000, Err(Refusal::Verification));
    check("4544", cb, Kind::Sale, 72, 100_001, Ok(()));
    check("4544", cb, Kind::Moto, 12, 8_800, Err(Refusal::Kind));
    // A denial: not of what a PIN has verified.
    check("4515", cb, Kind::Sale, 22, 8_800, Ok(()));
    check("4515", cb, Kind::Sale, 21, 8_800, Err(Refusal::Verification));
    check("4515", cb, Kind::Moto, 12, 8_800, Ok(()));
    // Counterfeit: not of a chip; a chip's own code only of a chip.
    check("4562", cb, Kind::Sale, 22, 8_800, Ok(()));
    check("4562", cb, Kind::Sale, 51, 8_800, Err(Refusal::Chip));
    check("4558", cb, Kind::Sale, 51, 8_800, Ok(()));
    check("4558", cb, Kind::Sale, 22, 8_800, Err(Refusal::Chip));
    // No step takes another's code, and no code is made up.
    check("4515", Step::Retrieval, Kind::Sale, 22, 8_800, Err(Refusal::Reason));
    check("6344", cb, Kind::Sale, 22, 8_800, Err(Refusal::Reason));
    check("9999", cb, Kind::Sale, 22, 8_800, Err(Refusal::Reason));
    check("4515", cb, Kind::Refund, 22, 8_800, Err(Refusal::Kind));
    assert_eq!(rules.verified(Kind::Sale, Some(EntryMode(72)), 8_800), Verified::Nothing);
}

#[test]
fn what_is_no_rules_is_refused_with_its_place() {
    let check = |from: &str, to: &str, at: &str, en: &str| {
        let text = DISPUTES_CN.replacen(from, to, 1);
        assert_ne!(text, DISPUTES_CN, "{from} does not stand in the file");
        let fault = dispute_rules(&text).unwrap_err();
        assert!(fault.at.contains(at) && fault.en.contains(en), "{from} → {to}: {fault}");
    };
    check("[[version]]", "[[version", "line", "TOML");
    check("merchant_days = 10", "merchant_days = 0", "merchant_days", "bounds");
    check("merchant_days = 10", "merchant_hours = 10", "merchant_hours", "no word");
    check("from = \"2019-12-01\"", "from = \"2019-13-01\"", "cn-2026", "day");
    check("source = \"no public figure\"", "source = \" \"", "re-presentment source", "must be there");
    check("confidence = \"C\"", "confidence = \"E\"", "confidence", "A, B, C or D");
    check("step = \"retrieval\"", "step = \"retrieve\"", "retrieve", "no step");
    check("code = \"6344\"", "code = \"6302\"", "6302", "twice");
    check("code = \"6344\"", "code = \"634\"", "634", "four digits");
    check("proofs = [\"archived\", \"merchant\"]", "proofs = [\"no-slip\"]", "6344", "proves no slip");
    check("kinds = [\"sale\", ", "kinds = [\"void\", ", "kinds", "none of the known");
    check("verified = [\"signature\"]", "verified = []", "4544 verified", "not empty");
    check("verified = [\"signature\"]", "verified = [\"signature\", \"signature\"]", "4544 verified", "twice");
    check("days = 20\n", "days = 20\nworking_days = 5\n", "answer", "one of");
    check("since = \"exchange\"", "since = \"step\"", "retrieval", "nothing is before");
    // A gap, an overlap.
    check("card = [\"debit\", \"credit\"]\ndays = 20", "card = [\"debit\"]\ndays = 20", "answer credit", "no limit");
    check(
        "card = [\"credit\"]\ndays = 30",
        "card = [\"debit\", \"credit\"]\ndays = 30",
        "second-chargeback debit",
        "two",
    );
    check(
        "card = [\"debit\"]\nnever = true",
        "card = [\"debit\"]\nnever = 1",
        "second-chargeback never",
        "true or false",
    );
    check("days = 20\nsince = \"step\"", "never = true", "answer", "left out");
    let twice = format!("{DISPUTES_CN}{DISPUTES_CN}");
    assert!(dispute_rules(&twice).unwrap_err().en.contains("no later"));
    assert!(dispute_rules("").unwrap_err().en.contains("list"));
}

#[test]
fn days_end_at_midnight() {
    // Monday 2026-11-23, 16:04 Beijing.
    let end = calendar_end(Moment(1_795_421_045_000), 20);
    assert_eq!(end.plus_ms(-1).date(), BusinessDate { year: 2026, month: 12, day: 13 });
    assert_eq!(end.date(), BusinessDate { year: 2026, month: 12, day: 14 });
}

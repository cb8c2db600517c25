//! Payouts by their numbers, the accounts they go to, and what becomes of one that came back.

use super::common::{day, merchant_no, persons, registration};
use super::{china, contract, sale};
use slipway_recon::merchant::*;
use slipway_terms::MerchantId;

#[test]
fn payouts_are_read_by_their_numbers() {
    let id = settled(1, "2026-03-02", 8_800);
    let id = PayoutId { merchant: id.merchant, day: id.day, attempt: 2 };
    assert_eq!(PayoutId::read(&id.to_string()), Some(id));
    for text in [
        "",
        "20260302",
        "2026030-100129054110001-02",
        "20260230-100129054110001-02",
        "20260302-100129054110001-2",
        "银行-1-1",
    ] {
        assert_eq!(PayoutId::read(text), None, "{text}");
    }
    let mut merchant = registration(1);
    let on = day("2026-03-09");
    assert_eq!(Payout::again(&merchant, id, on, 100, 2), Err(PayoutFault::NoAccount), "no such version");
    merchant.bind(on, Holder::LegalPerson, "9991000000001234", "102100099996", persons()).unwrap();
    assert_eq!(
        Payout::again(&merchant, id, day("2026-03-08"), 100, 2),
        Err(PayoutFault::NoAccount),
        "not in force yet"
    );
    assert_eq!(Payout::again(&registration(2), id, on, 100, 1), Err(PayoutFault::WrongMerchant));
    assert_eq!(Payout::again(&merchant, PayoutId { attempt: 1, ..id }, on, 100, 1), Err(PayoutFault::Attempts));
    assert_eq!(Payout::again(&merchant, id, on, 0, 1), Err(PayoutFault::Nothing));
    let paid = Payout::again(&merchant, id, on, 100, 2).unwrap();
    assert_eq!((paid.to().account.tail(), paid.follows()), ("1234", Some(PayoutId { attempt: 1, ..id })));
}

#[test]
fn registrations_and_accounts_are_looked_at() {
    use RegistrationFault as F;
    let check = |number: &str, name: &str, code: &str, want: F| {
        let merchant = MerchantId::new(number).unwrap();
        assert_eq!(Registration::new(merchant, name, code, "王店主"), Err(want), "{number} {name} {code}");
    };
    check("100129054110 01", "店", "91350100M000100Y43", F::Merchant);
    check("100129054110001", "", "91350100M000100Y43", F::Name);
    check("100129054110001", "a\u{0}b", "91350100M000100Y43", F::Name);
    check("100129054110001", &"店".repeat(71), "91350100M000100Y43", F::Name);
    check("100129054110001", "店", "91350100M000100Y44", F::CreditCode);
    let mut merchant = registration(1);
    let mut check = |from: &str, number: &str, bank: &str, persons, want: F| {
        assert_eq!(merchant.bind(day(from), Holder::LegalPerson, number, bank, persons), Err(want));
    };
    check("2026-03-01", "12345", "105100000017", persons(), F::Number);
    check("2026-03-01", "99900000 0000", "105100000017", persons(), F::Number);
    check("2026-03-01", "999000000000", "10510000001", persons(), F::Bank);
    check("2026-03-01", "999000000000", "105100000017", (persons().0, persons().0), F::OnePerson);
    let one = ["Li Lei", "LI  LEI"].map(|name| Person::new(name).unwrap()).into();
    check("2026-03-01", "999000000000", "105100000017", one, F::OnePerson);
    check("2025-12-31", "999000000000", "105100000017", persons(), F::Order);
    merchant.bind(day("2026-03-05"), Holder::LegalPerson, "9991000000001234", "102100099996", persons()).unwrap();
    let names = |on: &str| merchant.account_on(day(on)).map(|bound| bound.account.holder_name().to_owned());
    assert_eq!(names("2026-03-04").as_deref(), Some("前门小吃店0001"));
    assert_eq!(names("2026-03-05").as_deref(), Some("王店主"));
    assert_eq!(names("2025-12-31"), None);
    let shown = format!("{:?}", merchant.account_on(day("2026-03-05")).unwrap().account);
    assert_eq!(shown, "*1234@102100099996 LegalPerson", "the whole number is for the bank's file only");
}

fn settled(merchant: u64, on: &str, fen: i64) -> Settlement {
    let mut account = Account::new(merchant_no(merchant), contract(Product::T1, Reserve::default()));
    account.settle(day(on), &[sale(merchant, fen)], &china()).unwrap()
}

#[test]
fn a_settlement_is_paid_once() {
    let (merchant, settlement) = (registration(1), settled(1, "2026-03-02", 8_800));
    let mut payouts = Payouts::default();
    let first = payouts.make(&merchant, &settlement).unwrap();
    assert_eq!(first.id().to_string(), "20260302-100129054110001-01");
    assert_eq!((first.fen(), first.pay_day(), first.to().version), (8_747, day("2026-03-03"), 1));
    assert_eq!(payouts.make(&merchant, &settlement), Ok(first.clone()), "twice is once");
    assert_eq!(payouts.due(day("2026-03-03")).count(), 1);
    let other = Settlement { payable_fen: 1, ..settlement };
    assert_eq!(payouts.make(&merchant, &other), Err(PayoutFault::Differs));
    assert_eq!(payouts.make(&registration(2), &settlement), Err(PayoutFault::WrongMerchant));
    assert_eq!(payouts.make(&registration(1), &settled(1, "2026-03-03", 1)).map(|p| p.fen()), Ok(1));
    let nothing = Settlement { payable_fen: 0, day: day("2026-03-04"), ..settlement };
    assert_eq!(payouts.make(&merchant, &nothing), Err(PayoutFault::Nothing));
    let early = Settlement { pay_day: day("2025-12-31"), day: day("2026-03-05"), ..settlement };
    assert_eq!(payouts.make(&merchant, &early), Err(PayoutFault::NoAccount));

    let id = first.id();
    let returned = Step::Returned(ReturnReason::NoAccount);
    let at = |at| Err(PayoutFault::Step { at });
    assert_eq!(payouts.step(id, Step::Paid), at(Step::Made));
    assert_eq!(payouts.pay_again(&merchant, id, day("2026-03-05")), Err(PayoutFault::Step { at: Step::Made }));
    assert_eq!((payouts.step(id, Step::Sent), payouts.step(id, Step::Sent)), (Ok(true), Ok(false)));
    assert_eq!(payouts.due(day("2026-03-03")).filter(|p| p.id() == id).count(), 0, "a sent one is in no second file");
    assert_eq!(payouts.step(id, Step::Made), at(Step::Sent));
    assert_eq!((payouts.step(id, Step::Paid), payouts.step(id, Step::Sent)), (Ok(true), at(Step::Paid)));
    assert_eq!((payouts.step(id, returned), payouts.step(id, returned)), (Ok(true), Ok(false)), "a late return");
    assert_eq!(payouts.step(id, Step::Paid), at(returned));
    assert_eq!(payouts.step(PayoutId { attempt: 9, ..id }, Step::Sent), Err(PayoutFault::Unknown));
}

#[test]
fn a_returned_payout_goes_again_to_a_corrected_account() {
    let (mut merchant, settlement) = (registration(1), settled(1, "2026-03-02", 8_800));
    let mut payouts = Payouts::default();
    let id = payouts.make(&merchant, &settlement).unwrap().id();
    let again = day("2026-03-05");
    payouts.step(id, Step::Sent).unwrap();
    payouts.step(id, Step::Returned(ReturnReason::Name)).unwrap();
    assert_eq!(payouts.pay_again(&merchant, id, again), Err(PayoutFault::SameAccount));
    assert_eq!(payouts.make(&merchant, &settlement).map(|p| p.id()), Ok(id), "the settlement stays one payout");
    merchant.bind(again, Holder::LegalPerson, "9991000000001234", "102100099996", persons()).unwrap();
    assert_eq!(payouts.pay_again(&merchant, id, day("2026-03-04")), Err(PayoutFault::SameAccount), "not in force yet");
    let second = payouts.pay_again(&merchant, id, again).unwrap();
    assert_eq!((second.id().attempt, second.fen(), second.to().version), (2, 8_747, 2));
    assert_eq!(payouts.pay_again(&merchant, id, again), Ok(second.clone()), "twice is once");
    assert_eq!(payouts.pay_again(&merchant, id, day("2026-03-06")), Err(PayoutFault::Differs));
    assert_eq!(payouts.pay_again(&registration(2), id, again), Err(PayoutFault::WrongMerchant));
    payouts.step(second.id(), Step::Sent).unwrap();
    payouts.step(second.id(), Step::Returned(ReturnReason::Bank)).unwrap();
    let third = payouts.pay_again(&merchant, second.id(), day("2026-03-06")).unwrap();
    assert_eq!((third.id().attempt, &third.to().account), (3, &second.to().account), "the bank's own trouble");
}

//! The STANs of a till against a model that looks at every candidate: one more each time, round after 999,999, and within a
//! batch never the number of a stored reversal, which repeats it on the line.
#![allow(clippy::unwrap_used, reason = "tests may")]

use proptest::prelude::*;
use slipway_terminal::Till;
use slipway_terms::{BatchNo, MerchantId, Stan, TerminalId, TillKey};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Act {
    /// An exchange takes a number; its reversal is stored and stays, or not.
    Take { stays: bool },
    /// A stored reversal is answered.
    Answered(usize),
    /// The acquirer gives another batch.
    Batch(u32),
    /// The counter is found at this place, as at a device that was set up anew.
    At(u32),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => any::<bool>().prop_map(|stays| Act::Take { stays }),
        2 => any::<usize>().prop_map(Act::Answered),
        1 => (1..3_u32).prop_map(Act::Batch),
        2 => prop_oneof![999_990..=999_999_u32, 1..20_u32].prop_map(Act::At),
    ];
    prop::collection::vec(act, 1..60)
}

fn till() -> Till {
    Till { batch: BatchNo(1), signed_on: true, ..Till::new(TerminalId::new("10000001").unwrap()) }
}

/// All numbers in the order of the circle behind `last`; the first that is free.
fn model(last: Option<u32>, taken: &BTreeSet<u32>) -> u32 {
    let last = last.unwrap_or(999_999);
    (last + 1..=999_999).chain(1..=last).find(|number| !taken.contains(number)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_number_is_never_that_of_a_stored_reversal(acts in acts()) {
        let mut till = till();
        for act in acts {
            match act {
                Act::At(number) => till.stan = Stan::new(number).ok(),
                Act::Batch(batch) => till.batch = BatchNo(batch),
                Act::Answered(which) if !till.pending.is_empty() => {
                    till.pending.remove(which % till.pending.len());
                }
                Act::Answered(_) => {}
                Act::Take { stays } => {
                    let here = till.pending.iter().filter(|key| key.batch == till.batch);
                    let taken: BTreeSet<u32> = here.map(|key| key.stan.number()).collect();
                    let stan = till.next_stan();
                    prop_assert_eq!(stan.number(), model(till.stan.map(Stan::number), &taken));
                    let merchant = MerchantId::new("999290054110001").unwrap();
                    let key = TillKey { terminal: till.terminal, merchant, batch: till.batch, stan };
                    prop_assert!(!till.pending.contains(&key), "{} twice in one batch", key);
                    till.stan = Some(stan);
                    if stays {
                        till.pending.push(key);
                    }
                }
            }
        }
    }

    /// Without wraps and new batches a number comes once.
    #[test]
    fn numbers_of_a_batch_rise(stays in prop::collection::vec(any::<bool>(), 1..100), from in 1..999_000_u32) {
        let mut till = Till { stan: Stan::new(from).ok(), ..till() };
        for (no, _) in stays.iter().enumerate() {
            let stan = till.next_stan();
            prop_assert_eq!(stan.number() as usize, from as usize + no + 1);
            till.stan = Some(stan);
        }
    }
}

#[test]
fn a_new_device_begins_with_one() {
    assert_eq!(till().next_stan(), Stan::FIRST);
}

//! The batch of a till is the acquirer's: whatever sign-ons and sales name, it is told, kept, and never falls.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Act {
    /// A sign-on that names this batch.
    SignOn(u32),
    /// A sale in this batch.
    Sale(u32),
}

const OURS: u32 = 7;

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let batch = || prop_oneof![2 => Just(OURS), 1 => 0..10_u32, 1 => 999_990..=999_999_u32];
    prop::collection::vec(prop_oneof![batch().prop_map(Act::SignOn), batch().prop_map(Act::Sale)], 0..14)
}

fn stored(w: &World) -> BatchNo {
    let batch = |row| if let AcquirerRow::Terminal(terminal) = row { Some(terminal.batch) } else { None };
    w.rows().into_iter().find_map(batch).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nobody_moves_it_from_outside(acts in acts()) {
        let mut w = World::signed_on(Mode::Plain);
        for act in acts {
            match act {
                Act::SignOn(batch) => {
                    // A minute apart: more than ten in one are refused.
                    w.pass(61_000);
                    let mut m = w.sign_on_message();
                    m.till60 = Some(Till60::management(BatchNo(batch), 3));
                    let left = w.hear(m);
                    prop_assert_eq!(left.said().till60, Some(Till60::management(BatchNo(OURS), 3)));
                }
                Act::Sale(batch) => {
                    let mut m = w.sale(100);
                    m.till60 = m.till60.map(|t| Till60 { batch: BatchNo(batch), ..t });
                    let left = w.hear(m);
                    if batch == OURS {
                        prop_assert!(left.till.is_empty() && left.switch.len() == 1, "forwarded");
                    } else {
                        prop_assert_eq!(left.code(), "77");
                        prop_assert!(left.switch.is_empty());
                    }
                }
            }
            prop_assert_eq!(stored(&w), BatchNo(OURS));
        }
    }
}

use super::*;
use crate::events::exchange::family;
use slipway_hosts::acquirer::AcquirerRow;
use slipway_terms::{BatchNo, Finding, Found, Kind, Short, Stan, TerminalId};

fn till() -> TillKey {
    TillKey {
        merchant: MerchantId::new("999290054110001").unwrap(),
        terminal: TerminalId::new("10000001").unwrap(),
        batch: BatchNo(1),
        stan: Stan::new(7).unwrap(),
    }
}

fn kinds(row: &AcquirerRow) -> Vec<&'static str> {
    of_row(row).iter().map(|fact| fact.kind).collect()
}

#[test]
fn a_later_state_of_a_row_states_the_same_facts_under_the_same_names_and_more() {
    let mut case = Case::open(till(), Ground::Unconfirmed, Moment(5));
    let before = of_row(&AcquirerRow::Case(case));
    assert_eq!(before.iter().map(|fact| fact.kind).collect::<Vec<_>>(), ["slip.missing", "doubt.opened"]);
    case.closed = Some(Moment(9));
    let after = of_row(&AcquirerRow::Case(case));
    assert_eq!(&after[..2], &before[..]);
    assert_eq!((after[2].kind, after[2].at), ("doubt.closed", Moment(9)));
    assert_eq!(after.iter().map(|fact| fact.ending.is_final).collect::<Vec<_>>(), [false, false, true]);
    let found = Found {
        finding: Finding::NoSlip,
        by: Short::new("x").unwrap(),
        because: Short::new("x").unwrap(),
        at: Moment(9),
    };
    let told = of_row(&AcquirerRow::Case(Case { found: Some(found), ..case })).pop().unwrap();
    assert!(told.en.contains("no slip") && told.zh.contains("无签购单"), "{}", told.en);
    case.ground = Ground::AmountDiffers;
    assert_eq!(kinds(&AcquirerRow::Case(case)), ["doubt.opened", "doubt.closed"]);
    // Another case of the same payment has names of its own.
    assert!(of_row(&AcquirerRow::Case(case)).iter().all(|fact| after.iter().all(|other| other.id != fact.id)));
}

#[test]
fn what_cannot_be_read_states_nothing() {
    for bytes in [&b""[..], b"\x01", b"\x02\x00", b"\x01\xff\xff"] {
        assert!(SPACES.iter().all(|space| of(*space, bytes).is_empty()), "{bytes:?}");
    }
}

#[test]
fn every_kind_has_a_family_that_may_be_subscribed_to() {
    for kind in slipway_terms::SHAPES.iter().filter_map(|shape| family(shape.kind)).flat_map(|family| family.kinds()) {
        assert!(KINDS.contains(&kind), "{kind}");
    }
    assert_eq!(family(Kind::Balance), None);
    assert_eq!(rfc(Moment(0)), "1970-01-01T08:00:00+08:00");
}

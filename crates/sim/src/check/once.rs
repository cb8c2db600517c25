//! `once`: at every moment an exchange has moved nothing or its amount, and nobody is paid with money that nobody gave.

use super::Moves;
use super::books::Wrong;
use slipway_terms::SwitchKey;

/// `step`: a step of a dispute, whose money walks from whoever gives it: of what goes back to the cardholder the merchant is first.
/// `giving`: its acquirer has asked the issuer to give it back (贷记调整), and takes it from the merchant with the answer.
pub(super) fn judge(exchange: &SwitchKey, moves: &Moves, step: bool, giving: bool) -> Vec<Wrong> {
    let whole = moves.amount.unwrap_or(0);
    let mut wrong = Vec::new();
    for (what, minor) in [("debit", moves.debit), ("credit", moves.credit), ("position", moves.position)] {
        if minor != 0 && minor != whole {
            wrong.push(("once", format!("the net {what} of {exchange} is {minor}, not 0 or {whole}")));
        }
    }
    // The undo walks from the merchant to the cardholder, the approval the other way: whoever is nearer to the merchant
    // has the money only while everybody behind has given it.
    if step && whole < 0 {
        if moves.debit != 0 && (moves.position == 0 || moves.credit == 0) {
            wrong.push(("once", format!("{exchange} is given back by nobody: {moves:?}")));
        }
    } else if !giving && moves.credit != 0 && (moves.position == 0 || moves.debit == 0) {
        wrong.push(("once", format!("{exchange} is credited but not debited: {moves:?}")));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{InstitutionId, SentAt, Stan};

    fn check(debit: i64, position: i64, credit: i64, wrongs: usize) {
        let id = InstitutionId::new("1").unwrap();
        let key = SwitchKey {
            acquirer: id,
            forwarder: id,
            sent: SentAt::from_number(101_000_000).unwrap(),
            stan: Stan::FIRST,
        };
        let moves = Moves { debit, credit, position, amount: Some(8800) };
        assert_eq!(judge(&key, &moves, false, false).len(), wrongs, "{moves:?}");
    }

    #[test]
    fn a_chargeback_begins_at_the_merchant() {
        let id = InstitutionId::new("1").unwrap();
        let sent = SentAt::from_number(101_000_000).unwrap();
        let key = SwitchKey { acquirer: id, forwarder: id, sent, stan: Stan::FIRST };
        let check = |debit, position, credit, wrongs| {
            let moves = Moves { debit, credit, position, amount: Some(-8800) };
            assert_eq!(judge(&key, &moves, true, false).len(), wrongs, "{moves:?}");
        };
        check(0, 0, -8800, 0);
        check(0, -8800, -8800, 0);
        check(-8800, -8800, -8800, 0);
        check(-8800, 0, 0, 1);
        check(-8800, -8800, 0, 1);
        check(-17_600, -8800, -8800, 1);
    }

    #[test]
    fn what_the_acquirer_gives_back_the_cardholder_has_first() {
        let id = InstitutionId::new("1").unwrap();
        let sent = SentAt::from_number(101_000_000).unwrap();
        let key = SwitchKey { acquirer: id, forwarder: id, sent, stan: Stan::FIRST };
        for (debit, giving, wrongs) in [(0, true, 0), (0, false, 1), (-8_800, true, 1)] {
            let moves = Moves { debit, position: 8_800, credit: 8_800, amount: Some(8_800) };
            let found = judge(&key, &moves, false, giving);
            assert_eq!(found.len(), wrongs, "{debit} {giving}: {found:?}");
        }
    }

    #[test]
    fn nothing_or_the_amount() {
        check(0, 0, 0, 0);
        check(8800, 0, 0, 0);
        check(8800, 8800, 8800, 0);
        check(17_600, 8800, 8800, 1);
        check(-8800, 0, 0, 1);
        check(0, 0, 8800, 1);
        check(0, 8800, 8800, 1);
        check(8800, 8800, 17_600, 1);
    }
}

//! `limits`: no account is ever spent beyond its money and its credit line, whatever happens in one batch.

use super::books::Wrong;
use crate::cast::{self, CARDS};
use slipway_hosts::ledger::{Account, Balance};
use slipway_terms::Short;

/// What one account may owe. Unit: minor units.
#[derive(Debug)]
pub struct Limits(Vec<(Short<19>, i64)>);

impl Default for Limits {
    fn default() -> Self {
        Self(CARDS.iter().map(|plan| (cast::account(plan), plan.line)).collect())
    }
}

impl Limits {
    pub(super) fn judge(&self, balance: &Balance) -> Option<Wrong> {
        let Account::Cardholder(account) = balance.account else { return None };
        let line = self.0.iter().find(|(no, _)| *no == account).map(|(_, line)| *line)?;
        (balance.minor > line).then(|| ("limits", format!("an account owes {}, and may owe {line}", balance.minor)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_and_not_a_fen_more() {
        let limits = Limits::default();
        for plan in CARDS {
            let owes = |minor| Balance { account: Account::Cardholder(cast::account(&plan)), minor };
            assert_eq!(limits.judge(&owes(plan.line)), None);
            assert!(limits.judge(&owes(plan.line + 1)).is_some());
        }
    }
}

//! A day as a plain-text journal that `hledger check` verifies: every entry balances, and the positions of the day stand at its end as
//! assertions. Must never round: amounts are in yuan with two places, as they are in fen.

use super::yuan;
use crate::clearing::{Detail, Positions};
use crate::merchant::Settlement;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use slipway_terms::BusinessDate;

/// A journal being written. Positive is what somebody has to get from the network, or the merchant from the acquirer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journal {
    day: BusinessDate,
    accounts: BTreeSet<String>,
    text: String,
    positions: Positions,
}

impl Journal {
    /// The journal of a day.
    pub fn new(day: BusinessDate) -> Self {
        Self { day, accounts: BTreeSet::new(), text: String::new(), positions: Positions::default() }
    }

    /// One entry of the clearing data.
    pub fn detail(&mut self, d: &Detail) {
        self.positions.add(d);
        let amount = i128::from(d.amount_fen);
        let [issuer_fee, net_issuer, net_acquirer] = d.fees.map(i128::from);
        let (by_issuer, by_acquirer) =
            if d.acquirer_bears_all { (0, net_issuer + net_acquirer) } else { (net_issuer, net_acquirer) };
        let (acquirer, issuer) = (format!("members:{}", d.acquirer), format!("members:{}", d.issuer));
        self.transaction(
            &format!("{}", d.key()),
            &[
                (format!("{acquirer}:gross"), amount),
                (format!("{issuer}:gross"), -amount),
                (format!("{acquirer}:issuer fee"), -issuer_fee),
                (format!("{issuer}:issuer fee"), issuer_fee),
                (format!("{acquirer}:network fee"), -by_acquirer),
                (format!("{issuer}:network fee"), -by_issuer),
                ("network:fees".into(), by_acquirer + by_issuer),
            ],
        );
    }

    /// One merchant's settlement, in the acquirer's books.
    pub fn settlement(&mut self, s: &Settlement) {
        let minus = |a: u64, b: u64| i128::from(a) - i128::from(b);
        let merchant = format!("merchants:{}", s.merchant);
        self.transaction(
            &format!("settlement {} {}", s.merchant, s.day),
            &[
                ("acquirer:captured".into(), -minus(s.gross_in_fen, s.gross_back_fen)),
                ("acquirer:discount".into(), s.discount_fen.into()),
                ("acquirer:early money".into(), s.price_fen.into()),
                (format!("{merchant}:held"), minus(s.held_fen, s.released_fen)),
                (format!("{merchant}:reserved"), minus(s.reserved_fen, s.freed_fen)),
                (format!("{merchant}:owed"), i128::from(s.carried_out_fen) - i128::from(s.carried_in_fen)),
                (format!("{merchant}:payable"), s.payable_fen.into()),
            ],
        );
    }

    fn transaction(&mut self, about: &str, postings: &[(String, i128)]) {
        // What would begin a comment or a note is no part of a reference number that people look for.
        let about = about.replace([';', '|'], "_");
        self.text.push_str(&format!("\n{} * {about}\n", self.day));
        for (account, fen) in postings.iter().filter(|(_, fen)| *fen != 0) {
            self.text.push_str(&format!("    {account}  CNY {}\n", yuan(*fen)));
            self.accounts.insert(account.clone());
        }
    }

    /// The whole journal: declarations, entries, and the positions as assertions.
    pub fn end(mut self) -> String {
        let mut assertions = String::new();
        for (member, position) in self.positions.members() {
            let account = format!("members:{member}");
            assertions.push_str(&format!("    {account}  CNY 0.00 =* CNY {}\n", yuan(position.net_fen())));
            self.accounts.insert(account);
        }
        let network = self.positions.network_fen();
        if !assertions.is_empty() {
            assertions.push_str(&format!("    network:fees  CNY 0.00 = CNY {}\n", yuan(network)));
            self.accounts.insert("network:fees".into());
        }
        let mut whole = format!("; clearing of {} 清算日 {}\ncommodity CNY 1000.00\n", self.day, self.day);
        for account in &self.accounts {
            whole.push_str(&format!("account {account}\n"));
        }
        whole.push_str(&self.text);
        if !assertions.is_empty() {
            whole.push_str(&format!("\n{} * net positions 净额\n{assertions}", self.day));
        }
        whole
    }
}

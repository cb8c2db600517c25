//! A mirror of what is durable, kept by the checkers alone: ledgers from their postings, exchanges from the journals, and
//! which queue rows are open. The `money` checker lives here: balances are the sums of their postings, and all sum to zero.

mod asked;
mod wrote;

use crate::cast::{NODES, SWITCH, is_acquirer};
use crate::disk::Written;
use slipway_hosts::acquirer::{AcquirerRow, Ground};
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::ledger::{Account, Balance, Cause, Posting, PostingKey};
use slipway_hosts::switch::SwitchRow;
use slipway_node::{Key, OUTBOX_SPACE, Rows};
use slipway_terminal::{Exchange, TerminalRow};
use slipway_terms::{Kind, ResponseCode, Short, SwitchKey, TerminalId, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// A broken rule: checker and detail.
pub type Wrong = (&'static str, String);

/// What one exchange has moved, net; negative what was given back. Unit: minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Moves {
    /// Taken from the cardholder, or borne by a host in the cardholder's place.
    pub debit: i64,
    /// Owed to the merchant.
    pub credit: i64,
    /// Owed by the issuer to the acquirer, at the switch.
    pub position: i64,
    /// What the approval was for, with its sign; `None` if nothing was ever posted.
    pub amount: Option<i64>,
}

#[derive(Debug, Default)]
struct Ledger {
    balances: BTreeMap<Account, i64>,
    sums: BTreeMap<Account, i64>,
    postings: BTreeMap<PostingKey, Posting>,
    total: i64,
}

/// The mirror.
#[derive(Debug, Default)]
pub struct Books {
    ledgers: [Ledger; NODES],
    moves: BTreeMap<SwitchKey, Moves>,
    /// What each exchange has taken from the cardholder's own account, net: what a host bears in his place is not in it.
    charged: BTreeMap<SwitchKey, i64>,
    /// Exchanges as the tills' journals have them.
    pub tills: BTreeMap<TillKey, Exchange>,
    switch_of: BTreeMap<TillKey, SwitchKey>,
    till_of: BTreeMap<SwitchKey, TillKey>,
    /// Open rows of queue tables and outboxes: node, table, key.
    pub open: BTreeSet<(usize, &'static str, Key)>,
    /// Cases at the acquirers, and whether each is open.
    pub cases: BTreeMap<(TillKey, u8), (Ground, bool)>,
    /// In which order exchanges were first seen: clocks may be wrong.
    order: BTreeMap<TillKey, usize>,
    /// How hosts stand with an exchange, by node.
    at_acquirer: BTreeMap<TillKey, &'static str>,
    at_switch: BTreeMap<SwitchKey, &'static str>,
    at_issuer: BTreeMap<(usize, SwitchKey), &'static str>,
    /// Open holds by issuer and account, and what the account rows say is held.
    holds: BTreeMap<SwitchKey, (usize, Short<19>, i64)>,
    held: BTreeMap<(usize, Short<19>), i64>,
    /// What kind the issuers take an exchange for.
    kinds: BTreeMap<SwitchKey, Kind>,
    /// Exchanges whose slip was confirmed to the acquirer.
    confirmed: BTreeSet<TillKey>,
    /// Tills that were lost for good.
    lost: BTreeSet<TerminalId>,
    /// Why acquirers closed batches by themselves, since it was last asked.
    pub shut: BTreeSet<&'static str>,
    /// Debits that were released from suspense.
    released: BTreeSet<SwitchKey>,
    /// What became of suspended debits, since it was last asked.
    pub suspended: BTreeSet<&'static str>,
    /// What became of second payments, since it was last asked.
    pub second: BTreeSet<&'static str>,
    /// Refunds that an acquirer made itself on a person's word: the finding is their slip.
    own: BTreeMap<TillKey, i64>,
    /// Which purchase a refund gives back, as the acquirer has found it: the till may know a reference only.
    refund_of: BTreeMap<TillKey, TillKey>,
    /// Tills whose acquirer knows who took over.
    pub heirs: BTreeSet<TerminalId>,
    /// Exchanges of devices that were wiped.
    wiped: BTreeSet<TillKey>,
    /// Exchanges of which somebody has a paper in hand.
    pub paper: BTreeSet<TillKey>,
    /// Exchanges whose merchant first showed nothing, and whose slip comes late: no slip until the acquirer has booked it.
    denied: BTreeSet<TillKey>,
    /// All that were ever so.
    late: BTreeSet<TillKey>,
    /// What an acquirer has asked an issuer for again, and the answer.
    pub asked_again: BTreeMap<SwitchKey, Option<ResponseCode>>,
    /// Copies of slips.
    pub archive: super::archive::Archive,
    /// What an acquirer has asked an issuer to give back, as its void has a late slip, and the answer.
    pub gives_back: BTreeMap<SwitchKey, Option<ResponseCode>>,
    limits: super::limits::Limits,
    days: [super::days::DaysOf; NODES],
    /// What steps of disputes have moved, by their own keys, and of which exchange; as far as any house has written it.
    pub disputed: BTreeMap<SwitchKey, SwitchKey>,
    /// What became of disputes, since it was last asked.
    pub dispute_words: BTreeSet<&'static str>,
    /// Which earlier exchange one is about, as the tills have it.
    about: BTreeMap<TillKey, TillKey>,
    /// Exchanges that a house has written a case or a dispute about, since it was last asked.
    pub argued_now: BTreeSet<TillKey>,
    /// All that were ever so: people go on asking about them.
    pub argued: BTreeSet<TillKey>,
}

impl Books {
    /// One durable batch. Says which exchanges it touched.
    pub fn take(&mut self, node: usize, written: &Written, wrong: &mut Vec<Wrong>) -> BTreeSet<SwitchKey> {
        let mut touched = BTreeSet::new();
        let open_before: BTreeSet<TillKey> = self.open_cases().map(|(till, _)| till).collect();
        for (key, row) in written {
            self.queues(node, *key, row.is_some());
            let Some(bytes) = row else { continue };
            if key.space() == OUTBOX_SPACE {
                continue;
            }
            let read = match node {
                n if is_acquirer(n) => {
                    AcquirerRow::decode(key.space(), bytes).map(|row| self.acquirer_wrote(n, row, &mut touched, wrong))
                }
                SWITCH => SwitchRow::decode(key.space(), bytes).map(|row| self.switch_wrote(row, &mut touched, wrong)),
                n if n > SWITCH => {
                    IssuerRow::decode(key.space(), bytes).map(|row| self.issuer_wrote(n, row, &mut touched, wrong))
                }
                _ => TerminalRow::decode(key.space(), bytes).map(|row| self.till_wrote(row, &mut touched, wrong)),
            };
            if let Err(damage) = read {
                wrong.push(("money", damage.to_string()));
            }
        }
        let removed = std::mem::take(&mut self.archive.removed);
        let held = |till: &TillKey| open_before.contains(till) && self.open_cases().any(|(open, _)| open == *till);
        wrong.extend(
            removed
                .iter()
                .filter(|till| held(till))
                .map(|till| ("archive", format!("the slip of {till} was removed under its case"))),
        );
        if node > SWITCH {
            let balance = |account: &Account| self.ledgers[node].balances.get(account).copied().unwrap_or(0);
            wrong.extend(self.limits.judge(balance));
            wrong.extend(self.holds_off(node));
        }
        self.weigh(node, wrong);
        self.days[node].weigh(node, wrong);
        touched
    }

    fn queues(&mut self, node: usize, key: Key, put: bool) {
        let spaces = match node {
            n if is_acquirer(n) => AcquirerRow::SPACES,
            SWITCH => SwitchRow::SPACES,
            n if n > SWITCH => IssuerRow::SPACES,
            _ => TerminalRow::SPACES,
        };
        let name = match spaces.iter().find(|space| space.byte == key.space() && space.queue) {
            Some(space) => space.name,
            None if key.space() == OUTBOX_SPACE => "outbox",
            None => return,
        };
        if put {
            self.open.insert((node, name, key));
        } else {
            self.open.remove(&(node, name, key));
        }
    }

    fn balance(&mut self, node: usize, balance: &Balance) {
        let ledger = &mut self.ledgers[node];
        let before = ledger.balances.insert(balance.account, balance.minor).unwrap_or(0);
        ledger.total += balance.minor - before;
    }

    fn posting(&mut self, node: usize, posting: Posting, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
        let sum: i64 = posting.legs.iter().map(|(_, minor)| minor).sum();
        if sum != 0 {
            wrong.push(("money", format!("the legs of {} {:?} sum to {sum}", posting.exchange, posting.cause)));
        }
        let ledger = &mut self.ledgers[node];
        if let Some(before) = ledger.postings.insert(posting.key(), posting.clone()) {
            if before != posting {
                wrong.push(("money", format!("the posting of {} {:?} was rewritten", posting.exchange, posting.cause)));
            }
            return;
        }
        self.days[node].posted(&posting, wrong);
        let ledger = &mut self.ledgers[node];
        for (account, minor) in &posting.legs {
            *ledger.sums.entry(*account).or_default() += minor;
        }
        if posting.cause == Cause::Opening || posting.cause.is_after() {
            return;
        }
        let moves = self.moves.entry(posting.exchange).or_default();
        let mut whole = 0;
        for (account, minor) in &posting.legs {
            let moved = match account {
                Account::Cardholder(_) => {
                    *self.charged.entry(posting.exchange).or_default() += minor;
                    (&mut moves.debit, *minor)
                }
                // What the acquirer bears is asked of nobody else.
                Account::Loss if node < SWITCH => {
                    moves.position += minor;
                    (&mut moves.debit, *minor)
                }
                Account::Loss => (&mut moves.debit, *minor),
                Account::MerchantPayable(_) => (&mut moves.credit, -minor),
                Account::Member(id) if *id == posting.exchange.acquirer => (&mut moves.position, -minor),
                _ => continue,
            };
            *moved.0 += moved.1;
            whole = moved.1;
        }
        if posting.cause == Cause::Approval {
            moves.amount = Some(whole);
        }
        if node < SWITCH && posting.cause == Cause::Redo {
            let till = self.till_of(&posting.exchange);
            self.denied.retain(|denied| Some(*denied) != till);
        }
        if node > SWITCH {
            self.limits.posted(&posting, self.kinds.get(&posting.exchange).copied());
        }
        touched.insert(posting.exchange);
    }

    /// Accounts whose held money is not the sum of their open holds.
    fn holds_off(&self, node: usize) -> Vec<Wrong> {
        let mut sums: BTreeMap<Short<19>, i64> = BTreeMap::new();
        for (_, account, open) in self.holds.values().filter(|(of, _, _)| *of == node) {
            *sums.entry(*account).or_default() += open;
        }
        let held = |account: &Short<19>| self.held.get(&(node, *account)).copied().unwrap_or(0);
        let off = sums.iter().filter(|(account, sum)| held(account) != **sum);
        off.map(|(account, sum)| ("money", format!("{} is held on {account}, its open holds are {sum}", held(account))))
            .collect()
    }

    /// The `money` checker, after every commit.
    fn weigh(&self, node: usize, wrong: &mut Vec<Wrong>) {
        let ledger = &self.ledgers[node];
        if ledger.total != 0 {
            wrong.push(("money", format!("the ledger of {} sums to {}", crate::cast::call_name(node), ledger.total)));
        }
        let off = ledger.sums.iter().find(|(account, sum)| ledger.balances.get(account).copied().unwrap_or(0) != **sum);
        if let Some((account, sum)) = off {
            wrong.push((
                "money",
                format!("{account:?} of {} is not {sum}, the sum of its postings", crate::cast::call_name(node)),
            ));
        }
    }
}

//! A mirror of what is durable, kept by the checkers alone: ledgers from their postings, exchanges from the journals, and
//! which queue rows are open. The `money` checker lives here: balances are the sums of their postings, and all sum to zero.

use crate::cast::{ACQUIRER, ISSUERS, NODES, SWITCH};
use crate::disk::Written;
use slipway_hosts::acquirer::{AcquirerRow, Exchange as Taken};
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::ledger::{Account, Balance, Cause, Posting, PostingKey};
use slipway_hosts::switch::SwitchRow;
use slipway_node::{Key, OUTBOX_SPACE, Rows};
use slipway_terminal::{Exchange, Standing, TerminalRow};
use slipway_terms::{Kind, SwitchKey, TerminalId, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// A broken rule: checker and detail.
pub type Wrong = (&'static str, String);

/// What one exchange has moved, net. Unit: minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Moves {
    /// Taken from the cardholder.
    pub debit: i64,
    /// Owed to the merchant.
    pub credit: i64,
    /// Owed by the issuer to the acquirer, at the switch.
    pub position: i64,
    /// What the approval was for; `None` if nothing was ever posted.
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
    /// Exchanges as the tills' journals have them.
    pub tills: BTreeMap<TillKey, Exchange>,
    switch_of: BTreeMap<TillKey, SwitchKey>,
    till_of: BTreeMap<SwitchKey, TillKey>,
    /// Open rows of queue tables and outboxes: node, table, key.
    pub open: BTreeSet<(usize, &'static str, Key)>,
    /// Open cases at the acquirer: exchange and ground.
    pub cases: BTreeMap<(TillKey, String), bool>,
}

impl Books {
    /// One durable batch. Says which exchanges it touched.
    pub fn take(&mut self, node: usize, written: &Written, wrong: &mut Vec<Wrong>) -> BTreeSet<SwitchKey> {
        let mut touched = BTreeSet::new();
        for (key, row) in written {
            self.queues(node, *key, row.is_some());
            let Some(bytes) = row else { continue };
            if key.space() == OUTBOX_SPACE {
                continue;
            }
            let read = match node {
                ACQUIRER => {
                    AcquirerRow::decode(key.space(), bytes).map(|row| self.at_acquirer(row, &mut touched, wrong))
                }
                SWITCH => SwitchRow::decode(key.space(), bytes).map(|row| self.at_switch(row, &mut touched, wrong)),
                n if n > SWITCH => {
                    IssuerRow::decode(key.space(), bytes).map(|row| self.at_issuer(node, row, &mut touched, wrong))
                }
                _ => TerminalRow::decode(key.space(), bytes).map(|row| self.at_till(row, &mut touched, wrong)),
            };
            if let Err(damage) = read {
                wrong.push(("money", damage.to_string()));
            }
        }
        self.weigh(node, wrong);
        touched
    }

    fn queues(&mut self, node: usize, key: Key, put: bool) {
        let spaces = match node {
            ACQUIRER => AcquirerRow::SPACES,
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

    fn at_till(&mut self, row: TerminalRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
        let TerminalRow::Exchange(exchange) = row else { return };
        let key = exchange.key;
        touched.extend(self.switch_of.get(&key));
        let slip = exchange.slip.is_some();
        // An inquiry is shown, not printed.
        if exchange.kind.shape().moves_money && slip != (exchange.standing == Standing::Approved) {
            wrong.push(("slips", format!("{key} is {:?} and has a slip: {slip}", exchange.standing)));
        }
        if let Some(before) = self.tills.insert(key, exchange)
            && before.slip.is_some()
            && !slip
        {
            wrong.push(("slips", format!("the slip record of {key} was taken away")));
        }
    }

    fn at_acquirer(&mut self, row: AcquirerRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
        match row {
            AcquirerRow::Exchange(Taken::Original(original)) => {
                let (till, switch) = (original.till, original.switch);
                let before = self.switch_of.insert(till, switch);
                let other = self.till_of.insert(switch, till);
                if before.is_some_and(|before| before != switch) || other.is_some_and(|other| other != till) {
                    wrong.push(("once", format!("{till} and {switch} are not one exchange only")));
                }
                touched.insert(switch);
            }
            AcquirerRow::Case(case) => {
                self.cases.insert((case.till, format!("{:?}", case.ground)), case.closed.is_none());
            }
            AcquirerRow::Balance(balance) => self.balance(ACQUIRER, &balance),
            AcquirerRow::Posting(posting) => self.posting(ACQUIRER, posting, touched, wrong),
            _ => {}
        }
    }

    fn at_switch(&mut self, row: SwitchRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
        match row {
            SwitchRow::Balance(balance) => self.balance(SWITCH, &balance),
            SwitchRow::Posting(posting) => self.posting(SWITCH, posting, touched, wrong),
            _ => {}
        }
    }

    fn at_issuer(&mut self, node: usize, row: IssuerRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
        match row {
            IssuerRow::Balance(balance) => self.balance(node, &balance),
            IssuerRow::Posting(posting) => self.posting(node, posting, touched, wrong),
            _ => {}
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
        for (account, minor) in &posting.legs {
            *ledger.sums.entry(*account).or_default() += minor;
        }
        if posting.cause == Cause::Opening {
            return;
        }
        let moves = self.moves.entry(posting.exchange).or_default();
        for (account, minor) in &posting.legs {
            match account {
                Account::Cardholder(_) => moves.debit += minor,
                Account::MerchantPayable(_) => moves.credit -= minor,
                Account::Member(id) if Some(*id) == crate::cast::institution(ACQUIRER) => moves.position -= minor,
                _ => {}
            }
        }
        if posting.cause == Cause::Approval {
            moves.amount = posting.legs.iter().map(|(_, minor)| *minor).max();
        }
        touched.insert(posting.exchange);
    }

    /// The `money` checker, after every commit.
    fn weigh(&self, node: usize, wrong: &mut Vec<Wrong>) {
        let ledger = &self.ledgers[node];
        if ledger.total != 0 {
            wrong.push(("money", format!("the ledger of {} sums to {}", crate::cast::name(node), ledger.total)));
        }
        let off = ledger.sums.iter().find(|(account, sum)| ledger.balances.get(account).copied().unwrap_or(0) != **sum);
        if let Some((account, sum)) = off {
            wrong.push((
                "money",
                format!("{account:?} of {} is not {sum}, the sum of its postings", crate::cast::name(node)),
            ));
        }
    }

    /// What an exchange has moved.
    pub fn moves(&self, exchange: &SwitchKey) -> Moves {
        self.moves.get(exchange).copied().unwrap_or_default()
    }

    /// What an exchange of a till has moved.
    pub fn moves_of(&self, till: &TillKey) -> Moves {
        self.switch_of.get(till).map(|key| self.moves(key)).unwrap_or_default()
    }

    /// The till's name of an exchange.
    pub fn till_of(&self, exchange: &SwitchKey) -> Option<TillKey> {
        self.till_of.get(exchange).copied()
    }

    /// The amount on the slip of an exchange, if there is a slip record.
    pub fn slip_amount(&self, till: &TillKey) -> Option<i64> {
        let exchange = self.tills.get(till).filter(|exchange| exchange.slip.is_some())?;
        Some(exchange.amount.filter(|_| exchange.kind.shape().moves_money).map_or(0, |amount| amount.signed()))
    }

    /// The newest purchases of all tills: what people ask about.
    pub fn newest(&self, most: usize) -> Vec<TillKey> {
        let sales = self.tills.values().filter(|exchange| exchange.kind.shape().moves_money);
        let mut all: Vec<_> = sales.map(|exchange| (exchange.sent_at, exchange.key)).collect();
        all.sort_unstable();
        all.into_iter().rev().take(most).map(|(_, key)| key).collect()
    }

    /// The newest exchange of one till.
    pub fn newest_of(&self, terminal: &TerminalId) -> Option<&Exchange> {
        let own = self.tills.values().filter(|exchange| exchange.key.terminal == *terminal);
        own.max_by_key(|exchange| exchange.sent_at)
    }

    /// How many sales a till has sent.
    pub fn sales_of(&self, terminal: &TerminalId) -> usize {
        let own = self.tills.values().filter(|exchange| exchange.key.terminal == *terminal);
        own.filter(|exchange| exchange.kind == Kind::Sale).count()
    }

    /// Every exchange that ever moved money.
    pub fn all_moves(&self) -> impl Iterator<Item = (&SwitchKey, &Moves)> {
        self.moves.iter()
    }

    /// How often an exchange was posted for this cause at an issuer.
    pub fn posted(&self, exchange: &SwitchKey, cause: Cause) -> bool {
        ISSUERS.iter().any(|node| self.ledgers[*node].postings.contains_key(&(*exchange, cause as u8)))
    }
}

//! Double entry: every posting is immutable, names its cause, and sums to zero. Each host keeps a ledger of its own.

use crate::standing::standing;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Node, Record, Wants};
use slipway_terms::{BusinessDate, InstitutionId, MerchantId, Moment, Rrn, Short, SwitchKey};

/// An account of a host's ledger. Balances are debits minus credits, so all of a host's accounts sum to zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Account {
    /// Issuer: one cardholder account (owed to the holder: credit balance).
    Cardholder(Short<19>),
    /// Issuer: approved debits not yet cleared (挂账).
    Suspense,
    /// Issuer: the contra of opening balances.
    Opening,
    /// Settlement with the network.
    Network,
    /// Acquirer: what the network owes for captured sales.
    NetworkReceivable,
    /// Acquirer: what is owed to one merchant, gross.
    MerchantPayable(MerchantId),
    /// Switch: position of one member.
    Member(InstitutionId),
    /// Offline approvals that nobody can be debited for: borne by whoever owes the answer (rules 3).
    Loss,
    /// Acquirer: what merchants pay for card sales.
    Discount,
    /// Acquirer: what goes out to the merchants' own accounts, by the bank's file.
    Payout,
    /// Acquirer: owed to one merchant, and held for a doubt (rules 11).
    MerchantHeld(MerchantId),
    /// Acquirer: owed to one merchant, and reserved by his contract.
    MerchantReserve(MerchantId),
}

impl Account {
    /// The account as a key part: a tag and at most 19 bytes.
    pub fn name(&self) -> Short<20> {
        let (tag, rest) = match self {
            Self::Cardholder(no) => ("C", no.as_str()),
            Self::Suspense => ("S", ""),
            Self::Opening => ("O", ""),
            Self::Network => ("N", ""),
            Self::NetworkReceivable => ("R", ""),
            Self::MerchantPayable(id) => ("M", id.as_str()),
            Self::Member(id) => ("I", id.as_str()),
            Self::Loss => ("L", ""),
            Self::Discount => ("D", ""),
            Self::Payout => ("P", ""),
            Self::MerchantHeld(id) => ("H", id.as_str()),
            Self::MerchantReserve(id) => ("V", id.as_str()),
        };
        let mut text = alloc::string::String::from(tag);
        text.push_str(rest);
        Short::cut(&text)
    }
}

/// The running balance of one account: the sum of its legs, written in the same commit as each posting.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Balance {
    /// Which account.
    pub account: Account,
    /// Debits minus credits, minor units.
    pub minor: i64,
}

/// Why a posting was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Cause {
    /// Seeded at opening.
    Opening,
    /// An approved debit or capture.
    Approval,
    /// An undo of the approval of the same exchange.
    Undo,
    /// A later finding that takes the undo back, or moves the difference to the slip: once.
    Redo,
    /// It has appeared in a clearing file.
    Cleared,
    /// Its reversal of a later day has appeared.
    ClearedBack,
    /// It has appeared again, by a finding.
    ClearedAgain,
    /// A merchant's day was settled: it is about no exchange.
    Settled,
    /// A bank has sent a payout back (退汇).
    SentBack,
    /// A payout that came back was paid again.
    PaidAgain,
}

impl Cause {
    /// Whether it is of the day after, and no business day counts it: it moves what is between a host and the network, or what
    /// goes out to a merchant.
    pub const fn is_after(self) -> bool {
        let paid = matches!(self, Self::Settled | Self::SentBack | Self::PaidAgain);
        paid || matches!(self, Self::Cleared | Self::ClearedBack | Self::ClearedAgain)
    }
}

/// One posting: its cause and legs. Key: exchange and cause, so one exchange can be posted once and undone once, by construction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Posting {
    /// The exchange that caused it.
    pub exchange: SwitchKey,
    /// Why.
    pub cause: Cause,
    /// Reference number, for people.
    pub rrn: Option<Rrn>,
    /// When.
    pub at: Moment,
    /// The business day it counts on; never a day that was closed (rules 5).
    pub day: BusinessDate,
    /// Account and signed minor units: debit positive, credit negative.
    pub legs: Vec<(Account, i64)>,
}

/// Key of a posting: exchange, then cause.
pub type PostingKey = (SwitchKey, u8);

impl Posting {
    /// Debit one account, credit another; the other way round if the amount is negative.
    pub fn simple(
        exchange: SwitchKey,
        cause: Cause,
        rrn: Option<Rrn>,
        at: Moment,
        day: BusinessDate,
        debit: Account,
        credit: Account,
        minor: i64,
    ) -> Self {
        Self { exchange, cause, rrn, at, day, legs: alloc::vec![(debit, minor), (credit, -minor)] }
    }

    /// The posting's key.
    pub const fn key(&self) -> PostingKey {
        (self.exchange, self.cause as u8)
    }

    /// The mirror posting that undoes this one, on the day of the undo.
    pub fn undo(&self, at: Moment, day: BusinessDate) -> Self {
        Self {
            cause: Cause::Undo,
            at,
            day,
            legs: self.legs.iter().map(|(account, minor)| (*account, -minor)).collect(),
            ..self.clone()
        }
    }
}

/// Wants the balances that a posting on these accounts will change.
pub fn want<R>(accounts: &[Account], out: &mut Wants)
where
    Balance: Record<R, Key = Short<20>>,
{
    for account in accounts {
        out.row::<Balance, R>(&account.name());
    }
}

/// Writes a posting and its balances. Its legs sum to zero, or the node stops: money is neither created nor destroyed.
pub fn post<N: Node>(posting: Posting, facts: &Facts<'_, N>, decision: &mut Decision<N>)
where
    Balance: Record<N::Row, Key = Short<20>>,
    Posting: Record<N::Row, Key = PostingKey>,
{
    assert_eq!(posting.legs.iter().map(|(_, minor)| minor).sum::<i64>(), 0, "a posting's legs sum to zero");
    for (at, (account, minor)) in posting.legs.iter().enumerate() {
        // One leg an account, or what a posting does to it would not be read at one place.
        assert!(posting.legs[..at].iter().all(|(other, _)| other != account), "a posting has one leg an account");
        let name = account.name();
        let before = standing::<Balance, N>(&name, facts, decision).map_or(0, |b| b.minor);
        decision.put(&name, Balance { account: *account, minor: before + minor });
    }
    decision.put(&posting.key(), posting);
}

/// Writes many postings of one decision. A balance is read once and written once, whatever moved it.
pub fn post_all<N: Node>(postings: Vec<Posting>, facts: &Facts<'_, N>, decision: &mut Decision<N>)
where
    Balance: Record<N::Row, Key = Short<20>>,
    Posting: Record<N::Row, Key = PostingKey>,
{
    let mut moved = BTreeMap::<Account, i64>::new();
    for posting in postings {
        assert_eq!(posting.legs.iter().map(|(_, minor)| minor).sum::<i64>(), 0, "a posting's legs sum to zero");
        for (account, minor) in &posting.legs {
            *moved.entry(*account).or_default() += minor;
        }
        decision.put(&posting.key(), posting);
    }
    for (account, minor) in moved {
        let name = account.name();
        let before = facts.get::<Balance>(&name).map_or(0, |balance| balance.minor);
        decision.put(&name, Balance { account, minor: before + minor });
    }
}

/// What an audit adds up: fed with every balance and posting of one host's store, in any order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    accounts: BTreeMap<Account, (i64, i64)>,
    lopsided: u64,
}

impl Sums {
    /// Takes one balance row into the sums.
    pub fn balance(&mut self, balance: &Balance) {
        self.accounts.entry(balance.account).or_default().0 += balance.minor;
    }

    /// Takes one posting into the sums.
    pub fn posting(&mut self, posting: &Posting) {
        for (account, minor) in &posting.legs {
            self.accounts.entry(*account).or_default().1 += minor;
        }
        self.lopsided += u64::from(posting.legs.iter().map(|(_, minor)| minor).sum::<i64>() != 0);
    }

    /// Sum of all balances; zero, or money was created or destroyed.
    pub fn total(&self) -> i64 {
        self.accounts.values().map(|(balance, _)| balance).sum()
    }

    /// Balance of one account as its row says.
    pub fn of(&self, account: &Account) -> i64 {
        self.accounts.get(account).map_or(0, |(balance, _)| *balance)
    }

    /// Accounts whose balance is not the sum of their postings: account, balance, sum.
    pub fn off(&self) -> Vec<(Account, i64, i64)> {
        let wrong = self.accounts.iter().filter(|(_, (balance, legs))| balance != legs);
        wrong.map(|(account, (balance, legs))| (*account, *balance, *legs)).collect()
    }

    /// Whether balances sum to zero, agree with the postings, and every posting sums to zero.
    pub fn sound(&self) -> bool {
        self.total() == 0 && self.lopsided == 0 && self.off().is_empty()
    }
}

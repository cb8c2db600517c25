//! Net positions of a day. Must sum to zero with the network's own, or money was made on the way.

use super::Detail;
use alloc::collections::BTreeMap;
use slipway_terms::InstitutionId;

/// What one member has to get (positive) or to pay (negative), and what it is made of. Unit: fen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Position {
    /// Entries in which it is acquirer.
    pub acquired: u64,
    /// Entries in which it is issuer.
    pub issued: u64,
    /// Gross as acquirer less gross as issuer.
    pub gross_fen: i128,
    /// Issuer's fees: got as issuer less paid as acquirer.
    pub issuer_fee_fen: i128,
    /// Network fees; never positive on a usual day.
    pub network_fee_fen: i128,
}

impl Position {
    /// What is settled.
    pub const fn net_fen(&self) -> i128 {
        self.gross_fen + self.issuer_fee_fen + self.network_fee_fen
    }
}

/// Positions of all members of a day; fed with every entry once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Positions {
    members: BTreeMap<InstitutionId, Position>,
    network_fen: i128,
}

impl Positions {
    /// Takes one entry into the positions of its acquirer, its issuer and the network.
    pub fn add(&mut self, detail: &Detail) {
        let amount = i128::from(detail.amount_fen);
        let [issuer_fee, net_issuer, net_acquirer] = detail.fees.map(i128::from);
        let (by_issuer, by_acquirer) =
            if detail.acquirer_bears_all { (0, net_issuer + net_acquirer) } else { (net_issuer, net_acquirer) };
        let acquirer = self.members.entry(detail.acquirer).or_default();
        acquirer.acquired += 1;
        acquirer.gross_fen += amount;
        acquirer.issuer_fee_fen -= issuer_fee;
        acquirer.network_fee_fen -= by_acquirer;
        let issuer = self.members.entry(detail.issuer).or_default();
        issuer.issued += 1;
        issuer.gross_fen -= amount;
        issuer.issuer_fee_fen += issuer_fee;
        issuer.network_fee_fen -= by_issuer;
        self.network_fen += by_issuer + by_acquirer;
    }

    /// Each member's position, in order of their numbers.
    pub fn members(&self) -> impl Iterator<Item = (InstitutionId, &Position)> {
        self.members.iter().map(|(member, position)| (*member, position))
    }

    /// The network's own income.
    pub const fn network_fen(&self) -> i128 {
        self.network_fen
    }

    /// Zero, or money was made or lost.
    pub fn total_fen(&self) -> i128 {
        self.members.values().map(Position::net_fen).sum::<i128>() + self.network_fen
    }
}

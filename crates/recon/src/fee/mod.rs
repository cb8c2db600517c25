//! Fees of one exchange, leg by leg, to the fen. Must never use a float, nor today's book for yesterday's sale: the terms are
//! frozen in the exchange, and a refund is reckoned by the terms of its original (rules 9).

mod book;
mod read;
mod refund;
mod relief;

pub use book::{FEES_CN, FeeBook, FeeFault, Version};
pub use refund::{RefundFault, Refunded};
pub use relief::{Relief, ReliefFault};

use slipway_terms::Amount;
pub use slipway_terms::CardType;

/// The class of merchant that a relief is given to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FeeClass {
    /// No relief.
    Standard,
    /// Supermarkets, fuel and the like, for the time of the transition.
    Discount,
    /// Hospitals, schools, welfare without profit.
    Nonprofit,
}

/// Who takes a fee from whom.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Leg {
    /// The issuer's fee, from the acquirer.
    Issuer,
    /// The network's half from the issuer.
    NetIssuer,
    /// The network's half from the acquirer.
    NetAcquirer,
}

impl Leg {
    /// All legs, in the order of [`Fees`] and of the clearing file.
    pub const ALL: [Self; 3] = [Self::Issuer, Self::NetIssuer, Self::NetAcquirer];
}

/// A share of an amount. Unit of the share: parts per thousand million, so 0.0325 % is exact; the cap in fen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rate {
    /// Parts per thousand million.
    pub ppb: u64,
    /// The most that is taken, in fen.
    pub cap_fen: Option<u64>,
}

impl Rate {
    /// One whole.
    pub const WHOLE: u64 = 1_000_000_000;

    /// The fee in fen: half-up, then the cap (rules 9). The other order would take 13.01 where 13.00 is the most.
    pub fn fee(self, amount_fen: u64) -> u64 {
        let exact = u128::from(amount_fen) * u128::from(self.ppb);
        let rounded = (exact + u128::from(Self::WHOLE) / 2) / u128::from(Self::WHOLE);
        // A share of at most one whole of a u64 is a u64; a book with more does not load.
        let rounded = u64::try_from(rounded).unwrap_or(u64::MAX);
        self.cap_fen.map_or(rounded, |cap| rounded.min(cap))
    }
}

/// The fees of one exchange in fen, positive as charged. A return is the same with the sign turned by whoever posts it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fees {
    /// Acquirer to issuer.
    pub issuer: u64,
    /// The network's half from the issuer's side.
    pub net_issuer: u64,
    /// The network's half from the acquirer.
    pub net_acquirer: u64,
}

impl Fees {
    /// Of one leg.
    pub const fn of(&self, leg: Leg) -> u64 {
        match leg {
            Leg::Issuer => self.issuer,
            Leg::NetIssuer => self.net_issuer,
            Leg::NetAcquirer => self.net_acquirer,
        }
    }

    pub(crate) fn each(mut per_leg: impl FnMut(Leg) -> u64) -> Self {
        Self {
            issuer: per_leg(Leg::Issuer),
            net_issuer: per_leg(Leg::NetIssuer),
            net_acquirer: per_leg(Leg::NetAcquirer),
        }
    }
}

/// What one exchange is charged by, frozen with it: later books change nothing about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FeeTerms {
    /// Debit or credit.
    pub card: CardType,
    /// The merchant's class.
    pub class: FeeClass,
    /// By leg, in the order of [`Leg::ALL`].
    pub rates: [Rate; 3],
    /// Whether a refund gives the leg back, in the same order.
    pub gives_back: [bool; 3],
    /// Whether the acquirer bears the issuer's half of the network fee too, as the trade counts it.
    pub acquirer_bears_all: bool,
}

impl FeeTerms {
    /// The fee of one leg.
    pub fn fee(&self, leg: Leg, amount_fen: u64) -> u64 {
        self.rates[leg as usize].fee(amount_fen)
    }

    /// All legs of a sale or completion.
    pub fn charge(&self, amount: Amount) -> Fees {
        Fees::each(|leg| self.fee(leg, amount.minor()))
    }

    /// What the acquirer pays of these fees: what its contract with the merchant must at least bring in.
    pub const fn acquirer_cost(&self, fees: &Fees) -> u64 {
        fees.issuer + fees.net_acquirer + if self.acquirer_bears_all { fees.net_issuer } else { 0 }
    }

    /// Splits what the merchant pays. The acquirer has what is left, also when that is a loss, so no fen is lost or made.
    pub const fn split(&self, discount_fen: u64, fees: &Fees) -> Split {
        let network = fees.net_acquirer + if self.acquirer_bears_all { fees.net_issuer } else { 0 };
        Split {
            issuer: fees.issuer.cast_signed(),
            network: network.cast_signed(),
            acquirer: discount_fen.cast_signed() - self.acquirer_cost(fees).cast_signed(),
        }
    }
}

/// Who has what of the merchant's discount, in fen; the parts sum to the whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split {
    /// The issuer's fee.
    pub issuer: i64,
    /// The network's, as far as the acquirer bears it.
    pub network: i64,
    /// The rest; negative when the contract is below cost.
    pub acquirer: i64,
}

impl Split {
    /// The whole.
    pub const fn sum(&self) -> i64 {
        self.issuer + self.network + self.acquirer
    }
}

//! Money: minor units of one currency, never a float.

use crate::BadShape;
use core::fmt;
use serde::{Deserialize, Serialize};

/// ISO 4217 numeric currency. Shape: DE 49, 3 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Currency(pub u16);

impl Currency {
    /// Renminbi, 156.
    pub const CNY: Self = Self(156);
}

/// Money in minor units of one currency.
/// Shape: DE 4, 12 digits, with DE 49. Unit: minor units (fen for CNY). Holds: ≤ 999,999,999,999.
/// Errors: [`BadShape`] when larger, or when two currencies are added.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Amount {
    minor: u64,
    currency: Currency,
}

impl Amount {
    /// The largest amount that fits DE 4.
    pub const MINOR_MAX: u64 = 999_999_999_999;

    /// `minor` units of `currency`.
    pub const fn new(minor: u64, currency: Currency) -> Result<Self, BadShape> {
        if minor > Self::MINOR_MAX { Err(BadShape("amount above 12 digits")) } else { Ok(Self { minor, currency }) }
    }

    /// Fen, cut at the largest amount of DE 4; for amounts that are known to fit.
    pub const fn fen(minor: u64) -> Self {
        Self { minor: if minor > Self::MINOR_MAX { Self::MINOR_MAX } else { minor }, currency: Currency::CNY }
    }

    /// Yuan with at most two decimals, as people write it: `88`, `88.5`, `88.00`.
    ///
    /// # Errors
    /// [`BadShape`] for anything else, and above 12 digits of fen.
    pub fn from_yuan(text: &str) -> Result<Self, BadShape> {
        const BAD: BadShape = BadShape("not an amount in yuan");
        let (yuan, cents) = text.split_once('.').unwrap_or((text, "00"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(yuan) || !digits(cents) || cents.len() > 2 {
            return Err(BAD);
        }
        let (yuan, tens): (u64, u64) = (yuan.parse().map_err(|_| BAD)?, cents.parse().map_err(|_| BAD)?);
        let fen =
            yuan.checked_mul(100).and_then(|fen| fen.checked_add(if cents.len() == 1 { tens * 10 } else { tens }));
        Self::new(fen.ok_or(BAD)?, Currency::CNY)
    }

    /// Minor units.
    pub const fn minor(self) -> u64 {
        self.minor
    }

    /// Minor units with a sign of their own, for ledger legs: always fits, DE 4 has 12 digits.
    pub const fn signed(self) -> i64 {
        self.minor.cast_signed()
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum; [`BadShape`] if the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, BadShape> {
        if self.currency != other.currency {
            return Err(BadShape("two currencies in one sum"));
        }
        Self::new(self.minor + other.minor, self.currency)
    }
}

impl fmt::Display for Amount {
    /// Two decimals, always: `88.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.minor / 100, self.minor % 100)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}/{}", self.currency.0)
    }
}

/// A balance told to the cardholder. Shape: DE 54, 20 characters: account type 2, amount type 2, currency 3, C or D, amount 12.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Balance {
    /// Account type, 2 digits (10 savings, 30 credit …).
    pub account_type: u8,
    /// Amount type, 2 digits (01 ledger, 02 available).
    pub amount_type: u8,
    /// How much.
    pub amount: Amount,
    /// `true` for D: the cardholder owes.
    pub owed: bool,
}

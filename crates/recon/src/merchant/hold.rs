//! A hold on merchant money. Must never be without a ground from the list, an end, two persons, or above the doubt (rules 11).

use super::registration::Person;
use alloc::format;
use alloc::string::String;
use core::fmt;
pub use slipway_terms::HoldGround as Ground;
use slipway_terms::{Amount, BusinessDate, Lang};

/// The number of a hold. Who makes it: the acquirer; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HoldNo(pub u64);

/// A hold. Its fields are read only: it was checked when it was placed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    no: HoldNo,
    ground: Ground,
    doubt_fen: u64,
    fen: u64,
    from: BusinessDate,
    until: BusinessDate,
    by: Person,
    agreed: Person,
}

/// Why a hold cannot be placed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HoldFault {
    /// Nothing would be held.
    Zero,
    /// More than is in doubt.
    AboveDoubt {
        /// What is in doubt, in fen.
        doubt_fen: u64,
    },
    /// It would end before it begins, or after more than the longest time.
    End,
    /// One person twice.
    OnePerson,
}

impl fmt::Display for HoldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("暂缓金额为零 a hold of nothing"),
            Self::AboveDoubt { doubt_fen } => {
                let doubt = Amount::fen(*doubt_fen);
                write!(f, "暂缓金额超过存疑金额 {doubt} more than the {doubt} in doubt")
            }
            Self::End => {
                write!(
                    f,
                    "暂缓没有有效的截止日（最长 {} 天） no valid end date, {} days at most",
                    Hold::DAYS_MAX,
                    Hold::DAYS_MAX
                )
            }
            Self::OnePerson => f.write_str("须两人办理 two persons are needed"),
        }
    }
}

impl core::error::Error for HoldFault {}

impl Hold {
    /// The longest hold, in days; a longer doubt needs a new hold with a ground that still stands.
    pub const DAYS_MAX: i64 = 180;

    /// Places a hold: `fen` of the `doubt_fen` in doubt, up to and including the day `until`.
    ///
    /// # Errors
    /// [`HoldFault`].
    pub fn place(
        no: HoldNo,
        ground: Ground,
        doubt_fen: u64,
        fen: u64,
        (from, until): (BusinessDate, BusinessDate),
        (by, agreed): (Person, Person),
    ) -> Result<Self, HoldFault> {
        if fen == 0 {
            return Err(HoldFault::Zero);
        }
        if fen > doubt_fen {
            return Err(HoldFault::AboveDoubt { doubt_fen });
        }
        if until < from || until.days() - from.days() > Self::DAYS_MAX {
            return Err(HoldFault::End);
        }
        if by.is_same(&agreed) {
            return Err(HoldFault::OnePerson);
        }
        Ok(Self { no, ground, doubt_fen, fen, from, until, by, agreed })
    }

    /// Its number.
    pub const fn no(&self) -> HoldNo {
        self.no
    }

    /// Why.
    pub const fn ground(&self) -> Ground {
        self.ground
    }

    /// What is in doubt, in fen.
    pub const fn doubt_fen(&self) -> u64 {
        self.doubt_fen
    }

    /// What is held at most, in fen.
    pub const fn fen(&self) -> u64 {
        self.fen
    }

    /// First and last day.
    pub const fn days(&self) -> (BusinessDate, BusinessDate) {
        (self.from, self.until)
    }

    /// Who placed it and who agreed.
    pub const fn persons(&self) -> (&Person, &Person) {
        (&self.by, &self.agreed)
    }

    /// The notice that the merchant gets.
    pub fn notice(&self, lang: Lang) -> String {
        let (held, doubt, ground) = (Amount::fen(self.fen), Amount::fen(self.doubt_fen), self.ground.text(lang));
        let (no, until) = (self.no.0, self.until);
        match lang {
            Lang::Zh => format!("暂缓结算通知 {no}：{held} 元（存疑 {doubt} 元），原因：{ground}，至 {until} 止"),
            Lang::En => {
                format!("Notice of hold {no}: {held} yuan (of {doubt} in doubt), because {ground}; ends on {until}")
            }
        }
    }
}

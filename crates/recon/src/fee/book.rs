//! The fee book: versions by business date, each complete. Must never answer for a day it does not cover, and never load with
//! a gap or an overlap: either would charge a sale by luck.

use super::{CardType, FeeClass, FeeTerms, Leg, Rate};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::BusinessDate;

/// The fee book that comes with the crate.
pub const FEES_CN: &str = include_str!("../../data/fees-cn.txt");

/// The numbers of one stretch of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// First business date.
    pub from: BusinessDate,
    /// Last business date; none: until the next notice.
    pub to: Option<BusinessDate>,
    /// Where its numbers come from.
    pub source: String,
    /// By leg, card type and class.
    pub(super) rates: [[[Option<Rate>; 3]; 2]; 3],
    /// By leg.
    pub(super) gives_back: [Option<bool>; 3],
    pub(super) acquirer_bears_all: Option<bool>,
}

/// Why the book does not load or gives no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FeeFault {
    /// A line that cannot be read; 1 is the first.
    Line {
        /// Which line.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A version without one of its numbers.
    Incomplete {
        /// First day of the version.
        from: BusinessDate,
        /// What is missing.
        missing: &'static str,
    },
    /// Days between two versions that none covers.
    Gap {
        /// Last day covered.
        after: BusinessDate,
        /// First day covered again.
        before: BusinessDate,
    },
    /// A day that two versions cover.
    Overlap {
        /// First day of the later version.
        from: BusinessDate,
    },
    /// No version covers the day.
    Uncovered {
        /// The day asked for.
        date: BusinessDate,
    },
}

impl fmt::Display for FeeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { line, why } => write!(f, "费率表第 {line} 行有误 fee book line {line}: {why}"),
            Self::Incomplete { from, missing } => {
                write!(f, "{from} 起的费率缺项 the version from {from} is incomplete: {missing}")
            }
            Self::Gap { after, before } => {
                write!(f, "{after} 之后至 {before} 之前没有费率 no fees after {after} and before {before}")
            }
            Self::Overlap { from } => write!(f, "{from} 有两个费率版本 two versions cover {from}"),
            Self::Uncovered { date } => write!(f, "{date} 没有费率版本 no version of the fee book covers {date}"),
        }
    }
}

impl core::error::Error for FeeFault {}

/// All versions, in order of time, without gap or overlap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeeBook {
    versions: Vec<Version>,
}

impl FeeBook {
    /// The book that comes with the crate.
    ///
    /// # Errors
    /// Only if the file was changed into one that does not load.
    pub fn china() -> Result<Self, FeeFault> {
        Self::read(FEES_CN)
    }

    /// Reads a book; its format is told at the top of the one that comes with the crate.
    ///
    /// # Errors
    /// The first line that is not understood, an incomplete version, a gap or an overlap.
    pub fn read(text: &str) -> Result<Self, FeeFault> {
        let mut versions = super::read::versions(text)?;
        versions.sort_by_key(|version| version.from);
        for version in &versions {
            version.complete()?;
        }
        for pair in versions.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            match before.to {
                Some(to) if to.days() + 1 < after.from.days() => {
                    return Err(FeeFault::Gap { after: to, before: after.from });
                }
                Some(to) if to.days() + 1 == after.from.days() => {}
                // An open end in front of another version covers its days too.
                _ => return Err(FeeFault::Overlap { from: after.from }),
            }
        }
        Ok(Self { versions })
    }

    /// The version that covers a business date.
    ///
    /// # Errors
    /// [`FeeFault::Uncovered`].
    pub fn on(&self, date: BusinessDate) -> Result<&Version, FeeFault> {
        let covers = |v: &&Version| v.from <= date && v.to.is_none_or(|to| date <= to);
        self.versions.iter().find(covers).ok_or(FeeFault::Uncovered { date })
    }

    /// The terms to freeze into an exchange of this day.
    ///
    /// # Errors
    /// [`FeeFault::Uncovered`].
    pub fn terms(&self, date: BusinessDate, card: CardType, class: FeeClass) -> Result<FeeTerms, FeeFault> {
        let version = self.on(date)?;
        // `complete` has looked at every cell when the book was read.
        let rate = |leg: Leg| version.rates[leg as usize][card as usize][class as usize].unwrap_or_default();
        Ok(FeeTerms {
            card,
            class,
            rates: Leg::ALL.map(rate),
            gives_back: version.gives_back.map(|given| given.unwrap_or(true)),
            acquirer_bears_all: version.acquirer_bears_all.unwrap_or(false),
        })
    }

    /// All versions, in order of time.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }
}

impl Version {
    fn complete(&self) -> Result<(), FeeFault> {
        let missing = |missing| Err(FeeFault::Incomplete { from: self.from, missing });
        if self.source.is_empty() {
            return missing("source");
        }
        if self.rates.iter().flatten().flatten().any(Option::is_none) {
            return missing("fee of some leg, card and class");
        }
        if self.gives_back.iter().any(Option::is_none) {
            return missing("refund_gives_back of some leg");
        }
        if self.acquirer_bears_all.is_none() {
            return missing("net_issuer_borne_by");
        }
        Ok(())
    }
}

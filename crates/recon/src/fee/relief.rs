//! Which merchants the network has admitted to a relief, and since when. Must never guess one from a merchant category: a relief is
//! given by name, and ends.

use super::FeeClass;
use crate::day::read_day;
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{BusinessDate, MerchantId};

/// The admitted merchants. Whoever is not in it pays the standard.
///
/// Shape, line by line: merchant number, `discount` or `nonprofit`, first day, last day or `-`; `#` begins a remark.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Relief {
    lines: Vec<(MerchantId, FeeClass, BusinessDate, Option<BusinessDate>)>,
}

/// A line of the list that cannot be read; 1 is the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReliefFault {
    /// Which line.
    pub line: usize,
}

impl fmt::Display for ReliefFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        write!(
            f,
            "优惠商户名单第 {line} 行有误 line {line} of the list of reliefs: merchant, class, first day, last day or -"
        )
    }
}

impl core::error::Error for ReliefFault {}

impl Relief {
    /// Reads a list.
    ///
    /// # Errors
    /// The first line that is not understood, or that covers days of an earlier one of the same merchant.
    pub fn read(text: &str) -> Result<Self, ReliefFault> {
        let mut list = Self::default();
        for (line, said) in (1..).zip(text.lines()) {
            let said = said.split('#').next().unwrap_or_default().trim();
            if !said.is_empty() {
                list.take(said).ok_or(ReliefFault { line })?;
            }
        }
        Ok(list)
    }

    fn take(&mut self, said: &str) -> Option<()> {
        let mut words = said.split_whitespace();
        let merchant = MerchantId::new(words.next()?).ok()?;
        let class = match words.next()? {
            "discount" => FeeClass::Discount,
            "nonprofit" => FeeClass::Nonprofit,
            _ => return None,
        };
        let from = read_day(words.next()?)?;
        let to = match words.next()? {
            "-" => None,
            day => Some(read_day(day).filter(|to| *to >= from)?),
        };
        let meets = |&(other, _, since, until): &(MerchantId, FeeClass, BusinessDate, Option<BusinessDate>)| {
            other == merchant && until.is_none_or(|until| until >= from) && to.is_none_or(|to| to >= since)
        };
        if words.next().is_some() || self.lines.iter().any(meets) {
            return None;
        }
        self.lines.push((merchant, class, from, to));
        Some(())
    }

    /// The class of a merchant on a day.
    pub fn class(&self, merchant: Option<MerchantId>, date: BusinessDate) -> FeeClass {
        let covers = |(of, _, from, to): &&(MerchantId, FeeClass, BusinessDate, Option<BusinessDate>)| {
            Some(*of) == merchant && *from <= date && to.is_none_or(|to| date <= to)
        };
        self.lines.iter().find(covers).map_or(FeeClass::Standard, |(_, class, _, _)| *class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relief_is_given_by_name_and_ends() {
        let list = Relief::read(
            "# school\n999290082110001 nonprofit 2026-01-01 2026-06-30\n999290082110001 discount 2026-07-01 -  # later\n",
        );
        let list = list.unwrap();
        let of = |merchant: &str, day: &str| list.class(MerchantId::new(merchant).ok(), read_day(day).unwrap());
        assert_eq!(of("999290082110001", "2025-12-31"), FeeClass::Standard);
        assert_eq!(of("999290082110001", "2026-06-30"), FeeClass::Nonprofit);
        assert_eq!(of("999290082110001", "2027-06-30"), FeeClass::Discount);
        assert_eq!(of("999290082110002", "2026-06-30"), FeeClass::Standard);
        assert_eq!(list.class(None, read_day("2026-06-30").unwrap()), FeeClass::Standard);
    }

    #[test]
    fn what_cannot_be_read_names_its_line() {
        for bad in [
            "999290082110001 standard 2026-01-01 -",
            "999290082110001 discount 2026-01-01",
            "999290082110001 discount 2026-02-01 2026-01-01",
            "12 discount 2026-02-01 -",
            "999290082110001 discount 2026-02-01 - and",
        ] {
            assert_eq!(Relief::read(&alloc::format!("\n{bad}")), Err(ReliefFault { line: 2 }), "{bad}");
        }
        let twice = "999290082110001 discount 2026-01-01 -\n999290082110001 nonprofit 2026-05-01 -";
        assert_eq!(Relief::read(twice), Err(ReliefFault { line: 2 }), "two classes on one day");
    }
}

//! What acquirer and merchant agreed: product, discount, reserve. Must never change what an old sale costs: each version stands from a
//! day on, and an exchange is priced by the version of its original's day.

use crate::calendar::{Calendar, CalendarFault};
use crate::fee::{CardType, Rate};
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{BusinessDate, ClockTime, Lang, Moment};

/// The merchant's discount (商户手续费).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Discount {
    /// For debit cards; a cap is usual here.
    pub debit: Rate,
    /// For credit cards.
    pub credit: Rate,
    /// Whether a refund gives it back.
    pub refund_gives_back: bool,
}

impl Discount {
    /// The rate of a card.
    pub const fn rate(&self, card: CardType) -> Rate {
        match card {
            CardType::Debit => self.debit,
            CardType::Credit => self.credit,
        }
    }
}

/// The price of money before its usual day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Advance {
    /// Share of what is paid out.
    pub rate: Rate,
    /// And a fixed part, in fen.
    pub fixed_fen: u64,
    /// Whether only money that goes out on a day off costs it.
    pub days_off_only: bool,
    /// The most that goes out early in one day, in fen; a day of more goes out on the next working day, at no price.
    pub limit_fen: Option<u64>,
}

/// When money goes out. T counts working days, D counts days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Product {
    /// The next working day; no price.
    T1,
    /// The next day, working or not.
    D1(Advance),
    /// The same day, until this clock time; what is later goes with the next day's.
    D0 {
        /// Its price.
        price: Advance,
        /// The practical end of same-day money; the trade says 22:00 (C).
        until: ClockTime,
    },
}

impl Product {
    /// Its name in statements.
    pub const fn name(self) -> &'static str {
        match self {
            Self::T1 => "T+1",
            Self::D1(_) => "D+1",
            Self::D0 { .. } => "D+0",
        }
    }

    /// What it is, in words.
    pub const fn text(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::T1, Lang::Zh) => "次工作日到账",
            (Self::T1, Lang::En) => "the next working day",
            (Self::D1(_), Lang::Zh) => "次日到账，节假日也付",
            (Self::D1(_), Lang::En) => "the next day, also on days off",
            (Self::D0 { .. }, Lang::Zh) => "当日到账",
            (Self::D0 { .. }, Lang::En) => "the same day",
        }
    }

    /// The day on which the money of a business date goes out.
    ///
    /// # Errors
    /// [`CalendarFault`] when the calendar does not reach: no payout day is guessed.
    pub fn pay_day(self, day: BusinessDate, calendar: &Calendar) -> Result<BusinessDate, CalendarFault> {
        match self {
            Self::T1 => calendar.add_working_days(day, 1),
            Self::D1(_) => Ok(BusinessDate::from_days(day.days() + 1)),
            Self::D0 { .. } => Ok(day),
        }
    }

    /// Its price, if it has one.
    pub const fn advance(self) -> Option<Advance> {
        match self {
            Self::T1 => None,
            Self::D1(price) | Self::D0 { price, .. } => Some(price),
        }
    }

    /// What a day of this much goes by: early money has a limit, and above it the day is one of [`Product::T1`].
    pub fn for_day_of(self, fen: u64) -> Self {
        let limit = self.advance().and_then(|price| price.limit_fen);
        if limit.is_some_and(|limit| fen > limit) { Self::T1 } else { self }
    }

    /// Whether an exchange comes too late for the money of its business day: the day itself ends later than early money does.
    pub fn is_late(self, day: BusinessDate, at: Moment) -> bool {
        matches!(self, Self::D0 { .. }) && (at.date() > day || at.date() == day && !self.in_time(at.clock()))
    }

    /// Whether an exchange of this clock time still goes with its own day's money.
    pub fn in_time(self, at: ClockTime) -> bool {
        match self {
            Self::T1 | Self::D1(_) => true,
            Self::D0 { until, .. } => at < until,
        }
    }

    /// The price of paying this much on this day, in fen; never more than what is paid.
    ///
    /// # Errors
    /// [`CalendarFault`] when the price asks for a working day that the calendar does not know.
    pub fn price_fen(self, pay_day: BusinessDate, fen: u64, calendar: &Calendar) -> Result<u64, CalendarFault> {
        let Some(price) = self.advance() else { return Ok(0) };
        if fen == 0 || price.days_off_only && calendar.is_working(pay_day)? {
            return Ok(0);
        }
        Ok(price.rate.fee(fen).saturating_add(price.fixed_fen).min(fen))
    }
}

/// A share that is kept back from each day and given free after some days.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reserve {
    /// Share of the day's money.
    pub rate: Rate,
    /// Days until it is free.
    pub days: u16,
    /// The most that is ever reserved at once, in fen.
    pub cap_fen: Option<u64>,
}

/// All that was agreed, version by version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contract {
    /// When money goes out.
    pub product: Product,
    /// What is kept back.
    pub reserve: Reserve,
    /// Discounts, each from its day on, in order of time.
    discounts: Vec<(BusinessDate, Discount)>,
}

/// Why a contract cannot be, or gives no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContractFault {
    /// A rate above the whole.
    Rate,
    /// A version that does not begin after the one before it.
    Order {
        /// Its first day.
        from: BusinessDate,
    },
    /// No version covers the day.
    Uncovered {
        /// The day asked for.
        day: BusinessDate,
    },
    /// A reserve without an end, or longer than two years.
    Reserve,
}

impl fmt::Display for ContractFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate => f.write_str("费率超过 100% a rate above 100 %"),
            Self::Order { from } => write!(f, "{from} 起的手续费次序不对 the discount from {from} is out of order"),
            Self::Uncovered { day } => write!(f, "{day} 没有约定手续费 no discount was agreed for {day}"),
            Self::Reserve => f.write_str("保证金没有期限或超过两年 a reserve without an end or above two years"),
        }
    }
}

impl core::error::Error for ContractFault {}

impl Contract {
    /// A contract from its first day on.
    ///
    /// # Errors
    /// [`ContractFault`].
    pub fn new(
        product: Product,
        reserve: Reserve,
        from: BusinessDate,
        discount: Discount,
    ) -> Result<Self, ContractFault> {
        let price = product.advance().unwrap_or_default();
        if price.rate.ppb > Rate::WHOLE || reserve.rate.ppb > Rate::WHOLE {
            return Err(ContractFault::Rate);
        }
        if reserve.days > 730 || reserve.rate.ppb > 0 && reserve.days == 0 {
            return Err(ContractFault::Reserve);
        }
        let mut contract = Self { product, reserve, discounts: Vec::new() };
        contract.change(from, discount)?;
        Ok(contract)
    }

    /// Another discount from a later day on; earlier sales keep theirs.
    ///
    /// # Errors
    /// [`ContractFault`]; nothing is changed then.
    pub fn change(&mut self, from: BusinessDate, discount: Discount) -> Result<(), ContractFault> {
        if discount.debit.ppb > Rate::WHOLE || discount.credit.ppb > Rate::WHOLE {
            return Err(ContractFault::Rate);
        }
        if self.discounts.last().is_some_and(|(last, _)| *last >= from) {
            return Err(ContractFault::Order { from });
        }
        self.discounts.push((from, discount));
        Ok(())
    }

    /// The discount of a day.
    ///
    /// # Errors
    /// [`ContractFault::Uncovered`] before the first version.
    pub fn discount(&self, day: BusinessDate) -> Result<&Discount, ContractFault> {
        let found = self.discounts.iter().rev().find(|(from, _)| *from <= day);
        found.map(|(_, discount)| discount).ok_or(ContractFault::Uncovered { day })
    }
}

//! Payouts and their steps. Must never pay one settlement twice: there is one live attempt, a returned one is followed by the next
//! attempt to a corrected account, and every step heard again changes nothing.
//!
//! ```text
//!   made ──▶ sent ──▶ paid
//!                └──▶ returned (退汇) ◀── paid      returned ──▶ next attempt: made
//! ```

use super::account::Settlement;
use super::registration::{BoundAccount, Registration};
use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;
use slipway_terms::{BusinessDate, MerchantId};

/// Whose money of which day, and which attempt. Shape: `20260302-` merchant number `-01`, 27 characters: it fits a bank's reference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayoutId {
    /// Whose.
    pub merchant: MerchantId,
    /// The business date that was settled.
    pub day: BusinessDate,
    /// 1 is the first.
    pub attempt: u8,
}

impl fmt::Display for PayoutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BusinessDate { year, month, day } = self.day;
        write!(f, "{year:04}{month:02}{day:02}-{}-{:02}", self.merchant, self.attempt)
    }
}

impl fmt::Debug for PayoutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a bank sent money back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReturnReason {
    /// There is no such account, or it is closed.
    NoAccount,
    /// Number and name do not belong together (户名不符).
    Name,
    /// The account may not be credited.
    Blocked,
    /// The bank's own trouble: the same account may be tried again.
    Bank,
}

/// Where a payout stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// Made, in no file yet.
    Made,
    /// In a file that the bank has.
    Sent,
    /// The bank says it was credited.
    Paid,
    /// It came back (退汇).
    Returned(ReturnReason),
}

/// One payment to a merchant of record. Who makes it: [`Payouts`], from a registration and a settlement; nobody else can.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payout {
    id: PayoutId,
    pay_day: BusinessDate,
    fen: u64,
    to: BoundAccount,
}

impl Payout {
    /// Its number.
    pub const fn id(&self) -> PayoutId {
        self.id
    }

    /// The next attempt of a payout that the records say was returned: to this version of the merchant's account.
    ///
    /// # Errors
    /// [`PayoutFault::WrongMerchant`], [`PayoutFault::NoAccount`] if there is no such version in force on that day,
    /// [`PayoutFault::Nothing`], [`PayoutFault::Attempts`].
    pub fn again(
        registration: &Registration,
        id: PayoutId,
        pay_day: BusinessDate,
        fen: u64,
        version: u16,
    ) -> Result<Self, PayoutFault> {
        if id.attempt < 2 {
            return Err(PayoutFault::Attempts);
        }
        Self::booked(registration, id, pay_day, fen, version)
    }

    /// A payout as the records say it was booked: to this version of the merchant's account.
    ///
    /// # Errors
    /// As [`Payout::again`].
    pub fn booked(
        registration: &Registration,
        id: PayoutId,
        pay_day: BusinessDate,
        fen: u64,
        version: u16,
    ) -> Result<Self, PayoutFault> {
        if registration.merchant() != id.merchant {
            return Err(PayoutFault::WrongMerchant);
        }
        if fen == 0 {
            return Err(PayoutFault::Nothing);
        }
        if !(1..=Payouts::ATTEMPTS_MAX).contains(&id.attempt) {
            return Err(PayoutFault::Attempts);
        }
        let bound = registration.version(version).filter(|bound| bound.from <= pay_day);
        Ok(Self { id, pay_day, fen, to: bound.ok_or(PayoutFault::NoAccount)?.clone() })
    }

    /// The attempt before it, which came back.
    pub fn follows(&self) -> Option<PayoutId> {
        let attempt = self.id.attempt.checked_sub(1).filter(|attempt| *attempt > 0)?;
        Some(PayoutId { attempt, ..self.id })
    }

    /// The day it goes out.
    pub const fn pay_day(&self) -> BusinessDate {
        self.pay_day
    }

    /// How much, in fen.
    pub const fn fen(&self) -> u64 {
        self.fen
    }

    /// To which account.
    pub const fn to(&self) -> &BoundAccount {
        &self.to
    }

    /// As a row, for whoever keeps it.
    pub fn row(&self) -> PayoutRow {
        let account = &self.to.account;
        PayoutRow {
            id: self.id,
            pay_day: self.pay_day,
            fen: self.fen,
            number: account.number().to_owned(),
            bank: account.bank().to_owned(),
            holder_name: account.holder_name().to_owned(),
            said: None,
        }
    }
}

/// A payout as it is stored. It can say anything, so it is believed only after [`super::check`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "as in `Payout`")]
pub struct PayoutRow {
    pub id: PayoutId,
    pub pay_day: BusinessDate,
    pub fen: u64,
    pub number: String,
    pub bank: String,
    pub holder_name: String,
    /// The two persons who said to pay it again, to the same account if they wanted to.
    pub said: Option<[String; 2]>,
}

impl PayoutId {
    /// Reads its shape again.
    pub fn read(text: &str) -> Option<Self> {
        let (day, rest) = text.split_once('-')?;
        let (merchant, attempt) = rest.rsplit_once('-')?;
        let dashed = alloc::format!("{}-{}-{}", day.get(..4)?, day.get(4..6)?, day.get(6..)?);
        let id = Self {
            merchant: MerchantId::new(merchant).ok()?,
            day: crate::read_day(&dashed)?,
            attempt: attempt.parse().ok()?,
        };
        (alloc::format!("{id}") == text).then_some(id)
    }
}

/// Why a payout is not made, or a step not taken; nothing is changed then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayoutFault {
    /// Registration and settlement are of two merchants.
    WrongMerchant,
    /// Nothing is payable.
    Nothing,
    /// No account is bound on the pay day.
    NoAccount,
    /// The settlement has another payout, with another amount or day.
    Differs,
    /// No such payout.
    Unknown,
    /// This step does not follow from where it stands.
    Step {
        /// Where it stands.
        at: Step,
    },
    /// The account that returned it was not corrected.
    SameAccount,
    /// Too many attempts: a person looks.
    Attempts,
}

impl fmt::Display for PayoutFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongMerchant => {
                f.write_str("登记与结算不是同一商户 registration and settlement are of two merchants")
            }
            Self::Nothing => f.write_str("没有应付款 nothing is payable"),
            Self::NoAccount => f.write_str("付款日没有绑定账户 no account is bound on the pay day"),
            Self::Differs => f.write_str("该结算已有另一笔付款 the settlement has another payout already"),
            Self::Unknown => f.write_str("没有这笔付款 there is no such payout"),
            Self::Step { at } => {
                write!(f, "付款现为 {at:?}，不能走这一步 the payout is {at:?}, this step does not follow")
            }
            Self::SameAccount => f.write_str("退汇账户尚未更正 the account that returned it was not corrected"),
            Self::Attempts => f.write_str("重付次数用尽，请人工处理 no attempts are left, a person has to look"),
        }
    }
}

impl core::error::Error for PayoutFault {}

/// All payouts of an acquirer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Payouts {
    all: BTreeMap<PayoutId, (Payout, Step)>,
}

impl Payouts {
    /// Attempts of one settlement.
    const ATTEMPTS_MAX: u8 = 9;

    /// The payout of a settlement. Asked again it is the same one.
    ///
    /// # Errors
    /// [`PayoutFault`].
    pub fn make(&mut self, registration: &Registration, settlement: &Settlement) -> Result<Payout, PayoutFault> {
        if registration.merchant() != settlement.merchant {
            return Err(PayoutFault::WrongMerchant);
        }
        let id = PayoutId { merchant: settlement.merchant, day: settlement.day, attempt: 1 };
        if let Some((payout, _)) = self.all.get(&id) {
            let same = payout.fen == settlement.payable_fen && payout.pay_day == settlement.pay_day;
            return if same { Ok(payout.clone()) } else { Err(PayoutFault::Differs) };
        }
        if settlement.payable_fen == 0 {
            return Err(PayoutFault::Nothing);
        }
        let to = registration.account_on(settlement.pay_day).ok_or(PayoutFault::NoAccount)?.clone();
        Ok(self.keep(Payout { id, pay_day: settlement.pay_day, fen: settlement.payable_fen, to }))
    }

    /// The next attempt of a returned payout, on another day. Asked again it is the same one.
    ///
    /// # Errors
    /// [`PayoutFault`].
    pub fn pay_again(
        &mut self,
        registration: &Registration,
        id: PayoutId,
        pay_day: BusinessDate,
    ) -> Result<Payout, PayoutFault> {
        if registration.merchant() != id.merchant {
            return Err(PayoutFault::WrongMerchant);
        }
        let (returned, step) = self.all.get(&id).ok_or(PayoutFault::Unknown)?;
        let Step::Returned(reason) = *step else { return Err(PayoutFault::Step { at: *step }) };
        let next = PayoutId { attempt: id.attempt + 1, ..id };
        if let Some((payout, _)) = self.all.get(&next) {
            return if payout.pay_day == pay_day { Ok(payout.clone()) } else { Err(PayoutFault::Differs) };
        }
        if id.attempt >= Self::ATTEMPTS_MAX {
            return Err(PayoutFault::Attempts);
        }
        let to = registration.account_on(pay_day).ok_or(PayoutFault::NoAccount)?.clone();
        if to.account == returned.to.account && reason != ReturnReason::Bank {
            return Err(PayoutFault::SameAccount);
        }
        let fen = returned.fen;
        Ok(self.keep(Payout { id: next, pay_day, fen, to }))
    }

    fn keep(&mut self, payout: Payout) -> Payout {
        self.all.insert(payout.id, (payout.clone(), Step::Made));
        payout
    }

    /// Takes a step. False: it was taken before.
    ///
    /// # Errors
    /// [`PayoutFault::Unknown`], [`PayoutFault::Step`].
    pub fn step(&mut self, id: PayoutId, to: Step) -> Result<bool, PayoutFault> {
        let (_, at) = self.all.get_mut(&id).ok_or(PayoutFault::Unknown)?;
        if *at == to {
            return Ok(false);
        }
        if !follows(*at, to) {
            return Err(PayoutFault::Step { at: *at });
        }
        *at = to;
        Ok(true)
    }

    /// Where a payout stands.
    pub fn at(&self, id: PayoutId) -> Option<Step> {
        self.all.get(&id).map(|(_, step)| *step)
    }

    /// What goes into the bank's file of a day: made, not sent, in the order of their numbers.
    pub fn due(&self, day: BusinessDate) -> impl Iterator<Item = &Payout> {
        let due = move |(payout, step): &&(Payout, Step)| payout.pay_day <= day && *step == Step::Made;
        self.all.values().filter(due).map(|(payout, _)| payout)
    }
}

/// Whether one step may come after another.
pub(super) const fn follows(at: Step, to: Step) -> bool {
    matches!(
        (at, to),
        (Step::Made, Step::Sent) | (Step::Sent, Step::Paid) | (Step::Sent | Step::Paid, Step::Returned(_))
    )
}

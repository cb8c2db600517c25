//! One entry of a clearing file. Its fees can be reckoned again from the line itself: whoever doubts a fen needs no other list.

use crate::fee::{CardType, FeeClass, FeeTerms, Fees, Leg, RefundFault, Refunded};
use crate::key::{Entry, Key};
use core::fmt;
use slipway_terms::{Amount, BusinessDate, InstitutionId, Rrn, SwitchKey};

/// Signed fees in fen, in the order of [`Leg::ALL`]: positive charged, negative given back.
pub type FeeLegs = [i64; 3];

/// What an entry names, as it stood before the entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Original {
    /// Its reference number.
    pub rrn: Rrn,
    /// Its business date: whose fees apply.
    pub date: BusinessDate,
    /// Its amount.
    pub amount: Amount,
    /// What earlier entries gave back of it, in fen.
    pub refunded_fen: u64,
}

/// One entry. Who makes it: the switch, for the files of acquirer and issuer alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Detail {
    /// The exchange that moved the money, by the identity that all its members have: a reference number is covered by no code on
    /// its way, and may be another one at each of them. Of a reversal the exchange that was reversed.
    pub exchange: SwitchKey,
    /// Who presents it.
    pub acquirer: InstitutionId,
    /// Who answers for the card.
    pub issuer: InstitutionId,
    /// Reference number.
    pub rrn: Rrn,
    /// What kind.
    pub entry: Entry,
    /// Debit or credit, frozen.
    pub card: CardType,
    /// The merchant's class, frozen.
    pub class: FeeClass,
    /// Voided or reversed on its own day: it stands with its amount, but has no fee (rules 9).
    pub undone: bool,
    /// Whether the acquirer bears the issuer's half of the network fee, frozen.
    pub acquirer_bears_all: bool,
    /// Signed fen: positive, the cardholder pays.
    pub amount_fen: i64,
    /// What it names.
    pub original: Option<Original>,
    /// Signed fees.
    pub fees: FeeLegs,
}

/// Why an entry cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DetailFault {
    /// The amount is zero, too large, or has the other sign.
    Amount,
    /// It names no original and must, or the other way round.
    Original,
    /// It gives back more than is left.
    Refund(RefundFault),
    /// Only what is charged can be undone on its day.
    Undone,
    /// Its exchange is another acquirer's.
    Exchange,
}

impl fmt::Display for DetailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount => {
                f.write_str("金额为零、过大或正负号不符 the amount is zero, too large or has the wrong sign")
            }
            Self::Original => f.write_str("原交易缺失或不应有 the original is missing or does not belong here"),
            Self::Refund(fault) => write!(f, "{fault}"),
            Self::Exchange => f.write_str("交易标识属于另一收单机构 the exchange is another acquirer's"),
            Self::Undone => f.write_str("该类交易不能标为已撤销 an entry of this kind cannot be undone"),
        }
    }
}

impl core::error::Error for DetailFault {}

impl Detail {
    /// The key it is found by.
    pub fn key(&self) -> Key {
        Key::new(self.acquirer, self.rrn, self.entry)
    }

    /// Its place in a file. Two exchanges may have one reference number: it is not ours to refuse the day for it.
    pub fn place(&self) -> (Key, SwitchKey) {
        (self.key(), self.exchange)
    }

    /// Whether it may stand in a file at all; fees are not looked at.
    ///
    /// # Errors
    /// [`DetailFault`].
    pub fn check(&self) -> Result<(), DetailFault> {
        if self.exchange.acquirer != self.acquirer {
            return Err(DetailFault::Exchange);
        }
        let size = self.amount_fen.unsigned_abs();
        if size == 0 || size > Amount::MINOR_MAX || self.amount_fen.signum() == -self.entry.sign() {
            return Err(DetailFault::Amount);
        }
        if self.original.is_some() != self.entry.names_original() {
            return Err(DetailFault::Original);
        }
        if self.undone && !self.entry.is_first() {
            return Err(DetailFault::Undone);
        }
        if let Some(original) = self.original {
            let left_fen = original.amount.minor().checked_sub(original.refunded_fen);
            let left_fen = left_fen.ok_or(DetailFault::Refund(RefundFault::TooMuch { left_fen: 0 }))?;
            if self.amount_fen < 0 && size > left_fen {
                return Err(DetailFault::Refund(RefundFault::TooMuch { left_fen }));
            }
        }
        Ok(())
    }

    /// Reckons the fees anew from the line and the terms of its original's day, and puts them in.
    ///
    /// # Errors
    /// As [`Detail::check`].
    pub fn price(&mut self, terms: &FeeTerms) -> Result<(), DetailFault> {
        self.check()?;
        (self.card, self.class, self.acquirer_bears_all) = (terms.card, terms.class, terms.acquirer_bears_all);
        let size = self.amount_fen.unsigned_abs();
        self.fees = match (self.entry, self.original) {
            // The void stands beside an original without fee, so neither has one.
            (Entry::SaleVoid | Entry::CompletionVoid, _) => [0; 3],
            _ if self.undone || self.entry.is_disputed() => [0; 3],
            (Entry::Refund, Some(of)) => returned(back(terms, &of, size)?),
            // It never took place, so every leg goes back whatever the switches of refunds say.
            (Entry::LateReversal | Entry::CreditAdjustment, Some(of)) => {
                returned(back(&FeeTerms { gives_back: [true; 3], ..*terms }, &of, size)?)
            }
            // What was refunded before has no fee any more where refunds give it back: the tip's is reckoned on what stands, so that
            // all parts of a purchase together cost the fee of what is left of it.
            (Entry::Adjust, Some(of)) => Leg::ALL.map(|leg| {
                let gone = if terms.gives_back[leg as usize] { of.refunded_fen } else { 0 };
                let before = of.amount.minor() - gone;
                let after = before.saturating_add_signed(self.amount_fen);
                terms.fee(leg, after).cast_signed() - terms.fee(leg, before).cast_signed()
            }),
            _ => Leg::ALL.map(|leg| terms.fee(leg, size).cast_signed()),
        };
        Ok(())
    }
}

fn back(terms: &FeeTerms, of: &Original, fen: u64) -> Result<Fees, DetailFault> {
    let state = Refunded::so_far(terms, of.amount, of.refunded_fen);
    state.and_then(|mut state| state.refund(terms, fen)).map_err(DetailFault::Refund)
}

fn returned(fees: Fees) -> FeeLegs {
    Leg::ALL.map(|leg| -fees.of(leg).cast_signed())
}

//! What a refund gives back of the fees. One formula for every part, so that many small refunds give back exactly what one
//! whole refund does: fee(original) − fee(original − refunded so far) − already given back (rules 9).

use super::{FeeTerms, Fees, Leg};
use core::fmt;
use slipway_terms::Amount;

/// The refunds of one original so far. Who makes it: the acquirer, per original, in the commit of each refund.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refunded {
    original_fen: u64,
    refunded_fen: u64,
    given_back: Fees,
}

/// Why a refund cannot be reckoned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundFault {
    /// A refund of nothing.
    Zero,
    /// More than is left of the original.
    TooMuch {
        /// What is left, in fen.
        left_fen: u64,
    },
}

impl fmt::Display for RefundFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("退货金额为零 a refund of nothing"),
            Self::TooMuch { left_fen } => {
                let left = Amount::fen(*left_fen);
                write!(f, "退货超过原交易余额 {left} more than the {left} left of the original")
            }
        }
    }
}

impl core::error::Error for RefundFault {}

impl Refunded {
    /// Nothing refunded yet.
    pub const fn none(original: Amount) -> Self {
        Self {
            original_fen: original.minor(),
            refunded_fen: 0,
            given_back: Fees { issuer: 0, net_issuer: 0, net_acquirer: 0 },
        }
    }

    /// As it stands after `refunded_fen` in any number of parts.
    ///
    /// # Errors
    /// [`RefundFault::TooMuch`] when that is more than the original.
    pub fn so_far(terms: &FeeTerms, original: Amount, refunded_fen: u64) -> Result<Self, RefundFault> {
        let mut state = Self::none(original);
        if refunded_fen > 0 {
            state.refund(terms, refunded_fen)?;
        }
        Ok(state)
    }

    /// Takes one refund into the account and says what it gives back, leg by leg.
    ///
    /// # Errors
    /// [`RefundFault`]; nothing is changed then.
    pub fn refund(&mut self, terms: &FeeTerms, refund_fen: u64) -> Result<Fees, RefundFault> {
        let left_fen = self.left_fen();
        if refund_fen == 0 {
            return Err(RefundFault::Zero);
        }
        if refund_fen > left_fen {
            return Err(RefundFault::TooMuch { left_fen });
        }
        let back = Fees::each(|leg| {
            if !terms.gives_back[leg as usize] {
                return 0;
            }
            let due = terms.fee(leg, self.original_fen) - terms.fee(leg, left_fen - refund_fen);
            // The fee never falls when the amount grows, so what is due never falls below what was given.
            assert!(due >= self.given_back.of(leg), "more fee was given back than the refunds so far are due");
            due - self.given_back.of(leg)
        });
        self.refunded_fen += refund_fen;
        self.given_back = Fees::each(|leg: Leg| self.given_back.of(leg) + back.of(leg));
        Ok(back)
    }

    /// What may still be refunded, in fen.
    pub const fn left_fen(&self) -> u64 {
        self.original_fen - self.refunded_fen
    }

    /// What has been refunded, in fen.
    pub const fn refunded_fen(&self) -> u64 {
        self.refunded_fen
    }

    /// Fees given back so far.
    pub const fn given_back(&self) -> &Fees {
        &self.given_back
    }
}

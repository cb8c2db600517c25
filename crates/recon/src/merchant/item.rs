//! One captured exchange, as the merchant sees it, and its discount to the fen. Must never charge what was undone on its day, nor give
//! back more than was charged (rules 9: the formula of refunds).

use super::contract::{Contract, ContractFault, Discount};
use crate::clearing::Original;
use crate::fee::{CardType, Rate};
use crate::key::{Entry, Key};
use core::fmt;
use slipway_terms::{BusinessDate, Moment, SwitchKey, TillKey, Turn};

/// Whether its money may go out (rules 1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// No authenticated message has named its slip yet: not payable.
    Unconfirmed,
    /// Too late for the same day's money: it goes with the next day's.
    Late,
    /// Payable.
    Confirmed,
    /// Past its case: payable.
    CaseClosed,
}

/// One captured exchange. Who makes it: the acquirer, from its log, by F15.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Item {
    /// Which exchange.
    pub exchange: SwitchKey,
    /// Which movement of it: the two together are the item, whatever reference number it has.
    pub turn: Turn,
    /// Under which reference number and letter people find it.
    pub key: Key,
    /// Its kind; the key's.
    pub entry: Entry,
    /// Its business date (F15).
    pub day: BusinessDate,
    /// Debit or credit, frozen.
    pub card: CardType,
    /// Signed fen: positive, the merchant gets.
    pub amount_fen: i64,
    /// What it names, as it stood before.
    pub original: Option<Original>,
    /// Voided or reversed on its own day.
    pub undone: bool,
    /// Whether it is payable.
    pub standing: Standing,
    /// When it was posted, where that is known. For people: nothing is reckoned from it.
    pub at: Option<Moment>,
    /// Terminal, batch and voucher, where there are some. For people.
    pub till: Option<TillKey>,
}

/// Why an item cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ItemFault {
    /// Its amount is zero, too large or of the wrong sign.
    Amount,
    /// Its original is missing, does not belong here, or is smaller than what is taken from it.
    Original,
    /// Its key is another kind of entry's.
    Key,
    /// No discount was agreed for its day.
    Contract(ContractFault),
}

impl fmt::Display for ItemFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount => {
                f.write_str("金额为零、过大或正负号不符 the amount is zero, too large or of the wrong sign")
            }
            Self::Original => {
                f.write_str("原交易缺失、多余或不够 the original is missing, too much, or smaller than this")
            }
            Self::Key => f.write_str("参考号与种类不符 the key is another kind's"),
            Self::Contract(fault) => write!(f, "{fault}"),
        }
    }
}

impl core::error::Error for ItemFault {}

/// The discount of one item, with all that explains it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Charge {
    /// Signed fen: positive is taken from the merchant, negative given back.
    pub fen: i64,
    /// The rate it was reckoned by.
    pub rate: Rate,
    /// The amount whose fee stands after this item, in fen.
    pub after_fen: u64,
    /// The amount whose fee stood before it, in fen.
    pub before_fen: u64,
    /// Whether nothing is charged, whatever the rate: undone, a void, or a discount that refunds do not give back.
    pub waived: bool,
}

impl Item {
    /// What it is found by.
    pub const fn name(&self) -> (SwitchKey, Turn) {
        (self.exchange, self.turn)
    }

    /// Whether it comes again on a later day. A return counts at once; only money to the merchant waits.
    pub fn waits(&self) -> bool {
        self.amount_fen > 0 && matches!(self.standing, Standing::Unconfirmed | Standing::Late)
    }

    /// Whether it may be at all.
    fn check(&self) -> Result<(), ItemFault> {
        let size = self.amount_fen.unsigned_abs();
        if size == 0 || size > slipway_terms::Amount::MINOR_MAX || self.amount_fen.signum() == -self.entry.sign() {
            return Err(ItemFault::Amount);
        }
        if self.key.entry() != Some(self.entry) {
            return Err(ItemFault::Key);
        }
        if self.original.is_some() != self.entry.names_original() || self.undone && !self.entry.is_first() {
            return Err(ItemFault::Original);
        }
        Ok(())
    }

    /// What it costs the merchant: fee(after) − fee(before) of the money that stands, by the discount of its original's day. A sale
    /// goes from nothing to its amount, a refund from what was left to what is left, so parts give back exactly what the whole
    /// does.
    ///
    /// # Errors
    /// [`ItemFault`].
    pub fn charge(&self, contract: &Contract) -> Result<Charge, ItemFault> {
        self.check()?;
        let of_day = self.original.map_or(self.day, |of| of.date);
        let discount: &Discount = contract.discount(of_day).map_err(ItemFault::Contract)?;
        let rate = discount.rate(self.card);
        let size = self.amount_fen.unsigned_abs();
        let (before_fen, after_fen) = match (self.entry, self.original) {
            (Entry::DebitAdjustment, Some(_)) | (_, None) => (0, size),
            // The slip of a return that says more than itself gives back of no other: it is priced alone.
            (Entry::CreditAdjustment, Some(of)) if size > of.amount.minor() => (size, 0),
            (entry, Some(of)) => {
                // A tip behind a refund that gave nothing back: the whole still has its discount.
                let whole = entry == Entry::Adjust && !discount.refund_gives_back;
                let gone = if whole { 0 } else { of.refunded_fen };
                let before = of.amount.minor().checked_sub(gone).ok_or(ItemFault::Original)?;
                (before, before.checked_add_signed(self.amount_fen).ok_or(ItemFault::Original)?)
            }
        };
        let void = matches!(self.entry, Entry::SaleVoid | Entry::CompletionVoid);
        let waived = self.undone
            || void
            || self.entry.is_disputed()
            || self.entry == Entry::Refund && !discount.refund_gives_back;
        let fen = rate.fee(after_fen).cast_signed() - rate.fee(before_fen).cast_signed();
        Ok(Charge { fen: if waived { 0 } else { fen }, rate, after_fen, before_fen, waived })
    }
}

//! A clearing file as a member's records see it: which one, and its entries without what only fees are reckoned from.

use crate::{BusinessDate, CardType, InstitutionId, Rrn, SwitchKey, TillKey};

/// Which file, and what its trailer says. Who makes it: the reader that has found the whole file good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileMark {
    /// Whose file.
    pub member: InstitutionId,
    /// Of which business day.
    pub day: BusinessDate,
    /// Entries.
    pub count: u32,
    /// Sum of their signed amounts. Unit: minor units.
    pub sum_minor: i64,
    /// The checksum of its bytes: another file of the same day has another one.
    pub checksum: u64,
}

/// One entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClearingItem {
    /// Which exchange moved the money; of a reversal the one that was reversed.
    pub exchange: SwitchKey,
    /// Its reference number, as the switch has it. For people: no code covered it on its way.
    pub rrn: Rrn,
    /// Where the rim has found it in the member's own records, if it is found by that.
    pub till: Option<TillKey>,
    /// Not its approval but what came after it: a reversal of a later day, or an adjustment.
    pub later: bool,
    /// From issuer to acquirer, signed. Unit: minor units.
    pub minor: i64,
    /// Debit or credit, frozen by the switch.
    pub card: CardType,
}

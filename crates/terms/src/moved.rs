//! What the switch's records say of one day: the raw matter of clearing. A neutral form, so that whoever reckons the day needs to
//! know nothing of the switch's tables.

use crate::{BusinessDate, CardType, InstitutionId, Kind, MerchantId, Moment, Rrn, SwitchKey};

/// Which movement of an exchange.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Turn {
    /// Its approval.
    First,
    /// Its undo.
    Undo,
    /// A finding took the undo back.
    Again,
}

/// One movement between two members. Who makes it: the switch, of its postings; each exchange has one at most of each turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moved {
    /// Which exchange.
    pub exchange: SwitchKey,
    /// Who answers for the card.
    pub issuer: InstitutionId,
    /// What kind the exchange is.
    pub kind: Kind,
    /// Which movement of it.
    pub turn: Turn,
    /// When it was posted.
    pub at: Moment,
    /// The business day it counts on.
    pub day: BusinessDate,
    /// From issuer to acquirer, signed. Unit: minor units.
    pub minor: i64,
    /// Reference number, as the switch has it.
    pub rrn: Option<Rrn>,
    /// DE 42.
    pub merchant: Option<MerchantId>,
    /// Debit or credit, frozen.
    pub card: CardType,
    /// The exchange it is about.
    pub original: Option<SwitchKey>,
}

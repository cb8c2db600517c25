//! What the issuer remembers. No record has a place for a card number, track or PIN: a card is a token and a masked tail.
//! What changes with every sale (usage, balance) stands apart from what hardly ever does (card, account).

use super::suspense::{MissingFile, Release};
use crate::correction::{Correction, CorrectionKey};
use crate::day::{ClosedDay, Days};
use crate::dispute::{Dispute, DisputeMove, OpenDispute, OrderRefused};
use crate::filed::Filed;
use crate::ledger::{Balance, Posting, PostingKey};
use crate::zone::ZoneKey;
use serde::{Deserialize, Serialize};
use slipway_node::{PinReference, tables};
use slipway_terms::{
    Amount, AuthCode, Balance as ToldBalance, BusinessDate, CardTail, CardToken, ConditionCode, EntryMode, Expiry,
    Kind, MerchantId, Message, Moment, MonthDay, Mti, ProcessingCode, ResponseCode, Rrn, Short, SwitchKey, TerminalId,
};

tables! {
    /// Rows of the issuer.
    pub enum IssuerRow {
        1 => ["card"] CardToken => Card,
        2 => ["usage"] CardToken => Usage,
        3 => ["account"] Short<19> => AccountRow,
        4 => ["exchange"] SwitchKey => Exchange,
        5 => ["counters"] () => Counters,
        6 => ["balance"] Short<20> => Balance,
        7 => ["posting"] PostingKey => Posting,
        8 => queue ["hold"] SwitchKey => HoldOpen,
        9 => ["zone key"] Short<24> => ZoneKey,
        10 => ["days"] () => Days,
        11 => ["closed day"] BusinessDate => ClosedDay,
        12 => ["clearing file"] BusinessDate => Filed,
        13 => ["release"] SwitchKey => Release,
        14 => queue ["missing file"] BusinessDate => MissingFile,
        15 => ["correction"] CorrectionKey => Correction,
        18 => ["dispute"] SwitchKey => Dispute,
        19 => queue ["open dispute"] SwitchKey => OpenDispute,
        20 => ["dispute movement"] SwitchKey => DisputeMove,
        21 => ["dispute order"] SwitchKey => OrderRefused,
    }
}

/// What may be done with a card.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum CardStatus {
    /// In use.
    Active,
    /// Reported lost: 41.
    Lost,
    /// Reported stolen: 43.
    Stolen,
    /// Taken in: 62.
    Captured,
    /// Not activated yet, or closed: 62.
    Inactive,
}

/// What a card may spend. Unit: minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Largest single sale: 61 above it.
    pub sale_max: u64,
    /// Largest sum of a day (UTC+8): 61 above it.
    pub day_max: u64,
    /// Sales of a day: 65 above it.
    pub day_count_max: u32,
}

/// One card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Card {
    /// The account it spends from.
    pub account: Short<19>,
    /// Masked number.
    pub tail: CardTail,
    /// What may be done with it.
    pub status: CardStatus,
    /// Last month in which it works.
    pub expiry: Expiry,
    /// How its PIN is checked; `None` for a card without PIN.
    pub reference: Option<PinReference>,
    /// A PIN must be there; without one the answer is 55 and no try is counted.
    pub pin_required: bool,
    /// What it may spend.
    pub limits: Limits,
    /// Where notices go; masked form only.
    pub phone: Short<20>,
    /// A command waits for its chip.
    pub script: bool,
}

/// What a card has used up: PIN tries for ever, sums for one day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Usage {
    /// Wrong PINs in a row; never given back by a reversal.
    pub tries: u8,
    /// The last counter its chip has shown.
    pub atc: u16,
    /// The day of the sums.
    pub date: BusinessDate,
    /// Sum of the day's sales.
    pub minor: u64,
    /// Number of the day's sales.
    pub count: u32,
}

/// An account. Its money is the ledger's balance of [`Account::Cardholder`](crate::ledger::Account::Cardholder).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountRow {
    /// Account number.
    pub no: Short<19>,
    /// A credit account: may be overdrawn up to `line_minor`.
    pub credit: bool,
    /// Credit line; zero for a debit account.
    pub line_minor: i64,
    /// Sum of open holds (pre-authorisations); not available, not debited.
    pub held_minor: i64,
}

/// Counters of the issuer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Last authorisation code given.
    pub auth: u32,
}

/// What was asked: the fields by which a repeat is told from another request (rules 2), and what people need to see.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the same data elements as in Message")]
pub struct Asked {
    pub mti: Mti,
    pub token: Option<CardToken>,
    pub tail: Option<CardTail>,
    pub processing: Option<ProcessingCode>,
    pub amount: Option<Amount>,
    pub entry: Option<EntryMode>,
    /// Tag 9F36 of DE 55.
    pub atc: Option<u16>,
    pub condition: Option<ConditionCode>,
    pub terminal: Option<TerminalId>,
    pub merchant: Option<MerchantId>,
    pub rrn: Option<Rrn>,
    /// DE 43, for notices.
    pub place: Short<40>,
    /// DE 15: the day the switch gave.
    pub settlement: Option<MonthDay>,
    /// DE 90 of a void, refund, completion or adjustment: the exchange it is about.
    pub original: Option<SwitchKey>,
}

impl Asked {
    /// The storable part of a request.
    pub fn of(message: &Message, token: Option<CardToken>) -> Self {
        Self {
            mti: message.mti,
            token,
            tail: message.card().map(|pan| pan.tail()),
            processing: message.processing,
            amount: message.amount,
            entry: message.entry,
            atc: message.chip_counter(),
            condition: message.condition,
            terminal: message.terminal,
            merchant: message.merchant,
            rrn: message.rrn,
            place: message.name_place.unwrap_or(Short::EMPTY),
            settlement: message.settlement,
            original: message.original.filter(|_| !is_reversal(message.mti)).map(|original| original.key),
        }
    }

    /// Whether `other` is the same request again (rules 2; DE 15, 37 and 43 are no part of it).
    pub fn same(&self, other: &Self) -> bool {
        let bare = |asked: &Self| Self { rrn: None, place: Short::EMPTY, settlement: None, ..asked.clone() };
        bare(self) == bare(other)
    }

    /// Whether a reversal with these fields speaks of another purchase: DE 3, DE 4 or, if named, the card differs.
    /// DE 49 is no proof: the code between members does not cover it, so a spoilt one would make us refuse an honest undo.
    pub fn contradicts(&self, message: &Message, token: Option<CardToken>) -> bool {
        let other_card = matches!((self.token, token), (Some(mine), Some(theirs)) if mine != theirs);
        self.processing != message.processing
            || self.amount.map(Amount::minor) != message.amount.map(Amount::minor)
            || other_card
    }
}

const fn is_reversal(mti: Mti) -> bool {
    mti.0 / 100 == 4
}

/// Where an exchange stands at the issuer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// Approved; a sale was debited.
    Approved,
    /// Refused; nothing was taken.
    Declined,
    /// Undone; what was taken went back.
    Undone,
    /// A reversal came first; the original will be refused.
    Tombstone,
}

/// What became of the debit (挂账), and of its counterpart in clearing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Suspense {
    /// Nothing was debited.
    Never,
    /// Debited, not yet cleared.
    Held,
    /// Debited and gone back; with the network nothing is open.
    Returned,
    /// Debited, and it has appeared in clearing: owed to the network.
    Cleared,
    /// Gone back before it appeared in clearing, and then it appeared: owed to the network, which owes it back.
    Owed,
    /// Gone back after it had appeared: claimed from the network.
    Claimed,
    /// The network has taken it back; to the cardholder it has not gone yet.
    Due,
}

impl Suspense {
    /// Whether the cardholder has it back.
    pub const fn is_back(self) -> bool {
        matches!(self, Self::Returned | Self::Owed | Self::Claimed)
    }

    /// What of the amount stands in the suspense account: +1 owed to somebody, −1 owed by the network, 0 nothing.
    pub const fn share(self) -> i64 {
        match self {
            Self::Held | Self::Due => 1,
            Self::Owed => -1,
            Self::Never | Self::Returned | Self::Cleared | Self::Claimed => 0,
        }
    }

    /// Where it stands once it has gone back.
    pub const fn back(self) -> Self {
        match self {
            Self::Held | Self::Due => Self::Returned,
            Self::Cleared => Self::Claimed,
            other => other,
        }
    }
}

/// The answer fields that a repeat gets again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// DE 39.
    pub code: ResponseCode,
    /// DE 38.
    pub auth: Option<AuthCode>,
    /// DE 54.
    pub balance: Option<ToldBalance>,
}

/// The one undo slot of an exchange: the first undo fills it, every later one finds it full (rules 2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Undo {
    /// When.
    pub at: Moment,
    /// DE 39 of the reversal.
    pub reason: Option<ResponseCode>,
}

/// One exchange.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exchange {
    /// Its identity.
    pub key: SwitchKey,
    /// What was asked. Of a tombstone: what the reversal said.
    pub asked: Asked,
    /// The account, copied here so that an undo finds it in one step.
    pub account: Option<Short<19>>,
    /// The day whose counters it used.
    pub counted: BusinessDate,
    /// Since when it stands where it stands.
    pub at: Moment,
    /// Where it stands.
    pub stage: Stage,
    /// What was answered.
    pub given: Option<Given>,
    /// What became of the debit.
    pub suspense: Suspense,
    /// The undo slot.
    pub undo: Option<Undo>,
    /// What kind it is; `None` of a tombstone, or of what no table knows.
    pub kind: Option<Kind>,
    /// What it takes from the cardholder, with its sign; of an adjustment the difference. Unit: minor units.
    pub signed_minor: i64,
    /// The issuer bears it: an offline approval with no account to take it from (rules 3).
    pub borne: bool,
    /// The hold of a pre-authorisation.
    pub hold: Option<Hold>,
    /// The later exchange that fills the undo slot: its void or adjustment.
    pub claim: Option<(SwitchKey, Kind)>,
    /// A reversal that came while the void had the slot: undone together with that void, if that is undone.
    pub owed_undo: Option<Undo>,
    /// What of it was refunded, minor units.
    pub refunded_minor: i64,
    /// What an adjustment added, minor units; may be negative.
    pub adjusted_minor: i64,
}

/// Money that is not available and not debited. Ends exactly once: captured, released or expired (rules 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hold {
    /// How much, minor units.
    pub minor: i64,
    /// Until when.
    pub until: Moment,
    /// Where it stands.
    pub state: HoldState,
}

/// Where a hold stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum HoldState {
    /// It holds.
    Open,
    /// A completion took it; the rest was let go.
    Captured,
    /// Voided or reversed.
    Released,
    /// Its time ran out.
    Expired,
}

/// A hold that is open, and when it ends by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HoldOpen {
    /// Which pre-authorisation.
    pub key: SwitchKey,
    /// When it ends.
    pub due: Moment,
}

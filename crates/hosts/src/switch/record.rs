//! What the switch remembers. No record has a place for a card number, track or PIN: a card is a token and a masked tail.

use crate::correction::{Correction, CorrectionKey};
use crate::day::{Days, Tally};
use crate::dispute::{Dispute, DisputeMove, OpenDispute, OrderRefused};
use crate::ledger::{Balance, Posting, PostingKey};
use crate::zone::ZoneKey;
use serde::{Deserialize, Serialize};
use slipway_node::tables;
use slipway_terms::{
    Amount, AuthCode, Balance as ToldBalance, BusinessDate, CardTail, CardToken, CardType, CaseKey, CaseMoves,
    CaseTold, ConditionCode, EntryMode, Found, Ground, InstitutionId, KeyUse, Kind, MerchantId, Message, Moment, Mti,
    OriginalData, Pan, ProcessingCode, ResponseCode, Rrn, SentAt, Short, Stan, SwitchKey, TerminalId,
};

tables! {
    /// Rows of the switch.
    pub enum SwitchRow {
        1 => ["member"] InstitutionId => Member,
        2 => ["bin"] u32 => Bin,
        3 => ["exchange"] SwitchKey => Exchange,
        4 => queue ["open"] SwitchKey => Open,
        5 => ["day"] (InstitutionId, BusinessDate) => Day,
        6 => ["balance"] Short<20> => Balance,
        7 => ["posting"] PostingKey => Posting,
        8 => ["zone key"] Short<24> => ZoneKey,
        9 => queue ["reset"] Short<24> => Reset,
        10 => ["days"] () => Days,
        11 => queue ["closing"] BusinessDate => Closing,
        12 => queue ["cut"] (InstitutionId, u16) => Cut,
        13 => ["case"] SwitchKey => Case,
        14 => queue ["open case"] SwitchKey => OpenCase,
        15 => ["correction"] CorrectionKey => Correction,
        16 => ["dispute"] SwitchKey => Dispute,
        17 => queue ["open dispute"] SwitchKey => OpenDispute,
        18 => ["dispute movement"] SwitchKey => DisputeMove,
        19 => ["dispute order"] SwitchKey => OrderRefused,
    }
}

/// A member of the network and its line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// Its institution number.
    pub id: InstitutionId,
    /// May send sales.
    pub acquires: bool,
    /// May be asked.
    pub issues: bool,
    /// Admitted; a suspended member neither sends nor is asked.
    pub active: bool,
    /// Its link is up. Down at every start until the link says otherwise.
    pub up: bool,
}

/// The issuers of one six-digit BIN. The longest prefix that fits wins.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Bin {
    /// First six digits.
    pub first6: u32,
    /// Prefixes of 6 to 10 digits, their issuers, and what kind of card stands behind them.
    pub routes: alloc::vec::Vec<(Short<10>, InstitutionId, CardType)>,
}

impl Bin {
    /// The issuer of this card number.
    pub fn issuer(&self, pan: &Pan) -> Option<InstitutionId> {
        self.route(pan).map(|(issuer, _)| issuer)
    }

    /// The issuer of this card number, and debit or credit.
    pub fn route(&self, pan: &Pan) -> Option<(InstitutionId, CardType)> {
        let fits = self.routes.iter().filter(|(prefix, _, _)| pan.reveal().starts_with(prefix.as_str()));
        fits.max_by_key(|(prefix, _, _)| prefix.as_bytes().len()).map(|(_, issuer, card)| (*issuer, *card))
    }
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
            original: message.original.filter(|_| message.mti.0 / 100 != 4).map(|original| original.key),
        }
    }

    /// Whether `other` is the same request again (rules 2; DE 37 is no part of it).
    pub fn same(&self, other: &Self) -> bool {
        Self { rrn: None, ..self.clone() } == Self { rrn: None, ..other.clone() }
    }

    /// Whether a reversal or an answer with these fields speaks of another purchase: DE 3, DE 4 or, if named, the card differs.
    /// DE 49 is no proof: the code between members does not cover it, so a spoilt one would make us refuse an honest undo.
    pub fn contradicts(&self, message: &Message, token: Option<CardToken>) -> bool {
        let other_card = matches!((self.token, token), (Some(mine), Some(theirs)) if mine != theirs);
        self.processing != message.processing
            || self.amount.map(Amount::minor) != message.amount.map(Amount::minor)
            || other_card
    }

    /// Whether an approval moves money between members.
    pub fn moves_money(&self) -> bool {
        self.kind().is_some_and(|kind| kind.shape().moves_money())
    }

    /// Whether it is reversed when in doubt; an inquiry never is, by no party (rules 3).
    pub fn reversible(&self) -> bool {
        self.kind().is_none_or(|kind| kind.shape().reversible)
    }

    /// The kind by the table.
    pub fn kind(&self) -> Option<Kind> {
        let mut shape = Message::new(self.mti);
        (shape.processing, shape.condition) = (self.processing, self.condition);
        shape.original = self.original.map(|key| OriginalData { mti: self.mti, key });
        Kind::of(&shape)
    }
}

/// Where an exchange stands at the switch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// With the issuer; its timer runs.
    Forwarded,
    /// The issuer approved, the acquirer was told.
    Approved,
    /// Refused, by the issuer or here; no money moved.
    Declined,
    /// Undone: by a reversal, or because the issuer's answer is not known. Never approved again.
    Undone,
    /// A reversal came first; the original will be refused.
    Tombstone,
}

/// The answer fields that a repeat gets again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// DE 39.
    pub code: ResponseCode,
    /// DE 38.
    pub auth: Option<AuthCode>,
    /// DE 44.
    pub institutions: Option<Short<25>>,
    /// DE 54.
    pub balance: Option<ToldBalance>,
}

impl Given {
    /// A code with nothing else.
    pub const fn bare(code: ResponseCode) -> Self {
        Self { code, auth: None, institutions: None, balance: None }
    }
}

/// The one undo slot of an exchange: the first undo fills it, every later one finds it full (rules 2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Undo {
    /// Since when.
    pub at: Moment,
    /// DE 39 of the advice.
    pub reason: ResponseCode,
    /// DE 39 of the issuer's 0430; `None` while the advice is in the outbox.
    pub answered: Option<ResponseCode>,
}

/// One exchange.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exchange {
    /// Its identity.
    pub key: SwitchKey,
    /// What was asked. Of a tombstone: what the reversal said.
    pub asked: Asked,
    /// Who was asked; `None` if it went nowhere.
    pub issuer: Option<InstitutionId>,
    /// The day its money belongs to, fixed when it was forwarded (rules 5); of an advice whose day was closed before its answer the
    /// one that it landed on.
    pub day: BusinessDate,
    /// Since when it stands where it stands.
    pub at: Moment,
    /// By when it is decided, while it is with the issuer.
    pub due: Option<Moment>,
    /// Where it stands.
    pub stage: Stage,
    /// What the acquirer was told.
    pub given: Option<Given>,
    /// The undo slot.
    pub undo: Option<Undo>,
    /// DE 39 of an answer that came too late; evidence only.
    pub late: Option<ResponseCode>,
    /// What an approval moves from issuer to acquirer, with its sign; of an adjustment the difference. Unit: minor units.
    pub signed_minor: i64,
    /// The later exchange that took this one: an approved void or adjustment, or the completion of a hold.
    pub claim: Option<(SwitchKey, Kind)>,
    /// DE 39 of a reversal that came while its void had the slot: undone together with that void, if that is undone.
    pub owed_undo: Option<ResponseCode>,
    /// What of it was refunded and adjusted.
    pub marks: Marks,
    /// Of a completion void: the hold behind the completion.
    pub behind: Option<SwitchKey>,
    /// The redo slot: when a finding took the undo back.
    pub redo: Option<Moment>,
    /// Debit or credit by the table of its day, frozen: fees are reckoned by it (rules 9).
    pub card: CardType,
}

/// Sums that later exchanges leave on their original, written in the commit that forwards or answers them: refunded + open +
/// new never exceed what was paid (rules 3). Unit: minor units.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Marks {
    /// Refunds that were approved.
    pub refunded_minor: i64,
    /// Refunds that are with the issuer.
    pub open_minor: i64,
    /// What an approved adjustment added; may be negative.
    pub adjusted_minor: i64,
}

/// An undo that its issuer refused: a person must look at it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Which exchange.
    pub key: SwitchKey,
    /// Why.
    pub ground: Ground,
    /// Since when.
    pub at: Moment,
    /// DE 39 of the issuer's answer.
    pub code: ResponseCode,
    /// What the undo gave back here, with the sign of the approval. Unit: minor units.
    pub minor: i64,
    /// When a finding closed it.
    pub closed: Option<Moment>,
    /// What a person found.
    pub found: Option<Found>,
}

impl Case {
    /// In the words of all hosts.
    pub const fn told(&self) -> CaseTold {
        let Self { key, ground, at, code, closed, found, .. } = *self;
        let (key, moves) = (CaseKey::Switch(key, ground), CaseMoves::NONE);
        CaseTold { key, at, code: Some(code), due: None, closed, found, later: None, moves, moved: None }
    }
}

/// The mark of a case that is open; gone when it is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenCase {
    /// Which exchange.
    pub key: SwitchKey,
}

/// The timer of an exchange that is with the issuer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Open {
    /// Which exchange.
    pub key: SwitchKey,
    /// When the switch stops waiting.
    pub due: Moment,
}

/// A new zone key that its member has not proved yet to have, as it travels: under the zone master key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reset {
    /// Whose key.
    pub member: InstitutionId,
    /// Zone PIN or zone MAC key.
    pub usage: KeyUse,
    /// DE 7.
    pub sent: SentAt,
    /// DE 11.
    pub stan: Stan,
    /// DE 48 behind `NK`.
    pub new_key: Option<[u8; 16]>,
    /// DE 96.
    pub f96: [u8; 8],
    /// DE 128.
    pub f128: [u8; 8],
    /// When it is sent again.
    pub due: Moment,
    /// How often it was sent by the clock.
    pub tries: u8,
}

/// A day that is not open any more and not closed yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Closing {
    /// Which day.
    pub date: BusinessDate,
    /// When it is closed: all that was forwarded under it is decided.
    pub due: Moment,
}

/// A word on the change of date that a member has not answered yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cut {
    /// Who has to hear it.
    pub member: InstitutionId,
    /// DE 70: 201 a day begins, 202 a day is closed.
    pub code: u16,
    /// DE 15: that day.
    pub date: BusinessDate,
    /// When it was first said: DE 7.
    pub at: Moment,
    /// When it is said again.
    pub due: Moment,
    /// How often it was said by the clock.
    pub tries: u8,
}

/// One member's day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Day {
    /// Whose.
    pub member: InstitutionId,
    /// Which day.
    pub date: BusinessDate,
    /// As acquirer.
    pub acquired: Tally,
    /// As issuer.
    pub issued: Tally,
}

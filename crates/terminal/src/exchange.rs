//! One line of the terminal's journal, where it stands, and what it names. Lines are added or closed, never erased.

use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_terms::{
    Amount, AuthCode, CardTail, ChipSlip, Doubt, EntryMode, Expiry, Kind, Moment, MonthDay, OperatorNo, PaperFate,
    ResponseCode, Rrn, Second, Short, TillKey,
};

/// Where an exchange stands at this terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Standing {
    /// The request may have left; its answer is awaited.
    Sent,
    /// An advice: stored, and repeated until the acquirer answers. Never in doubt, never reversed.
    Stored,
    /// Approved with a good MAC; of an offline sale, by this terminal itself.
    Approved,
    /// Refused with a good MAC (or bare, by profile).
    Declined(ResponseCode),
    /// Fate unknown; a reversal is stored if the kind has one.
    Doubtful(Doubt),
    /// The acquirer took the reversal: 00 undone, 12 or 25 never known there.
    Reversed(Doubt, ResponseCode),
    /// One occasion of the reversal was used up; it stays stored and goes out again.
    FailedReversal(Doubt),
    /// The acquirer could not take the reversal or the advice, for this reason, and people see to it: nothing is stored any more.
    InCase(ResponseCode),
}

/// The life of a slip record, apart from the payment's: lost paper is reprinted, never reversed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlipLife {
    /// 商户存根.
    pub merchant: PaperFate,
    /// 持卡人存根.
    pub cardholder: PaperFate,
    /// How often it was printed again.
    pub reprints: u16,
}

impl SlipLife {
    /// Both copies are on paper.
    pub fn printed(&self) -> bool {
        self.merchant == PaperFate::Printed && self.cardholder == PaperFate::Printed
    }
}

/// One line of the terminal's journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exchange {
    /// Its identity.
    pub key: TillKey,
    /// What kind.
    pub kind: Kind,
    /// DE 4; an inquiry has none.
    pub amount: Option<Amount>,
    /// Masked card.
    pub card: CardTail,
    /// What it names, if its kind names an earlier exchange.
    pub about: Option<Box<Original>>,
    /// Exchanges that named this one, oldest first; where each stands says what became of this one.
    pub followers: Vec<TillKey>,
    /// DE 22.
    pub entry: EntryMode,
    /// DE 14, if known.
    pub expiry: Option<Expiry>,
    /// Who was signed in.
    pub operator: OperatorNo,
    /// Who allowed it, if it needed somebody's word.
    pub allowed: Option<OperatorNo>,
    /// When it was sent.
    pub sent_at: Moment,
    /// When it got where it stands.
    pub at: Moment,
    /// Where it stands.
    pub standing: Standing,
    /// DE 39 of the answer, if one was believed.
    pub code: Option<ResponseCode>,
    /// DE 37.
    pub rrn: Option<Rrn>,
    /// DE 38.
    pub auth: Option<AuthCode>,
    /// DE 15.
    pub settlement: Option<MonthDay>,
    /// DE 12 and 13 with the year.
    pub host_at: Option<Moment>,
    /// DE 44.
    pub institutions: Short<25>,
    /// What its slip tells of the chip.
    pub chip: Option<Box<ChipSlip>>,
    /// Present exactly if a slip record exists.
    pub slip: Option<SlipLife>,
    /// The cashier's word on the signature: it fits, or the slip is not signed. `None`: nobody said anything.
    pub signed: Option<bool>,
    /// The hand-in about its slip that was answered last.
    pub handed: u16,
    /// Taken as a detail of its batch's settlement.
    pub uploaded: bool,
    /// The acquirer's answer to the confirmation or upload, if it contradicts the slip.
    pub confirmed: Option<ResponseCode>,
    /// The number of the acquirer's case that has it now.
    pub case: Option<Short<32>>,
    /// The first payment that was open when this one was let go, and why.
    pub second: Option<Second>,
}

/// The earlier exchange that a void, refund, completion or adjustment is about, as it stood when it was named.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Original {
    /// Its line in this journal; `None` if it was named by reference number and is not here.
    pub key: Option<TillKey>,
    /// Its amount, if its line is here; of an adjusted one the new total.
    pub amount: Option<Amount>,
    /// Its masked card, if its line is here.
    pub card: Option<CardTail>,
    /// DE 37.
    pub rrn: Option<Rrn>,
    /// DE 38.
    pub auth: Option<AuthCode>,
    /// DE 13 of its answer: the day that DE 61 names.
    pub date: Option<MonthDay>,
}

impl Exchange {
    /// The signed amount of its slip (rules 1): what it takes from the cardholder, negative what it gives back. Of an
    /// adjustment the difference. Unit: minor units.
    pub fn signed_minor(&self) -> i64 {
        let amount = self.amount.map_or(0, Amount::signed);
        match self.kind {
            Kind::Adjust => amount - self.about.as_ref().and_then(|o| o.amount).map_or(0, Amount::signed),
            kind => amount * i64::from(kind.shape().sign),
        }
    }

    /// Approved here, with a slip, and not contradicted by the acquirer.
    pub fn stands(&self) -> bool {
        self.standing == Standing::Approved && self.slip.is_some() && self.confirmed.is_none()
    }

    /// What it is about may not be touched by another one: its own fate is not known yet.
    pub const fn open(&self) -> bool {
        match self.standing {
            Standing::Sent | Standing::Stored | Standing::Doubtful(_) => true,
            // What comes of a case is not told here: nobody may take the same thing a second way meanwhile.
            Standing::FailedReversal(_) | Standing::InCase(_) => true,
            Standing::Approved | Standing::Declined(_) | Standing::Reversed(..) => false,
        }
    }
}

//! The acquirer's durable shapes. No field can hold a track, a PIN block, chip data or a clear card number (rules 11).

use super::{AcquirerTimer, Merchant, Terminal};
use crate::ledger::{Balance, Posting, PostingKey};
use alloc::boxed::Box;
use serde::{Deserialize, Serialize};
use slipway_node::{Line, tables};
use slipway_terms::{
    Amount, AuthCode, BatchNo, BusinessDate, CardTail, CardToken, ConditionCode, EntryMode, Kind, MerchantId, Moment,
    MonthDay, Mti, ProcessingCode, ResponseCode, Rrn, SealedPan, Short, Stan, SwitchKey, TerminalId, Till60, TillKey,
};

tables! {
    /// All rows of an acquirer.
    pub enum AcquirerRow {
        1 => ["terminal"] TerminalId => Terminal,
        2 => ["merchant"] MerchantId => Merchant,
        3 => ["counters"] () => Counters,
        4 => ["link"] () => Link,
        5 => ["exchange"] TillKey => Exchange,
        6 => ["reference"] Rrn => Reference,
        7 => queue ["open"] TillKey => Open,
        8 => ["batch"] (TerminalId, BatchNo) => Batch,
        9 => ["case"] (TillKey, u8) => Case,
        10 => ["balance"] Short<20> => Balance,
        11 => ["posting"] PostingKey => Posting,
    }
}

/// The numbers this acquirer gives out; the one hot row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Counters {
    /// Last 8-digit counter of a reference number.
    pub rrn: u32,
    /// Last DE 11 on the link to the switch.
    pub stan: Stan,
}

impl Default for Counters {
    fn default() -> Self {
        Self { rrn: 0, stan: Stan::FIRST }
    }
}

const RRN_ZERO: Rrn = match Rrn::new("000000000000") {
    Ok(rrn) => rrn,
    Err(_) => panic!("twelve zeros are a reference number"),
};

impl Counters {
    /// The next reference number: last digit of the year, day of year, 8-digit counter (rules 2).
    pub fn next_rrn(&mut self, day: BusinessDate) -> Rrn {
        self.rrn = self.rrn % 99_999_999 + 1;
        let text = alloc::format!("{}{:03}{:08}", day.year.rem_euclid(10), day.day_of_year(), self.rrn);
        Rrn::new(&text).unwrap_or(RRN_ZERO)
    }

    /// The next DE 11 on the link to the switch.
    pub const fn next_stan(&mut self) -> Stan {
        self.stan = self.stan.next();
        self.stan
    }
}

/// Whether the line to the switch stands. Down at every opening, until the runtime says up.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Link {
    /// Up.
    pub up: bool,
}

/// What stands under a terminal-side identity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Exchange {
    /// A request that was taken.
    Original(Box<Original>),
    /// A reversal that came without its original, which is refused with 12 if it comes.
    Tombstone(Tombstone),
}

/// A reversal without its original.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tombstone {
    /// Its identity.
    pub till: TillKey,
    /// When it came.
    pub at: Moment,
    /// Why the terminal reversed.
    pub reason: Option<ResponseCode>,
    /// How much it named.
    pub amount: Option<Amount>,
}

/// One exchange: what came, what was forwarded, what was answered, what became of the money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Original {
    /// Terminal-side identity.
    pub till: TillKey,
    /// DE 0.
    pub mti: Mti,
    /// What kind.
    pub kind: Kind,
    /// DE 3.
    pub processing: ProcessingCode,
    /// DE 4 and 49.
    pub amount: Option<Amount>,
    /// DE 22.
    pub entry: Option<EntryMode>,
    /// DE 25.
    pub condition: Option<ConditionCode>,
    /// DE 60.
    pub till60: Till60,
    /// The card, for comparing.
    pub token: CardToken,
    /// The card, for DE 2 of an advice.
    pub card: SealedPan,
    /// The card, for people.
    pub tail: CardTail,
    /// Switch-side identity.
    pub switch: SwitchKey,
    /// DE 37.
    pub rrn: Rrn,
    /// Where the newest copy of the request came from: the answer goes there.
    pub line: Line,
    /// Key generation of the newest copy.
    pub generation: u32,
    /// When it was taken; DE 12 and 13 of the answer.
    pub at: Moment,
    /// Where it stands.
    pub stage: Stage,
    /// What the terminal was told.
    pub code: Option<ResponseCode>,
    /// DE 38.
    pub auth: Option<AuthCode>,
    /// DE 15, the day the switch gave.
    pub settlement: Option<MonthDay>,
    /// DE 44.
    pub institutions: Option<Short<25>>,
    /// DE 54.
    pub balance: Option<slipway_terms::Balance>,
    /// When the answer came.
    pub answered_at: Option<Moment>,
    /// What the switch said after the undo slot was filled: recorded, never captured, never forwarded (rules 2).
    pub late: Option<ResponseCode>,
    /// Whether the merchant's credit is proven.
    pub credit: Credit,
    /// The one undo slot.
    pub undo: Option<Undo>,
}

/// Where an exchange stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// At the switch; no answer yet.
    Forwarded,
    /// Approved: a sale is captured.
    Approved,
    /// Refused; no money moved.
    Declined,
    /// The switch does not know and owns the undo (98, 68), or an inquiry had no answer: nothing captured, nothing to send.
    Unsure,
    /// The undo slot is filled.
    Undone,
}

/// Status of the merchant's credit (rules 1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Credit {
    /// No credit.
    Nothing,
    /// Captured; no authenticated message has named it as approved with slip.
    Unconfirmed,
    /// Payable.
    Confirmed,
    /// Unconfirmed beyond the limit: a case decides (rules 7).
    Held,
}

/// The filled undo slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Undo {
    /// Who filled it.
    pub by: By,
    /// DE 39 of the advice.
    pub reason: ResponseCode,
    /// When.
    pub at: Moment,
    /// What the switch answered to the advice; `None` while the advice is in the outbox.
    pub answer: Option<ResponseCode>,
}

/// Who filled an undo slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum By {
    /// Our own timer.
    Timer,
    /// A reversal from the terminal.
    Terminal,
    /// A contradicting or unknown answer.
    Answer,
    /// A person, who found no slip (rules 7).
    Case,
}

/// From a reference number to the exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// Whose.
    pub till: TillKey,
}

/// An exchange that waits for something; one row whichever it waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Open {
    /// Whose.
    pub till: TillKey,
    /// Until when.
    pub due: Moment,
    /// For what.
    pub wait: Wait,
}

/// What an open exchange waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Wait {
    /// The switch's answer.
    Answer,
    /// The terminal's confirmation.
    Confirmation,
}

impl Open {
    /// Its timer.
    pub const fn timer(&self) -> AcquirerTimer {
        match self.wait {
            Wait::Answer => AcquirerTimer::Answer(self.till),
            Wait::Confirmation => AcquirerTimer::Confirmation(self.till),
        }
    }
}

/// Running totals of one batch of one terminal: captured and not undone.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// How many sales.
    pub sales: u32,
    /// Their sum, minor units.
    pub sales_minor: i64,
}

/// Something a person must look at. Quiet means that none is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Which exchange.
    pub till: TillKey,
    /// Why.
    pub ground: Ground,
    /// Since when.
    pub at: Moment,
    /// When later evidence closed it.
    pub closed: Option<Moment>,
}

/// Grounds of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Ground {
    /// A reversal of a confirmed sale (answered 22).
    ReversalOfConfirmed = 1,
    /// A reversal whose amount, card or processing code differs from its original (64).
    ReversalDiffers = 2,
    /// The switch refused our advice (22 or 64).
    AdviceRefused = 3,
    /// Not confirmed in time (rules 7).
    Unconfirmed = 4,
    /// The terminal has a slip for what is not approved here (rules 9).
    SlipWithoutSale = 5,
    /// A confirmation that differs from its exchange.
    ConfirmationDiffers = 6,
}

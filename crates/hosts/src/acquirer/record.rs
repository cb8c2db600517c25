//! The acquirer's durable shapes. No field can hold a track, a PIN block, chip data or a clear card number (rules 11).

use super::archive::{PageCode, SlipCopy, SlipDay, SlipPage};
use super::index::{Follower, Indexed, Noted, Taken, Undecided};
use super::{
    AcquirerTimer, CaseMoved, CaseRefund, HeldMoney, KeptBack, Merchant, MerchantDay, MerchantMoney, MerchantRefused,
    PaidOut, Presented, Repaired, Settled, TakenOver, Terminal, Under,
};
use crate::correction::{Correction, CorrectionKey};
use crate::day::{ClosedDay, Days};
use crate::dispute::{Dispute, DisputeMove, OpenDispute, OrderRefused};
use crate::filed::Filed;
use crate::ledger::{Balance, Posting, PostingKey};
use crate::zone::ZoneKey;
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Line, tables};
use slipway_terms::{
    Amount, AuthCode, BatchNo, BusinessDate, CardTail, CardToken, CaseKey, CaseMoves, CaseTold, ConditionCode,
    DeviceMark, EntryMode, Found, Ground, Kind, MerchantId, Moment, MonthDay, Mti, ProcessingCode, ResponseCode, Rrn,
    SealedPan, Second, Short, Shut, Stan, SwitchKey, TerminalId, Till60, TillKey,
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
        12 => ["detail"] (TerminalId, BatchNo, Stan) => Detail,
        13 => ["blacklist"] () => Blacklist,
        14 => queue ["relay"] SwitchKey => Relay,
        15 => ["zone key"] Short<24> => ZoneKey,
        16 => ["days"] () => Days,
        17 => ["closed day"] BusinessDate => ClosedDay,
        18 => queue ["open case"] (TillKey, u8) => OpenCase,
        19 => ["device"] (TerminalId, DeviceMark) => KnownDevice,
        20 => ["closed by us"] (TerminalId, BatchNo) => ClosedByUs,
        21 => queue ["unsettled"] (TerminalId, BatchNo) => Unsettled,
        22 => ["clearing file"] BusinessDate => Filed,
        23 => ["presented"] TillKey => Presented,
        24 => ["merchant day"] (MerchantId, BusinessDate) => MerchantDay,
        25 => ["settled"] PostingKey => Settled,
        26 => ["repair"] Short<24> => Repaired,
        27 => ["correction"] CorrectionKey => Correction,
        28 => ["recent payment"] (TerminalId, u64) => Recent,
        33 => ["dispute"] SwitchKey => Dispute,
        34 => queue ["open dispute"] SwitchKey => OpenDispute,
        35 => ["dispute movement"] SwitchKey => DisputeMove,
        36 => ["dispute order"] SwitchKey => OrderRefused,
        30 => ["slip copy"] TillKey => SlipCopy,
        31 => ["slip day"] (BusinessDate, TillKey) => SlipDay,
        32 => ["slip page"] PageCode => SlipPage,
        42 => ["held money"] (MerchantId, u32) => HeldMoney,
        43 => ["merchant money"] MerchantId => MerchantMoney,
        44 => ["paid out"] (MerchantId, BusinessDate, u8) => PaidOut,
        45 => ["kept back"] (MerchantId, BusinessDate) => KeptBack,
        46 => ["merchant order refused"] (MerchantId, u64) => MerchantRefused,
        60 => ["taken"] (MerchantId, Moment, TillKey) => Taken,
        61 => ["noted"] (MerchantId, BusinessDate, TillKey) => Noted,
        62 => queue ["undecided"] (MerchantId, TillKey) => Undecided,
        63 => ["follower"] (TillKey, TillKey) => Follower,
        64 => ["indexed"] () => Indexed,
        70 => ["case movement"] (TillKey, u8) => CaseMoved,
        71 => ["case refund"] TillKey => CaseRefund,
        72 => ["case taken over"] (TillKey, u8) => TakenOver,
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
        let text = alloc::format!("{}{:08}", Rrn::of_day(day), self.rrn);
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
    /// A number that is used up without an exchange: a reversal that came without its original, or a refusal for good.
    Tombstone(Tombstone),
}

/// A used number without an exchange.
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
    /// It was no reversal but a request that was refused because of another exchange: every copy gets the same answer, or a
    /// later one might be approved behind the first answer's back.
    pub refused: Option<ResponseCode>,
    /// What kind it was: of a refused refund nobody may say that the card may be taken again. Unknown where the message fits none.
    pub kind: Option<Kind>,
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
    /// Tag 9F36 of DE 55.
    pub atc: Option<u16>,
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
    /// Under which keys the newest copy came.
    pub under: Under,
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
    /// The request named its card itself; else DE 2 is that of the exchange it is about.
    pub card_shown: bool,
    /// What an approval owes the merchant: the amount with its sign, of an adjustment the difference. Unit: minor units.
    pub signed_minor: i64,
    /// The earlier exchange that this one is about.
    pub about: Option<About>,
    /// The later exchange that this one is taken by: its void, adjustment, or the completion of its hold.
    pub claim: Option<Claim>,
    /// What of it was refunded.
    pub refunds: Refunds,
    /// An offline approval that the issuer does not bear: the acquirer paid the merchant itself (rules 3).
    pub borne: bool,
    /// The one redo slot: what a later finding moved for the merchant again (rules 7).
    pub redo: Option<Redo>,
    /// The terminal reversed it behind the void that has it: answered 00, and a case if that void is undone.
    pub reversed_behind: bool,
    /// The payment that was open when this one was made, and why it was let go.
    pub second: Option<Second>,
    /// Payments that were made while this one was open, oldest first.
    pub again: Vec<TillKey>,
    /// Who is paid for it, where its DE 42 is a merchant that its terminal was never bound to: the terminal's own (rules 11).
    pub payee: Option<MerchantId>,
}

impl Original {
    /// The merchant that its money is for.
    pub fn payee(&self) -> MerchantId {
        self.payee.unwrap_or(self.till.merchant)
    }
}

/// The newest payments of one amount at one terminal: where a second one is looked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recent {
    /// At which terminal.
    pub terminal: TerminalId,
    /// Which amount. Unit: minor units.
    pub minor: u64,
    /// Which payments, and by which card, oldest first.
    pub payments: Vec<(TillKey, CardToken)>,
}

impl Original {
    /// An authenticated message has named it as approved with a slip.
    pub fn confirmed(&self) -> bool {
        self.credit == Credit::Confirmed || self.redo.is_some()
    }

    /// It was undone, and a finding has debited the cardholder again: it stands, and like any sale it may be refunded (rules 5, 9).
    pub fn is_debited_again(&self) -> bool {
        let whole = |redo: Redo| !redo.open && redo.minor == self.signed_minor && self.signed_minor > 0;
        self.stage != Stage::Approved && !self.borne && self.redo.is_some_and(whole)
    }

    /// What can still be refunded: what the cardholder was debited for it, never more than its slip says, less what was given back. What a
    /// case has paid for its slip out of our own loss no card was debited for, and goes back to none (rules 3). Unit: minor units.
    pub fn refundable_minor(&self) -> i64 {
        let less = self.redo.filter(|_| self.stage == Stage::Approved).map_or(0, |redo| redo.minor.min(0));
        self.signed_minor + less + self.refunds.adjusted_minor - self.refunds.done_minor
    }

    /// We ourselves have given it back in a dispute: its slip was known, and whoever shows it again says nothing new.
    pub fn is_given_back(&self) -> bool {
        self.stage == Stage::Undone && self.undo.is_some_and(|undo| undo.by == By::Given)
    }

    /// Nothing about it is open: no answer, confirmation, undo or finding is waited for.
    pub fn rests(&self) -> bool {
        let undoing = self.undo.is_some_and(|undo| undo.answer.is_none());
        let open = matches!(self.credit, Credit::Unconfirmed | Credit::Held) && self.stage == Stage::Approved;
        self.stage != Stage::Forwarded && !undoing && !open
    }
}

/// The filled redo slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Redo {
    /// When.
    pub at: Moment,
    /// What it moved for the merchant, with its sign; 0 while the other house is asked, and of a void, whose purchase it gives back.
    /// Unit: minor units.
    pub minor: i64,
    /// While the other house is asked: nobody knows whether it comes true.
    pub open: bool,
}

/// The earlier exchange that a void, refund, completion or adjustment is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct About {
    /// Its terminal-side identity.
    pub till: TillKey,
    /// Its switch-side identity, for DE 90.
    pub switch: SwitchKey,
    /// Its type, for DE 90.
    pub mti: Mti,
    /// Its approval code.
    pub auth: Option<AuthCode>,
}

/// Who has taken an exchange. One at a time, and while it is taken nobody else may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// The later exchange.
    pub by: TillKey,
    /// What it is.
    pub kind: Kind,
    /// How far it is.
    pub state: ClaimState,
}

/// How far a claim is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ClaimState {
    /// Forwarded, not decided.
    Asked,
    /// Approved; its own answer may still be lost and the claim taken back.
    Taken,
    /// The till has its slip: for good.
    Sure,
}

/// What of an exchange was refunded: done and open sums never exceed it (rules 3).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Refunds {
    /// Approved so far, minor units.
    pub done_minor: i64,
    /// The one that is open.
    pub open: Option<TillKey>,
    /// What an adjustment added; may be negative.
    pub adjusted_minor: i64,
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
    /// Unconfirmed beyond the limit, or of a merchant that was never the terminal's: a case decides (rules 7).
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
    /// DE 15 of that answer: the day on which the undo stands at the switch (rules 5). Our posting was made with the advice, and
    /// a posting is never changed.
    pub day: Option<MonthDay>,
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
    /// The till's settlement, which did not have it (rules 9).
    Settlement,
    /// A repair from reconciliation (rules 9).
    Repair,
    /// The slip of the second payment, made while this one was open and had none (rules 9).
    Second,
    /// We ourselves, in a dispute, by credit adjustment (贷记调整): its slip is no news and moves nothing.
    Given,
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
    /// Its undo: the till settled and does not have it (rules 9).
    Unmatched,
    /// Its undo: the customer paid again and has that slip (rules 9).
    Second,
}

impl Open {
    /// Its timer.
    pub const fn timer(&self) -> AcquirerTimer {
        match self.wait {
            Wait::Answer => AcquirerTimer::Answer(self.till),
            Wait::Confirmation => AcquirerTimer::Confirmation(self.till),
            Wait::Unmatched => AcquirerTimer::Unmatched(self.till),
            Wait::Second => AcquirerTimer::Second(self.till),
        }
    }
}

/// Running totals of one batch of one terminal: captured and not undone.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// What cardholders paid: sales, completions, offline sales, tips.
    pub debit: Total,
    /// What they got back: voids, refunds, completion voids.
    pub credit: Total,
    /// The till asked for its totals, or closed it.
    pub closing: Closing,
    /// Detail lines that the till uploaded.
    pub uploaded: u32,
}

/// A sum and its count.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Total {
    /// How many.
    pub count: u32,
    /// How much, minor units.
    pub minor: i64,
}

/// How far the settlement of a batch is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub enum Closing {
    /// Open.
    #[default]
    No,
    /// Totals compared and equal.
    Balanced,
    /// Totals compared and not equal: the till uploads its details.
    Unbalanced,
    /// Closed; the next batch is open.
    Closed,
}

/// One line that a till uploaded at settlement. Idempotent by its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Detail {
    /// Which exchange.
    pub till: TillKey,
    /// Its amount as the till has it, minor units.
    pub minor: i64,
    /// When it came first.
    pub at: Moment,
    /// It came with a good code: only then it says anything (rules 1).
    pub proven: bool,
}

/// A message that was only handed on, until its answer comes or its time is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Relay {
    /// As it was handed on.
    pub key: SwitchKey,
    /// As the terminal named it.
    pub till: TillKey,
    /// DE 60 of the terminal.
    pub till60: Option<Till60>,
    /// Where the answer goes.
    pub line: Line,
    /// Under which keys.
    pub under: Under,
    /// How long it is waited for.
    pub due: Moment,
}

/// Card-number prefixes that terminals refuse by themselves. Replaced as a whole.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Blacklist {
    /// 6 to 19 digits each.
    pub prefixes: alloc::vec::Vec<Short<19>>,
}

/// A device that has spoken, or has been named, for a terminal number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnownDevice {
    /// For which number.
    pub terminal: TerminalId,
    /// Its mark.
    pub mark: DeviceMark,
    /// When it was first in force, or named.
    pub since: Moment,
    /// When another one came in its place last.
    pub replaced: Option<Moment>,
    /// Who has taken over what it handed over: one device, for good.
    pub heir: Option<DeviceMark>,
    /// When a second one first came with the same, or it came back itself.
    pub contested: Option<Moment>,
}

/// A batch with money in it that its till has not settled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unsettled {
    /// Of which till.
    pub terminal: TerminalId,
    /// Which batch.
    pub batch: BatchNo,
    /// When we close it by ourselves.
    pub due: Moment,
}

/// A batch that we closed by ourselves. Its exchanges are judged as before; what the till still brings of it is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClosedByUs {
    /// Of which till.
    pub terminal: TerminalId,
    /// Which batch.
    pub batch: BatchNo,
    /// When.
    pub at: Moment,
    /// Why.
    pub why: Shut,
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
    /// How much the till said, where its word is the ground; with a minus what its DE 3 says it gives back. Unit: minor units.
    pub minor: Option<i64>,
    /// What the slip does with it, by what the till said: +1 the cardholder pays, −1 gets it back, 0 no money moves. None: it did
    /// not say, and then nothing is credited on its word.
    pub sign: Option<i8>,
    /// When it ends by itself, if it does.
    pub due: Option<Moment>,
    /// When a finding or later evidence closed it.
    pub closed: Option<Moment>,
    /// What a person found.
    pub found: Option<Found>,
    /// The slip that came after "no slip".
    pub later: Option<Found>,
    /// The posting that credited a merchant for an exchange that is not here: the redo slot of what has no record.
    pub redo: Option<SwitchKey>,
}

impl Case {
    /// A case as it is opened.
    pub const fn open(till: TillKey, ground: Ground, at: Moment) -> Self {
        Self {
            till,
            ground,
            at,
            minor: None,
            sign: None,
            due: None,
            closed: None,
            found: None,
            later: None,
            redo: None,
        }
    }

    /// Its name.
    pub const fn key(&self) -> CaseKey {
        CaseKey::Till(self.till, self.ground)
    }

    /// In the words of all hosts.
    pub const fn told(&self) -> CaseTold {
        let Self { at, due, closed, found, later, .. } = *self;
        let moves = CaseMoves::NONE;
        CaseTold { key: self.key(), at, code: None, due, closed, found, later, moves, moved: None }
    }
}

/// The mark of a case that is open; gone when it is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenCase {
    /// Which exchange.
    pub till: TillKey,
    /// Why.
    pub ground: Ground,
    /// When it ends by itself, if nobody answers (rules 7).
    pub due: Option<Moment>,
}

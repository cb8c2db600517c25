//! The trade's words as checked value types, typed messages and outcomes.
//!
//! Every crate of Slipway speaks in these types. Values are checked where they are made, so a core never meets an
//! impossible amount or a STAN of zero; secrets (card number, track, PIN block) have no `Debug` that shows them and,
//! except in sealed form, no way into a record.
#![no_std]
extern crate alloc;

mod advice;
mod card;
mod card_type;
mod case;
mod case_move;
pub mod chip;
mod clearing;
mod device;
mod dispute;
mod dispute_rules;
mod exchange;
pub mod handed;
mod key;
mod kind;
mod lang;
mod merchant_money;
mod message;
mod money;
mod moved;
mod notice;
mod number;
mod payer;
mod person;
mod repair;
mod response;
mod scheme;
mod second;
mod sentence;
mod short;
mod slip;
mod time;
mod verdict;

pub use advice::Advice;
pub use card::{CardTail, CardToken, EntryLetter, EntryMode, Expiry, Pan, Pin, PinBlock, PinFormat, SealedPan, Track2};
pub use card_type::CardType;
pub use case::{CaseKey, CaseTold, Finding, Found, Ground};
pub use case_move::{CaseMove, CaseMoves, CaseWay};
pub use chip::{ChipAsk, ChipCard, ChipSaid, ChipSlip, ChipTerms};
pub use clearing::{ClearingItem, FileMark};
pub use device::{Device, DeviceMark, Heard, Shut};
pub use dispute::{DisputeAct, DisputeOrder, DisputeTold, Proof, Refusal, Reply, Step, Won, dispute_number};
pub use dispute_rules::{Against, Confidence, DisputeRules, Limit, Reason, Since, Verified, calendar_end};
pub use exchange::{OriginalData, OriginalTill, SwitchKey, Till60, TillKey};
pub use handed::{Handed, PicturePart, Signed};
pub use key::{Kcv, KeyName, KeyRef, KeyUse, Mac, MacKey, MacMethod, WrappedKey};
pub use kind::{DISPUTED, Kind, SHAPES, Shape};
pub use lang::{Lang, Text};
pub use merchant_money::{HoldGround, MerchantAct, MerchantOrder, MerchantRefusal, PayTo};
pub use message::{Message, Security};
pub use money::{Amount, Balance, Currency};
pub use moved::{Moved, Turn};
pub use notice::{Notice, NoticeKind};
pub use number::{
    AuthCode, BatchNo, ConditionCode, InstitutionId, Mcc, MerchantId, Mti, OperatorNo, ProcessingCode, Rrn, Stan,
    TerminalId,
};
pub use payer::Payer;
pub use person::same_person;
pub use repair::{Mend, Repair};
pub use response::{Doubt, Outcome, ResponseCode, ResponseText};
pub use scheme::{AnyPin, ClosedTrack, DukptKey, KeyScheme, Keying, Ksn, WidePin};
pub use second::{PayAgain, Second};
pub use short::{BadShape, Short};
pub use slip::{Copy, PaperFate, Slip, SlipKind, SlipRow, Verification};
pub use time::{BusinessDate, ClockTime, Moment, MonthDay, SentAt};
pub use verdict::{Cashier, Fate, Party, State, Taken, Testimony, Verdict, judge};

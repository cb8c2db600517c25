//! The rules of disputes as a value: reason codes, what each may be raised against, and how long each step may take. Who makes
//! it: the reader of a data file; a core only asks it.

use crate::{BusinessDate, CardType, Kind, Moment, Proof, Refusal, Short, Step, Text};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
/// UTC+8, in which all days are counted.
const AHEAD_MS: i64 = 8 * 3_600_000;

/// How the cardholder was verified, as far as DE 22 says it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// By PIN.
    Pin,
    /// By signature.
    Signature,
    /// By nothing: a small amount, without PIN and signature.
    Nothing,
    /// Nobody was there.
    Absent,
}

impl Verified {
    /// All of them, with their words in data.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Pin, "pin"), (Self::Signature, "signature"), (Self::Nothing, "nothing"), (Self::Absent, "absent")];
}

/// How well a figure is known: A by a regulator or scheme, B by two independent secondary sources, C by one, D is believed.
pub type Confidence = char;

/// One reason code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Four digits.
    pub code: Short<4>,
    /// Of which step.
    pub step: Step,
    /// 中文.
    pub zh: String,
    /// English.
    pub en: String,
    /// Against which kinds of exchange.
    pub kinds: Vec<Kind>,
    /// Against which ways of verifying the cardholder.
    pub verified: Vec<Verified>,
    /// Only against chip (`true`), only against stripe and keyed (`false`), or any.
    pub chip: Option<bool>,
    /// Of a retrieval: what answers "slip found" by itself.
    pub proofs: Vec<Proof>,
    /// Of a chargeback: the acquirer has no re-presentment.
    pub last: bool,
    /// Where it is from.
    pub source: Text,
    /// How well it is known.
    pub confidence: Confidence,
}

/// From when a limit counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Since {
    /// The exchange itself.
    Exchange,
    /// The step before.
    Step,
}

/// How long a step may take, of one type of card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Which step may be taken.
    pub step: Step,
    /// Of which cards.
    pub card: CardType,
    /// Within how many days; `None`: this step is not for these cards.
    pub days: Option<u16>,
    /// Working days; else calendar days. Both end at 24:00 of the last.
    pub working: bool,
    /// From when.
    pub since: Since,
    /// Where it is from.
    pub source: Text,
    /// How well it is known.
    pub confidence: Confidence,
}

/// All rules of one version.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DisputeRules {
    /// Which version.
    pub version: Short<16>,
    /// From which day on it is in force.
    pub from: Option<BusinessDate>,
    /// Working days that a merchant has to show a slip.
    pub merchant_days: u8,
    /// Up to this amount nobody signs. Unit: minor units.
    pub unsigned_max_minor: u64,
    /// Reasons.
    pub reasons: Vec<Reason>,
    /// Limits.
    pub limits: Vec<Limit>,
}

/// What an exchange is, for the rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Against {
    /// Its kind.
    pub kind: Kind,
    /// How the cardholder was verified.
    pub verified: Verified,
    /// Whether a chip paid.
    pub chip: bool,
}

impl DisputeRules {
    /// A reason of a step.
    pub fn reason(&self, step: Step, code: Short<4>) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.step == step && reason.code == code)
    }

    /// The limit of a step for a type of card.
    pub fn limit(&self, step: Step, card: CardType) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.step == step && limit.card == card)
    }

    /// How the cardholder of an exchange was verified, by DE 22 and amount.
    pub fn verified(&self, kind: Kind, entry: Option<crate::EntryMode>, minor: i64) -> Verified {
        let entry = entry.map_or(0, |entry| entry.0);
        let near = entry / 10 == 7;
        match (kind, entry % 10) {
            (Kind::Moto, _) => Verified::Absent,
            (_, 1) => Verified::Pin,
            // Held to the reader without PIN: only small amounts go that way, and nobody signs.
            _ if near && minor.unsigned_abs() <= self.unsigned_max_minor => Verified::Nothing,
            _ => Verified::Signature,
        }
    }

    /// Whether a reason of a step may be raised against this exchange.
    ///
    /// # Errors
    /// What it does not fit.
    pub fn fits(&self, step: Step, code: Short<4>, against: Against) -> Result<&Reason, Refusal> {
        let reason = self.reason(step, code).ok_or(Refusal::Reason)?;
        if !reason.kinds.contains(&against.kind) {
            return Err(Refusal::Kind);
        }
        if !reason.verified.contains(&against.verified) {
            return Err(Refusal::Verification);
        }
        if reason.chip.is_some_and(|chip| chip != against.chip) {
            return Err(Refusal::Chip);
        }
        Ok(reason)
    }
}

/// 24:00 (UTC+8) of the last of so many calendar days after the day of `at`.
pub fn calendar_end(at: Moment, days: u16) -> Moment {
    Moment((at.date().days() + i64::from(days) + 1) * DAY_MS - AHEAD_MS)
}

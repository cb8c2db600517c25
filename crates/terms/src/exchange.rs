//! Identity of an exchange: what pairs answers, finds originals and stops doubles (rules 2). Never a day of our own clock.

use crate::{BatchNo, InstitutionId, MerchantId, MonthDay, Mti, SentAt, Stan, TerminalId};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Terminal-side identity of an exchange: DE 41, 42, 60.2, 11; no date, requests carry none. The acquirer never gives a
/// batch number twice to a terminal number within the retention time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TillKey {
    /// DE 41.
    pub terminal: TerminalId,
    /// DE 42.
    pub merchant: MerchantId,
    /// DE 60.2.
    pub batch: BatchNo,
    /// DE 11.
    pub stan: Stan,
}

impl fmt::Display for TillKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.merchant, self.terminal, self.batch, self.stan)
    }
}

impl fmt::Debug for TillKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Switch-side identity of an exchange: DE 32, 33, 7, 11 as first sent by the acquirer, forwarded unchanged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SwitchKey {
    /// DE 32.
    pub acquirer: InstitutionId,
    /// DE 33.
    pub forwarder: InstitutionId,
    /// DE 7.
    pub sent: SentAt,
    /// DE 11.
    pub stan: Stan,
}

impl fmt::Display for SwitchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{:010}/{}", self.acquirer, self.forwarder, self.sent.number(), self.stan)
    }
}

impl fmt::Debug for SwitchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a switch-side advice points at. Shape: DE 90, 42 digits: MTI 4, DE 11 6, DE 7 10, DE 32 11, DE 33 11 (right aligned, zero filled).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct OriginalData {
    /// The original's message type.
    pub mti: Mti,
    /// The original's identity.
    pub key: SwitchKey,
}

/// What a terminal-side void, refund or reversal points at. Shape: DE 61: batch 6, STAN 6, then optionally date 4.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct OriginalTill {
    /// 61.1; zero when not known.
    pub batch: BatchNo,
    /// 61.2 as a number; 0 when not known (a refund across terminals).
    pub stan: u32,
    /// 61.3; absent in the 12-digit form or when sent as 0000.
    pub date: Option<MonthDay>,
}

/// Terminal-side private field. Shape: DE 60: 60.1 type code 2, 60.2 batch 6, 60.3 management code 3, 60.4 read
/// capability 1, 60.5 IC condition 1, 60.6 partial approval 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Till60 {
    /// 60.1.
    pub type_code: u8,
    /// 60.2.
    pub batch: BatchNo,
    /// 60.3; absent in the 8-digit form.
    pub management: Option<u16>,
    /// 60.4.
    pub reads: Option<u8>,
    /// 60.5.
    pub chip: Option<u8>,
    /// 60.6.
    pub partial: Option<u8>,
}

impl Till60 {
    /// A management message: 60.1 to 60.3.
    pub const fn management(batch: BatchNo, code: u16) -> Self {
        Self { type_code: 0, batch, management: Some(code), reads: None, chip: None, partial: None }
    }

    /// A financial message: 60.3 = 000, stripe and chip reader, no partial approval.
    pub const fn financial(type_code: u8, batch: BatchNo) -> Self {
        Self { type_code, batch, management: Some(0), reads: Some(5), chip: Some(0), partial: Some(0) }
    }
}

//! What the acquirer set for this terminal: a list of tag 2, length 2, value. What is not understood is left out, and what would
//! break the order of waiting times is not taken.

use crate::OfflineLimits;
use crate::seat::Seat;
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_terms::{Pan, Short, TerminalId};

/// Seconds that a terminal may be told to wait for an answer: never less than its acquirer waits itself (rules 5).
const ANSWER_S: core::ops::RangeInclusive<u64> = 55..=300;

/// Downloaded parameters; what is `None` stands as it was set up.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Parameters {
    /// 01: seconds to wait for an answer.
    pub answer_s: Option<u64>,
    /// 02: sends of a reversal on one occasion.
    pub reversal_sends: Option<u8>,
    /// 03: largest offline sale. Unit: fen.
    pub offline_single_fen: Option<u64>,
    /// 04: offline sales that may wait.
    pub offline_count: Option<u16>,
    /// 05: percent that a tip may add.
    pub tip_percent: Option<u64>,
    /// 06: refunds are allowed.
    pub refund: Option<bool>,
}

impl Parameters {
    /// From DE 62; `None` if it is no such list.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let mut rest = core::str::from_utf8(body).ok().filter(|text| text.is_ascii())?;
        let mut all = Self::default();
        while !rest.is_empty() {
            let (tag, len) = (rest.get(..2)?, rest.get(2..4)?.parse::<usize>().ok()?);
            let value = rest.get(4..4 + len)?;
            let number = value.parse::<u64>().ok();
            match tag {
                "01" => all.answer_s = number.filter(|s| ANSWER_S.contains(s)),
                "02" => all.reversal_sends = number.and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=9).contains(n)),
                "03" => all.offline_single_fen = number,
                "04" => all.offline_count = number.and_then(|n| u16::try_from(n).ok()),
                "05" => all.tip_percent = number.filter(|percent| *percent <= 100),
                "06" => all.refund = number.map(|n| n == 1),
                _ => {}
            }
            rest = rest.get(4 + len..)?;
        }
        Some(all)
    }
}

/// Beginnings of card numbers that are not served.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Blacklist {
    /// DE 41.
    pub terminal: TerminalId,
    /// The prefixes.
    pub prefixes: Vec<Short<19>>,
}

impl Blacklist {
    pub(crate) fn names(&self, pan: &Pan) -> bool {
        self.prefixes.iter().any(|prefix| pan.reveal().starts_with(prefix.as_str()))
    }
}

/// Chip tables as they came, byte for byte.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChipTables {
    /// DE 41.
    pub terminal: TerminalId,
    /// Keys of certificate authorities.
    pub ca_keys: Vec<Box<[u8]>>,
    /// Parameters of applications.
    pub applications: Vec<Box<[u8]>>,
}

impl ChipTables {
    /// Empty ones.
    pub(crate) const fn of(terminal: TerminalId) -> Self {
        Self { terminal, ca_keys: Vec::new(), applications: Vec::new() }
    }
}

impl Seat<'_, '_> {
    /// The wait for an answer.
    pub fn answer_ms(&self) -> i64 {
        let set = self.till.parameters.answer_s.and_then(|s| i64::try_from(s).ok());
        set.map_or(self.config().times.answer_ms, |s| s * 1000)
    }

    /// Sends of one reversal on one occasion.
    pub fn reversal_sends(&self) -> u8 {
        self.till.parameters.reversal_sends.unwrap_or(self.config().times.reversal_sends_max)
    }

    /// Limits of offline sales. The acquirer bears what is beyond them (rules 3), so its word counts.
    pub fn offline_limits(&self) -> OfflineLimits {
        let own = self.profile.trade.offline;
        let single_fen = self.till.parameters.offline_single_fen.unwrap_or(own.single_fen);
        let count_max = self.till.parameters.offline_count.unwrap_or(own.count_max);
        let most = single_fen.saturating_mul(u64::from(count_max));
        let sum_fen = if own.sum_fen > 0 { own.sum_fen.min(most) } else { most };
        if single_fen == 0 || count_max == 0 {
            return OfflineLimits::default();
        }
        OfflineLimits { single_fen, count_max, sum_fen }
    }

    /// Percent that an adjusted total may be of its original.
    pub fn adjust_percent(&self) -> u64 {
        self.till.parameters.tip_percent.map_or(self.config().adjust_percent_max, |tip| 100 + tip)
    }

    /// Refunds are offered here.
    pub fn refunds(&self) -> bool {
        self.profile.trade.refund && self.till.parameters.refund.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_by_tag() {
        let all = Parameters::read(b"010306002013031200000003000004030200503020060119902xx").unwrap();
        let want = Parameters {
            answer_s: Some(60),
            reversal_sends: Some(3),
            offline_single_fen: Some(30_000),
            offline_count: Some(20),
            tip_percent: Some(20),
            refund: Some(true),
        };
        assert_eq!(all, want);
        // Waits shorter than the acquirer's own would make doubts of good answers.
        assert_eq!(Parameters::read(b"0103005").unwrap().answer_s, None);
        assert_eq!(Parameters::read(b""), Some(Parameters::default()));
        for bad in [b"01".as_slice(), b"0103", b"0109060", b"01xx060", &[0xFF, 0xFE]] {
            assert_eq!(Parameters::read(bad), None);
        }
    }
}

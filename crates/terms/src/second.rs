//! The second payment: the customer pays again while the first attempt is open. Which one it follows, why somebody let it go, and
//! how a terminal says so in DE 48 of the request: digits that a host of another make may leave unread.

use crate::{BatchNo, Stan, Text, TillKey};
use alloc::boxed::Box;
use alloc::format;
use serde::{Deserialize, Serialize};

/// Why a payment was let go although the first one is open. A closed list; the number goes over the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayAgain {
    /// No slip came of the first one, and the customer agrees to pay again.
    NoSlip = 1,
    /// The first one stays open too long, and the customer cannot wait.
    CannotWait = 2,
    /// It is another purchase of the same amount: nothing is to be given back.
    OtherPurchase = 3,
}

impl PayAgain {
    /// All of them, in the order of the keys that choose them.
    pub const ALL: [Self; 3] = [Self::NoSlip, Self::CannotWait, Self::OtherPurchase];

    /// As it is typed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoSlip => "no-slip",
            Self::CannotWait => "cannot-wait",
            Self::OtherPurchase => "other-purchase",
        }
    }

    /// In words for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::NoSlip => ("首笔无签购单，顾客同意再付", "no slip of the first, the customer pays again"),
            Self::CannotWait => ("首笔久未了结，顾客不能再等", "the first stays open, the customer cannot wait"),
            Self::OtherPurchase => ("另一笔购买，金额相同", "another purchase of the same amount"),
        };
        Text::new(zh, en)
    }

    /// By its number.
    pub fn of(no: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as u8 == no)
    }
}

/// The link from a second payment to the first: who makes it, the terminal that let it go, or the acquirer that saw it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Second {
    /// The first one.
    pub first: TillKey,
    /// Why it was let go; `None`: nobody was asked, the acquirer linked it by itself.
    pub reason: Option<PayAgain>,
    /// The terminal's word on the first one's slip: it has a record of one, or never will have; `None`: it said nothing.
    pub slip: Option<bool>,
}

/// Tag of the second payment in DE 48, and the length of its value.
const TAG: &str = "7115";

impl Second {
    /// DE 48 of the request: `71`, length 15, then batch 6, STAN 6, reason 2, slip 1 (1 there is one, 0 there is none).
    pub fn write(&self) -> Box<str> {
        let (first, reason) = (self.first, self.reason.map_or(0, |reason| reason as u8));
        let slip = u8::from(self.slip == Some(true));
        format!("{TAG}{}{}{reason:02}{slip}", first.batch, first.stan).into()
    }

    /// The same read, of a request under `key`: a first one is always of the same terminal. `None`: DE 48 says nothing of the kind.
    pub fn read(private48: &str, key: &TillKey) -> Option<Self> {
        let value = private48.strip_prefix(TAG).filter(|value| value.len() == 15)?;
        if !value.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let part = |from: usize, to: usize| value.get(from..to)?.parse::<u32>().ok();
        let first = TillKey { batch: BatchNo(part(0, 6)?), stan: Stan::new(part(6, 12)?).ok()?, ..*key };
        let reason = PayAgain::of(u8::try_from(part(12, 14)?).ok()?)?;
        let slip = match part(14, 15)? {
            0 => false,
            1 => true,
            _ => return None,
        };
        (first != *key).then_some(Self { first, reason: Some(reason), slip: Some(slip) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MerchantId, TerminalId};

    fn key(stan: u32) -> TillKey {
        TillKey {
            terminal: TerminalId::new("10000001").unwrap(),
            merchant: MerchantId::new("999310054110001").unwrap(),
            batch: BatchNo(7),
            stan: Stan::new(stan).unwrap(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for reason in PayAgain::ALL {
            for slip in [false, true] {
                let second = Second { first: key(12), reason: Some(reason), slip: Some(slip) };
                assert_eq!(Second::read(&second.write(), &key(13)), Some(second));
            }
        }
        let second = Second { first: key(12), reason: Some(PayAgain::NoSlip), slip: Some(false) };
        assert_eq!(&*second.write(), "7115000007000012010");
    }

    #[test]
    fn what_is_no_such_word_is_none() {
        for bad in [
            "",
            "0100000700001201",
            "7115000007000012040",
            "7115000007000000010",
            "7115000007000012012",
            "71150000070000120100",
            "711500000700001201x",
            "7115000007000013010",
        ] {
            assert_eq!(Second::read(bad, &key(13)), None, "{bad}");
        }
    }

    #[test]
    fn every_reason_has_its_own_words() {
        for reason in PayAgain::ALL {
            let same = |other: &PayAgain| other.word() == reason.word() || other.words() == reason.words();
            assert_eq!(PayAgain::ALL.iter().filter(|other| same(other)).count(), 1);
            assert_eq!(PayAgain::of(reason as u8), Some(reason));
        }
    }
}

//! Which device speaks for a terminal number: its mark, what a sign-on says of it in DE 62, and what a sign-on's answer says of
//! the batch in DE 48. A terminal of another make says nothing of the kind and is none the worse for it.

use crate::BatchNo;
use alloc::string::String;
use alloc::{boxed::Box, format};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The mark of one device: a random number made with its store and never given to another. No secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceMark(pub u64);

impl fmt::Display for DeviceMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for DeviceMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceMark({self})")
    }
}

const MARK: &str = "Device Mark";
const SUCCEEDS: &str = "Succeeds";

/// What a device says of itself when it signs on.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Device {
    /// Its own mark; `None`: of another make, or set up before there were marks.
    pub mark: Option<DeviceMark>,
    /// It holds what this device handed over, and has not yet been heard by the acquirer as its successor.
    pub succeeds: Option<DeviceMark>,
}

impl Device {
    /// DE 62 of a sign-on: the trade's serial number (12 characters), and after it ours: each part is a name, its length in two
    /// digits, its text. Who does not know a name reads what stands before it.
    pub fn write(&self, serial: &str) -> Box<[u8]> {
        let mut text = format!("Sequence No12{:4}{serial:8}", "0000");
        for (name, mark) in [(MARK, self.mark), (SUCCEEDS, self.succeeds)] {
            if let Some(mark) = mark {
                text += &format!("{name}16{mark}");
            }
        }
        text.into_bytes().into()
    }

    /// The same read; what is not there, or no mark, is `None`.
    pub fn read(private62: &[u8]) -> Self {
        let text: String = private62.iter().copied().filter(u8::is_ascii).map(char::from).collect();
        // The serial is the maker's to choose: what looks like a name in it is none.
        let own = text.strip_prefix("Sequence No").and_then(|rest| {
            let len: usize = rest.get(..2)?.parse().ok()?;
            rest.get(2 + len..)
        });
        let mut rest = own.unwrap_or_default();
        let mut found = Self::default();
        for (name, into) in [(MARK, &mut found.mark), (SUCCEEDS, &mut found.succeeds)] {
            let part = rest.strip_prefix(name).and_then(|part| part.strip_prefix("16"));
            let Some((digits, after)) = part.and_then(|part| part.split_at_checked(16)) else { continue };
            *into = u64::from_str_radix(digits, 16).ok().map(DeviceMark);
            rest = after;
        }
        found
    }
}

/// Why the acquirer closed a batch by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Shut {
    /// The till had not settled it for 24 hours (rules 9).
    Overdue = 1,
    /// Another device speaks for the terminal number now.
    Replaced = 2,
}

/// DE 48 of the answer to a sign-on that said who speaks.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Heard {
    /// The batch that the acquirer closed by itself, and why.
    pub shut: Option<(Shut, BatchNo)>,
    /// What it heard the device say. A sign-on carries no code: a device that is not repeated to the letter takes no keys.
    pub device: Device,
}

impl Heard {
    /// As it travels. Shape: 47 digits: why (0: no batch was closed) and batch, 1 + 6; mark and the mark it succeeds, 20 each, 0 for
    /// none.
    pub fn write(&self) -> Box<str> {
        let (why, batch) = self.shut.map_or((0, BatchNo(0)), |(why, batch)| (why as u8, batch));
        let [mark, succeeds] = [self.device.mark, self.device.succeeds].map(|mark| mark.map_or(0, |mark| mark.0));
        format!("{why}{batch}{mark:020}{succeeds:020}").into()
    }

    /// The same read; anything else is `None`.
    pub fn read(private48: &str) -> Option<Self> {
        if private48.len() != 47 || !private48.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let why = match private48.get(..1)? {
            "0" => None,
            "1" => Some(Shut::Overdue),
            "2" => Some(Shut::Replaced),
            _ => return None,
        };
        let batch = BatchNo(private48.get(1..7)?.parse().ok()?);
        let mark = |at: usize| {
            Some(private48.get(at..at + 20)?.parse::<u64>().ok()?).map(|mark| (mark != 0).then_some(DeviceMark(mark)))
        };
        let device = Device { mark: mark(7)?, succeeds: mark(27)? };
        Some(Self { shut: why.map(|why| (why, batch)), device })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_on_says_who_speaks() {
        let check = |device: Device, want: &str| {
            let text = device.write("SW000001");
            assert_eq!(core::str::from_utf8(&text), Ok(want));
            assert_eq!(Device::read(&text), device);
        };
        let marked = Device { mark: Some(DeviceMark(0xAB)), succeeds: None };
        check(Device::default(), "Sequence No120000SW000001");
        check(marked, "Sequence No120000SW000001Device Mark1600000000000000ab");
        check(
            Device { succeeds: Some(DeviceMark(u64::MAX)), ..marked },
            "Sequence No120000SW000001Device Mark1600000000000000abSucceeds16ffffffffffffffff",
        );
        for strange in
            ["", "Sequence No", "Sequence No99", "Device Mark1600000000000000ab", "Sequence No02Device Mark16"]
        {
            assert_eq!(Device::read(strange.as_bytes()), Device::default(), "{strange}");
        }
        assert_eq!(Device::read(b"Sequence No02ABDevice Mark16zzzzzzzzzzzzzzzz"), Device::default());
        assert_eq!(Device::read("Sequence No12机Device Mark16".as_bytes()), Device::default());
    }

    #[test]
    fn an_answer_says_who_was_heard_and_which_batch_was_closed() {
        let device = Device { mark: Some(DeviceMark(0xAB)), succeeds: Some(DeviceMark(u64::MAX)) };
        for shut in [None, Some((Shut::Overdue, BatchNo(17))), Some((Shut::Replaced, BatchNo(999_999)))] {
            for device in [Device::default(), device, Device { succeeds: None, ..device }] {
                let heard = Heard { shut, device };
                assert_eq!(Heard::read(&heard.write()), Some(heard));
            }
        }
        let text = Heard { shut: Some((Shut::Overdue, BatchNo(17))), device }.write();
        assert_eq!(&*text, "10000170000000000000000017118446744073709551615");
        for strange in
            ["", "1", "1000017", &text[1..], &format!("{text}0"), &format!("3{}", &text[1..]), &text.replace('7', "x")]
        {
            assert_eq!(Heard::read(strange), None, "{strange}");
        }
        assert_eq!(Heard::read(&format!("{}99999999999999999999", &text[..27])), None, "no mark is so large");
    }
}

//! The device's working keys as the tap learns them from the sign-on answer, and what they say about its MACs and PIN blocks.
//! A PIN that is opened here is looked at for its shape and wiped; nothing of it reaches a report.

use super::spoil::text;
use crate::say::End;
use slipway_iso8583::{Decoded, mac_field};
use slipway_terms::{MacMethod, Pan, PinFormat};
use slipway_vault::{Algorithm, ClearKey, KeyBlock, MakSlot, Schedule, WorkingKeys, mac_holds, open_pin};

/// What is seen of a MAC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MacSeen {
    /// There is none.
    None,
    /// Good under the keys in force.
    Good,
    /// Not good under any.
    Wrong,
    /// Nobody signed on yet.
    NoKey,
}

/// What is seen of a PIN block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PinSeen {
    /// There is none.
    None,
    /// A block of the format that field 53 names.
    Good,
    /// It opens to no PIN: another key, another card number, or another format.
    Wrong,
    /// Nobody signed on yet, or no card number to open it with.
    NoKey,
}

struct Working {
    mac: Schedule,
    pin: Schedule,
}

/// Master key and the two newest generations of working keys: an answer goes out under the one its request came under.
pub struct Keys {
    tmk: Schedule,
    held: Vec<Working>,
    used: usize,
}

impl Keys {
    /// Knows the master key only.
    ///
    /// # Errors
    /// No cipher of sixteen bytes.
    pub fn new(tmk: &[u8; 16]) -> Result<Self, End> {
        let refused = || End::usage("终端主密钥不可用", "the terminal master key cannot be used");
        let key = ClearKey::new(Algorithm::Tdes, tmk).map_err(|_| refused())?;
        Ok(Self { tmk: Schedule::new(&key).map_err(|_| refused())?, held: Vec::new(), used: 0 })
    }

    /// Takes the key block of a sign-on answer.
    pub fn learn(&mut self, answer: &Decoded<'_>) {
        let f60 = text(answer, 60);
        let code = f60.get(8..11).and_then(|code| code.parse().ok()).unwrap_or(0);
        let block = KeyBlock::from_network_code(code).zip(answer.raw(62));
        let keys = block.and_then(|(layout, raw)| WorkingKeys::parse(&self.tmk, layout, MakSlot::Single, raw).ok());
        let ready = keys.and_then(|keys| Some((Schedule::new(&keys.mac).ok()?, Schedule::new(&keys.pin).ok()?)));
        if let Some((mac, pin)) = ready {
            self.held.insert(0, Working { mac, pin });
            self.held.truncate(2);
            self.used = 0;
        }
    }

    /// The key under which answers to the device go now.
    pub fn mac(&self) -> Option<&Schedule> {
        self.held.get(self.used).map(|keys| &keys.mac)
    }

    /// Proves MAC and PIN block of one message of the device.
    pub fn judge(&mut self, message: &Decoded<'_>) -> (MacSeen, PinSeen) {
        let mac = match mac_field(message) {
            None => MacSeen::None,
            Some(_) if self.held.is_empty() => MacSeen::NoKey,
            Some((_, at)) => {
                let given = message.bytes().get(at..at + 8).and_then(|code| <&[u8; 8]>::try_from(code).ok());
                let covered = message.bytes().get(..at).unwrap_or_default();
                let good = |keys: &Working| {
                    given.is_some_and(|given| mac_holds(MacMethod::EcbXor, &keys.mac, covered, given) == Ok(true))
                };
                match self.held.iter().position(good) {
                    Some(which) => {
                        self.used = which;
                        MacSeen::Good
                    }
                    None => MacSeen::Wrong,
                }
            }
        };
        (mac, self.pin(message))
    }

    fn pin(&self, message: &Decoded<'_>) -> PinSeen {
        let Some(block) = message.raw(52) else { return PinSeen::None };
        let Some(format) = text(message, 53).chars().next().and_then(|digit| match digit {
            '1' => Some(PinFormat::WithoutPan),
            '2' => Some(PinFormat::WithPan),
            _ => None,
        }) else {
            return PinSeen::Wrong;
        };
        let card = if message.has(2) { text(message, 2) } else { text(message, 35) };
        let card = card.split(['D', '=']).next().and_then(|digits| Pan::new(digits).ok());
        let (Some(card), Some(keys), Ok(block)) = (card, self.held.get(self.used), <&[u8; 8]>::try_from(block)) else {
            return PinSeen::NoKey;
        };
        if open_pin(block, format, &card, &keys.pin).is_ok() { PinSeen::Good } else { PinSeen::Wrong }
    }
}

//! What the tap can do to a frame on its way: lose it, hold it, send it twice, or change it in place and make its MAC good again.
//! It must never change a frame that a step did not ask for: then the report would blame the device for our doing.

use slipway_iso8583::{Decoded, UNIONPAY_POS, decode, mac_field};
use slipway_terms::MacMethod;
use slipway_vault::{Schedule, mac};

/// TPDU and header in front of a message.
pub const HEAD_BYTES: usize = 11;

/// Which way a frame goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// From the device to the acquirer.
    Up,
    /// From the acquirer to the device.
    Down,
}

/// What is done to a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// It never arrives.
    Lose,
    /// It never arrives, and the line breaks.
    Cut,
    /// It arrives twice.
    Double,
    /// It arrives when the device has sent its next message.
    Late,
    /// Bits are turned so that nobody can read it.
    Garble,
    /// Its MAC is wrong. Upwards the host itself answers A0.
    SpoilMac,
    /// Its MAC is taken off.
    NoMac,
    /// Another amount, under a good MAC.
    Amount,
    /// Another STAN, under a good MAC.
    OtherStan,
    /// Another answer code, under a good MAC.
    Code(&'static str),
    /// Upwards: another batch number, so that the host itself answers 77.
    OtherBatch,
    /// The totals are said to differ.
    Unbalance,
}

impl Deed {
    /// 中文与 English, as the report names it.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Lose => ("丢失", "lost"),
            Self::Cut => ("丢失并断线", "lost, line cut"),
            Self::Double => ("送达两次", "delivered twice"),
            Self::Late => ("扣留到终端发出下一报文之后", "held until the device's next message"),
            Self::Garble => ("损坏", "garbled"),
            Self::SpoilMac => ("MAC被改错", "MAC spoilt"),
            Self::NoMac => ("MAC被去掉", "MAC taken off"),
            Self::Amount => ("金额被改", "amount changed"),
            Self::OtherStan => ("流水号被改", "STAN changed"),
            Self::Code(_) => ("应答码被改", "answer code changed"),
            Self::OtherBatch => ("批次号被改", "batch changed"),
            Self::Unbalance => ("改为对账不平", "said to be out of balance"),
        }
    }
}

/// A deed for the next so many frames of one type and direction.
#[derive(Clone, Copy, Debug)]
pub struct Inject {
    /// Direction.
    pub way: Way,
    /// Message type.
    pub mti: &'static [u8; 4],
    /// What happens.
    pub deed: Deed,
    /// To how many frames, after so many that pass.
    pub times: u32,
    /// Frames that pass untouched before.
    pub after: u32,
}

/// The message of a frame (without its length), if it can be read.
pub fn message(frame: &[u8]) -> Option<Decoded<'_>> {
    decode(&UNIONPAY_POS, frame.get(HEAD_BYTES..)?).ok()
}

/// Field `n` as characters, empty when it is not there.
pub fn text(message: &Decoded<'_>, n: u8) -> String {
    message.digits(n).map(|digits| digits.map(char::from).collect()).unwrap_or_default()
}

/// Changes the frame as the deed says; `mac` makes its MAC good again. What is only lost, held or doubled stays as it is.
pub fn alter(deed: Deed, frame: &mut Vec<u8>, key: Option<&Schedule>) {
    let place = |n: u8| message(frame).filter(|m| m.has(n)).map(|m| HEAD_BYTES + m.offset(n));
    let patched = match deed {
        Deed::Amount => place(4).map(|at| (at + 4, vec![frame.get(at + 4).map_or(0, |b| b ^ 0x01)])),
        Deed::OtherStan => place(11).map(|at| (at, vec![frame.get(at).map_or(0, |b| b ^ 0x10)])),
        Deed::Code(code) => place(39).map(|at| (at, code.as_bytes().to_vec())),
        Deed::OtherBatch => place(60).map(|at| (at + 1, vec![0x99; 3])),
        // Answer digit of the domestic side: index 30, the first of its byte.
        Deed::Unbalance => place(48).map(|at| (at + 15, vec![frame.get(at + 15).map_or(0x20, |b| 0x20 | (b & 0x0F))])),
        Deed::SpoilMac => {
            if let Some(last) = frame.last_mut() {
                *last = if *last == b'0' { b'1' } else { b'0' };
            }
            return;
        }
        Deed::Garble => {
            frame.iter_mut().skip(HEAD_BYTES + 2).take(8).for_each(|byte| *byte ^= 0xFF);
            return;
        }
        Deed::NoMac => return strip(frame),
        Deed::Lose | Deed::Cut | Deed::Double | Deed::Late => return,
    };
    if let Some((at, bytes)) = patched {
        put(frame, at, &bytes);
        restamp(frame, key);
    }
}

/// Puts bytes in place of as many others.
pub fn put(frame: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(room) = frame.get_mut(at..at + bytes.len()) {
        room.copy_from_slice(bytes);
    }
}

/// Makes the MAC good again, if there is one and a key.
pub fn restamp(frame: &mut [u8], key: Option<&Schedule>) {
    let at = message(frame).and_then(|m| mac_field(&m)).map(|(_, at)| HEAD_BYTES + at);
    if let (Some(at), Some(key)) = (at, key)
        && let Ok(code) = mac(MacMethod::EcbXor, key, frame.get(HEAD_BYTES..at).unwrap_or_default())
    {
        put(frame, at, &code);
    }
}

/// Field 64 and its bit go.
fn strip(frame: &mut Vec<u8>) {
    let Some(at) = message(frame).and_then(|m| mac_field(&m)).map(|(_, at)| HEAD_BYTES + at) else { return };
    frame.truncate(at);
    if let Some(last) = frame.get_mut(HEAD_BYTES + 9) {
        *last &= 0xFE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_vault::{Algorithm, ClearKey};

    fn answer() -> Vec<u8> {
        let mut body = Vec::new();
        let mut out = slipway_iso8583::Encoder::begin(&mut body, &UNIONPAY_POS, *b"0210").unwrap();
        out.field(4, b"000000001234").unwrap().field(11, b"000007").unwrap().field(39, b"00").unwrap();
        out.field(60, b"2200000100060").unwrap().raw(64, b"00000000").unwrap();
        out.finish().unwrap();
        let mut frame = slipway_iso8583::from_hex("6000000003603200320101").unwrap();
        frame.extend(body);
        frame
    }

    #[test]
    fn each_change_changes_its_field_and_the_mac_is_good_again() {
        let key = Schedule::new(&ClearKey::new(Algorithm::Des, &[0x1A; 8]).unwrap()).unwrap();
        let cases = [
            (Deed::Amount, 4, "000000001334"),
            (Deed::OtherStan, 11, "100007"),
            (Deed::Code("98"), 39, "98"),
            (Deed::OtherBatch, 60, "2299999900060"),
        ];
        for (deed, field, want) in cases {
            let mut frame = answer();
            alter(deed, &mut frame, Some(&key));
            let changed = message(&frame).unwrap();
            assert_eq!(text(&changed, field), want, "{deed:?}");
            let at = HEAD_BYTES + changed.offset(64);
            assert_eq!(frame[at..], mac(MacMethod::EcbXor, &key, &frame[HEAD_BYTES..at]).unwrap(), "{deed:?}");
        }
        let mut frame = answer();
        alter(Deed::NoMac, &mut frame, Some(&key));
        assert!(!message(&frame).unwrap().has(64));
        alter(Deed::Garble, &mut frame, Some(&key));
        assert!(message(&frame).is_none());
    }
}

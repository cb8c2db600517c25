//! One message of the device by itself: framing, fields by the profile of its kind, its own numbers, MAC, PIN block, F60. What
//! depends on what went before is judged in `device`.

use super::proof::{MacSeen, PinSeen};
use super::spoil::{HEAD_BYTES, text};
use super::tap::Frame;
use slipway_iso8583::profile::{Breach, Profile, unionpay_pos_profile};
use slipway_iso8583::{Decoded, UNIONPAY_POS, decode};
use slipway_terms::{MerchantId, TerminalId, Text};

/// What every message is held against.
pub struct Judge {
    profile: Profile,
    terminal: TerminalId,
    merchant: MerchantId,
}

impl Judge {
    /// For the device that is registered under these numbers.
    pub fn new(terminal: TerminalId, merchant: MerchantId) -> Self {
        Self { profile: unionpay_pos_profile(), terminal, merchant }
    }

    /// Everything that is wrong with one frame of the device.
    pub fn faults(&self, frame: &Frame) -> Vec<Text> {
        let mut faults: Vec<Text> = head(&frame.bytes).into_iter().collect();
        let message = match decode(&UNIONPAY_POS, frame.bytes.get(HEAD_BYTES..).unwrap_or_default()) {
            Ok(message) => message,
            Err(fault) => {
                faults.push(Text::new(format!("无法解析：{}", fault.zh()), format!("cannot be read: {fault}")));
                return faults;
            }
        };
        if !message.trailing().is_empty() {
            let count = message.trailing().len();
            faults.push(Text::new(format!("报文后多出{count}字节"), format!("{count} bytes behind the message")));
        }
        // The published 0500 has no MAC; with one the hosts believe more (docs/wire.md), so it may be there.
        let macs_totals = |breach: &Breach| message.mti() == *b"0500" && breach.field == 64;
        let mut breaches = self.profile.check(&message, None);
        breaches.retain(|breach| !macs_totals(breach));
        faults.extend(breaches.iter().map(|breach| Text::new(breach.zh().to_string(), breach.to_string())));
        for (n, want) in [(41, self.terminal.as_str()), (42, self.merchant.as_str())] {
            let got = text(&message, n);
            if got != want {
                faults.push(Text::new(format!("域{n}是{got}，应为{want}"), format!("field {n} is {got}, not {want}")));
            }
        }
        if message.has(11) && message.number(11) == Some(0) {
            faults.push(Text::new("流水号为000000", "the STAN is 000000"));
        }
        faults.extend(mac(&message, frame.mac));
        faults.extend(pin(&message, frame.pin));
        faults.extend(private60(&message));
        faults
    }
}

fn head(bytes: &[u8]) -> Option<Text> {
    let (tpdu, class) = (bytes.first().copied(), bytes.get(5).copied());
    if tpdu != Some(0x60) {
        return Some(Text::new("TPDU不以60开头", "the TPDU does not begin with 60"));
    }
    let known = class.is_some_and(|class| (0x60..=0x68).contains(&class));
    (!known).then(|| Text::new("报文头的应用类别不是60至68", "the header's application class is not 60 to 68"))
}

fn mac(message: &Decoded<'_>, seen: MacSeen) -> Option<Text> {
    let mti = message.mti();
    let asks = mti == *b"0820" && text(message, 60).get(8..11) == Some("954");
    let needs = matches!(&mti, b"0100" | b"0200" | b"0220" | b"0400" | b"0620") || asks;
    match seen {
        MacSeen::Wrong => Some(Text::new(
            "MAC错：不是用最近一次签到的MAK计算的，或所覆盖的字节不同",
            "wrong MAC: not made with the MAK of the latest sign-on, or over other bytes",
        )),
        MacSeen::NoKey => Some(Text::new("签到之前就带MAC", "a MAC before any sign-on")),
        MacSeen::None if needs => Some(Text::new("缺少MAC（域64）", "no MAC (field 64)")),
        MacSeen::None | MacSeen::Good => None,
    }
}

fn pin(message: &Decoded<'_>, seen: PinSeen) -> Option<Text> {
    match seen {
        PinSeen::Wrong => Some(Text::new(
            "PIN块无法用PIK和卡号解开：密钥、卡号或域53的格式不符",
            "the PIN block opens to no PIN: another key, another card number, or another format than field 53 says",
        )),
        PinSeen::NoKey if message.has(52) => Some(Text::new("PIN块没有密钥或卡号", "a PIN block without key or card")),
        _ => None,
    }
}

fn private60(message: &Decoded<'_>) -> Option<Text> {
    let (f60, mti) = (text(message, 60), message.mti());
    let management = matches!(&mti, b"0800" | b"0820" | b"0500" | b"0320");
    let fits = match f60.len() {
        8 => !management,
        11 => true,
        12..=17 => mti == *b"0320" || f60.get(8..11) == Some("000"),
        _ => false,
    };
    (!fits).then(|| {
        Text::new("域60的长度或60.3不符合报文类型", "length of field 60 or 60.3 does not fit the message type")
    })
}

//! One typed message: what the codec makes of bytes and the cores decide on. A flat record of the standard's fields,
//! because every dialect is a choice among them; which are mandatory is the dialect's profile.

use crate::{
    Amount, AnyPin, AuthCode, Balance, BatchNo, ClockTime, ClosedTrack, ConditionCode, EntryMode, Expiry,
    InstitutionId, Kind, Ksn, Mac, Mcc, MerchantId, MonthDay, Mti, OriginalData, OriginalTill, Pan, PinBlock,
    PinFormat, ProcessingCode, ResponseCode, Rrn, SentAt, Short, Stan, SwitchKey, TerminalId, Till60, TillKey, Track2,
    WidePin,
};
use alloc::boxed::Box;
use core::fmt;

/// Security control. Shape: DE 53, 16 digits; the first three are used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Security {
    /// Digit 1: 1 without, 2 with card number; 0 (no PIN) is `None`.
    pub pin: Option<PinFormat>,
    /// Digit 2: 0 single DES, 6 double length, 3 SM4.
    pub algorithm: u8,
    /// Digit 3: track data enciphered.
    pub track: bool,
}

/// A message between two parties. Fields as numbered; `None` is absent. Masked: secrets inside have no printing form.
/// Errors: the codec refuses impossible values, so what is `Some` has the shape of its field.
#[derive(Clone, PartialEq)]
pub struct Message {
    /// DE 0.
    pub mti: Mti,
    /// DE 2.
    pub pan: Option<Pan>,
    /// DE 3.
    pub processing: Option<ProcessingCode>,
    /// DE 4 with DE 49.
    pub amount: Option<Amount>,
    /// DE 7.
    pub sent: Option<SentAt>,
    /// DE 11.
    pub stan: Option<Stan>,
    /// DE 12.
    pub time: Option<ClockTime>,
    /// DE 13.
    pub date: Option<MonthDay>,
    /// DE 14.
    pub expiry: Option<Expiry>,
    /// DE 15: the day the switch gave.
    pub settlement: Option<MonthDay>,
    /// DE 18.
    pub mcc: Option<Mcc>,
    /// DE 22.
    pub entry: Option<EntryMode>,
    /// DE 23.
    pub card_sequence: Option<u16>,
    /// DE 25.
    pub condition: Option<ConditionCode>,
    /// DE 26.
    pub pin_length_max: Option<u8>,
    /// DE 32.
    pub acquirer: Option<InstitutionId>,
    /// DE 33.
    pub forwarder: Option<InstitutionId>,
    /// DE 35.
    pub track2: Option<Track2>,
    /// DE 35 with DE 53 digit 3 = 1: track 2 under a track key. Never beside `track2`.
    pub closed_track: Option<ClosedTrack>,
    /// DE 37.
    pub rrn: Option<Rrn>,
    /// DE 38.
    pub auth: Option<AuthCode>,
    /// DE 39; in a reversal request the reason.
    pub code: Option<ResponseCode>,
    /// DE 41.
    pub terminal: Option<TerminalId>,
    /// DE 42.
    pub merchant: Option<MerchantId>,
    /// DE 43: merchant name and place, up to 40 bytes of UTF-8 here (GBK on the wire).
    pub name_place: Option<Short<40>>,
    /// DE 44: issuer id 11 + acquirer id 11.
    pub institutions: Option<Short<25>>,
    /// DE 48: digits (totals, upload lists, the list of open doubts at sign-on).
    pub private48: Option<Box<str>>,
    /// DE 48 of a zone key reset: a double-length key under the zone master key (`NK` and 16 bytes).
    pub new_key: Option<[u8; 16]>,
    /// DE 52.
    pub pin: Option<PinBlock>,
    /// A PIN under SM4: DE 62 of a terminal, DE 63 between members, usage `SM`. Never beside `pin`.
    pub wide_pin: Option<WidePin>,
    /// DE 62 of a terminal, usage `KS`: which DUKPT keys this message is under. Never beside `private62`.
    pub ksn: Option<Ksn>,
    /// DE 53.
    pub security: Option<Security>,
    /// DE 54.
    pub balance: Option<Balance>,
    /// DE 55: chip fields, byte for byte. Never stored.
    pub chip: Option<Box<[u8]>>,
    /// DE 60, terminal side.
    pub till60: Option<Till60>,
    /// 60.1 between members: the reason code of a dispute, 4 digits. For people: no code covers it.
    pub reason: Option<Short<4>>,
    /// DE 61, terminal side.
    pub original_till: Option<OriginalTill>,
    /// DE 62: key block, terminal serial, or text, by use.
    pub private62: Option<Box<[u8]>>,
    /// DE 63.1: operator number or card scheme.
    pub operator_or_scheme: Option<Short<3>>,
    /// DE 70.
    pub network_code: Option<u16>,
    /// DE 90, switch side.
    pub original: Option<OriginalData>,
    /// DE 96.
    pub key_cryptogram: Option<[u8; 8]>,
    /// DE 100.
    pub receiver: Option<InstitutionId>,
    /// DE 64 or 128 as received; an outgoing message gets its MAC from the driver.
    pub mac: Option<Mac>,
}

/// What is there, masked: of a field without a masked form (DE 48, 55, 62, 96) only its length.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Message");
        out.field("mti", &self.mti);
        macro_rules! show {
            ($($field:ident),* $(,)?) => { $(if let Some(value) = &self.$field { out.field(stringify!($field), value); })* };
        }
        macro_rules! hide {
            ($($field:ident),*) => { $(if let Some(value) = &self.$field {
                out.field(stringify!($field), &format_args!("{} bytes", value.len()));
            })* };
        }
        show!(
            pan,
            processing,
            amount,
            sent,
            stan,
            time,
            date,
            expiry,
            settlement,
            mcc,
            entry,
            card_sequence,
            condition,
            pin_length_max,
            acquirer,
            forwarder,
            track2,
            closed_track,
            rrn,
            auth,
            code,
            terminal,
            merchant,
            name_place,
            institutions,
            pin,
            wide_pin,
            ksn,
            security,
            balance,
            till60,
            reason,
            original_till,
            operator_or_scheme,
            network_code,
            original,
            receiver,
            mac
        );
        hide!(private48, new_key, chip, private62, key_cryptogram);
        out.finish()
    }
}

impl Message {
    /// An empty message of one type.
    pub const fn new(mti: Mti) -> Self {
        Self {
            mti,
            pan: None,
            processing: None,
            amount: None,
            sent: None,
            stan: None,
            time: None,
            date: None,
            expiry: None,
            settlement: None,
            mcc: None,
            entry: None,
            card_sequence: None,
            condition: None,
            pin_length_max: None,
            acquirer: None,
            forwarder: None,
            track2: None,
            closed_track: None,
            rrn: None,
            auth: None,
            code: None,
            terminal: None,
            merchant: None,
            name_place: None,
            institutions: None,
            private48: None,
            new_key: None,
            pin: None,
            wide_pin: None,
            ksn: None,
            security: None,
            balance: None,
            chip: None,
            till60: None,
            reason: None,
            original_till: None,
            private62: None,
            operator_or_scheme: None,
            network_code: None,
            original: None,
            key_cryptogram: None,
            receiver: None,
            mac: None,
        }
    }

    /// The answer to this request with `code`: MTI + 10 and the fields that an answer echoes (DE 2 3 4 7 11 12 13 14 15
    /// 25 32 33 37 41 42 49 60 90 100); never PIN, track, or DE 22.
    pub fn answer(&self, code: ResponseCode) -> Self {
        Self {
            pan: self.pan.clone(),
            processing: self.processing,
            amount: self.amount,
            sent: self.sent,
            stan: self.stan,
            time: self.time,
            date: self.date,
            expiry: self.expiry,
            settlement: self.settlement,
            condition: self.condition,
            acquirer: self.acquirer,
            forwarder: self.forwarder,
            rrn: self.rrn,
            code: Some(code),
            terminal: self.terminal,
            merchant: self.merchant,
            till60: self.till60,
            network_code: self.network_code,
            original: self.original,
            receiver: self.receiver,
            ..Self::new(self.mti.answer())
        }
    }

    /// Its PIN block, of either width.
    pub fn any_pin(&self) -> Option<AnyPin> {
        self.pin.map(AnyPin::Narrow).or(self.wide_pin.map(AnyPin::Wide))
    }

    /// Puts another PIN block in, or none, and says so in DE 53.
    pub fn put_pin(&mut self, block: Option<AnyPin>) {
        (self.pin, self.wide_pin) = match block {
            Some(AnyPin::Narrow(block)) => (Some(block), None),
            Some(AnyPin::Wide(block)) => (None, Some(block)),
            None => (None, None),
        };
        self.security = block.map(AnyPin::security);
    }

    /// The card number, from DE 2 or else from track 2.
    pub fn card(&self) -> Option<Pan> {
        self.pan.clone().or_else(|| self.track2.as_ref().and_then(|t| t.pan().ok()))
    }

    /// The terminal-side identity (DE 41, 42, 60.2, 11), if all are there. For a 0400 this is the original's identity:
    /// a reversal repeats the original's STAN and batch.
    pub fn till_key(&self) -> Option<TillKey> {
        Some(TillKey {
            terminal: self.terminal?,
            merchant: self.merchant?,
            batch: self.till60?.batch,
            stan: self.stan?,
        })
    }

    /// The switch-side identity (DE 32, 33, 7, 11), if all are there.
    pub fn switch_key(&self) -> Option<SwitchKey> {
        Some(SwitchKey { acquirer: self.acquirer?, forwarder: self.forwarder?, sent: self.sent?, stan: self.stan? })
    }

    /// The batch the message names.
    pub fn batch(&self) -> Option<BatchNo> {
        self.till60.map(|t| t.batch)
    }

    /// The transaction kind by the table.
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    /// Tag 57 of DE 55 is track 2 again; DE 62 holds keys, DE 48 may list cards.
    #[test]
    fn what_has_no_masked_form_is_not_shown() {
        let mut message = Message::new(Mti(200));
        message.chip = Some(Box::from([0x57, 0x13, 0x99, 0x90, 0x01]));
        message.private62 = Some(Box::from([0xC1, 0xC2, 0xC3]));
        message.private48 = Some(Box::from("9990010000000014"));
        message.key_cryptogram = Some([0xC7; 8]);
        message.new_key = Some([0xC8; 16]);
        let shown = format!("{message:?}");
        for secret in ["153", "87, 19", "193, 194", "9990010000000014", "199, 199", "200, 200"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("0200") && shown.contains("5 bytes") && !shown.contains("pan"), "{shown}");
    }
}

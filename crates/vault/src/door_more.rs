//! The younger questions of the door: zone key resets, DUKPT, track keys, PINs under SM4.
//! Must never: hand out a key that was not proved, or tell why a PIN was wrong.

use std::sync::Arc;

use slipway_node::{Ask, Ksn, PinReference, ResetFields, ResetKey, Told, WidePin};
use slipway_terms::{DukptKey, KeyName, KeyRef, KeyUse, Pan, Pin, PinBlock, PinFormat};

use crate::cipher::Schedule;
use crate::door::{PIN_USES, PVK_USES, SoftVault, block_fault, pin_fault, told, yes_or_no};
use crate::dukpt::{DukptFault, TransactionKeys, transaction_keys};
use crate::pin::encipher_pin;
use crate::pin_check::pin_holds;
use crate::pin_wide::{encipher_wide_pin, open_wide_pin};
use crate::reset::{make_reset, take_reset};
use crate::ring::NoKey;
use crate::secret::Algorithm;
use crate::track::{TrackFault, close_track, open_track};

const ZMK_USES: &[KeyUse] = &[KeyUse::Zmk];
const TRACK_USES: &[KeyUse] = &[KeyUse::Tdk];

impl SoftVault {
    /// Answers what [`SoftVault::told`] leaves over.
    pub(crate) fn told_more(&mut self, ask: &Ask) -> Result<Told, Told> {
        match ask {
            Ask::PageCode => {
                let mut code = [0; 15];
                self.random.fill(&mut code).map_err(|_| Told::Unavailable)?;
                Ok(Told::PageCode(code))
            }
            Ask::MakeReset { under, usage, double, fields } => self.make_reset(under, *usage, *double, fields),
            Ask::TakeReset { under, usage, fields, key } => self.take_reset(under, *usage, fields, key),
            Ask::DeriveKeys(base, ksn) => self.derive(base, ksn),
            Ask::TrackEncipher(key, track) => {
                let key = self.key(key, TRACK_USES).map_err(told)?;
                close_track(track, &key).map(Told::TrackClosed).map_err(track_fault)
            }
            Ask::TrackDecipher(key, closed) => {
                let key = self.key(key, TRACK_USES).map_err(told)?;
                open_track(closed, &key).map(Told::TrackOpened).map_err(track_fault)
            }
            Ask::WidePinEncipher(key, pin, pan) => {
                let key = self.key(key, PIN_USES).map_err(told)?;
                encipher_wide_pin(pin, pan, &key).map(Told::WidePin).map_err(pin_fault)
            }
            Ask::WidePinTranslate { from, to, block, pan } => {
                let to = self.key(to, PIN_USES).map_err(told)?;
                let pin = self.wide_pin(from, block, pan)?;
                pin_under(&pin, pan, &to)
            }
            Ask::WidePinRight { zone, block, pan, pvk, reference } => {
                self.wide_pin_right((zone, block), pan, pvk, reference)
            }
            Ask::CryptogramGood { imk, pan, sequence, atc, covered, cryptogram, code } => {
                self.cryptogram_good(imk, (pan, *sequence, *atc), covered, *cryptogram, *code)
            }
            // The older questions are answered before this is asked.
            _ => Err(Told::NoKey),
        }
    }

    fn make_reset(&mut self, under: &KeyName, usage: KeyUse, double: bool, fields: &ResetFields) -> Result<Told, Told> {
        zone_usage(usage)?;
        let under = Arc::clone(self.ring.cipher(under, ZMK_USES).map_err(told)?);
        let (key, sent) = make_reset(&under, double, fields, &mut *self.random).map_err(block_fault)?;
        Ok(Told::Reset { key: self.wrap(usage, &key).map_err(block_fault)?, sent })
    }

    fn take_reset(
        &mut self,
        under: &KeyName,
        usage: KeyUse,
        fields: &ResetFields,
        sent: &ResetKey,
    ) -> Result<Told, Told> {
        zone_usage(usage)?;
        let under = Arc::clone(self.ring.cipher(under, ZMK_USES).map_err(told)?);
        let key = take_reset(&under, fields, sent).map_err(block_fault)?;
        self.wrap(usage, &key).map(Told::ResetTaken).map_err(block_fault)
    }

    fn derive(&mut self, base: &KeyName, ksn: &Ksn) -> Result<Told, Told> {
        let (key, is_initial) = self.ring.base(base).map_err(told)?;
        let keys = transaction_keys(&key, is_initial, ksn).map_err(dukpt_fault)?;
        let TransactionKeys { pin, mac, answer_mac, track } = keys;
        Ok(Told::Derived {
            pin: self.wrap(KeyUse::Pik, &pin).map_err(block_fault)?,
            mac: self.wrap(KeyUse::Mak, &mac).map_err(block_fault)?,
            answer_mac: self.wrap(KeyUse::Mak, &answer_mac).map_err(block_fault)?,
            track: self.wrap(KeyUse::Tdk, &track).map_err(block_fault)?,
        })
    }

    /// One key of one DUKPT message: derived each time, never kept.
    pub(crate) fn dukpt_key(
        &self,
        base: &KeyName,
        ksn: &Ksn,
        which: DukptKey,
        usages: &[KeyUse],
    ) -> Result<Arc<Schedule>, NoKey> {
        let usage = match which {
            DukptKey::Pin => KeyUse::Pik,
            DukptKey::Request | DukptKey::Answer => KeyUse::Mak,
            DukptKey::Track => KeyUse::Tdk,
        };
        if !usages.contains(&usage) {
            return Err(NoKey::OtherUsage);
        }
        let (key, is_initial) = self.ring.base(base)?;
        let no_key = |fault| match fault {
            DukptFault::Unavailable => NoKey::Unavailable,
            DukptFault::Counter | DukptFault::WrongCipher => NoKey::Missing,
        };
        let keys = transaction_keys(&key, is_initial, ksn).map_err(no_key)?;
        let key = match which {
            DukptKey::Pin => keys.pin,
            DukptKey::Request => keys.mac,
            DukptKey::Answer => keys.answer_mac,
            DukptKey::Track => keys.track,
        };
        Schedule::new(&key).map(Arc::new).map_err(|_| NoKey::Missing)
    }

    fn wide_pin(&mut self, zone: &KeyRef, block: &WidePin, pan: &Pan) -> Result<Pin, Told> {
        let mut last = Told::NoKey;
        for key in self.accepted(zone, PIN_USES).map_err(told)?.into_iter().flatten() {
            match open_wide_pin(block, pan, &key) {
                Ok(pin) => {
                    self.seen(zone, &key);
                    return Ok(pin);
                }
                Err(fault) => last = pin_fault(fault),
            }
        }
        Err(last)
    }

    fn wide_pin_right(
        &mut self,
        (zone, block): (&KeyRef, &WidePin),
        pan: &Pan,
        pvk: &KeyName,
        reference: &PinReference,
    ) -> Result<Told, Told> {
        let pvk = Arc::clone(self.ring.cipher(pvk, PVK_USES).map_err(told)?);
        let pin = self.wide_pin(zone, block, pan)?;
        pin_holds(&pin, pan, reference, &pvk).map(yes_or_no).map_err(pin_fault)
    }
}

/// A PIN as a block under this key, with card number: eight bytes under DES, sixteen under SM4.
pub(crate) fn pin_under(pin: &Pin, pan: &Pan, key: &Schedule) -> Result<Told, Told> {
    if key.algorithm() == Algorithm::Sm4 {
        return encipher_wide_pin(pin, pan, key).map(Told::WidePin).map_err(pin_fault);
    }
    let block = encipher_pin(pin, PinFormat::WithPan, pan, key).map_err(pin_fault)?;
    Ok(Told::Pin(PinBlock(block)))
}

/// Only zone keys are reset.
const fn zone_usage(usage: KeyUse) -> Result<(), Told> {
    match usage {
        KeyUse::Zak | KeyUse::Zpk => Ok(()),
        _ => Err(Told::NoKey),
    }
}

/// A counter comes from the other side, so it is answered no; the rest is ours.
const fn dukpt_fault(fault: DukptFault) -> Told {
    match fault {
        DukptFault::Counter => Told::No,
        DukptFault::WrongCipher => Told::NoKey,
        DukptFault::Unavailable => Told::Unavailable,
    }
}

const fn track_fault(fault: TrackFault) -> Told {
    match fault {
        TrackFault::NotATrack => Told::No,
        TrackFault::Unfit => Told::NoKey,
        TrackFault::Unavailable => Told::Unavailable,
    }
}

//! Under which keys a message leaves: working keys of the sign-on, or with DUKPT a serial number for each message that carries a
//! code. A number is used once: it is in the till's record before the message leaves, and what is skipped stays skipped.

use crate::seat::Seat;
use crate::{Card, Profile, TerminalBank, Till};
use slipway_node::{Ask, Told};
use slipway_terms::{
    AnyPin, DukptKey, KeyName, KeyRef, KeyUse, Ksn, MacKey, MacMethod, Message, Pin, Security, WrappedKey,
};

/// Name of the initial key of a device: `ipek/TERMINAL.INJECTION`.
fn initial(profile: &Profile) -> KeyName {
    KeyName::of(KeyUse::Ipek, &alloc::format!("{}.{}", profile.terminal, profile.injection))
}

/// The number used last; before the first under this initial key, that of a device that has sent nothing.
fn last(profile: &Profile, till: &Till) -> Option<Ksn> {
    let first = Ksn::first(profile.keying.scheme, profile.terminal, profile.injection)?;
    Some(till.ksn.filter(|ksn| ksn.same_key(&first)).unwrap_or(first))
}

/// The number that is kept for the transaction decided on this input: its PIN block and track are made before anybody knows
/// what else leaves with it.
fn kept(profile: &Profile, till: &Till) -> Option<Ksn> {
    last(profile, till)?.next()
}

fn dukpt(profile: &Profile, ksn: Ksn, which: DukptKey) -> KeyRef {
    KeyRef::Dukpt(initial(profile), ksn, which)
}

/// Whether anything can be coded.
pub(crate) fn any(profile: &Profile, till: &Till) -> bool {
    if profile.keying.scheme.is_dukpt() { kept(profile, till).is_some() } else { till.mak.is_some() }
}

/// Whether a DUKPT terminal is so near its last number that it begins nothing new.
pub(crate) fn used_up(profile: &Profile, till: &Till) -> bool {
    profile.keying.scheme.is_dukpt() && !last(profile, till).is_some_and(|ksn| ksn.may_sell())
}

/// The key that an answer is coded with. One that names a serial number under another initial key is under none.
pub(crate) fn answer(profile: &Profile, till: &Till, named: Option<Ksn>) -> Option<MacKey> {
    if !profile.keying.scheme.is_dukpt() {
        return till.mak.as_ref().map(TerminalBank::mac_key);
    }
    let own = last(profile, till)?;
    let ksn = named.filter(|ksn| ksn.same_key(&own) && ksn.is_used() && ksn.counter() <= own.counter())?;
    Some(MacKey { key: dukpt(profile, ksn, DukptKey::Answer), method: MacMethod::EcbXor })
}

/// Working keys as a sign-on answer brought them.
#[derive(Clone, Copy)]
pub(crate) struct Fresh<'a> {
    pub pik: &'a WrappedKey,
    pub mak: &'a WrappedKey,
    pub tdk: Option<&'a WrappedKey>,
}

/// Those of the vault's answer.
pub(crate) fn fresh(told: Option<&Told>) -> Option<Fresh<'_>> {
    match told {
        Some(Told::KeySet { pik, mak, tdk }) => Some(Fresh { pik, mak, tdk: tdk.as_ref() }),
        _ => None,
    }
}

/// The question that enciphers a PIN.
pub(crate) fn pin_ask(profile: &Profile, till: &Till, fresh: Option<Fresh<'_>>, card: &Card, pin: &Pin) -> Option<Ask> {
    let (pin, pan) = (pin.clone(), card.pan.clone());
    if profile.keying.scheme.is_dukpt() {
        return Some(Ask::PinEncipher(dukpt(profile, kept(profile, till)?, DukptKey::Pin), pin, pan));
    }
    let key = KeyRef::Wrapped(fresh.map(|fresh| fresh.pik).or(till.pik.as_ref())?.clone());
    let wide = profile.keying.algorithm() == 3;
    Some(if wide { Ask::WidePinEncipher(key, pin, pan) } else { Ask::PinEncipher(key, pin, pan) })
}

/// The question that closes a track, if tracks of this terminal travel closed.
pub(crate) fn track_ask(profile: &Profile, till: &Till, fresh: Option<Fresh<'_>>, card: &Card) -> Option<Ask> {
    let track = card.track.clone().filter(|_| profile.keying.closes_tracks())?;
    let key = if profile.keying.scheme.is_dukpt() {
        dukpt(profile, kept(profile, till)?, DukptKey::Track)
    } else {
        KeyRef::Wrapped(fresh.map_or(till.tdk.as_ref(), |fresh| fresh.tdk)?.clone())
    };
    Some(Ask::TrackEncipher(key, track))
}

impl Seat<'_, '_> {
    /// The till as this input found it: the number that the questions to the vault were asked with is counted from it.
    fn found(&self) -> &Till {
        self.facts.get::<Till>(&self.id).unwrap_or(&self.till)
    }

    /// Whether anything can be coded.
    pub fn has_keys(&self) -> bool {
        any(self.profile, &self.till)
    }

    /// Whether the serial numbers are so near their end that nothing new is begun.
    pub fn keys_used_up(&self) -> bool {
        used_up(self.profile, &self.till)
    }

    /// Whether the message at hand has a good code under the keys that it must be under.
    pub fn mac_good(&self) -> bool {
        let key = answer(self.profile, &self.till, self.heard);
        key.is_some_and(|key| self.facts.told(&Ask::MacGood(key)) == Some(&Told::Yes))
    }

    /// Puts track and PIN of the card into a request, as the terminal is keyed; `None` if they could not be enciphered.
    pub fn put_card(&self, message: &mut Message, card: &Card, pin: Option<&Pin>) -> Option<()> {
        let till = self.with_fresh();
        let keying = self.profile.keying;
        let mut security = Security { pin: None, algorithm: keying.algorithm(), track: false };
        match &card.track {
            Some(_) if keying.closes_tracks() => {
                let ask = track_ask(self.profile, &till, None, card)?;
                let Some(Told::TrackClosed(track)) = self.facts.told(&ask) else { return None };
                (message.closed_track, security.track) = (Some(*track), true);
            }
            Some(track) => message.track2 = Some(track.clone()),
            None => {
                (message.pan, message.expiry) = (Some(card.pan.clone()), card.expiry);
                message.card_sequence = card.chip.as_ref().map(|chip| u16::from(chip.card.sequence));
            }
        }
        if let Some(pin) = pin {
            let ask = pin_ask(self.profile, &till, None, card, pin)?;
            let block = self.facts.told(&ask).and_then(Told::any_pin)?;
            message.put_pin(Some(block));
            message.pin_length_max = Some(12);
            security.pin = AnyPin::security(block).pin;
        }
        message.security = (security.pin.is_some() || security.track).then_some(security);
        Some(())
    }

    /// The till with the working keys that this very input brought, and the serial number that it began with.
    fn with_fresh(&self) -> Till {
        Till { ksn: self.found().ksn, ..self.till.clone() }
    }

    /// Sends the request of the transaction at hand under the number kept for it.
    pub fn send_request_coded(&mut self, message: Message) {
        let ksn = kept(self.profile, self.found());
        self.send_under(message, ksn);
    }

    /// Sends anything else that carries a code, under a number of its own.
    pub fn send_coded(&mut self, message: Message) {
        let found = self.found();
        // Without a transaction at hand nothing was kept for one.
        let kept = if self.note.order.is_some() { kept(self.profile, found) } else { None };
        let newest = self.till.ksn.max(kept).or_else(|| last(self.profile, found));
        self.send_under(message, newest.and_then(|ksn| ksn.next()));
    }

    fn send_under(&mut self, mut message: Message, ksn: Option<Ksn>) {
        let key = if self.profile.keying.scheme.is_dukpt() {
            let Some(ksn) = ksn else { return self.d.count("no serial number left") };
            self.till.ksn = self.till.ksn.max(Some(ksn));
            message.ksn = Some(ksn);
            Some(MacKey { key: dukpt(self.profile, ksn, DukptKey::Request), method: MacMethod::EcbXor })
        } else {
            self.till.mak.as_ref().map(TerminalBank::mac_key)
        };
        let to = self.host();
        self.d.send(to, message, key);
    }
}

//! Zone keys that come by message (0800, DE 70 = 101): what is remembered of them at every party, and the member's side.
//! The record is the truth; the vault holds what the record says. It must never use a key that was not proved, or take an old
//! one again.
//!
//! ```text
//! switch                                            member
//! asked: makes it, accepts it        ─0800/101→     proves it, uses it, still accepts the one before
//! uses it, accepts the one before    ←0810/00──     answers with a code that proves it, as often as it is asked
//! ```

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{
    Ask, Decision, Facts, Hand, Install, Installed, Node, Peer, Record, ResetFields, ResetKey, Seen, Told, Wants,
};
use slipway_terms::{
    InstitutionId, KeyName, KeyRef, KeyUse, MacKey, MacMethod, Message, Moment, Mti, PinFormat, ResponseCode, Security,
    SentAt, Short, Stan, WrappedKey,
};

/// DE 70 of a key reset.
pub(crate) const RESET: u16 = 101;

/// Resets that are remembered by their number: a copy that is late by as many is no copy any more.
const MET_MAX: usize = 32;

/// A zone key as it stands: the newest generation and the one before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ZoneKey {
    /// `zpk/MEMBER` or `zak/MEMBER`.
    pub name: KeyName,
    /// The newest generation.
    pub newest: WrappedKey,
    /// It makes codes and blocks; else it is only accepted, and the one before makes them.
    pub used: bool,
    /// The one before; `None` is the key that the vault came with.
    pub previous: Option<WrappedKey>,
    /// Since when it stands so.
    pub at: Moment,
    /// DE 7 and 11 of the resets so far, the newest last: none of them is met twice.
    pub met: Vec<(SentAt, Stan)>,
}

impl ZoneKey {
    /// The key after another reset. A generation that nobody used is no previous one.
    pub(crate) fn after(old: Option<&Self>, order: &Order, key: WrappedKey, used: bool, at: Moment) -> Self {
        let previous = old.and_then(|old| if old.used { Some(old.newest.clone()) } else { old.previous.clone() });
        let mut met = old.map_or_else(Vec::new, |old| old.met.clone());
        if met.len() >= MET_MAX {
            met.remove(0);
        }
        met.push((order.sent, order.stan));
        Self { name: order.name(), newest: key, used, previous, at, met }
    }

    /// What an opening lays into the vault, oldest first.
    pub(crate) fn generations(&self) -> Vec<Installed> {
        let laid = |key: &WrappedKey, how| Installed { name: self.name, key: key.clone(), how };
        let newest = laid(&self.newest, self.how());
        self.previous.iter().map(|key| laid(key, Install::Use)).chain([newest]).collect()
    }

    /// The mark of the newest.
    pub(crate) const fn how(&self) -> Install {
        if self.used { Install::Use } else { Install::Accept }
    }
}

/// One reset: whose key, which, and its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Order {
    pub member: InstitutionId,
    pub usage: KeyUse,
    pub sent: SentAt,
    pub stan: Stan,
}

impl Order {
    /// The reset that a message of this member is about: DE 7, 11, 53. Single-length keys are not taken: our codes are X9.19.
    pub(crate) fn of(member: InstitutionId, m: &Message) -> Option<Self> {
        let security = m.security.filter(|security| m.network_code == Some(RESET) && security.algorithm == 6)?;
        let usage = match security.pin? {
            PinFormat::WithoutPan => KeyUse::Zpk,
            PinFormat::WithPan => KeyUse::Zak,
        };
        Some(Self { member, usage, sent: m.sent?, stan: m.stan? })
    }

    /// The reset that a person asks for.
    pub(crate) const fn by_hand(hand: &Hand) -> Option<Self> {
        match *hand {
            Hand::ResetKey { member, usage, sent, stan } => Some(Self { member, usage, sent, stan }),
            _ => None,
        }
    }

    pub(crate) fn name(&self) -> KeyName {
        KeyName::of(self.usage, self.member.as_str())
    }

    pub(crate) fn zmk(&self) -> KeyName {
        KeyName::of(KeyUse::Zmk, self.member.as_str())
    }

    /// DE 53 says which key: digit 1 is 1 for PINs and 2 for codes, digit 2 is 6 for a double length.
    fn security(&self) -> Security {
        let pin = if self.usage == KeyUse::Zpk { PinFormat::WithoutPan } else { PinFormat::WithPan };
        Security { pin: Some(pin), algorithm: 6, track: false }
    }

    /// A message about it.
    pub(crate) fn message(&self, mti: u16) -> Message {
        Message {
            sent: Some(self.sent),
            stan: Some(self.stan),
            security: Some(self.security()),
            network_code: Some(RESET),
            receiver: Some(self.member),
            ..Message::new(Mti(mti))
        }
    }

    /// What the code of its 0800 covers.
    pub(crate) fn fields(&self) -> ResetFields {
        let security = if self.usage == KeyUse::Zpk { "1600000000000000" } else { "2600000000000000" };
        ResetFields {
            mti: Short::cut("0800"),
            sent: Short::cut(&alloc::format!("{:010}", self.sent.number())),
            stan: Short::cut(&alloc::format!("{:06}", self.stan.number())),
            security: Short::cut(security),
            network: Short::cut("101"),
            receiver: Short::cut(self.member.as_str()),
        }
    }

    /// The key of the code on the answer: the new one itself, and for PINs, whose key makes no codes, that of the line. Only
    /// who has taken the new key answers with a code.
    pub(crate) fn proof(&self, key: &WrappedKey) -> MacKey {
        let key = match self.usage {
            KeyUse::Zak => KeyRef::Wrapped(key.clone()),
            _ => KeyRef::Named(KeyName::of(KeyUse::Zak, self.member.as_str())),
        };
        MacKey { key, method: MacMethod::X919 }
    }

    pub(crate) fn was_met(&self, zone: Option<&ZoneKey>) -> bool {
        zone.is_some_and(|zone| zone.met.contains(&(self.sent, self.stan)))
    }

    fn is_newest(&self, zone: &ZoneKey) -> bool {
        zone.met.last() == Some(&(self.sent, self.stan))
    }

    /// The question that proves and takes the key of `m`.
    fn take(&self, m: &Message) -> Option<Ask> {
        let f48: Vec<u8> = b"NK".iter().chain(m.new_key.as_ref()?).copied().collect();
        let key = ResetKey { f48: Some(f48.into()), f96: m.key_cryptogram?, f128: m.mac?.0 };
        Some(Ask::TakeReset { under: self.zmk(), usage: self.usage, fields: self.fields(), key })
    }
}

/// The member's side: what is needed on an 0800 of the switch.
pub(crate) fn wants<N: Node>(own: InstitutionId, m: &Message, seen: &Facts<'_, N>, out: &mut Wants)
where
    ZoneKey: Record<N::Row, Key = Short<24>>,
{
    let Some((order, take)) = ordered(own, m) else { return };
    out.row::<ZoneKey, N::Row>(&order.name().0);
    match seen.peek::<ZoneKey>(&order.name().0) {
        Seen::NotAsked => {}
        Seen::Present(zone) if order.was_met(Some(zone)) => {}
        Seen::Present(_) | Seen::Absent => {
            out.ask(take);
        }
    }
}

fn ordered(own: InstitutionId, m: &Message) -> Option<(Order, Ask)> {
    let order = Order::of(own, m).filter(|_| m.receiver == Some(own))?;
    Some((order, order.take(m)?))
}

/// Takes the new key, or answers a repeat as before; what does not prove itself changes nothing.
pub(crate) fn decide<N: Node>(own: InstitutionId, at: Moment, m: &Message, facts: &Facts<'_, N>, d: &mut Decision<N>)
where
    ZoneKey: Record<N::Row, Key = Short<24>>,
{
    let Some((order, take)) = ordered(own, m) else {
        d.count("zone.unreadable");
        return d.send(Peer::Switch, m.answer(ResponseCode::FORMAT_ERROR), None);
    };
    let name = order.name();
    let zone = facts.get::<ZoneKey>(&name.0);
    let given = |key: &WrappedKey, d: &mut Decision<N>| {
        let mut said = order.message(810);
        said.code = Some(ResponseCode::APPROVED);
        d.send(Peer::Switch, said, Some(order.proof(key)));
    };
    if let Some(zone) = zone.filter(|zone| order.was_met(Some(zone))) {
        // A copy from before the newest reset: its key is over, and nobody waits for the answer.
        if !order.is_newest(zone) {
            return d.count("zone.stale");
        }
        d.count("zone.again");
        return given(&zone.newest, d);
    }
    let code = match facts.told(&take) {
        Some(Told::ResetTaken(key)) => {
            d.count("zone.taken");
            d.put(&name.0, ZoneKey::after(zone, &order, key.clone(), true, at));
            d.install(name, key.clone(), Install::Use);
            return given(key, d);
        }
        Some(Told::No) => ResponseCode::MAC_ERROR,
        Some(Told::NoKey) => ResponseCode::SECURITY_FAILED,
        _ => ResponseCode::MALFUNCTION,
    };
    d.count("zone.not_taken");
    d.send(Peer::Switch, m.answer(code), None);
}

/// A person at the member wants a new key: it asks the switch, which makes it. Lost on the way, they ask again.
pub(crate) fn ask_for<N: Node>(own: InstitutionId, order: &Order, d: &mut Decision<N>) {
    if order.member == own && matches!(order.usage, KeyUse::Zpk | KeyUse::Zak) {
        d.send(Peer::Switch, Message { receiver: None, forwarder: Some(own), ..order.message(820) }, None);
    }
}

#[cfg(test)]
mod tests;

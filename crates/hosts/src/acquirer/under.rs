//! Under which keys a terminal's message came, and its answer goes: a generation of working keys, or the DUKPT serial number of
//! that one message. An answer goes under what its request came under; the terminal may not have anything newer.

use super::{Generation, Terminal};
use serde::{Deserialize, Serialize};
use slipway_node::{Ask, Decision, Line, Peer};
use slipway_terms::{DukptKey, KeyName, KeyRef, KeyScheme, Ksn, MacKey, MacMethod, Message};

/// As a record keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Under {
    /// Working keys, by their number.
    Generation(u32),
    /// The keys of one DUKPT message.
    Serial(Ksn),
}

/// The keys themselves, while a message is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keys<'a> {
    /// Working keys.
    Working(&'a Generation),
    /// Derived from this base key.
    Dukpt(KeyName, Ksn),
}

impl<'a> Keys<'a> {
    /// All that a message of this terminal may be under. A serial number must be its own, with a counter that is used.
    pub fn of(terminal: &'a Terminal, m: &Message) -> impl Iterator<Item = Self> + use<'a> {
        let dukpt = serial(terminal, m).map(|(base, ksn)| Keys::Dukpt(base, ksn));
        let working = [&terminal.current, &terminal.previous].into_iter().flatten().map(Keys::Working);
        dukpt.into_iter().chain(working)
    }

    /// As a record keeps them.
    pub const fn under(&self) -> Under {
        match self {
            Self::Working(generation) => Under::Generation(generation.no),
            Self::Dukpt(_, ksn) => Under::Serial(*ksn),
        }
    }

    /// The code of the request.
    pub fn request(&self) -> MacKey {
        match self {
            Self::Working(generation) => generation.mac(),
            Self::Dukpt(base, ksn) => derived(*base, *ksn, DukptKey::Request),
        }
    }

    /// The code of its answer.
    pub fn mac(&self) -> MacKey {
        match self {
            Self::Working(generation) => generation.mac(),
            Self::Dukpt(base, ksn) => derived(*base, *ksn, DukptKey::Answer),
        }
    }

    fn pin_key(&self) -> KeyRef {
        match self {
            Self::Working(generation) => KeyRef::Wrapped(generation.pik.clone()),
            Self::Dukpt(base, ksn) => KeyRef::Dukpt(*base, *ksn, DukptKey::Pin),
        }
    }

    fn track_key(&self) -> Option<KeyRef> {
        match self {
            Self::Working(generation) => generation.tdk.clone().map(KeyRef::Wrapped),
            Self::Dukpt(base, ksn) => Some(KeyRef::Dukpt(*base, *ksn, DukptKey::Track)),
        }
    }

    /// The question that turns its PIN block into one under the zone key; the cipher of that is the vault's to know.
    pub fn pin_ask(&self, zpk: KeyName, m: &Message) -> Option<Ask> {
        Ask::translate(self.pin_key(), KeyRef::Named(zpk), m, m.card()?)
    }

    /// The question that opens its track.
    pub fn track_ask(&self, m: &Message) -> Option<Ask> {
        Some(Ask::TrackDecipher(self.track_key()?, m.closed_track?))
    }
}

/// The base key and serial number of a message of a DUKPT terminal: under the initial key in force, or a sign-on under one that
/// was injected after it. What was injected before is no more this terminal.
fn serial(terminal: &Terminal, m: &Message) -> Option<(KeyName, Ksn)> {
    let (base, ksn) = (terminal.base?, m.ksn?);
    let own = Ksn::first(terminal.keying.scheme, terminal.id, ksn.injection())?;
    let counts = match terminal.injected {
        Some(injected) if m.mti.0 != 800 => ksn.injection() == injected,
        Some(injected) => ksn.injection() >= injected,
        None => m.mti.0 == 800,
    };
    (counts && ksn.is_used() && ksn.same_key(&own)).then_some((base, ksn))
}

fn derived(base: KeyName, ksn: Ksn, which: DukptKey) -> MacKey {
    MacKey { key: KeyRef::Dukpt(base, ksn, which), method: MacMethod::EcbXor }
}

impl Terminal {
    /// The key that an answer to what came under these keys is coded with. A generation that is gone gives way to the newest.
    pub(super) fn answer_mac(&self, under: Under) -> Option<MacKey> {
        match under {
            Under::Generation(no) => self.generation(no).map(Generation::mac),
            Under::Serial(ksn) => Some(derived(self.base?, ksn, DukptKey::Answer)),
        }
    }

    /// The key of a refusal to a message whose code is good under nothing.
    pub(super) fn refusal_mac(&self, m: &Message) -> Option<MacKey> {
        match self.keying.scheme {
            KeyScheme::DukptTdes | KeyScheme::DukptAes => {
                serial(self, m).map(|(base, ksn)| derived(base, ksn, DukptKey::Answer))
            }
            KeyScheme::Tdes | KeyScheme::Sm4 => self.current.as_ref().map(Generation::mac),
        }
    }
}

/// Sends to a terminal. Whatever is coded under keys of one message says under which.
pub(super) fn to_line(d: &mut Decision<super::Acquirer>, line: Line, mut said: Message, key: Option<MacKey>) {
    said.ksn = key.as_ref().and_then(|key| key.key.ksn());
    d.send(Peer::Line(line), said, key);
}

//! The vault of one simulated node: the soft vault, and a chance that it does not answer or does not find a key; and for a
//! whole life of the node, now and then, another version of a key. It must never answer what the soft vault would not.

use crate::prng::Prng;
use slipway_node::{Ask, Installed, Told, Vault};
use slipway_terms::{KeyRef, Mac, MacKey, Pan, SealedPan};
use slipway_vault::SoftVault;
use std::cell::Cell;
use std::rc::Rc;

/// One in so many keys is another version in one life of a vault that fails.
const STALE_ONE_IN: u64 = 40;

/// A vault in a mood.
pub struct Moody {
    vault: SoftVault,
    chance: Prng,
    life: u64,
    permille: Rc<Cell<u32>>,
    met: Rc<Cell<u64>>,
}

impl Moody {
    /// Around a vault; the rate is shared with who sets it, the count with who reads it.
    pub fn new(vault: SoftVault, mut chance: Prng, permille: Rc<Cell<u32>>, met: Rc<Cell<u64>>) -> Self {
        let life = chance.bits();
        Self { vault, chance, life, permille, met }
    }

    fn fails(&mut self) -> bool {
        let fails = self.chance.chance(self.permille.get());
        self.met.set(self.met.get() + u64::from(fails));
        fails
    }

    /// Whether this named key is another version all through this life: every copy of a message meets the same.
    fn is_stale(&self, key: &KeyRef) -> bool {
        let (KeyRef::Named(name) | KeyRef::Dukpt(name, ..)) = key else { return false };
        let name = format!("{name:?}")
            .bytes()
            .fold(self.life, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        self.permille.get() > 0 && Prng::new(name).bits().is_multiple_of(STALE_ONE_IN)
    }
}

impl Vault for Moody {
    fn answer(&mut self, ask: &Ask, mac_data: &[u8], mac: Option<Mac>) -> Told {
        if self.fails() {
            return if self.chance.chance(500) { Told::NoKey } else { Told::Unavailable };
        }
        match ask {
            // The code does not fit, the block does not decipher.
            Ask::MacGood(key) if self.is_stale(&key.key) => Told::No,
            Ask::PinRight { zone: key, .. }
            | Ask::PinTranslate { from: key, .. }
            | Ask::WidePinRight { zone: key, .. }
            | Ask::WidePinTranslate { from: key, .. }
                if self.is_stale(key) =>
            {
                Told::PinUnreadable
            }
            Ask::TrackDecipher(key, _) if self.is_stale(key) => Told::No,
            ask => self.vault.answer(ask, mac_data, mac),
        }
    }

    fn mac(&mut self, key: &MacKey, mac_data: &[u8]) -> Option<Mac> {
        if self.fails() {
            return None;
        }
        let code = self.vault.mac(key, mac_data)?;
        // Not the bit that a forger turns: two wrongs would be a right.
        let wrong = if self.is_stale(&key.key) { 2 } else { 0 };
        Some(Mac(code.0.map(|byte| byte ^ wrong)))
    }

    fn install(&mut self, installed: &Installed) {
        self.vault.install(installed);
    }

    fn open_pan(&mut self, sealed: &SealedPan) -> Option<Pan> {
        if self.fails() { None } else { self.vault.open_pan(sealed) }
    }
}

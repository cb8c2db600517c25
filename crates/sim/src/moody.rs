//! The vault of one simulated node: the soft vault, and a chance that it does not answer in time or holds another version of
//! the key. It must never answer what the soft vault would not.

use crate::prng::Prng;
use slipway_node::{Ask, Told, Vault};
use slipway_terms::{Mac, MacKey, Pan, SealedPan};
use slipway_vault::SoftVault;
use std::cell::Cell;
use std::rc::Rc;

/// A vault in a mood.
pub struct Moody {
    vault: SoftVault,
    chance: Prng,
    permille: Rc<Cell<u32>>,
    met: Rc<Cell<u64>>,
}

impl Moody {
    /// Around a vault; the rate is shared with who sets it, the count with who reads it.
    pub const fn new(vault: SoftVault, chance: Prng, permille: Rc<Cell<u32>>, met: Rc<Cell<u64>>) -> Self {
        Self { vault, chance, permille, met }
    }

    fn fails(&mut self) -> bool {
        let fails = self.chance.chance(self.permille.get());
        self.met.set(self.met.get() + u64::from(fails));
        fails
    }
}

impl Vault for Moody {
    fn answer(&mut self, ask: &Ask, mac_data: &[u8], mac: Option<Mac>) -> Told {
        if !self.fails() {
            return self.vault.answer(ask, mac_data, mac);
        }
        match (ask, self.chance.below(3)) {
            // Another version of the key: the code does not fit, the block does not decipher.
            (Ask::MacGood(_), 0) => Told::No,
            (Ask::PinRight { .. } | Ask::PinTranslate { .. }, 0) => Told::PinUnreadable,
            (_, 1) => Told::NoKey,
            _ => Told::Unavailable,
        }
    }

    fn mac(&mut self, key: &MacKey, mac_data: &[u8]) -> Option<Mac> {
        if !self.fails() {
            return self.vault.mac(key, mac_data);
        }
        // No key, or the code of another version of it.
        let code = self.vault.mac(key, mac_data)?;
        self.chance.chance(500).then(|| Mac(code.0.map(|byte| byte ^ 1)))
    }

    fn open_pan(&mut self, sealed: &SealedPan) -> Option<Pan> {
        if self.fails() { None } else { self.vault.open_pan(sealed) }
    }
}

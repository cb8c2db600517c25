//! Rotation of a static key without a lost message: the new generation is accepted before anybody uses it, the old one
//! after nobody does.
//! Must never: leave a moment in which the two sides hold no generation in common.
//!
//! ```text
//! one side                         other side
//! rotate   now 1, next 2           now 1
//! (key block under the ZMK) ─────▶ import --next: now 1, next 2        each accepts 1 and 2, each uses 1
//! rotate --use: now 2, former 1    sees 2 used, uses 2 too             each accepts 1 and 2
//! rotate --end: now 2              rotate --use, rotate --end: now 2
//! ```
//! Keys that arrive by message (field 62 of sign-on, key reset) live in records and keep the stricter rule of the hosts:
//! the old one ends with the first good code under the new. A file is not written by a running party, so after a
//! restart it could not know that; therefore a person ends a generation of a file.

use slipway_terms::{Kcv, KeyName, KeyUse};

use crate::file::{KeyFile, Origin};
use crate::file_fault::KeyFileFault;
use crate::random::Random;
use crate::secret::{ClearKey, use_code};

impl KeyFile {
    /// Lays a next generation beside the key; replaces a next one that nobody has used. Returns version and check value.
    ///
    /// # Errors
    /// [`KeyFileFault::Missing`]; [`KeyFileFault::DoesNotFit`] for another usage or cipher, for token keys, under a
    /// new one of which every card would be a stranger, and for DUKPT keys, whose serial numbers name their own.
    pub fn stage(
        &mut self,
        name: &KeyName,
        key: &ClearKey,
        origin: Origin,
        random: &mut dyn Random,
    ) -> Result<(u32, Kcv), KeyFileFault> {
        let at = self.place(name).ok_or(KeyFileFault::Missing(*name))?;
        let (usage, now) = self.clear(name)?;
        if matches!(usage, KeyUse::Token | KeyUse::Bdk | KeyUse::Ipek) || now.algorithm() != key.algorithm() {
            return Err(KeyFileFault::DoesNotFit(*name));
        }
        // A number that was once given is not given again, though its key was never used.
        let version = self.newest(at).saturating_add(1);
        let next = self.sealed(name, (usage, version, origin), key, random)?;
        debug_assert_eq!(self.body.entries[at].usage, use_code(usage));
        self.body.entries[at].next = Some(next);
        Ok((version, key.check_value()))
    }

    /// Makes a fresh next generation of the same cipher.
    ///
    /// # Errors
    /// As [`KeyFile::stage`], and [`KeyFileFault::NoRandom`].
    pub fn stage_fresh(
        &mut self,
        name: &KeyName,
        origin: Origin,
        random: &mut dyn Random,
    ) -> Result<(u32, Kcv), KeyFileFault> {
        let (_, now) = self.clear(name)?;
        let key = ClearKey::generate(now.algorithm(), random)?;
        self.stage(name, &key, origin, random)
    }

    /// The staged generation in the clear, for its key block.
    ///
    /// # Errors
    /// [`KeyFileFault::Missing`] without one.
    pub fn clear_next(&self, name: &KeyName) -> Result<(KeyUse, ClearKey), KeyFileFault> {
        let entry = &self.body.entries[self.place(name).ok_or(KeyFileFault::Missing(*name))?];
        let next = entry.next.as_ref().ok_or(KeyFileFault::Missing(*name))?;
        Ok((self.clear(name)?.0, self.opened(entry, next)?))
    }

    /// Uses the staged generation from now on; the one before stays accepted. Returns its version; the same again when
    /// there is nothing staged but a former generation shows that it was done.
    ///
    /// # Errors
    /// [`KeyFileFault::Missing`] when nothing was ever staged.
    pub fn use_next(&mut self, name: &KeyName) -> Result<u32, KeyFileFault> {
        let at = self.place(name).ok_or(KeyFileFault::Missing(*name))?;
        let entry = &mut self.body.entries[at];
        match entry.next.take() {
            Some(next) => entry.former = Some(core::mem::replace(&mut entry.now, next)),
            None if entry.former.is_some() => {}
            None => return Err(KeyFileFault::Missing(*name)),
        }
        Ok(entry.now.version)
    }

    /// Accepts the former generation no longer; says whether there was one.
    ///
    /// # Errors
    /// [`KeyFileFault::Missing`] without a key of that name.
    pub fn end_former(&mut self, name: &KeyName) -> Result<bool, KeyFileFault> {
        let at = self.place(name).ok_or(KeyFileFault::Missing(*name))?;
        Ok(self.body.entries[at].former.take().is_some())
    }
}

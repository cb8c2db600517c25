//! The master key over a key file: derived from a passphrase by argon2id, or read from a file of 32 bytes.
//! Must never: write a passphrase or a derived key anywhere; accept a key file that others on the machine can read.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::file_fault::KeyFileFault;
use crate::random::Random;
use crate::secret::{Algorithm, ClearKey};

/// What the operator brings to open a key file. No `Debug`; wiped when dropped.
pub enum Master {
    /// A passphrase; salt and cost stand in the key file.
    Passphrase(Zeroizing<String>),
    /// A key of 32 bytes, from a file of its own.
    Key(ClearKey),
}

/// Cost of deriving the master key. The default takes about a tenth of a second and 64 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivationCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl DerivationCost {
    /// 64 MiB, three passes, one lane; above the OWASP minimum for argon2id.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// The least that argon2 accepts: for tests and throw-away demonstration keys only.
    pub const LEAST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// Keeps a damaged or hostile file from asking for all memory or an hour of work.
    const fn is_sane(self) -> bool {
        self.memory_kib <= 1024 * 1024 && self.passes <= 32 && self.lanes <= 16
    }
}

/// How the master key of a file comes about; stands in the file.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Derivation {
    Passphrase { salt: [u8; 16], cost: DerivationCost },
    KeyFile,
}

impl Master {
    /// From a passphrase.
    #[must_use]
    pub fn passphrase(text: &str) -> Self {
        Self::Passphrase(Zeroizing::new(text.to_owned()))
    }

    /// From a file of exactly 32 bytes that only its owner can read.
    ///
    /// # Errors
    /// [`KeyFileFault::Medium`], [`KeyFileFault::OthersCanRead`], [`KeyFileFault::NotAMasterKey`].
    pub fn from_file(path: &Path) -> Result<Self, KeyFileFault> {
        let medium = |cause| KeyFileFault::Medium { doing: "reading the master key", path: path.to_owned(), cause };
        let found = std::fs::metadata(path).map_err(medium)?;
        refuse_if_others_can_read(path, &found)?;
        if found.len() != 32 {
            return Err(KeyFileFault::NotAMasterKey(path.to_owned()));
        }
        let bytes = Zeroizing::new(std::fs::read(path).map_err(medium)?);
        let key = ClearKey::new(Algorithm::Aes256, &bytes).map_err(|_| KeyFileFault::NotAMasterKey(path.to_owned()))?;
        Ok(Self::Key(key))
    }

    /// A secret text (a token's PIN) from a file that only its owner can read; without spaces around it.
    ///
    /// # Errors
    /// [`KeyFileFault::Medium`], [`KeyFileFault::OthersCanRead`].
    pub fn private_text(path: &Path) -> Result<Zeroizing<String>, KeyFileFault> {
        let medium = |cause| KeyFileFault::Medium { doing: "reading a secret", path: path.to_owned(), cause };
        refuse_if_others_can_read(path, &std::fs::metadata(path).map_err(medium)?)?;
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(medium)?);
        Ok(Zeroizing::new(text.trim().to_owned()))
    }

    /// Makes a new master key and writes it to a file that only its owner can read; never overwrites one.
    ///
    /// # Errors
    /// [`KeyFileFault::Medium`] (also when the file exists), [`KeyFileFault::NoRandom`].
    pub fn new_file(path: &Path, random: &mut dyn Random) -> Result<Self, KeyFileFault> {
        let key = ClearKey::generate(Algorithm::Aes256, random)?;
        let medium = |cause| KeyFileFault::Medium { doing: "writing the master key", path: path.to_owned(), cause };
        let mut file = private_new_file(path).map_err(medium)?;
        file.write_all(key.bytes()).and_then(|()| file.sync_all()).map_err(medium)?;
        sync_folder(path).map_err(medium)?;
        Ok(Self::Key(key))
    }

    /// A new derivation for this kind of master.
    pub(crate) fn derivation(&self, cost: DerivationCost, random: &mut dyn Random) -> Result<Derivation, KeyFileFault> {
        match self {
            Self::Key(_) => Ok(Derivation::KeyFile),
            Self::Passphrase(_) => {
                let mut salt = [0; 16];
                random.fill(&mut salt)?;
                Ok(Derivation::Passphrase { salt, cost })
            }
        }
    }

    /// The key itself, by the derivation that the file names.
    pub(crate) fn key(&self, derivation: &Derivation) -> Result<ClearKey, KeyFileFault> {
        match (self, derivation) {
            (Self::Key(key), Derivation::KeyFile) => {
                ClearKey::new(Algorithm::Aes256, key.bytes()).map_err(|_| KeyFileFault::WrongMaster)
            }
            (Self::Passphrase(text), Derivation::Passphrase { salt, cost }) => {
                let out = stretched(text, salt, *cost)?;
                ClearKey::new(Algorithm::Aes256, &out[..]).map_err(|_| KeyFileFault::WrongMaster)
            }
            (Self::Key(_), Derivation::Passphrase { .. }) => Err(KeyFileFault::WantsPassphrase),
            (Self::Passphrase(_), Derivation::KeyFile) => Err(KeyFileFault::WantsMasterKey),
        }
    }
}

/// Argon2id of a passphrase.
pub(crate) fn stretched(
    text: &str,
    salt: &[u8; 16],
    cost: DerivationCost,
) -> Result<Zeroizing<[u8; 32]>, KeyFileFault> {
    if !cost.is_sane() {
        return Err(KeyFileFault::Damaged("the cost of the passphrase is out of bounds"));
    }
    let damaged = |_| KeyFileFault::Damaged("the cost of the passphrase is impossible");
    let params = argon2::Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(damaged)?;
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut out = Zeroizing::new([0; 32]);
    argon.hash_password_into(text.as_bytes(), salt, &mut out[..]).map_err(damaged)?;
    Ok(out)
}

#[cfg(unix)]
fn refuse_if_others_can_read(path: &Path, found: &std::fs::Metadata) -> Result<(), KeyFileFault> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyFileFault::OthersCanRead { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_if_others_can_read(_: &Path, _: &std::fs::Metadata) -> Result<(), KeyFileFault> {
    Ok(())
}

/// Opens a file that must not exist yet, for its owner only.
pub(crate) fn private_new_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Makes a new or renamed entry of the folder durable.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_is_argon2id() {
        // Computed by the Python package argon2-cffi.
        let cost = DerivationCost { memory_kib: 256, passes: 2, lanes: 1 };
        let mut salt = [0; 16];
        (0u8..).zip(&mut salt).for_each(|(number, byte)| *byte = number);
        let key = Master::passphrase("口令 password").key(&Derivation::Passphrase { salt, cost });
        let hex: String = key.unwrap().bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "cf7250bec08e6f9ae88bcd94d91ff7b41e3ae686213e32e9cb200a03c7b940f7");
    }
}

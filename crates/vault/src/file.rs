//! The key file: static keys wrapped under a master key, one file per party.
//! Must never: hold a clear key on disk, leave half a file behind, or open a key under another name or usage.
//!
//! ```text
//! 0   "SLIPKEYS"                            magic
//! 8   format version, 2 bytes big-endian    a newer one is refused
//! 10  body (postcard)                       how the master key comes about, key of working keys, entries
//! -32 SHA-256 of all before                 in every version, so damage is told from "newer" and "wrong passphrase"
//! ```
//! An entry is name, usage, algorithm, version and AES-256-GCM(key), with the first four bound in: renaming one, or
//! giving it another usage, makes it unreadable. The checksum finds accidents; forgery is found by the wrapping.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use slipway_terms::{KeyName, KeyUse, Short};

use crate::master::{Derivation, DerivationCost, Master, private_new_file, sync_folder};
use crate::random::{NoRandom, Random};
use crate::ring::KeyRing;
use crate::secret::{Algorithm, ClearKey, usage_allows, use_code, use_from_code};
use crate::wrap::Wrapper;

const MAGIC: &[u8; 8] = b"SLIPKEYS";
/// The format this build writes, and the newest it reads.
pub const FORMAT_VERSION: u16 = 1;
/// Longest file that is read: about half a million keys.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
const WORKING_MEANING: &[u8] = b"slipway key of working keys\x01";

use crate::file_fault::KeyFileFault;

/// A key file, read and proved, its keys still wrapped.
pub struct KeyFile {
    path: PathBuf,
    wrapper: Wrapper,
    body: Body,
}

#[derive(Serialize, Deserialize)]
struct Body {
    derivation: Derivation,
    /// The key over working keys in records, wrapped: it opens only with the right passphrase, and so proves it.
    working: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    usage: u8,
    algorithm: u8,
    version: u32,
    wrapped: Vec<u8>,
}

impl Entry {
    fn meaning(&self) -> Vec<u8> {
        let mut meaning = b"slipway key\x01".to_vec();
        meaning.extend_from_slice(&[self.usage, self.algorithm]);
        meaning.extend_from_slice(&self.version.to_be_bytes());
        meaning.extend_from_slice(self.name.as_bytes());
        meaning
    }
}

impl KeyFile {
    /// Makes an empty key file and writes it; refuses to overwrite an existing one, because that would lose keys.
    ///
    /// # Errors
    /// [`KeyFileFault::Exists`], [`KeyFileFault::Medium`], [`KeyFileFault::NoRandom`].
    pub fn create(
        path: &Path,
        master: &Master,
        cost: DerivationCost,
        random: &mut dyn Random,
    ) -> Result<Self, KeyFileFault> {
        if path.try_exists().unwrap_or(true) {
            return Err(KeyFileFault::Exists(path.to_owned()));
        }
        let derivation = master.derivation(cost, random)?;
        let wrapper = wrapper(master, &derivation)?;
        let mut working = Vec::new();
        let key = ClearKey::generate(Algorithm::Aes256, random)?;
        wrapper.close(random, WORKING_MEANING, key.bytes(), &mut working)?;
        let file = Self { path: path.to_owned(), wrapper, body: Body { derivation, working, entries: Vec::new() } };
        file.save(random)?;
        Ok(file)
    }

    /// Reads a key file and proves the master key.
    ///
    /// # Errors
    /// [`KeyFileFault`]: damage, a newer format, a wrong or the other kind of master key are each told apart.
    pub fn open(path: &Path, master: &Master) -> Result<Self, KeyFileFault> {
        let medium = |cause| KeyFileFault::Medium { doing: "reading the key file", path: path.to_owned(), cause };
        if std::fs::metadata(path).map_err(medium)?.len() > FILE_BYTES_MAX {
            return Err(KeyFileFault::Damaged("it is far too long"));
        }
        let body = body_of(&std::fs::read(path).map_err(medium)?)?;
        let wrapper = wrapper(master, &body.derivation)?;
        wrapper.open(WORKING_MEANING, &body.working).map_err(|_| KeyFileFault::WrongMaster)?;
        Ok(Self { path: path.to_owned(), wrapper, body })
    }

    /// Adds a key, or replaces the one of that name (its version then grows by one). Not written until
    /// [`KeyFile::save`]. Returns the version.
    ///
    /// # Errors
    /// [`KeyFileFault::DoesNotFit`] when the usage does not allow the algorithm, [`KeyFileFault::NoRandom`].
    pub fn put(
        &mut self,
        name: &KeyName,
        usage: KeyUse,
        key: &ClearKey,
        random: &mut dyn Random,
    ) -> Result<u32, KeyFileFault> {
        if !usage_allows(usage, key.algorithm()) {
            return Err(KeyFileFault::DoesNotFit(*name));
        }
        let old = self.body.entries.iter().position(|entry| entry.name == name.0.as_str());
        let version = old.map_or(1, |at| self.body.entries[at].version.saturating_add(1));
        let mut entry = Entry {
            name: name.0.as_str().to_owned(),
            usage: use_code(usage),
            algorithm: key.algorithm().code(),
            version,
            wrapped: Vec::new(),
        };
        let meaning = entry.meaning();
        self.wrapper.close(random, &meaning, key.bytes(), &mut entry.wrapped)?;
        match old {
            Some(at) => self.body.entries[at] = entry,
            None => self.body.entries.push(entry),
        }
        Ok(version)
    }

    /// Names, usages, algorithms and versions, in file order: what `keys list` may show.
    pub fn listing(&self) -> impl Iterator<Item = (&str, Option<KeyUse>, Option<Algorithm>, u32)> {
        self.body.entries.iter().map(|entry| {
            let usage = use_from_code(entry.usage);
            (entry.name.as_str(), usage, Algorithm::from_code(entry.algorithm), entry.version)
        })
    }

    /// Opens all keys.
    ///
    /// # Errors
    /// [`KeyFileFault::EntryDamaged`] with the name of the first key that does not open.
    pub fn ring(&self) -> Result<KeyRing, KeyFileFault> {
        let working = self.wrapper.open(WORKING_MEANING, &self.body.working).map_err(|_| KeyFileFault::WrongMaster)?;
        let working = ClearKey::new(Algorithm::Aes256, &working).map_err(|_| KeyFileFault::WrongMaster)?;
        let mut ring = KeyRing::new(&working).map_err(|_| KeyFileFault::WrongMaster)?;
        for entry in &self.body.entries {
            let name = Short::new(&entry.name).map_err(|_| KeyFileFault::Damaged("a key has no proper name"))?;
            let name = KeyName(name);
            let broken = || KeyFileFault::EntryDamaged(name);
            let usage = use_from_code(entry.usage).ok_or_else(broken)?;
            let algorithm = Algorithm::from_code(entry.algorithm).ok_or_else(broken)?;
            let clear = self.wrapper.open(&entry.meaning(), &entry.wrapped).map_err(|_| broken())?;
            let key = ClearKey::new(algorithm, &clear).map_err(|_| broken())?;
            ring.put(name, usage, &key).map_err(|_| broken())?;
        }
        if ring.len() != self.body.entries.len() {
            return Err(KeyFileFault::Damaged("two keys have one name"));
        }
        Ok(ring)
    }

    /// Refuses to go on without the keys that a party needs; call it at start-up, before anything listens.
    ///
    /// # Errors
    /// [`KeyFileFault::Missing`] with the first name that is not there.
    pub fn require<'a>(&self, names: impl IntoIterator<Item = &'a KeyName>) -> Result<(), KeyFileFault> {
        for name in names {
            if !self.body.entries.iter().any(|entry| entry.name == name.0.as_str()) {
                return Err(KeyFileFault::Missing(*name));
            }
        }
        Ok(())
    }

    /// Writes the file: a temporary one beside it, synced, renamed over the old, folder synced. A crash leaves the old
    /// file or the new one, never half of either.
    ///
    /// # Errors
    /// [`KeyFileFault::Medium`], [`KeyFileFault::NoRandom`] (the temporary name is random).
    pub fn save(&self, random: &mut dyn Random) -> Result<(), KeyFileFault> {
        let medium = |cause| KeyFileFault::Medium { doing: "writing the key file", path: self.path.clone(), cause };
        let bytes = self.to_bytes()?;
        let mut tag = [0; 8];
        random.fill(&mut tag)?;
        let mut beside = self.path.clone().into_os_string();
        beside.push(format!(".{:016x}.new", u64::from_be_bytes(tag)));
        let beside = PathBuf::from(beside);
        let written = private_new_file(&beside)
            .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&beside, &self.path))
            .and_then(|()| sync_folder(&self.path));
        written.map_err(|cause| {
            // Best effort: what is left holds only wrapped keys.
            let _ = std::fs::remove_file(&beside);
            medium(cause)
        })
    }

    fn to_bytes(&self) -> Result<Vec<u8>, KeyFileFault> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT_VERSION.to_be_bytes());
        let body = postcard::to_allocvec(&self.body).map_err(|_| KeyFileFault::Damaged("it cannot be written"))?;
        bytes.extend_from_slice(&body);
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum);
        Ok(bytes)
    }
}

fn wrapper(master: &Master, derivation: &Derivation) -> Result<Wrapper, KeyFileFault> {
    Wrapper::new(&master.key(derivation)?).ok_or(KeyFileFault::WrongMaster)
}

/// Magic, then checksum, then version: so an accident is never called a newer version.
fn body_of(bytes: &[u8]) -> Result<Body, KeyFileFault> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Err(KeyFileFault::NotAKeyFile) };
    let Some((_, sum)) = bytes.split_last_chunk::<32>().filter(|(before, _)| before.len() >= 10) else {
        return Err(KeyFileFault::Damaged("it is cut short"));
    };
    if Sha256::digest(&bytes[..bytes.len() - 32])[..] != sum[..] {
        return Err(KeyFileFault::Damaged("its checksum does not hold"));
    }
    let found = u16::from_be_bytes([rest[0], rest[1]]);
    if found != FORMAT_VERSION {
        return Err(KeyFileFault::OtherVersion { found, known: FORMAT_VERSION });
    }
    postcard::from_bytes(&rest[2..rest.len() - 32]).map_err(|_| KeyFileFault::Damaged("its body cannot be read"))
}

impl From<NoRandom> for KeyFileFault {
    fn from(_: NoRandom) -> Self {
        Self::NoRandom
    }
}

//! The key file: static keys wrapped under a master key, one file per party.
//! Must never: hold a clear key on disk, leave half a file behind, or open a key under another name or usage.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use slipway_terms::{Kcv, KeyName, KeyUse, Short};
use zeroize::Zeroizing;

use crate::file_fault::KeyFileFault;
use crate::file_form::{self, Body, Entry, Sealed, TrailHead};
use crate::master::{DerivationCost, Master, private_new_file, sync_folder};
use crate::random::{NoRandom, Random};
use crate::ring::{KeyRing, Standing};
use crate::secret::{Algorithm, ClearKey, usage_allows, use_code, use_from_code};
use crate::wrap::Wrapper;

/// Longest file that is read: about half a million keys.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
const WORKING_MEANING: &[u8] = b"slipway key of working keys\x01";
/// The last byte is the version of the file that is proved.
const PROOF_MEANING: &[u8] = b"slipway key file\x02";

/// A key file, read and proved, its keys still wrapped.
pub struct KeyFile {
    path: PathBuf,
    pub(crate) wrapper: Wrapper,
    pub(crate) body: Body,
}

/// Where a key comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// When it was made or came in, Unix milliseconds; 0 when nobody told.
    pub made_ms: i64,
    /// It never leaves again: exportability N of the key block it came in.
    pub stays: bool,
}

/// What a list may show of one generation of a key. Nothing here is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its cipher.
    pub algorithm: Algorithm,
    /// Counts from 1.
    pub version: u32,
    /// Unix milliseconds, `None` when nobody told.
    pub made_ms: Option<i64>,
    /// Check value.
    pub check: Kcv,
    /// It is never exported.
    pub stays: bool,
}

/// What a list may show of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownKey {
    /// Name.
    pub name: KeyName,
    /// What it is for.
    pub usage: KeyUse,
    /// The generation in use.
    pub now: Shown,
    /// Accepted already.
    pub next: Option<Shown>,
    /// Accepted still.
    pub former: Option<Shown>,
}

/// A key on its way into a token, in the clear. No `Debug`.
pub struct Brought {
    /// Its name.
    pub name: KeyName,
    /// What it is for.
    pub usage: KeyUse,
    /// The generation in use.
    pub now: ClearKey,
    /// Accepted already.
    pub next: Option<ClearKey>,
    /// Accepted still.
    pub former: Option<ClearKey>,
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
        let wrapper = Wrapper::new(&master.key(&derivation)?).ok_or(KeyFileFault::WrongMaster)?;
        let mut working = Vec::new();
        let key = ClearKey::generate(Algorithm::Aes256, random)?;
        wrapper.close(random, WORKING_MEANING, key.bytes(), &mut working)?;
        let (entries, pending, custodians, trail) = (Vec::new(), Vec::new(), Vec::new(), TrailHead::default());
        let file = Self {
            path: path.to_owned(),
            wrapper,
            body: Body { derivation, working, entries, pending, custodians, trail },
        };
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
        let read = file_form::read(&std::fs::read(path).map_err(medium)?)?;
        let wrapper = Wrapper::new(&master.key(&read.body.derivation)?).ok_or(KeyFileFault::WrongMaster)?;
        let file = Self { path: path.to_owned(), wrapper, body: read.body };
        file.working()?;
        // A key of another name is told by its name first, then whatever else a stranger has changed.
        if let Some((front, proof)) = read.proof {
            for entry in &file.body.entries {
                named(entry)?;
                for key in entry.all() {
                    file.opened(entry, key)?;
                }
            }
            let covered = [PROOF_MEANING, &front].concat();
            file.wrapper
                .open(&covered, &proof)
                .map_err(|_| KeyFileFault::Damaged("it was changed by one without the master key"))?;
        }
        Ok(file)
    }

    /// Adds a key, or replaces the one of that name with all its generations (its version then grows by one). Not
    /// written until [`KeyFile::save`]. Returns the version.
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
        self.put_made(name, usage, key, Origin::default(), random)
    }

    /// As [`KeyFile::put`], and where the key comes from.
    ///
    /// # Errors
    /// As [`KeyFile::put`].
    pub fn put_made(
        &mut self,
        name: &KeyName,
        usage: KeyUse,
        key: &ClearKey,
        origin: Origin,
        random: &mut dyn Random,
    ) -> Result<u32, KeyFileFault> {
        let old = self.place(name);
        let version = old.map_or(1, |at| self.newest(at).saturating_add(1));
        let now = self.sealed(name, (usage, version, origin), key, random)?;
        let entry = Entry { name: name.0.as_str().to_owned(), usage: use_code(usage), now, next: None, former: None };
        match old {
            Some(at) => self.body.entries[at] = entry,
            None => self.body.entries.push(entry),
        }
        Ok(version)
    }

    /// Wraps one generation.
    pub(crate) fn sealed(
        &self,
        name: &KeyName,
        (usage, version, origin): (KeyUse, u32, Origin),
        key: &ClearKey,
        random: &mut dyn Random,
    ) -> Result<Sealed, KeyFileFault> {
        if !usage_allows(usage, key.algorithm()) {
            return Err(KeyFileFault::DoesNotFit(*name));
        }
        let Origin { made_ms, stays } = origin;
        let mut made = Sealed { algorithm: key.algorithm().code(), version, made_ms, stays, wrapped: Vec::new() };
        let meaning = Entry::meaning(name.0.as_str(), use_code(usage), &made);
        self.wrapper.close(random, &meaning, key.bytes(), &mut made.wrapped)?;
        Ok(made)
    }

    /// Opens one generation.
    pub(crate) fn opened(&self, entry: &Entry, key: &Sealed) -> Result<ClearKey, KeyFileFault> {
        let broken = || {
            Short::new(&entry.name).map_or(KeyFileFault::Damaged("a key has no proper name"), |name| {
                KeyFileFault::EntryDamaged(KeyName(name))
            })
        };
        let algorithm = Algorithm::from_code(key.algorithm).ok_or_else(broken)?;
        let meaning = Entry::meaning(&entry.name, entry.usage, key);
        let clear = self.wrapper.open(&meaning, &key.wrapped).map_err(|_| broken())?;
        ClearKey::new(algorithm, &clear).map_err(|_| broken())
    }

    /// Where the key of that name stands.
    pub(crate) fn place(&self, name: &KeyName) -> Option<usize> {
        self.body.entries.iter().position(|entry| entry.name == name.0.as_str())
    }

    pub(crate) fn newest(&self, at: usize) -> u32 {
        self.body.entries[at].all().map(|key| key.version).max().unwrap_or(0)
    }

    /// Names, usages, algorithms and versions, in file order, without opening a key.
    pub fn listing(&self) -> impl Iterator<Item = (&str, Option<KeyUse>, Option<Algorithm>, u32)> {
        self.body.entries.iter().map(|entry| {
            let usage = use_from_code(entry.usage);
            (entry.name.as_str(), usage, Algorithm::from_code(entry.now.algorithm), entry.now.version)
        })
    }

    /// What `keys list` may show; opens every key for its check value.
    ///
    /// # Errors
    /// As [`KeyFile::ring`].
    pub fn shown(&self) -> Result<Vec<ShownKey>, KeyFileFault> {
        let one = |entry: &Entry, key: &Sealed| -> Result<Shown, KeyFileFault> {
            let clear = self.opened(entry, key)?;
            let made_ms = Some(key.made_ms).filter(|made| *made != 0);
            Ok(Shown {
                algorithm: clear.algorithm(),
                version: key.version,
                made_ms,
                check: clear.check_value(),
                stays: key.stays,
            })
        };
        let all = self.body.entries.iter().map(|entry| {
            let (name, usage) = named(entry)?;
            let now = one(entry, &entry.now)?;
            let next = entry.next.as_ref().map(|key| one(entry, key)).transpose()?;
            let former = entry.former.as_ref().map(|key| one(entry, key)).transpose()?;
            Ok(ShownKey { name, usage, now, next, former })
        });
        all.collect()
    }

    /// The key in use of that name, in the clear, for key blocks; never for anything that leaves this process.
    ///
    /// # Errors
    /// [`KeyFileFault::Missing`], [`KeyFileFault::EntryDamaged`].
    pub fn clear(&self, name: &KeyName) -> Result<(KeyUse, ClearKey), KeyFileFault> {
        let entry = &self.body.entries[self.place(name).ok_or(KeyFileFault::Missing(*name))?];
        Ok((named(entry)?.1, self.opened(entry, &entry.now)?))
    }

    /// Every key in the clear with its generations, one after another, for a token that takes them in.
    ///
    /// # Errors
    /// As [`KeyFile::ring`].
    pub fn each_clear(&self) -> impl Iterator<Item = Result<Brought, KeyFileFault>> {
        self.body.entries.iter().map(|entry| {
            let (name, usage) = named(entry)?;
            let now = self.opened(entry, &entry.now)?;
            let next = entry.next.as_ref().map(|key| self.opened(entry, key)).transpose()?;
            let former = entry.former.as_ref().map(|key| self.opened(entry, key)).transpose()?;
            Ok(Brought { name, usage, now, next, former })
        })
    }

    /// Whether the key in use (or the next one) may be given away in a key block.
    #[must_use]
    pub fn may_leave(&self, name: &KeyName, next: bool) -> bool {
        let key = self.place(name).map(|at| &self.body.entries[at]);
        let key = key.and_then(|entry| if next { entry.next.as_ref() } else { Some(&entry.now) });
        key.is_some_and(|key| !key.stays)
    }

    /// Opens all keys.
    ///
    /// # Errors
    /// [`KeyFileFault::EntryDamaged`] with the name of the first key that does not open.
    pub fn ring(&self) -> Result<KeyRing, KeyFileFault> {
        let mut ring = KeyRing::new(&self.working()?).map_err(|_| KeyFileFault::WrongMaster)?;
        for entry in &self.body.entries {
            let (name, usage) = named(entry)?;
            let broken = |_| KeyFileFault::EntryDamaged(name);
            ring.put(name, usage, &self.opened(entry, &entry.now)?).map_err(broken)?;
            for (key, standing) in [(&entry.next, Standing::Next), (&entry.former, Standing::Former)] {
                if let Some(key) = key {
                    ring.accept(name, standing, &self.opened(entry, key)?).map_err(broken)?;
                }
            }
        }
        if ring.len() != self.body.entries.len() {
            return Err(KeyFileFault::Damaged("two keys have one name"));
        }
        Ok(ring)
    }

    /// The key over working keys.
    pub(crate) fn working(&self) -> Result<ClearKey, KeyFileFault> {
        let working: Zeroizing<Vec<u8>> =
            self.wrapper.open(WORKING_MEANING, &self.body.working).map_err(|_| KeyFileFault::WrongMaster)?;
        ClearKey::new(Algorithm::Aes256, &working).map_err(|_| KeyFileFault::WrongMaster)
    }

    /// Refuses to go on without the keys that a party needs; call it at start-up, before anything listens.
    ///
    /// # Errors
    /// [`KeyFileFault::Missing`] with the first name that is not there.
    pub fn require<'a>(&self, names: impl IntoIterator<Item = &'a KeyName>) -> Result<(), KeyFileFault> {
        match names.into_iter().find(|name| self.place(name).is_none()) {
            Some(name) => Err(KeyFileFault::Missing(*name)),
            None => Ok(()),
        }
    }

    /// Writes the file: a temporary one beside it, synced, renamed over the old, folder synced. A crash leaves the old
    /// file or the new one, never half of either.
    ///
    /// # Errors
    /// [`KeyFileFault::Medium`], [`KeyFileFault::NoRandom`] (the temporary name is random).
    pub fn save(&self, random: &mut dyn Random) -> Result<(), KeyFileFault> {
        let medium = |cause| KeyFileFault::Medium { doing: "writing the key file", path: self.path.clone(), cause };
        let mut bytes = file_form::front(&self.body)?;
        let covered = [PROOF_MEANING, &bytes].concat();
        self.wrapper.close(random, &covered, &[], &mut bytes)?;
        let bytes = file_form::summed(bytes);
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
}

/// Name and usage of an entry, if both are of this version.
fn named(entry: &Entry) -> Result<(KeyName, KeyUse), KeyFileFault> {
    let name = Short::new(&entry.name).map_err(|_| KeyFileFault::Damaged("a key has no proper name"))?;
    let usage = use_from_code(entry.usage).ok_or(KeyFileFault::EntryDamaged(KeyName(name)))?;
    Ok((KeyName(name), usage))
}

impl From<NoRandom> for KeyFileFault {
    fn from(_: NoRandom) -> Self {
        Self::NoRandom
    }
}

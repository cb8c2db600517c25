//! What a key file looks like on disk, in every version that was ever written.
//! Must never: hold a clear key; change a shape that was written (postcard counts places, not names).
//!
//! ```text
//! 0   "SLIPKEYS"                            magic
//! 8   format version, 2 bytes big-endian    a newer one is refused
//! 10  body (postcard)                       how the master key comes about, key of working keys, entries, components
//! -60 AES-GCM over nothing (nonce, tag)     since version 2: all before was written by one who has the master key
//! -32 SHA-256 of all before                 in every version, so damage is told from "newer" and "wrong passphrase"
//! ```
//! An entry is name, usage, and per generation algorithm, version and AES-256-GCM(key), with the first four bound in:
//! renaming one, or giving it another usage, makes it unreadable.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::file_fault::KeyFileFault;
use crate::master::{Derivation, DerivationCost};
use crate::wrap::WRAP_BYTES;

const MAGIC: &[u8; 8] = b"SLIPKEYS";
/// The format this build writes, and the newest it reads; version 1 (one generation, no times) is read too.
pub const FORMAT_VERSION: u16 = 2;

/// The body of version 2.
#[derive(Serialize, Deserialize)]
pub(crate) struct Body {
    pub(crate) derivation: Derivation,
    /// The key over working keys in records, wrapped: it opens only with the right passphrase, and so proves it.
    pub(crate) working: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) custodians: Vec<Custodian>,
    pub(crate) trail: TrailHead,
}

/// A key with its generations.
#[derive(Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) usage: u8,
    pub(crate) now: Sealed,
    /// Accepted from the other side already, not used by us yet.
    pub(crate) next: Option<Sealed>,
    /// Still accepted from the other side.
    pub(crate) former: Option<Sealed>,
}

/// One generation of a key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) algorithm: u8,
    pub(crate) version: u32,
    /// Unix milliseconds, 0 when nobody told.
    pub(crate) made_ms: i64,
    /// Its sender, or we, said that it never leaves again.
    pub(crate) stays: bool,
    pub(crate) wrapped: Vec<u8>,
}

/// One entered component of a key that is not whole yet.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) name: String,
    pub(crate) usage: u8,
    pub(crate) algorithm: u8,
    pub(crate) number: u8,
    pub(crate) of: u8,
    pub(crate) custodian: String,
    pub(crate) check: [u8; 4],
    pub(crate) entered_ms: i64,
    pub(crate) wrapped: Vec<u8>,
}

/// Who may enter components, proved by a passphrase of their own.
#[derive(Serialize, Deserialize)]
pub(crate) struct Custodian {
    pub(crate) name: String,
    pub(crate) salt: [u8; 16],
    pub(crate) cost: DerivationCost,
    /// Argon2id of the passphrase.
    pub(crate) proof: [u8; 32],
}

/// Where the audit trail ended when the file was last written: a trail cut short is found by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailHead {
    /// Entries written.
    pub entries: u64,
    /// Code of the last one; zeros when there is none.
    pub code: [u8; 32],
}

impl Entry {
    /// What is bound into the wrapping of one generation.
    pub(crate) fn meaning(name: &str, usage: u8, key: &Sealed) -> Vec<u8> {
        let mut meaning = b"slipway key\x01".to_vec();
        meaning.extend_from_slice(&[usage, key.algorithm]);
        meaning.extend_from_slice(&key.version.to_be_bytes());
        meaning.extend_from_slice(name.as_bytes());
        meaning
    }

    /// All generations, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Sealed> {
        self.former.iter().chain([&self.now]).chain(&self.next)
    }
}

impl Pending {
    pub(crate) fn meaning(&self) -> Vec<u8> {
        let mut meaning = b"slipway component\x01".to_vec();
        meaning.extend_from_slice(&[self.usage, self.algorithm, self.number, self.of]);
        meaning.extend_from_slice(&self.check);
        meaning.extend_from_slice(self.custodian.as_bytes());
        meaning.push(0);
        meaning.extend_from_slice(self.name.as_bytes());
        meaning
    }
}

/// Version 1, read only.
#[derive(Deserialize)]
struct Body1 {
    derivation: Derivation,
    working: Vec<u8>,
    entries: Vec<Entry1>,
}

#[derive(Deserialize)]
struct Entry1 {
    name: String,
    usage: u8,
    algorithm: u8,
    version: u32,
    wrapped: Vec<u8>,
}

impl From<Body1> for Body {
    fn from(old: Body1) -> Self {
        let entry = |it: Entry1| Entry {
            name: it.name,
            usage: it.usage,
            now: Sealed { algorithm: it.algorithm, version: it.version, made_ms: 0, stays: false, wrapped: it.wrapped },
            next: None,
            former: None,
        };
        Self {
            derivation: old.derivation,
            working: old.working,
            entries: old.entries.into_iter().map(entry).collect(),
            pending: Vec::new(),
            custodians: Vec::new(),
            trail: TrailHead::default(),
        }
    }
}

/// What was read, and what the master key has still to prove (nothing in version 1).
pub(crate) struct Read {
    pub(crate) body: Body,
    pub(crate) proof: Option<(Vec<u8>, Vec<u8>)>,
}

/// Everything before the proof.
pub(crate) fn front(body: &Body) -> Result<Vec<u8>, KeyFileFault> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&FORMAT_VERSION.to_be_bytes());
    let body = postcard::to_allocvec(body).map_err(|_| KeyFileFault::Damaged("it cannot be written"))?;
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// The checksum behind all.
pub(crate) fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

/// Magic, then checksum, then version: so an accident is never called a newer version.
pub(crate) fn read(bytes: &[u8]) -> Result<Read, KeyFileFault> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Err(KeyFileFault::NotAKeyFile) };
    let Some((before, sum)) = bytes.split_last_chunk::<32>().filter(|(before, _)| before.len() >= 10) else {
        return Err(KeyFileFault::Damaged("it is cut short"));
    };
    if Sha256::digest(before)[..] != sum[..] {
        return Err(KeyFileFault::Damaged("its checksum does not hold"));
    }
    let unreadable = |_| KeyFileFault::Damaged("its body cannot be read");
    match u16::from_be_bytes([rest[0], rest[1]]) {
        1 => {
            let body: Body1 = postcard::from_bytes(&before[10..]).map_err(unreadable)?;
            Ok(Read { body: body.into(), proof: None })
        }
        FORMAT_VERSION => {
            let Some((front, proof)) = before.split_last_chunk::<WRAP_BYTES>().filter(|(front, _)| front.len() >= 10)
            else {
                return Err(KeyFileFault::Damaged("it is cut short"));
            };
            let body = postcard::from_bytes(&front[10..]).map_err(unreadable)?;
            Ok(Read { body, proof: Some((front.to_vec(), proof.to_vec())) })
        }
        found => Err(KeyFileFault::OtherVersion { found, known: FORMAT_VERSION }),
    }
}

//! The header of a key block (TR-31 / ANSI X9.143): what the key is for, in letters, in front of the enciphered key.
//! Must never: be trusted before the block's code was proved; it travels in the clear.

use slipway_terms::KeyUse;

use crate::key_block::BlockFault;
use crate::secret::{Algorithm, usage_allows};

/// Bytes of a header without optional blocks.
pub(crate) const HEADER_BYTES: usize = 16;
/// Most optional blocks that are read; the field has two digits, real blocks have a handful.
const OPTIONAL_MAX: usize = 16;

/// How the key under protection and its header are bound together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockVersion {
    /// Key variants, 4-byte code; withdrawn, only read.
    A,
    /// Derived triple DES keys, CMAC.
    B,
    /// As A with clarified letters; only read.
    C,
    /// Derived AES keys, CMAC.
    D,
}

impl BlockVersion {
    const ALL: [(Self, u8); 4] = [(Self::A, b'A'), (Self::B, b'B'), (Self::C, b'C'), (Self::D, b'D')];

    /// The letter at the front of the block.
    #[must_use]
    pub fn letter(self) -> char {
        Self::ALL.iter().find(|(it, _)| *it == self).map_or('?', |(_, letter)| char::from(*letter))
    }

    /// Bytes of the code at the end.
    pub(crate) const fn code_bytes(self) -> usize {
        match self {
            Self::A | Self::C => 4,
            Self::B => 8,
            Self::D => 16,
        }
    }

    /// Block of the protecting cipher: the whole text of a key block is a multiple of it.
    pub(crate) const fn cipher_bytes(self) -> usize {
        match self {
            Self::A | Self::B | Self::C => 8,
            Self::D => 16,
        }
    }
}

/// Whether a key may leave where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exportability {
    /// Under a protection key that itself came in a trusted form (E).
    Trusted,
    /// Never again (N).
    Never,
    /// Under any protection key (S).
    Sensitive,
}

/// An optional block: two letters and what they carry, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionalBlock {
    /// Which one: `KS` key set, `KV` versions, `PB` padding …
    pub id: [u8; 2],
    /// Its text.
    pub text: String,
}

/// The header. Not secret. Shape: 16 ASCII characters and optional blocks. Errors: [`BlockFault::Header`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockHeader {
    /// Binding method.
    pub version: BlockVersion,
    /// What the key is for: `P0`, `M3`, `K0` …
    pub usage: [u8; 2],
    /// Of which cipher: `T` triple DES, `D` DES, `A` AES, `H` HMAC.
    pub algorithm: u8,
    /// What may be done with it: `E` encipher, `D`, `B` both, `C` code and check, `G`, `V`, `X` derive, `N`.
    pub mode: u8,
    /// Version of the key; `00` when none is counted.
    pub key_version: [u8; 2],
    /// Whether it may leave again.
    pub exportability: Exportability,
    /// Optional blocks, without padding.
    pub optional: Vec<OptionalBlock>,
}

impl BlockHeader {
    /// The header of one of our keys; version B under a triple DES protection key, D under AES.
    ///
    /// # Errors
    /// [`BlockFault::NeverLeaves`] for keys that belong to one party alone (tokens, seals), [`BlockFault::NoLetter`] for
    /// SM4: the standard has no letter for it, and an invented one would be read by nobody.
    pub fn of(usage: KeyUse, algorithm: Algorithm, version: BlockVersion) -> Result<Self, BlockFault> {
        let (letters, mode) = match usage {
            KeyUse::Tmk => (*b"K0", b'B'),
            KeyUse::Zmk => (*b"K1", b'B'),
            KeyUse::Pik | KeyUse::Zpk => (*b"P0", b'B'),
            KeyUse::Mak | KeyUse::Zak if matches!(algorithm, Algorithm::Des) => (*b"M1", b'C'),
            KeyUse::Mak | KeyUse::Zak => (*b"M3", b'C'),
            KeyUse::Pvk => (*b"V0", b'C'),
            KeyUse::Tdk => (*b"D0", b'B'),
            KeyUse::Bdk => (*b"B0", b'X'),
            KeyUse::Ipek => (*b"B1", b'X'),
            KeyUse::Imk => (*b"E0", b'X'),
            KeyUse::Token | KeyUse::Seal => return Err(BlockFault::NeverLeaves),
        };
        Ok(Self {
            version,
            usage: letters,
            algorithm: letter_of(algorithm).ok_or(BlockFault::NoLetter)?,
            mode,
            key_version: *b"00",
            exportability: Exportability::Trusted,
            optional: Vec::new(),
        })
    }

    /// Whether a block with this header may be taken for that usage. A header that permits less than we would do with
    /// the key is refused: enciphering only, or checking codes only, is a promise to the sender.
    #[must_use]
    pub fn allows(&self, usage: KeyUse, algorithm: Algorithm) -> bool {
        let letters: &[&[u8; 2]] = match usage {
            KeyUse::Tmk => &[b"K0"],
            KeyUse::Zmk => &[b"K0", b"K1"],
            KeyUse::Pik | KeyUse::Zpk => &[b"P0"],
            KeyUse::Mak | KeyUse::Zak => &[b"M0", b"M1", b"M3"],
            KeyUse::Pvk => &[b"V0", b"V1", b"V2"],
            KeyUse::Tdk => &[b"D0"],
            KeyUse::Bdk => &[b"B0"],
            KeyUse::Ipek => &[b"B1"],
            KeyUse::Imk => &[b"E0"],
            KeyUse::Token | KeyUse::Seal => &[],
        };
        let modes: &[u8] = match usage {
            KeyUse::Bdk | KeyUse::Ipek | KeyUse::Imk => b"XN",
            KeyUse::Mak | KeyUse::Zak | KeyUse::Pvk => b"CN",
            _ => b"BN",
        };
        letters.iter().any(|it| **it == self.usage)
            && modes.contains(&self.mode)
            && letter_of(algorithm) == Some(self.algorithm)
            && usage_allows(usage, algorithm)
    }

    /// The text, with the length of the whole block in it. Padding (`PB`) is added where the optional blocks need it.
    pub(crate) fn write(&self, body_bytes: usize) -> Result<String, BlockFault> {
        let mut optional = String::new();
        let mut count = self.optional.len();
        for block in &self.optional {
            push(&mut optional, block)?;
        }
        let size = self.version.cipher_bytes();
        if !optional.len().is_multiple_of(size) {
            // A padding block has at least its own four characters.
            let fill = (2 * size - (optional.len() + 4) % size) % size;
            push(&mut optional, &OptionalBlock { id: *b"PB", text: "0".repeat(fill) })?;
            count += 1;
        }
        let whole = HEADER_BYTES + optional.len() + body_bytes * 2 + self.version.code_bytes() * 2;
        if count > OPTIONAL_MAX || whole > 9999 {
            return Err(BlockFault::Header("too long"));
        }
        let letter = |byte: u8| char::from(byte);
        let exportability = match self.exportability {
            Exportability::Trusted => 'E',
            Exportability::Never => 'N',
            Exportability::Sensitive => 'S',
        };
        let [u0, u1] = self.usage.map(letter);
        let [v0, v1] = self.key_version.map(letter);
        let (version, algorithm, mode) = (self.version.letter(), letter(self.algorithm), letter(self.mode));
        let text = format!("{version}{whole:04}{u0}{u1}{algorithm}{mode}{v0}{v1}{exportability}{count:02}00{optional}");
        if text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            Ok(text)
        } else {
            Err(BlockFault::Header("characters"))
        }
    }

    /// Reads a header and says how long it is; the length in it must be that of the whole text.
    pub(crate) fn read(block: &str) -> Result<(Self, usize), BlockFault> {
        let bytes = block.as_bytes();
        if !block.is_ascii() || bytes.len() < HEADER_BYTES {
            return Err(BlockFault::Header("length"));
        }
        let version = BlockVersion::ALL.iter().find(|(_, letter)| *letter == bytes[0]);
        let version = version.ok_or(BlockFault::Header("version"))?.0;
        let number = |range: core::ops::Range<usize>| {
            let digits = &block[range];
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<usize>().unwrap_or(0))
        };
        if number(1..5) != Some(bytes.len()) || !bytes.len().is_multiple_of(version.cipher_bytes()) {
            return Err(BlockFault::Header("length"));
        }
        let exportability = match bytes[11] {
            b'E' => Exportability::Trusted,
            b'N' => Exportability::Never,
            b'S' => Exportability::Sensitive,
            _ => return Err(BlockFault::Header("exportability")),
        };
        let count = number(12..14).filter(|count| *count <= OPTIONAL_MAX).ok_or(BlockFault::Header("optional"))?;
        let mut at = HEADER_BYTES;
        let mut optional = Vec::new();
        for _ in 0..count {
            let (block, next) = optional_at(block, at).ok_or(BlockFault::Header("optional"))?;
            at = next;
            if &block.id != b"PB" {
                optional.push(block);
            }
        }
        let header = Self {
            version,
            usage: [bytes[5], bytes[6]],
            algorithm: bytes[7],
            mode: bytes[8],
            key_version: [bytes[9], bytes[10]],
            exportability,
            optional,
        };
        Ok((header, at))
    }
}

fn push(out: &mut String, block: &OptionalBlock) -> Result<(), BlockFault> {
    let length = block.text.len() + 4;
    if length > 0xFF {
        return Err(BlockFault::Header("optional"));
    }
    out.extend(block.id.map(char::from));
    out.push_str(&format!("{length:02X}"));
    out.push_str(&block.text);
    Ok(())
}

/// One optional block: two letters, length of all in two hex digits, text. The long form (length 00) is not read.
fn optional_at(text: &str, at: usize) -> Option<(OptionalBlock, usize)> {
    let head = text.as_bytes().get(at..at + 4)?;
    let length = usize::from_str_radix(text.get(at + 2..at + 4)?, 16).ok().filter(|length| *length >= 4)?;
    let body = text.get(at + 4..at + length)?;
    Some((OptionalBlock { id: [head[0], head[1]], text: body.to_owned() }, at + length))
}

/// The standard's letter of a cipher.
const fn letter_of(algorithm: Algorithm) -> Option<u8> {
    match algorithm {
        Algorithm::Des => Some(b'D'),
        Algorithm::Tdes => Some(b'T'),
        Algorithm::Aes128 | Algorithm::Aes256 => Some(b'A'),
        Algorithm::Hmac => Some(b'H'),
        Algorithm::Sm4 => None,
    }
}

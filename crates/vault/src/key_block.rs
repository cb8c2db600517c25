//! Key blocks (TR-31 / ANSI X9.143): a key under a protection key, bound to what it may be used for. Versions B (triple
//! DES) and D (AES) are written; the withdrawn A and C are read too, because old hosts still send them.
//! Must never: give out a key whose code did not hold, or take it for a usage that its header does not allow.
//!
//! ```text
//!   header (ASCII)   | enciphered: 2 bytes length in bits, key, random fill | code          (the last two in hex)
//! B, D: K ─CMAC(counter, purpose)─▶ enciphering key, code key;  code = CMAC(header ‖ clear);  IV = code
//! A, C: K xor 45.., K xor 4D..;                                code = CBC-MAC(header ‖ enciphered), IV = header
//! ```

use ctutils::CtEq;
use slipway_terms::{KeyUse, Text};
use zeroize::Zeroizing;

use crate::block_header::{BlockHeader, BlockVersion};
use crate::cipher::{CipherFault, Schedule};
use crate::cmac::cmac;
use crate::mac::{Padding, cbc_mac};
use crate::random::{NoRandom, Random};
use crate::secret::{Algorithm, ClearKey};

/// Longest text of a key block that is read.
const TEXT_MAX: usize = 1024;

/// Why a key block is not made or not taken. Says nothing about the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockFault {
    /// The header cannot be read; which part of it.
    Header(&'static str),
    /// The text behind the header is no hex, or not as long as a key.
    Shape,
    /// The code does not hold: another protection key, a changed header, or damage.
    Code,
    /// The header does not allow this usage, or the key is of another cipher.
    Usage,
    /// The protection key is weaker than the key, or of a cipher that does not fit the version.
    Protection,
    /// A key of one party alone: it is never given to anybody.
    NeverLeaves,
    /// The standard has no letter for this cipher.
    NoLetter,
    /// No random bytes.
    NoRandom,
    /// The device that holds the protection key does not answer.
    Unavailable,
}

impl core::fmt::Display for BlockFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Header(part) => write!(f, "the key block's header cannot be read ({part})"),
            Self::Shape => f.write_str("the key block has not the shape of one"),
            Self::Code => f.write_str("the key block's code does not hold: another protection key, or it was changed"),
            Self::Usage => f.write_str("the key block does not allow this usage"),
            Self::Protection => f.write_str("the protection key is too weak for this key, or of the wrong kind"),
            Self::NeverLeaves => f.write_str("this key belongs to one party alone and is never given away"),
            Self::NoLetter => f.write_str("key blocks have no letter for SM4: carry the key by components"),
            Self::NoRandom => f.write_str("the source of random bytes failed"),
            Self::Unavailable => f.write_str("the device that holds the protection key does not answer"),
        }
    }
}

impl core::error::Error for BlockFault {}

impl BlockFault {
    /// For people, in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Header(part) => return Text::new(format!("密钥块头部无法识别（{part}）"), self.to_string()),
            Self::Shape => "密钥块格式不正确",
            Self::Code => "密钥块校验码不符：保护密钥不同，或密钥块被改动",
            Self::Usage => "密钥块不允许此用途",
            Self::Protection => "保护密钥强度不足或种类不符",
            Self::NeverLeaves => "该密钥只属于一方，不得导出",
            Self::NoLetter => "密钥块标准没有 SM4 的代码，请用分量传递",
            Self::NoRandom => "随机数来源失败",
            Self::Unavailable => "保存保护密钥的设备没有应答",
        };
        Text::new(zh, self.to_string())
    }
}

impl From<CipherFault> for BlockFault {
    fn from(fault: CipherFault) -> Self {
        match fault {
            CipherFault::WrongCipher => Self::Protection,
            CipherFault::Unavailable => Self::Unavailable,
        }
    }
}

impl From<NoRandom> for BlockFault {
    fn from(_: NoRandom) -> Self {
        Self::NoRandom
    }
}

/// The version that a protection key writes.
///
/// # Errors
/// [`BlockFault::Protection`] unless it is triple DES or AES.
pub fn version_under(protection: &Schedule) -> Result<BlockVersion, BlockFault> {
    match protection.algorithm() {
        Algorithm::Tdes => Ok(BlockVersion::B),
        Algorithm::Aes128 | Algorithm::Aes256 => Ok(BlockVersion::D),
        Algorithm::Des | Algorithm::Sm4 | Algorithm::Hmac => Err(BlockFault::Protection),
    }
}

/// Writes a key block. The length of the key is hidden: every DES key is filled up to 24 bytes, every AES key to 32.
///
/// # Errors
/// [`BlockFault::Protection`] when the header's version does not fit the protection key or that is the weaker key.
pub fn wrap_block(
    protection: &Schedule,
    header: &BlockHeader,
    key: &ClearKey,
    random: &mut dyn Random,
) -> Result<String, BlockFault> {
    if version_under(protection)? != header.version || strength(protection.algorithm()) < strength(key.algorithm()) {
        return Err(BlockFault::Protection);
    }
    let hidden = if key.bytes().len() > 16 || matches!(key.algorithm(), Algorithm::Aes128) { 32 } else { 24 };
    let size = header.version.cipher_bytes();
    let mut body = Zeroizing::new(vec![0; (2 + hidden + 1usize).next_multiple_of(size)]);
    random.fill(&mut body)?;
    let bits = u16::try_from(key.bytes().len() * 8).map_err(|_| BlockFault::Shape)?;
    body[..2].copy_from_slice(&bits.to_be_bytes());
    body[2..2 + key.bytes().len()].copy_from_slice(key.bytes());
    let text = header.write(body.len())?;
    let (cipher, coder) = derived(protection)?;
    let code = code_over(&coder, &text, &body)?;
    cipher.encrypt_cbc(&code, &mut body)?;
    Ok(text + &hex(&body) + &hex(&code))
}

/// Reads a key block for a usage; proves its code first, then asks the header.
///
/// # Errors
/// [`BlockFault::Code`] for another protection key or a changed block, [`BlockFault::Usage`] when the header does not
/// allow the usage.
pub fn unwrap_block(protection: &Schedule, block: &str, usage: KeyUse) -> Result<(BlockHeader, ClearKey), BlockFault> {
    let (header, clear) = open_block(protection, block)?;
    taken(header, &clear, usage)
}

/// As [`unwrap_block`] for the withdrawn versions A and C too, whose key variants need the protection key in the clear.
///
/// # Errors
/// As [`unwrap_block`].
pub fn unwrap_any_block(
    protection: &ClearKey,
    block: &str,
    usage: KeyUse,
) -> Result<(BlockHeader, ClearKey), BlockFault> {
    let parts = Parts::read(block)?;
    match parts.header.version {
        BlockVersion::B | BlockVersion::D => unwrap_block(&Schedule::new(protection)?, block, usage),
        BlockVersion::A | BlockVersion::C => {
            let clear = open_variant(protection, &parts)?;
            taken(parts.header, &clear, usage)
        }
    }
}

fn taken(header: BlockHeader, clear: &[u8], usage: KeyUse) -> Result<(BlockHeader, ClearKey), BlockFault> {
    let algorithm = match (header.algorithm, clear.len()) {
        (b'D', 8) => Algorithm::Des,
        (b'T', 16) => Algorithm::Tdes,
        (b'A', 16) => Algorithm::Aes128,
        (b'A', 32) => Algorithm::Aes256,
        _ => return Err(BlockFault::Shape),
    };
    if !header.allows(usage, algorithm) {
        return Err(BlockFault::Usage);
    }
    let key = ClearKey::new(algorithm, clear).map_err(|_| BlockFault::Shape)?;
    Ok((header, key))
}

/// Header and clear key bytes of a proved block, whatever it is for.
pub(crate) fn open_block(protection: &Schedule, block: &str) -> Result<(BlockHeader, Zeroizing<Vec<u8>>), BlockFault> {
    let Parts { header, head, mut body, code } = Parts::read(block)?;
    if version_under(protection)? != header.version {
        return Err(BlockFault::Protection);
    }
    let (cipher, coder) = derived(protection)?;
    cipher.decrypt_cbc(&code, &mut body)?;
    if !bool::from(code_over(&coder, head, &body)?.ct_eq(&code)) {
        return Err(BlockFault::Code);
    }
    Ok((header, key_in(&body)?))
}

/// Versions A and C: both keys are the protection key with a constant over it, and the code covers what is enciphered.
fn open_variant(protection: &ClearKey, parts: &Parts<'_>) -> Result<Zeroizing<Vec<u8>>, BlockFault> {
    if protection.algorithm() != Algorithm::Tdes {
        return Err(BlockFault::Protection);
    }
    let variant = |over: u8| -> Result<Schedule, BlockFault> {
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(protection.bytes().iter().map(|byte| byte ^ over).collect());
        let key = ClearKey::new(Algorithm::Tdes, &bytes).map_err(|_| BlockFault::Protection)?;
        Ok(Schedule::new(&key)?)
    };
    let mut covered = parts.head.as_bytes().to_vec();
    covered.extend_from_slice(&parts.body);
    let code = cbc_mac(&variant(0x4D)?, &covered, Padding::Zero)?;
    if !bool::from(code[..4].ct_eq(&parts.code[..])) {
        return Err(BlockFault::Code);
    }
    let mut body = parts.body.clone();
    variant(0x45)?.decrypt_cbc(&parts.head.as_bytes()[..8], &mut body)?;
    key_in(&body)
}

/// A block taken apart, nothing proved yet.
struct Parts<'a> {
    header: BlockHeader,
    head: &'a str,
    body: Zeroizing<Vec<u8>>,
    code: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn read(block: &'a str) -> Result<Self, BlockFault> {
        if block.len() > TEXT_MAX {
            return Err(BlockFault::Header("length"));
        }
        let (header, at) = BlockHeader::read(block)?;
        let (head, rest) = block.split_at(at);
        let code_bytes = header.version.code_bytes();
        let rest = unhex(rest).filter(|rest| rest.len() > code_bytes).ok_or(BlockFault::Shape)?;
        let (body, code) = rest.split_at(rest.len() - code_bytes);
        if !body.len().is_multiple_of(header.version.cipher_bytes()) {
            return Err(BlockFault::Shape);
        }
        Ok(Self { header, head, body: Zeroizing::new(body.to_vec()), code: code.to_vec() })
    }
}

/// Length in bits, key, fill.
fn key_in(body: &[u8]) -> Result<Zeroizing<Vec<u8>>, BlockFault> {
    let bits = usize::from(u16::from_be_bytes([body[0], body[1]]));
    let key = body.get(2..2 + bits / 8).filter(|_| bits.is_multiple_of(8)).ok_or(BlockFault::Shape)?;
    Ok(Zeroizing::new(key.to_vec()))
}

/// The code of versions B and D.
fn code_over(coder: &Schedule, header: &str, body: &[u8]) -> Result<Vec<u8>, CipherFault> {
    let mut covered = Zeroizing::new(header.as_bytes().to_vec());
    covered.extend_from_slice(body);
    cmac(coder, &covered)
}

/// Enciphering key and code key of versions B and D: CMAC over counter, purpose, cipher and length.
fn derived(protection: &Schedule) -> Result<(Schedule, Schedule), BlockFault> {
    let (cipher, bits) = match protection.algorithm() {
        Algorithm::Tdes => (0u16, 0x80u16),
        Algorithm::Aes128 => (2, 0x80),
        Algorithm::Aes256 => (4, 0x100),
        Algorithm::Des | Algorithm::Sm4 | Algorithm::Hmac => return Err(BlockFault::Protection),
    };
    let key = |purpose: u16| -> Result<Schedule, BlockFault> {
        let need = usize::from(bits / 8);
        let mut bytes = Zeroizing::new(Vec::with_capacity(need));
        for counter in 1u8.. {
            let mut input = vec![counter];
            for part in [purpose, cipher, bits] {
                input.extend_from_slice(&part.to_be_bytes());
            }
            input.insert(3, 0);
            bytes.extend_from_slice(&Zeroizing::new(cmac(protection, &input)?));
            if bytes.len() >= need {
                break;
            }
        }
        let key = ClearKey::new(protection.algorithm(), &bytes[..need]).map_err(|_| BlockFault::Protection)?;
        Ok(Schedule::new(&key)?)
    };
    Ok((key(0)?, key(1)?))
}

/// Bits that an attacker has to guess, roughly: a key never travels under a weaker one.
const fn strength(algorithm: Algorithm) -> u16 {
    match algorithm {
        Algorithm::Des => 56,
        Algorithm::Tdes => 112,
        Algorithm::Sm4 | Algorithm::Aes128 => 128,
        Algorithm::Aes256 | Algorithm::Hmac => 256,
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Bytes of a hex text of either case; `None` for anything else.
pub(crate) fn unhex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<Vec<_>>>();
    bytes.map(Zeroizing::new)
}

#[cfg(test)]
mod tests;

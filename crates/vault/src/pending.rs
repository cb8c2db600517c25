//! Keys by components under dual control: each of two or three custodians enters a part, apart from the others; the
//! parts make the key by XOR, so that nobody alone knows anything of it.
//! Must never: let one custodian enter two parts, keep a part longer than the key is pending, or make a key of fewer
//! parts than were announced.

use slipway_terms::{Kcv, KeyName, KeyUse, Short, Text, same_person};

use crate::custodians::Proof;
use crate::file::{KeyFile, Origin};
use crate::file_fault::KeyFileFault;
use crate::file_form::Pending;
use crate::random::Random;
use crate::secret::{Algorithm, ClearKey, usage_allows, use_code, use_from_code};

/// Most keys that may be pending at once.
const PENDING_KEYS_MAX: usize = 64;
/// Longest name of a custodian, in bytes.
const CUSTODIAN_BYTES_MAX: usize = 40;

/// One component as its custodian enters it. No `Debug`: it holds a clear part.
pub struct Entered<'a> {
    /// The key it is a part of.
    pub name: KeyName,
    /// What the key will be for.
    pub usage: KeyUse,
    /// Which part, from 1.
    pub number: u8,
    /// Of how many: 2 or 3.
    pub of: u8,
    /// Who enters it.
    pub custodian: &'a str,
    /// Their passphrase, needed once custodians are registered.
    pub passphrase: Option<&'a str>,
    /// The part, of the key's algorithm.
    pub part: &'a ClearKey,
    /// The check value on the custodian's paper, hex; as many digits as it has (6 or 8).
    pub expected: &'a str,
    /// When, Unix milliseconds.
    pub at_ms: i64,
}

/// A pending key: what is there, by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingKey {
    /// The key.
    pub name: KeyName,
    /// What it will be for.
    pub usage: KeyUse,
    /// Of which cipher.
    pub algorithm: Algorithm,
    /// How many parts it has.
    pub of: u8,
    /// Parts that are there: number, custodian, check value, when.
    pub parts: Vec<(u8, String, Kcv, i64)>,
}

/// Why a component is not taken or a key not made.
#[derive(Debug)]
pub enum ComponentFault {
    /// 2 or 3 parts, numbered from 1.
    Number,
    /// A name of 1 to 40 printable characters, a passphrase of 8 at least; or one who cannot leave.
    Custodian,
    /// Not a registered custodian, or not their passphrase.
    NotProved,
    /// This custodian has entered another part of the same key.
    SameCustodian,
    /// That part is there already.
    There,
    /// The parts that are there say something else: usage, cipher or their count.
    Contradicts,
    /// The part gives this check value, the paper says another.
    Check(Kcv),
    /// The check value on paper has not 6 or 8 hex digits.
    Paper,
    /// Parts are missing.
    Incomplete {
        /// Parts that are there.
        have: usize,
        /// Parts that are needed; 0 when nothing is pending.
        need: usize,
    },
    /// Parts cancel each other, or the key is a weak one of its cipher.
    Weak,
    /// Too many keys are pending.
    TooMany,
    /// A key of that name is in use.
    InUse,
    /// The file.
    File(KeyFileFault),
}

impl From<KeyFileFault> for ComponentFault {
    fn from(fault: KeyFileFault) -> Self {
        Self::File(fault)
    }
}

impl ComponentFault {
    /// For people, in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        let both = |zh: &str, en: &str| Text::new(zh, en);
        match self {
            Self::Number => both("分量共 2 或 3 个，从 1 编号", "there are 2 or 3 components, numbered from 1"),
            Self::Custodian => both(
                "保管人姓名须为 1 至 40 字节的可见字符，口令至少 8 个字符；最后两位保管人及担保人本人不能注销",
                "a custodian has a printable name of 1 to 40 bytes and a passphrase of 8 characters at least; the last two, \
                 and the voucher, cannot leave",
            ),
            Self::NotProved => {
                both("不是已登记的保管人，或口令不符", "not a registered custodian, or another passphrase")
            }
            Self::SameCustodian => both(
                "该保管人已录入此密钥的另一分量；双人控制要求换人",
                "this custodian has entered another component of this key; dual control wants another person",
            ),
            Self::There => both(
                "该分量已录入；如录错请先作废重来",
                "this component is there; discard the key and begin again if it is wrong",
            ),
            Self::Contradicts => both(
                "与已录入分量的用途、算法或分量数不一致",
                "the components that are there say another usage, cipher or count",
            ),
            Self::Check(Kcv(got)) => {
                let got: String = got.iter().map(|byte| format!("{byte:02X}")).collect();
                Text::new(
                    format!("校验值不符：录入的分量为 {got}，请核对纸面"),
                    format!("the check value differs: what was entered gives {got}; compare with the paper"),
                )
            }
            Self::Paper => both("校验值须为 6 或 8 位十六进制", "a check value has 6 or 8 hex digits"),
            Self::Incomplete { have, need } => Text::new(
                format!("分量不齐：已有 {have} 个，需要 {need} 个"),
                format!("components are missing: {have} of {need} are there"),
            ),
            Self::Weak => {
                both("分量互相抵消或合成弱密钥，已拒绝", "the components cancel out or make a weak key; refused")
            }
            Self::TooMany => both("待合成的密钥过多", "too many keys are pending"),
            Self::InUse => both(
                "同名密钥正在使用；如需更换请加 --replace",
                "a key of that name is in use; say --replace to replace it",
            ),
            Self::File(fault) => fault.text(),
        }
    }
}

impl KeyFile {
    /// Takes a component: proves the check value of the paper, then keeps it sealed. Not written until
    /// [`KeyFile::save`]. Returns the check value and how many parts are there now.
    ///
    /// # Errors
    /// [`ComponentFault`]; nothing was taken.
    pub fn enter(&mut self, entered: &Entered<'_>, random: &mut dyn Random) -> Result<(Kcv, usize), ComponentFault> {
        let Entered { name, usage, number, of, custodian, passphrase, part, expected, at_ms } = *entered;
        if !(2..=3).contains(&of) || !(1..=of).contains(&number) {
            return Err(ComponentFault::Number);
        }
        let custodian = proper_name(custodian)?;
        if self.custodians().next().is_some() {
            self.prove(Proof { name: custodian, passphrase: passphrase.ok_or(ComponentFault::NotProved)? })?;
        }
        if !usage_allows(usage, part.algorithm()) {
            return Err(KeyFileFault::DoesNotFit(name).into());
        }
        let check = part.check_value();
        check_holds(check, expected)?;
        let mut have = 0;
        for there in self.body.pending.iter().filter(|it| it.name == name.0.as_str()) {
            if (there.usage, there.algorithm, there.of) != (use_code(usage), part.algorithm().code(), of) {
                return Err(ComponentFault::Contradicts);
            }
            if there.number == number {
                return Err(ComponentFault::There);
            }
            if same_person(&there.custodian, custodian) {
                return Err(ComponentFault::SameCustodian);
            }
            have += 1;
        }
        if have == 0 && self.pending().len() >= PENDING_KEYS_MAX {
            return Err(ComponentFault::TooMany);
        }
        let mut kept = Pending {
            name: name.0.as_str().to_owned(),
            usage: use_code(usage),
            algorithm: part.algorithm().code(),
            number,
            of,
            custodian: custodian.to_owned(),
            check: check.0,
            entered_ms: at_ms,
            wrapped: Vec::new(),
        };
        let meaning = kept.meaning();
        self.wrapper.close(random, &meaning, part.bytes(), &mut kept.wrapped).map_err(KeyFileFault::from)?;
        self.body.pending.push(kept);
        Ok((check, have + 1))
    }

    /// Makes the key of its parts, puts it under its name and forgets the parts. Returns check value and version.
    ///
    /// # Errors
    /// [`ComponentFault::Incomplete`], [`ComponentFault::Check`] when `expected` is given and differs,
    /// [`ComponentFault::Weak`], [`ComponentFault::InUse`] unless `replace`; the parts stay then.
    pub fn combine(
        &mut self,
        name: &KeyName,
        expected: Option<&str>,
        replace: bool,
        at_ms: i64,
        random: &mut dyn Random,
    ) -> Result<(Kcv, u32), ComponentFault> {
        let parts: Vec<&Pending> = self.body.pending.iter().filter(|it| it.name == name.0.as_str()).collect();
        let need = parts.first().map_or(0, |part| usize::from(part.of));
        if parts.is_empty() || parts.len() != need {
            return Err(ComponentFault::Incomplete { have: parts.len(), need });
        }
        if self.place(name).is_some() && !replace {
            return Err(ComponentFault::InUse);
        }
        let damaged = || KeyFileFault::EntryDamaged(*name);
        let usage = use_from_code(parts[0].usage).ok_or_else(damaged)?;
        let mut key: Option<ClearKey> = None;
        for part in parts {
            let algorithm = Algorithm::from_code(part.algorithm).ok_or_else(damaged)?;
            let clear = self.wrapper.open(&part.meaning(), &part.wrapped).map_err(|_| damaged())?;
            let clear = ClearKey::new(algorithm, &clear).map_err(|_| damaged())?;
            match &mut key {
                None => key = Some(clear),
                Some(key) => key.mix(&clear),
            }
        }
        let key = key.filter(|key| !key.is_weak()).ok_or(ComponentFault::Weak)?;
        let check = key.check_value();
        if let Some(expected) = expected {
            check_holds(check, expected)?;
        }
        let version = self.put_made(name, usage, &key, Origin { made_ms: at_ms, stays: false }, random)?;
        self.discard(name);
        Ok((check, version))
    }

    /// Forgets all parts of a pending key; says how many there were.
    pub fn discard(&mut self, name: &KeyName) -> usize {
        let before = self.body.pending.len();
        self.body.pending.retain(|it| it.name != name.0.as_str());
        before - self.body.pending.len()
    }

    /// The keys whose parts are being entered.
    #[must_use]
    pub fn pending(&self) -> Vec<PendingKey> {
        let mut keys: Vec<PendingKey> = Vec::new();
        for part in &self.body.pending {
            let (Ok(name), Some(usage), Some(algorithm)) =
                (Short::new(&part.name), use_from_code(part.usage), Algorithm::from_code(part.algorithm))
            else {
                continue;
            };
            let entered = (part.number, part.custodian.clone(), Kcv(part.check), part.entered_ms);
            match keys.iter_mut().find(|key| key.name.0 == name) {
                Some(key) => key.parts.push(entered),
                None => {
                    keys.push(PendingKey { name: KeyName(name), usage, algorithm, of: part.of, parts: vec![entered] });
                }
            }
        }
        keys
    }
}

/// A name that can stand in the trail.
pub(crate) fn proper_name(name: &str) -> Result<&str, ComponentFault> {
    let name = name.trim();
    let fits = !name.is_empty() && name.len() <= CUSTODIAN_BYTES_MAX && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(ComponentFault::Custodian) }
}

fn check_holds(got: Kcv, expected: &str) -> Result<(), ComponentFault> {
    let expected = expected.trim();
    let paper = crate::key_block::unhex(expected).filter(|paper| matches!(paper.len(), 3 | 4));
    let paper = paper.ok_or(ComponentFault::Paper)?;
    if got.0[..paper.len()] == paper[..] { Ok(()) } else { Err(ComponentFault::Check(got)) }
}

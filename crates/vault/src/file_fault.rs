//! What can be wrong with a key file, in both languages and with a code that scripts can rely on.
//! Must never: contain a passphrase, a key or anything derived from one; a key appears by its name only.

use std::path::PathBuf;

use slipway_terms::{KeyName, Text};

/// Why a key file cannot be used. None of these touches money: the party does not start, so nothing was accepted.
#[derive(Debug)]
pub enum KeyFileFault {
    /// The operating system refused.
    Medium {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What it said.
        cause: std::io::Error,
    },
    /// A file stands where a new one should be made.
    Exists(PathBuf),
    /// It does not begin as a key file.
    NotAKeyFile,
    /// It is one, but damaged; says where, in words.
    Damaged(&'static str),
    /// It was written by another version of the format.
    OtherVersion {
        /// The version in the file.
        found: u16,
        /// The version this build knows.
        known: u16,
    },
    /// The passphrase or the master key is not the one of this file.
    WrongMaster,
    /// The file was made with a passphrase, a master key file was given.
    WantsPassphrase,
    /// The file was made with a master key file, a passphrase was given.
    WantsMasterKey,
    /// One key does not open: its entry was changed.
    EntryDamaged(KeyName),
    /// A key that is needed is not in the file.
    Missing(KeyName),
    /// The key's algorithm is not allowed for its usage.
    DoesNotFit(KeyName),
    /// Others than the owner can read the master key file.
    OthersCanRead {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The master key file does not have 32 bytes.
    NotAMasterKey(PathBuf),
    /// The source of random bytes failed.
    NoRandom,
}

impl KeyFileFault {
    /// A short code that never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Medium { .. } => "key-file-medium",
            Self::Exists(_) => "key-file-exists",
            Self::NotAKeyFile => "key-file-not-one",
            Self::Damaged(_) => "key-file-damaged",
            Self::OtherVersion { .. } => "key-file-version",
            Self::WrongMaster => "key-file-wrong-master",
            Self::WantsPassphrase => "key-file-wants-passphrase",
            Self::WantsMasterKey => "key-file-wants-master-key",
            Self::EntryDamaged(_) => "key-damaged",
            Self::Missing(_) => "key-missing",
            Self::DoesNotFit(_) => "key-does-not-fit",
            Self::OthersCanRead { .. } => "master-key-readable-by-others",
            Self::NotAMasterKey(_) => "master-key-not-one",
            Self::NoRandom => "no-random",
        }
    }

    /// For people, in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        Text::new(self.zh(), self.to_string())
    }

    fn zh(&self) -> String {
        match self {
            Self::Medium { path, cause, .. } => format!("无法读写密钥文件 {}：{cause}", path.display()),
            Self::Exists(path) => format!("文件 {} 已存在，为免丢失密钥不予覆盖", path.display()),
            Self::NotAKeyFile => "这不是密钥文件".to_owned(),
            Self::Damaged(_) => "密钥文件已损坏，请从备份恢复".to_owned(),
            Self::OtherVersion { found, known } => {
                format!("密钥文件的格式版本为 {found}，本程序只认识 {known}，请使用匹配的版本")
            }
            Self::WrongMaster => "口令或主密钥不正确".to_owned(),
            Self::WantsPassphrase => "该密钥文件需用口令打开，而提供的是主密钥文件".to_owned(),
            Self::WantsMasterKey => "该密钥文件需用主密钥文件打开，而提供的是口令".to_owned(),
            Self::EntryDamaged(name) => format!("密钥 {name:?} 无法打开，条目被改动，请从备份恢复"),
            Self::Missing(name) => format!("缺少密钥 {name:?}，请先导入"),
            Self::DoesNotFit(name) => format!("密钥 {name:?} 的算法不适用于该用途"),
            Self::OthersCanRead { path, mode } => {
                format!("主密钥文件 {} 的权限为 {mode:03o}，他人可读，请改为 600", path.display())
            }
            Self::NotAMasterKey(path) => format!("{} 不是 32 字节的主密钥文件", path.display()),
            Self::NoRandom => "随机数来源失败，未生成任何密钥".to_owned(),
        }
    }
}

impl core::fmt::Display for KeyFileFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Medium { doing, path, cause } => write!(f, "{doing} {}: {cause}", path.display()),
            Self::Exists(path) => write!(f, "{} exists and is not overwritten, for it may hold keys", path.display()),
            Self::NotAKeyFile => f.write_str("this is not a key file"),
            Self::Damaged(how) => write!(f, "the key file is damaged ({how}); restore it from a backup"),
            Self::OtherVersion { found, known } => {
                write!(f, "the key file has format {found}, this build knows {known}; use a build that fits")
            }
            Self::WrongMaster => f.write_str("the passphrase or master key is not the one of this key file"),
            Self::WantsPassphrase => f.write_str("this key file opens with a passphrase, not with a master key file"),
            Self::WantsMasterKey => f.write_str("this key file opens with a master key file, not with a passphrase"),
            Self::EntryDamaged(name) => write!(f, "the key {name:?} does not open: its entry was changed; restore it"),
            Self::Missing(name) => write!(f, "the key {name:?} is missing; import it first"),
            Self::DoesNotFit(name) => write!(f, "the key {name:?} is of an algorithm that its usage does not allow"),
            Self::OthersCanRead { path, mode } => {
                write!(f, "{} has mode {mode:03o}: others can read the master key; make it 600", path.display())
            }
            Self::NotAMasterKey(path) => write!(f, "{} is not a master key of 32 bytes", path.display()),
            Self::NoRandom => f.write_str("the source of random bytes failed; no key was made"),
        }
    }
}

impl std::error::Error for KeyFileFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Medium { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

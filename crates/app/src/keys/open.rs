//! A party's key file, opened for one act and by one person at a time.
//! Must never: leave a change that the audit trail does not tell; take a secret from an argument.

use super::{Named, Where};
use crate::clocks::Wall;
use crate::say::{End, Say};
use slipway_terms::Kcv;
use slipway_vault::{
    Algorithm, BlockFault, ClearKey, ComponentFault, Doing, KeyFile, KeyFileFault, Master, Origin, SystemRandom, Trail,
};
use std::fs::File;
use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// The names in a party's folder.
pub(super) const KEYS: &str = "keys.slk";
pub(super) const MASTER: &str = "master.key";
const TRAIL: &str = "keys.audit";
const LOCK: &str = "keys.lock";
/// How the note of an act begins that was tried and not done.
pub const REFUSED: &str = "refused: ";
/// Longest secret or key block that is read.
const GIVEN_BYTES_MAX: u64 = 4096;

/// An opened key file with its audit trail.
pub struct Party {
    pub file: KeyFile,
    pub random: SystemRandom,
    pub now_ms: i64,
    trail: PathBuf,
    /// Opens the file again when an act was refused.
    master: Master,
    path: PathBuf,
    /// Held to the end of the act: two persons at once would lose one another's change.
    _lock: File,
}

impl Party {
    /// Opens the key file of a folder for a change.
    pub fn open(place: &Where) -> Result<Self, End> {
        let path = place.dir.join(KEYS);
        if !path.is_file() {
            let path = path.display();
            if is_in_token(place) {
                return Err(End::usage(
                    format!(
                        "密钥在令牌中，没有密钥文件 {path}：令牌中的密钥不能就地更换；请放回离线保存的密钥文件，更改后再执行 keys load"
                    ),
                    format!(
                        "the keys are in a token and there is no key file {path}: keys inside a token do not change there; put the key file back from its safe place, change it, and run keys load again"
                    ),
                ));
            }
            return Err(End::usage(
                format!("没有密钥文件 {path}：请用 --dir 指定某一方的目录"),
                format!("there is no key file {path}: name a party's folder with --dir"),
            ));
        }
        let lock = File::create(place.dir.join(LOCK))?;
        if lock.try_lock().is_err() {
            return Err(End::environment(
                "另一人正在操作这些密钥，请稍后再试",
                "somebody else is at work on these keys; try again when they are done",
            ));
        }
        let master = master(place)?;
        let file = KeyFile::open(&path, &master).map_err(|fault| fault_of(&fault))?;
        let now_ms = Wall::now().0;
        Ok(Self { file, random: SystemRandom, now_ms, trail: place.dir.join(TRAIL), master, path, _lock: lock })
    }

    /// Where the audit trail stands.
    pub fn trail(&self) -> &Path {
        &self.trail
    }

    /// Tells the act, then saves the file.
    pub fn done(&mut self, by: &str, act: &str, key: Named, check: Option<Kcv>, note: &str) -> Result<(), End> {
        let by = by.trim();
        if by.is_empty() {
            return Err(End::usage("--by 不能为空", "--by names a person"));
        }
        let doing = Doing { by, act, key: &key.name, check, note, at_ms: self.now_ms };
        if let Trail::Broken(line) = self.file.trail(&self.trail).map_err(|fault| fault_of(&fault))? {
            return Err(broken_trail(line));
        }
        self.file.tell(&self.trail, &doing).map_err(|fault| fault_of(&fault))?;
        self.file.save(&mut self.random).map_err(|fault| fault_of(&fault))
    }

    /// Tells an act that was refused: who tried what, and why it was not done. The file is opened anew, so that nothing of
    /// the act is saved with the line. What cannot be told is not: the refusal itself is the answer.
    pub fn refused(&mut self, by: &str, act: &str, key: Named, end: &End) {
        // What the machine refused (3) was nobody's attempt.
        if end.code > 2 || by.trim().is_empty() {
            return;
        }
        if let Ok(file) = KeyFile::open(&self.path, &self.master) {
            self.file = file;
            let _ = self.done(by, act, key, None, &format!("{REFUSED}{}", end.text.en));
        }
    }

    /// Makes a fresh key; never over one that exists.
    pub fn make(&mut self, key: Named, algorithm: Algorithm, stays: bool) -> Result<(u32, Kcv), End> {
        self.not_there(key)?;
        let fresh = ClearKey::generate(algorithm, &mut self.random).map_err(|_| End::from(KeyFileFault::NoRandom))?;
        let origin = Origin { made_ms: self.now_ms, stays };
        let version = self.file.put_made(&key.name, key.usage, &fresh, origin, &mut self.random);
        Ok((version.map_err(|fault| fault_of(&fault))?, fresh.check_value()))
    }

    /// Refuses when there is a key of that name: records may hang on it.
    pub fn not_there(&self, key: Named) -> Result<(), End> {
        if self.file.require([&key.name]).is_ok() {
            let name = name(key);
            return Err(End::broken(
                format!("密钥 {name} 已存在；更换请用 rotate"),
                format!("the key {name} exists; replace it by rotate"),
            ));
        }
        Ok(())
    }
}

/// Whether the folder says that its party uses the keys inside a token.
pub fn is_in_token(place: &Where) -> bool {
    is_token_folder(&place.dir)
}

/// The same of a folder.
pub fn is_token_folder(dir: &Path) -> bool {
    dir.join("token.toml").is_file()
}

/// The trail does not hold: what every command says of it.
pub fn broken_trail(line: u64) -> End {
    End::broken(
        format!("审计记录第 {line} 行被改动或缺失：停止操作，保全现场并查明原因"),
        format!(
            "line {line} of the audit trail was changed or is missing: stop, keep everything as it is, find out why"
        ),
    )
}

fn master(place: &Where) -> Result<Master, End> {
    let path = match &place.master {
        Some(path) if path.as_os_str() == "-" => {
            let text = secret("口令", "passphrase")?;
            return Ok(Master::passphrase(&text));
        }
        Some(path) => path.clone(),
        None => place.dir.join(MASTER),
    };
    Master::from_file(&path).map_err(|fault| fault_of(&fault))
}

/// One line of a secret: from the terminal without showing it, else the next line of standard input.
pub fn secret(zh: &str, en: &str) -> Result<zeroize::Zeroizing<String>, End> {
    if std::io::stdin().is_terminal() {
        return Ok(zeroize::Zeroizing::new(rpassword::prompt_password(format!("{zh} / {en}: "))?));
    }
    // Without a buffer of its own, so that the next question finds the next line.
    // Room for all of it at once: a string that grows leaves its old places behind.
    let room = usize::try_from(GIVEN_BYTES_MAX).unwrap_or_default();
    let mut line = zeroize::Zeroizing::new(String::with_capacity(room));
    std::io::stdin().lock().take(GIVEN_BYTES_MAX).read_line(&mut line)?;
    Ok(zeroize::Zeroizing::new(line.trim().to_owned()))
}

/// A fault of the key file: what was asked for is not there or does not fit (2), or the file itself (3).
pub fn fault_of(fault: &KeyFileFault) -> End {
    let code = match fault {
        KeyFileFault::Missing(_) | KeyFileFault::DoesNotFit(_) => 2,
        _ => 3,
    };
    End { code, text: fault.text() }
}

/// A fault of a component: badly said (2), the rule does not hold (1), or the file (3).
pub fn component_fault(fault: &ComponentFault) -> End {
    let code = match fault {
        ComponentFault::Number | ComponentFault::Custodian | ComponentFault::Paper => 2,
        ComponentFault::File(fault) => return fault_of(fault),
        _ => 1,
    };
    End { code, text: fault.text() }
}

/// A fault of a key block.
pub fn block_fault(fault: &BlockFault) -> End {
    let code = if matches!(fault, BlockFault::NoRandom | BlockFault::Unavailable) { 3 } else { 1 };
    End { code, text: fault.text() }
}

/// Check value as people read it.
pub fn hex(Kcv(check): Kcv) -> String {
    check.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The name as text.
pub fn name(key: Named) -> String {
    key.name.0.as_str().to_owned()
}

/// The cipher's word.
pub const fn cipher(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Des => "des",
        Algorithm::Tdes => "tdes",
        Algorithm::Sm4 => "sm4",
        Algorithm::Aes128 => "aes128",
        Algorithm::Aes256 => "aes256",
        Algorithm::Hmac => "hmac",
    }
}

/// A running party reads its keys once.
pub fn restart_note(say: &Say) {
    say.progress(say.both("正在运行的一方重启后生效", "a running party takes this at its next start"));
}

//! The audit trail of a key file: who did what with which key, one line an act, each line's code over the line and the
//! code before. The codes are made with a key out of the key file, and the file keeps the last one: a line that was
//! changed, taken out, put in or cut off at the end is found by `keys audit --check`.
//! Must never: hold anything of a key but its check value; be written after the act it tells.
//!
//! A line is written and synced before the key file is saved. If the machine stops in between, the trail has one line
//! more than the file knows: told as an act that was begun and not done, not as a forgery.

use std::io::Write as _;
use std::path::Path;

use ctutils::CtEq;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use slipway_terms::{Kcv, KeyName};

use crate::file::KeyFile;
use crate::file_fault::KeyFileFault;
use crate::file_form::TrailHead;
use crate::key_block::{hex, unhex};

/// Most bytes of a trail that are read.
const TRAIL_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// One act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Counts from 1.
    pub no: u64,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Who.
    pub by: String,
    /// What: `component`, `combine`, `export`, `import`, `rotate`, …
    pub act: String,
    /// With which key.
    pub key: String,
    /// Its check value in hex, or empty.
    pub check: String,
    /// Whatever else belongs to it; never secret.
    pub note: String,
}

/// How a trail was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trail {
    /// Every line holds; the acts, and how many at the end were begun only.
    Whole(Vec<Act>, u64),
    /// The first line (from 1) that does not hold, or is missing.
    Broken(u64),
}

/// An act to be written.
pub struct Doing<'a> {
    /// Who.
    pub by: &'a str,
    /// What.
    pub act: &'a str,
    /// With which key.
    pub key: &'a KeyName,
    /// Its check value, if there is one.
    pub check: Option<Kcv>,
    /// Whatever else belongs to it.
    pub note: &'a str,
    /// When, Unix milliseconds.
    pub at_ms: i64,
}

impl KeyFile {
    /// Writes an act behind the trail and syncs it; save the key file next. A last act that was begun only stays there.
    ///
    /// # Errors
    /// [`KeyFileFault::Medium`]; [`KeyFileFault::Damaged`] when the trail does not hold: nothing is done to keys whose
    /// story cannot be told.
    pub fn tell(&mut self, trail: &Path, doing: &Doing<'_>) -> Result<(), KeyFileFault> {
        let (acts, code, whole_bytes) = match self.read_trail(trail)? {
            (Trail::Whole(acts, _), code, whole_bytes) => (acts, code, whole_bytes),
            (Trail::Broken(_), ..) => return Err(KeyFileFault::Damaged("its audit trail was changed or cut")),
        };
        let plain = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        let no = acts.last().map_or(0, |act| act.no) + 1;
        let check = doing.check.map_or(String::new(), |Kcv(check)| hex(&check));
        let (by, act, note) = (plain(doing.by), plain(doing.act), plain(doing.note));
        let line = format!("{no}\t{}\t{by}\t{act}\t{}\t{check}\t{note}", doing.at_ms, doing.key.0);
        let code = self.code(&code, &line)?;
        let medium = |cause| KeyFileFault::Medium { doing: "writing the audit trail", path: trail.to_owned(), cause };
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(trail).map_err(medium)?;
        // Half a line of a crash was never acknowledged; a line behind it would be spoilt by it.
        file.set_len(whole_bytes).map_err(medium)?;
        file.write_all(format!("{line}\t{}\n", hex(&code)).as_bytes()).map_err(medium)?;
        file.sync_all().and_then(|()| crate::master::sync_folder(trail)).map_err(medium)?;
        self.body.trail = TrailHead { entries: no, code };
        Ok(())
    }

    /// Reads the trail and proves every line of it.
    ///
    /// # Errors
    /// [`KeyFileFault::Medium`]. A trail that does not hold is no error but [`Trail::Broken`].
    pub fn trail(&self, trail: &Path) -> Result<Trail, KeyFileFault> {
        Ok(self.read_trail(trail)?.0)
    }

    fn read_trail(&self, path: &Path) -> Result<(Trail, [u8; 32], u64), KeyFileFault> {
        let medium = |cause| KeyFileFault::Medium { doing: "reading the audit trail", path: path.to_owned(), cause };
        let text = match std::fs::metadata(path) {
            Ok(found) if found.len() > TRAIL_BYTES_MAX => {
                return Err(KeyFileFault::Damaged("its audit trail is far too long"));
            }
            Ok(_) => std::fs::read(path).map_err(medium)?,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(fault) => return Err(medium(fault)),
        };
        let head = self.body.trail;
        let mut code = [0; 32];
        let mut met = head.entries == 0;
        let mut acts = Vec::new();
        let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        // Behind the last line end there is nothing, or half a line of a crash. One that the key file knows as written
        // is found missing below.
        let rest = lines.pop().unwrap_or_default();
        let whole_bytes = (text.len() - rest.len()) as u64;
        for (no, line) in (1u64..).zip(lines) {
            let Some((act, given)) = core::str::from_utf8(line).ok().and_then(act_of) else {
                return Ok((Trail::Broken(no), code, whole_bytes));
            };
            code = self.code(&code, act)?;
            let Some(act) = fields_of(act).filter(|act| act.no == no) else {
                return Ok((Trail::Broken(no), code, whole_bytes));
            };
            if !bool::from(code[..].ct_eq(&given)) || (no == head.entries && code != head.code) {
                return Ok((Trail::Broken(no), code, whole_bytes));
            }
            met |= no == head.entries;
            acts.push(act);
        }
        let count = acts.len() as u64;
        if !met {
            return Ok((Trail::Broken(count + 1), code, whole_bytes));
        }
        Ok((Trail::Whole(acts, count - head.entries + u64::from(!rest.is_empty())), code, whole_bytes))
    }

    /// The code of a line behind another.
    fn code(&self, before: &[u8; 32], line: &str) -> Result<[u8; 32], KeyFileFault> {
        let working = self.working()?;
        let mut key = Hmac::<Sha256>::new_from_slice(working.bytes()).map_err(|_| KeyFileFault::WrongMaster)?;
        key.update(b"slipway audit trail key\x01");
        let key = zeroize::Zeroizing::new(<[u8; 32]>::from(key.finalize().into_bytes()));
        let mut code = Hmac::<Sha256>::new_from_slice(&key[..]).map_err(|_| KeyFileFault::WrongMaster)?;
        code.update(before);
        code.update(line.as_bytes());
        Ok(code.finalize().into_bytes().into())
    }
}

/// The act's text and the code behind it.
fn act_of(line: &str) -> Option<(&str, Vec<u8>)> {
    let (act, code) = line.rsplit_once('\t')?;
    Some((act, unhex(code)?.to_vec()))
}

fn fields_of(line: &str) -> Option<Act> {
    let mut fields = line.split('\t');
    let mut next = || fields.next().map(str::to_owned);
    let act = Act {
        no: next()?.parse().ok()?,
        at_ms: next()?.parse().ok()?,
        by: next()?,
        act: next()?,
        key: next()?,
        check: next()?,
        note: next()?,
    };
    fields.next().is_none().then_some(act)
}

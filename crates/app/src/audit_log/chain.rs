//! A file of lines in which nothing can be changed, taken out, put in, moved or cut off unseen. Each line holds its number, the hash
//! of the line before it and a signature; the file beside it (`….head`) says, signed, which line was the last.
//! Must never: mend what is broken. A line behind a gap goes on from what the head says, so the gap stays to be seen.

use crate::network::append_line;
use crate::say::End;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use slipway_vault::{SigningKey, sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The longest line that is written or read.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// What stands before the signature at the end of a line.
const SEAL: &str = ",\"seal\":\"";
/// A signature in hexadecimal digits, with quote and brace behind it.
const SEAL_CHARS: usize = 2 * slipway_vault::SIGNATURE_BYTES + 2;
/// The hash before the first line of all.
const NOTHING: [u8; 32] = [0; 32];

/// Which line was the last: what somebody writes down elsewhere, to hold the log against it later.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Its number, from 1.
    pub no: u64,
    /// Its hash, 64 hexadecimal digits.
    pub hash: String,
}

impl Head {
    /// `12:4f…`, as it is printed.
    pub fn read(text: &str) -> Option<Self> {
        let (no, hash) = text.trim().split_once(':')?;
        let good = hash.len() == 64 && slipway_iso8583::from_hex(hash).is_some();
        Some(Self { no: no.parse().ok()?, hash: hash.to_lowercase() }).filter(|_| good)
    }

    fn said(&self) -> String {
        format!("slipway audit log head {}:{}", self.no, self.hash)
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.no, self.hash)
    }
}

/// Why a log does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The line is not as it was signed, or was never signed.
    Changed,
    /// A line before it is missing, or lines were put in or moved.
    Order,
    /// Lines at the end are missing.
    Cut,
    /// The signed head is missing, or is an old one.
    Head,
}

/// How a log was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// All lines hold.
    Whole {
        /// The last line.
        head: Option<Head>,
        /// Lines from before there was a chain; the first line of the chain holds their hash.
        unsealed: u64,
    },
    /// The first place where it does not.
    Broken {
        /// Line of the file, from 1; one more than there are for what is missing at the end.
        line: u64,
        /// Why.
        fault: Fault,
    },
}

/// A chained log.
#[derive(Debug)]
pub struct Chain {
    path: PathBuf,
    key: SigningKey,
}

/// A line taken apart.
struct Sealed {
    no: u64,
    before: String,
    holds: bool,
    /// It says itself that the head was gone when it was written.
    headless: bool,
}

fn hex(bytes: &[u8]) -> String {
    slipway_iso8583::hex(bytes).to_lowercase()
}

impl Chain {
    /// The log at this path.
    pub const fn of(path: PathBuf, key: SigningKey) -> Self {
        Self { path, key }
    }

    fn beside(&self, end: &str) -> PathBuf {
        self.path.with_extension(end)
    }

    /// Appends one line, synced, and the head after it. Processes and threads wait for one another.
    pub fn append(&self, mut line: Map<String, Value>) -> Result<(), End> {
        let lock = File::create(self.beside("lock"))?;
        lock.lock()?;
        let head = self.head();
        let last = self.last()?;
        let (no, before, headless) = self.prior(head, last.as_deref())?;
        line.insert("no".into(), json!(no + 1));
        line.insert("before".into(), json!(before));
        if headless {
            line.insert("headless".into(), json!(true));
        }
        let text = self.sealed(&Value::Object(line).to_string());
        if text.len() > LINE_BYTES_MAX {
            return Err(End::usage("要记录的内容过长", "what is to be written down is too long"));
        }
        append_line(&self.path, &text)?;
        self.keep(&Head { no: no + 1, hash: hex(&sha256(text.as_bytes())) })
    }

    fn sealed(&self, body: &str) -> String {
        let open = body.strip_suffix('}').unwrap_or(body);
        format!("{open}{SEAL}{}\"}}", hex(&self.key.sign(body.as_bytes())))
    }

    /// What a next line follows.
    fn prior(&self, head: Option<Head>, last: Option<&str>) -> Result<(u64, String, bool), End> {
        let line = last.and_then(|text| Some((text, self.taken(text)?)));
        Ok(match (head, line) {
            (None, None) => (0, hex(&self.unsealed()?), false),
            // The very first line was written and its head was not: a machine may stop there.
            (None, Some((text, line))) => (line.no, hex(&sha256(text.as_bytes())), line.no != 1),
            (Some(head), Some((text, line))) if line.no == head.no + 1 && line.before == head.hash && line.holds => {
                (line.no, hex(&sha256(text.as_bytes())), false)
            }
            (Some(head), _) => (head.no, head.hash, false),
        })
    }

    /// The hash of what was written before there was a chain.
    fn unsealed(&self) -> Result<[u8; 32], End> {
        match std::fs::read(&self.path) {
            Ok(bytes) if !bytes.is_empty() => Ok(sha256(&bytes)),
            Ok(_) => Ok(NOTHING),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(NOTHING),
            Err(error) => Err(error.into()),
        }
    }

    /// The last whole line.
    fn last(&self) -> Result<Option<String>, End> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let len = file.seek(SeekFrom::End(0))?;
        let back = u64::try_from(2 * LINE_BYTES_MAX).unwrap_or(len).min(len);
        file.seek(SeekFrom::Start(len - back))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let text = String::from_utf8_lossy(&bytes[..whole]).into_owned();
        Ok(text.lines().next_back().map(str::to_owned))
    }

    fn taken(&self, text: &str) -> Option<Sealed> {
        let at = text.len().checked_sub(SEAL.len() + SEAL_CHARS)?;
        let (open, rest) = (text.get(..at)?, text.get(at..)?);
        let seal = slipway_iso8583::from_hex(rest.strip_prefix(SEAL)?.strip_suffix("\"}")?)?;
        let body = format!("{open}}}");
        let line: Value = serde_json::from_str(&body).ok()?;
        Some(Sealed {
            no: line["no"].as_u64()?,
            before: line["before"].as_str()?.to_owned(),
            holds: self.key.signed(body.as_bytes(), &seal),
            headless: line["headless"] == true,
        })
    }

    /// The signed head, if it is there and signed.
    pub fn head(&self) -> Option<Head> {
        let kept: Value = serde_json::from_slice(&std::fs::read(self.beside("head")).ok()?).ok()?;
        let head: Head = serde_json::from_value(kept["head"].clone()).ok()?;
        let seal = slipway_iso8583::from_hex(kept["seal"].as_str()?)?;
        self.key.signed(head.said().as_bytes(), &seal).then_some(head)
    }

    fn keep(&self, head: &Head) -> Result<(), End> {
        let (fresh, path) = (self.beside("new"), self.beside("head"));
        let seal = hex(&self.key.sign(head.said().as_bytes()));
        let mut file = File::create(&fresh)?;
        file.write_all(json!({"head": head, "seal": seal}).to_string().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)?;
        // An old head that came back with the power would accuse us for nothing.
        Ok(File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?)
    }

    /// Looks at every line; `kept` is a head that somebody wrote down elsewhere.
    pub fn verify(&self, kept: Option<&Head>) -> Result<Standing, End> {
        let lock = File::create(self.beside("lock"))?;
        lock.lock()?;
        let head_there = self.beside("head").exists();
        let (mut chain, mut line, mut unsealed): (Option<Head>, u64, u64) = (None, 0, 0);
        let mut first = Vec::new();
        let (mut at_head, mut at_kept) = (false, false);
        let head = self.head();
        let broken = |line, fault| Ok(Standing::Broken { line, fault });
        let file = match File::open(&self.path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let mut reader =
            BufReader::new(file.map_or_else(|| Box::new(std::io::empty()) as Box<dyn Read>, |f| Box::new(f)));
        loop {
            let mut bytes = Vec::new();
            let taken = reader.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut bytes)?;
            // Half a line at the end was said to nobody.
            if taken == 0 || bytes.last() != Some(&b'\n') {
                break;
            }
            line += 1;
            let sealed = std::str::from_utf8(&bytes).ok().and_then(|text| self.taken(text.trim_end_matches('\n')));
            let Some(sealed) = sealed else {
                if chain.is_some() {
                    return broken(line, Fault::Changed);
                }
                unsealed += 1;
                first.extend_from_slice(&bytes);
                continue;
            };
            if !sealed.holds {
                return broken(line, Fault::Changed);
            }
            let before = chain.as_ref().map_or_else(
                || hex(&if first.is_empty() { NOTHING } else { sha256(&first) }),
                |chain: &Head| chain.hash.clone(),
            );
            if sealed.before != before || sealed.no != chain.as_ref().map_or(0, |chain| chain.no) + 1 {
                return broken(line, Fault::Order);
            }
            if sealed.headless {
                return broken(line, Fault::Head);
            }
            let now = Head { no: sealed.no, hash: hex(&sha256(&bytes[..bytes.len() - 1])) };
            at_head |= head.as_ref() == Some(&now);
            at_kept |= kept == Some(&now);
            chain = Some(now);
        }
        let no = chain.as_ref().map_or(0, |chain| chain.no);
        match &head {
            Some(head) if head.no > no => return broken(line + 1, Fault::Cut),
            // The last line may have been written just before a stop; an older head was put back by somebody.
            Some(head) if !at_head || no > head.no + 1 => return broken(line, Fault::Head),
            None if head_there || no > 1 => return broken(line, Fault::Head),
            _ => {}
        }
        if kept.is_some_and(|kept| kept.no > no) {
            return broken(line + 1, Fault::Cut);
        }
        if kept.is_some() && !at_kept {
            return broken(line, Fault::Order);
        }
        Ok(Standing::Whole { head: chain, unsealed })
    }

    /// Every line for which `wanted` finds something, oldest first, `rows_max` of them at most from the end.
    pub fn lines(&self, rows_max: usize, wanted: impl Fn(&Value) -> bool) -> Result<Vec<Value>, End> {
        self.read(rows_max, |_, value| wanted(value))
    }

    /// The same of lines whose own signature holds: what somebody without the key has put in says nothing.
    pub fn signed_lines(&self, rows_max: usize, wanted: impl Fn(&Value) -> bool) -> Result<Vec<Value>, End> {
        self.read(rows_max, |text, value| wanted(value) && self.taken(text).is_some_and(|line| line.holds))
    }

    fn read(&self, rows_max: usize, wanted: impl Fn(&str, &Value) -> bool) -> Result<Vec<Value>, End> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut found = std::collections::VecDeque::new();
        for text in BufReader::new(file).lines() {
            let text = text?;
            let Ok(value) = serde_json::from_str::<Value>(&text) else { continue };
            if wanted(&text, &value) {
                found.push_back(value);
                if found.len() > rows_max {
                    found.pop_front();
                }
            }
        }
        Ok(found.into())
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
pub mod tests;

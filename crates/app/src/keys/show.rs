//! What may be shown: the list of keys, and the audit trail.

use super::Where;
use super::open::{KEYS, MASTER, Party, REFUSED, broken_trail, cipher, fault_of, hex, is_token_folder as is_in_token};
use crate::say::{End, Say};
use clap::Args;
use serde_json::{Value, json};
use slipway_vault::{KeyFile, Master, PendingKey, Shown, ShownKey, Trail};
use std::path::Path;

/// Arguments of `audit`.
#[derive(Args)]
pub struct AuditArgs {
    /// Proves every line and says only whether they hold.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    place: Where,
}

const DAY_MS: i64 = 86_400_000;

/// All keys and pending keys; never a value.
pub fn list(place: &Where, say: &Say) -> Result<(), End> {
    let party = Party::open(place)?;
    let keys = party.file.shown().map_err(|fault| fault_of(&fault))?;
    let pending = party.file.pending();
    if say.json {
        let keys: Vec<_> = keys.iter().map(|key| key_json(key, party.now_ms)).collect();
        let pending: Vec<_> = pending.iter().map(pending_json).collect();
        say.document(&json!({"keys": keys, "pending": pending}));
        return Ok(());
    }
    for key in &keys {
        for (standing, shown) in [("", Some(key.now)), ("next", key.next), ("former", key.former)] {
            let Some(shown) = shown else { continue };
            let standing = match standing {
                "next" => say.both("下一代", "next"),
                "former" => say.both("上一代", "former"),
                _ => "",
            };
            let age = age_days(&shown, party.now_ms).map_or("-".to_owned(), |days| format!("{days}d"));
            let (name, check) = (key.name.0.as_str(), hex(shown.check));
            let line = format!(
                "{name:<24} {:<6} {:<7} {check} v{:<4} {age:>6}",
                key.usage.word(),
                cipher(shown.algorithm),
                shown.version
            );
            say.line(format!("{line} {standing}").trim_end());
        }
    }
    for key in &pending {
        let parts: Vec<_> = key.parts.iter().map(|(no, who, check, _)| format!("{no} {who} {}", hex(*check))).collect();
        let word = say.both("待合成", "pending");
        say.line(format!("{:<24} {word} {}/{}: {}", key.name.0.as_str(), parts.len(), key.of, parts.join(", ")));
    }
    Ok(())
}

/// The keys of a party's folder as the list shows them, read without holding the file: nobody at work on it is kept waiting. A folder
/// without a key file, or one that a passphrase guards, says so.
pub fn told(dir: &Path, now_ms: i64) -> Value {
    if is_in_token(dir) {
        return json!({"standing": "token", "keys": []});
    }
    let master = Master::from_file(&dir.join(MASTER));
    let opened = master.and_then(|master| KeyFile::open(&dir.join(KEYS), &master)).and_then(|file| file.shown());
    match opened {
        Ok(keys) => {
            json!({"standing": "open", "keys": keys.iter().map(|key| key_json(key, now_ms)).collect::<Vec<_>>()})
        }
        Err(fault) => {
            let text = fault.text();
            json!({"standing": "shut", "keys": [], "why": {"zh": text.zh, "en": text.en}})
        }
    }
}

fn age_days(shown: &Shown, now_ms: i64) -> Option<i64> {
    shown.made_ms.map(|made| (now_ms - made).max(0) / DAY_MS)
}

fn key_json(key: &ShownKey, now_ms: i64) -> Value {
    let one = |shown: &Shown| {
        json!({
            "algorithm": cipher(shown.algorithm), "kcv": hex(shown.check), "version": shown.version,
            "made_ms": shown.made_ms, "age_days": age_days(shown, now_ms), "stays": shown.stays,
        })
    };
    let mut told = one(&key.now);
    told["name"] = key.name.0.as_str().into();
    told["use"] = key.usage.word().into();
    told["next"] = key.next.as_ref().map_or(Value::Null, one);
    told["former"] = key.former.as_ref().map_or(Value::Null, one);
    told
}

fn pending_json(key: &PendingKey) -> Value {
    let part = |(number, custodian, check, entered_ms): &(u8, String, _, i64)| json!({"number": number, "custodian": custodian, "kcv": hex(*check), "entered_ms": entered_ms});
    json!({
        "name": key.name.0.as_str(), "use": key.usage.word(), "algorithm": cipher(key.algorithm), "of": key.of,
        "parts": key.parts.iter().map(part).collect::<Vec<_>>(),
    })
}

/// The audit trail. Exit 1 when a line does not hold, with or without `--check`.
pub fn audit(args: &AuditArgs, say: &Say) -> Result<(), End> {
    let party = Party::open(&args.place)?;
    let found = party.file.trail(party.trail()).map_err(|fault| fault_of(&fault))?;
    let (acts, begun) = match found {
        Trail::Whole(acts, begun) => (acts, begun),
        Trail::Broken(line) => {
            if say.json {
                say.document(&json!({"holds": false, "line": line}));
            }
            return Err(broken_trail(line));
        }
    };
    if say.json {
        let mut told = json!({"holds": true, "count": acts.len(), "unfinished": begun});
        if !args.check {
            let act = |it: &slipway_vault::Act| {
                json!({
                    "no": it.no, "at_ms": it.at_ms, "by": it.by, "act": it.act, "key": it.key, "kcv": it.check,
                    "note": it.note, "refused": it.note.starts_with(REFUSED),
                })
            };
            told["acts"] = acts.iter().map(act).collect();
        }
        say.document(&told);
        return Ok(());
    }
    if !args.check {
        for it in &acts {
            let (no, at, by) = (it.no, slipway_terms::Moment(it.at_ms), &it.by);
            say.line(format!("{no:>5} {at} {by}: {} {} {} {}", it.act, it.key, it.check, it.note).trim_end());
        }
    }
    say.line(format!("{}: {}", say.both("审计记录完整", "the audit trail holds"), acts.len()));
    if begun > 0 {
        let word = say.both("次操作已开始但未完成", "acts at its end were begun and not done");
        say.line(format!("{begun} {word}"));
    }
    Ok(())
}

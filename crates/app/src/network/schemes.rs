//! Which key scheme each own terminal of a new network has (`--schemes`): in turn, in the order given. The bank's folder keeps
//! the list, because its terminals are set up from it whenever a bank begins.

use crate::say::End;
use serde_json::{Map, Value, json};
use slipway_terms::{KeyScheme, Keying, TerminalId};
use std::path::Path;

/// Schemes of the own terminals, in turn. None given: triple DES.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schemes(Vec<Keying>);

impl Schemes {
    /// From words joined by commas: `tdes`, `sm4`, `dukpt-tdes`, `dukpt-aes`; `+track` after the first two closes tracks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let all: Option<Vec<Keying>> = text.split(',').map(|word| one(word.trim())).collect();
        all.map(Self).ok_or_else(|| {
            "密钥方案为 / schemes are: tdes, tdes+track, sm4, sm4+track, dukpt-tdes, dukpt-aes".to_owned()
        })
    }

    /// That of terminal `index` (from 1).
    pub fn of(&self, index: usize) -> Keying {
        let at = index.saturating_sub(1).checked_rem(self.0.len());
        at.and_then(|at| self.0.get(at)).copied().unwrap_or_default()
    }
}

fn one(word: &str) -> Option<Keying> {
    let (scheme, track) = word.strip_suffix("+track").map_or((word, false), |scheme| (scheme, true));
    let scheme = KeyScheme::of_word(scheme)?;
    (!(track && scheme.is_dukpt())).then_some(Keying { scheme, track })
}

fn word(keying: Keying) -> String {
    let track = if keying.track { "+track" } else { "" };
    format!("{}{track}", keying.scheme.word())
}

const FILE: &str = "schemes.json";

/// Writes the list into the folder of the bank.
pub fn write(bank: &Path, terminals: &[(TerminalId, Keying)]) -> Result<(), End> {
    let list: Map<String, Value> =
        terminals.iter().map(|(id, keying)| (id.as_str().to_owned(), json!(word(*keying)))).collect();
    Ok(std::fs::write(bank.join(FILE), Value::Object(list).to_string())?)
}

/// The scheme of a terminal by the list of its bank. A folder without a list, or of a terminal that is not in it: triple DES.
pub fn read(bank: &Path, terminal: TerminalId) -> Result<Keying, End> {
    let path = bank.join(FILE);
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(Keying::default()) };
    let list: Option<Value> = serde_json::from_str(&text).ok();
    let damaged = || {
        let path = path.display();
        End::environment(
            format!("{path} 已损坏：请从备份恢复；终端未启动"),
            format!("{path} is damaged: restore it from a copy; the terminals were not started"),
        )
    };
    match list.ok_or_else(damaged)?.get(terminal.as_str()) {
        None => Ok(Keying::default()),
        Some(said) => said.as_str().and_then(one).ok_or_else(damaged),
    }
}

/// What a token cannot hold: SM4, and triple DES DUKPT. Said at the start of a party that keeps its keys in one, by the list.
pub fn not_in_token(bank: &Path) -> Option<String> {
    let text = std::fs::read_to_string(bank.join(FILE)).ok()?;
    let list: Map<String, Value> = serde_json::from_str(&text).ok()?;
    let beyond = |said: &Value| {
        let scheme = said.as_str().and_then(one).map(|keying| keying.scheme);
        matches!(scheme, Some(KeyScheme::Sm4 | KeyScheme::DukptTdes))
    };
    list.into_iter().find(|(_, said)| beyond(said)).map(|(id, said)| format!("{id}: {}", said.as_str().unwrap_or("?")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_there_and_back_in_turn() {
        let schemes = Schemes::parse("tdes+track, sm4,dukpt-tdes,dukpt-aes,sm4+track").unwrap();
        let said: Vec<String> = (1..=6).map(|index| word(schemes.of(index))).collect();
        assert_eq!(said, ["tdes+track", "sm4", "dukpt-tdes", "dukpt-aes", "sm4+track", "tdes+track"]);
        assert_eq!(Schemes::default().of(3), Keying::default());
        for bad in ["", "des", "dukpt-aes+track", "tdes,", "sm4 track"] {
            assert!(Schemes::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bank_reads_what_was_written_and_a_token_is_warned() {
        let dir = tempfile::tempdir().unwrap();
        let id = |text| TerminalId::new(text).unwrap();
        assert_eq!(read(dir.path(), id("10000001")).unwrap(), Keying::default());
        let list = [
            (id("10000001"), Keying::of(KeyScheme::DukptAes)),
            (id("10000002"), Keying { scheme: KeyScheme::Sm4, track: true }),
        ];
        write(dir.path(), &list).unwrap();
        for (id, keying) in list {
            assert_eq!(read(dir.path(), id).unwrap(), keying);
        }
        assert_eq!(not_in_token(dir.path()).unwrap(), "10000002: sm4+track");
        write(dir.path(), &list[..1]).unwrap();
        assert_eq!(not_in_token(dir.path()), None);
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(read(dir.path(), id("10000001")).is_err());
    }
}

//! Where cardholders want to be told: a file of JSON lines that the bank keeps, under the cards' tokens. A card number never stands
//! in it, and who is not in it is told nothing.

use super::courier::{To, Wanted};
use super::drive::Readers;
use super::journal::Said;
use crate::say::End;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Which of the ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// The hook, whose address is the sink's own.
    Webhook,
    /// A telephone.
    Smpp,
    /// A mailbox.
    Mail,
}

/// One cardholder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// The card's token, 32 hexadecimal digits.
    card: String,
    /// `+` and 8 to 15 digits.
    phone: Option<String>,
    mail: Option<String>,
    #[serde(default)]
    webhook: bool,
    #[serde(default)]
    lang: Wanted,
}

/// The file, as it was last read.
#[derive(Debug)]
pub struct Addresses {
    path: PathBuf,
    seen: Option<(SystemTime, u64)>,
    /// It could not be looked at, and that was told.
    lost: bool,
    lines: HashMap<String, Line>,
}

impl Addresses {
    /// Reads the file.
    ///
    /// # Errors
    /// 2: it is not there, others may read it, or a line is wrong.
    pub fn read(path: &Path) -> Result<Self, End> {
        super::settings::private(path)?;
        let mut addresses = Self { path: path.to_owned(), seen: None, lost: false, lines: HashMap::new() };
        addresses.again()?;
        Ok(addresses)
    }

    /// Reads it again if it has changed. On an error the last good one stays in use.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn again(&mut self) -> Result<(), End> {
        let found = std::fs::metadata(&self.path).and_then(|meta| Ok((meta.modified()?, meta.len())));
        // What is wrong is told once, not at every look.
        let seen = match found {
            Ok(seen) => Some(seen),
            Err(_) if std::mem::replace(&mut self.lost, true) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        self.lost = false;
        if seen == self.seen {
            return Ok(());
        }
        self.seen = seen;
        self.lines = parse(&std::fs::read_to_string(&self.path)?).map_err(|(no, zh, en)| {
            let path = self.path.display();
            End::usage(
                format!("{path} 第 {no} 行：{zh}；先前读入的地址继续有效"),
                format!("{path}, line {no}: {en}; what was read before stays in force"),
            )
        })?;
        Ok(())
    }

    /// Where a card's notices go by this way. `hook`: the sink's own address.
    pub fn to(&self, holder: &str, way: Way, hook: &str) -> Option<To> {
        let line = self.lines.get(holder)?;
        let (address, masked) = match way {
            Way::Webhook => (line.webhook.then(|| hook.to_owned())?, host(hook).to_owned()),
            Way::Smpp => (line.phone.clone()?, masked_phone(line.phone.as_deref()?)),
            Way::Mail => (line.mail.clone()?, masked_mail(line.mail.as_deref()?)),
        };
        Some(To { address, masked, wanted: line.lang })
    }
}

/// The readers of one way: those of the file who have an address for it.
#[derive(Debug)]
pub struct OneWay {
    /// Which way.
    pub way: Way,
    /// The sink's own address, where cardholders have none.
    pub hook: String,
    /// The file.
    pub addresses: Addresses,
}

impl Readers for OneWay {
    fn again(&mut self) -> Result<(), End> {
        self.addresses.again()
    }

    fn to(&self, said: &Said) -> Option<To> {
        self.addresses.to(said.holder.as_deref()?, self.way, &self.hook)
    }
}

type Fault = (usize, &'static str, &'static str);

fn parse(text: &str) -> Result<HashMap<String, Line>, Fault> {
    let mut lines = HashMap::new();
    for (at, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
        let wrong = |zh, en| (at + 1, zh, en);
        // What the parser says is not repeated: it would show what stands in the line.
        let line: Line = serde_json::from_str(row).map_err(|_| {
            wrong(
                "应为 {\"card\":…,\"phone\":…,\"mail\":…,\"webhook\":true,\"lang\":\"zh|en|both\"}",
                "must be {\"card\":…,\"phone\":…,\"mail\":…,\"webhook\":true,\"lang\":\"zh|en|both\"}",
            )
        })?;
        if line.card.len() != 32 || !line.card.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong(
                "card 应为 32 位小写十六进制的卡标记，不能是卡号",
                "`card` is the card's token, 32 lower-case hexadecimal digits, never its number",
            ));
        }
        let digits = line.phone.as_deref().map(|phone| phone.strip_prefix('+').unwrap_or_default());
        if digits.is_some_and(|digits| !(8..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(wrong("phone 应为 + 和 8 至 15 位数字", "`phone` is + and 8 to 15 digits"));
        }
        if line.mail.as_deref().is_some_and(|mail| mail.parse::<lettre::Address>().is_err()) {
            return Err(wrong("mail 不是邮箱地址", "`mail` is no mailbox"));
        }
        if lines.insert(line.card.clone(), line).is_some() {
            return Err(wrong("同一张卡出现两次", "the same card stands twice"));
        }
    }
    Ok(lines)
}

fn masked_phone(phone: &str) -> String {
    let shown = |range: std::ops::Range<usize>| phone.get(range).unwrap_or_default();
    let len = phone.len();
    format!("{}{}{}", shown(0..4), "*".repeat(len.saturating_sub(6)), shown(len.saturating_sub(2)..len))
}

fn masked_mail(mail: &str) -> String {
    let (name, domain) = mail.split_once('@').unwrap_or((mail, ""));
    format!("{}***@{domain}", name.chars().next().unwrap_or('*'))
}

/// Host and port of a hook: its path may hold what only the receiver should know.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn lines_are_read_whole_or_not_at_all() {
        let check = |row: &str, want: Option<&str>| {
            let got = parse(row).err().map(|(_, _, en)| en);
            assert!(
                match (got, want) {
                    (Some(got), Some(want)) => got.contains(want),
                    (None, None) => true,
                    _ => false,
                },
                "{row}: {got:?}"
            );
        };
        let card = |rest: &str| format!("{{\"card\":\"{CARD}\"{rest}}}");
        check(
            &card(",\"phone\":\"+8613800138000\",\"mail\":\"li@example.org\",\"webhook\":true,\"lang\":\"zh\""),
            None,
        );
        check("", None);
        check(&card(",\"phone\":\"13800138000\""), Some("+ and 8"));
        check(&card(",\"phone\":\"+12\""), Some("+ and 8"));
        check(&card(",\"mail\":\"nobody\""), Some("no mailbox"));
        check(&card(",\"lang\":\"fr\""), Some("must be"));
        check(&card(",\"fax\":\"1\""), Some("must be"));
        check(&format!("{}\n{}", card(""), card("")), Some("twice"));
        check("{\"card\":\"9990010000000014\"}", Some("never its number"));
    }

    #[test]
    fn a_bad_file_is_told_once_and_the_last_good_one_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("addresses.jsonl");
        let write = |text: String| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        };
        write(format!("{{\"card\":\"{CARD}\",\"phone\":\"+8613800138000\"}}"));
        let mut book = Addresses::read(&path).unwrap();
        let there = |book: &Addresses| book.to(CARD, Way::Smpp, "").is_some();
        assert!(there(&book));
        write("{".into());
        assert_eq!((book.again().is_err(), book.again().is_err(), there(&book)), (true, false, true));
        std::fs::remove_file(&path).unwrap();
        assert_eq!((book.again().is_err(), book.again().is_err(), there(&book)), (true, false, true));
        write(String::new());
        assert_eq!((book.again().is_err(), there(&book)), (false, false));
    }

    #[test]
    fn who_is_asked_for_gets_his_own_way() {
        let lines = parse(&format!(
            "{{\"card\":\"{CARD}\",\"phone\":\"+8613800138000\",\"mail\":\"li.lei@example.org\",\"lang\":\"en\"}}"
        ))
        .unwrap();
        let book = Addresses { path: PathBuf::new(), seen: None, lost: false, lines };
        let to = |way| book.to(CARD, way, "https://bank.example/hook?k=1").map(|to| (to.address, to.masked, to.wanted));
        let (phone, mail) = ("+8613800138000", "li.lei@example.org");
        assert_eq!(to(Way::Smpp), Some((phone.into(), "+861********00".into(), Wanted::En)));
        assert_eq!(to(Way::Mail), Some((mail.into(), "l***@example.org".into(), Wanted::En)));
        assert_eq!(to(Way::Webhook), None, "nobody asked for the hook");
        assert_eq!(book.to("ffff", Way::Smpp, ""), None);
        assert_eq!(host("https://bank.example:8443/hook?k=1"), "bank.example:8443");
    }
}

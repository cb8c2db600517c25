//! Cards to tokens, so that a bank can write its address file: numbers come on standard input and never stand in an argument, and
//! only their masked form and their token go out.

use crate::network::{keys, sample};
use crate::say::{End, Say};
use serde_json::{Value, json};
use slipway_node::{Ask, Told, Vault};
use slipway_terms::{CardToken, KeyName, KeyUse, Pan};
use std::io::{BufRead, IsTerminal};
use std::path::Path;
use zeroize::Zeroizing;

/// The token as it stands in a journal and in an address file.
pub fn hex(token: &CardToken) -> String {
    slipway_iso8583::hex(&token.0).to_lowercase()
}

/// Prints the token of each card read. `issuer`: issuer1 or issuer2.
///
/// # Errors
/// 2: a line is no card number. 3: the issuer's keys cannot be opened.
pub fn tokens(dir: &Path, issuer: &str, say: &Say) -> Result<(), End> {
    let id = if issuer == "issuer2" { sample::ISSUER_2 } else { sample::ISSUER_1 };
    let mut vault = keys::open(&dir.join(issuer))?;
    let key = KeyName::of(KeyUse::Token, id.as_str());
    if std::io::stdin().is_terminal() {
        say.progress(say.both("卡号（每行一个，Ctrl-D 结束）：", "card numbers (one a line, Ctrl-D ends):"));
    }
    let mut cards: Vec<Value> = Vec::new();
    for (at, line) in std::io::stdin().lock().lines().enumerate() {
        let line = Zeroizing::new(line?);
        if line.trim().is_empty() {
            continue;
        }
        let no = at + 1;
        let wrong = |_| End::usage(format!("第 {no} 行不是卡号"), format!("line {no} is no card number"));
        let pan = Pan::new(line.trim()).map_err(wrong)?;
        let tail = pan.tail();
        let Told::Token(token) = vault.answer(&Ask::Token(key, pan), &[], None) else {
            return Err(End::environment("发卡行缺少密钥 token", "the issuer lacks its token key"));
        };
        say.line(format!("{tail}  {}", hex(&token)));
        cards.push(json!({ "card": tail.to_string(), "token": hex(&token) }));
    }
    if say.json {
        say.document(&json!({ "cards": cards }));
    }
    Ok(())
}

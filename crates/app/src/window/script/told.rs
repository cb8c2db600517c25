//! What a script's run says: each line with the screens and slips that followed, slips as files, or one JSON document.

use super::read::Script;
use crate::demo::stage::Seen;
use crate::demo::telling;
use crate::say::{End, Say, many};
use serde_json::{Value, json};
use slipway_terms::{Copy, PaperFate};
use std::path::{Path, PathBuf};

/// The account of a run.
pub struct Told<'a> {
    /// Where what was seen since the last act begins.
    pub from: usize,
    script: &'a Script,
    say: &'a Say,
    folder: Option<PathBuf>,
    /// What stands before the code of a slip's page.
    address: String,
    /// How much was told already.
    told: usize,
    lines: Vec<Value>,
    slips: Vec<Value>,
    pages: Vec<Value>,
    notices: Vec<Value>,
    audit: Value,
}

impl<'a> Told<'a> {
    /// Nothing yet.
    ///
    /// # Errors
    /// 3 the folder of the slips cannot be made.
    pub fn new(script: &'a Script, slips: Option<&Path>, address: String, say: &'a Say) -> Result<Self, End> {
        if let Some(folder) = slips {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Self {
            from: 0,
            script,
            say,
            folder: slips.map(Path::to_owned),
            address,
            told: 0,
            lines: Vec::new(),
            slips: Vec::new(),
            pages: Vec::new(),
            notices: Vec::new(),
            audit: Value::Null,
        })
    }

    /// A line begins. A PIN or a password in it is not repeated.
    pub fn begins(&mut self, no: usize, text: &str) {
        let text = masked(text);
        self.say.line(self.say.strong(&format!("{no:>4}  {text}")));
        self.lines.push(json!({"line": no, "text": text, "screens": [], "slips": []}));
    }

    /// What was seen since.
    ///
    /// # Errors
    /// 3 a slip cannot be written.
    pub fn comes(&mut self, seen: &[(i64, Seen)]) -> Result<(), End> {
        let new = seen.get(self.told..).unwrap_or_default();
        self.told = seen.len();
        for (_, seen) in new {
            let tell = match seen {
                Seen::Screen(show) => {
                    self.push("screens", json!(show.lines));
                    self.pages.extend(telling::page(seen, &self.address).map(Value::from));
                    true
                }
                Seen::Paper(copy, fate, text) => {
                    self.paper(*copy, *fate, text)?;
                    true
                }
                Seen::Noticed(notice) => {
                    let text = notice.text();
                    self.notices.push(json!({"kind": notice.kind, "zh": text.zh, "en": text.en}));
                    true
                }
                Seen::Crossed(crossing) => crossing.fault.is_some(),
                Seen::Line(..) | Seen::Told(..) => false,
            };
            if let Some((at, event)) = telling::event(seen).filter(|_| tell) {
                for (row, line) in event.get(self.say.lang).lines().enumerate() {
                    let at = telling::place(if row == 0 { at } else { "" }, self.say);
                    self.say.line(format!("      {at} {line}"));
                }
            }
            if let Some(page) = telling::page(seen, &self.address) {
                self.say.line(format!("      {} {page}", telling::place("", self.say)));
            }
        }
        Ok(())
    }

    fn push(&mut self, what: &str, value: Value) {
        if let Some(list) = self.lines.last_mut().and_then(|line| line[what].as_array_mut()) {
            list.push(value);
        }
    }

    fn paper(&mut self, copy: Copy, fate: PaperFate, text: &str) -> Result<(), End> {
        let name = match copy {
            Copy::Merchant => "merchant",
            Copy::Cardholder => "cardholder",
        };
        let no = self.slips.len() + 1;
        if let Some(folder) = &self.folder {
            std::fs::write(folder.join(format!("{no:03}-{name}.txt")), text)?;
        }
        self.push("slips", json!(no));
        self.slips.push(json!({"no": no, "copy": name, "fate": fate, "text": text}));
        Ok(())
    }

    /// The audit's word.
    pub fn audit(&mut self, ledgers_zero: bool, rule_holds: bool, faults: &[String]) {
        self.audit = json!({"ledgers_zero": ledgers_zero, "rule_holds": rule_holds, "faults": faults});
        let mark = |holds| if holds { "✓" } else { "✗" };
        let (say, zeros, rule) = (self.say, mark(ledgers_zero), mark(rule_holds));
        say.line(say.strong(say.both("审计", "Audit")));
        let ledgers = say.both(
            "每本账合计为零，余额等于分录之和",
            "every ledger sums to zero, every balance is the sum of its postings",
        );
        say.line(format!("  {zeros} {ledgers}"));
        let agrees = say.both(
            "每笔交易：持卡人净扣款＝签购单金额＝商户净入账",
            "of every exchange: net debit of the cardholder = amount of the slip = net credit of the merchant",
        );
        say.line(format!("  {rule} {agrees}"));
        for fault in faults {
            say.line(format!("    {fault}"));
        }
    }

    /// The end, good or bad.
    pub fn ends(self, played: &Result<(), End>) {
        let failed = played.as_ref().err().map(|end| json!({"zh": end.text.zh, "en": end.text.en}));
        if self.say.json {
            self.say.document(&json!({
                "script": self.script.name, "held": failed.is_none(), "failed": failed,
                "lines": self.lines, "slips": self.slips, "pages": self.pages, "notices": self.notices, "audit": self.audit,
            }));
            return;
        }
        if played.is_ok() {
            let (lines, slips) = (self.lines.len(), self.slips.len());
            let say = self.say;
            say.line(match say.lang {
                slipway_terms::Lang::Zh => format!("  {lines} 行全部如期，{slips} 联签购单"),
                slipway_terms::Lang::En => format!(
                    "  {} as written, {}",
                    many(lines, "line went", "lines all went"),
                    many(slips, "paper", "papers")
                ),
            });
        }
    }
}

/// The words behind `pin`, and the second behind `sign-in`, `allow` and `by`, are nobody else's.
fn masked(text: &str) -> String {
    if ["expect", "expect-not", "wait-screen", "note"].iter().any(|verb| text.split_whitespace().next() == Some(verb)) {
        return text.to_owned();
    }
    let mut hide_at = None;
    let words = text.split_whitespace().enumerate().map(|(at, word)| {
        match word {
            "pin" => hide_at = Some(at + 1),
            "sign-in" | "allow" | "by" => hide_at = Some(at + 2),
            _ => {}
        }
        if hide_at == Some(at) && word != "none" { "****" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_passwords_are_not_repeated() {
        let check = |line: &str, want: &str| assert_eq!(masked(line), want);
        check("sign-in 01 0000", "sign-in 01 ****");
        check("sale 88.00 card 1 pin 123456", "sale 88.00 card 1 pin ****");
        check("void last by 00 0000 pin none", "void last by 00 **** pin none");
        check("expect enter the pin now", "expect enter the pin now");
    }
}

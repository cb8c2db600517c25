//! How the command line speaks: JSON on standard output for machines, both languages for people, progress and errors on
//! standard error, colour on a terminal only.

use slipway_terms::{Lang, Text};
use std::io::{IsTerminal, Write};

/// Language and form of what is said.
#[derive(Clone, Copy, Debug)]
pub struct Say {
    /// zh or en.
    pub lang: Lang,
    /// One JSON document and nothing else.
    pub json: bool,
    /// Colour: on a terminal, and `NO_COLOR` is not set.
    pub colour: bool,
}

/// Why a command ends without success. Exit codes: 1 the rule or a check does not hold, 2 wrong use, 3 environment.
#[derive(Debug)]
pub struct End {
    /// The exit code.
    pub code: u8,
    /// What happened, what it means, what to do.
    pub text: Text,
}

impl End {
    /// The rule or a check does not hold.
    pub fn broken(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: 1, text: Text::new(zh, en) }
    }

    /// Wrong use.
    pub fn usage(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: 2, text: Text::new(zh, en) }
    }

    /// A party of this network stopped, or did not start.
    pub fn party(name: &str, stop: &slipway_runtime::drive::Stop) -> Self {
        Self::environment(format!("{name}：{stop}"), format!("{name}: {stop}"))
    }

    /// The environment does not allow it.
    pub fn environment(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: 3, text: Text::new(zh, en) }
    }
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        Self::environment(format!("系统拒绝：{error}"), format!("the system refused: {error}"))
    }
}

impl From<slipway_node::StoreFault> for End {
    fn from(fault: slipway_node::StoreFault) -> Self {
        Self::environment(fault.to_string(), fault.to_string())
    }
}

impl From<slipway_runtime::drive::Stop> for End {
    fn from(stop: slipway_runtime::drive::Stop) -> Self {
        Self::environment(stop.to_string(), stop.to_string())
    }
}

/// Fen of a document, a number or its text, in yuan for people: `-88.00`. Documents keep fen, people read yuan everywhere.
pub fn yuan(fen: &serde_json::Value) -> String {
    let said = fen.as_str().and_then(|text| text.parse().ok());
    said.or_else(|| fen.as_i64().map(i128::from)).map_or_else(|| "-".to_owned(), slipway_recon::out::yuan)
}

/// A count with its English word: `1 entry`, `2 entries`.
pub fn many(count: impl core::fmt::Display, one: &str, more: &str) -> String {
    let count = count.to_string();
    let word = if count == "1" { one } else { more };
    format!("{count} {word}")
}

impl Say {
    /// The language from `--lang`, else from the environment.
    pub fn new(lang: Option<&str>, json: bool) -> Self {
        let from = lang.map_or_else(
            || {
                // Set and empty is as not set.
                let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
                ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).unwrap_or_default()
            },
            str::to_owned,
        );
        let lang = if from.starts_with("zh") { Lang::Zh } else { Lang::En };
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { lang, json, colour }
    }

    /// One line for a person; nothing under `--json`.
    pub fn line(&self, line: impl AsRef<str>) {
        if !self.json {
            Self::out(line.as_ref());
        }
    }

    /// One of two words, by language.
    pub const fn both<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// The one JSON document.
    pub fn document(&self, value: &serde_json::Value) {
        Self::out(&value.to_string());
    }

    /// A reader that has gone (`| head`) is no fault of ours: what was to be done is done.
    fn out(line: &str) {
        let _ = writeln!(std::io::stdout(), "{line}");
    }

    /// Emphasis on a terminal.
    pub fn strong(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The text in an ANSI style (`2` dim, `4` underlined, `31` red, `32` green, `33` yellow), on a terminal.
    pub fn painted(&self, style: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A remark on standard error, also under `--json`.
    pub fn note(&self, zh: &str, en: &str) {
        eprintln!("slipway: {}", if self.lang == Lang::Zh { zh } else { en });
    }

    /// Progress, on standard error.
    pub fn progress(&self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    /// Why the command ends.
    pub fn error(&self, end: &End) {
        eprintln!("slipway: {}", end.text.get(self.lang));
    }
}

/// Fills up to `columns` of the screen: a Chinese character takes two.
pub fn padded(text: &str, columns: usize) -> String {
    let width: usize = text.chars().map(|c| if u32::from(c) < 0x2E80 { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(columns.saturating_sub(width)))
}

//! `[[profile.message]]` of a spec file: lists of fields, conditions and values, in the words of `profile`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use toml::de::DeTable;

use super::SpecFault;
use super::toml::{Reader, Value};
use crate::profile::{Profile, RulesText};

const KEYS: [&str; 9] = ["mti", "when", "mandatory", "optional", "forbidden", "echo", "conditional", "values", "note"];

impl Reader<'_> {
    pub(super) fn profile(self, root: &DeTable<'_>) -> Result<Option<Profile>, SpecFault> {
        let Some(own) = root.get("profile") else { return Ok(None) };
        let messages = own.get_ref().as_table().and_then(|table| table.get("message"));
        let Some(messages) = messages.and_then(|messages| messages.get_ref().as_array()) else {
            let (zh, en) = ("应为 [[profile.message]]", "must be [[profile.message]]");
            return Err(self.source.fault(own.span().start, "", zh, en));
        };
        let mut profile = Profile::default();
        for message in messages.iter() {
            self.message(message, &mut profile)?;
        }
        Ok(Some(profile))
    }

    fn message(self, value: &Value<'_>, to: &mut Profile) -> Result<(), SpecFault> {
        let at = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.source.fault(at, "", "应为表", "must be a table"));
        };
        self.only(table, "", &KEYS)?;
        let list = |key| self.list(table, key);
        let (mandatory, optional, forbidden, echo) =
            (list("mandatory")?, list("optional")?, list("forbidden")?, list("echo")?);
        let (conditional, values) = (self.by_field(table, "conditional")?, self.by_field(table, "values")?);
        let conditional: Vec<(u8, &str)> = conditional.iter().map(|(n, text)| (*n, text.as_str())).collect();
        let values: Vec<(u8, &str)> = values.iter().map(|(n, text)| (*n, text.as_str())).collect();
        let text = RulesText {
            mti: self.string(table, "", "mti")?.unwrap_or_default(),
            when: self.string(table, "", "when")?.unwrap_or_default(),
            mandatory: &mandatory,
            // A file that names no optional fields does not want to close the message.
            optional: if table.contains_key("optional") { &optional } else { "*" },
            forbidden: &forbidden,
            echo: &echo,
            conditional: &conditional,
            values: &values,
        };
        to.add(&text).map_err(|fault| self.source.fault(at, "", fault.zh, fault.en))
    }

    /// `[3, 4]` or `["3", "*"]` as `3 4`.
    fn list(self, table: &DeTable<'_>, key: &str) -> Result<String, SpecFault> {
        let Some(value) = table.get(key) else { return Ok(String::new()) };
        let bad = || {
            self.source.fault(
                value.span().start,
                "",
                format!("{key} 应为域号列表"),
                format!("{key} must be a list of field numbers"),
            )
        };
        let mut words = Vec::new();
        for item in value.get_ref().as_array().ok_or_else(bad)?.iter() {
            let item = item.get_ref();
            let number = item.as_integer().map(|n| n.as_str().to_string());
            words.push(number.or_else(|| item.as_str().map(String::from)).ok_or_else(bad)?);
        }
        Ok(words.join(" "))
    }

    /// `{ 52 = "22[3] = 1" }` or `{ 49 = ["156", "840"] }`.
    fn by_field(self, table: &DeTable<'_>, key: &str) -> Result<Vec<(u8, String)>, SpecFault> {
        let Some(value) = table.get(key) else { return Ok(Vec::new()) };
        let bad = |at: usize, n: &str| {
            self.source.fault(at, n, format!("{key} 应为 域号 = 文本"), format!("{key} must be field = text"))
        };
        let own = value.get_ref().as_table().ok_or_else(|| bad(value.span().start, ""))?;
        let mut out = Vec::new();
        for (n, value) in own.iter() {
            let (n, at) = (n.get_ref().as_ref(), value.span().start);
            let number = n.parse::<u8>().map_err(|_| bad(at, n))?;
            let text = match (value.get_ref().as_str(), value.get_ref().as_array()) {
                (Some(text), _) => String::from(text),
                (None, Some(items)) => {
                    let words: Option<Vec<&str>> = items.iter().map(|item| item.get_ref().as_str()).collect();
                    words.ok_or_else(|| bad(at, n))?.join(" ")
                }
                _ => return Err(bad(at, n)),
            };
            out.push((number, text));
        }
        Ok(out)
    }
}

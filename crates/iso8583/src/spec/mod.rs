//! Dialects from files: TOML in our own words, or XML as jPOS reads it (`GenericPackager`).
//! A bad file is a [`SpecFault`] with line, column, field and reason in both languages; nothing that a file says can make this panic.
//!
//! ```
//! let spec = slipway_iso8583::spec::from_toml("mti = 'ascii'\n[fields]\n3 = 'n f 6'\n11 = 'n f 6'").unwrap();
//! let message = slipway_iso8583::decode(&spec.dialect, b"0800\x20\x20\0\0\0\0\0\0000000000123").unwrap();
//! assert_eq!(message.number(11), Some(123));
//! let fault = slipway_iso8583::spec::from_toml("[fields]\n3 = 'n f six'").unwrap_err();
//! assert_eq!((fault.line, fault.field.as_str()), (2, "3"));
//! ```

mod advice;
mod classes;
mod parts;
mod rules;
mod toml;
mod words;
mod xml;

pub use self::toml::from_toml;
pub use xml::from_jpos_xml;

use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;
use std::sync::{Mutex, PoisonError};

use crate::check::TableFault;
use crate::dialect::Dialect;
use crate::profile::Profile;
use crate::wire::Wire;

/// Characters of a file at most.
pub const SPEC_BYTES_MAX: usize = 1 << 20;

/// What a file describes.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The table, checked.
    pub dialect: Dialect,
    /// What messages must carry, if the file says.
    pub profile: Option<Profile>,
    /// What stands around a message, if the file says.
    pub wire: Option<Wire>,
}

/// What is wrong with a file, and where. Lines and columns count from 1; 0 is the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecFault {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Field number, with dots for parts (`48.2`); empty when it is no field.
    pub field: String,
    /// Reason.
    pub en: String,
    /// 原因。
    pub zh: String,
}

impl SpecFault {
    /// 中文说明，同一事实。
    #[must_use]
    pub fn told_zh(&self) -> String {
        let place = if self.line == 0 {
            String::new()
        } else {
            alloc::format!("第 {} 行第 {} 列：", self.line, self.column)
        };
        let field = if self.field.is_empty() { String::new() } else { alloc::format!("域 {}：", self.field) };
        place + &field + &self.zh
    }
}

impl fmt::Display for SpecFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, column {}: ", self.line, self.column)?;
        }
        if !self.field.is_empty() {
            write!(f, "field {}: ", self.field)?;
        }
        f.write_str(&self.en)
    }
}

impl core::error::Error for SpecFault {}

/// The text of a file, to turn offsets into lines.
#[derive(Clone, Copy)]
pub(crate) struct Source<'t>(pub(crate) &'t str);

impl Source<'_> {
    /// A fault at byte `at` of the file.
    pub(crate) fn fault(self, at: usize, field: &str, zh: impl Into<String>, en: impl Into<String>) -> SpecFault {
        let before = self.0.get(..at.min(self.0.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        SpecFault { line, column, field: String::from(field), en: en.into(), zh: zh.into() }
    }

    /// A file of an honest size.
    pub(crate) fn limited(self) -> Result<Self, SpecFault> {
        if self.0.len() <= SPEC_BYTES_MAX {
            return Ok(self);
        }
        let (zh, en) = ("文件超过 1 MiB", "the file is larger than 1 MiB");
        Err(SpecFault { line: 0, column: 0, field: String::new(), en: en.into(), zh: zh.into() })
    }

    /// What the table's own check found, at byte `at`.
    pub(crate) fn table(self, at: usize, bad: TableFault) -> SpecFault {
        let field = if bad.number == 0 { String::new() } else { alloc::format!("{}", bad.number) };
        self.fault(at, &field, bad.what_zh, bad.what)
    }
}

/// Characters of a name at most.
const NAME_CHARS_MAX: usize = 80;

/// Keeps a name for the life of the process: tables hold names that never end, as the built-in ones do. The same name is kept
/// once, so reading a file again costs nothing.
pub(crate) fn kept(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let new: &'static str = String::leak(name);
    names.insert(new);
    new
}

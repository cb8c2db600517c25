//! Layouts from TOML, and the decoders that they name (feature `layout`). Must never guess: a word it does not know is a fault.

use super::layout::{Amounts, Columns, Days, Encoding, Form, Layout, Place, Signs, Trailer};
use crate::key::Entry;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::InstitutionId;
use toml::{Table, Value};

/// What is wrong with a layout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayoutFault {
    /// Which word, or TOML's own message about where.
    pub at: String,
    /// 简体中文.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl fmt::Display for LayoutFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "格式文件 {}：{} layout {}: {}", self.at, self.zh, self.at, self.en)
    }
}

impl core::error::Error for LayoutFault {}

type Read<T> = Result<T, LayoutFault>;

fn wrong<T>(at: &str, zh: &'static str, en: &'static str) -> Read<T> {
    Err(LayoutFault { at: at.to_owned(), zh, en })
}

/// Letters of an encoding; none where the bytes are no letters of it.
pub fn decoder(encoding: Encoding) -> impl Fn(&[u8]) -> Option<String> {
    let coding = match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Gbk => encoding_rs::GBK,
    };
    move |bytes| coding.decode_without_bom_handling_and_without_replacement(bytes).map(alloc::borrow::Cow::into_owned)
}

/// Reads a layout; its words are told in docs/clearing.md.
///
/// # Errors
/// [`LayoutFault`].
pub fn layout(text: &str) -> Read<Layout> {
    let table: Table = text.parse().map_err(|bad: toml::de::Error| LayoutFault {
        at: bad.to_string(),
        zh: "不是 TOML",
        en: "is not TOML",
    })?;
    #[rustfmt::skip]
    known("", &table, &["name", "encoding", "form", "separator", "header", "amount", "sign", "date", "acquirer", "strip",
        "sorted", "doubles", "columns", "entries", "trailer"])?;
    let form = match word(&table, "form", "csv")? {
        "csv" => Form::Csv { separator: separator(word(&table, "separator", ",")?)? },
        "fixed" => Form::Fixed,
        _ => return wrong("form", "只能是 csv 或 fixed", "is csv or fixed"),
    };
    let acquirer = match word(&table, "acquirer", "")? {
        "" => None,
        digits => match InstitutionId::new(digits) {
            Ok(acquirer) => Some(acquirer),
            Err(_) => return wrong("acquirer", "机构号有误", "is not a member's number"),
        },
    };
    let columns = columns(sub(&table, "columns")?, form)?;
    if acquirer.is_none() && columns.acquirer.is_none() {
        return wrong("acquirer", "没有列也没有固定值", "has neither a column nor a value");
    }
    let trailer = match table.get("trailer") {
        None => None,
        Some(Value::Table(trailer)) => Some(trailer_of(trailer, form)?),
        Some(_) => return wrong("trailer", "须为表", "is a table"),
    };
    Ok(Layout {
        name: word(&table, "name", "")?.to_owned(),
        encoding: choice(&table, "encoding", &[("utf-8", Encoding::Utf8), ("gbk", Encoding::Gbk)])?,
        form,
        header: texts(&table, "header")?,
        columns,
        amounts: choice(&table, "amount", &[("yuan", Amounts::Yuan), ("fen", Amounts::Fen)])?,
        signs: choice(&table, "sign", &[("entry", Signs::Entry), ("own", Signs::Own)])?,
        days: choice(
            &table,
            "date",
            &[("YYYY-MM-DD", Days::Dashes), ("YYYY/MM/DD", Days::Slashes), ("YYYYMMDD", Days::Digits)],
        )?,
        acquirer,
        entries: entries(sub(&table, "entries")?)?,
        trailer,
        strip: word(&table, "strip", "")?.to_owned(),
        sorted: flag(&table, "sorted")?,
        doubles: flag(&table, "doubles")?,
    })
}

/// A key as a person can find it: quoted where TOML wants quotes, so that an empty one is seen too.
fn named(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { key.to_owned() } else { format!("{key:?}") }
}

fn known(of: &str, table: &Table, words: &[&str]) -> Read<()> {
    match table.keys().find(|key| !words.contains(&key.as_str())) {
        Some(key) => wrong(&format!("{of}{}", named(key)), "没有这个词", "is no word of a layout"),
        None => Ok(()),
    }
}

fn word<'t>(table: &'t Table, key: &str, default: &'t str) -> Read<&'t str> {
    match table.get(key) {
        None => Ok(default),
        Some(Value::String(text)) => Ok(text),
        Some(_) => wrong(key, "须为文字", "is a text"),
    }
}

fn flag(table: &Table, key: &str) -> Read<bool> {
    match table.get(key) {
        None => Ok(false),
        Some(Value::Boolean(flag)) => Ok(*flag),
        Some(_) => wrong(key, "须为 true 或 false", "is true or false"),
    }
}

/// One of a few words; the first is the default.
fn choice<T: Copy>(table: &Table, key: &str, choices: &[(&str, T)]) -> Read<T> {
    let said = word(table, key, choices[0].0)?;
    match choices.iter().find(|(word, _)| *word == said) {
        Some((_, value)) => Ok(*value),
        None => wrong(key, "没有这种写法", "is none of the known ways"),
    }
}

fn texts(table: &Table, key: &str) -> Read<Vec<String>> {
    let Some(value) = table.get(key) else { return Ok(Vec::new()) };
    let texts = value.as_array().and_then(|all| all.iter().map(|text| text.as_str().map(ToOwned::to_owned)).collect());
    texts.map_or_else(|| wrong(key, "须为文字列表", "is a list of texts"), Ok)
}

fn sub<'t>(table: &'t Table, key: &str) -> Read<&'t Table> {
    table.get(key).and_then(Value::as_table).map_or_else(|| wrong(key, "缺少此表", "is missing"), Ok)
}

/// Letters are decoded before a line is divided, so a bar inside a GBK letter is no separator.
fn separator(text: &str) -> Read<u8> {
    match text.as_bytes() {
        [byte] if matches!(byte, b',' | b';' | b'|' | b'\t' | b'^') => Ok(*byte),
        _ => wrong("separator", "只能是 , ; | ^ 或制表符", "is one of , ; | ^ or a tab"),
    }
}

fn place(table: &Table, key: &str, form: Form) -> Read<Option<Place>> {
    let number =
        |value: &Value| value.as_integer().and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=10_000).contains(n));
    let Some(value) = table.get(key) else { return Ok(None) };
    let found = match (form, value) {
        (Form::Csv { .. }, value) => number(value).map(Place::Cell),
        (Form::Fixed, Value::Array(pair)) if pair.len() == 2 => {
            number(&pair[0]).zip(number(&pair[1])).map(|(first, width)| Place::Span(first, width))
        }
        _ => None,
    };
    match found {
        Some(place) => Ok(Some(place)),
        None => wrong(
            key,
            "csv 写列号，fixed 写 [起始字节, 字节数]",
            "is a cell's number for csv, [first byte, bytes] for fixed",
        ),
    }
}

fn needed(table: &Table, key: &str, form: Form) -> Read<Place> {
    place(table, key, form)?.map_or_else(|| wrong(key, "缺少此列", "is a column that must be there"), Ok)
}

fn columns(table: &Table, form: Form) -> Read<Columns> {
    known("columns.", table, &["rrn", "amount", "day", "entry", "acquirer", "number"])?;
    Ok(Columns {
        rrn: needed(table, "rrn", form)?,
        amount: needed(table, "amount", form)?,
        day: place(table, "day", form)?,
        entry: needed(table, "entry", form)?,
        acquirer: place(table, "acquirer", form)?,
        number: place(table, "number", form)?,
    })
}

fn trailer_of(table: &Table, form: Form) -> Read<Trailer> {
    known("trailer.", table, &["starts", "count", "sum", "crc32"])?;
    let starts = word(table, "starts", "")?.to_owned();
    if starts.is_empty() {
        return wrong("trailer.starts", "不能为空", "is not empty");
    }
    Ok(Trailer {
        starts,
        count: needed(table, "count", form)?,
        sum: needed(table, "sum", form)?,
        crc32: place(table, "crc32", form)?,
    })
}

fn entries(table: &Table) -> Read<Vec<(String, Entry)>> {
    let mut entries = Vec::new();
    for (word, letter) in table {
        let entry =
            letter.as_str().filter(|text| text.len() == 1).and_then(|text| Entry::of_letter(text.as_bytes()[0]));
        match entry {
            Some(entry) => entries.push((word.clone(), entry)),
            None => {
                return wrong(&format!("entries.{}", named(word)), "没有这种交易字母", "names no letter of an entry");
            }
        }
    }
    if entries.is_empty() { wrong("entries", "不能为空", "is not empty") } else { Ok(entries) }
}

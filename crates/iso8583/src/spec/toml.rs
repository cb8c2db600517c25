//! A dialect in TOML: one line a field, `kind length maximum`, in the words of field tables (`n ll 19`, `b f 8`).
//! How digits, text, bytes and lengths are written is said once, in `[write]`, and per field where it differs.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::words::{
    BITMAPS, COUNTS, COVERS, ENCODINGS, MTIS, PADS, PREFIXES, Words, cover_by_name, cover_of, look, name_of, shape,
};
use super::{Source, Spec, SpecFault, kept};
use crate::check::DEPTH_MAX;
use crate::dialect::{Bitmap, Counts, Cover, Dialect, Encoding, Field, Kind, Length, Nested, Pad, Prefix};
use crate::wire::Wire;

pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// Reads a dialect. See the crate's README for the form of the file.
///
/// # Errors
/// The first thing that is wrong: line, column, field, reason.
pub fn from_toml(text: &str) -> Result<Spec, SpecFault> {
    let source = Source(text).limited()?;
    let table = DeTable::parse(text).map_err(|bad| {
        let at = bad.span().map_or(0, |span| span.start);
        source.fault(at, "", format!("不是 TOML：{}", bad.message()), format!("not TOML: {}", bad.message()))
    })?;
    let reader = Reader { source };
    let dialect = reader.dialect(table.get_ref())?;
    let profile = reader.profile(table.get_ref())?;
    let wire = reader.wire(table.get_ref())?;
    Ok(Spec { dialect, profile, wire })
}

/// How things are written where a field does not say.
#[derive(Clone, Copy)]
struct Write {
    digits: Encoding,
    text: Encoding,
    bytes: Encoding,
    length: Prefix,
}

#[derive(Clone, Copy)]
pub(super) struct Reader<'t> {
    pub(super) source: Source<'t>,
}

impl Reader<'_> {
    fn dialect(self, root: &DeTable<'_>) -> Result<Dialect, SpecFault> {
        self.only(root, "", &["name", "mti", "bitmap", "last", "trailing", "write", "fields", "profile", "wire"])?;
        let name = self.string(root, "", "name")?.unwrap_or("spec");
        let mti = match self.word(root, "", "mti", MTIS)? {
            Some(mti) => mti,
            None => Encoding::Ascii,
        };
        let bitmap = self.word(root, "", "bitmap", BITMAPS)?.unwrap_or(Bitmap::Binary);
        let last = self.number(root, "", "last", 192)?.unwrap_or(128);
        let trailing = self.number(root, "", "trailing", 255)?.unwrap_or(0);
        let write = match mti {
            Encoding::BcdLeft => {
                Write { digits: Encoding::BcdLeft, text: Encoding::Ascii, bytes: Encoding::Binary, length: Prefix::Bcd }
            }
            Encoding::Ebcdic => Write {
                digits: Encoding::Ebcdic,
                text: Encoding::Ebcdic,
                bytes: Encoding::Binary,
                length: Prefix::Ebcdic,
            },
            _ => {
                Write { digits: Encoding::Ascii, text: Encoding::Ascii, bytes: Encoding::Binary, length: Prefix::Ascii }
            }
        };
        let write = self.write(root, "", write)?;
        let (rows, nested, at) = self.fields(root, "", write, DEPTH_MAX)?;
        let mut dialect = Dialect::of_rows(kept(name), Some(mti), bitmap, last as u8, rows, nested);
        dialect.trailing_max = trailing;
        match dialect.check_deep() {
            Some(bad) => Err(self.source.table(self.place_of(root, bad.number).unwrap_or(at), bad)),
            None => Ok(dialect),
        }
    }

    /// `wire = "binary2+tpdu"`.
    fn wire(self, root: &DeTable<'_>) -> Result<Option<Wire>, SpecFault> {
        let Some(words) = self.string(root, "", "wire")? else { return Ok(None) };
        let at = root.get("wire").map_or(0, |value| value.span().start);
        Wire::parse(words).map(Some).ok_or_else(|| {
            let en = "wire is like binary2, ascii4+inclusive, bcd2+tpdu, none+header:HEX";
            self.source.fault(at, "", "wire 形如 binary2、ascii4+inclusive、bcd2+tpdu、none+header:HEX", en)
        })
    }

    /// Where the file speaks of field `n`.
    fn place_of(self, root: &DeTable<'_>, n: u8) -> Option<usize> {
        let fields = root.get("fields")?.get_ref().as_table()?;
        fields.iter().find(|(key, _)| key.get_ref().parse() == Ok(n)).map(|(key, _)| key.span().start)
    }

    fn write(self, table: &DeTable<'_>, field: &str, before: Write) -> Result<Write, SpecFault> {
        let Some(own) = self.table(table, field, "write")? else { return Ok(before) };
        self.only(own, field, &["digits", "text", "bytes", "length"])?;
        Ok(Write {
            digits: self.word(own, field, "digits", ENCODINGS)?.unwrap_or(before.digits),
            text: self.word(own, field, "text", ENCODINGS)?.unwrap_or(before.text),
            bytes: self.word(own, field, "bytes", ENCODINGS)?.unwrap_or(before.bytes),
            length: self.word(own, field, "length", PREFIXES)?.unwrap_or(before.length),
        })
    }

    /// The rows of `[fields]`, their parts, and where the table stands.
    fn fields(
        self,
        table: &DeTable<'_>,
        path: &str,
        write: Write,
        depth: usize,
    ) -> Result<(Vec<Field>, Vec<Nested>, usize), SpecFault> {
        let (mut rows, mut nested) = (Vec::<Field>::new(), Vec::new());
        let Some(value) = table.get("fields") else {
            return Err(self.source.fault(0, path, "缺少 [fields]", "there is no [fields]"));
        };
        let Some(fields) = value.get_ref().as_table() else {
            return Err(self.source.fault(value.span().start, path, "fields 应为表", "fields must be a table"));
        };
        // In the order of the file, so that the second of two is the one that is told.
        let mut entries: Vec<_> = fields.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let at = key.span().start;
            let own = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
            let Some(n) = key.get_ref().parse::<u8>().ok().filter(|n| *n <= 192) else {
                return Err(self.source.fault(at, &own, "域号应为数字 0 至 192", "a field number is 0 to 192"));
            };
            if rows.iter().any(|row| row.number == n) {
                return Err(self.source.fault(at, &own, "域号重复", "this field is there twice"));
            }
            let (row, parts) = self.field(n, value, &own, write, depth)?;
            rows.push(row);
            nested.extend(parts);
        }
        Ok((rows, nested, value.span().start))
    }

    fn field(
        self,
        n: u8,
        value: &Value<'_>,
        path: &str,
        write: Write,
        depth: usize,
    ) -> Result<(Field, Option<Nested>), SpecFault> {
        let at = value.span().start;
        let in_parts = path.contains('.');
        let empty = DeTable::new();
        let (is, more) = match value.get_ref() {
            DeValue::String(is) => (is.as_ref(), &empty),
            DeValue::Table(table) => match self.string(table, path, "is")? {
                Some(is) => (is, table),
                None => {
                    return Err(self.source.fault(at, path, "缺少 is = \"n ll 19\"", "there is no is = \"n ll 19\""));
                }
            },
            _ => return Err(self.form(at, path)),
        };
        let keys = ["is", "encoding", "length", "counts", "pad", "cover", "name", "zh", "parts"];
        self.only(more, path, &keys)?;
        let (kind, digits, max) = shape(is).ok_or_else(|| self.form(at, path))?;
        let usual = match kind {
            Kind::N | Kind::X | Kind::Z => write.digits,
            Kind::An | Kind::Ans => write.text,
            Kind::B => write.bytes,
        };
        let encoding = self.word(more, path, "encoding", ENCODINGS)?.unwrap_or(usual);
        let packed = matches!(encoding, Encoding::BcdLeft | Encoding::BcdRight);
        let prefix = self.word(more, path, "length", PREFIXES)?.unwrap_or(write.length);
        let counts = self.word(more, path, "counts", COUNTS)?;
        let counts = counts.unwrap_or(if packed { Counts::Digits } else { Counts::Bytes });
        let digits = if prefix == Prefix::Binary { digits.div_ceil(2) } else { digits };
        let length = if digits == 0 { Length::Fixed } else { Length::Var { digits, prefix, counts } };
        let pad = match (length, kind) {
            (Length::Fixed, Kind::N | Kind::Z) => Pad::Zeros,
            (Length::Fixed, Kind::An | Kind::Ans) => Pad::Spaces,
            _ => Pad::None,
        };
        let pad = self.word(more, path, "pad", PADS)?.unwrap_or(pad);
        let cover = self.word(more, path, "cover", COVERS)?;
        let mut name = name_of(n, in_parts);
        if let Some(en) = self.string(more, path, "name")? {
            (name.en, name.zh) = (kept(en), kept(en));
        }
        if let Some(zh) = self.string(more, path, "zh")? {
            name.zh = kept(zh);
        }
        let parts = self.parts(n, more, path, write, depth)?;
        // What its parts must cover, the whole must not show.
        let strict = parts
            .as_ref()
            .is_some_and(|parts| parts.parts.rows().iter().any(|row| !matches!(row.cover, Cover::Open | Cover::Free)));
        let cover = match cover {
            Some(cover) => cover,
            None if strict => Cover::Secret,
            None => cover_by_name(name.en, cover_by_name(name.zh, cover_of(n, kind, length, in_parts))),
        };
        Ok((Field { number: n, kind, encoding, length, max, pad, cover, name }, parts))
    }

    fn parts(
        self,
        n: u8,
        table: &DeTable<'_>,
        path: &str,
        write: Write,
        depth: usize,
    ) -> Result<Option<Nested>, SpecFault> {
        let Some(own) = self.table(table, path, "parts")? else { return Ok(None) };
        let at = table.get("parts").map_or(0, |value| value.span().start);
        if depth == 0 {
            return Err(self.source.fault(at, path, "子域嵌套过深", "parts are nested too deep"));
        }
        self.only(own, path, &["bitmap", "write", "fields"])?;
        let bitmap = match self.string(own, path, "bitmap")? {
            None | Some("none") => Bitmap::Positional,
            Some(word) => match (look(BITMAPS, word), word.split_once('-')) {
                (Some(bitmap), _) => bitmap,
                (None, Some(("short", n))) if n.parse::<u8>().is_ok() => Bitmap::Short(n.parse().unwrap_or(1)),
                (None, Some(("tag", n))) if n.parse::<u8>().is_ok() => Bitmap::Tagged(n.parse().unwrap_or(1)),
                (None, Some(("counted", n))) if n.parse::<u8>().is_ok() => Bitmap::Counted(n.parse().unwrap_or(1)),
                _ => {
                    let words = "none, binary, hex, hex-ebcdic, short-N, tag-N, counted-N";
                    return Err(self.source.fault(
                        at,
                        path,
                        format!("bitmap 应为 {words} 之一"),
                        format!("bitmap must be one of {words}"),
                    ));
                }
            },
        };
        let write = self.write(own, path, write)?;
        let (rows, nested, at) = self.fields(own, path, write, depth - 1)?;
        let last = match bitmap {
            Bitmap::Binary | Bitmap::Hex | Bitmap::HexEbcdic => 64,
            Bitmap::Short(bytes) => bytes.min(8) * 8,
            Bitmap::Positional | Bitmap::Tagged(_) | Bitmap::Counted(_) => 192,
        };
        let parts = Dialect::of_rows(kept(path), None, bitmap, last, rows, nested);
        if let Some(bad) = parts.check() {
            let own = if bad.number == 0 { path.to_string() } else { format!("{path}.{}", bad.number) };
            return Err(self.source.fault(at, &own, bad.what_zh, bad.what));
        }
        Ok(Some(Nested { field: n, parts }))
    }

    fn form(self, at: usize, path: &str) -> SpecFault {
        let zh = "应为“类型 长度形式 最大长度”，例如 \"n ll 19\"；类型 n x z an ans b，长度形式 f l ll lll llll";
        let en = "must be kind, length form and maximum, e.g. \"n ll 19\"; kinds n x z an ans b, forms f l ll lll llll";
        self.source.fault(at, path, zh, en)
    }

    /// A key that is not known is a mistake of spelling, and ignoring it would be a wrong dialect.
    pub(super) fn only(self, table: &DeTable<'_>, path: &str, keys: &[&str]) -> Result<(), SpecFault> {
        match table.keys().find(|key| !keys.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some(key) => {
                let (name, known) = (key.get_ref(), keys.join(", "));
                let (zh, en) =
                    (format!("不认识 {name}；可用：{known}"), format!("{name} is not known; there are: {known}"));
                Err(self.source.fault(key.span().start, path, zh, en))
            }
        }
    }

    pub(super) fn string<'v>(
        self,
        table: &'v DeTable<'_>,
        path: &str,
        key: &str,
    ) -> Result<Option<&'v str>, SpecFault> {
        let Some(value) = table.get(key) else { return Ok(None) };
        match value.get_ref().as_str() {
            Some(text) => Ok(Some(text)),
            None => Err(self.wrong(value, path, format!("{key} 应为字符串"), format!("{key} must be a string"))),
        }
    }

    fn table<'v, 't>(
        self,
        table: &'v DeTable<'t>,
        path: &str,
        key: &str,
    ) -> Result<Option<&'v DeTable<'t>>, SpecFault> {
        let Some(value) = table.get(key) else { return Ok(None) };
        match value.get_ref().as_table() {
            Some(own) => Ok(Some(own)),
            None => Err(self.wrong(value, path, format!("{key} 应为表"), format!("{key} must be a table"))),
        }
    }

    fn number(self, table: &DeTable<'_>, path: &str, key: &str, max: usize) -> Result<Option<usize>, SpecFault> {
        let Some(value) = table.get(key) else { return Ok(None) };
        let number = value.get_ref().as_integer().and_then(|n| n.as_str().parse::<usize>().ok()).filter(|n| *n <= max);
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(value, path, format!("{key} 应为 0 至 {max}"), format!("{key} must be 0 to {max}"))),
        }
    }

    fn word<T: Copy>(
        self,
        table: &DeTable<'_>,
        path: &str,
        key: &str,
        words: Words<T>,
    ) -> Result<Option<T>, SpecFault> {
        let Some(word) = self.string(table, path, key)? else { return Ok(None) };
        if let Some(found) = look(words, word) {
            return Ok(Some(found));
        }
        let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let at = table.get(key).map_or(0, |value| value.span().start);
        Err(self.source.fault(at, path, format!("{key} 应为 {known} 之一"), format!("{key} must be one of {known}")))
    }

    fn wrong(self, value: &Value<'_>, path: &str, zh: String, en: String) -> SpecFault {
        self.source.fault(value.span().start, path, zh, en)
    }
}

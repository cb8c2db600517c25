//! A dialect from an XML file as jPOS's `GenericPackager` reads it: `isopackager`, `isofield`, `isofieldpackager` with parts.
//! As there, the last of two entries for one field counts. A class that is not known is a fault: to guess a shape is to misread money.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use roxmltree::{Document, Node, ParsingOptions};

use super::classes::{Class, Shape, class};
use super::words::cover_of;
use super::{Source, Spec, SpecFault, kept};
use crate::check::DEPTH_MAX;
use crate::dialect::{Bitmap, Cover, Dialect, Encoding, Field, Kind, Length, Nested, Pad, Prefix};
use crate::fault::Name;
use crate::wire::Wire;

/// Elements of a file at most.
const NODES_MAX: u32 = 20_000;
/// Bytes of a fixed header at most.
const HEADER_BYTES_MAX: usize = 255;

/// Reads a packager file.
///
/// # Errors
/// The first thing that is wrong: line, column, field, reason.
pub fn from_jpos_xml(text: &str) -> Result<Spec, SpecFault> {
    let source = Source(text).limited()?;
    let options = ParsingOptions { allow_dtd: true, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|bad| {
        let (line, column) = (bad.pos().row as usize, bad.pos().col as usize);
        let (zh, en) = (format!("不是 XML：{bad}"), format!("not XML: {bad}"));
        SpecFault { line, column, field: String::new(), zh, en }
    })?;
    let root = document.root_element();
    let reader = Reader { source };
    if root.tag_name().name() != "isopackager" {
        return Err(reader.fault(root, "", "根元素应为 isopackager", "the root element must be isopackager"));
    }
    let dialect = reader.message(root)?;
    match dialect.check_deep() {
        Some(bad) => Err(reader.source.table(reader.place_of(root, bad.number), bad)),
        None => Ok(Spec { dialect, profile: None, wire: reader.wire(root)? }),
    }
}

/// One entry of the file.
#[derive(Clone, Copy)]
struct Entry<'x, 'd> {
    node: Node<'x, 'd>,
    class: Class,
    tag: u8,
    length: u16,
}

type Entries<'x, 'd> = BTreeMap<u8, Entry<'x, 'd>>;

#[derive(Clone, Copy)]
struct Reader<'t> {
    source: Source<'t>,
}

impl Reader<'_> {
    /// `headerLength`: bytes in front of each message, which are taken off.
    fn wire(self, root: Node<'_, '_>) -> Result<Option<Wire>, SpecFault> {
        let Some(said) = root.attribute("headerLength") else { return Ok(None) };
        match said.trim().parse::<usize>() {
            Ok(0) => Ok(None),
            Ok(bytes) if bytes <= HEADER_BYTES_MAX => {
                Ok(Some(Wire { header: alloc::vec![0; bytes], ..Wire::default() }))
            }
            _ => {
                let (zh, en) = ("headerLength 应为 0 至 255", "headerLength must be 0 to 255");
                Err(self.fault(root, "", zh, en))
            }
        }
    }

    fn message(self, root: Node<'_, '_>) -> Result<Dialect, SpecFault> {
        let mut entries = self.entries(root, "")?;
        let mti = match entries.remove(&0).map(|entry| (entry.class, entry.length)) {
            Some((Class::Field(Shape { encoding, length: Length::Fixed, .. }), 4))
                if matches!(encoding, Encoding::Ascii | Encoding::BcdLeft | Encoding::Ebcdic) =>
            {
                encoding
            }
            _ => {
                let (zh, en) = (
                    "域 0 应为 4 位报文类型（IFA_NUMERIC、IFB_NUMERIC 或 IFE_NUMERIC）",
                    "field 0 must be the message type: 4 digits, IFA_NUMERIC, IFB_NUMERIC or IFE_NUMERIC",
                );
                return Err(self.fault(root, "0", zh, en));
            }
        };
        let at = match root.attribute("bitmapField") {
            Some(n) => n.parse().unwrap_or(1),
            None => 1,
        };
        let (form, length) = match entries.remove(&at) {
            Some(Entry { class: Class::Bitmap(form), length, .. }) => (form, length),
            _ => return Err(self.fault(root, &at.to_string(), "此域应为位图", "this field must be the bitmap")),
        };
        let bitmap = match form {
            Encoding::Binary => Bitmap::Binary,
            Encoding::Hex => Bitmap::Hex,
            _ => Bitmap::HexEbcdic,
        };
        let highest = entries.keys().next_back().copied().unwrap_or(2);
        let last = match (highest, length) {
            (129.., _) | (_, 17..) => 192,
            (65.., _) | (_, 9..) => 128,
            _ => 64,
        };
        if let (Some(entry), true) = (entries.get(&65), last > 128)
            && matches!(entry.class, Class::Bitmap(_))
        {
            let (zh, en) = ("不支持放在域 65 中的第三位图", "a third bitmap inside field 65 is not supported");
            return Err(self.fault(entry.node, "65", zh, en));
        }
        let (rows, nested) = self.rows(&entries, "", DEPTH_MAX)?;
        let name = root.attribute("name").unwrap_or("jpos-xml");
        Ok(Dialect::of_rows(kept(name), Some(mti), bitmap, last, rows, nested))
    }

    /// The children of `node` by field number; of two with one number the later.
    fn entries<'x, 'd>(self, node: Node<'x, 'd>, path: &str) -> Result<Entries<'x, 'd>, SpecFault> {
        let mut entries = BTreeMap::new();
        for child in node.children().filter(Node::is_element) {
            let element = child.tag_name().name();
            if !matches!(element, "isofield" | "isofieldpackager") {
                let zh = format!("不认识元素 {element}；可用：isofield、isofieldpackager");
                return Err(self.fault(
                    child,
                    path,
                    zh,
                    format!("element {element} is not known; there are: isofield, isofieldpackager"),
                ));
            }
            let said = child.attribute("id").unwrap_or_default();
            let Some(n) = said.parse::<u8>().ok().filter(|n| *n <= 192) else {
                return Err(self.fault(child, path, "id 应为数字 0 至 192", "id must be a number, 0 to 192"));
            };
            let own = under(path, n);
            let name = child.attribute("class").unwrap_or_default();
            let Some((class, tag)) = class(name) else {
                // The name of a class is no card data, but a file may hold anything.
                let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
                let (zh, en) = (format!("不认识的类 {name}"), format!("class {name} is not known"));
                return Err(self.fault(child, &own, zh, en));
            };
            let length = child.attribute("length").and_then(|said| said.trim().parse::<u16>().ok());
            let Some(length) = length else {
                return Err(self.fault(child, &own, "length 应为数字", "length must be a number"));
            };
            entries.insert(n, Entry { node: child, class, tag, length });
        }
        Ok(entries)
    }

    fn rows(self, entries: &Entries<'_, '_>, path: &str, depth: usize) -> Result<(Vec<Field>, Vec<Nested>), SpecFault> {
        let (mut rows, mut nested) = (Vec::new(), Vec::new());
        for (n, entry) in entries {
            let own = under(path, *n);
            let shape = match entry.class {
                Class::Field(shape) => shape,
                Class::Nothing => continue,
                Class::Bitmap(_) => {
                    return Err(self.fault(entry.node, &own, "此处不能有位图", "there can be no bitmap here"));
                }
            };
            let mut row = row(*n, entry, shape, !path.is_empty());
            if entry.node.tag_name().name() == "isofieldpackager"
                && let Some(parts) = self.parts(*n, entry.node, &own, depth)?
            {
                // What its parts must cover, the whole must not show.
                if parts.parts.rows().iter().any(|row| !matches!(row.cover, Cover::Open | Cover::Free)) {
                    row.cover = Cover::Secret;
                }
                nested.push(parts);
            }
            rows.push(row);
        }
        Ok((rows, nested))
    }

    fn parts(self, n: u8, node: Node<'_, '_>, path: &str, depth: usize) -> Result<Option<Nested>, SpecFault> {
        if depth == 0 {
            return Err(self.fault(node, path, "子域嵌套过深", "parts are nested too deep"));
        }
        let packager = node.attribute("packager").unwrap_or_default();
        let packager = packager.rsplit('.').next().unwrap_or_default();
        // Tag-length-value inside: read as such wherever it is shown.
        if packager.to_ascii_uppercase().contains("TLV") {
            return Ok(None);
        }
        const KNOWN: [&str; 4] =
            ["GenericSubFieldPackager", "GenericPackager", "Base1SubFieldPackager", "GenericTaggedFieldsPackager"];
        if !KNOWN.contains(&packager) {
            let name: String = packager.chars().filter(|c| !c.is_control()).take(80).collect();
            let (zh, en) = (format!("不认识的子域类 {name}"), format!("packager {name} is not known"));
            return Err(self.fault(node, path, zh, en));
        }
        let mut entries = self.entries(node, path)?;
        let at = entries.iter().find(|(_, entry)| matches!(entry.class, Class::Bitmap(_))).map(|(n, _)| *n);
        let map = at.and_then(|at| entries.remove(&at));
        let emitted = node.attribute("emitBitmap").is_none_or(|said| said.eq_ignore_ascii_case("true"));
        let tag = entries.values().map(|entry| entry.tag).max().unwrap_or(0);
        let bitmap = match map {
            Some(Entry { class: Class::Bitmap(form), length, .. }) if emitted => match (form, length) {
                (Encoding::Binary, 0..=7) => Bitmap::Short(length.max(1) as u8),
                (Encoding::Binary, _) => Bitmap::Binary,
                (Encoding::Hex, _) => Bitmap::Hex,
                _ => Bitmap::HexEbcdic,
            },
            _ if tag > 0 => Bitmap::Tagged(tag),
            _ => Bitmap::Positional,
        };
        if tag > 0 && entries.values().any(|entry| entry.tag != tag) {
            let (zh, en) = ("标签长度不一", "tags of different lengths");
            return Err(self.fault(node, path, zh, en));
        }
        let (rows, nested) = self.rows(&entries, path, depth - 1)?;
        let highest = rows.last().map_or(1, |row| row.number);
        let last = match bitmap {
            Bitmap::Short(bytes) => bytes * 8,
            Bitmap::Positional | Bitmap::Tagged(_) => 192,
            _ if highest > 64 => 128,
            _ => 64,
        };
        let parts = Dialect::of_rows(kept(path), None, bitmap, last, rows, nested);
        match parts.check() {
            None => Ok(Some(Nested { field: n, parts })),
            Some(bad) => {
                let own = if bad.number == 0 { path.to_string() } else { under(path, bad.number) };
                Err(self.fault(node, &own, bad.what_zh, bad.what))
            }
        }
    }

    /// Where the file speaks of field `n`.
    fn place_of(self, root: Node<'_, '_>, n: u8) -> usize {
        let own = |node: &Node<'_, '_>| node.attribute("id").is_some_and(|id| id.parse() == Ok(n));
        root.children().rfind(own).unwrap_or(root).range().start
    }

    fn fault(self, node: Node<'_, '_>, path: &str, zh: impl Into<String>, en: impl Into<String>) -> SpecFault {
        self.source.fault(node.range().start, path, zh, en)
    }
}

fn under(path: &str, n: u8) -> String {
    if path.is_empty() { n.to_string() } else { format!("{path}.{n}") }
}

fn row(n: u8, entry: &Entry<'_, '_>, shape: Shape, in_parts: bool) -> Field {
    let Shape { mut kind, mut encoding, length, mut pad } = shape;
    // Tracks are digits for jPOS, but their separator is none.
    if !in_parts && matches!(n, 35 | 36) && kind == Kind::N {
        kind = Kind::Z;
    }
    // Files in the field call a code of hexadecimal letters numeric.
    if !in_parts && matches!(n, 64 | 128) && kind == Kind::N && encoding != Encoding::BcdLeft {
        kind = Kind::An;
    }
    if encoding == Encoding::BcdLeft
        && entry.node.attribute("pad").is_some_and(|said| said.eq_ignore_ascii_case("true"))
    {
        encoding = Encoding::BcdRight;
        // Its nibble in front is a zero in every class.
        if pad == Pad::NibbleF {
            pad = if length == Length::Fixed { Pad::Zeros } else { Pad::None };
        }
    }
    let said = entry.node.attribute("name").unwrap_or_default();
    let name = kept(if said.trim().is_empty() { "unnamed" } else { said });
    let (cover, name) = (cover_of(n, kind, length, in_parts), Name { zh: name, en: name });
    let mut row = Field { number: n, kind, encoding, length, max: entry.length, pad, cover, name };
    // Files in the field name maxima that their own length cannot say; what it can say is what goes over the wire.
    if let Length::Var { digits, prefix, .. } = length {
        let says = if prefix == Prefix::Binary {
            (1u32 << (8 * u32::from(digits))) - 1
        } else {
            10u32.pow(u32::from(digits)) - 1
        };
        let units = row.count_of(says as usize).or_else(|| row.count_of(says as usize - 1)).unwrap_or(1);
        row.max = row.max.min(u16::try_from(units).unwrap_or(u16::MAX));
    }
    row
}

//! A dialect from an XML file as jPOS's `GenericPackager` reads it: `isopackager`, `isofield`, `isofieldpackager` with parts.
//! As there, the last of two entries for one field counts. A class that is not known is a fault: to guess a shape is to misread money.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use roxmltree::{Document, Node, ParsingOptions};

use super::advice;
use super::classes::{Class, Shape, Tag, class};
use super::parts::Inside;
use super::words::{cover_by_name, cover_of};
use super::{Source, Spec, SpecFault, kept};
use crate::check::DEPTH_MAX;
use crate::dialect::{Bitmap, Cover, Dialect, Encoding, Field, Kind, Length, Nested, Pad, Prefix};
use crate::fault::Name;
use crate::wire::Wire;

/// Elements of a file at most.
const NODES_MAX: u32 = 20_000;
/// Characters behind a tag of two digits that a length of two digits counts.
const COUNTED_MAX: u16 = 97;
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
pub(super) struct Entry<'x, 'd> {
    pub(super) node: Node<'x, 'd>,
    pub(super) class: Class,
    pub(super) tag: Tag,
    pub(super) length: u16,
}

pub(super) type Entries<'x, 'd> = BTreeMap<u8, Entry<'x, 'd>>;

/// Reads elements; the parts of a field are read in `parts`.
#[derive(Clone, Copy)]
pub(super) struct Reader<'t> {
    pub(super) source: Source<'t>,
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
            other => {
                let (zh, en) = advice::FOR_NO_BITMAP;
                return Err(self.fault(other.map_or(root, |entry| entry.node), &at.to_string(), zh, en));
            }
        };
        if root.attribute("emitBitmap").is_some_and(|said| said.trim().eq_ignore_ascii_case("false")) {
            let (zh, en) = ("没有位图的报文不支持", "messages without a bitmap are not supported");
            return Err(self.fault(root, "", zh, en));
        }
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
            && matches!(entry.class, Class::Bitmap(_) | Class::Standalone(_))
        {
            let (zh, en) = advice::FOR_THIRD_BITMAP;
            return Err(self.fault(entry.node, "65", zh, en));
        }
        let (rows, nested) = self.rows(&entries, "", DEPTH_MAX)?;
        let name = root.attribute("name").unwrap_or("jpos-xml");
        Ok(Dialect::of_rows(kept(name), Some(mti), bitmap, last, rows, nested))
    }

    /// The children of `node` by field number; of two with one number the later.
    pub(super) fn entries<'x, 'd>(self, node: Node<'x, 'd>, path: &str) -> Result<Entries<'x, 'd>, SpecFault> {
        let mut entries = BTreeMap::new();
        for child in node.children().filter(Node::is_element) {
            let element = child.tag_name().name();
            // They look at values, not at how a field is written.
            if matches!(element, "isovalidator" | "isofieldvalidator" | "property") {
                continue;
            }
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
            // Old files say `type`.
            let name = child.attribute("class").or_else(|| child.attribute("type")).unwrap_or_default();
            let Some((class, tag)) = class(name) else {
                // The name of a class is no card data, but a file may hold anything.
                let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
                let (zh, en) = advice::for_class(&name);
                let (zh, en) = (format!("不认识的类 {name}；{zh}"), format!("class {name} is not known; {en}"));
                return Err(self.fault(child, &own, zh, en));
            };
            // More than a frame can hold is as good as that.
            let length = child.attribute("length").and_then(|said| said.trim().parse::<u32>().ok());
            let length = length.map(|length| u16::try_from(length).unwrap_or(u16::MAX));
            let Some(length) = length else {
                return Err(self.fault(child, &own, "length 应为数字", "length must be a number"));
            };
            entries.insert(n, Entry { node: child, class, tag, length });
        }
        Ok(entries)
    }

    pub(super) fn rows(
        self,
        entries: &Entries<'_, '_>,
        path: &str,
        depth: usize,
    ) -> Result<(Vec<Field>, Vec<Nested>), SpecFault> {
        let (mut rows, mut nested) = (Vec::new(), Vec::new());
        for (n, entry) in entries {
            let own = under(path, *n);
            let shape = match entry.class {
                Class::Field(shape) => shape,
                Class::Standalone(form) if entry.length <= 8 => Class::bits(form),
                Class::Standalone(_) => {
                    let (zh, en) =
                        ("单独的位图应为 8 字节：length=\"8\"", "a standalone bitmap has 8 bytes: length=\"8\"");
                    return Err(self.fault(entry.node, &own, zh, en));
                }
                Class::Nothing => continue,
                Class::Bitmap(_) => {
                    return Err(self.fault(entry.node, &own, "此处不能有位图", "there can be no bitmap here"));
                }
            };
            let mut row = row(*n, entry, shape, !path.is_empty());
            if entry.node.tag_name().name() == "isofieldpackager" {
                match self.parts(*n, entry.node, &own, depth)? {
                    Inside::Parts(parts) => {
                        // What its parts must cover, the whole must not show.
                        if parts.parts.rows().iter().any(|row| !matches!(row.cover, Cover::Open | Cover::Free)) {
                            row.cover = Cover::Secret;
                        }
                        nested.push(parts);
                    }
                    Inside::Objects => {}
                    Inside::Unknown => row.cover = Cover::Secret,
                }
            }
            rows.push(row);
        }
        Ok((rows, nested))
    }

    /// Where the file speaks of field `n`.
    fn place_of(self, root: Node<'_, '_>, n: u8) -> usize {
        let own = |node: &Node<'_, '_>| node.attribute("id").is_some_and(|id| id.parse() == Ok(n));
        root.children().rfind(own).unwrap_or(root).range().start
    }

    pub(super) fn fault(
        self,
        node: Node<'_, '_>,
        path: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> SpecFault {
        self.source.fault(node.range().start, path, zh, en)
    }
}

/// The path of part `n` of `path`.
pub(super) fn under(path: &str, n: u8) -> String {
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
    let (cover, name) = (cover_by_name(name, cover_of(n, kind, length, in_parts)), Name { zh: name, en: name });
    // Bits are eight bytes, however few a file says.
    let max = if matches!(entry.class, Class::Standalone(_)) { 8 } else { entry.length };
    let mut row = Field { number: n, kind, encoding, length, max, pad, cover, name };
    if entry.tag.counted {
        row.max = row.max.min(COUNTED_MAX);
    }
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

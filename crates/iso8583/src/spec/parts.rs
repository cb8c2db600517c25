//! The parts of a field in a packager file: which class reads them says where a bitmap stands, which part comes first, what stands
//! in front of each.

use alloc::format;
use alloc::string::{String, ToString};

use roxmltree::Node;

use super::classes::Class;
use super::xml::{Entries, Entry, Reader, under};
use super::{SpecFault, advice, kept};
use crate::dialect::{Bitmap, Dialect, Encoding, Nested};

/// Classes that read parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Packager {
    /// The file says where the bitmap is and what comes first.
    Generic,
    /// The same, each part with its number in front.
    Tagged,
    /// A bitmap if the first entry is one; else all from 0 on.
    Base1,
    /// All from 0 on.
    Listed,
    /// Entry 0 as it is, then parts with their numbers.
    Euro,
    /// Objects with tags of their own: the field is read whole, and taken apart wherever it is shown.
    Objects,
    /// Sets of objects: the field is read whole.
    Sets,
}

/// What is inside a field.
pub(super) enum Inside {
    /// Parts.
    Parts(Nested),
    /// Objects that are known by their tags.
    Objects,
    /// Nobody knows; not to be shown.
    Unknown,
}

fn packager(name: &str) -> Option<Packager> {
    Some(match name {
        "GenericSubFieldPackager" | "GenericPackager" => Packager::Generic,
        "GenericTaggedFieldsPackager" => Packager::Tagged,
        "Base1SubFieldPackager" => Packager::Base1,
        "CTCSubFieldPackager" => Packager::Listed,
        "EuroSubFieldPackager" => Packager::Euro,
        "DatasetPackager" => Packager::Sets,
        "ICCDataPackager" => Packager::Objects,
        _ if name.to_ascii_uppercase().contains("TLV") => Packager::Objects,
        _ => return None,
    })
}

/// What the element says of parts, as far as its class listens.
#[derive(Clone, Copy)]
struct Said {
    packager: Packager,
    emits: Option<bool>,
    first: Option<u8>,
}

impl Said {
    /// Whether the bitmap in entry `at` is read as one.
    fn emits(self, at: u8) -> bool {
        match self.packager {
            Packager::Generic | Packager::Tagged => self.emits != Some(false),
            Packager::Base1 => at == 0,
            Packager::Listed | Packager::Euro | Packager::Objects | Packager::Sets => false,
        }
    }

    /// The lowest number that is read. By itself entry 0 is taken for a message type, and parts have none.
    fn first(self, entries: &Entries<'_, '_>, bitmap: bool) -> u8 {
        match (self.packager, self.first) {
            (Packager::Generic | Packager::Tagged, Some(first)) => first,
            (Packager::Generic, None) if self.emits.is_none() && !bitmap => 0,
            (Packager::Generic | Packager::Tagged, None) => {
                let whole = entries.get(&0).is_some_and(|entry| entry.node.tag_name().name() == "isofieldpackager");
                let second = entries.get(&1).is_some_and(|entry| matches!(entry.class, Class::Bitmap(_)));
                match (whole || entries.keys().all(|n| *n == 0), second) {
                    (true, _) => 0,
                    (_, true) => 2,
                    _ => 1,
                }
            }
            _ => 0,
        }
    }
}

impl Reader<'_> {
    /// What is inside field `n`, which `node` describes.
    pub(super) fn parts(self, n: u8, node: Node<'_, '_>, path: &str, depth: usize) -> Result<Inside, SpecFault> {
        if depth == 0 {
            return Err(self.fault(node, path, "子域嵌套过深", "parts are nested too deep"));
        }
        let said = self.said(node, path)?;
        match said.packager {
            Packager::Objects => return Ok(Inside::Objects),
            Packager::Sets => return Ok(Inside::Unknown),
            _ => {}
        }
        let mut entries = self.entries(node, path)?;
        let at = entries.iter().find(|(_, entry)| matches!(entry.class, Class::Bitmap(_))).map(|(n, _)| *n);
        let first = said.first(&entries, at.is_some());
        let map = at.filter(|at| said.emits(*at)).and_then(|at| entries.remove(&at));
        entries.retain(|n, entry| {
            // What has no length is a place holder; what a bitmap cannot announce is not there.
            *n >= first && (*n > 0 || map.is_none()) && (entry.length > 0 || bits_of(entry).is_some())
        });
        self.as_bytes(&mut entries, path)?;
        let bitmap = match map {
            Some(Entry { class: Class::Bitmap(form), length, .. }) => match (form, length) {
                (Encoding::Binary, 0..=7) => Bitmap::Short(length.max(1) as u8),
                (Encoding::Binary, _) => Bitmap::Binary,
                (Encoding::Hex, _) => Bitmap::Hex,
                _ => Bitmap::HexEbcdic,
            },
            _ => self.in_front(node, path, said.packager, &entries)?,
        };
        let (rows, nested) = self.rows(&entries, path, depth - 1)?;
        let highest = rows.last().map_or(1, |row| row.number);
        let last = match bitmap {
            Bitmap::Short(bytes) => bytes * 8,
            Bitmap::Positional | Bitmap::Tagged(_) | Bitmap::Counted(_) => 192,
            _ if highest > 64 => 128,
            _ => 64,
        };
        let parts = Dialect::of_rows(kept(path), None, bitmap, last, rows, nested);
        match parts.check() {
            None => Ok(Inside::Parts(Nested { field: n, parts })),
            Some(bad) => {
                let own = if bad.number == 0 { path.to_string() } else { under(path, bad.number) };
                Err(self.fault(node, &own, bad.what_zh, bad.what))
            }
        }
    }

    fn said(self, node: Node<'_, '_>, path: &str) -> Result<Said, SpecFault> {
        let name = node.attribute("packager").unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default();
        let Some(packager) = packager(name) else {
            let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
            let (zh, en) = advice::FOR_PACKAGER;
            let (zh, en) = (format!("不认识的子域类 {name}；{zh}"), format!("packager {name} is not known; {en}"));
            return Err(self.fault(node, path, zh, en));
        };
        let first = match node.attribute("firstField").map(|said| said.trim().parse::<u8>()) {
            None => None,
            Some(Ok(first)) => Some(first),
            Some(Err(_)) => {
                let (zh, en) = ("firstField 应为数字 0 至 192", "firstField must be a number, 0 to 192");
                return Err(self.fault(node, path, zh, en));
            }
        };
        let emits = node.attribute("emitBitmap").map(|said| said.trim().eq_ignore_ascii_case("true"));
        Ok(Said { packager, emits, first })
    }

    /// Bitmaps that are not read as such are eight bytes of content.
    fn as_bytes(self, entries: &mut Entries<'_, '_>, path: &str) -> Result<(), SpecFault> {
        for (n, entry) in entries {
            let Some(form) = bits_of(entry) else { continue };
            if entry.length > 8 {
                let (zh, en) = (
                    "不作位图读取的位图应为 8 字节：length=\"8\"",
                    "a bitmap that is not read as one has 8 bytes: length=\"8\"",
                );
                return Err(self.fault(entry.node, &under(path, *n), zh, en));
            }
            entry.class = Class::Standalone(form);
        }
        Ok(())
    }

    /// What stands in front of each part where no bitmap does.
    fn in_front(
        self,
        node: Node<'_, '_>,
        path: &str,
        packager: Packager,
        entries: &Entries<'_, '_>,
    ) -> Result<Bitmap, SpecFault> {
        let euro = packager == Packager::Euro;
        let mut tags = entries.iter().filter(|(n, _)| !euro || **n > 0).map(|(_, entry)| entry.tag);
        let Some(tag) = tags.next() else { return Ok(Bitmap::Positional) };
        if tags.any(|other| other != tag) {
            return Err(self.fault(node, path, "标签长度不一", "tags of different lengths"));
        }
        match (tag.digits, tag.counted, euro && entries.contains_key(&0)) {
            (0, _, _) if !euro => Ok(Bitmap::Positional),
            (digits, true, _) => Ok(Bitmap::Counted(digits)),
            (1.., false, false) => Ok(Bitmap::Tagged(tag.digits)),
            _ => {
                let (zh, en) = (
                    "子域 0 之后各子域应为 IFEP_LLCHAR；否则请把此域写成没有子域的 isofield",
                    "behind part 0 the parts must be IFEP_LLCHAR; else write this field as an isofield without parts",
                );
                Err(self.fault(node, path, zh, en))
            }
        }
    }
}

fn bits_of(entry: &Entry<'_, '_>) -> Option<Encoding> {
    if let Class::Bitmap(form) = entry.class { Some(form) } else { None }
}

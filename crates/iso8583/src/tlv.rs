//! Tag-length-value data (BER, as chips write it): field 55 and whatever else is built that way.
//! Repeated, unknown and oddly written objects are kept byte for byte and in order, so that what is written again is what was
//! read. Depth and number of objects are limited: bytes of a stranger must not choose how much work they cause.

use alloc::vec::Vec;

use crate::fault::{Fault, Path, Rule, clip};

/// Objects inside objects at most.
pub const TLV_DEPTH_MAX: u8 = 8;
/// Objects of one field at most.
pub const TLV_OBJECTS_MAX: usize = 1_024;
/// Bytes of a tag at most.
const TAG_BYTES_MAX: usize = 4;

/// One object, or the filling between two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// Offset of its first byte.
    pub at: usize,
    /// 0 at the top, 1 inside an object there, and so on.
    pub depth: u8,
    /// The tag as sent; empty for filling (bytes 00 between objects).
    pub tag: &'a [u8],
    /// The content; of a constructed object, its objects, which follow one deeper.
    pub value: &'a [u8],
    /// Tag and length as sent, or the filling.
    head: &'a [u8],
}

impl Object<'_> {
    /// Does it consist of objects?
    #[must_use]
    pub fn constructed(&self) -> bool {
        self.tag.first().is_some_and(|b| b & 0x20 != 0)
    }

    /// The tag as a number, e.g. `0x9F26`.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.tag.iter().fold(0, |n, b| n << 8 | u32::from(*b))
    }
}

/// Prints tags and lengths: values may be card data.
impl core::fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:X}({})", self.number(), self.value.len())
    }
}

/// The objects of one field, outermost first, each directly before those inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    objects: Vec<Object<'a>>,
}

impl<'a> Tlv<'a> {
    /// Reads `raw`. `path` is named in a fault; offsets count from the start of `raw`.
    ///
    /// # Errors
    /// `Tag` where a tag is cut or too long, `LengthForm` for a length that EMV does not allow, `Short` where content is
    /// missing, `Long` and `Deep` over the limits.
    pub fn parse(raw: &'a [u8], path: Path) -> Result<Tlv<'a>, Fault> {
        let mut objects = Vec::new();
        // Where the objects that are open end; a stack of fixed size instead of calls.
        let mut ends = [raw.len(); TLV_DEPTH_MAX as usize + 1];
        let (mut depth, mut at) = (0u8, 0);
        loop {
            let end = ends[usize::from(depth)];
            if at == end {
                if depth == 0 {
                    return Ok(Tlv { objects });
                }
                depth -= 1;
                continue;
            }
            if objects.len() == TLV_OBJECTS_MAX {
                let rule = Rule::Long { got: clip(TLV_OBJECTS_MAX + 1), max: clip(TLV_OBJECTS_MAX) };
                return Err(Fault::new(path, at, rule));
            }
            let object = next(raw.get(..end).unwrap_or_default(), at, depth, path)?;
            objects.push(object);
            at += object.head.len();
            if object.constructed() && !object.value.is_empty() {
                if depth == TLV_DEPTH_MAX {
                    return Err(Fault::new(path, object.at, Rule::Deep { max: u32::from(TLV_DEPTH_MAX) }));
                }
                depth += 1;
                ends[usize::from(depth)] = at + object.value.len();
            } else {
                at += object.value.len();
            }
        }
    }

    /// All objects in order, filling left out.
    pub fn objects(&self) -> impl Iterator<Item = &Object<'a>> {
        self.objects.iter().filter(|object| !object.tag.is_empty())
    }

    /// The objects with this tag at any depth, in order, repeated ones too.
    pub fn all(&self, tag: u32) -> impl Iterator<Item = &Object<'a>> {
        self.objects().filter(move |object| object.number() == tag)
    }

    /// The first object with this tag at any depth.
    #[must_use]
    pub fn first(&self, tag: u32) -> Option<&'a [u8]> {
        self.all(tag).next().map(|object| object.value)
    }

    /// Writes everything again, as it was read.
    pub fn write(&self, out: &mut Vec<u8>) {
        for object in &self.objects {
            out.extend_from_slice(object.head);
            if !object.constructed() {
                out.extend_from_slice(object.value);
            }
        }
    }
}

fn next<'a>(raw: &'a [u8], at: usize, depth: u8, path: Path) -> Result<Object<'a>, Fault> {
    let rest = raw.get(at..).unwrap_or_default();
    let fill = rest.iter().take_while(|b| **b == 0).count();
    if fill > 0 {
        let head = rest.get(..fill).unwrap_or_default();
        return Ok(Object { at, depth, tag: &[], value: &[], head });
    }
    let wide = tag_bytes(rest).ok_or(Fault::new(path, at, Rule::Tag))?;
    let (tag, after) = rest.split_at_checked(wide).unwrap_or_default();
    let from = at + wide;
    let short = |need: usize, left: usize| Fault::new(path, from, Rule::Short { need: clip(need), left: clip(left) });
    let first = *after.first().ok_or_else(|| short(1, 0))?;
    // 80 would be a length without end, which a bounded message cannot have; no content here needs four bytes of length.
    let more = match first {
        0..=0x7F => 0,
        0x81..=0x83 => usize::from(first & 0x7F),
        _ => return Err(Fault::new(path, from, Rule::LengthForm)),
    };
    let bytes = after.get(1..=more).ok_or_else(|| short(1 + more, after.len()))?;
    let len = if more == 0 { usize::from(first) } else { bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b)) };
    let content = after.get(1 + more..).unwrap_or_default();
    let Some(value) = content.get(..len) else {
        let rule = Rule::Short { need: clip(len), left: clip(content.len()) };
        return Err(Fault::new(path, from + 1 + more, rule));
    };
    let head = rest.get(..wide + 1 + more).unwrap_or_default();
    Ok(Object { at, depth, tag, value, head })
}

/// Bytes of the tag at the front: five low bits set say that more follow, as long as each has its top bit set.
fn tag_bytes(rest: &[u8]) -> Option<usize> {
    let (first, more) = rest.split_first()?;
    if first & 0x1F != 0x1F {
        return Some(1);
    }
    let last = more.iter().take(TAG_BYTES_MAX - 1).position(|b| b & 0x80 == 0)?;
    Some(last + 2)
}

/// Appends one object with the shortest length form. `tag` as a number, e.g. `0x9F26`.
pub fn put(out: &mut Vec<u8>, tag: u32, value: &[u8]) {
    let bytes = tag.to_be_bytes();
    let from = bytes.iter().position(|b| *b != 0).unwrap_or(3);
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    match value.len() {
        len @ 0..=0x7F => out.push(len as u8),
        len @ 0x80..=0xFF => out.extend_from_slice(&[0x81, len as u8]),
        len @ 0x100..=0xFFFF => out.extend_from_slice(&[0x82, (len >> 8) as u8, len as u8]),
        len => out.extend_from_slice(&[0x83, (len >> 16) as u8, (len >> 8) as u8, len as u8]),
    }
    out.extend_from_slice(value);
}

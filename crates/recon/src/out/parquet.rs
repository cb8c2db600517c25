//! Parquet, as little of it as columns of numbers and texts need: plain encoding, no compression, one page a column and row group. Any
//! reader of the format reads it. Must never be taken for a general writer.
//!
//! ```text
//!   PAR1 │ row group: column page … column page │ row group … │ footer (Thrift, compact) │ its length │ PAR1
//! ```

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// The values of one column of one row group. None is a null.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Values {
    /// Whole numbers, of fen or pieces.
    Int(Vec<Option<i64>>),
    /// Days since 1970-01-01.
    Day(Vec<Option<i32>>),
    /// UTF-8.
    Text(Vec<Option<String>>),
}

/// One column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub values: Values,
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Int(values) => values.len(),
            Self::Day(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Physical type; and what it means, if more.
    const fn kind(&self) -> (i32, Option<i32>) {
        match self {
            Self::Int(_) => (2, None),
            Self::Day(_) => (1, Some(6)),
            Self::Text(_) => (6, Some(0)),
        }
    }

    /// Which values are there, bit by bit, then those that are.
    fn page(&self) -> Vec<u8> {
        let (mut there, mut plain) = (Vec::new(), Vec::new());
        match self {
            Self::Int(values) => {
                there.extend(values.iter().map(Option::is_some));
                values.iter().flatten().for_each(|value| plain.extend(value.to_le_bytes()));
            }
            Self::Day(values) => {
                there.extend(values.iter().map(Option::is_some));
                values.iter().flatten().for_each(|value| plain.extend(value.to_le_bytes()));
            }
            Self::Text(values) => {
                there.extend(values.iter().map(Option::is_some));
                for value in values.iter().flatten() {
                    plain.extend(size(value.len()).to_le_bytes());
                    plain.extend(value.as_bytes());
                }
            }
        }
        let mut levels = Vec::new();
        varint(&mut levels, (there.len().div_ceil(8) as u64) << 1 | 1);
        levels.extend(
            there
                .chunks(8)
                .map(|eight| eight.iter().enumerate().fold(0_u8, |byte, (at, there)| byte | u8::from(*there) << at)),
        );
        let mut page = size(levels.len()).to_le_bytes().to_vec();
        page.extend(levels);
        page.extend(plain);
        page
    }
}

/// Pages and texts stay far below four thousand million bytes: a row group has a bounded number of rows.
fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

struct Chunk {
    at: u64,
    bytes: u64,
    rows: u64,
}

/// A file being written, row group by row group; what a call gives out goes to the disk in that order.
#[derive(Default)]
pub struct Parquet {
    written: u64,
    schema: Vec<(&'static str, i32, Option<i32>)>,
    groups: Vec<Vec<Chunk>>,
}

impl Parquet {
    /// The bytes of one row group; the first call fixes the columns. None: the columns are others, or of unequal length, or there are
    /// none.
    pub fn rows(&mut self, columns: &[Column]) -> Option<Vec<u8>> {
        let schema: Vec<_> =
            columns.iter().map(|column| (column.name, column.values.kind().0, column.values.kind().1)).collect();
        let rows = columns.first()?.values.len();
        let equal = columns.iter().all(|column| column.values.len() == rows);
        if !equal || !self.schema.is_empty() && self.schema != schema {
            return None;
        }
        self.schema = schema;
        let mut bytes = if self.written == 0 { b"PAR1".to_vec() } else { Vec::new() };
        let mut chunks = Vec::new();
        for column in columns {
            let at = self.written + bytes.len() as u64;
            let page = column.values.page();
            let mut header = Thrift::default();
            header.int(1, 0);
            header.int(2, size(page.len()).into());
            header.int(3, size(page.len()).into());
            header.structure(5, |data| {
                data.int(1, rows as i64);
                data.int(2, 0);
                data.int(3, 3);
                data.int(4, 3);
            });
            bytes.extend(header.end());
            bytes.extend(page);
            chunks.push(Chunk { at, bytes: self.written + bytes.len() as u64 - at, rows: rows as u64 });
        }
        self.written += bytes.len() as u64;
        self.groups.push(chunks);
        Some(bytes)
    }

    /// The footer.
    pub fn end(self) -> Vec<u8> {
        let mut bytes = if self.written == 0 { b"PAR1".to_vec() } else { Vec::new() };
        let rows: u64 = self.groups.iter().filter_map(|group| group.first()).map(|chunk| chunk.rows).sum();
        let mut file = Thrift::default();
        file.int(1, 1);
        file.list(2, STRUCT, self.schema.len() + 1, |list| {
            list.element(|root| {
                root.text(4, "schema");
                root.int(5, self.schema.len() as i64);
            });
            for (name, physical, meaning) in &self.schema {
                list.element(|column| {
                    column.int(1, (*physical).into());
                    column.int(3, 1);
                    column.text(4, name);
                    if let Some(meaning) = meaning {
                        column.int(6, (*meaning).into());
                    }
                });
            }
        });
        file.long(3, rows);
        file.list(4, STRUCT, self.groups.len(), |list| {
            for group in &self.groups {
                list.element(|row_group| self.group(row_group, group));
            }
        });
        file.text(6, "slipway");
        let footer = file.end();
        bytes.extend(&footer);
        bytes.extend(size(footer.len()).to_le_bytes());
        bytes.extend(b"PAR1");
        bytes
    }

    fn group(&self, group: &mut Thrift, chunks: &[Chunk]) {
        group.list(1, STRUCT, chunks.len(), |list| {
            for (chunk, (name, physical, _)) in chunks.iter().zip(&self.schema) {
                list.element(|column| {
                    column.long(2, chunk.at);
                    column.structure(3, |meta| {
                        meta.int(1, (*physical).into());
                        meta.list(2, I32, 2, |list| {
                            list.zigzag(0);
                            list.zigzag(3);
                        });
                        meta.list(3, BINARY, 1, |list| list.bytes(name.as_bytes()));
                        meta.int(4, 0);
                        meta.long(5, chunk.rows);
                        meta.long(6, chunk.bytes);
                        meta.long(7, chunk.bytes);
                        meta.long(9, chunk.at);
                    });
                });
            }
        });
        group.long(2, chunks.iter().map(|chunk| chunk.bytes).sum());
        group.long(3, chunks.first().map_or(0, |chunk| chunk.rows));
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// One structure of Thrift's compact protocol; its fields come in rising order, less than sixteen apart.
#[derive(Default)]
struct Thrift {
    out: Vec<u8>,
    last: u8,
}

impl Thrift {
    fn field(&mut self, number: u8, kind: u8) {
        self.out.push((number - self.last) << 4 | kind);
        self.last = number;
    }

    fn zigzag(&mut self, value: i64) {
        varint(&mut self.out, (value << 1 ^ value >> 63).cast_unsigned());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        varint(&mut self.out, bytes.len() as u64);
        self.out.extend(bytes);
    }

    fn int(&mut self, number: u8, value: i64) {
        self.field(number, I32);
        self.zigzag(value);
    }

    fn long(&mut self, number: u8, value: u64) {
        self.field(number, I64);
        self.zigzag(value.cast_signed());
    }

    fn text(&mut self, number: u8, text: &str) {
        self.field(number, BINARY);
        self.bytes(text.to_owned().as_bytes());
    }

    fn structure(&mut self, number: u8, fill: impl FnOnce(&mut Self)) {
        self.field(number, STRUCT);
        self.element(fill);
    }

    fn list(&mut self, number: u8, of: u8, count: usize, fill: impl FnOnce(&mut Self)) {
        self.field(number, LIST);
        if count < 15 {
            self.out.push((count as u8) << 4 | of);
        } else {
            self.out.push(0xF0 | of);
            varint(&mut self.out, count as u64);
        }
        fill(self);
    }

    fn element(&mut self, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self { out: core::mem::take(&mut self.out), last: 0 };
        fill(&mut inner);
        self.out = inner.end();
    }

    fn end(mut self) -> Vec<u8> {
        self.out.push(0);
        self.out
    }
}

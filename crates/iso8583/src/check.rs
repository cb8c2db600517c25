//! Whether a dialect table is sound. Usable in a `const` assertion; a table of run time is asked before it is used.

use crate::dialect::{Bitmap, Counts, Dialect, Encoding, Field, Kind, Length, Pad, Prefix};

/// What is wrong with a dialect table, and in which row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// The field number of the row.
    pub number: u8,
    /// What is wrong.
    pub what: &'static str,
    /// 错在哪里。
    pub what_zh: &'static str,
}

type Said = (&'static str, &'static str);

/// Parts in parts in parts: more is nobody's message, and a table that deep could exhaust the stack.
pub(crate) const DEPTH_MAX: usize = 4;

impl Dialect {
    /// Looks for the first bad row; `None` when the table is sound. Usable in a `const` assertion.
    #[must_use]
    pub const fn check(&self) -> Option<TableFault> {
        if let Some((what, what_zh)) = bad_head(self) {
            return Some(TableFault { number: 0, what, what_zh });
        }
        let rows = self.rows();
        let mut i = 0;
        while i < rows.len() {
            let row = &rows[i];
            let before = if i == 0 { None } else { Some(rows[i - 1].number) };
            let bad = match bad_number(self, row.number, before) {
                Some(said) => Some(said),
                None => match self.bitmap {
                    Bitmap::Counted(digits) if row.number > 0 && !counted(row, digits) => Some((
                        "behind a tag that the length counts: characters, two ASCII digits of length, at most 99 with the tag",
                        "标签计入长度时：应为字符，长度为 2 位 ASCII 数字，连同标签不超过 99",
                    )),
                    _ => bad_row(row),
                },
            };
            if let Some((what, what_zh)) = bad {
                return Some(TableFault { number: row.number, what, what_zh });
            }
            i += 1;
        }
        None
    }

    /// The same with the tables of parts; their faults name the field they stand in.
    #[must_use]
    pub fn check_deep(&self) -> Option<TableFault> {
        self.check_to(DEPTH_MAX)
    }

    fn check_to(&self, depth: usize) -> Option<TableFault> {
        let fault = |number, what, what_zh| Some(TableFault { number, what, what_zh });
        if let Some(bad) = self.check() {
            return Some(bad);
        }
        self.nested.iter().find_map(|nested| {
            if self.field(nested.field).is_none() {
                return fault(nested.field, "parts of a field that is not in the table", "表中没有此域却有其子域");
            }
            if nested.parts.mti.is_some() {
                return fault(nested.field, "parts have no MTI", "子域没有报文类型");
            }
            if depth == 0 {
                return fault(nested.field, "parts are nested too deep", "子域嵌套过深");
            }
            let bad = nested.parts.check_to(depth - 1)?;
            fault(nested.field, bad.what, bad.what_zh)
        })
    }
}

const fn bad_head(dialect: &Dialect) -> Option<Said> {
    if !matches!(dialect.mti, None | Some(Encoding::BcdLeft | Encoding::Ascii | Encoding::Ebcdic)) {
        return Some(("mti must be packed, ASCII or EBCDIC", "报文类型应为 BCD、ASCII 或 EBCDIC"));
    }
    match dialect.bitmap {
        Bitmap::Positional | Bitmap::Tagged(_) | Bitmap::Counted(_) | Bitmap::Short(_) if dialect.mti.is_some() => {
            Some(("only parts of a field go without a whole bitmap", "只有子域可以没有完整位图"))
        }
        Bitmap::Tagged(digits) | Bitmap::Counted(digits) if digits == 0 || digits > 4 => {
            Some(("a tag has 1 to 4 digits", "标签应为 1 至 4 位数字"))
        }
        Bitmap::Short(bytes) if bytes == 0 || bytes > 8 || dialect.last > bytes * 8 => Some((
            "a short bitmap has 1 to 8 bytes, and a bit for each part",
            "短位图应为 1 至 8 字节，且每个子域有一位",
        )),
        _ if dialect.last > 192 => Some(("fields go up to 192", "域号最大为 192")),
        _ => None,
    }
}

const fn bad_number(dialect: &Dialect, n: u8, before: Option<u8>) -> Option<Said> {
    let low = if dialect.mti.is_some() { 2 } else { 0 };
    let in_order = match before {
        Some(before) => n > before,
        None => true,
    };
    let tag = match dialect.bitmap {
        Bitmap::Tagged(1) | Bitmap::Counted(1) => n > 9,
        Bitmap::Tagged(2) | Bitmap::Counted(2) => n > 99,
        Bitmap::Binary | Bitmap::Hex | Bitmap::HexEbcdic | Bitmap::Short(_) => n == 0,
        _ => false,
    };
    if !in_order || n < low || n > dialect.last || tag || dialect.continues(n) {
        return Some(("number out of order or range", "域号重复、次序不对或超出范围"));
    }
    None
}

const fn bad_row(row: &Field) -> Option<Said> {
    if row.max == 0 {
        return Some(("maximum of zero", "最大长度为零"));
    }
    if row.packed() && !matches!(row.kind, Kind::N | Kind::Z | Kind::X) {
        return Some(("only n, x and z can be packed", "只有 n、x、z 可以压缩"));
    }
    if matches!(row.kind, Kind::X) && row.max < 2 {
        return Some(("x needs a sign and a digit", "x 至少一位符号和一位数字"));
    }
    if matches!(row.kind, Kind::B) != matches!(row.encoding, Encoding::Binary | Encoding::Hex | Encoding::HexEbcdic) {
        return Some(("b must be binary or hex and nothing else may be", "b 应为二进制或十六进制文本，其他类型不可以"));
    }
    if matches!(row.pad, Pad::NibbleF) && !row.packed() {
        return Some(("only packed fields have a pad nibble", "只有压缩域有填充半字节"));
    }
    match row.length {
        Length::Fixed => None,
        Length::Var { digits, counts, prefix } => {
            if digits == 0 || digits > 6 || (matches!(prefix, Prefix::Binary) && digits > 2) {
                return Some((
                    "prefix must have 1 to 6 digits, or 1 to 2 bytes",
                    "长度前缀应为 1 至 6 位数字，或 1 至 2 字节",
                ));
            }
            if row.says_of(row.max as usize) > limit(digits, prefix) {
                return Some(("maximum does not fit the prefix", "最大长度超出长度前缀"));
            }
            if matches!(counts, Counts::Digits) && !row.packed() && !matches!(row.kind, Kind::B) {
                return Some(("only packed fields and bytes count digits", "只有压缩域和二进制域按位计长"));
            }
            if row.packed() && matches!(counts, Counts::Bytes) && !matches!(row.pad, Pad::NibbleF) {
                return Some((
                    "a packed field that counts bytes needs the pad nibble F",
                    "按字节计长的压缩域须以 F 填充",
                ));
            }
            None
        }
    }
}

/// Whether `row` can stand behind a tag of so many digits that its length counts.
const fn counted(row: &Field, digits: u8) -> bool {
    let length = matches!(row.length, Length::Var { digits: 2, prefix: Prefix::Ascii, counts: Counts::Bytes });
    length && !row.packed() && !matches!(row.kind, Kind::B) && row.max as u32 + digits as u32 <= 99
}

/// The largest number a prefix can say.
const fn limit(digits: u8, prefix: Prefix) -> usize {
    if matches!(prefix, Prefix::Binary) {
        return if digits == 1 { 0xFF } else { 0xFFFF };
    }
    10usize.pow(digits as u32) - 1
}

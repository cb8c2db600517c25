//! Why a foreign file is refused, and where.

use alloc::string::String;
use core::fmt;
use slipway_terms::BusinessDate;

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the messages below say what each is")]
pub enum Why {
    Byte,
    Long,
    Encoding,
    Quote,
    Missing,
    Blank,
    Formula,
    Rrn,
    Acquirer,
    Entry,
    Amount,
    Sign,
    Day,
    WrongDay { said: BusinessDate },
    Number { said: u64, want: u64 },
    Order,
    Doubled { first: u64 },
    Header,
    Trailer,
    Count { said: u64, found: u64 },
    Sum { said: i128, found: i128 },
    Checksum,
    Behind,
    Truncated,
    TooMany,
}

/// A fault with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignFault {
    /// Which line; 1 is the first.
    pub line: u64,
    /// Which cell (CSV) or byte (fixed columns and letters that cannot be), from 1; 0: the line as a whole.
    pub column: usize,
    /// What should stand there, if the layout says; else empty.
    pub field: &'static str,
    /// What is wrong.
    pub why: Why,
}

impl fmt::Display for ForeignFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (zh, en) = self.why.texts();
        let Self { line, column, field, .. } = self;
        match (column, field.is_empty()) {
            (0, _) => write!(f, "第 {line} 行：{zh} line {line}: {en}"),
            (_, true) => write!(f, "第 {line} 行第 {column} 列：{zh} line {line}, column {column}: {en}"),
            _ => write!(f, "第 {line} 行第 {column} 列（{field}）：{zh} line {line}, column {column} ({field}): {en}"),
        }
    }
}

impl core::error::Error for ForeignFault {}

impl Why {
    fn texts(self) -> (String, String) {
        use alloc::format;
        let (zh, en) = match self {
            Self::Byte => ("有控制字符", "a control character"),
            Self::Long => ("行太长", "the line is too long"),
            Self::Encoding => ("字符编码不符", "letters in another encoding"),
            Self::Quote => ("引号不成对", "a quotation mark that does not belong here"),
            Self::Missing => ("缺列", "the column is missing"),
            Self::Blank => ("空行", "a blank line"),
            Self::Formula => ("像公式的单元格", "a cell that a spreadsheet would run as a formula"),
            Self::Rrn => ("参考号须为 12 位", "a reference number has 12 characters"),
            Self::Acquirer => ("收单机构号有误", "not an acquirer's number"),
            Self::Entry => ("没有约定的交易种类", "a kind of entry that the layout does not know"),
            Self::Amount => ("金额有误", "not an amount"),
            Self::Sign => ("金额正负号与交易种类不符", "the sign does not belong to this kind of entry"),
            Self::Day => ("日期有误", "not a day"),
            Self::WrongDay { said } => {
                return (format!("日期 {said} 不是本文件的日期"), format!("{said} is not the day of this file"));
            }
            Self::Number { said, want } => {
                return (format!("序号 {said}，应为 {want}"), format!("number {said} where {want} should be"));
            }
            Self::Order => ("次序颠倒", "out of order"),
            Self::Doubled { first } => {
                return (format!("与第 {first} 行重复"), format!("stands in line {first} already"));
            }
            Self::Header => ("标题行与格式不符", "not the header that the layout says"),
            Self::Trailer => ("尾行有误", "the trailer cannot be read"),
            Self::Count { said, found } => {
                return (
                    format!("尾行 {said} 笔，实有 {found} 笔"),
                    format!("the trailer says {said} entries, there are {found}"),
                );
            }
            Self::Sum { said, found } => {
                return (
                    format!("尾行合计 {said} 分，实为 {found} 分"),
                    format!("the trailer says {said} fen, the lines sum to {found}"),
                );
            }
            Self::Checksum => ("校验和不符", "the checksum does not agree"),
            Self::Behind => ("尾行之后还有内容", "something stands behind the trailer"),
            Self::Truncated => ("文件不完整，到此中断", "the file ends too early, here"),
            Self::TooMany => ("行数过多", "too many lines"),
        };
        (zh.into(), en.into())
    }
}

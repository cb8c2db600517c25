//! What was wrong with the bytes or the values, said without repeating them.
//! A fault carries where (path, offset) and which rule; it must never carry field content, so it may be logged anywhere.

use core::fmt;

/// A text for people in both languages of the trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// 简体中文.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// Where in a message a fault lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The length in front of the frame, or the frame as a whole.
    Frame,
    /// TPDU (POS).
    Tpdu,
    /// The 6-byte POS header or the 46-byte CUPS header.
    Header,
    /// Message type.
    Mti,
    /// Primary or secondary bitmap.
    Bitmap,
    /// A field, 2..=128.
    Field(u8),
    /// A sub-field, e.g. 60.2.
    Sub(u8, u8),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Path::Frame => f.write_str("frame"),
            Path::Tpdu => f.write_str("tpdu"),
            Path::Header => f.write_str("header"),
            Path::Mti => f.write_str("mti"),
            Path::Bitmap => f.write_str("bitmap"),
            Path::Field(n) => write!(f, "{n}"),
            Path::Sub(n, s) => write!(f, "{n}.{s}"),
        }
    }
}

/// The rule that was broken. Numbers in it are lengths and limits, never content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `need` bytes wanted here, only `left` there.
    Short {
        /// bytes wanted
        need: u32,
        /// bytes left
        left: u32,
    },
    /// `got` units where the dialect allows `max`.
    Long {
        /// units found
        got: u32,
        /// units allowed
        max: u32,
    },
    /// A fixed or counted part has `got` units, not `want`.
    Size {
        /// units found
        got: u32,
        /// units wanted
        want: u32,
    },
    /// The length prefix holds something other than digits.
    LengthDigits,
    /// Content of a numeric field is not all digits.
    Digits,
    /// Content is not a sign (C or D) and digits.
    Signed,
    /// Content is not text of this dialect.
    Text,
    /// Content is not hexadecimal.
    Hex,
    /// Track content is not digits and separators.
    Track,
    /// The dialect has no such field.
    NoField,
    /// A field this message needs is not there.
    Missing,
    /// A field was given twice or out of ascending order.
    Order,
    /// Bytes are left over behind the last field.
    Trailing {
        /// bytes left over
        left: u32,
    },
    /// No framing of this dialect fits the first bytes.
    NoFraming,
    /// The frame's own length does not agree with the bytes.
    FrameLength {
        /// what the length says
        says: u32,
        /// what is there
        have: u32,
    },
    /// The value is outside what the trade allows (a STAN of 0, an impossible date, an unknown code …).
    Value,
    /// The dialect or the typed layer does not know this message kind.
    Kind,
    /// A length of chip data is written in a form that is not allowed.
    LengthForm,
    /// A tag of chip data is cut short or longer than 4 bytes.
    Tag,
    /// Objects inside objects, deeper than `max`.
    Deep {
        /// levels allowed
        max: u32,
    },
}

/// One fault: which part, at which byte (from the start of what was given), by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which part.
    pub path: Path,
    /// Byte offset, zero based.
    pub offset: u32,
    /// Which rule.
    pub rule: Rule,
}

impl Fault {
    /// A fault at `path`, byte `offset`.
    #[must_use]
    pub fn new(path: Path, offset: usize, rule: Rule) -> Fault {
        Fault { path, offset: clip(offset), rule }
    }

    /// The same fault seen from a buffer in which the message starts `by` bytes later.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> Fault {
        self.offset = self.offset.saturating_add(clip(by));
        self
    }

    /// 中文说明, same facts as `Display`.
    #[must_use]
    pub fn zh(&self) -> FaultZh {
        FaultZh(*self)
    }
}

/// Lengths are limited to a frame, so the cut is never taken in practice.
pub(crate) fn clip(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field {} at byte {}: ", self.path, self.offset)?;
        match self.rule {
            Rule::Short { need, left } => write!(f, "needs {need} bytes, {left} left"),
            Rule::Long { got, max } => write!(f, "length {got} is over the limit of {max}"),
            Rule::Size { got, want } => write!(f, "length {got}, must be {want}"),
            Rule::LengthDigits => f.write_str("length prefix is not decimal"),
            Rule::Digits => f.write_str("must be digits only"),
            Rule::Signed => f.write_str("must be C or D and digits"),
            Rule::Text => f.write_str("is not text of this dialect"),
            Rule::Hex => f.write_str("must be pairs of hexadecimal digits"),
            Rule::Track => f.write_str("is not track data"),
            Rule::NoField => f.write_str("the dialect has no such field"),
            Rule::Missing => f.write_str("this message needs it"),
            Rule::Order => f.write_str("out of ascending order or twice"),
            Rule::Trailing { left } => write!(f, "{left} bytes left over behind the last field"),
            Rule::NoFraming => f.write_str("no known framing fits"),
            Rule::FrameLength { says, have } => write!(f, "length says {says}, {have} bytes there"),
            Rule::Value => f.write_str("value is not allowed here"),
            Rule::Kind => f.write_str("message kind is not known"),
            Rule::LengthForm => f.write_str("this form of a length is not allowed"),
            Rule::Tag => f.write_str("tag is cut short or too long"),
            Rule::Deep { max } => write!(f, "nested deeper than {max} levels"),
        }
    }
}

/// [`Fault`] told in Chinese.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultZh(Fault);

impl fmt::Display for FaultZh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "域 {} 第 {} 字节：", self.0.path, self.0.offset)?;
        match self.0.rule {
            Rule::Short { need, left } => write!(f, "需要 {need} 字节，只剩 {left} 字节"),
            Rule::Long { got, max } => write!(f, "长度 {got} 超过上限 {max}"),
            Rule::Size { got, want } => write!(f, "长度为 {got}，应为 {want}"),
            Rule::LengthDigits => f.write_str("长度前缀不是十进制数字"),
            Rule::Digits => f.write_str("只能是数字"),
            Rule::Signed => f.write_str("应为 C 或 D 加数字"),
            Rule::Text => f.write_str("不是本报文规范的文本"),
            Rule::Hex => f.write_str("应为成对的十六进制数字"),
            Rule::Track => f.write_str("不是磁道数据"),
            Rule::NoField => f.write_str("本规范没有此域"),
            Rule::Missing => f.write_str("此报文必须有该域"),
            Rule::Order => f.write_str("未按升序给出或重复"),
            Rule::Trailing { left } => write!(f, "最后一个域之后多出 {left} 字节"),
            Rule::NoFraming => f.write_str("没有匹配的报文封装"),
            Rule::FrameLength { says, have } => write!(f, "长度字段为 {says}，实际 {have} 字节"),
            Rule::Value => f.write_str("取值不允许"),
            Rule::Kind => f.write_str("未知的报文种类"),
            Rule::LengthForm => f.write_str("不允许这种长度写法"),
            Rule::Tag => f.write_str("标签不完整或过长"),
            Rule::Deep { max } => write!(f, "嵌套超过 {max} 层"),
        }
    }
}

impl core::error::Error for Fault {}

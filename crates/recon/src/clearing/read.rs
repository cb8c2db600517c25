//! Reads a clearing file, line by line, in memory of one line. Must never hand out sums of a file whose trailer it has not seen:
//! a file cut short looks like a quiet day, and would release suspense that is owed.

use super::columns::{Columns, HEAD};
use super::crc::Crc;
use super::{Detail, DetailFault, FileSums, LINE};
use crate::key::{Entry, Key};
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{BusinessDate, ClearingItem, FileMark, InstitutionId, SwitchKey};

/// Why a file is refused; lines are counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the messages below say what each place is")]
pub enum WhyRefused {
    /// It ends before its trailer, or in the middle of a line.
    Truncated { after_line: usize },
    /// A line of another length, or with bytes that are not printable ASCII.
    Shape { line: usize },
    /// The first line is not the header of such a file.
    NotAHeader,
    /// It is another member's file.
    WrongMember { said: InstitutionId },
    /// It is another day's file.
    WrongDay { said: BusinessDate },
    /// A column that cannot be read.
    Column { line: usize, column: &'static str },
    /// The number or key of the line before it stands again.
    Doubled { line: usize },
    /// Lines are missing, or stand in another order.
    Order { line: usize },
    /// An entry that cannot be.
    Entry { line: usize, why: DetailFault },
    /// An entry in which the member has no part.
    Foreign { line: usize },
    /// The trailer counts other entries than there are.
    Count { said: u64, found: u32 },
    /// The trailer has another sum than the entries.
    Sum,
    /// A byte was changed somewhere.
    Checksum,
    /// Something stands behind the trailer.
    Behind { line: usize },
}

impl fmt::Display for WhyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { after_line } => {
                write!(f, "文件不完整，止于第 {after_line} 行之后 the file ends too early, after line {after_line}")
            }
            Self::Shape { line } => {
                write!(f, "第 {line} 行长度或字符不对 line {line} has a wrong length or wrong bytes")
            }
            Self::NotAHeader => f.write_str("不是清算文件 this is no clearing file"),
            Self::WrongMember { said } => write!(f, "这是机构 {said} 的文件 this is the file of member {said}"),
            Self::WrongDay { said } => write!(f, "这是 {said} 的文件 this is the file of {said}"),
            Self::Column { line, column } => write!(f, "第 {line} 行的 {column} 有误 line {line}: wrong {column}"),
            Self::Doubled { line } => write!(f, "第 {line} 行重复 line {line} stands here twice"),
            Self::Order { line } => {
                write!(f, "第 {line} 行之前缺行或次序颠倒 lines are missing or out of order before line {line}")
            }
            Self::Entry { line, why } => write!(f, "第 {line} 行：line {line}: {why}"),
            Self::Foreign { line } => write!(f, "第 {line} 行与该机构无关 line {line} is not about this member"),
            Self::Count { said, found } => {
                write!(f, "尾记 {said} 笔，实有 {found} 笔 the trailer says {said}, there are {found}")
            }
            Self::Sum => f.write_str("尾记合计不符 the trailer's sums do not agree"),
            Self::Checksum => f.write_str("校验和不符 the checksum does not agree"),
            Self::Behind { line } => write!(f, "尾记之后还有第 {line} 行 line {line} stands behind the trailer"),
        }
    }
}

impl core::error::Error for WhyRefused {}

/// Whose file and of which day a file says it is, by its first line; a reader who expects nothing else may expect that.
///
/// # Errors
/// [`WhyRefused`]: it has no such line.
pub fn file_says(bytes: &[u8]) -> Result<(InstitutionId, BusinessDate), WhyRefused> {
    let line = bytes.get(..LINE).ok_or(WhyRefused::Truncated { after_line: 0 })?;
    let mut columns = Columns::of(line).ok_or(WhyRefused::Shape { line: 1 })?;
    if columns.text(1) != Some("H") {
        return Err(WhyRefused::NotAHeader);
    }
    header(&mut columns)
}

fn header(columns: &mut Columns<'_>) -> Result<(InstitutionId, BusinessDate), WhyRefused> {
    if columns.text(HEAD.len()) != Some(HEAD) {
        return Err(WhyRefused::NotAHeader);
    }
    let wrong = |column| WhyRefused::Column { line: 1, column };
    let member = columns.institution().ok_or(wrong("member"))?;
    let day = columns.day().ok_or(wrong("day"))?;
    columns.end().ok_or(wrong("end of line"))?;
    Ok((member, day))
}

/// A file being read: give it every line in order, then ask for its sums.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reader {
    member: InstitutionId,
    day: BusinessDate,
    lines: usize,
    sums: FileSums,
    crc: Crc,
    last: Option<(Key, SwitchKey)>,
    ended: bool,
}

impl Reader {
    /// Expects the file of this member and day.
    pub fn new(member: InstitutionId, day: BusinessDate) -> Self {
        Self { member, day, lines: 0, sums: FileSums::default(), crc: Crc::NEW, last: None, ended: false }
    }

    /// Takes one line of [`LINE`] bytes; an entry if it holds one. Entries are only to be believed when [`Reader::end`] agrees.
    ///
    /// # Errors
    /// [`WhyRefused`]: the file is refused whole.
    pub fn line(&mut self, bytes: &[u8]) -> Result<Option<Detail>, WhyRefused> {
        self.lines += 1;
        let line = self.lines;
        if self.ended {
            return Err(WhyRefused::Behind { line });
        }
        let mut columns = Columns::of(bytes).ok_or(WhyRefused::Shape { line })?;
        let kind = columns.text(1).unwrap_or_default();
        let found = match kind {
            "H" if line == 1 => self.header(&mut columns).map(|()| None)?,
            "D" if line > 1 => Some(self.detail(&mut columns)?),
            "T" if line > 1 => self.trailer(&mut columns, bytes).map(|()| None)?,
            _ if line == 1 => return Err(WhyRefused::NotAHeader),
            _ => return Err(WhyRefused::Column { line, column: "kind of line" }),
        };
        self.crc.add(bytes);
        Ok(found)
    }

    /// The sums of a whole file.
    ///
    /// # Errors
    /// [`WhyRefused::Truncated`] when its trailer did not come.
    pub const fn end(&self) -> Result<FileSums, WhyRefused> {
        if self.ended { Ok(self.sums) } else { Err(WhyRefused::Truncated { after_line: self.lines }) }
    }

    fn header(&self, columns: &mut Columns<'_>) -> Result<(), WhyRefused> {
        let (member, day) = header(columns)?;
        if member != self.member {
            return Err(WhyRefused::WrongMember { said: member });
        }
        if day != self.day {
            return Err(WhyRefused::WrongDay { said: day });
        }
        Ok(())
    }

    fn detail(&mut self, columns: &mut Columns<'_>) -> Result<Detail, WhyRefused> {
        let line = self.lines;
        let wrong = |column| WhyRefused::Column { line, column };
        let (number, want) = (columns.number(9).ok_or(wrong("number"))?, u64::from(self.sums.count) + 1);
        if want > 1 && number + 1 == want {
            return Err(WhyRefused::Doubled { line });
        }
        if number != want {
            return Err(WhyRefused::Order { line });
        }
        let detail = columns.detail().map_err(wrong)?;
        accept(self.member, self.last, &detail, line)?;
        self.last = Some(detail.place());
        self.sums.add(&detail);
        Ok(detail)
    }

    fn trailer(&mut self, columns: &mut Columns<'_>, bytes: &[u8]) -> Result<(), WhyRefused> {
        let wrong = |column| WhyRefused::Column { line: self.lines, column };
        let said = columns.number(9).ok_or(wrong("count"))?;
        let mut sum = || columns.signed(23).ok_or(wrong("sum"));
        let sums = [sum()?, sum()?, sum()?, sum()?];
        let checksum = columns.text(16).and_then(hex).ok_or(wrong("checksum"))?;
        columns.end().ok_or(wrong("end of line"))?;
        if said != u64::from(self.sums.count) {
            return Err(WhyRefused::Count { said, found: self.sums.count });
        }
        let [issuer, net_issuer, net_acquirer] = self.sums.fees_fen;
        if sums != [self.sums.amount_fen, issuer, net_issuer, net_acquirer] {
            return Err(WhyRefused::Sum);
        }
        let mut crc = self.crc;
        crc.add(&bytes[..1 + 9 + 4 * 23]);
        if crc.value() != checksum {
            return Err(WhyRefused::Checksum);
        }
        self.ended = true;
        Ok(())
    }
}

/// What writer and reader alike demand of an entry behind the one before it.
pub(super) fn accept(
    member: InstitutionId,
    last: Option<(Key, SwitchKey)>,
    detail: &Detail,
    line: usize,
) -> Result<(), WhyRefused> {
    let place = detail.place();
    if last == Some(place) {
        return Err(WhyRefused::Doubled { line });
    }
    if last.is_some_and(|last| last > place) {
        return Err(WhyRefused::Order { line });
    }
    if detail.acquirer != member && detail.issuer != member {
        return Err(WhyRefused::Foreign { line });
    }
    detail.check().map_err(|why| WhyRefused::Entry { line, why })
}

/// Sixteen lower-case digits, as written.
fn hex(text: &str) -> Option<u64> {
    let small = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    small.then(|| u64::from_str_radix(text, 16).ok())?
}

/// Reads a whole file as its member's records see it: its mark, and its entries.
///
/// # Errors
/// [`WhyRefused`]; sums that no record can hold are refused too.
pub fn told(
    bytes: &[u8],
    member: InstitutionId,
    day: BusinessDate,
) -> Result<(FileMark, Vec<ClearingItem>), WhyRefused> {
    let (details, sums) = read_file(bytes, member, day)?;
    let sum_minor = i64::try_from(sums.amount_fen).map_err(|_| WhyRefused::Sum)?;
    let mut crc = Crc::NEW;
    crc.add(bytes);
    let item = |d: &Detail| ClearingItem {
        exchange: d.exchange,
        rrn: d.rrn,
        till: None,
        later: matches!(d.entry, Entry::LateReversal | Entry::CreditAdjustment | Entry::DebitAdjustment),
        minor: d.amount_fen,
        card: d.card,
    };
    let mark = FileMark { member, day, count: sums.count, sum_minor, checksum: crc.value() };
    Ok((mark, details.iter().map(item).collect()))
}

/// Reads a whole file that is in memory.
///
/// # Errors
/// [`WhyRefused`].
pub fn read_file(
    bytes: &[u8],
    member: InstitutionId,
    day: BusinessDate,
) -> Result<(Vec<Detail>, FileSums), WhyRefused> {
    let (mut reader, mut details) = (Reader::new(member, day), Vec::new());
    for line in bytes.chunks(LINE) {
        // A shorter piece at the end is a file cut inside a line.
        if line.len() < LINE && !reader.ended {
            return Err(WhyRefused::Truncated { after_line: reader.lines });
        }
        details.extend(reader.line(line)?);
    }
    Ok((details, reader.end()?))
}

//! Why a list is refused, in words: what is wrong and where. What it means for the money is said by who refuses it: nothing was judged.

use slipway_terms::BusinessDate;
use std::fmt;

/// Why a list is refused. Nothing of it was judged.
#[derive(Debug)]
pub enum Refused {
    /// The system refused.
    System(std::io::Error),
    /// No list, or one of another program.
    NoList,
    /// It ends inside a row, or its last line is not whole.
    Truncated,
    /// The last line counts other rows than are there.
    Count {
        /// What it says.
        said: u64,
        /// What is there.
        found: u64,
    },
    /// The sum of the last line is not that of the rows.
    Sum,
    /// A byte is not as it was written.
    Checksum,
    /// Another day.
    Day {
        /// Which it says.
        said: BusinessDate,
    },
    /// Another list, or somebody else's.
    Other {
        /// What it says.
        said: String,
    },
    /// A row that comes before a smaller one.
    Order {
        /// Which row, from 1.
        row: u64,
    },
    /// Bytes that are no row.
    Row {
        /// Which row, from 1.
        row: u64,
    },
    /// An exchange of an acquirer whose list it is not.
    Foreign {
        /// Which row, from 1.
        row: u64,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(fault) => fault.fmt(f),
            Self::NoList => f.write_str("不是对账名单 not a reconciliation list"),
            Self::Truncated => f.write_str("文件不完整，在中间结束 the file is cut short"),
            Self::Count { said, found } => {
                write!(f, "末行写 {said} 笔，实有 {found} 笔 the last line counts {said} rows, there are {found}")
            }
            Self::Sum => f.write_str("合计与各笔不符 the sum is not that of the rows"),
            Self::Checksum => f.write_str("校验码不符，内容被改动 the checksum does not fit: a byte was changed"),
            Self::Day { said } => write!(f, "是 {said} 的名单 it is the list of {said}"),
            Self::Other { said } => write!(f, "是另一份名单：{said} it is another list: {said}"),
            Self::Order { row } => write!(f, "第 {row} 笔次序不对 row {row} is out of order"),
            Self::Row { row } => write!(f, "第 {row} 笔读不出 row {row} is none"),
            Self::Foreign { row } => {
                write!(f, "第 {row} 笔不是该收单行的交易 row {row} is another acquirer's exchange")
            }
        }
    }
}

impl From<std::io::Error> for Refused {
    fn from(fault: std::io::Error) -> Self {
        Self::System(fault)
    }
}

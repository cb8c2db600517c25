//! One thing that is wrong by a profile, said without repeating any content.

use core::fmt;

/// Which rule does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The profile has no rules for this MTI.
    UnknownMti,
    /// The profile knows the MTI, but not this use of it.
    UnknownUse,
    /// Mandatory and not there.
    Missing,
    /// Mandatory in this case and not there.
    MissingHere,
    /// There and forbidden.
    Forbidden,
    /// There, and no rule names it.
    Strange,
    /// Not the request's value.
    NotRepeated,
    /// Not one of the values the field may have.
    Value,
}

/// One thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Field number; 0 is the message as a whole.
    pub field: u8,
    /// Byte offset from the MTI: of the field, or of the end where it is missing.
    pub offset: usize,
    /// Which rule.
    pub wrong: Wrong,
}

impl Breach {
    /// 中文说明，同一事实。
    #[must_use]
    pub const fn zh(&self) -> BreachZh {
        BreachZh(*self)
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.wrong {
            Wrong::UnknownMti => return f.write_str("the profile has no rules for this MTI"),
            Wrong::UnknownUse => return f.write_str("the profile has no rules for this use of the MTI"),
            Wrong::Missing => "mandatory, not there",
            Wrong::MissingHere => "mandatory in this case, not there",
            Wrong::Forbidden => "must not be there",
            Wrong::Strange => "does not belong in this message",
            Wrong::NotRepeated => "does not repeat the request",
            Wrong::Value => "value is not allowed in this message",
        };
        write!(f, "field {} at byte {}: {said}", self.field, self.offset)
    }
}

/// [`Breach`] told in Chinese.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreachZh(Breach);

impl fmt::Display for BreachZh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.0.wrong {
            Wrong::UnknownMti => return f.write_str("规则中没有此报文类型"),
            Wrong::UnknownUse => return f.write_str("规则中没有此报文类型的这种用法"),
            Wrong::Missing => "必填域缺失",
            Wrong::MissingHere => "此情形下必填，缺失",
            Wrong::Forbidden => "不允许出现",
            Wrong::Strange => "不属于此报文",
            Wrong::NotRepeated => "与请求不一致",
            Wrong::Value => "取值不属于此报文",
        };
        write!(f, "域 {} 第 {} 字节：{said}", self.0.field, self.0.offset)
    }
}

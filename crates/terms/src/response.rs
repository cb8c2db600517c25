//! Answer codes (DE 39) and what they mean for the money: one table, total over two characters (rules 4).

use crate::{BadShape, Text};
use core::fmt;
use serde::{Deserialize, Serialize};

/// What a network says. Shape: DE 39, 2 characters (0-9, A-Z); in a reversal request the reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResponseCode([u8; 2]);

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why the fate of a request is not known. Ends in a reversal whose DE 39 is [`Doubt::reason`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Doubt {
    /// No answer in time.
    NoAnswer,
    /// The answer's MAC was wrong or missing on an approval.
    BadMac,
    /// The answer contradicts its request (DE 3, 4, 41, 42).
    Contradiction,
    /// The host itself does not know (68, 96, 98, or a code outside the table).
    HostUnsure(ResponseCode),
    /// A partial approval, which this terminal did not offer to take (60.6 = 0).
    Partial,
    /// The power was cut between sending and deciding.
    PowerCut,
    /// A refusal without a good MAC: believed by nobody, said to the cashier (rules 4).
    UnprovenDecline(ResponseCode),
    /// The host approved and the chip did not agree, or was pulled before it did.
    CardDeclined,
}

impl Doubt {
    /// DE 39 of the reversal: 98 no answer, A0 wrong MAC, 06 anything else.
    pub const fn reason(self) -> ResponseCode {
        match self {
            Self::NoAnswer | Self::PowerCut => ResponseCode::ISSUER_TIMEOUT,
            Self::HostUnsure(code) => match code.0 {
                [b'9', b'8'] | [b'6', b'8'] => ResponseCode::ISSUER_TIMEOUT,
                _ => ResponseCode::OTHER,
            },
            Self::BadMac | Self::UnprovenDecline(_) => ResponseCode::MAC_ERROR,
            Self::Contradiction | Self::Partial | Self::CardDeclined => ResponseCode::OTHER,
        }
    }
}

/// What an answer code means, before its MAC is considered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// The approved set: 00, 11, A2, A4, A5, A6.
    Approved,
    /// Nothing happened to the money.
    Declined(ResponseCode),
    /// Not known; ends in a reversal.
    Doubt(Doubt),
}

/// One row of the table: what the screen and the desk say.
#[derive(Debug)]
pub struct ResponseText {
    /// The code.
    pub code: ResponseCode,
    /// A approved, B correct and repeat, C declined, D declined and keep or consult, E outcome unknown.
    pub class: u8,
    /// 屏幕文字.
    pub zh: &'static str,
    /// Screen text.
    pub en: &'static str,
}

const fn row(code: &[u8; 2], class: u8, zh: &'static str, en: &'static str) -> ResponseText {
    ResponseText { code: ResponseCode(*code), class, zh, en }
}

/// All codes of the reference. A code outside is doubt.
static TABLE: &[ResponseText] = &[
    row(b"00", b'A', "交易成功", "approved"),
    row(b"01", b'C', "请持卡人与发卡银行联系", "refer to card issuer"),
    row(b"03", b'C', "无效商户", "invalid merchant"),
    row(b"04", b'D', "此卡被没收", "capture card"),
    row(b"05", b'C', "持卡人认证失败", "cardholder authentication failed"),
    row(b"10", b'A', "部分批准", "partial approval"),
    row(b"11", b'A', "成功，VIP客户", "approved, VIP"),
    row(b"12", b'C', "无效交易", "invalid transaction"),
    row(b"13", b'B', "无效金额", "invalid amount"),
    row(b"14", b'B', "无效卡号", "invalid card number"),
    row(b"15", b'C', "此卡无对应发卡方", "no such issuer"),
    row(b"21", b'C', "该卡未初始化或睡眠卡", "card not activated or dormant"),
    row(b"22", b'C', "操作有误，或超出交易允许天数", "operation not allowed or too late"),
    row(b"25", b'C', "没有原始交易，请联系发卡方", "original transaction not found"),
    row(b"30", b'C', "请重试", "format error, retry"),
    row(b"34", b'D', "作弊卡，吞卡", "suspected fraud, retain card"),
    row(b"38", b'D', "密码错误次数超限，请与发卡方联系", "PIN tries exceeded, retain card"),
    row(b"40", b'C', "发卡方不支持的交易类型", "function not supported"),
    row(b"41", b'D', "挂失卡，请没收", "lost card, retain"),
    row(b"43", b'D', "被窃卡，请没收", "stolen card, retain"),
    row(b"45", b'C', "不允许降级交易，请使用芯片", "fallback not allowed, use the chip"),
    row(b"51", b'C', "可用余额不足", "insufficient funds"),
    row(b"54", b'C', "该卡已过期", "expired card"),
    row(b"55", b'C', "密码错", "wrong PIN"),
    row(b"57", b'C', "不允许此卡交易", "not permitted to this card"),
    row(b"58", b'C', "发卡方不允许该卡在本终端进行此交易", "not permitted at this terminal"),
    row(b"59", b'C', "卡片校验错", "card verification failed"),
    row(b"61", b'C', "交易金额超限", "amount limit exceeded"),
    row(b"62", b'C', "受限制的卡", "restricted card"),
    row(b"64", b'C', "交易金额与原交易不匹配", "differs from the original"),
    row(b"65", b'C', "超出消费次数限制", "count limit exceeded"),
    row(b"68", b'E', "交易超时，请重试", "issuer answer timed out"),
    row(b"75", b'D', "密码错误次数超限", "PIN tries exceeded"),
    row(b"77", b'B', "请重新签到，再作交易", "sign on again"),
    row(b"79", b'C', "POS终端重传脱机数据", "upload offline sales again"),
    row(b"90", b'C', "系统日切，请稍后重试", "cut-over in progress"),
    row(b"91", b'C', "发卡方状态不正常，请稍后重试", "issuer not available"),
    row(b"92", b'C', "发卡方线路异常，请稍后重试", "issuer line down"),
    row(b"94", b'C', "拒绝，重复交易，请稍后重试", "number already used by another transaction"),
    row(b"95", b'C', "对账不平", "totals out of balance"),
    row(b"96", b'E', "交换中心异常", "switch malfunction"),
    row(b"97", b'D', "终端未登记", "terminal not registered"),
    row(b"98", b'E', "未及时应答", "no answer in time"),
    row(b"99", b'B', "PIN格式错，请重新签到", "PIN format error, sign on again"),
    row(b"A0", b'B', "MAC校验错，请重新签到", "MAC error, sign on again"),
    row(b"A1", b'C', "转账货币不一致", "currency mismatch"),
    row(b"A2", b'A', "交易成功，请向发卡行确认", "approved, confirm with issuer"),
    row(b"A3", b'C', "账户不正确", "wrong account"),
    row(b"A4", b'A', "交易成功，请向发卡行确认", "approved, confirm with issuer"),
    row(b"A5", b'A', "交易成功，请向发卡行确认", "approved, confirm with issuer"),
    row(b"A6", b'A', "交易成功，请向发卡行确认", "approved, confirm with issuer"),
    row(b"A7", b'C', "安全处理失败", "security processing failed"),
];

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl ResponseCode {
            $($(#[$doc])* pub const $name: Self = Self(*$code);)*
        }
    };
}

named! {
    /// 00.
    APPROVED = b"00";
    /// 03 invalid merchant.
    INVALID_MERCHANT = b"03";
    /// 06 other: reason of a reversal only.
    OTHER = b"06";
    /// 12 invalid transaction; also the answer to an original that meets its tombstone.
    INVALID_TRANSACTION = b"12";
    /// 13.
    INVALID_AMOUNT = b"13";
    /// 14.
    INVALID_CARD = b"14";
    /// 15: the BIN table knows no issuer.
    NO_ISSUER = b"15";
    /// 22: too late or not allowed; a reversal of a confirmed exchange.
    TOO_LATE = b"22";
    /// 25.
    NO_ORIGINAL = b"25";
    /// 30.
    FORMAT_ERROR = b"30";
    /// 38: PIN tries exceeded.
    PIN_TRIES_RETAIN = b"38";
    /// 40.
    NOT_SUPPORTED = b"40";
    /// 41.
    LOST_CARD = b"41";
    /// 43.
    STOLEN_CARD = b"43";
    /// 51.
    INSUFFICIENT_FUNDS = b"51";
    /// 54.
    EXPIRED_CARD = b"54";
    /// 55.
    WRONG_PIN = b"55";
    /// 57.
    NOT_PERMITTED = b"57";
    /// 58: also a sign-on of a device whose hand-over another one has.
    NOT_AT_THIS_TERMINAL = b"58";
    /// 61.
    AMOUNT_LIMIT = b"61";
    /// 62.
    RESTRICTED_CARD = b"62";
    /// 64: differs from the original.
    DIFFERS_FROM_ORIGINAL = b"64";
    /// 65.
    COUNT_LIMIT = b"65";
    /// 75.
    PIN_TRIES = b"75";
    /// 77: the batch differs.
    SIGN_ON_AGAIN = b"77";
    /// 91: never forwarded.
    ISSUER_DOWN = b"91";
    /// 92: never forwarded.
    ISSUER_LINE_DOWN = b"92";
    /// 94: anything but the same request on a used key.
    DUPLICATE = b"94";
    /// 96.
    MALFUNCTION = b"96";
    /// 97.
    UNREGISTERED_TERMINAL = b"97";
    /// 98: the host that says it does not know, and owns the advice.
    ISSUER_TIMEOUT = b"98";
    /// 99.
    PIN_FORMAT = b"99";
    /// A0.
    MAC_ERROR = b"A0";
    /// A7.
    SECURITY_FAILED = b"A7";
}

impl ResponseCode {
    /// Two characters 0-9 A-Z; anything else is [`BadShape`].
    pub fn new(text: &str) -> Result<Self, BadShape> {
        match *text.as_bytes() {
            [a, b] if [a, b].iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) => Ok(Self([a, b])),
            _ => Err(BadShape("answer code is not two characters 0-9 A-Z")),
        }
    }

    /// The two characters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// The row of the table, if the code is known.
    pub fn text(self) -> Option<&'static ResponseText> {
        TABLE.iter().find(|row| row.code == self)
    }

    /// What the screen says: the table's text, or "declined, outcome unknown" for a stranger.
    pub fn words(self) -> Text {
        self.text().map_or_else(|| Text::new("结果不明", "outcome unknown"), |row| Text::new(row.zh, row.en))
    }

    /// Every known code, in table order.
    pub fn all() -> impl Iterator<Item = &'static ResponseText> {
        TABLE.iter()
    }

    /// What the code means for the money. Total: a stranger is doubt.
    pub fn outcome(self) -> Outcome {
        if self == Self(*b"10") {
            return Outcome::Doubt(Doubt::Partial);
        }
        match self.text().map(|row| row.class) {
            Some(b'A') => Outcome::Approved,
            Some(b'B' | b'C' | b'D') => Outcome::Declined(self),
            _ => Outcome::Doubt(Doubt::HostUnsure(self)),
        }
    }

    /// Whether a decline with this code means "another card or cash", never "swipe again" (rules 6).
    pub const fn other_means(self) -> bool {
        matches!(&self.0, b"04" | b"34" | b"38" | b"41" | b"43" | b"75")
    }

    /// Whether the terminal must sign on before the next transaction (77, 99, A0).
    pub const fn wants_sign_on(self) -> bool {
        matches!(&self.0, b"77" | b"99" | b"A0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_total_and_doubts_what_it_does_not_know() {
        let outcome = |code: &str| ResponseCode::new(code).map(ResponseCode::outcome);
        for code in ["00", "11", "A2", "A4", "A5", "A6"] {
            assert_eq!(outcome(code), Ok(Outcome::Approved));
        }
        for code in ["68", "96", "98", "02", "ZZ", "06", "A8", "10"] {
            assert!(matches!(outcome(code), Ok(Outcome::Doubt(_))), "{code}");
        }
        for code in ["51", "55", "77", "97", "99", "A0", "91", "92", "12", "25"] {
            assert!(matches!(outcome(code), Ok(Outcome::Declined(_))), "{code}");
        }
        assert!(ResponseCode::new("a0").is_err() && ResponseCode::new("0").is_err());
    }

    #[test]
    fn reasons_are_three() {
        let reason = |d: Doubt| alloc::format!("{}", d.reason());
        assert_eq!(reason(Doubt::NoAnswer), "98");
        assert_eq!(reason(Doubt::BadMac), "A0");
        assert_eq!(reason(Doubt::Contradiction), "06");
        assert_eq!(reason(Doubt::HostUnsure(ResponseCode::MALFUNCTION)), "06");
    }
}

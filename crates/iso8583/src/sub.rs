//! Sub-fields: where the parts of composite fields lie, and their names. Positions count the field's units.
//! Layout only; what a part means is said in `meaning`, what may be shown in `mask`.

use crate::decoded::Decoded;
use crate::dialect::Family;
use crate::digits::Digits;
use crate::fault::Name;

/// One part of a composite field.
#[derive(Clone, Copy, Debug)]
pub struct SubField {
    /// Label behind the field number, e.g. `2` of 60.2.
    pub label: &'static str,
    /// Units; 0 is the rest.
    pub len: usize,
    /// Its name.
    pub name: Name,
}

const fn sub(label: &'static str, len: usize, zh: &'static str, en: &'static str) -> SubField {
    SubField { label, len, name: Name { zh, en } }
}

#[rustfmt::skip]
static POS_22: [SubField; 2] = [
    sub("1", 2, "输入方式", "entry method"),
    sub("2", 1, "密码输入能力", "PIN entry"),
];

#[rustfmt::skip]
static POS_44: [SubField; 2] = [
    sub("1", 11, "发卡机构", "issuer"),
    sub("2", 11, "收单机构", "acquirer"),
];

#[rustfmt::skip]
static TOTALS_48: [SubField; 10] = [
    sub("1", 12, "内卡借记总金额", "domestic debit amount"),
    sub("2", 3, "内卡借记总笔数", "domestic debit count"),
    sub("3", 12, "内卡贷记总金额", "domestic credit amount"),
    sub("4", 3, "内卡贷记总笔数", "domestic credit count"),
    sub("5", 1, "内卡对账应答", "domestic answer"),
    sub("6", 12, "外卡借记总金额", "foreign debit amount"),
    sub("7", 3, "外卡借记总笔数", "foreign debit count"),
    sub("8", 12, "外卡贷记总金额", "foreign credit amount"),
    sub("9", 3, "外卡贷记总笔数", "foreign credit count"),
    sub("10", 1, "外卡对账应答", "foreign answer"),
];

/// A payment that was let go while the first one was open: which that is, why, and whether it has a slip.
#[rustfmt::skip]
static SECOND_48: [SubField; 6] = [
    sub("1", 2, "标签", "tag"),
    sub("2", 2, "长度", "length"),
    sub("3", 6, "首笔批次号", "batch of the first payment"),
    sub("4", 6, "首笔凭证号", "STAN of the first payment"),
    sub("5", 2, "放行理由", "why it was let go"),
    sub("6", 1, "首笔有无签购单", "whether the first has a slip"),
];

/// Whether DE 48 of this message names the first payment of a second one.
pub(crate) fn names_first(message: &Decoded<'_>) -> bool {
    let head = || message.digits(48).into_iter().flatten().take(4);
    matches!(&message.mti(), b"0200" | b"0220") && message.count(48) == 19 && head().eq(*b"7115")
}

#[rustfmt::skip]
static BOTH_53: [SubField; 4] = [
    sub("1", 1, "密码块格式", "PIN block format"),
    sub("2", 1, "加密算法", "algorithm"),
    sub("3", 1, "磁道加密", "track enciphered"),
    sub("4", 0, "保留", "reserved"),
];

#[rustfmt::skip]
static BOTH_54: [SubField; 5] = [
    sub("1", 2, "账户类型", "account type"),
    sub("2", 2, "金额类型", "amount type"),
    sub("3", 3, "货币代码", "currency"),
    sub("4", 1, "余额符号", "sign"),
    sub("5", 12, "余额", "amount"),
];

#[rustfmt::skip]
static POS_60: [SubField; 7] = [
    sub("1", 2, "交易类型码", "transaction type"),
    sub("2", 6, "批次号", "batch number"),
    sub("3", 3, "网络管理信息码", "network management code"),
    sub("4", 1, "终端读取能力", "terminal read capability"),
    sub("5", 1, "IC卡条件代码", "chip condition"),
    sub("6", 1, "支持部分扣款和返回余额", "partial approval supported"),
    sub("7", 3, "账户类型", "account type"),
];

#[rustfmt::skip]
static POS_61: [SubField; 5] = [
    sub("1", 6, "原始交易批次号", "original batch"),
    sub("2", 6, "原始交易流水号", "original trace"),
    sub("3", 4, "原始交易日期", "original date"),
    sub("4", 2, "原始交易授权方式", "original authorisation mode"),
    sub("5", 11, "原始交易授权机构", "original authorising institution"),
];

#[rustfmt::skip]
static SEQ_62: [SubField; 4] = [
    sub("1", 11, "标识", "label"),
    sub("2", 2, "后续长度", "length of the rest"),
    sub("3", 4, "入网许可编号", "network licence"),
    sub("4", 0, "设备序列号", "device serial"),
];

#[rustfmt::skip]
static POS_63: [SubField; 5] = [
    sub("1", 3, "操作员/国际信用卡公司代码", "operator or card scheme"),
    sub("2.1", 20, "发卡方信息", "issuer text"),
    sub("2.2", 20, "中国银联信息", "centre text"),
    sub("2.3", 20, "受理机构信息", "acquirer text"),
    sub("2.4", 0, "POS终端信息", "terminal text"),
];

#[rustfmt::skip]
static CUPS_60: [SubField; 20] = [
    sub("1", 4, "报文原因代码", "reason code"),
    sub("2.1", 1, "账户所有人类型", "account holder type"),
    sub("2.2", 1, "终端读取能力", "terminal read capability"),
    sub("2.3", 1, "IC卡条件代码", "chip condition"),
    sub("2.4", 1, "保留", "reserved"),
    sub("2.5", 2, "终端类型", "terminal type"),
    sub("2.6", 1, "免验密码标志", "no-PIN flag"),
    sub("2.7", 1, "IC卡验证可靠性标志", "chip reliability"),
    sub("2.8", 2, "电子商务标志", "e-commerce indicator"),
    sub("2.9", 1, "交互方式标志", "interaction"),
    sub("3.1", 2, "特殊计费类型", "special pricing type"),
    sub("3.2", 1, "特殊计费档次", "special pricing level"),
    sub("3.3", 3, "保留（第三位为MAC算法）", "reserved (third: MAC algorithm)"),
    sub("3.4", 1, "支持部分承兑标志", "partial approval supported"),
    sub("3.5", 1, "交易发起方式", "initiation"),
    sub("3.6", 1, "交易介质", "medium"),
    sub("3.7", 1, "IC卡应用类型", "chip application type"),
    sub("3.8", 2, "账户结算类型", "account settlement type"),
    sub("3.9", 1, "卡账户等级", "account level"),
    sub("3.10", 2, "卡产品", "card product"),
];

#[rustfmt::skip]
static CUPS_90: [SubField; 5] = [
    sub("1", 4, "原始报文类型", "original MTI"),
    sub("2", 6, "原始系统跟踪号", "original STAN"),
    sub("3", 10, "原始传输时间", "original transmission time"),
    sub("4", 11, "原始受理机构", "original acquirer"),
    sub("5", 11, "原始发送机构", "original forwarder"),
];

/// The layout of field `n` in this message, as far as positions are fixed; empty when it has no parts.
#[must_use]
pub fn layout(message: &Decoded<'_>, n: u8) -> &'static [SubField] {
    match (message.dialect().family, n) {
        // The versions of 1993 and 2003 lay these fields out otherwise.
        (Family::General, _) if message.mti()[0] != b'0' => &[],
        (_, 22) => &POS_22,
        (Family::Pos, 44) => &POS_44,
        (Family::Pos, 48) if message.count(48) == 62 => &TOTALS_48,
        (Family::Pos, 48) if names_first(message) => &SECOND_48,
        (_, 53) if message.mti()[1] != b'8' => &BOTH_53,
        (_, 54) => &BOTH_54,
        (Family::Pos, 60) => &POS_60,
        (Family::Pos, 61) => &POS_61,
        (Family::Pos, 62) if message.raw(62).is_some_and(|raw| raw.starts_with(b"Sequence No")) => &SEQ_62,
        (Family::Pos, 63) => &POS_63,
        (Family::Cups, 60) => &CUPS_60,
        (Family::Cups, 90) => &CUPS_90,
        _ => &[],
    }
}

/// Units `from..from + len` of field `n`, e.g. 60.2 is `(60, 2, 6)`; `None` when the field is shorter.
#[must_use]
#[inline]
pub fn part<'a>(message: &Decoded<'a>, n: u8, from: usize, len: usize) -> Option<Digits<'a>> {
    let mut rest = message.digits(n)?;
    let _ = rest.part(from)?;
    rest.part(len)
}

/// F60.3 of a terminal message as a number.
#[must_use]
pub fn network_code(message: &Decoded<'_>) -> Option<u64> {
    part(message, 60, 8, 3)?.number()
}

/// One enciphered key of a sign-on answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeySlot<'a> {
    /// Enciphered key, 8 or 16 bytes. Never shown.
    pub key: &'a [u8],
    /// Check value, 4 bytes.
    pub kcv: &'a [u8],
}

/// The key block in F62 of a sign-on answer: PIN key, MAC key, track key if the host gives one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyBlock<'a> {
    /// PIN key.
    pub pik: KeySlot<'a>,
    /// MAC key; a single-length key in a 16-byte slot has its second half zero.
    pub mak: KeySlot<'a>,
    /// Track key.
    pub tdk: Option<KeySlot<'a>>,
}

/// Reads the key block by its length: 24, 40 or 60 bytes; one bank host puts a byte 00 in front.
#[must_use]
pub fn key_block(raw: &[u8]) -> Option<KeyBlock<'_>> {
    let raw = match raw {
        [0, rest @ ..] if rest.len() == 60 || rest.len() == 40 => rest,
        _ => raw,
    };
    let wide = match raw.len() {
        24 => 8,
        40 | 60 => 16,
        _ => return None,
    };
    let mut slots = raw.chunks_exact(wide + 4).map(|slot| {
        let (key, kcv) = slot.split_at(wide);
        KeySlot { key, kcv }
    });
    Some(KeyBlock { pik: slots.next()?, mak: slots.next()?, tdk: slots.next() })
}

//! What codes mean, in both languages: MTI, F3, F22, F25, F53, F60, F70, header parts; chip tags are in `meaning_chip`.
//! Words for people only; no decision may be taken from them. Response codes (F39) live in `slipway-terms`.

use crate::fault::Name;
pub use crate::meaning_chip::{chip_tag, chip_value};

pub(crate) type Table = [(&'static str, &'static str, &'static str)];

pub(crate) fn look(table: &'static Table, code: &str) -> Option<Name> {
    let row = table.iter().find(|row| row.0 == code)?;
    Some(Name { zh: row.1, en: row.2 })
}

#[rustfmt::skip]
static MTIS: &Table = &[
    ("0100", "授权请求", "authorisation request"),
    ("0110", "授权应答", "authorisation answer"),
    ("0200", "金融请求", "financial request"),
    ("0210", "金融应答", "financial answer"),
    ("0220", "金融通知", "financial advice"),
    ("0230", "金融通知应答", "financial advice answer"),
    ("0320", "批上送", "batch upload"),
    ("0330", "批上送应答", "batch upload answer"),
    ("0400", "冲正请求", "reversal request"),
    ("0410", "冲正应答", "reversal answer"),
    ("0420", "冲正通知", "reversal advice"),
    ("0430", "冲正通知应答", "reversal advice answer"),
    ("0500", "批结算请求", "batch settlement request"),
    ("0510", "批结算应答", "batch settlement answer"),
    ("0620", "管理通知（脚本结果、签购单确认、调单）", "administrative advice (script result, slip confirmation, retrieval)"),
    ("0630", "管理通知应答", "administrative advice answer"),
    ("0800", "网络管理请求（签到/参数/密钥）", "network management request (sign-on, parameters, keys)"),
    ("0810", "网络管理应答", "network management answer"),
    ("0820", "网络管理通知（签退/回响/状态）", "network management (sign-off, echo, status)"),
    ("0830", "网络管理通知应答", "network management answer"),
];

/// Message type.
#[must_use]
pub fn mti(code: &str) -> Option<Name> {
    look(MTIS, code)
}

#[rustfmt::skip]
static PROCESSING: &Table = &[
    ("00", "消费", "sale or completion"),
    ("01", "取现", "cash withdrawal"),
    ("02", "借方调整", "debit adjustment"),
    ("03", "预授权", "pre-authorisation"),
    ("09", "消费并返现", "goods with cashback"),
    ("17", "现金充值撤销", "cash load void"),
    ("19", "扫码支付", "QR payment"),
    ("20", "撤销或退货", "void or refund"),
    ("21", "存款", "deposit"),
    ("22", "贷方调整", "credit adjustment"),
    ("30", "余额查询", "balance inquiry"),
    ("31", "余额查询", "balance inquiry"),
    ("33", "账户验证", "account verification"),
    ("40", "转账", "transfer"),
    ("50", "缴费", "payment"),
    ("60", "指定账户圈存", "load from own account"),
    ("62", "非指定账户圈存", "load from another account"),
    ("63", "现金充值", "cash load"),
];

/// F3, by its first two digits.
#[must_use]
pub fn processing(code: &str) -> Option<Name> {
    look(PROCESSING, code.get(..2).unwrap_or_default())
}

#[rustfmt::skip]
static ENTRY: &Table = &[
    ("00", "未指明", "unknown"),
    ("01", "手工输入", "manual"),
    ("02", "磁条", "magnetic stripe"),
    ("03", "二维码", "QR code"),
    ("04", "光学识别", "optical character reading"),
    ("05", "接触式IC卡", "contact chip"),
    ("06", "手工输入（密钥）", "key entry, card verified"),
    ("07", "非接触IC卡", "contactless chip"),
    ("10", "存储的卡信息", "credentials on file"),
    ("80", "IC降级刷磁条", "chip fallback to stripe"),
    ("81", "电子商务", "electronic commerce"),
    ("90", "磁条（完整磁道）", "magnetic stripe, whole track"),
    ("91", "非接触磁条", "contactless magnetic mode"),
    ("92", "无卡/预约", "no card or reservation"),
    ("95", "IC卡数据不可靠", "chip, data unreliable"),
    ("96", "移动/远程", "mobile or remote"),
    ("98", "标准非接触", "contactless, standard variant"),
];

/// F22 digits 1-2.
#[must_use]
pub fn entry(code: &str) -> Option<Name> {
    look(ENTRY, code)
}

#[rustfmt::skip]
static PIN_ENTRY: &Table = &[
    ("0", "未指明", "unspecified"),
    ("1", "有PIN", "PIN entered"),
    ("2", "无PIN", "no PIN"),
];

/// F22 digit 3.
#[must_use]
pub fn pin_entry(code: &str) -> Option<Name> {
    look(PIN_ENTRY, code)
}

#[rustfmt::skip]
static CONDITION: &Table = &[
    ("00", "正常提交", "normal"),
    ("01", "持卡人不在场", "cardholder not present"),
    ("02", "无人值守终端", "unattended terminal"),
    ("03", "商户存疑", "merchant suspicious"),
    ("04", "电子收款机", "electronic cash register"),
    ("05", "持卡人在场，卡不在场", "cardholder present, card not"),
    ("06", "预授权", "pre-authorisation"),
    ("08", "邮购/电话订购", "mail or telephone order"),
    ("10", "客户身份已核实", "customer identity verified"),
    ("15", "自助终端", "customer terminal"),
    ("18", "订购预授权", "mail or telephone order pre-authorisation"),
    ("28", "自助终端（无人）", "self-service, no attendance"),
    ("51", "验证请求", "verification request"),
    ("59", "电子商务", "electronic commerce"),
    ("64", "分期", "instalment"),
    ("65", "积分", "points"),
    ("67", "预约", "reservation"),
    // Between houses, ours (docs/wire.md).
    ("81", "调单", "retrieval request"),
    ("82", "调单回复", "answer to a retrieval"),
    ("83", "一次退单", "first chargeback"),
    ("84", "再请款", "re-presentment"),
    ("85", "二次退单", "second chargeback"),
    ("86", "仲裁判付持卡人", "award to the cardholder"),
    ("87", "仲裁判付商户", "award to the merchant"),
    ("91", "电子现金", "e-cash or QR by acquirer"),
];

/// F25.
#[must_use]
pub fn condition(code: &str) -> Option<Name> {
    look(CONDITION, code)
}

#[rustfmt::skip]
static TYPES: &Table = &[
    ("00", "管理", "management"),
    ("01", "余额查询", "balance inquiry"),
    ("03", "积分查询", "points inquiry"),
    ("10", "预授权", "pre-authorisation"),
    ("11", "预授权撤销", "pre-authorisation void"),
    ("20", "预授权完成请求", "completion request"),
    ("21", "预授权完成撤销", "completion void"),
    ("22", "消费", "sale"),
    ("23", "消费撤销", "sale void"),
    ("24", "预授权完成通知", "completion advice"),
    ("25", "退货", "refund"),
    ("27", "IC脱机退货", "offline refund"),
    ("30", "离线结算", "offline settlement"),
    ("32", "结算调整", "adjustment"),
    ("34", "小费调整", "tip adjustment"),
    ("36", "IC脱机消费", "offline chip sale"),
    ("45", "指定账户圈存", "load from own account"),
    ("46", "现金充值", "cash load"),
    ("47", "非指定账户圈存", "load from another account"),
    ("51", "现金充值撤销", "cash load void"),
    ("53", "预约撤销", "reservation void"),
    ("54", "预约消费", "reservation sale"),
];

/// F60.1.
#[must_use]
pub fn transaction_type(code: &str) -> Option<Name> {
    look(TYPES, code)
}

#[rustfmt::skip]
static NETWORK: &Table = &[
    ("000", "金融交易", "financial"),
    ("001", "签到（单倍长密钥）", "sign-on, single-length keys"),
    ("002", "签退", "sign-off"),
    ("003", "签到（双倍长密钥）", "sign-on, double-length keys"),
    ("004", "签到（含磁道密钥）", "sign-on with track key"),
    ("005", "签到（国密）", "sign-on, SM4"),
    ("006", "签到（国密）", "sign-on, SM4"),
    ("201", "批结算/磁条明细", "settlement or stripe list"),
    ("202", "批上送结束（不平）", "upload end, out of balance"),
    ("203", "IC明细（平）", "chip detail, balanced"),
    ("204", "IC失败明细（平）", "failed chip detail, balanced"),
    ("205", "IC明细（不平）", "chip detail, out of balance"),
    ("206", "IC失败明细（不平）", "failed chip detail, out of balance"),
    ("207", "批上送结束（平）", "upload end, balanced"),
    ("301", "回响测试", "echo test"),
    ("360", "磁条参数下载", "stripe parameter download"),
    ("361", "磁条参数下载结束", "stripe parameter download end"),
    ("362", "状态上送", "status upload"),
    ("370", "CA公钥下载", "CA key download"),
    ("371", "CA公钥下载结束", "CA key download end"),
    ("372", "CA公钥查询", "CA key query"),
    ("373", "国密CA公钥", "SM2 CA key"),
    ("380", "IC参数下载", "chip parameter download"),
    ("381", "IC参数下载结束", "chip parameter download end"),
    ("382", "IC参数查询", "chip parameter query"),
    ("390", "黑名单下载", "card blacklist"),
    ("394", "非接参数", "contactless parameters"),
    ("395", "非接参数", "contactless parameters"),
    ("951", "脚本结果", "script result"),
];

/// F60.3 of a terminal message.
#[must_use]
pub fn network(code: &str) -> Option<Name> {
    look(NETWORK, code)
}

#[rustfmt::skip]
static F70: &Table = &[
    ("001", "机构签到", "member signs on"),
    ("002", "机构签退", "member signs off"),
    ("101", "密钥重置", "key reset"),
    ("201", "日切开始", "cut-over begins"),
    ("202", "日切结束", "cut-over ends"),
    ("301", "线路测试", "line test"),
];

/// F70 of a switch message.
#[must_use]
pub fn network_switch(code: &str) -> Option<Name> {
    look(F70, code)
}

#[rustfmt::skip]
static CAPABILITY: &Table = &[
    ("0", "未知", "unknown"),
    ("2", "仅磁条", "stripe only"),
    ("5", "磁条+接触IC", "stripe and contact chip"),
    ("6", "磁条+接触+非接", "stripe, contact and contactless"),
];

/// F60.4.
#[must_use]
pub fn capability(code: &str) -> Option<Name> {
    look(CAPABILITY, code)
}

#[rustfmt::skip]
static CHIP_CONDITION: &Table = &[
    ("0", "未使用或无关", "not used"),
    ("1", "上次IC成功后刷卡", "swipe after a good chip read"),
    ("2", "IC失败后降级", "fallback after a failed chip read"),
];

/// F60.5.
#[must_use]
pub fn chip_condition(code: &str) -> Option<Name> {
    look(CHIP_CONDITION, code)
}

#[rustfmt::skip]
static PIN_FORMAT: &Table = &[
    ("0", "无PIN", "no PIN"),
    ("1", "不带主账号", "without card number"),
    ("2", "带主账号", "with card number"),
];

/// F53 digit 1 of a financial message.
#[must_use]
pub fn pin_format(code: &str) -> Option<Name> {
    look(PIN_FORMAT, code)
}

#[rustfmt::skip]
static ALGORITHM: &Table = &[
    ("0", "单倍长", "single length"),
    ("3", "国密SM4", "SM4"),
    ("6", "双倍长3DES", "double length, 3DES"),
];

/// F53 digit 2.
#[must_use]
pub fn algorithm(code: &str) -> Option<Name> {
    look(ALGORITHM, code)
}

#[rustfmt::skip]
static REASONS: &Table = &[
    ("98", "未收到应答", "no answer in time"),
    ("A0", "应答MAC错", "answer with a wrong MAC"),
    ("06", "其他情况", "other"),
    ("96", "终端故障", "terminal malfunction"),
];

/// F39 of a 0400 request: why it is reversed.
#[must_use]
pub fn reversal_reason(code: &str) -> Option<Name> {
    look(REASONS, code)
}

#[rustfmt::skip]
static CLASSES: &Table = &[
    ("60", "磁条卡支付", "magnetic-stripe payment"),
    ("61", "IC卡支付", "chip payment"),
    ("62", "磁条增值", "magnetic value-added"),
    ("63", "IC增值", "chip value-added"),
    ("65", "脚本POS", "script POS"),
    ("66", "电话POS", "telephone POS"),
    ("67", "手机POS", "mobile POS"),
    ("68", "个人支付", "personal payment"),
];

/// Header digits 1-2, application class.
#[must_use]
pub fn header_class(code: &str) -> Option<Name> {
    look(CLASSES, code)
}

#[rustfmt::skip]
static REQUIREMENTS: &Table = &[
    ("0", "无处理要求", "none"),
    ("1", "下载磁条参数", "download magnetic parameters"),
    ("2", "上送状态", "upload terminal status"),
    ("3", "重新签到", "sign on again"),
    ("4", "更新CA公钥", "update CA keys"),
    ("5", "下载IC参数", "download chip parameters"),
    ("6", "TMS下载", "TMS download"),
    ("7", "下载黑名单", "download card blacklist"),
    ("8", "币种/费率下载", "exchange-rate or fee table"),
    ("9", "下载非接参数", "download contactless parameters"),
    ("B", "下载免密新增BIN表", "download the no-PIN BIN table"),
    ("C", "下载免密BIN黑名单", "download the no-PIN BIN blacklist"),
];

/// Header digit 6, what the host wants the terminal to do next.
#[must_use]
pub fn requirement(code: &str) -> Option<Name> {
    look(REQUIREMENTS, code)
}

#[rustfmt::skip]
static PARTIAL: &Table = &[
    ("0", "不支持部分扣款和返回余额", "neither partial approval nor balance"),
    ("1", "支持部分扣款和返回余额", "partial approval and balance supported"),
];

/// F60.6.
#[must_use]
pub fn partial(code: &str) -> Option<Name> {
    look(PARTIAL, code)
}

#[rustfmt::skip]
static PAY_AGAIN: &Table = &[
    ("01", "首笔无签购单，顾客同意再付", "no slip of the first, the customer pays again"),
    ("02", "首笔久未了结，顾客不能再等", "the first stays open, the customer cannot wait"),
    ("03", "另一笔购买，金额相同", "another purchase of the same amount"),
];

/// F48, tag 71: why a second payment was let go.
#[must_use]
pub fn pay_again(code: &str) -> Option<Name> {
    look(PAY_AGAIN, code)
}

#[rustfmt::skip]
static TERMINALS: &Table = &[
    ("00", "未指明", "unspecified"),
    ("01", "自动柜员机", "teller machine"),
    ("02", "圈存机", "load device"),
    ("03", "销售点终端", "point-of-sale terminal"),
    ("05", "多媒体自助终端", "multimedia self-service"),
    ("06", "移动支付终端", "mobile payment terminal"),
    ("07", "电话终端", "telephone terminal"),
    ("08", "手机", "mobile telephone"),
    ("09", "自助终端", "self-service terminal"),
    ("11", "智能手机终端", "smart phone as terminal"),
];

/// F60.2.5 of a switch message.
#[must_use]
pub fn terminal_type(code: &str) -> Option<Name> {
    look(TERMINALS, code)
}

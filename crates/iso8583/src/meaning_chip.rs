//! Names of chip tags and the words of their codes, in both languages. Bits are in `flags`.

use crate::fault::Name;
use crate::meaning::{Table, look};
use crate::plain::hex;

#[rustfmt::skip]
static TAGS: &Table = &[
    ("9F26", "应用密文", "application cryptogram"),
    ("9F27", "密文信息数据", "cryptogram type"),
    ("9F10", "发卡行应用数据", "issuer application data"),
    ("9F37", "不可预知数", "unpredictable number"),
    ("9F36", "应用交易计数器", "application transaction counter"),
    ("95", "终端验证结果", "terminal verification results"),
    ("9A", "交易日期", "transaction date"),
    ("9C", "交易类型", "transaction type"),
    ("9F02", "授权金额", "amount authorised"),
    ("5F2A", "交易货币代码", "transaction currency"),
    ("82", "应用交互特征", "application interchange profile"),
    ("9F1A", "终端国家代码", "terminal country"),
    ("9F03", "其它金额", "amount other"),
    ("9F33", "终端性能", "terminal capabilities"),
    ("9F34", "持卡人验证结果", "cardholder verification results"),
    ("9F35", "终端类型", "terminal type"),
    ("9F1E", "接口设备序列号", "device serial number"),
    ("84", "专用文件名称", "dedicated file name"),
    ("9F09", "终端应用版本号", "application version"),
    ("9F41", "交易序列计数器", "transaction sequence counter"),
    ("9F63", "卡产品标识", "card product id"),
    ("9F74", "电子现金发卡行授权码", "e-cash issuer authorisation code"),
    ("91", "发卡行认证数据", "issuer authentication data"),
    ("71", "发卡行脚本1", "issuer script 1"),
    ("72", "发卡行脚本2", "issuer script 2"),
    ("8A", "授权响应码", "authorisation response code"),
    ("DF31", "脚本结果", "script results"),
    ("9F06", "应用标识", "application id"),
    ("9F22", "公钥索引", "key index"),
    ("DF05", "公钥有效期", "key expiry"),
    ("9B", "交易状态信息", "transaction status information"),
    ("9F07", "应用用途控制", "application usage control"),
    ("5A", "应用主账号", "card number"),
    ("57", "二磁道等效数据", "track 2 equivalent data"),
    ("5F24", "应用失效日期", "expiry date"),
    ("5F34", "主账号序列号", "card sequence number"),
    ("5F20", "持卡人姓名", "cardholder name"),
    ("50", "应用标签", "application label"),
    ("4F", "应用标识", "application id"),
    ("86", "发卡行脚本命令", "issuer script command"),
    ("9F18", "发卡行脚本标识", "issuer script id"),
    ("9F0D", "发卡行行为代码（缺省）", "issuer action code, default"),
    ("9F0E", "发卡行行为代码（拒绝）", "issuer action code, denial"),
    ("9F0F", "发卡行行为代码（联机）", "issuer action code, online"),
    ("9F21", "交易时间", "transaction time"),
    ("9F53", "交易分类码", "transaction category code"),
    ("9F6E", "终端附加信息", "form factor or third party data"),
];

/// A tag of F55.
#[must_use]
pub fn chip_tag(code: &str) -> Option<Name> {
    look(TAGS, code)
}

#[rustfmt::skip]
static CRYPTOGRAMS: &Table = &[
    ("00", "应用认证密文（拒绝）", "AAC: declined"),
    ("40", "交易证书（脱机批准）", "TC: approved offline"),
    ("80", "授权请求密文（联机）", "ARQC: asks online"),
];

#[rustfmt::skip]
static VERIFICATIONS: &Table = &[
    ("00", "验证失败处理", "fail processing"),
    ("01", "脱机明文PIN", "plain PIN checked by the chip"),
    ("02", "联机密文PIN", "enciphered PIN, online"),
    ("03", "脱机明文PIN和签名", "plain PIN checked by the chip, and signature"),
    ("1E", "签名", "signature"),
    ("1F", "无需验证", "no verification required"),
    ("20", "出示证件", "identity document"),
    ("3F", "未进行验证", "no verification performed"),
];

#[rustfmt::skip]
static TERMINALS: &Table = &[
    ("14", "金融机构，有人，仅联机", "bank, attended, online only"),
    ("21", "商户，有人，仅联机", "merchant, attended, online only"),
    ("22", "商户，有人，可联机可脱机", "merchant, attended, online and offline"),
    ("23", "商户，有人，仅脱机", "merchant, attended, offline only"),
    ("24", "商户，无人，仅联机", "merchant, unattended, online only"),
    ("25", "商户，无人，可联机可脱机", "merchant, unattended, online and offline"),
    ("34", "持卡人自用，仅联机", "the cardholder's own, online only"),
];

#[rustfmt::skip]
static KINDS: &Table = &[
    ("00", "消费", "goods and services"),
    ("01", "取现", "cash"),
    ("09", "消费并返现", "goods with cashback"),
    ("20", "退货", "refund"),
    ("31", "余额查询", "balance inquiry"),
];

/// What the value of a coded object says, e.g. which cryptogram 9F27 announces.
#[must_use]
pub fn chip_value(tag: u32, value: &[u8]) -> Option<Name> {
    let first = *value.first()?;
    match tag {
        0x9F27 => look(CRYPTOGRAMS, &hex(&[first & 0xC0])),
        // Bit 7 only says whether to go on after a failure.
        0x9F34 => look(VERIFICATIONS, &hex(&[first & 0x3F])),
        0x9F35 => look(TERMINALS, &hex(&[first])),
        0x9C => look(KINDS, &hex(&[first])),
        _ => None,
    }
}

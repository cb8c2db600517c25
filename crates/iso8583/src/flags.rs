//! What single bits mean in the chip's status objects: TVR (95), TSI (9B), AIP (82), AUC (9F07). Byte and bit as EMV counts them:
//! byte 1 first, bit 8 highest. Words for people only; no decision may be taken from them.

use crate::fault::Name;

/// Byte, bit, words.
type Flags = [(u8, u8, &'static str, &'static str)];

#[rustfmt::skip]
static TVR: &Flags = &[
    (1, 8, "未进行脱机数据认证", "offline data authentication was not performed"),
    (1, 7, "静态数据认证失败", "static data authentication failed"),
    (1, 6, "IC卡数据缺失", "chip data missing"),
    (1, 5, "卡在终端异常文件中", "card is on the terminal exception file"),
    (1, 4, "动态数据认证失败", "dynamic data authentication failed"),
    (1, 3, "复合动态数据认证失败", "combined dynamic authentication failed"),
    (1, 2, "选择了静态数据认证", "static data authentication selected"),
    (2, 8, "卡与终端应用版本不一致", "card and terminal have different application versions"),
    (2, 7, "应用已过期", "application expired"),
    (2, 6, "应用尚未生效", "application not yet effective"),
    (2, 5, "卡片产品不允许所请求的服务", "service not allowed for this card product"),
    (2, 4, "新卡", "new card"),
    (3, 8, "持卡人验证未成功", "cardholder verification was not successful"),
    (3, 7, "未知的持卡人验证方法", "cardholder verification method not known"),
    (3, 6, "PIN重试次数超限", "PIN try limit exceeded"),
    (3, 5, "要求输入PIN但密码键盘不存在或故障", "PIN required, PIN pad missing or broken"),
    (3, 4, "要求输入PIN，密码键盘正常，但未输入PIN", "PIN required, PIN pad present, no PIN entered"),
    (3, 3, "输入了联机PIN", "online PIN entered"),
    (4, 8, "交易超过最低限额", "transaction exceeds the floor limit"),
    (4, 7, "超过连续脱机交易下限", "lower consecutive offline limit exceeded"),
    (4, 6, "超过连续脱机交易上限", "upper consecutive offline limit exceeded"),
    (4, 5, "交易被随机选择联机", "selected at random for online processing"),
    (4, 4, "商户要求联机", "merchant forced the transaction online"),
    (5, 8, "使用缺省交易证书数据对象列表", "default certificate data list used"),
    (5, 7, "发卡行认证失败", "issuer authentication failed"),
    (5, 6, "最后一次生成应用密文前脚本处理失败", "script failed before the final cryptogram"),
    (5, 5, "最后一次生成应用密文后脚本处理失败", "script failed after the final cryptogram"),
];

#[rustfmt::skip]
static TSI: &Flags = &[
    (1, 8, "进行了脱机数据认证", "offline data authentication was performed"),
    (1, 7, "进行了持卡人验证", "cardholder verification was performed"),
    (1, 6, "进行了卡片风险管理", "card risk management was performed"),
    (1, 5, "进行了发卡行认证", "issuer authentication was performed"),
    (1, 4, "进行了终端风险管理", "terminal risk management was performed"),
    (1, 3, "进行了脚本处理", "script processing was performed"),
];

#[rustfmt::skip]
static AIP: &Flags = &[
    (1, 7, "支持静态数据认证", "static data authentication supported"),
    (1, 6, "支持动态数据认证", "dynamic data authentication supported"),
    (1, 5, "支持持卡人验证", "cardholder verification supported"),
    (1, 4, "要求终端风险管理", "terminal risk management to be performed"),
    (1, 3, "支持发卡行认证", "issuer authentication supported"),
    (1, 1, "支持复合动态数据认证", "combined dynamic authentication supported"),
];

#[rustfmt::skip]
static AUC: &Flags = &[
    (1, 8, "国内现金有效", "valid for domestic cash"),
    (1, 7, "国际现金有效", "valid for international cash"),
    (1, 6, "国内商品有效", "valid for domestic goods"),
    (1, 5, "国际商品有效", "valid for international goods"),
    (1, 4, "国内服务有效", "valid for domestic services"),
    (1, 3, "国际服务有效", "valid for international services"),
    (1, 2, "ATM有效", "valid at teller machines"),
    (1, 1, "除ATM外的终端有效", "valid at terminals other than teller machines"),
    (2, 8, "允许国内返现", "domestic cashback allowed"),
    (2, 7, "允许国际返现", "international cashback allowed"),
];

/// The bits that are set in the object with this tag: byte, bit, meaning. Bits that have no meaning are left out.
pub fn set(tag: u32, value: &[u8]) -> impl Iterator<Item = (u8, u8, Name)> {
    let flags: &'static Flags = match tag {
        0x95 => TVR,
        0x9B => TSI,
        0x82 => AIP,
        0x9F07 => AUC,
        _ => &[],
    };
    let on =
        move |byte: u8, bit: u8| value.get(usize::from(byte) - 1).is_some_and(|found| found & (1 << (bit - 1)) != 0);
    flags.iter().filter(move |row| on(row.0, row.1)).map(|row| (row.0, row.1, Name { zh: row.2, en: row.3 }))
}

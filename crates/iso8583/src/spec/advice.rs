//! What to write instead of a class that is not known. Said beside the fault, never done in silence: to guess a shape is to misread money.

/// Advice in both languages: 中文, English.
type Advice = (&'static str, &'static str);

const LENGTH_FIRST: Advice = (
    "其长度固定：请改用 IF_CHAR，length 加 2，两位长度即在值的最前",
    "it is fixed in length: write IF_CHAR with a length 2 greater, the two digits of its length then come first in the value",
);

#[rustfmt::skip] // one beginning a line reads as a table
static CLASSES: &[(&str, Advice)] = &[
    ("IFA_FLL", LENGTH_FIRST),
    ("IFB_LLHF", ("其长度固定：请改用 IFB_BINARY，length 加 1，长度字节即在值的最前", "it is fixed in length: write IFB_BINARY with a length 1 greater, the byte of its length then comes first in the value")),
    ("IFA_LLHBINARY", ("请写 IFB_LLHBINARY（一字节二进制长度）或 IFA_LLBINARY（两位 ASCII 长度）", "write IFB_LLHBINARY (a length of one binary byte) or IFA_LLBINARY (of two ASCII digits)")),
    ("IFEB_LL", ("数字压缩时请写 IFEB_LLNUM、IFEB_LLLNUM，每字节一字符时请写 IFEA_LLCHAR 或 IFE_LLCHAR", "write IFEB_LLNUM or IFEB_LLLNUM for packed digits, IFEA_LLCHAR or IFE_LLCHAR for characters")),
    ("IFA_LLBNUM", ("请用 TOML 描述此报文：encoding = 'bcd-left'，length = 'ascii'", "describe the messages in TOML: encoding = 'bcd-left', length = 'ascii'")),
    ("IFEMC_", ("EBCDIC 标签不支持：请把外层域写成没有子域的 isofield，整体读取", "tags in EBCDIC are not supported: write the outer field as an isofield without parts, it is then read whole")),
    ("IFEPE_", ("EBCDIC 标签不支持：请把外层域写成没有子域的 isofield，整体读取", "tags in EBCDIC are not supported: write the outer field as an isofield without parts, it is then read whole")),
    ("IFELPE_", ("EBCDIC 标签不支持：请把外层域写成没有子域的 isofield，整体读取", "tags in EBCDIC are not supported: write the outer field as an isofield without parts, it is then read whole")),
    ("IF_T", ("以分隔符结束的域不支持：请把外层域写成没有子域的 isofield，整体读取", "a field that ends at a token is not supported: write the outer field as an isofield without parts, it is then read whole")),
];

/// For the class called `name`, with or without its Java package.
pub(super) fn for_class(name: &str) -> Advice {
    let short = name.rsplit('.').next().unwrap_or_default();
    let known = CLASSES.iter().find(|(begins, _)| short.starts_with(begins));
    known.map_or(
        (
            "请写形状相同的类，已知的类列在 slipway-iso8583 的 README 中",
            "write one of the same shape; the README of slipway-iso8583 lists those that are known",
        ),
        |(_, advice)| *advice,
    )
}

/// For a class of parts.
pub(super) const FOR_PACKAGER: Advice = (
    "请把此域写成没有子域的 isofield，整体读取；已知的有 GenericSubFieldPackager、GenericPackager、Base1SubFieldPackager、CTCSubFieldPackager、EuroSubFieldPackager、GenericTaggedFieldsPackager",
    "write this field as an isofield without parts, it is then read whole; known are GenericSubFieldPackager, GenericPackager, \
     Base1SubFieldPackager, CTCSubFieldPackager, EuroSubFieldPackager, GenericTaggedFieldsPackager",
);

/// For a bitmap that stands in field 65.
pub(super) const FOR_THIRD_BITMAP: Advice = (
    "不支持放在域 65 中的第三位图；三个位图相连时，请在域 1 写 length=\"24\" 并删去域 65，否则请删去域 129 以后的各域",
    "a third bitmap inside field 65 is not supported; where three bitmaps stand together, write length=\"24\" in field 1 and leave \
     field 65 out, else leave the fields from 129 on out",
);

/// For a first field that is no bitmap.
pub(super) const FOR_NO_BITMAP: Advice = (
    "此域应为位图（IFA_BITMAP、IFB_BITMAP 或 IFE_BITMAP），域 2 起才是数据；域 1 即卡号的 ANSI X9.2 报文不支持",
    "this field must be the bitmap (IFA_BITMAP, IFB_BITMAP or IFE_BITMAP), data begin with field 2; ANSI X9.2, where field 1 is the \
     card number, is not supported",
);

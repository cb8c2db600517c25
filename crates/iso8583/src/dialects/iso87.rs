//! ISO 8583:1987 in four wire forms: `iso87-ascii`, `iso87-ascii-binbitmap`, `iso87-bcd`, `ebcdic-host`.
//! Source: the field table of the standard, in the forms that packagers in the field give it. Rows only: no behaviour may be written here.

use super::iso::{ASCII, BCD_RIGHT, EBCDIC, Is::*, Row, hid, row, styled, with};
use crate::dialect::{Bitmap, Cover, Dialect, Encoding, Family, Field};

/// All in ASCII: bitmaps and fixed bytes as hexadecimal text.
pub static ISO87_ASCII: Dialect =
    Dialect::new("iso87-ascii", Family::General, Encoding::Ascii, 128, 0, TEXT).with_bitmap(Bitmap::Hex);

/// ASCII, with binary bitmaps; other fixed bytes as hexadecimal text.
pub static ISO87_ASCII_BINBITMAP: Dialect =
    Dialect::new("iso87-ascii-binbitmap", Family::General, Encoding::Ascii, 128, 0, TEXT);

/// MTI, digits and lengths packed; an odd fixed field has its pad nibble on the left, a variable one on the right.
pub static ISO87_BCD: Dialect = Dialect::new("iso87-bcd", Family::General, Encoding::BcdLeft, 128, 0, PACKED);

/// EBCDIC (code page 37) with binary bitmaps and bytes; F96 has 8 bytes.
pub static EBCDIC_HOST: Dialect = Dialect::new("ebcdic-host", Family::General, Encoding::Ebcdic, 128, 0, HOST);

const _: () = assert!(ISO87_ASCII.check().is_none() && ISO87_ASCII_BINBITMAP.check().is_none());
const _: () = assert!(ISO87_BCD.check().is_none() && EBCDIC_HOST.check().is_none());

const TEXT: &[Field] = &styled(&ROWS, &ASCII);
const PACKED: &[Field] = &styled(&ROWS, &BCD_RIGHT);
const KEY_OF_8: Row = hid(96, B(8), Cover::Secret, "报文安全码", "message security code");
const HOST: &[Field] = &with(styled(&ROWS, &EBCDIC), KEY_OF_8, &EBCDIC);

#[rustfmt::skip] // one row a line reads as a table
const ROWS: [Row; 127] = [
    hid(2, NLl(19), Cover::Pan, "主账号", "primary account number"),
    row(3, N(6), "交易处理码", "processing code"),
    row(4, N(12), "交易金额", "transaction amount"),
    row(5, N(12), "清算金额", "settlement amount"),
    row(6, N(12), "持卡人扣账金额", "cardholder billing amount"),
    row(7, N(10), "交易传输时间", "transmission date and time"),
    row(8, N(8), "持卡人扣账手续费", "cardholder billing fee"),
    row(9, N(8), "清算汇率", "settlement conversion rate"),
    row(10, N(8), "持卡人扣账汇率", "cardholder billing conversion rate"),
    row(11, N(6), "系统跟踪号", "system trace audit number"),
    row(12, N(6), "受卡方所在地时间", "local transaction time"),
    row(13, N(4), "受卡方所在地日期", "local transaction date"),
    row(14, N(4), "卡有效期", "card expiry"),
    row(15, N(4), "清算日期", "settlement date"),
    row(16, N(4), "兑换日期", "conversion date"),
    row(17, N(4), "收单日期", "capture date"),
    row(18, N(4), "商户类型", "merchant type"),
    row(19, N(3), "受理机构国家代码", "acquirer country"),
    row(20, N(3), "主账号国家代码", "account country"),
    row(21, N(3), "发送机构国家代码", "forwarder country"),
    row(22, N(3), "服务点输入方式码", "point-of-service entry mode"),
    row(23, N(3), "卡序列号", "card sequence number"),
    row(24, N(3), "网络标识", "network international identifier"),
    row(25, N(2), "服务点条件码", "point-of-service condition code"),
    row(26, N(2), "服务点PIN获取码", "PIN capture code"),
    row(27, N(1), "授权码长度", "authorisation code length"),
    row(28, X(9), "交易费", "transaction fee"),
    row(29, X(9), "清算费", "settlement fee"),
    row(30, X(9), "交易处理费", "transaction processing fee"),
    row(31, X(9), "清算处理费", "settlement processing fee"),
    row(32, NLl(11), "受理机构标识码", "acquiring institution id"),
    row(33, NLl(11), "发送机构标识码", "forwarding institution id"),
    hid(34, TLl(28), Cover::Pan, "扩展主账号", "extended account number"),
    hid(35, Z2(37), Cover::Track, "二磁道数据", "track 2 data"),
    hid(36, Z3(104), Cover::Track, "三磁道数据", "track 3 data"),
    row(37, T(12), "检索参考号", "retrieval reference number"),
    row(38, T(6), "授权标识应答码", "authorisation code"),
    row(39, T(2), "应答码", "response code"),
    row(40, T(3), "服务限制码", "service restriction code"),
    row(41, T(8), "受卡机终端标识码", "terminal id"),
    row(42, T(15), "受卡方标识码", "merchant id"),
    row(43, T(40), "受卡方名称地址", "merchant name and place"),
    hid(44, TLl(25), Cover::Free, "附加响应数据", "additional response data"),
    hid(45, TLl(76), Cover::Track, "一磁道数据", "track 1 data"),
    hid(46, TLll(999), Cover::Free, "附加数据（ISO）", "additional data, ISO"),
    hid(47, TLll(999), Cover::Free, "附加数据（国家）", "additional data, national"),
    hid(48, TLll(999), Cover::Free, "附加数据（自定义）", "additional data, private"),
    row(49, T(3), "交易货币代码", "transaction currency"),
    row(50, T(3), "清算货币代码", "settlement currency"),
    row(51, T(3), "持卡人账户货币代码", "cardholder account currency"),
    hid(52, B(8), Cover::Secret, "个人标识码数据", "PIN data"),
    row(53, N(16), "安全控制信息", "security control"),
    row(54, TLll(120), "附加金额", "additional amounts"),
    hid(55, Chip(999), Cover::Chip, "IC卡数据域", "chip data"),
    hid(56, TLll(999), Cover::Free, "ISO保留56", "reserved, ISO 56"),
    hid(57, TLll(999), Cover::Free, "国家保留57", "reserved, national 57"),
    hid(58, TLll(999), Cover::Free, "国家保留58", "reserved, national 58"),
    hid(59, TLll(999), Cover::Free, "国家保留59", "reserved, national 59"),
    hid(60, TLll(999), Cover::Free, "自定义60", "reserved, private 60"),
    hid(61, TLll(999), Cover::Free, "自定义61", "reserved, private 61"),
    hid(62, TLll(999), Cover::Free, "自定义62", "reserved, private 62"),
    hid(63, TLll(999), Cover::Free, "自定义63", "reserved, private 63"),
    row(64, B(8), "报文鉴别码", "message authentication code"),
    row(65, B(1), "扩展位图", "extended bitmap"),
    row(66, N(1), "结算码", "settlement code"),
    row(67, N(2), "扩展付款码", "extended payment code"),
    row(68, N(3), "接收机构国家代码", "receiver country"),
    row(69, N(3), "清算机构国家代码", "settlement institution country"),
    row(70, N(3), "网络管理信息码", "network management code"),
    row(71, N(4), "报文序号", "message number"),
    row(72, N(4), "最后报文序号", "last message number"),
    row(73, N(6), "操作日期", "action date"),
    row(74, N(10), "贷记笔数", "credits, number"),
    row(75, N(10), "撤销贷记笔数", "credits reversed, number"),
    row(76, N(10), "借记笔数", "debits, number"),
    row(77, N(10), "撤销借记笔数", "debits reversed, number"),
    row(78, N(10), "转账笔数", "transfers, number"),
    row(79, N(10), "撤销转账笔数", "transfers reversed, number"),
    row(80, N(10), "查询笔数", "inquiries, number"),
    row(81, N(10), "授权笔数", "authorisations, number"),
    row(82, N(12), "贷记处理费", "credits, processing fee"),
    row(83, N(12), "贷记交易费", "credits, transaction fee"),
    row(84, N(12), "借记处理费", "debits, processing fee"),
    row(85, N(12), "借记交易费", "debits, transaction fee"),
    row(86, N(16), "贷记金额", "credits, amount"),
    row(87, N(16), "撤销贷记金额", "credits reversed, amount"),
    row(88, N(16), "借记金额", "debits, amount"),
    row(89, N(16), "撤销借记金额", "debits reversed, amount"),
    row(90, N(42), "原始数据元", "original data elements"),
    row(91, T(1), "文件更新码", "file update code"),
    row(92, T(2), "文件安全码", "file security code"),
    row(93, T(6), "应答指示", "response indicator"),
    row(94, T(7), "服务指示", "service indicator"),
    row(95, T(42), "替换金额", "replacement amounts"),
    hid(96, B(16), Cover::Secret, "报文安全码", "message security code"),
    row(97, X(17), "净额结算金额", "net settlement amount"),
    row(98, T(25), "收款人", "payee"),
    row(99, NLl(11), "清算机构标识码", "settlement institution id"),
    row(100, NLl(11), "接收机构标识码", "receiving institution id"),
    row(101, TLl(17), "文件名", "file name"),
    hid(102, TLl(28), Cover::Pan, "账户标识1", "account id 1"),
    hid(103, TLl(28), Cover::Pan, "账户标识2", "account id 2"),
    hid(104, TLll(100), Cover::Free, "交易描述", "transaction description"),
    hid(105, TLll(999), Cover::Free, "ISO保留105", "reserved, ISO 105"),
    hid(106, TLll(999), Cover::Free, "ISO保留106", "reserved, ISO 106"),
    hid(107, TLll(999), Cover::Free, "ISO保留107", "reserved, ISO 107"),
    hid(108, TLll(999), Cover::Free, "ISO保留108", "reserved, ISO 108"),
    hid(109, TLll(999), Cover::Free, "ISO保留109", "reserved, ISO 109"),
    hid(110, TLll(999), Cover::Free, "ISO保留110", "reserved, ISO 110"),
    hid(111, TLll(999), Cover::Free, "ISO保留111", "reserved, ISO 111"),
    hid(112, TLll(999), Cover::Free, "国家保留112", "reserved, national 112"),
    hid(113, TLll(999), Cover::Free, "国家保留113", "reserved, national 113"),
    hid(114, TLll(999), Cover::Free, "国家保留114", "reserved, national 114"),
    hid(115, TLll(999), Cover::Free, "国家保留115", "reserved, national 115"),
    hid(116, TLll(999), Cover::Free, "国家保留116", "reserved, national 116"),
    hid(117, TLll(999), Cover::Free, "国家保留117", "reserved, national 117"),
    hid(118, TLll(999), Cover::Free, "国家保留118", "reserved, national 118"),
    hid(119, TLll(999), Cover::Free, "国家保留119", "reserved, national 119"),
    hid(120, TLll(999), Cover::Free, "自定义120", "reserved, private 120"),
    hid(121, TLll(999), Cover::Free, "自定义121", "reserved, private 121"),
    hid(122, TLll(999), Cover::Free, "自定义122", "reserved, private 122"),
    hid(123, TLll(999), Cover::Free, "自定义123", "reserved, private 123"),
    hid(124, TLll(999), Cover::Free, "自定义124", "reserved, private 124"),
    hid(125, TLll(999), Cover::Free, "自定义125", "reserved, private 125"),
    hid(126, TLll(999), Cover::Free, "自定义126", "reserved, private 126"),
    hid(127, TLll(999), Cover::Free, "自定义127", "reserved, private 127"),
    row(128, B(8), "报文鉴别码", "message authentication code"),
];

//! The sales slip 签购单: one function per item of the trade's order, and the table that puts them in that order.
//! Never prints a card digit that the masked [`CardTail`] does not hold, never a signature line on the cardholder copy.

use crate::fault::FAULT;
use crate::lines::{Align, Columns, Lines, Size};
use crate::lists::{DETAILS, TOTALS};
use crate::page::Page;
use slipway_terms::{Amount, CardTail, Copy, EntryLetter, Kind, Slip, SlipKind, Verification};

/// Lines all remarks together may take.
const REMARK_LINES_MAX: usize = 24;

/// One item of a slip: puts nothing if the slip has nothing for it.
pub(crate) type Item = fn(&Slip, Copy, &mut Page);

/// The items of an approved slip, numbered as the trade numbers them. Chip lines (17) stand before the remarks' end, if the card had a chip.
static VOUCHER: &[(u8, Item)] = &[
    (1, title),
    (2, copy_name),
    (3, merchant_name),
    (4, merchant_no),
    (5, terminal_no),
    (6, operator_no),
    (7, issuer),
    (8, card_no),
    (9, acquirer),
    (10, transaction_type),
    (11, expiry),
    (12, batch_voucher_auth),
    (13, reference_and_time),
    (14, amount),
    (15, remarks), // 16, the hosts' texts, stand among them
    (17, chip_lines),
    (18, reprint),
    (19, no_signature),
    (20, signature),
];

/// The slip as lines for one copy on one paper width. Total: every slip has a form, hostile names are cleaned and cut.
/// A [`SlipKind::Fault`] slip is no voucher and says so; it has no signature block.
pub fn render(slip: &Slip, copy: Copy, columns: Columns) -> Lines {
    let mut page = Page::new(columns);
    let items = match slip.kind {
        SlipKind::Approved => VOUCHER,
        SlipKind::Fault => FAULT,
        SlipKind::Totals => TOTALS,
        SlipKind::Details => DETAILS,
    };
    test_mode(slip, copy, &mut page);
    for (_, item) in items {
        item(slip, copy, &mut page);
    }
    test_mode(slip, copy, &mut page);
    page.finish()
}

fn test_mode(slip: &Slip, _: Copy, page: &mut Page) {
    if slip.test {
        page.centred("测试交易 不作凭证");
        page.centred("TESTING, NOT VALID");
    }
}

fn title(slip: &Slip, _: Copy, page: &mut Page) {
    page.styled(&slip.title, Size::Double, true, Align::Centre);
    page.styled("POS SALES SLIP", Size::Normal, false, Align::Centre);
}

pub(crate) fn copy_name(_: &Slip, copy: Copy, page: &mut Page) {
    page.centred(match copy {
        Copy::Merchant => "商户存根 MERCHANT COPY",
        Copy::Cardholder => "持卡人存根 CARDHOLDER COPY",
    });
}

pub(crate) fn merchant_name(slip: &Slip, _: Copy, page: &mut Page) {
    page.rule("-");
    page.pair("商户名称(MERCHANT NAME):", &slip.merchant_name, true);
}

pub(crate) fn merchant_no(slip: &Slip, _: Copy, page: &mut Page) {
    // The number is the acquirer's, not a card's: its 15 digits are printed whole.
    page.number("商户编号(MERCHANT NO):", slip.merchant.as_str());
}

pub(crate) fn terminal_no(slip: &Slip, _: Copy, page: &mut Page) {
    page.number("终端编号(TERMINAL NO):", slip.terminal.as_str());
}

pub(crate) fn operator_no(slip: &Slip, _: Copy, page: &mut Page) {
    page.number("操作员号(OPERATOR NO):", &slip.operator.to_string());
}

pub(crate) fn issuer(slip: &Slip, _: Copy, page: &mut Page) {
    page.rule("-");
    page.pair("发卡行(ISSUER):", &slip.issuer, false);
}

pub(crate) fn card_no(slip: &Slip, _: Copy, page: &mut Page) {
    page.pair("卡号(CARD NO):", &format!("{} /{}", grouped(slip.card), letter(slip.entry)), true);
}

/// The masked number in groups of four: `9990 01** **** 0014`.
fn grouped(card: CardTail) -> String {
    let mut out = String::new();
    for (at, c) in card.to_string().chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

const fn letter(entry: EntryLetter) -> char {
    match entry {
        EntryLetter::M => 'M',
        EntryLetter::S => 'S',
        EntryLetter::I => 'I',
        EntryLetter::C => 'C',
        EntryLetter::N => 'N',
        EntryLetter::Q => 'Q',
    }
}

/// What the chip left: its consent (TC) or its request (ARQC), the verification results, the application, status and counter.
fn chip_lines(slip: &Slip, _: Copy, page: &mut Page) {
    let Some(chip) = &slip.chip else { return };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    page.number(if chip.agreed { "TC:" } else { "ARQC:" }, &hex(&chip.cryptogram));
    page.number("TVR:", &hex(&chip.tvr));
    page.number("AID:", chip.aid.as_str());
    page.number("TSI:", &hex(&chip.tsi));
    page.number("ATC:", &format!("{:04X}", chip.atc));
    page.pair("APPLAB:", chip.label.as_str(), false);
}

pub(crate) fn acquirer(slip: &Slip, _: Copy, page: &mut Page) {
    page.pair("收单行(ACQUIRER):", &slip.acquirer, false);
}

pub(crate) fn transaction_type(slip: &Slip, _: Copy, page: &mut Page) {
    let shape = slip.transaction.shape();
    page.label("交易类型(TXN TYPE):");
    page.styled(&format!("{}/{}", shape.zh, shape.en), Size::Double, true, Align::Centre);
}

pub(crate) fn expiry(slip: &Slip, _: Copy, page: &mut Page) {
    if let Some(expiry) = slip.expiry {
        page.number("卡有效期(EXP DATE):", &format!("20{:02}/{:02}", expiry.year, expiry.month));
    }
}

pub(crate) fn batch_voucher_auth(slip: &Slip, _: Copy, page: &mut Page) {
    page.rule("-");
    page.number("批次号(BATCH NO):", &slip.batch.to_string());
    page.number("凭证号(VOUCHER NO):", &slip.voucher.to_string());
    if let Some(auth) = &slip.auth {
        page.number("授权码(AUTH NO):", auth.as_str());
    }
}

pub(crate) fn reference_and_time(slip: &Slip, _: Copy, page: &mut Page) {
    if let Some(rrn) = &slip.rrn {
        page.number("参考号(REF NO):", rrn.as_str());
    }
    page.number("日期/时间(DATE/TIME):", &slip.at.to_string().replace('-', "/"));
}

pub(crate) fn amount(slip: &Slip, _: Copy, page: &mut Page) {
    page.large("金额(AMOUNT):", &signed(is_negative(slip), slip.amount));
}

fn is_negative(slip: &Slip) -> bool {
    slip.negative || slip.transaction.shape().sign < 0
}

/// `RMB 88.00`; money that goes back prints a minus (rules 10).
fn signed(negative: bool, amount: Amount) -> String {
    let sign = if negative { "-" } else { "" };
    let currency = match amount.currency().0 {
        156 => "RMB",
        344 => "HKD",
        446 => "MOP",
        840 => "USD",
        978 => "EUR",
        other => return format!("CUR {other:03} {sign}{amount}"),
    };
    format!("{currency} {sign}{amount}")
}

pub(crate) fn remarks(slip: &Slip, _: Copy, page: &mut Page) {
    page.rule("-");
    if slip.remarks.is_empty() {
        return;
    }
    page.label("备注(REFERENCE):");
    let mut left = REMARK_LINES_MAX;
    for remark in &slip.remarks {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(page.paragraph(remark, 2, left));
    }
}

pub(crate) fn reprint(slip: &Slip, _: Copy, page: &mut Page) {
    if slip.reprint {
        page.centred("****重打印/DUPLICATED****");
    }
}

fn no_signature(slip: &Slip, _: Copy, page: &mut Page) {
    let (zh, en) = match slip.verification {
        Verification::Signature => return,
        Verification::NoSignature => ("交易金额未超限额，无需签名", "NO SIGNATURE REQUIRED"),
        Verification::NoPinNoSignature => ("交易金额未超限额，免密免签", "NO PIN AND NO SIGNATURE REQUIRED"),
        Verification::Pin => ("已验证密码，无需签名", "PIN VERIFIED, NO SIGNATURE REQUIRED"),
        Verification::CardAbsent => ("订购交易，持卡人未到场", "CARDHOLDER NOT PRESENT"),
    };
    page.centred(zh);
    page.centred(en);
}

fn signature(slip: &Slip, copy: Copy, page: &mut Page) {
    if copy != Copy::Merchant {
        return;
    }
    if slip.verification == Verification::Signature {
        page.label("持卡人签名(CARDHOLDER SIGNATURE)");
        page.blank();
        page.blank();
        page.rule("_");
    }
    let (zh, en) = consent(slip);
    page.paragraph(zh, 0, 4);
    page.paragraph(en, 0, 4);
}

/// What the cardholder signs for: nobody consents to pay where money comes back, or where it is only held.
fn consent(slip: &Slip) -> (&'static str, &'static str) {
    match slip.transaction {
        Kind::PreAuthVoid => {
            ("本人确认以上预授权已撤销，冻结金额解除", "I ACKNOWLEDGE THAT THE ABOVE HOLD IS RELEASED")
        }
        Kind::PreAuth => {
            ("本人确认以上预授权，同意在本卡账户冻结该金额", "I AGREE THAT THE ABOVE AMOUNT IS HELD ON MY ACCOUNT")
        }
        _ if is_negative(slip) => {
            ("本人确认以上交易，同意将款项退回本卡账户", "I ACKNOWLEDGE THAT THE ABOVE AMOUNT GOES BACK TO MY ACCOUNT")
        }
        _ => {
            ("本人确认以上交易，同意将其计入本卡账户", "I ACKNOWLEDGE SATISFACTORY RECEIPT OF RELATIVE GOODS/SERVICES")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{Currency, Pan};

    #[test]
    fn amounts_carry_their_sign() {
        let check = |negative, want: &str| assert_eq!(signed(negative, Amount::fen(8800)), want);
        check(false, "RMB 88.00");
        check(true, "RMB -88.00");
        assert_eq!(signed(false, Amount::new(5, Currency(36)).unwrap()), "CUR 036 0.05");
    }

    #[test]
    fn card_numbers_stand_in_fours() {
        let check = |pan: &str, want: &str| assert_eq!(grouped(Pan::new(pan).unwrap().tail()), want);
        check("9990010000000014", "9990 01** **** 0014");
        check("9990020000000000018", "9990 02** **** ***0 018");
        check("999001000018", "9990 01** 0018");
    }
}

//! Slips for the tests: one sale, and what differs in the others. Test cards only.
#![allow(dead_code, reason = "each test file uses its own choice")]
#![allow(clippy::unwrap_used, reason = "the values are constants of the tests")]

use slipway_terms::{
    Amount, AuthCode, BatchNo, EntryLetter, Expiry, Kind, MerchantId, Moment, OperatorNo, Pan, Rrn, Slip, SlipKind,
    SlipRow, Stan, TerminalId, Verification,
};

pub const CARD: &str = "9990011234560019";

/// An approved sale by stripe, signed.
pub fn sale() -> Slip {
    Slip {
        kind: SlipKind::Approved,
        title: "POS签购单".into(),
        merchant_name: "江畔小面馆(解放碑店)".into(),
        merchant: MerchantId::new("999653058120001").unwrap(),
        terminal: TerminalId::new("99900001").unwrap(),
        operator: OperatorNo(1),
        issuer: "试验银行甲".into(),
        acquirer: "试验收单".into(),
        card: Pan::new(CARD).unwrap().tail(),
        entry: EntryLetter::S,
        chip: None,
        expiry: Some(Expiry::new("3012").unwrap()),
        transaction: Kind::Sale,
        batch: BatchNo(1),
        voucher: Stan::new(42).unwrap(),
        auth: Some(AuthCode::new("A1B2C3").unwrap()),
        rrn: Some(Rrn::new("632700000042").unwrap()),
        at: Moment(1_795_421_045_000),
        amount: Amount::fen(8800),
        negative: false,
        rows: Vec::new(),
        remarks: Vec::new(),
        verification: Verification::Signature,
        reprint: false,
        test: false,
    }
}

/// A void, printed again.
pub fn void_again() -> Slip {
    Slip {
        transaction: Kind::SaleVoid,
        voucher: Stan::new(43).unwrap(),
        remarks: vec!["原凭证号 ORIGINAL VOUCHER 000042".into()],
        reprint: true,
        ..sale()
    }
}

/// A refund, named by reference number and day.
pub fn refund() -> Slip {
    Slip {
        transaction: Kind::Refund,
        voucher: Stan::new(44).unwrap(),
        negative: true,
        remarks: vec!["原参考号 ORIG REF 632700000042".into(), "原交易日期 ORIG DATE 11/23".into()],
        ..sale()
    }
}

/// A total that was adjusted downwards: only the slip itself knows its sign.
pub fn adjustment() -> Slip {
    Slip {
        transaction: Kind::Adjust,
        voucher: Stan::new(45).unwrap(),
        amount: Amount::fen(800),
        negative: true,
        remarks: vec![
            "原凭证号 ORIG VOUCHER 000042".into(),
            "原金额 BEFORE RMB 88.00".into(),
            "调整后总额 TOTAL RMB 80.00".into(),
        ],
        ..sale()
    }
}

/// The void of a hold: no money moves, and it prints a minus as every void.
pub fn pre_auth_void() -> Slip {
    Slip {
        transaction: Kind::PreAuthVoid,
        voucher: Stan::new(46).unwrap(),
        negative: true,
        remarks: vec!["原凭证号 ORIG VOUCHER 000042".into(), "预授权码 PRE-AUTH NO A1B2C3".into()],
        ..sale()
    }
}

fn row(label: &str, value: &str) -> SlipRow {
    SlipRow { label: label.into(), value: value.into() }
}

/// The totals of a batch.
pub fn totals() -> Slip {
    Slip {
        kind: SlipKind::Totals,
        rows: vec![
            row("3 消费/SALE", "264.00"),
            row("1 消费撤销/VOID", "-88.00"),
            row("12 预授权完成通知/COMPLETION ADVICE", "1234567.89"),
            row("15 借记合计 DEBIT", "1234831.89"),
            row("1 贷记合计 CREDIT", "88.00"),
        ],
        remarks: vec![
            "对账不平，已上送明细 16 笔 NOT BALANCED, 16 UPLOADED".into(),
            "另有 1 笔待上送，将自动发送 1 STILL TO BE SENT".into(),
        ],
        reprint: true,
        ..sale()
    }
}

/// A list of the journal.
pub fn details() -> Slip {
    Slip {
        kind: SlipKind::Details,
        rows: vec![
            row("000042 消费", "88.00"),
            row("  999001******0019", "A1B2C3"),
            row("000043 消费撤销", "-88.00"),
            row("  999001******0019", "A1B2C4"),
            row("000044 预授权", "(88.00)"),
            row("  999001******0019", "A1B2C5"),
        ],
        ..sale()
    }
}

/// A keyed sale without PIN and signature, in test mode, nothing known of the issuer.
pub fn small() -> Slip {
    Slip {
        entry: EntryLetter::M,
        chip: None,
        expiry: None,
        issuer: String::new(),
        verification: Verification::NoPinNoSignature,
        test: true,
        ..sale()
    }
}

/// A reversal that did not get through.
pub fn fault() -> Slip {
    Slip {
        kind: SlipKind::Fault,
        auth: None,
        rrn: None,
        remarks: vec![
            "钱将退回持卡人，最迟 2026-11-26 24:00".into(),
            "THE MONEY WILL RETURN BY 2026-11-26 24:00".into(),
        ],
        ..sale()
    }
}

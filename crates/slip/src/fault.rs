//! The fault slip 故障单: paper for a reversal that did not get through (rules 3).
//! Never looks like a voucher: its own title, "not a voucher", no authorisation, no signature block.

use crate::lines::{Align, Size};
use crate::page::Page;
use crate::sale::{self, Item};
use slipway_terms::{Copy, Slip};

/// The items of a fault slip: those of a sales slip up to the amount, then the verdict and what to do.
pub(crate) static FAULT: &[(u8, Item)] = &[
    (1, title),
    (2, sale::copy_name),
    (3, sale::merchant_name),
    (4, sale::merchant_no),
    (5, sale::terminal_no),
    (6, sale::operator_no),
    (7, sale::issuer),
    (8, sale::card_no),
    (9, sale::acquirer),
    (10, sale::transaction_type),
    (11, sale::expiry),
    (12, sale::batch_voucher_auth),
    (13, sale::reference_and_time),
    (14, sale::amount),
    (15, sale::remarks),
    (18, sale::reprint),
    (19, reason),
];

fn title(_: &Slip, _: Copy, page: &mut Page) {
    page.styled("故障单", Size::Double, true, Align::Centre);
    page.styled("FAULT SLIP", Size::Normal, false, Align::Centre);
    page.centred("非凭证 NOT A VOUCHER");
}

fn reason(_: &Slip, _: Copy, page: &mut Page) {
    page.paragraph("冲正未完成。本单不是付款凭证，请按备注所示办理，需要时请收单机构人工处理。", 0, 6);
    page.paragraph(
        "THE REVERSAL IS NOT COMPLETE. THIS PAPER PROVES NO PAYMENT. FOLLOW THE REFERENCE ABOVE; IF NEEDED, ASK THE \
         ACQUIRER FOR MANUAL HANDLING.",
        0,
        8,
    );
    page.centred("非凭证 NOT A VOUCHER");
}

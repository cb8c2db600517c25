//! Papers that list: the totals slip 结算单 and the details 交易明细. Never vouchers: no card in full, no signature block.

use crate::lines::{Align, Size};
use crate::page::Page;
use crate::sale::{self, Item};
use slipway_terms::{Copy, Slip};

/// The items of a totals slip.
pub(crate) static TOTALS: &[(u8, Item)] = &[
    (1, totals_title),
    (3, sale::merchant_name),
    (4, sale::merchant_no),
    (5, sale::terminal_no),
    (6, sale::operator_no),
    (12, batch_and_time),
    (14, rows),
    (15, sale::remarks),
    (18, sale::reprint),
];

/// The items of one piece of the details.
pub(crate) static DETAILS: &[(u8, Item)] = &[
    (1, details_title),
    (3, sale::merchant_name),
    (4, sale::merchant_no),
    (5, sale::terminal_no),
    (6, sale::operator_no),
    (12, batch_and_time),
    (14, rows),
    (18, sale::reprint),
];

fn totals_title(_: &Slip, _: Copy, page: &mut Page) {
    page.styled("结算单", Size::Double, true, Align::Centre);
    page.styled("SETTLEMENT", Size::Normal, false, Align::Centre);
}

fn details_title(_: &Slip, _: Copy, page: &mut Page) {
    page.styled("交易明细", Size::Double, true, Align::Centre);
    page.styled("TRANSACTION DETAILS", Size::Normal, false, Align::Centre);
}

fn batch_and_time(slip: &Slip, _: Copy, page: &mut Page) {
    page.rule("-");
    page.number("批次号(BATCH NO):", &slip.batch.to_string());
    page.number("日期/时间(DATE/TIME):", &slip.at.to_string().replace('-', "/"));
}

fn rows(slip: &Slip, _: Copy, page: &mut Page) {
    page.rule("-");
    for row in &slip.rows {
        page.entry(&row.label, &row.value);
    }
}

//! Golden slips: text in both widths, ESC/POS bytes, SVG. `UPDATE_GOLDEN=1` renews them; look at the difference first.

mod samples;

use slipway_slip::{Columns, escpos, render, svg};
use slipway_terms::{Copy, Slip};
use std::path::PathBuf;

fn check(name: &str, got: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, got).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    let want = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}; make it with UPDATE_GOLDEN=1"));
    assert_eq!(got, want.replace("\r\n", "\n"), "{name}");
}

fn check_text(name: &str, slip: &Slip) {
    for (columns, width) in [(Columns::C32, "32"), (Columns::C48, "48")] {
        for (copy, whose) in [(Copy::Merchant, "merchant"), (Copy::Cardholder, "cardholder")] {
            check(&format!("{name}.{whose}.{width}.txt"), &render(slip, copy, columns).to_string());
        }
    }
}

/// One printed line of the bytes per line of hex.
fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        for byte in line {
            out.push_str(&format!("{byte:02X}"));
        }
        out.push('\n');
    }
    out
}

#[test]
fn text() {
    check_text("sale", &samples::sale());
    check_text("void-again", &samples::void_again());
    check_text("small", &samples::small());
    check_text("fault", &samples::fault());
    check_text("refund", &samples::refund());
    check_text("adjustment", &samples::adjustment());
    check_text("pre-auth-void", &samples::pre_auth_void());
    check_text("totals", &samples::totals());
    check_text("details", &samples::details());
}

#[test]
fn bytes() {
    check("sale.merchant.32.escpos.hex", &hex(&escpos(&render(&samples::sale(), Copy::Merchant, Columns::C32))));
    check("fault.merchant.48.escpos.hex", &hex(&escpos(&render(&samples::fault(), Copy::Merchant, Columns::C48))));
}

#[test]
fn vector_picture() {
    check("sale.merchant.32.svg", &svg(&render(&samples::sale(), Copy::Merchant, Columns::C32)));
    check("void-again.cardholder.48.svg", &svg(&render(&samples::void_again(), Copy::Cardholder, Columns::C48)));
}

//! Prints a sample slip on standard output. With a folder as argument also writes slip.svg, slip.png, paper.png and
//! slip.escpos there. `cargo run -p slipway-slip --example slip -- /tmp`
#![expect(clippy::print_stdout, reason = "the example's purpose is to show the slip")]

use slipway_slip::{Columns, escpos, png, png_paper, render, svg};
use slipway_terms::{
    Amount, AuthCode, BatchNo, Copy, EntryLetter, Expiry, Kind, MerchantId, Moment, OperatorNo, Pan, Rrn, Slip,
    SlipKind, Stan, TerminalId, Verification,
};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let slip = Slip {
        kind: SlipKind::Approved,
        title: "POS签购单".into(),
        merchant_name: "江畔小面馆(解放碑店)".into(),
        merchant: MerchantId::new("999653058120001")?,
        terminal: TerminalId::new("99900001")?,
        operator: OperatorNo(1),
        issuer: "试验银行甲".into(),
        acquirer: "试验收单".into(),
        card: Pan::new("9990010000000014")?.tail(),
        entry: EntryLetter::S,
        chip: None,
        expiry: Some(Expiry::new("3012")?),
        transaction: Kind::Sale,
        batch: BatchNo(1),
        voucher: Stan::new(42)?,
        auth: Some(AuthCode::new("A1B2C3")?),
        rrn: Some(Rrn::new("632700000042")?),
        at: Moment(1_795_421_045_000),
        amount: Amount::fen(8800),
        negative: false,
        rows: Vec::new(),
        remarks: Vec::new(),
        verification: Verification::Signature,
        reprint: false,
        test: true,
    };
    let lines = render(&slip, Copy::Merchant, Columns::C32);
    print!("{lines}");
    if let Some(folder) = std::env::args_os().nth(1) {
        let folder = std::path::PathBuf::from(folder);
        std::fs::write(folder.join("slip.svg"), svg(&lines))?;
        std::fs::write(folder.join("slip.png"), png(&lines)?)?;
        std::fs::write(folder.join("paper.png"), png_paper(&lines)?)?;
        std::fs::write(folder.join("slip.escpos"), escpos(&lines))?;
    }
    Ok(())
}

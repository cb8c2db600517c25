//! The slip: what the paper says. Its life is its own and separate from the payment's: lost paper is reprinted, never reversed.

use crate::{
    Amount, AuthCode, BatchNo, CardTail, ChipSlip, EntryLetter, Expiry, Kind, MerchantId, Moment, OperatorNo, Rrn,
    Stan, TerminalId,
};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Which paper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Copy {
    /// 商户存根, carries the signature line.
    Merchant,
    /// 持卡人存根.
    Cardholder,
}

/// What kind of paper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum SlipKind {
    /// An approved transaction: a voucher.
    Approved,
    /// 故障单(非凭证): a failed reversal, no voucher (rules 3).
    Fault,
    /// 结算单: the totals of a batch.
    Totals,
    /// 交易明细: a list of the journal.
    Details,
}

/// How the cardholder was verified; decides what stands in place of the signature line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Verification {
    /// Signature line printed.
    Signature,
    /// 交易金额未超…元,无需签名.
    NoSignature,
    /// 免密免签.
    NoPinNoSignature,
    /// The PIN alone: no signature line.
    Pin,
    /// Nobody was there: 订购.
    CardAbsent,
}

/// One line of a totals slip or a list: a label left, a value right.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlipRow {
    /// Left.
    pub label: String,
    /// Right.
    pub value: String,
}

/// One slip, masked by its types. Rendered by the `slip` crate; both languages stand on the paper where the trade prints both.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Slip {
    /// Voucher or fault paper.
    pub kind: SlipKind,
    /// Title; `POS签购单` by default: no scheme's name is ours (rules 10).
    pub title: String,
    /// Merchant name as registered.
    pub merchant_name: String,
    /// DE 42.
    pub merchant: MerchantId,
    /// DE 41.
    pub terminal: TerminalId,
    /// Who sold.
    pub operator: OperatorNo,
    /// Issuer's name or number (DE 44, first half).
    pub issuer: String,
    /// Acquirer's name or number (DE 44, second half).
    pub acquirer: String,
    /// Masked card number.
    pub card: CardTail,
    /// How it was read.
    pub entry: EntryLetter,
    /// What the chip left on the slip.
    pub chip: Option<ChipSlip>,
    /// DE 14, if known.
    pub expiry: Option<Expiry>,
    /// Transaction kind.
    pub transaction: Kind,
    /// DE 60.2.
    pub batch: BatchNo,
    /// DE 11, the voucher number (凭证号).
    pub voucher: Stan,
    /// DE 38.
    pub auth: Option<AuthCode>,
    /// DE 37.
    pub rrn: Option<Rrn>,
    /// Date and time as the host gave them (DE 12, 13 with the year).
    pub at: Moment,
    /// The amount of the slip; of an adjustment the difference.
    pub amount: Amount,
    /// The amount goes back to the cardholder and prints a minus (rules 10). A void or refund does so by its kind; of an
    /// adjustment, and of the void of a hold, only this tells.
    pub negative: bool,
    /// Lines of a totals slip or a list; a voucher has none.
    pub rows: Vec<SlipRow>,
    /// 备注 lines: original voucher, host texts, the verdict on a fault slip.
    pub remarks: Vec<String>,
    /// How the cardholder was verified.
    pub verification: Verification,
    /// Prints ****重打印/DUPLICATED****.
    pub reprint: bool,
    /// Prints the "testing, not valid" lines.
    pub test: bool,
}

/// What became of one copy of a slip. Bytes queued are not "printed".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PaperFate {
    /// Rendered and durable, not yet given to a printer.
    Rendered,
    /// Given to the printer, no word from it.
    Sent,
    /// The printer's status says it is on paper.
    Printed,
    /// Stopped after some lines (paper out, jam, cover).
    Half,
    /// The printer cannot tell (power lost, link lost, dead head suspected).
    Unknown,
    /// Nothing came out and nothing will without a person (printer missing or refused before the first line).
    Missing,
}

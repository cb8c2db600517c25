//! The faults of the day at the tills: A02.1 to A13, each at a terminal of its own, whose plug is then pulled. Nothing is put right at a
//! till; what the hosts cannot know alone waits for whoever finds the device's journal.

use crate::proxy::{Fault, Rule};
use slipway_slip::printer::Fault as PaperFault;

/// What is done at the till.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// A sale by stripe and PIN.
    Sale,
    /// A small sale by a chip that is held to the reader: no PIN.
    Tap,
    /// A sale with a PIN that is not the card's.
    WrongPin,
    /// A sale that nothing happens to, and then its void.
    Void,
    /// A sale in doubt, and then an inquiry, before which the till reverses.
    SaleThenBalance,
}

/// When the plug is pulled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// As soon as a frame of this type has crossed this hop, or was lost on it.
    Crossed(u8, u16),
    /// As soon as the printer has said what it has to say.
    Paper,
}

/// How it has to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    /// Nobody was debited.
    Nothing,
    /// The cardholder was debited and has it back: the hosts did that alone, within hours.
    Returned,
    /// A slip, one debit, one credit: the hosts did that alone.
    Stands,
    /// The void is gone, its original stands.
    VoidUndone,
    /// A case; the journal of the dark till has a slip, and it is shown in time: the sale stands.
    Shown,
    /// A case; the journal is looked at and has no slip: the money goes back.
    NothingFound,
    /// A case; nobody answers until the deadline: the money goes back by itself.
    Silence,
    /// A case; nobody answers, the money goes back, and then a slip is shown: the issuer is asked for it once more, once.
    ShownLate,
}

impl Ends {
    /// Whether only the journal of the dark till knows.
    pub const fn by_case(self) -> bool {
        matches!(self, Self::Shown | Self::NothingFound | Self::Silence | Self::ShownLate)
    }
}

/// One fault.
#[derive(Debug)]
pub struct Break {
    /// Scenario id.
    pub scenario: &'static str,
    /// What happens.
    pub zh: &'static str,
    /// What happens.
    pub en: &'static str,
    /// What is done.
    pub deed: Deed,
    /// What is lost, held or spoilt.
    pub rules: &'static [Rule],
    /// What the printer does.
    pub paper: Option<PaperFault>,
    /// When the till goes dark.
    pub cut: Cut,
    /// What is held goes on once this has crossed.
    pub release: Option<(u8, u16)>,
    /// What has to come of it.
    pub ends: Ends,
}

const fn rule(hop: u8, mti: u16, fault: Fault, times: u32) -> Rule {
    Rule { hop, mti, fault, times }
}

const fn lost(hop: u8, mti: u16) -> Rule {
    rule(hop, mti, Fault::Lose, 1)
}

/// A lost or spoilt frame of a plain sale, and the plug pulled behind it.
const fn sale(
    scenario: &'static str,
    (zh, en): (&'static str, &'static str),
    rules: &'static [Rule],
    cut: (u8, u16),
    ends: Ends,
) -> Break {
    let cut = Cut::Crossed(cut.0, cut.1);
    Break { scenario, zh, en, deed: Deed::Sale, rules, paper: None, cut, release: None, ends }
}

/// All of them, in the order of the day.
#[rustfmt::skip]
pub static BREAKS: [Break; 18] = [
    sale("A02.1", ("请求在终端与收单行之间丢失", "request lost between terminal and acquirer"),
        &[lost(1, 200)], (1, 200), Ends::Nothing),
    sale("A02.2", ("请求在收单行与交换中心之间丢失", "request lost between acquirer and switch"),
        &[lost(2, 200)], (2, 200), Ends::Nothing),
    sale("A02.3", ("请求在交换中心与发卡行之间丢失", "request lost between switch and issuer"),
        &[lost(3, 200)], (3, 200), Ends::Nothing),
    sale("A02.4", ("应答在发卡行与交换中心之间丢失", "answer lost between issuer and switch"),
        &[lost(4, 210)], (4, 210), Ends::Returned),
    sale("A02.5", ("应答在交换中心与收单行之间丢失", "answer lost between switch and acquirer"),
        &[lost(5, 210)], (5, 210), Ends::Returned),
    sale("A02.6", ("应答在收单行与终端之间丢失", "answer lost between acquirer and terminal"),
        &[lost(6, 210)], (6, 210), Ends::NothingFound),
    Break { deed: Deed::SaleThenBalance, ..sale("A03", (
        "应答丢失；下一笔交易前的自动冲正也没有出去", "answer lost; the reversal before the next transaction never got out"),
        &[lost(6, 210), lost(1, 400)], (1, 400), Ends::Silence) },
    sale("A04", ("应答丢失，冲正丢失一次，其后冲正应答丢失", "answer lost, reversal lost once, then its answer lost"),
        &[lost(6, 210), lost(1, 400), rule(6, 410, Fault::Lose, 9)], (6, 410), Ends::Returned),
    Break { release: Some((2, 420)), ..sale("A05", (
        "批准应答在收单行超时之后才到", "the approval reaches the acquirer after its time-out"),
        &[rule(5, 210, Fault::Hold, 1)], (5, 210), Ends::Returned) },
    Break { release: Some((4, 430)), ..sale("A06", (
        "冲正赶在原交易之前到达发卡行", "the reversal overtakes its original on the way to the issuer"),
        &[rule(3, 200, Fault::Hold, 1)], (3, 200), Ends::Nothing) },
    sale("A07", ("每一跳的报文都到达两次", "every message arrives twice on every hop"), &[
        rule(1, 200, Fault::Double, 1), rule(2, 200, Fault::Double, 1), rule(3, 200, Fault::Double, 1),
        rule(4, 210, Fault::Double, 1), rule(5, 210, Fault::Double, 1), rule(6, 210, Fault::Double, 1),
    ], (6, 630), Ends::Stands),
    Break { deed: Deed::Tap, ..sale("A08", (
        "小额非接免密，应答在发卡行与交换中心之间丢失", "small tap without PIN, answer lost between issuer and switch"),
        &[lost(4, 210)], (4, 210), Ends::Returned) },
    Break { deed: Deed::WrongPin, ..sale("A09", (
        "密码错被拒绝，拒绝应答没有到终端", "declined for a wrong PIN, and the refusal never reached the terminal"),
        &[lost(6, 210)], (6, 210), Ends::Nothing) },
    sale("A10", ("应答的MAC在交换中心与收单行之间被改", "the MAC of the answer spoilt between switch and acquirer"),
        &[rule(5, 210, Fault::SpoilMac, 1)], (5, 210), Ends::Returned),
    sale("A11", ("应答在路上时终端断电", "power cut at the terminal while the answer is on its way"),
        &[rule(6, 210, Fault::Hold, 1)], (6, 210), Ends::NothingFound),
    Break { deed: Deed::Void, ..sale("A12", (
        "撤销的应答在交换中心与收单行之间丢失", "answer to a void lost between switch and acquirer"),
        &[lost(5, 210)], (5, 210), Ends::VoidUndone) },
    Break { paper: Some(PaperFault::PaperOut { after: 6 }), cut: Cut::Paper, ..sale("A13", (
        "打印中缺纸，签购单确认没有出去", "paper out in mid-slip, the word of the slip never got out"),
        &[rule(1, 620, Fault::Lose, 99)], (0, 0), Ends::Shown) },
    Break { paper: Some(PaperFault::Jam { after: 4 }), cut: Cut::Paper, ..sale("A13", (
        "卡纸，签购单确认没有出去，商户逾期才出示", "paper jam, the word of the slip never got out, and the merchant shows it too late"),
        &[rule(1, 620, Fault::Lose, 99)], (0, 0), Ends::ShownLate) },
];

/// What the sale at this terminal is over: each is another amount, so that a reader can follow it. Unit: fen.
pub const fn fen(index: usize) -> u64 {
    10_000 + 100 * index as u64
}

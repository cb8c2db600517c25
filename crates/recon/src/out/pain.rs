//! The bank's file: ISO 20022 customer credit transfer, pain.001.001.09. Must never name an account that no [`Payout`] names.

use super::{escaped, yuan};
use crate::merchant::Payout;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use slipway_terms::{BusinessDate, Moment};

/// Who pays: the acquirer and its account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Debtor {
    /// Its name.
    pub name: String,
    /// Its account.
    pub number: String,
    /// Its bank's line number, 12 digits.
    pub bank: String,
}

/// The file of these payouts; `message` is its number, at most 35 letters, digits and `-`. One block a pay day. Empty for no payouts: a
/// bank takes no file without a payment.
pub fn pain_001(message: &str, made: Moment, debtor: &Debtor, payouts: &[Payout]) -> Option<String> {
    let fits = |text: &str| {
        (1..=35).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if payouts.is_empty() || !fits(message) {
        return None;
    }
    let mut days: BTreeMap<BusinessDate, Vec<&Payout>> = BTreeMap::new();
    for payout in payouts {
        days.entry(payout.pay_day()).or_default().push(payout);
    }
    // `2026-03-02 12:00:00` at UTC+8.
    let made = format!("{}+08:00", format!("{made}").replace(' ', "T"));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">\n<CstmrCdtTrfInitn>\n");
    xml.push_str(&format!(
        "<GrpHdr><MsgId>{message}</MsgId><CreDtTm>{made}</CreDtTm>{}<InitgPty><Nm>{}</Nm></InitgPty></GrpHdr>\n",
        sums(payouts.iter()),
        escaped(&debtor.name)
    ));
    for (at, (day, of_day)) in days.iter().enumerate() {
        let short = &message[..message.len().min(31)];
        xml.push_str(&format!(
            "<PmtInf><PmtInfId>{short}-{:03}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>{}\
             <ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>{}</Nm></Dbtr>{}{}\n",
            at + 1,
            sums(of_day.iter().copied()),
            escaped(&debtor.name),
            account("DbtrAcct", &debtor.number),
            agent("DbtrAgt", &debtor.bank)
        ));
        for payout in of_day {
            xml.push_str(&transfer(payout));
        }
        xml.push_str("</PmtInf>\n");
    }
    xml.push_str("</CstmrCdtTrfInitn>\n</Document>\n");
    Some(xml)
}

fn transfer(payout: &Payout) -> String {
    let (id, to) = (payout.id(), &payout.to().account);
    format!(
        "<CdtTrfTxInf><PmtId><EndToEndId>{id}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"CNY\">{}</InstdAmt></Amt>{}\
         <Cdtr><Nm>{}</Nm></Cdtr>{}<RmtInf><Ustrd>{}</Ustrd></RmtInf></CdtTrfTxInf>\n",
        yuan(payout.fen().into()),
        agent("CdtrAgt", to.bank()),
        escaped(to.holder_name()),
        account("CdtrAcct", to.number()),
        escaped(&remittance(payout)),
    )
}

/// For the merchant's bank statement; what is paid again names what came back.
fn remittance(payout: &Payout) -> String {
    let id = payout.id();
    let before = payout.follows().map_or_else(String::new, |before| format!(" again for {before}"));
    format!("POS {} {}{before}", id.merchant, id.day)
}

fn sums<'a>(payouts: impl Iterator<Item = &'a Payout>) -> String {
    let (count, fen) = payouts.fold((0_u64, 0_i128), |(count, fen), p| (count + 1, fen + i128::from(p.fen())));
    format!("<NbOfTxs>{count}</NbOfTxs><CtrlSum>{}</CtrlSum>", yuan(fen))
}

/// A number of the national clearing system.
fn agent(tag: &str, bank: &str) -> String {
    format!(
        "<{tag}><FinInstnId><ClrSysMmbId><ClrSysId><Cd>CNAPS</Cd></ClrSysId><MmbId>{}</MmbId></ClrSysMmbId></FinInstnId></{tag}>",
        escaped(bank)
    )
}

fn account(tag: &str, number: &str) -> String {
    format!("<{tag}><Id><Othr><Id>{}</Id></Othr></Id><Ccy>CNY</Ccy></{tag}>", escaped(number))
}

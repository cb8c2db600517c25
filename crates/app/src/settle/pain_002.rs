//! What a bank says of the payouts it was given: ISO 20022 customer payment status report, pain.002. Only what came back is taken (`RJCT`); each
//! has to say which payment, how much and which account, or the whole file is refused before anything is posted.

use crate::say::End;
use roxmltree::{Document, Node};
use serde::{Deserialize, Serialize};
use slipway_terms::{Amount, Lang};

/// Bytes of a file at most.
pub const FILE_BYTES_MAX: u64 = 8 << 20;

/// How the namespace of every version begins.
const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.";

/// A payment that came back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Back {
    /// The end-to-end number that it went out with.
    pub payout: String,
    /// How much, in fen.
    pub fen: u64,
    /// To which account it went.
    pub account: String,
    /// The bank's reason code.
    pub code: String,
}

/// A file: its number, what came back, and how many others it speaks of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The number of the bank's message.
    pub message: String,
    /// What came back.
    pub back: Vec<Back>,
    /// Payments that did not.
    pub others: usize,
}

/// A reason code of the external code list, in words; banks use more than stand here.
pub const fn reason(code: &str, lang: Lang) -> &'static str {
    let (zh, en) = match code.as_bytes() {
        b"AC01" => ("账号有误", "the account number is wrong"),
        b"AC04" => ("账户已销户", "the account is closed"),
        b"AC06" => ("账户已冻结", "the account is blocked"),
        b"AG01" => ("该账户不允许此类交易", "the account may not be credited so"),
        b"BE01" => ("户名与账号不符", "name and number do not belong together"),
        b"RC01" => ("行号有误", "the bank's number is wrong"),
        b"MS03" => ("银行未说明原因", "the bank gives no reason"),
        b"TM01" => ("已过截止时间", "behind the bank's closing time"),
        _ => ("其他原因", "another reason"),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// Reads a file whole, or refuses it with the place.
pub fn read(text: &str) -> Result<Report, End> {
    let bad = |zh: String, en: String| {
        End::broken(
            format!("退汇文件有误：{zh}；未入账"),
            format!("the file of returns is wrong: {en}; nothing was posted"),
        )
    };
    let document = Document::parse(text).map_err(|fault| bad(fault.to_string(), fault.to_string()))?;
    let root = document.root_element();
    let known = root.tag_name().namespace().is_some_and(|space| space.starts_with(NAMESPACE));
    let report = child(root, "CstmrPmtStsRpt").filter(|_| known);
    let Some(report) = report else {
        return Err(bad("不是 pain.002".into(), "it is no pain.002".into()));
    };
    let message = words(report, &["GrpHdr", "MsgId"]).filter(|id| (1..=35).contains(&id.len()));
    let message = message.ok_or_else(|| bad("缺少 MsgId".into(), "MsgId is missing".into()))?;
    let (mut back, mut others, mut named) = (Vec::new(), 0, 0);
    for one in report.descendants().filter(|node| node.has_tag_name((namespace(root), "TxInfAndSts"))) {
        named += 1;
        if words(one, &["TxSts"]).as_deref() != Some("RJCT") {
            others += 1;
            continue;
        }
        let line = document.text_pos_at(one.range().start).row;
        let miss = |what: &str| bad(format!("第 {line} 行缺少 {what}"), format!("line {line} has no sound {what}"));
        let payout = words(one, &["OrgnlEndToEndId"]).ok_or_else(|| miss("OrgnlEndToEndId"))?;
        let code =
            words(one, &["StsRsnInf", "Rsn", "Cd"]).filter(|code| code.len() <= 4).unwrap_or_else(|| "MS03".into());
        let amount = path(one, &["OrgnlTxRef", "Amt", "InstdAmt"]).filter(|node| node.attribute("Ccy") == Some("CNY"));
        let fen = amount.and_then(|node| Amount::from_yuan(node.text()?.trim()).ok()).map(Amount::minor);
        let fen = fen.filter(|fen| *fen > 0).ok_or_else(|| miss("OrgnlTxRef/Amt/InstdAmt (CNY)"))?;
        let account = words(one, &["OrgnlTxRef", "CdtrAcct", "Id", "Othr", "Id"]);
        let account = account.ok_or_else(|| miss("OrgnlTxRef/CdtrAcct/Id/Othr/Id"))?;
        back.push(Back { payout, fen, account, code });
    }
    if named == 0 {
        let zh = "没有逐笔状态（TxInfAndSts）：请银行逐笔列明".into();
        return Err(bad(zh, "it names no payment (TxInfAndSts): ask the bank to list each".into()));
    }
    Ok(Report { message, back, others })
}

fn namespace<'a>(root: Node<'a, '_>) -> &'a str {
    root.tag_name().namespace().unwrap_or("")
}

fn child<'a, 'i>(of: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    of.children().find(|node| node.is_element() && node.tag_name().name() == name)
}

fn path<'a, 'i>(of: Node<'a, 'i>, names: &[&str]) -> Option<Node<'a, 'i>> {
    names.iter().try_fold(of, |node, name| child(node, name))
}

fn words(of: Node<'_, '_>, names: &[&str]) -> Option<String> {
    let text = path(of, names)?.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = include_str!("../../tests/golden/returned.xml");

    #[test]
    fn a_report_is_read_whole_or_refused() {
        let report = read(ONE).unwrap();
        let want = Back {
            payout: "20261127-999290054110001-01".into(),
            fen: 507_940,
            account: "9990000000000000001".into(),
            code: "AC04".into(),
        };
        assert_eq!((report.message.as_str(), report.back.as_slice(), report.others), ("BANK-RETURN-1", &[want][..], 1));
        for (old, new) in [
            ("pain.002.001.10", "pain.001.001.09"),
            ("<MsgId>BANK-RETURN-1</MsgId>", ""),
            ("<OrgnlEndToEndId>20261127-999290054110001-01</OrgnlEndToEndId>", ""),
            ("5079.40", "5079.4000"),
            ("5079.40", "0.00"),
            ("Ccy=\"CNY\"", "Ccy=\"USD\""),
            ("<Id>9990000000000000001</Id>", ""),
            ("</Document>", ""),
            ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE d [<!ENTITY a \"b\">]>"),
            ("TxInfAndSts", "TxInf"),
        ] {
            assert!(ONE.contains(old), "{old}");
            assert_eq!(read(&ONE.replace(old, new)).unwrap_err().code, 1, "{old} -> {new}");
        }
        assert_eq!(read(&ONE.replace("<Cd>AC04</Cd>", "<Prtry>no</Prtry>")).unwrap().back[0].code, "MS03");
        assert_eq!(reason("AC01", Lang::En), "the account number is wrong");
        assert_eq!(reason("XXXX", Lang::Zh), "其他原因");
    }
}

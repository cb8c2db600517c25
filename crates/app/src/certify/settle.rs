//! Settlement as the tap sees it: totals of the device against what really reached it, details uploaded, the end.

use super::exchange::{Answer, Exchange};
use super::spoil::text;
use slipway_iso8583::Decoded;
use slipway_terms::Text;
use std::collections::BTreeMap;

/// One settlement from its 0500 to the end of the upload.
#[derive(Debug)]
pub struct Settling {
    /// 60.2 of the 0500.
    pub batch: String,
    /// What the host said; `None` before its answer.
    pub balanced: Option<bool>,
    /// Details that came: STAN and fen.
    lines: BTreeMap<String, u64>,
}

/// Digits of a line: card group 2, STAN 6, card number 20, amount 12.
const LINE_DIGITS: usize = 40;

/// Exchanges of the batch that move money and reached the device approved.
fn standing<'a>(batch: &'a str, all: &'a [Exchange]) -> impl Iterator<Item = &'a Exchange> {
    all.iter().filter(move |one| one.batch == batch && one.signed_fen() != 0 && one.answer == Answer::Approved)
}

impl Settling {
    /// From a 0500: what is wrong with its totals.
    pub fn begin(message: &Decoded<'_>, all: &[Exchange]) -> (Self, Vec<Text>) {
        let batch = text(message, 60).get(2..8).unwrap_or_default().to_owned();
        let mut faults = Vec::new();
        let side = |sign: i64| {
            let of = standing(&batch, all).filter(|one| one.signed_fen().signum() == sign);
            of.fold((0, 0), |(fen, count), one| (fen + one.fen, count + 1))
        };
        let ((debit, debits), (credit, credits)) = (side(1), side(-1));
        let want = format!("{debit:012}{debits:03}{credit:012}{credits:03}");
        let said = text(message, 48);
        if said.len() != 62 {
            faults.push(Text::new("0500的域48不是62位", "field 48 of the 0500 has not 62 digits"));
        } else if said.get(..30) != Some(want.as_str()) {
            let (got, want) = (said.get(..30).unwrap_or_default(), want.as_str());
            faults.push(Text::new(
                format!("批总计不符：终端报{got}，应为{want}（借记金额12笔数3，贷记金额12笔数3）"),
                format!("totals differ: the device says {got}, it was {want} (debit 12 + 3 digits, credit 12 + 3)"),
            ));
        }
        (Self { batch, balanced: None, lines: BTreeMap::new() }, faults)
    }

    /// The host's answer digit as it reached the device.
    pub fn answered(&mut self, message: &Decoded<'_>) {
        self.balanced = text(message, 48).get(30..31).map(|digit| digit == "1");
    }

    /// An 0320 with details.
    pub fn take(&mut self, message: &Decoded<'_>) -> Vec<Text> {
        let f60 = text(message, 60);
        if f60.get(..2) != Some("00") || f60.get(8..11) != Some("201") {
            self.lines.insert(text(message, 11), message.number(4).unwrap_or(0));
            return Vec::new();
        }
        let list = text(message, 48);
        let count: usize = list.get(..2).and_then(|count| count.parse().ok()).unwrap_or(0);
        if count == 0 || count > 8 || list.len() != 2 + count * LINE_DIGITS {
            return vec![Text::new("0320的域48不是明细列表", "field 48 of the 0320 is no list of details")];
        }
        for at in 0..count {
            let line = list.get(2 + at * LINE_DIGITS..2 + (at + 1) * LINE_DIGITS).unwrap_or_default();
            let fen = line.get(28..).and_then(|fen| fen.parse().ok()).unwrap_or(0);
            self.lines.insert(line.get(2..8).unwrap_or_default().to_owned(), fen);
        }
        Vec::new()
    }

    /// The end of the upload: 207 after balanced totals, 202 after others, and then every detail has come.
    pub fn end(&self, code: &str, message: &Decoded<'_>, all: &[Exchange]) -> Vec<Text> {
        let mut faults = Vec::new();
        let balanced = self.balanced.unwrap_or(true);
        let want = if balanced { "207" } else { "202" };
        if code != want {
            faults.push(Text::new(
                format!("批上送结束码是{code}，应为{want}"),
                format!("the upload ends with {code}, not {want}"),
            ));
        }
        if balanced {
            return faults;
        }
        faults.extend(self.missing(all));
        for (stan, fen) in &self.lines {
            let fits = standing(&self.batch, all).any(|one| one.stan == *stan && one.fen == *fen);
            // A list may carry voided sales too: what is wrong is a line for which no slip can exist.
            let known = all.iter().any(|one| one.batch == self.batch && one.stan == *stan && one.fen == *fen);
            if !fits && !known {
                faults.push(Text::new(
                    format!("上送了不存在的明细{stan} {fen}分"),
                    format!("uploads {stan} with {fen} fen, which never was"),
                ));
            }
        }
        if text(message, 48).parse() != Ok(self.lines.len()) {
            faults.push(Text::new(
                "批上送结束的域48不是明细笔数",
                "field 48 of the upload's end is not the number of details",
            ));
        }
        faults
    }

    /// What has a slip and was not uploaded.
    pub fn missing(&self, all: &[Exchange]) -> Vec<Text> {
        let absent: Vec<_> = standing(&self.batch, all).filter(|one| !self.lines.contains_key(&one.stan)).collect();
        if absent.is_empty() {
            return Vec::new();
        }
        let (zh, en): (Vec<_>, Vec<_>) = absent.iter().map(|one| one.words()).unzip();
        vec![if self.lines.is_empty() {
            Text::new(
                format!("对账不平后没有上送明细：缺{}", zh.join("、")),
                format!("no upload though the totals were out of balance: missing {}", en.join(", ")),
            )
        } else {
            Text::new(
                format!("上送不完整：缺{}", zh.join("、")),
                format!("the upload is not whole: missing {}", en.join(", ")),
            )
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_iso8583::{Encoder, UNIONPAY_POS, decode};
    use slipway_terms::Kind;

    fn with(mti: &[u8; 4], fields: &[(u8, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = Encoder::begin(&mut out, &UNIONPAY_POS, *mti).unwrap();
        for (n, value) in fields {
            encoder.field(*n, value.as_bytes()).unwrap();
        }
        encoder.finish().unwrap();
        out
    }

    fn approved(kind: Kind, stan: &str, fen: &str) -> Exchange {
        let request = with(b"0200", &[(4, fen), (11, stan), (60, "22000001")]);
        let mut one = Exchange::new(&decode(&UNIONPAY_POS, &request).unwrap(), kind, 1);
        one.answer = Answer::Approved;
        one
    }

    /// Totals, lines, and what is said about them.
    fn check(totals: &str, balanced: bool, lines: &[&str], count: &str, want: &[&str]) {
        let all = [
            approved(Kind::Sale, "000001", "000000001000"),
            approved(Kind::Refund, "000002", "000000000400"),
            approved(Kind::PreAuth, "000003", "000000009999"),
        ];
        let read = |bytes: &[u8]| text(&decode(&UNIONPAY_POS, bytes).unwrap(), 48);
        let begin = with(b"0500", &[(48, &format!("{totals}0{:031}", 0)), (60, "00000001201")]);
        let (mut settling, mut said) = Settling::begin(&decode(&UNIONPAY_POS, &begin).unwrap(), &all);
        assert_eq!(read(&begin).len(), 62);
        settling.balanced = Some(balanced);
        for line in lines {
            let upload = with(b"0320", &[(48, line), (60, "00000001201")]);
            said.extend(settling.take(&decode(&UNIONPAY_POS, &upload).unwrap()));
        }
        let code = if balanced { "207" } else { "202" };
        let end = with(b"0320", &[(48, count), (60, &format!("00000001{code}"))]);
        said.extend(settling.end(code, &decode(&UNIONPAY_POS, &end).unwrap(), &all));
        assert_eq!(said.len(), want.len(), "{said:?}");
        assert!(said.iter().zip(want).all(|(said, want)| said.en.contains(want)), "{said:?}");
    }

    #[test]
    fn totals_and_details_are_those_that_reached_the_device() {
        let good = "000000001000001000000000400001";
        let line = |stan: &str, fen: &str| format!("00{stan}{:020}{fen}", 0);
        let (one, two) = (line("000001", "000000001000"), line("000002", "000000000400"));
        let both = format!("02{one}{two}");
        check(good, true, &[], "0000", &[]);
        check("000000001000002000000000400001", true, &[], "0000", &["totals differ"]);
        check(good, false, &[&both], "0002", &[]);
        check(good, false, &[&both, &both], "0002", &[]);
        check(good, false, &[], "0000", &["no upload though"]);
        check(good, false, &[&format!("01{one}")], "0001", &["is not whole: missing REFUND 4.00 #000002"]);
        check(good, false, &[&both], "0003", &["not the number of details"]);
        check(good, false, &[&both, &format!("01{}", line("000009", &two[28..]))], "0003", &["which never was"]);
        check(good, false, &[&both, "0300"], "0002", &["no list of details"]);
    }
}

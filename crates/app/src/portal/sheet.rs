//! A statement read back as lines and sums. What a settled day cost is what its statement says, in both languages, and of an open day it is the
//! statement that the same reckoning would write now: the portal works out no fee of its own.

use super::open_day::OpenDay;
use crate::archive::shelf::every;
use crate::clocks::Stamp;
use crate::http::Live;
use crate::say::End;
use crate::settle::{cells, root};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{Original, Settled};
use slipway_terms::{BusinessDate, MerchantId};

/// Cells of a line.
const CELLS: usize = 9;

/// Something said in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Both {
    zh: String,
    en: String,
}

impl Both {
    fn json(&self) -> Value {
        json!({"zh": self.zh, "en": self.en})
    }
}

/// A line of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Its business day.
    pub day: String,
    /// When it was taken, at which terminal, under which voucher number; `-` of what no till has.
    at: String,
    terminal: String,
    voucher: String,
    /// Its reference number.
    pub rrn: String,
    /// What it is, and what card.
    kind: Both,
    /// With its sign: what the merchant gets. Unit: fen.
    pub fen: i64,
    /// What it costs; with a minus what it gives back. Unit: fen.
    pub fee_fen: i64,
    /// The other end, while nobody has said whether the card is debit or credit.
    pub other: Option<(i64, Both)>,
    /// How the fee came about.
    explained: Both,
}

/// The statement of a day.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sheet {
    /// Payments.
    pub lines: Vec<Line>,
    /// Sums: what, how much in fen, or as it is said.
    sums: Vec<(Both, Result<i64, String>)>,
    /// Holds, reserves, payouts that came back: what, how much as it is said, why.
    told: Vec<(Both, String, Both)>,
}

/// `-12.30` as fen.
fn fen(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let (yuan, cents) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(yuan) || cents.len() != 2 || !digits(cents) {
        return None;
    }
    let (yuan, cents): (i64, i64) = (yuan.parse().ok()?, cents.parse().ok()?);
    yuan.checked_mul(100)?.checked_add(cents).map(|fen| sign * fen)
}

impl Sheet {
    /// Reads a statement of both languages, which have the same lines in the same order. `None`: they have not.
    pub fn read(zh: &str, en: &str) -> Option<Self> {
        let (zh, en) = (rows(zh)?, rows(en)?);
        if zh.len() != en.len() {
            return None;
        }
        let mut sheet = Self::default();
        for (zh, en) in zh.into_iter().zip(en) {
            let both = |at: usize| Both { zh: zh[at].clone(), en: en[at].clone() };
            if !zh[0].is_empty() {
                sheet.lines.push(Line {
                    day: zh[0].clone(),
                    at: zh[1].clone(),
                    terminal: zh[2].clone(),
                    voucher: zh[3].clone(),
                    rrn: zh[4].clone(),
                    kind: both(5),
                    fen: fen(&zh[6])?,
                    fee_fen: -fen(&zh[7])?,
                    other: None,
                    explained: both(8),
                });
            } else if zh[8].is_empty() {
                sheet.sums.push((both(5), fen(&zh[6]).ok_or_else(|| zh[6].clone())));
            } else {
                sheet.told.push((both(5), zh[6].clone(), both(8)));
            }
        }
        Some(sheet)
    }

    /// This one with credit cards' fees, and where the other one with debit cards' differs, both.
    pub fn or_else(mut self, other: &Self) -> Self {
        for (line, other) in self.lines.iter_mut().zip(&other.lines) {
            if (line.fee_fen, &line.explained) != (other.fee_fen, &other.explained) {
                line.other = Some((other.fee_fen, other.explained.clone()));
                // The last word says which card, and nobody knows it yet.
                let cut = |text: &str| text.rsplit_once(' ').map_or(text, |(kind, _)| kind).to_owned();
                line.kind = Both { zh: cut(&line.kind.zh), en: cut(&line.kind.en) };
            }
        }
        self
    }

    /// Its sums for a page.
    pub fn sums(&self) -> Value {
        let sum = |(what, much): &(Both, Result<i64, String>)| json!({"zh": what.zh, "en": what.en, "fen": much.as_ref().ok(), "text": much.as_ref().err()});
        self.sums.iter().map(sum).collect()
    }

    /// What is explained beside the payments.
    pub fn told(&self) -> Value {
        let told =
            |(what, much, why): &(Both, String, Both)| json!({"what": what.json(), "amount": much, "why": why.json()});
        self.told.iter().map(told).collect()
    }
}

impl Line {
    /// For a page.
    pub fn json(&self) -> Value {
        let known = self.other.is_none();
        let (low, high) = self.ends();
        json!({
            "day": self.day, "at": said(&self.at).map(|at| Stamp::from(at.to_owned())),
            "terminal": said(&self.terminal), "voucher": said(&self.voucher), "rrn": self.rrn, "kind": self.kind.json(), "amount_fen": self.fen,
            "fee_fen": known.then_some(self.fee_fen), "fee_from_fen": low, "fee_to_fen": high,
            "explained": self.explained.json(), "or_explained": self.other.as_ref().map(|(_, explained)| explained.json()),
        })
    }

    /// The least and the most that it may cost.
    pub fn ends(&self) -> (i64, i64) {
        let other = self.other.as_ref().map_or(self.fee_fen, |(fen, _)| *fen);
        (self.fee_fen.min(other), self.fee_fen.max(other))
    }
}

/// What a statement says; of what no till has it says `-`.
fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| *text != "-")
}

/// All lines but the first.
fn rows(csv: &str) -> Option<Vec<[String; CELLS]>> {
    csv.lines().skip(1).map(|line| cells(line).try_into().ok()).collect()
}

/// The statement of a settled day, as it was written; `None`: there is none of this merchant.
///
/// # Errors
/// It is damaged.
pub fn settled(live: &Live, merchant: MerchantId, day: BusinessDate) -> Result<Option<Sheet>, End> {
    let place = root(&live.dir).join(day.to_string());
    let text = |lang: &str| std::fs::read_to_string(place.join(format!("statement-{merchant}-{lang}.csv")));
    let (Ok(zh), Ok(en)) = (text("zh"), text("en")) else { return Ok(None) };
    Sheet::read(&zh, &en).map(Some).ok_or_else(|| {
        End::environment(
            format!("{day} 的结算单已损坏：请从备份恢复"),
            format!("the statement of {day} is damaged: restore it from a copy"),
        )
    })
}

/// The fee of one payment: of its settled day, or as it would be now.
///
/// # Errors
/// A party or a file does not answer.
pub fn fee_of(live: &Live, merchant: MerchantId, one: &Original) -> Result<Value, End> {
    let rrn = one.rrn.to_string();
    let days = every::<Settled>(&live.hosts.acquirer, &one.switch, |_| true)?;
    let mut lines = Vec::new();
    for day in days.iter().map(|row| row.day) {
        let sheet = settled(live, merchant, day)?.unwrap_or_default();
        lines.extend(sheet.lines.iter().filter(|line| line.rrn == rrn).map(|line| (Some(day), line.json())));
    }
    if lines.is_empty() {
        let open = OpenDay::of(live, merchant)?;
        let own = open.sheet.lines.iter().filter(|line| line.rrn == rrn);
        lines.extend(own.map(|line| (None, line.json())));
    }
    let shown = lines.into_iter().map(|(day, mut line)| {
        line["settled"] = json!(day.map(|day| day.to_string()));
        line
    });
    Ok(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "\"head\"\n";

    #[test]
    fn a_statement_is_read_back() {
        let line = |kind: &str, fee: &str, why: &str| {
            format!(
                "{HEAD}2026-11-27,\"2026-11-27 10:00:00\",\"10000001\",\"000002\",\"633100000001\",\"{kind}\",88.00,{fee},\"{why}\"\n"
            )
        };
        let sums = |what: &str, why: &str| {
            format!(",,,,,\"{what}\",-0.44,,\n,,,,,\"w\",\"0 / 0.00\",,\n,,,,,\"x\",,,\"{why}\"\n")
        };
        let zh = line("消费 借记卡", "-0.44", "88.00 × 0.5% = 0.44") + &sums("手续费", "因为");
        let en = line("sale debit", "-0.44", "88.00 × 0.5% = 0.44") + &sums("discount", "because");
        let sheet = Sheet::read(&zh, &en).unwrap();
        assert_eq!(
            (sheet.lines[0].fen, sheet.lines[0].fee_fen, sheet.lines[0].rrn.as_str()),
            (8_800, 44, "633100000001")
        );
        assert_eq!(sheet.sums()[0], json!({"zh": "手续费", "en": "discount", "fen": -44, "text": null}));
        assert_eq!(sheet.sums()[1]["text"], "0 / 0.00");
        assert_eq!(sheet.told()[0]["why"], json!({"zh": "因为", "en": "because"}));

        // The card is not known yet: both ends, and no card in its name.
        let credit = line("sale credit", "-0.53", "88.00 × 0.6% = 0.528 → 0.53") + &sums("discount", "because");
        let credit = Sheet::read(&credit, &credit).unwrap();
        let both = sheet.clone().or_else(&credit).lines[0].json();
        assert_eq!(
            (&both["fee_fen"], &both["fee_from_fen"], &both["fee_to_fen"]),
            (&Value::Null, &json!(44), &json!(53))
        );
        assert_eq!(both["kind"], json!({"zh": "消费", "en": "sale"}));
        assert_eq!(sheet.clone().or_else(&sheet), sheet);

        for bad in [
            line("sale", "x", ""),
            line("sale", "-0.4", ""),
            format!("{HEAD}2026-11-27,\"\",\"\",\"\",1.00,0.00,\"\"\n"),
            format!("{HEAD}1,2\n"),
        ] {
            assert_eq!(Sheet::read(&bad, &bad), None, "{bad}");
        }
        assert_eq!(Sheet::read(&zh, HEAD), None);
    }

    #[test]
    fn amounts() {
        for (text, want) in
            [("0.00", Some(0)), ("-12.30", Some(-1_230)), ("1.2", None), ("1", None), ("--1.00", None), ("", None)]
        {
            assert_eq!(fen(text), want, "{text}");
        }
    }
}

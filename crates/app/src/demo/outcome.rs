//! Whether a story came out as it must: the same comparison for a story of `demo` and for a play on the page.

use super::play::AMOUNT_FEN;
use super::stories::Must;
use slipway_terms::{Cashier, Fate, NoticeKind, Text};

/// What came, of all exchanges of a story together.
#[derive(Clone, Debug)]
pub struct Came {
    /// Debit postings at the issuers.
    pub debits: u32,
    /// Return postings.
    pub refunds: u32,
    /// Net credit of the merchant. Unit: fen.
    pub credit_fen: i64,
    /// Approved slips.
    pub slips: usize,
    /// Notices in order.
    pub notices: Vec<NoticeKind>,
    /// The verdict on the newest exchange; `None`: there is none.
    pub verdict: Option<(Fate, Cashier)>,
}

/// One thing that came otherwise: what, what came, what had to come.
pub struct Broken {
    /// What it is about.
    pub what: Text,
    /// What came.
    pub got: String,
    /// What had to come.
    pub want: String,
}

/// Compares what came with what had to come.
pub fn broken(must: &Must, came: &Came) -> Vec<Broken> {
    let mut all = Vec::new();
    let mut check = |zh: &str, en: &str, got: String, want: String| {
        if got != want {
            all.push(Broken { what: Text::new(zh, en), got, want });
        }
    };
    check("扣款", "debits", came.debits.to_string(), must.debits.to_string());
    check("退回", "refunds", came.refunds.to_string(), must.refunds.to_string());
    let credits = must.credits * i64::try_from(AMOUNT_FEN).unwrap_or(0);
    check("商户入账", "merchant credit", came.credit_fen.to_string(), credits.to_string());
    check("签购单", "slips", came.slips.to_string(), must.slips.to_string());
    let verdict = came.verdict.map_or_else(|| "-".into(), |verdict| format!("{verdict:?}"));
    check("结论", "verdict", verdict, format!("{:?}", must.verdict));
    check("通知", "notices", format!("{:?}", came.notices), format!("{:?}", must.notices));
    all
}

/// How a story ends, in one line: slips, debits, what went back, what the merchant has.
pub fn ends(must: &Must) -> Text {
    let times = |n: u32| if n == 1 { "once".to_owned() } else { format!("{n} times") };
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    match must.slips {
        0 => (zh.push("没有签购单".to_owned()), en.push("no slip".to_owned())),
        1 => (zh.push("签购单一张".into()), en.push("one slip".into())),
        n => (zh.push(format!("签购单 {n} 张")), en.push(format!("{n} slips"))),
    };
    match must.debits {
        0 => (zh.push("未扣款".into()), en.push("nothing debited".into())),
        n => (zh.push(format!("扣款 {n} 次")), en.push(format!("debited {}", times(n)))),
    };
    if must.refunds > 0 {
        zh.push(format!("退回 {} 次", must.refunds));
        en.push(format!("given back {}", times(must.refunds)));
    }
    if must.debits > 0 {
        let credits = u32::try_from(must.credits).unwrap_or(0);
        let (none_zh, none_en) = ("商户没有入账", "merchant not credited");
        zh.push(if credits == 0 { none_zh.into() } else { format!("商户入账 {credits} 次") });
        en.push(if credits == 0 { none_en.into() } else { format!("merchant credited {}", times(credits)) });
    }
    Text::new(zh.join("，"), en.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::stories::all;

    #[test]
    fn a_story_that_came_otherwise_is_told_by_what() {
        let story = all().find(|story| story.key() == "A02.6").unwrap();
        let came = Came {
            debits: 1,
            refunds: 1,
            credit_fen: 0,
            slips: 0,
            notices: vec![NoticeKind::Debit, NoticeKind::Refund],
            verdict: Some(story.must.verdict),
        };
        assert!(broken(&story.must, &came).is_empty());
        let kept = Came { credit_fen: 8_800, slips: 1, verdict: None, ..came };
        let said: Vec<_> = broken(&story.must, &kept).into_iter().map(|one| one.what.en).collect();
        assert_eq!(said, ["merchant credit", "slips", "verdict"]);
        assert_eq!(ends(&story.must).en, "no slip, debited once, given back once, merchant not credited");
    }
}

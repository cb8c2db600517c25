//! Who could not be settled with: named with what it comes to, for whom, and by when somebody has to have looked. He keeps nobody else from
//! being paid, and comes again by himself with the next run. Entries are added and closed and never erased. It moves nothing itself.

use super::{notices, root};
use crate::clocks::rfc;
use crate::say::{End, yuan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_recon::four::Deadlines;
use slipway_recon::merchant::Aside;
use slipway_terms::{BusinessDate, MerchantId, Moment, Text};
use std::path::{Path, PathBuf};

/// Below the folder of settled days.
const FILE: &str = "aside.json";

/// Somebody who could not be settled with, or one item of his.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Trouble {
    /// Whose.
    pub merchant: MerchantId,
    /// The one item, exchange and turn; without it all that is open of him.
    pub item: Option<String>,
    /// In the settlement of which day it was met last.
    pub day: BusinessDate,
    /// How many items.
    pub items: u32,
    /// What they come to, signed, before any discount.
    pub fen: i64,
    /// Why.
    pub why: Text,
    /// Since when, milliseconds.
    since: i64,
    /// When its ground was gone, milliseconds.
    closed: Option<i64>,
}

impl Trouble {
    /// As a plan says it.
    pub fn of(day: BusinessDate, aside: &Aside, now: Moment) -> Self {
        let why = aside.why.to_string();
        let item = aside.item.map(|(exchange, turn)| format!("{exchange}/{}", turn as u8));
        let Aside { merchant, items, fen, .. } = *aside;
        Self { merchant, item, day, items, fen, why: Text::new(why.clone(), why), since: now.0, closed: None }
    }

    /// All of a merchant's, for another reason than the plan's.
    pub fn whole(day: BusinessDate, merchant: MerchantId, (items, fen): (u32, i64), why: Text, now: Moment) -> Self {
        Self { merchant, item: None, day, items, fen, why, since: now.0, closed: None }
    }

    /// By when somebody has to have looked: as for all money that stands in the wrong place (rules 9).
    pub fn due(&self) -> Moment {
        Moment(self.since).plus_ms(i64::from(Deadlines::standard().money_hours) * 3_600_000)
    }

    fn is_about(&self, other: &Self) -> bool {
        (self.merchant, &self.item) == (other.merchant, &other.item)
    }

    /// Whether this run has met it first.
    pub const fn is_new(&self, now: Moment) -> bool {
        self.since == now.0
    }

    /// In a line.
    pub fn line(&self) -> Text {
        let (merchant, items, sum, due) = (self.merchant, self.items, yuan(&self.fen.into()), self.due());
        let (zh, en) = (&self.why.zh, &self.why.en);
        let one = self.item.as_ref().map_or_else(String::new, |item| format!(" {item}"));
        Text::new(
            format!("{merchant}{one} 未能结算：{items} 笔，{sum} 元；{zh}；收单行运营 {due} 前处理，处理后自动结算"),
            format!(
                "{merchant}{one} was not settled: {items} item(s), {sum} yuan; {en}; for the acquirer's operations until {due}, then it is settled by itself"
            ),
        )
    }

    /// As a document.
    pub fn document(&self) -> Value {
        json!({
            "merchant": self.merchant.to_string(), "item": self.item, "day": self.day.to_string(), "items": self.items,
            "fen": self.fen, "why": self.why, "owner": {"zh": "收单行运营", "en": "acquirer operations"},
            "since": rfc(Moment(self.since)), "due": rfc(self.due()),
        })
    }
}

fn path(network: &Path) -> PathBuf {
    root(network).join(FILE)
}

fn all(network: &Path) -> Result<Vec<Trouble>, End> {
    let path = path(network);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(End::from(error)),
    };
    serde_json::from_slice(&bytes).map_err(|fault| {
        let place = path.display();
        End::environment(format!("{place}：{fault}"), format!("{place}: {fault}"))
    })
}

/// Those that are open.
pub fn open(network: &Path) -> Result<Vec<Trouble>, End> {
    Ok(all(network)?.into_iter().filter(|one| one.closed.is_none()).collect())
}

/// What a run has met, in the place of what stood: the same ones go on with their clock, those that are gone are closed. Gives those that
/// are new.
pub fn note(network: &Path, met: &[Trouble], now: Moment) -> Result<Vec<Trouble>, End> {
    let before = all(network)?;
    let mut next = before.clone();
    for one in next.iter_mut().filter(|one| one.closed.is_none()) {
        match met.iter().find(|met| met.is_about(one)) {
            Some(met) => *one = Trouble { since: one.since, ..met.clone() },
            None => one.closed = Some(now.0),
        }
    }
    let stood = |met: &Trouble| before.iter().any(|one| one.closed.is_none() && one.is_about(met));
    let fresh: Vec<Trouble> = met.iter().filter(|met| !stood(met)).cloned().collect();
    next.extend(fresh.iter().cloned());
    if next != before {
        let text =
            serde_json::to_vec_pretty(&next).map_err(|fault| End::broken(fault.to_string(), fault.to_string()))?;
        std::fs::create_dir_all(root(network))?;
        notices::replace(&path(network), &text)?;
    }
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_aside_keeps_its_clock_until_it_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let (day, hour) = (slipway_recon::read_day("2026-11-23").unwrap(), 3_600_000);
        let shop = |no: &str| MerchantId::new(no).unwrap();
        let (one, two) = (shop("999290054110001"), shop("999290054110002"));
        let met =
            |merchant, fen, at| Trouble::whole(day, merchant, (1, fen), Text::new("未登记", "unknown"), Moment(at));
        let stands = |now: i64| -> Vec<(MerchantId, i64, bool)> {
            let open = open(dir.path()).unwrap();
            open.iter().map(|one| (one.merchant, one.fen, one.due() < Moment(now))).collect()
        };
        let fresh = note(dir.path(), &[met(one, 100, 0), met(two, 5, 0)], Moment(0)).unwrap();
        assert_eq!((fresh.len(), stands(hour)), (2, vec![(one, 100, false), (two, 5, false)]));
        // A day later one is still there, with more: its clock is the old one, and it is not told as new.
        let fresh = note(dir.path(), &[met(one, 300, 25 * hour)], Moment(25 * hour)).unwrap();
        assert_eq!((fresh, stands(25 * hour)), (vec![], vec![(one, 300, true)]));
        let kept = all(dir.path()).unwrap();
        assert_eq!((kept.len(), kept[1].closed), (2, Some(25 * hour)), "closed and not erased");
        // It comes back: another entry, with a clock of its own.
        let fresh = note(dir.path(), &[met(one, 300, 0), met(two, 5, 26 * hour)], Moment(26 * hour)).unwrap();
        assert_eq!((fresh.len(), all(dir.path()).unwrap().len(), stands(27 * hour)[1].2), (1, 3, false));
    }
}

//! A settled day as files, written once: what was decided stands in them, and the books follow them. A run that ends in the middle goes
//! on with the same plan, whatever was confirmed meanwhile.

use super::registered;
use crate::clearing::folder::Files;
use crate::clearing::reckoned::{lines, terms};
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_hosts::acquirer::Owed;
use slipway_node::{PayoutItem, PayoutMark, PayoutPart};
use slipway_recon::Calendar;
use slipway_recon::merchant::{Known, Merchant, Part, Payout, PlanGround};
use slipway_recon::out::{PAYOUT_HEAD, SETTLEMENT_HEAD, Statement, pain_001, payout_csv, settlement_csv};
use slipway_terms::{BusinessDate, Lang, MerchantId, Moment, SwitchKey, TillKey, Turn};
use std::path::Path;

/// The plan itself, for the books; everything beside it is for people and banks.
pub const PLAN: &str = "plan.json";

/// First line of the items.
const ITEM_HEAD: &str = "merchant,exchange,key,turn,day,fen,discount_fen";

/// One merchant's part as it is told to the acquirer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Planned {
    /// Whose.
    pub merchant: MerchantId,
    /// Discount and price of early money.
    pub fees_fen: i64,
    /// What goes out.
    pub payable_fen: i64,
    /// Items.
    pub items: Vec<PlannedItem>,
}

/// One item of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlannedItem {
    exchange: SwitchKey,
    till: Option<TillKey>,
    /// 0 its approval, 1 its undo, 2 taken back by a finding.
    turn: u8,
    fen: i64,
}

const TURNS: [Turn; 3] = [Turn::First, Turn::Undo, Turn::Again];

impl Planned {
    /// What the acquirer's core is told.
    pub fn parts(&self, day: BusinessDate) -> Vec<PayoutPart> {
        let turn = |of: u8| TURNS.get(usize::from(of)).copied().unwrap_or(Turn::First);
        let item = |one: &PlannedItem| PayoutItem {
            exchange: one.exchange,
            till: one.till,
            turn: turn(one.turn),
            minor: one.fen,
        };
        let items: Vec<PayoutItem> = self.items.iter().map(item).collect();
        PayoutPart::all(self.mark(day), &items)
    }

    /// What it comes to.
    pub fn mark(&self, day: BusinessDate) -> PayoutMark {
        PayoutMark {
            merchant: self.merchant,
            day,
            count: u32::try_from(self.items.len()).unwrap_or(u32::MAX),
            gross_minor: self.items.iter().map(|item| item.fen).sum(),
            fees_minor: self.fees_fen,
            payable_minor: self.payable_fen,
        }
    }
}

/// Works out a day from the acquirer's records, and all its files.
pub fn files(day: BusinessDate, owed: &Owed, network: &Path) -> Result<Files, End> {
    let (debtor, merchants) = registered::read(network)?;
    let calendar = Calendar::china().map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
    let (book, _) = terms(network)?;
    let ground = PlanGround { moved: &owed.moved, merchants: &merchants, calendar: &calendar, book: &book };
    let known = |detail: &slipway_recon::clearing::Detail| {
        if owed.waits.contains(&detail.exchange) { Known::Waits } else { Known::Payable }
    };
    let parts = ground.plan(day, &owed.settled, known).map_err(|fault| {
        End::broken(
            format!("{day} 无法结算：{fault}；没有写出文件，账目未改动"),
            format!("{day} cannot be settled: {fault}; no file was written, no ledger was changed"),
        )
    })?;
    let mut files = Files::new();
    let settlements = parts.iter().map(|part| settlement_csv(&part.settlement));
    files.insert("settlements.csv".into(), lines(SETTLEMENT_HEAD, settlements).into_bytes());
    let items = parts.iter().flat_map(|part| part.lines.iter().map(|line| (part.settlement.merchant, line)));
    let items = items.map(|(merchant, line)| {
        let (item, turn) = (&line.item, line.turn as u8);
        format!(
            "{merchant},{},{},{turn},{},{},{}",
            line.exchange, item.key, item.day, item.amount_fen, line.discount_fen
        )
    });
    files.insert("items.csv".into(), lines(ITEM_HEAD, items).into_bytes());
    let payouts: Vec<Payout> = parts.iter().filter_map(|part| part.payout.clone()).collect();
    files.insert("payouts.csv".into(), lines(PAYOUT_HEAD, payouts.iter().map(payout_csv)).into_bytes());
    // 06:00 of the day after: the same plan gives the same file.
    let made = Moment((day.days() + 1) * 86_400_000 - 2 * 3_600_000);
    if let Some(xml) = pain_001(&format!("SLIPWAY-{}", day.days()), made, &debtor, &payouts) {
        files.insert("payouts.xml".into(), xml.into_bytes());
    }
    for part in &parts {
        statements(part, &merchants, &mut files)?;
    }
    let planned: Vec<Planned> = parts.iter().map(|part| planned(part, owed)).collect();
    let text =
        serde_json::to_vec_pretty(&planned).map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
    files.insert(PLAN.into(), text);
    Ok(files)
}

fn planned(part: &Part, owed: &Owed) -> Planned {
    let s = &part.settlement;
    let signed = |fen: u64| i64::try_from(fen).unwrap_or(i64::MAX);
    let items = part.lines.iter().map(|line| PlannedItem {
        exchange: line.exchange,
        till: owed.tills.get(&line.exchange).copied(),
        turn: line.turn as u8,
        fen: line.item.amount_fen,
    });
    Planned {
        merchant: s.merchant,
        fees_fen: s.discount_fen + signed(s.price_fen),
        payable_fen: signed(s.payable_fen),
        items: items.collect(),
    }
}

fn statements(part: &Part, merchants: &[Merchant], files: &mut Files) -> Result<(), End> {
    let id = part.settlement.merchant;
    let Some(of) = merchants.iter().find(|merchant| merchant.registration.merchant() == id) else { return Ok(()) };
    for (lang, name) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
        let made = Statement::new(&of.registration, &of.contract, &part.settlement, &part.items, lang);
        let made = made.map_err(|fault| End::broken(fault.to_string(), fault.to_string()))?;
        files.insert(format!("statement-{id}-{name}.txt"), made.text().into_bytes());
        files.insert(format!("statement-{id}-{name}.html"), made.html().into_bytes());
        files.insert(format!("statement-{id}-{name}.csv"), made.csv().into_bytes());
    }
    Ok(())
}

/// Reads the plan of a day that was worked out before.
pub fn read(place: &Path) -> Result<Vec<Planned>, End> {
    let path = place.join(PLAN);
    let bad = |why: String| {
        let path = path.display();
        End::broken(
            format!("{path} 已损坏（{why}）：请从备份恢复；未再入账"),
            format!("{path} is damaged ({why}): restore it from a copy; nothing was posted"),
        )
    };
    let bytes = std::fs::read(&path).map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|fault| bad(fault.to_string()))
}

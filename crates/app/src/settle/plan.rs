//! A settled day as files, written once: what was decided stands in them, and the books follow them. A run that ends in the middle goes
//! on with the same plan, whatever was confirmed meanwhile.

use super::{kept, registered};
use crate::clearing::folder::Files;
use crate::clearing::reckoned::{lines, terms};
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_hosts::acquirer::Owed;
use slipway_node::{PayoutItem, PayoutMark, PayoutPart, PayoutRest};
use slipway_recon::merchant::{Kept, Known, Merchant, Part, Payout, PlanGround};
use slipway_recon::out::{PAYOUT_HEAD, SETTLEMENT_HEAD, Statement, explained, pain_001, payout_csv, settlement_csv};
use slipway_terms::{BusinessDate, Lang, MerchantId, Moment, PayTo, SwitchKey, TillKey, Turn};
use std::collections::BTreeMap;
use std::path::Path;

/// The plan itself, for the books; everything beside it is for people and banks.
pub const PLAN: &str = "plan.json";

/// In front of the name of a file that the bank may not have yet.
const UNBOOKED: &str = "unbooked-";

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
    /// By hold: newly held, or with a minus given free.
    #[serde(default)]
    pub holds: Vec<(u32, i64)>,
    /// Newly reserved, and from when it is free.
    #[serde(default)]
    pub reserved: Option<(i64, BusinessDate)>,
    /// Days whose reserve is given free.
    #[serde(default)]
    pub freed: Vec<BusinessDate>,
    /// What is owed to the next day.
    #[serde(default)]
    pub carried_fen: i64,
    /// Where the money goes.
    #[serde(default)]
    pub to: Option<PayTo>,
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
        let rest = PayoutRest {
            holds: self.holds.clone(),
            reserved: self.reserved,
            freed: self.freed.clone(),
            carried_minor: self.carried_fen,
            to: self.to,
        };
        PayoutPart::all(self.mark(day), &items, &rest)
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
    let (calendar, before) = (kept::calendar(network)?, kept::kept(owed)?);
    let (book, _) = terms(network)?;
    let ground = PlanGround {
        moved: &owed.moved,
        tills: &owed.tills,
        merchants: &merchants,
        kept: &before,
        calendar: &calendar,
        book: &book,
    };
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
    files.insert(unbooked("payouts.csv"), lines(PAYOUT_HEAD, payouts.iter().map(payout_csv)).into_bytes());
    // 06:00 of the day after: the same plan gives the same file.
    let made = Moment((day.days() + 1) * 86_400_000 - 2 * 3_600_000);
    if let Some(xml) = pain_001(&format!("SLIPWAY-{}", day.days()), made, &debtor, &payouts) {
        files.insert(unbooked("payouts.xml"), xml.into_bytes());
    }
    for part in &parts {
        statements(part, (&merchants, owed, &before), &mut files)?;
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
        holds: part.moves.holds.iter().map(|(no, fen)| (u32::try_from(no.0).unwrap_or(u32::MAX), *fen)).collect(),
        reserved: part.moves.reserved.map(|one| (signed(one.fen), one.free)),
        freed: part.moves.freed.iter().map(|one| one.day).collect(),
        carried_fen: s.carried_out_fen,
        to: part.payout.as_ref().map(|payout| registered::pay_to(payout.to(), payout.pay_day())),
    }
}

/// Until the day is booked a file for the bank has another name: nobody sends what the books do not have.
fn unbooked(name: &str) -> String {
    format!("{UNBOOKED}{name}")
}

/// The day is booked: its files for the bank get their names. Again, it changes nothing.
pub fn give_to_bank(place: &Path) -> Result<(), End> {
    for name in ["payouts.csv", "payouts.xml"] {
        let fresh = place.join(unbooked(name));
        if fresh.exists() {
            std::fs::rename(fresh, place.join(name))?;
        }
    }
    std::fs::File::open(place)?.sync_all()?;
    Ok(())
}

fn statements(
    part: &Part,
    (merchants, owed, before): (&[Merchant], &Owed, &BTreeMap<MerchantId, Kept>),
    files: &mut Files,
) -> Result<(), End> {
    let id = part.settlement.merchant;
    let Some(of) = merchants.iter().find(|merchant| merchant.registration.merchant() == id) else { return Ok(()) };
    let (nothing, s) = (Kept::default(), &part.settlement);
    let before = before.get(&id).unwrap_or(&nothing);
    for (lang, name) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
        let made = Statement::new(&of.registration, &of.contract, &part.settlement, &part.items, lang);
        let made = made.map_err(|fault| End::broken(fault.to_string(), fault.to_string()))?;
        let made = made.telling(explained(&of.contract, before, &part.moves, s, lang));
        let made = made.telling(kept::told(owed, id, s.day, lang));
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

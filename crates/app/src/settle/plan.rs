//! A settled day as files, written once: what was decided stands in them, and the books follow them. A run that ends in the middle goes
//! on with the same plan, whatever was confirmed meanwhile.

use super::aside::Trouble;
use super::{kept, notices, registered};
use crate::clearing::folder::Files;
use crate::clearing::reckoned::lines;
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_hosts::acquirer::Owed;
use slipway_node::{PayoutItem, PayoutMark, PayoutPart, PayoutRest};
use slipway_recon::merchant::{Kept, Known, Merchant, Part, Payout, PlanGround};
use slipway_recon::out::{
    Debtor, PAYOUT_HEAD, SETTLEMENT_HEAD, Statement, explained, pain_001, payout_csv, settlement_csv,
};
use slipway_terms::{BusinessDate, Lang, MerchantId, Moment, PayTo, SwitchKey, TillKey, Turn};
use std::collections::BTreeMap;
use std::path::Path;

/// The plan itself, for the books; everything beside it is for people and banks.
pub const PLAN: &str = "plan.json";

/// Whose plans of a day the books have refused, with the round of each: they are never booked, and worked out again.
const REFUSED: &str = "refused.json";

/// The name of a file in one round of a day: whoever could not be settled with in the first comes in a later one.
fn in_round(name: &str, round: u32) -> String {
    match name.split_once('.') {
        Some((stem, end)) if round > 1 => format!("{stem}-{round}.{end}"),
        _ => name.to_owned(),
    }
}

/// Rounds that a day has.
pub fn rounds(place: &Path) -> u32 {
    (1..).take_while(|round| place.join(in_round(PLAN, *round)).exists()).last().unwrap_or(0)
}

/// The lines of all rounds of a day's settlements, heads left out.
pub fn settlements(place: &Path) -> Vec<String> {
    let text = |round| std::fs::read_to_string(place.join(in_round("settlements.csv", round))).unwrap_or_default();
    let texts = (1..=rounds(place).max(1)).map(text);
    texts.flat_map(|text| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Those whose plans were refused.
pub fn refused(place: &Path) -> Result<Vec<(u32, MerchantId)>, End> {
    match std::fs::read(place.join(REFUSED)) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|fault| End::broken(fault.to_string(), fault.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(End::from(error)),
    }
}

/// A plan is refused, and nothing of it is booked. Known on the disk before anything else is done with it.
pub fn refuse(place: &Path, round: u32, merchant: MerchantId) -> Result<(), End> {
    let mut all = refused(place)?;
    if !all.contains(&(round, merchant)) {
        all.push((round, merchant));
        let text = serde_json::to_vec(&all).map_err(|fault| End::broken(fault.to_string(), fault.to_string()))?;
        notices::replace(&place.join(REFUSED), &text)?;
    }
    Ok(())
}

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

/// A day as it was worked out.
pub struct Worked {
    /// All its files.
    pub files: Files,
    /// What the books are told.
    pub planned: Vec<Planned>,
    /// Who and what was set aside.
    pub aside: Vec<Trouble>,
}

/// Works out a round of a day from the acquirer's records, for those who are asked for, and all its files.
pub fn worked(
    (day, round): (BusinessDate, u32),
    owed: &Owed,
    network: &Path,
    asked: &dyn Fn(MerchantId) -> bool,
    now: Moment,
) -> Result<Worked, End> {
    let (debtor, merchants) = registered::read(network)?;
    let (calendar, (before, wrong)) = (kept::calendar(network)?, kept::kept(owed));
    let ground = PlanGround {
        moved: &owed.moved,
        tills: &owed.tills,
        merchants: &merchants,
        kept: &before,
        calendar: &calendar,
    };
    let known = |exchange: SwitchKey| if owed.waits.contains(&exchange) { Known::Waits } else { Known::Payable };
    let plan = ground.plan(day, &owed.settled, known);
    let mut aside: Vec<Trouble> =
        plan.aside.iter().filter(|one| asked(one.merchant)).map(|one| Trouble::of(day, one, now)).collect();
    let (mut files, mut parts) = (Files::new(), Vec::new());
    for part in plan.parts.into_iter().filter(|part| asked(part.settlement.merchant)) {
        let merchant = part.settlement.merchant;
        let mut own = Files::new();
        let told = match wrong.get(&merchant) {
            Some(why) => Err(why.clone()),
            None => statements(&part, (&merchants, owed, &before), &mut own).map_err(|end| end.text),
        };
        match told {
            Ok(()) => {
                files.extend(own);
                parts.push(part);
            }
            Err(why) => {
                let sum = part.items.iter().map(|item| item.amount_fen).sum();
                let count = u32::try_from(part.items.len()).unwrap_or(u32::MAX);
                aside.retain(|one| one.merchant != merchant);
                aside.push(Trouble::whole(day, merchant, (count, sum), why, now));
            }
        }
    }
    for one in aside.iter_mut().filter(|one| one.item.is_none()) {
        if let Some(why) = registered::fault(network, one.merchant)? {
            one.why = why;
        }
    }
    let settlements = parts.iter().map(|part| settlement_csv(&part.settlement));
    files.insert(in_round("settlements.csv", round), lines(SETTLEMENT_HEAD, settlements).into_bytes());
    let items = parts.iter().flat_map(|part| part.lines.iter().map(|line| (part.settlement.merchant, line)));
    let items = items.map(|(merchant, line)| {
        let (item, turn) = (&line.item, line.turn as u8);
        format!(
            "{merchant},{},{},{turn},{},{},{}",
            line.exchange, item.key, item.day, item.amount_fen, line.discount_fen
        )
    });
    files.insert(in_round("items.csv", round), lines(ITEM_HEAD, items).into_bytes());
    // Of a later round the bank has a file for each payment, written from the records.
    let first = parts.iter().filter(|_| round == 1);
    let payouts: Vec<Payout> = first.filter_map(|part| part.payout.clone()).collect();
    if round == 1 {
        files.insert(unbooked("payouts.csv"), lines(PAYOUT_HEAD, payouts.iter().map(payout_csv)).into_bytes());
    }
    // 06:00 of the day after: the same plan gives the same file.
    let made = Moment((day.days() + 1) * 86_400_000 - 2 * 3_600_000);
    if let Some(xml) = pain_001(&format!("SLIPWAY-{}", day.days()), made, &debtor, &payouts) {
        files.insert(unbooked("payouts.xml"), xml.into_bytes());
    }
    let planned: Vec<Planned> = parts.iter().map(|part| planned(part, owed)).collect();
    let text =
        serde_json::to_vec_pretty(&planned).map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
    files.insert(in_round(PLAN, round), text);
    Ok(Worked { files, planned, aside })
}

/// Puts a later round beside the first; the plan last, for by it the round is there.
pub fn put_round(place: &Path, files: &Files, round: u32) -> Result<(), End> {
    let plan = in_round(PLAN, round);
    for (name, bytes) in files.iter().filter(|(name, _)| **name != plan) {
        notices::replace(&place.join(name), bytes)?;
    }
    files.get(&plan).map_or(Ok(()), |bytes| notices::replace(&place.join(&plan), bytes))
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

/// The day is booked: its files for the bank get their names. Again, it changes nothing. A payment that the books have not taken is in no
/// file: those that they have are written anew, and the whole file of the plan is put away.
pub fn give_to_bank(place: &Path, missing: bool, booked: impl FnOnce() -> Result<Bank, End>) -> Result<(), End> {
    if missing && place.join(unbooked("payouts.csv")).exists() {
        let [csv, xml] = booked()?;
        for (name, bytes) in [("payouts.xml", xml), ("payouts.csv", csv)] {
            let fresh = place.join(unbooked(name));
            match bytes {
                Some(bytes) => notices::replace(&fresh, &bytes)?,
                None if fresh.exists() => std::fs::remove_file(&fresh)?,
                None => {}
            }
        }
    }
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

/// The bank's files of a day, as lines and as the bank's own message; none: there is nothing to pay.
pub type Bank = [Option<Vec<u8>>; 2];

/// Those of what the books have taken.
pub fn bank(day: BusinessDate, debtor: &Debtor, payouts: &[Payout]) -> Bank {
    let made = Moment((day.days() + 1) * 86_400_000 - 2 * 3_600_000);
    let csv = lines(PAYOUT_HEAD, payouts.iter().map(payout_csv)).into_bytes();
    let xml = pain_001(&format!("SLIPWAY-{}", day.days()), made, debtor, payouts);
    [Some(csv), xml.map(String::into_bytes)]
}

/// Reads a round of a day that was worked out before.
pub fn read(place: &Path, round: u32) -> Result<Vec<Planned>, End> {
    let path = place.join(in_round(PLAN, round));
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

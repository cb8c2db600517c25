//! What one closed day pays to the merchants, worked out once. Items are the acquirer's own movements by business date; whether the
//! till has settled is no matter (rules 9). Must never settle an item twice, nor pay what nobody has confirmed, nor let the fault of one
//! merchant keep another from his money.

use super::account::{Account, SettleFault, Settlement};
use super::contract::Contract;
use super::item::{Item, ItemFault, Standing};
use super::kept::{Kept, Moves};
use super::payout::{Payout, PayoutFault, Payouts};
use super::registration::Registration;
use crate::calendar::Calendar;
use crate::clearing::{Day, DayFault, Named};
use crate::key::{Entry, Key};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{BusinessDate, MerchantId, Moved, Rrn, SwitchKey, TillKey, Turn};

/// What the acquirer knows of a movement beside what it moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    /// Its money may go out.
    Payable,
    /// Nobody has confirmed it yet, or it has not appeared in clearing: it comes again.
    Waits,
}

/// One settled item: which exchange, which movement of it.
pub type ItemKey = (SwitchKey, Turn);

/// An item of a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// Which exchange.
    pub exchange: SwitchKey,
    /// Which movement of it.
    pub turn: Turn,
    /// The item, as it was settled.
    pub item: Item,
    /// Its discount. Unit: fen.
    pub discount_fen: i64,
}

impl Line {
    /// What it is found by.
    pub const fn key(&self) -> ItemKey {
        (self.exchange, self.turn)
    }
}

/// One merchant's part of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The day, to the fen.
    pub settlement: Settlement,
    /// What was settled in it.
    pub lines: Vec<Line>,
    /// All items that were looked at, those that wait included, for the statement.
    pub items: Vec<Item>,
    /// What it took from holds and reserves, and gave back.
    pub moves: Moves,
    /// The payment, if there is something to pay.
    pub payout: Option<Payout>,
}

/// A merchant of record with what was agreed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Merchant {
    /// Who he is, and his account.
    pub registration: Registration,
    /// What was agreed.
    pub contract: Contract,
}

/// A day of all merchants. Who cannot be settled keeps nobody else from being paid.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// Those who can be.
    pub parts: Vec<Part>,
    /// Those who cannot, and single items that cannot. They come again by themselves with the next plan: nothing of them is settled.
    pub aside: Vec<Aside>,
}

/// What was set aside of a day's plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Aside {
    /// Whose.
    pub merchant: MerchantId,
    /// The one item; without it all that is open of the merchant.
    pub item: Option<ItemKey>,
    /// How many items.
    pub items: u32,
    /// What they come to, signed, before any discount.
    pub fen: i64,
    /// Why.
    pub why: PlanFault,
}

/// Why a merchant, or an item of his, cannot be settled. Nothing of it is written then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlanFault {
    /// The entry of an exchange.
    Day(DayFault),
    /// He is not registered.
    Merchant(MerchantId),
    /// His settlement.
    Settle(SettleFault),
    /// An item of his.
    Item(ItemFault),
    /// His payment.
    Payout(PayoutFault),
}

impl fmt::Display for PlanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(fault) => write!(f, "{fault}"),
            Self::Merchant(id) => write!(f, "商户 {id} 未登记或没有绑定账户 merchant {id} is not registered"),
            Self::Settle(fault) => write!(f, "{fault}"),
            Self::Item(fault) => write!(f, "{fault}"),
            Self::Payout(fault) => write!(f, "{fault}"),
        }
    }
}

impl core::error::Error for PlanFault {}

/// All that a plan is made of.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The acquirer's movements, of all days: what each owes the merchant.
    pub moved: &'a [Moved],
    /// At which till each exchange was taken, for the statement.
    pub tills: &'a BTreeMap<SwitchKey, TillKey>,
    /// Merchants of record.
    pub merchants: &'a [Merchant],
    /// What the days before have left; of a merchant who is not here, nothing.
    pub kept: &'a BTreeMap<MerchantId, Kept>,
    /// Working days.
    pub calendar: &'a Calendar,
}

impl<'a> Ground<'a> {
    /// The entries of all days up to this one, and exchanges that have none. A sale and its reversal of a later day are two.
    fn entries(&self, date: BusinessDate) -> (Vec<Entered<'a>>, Vec<DayFault>) {
        let days: BTreeSet<BusinessDate> = self.moved.iter().map(|m| m.day).filter(|day| *day <= date).collect();
        let (mut all, mut faults) = (Vec::new(), Vec::new());
        for day in days {
            let before = all.len();
            for named in Day::named(day, self.moved) {
                match named {
                    Ok(named) => all.push(Entered { day, named }),
                    Err(fault) => faults.push(fault),
                }
            }
            all[before..].sort_by_key(|e: &Entered<'_>| (e.key(), e.name()));
        }
        (all, faults)
    }

    /// Works out a day. `settled` says in which day's plan an item stands; what the days before have left stands in `kept`.
    pub fn plan(
        &self,
        date: BusinessDate,
        settled: &BTreeMap<ItemKey, BusinessDate>,
        known: impl Fn(SwitchKey) -> Known,
    ) -> Plan {
        let (entries, faults) = self.entries(date);
        let owner: BTreeMap<SwitchKey, MerchantId> =
            self.moved.iter().filter_map(|m| Some((m.exchange, m.merchant?))).collect();
        let mut of: BTreeMap<MerchantId, (Vec<Entered<'_>>, Vec<DayFault>)> = BTreeMap::new();
        for entered in entries {
            if let Some(merchant) = owner.get(&entered.named.moved.exchange) {
                let stands = settled.get(&entered.name()).copied();
                let own = of.entry(*merchant).or_default();
                own.0.extend(stands.is_none_or(|day| day == date).then_some(entered));
            }
        }
        for fault in faults {
            let merchant = fault.exchange().and_then(|exchange| owner.get(&exchange));
            merchant.into_iter().for_each(|merchant| of.entry(*merchant).or_default().1.push(fault.clone()));
        }
        let mut plan = Plan::default();
        for (merchant, (open, faults)) in of {
            let faulty: BTreeSet<SwitchKey> = faults.iter().filter_map(DayFault::exchange).collect();
            let nameless = self.moved.iter().filter(|m| m.day <= date && faulty.contains(&m.exchange));
            let all = || open.iter().map(|e| e.named.moved).chain(nameless.clone());
            let sum = all().fold(0_i64, |sum, m| sum.saturating_add(m.minor));
            let items = u32::try_from(all().count()).unwrap_or(u32::MAX);
            let before = plan.aside.len();
            let part = self.part(merchant, date, &open, (&faults, &mut plan.aside), &known);
            match part {
                Ok(part) => plan.parts.push(part),
                Err(why) => {
                    // All of him stands aside, so no single item of his is named beside it.
                    plan.aside.truncate(before);
                    plan.aside.push(Aside { merchant, item: None, items, fen: sum, why });
                }
            }
        }
        plan
    }

    /// One merchant's part. An item that would bring him money and cannot be is set aside alone; one that takes money from him sets
    /// all of him aside, or he would be paid what he owes.
    fn part(
        &self,
        merchant: MerchantId,
        date: BusinessDate,
        open: &[Entered<'_>],
        (faults, aside): (&[DayFault], &mut Vec<Aside>),
        known: &impl Fn(SwitchKey) -> Known,
    ) -> Result<Part, PlanFault> {
        let found = self.merchants.iter().find(|one| one.registration.merchant() == merchant);
        let Merchant { registration, contract } = found.ok_or(PlanFault::Merchant(merchant))?;
        for fault in faults {
            let of = fault.exchange();
            let moved = self.moved.iter().filter(|m| Some(m.exchange) == of && m.day <= date);
            let fen = moved.fold(0_i64, |sum, m| sum.saturating_add(m.minor));
            let why = PlanFault::Day(fault.clone());
            if fen < 0 {
                return Err(why);
            }
            let item = of.map(|exchange| (exchange, Turn::First));
            if aside.iter().all(|there| there.item != item) {
                aside.push(Aside { merchant, item, items: 1, fen, why });
            }
        }
        let kept = self.kept.get(&merchant).cloned().unwrap_or_default();
        let mut account = Account::going_on(merchant, contract.clone(), kept);
        let gone = open.iter().filter(|e| e.named.moved.turn == Turn::Undo && e.named.entry == Entry::LateReversal);
        let gone: BTreeSet<SwitchKey> = gone.map(|e| e.named.moved.exchange).collect();
        let (mut lines, mut items) = (Vec::new(), Vec::new());
        for e in open {
            let m = e.named.moved;
            // What was undone before it was settled nets to nothing, so it waits for nobody.
            let payable = known(m.exchange) == Known::Payable || gone.contains(&m.exchange);
            let late = e.day == date && contract.product.is_late(date, m.at);
            let standing = match payable {
                true if late => Standing::Late,
                true => Standing::Confirmed,
                false => Standing::Unconfirmed,
            };
            let item = e.item(standing, self.tills.get(&m.exchange).copied());
            match item.charge(contract) {
                Ok(charge) => {
                    if !item.waits() {
                        lines.push(Line { exchange: m.exchange, turn: m.turn, item, discount_fen: charge.fen });
                    }
                    items.push(item);
                }
                Err(why) if m.minor < 0 => return Err(PlanFault::Item(why)),
                Err(why) => {
                    let (item, why) = (Some(e.name()), PlanFault::Item(why));
                    aside.push(Aside { merchant, item, items: 1, fen: m.minor, why });
                }
            }
        }
        let settlement = account.settle(date, &items, self.calendar).map_err(PlanFault::Settle)?;
        let payout = match settlement.payable_fen {
            0 => None,
            _ => Some(Payouts::default().make(registration, &settlement).map_err(PlanFault::Payout)?),
        };
        Ok(Part { settlement, lines, items, moves: account.moves().clone(), payout })
    }
}

/// An entry of a merchant's.
struct Entered<'a> {
    day: BusinessDate,
    named: Named<'a>,
}

impl Entered<'_> {
    const fn name(&self) -> ItemKey {
        (self.named.moved.exchange, self.named.moved.turn)
    }

    /// For people; what has no reference number is called by its identity.
    fn key(&self) -> Key {
        let m = self.named.moved;
        let nameless = || Key::nameless(alloc::format!("{}", m.exchange).as_bytes());
        Key::new(m.exchange.acquirer, m.rrn.or_else(nameless).unwrap_or(Rrn::NONE), self.named.entry)
    }

    fn item(&self, standing: Standing, till: Option<TillKey>) -> Item {
        let Named { moved: m, priced, entry, original, undone } = self.named;
        Item {
            exchange: m.exchange,
            turn: m.turn,
            key: self.key(),
            entry,
            day: self.day,
            card: priced.card,
            amount_fen: m.minor,
            original,
            undone,
            standing,
            at: Some(m.at),
            till,
        }
    }
}

//! What one closed day pays to the merchants, worked out once. Items are the acquirer's own movements by business date; whether the
//! till has settled is no matter (rules 9). Must never settle an item twice, nor pay what nobody has confirmed.

use super::account::{Account, SettleFault, Settlement};
use super::contract::Contract;
use super::item::{Item, ItemFault, Standing};
use super::kept::{Kept, Moves};
use super::payout::{Payout, PayoutFault, Payouts};
use super::registration::Registration;
use crate::calendar::Calendar;
use crate::clearing::{Day, DayFault, Detail};
use crate::fee::{FeeBook, Relief};
use crate::key::Entry;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{BusinessDate, MerchantId, Moment, Moved, SwitchKey, TillKey, Turn};

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

/// Why a day cannot be settled. Nothing is written then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlanFault {
    /// The day's entries.
    Day(DayFault),
    /// A merchant that is not registered.
    Merchant(MerchantId),
    /// His settlement.
    Settle(MerchantId, SettleFault),
    /// An item of his.
    Item(MerchantId, ItemFault),
    /// His payment.
    Payout(MerchantId, PayoutFault),
}

impl fmt::Display for PlanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(fault) => write!(f, "{fault}"),
            Self::Merchant(id) => write!(f, "商户 {id} 未登记或没有绑定账户 merchant {id} is not registered"),
            Self::Settle(id, fault) => write!(f, "{id}：{fault}"),
            Self::Item(id, fault) => write!(f, "{id}：{fault}"),
            Self::Payout(id, fault) => write!(f, "{id}：{fault}"),
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
    /// For the entries of a day; the merchant pays by his contract.
    pub book: &'a FeeBook,
}

impl Ground<'_> {
    /// The entries of all days up to this one, by merchant. A sale and its reversal of a later day are two.
    fn entries(&self, date: BusinessDate) -> Result<Vec<Entered>, PlanFault> {
        let days: BTreeSet<BusinessDate> = self.moved.iter().map(|m| m.day).filter(|day| *day <= date).collect();
        let of: BTreeMap<SwitchKey, MerchantId> =
            self.moved.iter().filter_map(|m| Some((m.exchange, m.merchant?))).collect();
        let firsts = self.moved.iter().filter(|m| m.turn == Turn::First);
        let first: BTreeMap<SwitchKey, i64> = firsts.map(|m| (m.exchange, m.minor.signum())).collect();
        let times: BTreeMap<ItemKey, Moment> = self.moved.iter().map(|m| ((m.exchange, m.turn), m.at)).collect();
        let mut all = Vec::new();
        for day in days {
            let reckoned = Day::reckon(day, self.moved, self.book, &Relief::default()).map_err(PlanFault::Day)?;
            let owned = reckoned.details.into_iter().filter_map(|d| {
                let sign = first.get(&d.exchange).copied().unwrap_or(1);
                let turn = turn(d.entry, sign);
                let at = times.get(&(d.exchange, turn)).copied();
                Some(Entered { merchant: *of.get(&d.exchange)?, day, turn, at, d })
            });
            all.extend(owned);
        }
        Ok(all)
    }

    /// Works out a day. `settled` says in which day's plan an item stands; what the days before have left stands in `kept`.
    ///
    /// # Errors
    /// [`PlanFault`].
    pub fn plan(
        &self,
        date: BusinessDate,
        settled: &BTreeMap<ItemKey, BusinessDate>,
        known: impl Fn(&Detail) -> Known,
    ) -> Result<Vec<Part>, PlanFault> {
        let entries = self.entries(date)?;
        let merchants: BTreeSet<MerchantId> = entries.iter().map(|e| e.merchant).collect();
        let mut parts = Vec::new();
        for id in merchants {
            let found = self.merchants.iter().find(|merchant| merchant.registration.merchant() == id);
            let Merchant { registration, contract } = found.ok_or(PlanFault::Merchant(id))?;
            let mut account = Account::going_on(id, contract.clone(), self.kept.get(&id).cloned().unwrap_or_default());
            let own = || entries.iter().filter(|e| e.merchant == id);
            let stands = |e: &Entered| settled.get(&(e.d.exchange, e.turn)).copied();
            let open: Vec<&Entered> = own().filter(|e| stands(e).is_none_or(|day| day == date)).collect();
            let gone = open.iter().filter(|e| e.d.entry == Entry::LateReversal);
            let gone: BTreeSet<SwitchKey> = gone.map(|e| e.d.exchange).collect();
            let (mut lines, mut items) = (Vec::new(), Vec::new());
            for e in open {
                // What was undone before it was settled nets to nothing, so it waits for nobody.
                let payable = known(&e.d) == Known::Payable || gone.contains(&e.d.exchange);
                let standing = match payable {
                    true if e.day == date && e.at.is_some_and(|at| contract.product.is_late(date, at)) => {
                        Standing::Late
                    }
                    true => Standing::Confirmed,
                    false => Standing::Unconfirmed,
                };
                let item = item(e, standing, self.tills.get(&e.d.exchange).copied());
                let charge = item.charge(contract).map_err(|fault| PlanFault::Item(id, fault))?;
                if !item.waits() {
                    lines.push(Line { exchange: e.d.exchange, turn: e.turn, item, discount_fen: charge.fen });
                }
                items.push(item);
            }
            let settlement =
                account.settle(date, &items, self.calendar).map_err(|fault| PlanFault::Settle(id, fault))?;
            let payout = match settlement.payable_fen {
                0 => None,
                _ => Some(
                    Payouts::default().make(registration, &settlement).map_err(|fault| PlanFault::Payout(id, fault))?,
                ),
            };
            parts.push(Part { settlement, lines, items, moves: account.moves().clone(), payout });
        }
        Ok(parts)
    }
}

/// An entry of a merchant's.
struct Entered {
    merchant: MerchantId,
    day: BusinessDate,
    turn: Turn,
    /// None: the records do not say.
    at: Option<Moment>,
    d: Detail,
}

/// Which movement an entry is, of an exchange whose first has this sign.
const fn turn(entry: Entry, sign: i64) -> Turn {
    match entry {
        Entry::LateReversal => Turn::Undo,
        Entry::DebitAdjustment if sign < 0 => Turn::Undo,
        Entry::DebitAdjustment | Entry::CreditAdjustment => Turn::Again,
        _ => Turn::First,
    }
}

fn item(e: &Entered, standing: Standing, till: Option<TillKey>) -> Item {
    let d = &e.d;
    Item {
        key: d.key(),
        entry: d.entry,
        day: e.day,
        card: d.card,
        amount_fen: d.amount_fen,
        original: d.original,
        undone: d.undone,
        standing,
        at: e.at,
        till,
    }
}

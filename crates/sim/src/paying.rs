//! Merchants in a world: each closed day whose clearing file an acquirer has taken is worked out once and told to it in parts, again
//! until it is booked. Every merchant has his own account, bound to him, and is paid the next day.

use crate::cast::{self, ACQUIRERS, SEATS};
use crate::check::Charged;
use crate::dice::Matter;
use crate::situation::Situation;
use crate::station::Feed;
use crate::withholding;
use crate::world::World;
use slipway_hosts::acquirer::{AcquirerRow, MerchantDay, Owed, owed};
use slipway_hosts::ledger::Account;
use slipway_node::{Hand, PayoutItem, PayoutMark, PayoutPart, PayoutRest, Rows, Store};
use slipway_recon::merchant::{
    Advance, Contract, Discount, Holder, Known, Merchant, Part, Payout, Person, PlanGround, Product, Registration,
    Reserve,
};
use slipway_recon::{Calendar, Rate};
use slipway_terms::{BusinessDate, MerchantId, Moment, SwitchKey, TillKey};
use std::collections::BTreeMap;

/// One merchant's day as it was worked out.
#[derive(Clone, Debug)]
pub struct Planned {
    /// How often it was given to the acquirer.
    given: u32,
    mark: PayoutMark,
    items: Vec<PayoutItem>,
    rest: PayoutRest,
    charged: Vec<Charged>,
    paid: Option<Payout>,
}

impl Planned {
    /// Whether the acquirer is told the same.
    fn same(&self, other: &Self) -> bool {
        (self.mark, &self.items, &self.rest) == (other.mark, &other.items, &other.rest)
    }
}

/// How often a plan is given before it is looked at whether it still holds.
const GIVEN_MAX: u32 = 3;

/// Days as they were worked out, by acquirer.
pub type Plans = BTreeMap<(usize, BusinessDate), Vec<Planned>>;

impl World {
    /// Goes on with the oldest day of each acquirer that is not booked.
    pub(crate) fn pay_merchants(&mut self, taken: impl Fn(usize) -> Vec<BusinessDate>) {
        self.withhold();
        for node in ACQUIRERS {
            // A disk that cannot be read is looked at the next time: it would seem that nothing is booked.
            if self.readable::<MerchantDay, AcquirerRow>(node).is_none() {
                continue;
            }
            for day in taken(node) {
                if !self.clearing.plans.contains_key(&(node, day)) {
                    let name = [u64::MAX - 34, node as u64, day.days().unsigned_abs()];
                    let killed = self.dice.fixed(Matter::Day, &name).chance.chance(300);
                    match self.plan(node, day) {
                        Ok(plan) => drop(self.clearing.plans.insert((node, day), plan)),
                        Err(fault) => return self.auditor.accuse("paying", self.now, format!("{day}: {fault}")),
                    }
                    // The run ends between its plan and its booking: what is ordered meanwhile comes between.
                    if killed {
                        break;
                    }
                }
                let begun = self.begun(node, day);
                let booked = |one: &Planned| begun.contains(&(one.mark.merchant, true));
                let plan = self.clearing.plans.entry((node, day)).or_default();
                plan.iter_mut().filter(|one| !booked(one)).for_each(|one| one.given += 1);
                let mut open: Vec<Planned> = plan.iter().filter(|one| !booked(one)).cloned().collect();
                if open.is_empty() {
                    continue;
                }
                // What the core has refused since, because something of the merchant's money was ordered meanwhile, is worked out again.
                let stale = |one: &Planned| {
                    one.given > GIVEN_MAX && begun.iter().all(|(merchant, _)| *merchant != one.mark.merchant)
                };
                if open.iter().any(stale) {
                    match self.plan(node, day) {
                        Ok(fresh) => open = self.again(node, day, &open, fresh, stale),
                        Err(fault) => return self.auditor.accuse("paying", self.now, format!("{day}: {fault}")),
                    }
                }
                for part in open.iter().flat_map(|one| PayoutPart::all(one.mark, &one.items, &one.rest)) {
                    self.feed(node, Feed::Hand(Hand::Payout(part)));
                }
                // The next day is worked out from what this one has booked.
                break;
            }
        }
    }

    /// The merchants of whom something of a day is booked, and whether all is.
    fn begun(&self, node: usize, day: BusinessDate) -> Vec<(MerchantId, bool)> {
        let rows = self.table::<MerchantDay, AcquirerRow>(node);
        rows.iter().filter(|row| row.day == day).map(|row| (row.merchant, row.done.is_some())).collect()
    }

    /// Puts fresh parts in the place of those that are out of date, of which nothing is booked.
    fn again(
        &mut self,
        node: usize,
        day: BusinessDate,
        open: &[Planned],
        fresh: Vec<Planned>,
        stale: impl Fn(&Planned) -> bool,
    ) -> Vec<Planned> {
        let merchants: Vec<MerchantId> = open.iter().filter(|one| stale(one)).map(|one| one.mark.merchant).collect();
        let differs = |one: &Planned| open.iter().any(|old| old.mark.merchant == one.mark.merchant && !old.same(one));
        let fresh: Vec<Planned> = fresh.into_iter().filter(|one| merchants.contains(&one.mark.merchant)).collect();
        if fresh.iter().any(differs) {
            self.situations.insert(Situation::Withheld("a plan worked out again"));
        }
        let mut kept: Vec<Planned> =
            open.iter().filter(|one| !merchants.contains(&one.mark.merchant)).cloned().collect();
        kept.extend(fresh.iter().cloned());
        if let Some(plan) = self.clearing.plans.get_mut(&(node, day)) {
            plan.retain(|one| !merchants.contains(&one.mark.merchant));
            plan.extend(fresh);
        }
        kept
    }

    /// When a merchant's day was booked.
    fn done(&self, node: usize, mark: &PayoutMark) -> Option<Moment> {
        let rows = self.table::<MerchantDay, AcquirerRow>(node);
        let row = rows.iter().find(|row| (row.merchant, row.day) == (mark.merchant, mark.day));
        row.and_then(|row| row.done).map(|(at, _)| at)
    }

    fn owed(&self, node: usize) -> Option<Owed> {
        let mut rows = Vec::new();
        for space in AcquirerRow::SPACES {
            let disk = self.nodes[node].station.disk();
            disk.each(space.byte, &mut |_, bytes| rows.extend(AcquirerRow::decode(space.byte, bytes))).ok()?;
        }
        Some(owed(cast::institution(node)?, &rows))
    }

    fn plan(&self, node: usize, day: BusinessDate) -> Result<Vec<Planned>, String> {
        let owed = self.owed(node).ok_or("its disk cannot be read")?;
        let merchants = merchants()?;
        let kept = withholding::kept(&owed)?;
        let calendar = Calendar::china().map_err(|fault| fault.to_string())?;
        let ground = PlanGround {
            moved: &owed.moved,
            tills: &owed.tills,
            merchants: &merchants,
            kept: &kept,
            calendar: &calendar,
        };
        let known = |exchange: SwitchKey| if owed.waits.contains(&exchange) { Known::Waits } else { Known::Payable };
        let plan = ground.plan(day, &owed.settled, known);
        if let Some(one) = plan.aside.first() {
            return Err(format!("merchant {} is set aside: {}", one.merchant, one.why));
        }
        Ok(plan.parts.iter().map(|part| planned(part, day, &owed.tills)).collect())
    }

    /// What merchants were charged, line by line, in all plans.
    pub(crate) fn charged(&self) -> Vec<Charged> {
        self.clearing.plans.values().flatten().flat_map(|one| one.charged.iter().copied()).collect()
    }

    /// Payments that go to another account than the merchant's of that day, or are not what he is paid.
    pub(crate) fn misdirected(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for one in self.clearing.plans.values().flatten() {
            let merchant = one.mark.merchant;
            let seat = (0..SEATS).step_by(2).find(|seat| cast::merchant(*seat) == merchant);
            let due = u64::try_from(one.mark.payable_minor).unwrap_or(0);
            let sent = one.paid.as_ref().map_or(0, Payout::fen);
            if sent != due {
                wrong.push(format!("merchant {merchant} is sent {sent} of {}, and booked {due}", one.mark.day));
            }
            let Some(paid) = &one.paid else { continue };
            let own = seat.map(|seat| account_number(seat, paid.pay_day()));
            if own.as_deref() != Some(paid.to().account.number()) || paid.id().merchant != merchant {
                wrong.push(format!("{} of {merchant} goes to another account than {own:?}", paid.id()));
            }
        }
        wrong
    }

    /// Whether every merchant has been paid what he is owed, but for what he owes himself.
    pub(crate) fn unpaid(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for node in ACQUIRERS {
            let mut carried: BTreeMap<MerchantId, i64> = BTreeMap::new();
            let (mut fees, mut paid) = (0, 0);
            let kept = self.set_off(node);
            for ((of, _), plan) in &self.clearing.plans {
                for one in plan.iter().filter(|_| *of == node) {
                    let since: i64 = kept.since(one.mark.merchant, self.done(node, &one.mark));
                    carried.insert(one.mark.merchant, one.rest.carried_minor + since);
                    fees += one.mark.fees_minor;
                    paid += one.mark.payable_minor;
                }
            }
            let who = cast::call_name(node);
            let of = |account: &Account| self.auditor.books.balance_of(node, account);
            let back = self.sent_back(node);
            let sent: i64 = back.values().sum();
            if (of(&Account::Discount), of(&Account::Payout)) != (-fees, sent + kept.minor() - paid) {
                wrong.push(format!("{who} has booked other fees and payouts than {fees} and {paid} less {sent}"));
            }
            wrong.extend(self.withheld_off(node));
            for seat in (0..SEATS).filter(|seat| cast::acquirer_of(*seat) == node) {
                let merchant = cast::merchant(seat);
                let (owed, owes) =
                    (of(&Account::MerchantPayable(merchant)), carried.get(&merchant).copied().unwrap_or(0));
                let back = back.get(&merchant).copied().unwrap_or(0);
                if owed != -owes - back {
                    wrong.push(format!(
                        "{who}: merchant {merchant} is owed {owed}, carries {owes}, and {back} came back"
                    ));
                }
            }
        }
        wrong
    }
}

fn planned(part: &Part, day: BusinessDate, tills: &BTreeMap<SwitchKey, TillKey>) -> Planned {
    let s = &part.settlement;
    let signed = |fen: u64| i64::try_from(fen).unwrap_or(i64::MAX);
    let item = |line: &slipway_recon::merchant::Line| PayoutItem {
        exchange: line.exchange,
        till: tills.get(&line.exchange).copied(),
        turn: line.turn,
        minor: line.item.amount_fen,
    };
    let items: Vec<PayoutItem> = part.lines.iter().map(item).collect();
    let mark = PayoutMark {
        merchant: s.merchant,
        day,
        count: u32::try_from(items.len()).unwrap_or(u32::MAX),
        gross_minor: items.iter().map(|item| item.minor).sum(),
        fees_minor: s.discount_fen + signed(s.price_fen),
        payable_minor: signed(s.payable_fen),
    };
    let charge = |line: &slipway_recon::merchant::Line| Charged {
        exchange: line.exchange,
        amount_fen: line.item.amount_fen,
        discount_fen: line.discount_fen,
    };
    let charged = part.lines.iter().map(charge).collect();
    let rest = withholding::rest(part);
    Planned { given: 0, mark, items, rest, charged, paid: part.payout.clone() }
}

/// What a merchant's contract takes of a debit and of a credit card.
pub const fn rates() -> [Rate; 2] {
    [Rate { ppb: 5_000_000, cap_fen: Some(2_000) }, Rate { ppb: 6_000_000, cap_fen: None }]
}

/// The account of a shop: he changes it when worlds have begun, and what is paid from that day on goes to the new one.
fn account_number(seat: usize, pay_day: BusinessDate) -> String {
    let bank = if pay_day < MOVED_ON { 0 } else { 7 };
    format!("9990000000000{bank}{seat:05}")
}

/// Since when every merchant has another account.
const MOVED_ON: BusinessDate = BusinessDate { year: 2026, month: 11, day: 25 };

/// The shops of the cast, each with his own account. Paid the next day: the worlds go on behind the last notice of working days.
fn merchants() -> Result<Vec<Merchant>, String> {
    let first = BusinessDate { year: 2017, month: 1, day: 1 };
    let [debit, credit] = rates();
    let discount = Discount { debit, credit, refund_gives_back: true };
    let product = Product::D1(Advance::default());
    let person = |name: &str| Person::new(name).map_err(|fault| fault.to_string());
    let mut all = Vec::new();
    for seat in (0..SEATS).step_by(2) {
        let made = Registration::new(cast::merchant(seat), "前门小吃店", "91350100M000100Y43", "王店主");
        let mut registration = made.map_err(|fault| fault.to_string())?;
        let both = (person("张登记")?, person("李复核")?);
        for from in [first, MOVED_ON] {
            let number = account_number(seat, from);
            let bound = registration.bind(from, Holder::Company, &number, "105100000017", both.clone());
            bound.map_err(|fault| fault.to_string())?;
        }
        // Every other shop has a share of its takings reserved for a day.
        let agreed = Reserve { rate: Rate { ppb: 50_000_000, cap_fen: None }, days: 1, cap_fen: Some(20_000) };
        let reserve = if seat % 4 == 0 { agreed } else { Reserve::default() };
        let contract = Contract::new(product, reserve, first, discount).map_err(|fault| fault.to_string())?;
        all.push(Merchant { registration, contract });
    }
    Ok(all)
}

//! Merchants' money between the days of a world: two persons hold some of it, end a hold before its time or let it end by itself; banks send payouts
//! back, some of them twice, and they are paid again. What is held, reserved or came back stands on its own accounts, to the fen.

use crate::cast::{self, ACQUIRERS, SEATS};
use crate::dice::Matter;
use crate::situation::Situation;
use crate::station::Feed;
use crate::world::World;
use slipway_hosts::acquirer::{
    AcquirerRow, Exchange, HeldMoney, KeptBack, MerchantDay, MerchantMoney, MerchantRefused, Original, Owed, PaidOut,
    SetOff, Stage,
};
use slipway_hosts::day::Days;
use slipway_hosts::ledger::Account;
use slipway_node::{Hand, PayoutRest};
use slipway_recon::merchant::{Hold, HoldNo, Kept, Part, Person, Reserved, StandingHold};
use slipway_terms::{BusinessDate, HoldGround, MerchantAct, MerchantId, MerchantOrder, Moment, PayTo, Rrn, Short};
use std::collections::{BTreeMap, BTreeSet};

/// What is held of a merchant's money just before a return of his goes out again. Unit: minor units.
const HELD_FIRST: i64 = 29_999;

/// What becomes of merchants' money, for situations.
pub const WITHHELD: [&str; 10] = [
    "held",
    "held about an exchange",
    "a hold ended by itself",
    "a hold ended by two persons",
    "a payout came back",
    "a payout paid again",
    "an order refused",
    "a return set against a debt",
    "a return held",
    "a plan worked out again",
];

/// What payouts that came back did not bring their merchants, at one acquirer.
pub struct SetAgainst(Vec<(MerchantId, SetOff)>);

impl SetAgainst {
    /// All of it. Unit: minor units.
    pub fn minor(&self) -> i64 {
        self.0.iter().map(|(_, one)| one.minor()).sum()
    }

    /// What was booked against a merchant's debt since then.
    pub fn since(&self, merchant: MerchantId, at: Option<Moment>) -> i64 {
        let own = self.0.iter().filter(|(of, one)| *of == merchant && at.is_some_and(|at| one.at > at));
        own.map(|(_, one)| one.owed_minor).sum()
    }
}

/// What the days before have left, by merchant.
pub fn kept(owed: &Owed) -> Result<BTreeMap<MerchantId, Kept>, String> {
    let whole = |minor: i64| u64::try_from(minor).unwrap_or(0);
    let mut all: BTreeMap<MerchantId, Kept> = BTreeMap::new();
    for (merchant, minor) in &owed.carried {
        all.entry(*merchant).or_default().carried_fen = *minor;
    }
    for row in &owed.held {
        let person = |name: Short<24>| Person::new(name.as_str()).map_err(|fault| fault.to_string());
        let both = (person(row.persons.by)?, person(row.persons.checked)?);
        let (doubt, fen) = (whole(row.doubt_minor), whole(row.minor));
        let hold = Hold::place(HoldNo(row.no.into()), row.ground, doubt, fen, (row.from, row.until), both);
        let hold = hold.map_err(|fault| fault.to_string())?;
        let standing = StandingHold { hold, taken_fen: whole(row.taken_minor), released: row.ended.is_some() };
        all.entry(row.merchant).or_default().holds.push(standing);
    }
    for row in &owed.reserved {
        let reserved = Reserved { day: row.day, free: row.free.unwrap_or(row.day), fen: whole(row.reserved_minor) };
        all.entry(row.merchant).or_default().reserves.push(reserved);
    }
    Ok(all)
}

/// What a day does beside its items.
pub fn rest(part: &Part) -> PayoutRest {
    let signed = |fen: u64| i64::try_from(fen).unwrap_or(i64::MAX);
    let to = part.payout.as_ref().map(|payout| {
        let bound = payout.to();
        let (tail, bank) = (Short::cut(bound.account.tail()), Short::cut(bound.account.bank()));
        PayTo { account: bound.version, tail, bank, pay_day: payout.pay_day() }
    });
    PayoutRest {
        holds: part.moves.holds.iter().map(|(no, fen)| (u32::try_from(no.0).unwrap_or(u32::MAX), *fen)).collect(),
        reserved: part.moves.reserved.map(|one| (signed(one.fen), one.free)),
        freed: part.moves.freed.iter().map(|one| one.day).collect(),
        carried_minor: part.settlement.carried_out_fen,
        to,
    }
}

fn original(row: &Exchange) -> Option<&Original> {
    if let Exchange::Original(o) = row { Some(o) } else { None }
}

impl World {
    /// Somebody at each acquirer does what the dice say of its open day, until it stands in the records.
    pub(crate) fn withhold(&mut self) {
        for node in ACQUIRERS {
            let Some(days) = self.table::<Days, AcquirerRow>(node).pop() else { continue };
            let held = self.table::<HeldMoney, AcquirerRow>(node);
            let paid = self.table::<PaidOut, AcquirerRow>(node);
            let mut orders = self.holds(node, days.date, &held);
            orders.extend(self.about(node, days.date, &held));
            let named = held.iter().map(|row| (row.merchant, row.minor)).collect();
            orders.extend(self.returns(node, days.date, &paid, &named));
            self.note_withheld(node, &held, &paid);
            for (merchant, act, checked, ticket) in orders {
                let (by, checked) = (Short::cut("li"), Short::cut(checked));
                self.feed(node, Feed::Hand(Hand::Merchant(MerchantOrder { merchant, act, by, checked, ticket })));
            }
        }
    }

    /// A hold on some days; the second signature is missing now and then, and some are ended before their time.
    fn holds(
        &self,
        node: usize,
        date: BusinessDate,
        held: &[HeldMoney],
    ) -> Vec<(MerchantId, MerchantAct, &'static str, u64)> {
        let name = |what: u64| [u64::MAX - 31, what, node as u64, date.days().unsigned_abs()];
        let mut orders = Vec::new();
        let mut chance = self.dice.fixed(Matter::Day, &name(1)).chance;
        let seats: Vec<usize> = (0..SEATS).step_by(2).filter(|seat| cast::acquirer_of(*seat) == node).collect();
        let ticket = |what: u64| date.days().unsigned_abs() << 8 | what;
        if !seats.is_empty() && chance.chance(600) {
            let merchant = cast::merchant(*chance.pick(&seats));
            let minor = chance.span(1, 30_000);
            let until = BusinessDate::from_days(date.days() + chance.span(0, 2));
            let stands = held.iter().any(|row| (row.merchant, row.minor) == (merchant, minor));
            let act = MerchantAct::Hold { ground: HoldGround::RiskHit, about: None, doubt_minor: 30_000, minor, until };
            let checked = if chance.chance(150) { "li" } else { "wang" };
            // Some only while a day is worked out and not booked.
            let comes = !chance.chance(400) || self.is_planning(node);
            if !stands && comes {
                orders.push((merchant, act, checked, ticket(1)));
            }
        }
        for row in held.iter().filter(|row| row.closed.is_none() && row.ended.is_none()) {
            let mut chance =
                self.dice.fixed(Matter::Day, &[u64::MAX - 32, node as u64, row.minor.unsigned_abs()]).chance;
            // Not at once: it takes something first.
            if chance.chance(400) && (row.taken_minor > 0 || chance.chance(200)) {
                orders.push((row.merchant, MerchantAct::Release { no: row.no }, "wang", ticket(2)));
            }
        }
        orders
    }

    /// A hold about one exchange, for a claim or for a case that is there or not, and now and then of more than is in doubt.
    fn about(
        &self,
        node: usize,
        date: BusinessDate,
        held: &[HeldMoney],
    ) -> Option<(MerchantId, MerchantAct, &'static str, u64)> {
        let name = [u64::MAX - 34, node as u64, date.days().unsigned_abs()];
        let mut chance = self.dice.fixed(Matter::Day, &name).chance;
        if !chance.chance(500) {
            return None;
        }
        let rows = self.table::<Exchange, AcquirerRow>(node);
        let paid = rows.iter().filter_map(original).filter(|o| o.signed_minor > 0 && o.stage == Stage::Approved);
        let (argued, calm): (Vec<_>, Vec<_>) = paid.partition(|o| self.auditor.books.argued.contains(&o.till));
        let from = if argued.is_empty() || chance.chance(300) { &calm } else { &argued };
        if from.is_empty() {
            return None;
        }
        let o = *chance.pick(from);
        let ground = if chance.chance(500) { HoldGround::OpenCase } else { HoldGround::FraudClaim };
        let minor = o.signed_minor * if chance.chance(800) { 1 } else { 2 };
        let about = Some(o.rrn);
        if held.iter().any(|row| row.about == about) {
            return None;
        }
        let until = BusinessDate::from_days(date.days() + chance.span(0, 2));
        let act = MerchantAct::Hold { ground, about, doubt_minor: 0, minor, until };
        Some((o.till.merchant, act, "wang", date.days().unsigned_abs() << 8 | 3))
    }

    /// Whether a day of an acquirer is worked out of which nothing is booked.
    fn is_planning(&self, node: usize) -> bool {
        let booked = self.table::<MerchantDay, AcquirerRow>(node);
        let mut days = self.clearing.plans.iter().filter(|((of, _), plan)| *of == node && !plan.is_empty());
        days.any(|((_, day), _)| booked.iter().all(|row| row.day != *day))
    }

    /// Some payouts come back; they are paid again to the account that is bound then.
    fn returns(
        &self,
        node: usize,
        date: BusinessDate,
        paid: &[PaidOut],
        held: &BTreeSet<(MerchantId, i64)>,
    ) -> Vec<(MerchantId, MerchantAct, &'static str, u64)> {
        let mut orders = Vec::new();
        let money = self.table::<MerchantMoney, AcquirerRow>(node);
        let owing: BTreeSet<MerchantId> =
            money.iter().filter(|of| of.carried_minor < 0).map(|of| of.merchant).collect();
        for row in paid.iter().filter(|row| row.minor > 0) {
            let (day, attempt) = (row.day, row.attempt);
            let name =
                [u64::MAX - 33, node as u64, row.minor.unsigned_abs(), day.days().unsigned_abs(), attempt.into()];
            let mut chance = self.dice.fixed(Matter::Day, &name).chance;
            let ticket = day.days().unsigned_abs() << 8 | 16 | u64::from(attempt);
            let comes_back = chance.chance(if attempt == 1 { 350 } else { 100 });
            // The bank's file is read twice, or says another amount.
            let (again, wrong) = (chance.chance(200), chance.chance(150));
            let told = |minor| {
                let (code, file) = (Short::cut("AC01"), Short::cut("SIMULATED"));
                MerchantAct::Returned { day, attempt, minor, account: row.to.account, code, file }
            };
            if comes_back && (row.returned.is_none() || again && row.again.is_none()) {
                if wrong {
                    orders.push((row.merchant, told(row.minor + 1), "", ticket | 64));
                }
                orders.push((row.merchant, told(row.minor), "", ticket));
            }
            let pays = row.returned.is_some() && row.again.is_none() && chance.chance(700);
            // Some accounts are corrected only when the merchant owes, or when something of his is to be held first.
            let (debt, first) = (chance.chance(400), chance.chance(400));
            if pays && first && !held.contains(&(row.merchant, HELD_FIRST)) {
                let until = BusinessDate::from_days(date.days() + 2);
                let (ground, doubt_minor, minor) = (HoldGround::RiskHit, HELD_FIRST, HELD_FIRST);
                let hold = MerchantAct::Hold { ground, about: None, doubt_minor, minor, until };
                orders.push((row.merchant, hold, "wang", ticket | 32));
            }
            if pays && (!debt || owing.contains(&row.merchant)) {
                let to = PayTo { pay_day: BusinessDate::from_days(date.days() + 1), ..row.to };
                orders.push((row.merchant, MerchantAct::Again { day, attempt, to }, "wang", ticket | 128));
            }
        }
        orders
    }

    fn note_withheld(&mut self, node: usize, held: &[HeldMoney], paid: &[PaidOut]) {
        let refused = !self.table::<MerchantRefused, AcquirerRow>(node).is_empty();
        let kept = self.set_off(node);
        let met = [
            held.iter().any(|row| row.taken_minor > 0),
            held.iter().any(|row| row.taken_minor > 0 && row.about.is_some()),
            held.iter().any(|row| row.ended.is_none() && row.closed.is_some()),
            held.iter().any(|row| row.ended.is_some()),
            paid.iter().any(|row| row.returned.is_some()),
            paid.iter().any(|row| row.attempt > 1),
            refused,
            kept.0.iter().any(|(_, one)| one.owed_minor > 0),
            kept.0.iter().any(|(_, one)| one.held_minor() > 0),
        ];
        let words = WITHHELD.into_iter().zip(met).filter(|(_, met)| *met);
        self.situations.extend(words.map(|(word, _)| Situation::Withheld(word)));
    }

    /// What of returns was booked against debts, or held.
    pub(crate) fn set_off(&self, node: usize) -> SetAgainst {
        let all = self.table::<MerchantMoney, AcquirerRow>(node);
        SetAgainst(all.into_iter().flat_map(|of| of.set_off.into_iter().map(move |one| (of.merchant, one))).collect())
    }

    /// What came back and was not paid again, by merchant. Unit: minor units.
    pub(crate) fn sent_back(&self, node: usize) -> BTreeMap<MerchantId, i64> {
        let mut back = BTreeMap::new();
        for row in
            self.table::<PaidOut, AcquirerRow>(node).iter().filter(|row| row.returned.is_some() && row.again.is_none())
        {
            *back.entry(row.merchant).or_default() += row.minor;
        }
        back
    }

    /// Holds whose merchant was told of a case that nobody ever opened, or that are above all that his exchange ever was.
    fn groundless(&self, node: usize) -> Vec<String> {
        let holds = self.table::<HeldMoney, AcquirerRow>(node).into_iter().filter_map(|row| Some((row, row.about?)));
        let holds: Vec<(HeldMoney, Rrn)> = holds.collect();
        let rows = if holds.is_empty() { Vec::new() } else { self.table::<Exchange, AcquirerRow>(node) };
        let about = |rrn: Rrn| rows.iter().find_map(|row| original(row).filter(|o| o.rrn == rrn));
        let sound = |row: &HeldMoney, o: &Original| {
            let most = o.signed_minor + o.refunds.adjusted_minor.max(0) + o.redo.map_or(0, |redo| redo.minor.max(0));
            row.minor <= most && (row.ground != HoldGround::OpenCase || self.auditor.books.argued.contains(&o.till))
        };
        let wrong = holds.iter().filter(|(row, rrn)| !about(*rrn).is_some_and(|o| sound(row, o)));
        wrong
            .map(|(row, rrn)| format!("hold {} of {} on {rrn} has no ground, or is above it", row.no, row.merchant))
            .collect()
    }

    /// Whether holds and reserves have on their accounts what their records say, none above what it may, none kept behind its end, and
    /// every payout one live attempt.
    pub(crate) fn withheld_off(&self, node: usize) -> Vec<String> {
        let mut wrong = self.groundless(node);
        let mut want: BTreeMap<Account, i64> = BTreeMap::new();
        for row in self.table::<HeldMoney, AcquirerRow>(node) {
            *want.entry(Account::MerchantHeld(row.merchant)).or_default() -= row.taken_minor;
            let sound = (0..=row.minor).contains(&row.taken_minor) && row.minor <= row.doubt_minor;
            if !sound || row.persons.by == row.persons.checked || row.closed.is_some() && row.taken_minor != 0 {
                wrong.push(format!("hold {} of {} is not what its rules allow", row.no, row.merchant));
            }
        }
        let kept = self.table::<KeptBack, AcquirerRow>(node);
        for row in kept.iter().filter(|row| row.freed_in.is_none()) {
            *want.entry(Account::MerchantReserve(row.merchant)).or_default() -= row.reserved_minor;
        }
        for (account, minor) in want {
            let has = self.auditor.books.balance_of(node, &account);
            if has != minor {
                wrong.push(format!("{account:?} has {has}, and its records say {minor}"));
            }
        }
        // Nobody is paid again while he owes: what is left of the debt behind a set-off leaves nothing to pay.
        for (merchant, one) in &self.set_off(node).0 {
            let all = self.table::<PaidOut, AcquirerRow>(node);
            let of =
                |attempt| all.iter().find(|row| (row.merchant, row.day, row.attempt) == (*merchant, one.day, attempt));
            let (before, next) = (one.attempt.checked_sub(1).and_then(of), of(one.attempt));
            let minor = |row: Option<&PaidOut>| row.map_or(0, |row| row.minor);
            if minor(before) != minor(next) + one.minor() {
                wrong.push(format!("a return of {merchant} is not what was set off and paid again"));
            }
        }
        let mut live: BTreeMap<(MerchantId, BusinessDate), usize> = BTreeMap::new();
        for row in self.table::<PaidOut, AcquirerRow>(node).iter().filter(|row| row.returned.is_none()) {
            *live.entry((row.merchant, row.day)).or_default() += 1;
        }
        wrong.extend(
            live.iter().filter(|(_, many)| **many > 1).map(|(of, many)| format!("{of:?} is paid {many} times")),
        );
        wrong
    }
}

//! What the acquirer keeps back of merchants' money: holds that two persons have placed, and reserves that a contract agrees. Must never
//! hold without a ground from the list, an end, two persons, or above the doubt (rules 11), nor keep what has ended.

use super::merchant::Persons;
use super::payout::MerchantDay;
use super::{Acquirer, AcquirerRow, Merchant, ground};
use crate::day;
use crate::ledger::Account;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, PayoutPart, Wants};
use slipway_terms::{BusinessDate, HoldGround, MerchantId, MerchantOrder, MerchantRefusal, Moment, PayTo, Rrn};

/// Open holds of one merchant at most: each is a row that his every settlement reads.
const HOLDS_MAX: usize = 64;

/// The longest hold, in days; a longer doubt needs a new hold whose ground still stands.
const DAYS_MAX: i64 = 180;

/// A hold on a merchant's money. Never erased; closed when it has ended and given back what it had.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HeldMoney {
    /// Whose money.
    pub merchant: MerchantId,
    /// Its number at this merchant, from 1.
    pub no: u32,
    /// Why.
    pub ground: HoldGround,
    /// The exchange in doubt, if it is about one.
    pub about: Option<Rrn>,
    /// What is in doubt. Unit: minor units, as below.
    pub doubt_minor: i64,
    /// What is held at most.
    pub minor: i64,
    /// First business day whose money it may take.
    pub from: BusinessDate,
    /// Its last day.
    pub until: BusinessDate,
    /// Who placed it and who checked it.
    pub persons: Persons,
    /// When; the notice to the merchant has this time.
    pub at: Moment,
    /// What it has got hold of.
    pub taken_minor: i64,
    /// Two persons have ended it before its time.
    pub ended: Option<(Moment, Persons)>,
    /// It has ended and has nothing any more.
    pub closed: Option<Moment>,
}

impl HeldMoney {
    /// What it would still take of money of this day.
    pub fn lacks(&self, day: BusinessDate) -> i64 {
        let covers = self.from <= day && day <= self.until;
        if covers && self.ended.is_none() && self.closed.is_none() { self.minor - self.taken_minor } else { 0 }
    }

    /// It is another time the same order.
    fn is_same(&self, other: &Self) -> bool {
        let what = |hold: &Self| (hold.ground, hold.about, hold.minor, hold.until, hold.persons);
        what(self) == what(other) && self.ended.is_none()
    }
}

/// What is known of a merchant's money between his days; one row a merchant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MerchantMoney {
    /// Whose.
    pub merchant: MerchantId,
    /// Holds that were ever placed.
    pub holds: u32,
    /// Those that are not closed.
    pub open: Vec<u32>,
    /// The last settled day.
    pub last: Option<BusinessDate>,
    /// What he owes to the next day: zero or negative. Unit: minor units.
    pub carried_minor: i64,
    /// Accounts that were bound since he was registered, the first first.
    pub accounts: Vec<Bound>,
    /// What payouts that came back did not bring him, because he owed or something of his was held.
    pub set_off: Vec<SetOff>,
}

/// What was kept of a payout that came back before the rest of it went out again (rules 11: only up to what is owed and held).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SetOff {
    /// Of which settled day.
    pub day: BusinessDate,
    /// The attempt that pays the rest, or nothing.
    pub attempt: u8,
    /// When.
    pub at: Moment,
    /// Booked against what he owed. Unit: minor units, as below.
    pub owed_minor: i64,
    /// By hold: newly held.
    pub holds: Vec<(u32, i64)>,
}

impl SetOff {
    /// All of it.
    pub fn minor(&self) -> i64 {
        self.owed_minor + self.held_minor()
    }

    /// What holds have got of it.
    pub fn held_minor(&self) -> i64 {
        self.holds.iter().map(|(_, minor)| minor).sum()
    }
}

impl MerchantMoney {
    /// A merchant's who has none yet.
    const fn none(merchant: MerchantId) -> Self {
        Self {
            merchant,
            holds: 0,
            open: Vec::new(),
            last: None,
            carried_minor: 0,
            accounts: Vec::new(),
            set_off: Vec::new(),
        }
    }

    fn of(merchant: MerchantId, facts: &Facts<'_, Acquirer>) -> Self {
        facts.get::<Self>(&merchant).cloned().unwrap_or(Self::none(merchant))
    }
}

/// An account that two persons have bound; its pay day is the first day on which money goes there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Bound {
    /// Which.
    pub to: PayTo,
    /// When.
    pub at: Moment,
    /// By whom.
    pub persons: Persons,
}

/// What one settled day has done to holds and reserve. Key: merchant and day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptBack {
    /// Whose.
    pub merchant: MerchantId,
    /// Which day.
    pub day: BusinessDate,
    /// By hold: newly held, or with a minus given free. Unit: minor units, as below.
    pub holds: Vec<(u32, i64)>,
    /// Newly reserved.
    pub reserved_minor: i64,
    /// From which day on that is free.
    pub free: Option<BusinessDate>,
    /// The settlement that has given it free.
    pub freed_in: Option<BusinessDate>,
    /// What the merchant owes to the next day.
    pub carried_minor: i64,
}

pub(super) fn wants(order: &MerchantOrder, about: Option<Rrn>, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<Merchant, AcquirerRow>(&order.merchant);
    day::want::<Acquirer>(out);
    want_open(order.merchant, seen, out);
    let Some(rrn) = about else { return };
    ground::wants(rrn, seen, out);
}

/// The merchant's row and his open holds.
pub(super) fn want_open(merchant: MerchantId, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<MerchantMoney, AcquirerRow>(&merchant);
    for no in seen.known::<MerchantMoney>(&merchant).iter().flat_map(|money| &money.open) {
        out.row::<HeldMoney, AcquirerRow>(&(merchant, *no));
    }
}

fn open<'a>(merchant: MerchantId, facts: &'a Facts<'_, Acquirer>) -> impl Iterator<Item = &'a HeldMoney> {
    let all = facts.get::<MerchantMoney>(&merchant).map_or(&[][..], |money| &money.open);
    all.iter().filter_map(move |no| facts.get::<HeldMoney>(&(merchant, *no)))
}

/// What a hold is asked for with.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub ground: HoldGround,
    pub about: Option<Rrn>,
    pub doubt_minor: i64,
    pub minor: i64,
    pub until: BusinessDate,
}

/// Places a hold; the same once more is the same hold.
pub(super) fn place(
    at: Moment,
    order: &MerchantOrder,
    asked: Asked,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<(), MerchantRefusal> {
    let merchant = order.merchant;
    if facts.get::<Merchant>(&merchant).is_none() {
        return Err(MerchantRefusal::NoMerchant);
    }
    let persons = Persons::both(order)?;
    if asked.minor <= 0 {
        return Err(MerchantRefusal::Zero);
    }
    let about = asked.about.filter(|_| asked.ground.is_about_exchange());
    let doubt_minor = match about {
        Some(rrn) => ground::in_doubt(merchant, rrn, asked.ground, facts)?,
        None if asked.ground.is_about_exchange() => return Err(MerchantRefusal::NoExchange),
        None => asked.doubt_minor,
    };
    let mut money = MerchantMoney::of(merchant, facts);
    let days = day::days(at, facts);
    let from = money.last.map_or(days.closed, day::after);
    let no = money.holds.saturating_add(1);
    let hold = HeldMoney {
        merchant,
        no,
        ground: asked.ground,
        about,
        doubt_minor,
        minor: asked.minor,
        from,
        until: asked.until,
        persons,
        at,
        taken_minor: 0,
        ended: None,
        closed: None,
    };
    if open(merchant, facts).any(|there| there.is_same(&hold)) {
        d.count("acquirer_hold_stands");
        return Ok(());
    }
    // All holds about one exchange together are not above its amount.
    let others = open(merchant, facts).filter(|there| about.is_some() && there.about == about && there.ended.is_none());
    if asked.minor > doubt_minor - others.map(|there| there.minor).sum::<i64>() {
        return Err(MerchantRefusal::AboveDoubt);
    }
    if asked.until < days.date || asked.until.days() - from.days() > DAYS_MAX {
        return Err(MerchantRefusal::End);
    }
    if money.open.len() >= HOLDS_MAX {
        return Err(MerchantRefusal::TooMany);
    }
    money.holds = no;
    money.open.push(no);
    d.put(&merchant, money);
    d.put(&(merchant, no), hold);
    d.count("acquirer_hold_placed");
    Ok(())
}

/// Ends a hold before its time; what it has is in the next settlement.
pub(super) fn release(
    at: Moment,
    order: &MerchantOrder,
    no: u32,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<(), MerchantRefusal> {
    let merchant = order.merchant;
    let hold = facts.get::<HeldMoney>(&(merchant, no)).ok_or(MerchantRefusal::NoHold)?;
    if hold.ended.is_some() || hold.closed.is_some() {
        d.count("acquirer_hold_ended_before");
        return Ok(());
    }
    let mut hold = HeldMoney { ended: Some((at, Persons::both(order)?)), ..*hold };
    let mut money = MerchantMoney::of(merchant, facts);
    close(at, &mut hold, &mut money);
    d.put(&merchant, money);
    d.put(&(merchant, no), hold);
    d.count("acquirer_hold_released");
    Ok(())
}

/// Binds another account; the same version again is the same account, or it is refused.
pub(super) fn bind(
    at: Moment,
    order: &MerchantOrder,
    to: PayTo,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<(), MerchantRefusal> {
    let persons = Persons::both(order)?;
    let mut money = MerchantMoney::of(order.merchant, facts);
    if let Some(there) = money.accounts.iter().find(|bound| bound.to.account == to.account) {
        d.count("acquirer_account_bound_before");
        let same = (there.to.tail, there.to.bank) == (to.tail, to.bank);
        return if same { Ok(()) } else { Err(MerchantRefusal::OtherAccount) };
    }
    if to.account < 2 || money.accounts.last().is_some_and(|last| last.to.account >= to.account) {
        return Err(MerchantRefusal::OtherAccount);
    }
    money.accounts.push(Bound { to, at, persons });
    d.put(&order.merchant, money);
    d.count("acquirer_account_bound");
    Ok(())
}

pub(super) fn want_bind(merchant: MerchantId, out: &mut Wants) {
    out.row::<MerchantMoney, AcquirerRow>(&merchant);
}

pub(super) fn want_hold(merchant: MerchantId, no: u32, out: &mut Wants) {
    out.row::<HeldMoney, AcquirerRow>(&(merchant, no)).row::<MerchantMoney, AcquirerRow>(&merchant);
}

/// A hold that has ended and has nothing is closed.
fn close(at: Moment, hold: &mut HeldMoney, money: &mut MerchantMoney) {
    if hold.taken_minor == 0 {
        hold.closed = Some(at);
        money.open.retain(|no| *no != hold.no);
    }
}

/// A payout that came back is about to go out again: what the merchant owes is booked against it first, then his open holds take what they
/// lack. Returns what is left for him and what the holds have got.
pub(super) fn set_off(
    at: Moment,
    (merchant, day, attempt): (MerchantId, BusinessDate, u8),
    minor: i64,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> (i64, i64) {
    let mut money = MerchantMoney::of(merchant, facts);
    let owed_minor = minor.min(-money.carried_minor).max(0);
    let (mut left, mut holds, today) = (minor - owed_minor, Vec::new(), day::days(at, facts).date);
    for hold in open(merchant, facts) {
        let more = left.min(hold.lacks(today));
        if more > 0 {
            left -= more;
            holds.push((hold.no, more));
            d.put(&(merchant, hold.no), HeldMoney { taken_minor: hold.taken_minor + more, ..*hold });
        }
    }
    let kept = SetOff { day, attempt, at, owed_minor, holds };
    let held = kept.held_minor();
    if kept.minor() > 0 {
        money.carried_minor += owed_minor;
        money.set_off.push(kept);
        d.put(&merchant, money);
        d.count("acquirer_payout_set_off");
    }
    (left, held)
}

/// What a settled day needs to know of holds and reserves.
pub(super) fn want_day(part: &PayoutPart, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let merchant = part.mark.merchant;
    want_open(merchant, seen, out);
    for (no, _) in &part.rest.holds {
        out.row::<HeldMoney, AcquirerRow>(&(merchant, *no));
    }
    for day in &part.rest.freed {
        out.row::<KeptBack, AcquirerRow>(&(merchant, *day));
    }
}

/// Books what a settled day keeps back and gives free. Returns what goes to the two accounts; a plan that keeps more than a hold allows,
/// what has ended, or loses a fen is refused.
pub(super) fn book(
    at: Moment,
    of: &MerchantDay,
    part: &PayoutPart,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<[(Account, i64); 2], &'static str> {
    let (merchant, day, rest) = (of.merchant, of.day, &part.rest);
    let mut money = MerchantMoney::of(merchant, facts);
    let (mut held, mut reserved) = (0_i64, rest.reserved.map_or(0, |(minor, _)| minor));
    let mut met: Vec<u32> = Vec::new();
    let mut holds: Vec<HeldMoney> = Vec::new();
    for (no, minor) in &rest.holds {
        let hold = facts.get::<HeldMoney>(&(merchant, *no)).ok_or("payout.no_such_hold")?;
        let taken_minor = hold.taken_minor.checked_add(*minor).ok_or("payout.hold_refused")?;
        let over = hold.ended.is_some() || hold.until < day;
        // A person may have ended it behind the plan: what is taken then comes back with the next day.
        let sound = match minor.signum() {
            1 => hold.closed.is_none() && hold.until >= day && taken_minor <= hold.minor || hold.ended.is_some(),
            -1 => over && taken_minor == 0,
            _ => false,
        };
        if !sound || taken_minor > hold.minor || met.contains(no) {
            return Err("payout.hold_refused");
        }
        met.push(*no);
        held += minor;
        // It was closed empty behind the plan: it is open again until it has given back.
        let mut hold = HeldMoney { taken_minor, closed: None, ..*hold };
        if !money.open.contains(no) {
            money.open.push(*no);
        }
        if minor.is_negative() {
            close(at, &mut hold, &mut money);
        }
        holds.push(hold);
    }
    // Nobody is paid while a hold of his lacks something: one that was placed behind the plan makes it out of date.
    let others = open(merchant, facts).filter(|hold| !met.contains(&hold.no));
    let lacks = holds.iter().chain(others).any(|hold| hold.lacks(day) > 0);
    if of.payable_minor > 0 && lacks {
        return Err("payout.hold_unfilled");
    }
    for hold in open(merchant, facts).filter(|hold| hold.until < day && !met.contains(&hold.no)) {
        if hold.taken_minor != 0 {
            return Err("payout.hold_kept_behind_its_end");
        }
        let mut hold = *hold;
        close(at, &mut hold, &mut money);
        holds.push(hold);
    }
    for (place, freed) in rest.freed.iter().enumerate() {
        let kept = facts.get::<KeptBack>(&(merchant, *freed)).ok_or("payout.no_such_reserve")?;
        let due = kept.freed_in.is_none() && kept.free.is_some_and(|free| free <= day);
        if !due || rest.freed[..place].contains(freed) {
            return Err("payout.reserve_refused");
        }
        reserved -= kept.reserved_minor;
        d.put(&(merchant, *freed), KeptBack { freed_in: Some(day), ..kept.clone() });
    }
    if rest.reserved.is_some_and(|(minor, free)| minor <= 0 || free <= day) {
        return Err("payout.reserve_refused");
    }
    // Every fen is somewhere, and nobody is paid while he owes.
    let left = of.gross_minor - of.fees_minor - of.payable_minor - held - reserved;
    let first = facts.get::<MerchantMoney>(&merchant).is_none();
    let agrees = first || money.carried_minor + left == rest.carried_minor;
    if !agrees || rest.carried_minor > 0 || of.payable_minor > 0 && rest.carried_minor != 0 {
        return Err("payout.does_not_add_up");
    }
    for hold in holds {
        d.put(&(merchant, hold.no), hold);
    }
    money.last = Some(day);
    money.carried_minor = rest.carried_minor;
    d.put(&merchant, money);
    let kept = KeptBack {
        merchant,
        day,
        holds: rest.holds.clone(),
        reserved_minor: rest.reserved.map_or(0, |(minor, _)| minor),
        free: rest.reserved.map(|(_, free)| free),
        freed_in: None,
        carried_minor: rest.carried_minor,
    };
    d.put(&(merchant, day), kept);
    Ok([(Account::MerchantHeld(merchant), -held), (Account::MerchantReserve(merchant), -reserved)])
}

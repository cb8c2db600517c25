//! A merchant's account from day to day. Must never lose or make a fen: what comes in is paid, held, reserved, waiting or carried on,
//! and [`Settlement::balances`] says so for every day.

use super::contract::Contract;
use super::hold::{Hold, HoldNo};
use super::item::{Item, ItemFault};
use super::kept::{Kept, Moves, Reserved, Standing};
use crate::calendar::{Calendar, CalendarFault};
use alloc::collections::BTreeSet;
use core::fmt;
use slipway_terms::{BusinessDate, MerchantId};

/// One day of one merchant, to the fen. Signed numbers say how the merchant's money moves; the others are sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// Whose.
    pub merchant: MerchantId,
    /// Which business date.
    pub day: BusinessDate,
    /// When it goes out.
    pub pay_day: BusinessDate,
    /// Items settled today.
    pub items: u32,
    /// Sales and the like.
    pub gross_in_fen: u64,
    /// Voids, refunds and the like.
    pub gross_back_fen: u64,
    /// Discount: charged, less what refunds gave back.
    pub discount_fen: i64,
    /// Items that are not payable yet (rules 1); they come again when they are.
    pub waiting: u32,
    /// And their gross.
    pub waiting_fen: u64,
    /// What was owed from earlier days: zero or negative.
    pub carried_in_fen: i64,
    /// Newly held.
    pub held_fen: u64,
    /// Given free from holds.
    pub released_fen: u64,
    /// Newly reserved.
    pub reserved_fen: u64,
    /// Given free from reserves.
    pub freed_fen: u64,
    /// Price of early money.
    pub price_fen: u64,
    /// To be paid out.
    pub payable_fen: u64,
    /// What is owed to the next day: zero or negative.
    pub carried_out_fen: i64,
}

impl Settlement {
    /// Whether every fen is somewhere.
    pub fn balances(&self) -> bool {
        let plus = |fen: u64| i128::from(fen);
        let came = i128::from(self.carried_in_fen) + plus(self.gross_in_fen)
            - plus(self.gross_back_fen)
            - i128::from(self.discount_fen)
            + plus(self.released_fen)
            + plus(self.freed_fen);
        let went = plus(self.held_fen)
            + plus(self.reserved_fen)
            + plus(self.price_fen)
            + plus(self.payable_fen)
            + i128::from(self.carried_out_fen);
        came == went && self.carried_out_fen <= 0 && (self.payable_fen == 0 || self.carried_out_fen == 0)
    }
}

/// Why a day cannot be settled; nothing is changed then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SettleFault {
    /// The day does not come after the last one settled: a day is settled once.
    Day {
        /// The last.
        last: BusinessDate,
    },
    /// An item that cannot be; 0 is the first.
    Item {
        /// Which.
        at: usize,
        /// Why.
        why: ItemFault,
    },
    /// An item of a later day, or the same one twice.
    Place {
        /// Which.
        at: usize,
    },
    /// No pay day can be told.
    Calendar,
    /// More money than an account can count.
    TooMuch,
}

impl fmt::Display for SettleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day { last } => write!(f, "已结算至 {last} settled up to {last} already"),
            Self::Item { at, why } => write!(f, "第 {} 笔有误 item {}: {why}", at + 1, at + 1),
            Self::Place { at } => {
                write!(f, "第 {} 笔重复或日期在后 item {} stands twice or is of a later day", at + 1, at + 1)
            }
            Self::Calendar => f.write_str("工作日历没有到账日 the calendar does not know the pay day"),
            Self::TooMuch => f.write_str("金额过大 more money than can be counted"),
        }
    }
}

impl core::error::Error for SettleFault {}

impl From<CalendarFault> for SettleFault {
    fn from(_: CalendarFault) -> Self {
        Self::Calendar
    }
}

/// What one merchant's money is: his contract, and what stands between the days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    merchant: MerchantId,
    contract: Contract,
    last: Option<BusinessDate>,
    kept: Kept,
    /// What the last settlement took from holds and reserves, and gave back.
    moves: Moves,
}

impl Account {
    /// A new merchant: nothing owed either way.
    pub const fn new(merchant: MerchantId, contract: Contract) -> Self {
        Self::going_on(merchant, contract, Kept::nothing())
    }

    /// A merchant whose earlier days stand in records.
    pub const fn going_on(merchant: MerchantId, contract: Contract, kept: Kept) -> Self {
        Self { merchant, contract, last: None, kept, moves: Moves::nothing() }
    }

    /// Whose it is.
    pub const fn merchant(&self) -> MerchantId {
        self.merchant
    }

    /// His contract.
    pub const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// His contract, to be changed from a later day on.
    pub const fn contract_mut(&mut self) -> &mut Contract {
        &mut self.contract
    }

    /// Places a hold; it takes from the money of the days it covers, up to its amount. One that stands already is not placed twice.
    pub fn hold(&mut self, hold: Hold) {
        if self.kept.holds.iter().all(|there| there.hold.no() != hold.no()) {
            self.kept.holds.push(Standing { hold, taken_fen: 0, released: false });
        }
    }

    /// Ends a hold before its time; the money is in the next settlement. False: there is none.
    pub fn release(&mut self, no: HoldNo) -> bool {
        let Some(found) = self.kept.holds.iter_mut().find(|one| one.hold.no() == no && !one.released) else {
            return false;
        };
        found.released = true;
        true
    }

    /// What is held now, in fen, released money that no settlement has seen yet included.
    pub fn held_fen(&self) -> u64 {
        self.kept.holds.iter().map(|one| one.taken_fen).sum()
    }

    /// What is reserved now, in fen.
    pub fn reserved_fen(&self) -> u64 {
        self.kept.reserves.iter().map(|one| one.fen).sum()
    }

    /// What he owes now: zero or negative, in fen.
    pub const fn carried_fen(&self) -> i64 {
        self.kept.carried_fen
    }

    /// What the last settlement took from holds and reserves, and gave back.
    pub const fn moves(&self) -> &Moves {
        &self.moves
    }

    /// Settles a day: its confirmed items and earlier ones that are payable now. What is not payable is counted as waiting and has
    /// to be handed in again.
    ///
    /// # Errors
    /// [`SettleFault`].
    pub fn settle(
        &mut self,
        day: BusinessDate,
        items: &[Item],
        calendar: &Calendar,
    ) -> Result<Settlement, SettleFault> {
        if let Some(last) = self.last.filter(|last| *last >= day) {
            return Err(SettleFault::Day { last });
        }
        let mut next = self.clone();
        let settlement = next.work_out(day, items, calendar)?;
        assert!(settlement.balances(), "a settlement makes or loses money: {settlement:?}");
        *self = next;
        Ok(settlement)
    }

    fn work_out(&mut self, day: BusinessDate, items: &[Item], calendar: &Calendar) -> Result<Settlement, SettleFault> {
        self.moves = Moves::nothing();
        let mut s = Settlement {
            merchant: self.merchant,
            day,
            pay_day: day,
            items: 0,
            gross_in_fen: 0,
            gross_back_fen: 0,
            discount_fen: 0,
            waiting: 0,
            waiting_fen: 0,
            carried_in_fen: self.kept.carried_fen,
            held_fen: 0,
            released_fen: 0,
            reserved_fen: 0,
            freed_fen: 0,
            price_fen: 0,
            payable_fen: 0,
            carried_out_fen: 0,
        };
        self.take(&mut s, items)?;
        s.released_fen = self.end_holds(day);
        s.freed_fen = self.free_reserves(day);
        let signed = |fen: u64| i64::try_from(fen).map_err(|_| SettleFault::TooMuch);
        let parts = [
            s.carried_in_fen,
            signed(s.gross_in_fen)?,
            -signed(s.gross_back_fen)?,
            -s.discount_fen,
            signed(s.released_fen)?,
            signed(s.freed_fen)?,
        ];
        let sum = parts.into_iter().try_fold(0_i64, i64::checked_add).ok_or(SettleFault::TooMuch)?;
        let mut left = sum.max(0).cast_unsigned();
        s.carried_out_fen = sum.min(0);
        s.held_fen = self.take_holds(day, left);
        left -= s.held_fen;
        // Kept back from what the day itself brought; freed money is not reserved again.
        let fresh = left.min(s.gross_in_fen.saturating_sub(s.gross_back_fen));
        let agreed = self.contract.reserve;
        let room = agreed.cap_fen.map_or(u64::MAX, |cap| cap.saturating_sub(self.reserved_fen()));
        s.reserved_fen = agreed.rate.fee(fresh).min(left).min(room);
        if s.reserved_fen > 0 {
            let free = BusinessDate::from_days(day.days() + i64::from(agreed.days));
            let reserved = Reserved { day, free, fen: s.reserved_fen };
            self.kept.reserves.push(reserved);
            self.moves.reserved = Some(reserved);
        }
        left -= s.reserved_fen;
        let product = self.contract.product.for_day_of(left);
        let pay_day = product.pay_day(day, calendar)?;
        s.pay_day = pay_day;
        s.price_fen = product.price_fen(pay_day, left, calendar)?;
        s.payable_fen = left - s.price_fen;
        self.kept.carried_fen = s.carried_out_fen;
        self.last = Some(day);
        Ok(s)
    }

    fn take(&self, s: &mut Settlement, items: &[Item]) -> Result<(), SettleFault> {
        let mut met = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            if item.day > s.day || !met.insert(item.name()) {
                return Err(SettleFault::Place { at });
            }
            let charge = item.charge(&self.contract).map_err(|why| SettleFault::Item { at, why })?;
            let size = item.amount_fen.unsigned_abs();
            let add = |sum: &mut u64| -> Result<(), SettleFault> {
                *sum = sum.checked_add(size).ok_or(SettleFault::TooMuch)?;
                Ok(())
            };
            if item.waits() {
                s.waiting += 1;
                add(&mut s.waiting_fen)?;
                continue;
            }
            s.items += 1;
            add(if item.amount_fen > 0 { &mut s.gross_in_fen } else { &mut s.gross_back_fen })?;
            s.discount_fen = s.discount_fen.checked_add(charge.fen).ok_or(SettleFault::TooMuch)?;
        }
        Ok(())
    }

    /// Holds whose last day is over end by themselves, as those do that a person has ended.
    fn end_holds(&mut self, day: BusinessDate) -> u64 {
        let (moves, mut released) = (&mut self.moves, 0);
        self.kept.holds.retain(|one| {
            let over = one.released || one.hold.days().1 < day;
            if over && one.taken_fen > 0 {
                released += one.taken_fen;
                moves.holds.push((one.hold.no(), -one.taken_fen.cast_signed()));
            }
            !over
        });
        released
    }

    fn free_reserves(&mut self, day: BusinessDate) -> u64 {
        let freed = &mut self.moves.freed;
        self.kept.reserves.retain(|one| {
            let over = one.free <= day;
            if over {
                freed.push(*one);
            }
            !over
        });
        freed.iter().map(|one| one.fen).sum()
    }

    fn take_holds(&mut self, day: BusinessDate, mut left: u64) -> u64 {
        let mut held = 0;
        for one in &mut self.kept.holds {
            let (from, until) = one.hold.days();
            let more = one.hold.fen().saturating_sub(one.taken_fen).min(left);
            if (from..=until).contains(&day) && more > 0 {
                one.taken_fen += more;
                held += more;
                left -= more;
                self.moves.holds.push((one.hold.no(), more.cast_signed()));
            }
        }
        held
    }
}

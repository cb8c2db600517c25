//! Refunds that a shop has ordered: lines of the audit log. An order moves no money; the refund is made at the shop's till by the reference number,
//! to the card that paid, and the acquirer alone says how much of a payment is given back, whoever did it, and whether the till still can. One order of a payment is open at a time:
//! whoever comes second is told so. It is dated by the network's clock, as the payment is. Nothing of it is erased: an order is withdrawn by a second line.

use crate::clocks::Stamp;
use crate::inquiry::Log;
use crate::say::End;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{GiveBack, Original, give_back};
use slipway_terms::Moment;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the line of an order is called.
pub const ORDER: &str = "order_refund";
/// And that of its withdrawal.
pub const WITHDRAW: &str = "withdraw_refund";
/// Lines that are remembered; the log has all.
const KNOWN_MAX: usize = 20_000;

/// One order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Which payment: merchant/terminal/batch/voucher.
    pub till: String,
    /// Its number at this payment, from 1.
    pub turn: u32,
    /// Its reference number: the till asks for it.
    pub rrn: String,
    /// How much. Unit: fen.
    pub fen: u64,
    /// What of the payment had been given back when it was ordered. Unit: fen.
    pub before_fen: u64,
    /// Who ordered it.
    pub who: String,
    /// As what.
    pub role: String,
    /// When.
    pub at: Stamp,
    /// Why.
    pub because: String,
    /// When it was withdrawn, and by whom.
    #[serde(default)]
    pub withdrawn: Option<(Stamp, String)>,
}

/// How far an order is, by what the acquirer has on record of its payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It waits for somebody at the till.
    Waits,
    /// What was ordered has been given back, or more, at the till or by the acquirer itself.
    Done,
    /// No till can make it any more.
    Over,
    /// Somebody has taken it back.
    Withdrawn,
}

/// What the acquirer has on record of a payment, as far as orders of it depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Left {
    /// What of it was given back by refunds. Unit: fen.
    pub refunded_fen: u64,
    /// Whether a till can still give it back.
    pub give_back: GiveBack,
}

impl Left {
    /// Of a payment.
    pub fn of(one: &Original) -> Self {
        Self { refunded_fen: u64::try_from(one.refunds.done_minor).unwrap_or(0), give_back: give_back(one) }
    }

    /// What may still be refunded. Unit: fen.
    pub fn rest_fen(&self) -> u64 {
        if let GiveBack::Can(rest) = self.give_back { u64::try_from(rest).unwrap_or(0) } else { 0 }
    }
}

impl Order {
    /// Of a payment that stands so by now.
    pub fn stands(&self, left: &Left) -> Stands {
        if self.withdrawn.is_some() {
            return Stands::Withdrawn;
        }
        match self.before_fen.saturating_add(self.fen).checked_sub(left.refunded_fen) {
            None | Some(0) => Stands::Done,
            Some(missing) if left.rest_fen() >= missing || left.give_back == GiveBack::Undecided => Stands::Waits,
            Some(_) => Stands::Over,
        }
    }

    /// Its name in addresses: that of the payment, and its turn.
    pub fn name(&self) -> String {
        format!("{}-{}", self.till.replace('/', "-"), self.turn)
    }
}

/// Why an order was not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// Another one of this payment is open.
    Open(Box<Order>),
    /// It is not there, or not open any more.
    NotOpen,
}

/// All that are known, oldest first.
#[derive(Debug, Default)]
pub struct Orders(Mutex<Vec<Order>>);

impl Orders {
    /// Those of the log.
    ///
    /// # Errors
    /// The log does not open.
    pub fn of(log: &Log) -> Result<Self, End> {
        let lines = log.chain().lines(KNOWN_MAX, |line| line["act"] == ORDER || line["act"] == WITHDRAW)?;
        let mut all: Vec<Order> = Vec::new();
        for line in lines {
            if line["act"] == ORDER {
                all.extend(serde_json::from_value(line["order"].clone()).ok());
            } else if let Some(one) = all.iter_mut().find(|one| one.name() == line["order"]) {
                let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
                one.withdrawn = Some((text("at").into(), text("who")));
            }
        }
        Ok(Self(Mutex::new(all)))
    }

    /// A list that is changed by one push or one field is whole whoever panicked.
    fn all(&self) -> MutexGuard<'_, Vec<Order>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of a payment, oldest first.
    pub fn about(&self, till: &str) -> Vec<Order> {
        self.all().iter().filter(|one| one.till == till).cloned().collect()
    }

    /// Those of a shop, newest first.
    pub fn of_shop(&self, merchant: &str) -> Vec<Order> {
        let own = |one: &&Order| one.till.strip_prefix(merchant).is_some_and(|rest| rest.starts_with('/'));
        self.all().iter().rev().filter(own).cloned().collect()
    }

    /// Takes an order of a payment that stands so by now, unless another one is open; `write` puts it into the log first.
    ///
    /// # Errors
    /// `write`'s.
    pub fn take(
        &self,
        mut order: Order,
        left: &Left,
        write: impl FnOnce(Value) -> Result<(), End>,
    ) -> Result<Result<Order, Refused>, End> {
        let mut all = self.all();
        let mut own = all.iter().filter(|one| one.till == order.till);
        order.turn = own.clone().map(|one| one.turn).max().unwrap_or(0) + 1;
        if let Some(open) = own.find(|one| one.stands(left) == Stands::Waits) {
            return Ok(Err(Refused::Open(Box::new(open.clone()))));
        }
        write(json!({"till": order.till, "order": order}))?;
        if all.len() >= KNOWN_MAX {
            all.remove(0);
        }
        all.push(order.clone());
        Ok(Ok(order))
    }

    /// Withdraws an open order; `write` puts it into the log first.
    ///
    /// # Errors
    /// `write`'s.
    pub fn withdraw(
        &self,
        name: &str,
        (at, who): (Moment, String),
        left: &Left,
        write: impl FnOnce(Value) -> Result<(), End>,
    ) -> Result<Result<Order, Refused>, End> {
        let mut all = self.all();
        let found = all.iter_mut().find(|one| one.name() == name && one.stands(left) == Stands::Waits);
        let Some(order) = found else { return Ok(Err(Refused::NotOpen)) };
        write(json!({"till": order.till, "order": name}))?;
        order.withdrawn = Some((at.into(), who));
        Ok(Ok(order.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(fen: u64, before_fen: u64) -> Order {
        let text = str::to_owned;
        Order {
            till: text("m/t/1/2"),
            turn: 0,
            rrn: text("632700000002"),
            fen,
            before_fen,
            who: text("supervisor"),
            role: text("supervisor"),
            at: Moment(0).into(),
            because: text("broken"),
            withdrawn: None,
        }
    }

    /// 100 fen were paid; of them so much was refunded.
    fn left(refunded_fen: u64) -> Left {
        let rest = 100 - i64::try_from(refunded_fen).unwrap();
        Left { refunded_fen, give_back: if rest > 0 { GiveBack::Can(rest) } else { GiveBack::GoneBack } }
    }

    #[test]
    fn an_order_ends_with_the_money_however_that_goes_back() {
        use GiveBack::{Can, Disputed, GoneBack, NotCharged, Undecided};
        for (fen, before, refunded_fen, give_back, want) in [
            (100, 0, 0, Can(100), Stands::Waits),
            (100, 0, 60, Can(40), Stands::Waits),
            (100, 0, 0, Undecided, Stands::Waits),
            (100, 0, 100, GoneBack, Stands::Done),
            (60, 40, 100, GoneBack, Stands::Done),
            (60, 0, 60, Can(40), Stands::Done),
            // Voided, reversed, charged back, borne by a house: no till can make it any more.
            (100, 0, 0, GoneBack, Stands::Over),
            (60, 40, 40, GoneBack, Stands::Over),
            (100, 0, 0, Disputed, Stands::Over),
            (100, 0, 0, NotCharged, Stands::Over),
            // A tip was taken off it meanwhile.
            (100, 0, 0, Can(90), Stands::Over),
        ] {
            let stands = order(fen, before).stands(&Left { refunded_fen, give_back });
            assert_eq!(stands, want, "{fen} behind {before}: {refunded_fen} {give_back:?}");
        }
    }

    #[test]
    fn one_order_is_open_at_a_time_and_what_is_not_written_is_none() {
        let all = Orders::default();
        let taken = |fen, refunded| all.take(order(fen, refunded), &left(refunded), |_| Ok(())).unwrap();
        assert!(
            all.take(order(100, 0), &left(0), |_| Err(End::environment("", ""))).is_err()
                && all.about("m/t/1/2").is_empty()
        );
        assert_eq!(taken(80, 0).unwrap().turn, 1);
        // The second tab, whatever it asks for.
        assert!(matches!(taken(80, 0), Err(Refused::Open(open)) if open.turn == 1));
        assert!(taken(7, 0).is_err());
        // Given back at the till in two parts: only then the next.
        assert!(taken(7, 60).is_err());
        assert_eq!(taken(7, 80).unwrap().turn, 2);
        assert_eq!(all.about("m/t/1/2")[0].stands(&left(80)), Stands::Done);
        let name = all.about("m/t/1/2")[1].name();
        let by = || (Moment(0), "market".to_owned());
        assert!(all.withdraw(&name, by(), &left(80), |_| Ok(())).unwrap().is_ok());
        assert_eq!(all.withdraw(&name, by(), &left(80), |_| Ok(())).unwrap(), Err(Refused::NotOpen));
        assert_eq!(
            all.withdraw("m-t-1-2-1", by(), &left(80), |_| Ok(())).unwrap(),
            Err(Refused::NotOpen),
            "it is done"
        );
        assert_eq!(taken(9, 80).unwrap().turn, 3);
        assert_eq!(all.of_shop("m").len(), 3);

        assert!(all.of_shop("").is_empty() && all.of_shop("other").is_empty());
    }

    #[test]
    fn lines_of_an_earlier_version_are_told_with_their_zone() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::with(dir.path(), crate::audit_log::chain::tests::key(dir.path()));
        let mut old = serde_json::to_value(Order { turn: 1, ..order(100, 0) }).unwrap();
        old["at"] = "2026-11-27 21:14:00".into();
        let line = |value: Value| value.as_object().unwrap().clone();
        log.chain()
            .append(line(json!({"act": ORDER, "at": "2026-11-27 21:14:00", "till": "m/t/1/2", "order": old})))
            .unwrap();
        log.chain()
            .append(line(json!({"act": WITHDRAW, "at": "2026-11-27 21:15:00", "who": "li", "till": "m/t/1/2", "order": "m-t-1-2-1"})))
            .unwrap();
        let read = Orders::of(&log).unwrap().about("m/t/1/2").pop().unwrap();
        assert_eq!(read.at.as_str(), "2026-11-27T21:14:00+08:00");
        assert_eq!(read.withdrawn.unwrap().0.as_str(), "2026-11-27T21:15:00+08:00");
    }
}

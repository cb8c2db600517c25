//! Orders about a merchant's money: a hold, its end, a payout that came back, a payout again. Each takes effect in one commit or leaves the
//! record of its refusal; the same order again changes nothing.

use super::Acquirer;
use super::returned::{self, Told, Which};
use super::withheld::{self, Asked};
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{MerchantAct, MerchantId, MerchantOrder, MerchantRefusal, Moment, Short, same_person};

/// Two persons who have signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Persons {
    /// Who did it.
    pub by: Short<24>,
    /// Who checked it.
    pub checked: Short<24>,
}

impl Persons {
    /// Two different ones, however they are spelt, or it is not done.
    pub(super) fn both(order: &MerchantOrder) -> Result<Self, MerchantRefusal> {
        let named = order.by != Short::EMPTY && order.checked != Short::EMPTY;
        if !named || same_person(order.by.as_str(), order.checked.as_str()) {
            return Err(MerchantRefusal::OnePerson);
        }
        Ok(Self { by: order.by, checked: order.checked })
    }
}

/// An order that was not taken. Key: merchant and ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MerchantRefused {
    /// What was ordered.
    pub order: MerchantOrder,
    /// When.
    pub at: Moment,
    /// Why not.
    pub why: MerchantRefusal,
}

fn which(merchant: MerchantId, act: &MerchantAct) -> Option<Which> {
    match *act {
        MerchantAct::Returned { day, attempt, .. } | MerchantAct::Again { day, attempt, .. } => {
            Some(Which { merchant, day, attempt })
        }
        MerchantAct::Hold { .. } | MerchantAct::Release { .. } | MerchantAct::Bind { .. } => None,
    }
}

pub(super) fn wants(order: &MerchantOrder, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    match &order.act {
        MerchantAct::Hold { about, .. } => withheld::wants(order, *about, seen, out),
        MerchantAct::Release { no } => withheld::want_hold(order.merchant, *no, out),
        MerchantAct::Bind { .. } => withheld::want_bind(order.merchant, out),
        act => which(order.merchant, act).into_iter().for_each(|which| returned::wants(which, seen, out)),
    }
}

/// One order, in one commit.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    order: &MerchantOrder,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let merchant = order.merchant;
    let taken = match order.act {
        MerchantAct::Hold { ground, about, doubt_minor, minor, until } => {
            withheld::place(at, order, Asked { ground, about, doubt_minor, minor, until }, facts, &mut d)
        }
        MerchantAct::Release { no } => withheld::release(at, order, no, facts, &mut d),
        MerchantAct::Returned { day, attempt, minor, account, code, file } => {
            let which = Which { merchant, day, attempt };
            returned::take_back(a, at, order, (which, Told { minor, account, code, file }), facts, &mut d)
        }
        MerchantAct::Bind { to } => withheld::bind(at, order, to, facts, &mut d),
        MerchantAct::Again { day, attempt, to } => {
            returned::pay(a, at, order, (Which { merchant, day, attempt }, to), facts, &mut d)
        }
    };
    if let Err(why) = taken {
        d = Decision::nothing();
        d.count("acquirer_merchant_order_refused");
        d.put(&(merchant, order.ticket), MerchantRefused { order: *order, at, why });
    }
    d
}

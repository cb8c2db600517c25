//! Payouts that a bank has sent back (退汇), and what is paid again. A return puts the money back to what the merchant is owed, once; it goes out
//! again as the next attempt, to a corrected account, or where two persons say so, less what the merchant owes meanwhile and what is held of
//! his. Must never pay a return twice, nor while he owes, nor take back what was never paid, another amount, or what another account got.

use super::merchant::Persons;
use super::{Acquirer, AcquirerRow, Counters, gate, withheld};
use crate::day;
use crate::ledger::{self, Account, Cause, Posting};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{BusinessDate, MerchantId, MerchantOrder, MerchantRefusal, Moment, PayTo, Short, SwitchKey};

/// Attempts of one settled day: beyond them a person looks.
const ATTEMPTS_MAX: u8 = 9;

/// What a rule signs with: it acts where a corrected account is bound by two persons.
pub const BY_ACCOUNT: &str = "corrected account";

/// One payment to a merchant's bound account. Key: merchant, settled day, attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaidOut {
    /// Whose.
    pub merchant: MerchantId,
    /// Which settled day.
    pub day: BusinessDate,
    /// 1 is the first; each has an end-to-end number of its own.
    pub attempt: u8,
    /// How much; nothing where all that came back was booked against what he owed or held. Unit: minor units.
    pub minor: i64,
    /// Where it goes, and when.
    pub to: PayTo,
    /// When it was booked.
    pub at: Moment,
    /// Its posting.
    pub exchange: SwitchKey,
    /// Who said to pay it again; none of a first attempt, the rule itself of a corrected account.
    pub said: Option<Persons>,
    /// The bank has sent it back.
    pub returned: Option<SentBack>,
    /// When the next attempt took its place.
    pub again: Option<Moment>,
}

/// A return.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SentBack {
    /// When it was booked; the notice to the merchant has this time.
    pub at: Moment,
    /// The bank's reason code.
    pub code: Short<4>,
    /// The number of the bank's message.
    pub file: Short<35>,
    /// Who has read it in.
    pub by: Short<24>,
    /// Its posting.
    pub exchange: SwitchKey,
}

/// Which attempt of which settled day.
#[derive(Clone, Copy)]
pub(super) struct Which {
    pub merchant: MerchantId,
    pub day: BusinessDate,
    pub attempt: u8,
}

impl Which {
    const fn key(self) -> (MerchantId, BusinessDate, u8) {
        (self.merchant, self.day, self.attempt)
    }
}

pub(super) fn wants(which: Which, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    withheld::want_open(which.merchant, seen, out);
    let next = (which.merchant, which.day, which.attempt.saturating_add(1));
    out.row::<PaidOut, AcquirerRow>(&which.key()).row::<PaidOut, AcquirerRow>(&next).row::<Counters, AcquirerRow>(&());
    day::want::<Acquirer>(out);
    let own = [Account::MerchantPayable(which.merchant), Account::MerchantHeld(which.merchant), Account::Payout];
    ledger::want::<AcquirerRow>(&own, out);
}

/// What the bank says of a return.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub minor: i64,
    pub account: u16,
    pub code: Short<4>,
    pub file: Short<35>,
}

/// The money is owed again; told twice it is one return.
pub(super) fn take_back(
    a: &Acquirer,
    at: Moment,
    order: &MerchantOrder,
    (which, told): (Which, Told),
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<(), MerchantRefusal> {
    let paid = facts.get::<PaidOut>(&which.key()).filter(|paid| paid.minor > 0).ok_or(MerchantRefusal::NotPaid)?;
    if paid.minor != told.minor {
        return Err(MerchantRefusal::OtherAmount);
    }
    if paid.to.account != told.account {
        return Err(MerchantRefusal::OtherAccount);
    }
    if paid.returned.is_some() {
        d.count("acquirer_payout_returned_before");
        return Ok(());
    }
    let exchange = post(a, at, Cause::SentBack, which.merchant, (-paid.minor, 0), facts, d);
    let returned = Some(SentBack { at, code: told.code, file: told.file, by: order.by, exchange });
    d.put(&which.key(), PaidOut { returned, ..*paid });
    d.count("acquirer_payout_returned");
    Ok(())
}

/// The next attempt. By rule only to a later account than the one that sent it back; two persons may say any account that is bound.
pub(super) fn pay(
    a: &Acquirer,
    at: Moment,
    order: &MerchantOrder,
    (which, to): (Which, PayTo),
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<(), MerchantRefusal> {
    let before = facts.get::<PaidOut>(&which.key()).ok_or(MerchantRefusal::NotPaid)?;
    if before.returned.is_none() {
        return Err(MerchantRefusal::NotReturned);
    }
    let next = Which { attempt: which.attempt.saturating_add(1), ..which };
    if let Some(there) = facts.get::<PaidOut>(&next.key()) {
        d.count("acquirer_payout_again_before");
        return if there.to == to { Ok(()) } else { Err(MerchantRefusal::PaidAgain) };
    }
    if next.attempt > ATTEMPTS_MAX {
        return Err(MerchantRefusal::Attempts);
    }
    let said = if order.checked == Short::EMPTY && order.by.as_str() == BY_ACCOUNT {
        if to.account <= before.to.account {
            return Err(MerchantRefusal::SameAccount);
        }
        Persons { by: order.by, checked: order.by }
    } else {
        Persons::both(order)?
    };
    let (minor, held) = withheld::set_off(at, next.key(), before.minor, facts, d);
    let exchange = post(a, at, Cause::PaidAgain, which.merchant, (minor, held), facts, d);
    let (attempt, said) = (next.attempt, Some(said));
    let paid = PaidOut { attempt, minor, to, at, exchange, said, returned: None, again: None, ..*before };
    d.put(&next.key(), paid);
    d.put(&which.key(), PaidOut { again: Some(at), ..*before });
    d.count("acquirer_payout_again");
    Ok(())
}

/// Out with a plus, back with a minus, and what is held of it. What is only booked against a debt moves between no accounts.
fn post(
    a: &Acquirer,
    at: Moment,
    cause: Cause,
    merchant: MerchantId,
    (minor, held): (i64, i64),
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> SwitchKey {
    let mut counters = gate::counters(facts);
    let exchange = SwitchKey { acquirer: a.id, forwarder: a.id, sent: at.sent_at(), stan: counters.next_stan() };
    d.put(&(), counters);
    let day = day::days(at, facts).date;
    let legs = [
        (Account::MerchantPayable(merchant), minor + held),
        (Account::Payout, -minor),
        (Account::MerchantHeld(merchant), -held),
    ];
    let legs: Vec<(Account, i64)> = legs.into_iter().filter(|(_, minor)| *minor != 0).collect();
    if !legs.is_empty() {
        ledger::post(Posting { exchange, cause, rrn: None, at, day, legs }, facts, d);
    }
    exchange
}

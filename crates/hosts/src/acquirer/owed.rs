//! What the acquirer's records owe to the merchants, for whoever works out a day. By business date of the postings, whatever the tills
//! have settled. It moves nothing itself.

use super::{AcquirerRow, Credit, Exchange, HeldMoney, KeptBack, MerchantDay, Original, PaidOut, Presented, SetOff};
use crate::dispute::DisputeMove;
use crate::ledger::{Account, Cause, Posting};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use slipway_terms::{BusinessDate, CardType, InstitutionId, Kind, MerchantId, Moved, SwitchKey, TillKey, Turn};

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Owed {
    /// Movements of merchants' money, in the order of the postings. The issuer is not known here: the acquirer stands for it.
    pub moved: Vec<Moved>,
    /// Exchanges whose money may not go out yet: nobody has confirmed them, or debit and credit are not told apart because they have
    /// not appeared in clearing.
    pub waits: BTreeSet<SwitchKey>,
    /// Where each exchange stands.
    pub tills: BTreeMap<SwitchKey, TillKey>,
    /// What was settled, and in which day.
    pub settled: BTreeMap<(SwitchKey, Turn), BusinessDate>,
    /// What each merchant owes from his earlier days: zero or negative. Unit: minor units.
    pub carried: BTreeMap<MerchantId, i64>,
    /// Holds that have not ended, or have not given back what they took.
    pub held: Vec<HeldMoney>,
    /// Days whose reserve is not free yet.
    pub reserved: Vec<KeptBack>,
    /// All payouts and what became of them.
    pub paid: Vec<PaidOut>,
}

/// Reads it off the rows; others are passed over.
pub fn owed<'a>(me: InstitutionId, rows: impl IntoIterator<Item = &'a AcquirerRow>) -> Owed {
    let (mut originals, mut presented) =
        (BTreeMap::<SwitchKey, &Original>::new(), BTreeMap::<TillKey, &Presented>::new());
    let (mut postings, mut settled) = (Vec::<&Posting>::new(), Vec::new());
    let mut all = Owed::default();
    let mut disputed = BTreeMap::<SwitchKey, &DisputeMove>::new();
    for row in rows {
        match row {
            AcquirerRow::Exchange(Exchange::Original(o)) => drop(originals.insert(o.switch, o)),
            AcquirerRow::Presented(seen) => drop(presented.insert(seen.till, seen)),
            AcquirerRow::Posting(posting) => postings.push(posting),
            AcquirerRow::DisputeMove(moved) => drop(disputed.insert(moved.own, moved)),
            AcquirerRow::Settled(item) => settled.push(item),
            AcquirerRow::MerchantDay(of) => carry(of, &mut all.carried),
            AcquirerRow::HeldMoney(hold) => {
                *all.carried.entry(hold.merchant).or_default() -= hold.taken_minor;
                all.held.extend(hold.closed.is_none().then_some(*hold));
            }
            AcquirerRow::KeptBack(kept) if kept.reserved_minor > 0 && kept.freed_in.is_none() => {
                *all.carried.entry(kept.merchant).or_default() -= kept.reserved_minor;
                all.reserved.push(kept.clone());
            }
            AcquirerRow::PaidOut(paid) => all.paid.push(*paid),
            // What came back of an earlier payout was set against it.
            AcquirerRow::MerchantMoney(money) => {
                *all.carried.entry(money.merchant).or_default() += money.set_off.iter().map(SetOff::minor).sum::<i64>();
            }
            _ => {}
        }
    }
    let captured: BTreeSet<SwitchKey> =
        postings.iter().filter(|posting| posting.cause == Cause::Approval).map(|posting| posting.exchange).collect();
    // What a case has paid without a capture is the first that this exchange moved.
    let turn = |exchange: &SwitchKey, cause: Cause| match cause {
        Cause::Approval => Some(Turn::First),
        Cause::Undo => Some(Turn::Undo),
        Cause::Redo if captured.contains(exchange) => Some(Turn::Again),
        Cause::Redo => Some(Turn::First),
        _ => None,
    };
    for posting in postings {
        let Some(turn) = turn(&posting.exchange, posting.cause) else { continue };
        let leg = posting.legs.iter().find_map(|(account, minor)| merchant(account).map(|id| (id, -minor)));
        let Some((merchant, minor)) = leg.filter(|(_, minor)| *minor != 0) else { continue };
        let step = disputed.get(&posting.exchange).copied();
        let original = originals.get(&posting.exchange);
        let seen = original.and_then(|o| presented.get(&o.till));
        all.moved.push(Moved {
            exchange: posting.exchange,
            issuer: me,
            kind: step.and_then(|moved| moved.step.kind()).unwrap_or_else(|| original.map_or(Kind::Sale, |o| o.kind)),
            turn,
            at: posting.at,
            day: posting.day,
            minor,
            rrn: original.map(|o| o.rrn).or_else(|| step?.rrn),
            merchant: Some(merchant),
            card: step.map(|moved| moved.card).unwrap_or_else(|| seen.map_or(CardType::Debit, |seen| seen.card)),
            original: step.map(|moved| moved.original).or_else(|| original?.about.map(|about| about.switch)),
        });
        // What is asked for again over the network is paid once it has been cleared: before, nobody knows its card type.
        let asked =
            posting.cause == Cause::Redo && posting.legs.iter().any(|(of, _)| *of == Account::NetworkReceivable);
        // What is presented again is paid once it has been cleared.
        let lost = posting.legs.iter().any(|(account, _)| *account == Account::Loss);
        if original.is_some_and(|o| waits(o, seen.is_some() || lost))
            || asked && seen.is_none()
            || step.is_some_and(|moved| moved.minor > 0 && moved.filed.is_none())
        {
            all.waits.insert(posting.exchange);
        }
    }
    all.tills = originals.values().map(|o| (o.switch, o.till)).collect();
    all.settled = settled
        .iter()
        .filter_map(|item| Some(((item.exchange, turn(&item.exchange, item.cause)?), item.day)))
        .collect();
    all
}

/// What was owed for a settled day and neither charged nor paid: what holds and reserves have of it is taken off where they are.
fn carry(of: &MerchantDay, carried: &mut BTreeMap<MerchantId, i64>) {
    if of.done.is_some() {
        *carried.entry(of.merchant).or_default() += of.gross_minor - of.fees_minor - of.payable_minor;
    }
}

fn waits(o: &Original, seen: bool) -> bool {
    let sure = o.credit == Credit::Confirmed || o.undo.is_some() || o.redo.is_some();
    // What we bear ourselves, from the beginning or for an issuer that refused, appears in no file.
    !sure || !(seen || o.borne || o.undo.is_some())
}

const fn merchant(account: &Account) -> Option<MerchantId> {
    if let Account::MerchantPayable(id) = account { Some(*id) } else { None }
}

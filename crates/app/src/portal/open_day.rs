//! What is not settled yet, as a settlement of this moment would have it: the acquirer's own reckoning ([`slipway_recon::merchant`]) over the shop's
//! own rows, and nothing of it written down. Two things are not known before clearing: whether a card is debit or credit, so there are
//! two ends of each fee; and whether the till confirms, so what waits is marked.

use super::index;
use super::sheet::Sheet;
use crate::archive::shelf::{Shelf, every, one, range};
use crate::http::Live;
use crate::network::sample;
use crate::say::End;
use crate::settle::{calendar, kept, registered};
use slipway_hosts::acquirer::{
    AcquirerRow, Credit, Exchange, HeldMoney, KeptBack, MerchantDay, MerchantMoney, Original, Owed, PaidOut, Presented,
    Reference, Settled, owed,
};
use slipway_hosts::day::Days;
use slipway_hosts::dispute::DisputeMove;
use slipway_hosts::ledger::Posting;
use slipway_node::Record;
use slipway_recon::Calendar;
use slipway_recon::merchant::{Kept, Known, Merchant, Part, PlanGround, Settlement};
use slipway_recon::out::{Statement, explained};
use slipway_terms::{BusinessDate, CardType, Lang, MerchantId, SwitchKey};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of one look at something of which a shop has few.
const FEW: u16 = 1_000;

/// The business days as they stand, and the shop's money that is not settled.
#[derive(Debug, Default)]
pub struct OpenDay {
    /// The day that is open, and the newest that is closed.
    pub days: Option<(BusinessDate, BusinessDate)>,
    /// The shop's last settled day.
    pub last: Option<BusinessDate>,
    /// Its lines, with both ends of each fee that is not known.
    pub sheet: Sheet,
    /// What a settlement of now would come to, if all that waits were confirmed and cards that are not known cost the more.
    pub settlement: Option<Settlement>,
    /// Reference numbers of what nobody has confirmed yet.
    pub unconfirmed: BTreeSet<String>,
}

impl OpenDay {
    /// Of a shop.
    ///
    /// # Errors
    /// A party or a file does not answer, or the registration of the shop is not there.
    pub fn of(live: &Live, merchant: MerchantId) -> Result<Self, End> {
        let acquirer = &live.hosts.acquirer;
        let days = one::<Days>(acquirer, &())?;
        let last = one::<MerchantMoney>(acquirer, &merchant)?.and_then(|money| money.last);
        let mut open = Self { days: days.map(|days| (days.date, days.closed)), last, ..Self::default() };
        let Some((date, _)) = open.days else { return Ok(open) };
        let (rows, unconfirmed) = rows(acquirer, merchant, last)?;
        open.unconfirmed = unconfirmed;
        let owed = owed(sample::ACQUIRER, &rows);
        let ground = Ground::of(live, merchant, &owed)?;
        let known: BTreeSet<SwitchKey> = rows.iter().filter_map(presented(&rows)).collect();
        let [debit, credit] = [CardType::Debit, CardType::Credit].map(|card| ground.part(date, &owed, &known, card));
        if let (Some(debit), Some(credit)) = (debit?, credit?) {
            open.sheet = ground.sheet(&debit)?.or_else(&ground.sheet(&credit)?);
            // A capped rate may cost less than the other or more: the less of both is what is sure.
            let [debit, credit] = [debit.settlement, credit.settlement];
            open.settlement = Some(if debit.payable_fen < credit.payable_fen { debit } else { credit });
        }
        Ok(open)
    }
}

/// Which exchanges have appeared in clearing.
fn presented(rows: &[AcquirerRow]) -> impl FnMut(&AcquirerRow) -> Option<SwitchKey> {
    let all = rows.iter().filter_map(|row| match row {
        AcquirerRow::Presented(seen) => Some(seen.till),
        _ => None,
    });
    let all: BTreeSet<_> = all.collect();
    move |row| match row {
        AcquirerRow::Exchange(Exchange::Original(one)) if all.contains(&one.till) => Some(one.switch),
        _ => None,
    }
}

/// What a plan is made of.
struct Ground {
    merchant: Merchant,
    kept: BTreeMap<MerchantId, Kept>,
    calendar: Calendar,
}

impl Ground {
    fn of(live: &Live, id: MerchantId, owed: &Owed) -> Result<Self, End> {
        let (_, merchants) = registered::read(&live.dir)?;
        let merchant = merchants.into_iter().find(|merchant| merchant.registration.merchant() == id);
        let merchant = merchant.ok_or_else(|| {
            End::environment(
                format!("商户 {id} 未登记结算账户"),
                format!("merchant {id} has no registration for settlement"),
            )
        })?;
        let (kept, mut wrong) = kept(owed);
        if let Some(why) = wrong.remove(&id) {
            return Err(End::environment(why.zh, why.en));
        }
        Ok(Self { merchant, kept, calendar: calendar(&live.dir)? })
    }

    /// The plan of the open day, what waits taken for confirmed; cards that are not known for these.
    fn part(
        &self,
        date: BusinessDate,
        owed: &Owed,
        known: &BTreeSet<SwitchKey>,
        card: CardType,
    ) -> Result<Option<Part>, End> {
        let mut moved = owed.moved.clone();
        moved.iter_mut().filter(|one| !known.contains(&one.exchange)).for_each(|one| one.card = card);
        let ground = PlanGround {
            moved: &moved,
            tills: &owed.tills,
            merchants: std::slice::from_ref(&self.merchant),
            kept: &self.kept,
            calendar: &self.calendar,
        };
        let plan = ground.plan(date, &owed.settled, |_| Known::Payable);
        // A single item that stands aside is no part of the forecast; a merchant who does has none.
        match (plan.parts.into_iter().next(), plan.aside.iter().find(|one| one.item.is_none())) {
            (None, Some(aside)) => Err(End::environment(aside.why.to_string(), aside.why.to_string())),
            (part, _) => Ok(part),
        }
    }

    fn sheet(&self, part: &Part) -> Result<Sheet, End> {
        let Merchant { registration, contract } = &self.merchant;
        let nothing = Kept::default();
        let before = self.kept.get(&registration.merchant()).unwrap_or(&nothing);
        let csv = |lang: Lang| {
            let made = Statement::new(registration, contract, &part.settlement, &part.items, lang);
            let made = made.map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
            Ok::<_, End>(made.telling(explained(contract, before, &part.moves, &part.settlement, lang)).csv())
        };
        Sheet::read(&csv(Lang::Zh)?, &csv(Lang::En)?)
            .ok_or_else(|| End::environment("结算单无法读取", "the statement cannot be read back"))
    }
}

/// The rows of what may not be settled yet, with all that hangs together with it; and what of it nobody has confirmed.
pub(super) fn rows(
    acquirer: &dyn Shelf,
    merchant: MerchantId,
    last: Option<BusinessDate>,
) -> Result<(Vec<AcquirerRow>, BTreeSet<String>), End> {
    let steps = every::<DisputeMove>(acquirer, &(), |step| step.merchant == Some(merchant))?;
    // Something came to it since its last settled day, or something of it is waited for. A business day begins at 23:00 of the day before it.
    let mut seeds = index::since(acquirer, merchant, last)?;
    seeds.extend(index::open(acquirer, merchant)?);
    for rrn in steps.iter().filter_map(|step| step.rrn) {
        seeds.extend(one::<Reference>(acquirer, &rrn)?.map(|found| found.till));
    }
    let family = index::family(acquirer, merchant, seeds)?;
    let mut rows: Vec<AcquirerRow> = Vec::new();
    for one in &family {
        rows.push(Exchange::Original(Box::new(one.clone())).wrap());
        rows.extend(every::<Posting>(acquirer, &one.switch, |_| true)?.into_iter().map(Record::wrap));
        rows.extend(every::<Settled>(acquirer, &one.switch, |_| true)?.into_iter().map(Record::wrap));
        rows.extend(one_presented(acquirer, one)?.map(Record::wrap));
    }
    for step in steps {
        rows.extend(every::<Posting>(acquirer, &step.own, |_| true)?.into_iter().map(Record::wrap));
        rows.extend(every::<Settled>(acquirer, &step.own, |_| true)?.into_iter().map(Record::wrap));
        rows.push(step.wrap());
    }
    rows.extend(money(acquirer, merchant)?);
    let waits = family.iter().filter(|one| is_waited_for(one));
    let waits = waits.map(|one| one.rrn.to_string()).collect();
    Ok((rows, waits))
}

/// Whether its money waits for the till's word. What gives money back never waits: it is settled with its day.
fn is_waited_for(one: &Original) -> bool {
    let unsure = matches!(one.credit, Credit::Unconfirmed | Credit::Held);
    unsure && one.undo.is_none() && one.redo.is_none() && one.signed_minor > 0
}

fn one_presented(acquirer: &dyn Shelf, of: &Original) -> Result<Option<Presented>, End> {
    one::<Presented>(acquirer, &of.till)
}

/// The shop's settled days, holds, reserves and payouts.
pub fn money(acquirer: &dyn Shelf, merchant: MerchantId) -> Result<Vec<AcquirerRow>, End> {
    let mut rows: Vec<AcquirerRow> = Vec::new();
    rows.extend(every::<MerchantDay>(acquirer, &merchant, |_| true)?.into_iter().map(Record::wrap));
    rows.extend(range::<HeldMoney>(acquirer, &merchant, FEW)?.into_iter().map(Record::wrap));
    rows.extend(every::<KeptBack>(acquirer, &merchant, |_| true)?.into_iter().map(Record::wrap));
    rows.extend(every::<PaidOut>(acquirer, &merchant, |_| true)?.into_iter().map(Record::wrap));
    rows.extend(one::<MerchantMoney>(acquirer, &merchant)?.map(Record::wrap));
    Ok(rows)
}

//! The earlier exchange that a void, refund, completion or adjustment is about: found by voucher or reference number, and
//! judged before anything is sent. One undo per original, and none while another one about it is open (rules 2, 3).

use crate::paper::JOURNAL_ROWS_MAX;
use crate::seat::Seat;
use crate::{Exchange, Original, Standing, TerminalBank, TerminalRow};
use slipway_node::{Facts, Named, Wants};
use slipway_terms::{Amount, BatchNo, Kind, MonthDay, OriginalTill, Rrn, Stan, TerminalId, TillKey};

/// Exchanges that may name one original; one that has more is a matter for people.
const FOLLOWERS_MAX: usize = 32;

/// Why an original cannot be followed, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// No such exchange in the journal, and this kind must have it there.
    NotHere,
    /// Not of a kind that this one follows.
    OtherKind,
    /// It has no slip, or the acquirer contradicted it.
    DoesNotStand,
    /// Another one about it is not decided yet.
    Open(Stan),
    /// Voided.
    Voided,
    /// Its hold was completed.
    Completed,
    /// Adjusted.
    Adjusted,
    /// Refunded, in part at least.
    Refunded,
    /// Of an earlier batch.
    OtherBatch,
    /// Named too often.
    TooOften,
}

/// What the journal knows of an original.
pub(crate) struct Fate {
    /// The amount that stands: of an adjusted one the new total.
    pub total: Amount,
    /// Given back by refunds so far. Unit: minor units.
    pub refunded: u64,
}

/// Rows that tell an original's fate: it, what named it, and what named those.
pub(crate) fn wants(key: &TillKey, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    out.row::<Exchange, TerminalRow>(key);
    for follower in seen.known::<Exchange>(key).iter().flat_map(|original| &original.followers) {
        out.row::<Exchange, TerminalRow>(follower);
        for next in seen.known::<Exchange>(follower).iter().flat_map(|follower| &follower.followers) {
            out.row::<Exchange, TerminalRow>(next);
        }
    }
}

/// The same for one that is named: the journal is looked through.
pub(crate) fn wants_named(id: &TerminalId, kind: Kind, named: Named, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    out.range::<Exchange, TerminalRow>(id, JOURNAL_ROWS_MAX, true);
    let all = seen.range::<Exchange>(id, JOURNAL_ROWS_MAX, true).unwrap_or_default();
    if let Some(found) = pick(&all, kind, named) {
        wants(&found.key, seen, out);
    }
}

/// The newest line that is named so and that `kind` can be about, else the newest that is named so at all: to be refused in
/// words instead of being looked for at the acquirer.
fn pick<'a>(all: &[&'a Exchange], kind: Kind, named: Named) -> Option<&'a Exchange> {
    let fits = |fitting: bool| move |e: &&&Exchange| is_named(e, named) && (!fitting || follows(kind, e.kind));
    match named {
        Named::Voucher(_) => all.iter().find(fits(false)),
        Named::Reference(..) => all.iter().find(fits(true)).or_else(|| all.iter().find(fits(false))),
    }
    .copied()
}

fn is_named(exchange: &Exchange, named: Named) -> bool {
    match named {
        Named::Voucher(stan) => exchange.key.stan == stan && exchange.kind != Kind::Balance,
        Named::Reference(rrn, _) => exchange.rrn == Some(rrn),
    }
}

/// Whether `kind` is a transaction about an original of `of`.
const fn follows(kind: Kind, of: Kind) -> bool {
    match kind {
        Kind::SaleVoid | Kind::Adjust => of.is_purchase(),
        Kind::Refund => of.is_purchase() || of.completes() || matches!(of, Kind::OfflineSale),
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice => matches!(of, Kind::PreAuth),
        Kind::CompletionVoid => matches!(of, Kind::Completion),
        _ => false,
    }
}

/// Kinds that undo the whole of it, or hang on this terminal's own open batch.
const fn of_this_batch(kind: Kind) -> bool {
    matches!(kind, Kind::SaleVoid | Kind::CompletionVoid | Kind::Adjust)
}

/// Words of this terminal about kinds.
pub(crate) trait Kinds {
    /// Undoes its original whole.
    fn voids(self) -> bool;
    /// The kind that undoes this one.
    fn void(self) -> Option<Kind>;
}

impl Kinds for Kind {
    fn voids(self) -> bool {
        matches!(self, Self::SaleVoid | Self::PreAuthVoid | Self::CompletionVoid)
    }

    fn void(self) -> Option<Self> {
        match self {
            Self::Sale | Self::Moto => Some(Self::SaleVoid),
            Self::PreAuth => Some(Self::PreAuthVoid),
            Self::Completion => Some(Self::CompletionVoid),
            _ => None,
        }
    }
}

impl Seat<'_, '_> {
    /// The newest line of the journal that is named so.
    pub fn by_name(&self, kind: Kind, named: Named) -> Option<&Exchange> {
        let all = self.facts.range::<Exchange>(&self.id, JOURNAL_ROWS_MAX, true)?;
        pick(&all, kind, named)
    }

    /// Judges whether `kind` may follow this line, in order of precedence.
    pub fn judge(&self, kind: Kind, original: &Exchange) -> Result<Fate, Refusal> {
        if !follows(kind, original.kind) {
            return Err(Refusal::OtherKind);
        }
        if !original.stands() {
            return Err(Refusal::DoesNotStand);
        }
        if self.till.advices.contains(&original.key) {
            // An offline sale that the acquirer has not heard of yet.
            return Err(Refusal::Open(original.key.stan));
        }
        let mut fate = Fate { total: original.amount.unwrap_or(Amount::fen(0)), refunded: 0 };
        let mut adjusted = false;
        for follower in original.followers.iter().filter_map(|key| self.facts.get::<Exchange>(key)) {
            if follower.open() {
                return Err(Refusal::Open(follower.key.stan));
            }
            if follower.standing != Standing::Approved {
                continue;
            }
            match follower.kind {
                void if void.voids() => return Err(Refusal::Voided),
                // A completion that was voided let the hold live again (rules 3).
                completion if completion.completes() => self.completion_stands(follower)?,
                Kind::Adjust => {
                    adjusted = true;
                    fate.total = follower.amount.unwrap_or(fate.total);
                }
                _ => fate.refunded += follower.amount.map_or(0, Amount::minor),
            }
        }
        let whole = kind != Kind::Refund;
        match () {
            () if whole && adjusted => Err(Refusal::Adjusted),
            () if whole && fate.refunded > 0 || fate.refunded >= fate.total.minor() => Err(Refusal::Refunded),
            () if of_this_batch(kind) && original.key.batch != self.till.batch => Err(Refusal::OtherBatch),
            () if original.followers.len() >= FOLLOWERS_MAX => Err(Refusal::TooOften),
            () => Ok(fate),
        }
    }

    fn completion_stands(&self, completion: &Exchange) -> Result<(), Refusal> {
        for void in completion.followers.iter().filter_map(|key| self.facts.get::<Exchange>(key)) {
            if void.kind == Kind::CompletionVoid && void.open() {
                return Err(Refusal::Open(void.key.stan));
            }
            if void.kind == Kind::CompletionVoid && void.standing == Standing::Approved {
                return Ok(());
            }
        }
        Err(Refusal::Completed)
    }

    /// What the order names, from a line that was judged.
    pub fn original(exchange: &Exchange, fate: &Fate) -> Original {
        let at = exchange.host_at.unwrap_or(exchange.sent_at);
        Original {
            key: Some(exchange.key),
            amount: Some(fate.total),
            card: Some(exchange.card),
            rrn: exchange.rrn,
            auth: exchange.auth,
            date: Some(at.month_day()),
        }
    }
}

/// Whether this kind may name an original that is not in this journal: the acquirer finds it. Never what hangs on this
/// terminal's open batch.
pub(crate) fn may_be_elsewhere(kind: Kind) -> bool {
    kind.shape().names_original && !of_this_batch(kind)
}

impl Original {
    /// One that the acquirer must find.
    pub(crate) const fn elsewhere(rrn: Rrn, date: MonthDay) -> Self {
        Self { key: None, amount: None, card: None, rrn: Some(rrn), auth: None, date: Some(date) }
    }

    /// DE 61: batch and number, zero if they are not known here, and the day for all but the void of a sale.
    pub(crate) fn till61(&self, kind: Kind) -> OriginalTill {
        OriginalTill {
            batch: self.key.map_or(BatchNo(0), |key| key.batch),
            stan: self.key.map_or(0, |key| key.stan.number()),
            date: self.date.filter(|_| kind != Kind::SaleVoid),
        }
    }
}

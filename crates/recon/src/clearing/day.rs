//! A day's entries from what the switch's records moved. Must never lose or make a fen on the way: what the entries add up to is what
//! the records moved, or there is no day.
//!
//! ```text
//!   approval                  an entry of its kind, with its fee
//!   and undone on that day    nothing: neither stands
//!   step of a dispute         an entry of its own, the principal alone: no fee, and none is given back
//!   void                      beside its original, which is marked undone; neither has a fee
//!   undone on a later day     on the day of the undo: late reversal; of a void or refund: asked for again (请款)
//!   taken back by a finding   on the day of the finding: asked for again; of a void or refund: credit adjustment
//! ```

use super::{Detail, DetailFault, Original, Positions, WhyRefused, Writer};
use crate::fee::{FeeBook, FeeFault, Relief};
use crate::key::Entry;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{Amount, BusinessDate, InstitutionId, Kind, Moved, Rrn, SwitchKey, Turn};

/// One business day, reckoned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Day {
    /// Which.
    pub date: BusinessDate,
    /// All entries, in the order of files.
    pub details: Vec<Detail>,
    /// What they add up to.
    pub positions: Positions,
}

/// Why a day cannot be reckoned. Nothing is written then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DayFault {
    /// No fee can be told.
    Fees(SwitchKey, FeeFault),
    /// An entry that cannot be.
    Entry(SwitchKey, DetailFault),
    /// The records do not have what it is about.
    Original(SwitchKey),
    /// A kind that moves no money has moved some.
    Kind(SwitchKey),
    /// One movement twice.
    Twice(SwitchKey),
    /// The entries add up to something else than the records.
    Sum {
        /// What the records moved.
        moved: i128,
        /// What the entries say.
        found: i128,
    },
}

impl fmt::Display for DayFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fees(key, fault) => write!(f, "{key}：{fault}"),
            Self::Entry(key, fault) => write!(f, "{key}：{fault}"),
            Self::Original(key) => write!(f, "{key}：找不到原交易 its original is not in the records"),
            Self::Kind(key) => write!(f, "{key}：该类交易不动账 this kind moves no money"),
            Self::Twice(key) => write!(f, "{key}：同一笔变动出现两次 one movement stands twice"),
            Self::Sum { moved, found } => {
                write!(f, "明细合计 {found} 与账目 {moved} 不符 the entries add up to {found}, the records to {moved}")
            }
        }
    }
}

impl core::error::Error for DayFault {}

impl DayFault {
    /// Whose fault it is; none of a whole day's.
    pub const fn exchange(&self) -> Option<SwitchKey> {
        match self {
            Self::Fees(key, _) | Self::Entry(key, _) | Self::Original(key) | Self::Kind(key) | Self::Twice(key) => {
                Some(*key)
            }
            Self::Sum { .. } => None,
        }
    }
}

/// An entry of a day before it is priced. Which turn it is says the movement, nobody has to guess it from its kind and sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named<'a> {
    /// What moved.
    pub moved: &'a Moved,
    /// By whose card and merchant it is priced: its own or its original's.
    pub priced: &'a Moved,
    /// Its kind.
    pub entry: Entry,
    /// What it names.
    pub original: Option<Original>,
    /// Voided or reversed on its own day.
    pub undone: bool,
}

impl Named<'_> {
    fn priced(&self, date: BusinessDate, book: &FeeBook, relief: &Relief) -> Result<Detail, DayFault> {
        let (m, key) = (self.moved, self.moved.exchange);
        let on = self.original.map_or(date, |of| of.date);
        let class = relief.class(self.priced.merchant, on);
        let terms = book.terms(on, self.priced.card, class).map_err(|fault| DayFault::Fees(key, fault))?;
        let mut detail = Detail {
            exchange: key,
            acquirer: key.acquirer,
            issuer: m.issuer,
            rrn: m.rrn.unwrap_or(Rrn::NONE),
            entry: self.entry,
            card: terms.card,
            class,
            undone: self.undone,
            acquirer_bears_all: terms.acquirer_bears_all,
            amount_fen: m.minor,
            original: self.original,
            fees: [0; 3],
        };
        detail.price(&terms).map_err(|fault| DayFault::Entry(key, fault))?;
        Ok(detail)
    }
}

/// Exchanges that moved something on a day.
fn touched(date: BusinessDate, moved: &[Moved]) -> BTreeSet<SwitchKey> {
    moved.iter().filter(|m| m.day == date).map(|m| m.exchange).collect()
}

/// The movements of one exchange.
#[derive(Clone, Copy, Default)]
struct Turns<'a> {
    first: Option<&'a Moved>,
    undo: Option<&'a Moved>,
    again: Option<&'a Moved>,
}

/// All that the records say, by exchange, and what later ones did to an original.
struct History<'a> {
    of: BTreeMap<SwitchKey, Turns<'a>>,
    about: BTreeMap<SwitchKey, Vec<&'a Moved>>,
}

impl Day {
    /// Reckons a day from all movements up to it; later ones are passed over.
    ///
    /// # Errors
    /// [`DayFault`].
    pub fn reckon(date: BusinessDate, moved: &[Moved], book: &FeeBook, relief: &Relief) -> Result<Self, DayFault> {
        let (history, twice) = History::of(date, moved);
        if let Some(exchange) = twice.first() {
            return Err(DayFault::Twice(*exchange));
        }
        let mut details = Vec::new();
        for exchange in touched(date, moved) {
            for named in history.named(date, exchange)? {
                details.push(named.priced(date, book, relief)?);
            }
        }
        details.sort_by_key(Detail::place);
        let sum = |fen: &mut dyn Iterator<Item = i64>| fen.map(i128::from).sum::<i128>();
        let on_day = sum(&mut moved.iter().filter(|m| m.day == date).map(|m| m.minor));
        let found = sum(&mut details.iter().map(|detail| detail.amount_fen));
        if on_day != found {
            return Err(DayFault::Sum { moved: on_day, found });
        }
        let mut positions = Positions::default();
        details.iter().for_each(|detail| positions.add(detail));
        assert_eq!(positions.total_fen(), 0, "the net positions of a day sum to zero with the network's own");
        Ok(Self { date, details, positions })
    }

    /// The entries of a day without fees, exchange by exchange: what is wrong with one of them keeps no other from being named. For whoever
    /// reckons with each of them apart; a file needs [`Day::reckon`].
    pub fn named(date: BusinessDate, moved: &[Moved]) -> Vec<Result<Named<'_>, DayFault>> {
        let (history, twice) = History::of(date, moved);
        let one = |exchange: SwitchKey| match history.named(date, exchange) {
            _ if twice.contains(&exchange) => vec![Err(DayFault::Twice(exchange))],
            Ok(all) => all.into_iter().map(Ok).collect(),
            Err(fault) => vec![Err(fault)],
        };
        touched(date, moved).into_iter().flat_map(one).collect()
    }

    /// The clearing file of a member; one without entries has a file too, which is the evidence that there were none.
    ///
    /// # Errors
    /// What a reader would say of it.
    pub fn file(&self, member: InstitutionId) -> Result<String, WhyRefused> {
        let own = self.details.iter().filter(|d| d.acquirer == member || d.issuer == member).copied();
        Writer::whole(member, self.date, own)
    }
}

impl<'a> History<'a> {
    /// And exchanges of which one movement stands twice.
    fn of(date: BusinessDate, moved: &'a [Moved]) -> (Self, Vec<SwitchKey>) {
        let (mut of, mut about) = (BTreeMap::<_, Turns<'_>>::new(), BTreeMap::<_, Vec<&Moved>>::new());
        let mut twice = Vec::new();
        for m in moved.iter().filter(|m| m.day <= date) {
            let turns = of.entry(m.exchange).or_default();
            let slot = match m.turn {
                Turn::First => &mut turns.first,
                Turn::Undo => &mut turns.undo,
                Turn::Again => &mut turns.again,
            };
            if slot.replace(m).is_some() {
                twice.push(m.exchange);
            }
            if let (Turn::First, Some(original)) = (m.turn, m.original) {
                about.entry(original).or_default().push(m);
            }
        }
        about.values_mut().for_each(|later| later.sort_by_key(|m| (m.day, m.at, m.exchange)));
        (Self { of, about }, twice)
    }

    /// What an exchange's movements are on a day, without fees.
    fn named(&self, date: BusinessDate, key: SwitchKey) -> Result<Vec<Named<'a>>, DayFault> {
        let Turns { first, undo, again } = self.of.get(&key).copied().unwrap_or_default();
        let first = first.ok_or(DayFault::Original(key))?;
        let on_day = |m: Option<&'a Moved>| m.filter(|m| m.day == date);
        // What was done and undone between two cuts, any number of times, is what is left of it.
        let (undo, again) = match (on_day(undo), on_day(again)) {
            (Some(_), Some(_)) => (None, None),
            both => both,
        };
        let mut out = Vec::new();
        match (first.day == date, undo) {
            (true, Some(_)) => return Ok(out),
            (true, None) => {
                let entry = entry(first.kind).ok_or(DayFault::Kind(key))?;
                let undone = entry.is_first() && self.voided(date, key);
                let (original, priced) = self.original(first)?.map_or((None, first), |(of, by)| (Some(of), by));
                out.push(Named { moved: first, priced, entry, original, undone });
            }
            (false, _) => {}
        }
        for (m, back) in [(undo, Entry::LateReversal), (again, Entry::CreditAdjustment)] {
            let Some(m) = m else { continue };
            let amount = Amount::fen(first.minor.unsigned_abs());
            let of = Original { rrn: m.rrn.unwrap_or(Rrn::NONE), date: first.day, amount, refunded_fen: 0 };
            let entry = if m.minor < 0 { back } else { Entry::DebitAdjustment };
            out.push(Named { moved: m, priced: first, entry, original: Some(of), undone: false });
        }
        Ok(out)
    }

    /// What an entry names, as it stood before.
    fn original(&self, m: &Moved) -> Result<Option<(Original, &'a Moved)>, DayFault> {
        if !entry(m.kind).is_some_and(Entry::names_original) {
            return Ok(None);
        }
        let missing = DayFault::Original(m.exchange);
        let key = m.original.ok_or(missing.clone())?;
        let first = self.of.get(&key).and_then(|turns| turns.first).ok_or(missing)?;
        let (mut whole, mut refunded) = (first.minor, 0);
        if matches!(m.kind, Kind::Refund | Kind::Adjust) || m.kind.is_disputed() {
            for earlier in self.about.get(&key).into_iter().flatten().take_while(|other| other.exchange != m.exchange) {
                match earlier.kind {
                    Kind::Adjust => whole += earlier.minor,
                    Kind::Refund => refunded -= earlier.minor,
                    _ => {}
                }
            }
        }
        let of = Original {
            rrn: first.rrn.unwrap_or(Rrn::NONE),
            date: first.day,
            amount: Amount::fen(whole.unsigned_abs()),
            refunded_fen: refunded.unsigned_abs(),
        };
        Ok(Some((of, first)))
    }

    /// Whether a void of this exchange stands at the end of its day.
    fn voided(&self, date: BusinessDate, key: SwitchKey) -> bool {
        let stands = |void: &&Moved| {
            let turns = self.of.get(&void.exchange).copied().unwrap_or_default();
            let back = turns.undo.is_some_and(|undo| undo.day == date) && turns.again.is_none_or(|m| m.day != date);
            void.day == date && !back
        };
        let voids = |m: &&&Moved| matches!(m.kind, Kind::SaleVoid | Kind::CompletionVoid);
        self.about.get(&key).into_iter().flatten().filter(voids).any(stands)
    }
}

/// The entry of an approval.
pub const fn entry(kind: Kind) -> Option<Entry> {
    Entry::of_kind(kind)
}

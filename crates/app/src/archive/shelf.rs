//! The archive's rows: of a running acquirer asked for one by one, of a stopped one read from its store. Found by index, never by
//! walking through all that was ever kept.

use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_hosts::acquirer::{
    self, AcquirerRow, Evidence, Exchange, PageCode, Reference, SlipCopy, SlipDay, SlipPage, evidence,
};
use slipway_node::{Key, KeyPart, Record, Rows, Scan, Store};
use slipway_runtime::os::Handle;
use slipway_store::EmbeddedStore;
use slipway_terms::{Amount, BusinessDate, MerchantId, Moment, Rrn, Signed, Slip, TerminalId, TillKey};

/// Slips that one search brings at most, the newest.
const HITS_MAX: usize = 200;
/// Rows of one look into an index; what has more is looked at in parts.
const LOOK_ROWS: u16 = 20_000;

/// Whoever has the acquirer's rows. `None`: it cannot be asked.
pub trait Shelf {
    /// A range of rows as stored.
    fn scan(&self, scan: Scan) -> Option<Vec<(Key, Vec<u8>)>>;

    /// At most so many rows that begin with the first key and are lower than the second, highest first.
    fn below(&self, prefix: Key, below: Key, rows_max: u16) -> Option<Vec<(Key, Vec<u8>)>>;
}

impl Shelf for Handle {
    fn scan(&self, scan: Scan) -> Option<Vec<(Key, Vec<u8>)>> {
        Self::scan(self, scan)
    }

    fn below(&self, prefix: Key, below: Key, rows_max: u16) -> Option<Vec<(Key, Vec<u8>)>> {
        Self::below(self, prefix, below, rows_max)
    }
}

impl Shelf for EmbeddedStore {
    fn scan(&self, scan: Scan) -> Option<Vec<(Key, Vec<u8>)>> {
        let mut rows = Vec::new();
        Store::range(self, &scan, &mut rows).ok().map(|()| rows)
    }

    fn below(&self, prefix: Key, below: Key, rows_max: u16) -> Option<Vec<(Key, Vec<u8>)>> {
        let mut rows = Vec::new();
        Store::below(self, &prefix, &below, rows_max, &mut rows).ok().map(|()| rows)
    }
}

fn silent() -> End {
    End::environment(
        "收单行没有应答：存档无法查询，什么也没有改变",
        "the acquirer did not answer: its archive cannot be searched, nothing was changed",
    )
}

/// Rows of one table whose keys begin so.
pub fn range<R: Record<AcquirerRow> + Clone>(
    shelf: &dyn Shelf,
    prefix: &impl KeyPart,
    rows_max: u16,
) -> Result<Vec<R>, End> {
    under(shelf, Key::of(R::SPACE).with(prefix), rows_max)
}

fn under<R: Record<AcquirerRow> + Clone>(shelf: &dyn Shelf, prefix: Key, rows_max: u16) -> Result<Vec<R>, End> {
    let scan = Scan { prefix, rows_max, newest_first: true };
    read(&shelf.scan(scan).ok_or_else(silent)?)
}

fn read<R: Record<AcquirerRow> + Clone>(stored: &[(Key, Vec<u8>)]) -> Result<Vec<R>, End> {
    let row = |(_, bytes): &(Key, Vec<u8>)| {
        let row = AcquirerRow::decode(R::SPACE, bytes);
        row.map_err(|damage| End::environment(format!("存储损坏：{damage}"), format!("store damaged: {damage}")))
    };
    let rows = stored.iter().map(row).collect::<Result<Vec<_>, End>>()?;
    Ok(rows.iter().filter_map(|row| R::peel(row).cloned()).collect())
}

/// Rows of one table whose keys begin so, highest key first, read part by part: who stops early has caused one part to be read too much
/// at most.
pub struct Newest<'s, R> {
    shelf: &'s dyn Shelf,
    prefix: Key,
    below: Option<Key>,
    rows_max: u16,
    part: std::vec::IntoIter<R>,
    over: bool,
}

/// From the highest key that begins so, or from the highest that is lower than another one.
pub fn newest<'s, R: Record<AcquirerRow> + Clone>(
    shelf: &'s dyn Shelf,
    prefix: &impl KeyPart,
    below: Option<Key>,
    rows_max: u16,
) -> Newest<'s, R> {
    Newest { shelf, prefix: Key::of(R::SPACE).with(prefix), below, rows_max, part: Vec::new().into_iter(), over: false }
}

impl<R: Record<AcquirerRow> + Clone> Newest<'_, R> {
    fn more(&mut self) -> Result<(), End> {
        let (prefix, rows_max) = (self.prefix, self.rows_max);
        let stored = match self.below {
            None => self.shelf.scan(Scan { prefix, rows_max, newest_first: true }),
            Some(below) => self.shelf.below(prefix, below, rows_max),
        };
        let stored = stored.ok_or_else(silent)?;
        self.over = stored.len() < usize::from(rows_max);
        self.below = stored.last().map(|(key, _)| *key).or(self.below);
        self.part = read(&stored)?.into_iter();
        Ok(())
    }
}

impl<R: Record<AcquirerRow> + Clone> Iterator for Newest<'_, R> {
    type Item = Result<R, End>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.part.next() {
                Some(row) => return Some(Ok(row)),
                None if self.over => return None,
                None => {
                    if let Err(end) = self.more() {
                        self.over = true;
                        return Some(Err(end));
                    }
                }
            }
        }
    }
}

/// All rows of one table whose keys begin so, however many, highest key first.
pub fn every<R: Record<AcquirerRow> + Clone>(
    shelf: &dyn Shelf,
    prefix: &impl KeyPart,
    keep: impl Fn(&R) -> bool,
) -> Result<Vec<R>, End> {
    let mut kept = Vec::new();
    let mut part = |rows: Vec<R>| kept.extend(rows.into_iter().filter(&keep));
    parts(shelf, Key::of(R::SPACE).with(prefix), LOOK_ROWS, &mut part)?;
    Ok(kept)
}

/// A look that comes back full may have left rows out: it is made again for each next byte of the key, until every one is short.
fn parts<R: Record<AcquirerRow> + Clone>(
    shelf: &dyn Shelf,
    prefix: Key,
    rows_max: u16,
    part: &mut dyn FnMut(Vec<R>),
) -> Result<(), End> {
    let rows = under::<R>(shelf, prefix, rows_max)?;
    if rows.len() < usize::from(rows_max) {
        part(rows);
        return Ok(());
    }
    // A whole key has one row, so this ends with the key's own length.
    drop(rows);
    for next in (0..=u8::MAX).rev() {
        let mut longer = prefix;
        longer.push(&[next]);
        parts(shelf, longer, rows_max, part)?;
    }
    Ok(())
}

/// The one row of a whole key.
pub fn one<R: Record<AcquirerRow> + Clone>(shelf: &dyn Shelf, key: &R::Key) -> Result<Option<R>, End>
where
    R::Key: KeyPart,
{
    Ok(range::<R>(shelf, key, 1)?.pop())
}

/// What is looked for.
#[derive(Clone, Debug)]
pub enum Sought {
    /// By reference number.
    Rrn(Rrn),
    /// By what the slip says: its day, its amount, the end of the card.
    Dated(BusinessDate, Amount, u16),
    /// Everything of a terminal, or what its slips say is of one day.
    Terminal(TerminalId, Option<BusinessDate>),
}

/// Our own record of an exchange: what a 交易记录副本 says, and no evidence of a slip.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HostRecord {
    /// Merchant.
    pub merchant: MerchantId,
    /// Terminal.
    pub terminal: TerminalId,
    /// What kind.
    pub kind: String,
    /// Its name on a slip.
    pub name: String,
    /// Unit: fen, with the sign of its slip.
    pub signed_minor: i64,
    /// DE 4. Unit: fen.
    pub amount_minor: Option<u64>,
    /// Masked.
    pub card: String,
    /// DE 37.
    pub rrn: String,
    /// DE 38.
    pub auth: Option<String>,
    /// Where it stands.
    pub stage: String,
    /// When it was taken.
    pub at: Moment,
}

/// One exchange as the archive shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// Which.
    pub till: TillKey,
    /// `copy`, `expired`, `said` or `none`.
    pub evidence: String,
    /// What the paper says.
    pub slip: Option<Slip>,
    /// Where the paper copies were, as last told.
    pub papers: Option<slipway_terms::handed::Papers>,
    /// The cashier's word on the signature, and when it came.
    pub signed: Option<(Signed, Moment)>,
    /// The signature (PNG), in hexadecimal digits.
    pub picture: Option<String>,
    /// When the copy came.
    pub at: Option<Moment>,
    /// When it was removed because its time was over.
    pub expired: Option<Moment>,
    /// When another slip came under the same number.
    pub contradicted: Option<Moment>,
    /// What the confirmation was answered.
    pub answered: Option<String>,
    /// Its page and until when it opens.
    pub page: Option<(PageCode, Moment)>,
    /// Our own record.
    pub record: Option<HostRecord>,
}

/// One exchange: its copy and our record.
pub fn shown(shelf: &dyn Shelf, till: TillKey) -> Result<Option<Shown>, End> {
    let exchange = one::<Exchange>(shelf, &till)?;
    let copy = one::<SlipCopy>(shelf, &till)?;
    if exchange.is_none() && copy.is_none() {
        return Ok(None);
    }
    let word = match evidence(exchange.as_ref(), copy.as_ref()) {
        Evidence::Copy(_) => "copy",
        Evidence::Expired(_) => "expired",
        Evidence::Said => "said",
        Evidence::None => "none",
    };
    let record = match &exchange {
        Some(Exchange::Original(o)) => Some(record(o)),
        _ => None,
    };
    let picture = copy.as_ref().and_then(|copy| copy.picture.whole()).map(|png| slipway_iso8583::hex(&png));
    Ok(Some(Shown {
        till,
        evidence: word.into(),
        papers: copy.as_ref().and_then(|copy| copy.papers),
        signed: copy.as_ref().and_then(|copy| copy.signed),
        picture,
        at: copy.as_ref().map(|copy| copy.at),
        expired: copy.as_ref().and_then(|copy| copy.expired),
        contradicted: copy.as_ref().and_then(|copy| copy.contradicted),
        answered: copy.as_ref().and_then(|copy| copy.answered).map(|code| code.to_string()),
        page: copy.as_ref().and_then(|copy| copy.page),
        slip: copy.and_then(|copy| copy.slip).map(|slip| *slip),
        record,
    }))
}

fn record(o: &acquirer::Original) -> HostRecord {
    HostRecord {
        merchant: o.till.merchant,
        terminal: o.till.terminal,
        kind: crate::export::small(&format!("{:?}", o.kind)),
        name: format!("{}/{}", o.kind.shape().zh, o.kind.shape().en),
        signed_minor: o.signed_minor,
        amount_minor: o.amount.map(Amount::minor),
        card: o.tail.to_string(),
        rrn: o.rrn.to_string(),
        auth: o.auth.map(|auth| auth.to_string()),
        stage: crate::export::small(&format!("{:?}", o.stage)),
        at: o.at,
    }
}

/// What fits, newest first.
pub fn find(shelf: &dyn Shelf, sought: &Sought) -> Result<Vec<Shown>, End> {
    let tills: Vec<TillKey> = match sought {
        Sought::Rrn(rrn) => match one::<Reference>(shelf, rrn)? {
            Some(found) => vec![found.till],
            None => Vec::new(),
        },
        Sought::Dated(day, amount, last4) => {
            let fits = |row: &SlipDay| (row.minor, row.last4) == (amount.minor(), *last4);
            every::<SlipDay>(shelf, day, fits)?.into_iter().map(|row| row.till).collect()
        }
        Sought::Terminal(terminal, Some(day)) => {
            every::<SlipDay>(shelf, &(*day, *terminal), |_| true)?.into_iter().map(|row| row.till).collect()
        }
        Sought::Terminal(terminal, None) => {
            range::<SlipCopy>(shelf, terminal, LOOK_ROWS)?.into_iter().map(|copy| copy.till).collect()
        }
    };
    let found = tills.into_iter().take(HITS_MAX).map(|till| shown(shelf, till)).collect::<Result<Vec<_>, End>>()?;
    let mut found: Vec<Shown> = found.into_iter().flatten().collect();
    found.sort_by_key(|shown| std::cmp::Reverse(shown.slip.as_ref().map(|slip| slip.at).or(shown.at)));
    Ok(found)
}

/// The slip of a page that opens now: by its whole code, or by its first eight characters with amount and card.
pub fn opened(
    shelf: &dyn Shelf,
    code: &str,
    also: Option<(Amount, u16)>,
    now: Moment,
) -> Result<Option<(TillKey, Shown)>, End> {
    let pages = match also {
        None => one::<SlipPage>(shelf, &PageCode::cut(code))?.into_iter().collect(),
        Some(_) => range::<SlipPage>(shelf, &slipway_terms::Short::<8>::cut(code), 8)?,
    };
    for page in pages.into_iter().filter(|page| now < page.until) {
        let Some(shown) = shown(shelf, page.till)? else { continue };
        let Some(slip) = &shown.slip else { continue };
        if also.is_none_or(|(amount, last4)| (slip.amount, slip.card.last4) == (amount, last4)) {
            return Ok(Some((page.till, shown)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;

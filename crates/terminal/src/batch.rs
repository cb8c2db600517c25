//! The open list of one batch: read by pages of the journal, summed, and written as DE 48. Reads only.

use crate::seat::Seat;
use crate::{Exchange, KindTotal, Side, TerminalBank, TerminalRow, Totals};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use slipway_node::{Facts, Wants};
use slipway_terms::{BatchNo, Kind, MerchantId, SHAPES, Stan, TerminalId};

/// Numbers of one page: they share all but the last byte of their key.
const PAGE_ROWS_MAX: u16 = 256;
/// Details in one list (reference 8).
pub(crate) const LIST_MAX: usize = 8;

/// Which journal lines a batch has: its name, and its first and last number.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub terminal: TerminalId,
    pub merchant: MerchantId,
    pub batch: BatchNo,
    pub stans: (Option<Stan>, Option<Stan>),
}

impl Span {
    fn pages(&self) -> Vec<[u8; 2]> {
        let page = |stan: Option<Stan>| stan.map_or(0, |stan| stan.number() >> 8);
        let (first, last) = (page(self.stans.0), page(self.stans.1));
        let end = 999_999 >> 8;
        // The numbers may have wrapped within the batch.
        let numbers: Vec<u32> =
            if first <= last { (first..=last).collect() } else { (first..=end).chain(0..=last).collect() };
        numbers.into_iter().map(|page| [page.to_be_bytes()[2], page.to_be_bytes()[3]]).collect()
    }

    /// All lines of the batch.
    pub(crate) fn wants(&self, out: &mut Wants) {
        for [high, low] in self.pages() {
            let prefix = ((self.terminal, self.merchant, self.batch), (high, low));
            out.range::<Exchange, TerminalRow>(&prefix, PAGE_ROWS_MAX, false);
        }
    }

    /// The same, read.
    pub(crate) fn lines<'a>(&self, facts: &'a Facts<'_, TerminalBank>) -> Vec<&'a Exchange> {
        let mut all = Vec::new();
        for [high, low] in self.pages() {
            let prefix = ((self.terminal, self.merchant, self.batch), (high, low));
            all.extend(facts.range::<Exchange>(&prefix, PAGE_ROWS_MAX, false).unwrap_or_default());
        }
        all
    }
}

impl Seat<'_, '_> {
    /// The open batch.
    pub fn open_batch(&self) -> Span {
        Span {
            terminal: self.id,
            merchant: self.profile.merchant,
            batch: self.till.batch,
            stans: (self.till.batch_first, self.till.stan),
        }
    }
}

/// Counts in a total and stands in an upload: approved here with a slip that moves money. What the acquirer contradicted
/// counts too: the slip is out, and the difference must be seen.
pub(crate) fn counts(exchange: &Exchange) -> bool {
    exchange.standing == crate::Standing::Approved && exchange.slip.is_some() && exchange.kind.shape().moves_money()
}

/// Details that go singly (reference 8): what no list has a sign for.
pub(crate) fn goes_singly(kind: Kind) -> bool {
    kind.shape().is_advice()
}

/// Sums lines by side and kind.
pub(crate) fn totals(lines: &[&Exchange]) -> Totals {
    let mut totals = Totals::default();
    for shape in SHAPES {
        let mut kind = KindTotal { kind: shape.kind, count: 0, minor: 0 };
        for line in lines.iter().filter(|line| line.kind == shape.kind && counts(line)) {
            let signed = line.signed_minor();
            kind.count += 1;
            kind.minor += signed;
            let side = if signed < 0 { &mut totals.credit } else { &mut totals.debit };
            *side = Side { count: side.count + 1, minor: side.minor + signed.unsigned_abs() };
        }
        if kind.count > 0 {
            totals.kinds.push(kind);
        }
    }
    totals
}

/// DE 48 of 0500: the domestic side with its answer digit, and the foreign side empty. A count that does not fit its three
/// digits wraps, here and at the acquirer.
pub(crate) fn totals_digits(totals: &Totals) -> String {
    let side = |side: Side| format!("{:012}{:03}", side.minor % 1_000_000_000_000, side.count % 1_000);
    format!("{}{}0{:031}", side(totals.debit), side(totals.credit), 0)
}

/// DE 48 of a list: a two-digit count, and 40 digits a line.
pub(crate) fn list_digits(lines: &[&Exchange]) -> String {
    let mut text = format!("{:02}", lines.len());
    for line in lines {
        let card = line.card;
        // The middle of the card number is not known here, and nobody needs it: the number of the exchange names it.
        let hidden = "0".repeat(usize::from(card.len.clamp(10, 20)) - 10);
        let number = format!("{:06}{hidden}{:04}", card.first6, card.last4);
        text += &format!("00{}{number:0>20}{:012}", line.key.stan, line.signed_minor().unsigned_abs());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_a_wrap() {
        let span = |first: u32, last: u32| Span {
            terminal: TerminalId::new("10000001").unwrap(),
            merchant: MerchantId::new("999290054110001").unwrap(),
            batch: BatchNo(1),
            stans: (Stan::new(first).ok(), Stan::new(last).ok()),
        };
        assert_eq!(span(1, 255).pages(), [[0, 0]]);
        assert_eq!(span(250, 256).pages(), [[0, 0], [0, 1]]);
        assert_eq!(span(999_990, 3).pages(), [[15, 66], [0, 0]]);
        assert_eq!(span(0, 3).pages(), [[0, 0]]);
    }
}

//! `archive`: the acquirer's copy of a slip says what the paper says. A copy is never of anything that was not printed, it is never
//! changed, and once quiet every slip of a till that is there has exactly one.

use super::books::{Books, Wrong};
use slipway_hosts::acquirer::SlipCopy;
use slipway_terms::{Signed, Slip, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// What was printed first, and what the archive has.
#[derive(Debug, Default)]
pub struct Archive {
    printed: BTreeMap<TillKey, Slip>,
    copies: BTreeMap<TillKey, SlipCopy>,
    /// What hand-ins brought, since it was last asked.
    pub met: BTreeSet<&'static str>,
    /// Copies whose slip was removed because its time was over, since it was last asked.
    pub removed: BTreeSet<TillKey>,
}

impl Archive {
    /// A voucher leaves for a printer.
    pub(super) fn printed(&mut self, till: TillKey, slip: &Slip) {
        if !slip.reprint {
            self.printed.entry(till).or_insert_with(|| slip.clone());
        }
    }

    /// The acquirer has written this copy.
    pub(super) fn kept(&mut self, copy: SlipCopy) -> Option<Wrong> {
        let till = copy.till;
        if copy.slip.is_some() {
            self.met.insert(if copy.answered.is_some() { "with its confirmation" } else { "by itself" });
        }
        if let Some((signed, _)) = copy.signed {
            self.met.insert(if signed == Signed::Missing { "not signed" } else { "signed" });
        }
        if copy.page.is_some() {
            self.met.insert("with a page");
        }
        let before = self.copies.insert(till, copy.clone());
        let was = before.and_then(|before| before.slip);
        let over = was.as_ref().zip(copy.expired).map(|(slip, expired)| slip.at.max(copy.at).date() < expired.date());
        if over.is_some() {
            self.met.insert("and removed when its time was over");
            self.removed.insert(till);
        }
        let wrong = if copy.slip.is_none() && over == Some(true) {
            return None;
        } else if copy.contradicted.is_some() {
            format!("two slips of {till} were handed in")
        } else if was.is_some() && was != copy.slip {
            format!("the copy of {till} was changed")
        } else if let (Some(copied), Some(printed)) = (&copy.slip, self.printed.get(&till))
            && **copied != *printed
        {
            format!("the copy of {till} is {copied:?}, and printed was {printed:?}")
        } else {
            return None;
        };
        Some(("archive", wrong))
    }
}

pub(super) fn at_the_end(archive: &Archive, books: &Books) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (till, exchange) in books.tills.iter().filter(|(till, _)| !books.is_lost(till)) {
        let copied = archive.copies.get(till).is_some_and(|copy| copy.slip.is_some() || copy.expired.is_some());
        if exchange.slip.is_some() != copied {
            let has = |is: bool| if is { "a" } else { "no" };
            let (slip, copy) = (has(exchange.slip.is_some()), has(copied));
            wrong.push(("archive", format!("once quiet, {till} has {slip} slip and {copy} copy of it")));
        }
    }
    wrong
}

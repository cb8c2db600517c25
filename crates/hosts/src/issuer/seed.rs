//! The accounts and cards that an issuer starts with. Opening money is posted like any other: Dr opening, Cr cardholder.

use super::record::{AccountRow, Card, IssuerRow};
use crate::day;
use crate::ledger::{Account, Balance, Cause, Posting};
use crate::times::Times;
use alloc::vec::Vec;
use slipway_node::{Key, Record};
use slipway_terms::{CardToken, InstitutionId, Moment, SentAt, Short, Stan, SwitchKey};

/// Collects the rows of a new issuer. Rows may be taken in portions with [`Seeds::drain`]; [`Seeds::finish`] brings the
/// rest with the contra balance, without which the ledger does not sum to zero.
#[derive(Debug)]
pub struct Seeds {
    id: InstitutionId,
    at: Moment,
    serial: u32,
    opening_minor: i64,
    rows: Vec<(Key, IssuerRow)>,
}

impl Seeds {
    /// Nothing yet, for this issuer, at this moment.
    pub const fn new(id: InstitutionId, at: Moment) -> Self {
        Self { id, at, serial: 0, opening_minor: 0, rows: Vec::new() }
    }

    /// An account with its opening money. `line_minor` above zero makes it a credit account. Unit: minor units.
    pub fn account(&mut self, no: Short<19>, line_minor: i64, opening_minor: u64) -> &mut Self {
        let row = AccountRow { no, credit: line_minor > 0, line_minor, held_minor: 0 };
        self.rows.push((AccountRow::key(&no), row.wrap()));
        let minor = opening_minor.min(i64::MAX.unsigned_abs() / 4).cast_signed();
        let holder = Account::Cardholder(no);
        let key = self.next_key();
        let posting =
            Posting::simple(key, Cause::Opening, None, self.at, self.at.date(), Account::Opening, holder, minor);
        self.rows.push((
            <Balance as Record<IssuerRow>>::key(&holder.name()),
            Balance { account: holder, minor: -minor }.wrap(),
        ));
        self.rows.push((<Posting as Record<IssuerRow>>::key(&posting.key()), posting.wrap()));
        self.opening_minor += minor;
        self
    }

    /// A card, under the issuer's token of its number.
    pub fn card(&mut self, token: CardToken, card: Card) -> &mut Self {
        self.rows.push((Card::key(&token), card.wrap()));
        self
    }

    /// The rows so far, without the contra balance.
    pub fn drain(&mut self) -> Vec<(Key, IssuerRow)> {
        core::mem::take(&mut self.rows)
    }

    /// The rest of the rows.
    pub fn finish(mut self) -> Vec<(Key, IssuerRow)> {
        let contra = Balance { account: Account::Opening, minor: self.opening_minor };
        self.rows.push((<Balance as Record<IssuerRow>>::key(&Account::Opening.name()), contra.wrap()));
        self.rows.push(day::seed(Times::default().business_date(self.at), self.at));
        self.rows
    }

    /// Opening postings stand under identities that no acquirer sends: the issuer as its own acquirer, on 1 January.
    fn next_key(&mut self) -> SwitchKey {
        let (second, stan) = (self.serial / 999_999, self.serial % 999_999 + 1);
        self.serial += 1;
        let sent = SentAt::from_number(101_000_000 + u64::from(second % 60)).unwrap_or(self.at.sent_at());
        SwitchKey { acquirer: self.id, forwarder: self.id, sent, stan: Stan::new(stan).unwrap_or(Stan::FIRST) }
    }
}

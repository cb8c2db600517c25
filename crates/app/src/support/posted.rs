//! What the ledgers have of one exchange: when the cardholder was debited and given back, when the merchant was credited and debited. A party's
//! record says where it stands now; only its postings say what moved before. Reads only.

use crate::http::Live;
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::ledger::{Account, Cause, Posting};
use slipway_node::{Key, Record, Rows, Scan};
use slipway_runtime::os::Handle;
use slipway_terms::{Amount, Moment, Party, SwitchKey};

/// Postings of one exchange at one house: each cause has one.
const POSTINGS_MAX: u16 = 16;

/// Money that moved on the account of a person: the cardholder's at the issuer, the merchant's at the acquirer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posted {
    /// At whom.
    pub party: Party,
    /// When.
    pub at: Moment,
    /// A finding took its undo back, or moved the difference.
    pub again: bool,
    /// Issuer: what the cardholder paid. Acquirer: what the merchant got. Negative: the other way. Unit: minor units.
    pub minor: i64,
}

impl Posted {
    /// In both languages.
    pub fn words(&self) -> (String, String) {
        let amount = Amount::fen(self.minor.unsigned_abs());
        let (zh, en) = match (self.party, self.minor < 0, self.again) {
            (Party::Issuer, false, false) => ("扣款", "debited"),
            (Party::Issuer, false, true) => ("重新扣款", "debited again"),
            (Party::Issuer, true, _) => ("退回", "given back"),
            (_, false, false) => ("商户入账", "credited to the merchant"),
            (_, false, true) => ("商户重新入账", "credited to the merchant again"),
            (_, true, _) => ("从商户扣回", "taken back from the merchant"),
        };
        (format!("{zh} {amount} 元"), format!("CNY {amount} {en}"))
    }
}

/// All of it, oldest first; none of a house that does not answer. `whole`: the issuers' side too.
pub fn of(live: &Live, key: SwitchKey, whole: bool) -> Vec<Posted> {
    let merchant = |account: &Account| matches!(account, Account::MerchantPayable(_));
    let holder = |account: &Account| matches!(account, Account::Cardholder(_));
    let mut all = moved(Party::Acquirer, &rows::<AcquirerRow>(&live.hosts.acquirer, key), merchant);
    for issuer in live.hosts.issuers.iter().filter(|_| whole) {
        all.extend(moved(Party::Issuer, &rows::<IssuerRow>(issuer, key), holder));
    }
    all.sort_by_key(|posted| posted.at);
    all
}

fn rows<R: Rows>(party: &Handle, key: SwitchKey) -> Vec<Posting>
where
    Posting: Record<R> + Clone,
{
    let space = <Posting as Record<R>>::SPACE;
    let stored = party.scan(Scan { prefix: Key::of(space).with(&key), rows_max: POSTINGS_MAX, newest_first: false });
    let read = |(_, bytes): &(Key, Vec<u8>)| {
        R::decode(space, bytes).ok().and_then(|row| <Posting as Record<R>>::peel(&row).cloned())
    };
    stored.iter().flatten().filter_map(read).collect()
}

fn moved(party: Party, rows: &[Posting], own: impl Fn(&Account) -> bool) -> Vec<Posted> {
    let of = |posting: &Posting| {
        let debit: i64 = posting.legs.iter().filter(|(account, _)| own(account)).map(|(_, minor)| minor).sum();
        // A debit of the cardholder's account is paid; a credit of the merchant's is got.
        let minor = if party == Party::Issuer { debit } else { -debit };
        let again = posting.cause == Cause::Redo;
        (minor != 0 && !posting.cause.is_after()).then_some(Posted { party, at: posting.at, again, minor })
    };
    rows.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{BusinessDate, InstitutionId, MerchantId, Short, Stan};

    #[test]
    fn only_what_moves_a_persons_money_is_told() {
        let key = SwitchKey {
            acquirer: InstitutionId::new("00010000").unwrap(),
            forwarder: InstitutionId::new("00010000").unwrap(),
            sent: Moment(1_795_406_645_000).sent_at(),
            stan: Stan::new(2).unwrap(),
        };
        let day = BusinessDate::parse("2026-11-27").unwrap();
        let holder = Account::Cardholder(Short::cut("1"));
        let shop = Account::MerchantPayable(MerchantId::new("999290054110001").unwrap());
        let posting = |cause, at, legs: &[(Account, i64)]| Posting {
            exchange: key,
            cause,
            rrn: None,
            at: Moment(at),
            day,
            legs: legs.to_vec(),
        };
        let rows = [
            posting(Cause::Approval, 1, &[(holder, 8_800), (Account::Suspense, -8_800)]),
            posting(Cause::Undo, 2, &[(Account::Suspense, 8_800), (holder, -8_800)]),
            posting(Cause::Cleared, 3, &[(Account::Suspense, 8_800), (Account::Network, -8_800)]),
        ];
        let told = moved(Party::Issuer, &rows, |account| *account == holder);
        let words: Vec<_> = told.iter().map(Posted::words).collect();
        assert_eq!(words[0], ("扣款 88.00 元".to_owned(), "CNY 88.00 debited".to_owned()));
        assert_eq!(words[1], ("退回 88.00 元".to_owned(), "CNY 88.00 given back".to_owned()));
        assert_eq!((words.len(), told[0].at, told[1].at), (2, Moment(1), Moment(2)));
        let rows = [
            posting(Cause::Approval, 1, &[(Account::NetworkReceivable, 8_800), (shop, -8_800)]),
            posting(Cause::Redo, 2, &[(Account::NetworkReceivable, 100), (shop, -100)]),
        ];
        let told = moved(Party::Acquirer, &rows, |account| *account == shop);
        assert_eq!(told.iter().map(|one| one.minor).collect::<Vec<_>>(), [8_800, 100]);
        assert!(told[1].words().1.contains("again"));
    }
}

//! Who pays for what took place: the cardholder, or a house in his place. It must never be the cardholder's where nobody has testified
//! that his account was debited.

use crate::{Kind, State, Testimony};
use serde::{Deserialize, Serialize};

/// Who has paid for what took place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The cardholder, once.
    Cardholder,
    /// The acquirer out of its own pocket (rules 3, 7): the cardholder is not charged.
    Acquirer,
    /// The issuer out of its own pocket (rules 3): the cardholder is not charged.
    Issuer,
}

impl Payer {
    /// A house bears it in the cardholder's place.
    pub const fn is_house(self) -> bool {
        matches!(self, Self::Acquirer | Self::Issuer)
    }
}

/// Who has paid for what took place, by the word of those who can know it: the acquirer knows what it bears, the issuer what its
/// account has. An approval from online is a debit; the slip of an offline sale alone says nothing of the account.
pub(crate) fn payer(kind: Option<Kind>, acquirer: Option<&Testimony>, issuer: Option<&Testimony>) -> Option<Payer> {
    if kind.is_some_and(|kind| kind.shape().sign <= 0) {
        return None;
    }
    if acquirer.is_some_and(|t| t.borne) {
        return Some(Payer::Acquirer);
    }
    match issuer.filter(|t| t.state != State::Unreachable) {
        Some(t) if t.borne => Some(Payer::Issuer),
        Some(t) => Some(Payer::Cardholder).filter(|_| t.debited && !t.returned),
        None => Some(Payer::Cardholder).filter(|_| kind != Some(Kind::OfflineSale)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, Cashier, Fate, Party, Short, Text, judge};

    fn bare(party: Party, state: State) -> Testimony {
        Testimony { amount: Some(Amount::fen(8_800)), ..Testimony::bare(party, Short::EMPTY, state) }
    }

    /// The merchant has the money and nobody took it from the card (rules 3): the slip stands, and nobody says that it was paid.
    #[test]
    fn what_a_house_bears_is_never_said_to_be_charged() {
        let of = |kind, borne_at: Option<Party>, credited, issuer: Testimony| {
            let word = |party| Testimony {
                kind: Some(kind),
                borne: borne_at == Some(party),
                slip: party == Party::Terminal || credited,
                ..bare(party, State::Approved)
            };
            let issuer = Testimony { borne: borne_at == Some(Party::Issuer), ..issuer };
            judge(&[word(Party::Terminal), word(Party::Acquirer), issuer])
        };
        let issuer = |state| bare(Party::Issuer, state);
        let charged = Testimony { debited: true, ..issuer(State::Approved) };
        let (sale, offline) = (Kind::Sale, Kind::OfflineSale);
        for (kind, borne_at, issuer, want) in [
            (sale, None, charged.clone(), Some(Payer::Cardholder)),
            (offline, None, charged.clone(), Some(Payer::Cardholder)),
            (offline, Some(Party::Acquirer), issuer(State::NoRecord), Some(Payer::Acquirer)),
            (offline, Some(Party::Acquirer), issuer(State::Declined), Some(Payer::Acquirer)),
            (offline, Some(Party::Acquirer), issuer(State::Unreachable), Some(Payer::Acquirer)),
            (offline, Some(Party::Issuer), issuer(State::Approved), Some(Payer::Issuer)),
            // Asked for again after it had gone back, and refused.
            (sale, Some(Party::Acquirer), Testimony { returned: true, ..charged.clone() }, Some(Payer::Acquirer)),
            (sale, None, issuer(State::Unreachable), Some(Payer::Cardholder)),
            // The slip came before anybody was asked: only the issuer knows.
            (offline, None, issuer(State::Unreachable), None),
            (sale, None, Testimony { returned: true, ..charged.clone() }, None),
            (Kind::Refund, None, charged, None),
        ] {
            let verdict = of(kind, borne_at, true, issuer);
            assert_eq!(
                (verdict.fate, verdict.cashier, verdict.payer),
                (Fate::TookPlace, Cashier::Print, want),
                "{kind:?}"
            );
            let Text { zh, en } = verdict.sentence;
            let house = want.is_some_and(Payer::is_house);
            for (part, said) in
                [("cardholder is not charged", &en), ("do not take the payment again", &en), ("不向持卡人扣款", &zh)]
            {
                assert_eq!(said.contains(part), house, "{want:?}: {said}");
            }
        }
        let waits = of(offline, Some(Party::Acquirer), false, issuer(State::NoRecord)).sentence;
        assert!(waits.en.contains("once a person has seen the slip") && waits.zh.contains("待核对签购单"), "{waits:?}");
    }
}

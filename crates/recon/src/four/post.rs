//! The entries that a repair posts, reckoned from the line itself. Must never post in a house because another one is wrong, nor
//! for a slip of which two amounts are told: that needs a person.

use super::{Case, Class, Flow, Line, List, Owner, View};
use alloc::vec::Vec;
use slipway_terms::Lang;

/// An account in one house's books (rules 1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Account {
    /// The issuer's: the card account.
    Cardholder,
    /// The issuer's: approved and not cleared (挂账).
    Suspense,
    /// The issuer's: what it owes the network.
    IssuerSettlement,
    /// The network's: position of the issuer.
    IssuerPosition,
    /// The network's: position of the acquirer.
    AcquirerPosition,
    /// The acquirer's: captured and not cleared.
    Receivable,
    /// The acquirer's: what the merchant has to get.
    Merchant,
    /// The acquirer's: what the network owes it.
    AcquirerSettlement,
}

/// A repair in money. A positive amount is a charge; for a return the same legs are posted with the sign turned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Posting {
    /// The acquirer takes the entry into the merchant's account.
    Capture,
    /// The acquirer takes it out again.
    Uncapture,
    /// The network puts it into the next file; both members settle it from there.
    Clear,
    /// The network, asked by the acquirer's credit adjustment or by its own correction, takes it back in the next file.
    Unclear,
    /// The issuer posts it to the card account.
    Book,
    /// The issuer releases it to the card account.
    Unbook,
}

impl Posting {
    /// Its legs, debit and credit, house by house.
    pub const fn legs(self) -> &'static [(Account, Account)] {
        use Account::{
            AcquirerPosition, AcquirerSettlement, Cardholder, IssuerPosition, IssuerSettlement, Merchant, Receivable,
            Suspense,
        };
        match self {
            Self::Capture => &[(Receivable, Merchant)],
            Self::Uncapture => &[(Merchant, Receivable)],
            Self::Clear => {
                &[(IssuerPosition, AcquirerPosition), (Suspense, IssuerSettlement), (AcquirerSettlement, Receivable)]
            }
            Self::Unclear => {
                &[(AcquirerPosition, IssuerPosition), (IssuerSettlement, Suspense), (Receivable, AcquirerSettlement)]
            }
            Self::Book => &[(Cardholder, Suspense)],
            Self::Unbook => &[(Suspense, Cardholder)],
        }
    }

    /// In whose books it begins.
    pub const fn owner(self) -> Owner {
        match self {
            Self::Capture | Self::Uncapture => Owner::Acquirer,
            Self::Clear | Self::Unclear => Owner::Network,
            Self::Book | Self::Unbook => Owner::Issuer,
        }
    }

    /// In words.
    pub const fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Capture => ("收单：借 应收网络，贷 应付商户", "acquirer: Dr network receivable, Cr merchant payable"),
            Self::Uncapture => {
                ("收单：借 应付商户，贷 应收网络", "acquirer: Dr merchant payable, Cr network receivable")
            }
            Self::Clear => (
                "网络：补清算；发卡借 挂账 贷 清算，收单借 清算 贷 应收网络",
                "network: clears it; issuer Dr suspense, Cr settlement; acquirer Dr settlement, Cr network receivable",
            ),
            Self::Unclear => (
                "网络：反向清算；发卡借 清算 贷 挂账，收单借 应收网络 贷 清算",
                "network: takes it back; issuer Dr settlement, Cr suspense; acquirer Dr network receivable, Cr settlement",
            ),
            Self::Book => ("发卡：借 持卡人，贷 挂账", "issuer: Dr cardholder, Cr suspense"),
            Self::Unbook => ("发卡：借 挂账，贷 持卡人", "issuer: Dr suspense, Cr cardholder"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// What brings a list's house up or down.
    const fn of(list: List, up: bool) -> Option<Self> {
        match (list, up) {
            (List::Till, _) => None,
            (List::Acquirer, true) => Some(Self::Capture),
            (List::Acquirer, false) => Some(Self::Uncapture),
            (List::Network, true) => Some(Self::Clear),
            (List::Network, false) => Some(Self::Unclear),
            (List::Issuer, true) => Some(Self::Book),
            (List::Issuer, false) => Some(Self::Unbook),
        }
    }
}

/// A posting and its signed amount: the entry's own sign, so positive for a charge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Post {
    /// Which.
    pub posting: Posting,
    /// Signed fen.
    pub fen: i64,
}

impl Line {
    /// How its entry behaves; a key that no [`Key::new`](crate::Key::new) made is asked about like a sale.
    pub fn flow(&self) -> Flow {
        let first = self.sides.iter().find(|side| side.copies > 0).map_or(0, |side| side.amount_fen);
        self.key.entry().map_or(Flow::Charge, |entry| Flow::of(entry, first))
    }

    /// What the whole group comes to be posted as, once the case ends by its default (a merchant who was asked shows no slip):
    /// the slip's amount where there is a slip; for an advice also what the acquirer advised; else nothing. An issuer by itself
    /// goes by the network's file, and lets go of suspended debits only. None: a person decides.
    fn target_fen(&self, view: View) -> Option<i64> {
        let flow = self.flow();
        let leads: &[List] = match view {
            View::Issuer => &[List::Network],
            View::Centre | View::Acquirer if flow.is_advised() => &[List::Till, List::Acquirer],
            View::Centre | View::Acquirer => &[List::Till],
        };
        let lead = leads.iter().map(|list| &self.sides[*list as usize]).find(|side| side.copies > 0);
        match lead {
            // Two amounts for one slip.
            Some(side) if side.mixed => None,
            Some(side) => Some(side.amount_fen),
            None if view == View::Issuer && flow.is_return() => None,
            None => Some(0),
        }
    }

    /// What the repair of this key posts, in the houses that the view can see. The lines of one key have one repair: hand in any
    /// of them, once. Nothing for a key that waits for a list or for the next day, nor where days alone differ.
    pub fn posts(&self, view: View) -> Vec<Post> {
        if matches!(self.class, Class::Carried | Class::Unjudged) {
            return Vec::new();
        }
        let Some(target) = self.target_fen(view) else { return Vec::new() };
        let back = self.flow().is_return();
        let seen = List::ALL.into_iter().filter(|list| view.mask() & list.bit() != 0);
        seen.filter_map(|list| {
            // Twelve digits, and copies of a list that was read to its end: the sum is far inside.
            let missing = target.saturating_sub(self.sides[list as usize].sum_fen);
            // Up is in the direction of the entry, whichever way its money goes.
            let up = (missing < 0) == back;
            let fen = if up { missing } else { -missing };
            (missing != 0).then(|| Posting::of(list, up)).flatten().map(|posting| Post { posting, fen })
        })
        .collect()
    }

    /// Whose case it is: the row's owner, but a list that has something twice or on another day than the network's is put right
    /// by its own house.
    pub fn owner(&self, row: &Case) -> Owner {
        let network = &self.sides[List::Network as usize];
        let wrong = match self.class {
            Class::Doubled => self.sides.iter().position(|side| side.copies > 1),
            Class::Date if network.copies > 0 => {
                self.sides.iter().position(|side| side.copies > 0 && side.day != network.day)
            }
            _ => None,
        };
        match wrong.and_then(|at| List::ALL.get(at)) {
            Some(List::Till | List::Acquirer) => Owner::Acquirer,
            Some(List::Network) => Owner::Network,
            Some(List::Issuer) => Owner::Issuer,
            None => row.owner(),
        }
    }
}

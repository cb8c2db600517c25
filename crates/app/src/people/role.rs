//! The roles of people, and what each may see and do at the desk. A right that is not here is nobody's.

use serde::{Deserialize, Serialize};

/// What somebody is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes payments in one shop.
    Cashier,
    /// Answers for the cashiers of one shop.
    Supervisor,
    /// The merchant's own office, of one merchant.
    Merchant,
    /// Brought merchants in. Sees of a payment what any caller does.
    Agent,
    /// The acquirer's support desk.
    Desk,
    /// The acquirer's operations.
    Operations,
    /// Looks at everything and changes nothing.
    Auditor,
}

/// How much of an exchange somebody sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sees {
    /// All of it, of every merchant.
    Whole,
    /// Of the own merchant only: verdict, what to do, the own slip; nothing of what banks said of the card.
    OwnShop,
    /// The sentence for one exact hit, as a caller without a role (rules 11).
    Sentence,
}

/// What can be done about an exchange at the desk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Ask all parties again.
    AskAgain,
    /// Print the slip again at its terminal.
    Reprint,
    /// Propose that the shop gives the money back.
    ProposeRefund,
}

/// All roles.
pub const ROLES: [Role; 7] =
    [Role::Cashier, Role::Supervisor, Role::Merchant, Role::Agent, Role::Desk, Role::Operations, Role::Auditor];

impl Role {
    /// By its word.
    pub fn of_word(word: &str) -> Option<Self> {
        ROLES.into_iter().find(|role| role.word() == word)
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cashier => "cashier",
            Self::Supervisor => "supervisor",
            Self::Merchant => "merchant",
            Self::Agent => "agent",
            Self::Desk => "desk",
            Self::Operations => "operations",
            Self::Auditor => "auditor",
        }
    }

    /// For people: 中文, English.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Cashier => ("收银员", "cashier"),
            Self::Supervisor => ("主管", "supervisor"),
            Self::Merchant => ("商户", "merchant"),
            Self::Agent => ("服务商", "agent"),
            Self::Desk => ("客服", "support desk"),
            Self::Operations => ("运营", "operations"),
            Self::Auditor => ("审计", "auditor"),
        }
    }

    /// Whether it is bound to one merchant.
    pub const fn of_shop(self) -> bool {
        matches!(self, Self::Cashier | Self::Supervisor | Self::Merchant)
    }

    /// How much it sees.
    pub const fn sees(self) -> Sees {
        match self {
            Self::Cashier | Self::Supervisor | Self::Merchant => Sees::OwnShop,
            Self::Agent => Sees::Sentence,
            Self::Desk | Self::Operations | Self::Auditor => Sees::Whole,
        }
    }

    /// Whether it sees who saw and did what.
    pub const fn sees_trail(self) -> bool {
        matches!(self, Self::Auditor)
    }

    /// Whether it sees how the network stands.
    pub const fn sees_ops(self) -> bool {
        matches!(self, Self::Operations | Self::Auditor)
    }

    /// Whether it proposes and approves what moves money by hand. Each order needs two of them.
    pub const fn orders(self) -> bool {
        matches!(self, Self::Operations)
    }

    /// Whether it sees what a shop is paid, what it costs, and what is held of it.
    pub const fn sees_settlement(self) -> bool {
        matches!(self, Self::Merchant | Self::Desk | Self::Operations | Self::Auditor)
    }

    /// Whether it orders refunds of its own shop's payments.
    pub const fn orders_refunds(self) -> bool {
        matches!(self, Self::Supervisor | Self::Merchant)
    }

    /// Whether it may do this.
    pub const fn may(self, deed: Deed) -> bool {
        match self {
            Self::Agent => false,
            Self::Auditor => matches!(deed, Deed::AskAgain),
            Self::Cashier => matches!(deed, Deed::AskAgain | Deed::Reprint),
            Self::Supervisor | Self::Merchant | Self::Desk | Self::Operations => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rights_of_every_role() {
        let check = |role: Role, sees, again, reprint, refund, trail| {
            assert_eq!(Role::of_word(role.word()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
            let may = [Deed::AskAgain, Deed::Reprint, Deed::ProposeRefund].map(|deed| role.may(deed));
            assert_eq!((role.sees(), may, role.sees_trail()), (sees, [again, reprint, refund], trail), "{role:?}");
        };
        check(Role::Cashier, Sees::OwnShop, true, true, false, false);
        check(Role::Supervisor, Sees::OwnShop, true, true, true, false);
        check(Role::Merchant, Sees::OwnShop, true, true, true, false);
        check(Role::Agent, Sees::Sentence, false, false, false, false);
        check(Role::Desk, Sees::Whole, true, true, true, false);
        check(Role::Operations, Sees::Whole, true, true, true, false);
        check(Role::Auditor, Sees::Whole, true, false, false, true);
        let of = |pick: fn(Role) -> bool| ROLES.into_iter().filter(|role| pick(*role)).collect::<Vec<_>>();
        assert_eq!(of(Role::sees_ops), [Role::Operations, Role::Auditor]);
        assert_eq!(of(Role::orders), [Role::Operations]);
        assert!(ROLES.iter().all(|role| role.of_shop() == (role.sees() == Sees::OwnShop)));
        let who = |has: fn(Role) -> bool| ROLES.into_iter().filter(|role| has(*role)).collect::<Vec<_>>();
        assert_eq!(who(Role::sees_settlement), [Role::Merchant, Role::Desk, Role::Operations, Role::Auditor]);
        assert_eq!(who(Role::orders_refunds), [Role::Supervisor, Role::Merchant]);
        assert_eq!(Role::of_word("owner"), None);
    }
}

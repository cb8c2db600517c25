//! What may be done about an exchange now, and of what may not be done, why not: a person at a desk must be able to say it.

use crate::people::role::{Deed, Role};
use crate::trace::Found;
use serde_json::{Value, json};
use slipway_terms::{Fate, Party, Payer, State};

/// What the answer depends on.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// What happened.
    pub fate: Fate,
    /// It takes money (+), gives it back (−), or moves none.
    pub signed_minor: i64,
    /// What of it was refunded since. Unit: minor units.
    pub refunded_minor: i64,
    /// A slip that counts exists at the terminal.
    pub slip: bool,
    /// The terminal is one of this network's own, and answers.
    pub terminal: bool,
    /// A refund was proposed already.
    pub proposed: bool,
    /// A house bears it: the cardholder was not charged.
    pub borne: bool,
}

/// Why what a house bears is not refunded: the card would get what it never paid.
pub const NOT_CHARGED: (&str, &str) =
    ("持卡人未被扣款，无款可退", "the cardholder was not charged: there is nothing to give back");

impl Facts {
    /// Of what was found.
    pub fn of(found: &Found, slip: bool, proposed: bool) -> Self {
        let terminal = found.seen.iter().find(|t| t.party == Party::Terminal);
        Self {
            fate: found.verdict.fate,
            signed_minor: found.seen.iter().find_map(|t| t.signed_minor).unwrap_or(0),
            refunded_minor: found.seen.iter().map(|t| t.refunded_minor).max().unwrap_or(0),
            slip,
            terminal: terminal.is_some_and(|t| !matches!(t.state, State::Unreachable)),
            proposed,
            borne: found.verdict.payer.is_some_and(Payer::is_house),
        }
    }
}

/// Why this may not be done now; `None`: it may.
pub fn why_not(role: Role, deed: Deed, facts: &Facts) -> Option<(&'static str, &'static str)> {
    if !role.may(deed) {
        return Some(match deed {
            Deed::AskAgain => ("此角色只能得到结论", "this role is told the verdict only"),
            Deed::Reprint => ("此角色只能查看，不能打印", "this role looks and prints nothing"),
            Deed::ProposeRefund => ("此角色不能提出退货", "this role proposes no refund"),
        });
    }
    match deed {
        Deed::AskAgain => None,
        Deed::Reprint => reprint(facts),
        Deed::ProposeRefund => refund(facts),
    }
}

const fn reprint(facts: &Facts) -> Option<(&'static str, &'static str)> {
    if !facts.terminal {
        return Some((
            "终端问不到：请在终端上按打印键",
            "the terminal cannot be reached: print at the terminal itself",
        ));
    }
    if facts.slip {
        return None;
    }
    Some(match facts.fate {
        Fate::Open => ("尚未确定，还没有签购单", "it is not decided: there is no slip yet"),
        Fate::WillReturn | Fate::Returned => ("款项退回，没有有效的签购单", "the money goes back: no slip stands"),
        _ => ("没有签购单可打", "there is no slip to print"),
    })
}

const fn refund(facts: &Facts) -> Option<(&'static str, &'static str)> {
    if facts.signed_minor <= 0 {
        return Some(("这一笔没有收款，不能退货", "it took no money: there is nothing to refund"));
    }
    match facts.fate {
        Fate::TookPlace if facts.borne => return Some(NOT_CHARGED),
        Fate::TookPlace => {}
        Fate::Open => return Some(("尚未确定：等结论，不要退货", "it is not decided: wait, refund nothing")),
        Fate::WillReturn => {
            return Some((
                "款项会自动退回，再退货就退了两次",
                "the money comes back by itself: a refund would give it back twice",
            ));
        }
        Fate::Returned => return Some(("款项已退回", "the money is back already")),
        Fate::Held => {
            return Some(("只冻结、未扣款：用预授权撤销", "it is held, not taken: void the pre-authorisation"));
        }
        Fate::DidNotTakePlace | Fate::NotFound => {
            return Some(("没有扣款，无款可退", "nothing was taken: there is nothing to give back"));
        }
    }
    if facts.refunded_minor >= facts.signed_minor {
        return Some(("已全额退货", "it is refunded in full"));
    }
    if facts.proposed {
        return Some(("已提出退货，等商户办理", "a refund is proposed: the shop has to make it"));
    }
    None
}

/// All of them for a page.
pub fn all(role: Role, facts: &Facts) -> Value {
    let one = |deed: Deed| {
        let why = why_not(role, deed, facts);
        json!({"deed": deed, "allowed": why.is_none(), "why": why.map(|(zh, en)| json!({"zh": zh, "en": en}))})
    };
    [Deed::AskAgain, Deed::Reprint, Deed::ProposeRefund].into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOLD: Facts = Facts {
        fate: Fate::TookPlace,
        signed_minor: 8_800,
        refunded_minor: 0,
        slip: true,
        terminal: true,
        proposed: false,
        borne: false,
    };

    #[test]
    fn what_is_allowed_and_why_not() {
        let check = |role, deed, facts: Facts, want: Option<&str>| {
            let why = why_not(role, deed, &facts).map(|(_, en)| en);
            assert_eq!(why.is_some(), want.is_some(), "{role:?} {deed:?} {facts:?}: {why:?}");
            assert!(want.is_none_or(|want| why.unwrap().contains(want)), "{why:?}");
        };
        let (again, print, refund) = (Deed::AskAgain, Deed::Reprint, Deed::ProposeRefund);
        for role in [Role::Desk, Role::Merchant, Role::Supervisor] {
            [again, print, refund].into_iter().for_each(|deed| check(role, deed, SOLD, None));
        }
        check(Role::Auditor, again, SOLD, None);
        check(Role::Auditor, print, SOLD, Some("prints nothing"));
        check(Role::Cashier, refund, SOLD, Some("no refund"));
        check(Role::Desk, print, Facts { terminal: false, ..SOLD }, Some("cannot be reached"));
        check(Role::Desk, print, Facts { slip: false, fate: Fate::WillReturn, ..SOLD }, Some("goes back"));
        check(Role::Desk, refund, Facts { fate: Fate::WillReturn, ..SOLD }, Some("twice"));
        check(Role::Desk, refund, Facts { fate: Fate::Open, ..SOLD }, Some("wait"));
        check(Role::Desk, refund, Facts { fate: Fate::Held, ..SOLD }, Some("void the pre-authorisation"));
        check(Role::Desk, refund, Facts { signed_minor: -8_800, ..SOLD }, Some("took no money"));
        check(Role::Desk, refund, Facts { refunded_minor: 8_800, ..SOLD }, Some("in full"));
        check(Role::Desk, refund, Facts { refunded_minor: 8_799, ..SOLD }, None);
        check(Role::Desk, refund, Facts { borne: true, ..SOLD }, Some("was not charged"));
        check(Role::Desk, refund, Facts { proposed: true, ..SOLD }, Some("proposed"));
    }
}

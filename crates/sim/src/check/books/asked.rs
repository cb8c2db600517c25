//! What the other checkers, and those who play people, ask the mirror.

use super::{Books, Moves};
use crate::cast::{ISSUERS, SWITCH, is_acquirer};
use crate::world::World;
use slipway_hosts::acquirer::Ground;
use slipway_hosts::ledger::{Account, Cause, Posting};
use slipway_terminal::{Exchange, Standing};
use slipway_terms::{BusinessDate, InstitutionId, Kind, ResponseCode, Short, SwitchKey, TerminalId, TillKey};
use std::collections::BTreeSet;

impl Books {
    /// Whether any dispute is open.
    pub fn in_dispute(&self) -> bool {
        self.open.iter().any(|(_, table, _)| *table == "open dispute")
    }

    /// Whether this is what a step of a dispute has moved.
    pub fn is_step(&self, exchange: &SwitchKey) -> bool {
        self.disputed.contains_key(exchange)
    }

    /// What an exchange has moved.
    pub fn moves(&self, exchange: &SwitchKey) -> Moves {
        self.moves.get(exchange).copied().unwrap_or_default()
    }

    /// What an exchange of a till has moved.
    pub fn moves_of(&self, till: &TillKey) -> Moves {
        self.switch_of.get(till).map(|key| self.moves(key)).unwrap_or_default()
    }

    /// What an exchange of a till has taken from the cardholder's own account.
    pub fn charged(&self, till: &TillKey) -> i64 {
        self.switch_of.get(till).and_then(|key| self.charged.get(key)).copied().unwrap_or(0)
    }

    /// Whether an exchange of a till was released from suspense: for a while it is not charged, and may be again.
    pub fn is_released(&self, till: &TillKey) -> bool {
        self.switch_of.get(till).is_some_and(|key| self.was_released(key))
    }

    /// The till's name of an exchange.
    pub fn till_of(&self, exchange: &SwitchKey) -> Option<TillKey> {
        self.till_of.get(exchange).copied()
    }

    /// The amount on the slip of an exchange, if there is a slip: a record from which it can be printed. In a device that was
    /// lost there is none; there a paper in somebody's hand counts, or the word that the till once gave: of it, or of what names it.
    pub fn slip_amount(&self, till: &TillKey) -> Option<i64> {
        if let Some(minor) = self.own.get(till) {
            return Some(*minor);
        }
        let exchange = self.tills.get(till).filter(|exchange| exchange.slip.is_some())?;
        if self.denied.contains(till) {
            return None;
        }
        // A void whose slip came late, and the sale that was given back for it: together nothing, and each by itself.
        if self.given_back(till) {
            return Some(0);
        }
        let told = |till: &TillKey| self.paper.contains(till) || self.confirmed.contains(till);
        let named = || self.about.iter().any(|(by, first)| first == till && told(by));
        if self.is_lost(till) && !told(till) && !named() {
            return None;
        }
        Some(exchange.signed_minor())
    }

    /// Whether an exchange is an offline sale: its slip is out before anybody was asked.
    pub fn sold_offline(&self, till: &TillKey) -> bool {
        self.tills.get(till).is_some_and(|exchange| exchange.kind == Kind::OfflineSale)
    }

    /// What an exchange, its void, its refunds and its disputes have moved together, of the cardholder's money.
    pub fn net_debit(&self, till: &TillKey) -> i64 {
        let voids = self.about.iter().filter(|(by, _)| self.tills.get(by).is_some_and(|by| World::is_void(by.kind)));
        let voids = voids.chain(&self.refund_of).filter(|(_, first)| *first == till);
        let original = self.switch_of.get(till);
        let steps = self.disputed.iter().filter(|(_, of)| Some(*of) == original);
        let back: i64 = steps.map(|(own, _)| self.moves(own).debit).sum();
        self.moves_of(till).debit + voids.map(|(by, _)| self.moves_of(by).debit).sum::<i64>() + back
    }

    /// Whether an issuer bears an exchange itself.
    pub fn borne(&self, exchange: &SwitchKey) -> bool {
        let of = |node: &usize| self.ledgers[*node].postings.get(&(*exchange, Cause::Approval as u8));
        let lost = |posting: &Posting| posting.legs.iter().any(|(account, _)| *account == Account::Loss);
        ISSUERS.iter().filter_map(of).any(lost)
    }

    /// Whether a debit was released from suspense.
    pub fn was_released(&self, exchange: &SwitchKey) -> bool {
        self.released.contains(exchange)
    }

    /// What an account of a node holds by its postings.
    pub fn balance_of(&self, node: usize, account: &Account) -> i64 {
        self.ledgers[node].sums.get(account).copied().unwrap_or(0)
    }

    /// What the switch's totals say that a member has to get of a day, less what it has to pay.
    pub fn position_of(&self, member: &InstitutionId, day: BusinessDate) -> i64 {
        self.days[SWITCH].net_of(member, day)
    }

    /// What of an exchange an acquirer bears itself, so that it is asked of nobody.
    pub fn borne_by_acquirer(&self, exchange: &SwitchKey) -> i64 {
        let causes = [Cause::Approval, Cause::Undo, Cause::Redo];
        let nodes = (0..SWITCH).filter(|node| is_acquirer(*node));
        let postings = nodes.flat_map(|node| {
            causes.iter().filter_map(move |cause| self.ledgers[node].postings.get(&(*exchange, *cause as u8)))
        });
        let legs = postings.flat_map(|posting| &posting.legs);
        legs.filter(|(account, _)| *account == Account::Loss).map(|(_, minor)| minor).sum()
    }

    /// Whether an exchange is of a kind that is never reversed: with its till its slip may be lost, its money stays.
    pub fn is_advice(&self, exchange: &SwitchKey) -> bool {
        self.kinds.get(exchange).is_some_and(|kind| kind.shape().is_advice())
    }

    /// The merchant shows nothing now; the slip comes later.
    pub fn deny(&mut self, till: TillKey) {
        self.denied.insert(till);
        self.late.insert(till);
    }

    /// Slips that are to be shown after "no slip", and are not booked yet; and whether the acquirer has asked for the money.
    pub fn denied(&self) -> impl Iterator<Item = (TillKey, bool)> {
        self.denied.iter().map(|till| {
            let of = |till: &TillKey| self.switch_of.get(till);
            let asked = of(till).is_some_and(|key| self.asked_again.contains_key(key));
            let about = self.about.get(till).and_then(of).is_some_and(|key| self.gives_back.contains_key(key));
            (*till, asked || about)
        })
    }

    /// The voids of an exchange.
    pub(super) fn voids_of(&self, exchange: &SwitchKey) -> BTreeSet<TillKey> {
        let Some(first) = self.till_of(exchange) else { return BTreeSet::new() };
        let kind = |till: &TillKey| self.tills.get(till).map(|exchange| exchange.kind);
        let voids = self.about.iter().filter(|(_, of)| **of == first);
        voids.filter(|(by, _)| kind(by).is_some_and(World::is_void)).map(|(by, _)| *by).collect()
    }

    /// Whether an exchange is a void, and nothing else was ever about its sale.
    pub fn voids_alone(&self, till: &TillKey) -> bool {
        let void = self.tills.get(till).is_some_and(|exchange| World::is_void(exchange.kind));
        let alone = |first: &TillKey| self.about.values().filter(|of| *of == first).count() == 1;
        void && self.about.get(till).is_some_and(alone)
    }

    /// Whether a sale was given back by a credit adjustment, or a void that this was for.
    pub fn given_back(&self, till: &TillKey) -> bool {
        let done = |till: &TillKey| {
            let answer = self.switch_of.get(till).and_then(|key| self.gives_back.get(key)).copied().flatten();
            answer == Some(ResponseCode::APPROVED)
        };
        let first = self.about.get(till).filter(|_| self.late.contains(till));
        done(till) || first.is_some_and(done)
    }

    /// Whether an acquirer has asked an issuer to give this back, and has not heard yet: the cardholder may have it before the
    /// merchant has given it.
    pub fn is_giving_back(&self, exchange: &SwitchKey) -> bool {
        self.gives_back.get(exchange).is_some_and(Option::is_none)
    }

    /// Whether an acquirer has ever asked for that: what was said to have taken place may go back by it.
    pub fn was_to_give_back(&self, till: &TillKey) -> bool {
        self.switch_of.get(till).is_some_and(|exchange| self.gives_back.contains_key(exchange))
    }

    /// What holds stand on an account, by the issuer's own row.
    pub fn held_on(&self, node: usize, account: &Short<19>) -> i64 {
        self.held.get(&(node, *account)).copied().unwrap_or(0)
    }

    /// Whether a merchant is asked for this slip and has not answered yet.
    pub fn is_asked(&self, till: &TillKey) -> bool {
        self.cases.get(&(*till, Ground::Unconfirmed as u8)).is_some_and(|(_, open)| *open)
    }

    /// Whether an exchange was undone for want of a slip that was shown afterwards.
    pub fn was_late(&self, till: &TillKey) -> bool {
        // The sale of a void whose slip came late stood meanwhile, and was given back.
        self.late.contains(till) || self.late.iter().any(|void| self.about.get(void) == Some(till))
    }

    /// A till is lost for good.
    pub fn lose(&mut self, terminal: TerminalId) {
        self.lost.insert(terminal);
    }

    /// A device was wiped: what its tills held is gone, and waits for nobody.
    pub fn wipe(&mut self, node: usize, terminal: &TerminalId) {
        self.wiped.extend(self.tills.keys().filter(|till| till.terminal == *terminal));
        self.open.retain(|(of, _, _)| *of != node);
    }

    /// Whether the device that had an exchange was lost for good.
    pub fn is_lost(&self, till: &TillKey) -> bool {
        self.lost.contains(&till.terminal) || self.wiped.contains(till)
    }

    /// Whether a node is a device that was lost for good.
    pub fn is_lost_node(&self, node: usize) -> bool {
        let seats = crate::cast::DEVICES.get(node).copied().unwrap_or_default();
        seats.iter().any(|seat| self.lost.contains(&crate::cast::terminal(*seat)))
    }

    /// Open cases of the acquirers.
    pub fn open_cases(&self) -> impl Iterator<Item = (TillKey, Ground)> {
        self.cases.iter().filter(|(_, (_, open))| *open).map(|((till, _), (ground, _))| (*till, *ground))
    }

    /// How a node's record of the exchange that a message speaks of stands now: `nothing` if it has none, nothing at all if
    /// the message speaks of none.
    pub fn standing(&self, node: usize, message: &slipway_terms::Message) -> Option<&'static str> {
        let switch = || message.original.map(|original| original.key).or_else(|| message.switch_key());
        let found = match node {
            SWITCH => self.at_switch.get(&switch()?).copied(),
            n if n > SWITCH => self.at_issuer.get(&(n, switch()?)).copied(),
            n if is_acquirer(n) => match message.till_key() {
                Some(till) => self.at_acquirer.get(&till).copied(),
                None => self.till_of.get(&switch()?).and_then(|till| self.at_acquirer.get(till)).copied(),
            },
            _ => self.tills.get(&message.till_key()?).map(|exchange| match exchange.standing {
                Standing::Sent => "Sent",
                Standing::Stored => "Stored",
                Standing::Approved => "Approved",
                Standing::Declined(_) => "Declined",
                Standing::Doubtful(_) => "Doubtful",
                Standing::Reversed(..) => "Reversed",
                Standing::FailedReversal(_) => "FailedReversal",
                Standing::InCase(_) => "InCase",
            }),
        };
        Some(found.unwrap_or("nothing"))
    }

    /// The newest purchases of all tills: what people ask about.
    pub fn newest(&self, most: usize) -> Vec<TillKey> {
        let sales = self.tills.values().filter(|exchange| exchange.kind.shape().moves_money());
        let mut all: Vec<_> = sales.map(|exchange| (self.order.get(&exchange.key), exchange.key)).collect();
        all.sort_unstable();
        all.into_iter().rev().take(most).map(|(_, key)| key).collect()
    }

    /// The newest exchange of one till.
    pub fn newest_of(&self, terminal: &TerminalId) -> Option<&Exchange> {
        let own = self.tills.values().filter(|exchange| exchange.key.terminal == *terminal);
        own.max_by_key(|exchange| self.order.get(&exchange.key))
    }

    /// The newest exchanges of one till that are so.
    pub fn newest_in(&self, terminal: &TerminalId, so: impl Fn(&Exchange) -> bool) -> Vec<&Exchange> {
        let own = self.tills.values().filter(|exchange| exchange.key.terminal == *terminal && so(exchange));
        let mut all: Vec<_> = own.collect();
        all.sort_by_key(|exchange| std::cmp::Reverse(self.order.get(&exchange.key)));
        all
    }

    /// How many exchanges a till has sent that move money.
    pub fn sales_of(&self, terminal: &TerminalId) -> usize {
        let own = self.tills.values().filter(|exchange| exchange.key.terminal == *terminal);
        own.filter(|exchange| exchange.kind.shape().moves_money()).count()
    }

    /// Every exchange that ever moved money.
    pub fn all_moves(&self) -> impl Iterator<Item = (&SwitchKey, &Moves)> {
        self.moves.iter()
    }

    /// How often an exchange was posted for this cause at an issuer.
    pub fn posted(&self, exchange: &SwitchKey, cause: Cause) -> bool {
        ISSUERS.iter().any(|node| self.ledgers[*node].postings.contains_key(&(*exchange, cause as u8)))
    }
}

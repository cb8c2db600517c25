//! What each kind of party's rows say, taken into the mirror as they become durable.

use super::{Books, Wrong};
use crate::cast::SWITCH;
use slipway_hosts::acquirer::{self, AcquirerRow, CaseMoved, Credit, Exchange as Taken, Ground};
use slipway_hosts::correction::Correct;
use slipway_hosts::dispute::{Dispute, DisputeMove};
use slipway_hosts::issuer::{self, IssuerRow};
use slipway_hosts::ledger::{Account, Cause};
use slipway_hosts::switch::{self, SwitchRow};
use slipway_terminal::{Standing, TerminalRow};
use slipway_terms::{CaseWay, Finding, Kind, PayAgain, Reply, ResponseCode, Shut, Step, SwitchKey, Won};
use std::collections::BTreeSet;

impl Books {
    pub(super) fn till_wrote(&mut self, row: TerminalRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
        let TerminalRow::Exchange(exchange) = row else { return };
        let key = exchange.key;
        let next = self.order.len();
        self.order.entry(key).or_insert(next);
        touched.extend(self.switch_of.get(&key));
        let slip = exchange.slip.is_some();
        if let Some(first) = exchange.about.as_ref().and_then(|about| about.key) {
            self.about.insert(key, first);
        }
        // An inquiry is shown, not printed.
        // A wiped device that meets a number which no host has ever seen: what was lost with it was another exchange.
        let anew = self.wiped.remove(&key);
        if exchange.kind.shape().moves_money() && slip != (exchange.standing == Standing::Approved) {
            wrong.push(("slips", format!("{key} is {:?} and has a slip: {slip}", exchange.standing)));
        }
        if let Some(before) = self.tills.insert(key, exchange)
            && before.slip.is_some()
            && !slip
            && !anew
        {
            wrong.push(("slips", format!("the slip record of {key} was taken away")));
        }
    }

    pub(super) fn acquirer_wrote(
        &mut self,
        node: usize,
        row: AcquirerRow,
        touched: &mut BTreeSet<SwitchKey>,
        wrong: &mut Vec<Wrong>,
    ) {
        match row {
            AcquirerRow::Exchange(Taken::Original(original)) => {
                let (till, switch) = (original.till, original.switch);
                let before = self.switch_of.insert(till, switch);
                let other = self.till_of.insert(switch, till);
                if before.is_some_and(|before| before != switch) || other.is_some_and(|other| other != till) {
                    wrong.push(("once", format!("{till} and {switch} are not one exchange only")));
                }
                touched.insert(switch);
                self.second.extend(second_word(&original));
                if let Some(first) = original.about.filter(|_| original.kind == Kind::Refund) {
                    self.refund_of.insert(till, first.till);
                }
                if original.is_by_house() && original.stage == acquirer::Stage::Approved {
                    self.own.insert(till, original.signed_minor);
                }
                self.at_acquirer.insert(
                    till,
                    match original.stage {
                        acquirer::Stage::Forwarded => "Forwarded",
                        acquirer::Stage::Approved => "Approved",
                        acquirer::Stage::Declined => "Declined",
                        acquirer::Stage::Unsure => "Unsure",
                        acquirer::Stage::Undone => "Undone",
                    },
                );
                if original.credit == Credit::Confirmed {
                    self.confirmed.insert(till);
                }
            }
            AcquirerRow::Exchange(Taken::Tombstone(stone)) => {
                self.at_acquirer.insert(stone.till, "Tombstone");
            }
            AcquirerRow::Case(case) => {
                self.argued_now.insert(case.till);
                // The power went before "no slip" was written: the slip is what was found, and nothing was late.
                if case.ground == Ground::Unconfirmed && case.found.is_some_and(|f| f.finding == Finding::SlipShown) {
                    self.denied.remove(&case.till);
                    self.late.remove(&case.till);
                }
                self.cases.insert((case.till, case.ground as u8), (case.ground, case.closed.is_none()));
            }
            AcquirerRow::CaseMoved(moved) => wrong.extend(self.found_moved(node, &moved)),
            AcquirerRow::ClosedByUs(closed) => {
                self.shut.insert(match closed.why {
                    Shut::Overdue => "overdue",
                    Shut::Replaced => "its device replaced",
                });
            }
            AcquirerRow::KnownDevice(device) if device.heir.is_some() => {
                self.heirs.insert(device.terminal);
                self.shut.insert(if device.contested.is_some() { "handed over twice" } else { "handed over" });
            }
            AcquirerRow::Correction(correction) if correction.what == Correct::Credit => {
                self.argued_now.extend(self.till_of(&correction.original));
                self.gives_back.insert(correction.original, correction.answer);
                if correction.answer.is_some() {
                    let voids = self.voids_of(&correction.original);
                    self.denied.retain(|denied| !voids.contains(denied));
                }
            }
            AcquirerRow::Correction(correction) => {
                self.asked_again.insert(correction.original, correction.answer);
            }
            AcquirerRow::DisputeMove(moved) => self.step_moved(&moved, touched),
            AcquirerRow::Dispute(dispute) => self.disputed(&dispute),
            AcquirerRow::SlipCopy(copy) => wrong.extend(self.archive.kept(copy)),
            AcquirerRow::Balance(balance) => self.balance(node, &balance),
            AcquirerRow::Days(days) => self.days[node].stand(days),
            AcquirerRow::ClosedDay(day) => self.days[node].close(day, wrong),
            AcquirerRow::Posting(posting) => self.posting(node, posting, touched, wrong),
            _ => {}
        }
    }

    /// What a case says that its finding has moved stands in the ledger, to the fen.
    fn found_moved(&self, node: usize, moved: &CaseMoved) -> Option<Wrong> {
        let exchange = self.switch_of.get(&moved.till).filter(|_| moved.found.way == CaseWay::Undone)?;
        let posting = self.ledgers[node].postings.get(&(*exchange, Cause::Undo as u8));
        let shop = |(account, minor): &(Account, i64)| matches!(account, Account::MerchantPayable(_)).then_some(-minor);
        let posted: i64 = posting.map_or(0, |posting| posting.legs.iter().filter_map(shop).sum());
        let (till, said) = (moved.till, moved.found.minor);
        (posted != said).then(|| ("money", format!("the case of {till} says that {said} moved, posted is {posted}")))
    }

    pub(super) fn switch_wrote(&mut self, row: SwitchRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
        match row {
            SwitchRow::Exchange(exchange) => {
                self.at_switch.insert(
                    exchange.key,
                    match exchange.stage {
                        switch::Stage::Forwarded => "Forwarded",
                        switch::Stage::Approved => "Approved",
                        switch::Stage::Declined => "Declined",
                        switch::Stage::Undone => "Undone",
                        switch::Stage::Tombstone => "Tombstone",
                    },
                );
            }
            SwitchRow::DisputeMove(moved) => self.step_moved(&moved, touched),
            SwitchRow::Dispute(dispute) => self.disputed(&dispute),
            SwitchRow::Balance(balance) => self.balance(SWITCH, &balance),
            SwitchRow::Days(days) => self.days[SWITCH].stand(days),
            SwitchRow::Day(day) => self.days[SWITCH].member(&day),
            SwitchRow::Posting(posting) => self.posting(SWITCH, posting, touched, wrong),
            _ => {}
        }
    }

    pub(super) fn issuer_wrote(
        &mut self,
        node: usize,
        row: IssuerRow,
        touched: &mut BTreeSet<SwitchKey>,
        wrong: &mut Vec<Wrong>,
    ) {
        match row {
            IssuerRow::Exchange(exchange) => {
                if let Some(kind) = exchange.kind {
                    self.kinds.insert(exchange.key, kind);
                }
                if let (Some(hold), Some(account)) = (exchange.hold, exchange.account) {
                    let open = if hold.state == issuer::HoldState::Open { hold.minor } else { 0 };
                    self.holds.insert(exchange.key, (node, account, open));
                }
                self.at_issuer.insert(
                    (node, exchange.key),
                    match exchange.stage {
                        issuer::Stage::Approved => "Approved",
                        issuer::Stage::Declined => "Declined",
                        issuer::Stage::Undone => "Undone",
                        issuer::Stage::Tombstone => "Tombstone",
                    },
                );
            }
            IssuerRow::DisputeMove(moved) => self.step_moved(&moved, touched),
            IssuerRow::Balance(balance) => self.balance(node, &balance),
            IssuerRow::AccountRow(account) => drop(self.held.insert((node, account.no), account.held_minor)),
            IssuerRow::Days(days) => self.days[node].stand(days),
            IssuerRow::Release(release) => {
                self.released.insert(release.key);
                self.suspended.insert(match release.retaken {
                    None => "released",
                    Some(_) => "released and taken back",
                });
            }
            IssuerRow::MissingFile(_) => drop(self.suspended.insert("its file missing")),
            IssuerRow::ClosedDay(day) => self.days[node].close(day, wrong),
            IssuerRow::Posting(posting) => self.posting(node, posting, touched, wrong),
            _ => {}
        }
    }

    /// A step of a dispute moved money: an exchange of its own, which no till has.
    fn step_moved(&mut self, moved: &DisputeMove, touched: &mut BTreeSet<SwitchKey>) {
        self.disputed.insert(moved.own, moved.original);
        touched.extend([moved.own, moved.original]);
    }

    /// What became of a dispute's newest step.
    fn disputed(&mut self, dispute: &Dispute) {
        self.argued_now.extend(self.till_of(&dispute.original));
        if let Some(taken) = dispute.taken.last() {
            self.dispute_words.extend(match (taken.step, taken.code.map(|code| code == ResponseCode::APPROVED)) {
                (_, None) => None,
                (Step::Retrieval, Some(true)) => Some("retrieval taken"),
                (Step::Answer, Some(true)) => Some(match taken.reply {
                    Some(Reply::SlipFound) => "answered: slip found",
                    Some(Reply::Adjusted) => "answered: adjusted",
                    Some(Reply::ChargeBack) => "answered: charge back",
                    Some(Reply::CannotProve) | None => "answered: cannot prove",
                }),
                (Step::Chargeback, Some(true)) => Some("chargeback taken"),
                (Step::Representment, Some(true)) => Some("re-presentment taken"),
                (Step::SecondChargeback, Some(true)) => Some("second chargeback taken"),
                (Step::AwardBack, Some(true)) => Some("award to the cardholder"),
                (Step::AwardPaid, Some(true)) => Some("award to the merchant"),
                (_, Some(false)) => Some("a step refused"),
            });
        }
        self.dispute_words.extend(dispute.closed.map(|(_, won)| match won {
            Won::Cardholder => "closed: the cardholder's",
            Won::Merchant => "closed: the merchant's",
        }));
    }
}

/// What an acquirer's record says of a second payment.
fn second_word(original: &acquirer::Original) -> Option<&'static str> {
    if original.is_by_house() {
        return (original.stage == acquirer::Stage::Approved).then_some("the surplus refunded");
    }
    if original.undo.is_some_and(|undo| undo.by == acquirer::By::Second) {
        return Some("the first without slip goes back by it");
    }
    Some(match original.second?.reason {
        None => "seen by the acquirer itself",
        Some(PayAgain::NoSlip) => "let go: NoSlip",
        Some(PayAgain::CannotWait) => "let go: CannotWait",
        Some(PayAgain::OtherPurchase) => "let go: OtherPurchase",
    })
}

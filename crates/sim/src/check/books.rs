//! A mirror of what is durable, kept by the checkers alone: ledgers from their postings, exchanges from the journals, and
//! which queue rows are open. The `money` checker lives here: balances are the sums of their postings, and all sum to zero.

use crate::cast::{ISSUERS, NODES, SWITCH, is_acquirer};
use crate::disk::Written;
use crate::world::World;
use slipway_hosts::acquirer::{self, AcquirerRow, Credit, Exchange as Taken, Ground};
use slipway_hosts::correction::Correct;
use slipway_hosts::dispute::{Dispute, DisputeMove};
use slipway_hosts::issuer::{self, IssuerRow};
use slipway_hosts::ledger::{Account, Balance, Cause, Posting, PostingKey};
use slipway_hosts::switch::{self, SwitchRow};
use slipway_node::{Key, OUTBOX_SPACE, Rows};
use slipway_terminal::{Exchange, Standing, TerminalRow};
use slipway_terms::{
    BusinessDate, Finding, InstitutionId, Kind, PayAgain, Reply, ResponseCode, Short, Shut, Step, SwitchKey,
    TerminalId, TillKey, Won,
};
use std::collections::{BTreeMap, BTreeSet};

/// A broken rule: checker and detail.
pub type Wrong = (&'static str, String);

/// What one exchange has moved, net; negative what was given back. Unit: minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Moves {
    /// Taken from the cardholder, or borne by a host in the cardholder's place.
    pub debit: i64,
    /// Owed to the merchant.
    pub credit: i64,
    /// Owed by the issuer to the acquirer, at the switch.
    pub position: i64,
    /// What the approval was for, with its sign; `None` if nothing was ever posted.
    pub amount: Option<i64>,
}

#[derive(Debug, Default)]
struct Ledger {
    balances: BTreeMap<Account, i64>,
    sums: BTreeMap<Account, i64>,
    postings: BTreeMap<PostingKey, Posting>,
    total: i64,
}

/// The mirror.
#[derive(Debug, Default)]
pub struct Books {
    ledgers: [Ledger; NODES],
    moves: BTreeMap<SwitchKey, Moves>,
    /// Exchanges as the tills' journals have them.
    pub tills: BTreeMap<TillKey, Exchange>,
    switch_of: BTreeMap<TillKey, SwitchKey>,
    till_of: BTreeMap<SwitchKey, TillKey>,
    /// Open rows of queue tables and outboxes: node, table, key.
    pub open: BTreeSet<(usize, &'static str, Key)>,
    /// Cases at the acquirers, and whether each is open.
    pub cases: BTreeMap<(TillKey, u8), (Ground, bool)>,
    /// In which order exchanges were first seen: clocks may be wrong.
    order: BTreeMap<TillKey, usize>,
    /// How hosts stand with an exchange, by node.
    at_acquirer: BTreeMap<TillKey, &'static str>,
    at_switch: BTreeMap<SwitchKey, &'static str>,
    at_issuer: BTreeMap<(usize, SwitchKey), &'static str>,
    /// Open holds by issuer and account, and what the account rows say is held.
    holds: BTreeMap<SwitchKey, (usize, Short<19>, i64)>,
    held: BTreeMap<(usize, Short<19>), i64>,
    /// What kind the issuers take an exchange for.
    kinds: BTreeMap<SwitchKey, Kind>,
    /// Exchanges whose slip was confirmed to the acquirer.
    confirmed: BTreeSet<TillKey>,
    /// Tills that were lost for good.
    lost: BTreeSet<TerminalId>,
    /// Why acquirers closed batches by themselves, since it was last asked.
    pub shut: BTreeSet<&'static str>,
    /// Debits that were released from suspense.
    released: BTreeSet<SwitchKey>,
    /// What became of suspended debits, since it was last asked.
    pub suspended: BTreeSet<&'static str>,
    /// What became of second payments, since it was last asked.
    pub second: BTreeSet<&'static str>,
    /// Refunds that an acquirer made itself on a person's word: the finding is their slip.
    own: BTreeMap<TillKey, i64>,
    /// Which purchase a refund gives back, as the acquirer has found it: the till may know a reference only.
    refund_of: BTreeMap<TillKey, TillKey>,
    /// Tills whose acquirer knows who took over.
    pub heirs: BTreeSet<TerminalId>,
    /// Exchanges of devices that were wiped.
    wiped: BTreeSet<TillKey>,
    /// Exchanges of which somebody has a paper in hand.
    pub paper: BTreeSet<TillKey>,
    /// Exchanges whose merchant first showed nothing, and whose slip comes late: no slip until the acquirer has booked it.
    denied: BTreeSet<TillKey>,
    /// All that were ever so.
    late: BTreeSet<TillKey>,
    /// What an acquirer has asked an issuer for again, and the answer.
    pub asked_again: BTreeMap<SwitchKey, Option<ResponseCode>>,
    /// Copies of slips.
    pub archive: super::archive::Archive,
    /// What an acquirer has asked an issuer to give back, as its void has a late slip, and the answer.
    pub gives_back: BTreeMap<SwitchKey, Option<ResponseCode>>,
    limits: super::limits::Limits,
    days: [super::days::DaysOf; NODES],
    /// What steps of disputes have moved, by their own keys, and of which exchange; as far as any house has written it.
    pub disputed: BTreeMap<SwitchKey, SwitchKey>,
    /// What became of disputes, since it was last asked.
    pub dispute_words: BTreeSet<&'static str>,
    /// Which earlier exchange one is about, as the tills have it.
    about: BTreeMap<TillKey, TillKey>,
    /// Exchanges that a house has written a case or a dispute about, since it was last asked.
    pub argued_now: BTreeSet<TillKey>,
    /// All that were ever so: people go on asking about them.
    pub argued: BTreeSet<TillKey>,
}

impl Books {
    /// One durable batch. Says which exchanges it touched.
    pub fn take(&mut self, node: usize, written: &Written, wrong: &mut Vec<Wrong>) -> BTreeSet<SwitchKey> {
        let mut touched = BTreeSet::new();
        let open_before: BTreeSet<TillKey> = self.open_cases().map(|(till, _)| till).collect();
        for (key, row) in written {
            self.queues(node, *key, row.is_some());
            let Some(bytes) = row else { continue };
            if key.space() == OUTBOX_SPACE {
                continue;
            }
            let read = match node {
                n if is_acquirer(n) => {
                    AcquirerRow::decode(key.space(), bytes).map(|row| self.acquirer_wrote(n, row, &mut touched, wrong))
                }
                SWITCH => SwitchRow::decode(key.space(), bytes).map(|row| self.switch_wrote(row, &mut touched, wrong)),
                n if n > SWITCH => {
                    IssuerRow::decode(key.space(), bytes).map(|row| self.issuer_wrote(n, row, &mut touched, wrong))
                }
                _ => TerminalRow::decode(key.space(), bytes).map(|row| self.till_wrote(row, &mut touched, wrong)),
            };
            if let Err(damage) = read {
                wrong.push(("money", damage.to_string()));
            }
        }
        let removed = std::mem::take(&mut self.archive.removed);
        let held = |till: &TillKey| open_before.contains(till) && self.open_cases().any(|(open, _)| open == *till);
        wrong.extend(
            removed
                .iter()
                .filter(|till| held(till))
                .map(|till| ("archive", format!("the slip of {till} was removed under its case"))),
        );
        if node > SWITCH {
            let balance = |account: &Account| self.ledgers[node].balances.get(account).copied().unwrap_or(0);
            wrong.extend(self.limits.judge(balance));
            wrong.extend(self.holds_off(node));
        }
        self.weigh(node, wrong);
        self.days[node].weigh(node, wrong);
        touched
    }

    fn queues(&mut self, node: usize, key: Key, put: bool) {
        let spaces = match node {
            n if is_acquirer(n) => AcquirerRow::SPACES,
            SWITCH => SwitchRow::SPACES,
            n if n > SWITCH => IssuerRow::SPACES,
            _ => TerminalRow::SPACES,
        };
        let name = match spaces.iter().find(|space| space.byte == key.space() && space.queue) {
            Some(space) => space.name,
            None if key.space() == OUTBOX_SPACE => "outbox",
            None => return,
        };
        if put {
            self.open.insert((node, name, key));
        } else {
            self.open.remove(&(node, name, key));
        }
    }

    fn till_wrote(&mut self, row: TerminalRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
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

    fn acquirer_wrote(
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

    fn switch_wrote(&mut self, row: SwitchRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
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

    fn issuer_wrote(&mut self, node: usize, row: IssuerRow, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
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

    /// Whether any dispute is open.
    pub fn in_dispute(&self) -> bool {
        self.open.iter().any(|(_, table, _)| *table == "open dispute")
    }

    /// Whether this is what a step of a dispute has moved.
    pub fn is_step(&self, exchange: &SwitchKey) -> bool {
        self.disputed.contains_key(exchange)
    }

    fn balance(&mut self, node: usize, balance: &Balance) {
        let ledger = &mut self.ledgers[node];
        let before = ledger.balances.insert(balance.account, balance.minor).unwrap_or(0);
        ledger.total += balance.minor - before;
    }

    fn posting(&mut self, node: usize, posting: Posting, touched: &mut BTreeSet<SwitchKey>, wrong: &mut Vec<Wrong>) {
        let sum: i64 = posting.legs.iter().map(|(_, minor)| minor).sum();
        if sum != 0 {
            wrong.push(("money", format!("the legs of {} {:?} sum to {sum}", posting.exchange, posting.cause)));
        }
        let ledger = &mut self.ledgers[node];
        if let Some(before) = ledger.postings.insert(posting.key(), posting.clone()) {
            if before != posting {
                wrong.push(("money", format!("the posting of {} {:?} was rewritten", posting.exchange, posting.cause)));
            }
            return;
        }
        self.days[node].posted(&posting, wrong);
        let ledger = &mut self.ledgers[node];
        for (account, minor) in &posting.legs {
            *ledger.sums.entry(*account).or_default() += minor;
        }
        if posting.cause == Cause::Opening || posting.cause.is_after() {
            return;
        }
        let moves = self.moves.entry(posting.exchange).or_default();
        let mut whole = 0;
        for (account, minor) in &posting.legs {
            let moved = match account {
                Account::Cardholder(_) => (&mut moves.debit, *minor),
                // What the acquirer bears is asked of nobody else.
                Account::Loss if node < SWITCH => {
                    moves.position += minor;
                    (&mut moves.debit, *minor)
                }
                Account::Loss => (&mut moves.debit, *minor),
                Account::MerchantPayable(_) => (&mut moves.credit, -minor),
                Account::Member(id) if *id == posting.exchange.acquirer => (&mut moves.position, -minor),
                _ => continue,
            };
            *moved.0 += moved.1;
            whole = moved.1;
        }
        if posting.cause == Cause::Approval {
            moves.amount = Some(whole);
        }
        if node < SWITCH && posting.cause == Cause::Redo {
            let till = self.till_of(&posting.exchange);
            self.denied.retain(|denied| Some(*denied) != till);
        }
        if node > SWITCH {
            self.limits.posted(&posting, self.kinds.get(&posting.exchange).copied());
        }
        touched.insert(posting.exchange);
    }

    /// Accounts whose held money is not the sum of their open holds.
    fn holds_off(&self, node: usize) -> Vec<Wrong> {
        let mut sums: BTreeMap<Short<19>, i64> = BTreeMap::new();
        for (_, account, open) in self.holds.values().filter(|(of, _, _)| *of == node) {
            *sums.entry(*account).or_default() += open;
        }
        let held = |account: &Short<19>| self.held.get(&(node, *account)).copied().unwrap_or(0);
        let off = sums.iter().filter(|(account, sum)| held(account) != **sum);
        off.map(|(account, sum)| ("money", format!("{} is held on {account}, its open holds are {sum}", held(account))))
            .collect()
    }

    /// The `money` checker, after every commit.
    fn weigh(&self, node: usize, wrong: &mut Vec<Wrong>) {
        let ledger = &self.ledgers[node];
        if ledger.total != 0 {
            wrong.push(("money", format!("the ledger of {} sums to {}", crate::cast::call_name(node), ledger.total)));
        }
        let off = ledger.sums.iter().find(|(account, sum)| ledger.balances.get(account).copied().unwrap_or(0) != **sum);
        if let Some((account, sum)) = off {
            wrong.push((
                "money",
                format!("{account:?} of {} is not {sum}, the sum of its postings", crate::cast::call_name(node)),
            ));
        }
    }

    /// What an exchange has moved.
    pub fn moves(&self, exchange: &SwitchKey) -> Moves {
        self.moves.get(exchange).copied().unwrap_or_default()
    }

    /// What an exchange of a till has moved.
    pub fn moves_of(&self, till: &TillKey) -> Moves {
        self.switch_of.get(till).map(|key| self.moves(key)).unwrap_or_default()
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
    fn voids_of(&self, exchange: &SwitchKey) -> BTreeSet<TillKey> {
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

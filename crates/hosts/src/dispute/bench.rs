//! Three houses at one table: an issuer, a switch and an acquirer, each with its own store, and a sale of 88 yuan that has been
//! cleared. Everything that leaves one house arrives at the other twice, and a house may be restarted before anything arrives.

use crate::acquirer::{
    Acquirer, AcquirerRow, Credit, Detail, Exchange as Taken, Merchant, Original, Profile, Reference, Refunds,
    Stage as AtAcquirer, Under, seed_merchant, seed_terminal,
};
use crate::dispute::{Dispute, Disputes, OrderRefused};
use crate::issuer::{self, Asked, CardStatus, Exchange, Issuer, IssuerRow, Limits, Seeds, Stage, Suspense};
use crate::ledger::{Account, Sums};
use crate::rig::{Rig, token};
use crate::switch::{self, Marks, Member, Switch, SwitchRow};
use crate::times::Times;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use slipway_node::{Body, Hand, Input, Line, Outgoing, Peer, Record};
use slipway_terms::*;

pub const NOON: Moment = Moment(1_795_406_645_000); // 2026-11-23 12:04 Beijing
pub const DAY_MS: i64 = 86_400_000;
const CARD: &str = "9990010000000014";
const SHOP: &str = "999310054110001";

fn id(digits: &str) -> InstitutionId {
    InstitutionId::new(digits).unwrap()
}

/// Rules small enough to see: three days for the merchant, five for an answer, ten for a step, thirty from the exchange.
pub fn rules() -> Disputes {
    let text = |text: &str| alloc::string::String::from(text);
    let reason = |code: &str, step, verified: &[Verified], proofs: &[Proof]| Reason {
        code: Short::cut(code),
        step,
        zh: text("原因"),
        en: text("reason"),
        kinds: vec![Kind::Sale, Kind::OfflineSale],
        verified: verified.to_vec(),
        chip: None,
        proofs: proofs.to_vec(),
        last: code == "4558",
        source: Text::new("测试", "test"),
        confidence: 'D',
    };
    let any = Verified::ALL.map(|(verified, _)| verified);
    let known = [Proof::Uploaded, Proof::Confirmed, Proof::Merchant];
    let reasons = vec![
        reason("6302", Step::Retrieval, &any, &known),
        reason("6344", Step::Retrieval, &any, &[Proof::Merchant]),
        reason("4544", Step::Chargeback, &[Verified::Signature], &[]),
        reason("4512", Step::Chargeback, &any, &[]),
        reason("4558", Step::Chargeback, &any, &[]),
        reason("4900", Step::Representment, &any, &[]),
        reason("4700", Step::SecondChargeback, &any, &[]),
    ];
    let mut limits = Vec::new();
    for step in Step::ALL {
        for card in [CardType::Debit, CardType::Credit] {
            let (days, since) = match step {
                Step::SecondChargeback if card == CardType::Debit => (None, Since::Step),
                Step::Retrieval | Step::Chargeback => (Some(30), Since::Exchange),
                Step::Answer => (Some(5), Since::Step),
                _ => (Some(10), Since::Step),
            };
            limits.push(Limit {
                step,
                card,
                days,
                working: false,
                since,
                source: Text::new("测试", "test"),
                confidence: 'D',
            });
        }
    }
    let rules = DisputeRules {
        version: Short::cut("test"),
        from: None,
        merchant_days: 3,
        unsigned_max_minor: 100_000,
        reasons,
        limits,
    };
    Disputes { rules, working: crate::working::WorkingDays::default() }
}

pub struct Table {
    pub a: Rig<Acquirer>,
    pub s: Rig<Switch>,
    pub i: Rig<Issuer>,
    /// Every house is restarted before anything arrives.
    pub restarts: bool,
    ticket: u64,
}

pub fn key() -> SwitchKey {
    SwitchKey { acquirer: id("00020000"), forwarder: id("00020000"), sent: NOON.sent_at(), stan: Stan::FIRST }
}

pub fn till() -> TillKey {
    TillKey {
        terminal: TerminalId::new("10000001").unwrap(),
        merchant: MerchantId::new(SHOP).unwrap(),
        batch: BatchNo(7),
        stan: Stan::FIRST,
    }
}

fn rrn() -> Rrn {
    Rrn::new("632700000001").unwrap()
}

fn account() -> Short<19> {
    Short::cut("62000000")
}

impl Table {
    /// A sale that stands everywhere: confirmed, cleared, of a debit or a credit card.
    pub fn new(card: CardType) -> Self {
        let disputes = rules();
        let member = |digits: &str, acquires: bool| Member {
            id: id(digits),
            acquires,
            issues: !acquires,
            active: true,
            up: true,
        };
        let members = [member("00020000", true), member("99900100", false)];
        let mut seeds = switch::seed(&members, &[("999001", id("99900100"), card)]).unwrap();
        seeds.push(crate::day::seed(Times::default().business_date(NOON), NOON));
        let s = Rig::new(Switch::new(id("00010000"), Times::default()).disputing(disputes.clone()), NOON, seeds);
        let mut holders = Seeds::new(id("99900100"), NOON);
        let line = if card == CardType::Credit { 500_000 } else { 0 };
        holders.account(account(), line, 100_000).card(
            token(CARD),
            issuer::Card {
                account: account(),
                tail: Pan::new(CARD).unwrap().tail(),
                status: CardStatus::Active,
                expiry: Expiry::new("3012").unwrap(),
                reference: None,
                pin_required: false,
                limits: Limits { sale_max: 90_000, day_max: 150_000, day_count_max: 4 },
                phone: Short::EMPTY,
                script: false,
            },
        );
        let i = Rig::new(Issuer::new(id("99900100")).disputing(disputes.clone()), NOON, holders.finish());
        let a = Rig::new(Acquirer::new(id("00020000"), Times::default()).disputing(disputes), NOON, Vec::new());
        let mut table = Self { a, s, i, restarts: false, ticket: 0 };
        table.lay_acquirer(|_| {});
        table.lay_switch(card, |_| {});
        table.lay_issuer(|_| {});
        table
    }

    pub fn lay_acquirer(&mut self, change: impl FnOnce(&mut Original)) {
        let mut o = Original {
            till: till(),
            mti: Mti(200),
            kind: Kind::Sale,
            processing: ProcessingCode(0),
            amount: Some(Amount::fen(8_800)),
            entry: Some(EntryMode(22)),
            atc: None,
            condition: Some(ConditionCode(0)),
            till60: Till60::financial(22, BatchNo(7)),
            token: token(CARD),
            card: SealedPan(Box::from([])),
            tail: Pan::new(CARD).unwrap().tail(),
            switch: key(),
            rrn: rrn(),
            line: Line { no: 1, tpdu: [0; 5], header: [0; 6] },
            under: Under::Generation(1),
            at: NOON,
            stage: AtAcquirer::Approved,
            code: Some(ResponseCode::APPROVED),
            auth: None,
            settlement: Some(NOON.month_day()),
            institutions: None,
            balance: None,
            answered_at: Some(NOON),
            late: None,
            credit: Credit::Confirmed,
            undo: None,
            card_shown: true,
            signed_minor: 8_800,
            about: None,
            claim: None,
            refunds: Refunds::default(),
            reversed_behind: false,
            second: None,
            again: Vec::new(),
            borne: false,
            payee: None,
            redo: None,
        };
        change(&mut o);
        self.a.lay(<Taken as Record<AcquirerRow>>::key(&till()), &Taken::Original(Box::new(o)).wrap());
        let reference = Reference { till: till() };
        self.a.lay(<Reference as Record<AcquirerRow>>::key(&rrn()), &reference.wrap());
    }

    /// Its shop and till, as they are registered.
    pub fn lay_shop(&mut self) {
        let merchant = Merchant {
            id: till().merchant,
            name_place: Short::cut("LANTERN"),
            mcc: Mcc(5411),
            keyed_cards: false,
            offline_max_minor: 0,
            active: true,
        };
        for (key, row) in seed_merchant(merchant).into_iter().chain(seed_terminal(
            till().terminal,
            till().merchant,
            BatchNo(7),
            Profile::Slipway,
        )) {
            self.a.lay(key, &row);
        }
    }

    /// The till's own line of its upload.
    pub fn lay_upload(&mut self) {
        let detail = Detail { till: till(), minor: 8_800, at: NOON, proven: true };
        let place = (till().terminal, till().batch, till().stan);
        self.a.lay(<Detail as Record<AcquirerRow>>::key(&place), &detail.wrap());
    }

    pub fn lay_switch(&mut self, card: CardType, change: impl FnOnce(&mut switch::Exchange)) {
        let mut x = switch::Exchange {
            key: key(),
            asked: switch::Asked::of(&sale(), Some(token(CARD))),
            issuer: Some(id("99900100")),
            day: NOON.date(),
            at: NOON,
            due: None,
            stage: switch::Stage::Approved,
            given: Some(switch::Given::bare(ResponseCode::APPROVED)),
            undo: None,
            late: None,
            signed_minor: 8_800,
            claim: None,
            owed_undo: None,
            marks: Marks::default(),
            behind: None,
            redo: None,
            card,
        };
        change(&mut x);
        self.s.lay(<switch::Exchange as Record<SwitchRow>>::key(&key()), &x.wrap());
    }

    pub fn lay_issuer(&mut self, change: impl FnOnce(&mut Exchange)) {
        let mut x = Exchange {
            key: key(),
            asked: Asked::of(&sale(), Some(token(CARD))),
            account: Some(account()),
            counted: NOON.date(),
            at: NOON,
            stage: Stage::Approved,
            given: None,
            suspense: Suspense::Cleared,
            undo: None,
            kind: Some(Kind::Sale),
            signed_minor: 8_800,
            borne: false,
            hold: None,
            claim: None,
            owed_undo: None,
            refunded_minor: 0,
            adjusted_minor: 0,
        };
        change(&mut x);
        self.i.lay(<Exchange as Record<IssuerRow>>::key(&key()), &x.wrap());
    }

    /// Orders something at a house.
    pub fn order(&mut self, house: House, act: DisputeAct, checked: Option<&str>) {
        self.ticket += 1;
        let order = DisputeOrder {
            original: key(),
            act,
            by: Short::cut("li"),
            checked: checked.map(Short::cut),
            because: Short::cut("because"),
            file: matches!(act, DisputeAct::HandIn).then_some([7; 32]),
            ticket: self.ticket,
        };
        for _ in 0..2 {
            let hand = Hand::Dispute(order);
            match house {
                House::Acquirer => drop(self.a.batch(&[Input::Hand(hand)])),
                House::Switch => drop(self.s.batch(&[Input::Hand(hand)])),
                House::Issuer => drop(self.i.batch(&[Input::Hand(hand)])),
            }
        }
    }

    pub fn raise(&mut self, step: Step, code: &str) {
        let house = match step {
            _ if step.is_award() => House::Switch,
            _ if step.is_issuers() => House::Issuer,
            _ => House::Acquirer,
        };
        self.order(house, DisputeAct::Raise(step, Short::cut(code)), step.is_award().then_some("wang"));
        self.walk();
    }

    /// Everything that waits in an outbox arrives, twice, and what it causes, until nothing waits any more.
    pub fn walk(&mut self) {
        for round in 0.. {
            assert!(round < 20, "the houses talk for ever: {:?}", self.s.outbox.keys());
            let a = mail(&self.a);
            let s = mail(&self.s);
            let i = mail(&self.i);
            if a.is_empty() && s.is_empty() && i.is_empty() {
                return;
            }
            for (_, message) in a.iter().chain(&a) {
                self.switch_hears(id("00020000"), message);
            }
            for (_, message) in i.iter().chain(&i) {
                self.switch_hears(id("99900100"), message);
            }
            for (to, message) in s.iter().chain(&s) {
                self.member_hears(*to, message);
            }
        }
    }

    fn switch_hears(&mut self, from: InstitutionId, message: &Message) {
        if self.restarts {
            self.s.restart();
        }
        let sent = self.s.hear(Peer::Member(from), message);
        for (to, said) in said(&sent) {
            self.member_hears(to, &said);
        }
    }

    fn member_hears(&mut self, to: Peer, message: &Message) {
        let acquirers = to == Peer::Member(id("00020000"));
        if self.restarts && acquirers {
            self.a.restart();
        } else if self.restarts {
            self.i.restart();
        }
        let sent = if acquirers { self.a.hear(Peer::Switch, message) } else { self.i.hear(Peer::Switch, message) };
        let from = if acquirers { id("00020000") } else { id("99900100") };
        for (_, said) in said(&sent) {
            self.switch_hears(from, &said);
        }
    }

    /// Days pass at every house, and what their clocks cause arrives.
    pub fn pass(&mut self, days: i64) {
        for _ in 0..days {
            self.a.pass(DAY_MS);
            self.s.pass(DAY_MS);
            self.i.pass(DAY_MS);
            self.walk();
        }
    }

    /// What the three houses have moved: to the cardholder, in the acquirer's position, to the merchant. Minor units.
    pub fn moved(&self) -> (i64, i64, i64) {
        let a = sums(self.a.all().iter().filter_map(|row| match row {
            AcquirerRow::Balance(balance) => Some(balance.clone()),
            _ => None,
        }));
        let s = switch::audit(&self.s.all());
        let i = issuer::audit(&self.i.all());
        assert!(a.total() == 0 && s.sound() && i.sound(), "every ledger sums to zero");
        let holder = i.of(&Account::Cardholder(account())) + 100_000;
        (-holder, -s.of(&Account::Member(id("00020000"))), -a.of(&Account::MerchantPayable(till().merchant)))
    }

    /// Who has won, as each house tells it: acquirer, switch, issuer.
    pub fn ends(&self) -> [Option<Won>; 3] {
        self.each().map(|dispute| dispute.and_then(|dispute| dispute.won()))
    }

    /// At which houses its time is over.
    pub fn over(&self) -> [bool; 3] {
        self.each().map(|dispute| dispute.is_some_and(|dispute| dispute.closed.is_some()))
    }

    fn each(&self) -> [Option<Dispute>; 3] {
        [self.at_acquirer(), self.at_switch(), self.at_issuer()]
    }

    pub fn at_acquirer(&self) -> Option<Dispute> {
        self.a.all().into_iter().find_map(|row| if let AcquirerRow::Dispute(d) = row { Some(d) } else { None })
    }

    pub fn at_switch(&self) -> Option<Dispute> {
        self.s.all().into_iter().find_map(|row| if let SwitchRow::Dispute(d) = row { Some(d) } else { None })
    }

    pub fn at_issuer(&self) -> Option<Dispute> {
        self.i.all().into_iter().find_map(|row| if let IssuerRow::Dispute(d) = row { Some(d) } else { None })
    }

    /// Cases that are open at the acquirer.
    pub fn open_cases(&self) -> Vec<Ground> {
        let open = |row: AcquirerRow| if let AcquirerRow::OpenCase(case) = row { Some(case.ground) } else { None };
        self.a.all().into_iter().filter_map(open).collect()
    }

    /// Why the newest order was not taken.
    pub fn refused(&self) -> Option<Refusal> {
        let of = |refused: OrderRefused| (refused.ticket == self.ticket).then_some(refused.why);
        let a = self.a.all().into_iter().filter_map(|row| match row {
            AcquirerRow::OrderRefused(refused) => of(refused),
            _ => None,
        });
        let s = self.s.all().into_iter().filter_map(|row| match row {
            SwitchRow::OrderRefused(refused) => of(refused),
            _ => None,
        });
        let i = self.i.all().into_iter().filter_map(|row| match row {
            IssuerRow::OrderRefused(refused) => of(refused),
            _ => None,
        });
        a.chain(s).chain(i).next()
    }
}

/// Who is ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum House {
    Acquirer,
    Switch,
    Issuer,
}

/// The purchase, as the switch has it.
pub fn sale() -> Message {
    Message {
        processing: Some(ProcessingCode(0)),
        amount: Some(Amount::fen(8_800)),
        sent: Some(key().sent),
        stan: Some(key().stan),
        entry: Some(EntryMode(22)),
        condition: Some(ConditionCode(0)),
        acquirer: Some(key().acquirer),
        forwarder: Some(key().forwarder),
        pan: Some(Pan::new(CARD).unwrap()),
        rrn: Some(rrn()),
        terminal: Some(till().terminal),
        merchant: Some(till().merchant),
        ..Message::new(Mti(200))
    }
}

fn mail<N: slipway_node::Node>(rig: &Rig<N>) -> Vec<(Peer, Message)> {
    let advice = |out: &Outgoing| match &out.body {
        // A sealed card is opened by the rim on the way out.
        Body::Advice(_, advice) => {
            Some((out.to, advice.message(advice.card.is_some().then(|| Pan::new(CARD).ok()).flatten())))
        }
        _ => None,
    };
    rig.outbox.values().filter_map(advice).collect()
}

fn said(sent: &[Outgoing]) -> Vec<(Peer, Message)> {
    let answers = crate::rig::messages(sent);
    answers.into_iter().filter(|(_, message)| message.mti.is_answer()).collect()
}

fn sums(balances: impl Iterator<Item = crate::ledger::Balance>) -> Sums {
    let mut sums = Sums::default();
    balances.for_each(|balance| sums.balance(&balance));
    sums
}

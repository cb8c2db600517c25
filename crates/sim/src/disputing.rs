//! Disputes in a world: people at issuers, acquirers and the switch take steps at random, whatever may be next and now and then what
//! may not, of what has been cleared. While things break, and once more when they have stopped: then power and lines go once more,
//! and every dispute comes to its end by itself. Nobody here knows a rule; the houses refuse what they must.

use crate::cast::{self, ACQUIRERS, ISSUERS, SWITCH};
use crate::check::Books;
use crate::dice::Matter;
use crate::prng::Prng;
use crate::situation::Situation;
use crate::station::Feed;
use crate::world::{Event, World};
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::dispute::{Dispute, Disputes};
use slipway_hosts::issuer::{Exchange, IssuerRow, Suspense};
use slipway_hosts::switch::SwitchRow;
use slipway_hosts::working::WorkingDays;
use slipway_node::Hand;
use slipway_terms::{
    CardType, DisputeAct, DisputeOrder, DisputeRules, Kind, Limit, Moment, Proof, Reason, Reply, Short, Since, Step,
    SwitchKey, Text, Verified,
};

/// Between two steps of people while things break.
const AGAIN_MS: i64 = 900_000;
/// Steps of people once faults have stopped.
const STEPS: u64 = 14;
/// One world in so many has people who dispute.
const WORLDS_ONE_IN: u64 = 3;
/// Where throws of this phase begin.
const LATER: u64 = 1_000;

/// Rules under which everything ends within days: the real ones wait for months, which a world has not.
pub fn disputes() -> Disputes {
    let any = Verified::ALL.map(|(verified, _)| verified);
    let reason = |code: &str, step, verified: &[Verified], proofs: &[Proof]| Reason {
        code: Short::cut(code),
        step,
        zh: "模拟".to_owned(),
        en: "simulated".to_owned(),
        kinds: vec![Kind::Sale, Kind::Completion, Kind::CompletionAdvice, Kind::OfflineSale, Kind::Moto],
        verified: verified.to_vec(),
        chip: None,
        proofs: proofs.to_vec(),
        last: false,
        source: Text::new("模拟", "simulated"),
        confidence: 'D',
    };
    let limits = Step::ALL.into_iter().flat_map(|step| {
        [CardType::Debit, CardType::Credit].map(|card| {
            let never = step == Step::SecondChargeback && card == CardType::Debit;
            let from_exchange = matches!(step, Step::Retrieval | Step::Chargeback);
            let (days, since) = if from_exchange { (4, Since::Exchange) } else { (0, Since::Step) };
            let (source, confidence) = (Text::new("模拟", "simulated"), 'D');
            Limit { step, card, days: (!never).then_some(days), working: false, since, source, confidence }
        })
    });
    let known = [Proof::Uploaded, Proof::Confirmed, Proof::Merchant];
    let rules = DisputeRules {
        version: Short::cut("simulated"),
        from: None,
        merchant_days: 0,
        unsigned_max_minor: 100_000,
        reasons: vec![
            reason("6302", Step::Retrieval, &any, &known),
            reason("6344", Step::Retrieval, &any, &[Proof::Merchant]),
            reason("4512", Step::Chargeback, &any, &[]),
            reason("4544", Step::Chargeback, &[Verified::Signature], &[]),
            reason("4900", Step::Representment, &any, &[]),
            reason("4700", Step::SecondChargeback, &any, &[]),
        ],
        limits: limits.collect(),
    };
    Disputes { rules, working: WorkingDays::default() }
}

impl World {
    /// Whether anybody disputes here.
    pub(crate) fn disputes(&self) -> bool {
        self.dice.fixed(Matter::Dispute, &[u64::MAX]).chance.bits().is_multiple_of(WORLDS_ONE_IN)
    }

    /// A person takes a step while things break, and somebody else later.
    pub(crate) fn dispute_again(&mut self, no: u64) {
        if self.shift.over || !self.disputes() {
            return;
        }
        self.dispute(no);
        self.queue.push(self.now.plus_ms(AGAIN_MS), Event::Dispute { no: no + 1 });
    }

    fn dispute(&mut self, no: u64) {
        let mut chance = self.dice.fixed(Matter::Dispute, &[no]).chance;
        let order = match chance.weighed(&[550, 350, 100]) {
            0 => self.at_an_issuer(&mut chance),
            1 => self.at_an_acquirer(&mut chance),
            _ => self.at_the_switch(&mut chance),
        };
        let Some((node, original, act)) = order else { return };
        let checked = (!chance.chance(100)).then(|| Short::cut("wang"));
        let order = DisputeOrder {
            original,
            act,
            by: Short::cut("li"),
            checked,
            because: Short::cut("simulated"),
            file: matches!(act, DisputeAct::HandIn).then_some([7; 32]),
            ticket: no + 1,
        };
        self.note(|| format!("{} is ordered {act:?} of {original}", cast::call_name(node)));
        self.feed(node, Feed::Hand(Hand::Dispute(order)));
    }

    /// What is next for the cardholder's side, nearly always of what has been cleared.
    fn at_an_issuer(&self, chance: &mut Prng) -> Option<(usize, SwitchKey, DisputeAct)> {
        let node = *chance.pick(&ISSUERS);
        let strange = chance.chance(60);
        let rows = self.table::<Exchange, IssuerRow>(node);
        let fit = |x: &&Exchange| strange || (x.suspense == Suspense::Cleared && x.signed_minor > 0);
        let rows: Vec<&Exchange> = rows.iter().filter(fit).collect();
        let disputes = self.table::<Dispute, IssuerRow>(node);
        // What is in dispute goes on more often than something new begins.
        let running: Vec<SwitchKey> =
            disputes.iter().filter(|one| one.closed.is_none()).map(|one| one.original).collect();
        let original = if !running.is_empty() && chance.chance(500) {
            *chance.pick(&running)
        } else if rows.is_empty() {
            return None;
        } else {
            chance.pick(&rows).key
        };
        let standing = disputes.iter().find(|one| one.original == original).and_then(|one| one.standing());
        let (step, codes): (_, &[&str]) = match standing.map(|taken| taken.step) {
            None if chance.chance(500) => (Step::Retrieval, &["6302", "6344", "6344"]),
            Some(Step::Representment) => (Step::SecondChargeback, &["4700"]),
            _ => (Step::Chargeback, &["4512", "4512", "4544"]),
        };
        Some((node, original, DisputeAct::Raise(step, Short::cut(chance.pick::<&str>(codes)))))
    }

    fn at_an_acquirer(&self, chance: &mut Prng) -> Option<(usize, SwitchKey, DisputeAct)> {
        let node = *chance.pick(&ACQUIRERS);
        let disputes = self.table::<Dispute, AcquirerRow>(node);
        let disputes: Vec<&Dispute> = disputes.iter().filter(|one| one.closed.is_none()).collect();
        if disputes.is_empty() {
            return None;
        }
        let one = chance.pick(&disputes);
        let act = match one.standing().map(|taken| taken.step) {
            None | Some(Step::Retrieval) if chance.chance(200) => DisputeAct::GiveBack,
            Some(Step::Retrieval) if chance.chance(400) => DisputeAct::HandIn,
            Some(Step::Retrieval) => DisputeAct::Answer(*chance.pick(&Reply::ALL)),
            _ if chance.chance(200) => DisputeAct::HandIn,
            _ => DisputeAct::Raise(Step::Representment, Short::cut("4900")),
        };
        Some((node, one.original, act))
    }

    fn at_the_switch(&self, chance: &mut Prng) -> Option<(usize, SwitchKey, DisputeAct)> {
        let disputes = self.table::<Dispute, SwitchRow>(SWITCH);
        let disputes: Vec<&Dispute> = disputes.iter().filter(|one| one.closed.is_none()).collect();
        if disputes.is_empty() {
            return None;
        }
        let step = *chance.pick(&[Step::AwardBack, Step::AwardPaid]);
        Some((SWITCH, chance.pick(&disputes).original, DisputeAct::Raise(step, Short::EMPTY)))
    }

    /// Everything is cleared: people dispute, a house loses its power now and then, and every dispute ends. `true`: something was
    /// disputed, so that there is another day to clear.
    pub(crate) fn dispute_all(&mut self, quiet: impl Fn(&mut Self) -> bool, limit_ms: i64) -> bool {
        if self.disputes() {
            for no in LATER..LATER + STEPS {
                self.dispute(no);
                let mut chance = self.dice.fixed(Matter::Dispute, &[no, 1]).chance;
                if chance.chance(250) {
                    let houses = [ACQUIRERS[0], ACQUIRERS[1], SWITCH, ISSUERS[0], ISSUERS[1]];
                    let node = *chance.pick(&houses);
                    self.run_until(self.now.plus_ms(chance.span(0, 40)));
                    self.note(|| format!("{} loses its power", cast::call_name(node)));
                    self.switch_off(node);
                }
                let wait_ms = *chance.pick(&[2_000, 60_000, 600_000]);
                self.run_until(self.now.plus_ms(wait_ms));
            }
        }
        if self.auditor.books.disputed.is_empty() && !self.auditor.books.in_dispute() {
            return false;
        }
        let limit = self.now.plus_ms(limit_ms);
        let mut still = quiet(self);
        while still && self.now < limit && self.auditor.books.in_dispute() {
            let next: Moment = self.next_at().unwrap_or(limit);
            self.run_until(next.max(self.now.plus_ms(5_000)).min(limit));
            still = quiet(self);
        }
        if !still || self.auditor.books.in_dispute() {
            self.auditor.accuse("quiet", self.now, "a dispute has no end");
        }
        true
    }
}

/// What becomes of disputes, for situations.
pub(crate) fn met(books: &mut Books) -> Vec<Situation> {
    std::mem::take(&mut books.dispute_words).into_iter().map(|word| Situation::Dispute("", word)).collect()
}

//! How far a dispute is: which step may be next, how long, and who keeps the money when nobody does anything. Pure; the houses ask
//! the same questions and get the same answers.

use super::{Dispute, Disputes, Taken};
use slipway_terms::{DisputeTold, Limit, Moment, Refusal, ResponseCode, Since, Step, Won, calendar_end};

/// Steps of one dispute, refused ones included: far above any that ever was.
pub const HISTORY_MAX: usize = 16;

/// When a limit ends that counts from this moment.
pub fn end_of(with: &Disputes, limit: &Limit, since: Moment) -> Option<Moment> {
    let days = limit.days?;
    Some(if limit.working {
        with.working.end(since, u8::try_from(days).unwrap_or(u8::MAX))
    } else {
        calendar_end(since, days)
    })
}

impl Taken {
    /// Whether it was taken for good.
    pub fn stands(&self) -> bool {
        self.code == Some(ResponseCode::APPROVED)
    }
}

impl Dispute {
    /// The step that has no answer yet.
    pub fn waiting(&self) -> Option<&Taken> {
        self.taken.last().filter(|taken| taken.code.is_none())
    }

    /// The newest step that stands.
    pub fn standing(&self) -> Option<&Taken> {
        self.taken.iter().rev().find(|taken| taken.stands())
    }

    /// A step that stands.
    pub fn took(&self, step: Step) -> Option<&Taken> {
        self.taken.iter().rev().find(|taken| taken.step == step && taken.stands())
    }

    /// The step with this key.
    pub fn of_own(&self, own: &slipway_terms::SwitchKey) -> Option<&Taken> {
        self.taken.iter().find(|taken| taken.own == *own)
    }

    /// Whether this order has been taken already.
    pub fn has(&self, ticket: u64) -> bool {
        self.gave_back == Some(ticket) || self.taken.iter().any(|taken| taken.ticket == ticket)
    }

    /// The time of a new step of ours for DE 7: two steps of one second have different ones.
    pub fn sent(&self, at: Moment) -> slipway_terms::SentAt {
        at.plus_ms(1_000 * i64::try_from(self.taken.len()).unwrap_or(0)).sent_at()
    }

    /// Whether the cardholder has the money now.
    pub fn is_with_cardholder(&self) -> bool {
        let moved = self.taken.iter().rev().find(|taken| taken.stands() && taken.minor != 0);
        moved.is_some_and(|taken| taken.minor < 0)
    }

    /// What its chargeback moved. Unit: minor units, without sign.
    pub fn amount_minor(&self) -> i64 {
        self.took(Step::Chargeback).map_or(0, |taken| taken.minor.abs())
    }

    /// Whether an award moves money: not if it is where it belongs.
    pub fn award_moves(&self, step: Step) -> bool {
        (step.sign() < 0) != self.is_with_cardholder()
    }

    /// What a step would move, signed; of a first chargeback this is what is left of the original.
    pub fn moves(&self, step: Step, left_minor: i64) -> i64 {
        match step {
            Step::Chargeback => -left_minor,
            _ if step.is_award() && !self.award_moves(step) => 0,
            _ => step.sign() * self.amount_minor(),
        }
    }

    /// Whether this step comes next. A retrieval that was not answered in time is as one that was.
    ///
    /// # Errors
    /// Why not.
    pub fn next(&self, step: Step, answer_is_late: bool) -> Result<(), Refusal> {
        if self.waiting().is_some() {
            return Err(Refusal::Waiting);
        }
        if self.taken.len() >= HISTORY_MAX {
            return Err(Refusal::Order);
        }
        let fits = match self.standing().map(|taken| taken.step) {
            None => matches!(step, Step::Retrieval | Step::Chargeback),
            Some(Step::Retrieval) => step == Step::Answer || (step == Step::Chargeback && answer_is_late),
            Some(Step::Answer) => step == Step::Chargeback,
            Some(Step::Chargeback) => step == Step::Representment,
            Some(Step::Representment) => step == Step::SecondChargeback || step.is_award(),
            Some(Step::SecondChargeback) => step.is_award(),
            Some(Step::AwardBack | Step::AwardPaid) => false,
        };
        if fits { Ok(()) } else { Err(Refusal::Order) }
    }

    /// Since when the newest step stands here; the exchange itself if there is none.
    fn since(&self, since: Since) -> Moment {
        let step = self.standing().map(|taken| taken.answered.unwrap_or(taken.at));
        match since {
            Since::Exchange => self.made,
            Since::Step => step.unwrap_or(self.made),
        }
    }

    /// Until when a step may be taken as it stands; none if never with this card.
    pub fn until(&self, step: Step, with: &Disputes) -> Option<Moment> {
        let limit = with.rules.limit(step, self.card)?;
        end_of(with, limit, self.since(limit.since))
    }

    /// Whether a retrieval has waited too long for its answer.
    pub fn answer_is_late(&self, with: &Disputes, at: Moment) -> bool {
        self.until(Step::Answer, with).is_some_and(|until| at >= until)
    }

    /// Whether this step may be taken now, by order and time.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, step: Step, with: &Disputes, at: Moment) -> Result<(), Refusal> {
        if self.closed.is_some() {
            return Err(Refusal::Closed);
        }
        self.next(step, self.answer_is_late(with, at))?;
        if step == Step::Representment && self.is_last(with) {
            return Err(Refusal::Final);
        }
        match (with.rules.limit(step, self.card), self.until(step, with)) {
            (None, _) => Err(Refusal::Reason),
            (Some(_), None) => Err(Refusal::NotForDebit),
            (Some(_), Some(until)) if at >= until => Err(Refusal::Late),
            _ => Ok(()),
        }
    }

    /// Whether the reason of its chargeback leaves the acquirer no re-presentment.
    fn is_last(&self, with: &Disputes) -> bool {
        let reason = self.took(Step::Chargeback).map(|taken| taken.reason);
        reason.is_some_and(|code| with.rules.reason(Step::Chargeback, code).is_some_and(|reason| reason.last))
    }

    /// When it ends by itself as it stands; none: now.
    pub fn ends(&self, with: &Disputes) -> Option<Moment> {
        let until = |step| self.until(step, with);
        match self.standing().map(|taken| taken.step) {
            None | Some(Step::Retrieval | Step::Answer) => until(Step::Chargeback),
            Some(Step::Chargeback) if self.is_last(with) => None,
            Some(Step::Chargeback) => until(Step::Representment),
            Some(Step::Representment) => until(Step::SecondChargeback).max(until(Step::AwardBack)),
            Some(Step::SecondChargeback) => until(Step::AwardBack),
            Some(Step::AwardBack | Step::AwardPaid) => None,
        }
    }

    /// Who keeps the money if nobody does anything more.
    pub fn winner(&self) -> Won {
        if self.is_with_cardholder() { Won::Cardholder } else { Won::Merchant }
    }

    /// Who keeps the money, as this house may say it. The switch is the referee: a member whose own clock has run out knows that nothing
    /// more is due here, not that no step taken in time is on its way; an award it has heard from the switch.
    pub fn won(&self) -> Option<Won> {
        let award = self.standing().is_some_and(|taken| taken.step.is_award());
        self.closed.filter(|_| self.issuer.is_some() || award).map(|(_, won)| won)
    }

    /// For the desk. Who won an award is said when both houses have posted it: until then the money is still on its way.
    pub fn told(&self) -> DisputeTold {
        let posted = self.standing().is_none_or(|taken| !taken.step.is_award() || taken.second.is_some());
        DisputeTold {
            standing: self.standing().map(|taken| taken.step),
            waiting: self.waiting().map(|taken| taken.step),
            due: self.due.filter(|_| self.closed.is_none()),
            won: self.won().filter(|_| posted),
        }
    }
}

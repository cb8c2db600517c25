//! Which exchanges a question is about. The acquirer knows every one of them; while it cannot be asked, the others are asked
//! what they have by the same keys, and what nobody else has is open and never "no record": the one who knows was not heard.

use super::linked::Linked;
use super::{Desk, Found, Keys};
use crate::network::sample;
use slipway_node::{Question, limits};
use slipway_terms::{
    Amount, BusinessDate, CardTail, Cashier, Fate, Kind, Pan, Party, Rrn, Short, State, SwitchKey, Testimony, Text,
    TillKey, Verdict,
};

/// What was found: exchanges by the identity of their till, and those that only switch and issuers could name.
#[derive(Debug, Default)]
pub(super) struct Sought {
    /// By their tills.
    pub tills: Vec<TillKey>,
    /// By switch and issuers, while the acquirer cannot be asked.
    pub upstream: Vec<SwitchKey>,
    /// Who could not be asked and might know more.
    pub silent: Vec<Testimony>,
}

/// A party that could not be asked.
pub(super) fn silent(party: Party, id: &str) -> Testimony {
    Testimony::bare(party, Short::cut(id), State::Unreachable)
}

impl Sought {
    fn add(&mut self, seen: Option<Vec<Testimony>>) {
        for till in seen.into_iter().flatten().filter(|t| t.state != State::NoRecord).filter_map(|t| t.till) {
            if !self.tills.contains(&till) {
                self.tills.push(till);
            }
        }
    }

    /// Asks the acquirer, where it can be asked, and everybody else where it cannot.
    pub(super) fn by(desk: &impl Desk, keys: &Keys) -> Self {
        let mut sought = Self::default();
        let heard = match keys {
            Keys::Till(till) => {
                sought.tills.push(*till);
                return sought;
            }
            Keys::Rrn(rrn) => sought.heard(desk.acquirer(Question::Rrn(*rrn))),
            Keys::Counter { terminal, .. } => {
                let heard = sought.heard(desk.acquirer(counter(keys)));
                sought.add(desk.terminal(*terminal, counter(keys)));
                heard
            }
            Keys::Dated { date, amount, last4 } => sought.dated(desk, *date, *amount, *last4),
        };
        if !heard {
            sought.without_acquirer(desk, keys);
        }
        sought
    }

    fn heard(&mut self, seen: Option<Vec<Testimony>>) -> bool {
        let heard = seen.is_some();
        self.add(seen);
        heard
    }

    /// The acquirer looks through the day's reference numbers, a hundred at a time.
    fn dated(&mut self, desk: &impl Desk, date: BusinessDate, amount: Amount, last4: u16) -> bool {
        let day = Rrn::of_day(date);
        let ask = |hundred| desk.acquirer(Question::Dated { day, hundred, amount, last4 });
        let Some(ends) = ask(None) else { return false };
        let numbers: Vec<u32> = ends.iter().filter_map(|seen| seen.rrn?.as_str().get(4..10)?.parse().ok()).collect();
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return true };
        // Gone half-way, it has not said that there are no more.
        (*first..=*last).all(|no| self.heard(ask(Some(Short::cut(&format!("{no:06}"))))))
    }

    /// What the tills, the switch and the issuers have. By day and amount they have no index: their newest are looked through.
    fn without_acquirer(&mut self, desk: &impl Desk, keys: &Keys) {
        self.silent.push(silent(Party::Acquirer, sample::ACQUIRER.as_str()));
        let asked = || match keys {
            Keys::Rrn(rrn) => Question::Rrn(*rrn),
            Keys::Counter { .. } => counter(keys),
            _ => Question::All { rows_max: limits::SCAN_ROWS_MAX },
        };
        if !matches!(keys, Keys::Counter { .. }) {
            // One bank has all of our terminals, and answers for each of them.
            let own = desk.terminal(sample::terminal(1), asked());
            self.add(own.map(|own| own.into_iter().filter(|t| fits(t, keys)).collect()));
        }
        let mut rest = vec![(desk.switch(asked()), Party::Switch, sample::SWITCH.as_str().to_owned())];
        for (index, id) in [sample::ISSUER_1, sample::ISSUER_2].iter().enumerate() {
            rest.push((desk.issuer(index, asked()), Party::Issuer, id.as_str().to_owned()));
        }
        for (seen, party, id) in rest {
            match seen {
                None => self.silent.push(silent(party, &id)),
                Some(seen) => {
                    let fit = seen.iter().filter(|t| fits(t, keys) && is_payment_of_till(t));
                    for key in fit.filter_map(|t| t.switch) {
                        if !self.upstream.contains(&key) {
                            self.upstream.push(key);
                        }
                    }
                }
            }
        }
    }
}

/// Nothing was found, and these could not be asked, who might know: said so, with an open fate.
pub(super) fn unheard(silent: Vec<Testimony>) -> Found {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for name in silent.iter().map(|t| match t.party {
        Party::Acquirer => ("收单行", "the acquirer"),
        Party::Switch => ("交换中心", "the switch"),
        _ => ("发卡行", "the issuer"),
    }) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let zh = names.iter().map(|(zh, _)| *zh).collect::<Vec<_>>().join("、");
    let en = names.iter().map(|(_, en)| *en).collect::<Vec<_>>().join(" and ");
    let sentence = Text::new(
        format!("这里查不到，但{zh}现在无法询问：查不到不等于未扣款；结果待定，请勿重新刷卡，稍后再查。"),
        format!(
            "Not found here, but {en} cannot be asked now: that never means that nothing was taken; it is open; do not take the card again, and ask again later."
        ),
    );
    let verdict = Verdict { fate: Fate::Open, cashier: Cashier::Wait, payer: None, due: None, sentence };
    Found { till: None, seen: silent, verdict, linked: Linked::default() }
}

/// The counter's question of these keys; of others one that fits nothing.
fn counter(keys: &Keys) -> Question {
    match keys {
        Keys::Counter { merchant, terminal, card, tail } => {
            let tail: Option<CardTail> = tail.or_else(|| card.as_ref().map(Pan::tail));
            Question::Counter { merchant: *merchant, terminal: *terminal, card: card.clone(), tail }
        }
        _ => Question::All { rows_max: 0 },
    }
}

/// A list by other keys holds more than what was asked for.
fn fits(t: &Testimony, keys: &Keys) -> bool {
    let Keys::Dated { date, amount, last4 } = keys else { return true };
    let day = Rrn::of_day(*date);
    let of_day =
        t.rrn.map_or_else(|| t.at.is_some_and(|at| at.date() == *date), |rrn| rrn.as_str().starts_with(day.as_str()));
    of_day && t.amount == Some(*amount) && t.card.is_some_and(|card| card.last4 == *last4)
}

/// A step of a dispute has the reference number of its original, and is no exchange that somebody asks about.
fn is_payment_of_till(t: &Testimony) -> bool {
    t.state != State::NoRecord && !t.kind.is_some_and(Kind::is_disputed)
}

/// What switch and issuer have under a reference number that a till knows: the oldest, all that follows from it came later.
pub(super) fn by_rrn(desk: &impl Desk, rrn: Rrn) -> Option<SwitchKey> {
    let seen =
        [desk.switch(Question::Rrn(rrn)), desk.issuer(0, Question::Rrn(rrn)), desk.issuer(1, Question::Rrn(rrn))];
    let seen = seen.into_iter().flatten().flatten().filter(is_payment_of_till);
    seen.filter_map(|t| Some((t.switch?, t.at))).min_by_key(|(_, at)| *at).map(|(key, _)| key)
}

/// The same of an exchange whose answer never reached its till, so that it knows no reference number: what the switch has of that
/// till, card, amount and day, if only one can be meant. Two that could be are none.
pub(super) fn by_till(desk: &impl Desk, own: &Testimony) -> Option<SwitchKey> {
    let (till, tail, at) = (own.till?, own.card?, own.at?);
    let asked = || Question::Counter { merchant: till.merchant, terminal: till.terminal, card: None, tail: Some(tail) };
    let same = |t: &Testimony| t.amount == own.amount && t.at.is_some_and(|of| of.date() == at.date());
    let journal = desk.terminal(till.terminal, asked())?;
    let nameless = journal.iter().filter(|t| t.rrn.is_none() && same(t)).count();
    let named = |t: &Testimony| t.rrn.is_some_and(|rrn| journal.iter().any(|line| line.rrn == Some(rrn)));
    let seen = desk.switch(asked())?;
    let mut open = seen.iter().filter(|t| is_payment_of_till(t) && same(t) && !named(t)).filter_map(|t| t.switch);
    let only = open.next().filter(|_| nameless == 1)?;
    open.next().is_none().then_some(only)
}

impl Found {
    /// What is said while the acquirer cannot be asked and nobody else may answer.
    pub fn unheard_acquirer() -> Self {
        unheard(vec![silent(Party::Acquirer, sample::ACQUIRER.as_str())])
    }

    /// Whether the acquirer was asked and did not answer: whose till it was, and what else there is, nobody has said.
    pub fn lacks_acquirer(&self) -> bool {
        self.seen.iter().any(|seen| seen.party == Party::Acquirer && seen.state == State::Unreachable)
    }

    /// Nothing was found, and somebody who might know could not be asked.
    pub fn is_unheard(&self) -> bool {
        self.till.is_none() && !self.seen.is_empty() && self.seen.iter().all(|t| t.state == State::Unreachable)
    }
}

//! "Where is the money?": asks every party by message and judges what they testify. A party that cannot be asked is shown
//! so and keeps the fate open.

#[cfg(test)]
mod golden;
mod holder;
mod linked;
mod search;

pub use holder::not_found;
pub use linked::{lines, state_said};

use crate::cases;
use crate::clocks::rfc;
use crate::network::sample;
use linked::Linked;
use search::Sought;
use serde_json::{Value, json};
use slipway_node::Question;
use slipway_terms::{
    Amount, BusinessDate, CardTail, Ground, Kind, MerchantId, Pan, Party, Rrn, Short, State, SwitchKey, TerminalId,
    Testimony, TillKey, Verdict, judge,
};

/// Somebody who can put questions to the parties. `None`: the party cannot be reached.
pub trait Desk {
    /// The acquirer.
    fn acquirer(&self, question: Question) -> Option<Vec<Testimony>>;
    /// The switch.
    fn switch(&self, question: Question) -> Option<Vec<Testimony>>;
    /// An issuer, 0 or 1.
    fn issuer(&self, index: usize, question: Question) -> Option<Vec<Testimony>>;
    /// The bank that has this terminal; `None` also for a terminal of somebody else.
    fn terminal(&self, id: TerminalId, question: Question) -> Option<Vec<Testimony>>;
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Keys {
    /// By reference number.
    Rrn(Rrn),
    /// One exchange of one terminal.
    Till(TillKey),
    /// The hotline's three questions.
    Counter {
        /// DE 42.
        merchant: MerchantId,
        /// DE 41.
        terminal: TerminalId,
        /// The card, whole or as a slip shows it.
        card: Option<Pan>,
        /// First 6 + last 4.
        tail: Option<CardTail>,
    },
    /// What a receipt or a bank's text message says.
    Dated {
        /// The day, at the till.
        date: BusinessDate,
        /// What was paid.
        amount: Amount,
        /// The end of the card number.
        last4: u16,
    },
}

/// One exchange found: evidence and verdict.
#[derive(Clone, Debug)]
pub struct Found {
    /// Terminal-side identity, if anybody knows it.
    pub till: Option<TillKey>,
    /// What the parties testify, from the terminal to the issuer.
    pub seen: Vec<Testimony>,
    /// The sentence.
    pub verdict: Verdict,
    /// The earlier exchange that this one is about, and the later ones about this one, each by the word of who knows it best.
    pub linked: Linked,
}

/// Finds the exchanges that fit, newest first, and judges each. If nothing fits and a party that might know could not be asked,
/// that is what was found ([`Found::is_unheard`]).
pub fn trace(desk: &impl Desk, keys: &Keys) -> Vec<Found> {
    let mut sought = Sought::by(desk, keys);
    sought.tills.sort_by_key(|till| std::cmp::Reverse((till.batch, till.stan)));
    let mut found: Vec<Found> = sought.tills.iter().map(|till| one(desk, *till)).collect();
    let known: Vec<_> = found.iter().flat_map(|found| found.seen.iter().filter_map(|t| t.switch)).collect();
    let upstream = sought.upstream.iter().filter(|key| !known.contains(key));
    found.extend(upstream.map(|key| upstream_only(desk, *key)));
    if found.is_empty() && !sought.silent.is_empty() {
        found.push(search::unheard(sought.silent));
    }
    found
}

/// The one testimony on an exchange: of a party that has no record, and of one that cannot be asked, that it is so.
fn testified(seen: Option<Vec<Testimony>>, party: Party, id: &str) -> Testimony {
    match seen {
        Some(seen) => {
            seen.into_iter().next().unwrap_or_else(|| Testimony::bare(party, Short::cut(id), State::NoRecord))
        }
        None => search::silent(party, id),
    }
}

/// The verdict on one exchange.
fn one(desk: &impl Desk, till: TillKey) -> Found {
    let terminal =
        testified(desk.terminal(till.terminal, Question::Till(till)), Party::Terminal, till.terminal.as_str());
    let acquirer = testified(desk.acquirer(Question::Till(till)), Party::Acquirer, sample::ACQUIRER.as_str());
    let mut key = acquirer.switch;
    if acquirer.state == State::Unreachable {
        let found = terminal.rrn.map_or_else(|| search::by_till(desk, &terminal), |rrn| search::by_rrn(desk, rrn));
        key = key.or(found);
    }
    let mut seen = vec![terminal, acquirer];
    if let Some(key) = key {
        behind(desk, key, &mut seen);
    }
    judged(desk, Some(till), seen)
}

/// The verdict on one that only switch and issuer can name now.
fn upstream_only(desk: &impl Desk, key: SwitchKey) -> Found {
    let mut seen = vec![search::silent(Party::Acquirer, sample::ACQUIRER.as_str())];
    behind(desk, key, &mut seen);
    judged(desk, None, seen)
}

/// What the parties behind the acquirer testify.
fn behind(desk: &impl Desk, key: SwitchKey, seen: &mut Vec<Testimony>) {
    seen.push(testified(desk.switch(Question::Switch(key)), Party::Switch, sample::SWITCH.as_str()));
    let mut issuers: Vec<_> = (0..2)
        .map(|index| {
            let id = [sample::ISSUER_1, sample::ISSUER_2][index];
            testified(desk.issuer(index, Question::Switch(key)), Party::Issuer, id.as_str())
        })
        .collect();
    // Only the issuer that the card belongs to has a record; the others' "no record" says nothing.
    let bin = seen.iter().rev().chain(&issuers).find_map(|t| t.card).map_or(0, |card| card.first6);
    seen.push(issuers.swap_remove(usize::from(bin.to_string() == sample::BINS[1])));
}

fn judged(desk: &impl Desk, till: Option<TillKey>, seen: Vec<Testimony>) -> Found {
    let verdict = judge(&seen);
    let linked = Linked::of(desk, &seen);
    Found { till, seen, verdict, linked }
}

fn word(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

impl Found {
    /// The JSON of `trace --json`.
    pub fn json(&self) -> Value {
        let evidence: Vec<Value> = self.seen.iter().map(|t| json!({
            "party": word(t.party), "id": t.id.as_str(), "state": word(t.state), "at": t.at.map(rfc),
            "code": t.code.map(|code| code.to_string()), "slip": t.slip, "signed": t.signed, "debited": t.debited, "returned": t.returned, "borne": t.borne,
            "cases": t.cases.iter().map(cases::brief).collect::<Vec<_>>(),
        })).collect();
        json!({
            "verdict": word(self.verdict.fate), "cashier": word(self.verdict.cashier), "paid_by": word(self.verdict.payer),
            "sentence": {"zh": self.verdict.sentence.zh, "en": self.verdict.sentence.en},
            "cardholder": holder::told(&self.verdict, &self.seen),
            "unheard": self.is_unheard(), "merchant_asked": self.known(|t| t.asks).filter(|_| self.verdict.due.is_some()).map(rfc),
            "due": self.verdict.due.map(rfc), "evidence": evidence, "next": self.next(),
            "kind": self.known(|t| t.kind).map(linked::kind_word), "signed": self.known(|t| t.signed_minor),
            "signed_fen": self.known(|t| t.signed_minor), "amount_fen": self.amount().map(Amount::minor),
            "original": self.linked.original(), "successors": self.linked.successors(),
            "second_of": self.linked.second_of(), "paid_again": self.linked.paid_again(),
            "slip": self.slip(), "signature": self.signature(), "till": self.till.map(|till| till.to_string()),
            "rrn": self.known(|t| t.rrn).map(|rrn| rrn.to_string()),
            "amount": self.known(|t| t.amount).map(|amount| amount.to_string()),
            "card": self.known(|t| t.card).map(|card| card.to_string()),
        })
    }

    /// Whether it takes money from the cardholder, or holds it.
    pub fn is_payment(&self) -> bool {
        self.known(|t| t.kind).is_none_or(|kind| kind.shape().sign > 0 || kind == Kind::PreAuth)
    }

    /// DE 4.
    pub fn amount(&self) -> Option<Amount> {
        self.known(|t| t.amount)
    }

    /// The first word on something, from the terminal to the issuer.
    fn known<T>(&self, pick: fn(&Testimony) -> Option<T>) -> Option<T> {
        self.seen.iter().find_map(pick)
    }

    /// The cashier's word on the signature: `fits`, `missing`, or nothing was said.
    fn signature(&self) -> Option<&'static str> {
        self.known(|t| t.signed).map(|fits| if fits { "fits" } else { "missing" })
    }

    /// The slip that counts now: of an exchange that was voided or completed since, the later one's.
    fn slip(&self) -> Option<Value> {
        let own = self.seen.iter().find(|t| t.party == Party::Terminal && t.slip && t.state == State::Approved)?;
        let acquirer = self.seen.iter().find(|t| t.party == Party::Acquirer);
        // That a void has its slip the till knows before the acquirer has heard so; the sentence is made of that too.
        let at_till = own.taken_by.filter(|taken| taken.sure).map(|taken| taken.by);
        let taken = acquirer.and_then(|t| t.taken_by).filter(|taken| taken.kind != Kind::Adjust);
        let taken = taken.filter(|taken| taken.sure || at_till == Some(taken.by));
        let now = taken.and_then(|taken| self.linked.later.iter().find(|t| t.till == Some(taken.by))).unwrap_or(own);
        Some(json!({
            "terminal": own.id.as_str(), "voucher": now.till.map(|till| till.stan.to_string()),
            "kind": now.kind.map(linked::kind_word), "signed": now.signed_minor,
            "signed_fen": now.signed_minor, "amount_fen": now.amount.map(Amount::minor),
            "amount": now.amount.map(|amount| amount.to_string()), "card": own.card.map(|card| card.to_string()),
        }))
    }

    /// What happens next by itself, in both languages.
    fn next(&self) -> Vec<Value> {
        let mut next = Vec::new();
        let mut say = |zh: &str, en: &str| next.push(json!({"zh": zh, "en": en}));
        let reverses =
            self.seen.iter().any(|t| t.party == Party::Terminal && matches!(t.state, State::WillUndo | State::Undone));
        for t in &self.seen {
            match (t.party, t.state) {
                (Party::Terminal, State::Open) => say(
                    "终端等待应答，超时后自动冲正",
                    "the terminal waits for its answer and reverses by itself when time is up",
                ),
                (Party::Terminal, State::WillUndo) => say(
                    "终端将自动发送冲正，直到收单行答复",
                    "the terminal sends its reversal by itself until the acquirer answers",
                ),
                (Party::Acquirer, State::WillUndo) => say(
                    "收单行将冲正通知重发至交换中心答复",
                    "the acquirer repeats its reversal advice until the switch answers",
                ),
                (Party::Switch, State::WillUndo) => say(
                    "交换中心将冲正通知重发至发卡行答复",
                    "the switch repeats its reversal advice until the issuer answers",
                ),
                (Party::Acquirer, State::Approved) if t.taken_by.is_some_and(|taken| !taken.sure) => say(
                    "后续交易的签购单确认后，本交易即有定论",
                    "once the slip of the later transaction is confirmed, this one is decided",
                ),
                (Party::Acquirer, State::Approved)
                    if t.cases.iter().any(|case| case.closed.is_none() && case.ground() == Ground::PaidTwice) =>
                {
                    say(
                        "与后一笔均有签购单：由人判定是一次购买还是两次；若是一次，确认后本笔即退货",
                        "this one and the one after it have slips: a person says whether it was one purchase or two; if one, this one is refunded on that word",
                    )
                }
                (Party::Acquirer, State::Approved) if t.borne && !t.slip => say(
                    "收单行已立案：核对签购单后商户入账",
                    "the acquirer has a case: once a person has seen the slip the shop is credited",
                ),
                (Party::Acquirer, State::Approved)
                    if t.cases.iter().any(|case| case.closed.is_none() && case.ground() == Ground::Borne) =>
                {
                    say(
                        "收单行已立案：由人核对其承担的脱机消费；持卡人和商户无需办理",
                        "the acquirer has a case: a person looks into what it bears; cardholder and shop have nothing to do",
                    )
                }
                (Party::Acquirer, State::Approved) if t.cases.iter().any(|case| case.closed.is_none()) => say(
                    "收单行已立案并询问商户；到期无人答复时按差错规则自动处理",
                    "the acquirer has a case and asks the merchant; without an answer it ends by its rule when it is due",
                ),
                // A hold pays nobody, and a till that reverses says no more: no confirmation is waited for.
                (Party::Acquirer, State::Approved)
                    if !t.slip && !reverses && t.signed_minor.is_some_and(|minor| minor != 0) =>
                {
                    say(
                        "收单行等待终端确认签购单；到期未确认则立案",
                        "the acquirer waits for the terminal's word that a slip exists; without it a case opens when it is due",
                    )
                }
                _ => {}
            }
        }
        next
    }
}

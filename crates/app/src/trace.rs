//! "Where is the money?": asks every party by message and judges what they testify. A party that cannot be asked is shown
//! so and keeps the fate open.

use crate::cases;
use crate::network::sample;
use crate::say::Say;
use serde_json::{Value, json};
use slipway_node::Question;
use slipway_terms::{
    CardTail, MerchantId, Pan, Party, ResponseCode, Rrn, Short, State, TerminalId, Testimony, TillKey, Verdict, judge,
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
}

/// Finds the exchanges that fit, newest first, and judges each.
pub fn trace(desk: &impl Desk, keys: &Keys) -> Vec<Found> {
    let mut tills: Vec<TillKey> = Vec::new();
    let mut add = |seen: Option<Vec<Testimony>>| {
        for till in seen.into_iter().flatten().filter(|t| t.state != State::NoRecord).filter_map(|t| t.till) {
            if !tills.contains(&till) {
                tills.push(till);
            }
        }
    };
    match keys {
        Keys::Till(till) => tills.push(*till),
        Keys::Rrn(rrn) => add(desk.acquirer(Question::Rrn(*rrn))),
        Keys::Counter { merchant, terminal, card, tail } => {
            let tail = tail.or_else(|| card.as_ref().map(Pan::tail));
            let question = || Question::Counter { merchant: *merchant, terminal: *terminal, card: card.clone(), tail };
            add(desk.acquirer(question()));
            add(desk.terminal(*terminal, question()));
        }
    }
    tills.sort_by_key(|till| std::cmp::Reverse((till.batch, till.stan)));
    tills.into_iter().map(|till| one(desk, till)).collect()
}

/// The verdict on one exchange.
fn one(desk: &impl Desk, till: TillKey) -> Found {
    let first = |seen: Option<Vec<Testimony>>, party, id: &str| match seen {
        Some(seen) => {
            seen.into_iter().next().unwrap_or_else(|| Testimony::bare(party, Short::cut(id), State::NoRecord))
        }
        None => Testimony::bare(party, Short::cut(id), State::Unreachable),
    };
    let terminal = first(desk.terminal(till.terminal, Question::Till(till)), Party::Terminal, till.terminal.as_str());
    let acquirer = first(desk.acquirer(Question::Till(till)), Party::Acquirer, sample::ACQUIRER.as_str());
    let mut seen = vec![terminal, acquirer];
    if let Some(key) = seen[1].switch {
        seen.push(first(desk.switch(Question::Switch(key)), Party::Switch, sample::SWITCH.as_str()));
        // Only the issuer that the card belongs to has a record; the others' "no record" says nothing.
        let issuers: Vec<_> = (0..2)
            .map(|index| {
                let id = [sample::ISSUER_1, sample::ISSUER_2][index];
                first(desk.issuer(index, Question::Switch(key)), Party::Issuer, id.as_str())
            })
            .collect();
        let bin = seen[1].card.map_or(0, |card| card.first6);
        let owner = usize::from(bin.to_string() == sample::BINS[1]);
        seen.extend(issuers.into_iter().nth(owner));
    }
    let verdict = judge(&seen);
    Found { till: Some(till), seen, verdict }
}

fn word(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

impl Found {
    /// The JSON of `trace --json`.
    pub fn json(&self) -> Value {
        let evidence: Vec<Value> = self.seen.iter().map(|t| json!({
            "party": word(t.party), "id": t.id.as_str(), "state": word(t.state), "at": t.at.map(|at| at.to_string()),
            "code": t.code.map(|code| code.to_string()), "slip": t.slip, "debited": t.debited, "returned": t.returned,
            "cases": t.cases.iter().map(cases::brief).collect::<Vec<_>>(),
        })).collect();
        let known = |pick: fn(&Testimony) -> Option<String>| self.seen.iter().find_map(pick);
        let slip =
            self.seen.iter().find(|t| t.party == Party::Terminal && t.slip && t.state == State::Approved).map(|t| {
                json!({
                    "terminal": t.id.as_str(), "voucher": t.till.map(|till| till.stan.to_string()),
                    "amount": t.amount.map(|a| a.to_string()), "card": t.card.map(|c| c.to_string()),
                })
            });
        json!({
            "verdict": word(self.verdict.fate), "cashier": word(self.verdict.cashier),
            "sentence": {"zh": self.verdict.sentence.zh, "en": self.verdict.sentence.en},
            "due": self.verdict.due.map(|at| at.to_string()), "evidence": evidence, "next": self.next(),
            "slip": slip, "till": self.till.map(|till| till.to_string()),
            "rrn": known(|t| t.rrn.map(|rrn| rrn.to_string())), "amount": known(|t| t.amount.map(|a| a.to_string())),
            "card": known(|t| t.card.map(|c| c.to_string())),
        })
    }

    /// What happens next by itself, in both languages.
    fn next(&self) -> Vec<Value> {
        let mut next = Vec::new();
        let mut say = |zh: &str, en: &str| next.push(json!({"zh": zh, "en": en}));
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
                (Party::Acquirer, State::Approved) if !t.slip => say(
                    "收单行等待终端确认签购单；到期未确认则立案",
                    "the acquirer waits for the terminal's word that a slip exists; without it a case opens when it is due",
                ),
                _ => {}
            }
        }
        next
    }
}

/// Tells the JSON of a trace to a person: the sentence, the evidence hop by hop, what happens next by itself.
pub fn say_json(value: &Value, say: &Say) {
    let language = say.both("zh", "en");
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    say.line(say.strong(&text(&value["sentence"][language])));
    for about in ["till", "rrn", "card", "amount"] {
        if let Some(known) = value[about].as_str() {
            say.line(format!("  {about:<9} {known}"));
        }
    }
    for t in value["evidence"].as_array().into_iter().flatten() {
        let code = t["code"].as_str().and_then(|code| ResponseCode::new(code).ok());
        let code = code.map(|code| format!(" {code} {}", code.words().get(say.lang))).unwrap_or_default();
        let money = match (t["debited"] == true, t["returned"] == true) {
            (true, true) => say.both("  已扣款，已退回", "  debited, returned"),
            (true, false) => say.both("  已扣款", "  debited"),
            _ => "",
        };
        say.line(format!(
            "  {:<9} {:<15} {:<13} {}{code}{money}",
            text(&t["party"]),
            text(&t["id"]),
            text(&t["state"]),
            text(&t["at"])
        ));
    }
    for case in value["evidence"].as_array().into_iter().flatten().filter_map(|t| t["cases"].as_array()).flatten() {
        let found = case["finding"][language].as_str().unwrap_or(say.both("未结", "open"));
        say.line(format!("  ! {}  {}  {found}", text(&case["number"]), text(&case["ground"][language])));
    }
    for next in value["next"].as_array().into_iter().flatten() {
        say.line(format!("  → {}", text(&next[language])));
    }
    let others = value["others"].as_array().map_or(0, Vec::len);
    if others > 0 {
        say.line(format!("  (+{others} {})", say.both("笔较早的交易，见 --json", "earlier ones, see --json")));
    }
}

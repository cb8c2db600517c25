//! The desks of the command line: one that asks a running network over its local port, one that reads a stopped network's
//! folder without changing anything.

use crate::network::open::{self, Opened};
use crate::network::{clock_mark::beside, sample};
use crate::say::End;
use crate::trace::{Desk, Found, Keys, trace};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use slipway_hosts::acquirer::Acquirer;
use slipway_hosts::issuer::Issuer;
use slipway_hosts::switch::Switch;
use slipway_hosts::times::Times;
use slipway_node::{Clock, Node, Question};
use slipway_runtime::os::PacedClock;
use slipway_terminal::TerminalBank;
use slipway_terms::{Amount, BusinessDate, CardTail, MerchantId, Pan, Rrn, TerminalId, Testimony};
use std::cell::RefCell;
use std::path::Path;

/// What a running network leaves in its folder, readable by its owner only.
#[derive(Debug, Serialize, Deserialize)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Its local port.
    pub http: String,
    /// Opens the port's doors.
    pub token: String,
}

impl Running {
    /// The running network of a folder, if its port answers.
    pub fn of(dir: &Path) -> Option<Self> {
        let running: Self = serde_json::from_slice(&std::fs::read(dir.join("run.json")).ok()?).ok()?;
        running.get("/healthz").ok().map(|_| running)
    }

    /// Writes it, mode 600.
    pub fn write(&self, dir: &Path) -> Result<(), End> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = dir.join("run.json");
        let _ = std::fs::remove_file(&path);
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        serde_json::to_writer(file, self).map_err(|error| End::environment(error.to_string(), error.to_string()))
    }

    /// GET.
    pub fn get(&self, path: &str) -> Result<Value, End> {
        answer(
            agent()
                .get(format!("http://{}{path}", self.http))
                .header("authorization", format!("Bearer {}", self.token))
                .call(),
        )
    }

    /// POST.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, End> {
        let request = agent()
            .post(format!("http://{}{path}", self.http))
            .header("authorization", format!("Bearer {}", self.token));
        answer(request.header("content-type", "application/json").send(body.to_string()))
    }
}

fn answer(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, End> {
    let refused =
        |error: String| End::environment(format!("网络拒绝：{error}"), format!("the network refused: {error}"));
    let mut answer = answer.map_err(|error| refused(error.to_string()))?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().map_err(|error| refused(error.to_string()))?;
    let value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    if status < 400 {
        return Ok(value);
    }
    // Its own words, in both languages, where it has any.
    let said = |key: &str| value[key].as_str().map_or_else(|| format!("HTTP {status}"), str::to_owned);
    let text = slipway_terms::Text::new(said("title_zh"), said("title"));
    let code = match status {
        400 => 2,
        _ if value["reason"] == crate::tills::NO_OPERATOR => 3,
        404 | 409 => 1,
        _ => 3,
    };
    Err(End { code, text })
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

/// A field that may be left out, and is text where it is there: what reads as left out though it was not would do something else.
///
/// # Errors
/// 2: it is something else.
pub fn optional<'a>(body: &'a Value, name: &str) -> Result<Option<&'a str>, End> {
    match &body[name] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(End::usage(format!("{name} 须为字符串"), format!("`{name}` is a string"))),
    }
}

/// Refuses a folder that is no network's: wrong use, whatever was to be done with it.
pub fn network_folder(dir: &Path) -> Result<Value, End> {
    let about = std::fs::read(dir.join("network.json")).ok();
    about.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
        let dir = dir.display();
        End::usage(
            format!("{dir} 不是小票之路的网络目录：请用 --dir 指明"),
            format!("{dir} is not a Slipway network folder: name one with --dir"),
        )
    })
}

/// A stopped network's folder.
pub struct Folder {
    clock: PacedClock,
    acquirer: Option<RefCell<Opened<Acquirer>>>,
    switch: Option<RefCell<Opened<Switch>>>,
    issuers: [Option<RefCell<Opened<Issuer>>>; 2],
    bank: Option<RefCell<Opened<TerminalBank>>>,
    seats: Vec<TerminalId>,
}

impl Folder {
    /// Opens what can be opened; a party whose store does not open is unreachable.
    pub fn open(dir: &Path) -> Result<Self, End> {
        let about = network_folder(dir)?;
        let clock = beside(dir);
        let terminals = usize::try_from(about["terminals"].as_u64().unwrap_or(0)).unwrap_or(0);
        let seats: Vec<_> = (1..=terminals).map(|index| (sample::terminal(index), index)).collect();
        Ok(Self {
            clock,
            acquirer: opened(open::acquirer(dir, clock, Times::default())),
            switch: opened(open::switch(dir, clock, Times::default())),
            issuers: [opened(open::issuer(dir, 0, clock)), opened(open::issuer(dir, 1, clock))],
            bank: opened(open::bank(dir, BANK, &seats, clock, None)),
            seats: seats.into_iter().map(|(seat, _)| seat).collect(),
        })
    }

    /// Refuses to answer for an acquirer that cannot be asked: its "no record" would be nobody's word.
    pub fn with_acquirer(self) -> Result<Self, End> {
        if self.acquirer.is_some() {
            return Ok(self);
        }
        Err(End::environment(
            "收单行的存储无法打开（可能正由 slipway run 使用）：款项情况无法回答，什么也没有改变；停止该进程后再查，或用 slipway up 运行整个网络",
            "the acquirer's store cannot be opened (perhaps slipway run has it): where the money is cannot be said, nothing was changed; stop that process and ask again, or run the whole network with slipway up",
        ))
    }

    fn ask<N: Node>(&self, party: Option<&RefCell<Opened<N>>>, question: Question) -> Option<Vec<Testimony>> {
        party?.borrow_mut().consult(self.clock.now(), question).ok()
    }
}

/// The name of `up`'s own bank of terminals.
pub const BANK: &str = "store";

fn opened<N: Node>(opening: Result<open::Opening<N>, End>) -> Option<RefCell<Opened<N>>> {
    opening.ok()?.open().ok().map(RefCell::new)
}

impl Desk for Folder {
    fn acquirer(&self, question: Question) -> Option<Vec<Testimony>> {
        self.ask(self.acquirer.as_ref(), question)
    }
    fn switch(&self, question: Question) -> Option<Vec<Testimony>> {
        self.ask(self.switch.as_ref(), question)
    }
    fn issuer(&self, index: usize, question: Question) -> Option<Vec<Testimony>> {
        self.ask(self.issuers.get(index)?.as_ref(), question)
    }
    fn terminal(&self, id: TerminalId, question: Question) -> Option<Vec<Testimony>> {
        self.seats.contains(&id).then(|| self.ask(self.bank.as_ref(), question))?
    }
}

/// The amount of a question: `"amount_fen":8800`, or `"amount":"88.00"` in yuan.
///
/// # Errors
/// 2: neither, or both and not the same.
pub fn amount(body: &Value) -> Result<Option<Amount>, End> {
    let wrong = || {
        End::usage(
            "查询条件有误：amount_fen 为分（整数），amount 以元为单位，如 \"88.00\"",
            "not a key: `amount_fen` is whole fen, `amount` is yuan, as \"88.00\"",
        )
    };
    let yuan = match &body["amount"] {
        Value::Null => None,
        Value::String(empty) if empty.is_empty() => None,
        text => Some(text.as_str().and_then(|text| Amount::from_yuan(text).ok()).ok_or_else(wrong)?),
    };
    let fen = match &body["amount_fen"] {
        Value::Null => None,
        fen => Some(fen.as_u64().map(Amount::fen).ok_or_else(wrong)?),
    };
    match (yuan, fen) {
        (Some(yuan), Some(fen)) if yuan != fen => Err(wrong()),
        (yuan, fen) => Ok(fen.or(yuan)),
    }
}

/// The keys of a trace as JSON: `{"rrn"}`, `{"amount","date","last4"}` (or `"amount_fen"`), or `{"merchant","terminal"}` with `{"card"}` or `{"tail"}`.
pub fn keys(body: &Value) -> Result<Keys, End> {
    let text = |name: &str| body[name].as_str();
    let bad = |zh: &'static str| {
        move |bad: slipway_terms::BadShape| End::usage(format!("查询条件有误：{zh}"), format!("not a key: {}", bad.0))
    };
    if let Some(rrn) = text("rrn") {
        return Ok(Keys::Rrn(Rrn::new(rrn).map_err(bad("参考号须为12位"))?));
    }
    if let (Some(amount), Some(date), Some(last4)) = (amount(body)?, text("date"), text("last4")) {
        let date = BusinessDate::parse(date).map_err(bad("日期写作 2026-11-24"))?;
        let four = last4.len() == 4 && last4.bytes().all(|b| b.is_ascii_digit());
        let last4 = last4
            .parse()
            .ok()
            .filter(|_| four)
            .ok_or_else(|| End::usage("卡号末四位为4位数字", "the end of a card number is four digits"))?;
        return Ok(Keys::Dated { date, amount, last4 });
    }
    let (Some(merchant), Some(terminal)) = (text("merchant"), text("terminal")) else {
        return Err(End::usage(
            "请给出参考号；或商户号、终端号和卡号；或金额、日期和卡号末四位",
            "give the reference number; or merchant, terminal and card; or amount, date and the card's last four digits",
        ));
    };
    let merchant = MerchantId::new(merchant).map_err(bad("商户号须为15位"))?;
    let terminal = TerminalId::new(terminal).map_err(bad("终端号须为8位"))?;
    let card = text("card").map(Pan::new).transpose().map_err(bad("卡号须为13至19位且校验正确"))?;
    let tail = text("tail").map(tail).transpose()?;
    Ok(Keys::Counter { merchant, terminal, card, tail })
}

/// A masked card as a slip shows it: `999001******0014`.
fn tail(text: &str) -> Result<CardTail, End> {
    let wrong = || {
        End::usage(
            "卡号须为前六后四，如 999001******0014",
            "a masked card reads first six, stars, last four: 999001******0014",
        )
    };
    let len = u8::try_from(text.len()).map_err(|_| wrong())?;
    let first6 = text.get(..6).and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
    let last4 =
        text.len().checked_sub(4).and_then(|at| text.get(at..)).and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
    Ok(CardTail { first6, last4, len })
}

/// The answer of a trace: the newest exchange that fits, and the others in short under `others`.
pub fn found_json(found: &[Found]) -> Value {
    let Some(first) = found.first() else {
        return crate::trace::not_found();
    };
    let mut value = first.json();
    value["others"] = found.iter().skip(1).map(Found::json).collect();
    value
}

/// Traces over any desk.
pub fn look(desk: &impl Desk, body: &Value) -> Result<Vec<Found>, End> {
    Ok(trace(desk, &keys(body)?))
}

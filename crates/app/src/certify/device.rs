//! The device as the tap sees it over the whole script: batch, STANs, exchanges, what it still owes. It judges each message
//! against what went before; it must never blame the device twice for one thing, or one fault would fail every later step.

use super::exchange::{Answer, Exchange, kind_of};
use super::settle::Settling;
use super::spoil::{Deed, text};
use slipway_iso8583::Decoded;
use slipway_terms::{Kind, Text};
use std::collections::BTreeMap;

/// What a message of the device is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// 0800 for keys.
    SignOn,
    /// 0820/301.
    Echo,
    /// A financial request: which exchange.
    Pay(usize),
    /// An advice sent again, a reversal, a detail, a confirmation, a question: nothing that a step waits for by itself.
    Aside,
    /// 0500.
    Settle,
}

/// What an answer brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// Nothing that a step waits for.
    Nothing,
    /// Keys, or a refusal.
    SignedOn,
    /// 0830/301.
    Echoed,
    /// An exchange got its answer.
    Paid(usize),
}

/// Sends of a reversal after which it no longer blocks sales, but is still owed.
const SENDS_OF_ONE_OCCASION: u32 = 3;

/// The device so far.
#[derive(Default)]
pub struct Device {
    /// 60.2 that its messages must carry; `None` while nobody can say.
    batch: Option<String>,
    /// STAN of the newest request, in whatever batch.
    latest: String,
    /// Batch and STAN of every request, and its MTI.
    used: BTreeMap<(String, String), [u8; 4]>,
    /// All exchanges.
    pub exchanges: Vec<Exchange>,
    /// It was told to sign on, by this code.
    sign_on_due: Option<String>,
    /// The settlement under way.
    pub settling: Option<Settling>,
}

impl Device {
    /// Takes a message of the device: what it is, and what is wrong with it here. `reasons`: F39 a reversal of this step may give.
    pub fn up(&mut self, message: &Decoded<'_>, step: u8, reasons: &[&str]) -> (Move, Vec<Text>) {
        let f60 = text(message, 60);
        let code = f60.get(8..11).unwrap_or_default().to_owned();
        match (&message.mti(), code.as_str()) {
            (b"0800", "001" | "003" | "004" | "005" | "006") => {
                self.sign_on_due = None;
                (Move::SignOn, self.number(message).into_iter().collect())
            }
            (b"0820", "301") => (Move::Echo, Vec::new()),
            (b"0100" | b"0200" | b"0220", _) => self.pay(message, step),
            (b"0400", _) => (Move::Aside, self.reversal(message, reasons)),
            (b"0500", _) => {
                let mut faults = self.owed(message);
                faults.extend(self.number(message));
                faults.extend(self.in_batch(message));
                let (settling, more) = Settling::begin(message, &self.exchanges);
                faults.extend(more);
                self.settling = Some(settling);
                (Move::Settle, faults)
            }
            (b"0320", "202" | "207") => {
                let faults = self.settling.as_ref().map(|one| one.end(&code, message, &self.exchanges));
                (Move::Aside, faults.unwrap_or_default())
            }
            (b"0320", _) => (Move::Aside, self.settling.as_mut().map(|one| one.take(message)).unwrap_or_default()),
            (b"0620" | b"0800" | b"0820", _) => (Move::Aside, self.confirmed(message, &code)),
            _ => (Move::Aside, vec![Text::new("终端不应发送这种报文", "a device does not send this type of message")]),
        }
    }

    /// Takes an answer as it reached the device, or would have.
    pub fn down(&mut self, message: &Decoded<'_>, deed: Option<Deed>) -> Heard {
        let reached = !matches!(deed, Some(Deed::Lose | Deed::Cut | Deed::Late));
        let (f60, code) = (text(message, 60), text(message, 39));
        if reached && matches!(code.as_str(), "A0" | "77" | "99") {
            self.sign_on_due = Some(code.clone());
        }
        match &message.mti() {
            b"0810" if reached && matches!(f60.get(8..11), Some("001" | "003" | "004")) => {
                if code == "00" {
                    self.batch = f60.get(2..8).map(str::to_owned);
                }
                Heard::SignedOn
            }
            b"0830" if reached && f60.get(8..11) == Some("301") => Heard::Echoed,
            b"0110" | b"0210" | b"0230" => {
                let stan = text(message, 11);
                let Some(at) = self.exchanges.iter().rposition(|one| one.stan == stan) else { return Heard::Nothing };
                self.exchanges[at].take(message, deed);
                if reached { Heard::Paid(at) } else { Heard::Nothing }
            }
            b"0410" if reached => {
                let (stan, batch) = (text(message, 11), f60.get(2..8).unwrap_or_default().to_owned());
                let closes = matches!(code.as_str(), "00" | "12" | "25");
                if let Some(one) = self.exchanges.iter_mut().rev().find(|one| one.stan == stan && one.batch == batch) {
                    one.reversed |= closes;
                }
                Heard::Nothing
            }
            b"0510" if reached => {
                if let Some(settling) = &mut self.settling {
                    settling.answered(message);
                }
                Heard::Nothing
            }
            b"0330" if reached && code == "00" && matches!(f60.get(8..11), Some("202" | "207")) => {
                // The next number is the old one plus one, or comes with the next sign-on: the host says whether it is right.
                self.settling = None;
                self.batch = None;
                Heard::Nothing
            }
            _ => Heard::Nothing,
        }
    }

    fn pay(&mut self, message: &Decoded<'_>, step: u8) -> (Move, Vec<Text>) {
        let Some(kind) = kind_of(message) else {
            let what = "no transaction has this MTI, processing code, condition and 60.1";
            return (Move::Aside, vec![Text::new("没有这种交易（MTI、域3、域25、60.1）", what)]);
        };
        let repeats = |one: &Exchange| kind.shape().is_advice() && one.kind == kind && one.is_repeated_by(message);
        if self.exchanges.iter().rev().any(|one| repeats(one) && one.answer == Answer::Open) {
            return (Move::Aside, Vec::new());
        }
        let mut faults = self.owed(message);
        faults.extend(self.number(message));
        faults.extend(self.in_batch(message));
        if kind.shape().names_original {
            faults.extend(self.names(message, kind));
        }
        self.exchanges.push(Exchange::new(message, kind, step));
        (Move::Pay(self.exchanges.len() - 1), faults)
    }

    /// What must have been done before a new request: sign-on, reversals, the rest of an upload.
    fn owed(&mut self, message: &Decoded<'_>) -> Vec<Text> {
        let mut faults = Vec::new();
        if let Some(code) = self.sign_on_due.take() {
            faults.push(Text::new(
                format!("应答{code}之后没有重新签到就发起新交易"),
                format!("a new request without a sign-on after {code}"),
            ));
        }
        for one in self.exchanges.iter_mut().filter(|one| one.in_doubt() && one.sends < SENDS_OF_ONE_OCCASION) {
            one.told = true;
            let (zh, en) = one.words();
            faults.push(Text::new(
                format!("{zh}结果不明，未冲正就发起新交易{}", text(message, 11)),
                format!("no reversal of {en} before the next request {}", text(message, 11)),
            ));
        }
        if let Some(settling) = self.settling.take() {
            faults.extend(settling.missing(&self.exchanges));
            faults.push(Text::new("批上送未完成就发起新交易", "a new request before the upload was finished"));
        }
        faults
    }

    /// A STAN belongs to one exchange of a batch; only what was not answered goes again under it.
    fn number(&mut self, message: &Decoded<'_>) -> Option<Text> {
        let key = (text(message, 60).get(2..8).unwrap_or_default().to_owned(), text(message, 11));
        let before = self.used.insert(key.clone(), message.mti());
        let stands = std::mem::replace(&mut self.latest, key.1.clone()) == key.1;
        let repeats = before == Some(message.mti()) && matches!(&message.mti(), b"0800" | b"0500");
        (!repeats && (before.is_some() || stands)).then(|| {
            let zh = format!("流水号{}已用过", key.1);
            Text::new(zh, format!("STAN {} was used before", key.1))
        })
    }

    fn in_batch(&self, message: &Decoded<'_>) -> Option<Text> {
        let got = text(message, 60).get(2..8).unwrap_or_default().to_owned();
        let want = self.batch.as_ref().filter(|want| **want != got)?;
        Some(Text::new(
            format!("60.2批次号是{got}，签到下发的是{want}"),
            format!("batch number 60.2 is {got}, the sign-on gave {want}"),
        ))
    }

    /// F61, 37 and 38 of what names an original.
    fn names(&self, message: &Decoded<'_>, kind: Kind) -> Vec<Text> {
        let (f61, rrn) = (text(message, 61), text(message, 37));
        let dated = !matches!(kind, Kind::SaleVoid);
        if f61.len() < if dated { 16 } else { 12 } {
            return vec![Text::new("域61太短", "field 61 is too short")];
        }
        let (batch, stan) = (f61.get(..6).unwrap_or_default(), f61.get(6..12).unwrap_or_default());
        let by_number = |one: &&Exchange| one.batch == batch && one.stan == stan;
        let by_reference = |one: &&Exchange| stan == "000000" && kind == Kind::Refund && one.rrn == rrn;
        let mut all = self.exchanges.iter().rev().filter(|one| one.answer == Answer::Approved);
        let Some(original) = all.find(|one| by_number(one) || by_reference(one)) else {
            return vec![Text::new(
                format!("域61指向的原交易{f61}不存在或未批准"),
                format!("field 61 {f61} names no approved exchange"),
            )];
        };
        let mut faults = Vec::new();
        if dated && f61.get(12..16) != Some(original.date.as_str()) && f61.get(12..16) != Some("0000") {
            faults.push(Text::new("61.3原交易日期不符", "61.3 is not the original's date"));
        }
        for (n, got, want) in [(37, rrn, &original.rrn), (38, text(message, 38), &original.auth)] {
            if message.has(n) && got != *want {
                faults.push(Text::new(format!("域{n}不是原交易的"), format!("field {n} is not the original's")));
            }
        }
        faults
    }

    fn reversal(&mut self, message: &Decoded<'_>, reasons: &[&str]) -> Vec<Text> {
        let (stan, f60) = (text(message, 11), text(message, 60));
        let batch = f60.get(2..8).unwrap_or_default();
        match self.exchanges.iter_mut().rev().find(|one| one.stan == stan && one.batch == batch) {
            Some(one) => {
                one.sends += 1;
                one.reversal_faults(message, reasons)
            }
            None => vec![Text::new(
                format!("冲正的批次号和流水号{batch}/{stan}不是任何交易的"),
                format!("the reversal's batch and STAN {batch}/{stan} are those of no exchange"),
            )],
        }
    }

    /// A confirmation says that a slip exists: only of what reached the device approved.
    fn confirmed(&self, message: &Decoded<'_>, code: &str) -> Vec<Text> {
        let stan = text(message, 11);
        let approved = |one: &Exchange| one.stan == stan && one.answer == Answer::Approved && !one.reversed;
        if message.mti() != *b"0620" || code != "953" || self.exchanges.iter().any(approved) {
            return Vec::new();
        }
        vec![Text::new(
            format!("确认了没有批准应答的交易{stan}"),
            format!("confirms exchange {stan}, whose approval never reached it clean"),
        )]
    }

    /// What a step leaves undone: each is told once.
    pub fn left(&mut self, step: u8) -> Vec<Text> {
        let mut faults = Vec::new();
        for one in self.exchanges.iter_mut().filter(|one| one.in_doubt() || one.unanswered() && one.step == step) {
            let ((zh, en), sends) = (one.words(), one.sends);
            one.told = true;
            faults.push(match (one.kind.shape().is_advice(), one.kind.shape().reversible, sends) {
                (true, ..) => {
                    Text::new(format!("{zh}没有应答，也没有重发"), format!("{en} was not answered and not sent again"))
                }
                (_, false, _) => Text::new(format!("{zh}没有收到应答"), format!("{en} got no answer")),
                (_, _, 0) => Text::new(format!("{zh}没有冲正"), format!("no reversal of {en}")),
                _ => Text::new(
                    format!("{zh}的冲正发了{sends}次后被放弃"),
                    format!("the reversal of {en} was given up after {sends} sends"),
                ),
            });
        }
        if let Some(settling) = self.settling.take() {
            faults.extend(settling.missing(&self.exchanges));
            faults.push(Text::new("批上送没有结束报文", "the upload has no end (0320/202 or 207)"));
        }
        faults
    }

    /// Nothing of this step is still owed.
    pub fn quiet(&self, step: u8) -> bool {
        let owed = |one: &Exchange| one.in_doubt() || one.unanswered() && one.step == step;
        self.settling.is_none() && !self.exchanges.iter().any(owed)
    }
}

#[cfg(test)]
mod tests;

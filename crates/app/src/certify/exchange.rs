//! One exchange as the tap saw it: what the device asked, what really reached it, how it was undone. What the device may believe
//! follows from what reached it, not from what the hosts decided.

use super::spoil::{Deed, text};
use slipway_iso8583::Decoded;
use slipway_terms::{Kind, Outcome, ResponseCode, SHAPES, Text};

/// What reached the device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Nothing that can be read.
    Open,
    /// A clean approval.
    Approved,
    /// A clean decline.
    Declined,
    /// An answer that decides nothing: no good MAC, another amount, or a host that does not know.
    Doubt,
}

/// One exchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Step in which it began.
    pub step: u8,
    /// Kind.
    pub kind: Kind,
    /// F11.
    pub stan: String,
    /// 60.2.
    pub batch: String,
    /// F4 in fen.
    pub fen: u64,
    /// What a reversal repeats.
    kept: Vec<(u8, String)>,
    /// 60.1.
    type_code: String,
    /// What reached the device.
    pub answer: Answer,
    /// F39 of it.
    pub code: String,
    /// Times that its reversal was sent.
    pub sends: u32,
    /// The reversal's answer reached the device.
    pub reversed: bool,
    /// Its missing reversal was told once already.
    pub told: bool,
    /// F37 of the approval.
    pub rrn: String,
    /// F38 of the approval.
    pub auth: String,
    /// F13 of the approval.
    pub date: String,
}

const REPEATED: [u8; 5] = [3, 4, 22, 25, 49];

/// The kind of a request by its key: MTI, F3, F25, 60.1.
pub fn kind_of(message: &Decoded<'_>) -> Option<Kind> {
    let (mti, f60) = (message.mti(), text(message, 60));
    let shape = SHAPES.iter().find(|shape| {
        format!("{:04}", shape.mti.0).as_bytes() == mti
            && format!("{:06}", shape.processing.0) == text(message, 3)
            && format!("{:02}", shape.condition.0) == text(message, 25)
            && f60.get(..2) == Some(format!("{:02}", shape.type_code).as_str())
    });
    shape.map(|shape| shape.kind)
}

impl Exchange {
    /// From its request.
    pub fn new(message: &Decoded<'_>, kind: Kind, step: u8) -> Self {
        let f60 = text(message, 60);
        Self {
            step,
            kind,
            stan: text(message, 11),
            batch: f60.get(2..8).unwrap_or_default().to_owned(),
            fen: message.number(4).unwrap_or(0),
            kept: REPEATED.iter().filter(|n| message.has(**n)).map(|n| (*n, text(message, *n))).collect(),
            type_code: f60.get(..2).unwrap_or_default().to_owned(),
            answer: Answer::Open,
            code: String::new(),
            sends: 0,
            reversed: false,
            told: false,
            rrn: String::new(),
            auth: String::new(),
            date: String::new(),
        }
    }

    /// The same request again.
    pub fn is_repeated_by(&self, message: &Decoded<'_>) -> bool {
        self.stan == text(message, 11) && self.kept.iter().all(|(n, value)| text(message, *n) == *value)
    }

    /// Its reversal is owed.
    pub fn in_doubt(&self) -> bool {
        let undecided = matches!(self.answer, Answer::Open | Answer::Doubt);
        self.kind.shape().reversible && undecided && !self.reversed && !self.told
    }

    /// An advice whose answer has not come: it goes again under the same STAN.
    pub fn unanswered(&self) -> bool {
        self.answer == Answer::Open && !self.kind.shape().reversible && !self.told
    }

    /// What its slip says, in fen.
    pub fn signed_fen(&self) -> i64 {
        let stands = self.answer == Answer::Approved && !self.reversed;
        if stands { i64::try_from(self.fen).unwrap_or(0) * i64::from(self.kind.shape().sign) } else { 0 }
    }

    /// Takes an answer that reached the device.
    pub fn take(&mut self, message: &Decoded<'_>, deed: Option<Deed>) {
        if matches!(deed, Some(Deed::Lose | Deed::Cut | Deed::Late)) || matches!(self.answer, Answer::Approved) {
            return;
        }
        self.code = text(message, 39);
        let outcome = ResponseCode::new(&self.code).map(ResponseCode::outcome);
        self.answer = match (deed, outcome) {
            (Some(Deed::SpoilMac | Deed::NoMac | Deed::Amount | Deed::Garble), _) => Answer::Doubt,
            (_, Ok(Outcome::Approved)) => Answer::Approved,
            (_, Ok(Outcome::Declined(_))) => Answer::Declined,
            _ => Answer::Doubt,
        };
        if self.answer == Answer::Approved {
            (self.rrn, self.auth, self.date) = (text(message, 37), text(message, 38), text(message, 13));
        }
    }

    /// What is wrong with a reversal of it.
    pub fn reversal_faults(&self, message: &Decoded<'_>, reasons: &[&str]) -> Vec<Text> {
        let mut faults = Vec::new();
        let about = &self.stan;
        match self.answer {
            Answer::Approved => faults.push(Text::new(
                format!("冲正了已干净批准的交易{about}"),
                format!("reverses exchange {about}, whose approval had reached it clean"),
            )),
            // A host that says A0, 77 or 99 speaks of the copy it heard: a reversal is allowed.
            Answer::Declined if !matches!(self.code.as_str(), "A0" | "77" | "99") => faults.push(Text::new(
                format!("冲正了已被拒绝（{}）的交易{about}", self.code),
                format!("reverses exchange {about}, which was declined ({})", self.code),
            )),
            Answer::Open | Answer::Doubt | Answer::Declined => {}
        }
        for (n, value) in &self.kept {
            if text(message, *n) != *value {
                faults.push(Text::new(
                    format!("冲正的域{n}与原交易{about}不同"),
                    format!("field {n} of the reversal differs from exchange {about}"),
                ));
            }
        }
        if text(message, 60).get(..2) != Some(self.type_code.as_str()) {
            faults.push(Text::new("冲正的60.1与原交易不同", "60.1 of the reversal differs from the original"));
        }
        let reason = text(message, 39);
        let owed = matches!(self.answer, Answer::Open | Answer::Doubt);
        if owed && !reasons.is_empty() && !reasons.contains(&reason.as_str()) {
            let may = reasons.join(", ");
            faults.push(Text::new(
                format!("冲正原因码是{reason}，应为{may}"),
                format!("the reversal's reason is {reason}, not {may}"),
            ));
        }
        faults
    }

    /// As a fault names it: kind, amount, number.
    pub fn words(&self) -> (String, String) {
        let shape = self.kind.shape();
        let sum = format!("{}.{:02}", self.fen / 100, self.fen % 100);
        (format!("{}{sum}（{}）", shape.zh, self.stan), format!("{} {sum} #{}", shape.en, self.stan))
    }
}

//! What the pages are told, as JSON: built of masked values only.

use crate::clocks::rfc;
use crate::codec::json::document;
use crate::demo::play::fault_word;
use crate::demo::telling;
use crate::proxy::{ANY, Crossing, Fault, MONEY, Rule};
use crate::window::cards::Card;
use serde_json::{Value, json};
use slipway_iso8583::{Reveal, UNIONPAY_CUPS, UNIONPAY_POS, Wrapped, show_bytes};
use slipway_node::Show;
use slipway_slip::printer::{PaperLine, paper_text};
use slipway_slip::{Columns, svg_paper};
use slipway_terms::{Copy, Notice, PaperFate, Text};

/// A crossing and its decoded fields.
pub struct Crossed {
    /// In short.
    pub short: Value,
    /// All fields, masked.
    pub fields: Value,
}

/// One copy on paper.
pub struct Paper {
    /// For the pages.
    pub short: Value,
    /// As a picture.
    pub svg: String,
}

/// A message that crossed a hop; nothing of a link's own echoes.
pub fn crossed(crossing: &Crossing, frame: &[u8], ms: i64) -> Option<Crossed> {
    let dialect = if matches!(crossing.hop, 1 | 6) { &UNIONPAY_POS } else { &UNIONPAY_CUPS };
    let fields = show_bytes(Some(dialect), Some(Wrapped::Length), frame, Reveal::Masked, false);
    let fields = fields.map_or_else(|fault| crate::codec::json::fault(&fault), |shown| document(&shown));
    let mut short =
        json!({"hop": crossing.hop, "ms": ms, "late": crossing.late, "fault": crossing.fault.map(fault_word)});
    if let (Some(message), Some(short)) = (&crossing.message, short.as_object_mut()) {
        if matches!(message.mti.0, 820 | 830) {
            return None;
        }
        let (zh, en) = telling::name(message.mti, message.kind());
        short.insert("mti".into(), json!(format!("{:04}", message.mti.0)));
        short.insert("name".into(), json!({"zh": zh, "en": en}));
        let amount = message.amount.filter(|_| message.mti.0 / 100 != 8);
        short.insert("amount".into(), json!(amount.map(|amount| amount.to_string())));
        short.insert("amount_fen".into(), json!(amount.map(slipway_terms::Amount::minor)));
        short.insert("stan".into(), json!(message.stan.map(|stan| stan.to_string())));
        // In a request it is the reason of an undo, in an answer what was said.
        let words = message.code.map(|code| json!({"code": code.to_string(), "words": code.words()}));
        short.insert("code".into(), json!(words));
    }
    Some(Crossed { short, fields })
}

/// What came out of the printer.
pub fn paper(copy: Copy, fate: PaperFate, paper: &[PaperLine]) -> Paper {
    let copy = match copy {
        Copy::Merchant => "merchant",
        Copy::Cardholder => "cardholder",
    };
    let fate = match fate {
        PaperFate::Rendered | PaperFate::Sent | PaperFate::Unknown => "unknown",
        PaperFate::Printed => "printed",
        PaperFate::Half => "half",
        PaperFate::Missing => "missing",
    };
    let text = paper_text(paper, Columns::C32);
    let short = json!({"copy": copy, "fate": fate, "lines": paper.len(), "text": text});
    Paper { short, svg: svg_paper(paper, Columns::C32) }
}

/// A screen. Texts come from the terminal's table and from hosts: the page shows them as text only.
pub fn screen(show: &Show) -> Value {
    json!({"lines": show.lines, "pin": show.pin_entry})
}

/// A notice on the phone.
pub fn notice(notice: &Notice, ms: i64) -> Value {
    let Text { zh, en } = notice.text();
    json!({"kind": notice.kind, "zh": zh, "en": en, "amount": notice.amount.to_string(), "amount_fen": notice.amount.minor(), "at": rfc(notice.at), "ms": ms})
}

/// What is armed on the lines.
pub fn armed(rules: &[Rule]) -> Value {
    let one = |rule: &Rule| {
        let mti = match rule.mti {
            ANY => json!("any"),
            MONEY => json!("money"),
            mti => json!(format!("{mti:04}")),
        };
        let ms = if let Fault::Delay(by) = rule.fault { Some(by.as_millis()) } else { None };
        let always = rule.times == u32::MAX;
        json!({"hop": rule.hop, "mti": mti, "fault": fault_word(rule.fault), "ms": ms, "times": (!always).then_some(rule.times)})
    };
    rules.iter().map(one).collect()
}

/// The cards of the tray, masked; a PIN of the demonstration is published.
pub fn cards(cards: &[Card]) -> Value {
    let one = |(place, card): (usize, &Card)| json!({"place": place, "name": card.name, "tail": card.pan.tail().to_string(), "chip": card.chip.is_some(), "stripe": card.track2.is_some(), "pin": card.pin});
    cards.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::cards::tray;

    #[test]
    fn no_card_number_reaches_a_page() {
        let all = tray(None).unwrap();
        let told = cards(&all).to_string();
        for card in &all {
            assert!(!told.contains(card.pan.reveal()) && told.contains(&card.pan.tail().to_string()), "{told}");
        }
    }

    #[test]
    fn a_frame_that_does_not_decode_is_told_by_its_fault() {
        let crossing = Crossing { hop: 3, message: None, fault: Some(Fault::Lose), late: false };
        let told = crossed(&crossing, b"9990010000000010", 1).unwrap();
        assert!(told.fields["fault"].is_object(), "{}", told.fields);
        assert!(!told.fields.to_string().contains("9990010000000010"));
        assert_eq!(told.short["fault"], "lose");
    }
}

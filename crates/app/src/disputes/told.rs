//! What the houses' records say of disputes, as JSON, and that JSON as a person reads it.

use crate::audit;
use crate::clocks::{plain, rfc};
use crate::say::Say;
use crate::tills::{Problem, problem};
use axum::http::StatusCode;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{self, AcquirerRow};
use slipway_hosts::dispute::{Dispute, Evidence, Taken};
use slipway_hosts::issuer::{self, IssuerRow};
use slipway_hosts::switch::SwitchRow;
use slipway_runtime::os::Handle;
use slipway_terms::{Amount, CardTail, Moment, SwitchKey, Text, dispute_number};
use std::collections::BTreeMap;

/// Disputes of any number of houses.
#[derive(Default)]
pub struct Books {
    disputes: Vec<Value>,
}

impl Books {
    /// An acquirer's.
    pub fn acquirer(&mut self, name: &str, rows: &[AcquirerRow]) {
        let tails = rows.iter().filter_map(|row| match row {
            AcquirerRow::Exchange(acquirer::Exchange::Original(o)) => Some((o.switch, o.tail)),
            _ => None,
        });
        let tails: BTreeMap<SwitchKey, CardTail> = tails.collect();
        let all = rows.iter().filter_map(|row| if let AcquirerRow::Dispute(one) = row { Some(one) } else { None });
        self.disputes.extend(all.map(|one| document(name, one, tails.get(&one.original))));
    }

    /// A switch's.
    pub fn switch(&mut self, name: &str, rows: &[SwitchRow]) {
        let all = rows.iter().filter_map(|row| if let SwitchRow::Dispute(one) = row { Some(one) } else { None });
        self.disputes.extend(all.map(|one| document(name, one, None)));
    }

    /// An issuer's.
    pub fn issuer(&mut self, name: &str, rows: &[IssuerRow]) {
        let tails = rows.iter().filter_map(|row| match row {
            IssuerRow::Exchange(issuer::Exchange { key, asked, .. }) => Some((*key, asked.tail?)),
            _ => None,
        });
        let tails: BTreeMap<SwitchKey, CardTail> = tails.collect();
        let all = rows.iter().filter_map(|row| if let IssuerRow::Dispute(one) = row { Some(one) } else { None });
        self.disputes.extend(all.map(|one| document(name, one, tails.get(&one.original))));
    }

    /// All of them.
    pub fn json(self) -> Value {
        json!({"disputes": self.disputes})
    }
}

/// What a port that was asked answers from its houses.
pub fn answer_list<'a>(parties: impl IntoIterator<Item = &'a Handle>) -> Result<Value, Problem> {
    let gone = || problem(StatusCode::SERVICE_UNAVAILABLE, "该方已停", "the party has stopped");
    let mut books = Books::default();
    for party in parties {
        match party.name.as_str() {
            "acquirer" => books.acquirer("acquirer", &audit::rows(party).ok_or_else(gone)?),
            "switch" => books.switch("switch", &audit::rows(party).ok_or_else(gone)?),
            name => books.issuer(name, &audit::rows(party).ok_or_else(gone)?),
        }
    }
    Ok(books.json())
}

fn words(text: &slipway_terms::Text) -> Value {
    json!({"zh": text.zh, "en": text.en})
}

/// One dispute as one house has it.
pub(super) fn document(house: &str, dispute: &Dispute, tail: Option<&CardTail>) -> Value {
    let moment = |at: Option<Moment>| at.map(rfc);
    let standing = dispute.standing().map(|taken| json!({"word": taken.step.word(), "is": words(&taken.step.words())}));
    json!({
        "number": dispute_number(&dispute.original).as_str(), "house": house,
        "rrn": dispute.rrn.map(|rrn| rrn.to_string()), "card": tail.map(CardTail::to_string),
        "merchant": dispute.merchant.map(|id| id.to_string()), "terminal": dispute.terminal.map(|id| id.to_string()),
        "till": dispute.till.map(|till| till.to_string()), "exchange": dispute.original.to_string(),
        "opened": rfc(dispute.opened), "standing": standing,
        "waiting": dispute.waiting().map(|taken| taken.step.word()),
        "with": if dispute.is_with_cardholder() { "cardholder" } else { "merchant" },
        "due_ms": dispute.due.filter(|_| dispute.closed.is_none()).map(|due| due.0),
        "waiting_since_ms": dispute.waiting().map(|taken| taken.at.0),
        "due": moment(dispute.due.filter(|_| dispute.closed.is_none())),
        "won": dispute.won().map(|won| json!({"word": won, "is": words(&won.words())})),
        // A member's own clock: what it does not know of may still be on its way.
        "over": dispute.closed.filter(|_| dispute.won().is_none()).map(|_| words(&over())),
        "closed": moment(dispute.closed.map(|(at, _)| at)),
        "steps": dispute.taken.iter().map(step).collect::<Vec<_>>(),
        "evidence": dispute.evidence.iter().map(evidence).collect::<Vec<_>>(),
    })
}

/// What a member says when its own clock has run out.
fn over() -> Text {
    Text::new("本机构期限已过，款项归属以交换中心为准", "its time is over here; the switch says who keeps the money")
}

fn step(taken: &Taken) -> Value {
    json!({
        "step": taken.step.word(), "is": words(&taken.step.words()), "own": taken.own.to_string(), "fen": taken.minor, "amount_fen": taken.minor,
        "reason": taken.reason.as_str(), "answer": taken.reply.map(|reply| words(&reply.words())),
        "at": rfc(taken.at), "by": taken.by.as_str(), "because": taken.because.as_str(),
        "checked_by": taken.checked.map(|name| name.as_str().to_owned()),
        "code": taken.code.map(|code| code.to_string()), "day": taken.day.map(|day| day.to_string()),
    })
}

fn evidence(evidence: &Evidence) -> Value {
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    json!({
        "proof": evidence.proof.word(), "is": words(&evidence.proof.words()), "at": rfc(evidence.at),
        "by": evidence.by.as_str(), "note": evidence.note.as_str(), "sha256": evidence.file.map(hex),
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

/// A dispute in two lines.
pub fn line(dispute: &Value, say: &Say) {
    let lang = say.both("zh", "en");
    say.line(format!(
        "{}  {}  {}",
        say.strong(text(&dispute["number"])),
        text(&dispute["house"]),
        text(&dispute["standing"]["is"][lang])
    ));
    let waiting = dispute["waiting"].as_str();
    let end = dispute["won"]["is"][lang]
        .as_str()
        .or_else(|| dispute["over"][lang].as_str())
        .map(str::to_owned)
        .unwrap_or_else(|| format!("{} {}", say.both("最迟", "by"), plain(text(&dispute["due"]))));
    let waiting =
        waiting.map_or_else(String::new, |step| format!("  {} {step}", say.both("待答复", "waits for its answer:")));
    say.line(format!("  {} {}  {end}{waiting}", text(&dispute["rrn"]), text(&dispute["card"])));
}

/// A dispute step by step.
pub(super) fn whole(dispute: &Value, say: &Say) {
    line(dispute, say);
    let lang = say.both("zh", "en");
    for step in dispute["steps"].as_array().into_iter().flatten() {
        let sum = step["fen"].as_i64().filter(|fen| *fen != 0);
        let sum = sum.map_or_else(String::new, |fen| {
            let way = if fen < 0 {
                say.both("退持卡人", "to the cardholder")
            } else {
                say.both("付商户", "to the merchant")
            };
            format!("  {} {way}", Amount::fen(fen.unsigned_abs()))
        });
        let said = step["answer"][lang].as_str().map_or_else(String::new, |said| format!("  {said}"));
        let checked = step["checked_by"].as_str();
        let checked = checked.map_or_else(String::new, |name| format!(" + {name}"));
        say.line(format!(
            "    {}  {} {}{sum}{said}  {}  {}{checked} {}",
            plain(text(&step["at"])),
            text(&step["is"][lang]),
            text(&step["reason"]),
            text(&step["code"]),
            text(&step["by"]),
            text(&step["because"]),
        ));
    }
    for one in dispute["evidence"].as_array().into_iter().flatten() {
        say.line(format!(
            "    {}  {}  {} {}",
            plain(text(&one["at"])),
            text(&one["is"][lang]),
            text(&one["note"]),
            one["sha256"].as_str().unwrap_or("")
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::disputes::rules_of;

    #[test]
    fn the_built_in_rules_are_read_where_a_folder_has_none() {
        let empty = tempfile::tempdir().unwrap();
        let rules = rules_of(empty.path()).unwrap();
        assert_eq!(rules.version.as_str(), "cn-2026");
        std::fs::write(empty.path().join("disputes.toml"), "version = 1").unwrap();
        assert_eq!(rules_of(empty.path()).map_err(|end| end.code).err(), Some(3));
    }
}

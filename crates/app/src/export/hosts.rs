//! Lines of acquirer, switch and issuer: exchanges, postings, balances, what is open, cases.

use super::{disputes, merchants};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{self, AcquirerRow, Credit, Wait};
use slipway_hosts::correction::Correction;
use slipway_hosts::day::{CUT_BEGINS, ClosedDay, Days, Tally};
use slipway_hosts::filed::Filed;
use slipway_hosts::issuer::{self, IssuerRow, Suspense};
use slipway_hosts::ledger::{Account, Balance, Cause, Posting};
use slipway_hosts::switch::{self, SwitchRow};
use slipway_terms::{Amount, Found, Moment, PayAgain, Second};

type Line = Option<(&'static str, Value)>;

/// What a row of the acquirer says.
pub fn acquirer(row: &AcquirerRow) -> Line {
    match row {
        AcquirerRow::Exchange(acquirer::Exchange::Original(original)) => Some(("exchange", original_json(original))),
        AcquirerRow::Exchange(acquirer::Exchange::Tombstone(stone)) => Some((
            "exchange",
            json!({
                "till": stone.till.to_string(), "exchange": null, "state": "tombstone", "amount": minor(stone.amount),
                "currency": currency(stone.amount), "slip": false, "at": at(stone.at),
            }),
        )),
        AcquirerRow::Open(open) => {
            let waits = match open.wait {
                Wait::Answer => "answer",
                Wait::Confirmation => "confirmation",
                Wait::Unmatched | Wait::Second => "undo",
            };
            Some(("open", json!({"till": open.till.to_string(), "waits_for": waits, "due": at(open.due)})))
        }
        AcquirerRow::Case(case) => Some((
            "case",
            json!({
                "till": case.till.to_string(), "ground": word(&format!("{:?}", case.ground)), "at": at(case.at),
                "open": case.closed.is_none(), "closed_at": case.closed.map(at), "number": case.key().to_string(),
                "due": case.due.map(at), "found": case.found.map(found), "later": case.later.map(found),
            }),
        )),
        AcquirerRow::CaseMoved(moved) => Some((
            "case movement",
            json!({
                "till": moved.till.to_string(), "number": slipway_terms::CaseKey::Till(moved.till, moved.ground).to_string(),
                "found": {"minor": moved.found.minor, "way": moved.found.way},
                "later": moved.later.map(|later| json!({"minor": later.minor, "way": later.way})),
            }),
        )),
        AcquirerRow::CaseRefund(refund) => Some((
            "case refund",
            json!({
                "till": refund.refund.to_string(),
                "number": slipway_terms::CaseKey::Till(refund.till, refund.ground).to_string(),
            }),
        )),
        AcquirerRow::TakenOver(over) => Some((
            "case taken over",
            json!({
                "till": over.till.to_string(), "number": slipway_terms::CaseKey::Till(over.till, over.ground).to_string(),
                "posting": over.paid.to_string(), "exchange": over.by.to_string(), "minor": over.minor, "at": at(over.at),
            }),
        )),
        // What the slip says is the archive's to show, to whom may ask it; here stands that there is one.
        AcquirerRow::SlipCopy(copy) => Some((
            "slip copy",
            json!({
                "till": copy.till.to_string(), "at": at(copy.at), "slip": copy.slip.is_some(),
                "rrn": copy.slip.as_ref().and_then(|slip| slip.rrn).map(|rrn| rrn.to_string()),
                "signed": copy.signed.map(|(signed, _)| word(&format!("{signed:?}"))),
                "picture": copy.picture.whole().is_some(), "expired_at": copy.expired.map(at),
                "contradicted_at": copy.contradicted.map(at),
            }),
        )),
        // An index, and codes that open a page.
        AcquirerRow::SlipDay(_) | AcquirerRow::SlipPage(_) => None,
        AcquirerRow::KnownDevice(device) => Some((
            "device",
            json!({
                "terminal": device.terminal.to_string(), "mark": device.mark.to_string(), "since": at(device.since),
                "replaced_at": device.replaced.map(at), "heir": device.heir.map(|heir| heir.to_string()),
                "contested_at": device.contested.map(at),
            }),
        )),
        AcquirerRow::ClosedByUs(closed) => Some((
            "closed batch",
            json!({
                "terminal": closed.terminal.to_string(), "batch": closed.batch.to_string(), "at": at(closed.at),
                "why": word(&format!("{:?}", closed.why)),
            }),
        )),
        AcquirerRow::Repaired(done) => Some((
            "repair",
            json!({
                "number": done.repair.number.as_str(), "rrn": done.repair.rrn.as_str(), "act": done.repair.mend.word(),
                "till": done.till.to_string(), "moved": done.minor, "by": done.repair.by.as_str(),
                "because": done.repair.because.as_str(), "at": at(done.at),
            }),
        )),
        AcquirerRow::Correction(correction) => Some(("correction", correction_json(correction))),
        AcquirerRow::Balance(balance) => Some(("balance", balance_json(balance))),
        AcquirerRow::Posting(posting) => Some(("posting", posting_json(posting))),
        AcquirerRow::Days(days) => Some(("days", days_json(days))),
        AcquirerRow::ClosedDay(day) => Some(("day", closed_json(day))),
        AcquirerRow::Filed(filed) => Some(("clearing file", filed_json(filed))),
        AcquirerRow::Presented(seen) => Some((
            "presented",
            json!({
                "till": seen.till.to_string(), "business_day": seen.file.to_string(), "minor": seen.minor,
                "card_type": word(&format!("{:?}", seen.card)), "back": seen.back.map(|day| day.to_string()),
                "again": seen.again.map(|day| day.to_string()),
            }),
        )),
        AcquirerRow::MerchantDay(of) => Some((
            "merchant day",
            json!({
                "merchant": of.merchant.to_string(), "business_day": of.day.to_string(), "items": of.count,
                "gross": of.gross_minor, "fees": of.fees_minor, "payable": of.payable_minor, "taken": of.taken,
                "done_at": of.done.map(|(done, _)| at(done)), "posting": of.done.map(|(_, key)| key.to_string()),
            }),
        )),
        AcquirerRow::Dispute(one) => Some(("dispute", disputes::dispute(one))),
        AcquirerRow::DisputeMove(moved) => Some(("dispute movement", disputes::moved(moved))),
        AcquirerRow::OrderRefused(refused) => Some(("dispute order refused", disputes::refused(refused))),
        AcquirerRow::HeldMoney(_)
        | AcquirerRow::PaidOut(_)
        | AcquirerRow::KeptBack(_)
        | AcquirerRow::MerchantMoney(_)
        | AcquirerRow::MerchantRefused(_) => merchants::row(row),
        // Its dispute says the same.
        AcquirerRow::OpenDispute(_) => None,
        AcquirerRow::Settled(item) => Some((
            "settled item",
            json!({
                "exchange": item.exchange.to_string(), "cause": word(&format!("{:?}", item.cause)),
                "business_day": item.day.to_string(), "minor": item.minor,
            }),
        )),
        AcquirerRow::Terminal(_)
        | AcquirerRow::Merchant(_)
        | AcquirerRow::Counters(_)
        | AcquirerRow::Link(_)
        | AcquirerRow::Reference(_)
        | AcquirerRow::Blacklist(_)
        | AcquirerRow::Relay(_)
        // Its case says the same.
        | AcquirerRow::OpenCase(_)
        // Nothing is owed for it: a day later the acquirer closes the batch.
        | AcquirerRow::Unsettled(_)
        // Where an exchange is found; it says nothing that the exchange does not.
        | AcquirerRow::Taken(_)
        | AcquirerRow::Noted(_)
        | AcquirerRow::Undecided(_)
        | AcquirerRow::Follower(_)
        | AcquirerRow::Indexed(_)
        // Keys, though wrapped, are in no export.
        | AcquirerRow::ZoneKey(_)
        // Which terminal and batch they are of stands in their key.
        | AcquirerRow::Recent(_)
        | AcquirerRow::Batch(_) => None,
        AcquirerRow::Detail(detail) => Some((
            "detail",
            json!({"till": detail.till.to_string(), "amount": detail.minor, "at": at(detail.at)}),
        )),
    }
}

fn correction_json(c: &Correction) -> Value {
    json!({
        "exchange": c.original.to_string(), "rrn": c.rrn.map(|rrn| rrn.to_string()), "what": word(&format!("{:?}", c.what)),
        "amount": c.minor, "reason": c.reason.map(|ground| word(&format!("{ground:?}"))), "at": at(c.at),
        "business_day": c.day.map(|day| day.to_string()), "answer": c.answer.map(|code| code.to_string()),
    })
}

fn found(found: Found) -> Value {
    json!({"finding": found.finding.word(), "by": found.by.as_str(), "because": found.because.as_str(), "at": at(found.at)})
}

fn original_json(original: &acquirer::Original) -> Value {
    json!({
        "till": original.till.to_string(), "exchange": original.switch.to_string(), "rrn": original.rrn.as_str(),
        "kind": word(&format!("{:?}", original.kind)), "signed": original.signed_minor,
        "redone": original.redo.map(|redo| redo.minor), "about": original.about.map(|about| about.till.to_string()), "borne": original.borne, "amount": minor(original.amount), "currency": currency(original.amount),
        "card": original.tail.to_string(), "state": word(&format!("{:?}", original.stage)),
        "code": original.code.map(|code| code.to_string()), "late": original.late.map(|code| code.to_string()),
        "slip": original.credit == Credit::Confirmed, "credit": word(&format!("{:?}", original.credit)),
        "undo": original.undo.map(|undo| json!({
            "by": word(&format!("{:?}", undo.by)), "at": at(undo.at), "answer": undo.answer.map(|code| code.to_string()),
        })),
        "second_of": original.second.map(|link| second(&link)),
        "paid_again": original.again.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "at": at(original.at), "answered_at": original.answered_at.map(at),
    })
}

/// The link from a second payment to the first.
pub fn second(link: &Second) -> Value {
    json!({"first": link.first.to_string(), "reason": link.reason.map(PayAgain::word), "first_has_slip": link.slip})
}

/// What a row of the switch says.
pub fn switch(row: &SwitchRow) -> Line {
    match row {
        SwitchRow::Exchange(exchange) => Some(("exchange", switched(exchange))),
        SwitchRow::Open(open) => {
            Some(("open", json!({"exchange": open.key.to_string(), "waits_for": "answer", "due": at(open.due)})))
        }
        SwitchRow::Case(case) => Some((
            "case",
            json!({
                "exchange": case.key.to_string(), "ground": word(&format!("{:?}", case.ground)), "at": at(case.at),
                "number": case.told().key.to_string(), "code": case.code.to_string(), "amount": case.minor,
                "open": case.closed.is_none(), "closed_at": case.closed.map(at), "found": case.found.map(found),
            }),
        )),
        SwitchRow::Dispute(one) => Some(("dispute", disputes::dispute(one))),
        SwitchRow::DisputeMove(moved) => Some(("dispute movement", disputes::moved(moved))),
        SwitchRow::OrderRefused(refused) => Some(("dispute order refused", disputes::refused(refused))),
        // Its dispute says the same.
        SwitchRow::OpenDispute(_) => None,
        SwitchRow::Balance(balance) => Some(("balance", balance_json(balance))),
        SwitchRow::Posting(posting) => Some(("posting", posting_json(posting))),
        SwitchRow::Reset(reset) => {
            let name = format!("{}/{}", reset.usage.word(), reset.member);
            Some(("open", json!({"zone_key": name, "waits_for": "member", "due": at(reset.due)})))
        }
        SwitchRow::Cut(cut) => Some((
            "open",
            json!({
                "member": cut.member.to_string(), "business_day": cut.date.to_string(),
                "waits_for": if cut.code == CUT_BEGINS { "day_begins" } else { "day_ends" }, "due": at(cut.due),
            }),
        )),
        SwitchRow::Closing(closing) => Some((
            "open",
            json!({"business_day": closing.date.to_string(), "waits_for": "close", "due": at(closing.due)}),
        )),
        SwitchRow::Days(days) => Some(("days", days_json(days))),
        SwitchRow::Day(day) => Some((
            "day",
            json!({
                "business_day": day.date.to_string(), "member": day.member.to_string(),
                "acquired": tally(&day.acquired), "issued": tally(&day.issued),
            }),
        )),
        SwitchRow::Correction(correction) => Some(("correction", correction_json(correction))),
        SwitchRow::Member(_) | SwitchRow::Bin(_) | SwitchRow::ZoneKey(_) | SwitchRow::OpenCase(_) => None,
    }
}

fn switched(exchange: &switch::Exchange) -> Value {
    let asked = &exchange.asked;
    json!({
        "exchange": exchange.key.to_string(), "rrn": asked.rrn.map(|rrn| rrn.to_string()),
        "kind": asked.kind().map(|kind| word(&format!("{kind:?}"))), "signed": exchange.signed_minor,
        "about": asked.original.map(|key| key.to_string()), "amount": minor(asked.amount), "currency": currency(asked.amount),
        "card": asked.tail.map(|tail| tail.to_string()), "state": word(&format!("{:?}", exchange.stage)),
        "code": exchange.given.as_ref().map(|given| given.code.to_string()), "late": exchange.late.map(|code| code.to_string()),
        "issuer": exchange.issuer.map(|issuer| issuer.to_string()),
        "undo": exchange.undo.as_ref().map(|undo| json!({
            "at": at(undo.at), "answer": undo.answered.map(|code| code.to_string()),
        })),
        "at": at(exchange.at),
    })
}

/// What a row of an issuer says.
pub fn issuer(row: &IssuerRow) -> Line {
    match row {
        IssuerRow::Exchange(exchange) => Some(("exchange", issued(exchange))),
        IssuerRow::Dispute(one) => Some(("dispute", disputes::dispute(one))),
        IssuerRow::DisputeMove(moved) => Some(("dispute movement", disputes::moved(moved))),
        IssuerRow::OrderRefused(refused) => Some(("dispute order refused", disputes::refused(refused))),
        // Its dispute says the same.
        IssuerRow::OpenDispute(_) => None,
        IssuerRow::Balance(balance) => Some(("balance", balance_json(balance))),
        IssuerRow::Posting(posting) => Some(("posting", posting_json(posting))),
        IssuerRow::Days(days) => Some(("days", days_json(days))),
        IssuerRow::ClosedDay(day) => Some(("day", closed_json(day))),
        IssuerRow::Filed(filed) => Some(("clearing file", filed_json(filed))),
        IssuerRow::Correction(correction) => Some(("correction", correction_json(correction))),
        IssuerRow::Release(release) => Some((
            "release",
            json!({
                "exchange": release.key.to_string(), "at": at(release.at), "file": release.file.to_string(),
                "next_file": release.next.map(|day| day.to_string()),
                "retaken": release.retaken.map(|again| json!({"at": at(again.at), "file": again.file.to_string()})),
            }),
        )),
        IssuerRow::MissingFile(missing) => Some((
            "open",
            json!({"business_day": missing.day.to_string(), "waits_for": "clearing_file", "since": at(missing.since)}),
        )),
        IssuerRow::HoldOpen(open) => {
            Some(("open", json!({"exchange": open.key.to_string(), "waits_for": "hold_end", "due": at(open.due)})))
        }
        IssuerRow::Card(_)
        | IssuerRow::Usage(_)
        | IssuerRow::AccountRow(_)
        | IssuerRow::Counters(_)
        | IssuerRow::ZoneKey(_) => None,
    }
}

fn issued(exchange: &issuer::Exchange) -> Value {
    let asked = &exchange.asked;
    json!({
        "exchange": exchange.key.to_string(), "rrn": asked.rrn.map(|rrn| rrn.to_string()),
        "kind": exchange.kind.map(|kind| word(&format!("{kind:?}"))), "signed": exchange.signed_minor, "borne": exchange.borne,
        "about": asked.original.map(|key| key.to_string()),
        "hold": exchange.hold.map(|hold| json!({
            "minor": hold.minor, "until": at(hold.until), "state": word(&format!("{:?}", hold.state)),
        })),
        "amount": minor(asked.amount), "currency": currency(asked.amount),
        "card": asked.tail.map(|tail| tail.to_string()), "account": exchange.account.map(|no| format!("cardholder:{no}")),
        "state": word(&format!("{:?}", exchange.stage)),
        "code": exchange.given.as_ref().map(|given| given.code.to_string()),
        "debited": exchange.suspense != Suspense::Never, "returned": exchange.suspense.is_back(),
        "suspense": word(&format!("{:?}", exchange.suspense)),
        "at": at(exchange.at),
    })
}

fn tally(moved: &Tally) -> Value {
    json!({
        "approved": moved.sales, "approved_minor": moved.sales_minor,
        "undone": moved.undone, "undone_minor": moved.undone_minor,
    })
}

fn days_json(days: &Days) -> Value {
    let moved = days.moved.iter().map(|(date, moved)| json!({"business_day": date.to_string(), "moved": tally(moved)}));
    json!({
        "business_day": days.date.to_string(), "since": at(days.since), "closed_through": days.closed.to_string(),
        "open": moved.collect::<Vec<_>>(),
    })
}

fn closed_json(day: &ClosedDay) -> Value {
    json!({"business_day": day.date.to_string(), "moved": tally(&day.moved), "closed_at": at(day.at)})
}

fn filed_json(filed: &Filed) -> Value {
    json!({
        "business_day": filed.day.to_string(), "entries": filed.count, "sum": filed.sum_minor,
        "checksum": format!("{:016x}", filed.checksum), "taken": filed.taken, "strange": filed.strange,
        "since": at(filed.since), "done_at": filed.done.map(at),
    })
}

fn balance_json(balance: &Balance) -> Value {
    json!({"account": account(&balance.account), "minor": balance.minor})
}

fn posting_json(posting: &Posting) -> Value {
    let cause = match posting.cause {
        Cause::Opening => "opening",
        Cause::Approval => "approval",
        Cause::Redo => "redo",
        Cause::Undo => "undo",
        Cause::Cleared => "cleared",
        Cause::ClearedBack => "cleared_back",
        Cause::ClearedAgain => "cleared_again",
        Cause::Settled => "settled",
        Cause::SentBack => "sent_back",
        Cause::PaidAgain => "paid_again",
    };
    let legs: Vec<Value> =
        posting.legs.iter().map(|(of, minor)| json!({"account": account(of), "minor": minor})).collect();
    json!({
        "exchange": posting.exchange.to_string(), "cause": cause, "rrn": posting.rrn.map(|rrn| rrn.to_string()),
        "at": at(posting.at), "business_day": posting.day.to_string(), "legs": legs,
    })
}

fn account(account: &Account) -> String {
    match account {
        Account::Cardholder(no) => format!("cardholder:{no}"),
        Account::Suspense => "suspense".into(),
        Account::Opening => "opening".into(),
        Account::Network => "network".into(),
        Account::NetworkReceivable => "network_receivable".into(),
        Account::MerchantPayable(id) => format!("merchant:{id}"),
        Account::Member(id) => format!("member:{id}"),
        Account::Loss => "loss".into(),
        Account::Discount => "discount".into(),
        Account::Payout => "payout".into(),
        Account::MerchantHeld(id) => format!("held:{id}"),
        Account::MerchantReserve(id) => format!("reserve:{id}"),
    }
}

/// A variant's name in the way of JSON: `HostUnsure(98)` is `host_unsure`.
pub fn word(variant: &str) -> String {
    let name = variant.split(['(', ' ', '{']).next().unwrap_or_default();
    let mut out = String::new();
    for (place, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && place > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

pub fn minor(amount: Option<Amount>) -> Option<u64> {
    amount.map(Amount::minor)
}

pub fn currency(amount: Option<Amount>) -> Option<String> {
    amount.map(|amount| format!("{:03}", amount.currency().0))
}

/// Network milliseconds since 1970 UTC.
pub const fn at(moment: Moment) -> i64 {
    moment.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_become_words() {
        for (variant, want) in
            [("Approved", "approved"), ("HostUnsure(98)", "host_unsure"), ("SlipWithoutSale", "slip_without_sale")]
        {
            assert_eq!(word(variant), want);
        }
    }
}

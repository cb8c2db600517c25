//! One exchange as somebody may see it, and its slip exactly as it was printed.

use super::deeds::{self, Facts};
use super::{posted, timeline};
use crate::archive::shelf::{Shown, shown};
use crate::disputes;
use crate::http::Live;
use crate::people::role::Sees;
use crate::say::End;
use crate::signin::Signed;
use crate::trace::{Found, Keys, trace};
use serde_json::{Value, json};
use slipway_slip::{Columns, Lines, render};
use slipway_terms::{BatchNo, Copy, MerchantId, Stan, TerminalId, TillKey};

/// `999290054110001-10000001-000001-000002`: an exchange in an address, which holds no card number.
pub fn id_of(till: &TillKey) -> String {
    till.to_string().replace('/', "-")
}

/// Reads it back.
pub fn till_of(id: &str) -> Option<TillKey> {
    let parts: Vec<&str> = id.split('-').collect();
    let [merchant, terminal, batch, stan] = parts.as_slice() else { return None };
    let six = |text: &str| -> Option<u32> {
        (text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
    };
    Some(TillKey {
        merchant: MerchantId::new(merchant).ok()?,
        terminal: TerminalId::new(terminal).ok()?,
        batch: BatchNo(six(batch)?),
        stan: Stan::new(six(stan)?).ok()?,
    })
}

/// Whether somebody may see what was found: of the whole network, or of their own shop.
pub fn may_see(signed: &Signed, found: &Found) -> bool {
    match signed.role.sees() {
        Sees::Whole => true,
        Sees::OwnShop => found.till.is_some_and(|till| Some(till.merchant) == signed.merchant),
        Sees::Sentence => false,
    }
}

/// The exchange of an address, if it is there and may be seen.
pub fn find(live: &Live, signed: &Signed, till: TillKey) -> Option<Found> {
    // A shop's people do not even have the parties asked about another shop.
    if signed.role.sees() == Sees::Sentence || signed.merchant.is_some_and(|own| own != till.merchant) {
        return None;
    }
    let found = trace(live, &Keys::Till(till)).into_iter().next()?;
    let known = found
        .seen
        .iter()
        .any(|t| !matches!(t.state, slipway_terms::State::NoRecord | slipway_terms::State::Unreachable));
    (known && may_see(signed, &found)).then_some(found)
}

/// Everything about it that this person may see.
pub fn told(live: &Live, signed: &Signed, found: &Found) -> Value {
    let whole = signed.role.sees() == Sees::Whole;
    let mut told = found.json();
    let till = found.till.map(|till| till.to_string()).unwrap_or_default();
    let slip = !told["slip"].is_null();
    let proposal = live.support.proposals.about(&till);
    let facts = Facts::of(found, slip, proposal.is_some());
    told["id"] = json!(found.till.as_ref().map(id_of));
    told["merchant"] = json!(found.till.map(|till| till.merchant.to_string()));
    told["terminal"] = json!(found.till.map(|till| till.terminal.to_string()));
    told["voucher"] = json!(found.till.map(|till| till.stan.to_string()));
    let key = found.seen.iter().find_map(|t| t.switch);
    let posted = key.map_or_else(Vec::new, |key| posted::of(live, key, whole));
    told["timeline"] = json!(timeline::of(found, whole, &posted));
    told["deeds"] = deeds::all(signed.role, &facts);
    told["proposal"] = json!(proposal);
    for linked in ["original", "second_of"] {
        name(&mut told[linked]);
    }
    for linked in ["successors", "paid_again"] {
        told[linked].as_array_mut().into_iter().flatten().for_each(name);
    }
    if whole {
        told["disputes"] = json!(disputes(live, &till));
    } else if let Some(evidence) = told["evidence"].as_array_mut() {
        // What a bank said of its customer's card is not the shop's (rules 11).
        evidence.retain(|one| one["party"] == "terminal" || one["party"] == "acquirer");
        evidence.iter_mut().for_each(|one| one["code"] = Value::Null);
    }
    told
}

/// Where a linked exchange is found.
fn name(linked: &mut Value) {
    if let Some(till) = linked["till"].as_str().map(|till| till.replace('/', "-")) {
        linked["id"] = json!(till);
    }
}

/// Its disputes at every house, in short; none if a house does not answer.
fn disputes(live: &Live, till: &str) -> Vec<Value> {
    let Ok(listed) = disputes::answer_list(live.hosts.all()) else { return Vec::new() };
    let all = listed["disputes"].as_array().cloned().unwrap_or_default();
    let mine = all.into_iter().filter(|one| one["till"] == till);
    mine.map(|one| json!({"number": one["number"], "house": one["house"], "standing": one["standing"]["is"], "won": one["won"]["is"], "over": one["over"], "due": one["due"]})).collect()
}

/// How a copy of a slip is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Whose copy.
    pub copy: Copy,
    /// As it comes when it is printed again.
    pub reprint: bool,
}

/// The copy that the acquirer's archive has.
pub fn archived(live: &Live, till: TillKey) -> Result<Option<Shown>, End> {
    shown(&live.hosts.acquirer, till)
}

/// The lines of a slip: those that were printed, or those that come when it is printed again.
pub fn lines(shown: &Shown, wanted: Wanted) -> Option<Lines> {
    let mut slip = shown.slip.clone()?;
    slip.reprint |= wanted.reprint;
    Some(render(&slip, wanted.copy, Columns::C32))
}

/// What a page is told of a slip.
pub fn paper(till: TillKey, shown: Option<&Shown>) -> Value {
    let word = shown.map_or("none", |shown| shown.evidence.as_str());
    let text =
        |copy, reprint| shown.and_then(|shown| lines(shown, Wanted { copy, reprint })).map(|lines| lines.to_string());
    json!({
        "id": id_of(&till), "evidence": word, "contradicted": shown.is_some_and(|shown| shown.contradicted.is_some()),
        "merchant": text(Copy::Merchant, false), "cardholder": text(Copy::Cardholder, false), "reprint": text(Copy::Cardholder, true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_exchange_and_nothing_else() {
        let good = "999290054110001-10000001-000001-000002";
        let till = till_of(good).unwrap();
        assert_eq!(id_of(&till), good);
        for bad in [
            "",
            "a",
            "999290054110001-10000001-000001",
            "999290054110001-10000001-1-2",
            "999290054110001-10000001-000001-000000",
            "999290054110001-10000001-000001-000002-1",
            "../../etc/passwd",
            "999290054110001/10000001/000001/000002",
            "99929005411000x-1000000\u{202e}-000001-000002",
            "999290054110001-10000001-+00001-000002",
        ] {
            assert!(till_of(bad).is_none(), "{bad}");
        }
    }
}

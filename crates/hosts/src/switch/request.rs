//! A request from an acquirer: refused, answered again, or forwarded once. Order of refusals: frame, MAC, tombstone,
//! duplicate, conflict, kind, card, issuer, PIN (rules 2). Never forwards what it has a record of.

use super::core::{Switch, SwitchTimer, mac_verdict};
use super::named;
use super::record::{Asked, Bin, Exchange, Given, Marks, Member, Open, Stage, SwitchRow};
use crate::day;
use crate::dispute::Dispute;
use slipway_node::{Ask, Decision, Facts, Peer, Told, Wants};
use slipway_terms::{
    Advice, AnyPin, BusinessDate, CardToken, CardType, Currency, InstitutionId, Kind, Message, Moment, Outcome, Pan,
    ResponseCode, SealedPan, SwitchKey,
};

/// Tag of a forwarded advice in the outbox, under its own identity.
pub(super) const ADVICE: u8 = 2;

/// Where a good request goes, with its PIN under the issuer's key; of an advice the card sealed.
struct Route {
    issuer: InstitutionId,
    pin: Option<AnyPin>,
    card: Option<SealedPan>,
    card_type: CardType,
    signed_minor: i64,
    behind: Option<SwitchKey>,
}

/// Whether an exchange is an advice: kept until its issuer has answered, without a time-out.
pub(super) fn is_advice(exchange: &Exchange) -> bool {
    exchange.asked.kind().is_some_and(|kind| kind.shape().is_advice())
}

pub(super) fn wants(me: &Switch, from: &InstitutionId, message: &Message, seen: &Facts<'_, Switch>, out: &mut Wants) {
    day::want::<Switch>(out);
    out.row::<Member, SwitchRow>(from).ask(Ask::MacGood(Switch::zak(from)));
    if let Some(key) = message.switch_key() {
        out.row::<Exchange, SwitchRow>(&key);
    }
    named::wants(message.original.map(|original| original.key), out);
    if let Some(original) = message.original.filter(|_| message.kind() == Some(Kind::Refund)) {
        out.row::<Dispute, SwitchRow>(&original.key);
    }
    let Some(pan) = message.card() else { return };
    let advice = message.kind().is_some_and(|kind| kind.shape().is_advice());
    if advice && message.switch_key().is_some_and(|key| seen.known::<Exchange>(&key).is_none()) {
        out.ask(Ask::Seal(me.seal_key(), pan.clone()));
    }
    let first6 = pan.tail().first6;
    out.row::<Bin, SwitchRow>(&first6);
    if let Some(issuer) = seen.known::<Bin>(&first6).and_then(|bin| bin.issuer(&pan)) {
        out.row::<Member, SwitchRow>(&issuer);
        out.asks.extend(translation(from, &issuer, message, &pan));
    }
    out.ask(Ask::Token(me.token_key(), pan));
}

pub(super) fn decide(
    me: &Switch,
    at: Moment,
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let (member, key) = match admit(from, message, facts) {
        Ok(admitted) => admitted,
        Err((code, keyed)) => {
            // Nothing is recorded for a request whose sender or wholeness is not proven.
            decision.count("switch.request_not_admitted");
            // A spoilt copy of what is already here is not answered: A0 would speak against the good copy's own answer.
            let known = message.switch_key().is_some_and(|key| facts.get::<Exchange>(&key).is_some());
            if known && code == ResponseCode::MAC_ERROR {
                return;
            }
            let mac = keyed.then(|| Switch::zak(from));
            return decision.send(Peer::Member(*from), message.answer(code), mac);
        }
    };
    let Ok(token) = token(me, message, facts) else {
        decision.count("switch.vault_unavailable");
        let answer = message.answer(ResponseCode::MALFUNCTION);
        return decision.send(Peer::Member(*from), answer, Some(Switch::zak(from)));
    };
    let asked = Asked::of(message, token);
    if let Some(exchange) = facts.get::<Exchange>(&key) {
        return repeat(exchange, &asked, message, decision);
    }
    let fresh = Exchange {
        key,
        asked,
        issuer: None,
        day: day::days(at, facts).date,
        at,
        due: None,
        stage: Stage::Declined,
        given: None,
        undo: None,
        late: None,
        signed_minor: 0,
        claim: None,
        marks: Marks::default(),
        behind: None,
        redo: None,
        owed_undo: None,
        card: CardType::Debit,
    };
    match route(me, member, from, token, fresh.day, message, facts) {
        Ok(route) => {
            named::ask(&fresh, facts, decision);
            forward(me, fresh, route, message, decision);
        }
        // A vault cannot open or seal the card now: nothing is recorded, the sender repeats.
        Err(ResponseCode::MALFUNCTION) => {
            let answer = message.answer(ResponseCode::MALFUNCTION);
            decision.send(Peer::Member(*from), answer, Some(Switch::zak(from)));
        }
        Err(code) => {
            // Recorded although it went nowhere: a repeat must not be forwarded after the acquirer was told no.
            let exchange = Exchange { given: Some(Given::bare(code)), ..fresh };
            give(&exchange, message, code, decision);
            decision.put(&key, exchange);
        }
    }
}

/// Frame, MAC, sender. The flag says whether the answer can be MACed.
fn admit<'a>(
    from: &InstitutionId,
    message: &Message,
    facts: &'a Facts<'_, Switch>,
) -> Result<(&'a Member, SwitchKey), (ResponseCode, bool)> {
    let member = facts.get::<Member>(from).ok_or((ResponseCode::FORMAT_ERROR, false))?;
    let key = message.switch_key().ok_or((ResponseCode::FORMAT_ERROR, true))?;
    mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))).map_err(|code| (code, true))?;
    if key.acquirer != *from || !member.acquires {
        return Err((ResponseCode::FORMAT_ERROR, true));
    }
    Ok((member, key))
}

/// The switch's token of the card; `Err` while the vault cannot make it.
pub(super) fn token(me: &Switch, message: &Message, facts: &Facts<'_, Switch>) -> Result<Option<CardToken>, ()> {
    let Some(pan) = message.card() else { return Ok(None) };
    match facts.told(&Ask::Token(me.token_key(), pan)) {
        Some(Told::Token(token)) => Ok(Some(*token)),
        _ => Err(()),
    }
}

/// A used key: tombstone, the same request again, or a conflict.
fn repeat(exchange: &Exchange, asked: &Asked, message: &Message, decision: &mut Decision<Switch>) {
    if exchange.stage == Stage::Tombstone {
        decision.count("switch.tombstone_met");
        return give(exchange, message, ResponseCode::INVALID_TRANSACTION, decision);
    }
    if !exchange.asked.same(asked) {
        decision.count("switch.conflict");
        return give(exchange, message, ResponseCode::DUPLICATE, decision);
    }
    decision.count("switch.repeat");
    match (&exchange.given, exchange.stage) {
        // With the issuer: the first answer, or the time-out, will be the answer to the repeat too.
        (None, Stage::Forwarded) => {}
        // An approval that was undone is not said again: it stands as its own tombstone.
        (Some(given), Stage::Undone) if given.code.outcome() == Outcome::Approved => {
            give(exchange, message, ResponseCode::INVALID_TRANSACTION, decision);
        }
        (Some(given), _) => give(exchange, message, given.code, decision),
        (None, _) => give(exchange, message, ResponseCode::INVALID_TRANSACTION, decision),
    }
}

/// Answers a request that is here in full; the stored fields go with the stored code only.
fn give(exchange: &Exchange, message: &Message, code: ResponseCode, decision: &mut Decision<Switch>) {
    let mut answer = message.answer(code);
    answer.settlement = exchange.issuer.map(|_| exchange.day.month_day());
    answer.receiver = exchange.issuer;
    if let Some(given) = exchange.given.as_ref().filter(|given| given.code == code) {
        (answer.auth, answer.institutions, answer.balance) = (given.auth, given.institutions, given.balance);
    }
    let acquirer = exchange.key.acquirer;
    decision.send(Peer::Member(acquirer), answer, Some(Switch::zak(&acquirer)));
}

/// Kind, original, card, issuer, PIN.
fn route(
    me: &Switch,
    member: &Member,
    from: &InstitutionId,
    token: Option<CardToken>,
    day: BusinessDate,
    message: &Message,
    facts: &Facts<'_, Switch>,
) -> Result<Route, ResponseCode> {
    if !member.active {
        return Err(ResponseCode::NOT_PERMITTED);
    }
    let kind = message.kind().ok_or(ResponseCode::INVALID_TRANSACTION)?;
    match message.amount {
        _ if kind == Kind::Balance => {}
        None => return Err(ResponseCode::FORMAT_ERROR),
        // Positions are kept in one currency, and a spoilt DE 49 is not told by the code between members.
        Some(sum) if sum.currency() != Currency::CNY => return Err(ResponseCode::INVALID_AMOUNT),
        Some(_) => {}
    }
    // Of an advice the sender's vault adds the card as it leaves; when it cannot, that says nothing of the advice.
    let advice = kind.shape().is_advice();
    let without = if advice { ResponseCode::MALFUNCTION } else { ResponseCode::FORMAT_ERROR };
    let pan = message.card().ok_or(without)?;
    let first = named::find(kind, message, token, day, facts)?;
    let signed_minor = named::signed_minor(kind, message.amount, first);
    let bin = facts.get::<Bin>(&pan.tail().first6).ok_or(ResponseCode::NO_ISSUER)?;
    let (issuer, card_type) = bin.route(&pan).ok_or(ResponseCode::NO_ISSUER)?;
    let there = facts.get::<Member>(&issuer).filter(|there| there.issues).ok_or(ResponseCode::NO_ISSUER)?;
    // 91 is a clean refusal because nothing has left: it is said only here, before forwarding (rules 4). An advice waits.
    if !advice && (!there.active || !there.up) {
        return Err(ResponseCode::ISSUER_DOWN);
    }
    let card = match facts.told(&Ask::Seal(me.seal_key(), pan.clone())) {
        _ if !advice => None,
        Some(Told::Sealed(card)) => Some(card.clone()),
        _ => return Err(ResponseCode::MALFUNCTION),
    };
    let behind = first.filter(|_| kind == Kind::CompletionVoid).and_then(|first| first.asked.original);
    Ok(Route { issuer, pin: pin(from, &issuer, message, &pan, facts)?, card, card_type, signed_minor, behind })
}

fn pin(
    from: &InstitutionId,
    issuer: &InstitutionId,
    message: &Message,
    pan: &Pan,
    facts: &Facts<'_, Switch>,
) -> Result<Option<AnyPin>, ResponseCode> {
    if message.any_pin().is_none() {
        return Ok(None);
    }
    let ask = translation(from, issuer, message, pan).ok_or(ResponseCode::PIN_FORMAT)?;
    match facts.told(&ask) {
        Some(Told::PinUnreadable) => Err(ResponseCode::PIN_FORMAT),
        told => told.and_then(Told::any_pin).map(Some).ok_or(ResponseCode::SECURITY_FAILED),
    }
}

fn translation(from: &InstitutionId, issuer: &InstitutionId, message: &Message, pan: &Pan) -> Option<Ask> {
    Ask::translate(Switch::zpk(from), Switch::zpk(issuer), message, pan.clone())
}

/// Records the exchange as forwarded, fixes its day, and sends it on with nothing changed but 15, 52, 53 and 100. A request
/// has a time-out; an advice is kept until it is answered.
fn forward(me: &Switch, fresh: Exchange, route: Route, message: &Message, decision: &mut Decision<Switch>) {
    let due = route.card.is_none().then(|| fresh.at.plus_ms(me.times.switch_ms));
    let (issuer, signed_minor) = (Some(route.issuer), route.signed_minor);
    let (behind, card) = (route.behind, route.card_type);
    let exchange = Exchange { issuer, due, stage: Stage::Forwarded, signed_minor, behind, card, ..fresh };
    let mut onward = message.clone();
    onward.settlement = Some(exchange.day.month_day());
    onward.receiver = exchange.issuer;
    onward.mac = None;
    onward.put_pin(route.pin);
    let (to, zak) = (Peer::Member(route.issuer), Some(Switch::zak(&route.issuer)));
    match (route.card, due) {
        (None, Some(due)) => {
            decision.send(to, onward, zak);
            decision.due(due, SwitchTimer::Answer(exchange.key));
            decision.put(&exchange.key, Open { key: exchange.key, due });
        }
        (card, _) => {
            decision.count("switch.advice_forwarded");
            decision.until_answered(to, ADVICE, &exchange.key, Advice::of(&onward, message.mti, card), zak);
        }
    }
    decision.put(&exchange.key.clone(), exchange);
}

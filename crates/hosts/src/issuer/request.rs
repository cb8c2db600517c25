//! A request from the switch: answered again, refused, or approved. Order of refusals: frame, MAC, tombstone, duplicate,
//! conflict, kind, card, limits, PIN, balance (rules 2). A repeat never reaches a check that counts.

use super::core::{Issuer, mac_verdict};
use super::record::{
    AccountRow, Asked, Card, CardStatus, Counters, Exchange, Given, IssuerRow, Stage, Suspense, Usage,
};
use super::{chip, hold, limits, named, notices, pin, posting};
use alloc::format;
use slipway_node::{Ask, Decision, Facts, Peer, Told, Wants};
use slipway_terms::{
    Amount, AuthCode, Balance as ToldBalance, CardToken, Currency, Expiry, Kind, Message, Moment, Outcome,
    ResponseCode, Short,
};

/// Everything a judgement looks at; `usage` is what will be written back.
struct Sight<'a> {
    first: Option<&'a Exchange>,
    card: &'a Card,
    account: &'a AccountRow,
    usage: Usage,
    available: i64,
}

pub(super) fn wants(me: &Issuer, message: &Message, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    out.ask(Ask::MacGood(me.zak()));
    if let Some(key) = message.switch_key() {
        out.row::<Exchange, IssuerRow>(&key);
    }
    out.row::<Counters, IssuerRow>(&());
    named::wants(message.original.map(|original| original.key), seen, out);
    if message.kind() == Some(Kind::OfflineSale) {
        posting::want_loss(out);
    }
    out.asks.extend(chip::question(me, message));
    let Some(pan) = message.card() else { return };
    let ask = Ask::Token(me.token_key(), pan);
    if let Some(Told::Token(token)) = seen.told(&ask) {
        out.row::<Card, IssuerRow>(token).row::<Usage, IssuerRow>(token);
        if let Some(card) = seen.known::<Card>(token) {
            out.row::<AccountRow, IssuerRow>(&card.account);
            posting::want(card.account, out);
            out.asks.extend(pin::question(me, message, card));
        }
    }
    out.ask(ask);
}

pub(super) fn decide(
    me: &Issuer,
    at: Moment,
    message: &Message,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) {
    let admitted = message
        .switch_key()
        .ok_or(ResponseCode::FORMAT_ERROR)
        .and_then(|key| mac_verdict(facts.told(&Ask::MacGood(me.zak()))).map(|()| key))
        .and_then(|key| Ok((key, token(me, message, facts)?)));
    let (key, token) = match admitted {
        Ok(admitted) => admitted,
        Err(code) => {
            // Nothing is recorded for a request whose sender or wholeness is not proven.
            decision.count("issuer.request_not_admitted");
            return decision.send(Peer::Switch, answer(me, message, &bare(code)), Some(me.zak()));
        }
    };
    if token.is_none() && message.kind().is_some_and(|kind| kind.shape().is_advice()) {
        // The sender's vault adds the card as the advice leaves; when it cannot, that says nothing of the advice.
        decision.count("issuer.advice_without_card");
        return decision.send(Peer::Switch, answer(me, message, &bare(ResponseCode::MALFUNCTION)), Some(me.zak()));
    }
    let asked = Asked::of(message, token);
    if let Some(exchange) = facts.get::<Exchange>(&key) {
        let given = repeat(exchange, &asked, decision);
        return decision.send(Peer::Switch, answer(me, message, &given), Some(me.zak()));
    }
    let fresh = Exchange {
        key,
        asked,
        account: None,
        counted: at.date(),
        at,
        stage: Stage::Declined,
        given: None,
        suspense: Suspense::Never,
        undo: None,
        kind: message.kind(),
        signed_minor: 0,
        borne: false,
        hold: None,
        claim: None,
        owed_undo: None,
        refunded_minor: 0,
        adjusted_minor: 0,
    };
    let given = match sight(at, token, message, facts) {
        Ok((kind, token, sight)) => judged(me, at, kind, token, sight, fresh, message, facts, decision),
        // It happened at the till, within limits we published: without an account it is our own loss (rules 3).
        Err(_) if fresh.kind == Some(Kind::OfflineSale) && amount_of(message).is_ok() => {
            bear(at, fresh, facts, decision)
        }
        Err(code) => {
            decision.put(&key, Exchange { given: Some(bare(code)), ..fresh });
            bare(code)
        }
    };
    let mut said = answer(me, message, &given);
    if given.code == ResponseCode::APPROVED
        && let Some(card) = token.and_then(|token| facts.get::<Card>(&token))
    {
        // Not stored: a copy of the request is answered without it, and its chip then refuses.
        said.chip = chip::answer(me, message, card, facts).map(slipway_terms::chip::ChipFields::into_field);
    }
    decision.send(Peer::Switch, said, Some(me.zak()));
}

const fn bare(code: ResponseCode) -> Given {
    Given { code, auth: None, balance: None }
}

/// The issuer's token of the card; 96 while the vault cannot make it.
pub(super) fn token(
    me: &Issuer,
    message: &Message,
    facts: &Facts<'_, Issuer>,
) -> Result<Option<CardToken>, ResponseCode> {
    let Some(pan) = message.card() else { return Ok(None) };
    match facts.told(&Ask::Token(me.token_key(), pan)) {
        Some(Told::Token(token)) => Ok(Some(*token)),
        _ => Err(ResponseCode::MALFUNCTION),
    }
}

/// A used key: tombstone, the same request again, or a conflict.
fn repeat(exchange: &Exchange, asked: &Asked, decision: &mut Decision<Issuer>) -> Given {
    if exchange.stage == Stage::Tombstone {
        decision.count("issuer.tombstone_met");
        return bare(ResponseCode::INVALID_TRANSACTION);
    }
    if !exchange.asked.same(asked) {
        decision.count("issuer.conflict");
        return bare(ResponseCode::DUPLICATE);
    }
    decision.count("issuer.repeat");
    match &exchange.given {
        // An approval that was undone is not said again: it stands as its own tombstone.
        Some(given) if exchange.stage == Stage::Undone && given.code.outcome() == Outcome::Approved => {
            bare(ResponseCode::INVALID_TRANSACTION)
        }
        Some(given) => given.clone(),
        None => bare(ResponseCode::INVALID_TRANSACTION),
    }
}

/// DE 4 of anything but an inquiry.
fn amount_of(message: &Message) -> Result<Amount, ResponseCode> {
    let paid = message.amount.filter(|amount| amount.minor() > 0 && amount.currency() == Currency::CNY);
    paid.ok_or(ResponseCode::INVALID_AMOUNT)
}

/// Kind, and a card with its account.
fn sight<'a>(
    at: Moment,
    token: Option<CardToken>,
    message: &Message,
    facts: &'a Facts<'_, Issuer>,
) -> Result<(Kind, CardToken, Sight<'a>), ResponseCode> {
    let kind = message.kind().ok_or(ResponseCode::INVALID_TRANSACTION)?;
    if kind != Kind::Balance {
        amount_of(message)?;
    }
    let token = token.ok_or(ResponseCode::FORMAT_ERROR)?;
    let card = facts.get::<Card>(&token).ok_or(ResponseCode::INVALID_CARD)?;
    if kind == Kind::OfflineSale && card.status != CardStatus::Active {
        return Err(ResponseCode::RESTRICTED_CARD);
    }
    let account = facts.get::<AccountRow>(&card.account).ok_or(ResponseCode::INVALID_CARD)?;
    let usage = limits::today(facts.get::<Usage>(&token).copied(), at.date());
    let available = posting::available(account, facts);
    let original = message.original.filter(|_| kind.shape().names_original);
    let first = original.and_then(|original| facts.get::<Exchange>(&original.key));
    Ok((kind, token, Sight { first, card, account, usage, available }))
}

/// An offline approval that no account can bear.
fn bear(at: Moment, fresh: Exchange, facts: &Facts<'_, Issuer>, decision: &mut Decision<Issuer>) -> Given {
    let signed_minor = fresh.asked.amount.map_or(0, Amount::signed);
    let given = bare(ResponseCode::APPROVED);
    let (stage, suspense) = (Stage::Approved, Suspense::Held);
    let exchange =
        Exchange { signed_minor, borne: true, stage, suspense, given: Some(given.clone()), account: None, ..fresh };
    posting::bear(at, &exchange, facts, decision);
    decision.count("issuer.bears_offline_sale");
    decision.put(&exchange.key.clone(), exchange);
    given
}

/// Judges and writes: the exchange, the card's usage, the debit or hold, and the original it is about, all in one commit.
fn judged(
    me: &Issuer,
    at: Moment,
    kind: Kind,
    token: CardToken,
    mut sight: Sight<'_>,
    fresh: Exchange,
    message: &Message,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) -> Given {
    let before = facts.get::<Usage>(&token).copied();
    let amount = message.amount.filter(|_| kind != Kind::Balance);
    let verdict = judge(me, at, kind, token, amount, &mut sight, message, facts);
    let mut exchange = Exchange { account: Some(sight.account.no), ..fresh };
    let given = match (verdict, amount) {
        (Err(code), _) => {
            if let Some(amount) = amount.filter(|_| limits::counts(kind)) {
                notices::decline(&exchange, sight.card, amount, sight.available, decision);
            }
            bare(code)
        }
        (Ok(()), None) => {
            exchange.stage = Stage::Approved;
            Given { balance: Some(told(sight.account, sight.available)), ..bare(ResponseCode::APPROVED) }
        }
        (Ok(()), Some(amount)) => {
            approve(at, kind, amount, &mut sight, &mut exchange, facts, decision);
            let auth = if kind.shape().is_advice() { None } else { next_auth(facts, decision) };
            Given { auth, ..bare(ResponseCode::APPROVED) }
        }
    };
    if before != Some(sight.usage) {
        decision.put(&token, sight.usage);
    }
    exchange.given = Some(given.clone());
    decision.put(&exchange.key.clone(), exchange);
    given
}

/// What an approval changes beside the answer.
fn approve(
    at: Moment,
    kind: Kind,
    amount: Amount,
    sight: &mut Sight<'_>,
    exchange: &mut Exchange,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) {
    exchange.stage = Stage::Approved;
    exchange.signed_minor = named::signed_minor(kind, amount, sight.first);
    if limits::counts(kind) {
        limits::use_up(&mut sight.usage, amount);
    }
    if let Some(usage) = sight.first.and_then(|first| limits::voided(&sight.usage, kind, first, amount)) {
        sight.usage = usage;
    }
    if kind == Kind::PreAuth {
        hold::open(at, exchange, sight.account, amount.signed(), decision);
    }
    if exchange.signed_minor != 0 {
        exchange.suspense = Suspense::Held;
        let let_go = named::let_go(kind, sight.first);
        let forced = kind.shape().is_advice();
        let available = posting::post(at, exchange, sight.account, let_go, forced, facts, decision);
        notices::approved(exchange, sight.first, sight.card, available, decision);
    }
    if kind == Kind::CompletionAdvice && named::let_go(kind, sight.first) == 0 {
        decision.count("issuer.completion_late");
    }
    named::take(at, exchange, kind, sight.account, facts, decision);
}

/// The original it is about, card, limits, PIN, balance. Touches nothing but the PIN tries in `sight.usage`.
fn judge(
    me: &Issuer,
    at: Moment,
    kind: Kind,
    token: CardToken,
    amount: Option<Amount>,
    sight: &mut Sight<'_>,
    message: &Message,
    facts: &Facts<'_, Issuer>,
) -> Result<(), ResponseCode> {
    let shape = kind.shape();
    if let Some(amount) = amount.filter(|_| shape.names_original) {
        named::check(kind, amount, token, sight.first)?;
    }
    if shape.is_advice() {
        return Ok(());
    }
    // Money that was promised, or that comes back, does not ask what became of the card since.
    if !shape.names_original {
        status(at, sight.card, message)?;
        chip::check(me, message, &mut sight.usage, facts)?;
    }
    if let Some(amount) = amount.filter(|_| limits::counts(kind)) {
        limits::check(&sight.card.limits, &sight.usage, amount)?;
    }
    let demanded = sight.card.pin_required
        && !shape.names_original
        && kind != Kind::Moto
        && !(kind == Kind::Sale && chip::needs_no_pin(message));
    pin::check(me, message, sight.card, demanded, &mut sight.usage, facts)?;
    let let_go = named::let_go(kind, sight.first);
    match amount {
        Some(amount) if shape.sign >= 0 && kind != Kind::PreAuthVoid && amount.signed() > sight.available + let_go => {
            Err(ResponseCode::INSUFFICIENT_FUNDS)
        }
        _ => Ok(()),
    }
}

fn status(at: Moment, card: &Card, message: &Message) -> Result<(), ResponseCode> {
    match card.status {
        CardStatus::Active => {}
        CardStatus::Lost => return Err(ResponseCode::LOST_CARD),
        CardStatus::Stolen => return Err(ResponseCode::STOLEN_CARD),
        CardStatus::Captured | CardStatus::Inactive => return Err(ResponseCode::RESTRICTED_CARD),
    }
    let today = at.date();
    let month = Expiry { year: u8::try_from(today.year.rem_euclid(100)).unwrap_or(0), month: today.month };
    let shown = message.expiry.or_else(|| message.track2.as_ref().and_then(|track| track.expiry().ok()));
    // A card that shows another expiry than ours is an older or a forged one.
    if card.expiry.yymm() < month.yymm() || shown.is_some_and(|shown| shown != card.expiry) {
        return Err(ResponseCode::EXPIRED_CARD);
    }
    Ok(())
}

/// DE 54: what is available, as told to the cardholder.
fn told(account: &AccountRow, available: i64) -> ToldBalance {
    ToldBalance {
        account_type: if account.credit { 30 } else { 10 },
        amount_type: 2,
        amount: Amount::fen(available.unsigned_abs()),
        owed: available < 0,
    }
}

fn next_auth(facts: &Facts<'_, Issuer>, decision: &mut Decision<Issuer>) -> Option<AuthCode> {
    let last = facts.get::<Counters>(&()).map_or(0, |counters| counters.auth);
    let auth = last % 999_999 + 1;
    decision.put(&(), Counters { auth });
    AuthCode::new(&format!("{auth:06}")).ok()
}

/// The 0210: echo of the request, with DE 44 naming issuer and acquirer.
fn answer(me: &Issuer, message: &Message, given: &Given) -> Message {
    let acquirer = message.acquirer.as_ref().map_or("", |id| id.as_str());
    Message {
        auth: given.auth,
        balance: given.balance,
        institutions: Some(Short::cut(&format!("{:<11}{acquirer:<11}", me.id.as_str()))),
        ..message.answer(given.code)
    }
}

//! A financial request of a terminal: the checks in the precedence of rules 2, then one commit that makes it *forwarded*.
//! It must never forward one exchange twice, and never refuse what a copy of the same request could later get approved.

use super::gate::{self, Seat};
use super::under::{Keys, to_line};
use super::{
    Acquirer, AcquirerRow, Case, Counters, Credit, Exchange, Ground, Link, Merchant, Open, Original, Reference,
    Refunds, Stage, TAG_ADVICE, Tombstone, Under, Wait, advice, answer, bear, case, named, outward, second, takeover,
    track,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use slipway_node::{Ask, Decision, Facts, Line, Peer, Told, Wants};
use slipway_terms::{
    Advice, AnyPin, CardTail, CardToken, CaseKey, Currency, Kind, Message, Moment, Pan, ProcessingCode, ResponseCode,
    Rrn, SealedPan, SwitchKey, Till60, TillKey,
};

/// Round one: rows by the message's own ids and the card token. Round two: what the found terminal leads to.
pub(super) fn wants(a: &Acquirer, m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(till) = m.till_key() else { return };
    gate::wants(m, seen, out);
    out.row::<Exchange, AcquirerRow>(&till).row::<Link, AcquirerRow>(&()).row::<Counters, AcquirerRow>(&());
    // Rows are asked for whether or not a closed track is open yet.
    let opened = track::opened(m, seen, Some(out));
    let m = opened.as_deref().unwrap_or(m);
    let card = m.card();
    if let Some(pan) = &card {
        out.ask(Ask::Token(a.token, pan.clone()));
    }
    let Some(terminal) = seen.known::<super::Terminal>(&till.terminal) else { return };
    out.row::<Merchant, AcquirerRow>(&terminal.merchant);
    takeover::wants(&till, out);
    let used = seen.known::<Exchange>(&till).is_some();
    // An advice may find its number used, by an exchange or by a slip that a case has paid, even in one batch with it.
    if used || m.kind().is_some_and(|kind| kind.shape().is_advice()) {
        out.row::<Case, AcquirerRow>(&(till, Ground::AdviceOnUsedNumber as u8));
    }
    if used {
        return;
    }
    second::wants(a, m, &till, seen, out);
    if names_original(m) {
        named::wants(m, seen, out);
        let seat = gate::enter(m, seen).ok().filter(|_| card.is_none() && named::is_read(m, seen));
        if let Some(Ok((Some(o), _))) = seat.map(|seat| about(m, &seat, seen)) {
            out.ask(Ask::Open(o.card.clone()));
        }
    }
    let offline = m.kind() == Some(Kind::OfflineSale);
    if offline {
        advice::want_money(&till, seen, out);
        bear::wants(&till, terminal, out);
        for ground in [Ground::SlipWithoutSale, Ground::AmountDiffers, Ground::Borne] {
            out.row::<Case, AcquirerRow>(&(till, ground as u8));
        }
    }
    let Some(pan) = card else { return };
    out.ask(Ask::Seal(a.seal, pan));
    // With one generation its PIN key is the one; with two the MAC says first which.
    let by = if terminal.previous.is_none() {
        Keys::of(terminal, m).next()
    } else {
        gate::enter(m, seen).ok().map(|seat| seat.by)
    };
    if let Some(ask) = by.and_then(|by| by.pin_ask(a.zpk, m)) {
        out.ask(ask);
    }
}

/// Refusals that depend on how the original stands now: they hold for every copy of the request.
const OF_THE_ORIGINAL: [ResponseCode; 6] = [
    ResponseCode::INVALID_TRANSACTION,
    ResponseCode::NO_ORIGINAL,
    ResponseCode::TOO_LATE,
    ResponseCode::AMOUNT_LIMIT,
    ResponseCode::DIFFERS_FROM_ORIGINAL,
    ResponseCode::INVALID_CARD,
];

/// Refusals that depend on how terminal and merchant are registered now. Registration changes, and a copy that comes after the
/// change must not be sold behind the first answer's back.
const OF_THE_REGISTRATION: [ResponseCode; 3] =
    [ResponseCode::UNREGISTERED_TERMINAL, ResponseCode::INVALID_MERCHANT, ResponseCode::NOT_PERMITTED];

/// Whether a refusal uses the number up: every copy of the request gets it again.
fn remembered(m: &Message, code: ResponseCode) -> bool {
    OF_THE_REGISTRATION.contains(&code) || (names_original(m) && OF_THE_ORIGINAL.contains(&code))
}

fn names_original(m: &Message) -> bool {
    m.kind().is_some_and(|kind| kind.shape().names_original)
}

/// The exchange that a request is about, if its kind is about one.
fn about<'a>(
    m: &Message,
    seat: &Seat<'_>,
    facts: &'a Facts<'_, Acquirer>,
) -> Result<(Option<&'a Original>, Kind), ResponseCode> {
    let kind = m.kind().ok_or(ResponseCode::INVALID_TRANSACTION)?;
    let o = if kind.shape().names_original { Some(named::find(m, kind, seat, facts)?) } else { None };
    Ok((o, kind))
}

/// Decides on a request. A request without its identity is answered 30.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let Some(till) = m.till_key() else { return gate::refuse(a, at, line, m, (ResponseCode::FORMAT_ERROR, None)) };
    let seat = match gate::enter(m, facts) {
        Ok(seat) => seat,
        // A0 says that nothing was done (rules 4). Of a garbled copy of what is here that would be a lie: doubt instead.
        Err((ResponseCode::MAC_ERROR, key)) if matches!(facts.get::<Exchange>(&till), Some(Exchange::Original(_))) => {
            return gate::refuse(a, at, line, m, (ResponseCode::MALFUNCTION, key));
        }
        Err(turned) => return gate::refuse(a, at, line, m, turned),
    };
    let key = Some(seat.by.mac());
    let m = match track::opened(m, facts, None) {
        Ok(opened) => opened,
        Err(code) => return gate::refuse(a, at, line, m, (code, key)),
    };
    let m = &*m;
    let mut d = match facts.get::<Exchange>(&till) {
        Some(Exchange::Tombstone(stone)) => {
            gate::refuse(a, at, line, m, (stone.refused.unwrap_or(ResponseCode::INVALID_TRANSACTION), key))
        }
        // Without the vault nobody can say whether it is the same request: doubt, or a good copy would be told 94.
        Some(Exchange::Original(_)) if token(a, m, facts).is_none() => {
            gate::refuse(a, at, line, m, (ResponseCode::MALFUNCTION, key))
        }
        // Its till has said that it has the slip, so it never asks again: this is another till, wiped or new, on an old number.
        Some(Exchange::Original(o))
            if o.credit == Credit::Confirmed
                && !o.kind.shape().is_advice()
                && !m.kind().is_some_and(|kind| kind.shape().is_advice()) =>
        {
            gate::refuse(a, at, line, m, (ResponseCode::DUPLICATE, key))
        }
        Some(Exchange::Original(o)) if same(a, o, m, facts) => repeat(a, line, m, o, &seat),
        Some(Exchange::Original(_)) if m.kind().is_some_and(|kind| kind.shape().is_advice()) => {
            used_number(a, at, line, m, &till, &seat, facts)
        }
        Some(Exchange::Original(_)) => gate::refuse(a, at, line, m, (ResponseCode::DUPLICATE, key)),
        // A case has paid for the slip of this number: what is not that slip comes on a used one.
        None if takeover::is_used(m.kind(), &till, facts) => {
            if m.kind().is_some_and(|kind| kind.shape().is_advice()) {
                used_number(a, at, line, m, &till, &seat, facts)
            } else {
                gate::refuse(a, at, line, m, (ResponseCode::DUPLICATE, key))
            }
        }
        None => match check(a, m, &till, &seat, facts) {
            Ok(fit) => forward(a, at, line, m, till, &seat, fit, facts),
            Err(code) if bear::bears(m, code) => bear::bear(a, at, line, m, till, &seat, facts),
            Err(code) if remembered(m, code) => {
                let mut d = gate::refuse(a, at, line, m, (code, key));
                let (amount, refused, kind) = (m.amount, Some(code), m.kind());
                d.put(&till, Exchange::Tombstone(Tombstone { till, at, reason: None, amount, refused, kind }));
                d
            }
            Err(code) => gate::refuse(a, at, line, m, (code, key)),
        },
    };
    gate::prove(&seat, at, facts, &mut d);
    d
}

/// An advice on a number that another exchange has (94). It says that something happened, so it may not be lost: a case, whose
/// number ends the repeats at the till.
fn used_number(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    till: &TillKey,
    seat: &Seat<'_>,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    d.count("acquirer_refused");
    let sign = case::sign(m);
    let minor = m.amount.map(slipway_terms::Amount::signed).map(|minor| if sign == Some(-1) { -minor } else { minor });
    advice::open(Case { minor, sign, ..Case::open(*till, Ground::AdviceOnUsedNumber, at) }, facts, &mut d);
    let mut said = m.answer(ResponseCode::DUPLICATE);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    let number = CaseKey::Till(*till, Ground::AdviceOnUsedNumber).number();
    said.private62 = Some(Box::from(number.as_bytes()));
    to_line(&mut d, line, said, Some(seat.by.mac()));
    d
}

/// The token of the card that a message names, if it names one; `None` while the vault cannot make it.
pub(super) fn token(a: &Acquirer, m: &Message, facts: &Facts<'_, Acquirer>) -> Option<Option<CardToken>> {
    let Some(pan) = m.card() else { return Some(None) };
    match facts.told(&Ask::Token(a.token, pan)) {
        Some(Told::Token(token)) => Some(Some(*token)),
        _ => None,
    }
}

/// The same request and nothing else on a used key (rules 2). DE 41, 42, 60.2 and 11 are equal by the key.
fn same(a: &Acquirer, o: &Original, m: &Message, facts: &Facts<'_, Acquirer>) -> bool {
    o.mti == m.mti
        && token(a, m, facts) == Some(o.card_shown.then_some(o.token))
        && Some(o.processing) == m.processing
        && o.amount == named_amount(o.kind, m)
        && o.entry == m.entry
        && o.atc == m.chip_counter()
        && o.condition == m.condition
        && Some(o.till60) == m.till60
}

/// The stored answer again; a copy of what is still at the switch only moves the answer to the newest line.
fn repeat(a: &Acquirer, line: Line, m: &Message, o: &Original, seat: &Seat<'_>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    d.count("acquirer_repeat");
    if o.stage == Stage::Forwarded {
        let moved = Original { line, under: seat.by.under(), ..o.clone() };
        d.put(&o.till, Exchange::Original(Box::new(moved)));
        return d;
    }
    let mut said = outward::to_terminal(a, o, Some(m), None);
    if o.stage == Stage::Undone {
        // Never the stored approval of what was undone; doubt is true whatever the copy is taken for.
        (said.code, said.auth) = (Some(ResponseCode::ISSUER_TIMEOUT), None);
    }
    to_line(&mut d, line, said, Some(seat.by.mac()));
    d
}

/// What a request that may be forwarded brings.
struct Fit<'a> {
    kind: Kind,
    /// In clear, for DE 2 of a request; an advice takes the sealed one.
    pan: Option<Pan>,
    token: CardToken,
    card: SealedPan,
    tail: slipway_terms::CardTail,
    card_shown: bool,
    pin: Option<AnyPin>,
    merchant: &'a Merchant,
    about: Option<&'a Original>,
    link_up: bool,
}

/// Terminal and merchant, batch, kind, amount, original, card, PIN, in this order. A refusal that is the same for every copy of
/// the request is not stored; but see [`remembered`], and for the line to the switch [`forward`].
fn check<'a>(
    a: &Acquirer,
    m: &Message,
    till: &TillKey,
    seat: &Seat<'_>,
    facts: &'a Facts<'_, Acquirer>,
) -> Result<Fit<'a>, ResponseCode> {
    if !seat.terminal.active {
        return Err(ResponseCode::UNREGISTERED_TERMINAL);
    }
    let bound = facts.get::<Merchant>(&seat.terminal.merchant).filter(|bound| bound.active);
    let merchant = bound.filter(|bound| bound.id == till.merchant).ok_or(ResponseCode::INVALID_MERCHANT)?;
    // 77 is never given to advices and settlement: they are judged against the batch they name (rules 2).
    if matches!(m.mti.0, 100 | 200) && till.batch != seat.batch() {
        return Err(ResponseCode::SIGN_ON_AGAIN);
    }
    // A batch that was never given: the till believed a spoilt sign-on. Its offline sales are taken all the same.
    let kind = m.kind().ok_or(ResponseCode::INVALID_TRANSACTION)?;
    if till.batch > seat.batch() && kind != Kind::OfflineSale {
        return Err(ResponseCode::INVALID_TRANSACTION);
    }
    // Stripe, key entry, chip; what names an original may come without a card, or without a cryptogram.
    let read = m.entry.map_or(0, |entry| entry.0 / 10);
    let named = kind.shape().names_original;
    if !(matches!(read, 1 | 2 | 5 | 7) || (read == 0 && named)) {
        return Err(ResponseCode::NOT_SUPPORTED);
    }
    if matches!(read, 5 | 7) && !named && m.chip.as_deref().and_then(slipway_terms::chip::covered).is_none() {
        return Err(ResponseCode::FORMAT_ERROR);
    }
    let paid = m.amount.is_some_and(|sum| sum.minor() > 0 && sum.currency() == Currency::CNY);
    if kind != Kind::Balance && !paid {
        return Err(ResponseCode::INVALID_AMOUNT);
    }
    if (read == 1 || kind == Kind::Moto) && !kind.shape().names_original && !(merchant.keyed_cards && read != 0) {
        return Err(ResponseCode::NOT_PERMITTED);
    }
    let (about, _) = about(m, seat, facts)?;
    let card = card(a, m, about, facts)?;
    let pin = pin(a, m, seat, facts)?;
    let link_up = facts.get::<Link>(&()).is_some_and(|link| link.up);
    let (pan, token, card, tail, card_shown) = card;
    Ok(Fit { kind, pan, token, card, tail, card_shown, pin, merchant, about, link_up })
}

type Shown = (Option<Pan>, CardToken, SealedPan, slipway_terms::CardTail, bool);

/// The card of the request, or that of the exchange it is about; a card that is shown must be the original's (14).
fn card(
    a: &Acquirer,
    m: &Message,
    about: Option<&Original>,
    facts: &Facts<'_, Acquirer>,
) -> Result<Shown, ResponseCode> {
    let Some(pan) = m.card() else {
        let o = about.ok_or(ResponseCode::INVALID_CARD)?;
        let pan = match facts.told(&Ask::Open(o.card.clone())) {
            Some(Told::Opened(pan)) => pan.clone(),
            _ => return Err(ResponseCode::MALFUNCTION),
        };
        return Ok((Some(pan), o.token, o.card.clone(), o.tail, false));
    };
    if m.track2.as_ref().is_some_and(|track| track.pan().as_ref() != Ok(&pan)) {
        return Err(ResponseCode::INVALID_CARD);
    }
    match (facts.told(&Ask::Token(a.token, pan.clone())), facts.told(&Ask::Seal(a.seal, pan.clone()))) {
        (Some(Told::Token(token)), Some(Told::Sealed(_))) if about.is_some_and(|o| o.token != *token) => {
            Err(ResponseCode::INVALID_CARD)
        }
        (Some(Told::Token(token)), Some(Told::Sealed(card))) => {
            let tail = pan.tail();
            Ok((Some(pan), *token, card.clone(), tail, true))
        }
        _ => Err(ResponseCode::MALFUNCTION),
    }
}

fn pin(
    a: &Acquirer,
    m: &Message,
    seat: &Seat<'_>,
    facts: &Facts<'_, Acquirer>,
) -> Result<Option<AnyPin>, ResponseCode> {
    let entered = m.entry.is_some_and(slipway_terms::EntryMode::with_pin);
    if m.any_pin().is_none() {
        return if entered { Err(ResponseCode::PIN_FORMAT) } else { Ok(None) };
    }
    let ask = seat.by.pin_ask(a.zpk, m).ok_or(ResponseCode::PIN_FORMAT)?;
    match facts.told(&ask) {
        Some(Told::PinUnreadable) => Err(ResponseCode::PIN_FORMAT),
        // Doubt, whatever the vault lacks: a copy of the request may find it in another mood and be approved.
        told => told.and_then(Told::any_pin).map(Some).ok_or(ResponseCode::MALFUNCTION),
    }
}

/// An inquiry has no amount, whatever the field says.
fn named_amount(kind: Kind, m: &Message) -> Option<slipway_terms::Amount> {
    if kind == Kind::Balance { None } else { m.amount }
}

/// A request that is taken, whatever becomes of it.
pub(super) struct Taken {
    pub kind: Kind,
    pub processing: ProcessingCode,
    pub till60: Till60,
    pub switch: SwitchKey,
    pub rrn: Rrn,
    pub line: Line,
    /// For comparing, for advices, for people; and whether the request named it.
    pub card: (CardToken, SealedPan, CardTail, bool),
}

impl Taken {
    /// Its record as it is forwarded.
    pub(super) fn original(
        self,
        at: Moment,
        m: &Message,
        till: TillKey,
        under: Under,
        about: Option<&Original>,
    ) -> Original {
        let (token, card, tail, card_shown) = self.card;
        Original {
            till,
            mti: m.mti,
            kind: self.kind,
            processing: self.processing,
            amount: named_amount(self.kind, m),
            entry: m.entry,
            atc: m.chip_counter(),
            condition: m.condition,
            till60: self.till60,
            token,
            card,
            tail,
            switch: self.switch,
            rrn: self.rrn,
            line: self.line,
            under,
            at,
            stage: Stage::Forwarded,
            code: None,
            auth: None,
            settlement: None,
            institutions: None,
            balance: None,
            answered_at: None,
            late: None,
            credit: Credit::Nothing,
            undo: None,
            card_shown,
            signed_minor: named::signed_minor(self.kind, named_amount(self.kind, m), about),
            about: about.map(named::about),
            claim: None,
            refunds: Refunds::default(),
            borne: false,
            payee: None,
            redo: None,
            reversed_behind: false,
            second: None,
            again: Vec::new(),
        }
    }
}

/// One commit: numbers, the exchange, its reference, its open mark, the timer. With the line down the exchange is stored as
/// declined (92): a copy that comes after the line is up again must not be approved behind the first answer's back. An advice
/// is stored in the outbox whatever the line does.
fn forward(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    till: TillKey,
    seat: &Seat<'_>,
    fit: Fit<'_>,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let mut counters = gate::counters(facts);
    let rrn = counters.next_rrn(at.date());
    let switch = SwitchKey { acquirer: a.id, forwarder: a.id, sent: at.sent_at(), stan: counters.next_stan() };
    let (Some(processing), Some(till60)) = (m.processing, m.till60) else {
        return gate::refuse(a, at, line, m, (ResponseCode::FORMAT_ERROR, Some(seat.by.mac())));
    };
    let advice = fit.kind.shape().is_advice();
    let goes = fit.link_up || advice;
    let card = (fit.token, fit.card.clone(), fit.tail, fit.card_shown);
    let taken = Taken { kind: fit.kind, processing, till60, switch, rrn, line, card };
    let mut original = taken.original(at, m, till, seat.by.under(), fit.about);
    second::link(at, m, seat, &mut original, facts, &mut d);
    if !goes {
        original.stage = Stage::Declined;
        original.code = Some(ResponseCode::ISSUER_LINE_DOWN);
        original.answered_at = Some(at);
    }
    if fit.kind == Kind::OfflineSale {
        // The till may have settled before its upload came: now its slip has its sale.
        advice::close(till, Ground::SlipWithoutSale, at, facts, &mut d);
    }
    let minor = m.amount.map_or(0, slipway_terms::Amount::minor);
    if fit.kind == Kind::OfflineSale && minor > fit.merchant.offline_max_minor {
        // Beyond the published limits nobody but us bears it (rules 3); nothing goes out.
        answer::borne(a, at, &original, Credit::Confirmed, facts, &mut d);
        if takeover::paid(&till, facts).is_none() {
            advice::case(till, Ground::Borne, at, facts, &mut d);
        }
        d.put(&(), counters);
        d.put(&rrn, Reference { till });
        return d;
    }
    if let (true, Some(about)) = (goes, fit.about) {
        named::claim(about, till, fit.kind, at, facts, &mut d);
    }
    if advice {
        let onward = outward::to_switch(&original, m, None, None, seat.terminal, fit.merchant);
        let onward = Advice::of(&onward, m.mti, Some(fit.card));
        d.until_answered(Peer::Switch, TAG_ADVICE, &switch, onward, Some(a.zak.clone()));
        d.count("acquirer_advice_forwarded");
    } else if goes {
        let due = at.plus_ms(a.times.acquirer_ms);
        let open = Open { till, due, wait: Wait::Answer };
        let onward = outward::to_switch(&original, m, fit.pan, fit.pin, seat.terminal, fit.merchant);
        d.send(Peer::Switch, onward, Some(a.zak.clone()));
        d.due(due, open.timer());
        d.put(&till, open);
        d.count("acquirer_forwarded");
    } else {
        let said = outward::to_terminal(a, &original, Some(m), fit.pan);
        to_line(&mut d, line, said, Some(seat.by.mac()));
        d.count("acquirer_line_down");
    }
    d.put(&(), counters);
    d.put(&rrn, Reference { till });
    d.put(&till, Exchange::Original(Box::new(original)));
    d
}

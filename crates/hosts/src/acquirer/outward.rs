//! The messages an acquirer forms: the request to the switch, the answer to the terminal, the reversal advice.
//! DE 18, 41, 42 and 43 come from the bound records only (rules 11); nothing a terminal says about its shop is forwarded.

use super::{Acquirer, Merchant, Original, Terminal};
use slipway_terms::{Advice, AnyPin, Message, Moment, Mti, OriginalData, Pan, ResponseCode, Short, Stan};

/// The stored answer fields as an answer to the terminal. `asked` is the request or its repeat if it is at hand: DE 2 and
/// 14 are of the repeat, they are not stored in clear.
pub(super) fn to_terminal(a: &Acquirer, o: &Original, asked: Option<&Message>, pan: Option<Pan>) -> Message {
    Message {
        pan: pan.or_else(|| asked.and_then(Message::card)),
        processing: Some(o.processing),
        amount: o.amount,
        stan: Some(o.till.stan),
        time: Some(o.at.clock()),
        date: Some(o.at.month_day()),
        expiry: asked.and_then(|m| m.expiry),
        settlement: o.settlement,
        condition: o.condition,
        acquirer: Some(a.id),
        rrn: Some(o.rrn),
        auth: o.auth,
        code: o.code,
        terminal: Some(o.till.terminal),
        merchant: Some(o.till.merchant),
        institutions: o.institutions,
        balance: o.balance,
        till60: Some(o.till60),
        operator_or_scheme: Short::new("CUP").ok(),
        ..Message::new(o.mti.answer())
    }
}

/// The request to the switch, DE 7 and 11 fresh, the PIN block already under the zone key; what it is about in DE 90 and 38.
/// Of an advice the card is sealed beside it.
pub(super) fn to_switch(
    o: &Original,
    m: &Message,
    pan: Option<Pan>,
    pin: Option<AnyPin>,
    terminal: &Terminal,
    merchant: &Merchant,
) -> Message {
    let on_track = m.track2.as_ref().and_then(|t| t.expiry().ok());
    let mut onward = Message {
        pan,
        processing: Some(o.processing),
        amount: o.amount,
        sent: Some(o.switch.sent),
        stan: Some(o.switch.stan),
        time: Some(o.at.clock()),
        date: Some(o.at.month_day()),
        expiry: m.expiry.or(on_track),
        mcc: Some(merchant.mcc),
        entry: o.entry,
        condition: o.condition,
        pin_length_max: pin.and(m.pin_length_max),
        acquirer: Some(o.switch.acquirer),
        forwarder: Some(o.switch.forwarder),
        card_sequence: m.card_sequence,
        chip: m.chip.clone(),
        track2: m.track2.clone(),
        rrn: Some(o.rrn),
        auth: o.about.and_then(|about| about.auth).or(m.auth),
        original: o.about.map(|about| OriginalData { mti: about.mti, key: about.switch }),
        terminal: Some(terminal.id),
        merchant: Some(merchant.id),
        name_place: Some(merchant.name_place),
        ..Message::new(o.mti)
    };
    onward.put_pin(pin);
    onward
}

/// The reversal advice to the switch: our own fresh DE 7 and 11, the original in DE 90, the card sealed.
pub(super) fn reversal(o: &Original, reason: ResponseCode, at: Moment, stan: Stan) -> Advice {
    let own = Message {
        processing: Some(o.processing),
        amount: o.amount,
        sent: Some(at.sent_at()),
        stan: Some(stan),
        acquirer: Some(o.switch.acquirer),
        forwarder: Some(o.switch.forwarder),
        rrn: Some(o.rrn),
        auth: o.auth,
        code: Some(reason),
        terminal: Some(o.till.terminal),
        merchant: Some(o.till.merchant),
        original: Some(OriginalData { mti: o.mti, key: o.switch }),
        ..Message::new(Mti(420))
    };
    Advice::of(&own, Mti(420), Some(o.card.clone()))
}

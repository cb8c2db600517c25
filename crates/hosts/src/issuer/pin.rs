//! The PIN: asked of the vault, its tries counted here. A repeat never comes here, so a wrong PIN sent twice counts once.

use super::core::Issuer;
use super::record::{Card, Usage};
use slipway_node::{Ask, Facts, Told};
use slipway_terms::{Message, ResponseCode};

/// What to ask of the vault; `None` if there is no readable PIN field or the card has no PIN.
pub(super) fn question(me: &Issuer, message: &Message, card: &Card) -> Option<Ask> {
    Ask::right(me.zpk(), message, me.pvk(), card.reference?)
}

/// `demanded`: this kind needs a PIN with this card. 75 if the card is blocked, 55 if a demanded PIN is missing (no try counted: nobody guessed) or wrong, 75 at the try
/// that blocks, 99 if it cannot be read, A7 if the vault cannot say. A right PIN clears the tries.
pub(super) fn check(
    me: &Issuer,
    message: &Message,
    card: &Card,
    demanded: bool,
    usage: &mut Usage,
    facts: &Facts<'_, Issuer>,
) -> Result<(), ResponseCode> {
    let asked = demanded || message.any_pin().is_some();
    if asked && card.reference.is_some() && usage.tries >= me.tries_max {
        return Err(ResponseCode::PIN_TRIES);
    }
    if message.any_pin().is_none() {
        return if demanded { Err(ResponseCode::WRONG_PIN) } else { Ok(()) };
    }
    if card.reference.is_none() {
        return if demanded { Err(ResponseCode::SECURITY_FAILED) } else { Ok(()) };
    }
    let ask = question(me, message, card).ok_or(ResponseCode::PIN_FORMAT)?;
    match facts.told(&ask) {
        Some(Told::Yes) => {
            usage.tries = 0;
            Ok(())
        }
        Some(Told::No) => {
            usage.tries = usage.tries.saturating_add(1);
            Err(if usage.tries >= me.tries_max { ResponseCode::PIN_TRIES } else { ResponseCode::WRONG_PIN })
        }
        Some(Told::PinUnreadable) => Err(ResponseCode::PIN_FORMAT),
        _ => Err(ResponseCode::SECURITY_FAILED),
    }
}

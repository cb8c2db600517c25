//! The chip: its cryptogram proves the card, its counter that this presentation was never here before. What it says lives in
//! memory only; the counter alone is kept, with what the card has used up.
//! Must never: believe a chip that another amount or currency was shown to, or answer a cryptogram that is not this card's.

use super::core::Issuer;
use super::record::{Card, Usage};
use slipway_node::{Ask, Facts, Told};
use slipway_terms::chip::{self, ChipFields, tag};
use slipway_terms::{Kind, Message, ResponseCode};

/// Response code inside the chip's answer: approved.
const APPROVED: [u8; 2] = *b"00";
/// Largest sale that a chip may be held to the reader for without a PIN. Unit: fen.
const TAP_MAX_MINOR: u64 = 100_000;
/// An issuer's command to its chip: PIN try counter back to its start (PIN CHANGE/UNBLOCK without data).
const COMMAND: [u8; 4] = [0x84, 0x24, 0, 0];
const COMMAND_NO: [u8; 4] = [0, 0, 0, 1];

/// Whether this request must come with a cryptogram: read from a chip, and about no earlier exchange.
fn must_prove(message: &Message) -> bool {
    let shape = message.kind().map(Kind::shape);
    message.entry.is_some_and(slipway_terms::EntryMode::from_chip)
        && shape.is_some_and(|shape| !shape.names_original && !shape.is_advice())
}

/// What to ask of the vault; `None` for DE 55 that is not whole.
pub(super) fn question(me: &Issuer, message: &Message) -> Option<Ask> {
    let field = message.chip.as_deref().filter(|_| must_prove(message))?;
    Some(Ask::CryptogramGood {
        imk: me.imk(),
        pan: message.card()?,
        sequence: u8::try_from(message.card_sequence?).ok()?,
        atc: chip::counter(field)?,
        covered: chip::covered(field)?.into_boxed_slice(),
        cryptogram: chip::find(field, tag::CRYPTOGRAM)?.try_into().ok()?,
        code: APPROVED,
    })
}

/// 30 without whole chip data, 64 if the chip was shown another amount, A7 for a cryptogram that is not this card's and for a
/// counter that was here before, 96 while the vault cannot say. A good one moves the counter, whatever is decided after.
pub(super) fn check(
    me: &Issuer,
    message: &Message,
    usage: &mut Usage,
    facts: &Facts<'_, Issuer>,
) -> Result<(), ResponseCode> {
    if !must_prove(message) {
        return Ok(());
    }
    let field = message.chip.as_deref().ok_or(ResponseCode::FORMAT_ERROR)?;
    let ask = question(me, message).ok_or(ResponseCode::FORMAT_ERROR)?;
    let amount = message.amount.map_or(0, slipway_terms::Amount::minor);
    let shown = (chip::find(field, tag::AMOUNT), chip::find(field, tag::CURRENCY));
    if shown != (Some(&chip::packed::<6>(amount)[..]), Some(&chip::CURRENCY_CNY[..])) {
        return Err(ResponseCode::DIFFERS_FROM_ORIGINAL);
    }
    match facts.told(&ask) {
        Some(Told::Arpc(_)) => {}
        Some(Told::No) => return Err(ResponseCode::SECURITY_FAILED),
        _ => return Err(ResponseCode::MALFUNCTION),
    }
    let atc = chip::counter(field).unwrap_or(0);
    if atc <= usage.atc {
        return Err(ResponseCode::SECURITY_FAILED);
    }
    usage.atc = atc;
    Ok(())
}

/// Small sales by a chip held to the reader need no PIN.
pub(super) fn needs_no_pin(message: &Message) -> bool {
    let small = message.amount.is_some_and(|amount| amount.minor() <= TAP_MAX_MINOR);
    small && message.entry.is_some_and(|entry| entry.contactless() && !entry.with_pin())
}

/// DE 55 of an approval: counter, proof of the issuer, and the command that waits for this chip.
pub(super) fn answer(me: &Issuer, message: &Message, card: &Card, facts: &Facts<'_, Issuer>) -> Option<ChipFields> {
    let Some(Told::Arpc(proof)) = facts.told(&question(me, message)?) else { return None };
    let mut issuer = [0; 10];
    issuer[..8].copy_from_slice(proof);
    issuer[8..].copy_from_slice(&APPROVED);
    let mut fields = ChipFields::default();
    fields.put(tag::ATC, &message.chip_counter()?.to_be_bytes()).put(tag::ISSUER_AUTHENTICATION, &issuer);
    if card.script {
        let mut script = ChipFields::default();
        script.put(0x9F18, &COMMAND_NO).put(0x86, &COMMAND);
        fields.put(tag::SCRIPT_AFTER, &script.into_field());
    }
    Some(fields)
}

/// Whether a chip says that it has run a command (first digit of tag DF31).
pub(super) fn has_run(message: &Message) -> bool {
    let result = message.chip.as_deref().and_then(|field| chip::find(field, tag::SCRIPT_RESULT));
    result.and_then(<[u8]>::first).is_some_and(|first| first >> 4 == 2)
}

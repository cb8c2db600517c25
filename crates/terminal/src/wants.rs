//! What an input needs before it can be judged: rows, ranges, answers of the vault. Asks for nothing when the input is nonsense,
//! and for everything that the deciding half reads.

use crate::{
    Blacklist, Confirm, Dialog, Exchange, HandIn, Page, Profile, Stored, TerminalBank, TerminalRow, Till, advice,
    confirm, hand_in, keys, operator, original, settle, settlement_paper, signon, staff, stripe,
};
use slipway_node::{Act, Ask, CardRead, Facts, KeyPress, Wants};
use slipway_terms::{Message, OperatorNo, Pan, Pin, Short, TerminalId};

type Row = TerminalRow;

/// What a message needs: its MAC judged, and the rows that its answer may change.
pub(crate) fn of_message(id: &TerminalId, message: &Message, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    let (Some(till), Some(profile)) = (seen.known::<Till>(id), seen.known::<Profile>(id)) else { return };
    match message.mti.0 {
        810 => {
            if profile.keying.scheme.is_dukpt() {
                out.asks.extend(keys::answer(profile, till, message.ksn).map(Ask::MacGood));
                return of_pin(id, None, seen, out);
            }
            let Some(ask) = signon::keys_ask(profile, till.sign_on, message) else { return };
            // PIN and track of a transaction that waited for this sign-on go under the new keys.
            if let Some(fresh) = keys::fresh(seen.told(&ask)) {
                of_pin(id, Some(fresh), seen, out);
            }
            out.ask(ask);
        }
        110 | 210 | 230 | 330 | 410 | 510 | 630 | 830 => {
            if matches!(message.mti.0, 330 | 510) {
                settle::answer_wants(id, profile.merchant, seen, out);
            }
            if let Some(key) = keys::answer(profile, till, message.ksn) {
                out.ask(Ask::MacGood(key));
            }
            if let Some(key) = advice::answered_key(&till.advices, message).filter(|_| message.mti.0 == 230) {
                out.row::<Exchange, Row>(&key).row::<Stored, Row>(&key);
            }
            if let Some(key) = confirm::confirmed_key(*id, message).filter(|_| message.mti.0 == 630) {
                out.row::<Exchange, Row>(&key).row::<Confirm, Row>(&key);
            }
            if let Some(key) = hand_in::answered_key(*id, message) {
                out.row::<Exchange, Row>(&key).row::<HandIn, Row>(&key);
            }
            if let Some(crate::Work::Ask(_, about)) = seen.note(id).and_then(|note| note.work) {
                // And what was done about it since: a voided sale is not to be called a sale that stands.
                original::wants(&about, seen, out);
            }
            of_pin(id, None, seen, out);
        }
        _ => {}
    }
}

/// The PIN block of a transaction that is ready and may be sent on this input.
pub(crate) fn of_pin(id: &TerminalId, fresh: Option<keys::Fresh<'_>>, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    let note = seen.note(id);
    if note.is_some_and(|note| note.approval.is_none() && matches!(note.work, Some(crate::Work::Request(_)))) {
        return;
    }
    let order = note.and_then(|note| note.order.as_ref()).filter(|order| order.ready);
    let (Some(till), Some(profile), Some(order)) = (seen.known::<Till>(id), seen.known::<Profile>(id), order) else {
        return;
    };
    let Some(card) = &order.card else { return };
    out.asks.extend(keys::track_ask(profile, till, fresh, card));
    if let Some(pin) = &order.pin {
        out.asks.extend(keys::pin_ask(profile, till, fresh, card, pin));
    }
}

/// What Enter needs, by what it would end.
fn dialog_wants(
    id: &TerminalId,
    note: &crate::Note,
    profile: &Profile,
    seen: &Facts<'_, TerminalBank>,
    out: &mut Wants,
) {
    let order = note.order.as_ref();
    match &note.dialog {
        Dialog::Older(key) => drop(out.row::<Exchange, Row>(key)),
        Dialog::Offer(_, key) => original::wants(key, seen, out),
        Dialog::Amount(_) => {
            if let Some(key) = order.and_then(|order| order.about.as_ref()?.key) {
                original::wants(&key, seen, out);
            }
        }
        Dialog::Voucher(_) | Dialog::ReferenceDate(..) => {
            if let (Some(order), Some(named)) = (order, note.dialog.named()) {
                original::wants_named(id, order.kind, named, seen, out);
            }
        }
        Dialog::AskNo(_) | Dialog::PrintNo(_) if note.dialog.number().is_some() => {
            out.range::<Exchange, Row>(id, crate::paper::JOURNAL_ROWS_MAX, true);
        }
        Dialog::NewPasswordAgain(..) => staff::wants(&note.dialog, profile, out),
        Dialog::Password(no, digits) => password_wants(profile, seen, *no, digits, out),
        Dialog::LetGo(_, digits) | Dialog::Allow(digits) => {
            password_wants(profile, seen, staff::SUPERVISOR, digits, out)
        }
        _ => {}
    }
}

fn password_wants(
    profile: &Profile,
    seen: &Facts<'_, TerminalBank>,
    no: OperatorNo,
    digits: &Short<12>,
    out: &mut Wants,
) {
    if let Ok(password) = Pin::new(digits.as_str())
        && let Some(ask) = operator::password_ask(profile, seen, no, &password)
    {
        out.ask(ask);
    }
}

/// The card of an advice is sealed as soon as it is read: it must outlive a power cut.
fn seal_wants(profile: &Profile, note: Option<&crate::Note>, pan: &Pan, out: &mut Wants) {
    let order = note.and_then(|note| note.order.as_ref());
    if order.is_some_and(|order| order.kind.shape().is_advice()) {
        out.ask(stripe::seal_ask(profile, pan));
    }
}

/// What an act needs.
pub(crate) fn of_act(id: &TerminalId, act: &Act, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    let (Some(till), Some(profile)) = (seen.known::<Till>(id), seen.known::<Profile>(id)) else { return };
    let note = seen.note(id);
    // Any key may be the one that completes the transaction: its track is closed by then.
    if let Some(card) = note.and_then(|note| note.order.as_ref()).and_then(|order| order.card.as_ref()) {
        out.asks.extend(keys::track_ask(profile, till, None, card));
    }
    match act {
        Act::SignIn(no, password) => {
            if let Some(ask) = operator::password_ask(profile, seen, *no, password) {
                out.ask(ask);
            }
        }
        Act::Allow(no, password) => {
            if let Some(ask) = operator::password_ask(profile, seen, *no, password) {
                out.ask(ask);
            }
        }
        Act::Begin(kind, _, Some(named)) => original::wants_named(id, *kind, *named, seen, out),
        Act::Key(KeyPress::Digit(digit)) if note.is_some_and(|note| note.dialog == Dialog::Menu(Page::Print)) => {
            settlement_paper::wants(*digit, profile, till, seen, out);
        }
        Act::Card(CardRead::Chip(chip)) => {
            out.row::<Blacklist, Row>(id);
            seal_wants(profile, note, &chip.pan, out);
        }
        // The order may leave now, with the PIN that was keyed before.
        Act::Chip(_) => of_pin(id, None, seen, out),
        Act::Card(CardRead::Stripe(track)) => {
            out.row::<Blacklist, Row>(id);
            if let Ok(pan) = track.pan() {
                seal_wants(profile, note, &pan, out);
            }
        }
        Act::KeyedCard(pan, _) => {
            out.row::<Blacklist, Row>(id);
            seal_wants(profile, note, pan, out);
        }
        Act::Key(KeyPress::Enter | KeyPress::Clear | KeyPress::Print)
        | Act::NotSigned
        | Act::Signature(_)
        | Act::Reprint(None)
        | Act::Ask(None) => {
            for key in till.last_slip.iter().chain(note.and_then(|note| note.signing.as_ref())) {
                out.row::<Exchange, Row>(key).row::<HandIn, Row>(key);
            }
            if let Some(Dialog::Offer(_, key)) = note.map(|note| &note.dialog) {
                out.row::<Exchange, Row>(key);
            }
            if matches!(act, Act::Key(KeyPress::Enter))
                && let Some(note) = note
            {
                dialog_wants(id, note, profile, seen, out);
            }
        }
        Act::Reprint(Some(_)) | Act::Ask(Some(_)) => {
            out.range::<Exchange, Row>(id, crate::paper::JOURNAL_ROWS_MAX, true);
        }
        Act::Paper(key, ..) => {
            out.row::<Exchange, Row>(key).row::<Confirm, Row>(key).row::<HandIn, Row>(key);
        }
        Act::Pin(Some(pin)) => {
            let card = note.and_then(|note| note.order.as_ref()).and_then(|order| order.card.as_ref());
            if let Some(card) = card {
                out.asks.extend(keys::pin_ask(profile, till, None, card, pin));
            }
        }
        _ => {}
    }
}

//! A device is replaced: another one speaks for the terminal number. Its batch is the next one, so that it can never meet a
//! number of the device before it (rules 2); that one's batch is closed by us, and what it left unconfirmed is a case at once,
//! unless the new device holds what the old one handed over. A sign-on carries no code, so all this is done by the first
//! message with a good one, never by the sign-on; and what was handed over goes to one device, for good.

use super::gate::Seat;
use super::{
    Acquirer, AcquirerRow, AcquirerTimer, Case, ClosedByUs, Credit, Exchange, Ground, KnownDevice, Newcomer, Open,
    Stage, Terminal, Wait, advice,
};
use slipway_node::{Decision, Facts, Seen, Wants};
use slipway_terms::{BatchNo, Device, DeviceMark, Moment, ResponseCode, Shut, Stan, TerminalId, TillKey};

/// Exchanges of the batch that is left, looked through for what nobody will confirm; more are left to their own clocks.
const BATCH_ROWS_MAX: u16 = 1_024;

/// To whom a sign-on is refused because of the device that speaks.
pub(super) const TAKEN_TWICE: ResponseCode = ResponseCode::NOT_AT_THIS_TERMINAL;

/// Of a terminal that a newcomer has signed on as: the devices, and the exchanges of the batch that would be left.
pub(super) fn wants(terminal: &Terminal, out: &mut Wants) {
    let Some(came) = terminal.newcomer else { return };
    let old = terminal.device.into_iter();
    for mark in old.chain(came.device.mark).chain(came.device.succeeds) {
        out.row::<KnownDevice, AcquirerRow>(&(terminal.id, mark));
    }
    if leaves_doubt(terminal, &came) {
        let batch = (terminal.id, terminal.merchant, terminal.batch);
        out.range::<Exchange, AcquirerRow>(&batch, BATCH_ROWS_MAX, false);
    }
}

/// Whether nobody is left who could confirm what the device in force has sold.
fn leaves_doubt(terminal: &Terminal, came: &Newcomer) -> bool {
    terminal.used() && (came.device.succeeds.is_none() || came.device.succeeds != terminal.device)
}

/// The terminal with the newcomer in force, if the speaker is one.
pub(super) fn in_force(terminal: Terminal, seat: &Seat<'_>) -> Terminal {
    let batch = seat.batch();
    match seat.terminal.newcomer {
        Some(came) => Terminal { device: came.device.mark, batch, newcomer: None, told: None, ..terminal },
        None => Terminal { told: None, ..terminal },
    }
}

/// What a newcomer's first good MAC brings with it, besides the terminal's own row.
pub(super) fn carry_out(seat: &Seat<'_>, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let terminal = seat.terminal;
    let Some(came) = terminal.newcomer else { return };
    let id = terminal.id;
    if let Some(mark) = came.device.mark {
        d.put(&(id, mark), known(id, mark, at, facts));
    }
    if let (Some(old), Some(heir)) = (came.device.succeeds, came.device.mark) {
        let old = known(id, old, at, facts);
        let replaced = if Some(old.mark) == terminal.device { Some(at) } else { old.replaced };
        d.put(&(id, old.mark), KnownDevice { heir: Some(heir), replaced, ..old });
        d.count("acquirer_handover_taken");
    }
    if !terminal.used() {
        return;
    }
    d.count("acquirer_device_replaced");
    let (batch, why) = (terminal.batch, Shut::Replaced);
    d.put(&(id, batch), ClosedByUs { terminal: id, batch, at, why });
    if !leaves_doubt(terminal, &came) {
        return;
    }
    if let Some(old) = terminal.device {
        d.put(&(id, old), KnownDevice { replaced: Some(at), ..known(id, old, at, facts) });
    }
    let rows = facts.range::<Exchange>(&(id, terminal.merchant, batch), BATCH_ROWS_MAX, false).unwrap_or_default();
    for row in rows {
        let Exchange::Original(o) = row else { continue };
        if o.stage == Stage::Approved && o.credit == Credit::Unconfirmed {
            // Its slip may be out: a person asks, from now on and not only at the end of its own clock (rules 7).
            let (till, due) = (o.till, at);
            d.put(&till, Open { till, due, wait: Wait::Confirmation });
            d.due(due, AcquirerTimer::Confirmation(till));
            d.count("acquirer_left_unconfirmed");
        }
    }
}

fn known(terminal: TerminalId, mark: DeviceMark, at: Moment, facts: &Facts<'_, Acquirer>) -> KnownDevice {
    let new = KnownDevice { terminal, mark, since: at, replaced: None, heir: None, contested: None };
    facts.get::<KnownDevice>(&(terminal, mark)).copied().unwrap_or(new)
}

/// The devices that a sign-on names, and the case that it may open.
pub(super) fn sign_on_wants(terminal: &Terminal, device: &Device, stan: Stan, out: &mut Wants) {
    for mark in device.mark.into_iter().chain(device.succeeds) {
        out.row::<KnownDevice, AcquirerRow>(&(terminal.id, mark));
    }
    out.row::<Case, AcquirerRow>(&(sign_on_key(terminal, stan), Ground::HandoverTwice as u8));
}

/// Keys are made only for a device that will get them: what is known of it has been read, and nobody else has its hand-over.
pub(super) fn may_have_keys(terminal: TerminalId, device: &Device, seen: &Facts<'_, Acquirer>) -> bool {
    let read = |mark: DeviceMark| seen.peek::<KnownDevice>(&(terminal, mark)) != Seen::NotAsked;
    device.mark.into_iter().chain(device.succeeds).all(read) && contested(terminal, device, seen).is_none()
}

/// A sign-on has no identity of an exchange: the case of one stands under its own number in the current batch.
const fn sign_on_key(terminal: &Terminal, stan: Stan) -> TillKey {
    TillKey { terminal: terminal.id, merchant: terminal.merchant, batch: terminal.batch, stan }
}

/// The device whose hand-over somebody else has: the one that this one succeeds, or this one itself.
pub(super) fn contested<'a>(
    terminal: TerminalId,
    device: &Device,
    facts: &'a Facts<'_, Acquirer>,
) -> Option<&'a KnownDevice> {
    let mark = device.mark?;
    let row = |mark: DeviceMark| facts.known::<KnownDevice>(&(terminal, mark));
    let taken = device.succeeds.and_then(row).filter(|old| old.heir.is_some_and(|heir| heir != mark));
    taken.or_else(|| row(mark).filter(|own| own.heir.is_some()))
}

/// A person must know of it, once: what was handed over cannot be owed by two.
pub(super) fn alarm(
    terminal: &Terminal,
    old: &KnownDevice,
    stan: Stan,
    at: Moment,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    d.count("acquirer_handover_twice");
    if old.contested.is_none() {
        d.put(&(terminal.id, old.mark), KnownDevice { contested: Some(at), ..*old });
        advice::case(sign_on_key(terminal, stan), Ground::HandoverTwice, at, facts, d);
    }
}

/// Who speaks after this sign-on: the device in force, or another that has yet to use its keys. Where a mark is known, one that
/// says none is another too: the mark may have been lost on the way, and a wiped device would meet old numbers.
pub(super) fn newcomer(terminal: &Terminal, device: Device) -> Option<Newcomer> {
    if device.mark == terminal.device {
        return None;
    }
    let batch = if terminal.used() { super::registry::next_batch(terminal.batch) } else { terminal.batch };
    Some(Newcomer { device, batch })
}

/// Whether the keys that were handed out and not used yet are this device's.
pub(super) fn same_speaker(terminal: &Terminal, device: Device) -> bool {
    newcomer(terminal, device).map(|came| came.device) == terminal.newcomer.map(|came| came.device)
}

/// The terminal as this sign-on with a good code leaves it, of a terminal that has its keys before any sign-on: who speaks is
/// proven at once. `Err`: another device under an initial key that is in use, which can only be told by giving it its own.
pub(super) fn keyed(terminal: &Terminal, device: Device, injection: u8) -> Result<Terminal, ResponseCode> {
    let newcomer = newcomer(terminal, device);
    match terminal.injected {
        Some(injected) if injected == injection && newcomer.is_some() => Err(TAKEN_TWICE),
        _ => Ok(Terminal { newcomer, ..terminal.clone() }),
    }
}

/// The same in force.
pub(super) fn keyed_in_force(coming: &Terminal, injection: u8) -> Terminal {
    let told = coming.newcomer.filter(|_| coming.used()).map_or(coming.told, |_| Some((Shut::Replaced, coming.batch)));
    let (device, batch) =
        coming.newcomer.map_or((coming.device, coming.batch), |came| (came.device.mark, coming.batch_of(&came)));
    Terminal { device, batch, told, newcomer: None, injected: Some(injection), ..coming.clone() }
}

/// The batch that a sign-on is answered with, and the one that we closed before it.
pub(super) fn batch_told(terminal: &Terminal) -> (BatchNo, Option<(Shut, BatchNo)>) {
    match &terminal.newcomer {
        Some(came) => {
            let left = terminal.used().then_some((Shut::Replaced, terminal.batch));
            (terminal.batch_of(came), left)
        }
        None => (terminal.batch, terminal.told),
    }
}

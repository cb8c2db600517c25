//! A device is replaced: what it still owes goes to the new one whole, and the old one works no more. Two pure functions; who
//! calls them seals the bytes for the way and commits the rows. Working keys and passwords never travel: the new device signs on
//! and has its own people.

use crate::exchange::Exchange;
use crate::{
    Blacklist, ChipTables, Confirm, Deed, Deeds, HandIn, Locks, PaidAgain, Pending, Profile, Settled, Settling, Staff,
    Standing, Stored, TerminalRow, Till, What,
};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;
use slipway_node::{Key, Record, Rows};
use slipway_terms::{BatchNo, Device, DeviceMark, Kind, Moment, Pan, SealedPan, TerminalId, TillKey};

/// How the bytes begin, with their version.
const BEGIN: &[u8] = b"slipway till 1\n";

/// Why nothing is handed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HandoverFault {
    /// No such terminal among the rows.
    NoTerminal,
    /// It was handed over before: two devices must never owe the same.
    Retired,
    /// It has what another handed over, and the acquirer has not heard it yet: it has nothing of its own to hand over.
    NotHeard,
    /// The vault could not open or seal the card of a stored advice.
    Card,
    /// The bytes are not whole, or of another version.
    Damaged,
    /// The new device is set up as another terminal or for another merchant.
    OtherTerminal,
}

impl fmt::Display for HandoverFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTerminal => "no such terminal in this store",
            Self::Retired => "the terminal was handed over before",
            Self::NotHeard => {
                "the terminal took over itself and has not been heard by the acquirer since: sign on first"
            }
            Self::Card => "the vault cannot open or seal the card of a stored advice",
            Self::Damaged => "the bytes are not a whole hand-over",
            Self::OtherTerminal => "the new device is set up as another terminal",
        })
    }
}

impl core::error::Error for HandoverFault {}

/// What a hand-over is made of.
pub struct Handover {
    /// For the new device. Holds card numbers of stored advices in clear: to be sealed at once, never written as it is.
    pub bytes: Vec<u8>,
    /// Rows of the old device, to be written in one commit with the ends, before the bytes leave the house.
    pub puts: Vec<(Key, TerminalRow)>,
    /// Queue rows of the old device that end in the same commit.
    pub ends: Vec<Key>,
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handover({} bytes, {} puts, {} ends)", self.bytes.len(), self.puts.len(), self.ends.len())
    }
}

/// Packs what `terminal` still owes: its till, reversals, advices, confirmations, a settlement under way, and the journal that
/// these and the open batch need. `open` is the vault's opening of a sealed card number.
///
/// # Errors
/// [`HandoverFault`]; nothing has changed then.
pub fn hand_over(
    rows: &[TerminalRow],
    terminal: TerminalId,
    at: Moment,
    mut open: impl FnMut(&SealedPan) -> Option<Pan>,
) -> Result<Handover, HandoverFault> {
    let till = rows.iter().find_map(|row| Till::peel(row).filter(|till| till.terminal == terminal));
    let till = till.ok_or(HandoverFault::NoTerminal)?;
    if till.retired {
        return Err(HandoverFault::Retired);
    }
    if till.device.succeeds.is_some() {
        return Err(HandoverFault::NotHeard);
    }
    let needed = needed(rows, till);
    let mut writer = Writer { bytes: BEGIN.to_vec() };
    let mut cards = Vec::new();
    let mut ends = Vec::new();
    for row in rows {
        match row {
            TerminalRow::Pending(pending) if pending.key.terminal == terminal => ends.push(Pending::key(&pending.key)),
            TerminalRow::Confirm(confirm) if confirm.key.terminal == terminal => ends.push(Confirm::key(&confirm.key)),
            TerminalRow::HandIn(row) if row.key.terminal == terminal => ends.push(HandIn::key(&row.key)),
            TerminalRow::Settling(settling) if settling.terminal == terminal => ends.push(Settling::key(&terminal)),
            TerminalRow::Stored(stored) if stored.key.terminal == terminal => {
                ends.push(Stored::key(&stored.key));
                let mut bare = stored.clone();
                if let Some(sealed) = bare.advice.card.take() {
                    cards.push((stored.key, open(&sealed).ok_or(HandoverFault::Card)?));
                }
                writer.row(&TerminalRow::Stored(bare));
                continue;
            }
            TerminalRow::Till(own) if own.terminal == terminal => {
                writer.row(&TerminalRow::Till(Till {
                    pik: None,
                    mak: None,
                    tdk: None,
                    signed_on: false,
                    ..own.clone()
                }));
                continue;
            }
            TerminalRow::Exchange(exchange) if needed.contains(&exchange.key) => {}
            TerminalRow::PaidAgain(again) if needed.contains(&again.first) => {}
            TerminalRow::Settled(done) if done.terminal == terminal && Some(done.batch) == till.settled => {}
            TerminalRow::Blacklist(list) if list.terminal == terminal => {}
            TerminalRow::ChipTables(tables) if tables.terminal == terminal => {}
            _ => continue,
        }
        writer.row(row);
    }
    writer.bytes.push(0);
    writer.bytes.extend_from_slice(&u32::try_from(cards.len()).unwrap_or(u32::MAX).to_be_bytes());
    for (key, pan) in &cards {
        writer.part(Stored::key(key).as_bytes());
        writer.part(pan.reveal().as_bytes());
    }
    Ok(Handover { bytes: writer.bytes, puts: retired(till, at), ends })
}

/// The old device's rows from then on: nothing owed, and a last entry in its journal.
fn retired(till: &Till, at: Moment) -> Vec<(Key, TerminalRow)> {
    let deed = Deed { terminal: till.terminal, no: till.deeds.next, at, by: None, what: What::Retired, stamp: None };
    let mut old = Till {
        retired: true,
        signed_on: false,
        pik: None,
        mak: None,
        tdk: None,
        pending: Vec::new(),
        advices: Vec::new(),
        settling: None,
        ..till.clone()
    };
    old.deeds.next += 1;
    let (deed_key, till_key) = (Deed::key(&(till.terminal, deed.no)), Till::key(&till.terminal));
    [(deed_key, TerminalRow::Deed(deed)), (till_key, TerminalRow::Till(old))].into()
}

/// Journal lines that the new device cannot be without: of the open batch and of one being settled or just settled, of
/// everything stored, the holds that may still be completed, and what these name or are named by.
fn needed(rows: &[TerminalRow], till: &Till) -> BTreeSet<TillKey> {
    let mut needed: BTreeSet<TillKey> =
        till.pending.iter().chain(&till.advices).chain(&till.last).chain(&till.last_slip).copied().collect();
    let lines: Vec<&Exchange> =
        rows.iter().filter_map(Exchange::peel).filter(|line| line.key.terminal == till.terminal).collect();
    let open = [Some(till.batch), till.settling, till.settled].into_iter().flatten();
    let batches: Vec<BatchNo> = open.chain(till.left.iter().map(|left| left.batch)).collect();
    needed.extend(rows.iter().filter_map(Confirm::peel).map(|confirm| confirm.key));
    needed.extend(rows.iter().filter_map(HandIn::peel).map(|row| row.key));
    for line in &lines {
        let hold = line.kind == Kind::PreAuth && line.standing == Standing::Approved;
        if hold || batches.contains(&line.key.batch) {
            needed.insert(line.key);
        }
    }
    // What is about these, and what these are about, as far as an order about them looks.
    for _ in 0..2 {
        for line in lines.iter().filter(|line| needed.contains(&line.key)).collect::<Vec<_>>() {
            needed.extend(line.followers.iter().copied());
            needed.extend(line.about.as_ref().and_then(|about| about.key));
        }
    }
    needed
}

/// The rows of the new device from those bytes, which gets this mark and says whose place it takes. `seal` is the new vault's
/// sealing of a card number.
///
/// # Errors
/// [`HandoverFault`]; nothing may be written then.
pub fn take_over(
    bytes: &[u8],
    profile: &Profile,
    mark: DeviceMark,
    at: Moment,
    mut seal: impl FnMut(&Pan) -> Option<SealedPan>,
) -> Result<Vec<(Key, TerminalRow)>, HandoverFault> {
    let mut reader = Reader { bytes: bytes.strip_prefix(BEGIN).ok_or(HandoverFault::Damaged)? };
    let mut rows = Vec::new();
    while let Some(row) = reader.row()? {
        rows.push(row);
    }
    let mut has_till = false;
    for (key, row) in &mut rows {
        match row {
            TerminalRow::Till(till) => {
                has_till = true;
                if till.terminal != profile.terminal {
                    return Err(HandoverFault::OtherTerminal);
                }
                (till.signed_on, till.sign_on) = (false, None);
                (till.pik, till.mak, till.tdk, till.ksn) = (None, None, None, None);
                (till.passwords_wrong, till.locks) = (0, Locks::default());
                till.deeds = Deeds { next: 1, ..Deeds::default() };
                till.device = Device { mark: Some(mark), succeeds: till.device.mark };
            }
            TerminalRow::Exchange(line) if line.key.merchant != profile.merchant => {
                return Err(HandoverFault::OtherTerminal);
            }
            TerminalRow::Exchange(_)
            | TerminalRow::Pending(_)
            | TerminalRow::Confirm(_)
            | TerminalRow::HandIn(_)
            | TerminalRow::Stored(_)
            | TerminalRow::Settling(_)
            | TerminalRow::Settled(_)
            | TerminalRow::Blacklist(_)
            | TerminalRow::PaidAgain(_)
            | TerminalRow::ChipTables(_) => {}
            // These never travel.
            TerminalRow::Profile(_) | TerminalRow::Staff(_) | TerminalRow::Deed(_) => {
                return Err(HandoverFault::Damaged);
            }
        }
        // A row stands under its own key and no other.
        if *key != key_of(row) {
            return Err(HandoverFault::Damaged);
        }
    }
    if !has_till {
        return Err(HandoverFault::Damaged);
    }
    let cards = reader.count()?;
    for _ in 0..cards {
        let (key, digits) = (reader.part()?, reader.part()?);
        let pan = core::str::from_utf8(digits).ok().and_then(|digits| Pan::new(digits).ok());
        let sealed = seal(&pan.ok_or(HandoverFault::Damaged)?).ok_or(HandoverFault::Card)?;
        let stored = rows.iter_mut().find(|(own, _)| own.as_bytes() == key);
        let Some((_, TerminalRow::Stored(stored))) = stored else { return Err(HandoverFault::Damaged) };
        stored.advice.card = Some(sealed);
    }
    if !reader.bytes.is_empty() {
        return Err(HandoverFault::Damaged);
    }
    let deed = Deed { terminal: profile.terminal, no: 0, at, by: None, what: What::TakenOver, stamp: None };
    rows.push((Deed::key(&(profile.terminal, 0)), TerminalRow::Deed(deed)));
    rows.push((Profile::key(&profile.terminal), TerminalRow::Profile(profile.clone())));
    Ok(rows)
}

fn key_of(row: &TerminalRow) -> Key {
    match row {
        TerminalRow::Profile(row) => Profile::key(&row.terminal),
        TerminalRow::Till(row) => Till::key(&row.terminal),
        TerminalRow::Exchange(row) => Exchange::key(&row.key),
        TerminalRow::Pending(row) => Pending::key(&row.key),
        TerminalRow::Confirm(row) => Confirm::key(&row.key),
        TerminalRow::HandIn(row) => HandIn::key(&row.key),
        TerminalRow::Stored(row) => Stored::key(&row.key),
        TerminalRow::Settling(row) => Settling::key(&row.terminal),
        TerminalRow::Settled(row) => Settled::key(&(row.terminal, row.batch)),
        TerminalRow::Blacklist(row) => Blacklist::key(&row.terminal),
        TerminalRow::ChipTables(row) => ChipTables::key(&row.terminal),
        TerminalRow::Staff(row) => Staff::key(&row.terminal),
        TerminalRow::Deed(row) => Deed::key(&(row.terminal, row.no)),
        TerminalRow::PaidAgain(row) => PaidAgain::key(&row.first),
    }
}

/// `1 key row` for each row, `0`, the count of cards, then key and card number of each; every part behind its length.
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn part(&mut self, part: &[u8]) {
        // A part is a row or a key: far below what four bytes can count.
        let len = u32::try_from(part.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&len.to_be_bytes());
        self.bytes.extend_from_slice(part);
    }

    fn row(&mut self, row: &TerminalRow) {
        let mut encoded = Vec::new();
        row.encode(&mut encoded);
        self.bytes.push(1);
        self.part(key_of(row).as_bytes());
        self.part(&encoded);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn count(&mut self) -> Result<u32, HandoverFault> {
        let (count, rest) = self.bytes.split_first_chunk::<4>().ok_or(HandoverFault::Damaged)?;
        self.bytes = rest;
        Ok(u32::from_be_bytes(*count))
    }

    fn part(&mut self) -> Result<&'a [u8], HandoverFault> {
        let len = usize::try_from(self.count()?).map_err(|_| HandoverFault::Damaged)?;
        let (part, rest) = self.bytes.split_at_checked(len).ok_or(HandoverFault::Damaged)?;
        self.bytes = rest;
        Ok(part)
    }

    fn row(&mut self) -> Result<Option<(Key, TerminalRow)>, HandoverFault> {
        let (more, rest) = self.bytes.split_first().ok_or(HandoverFault::Damaged)?;
        self.bytes = rest;
        match more {
            0 => return Ok(None),
            1 => {}
            _ => return Err(HandoverFault::Damaged),
        }
        let key = Key::from_bytes(self.part()?).ok_or(HandoverFault::Damaged)?;
        let row = TerminalRow::decode(key.space(), self.part()?).map_err(|_| HandoverFault::Damaged)?;
        Ok(Some((key, row)))
    }
}

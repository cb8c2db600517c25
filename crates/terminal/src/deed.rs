//! The local journal of who did what at this device: numbered, chained and stamped by the vault, each entry at the next act or
//! timer after the input that wrote it. Nobody without the key can write, change or leave out an entry unseen.

use crate::seat::Seat;
use crate::{Profile, TerminalBank, TerminalRow, Till};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Ask, Facts, Told, Wants};
use slipway_terms::{BatchNo, Kind, Moment, OperatorNo, PayAgain, Stan, TerminalId};

/// What somebody did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum What {
    /// Signed in.
    SignedIn,
    /// Keyed a wrong password.
    WrongPassword(OperatorNo),
    /// Wrong passwords have locked this operator out.
    Locked(OperatorNo),
    /// Opened what was locked.
    Opened,
    /// Gave the word for a transaction.
    Allowed(Kind),
    /// Set the password of this operator.
    PasswordSet(OperatorNo),
    /// Added this operator.
    Added(OperatorNo),
    /// Removed this operator.
    Removed(OperatorNo),
    /// Gave this cashier the rights beyond a cashier's.
    Trusted(OperatorNo),
    /// Took them back.
    Distrusted(OperatorNo),
    /// Signed out.
    SignedOut,
    /// Said that this slip is not signed.
    NotSigned(Stan),
    /// Printed a slip again.
    Reprinted(Stan),
    /// Settled this batch.
    Settled(BatchNo),
    /// Took over what another device had.
    TakenOver,
    /// Handed everything over to another device.
    Retired,
    /// Let a second payment go while this one was open.
    PaidAgain(Stan, PayAgain),
}

/// One entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Deed {
    /// DE 41.
    pub terminal: TerminalId,
    /// Its number, from 0.
    pub no: u64,
    /// When.
    pub at: Moment,
    /// Who was signed in.
    pub by: Option<OperatorNo>,
    /// What.
    pub what: What,
    /// The stamp over it and over the stamp before it; `None` until the next input.
    pub stamp: Option<[u8; 16]>,
}

impl Deed {
    /// What the vault stamps: the stamp before, and the entry in words, so that a reader needs nothing but the key.
    pub fn stamped(&self, before: &[u8; 16]) -> Vec<u8> {
        let mut bytes = Vec::from(before.as_slice());
        let by = self.by.map_or_else(|| String::from("--"), |by| format!("{by}"));
        bytes.extend_from_slice(format!("{} {} {} {by} {:?}", self.terminal, self.no, self.at.0, self.what).as_bytes());
        bytes
    }
}

/// Where the journal of deeds stands.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Deeds {
    /// Number of the next entry.
    pub next: u64,
    /// Number of the first entry that has no stamp yet.
    pub open: u64,
    /// The last stamp.
    pub last: [u8; 16],
}

/// The oldest entry without a stamp, and the vault's question for it.
pub(crate) fn wants(id: &TerminalId, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    let (Some(till), Some(profile)) = (seen.known::<Till>(id), seen.known::<Profile>(id)) else { return };
    if till.deeds.open >= till.deeds.next {
        return;
    }
    let key = (till.terminal, till.deeds.open);
    out.row::<Deed, TerminalRow>(&key);
    if let Some(deed) = seen.known::<Deed>(&key) {
        out.ask(stamp_ask(profile, deed, &till.deeds));
    }
}

fn stamp_ask(profile: &Profile, deed: &Deed, deeds: &Deeds) -> Ask {
    Ask::Stamp(profile.password_key, deed.stamped(&deeds.last).into())
}

impl Seat<'_, '_> {
    /// Writes an entry.
    pub fn deed(&mut self, what: What) {
        let deed = Deed {
            terminal: self.id,
            no: self.till.deeds.next,
            at: self.at,
            by: self.note.operator,
            what,
            stamp: None,
        };
        self.till.deeds.next += 1;
        self.d.put(&(self.id, deed.no), deed);
    }

    /// Stamps the oldest entry of earlier inputs. A vault that does not answer is asked again at the next input.
    pub fn stamp_deed(&mut self) {
        let deeds = self.till.deeds;
        if deeds.open >= deeds.next {
            return;
        }
        let Some(deed) = self.facts.known::<Deed>(&(self.id, deeds.open)) else { return };
        let Some(Told::Stamp(stamp)) = self.facts.told(&stamp_ask(self.profile, deed, &deeds)) else { return };
        self.d.put(&(self.id, deed.no), Deed { stamp: Some(*stamp), ..deed.clone() });
        (self.till.deeds.open, self.till.deeds.last) = (deeds.open + 1, *stamp);
    }
}

//! The acquirer (收单行): takes requests from terminals, forwards them to the switch, captures approvals for the merchant,
//! and owns the undo of whatever it doubts.
//!
//! ```text
//! terminal ─0200→ request ─0200→ switch ─0210→ answer ─0210→ terminal      (captured, unconfirmed)
//!          ─0400→ reversal ─0420→ switch ─0430→ advice                      (undone)
//!          ─0620→ confirm                                                   (confirmed: there is a slip)
//!          ─0820→ archive                                                   (what the slip says, who signed)
//!          ─0220→ request ─0220→ switch ─0230→ answer ─0230→ terminal      (an advice: kept until it is answered)
//!          ─0500→ settle, ─0320→ upload                                     (the batch is compared and closed)
//! ```
//!
//! Whatever writes an exchange, [`index`] writes in the same commit where a merchant's exchanges are found.
//!
//! It must never: forward one exchange twice, capture an exchange that has its undo slot filled, or keep anything
//! outside its records.

mod advice;
mod answer;
mod answering;
mod archive;
mod ask;
mod bear;
mod case;
mod clearing;
mod confirm;
mod core;
mod correct;
mod dispute;
mod download;
mod evidence;
mod figure;
mod gate;
mod ground;
mod index;
mod left;
mod merchant;
mod named;
mod outward;
mod overdue;
mod owed;
mod payout;
mod record;
mod refund;
mod registry;
mod repair;
mod replace;
mod request;
mod returned;
mod reversal;
mod script;
mod second;
mod settle;
mod signon;
mod takeover;
mod testimony;
#[cfg(test)]
mod tests;
mod timer;
mod track;
mod under;
mod upload;
mod withheld;

pub use self::advice::{TAG_ADVICE, TAG_REVERSAL};
pub use self::archive::{Evidence, PageCode, Picture, SlipCopy, SlipDay, SlipPage, code_of, evidence};
pub use self::clearing::Presented;
pub use self::figure::CaseMoved;
pub use self::index::{Follower, Indexed, Noted, Taken, Undecided, index_of};
pub use self::left::{GiveBack, give_back};
pub use self::merchant::{MerchantRefused, Persons};
pub use self::owed::{Owed, owed};
pub use self::payout::{MerchantDay, Settled};
pub use self::record::{
    About, AcquirerRow, Batch, Blacklist, By, Case, Claim, ClaimState, ClosedByUs, Closing, Counters, Credit, Detail,
    Exchange, KnownDevice, Link, Open, OpenCase, Original, Recent, Redo, Reference, Refunds, Relay, Stage, Tombstone,
    Total, Undo, Unsettled, Wait,
};
pub use self::refund::CaseRefund;
pub use self::registry::{
    Generation, HandedOut, Merchant, Newcomer, Profile, Terminal, seed_keyed_terminal, seed_merchant, seed_terminal,
};
pub use self::repair::Repaired;
pub use self::returned::{BY_ACCOUNT, PaidOut, SentBack};
pub use self::takeover::TakenOver;
pub use self::testimony::state;
pub use self::under::Under;
pub use self::withheld::{Bound, HeldMoney, KeptBack, MerchantMoney, SetOff};

use crate::dispute::Disputes;
use crate::keeping::Keeping;
use crate::times::Times;
use crate::working::WorkingDays;
use crate::zone::ZoneKey;
use alloc::vec::Vec;
use slipway_node::{Decision, Facts, Input, Installed, Node, Record, Wants};
pub use slipway_terms::Ground;
use slipway_terms::{
    BatchNo, InstitutionId, KeyName, KeyRef, KeyUse, MacKey, MacMethod, Moment, SwitchKey, TerminalId, TillKey,
};

/// The core of one acquirer. Holds its configuration and names of keys, nothing that changes.
#[derive(Clone, Debug)]
pub struct Acquirer {
    id: InstitutionId,
    times: Times,
    zak: MacKey,
    zpk: KeyName,
    token: KeyName,
    seal: KeyName,
    working: WorkingDays,
    disputes: Disputes,
    keeping: Keeping,
}

impl Acquirer {
    /// An acquirer with this member number. Its keys are `zak/ID` (MAC with the switch), `zpk/ID` (PIN blocks to the
    /// switch), `token/ID` and `seal/ID`; terminals' master keys are named in their records. `times` was checked by
    /// [`Times::check`].
    pub fn new(id: InstitutionId, times: Times) -> Self {
        let name = |usage| KeyName::of(usage, id.as_str());
        Self {
            id,
            times,
            zak: MacKey { key: KeyRef::Named(name(KeyUse::Zak)), method: MacMethod::X919 },
            zpk: name(KeyUse::Zpk),
            token: name(KeyUse::Token),
            seal: name(KeyUse::Seal),
            working: WorkingDays::default(),
            disputes: Disputes::default(),
            keeping: Keeping::default(),
        }
    }

    /// With these departures from the week, for the deadlines of its cases.
    pub fn keeping(mut self, working: WorkingDays) -> Self {
        self.working = working;
        self
    }

    /// With these rules of disputes.
    pub fn disputing(mut self, disputes: Disputes) -> Self {
        self.disputes = disputes;
        self
    }

    /// With these times of its slip archive, which were checked by [`Keeping::check`].
    pub const fn keeping_slips(mut self, keeping: Keeping) -> Self {
        self.keeping = keeping;
        self
    }

    /// Its member number (DE 32 and 33 of what it forwards).
    pub const fn id(&self) -> InstitutionId {
        self.id
    }
}

/// What a timer of the acquirer says when it runs out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AcquirerTimer {
    /// The switch had its time: an exchange still forwarded is undone, the terminal gets 98.
    Answer(TillKey),
    /// A captured sale should have been confirmed by now (rules 7).
    Confirmation(TillKey),
    /// The till settled without this one: it is undone (rules 9).
    Unmatched(TillKey),
    /// What was only handed on was not answered.
    Relay(SwitchKey),
    /// The customer paid again and has the second slip: the first, which has none, goes back (rules 9).
    Second(TillKey),
    /// The merchant's time to show the slip is over (rules 7).
    Case(TillKey, Ground),
    /// A till had its time to settle this batch (rules 9).
    Overdue(TerminalId, BatchNo),
    /// The merchant's time in a dispute is over, or the dispute's own.
    Dispute(SwitchKey),
}

impl Node for Acquirer {
    type Row = AcquirerRow;
    type Timer = AcquirerTimer;
    type Note = ();

    fn wants(&self, input: &Input<AcquirerTimer>, seen: &Facts<'_, Self>, out: &mut Wants) {
        self::core::wants(self, input, seen, out);
    }

    fn decide(&self, at: Moment, input: &Input<AcquirerTimer>, facts: &Facts<'_, Self>) -> Decision<Self> {
        let mut d = self::core::decide(self, at, input, facts);
        index::keep(at, facts, &mut d);
        d
    }

    fn rearm(&self, row: &AcquirerRow) -> Option<(Moment, AcquirerTimer)> {
        match row {
            AcquirerRow::Open(open) => Some((open.due, open.timer())),
            AcquirerRow::OpenCase(case) => Some((case.due?, AcquirerTimer::Case(case.till, case.ground))),
            AcquirerRow::Unsettled(open) => Some((open.due, AcquirerTimer::Overdue(open.terminal, open.batch))),
            AcquirerRow::OpenDispute(open) => Some((open.due, AcquirerTimer::Dispute(open.original))),
            AcquirerRow::Relay(relay) => Some((relay.due, AcquirerTimer::Relay(relay.key))),
            _ => None,
        }
    }

    const KEY_SPACE: Option<u8> = Some(<ZoneKey as Record<AcquirerRow>>::SPACE);

    fn reinstall(&self, row: &AcquirerRow) -> Vec<Installed> {
        ZoneKey::peel(row).map_or_else(Vec::new, ZoneKey::generations)
    }
}

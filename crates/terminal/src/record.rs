//! What a terminal keeps through a power cut. Never a card number, track, PIN or key in clear: a row has no place for them,
//! only the masked tail and working keys as cryptograms.

use crate::{Blacklist, ChipTables, Deed, Deeds, Exchange, Locks, PaidAgain, Parameters, Settled, Settling, Staff};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Key, Record, tables};
use slipway_terms::{
    Advice, BatchNo, Device, DeviceMark, KeyName, Keying, Ksn, MerchantId, Moment, OperatorNo, Short, Signed, Slip,
    Stan, TerminalId, TillKey, WrappedKey,
};

tables! {
    /// Rows of a bank of terminals.
    pub enum TerminalRow {
        1 => ["profile"] TerminalId => Profile,
        2 => ["till"] TerminalId => Till,
        3 => ["exchange"] TillKey => Exchange,
        4 => queue ["pending"] TillKey => Pending,
        5 => queue ["confirm"] TillKey => Confirm,
        6 => queue ["stored"] TillKey => Stored,
        7 => queue ["settling"] TerminalId => Settling,
        8 => ["settled"] (TerminalId, BatchNo) => Settled,
        9 => ["blacklist"] TerminalId => Blacklist,
        10 => ["chip"] TerminalId => ChipTables,
        11 => ["staff"] TerminalId => Staff,
        12 => ["deed"] (TerminalId, u64) => Deed,
        13 => ["paid again"] TillKey => PaidAgain,
        15 => queue ["hand-in"] TillKey => HandIn,
    }
}

/// One operator of a terminal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Operator {
    /// 01.. cashiers, 00 supervisor, 99 administrator.
    pub no: OperatorNo,
    /// Verification value of the password, made and checked by the vault.
    pub value: [u8; 16],
}

/// What a terminal is: written once when it is set up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// DE 41.
    pub terminal: TerminalId,
    /// DE 42; one terminal, one merchant (rules 11).
    pub merchant: MerchantId,
    /// As registered, printed on the slip.
    pub merchant_name: Short<40>,
    /// Name of the terminal master key in the vault.
    pub tmk: KeyName,
    /// Its key scheme.
    pub keying: Keying,
    /// Which initial key of the terminal number this device holds, if that is DUKPT: never one of a device before it.
    pub injection: u8,
    /// Name of the key under which operator passwords are verified.
    pub password_key: KeyName,
    /// Device serial, 8 characters, sent at sign-on.
    pub serial: Short<8>,
    /// Who may work here.
    pub operators: Vec<Operator>,
    /// Key entry of card numbers is allowed (rules 10).
    pub may_key_cards: bool,
    /// Name of the key that seals the card numbers of stored advices.
    pub seal_key: KeyName,
    /// What this terminal may do beyond the plain sale.
    pub trade: Trade,
    /// Slips carry the "testing, not valid" lines.
    pub test: bool,
}

/// What a terminal may do beyond the plain sale, and how its cardholders are verified.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Trade {
    /// Mail and telephone orders (订购): card number keyed, nobody present.
    pub moto: bool,
    /// Refunds; only ever of a named original (rules 3).
    pub refund: bool,
    /// How the cardholder is verified.
    pub cardholder: Verify,
    /// Sales that the terminal approves by itself.
    pub offline: OfflineLimits,
    /// Largest sale for which a chip is held to the reader without PIN and signature; 0: none. Unit: fen.
    pub tap_fen: u64,
}

impl Default for Trade {
    fn default() -> Self {
        Self {
            moto: false,
            refund: true,
            cardholder: Verify::Signature,
            offline: OfflineLimits::default(),
            tap_fen: 100_000,
        }
    }
}

/// How a cardholder is verified (rules 10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Verify {
    /// The PIN, and nothing else.
    Pin,
    /// The signature; a PIN may be keyed and may be left out.
    Signature,
    /// Both.
    Both,
    /// Neither.
    None,
}

/// Limits of sales approved without asking anybody. All zero: none are.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct OfflineLimits {
    /// The largest one. Unit: fen.
    pub single_fen: u64,
    /// How many may wait for their upload.
    pub count_max: u16,
    /// How much may wait for its upload. Unit: fen.
    pub sum_fen: u64,
}

/// What a terminal counts and knows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Till {
    /// DE 41.
    pub terminal: TerminalId,
    /// The STAN last used; the next one is one more, also for sign-on, never for a reversal.
    pub stan: Option<Stan>,
    /// The acquirer's batch, 0 before the first sign-on.
    pub batch: BatchNo,
    /// The STAN before the first of the batch.
    pub batch_first: Option<Stan>,
    /// The batch that an answer with a good MAC has named, and the number before its first: a sign-on carries no MAC, and a
    /// spoilt one may name any batch.
    pub proven: Option<(BatchNo, Option<Stan>)>,
    /// What the acquirer set.
    pub parameters: Parameters,
    /// The batch whose settlement has begun and is not done.
    pub settling: Option<BatchNo>,
    /// The batch settled last.
    pub settled: Option<BatchNo>,
    /// Keys and batch are believed to be the acquirer's.
    pub signed_on: bool,
    /// STAN of the last sign-on sent and not yet answered.
    pub sign_on: Option<Stan>,
    /// Working PIN key.
    pub pik: Option<WrappedKey>,
    /// Working MAC key.
    pub mak: Option<WrappedKey>,
    /// Working track key.
    pub tdk: Option<WrappedKey>,
    /// The DUKPT serial number used last.
    pub ksn: Option<Ksn>,
    /// The host's clock minus ours, from the last sign-on.
    pub clock_ahead_ms: i64,
    /// Stored reversals, oldest first: each has its row in `pending`.
    pub pending: Vec<TillKey>,
    /// Stored advices, oldest first: each has its row in `stored`.
    pub advices: Vec<TillKey>,
    /// Offline sales that wait for their upload.
    pub offline: OfflineOpen,
    /// The newest financial exchange.
    pub last: Option<TillKey>,
    /// The newest one with a slip record.
    pub last_slip: Option<TillKey>,
    /// Wrong passwords of cashiers in a row, kept through power-off so that a plug is no way around the lock.
    pub passwords_wrong: u8,
    /// The same of those above them.
    pub locks: Locks,
    /// Where the journal of deeds stands.
    pub deeds: Deeds,
    /// Everything was handed over to another device: this one works no more.
    pub retired: bool,
    /// Which device this is, and whose place it takes.
    pub device: Device,
    /// An acquirer has repeated at sign-on what this device says of itself: from then on it always must.
    pub echoed: bool,
    /// Batches that the acquirer closed before they were settled here, oldest first: their details still go up.
    pub left: Vec<Left>,
}

/// A batch that went on without a settlement of this till.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Left {
    /// Which.
    pub batch: BatchNo,
    /// The number before its first, and one not before its last.
    pub stans: (Option<Stan>, Option<Stan>),
}

/// What offline sales not yet uploaded come to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct OfflineOpen {
    /// How many.
    pub count: u16,
    /// How much. Unit: fen.
    pub fen: u64,
}

/// Whether a stored reversal is waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum PendingState {
    /// Stored before the request left; the answer may still come.
    Armed,
    /// The exchange is in doubt: goes out before anything else.
    Open,
    /// Tries of one occasion used up: no longer blocks sales, goes out again on idle and at sign-on.
    Failed,
}

/// A reversal kept until the acquirer answers it 00, 12 or 25.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// The original's identity.
    pub key: TillKey,
    /// The 0400, DE 39 = reason.
    pub advice: Advice,
    /// Sends on this occasion.
    pub tries: u8,
    /// Sends in all.
    pub sends: u32,
    /// Where it is.
    pub state: PendingState,
}

/// A confirmation kept until it is answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Confirm {
    /// The exchange with a slip record.
    pub key: TillKey,
    /// How often it was sent.
    pub sends: u32,
    /// When it goes out next.
    pub due: Moment,
    /// The slip as it was printed first: it is handed in with the confirmation.
    pub slip: Option<Box<Slip>>,
}

/// What is handed in about a slip by itself, kept until it is answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HandIn {
    /// Whose slip.
    pub key: TillKey,
    /// Which hand-in of this slip; its answer repeats it.
    pub turn: u16,
    /// The slip as it was printed first, if no confirmation takes it along.
    pub slip: Option<Box<Slip>>,
    /// The cashier's word on the signature.
    pub signed: Option<Signed>,
    /// The signature as a picture (PNG); empty: none.
    pub picture: Box<[u8]>,
    /// Parts of it that the acquirer has.
    pub parts: u8,
    /// A page of the slip is asked for.
    pub wants_page: bool,
    /// How often it was sent, or put off for something more.
    pub sends: u32,
    /// How often it was sent as it is.
    pub tries: u8,
    /// When it goes out next.
    pub due: Moment,
}

impl HandIn {
    /// With nothing in it.
    pub fn new(key: TillKey, due: Moment) -> Self {
        Self {
            key,
            turn: 1,
            slip: None,
            signed: None,
            picture: Box::default(),
            parts: 0,
            wants_page: false,
            sends: 0,
            tries: 0,
            due,
        }
    }
}

/// An advice kept until the acquirer answers it: sent with the same number and equal fields each time (rules 3).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stored {
    /// Its own identity.
    pub key: TillKey,
    /// The 0220.
    pub advice: Advice,
    /// How often it was sent.
    pub sends: u32,
    /// When it goes out next.
    pub due: Moment,
}

/// What the set-up of a terminal says.
#[derive(Clone, Debug)]
pub struct NewTerminal {
    /// Its profile.
    pub profile: Profile,
    /// The STAN of its first exchange; 1 for a new device.
    pub first_stan: Stan,
    /// The device's mark: a random number, made anew whenever a store is.
    pub mark: DeviceMark,
}

/// The rows of a terminal that was never switched on. Written only if the terminal has none.
pub fn new_terminal(new: NewTerminal) -> Vec<(Key, TerminalRow)> {
    let terminal = new.profile.terminal;
    let stan = match new.first_stan.number() {
        1 => None,
        number => Stan::new(number - 1).ok(),
    };
    let device = Device { mark: Some(new.mark), succeeds: None };
    let till = Till { stan, device, ..Till::new(terminal) };
    [(Profile::key(&terminal), new.profile.wrap()), (Till::key(&terminal), till.wrap())].into()
}

impl Till {
    /// That of a terminal that was never switched on.
    pub const fn new(terminal: TerminalId) -> Self {
        Self {
            terminal,
            stan: None,
            batch: BatchNo(0),
            batch_first: None,
            proven: None,
            parameters: Parameters {
                answer_s: None,
                reversal_sends: None,
                offline_single_fen: None,
                offline_count: None,
                tip_percent: None,
                refund: None,
            },
            settling: None,
            settled: None,
            signed_on: false,
            sign_on: None,
            pik: None,
            mak: None,
            tdk: None,
            ksn: None,
            clock_ahead_ms: 0,
            pending: Vec::new(),
            advices: Vec::new(),
            offline: OfflineOpen { count: 0, fen: 0 },
            last: None,
            last_slip: None,
            passwords_wrong: 0,
            locks: Locks { supervisor: 0, administrator: 0, administrator_until: None },
            deeds: Deeds { next: 0, open: 0, last: [0; 16] },
            retired: false,
            echoed: false,
            device: Device { mark: None, succeeds: None },
            left: Vec::new(),
        }
    }

    /// The next STAN: one more, 999999 is followed by 1, and none that a stored reversal or advice of this batch still
    /// carries (it is repeated with that number).
    pub fn next_stan(&self) -> Stan {
        let mut stan = self.stan.map_or(Stan::FIRST, Stan::next);
        while self.pending.iter().chain(&self.advices).any(|key| key.batch == self.batch && key.stan == stan) {
            stan = stan.next();
        }
        stan
    }

    /// DE 48 of a sign-on: how many exchanges are in doubt, and which, at most 25.
    pub fn doubts(&self) -> String {
        use core::fmt::Write;
        let listed = &self.pending[..self.pending.len().min(25)];
        let mut text = String::new();
        let _ = write!(text, "{:02}", listed.len());
        for key in listed {
            let _ = write!(text, "{}{}", key.batch, key.stan);
        }
        text
    }
}

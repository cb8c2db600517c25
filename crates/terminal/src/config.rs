//! What a bank of terminals is set up with, and what its timers say. Never a clock: times are waits, divided by the clock port.

use serde::{Deserialize, Serialize};
use slipway_terms::{KeyRef, MacKey, MacMethod, Moment, Stan, TerminalId, TillKey, WrappedKey};

/// Waits in milliseconds (rules 5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    /// For the answer to a financial message, a sign-on or an inquiry of fate.
    pub answer_ms: i64,
    /// For the answer to a reversal.
    pub reversal_ms: i64,
    /// Sends of one reversal on one occasion.
    pub reversal_sends_max: u8,
    /// From the line's coming up, or from a doubt, to the reversal that nobody asked for.
    pub idle_ms: i64,
    /// The same once the reversal has failed on an occasion.
    pub idle_failed_ms: i64,
    /// From the slip's fate to the confirmation.
    pub confirm_ms: i64,
    /// From the approval to the confirmation when no word comes from the printer.
    pub confirm_no_word_ms: i64,
    /// Waits between repeats of a confirmation; the last one repeats without end.
    pub confirm_repeat_ms: [i64; 4],
    /// Between two echoes of an idle line; 0 sends none.
    pub echo_ms: i64,
    /// How long a ready transaction waits for a line that is down.
    pub line_ms: i64,
    /// Waits between repeats of an advice; the last one repeats without end.
    pub advice_repeat_ms: [i64; 4],
    /// What a cardholder is promised when money may have been taken: back within this.
    pub promise_ms: i64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            answer_ms: 60_000,
            reversal_ms: 20_000,
            reversal_sends_max: 3,
            idle_ms: 60_000,
            idle_failed_ms: 120_000,
            confirm_ms: 5_000,
            confirm_no_word_ms: 60_000,
            confirm_repeat_ms: [20_000, 60_000, 300_000, 600_000],
            advice_repeat_ms: [60_000, 60_000, 300_000, 600_000],
            echo_ms: 0,
            line_ms: 20_000,
            promise_ms: 48 * 3_600_000,
        }
    }
}

/// Settings of a bank of terminals.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Waits.
    pub times: Times,
    /// An amount above this is asked for again, in words. Unit: fen. 0 asks never.
    pub ceiling_fen: u64,
    /// An amount below this asks whether two zeros were forgotten. Unit: fen. 0 asks never.
    pub floor_fen: u64,
    /// Accept a decline without MAC as clean (profile `unionpay-compat`); relies on confirmation at the acquirer (rules 4).
    pub bare_declines: bool,
    /// A void, its completion's void or a completion demands the original's card, whose tail must be the journal's.
    pub void_needs_card: bool,
    /// The same demand the PIN.
    pub void_needs_pin: bool,
    /// A completion may come to so much of its hold. Unit: percent.
    pub completion_percent_max: u64,
    /// An adjusted total may come to so much of the original. Unit: percent.
    pub adjust_percent_max: u64,
    /// Advices that may wait for their answer before no further one is taken.
    pub advices_max: usize,
    /// Title of the slip: no scheme's name is ours (rules 10).
    pub slip_title: alloc::string::String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            times: Times::default(),
            ceiling_fen: 1_000_000,
            floor_fen: 100,
            bare_declines: false,
            void_needs_card: false,
            void_needs_pin: false,
            completion_percent_max: 115,
            adjust_percent_max: 120,
            advices_max: 99,
            slip_title: "POS签购单".into(),
        }
    }
}

/// The core of all terminals of one process.
#[derive(Clone, Debug, Default)]
pub struct TerminalBank {
    /// Settings.
    pub config: Config,
}

impl TerminalBank {
    /// A bank with these settings.
    pub const fn new(config: Config) -> Self {
        Self { config }
    }

    /// The way a terminal MACs.
    pub(crate) fn mac_key(mak: &WrappedKey) -> MacKey {
        MacKey { key: KeyRef::Wrapped(mak.clone()), method: MacMethod::EcbXor }
    }
}

/// What a timer says when it runs out. Each carries what makes it stale, so that firing twice is harmless.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Timer {
    /// No answer to this exchange: it becomes doubtful.
    AnswerDue(TillKey),
    /// No answer to this send (by its number) of a reversal: the next one, or failed.
    ReversalDue(TillKey, u32),
    /// No answer to this sign-on.
    SignOnDue(TerminalId, Stan),
    /// No answer to this inquiry of fate.
    AskDue(TerminalId, Stan),
    /// Nobody did anything: open reversals go out. Carries its own moment; only the newest counts.
    IdleTry(TerminalId, Moment),
    /// A ready transaction waited for the line since this moment.
    LineDue(TerminalId, Moment),
    /// Confirm this exchange; stale if it was sent more often than this.
    ConfirmDue(TillKey, u32),
    /// Hand in what is kept about this slip; stale if it was sent more often than this.
    HandInDue(TillKey, u32),
    /// No answer to an advice sent so often: the next send.
    AdviceDue(TillKey, u32),
    /// An occasion to send an advice out of its turn: the line is up, or the terminal has signed on.
    AdviceWake(TillKey),
    /// The next step of a settlement. Carries its own moment.
    SettleStep(TerminalId, Moment),
    /// No answer to what a settlement sent under this number, on this try.
    SettleDue(TerminalId, Stan, u8),
    /// No answer to an errand, by its number.
    FetchDue(TerminalId, u32),
    /// Time for an echo. Carries its own moment; only the newest counts.
    EchoDue(TerminalId, Moment),
    /// A settlement found open at power-up.
    SettleWoken(TerminalId),
    /// Found open at power-up.
    Woken(TillKey),
}

impl Timer {
    /// The terminal it belongs to.
    pub const fn terminal(&self) -> TerminalId {
        match self {
            Self::AnswerDue(key)
            | Self::ReversalDue(key, _)
            | Self::ConfirmDue(key, _)
            | Self::HandInDue(key, _)
            | Self::AdviceDue(key, _)
            | Self::AdviceWake(key)
            | Self::Woken(key) => key.terminal,
            Self::SignOnDue(id, _)
            | Self::AskDue(id, _)
            | Self::IdleTry(id, _)
            | Self::LineDue(id, _)
            | Self::SettleStep(id, _)
            | Self::SettleDue(id, ..)
            | Self::SettleWoken(id)
            | Self::FetchDue(id, _)
            | Self::EchoDue(id, _) => *id,
        }
    }

    /// The exchange it is about, if it is about one.
    pub const fn exchange(&self) -> Option<&TillKey> {
        match self {
            Self::AnswerDue(key)
            | Self::ReversalDue(key, _)
            | Self::ConfirmDue(key, _)
            | Self::HandInDue(key, _)
            | Self::AdviceDue(key, _)
            | Self::AdviceWake(key)
            | Self::Woken(key) => Some(key),
            _ => None,
        }
    }
}

//! What a core decides: owned values, built by typed calls. Nothing in it happens before the commit has returned.

use crate::{Install, Installed, Key, KeyPart, Node, Peer, Record, outbox_id};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_terms::{
    Advice, ChipAsk, KeyName, MacKey, Message, Moment, Notice, Short, Slip, SlipKind, TerminalId, Testimony, Text,
    TillKey, WrappedKey,
};

/// What leaves to a peer.
#[derive(Clone, Debug)]
pub enum Body {
    /// Sent once; its loss is the receiver's or a timer's business.
    Once(Message),
    /// In the outbox from this commit on, repeated until the core says it was answered. Advices only, by type.
    Advice(Key, Advice),
    /// In the outbox until the notifier took it.
    Notice(Key, Notice),
    /// To a desk.
    Testimonies(Vec<Testimony>),
}

/// One thing to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// To whom.
    pub to: Peer,
    /// What.
    pub body: Body,
    /// The key that MACs it. Entries of the outbox use named keys only: a working key would be stale by then.
    pub mac: Option<MacKey>,
}

/// One slip to print; every copy's fate comes back as [`Act::Paper`](crate::Act::Paper).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Print {
    /// The printer of this terminal.
    pub seat: TerminalId,
    /// The exchange the slip belongs to.
    pub about: TillKey,
    /// Which copies, in order.
    pub copies: Vec<slipway_terms::Copy>,
    /// The slip; `slip.kind` says voucher or fault paper.
    pub slip: Slip,
}

/// What the four-line screen of a terminal shows now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Show {
    /// At most four lines, both languages.
    pub lines: Vec<Text>,
    /// The pad is waiting for a PIN: keys go to the PIN pad, not to the screen.
    pub pin_entry: bool,
    /// The code of a slip's page, to be shown as a QR code beside the lines.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page: Option<Short<24>>,
}

/// What a core decides on one input.
pub struct Decision<N: Node> {
    /// Rows to write, one atomic batch with the rest.
    pub puts: Vec<(Key, N::Row)>,
    /// Keys that leave queue tables, and outbox entries that were answered.
    pub ends: Vec<Key>,
    /// Generations of named keys to lay into the vault after the commit and before anything leaves. Each stands in a row of
    /// the same batch, from which [`Node::reinstall`] reads it again.
    pub installs: Vec<Installed>,
    /// What to send after the commit, in order.
    pub sends: Vec<Outgoing>,
    /// Timers to arm after the commit.
    pub timers: Vec<(Moment, N::Timer)>,
    /// Slips to print after the commit.
    pub prints: Vec<Print>,
    /// Questions to the chips in the readers, after the commit.
    pub chips: Vec<(TerminalId, ChipAsk)>,
    /// Screens to show after the commit.
    pub shows: Vec<(TerminalId, Show)>,
    /// Notes to keep until power-off; `None` forgets.
    pub notes: Vec<(TerminalId, Option<N::Note>)>,
    /// Things worth counting, by fixed name (metrics; never a value from a message).
    pub counts: Vec<&'static str>,
}

impl<N: Node> Default for Decision<N> {
    fn default() -> Self {
        Self {
            puts: Vec::new(),
            ends: Vec::new(),
            installs: Vec::new(),
            sends: Vec::new(),
            timers: Vec::new(),
            prints: Vec::new(),
            chips: Vec::new(),
            shows: Vec::new(),
            notes: Vec::new(),
            counts: Vec::new(),
        }
    }
}

impl<N: Node> Decision<N> {
    /// Nothing happens.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Writes one row.
    pub fn put<R: Record<N::Row>>(&mut self, key: &R::Key, record: R) {
        self.puts.push((R::key(key), record.wrap()));
    }

    /// Takes one row out of a queue table. Only tables declared `queue` may forget; anything else is a bug and panics.
    pub fn end<R: Record<N::Row>>(&mut self, key: &R::Key) {
        assert!(R::QUEUE, "only queue tables forget rows");
        self.ends.push(R::key(key));
    }

    /// Lays a generation of a named key into the vault.
    pub fn install(&mut self, name: KeyName, key: WrappedKey, how: Install) {
        self.installs.push(Installed { name, key, how });
    }

    /// Sends a message once.
    pub fn send(&mut self, to: Peer, message: Message, mac: Option<MacKey>) {
        self.sends.push(Outgoing { to, body: Body::Once(message), mac });
    }

    /// Queues an advice until it is answered. The same `tag` and `about` queue it once.
    pub fn until_answered(&mut self, to: Peer, tag: u8, about: &impl KeyPart, advice: Advice, mac: Option<MacKey>) {
        self.sends.push(Outgoing { to, body: Body::Advice(outbox_id(tag, about), advice), mac });
    }

    /// Queues a notice until the notifier takes it.
    pub fn notify(&mut self, tag: u8, about: &impl KeyPart, notice: Notice) {
        self.sends.push(Outgoing { to: Peer::Phone, body: Body::Notice(outbox_id(tag, about), notice), mac: None });
    }

    /// The advice or notice with this tag and subject was answered: it leaves the outbox.
    pub fn answered(&mut self, tag: u8, about: &impl KeyPart) {
        self.ends.push(outbox_id(tag, about));
    }

    /// Answers a desk.
    pub fn testify(&mut self, ticket: u64, seen: Vec<Testimony>) {
        self.sends.push(Outgoing { to: Peer::Desk(ticket), body: Body::Testimonies(seen), mac: None });
    }

    /// Arms a timer.
    pub fn due(&mut self, at: Moment, timer: N::Timer) {
        self.timers.push((at, timer));
    }

    /// Prints a slip.
    pub fn print(&mut self, seat: TerminalId, about: TillKey, copies: Vec<slipway_terms::Copy>, slip: Slip) {
        debug_assert!(slip.kind == SlipKind::Fault || slip.rrn.is_some() || slip.auth.is_some() || !copies.is_empty());
        self.prints.push(Print { seat, about, copies, slip });
    }

    /// Asks the chip in the reader of this terminal; its answer comes back as [`Act::Chip`](crate::Act::Chip).
    pub fn ask_chip(&mut self, seat: TerminalId, ask: ChipAsk) {
        self.chips.push((seat, ask));
    }

    /// Shows a screen.
    pub fn show(&mut self, seat: TerminalId, show: Show) {
        self.shows.push((seat, show));
    }

    /// Keeps or forgets a volatile note.
    pub fn note(&mut self, seat: TerminalId, note: Option<N::Note>) {
        self.notes.push((seat, note));
    }

    /// Counts something by its fixed name.
    pub fn count(&mut self, what: &'static str) {
        self.counts.push(what);
    }
}

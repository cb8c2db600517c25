//! The hands of `bench chain`: at every terminal the next sale is keyed as soon as the last copy of the slip before it was
//! printed. Runs on the bank's own thread, inside its watch; never sleeps, never looks at a record.

use super::watch;
use crate::network::sample;
use crate::say::End;
use slipway_node::{Act, CardRead, Hand, KeyPress, Peer, Print};
use slipway_runtime::os::{Control, Event, PaperSink, Watch};
use slipway_slip::{Columns, escpos, render};
use slipway_terms::{Amount, Copy, OperatorNo, PaperFate, Pin, ResponseCode, TerminalId, Track2};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::UnboundedSender;

/// What the hands tell the bench.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// A terminal's line is up.
    Line,
    /// A terminal took its working keys.
    SignedOn,
    /// Nothing is in flight any more.
    Rest,
}

/// A finished phase.
#[derive(Clone, Default, Debug)]
pub struct Sold {
    /// Nanoseconds from the PIN's last key to the last copy, of every approved and printed sale of the phase.
    pub took_ns: Vec<u64>,
    /// Those of them that ended inside the measured time.
    pub in_time: u64,
    /// Sales refused.
    pub refused: u64,
    /// Fen of all approved and printed sales.
    pub fen: u64,
}

struct State {
    cards: Vec<Track2>,
    next_card: usize,
    pin: Pin,
    password: Pin,
    control: Option<UnboundedSender<Control>>,
    began: BTreeMap<TerminalId, (u64, u64)>,
    until: u64,
    sold: Sold,
    tell: Sender<Told>,
}

/// Everything the hands know, shared with the bench's own thread.
#[derive(Clone)]
pub struct Seller {
    state: Arc<Mutex<State>>,
    now: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Seller {
    /// Hands with these cards.
    pub fn new(cards: Vec<Track2>, tell: Sender<Told>) -> Result<Self, End> {
        let shape = |bad: slipway_terms::BadShape| End::usage(bad.0, bad.0);
        let state = State {
            cards,
            next_card: 0,
            pin: Pin::new(sample::CARD_PIN).map_err(shape)?,
            password: Pin::new(sample::OPERATOR_PASSWORD).map_err(shape)?,
            control: None,
            began: BTreeMap::new(),
            until: 0,
            sold: Sold::default(),
            tell,
        };
        Ok(Self { state: Arc::new(Mutex::new(state)), now: Arc::new(watch()) })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the bank's party calls.
    pub fn watch(&self) -> Watch {
        let seller = self.clone();
        Box::new(move |event| seller.see(&event))
    }

    /// Signs the cashier of a terminal in.
    pub fn sign_in(&self, control: &UnboundedSender<Control>, seat: TerminalId) {
        self.with(|state| {
            state.control = Some(control.clone());
            state.act(seat, Act::SignIn(OperatorNo(1), state.password.clone()));
        });
    }

    /// Begins to sell at these terminals, for so long.
    pub fn open(&self, seats: &[TerminalId], for_ns: u64) {
        let now = (self.now)();
        self.with(|state| {
            state.until = now + for_ns;
            state.sold = Sold::default();
            for seat in seats {
                state.begin(*seat, now);
            }
        });
    }

    /// What was sold since the shop opened.
    pub fn close(&self) -> Sold {
        self.with(|state| std::mem::take(&mut state.sold))
    }

    fn see(&self, event: &Event<'_>) {
        match event {
            Event::Printed(print, Copy::Cardholder, fate) => self.ended(print.seat, Some(*fate)),
            Event::Heard(Peer::Host(seat), message)
                if message.mti.0 == 210 && message.code != Some(ResponseCode::APPROVED) =>
            {
                self.ended(*seat, None);
            }
            Event::Heard(Peer::Host(_), message)
                if message.mti.0 == 810 && message.code == Some(ResponseCode::APPROVED) =>
            {
                self.tell(Told::SignedOn);
            }
            Event::Linked(Peer::Host(_), true) => self.tell(Told::Line),
            _ => {}
        }
    }

    fn tell(&self, what: Told) {
        self.with(|state| {
            // Nobody listens any more once the bench has ended.
            let _ = state.tell.send(what);
        });
    }

    /// A sale has come to its end: printed, or refused.
    fn ended(&self, seat: TerminalId, fate: Option<PaperFate>) {
        let now = (self.now)();
        self.with(|state| {
            let Some((began, fen)) = state.began.remove(&seat) else { return };
            if fate == Some(PaperFate::Printed) {
                state.sold.took_ns.push(now - began);
                state.sold.in_time += u64::from(now <= state.until);
                state.sold.fen += fen;
            } else {
                state.sold.refused += 1;
            }
            if now < state.until {
                state.begin(seat, now);
            } else if state.began.is_empty() {
                let _ = state.tell.send(Told::Rest);
            }
        });
    }
}

impl State {
    fn act(&self, seat: TerminalId, act: Act) {
        if let Some(control) = &self.control {
            let _ = control.send(Control::Hand(Hand::At(seat, act)));
        }
    }

    /// Keys one sale: amount, card, confirmed amount, PIN. Amounts differ, cards come in turn.
    fn begin(&mut self, seat: TerminalId, now: u64) {
        self.next_card = (self.next_card + 1) % self.cards.len();
        let fen = 100 + u64::try_from(self.next_card % 97).unwrap_or(0);
        let card = self.cards[self.next_card].clone();
        self.act(seat, Act::Sale(Amount::fen(fen)));
        self.act(seat, Act::Card(CardRead::Stripe(card)));
        self.act(seat, Act::Key(KeyPress::Enter));
        self.act(seat, Act::Pin(Some(self.pin.clone())));
        self.began.insert(seat, (now, fen));
    }
}

/// A printer that is always in order: the copy is laid out and turned into the printer's bytes, as for a real one.
pub struct GoodPrinter;

impl PaperSink for GoodPrinter {
    fn print(&mut self, print: &Print, copy: Copy) -> PaperFate {
        black_box(escpos(&render(&print.slip, copy, Columns::C32)));
        PaperFate::Printed
    }
}

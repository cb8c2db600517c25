//! A simulated line: a GPRS modem, a telephone modem or an Ethernet port, each going through its stages before the real
//! socket is connected. A fault can be armed at any time; the stage it belongs to then fails as a device's would.

use super::bearer::{self, Bearer, Breaking, Making};
use super::clock::PacedClock;
use slipway_node::LineFault;
use std::sync::Mutex;
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// What the line is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stack {
    /// A mobile modem with PPP.
    Gprs,
    /// A telephone modem with PPP.
    Modem,
    /// A cable.
    Ethernet,
}

/// A step from nothing to a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the words are the stages")]
pub enum Stage {
    Sim,
    Signal,
    Attach,
    Carrier,
    Dial,
    Lcp,
    Auth,
    Address,
    Name,
    Route,
    Connect,
    Tls,
    /// The line stands.
    Line,
}

impl Stack {
    /// Its stages, in order.
    pub const fn stages(self) -> &'static [Stage] {
        use Stage::*;
        match self {
            Self::Gprs => &[Sim, Signal, Attach, Lcp, Auth, Address, Name, Route, Connect, Tls, Line],
            Self::Modem => &[Carrier, Dial, Lcp, Auth, Address, Name, Route, Connect, Tls, Line],
            Self::Ethernet => &[Carrier, Address, Name, Route, Connect, Tls, Line],
        }
    }

    /// The stack of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        [("gprs", Self::Gprs), ("modem", Self::Modem), ("ethernet", Self::Ethernet)]
            .into_iter()
            .find_map(|(name, stack)| (name == word).then_some(stack))
    }

    /// This stack if it can have the fault, else one that can.
    fn with(self, fault: LineFault) -> Self {
        let has = |stack: &Self| stack.stages().contains(&Stage::of(fault));
        [self, Self::Gprs, Self::Modem, Self::Ethernet].into_iter().find(has).unwrap_or(self)
    }
}

impl Stage {
    /// Where this fault shows.
    pub const fn of(fault: LineFault) -> Self {
        match fault {
            LineFault::SimMissing => Self::Sim,
            LineFault::NoSignal => Self::Signal,
            LineFault::EndlessInit => Self::Attach,
            LineFault::NoCarrier => Self::Carrier,
            LineFault::HostBusy => Self::Dial,
            LineFault::PppLink => Self::Lcp,
            LineFault::PppAuth => Self::Auth,
            LineFault::NoAddress => Self::Address,
            LineFault::NameUnknown => Self::Name,
            LineFault::NoRoute => Self::Route,
            LineFault::Refused | LineFault::ConnectTimeout => Self::Connect,
            LineFault::TlsUntrusted
            | LineFault::TlsExpired
            | LineFault::TlsWrongName
            | LineFault::TlsClientRefused
            | LineFault::TlsNotSpoken
            | LineFault::TlsTimeout => Self::Tls,
            LineFault::Lost | LineFault::LostWaiting | LineFault::NoAnswer => Self::Line,
        }
    }

    /// Network milliseconds it takes when all is well.
    const fn takes_ms(self) -> u64 {
        match self {
            Self::Attach => 3_000,
            Self::Dial => 2_000,
            Self::Lcp | Self::Auth | Self::Address => 300,
            Self::Sim | Self::Signal => 200,
            Self::Carrier => 100,
            Self::Name | Self::Route | Self::Connect | Self::Tls | Self::Line => 0,
        }
    }
}

/// Network milliseconds after which a device gives up a stage that does not end.
const fn gives_up_ms(fault: LineFault) -> u64 {
    match fault {
        LineFault::EndlessInit => 60_000,
        LineFault::ConnectTimeout | LineFault::TlsTimeout => 10_000,
        LineFault::PppLink | LineFault::NoAddress | LineFault::NameUnknown => 5_000,
        _ => 500,
    }
}

/// One simulated line, shared by who dials over it and who arms its faults.
#[derive(Debug)]
pub struct SimLine {
    clock: PacedClock,
    state: Mutex<(Stack, Option<LineFault>)>,
    breaks: Notify,
}

impl SimLine {
    /// A line, with a fault from the start or without.
    pub fn new(clock: PacedClock, stack: Stack, fault: Option<LineFault>) -> Self {
        let stack = fault.map_or(stack, |fault| stack.with(fault));
        Self { clock, state: Mutex::new((stack, fault)), breaks: Notify::new() }
    }

    /// From now on this fault, or none. A line that stands breaks if it could not have been made with the fault.
    pub fn arm(&self, fault: Option<LineFault>) {
        if let Ok(mut state) = self.state.lock() {
            *state = (fault.map_or(state.0, |fault| state.0.with(fault)), fault);
        }
        if fault.is_some_and(|fault| !matches!(fault, LineFault::NoAnswer | LineFault::LostWaiting)) {
            self.breaks.notify_waiters();
        }
    }

    fn state(&self) -> (Stack, Option<LineFault>) {
        self.state.lock().map_or((Stack::Ethernet, None), |state| *state)
    }

    /// Goes through the stages, telling each that was reached and how it ended.
    pub async fn walk(&self, to: &str, mut tell: impl FnMut(Stage, Option<LineFault>)) -> Result<TcpStream, LineFault> {
        let mut stream = None;
        for stage in self.state().0.stages() {
            tokio::time::sleep(self.clock.wall(stage.takes_ms())).await;
            // Asked at each stage: a fault may be armed, or mended, while the line is being made.
            let failed = match self.state().1 {
                // A broken line can be made anew.
                Some(LineFault::Lost | LineFault::LostWaiting | LineFault::NoAnswer) | None => None,
                Some(fault) => (Stage::of(fault) == *stage).then_some(fault),
            };
            let failed = match (failed, stage) {
                (Some(fault), _) => {
                    tokio::time::sleep(self.clock.wall(gives_up_ms(fault))).await;
                    Some(fault)
                }
                (None, Stage::Name) => bearer::resolve(to).await.err(),
                (None, Stage::Connect) => match bearer::connect(to).await {
                    Ok(made) => {
                        stream = Some(made);
                        None
                    }
                    Err(fault) => Some(fault),
                },
                (None, _) => None,
            };
            tell(*stage, failed);
            if let Some(fault) = failed {
                return Err(fault);
            }
        }
        stream.ok_or(LineFault::NoRoute)
    }
}

impl Bearer for SimLine {
    fn connect<'a>(&'a self, to: &'a str) -> Making<'a> {
        Box::pin(self.walk(to, |_, _| {}))
    }

    fn breaks(&self) -> Breaking<'_> {
        Box::pin(self.breaks.notified())
    }

    fn deaf(&self) -> bool {
        matches!(self.state().1, Some(LineFault::NoAnswer | LineFault::LostWaiting))
    }

    fn wrote(&self) {
        // Once: what has just left goes unanswered, and the next line is sound.
        if self.state().1 == Some(LineFault::LostWaiting) {
            self.arm(None);
            self.breaks.notify_waiters();
        }
    }
}

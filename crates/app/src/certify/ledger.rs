//! The one rule for this device: for each exchange the cardholder's net debit and the merchant's net credit, as the hosts have
//! stored them, against what the device may have a slip for.

use super::exchange::Exchange;
use super::tap::Event;
use crate::audit::{audit, quiet};
use crate::network::Hosts;
use slipway_terms::{BatchNo, MerchantId, Stan, TerminalId, Text, TillKey};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// One exchange in the books.
#[derive(Debug)]
pub struct Booked {
    /// Step in which it began.
    pub step: u8,
    /// 中文与 English: kind, amount, number.
    pub words: (String, String),
    /// What its slip may say.
    pub slip_fen: i64,
    /// The cardholder's net debit.
    pub debit_fen: i64,
    /// The merchant's net credit.
    pub credit_fen: i64,
}

impl Booked {
    /// Slip, debit and credit agree.
    pub const fn holds(&self) -> bool {
        self.slip_fen == self.debit_fen && self.slip_fen == self.credit_fen
    }
}

/// What the ledgers say.
#[derive(Debug, Default)]
pub struct Books {
    /// Per exchange of the device.
    pub exchanges: Vec<Booked>,
    /// What does not hold in the ledgers themselves, or why they could not be read.
    pub faults: Vec<Text>,
}

impl Books {
    /// The one rule holds.
    pub fn hold(&self) -> bool {
        self.faults.is_empty() && self.exchanges.iter().all(Booked::holds)
    }
}

/// Tries until the hosts have sent all that they still owe each other.
const TRIES: u32 = 100;
const TRY: Duration = Duration::from_millis(100);

/// Waits until the hosts are quiet and reads their books. Frames that still come are let pass.
pub fn read(
    hosts: &Hosts,
    terminal: TerminalId,
    merchant: MerchantId,
    all: &[Exchange],
    events: &Receiver<Event>,
) -> Books {
    for _ in 0..TRIES {
        if quiet(hosts, &[]) == Some(true) {
            break;
        }
        let end = events.recv_timeout(TRY);
        if matches!(end, Err(RecvTimeoutError::Disconnected)) {
            break;
        }
    }
    let Some(audit) = audit(hosts, &[]) else {
        let gone = Text::new("有一方没有回答审计", "a party did not answer the audit");
        return Books { faults: vec![gone], exchanges: Vec::new() };
    };
    let mut books = Books::default();
    books.faults.extend(audit.faults.iter().map(|fault| Text::new(fault.clone(), fault.clone())));
    for one in all {
        let till = one.batch.parse().ok().zip(one.stan.parse().ok().and_then(|stan| Stan::new(stan).ok()));
        let till = till.map(|(batch, stan)| TillKey { terminal, merchant, batch: BatchNo(batch), stan });
        let traces = till.and_then(|till| audit.tills.get(&till)).and_then(|key| audit.exchanges.get(key));
        let traces = traces.copied().unwrap_or_default();
        if one.signed_fen() != 0 || traces.debits + traces.refunds > 0 || traces.credit_fen != 0 {
            books.exchanges.push(Booked {
                step: one.step,
                words: one.words(),
                slip_fen: one.signed_fen(),
                debit_fen: traces.debit_fen,
                credit_fen: traces.credit_fen,
            });
        }
    }
    books
}

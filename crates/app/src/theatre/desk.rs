//! Two threads: one writes to the board what was seen and tells the pages; the other asks the parties, as any desk would, where the
//! money of the exchange at hand is and how their books stand. It asks only while a page is open, and a few times a second at most.

use super::set::Opened;
use super::{Seen, Theatre, plugs};
use crate::audit::table;
use crate::http::Live;
use crate::network::sample::ROUTES;
use crate::trace::{Desk as _, Keys, trace};
use serde_json::{Value, json};
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::ledger::{Account, Balance};
use slipway_hosts::switch::SwitchRow;
use slipway_node::{Question, Record, Rows, Scan};
use slipway_runtime::os::Handle;
use slipway_terminal::{TerminalRow, Till};
use slipway_terms::TillKey;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

/// Wakes the desk.
pub enum Poke {
    /// Something has happened.
    Look,
    /// The network stops.
    Stop,
}

/// A look waits until nothing was seen for so long: what hangs together is looked at once, and a payment does not wait for it.
const REST: Duration = Duration::from_millis(120);
/// But no longer than this where something is always seen. Unit: wall nanoseconds.
const REST_MOST_NANOS: u64 = 600_000_000;
/// Without anything seen (timers run at the hosts without a message).
const IDLE: Duration = Duration::from_millis(1_000);
/// What is seen waits so long for what follows it, and goes to every page in one write then. Unit: wall nanoseconds.
const TOGETHER_NANOS: u64 = 20_000_000;
/// And so much longer for each open page: many pages are written to less often, so that they take nothing from a payment.
const TOGETHER_PAGE_NANOS: u64 = 250_000;
/// But no longer than this: a page is less than 100 ms behind the wire.
const TOGETHER_MOST_NANOS: u64 = 70_000_000;
/// Pages that are gone are found so this often.
const BEAT: Duration = Duration::from_secs(10);

/// The desk at work.
pub struct Desk {
    poke: SyncSender<Poke>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// Ends it and waits: afterwards it holds nothing of the network.
    pub fn stop(mut self) {
        let _ = self.poke.send(Poke::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Sets both threads to work.
pub fn watch(opened: Opened, live: &Arc<Live>) -> std::io::Result<Desk> {
    let Opened { theatre, seen, poked } = opened;
    let (live, poke, writer) = (Arc::downgrade(live), theatre.poke.clone(), Arc::clone(&theatre));
    std::thread::Builder::new().name("theatre".into()).spawn(move || write(&writer, &seen))?;
    let thread =
        std::thread::Builder::new().name("theatre-desk".into()).spawn(move || work(&theatre, &live, &poked))?;
    Ok(Desk { poke, thread: Some(thread) })
}

/// How long events are gathered for so many pages. Unit: wall nanoseconds.
fn together(pages: usize) -> u64 {
    let pages = u64::try_from(pages).unwrap_or(u64::MAX);
    TOGETHER_NANOS.saturating_add(pages.saturating_mul(TOGETHER_PAGE_NANOS)).min(TOGETHER_MOST_NANOS)
}

/// Ends with the process: whoever sees something holds the other end.
fn write(theatre: &Theatre, seen: &Receiver<Seen>) {
    let mut due = None;
    loop {
        let left = due.map(|due| Duration::from_nanos(u64::saturating_sub(due, theatre.clock.nanos())));
        match seen.recv_timeout(left.unwrap_or(BEAT)) {
            Ok(one) => {
                due = due.or_else(|| Some(theatre.clock.nanos() + together(theatre.feed.pages())));
                if !note(theatre, one) {
                    return;
                }
            }
            Err(RecvTimeoutError::Timeout) if due.is_none() => theatre.feed.beat(),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if due.is_some_and(|due| theatre.clock.nanos() >= due) {
            theatre.feed.flush();
            due = None;
        }
    }
}

/// Writes one thing to the board. `false`: there is no board any more.
fn note(theatre: &Theatre, one: Seen) -> bool {
    let asks = !matches!(one, Seen::Now("verdict" | "books", _));
    let used = matches!(&one, Seen::Crossed(crossed) if !crossed.short["fault"].is_null());
    let Ok(mut board) = theatre.board.lock() else { return false };
    // Under the board's lock: a page that reads the state misses nothing after its number.
    if let Some(event) = board.write(one, theatre.now_ms()) {
        theatre.feed.gather(event.no, event.kind, &event.body);
    }
    drop(board);
    if used {
        theatre.now("faults", super::told::armed(&theatre.faults.armed()));
    }
    if asks {
        let _ = theatre.poke.try_send(Poke::Look);
    }
    true
}

fn work(theatre: &Theatre, live: &Weak<Live>, poked: &Receiver<Poke>) {
    let mut last = None;
    loop {
        match poked.recv_timeout(IDLE) {
            Ok(Poke::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(Poke::Look) | Err(RecvTimeoutError::Timeout) => {}
        }
        let Some(live) = live.upgrade() else { return };
        theatre.look_at_stage(&live);
        if theatre.feed.pages() == 0 {
            continue;
        }
        let most = theatre.clock.nanos() + REST_MOST_NANOS;
        while theatre.clock.nanos() < most {
            match poked.recv_timeout(REST) {
                Ok(Poke::Look) => {}
                Ok(Poke::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        look(theatre, &live, &mut last);
    }
}

fn look(theatre: &Theatre, live: &Live, last: &mut Option<TillKey>) {
    *last = newest(theatre, live).or(*last);
    if let Some(till) = *last {
        let found = trace(live, &Keys::Till(till));
        theatre.now("verdict", found.first().map_or(Value::Null, crate::trace::Found::json));
    }
    theatre.now("books", books(theatre, live));
    theatre.now("power", plugs::standing(live));
}

/// The newest payment of the terminal on the stage, by the two rows that say so: a look through its journal would keep the terminal
/// from its work, longer with every sale.
fn newest(theatre: &Theatre, live: &Live) -> Option<TillKey> {
    let row = Scan { prefix: Till::key(&theatre.seat), rows_max: 1, newest_first: false };
    let (_, bytes) = live.bank.as_ref()?.scan(row)?.pop()?;
    let row = TerminalRow::decode(<Till as Record<TerminalRow>>::SPACE, &bytes).ok()?;
    let last = <Till as Record<TerminalRow>>::peel(&row)?.last?;
    let line = live.terminal(theatre.seat, Question::Till(last))?.pop()?;
    // An inquiry moves no money.
    line.amount.and(line.till)
}

/// The accounts that a payment at this terminal moves. Signed as the account's owner sees it: what is owed to it is positive.
fn books(theatre: &Theatre, live: &Live) -> Value {
    let [one, two] = &live.hosts.issuers;
    json!({
        "acquirer": accounts::<AcquirerRow>(theatre, &live.hosts.acquirer),
        "switch": accounts::<SwitchRow>(theatre, &live.hosts.switch),
        "issuer1": accounts::<IssuerRow>(theatre, one),
        "issuer2": accounts::<IssuerRow>(theatre, two),
    })
}

fn accounts<R: Rows>(theatre: &Theatre, party: &Handle) -> Value
where
    Balance: slipway_node::Record<R>,
{
    let Some(all) = table::<Balance, R>(party) else { return Value::Null };
    let issuer = party.name.strip_prefix("issuer").and_then(|no| no.parse::<usize>().ok());
    let named = |balance: Balance| {
        let name = match balance.account {
            Account::Cardholder(account) => {
                let of = |card: &crate::window::cards::Card| {
                    let owner = ROUTES.iter().find(|(bin, ..)| card.pan.reveal().starts_with(bin))?.1;
                    let digits = card.pan.reveal().get(7..15)?;
                    let credit = card.pan.reveal().get(6..7)? == "1";
                    let own = format!("{}{digits}", if credit { "C" } else { "D" });
                    (Some(owner + 1) == issuer && account.as_str() == own).then_some(())
                };
                let place = theatre.cards.iter().position(|card| of(card).is_some())?;
                format!("card{place}")
            }
            Account::Suspense => "suspense".into(),
            Account::Network => "network".into(),
            Account::NetworkReceivable => "receivable".into(),
            Account::MerchantPayable(id) if id == theatre.merchant.id => "merchant".into(),
            Account::Member(id) => format!("member{id}"),
            Account::Loss => "loss".into(),
            Account::Opening | Account::MerchantPayable(_) | Account::Discount | Account::Payout => return None,
            Account::MerchantHeld(_) | Account::MerchantReserve(_) => return None,
        };
        Some((name, json!(-balance.minor)))
    };
    Value::Object(all.into_iter().filter_map(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_pages_the_longer_events_are_gathered_and_never_too_long() {
        assert_eq!(together(0), 20_000_000);
        assert_eq!(together(1), 20_250_000);
        assert_eq!(together(100), 45_000_000);
        assert_eq!((together(200), together(usize::MAX)), (70_000_000, 70_000_000));
    }
}

//! The journals of dark terminals, as a person finds them who brings the devices to a desk and reads them there. Whoever is asked about a
//! slip in this story says what stands in them; no host and no reconciliation ever reads one (rules 7).

use crate::export;
use crate::network::{Hosts, open, sample};
use crate::say::End;
use crate::trace::Desk;
use slipway_node::Question;
use slipway_runtime::os::PacedClock;
use slipway_terminal::{Exchange, Standing, TerminalRow};
use slipway_terms::{Moment, TerminalId, Testimony, TillKey};
use std::path::{Path, PathBuf};

/// All rows of all journals.
pub struct Journal {
    /// As stored.
    pub rows: Vec<TerminalRow>,
}

impl Journal {
    /// Reads them.
    pub fn read(dir: &Path) -> Result<Self, End> {
        Ok(Self { rows: export::rows(dir, "terminals")? })
    }

    /// The lines of one journal that are about money, oldest first.
    pub fn lines(&self, seat: TerminalId) -> Vec<&Exchange> {
        let lines = self.rows.iter().filter_map(|row| match row {
            TerminalRow::Exchange(exchange) if exchange.key.terminal == seat && exchange.amount.is_some() => {
                Some(exchange)
            }
            _ => None,
        });
        let mut lines: Vec<&Exchange> = lines.collect();
        lines.sort_by_key(|line| (line.sent_at, line.key.stan));
        lines
    }

    /// Whether the journal has an approved slip under this number.
    pub fn has_slip(&self, till: &TillKey) -> bool {
        let line = self.lines(till.terminal).into_iter().find(|line| line.key == *till);
        line.is_some_and(|line| line.standing == Standing::Approved && line.slip.is_some())
    }
}

/// A desk at which the hosts are asked, and of a terminal its journal.
pub struct JournalDesk<'a> {
    /// The running hosts.
    pub hosts: &'a Hosts,
    /// The network's folder.
    pub dir: PathBuf,
    /// The time.
    pub at: Moment,
    /// How many terminals there are.
    pub seats: usize,
}

impl Desk for JournalDesk<'_> {
    fn acquirer(&self, question: Question) -> Option<Vec<Testimony>> {
        self.hosts.acquirer.ask(question)
    }
    fn switch(&self, question: Question) -> Option<Vec<Testimony>> {
        self.hosts.switch.ask(question)
    }
    fn issuer(&self, index: usize, question: Question) -> Option<Vec<Testimony>> {
        self.hosts.issuers.get(index)?.ask(question)
    }
    fn terminal(&self, id: TerminalId, question: Question) -> Option<Vec<Testimony>> {
        let index = (1..=self.seats).find(|index| sample::terminal(*index) == id)?;
        let clock = PacedClock::start(slipway_runtime::os::Pace::REAL);
        let bank = open::bank(&self.dir, &format!("store-{index}"), &[(id, index)], clock, None).ok()?;
        bank.open().ok()?.consult(self.at, question).ok()
    }
}

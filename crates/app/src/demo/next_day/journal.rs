//! The journals of dark terminals, as a person finds them who brings the devices to a desk and reads them there. Whoever is asked about a
//! slip in this story says what stands in them; no host and no reconciliation ever reads one (rules 7).

use crate::audit;
use crate::demo::till::Till;
use crate::export;
use crate::network::Hosts;
use crate::say::End;
use crate::trace::Desk;
use slipway_node::Question;
use slipway_terminal::{Exchange, Standing, TerminalRow};
use slipway_terms::{TerminalId, Testimony, TillKey};
use std::path::Path;

/// All rows of all journals.
pub struct Journal {
    /// As stored.
    pub rows: Vec<TerminalRow>,
}

impl Journal {
    /// Reads those of dark terminals.
    pub fn read(dir: &Path) -> Result<Self, End> {
        Ok(Self { rows: export::rows(dir, "terminals")? })
    }

    /// Those of terminals that are back.
    pub fn of(tills: &[Till]) -> Option<Self> {
        let rows = tills.iter().map(|till| audit::rows::<TerminalRow>(&till.bank)).collect::<Option<Vec<_>>>()?;
        Some(Self { rows: rows.concat() })
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

/// A desk at which hosts and terminals are asked, once these are back.
pub struct BackDesk<'a>(pub &'a Hosts, pub &'a [Till]);

impl Desk for BackDesk<'_> {
    fn acquirer(&self, question: Question) -> Option<Vec<Testimony>> {
        self.0.acquirer.ask(question)
    }
    fn switch(&self, question: Question) -> Option<Vec<Testimony>> {
        self.0.switch.ask(question)
    }
    fn issuer(&self, index: usize, question: Question) -> Option<Vec<Testimony>> {
        self.0.issuers.get(index)?.ask(question)
    }
    fn terminal(&self, id: TerminalId, question: Question) -> Option<Vec<Testimony>> {
        self.1.iter().find(|till| till.seat == id)?.bank.ask(question)
    }
}

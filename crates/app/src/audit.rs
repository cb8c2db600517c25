//! The audit of a whole network: every ledger sums to zero, and for every exchange the cardholder's net debit, the
//! merchant's net credit and the slip agree (rules 1). Reads what the parties have stored, not what they say.

use crate::network::{Hosts, sample};
use slipway_hosts::acquirer::{AcquirerRow, Case, Exchange, Stage};
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::ledger::{Account, Balance, Posting};
use slipway_hosts::switch::SwitchRow;
use slipway_node::{Key, Record, Rows};
use slipway_runtime::os::Handle;
use slipway_terminal::{Exchange as TillExchange, Standing, TerminalRow};
use slipway_terms::{SwitchKey, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// What one exchange did to money and paper, in fen.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Traces {
    /// Debit postings at the issuer.
    pub debits: u32,
    /// Postings that gave it back.
    pub refunds: u32,
    /// Net debit of the cardholder.
    pub debit_fen: i64,
    /// Net credit of the merchant.
    pub credit_fen: i64,
    /// Amount of its slip record.
    pub slip_fen: i64,
}

/// The audit's result.
#[derive(Debug, Default)]
pub struct Audit {
    /// Every host's ledger sums to zero, and every balance is the sum of its postings.
    pub ledgers_zero: bool,
    /// For every exchange debit, credit and slip agree.
    pub rule_holds: bool,
    /// Per exchange.
    pub exchanges: BTreeMap<SwitchKey, Traces>,
    /// Which terminal exchange stands behind which switch-side one.
    pub tills: BTreeMap<TillKey, SwitchKey>,
    /// What does not hold, in words.
    pub faults: Vec<String>,
}

/// Audits running hosts and the terminals' journals. Reads whole tables: a desk's question brings the newest rows only.
pub fn audit(hosts: &Hosts, banks: &[&Handle]) -> Option<Audit> {
    let journals = banks.iter().map(|bank| rows::<TerminalRow>(bank)).collect::<Option<Vec<_>>>()?;
    against(hosts, journals.iter().flatten())
}

/// The same against journals that are read already, of terminals that run or are dark.
pub fn against<'a>(hosts: &Hosts, journals: impl IntoIterator<Item = &'a TerminalRow>) -> Option<Audit> {
    let mut audit = Audit { ledgers_zero: true, rule_holds: true, ..Audit::default() };
    for issuer in &hosts.issuers {
        let rows = rows::<IssuerRow>(issuer)?;
        audit.ledger(
            &issuer.name,
            rows.iter().filter_map(|row| match row {
                IssuerRow::Balance(b) => Some(b),
                _ => None,
            }),
            rows.iter().filter_map(|row| match row {
                IssuerRow::Posting(p) => Some(p),
                _ => None,
            }),
        );
    }
    let rows_of_acquirer = rows::<AcquirerRow>(&hosts.acquirer)?;
    audit.ledger(
        "acquirer",
        rows_of_acquirer.iter().filter_map(|row| match row {
            AcquirerRow::Balance(b) => Some(b),
            _ => None,
        }),
        rows_of_acquirer.iter().filter_map(|row| match row {
            AcquirerRow::Posting(p) => Some(p),
            _ => None,
        }),
    );
    let rows_of_switch = rows::<SwitchRow>(&hosts.switch)?;
    audit.ledger(
        "switch",
        rows_of_switch.iter().filter_map(|row| match row {
            SwitchRow::Balance(b) => Some(b),
            _ => None,
        }),
        rows_of_switch.iter().filter_map(|row| match row {
            SwitchRow::Posting(p) => Some(p),
            _ => None,
        }),
    );
    for row in &rows_of_acquirer {
        match row {
            AcquirerRow::Exchange(Exchange::Original(original)) => {
                audit.tills.insert(original.till, original.switch);
                if original.is_by_house() && original.stage == Stage::Approved {
                    audit.exchanges.entry(original.switch).or_default().slip_fen += original.signed_minor;
                }
            }
            // Paid by a case for a slip of which nothing else is here.
            AcquirerRow::Case(Case { redo: Some(paid), till, .. }) => {
                audit.tills.insert(*till, *paid);
            }
            _ => {}
        }
    }
    // Its own exchange came after all, and what the case had paid came back: the slip is that of the exchange.
    for row in &rows_of_acquirer {
        if let AcquirerRow::TakenOver(over) = row {
            audit.tills.insert(over.till, over.by);
        }
    }
    let mut own = BTreeSet::new();
    for row in journals {
        match row {
            TerminalRow::Exchange(exchange) => audit.slip(exchange),
            TerminalRow::Till(till) => drop(own.insert(till.terminal)),
            _ => {}
        }
    }
    // The journal of a terminal that is not ours cannot be read: there the acquirer's and the issuers' words must do.
    let judged: BTreeSet<_> =
        audit.tills.iter().filter(|(till, _)| own.contains(&till.terminal)).map(|(_, key)| *key).collect();
    for (key, traces) in &audit.exchanges {
        if traces.debit_fen != traces.credit_fen || (judged.contains(key) && traces.slip_fen != traces.debit_fen) {
            audit.rule_holds = false;
            audit.faults.push(format!(
                "{key}: debit {} credit {} slip {}",
                traces.debit_fen, traces.credit_fen, traces.slip_fen
            ));
        }
    }
    audit.rule_holds &= audit.faults.is_empty();
    Some(audit)
}

/// Whether nothing is pending anywhere: no outbox entry, no exchange without its answer, no reversal or advice that was not taken, no settlement under way, no case open.
/// An unconfirmed credit is not pending: its slip record exists. `None`: a party did not answer.
pub fn quiet(hosts: &Hosts, banks: &[&Handle]) -> Option<bool> {
    for host in hosts.all() {
        if host.figures()?.outbox > 0 {
            return Some(false);
        }
    }
    for bank in banks {
        let open = |row: &TerminalRow| match row {
            TerminalRow::Pending(_) | TerminalRow::Stored(_) | TerminalRow::Settling(_) => true,
            TerminalRow::Exchange(exchange) => exchange.standing == Standing::Sent,
            _ => false,
        };
        if rows::<TerminalRow>(bank)?.iter().any(open) {
            return Some(false);
        }
    }
    let open = |row: &AcquirerRow| match row {
        AcquirerRow::Exchange(Exchange::Original(o)) => match o.stage {
            Stage::Forwarded => true,
            Stage::Undone => o.undo.is_some_and(|undo| undo.answer.is_none()),
            _ => false,
        },
        AcquirerRow::OpenCase(_) => true,
        _ => false,
    };
    let case = |row: &SwitchRow| matches!(row, SwitchRow::OpenCase(_));
    Some(!rows::<AcquirerRow>(&hosts.acquirer)?.iter().any(open) && !rows::<SwitchRow>(&hosts.switch)?.iter().any(case))
}

/// One table of a running party, as stored. `None`: it did not answer.
pub fn table<T: Record<R> + Clone, R: Rows>(party: &Handle) -> Option<Vec<T>> {
    let stored = party.rows(T::SPACE)?;
    let rows = stored.iter().filter_map(|(_, bytes)| R::decode(T::SPACE, bytes).ok());
    Some(rows.filter_map(|row| T::peel(&row).cloned()).collect())
}

/// All rows of a running party, as stored. `None`: it did not answer.
pub fn rows<R: Rows>(party: &Handle) -> Option<Vec<R>> {
    let mut all = Vec::new();
    for space in R::SPACES {
        let stored: Vec<(Key, Vec<u8>)> = party.rows(space.byte)?;
        all.extend(stored.iter().filter_map(|(_, bytes)| R::decode(space.byte, bytes).ok()));
    }
    Some(all)
}

impl Audit {
    fn ledger<'a>(
        &mut self,
        host: &str,
        balances: impl Iterator<Item = &'a Balance>,
        postings: impl Iterator<Item = &'a Posting>,
    ) {
        let mut accounts = BTreeMap::<Account, i64>::new();
        for posting in postings {
            for (account, minor) in &posting.legs {
                *accounts.entry(*account).or_default() += minor;
                if !posting.cause.is_after() {
                    self.leg(posting, *account, *minor);
                }
            }
        }
        let mut sum = 0;
        for balance in balances {
            sum += balance.minor;
            if accounts.remove(&balance.account).unwrap_or(0) != balance.minor {
                self.ledgers_zero = false;
                self.faults.push(format!("{host}: balance of {:?} is not the sum of its postings", balance.account));
            }
        }
        if sum != 0 || accounts.values().any(|minor| *minor != 0) {
            self.ledgers_zero = false;
            self.faults.push(format!("{host}: ledger sums to {sum}"));
        }
    }

    fn leg(&mut self, posting: &Posting, account: Account, minor: i64) {
        let opening = posting.exchange.acquirer != sample::ACQUIRER;
        let traces = match account {
            Account::Cardholder(_) if !opening => self.exchanges.entry(posting.exchange).or_default(),
            Account::MerchantPayable(_) => {
                self.exchanges.entry(posting.exchange).or_default().credit_fen -= minor;
                return;
            }
            // Borne by a host in the cardholder's place: asked of nobody, and all the same paid once.
            Account::Loss => {
                self.exchanges.entry(posting.exchange).or_default().debit_fen += minor;
                return;
            }
            _ => return,
        };
        traces.debit_fen += minor;
        if minor > 0 { traces.debits += 1 } else { traces.refunds += 1 }
    }

    fn slip(&mut self, seen: &TillExchange) {
        if seen.standing != Standing::Approved || seen.slip.is_none() {
            return;
        }
        if seen.amount.is_none() {
            return;
        }
        // A hold and its void move nothing; the void of a sale gives back; a tip is the difference.
        let signed = seen.signed_minor();
        match self.tills.get(&seen.key) {
            Some(switch) => self.exchanges.entry(*switch).or_default().slip_fen += signed,
            None => self.faults.push(format!("{}: a slip without a record at the acquirer", seen.key)),
        }
    }
}

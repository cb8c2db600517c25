//! What the days came to, against what they had to come to: every exchange, every case, suspense, net positions, reconciliation, all
//! ledgers. It reads what the parties have stored; nothing is taken on anybody's word.

use super::Outcome;
use super::days::{Log, all_cases, cases_due, ends};
use super::faults::Ends;
use super::journal::{BackDesk, Journal};
use super::tills::Played;
use crate::audit::{self, Audit, Traces};
use crate::clearing::{daily, folder};
use crate::demo::stage::{Seen, Stage};
use crate::demo::till::Till;
use crate::network::Hosts;
use crate::recon::daily::{Differences, differences};
use crate::say::End;
use crate::suspense;
use crate::trace::{Keys, trace};
use slipway_hosts::acquirer::{self, AcquirerRow, By, Case};
use slipway_hosts::issuer::{self, IssuerRow};
use slipway_hosts::switch::{self, SwitchRow};
use slipway_terms::{Cashier, Fate, Finding, Kind, Moment, NoticeKind, SwitchKey, Text, TillKey};
use std::collections::BTreeMap;
use std::path::Path;

/// The hosts repair alone within this (rules 9). Unit: milliseconds.
const REPAIR_MS: i64 = 24 * 3_600_000;

/// One exchange in the end.
pub struct Line {
    /// Place in the day.
    pub index: usize,
    /// Terminal-side identity.
    pub till: TillKey,
    /// What kind.
    pub kind: Kind,
    /// What it was over, fen.
    pub fen: i64,
    /// What it did.
    pub traces: Traces,
    /// Who put it right, and when; without a moment nothing had to be.
    pub repaired: (Option<Moment>, Text),
    /// The counter's answer.
    pub verdict: (Fate, Cashier, Text),
    /// What the phone said.
    pub notices: Vec<NoticeKind>,
    /// Whether the journal has its slip.
    pub slip: bool,
}

impl Line {
    /// Whether it was debited and went back for good.
    pub const fn back(&self) -> bool {
        self.traces.debits > 0 && self.traces.debit_fen == 0 && self.fen > 0
    }
}

/// Everything in the end.
pub struct Found {
    /// Exchanges in the order of the day.
    pub lines: Vec<Line>,
    /// Cases, oldest first.
    pub cases: Vec<Case>,
    /// What is still in suspense.
    pub suspense: serde_json::Value,
    /// Net positions of each day, added up with the network's own. Unit: fen.
    pub positions: BTreeMap<String, i64>,
    /// What reconciliation keeps.
    pub differences: Vec<Differences>,
    /// The audit.
    pub audit: Audit,
    /// Whether nothing moved when the tills came back.
    pub same: bool,
    /// What does not hold.
    pub broken: Vec<String>,
}

fn gone() -> End {
    End::broken("有一方没有回答", "a party did not answer")
}

/// Records of all hosts about exchanges.
struct Records {
    acquirer: BTreeMap<TillKey, acquirer::Original>,
    switch: BTreeMap<SwitchKey, switch::Exchange>,
    issuers: BTreeMap<SwitchKey, issuer::Exchange>,
}

impl Records {
    fn of(hosts: &Hosts) -> Option<Self> {
        let originals = audit::table::<acquirer::Exchange, AcquirerRow>(&hosts.acquirer)?;
        let originals = originals.into_iter().filter_map(|row| match row {
            acquirer::Exchange::Original(original) => Some((original.till, *original)),
            acquirer::Exchange::Tombstone(_) => None,
        });
        let switch = audit::table::<switch::Exchange, SwitchRow>(&hosts.switch)?;
        let mut issuers = BTreeMap::new();
        for host in &hosts.issuers {
            let rows = audit::table::<issuer::Exchange, IssuerRow>(host)?;
            issuers.extend(rows.into_iter().map(|exchange| (exchange.key, exchange)));
        }
        Some(Self {
            acquirer: originals.collect(),
            switch: switch.into_iter().map(|exchange| (exchange.key, exchange)).collect(),
            issuers,
        })
    }

    /// Who put an exchange right, by the records.
    fn repaired(&self, till: &TillKey, case: Option<&Case>) -> (Option<Moment>, Text) {
        let Some(o) = self.acquirer.get(till) else {
            return (
                None,
                Text::new("请求没有离开终端：没有任何一方动账", "the request never got out: nobody moved anything"),
            );
        };
        if let Some((at, words)) = case.and_then(ended) {
            return (Some(at), words);
        }
        let back = self.issuers.get(&o.switch).and_then(|exchange| exchange.undo.as_ref()).map(|undo| undo.at);
        if let Some(undo) = o.undo {
            let words = match undo.by {
                By::Timer => ("收单行：超时后自己冲正", "the acquirer, by its own advice after the time-out"),
                By::Answer => (
                    "收单行：应答不可信，自己冲正",
                    "the acquirer, by its own advice for an answer that proves nothing",
                ),
                By::Terminal => ("收单行：冲正已收到并送达", "the acquirer, handing on the terminal's reversal"),
                By::Case => ("收单行：结案", "the acquirer, by its case"),
                By::Settlement => ("收单行：终端结算", "the acquirer, by the till's settlement"),
                By::Repair => ("收单行：对账补救", "the acquirer, by a repair of reconciliation"),
                By::Second => ("收单行：第二笔有签购单", "the acquirer, by the slip of the second payment"),
                By::Given => ("收单行：争议中自行退还", "the acquirer, giving it back in a dispute"),
            };
            return (Some(back.unwrap_or(undo.at)), Text::new(words.0, words.1));
        }
        if let Some(undo) = self.switch.get(&o.switch).and_then(|exchange| exchange.undo.as_ref()) {
            let words = Text::new("交换中心：超时后自己冲正", "the switch, by its own advice after the time-out");
            return (Some(back.unwrap_or(undo.at)), words);
        }
        let words = match o.stage {
            acquirer::Stage::Declined => ("发卡行已拒绝，没有动账", "refused by the issuer, nothing moved"),
            _ => ("各方一致，无需补救", "all agree, nothing had to be put right"),
        };
        (None, Text::new(words.0, words.1))
    }
}

/// How a case ended.
fn ended(case: &Case) -> Option<(Moment, Text)> {
    let closed = case.closed?;
    if let Some(later) = case.later {
        return Some((
            later.at,
            Text::new("收单行：逾期退款后凭流水请款", "the acquirer: given back, then asked for again by the slip"),
        ));
    }
    Some((
        closed,
        match case.found {
            Some(found) if found.finding == Finding::SlipShown => {
                Text::new("收单行：商户出示流水，成立", "the acquirer: the slip was shown, it stands")
            }
            Some(found) if found.by.as_str() == "timer" => {
                Text::new("收单行：逾期无人答复，退持卡人", "the acquirer: nobody answered, given back")
            }
            Some(_) => Text::new("收单行：流水中没有，退持卡人", "the acquirer: no slip was found, given back"),
            None => Text::new("收单行：后续证据结案", "the acquirer: closed by later evidence"),
        },
    ))
}

/// What every exchange had done to money and paper while the tills were still dark.
pub fn dark(stage: &Stage, journal: &Journal) -> Result<Audit, End> {
    audit::against(stage.hosts.as_ref().ok_or_else(gone)?, &journal.rows).ok_or_else(gone)
}

/// Looks at everything, once the tills are back; `dark` is how it stood before.
pub fn check(
    stage: &Stage,
    dir: &Path,
    dark: &Audit,
    tills: &[Till],
    played: &[Played],
    log: &Log,
) -> Result<Found, End> {
    let journal = &Journal::of(tills).ok_or_else(gone)?;
    let hosts = stage.hosts.as_ref().ok_or_else(gone)?;
    let records = Records::of(hosts).ok_or_else(gone)?;
    let audit = audit::against(hosts, &journal.rows).ok_or_else(gone)?;
    let cases = all_cases(stage)?;
    let desk = BackDesk(hosts, tills);
    let mut lines = Vec::new();
    for (index, one) in (1..).zip(played) {
        for line in journal.lines(one.seat) {
            let switch = audit.tills.get(&line.key);
            let verdict = trace(&desk, &Keys::Till(line.key)).pop().ok_or_else(gone)?.verdict;
            let notices = stage.seen.iter().filter_map(|(_, seen)| match seen {
                Seen::Noticed(notice) if Some(&notice.about) == switch => Some(notice.kind),
                _ => None,
            });
            lines.push(Line {
                index,
                till: line.key,
                kind: line.kind,
                fen: line.signed_minor(),
                traces: switch.and_then(|key| audit.exchanges.get(key)).copied().unwrap_or_default(),
                repaired: records.repaired(&line.key, cases.iter().find(|case| case.till == line.key)),
                verdict: (verdict.fate, verdict.cashier, verdict.sentence),
                notices: notices.collect(),
                slip: journal.has_slip(&line.key),
            });
        }
    }
    let rows = hosts.issuers.iter().map(|issuer| Some((issuer.name.as_str(), suspense::rows(issuer)?)));
    let rows = rows.collect::<Option<Vec<_>>>().ok_or_else(gone)?;
    let suspense = suspense::all(rows.iter().map(|(name, rows)| (*name, rows.as_slice())));
    let mut found = Found {
        positions: positions(dir)?,
        differences: differences(dir, stage.now())?,
        broken: dark.faults.iter().chain(&audit.faults).cloned().collect(),
        same: dark.exchanges == audit.exchanges,
        lines,
        cases,
        suspense,
        audit,
    };
    let banks: Vec<_> = tills.iter().map(|till| &till.bank).collect();
    found.judge(played, &records, log, audit::quiet(hosts, &banks).ok_or_else(gone)?);
    Ok(found)
}

/// Net positions of each cleared day, added up.
fn positions(dir: &Path) -> Result<BTreeMap<String, i64>, End> {
    let root = daily::root(dir);
    let mut sums = BTreeMap::new();
    for day in folder::days(&root) {
        let text = std::fs::read_to_string(root.join(day.to_string()).join("positions.csv"))?;
        let nets = text.lines().skip(1).filter_map(|line| line.rsplit(',').next()?.parse::<i64>().ok());
        sums.insert(day.to_string(), nets.sum());
    }
    Ok(sums)
}

impl Found {
    fn judge(&mut self, played: &[Played], records: &Records, log: &Log, quiet: bool) {
        let mut broken = Vec::new();
        let mut must = |holds: bool, what: String| {
            if !holds {
                broken.push(what);
            }
        };
        must(quiet, "something is still pending at a host".into());
        must(self.same, "something moved when the tills came back".into());
        must(self.cases.len() == cases_due(), format!("{} cases, not {}", self.cases.len(), cases_due()));
        must(log.opened.iter().all(|case| case.due.is_some()), "a case without a clock".into());
        must(log.opened.len() == self.cases.len(), "a case that was never open".into());
        for case in &self.cases {
            must(case.closed.is_some(), format!("{} is still open", case.told().key));
            must(
                ends(played, &case.till).is_some_and(Ends::by_case),
                format!("{}: the hosts could know", case.told().key),
            );
        }
        for issuer in self.suspense["issuers"].as_array().into_iter().flatten() {
            must(
                issuer["count"] == 0 && issuer["missing_files"] == serde_json::json!([]),
                format!("suspense: {issuer}"),
            );
        }
        must(!self.positions.is_empty(), "no day was cleared".into());
        for (day, sum) in &self.positions {
            must(*sum == 0, format!("{day}: net positions add up to {sum}"));
        }
        for seen in &self.differences {
            must(seen.open == 0, format!("{} {}: {} differences are open", seen.who, seen.own, seen.open));
        }
        for (index, one) in (1..).zip(played) {
            let of = &one.of;
            let mine: Vec<&Line> = self.lines.iter().filter(|line| line.index == index).collect();
            must(
                mine.len() == 1 + usize::from(of.ends == Ends::VoidUndone),
                format!("{}: {} lines", of.scenario, mine.len()),
            );
            for line in mine {
                let (want, fate) = wanted(of.ends, line);
                let t = &line.traces;
                let got = (t.debits, t.refunds, t.debit_fen, t.credit_fen, t.slip_fen);
                must(got == want, format!("{} {}: {got:?}, not {want:?}", of.scenario, line.till));
                must(
                    fate == line.verdict.0,
                    format!("{} {}: {:?}, not {fate:?}", of.scenario, line.till, line.verdict.0),
                );
                let at = records.acquirer.get(&line.till).map(|o| o.at);
                if let (false, Some(at), Some(back)) = (of.ends.by_case(), at, line.repaired.0) {
                    must(back.0 - at.0 <= REPAIR_MS, format!("{} {}: repaired too late", of.scenario, line.till));
                }
            }
        }
        self.broken.extend(broken);
    }

    /// What the story gives to whoever plays it.
    pub fn outcome(self, log: &Log) -> Outcome {
        let (story, next_day) = super::report::json(&self, log);
        Outcome {
            story,
            next_day,
            ledgers_zero: self.audit.ledgers_zero,
            rule_holds: self.audit.rule_holds,
            faults: self.broken,
        }
    }
}

/// Debits, returns, net debit, net credit, slip; and the counter's answer.
fn wanted(ends: Ends, line: &Line) -> ((u32, u32, i64, i64, i64), Fate) {
    let fen = line.fen;
    match ends {
        Ends::Nothing => ((0, 0, 0, 0, 0), Fate::DidNotTakePlace),
        Ends::Returned | Ends::NothingFound | Ends::Silence => ((1, 1, 0, 0, 0), Fate::Returned),
        Ends::Stands | Ends::Shown => ((1, 0, fen, fen, fen), Fate::TookPlace),
        Ends::VoidUndone if line.kind == Kind::Sale => ((1, 0, fen, fen, fen), Fate::TookPlace),
        Ends::VoidUndone => ((1, 1, 0, 0, 0), Fate::DidNotTakePlace),
        Ends::ShownLate => ((2, 1, fen, fen, fen), Fate::TookPlace),
    }
}

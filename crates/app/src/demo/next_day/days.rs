//! The days after: each night the cut and what `up` does behind it, by day the cases, and whoever was asked.

use super::faults::{BREAKS, Ends};
use super::hours::{calm, pass};
use super::journal::Journal;
use super::tills::Played;
use super::{MONDAY, at, report};
use crate::audit;
use crate::cases;
use crate::clearing::daily::Daily;
use crate::demo::stage::Stage;
use crate::say::{End, Say};
use serde_json::json;
use slipway_hosts::acquirer::{AcquirerRow, Case};
use slipway_runtime::os::Forward;
use slipway_terms::{BusinessDate, Finding, Moment, Text, TillKey};
use std::path::Path;

/// Days from the first to the last that is cut.
const DAYS: i64 = 9;
/// The day on which merchants bring what they have found.
const FOUND_ON: i64 = 3;
/// The day on which one brings it too late.
const LATE_ON: i64 = 8;

/// What is done on a day before its cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deed {
    /// The acquirer's cases are looked at.
    Look,
    /// Merchants show what they have.
    Show,
    /// The one that comes too late.
    ShowLate,
}

/// What happened in the days after.
pub struct Log {
    daily: Daily,
    /// Day by day, line by line: when, and what.
    pub lines: Vec<(Moment, Text)>,
    /// When a case was first seen, and as it then stood.
    pub opened: Vec<Case>,
}

fn gone() -> End {
    End::broken("有一方停了", "a party has stopped")
}

/// All cases of the acquirer, oldest first.
pub fn all_cases(stage: &Stage) -> Result<Vec<Case>, End> {
    let hosts = stage.hosts.as_ref().ok_or_else(gone)?;
    let mut cases = audit::table::<Case, AcquirerRow>(&hosts.acquirer).ok_or_else(gone)?;
    cases.sort_by_key(|case| (case.at, case.till));
    Ok(cases)
}

/// How the case of this till has to end.
pub fn ends(played: &[Played], till: &TillKey) -> Option<Ends> {
    played.iter().find(|played| played.seat == till.terminal).map(|played| played.of.ends)
}

impl Log {
    /// Of a network's folder.
    pub fn new(dir: &Path) -> Self {
        Self { daily: Daily::new(dir), lines: Vec::new(), opened: Vec::new() }
    }

    /// Lets the days go by.
    pub fn follow(
        &mut self,
        stage: &mut Stage,
        forward: &Forward,
        journal: &Journal,
        played: &[Played],
        say: &Say,
    ) -> Result<(), End> {
        let day = |after: i64| BusinessDate::from_days(MONDAY.days() + after);
        for after in 0..DAYS {
            let deeds: &[(i64, i64, Deed)] = match after {
                FOUND_ON => &[(0, 1, Deed::Look), (15, 0, Deed::Show)],
                LATE_ON => &[(0, 1, Deed::Look), (10, 0, Deed::ShowLate)],
                _ => &[(0, 1, Deed::Look), (12, 0, Deed::Look)],
            };
            if after > 0 {
                report::day(day(after), say);
            }
            for (hour, minute, deed) in deeds {
                pass(stage, forward, at(day(after), *hour, *minute))?;
                let from = self.lines.len();
                self.look(stage)?;
                match deed {
                    Deed::Look => {}
                    Deed::Show => self.show(stage, journal, played, &[Ends::Shown, Ends::NothingFound])?,
                    Deed::ShowLate => self.show(stage, journal, played, &[Ends::ShownLate])?,
                }
                report::lines(&self.lines[from..], say);
            }
            pass(stage, forward, at(day(after), 23, 1))?;
            let from = self.lines.len();
            self.look(stage)?;
            self.night(stage)?;
            report::lines(&self.lines[from..], say);
        }
        Ok(())
    }

    fn tell(&mut self, stage: &Stage, text: Text) {
        self.lines.push((stage.now(), text));
    }

    /// The day is cut: what `up` does by itself.
    fn night(&mut self, stage: &mut Stage) -> Result<(), End> {
        let hosts = stage.hosts.as_ref().ok_or_else(gone)?;
        for told in self.daily.tick(hosts, stage.now()) {
            self.tell(stage, told);
        }
        // What the files made the issuers release goes its way.
        calm(stage)
    }

    /// What is new of the acquirer's cases: opened, or ended by the clock.
    fn look(&mut self, stage: &Stage) -> Result<(), End> {
        for case in all_cases(stage)? {
            let number = case.told().key;
            let due = case.due.map_or_else(|| "-".to_owned(), |due| due.to_string());
            match self.opened.iter_mut().find(|before| (before.till, before.ground) == (case.till, case.ground)) {
                None => {
                    let words = case.told().ground().words();
                    let text = Text::new(
                        format!("立案 {number}：{}。问商户要凭证，截止 {due}；逾期视为没有，款退持卡人", words.zh),
                        format!(
                            "case {number}: {}. The merchant is asked for the slip until {due}; no answer is a no, and the cardholder gets the money back",
                            words.en
                        ),
                    );
                    self.opened.push(case);
                    self.tell(stage, text);
                }
                Some(before) if before.closed.is_none() && case.closed.is_some() => {
                    *before = case;
                    if case.found.is_some_and(|found| found.by.as_str() == "timer") {
                        let text = Text::new(
                            format!("{number} 到期无人答复：贷记调整，款退持卡人，暂缓的商户款撤下"),
                            format!(
                                "{number}: nobody answered in time. Provisional credit to the cardholder, the held credit of the merchant taken back"
                            ),
                        );
                        self.tell(stage, text);
                    }
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Merchants say what the journals say.
    fn show(&mut self, stage: &mut Stage, journal: &Journal, played: &[Played], who: &[Ends]) -> Result<(), End> {
        for case in all_cases(stage)? {
            if !ends(played, &case.till).is_some_and(|ends| who.contains(&ends)) {
                continue;
            }
            let slip = journal.has_slip(&case.till);
            let (finding, because) = if slip {
                (Finding::SlipShown, "流水有签购单 slip in the journal")
            } else {
                (Finding::NoSlip, "流水中没有 not in the journal")
            };
            let number = case.told().key.to_string();
            let body = json!({"number": number, "finding": finding.word(), "by": "Li Lei", "because": because});
            let hosts = stage.hosts.as_ref().ok_or_else(gone)?;
            let done = cases::answer_find(&hosts.acquirer, &body).map_err(|_| gone())?;
            let outcome = done["outcome"].as_str().unwrap_or("-").to_owned();
            if !["closed", "asked"].contains(&outcome.as_str()) {
                return Err(End::broken(
                    format!("{number} 没有结案：{outcome}"),
                    format!("{number} did not end: {outcome}"),
                ));
            }
            let text = match (slip, case.closed.is_some()) {
                (true, false) => Text::new(
                    format!("{number} 商户出示终端流水，有签购单：交易成立，商户款可付"),
                    format!(
                        "{number}: the merchant shows the journal of the device, the slip is in it: the sale stands and is payable"
                    ),
                ),
                (true, true) => Text::new(
                    format!("{number} 逾期之后才出示流水，有签购单：凭单请款，一次为限"),
                    format!(
                        "{number}: the journal comes after the deadline, the slip is in it: the issuer is asked for the money again, once"
                    ),
                ),
                (false, _) => Text::new(
                    format!("{number} 终端流水已读，没有签购单：贷记调整，款退持卡人"),
                    format!(
                        "{number}: the journal of the device was read, there is no slip: the cardholder gets the money back"
                    ),
                ),
            };
            self.tell(stage, text);
            calm(stage)?;
        }
        self.look(stage)
    }
}

/// How many cases there must be.
pub fn cases_due() -> usize {
    BREAKS.iter().filter(|of| of.ends.by_case()).count()
}

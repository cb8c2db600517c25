//! The day after, of a network in one process: what a person asks with `clearing run`, and what `up` does by itself when the switch
//! has closed a day: clearing, merchants, lists, reconciliation, the repairs that need nobody. One run at a time; each step finds what
//! an earlier run has done and goes on behind it.

use super::folder::{self, Files};
use super::given::{Member, Taken};
use super::reckoned::{self, Records};
use crate::network::{Hosts, sample};
use crate::recon::daily;
use crate::say::{End, many, yuan};
use crate::settle;
use crate::tills::Problem;
use serde_json::{Value, json};
use slipway_recon::clearing::Day;
use slipway_terms::{BusinessDate, Moment, Text};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Ticks between two sweeps of suspense when no day was closed meanwhile.
const SWEEP_TICKS: u64 = 3_600;

/// Where it stands. The folder and the members' records say the rest.
#[derive(Debug)]
pub struct Daily {
    network: PathBuf,
    standing: Mutex<Standing>,
}

#[derive(Debug, Default)]
struct Standing {
    /// The newest day that all has been done for.
    done: Option<BusinessDate>,
    ticks: u64,
    /// What went wrong last; told once.
    trouble: Option<Text>,
}

/// The folder of cleared days.
pub fn root(network: &Path) -> PathBuf {
    network.join("clearing")
}

/// Days to clear, up to the newest that is closed: from the first on which money moved, or behind those that have a folder.
pub fn due(root: &Path, records: &Records, closed: BusinessDate) -> Vec<BusinessDate> {
    let there = folder::days(root);
    let first = records.first().into_iter().chain(there.first().copied()).min();
    // Before anything moved there is no day.
    let Some(first) = first else { return Vec::new() };
    (first.days()..=closed.days()).map(BusinessDate::from_days).collect()
}

fn silent() -> End {
    End::environment("交换中心没有应答", "the switch did not answer")
}

impl Daily {
    /// Of a network's folder.
    pub fn new(network: &Path) -> Self {
        Self { network: network.to_owned(), standing: Mutex::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Standing> {
        // A run that panicked has left nothing half-done that the next one would not find.
        self.standing.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// One day, or all that are closed and not done: files, postings, a look at suspense.
    pub fn run(&self, hosts: &Hosts, only: Option<BusinessDate>) -> Result<Value, End> {
        self.clear(hosts, only, true).map(|(told, _)| told)
    }

    /// With `again` days that are done are reckoned again and compared with what lies there. Says whether every member has all.
    fn clear(&self, hosts: &Hosts, only: Option<BusinessDate>, again: bool) -> Result<(Value, bool), End> {
        let _one_at_a_time = self.lock();
        let closed = reckoned::closed(&hosts.switch).ok_or_else(silent)?;
        let records = Records::of(&hosts.switch).ok_or_else(silent)?;
        let days = match only {
            Some(day) if day > closed => {
                return Err(End::broken(
                    format!("{day} 尚未关账（已关账至 {closed}），不能清算"),
                    format!("{day} is not closed yet (closed through {closed}) and cannot be cleared"),
                ));
            }
            Some(day) => vec![day],
            None => due(&root(&self.network), &records, closed),
        };
        let there = folder::days(&root(&self.network));
        let mut told = Vec::new();
        let mut whole = true;
        for date in days {
            let done = |member: &Member<'_>| member.has(date).unwrap_or(false);
            if !again && there.contains(&date) && members_of(hosts).iter().all(done) {
                continue;
            }
            let (day, files) = records.day(date, &self.network)?;
            let written = folder::put(&root(&self.network), date, &files)?;
            let mut members = Vec::new();
            for member in members_of(hosts) {
                let taken = self.hand(&member, date)?;
                whole &= matches!(taken, Taken::Whole(_));
                members.push(taken_json(&member, &taken));
            }
            let mut line = day_json(&day, &files);
            line["written"] = json!(written.word());
            line["members"] = json!(members);
            told.push(line);
        }
        for member in members_of(hosts) {
            member.sweep()?;
        }
        Ok((json!({"closed_through": closed.to_string(), "days": told}), whole))
    }

    /// All that a closed day needs, in its order. What was new is said, a line each; `false`: a member has not heard of it yet.
    fn day_after(&self, hosts: &Hosts, now: Moment, told: &mut Vec<Text>) -> Result<bool, End> {
        let (cleared, whole) = self.clear(hosts, None, false)?;
        told.extend(cleared["days"].as_array().into_iter().flatten().map(cleared_line));
        if !whole {
            return Ok(false);
        }
        let before = folder::days(&settle::root(&self.network));
        // Whatever keeps the merchants from their money, the day is compared, and what only the acquirer has is put right.
        let paid = settle::settle(&hosts.acquirer, &self.network, None, now);
        told.extend(paid.iter().flat_map(|paid| settled_lines(paid, &before)));
        let days = folder::days(&root(&self.network));
        told.extend(daily::reconcile(&self.network, hosts, &days, now)?);
        paid.map(|_| true)
    }

    /// Who was set aside comes again, whoever asks.
    fn settle_again(&self, hosts: &Hosts, now: Moment, told: &mut Vec<Text>) -> Result<(), End> {
        if !settle::set_aside(&self.network)?.is_empty() {
            let paid = settle::settle(&hosts.acquirer, &self.network, None, now)?;
            told.extend(settled_lines(&paid, &folder::days(&settle::root(&self.network))));
        }
        Ok(())
    }

    /// Closed days are settled with the merchants, on request.
    pub fn pay(&self, hosts: &Hosts, body: &Value, now: Moment) -> Result<Value, Problem> {
        let _one_at_a_time = self.lock();
        settle::answer(&hosts.acquirer, &self.network, body, now)
    }

    /// Something about merchants' money while nobody settles with them or orders anything of it.
    pub fn alone<T>(&self, work: impl FnOnce() -> Result<T, End>) -> Result<T, End> {
        let _one_at_a_time = self.lock();
        settle::alone(&self.network, work)
    }

    /// The bytes that the folder has, not those that were reckoned: what lies there is what everybody can check.
    fn hand(&self, member: &Member<'_>, day: BusinessDate) -> Result<Taken, End> {
        let path = root(&self.network).join(day.to_string()).join(format!("{}.clearing", member.id));
        let bytes = std::fs::read(&path)?;
        member.take(day, &bytes, &path.display().to_string())
    }

    /// A look, now and then: what it did, a line each. What is wrong is told once, and tried again.
    pub fn tick(&self, hosts: &Hosts, now: Moment) -> Vec<Text> {
        let Some(closed) = reckoned::closed(&hosts.switch) else { return Vec::new() };
        let (fresh, sweep) = {
            let mut standing = self.lock();
            standing.ticks += 1;
            (standing.done != Some(closed), standing.ticks.is_multiple_of(SWEEP_TICKS))
        };
        let mut told = Vec::new();
        let outcome = if fresh {
            self.day_after(hosts, now, &mut told)
        } else if sweep {
            let swept = members_of(hosts).iter().try_for_each(|member| member.sweep().map(drop));
            swept.and_then(|()| self.settle_again(hosts, now, &mut told)).map(|()| false)
        } else {
            return told;
        };
        let mut standing = self.lock();
        if matches!(outcome, Ok(true)) {
            standing.done = Some(closed);
        }
        let trouble = outcome.err().map(|end| end.text);
        if standing.trouble != trouble {
            told.extend(trouble.clone());
        }
        standing.trouble = trouble;
        told
    }
}

/// A cleared day in a line.
pub fn cleared_line(day: &Value) -> Text {
    let (date, entries, total) = (day["day"].as_str().unwrap_or("?"), &day["entries"], yuan(&day["total_fen"]));
    Text::new(
        format!("{date} 已清算：{entries} 笔，净额合计 {total} 元"),
        format!("{date} cleared: {}, net positions add up to {total} yuan", many(entries, "entry", "entries")),
    )
}

/// What a run of the settlement has done that is new, and whom it has newly set aside, a line each.
pub fn settled_lines(paid: &Value, before: &[BusinessDate]) -> Vec<Text> {
    let list = |name: &str| paid[name].as_array().into_iter().flatten();
    let new = |day: &&Value| !before.iter().any(|before| day["day"] == before.to_string());
    let aside = list("newly_aside").filter_map(|text| serde_json::from_value(text.clone()).ok());
    list("days").filter(new).map(settled_line).chain(aside).collect()
}

/// A settled day in a line.
pub fn settled_line(day: &Value) -> Text {
    let sum = |key: &str| -> i64 {
        day["merchants"].as_array().into_iter().flatten().filter_map(|merchant| merchant[key].as_i64()).sum()
    };
    let (date, items, paid) = (day["day"].as_str().unwrap_or("?"), sum("items"), yuan(&sum("payable_fen").into()));
    Text::new(
        format!("{date} 已结算商户：{items} 笔，已发划付指令 {paid} 元，到账日到账"),
        format!(
            "{date} settled with the merchants: {}, payouts of {paid} yuan instructed, to arrive on their pay days",
            many(items, "item", "items")
        ),
    )
}

/// The members that run in this process.
pub fn members_of(hosts: &Hosts) -> [Member<'_>; 3] {
    let [one, two] = &hosts.issuers;
    [
        Member { party: &hosts.acquirer, id: sample::ACQUIRER, acquires: true },
        Member { party: one, id: sample::ISSUER_1, acquires: false },
        Member { party: two, id: sample::ISSUER_2, acquires: false },
    ]
}

/// A day in JSON.
pub fn day_json(day: &Day, files: &Files) -> Value {
    let positions = day.positions.members().map(|(member, position)| {
        json!({
            "member": member.to_string(), "acquired": position.acquired, "issued": position.issued,
            "gross_fen": whole(position.gross_fen), "issuer_fee_fen": whole(position.issuer_fee_fen),
            "network_fee_fen": whole(position.network_fee_fen), "net_fen": whole(position.net_fen()),
        })
    });
    json!({
        "day": day.date.to_string(), "entries": day.details.len(), "positions": positions.collect::<Vec<_>>(),
        "network_fen": whole(day.positions.network_fen()), "total_fen": whole(day.positions.total_fen()),
        "files": files.keys().collect::<Vec<_>>(),
    })
}

/// As a JSON number; a sum that is too large for one is a text.
pub fn whole(fen: i128) -> Value {
    i64::try_from(fen).map_or_else(|_| json!(fen.to_string()), |fen| json!(fen))
}

fn taken_json(member: &Member<'_>, taken: &Taken) -> Value {
    match taken {
        Taken::Whole(strange) => json!({"member": member.id.to_string(), "taken": true, "strange": strange}),
        Taken::NotYet(zh, en) => {
            json!({"member": member.id.to_string(), "taken": false, "why": {"zh": zh, "en": en}})
        }
    }
}

//! What a party that runs alone does by itself once it has closed a day. The switch writes the clearing files; a member takes its own as
//! soon as it lies in the network's folder, whoever brought it there; the acquirer settles with its merchants. Then the house writes its
//! lists, and compares when all that it needs have come. Done before, it changes nothing; a start goes on with what is missing. It must
//! never read another party's store, nor wait for what nobody brings: it looks again.

mod waits;

use super::port::Alone;
use crate::archive::expiry;
use crate::archive::settings::Settings;
use crate::clearing::daily::{cleared_line, day_json, due, root, settled_lines};
use crate::clearing::folder;
use crate::clearing::given::{Member, Taken};
use crate::clearing::reckoned::{self, Records};
use crate::recon::daily;
use crate::say::{End, many};
use crate::settle;
use slipway_node::Clock;
use slipway_terms::{BusinessDate, Moment, Text};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use waits::Waits;

/// Between two looks at closed days.
const LOOK: Duration = Duration::from_secs(1);

/// Where it stands in this process. The folder and the party's records say the rest.
#[derive(Debug, Default)]
pub struct Nightly {
    standing: Mutex<Standing>,
}

#[derive(Debug, Default)]
struct Standing {
    /// The newest day that all has been done for.
    done: Option<BusinessDate>,
    /// The newest day that the merchants have been settled with for.
    settled: Option<BusinessDate>,
    /// Why they could not be, this time.
    unsettled: Option<End>,
    /// The day on which slips whose time is over were looked for last.
    expired: Option<BusinessDate>,
    /// Lists that lay there when one was missing.
    lists: Option<(BusinessDate, usize)>,
    /// What went wrong last; told once.
    trouble: Option<Text>,
    /// When suspense is looked at, and which file was said to be missing.
    waits: Waits,
}

/// Looks now and then, and says what was done on standard error. Never ends.
pub async fn nights(alone: &Arc<Alone>) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let alone = Arc::clone(alone);
        let told = tokio::task::spawn_blocking(move || alone.nightly.tick(&alone, alone.clock.now()));
        for told in told.await.unwrap_or_default() {
            eprintln!("slipway: {} / {}", told.zh, told.en);
        }
    }
}

fn silent() -> End {
    End::environment("该方没有应答", "the party did not answer")
}

impl Nightly {
    /// One look: what it did, a line each. What is wrong is told once, and tried again.
    fn tick(&self, alone: &Alone, now: Moment) -> Vec<Text> {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = Vec::new();
        let outcome = standing.night(alone, now, &mut told);
        // Why a party stopped by itself is told by its end.
        let trouble = outcome.err().map(|end| end.text).filter(|_| !alone.party.ended());
        if standing.trouble != trouble {
            told.extend(trouble.clone());
        }
        standing.trouble = trouble;
        told
    }
}

impl Standing {
    fn night(&mut self, alone: &Alone, now: Moment, told: &mut Vec<Text>) -> Result<(), End> {
        if alone.pages.is_some() && self.expired.replace(now.date()) != Some(now.date()) {
            let keeping = Settings::of(&alone.network)?.keeping;
            expiry::run(&alone.party, &alone.network, keeping, now)?;
        }
        let member = alone.member.map(|(id, acquires)| Member { party: &alone.party, id, acquires });
        let closed = match &member {
            Some(member) => member.closed()?,
            None if alone.is_switch => reckoned::closed(&alone.party),
            None => return Ok(()),
        };
        let closed = closed.ok_or_else(silent)?;
        // Whether a file has come or not: what waits in suspense has its own clock (rules 9).
        if let Some(member) = &member
            && self.waits.sweeps(closed, now)
        {
            member.sweep()?;
        }
        if self.done == Some(closed) {
            return Ok(());
        }
        let days = match &member {
            Some(member) => self.take(member, &alone.network, (closed, now), told)?,
            None => write(alone, closed, told)?,
        };
        let compared = self.compare(alone, &days, now, told)?;
        if let Some(end) = self.unsettled.take() {
            return Err(end);
        }
        if compared && days.last() == Some(&closed) {
            self.done = Some(closed);
        }
        Ok(())
    }

    /// A member's files, in order of days, as far as they have come; those that it has.
    fn take(
        &mut self,
        member: &Member<'_>,
        network: &Path,
        (closed, now): (BusinessDate, Moment),
        told: &mut Vec<Text>,
    ) -> Result<Vec<BusinessDate>, End> {
        let filed = member.files()?;
        let has = |day: &BusinessDate| filed.iter().any(|filed| filed.day == *day && filed.done.is_some());
        let (mut days, mut taken) = (Vec::new(), false);
        for day in folder::days(&root(network)).into_iter().filter(|day| *day <= closed) {
            if !has(&day) {
                let path = root(network).join(day.to_string()).join(format!("{}.clearing", member.id));
                let Ok(bytes) = std::fs::read(&path) else { break };
                let Taken::Whole(strange) = member.take(day, &bytes, &path.display().to_string())? else { break };
                taken = true;
                let strange = strange.len();
                told.push(Text::new(
                    format!("{day} 的清算文件已入账，与账目不符 {strange} 笔"),
                    format!(
                        "{day} the clearing file is posted, {}",
                        many(strange, "entry does not agree with the records", "entries do not agree with the records")
                    ),
                ));
            }
            days.push(day);
        }
        if taken {
            member.sweep()?;
        }
        // The days stop at the first file that it lacks; without a folder nobody knows of the day but its own record.
        let lacks =
            folder::days(&root(network)).into_iter().filter(|day| *day <= closed).find(|day| !days.contains(day));
        let lacks = lacks.or_else(|| (!has(&closed) && !days.contains(&closed)).then_some(closed));
        told.extend(self.waits.missing(lacks, now));
        if member.acquires && self.settled != days.last().copied() {
            let before = folder::days(&settle::root(network));
            match settle::settle(member.party, network, None, now) {
                Ok(paid) => {
                    told.extend(settled_lines(&paid, &before));
                    self.settled = days.last().copied();
                }
                // The day is compared all the same.
                Err(end) => self.unsettled = Some(end),
            }
        }
        Ok(days)
    }

    /// The house's lists, and its look at the days; `false`: somebody's list has not come yet.
    fn compare(
        &mut self,
        alone: &Alone,
        days: &[BusinessDate],
        now: Moment,
        told: &mut Vec<Text>,
    ) -> Result<bool, End> {
        let lying = days.last().map(|day| (*day, daily::lying(&alone.network, *day)));
        if lying.is_some() && self.lists == lying {
            return Ok(false);
        }
        let compared = daily::alone(&alone.network, &alone.party, days, now, told)?;
        // The house's own lists lie there by now; what comes after them is somebody else's.
        self.lists = days.last().filter(|_| !compared).map(|day| (*day, daily::lying(&alone.network, *day)));
        Ok(compared)
    }
}

/// The switch's files of closed days; the days that have a folder.
fn write(alone: &Alone, closed: BusinessDate, told: &mut Vec<Text>) -> Result<Vec<BusinessDate>, End> {
    let root = root(&alone.network);
    let records = Records::of(&alone.party).ok_or_else(silent)?;
    let there = folder::days(&root);
    for date in due(&root, &records, closed).into_iter().filter(|day| !there.contains(day)) {
        let (day, files) = records.day(date, &alone.network)?;
        folder::put(&root, date, &files)?;
        told.push(cleared_line(&day_json(&day, &files)));
    }
    Ok(folder::days(&root))
}

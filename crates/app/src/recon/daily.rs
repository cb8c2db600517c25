//! What reconciliation does by itself once a day is closed and cleared: lists of each house, a run for everybody who looks, and the one
//! repair that rules 9 leaves to no person, the undo of what stands at the acquirer only. Done before, it changes nothing; a network
//! that starts again goes on with the days that lack something. It must never run a day that is not cleared, nor put anything right in a
//! house that is not its own: the rest are cases, letters and broken promises, for people.

use super::gather::Look;
use super::kept::Promises;
use super::place::{Place, State, word as view_word};
use super::repair::{answer, mend, twin};
use super::run::{open_cases, run};
use super::{At, HOUSES, Where, lists_by};
use crate::network::Hosts;
use crate::say::End;
use serde_json::json;
use slipway_recon::four::{Class, Seen, View, steps_missed};
use slipway_recon::out::yuan;
use slipway_runtime::os::Handle;
use slipway_terms::{BusinessDate, InstitutionId, Mend, Moment, Rrn, Text};
use std::collections::BTreeSet;
use std::path::Path;

/// Everybody who looks.
const WHO: [At; 4] = [At::Acquirer, At::Issuer1, At::Issuer2, At::Centre];
/// Who stands in the record of a repair that nobody had to ask for.
const BY: &str = "slipway";
/// Why.
const BECAUSE: &str = "只在收单行，规则9：撤下 at host only, rules 9: undo";

fn look(dir: &Path, at: At, day: BusinessDate) -> Result<Look, End> {
    Where { at, own: None, dir: dir.to_owned(), calendar: Vec::new() }.look(Some(day), None)
}

/// What a reconciliation is due for: days that lack something, and the day from which on all is compared again.
struct Due {
    fresh: BTreeSet<BusinessDate>,
    first: Option<BusinessDate>,
}

impl Due {
    /// For those who look, of these days.
    fn of(dir: &Path, who: &[At], cleared: &[BusinessDate]) -> Result<Self, End> {
        let (mut fresh, mut oldest) = (BTreeSet::new(), None::<BusinessDate>);
        let Some(last) = cleared.last() else { return Ok(Self { fresh, first: None }) };
        for who in who {
            let look = look(dir, *who, *last)?;
            let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
            let whole = |day: &BusinessDate| state.days.get(&day.to_string()).is_some_and(|day| day.missing.is_empty());
            fresh.extend(cleared.iter().filter(|day| !whole(day)).copied());
            open_cases(&look, &state, |kept| {
                // Rows near a cut wait for the next day and show there: their own lists are the day before's.
                let first = BusinessDate::from_days(kept.dossier.opened.days() - 1);
                oldest = Some(oldest.map_or(first, |oldest| oldest.min(first)));
                Ok(())
            })?;
        }
        let first = fresh.first().map(|first| oldest.map_or(*first, |oldest| oldest.min(*first)));
        Ok(Self { fresh, first })
    }
}

/// Reconciles those of these closed and cleared days that lack something, and again every day since the oldest difference that is
/// open: what was found for a case since then may stand in another list of its old day. Says what was done, a line each.
pub fn reconcile(dir: &Path, hosts: &Hosts, cleared: &[BusinessDate], now: Moment) -> Result<Vec<Text>, End> {
    let due = Due::of(dir, &WHO, cleared)?;
    let (Some(first), Some(last)) = (due.first, cleared.last()) else { return Ok(Vec::new()) };
    let mut told = Vec::new();
    for day in cleared.iter().filter(|day| **day >= first) {
        for (house, party) in HOUSES.into_iter().zip(hosts.all()) {
            lists_by(house, party, dir, *day)?;
        }
        let views = WHO.iter().map(|who| compared(&look(dir, *who, *day)?, now)).collect::<Result<Vec<_>, End>>()?;
        if due.fresh.contains(day) {
            told.push(line(*day, &views));
        }
    }
    told.extend(repaired(dir, &hosts.acquirer, *last)?);
    Ok(told)
}

/// The same of one house that runs alone: its own lists at once, its own look as soon as all lists that it needs have come. `false`:
/// one has not.
pub fn alone(
    dir: &Path,
    party: &Handle,
    cleared: &[BusinessDate],
    now: Moment,
    told: &mut Vec<Text>,
) -> Result<bool, End> {
    let house = party.name.as_str();
    let who = match house {
        "acquirer" => At::Acquirer,
        "issuer1" => At::Issuer1,
        "issuer2" => At::Issuer2,
        _ => At::Centre,
    };
    let due = Due::of(dir, &[who], cleared)?;
    let Some(first) = due.first else { return Ok(true) };
    for day in cleared.iter().filter(|day| **day >= first) {
        lists_by(house, party, dir, *day)?;
    }
    for day in cleared.iter().filter(|day| **day >= first) {
        let look = look(dir, who, *day)?;
        // Until the next day is closed it may still come; then the day is compared without it, and it is demanded.
        if due.fresh.contains(day) && Some(day) == cleared.last() && !look.lists()?.missing.is_empty() {
            return Ok(false);
        }
        let seen = compared(&look, now)?;
        if due.fresh.contains(day) {
            told.push(line(*day, &[seen]));
        }
    }
    if let (At::Acquirer, Some(last)) = (who, cleared.last()) {
        told.extend(repaired(dir, party, *last)?);
    }
    Ok(true)
}

/// How many lists of a day lie there, whoever wrote them.
pub fn lying(dir: &Path, day: BusinessDate) -> usize {
    let entries = std::fs::read_dir(super::lists_of(dir, day)).into_iter().flatten().filter_map(Result::ok);
    entries.filter(|entry| entry.path().extension().is_some_and(|of| of == "list")).count()
}

fn line(day: BusinessDate, views: &[Text]) -> Text {
    let all = |pick: fn(&Text) -> &str| views.iter().map(pick).collect::<Vec<_>>();
    let (zh, en) = (all(|view| &view.zh).join("；"), all(|view| &view.en).join("; "));
    Text::new(format!("{day} 已对账：{zh}"), format!("{day} reconciled: {en}"))
}

/// What one who looks has not settled yet.
#[derive(Clone, Debug)]
pub struct Differences {
    /// Who looks.
    pub who: &'static str,
    /// Whose lists are its own.
    pub own: InstitutionId,
    /// Differences that are open.
    pub open: u64,
    /// Those of them whose first deadline has gone by.
    pub late: u64,
    /// Differences that were ended.
    pub ended: u64,
}

fn counted(look: &Look, state: &State, now: Moment) -> Result<Differences, End> {
    let promises = Promises::standard(&[])?;
    let mut all = Differences { who: view_word(look.view), own: look.own, open: 0, late: 0, ended: 0 };
    for kept in Place::read_only(&look.folder).cases(state)? {
        let dossier = kept?.dossier;
        if dossier.closed.is_some() {
            all.ended += 1;
        } else {
            all.open += 1;
            all.late += u64::from(steps_missed(&promises.steps(&dossier, look.view)?, now) > 0);
        }
    }
    Ok(all)
}

/// How reconciliation stands for everybody who looks.
pub fn differences(dir: &Path, now: Moment) -> Result<Vec<Differences>, End> {
    let every = WHO.iter().map(|who| {
        let look = look(dir, *who, now.date())?;
        let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
        counted(&look, &state, now)
    });
    every.collect()
}

/// Reference numbers about which the acquirer's own reconciliation has a difference that is open: whatever proves something about
/// them is needed until it ends.
///
/// # Errors
/// The state cannot be read: nobody then knows which.
pub fn differing(dir: &Path, now: Moment) -> Result<BTreeSet<Rrn>, End> {
    let look = look(dir, At::Acquirer, now.date())?;
    let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
    let mut open = BTreeSet::new();
    open_cases(&look, &state, |kept| {
        open.insert(kept.rrn);
        Ok(())
    })?;
    Ok(open)
}

/// One day compared by one who looks, in few words.
fn compared(look: &Look, now: Moment) -> Result<Text, End> {
    let done = run(look, now, false)?;
    let Differences { who, own, open, late, .. } = counted(look, &done.state, now)?;
    let matched = done.day.of(Class::Seen(Seen(look.view.mask())));
    let waits: u64 = done.day.carry.values().map(|(_, rows, _)| rows).sum();
    let zh = match look.view {
        View::Acquirer => "收单行",
        View::Issuer => "发卡行",
        View::Centre => "网络中心",
    };
    let (mut zh, mut en) = (format!("{own}（{zh}）一致 {matched}"), format!("{own} ({who}) {matched} agree"));
    for (count, word_zh, word_en) in
        [(waits, "近日切待次日", "wait for the next day"), (open, "未结", "open"), (late, "逾期", "overdue")]
    {
        if count > 0 {
            zh.push_str(&format!("，{word_zh} {count}"));
            en.push_str(&format!(", {count} {word_en}"));
        }
    }
    Ok(Text::new(zh, en))
}

/// Takes back what only the acquirer has, once each. A second difference about the same exchange says that it is not so.
fn repaired(dir: &Path, acquirer: &Handle, day: BusinessDate) -> Result<Vec<Text>, End> {
    let look = look(dir, At::Acquirer, day)?;
    let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
    let mut alone = Vec::new();
    open_cases(&look, &state, |kept| {
        if let Some((mend @ Mend::Reverse, minor)) = mend(look.view, kept)
            && twin(&look, kept)?.is_none()
        {
            alone.push((kept.number(), kept.rrn, mend, minor));
        }
        Ok(())
    })?;
    let mut told = Vec::new();
    for (number, rrn, mend, minor) in alone {
        let body = json!({
            "number": number, "rrn": rrn.as_str(), "act": mend.word(), "fen": minor, "by": BY, "because": BECAUSE,
        });
        let done = answer(acquirer, &body)?;
        let sum = yuan(i128::from(minor));
        told.extend(match done["outcome"].as_str() {
            Some("done") => Some(Text::new(
                format!("{number} 已自动撤下商户款 {sum} 元：只在收单行账上"),
                format!("{number}: {sum} yuan taken back from the merchant by itself: it stood at the acquirer only"),
            )),
            Some("already") => None,
            _ => Some(Text::new(
                format!("{number} 不能自动撤下，等人处理（recon cases）"),
                format!("{number} cannot be taken back by itself and waits for a person (recon cases)"),
            )),
        });
    }
    Ok(told)
}

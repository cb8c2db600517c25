//! What a running network's own page asks of reconciliation: differences that are open, promises, days, and what a repair would be. The
//! same words as the commands'; reads only.

use super::kept::Promises;
use super::place::{Place, State};
use super::{At, Where, repair, told};
use crate::say::End;
use serde_json::{Value, json};
use slipway_terms::{Mend, Moment, Rrn};
use std::path::Path;

/// Everybody who looks, by the word of `--at`.
const WHO: [(&str, At); 4] =
    [("acquirer", At::Acquirer), ("issuer1", At::Issuer1), ("issuer2", At::Issuer2), ("centre", At::Centre)];

fn place(dir: &Path, at: At) -> Where {
    Where { at, own: None, dir: dir.to_owned(), calendar: Vec::new() }
}

/// All open differences of all who look, each with who it is; those of one who looks at most `rows_max`.
pub fn open(dir: &Path, now: Moment, rows_max: usize) -> Result<Vec<Value>, End> {
    let promises = Promises::standard(&[])?;
    let mut all = Vec::new();
    for (word, at) in WHO {
        let (cases, _) = told::open_documents(&place(dir, at).look(None, None)?, &promises, now, rows_max)?;
        all.extend(cases.into_iter().map(|mut case| {
            case["at"] = word.into();
            case
        }));
    }
    Ok(all)
}

/// How promises stand with each who looks.
pub fn promises(dir: &Path, now: Moment) -> Result<Vec<Value>, End> {
    let promises = Promises::standard(&[])?;
    let one = |(word, at): (&str, At)| -> Result<Value, End> {
        let told::Standing { steps: [in_time, overdue, escalated, disputes], lists, .. } =
            told::standing(&place(dir, at).look(None, None)?, &promises, now, 0)?;
        Ok(json!({
            "at": word, "in_time": in_time, "overdue": overdue, "escalated": escalated, "disputes": disputes,
            "lists_missing": lists.len(),
        }))
    };
    WHO.into_iter().map(one).collect()
}

/// Who looks, and by day how many lists are missing.
pub type Compared = (&'static str, Vec<(String, usize)>);

/// Days that were compared by each who looks, newest last: day and the lists that are missing.
pub fn days(dir: &Path) -> Result<Vec<Compared>, End> {
    let one = |(word, at): (&'static str, At)| {
        let look = place(dir, at).look(None, None)?;
        let State { days, .. } = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
        Ok((word, days.into_iter().map(|(day, done)| (day, done.missing.len())).collect()))
    };
    WHO.into_iter().map(one).collect()
}

/// What the acquirer's repair of a difference would be.
pub fn repair(dir: &Path, number: &str) -> Result<(Rrn, Mend, i64), End> {
    repair::prepared(&place(dir, At::Acquirer).look(None, None)?, number)
}

//! A failing world is made small: turns and faults are taken away as long as the same checker still accuses. What is left is
//! written as a story, played, and told as a walk.

use crate::orders::Struck;
use crate::play::{Ending, play};
use crate::run::{Options, Script, Trail, trail};
use crate::story::parse;
use crate::telling;
use std::collections::BTreeSet;

/// Worlds that are run at most to make one small.
const RUNS_MAX: usize = 600;

/// What is left of a failing world.
#[derive(Clone, Debug)]
pub struct Small {
    /// The story that breaks the rule again; a file of it belongs into the project.
    pub story: String,
    /// What happened, line by line, and what was wrong at the end.
    pub ending: Ending,
    /// Turns and faults before and after.
    pub turns: (usize, usize),
    /// The same for faults.
    pub faults: (usize, usize),
}

/// Makes the world of this seed small. `None`: it breaks no rule, or not again when its turns and faults are written down.
pub fn shrink(seed: u64, options: &Options, progress: &mut dyn FnMut(usize, usize)) -> Option<Small> {
    let (outcome, whole) = trail(seed, options, None);
    let checker = outcome.violations.first()?.checker;
    let mut lab = Lab { seed, options: *options, checker, runs: 0, progress };
    let ids: Vec<u64> = whole.faults.iter().map(Struck::id).collect::<BTreeSet<_>>().into_iter().collect();
    let mut script =
        Script { turns: whole.turns.clone(), only: ids.iter().copied().collect(), until_ms: whole.until_ms };
    lab.breaks(&script)?;
    let mut ids = ids;
    for _ in 0..3 {
        let before = (script.turns.len(), ids.len());
        ids = less(ids, &mut |left| {
            let tried = Script { only: left.iter().copied().collect(), ..script.clone() };
            lab.breaks(&tried).is_some()
        });
        script.only = ids.iter().copied().collect();
        script.turns = less(script.turns.clone(), &mut |left| {
            lab.breaks(&Script { turns: left.to_vec(), ..script.clone() }).is_some()
        });
        if (script.turns.len(), ids.len()) == before {
            break;
        }
    }
    sooner(&mut script, &mut lab);
    let left = lab.breaks(&script)?;
    let title = format!("seed {seed} breaks the rule of `{checker}`");
    let story = telling::written(&format!("S{seed}"), &title, seed, &left);
    let told = parse(&story).ok()?;
    let ending = play(told.first()?, seed, left.manner);
    Some(Small {
        story,
        ending,
        turns: (whole.turns.len(), script.turns.len()),
        faults: (whole.faults.len(), left.faults.len()),
    })
}

struct Lab<'a> {
    seed: u64,
    options: Options,
    checker: &'static str,
    runs: usize,
    progress: &'a mut dyn FnMut(usize, usize),
}

impl Lab<'_> {
    /// Whether this much still breaks the same rule, and what happened then.
    fn breaks(&mut self, script: &Script) -> Option<Trail> {
        if self.runs >= RUNS_MAX {
            return None;
        }
        self.runs += 1;
        (self.progress)(self.runs, script.turns.len() + script.only.len());
        let (outcome, trail) = trail(self.seed, &self.options, Some(script));
        outcome.violations.iter().any(|violation| violation.checker == self.checker).then_some(trail)
    }
}

/// Ends the safety phase as soon as nothing more was to come.
fn sooner(script: &mut Script, lab: &mut Lab<'_>) {
    let last = script.turns.last().map_or(0, |turn| turn.ms);
    for until_ms in [last + 15_000, last + 130_000] {
        let tried = Script { until_ms: until_ms.min(script.until_ms), ..script.clone() };
        if lab.breaks(&tried).is_some() {
            *script = tried;
            return;
        }
    }
}

/// The smallest list that still fails, by taking away halves, quarters, eighths … (delta debugging).
fn less<T: Clone>(mut all: Vec<T>, fails: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    if fails(&[]) {
        return Vec::new();
    }
    let mut size = all.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        let mut smaller = false;
        while at < all.len() {
            let end = (at + size).min(all.len());
            let left: Vec<T> = all[..at].iter().chain(&all[end..]).cloned().collect();
            if left.len() < all.len() && fails(&left) {
                all = left;
                smaller = true;
            } else {
                at = end;
            }
        }
        if size == 1 && !smaller {
            return all;
        }
        size = (size / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::less;

    #[test]
    fn what_is_needed_is_left() {
        let mut runs = 0;
        let left = less((0..100).collect(), &mut |left: &[i32]| {
            runs += 1;
            left.contains(&17) && left.contains(&80)
        });
        assert_eq!(left, [17, 80]);
        assert!(runs < 60, "{runs}");
        assert!(less(vec![1, 2, 3], &mut |_| true).is_empty());
    }
}

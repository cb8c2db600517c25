//! How days pass in seconds. The clock is put forward from one due moment of the hosts to the next and never over one, and never while
//! something is on its way: who waits 5, 30 or 45 seconds for somebody waits them out. So every timer fires when it would have, in the
//! order in which it would have, and only the time in which nobody had anything to do is left out.

use crate::demo::stage::Stage;
use crate::say::End;
use slipway_runtime::os::Forward;
use slipway_terms::Moment;
use std::time::Duration;

/// What is due within this is waited for: longer than anybody waits for an answer. Unit: milliseconds.
const NEAR_MS: i64 = 70_000;
/// Between two looks at the hosts, at most.
const LOOK: Duration = Duration::from_millis(5);
/// Looks after which a calm that does not come is none: somebody repeats without end.
const LOOKS_MAX: usize = 20_000;

fn gone() -> End {
    End::broken("有一方停了", "a party has stopped")
}

/// What waits at the hosts: outbox entries, and when the next timer or repeat is due.
fn waiting(stage: &Stage) -> Result<(usize, Option<Moment>), End> {
    let hosts = stage.hosts.as_ref().ok_or_else(gone)?;
    let figures = hosts.all().map(|host| host.figures().ok_or_else(gone));
    figures.into_iter().try_fold((0, None), |(outbox, next): (usize, Option<Moment>), figures| {
        let figures = figures?;
        let next = next.into_iter().chain(figures.next_due).min();
        Ok((outbox + figures.outbox, next))
    })
}

fn stuck() -> End {
    End::broken("演示停滞：主机之间没有静下来", "the hosts did not become quiet")
}

/// Waits until nothing is on its way between the hosts, and nobody waits for anybody.
pub fn calm(stage: &mut Stage) -> Result<(), End> {
    for _ in 0..LOOKS_MAX {
        let (outbox, next) = waiting(stage)?;
        if outbox == 0 && next.is_none_or(|next| next.0 - stage.now().0 > NEAR_MS) {
            stage.drain();
            return Ok(());
        }
        stage.breathe(LOOK);
    }
    Err(stuck())
}

/// Lets the time pass until this moment.
pub fn pass(stage: &mut Stage, forward: &Forward, until: Moment) -> Result<(), End> {
    let mut looks = 0;
    while stage.now() < until {
        let (outbox, next) = waiting(stage)?;
        let next = next.map_or(until, |next| next.min(until));
        if outbox == 0 && next.0 - stage.now().0 > NEAR_MS {
            forward.to(next);
            looks = 0;
        } else if looks < LOOKS_MAX {
            stage.breathe(LOOK);
            looks += 1;
        } else {
            return Err(stuck());
        }
    }
    calm(stage)
}

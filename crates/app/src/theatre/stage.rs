//! Who has the stage. One window plays at a time; the others look on. Who leaves it, or closes his window in the middle of a play,
//! leaves nothing armed: lines are mended, what is held goes on, the printer is good, every plug is in.

use super::Theatre;
use super::plugs::{self, PARTIES};
use super::told;
use crate::http::Live;
use serde_json::{Value, json};
use std::sync::Mutex;

/// A window that says nothing for so long has left. Unit: wall nanoseconds.
const LEFT_NANOS: u64 = 15_000_000_000;
/// The longest name of a window, and of a play.
const NAME_MAX: usize = 300;

/// Who plays.
#[derive(Default)]
pub struct Stage(Mutex<Option<Playing>>);

struct Playing {
    who: String,
    until: u64,
}

/// What a window is told that wants the stage.
pub enum Taken {
    /// It has it, from this moment of the network on.
    Yes(i64),
    /// Another one has it.
    No,
    /// What it says has not the shape.
    Bad,
}

impl Theatre {
    /// A window takes the stage, or says that it still has it: `{"who":"…","on":true,"title":{"zh":"…","en":"…"}}`.
    pub(super) fn take_stage(&self, live: &Live, body: &Value) -> Taken {
        let short =
            |text: &Value| text.as_str().filter(|text| !text.is_empty() && text.len() <= NAME_MAX).map(str::to_owned);
        let (Some(who), Some(on)) = (short(&body["who"]), body["on"].as_bool()) else { return Taken::Bad };
        let (zh, en) = (short(&body["title"]["zh"]), short(&body["title"]["en"]));
        let now = self.clock.nanos();
        let fresh = {
            let Ok(mut stage) = self.stage.0.lock() else { return Taken::Bad };
            if stage.as_ref().is_some_and(|playing| playing.who != who && playing.until > now) {
                return Taken::No;
            }
            let fresh = stage.as_ref().is_none_or(|playing| playing.who != who);
            *stage = on.then(|| Playing { who: who.clone(), until: now + LEFT_NANOS });
            fresh
        };
        // A play begins as it ends: what hands have armed is none of it.
        if fresh || !on {
            self.tidy(live);
        }
        if !on {
            self.now("stage", Value::Null);
        } else if fresh {
            self.now("stage", json!({"who": who, "title": {"zh": zh, "en": en}}));
        }
        Taken::Yes(self.now_ms())
    }

    /// Looks whether the window that plays has left.
    pub(super) fn look_at_stage(&self, live: &Live) {
        let now = self.clock.nanos();
        let left = self.stage.0.lock().is_ok_and(|mut stage| stage.take_if(|playing| playing.until <= now).is_some());
        if left {
            self.tidy(live);
            self.now("stage", Value::Null);
        }
    }

    /// Leaves nothing armed.
    fn tidy(&self, live: &Live) {
        self.faults.clear();
        if let Ok(mut printer) = self.printer.lock() {
            printer.mend();
        }
        for party in PARTIES {
            // A host that does not start is told by its plug.
            let _ = self.plugs.set(live, party, true);
        }
        self.now("faults", told::armed(&self.faults.armed()));
        self.now("printer", json!({"fault": null, "lines": 0}));
        self.now("power", plugs::standing(live));
    }
}

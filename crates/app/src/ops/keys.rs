//! Ages of the parties' keys: of the key files as `keys list` shows them, and of the zone keys that messages have renewed. Looked up at
//! most once a minute. A key file is a thing of the machine: its keys age by the wall, and when one is due is told by the network's clock. Never a value.

use crate::audit;
use crate::clocks::{Wall, rfc};
use crate::http::Live;
use crate::keys;
use serde_json::{Value, json};
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::switch::SwitchRow;
use slipway_hosts::zone::ZoneKey;
use slipway_node::{Record, Rows};
use slipway_runtime::os::Handle;
use slipway_terms::Moment;
use std::sync::{Mutex, PoisonError};

/// A static key is worth renewing after so many days; nothing stops by itself.
pub const RENEW_DAYS: i64 = 365;
/// A zone key that messages renew, after so many.
pub const ZONE_RENEW_DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;
/// How long a look is good enough.
const LOOK_MS: i64 = 60_000;
/// Uses of keys that do not rotate: a card would become a stranger, a serial number names its own key.
const STAYS: [&str; 4] = ["token", "seal", "bdk", "ipek"];

/// What was seen last.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<Option<(Wall, Vec<Value>)>>);

impl Shelf {
    /// All keys with their ages; each party that cannot show its own says why.
    pub fn look(&self, live: &Live) -> Vec<Value> {
        let now = live.front.wall();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, keys)) = seen.as_ref().filter(|(at, _)| now.since(*at) < LOOK_MS) {
            let _ = at;
            return keys.clone();
        }
        let mut all = Vec::new();
        for party in ["acquirer", "switch", "issuer1", "issuer2", "terminals"] {
            all.extend(of_file(party, &keys::shown(&live.dir.join(party), now.0), now, live));
        }
        let [one, two] = &live.hosts.issuers;
        all.extend(of_rows::<AcquirerRow>(&live.hosts.acquirer, live));
        all.extend(of_rows::<SwitchRow>(&live.hosts.switch, live));
        all.extend([one, two].into_iter().flat_map(|issuer| of_rows::<IssuerRow>(issuer, live)));
        *seen = Some((now, all.clone()));
        all
    }
}

fn of_file(party: &str, told: &Value, now: Wall, live: &Live) -> Vec<Value> {
    if told["standing"] != "open" {
        return vec![
            json!({"party": party, "name": null, "use": null, "standing": told["standing"], "why": told["why"]}),
        ];
    }
    let one = |key: &Value| {
        let rotates = !key["use"].as_str().is_some_and(|of| STAYS.contains(&of));
        let due = key["made_ms"].as_i64().filter(|_| rotates).map(|made| Wall(made).plus_ms(RENEW_DAYS * DAY_MS));
        json!({
            "party": party, "name": key["name"], "use": key["use"], "algorithm": key["algorithm"], "kcv": key["kcv"],
            "version": key["version"], "age_days": key["age_days"], "due": due.map(|due| rfc(due.shown_by(now, &live.clock))),
            "overdue": due.is_some_and(|due| due < now), "standing": "file",
        })
    };
    told["keys"].as_array().into_iter().flatten().map(one).collect()
}

/// Those that came by message, since when they stand; by the network's clock.
fn of_rows<R: Rows>(party: &Handle, live: &Live) -> Vec<Value>
where
    ZoneKey: Record<R> + Clone,
{
    let now = live.now();
    let one = |key: ZoneKey| {
        let due = key.at.0 + ZONE_RENEW_DAYS * DAY_MS;
        json!({
            "party": party.name, "name": key.name.0.as_str(), "use": if key.used { "zone" } else { "zone, accepted only" },
            "algorithm": null, "kcv": null, "version": null, "age_days": (now.0 - key.at.0).max(0) / DAY_MS,
            "due": rfc(Moment(due)), "overdue": due < now.0, "standing": "message",
        })
    };
    audit::table::<ZoneKey, R>(party).into_iter().flatten().map(one).collect()
}

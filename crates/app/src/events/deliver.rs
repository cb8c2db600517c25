//! One subscription's way out: a courier of the notices over `events.jsonl`, with the hook of the notices as its sink.

use super::book::{Book, Hooked};
use super::target::Outside;
use super::{JOURNAL, RECORDS, Ways};
use crate::clocks::rfc;
use crate::notices::courier::{Answer, Letter, Patience, To, Wanted};
use crate::notices::drive::{Readers, Round};
use crate::notices::journal::Said;
use crate::notices::sink::Sink;
use crate::notices::webhook::{Hook, config};
use crate::people::book as people;
use crate::say::End;
use serde_json::json;
use slipway_runtime::os::PacedClock;
use slipway_terms::Moment;
use slipway_vault::{ApiKey, HookKey};
use std::path::Path;
use std::sync::Arc;
use ureq::unversioned::transport::DefaultConnector;

/// Seconds that a receiver has for its answer.
const ANSWER_S: u32 = 10;
/// A first wait of a second, then twice as long, up to a quarter of an hour, for three days.
const PATIENCE: Patience = Patience { first_ms: 1_000, max_ms: 15 * 60_000, give_up_ms: Some(72 * 3_600_000) };

/// Who is told: the one subscriber.
pub struct Subscriber(pub Hooked);

impl Subscriber {
    /// Whether a line is for them.
    pub fn is_for(&self, said: &Said) -> bool {
        let about = said.about.as_ref();
        let only = about.and_then(|about| about["only"].as_str());
        let merchant = about.and_then(|about| about["merchant"].as_str()).unwrap_or_default();
        only.is_none_or(|only| only == self.0.id) && said.at_ms >= self.0.made.0 && self.0.wants(&said.kind, merchant)
    }
}

impl Readers for Subscriber {
    fn again(&mut self) -> Result<(), End> {
        Ok(())
    }

    fn to(&self, said: &Said) -> Option<To> {
        let host = || crate::notices::host(&self.0.url).to_owned();
        self.is_for(said).then(|| To { address: self.0.url.clone(), masked: host(), wanted: Wanted::Both })
    }
}

/// The way to one subscriber. It looks up before each message what the subscription is now, so a change of keys stops no courier.
pub struct Way {
    id: String,
    /// All subscriptions.
    pub book: Arc<Book>,
    people: people::Book,
    demo: bool,
    key: ApiKey,
    /// How it is called: to nowhere inside.
    pub agent: ureq::Agent,
    /// The network's.
    pub clock: PacedClock,
}

impl Way {
    /// The way of a subscription.
    pub fn of(
        dir: &Path,
        hooked: &Hooked,
        book: &Arc<Book>,
        key: &ApiKey,
        (ways, clock): (&Ways, PacedClock),
    ) -> Result<Self, End> {
        let secure = hooked.url.starts_with("https://");
        let pem = if secure { Some(certificates(&ways.ca)?) } else { None };
        let config = config(ANSWER_S, pem.as_deref()).ok_or_else(|| no_certificates(&ways.ca, "-"))?;
        let outside = Outside::new(ways.private, ways.own.clone());
        Ok(Self {
            id: hooked.id.clone(),
            book: Arc::clone(book),
            people: people::Book::of(dir),
            demo: ways.demo,
            key: key.clone(),
            agent: ureq::Agent::with_parts(config, DefaultConnector::default(), outside),
            clock,
        })
    }

    /// The subscription as it is now, if it is not ended.
    pub fn subscription(&self) -> Option<Hooked> {
        self.book.get(&self.id).filter(|one| one.ended.is_none())
    }

    /// The same, if whoever made it may still have it.
    ///
    /// # Errors
    /// Why nothing goes out.
    pub fn kept(&self) -> Result<Hooked, String> {
        let hooked = self.subscription().ok_or("ended")?;
        match self.people.people() {
            Ok(people) if hooked.is_kept(&people, self.demo) => Ok(hooked),
            Ok(_) => Err("whoever made it may not have it now".into()),
            Err(_) => Err("people.json cannot be read".into()),
        }
    }

    /// The keys that sign for it now, the newest first.
    pub fn keys(&self, hooked: &Hooked) -> Vec<HookKey> {
        let older = hooked.two.then(|| hooked.turn.saturating_sub(1));
        std::iter::once(hooked.turn).chain(older).map(|turn| self.key.hook(&hooked.id, turn)).collect()
    }
}

impl Sink for Way {
    fn send(&mut self, letter: &Letter, now_ms: i64) -> Answer {
        let kept = self.kept().and_then(|one| if one.proof.is_given() { Ok(one) } else { Err("unproven".into()) });
        match kept {
            Ok(hooked) => {
                Hook::with(hooked.url.clone(), self.keys(&hooked), self.agent.clone(), form).send(letter, now_ms)
            }
            Err(why) => Answer::Down { why, unsure: false },
        }
    }
}

/// The courier's round of a subscription.
pub fn round(dir: &Path, hooked: &Hooked, way: Way) -> Round {
    let clock = Some(way.clock);
    Round {
        journal: dir.join(JOURNAL),
        record: dir.join(RECORDS).join(format!("{}.jsonl", hooked.id)),
        patience: PATIENCE,
        readers: Box::new(Subscriber(hooked.clone())),
        sink: Box::new(way),
        clock,
    }
}

fn certificates(ca: &Path) -> Result<Vec<u8>, End> {
    std::fs::read(ca).map_err(|error| no_certificates(ca, &error.to_string()))
}

fn no_certificates(ca: &Path, why: &str) -> End {
    let ca = ca.display();
    End::environment(
        format!("没有可信任的证书（{ca}：{why}）：请以 up --webhook-ca 指明"),
        format!("no certificates to believe ({ca}: {why}): name them with up --webhook-ca"),
    )
}

/// What is posted. A second delivery that somebody asked for has the name and number of the first.
fn form(letter: &Letter) -> (String, String) {
    let said = &letter.entry.said;
    let about = said.about.clone().unwrap_or_default();
    let id = about["id"].as_str().unwrap_or(&said.id).to_owned();
    let body = json!({
        "id": id, "type": said.kind, "sequence": about["sequence"].as_u64().unwrap_or(letter.entry.from),
        "created": rfc(Moment(said.at_ms)), "merchant": about["merchant"], "data": about["data"],
        "final": about["final"], "decides": about["decides"], "text": {"zh": said.zh, "en": said.en},
    });
    (id, body.to_string())
}

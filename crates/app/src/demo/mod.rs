//! `slipway demo`: a whole network in one process on loopback TCP, stories played on it, then every ledger audited.

pub mod catalogue;
pub mod deal;
mod disputed;
mod next_day;
pub mod outcome;
pub mod play;
pub mod playing;
pub mod stage;
pub mod stories;
pub mod telling;
pub mod till;

use crate::audit::audit;
use crate::say::{End, Say};
use crate::trace::{Keys, trace};
use outcome::{Broken, Came, broken};
use playing::Scene;
use serde_json::{Value, json};
use slipway_runtime::os::Pace;
use slipway_terms::{Cashier, Fate, Kind, NoticeKind, State};
use stage::{Seen, Stage, StageDesk};
use std::path::PathBuf;
use stories::Story;

/// Arguments of `demo`.
#[derive(clap::Args)]
pub struct DemoArgs {
    /// Which story: a name, the number of a scenario (A02.6), or all. next-day plays nine days on a network of its own, after the others.
    #[arg(long, default_value = "all")]
    story: String,
    /// Keeps the network of next-day in this new folder, with its clearing files, settlements and lists.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Milliseconds of the network's clock per millisecond of the wall: fast (100) or real (1).
    #[arg(long, default_value = "fast", value_parser = ["fast", "real"])]
    pace: String,
    /// Kept for scripts: stories on real sockets have no chance in them.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What came of one story.
struct Told {
    story: &'static Story,
    slips: Vec<String>,
    notices: Vec<(NoticeKind, slipway_terms::Text)>,
    seen: Vec<(i64, Seen)>,
    debits: u32,
    refunds: u32,
    credit_fen: i64,
    /// What disputes have moved for good or for now, beside the payments themselves: negative is the cardholders'. Unit: fen.
    disputed_fen: i64,
    /// The sentence of each payment that a dispute has moved.
    disputed: Vec<slipway_terms::Text>,
    verdict: (Fate, Cashier),
    sentence: slipway_terms::Text,
    approved_slips: usize,
    broken: Vec<String>,
}

/// Plays the chosen stories. Exit 1 when the rule or a story's promise does not hold.
pub fn run(args: &DemoArgs, say: &Say) -> Result<(), End> {
    if args.story == next_day::NAME {
        let days = Days::play(args, say)?;
        if say.json {
            say.document(&json!({"stories": [days.0.story], "next_day": days.0.next_day, "audit": days.audit()}));
        }
        return days.end();
    }
    if args.keep.is_some() {
        return Err(End::usage("--keep 只用于 next-day", "--keep is for next-day only"));
    }
    let chosen: Vec<&Story> = stories::all().filter(|story| story.is_meant(&args.story)).collect();
    if chosen.is_empty() {
        let mut names: Vec<_> = stories::all().map(|story| story.name).chain([next_day::NAME]).collect();
        names.dedup();
        let names = names.join(", ");
        return Err(End::usage(format!("没有这个故事；可选：{names}"), format!("no such story; there are: {names}")));
    }
    let pace = if args.pace == "real" { Pace::REAL } else { Pace::FAST };
    telling::opening(say, pace);
    let (mut told, mut end) = (Vec::new(), Ended::default());
    // A day ends once on a network: whoever ends one has a network of its own.
    let (alone, together): (Vec<&Story>, Vec<&Story>) = chosen.iter().partition(|story| story.ends_a_day());
    let networks = std::iter::once(together).chain(alone.into_iter().map(|one| vec![one]));
    for stories in networks.filter(|stories| !stories.is_empty()) {
        end.add(on_a_network(&stories, pace, say, &mut told)?);
    }
    let Ended { ledgers_zero, rule_holds, faults, ms } = end;
    telling::closing(say, &told, ledgers_zero, rule_holds, &faults, ms);
    let days = if args.story == "all" && args.pace == "fast" { Some(Days::play(args, say)?) } else { None };
    if say.json {
        let stories = told.iter().map(Told::json).chain(days.iter().map(|days| days.0.story.clone()));
        let mut document = json!({
            "stories": stories.collect::<Vec<_>>(),
            "audit": {"ledgers_zero": ledgers_zero, "rule_holds": rule_holds, "faults": faults},
        });
        if let Some(days) = &days {
            document["next_day"] = days.0.next_day.clone();
            document["next_day"]["audit"] = days.audit();
        }
        say.document(&document);
    }
    days.map_or(Ok(()), |days| days.end())?;
    let broken: Vec<String> = told.iter().flat_map(|one| one.broken.clone()).chain(faults).collect();
    if broken.is_empty() && ledgers_zero && rule_holds {
        return Ok(());
    }
    let broken = broken.join("; ");
    Err(End::broken(format!("规则不成立：{broken}"), format!("the rule does not hold: {broken}")))
}

/// What the audit of one or more networks has found.
struct Ended {
    ledgers_zero: bool,
    rule_holds: bool,
    faults: Vec<String>,
    /// How long they ran. Unit: milliseconds of the network's clock.
    ms: i64,
}

impl Default for Ended {
    fn default() -> Self {
        Self { ledgers_zero: true, rule_holds: true, faults: Vec::new(), ms: 0 }
    }
}

impl Ended {
    fn add(&mut self, other: Self) {
        self.ledgers_zero &= other.ledgers_zero;
        self.rule_holds &= other.rule_holds;
        self.faults.extend(other.faults);
        self.ms += other.ms;
    }
}

/// Plays these stories on a network that is made for them, audits it and stops it.
fn on_a_network(stories: &[&'static Story], pace: Pace, say: &Say, told: &mut Vec<Told>) -> Result<Ended, End> {
    let dir = tempfile::Builder::new().prefix("slipway-demo-").tempdir()?;
    let mut stage = Stage::on(dir.path(), stories.len(), stage::morning(pace))?;
    let mut scenes: Vec<Scene> = Vec::new();
    for (number, story) in stories.iter().enumerate() {
        let (one, scene) = play(&mut stage, number + 1, story)?;
        telling::story(say, &one);
        told.push(one);
        scenes.push(scene);
    }
    let (ledgers_zero, rule_holds, faults) = final_audit(&stage, &scenes)?;
    let ms = stage.ms();
    for scene in scenes {
        if let Some(till) = scene.till {
            till.bank.stop()?;
        }
    }
    if let Some(hosts) = stage.hosts.take() {
        hosts.stop()?;
    }
    Ok(Ended { ledgers_zero, rule_holds, faults, ms })
}

/// The day with every fault, and the days after it, as they were played.
struct Days(next_day::Outcome);

impl Days {
    fn play(args: &DemoArgs, say: &Say) -> Result<Self, End> {
        if args.pace != "fast" {
            return Err(End::usage(
                "next-day 历时九天，只以 fast 演示",
                "next-day takes nine days and is played at pace fast only",
            ));
        }
        if let Some(keep) = args.keep.as_ref().filter(|keep| keep.exists()) {
            let keep = keep.display();
            return Err(End::usage(
                format!("{keep} 已存在：请给出新目录"),
                format!("{keep} is there already: name a new folder"),
            ));
        }
        let dir = tempfile::Builder::new().prefix("slipway-demo-").tempdir()?;
        next_day::play(args.keep.as_deref().unwrap_or(dir.path()), Pace::FAST, say).map(Self)
    }

    fn holds(&self) -> bool {
        self.0.faults.is_empty() && self.0.ledgers_zero && self.0.rule_holds
    }

    fn audit(&self) -> Value {
        json!({"ledgers_zero": self.0.ledgers_zero, "rule_holds": self.0.rule_holds, "faults": self.0.faults})
    }

    fn end(&self) -> Result<(), End> {
        if self.holds() {
            return Ok(());
        }
        let broken = self.0.faults.join("; ");
        Err(End::broken(format!("规则不成立：{broken}"), format!("the rule does not hold: {broken}")))
    }
}

fn final_audit(stage: &Stage, scenes: &[Scene]) -> Result<(bool, bool, Vec<String>), End> {
    let gone = || End::broken("有一方没有回答审计", "a party did not answer the audit");
    let hosts = stage.hosts.as_ref().ok_or_else(gone)?;
    let banks: Vec<_> = scenes.iter().filter_map(|scene| scene.till.as_ref().map(|till| &till.bank)).collect();
    let audit = audit(hosts, &banks).ok_or_else(gone)?;
    Ok((audit.ledgers_zero, audit.rule_holds, audit.faults))
}

fn play(stage: &mut Stage, index: usize, story: &'static Story) -> Result<(Told, Scene), End> {
    let mut scene = playing::scene(stage, index)?;
    playing::play(stage, &mut scene, story.play)?;
    stage.faults.clear();
    let gone = || End::broken("终端不在", "the terminal is gone");
    let till = scene.till.as_ref().ok_or_else(gone)?;
    stage.quiet(till)?;
    let hosts = stage.hosts.as_ref().ok_or_else(gone)?;
    let audit = audit(hosts, &[&till.bank]).ok_or_else(gone)?;
    let mine: Vec<_> = audit
        .tills
        .iter()
        .filter(|(key, _)| key.terminal == till.seat)
        .filter_map(|(_, key)| audit.exchanges.get(key))
        .collect();
    let journal = till.bank.ask(slipway_node::Question::All { rows_max: 64 }).ok_or_else(gone)?;
    let sales: Vec<_> = journal.iter().filter(|seen| seen.amount.is_some()).collect();
    let about = sales.first().and_then(|seen| seen.till).ok_or_else(gone)?;
    let found = trace(&StageDesk(hosts, till), &Keys::Till(about));
    let verdict = found.first().map(|found| found.verdict.clone()).ok_or_else(gone)?;
    let (mut disputed_fen, mut disputed) = (0, Vec::new());
    for key in sales.iter().rev().filter_map(|seen| seen.till) {
        for found in trace(&StageDesk(hosts, till), &Keys::Till(key)) {
            // A payment that was presented again has moved twice, and stands as it was.
            let steps = found.linked.later.iter().filter(|t| t.kind.is_some_and(Kind::is_disputed));
            let moved: Vec<i64> = steps.filter_map(|t| t.signed_minor).collect();
            disputed_fen += moved.iter().filter(|minor| **minor < 0).sum::<i64>();
            disputed.extend((!moved.is_empty()).then(|| found.verdict.sentence.clone()));
        }
    }
    let seen: Vec<_> = stage.seen[scene.from..].to_vec();
    let told = Told {
        story,
        slips: seen
            .iter()
            .filter_map(|(_, seen)| if let Seen::Paper(_, _, text) = seen { Some(text.clone()) } else { None })
            .collect(),
        notices: seen
            .iter()
            .filter_map(
                |(_, seen)| if let Seen::Noticed(notice) = seen { Some((notice.kind, notice.text())) } else { None },
            )
            .collect(),
        debits: mine.iter().map(|traces| traces.debits).sum(),
        refunds: mine.iter().map(|traces| traces.refunds).sum(),
        credit_fen: mine.iter().map(|traces| traces.credit_fen).sum(),
        disputed_fen,
        disputed,
        verdict: (verdict.fate, verdict.cashier),
        sentence: verdict.sentence,
        approved_slips: sales.iter().filter(|seen| seen.state == State::Approved && seen.slip).count(),
        broken: Vec::new(),
        seen,
    };
    Ok((told.judged(), scene))
}

impl Told {
    /// Compares what came with what had to come.
    fn judged(mut self) -> Self {
        let name = format!("{} {}", self.story.name, self.story.scenario.join(" "));
        let came = Came {
            debits: self.debits,
            refunds: self.refunds,
            credit_fen: self.credit_fen,
            slips: self.approved_slips,
            notices: self.notices.iter().map(|(kind, _)| *kind).collect(),
            verdict: Some(self.verdict),
        };
        let said = |one: &Broken| format!("{name}: {} {}, not {}", one.what.en, one.got, one.want);
        self.broken = broken(&self.story.must, &came).iter().map(said).collect();
        self
    }

    fn json(&self) -> Value {
        let timeline: Vec<Value> = self
            .seen
            .iter()
            .filter_map(|(ms, seen)| {
                telling::event(seen)
                    .map(|(at, event)| json!({"ms": ms, "at": at, "event": event.en, "event_zh": event.zh}))
            })
            .collect();
        let notices: Vec<Value> =
            self.notices.iter().map(|(kind, text)| json!({"kind": kind, "zh": text.zh, "en": text.en})).collect();
        json!({
            "name": self.story.name, "scenario": self.story.scenario,
            "verdict": self.verdict.0, "cashier": self.verdict.1, "sentence": {"zh": self.sentence.zh, "en": self.sentence.en},
            "slips": self.slips, "approved_slips": self.approved_slips, "notices": notices, "timeline": timeline,
            "cardholder_debits": self.debits, "cardholder_refunds": self.refunds,
            "merchant_credits": self.credit_fen / 8_800, "merchant_credit_fen": self.credit_fen,
            "charged_back_fen": -self.disputed_fen, "merchant_keeps_fen": self.credit_fen + self.disputed_fen,
            "disputed": self.disputed.iter().map(|text| json!({"zh": text.zh, "en": text.en})).collect::<Vec<_>>(),
            "holds": self.broken.is_empty(),
        })
    }
}

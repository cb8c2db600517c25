//! What is said to the person at the device, or to a program there, and what either answers. Lines on standard input: nothing
//! or `done` (judge now), `s REASON` (skip), `q` (stop), a number (slips printed).

use super::report::{Evidence, Played, Verdict};
use super::steps::Step;
use super::tap::Event;
use crate::say::Say;
use serde_json::{Value, json};
use slipway_terms::Lang;
use std::io::BufRead;
use std::sync::mpsc::Sender;

/// One line that came in.
pub enum Line {
    /// All was done: judge.
    Done,
    /// The device cannot do this step.
    Skip(String),
    /// Stop the script.
    Quit,
    /// So many.
    Number(usize),
    /// Nothing that is known.
    Other,
}

impl Line {
    /// From what was typed.
    pub fn of(said: &str) -> Self {
        let said = said.trim();
        let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
        match word {
            "" | "done" => Self::Done,
            "s" | "skip" => Self::Skip(if rest.is_empty() { "–".into() } else { rest.trim().into() }),
            "q" | "quit" => Self::Quit,
            _ => word.parse().map_or(Self::Other, Self::Number),
        }
    }
}

/// The conversation.
pub struct Talk {
    say: Say,
    machine: bool,
}

impl Talk {
    /// With `machine` every prompt is one JSON line on standard output.
    pub const fn new(say: Say, machine: bool) -> Self {
        Self { say, machine }
    }

    /// Begins to read standard input.
    pub fn listen(tell: Sender<Event>) -> std::io::Result<()> {
        let reading = move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if tell.send(Event::Said(line)).is_err() {
                    return;
                }
            }
            let _ = tell.send(Event::Deaf);
        };
        std::thread::Builder::new().name("typed".into()).spawn(reading).map(drop)
    }

    fn machine(&self, value: &Value) {
        if self.machine {
            self.say.document(value);
        }
    }

    /// For a person: on standard output, or on standard error where that belongs to a program.
    pub fn person(&self, line: &str) {
        if self.machine {
            return;
        }
        if self.say.json { eprintln!("{line}") } else { self.say.line(line) }
    }

    /// Where to connect, and with which keys and cards.
    pub fn ready(&self, world: &Value, lines: &[String]) {
        self.machine(world);
        lines.iter().for_each(|line| self.person(line));
    }

    /// What to do now.
    pub fn step(&self, step: &Step) {
        let acts: Vec<Value> = step.acts.iter().map(super::steps::Do::json).collect();
        self.machine(&json!({
            "step": step.no, "name": step.name, "title": {"zh": step.zh, "en": step.en}, "do": acts,
            "note": {"zh": step.zh_note, "en": step.en_note},
        }));
        let (zh, en): (Vec<_>, Vec<_>) = step.acts.iter().map(super::steps::Do::words).unzip();
        self.person("");
        self.person(&self.say.strong(&format!("■ {} {} / {}", step.no, step.zh, step.en)));
        self.person(&format!("  请操作：{}", zh.join("；然后 ")));
        self.person(&format!("  please: {}", en.join("; then ")));
        for note in [step.zh_note, step.en_note].iter().filter(|note| !note.is_empty()) {
            self.person(&format!("  {note}"));
        }
    }

    /// One message, as it passed.
    pub fn frame(&self, evidence: &Evidence) {
        self.person(&format!("    {}", evidence.line_in(self.say.lang)));
    }

    /// How the step ended.
    pub fn verdict(&self, played: &Played) {
        let words = played.verdict.words();
        self.machine(&json!({ "verdict": words.2, "step": played.step.no }));
        let style = match played.verdict {
            Verdict::Passed => "32",
            Verdict::Failed(_) => "31",
            Verdict::Skipped(_) | Verdict::NotReached => "33",
        };
        self.person(&self.say.painted(style, &format!("  → {} / {}", words.0, words.1)));
        for reason in played.verdict.reasons() {
            self.person(&format!("    {}", reason.get(self.say.lang)));
            if self.say.lang == Lang::Zh {
                self.person(&format!("    {}", reason.en));
            }
        }
    }

    /// Asks how many slips were printed in this step (payments only).
    pub fn ask_slips(&self, step: &Step) {
        self.machine(&json!({ "ask": "slips", "step": step.no }));
        self.person("  本步骤打印了几张交易签购单（不含余额、结算单；同一笔的各联算一张）？回车：未查看");
        self.person(
            "  how many payment slips came out (no balance or totals; copies of one count once)? Enter: not looked",
        );
    }
}

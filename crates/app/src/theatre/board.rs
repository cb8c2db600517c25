//! What a page shows that is opened now: the newest of everything. Written by one thread, read by pages.

use super::Seen;
use super::told::{self, Paper};
use serde_json::{Map, Value, json};
use slipway_terms::NoticeKind;
use std::collections::VecDeque;

/// Messages that are remembered.
const CROSSINGS_MAX: usize = 120;
/// Copies that are remembered.
const PAPERS_MAX: usize = 400;
/// Copies that a page which opens is told of.
const PAPERS_TOLD: usize = 16;
/// Notices that are remembered.
const NOTICES_MAX: usize = 30;

/// The board.
#[derive(Default)]
pub struct Board {
    no: u64,
    parts: Map<String, Value>,
    crossings: VecDeque<(u64, Value, Value)>,
    papers: VecDeque<(u64, Paper)>,
    notices: VecDeque<(i64, NoticeKind, Value)>,
}

/// One event, as pages get it.
pub struct Event {
    /// Its number.
    pub no: u64,
    /// What it is.
    pub kind: &'static str,
    /// What it says.
    pub body: Value,
}

fn keep<T>(all: &mut VecDeque<T>, one: T, max: usize) {
    all.push_back(one);
    while all.len() > max {
        all.pop_front();
    }
}

fn numbered(mut body: Value, no: u64) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.insert("no".into(), json!(no));
    }
    body
}

impl Board {
    /// Writes something seen down. `None`: nothing has changed by it.
    pub fn write(&mut self, seen: Seen, ms: i64) -> Option<Event> {
        let no = self.no + 1;
        let (kind, body) = match seen {
            Seen::Crossed(crossed) => {
                let body = numbered(crossed.short, no);
                keep(&mut self.crossings, (no, body.clone(), crossed.fields), CROSSINGS_MAX);
                ("crossing", body)
            }
            Seen::Screen(show) => ("screen", self.part("screen", numbered(told::screen(&show), no))?),
            Seen::Line(up) => ("line", self.part("line", json!({"up": up}))?),
            Seen::Noticed(notice) => {
                let body = numbered(told::notice(&notice, ms), no);
                keep(&mut self.notices, (ms, notice.kind, body.clone()), NOTICES_MAX);
                ("notice", body)
            }
            Seen::Paper(paper) => {
                let body = numbered(paper.short.clone(), no);
                keep(&mut self.papers, (no, paper), PAPERS_MAX);
                ("paper", body)
            }
            Seen::Now(part, value) => (part, self.part(part, value)?),
        };
        self.no = no;
        Some(Event { no, kind, body })
    }

    fn part(&mut self, part: &str, value: Value) -> Option<Value> {
        let before = self.parts.insert(part.to_owned(), value.clone());
        (before.as_ref() != Some(&value)).then_some(value)
    }

    /// All of it, for a page that is opened.
    pub fn state(&self) -> Value {
        let mut state = self.parts.clone();
        state.insert("no".into(), json!(self.no));
        state.insert("crossings".into(), self.crossings.iter().map(|(_, short, _)| short.clone()).collect());
        let older = self.papers.len().saturating_sub(PAPERS_TOLD);
        let papers = self.papers.iter().skip(older).map(|(no, paper)| numbered(paper.short.clone(), *no));
        state.insert("papers".into(), papers.collect());
        state.insert("notices".into(), self.notices.iter().map(|(.., body)| body.clone()).collect());
        Value::Object(state)
    }

    /// What the phone was told since then, in order. Unit: network milliseconds.
    pub fn notices_since(&self, ms: i64) -> Vec<NoticeKind> {
        self.notices.iter().filter(|(at, ..)| *at >= ms).map(|(_, kind, _)| *kind).collect()
    }

    /// The fields of a message that is remembered.
    pub fn fields(&self, no: u64) -> Option<Value> {
        self.crossings
            .iter()
            .find(|(known, ..)| *known == no)
            .map(|(_, short, fields)| json!({"about": short, "fields": fields}))
    }

    /// The picture of a copy that is remembered.
    pub fn paper(&self, no: u64) -> Option<String> {
        self.papers.iter().find(|(known, _)| *known == no).map(|(_, paper)| paper.svg.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_the_same_is_not_told_again() {
        let mut board = Board::default();
        let now = |value: Value| Seen::Now("faults", value);
        assert_eq!(board.write(now(json!([1])), 0).unwrap().no, 1);
        assert!(board.write(now(json!([1])), 0).is_none());
        assert_eq!(board.write(now(json!([])), 0).unwrap().no, 2);
        assert_eq!((board.state()["no"].as_u64(), &board.state()["faults"]), (Some(2), &json!([])));
    }

    #[test]
    fn old_messages_go() {
        let mut board = Board::default();
        for _ in 0..CROSSINGS_MAX + 1 {
            let crossed = told::Crossed { short: json!({"hop": 1}), fields: json!({"fields": {}}) };
            board.write(Seen::Crossed(Box::new(crossed)), 0);
        }
        assert!(board.fields(1).is_none() && board.fields(2).is_some());
        assert_eq!(board.state()["crossings"].as_array().unwrap().len(), CROSSINGS_MAX);
    }
}

//! A story: one scenario as a few lines of text, with the faults it needs and the end it must have. Parsed here, played by
//! `play`. The language is a line per step, words apart by blanks, `#` begins a remark:
//!
//! ```text
//! story A02.4 the answer is lost between issuer and switch
//! on L4 0210 1 lost              the first 0210 on hop L4 (counted when sent) is lost
//! sale 0 0 8800                  till 0, card 0, 88.00, right PIN
//! wait 120s
//! quiet                          until nothing waits
//! expect debits 1 refunds 1 credits 0 slips 0 notices debit,refund
//! verdict 0 Returned TakeAgain   of the newest exchange of till 0
//! ```

use crate::fault::{Harm, Point};
use slipway_terms::PaperFate;

/// What a story asks to happen to one message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Something on its way.
    Harm(Harm),
    /// The power of its receiver goes in the step that takes it.
    Stop(Point),
}

/// A fault that waits for its message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// The hop.
    pub hop: String,
    /// The type.
    pub mti: u16,
    /// Which one of them, 1 is the next.
    pub nth: u32,
    /// What happens.
    pub fate: Fate,
}

/// One step of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A fault to come.
    On(Order),
    /// An operator signs in.
    SignIn(usize),
    /// A sale: till, card, fen, and the PIN if it is not the right one.
    Sale(usize, usize, u64, Option<String>),
    /// A balance inquiry: till, card.
    Balance(usize, usize),
    /// The device of a till loses its power in its next step.
    Doom(usize, Point),
    /// The device of a till loses its power now.
    Cut(usize),
    /// What a till's printer says of its next copy.
    Paper(usize, PaperFate),
    /// The last slip again.
    Reprint(usize),
    /// The line of this number drops and comes back after so many milliseconds.
    Line(usize, i64),
    /// Time passes. Unit: milliseconds.
    Wait(i64),
    /// Until nothing waits.
    Quiet,
    /// What must be true now: word and value.
    Expect(Vec<(String, String)>),
    /// What a counter must be told of the newest exchange of a till.
    Verdict(usize, String, String),
    /// A till's screen must have said this.
    Screen(usize, String),
    /// The newest exchange of a till must stand so.
    Standing(usize, String),
}

/// One scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story {
    /// Scenario number: `A02.4`.
    pub id: String,
    /// In words.
    pub title: String,
    /// The steps, each with its line.
    pub steps: Vec<(usize, Step)>,
}

/// A line that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub rule: &'static str,
}

impl core::fmt::Display for BadLine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "line {}: {}", self.line, self.rule)
    }
}

impl core::error::Error for BadLine {}

/// Reads the stories of a file.
///
/// # Errors
/// [`BadLine`] for the first line that is none.
pub fn parse(text: &str) -> Result<Vec<Story>, BadLine> {
    let mut stories: Vec<Story> = Vec::new();
    for (at, raw) in text.lines().enumerate() {
        let (line, words) = (at + 1, raw.split('#').next().unwrap_or_default());
        let words: Vec<&str> = words.split_whitespace().collect();
        let bad = |rule| BadLine { line, rule };
        match words.as_slice() {
            [] => {}
            ["story", id, title @ ..] => {
                stories.push(Story { id: (*id).into(), title: title.join(" "), steps: Vec::new() });
            }
            words => {
                let story = stories.last_mut().ok_or(bad("a step before its story"))?;
                story.steps.push((line, step(words).map_err(bad)?));
            }
        }
    }
    Ok(stories)
}

fn step(words: &[&str]) -> Result<Step, &'static str> {
    Ok(match words {
        ["on", hop, mti, nth, what @ ..] => {
            let fate = fate(what)?;
            Step::On(Order { hop: (*hop).into(), mti: number(mti)?, nth: number(nth)?, fate })
        }
        ["sign-in", seat] => Step::SignIn(number(seat)?),
        ["sale", seat, card, fen] => Step::Sale(number(seat)?, number(card)?, number(fen)?, None),
        ["sale", seat, card, fen, "pin", pin] => {
            Step::Sale(number(seat)?, number(card)?, number(fen)?, Some((*pin).into()))
        }
        ["balance", seat, card] => Step::Balance(number(seat)?, number(card)?),
        ["doom", seat, point] => Step::Doom(number(seat)?, self::point(point)?),
        ["cut", seat] => Step::Cut(number(seat)?),
        ["paper", seat, fate] => Step::Paper(number(seat)?, paper(fate)?),
        ["reprint", seat] => Step::Reprint(number(seat)?),
        ["line", no, wait] => Step::Line(number(no)?, ms(wait)?),
        ["wait", wait] => Step::Wait(ms(wait)?),
        ["quiet"] => Step::Quiet,
        ["expect", rest @ ..] if rest.len().is_multiple_of(2) => {
            Step::Expect(rest.chunks(2).map(|pair| (pair[0].into(), pair[1].into())).collect())
        }
        ["verdict", seat, fate, cashier] => Step::Verdict(number(seat)?, (*fate).into(), (*cashier).into()),
        ["screen", seat, text @ ..] => Step::Screen(number(seat)?, text.join(" ")),
        ["standing", seat, text @ ..] => Step::Standing(number(seat)?, text.join(" ")),
        _ => return Err("no such step"),
    })
}

fn fate(what: &[&str]) -> Result<Fate, &'static str> {
    Ok(match what {
        ["lost"] => Fate::Harm(Harm::Lost),
        ["late", wait] => Fate::Harm(Harm::Late(ms(wait)?)),
        ["twice"] => Fate::Harm(Harm::Twice),
        ["garbled"] => Fate::Harm(Harm::Garbled),
        ["forged"] => Fate::Harm(Harm::Forged),
        ["stops", point] => Fate::Stop(self::point(point)?),
        _ => return Err("no such fault"),
    })
}

fn point(word: &str) -> Result<Point, &'static str> {
    Ok(match word {
        "before" => Point::BeforeCommit,
        "after" => Point::AfterCommit,
        "between" => Point::BetweenSends,
        "full" => Point::DiskFull,
        _ => return Err("no such point of a step"),
    })
}

fn paper(word: &str) -> Result<PaperFate, &'static str> {
    Ok(match word {
        "printed" => PaperFate::Printed,
        "half" => PaperFate::Half,
        "unknown" => PaperFate::Unknown,
        "missing" => PaperFate::Missing,
        _ => return Err("no such fate of paper"),
    })
}

fn number<T: core::str::FromStr>(word: &str) -> Result<T, &'static str> {
    word.parse().map_err(|_| "not a number here")
}

/// `5s` or `200ms`.
fn ms(word: &str) -> Result<i64, &'static str> {
    match (word.strip_suffix("ms"), word.strip_suffix('s')) {
        (Some(ms), _) => number(ms),
        (None, Some(s)) => Ok(number::<i64>(s)? * 1000),
        _ => Err("a time is 5s or 200ms"),
    }
}

/// The stories that come with the simulator, in order of scenario.
pub const FILES: [(&str, &str); 10] = [
    ("a01", include_str!("../stories/a01.txt")),
    ("a02", include_str!("../stories/a02.txt")),
    ("a03", include_str!("../stories/a03.txt")),
    ("a04", include_str!("../stories/a04.txt")),
    ("a05", include_str!("../stories/a05.txt")),
    ("a06", include_str!("../stories/a06.txt")),
    ("a07", include_str!("../stories/a07.txt")),
    ("a09", include_str!("../stories/a09.txt")),
    ("a10", include_str!("../stories/a10.txt")),
    ("a11", include_str!("../stories/a11.txt")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_reads() {
        for (name, text) in FILES {
            let stories = parse(text).unwrap_or_else(|bad| panic!("{name}: {bad}"));
            assert!(!stories.is_empty() && stories.iter().all(|story| story.steps.len() > 2), "{name}");
        }
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let bad = |text: &str| parse(text).map_err(|bad| (bad.line, bad.rule));
        assert_eq!(bad("sale 0 0 1"), Err((1, "a step before its story")));
        assert_eq!(bad("story A\nsale 0 0"), Err((2, "no such step")));
        assert_eq!(bad("story A\nwait 5"), Err((2, "a time is 5s or 200ms")));
        assert_eq!(bad("story A\n\n# x\non L1 0200 1 eaten"), Err((4, "no such fault")));
        assert_eq!(bad("story A t\nwait 5ms").unwrap()[0].steps, vec![(2, Step::Wait(5))]);
    }
}

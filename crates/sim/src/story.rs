//! A story: one scenario as a few lines of text, with the faults it needs and the end it must have. Read and written here,
//! played by `play`. A line per step, words apart by blanks, `#` begins a remark:
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
//!
//! A world that broke a rule is written in the same language, with times of its own:
//!
//! ```text
//! world 50 batch 256 began 0ms   seed (for delays), inputs a batch, [twice], [days N], how long after the epoch
//! step a0 17 after               the power of acquirer 0 goes after the commit of its 17th step
//! at 12300ms till 0 sign-in sale:8800 card:3 enter enter pin:3
//! at 15000ms clock s -3000ms
//! until 60000ms
//! heal                           faults stop; every rule must hold
//! ```

use crate::cast::{self, SEATS};
use crate::deed::Deed;
use crate::fault::{Fate, FileHarm, Harm, Phone, Place, Point, Sheet, Weather};
use crate::link;
use crate::orders::{Order, Turn};
use crate::world::Manner;

/// One step of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// The world it happens in, if not any: seed, manner, milliseconds after the epoch, days. Before all others.
    World(u64, Manner, i64, u32),
    /// A fault to come.
    On(Order),
    /// A turn of a person at a time.
    Turn(Turn),
    /// The sky at a time.
    Sky(i64, Weather),
    /// Until so many milliseconds after the beginning.
    Until(i64),
    /// Faults stop, everybody sells once more, and every rule must hold.
    Heal,
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
    /// What becomes of the next copy of a till's printer that nothing is known of yet.
    Paper(usize, Sheet),
    /// The last slip again.
    Reprint(usize),
    /// The line of this number drops and comes back after so many milliseconds.
    Line(usize, i64),
    /// Time passes. Unit: milliseconds.
    Wait(i64),
    /// From now on merchants show their slips only after "no slip" (rules 7).
    LateSlips,
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
        ["world", seed, "batch", batch, rest @ ..] => world(number(seed)?, number(batch)?, rest)?,
        ["on", hop, mti, nth, what @ ..] => Step::On(on(hop, number(mti)?, number(nth)?, what)?),
        ["step", node, nth, point] => {
            let (point, after) = point_after(point)?;
            Step::On(Order { place: Place::Step(self::node(node)?), nth: number(nth)?, fate: Fate::Stop(point, after) })
        }
        ["copy", seat, nth, word] => {
            let place = Place::Copy(self::seat(seat)?);
            Step::On(Order { place, nth: number(nth)?, fate: Fate::Paper(sheet(word)?) })
        }
        ["notice", node, nth, word] => {
            let phone = match *word {
                "refused" => Phone::Refused,
                "unheard" => Phone::Unheard,
                _ => return Err("a phone has refused or is unheard"),
            };
            let place = Place::Notice(self::node(node)?);
            Step::On(Order { place, nth: number(nth)?, fate: Fate::Phone(phone) })
        }
        ["at", time, "till", seat, deeds @ ..] => {
            let deeds: Result<_, _> = deeds.iter().map(|deed| deed.parse::<Deed>()).collect();
            Step::Turn(Turn { ms: ms(time)?, seat: self::seat(seat)?, deeds: deeds? })
        }
        ["at", time, sky @ ..] => Step::Sky(ms(time)?, weather(sky)?),
        ["until", time] => Step::Until(ms(time)?),
        ["heal"] => Step::Heal,
        ["sign-in", seat] => Step::SignIn(self::seat(seat)?),
        ["sale", seat, card, fen] => Step::Sale(self::seat(seat)?, number(card)?, number(fen)?, None),
        ["sale", seat, card, fen, "pin", pin] => {
            Step::Sale(self::seat(seat)?, number(card)?, number(fen)?, Some((*pin).into()))
        }
        ["balance", seat, card] => Step::Balance(self::seat(seat)?, number(card)?),
        ["doom", seat, point] => Step::Doom(self::seat(seat)?, point_after(point)?.0),
        ["cut", seat] => Step::Cut(self::seat(seat)?),
        ["paper", seat, word] => Step::Paper(self::seat(seat)?, sheet(word)?),
        ["reprint", seat] => Step::Reprint(self::seat(seat)?),
        ["line", no, wait] => Step::Line(line_no(no)?, ms(wait)?),
        ["wait", wait] => Step::Wait(ms(wait)?),
        ["late-slips"] => Step::LateSlips,
        ["quiet"] => Step::Quiet,
        ["expect", rest @ ..] if rest.len().is_multiple_of(2) => {
            Step::Expect(rest.chunks(2).map(|pair| (pair[0].into(), pair[1].into())).collect())
        }
        ["verdict", seat, fate, cashier] => Step::Verdict(self::seat(seat)?, (*fate).into(), (*cashier).into()),
        ["screen", seat, text @ ..] => Step::Screen(self::seat(seat)?, text.join(" ")),
        ["standing", seat, text @ ..] => Step::Standing(self::seat(seat)?, text.join(" ")),
        _ => return Err("no such step"),
    })
}

fn world(seed: u64, batch_inputs_max: usize, rest: &[&str]) -> Result<Step, &'static str> {
    let (twice, days, began) = match rest {
        ["began", began] => (false, 1, began),
        ["twice", "began", began] => (true, 1, began),
        ["days", days, "began", began] => (false, number(days)?, began),
        ["twice", "days", days, "began", began] => (true, number(days)?, began),
        _ => return Err("a world is: world SEED batch N [twice] [days N] began MS"),
    };
    Ok(Step::World(seed, Manner { batch_inputs_max, twice }, ms(began)?, days))
}

fn on(hop: &str, mti: u16, nth: u32, what: &[&str]) -> Result<Order, &'static str> {
    const HOPS: [&str; 6] = ["L1", "L2", "L3", "L4", "L5", "L6"];
    let hop = HOPS.into_iter().find(|known| *known == hop).ok_or("no such hop")?;
    let harm = match what {
        ["lost"] => Harm::Lost,
        ["late", wait] => Harm::Late(ms(wait)?),
        ["twice"] => Harm::Twice(0),
        ["twice", wait] => Harm::Twice(ms(wait)?),
        ["twice-spoilt", wait, bit] => Harm::Spoilt(ms(wait)?, number(bit)?),
        // A bit of a till's message type: nobody can read it.
        ["garbled"] => Harm::Garbled(11 * 8 + 7),
        ["garbled", bit] => Harm::Garbled(number(bit)?),
        ["forged"] => Harm::Forged,
        ["cut"] => Harm::Cut,
        ["stops", point] => {
            let (point, after) = point_after(point)?;
            return Ok(Order { place: Place::Arrival(hop, mti), nth, fate: Fate::Stop(point, after) });
        }
        _ => return Err("no such fault"),
    };
    Ok(Order { place: Place::Hop(hop, mti), nth, fate: Fate::Harm(harm) })
}

fn weather(words: &[&str]) -> Result<Weather, &'static str> {
    Ok(match words {
        ["line", no, "down", wait] => Weather::Down(line_no(no)?, ms(wait)?),
        ["line", no, "flap", times] => Weather::Flap(line_no(no)?, number(times)?),
        ["line", no, "deaf", way, wait] => match number(way)? {
            way @ 0..=2 => Weather::Deaf(line_no(no)?, way, ms(wait)?),
            _ => return Err("a way is 0, 1 or 2 for both"),
        },
        ["storm"] => Weather::Storm,
        ["clock", node, set] => Weather::Clock(self::node(node)?, ms(set)?),
        ["file", node, word] => {
            let harm = FileHarm::ALL.iter().find(|(_, of)| of == word).map(|(harm, _)| *harm);
            Weather::File(self::node(node)?, harm.ok_or("not something that befalls a file")?)
        }
        ["power", node] => Weather::Power(self::node(node)?),
        ["lose", node] => match self::node(node)? {
            device if device < cast::DEVICES.len() => Weather::Death(device),
            _ => return Err("only a device can be lost for good"),
        },
        ["second", node] => match self::node(node)? {
            device if device < cast::DEVICES.len() => Weather::Second(device),
            _ => return Err("only a device can be replaced"),
        },
        [how @ ("replace" | "wipe"), node] => match self::node(node)? {
            device if device < cast::DEVICES.len() => Weather::Swap(device, *how == "replace"),
            _ => return Err("only a device can be replaced"),
        },
        ["keys", node, key, asked @ ..] => {
            let node = self::node(node)?;
            match (key, asked, cast::institution(node)) {
                (&("zpk" | "zak"), [] | ["asked"], Some(_)) => Weather::Keys(node, *key == "zpk", !asked.is_empty()),
                _ => return Err("new keys are: keys MEMBER zpk|zak [asked]"),
            }
        }
        ["vault", node, permille] => Weather::Vault(self::node(node)?, number(permille)?),
        _ => return Err("no such weather"),
    })
}

/// A point of a step, and after how many good commits of it: `after`, `before+1`.
fn point_after(word: &str) -> Result<(Point, u8), &'static str> {
    let (word, after) = word.split_once('+').unwrap_or((word, "0"));
    let point = Point::ALL.iter().find(|(_, known, _)| *known == word).ok_or("no such point of a step")?;
    Ok((point.0, number(after)?))
}

fn sheet(word: &str) -> Result<Sheet, &'static str> {
    Sheet::ALL.iter().find(|(_, known)| *known == word).map(|(sheet, _)| *sheet).ok_or("no such fate of paper")
}

fn seat(word: &str) -> Result<usize, &'static str> {
    number(word).ok().filter(|seat| *seat < SEATS).ok_or("no such till")
}

fn node(word: &str) -> Result<usize, &'static str> {
    cast::called(word).ok_or("no such node")
}

fn line_no(word: &str) -> Result<usize, &'static str> {
    number(word).ok().filter(|no| *no < link::links().len()).ok_or("no such line")
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

/// The stories that come with the simulator: the catalogue in order of scenario, then worlds that once broke a rule.
pub const FILES: [(&str, &str); 13] = [
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
    ("a18", include_str!("../stories/a18.txt")),
    ("d03", include_str!("../stories/d03.txt")),
    ("found", include_str!("../stories/found.txt")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_keys_are_written_as_they_are_read() {
        let read = |text: &str| parse(&format!("story A t\nat 1ms {text}")).map(|all| all[0].steps.clone());
        assert_eq!(read("keys a0 zpk").unwrap(), vec![(2, Step::Sky(1, Weather::Keys(5, true, false)))]);
        assert_eq!(read("keys i1 zak asked").unwrap(), vec![(2, Step::Sky(1, Weather::Keys(9, false, true)))]);
        assert!(["keys s zpk", "keys a0 tmk", "keys a0 zpk now", "keys a0"].iter().all(|text| read(text).is_err()));
    }

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
        assert_eq!(bad("story A\nsale 9 0 1"), Err((2, "no such till")));
        assert_eq!(bad("story A\nwait 5"), Err((2, "a time is 5s or 200ms")));
        assert_eq!(bad("story A\n\n# x\non L1 0200 1 eaten"), Err((4, "no such fault")));
        assert_eq!(bad("story A\nat 1ms lose i0"), Err((2, "only a device can be lost for good")));
        assert_eq!(bad("story A t\nwait 5ms").unwrap()[0].steps, vec![(2, Step::Wait(5))]);
    }
}

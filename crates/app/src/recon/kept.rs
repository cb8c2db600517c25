//! A difference as a line of JSON: what a run keeps of it and what people read of it.

use crate::clocks::rfc;
use crate::say::End;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_recon::four::{Class, Closed, Deadlines, Dossier, Ending, List, Part, Seen, Side, View, steps_missed};
use slipway_recon::{Calendar, Entry, Key, read_day};
use slipway_terms::{InstitutionId, Lang, Moment, Rrn};

/// Copies, amount of the first, sum, day count, flags, whether amounts are mixed, place.
type SideWords = (u32, i64, i64, i32, u32, bool, u64);

#[derive(Clone, Serialize, Deserialize)]
struct PartWords {
    day: String,
    entry: char,
    classes: u32,
    sides: [Option<SideWords>; 4],
}

#[derive(Serialize, Deserialize)]
struct Words {
    acquirer: String,
    rrn: String,
    since: i64,
    opened: String,
    closed: Option<(String, i64, bool)>,
    parts: Vec<PartWords>,
}

/// A difference and what it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Whose exchange.
    pub acquirer: InstitutionId,
    /// Its reference number.
    pub rrn: Rrn,
    /// The difference.
    pub dossier: Dossier,
}

fn damaged() -> End {
    End::environment(
        "差错文件有一行读不出：请从备份恢复对账目录；没有动账",
        "a line of the file of differences cannot be read: restore the reconciliation's folder from a copy; no money was moved",
    )
}

impl PartWords {
    fn of(part: &Part) -> Self {
        let side = |side: &Side| {
            let &Side { copies, amount_fen, sum_fen, day, flags, place, mixed } = side;
            (copies > 0).then_some((copies, amount_fen, sum_fen, day, flags, mixed, place))
        };
        Self {
            day: part.day.to_string(),
            entry: part.key.entry().map_or('?', |entry| char::from(entry.letter())),
            classes: part.classes,
            sides: std::array::from_fn(|at| side(&part.sides[at])),
        }
    }

    fn part(self, acquirer: InstitutionId, rrn: Rrn) -> Option<Part> {
        let entry = Entry::of_letter(u8::try_from(self.entry).ok()?)?;
        let side = |words: Option<SideWords>| {
            words.map_or_else(Side::default, |(copies, amount_fen, sum_fen, day, flags, mixed, place)| Side {
                copies,
                amount_fen,
                sum_fen,
                day,
                flags,
                place,
                mixed,
            })
        };
        Some(Part {
            day: read_day(&self.day)?,
            key: Key::new(acquirer, rrn, entry),
            classes: self.classes,
            sides: self.sides.map(side),
        })
    }
}

/// A part of a run under way, as a line.
pub fn part_line(part: &Part) -> Option<String> {
    let words = (part.key.acquirer()?.as_str().to_owned(), part.key.rrn()?.as_str().to_owned(), PartWords::of(part));
    serde_json::to_string(&words).ok()
}

/// The part of a line.
pub fn read_part(line: &str) -> Result<Part, End> {
    let read = || {
        let (acquirer, rrn, words): (String, String, PartWords) = serde_json::from_str(line).ok()?;
        words.part(InstitutionId::new(&acquirer).ok()?, Rrn::new(&rrn).ok()?)
    };
    read().ok_or_else(damaged)
}

impl Kept {
    /// What a line says.
    pub fn read(line: &str) -> Result<Self, End> {
        let read = || {
            let words: Words = serde_json::from_str(line).ok()?;
            let (acquirer, rrn) = (InstitutionId::new(&words.acquirer).ok()?, Rrn::new(&words.rrn).ok()?);
            let parts = words.parts.into_iter().map(|part| part.part(acquirer, rrn)).collect::<Option<_>>()?;
            let closed = match words.closed {
                Some((on, at, agreed)) => {
                    let how = if agreed { Ending::Agreed } else { Ending::Corrected };
                    Some(Closed { on: read_day(&on)?, at: Moment(at), how })
                }
                None => None,
            };
            let (since, opened) = (Moment(words.since), read_day(&words.opened)?);
            Some(Self { acquirer, rrn, dossier: Dossier { since, opened, parts, closed } })
        };
        read().ok_or_else(damaged)
    }

    /// Its line.
    pub fn line(&self) -> Result<String, End> {
        let Dossier { since, opened, parts, closed } = &self.dossier;
        let words = Words {
            acquirer: self.acquirer.as_str().to_owned(),
            rrn: self.rrn.as_str().to_owned(),
            since: since.0,
            opened: opened.to_string(),
            closed: closed.map(|closed| (closed.on.to_string(), closed.at.0, closed.how == Ending::Agreed)),
            parts: parts.iter().map(PartWords::of).collect(),
        };
        serde_json::to_string(&words).map_err(|fault| End::environment(fault.to_string(), fault.to_string()))
    }

    /// Its name, for people and for repairs: who asks twice asks for the same.
    pub fn number(&self) -> String {
        format!("{}-{}", self.acquirer, self.rrn)
    }

    /// The identities of its exchanges, as far as the lists tell them. A reference number that was spoilt on its way, which no code
    /// covers, makes one exchange two differences: by these they are found to be one.
    pub fn places(&self) -> impl Iterator<Item = u64> {
        let sides = self.dossier.parts.iter().flat_map(|part| part.sides.iter());
        sides.filter(|side| side.copies > 0 && side.place != 0).map(|side| side.place)
    }

    /// Its place in the order of files.
    pub fn family(&self) -> [u8; 23] {
        Key::new(self.acquirer, self.rrn, Entry::Sale).family()
    }

    /// Everything that people have to know of it.
    pub fn document(&self, view: View, promises: &Promises, now: Moment) -> Result<Value, End> {
        let d = &self.dossier;
        let steps = promises.steps(d, view)?;
        let found = d.row(view);
        let rows = found.map(|(_, row)| row);
        let repairs: Vec<Value> = rows
            .iter()
            .flat_map(|row| row.repairs)
            .map(|(owner, action)| {
                json!({
                    "owner": format!("{owner:?}").to_lowercase(), "action": crate::export::small(&format!("{action:?}")),
                    "zh": action.text(Lang::Zh), "en": action.text(Lang::En),
                })
            })
            .collect();
        let posts: Vec<Value> = d
            .posts(view)
            .iter()
            .map(|post| {
                json!({
                    "posting": format!("{:?}", post.posting).to_lowercase(), "fen": post.fen, "amount_fen": post.fen,
                    "zh": post.posting.text(Lang::Zh), "en": post.posting.text(Lang::En),
                })
            })
            .collect();
        let net = |list: List| (super::listed::word(list).to_owned(), json!(d.net_fen(list)));
        let seen = List::ALL.into_iter().filter(|list| view.mask() & list.bit() != 0);
        Ok(json!({
            "number": self.number(), "acquirer": self.acquirer.as_str(), "rrn": self.rrn.as_str(),
            "class": found.map(|(class, _)| class_word(view, class)),
            "cause": rows.map(|row| json!({"zh": row.zh, "en": row.en})), "rule": rows.map(|row| row.rule),
            "owner": format!("{:?}", d.owner(view)).to_lowercase(), "repairs": repairs, "posts": posts, "ends": super::ways::ways(view, self),
            "net_fen": seen.map(net).collect::<serde_json::Map<_, _>>(),
            "opened": d.opened.to_string(), "since": rfc(d.since),
            "due": steps.map(|step| step.map(rfc)), "steps_missed": if d.closed.is_some() { 0 } else { steps_missed(&steps, now) },
            "open": d.closed.is_none(),
            "closed": d.closed.map(|closed| json!({
                "on": closed.on.to_string(), "at": rfc(closed.at),
                "how": if closed.how == Ending::Agreed { "agreed" } else { "corrected" },
            })),
        }))
    }
}

/// Deadlines and the calendar behind them.
pub struct Promises {
    /// The numbers.
    pub deadlines: Deadlines,
    /// The working days.
    pub calendar: Calendar,
}

impl Promises {
    /// The standard numbers over the calendar that comes with the program, and over further years' notices.
    pub fn standard(more: &[std::path::PathBuf]) -> Result<Self, End> {
        let mut calendar = Calendar::china().map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
        for path in more {
            let text = std::fs::read_to_string(path).map_err(|fault| {
                End::environment(format!("{}：{fault}", path.display()), format!("{}: {fault}", path.display()))
            })?;
            calendar.add(&text).map_err(|fault| End::usage(fault.to_string(), fault.to_string()))?;
        }
        Ok(Self { deadlines: Deadlines::standard(), calendar })
    }

    /// The three steps of a difference.
    pub fn steps(&self, dossier: &Dossier, view: View) -> Result<[Option<Moment>; 3], End> {
        let steps = dossier.steps(view, &self.deadlines, &self.calendar);
        steps.map_err(|fault| End::environment(fault.to_string(), fault.to_string()))
    }
}

/// The letters of the lists that have it, or the word of the class: `T-N-`, `doubled`.
pub fn class_word(view: View, class: Class) -> String {
    match class {
        Class::Seen(Seen(bits)) => List::ALL
            .into_iter()
            .zip("TANI".chars())
            .filter(|(list, _)| view.mask() & list.bit() != 0)
            .map(|(list, letter)| if bits & list.bit() != 0 { letter } else { '-' })
            .collect(),
        other => format!("{other:?}").to_lowercase(),
    }
}

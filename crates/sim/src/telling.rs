//! What happened in a world, written as a story that orders it again: the same words that stories are read from, each fault
//! with its place and number, each turn with its time.

use crate::cast;
use crate::fault::{Fate, Harm, Phone, Place, Point, Weather};
use crate::orders::Struck;
use crate::run::Trail;
use std::fmt::Write as _;

/// The whole story.
pub fn written(id: &str, title: &str, seed: u64, trail: &Trail) -> String {
    let mut text = format!("story {id} {title}\n");
    let twice = if trail.manner.twice { " twice" } else { "" };
    let days = if trail.days > 1 { format!(" days {}", trail.days) } else { String::new() };
    let batch = trail.manner.batch_inputs_max;
    let _ = writeln!(text, "world {seed} batch {batch}{twice}{days} began {}ms", trail.began_ms);
    for fault in &trail.faults {
        if let Struck::At { place, nth, fate, .. } = fault {
            let _ = writeln!(text, "{}", order(*place, *nth, *fate));
        }
    }
    let sky = trail.faults.iter().filter_map(|fault| match fault {
        Struck::Sky { ms, weather, .. } => Some((*ms, format!("at {ms}ms {}", sky(*weather)))),
        Struck::At { .. } => None,
    });
    let turns = trail.turns.iter().map(|turn| {
        let deeds: Vec<String> = turn.deeds.iter().map(ToString::to_string).collect();
        (turn.ms, format!("at {}ms till {} {}", turn.ms, turn.seat, deeds.join(" ")))
    });
    let mut timed: Vec<_> = sky.chain(turns).collect();
    timed.sort_by_key(|(ms, _)| *ms);
    for (_, line) in timed {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(text, "until {}ms\nheal", trail.until_ms);
    text
}

fn order(place: Place, nth: u32, fate: Fate) -> String {
    let fate = match fate {
        Fate::Harm(Harm::Late(ms)) => format!("late {ms}ms"),
        Fate::Harm(Harm::Twice(ms)) => format!("twice {ms}ms"),
        Fate::Harm(Harm::Spoilt(ms, bit)) => format!("twice-spoilt {ms}ms {bit}"),
        Fate::Harm(Harm::Garbled(bit)) => format!("garbled {bit}"),
        Fate::Harm(harm) => harm.word().into(),
        Fate::Stop(point, after) => {
            let word = Point::ALL.iter().find(|(known, _, _)| *known == point).map_or("", |(_, word, _)| word);
            if after > 0 { format!("{word}+{after}") } else { word.into() }
        }
        Fate::Paper(sheet) => sheet.word().into(),
        Fate::Phone(Phone::Refused) => "refused".into(),
        Fate::Phone(Phone::Unheard) => "unheard".into(),
    };
    match place {
        Place::Hop(hop, mti) => format!("on {hop} {mti:04} {nth} {fate}"),
        Place::Arrival(hop, mti) => format!("on {hop} {mti:04} {nth} stops {fate}"),
        Place::Step(node) => format!("step {} {nth} {fate}", cast::call_name(node)),
        Place::Copy(seat) => format!("copy {seat} {nth} {fate}"),
        Place::Notice(node) => format!("notice {} {nth} {fate}", cast::call_name(node)),
    }
}

fn sky(weather: Weather) -> String {
    match weather {
        Weather::Down(link, ms) => format!("line {link} down {ms}ms"),
        Weather::Flap(link, times) => format!("line {link} flap {times}"),
        Weather::Deaf(link, way, ms) => format!("line {link} deaf {way} {ms}ms"),
        Weather::Storm => "storm".into(),
        Weather::Clock(node, ms) => format!("clock {} {ms}ms", cast::call_name(node)),
        Weather::Power(node) => format!("power {}", cast::call_name(node)),
        Weather::Death(device) => format!("lose {}", cast::call_name(device)),
        Weather::File(node, harm) => format!("file {} {}", cast::call_name(node), harm.word()),
        Weather::Second(device) => format!("second {}", cast::call_name(device)),
        Weather::Swap(device, handed) => {
            format!("{} {}", if handed { "replace" } else { "wipe" }, cast::call_name(device))
        }
        Weather::Keys(node, pin, asked) => {
            let (key, asked) = (if pin { "zpk" } else { "zak" }, if asked { " asked" } else { "" });
            format!("keys {} {key}{asked}", cast::call_name(node))
        }
        Weather::Vault(node, permille) => format!("vault {} {permille}", cast::call_name(node)),
    }
}

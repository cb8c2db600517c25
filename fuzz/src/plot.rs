//! Bytes told as a story of the simulator: a head of five bytes for the world, then eight bytes a step — a turn at a till, a
//! fault of a message, a node, a paper or a phone, or the sky. The text is what a person would write: a finding goes into
//! `crates/sim/stories/found.txt` as it is.

use crate::Choices;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const SEATS: usize = 6;
const CARDS: usize = 15;
const LINES: usize = 10;
const DEVICES: usize = 5;
const NODES: [&str; 10] = ["d0", "d1", "d2", "d3", "d4", "a0", "a1", "s", "i0", "i1"];
/// What goes over a hop.
const HOPS: [(&str, &[&str]); 6] = [
    ("L1", &["0200", "0400", "0620", "0800", "0820"]),
    ("L2", &["0200", "0420"]),
    ("L3", &["0200", "0420"]),
    ("L4", &["0210", "0430"]),
    ("L5", &["0210", "0430"]),
    ("L6", &["0210", "0410", "0630", "0810", "0830"]),
];
const POINTS: [&str; 6] = ["before", "in", "sync-error", "after", "between", "full"];
const SHEETS: [&str; 5] = ["half", "unknown", "missing", "silent", "blank"];
/// When worlds begin: in the morning, shortly before the cut-over, before midnight, before the new year.
const BEGINNINGS_MS: [i64; 4] = [0, 46_770_000, 50_370_000, 3_333_570_000];
/// Steps of one world; more would only make it slow.
const STEPS_MAX: usize = 40;
/// Time after the last step in which faults still strike.
const AFTER_MS: i64 = 130_000;

/// The story of these bytes. Every byte string has one.
pub fn plot(bytes: &[u8]) -> String {
    let mut choices = Choices(bytes);
    let (seed, batch) = (choices.word(), choices.pick(&[256, 1, 3]));
    let (twice, began) = (if choices.below(4) == 1 { " twice" } else { "" }, choices.pick(&BEGINNINGS_MS));
    let (mut orders, mut ordered) = (String::new(), BTreeSet::new());
    let mut timed: Vec<(i64, String)> = Vec::new();
    for _ in 0..STEPS_MAX {
        let Some((step, rest)) = choices.0.split_first_chunk::<8>() else { break };
        choices.0 = rest;
        let mut step = Choices(step);
        let kind = step.below(16);
        // A quarter of an hour at most.
        let (at_ms, mut rest) = (i64::from(step.word()) * 14, step);
        match kind {
            0..6 => timed.push((at_ms, turn(&mut rest))),
            6..12 => {
                let (thing, fate) = order(kind, at_ms, &mut rest);
                // One fate each: the language has no word for two.
                if ordered.insert(thing.clone()) {
                    let _ = writeln!(orders, "{thing} {fate}");
                }
            }
            _ => timed.push((at_ms, sky(&mut rest))),
        }
    }
    timed.sort_by_key(|(at_ms, _)| *at_ms);
    let mut text =
        format!("story Z a world that was chosen byte by byte\nworld {seed} batch {batch}{twice} began {began}ms\n");
    text.push_str(&orders);
    for (at_ms, line) in &timed {
        let _ = writeln!(text, "at {at_ms}ms {line}");
    }
    let until_ms = timed.last().map_or(0, |(at_ms, _)| *at_ms) + AFTER_MS;
    let _ = writeln!(text, "until {until_ms}ms\nheal");
    text
}

/// What somebody does at a till. Few tills and cards are common: what is rare never meets itself.
fn turn(choices: &mut Choices<'_>) -> String {
    let seat = choices.pick(&[0, 0, 0, 1, 2, 3, 4, 5]);
    let (what, card) = (choices.byte(), choices.below(CARDS));
    let fen = u32::from(choices.word()) * if what & 0x80 == 0 { 1 } else { 100 };
    let sign_in = if what & 0x40 == 0 { "sign-in " } else { "" };
    let reader = if what & 0x20 == 0 { "card" } else { "keyed" };
    let pin = match what >> 3 & 3 {
        0 | 1 => format!("pin:{card}"),
        2 => format!("pin-backwards:{card}"),
        _ => "no-pin".into(),
    };
    match what & 7 {
        0..4 => format!("till {seat} {sign_in}sale:{fen} enter {reader}:{card} enter enter {pin}"),
        4 => format!("till {seat} {sign_in}balance {reader}:{card} enter enter {pin}"),
        5 => format!("till {seat} ask"),
        6 => format!("till {seat} reprint enter"),
        _ => format!("till {seat} sale:{fen} cancel {reader}:{card} {} clear enter", fen % 10),
    }
}

/// A fault: of the n-th thing that comes to its place, and what befalls it.
fn order(kind: usize, ms: i64, choices: &mut Choices<'_>) -> (String, String) {
    let (place, which, nth) = (usize::from(choices.byte()), usize::from(choices.byte()), 1 + choices.below(12));
    let after = if which & 0x80 == 0 { "" } else { "+1" };
    let point = format!("{}{after}", POINTS[(which & 0x7F) % POINTS.len()]);
    let (hop, types) = HOPS[place % HOPS.len()];
    let mti = types[place / HOPS.len() % types.len()];
    match kind {
        6..8 => {
            let bit = choices.word() % 4_096;
            let harm = match which % 8 {
                0 | 1 => "lost".into(),
                2 => format!("late {}ms", ms % 90_000),
                3 => format!("twice {}ms", ms % 40_000),
                4 => "forged".into(),
                5 => "cut".into(),
                6 => format!("garbled {bit}"),
                _ => format!("late {}ms", ms % 400),
            };
            (format!("on {hop} {mti} {nth}"), harm)
        }
        8 => (format!("on {hop} {mti} {nth} stops"), point),
        9 => (format!("step {} {nth}", NODES[place % NODES.len()]), point),
        10 => (format!("copy {} {nth}", place % SEATS), SHEETS[which % SHEETS.len()].into()),
        _ => {
            let issuer = ["i0", "i1"][place & 1];
            (format!("notice {issuer} {nth}"), if which & 1 == 0 { "refused" } else { "unheard" }.into())
        }
    }
}

/// What happens at a time and not to a message; no more than seeds of the simulator draw.
fn sky(choices: &mut Choices<'_>) -> String {
    let (what, place, span) = (choices.below(10), choices.byte(), i64::from(choices.word()));
    let (line, node) = (usize::from(place) % LINES, NODES[usize::from(place) % NODES.len()]);
    match what {
        0 | 1 => format!("line {line} down {}ms", span * 3),
        2 => format!("line {line} flap {}", 2 + span % 6),
        3 | 4 => format!("line {line} deaf {} {}ms", usize::from(place) / LINES % 3, span * 3),
        5 => "storm".into(),
        6 => format!("clock {node} {}ms", (span - 32_768) * if place < 128 { 1 } else { 2_000 }),
        7 => format!("power {node}"),
        8 => format!("lose d{}", usize::from(place) % DEVICES),
        _ => format!("vault {node} {}", span % 13),
    }
}

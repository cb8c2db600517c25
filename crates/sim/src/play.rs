//! Plays a story in a world where nothing else breaks, and says where its end is not the one that was told.

use crate::cast;
use crate::deed::{self, Deed, Entered};
use crate::dice::Dice;
use crate::fault::{Fate, Place};
use crate::orders::Order;
use crate::queue::EPOCH;
use crate::run;
use crate::station::Feed;
use crate::story::{Step, Story};
use crate::world::{Event, Manner, World, lines};
use slipway_hosts::ledger::Cause;
use slipway_node::Hand;
use slipway_terms::{NoticeKind, SlipKind};

/// How a story ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ending {
    /// Where it was not as told, and every rule that was broken.
    pub wrong: Vec<String>,
    /// Who did what, when: milliseconds since the beginning, then the event.
    pub walk: Vec<String>,
    /// The digest of its world.
    pub digest: String,
}

/// Plays one story, in the world it names or else in the world of this seed and manner.
pub fn play(story: &Story, seed: u64, manner: Manner) -> Ending {
    let named = story.steps.iter().find_map(|(_, step)| match step {
        Step::World(seed, manner, began_ms, days) => Some((*seed, *manner, *began_ms, *days)),
        _ => None,
    });
    let (seed, manner, began_ms, days) = named.unwrap_or((seed, manner, 0, 1));
    let mut world = World::new(seed, manner, Dice::new(seed, None), EPOCH.plus_ms(began_ms));
    world.walk = Some(Vec::new());
    world.shift.over = true;
    // A story names its faults itself; a world that is told again decides by its seed who shows a slip late.
    world.slips_late = named.is_none().then_some(false);
    world.lay_out(days);
    if world.course.is_long() {
        world.queue.push(world.began.plus_ms(60_000), Event::Days { no: 0 });
    }
    world.watchful = true;
    world.doubles_meet = named.is_none();
    // What was so from the beginning was so before anything was on.
    for (_, step) in &story.steps {
        if let Step::Sky(0, weather) = step {
            world.blow(0, *weather);
        }
    }
    world.begin();
    if named.is_none() {
        world.run_until(world.began.plus_ms(2_000));
    }
    let mut wrong = Vec::new();
    for (line, step) in &story.steps {
        if let Some(told) = take(&mut world, step) {
            wrong.push(format!("line {line}: {told}"));
        }
    }
    if named.is_none() {
        if !run::until_quiet(&mut world) {
            wrong.push(format!("not quiet; open: {:?}", world.auditor.books.open));
        }
        world.auditor.ended(world.now);
    }
    wrong.extend(world.auditor.violations.iter().map(|v| format!("{}: {}", v.checker, v.detail)));
    wrong.extend(world.orders.waiting().iter().map(|order| format!("never met: {order:?}")));
    Ending { wrong, walk: world.walk.take().unwrap_or_default(), digest: world.digest.hex() }
}

fn take(world: &mut World, step: &Step) -> Option<String> {
    match step {
        Step::World(..) => {}
        Step::On(order) => world.orders.order(*order),
        Step::Turn(turn) => {
            let at = world.began.plus_ms(turn.ms);
            world.queue.push(at, Event::Turn { seat: turn.seat, deeds: turn.deeds.clone() });
        }
        Step::Sky(0, _) => {}
        Step::Sky(ms, weather) => world.queue.push(world.began.plus_ms(*ms), Event::Blow(0, *weather)),
        Step::Until(ms) => world.run_until(world.began.plus_ms(*ms)),
        Step::Heal => {
            world.orders.over = true;
            run::heal(world);
        }
        Step::SignIn(seat) => {
            let took_ms = world.perform(*seat, &[Deed::SignIn]);
            world.run_until(world.now.plus_ms(took_ms + 2_000));
        }
        Step::Sale(seat, card, fen, other_pin) => {
            let entered = match other_pin.as_deref() {
                None => Entered::Of(*card),
                Some("none") => Entered::Bypassed,
                Some(digits) => digits.parse().map_or(Entered::Bypassed, Entered::Digits),
            };
            purchase(world, *seat, *card, Some(*fen), entered);
        }
        Step::Balance(seat, card) => purchase(world, *seat, *card, None, Entered::Of(*card)),
        Step::Doom(seat, point) => world.nodes[cast::device_of(*seat)].doomed = Some((*point, 0)),
        Step::Cut(seat) => world.switch_off(cast::device_of(*seat)),
        Step::Paper(seat, sheet) => {
            let place = Place::Copy(*seat);
            let before = world.orders.waiting().iter().filter(|order| order.place == place).count();
            let nth = u32::try_from(before + 1).unwrap_or(1);
            world.orders.order(Order { place, nth, fate: Fate::Paper(*sheet) });
        }
        Step::Reprint(seat) => {
            world.perform(*seat, &[Deed::Reprint(None)]);
            world.run_until(world.now.plus_ms(10_000));
        }
        Step::Line(link, away_ms) => {
            world.drop_line(*link);
            world.queue.push(world.now.plus_ms(*away_ms), Event::Connect { link: *link });
        }
        Step::Wait(ms) => world.run_until(world.now.plus_ms(*ms)),
        Step::LateSlips => world.slips_late = Some(true),
        Step::Quiet => {
            if !run::until_quiet(world) {
                return Some("not quiet".into());
            }
        }
        Step::Expect(pairs) => {
            let off = pairs.iter().filter_map(|(word, want)| {
                let is = figure(world, word);
                (is != *want).then(|| format!("{word} is {is}, not {want}"))
            });
            let off: Vec<_> = off.collect();
            return (!off.is_empty()).then(|| off.join("; "));
        }
        Step::Verdict(seat, fate, cashier) => return verdict(world, *seat, fate, cashier),
        Step::Screen(seat, text) => {
            let said = world.shown.iter().any(|(at, show)| at == seat && lines(show).contains(text.as_str()));
            return (!said).then(|| format!("till {seat} never showed {text}"));
        }
        Step::Standing(seat, want) => {
            let last = world.auditor.books.newest_of(&cast::terminal(*seat));
            let is = last.map_or_else(String::new, |exchange| format!("{:?}", exchange.standing));
            return (is != *want).then(|| format!("the newest exchange of till {seat} is {is}, not {want}"));
        }
    }
    None
}

/// The acts of a purchase up to the PIN, which is keyed after them so that a doom meant for it meets it.
fn purchase(world: &mut World, seat: usize, card: usize, fen: Option<u64>, entered: Entered) {
    let doomed = world.nodes[cast::device_of(seat)].doomed.take();
    let mut deeds = deed::purchase(fen, Deed::Card(card), entered);
    let last = deeds.pop();
    let took_ms = world.perform(seat, &deeds);
    world.run_until(world.now.plus_ms(took_ms + 500));
    world.nodes[cast::device_of(seat)].doomed = doomed;
    if let Some(act) = last.and_then(Deed::act) {
        world.feed(cast::device_of(seat), Feed::Hand(Hand::At(cast::terminal(seat), act)));
    }
}

fn verdict(world: &mut World, seat: usize, fate: &str, cashier: &str) -> Option<String> {
    let till = world.auditor.books.newest_of(&cast::terminal(seat))?.key;
    let verdict = world.trace(till, u64::MAX);
    world.auditor.judged(world.now, till, &verdict);
    let is = (format!("{:?}", verdict.fate), format!("{:?}", verdict.cashier));
    (is != (fate.into(), cashier.into())).then(|| format!("the verdict on {till} is {is:?}"))
}

/// What a figure of the world is now.
fn figure(world: &World, word: &str) -> String {
    let books = &world.auditor.books;
    let posted = |cause| books.all_moves().filter(|(key, _)| books.posted(key, cause)).count();
    let printed = |kind| world.papers.iter().filter(|(_, print)| print.slip.kind == kind).count();
    match word {
        "debits" => posted(Cause::Approval).to_string(),
        "refunds" => posted(Cause::Undo).to_string(),
        "credits" => books.all_moves().filter(|(_, moves)| moves.credit != 0).count().to_string(),
        "slips" => books.tills.values().filter(|exchange| exchange.slip.is_some()).count().to_string(),
        "vouchers" => printed(SlipKind::Approved).to_string(),
        "reprints" => world.papers.iter().filter(|(_, print)| print.slip.reprint).count().to_string(),
        "fault-papers" => printed(SlipKind::Fault).to_string(),
        "exchanges" => books.tills.len().to_string(),
        "pending" => books.open.iter().filter(|(_, table, _)| *table == "pending").count().to_string(),
        "notices" => {
            let kinds = world.auditor.notices.order.iter().map(|(_, kind)| match kind {
                NoticeKind::Debit => "debit",
                NoticeKind::Decline => "decline",
                NoticeKind::Refund => "refund",
            });
            let kinds: Vec<_> = kinds.collect();
            if kinds.is_empty() { "none".into() } else { kinds.join(",") }
        }
        other => format!("no such figure: {other}"),
    }
}

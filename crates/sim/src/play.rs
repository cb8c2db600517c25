//! Plays a story in a world where nothing else breaks, and says where its end is not the one that was told.

use crate::cast;
use crate::fault::Harm;
use crate::queue::EPOCH;
use crate::run;
use crate::story::{Fate, Order, Step, Story};
use crate::workload;
use crate::world::{Event, Manner, World, lines};
use slipway_hosts::ledger::Cause;
use slipway_node::Act;
use slipway_terms::{Message, NoticeKind, SlipKind};

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

/// Plays one story.
pub fn play(story: &Story, seed: u64, manner: Manner) -> Ending {
    let mut world = World::new(seed, manner);
    world.walk = Some(Vec::new());
    world.shift.over = true;
    world.begin();
    world.run_until(EPOCH.plus_ms(2_000));
    let mut wrong = Vec::new();
    for (line, step) in &story.steps {
        if let Some(told) = take(&mut world, step) {
            wrong.push(format!("line {line}: {told}"));
        }
    }
    if !run::until_quiet(&mut world) {
        wrong.push(format!("not quiet; open: {:?}", world.auditor.books.open));
    }
    world.auditor.ended(world.now);
    wrong.extend(world.auditor.violations.iter().map(|v| format!("{}: {}", v.checker, v.detail)));
    wrong.extend(world.orders.iter().map(|order| format!("never met: {order:?}")));
    Ending { wrong, walk: world.walk.take().unwrap_or_default(), digest: world.digest.hex() }
}

fn take(world: &mut World, step: &Step) -> Option<String> {
    match step {
        Step::On(order) => world.orders.push(order.clone()),
        Step::SignIn(seat) => {
            let took_ms = world.perform(*seat, workload::sign_in());
            world.run_until(world.now.plus_ms(took_ms + 2_000));
        }
        Step::Sale(seat, card, fen, other_pin) => {
            let digits = other_pin.as_deref().unwrap_or(cast::CARDS[*card].pin);
            let entered = if digits == "none" { Act::Pin(None) } else { workload::pin(digits) };
            purchase(world, *seat, *card, Some(*fen), entered);
        }
        Step::Balance(seat, card) => purchase(world, *seat, *card, None, workload::pin(cast::CARDS[*card].pin)),
        Step::Doom(seat, point) => world.nodes[cast::device_of(*seat)].doomed = Some(*point),
        Step::Cut(seat) => world.switch_off(cast::device_of(*seat)),
        Step::Paper(seat, fate) => world.paper_next.push((*seat, *fate)),
        Step::Reprint(seat) => {
            world.act(*seat, Act::Reprint(None));
            world.run_until(world.now.plus_ms(10_000));
        }
        Step::Line(link, away_ms) => {
            world.drop_line(*link);
            world.queue.push(world.now.plus_ms(*away_ms), Event::Connect { link: *link });
        }
        Step::Wait(ms) => world.run_until(world.now.plus_ms(*ms)),
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
fn purchase(world: &mut World, seat: usize, card: usize, fen: Option<u64>, entered: Act) {
    let Some(read) = workload::stripe(card) else { return };
    let doomed = world.nodes[cast::device_of(seat)].doomed.take();
    let mut acts = workload::purchase(fen, read, entered.clone());
    acts.pop();
    let took_ms = world.perform(seat, acts);
    world.run_until(world.now.plus_ms(took_ms + 500));
    world.nodes[cast::device_of(seat)].doomed = doomed;
    world.act(seat, entered);
}

fn verdict(world: &mut World, seat: usize, fate: &str, cashier: &str) -> Option<String> {
    let till = world.auditor.books.newest_of(&cast::terminal(seat))?.key;
    let verdict = world.trace(till);
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

impl World {
    /// What a story has ordered for this message as it is sent. Counts it.
    pub(crate) fn ordered(&mut self, hop: &str, message: &Message) -> Option<Harm> {
        self.met(hop, message, |fate| matches!(fate, Fate::Harm(_))).and_then(|fate| match fate {
            Fate::Harm(harm) => Some(harm),
            Fate::Stop(_) => None,
        })
    }

    /// What a story has ordered for the receiver of this message.
    pub(crate) fn arriving(&mut self, hop: &str, node: usize, message: &Message) {
        if let Some(Fate::Stop(point)) = self.met(hop, message, |fate| matches!(fate, Fate::Stop(_))) {
            self.nodes[node].doomed = Some(point);
        }
    }

    fn met(&mut self, hop: &str, message: &Message, kind: impl Fn(&Fate) -> bool) -> Option<Fate> {
        let stan = message.stan.map_or(0, |stan| stan.number());
        let same = |order: &Order| order.hop == hop && order.mti == message.mti.0 && kind(&order.fate);
        if let Some((at, order, of)) = &self.met
            && self.manner.twice
            && (*at, *of) == (self.now, stan)
            && same(order)
        {
            return Some(order.fate);
        }
        for order in self.orders.iter_mut().filter(|order| same(order)) {
            order.nth -= 1;
            if order.nth == 0 {
                self.met = Some((self.now, order.clone(), stan));
            }
        }
        let found = self.orders.iter().position(|order| order.nth == 0)?;
        Some(self.orders.remove(found).fate)
    }
}

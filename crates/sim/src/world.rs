//! A whole network on one thread: nodes in the production driver, lines with real bytes, one queue of events, one seed.
//! It decides when things happen and what breaks; never what a core does.

use crate::cast::{self, NODES};
use crate::check::Auditor;
use crate::digest::Digest;
use crate::fault::{Point, Rates};
use crate::link::{self, Link};
use crate::prng::Prng;
use crate::queue::{EPOCH, Queue};
use crate::situation;
use crate::station::{Feed, Station};
use crate::workload::Shift;
use slipway_node::{Act, Hand, Print, Show, limits};
use slipway_runtime::drive::{Effects, Habits, Stop};
use slipway_terms::{Moment, PaperFate, Testimony};
use std::collections::BTreeSet;

/// What can happen.
#[derive(Debug)]
pub enum Event {
    /// A frame reaches the end of its way, if the connection it was sent on still stands.
    Arrive { link: usize, way: usize, life: u64, frame: Vec<u8> },
    /// One end notices that its line is gone.
    Notice { link: usize, end: usize, life: u64 },
    /// A line is connected anew.
    Connect { link: usize },
    /// A node takes what has arrived.
    Step { node: usize },
    /// A node is switched on again.
    Restart { node: usize },
    /// Hands, paper and phones; lost if the node was switched off since.
    Hand { node: usize, life: u64, hand: Hand },
    /// An operator's turn.
    Operate { seat: usize },
    /// A counter asks where the money is.
    Ask,
}

/// How a world runs, apart from its seed.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Inputs per batch.
    pub batch_inputs_max: usize,
    /// Every message, paper fate and delivery twice in one batch.
    pub twice: bool,
}

/// One node of the world.
pub struct Placed {
    pub(crate) station: Box<dyn Station>,
    pub(crate) inbox: Vec<Feed>,
    busy_until: Moment,
    awaited: bool,
    /// Counts lives.
    pub(crate) life: u64,
    /// The power goes in its next step.
    pub(crate) doomed: Option<Point>,
}

/// The world.
pub struct World {
    pub(crate) now: Moment,
    pub(crate) queue: Queue<Event>,
    pub(crate) nodes: Vec<Placed>,
    pub(crate) links: Vec<Link>,
    pub(crate) rates: Rates,
    pub(crate) chance: Prng,
    pub(crate) manner: Manner,
    pub(crate) shift: Shift,
    pub(crate) auditor: Auditor,
    pub(crate) situations: BTreeSet<String>,
    pub(crate) digest: Digest,
    pub(crate) inputs: u64,
    /// What each till's screen shows.
    pub(crate) screens: Vec<Show>,
    /// Every text that was shown, by till, for stories.
    pub(crate) shown: Vec<(usize, Show)>,
    pub(crate) testimonies: Vec<Testimony>,
    /// Faults that a story has asked for.
    pub(crate) orders: Vec<crate::story::Order>,
    /// The one that was met last, when and by which number: its double meets the same.
    pub(crate) met: Option<(Moment, crate::story::Order, u32)>,
    /// Slips handed to printers: till and whether it is a voucher.
    pub(crate) papers: Vec<(usize, Print)>,
    /// What printers do next, by till, instead of what chance says.
    pub(crate) paper_next: Vec<(usize, PaperFate)>,
    /// A readable walk, kept for stories only.
    pub(crate) walk: Option<Vec<String>>,
}

impl World {
    /// A world in which nothing was ever switched on.
    /// Its drivers keep no rows, some, or the usual number from batch to batch, as the seed draws: nobody may notice.
    pub fn new(seed: u64, manner: Manner) -> Self {
        let rows = *Prng::of(seed, u64::MAX).pick(&[0, 3, limits::CACHE_ROWS_MAX, limits::CACHE_ROWS_MAX]);
        Self::keeping(rows, seed, manner)
    }

    /// The same, and its drivers keep this many rows.
    pub fn keeping(cache_rows_max: usize, seed: u64, manner: Manner) -> Self {
        let habits = Habits { batch_inputs_max: manner.batch_inputs_max, cache_rows_max, seed };
        let placed =
            |station| Placed { station, inbox: Vec::new(), busy_until: EPOCH, awaited: false, life: 0, doomed: None };
        Self {
            now: EPOCH,
            queue: Queue::default(),
            nodes: cast::nodes(habits, seed).into_iter().map(placed).collect(),
            links: link::links(),
            rates: Rates::default(),
            chance: Prng::of(seed, 1),
            manner,
            shift: Shift::new(seed),
            auditor: Auditor::new(seed),
            situations: BTreeSet::new(),
            digest: Digest::default(),
            inputs: 0,
            screens: vec![Show::default(); cast::SEATS],
            shown: Vec::new(),
            testimonies: Vec::new(),
            orders: Vec::new(),
            met: None,
            papers: Vec::new(),
            paper_next: Vec::new(),
            walk: None,
        }
    }

    /// Switches everything on.
    pub fn begin(&mut self) {
        for node in 0..NODES {
            self.harvest(node);
            self.switch_on(node);
        }
    }

    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(walk) = &mut self.walk {
            walk.push(format!("{:>9} {}", self.now.0 - EPOCH.0, what()));
        }
    }

    /// Lets the next thing happen, unless it is after `until`. `false`: nothing happens until then.
    pub fn turn(&mut self, until: Moment) -> bool {
        let due = self
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(node, placed)| placed.station.next_due().map(|at| (at.max(placed.busy_until), node)));
        let due = due.min();
        let event = self.queue.next_at();
        match (event, due) {
            (Some(at), due) if due.is_none_or(|(due, _)| at <= due) && at <= until => {
                if let Some((at, event)) = self.queue.pop() {
                    self.now = self.now.max(at);
                    self.happen(event);
                }
                true
            }
            (_, Some((at, node))) if at <= until => {
                self.now = self.now.max(at);
                self.step(node);
                true
            }
            _ => false,
        }
    }

    /// Lets everything happen until then.
    pub fn run_until(&mut self, until: Moment) {
        while self.turn(until) {}
        self.now = self.now.max(until);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive { link, way, life, frame } => self.arrive(link, way, life, &frame),
            Event::Notice { link, end, life } => self.notice(link, end, life),
            Event::Connect { link } => self.connect(link),
            Event::Step { node } => self.step(node),
            Event::Restart { node } => self.switch_on(node),
            Event::Hand { node, life, hand } => {
                if self.nodes[node].life == life {
                    self.feed(node, Feed::Hand(hand));
                }
            }
            Event::Operate { seat } => self.operate(seat),
            Event::Ask => self.counter_asks(),
        }
    }

    /// Puts something into a node's inbox; it is taken when the node is free.
    pub(crate) fn feed(&mut self, node: usize, feed: Feed) {
        let placed = &mut self.nodes[node];
        if !placed.station.is_on() {
            return;
        }
        // Hands of people are not doubled: a key pressed twice is two presses.
        let human = matches!(&feed, Feed::Hand(Hand::At(_, act)) if !matches!(act, Act::Paper(..)))
            || matches!(feed, Feed::Hand(Hand::Desk { .. }));
        if self.manner.twice && !human {
            placed.inbox.push(feed.clone());
        }
        placed.inbox.push(feed);
        if !placed.awaited {
            placed.awaited = true;
            self.queue.push(self.now.max(placed.busy_until), Event::Step { node });
        }
    }

    /// One walk of a node: judge, commit, send. The power may go in the middle.
    pub(crate) fn step(&mut self, node: usize) {
        let placed = &mut self.nodes[node];
        placed.awaited = false;
        if !placed.station.is_on() {
            return;
        }
        let feeds = std::mem::take(&mut placed.inbox);
        self.inputs += feeds.len() as u64;
        let doomed = self.draw_doom(node);
        let placed = &mut self.nodes[node];
        let mut effects = Effects::default();
        let outcome = placed.station.step(self.now, feeds, &mut effects);
        placed.station.doom(None);
        let panics = placed.station.set_aside();
        self.harvest(node);
        if panics > 0 {
            self.auditor.accuse("panics", self.now, format!("{} set an input aside", cast::name(node)));
        }
        let mut leaving = usize::MAX;
        match (&outcome, doomed) {
            (Ok(()), Some(Point::BetweenSends)) => leaving = self.chance.below(effects.sends.len().max(1)),
            // Nothing was written, so the power went between two steps.
            (Ok(()), _) | (Err(Stop::Store(_)), Some(_)) => {}
            (Err(stop), _) => self.auditor.accuse("stops", self.now, format!("{} stopped: {stop}", cast::name(node))),
        }
        self.release(node, effects, leaving);
        if outcome.is_err() || doomed == Some(Point::BetweenSends) {
            if let Some(point) = doomed {
                self.situations.insert(situation::of_crash(node, point));
                self.note(|| format!("{} loses its power {}", cast::name(node), point.word()));
            }
            self.switch_off(node);
        }
        let busy_ms = self.chance.span(0, 3);
        self.nodes[node].busy_until = self.now.plus_ms(busy_ms);
    }

    /// What became durable goes to the checkers.
    pub(crate) fn harvest(&mut self, node: usize) {
        for written in self.nodes[node].station.disk().take_tape() {
            for (key, row) in &written {
                self.digest.take(1, key.as_bytes());
                self.digest.take(2, row.as_deref().unwrap_or_default());
            }
            self.auditor.committed(node, self.now, &written);
        }
    }

    fn draw_doom(&mut self, node: usize) -> Option<Point> {
        let (point, after) = match self.nodes[node].doomed.take() {
            Some(point) => (Some(point), 0),
            None if self.chance.chance(self.rates.crash) => {
                (Some(*self.chance.pick(&Point::ALL)), u8::from(self.chance.chance(200)))
            }
            None => (None, 0),
        };
        if let Some(doom) = point.and_then(|point| point.doom(&mut self.chance, after)) {
            self.nodes[node].station.doom(Some(doom));
        }
        point
    }

    /// The power of a node goes: its lines drop, what it held in memory is forgotten, it comes back after a while.
    pub(crate) fn switch_off(&mut self, node: usize) {
        let placed = &mut self.nodes[node];
        placed.station.crash();
        placed.inbox.clear();
        placed.life += 1;
        for link in 0..self.links.len() {
            if self.links[link].ends.iter().any(|end| end.node == node) {
                self.drop_line(link);
                let ends = &mut self.links[link].ends;
                ends.iter_mut().filter(|end| end.node == node).for_each(|end| end.told_up = false);
            }
        }
        let away_ms =
            if self.chance.chance(700) { self.chance.span(50, 3_000) } else { self.chance.span(3_000, 120_000) };
        self.queue.push(self.now.plus_ms(away_ms), Event::Restart { node });
    }

    pub(crate) fn switch_on(&mut self, node: usize) {
        if self.nodes[node].station.is_on() {
            return;
        }
        if let Err(stop) = self.nodes[node].station.open(self.now) {
            return self.auditor.accuse("stops", self.now, format!("{} does not open: {stop}", cast::name(node)));
        }
        self.harvest(node);
        self.note(|| format!("{} {node} is on", cast::name(node)));
        self.nodes[node].life += 1;
        self.nodes[node].busy_until = self.now;
        self.feed(node, Feed::Hand(Hand::Rouse));
        for link in 0..self.links.len() {
            if self.links[link].ends.iter().any(|end| end.node == node) {
                let after_ms = self.chance.span(5, 500);
                self.queue.push(self.now.plus_ms(after_ms), Event::Connect { link });
            }
        }
    }

    /// A person does something at a till.
    pub(crate) fn act(&mut self, seat: usize, act: Act) {
        self.feed(cast::device_of(seat), Feed::Hand(Hand::At(cast::terminal(seat), act)));
    }

    /// Whether nothing is waiting: no frame on its way, no row open, every node on and every line up.
    pub fn is_quiet(&self) -> bool {
        self.auditor.books.open.is_empty()
            && self.nodes.iter().all(|placed| placed.station.is_on() && placed.inbox.is_empty())
            && self.links.iter().all(|link| link.up)
            && !self.queue.waiting().any(|event| matches!(event, Event::Arrive { .. } | Event::Hand { .. }))
    }
}

/// A screen as one line.
pub(crate) fn lines(show: &Show) -> String {
    show.lines.iter().map(|line| line.zh.as_str()).collect::<Vec<_>>().join(" / ")
}

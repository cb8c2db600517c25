//! A whole network on one thread: nodes in the production driver, lines with real bytes, one queue of events, one seed.
//! It decides when things happen and what breaks; never what a core does.

use crate::cast::{self, NODES};
use crate::check::Auditor;
use crate::check::Desk;
use crate::chips::Chips;
use crate::clearing::Clearing;
use crate::days::Course;
use crate::deed::Deed;
use crate::dice::{Dice, Matter};
use crate::digest::Digest;
use crate::disk::Flip;
use crate::fault::{Fate, Harm, Place, Point, Rates, Weather};
use crate::link::{self, Link};
use crate::orders::{Orders, Struck};
use crate::prng::Prng;
use crate::queue::Queue;
use crate::situation::Situation;
use crate::station::{Feed, Station};
use crate::workload::Shift;
use slipway_hosts::correction::Correct;
use slipway_node::{Act, Hand, Print, Show, limits};
use slipway_runtime::drive::{Effects, Habits, Stop};
use slipway_terms::{BusinessDate, Moment, Step, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// A world takes about ten thousand turns; one that takes a hundred times as many will never end.
const TURNS_MAX: u64 = 1_000_000;

/// What can happen.
#[derive(Debug)]
pub enum Event {
    /// A frame reaches the end of its way, if the connection it was sent on still stands.
    Arrive { link: usize, way: usize, life: u64, frame: Vec<u8>, harm: Option<Harm> },
    /// One end notices that its line is gone.
    Notice { link: usize, end: usize, life: u64 },
    /// A line is connected anew.
    Connect { link: usize },
    /// A line drops.
    Drop { link: usize },
    /// A node takes what has arrived.
    Step { node: usize },
    /// A node is switched on again.
    Restart { node: usize },
    /// Hands, paper and phones; lost if the node was switched off since.
    Hand { node: usize, life: u64, hand: Hand },
    /// An operator's turn, counted from 0.
    Operate { seat: usize, no: u64 },
    /// A turn that was written down.
    Turn { seat: usize, deeds: Vec<Deed> },
    /// A look at the sky, counted from 0.
    Look { no: u64 },
    /// What is coming of the sky, by which throw; 0 if it was written down.
    Blow(u64, Weather),
    /// A counter asks where the money is.
    Ask { no: u64 },
    /// The device that was set aside for a second one is back.
    Back { device: usize },
    /// A look at closed days, counted from 0.
    Days { no: u64 },
    /// A person takes a step of a dispute, counted from 0.
    Dispute { no: u64 },
    /// A clearing file comes to a member.
    File { node: usize, day: BusinessDate, bytes: Vec<u8> },
    /// A shift of a long world begins, counted from 0.
    Dawn { day: u64 },
    /// A look of those who work behind the counter, counted from 0.
    Desks { no: u64 },
}

/// How a world runs, apart from its seed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    pub(crate) doomed: Option<(Point, u8)>,
    /// It never comes back.
    pub(crate) lost: bool,
    /// A second device stands in its place: what that one writes is nobody's book.
    pub(crate) second: bool,
    /// How far its clock is ahead of the world's. Unit: milliseconds.
    pub(crate) ahead_ms: i64,
    /// How far it was ever set back, all times together. Unit: milliseconds.
    pub(crate) back_ms: i64,
}

impl Placed {
    /// When its next timer or repeat is due, by the world's clock.
    fn due(&self) -> Option<Moment> {
        Some(self.station.next_due()?.plus_ms(-self.ahead_ms).max(self.busy_until))
    }
}

/// The world.
pub struct World {
    pub(crate) now: Moment,
    /// Chips and readers.
    pub(crate) chips: Chips,
    /// When it began.
    pub(crate) began: Moment,
    pub(crate) queue: Queue<Event>,
    pub(crate) nodes: Vec<Placed>,
    pub(crate) links: Vec<Link>,
    pub(crate) rates: Rates,
    /// Whether merchants show their slips only after "no slip"; none: by the dice.
    pub(crate) slips_late: Option<bool>,
    pub(crate) dice: Dice,
    pub(crate) manner: Manner,
    pub(crate) shift: Shift,
    pub(crate) auditor: Auditor,
    pub(crate) situations: BTreeSet<Situation>,
    pub(crate) digest: Digest,
    pub(crate) inputs: u64,
    turns: u64,
    /// After every commit the counter is told the verdict on what it touched.
    pub(crate) watchful: bool,
    /// What each till's screen shows.
    pub(crate) screens: Vec<Show>,
    /// Every text that was shown, by till, for stories.
    pub(crate) shown: Vec<(usize, Show)>,
    /// Faults that a story has asked for, and all that happened.
    pub(crate) orders: Orders,
    /// The day after.
    pub(crate) clearing: Clearing,
    /// How many days, and when people work on them.
    pub(crate) course: Course,
    /// Who reconciles in a long world, with what is open.
    pub(crate) desks: Vec<Desk>,
    /// The last day that was closed everywhere when lists were compared.
    pub(crate) reconciled: Option<BusinessDate>,
    /// When cardholders began to spend what they got back, by the exchange.
    pub(crate) spent: BTreeMap<TillKey, Moment>,
    /// Devices that are lost with their next sale: by which throw, and so many milliseconds after it left.
    pub(crate) dying: BTreeMap<usize, (u64, i64)>,
    /// Faults have stopped for good.
    pub(crate) healed: bool,
    /// Slips handed to printers: till and slip.
    pub(crate) papers: Vec<(usize, Print)>,
    /// With every input twice, the double of a message meets the fault that was ordered for it: stories that count as people
    /// count, once per message.
    pub(crate) doubles_meet: bool,
    /// A readable walk, kept for stories only.
    pub(crate) walk: Option<Vec<String>>,
}

impl World {
    /// A world in which nothing was ever switched on.
    /// Its drivers keep no rows, some, or the usual number from batch to batch, as the seed draws: nobody may notice.
    pub fn new(seed: u64, manner: Manner, dice: Dice, began: Moment) -> Self {
        let rows = *Prng::of(seed, u64::MAX).pick(&[0, 3, limits::CACHE_ROWS_MAX, limits::CACHE_ROWS_MAX]);
        Self::keeping(rows, seed, manner, dice, began)
    }

    /// The same, and its drivers keep this many rows.
    pub fn keeping(cache_rows_max: usize, seed: u64, manner: Manner, dice: Dice, began: Moment) -> Self {
        let habits = Habits { batch_inputs_max: manner.batch_inputs_max, cache_rows_max, seed };
        let placed = |station| Placed {
            station,
            inbox: Vec::new(),
            busy_until: began,
            awaited: false,
            life: 0,
            doomed: None,
            lost: false,
            second: false,
            ahead_ms: 0,
            back_ms: 0,
        };
        Self {
            now: began,
            began,
            queue: Queue::default(),
            nodes: cast::nodes(habits, seed).into_iter().map(placed).collect(),
            links: link::links(),
            rates: Rates::default(),
            slips_late: None,
            dice,
            manner,
            shift: Shift::default(),
            auditor: Auditor::new(seed),
            situations: BTreeSet::new(),
            digest: Digest::default(),
            inputs: 0,
            turns: 0,
            watchful: false,
            screens: vec![Show::default(); cast::SEATS],
            shown: Vec::new(),
            orders: Orders::default(),
            clearing: Clearing::default(),
            course: Course::default(),
            desks: Desk::all(),
            reconciled: None,
            spent: BTreeMap::new(),
            dying: BTreeMap::new(),
            healed: false,
            papers: Vec::new(),
            chips: Chips::default(),
            doubles_meet: false,
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
            let ms = self.now.0 - self.began.0;
            walk.push(format!("{:>7}.{:03} {}", ms / 1000, ms.rem_euclid(1000), what()));
        }
    }

    /// What the clock of a node says.
    pub(crate) fn clock_of(&self, node: usize) -> Moment {
        self.now.plus_ms(self.nodes[node].ahead_ms)
    }

    /// Lets the next thing happen, unless it is after `until`. `false`: nothing happens until then.
    pub fn turn(&mut self, until: Moment) -> bool {
        self.turns += 1;
        if self.turns > TURNS_MAX {
            if self.turns == TURNS_MAX + 1 {
                self.auditor.accuse("endless", self.now, "something goes on for ever without time passing");
            }
            return false;
        }
        let due = self.nodes.iter().enumerate().filter_map(|(node, placed)| Some((placed.due()?, node)));
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

    /// When something happens next.
    pub(crate) fn next_at(&self) -> Option<Moment> {
        self.nodes.iter().filter_map(Placed::due).chain(self.queue.next_at()).min()
    }

    /// Lets everything happen until then.
    pub fn run_until(&mut self, until: Moment) {
        while self.turn(until) {}
        self.now = self.now.max(until);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive { link, way, life, frame, harm } => self.arrive(link, way, life, &frame, harm),
            Event::Notice { link, end, life } => self.notice(link, end, life),
            Event::Connect { link } => self.connect(link),
            Event::Drop { link } => self.drop_line(link),
            Event::Step { node } => self.step(node),
            Event::Restart { node } => self.switch_on(node),
            Event::Hand { node, life, hand } => {
                if self.nodes[node].life == life {
                    self.feed(node, Feed::Hand(hand));
                }
            }
            Event::Operate { seat, no } => self.operate(seat, no),
            Event::Turn { seat, deeds } => drop(self.perform(seat, &deeds)),
            Event::Look { no } => self.look(no),
            Event::Blow(id, weather) => self.blow(id, weather),
            Event::Ask { no } => self.counter_asks(no),
            Event::Back { device } => self.back(device),
            Event::Days { no } => self.look_at_days(no),
            Event::Dispute { no } => self.dispute_again(no),
            Event::File { node, day, bytes } => self.file_comes(node, day, &bytes),
            Event::Dawn { day } => self.dawn(day),
            Event::Desks { no } => self.look_at_desks(no),
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
            || matches!(feed, Feed::Hand(Hand::Desk { .. } | Hand::Finding(..) | Hand::Repair(_) | Hand::Dispute(_)));
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
        let corrects = matches!(feeds.first(), Some(Feed::Heard(_, m, _)) if Correct::of(m).is_some());
        let disputes = matches!(feeds.first(), Some(Feed::Heard(_, m, _)) if Step::of(m).is_some());
        let (took, name) = feeds.first().map_or(("timer", 0), Feed::name);
        let stop = self.draw_stop(node, name);
        let mut effects = Effects::default();
        let at = self.clock_of(node);
        let placed = &mut self.nodes[node];
        let outcome = placed.station.step(at, feeds, &mut effects);
        placed.station.doom(None);
        let panics = placed.station.set_aside();
        self.harvest(node);
        if panics > 0 {
            self.auditor.accuse("panics", self.now, format!("{} set an input aside", cast::call_name(node)));
        }
        let mut busy = self.dice.throw(Matter::Busy, &[node as u64, name]);
        let mut leaving = usize::MAX;
        match (&outcome, stop) {
            (Ok(()), Some((Point::BetweenSends, _))) => leaving = busy.chance.below(effects.sends.len().max(1)),
            // Nothing was written, so the power went between two steps.
            (Ok(()), _) | (Err(Stop::Store(_)), Some(_)) => {}
            (Err(stop), _) => {
                self.auditor.accuse("stops", self.now, format!("{} stopped: {stop}", cast::call_name(node)));
            }
        }
        self.release(node, effects, leaving);
        if outcome.is_err() || leaving != usize::MAX {
            if let Some((point, _)) = stop {
                self.situations.insert(Situation::Stopped(cast::name(node), took, point.word()));
                if disputes {
                    self.situations.insert(Situation::Dispute(cast::name(node), "stopped"));
                }
                if corrects {
                    self.situations.insert(Situation::Correction(cast::name(node), "stopped"));
                }
                self.note(|| format!("{} loses its power {}", cast::call_name(node), point.word()));
            }
            self.switch_off(node);
        }
        let busy_ms = busy.chance.span(0, 3);
        self.nodes[node].busy_until = self.now.plus_ms(busy_ms);
    }

    /// What became durable goes to the checkers.
    pub(crate) fn harvest(&mut self, node: usize) {
        let mut touched = BTreeSet::new();
        for written in self.nodes[node].station.disk().take_tape() {
            for (key, row) in &written {
                self.digest.take(1, key.as_bytes());
                self.digest.take(2, row.as_deref().unwrap_or_default());
            }
            if !self.nodes[node].second {
                touched.extend(self.auditor.committed(node, self.now, &written));
            }
        }
        // Who is asked to pay, to prove or to wait asks back at once.
        let argued = std::mem::take(&mut self.auditor.books.argued_now);
        self.auditor.books.argued.extend(&argued);
        if !self.watchful {
            touched.clear();
        }
        touched.extend(argued);
        touched.into_iter().for_each(|till| self.tell_verdict(till, u64::MAX));
        let shut = std::mem::take(&mut self.auditor.books.shut);
        self.situations.extend(shut.into_iter().map(Situation::Shut));
        let archived = std::mem::take(&mut self.auditor.books.archive.met);
        self.situations.extend(archived.into_iter().map(Situation::Archive));
        let suspended = std::mem::take(&mut self.auditor.books.suspended);
        self.situations.extend(suspended.into_iter().map(Situation::Suspense));
        let second = std::mem::take(&mut self.auditor.books.second);
        self.situations.extend(second.into_iter().map(Situation::Second));
        self.situations.extend(crate::disputing::met(&mut self.auditor.books));
        if self.nodes[node].station.upsets() > 0 {
            self.situations.insert(Situation::Vault(cast::name(node)));
        }
        for flip in self.nodes[node].station.flips() {
            self.situations.insert(Situation::Flip(flip));
            if flip == Flip::Unnoticed {
                self.auditor.accuse("damage", self.now, format!("{} opened a spoilt store", cast::call_name(node)));
            }
        }
    }

    fn draw_stop(&mut self, node: usize, name: u64) -> Option<(Point, u8)> {
        let mut throw = self.dice.throw(Matter::Stop, &[node as u64, name]);
        let (nth, ordered) = self.orders.meet(Place::Step(node));
        let stop = match (self.nodes[node].doomed.take(), ordered) {
            (Some(doomed), _) => Some(doomed),
            (None, Some(Fate::Stop(point, after))) => Some((point, after)),
            (None, _) => self.rates.stop(&mut throw.chance).filter(|_| self.dice.may(&throw)),
        };
        if let Some((point, after)) = stop {
            self.orders.struck(Struck::At {
                id: throw.id,
                place: Place::Step(node),
                nth,
                fate: Fate::Stop(point, after),
            });
            self.nodes[node].station.doom(point.doom(after));
        }
        stop
    }

    /// The power of a node goes: its lines drop, what it held in memory is forgotten, it comes back after a while.
    pub(crate) fn switch_off(&mut self, node: usize) {
        let placed = &mut self.nodes[node];
        placed.station.crash();
        placed.inbox.clear();
        placed.life += 1;
        let (life, lost) = (placed.life, placed.lost);
        for link in 0..self.links.len() {
            if self.links[link].ends.iter().any(|end| end.node == node) {
                self.drop_line(link);
                let ends = &mut self.links[link].ends;
                ends.iter_mut().filter(|end| end.node == node).for_each(|end| end.told_up = false);
            }
        }
        let mut away = self.dice.throw(Matter::Away, &[node as u64, life]);
        let away_ms =
            if away.chance.chance(700) { away.chance.span(50, 3_000) } else { away.chance.span(3_000, 120_000) };
        if !lost {
            self.queue.push(self.now.plus_ms(away_ms), Event::Restart { node });
        }
        self.counter_asks_at_once();
    }

    /// Another device comes in the place of one: with what it hands over, or with nothing but its terminal numbers.
    pub(crate) fn swap(&mut self, device: usize, handed: bool) {
        if self.shift.over || self.nodes[device].lost || self.nodes[device].second {
            return;
        }
        for seat in cast::DEVICES[device] {
            self.auditor.books.heirs.remove(&cast::terminal(*seat));
        }
        self.switch_off(device);
        let at = self.clock_of(device);
        if let Err(stop) = self.nodes[device].station.replace(at, handed) {
            return self.auditor.accuse("stops", self.now, format!("{} stopped: {stop}", cast::call_name(device)));
        }
        // What the old disk took last was seen before it is gone; a new one begins with no exchange.
        self.harvest(device);
        for seat in cast::DEVICES[device].iter().filter(|_| !handed) {
            self.auditor.books.wipe(device, &cast::terminal(*seat));
        }
    }

    /// A second device comes with what was handed over to this one, which the acquirer knows by now; after a while the right one
    /// is back.
    pub(crate) fn second(&mut self, device: usize) {
        let taken = |seat: &usize| self.auditor.books.heirs.contains(&cast::terminal(*seat));
        if self.shift.over
            || self.nodes[device].lost
            || self.nodes[device].second
            || !cast::DEVICES[device].iter().all(taken)
        {
            return;
        }
        self.switch_off(device);
        self.harvest(device);
        let at = self.clock_of(device);
        match self.nodes[device].station.second(at) {
            Ok(true) => {
                self.nodes[device].second = true;
                self.queue.push(self.now.plus_ms(150_000), Event::Back { device });
            }
            Ok(false) => {}
            Err(stop) => {
                self.auditor.accuse("stops", self.now, format!("{} stopped: {stop}", cast::call_name(device)));
            }
        }
    }

    fn back(&mut self, device: usize) {
        self.switch_off(device);
        self.harvest(device);
        self.nodes[device].station.back();
        self.nodes[device].second = false;
    }

    pub(crate) fn switch_on(&mut self, node: usize) {
        if self.nodes[node].station.is_on() || self.nodes[node].lost {
            return;
        }
        let at = self.clock_of(node);
        if let Err(stop) = self.nodes[node].station.open(at) {
            return self.auditor.accuse("stops", self.now, format!("{} does not open: {stop}", cast::call_name(node)));
        }
        self.harvest(node);
        self.note(|| format!("{} is on", cast::call_name(node)));
        self.counter_asks_at_once();
        self.nodes[node].life += 1;
        self.nodes[node].busy_until = self.now;
        let life = self.nodes[node].life;
        self.feed(node, Feed::Hand(Hand::Rouse));
        for link in 0..self.links.len() {
            if self.links[link].ends.iter().any(|end| end.node == node) {
                let after_ms = self.dice.throw(Matter::Line, &[link as u64, life]).chance.span(5, 500);
                self.queue.push(self.now.plus_ms(after_ms), Event::Connect { link });
            }
        }
    }

    /// Whether nothing is waiting: no frame on its way, no row open, every node on and every line up. What lies in a device
    /// that was lost for good waits for nobody.
    pub fn is_quiet(&self) -> bool {
        let lost = |node: usize| self.nodes[node].lost;
        self.auditor.books.denied().next().is_none()
            && self
                .auditor
                .books
                .open
                .iter()
                .all(|(node, table, _)| lost(*node) || matches!(*table, "hold" | "open dispute"))
            && self.nodes.iter().all(|placed| placed.lost || (placed.station.is_on() && placed.inbox.is_empty()))
            && self.links.iter().all(|link| link.up || lost(link.ends[0].node))
            && !self.nodes.iter().any(|placed| placed.second)
            && !self.queue.waiting().any(|event| matches!(event, Event::Arrive { .. } | Event::Hand { .. }))
    }
}

/// A screen as one line.
pub(crate) fn lines(show: &Show) -> String {
    show.lines.iter().map(|line| line.zh.as_str()).collect::<Vec<_>>().join(" / ")
}

//! One node of the world: a core in the production driver, with a disk that outlives it and a vault whose chance is seeded.
//! It must never do anything that the production rim could not do.

use crate::disk::{Disk, Doom, Flip};
use crate::moody::Moody;
use crate::prng::Prng;
use slipway_node::{Hand, Input, Node, Peer, Question, Rows, Store, Vault};
use slipway_runtime::drive::{Arrived, Driver, Effects, Habits, Stop};
use slipway_terms::{Mac, MacKey, Message, Moment, Testimony};
use slipway_vault::SoftVault;
use std::cell::Cell;
use std::rc::Rc;

/// What the rim hands to a driver.
#[derive(Clone, Debug)]
pub enum Feed {
    /// A message and the bytes its MAC covers.
    Heard(Peer, Message, Vec<u8>),
    /// Anything else.
    Hand(Hand),
}

impl Feed {
    /// What it is, in a word of situations, and its name for the dice.
    pub fn name(&self) -> (&'static str, u64) {
        match self {
            Self::Heard(_, message, _) => {
                let stan = message.stan.map_or(0, |stan| u64::from(stan.number()));
                (crate::situation::type_word(message.mti.0), u64::from(message.mti.0) << 32 | stan)
            }
            Self::Hand(hand) => match hand {
                Hand::Rouse => ("start", 1),
                Hand::Link { .. } | Hand::NoLine(..) => ("link", 2),
                Hand::At(..) => ("hand", 3),
                Hand::Delivered(_) => ("delivery", 4),
                Hand::Desk { .. } | Hand::Finding(..) | Hand::Repair(_) => ("desk", 5),
                Hand::ResetKey { .. } => ("reset", 6),
                Hand::CutOver { .. } => ("cut over", 7),
                Hand::Clearing(part) => ("clearing", 8 << 32 | u64::from(part.from)),
                Hand::SlipPage(_) | Hand::SlipsOver(_) => ("desk", 11),
                Hand::Payout(part) => ("payout", 10 << 32 | u64::from(part.from)),
                Hand::Merchant(order) => ("merchant order", 12 << 32 | order.ticket & 0xFFFF_FFFF),
                Hand::Suspense(key) => ("suspense", 9 << 32 | u64::from(key.stan.number())),
                Hand::Dispute(order) => ("dispute", 11 << 32 | u64::from(order.original.stan.number())),
            },
        }
    }
}

/// A node, whatever its core.
pub trait Station {
    /// Switches it on; the first input is then [`Hand::Rouse`].
    fn open(&mut self, at: Moment) -> Result<(), Stop>;
    /// Whether it is on.
    fn is_on(&self) -> bool;
    /// When a timer or a repeat is due.
    fn next_due(&self) -> Option<Moment>;
    /// Judges, commits, and says what leaves.
    fn step(&mut self, at: Moment, feeds: Vec<Feed>, effects: &mut Effects) -> Result<(), Stop>;
    /// The MAC over an outgoing message.
    fn mac(&mut self, key: &MacKey, covered: &[u8]) -> Option<Mac>;
    /// What its records say to a desk; changes nothing. `None` while it is off or its disk has failed: that is no "no record".
    fn consult(&mut self, at: Moment, question: Question) -> Option<Vec<Testimony>>;
    /// How many in a thousand questions its vault fails from now on.
    fn upset(&self, permille: u32);
    /// Questions at which its vault failed, since it was last asked.
    fn upsets(&self) -> u64;
    /// What opening made of the flipped bits it was tried with, since it was last asked.
    fn flips(&mut self) -> Vec<Flip>;
    /// The power goes. The disk stays.
    fn crash(&mut self);
    /// Another device comes in the place of this one, which is off: with what it hands over, or with nothing. What became
    /// durable on the old disk last is on the tape of the new one.
    fn replace(&mut self, at: Moment, handed: bool) -> Result<(), Stop>;
    /// A second device begins with what the last hand-over held, and the one here, which is off, is set aside. `false`: there
    /// was no hand-over.
    fn second(&mut self, at: Moment) -> Result<bool, Stop>;
    /// The one that was set aside is back.
    fn back(&mut self);
    /// The disk, on or off.
    fn disk(&self) -> &Disk;
    /// The next commits end so.
    fn doom(&self, doom: Option<Doom>) {
        self.disk().doom(doom);
    }
    /// Inputs that made the core panic in this life.
    fn set_aside(&self) -> u64;
}

enum Body<N: Node> {
    On(Box<Driver<N, Disk, Moody>>),
    Off(Disk),
    /// Between the two.
    Gone,
}

/// What a new device begins with: from the rows of the old one, or from none if it hands nothing over; at a time, the how
/// manieth to come.
type Succession<R> = Box<dyn Fn(Option<&[R]>, Moment, u64) -> Vec<(slipway_node::Key, R)>>;

/// A node with its core.
pub struct Slot<N: Node> {
    body: Body<N>,
    core: Box<dyn Fn() -> N>,
    vault: Box<dyn Fn(Prng) -> SoftVault>,
    habits: Habits,
    seed: u64,
    lives: u64,
    permille: Rc<Cell<u32>>,
    upsets: Rc<Cell<u64>>,
    flips: Vec<Flip>,
    empty: Disk,
    succession: Option<Succession<N::Row>>,
    successors: u64,
    /// What the last device to hand over had.
    handed: Vec<Vec<u8>>,
    aside: Option<Disk>,
}

impl<N: Node> Slot<N> {
    /// The same, and it can be replaced.
    pub fn replaced_by(
        mut self,
        succession: impl Fn(Option<&[N::Row]>, Moment, u64) -> Vec<(slipway_node::Key, N::Row)> + 'static,
    ) -> Self {
        self.succession = Some(Box::new(succession));
        self
    }

    /// A node that was never on, with the rows it is set up with.
    pub fn new(
        core: impl Fn() -> N + 'static,
        vault: impl Fn(Prng) -> SoftVault + 'static,
        rows: &[(slipway_node::Key, N::Row)],
        habits: Habits,
        seed: u64,
    ) -> Self {
        let mut disk = Disk::default();
        // Memory that was not doomed takes everything.
        let _ = Driver::<N, Disk, Moody>::seed(&mut disk, rows);
        let (core, vault) = (Box::new(core), Box::new(vault));
        Self {
            body: Body::Off(disk),
            core,
            vault,
            habits,
            seed,
            lives: 0,
            permille: Rc::default(),
            upsets: Rc::default(),
            flips: Vec::new(),
            empty: Disk::default(),
            succession: None,
            successors: 0,
            handed: Vec::new(),
            aside: None,
        }
    }

    fn rows_handed(&self) -> Vec<N::Row> {
        let row = |bytes: &Vec<u8>| N::Row::decode(*bytes.first()?, bytes.get(1..)?).ok();
        self.handed.iter().filter_map(row).collect()
    }

    const fn driver(&self) -> Option<&Driver<N, Disk, Moody>> {
        match &self.body {
            Body::On(driver) => Some(driver),
            Body::Off(_) | Body::Gone => None,
        }
    }
}

impl<N: Node> Station for Slot<N> {
    fn open(&mut self, at: Moment) -> Result<(), Stop> {
        let Body::Off(disk) = std::mem::replace(&mut self.body, Body::Gone) else { return Ok(()) };
        self.lives += 1;
        let (disk, flip) = disk.reopen(&mut Prng::of(self.seed, !self.lives))?;
        self.flips.extend(flip);
        // A new life draws new nonces: a vault that repeated them would prove nothing.
        let vault = (self.vault)(Prng::of(self.seed, self.lives));
        let mood = Prng::of(self.seed ^ 0x5EED, self.lives);
        let vault = Moody::new(vault, mood, Rc::clone(&self.permille), Rc::clone(&self.upsets));
        let habits = Habits { seed: self.seed ^ self.lives, ..self.habits };
        let driver = Driver::open((self.core)(), disk, vault, habits, at)?;
        self.body = Body::On(Box::new(driver));
        Ok(())
    }

    fn is_on(&self) -> bool {
        matches!(self.body, Body::On(_))
    }

    fn next_due(&self) -> Option<Moment> {
        self.driver().and_then(Driver::next_due)
    }

    fn step(&mut self, at: Moment, feeds: Vec<Feed>, effects: &mut Effects) -> Result<(), Stop> {
        let Body::On(driver) = &mut self.body else { return Ok(()) };
        let inputs = feeds.into_iter().map(|feed| match feed {
            Feed::Heard(peer, message, mac_data) => Arrived { input: Input::Heard(peer, message), mac_data },
            Feed::Hand(hand) => Arrived::plain(Input::Hand(hand)),
        });
        driver.step(at, inputs.collect(), effects)
    }

    fn mac(&mut self, key: &MacKey, covered: &[u8]) -> Option<Mac> {
        match &mut self.body {
            Body::On(driver) => driver.vault().mac(key, covered),
            Body::Off(_) | Body::Gone => None,
        }
    }

    fn consult(&mut self, at: Moment, question: Question) -> Option<Vec<Testimony>> {
        match &mut self.body {
            Body::On(driver) => driver.consult(at, question).ok(),
            Body::Off(_) | Body::Gone => None,
        }
    }

    fn upset(&self, permille: u32) {
        self.permille.set(permille);
    }

    fn upsets(&self) -> u64 {
        self.upsets.take()
    }

    fn flips(&mut self) -> Vec<Flip> {
        std::mem::take(&mut self.flips)
    }

    fn crash(&mut self) {
        self.body = match std::mem::replace(&mut self.body, Body::Gone) {
            Body::On(driver) => Body::Off(driver.into_store()),
            other => other,
        };
    }

    fn replace(&mut self, at: Moment, handed: bool) -> Result<(), Stop> {
        let Some(succession) = &self.succession else { return Ok(()) };
        let Body::Off(disk) = std::mem::replace(&mut self.body, Body::Gone) else { return Ok(()) };
        self.successors += 1;
        let (old, flip) = disk.reopen(&mut Prng::of(self.seed, self.successors << 32))?;
        self.flips.extend(flip);
        self.handed.clear();
        for space in N::Row::SPACES.iter().filter(|_| handed) {
            old.each(space.byte, &mut |_, bytes| self.handed.push([&[space.byte], bytes].concat()))?;
        }
        let rows = self.rows_handed();
        let rows = succession(handed.then_some(&rows[..]), at, self.successors);
        if rows.is_empty() {
            self.body = Body::Off(old);
            return Ok(());
        }
        let mut new = Disk::default();
        new.rewind(&old);
        Driver::<N, Disk, Moody>::seed(&mut new, &rows)?;
        self.body = Body::Off(new);
        Ok(())
    }

    fn second(&mut self, at: Moment) -> Result<bool, Stop> {
        let Some(succession) = self.succession.as_ref().filter(|_| !self.handed.is_empty()) else { return Ok(false) };
        let Body::Off(disk) = std::mem::replace(&mut self.body, Body::Gone) else { return Ok(false) };
        self.successors += 1;
        let rows = succession(Some(&self.rows_handed()), at, self.successors);
        let mut other = Disk::default();
        Driver::<N, Disk, Moody>::seed(&mut other, &rows)?;
        self.aside = Some(disk);
        self.body = Body::Off(other);
        Ok(true)
    }

    fn back(&mut self) {
        if let Some(disk) = self.aside.take() {
            self.body = Body::Off(disk);
        }
    }

    fn disk(&self) -> &Disk {
        match &self.body {
            Body::On(driver) => driver.store(),
            Body::Off(disk) => disk,
            Body::Gone => &self.empty,
        }
    }

    fn set_aside(&self) -> u64 {
        self.driver().and_then(|driver| driver.counts().get("inputs set aside").copied()).unwrap_or(0)
    }
}

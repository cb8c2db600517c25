//! What happens at a time and not to a message: lines that drop, flap or go deaf, clocks that are set, plugs that are pulled,
//! devices that are lost for good, vaults that fail.

use crate::cast::{self, DEVICES, NODES};
use crate::dice::{Matter, Throw};
use crate::fault::{FileHarm, Rates, Weather};
use crate::orders::Struck;
use crate::situation::Situation;
use crate::station::Feed;
use crate::world::{Event, World};
use slipway_node::Hand;
use slipway_terms::{KeyUse, Stan};

impl World {
    /// What is decided once for a world: which clocks are wrong from the start, which vaults fail, which device will be lost.
    pub(crate) fn omens(&mut self) {
        let rates = self.rates;
        for node in 0..NODES {
            let mut clock = self.dice.fixed(Matter::Weather, &[u64::MAX, node as u64]);
            if rates.clock > 0 && clock.chance.chance(500) {
                let ahead_ms = clock.chance.span(-3_000, 3_000);
                self.strike(&clock, Weather::Clock(node, ahead_ms));
            }
            let mut vault = self.dice.fixed(Matter::Vault, &[node as u64]);
            if rates.vault > 0 && vault.chance.chance(400) {
                self.strike(&vault, Weather::Vault(node, rates.vault));
            }
        }
        self.replacements();
        for node in cast::MEMBER_NODES {
            let mut file = self.dice.fixed(Matter::Weather, &[u64::MAX - 4, node as u64]);
            if file.chance.chance(rates.file) {
                let (harm, _) = *file.chance.pick(&FileHarm::ALL[..FileHarm::SHORT]);
                self.strike(&file, Weather::File(node, harm));
            }
        }
        let mut death = self.dice.fixed(Matter::Weather, &[u64::MAX - 1]);
        if death.chance.chance(rates.death) {
            let device = death.chance.below(DEVICES.len());
            let after_ms = death.chance.span(30_000, 400_000);
            if self.dice.may(&death) {
                self.queue.push(self.now.plus_ms(after_ms), Event::Blow(death.id, Weather::Death(device)));
            }
        }
    }

    /// Which device is replaced when, and whether the old one could hand over: now and then again, by a third.
    pub(crate) fn replacements(&mut self) {
        for again in 0..2 {
            let mut swap = self.dice.fixed(Matter::Weather, &[u64::MAX - 2, again]);
            if !swap.chance.chance(self.rates.swap) {
                continue;
            }
            let device = swap.chance.below(DEVICES.len());
            let after_ms = swap.chance.span(20_000, 400_000);
            let weather = Weather::Swap(device, swap.chance.chance(500));
            if self.dice.may(&swap) {
                self.queue.push(self.now.plus_ms(after_ms), Event::Blow(swap.id, weather));
            }
            let mut second = self.dice.fixed(Matter::Weather, &[u64::MAX - 3, again]);
            let later_ms = after_ms + second.chance.span(60_000, 200_000);
            if weather == Weather::Swap(device, true) && second.chance.chance(500) && self.dice.may(&second) {
                self.queue.push(self.now.plus_ms(later_ms), Event::Blow(second.id, Weather::Second(device)));
            }
        }
    }

    /// A look at the sky, and the next one later.
    pub(crate) fn look(&mut self, no: u64) {
        if self.shift.over {
            return;
        }
        if let Some(at) = self.course.pause(self.now) {
            return self.queue.push(at, Event::Look { no });
        }
        let mut throw = self.dice.fixed(Matter::Weather, &[no]);
        if let Some(weather) = self.rates.weather(&mut throw.chance, self.links.len(), NODES) {
            self.strike(&throw, weather);
        }
        let mut wish = self.dice.fixed(Matter::Weather, &[no, 1]);
        if let Some(weather) = self.rates.wish(&mut wish.chance) {
            self.strike(&wish, weather);
        }
        let gap_ms = throw.chance.span(4_000, 40_000);
        self.queue.push(self.now.plus_ms(gap_ms), Event::Look { no: no + 1 });
    }

    pub(crate) fn strike(&mut self, throw: &Throw, weather: Weather) {
        if self.dice.may(throw) {
            self.blow(throw.id, weather);
        }
    }

    /// Lets it happen.
    pub(crate) fn blow(&mut self, id: u64, weather: Weather) {
        self.orders.struck(Struck::Sky { id, ms: self.now.0 - self.began.0, weather });
        self.situations.insert(Situation::Weather(weather.word()));
        self.note(|| format!("** {}", told(weather)));
        match weather {
            Weather::Down(link, ms) => {
                self.drop_line(link);
                self.queue.push(self.now.plus_ms(ms), Event::Connect { link });
            }
            Weather::Flap(link, times) => {
                for n in 0..i64::from(times) {
                    self.queue.push(self.now.plus_ms(n * 500), Event::Drop { link });
                    self.queue.push(self.now.plus_ms(n * 500 + 250), Event::Connect { link });
                }
            }
            Weather::Deaf(link, way, ms) => {
                let until = self.now.plus_ms(ms);
                let ways = if way == 2 { vec![0, 1] } else { vec![usize::from(way)] };
                for way in ways {
                    self.links[link].deaf[way] = until;
                }
                // A half-open line is noticed in the end, and made anew.
                if way == 2 {
                    self.queue.push(until, Event::Drop { link });
                    self.queue.push(until.plus_ms(100), Event::Connect { link });
                }
            }
            Weather::Storm => {
                for link in 0..self.links.len() {
                    self.drop_line(link);
                    let life = self.links[link].life;
                    let after_ms = self.dice.throw(Matter::Line, &[link as u64, life]).chance.span(0, 1_000);
                    self.queue.push(self.now.plus_ms(after_ms), Event::Connect { link });
                }
            }
            // A running node's clock only goes forward, as the production port's does: it is set when the node is off.
            Weather::Clock(node, ms) => {
                self.nodes[node].ahead_ms += ms;
                self.nodes[node].back_ms += (-ms).max(0);
                self.switch_off(node);
            }
            Weather::Power(node) => self.switch_off(node),
            Weather::Death(device) => {
                self.nodes[device].lost = true;
                for seat in DEVICES[device] {
                    self.auditor.books.lose(cast::terminal(*seat));
                }
                self.switch_off(device);
            }
            Weather::Vault(node, permille) => self.nodes[node].station.upset(permille),
            Weather::Keys(node, pin, asked) => self.reset_key(node, pin, asked),
            Weather::Swap(device, handed) => self.swap(device, handed),
            Weather::Second(device) => self.second(device),
            Weather::File(node, harm) => drop(self.clearing.harms.insert(node, harm)),
        }
    }

    /// Somebody asks for a new zone key. Its number is the time of the world, which no two of them share.
    fn reset_key(&mut self, node: usize, pin: bool, asked: bool) {
        let Some(member) = cast::institution(node) else { return };
        let number = u32::try_from((self.now.0 - self.began.0) / 10 % 999_999 + 1).unwrap_or(1);
        let usage = if pin { KeyUse::Zpk } else { KeyUse::Zak };
        let sent = self.clock_of(cast::SWITCH).sent_at();
        let hand = Hand::ResetKey { member, usage, sent, stan: Stan::new(number).unwrap_or(Stan::FIRST) };
        self.feed(if asked { node } else { cast::SWITCH }, Feed::Hand(hand));
    }

    /// Faults stop: lines carry, vaults answer. A wrong clock stays wrong: nobody's money may depend on it. A lost device
    /// stays lost.
    pub(crate) fn clear_up(&mut self) {
        self.rates = Rates::default();
        self.shift.over = true;
        self.healed = true;
        self.dying.clear();
        for placed in &mut self.nodes {
            placed.station.upset(0);
        }
        for link in &mut self.links {
            link.deaf = [self.began; 2];
        }
    }
}

/// In words, for walks.
fn told(weather: Weather) -> String {
    match weather {
        Weather::Down(link, ms) => format!("line {link} drops for {ms} ms"),
        Weather::Flap(link, times) => format!("line {link} drops and comes back {times} times"),
        Weather::Deaf(link, 2, ms) => format!("line {link} is half-open for {ms} ms"),
        Weather::Deaf(link, way, ms) => format!("line {link} carries nothing on way {way} for {ms} ms"),
        Weather::Storm => "all lines drop and are connected again".into(),
        Weather::Clock(node, ms) => format!("the clock of {} is set by {ms} ms", cast::call_name(node)),
        Weather::Power(node) => format!("the power of {} goes", cast::call_name(node)),
        Weather::Death(device) => format!("{} is lost for good", cast::call_name(device)),
        Weather::Swap(device, true) => format!("{} hands over to another device", cast::call_name(device)),
        Weather::Second(device) => format!("a second device has the hand-over of {}", cast::call_name(device)),
        Weather::File(node, harm) => {
            format!("the next clearing file of {}: {}", cast::call_name(node), harm.word())
        }
        Weather::Swap(device, false) => format!("{} is wiped", cast::call_name(device)),
        Weather::Keys(node, pin, asked) => {
            let (key, who) = (if pin { "zpk" } else { "zak" }, if asked { "it" } else { "the switch" });
            format!("a new {key} for {} is asked for at {who}", cast::call_name(node))
        }
        Weather::Vault(node, permille) => {
            format!("the vault of {} fails {permille} in a thousand questions", cast::call_name(node))
        }
    }
}

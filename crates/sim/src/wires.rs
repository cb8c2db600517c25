//! What happens on the lines of a world: frames packed, harmed, carried and unpacked; lines that drop and come back.

use crate::cast;
use crate::dice::{Matter, Throw};
use crate::fault::{Fate, Harm, Place};
use crate::link;
use crate::orders::Struck;
use crate::situation::{KEYED, Situation};
use crate::station::Feed;
use crate::world::{Event, World};
use slipway_hosts::correction::Correct;
use slipway_hosts::day::{CUT_BEGINS, CUT_ENDS};
use slipway_node::{Hand, Peer};
use slipway_runtime::wire;
use slipway_terms::{AnyPin, AuthCode, Mac, MacKey, Message, ResponseCode, Step};

impl World {
    /// A node sends one message. Without a line it is lost, as at the production rim.
    pub(crate) fn send(&mut self, node: usize, to: Peer, message: &Message, mac: Option<&MacKey>) {
        let Some((link, way)) = link::route(&self.links, node, &to).filter(|(link, _)| self.links[*link].up) else {
            self.note(|| format!("{} has no line for {}", cast::call_name(node), message.mti));
            return;
        };
        if message.mti.0 == 200 {
            self.asks_at_the_last(node);
        }
        let hop = self.links[link].hops[way];
        let mut throw = self.dice.throw(Matter::Harm, &name(link, way, message));
        let harm = self.harm(hop, message, &mut throw);
        let mut frame = Vec::with_capacity(256);
        let forged = (harm == Some(Harm::Forged)).then(|| forge(message));
        let station = &mut self.nodes[node].station;
        let code = mac.map(|key| {
            move |covered: &[u8]| {
                let code = station.mac(key, covered)?;
                // One bit is enough: an 8-digit code stays one of digits.
                let wrong = u8::from(harm == Some(Harm::Forged));
                Some(Mac(code.0.map(|byte| byte ^ wrong)))
            }
        });
        match wire::pack(to, cast::institution(node), forged.as_ref().unwrap_or(message), code, &mut frame) {
            Ok(()) => {}
            // As at the production rim: a message does not leave without its code.
            Err(wire::PackFault::NoKey) => {
                return self.note(|| format!("{} cannot code its {}", cast::call_name(node), message.mti));
            }
            Err(wire::PackFault::Value(fault)) => {
                let detail = format!("{} cannot send its {} on {hop}: {fault:?}", cast::call_name(node), message.mti);
                return self.auditor.accuse("wires", self.now, detail);
            }
        }
        self.auditor.crossed(self.now, hop, message);
        self.digest.take(6, &frame);
        if self.walk.is_some() {
            let told = self.told(link, way, message, harm);
            self.note(|| told);
        }
        self.carry(link, way, message, frame, harm);
    }

    /// A message in a line of a walk.
    fn told(&self, link: usize, way: usize, message: &Message, harm: Option<Harm>) -> String {
        let line = &self.links[link];
        let (hop, from, to) = (line.hops[way], line.ends[way].node, line.ends[1 - way].node);
        let code = message.code.map_or(String::new(), |code| format!(" [{code}]"));
        let amount = message.amount.map_or(String::new(), |amount| format!(" {amount}"));
        let stan = message.stan.map_or(0, |stan| stan.number());
        let deaf = if self.now < line.deaf[way] { "  (nobody hears it)" } else { "" };
        let harm = harm.map_or(String::new(), |harm| format!("  ✂ {}", harm.word()));
        let (from, to) = (cast::call_name(from), cast::call_name(to));
        format!("{hop} {from}→{to} {}{amount} #{stan:06}{code}{harm}{deaf}", message.mti)
    }

    fn harm(&mut self, hop: &'static str, message: &Message, throw: &mut Throw) -> Option<Harm> {
        let mti = message.mti.0;
        let place = Place::Hop(hop, mti);
        let (nth, ordered) = if self.doubles_meet {
            self.orders.meet_double(place, self.now, message.stan.map_or(0, |stan| stan.number()))
        } else {
            self.orders.meet(place)
        };
        let harm = match ordered {
            Some(Fate::Harm(harm)) => Some(harm),
            _ => self.rates.harm(&mut throw.chance).filter(|_| self.dice.may(throw)),
        };
        // A message without MAC (sign-on, a member that asks for a key) has none to be wrong.
        let cut = matches!(message.network_code, Some(CUT_BEGINS | CUT_ENDS));
        let bare = matches!((hop, mti), ("L1" | "L6", 800 | 810) | ("L2" | "L3" | "L4" | "L5", 820 | 830)) && !cut;
        let harm = harm.filter(|harm| *harm != Harm::Forged || !bare)?;
        self.orders.struck(Struck::At { id: throw.id, place, nth, fate: Fate::Harm(harm) });
        self.situations.insert(Situation::Message(hop, mti, harm.word()));
        if Correct::of(message).is_some() {
            self.situations.insert(Situation::Correction(hop, harm.word()));
        }
        if Step::of(message).is_some() {
            self.situations.insert(Situation::Dispute(hop, harm.word()));
        }
        Some(harm)
    }

    fn carry(&mut self, link: usize, way: usize, message: &Message, mut frame: Vec<u8>, harm: Option<Harm>) {
        let life = self.links[link].life;
        let wire_ms = self.dice.throw(Matter::Wire, &name(link, way, message)).chance.span(2, 12);
        if harm == Some(Harm::Lost) || self.now < self.links[link].deaf[way] {
            return;
        }
        let length_bytes = self.links[link].length_bytes();
        let spoil = |frame: &mut Vec<u8>, bit: usize| {
            let at = length_bytes + bit / 8 % (frame.len() - length_bytes);
            frame[at] ^= 1 << (bit % 8);
        };
        let (mut again, mut harm) = (None, harm);
        match harm {
            Some(Harm::Garbled(bit)) => spoil(&mut frame, bit),
            Some(Harm::Twice(ms)) => again = Some((ms, frame.clone(), None)),
            Some(Harm::Spoilt(ms, bit)) => {
                let good = frame.clone();
                spoil(&mut frame, bit);
                // An odd bit spoils the copy that comes first.
                if bit % 2 == 0 {
                    again = Some((ms, std::mem::replace(&mut frame, good), Some(Harm::Garbled(bit))));
                } else {
                    again = Some((ms, good, None));
                    harm = Some(Harm::Garbled(bit));
                }
            }
            _ => {}
        }
        let at = self.links[link].arrival(way, self.now, wire_ms, harm);
        self.queue.push(at, Event::Arrive { link, way, life, frame, harm });
        if let Some((ms, frame, harm)) = again {
            self.queue.push(at.plus_ms(ms), Event::Arrive { link, way, life, frame, harm });
        }
    }

    pub(crate) fn arrive(&mut self, link: usize, way: usize, life: u64, frame: &[u8], harm: Option<Harm>) {
        let line = &self.links[link];
        if !line.up || line.life != life {
            return;
        }
        if harm == Some(Harm::Cut) {
            // The rest of the frame never comes: whoever reads it drops what it has, and the line.
            self.drop_line(link);
            return self.queue.push(self.now.plus_ms(200), Event::Connect { link });
        }
        // A frame that does not decode is counted by the rim and goes no further.
        let Ok(unpacked) = wire::unpack(line.family(), &frame[line.length_bytes()..]) else { return };
        let from = line.sender(way, unpacked.tpdu, unpacked.header);
        let (node, hop) = (line.ends[1 - way].node, line.hops[way]);
        let message = unpacked.message;
        // A spoilt message can look like anything.
        if !matches!(harm, Some(Harm::Garbled(_) | Harm::Forged)) {
            self.seen(hop, node, &message);
        }
        if let (_, Some(Fate::Stop(point, after))) = self.orders.meet(Place::Arrival(hop, message.mti.0)) {
            self.nodes[node].doomed = Some((point, after));
        }
        self.feed(node, Feed::Heard(from, message, unpacked.mac_data));
    }

    /// What a message meets at its receiver, and which answers the tills were given.
    fn seen(&mut self, hop: &'static str, node: usize, message: &Message) {
        let mti = message.mti.0;
        // Management, settlement and what a chip says of a command speak of no exchange by their own number.
        let script = matches!(mti, 620 | 630) && message.till60.and_then(|till| till.management) != Some(953);
        if script || matches!(mti, 320 | 330 | 500 | 510 | 800..=899) {
            return;
        }
        // The answer to a spoilt message names whatever the spoilt number was: to one whose code does not fit, or that nobody could
        // look at.
        let unread = [ResponseCode::MAC_ERROR, ResponseCode::MALFUNCTION];
        let spoilt = message.mti.is_answer() && message.code.is_some_and(|code| unread.contains(&code));
        // A correction is about an exchange that had its end, and has situations of its own.
        let spoilt = spoilt || Correct::of(message).is_some() || Step::of(message).is_some();
        if let Some(state) = self.auditor.books.standing(node, message).filter(|_| !spoilt) {
            self.situations.insert(Situation::Met(cast::name(node), mti, state));
        }
        self.keyed(hop, message);
        if let ("L6", 110 | 210 | 230, Some(code), Some(kind)) = (hop, mti, message.code, message.kind()) {
            self.situations.insert(Situation::Code(kind, code));
        }
    }

    /// Which keys were used for what.
    fn keyed(&mut self, hop: &'static str, message: &Message) {
        let pin = message.any_pin();
        if let ("L2" | "L3", Some(pin)) = (hop, pin) {
            let width = if matches!(pin, AnyPin::Wide(_)) { "wide" } else { "narrow" };
            self.situations.insert(Situation::Zone(hop, width));
        }
        let Some(seat) = message.terminal.as_ref().and_then(cast::seat_of) else { return };
        let what = [
            (hop == "L1" && pin.is_some(), KEYED[0]),
            (hop == "L1" && message.closed_track.is_some(), KEYED[1]),
            (hop == "L6" && message.mti.0 == 210 && message.code == Some(ResponseCode::APPROVED), KEYED[2]),
            (hop == "L1" && message.mti.0 == 400, KEYED[3]),
        ];
        let scheme = cast::KEYING[seat].scheme.word();
        self.situations.extend(what.iter().filter(|(done, _)| *done).map(|(_, word)| Situation::Keyed(scheme, word)));
    }

    /// A line drops: what is on its way is lost, and each end notices by itself, sometimes late.
    pub(crate) fn drop_line(&mut self, link: usize) {
        if !self.links[link].up {
            return;
        }
        self.links[link].up = false;
        self.links[link].life += 1;
        let life = self.links[link].life;
        let mut throw = self.dice.throw(Matter::Line, &[link as u64, life]);
        for end in 0..2 {
            let soon = throw.chance.chance(850);
            let after_ms = if soon { throw.chance.span(0, 50) } else { throw.chance.span(50, 60_000) };
            self.queue.push(self.now.plus_ms(after_ms), Event::Notice { link, end, life });
        }
        self.note(|| format!("line {link} drops"));
    }

    /// One end notices that its line is gone, unless a new connection stands by now: then it never knew.
    pub(crate) fn notice(&mut self, link: usize, end: usize, life: u64) {
        let line = &mut self.links[link];
        if line.life == life && !line.up {
            self.tell(link, end, false);
        }
    }

    /// A line comes up, if both ends are on; otherwise the end that comes on later connects it.
    pub(crate) fn connect(&mut self, link: usize) {
        let line = &self.links[link];
        if line.up || !line.ends.iter().all(|end| self.nodes[end.node].station.is_on()) {
            return;
        }
        let line = &mut self.links[link];
        line.up = true;
        line.life += 1;
        line.last = [self.now; 2];
        self.note(|| format!("line {link} is up"));
        for end in 0..2 {
            self.tell(link, end, true);
        }
    }

    fn tell(&mut self, link: usize, end: usize, up: bool) {
        let end = &mut self.links[link].ends[end];
        if end.told_up == up {
            return;
        }
        end.told_up = up;
        let node = end.node;
        if let Some(peer) = end.peer {
            self.feed(node, Feed::Hand(Hand::Link { peer, up }));
        }
    }
}

/// A message's name for the dice: its line and way, type and numbers.
fn name(link: usize, way: usize, message: &Message) -> [u64; 4] {
    let stan = message.stan.map_or(0, |stan| u64::from(stan.number()));
    let about = message.till60.map_or(0, |till| u64::from(till.batch.0));
    [(link * 2 + way) as u64, u64::from(message.mti.0), stan, about]
}

/// What a forger without the key makes of a message: of a refusal an approval, of an approval a refusal, of a reversal that was
/// not taken one that was. Nobody may believe it.
fn forge(message: &Message) -> Message {
    let mut forged = message.clone();
    match (message.mti.0 / 100, message.mti.is_answer(), message.code) {
        (2, true, Some(ResponseCode::APPROVED)) => {
            (forged.code, forged.auth) = (Some(ResponseCode::INSUFFICIENT_FUNDS), None);
        }
        (2, true, _) => {
            forged.code = Some(ResponseCode::APPROVED);
            forged.auth = forged.auth.or(AuthCode::new("000000").ok());
        }
        (4, true, _) => forged.code = Some(ResponseCode::APPROVED),
        // The code of a new key comes from its maker and not from the line.
        (8, false, _) => forged.mac = forged.mac.map(|code| Mac(code.0.map(|byte| byte ^ 1))),
        _ => {}
    }
    forged
}

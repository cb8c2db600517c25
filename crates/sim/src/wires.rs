//! What happens on the lines of a world: frames packed, harmed, carried and unpacked; lines that drop and come back.

use crate::fault::Harm;
use crate::link;
use crate::situation;
use crate::station::Feed;
use crate::world::{Event, World};
use slipway_node::{Hand, Peer};
use slipway_runtime::wire;
use slipway_terms::{AuthCode, Mac, MacKey, Message, ResponseCode};

impl World {
    /// A node sends one message. Without a line it is lost, as at the production rim.
    pub(crate) fn send(&mut self, node: usize, to: Peer, message: &Message, mac: Option<&MacKey>) {
        let Some((link, way)) = link::route(&self.links, node, &to).filter(|(link, _)| self.links[*link].up) else {
            self.note(|| format!("{} has no line for {}", crate::cast::name(node), message.mti));
            return;
        };
        let hop = self.links[link].hops[way];
        let mut frame = Vec::with_capacity(256);
        let harm = self.harm(hop, message);
        let forged = (harm == Some(Harm::Forged)).then(|| forge(message));
        let message = forged.as_ref().unwrap_or(message);
        let station = &mut self.nodes[node].station;
        let code = mac.map(|key| {
            move |covered: &[u8]| {
                let code = station.mac(key, covered)?;
                // One bit is enough: an 8-digit code stays one of digits.
                let wrong = u8::from(harm == Some(Harm::Forged));
                Some(Mac(code.0.map(|byte| byte ^ wrong)))
            }
        });
        if let Err(fault) = wire::pack(to, crate::cast::institution(node), message, code, &mut frame) {
            let detail = format!("{} cannot send its {} on {hop}: {fault:?}", crate::cast::name(node), message.mti);
            return self.auditor.accuse("wires", self.now, detail);
        }
        self.digest.take(6, &frame);
        self.note(|| {
            let code = message.code.map_or(String::new(), |code| format!(" {code}"));
            let harm = harm.map_or("", Harm::word);
            format!("{hop} {}{code} {} {harm}", message.mti, message.stan.map_or(0, |stan| stan.number()))
        });
        self.carry(link, way, frame, harm);
    }

    fn harm(&mut self, hop: &'static str, message: &Message) -> Option<Harm> {
        let mti = message.mti.0;
        let harm = match self.ordered(hop, message) {
            Some(harm) => Some(harm),
            None => self.rates.harm(&mut self.chance),
        };
        // A message without MAC (sign-on) has none to be wrong.
        let harm = harm.filter(|harm| *harm != Harm::Forged || !matches!(mti, 800 | 810))?;
        self.situations.insert(situation::of_message(hop, mti, harm.word()));
        Some(harm)
    }

    fn carry(&mut self, link: usize, way: usize, mut frame: Vec<u8>, harm: Option<Harm>) {
        let life = self.links[link].life;
        let wire_ms = self.chance.span(2, 12);
        match harm {
            Some(Harm::Lost) => return,
            Some(Harm::Garbled) => {
                let from = self.links[link].length_bytes();
                let at = from + self.chance.below(frame.len() - from);
                frame[at] ^= 1 << self.chance.below(8);
            }
            Some(Harm::Twice) => {
                let again_ms = if self.chance.chance(500) { 0 } else { self.chance.span(1, 40_000) };
                let at = self.now.plus_ms(wire_ms + again_ms);
                self.queue.push(at, Event::Arrive { link, way, life, frame: frame.clone() });
            }
            Some(Harm::Late(_) | Harm::Forged) | None => {}
        }
        let at = self.links[link].arrival(way, self.now, wire_ms, harm);
        self.queue.push(at, Event::Arrive { link, way, life, frame });
    }

    pub(crate) fn arrive(&mut self, link: usize, way: usize, life: u64, frame: &[u8]) {
        let line = &self.links[link];
        if !line.up || line.life != life {
            return;
        }
        // A frame that does not decode is counted by the rim and goes no further.
        let Ok(unpacked) = wire::unpack(line.family(), &frame[line.length_bytes()..]) else { return };
        let from = line.sender(way, unpacked.tpdu, unpacked.header);
        let (node, hop) = (line.ends[1 - way].node, line.hops[way]);
        self.seen(hop, &unpacked.message);
        self.arriving(hop, node, &unpacked.message);
        self.feed(node, Feed::Heard(from, unpacked.message, unpacked.mac_data));
    }

    /// Which answers the tills were given.
    fn seen(&mut self, hop: &str, message: &Message) {
        if hop == "L6"
            && message.mti.0 == 210
            && let Some(code) = message.code
        {
            self.situations.insert(situation::of_code(code.as_str()));
        }
    }

    /// A line drops: what is on its way is lost, and each end notices by itself, sometimes late.
    pub(crate) fn drop_line(&mut self, link: usize) {
        if !self.links[link].up {
            return;
        }
        self.links[link].up = false;
        self.links[link].life += 1;
        let life = self.links[link].life;
        for end in 0..2 {
            let after_ms = if self.chance.chance(850) { self.chance.span(0, 50) } else { self.chance.span(50, 60_000) };
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

/// What a forger without the key makes of a message: a refusal becomes an approval. Nobody may believe it.
fn forge(message: &Message) -> Message {
    let mut forged = message.clone();
    if message.mti.is_answer() && message.mti.0 / 100 == 2 {
        forged.code = Some(ResponseCode::APPROVED);
        forged.auth = forged.auth.or(AuthCode::new("000000").ok());
    }
    forged
}

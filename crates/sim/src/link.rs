//! The lines between the nodes: frames in order, each way with its own delay, up or down, and what each end calls the other.
//! They carry real bytes; what a node is told of a line is what the production rim tells it.

use crate::cast::{self, ACQUIRERS, ISSUERS, SEATS, SWITCH};
use crate::fault::Harm;
use slipway_iso8583::Family;
use slipway_node::{Line, Peer};
use slipway_terms::Moment;

/// One end of a line.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// The node.
    pub node: usize,
    /// What this node calls the other end; `None` at the acquirer's side of a till, whose name is the connection's.
    pub peer: Option<Peer>,
    /// Whether the node was told that the line is up.
    pub told_up: bool,
}

/// A line. Way 0 is towards the issuer.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its ends, the one nearer to the cardholder first.
    pub ends: [End; 2],
    /// The hops of both ways.
    pub hops: [&'static str; 2],
    /// Whether it carries.
    pub up: bool,
    /// Counts connections; what was sent on an older one never arrives. The number of a till's connection at the acquirer.
    pub life: u64,
    /// When the last frame in order arrives, each way.
    pub last: [Moment; 2],
    /// Ways on which nothing arrives although the line is up, until then.
    pub deaf: [Moment; 2],
}

impl Link {
    /// Whether a till is at its near end.
    pub const fn is_till(&self) -> bool {
        self.ends[0].node < ACQUIRERS[0]
    }

    /// Which family its frames are.
    pub const fn family(&self) -> Family {
        if self.is_till() { Family::Pos } else { Family::Cups }
    }

    /// Bytes of the length in front of a frame.
    pub const fn length_bytes(&self) -> usize {
        if self.is_till() { 2 } else { 4 }
    }

    /// Who a frame of this way comes from, as the receiver calls it.
    pub fn sender(&self, way: usize, tpdu: [u8; 5], header: [u8; 6]) -> Peer {
        self.ends[1 - way].peer.unwrap_or(Peer::Line(Line { no: self.life, tpdu, header }))
    }

    /// When a frame sent now arrives: in order, unless it is late, when later ones overtake it.
    pub fn arrival(&mut self, way: usize, now: Moment, wire_ms: i64, harm: Option<Harm>) -> Moment {
        if let Some(Harm::Late(ms)) = harm {
            return now.plus_ms(wire_ms + ms);
        }
        let at = now.plus_ms(wire_ms).max(self.last[way]);
        self.last[way] = at;
        at
    }
}

/// All lines: one per till, one per acquirer to the switch, one per issuer; all down.
pub fn links() -> Vec<Link> {
    let line = |near: usize, far: usize, near_peer, far_peer, hops| Link {
        ends: [
            End { node: near, peer: Some(near_peer), told_up: false },
            End { node: far, peer: far_peer, told_up: false },
        ],
        hops,
        up: false,
        life: 0,
        last: [Moment(0); 2],
        deaf: [Moment(0); 2],
    };
    let mut all: Vec<Link> = (0..SEATS)
        .map(|seat| {
            let far = cast::acquirer_of(seat);
            line(cast::device_of(seat), far, Peer::Host(cast::terminal(seat)), None, ["L1", "L6"])
        })
        .collect();
    let member = |node| cast::institution(node).map(Peer::Member);
    for acquirer in ACQUIRERS {
        all.push(line(acquirer, SWITCH, Peer::Switch, member(acquirer), ["L2", "L5"]));
    }
    for issuer in ISSUERS {
        if let Some(peer) = member(issuer) {
            all.push(line(SWITCH, issuer, peer, Some(Peer::Switch), ["L3", "L4"]));
        }
    }
    for (no, link) in all.iter_mut().enumerate() {
        // Connection numbers of different lines never meet: an answer to a dead one goes nowhere.
        link.life = (no as u64 + 1) << 32;
    }
    all
}

/// The line on which `node` reaches `peer`, and the way.
pub fn route(links: &[Link], node: usize, peer: &Peer) -> Option<(usize, usize)> {
    links.iter().enumerate().find_map(|(no, link)| {
        let way = link.ends.iter().position(|end| end.node == node)?;
        let reaches = match (peer, &link.ends[way].peer) {
            (Peer::Line(line), None) => line.no == link.life,
            (peer, Some(named)) => peer == named,
            _ => false,
        };
        reaches.then_some((no, way))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hop_is_a_way_of_a_line() {
        let links = links();
        let mut hops: Vec<_> = links.iter().flat_map(|link| link.hops).collect();
        hops.sort_unstable();
        hops.dedup();
        assert_eq!(hops, ["L1", "L2", "L3", "L4", "L5", "L6"]);
        assert_eq!(route(&links, ACQUIRERS[0], &Peer::Switch).map(|(_, way)| way), Some(0));
        assert_eq!(
            route(&links, SWITCH, &Peer::Member(cast::institution(ACQUIRERS[0]).unwrap())).map(|(_, way)| way),
            Some(1)
        );
        let line = Line { no: links[2].life, tpdu: [0; 5], header: [0; 6] };
        assert_eq!(route(&links, ACQUIRERS[0], &Peer::Line(line)), Some((2, 1)));
        assert_eq!(route(&links, ACQUIRERS[0], &Peer::Line(Line { no: 7, ..line })), None);
    }

    #[test]
    fn frames_stay_in_order_unless_late() {
        let mut link = links().remove(0);
        let now = Moment(1000);
        assert_eq!(link.arrival(0, now, 50, None), Moment(1050));
        assert_eq!(link.arrival(0, now, 10, None), Moment(1050));
        assert_eq!(link.arrival(0, now, 10, Some(Harm::Late(500))), Moment(1510));
        assert_eq!(link.arrival(0, now, 60, Some(Harm::Twice(0))), Moment(1060));
        assert_eq!(link.arrival(1, now, 10, None), Moment(1010));
    }
}

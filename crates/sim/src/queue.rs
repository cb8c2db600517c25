//! Simulated time: what will happen, in order of time and then of asking. The only clock of a world.

use slipway_terms::Moment;
use std::collections::BTreeMap;

/// Where every world begins: 2026-11-23 10:00:00 at UTC+8.
pub const EPOCH: Moment = Moment(1_795_399_200_000);

/// Events in order of time, then of asking.
#[derive(Debug)]
pub struct Queue<E> {
    events: BTreeMap<(Moment, u64), E>,
    asked: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { events: BTreeMap::new(), asked: 0 }
    }
}

impl<E> Queue<E> {
    /// Something will happen.
    pub fn push(&mut self, at: Moment, event: E) {
        self.asked += 1;
        self.events.insert((at, self.asked), event);
    }

    /// When something happens next.
    pub fn next_at(&self) -> Option<Moment> {
        self.events.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next event.
    pub fn pop(&mut self) -> Option<(Moment, E)> {
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }

    /// All that waits, in order.
    pub fn waiting(&self) -> impl Iterator<Item = &E> {
        self.events.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_first_then_order_of_asking() {
        let mut queue = Queue::default();
        for (ms, name) in [(5, 'c'), (1, 'a'), (5, 'd'), (3, 'b')] {
            queue.push(EPOCH.plus_ms(ms), name);
        }
        let order: String = std::iter::from_fn(|| queue.pop()).map(|(_, name)| name).collect();
        assert_eq!(order, "abcd");
        assert_eq!(EPOCH.to_string(), "2026-11-23 10:00:00");
    }
}

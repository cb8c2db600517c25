//! Several lines as one: the next that is up takes the request.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use super::{AskFault, Client, Stray};

/// Lines to one host or to several of equal right.
pub struct Pool {
    lines: Vec<Client>,
    next: AtomicUsize,
}

impl Pool {
    /// A pool of these lines.
    #[must_use]
    pub fn new(lines: Vec<Client>) -> Pool {
        Pool { lines, next: AtomicUsize::new(0) }
    }

    /// How many are up.
    #[must_use]
    pub fn up(&self) -> usize {
        self.lines.iter().filter(|line| line.is_up()).count()
    }

    /// Sends by the next line that is up. Only a line on which nothing was sent makes way for another: a request that may have
    /// arrived is never sent twice.
    ///
    /// # Errors
    /// As [`Client::ask`]; `Down` when no line is up.
    pub fn ask(&self, request: &[u8], due: Duration) -> Result<Vec<u8>, AskFault> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for step in 0..self.lines.len() {
            let Some(line) = self.lines.get((first.wrapping_add(step)) % self.lines.len()) else { continue };
            match line.ask(request, due) {
                Err(AskFault::Down) => {}
                answered => return answered,
            }
        }
        Err(AskFault::Down)
    }

    /// The next message that nobody waited for, of any line.
    #[must_use]
    pub fn stray(&self) -> Option<Stray> {
        self.lines.iter().find_map(|line| line.stray(Duration::ZERO))
    }
}

//! Where keys and nonces come from: the system in production, a seed in the simulator.
//! Must never: fall back to a weaker source when the given one fails.

/// A source of random bytes. Every key, nonce and salt of the vault comes through this one door, so that a simulated
/// world can be replayed from its seed; production uses [`SystemRandom`].
pub trait Random {
    /// Fills `out` completely.
    ///
    /// # Errors
    /// [`NoRandom`] when the source cannot; `out` is then worthless.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom>;
}

/// The source of random bytes failed; nothing was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandom;

impl core::fmt::Display for NoRandom {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the source of random bytes failed")
    }
}

impl core::error::Error for NoRandom {}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        getrandom::fill(out).map_err(|_| NoRandom)
    }
}

/// A closure is a source too: this is how a simulator brings its seed.
impl<F: FnMut(&mut [u8])> Random for F {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        self(out);
        Ok(())
    }
}

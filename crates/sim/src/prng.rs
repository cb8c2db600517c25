//! The one source of chance of a simulated world: xoshiro256** seeded by splitmix64. The same seed draws the same numbers on
//! every machine; nothing here may ever read a clock, an address or the system's randomness.

/// A stream of numbers. Forks are independent, so that one more draw in one matter does not move the others.
#[derive(Clone, Debug)]
pub struct Prng([u64; 4]);

impl Prng {
    /// The stream of this seed.
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }))
    }

    /// An independent stream for one matter of the same world.
    pub fn of(seed: u64, matter: u64) -> Self {
        Self::new(seed ^ matter.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let out = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// 0..`n`; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        if n == 0 { 0 } else { usize::try_from(self.bits() % n).unwrap_or(0) }
    }

    /// `from`..=`to`.
    pub fn span(&mut self, from: i64, to: i64) -> i64 {
        let wide = u64::try_from(to - from).map_or(1, |w| w + 1);
        from + i64::try_from(self.bits() % wide).unwrap_or(0)
    }

    /// True in `permille` of a thousand cases.
    pub fn chance(&mut self, permille: u32) -> bool {
        permille > 0 && self.bits() % 1000 < u64::from(permille)
    }

    /// One of these; they must not be empty.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// The place of one of these weights, in proportion.
    pub fn weighed(&mut self, weights: &[u32]) -> usize {
        let mut left = self.bits() % u64::from(weights.iter().sum::<u32>().max(1));
        for (at, weight) in weights.iter().enumerate() {
            if left < u64::from(*weight) {
                return at;
            }
            left -= u64::from(*weight);
        }
        0
    }

    /// Random bytes, for the vaults of the world.
    pub fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let bytes = self.bits().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Prng;

    #[test]
    fn one_seed_one_stream_and_forks_differ() {
        let draw = |mut p: Prng| (0..8).map(|_| p.bits()).collect::<Vec<_>>();
        assert_eq!(draw(Prng::new(7)), draw(Prng::new(7)));
        assert_ne!(draw(Prng::new(7)), draw(Prng::new(8)));
        assert_ne!(draw(Prng::of(7, 1)), draw(Prng::of(7, 2)));
    }

    #[test]
    fn draws_stay_inside() {
        let mut p = Prng::new(1);
        for _ in 0..1000 {
            assert!(p.below(3) < 3 && (-2..=5).contains(&p.span(-2, 5)) && p.weighed(&[0, 1, 0]) == 1);
        }
        assert!(!p.chance(0) && p.chance(1000) && p.below(0) == 0);
        let hits = (0..10_000).filter(|_| p.chance(250)).count();
        assert!((2200..2800).contains(&hits), "{hits}");
    }
}

//! Which fields a message has, as a set of bits: fields 0 to 192, where 0 and 1 exist in parts only.
//! Knows how bitmaps stand on the wire as 64-bit words, not how their bytes are written.

/// Field `n` is bit `63 - n % 64` of word `n / 64`, so that leading zeros give the next number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits([u64; 4]);

const TOP: u64 = 1 << 63;

impl Bits {
    #[inline]
    pub(crate) const fn has(&self, n: u8) -> bool {
        self.0[(n >> 6) as usize] & (TOP >> (n & 63)) != 0
    }

    #[inline]
    pub(crate) const fn set(&mut self, n: u8) {
        self.0[(n >> 6) as usize] |= TOP >> (n & 63);
    }

    #[inline]
    pub(crate) const fn clear(&mut self, n: u8) {
        self.0[(n >> 6) as usize] &= !(TOP >> (n & 63));
    }

    /// From primary, secondary and tertiary bitmap; bit 1 of the primary is field 1.
    #[inline]
    pub(crate) const fn from_wire([a, b, c]: [u64; 3]) -> Bits {
        Bits([a >> 1, a << 63 | b >> 1, b << 63 | c >> 1, c << 63])
    }

    /// Primary, secondary and tertiary bitmap.
    #[inline]
    pub(crate) const fn to_wire(self) -> [u64; 3] {
        let [w, x, y, z] = self.0;
        [w << 1 | x >> 63, x << 1 | y >> 63, y << 1 | z >> 63]
    }

    /// The numbers in it, ascending.
    #[inline]
    pub(crate) fn numbers(self) -> Numbers {
        let [first, ..] = self.0;
        Numbers { words: self.0, word: first, base: 0 }
    }
}

/// See [`Bits::numbers`].
pub(crate) struct Numbers {
    words: [u64; 4],
    word: u64,
    base: u8,
}

impl Iterator for Numbers {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        while self.word == 0 {
            if self.base == 192 {
                return None;
            }
            self.base += 64;
            self.word = self.words[(self.base >> 6) as usize];
        }
        let lead = self.word.leading_zeros() as u8;
        self.word &= !(TOP >> lead);
        Some(self.base + lead)
    }
}

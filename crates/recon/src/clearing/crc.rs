//! CRC-64/XZ: finds every accident of a medium or a line. It is no seal; who sent a file is proven by the line it came on.

const POLY: u64 = 0xC96C_5795_D787_0F42;

const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut word = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            word = if word & 1 == 1 { word >> 1 ^ POLY } else { word >> 1 };
            bit += 1;
        }
        table[byte] = word;
        byte += 1;
    }
    table
};

/// A running checksum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Crc(u64);

impl Crc {
    /// Of no bytes yet.
    pub const NEW: Self = Self(u64::MAX);

    /// Takes more bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let at = (self.0 ^ u64::from(*byte)) & 0xFF;
            self.0 = TABLE[usize::try_from(at).unwrap_or(0)] ^ self.0 >> 8;
        }
    }

    /// Of all bytes taken.
    pub const fn value(self) -> u64 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn agrees_with_the_published_check_value() {
        let mut crc = super::Crc::NEW;
        crc.add(b"1234");
        crc.add(b"56789");
        assert_eq!(crc.value(), 0x995D_C9BB_DF19_39FA);
    }
}

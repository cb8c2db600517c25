//! A text as short messages: in the telephone's own alphabet where it can be, else in UCS-2; cut where it is too long for one.

use rusmpp_core::values::DataCoding;

/// The alphabet of GSM 03.38, by code.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// What stands behind an escape.
const MORE: [(char, u8); 10] = [
    ('\u{c}', 0x0A),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2F),
    ('[', 0x3C),
    ('~', 0x3D),
    (']', 0x3E),
    ('|', 0x40),
    ('€', 0x65),
];
const ESCAPE: u8 = 0x1B;

/// Codes of one message, and of a part of several: seven bits each, with the 6 octets of the part's header.
const GSM_WHOLE: usize = 160;
const GSM_PART: usize = 153;
/// Octets of one message in UCS-2, and of a part of several.
const UCS2_WHOLE: usize = 140;
const UCS2_PART: usize = 134;

/// A text and the alphabet it is in. Each unit is what must not be cut.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coded {
    /// How the centre must read it.
    pub coding: DataCoding,
    units: Vec<Vec<u8>>,
}

impl Coded {
    /// Finds the alphabet.
    pub fn new(text: &str) -> Self {
        let gsm = |c: char| {
            let code = GSM.chars().position(|known| known == c && c != '\u{1b}').and_then(|at| u8::try_from(at).ok());
            let more = || MORE.iter().find(|(known, _)| *known == c).map(|(_, code)| vec![ESCAPE, *code]);
            code.map(|code| vec![code]).or_else(more)
        };
        if let Some(units) = text.chars().map(gsm).collect::<Option<Vec<_>>>() {
            return Self { coding: DataCoding::McSpecific, units };
        }
        let ucs2 = |c: char| c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()).collect();
        Self { coding: DataCoding::Ucs2, units: text.chars().map(ucs2).collect() }
    }

    /// All of it.
    pub fn whole(&self) -> Vec<u8> {
        self.units.concat()
    }

    /// Whether it fits into one message.
    pub fn is_short(&self) -> bool {
        let most = if self.coding == DataCoding::Ucs2 { UCS2_WHOLE } else { GSM_WHOLE };
        self.whole().len() <= most
    }

    /// The messages: one without a header, or parts with one each. `reference` names them as of one text; the same text has the same,
    /// so that a telephone which gets a part twice can know it.
    pub fn parts(&self, reference: u8) -> Vec<Vec<u8>> {
        if self.is_short() {
            return vec![self.whole()];
        }
        let most = if self.coding == DataCoding::Ucs2 { UCS2_PART } else { GSM_PART };
        let mut texts: Vec<Vec<u8>> = vec![Vec::new()];
        for unit in &self.units {
            if texts.last().is_none_or(|last| last.len() + unit.len() > most) {
                texts.push(Vec::new());
            }
            if let Some(last) = texts.last_mut() {
                last.extend(unit);
            }
        }
        let total = u8::try_from(texts.len()).unwrap_or(u8::MAX);
        (1..=total)
            .zip(texts)
            .map(|(nth, text)| [&[0x05, 0x00, 0x03, reference, total, nth][..], &text].concat())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_128_places() {
        assert_eq!(GSM.chars().count(), 128);
        for (text, code) in [("@", 0), ("$", 2), ("\n", 10), (" ", 32), ("A", 65), ("z", 122), ("à", 127)] {
            assert_eq!(Coded::new(text).whole(), [code], "{text}");
        }
        assert_eq!(Coded::new("€").whole(), [0x1B, 0x65]);
    }

    #[test]
    fn chinese_goes_in_ucs2() {
        let coded = Coded::new("消费88元");
        assert_eq!(coded.coding, DataCoding::Ucs2);
        assert_eq!(coded.whole(), [0x6d, 0x88, 0x8d, 0x39, 0, 0x38, 0, 0x38, 0x51, 0x43]);
        assert_eq!(Coded::new("paid CNY 88.00").coding, DataCoding::McSpecific);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let check = |text: &str, lens: &[usize]| {
            let parts = Coded::new(text).parts(7);
            assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), lens, "{} characters", text.chars().count());
            if parts.len() > 1 {
                for (part, nth) in parts.iter().zip(1..) {
                    assert_eq!(&part[..6], [5, 0, 3, 7, u8::try_from(parts.len()).unwrap(), nth]);
                }
            }
        };
        check(&"a".repeat(160), &[160]);
        check(&"a".repeat(161), &[159, 14]);
        check(&"元".repeat(70), &[140]);
        check(&"元".repeat(71), &[140, 14]);
        // The escape stays with its character, and both halves of a character beyond the first plane stay together.
        check(&format!("{}€{}", "a".repeat(152), "b".repeat(10)), &[158, 18]);
        check(&format!("{}\u{20000}{}", "元".repeat(66), "元".repeat(10)), &[138, 30]);
    }
}

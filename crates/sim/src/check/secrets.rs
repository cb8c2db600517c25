//! `secrets`: no card number, track, PIN or key of the test set in any byte that was stored, shown, printed or told, neither
//! raw nor as hex, packed digits, base64 or backwards (rules 11).

use crate::cast;

/// All forms of all secrets of the cast, found by their first two bytes: every byte of a world passes here.
pub struct Secrets {
    forms: Vec<(String, Vec<u8>)>,
    by_start: Vec<Vec<usize>>,
}

impl core::fmt::Debug for Secrets {
    /// Never the forms.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Secrets({} forms)", self.forms.len())
    }
}

impl Secrets {
    /// Of the test cards and test keys.
    pub fn of_the_cast() -> Self {
        let mut forms = Vec::new();
        for (no, card) in cast::CARDS.iter().enumerate() {
            digits(&format!("number of card {no}"), &card.number(), &mut forms);
            let stripe = card.stripe();
            let rest = stripe.split('=').nth(1).unwrap_or_default();
            digits(&format!("stripe of card {no}"), rest, &mut forms);
            text(&format!("PIN of card {no}"), card.pin.as_bytes(), &mut forms);
            let mut block = vec![u8::try_from(card.pin.len()).unwrap_or(0)];
            block.extend(packed(card.pin.as_bytes()));
            block.resize(8, 0xFF);
            forms.push((format!("PIN block of card {no}"), block));
        }
        text("operator password", cast::PASSWORD.as_bytes(), &mut forms);
        for (no, key) in cast::keys().iter().enumerate() {
            let name = format!("key {no}");
            for half in key.chunks(8) {
                text(&name, half, &mut forms);
            }
        }
        let mut by_start = vec![Vec::new(); 1 << 16];
        for (no, (_, form)) in forms.iter().enumerate() {
            if let [first, second, ..] = form.as_slice() {
                by_start[start(*first, *second)].push(no);
            }
        }
        Self { forms, by_start }
    }

    /// Which secret stands in these bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<&str> {
        bytes.windows(2).enumerate().find_map(|(at, pair)| {
            let hit =
                self.by_start[start(pair[0], pair[1])].iter().find(|no| bytes[at..].starts_with(&self.forms[**no].1));
            hit.map(|no| self.forms[*no].0.as_str())
        })
    }
}

fn start(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

/// Digits: as text, and packed two to a byte from the first or the second digit on, forwards and backwards.
fn digits(name: &str, digits: &str, forms: &mut Vec<(String, Vec<u8>)>) {
    let ascii = digits.as_bytes();
    text(name, ascii, forms);
    for form in [packed(ascii), packed(&ascii[1..])] {
        let backwards = form.iter().rev().copied().collect();
        forms.push((format!("{name}, packed"), form));
        forms.push((format!("{name}, packed, backwards"), backwards));
    }
}

/// Bytes: raw, backwards, as hex of both cases, and in base64 from each of the three places.
fn text(name: &str, bytes: &[u8], forms: &mut Vec<(String, Vec<u8>)>) {
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    forms.push((name.to_owned(), bytes.to_vec()));
    forms.push((format!("{name}, backwards"), bytes.iter().rev().copied().collect()));
    forms.push((format!("{name}, hex"), hex.to_uppercase().into_bytes()));
    forms.push((format!("{name}, hex"), hex.into_bytes()));
    forms.extend((0..3).map(|place| (format!("{name}, base64"), base64(bytes, place))));
}

/// Whole bytes of packed digits; an odd last digit is left out.
fn packed(ascii: &[u8]) -> Vec<u8> {
    ascii.chunks_exact(2).map(|pair| ((pair[0] & 15) << 4) | (pair[1] & 15)).collect()
}

/// The characters of base64 that depend on these bytes alone when they stand `place` bytes after a multiple of three.
fn base64(bytes: &[u8], place: usize) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| at / 8 >= place && bytes.get(at / 8 - place).is_some_and(|b| b >> (7 - at % 8) & 1 == 1);
    let (from, to) = ((place * 8).div_ceil(6), (place + bytes.len()) * 8 / 6);
    (from..to).map(|at| LETTERS[(0..6).fold(0, |sum, n| sum * 2 + usize::from(bit(at * 6 + n)))]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], found: bool) {
        let secrets = Secrets::of_the_cast();
        let mut inside = b"some row ".to_vec();
        inside.extend_from_slice(bytes);
        inside.extend_from_slice(b" and more");
        assert_eq!(secrets.find(&inside).is_some(), found, "{bytes:02x?}");
    }

    #[test]
    fn every_form_is_found_and_a_masked_number_is_none() {
        let card = cast::CARDS[0];
        let number = card.number();
        check(number.as_bytes(), true);
        check(number.chars().rev().collect::<String>().as_bytes(), true);
        check(&packed(number.as_bytes()), true);
        check(&packed(format!("0{number}0").as_bytes()), true);
        check(number.bytes().map(|b| format!("{b:02X}")).collect::<String>().as_bytes(), true);
        check(card.pin.as_bytes(), true);
        check(&cast::keys()[3], true);
        for place in 0..3 {
            check(&base64(number.as_bytes(), place), true);
        }
        check(format!("{}******{}", &number[..6], &number[12..]).as_bytes(), false);
        check(b"999001", false);
    }

    #[test]
    fn base64_from_the_first_place_is_the_usual_one() {
        assert_eq!(base64(b"Man", 0), b"TWFu");
        assert_eq!(base64(b"light w", 0), b"bGlnaHQgd");
    }
}

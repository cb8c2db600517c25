//! The unified social credit code of a licence (统一社会信用代码): 18 characters, the last of them a check character (GB 32100).

const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Whether a code can be one. Who owns it is the register's to say.
pub(super) fn is_sound(code: &str) -> bool {
    let bytes = code.as_bytes();
    if bytes.len() != 18 {
        return false;
    }
    let mut weight = 1_usize;
    let mut sum = 0_usize;
    for byte in &bytes[..17] {
        let Some(value) = LETTERS.iter().position(|letter| letter == byte) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    LETTERS[(31 - sum % 31) % 31] == bytes[17]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_is_looked_at() {
        let check = |code: &str, want: bool| assert_eq!(is_sound(code), want, "{code}");
        check("91350100M000100Y43", true); // the example of the standard's readers
        check("91350100M000100Y44", false);
        check("91350100M000100Y4", false);
        check("91350100I000100Y43", false); // no letter I in such codes
        check("91350100m000100Y43", false);
        check("", false);
    }
}

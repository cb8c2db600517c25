//! Text of the wire: ASCII, and for Chinese GBK or UTF-8.
//! Nothing is replaced silently: bytes or characters that do not fit are refused.

use alloc::borrow::Cow;

use encoding_rs::{EncoderResult, GBK};

/// Reads text. `None` when there are control characters or bytes that are not GBK. What is read can be written again.
#[must_use]
pub fn read(raw: &[u8]) -> Option<Cow<'_, str>> {
    if raw.iter().any(|b| *b < b' ' || *b == 0x7F) {
        return None;
    }
    if raw.is_ascii() {
        return core::str::from_utf8(raw).ok().map(Cow::Borrowed);
    }
    // The decoder also takes the four-byte forms of GB18030, which GBK has not: read, they could not be written.
    if has_four_bytes(raw) {
        return None;
    }
    GBK.decode_without_bom_handling_and_without_replacement(raw)
}

/// Reads UTF-8; `None` when there are control characters.
#[must_use]
pub fn read_utf8(raw: &[u8]) -> Option<&str> {
    core::str::from_utf8(raw).ok().filter(|text| !text.chars().any(char::is_control))
}

/// Whether some lead byte is followed by a digit, as only in a four-byte form.
fn has_four_bytes(raw: &[u8]) -> bool {
    let mut rest = raw;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first > 0x80 {
            let Some((second, after)) = rest.split_first() else { return false };
            if second.is_ascii_digit() {
                return true;
            }
            rest = after;
        }
    }
    false
}

/// Writes `text` as GBK to the front of `out` and returns its length; `None` when it does not fit or a character has no place in GBK.
#[must_use]
pub fn write(text: &str, out: &mut [u8]) -> Option<usize> {
    let mut encoder = GBK.new_encoder();
    let (result, _, written) = encoder.encode_from_utf8_without_replacement(text, out, true);
    (result == EncoderResult::InputEmpty).then_some(written)
}

/// Writes `text` as Latin-1, which EBCDIC is a reordering of; `None` when it does not fit or a character has no place in it.
#[must_use]
pub fn latin(text: &str, out: &mut [u8]) -> Option<usize> {
    let mut len = 0;
    for c in text.chars() {
        *out.get_mut(len)? = u8::try_from(u32::from(c)).ok()?;
        len += 1;
    }
    Some(len)
}

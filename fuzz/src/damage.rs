//! What a medium does to a file: bits turned, bytes written over, a piece missing, doubled, moved in from elsewhere, the end cut
//! off or grown.

use crate::Choices;

/// No file grows by more than this.
const GROWN_MAX: usize = 4_096;

/// One damage, as chosen. An empty file can only grow.
pub fn damage(bytes: &mut Vec<u8>, choices: &mut Choices<'_>) {
    let (kind, at, value, count) = (choices.below(9), usize::from(choices.word()), choices.byte(), choices.byte());
    if kind == 8 {
        bytes.resize(bytes.len() + at % GROWN_MAX, value);
        return;
    }
    if bytes.is_empty() {
        return;
    }
    // Counted from the end by half of the choices: that is where a log is young.
    let at = if value & 1 == 0 { at % bytes.len() } else { bytes.len() - 1 - at % bytes.len() };
    let end = (at + 1 + usize::from(count)).min(bytes.len());
    match kind {
        0 => bytes[at] ^= 1 << (value >> 1 & 7),
        1 => bytes[at] = value,
        2 => bytes[at..end].fill(value),
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..end)),
        5 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        6 => {
            let piece = bytes[at..end].to_vec();
            bytes.extend_from_slice(&piece);
        }
        _ => bytes[at..].fill(0),
    }
}

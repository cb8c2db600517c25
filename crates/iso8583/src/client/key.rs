//! What makes an answer the answer of a request: version and class of the MTI, and the values of chosen fields.

use alloc::vec::Vec;

use crate::decoded::Decoded;

/// The fields that pair. A trace number alone is no identity: take what makes it one on your line (terminal, date, institution).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    fields: Vec<u8>,
}

impl Key {
    /// Pairs by these fields.
    #[must_use]
    pub fn of(fields: impl IntoIterator<Item = u8>) -> Key {
        Key { fields: fields.into_iter().collect() }
    }

    /// The key of a message; `None` when it has none of the fields. A field that is not there counts as such, so that it must be
    /// missing in the answer too.
    #[must_use]
    pub fn read(&self, message: &Decoded<'_>) -> Option<Vec<u8>> {
        if !self.fields.iter().any(|n| message.has(*n)) {
            return None;
        }
        let [version, class, ..] = message.mti();
        let mut key = Vec::from([version, class]);
        for n in &self.fields {
            match message.digits(*n) {
                // The length in front keeps values from running into each other.
                Some(digits) => {
                    key.extend_from_slice(&(digits.len() as u16).to_be_bytes());
                    key.extend(digits);
                }
                None => key.extend_from_slice(&u16::MAX.to_be_bytes()),
            }
        }
        Some(key)
    }
}

/// Is it an answer? The third digit of an MTI is odd for answers: 0110, 0210, 0430, 0810.
pub(super) fn is_answer(message: &Decoded<'_>) -> bool {
    let [_, _, function, _] = message.mti();
    function % 2 == 1
}

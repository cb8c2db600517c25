//! A short line of ASCII built on the stack: the parts of a composite field before they are packed.
//! Holds what its field can hold and not more; what does not fit is dropped, so its size must be the field's maximum.

/// Up to `N` characters.
pub(crate) struct Line<const N: usize> {
    held: [u8; N],
    len: usize,
}

impl<const N: usize> Line<N> {
    pub(crate) fn new() -> Self {
        Line { held: [b'0'; N], len: 0 }
    }

    /// `value` with zeros on the left to `width` digits.
    pub(crate) fn number(&mut self, value: u64, width: usize) -> &mut Self {
        if let Some(to) = self.held.get_mut(self.len..self.len + width) {
            let mut rest = value;
            for digit in to.iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            self.len += width;
        }
        self
    }

    /// `text` as it is.
    pub(crate) fn text(&mut self, text: &[u8]) -> &mut Self {
        if let Some(to) = self.held.get_mut(self.len..self.len + text.len()) {
            to.copy_from_slice(text);
            self.len += text.len();
        }
        self
    }

    /// `text` to `width` characters, filled with zeros on the left.
    pub(crate) fn right(&mut self, text: &[u8], width: usize) -> &mut Self {
        for _ in text.len()..width {
            self.text(b"0");
        }
        self.text(text)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.held.get(..self.len).unwrap_or_default()
    }
}

//! The paper: what came out of the printer, moving out line by line exactly as it was rendered.

/// The most lines that hang from the printer; older ones fall off.
const HANGING_MAX: usize = 400;

/// The strip of paper.
#[derive(Default)]
pub struct Strip {
    /// Lines on this side of the knife, oldest first.
    out: Vec<String>,
    /// Printed and still under the cover.
    inside: std::collections::VecDeque<String>,
    /// How far up it is looked at, in lines from the newest.
    back: usize,
}

impl Strip {
    /// Something was printed.
    pub fn feed(&mut self, text: &str) {
        self.inside.extend(text.lines().map(str::to_owned));
    }

    /// One line comes out; `false`: the paper stands still.
    pub fn turn(&mut self) -> bool {
        let Some(line) = self.inside.pop_front() else { return false };
        self.out.push(line);
        self.back = 0;
        if self.out.len() > HANGING_MAX {
            self.out.remove(0);
        }
        true
    }

    /// All that hangs out is torn off.
    pub fn tear(&mut self) {
        self.out.clear();
        self.back = 0;
    }

    /// Looked at half a page further up, or down.
    pub fn scroll(&mut self, down: bool) {
        let most = self.out.len().saturating_sub(1);
        self.back = if down { self.back.saturating_sub(10) } else { (self.back + 10).min(most) };
    }

    /// The lines that can be seen in a window so high, the newest at its foot.
    pub fn seen(&self, rows: usize) -> &[String] {
        let end = self.out.len() - self.back.min(self.out.len());
        self.out.get(end.saturating_sub(rows)..end).unwrap_or_default()
    }

    /// Whether something hangs out.
    pub fn hangs(&self) -> bool {
        !self.out.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_comes_out_line_by_line() {
        let mut strip = Strip::default();
        strip.feed("one\ntwo\nthree\n");
        assert!(strip.seen(2).is_empty() && strip.turn());
        assert_eq!(strip.seen(2), ["one"]);
        while strip.turn() {}
        assert_eq!(strip.seen(2), ["two", "three"]);
        strip.scroll(false);
        assert_eq!(strip.seen(2), ["one"]);
        strip.scroll(true);
        assert_eq!(strip.seen(9), ["one", "two", "three"]);
        strip.tear();
        assert!(!strip.hangs() && strip.seen(9).is_empty());
    }
}

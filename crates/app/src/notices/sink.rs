//! What a courier needs of a way into the world.

use super::courier::{Answer, Letter};

/// One way into the world. It blocks while it waits for an answer, and each wait has an end.
pub trait Sink: Send {
    /// Sends one.
    fn send(&mut self, letter: &Letter, now_ms: i64) -> Answer;

    /// Nothing is to be sent: keeps a line alive, if there is one.
    fn idle(&mut self, _now_ms: i64) {}
}

impl Letter {
    /// The text for a reader: one language, or one below the other.
    pub fn text(&self) -> String {
        use super::courier::Wanted;
        let said = &self.entry.said;
        match self.to.wanted {
            Wanted::Zh => said.zh.clone(),
            Wanted::En => said.en.clone(),
            Wanted::Both => format!("{}\n{}", said.zh, said.en),
        }
    }
}

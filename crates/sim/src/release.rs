//! What leaves a node of a world after its commit: messages to the wires, screens, slips to printers, notices to phones.
//! Whoever takes something answers later, by chance wrongly or not at all.

use crate::cast;
use crate::situation;
use crate::world::{Event, World, lines};
use slipway_node::{Act, Hand, Key, Print};
use slipway_runtime::drive::Effects;
use slipway_terms::{Notice, NoticeKind, PaperFate};

impl World {
    /// The effects of one step; `leaving` messages at most, when the power goes between two sends.
    pub(crate) fn release(&mut self, node: usize, effects: Effects, leaving: usize) {
        for (to, message, mac) in effects.sends.into_iter().take(leaving) {
            self.send(node, to, &message, mac.as_ref());
        }
        self.testimonies.extend(effects.testimonies.into_iter().flat_map(|(_, seen)| seen));
        if leaving != usize::MAX {
            return;
        }
        for (terminal, show) in effects.shows {
            let Some(seat) = cast::seat_of(&terminal) else { continue };
            for line in &show.lines {
                self.digest.take(3, line.zh.as_bytes());
                self.auditor.shown(self.now, "a screen", line);
            }
            self.note(|| format!("screen {seat}: {}", lines(&show)));
            self.screens[seat] = show.clone();
            if self.walk.is_some() {
                self.shown.push((seat, show));
            }
        }
        for print in effects.prints {
            self.print(node, print);
        }
        for (key, notice) in effects.notices {
            self.phone(node, key, &notice);
        }
    }

    fn print(&mut self, node: usize, print: Print) {
        let Some(seat) = cast::seat_of(&print.seat) else { return };
        self.auditor.printed(self.now, &print);
        self.digest.take(4, &serde_json::to_vec(&print.slip).unwrap_or_default());
        for (no, copy) in print.copies.iter().enumerate() {
            let told = match self.paper_next.iter().position(|(for_seat, _)| *for_seat == seat) {
                Some(at) => Some(self.paper_next.remove(at).1),
                None => self.rates.paper(&mut self.chance),
            };
            self.situations.insert(situation::of_paper(told.map_or("no word", paper_word)));
            self.note(|| format!("printer {seat}: {copy:?} copy of {} {:?}: {told:?}", print.about, print.slip.kind));
            let Some(fate) = told else { continue };
            let after_ms = 1_500 * (no as i64 + 1) + self.chance.span(0, 500);
            let hand = Hand::At(print.seat, Act::Paper(print.about, *copy, fate));
            self.queue.push(self.now.plus_ms(after_ms), Event::Hand { node, life: self.nodes[node].life, hand });
        }
        self.papers.push((seat, print));
    }

    /// A phone takes a notice, or not; and the word that it did may be lost, so that it is told again.
    fn phone(&mut self, node: usize, key: Key, notice: &Notice) {
        if self.chance.chance(self.rates.phone) {
            self.situations.insert(situation::of_notice("refused"));
            return;
        }
        let before = self.auditor.notices.again;
        self.auditor.told(self.now, notice);
        self.digest.take(5, notice.text().zh.as_bytes());
        if self.auditor.notices.again > before {
            self.situations.insert(situation::of_notice("told again"));
        }
        self.situations.insert(situation::of_notice(match notice.kind {
            NoticeKind::Debit => "debit",
            NoticeKind::Decline => "decline",
            NoticeKind::Refund => "refund",
        }));
        self.note(|| format!("phone: {}", notice.text().zh));
        if !self.chance.chance(self.rates.phone / 4) {
            let after_ms = self.chance.span(0, 800);
            let life = self.nodes[node].life;
            self.queue.push(self.now.plus_ms(after_ms), Event::Hand { node, life, hand: Hand::Delivered(key) });
        }
    }
}

const fn paper_word(fate: PaperFate) -> &'static str {
    match fate {
        PaperFate::Half => "half",
        PaperFate::Unknown => "unknown",
        PaperFate::Missing => "missing",
        PaperFate::Rendered | PaperFate::Sent | PaperFate::Printed => "printed",
    }
}

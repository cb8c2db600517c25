//! What leaves a node of a world after its commit: messages to the wires, screens, slips to printers, notices to phones.
//! Whoever takes something answers later, by chance wrongly or not at all.

use crate::cast;
use crate::dice::Matter;
use crate::fault::{Fate, Phone, Place, Sheet};
use crate::orders::Struck;
use crate::situation::Situation;
use crate::world::{Event, World, lines};
use slipway_node::{Act, Hand, Key, Print, Show};
use slipway_runtime::drive::Effects;
use slipway_terms::{Notice, NoticeKind, SlipKind};

impl World {
    /// The effects of one step; `leaving` messages at most, when the power goes between two sends.
    pub(crate) fn release(&mut self, node: usize, effects: Effects, leaving: usize) {
        for (to, message, mac) in effects.sends.into_iter().take(leaving) {
            self.send(node, to, &message, mac.as_ref());
        }
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
            self.guarded(seat, &show);
            self.screens[seat] = show.clone();
            if self.walk.is_some() {
                self.shown.push((seat, show));
            }
        }
        for (terminal, ask) in effects.chips {
            self.ask_chip(node, &terminal, &ask);
        }
        for print in effects.prints {
            self.print(node, print);
        }
        for (key, notice) in effects.notices {
            self.phone(node, key, &notice);
        }
    }

    /// What the guard against the second swipe does at a till, by its screens.
    fn guarded(&mut self, seat: usize, show: &Show) {
        let stops = |show: &Show, with: &str| {
            show.lines.first().is_some_and(|line| line.zh.starts_with("同卡同金额") && line.zh.contains(with))
        };
        let asks = |show: &Show| show.lines.first().is_some_and(|line| line.zh == "查证");
        if stops(show, "尚未了结") {
            self.situations.insert(Situation::Second("stopped, the first in doubt"));
        }
        if stops(show, "已成功") {
            self.situations.insert(Situation::Second("stopped, the first without paper"));
        }
        if asks(show) && stops(&self.screens[seat], "") {
            self.situations.insert(Situation::Second("the first asked for"));
        }
    }

    fn print(&mut self, node: usize, print: Print) {
        let Some(seat) = cast::seat_of(&print.seat) else { return };
        self.auditor.printed(self.now, &print);
        self.digest.take(4, &serde_json::to_vec(&print.slip).unwrap_or_default());
        for (no, copy) in print.copies.iter().enumerate() {
            let name = [seat as u64, u64::from(print.about.stan.number()), no as u64, u64::from(print.slip.reprint)];
            let mut throw = self.dice.throw(Matter::Paper, &name);
            let place = Place::Copy(seat);
            let (nth, ordered) = self.orders.meet(place);
            let harm = match ordered {
                Some(Fate::Paper(sheet)) => Some(sheet),
                _ => self.rates.paper(&mut throw.chance).filter(|_| self.dice.may(&throw)),
            };
            if let Some(sheet) = harm {
                self.orders.struck(Struck::At { id: throw.id, place, nth, fate: Fate::Paper(sheet) });
            }
            let sheet = harm.unwrap_or(Sheet::Printed);
            self.situations.insert(Situation::Paper(sheet.word(), kind_word(print.slip.kind), print.slip.reprint));
            if print.slip.kind == SlipKind::Approved && sheet.is_out() {
                self.auditor.paper_out(print.about);
            }
            self.note(|| {
                format!("printer {seat}: {copy:?} copy of {} {:?}: {}", print.about, print.slip.kind, sheet.word())
            });
            let Some(fate) = sheet.told() else { continue };
            let after_ms = 1_500 * (no as i64 + 1) + throw.chance.span(0, 500);
            let hand = Hand::At(print.seat, Act::Paper(print.about, *copy, fate));
            self.queue.push(self.now.plus_ms(after_ms), Event::Hand { node, life: self.nodes[node].life, hand });
        }
        self.papers.push((seat, print));
    }

    /// A phone takes a notice, or not; and the word that it did may be lost, so that it is told again.
    fn phone(&mut self, node: usize, key: Key, notice: &Notice) {
        let stan = u64::from(notice.about.stan.number());
        let mut throw = self.dice.throw(Matter::Phone, &[node as u64, stan, notice.kind as u64]);
        let place = Place::Notice(node);
        let (nth, ordered) = self.orders.meet(place);
        let harm = match ordered {
            Some(Fate::Phone(phone)) => Some(phone),
            _ => self.rates.phone(&mut throw.chance).filter(|_| self.dice.may(&throw)),
        };
        if let Some(phone) = harm {
            self.orders.struck(Struck::At { id: throw.id, place, nth, fate: Fate::Phone(phone) });
        }
        if harm == Some(Phone::Refused) {
            self.situations.insert(Situation::Notice("refused"));
            return;
        }
        let before = self.auditor.notices.again;
        self.auditor.told(self.now, notice);
        self.digest.take(5, notice.text().zh.as_bytes());
        if self.auditor.notices.again > before {
            self.situations.insert(Situation::Notice("told again"));
        }
        self.situations.insert(Situation::Notice(match notice.kind {
            NoticeKind::Debit => "debit",
            NoticeKind::Decline => "decline",
            NoticeKind::Refund => "refund",
        }));
        self.note(|| format!("phone: {}", notice.text().zh));
        if harm.is_none() {
            let after_ms = throw.chance.span(0, 800);
            let life = self.nodes[node].life;
            self.queue.push(self.now.plus_ms(after_ms), Event::Hand { node, life, hand: Hand::Delivered(key) });
        }
    }
}

const fn kind_word(kind: SlipKind) -> &'static str {
    match kind {
        SlipKind::Approved => "voucher",
        SlipKind::Fault => "fault paper",
        SlipKind::Totals => "totals slip",
        SlipKind::Details => "list of details",
    }
}

//! 查证: asks the acquirer for the fate of one exchange and shows the one true sentence. Reads only; changes no standing.

use crate::seat::Seat;
use crate::{Exchange, Timer, Work, journal, screen};
use slipway_terms::{
    BatchNo, Message, Mti, OriginalTill, Party, ResponseCode, Short, Stan, State, Testimony, Till60, TillKey, judge,
};

/// 60.3 of an inquiry of fate.
const MANAGEMENT: u16 = 954;

/// States in the order of their digit on the wire.
const STATES: [State; 8] = [
    State::NoRecord,
    State::Unreachable,
    State::Open,
    State::Declined,
    State::Approved,
    State::WillUndo,
    State::Undone,
    State::Tombstone,
];

impl Seat<'_, '_> {
    /// Asks for the last exchange, or the one with this voucher number.
    pub fn ask_fate(&mut self, stan: Option<Stan>) {
        if self.note.work.is_some() || self.note.order.is_some() {
            return self.show(screen::please_wait());
        }
        let about = match stan {
            Some(stan) => self.by_stan(stan).map(|exchange| exchange.key),
            None => self.till.last,
        };
        match about {
            Some(about) => self.ask_about(about),
            None => self.show(screen::nothing_to_ask()),
        }
    }

    /// Asks for this one.
    pub fn ask_about(&mut self, about: TillKey) {
        if self.note.work.is_some() || self.note.order.is_some() {
            return self.show(screen::please_wait());
        }
        if !self.has_keys() {
            return self.sign_on();
        }
        let own = self.take_stan();
        let mut message = self.signed(Message::new(Mti(820)));
        message.stan = Some(own);
        message.till60 = Some(Till60::management(self.till.batch, MANAGEMENT));
        message.original_till =
            Some(OriginalTill { batch: BatchNo(about.batch.0), stan: about.stan.number(), date: None });
        self.send_coded(message);
        self.due(self.answer_ms(), Timer::AskDue(self.id, own));
        self.note.work = Some(Work::Ask(own, about));
        self.show(screen::asking(about.stan));
    }

    /// 0830. Power-off forgets the question; its answer is then late.
    pub fn heard_fate(&mut self, message: &Message) {
        let Some(Work::Ask(own, about)) = self.note.work.filter(|work| match work {
            Work::Ask(own, _) => Some(*own) == message.stan,
            _ => false,
        }) else {
            return self.d.count("late answer");
        };
        self.off_wire(Work::Ask(own, about));
        let digit = message.private48.as_deref().and_then(|text| text.trim().parse::<usize>().ok());
        let state = digit.and_then(|digit| STATES.get(digit)).copied();
        let (Some(state), true, Some(exchange)) = (
            state.filter(|_| message.code == Some(ResponseCode::APPROVED)),
            self.mac_good(),
            self.facts.get::<Exchange>(&about),
        ) else {
            self.show(screen::ask_refused(message.code));
            // A transaction keyed meanwhile waits behind the question: it goes on, whatever became of that.
            return self.proceed();
        };
        let mut own_word = journal::testimony(exchange, self.config());
        own_word.taken_by = journal::taken(exchange, self.facts);
        let mut host = Testimony::bare(Party::Acquirer, Short::cut("host"), state);
        // The same exchange: a sale has its amount, an inquiry none.
        (host.rrn, host.amount) = (message.rrn, own_word.amount);
        host.refunded_minor = journal::refunded_minor(exchange, self.facts);
        // The acquirer's word alone is "captured"; that it is a sale with a slip is ours to say.
        let verdict = judge(&[own_word, host]);
        self.show(screen::verdict(about.stan, &verdict.sentence));
        self.proceed();
    }

    /// No answer to the question.
    pub fn ask_due(&mut self, own: Stan) {
        let Some(Work::Ask(stan, _)) = self.note.work else { return };
        if stan == own {
            self.note.work = None;
            self.show(screen::ask_lost());
            self.proceed();
        }
    }
}

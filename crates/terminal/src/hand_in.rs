//! What the terminal hands in about its slips: what the paper says and what became of it, whether it is signed, and the signature
//! as a picture. With a confirmation where there is one, else by itself (0820, 60.3 = 800), repeated until answered. It never
//! touches the payment, and nothing waits for it.

use crate::seat::Seat;
use crate::{Exchange, HandIn, Timer, screen};
use alloc::boxed::Box;
use slipway_terms::handed::{self, PICTURE_PART_BYTES, PICTURE_PARTS_MAX};
use slipway_terms::{Handed, Message, Mti, PaperFate, PicturePart, ResponseCode, Signed, Slip, Till60, TillKey};

/// 60.3 of a hand-in.
const MANAGEMENT: u16 = 800;

/// Answers after which repeating is of no use: 00 kept; an acquirer without an archive says 12, 40 or 30.
const FINAL: [&str; 5] = ["00", "03", "12", "30", "40"];

/// Largest picture of a signature. Unit: bytes.
pub const PICTURE_BYTES_MAX: usize = PICTURE_PART_BYTES * PICTURE_PARTS_MAX as usize;

/// Which hand-in a 0830 answers.
pub(crate) fn answered_key(seat: slipway_terms::TerminalId, message: &Message) -> Option<TillKey> {
    let ours = message.mti.0 == 830 && message.till60.and_then(|till| till.management) == Some(MANAGEMENT);
    message.till_key().filter(|key| ours && key.terminal == seat)
}

/// What is left of a picture after the parts that were taken.
fn part(picture: &[u8], no: u8) -> Option<PicturePart> {
    let mut parts = picture.chunks(PICTURE_PART_BYTES);
    let of = u8::try_from(parts.len()).ok().filter(|of| *of <= PICTURE_PARTS_MAX)?;
    parts.nth(usize::from(no)).map(|bytes| PicturePart { no, of, bytes: bytes.into() })
}

impl Exchange {
    /// The cardholder has no whole slip on paper, as far as the printer's word goes.
    pub(crate) fn lacks_paper(&self) -> bool {
        use PaperFate::{Half, Missing, Unknown};
        self.slip.is_some_and(|life| matches!(life.cardholder, Half | Missing | Unknown))
    }
}

impl Seat<'_, '_> {
    /// What goes into DE 62 with a slip; `None`: more than one message holds.
    pub fn handed_slip(&mut self, exchange: &Exchange, slip: Option<&Slip>, turn: u16) -> Handed {
        Handed {
            turn,
            slip: slip.cloned().map(Box::new),
            papers: exchange.slip.map(|life| (life.merchant, life.cardholder)),
            wants_page: exchange.lacks_paper(),
            ..Handed::default()
        }
    }

    /// A slip that no confirmation takes along is handed in by itself.
    pub fn hand_in_slip(&mut self, key: TillKey, slip: Slip) {
        let due = self.at.plus_ms(self.config().times.confirm_no_word_ms);
        self.d.put(&key, HandIn { slip: Some(Box::new(slip)), ..HandIn::new(key, due) });
        self.d.due(due, Timer::HandInDue(key, 0));
    }

    /// Something more is to be handed in about this slip, at once.
    pub fn hand_in(&mut self, key: &TillKey, add: impl FnOnce(&mut HandIn)) {
        let turn = self.facts.get::<Exchange>(key).map_or(0, |exchange| exchange.handed);
        let mut row = self.facts.get::<HandIn>(key).cloned().unwrap_or_else(|| HandIn::new(*key, self.at));
        add(&mut row);
        // A new hand-in: the answer to an older one does not end it.
        row.turn = row.turn.max(turn).saturating_add(1);
        (row.sends, row.tries, row.due) = (row.sends.saturating_add(1), 0, self.at);
        self.d.due(self.at, Timer::HandInDue(*key, row.sends));
        self.d.put(key, row);
    }

    /// Time to hand in.
    pub fn hand_in_due(&mut self, key: &TillKey, sends: u32) {
        let Some(row) = self.facts.get::<HandIn>(key).filter(|row| row.sends == sends).cloned() else { return };
        let Some(exchange) = self.facts.get::<Exchange>(key).cloned() else { return };
        let waits = self.config().times.confirm_repeat_ms;
        if self.note.line == Some(false) || !self.has_keys() {
            return self.due(waits[0], Timer::HandInDue(*key, sends));
        }
        let mut handed = self.handed_slip(&exchange, row.slip.as_deref(), row.turn);
        handed.signed = row.signed;
        handed.picture = part(&row.picture, row.parts);
        // A picture and a slip are too much for one message: the slip goes first.
        if handed.slip.is_some() {
            handed.picture = None;
        }
        handed.wants_page &= row.wants_page || row.slip.is_some();
        let Some(bytes) = handed.bytes() else {
            self.d.count("slip too long to hand in");
            return self.d.end::<HandIn>(key);
        };
        let mut message = self.signed(Message::new(Mti(820)));
        message.stan = Some(key.stan);
        message.rrn = exchange.rrn;
        message.till60 = Some(Till60::management(key.batch, MANAGEMENT));
        message.private62 = Some(bytes);
        self.send_coded(message);
        let wait = waits[usize::from(row.tries).min(waits.len() - 1)];
        let (sends, due) = (row.sends.saturating_add(1), self.at.plus_ms(wait));
        self.d.put(key, HandIn { sends, tries: row.tries.saturating_add(1), due, ..row });
        self.d.due(due, Timer::HandInDue(*key, sends));
    }

    /// 0830.
    pub fn heard_hand_in(&mut self, message: &Message) {
        let found = answered_key(self.id, message).and_then(|key| self.facts.get::<HandIn>(&key)).cloned();
        let Some(mut row) = found else { return self.d.count("late answer") };
        let code = message.code.unwrap_or(ResponseCode::FORMAT_ERROR);
        if code == ResponseCode::MAC_ERROR {
            self.till.signed_on = false;
            if self.note.work.is_none() && self.note.line != Some(false) {
                self.sign_on();
            }
        }
        if !self.mac_good() {
            return self.d.count("answer to a hand-in without good MAC");
        }
        if !FINAL.contains(&code.as_str()) {
            return self.d.count("hand-in not taken");
        }
        let answered = message.private62.as_deref().and_then(handed::answered);
        if answered.is_some_and(|(turn, _)| turn != row.turn) {
            return self.d.count("answer to an older hand-in");
        }
        self.page_came(&row.key, answered.and_then(|(_, page)| page));
        if code != ResponseCode::APPROVED {
            self.d.count("hand-in refused");
            return self.handed(&row.key, row.turn);
        }
        let took_part = row.slip.is_none() && !row.picture.is_empty();
        row.parts += u8::from(took_part);
        if part(&row.picture, row.parts).is_none() {
            return self.handed(&row.key, row.turn);
        }
        (row.slip, row.signed, row.wants_page) = (None, None, false);
        row.turn = row.turn.saturating_add(1);
        (row.sends, row.tries, row.due) = (row.sends.saturating_add(1), 0, self.at);
        self.d.due(row.due, Timer::HandInDue(row.key, row.sends));
        self.d.put(&row.key.clone(), row);
    }

    /// Everything is in; the next hand-in of this slip has a higher number.
    fn handed(&mut self, key: &TillKey, turn: u16) {
        self.d.end::<HandIn>(key);
        if let Some(exchange) = self.facts.get::<Exchange>(key) {
            self.d.put(key, Exchange { handed: turn, ..exchange.clone() });
        }
    }

    /// The page of a slip without paper is there: its code stands on the screen, for the cardholder's telephone.
    pub fn page_came(&mut self, key: &TillKey, page: Option<slipway_terms::Short<24>>) {
        let Some(page) = page else { return };
        let Some(exchange) = self.facts.get::<Exchange>(key) else { return };
        // Never another customer's: who is served now is not shown who paid before.
        if self.till.last_slip == Some(*key) && self.till.last == Some(*key) && self.note.order.is_none() {
            self.show(screen::page(exchange, page));
        }
    }

    /// The cashier's word on a signature is handed in too.
    pub fn hand_in_word(&mut self, key: &TillKey, fits: bool) {
        self.hand_in(key, |row| row.signed = Some(if fits { Signed::Fits } else { Signed::Missing }));
    }

    /// The signature of the last slip, as a picture. Only where a signature is what verifies the cardholder.
    pub fn signature_drawn(&mut self, picture: &[u8]) {
        let last = self.note.signing.or(self.till.last_slip.filter(|key| self.till.last == Some(*key)));
        let exchange = last.and_then(|key| self.facts.get::<Exchange>(&key)).filter(|exchange| exchange.stands());
        let wanted = exchange
            .filter(|exchange| self.verification(exchange) == slipway_terms::Verification::Signature)
            .map(|exchange| exchange.key);
        let Some(key) = wanted else { return self.show(screen::nothing_to_sign()) };
        if picture.is_empty() || picture.len() > PICTURE_BYTES_MAX {
            return self.d.count("picture of a signature refused");
        }
        self.hand_in(&key, |row| (row.picture, row.parts) = (picture.into(), 0));
    }
}

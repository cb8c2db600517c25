//! What the acquirer could neither take nor refuse has a case there, and its answer says the number: nothing is repeated any more,
//! people see to it. Closed by such a number under a good MAC or by a matched answer, never by count (rules 3).

use crate::seat::Seat;
use crate::{Exchange, Standing, screen};
use slipway_terms::{Kind, Message, ResponseCode, Short, TillKey};

/// DE 48 of a refusal: the number of its case, 14 digits.
pub(crate) fn number(message: &Message) -> Option<Short<14>> {
    let digits =
        message.private48.as_deref().filter(|text| text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit()));
    let refused = message.code != Some(ResponseCode::APPROVED);
    digits.filter(|_| refused).and_then(|digits| Short::new(digits).ok())
}

impl Seat<'_, '_> {
    /// Puts it into the case that the answer names, and says so on paper. The caller has ended what was stored, and the answer
    /// has a good MAC.
    pub fn in_case(&mut self, key: &TillKey, code: ResponseCode, message: &Message) {
        let (Some(exchange), Some(case)) = (self.facts.get::<Exchange>(key), number(message)) else { return };
        let mut seen = Exchange { at: self.at, case: Some(case), ..exchange.clone() };
        if seen.kind == Kind::OfflineSale {
            // Its slip is out since the sale: it stands here, and the acquirer's word stands beside it.
            seen.confirmed = Some(code);
        } else {
            seen.standing = Standing::InCase(code);
            seen.code = Some(code);
        }
        self.d.count("in a case at the acquirer");
        self.print_fault(&seen);
        self.tell(screen::in_case(&seen, case));
        self.d.put(key, seen);
    }
}

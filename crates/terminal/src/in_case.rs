//! What the acquirer could neither take nor refuse has a case there, and its answer says the number: nothing is repeated any more,
//! people see to it. Closed by such a number under a good MAC or by a matched answer, never by count (rules 3).

use crate::seat::Seat;
use crate::{Exchange, Standing, screen};
use slipway_terms::{Kind, Message, ResponseCode, Short, TillKey};

/// DE 62 of an answer with one of these refusals: the number of its case. Printable ASCII, at most 32.
pub(crate) fn number(message: &Message, refusals: &[ResponseCode]) -> Option<Short<32>> {
    let text = message.private62.as_deref().and_then(|bytes| core::str::from_utf8(bytes).ok())?;
    let shown = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let refused = message.code.is_some_and(|code| refusals.contains(&code));
    if shown && refused { Short::new(text).ok() } else { None }
}

impl Seat<'_, '_> {
    /// Puts it into the case that the answer names, and says so on paper. The caller has ended what was stored, and the answer
    /// has a good MAC.
    pub fn in_case(&mut self, key: &TillKey, code: ResponseCode, case: Short<32>) {
        let Some(exchange) = self.facts.get::<Exchange>(key) else { return };
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
        self.tell(screen::in_case(&seen, case.as_str()));
        self.d.put(key, seen);
    }
}

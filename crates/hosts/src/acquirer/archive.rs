//! The slip archive: what terminals hand in about their slips, kept as evidence, and never any part in the money. A copy is what
//! the terminal says its paper says; our own record of an exchange is no slip and never becomes one here (rules 9).

use super::gate::{self, Seat};
use super::{Acquirer, AcquirerRow, Exchange, OpenCase};
use crate::dispute::OpenDispute;
use crate::keeping::Keeping;
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use slipway_node::{Ask, Decision, Facts, Line, Told, Wants};
use slipway_terms::handed::{PICTURE_PART_BYTES, Papers};
use slipway_terms::{Handed, Message, Moment, PicturePart, ResponseCode, Rrn, Short, Signed, Slip, TillKey};

/// 60.3 of a hand-in by itself (0820): the electronic slip and the signature.
const HAND_IN: u16 = 800;
/// Cases of one exchange: one of each ground.
const CASES_MAX: u16 = 16;
/// Digits of a page's code: no vowel-like pair that is misread, no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code of a slip's page. Shape: 24 characters of the alphabet without I, L, O, U: 120 random bits. The first 8 are the short
/// code, which opens nothing without amount and card; the 80 behind them stay secret to whoever knows only that.
pub type PageCode = Short<24>;

/// One slip's copy in the archive. Made by the first hand-in; what comes later is added, what a slip says is never changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlipCopy {
    /// Whose.
    pub till: TillKey,
    /// When the first of it came.
    pub at: Moment,
    /// What the paper says, as first handed in. `None`: only a word on the signature has come, or it has expired.
    pub slip: Option<Box<Slip>>,
    /// Where the two copies on paper were, as last told.
    pub papers: Option<Papers>,
    /// The cashier's word on the signature, and when it came.
    pub signed: Option<(Signed, Moment)>,
    /// The newest hand-in of the word: an older one that comes late changes nothing.
    pub turn: u16,
    /// The signature as a picture.
    pub picture: Picture,
    /// What was answered to the confirmation that brought the slip; `None`: it was handed in by itself.
    pub answered: Option<ResponseCode>,
    /// Another slip was handed in under the same number later; the first is kept.
    pub contradicted: Option<Moment>,
    /// Its newest page.
    pub page: Option<(PageCode, Moment)>,
    /// When slip and picture were removed because their time was over.
    pub expired: Option<Moment>,
}

/// A signature as a picture (PNG), in the order of its parts.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Picture {
    /// How many parts it has.
    pub of: u8,
    /// The parts that are here, from the first.
    pub parts: Vec<Box<[u8]>>,
}

impl Picture {
    /// The PNG, if it is whole.
    pub fn whole(&self) -> Option<Vec<u8>> {
        (self.of > 0 && self.parts.len() == usize::from(self.of)).then(|| self.parts.concat())
    }

    /// Adds the next part. Another one than the next is one that is here, or will come again.
    fn add(&mut self, part: &PicturePart) {
        if part.no == 0 && self.of == 0 {
            self.of = part.of;
        }
        if part.of == self.of && usize::from(part.no) == self.parts.len() && part.bytes.len() <= PICTURE_PART_BYTES {
            self.parts.push(part.bytes.clone());
        }
    }
}

/// From the day on a slip to its copy: what is looked for by day, amount and card, and what expires.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlipDay {
    /// Whose.
    pub till: TillKey,
    /// DE 37 on the slip.
    pub rrn: Option<Rrn>,
    /// The amount on the slip. Unit: minor units.
    pub minor: u64,
    /// The end of the card number.
    pub last4: u16,
}

/// From the code of a page to its slip.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlipPage {
    /// The code.
    pub code: PageCode,
    /// Whose.
    pub till: TillKey,
    /// Until when it opens.
    pub until: Moment,
}

/// What the archive can prove about a slip. A reader of disputes asks this, and nothing else, whether a slip existed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evidence<'a> {
    /// The terminal's own copy is here.
    Copy(&'a SlipCopy),
    /// There was a copy; its time is over.
    Expired(Moment),
    /// An authenticated message said that a slip exists, and none was handed in (a terminal that hands in nothing).
    Said,
    /// Nothing here says that a slip existed. Our own record of the exchange does not (rules 9).
    None,
}

/// What can be proved, from the two rows of an exchange.
pub fn evidence<'a>(exchange: Option<&Exchange>, copy: Option<&'a SlipCopy>) -> Evidence<'a> {
    match (copy, exchange) {
        (Some(SlipCopy { expired: Some(at), .. }), _) => Evidence::Expired(*at),
        (Some(copy), _) if copy.slip.is_some() => Evidence::Copy(copy),
        (_, Some(Exchange::Original(o))) if o.confirmed() => Evidence::Said,
        _ => Evidence::None,
    }
}

/// The code out of random bytes: 5 bits a character.
pub fn code_of(random: [u8; 15]) -> PageCode {
    let mut text = String::new();
    for five in random.as_chunks::<5>().0 {
        let bits = five.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        text.extend((0..8).rev().map(|at| char::from(ALPHABET[(bits >> (5 * at) & 31) as usize])));
    }
    PageCode::cut(&text)
}

/// Whether this 0820 is a hand-in.
pub(super) fn is_one(m: &Message) -> bool {
    m.till60.and_then(|till| till.management) == Some(HAND_IN)
}

/// What a message hands in, if it does.
fn handed(m: &Message, till: &TillKey) -> Option<Result<Handed, slipway_terms::BadShape>> {
    Handed::read(m.private62.as_deref()?, till)
}

/// The copy that a hand-in adds to, and a code if a page is asked for.
pub(super) fn wants_of(m: &Message, till: &TillKey, out: &mut Wants) {
    if let Some(Ok(handed)) = handed(m, till) {
        out.row::<SlipCopy, AcquirerRow>(till);
        if handed.wants_page {
            out.ask(Ask::PageCode);
        }
    }
}

/// Of a hand-in by itself.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    gate::wants(m, seen, out);
    if let Some(till) = m.till_key() {
        wants_of(m, &till, out);
    }
}

/// A hand-in by itself: 00 kept, now or before; 30 unreadable; 03 another merchant's. It says nothing about money.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let seat = match gate::enter(m, facts) {
        Ok(seat) => seat,
        Err(turned) => return gate::refuse(a, at, line, m, turned),
    };
    let refuse = |code| gate::refuse(a, at, line, m, (code, Some(seat.by.mac())));
    let Some(till) = m.till_key() else { return refuse(ResponseCode::FORMAT_ERROR) };
    if till.merchant != seat.terminal.merchant {
        return refuse(ResponseCode::INVALID_MERCHANT);
    }
    if !matches!(handed(m, &till), Some(Ok(_))) {
        return refuse(ResponseCode::FORMAT_ERROR);
    }
    let mut d = Decision::nothing();
    let back = take(a, at, m, &seat, None, facts, &mut d);
    let mut said = m.answer(ResponseCode::APPROVED);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    said.private62 = back;
    super::under::to_line(&mut d, line, said, Some(seat.by.mac()));
    gate::prove(&seat, at, facts, &mut d);
    d
}

/// Keeps what a message hands in, in the commit of its answer, and says what goes back in DE 62. Whatever is wrong with it, the
/// message itself is judged as if it had none: no slip's copy ever stops money.
pub(super) fn take(
    a: &Acquirer,
    at: Moment,
    m: &Message,
    seat: &Seat<'_>,
    answered: Option<ResponseCode>,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Option<Box<[u8]>> {
    let till = m.till_key().filter(|till| till.merchant == seat.terminal.merchant)?;
    let Ok(handed) = handed(m, &till)? else {
        d.count("acquirer_slip_unreadable");
        return None;
    };
    let before = facts.get::<SlipCopy>(&till);
    let mut copy = before.cloned().unwrap_or_else(|| SlipCopy::empty(till, at));
    if copy.expired.is_none() {
        copy.add(&handed, at, answered, d);
    }
    if handed.wants_page {
        copy.give_page(a.keeping, at, facts, d);
    }
    let page = copy.page.filter(|(_, until)| handed.wants_page && at < *until).map(|(code, _)| code);
    if before != Some(&copy) {
        d.put(&till, copy);
    }
    Some(slipway_terms::handed::answer(handed.turn, page))
}

impl SlipCopy {
    const fn empty(till: TillKey, at: Moment) -> Self {
        Self {
            till,
            at,
            slip: None,
            papers: None,
            signed: None,
            turn: 0,
            picture: Picture { of: 0, parts: Vec::new() },
            answered: None,
            contradicted: None,
            page: None,
            expired: None,
        }
    }

    fn add(&mut self, handed: &Handed, at: Moment, answered: Option<ResponseCode>, d: &mut Decision<Acquirer>) {
        let bare = self.slip.is_none() && self.signed.is_none() && self.picture == Picture::default();
        match (&handed.slip, &self.slip) {
            (Some(slip), None) => {
                self.slip = Some(slip.clone());
                self.answered = answered;
                let (day, till) = (slip.at.date(), self.till);
                let row = SlipDay { till, rrn: slip.rrn, minor: slip.amount.minor(), last4: slip.card.last4 };
                d.put(&(day, till), row);
                d.count("acquirer_slip_archived");
            }
            (Some(slip), Some(first)) if slip != first => {
                // A person must see it when the slip is asked for; the first one stays what it was.
                self.contradicted = self.contradicted.or(Some(at));
                d.count("acquirer_slip_contradicted");
            }
            _ => {}
        }
        if handed.slip.is_some() && self.answered.is_none() {
            self.answered = answered;
        }
        self.papers = handed.papers.or(self.papers);
        if let Some(signed) = handed.signed
            && (self.signed.is_none() || handed.turn > self.turn)
        {
            self.signed = Some((signed, at));
            self.turn = handed.turn;
        }
        if let Some(part) = &handed.picture {
            self.picture.add(part);
        }
        // A word or a picture whose slip never comes has an end too: the day that is looked through for it finds it by this row.
        if bare && self.slip.is_none() && (self.signed.is_some() || self.picture != Picture::default()) {
            d.put(&(self.at.date(), self.till), SlipDay { till: self.till, rrn: None, minor: 0, last4: 0 });
        }
    }

    /// A page, if there is a slip to show and none that is still open.
    fn give_page(&mut self, keeping: Keeping, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
        if self.slip.is_none() || self.page.is_some_and(|(_, until)| at < until) {
            return;
        }
        let Some(Told::PageCode(random)) = facts.told(&Ask::PageCode) else {
            return d.count("acquirer_page_without_code");
        };
        let (code, until) = (code_of(*random), at.plus_ms(keeping.page_ms()));
        self.page = Some((code, until));
        d.put(&code, SlipPage { code, till: self.till, until });
        d.count("acquirer_slip_page");
    }
}

/// Of a page that a person asks for.
pub(super) fn page_wants(till: &TillKey, out: &mut Wants) {
    out.row::<SlipCopy, AcquirerRow>(till).ask(Ask::PageCode);
}

/// A person wants a page of this slip.
pub(super) fn page(a: &Acquirer, at: Moment, till: &TillKey, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if let Some(before) = facts.get::<SlipCopy>(till) {
        let mut copy = before.clone();
        copy.give_page(a.keeping, at, facts, &mut d);
        if copy != *before {
            d.put(till, copy);
        }
    }
    d
}

/// What could hold up the end of these copies.
pub(super) fn expiry_wants(tills: &[TillKey], seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    for till in tills {
        if let Some(Exchange::Original(o)) = seen.known::<Exchange>(till) {
            out.row::<OpenDispute, AcquirerRow>(&o.switch);
        }
        out.row::<SlipCopy, AcquirerRow>(till).row::<Exchange, AcquirerRow>(till);
        out.range::<OpenCase, AcquirerRow>(till, CASES_MAX, false);
    }
}

/// Removes slip and picture of those copies whose time is over; the row itself stays and says so, and so does the exchange. What
/// is under a case or dispute, not settled with a confirmation, or being undone is evidence and stays whatever its age.
pub(super) fn expire(a: &Acquirer, at: Moment, tills: &[TillKey], facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    for till in tills {
        let Some(copy) = facts.get::<SlipCopy>(till).filter(|copy| copy.expired.is_none()) else { continue };
        let day = copy.slip.as_ref().map_or(copy.at, |slip| slip.at.max(copy.at)).date();
        let cases = facts.range::<OpenCase>(till, CASES_MAX, false).unwrap_or_default();
        let disputed = match facts.get::<Exchange>(till) {
            Some(Exchange::Original(o)) => !o.rests() || facts.get::<OpenDispute>(&o.switch).is_some(),
            _ => false,
        };
        if !a.keeping.is_over(day, at) {
            d.count("acquirer_slip_not_due");
        } else if !cases.is_empty() || disputed {
            d.count("acquirer_slip_kept_as_evidence");
        } else {
            let empty = SlipCopy::empty(copy.till, copy.at);
            let SlipCopy { papers, signed, turn, answered, contradicted, .. } = *copy;
            let stub = SlipCopy { papers, signed, turn, answered, contradicted, expired: Some(at), ..empty };
            d.put(till, stub);
            d.count("acquirer_slip_expired");
        }
    }
    d
}

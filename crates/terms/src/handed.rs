//! What a terminal hands in about a slip: what the paper says, what became of it, whether it is signed. Shape: DE 62, `SL`, then
//! parts of a tag (2 digits), a length in bytes (3 digits) and a value. Holds what the paper holds and nothing else: a card only
//! as first 6 and last 4, and long runs of digits in a text masked.

use crate::{
    Amount, AuthCode, BadShape, CardTail, ChipSlip, Currency, EntryLetter, Expiry, Kind, Moment, OperatorNo, PaperFate,
    Rrn, Short, Slip, SlipKind, TillKey, Verification,
};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str::from_utf8;
use serde::{Deserialize, Serialize};

/// How DE 62 begins.
const BEGIN: &[u8] = b"SL";
/// Bytes that are handed in at once: DE 62 holds 999, and a DUKPT serial number may stand before them.
const BYTES_MAX: usize = 960;
/// Remarks of one slip.
const REMARKS_MAX: usize = 24;
/// Bytes of a signature's picture in one message.
pub const PICTURE_PART_BYTES: usize = 800;
/// Parts of one picture.
pub const PICTURE_PARTS_MAX: u8 = 8;

/// Where the two copies of a slip are.
pub type Papers = (PaperFate, PaperFate);

/// The cashier's word on the signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Signed {
    /// The slip is signed, and the signature fits.
    Fits,
    /// The slip is not signed (rules 10).
    Missing,
}

/// A part of the picture of a signature: a PNG of one bit a dot, in parts of [`PICTURE_PART_BYTES`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PicturePart {
    /// From 0.
    pub no: u8,
    /// How many there are.
    pub of: u8,
    /// Its bytes.
    pub bytes: Box<[u8]>,
}

/// What is handed in at once. Shape: DE 62 of a confirmation, or of an 0820 with 60.3 = 800. Who makes it: the terminal.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Handed {
    /// Which hand-in of this slip: its answer repeats it, so that the answer to an older one ends no newer one.
    pub turn: u16,
    /// What the paper says.
    pub slip: Option<Box<Slip>>,
    /// Merchant's copy, cardholder's copy.
    pub papers: Option<Papers>,
    /// The cashier's word on the signature.
    pub signed: Option<Signed>,
    /// A part of its picture.
    pub picture: Option<PicturePart>,
    /// There is no paper: a page of the slip is asked for.
    pub wants_page: bool,
}

const FATES: [PaperFate; 6] =
    [PaperFate::Rendered, PaperFate::Sent, PaperFate::Printed, PaperFate::Half, PaperFate::Unknown, PaperFate::Missing];
const VERIFICATIONS: [Verification; 5] = [
    Verification::Signature,
    Verification::NoSignature,
    Verification::NoPinNoSignature,
    Verification::Pin,
    Verification::CardAbsent,
];
const LETTERS: [(EntryLetter, &str); 6] = [
    (EntryLetter::M, "M"),
    (EntryLetter::S, "S"),
    (EntryLetter::I, "I"),
    (EntryLetter::C, "C"),
    (EntryLetter::N, "N"),
    (EntryLetter::Q, "Q"),
];
/// Kinds that have a slip, by their number on the wire.
const KINDS: [Kind; 11] = [
    Kind::Sale,
    Kind::SaleVoid,
    Kind::Refund,
    Kind::PreAuth,
    Kind::PreAuthVoid,
    Kind::Completion,
    Kind::CompletionAdvice,
    Kind::CompletionVoid,
    Kind::OfflineSale,
    Kind::Adjust,
    Kind::Moto,
];

fn place<T: PartialEq>(of: &[T], value: &T) -> usize {
    of.iter().position(|one| one == value).unwrap_or(of.len())
}

/// DE 62 of the answer to a hand-in: which one it answers, and the code of the slip's page if one was asked for.
pub fn answer(turn: u16, page: Option<Short<24>>) -> Box<[u8]> {
    let mut parts = Parts(BEGIN.to_vec());
    parts.put(0, turn.to_string());
    if let Some(code) = page {
        parts.put(34, code.as_str());
    }
    parts.0.into_boxed_slice()
}

/// Out of DE 62 of an answer: which hand-in it answers, and the code of the page.
pub fn answered(bytes: &[u8]) -> Option<(u16, Option<Short<24>>)> {
    let parts = split(bytes.strip_prefix(BEGIN)?).ok()?;
    let found = |tag: u8| parts.iter().find(|(of, _)| *of == tag).map(|(_, value)| *value);
    let code = |value: &[u8]| {
        let fits = value.len() == 24 && value.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        from_utf8(value).ok().filter(|_| fits).map(Short::cut)
    };
    Some((number(found(0)?).ok()?, found(34).and_then(code)))
}

/// Parts being written.
struct Parts(Vec<u8>);

impl Parts {
    fn put(&mut self, tag: u8, value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        self.0.extend_from_slice(format!("{tag:02}{:03}", value.len()).as_bytes());
        self.0.extend_from_slice(value);
    }

    fn put_text(&mut self, tag: u8, text: &str) {
        if !text.is_empty() {
            self.put(tag, text);
        }
    }
}

impl Handed {
    /// DE 62; `None` if it is more than one message holds.
    pub fn bytes(&self) -> Option<Box<[u8]>> {
        let mut parts = Parts(BEGIN.to_vec());
        parts.put(0, self.turn.to_string());
        if let Some(slip) = &self.slip {
            put_slip(slip, &mut parts);
        }
        if let Some((merchant, cardholder)) = self.papers {
            parts.put(30, format!("{}{}", place(&FATES, &merchant), place(&FATES, &cardholder)));
        }
        if let Some(signed) = self.signed {
            parts.put(31, if signed == Signed::Fits { "1" } else { "0" });
        }
        if let Some(PicturePart { no, of, bytes }) = &self.picture {
            parts.put(32, [format!("{no}{of}").as_bytes(), bytes].concat());
        }
        if self.wants_page {
            parts.put(33, "1");
        }
        (parts.0.len() <= BYTES_MAX).then(|| parts.0.into_boxed_slice())
    }

    /// Out of DE 62 of a message about this exchange. `None`: the field is about something else.
    ///
    /// # Errors
    /// [`BadShape`]: it is about a slip, and wrong.
    pub fn read(bytes: &[u8], about: &TillKey) -> Option<Result<Self, BadShape>> {
        let rest = bytes.strip_prefix(BEGIN)?;
        Some(split(rest).and_then(|parts| Self::of_parts(&parts, about)))
    }

    fn of_parts(parts: &[(u8, &[u8])], about: &TillKey) -> Result<Self, BadShape> {
        let digit = |at: usize, value: &[u8]| value.get(at).map_or(usize::MAX, |b| usize::from(b.wrapping_sub(b'0')));
        let mut handed = Self::default();
        for (tag, value) in parts {
            match tag {
                0 => handed.turn = number(value)?,
                30 => {
                    let fate = |at| FATES.get(digit(at, value)).copied().ok_or(BadShape("no such fate of a paper"));
                    handed.papers = Some((fate(0)?, fate(1)?));
                }
                31 => handed.signed = Some(if *value == b"1" { Signed::Fits } else { Signed::Missing }),
                32 => handed.picture = Some(picture(value)?),
                33 => handed.wants_page = *value == b"1",
                _ => {}
            }
        }
        if parts.iter().any(|(tag, _)| *tag == 1) {
            handed.slip = Some(Box::new(slip(parts, about)?));
        }
        Ok(handed)
    }
}

fn picture(value: &[u8]) -> Result<PicturePart, BadShape> {
    let wrong = BadShape("no part of a picture");
    let [no, of, bytes @ ..] = value else { return Err(wrong) };
    let (no, of) = (no.wrapping_sub(b'0'), of.wrapping_sub(b'0'));
    let fits = no < of && of <= PICTURE_PARTS_MAX && !bytes.is_empty() && bytes.len() <= PICTURE_PART_BYTES;
    // All parts but the last are full, so that where one stands says where its bytes stand.
    if !fits || (no + 1 < of && bytes.len() != PICTURE_PART_BYTES) {
        return Err(wrong);
    }
    Ok(PicturePart { no, of, bytes: bytes.into() })
}

fn put_slip(slip: &Slip, parts: &mut Parts) {
    parts.put(1, place(&KINDS, &slip.transaction).to_string());
    parts.put_text(2, &slip.title);
    parts.put_text(3, &slip.merchant_name);
    parts.put(4, slip.operator.to_string());
    parts.put_text(5, &slip.issuer);
    parts.put_text(6, &slip.acquirer);
    parts.put(7, slip.card.to_string());
    parts.put(8, LETTERS.iter().find(|(letter, _)| *letter == slip.entry).map_or("", |(_, text)| *text));
    if let Some(expiry) = slip.expiry {
        parts.put(9, format!("{:04}", expiry.yymm()));
    }
    if let Some(auth) = &slip.auth {
        parts.put(10, auth.as_str());
    }
    if let Some(rrn) = &slip.rrn {
        parts.put(11, rrn.as_str());
    }
    parts.put(12, slip.at.0.to_string());
    let sign = if slip.negative { '-' } else { '+' };
    parts.put(13, format!("{:03}{sign}{}", slip.amount.currency().0, slip.amount.minor()));
    parts.put(14, place(&VERIFICATIONS, &slip.verification).to_string());
    parts.put(15, if slip.test { "1" } else { "0" });
    for remark in &slip.remarks {
        parts.put(16, remark);
    }
    if let Some(chip) = &slip.chip {
        let counter = chip.atc.to_be_bytes();
        let flags = [u8::from(chip.agreed) | u8::from(chip.contactless) << 1];
        parts.put(17, [&chip.tvr[..], &chip.tsi, &counter, &chip.cryptogram, &flags].concat());
        parts.put_text(18, chip.aid.as_str());
        parts.put_text(19, chip.label.as_str());
    }
}

/// The parts in their order; unknown tags are left to a later version.
fn split(mut rest: &[u8]) -> Result<Vec<(u8, &[u8])>, BadShape> {
    let wrong = BadShape("parts of a slip that do not fit");
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_at_checked(5).ok_or(wrong)?;
        let (value, after) = after.split_at_checked(number(&head[2..])?).ok_or(wrong)?;
        parts.push((number(&head[..2])?, value));
        rest = after;
    }
    Ok(parts)
}

fn number<T: core::str::FromStr>(value: &[u8]) -> Result<T, BadShape> {
    let wrong = BadShape("a part of a slip is no number");
    let text = from_utf8(value).map_err(|_| wrong)?;
    // A plus sign is no digit of ours.
    if text.starts_with('+') {
        return Err(wrong);
    }
    text.parse().map_err(|_| wrong)
}

fn text(value: &[u8]) -> Result<&str, BadShape> {
    from_utf8(value).map_err(|_| BadShape("a text of a slip is not UTF-8"))
}

/// A free text, with what may be a card number in it masked as the paper masks it: it would be kept for years (rules 11).
fn free(value: &[u8]) -> Result<String, BadShape> {
    let mut out: Vec<char> = text(value)?.chars().collect();
    let mut start = 0;
    while start < out.len() {
        let run = out[start..].iter().take_while(|c| c.is_numeric()).count();
        if (13..=19).contains(&run) {
            out[start + 6..start + run - 4].fill('*');
        }
        start += run.max(1);
    }
    Ok(out.into_iter().collect())
}

fn slip(parts: &[(u8, &[u8])], about: &TillKey) -> Result<Slip, BadShape> {
    let found = |tag: u8| parts.iter().find(|(of, _)| *of == tag).map(|(_, value)| *value);
    let must = |tag: u8| found(tag).ok_or(BadShape("a slip without one of its parts"));
    let string = |tag: u8| found(tag).map_or(Ok(String::new()), free);
    let remarks: Vec<&[u8]> = parts.iter().filter(|(tag, _)| *tag == 16).map(|(_, value)| *value).collect();
    if remarks.len() > REMARKS_MAX {
        return Err(BadShape("more remarks than a slip has"));
    }
    let letter = text(must(8)?)?;
    let (amount, negative) = amount(text(must(13)?)?)?;
    let place = |tag: u8| must(tag).and_then(number::<usize>);
    Ok(Slip {
        kind: SlipKind::Approved,
        title: string(2)?,
        merchant_name: string(3)?,
        merchant: about.merchant,
        terminal: about.terminal,
        operator: OperatorNo(number(must(4)?)?),
        issuer: string(5)?,
        acquirer: string(6)?,
        card: CardTail::shown(text(must(7)?)?)?,
        entry: LETTERS.iter().find(|(_, of)| *of == letter).map(|(entry, _)| *entry).ok_or(BadShape("no entry"))?,
        chip: chip(&found)?,
        expiry: found(9).map(|value| text(value).and_then(Expiry::new)).transpose()?,
        transaction: KINDS.get(place(1)?).copied().ok_or(BadShape("no kind that has a slip"))?,
        batch: about.batch,
        voucher: about.stan,
        auth: found(10).map(|value| text(value).and_then(AuthCode::new)).transpose()?,
        rrn: found(11).map(|value| text(value).and_then(Rrn::new)).transpose()?,
        at: Moment(number(must(12)?)?),
        amount,
        negative,
        rows: Vec::new(),
        remarks: remarks.into_iter().map(free).collect::<Result<_, _>>()?,
        verification: VERIFICATIONS.get(place(14)?).copied().ok_or(BadShape("no such verification"))?,
        reprint: false,
        test: found(15) == Some(b"1"),
    })
}

fn amount(text: &str) -> Result<(Amount, bool), BadShape> {
    let wrong = BadShape("no amount of a slip");
    let (currency, rest) = text.split_at_checked(3).ok_or(wrong)?;
    let negative = rest.starts_with('-');
    let minor = rest.strip_prefix(['-', '+']).ok_or(wrong)?;
    let amount = Amount::new(number(minor.as_bytes())?, Currency(number(currency.as_bytes())?))?;
    Ok((amount, negative))
}

fn chip<'a>(found: &impl Fn(u8) -> Option<&'a [u8]>) -> Result<Option<ChipSlip>, BadShape> {
    let Some(value) = found(17) else { return Ok(None) };
    let wrong = BadShape("no chip of a slip");
    let (tvr, rest) = value.split_first_chunk::<5>().ok_or(wrong)?;
    let (tsi, rest) = rest.split_first_chunk::<2>().ok_or(wrong)?;
    let (atc, rest) = rest.split_first_chunk::<2>().ok_or(wrong)?;
    let (cryptogram, rest) = rest.split_first_chunk::<8>().ok_or(wrong)?;
    let [flags @ 0..=3] = rest else { return Err(wrong) };
    Ok(Some(ChipSlip {
        aid: Short::new(text(found(18).unwrap_or_default())?)?,
        label: Short::new(text(found(19).unwrap_or_default())?)?,
        tvr: *tvr,
        tsi: *tsi,
        atc: u16::from_be_bytes(*atc),
        cryptogram: *cryptogram,
        agreed: flags & 1 == 1,
        contactless: flags & 2 == 2,
    }))
}

#[cfg(test)]
mod tests;

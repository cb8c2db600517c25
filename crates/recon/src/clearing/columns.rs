//! Columns of the lines, written and read in one order by one list each. Must never read a column leniently: a blank where a
//! digit belongs is a changed file.

use super::{Detail, LINE, Original};
use crate::day::read_day;
use crate::fee::{CardType, FeeClass};
use crate::key::Entry;
use alloc::format;
use alloc::string::String;
use slipway_terms::{Amount, BusinessDate, InstitutionId, Rrn, SentAt, Stan, SwitchKey};

pub(super) const HEAD: &str = "SLIPWAY-CLEARING01";
const NO_DAY: &str = "          ";
const NO_RRN: &str = "            ";

pub(super) fn header(member: InstitutionId, day: BusinessDate) -> String {
    format!("H{HEAD}{member:<11}{day}", member = member.as_str())
}

pub(super) fn detail(number: u32, d: &Detail) -> String {
    let card = if d.card == CardType::Debit { 'D' } else { 'C' };
    let class = match d.class {
        FeeClass::Standard => 'S',
        FeeClass::Discount => 'D',
        FeeClass::Nonprofit => 'N',
    };
    let undone = if d.undone { 'U' } else { '-' };
    let bearer = if d.acquirer_bears_all { 'A' } else { 'I' };
    let original = d.original.map_or_else(
        || format!("{NO_RRN}{NO_DAY}{:012}{:012}", 0, 0),
        |of| format!("{}{}{:012}{:012}", of.rrn.as_str(), of.date, of.amount.minor(), of.refunded_fen),
    );
    format!(
        "D{number:09}{:<11}{}{}{:<11}{card}{class}{undone}{bearer}{:+013}{original}{:+013}{:+013}{:+013}{:<11}{:010}{}",
        d.acquirer.as_str(),
        d.rrn.as_str(),
        char::from(d.entry.letter()),
        d.issuer.as_str(),
        d.amount_fen,
        d.fees[0],
        d.fees[1],
        d.fees[2],
        d.exchange.forwarder.as_str(),
        d.exchange.sent.number(),
        d.exchange.stan,
    )
}

/// A line being read, column by column from the left.
pub(super) struct Columns<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Columns<'a> {
    /// ASCII only: a column is a number of bytes.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\n").filter(|line| line.len() == LINE - 1)?;
        let printable = line.iter().all(|byte| (0x20..=0x7E).contains(byte));
        Some(Self { line: core::str::from_utf8(line).ok().filter(|_| printable)?, at: 0 })
    }

    pub(super) fn text(&mut self, width: usize) -> Option<&'a str> {
        let from = self.at;
        self.at += width;
        self.line.get(from..self.at)
    }

    pub(super) fn number(&mut self, width: usize) -> Option<u64> {
        let text = self.text(width)?;
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
    }

    /// A sign, then digits; minus zero is nobody's number.
    pub(super) fn signed(&mut self, width: usize) -> Option<i128> {
        let text = self.text(width)?;
        let (sign, digits) = text.split_at_checked(1)?;
        let size: i128 = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
        match sign {
            "+" => Some(size),
            "-" if size != 0 => Some(-size),
            _ => None,
        }
    }

    pub(super) fn institution(&mut self) -> Option<InstitutionId> {
        InstitutionId::new(self.text(11)?.trim_end_matches(' ')).ok()
    }

    pub(super) fn day(&mut self) -> Option<BusinessDate> {
        read_day(self.text(10)?)
    }

    /// Nothing may stand behind the last column.
    pub(super) fn end(&self) -> Option<()> {
        self.line.get(self.at..)?.bytes().all(|b| b == b' ').then_some(())
    }

    fn one_of<T: Copy>(&mut self, choices: &[(&str, T)]) -> Option<T> {
        let letter = self.text(1)?;
        choices.iter().find(|(of, _)| *of == letter).map(|(_, value)| *value)
    }

    /// The columns of a detail behind its number; the name of the first wrong one.
    pub(super) fn detail(&mut self) -> Result<Detail, &'static str> {
        let acquirer = self.institution().ok_or("acquirer")?;
        let rrn = self.text(12).and_then(|text| Rrn::new(text).ok()).ok_or("rrn")?;
        let entry = self.text(1).and_then(|text| Entry::of_letter(text.as_bytes()[0])).ok_or("entry")?;
        let issuer = self.institution().ok_or("issuer")?;
        let card = self.one_of(&[("D", CardType::Debit), ("C", CardType::Credit)]).ok_or("card")?;
        let classes = [("S", FeeClass::Standard), ("D", FeeClass::Discount), ("N", FeeClass::Nonprofit)];
        let class = self.one_of(&classes).ok_or("class")?;
        let undone = self.one_of(&[("U", true), ("-", false)]).ok_or("undone")?;
        let acquirer_bears_all = self.one_of(&[("A", true), ("I", false)]).ok_or("bearer")?;
        let amount_fen = self.fen().ok_or("amount")?;
        let original = self.original().ok_or("original")?;
        let fees = [self.fen().ok_or("fee 1")?, self.fen().ok_or("fee 2")?, self.fen().ok_or("fee 3")?];
        let exchange = self.exchange(acquirer).ok_or("exchange")?;
        self.end().ok_or("end of line")?;
        #[rustfmt::skip]
        let detail = Detail { exchange, acquirer, issuer, rrn, entry, card, class, undone, acquirer_bears_all, amount_fen, original, fees };
        Ok(detail)
    }

    fn exchange(&mut self, acquirer: InstitutionId) -> Option<SwitchKey> {
        let forwarder = self.institution()?;
        let sent = SentAt::from_number(self.number(10)?).ok()?;
        let stan = Stan::new(u32::try_from(self.number(6)?).ok()?).ok()?;
        Some(SwitchKey { acquirer, forwarder, sent, stan })
    }

    fn fen(&mut self) -> Option<i64> {
        i64::try_from(self.signed(13)?).ok()
    }

    fn original(&mut self) -> Option<Option<Original>> {
        let (rrn, date) = (self.text(12)?, self.text(10)?);
        let (amount, refunded_fen) = (self.number(12)?, self.number(12)?);
        if date == NO_DAY {
            return (rrn == NO_RRN && amount == 0 && refunded_fen == 0).then_some(None);
        }
        let amount = Amount::new(amount, slipway_terms::Currency::CNY).ok()?;
        Some(Some(Original { rrn: Rrn::new(rrn).ok()?, date: read_day(date)?, amount, refunded_fen }))
    }
}

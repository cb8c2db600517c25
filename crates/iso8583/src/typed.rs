//! Fields to typed messages and back: the door between bytes and the trade's words.
//! What a dialect has no place for is left out on writing; what the typed message has no place for is left out on reading. Everything else is checked.

use alloc::vec::Vec;
use core::ops::Range;

use slipway_terms::{Balance, Message, PinFormat, Security};

use crate::decoded::Decoded;
use crate::dialect::{Dialect, Family};
use crate::encode::Encoder;
use crate::fault::{Fault, Path, Rule};
use crate::line::Line;
use crate::{cups, pos};

/// Where a message was written, and where its MAC belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The message in the buffer, MTI first.
    pub range: Range<usize>,
    /// Offset in the buffer of the 8 MAC bytes, zeros or the message's own `mac` until patched. The MAC input of a
    /// terminal message is `range.start..mac`; of a switch message see [`crate::mab`].
    pub mac: Option<usize>,
}

/// Makes the typed message of decoded fields, by the dialect it was decoded with.
///
/// # Errors
/// A value that the trade does not allow: path, offset (from the MTI), rule.
pub fn to_message(message: &Decoded<'_>) -> Result<Message, Fault> {
    match message.dialect().family {
        Family::Pos => pos::read(message),
        Family::Cups => cups::read(message),
        // No trade is known behind the fields of a general dialect.
        Family::General => Err(Fault::new(Path::Mti, 0, Rule::Kind)),
    }
}

/// Writes `message` to the end of `buf` in `dialect`; with `mac`, its MAC field is there to be patched.
///
/// # Errors
/// A value that does not fit its row. `buf` is then as it was.
pub fn from_message(message: &Message, dialect: &Dialect, mac: bool, buf: &mut Vec<u8>) -> Result<Packed, Fault> {
    let mut mti = Line::<4>::new();
    mti.number(u64::from(message.mti.0), 4);
    let mti = <[u8; 4]>::try_from(mti.bytes()).unwrap_or(*b"0000");
    let mut to = Encoder::begin(buf, dialect, mti)?;
    match dialect.family {
        Family::Pos => pos::write(message, &mut to)?,
        Family::Cups => cups::write(message, &mut to)?,
        Family::General => return Err(Fault::new(Path::Mti, 0, Rule::Kind)),
    }
    if mac {
        let n = if dialect.family == Family::Pos { 64 } else { 128 };
        to.field(n, &message.mac.map_or([0; 8], |mac| mac.0))?;
    }
    let range = to.finish()?;
    let mac = mac.then(|| range.end - 8);
    Ok(Packed { range, mac })
}

/// F4's companion F49: with an amount, and in financial messages without one (balance inquiry, settlement), where it is mandatory.
pub(crate) fn write_currency(message: &Message, to: &mut Encoder<'_>) -> Result<(), Fault> {
    let class = message.mti.0 / 100;
    match message.amount {
        Some(amount) => write_number(to, 49, Some(u64::from(amount.currency().0)), 3),
        None if matches!(class, 1 | 2 | 5) => to.field(49, b"156").map(drop),
        None => Ok(()),
    }
}

/// A number in a field of characters, with zeros on the left to `width`.
pub(crate) fn write_number(to: &mut Encoder<'_>, n: u8, value: Option<u64>, width: usize) -> Result<(), Fault> {
    let Some(value) = value else { return Ok(()) };
    let mut line = Line::<20>::new();
    line.number(value, width);
    to.field(n, line.bytes()).map(drop)
}

pub(crate) fn write_security(to: &mut Encoder<'_>, security: Option<Security>) -> Result<(), Fault> {
    let Some(security) = security else { return Ok(()) };
    let format = match security.pin {
        None => 0,
        Some(PinFormat::WithoutPan) => 1,
        Some(PinFormat::WithPan) => 2,
    };
    let mut line = Line::<16>::new();
    line.number(format, 1).number(u64::from(security.algorithm), 1).number(u64::from(security.track), 1).number(0, 13);
    to.field(53, line.bytes()).map(drop)
}

pub(crate) fn write_balance(to: &mut Encoder<'_>, balance: Option<Balance>) -> Result<(), Fault> {
    let Some(balance) = balance else { return Ok(()) };
    let mut line = Line::<20>::new();
    line.number(u64::from(balance.account_type), 2).number(u64::from(balance.amount_type), 2);
    line.number(u64::from(balance.amount.currency().0), 3).text(if balance.owed { b"D" } else { b"C" });
    line.number(balance.amount.minor(), 12);
    to.field(54, line.bytes()).map(drop)
}

/// Writes a field if its term is there; the second form turns the term into a number first.
macro_rules! put {
    ($to:ident, $n:literal, number $value:expr) => {
        if let Some(value) = $value {
            $to.number($n, u64::from(value))?;
        }
    };
    ($to:ident, $n:literal, bytes $value:expr) => {
        if let Some(value) = &$value {
            $to.field($n, AsRef::<[u8]>::as_ref(value))?;
        }
    };
}
pub(crate) use put;

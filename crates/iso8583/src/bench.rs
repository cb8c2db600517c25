//! What `slipway bench codec` measures: one chip sale with PIN of a project test card, packed and unpacked; by fields, as any dialect
//! is, and as a typed message.
//! Nothing here reads a clock; the caller times it. The card is a test card, the PIN block and cryptogram are made up.

use alloc::boxed::Box;
use alloc::vec::Vec;

use slipway_terms::{
    Amount, BadShape, BatchNo, ConditionCode, EntryMode, Mac, MerchantId, Message, Mti, Pan, PinBlock, PinFormat,
    ProcessingCode, Security, Stan, TerminalId, Till60, Track2,
};

use crate::decode::decode;
use crate::decoded::Decoded;
use crate::dialects::UNIONPAY_POS;
use crate::encode::Encoder;
use crate::fault::Fault;
use crate::frame::{Envelope, PosHeader, Tpdu};
use crate::typed::{from_message, to_message};

#[rustfmt::skip]
const CHIP: [u8; 118] = [
    0x9F, 0x26, 8, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x9F, 0x27, 1, 0x80,
    0x9F, 0x10, 8, 0x07, 0x01, 0x03, 0xA0, 0x20, 0x02, 0x01, 0x0A, 0x9F, 0x37, 4, 0x11, 0x22, 0x33, 0x44,
    0x9F, 0x36, 2, 0x00, 0x01, 0x95, 5, 0, 0, 0, 0, 0, 0x9A, 3, 0x30, 0x12, 0x31, 0x9C, 1, 0x00,
    0x9F, 0x02, 6, 0, 0, 0, 0, 0x88, 0x00, 0x5F, 0x2A, 2, 0x01, 0x56, 0x82, 2, 0x7C, 0x00,
    0x9F, 0x1A, 2, 0x01, 0x56, 0x9F, 0x03, 6, 0, 0, 0, 0, 0, 0, 0x9F, 0x33, 3, 0xE0, 0xE1, 0xC8,
    0x84, 9, 0xF0, 0x99, 0x90, 0x01, 0, 0, 0, 0, 0x01,
    0x9F, 0x34, 3, 0x42, 0x03, 0x00, 0x9F, 0x35, 1, 0x22, 0x9F, 0x41, 3, 0, 0, 0x01,
];

/// The sale that is packed: built anew, as a terminal builds it.
///
/// # Errors
/// None in practice: all values have their shape.
pub fn sale(stan: u32) -> Result<Message, BadShape> {
    Ok(Message {
        pan: Some(Pan::new("9990010000000014")?),
        processing: Some(ProcessingCode(0)),
        amount: Some(Amount::fen(8_800)),
        stan: Some(Stan::new(stan)?),
        entry: Some(EntryMode(51)),
        card_sequence: Some(1),
        condition: Some(ConditionCode(0)),
        pin_length_max: Some(12),
        track2: Some(Track2::new("9990010000000014=30122010000000000000")?),
        terminal: Some(TerminalId::new("10000001")?),
        merchant: Some(MerchantId::new("999290054110001")?),
        pin: Some(PinBlock([0x5A; 8])),
        security: Some(Security { pin: Some(PinFormat::WithPan), algorithm: 6, track: false }),
        chip: Some(Box::from(CHIP)),
        till60: Some(Till60::financial(22, BatchNo(1))),
        mac: Some(Mac([0x41; 8])),
        ..Message::new(Mti(200))
    })
}

/// Packs a message into one framed terminal request at the front of `buf` (cleared first).
///
/// # Errors
/// A value that does not fit.
pub fn pack(message: &Message, buf: &mut Vec<u8>) -> Result<(), Fault> {
    buf.clear();
    let mark = AROUND.open(buf);
    from_message(message, &UNIONPAY_POS, true, buf)?;
    AROUND.close(buf, mark)
}

/// Unpacks what [`pack`] made into a typed message.
///
/// # Errors
/// Any fault of the bytes.
pub fn unpack(frame: &[u8]) -> Result<Message, Fault> {
    to_message(&decode(&UNIONPAY_POS, frame.get(13..).unwrap_or_default())?)
}

const AROUND: Envelope = Envelope::Pos(
    Tpdu { id: 0x60, destination: [0, 6], source: [0, 0] },
    PosHeader([0x60, 0x32, 0x00, 0x32, 0x01, 0x01]),
);

/// The same sale by fields, as the table-driven codec packs any message: into a buffer that is used again.
///
/// # Errors
/// A value that does not fit.
pub fn pack_fields(stan: u32, buf: &mut Vec<u8>) -> Result<(), Fault> {
    buf.clear();
    let mark = AROUND.open(buf);
    let mut to = Encoder::begin(buf, &UNIONPAY_POS, *b"0200")?;
    to.field(2, b"9990010000000014")?.number(3, 0)?.number(4, 8_800)?.number(11, u64::from(stan))?;
    to.number(22, 51)?.number(23, 1)?.number(25, 0)?.number(26, 12)?;
    to.field(35, b"9990010000000014=30122010000000000000")?;
    to.field(41, b"10000001")?.field(42, b"999290054110001")?.field(49, b"156")?;
    to.field(52, &[0x5A; 8])?.number(53, 2_600_000_000_000_000)?.field(55, &CHIP)?;
    to.field(60, b"22000001000500")?.field(64, &[0x41; 8])?;
    to.finish()?;
    AROUND.close(buf, mark)
}

/// Unpacks what [`pack_fields`] made and looks at every value: numbers as numbers, digits as characters, anything else as bytes.
/// What comes out depends on all of them.
///
/// # Errors
/// Any fault of the bytes.
pub fn unpack_fields(frame: &[u8]) -> Result<u64, Fault> {
    let message = decode(&UNIONPAY_POS, frame.get(13..).unwrap_or_default())?;
    Ok(values(&message))
}

fn values(message: &Decoded<'_>) -> u64 {
    let mut held = [0; 64];
    let mut sum = 0u64;
    for n in message.numbers() {
        sum = sum.wrapping_add(match n {
            3 | 4 | 11 | 22 | 23 | 25 | 26 | 53 => message.number(n).unwrap_or(0),
            2 | 35 | 60 => {
                let len = message.digits(n).map_or(0, |digits| digits.copy_to(&mut held));
                held.get(..len).and_then(<[u8]>::last).map_or(0, |last| u64::from(*last))
            }
            _ => message.raw(n).map_or(0, |raw| raw.len() as u64),
        });
    }
    sum
}

//! Bytes of the links to messages and back: which peer speaks which dialect, what stands around a message, what a MAC covers.

use slipway_iso8583::{
    CupsHeader, Dialect, Envelope, Family, Fault, PosHeader, Tpdu, UNIONPAY_CUPS, UNIONPAY_POS, Wrapped, decode,
    detect, from_message, mab, mac_field, to_message,
};
use slipway_node::Peer;
use slipway_terms::{BatchNo, InstitutionId, Mac, Message, Moment, Mti, Stan, Till60};

/// What one frame (without its length) holds.
#[derive(Debug)]
pub struct Unpacked {
    /// The message, with its MAC as received.
    pub message: Message,
    /// What the MAC covers; empty if there is none.
    pub mac_data: Vec<u8>,
    /// Terminal side: TPDU.
    pub tpdu: [u8; 5],
    /// Terminal side: header.
    pub header: [u8; 6],
    /// Switch side: who the header says it comes from.
    pub source: Option<InstitutionId>,
}

/// The number of the switch in headers, by custom.
const SWITCH_ID: &str = "00010000";

/// Reads one frame.
pub fn unpack(family: Family, frame: &[u8]) -> Result<Unpacked, Fault> {
    let framing = detect(family, frame, Some(Wrapped::Header))?;
    let dialect = if family == Family::Pos { &UNIONPAY_POS } else { &UNIONPAY_CUPS };
    let decoded = decode(dialect, &frame[framing.body.clone()])?;
    let mut mac_data = Vec::new();
    if mac_field(&decoded).is_some() {
        mab(&decoded, &mut mac_data)?;
    }
    let source = framing.cups.as_ref().and_then(|header| {
        core::str::from_utf8(&header.source).ok().and_then(|id| InstitutionId::new(id.trim_end()).ok())
    });
    Ok(Unpacked {
        message: to_message(&decoded)?,
        mac_data,
        tpdu: framing.tpdu.map_or([0; 5], |tpdu| tpdu.bytes()),
        header: framing.header.map_or([0; 6], |header| header.0),
        source,
    })
}

/// Why a message did not become a frame.
#[derive(Debug)]
pub enum PackFault {
    /// Its dialect cannot carry a value.
    Value(Fault),
    /// The key that should MAC it is not in the vault: without its MAC it does not leave.
    NoKey,
}

impl From<Fault> for PackFault {
    fn from(fault: Fault) -> Self {
        Self::Value(fault)
    }
}

/// Appends one whole frame to `out`; with `mac`, the code it makes over the covered bytes stands in DE 64 or 128. On `Err`
/// nothing was appended.
pub fn pack(
    to: Peer,
    own: Option<InstitutionId>,
    message: &Message,
    mac: Option<impl FnOnce(&[u8]) -> Option<Mac>>,
    out: &mut Vec<u8>,
) -> Result<(), PackFault> {
    let (dialect, envelope) = match to {
        Peer::Line(line) => (&UNIONPAY_POS, Envelope::Pos(Tpdu::parse(line.tpdu).answer(), PosHeader(line.header))),
        Peer::Host(_) => {
            (&UNIONPAY_POS, Envelope::Pos(Tpdu::parse([0x60, 0, 5, 0, 0]), PosHeader([0x60, 0x31, 0, 0x31, 0, 0])))
        }
        peer => {
            let source = own.as_ref().map_or(SWITCH_ID, InstitutionId::as_str);
            let destination = if let Peer::Member(id) = &peer { id.as_str() } else { SWITCH_ID };
            (&UNIONPAY_CUPS, Envelope::Cups(CupsHeader::new(destination, source)))
        }
    };
    let began = out.len();
    let done = framed(dialect, &envelope, message, mac, out);
    if done.is_err() {
        out.truncate(began);
    }
    done
}

fn framed(
    dialect: &'static Dialect,
    envelope: &Envelope,
    message: &Message,
    mac: Option<impl FnOnce(&[u8]) -> Option<Mac>>,
    out: &mut Vec<u8>,
) -> Result<(), PackFault> {
    let mark = envelope.open(out);
    // DE 128 of a zone key reset is part of the message: it proves the new key and not the line.
    let packed = from_message(message, dialect, mac.is_some() || message.mac.is_some(), out)?;
    if let (Some(mac), Some(at)) = (mac, packed.mac) {
        let code = if dialect.family == Family::Pos {
            mac(&out[packed.range.start..at])
        } else {
            let mut data = Vec::with_capacity(256);
            mab(&decode(dialect, &out[packed.range.clone()])?, &mut data)?;
            mac(&data)
        };
        out[at..at + 8].copy_from_slice(&code.ok_or(PackFault::NoKey)?.0);
    }
    envelope.close(&mut out[..], mark)?;
    Ok(())
}

/// The message a dialled link sends by itself: a member's sign-on (001) when it connects, an echo (301) when it is idle.
pub(crate) fn greeting(peer: Peer, own: Option<InstitutionId>, at: Moment, code: u16) -> Option<Message> {
    let mut message = Message::new(Mti(820));
    match peer {
        Peer::Host(_) if code != 301 => return None,
        Peer::Host(seat) => {
            message.terminal = Some(seat);
            message.till60 = Some(Till60::management(BatchNo(0), code));
        }
        _ => {
            message.sent = Some(at.sent_at());
            message.stan = Some(Stan::FIRST);
            message.forwarder = own;
            message.network_code = Some(code);
        }
    }
    Some(message)
}

/// The answer to a greeting: a sign of life for the link, nothing for the core.
pub(crate) fn is_echo_answer(message: &Message) -> bool {
    message.mti == Mti(830)
        && (matches!(message.network_code, Some(1 | 301)) || message.till60.is_some_and(|t| t.management == Some(301)))
}

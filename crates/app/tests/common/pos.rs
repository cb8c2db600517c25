//! A terminal program from outside: one TCP line, its own keys, frames made by hand.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::Value;
use slipway_iso8583::{Family, from_hex};
use slipway_node::Peer;
use slipway_runtime::wire::{pack, unpack};
use slipway_terms::{
    Advice, Amount, BatchNo, EntryMode, Kind, Mac, MacMethod, MerchantId, Message, Mti, Pan, Pin, PinBlock, PinFormat,
    ResponseCode, Security, Short, Stan, TerminalId, Till60, Track2,
};
use slipway_vault::{Algorithm, ClearKey, KeyBlock, MakSlot, Schedule, WorkingKeys, encipher_pin, mac};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One terminal and its line.
pub struct Pos {
    pub line: TcpStream,
    pub terminal: TerminalId,
    pub merchant: MerchantId,
    pub batch: BatchNo,
    tmk: Schedule,
    keys: Option<(Schedule, Schedule)>,
    stan: u32,
}

/// The whole of a message's frame with this code as its MAC, or none.
pub fn frame(terminal: TerminalId, message: &Message, code: Option<&Schedule>) -> Vec<u8> {
    let mut out = Vec::new();
    let seal = code.map(|key| |data: &[u8]| Some(Mac(mac(MacMethod::EcbXor, key, data).unwrap())));
    pack(Peer::Host(terminal), None, message, seal, &mut out).unwrap();
    out
}

/// One frame off a line; `None` when the line ends or stays silent for ten seconds.
pub fn hear(line: &mut TcpStream) -> Option<Message> {
    line.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut length = [0; 2];
    line.read_exact(&mut length).ok()?;
    let mut frame = vec![0; usize::from(u16::from_be_bytes(length))];
    line.read_exact(&mut frame).ok()?;
    Some(unpack(Family::Pos, &frame).unwrap().message)
}

impl Pos {
    /// Terminal `index` of the ready document's `terminals`, connected and signed on.
    pub fn signed_on(ready: &Value, index: usize) -> Self {
        let entry = &ready["terminals"][index];
        let text = |key: &str| entry[key].as_str().unwrap();
        let tmk = ClearKey::new(Algorithm::Tdes, &from_hex(text("tmk")).unwrap()).unwrap();
        let at: SocketAddr = ready["acquirer"].as_str().unwrap().parse().unwrap();
        let mut pos = Self {
            line: TcpStream::connect(at).unwrap(),
            terminal: TerminalId::new(text("terminal")).unwrap(),
            merchant: MerchantId::new(text("merchant")).unwrap(),
            batch: BatchNo(0),
            tmk: Schedule::new(&tmk).unwrap(),
            keys: None,
            stan: 0,
        };
        pos.sign_on();
        pos
    }

    fn sign_on(&mut self) {
        let mut message = self.message(Mti(800));
        message.till60 = Some(Till60::management(self.batch, 3));
        message.private62 = Some(b"Sequence No120000".to_vec().into());
        message.operator_or_scheme = Some(Short::cut("01 "));
        self.tell(&frame(self.terminal, &message, None));
        let said = self.hear();
        assert_eq!(said.code, Some(ResponseCode::APPROVED), "sign-on");
        let block = said.private62.unwrap();
        let keys = WorkingKeys::parse(&self.tmk, KeyBlock::Double, MakSlot::Single, &block).unwrap();
        self.keys = Some((Schedule::new(&keys.pin).unwrap(), Schedule::new(&keys.mac).unwrap()));
        self.batch = said.till60.unwrap().batch;
    }

    /// A message of this terminal with its next number.
    pub fn message(&mut self, mti: Mti) -> Message {
        self.stan += 1;
        let mut message = Message::new(mti);
        message.terminal = Some(self.terminal);
        message.merchant = Some(self.merchant);
        message.stan = Some(Stan::new(self.stan).unwrap());
        message
    }

    /// A sale by stripe and PIN.
    pub fn sale(&mut self, fen: u64, card: &Value) -> Message {
        let shape = Kind::Sale.shape();
        let mut message = self.message(shape.mti);
        message.processing = Some(shape.processing);
        message.condition = Some(shape.condition);
        message.amount = Some(Amount::fen(fen));
        message.entry = Some(EntryMode(21));
        message.track2 = Some(Track2::new(card["track2"].as_str().unwrap()).unwrap());
        let (pan, pin) = (Pan::new(card["pan"].as_str().unwrap()).unwrap(), Pin::new("123456").unwrap());
        let block = encipher_pin(&pin, PinFormat::WithPan, &pan, &self.keys.as_ref().unwrap().0).unwrap();
        message.pin = Some(PinBlock(block));
        message.pin_length_max = Some(12);
        message.security = Some(Security { pin: Some(PinFormat::WithPan), algorithm: 6, track: false });
        message.till60 = Some(Till60::financial(shape.type_code, self.batch));
        message
    }

    /// The reversal of a sale.
    pub fn reversal(&self, sale: &Message) -> Message {
        let mut advice = Advice::of(sale, Mti(400), None);
        advice.code = Some(ResponseCode::ISSUER_TIMEOUT);
        advice.message(None)
    }

    /// The frame of a message under this terminal's MAC key.
    pub fn sealed(&self, message: &Message) -> Vec<u8> {
        frame(self.terminal, message, Some(&self.keys.as_ref().unwrap().1))
    }

    /// Puts bytes on the line.
    pub fn tell(&mut self, bytes: &[u8]) {
        self.line.write_all(bytes).unwrap();
    }

    /// The next answer.
    pub fn hear(&mut self) -> Message {
        hear(&mut self.line).unwrap()
    }

    /// Sends a message under its MAC; the answer's code.
    pub fn ask(&mut self, message: &Message) -> String {
        let bytes = self.sealed(message);
        self.ask_bytes(&bytes)
    }

    /// Sends a frame; the answer's code.
    pub fn ask_bytes(&mut self, bytes: &[u8]) -> String {
        self.tell(bytes);
        self.hear().code.unwrap().as_str().to_owned()
    }
}

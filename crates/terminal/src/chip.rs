//! The chip in the reader: read, asked for its cryptogram when the request is ready to leave, and after an approval asked for the
//! last word. Until it has agreed nothing is approved: the reversal stays stored, and a chip that refuses, is pulled or is
//! forgotten in a power cut has its payment taken back.

use crate::seat::Seat;
use crate::{Card, Exchange, Order, Work, screen};
use alloc::boxed::Box;
use alloc::vec::Vec;
use slipway_terms::chip::{self, ChipFields, tag};
use slipway_terms::{
    ChipAsk, ChipCard, ChipSaid, ChipSlip, ChipTerms, Doubt, Kind, Message, Mti, OriginalTill, Stan, Till60, TillKey,
};

/// A chip in the hand: what it said of itself, what it was told, and its cryptogram once it was asked.
#[derive(Clone)]
pub struct Chip {
    /// What it is.
    pub card: ChipCard,
    /// What it was told; `Some` as soon as it was asked.
    pub terms: Option<ChipTerms>,
    /// Its answer.
    pub said: Option<ChipSaid>,
}

/// An approval that waits for its chip. Exists in memory only.
#[derive(Clone)]
pub struct Approval {
    /// Of which exchange.
    pub key: TillKey,
    /// The answer, with what the issuer says to the chip.
    pub message: Box<Message>,
}

/// Tag 9F33: keyed, stripe and chip; enciphered PIN online, signature, none; no offline authentication.
const CAPABILITIES: [u8; 3] = [0xE0, 0x68, 0x00];
/// Tag 9F35: attended, a merchant's, online.
const TERMINAL_TYPE: u8 = 0x21;
/// Tag 9F09.
const VERSION: [u8; 2] = [0x00, 0x30];
/// 60.3 of a script result.
const SCRIPT: u16 = 951;

/// Kinds that a chip is asked about: those of its own, not those about an earlier exchange.
pub(crate) const fn proves(kind: Kind) -> bool {
    matches!(kind, Kind::Sale | Kind::PreAuth | Kind::Balance)
}

impl Order {
    /// The chip that must be asked before this order leaves.
    fn chip(&mut self) -> Option<&mut Chip> {
        let kind = self.kind;
        self.card.as_mut()?.chip.as_mut().filter(|_| proves(kind))
    }
}

impl Seat<'_, '_> {
    /// A chip was inserted or held to the reader.
    pub fn chip_read(&mut self, chip: &ChipCard) {
        let kind = self.note.order.as_ref().map(|order| order.kind);
        if matches!(kind, Some(Kind::Moto)) {
            return self.show(screen::key_the_card());
        }
        if matches!(kind, Some(Kind::OfflineSale)) {
            return self.show(screen::chip_goes_online());
        }
        let chip = Chip { card: chip.clone(), terms: None, said: None };
        let (pan, expiry) = (chip.card.pan.clone(), Some(chip.card.expiry));
        self.card_in_hand(Card { pan, track: None, expiry, sealed: None, chip: Some(chip) });
    }

    /// A small sale by a chip held to the reader: no PIN, no signature.
    pub fn taps_without_pin(&self) -> bool {
        let Some(order) = self.note.order.as_ref().filter(|order| order.kind == Kind::Sale) else { return false };
        let small = order.amount.is_some_and(|amount| amount.minor() <= self.profile.trade.tap_fen);
        let chip = order.card.as_ref().and_then(|card| card.chip.as_ref());
        small && chip.is_some_and(|chip| chip.card.contactless)
    }

    /// Whether the order at hand still waits for its chip; asks it if nobody has.
    pub fn waits_for_chip(&mut self) -> bool {
        let date = self.at.plus_ms(self.till.clock_ahead_ms).date();
        let Some(order) = self.note.order.as_mut() else { return false };
        let (amount, with_pin) = (order.amount, order.pin.is_some());
        let kind = u8::try_from(order.kind.shape().processing.0 / 10_000).unwrap_or(0);
        let Some(chip) = order.chip() else { return false };
        if chip.said.is_some() {
            return false;
        }
        if chip.terms.is_none() {
            let year = u64::try_from(date.year.rem_euclid(100)).unwrap_or(0);
            let terms = ChipTerms {
                amount_fen: amount.map_or(0, slipway_terms::Amount::minor),
                date: chip::packed(year * 10_000 + u64::from(date.month) * 100 + u64::from(date.day)),
                kind: ((kind / 10) << 4) | (kind % 10),
                // Third byte, third bit: PIN entered, verified online.
                tvr: [0, 0, if with_pin { 0x04 } else { 0 }, 0, 0],
            };
            chip.terms = Some(terms.clone());
            self.d.ask_chip(self.id, ChipAsk::First(terms));
        }
        self.show(screen::chip_busy());
        true
    }

    /// The chip answered.
    pub fn chip_said(&mut self, said: &ChipSaid) {
        if let Some(approval) = self.note.approval.take() {
            return self.chip_decided(approval, said);
        }
        let asked = self.note.order.as_mut().and_then(Order::chip).filter(|chip| chip.terms.is_some());
        let Some(chip) = asked.filter(|chip| chip.said.is_none()) else {
            return self.d.count("chip without a question");
        };
        match said {
            ChipSaid::Cryptogram { .. } => {
                chip.said = Some(said.clone());
                self.proceed();
            }
            ChipSaid::Agrees { .. } | ChipSaid::Refuses | ChipSaid::Gone => {
                // Nothing has left: nobody is asked to give anything back.
                self.drop_order();
                self.show(screen::chip_refused());
            }
        }
    }

    /// The order goes again under a new number: a chip makes a new cryptogram for it, and counts on.
    pub fn chip_again(&mut self) {
        if let Some(chip) = self.note.order.as_mut().and_then(Order::chip) {
            (chip.terms, chip.said) = (None, None);
        }
    }

    /// Whether an approval needs the chip's agreement: one that is still in the reader.
    fn chip_decides(&self, exchange: &Exchange) -> bool {
        exchange.kind.shape().reversible && exchange.chip.as_ref().is_some_and(|chip| !chip.contactless)
    }

    /// The host approved. `false`: nothing is to be asked. Until the chip has spoken the exchange stands as sent, with its
    /// reversal stored: a power cut takes the payment back.
    pub fn chip_has_the_word(&mut self, exchange: &Exchange, message: &Message) -> bool {
        if self.note.approval.as_ref().is_some_and(|approval| approval.key == exchange.key) {
            self.d.count("late answer");
            return true;
        }
        if !self.chip_decides(exchange) {
            return false;
        }
        let field = message.chip.as_deref().unwrap_or_default();
        let issuer = chip::find(field, tag::ISSUER_AUTHENTICATION).and_then(|proof| proof.try_into().ok());
        let is_script = |tag: &u32| matches!(*tag, tag::SCRIPT_BEFORE | tag::SCRIPT_AFTER);
        let scripts: Vec<u8> = chip::objects(field)
            .filter(|(tag, ..)| is_script(tag))
            .flat_map(|(_, _, whole)| whole.iter().copied())
            .collect();
        self.note.approval = Some(Approval { key: exchange.key, message: Box::new(message.clone()) });
        self.note.work = Some(Work::Request(exchange.key));
        self.d.ask_chip(self.id, ChipAsk::Second { issuer, scripts: scripts.into() });
        self.show(screen::chip_busy());
        true
    }

    fn chip_decided(&mut self, approval: Approval, said: &ChipSaid) {
        let found = self.facts.get::<Exchange>(&approval.key).filter(|e| e.standing == crate::Standing::Sent);
        let Some(mut exchange) = found.cloned() else { return self.d.count("chip too late") };
        self.off_wire(Work::Request(approval.key));
        exchange.at = self.at;
        let ChipSaid::Agrees { cryptogram, script } = said else {
            // The host approved and the card did not: what was debited goes back.
            return self.doubt(exchange, Doubt::CardDeclined, approval.message.auth);
        };
        if let Some(chip) = &mut exchange.chip {
            (chip.cryptogram, chip.agreed) = (*cryptogram, true);
            // Issuer authentication was performed; a script was processed.
            chip.tsi[0] |= 0x10 | if script.is_some() { 0x04 } else { 0 };
        }
        let result = script.and_then(|result| self.script_result(&exchange, result));
        self.approved(exchange, &approval.message);
        if let Some(message) = result {
            // Sent once, whatever is answered: DE 55 has no place on disk (rules 11).
            self.send_coded(message);
        }
    }

    /// DE 55 of a request, in the order of the trade.
    pub fn chip_field(&self, chip: &Chip, pin: bool, stan: Stan) -> Option<Box<[u8]>> {
        let (Some(terms), Some(ChipSaid::Cryptogram { kind, atc, cryptogram, issuer_data, unpredictable })) =
            (&chip.terms, &chip.said)
        else {
            return None;
        };
        let mut fields = ChipFields::default();
        fields
            .put(tag::CRYPTOGRAM, cryptogram)
            .put(tag::CRYPTOGRAM_TYPE, &[*kind])
            .put(tag::ISSUER_DATA, issuer_data)
            .put(tag::UNPREDICTABLE, unpredictable)
            .put(tag::ATC, &atc.to_be_bytes())
            .put(tag::TVR, &terms.tvr)
            .put(tag::DATE, &terms.date)
            .put(tag::TYPE, &[terms.kind])
            .put(tag::AMOUNT, &chip::packed::<6>(terms.amount_fen))
            .put(tag::CURRENCY, &chip::CURRENCY_CNY)
            .put(tag::AIP, &chip.card.aip)
            .put(tag::COUNTRY, &chip::COUNTRY_CN)
            .put(tag::OTHER_AMOUNT, &[0; 6])
            .put(tag::CAPABILITIES, &CAPABILITIES)
            .put(tag::CVM_RESULTS, &if pin { [0x42, 0x03, 0x00] } else { [0x1F, 0x03, 0x00] })
            .put(tag::TERMINAL_TYPE, &[TERMINAL_TYPE])
            .put(tag::SERIAL, self.profile.serial.as_str().as_bytes())
            .put(tag::DF_NAME, &chip::from_hex(chip.card.aid.as_str()).unwrap_or_default())
            .put(tag::VERSION, &VERSION)
            .put(tag::SEQUENCE, &chip::packed::<4>(u64::from(stan.number())));
        Some(fields.into_field())
    }

    /// DE 55 of a script's result, and the message that carries it.
    fn script_result(&mut self, exchange: &Exchange, result: [u8; 5]) -> Option<Message> {
        let order = self.note.order.as_ref()?;
        let card = order.card.as_ref()?;
        let chip = card.chip.as_ref()?;
        let (Some(terms), Some(ChipSaid::Cryptogram { atc, cryptogram, issuer_data, unpredictable, .. })) =
            (&chip.terms, &chip.said)
        else {
            return None;
        };
        let mut fields = ChipFields::default();
        fields
            .put(tag::CAPABILITIES, &CAPABILITIES)
            .put(tag::TVR, &terms.tvr)
            .put(tag::UNPREDICTABLE, unpredictable)
            .put(tag::SERIAL, self.profile.serial.as_str().as_bytes())
            .put(tag::ISSUER_DATA, issuer_data)
            .put(tag::CRYPTOGRAM, cryptogram)
            .put(tag::ATC, &atc.to_be_bytes())
            .put(tag::AIP, &chip.card.aip)
            .put(tag::SCRIPT_RESULT, &result)
            .put(tag::COUNTRY, &chip::COUNTRY_CN)
            .put(tag::DATE, &terms.date);
        let mut message = Message::new(Mti(620));
        message.processing = Some(exchange.kind.shape().processing);
        message.amount = exchange.amount;
        message.entry = Some(exchange.entry);
        message.card_sequence = Some(u16::from(chip.card.sequence));
        message.condition = Some(exchange.kind.shape().condition);
        message.chip = Some(fields.into_field());
        let (batch, stan) = (exchange.key.batch, exchange.key.stan.number());
        message.original_till = Some(OriginalTill { batch, stan, date: None });
        message.till60 = Some(Till60::management(batch, SCRIPT));
        message.stan = Some(self.take_stan());
        Some(self.signed(message))
    }
}

impl Chip {
    /// What its journal line and slip keep.
    pub(crate) fn slip(&self) -> Option<Box<ChipSlip>> {
        let (Some(terms), Some(ChipSaid::Cryptogram { atc, cryptogram, .. })) = (&self.terms, &self.said) else {
            return None;
        };
        Some(Box::new(ChipSlip {
            aid: self.card.aid,
            label: self.card.label,
            tvr: terms.tvr,
            // Cardholder verification, card and terminal risk management were performed.
            tsi: [0x68, 0],
            atc: *atc,
            cryptogram: *cryptogram,
            agreed: false,
            contactless: self.card.contactless,
        }))
    }
}

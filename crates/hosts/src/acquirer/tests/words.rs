//! What terminals and the switch say in the stories.

use super::*;

impl World {
    pub fn base(&mut self, mti: u16) -> Message {
        self.stan += 1;
        Message {
            stan: Some(Stan::new(self.stan).unwrap()),
            terminal: Some(TerminalId::new(TILL).unwrap()),
            merchant: Some(MerchantId::new(SHOP).unwrap()),
            ..Message::new(Mti(mti))
        }
    }

    pub fn sale(&mut self, fen: u64) -> Message {
        Message {
            processing: Some(ProcessingCode(0)),
            amount: Some(Amount::fen(fen)),
            entry: Some(EntryMode(21)),
            condition: Some(ConditionCode(0)),
            pin_length_max: Some(12),
            track2: Some(Track2::new(&alloc::format!("{CARD}=30121010000")).unwrap()),
            pin: Some(PinBlock([0x11; 8])),
            security: Some(Security { pin: Some(PinFormat::WithPan), algorithm: 6, track: false }),
            till60: Some(Till60::financial(22, BatchNo(7))),
            ..self.base(200)
        }
    }

    pub fn inquiry(&mut self) -> Message {
        Message {
            processing: Some(ProcessingCode(310_000)),
            amount: None,
            till60: Some(Till60::financial(1, BatchNo(7))),
            ..self.sale(1)
        }
    }

    /// A request of another kind, about this earlier one where it is about one: no card, the original by number and reference.
    pub fn about(&mut self, kind: Kind, fen: u64, first: Option<(&Message, &Message)>) -> Message {
        let shape = kind.shape();
        let plain = self.sale(fen);
        let named = shape.names_original;
        let track2 = plain.track2.clone().filter(|_| !named && kind != Kind::OfflineSale);
        Message {
            mti: shape.mti,
            processing: Some(shape.processing),
            condition: Some(shape.condition),
            till60: Some(Till60::financial(shape.type_code, BatchNo(7))),
            pan: if kind == Kind::OfflineSale { Pan::new(CARD).ok() } else { None },
            entry: Some(EntryMode(if named { 2 } else { 22 })),
            track2,
            pin: None,
            security: None,
            pin_length_max: None,
            rrn: first.and_then(|(_, forwarded)| forwarded.rrn),
            original_till: first.map(|(asked, _)| OriginalTill {
                batch: BatchNo(7),
                stan: asked.stan.unwrap().number(),
                date: None,
            }),
            ..plain
        }
    }

    /// Said by the terminal, forwarded, answered by the switch: the request and what was forwarded.
    pub fn done(&mut self, m: Message, text: &str) -> (Message, Message) {
        let mut left = self.hear(m.clone());
        let forwarded = match left.advices.pop() {
            Some(advice) => advice.message(Pan::new(CARD).ok()),
            None => left.switch.pop().expect("forwarded"),
        };
        assert_eq!(self.switch_says(Self::answer_to(&forwarded, text)).code(), text);
        (m, forwarded)
    }

    /// The reversal of this request.
    pub fn reversal_of(m: &Message) -> Message {
        Message {
            mti: Mti(400),
            track2: None,
            pin: None,
            security: None,
            pin_length_max: None,
            code: Some(code("98")),
            ..m.clone()
        }
    }

    /// The confirmation of this request.
    pub fn confirmation_of(m: &Message) -> Message {
        Message {
            mti: Mti(620),
            track2: None,
            pin: None,
            security: None,
            rrn: None,
            original_till: None,
            till60: m.till60.map(|t| Till60::management(t.batch, 953)),
            ..m.clone()
        }
    }

    pub fn ask_fate(&mut self, batch: BatchNo, stan: u32) -> Message {
        Message {
            till60: Some(Till60::management(BatchNo(7), 954)),
            original_till: Some(OriginalTill { batch, stan, date: None }),
            ..self.base(820)
        }
    }

    pub fn sign_on_message(&mut self) -> Message {
        Message { till60: Some(Till60::management(BatchNo(0), 3)), ..self.base(800) }
    }

    pub fn sign_on(&mut self) -> Left {
        let m = self.sign_on_message();
        let left = self.hear(m);
        let made = left.said().private62.as_ref().unwrap()[0];
        self.mak = Some(WrappedKey(Box::from([made, 2])));
        left
    }

    /// The switch's answer to what was forwarded.
    pub fn answer_to(m: &Message, text: &str) -> Message {
        let approved = code(text).outcome() == Outcome::Approved;
        Message {
            settlement: MonthDay::from_mmdd(1124).ok(),
            auth: if approved { AuthCode::new("123456").ok() } else { None },
            institutions: Short::new("99900100   99900001   ").ok(),
            ..m.answer(code(text))
        }
    }

    /// The switch's answer to our advice.
    pub fn answer_to_advice(advice: &Advice, text: &str) -> Message {
        advice.message(None).answer(code(text))
    }

    /// A sale up to the switch: the request and what was forwarded.
    pub fn forwarded_sale(&mut self, fen: u64) -> (Message, Message) {
        let sale = self.sale(fen);
        let mut left = self.hear(sale.clone());
        (sale, left.switch.remove(0))
    }

    /// A sale approved and answered.
    pub fn approved_sale(&mut self, fen: u64) -> (Message, Message) {
        let (sale, forwarded) = self.forwarded_sale(fen);
        assert_eq!(self.switch_says(Self::answer_to(&forwarded, "00")).code(), "00");
        (sale, forwarded)
    }
}

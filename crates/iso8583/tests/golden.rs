//! Golden bytes of every message that Slipway's own parties send, and of its answer: written from typed values, compared with
//! `golden/messages.txt`, read back, and written again. `UPDATE_GOLDEN=1` writes the file anew: look at the difference.
#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_iso8583::{
    Dialect, Reveal, UNIONPAY_CUPS, UNIONPAY_POS, decode, from_message, hex, show_bytes, to_message,
};
use slipway_terms::*;
use std::fmt::Write;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/messages.txt");

fn id(digits: &str) -> Option<InstitutionId> {
    InstitutionId::new(digits).ok()
}

fn till(shape: &Shape) -> Message {
    let advice = shape.is_advice();
    let (named, keyed) = (shape.names_original, shape.kind == Kind::Moto);
    let swiped = !named && !keyed && !advice;
    let pin = matches!(shape.kind, Kind::Sale | Kind::Balance | Kind::PreAuth);
    let shown = keyed || matches!(shape.kind, Kind::Refund | Kind::OfflineSale);
    let date = MonthDay::from_mmdd(1123).ok().filter(|_| shape.kind != Kind::SaleVoid);
    Message {
        pan: Pan::new("9990010000000014").ok().filter(|_| shown),
        processing: Some(shape.processing),
        amount: (shape.kind != Kind::Balance).then(|| Amount::fen(8_800)),
        stan: Stan::new(123).ok(),
        expiry: Expiry::new("3012").ok().filter(|_| keyed),
        entry: Some(EntryMode(
            if swiped {
                20
            } else if keyed {
                10
            } else if shown {
                20
            } else {
                0
            } + if pin { 1 } else { 2 },
        )),
        condition: Some(shape.condition),
        pin_length_max: pin.then_some(12),
        track2: Track2::new("9990010000000014=30121010000000000000").ok().filter(|_| swiped),
        rrn: Rrn::new("632700000001").ok().filter(|_| named),
        auth: AuthCode::new("A1B2C3").ok().filter(|_| named),
        terminal: TerminalId::new("10000001").ok(),
        merchant: MerchantId::new("999290054110001").ok(),
        pin: pin.then_some(PinBlock([1, 2, 3, 4, 5, 6, 7, 8])),
        security: pin.then_some(Security { pin: Some(PinFormat::WithPan), algorithm: 6, track: false }),
        till60: Some(Till60::financial(shape.type_code, BatchNo(7))),
        original_till: named.then_some(OriginalTill { batch: BatchNo(7), stan: 122, date }),
        operator_or_scheme: if advice { Short::new("CUP").ok() } else { None },
        mac: Some(Mac(*b"3342463A")),
        ..Message::new(shape.mti)
    }
}

/// The acquirer's answer to a terminal.
fn told(m: &Message, code: &str) -> Message {
    let code = ResponseCode::new(code).unwrap();
    let approved = code == ResponseCode::APPROVED && m.mti != Mti(400);
    let balance = Balance { account_type: 10, amount_type: 2, amount: Amount::fen(123_456), owed: false };
    Message {
        pan: Pan::new("9990010000000014").ok(),
        time: ClockTime::from_hhmmss(160_405).ok(),
        date: MonthDay::from_mmdd(1123).ok(),
        settlement: MonthDay::from_mmdd(1124).ok(),
        acquirer: id("99902900"),
        rrn: Rrn::new("632700000002").ok(),
        auth: AuthCode::new("D4E5F6").ok().filter(|_| approved && !matches!(m.mti, Mti(220))),
        institutions: Short::new("99900100   99902900").ok().filter(|_| approved),
        balance: (approved && m.kind() == Some(Kind::Balance)).then_some(balance),
        operator_or_scheme: Short::new("CUP").ok(),
        mac: Some(Mac(*b"9F1C03B7")),
        ..m.answer(code)
    }
}

/// The acquirer's request to the switch.
fn onward(shape: &Shape) -> Message {
    let m = till(shape);
    let sent = SentAt::from_number(1_123_160_405).ok();
    let key = |stan: u32| SwitchKey {
        acquirer: id("99902900").unwrap(),
        forwarder: id("99902900").unwrap(),
        sent: SentAt::from_number(1_123_160_301).unwrap(),
        stan: Stan::new(stan).unwrap(),
    };
    let mti = match shape.kind {
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice => Mti(100),
        _ => Mti(200),
    };
    Message {
        pan: Pan::new("9990010000000014").ok(),
        sent,
        stan: Stan::new(457).ok(),
        time: ClockTime::from_hhmmss(160_405).ok(),
        date: MonthDay::from_mmdd(1123).ok(),
        expiry: Expiry::new("3012").ok().filter(|_| !shape.names_original && !shape.is_advice()),
        mcc: Some(Mcc(5411)),
        acquirer: id("99902900"),
        forwarder: id("99902900"),
        rrn: Rrn::new("632700000002").ok(),
        name_place: Short::new("示范超市 SAMPLE MARKET").ok(),
        till60: None,
        original_till: None,
        operator_or_scheme: None,
        original: shape.names_original.then(|| OriginalData { mti, key: key(456) }),
        ..m
    }
}

/// The issuer's answer, as the switch hands it on.
fn answered(m: &Message, code: &str) -> Message {
    let code = ResponseCode::new(code).unwrap();
    Message {
        settlement: MonthDay::from_mmdd(1124).ok(),
        receiver: id("99900100"),
        auth: AuthCode::new("D4E5F6").ok().filter(|_| code == ResponseCode::APPROVED && m.mti != Mti(220)),
        institutions: Short::new("99900100   99902900").ok(),
        mac: Some(Mac(*b"9F1C03B7")),
        ..m.answer(code)
    }
}

fn undo(m: &Message) -> Message {
    let reason = Some(Doubt::NoAnswer.reason());
    let mti = if m.till60.is_some() { Mti(400) } else { Mti(420) };
    let original = m.switch_key().map(|key| OriginalData { mti: m.mti, key });
    let (rrn, stan) = if mti == Mti(400) { (None, m.stan) } else { (m.rrn, Stan::new(458).ok()) };
    Message {
        mti,
        code: reason,
        track2: None,
        pin: None,
        security: None,
        pin_length_max: None,
        original,
        rrn,
        stan,
        ..m.clone()
    }
}

fn management() -> Vec<(&'static str, Message)> {
    let with = |mti, code, field48: Option<String>| Message {
        stan: Stan::new(5).ok(),
        terminal: TerminalId::new("10000001").ok(),
        merchant: MerchantId::new("999290054110001").ok(),
        till60: Some(Till60::management(BatchNo(7), code)),
        private48: field48.map(Into::into),
        ..Message::new(Mti(mti))
    };
    let maced = |m: Message| Message { mac: Some(Mac(*b"3342463A")), ..m };
    let sign_on = Message {
        private62: Some(Box::from(*b"Sequence No1200000SLIPWAY1")),
        operator_or_scheme: Short::new("01").ok(),
        ..with(800, 3, Some("01000007000123".into()))
    };
    let side = |digit| format!("{:012}{:03}{:012}{:03}{digit}", 8_800, 1, 1_000, 2);
    let empty = |digit| format!("{:030}{digit}", 0);
    let ask = Message {
        original_till: Some(OriginalTill { batch: BatchNo(7), stan: 123, date: None }),
        ..maced(with(820, 954, None))
    };
    let text62 = |text: &str, m: Message| Message { private62: Some(Box::from(text.as_bytes())), ..m };
    let list = format!("0200{:06}{:020}{:012}00{:06}{:020}{:012}", 123, 0, 8_800, 124, 0, 1_000);
    vec![
        ("sign-on", sign_on.clone()),
        ("sign-on answer", Message { private62: Some(Box::from([0x3C; 40])), private48: None, ..told(&sign_on, "00") }),
        ("sign-off", with(820, 2, None)),
        ("echo", Message { stan: None, ..with(820, 301, None) }),
        ("fate asked", ask.clone()),
        ("fate told", Message { private48: Some("4".into()), original_till: ask.original_till, ..told(&ask, "00") }),
        ("settlement", maced(with(500, 201, Some(side(0) + &empty(0))))),
        ("settlement answer", maced(with(510, 201, Some(side(2) + &empty(1))))),
        ("upload of a list", maced(with(320, 201, Some(list)))),
        ("upload's end", maced(with(320, 202, Some("0002".into())))),
        ("upload's end, balanced", maced(with(320, 207, Some("0000".into())))),
        ("parameters asked", Message { stan: None, ..with(800, 360, None) }),
        ("blacklist asked", text62("000", Message { stan: None, ..with(800, 390, None) })),
        ("blacklist told", text62("106999007", Message { stan: None, ..with(810, 390, None) })),
    ]
}

/// What is asked of another house about a sale: 请款 and 贷记调整 (DE 3), about the original (DE 90), without its card.
fn corrections() -> Vec<(String, &'static Dialect, Message)> {
    let sale = onward(&SHAPES[1]);
    let mut all: Vec<(String, &'static Dialect, Message)> = Vec::new();
    for (name, processing) in [("debit adjustment", 20_000), ("credit adjustment", 220_000)] {
        let asked = Message {
            mti: Mti(220),
            processing: Some(ProcessingCode(processing)),
            amount: sale.amount,
            sent: sale.sent,
            stan: Stan::new(459).ok(),
            acquirer: sale.acquirer,
            forwarder: sale.forwarder,
            rrn: sale.rrn,
            terminal: sale.terminal,
            merchant: sale.merchant,
            original: sale.switch_key().map(|key| OriginalData { mti: sale.mti, key }),
            mac: sale.mac,
            ..Message::new(Mti(220))
        };
        let said = |code: &str| Message { institutions: None, ..answered(&asked, code) };
        for (word, m) in [("", asked.clone()), (" taken", said("00")), (" refused 51", said("51"))] {
            all.push((format!("{name}{word}"), &UNIONPAY_CUPS, m));
        }
    }
    all
}

/// The steps of a dispute about a sale, each with the answer that takes it and one that does not; what moves no money has no amount.
fn disputes() -> Vec<(String, &'static Dialect, Message)> {
    let sale = onward(&SHAPES[1]);
    let mut all: Vec<(String, &'static Dialect, Message)> = Vec::new();
    let steps = Step::ALL.map(|step| (step, step.sign() != 0));
    for (step, moves) in steps.into_iter().chain([(Step::AwardBack, false), (Step::AwardPaid, false)]) {
        let (mti, processing) = step.shape(moves);
        let asked = Message {
            processing: Some(processing),
            amount: sale.amount.filter(|_| moves),
            sent: sale.sent,
            stan: Stan::new(460).ok(),
            condition: Some(step.condition()),
            acquirer: sale.acquirer,
            forwarder: if step.is_issuers() { id("99900100") } else { sale.acquirer },
            rrn: sale.rrn,
            code: (step == Step::Answer).then(|| Reply::SlipFound.code()),
            terminal: sale.terminal,
            merchant: sale.merchant,
            reason: Some(Short::cut("4512")),
            original: sale.switch_key().map(|key| OriginalData { mti: sale.mti, key }),
            mac: sale.mac,
            ..Message::new(mti)
        };
        let said = |code: &str| Message { institutions: None, auth: None, ..answered(&asked, code) };
        let name = format!("{}{}", step.words().en, if moves || step.sign() == 0 { "" } else { ", nothing moves" });
        for (word, m) in [("", asked.clone()), (" taken", said("00")), (" refused 22", said("22"))] {
            all.push((format!("{name}{word}"), &UNIONPAY_CUPS, m));
        }
    }
    all
}

fn lines() -> Vec<(String, &'static Dialect, Message)> {
    let mut all: Vec<(String, &'static Dialect, Message)> = Vec::new();
    for shape in SHAPES {
        let (near, far) = (till(shape), onward(shape));
        let refusal = if shape.names_original { "22" } else { "51" };
        for (dialect, m, answer) in
            [(&UNIONPAY_POS, &near, told as fn(&Message, &str) -> Message), (&UNIONPAY_CUPS, &far, answered)]
        {
            all.push((shape.en.into(), dialect, m.clone()));
            all.push((format!("{} approved", shape.en), dialect, answer(m, "00")));
            all.push((format!("{} refused {refusal}", shape.en), dialect, answer(m, refusal)));
            if shape.reversible {
                let back = undo(m);
                all.push((format!("{} reversed", shape.en), dialect, back.clone()));
                all.push((format!("{} reversal taken", shape.en), dialect, answer(&back, "00")));
            }
        }
        if shape.reversible && shape.moves_money() {
            let word = Message {
                mti: Mti(620),
                till60: Some(Till60::management(BatchNo(7), 953)),
                rrn: Rrn::new("632700000002").ok(),
                original_till: None,
                ..undo(&near)
            };
            all.push((format!("{} confirmed", shape.en), &UNIONPAY_POS, Message { code: None, ..word }));
        }
    }
    all.extend(corrections());
    all.extend(disputes());
    all.extend(management().into_iter().map(|(name, m)| (name.to_owned(), &UNIONPAY_POS, m)));
    all
}

#[test]
fn every_message_and_its_answer_has_its_bytes() {
    let mut text = String::new();
    for (name, dialect, message) in lines() {
        let mut bytes = Vec::new();
        let packed = from_message(&message, dialect, message.mac.is_some(), &mut bytes)
            .unwrap_or_else(|f| panic!("{name}: {f}"));
        let bytes = &bytes[packed.range];
        let read = to_message(&decode(dialect, bytes).unwrap()).unwrap_or_else(|f| panic!("{name}: {f}"));
        assert_eq!(read, message, "{name}");
        let (mut again, mac) = (Vec::new(), read.mac.is_some());
        from_message(&read, dialect, mac, &mut again).unwrap();
        assert_eq!(hex(&again), hex(bytes), "{name}");
        writeln!(text, "== {} | {name}\n{}", dialect.name, hex(bytes)).unwrap();
        let shown = show_bytes(Some(dialect), None, bytes, Reveal::Masked, false).unwrap();
        for field in &shown.fields {
            assert!(!field.value.contains("9990010000000014"), "{name}: a masked dump shows no card number");
            writeln!(text, "   {:>3} {}", field.number, field.value).unwrap();
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let golden = std::fs::read_to_string(FILE).unwrap();
    for (at, (is, was)) in text.lines().zip(golden.lines()).enumerate() {
        assert_eq!(is, was, "line {} of {FILE}", at + 1);
    }
    assert_eq!(text.lines().count(), golden.lines().count());
}

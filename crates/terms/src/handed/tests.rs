use super::*;
use crate::{BatchNo, MerchantId, Pan, Stan, TerminalId};
use alloc::vec;

fn about() -> TillKey {
    TillKey {
        terminal: TerminalId::new("10000001").unwrap(),
        merchant: MerchantId::new("999290054110001").unwrap(),
        batch: BatchNo(7),
        stan: Stan::new(2).unwrap(),
    }
}

fn sample() -> Slip {
    Slip {
        kind: SlipKind::Approved,
        title: "POS签购单".into(),
        merchant_name: "小店 <b>&\"A\"".into(),
        merchant: about().merchant,
        terminal: about().terminal,
        operator: OperatorNo(1),
        issuer: "99900101".into(),
        acquirer: "99910001".into(),
        card: Pan::new("9990010000000014").unwrap().tail(),
        entry: EntryLetter::I,
        chip: Some(ChipSlip {
            aid: Short::cut("A0000003330101"),
            label: Short::cut("DEBIT"),
            tvr: [0, 0x80, 4, 0, 0],
            tsi: [0xE8, 0],
            atc: 0x1234,
            cryptogram: [1, 2, 3, 4, 5, 6, 7, 8],
            agreed: true,
            contactless: false,
        }),
        expiry: Some(Expiry::new("3012").unwrap()),
        transaction: Kind::SaleVoid,
        batch: BatchNo(7),
        voucher: Stan::new(2).unwrap(),
        auth: Some(AuthCode::new("A12345").unwrap()),
        rrn: Some(Rrn::new("632700000002").unwrap()),
        at: Moment(1_795_000_000_123),
        amount: Amount::fen(8_800),
        negative: true,
        rows: Vec::new(),
        remarks: vec!["原凭证号 ORIG VOUCHER 000001".into(), "二".into()],
        verification: Verification::Pin,
        reprint: false,
        test: true,
    }
}

fn read(bytes: &[u8]) -> Result<Handed, BadShape> {
    Handed::read(bytes, &about()).expect("it is about a slip")
}

#[test]
fn what_is_handed_in_is_read_as_it_was() {
    let whole = Handed {
        turn: 3,
        slip: Some(Box::new(sample())),
        papers: Some((PaperFate::Printed, PaperFate::Half)),
        signed: Some(Signed::Missing),
        picture: None,
        wants_page: true,
    };
    let bare =
        Slip { chip: None, expiry: None, auth: None, rrn: None, remarks: Vec::new(), negative: false, ..sample() };
    let picture = PicturePart { no: 1, of: 2, bytes: Box::from([0, 255, b'S']) };
    for handed in [
        whole.clone(),
        Handed { slip: Some(Box::new(bare)), ..whole },
        Handed { signed: Some(Signed::Fits), picture: Some(picture), ..Handed::default() },
        Handed::default(),
    ] {
        assert_eq!(read(&handed.bytes().unwrap()), Ok(handed));
    }
    assert!(Handed::read(b"KS123", &about()).is_none() && Handed::read(b"", &about()).is_none());
}

#[test]
fn answers_are_read_as_they_were() {
    for (turn, page) in [(0, None), (7, Some(Short::cut("0123456789ABCDEFGHJKMNPQ")))] {
        assert_eq!(answered(&answer(turn, page)), Some((turn, page)));
    }
    assert_eq!(answered(b"SL000011340030.."), Some((1, None)), "no code");
    assert!(answered(b"10000001-2").is_none() && answered(b"SL00002x1").is_none());
}

#[test]
fn nothing_above_one_message() {
    let slip = Slip { remarks: vec!["x".repeat(900)], ..sample() };
    assert!(Handed { slip: Some(Box::new(slip)), ..Handed::default() }.bytes().is_none());
    let part = PicturePart { no: 0, of: 2, bytes: Box::from([7; PICTURE_PART_BYTES]) };
    assert!(Handed { picture: Some(part), ..Handed::default() }.bytes().is_some());
}

#[test]
fn hostile_parts_are_refused() {
    let with = |tag: u8, value: &str| {
        let mut parts = Parts(BEGIN.to_vec());
        // The first of two equal tags counts.
        parts.put(tag, value);
        put_slip(&sample(), &mut parts);
        read(&parts.0)
    };
    assert!(with(99, "later").is_ok(), "a later version may say more");
    for (tag, value) in [
        (1, "11"),
        (1, "99999999999999999999"),
        (4, "+1"),
        (7, "9990010000000014"),
        (7, "999001*****"),
        (8, "Z"),
        (9, "3013"),
        (12, "soon"),
        (13, "156 8800"),
        (13, "156-9999999999999"),
        (13, "156"),
        (14, "5"),
        (17, "short"),
        (18, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        // Of the remarks all count, and so does a wrong chip.
        assert!(with(tag, value).is_err(), "{tag} {value}");
    }
    for bytes in
        [&b"SL01"[..], b"SL01002", b"SLxx0010", b"SL0100210", b"SL3000109", b"SL30001a", b"SL3200101", b"SL3200302a"]
    {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
    let many: Vec<u8> = [BEGIN, &b"160010"[..].repeat(30)].concat();
    let mut parts = Parts(many);
    put_slip(&sample(), &mut parts);
    assert!(read(&parts.0).is_err());
}

#[test]
fn no_whole_card_number_is_kept() {
    let slip = Slip { remarks: vec!["卡9990010000000014, 参考号632700000002".into()], ..sample() };
    let read = read(&Handed { slip: Some(Box::new(slip)), ..Handed::default() }.bytes().unwrap()).unwrap();
    assert_eq!(read.slip.unwrap().remarks, ["卡999001******0014, 参考号632700000002"]);
}

/// Every byte cut off, every byte changed: an answer or a refusal, never a panic.
#[test]
fn every_cut_and_every_change_is_survived() {
    let bytes = Handed { slip: Some(Box::new(sample())), ..Handed::default() }.bytes().unwrap();
    for at in 0..bytes.len() {
        let _ = Handed::read(&bytes[..at], &about());
        for with in [0, b'9', 0xE4, 0xFF] {
            let mut changed = bytes.to_vec();
            changed[at] = with;
            let _ = Handed::read(&changed, &about());
        }
    }
}

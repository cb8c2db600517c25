use super::*;
use crate::network::{keys, sample};
use axum::body::to_bytes;
use slipway_hosts::acquirer::{AcquirerRow, Picture, SlipCopy, SlipPage};
use slipway_node::{Key, Record, Rows, Scan};
use slipway_terms::{
    BatchNo, CardTail, EntryLetter, Kind, OperatorNo, Short, Slip, SlipKind, Stan, TillKey, Verification,
};

/// Rows in memory.
struct Rack(Vec<(Key, AcquirerRow)>);

impl Shelf for Rack {
    fn scan(&self, scan: Scan) -> Option<Vec<(Key, Vec<u8>)>> {
        let fits = self.0.iter().filter(|(key, _)| key.as_bytes().starts_with(scan.prefix.as_bytes()));
        let rows = fits.map(|(key, row)| {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            (*key, bytes)
        });
        Some(rows.take(usize::from(scan.rows_max)).collect())
    }

    fn below(&self, _: Key, _: Key, _: u16) -> Option<Vec<(Key, Vec<u8>)>> {
        None
    }
}

const PAGE: Wanted = Wanted { form: String::new() };
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const UNTIL: Moment = Moment(1_795_400_000_000);
const CODE: &str = "0123456789ABCDEFGHJKMNPQ";

fn rack() -> Rack {
    let (terminal, merchant) = (sample::terminal(1), sample::merchant_of(1).id);
    let till = TillKey { terminal, merchant, batch: BatchNo(1), stan: Stan::FIRST };
    let slip = Slip {
        kind: SlipKind::Approved,
        title: "POS签购单".into(),
        merchant_name: "<i>小店</i>".into(),
        merchant,
        terminal,
        operator: OperatorNo(1),
        issuer: String::new(),
        acquirer: String::new(),
        card: CardTail { first6: 999_001, last4: 10, len: 16 },
        entry: EntryLetter::S,
        chip: None,
        expiry: None,
        transaction: Kind::Sale,
        batch: BatchNo(1),
        voucher: Stan::FIRST,
        auth: None,
        rrn: None,
        at: UNTIL.plus_ms(-86_400_000),
        amount: Amount::fen(8_800),
        negative: false,
        rows: Vec::new(),
        remarks: Vec::new(),
        verification: Verification::Signature,
        reprint: false,
        test: true,
    };
    let code = Short::cut(CODE);
    let copy = SlipCopy {
        till,
        at: slip.at,
        slip: Some(Box::new(slip)),
        papers: None,
        signed: None,
        turn: 0,
        picture: Picture::default(),
        answered: None,
        contradicted: None,
        page: Some((code, UNTIL)),
        expired: None,
    };
    let page = SlipPage { code, till, until: UNTIL };
    Rack(vec![(SlipCopy::key(&till), copy.wrap()), (SlipPage::key(&code), page.wrap())])
}

fn pages(home: &Path) -> Pages {
    keys::make_all(home, &[], &[]).unwrap();
    Pages::of(home, sample::ACQUIRER).unwrap()
}

#[tokio::test]
async fn a_page_ends_at_its_time_and_its_short_code_with_it() {
    let home = tempfile::tempdir().unwrap();
    let (pages, rack) = (pages(home.path()), rack());
    let typed = format!("short={}&amount=88.00&last4=0010", &CODE[..8]);
    for (at, want) in [(UNTIL.plus_ms(-1), StatusCode::OK), (UNTIL, StatusCode::NOT_FOUND)] {
        for answer in
            [pages.open(&rack, CODE, &PAGE, HERE, (at, Wall(0))), pages.typed(&rack, &typed, HERE, (at, Wall(0)))]
        {
            assert_eq!(answer.status(), want, "{at:?}");
            let headers = answer.headers().clone();
            let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            let html = String::from_utf8(body.to_vec()).unwrap();
            assert_eq!(html.contains("88.00"), want == StatusCode::OK, "{html}");
            assert!(!html.contains("<i>") && headers.contains_key(header::CONTENT_SECURITY_POLICY), "{html}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        }
    }
    let log = std::fs::read_to_string(home.path().join("slip-pages.jsonl")).unwrap();
    assert!(log.lines().count() == 2 && !log.contains(CODE), "{log}");
}

#[tokio::test]
async fn a_file_has_the_rights_the_end_and_the_line_of_its_page() {
    let home = tempfile::tempdir().unwrap();
    let (pages, rack) = (pages(home.path()), rack());
    for (word, kind, begin) in [("png", "image/png", &b"\x89PNG"[..]), ("pdf", "application/pdf", b"%PDF-")] {
        let wanted = Wanted { form: word.into() };
        let typed = format!("short={}&amount=88.00&last4=0010&as={word}", &CODE[..8]);
        for (at, want) in [(UNTIL.plus_ms(-1), StatusCode::OK), (UNTIL, StatusCode::NOT_FOUND)] {
            for answer in
                [pages.open(&rack, CODE, &wanted, HERE, (at, Wall(0))), pages.typed(&rack, &typed, HERE, (at, Wall(0)))]
            {
                assert_eq!(answer.status(), want, "{word} {at:?}");
                assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
                let there = want == StatusCode::OK;
                let name = answer.headers().get(header::CONTENT_DISPOSITION).map(|name| name.to_str().unwrap());
                let till = "999290054110001-10000001-000001-000001";
                assert_eq!(name, there.then_some(&*format!("attachment; filename=\"slip-{till}.{word}\"")));
                assert_eq!(answer.headers()[header::CONTENT_TYPE] == kind, there);
                let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
                assert_eq!(body.starts_with(begin), there, "{word} {at:?}");
            }
        }
    }
    let log = std::fs::read_to_string(home.path().join("slip-pages.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let opened = lines.iter().filter(|line| !line["till"].is_null());
    let opened: Vec<_> = opened.map(|line| (line["how"].as_str().unwrap(), line["as"].as_str().unwrap())).collect();
    assert_eq!(opened, [("code", "png"), ("typed", "png"), ("code", "pdf"), ("typed", "pdf")], "{log}");
    // Another word is no file, and no miss either.
    let other = pages.open(&rack, CODE, &Wanted { form: "svg".into() }, HERE, (UNTIL.plus_ms(-1), Wall(0)));
    assert_eq!(other.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn what_cannot_be_written_down_is_not_shown() {
    let home = tempfile::tempdir().unwrap();
    let pages = pages(home.path());
    std::fs::create_dir(home.path().join("slip-pages.jsonl")).unwrap();
    let answer = pages.open(&rack(), CODE, &PAGE, HERE, (UNTIL.plus_ms(-1), Wall(0)));
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn two_hundred_misses_are_one_line_and_lock_only_where_they_come_from() {
    let home = tempfile::tempdir().unwrap();
    let (pages, rack, now) = (pages(home.path()), rack(), (UNTIL.plus_ms(-1), Wall(0)));
    let stranger = IpAddr::from([192, 0, 2, 1]);
    let answers: Vec<_> =
        (0..200).map(|no| pages.open(&rack, &format!("{no:024}"), &PAGE, stranger, now).status()).collect();
    assert_eq!((answers[0], answers[199]), (StatusCode::NOT_FOUND, StatusCode::TOO_MANY_REQUESTS));
    let lines = || std::fs::read_to_string(home.path().join("slip-pages.jsonl")).unwrap().lines().count();
    assert_eq!(lines(), 1);
    assert_eq!(pages.open(&rack, CODE, &PAGE, HERE, now).status(), StatusCode::OK, "nobody else is locked");
    assert_eq!(pages.typed(&rack, &format!("short={}&amount=88.00&last4=0010", &CODE[..8]), HERE, now).status(), 200);
    assert_eq!(lines(), 3, "and what was opened is always written");
}

#[test]
fn what_is_typed() {
    let typed = |body| Typed::read(body).map(|t| (t.short, t.amount, t.last4, t.wanted.word()));
    let good = |form| Some(("01234567".to_owned(), Amount::fen(8_800), 14, form));
    assert_eq!(typed("short=01234567&amount=88.00&last4=0014"), good("page"));
    assert_eq!(typed("short=01234567&amount=88.00&last4=0014&as=pdf"), good("pdf"));
    for wrong in [
        "",
        "short=0123456&amount=88&last4=0014",
        "short=01234567&amount=x&last4=0014",
        "short=01234567&amount=88&last4=14",
        "short=01234567&amount=88&last4=0014&as=svg",
    ] {
        assert_eq!(typed(wrong), None, "{wrong}");
    }
}

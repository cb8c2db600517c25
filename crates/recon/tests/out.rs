//! What goes out: fees explained to the fen, nothing a spreadsheet or browser would run, a file for a bank only if there is something
//! to pay. Other programs read the same files in `tests/interop/test_clearing.py`.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{day, details, exchange, member, merchant_no, persons, registration, rrn};
use slipway_recon::clearing::{Original, Positions};
use slipway_recon::merchant::*;
use slipway_recon::out::*;
use slipway_recon::{Calendar, CardType, Entry, FeeBook, Key, Rate};
use slipway_terms::{Amount, BatchNo, Lang, Moment, Stan, TerminalId, TillKey, Turn};

const DISCOUNT: Discount = Discount {
    debit: Rate { ppb: 5_000_000, cap_fen: Some(2_000) },
    credit: Rate { ppb: 6_000_000, cap_fen: None },
    refund_gives_back: true,
};

fn contract() -> Contract {
    Contract::new(Product::T1, Reserve::default(), day("2026-01-01"), DISCOUNT).unwrap()
}

fn item(number: u64, entry: Entry, amount_fen: i64, card: CardType) -> Item {
    let key = Key::new(member("00010000"), rrn(number), entry);
    let of = Original { rrn: rrn(1), date: day("2026-03-02"), amount: Amount::fen(100_000), refunded_fen: 0 };
    let original = entry.names_original().then_some(of);
    let standing = Standing::Confirmed;
    Item {
        exchange: exchange(member("00010000"), number),
        turn: Turn::First,
        key,
        entry,
        day: day("2026-03-02"),
        card,
        amount_fen,
        original,
        undone: false,
        standing,
        at: None,
        till: None,
    }
}

#[test]
fn fees_are_explained_to_the_fen() {
    let check = |item: Item, want: &str| {
        assert_eq!(item.charge(&contract()).unwrap().explained(Lang::En), want);
    };
    use CardType::{Credit, Debit};
    check(item(1, Entry::Sale, 8_800, Credit), "88.00 × 0.6% = 0.528 → 0.53");
    check(item(1, Entry::Sale, 100_000, Credit), "1000.00 × 0.6% = 6.00");
    check(item(1, Entry::Sale, 1, Credit), "0.01 × 0.6% = 0.00006 → 0.00");
    check(item(1, Entry::Sale, 1_000_000, Debit), "10000.00 × 0.5% = 50.00, capped at 20.00");
    check(item(1, Entry::Refund, -33_333, Credit), "fee 4.00 (666.67) − 6.00 (1000.00) = -2.00, 0.6%");
    check(item(1, Entry::SaleVoid, -100_000, Credit), "not charged");
    let zh = item(1, Entry::Sale, 1_000_000, Debit).charge(&contract()).unwrap().explained(Lang::Zh);
    assert_eq!(zh, "10000.00 × 0.5% = 50.00，封顶 20.00");
}

fn statement(lang: Lang) -> Statement {
    let (merchant, mut account) = (registration(1), Account::new(merchant_no(1), contract()));
    let till = TillKey {
        terminal: TerminalId::new("10000001").unwrap(),
        merchant: merchant_no(1),
        batch: BatchNo(1),
        stan: Stan::new(2).unwrap(),
    };
    // 2026-03-02 10:15:30 at UTC+8.
    let taken =
        Item { at: Some(Moment(1_772_417_730_000)), till: Some(till), ..item(1, Entry::Sale, 8_800, CardType::Credit) };
    let waits = Item { standing: Standing::Unconfirmed, ..item(3, Entry::Sale, 500, CardType::Debit) };
    let items = [taken, item(2, Entry::Refund, -1_000, CardType::Credit), waits];
    let settlement = account.settle(day("2026-03-02"), &items, &Calendar::china().unwrap()).unwrap();
    Statement::new(&merchant, &contract(), &settlement, &items, lang).unwrap()
}

#[test]
fn statements_say_the_same_three_ways() {
    let (zh, en) = (statement(Lang::Zh), statement(Lang::En));
    for part in ["88.00 × 0.6% = 0.528 → 0.53", "77.53", "-10.00", "not confirmed or not cleared yet", "1 / 5.00"] {
        for form in [en.text(), en.html(), en.csv()] {
            assert!(form.contains(part), "{part} in\n{form}");
        }
    }
    for part in ["商户结算单", "前门小吃店0001", "2026-03-03", "次工作日到账"] {
        assert!(zh.text().contains(part) && zh.html().contains(part), "{part}");
    }
    assert!(!en.text().contains("9990000000000000001") && en.text().contains("*0001"), "an account's number is masked");
    assert!(zh.html().starts_with("<!DOCTYPE html>\n<html lang=\"zh-CN\">") && !zh.html().contains("<script"));
}

/// A day with all that a statement can say: a hold that takes, one that ends, a reserve, one that is freed, what was carried.
fn eventful(lang: Lang) -> Statement {
    let reserve = Reserve { rate: Rate { ppb: 100_000_000, cap_fen: None }, days: 30, cap_fen: Some(50_000) };
    let contract = Contract::new(Product::T1, reserve, day("2026-01-01"), DISCOUNT).unwrap();
    let hold = |no, ground, until: &str| {
        let days = (day("2026-02-20"), day(until));
        Hold::place(HoldNo(no), ground, 20_000, 8_000, days, persons()).unwrap()
    };
    let standing = |hold, taken_fen, released| StandingHold { hold, taken_fen, released };
    let kept = Kept {
        carried_fen: -1_234,
        holds: vec![
            standing(hold(1, Ground::Chargeback, "2026-03-31"), 3_000, false),
            standing(hold(2, Ground::FraudClaim, "2026-03-01"), 700, false),
            standing(hold(3, Ground::Order, "2026-03-31"), 800, true),
        ],
        reserves: vec![
            Reserved { day: day("2026-01-31"), free: day("2026-03-02"), fen: 910 },
            Reserved { day: day("2026-02-28"), free: day("2026-03-30"), fen: 400 },
        ],
    };
    let items = [item(1, Entry::Sale, 88_000, CardType::Credit), item(2, Entry::Refund, -1_000, CardType::Credit)];
    let mut account = Account::going_on(merchant_no(1), contract.clone(), kept.clone());
    let settlement = account.settle(day("2026-03-02"), &items, &Calendar::china().unwrap()).unwrap();
    let told = explained(&contract, &kept, account.moves(), &settlement, lang);
    let sum = |label: &str| -> i64 {
        let of = told.iter().filter(|[what, _, _]| what.starts_with(label));
        of.map(|[_, amount, _]| amount.replace('.', "").parse::<i64>().unwrap_or(0)).sum()
    };
    if lang == Lang::En {
        let s = &settlement;
        let signed = |fen: u64| i64::try_from(fen).unwrap();
        assert_eq!(sum("hold"), signed(s.released_fen) - signed(s.held_fen), "its lines add up");
        assert_eq!((sum("freed"), sum("reserved")), (signed(s.freed_fen), -signed(s.reserved_fen)));
        assert_eq!(sum("carried"), s.carried_in_fen);
    }
    Statement::new(&registration(1), &contract, &settlement, &items, lang).unwrap().telling(told)
}

#[test]
fn a_statement_explains_every_fen() {
    for (lang, name) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
        let statement = eventful(lang);
        for (form, text) in [("txt", statement.text()), ("html", statement.html()), ("csv", statement.csv())] {
            let path = format!("{}/tests/golden/statement-{name}.{form}", env!("CARGO_MANIFEST_DIR"));
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{path}");
        }
    }
}

#[test]
fn names_are_text_everywhere() {
    let mut merchant =
        Registration::new(merchant_no(1), "=cmd|'/C calc'!A0<b>&\"", "91350100M000100Y43", "王").unwrap();
    merchant.bind(day("2026-01-01"), Holder::Company, "999000000001", "105100000017", persons()).unwrap();
    let mut account = Account::new(merchant_no(1), contract());
    let items = [item(1, Entry::Sale, 8_800, CardType::Credit)];
    let settlement = account.settle(day("2026-03-02"), &items, &Calendar::china().unwrap()).unwrap();
    let payout = Payouts::default().make(&merchant, &settlement).unwrap();
    let line = payout_csv(&payout);
    assert!(line.ends_with("\"'=cmd|'/C calc'!A0<b>&\"\"\""), "{line}");
    let debtor = Debtor { name: "A&B".into(), number: "1<2".into(), bank: "102100099996".into() };
    let xml = pain_001("M-1", Moment(0), &debtor, std::slice::from_ref(&payout)).unwrap();
    assert!(xml.contains("<Nm>=cmd|&#39;/C calc&#39;!A0&lt;b&gt;&amp;&quot;</Nm>") && xml.contains("<Nm>A&amp;B</Nm>"));
    assert!(xml.contains("<Id>1&lt;2</Id>") && xml.contains("<CreDtTm>1970-01-01T08:00:00+08:00</CreDtTm>"), "{xml}");
    let html = Statement::new(&merchant, &contract(), &settlement, &items, Lang::En).unwrap().html();
    assert!(html.contains("A0&lt;b&gt;&amp;&quot;") && !html.contains("A0<b>"));
    assert_eq!(pain_001("M-1", Moment(0), &debtor, &[]), None, "nothing to pay, no file");
    assert_eq!(pain_001("M 1", Moment(0), &debtor, std::slice::from_ref(&payout)), None);
    assert_eq!(pain_001(&"M".repeat(36), Moment(0), &debtor, &[payout]), None);
}

#[test]
fn a_journal_balances_line_by_line() {
    let (book, mut journal, mut positions) =
        (FeeBook::china().unwrap(), Journal::new(day("2026-03-02")), Positions::default());
    for detail in details(&book, day("2026-03-02"), 300, 3) {
        journal.detail(&detail);
        positions.add(&detail);
    }
    let text = journal.end();
    let (mut sum, mut all, mut entries) = (0_i64, 0_i64, 0);
    for line in text.lines() {
        if let Some((_, amount)) = line.strip_prefix("    ").and_then(|line| line.split_once("  CNY ")) {
            let fen: i64 = amount.split(' ').next().unwrap().replace('.', "").parse().unwrap();
            (sum, all) = (sum + fen, all + fen.abs());
        } else if line.starts_with("2026-") {
            assert_eq!(sum, 0, "before {line}");
            entries += 1;
        }
    }
    assert!(sum == 0 && entries == 301 && all > 0);
    let (first, position) = positions.members().next().unwrap();
    let net = position.net_fen();
    let want = format!(
        "    members:{first}  CNY 0.00 =* CNY {}{}.{:02}",
        if net < 0 { "-" } else { "" },
        net.abs() / 100,
        net.abs() % 100
    );
    assert!(text.contains(&want), "{want}");
}

#[test]
fn columns_have_one_shape() {
    let ints = |name, values: &[i64]| Column { name, values: Values::Int(values.iter().copied().map(Some).collect()) };
    let mut file = Parquet::default();
    assert_eq!(file.rows(&[]), None);
    assert_eq!(file.rows(&[ints("a", &[1]), ints("b", &[1, 2])]), None);
    let first = file.rows(&[ints("a", &[1, 2])]).unwrap();
    assert!(first.starts_with(b"PAR1"));
    assert_eq!(file.rows(&[ints("b", &[1])]), None, "another column");
    let second = file.rows(&[ints("a", &[3])]).unwrap();
    assert!(!second.starts_with(b"PAR1"));
    let footer = file.end();
    let length = u32::from_le_bytes(footer[footer.len() - 8..footer.len() - 4].try_into().unwrap());
    assert_eq!(length as usize, footer.len() - 8);
    assert!(footer.ends_with(b"PAR1") && Parquet::default().end().starts_with(b"PAR1"));
}

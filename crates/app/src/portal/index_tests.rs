use super::*;
use crate::network::index::whole;
use crate::portal::open_day;
use slipway_hosts::acquirer::{About, By, Credit, Redo, Refunds, Under, Undo, index_of};
use slipway_node::{Batch, Line, Rows, Scan, Store};
use slipway_store::MemoryStore;
use slipway_terms::{
    Amount, BatchNo, CardTail, CardToken, InstitutionId, Kind, Mti, ProcessingCode, ResponseCode, Rrn, SealedPan, Stan,
    SwitchKey, TerminalId, Till60,
};
use std::cell::Cell;

const EXCHANGE: u8 = <Exchange as Record<AcquirerRow>>::SPACE;
const TAKEN: u8 = <Taken as Record<AcquirerRow>>::SPACE;
const NOTED: u8 = <Noted as Record<AcquirerRow>>::SPACE;
const UNDECIDED: u8 = <Undecided as Record<AcquirerRow>>::SPACE;
const DAY_MS: i64 = 86_400_000;
/// Noon of 2026-11-27 (UTC+8).
const NOON: Moment = Moment(1_795_752_000_000);

/// Rows in memory that counts how many it is asked for.
#[derive(Default)]
struct Bank {
    rows: BTreeMap<Key, Vec<u8>>,
    asked: Cell<usize>,
}

impl Bank {
    fn write(&mut self, key: Key, row: &AcquirerRow) {
        let mut bytes = Vec::new();
        row.encode(&mut bytes);
        self.rows.insert(key, bytes);
    }

    fn put(&mut self, one: &Original) {
        self.write(
            <Exchange as Record<AcquirerRow>>::key(&one.till),
            &Exchange::Original(Box::new(one.clone())).wrap(),
        );
        index_of(one).iter().for_each(|(key, row)| self.write(*key, row));
    }

    fn told(&self, rows: impl Iterator<Item = (Key, Vec<u8>)>) -> Option<Vec<(Key, Vec<u8>)>> {
        let rows: Vec<_> = rows.collect();
        // A look that finds nothing is a look all the same.
        self.asked.set(self.asked.get() + rows.len().max(1));
        Some(rows)
    }

    /// Rows that a look asks for.
    fn cost<T>(&self, look: impl Fn(&dyn Shelf) -> T) -> (T, usize) {
        self.asked.set(0);
        let found = look(self);
        (found, self.asked.get())
    }
}

impl Shelf for Bank {
    fn scan(&self, scan: Scan) -> Option<Vec<(Key, Vec<u8>)>> {
        let inside = |key: &Key| key.as_bytes().starts_with(scan.prefix.as_bytes());
        let all: Vec<_> = self.rows.range(scan.prefix..).take_while(|(key, _)| inside(key)).collect();
        self.told(all.into_iter().rev().take(usize::from(scan.rows_max)).map(|(key, row)| (*key, row.clone())))
    }

    fn below(&self, prefix: Key, below: Key, rows_max: u16) -> Option<Vec<(Key, Vec<u8>)>> {
        let rows = self.rows.range(prefix..below).rev().take(usize::from(rows_max));
        self.told(rows.map(|(key, row)| (*key, row.clone())))
    }
}

fn shop(no: u32) -> MerchantId {
    MerchantId::new(&format!("99929005411{no:04}")).unwrap()
}

/// Payment `no` of a shop, from its newest backwards: confirmed and at rest.
fn paid(id: MerchantId, no: u32, at: Moment) -> Original {
    let us = InstitutionId::new("99900001").unwrap();
    let terminal = TerminalId::new(&format!("{}{}", &id.as_str()[11..], 1_000 + no % 2)).unwrap();
    let stan = Stan::new(no % 900_000 + 1).unwrap();
    let till = TillKey { merchant: id, terminal, batch: BatchNo(1), stan };
    Original {
        till,
        mti: Mti(200),
        kind: Kind::Sale,
        processing: ProcessingCode(0),
        amount: Some(Amount::fen(u64::from(no % 7) * 100 + 100)),
        entry: None,
        atc: None,
        condition: None,
        till60: Till60::financial(22, till.batch),
        token: CardToken([1; 16]),
        card: SealedPan(Box::new([1, 2, 3])),
        tail: CardTail { first6: 999_001, last4: u16::try_from(no % 50).unwrap(), len: 16 },
        switch: SwitchKey { acquirer: us, forwarder: us, sent: at.sent_at(), stan },
        rrn: Rrn::new(&format!("{no:012}")).unwrap(),
        line: Line { no: 1, tpdu: [0; 5], header: [0; 6] },
        under: Under::Generation(1),
        at,
        stage: Stage::Approved,
        code: Some(ResponseCode::APPROVED),
        auth: None,
        settlement: None,
        institutions: None,
        balance: None,
        answered_at: Some(at),
        late: None,
        credit: Credit::Confirmed,
        undo: None,
        card_shown: true,
        signed_minor: i64::from(no % 7) * 100 + 100,
        about: None,
        claim: None,
        refunds: Refunds::default(),
        borne: false,
        payee: None,
        redo: None,
        reversed_behind: false,
        second: None,
        again: Vec::new(),
    }
}

/// A list says what a payment has come to: what a finding has put right since, and not the undo or the refusal before it.
#[test]
fn a_payment_is_listed_as_what_it_has_come_to() {
    let sold = paid(shop(1), 1, NOON);
    let answered = |one: &Original, code: &str| {
        let undo = undone(one.clone(), NOON).undo;
        let undo = undo.map(|undo| Undo { answer: ResponseCode::new(code).ok(), ..undo });
        Original { undo, ..undone(one.clone(), NOON) }
    };
    let redo = |one: Original, minor: i64, open: bool| Original { redo: Some(Redo { at: NOON, minor, open }), ..one };
    let declined = Original { stage: Stage::Declined, credit: Credit::Nothing, ..sold.clone() };
    let void = Original { kind: Kind::SaleVoid, signed_minor: -sold.signed_minor, ..sold.clone() };
    let offline = Original { kind: Kind::OfflineSale, borne: true, ..sold.clone() };
    let whole = sold.signed_minor;
    for (name, one, want) in [
        ("sold", sold.clone(), "took_place"),
        ("held", Original { credit: Credit::Held, ..sold.clone() }, "case"),
        ("being undone", undone(sold.clone(), NOON), "will_return"),
        ("undone", answered(&sold, "00"), "returned"),
        ("the undo was refused", answered(&sold, "22"), "will_return"),
        ("undone, asked for again", redo(answered(&sold, "00"), 0, true), "case"),
        ("undone and debited again", redo(answered(&sold, "00"), whole, false), "took_place"),
        ("declined", declined.clone(), "declined"),
        ("declined, its slip shown", redo(declined, whole, false), "took_place"),
        ("its amount put right", redo(sold.clone(), -300, false), "took_place"),
        ("an undone void", answered(&void, "00"), "declined"),
        ("an undone void whose slip was shown", redo(answered(&void, "00"), 0, false), "took_place"),
        ("borne and taken back", answered(&offline, "00"), "declined"),
    ] {
        assert_eq!(crate::portal::rows::state(&one).0, want, "{name}");
    }
}

/// What comes back never waits for the till: it is settled in its own night, whatever the till still has to say.
#[test]
fn only_what_pays_the_shop_waits_for_the_till() {
    let mut bank = Bank::default();
    let open = |no: u32, signed_minor: i64| Original {
        credit: Credit::Unconfirmed,
        signed_minor,
        ..paid(shop(1), no, NOON.plus_ms(i64::from(no)))
    };
    [open(1, 800), open(2, -800), open(3, 0)].iter().for_each(|one| bank.put(one));
    let (_, waits) = open_day::rows(&bank, shop(1), None).unwrap();
    assert_eq!(waits, BTreeSet::from([open(1, 800).rrn.to_string()]));
}

/// What has just been taken is undone, and the switch has not answered yet.
fn undone(one: Original, at: Moment) -> Original {
    let undo = Undo { by: By::Terminal, reason: ResponseCode::new("98").unwrap(), at, answer: None, day: None };
    Original { stage: Stage::Undone, credit: Credit::Nothing, undo: Some(undo), ..one }
}

/// A shop that took twenty payments today and ten on each day before, newest first; a smaller one beside it.
fn taken(payments: u32) -> (Bank, Vec<Original>) {
    let mut bank = Bank::default();
    let mut all = Vec::new();
    for no in 0..payments {
        let (day, place) = if no < 20 { (0, no) } else { ((no - 20) / 10 + 1, no % 10) };
        let one = paid(shop(1), no, NOON.plus_ms(-i64::from(day) * DAY_MS - i64::from(place) * 60_000));
        all.push(if no == 3 { undone(one, NOON) } else { one });
    }
    // The newest gives back what was bought six days ago.
    let first = &all[70];
    all[0].about = Some(About { till: first.till, switch: first.switch, mti: first.mti, auth: None });
    // And something came today to what was bought a week before.
    all[85] = undone(all[85].clone(), NOON);
    all.iter().for_each(|one| bank.put(one));
    (0..30).for_each(|no| bank.put(&paid(shop(2), no, NOON.plus_ms(-i64::from(no)))));
    (bank, all)
}

fn asked(behind: Option<Vec<u8>>, limit: usize) -> Page {
    Page { behind, limit }
}

fn tills(rows: &[Original]) -> Vec<TillKey> {
    rows.iter().map(|one| one.till).collect()
}

#[test]
fn a_look_reads_as_many_rows_of_ten_thousand_payments_as_of_a_hundred() {
    let costs = [100, 10_000].map(|payments| {
        let (bank, all) = taken(payments);
        let today = NOON.date();
        let first = bank.cost(|bank| page(bank, shop(1), None, None, &asked(None, 50)).unwrap());
        assert_eq!(tills(&first.0.0), tills(&all[..50]));
        let second = bank.cost(|bank| page(bank, shop(1), None, None, &asked(first.0.1.clone(), 50)).unwrap());
        assert_eq!(tills(&second.0.0), tills(&all[50..100]));
        assert_eq!(second.0.1.is_some(), payments > 100);
        let third_day = BusinessDate::from_days(today.days() - 3);
        let day = bank.cost(|bank| page(bank, shop(1), Some(third_day), None, &asked(None, 50)).unwrap());
        assert_eq!((tills(&day.0.0), day.0.1), (tills(&all[40..50]), None));
        let doubts = bank.cost(|bank| undecided(bank, shop(1), NOON).unwrap());
        assert_eq!(BTreeSet::from_iter(doubts.0), BTreeSet::from([all[3].till, all[85].till]));
        let open = bank.cost(|bank| open_day::rows(bank, shop(1), Some(today)).unwrap().0);
        let own = |row: &AcquirerRow| match row {
            AcquirerRow::Exchange(Exchange::Original(one)) => Some(one.till),
            _ => None,
        };
        let want = all[..20].iter().chain([&all[70], &all[85]]).map(|one| one.till);
        assert_eq!(open.0.iter().filter_map(own).collect::<BTreeSet<_>>(), want.collect());
        [first.1, second.1, day.1, doubts.1, open.1]
    });
    assert_eq!(costs[0][0], 51 + 50, "one row of the index more than is shown, and each payment that is shown");
    // The index is read in parts: of the hundred the last part ends early.
    let most = usize::from(PART);
    for (few, many) in costs[0].into_iter().zip(costs[1]) {
        assert!(many <= few + most, "{costs:?}");
    }
    let (bank, _) = taken(20_000);
    let today = NOON.date();
    let again = [
        bank.cost(|bank| page(bank, shop(1), None, None, &asked(None, 50)).map(|_| ()).unwrap()).1,
        bank.cost(|bank| undecided(bank, shop(1), NOON).map(|_| ()).unwrap()).1,
        bank.cost(|bank| open_day::rows(bank, shop(1), Some(today)).map(|_| ()).unwrap()).1,
    ];
    assert_eq!(again, [costs[1][0], costs[1][3], costs[1][4]], "and twice as many cost nothing more");
}

#[test]
fn a_store_from_before_the_index_gets_it_once() {
    let (bank, all) = taken(4_500);
    let exchange = |one: &Original| {
        let key = <Exchange as Record<AcquirerRow>>::key(&one.till);
        (key, bank.rows[&key].clone())
    };
    let mut store = MemoryStore::new();
    let puts = all.iter().map(exchange).collect();
    store.commit(&Batch { puts, ends: Vec::new() }).unwrap();
    let rows = |store: &MemoryStore, space| {
        let mut rows = Vec::new();
        store.each(space, &mut |key, bytes| rows.push((key, bytes.to_vec()))).unwrap();
        rows
    };
    let own = |key: &Key| key.space() != EXCHANGE && key.as_bytes()[1..].starts_with(shop(1).as_str().as_bytes());
    let follower = <Follower as Record<AcquirerRow>>::SPACE;
    // It was interrupted once: some rows are there, and no mark.
    let some = bank.rows.iter().filter(|(key, _)| own(key)).step_by(3).map(|(key, row)| (*key, row.clone())).collect();
    store.commit(&Batch { puts: some, ends: Vec::new() }).unwrap();
    for _ in 0..2 {
        whole(&mut store, NOON).unwrap();
        for space in [TAKEN, NOTED, UNDECIDED, follower] {
            let want = bank.rows.iter().filter(|(key, _)| key.space() == space && (space == follower || own(key)));
            let want: Vec<_> = want.map(|(key, row)| (*key, row.clone())).collect();
            assert!(!want.is_empty() && rows(&store, space) == want, "table {space}");
        }
    }
    // A store with its mark is left alone.
    let (ended, _) = rows(&store, UNDECIDED)[0].clone();
    store.commit(&Batch { puts: Vec::new(), ends: vec![ended] }).unwrap();
    whole(&mut store, NOON).unwrap();
    assert!(rows(&store, UNDECIDED).iter().all(|(key, _)| *key != ended));
}

#[test]
fn every_payment_is_on_one_page_while_new_ones_come() {
    let (mut bank, all) = taken(120);
    let (mut seen, mut behind) = (Vec::new(), None);
    for turn in 0.. {
        let (rows, next) = page(&bank, shop(1), None, None, &asked(behind, 7)).unwrap();
        seen.extend(tills(&rows));
        bank.put(&paid(shop(1), 500 + turn, NOON.plus_ms(i64::from(turn) + 1)));
        let Some(next) = next else { break };
        behind = Some(next);
    }
    assert_eq!(seen, tills(&all));
    let stranger = page(&bank, shop(1), None, None, &asked(Some(vec![7; 36]), 7));
    assert_eq!(axum::response::IntoResponse::into_response(stranger.unwrap_err()).status(), 400);
}

#[test]
fn what_is_rare_is_found_behind_short_pages() {
    let (bank, all) = taken(12_000);
    let wanted = |row: &Taken| row.till.stan == all[11_990].till.stan;
    let (mut looks, mut behind, mut seen) = (0, None, Vec::new());
    loop {
        let look = |bank: &dyn Shelf| page(bank, shop(1), None, Some(&wanted), &asked(behind.clone(), 50)).unwrap();
        let ((rows, next), cost) = bank.cost(look);
        assert!(cost <= LOOKED_MAX + usize::from(PART), "{cost}");
        looks += 1;
        seen.extend(tills(&rows));
        let Some(next) = next else { break };
        behind = Some(next);
    }
    assert_eq!((looks, seen), (3, vec![all[11_990].till]));
}

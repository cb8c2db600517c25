//! Limits, usage counters and what is available, against a model that keeps a list of sales and adds it up at every look:
//! sales, reversals (again and again), days that pass, and holds that stand on an account.

extern crate std;

use super::*;
use proptest::prelude::*;
use slipway_node::{Record, Rows};

/// As `rig()` sets its cards up.
const LIMITS: Limits = Limits { sale_max: 90_000, day_max: 150_000, day_count_max: 4 };
const CARDS: [(&str, &str, i64); 3] =
    [(DEBIT, "62000000", 100_000), (CREDIT, "62000001", 500_000), (NO_PIN, "62000004", 50_000)];
const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Debug)]
enum Act {
    Sale(usize, u64),
    /// Of the n-th sale that was ever asked for.
    Reverse(usize),
    /// So many hours later.
    Later(i64),
    /// The holds on the account of a card, from now on.
    Hold(usize, i64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let fen = prop_oneof![2 => 1..3_000_u64, 1 => 1..40_000_u64, 1 => 40_000..100_000_u64, 1 => 89_999..=90_001_u64];
    let act = prop_oneof![
        6 => (0..3_usize, fen).prop_map(|(card, fen)| Act::Sale(card, fen)),
        4 => any::<usize>().prop_map(Act::Reverse),
        1 => (1..30_i64).prop_map(Act::Later),
        1 => (0..3_usize, 0..120_000_i64).prop_map(|(card, minor)| Act::Hold(card, minor)),
    ];
    prop::collection::vec(act, 0..30)
}

struct Sold {
    card: usize,
    fen: u64,
    day: BusinessDate,
    approved: bool,
    undone: bool,
}

/// What stands, as a list.
struct Model {
    sold: Vec<Sold>,
    held: [i64; 3],
}

impl Model {
    fn of(&self, card: usize) -> impl Iterator<Item = &Sold> {
        self.sold.iter().filter(move |sold| sold.card == card && sold.approved && !sold.undone)
    }

    fn used(&self, card: usize, day: BusinessDate) -> (u64, u32) {
        let on_day = || self.of(card).filter(|sold| sold.day == day);
        (on_day().map(|sold| sold.fen).sum(), u32::try_from(on_day().count()).unwrap())
    }

    fn available(&self, card: usize) -> i64 {
        let spent: u64 = self.of(card).map(|sold| sold.fen).sum();
        CARDS[card].2 - spent.cast_signed() - self.held[card]
    }

    fn answer(&self, card: usize, fen: u64, day: BusinessDate) -> &'static str {
        let (sum, count) = self.used(card, day);
        match () {
            () if fen > LIMITS.sale_max || sum + fen > LIMITS.day_max => "61",
            () if count >= LIMITS.day_count_max => "65",
            () if fen.cast_signed() > self.available(card) => "51",
            () => "00",
        }
    }
}

/// The row of a card's usage, as of today.
fn stored(rig: &Rig<Issuer>, card: usize, day: BusinessDate) -> (u64, u32) {
    let key = <Usage as Record<IssuerRow>>::key(&token(CARDS[card].0));
    let row = rig.rows.get(&key).map(|bytes| IssuerRow::decode(key.space(), bytes).unwrap());
    match row {
        Some(IssuerRow::Usage(usage)) if usage.date == day => (usage.minor, usage.count),
        _ => (0, 0),
    }
}

fn hold(rig: &mut Rig<Issuer>, card: usize, minor: i64) {
    let (_, no, money) = CARDS[card];
    let no = Short::new(no).unwrap();
    let line_minor = if CARDS[card].0 == CREDIT { money } else { 0 };
    let row = AccountRow { no, credit: line_minor > 0, line_minor, held_minor: minor };
    let mut bytes = Vec::new();
    row.wrap().encode(&mut bytes);
    rig.rows.insert(<AccountRow as Record<IssuerRow>>::key(&no), bytes);
}

fn told_available(rig: &mut Rig<Issuer>, card: usize, stan: u32) -> i64 {
    let inquiry = Message {
        processing: Some(ProcessingCode(310_000)),
        amount: None,
        sent: Some(rig.at.sent_at()),
        ..sale(stan, CARDS[card].0, 1)
    };
    let sent = rig.hear(Peer::Switch, &inquiry);
    let balance = messages(&sent)[0].1.balance.unwrap();
    if balance.owed { -balance.amount.signed() } else { balance.amount.signed() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_a_card_may_spend_is_what_a_list_of_its_sales_says(acts in acts()) {
        let (mut rig, mut asked) = (rig(), Vec::<Message>::new());
        let mut model = Model { sold: Vec::new(), held: [0; 3] };
        for (no, act) in acts.into_iter().enumerate() {
            let (stan, day) = (u32::try_from(no).unwrap() + 1, rig.at.date());
            match act {
                Act::Sale(card, fen) => {
                    let request = Message { sent: Some(rig.at.sent_at()), ..sale(stan, CARDS[card].0, fen) };
                    let want = model.answer(card, fen, day);
                    prop_assert_eq!(hear(&mut rig, &request), want, "card {} of {:?}", card, fen);
                    model.sold.push(Sold { card, fen, day, approved: want == "00", undone: false });
                    asked.push(request);
                }
                Act::Reverse(_) if asked.is_empty() => {}
                Act::Reverse(which) => {
                    let which = which % asked.len();
                    prop_assert_eq!(hear(&mut rig, &reversal(&asked[which])), "00");
                    model.sold[which].undone = true;
                }
                Act::Later(hours) => rig.at = rig.at.plus_ms(hours * DAY_MS / 24),
                Act::Hold(card, minor) => {
                    hold(&mut rig, card, minor);
                    model.held[card] = minor;
                }
            }
            let day = rig.at.date();
            for card in 0..CARDS.len() {
                prop_assert_eq!(stored(&rig, card, day), model.used(card, day), "usage of card {} on {}", card, day);
            }
            sound(&rig);
        }
        for card in 0..CARDS.len() {
            let stan = 900_100 + u32::try_from(card).unwrap();
            prop_assert_eq!(told_available(&mut rig, card, stan), model.available(card), "DE 54 of card {}", card);
        }
    }
}

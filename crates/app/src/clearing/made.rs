//! A generated day: entries of two acquirers and three issuers, and the merchants of one of them. Merchants, cards and banks do not exist.

use slipway_recon::clearing::{Detail, Original};
use slipway_recon::merchant::{
    Account, Advance, Contract, Discount, Ground, Hold, HoldNo, Holder, Item, Payout, Payouts, Person, Product,
    Registration, Reserve, Settlement, Standing,
};
use slipway_recon::{Calendar, CardType, Entry, FeeBook, FeeClass, Key, Rate};
use slipway_terms::{
    Amount, BadShape, BusinessDate, ClockTime, InstitutionId, MerchantId, Rrn, SentAt, Stan, SwitchKey, Turn,
};
use std::error::Error;

/// A Friday, so that products differ.
const DATE: BusinessDate = BusinessDate { year: 2026, month: 3, day: 6 };
const FIRST: BusinessDate = BusinessDate { year: 2017, month: 1, day: 1 };
const MERCHANTS: u64 = 12;
/// The acquirer whose merchants are settled.
const OURS: &str = "00010000";

/// First line of the contracts.
pub const CONTRACT_HEAD: &str = "merchant,product,debit_ppb,debit_cap_fen,credit_ppb,credit_cap_fen,refund_gives_back,price_ppb,price_fixed_fen,days_off_only,reserve_ppb,hold_fen,carried_in_fen";

/// First line of the items.
pub const ITEM_HEAD: &str =
    "merchant,key,entry,card,day,amount_fen,original_fen,refunded_before_fen,undone,standing,discount_fen";

/// One merchant's day.
pub struct Merchant {
    pub registration: Registration,
    pub contract: Contract,
    pub discount: Discount,
    pub hold_fen: u64,
    pub items: Vec<Item>,
    pub settlement: Settlement,
}

/// The whole day.
pub struct Day {
    pub date: BusinessDate,
    pub details: Vec<Detail>,
    pub merchants: Vec<Merchant>,
    pub payouts: Vec<Payout>,
}

type Made<T> = Result<T, Box<dyn Error>>;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) % below
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.roll(all.len() as u64)).unwrap_or(0)]
    }
}

/// The same seed gives the same day.
pub fn day(entries: u64, seed: u64) -> Made<Day> {
    let (book, calendar) = (FeeBook::china()?, Calendar::china()?);
    let mut dice = Dice(seed);
    let mut details = Vec::new();
    for number in 0..entries {
        details.push(detail(&book, number, &mut dice)?);
    }
    details.sort_by_key(Detail::key);
    let (mut merchants, mut payouts, mut paid) = (Vec::new(), Payouts::default(), Vec::new());
    for serial in 0..MERCHANTS {
        let items = details.iter().filter(|d| d.acquirer.as_str() == OURS && of_merchant(d) == serial);
        let items: Vec<Item> = items.map(|d| item(d, &mut dice)).collect();
        let merchant = merchant(serial, items, &calendar)?;
        if merchant.settlement.payable_fen > 0 {
            paid.push(payouts.make(&merchant.registration, &merchant.settlement)?);
        }
        merchants.push(merchant);
    }
    Ok(Day { date: DATE, details, merchants, payouts: paid })
}

fn rrn(number: u64) -> Made<Rrn> {
    Ok(Rrn::new(&format!("6065{number:08}")).map_err(|bad| bad.to_string())?)
}

fn institution(digits: &str) -> Made<InstitutionId> {
    Ok(InstitutionId::new(digits).map_err(|bad| bad.to_string())?)
}

fn exchange(acquirer: InstitutionId, number: u64) -> Made<SwitchKey> {
    let bad = |bad: BadShape| bad.to_string();
    let (second, stan) = (number / 999_999, u32::try_from(number % 999_999 + 1)?);
    let sent = SentAt::from_number(306_120_000 + second).map_err(bad)?;
    Ok(SwitchKey { acquirer, forwarder: acquirer, sent, stan: Stan::new(stan).map_err(bad)? })
}

fn detail(book: &FeeBook, number: u64, dice: &mut Dice) -> Made<Detail> {
    let acquirer = institution(dice.one_of(&[OURS, "00020000"]))?;
    let issuer = institution(dice.one_of(&["00020000", "00030000", "00040000"]))?;
    let (any, _) = dice.one_of(&Entry::ALL);
    let entry = dice.one_of(&[Entry::Sale, Entry::Sale, Entry::Sale, Entry::Refund, any]);
    let below = dice.one_of(&[500, 100_000, 3_000_000]);
    let size = 1 + dice.roll(below);
    let original = if entry.names_original() {
        let before = dice.roll(100_000);
        let date = dice.one_of(&[
            DATE,
            BusinessDate { year: 2026, month: 1, day: 9 },
            BusinessDate { year: 2017, month: 6, day: 1 },
        ]);
        let amount = Amount::fen(size + before + dice.roll(50_000));
        Some(Original { rrn: rrn(90_000_000 + number)?, date, amount, refunded_fen: before })
    } else {
        None
    };
    let negative = entry.sign() < 0 || entry.sign() == 0 && dice.roll(2) == 0;
    let amount_fen = if negative { -size.cast_signed() } else { size.cast_signed() };
    let card = dice.one_of(&[CardType::Debit, CardType::Credit]);
    let class = dice.one_of(&[FeeClass::Standard, FeeClass::Standard, FeeClass::Discount, FeeClass::Nonprofit]);
    let undone = entry.is_first() && dice.roll(20) == 0;
    let terms = book.terms(original.map_or(DATE, |of| of.date), card, class)?;
    #[rustfmt::skip]
    let mut detail = Detail {
        exchange: exchange(acquirer, number)?, acquirer, issuer, rrn: rrn(number)?, entry, card, class, undone,
        acquirer_bears_all: false, amount_fen, original, fees: [0; 3],
    };
    detail.price(&terms)?;
    Ok(detail)
}

fn of_merchant(detail: &Detail) -> u64 {
    detail.rrn.as_str().bytes().fold(0, |n, byte| n * 10 + u64::from(byte - b'0')) % MERCHANTS
}

fn item(d: &Detail, dice: &mut Dice) -> Item {
    let standing =
        dice.one_of(&[Standing::Confirmed, Standing::Confirmed, Standing::CaseClosed, Standing::Unconfirmed]);
    Item {
        exchange: d.exchange,
        turn: Turn::First,
        key: Key::new(d.acquirer, d.rrn, d.entry),
        entry: d.entry,
        day: DATE,
        card: d.card,
        amount_fen: d.amount_fen,
        original: d.original,
        undone: d.undone,
        standing,
        at: None,
        till: None,
    }
}

fn merchant(serial: u64, items: Vec<Item>, calendar: &Calendar) -> Made<Merchant> {
    let number = MerchantId::new(&format!("10012905411{serial:04}")).map_err(|bad| bad.to_string())?;
    let name = format!("前门小吃店{serial:02} <Snack & Tea>");
    let mut registration = Registration::new(number, &name, "91350100M000100Y43", "王店主")?;
    let persons = || -> Made<(Person, Person)> { Ok((Person::new("张清算")?, Person::new("李复核")?)) };
    let holder = if serial.is_multiple_of(2) { Holder::Company } else { Holder::LegalPerson };
    registration.bind(FIRST, holder, &format!("99900000000000{serial:05}"), "105100000017", persons()?)?;
    let price = Advance {
        rate: Rate { ppb: 300_000 + serial * 1_111, cap_fen: None },
        fixed_fen: serial % 3,
        days_off_only: serial % 4 == 1,
        limit_fen: None,
    };
    let until = ClockTime::from_hhmmss(220_000).map_err(|bad| bad.to_string())?;
    let product = match serial % 3 {
        0 => Product::T1,
        1 => Product::D1(price),
        _ => Product::D0 { price, until },
    };
    let reserve = if serial % 5 == 4 {
        Reserve { rate: Rate { ppb: 100_000_000, cap_fen: None }, days: 30, cap_fen: None }
    } else {
        Reserve::default()
    };
    let discount = Discount {
        debit: Rate { ppb: 5_000_000 + serial * 12_345, cap_fen: Some(2_000) },
        credit: Rate { ppb: 6_000_000 + serial * 10_000, cap_fen: None },
        refund_gives_back: serial % 4 != 3,
    };
    let contract = Contract::new(product, reserve, FIRST, discount)?;
    let mut account = Account::new(number, contract.clone());
    if serial % 4 == 2 {
        // Yesterday there was only a refund, which is still owed.
        let yesterday = BusinessDate::from_days(DATE.days() - 1);
        let refund = |item: &&Item| item.entry == Entry::Refund;
        let owed: Vec<Item> =
            items.iter().find(refund).map(|item| Item { day: yesterday, ..*item }).into_iter().collect();
        account.settle(yesterday, &owed, calendar)?;
    }
    let hold_fen = if serial % 6 == 3 { 50_000 } else { 0 };
    if hold_fen > 0 {
        let until = BusinessDate::from_days(DATE.days() + 20);
        account.hold(Hold::place(HoldNo(serial), Ground::Retrieval, hold_fen, hold_fen, (DATE, until), persons()?)?);
    }
    let carried = account.carried_fen();
    let met: Vec<Key> = if carried < 0 {
        items.iter().filter(|i| i.entry == Entry::Refund).map(|i| i.key).take(1).collect()
    } else {
        Vec::new()
    };
    let items: Vec<Item> = items.into_iter().filter(|item| !met.contains(&item.key)).collect();
    let settlement = account.settle(DATE, &items, calendar)?;
    Ok(Merchant { registration, contract, discount, hold_fen, items, settlement })
}

/// One contract, without line feed.
pub fn contract_csv(m: &Merchant) -> String {
    let cap = |rate: Rate| rate.cap_fen.map_or_else(String::new, |cap| cap.to_string());
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    let price = m.contract.product.advance().unwrap_or_default();
    let Discount { debit, credit, refund_gives_back } = m.discount;
    format!(
        "{},{},{},{},{},{},{},{},{},{},{},{},{}",
        m.registration.merchant(),
        m.contract.product.name(),
        debit.ppb,
        cap(debit),
        credit.ppb,
        cap(credit),
        yes(refund_gives_back),
        price.rate.ppb,
        price.fixed_fen,
        yes(price.days_off_only),
        m.contract.reserve.rate.ppb,
        m.hold_fen,
        m.settlement.carried_in_fen
    )
}

/// The items, without line feeds.
pub fn items_csv(m: &Merchant) -> Vec<String> {
    let line = |item: &Item| {
        let original =
            item.original.map_or_else(|| ",".to_owned(), |of| format!("{},{}", of.amount.minor(), of.refunded_fen));
        let card = if item.card == CardType::Debit { "debit" } else { "credit" };
        let undone = if item.undone { "yes" } else { "no" };
        let charge = item.charge(&m.contract).map_or_else(|fault| fault.to_string(), |charge| charge.fen.to_string());
        format!(
            "{},{},{},{card},{},{},{original},{undone},{:?},{charge}",
            m.registration.merchant(),
            item.key,
            char::from(item.entry.letter()),
            item.day,
            item.amount_fen,
            item.standing
        )
    };
    m.items.iter().map(line).collect()
}

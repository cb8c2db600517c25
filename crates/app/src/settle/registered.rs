//! The merchants of record of a network's acquirer, with their bound accounts and contracts: `acquirer/merchants.toml`. An account's holder is
//! the company or its legal person; there is no way to write down anybody else.

use super::notices;
use crate::network::sample;
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_recon::merchant::{
    Advance, BoundAccount, Contract, Discount, Holder, Merchant, Person, Product, Registration, Reserve,
};
use slipway_recon::out::Debtor;
use slipway_recon::{Rate, read_day};
use slipway_terms::{BusinessDate, MerchantId, PayTo, Short, Text};
use std::path::Path;

/// The file, below the network's folder.
const FILE: &str = "acquirer/merchants.toml";

#[derive(Debug, Serialize, Deserialize)]
struct Book {
    acquirer: Payer,
    #[serde(rename = "merchant")]
    merchants: Vec<Registered>,
}

/// Who pays.
#[derive(Debug, Serialize, Deserialize)]
struct Payer {
    name: String,
    account: String,
    bank: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Registered {
    id: String,
    name: String,
    credit_code: String,
    legal_person: String,
    account: Vec<Bound>,
    contract: Agreed,
}

#[derive(Debug, Serialize, Deserialize)]
struct Bound {
    from: String,
    /// `company` or `legal-person`.
    holder: String,
    number: String,
    bank: String,
    by: String,
    agreed: String,
}

/// Rates in parts per thousand million, so that no float is needed.
#[derive(Debug, Serialize, Deserialize)]
struct Agreed {
    from: String,
    /// `T+1`, `D+1` or `D+0`.
    product: String,
    debit_ppb: u64,
    debit_cap_fen: Option<u64>,
    credit_ppb: u64,
    refund_gives_back: bool,
    /// Of D+1 and D+0: the price of early money, its share and its fixed part.
    #[serde(default)]
    advance_ppb: u64,
    #[serde(default)]
    advance_fixed_fen: u64,
    /// It costs only where it goes out on a day off.
    #[serde(default)]
    advance_days_off_only: bool,
    /// The most that goes out early in a day; above it the day goes out as T+1.
    #[serde(default)]
    advance_limit_fen: Option<u64>,
    /// Of D+0: until when, HHMM; 2200 if it is not said.
    #[serde(default)]
    until: Option<u32>,
    /// What is kept back of each day's takings, for how many days, and how much at once at most.
    #[serde(default)]
    reserve_ppb: u64,
    #[serde(default)]
    reserve_days: u16,
    #[serde(default)]
    reserve_cap_fen: Option<u64>,
}

/// Writes the sample merchants' registrations of a new network.
pub fn write(network: &Path) -> Result<(), End> {
    let merchants = sample::merchants().into_iter().zip(1..).map(|(merchant, serial)| Registered {
        id: merchant.id.as_str().to_owned(),
        name: merchant.name.to_owned(),
        credit_code: "91350100M000100Y43".to_owned(),
        legal_person: "王店主".to_owned(),
        account: vec![Bound {
            from: "2017-01-01".to_owned(),
            holder: "company".to_owned(),
            number: format!("99900000000000{serial:05}"),
            bank: "105100000017".to_owned(),
            by: "张登记".to_owned(),
            agreed: "李复核".to_owned(),
        }],
        contract: Agreed {
            from: "2017-01-01".to_owned(),
            product: "T+1".to_owned(),
            debit_ppb: 5_000_000,
            debit_cap_fen: Some(2_000),
            credit_ppb: 6_000_000,
            refund_gives_back: true,
            advance_ppb: 0,
            advance_fixed_fen: 0,
            advance_days_off_only: false,
            advance_limit_fen: None,
            until: None,
            reserve_ppb: 0,
            reserve_days: 0,
            reserve_cap_fen: None,
        },
    });
    let acquirer = Payer {
        name: "示例收单行 Sample Acquirer".to_owned(),
        account: "9990000000000000001".to_owned(),
        bank: "102100099996".to_owned(),
    };
    let text = toml::to_string(&Book { acquirer, merchants: merchants.collect() });
    let text = text.map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
    std::fs::write(network.join(FILE), text)?;
    Ok(())
}

/// The file as it is.
fn book(network: &Path) -> Result<Book, End> {
    let path = network.join(FILE);
    let place = path.display();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        End::environment(
            format!("{place} 无法读取（{error}）：没有商户登记就不付款；账目未改动"),
            format!("{place} cannot be read ({error}): nobody is paid without a registration; no ledger was changed"),
        )
    })?;
    toml::from_str(&text).map_err(|fault| End::usage(format!("{place}：{fault}"), format!("{place}: {fault}")))
}

/// Reads it. A merchant whose entry is wrong is as one who is not registered: it keeps nobody else from being paid.
pub fn read(network: &Path) -> Result<(Debtor, Vec<Merchant>), End> {
    let mut book = book(network)?;
    book.merchants.retain(|one| merchant(one).is_ok());
    checked(network, book)
}

/// What is wrong with the entry of a merchant; nothing if it is sound or there is none.
pub fn fault(network: &Path, id: MerchantId) -> Result<Option<Text>, End> {
    let book = book(network)?;
    let mut own = book.merchants.iter().filter(|one| one.id == id.as_str());
    let place = network.join(FILE);
    let told = |why: String| Text::new(format!("{}：{why}", place.display()), format!("{}: {why}", place.display()));
    Ok(own.find_map(|one| merchant(one).err()).map(told))
}

fn checked(network: &Path, book: Book) -> Result<(Debtor, Vec<Merchant>), End> {
    let path = network.join(FILE);
    let place = path.display();
    let bad = |why: String| End::usage(format!("{place}：{why}"), format!("{place}: {why}"));
    let debtor = Debtor { name: book.acquirer.name, number: book.acquirer.account, bank: book.acquirer.bank };
    let merchants = book.merchants.iter().map(|one| merchant(one).map_err(|why| bad(format!("{}: {why}", one.id))));
    Ok((debtor, merchants.collect::<Result<_, _>>()?))
}

/// Binds another account from a day on; earlier ones stay. Asked again it is the same one. The record is made first, by `record`; then
/// the new file takes the old one's place at once.
pub fn bind(
    network: &Path,
    id: MerchantId,
    (from, holder, number, bank): (BusinessDate, &str, &str, &str),
    (by, agreed): (&str, &str),
    record: impl FnOnce(&BoundAccount) -> Result<(), End>,
) -> Result<BoundAccount, End> {
    let mut all = book(network)?;
    let named = all.merchants.iter_mut().find(|one| one.id == id.as_str());
    let named =
        named.ok_or_else(|| End::broken(format!("商户 {id} 未登记"), format!("merchant {id} is not registered")))?;
    let text = str::to_owned;
    let fresh = Bound {
        from: from.to_string(),
        holder: text(holder),
        number: text(number),
        bank: text(bank),
        by: text(by),
        agreed: text(agreed),
    };
    let stands = |last: &Bound| (&last.number, &last.bank, &last.holder) == (&fresh.number, &fresh.bank, &fresh.holder);
    if !named.account.last().is_some_and(stands) {
        named.account.push(fresh);
    }
    let written = toml::to_string(&all).map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
    // Looked at as a whole before a letter of it is written.
    let (_, merchants) = checked(network, all)?;
    let bound = merchants.iter().find(|of| of.registration.merchant() == id);
    let bound = bound.and_then(|of| of.registration.accounts().last()).cloned();
    let bound = bound.ok_or_else(|| End::broken("没有绑定账户", "no account is bound"))?;
    record(&bound)?;
    notices::replace(&network.join(FILE), written.as_bytes())?;
    Ok(bound)
}

/// As the acquirer's record names it.
pub fn pay_to(bound: &BoundAccount, pay_day: BusinessDate) -> PayTo {
    let account = &bound.account;
    PayTo { account: bound.version, tail: Short::cut(account.tail()), bank: Short::cut(account.bank()), pay_day }
}

fn merchant(one: &Registered) -> Result<Merchant, String> {
    let id = MerchantId::new(&one.id).map_err(|bad| bad.to_string())?;
    let day = |text: &str| read_day(text).ok_or_else(|| format!("{text}: YYYY-MM-DD"));
    let registration = Registration::new(id, &one.name, &one.credit_code, &one.legal_person);
    let mut registration = registration.map_err(|fault| fault.to_string())?;
    for bound in &one.account {
        let holder = match bound.holder.as_str() {
            "company" => Holder::Company,
            "legal-person" => Holder::LegalPerson,
            other => return Err(format!("holder {other}: company, legal-person")),
        };
        let person = |name: &str| Person::new(name).map_err(|fault| fault.to_string());
        let both = (person(&bound.by)?, person(&bound.agreed)?);
        let from = day(&bound.from)?;
        registration.bind(from, holder, &bound.number, &bound.bank, both).map_err(|fault| fault.to_string())?;
    }
    let of = &one.contract;
    let discount = Discount {
        debit: Rate { ppb: of.debit_ppb, cap_fen: of.debit_cap_fen },
        credit: Rate { ppb: of.credit_ppb, cap_fen: None },
        refund_gives_back: of.refund_gives_back,
    };
    let until = slipway_terms::ClockTime::from_hhmmss(of.until.unwrap_or(2_200).saturating_mul(100));
    let until = until.map_err(|bad| bad.to_string())?;
    let price = Advance {
        rate: Rate { ppb: of.advance_ppb, cap_fen: None },
        fixed_fen: of.advance_fixed_fen,
        days_off_only: of.advance_days_off_only,
        limit_fen: of.advance_limit_fen,
    };
    let rate = Rate { ppb: of.reserve_ppb, cap_fen: None };
    let reserve = Reserve { rate, days: of.reserve_days, cap_fen: of.reserve_cap_fen };
    let product = match of.product.as_str() {
        "T+1" => Product::T1,
        "D+1" => Product::D1(price),
        "D+0" => Product::D0 { price, until },
        other => return Err(format!("product {other}: T+1, D+1, D+0")),
    };
    let contract = Contract::new(product, reserve, day(&of.from)?, discount);
    Ok(Merchant { registration, contract: contract.map_err(|fault| fault.to_string())? })
}

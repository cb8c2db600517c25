//! The merchants of record of a network's acquirer, with their bound accounts and contracts: `acquirer/merchants.toml`. An account's holder is
//! the company or its legal person; there is no way to write down anybody else.

use crate::network::sample;
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_recon::merchant::{Contract, Discount, Holder, Merchant, Person, Product, Registration, Reserve};
use slipway_recon::out::Debtor;
use slipway_recon::{Rate, read_day};
use slipway_terms::MerchantId;
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

/// Reads and checks it.
pub fn read(network: &Path) -> Result<(Debtor, Vec<Merchant>), End> {
    let path = network.join(FILE);
    let place = path.display();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        End::environment(
            format!("{place} 无法读取（{error}）：没有商户登记就不付款；账目未改动"),
            format!("{place} cannot be read ({error}): nobody is paid without a registration; no ledger was changed"),
        )
    })?;
    let bad = |why: String| End::usage(format!("{place}：{why}"), format!("{place}: {why}"));
    let book: Book = toml::from_str(&text).map_err(|fault| bad(fault.to_string()))?;
    let debtor = Debtor { name: book.acquirer.name, number: book.acquirer.account, bank: book.acquirer.bank };
    let merchants = book.merchants.iter().map(|one| merchant(one).map_err(|why| bad(format!("{}: {why}", one.id))));
    Ok((debtor, merchants.collect::<Result<_, _>>()?))
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
    let until = slipway_terms::ClockTime::from_hhmmss(220_000).map_err(|bad| bad.to_string())?;
    let price = slipway_recon::merchant::Advance::default();
    let product = match of.product.as_str() {
        "T+1" => Product::T1,
        "D+1" => Product::D1(price),
        "D+0" => Product::D0 { price, until },
        other => return Err(format!("product {other}: T+1, D+1, D+0")),
    };
    let contract = Contract::new(product, Reserve::default(), day(&of.from)?, discount);
    Ok(Merchant { registration, contract: contract.map_err(|fault| fault.to_string())? })
}

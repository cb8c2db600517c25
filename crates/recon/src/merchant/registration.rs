//! The merchant of record and his own account. Must never know an account of anybody else: the holder's name is not written down but
//! taken from the registration, and is the company or its legal person; there is no third kind.

use super::credit_code;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{BusinessDate, MerchantId, same_person};

/// Longest name, in characters; a bank file holds 140.
const NAME_MAX: usize = 70;

/// Somebody who signs with his name. Two of them are two different ones.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Person(String);

impl Person {
    /// A name that is not empty.
    ///
    /// # Errors
    /// [`RegistrationFault::Name`].
    pub fn new(name: &str) -> Result<Self, RegistrationFault> {
        plain(name).map(Self)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether it is the same person, however the name is spelt.
    pub fn is_same(&self, other: &Self) -> bool {
        same_person(&self.0, &other.0)
    }
}

/// Whose account it is. No other kind exists: whoever stands between acquirer and merchant has no account here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holder {
    /// The company itself (对公).
    Company,
    /// Its legal person (法人).
    LegalPerson,
}

/// A bank account. Who makes it: [`Registration::bind`] only. Masked in texts but for bank files.
#[derive(Clone, PartialEq, Eq)]
pub struct BankAccount {
    number: String,
    bank: String,
    holder: Holder,
    holder_name: String,
}

impl BankAccount {
    /// The whole number, for the bank's file.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The bank's line number (联行号), 12 digits.
    pub fn bank(&self) -> &str {
        &self.bank
    }

    /// Whose it is.
    pub const fn holder(&self) -> Holder {
        self.holder
    }

    /// His name, as registered.
    pub fn holder_name(&self) -> &str {
        &self.holder_name
    }

    /// Its last four digits, for people.
    pub fn tail(&self) -> &str {
        // Digits only, six at least.
        &self.number[self.number.len().saturating_sub(4)..]
    }
}

impl fmt::Debug for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*{}@{} {:?}", self.tail(), self.bank, self.holder)
    }
}

/// An account from a day on. Earlier ones stay: what was paid to them was paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoundAccount {
    /// 1 is the first.
    pub version: u16,
    /// First day on which money goes there.
    pub from: BusinessDate,
    /// The account.
    pub account: BankAccount,
    /// Who bound it.
    pub by: Person,
    /// Who agreed.
    pub agreed: Person,
}

/// A merchant of record. Its fields are read only; accounts are added, never changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    merchant: MerchantId,
    name: String,
    credit_code: String,
    legal_person: String,
    accounts: Vec<BoundAccount>,
}

/// Why a registration or an account cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegistrationFault {
    /// A name that is empty, too long, or holds what cannot be printed.
    Name,
    /// A merchant number with other characters than letters and digits.
    Merchant,
    /// The code of the licence has a wrong shape or check character.
    CreditCode,
    /// An account number that is not 6 to 32 digits.
    Number,
    /// A bank's number that is not 12 digits.
    Bank,
    /// One person twice.
    OnePerson,
    /// It would begin before the account it follows.
    Order,
}

impl fmt::Display for RegistrationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "名称为空、过长或含不可见字符 a name is empty, too long or holds unprintable characters",
            Self::Merchant => "商户号只能有字母和数字 a merchant number has letters and digits only",
            Self::CreditCode => "统一社会信用代码有误 the unified social credit code is wrong",
            Self::Number => "账号须为 6 至 32 位数字 an account number has 6 to 32 digits",
            Self::Bank => "联行号须为 12 位数字 a bank's number has 12 digits",
            Self::OnePerson => "须两人办理 two persons are needed",
            Self::Order => "新账户不能早于原账户 an account cannot begin before the one it follows",
        })
    }
}

impl core::error::Error for RegistrationFault {}

impl Registration {
    /// A merchant with his licence, without an account yet.
    ///
    /// # Errors
    /// [`RegistrationFault`].
    pub fn new(
        merchant: MerchantId,
        name: &str,
        credit_code: &str,
        legal_person: &str,
    ) -> Result<Self, RegistrationFault> {
        if !merchant.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(RegistrationFault::Merchant);
        }
        if !credit_code::is_sound(credit_code) {
            return Err(RegistrationFault::CreditCode);
        }
        let (name, legal_person) = (plain(name)?, plain(legal_person)?);
        Ok(Self { merchant, name, credit_code: credit_code.to_owned(), legal_person, accounts: Vec::new() })
    }

    /// Binds an account from a day on. Whose name it is in follows from its kind.
    ///
    /// # Errors
    /// [`RegistrationFault`]; nothing is changed then.
    pub fn bind(
        &mut self,
        from: BusinessDate,
        holder: Holder,
        number: &str,
        bank: &str,
        (by, agreed): (Person, Person),
    ) -> Result<&BoundAccount, RegistrationFault> {
        let digits = |text: &str, length: core::ops::RangeInclusive<usize>| {
            length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(number, 6..=32) {
            return Err(RegistrationFault::Number);
        }
        if !digits(bank, 12..=12) {
            return Err(RegistrationFault::Bank);
        }
        if by.is_same(&agreed) {
            return Err(RegistrationFault::OnePerson);
        }
        if self.accounts.last().is_some_and(|last| last.from > from) {
            return Err(RegistrationFault::Order);
        }
        let holder_name = match holder {
            Holder::Company => self.name.clone(),
            Holder::LegalPerson => self.legal_person.clone(),
        };
        let account = BankAccount { number: number.to_owned(), bank: bank.to_owned(), holder, holder_name };
        let version = u16::try_from(self.accounts.len() + 1).unwrap_or(u16::MAX);
        self.accounts.push(BoundAccount { version, from, account, by, agreed });
        self.accounts.last().ok_or(RegistrationFault::Order)
    }

    /// The account to which money goes on a day.
    pub fn account_on(&self, day: BusinessDate) -> Option<&BoundAccount> {
        self.accounts.iter().rev().find(|bound| bound.from <= day)
    }

    /// The account of a version.
    pub fn version(&self, version: u16) -> Option<&BoundAccount> {
        self.accounts.iter().find(|bound| bound.version == version)
    }

    /// All accounts, the first first.
    pub fn accounts(&self) -> &[BoundAccount] {
        &self.accounts
    }

    /// His number.
    pub const fn merchant(&self) -> MerchantId {
        self.merchant
    }

    /// The company's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The code of the licence.
    pub fn credit_code(&self) -> &str {
        &self.credit_code
    }

    /// The legal person's name.
    pub fn legal_person(&self) -> &str {
        &self.legal_person
    }
}

fn plain(text: &str) -> Result<String, RegistrationFault> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(RegistrationFault::Name) }
}

//! Numbers and names of the field: each with its shape, checked where it is made.

use crate::{BadShape, BusinessDate, Short};
use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! shown {
    ($t:ty, $fmt:literal) => {
        impl fmt::Display for $t {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, $fmt, self.0)
            }
        }
        impl fmt::Debug for $t {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

/// Message type: version, class, function, origin. Shape: DE 0, 4 digits, held as the number 0200 = 200.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mti(pub u16);
shown!(Mti, "{:04}");

impl Mti {
    /// The answer's type: request + 10 (0200 → 0210, 0420 → 0430).
    pub const fn answer(self) -> Self {
        Self(self.0 + 10)
    }

    /// Whether this is an answer (third digit odd).
    pub const fn is_answer(self) -> bool {
        (self.0 / 10) % 2 == 1
    }
}

/// Processing code. Shape: DE 3, 6 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProcessingCode(pub u32);
shown!(ProcessingCode, "{:06}");

/// Point-of-service condition. Shape: DE 25, 2 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConditionCode(pub u8);
shown!(ConditionCode, "{:02}");

/// Merchant category. Shape: DE 18, 4 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mcc(pub u16);
shown!(Mcc, "{:04}");

/// The number a sender gives to one exchange (凭证号 on paper). Shape: DE 11, 6 digits.
/// Who makes it: the terminal; later hops as their dialect says. Holds: 1..=999999, wraps; is no identity by itself,
/// see [`TillKey`](crate::TillKey) and [`SwitchKey`](crate::SwitchKey).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stan(u32);
shown!(Stan, "{:06}");

impl Stan {
    /// The first number of a new terminal.
    pub const FIRST: Self = Self(1);

    /// 1..=999999, anything else is [`BadShape`].
    pub const fn new(number: u32) -> Result<Self, BadShape> {
        if number == 0 || number > 999_999 { Err(BadShape("STAN outside 1..999999")) } else { Ok(Self(number)) }
    }

    /// The number after this one; 999999 is followed by 1.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.0 >= 999_999 { Self(1) } else { Self(self.0 + 1) }
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// The till's open list. Shape: DE 60.2, 6 digits. Who makes it: the acquirer, a counter that never meets an old key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BatchNo(pub u32);
shown!(BatchNo, "{:06}");

/// Operator of a terminal (01 cashier, 00 supervisor, 99 administrator). Shape: DE 63.1, up to 3 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperatorNo(pub u8);
shown!(OperatorNo, "{:02}");

macro_rules! fixed_text {
    ($(#[$doc:meta])* $name:ident, $n:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(Short<$n>);
        shown!($name, "{}");
        impl $name {
            /// Printable ASCII of exactly the field's length; anything else is [`BadShape`].
            pub const fn new(text: &str) -> Result<Self, BadShape> {
                let bytes = text.as_bytes();
                if bytes.len() != $n {
                    return Err(BadShape($rule));
                }
                let mut i = 0;
                while i < $n {
                    if bytes[i] < 0x20 || bytes[i] > 0x7E {
                        return Err(BadShape($rule));
                    }
                    i += 1;
                }
                match Short::new(text) {
                    Ok(short) => Ok(Self(short)),
                    Err(bad) => Err(bad),
                }
            }
            /// The text, blanks included.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
            /// The bytes as sent.
            pub const fn bytes(&self) -> &[u8; $n] {
                self.0.padded()
            }
        }
    };
}

fixed_text!(
    /// Retrieval reference number (参考号). Shape: DE 37, 12 characters: last digit of the year, day of year, 8-digit
    /// counter. Who makes it: the acquirer, once, for the original; kept by all that follows from it.
    Rrn, 12, "reference number is not 12 printable characters"
);
impl Rrn {
    /// How the reference numbers of a day begin: last digit of the year, day of the year. Shape: 4 digits.
    pub fn of_day(day: BusinessDate) -> Short<4> {
        Short::cut(&alloc::format!("{}{:03}", day.year.rem_euclid(10), day.day_of_year()))
    }

    /// Twelve zeros: where a list needs a reference number and there is none.
    pub const NONE: Self = match Self::new("000000000000") {
        Ok(rrn) => rrn,
        Err(_) => panic!("twelve zeros are a reference number"),
    };
}

fixed_text!(
    /// The issuer's approval; exists only with one. Shape: DE 38, 6 characters.
    AuthCode, 6, "authorisation code is not 6 printable characters"
);
fixed_text!(
    /// One till. Shape: DE 41, 8 characters.
    TerminalId, 8, "terminal number is not 8 printable characters"
);
fixed_text!(
    /// One shop. Shape: DE 42, 15 characters: acquirer 3 + area 4 + MCC 4 + serial 4.
    MerchantId, 15, "merchant number is not 15 printable characters"
);

/// A member of the network: acquirer, forwarder, issuer, the switch itself. Shape: DE 32, 33, 100: up to 11 digits, 8 in practice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstitutionId(Short<11>);
shown!(InstitutionId, "{}");

impl InstitutionId {
    /// 1 to 11 digits; anything else is [`BadShape`].
    pub const fn new(digits: &str) -> Result<Self, BadShape> {
        let bytes = digits.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            if !bytes[i].is_ascii_digit() {
                return Err(BadShape("institution number has a non-digit"));
            }
            i += 1;
        }
        if bytes.is_empty() {
            return Err(BadShape("institution number is empty"));
        }
        match Short::new(digits) {
            Ok(short) => Ok(Self(short)),
            Err(_) => Err(BadShape("institution number above 11 digits")),
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Eleven bytes, zero padded, for keys.
    pub const fn padded(&self) -> &[u8; 11] {
        self.0.padded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_checked() {
        assert!(Stan::new(0).is_err() && Stan::new(1_000_000).is_err());
        assert_eq!(Stan::new(999_999).map(Stan::next), Ok(Stan::FIRST));
        assert!(Rrn::new("12345678901").is_err() && Rrn::new("12345678901\n").is_err());
        assert!(InstitutionId::new("").is_err() && InstitutionId::new("12a").is_err());
        assert_eq!(Mti(420).answer(), Mti(430));
        assert!(Mti(210).is_answer() && !Mti(220).is_answer());
    }
}

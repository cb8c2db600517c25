//! The sample world of `demo`, `up --demo` and `bench`: merchants, terminals and test cards of the project's own ranges.
//! Nothing here works outside those commands.

use slipway_terms::{CardType, Expiry, InstitutionId, Mcc, MerchantId, Pan, Short, TerminalId, Track2};

/// The two issuers' BINs.
pub const BINS: [&str; 2] = ["999001", "999002"];
/// What the switch knows of them: prefix, issuer 0 or 1, debit or credit (the seventh digit: 1 is credit).
pub const ROUTES: [(&str, usize, CardType); 4] = [
    ("999001", 0, CardType::Debit),
    ("9990011", 0, CardType::Credit),
    ("999002", 1, CardType::Debit),
    ("9990021", 1, CardType::Credit),
];
/// PIN of every sample card.
pub const CARD_PIN: &str = "123456";
/// Password of every sample operator; the demonstration says so, no other start accepts it.
pub const OPERATOR_PASSWORD: &str = "0000";
/// Opening money of every sample account, in fen.
pub const OPENING_FEN: u64 = 1_000_000;

macro_rules! fixed {
    ($name:ident, $t:ty, $text:literal) => {
        /// A member of the sample network.
        pub const $name: $t = match <$t>::new($text) {
            Ok(id) => id,
            Err(_) => panic!("a constant has the shape of its field"),
        };
    };
}

fixed!(ACQUIRER, InstitutionId, "99910010");
fixed!(SWITCH, InstitutionId, "00010000");
fixed!(ISSUER_1, InstitutionId, "99900100");
fixed!(ISSUER_2, InstitutionId, "99900200");
fixed!(NO_TERMINAL, TerminalId, "00000000");
fixed!(NO_MERCHANT, MerchantId, "000000000000000");

/// A sample merchant.
pub struct SampleMerchant {
    /// DE 42: 999 + area + MCC + serial.
    pub id: MerchantId,
    /// Name and place.
    pub name: &'static str,
    /// DE 18.
    pub mcc: Mcc,
    /// May key card numbers.
    pub keyed: bool,
}

/// The sample merchants: a supermarket, and a hotel that may key card numbers.
pub fn merchants() -> [SampleMerchant; 2] {
    let id = |text| MerchantId::new(text).unwrap_or(NO_MERCHANT);
    [
        SampleMerchant { id: id("999290054110001"), name: "示范超市 SAMPLE MARKET", mcc: Mcc(5411), keyed: false },
        SampleMerchant { id: id("999290070110002"), name: "示范酒店 SAMPLE HOTEL", mcc: Mcc(7011), keyed: true },
    ]
}

/// The merchant of a terminal: odd terminals stand in the market, even ones in the hotel.
pub fn merchant_of(index: usize) -> SampleMerchant {
    let [market, hotel] = merchants();
    if index.is_multiple_of(2) { hotel } else { market }
}

/// Terminal `index` (from 1) of the network's own bank.
pub fn terminal(index: usize) -> TerminalId {
    TerminalId::new(&format!("1{index:07}")).unwrap_or(NO_TERMINAL)
}

/// Terminal `index` (from 1) for a terminal program from outside.
pub fn outside_terminal(index: usize) -> TerminalId {
    TerminalId::new(&format!("2{index:07}")).unwrap_or(NO_TERMINAL)
}

/// A sample card.
#[derive(Clone, Debug)]
pub struct SampleCard {
    /// Number, Luhn-valid: BIN 6, kind 1 (0 debit, 1 credit), serial 8, check digit.
    pub pan: Pan,
    /// Last month.
    pub expiry: Expiry,
    /// A credit card.
    pub credit: bool,
    /// Its account.
    pub account: Short<19>,
}

impl SampleCard {
    /// Card `serial` of issuer 0 or 1.
    pub fn new(issuer: usize, serial: usize, credit: bool) -> Option<Self> {
        let body = format!("{}{}{serial:08}", BINS.get(issuer)?, u8::from(credit));
        let check =
            (0..10).map(|digit| Pan::new(&format!("{body}{digit}"))).find_map(|pan| pan.ok().filter(Pan::luhn))?;
        let account = Short::cut(&format!("{}{serial:08}", if credit { "C" } else { "D" }));
        Some(Self { pan: check, expiry: Expiry { year: 30, month: 12 }, credit, account })
    }

    /// Its track 2, service code 101 (no chip).
    pub fn track2(&self) -> Option<Track2> {
        Track2::new(&format!("{}={:04}1010000000000", self.pan.reveal(), self.expiry.yymm())).ok()
    }
}

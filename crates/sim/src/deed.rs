//! What a person does at a till, one word each: drawn by the workload, read and written by stories. Everything goes through
//! the keys, cards and questions that a person has.

use crate::cast::{self, CARDS};
use crate::chips::{self, Shown};
use slipway_node::{Act, CardRead, KeyPress, Named};
use slipway_terms::{Amount, Expiry, Kind, MonthDay, OperatorNo, Pan, PayAgain, Pin, Rrn, Stan, Track2};
use std::fmt;
use std::str::FromStr;

/// One act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Operator 1 signs in.
    SignIn,
    /// A sale of so many fen is keyed.
    Sale(u64),
    /// A balance inquiry is chosen.
    Balance,
    /// The card of this number in the bench is drawn through the reader.
    Card(usize),
    /// Its number is keyed by hand.
    Keyed(usize),
    /// Its chip is shown in this way.
    Chip(Shown, usize),
    /// The reader sees no card, or half of one.
    Bad(u8),
    /// A PIN is entered.
    Pin(Entered),
    /// A key.
    Key(KeyPress),
    /// 查证 of the last exchange, or of this one.
    Ask(Option<u32>),
    /// The last slip again, or this one.
    Reprint(Option<u32>),
    /// A transaction of a kind is begun, of so many fen, about the exchange with this voucher number if it is about one. A void
    /// is of the whole.
    Begin(Kind, Option<u64>, Option<u32>),
    /// The same about an exchange that is not in this till's journal: by reference number and date (MMDD).
    Refer(Kind, u64, u64, u16),
    /// The supervisor gives the word.
    Allow,
    /// A second payment is to be let go, for this reason.
    PayAgain(PayAgain),
    /// The customer does not sign.
    NotSigned,
    /// The batch is settled.
    Settle,
    /// The till signs off.
    SignOff,
    /// Parameters are fetched.
    Download,
}

const WORDS: [(Deed, &str); 6] = [
    (Deed::SignIn, "sign-in"),
    (Deed::Allow, "allow"),
    (Deed::NotSigned, "not-signed"),
    (Deed::Settle, "settle"),
    (Deed::SignOff, "sign-off"),
    (Deed::Download, "download"),
];

const KINDS: [(Kind, &str); 10] = [
    (Kind::SaleVoid, "void"),
    (Kind::Refund, "refund"),
    (Kind::PreAuth, "pre-auth"),
    (Kind::PreAuthVoid, "pre-auth-void"),
    (Kind::Completion, "completion"),
    (Kind::CompletionAdvice, "completion-advice"),
    (Kind::CompletionVoid, "completion-void"),
    (Kind::OfflineSale, "offline"),
    (Kind::Adjust, "adjust"),
    (Kind::Moto, "moto"),
];

fn kind_word(kind: Kind) -> &'static str {
    KINDS.iter().find(|(of, _)| *of == kind).map_or("", |(_, word)| word)
}

/// Which PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entered {
    /// The one of this card.
    Of(usize),
    /// The one of this card backwards.
    Backwards(usize),
    /// These digits.
    Digits(u32),
    /// The pad is left without.
    Bypassed,
}

const KEYS: [(KeyPress, &str); 5] = [
    (KeyPress::Enter, "enter"),
    (KeyPress::Clear, "clear"),
    (KeyPress::Cancel, "cancel"),
    (KeyPress::Print, "print"),
    (KeyPress::DoubleZero, "00"),
];
const BAD: [(CardRead, &str); 3] =
    [(CardRead::Unreadable, "unreadable"), (CardRead::WrongWay, "wrong-way"), (CardRead::TooShort, "too-short")];

impl Deed {
    /// The act as the driver is told it; `None` for what the bench does not have.
    pub fn act(self) -> Option<Act> {
        Some(match self {
            Self::SignIn => Act::SignIn(OperatorNo(1), Pin::new(cast::PASSWORD).ok()?),
            Self::Sale(fen) => Act::Sale(Amount::fen(fen)),
            Self::Balance => Act::Balance,
            Self::Card(no) => Act::Card(CardRead::Stripe(Track2::new(&CARDS.get(no)?.stripe()).ok()?)),
            Self::Keyed(no) => {
                let card = CARDS.get(no)?;
                Act::KeyedCard(Pan::new(&card.number()).ok()?, Expiry::new(card.expiry).ok()?)
            }
            Self::Chip(shown, no) => Act::Card(CardRead::Chip(chips::card(no, shown)?)),
            Self::Bad(no) => Act::Card(BAD.get(usize::from(no))?.0.clone()),
            Self::Pin(entered) => Act::Pin(match entered {
                Entered::Of(no) => Pin::new(CARDS.get(no)?.pin).ok(),
                Entered::Backwards(no) => Pin::new(&CARDS.get(no)?.pin.chars().rev().collect::<String>()).ok(),
                Entered::Digits(digits) => Pin::new(&format!("{digits:06}")).ok(),
                Entered::Bypassed => None,
            }),
            Self::Key(key) => Act::Key(key),
            Self::Ask(stan) => Act::Ask(stan.and_then(|stan| Stan::new(stan).ok())),
            Self::Reprint(stan) => Act::Reprint(stan.and_then(|stan| Stan::new(stan).ok())),
            Self::Begin(kind, fen, voucher) => {
                let named = voucher.map(Stan::new).transpose().ok()?.map(Named::Voucher);
                Act::Begin(kind, fen.map(Amount::fen), named)
            }
            Self::Refer(kind, fen, rrn, mmdd) => {
                let (rrn, date) = (Rrn::new(&format!("{rrn:012}")).ok()?, MonthDay::from_mmdd(mmdd).ok()?);
                Act::Begin(kind, Some(Amount::fen(fen)), Some(Named::Reference(rrn, date)))
            }
            Self::Allow => Act::Allow(OperatorNo(0), Pin::new(cast::PASSWORD).ok()?),
            Self::PayAgain(reason) => Act::PayAgain(reason),
            Self::NotSigned => Act::NotSigned,
            Self::Settle => Act::Settle,
            Self::SignOff => Act::SignOff,
            Self::Download => Act::Download,
        })
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn | Self::Allow | Self::NotSigned | Self::Settle | Self::SignOff | Self::Download => {
                f.write_str(WORDS.iter().find(|(deed, _)| deed == self).map_or("", |(_, word)| word))
            }
            Self::Begin(kind, fen, voucher) => {
                f.write_str(kind_word(*kind))?;
                match fen {
                    Some(fen) => write!(f, ":{fen}")?,
                    None => f.write_str(":all")?,
                }
                voucher.map_or(Ok(()), |voucher| write!(f, ":{voucher}"))
            }
            Self::Refer(kind, fen, rrn, mmdd) => write!(f, "{}:{fen}:{rrn}:{mmdd}", kind_word(*kind)),
            Self::PayAgain(reason) => write!(f, "pay-again:{}", *reason as u8),
            Self::Sale(fen) => write!(f, "sale:{fen}"),
            Self::Balance => f.write_str("balance"),
            Self::Card(no) => write!(f, "card:{no}"),
            Self::Keyed(no) => write!(f, "keyed:{no}"),
            Self::Chip(shown, no) => write!(f, "{}:{no}", shown.word()),
            Self::Bad(no) => f.write_str(BAD.get(usize::from(*no)).map_or("", |(_, word)| word)),
            Self::Pin(Entered::Of(no)) => write!(f, "pin:{no}"),
            Self::Pin(Entered::Backwards(no)) => write!(f, "pin-backwards:{no}"),
            Self::Pin(Entered::Digits(digits)) => write!(f, "pin-digits:{digits}"),
            Self::Pin(Entered::Bypassed) => f.write_str("no-pin"),
            Self::Key(KeyPress::Digit(digit)) => write!(f, "{digit}"),
            Self::Key(key) => f.write_str(KEYS.iter().find(|(k, _)| k == key).map_or("", |(_, word)| word)),
            Self::Ask(stan) => numbered(f, "ask", *stan),
            Self::Reprint(stan) => numbered(f, "reprint", *stan),
        }
    }
}

fn numbered(f: &mut fmt::Formatter<'_>, word: &str, no: Option<u32>) -> fmt::Result {
    match no {
        Some(no) => write!(f, "{word}:{no}"),
        None => f.write_str(word),
    }
}

impl FromStr for Deed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NONE: &str = "no such act";
        if let Some((deed, _)) = WORDS.iter().find(|(_, word)| *word == text) {
            return Ok(*deed);
        }
        let parts: Vec<&str> = text.split(':').collect();
        if let Some((kind, _)) = KINDS.iter().find(|(_, word)| parts.len() > 1 && *word == parts[0]) {
            return begun(*kind, &parts[1..]).ok_or("not an amount, voucher or reference");
        }
        let (word, no) = text.split_once(':').map_or((text, None), |(word, no)| (word, Some(no)));
        let no: Option<u64> = no.map(str::parse).transpose().map_err(|_| "not a number here")?;
        let small = || no.and_then(|no| u32::try_from(no).ok()).ok_or(NONE);
        let card = || small().map(|no| no as usize).ok().filter(|no| *no < CARDS.len()).ok_or("no such card");
        Ok(match (word, no) {
            ("sale", Some(fen)) => Self::Sale(fen),
            ("pay-again", Some(no)) => {
                Self::PayAgain(u8::try_from(no).ok().and_then(PayAgain::of).ok_or("no such reason")?)
            }
            ("balance", None) => Self::Balance,
            ("card", _) => Self::Card(card()?),
            ("keyed", _) => Self::Keyed(card()?),
            (word, Some(_)) if shown(word).is_some() => Self::Chip(shown(word).ok_or(NONE)?, card()?),
            ("pin", _) => Self::Pin(Entered::Of(card()?)),
            ("pin-backwards", _) => Self::Pin(Entered::Backwards(card()?)),
            ("pin-digits", _) => Self::Pin(Entered::Digits(small()?)),
            ("no-pin", None) => Self::Pin(Entered::Bypassed),
            ("ask", _) => Self::Ask(no.map(|_| small()).transpose()?),
            ("reprint", _) => Self::Reprint(no.map(|_| small()).transpose()?),
            (word, None) => match (KEYS.iter().find(|(_, w)| *w == word), BAD.iter().position(|(_, w)| *w == word)) {
                (Some((key, _)), _) => Self::Key(*key),
                (None, Some(no)) => Self::Bad(u8::try_from(no).map_err(|_| NONE)?),
                (None, None) => Self::Key(KeyPress::Digit(word.parse().ok().filter(|digit| *digit < 10).ok_or(NONE)?)),
            },
            _ => return Err(NONE),
        })
    }
}

fn shown(word: &str) -> Option<Shown> {
    Shown::ALL.iter().find(|(_, known)| *known == word).map(|(shown, _)| *shown)
}

fn begun(kind: Kind, rest: &[&str]) -> Option<Deed> {
    let fen = |text: &str| if text == "all" { Some(None) } else { text.parse().ok().map(Some) };
    Some(match rest {
        [amount] => Deed::Begin(kind, fen(amount)?, None),
        [amount, voucher] => Deed::Begin(kind, fen(amount)?, Some(voucher.parse().ok()?)),
        [amount, rrn, mmdd] => Deed::Refer(kind, fen(amount)??, rrn.parse().ok()?, mmdd.parse().ok()?),
        _ => return None,
    })
}

/// The acts of another kind, from its beginning to its last key; superfluous ones mean nothing to the till.
pub fn ordered(begin: Deed, kind: Kind, card: usize) -> Vec<Deed> {
    let enter = Deed::Key(KeyPress::Enter);
    let reads = !kind.shape().names_original || kind == Kind::Refund;
    let shown = if kind == Kind::Moto { Deed::Keyed(card) } else { Deed::Card(card) };
    let mut deeds = vec![begin, Deed::Allow];
    if reads {
        deeds.extend([enter, shown]);
    }
    deeds.extend([enter, enter]);
    if kind == Kind::PreAuth {
        deeds.push(Deed::Pin(Entered::Of(card)));
    }
    deeds
}

/// A sale whose supervisor stands by: if the guard stops it, it is let go for this reason.
pub fn paid_again(mut deeds: Vec<Deed>, reason: PayAgain) -> Vec<Deed> {
    let at = deeds.len().saturating_sub(2);
    deeds.splice(at..=at, [Deed::PayAgain(reason), Deed::Allow]);
    deeds
}

/// The acts of a sale or, without amount, of a balance inquiry. Superfluous confirmations mean nothing to the till.
pub fn purchase(fen: Option<u64>, card: Deed, entered: Entered) -> Vec<Deed> {
    let enter = Deed::Key(KeyPress::Enter);
    let mut deeds = match fen {
        Some(fen) if !(100..=1_000_000).contains(&fen) => vec![Deed::Sale(fen), enter],
        Some(fen) => vec![Deed::Sale(fen)],
        None => vec![Deed::Balance],
    };
    deeds.extend([card, enter, enter, Deed::Pin(entered)]);
    deeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_is_read_as_it_is_written() {
        let mut all = purchase(Some(8_800), Deed::Card(3), Entered::Of(3));
        all.extend(purchase(None, Deed::Keyed(0), Entered::Backwards(0)));
        all.extend([Deed::SignIn, Deed::Pin(Entered::Digits(7)), Deed::Pin(Entered::Bypassed), Deed::Bad(1)]);
        all.extend([Deed::Ask(None), Deed::Ask(Some(4)), Deed::Reprint(Some(9)), Deed::Key(KeyPress::Digit(4))]);
        all.extend(KEYS.map(|(key, _)| Deed::Key(key)));
        all.extend(WORDS.map(|(deed, _)| deed));
        all.extend(PayAgain::ALL.map(Deed::PayAgain));
        for (kind, _) in KINDS {
            all.extend(ordered(Deed::Begin(kind, Some(8_800), None), kind, 2));
            all.extend([Deed::Begin(kind, None, Some(12)), Deed::Refer(kind, 5, 632_800_000_001, 1_123)]);
        }
        for deed in all {
            assert_eq!(deed.to_string().parse(), Ok(deed));
            assert!(deed.act().is_some(), "{deed}");
        }
        for bad in
            ["", "card:99", "sale", "sale:x", "12", "enter:1", "void", "void:x", "refund:all:1:1101", "pay-again:4"]
        {
            assert!(bad.parse::<Deed>().is_err(), "{bad}");
        }
    }
}

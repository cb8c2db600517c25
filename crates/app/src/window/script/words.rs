//! The words of a script line: names of transactions, amounts, originals, and the tail that has a transaction played to its end.

use super::read::About;
use slipway_terms::{Amount, BadShape, Kind, MonthDay, PayAgain, Pin, Rrn, Stan, Text};

/// What is wrong with a line.
pub fn wrong(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text::new(zh, en)
}

/// A word that has not the shape of its field.
pub fn bad(bad: BadShape) -> Text {
    wrong(bad.0, bad.0)
}

/// How a transaction is played to its end. Empty: it only begins.
#[derive(Clone, Default, Debug)]
pub struct Tail {
    /// The card, from 1.
    pub card: Option<usize>,
    /// Its number is keyed, not drawn.
    pub keyed: bool,
    /// Its chip is inserted (`Some(false)`) or held to the reader (`Some(true)`).
    pub chip: Option<bool>,
    /// The PIN: the card's own, another one, or none.
    pub pin: Option<Option<Pin>>,
    /// The supervisor's number and password.
    pub by: Option<(u8, Pin)>,
    /// Enter is pressed where the till asks whether it is right.
    pub go: bool,
    /// Why it is let go where an open payment of the same card and amount stops it.
    pub again: Option<PayAgain>,
}

impl Tail {
    /// Somebody goes on after the beginning.
    pub const fn plays(&self) -> bool {
        self.card.is_some() || self.by.is_some() || self.go
    }
}

/// The kind that a verb begins.
pub fn kind_of(verb: &str) -> Option<Kind> {
    Some(match verb {
        "sale" => Kind::Sale,
        "balance" => Kind::Balance,
        "void" => Kind::SaleVoid,
        "refund" => Kind::Refund,
        "pre-auth" => Kind::PreAuth,
        "pre-auth-void" => Kind::PreAuthVoid,
        "complete" => Kind::Completion,
        "complete-advice" => Kind::CompletionAdvice,
        "complete-void" => Kind::CompletionVoid,
        "adjust" => Kind::Adjust,
        "offline" => Kind::OfflineSale,
        "moto" => Kind::Moto,
        _ => return None,
    })
}

/// Whether a transaction of `kind` can be about one of `of`.
pub const fn can_be_about(kind: Kind, of: Kind) -> bool {
    match kind {
        Kind::SaleVoid | Kind::Adjust => matches!(of, Kind::Sale | Kind::Moto),
        Kind::Refund => {
            matches!(of, Kind::Sale | Kind::Moto | Kind::Completion | Kind::CompletionAdvice | Kind::OfflineSale)
        }
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice => matches!(of, Kind::PreAuth),
        Kind::CompletionVoid => matches!(of, Kind::Completion),
        _ => false,
    }
}

/// What stands behind the verb.
pub fn rest_of(line: &str, verb: &str) -> Option<String> {
    line.strip_prefix(verb).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A card's place in the tray, from 1.
pub fn number(args: &[&str]) -> Result<usize, Text> {
    let [word] = args else { return Err(wrong("哪张卡？", "which card?")) };
    word.parse()
        .ok()
        .filter(|no| *no > 0)
        .ok_or_else(|| wrong(format!("`{word}` 不是卡的序号"), format!("`{word}` is no card's place")))
}

/// A voucher number.
pub fn stan(word: &str) -> Result<Stan, Text> {
    let number =
        word.parse().map_err(|_| wrong(format!("`{word}` 不是凭证号"), format!("`{word}` is no voucher number")))?;
    Stan::new(number).map_err(bad)
}

/// Yuan with at most two decimals: `88`, `88.5`, `88.00`.
pub fn amount(word: &str) -> Result<Amount, Text> {
    Amount::from_yuan(word).map_err(|_| wrong(format!("`{word}` 不是金额"), format!("`{word}` is no amount")))
}

/// `last`, `000012`, `ref last`, `ref RRN MMDD`; and what follows.
pub fn about<'a, 'w>(args: &'a [&'w str]) -> Result<(Option<About>, &'a [&'w str]), Text> {
    let (about, used) = match args {
        ["last", ..] => (About::Last, 1),
        ["ref", "last", ..] => (About::LastReference, 2),
        ["ref", rrn, day, ..] => {
            let rrn = Rrn::new(rrn).map_err(bad)?;
            let day = day.parse().ok().and_then(|mmdd| MonthDay::from_mmdd(mmdd).ok());
            (
                About::Reference(
                    rrn,
                    day.ok_or_else(|| wrong("参考号的日期为 MMDD", "the date of a reference is MMDD"))?,
                ),
                3,
            )
        }
        [no, ..] => (About::Voucher(stan(no)?), 1),
        [] => {
            return Err(wrong(
                "缺少原交易：last、凭证号，或 ref 参考号 MMDD",
                "the original is missing: last, a voucher number, or ref RRN MMDD",
            ));
        }
    };
    Ok((Some(about), args.get(used..).unwrap_or_default()))
}

/// Why a second payment is let go.
pub fn pay_again(word: &str) -> Result<PayAgain, Text> {
    let words = PayAgain::ALL.map(PayAgain::word).join(" ");
    let found = PayAgain::ALL.into_iter().find(|reason| reason.word() == word);
    found.ok_or_else(|| wrong(format!("理由应为其一：{words}"), format!("one of these reasons: {words}")))
}

/// `card N`, `insert N`, `tap N`, `keyed`, `again REASON`, `pin DIGITS|none`, `by NO PASSWORD`, `go`, in any order.
pub fn tail(args: &[&str]) -> Result<Tail, Text> {
    let (mut tail, mut rest) = (Tail::default(), args);
    while let Some((word, after)) = rest.split_first() {
        let used = match (*word, after) {
            ("card", [no, ..]) => {
                tail.card = Some(number(&[no])?);
                2
            }
            (way @ ("insert" | "tap"), [no, ..]) => {
                (tail.card, tail.chip) = (Some(number(&[no])?), Some(way == "tap"));
                2
            }
            ("again", [word, ..]) => {
                tail.again = Some(pay_again(word)?);
                2
            }
            ("pin", ["none", ..]) => {
                tail.pin = Some(None);
                2
            }
            ("pin", [digits, ..]) => {
                tail.pin = Some(Some(Pin::new(digits).map_err(bad)?));
                2
            }
            ("by", [no, password, ..]) => {
                let no = no
                    .parse()
                    .map_err(|_| wrong(format!("`{no}` 不是操作员号"), format!("`{no}` is no operator number")))?;
                tail.by = Some((no, Pin::new(password).map_err(bad)?));
                3
            }
            ("keyed", _) => {
                tail.keyed = true;
                1
            }
            ("go", _) => {
                tail.go = true;
                1
            }
            (other, _) => {
                return Err(wrong(format!("此处不认识 `{other}`"), format!("`{other}` is not understood here")));
            }
        };
        rest = rest.get(used..).unwrap_or_default();
    }
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_yuan() {
        let check = |word: &str, fen: Option<u64>| assert_eq!(amount(word).ok().map(Amount::minor), fen, "{word}");
        check("88.00", Some(8_800));
        check("88", Some(8_800));
        check("0.5", Some(50));
        check("9999999999.99", Some(999_999_999_999));
        for word in ["", ".", "8.", ".8", "8.888", "-1", "1e3", "99999999999.99", "184467440737095517.00"] {
            check(word, None);
        }
    }

    #[test]
    fn originals_and_tails_are_read() {
        let (of, rest) = about(&["ref", "632700000002", "1123", "10.00"]).unwrap();
        assert!(matches!(of, Some(About::Reference(..))) && rest == ["10.00"]);
        assert_eq!(about(&["last"]).unwrap(), (Some(About::Last), &[][..]));
        assert!(about(&["ref", "632700000002", "1399"]).is_err() && about(&["x"]).is_err());
        let all = tail(&["by", "00", "0000", "card", "2", "keyed", "pin", "none"]).unwrap();
        assert!(all.card == Some(2) && all.keyed && all.pin == Some(None) && all.by.is_some() && all.plays());
        assert!(tail(&["card"]).is_err() && tail(&["card", "0"]).is_err() && tail(&["dance"]).is_err());
    }
}

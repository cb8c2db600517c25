//! Voids: a request like the sale, so undone when in doubt; its original then stands again, with its slip. Must never be judged as
//! a sale: money that is missing here is the cardholder's.

use super::case::{Action, Case, Owner, row};
use super::pace::Pace;
use super::{Class, Flow, Seen, View};

const VOID: &[Flow] = &[Flow::Void];
const UNDO: &str = "rules 3: a void in doubt is undone, its original put back";
const SLIP: &str = "rules 1: the void's slip counts";

const fn centre(
    bits: u8,
    texts: (&'static str, &'static str),
    repairs: &'static [(Owner, Action)],
    rule: &'static str,
    pace: Pace,
) -> Case {
    row(Some(View::Centre), VOID, Class::Seen(Seen(bits)), texts, repairs, rule, pace)
}

const fn acquirer(
    bits: u8,
    texts: (&'static str, &'static str),
    repairs: &'static [(Owner, Action)],
    rule: &'static str,
    pace: Pace,
) -> Case {
    row(Some(View::Acquirer), VOID, Class::Seen(Seen(bits)), texts, repairs, rule, pace)
}

#[rustfmt::skip]
pub(super) static VOIDS: &[Case] = &[
    centre(0b0001, (
        "只有发卡方做了撤销，无撤销单、未清算：撤下该撤销，原交易有效",
        "only the issuer voided it, without slip or clearing: the void is undone, the original stands",
    ), &[(Owner::Issuer, Action::UndoVoid)], UNDO, Pace::Money),
    centre(0b0010, (
        "撤销只在清算文件中：各方都不认，更正文件",
        "the void is only in the clearing file: nobody knows it, the file is corrected",
    ), &[(Owner::Network, Action::CorrectFile)], "rules 9: four-way view is the centre's", Pace::Money),
    centre(0b0011, (
        "撤销已到发卡并清算，收单、终端都没有：应答丢失，撤下该撤销",
        "the void reached issuer and clearing, acquirer and till have none: its answer was lost, it is undone",
    ), &[(Owner::Network, Action::CorrectFile), (Owner::Issuer, Action::UndoVoid)], UNDO, Pace::Money),
    centre(0b0100, (
        "只有收单做了撤销，无撤销单：恢复商户原款",
        "only the acquirer voided it, without slip: the merchant's credit of the original comes back",
    ), &[(Owner::Acquirer, Action::UndoVoid)], UNDO, Pace::Money),
    centre(0b0101, (
        "收单、发卡做了撤销，未清算，无撤销单：两方撤下，原交易有效",
        "acquirer and issuer voided it, not cleared and no slip: both undo it, the original stands",
    ), &[(Owner::Acquirer, Action::UndoVoid), (Owner::Issuer, Action::UndoVoid)], UNDO, Pace::Money),
    centre(0b0110, (
        "收单做了撤销并已清算，发卡没有，无撤销单：反向清算，恢复原款",
        "the acquirer voided it and it was cleared, the issuer has none and the till no slip: it is taken back",
    ), &[(Owner::Acquirer, Action::UndoVoid), (Owner::Network, Action::CorrectFile)], UNDO, Pace::Money),
    centre(0b0111, (
        "三方主机都已撤销，终端没有撤销单：问商户，没有单据则原交易恢复",
        "all hosts voided it and the till has no slip: the merchant is asked; without one the original stands again",
    ), &[(Owner::Acquirer, Action::AskMerchant), (Owner::Acquirer, Action::UndoVoid), (Owner::Network, Action::CorrectFile), (Owner::Issuer, Action::UndoVoid)], "rules 7: the merchant is asked first", Pace::Asked),
    centre(0b1000, (
        "只有终端有撤销单，各主机都没有：凭单补做撤销，原款暂缓",
        "only the till has the void's slip: it is carried out everywhere, the original's credit is held",
    ), &[(Owner::Acquirer, Action::HoldMerchantCredit), (Owner::Acquirer, Action::CompleteVoid), (Owner::Acquirer, Action::CreditAdjustment)], SLIP, Pace::Money),
    centre(0b1001, (
        "有撤销单且发卡已退，收单、清算没有：收单补做并补清算",
        "slip, and the issuer gave it back; acquirer and clearing have none: the acquirer carries it out and it is cleared",
    ), &[(Owner::Acquirer, Action::CompleteVoid), (Owner::Network, Action::CorrectFile)], SLIP, Pace::Money),
    centre(0b1010, (
        "有撤销单并已清算，收单、发卡没有：两方各自补做",
        "slip and clearing, acquirer and issuer have none: each carries it out",
    ), &[(Owner::Issuer, Action::CompleteVoid), (Owner::Acquirer, Action::CompleteVoid)], SLIP, Pace::Money),
    centre(0b1011, (
        "有撤销单、已清算、已退持卡人，只有收单没有：收单补做",
        "slip, clearing and the cardholder's money, only the acquirer has none: it carries it out",
    ), &[(Owner::Acquirer, Action::CompleteVoid)], SLIP, Pace::Money),
    centre(0b1100, (
        "有撤销单、收单已做，未清算、发卡未退：补清算，发卡退还持卡人",
        "slip and acquirer, neither cleared nor given back: it is cleared and the issuer gives it back",
    ), &[(Owner::Acquirer, Action::CompleteVoid), (Owner::Network, Action::CorrectFile), (Owner::Issuer, Action::CompleteVoid)], SLIP, Pace::Money),
    centre(0b1101, (
        "有撤销单、收单发卡都已做，清算文件漏了：补清算",
        "slip, acquirer and issuer; the clearing file left it out: it is cleared",
    ), &[(Owner::Network, Action::CorrectFile)], SLIP, Pace::Money),
    centre(0b1110, (
        "有撤销单、收单已做、已清算，发卡没有退：发卡凭清算退还持卡人",
        "slip, acquirer and clearing, the issuer gave nothing back: it does, by the clearing item",
    ), &[(Owner::Issuer, Action::CompleteVoid)], SLIP, Pace::Money),
    acquirer(0b0010, (
        "文件中有撤销，本行、终端都没有：应答丢失，要求反向清算",
        "a void in the file, none here nor at the till: its answer was lost, it is taken back",
    ), &[(Owner::Network, Action::CorrectFile)], UNDO, Pace::Money),
    acquirer(0b0100, (
        "本行做了撤销，未清算，无撤销单：恢复商户原款",
        "voided here, not cleared, no slip: the merchant's credit of the original comes back",
    ), &[(Owner::Acquirer, Action::UndoVoid)], UNDO, Pace::Money),
    acquirer(0b0110, (
        "本行已撤销并清算，终端没有撤销单：问商户，没有单据则原交易恢复",
        "voided here and cleared, no slip at the till: ask the merchant; without one the original stands again",
    ), &[(Owner::Acquirer, Action::AskMerchant), (Owner::Acquirer, Action::UndoVoid), (Owner::Network, Action::CorrectFile)], "rules 7: the merchant is asked first", Pace::Asked),
    acquirer(0b1000, (
        "只有终端有撤销单：原款暂缓，补做撤销并退还",
        "only the till has the void's slip: hold the original's credit, carry the void out and give the money back",
    ), &[(Owner::Acquirer, Action::HoldMerchantCredit), (Owner::Acquirer, Action::CompleteVoid), (Owner::Acquirer, Action::CreditAdjustment)], SLIP, Pace::Money),
    acquirer(0b1010, (
        "有撤销单并已清算，本行没有：本行补做",
        "slip and clearing, none here: carry it out",
    ), &[(Owner::Acquirer, Action::CompleteVoid)], SLIP, Pace::Money),
    acquirer(0b1100, (
        "有撤销单、本行已做，清算文件没有：请网络补清算",
        "slip and done here, not in the clearing file: the network clears it",
    ), &[(Owner::Network, Action::CorrectFile)], SLIP, Pace::Money),
    row(Some(View::Issuer), VOID, Class::Seen(Seen(0b0001)), (
        "本行已退持卡人，文件中没有该撤销：不凭缺项向持卡人要回，向网络查询",
        "given back here, the void is not in the file: no absence takes money from a cardholder; the network is asked",
    ), &[(Owner::Network, Action::AskOrigin)], "rules 9: suspense holds approved debits only", Pace::Money),
    row(Some(View::Issuer), VOID, Class::Seen(Seen(0b0010)), (
        "文件中有撤销，本行没有退：按参考号退还持卡人一次",
        "a void in the file and nothing given back here: give it back once, by its reference",
    ), &[(Owner::Issuer, Action::CompleteVoid)], SLIP, Pace::Money),
];

//! What was advised: refunds, completion advices, offline sales, tips, adjustments, late reversals. Must never be undone once its
//! till or acquirer has it: whoever lacks it gets it (rules 3).

use super::case::{Action, Case, Owner, row};
use super::pace::Pace;
use super::{Class, Flow, Seen, View};

const BOTH: &[Flow] = &[Flow::AdvisedCharge, Flow::AdvisedReturn];
const ON: &str = "rules 3: an advice is repeated until it is answered, at every hop";
const ORIGIN: &str = "rules 3: an advice begins at its till or acquirer";

const fn centre(
    bits: u8,
    texts: (&'static str, &'static str),
    repairs: &'static [(Owner, Action)],
    rule: &'static str,
) -> Case {
    row(Some(View::Centre), BOTH, Class::Seen(Seen(bits)), texts, repairs, rule, Pace::Money)
}

const fn acquirer(
    bits: u8,
    texts: (&'static str, &'static str),
    repairs: &'static [(Owner, Action)],
    rule: &'static str,
) -> Case {
    row(Some(View::Acquirer), BOTH, Class::Seen(Seen(bits)), texts, repairs, rule, Pace::Money)
}

#[rustfmt::skip]
pub(super) static ADVICES: &[Case] = &[
    centre(0b0001, (
        "只有发卡方入账，没有人送过该通知：查来源，无来源则撤回",
        "only the issuer posted it and nobody advised it: its origin is asked for; without one the posting goes back",
    ), &[(Owner::Issuer, Action::AskOrigin)], ORIGIN),
    centre(0b0010, (
        "只在清算文件中，没有人送过该通知：更正文件",
        "only in the clearing file and nobody advised it: the file is corrected",
    ), &[(Owner::Network, Action::CorrectFile)], ORIGIN),
    centre(0b0011, (
        "已清算并入账，收单、终端都没有该通知：查来源，无来源则反向清算并撤回",
        "cleared and posted, acquirer and till know no such advice: its origin is asked for; without one it is taken back",
    ), &[(Owner::Network, Action::AskOrigin), (Owner::Issuer, Action::AskOrigin)], ORIGIN),
    centre(0b0100, (
        "通知停在收单，未送达网络：继续送达，补清算，发卡入账",
        "the advice stands at the acquirer and never went on: it is handed on, cleared and posted",
    ), &[(Owner::Acquirer, Action::SendAdvice), (Owner::Acquirer, Action::AnswerTill)], ON),
    centre(0b0101, (
        "收单、发卡已入账，清算文件漏了：补清算",
        "acquirer and issuer have it, the clearing file left it out: it is cleared",
    ), &[(Owner::Network, Action::CorrectFile), (Owner::Acquirer, Action::AnswerTill)], ON),
    centre(0b0110, (
        "收单已入账并清算，发卡没有：发卡凭清算入账",
        "acquirer and clearing have it, the issuer does not: it posts from the clearing item",
    ), &[(Owner::Issuer, Action::PostMissingDebit), (Owner::Acquirer, Action::AnswerTill)], ON),
    centre(0b0111, (
        "三方主机一致，终端没有收到应答：再次应答，打印凭单；通知不撤回",
        "all hosts have it, the till did not hear the answer: it is answered again and prints; an advice is not undone",
    ), &[(Owner::Acquirer, Action::AnswerTill)], ON),
    centre(0b1000, (
        "通知停在终端：取回并送达各方",
        "the advice stands at the till: it is fetched and handed on to everybody",
    ), &[(Owner::Acquirer, Action::FetchAdvice), (Owner::Acquirer, Action::SendAdvice)], ON),
    centre(0b1001, (
        "终端、发卡有，收单和清算没有：收单补记，补清算",
        "till and issuer have it, acquirer and clearing do not: the acquirer posts it and it is cleared",
    ), &[(Owner::Acquirer, Action::FetchAdvice), (Owner::Network, Action::CorrectFile)], ON),
    centre(0b1010, (
        "终端有并已清算，收单、发卡没有：两方各自补记",
        "the till has it and it was cleared, acquirer and issuer have none: each posts it",
    ), &[(Owner::Acquirer, Action::FetchAdvice), (Owner::Issuer, Action::PostMissingDebit)], ON),
    centre(0b1011, (
        "终端、清算、发卡都有，只有收单没有：收单补记",
        "till, clearing and issuer have it, only the acquirer does not: it posts it",
    ), &[(Owner::Acquirer, Action::FetchAdvice)], ON),
    centre(0b1100, (
        "终端、收单有，未清算，发卡没有：继续送达",
        "till and acquirer have it, neither clearing nor issuer: it is handed on",
    ), &[(Owner::Acquirer, Action::SendAdvice)], ON),
    centre(0b1101, (
        "终端、收单、发卡都有，清算文件漏了：补清算",
        "till, acquirer and issuer have it, the clearing file left it out: it is cleared",
    ), &[(Owner::Network, Action::CorrectFile)], ON),
    centre(0b1110, (
        "终端、收单、清算都有，发卡没有：发卡凭清算入账，不得拒绝",
        "till, acquirer and clearing have it, the issuer does not: it posts from the clearing item and may not refuse",
    ), &[(Owner::Issuer, Action::PostMissingDebit)], "rules 3: posted to the card, else to its own loss"),
    acquirer(0b0010, (
        "文件中有，本行、终端都没有送过：要求更正文件",
        "in the file, advised neither here nor at the till: the file is to be corrected",
    ), &[(Owner::Network, Action::CorrectFile)], ORIGIN),
    acquirer(0b0100, (
        "本行有，未清算：继续送达；应答终端",
        "here and not cleared: hand it on, and answer the till",
    ), &[(Owner::Acquirer, Action::SendAdvice), (Owner::Acquirer, Action::AnswerTill)], ON),
    acquirer(0b0110, (
        "本行有并已清算，终端没有收到应答：再次应答，打印凭单",
        "here and cleared, the till did not hear the answer: answer it again, it prints",
    ), &[(Owner::Acquirer, Action::AnswerTill)], ON),
    acquirer(0b1000, (
        "只有终端有：取回，入账，送达",
        "only the till has it: fetch, post, hand on",
    ), &[(Owner::Acquirer, Action::FetchAdvice), (Owner::Acquirer, Action::SendAdvice)], ON),
    acquirer(0b1010, (
        "终端有并已清算，本行没有：补记",
        "the till has it and it was cleared, none here: post it",
    ), &[(Owner::Acquirer, Action::FetchAdvice)], ON),
    acquirer(0b1100, (
        "终端、本行有，未清算：继续送达",
        "till and here, not cleared: hand it on",
    ), &[(Owner::Acquirer, Action::SendAdvice)], ON),
    row(Some(View::Issuer), &[Flow::AdvisedCharge], Class::Seen(Seen(0b0001)), (
        "已扣款（通知），已核对的清算文件中没有：解除挂账；之后清算到了再按参考号补记",
        "debited by advice, absent from the checked clearing file: release the suspense; should the item come later, post it once",
    ), &[(Owner::Issuer, Action::ReleaseSuspense)], "rules 9: suspense holds debits of 0200 and 0220; release on a checked file", Pace::Money),
    row(Some(View::Issuer), &[Flow::AdvisedReturn], Class::Seen(Seen(0b0001)), (
        "已退持卡人（通知），文件中没有：不凭缺项要回，向网络查询",
        "given back by advice, not in the file: no absence takes money from a cardholder; the network is asked",
    ), &[(Owner::Network, Action::AskOrigin)], "rules 9: suspense holds approved debits only", Pace::Money),
    row(Some(View::Issuer), BOTH, Class::Seen(Seen(0b0010)), (
        "文件中有，本行没有入账：按参考号入账一次",
        "in the file and not posted here: post it once, by its reference",
    ), &[(Owner::Issuer, Action::PostMissingDebit)], ON, Pace::Money),
];

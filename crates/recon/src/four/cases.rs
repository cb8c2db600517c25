//! Causes and repairs of charges that were asked for, and of what is the same for every entry. Rows are in the order of the
//! presence patterns; hours and days are in [`super::Deadlines`].

use super::case::{Action, Case, Owner, row};
use super::pace::Pace;
use super::{Class, Flow, Seen, View};

const CHARGE: &[Flow] = &[Flow::Charge];
const ANY: &[Flow] = &Flow::ALL;

/// The four bits say who has it: till, acquirer, network, issuer.
#[rustfmt::skip]
pub(super) static CHARGES: &[Case] = &[
    row(Some(View::Centre), ANY, Class::Seen(Seen(0b0000)), (
        "没有任何一方有记录：没有发生",
        "no party has it: nothing happened",
    ), &[(Owner::Nobody, Action::Nothing)], "rules 1", Pace::Never),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b0001)), (
        "发卡方已扣款，应答在回到网络之前丢失，未进入清算：款项挂账，退还持卡人",
        "the issuer debited, the answer was lost on its way to the network and nothing was cleared: the suspense goes back to the cardholder",
    ), &[(Owner::Issuer, Action::ReleaseSuspense)], "rules 9: release on a checked file", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b0010)), (
        "只在清算文件中：收单、发卡两方都不认，不能据此动账",
        "only in the clearing file: neither acquirer nor issuer knows it, so nobody is posted for it",
    ), &[(Owner::Network, Action::CorrectFile)], "rules 9: four-way view is the centre's", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b0011)), (
        "已扣款已清算，应答在网络与收单之间丢失，收单没有入账：由收单贷记调整退还",
        "debited and cleared, the answer was lost between network and acquirer, which captured nothing: the acquirer gives it back",
    ), &[(Owner::Acquirer, Action::CreditAdjustment)], "rules 5: closed day, credit adjustment", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b0100)), (
        "只有收单入账，无签购单、未清算、未扣款：撤下商户款",
        "only the acquirer captured it, without slip, clearing or debit: the merchant's credit is taken back",
    ), &[(Owner::Acquirer, Action::UndoMerchantCredit)], "rules 9: at host only, undo", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b0101)), (
        "收单、发卡都记账但清算文件缺失，终端无签购单：收单撤下，发卡解除挂账",
        "captured and debited, not cleared, and no slip at the till: the acquirer undoes, the issuer releases",
    ), &[(Owner::Acquirer, Action::UndoMerchantCredit), (Owner::Issuer, Action::ReleaseSuspense)], "rules 9: absent from the file, no slip", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b0110)), (
        "收单入账并清算，发卡没有扣款，终端无签购单：收单贷记调整",
        "captured and cleared, the issuer has no debit and the till no slip: the acquirer gives it back",
    ), &[(Owner::Acquirer, Action::CreditAdjustment), (Owner::Acquirer, Action::UndoMerchantCredit)], "rules 9: at host only, undo", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b0111)), (
        "三方主机一致，应答未到终端（典型单边账）：问商户要凭证，没有则退还持卡人",
        "all hosts agree and the answer did not reach the till (the classical one-sided entry): the merchant is asked for the slip; without one the cardholder gets the money back",
    ), &[(Owner::Acquirer, Action::AskMerchant), (Owner::Acquirer, Action::HoldMerchantCredit)], "rules 7: unconfirmed, 48 h, 3 working days", Pace::Asked),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b1000)), (
        "只有终端有签购单，各主机都没有：补入商户账并暂缓，凭单请款",
        "only the till has a slip, no host knows it: the merchant's credit is posted and held, money asked for by the slip",
    ), &[(Owner::Acquirer, Action::HoldMerchantCredit), (Owner::Acquirer, Action::PostMissingCredit), (Owner::Acquirer, Action::DebitAdjustment)], "rules 9: slip at T, unknown at hosts", Pace::Asked),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b1001)), (
        "有签购单也已扣款，收单和清算缺失：收单补入账并请款，发卡保留挂账",
        "slip and debit, but neither captured nor cleared: the acquirer posts and presents it, the issuer keeps the suspense",
    ), &[(Owner::Acquirer, Action::PostMissingCredit), (Owner::Acquirer, Action::DebitAdjustment), (Owner::Issuer, Action::KeepSuspense)], "rules 1: slip means debited and credited once", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b1010)), (
        "有签购单并已清算，收单没有入账，发卡没有扣款：两方各自补记",
        "slip and clearing, the acquirer has not captured and the issuer not debited: each posts what is missing",
    ), &[(Owner::Acquirer, Action::PostMissingCredit), (Owner::Issuer, Action::PostMissingDebit)], "rules 1: slip means debited and credited once", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b1011)), (
        "有签购单、已清算、已扣款，只有收单没有入账：补商户款",
        "slip, clearing and debit, only the acquirer has not captured: the merchant is credited",
    ), &[(Owner::Acquirer, Action::PostMissingCredit)], "rules 1: slip means debited and credited once", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b1100)), (
        "有签购单、收单已入账，未清算也未扣款：商户款暂缓，凭单请款",
        "slip and capture, neither cleared nor debited: merchant's credit held, money asked for by the slip",
    ), &[(Owner::Acquirer, Action::HoldMerchantCredit), (Owner::Acquirer, Action::DebitAdjustment)], "rules 9: slip at T, undone upstream", Pace::Asked),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b1101)), (
        "有签购单、已入账、已扣款，清算文件漏了：网络补清算，发卡保留挂账",
        "slip, capture and debit, but the clearing file left it out: the network clears it, the issuer keeps the suspense",
    ), &[(Owner::Network, Action::CorrectFile), (Owner::Issuer, Action::KeepSuspense)], "rules 9: a clearing item after a release re-posts once", Pace::Money),
    row(Some(View::Centre), CHARGE, Class::Seen(Seen(0b1110)), (
        "有签购单、已入账、已清算，发卡没有扣款：发卡凭清算补记",
        "slip, capture and clearing, the issuer has no debit: it posts from the clearing item",
    ), &[(Owner::Issuer, Action::PostMissingDebit)], "rules 3: posted to the card, else to its own loss", Pace::Money),
    row(Some(View::Centre), ANY, Class::Seen(Seen(0b1111)), (
        "四方一致",
        "all four agree",
    ), &[(Owner::Nobody, Action::Nothing)], "rules 1", Pace::Never),
    row(Some(View::Acquirer), ANY, Class::Seen(Seen(0b0000)), (
        "没有任何一方有记录：没有发生",
        "no party has it: nothing happened",
    ), &[(Owner::Nobody, Action::Nothing)], "rules 1", Pace::Never),
    row(Some(View::Acquirer), CHARGE, Class::Seen(Seen(0b0010)), (
        "已清算，本行没有入账，终端无签购单：应答丢失，贷记调整退还",
        "cleared, not captured here, no slip: an answer was lost; give it back",
    ), &[(Owner::Acquirer, Action::CreditAdjustment)], "rules 5: closed day, credit adjustment", Pace::Money),
    row(Some(View::Acquirer), CHARGE, Class::Seen(Seen(0b0100)), (
        "本行入账，未清算，无签购单：撤下商户款",
        "captured here, not cleared, no slip: take the merchant's credit back",
    ), &[(Owner::Acquirer, Action::UndoMerchantCredit)], "rules 9: at host only, undo", Pace::Money),
    row(Some(View::Acquirer), CHARGE, Class::Seen(Seen(0b0110)), (
        "已入账已清算，终端没有签购单（典型单边账）：问商户要凭证，没有则退还持卡人",
        "captured and cleared, no slip at the till (the classical one-sided entry): ask the merchant; without a slip the cardholder gets the money back",
    ), &[(Owner::Acquirer, Action::AskMerchant), (Owner::Acquirer, Action::HoldMerchantCredit)], "rules 7: unconfirmed, 48 h, 3 working days", Pace::Asked),
    row(Some(View::Acquirer), CHARGE, Class::Seen(Seen(0b1000)), (
        "只有终端有签购单：补入商户账并暂缓，凭单请款",
        "only the till has a slip: post the merchant's credit and hold it, ask for the money by the slip",
    ), &[(Owner::Acquirer, Action::HoldMerchantCredit), (Owner::Acquirer, Action::PostMissingCredit), (Owner::Acquirer, Action::DebitAdjustment)], "rules 9: slip at T, unknown at host", Pace::Asked),
    row(Some(View::Acquirer), CHARGE, Class::Seen(Seen(0b1010)), (
        "有签购单并已清算，本行没有入账：补商户款",
        "slip and clearing, not captured here: credit the merchant",
    ), &[(Owner::Acquirer, Action::PostMissingCredit)], "rules 1: slip means debited and credited once", Pace::Money),
    row(Some(View::Acquirer), CHARGE, Class::Seen(Seen(0b1100)), (
        "有签购单、已入账，清算文件没有：商户款暂缓，向网络查询后请款",
        "slip and capture, not in the clearing file: hold the merchant's credit, ask the network, present again",
    ), &[(Owner::Acquirer, Action::HoldMerchantCredit), (Owner::Network, Action::CorrectFile), (Owner::Acquirer, Action::DebitAdjustment)], "rules 9: slip at T, undone upstream", Pace::Asked),
    row(Some(View::Acquirer), ANY, Class::Seen(Seen(0b1110)), (
        "三方一致",
        "all three agree",
    ), &[(Owner::Nobody, Action::Nothing)], "rules 1", Pace::Never),
    row(Some(View::Issuer), ANY, Class::Seen(Seen(0b0000)), (
        "没有任何一方有记录：没有发生",
        "no party has it: nothing happened",
    ), &[(Owner::Nobody, Action::Nothing)], "rules 1", Pace::Never),
    row(Some(View::Issuer), CHARGE, Class::Seen(Seen(0b0001)), (
        "已扣款，已核对的清算文件中没有：解除挂账，退还持卡人",
        "debited, absent from the checked clearing file: release the suspense to the cardholder",
    ), &[(Owner::Issuer, Action::ReleaseSuspense)], "rules 9: release on a checked file", Pace::Money),
    row(Some(View::Issuer), CHARGE, Class::Seen(Seen(0b0010)), (
        "清算文件中有，本行没有扣款（或已解除挂账）：按参考号补记一次",
        "in the clearing file without a debit here, or after a release: post once by its reference",
    ), &[(Owner::Issuer, Action::PostMissingDebit)], "rules 9: re-posts once, says which release", Pace::Money),
    row(Some(View::Issuer), ANY, Class::Seen(Seen(0b0011)), (
        "两方一致",
        "both agree",
    ), &[(Owner::Nobody, Action::Nothing)], "rules 1", Pace::Never),
    row(None, ANY, Class::Amount, (
        "金额不一致：以签购单为准，差额立案",
        "amounts differ: the slip stands, the difference is a case",
    ), &[(Owner::Acquirer, Action::CorrectAmount)], "rules 9: amount differs", Pace::Asked),
    row(None, ANY, Class::Date, (
        "清算日期不一致：以网络所定日期（F15）为准，不动金额",
        "days differ: the day that the switch gave (F15) stands, no money moves",
    ), &[(Owner::Network, Action::CorrectDay)], "rules 5: S fixes F15", Pace::Money),
    row(None, ANY, Class::Doubled, (
        "同一笔在一份名单中出现多次：多出的不入账，已入账的退还",
        "one list has it more than once: the surplus is not posted, or goes back if it was",
    ), &[(Owner::Network, Action::RemoveCopy)], "rules 2: one exchange, one effect", Pace::Money),
    row(None, ANY, Class::Carried, (
        "接近日切，另一方可能记在次日：与次日名单一起判断",
        "near the cut, another party may have it on the next day: judged with the next lists",
    ), &[(Owner::Nobody, Action::WaitNextDay)], "rules 9: within 10 minutes of the cut", Pace::NextDay),
    row(None, ANY, Class::Unjudged, (
        "有名单未到或未通过检查：不判断，不解除任何挂账，催要名单",
        "a list has not come or not passed its checks: nothing is judged or released, the list is demanded",
    ), &[(Owner::Network, Action::DemandList)], "rules 9: a missing file escalates and never releases", Pace::Late),
];

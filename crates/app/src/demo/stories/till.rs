//! At the till: other cards and readers, declines, people signing in, a slip that is not signed, a settlement.

use super::{AMOUNT_FEN, CAME_BACK, LOST, Must, NOTHING, PRINTED, Story, TOOK_PLACE};
use crate::demo::deal::{Deal, How};
use crate::demo::play::{Sign, Step};
use crate::proxy::Fault;
use slipway_terms::{Cashier, Fate, Kind, NoticeKind};

const SALE: Deal = Deal::of(Kind::Sale).fen(AMOUNT_FEN);

pub(super) static STORIES: &[Story] = &[
    Story {
        name: "sale-credit",
        scenario: &["A01"],
        zh: "贷记卡消费",
        en: "A sale with a credit card",
        play: &[Step::Deal(SALE.card(2, How::Swipe)), PRINTED],
        must: TOOK_PLACE,
    },
    Story {
        name: "sale-chip",
        scenario: &["A01"],
        zh: "插卡消费：芯片与发卡行互相验证",
        en: "A sale with the chip: card and bank prove themselves to each other",
        play: &[Step::Deal(SALE.card(0, How::Insert)), PRINTED],
        must: TOOK_PLACE,
    },
    Story {
        name: "sale-tap",
        scenario: &["A08"],
        zh: "小额挥卡，免密免签",
        en: "A small amount, held to the reader: no PIN, no signature",
        play: &[Step::Deal(SALE.card(0, How::Tap)), PRINTED],
        must: TOOK_PLACE,
    },
    Story {
        name: "too-much",
        scenario: &["A09", "C01"],
        zh: "余额不足，拒绝",
        en: "Not enough money, declined",
        play: &[
            Step::Deal(Deal::of(Kind::Sale).fen(2_000_000).card(0, How::Swipe).go()),
            Step::Until(Sign::Screen("余额不足")),
        ],
        must: Must { notices: &[NoticeKind::Decline], verdict: (Fate::DidNotTakePlace, Cashier::TakeAgain), ..NOTHING },
    },
    Story {
        name: "operators",
        scenario: &["A14"],
        zh: "签退，再签到换工作密钥，然后收款",
        en: "Signed off, signed on again under new keys, then a sale",
        play: &[
            Step::Key("sign_off"),
            Step::Until(Sign::Screen("已签退")),
            Step::Key("cashier"),
            Step::Until(Sign::Screen("签到成功")),
            Step::Sale { right: true },
            PRINTED,
        ],
        must: TOOK_PLACE,
    },
    Story {
        name: "asked-at-the-till",
        scenario: &["A19"],
        zh: "应答丢失，收银员在终端查证",
        en: "The answer is lost, and the cashier asks for its fate at the till",
        play: &[
            LOST,
            Step::Sale { right: true },
            Step::Until(Sign::Screen("下一笔交易前自动冲正")),
            Step::Key("ask"),
            Step::Until(Sign::Screen("查证结果")),
            Step::Ever(Sign::Screen("自动冲正成功")),
        ],
        must: CAME_BACK,
    },
    Story {
        name: "not-signed",
        scenario: &["A20"],
        zh: "签名不符：消费撤销",
        en: "The signature does not fit: the sale is voided",
        play: &[
            Step::Sale { right: true },
            PRINTED,
            Step::Until(Sign::Screen("请核对签名")),
            Step::Key("not_signed"),
            Step::Until(Sign::Screen("办理")),
            Step::Key("cancel"),
            Step::Deal(Deal::of(Kind::SaleVoid).last().by_supervisor()),
            PRINTED,
        ],
        must: super::kinds::VOIDED,
    },
    Story {
        name: "wrong-way",
        scenario: &["A21"],
        zh: "刷反了，不占流水号；再刷一次",
        en: "Drawn the wrong way: no number is used up; drawn again",
        play: &[
            Step::Deal(SALE),
            Step::WrongWay,
            Step::Until(Sign::Screen("刷卡方向错误")),
            Step::Key("cancel"),
            Step::Sale { right: true },
            PRINTED,
        ],
        must: TOOK_PLACE,
    },
    Story {
        name: "settled",
        scenario: &["A16"],
        zh: "结算：应答丢失一次，自动继续，对账平",
        en: "Settlement: its answer is lost once, it goes on by itself, and balances",
        play: &[
            Step::Sale { right: true },
            PRINTED,
            Step::Until(Sign::Crossed(6, 630)),
            Step::Arm(6, 510, Fault::Lose, 1),
            Step::Key("enter"),
            Step::Key("settle"),
            Step::Until(Sign::Screen("结算完成")),
        ],
        must: TOOK_PLACE,
    },
];

//! Paying again: while the first payment is in doubt, and while its slip is missing.

use super::{AMOUNT_FEN, LOST, Must, Story};
use crate::demo::deal::{Deal, How};
use crate::demo::play::{Sign, Step};
use crate::proxy::Fault;
use slipway_slip::printer::Fault as PaperFault;
use slipway_terms::{Cashier, Fate, Kind, NoticeKind, PayAgain};

/// The same card and amount once more, as far as the guard lets it.
const SAME: Deal = Deal::of(Kind::Sale).fen(AMOUNT_FEN).card(0, How::Swipe);

const ONE_CAME_BACK: &[NoticeKind] = &[NoticeKind::Debit, NoticeKind::Debit, NoticeKind::Refund];

pub(super) static STORIES: &[Story] = &[
    Story {
        name: "second-swipe",
        scenario: &["D03"],
        zh: "首笔未了结，顾客再付：终端拦下，主管放行，首笔自动退回",
        en: "The customer pays again while the first is open: stopped, let go, and the first goes back by itself",
        play: &[
            LOST,
            Step::Arm(1, 400, Fault::Lose, 99),
            Step::Sale { right: true },
            Step::Until(Sign::Screen("冲正未成功")),
            Step::Tell("顾客再刷同一张卡、同一金额", "the customer swipes the same card for the same amount"),
            Step::Deal(SAME),
            Step::Until(Sign::Screen("同卡同金额的交易尚未了结")),
            Step::Tell("收银员先查证首笔", "the cashier asks for the fate of the first one"),
            Step::Key("enter"),
            Step::Until(Sign::Screen("查证结果")),
            Step::Tell("顾客不能再等，主管放行", "the customer cannot wait, the supervisor lets it go"),
            Step::Deal(SAME.again(PayAgain::CannotWait)),
            Step::Until(Sign::Printed),
            Step::Tell("线路恢复，首笔自动退回", "the line is good again, and the first goes back by itself"),
            Step::Clear,
            // The acquirer may have undone it by itself by now.
            Step::Ever(Sign::Crossed(4, 430)),
        ],
        must: Must {
            debits: 2,
            refunds: 1,
            credits: 1,
            slips: 1,
            notices: ONE_CAME_BACK,
            verdict: (Fate::TookPlace, Cashier::Print),
        },
    },
    Story {
        name: "paid-twice",
        scenario: &["D03"],
        zh: "两笔都有签购单：一次购买还是两次，由人判定，一次确认即退",
        en: "Both have slips: one purchase or two is for a person, and one confirmation refunds the surplus",
        play: &[
            Step::Paper(PaperFault::PaperOut { after: 0 }),
            Step::Sale { right: true },
            Step::Until(Sign::Unprinted),
            Step::Until(Sign::Crossed(6, 630)),
            Step::Tell("签购单未打出，顾客再付一次", "no slip comes out, and the customer pays again"),
            Step::Mend,
            Step::Deal(SAME.again(PayAgain::NoSlip)),
            Step::Until(Sign::Printed),
            Step::Until(Sign::Crossed(6, 630)),
            Step::Tell("一次购买：收单行退回多付的一笔", "one purchase: the acquirer refunds the surplus"),
            Step::OnePurchase,
            Step::Until(Sign::Crossed(5, 230)),
        ],
        must: Must {
            debits: 2,
            refunds: 1,
            credits: 1,
            slips: 2,
            notices: ONE_CAME_BACK,
            verdict: (Fate::TookPlace, Cashier::Print),
        },
    },
];

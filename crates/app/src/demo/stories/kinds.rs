//! What is about an earlier transaction: voids, refunds, holds and what ends them.

use super::{AMOUNT_FEN, Must, NOTHING, PRINTED, Story, TOOK_PLACE};
use crate::demo::deal::{Deal, How};
use crate::demo::play::{Sign, Step};
use crate::proxy::Fault;
use slipway_terms::{Cashier, Fate, Kind, NoticeKind};

const SOLD: Step = Step::Deal(Deal::of(Kind::Sale).fen(AMOUNT_FEN).card(0, How::Swipe));
const HELD: Step = Step::Deal(Deal::of(Kind::PreAuth).fen(AMOUNT_FEN).card(0, How::Swipe));
const COMPLETED: Step = Step::Deal(Deal::of(Kind::Completion).fen(AMOUNT_FEN).last().go());
const VOID: Step = Step::Deal(Deal::of(Kind::SaleVoid).last().by_supervisor());

/// Debited and given back, each with a slip.
pub(super) const VOIDED: Must = Must {
    debits: 1,
    refunds: 1,
    credits: 0,
    slips: 2,
    notices: &[NoticeKind::Debit, NoticeKind::Refund],
    verdict: (Fate::TookPlace, Cashier::Print),
};

pub(super) static STORIES: &[Story] = &[
    Story {
        name: "void",
        scenario: &["A12"],
        zh: "消费撤销",
        en: "A sale is voided",
        play: &[SOLD, PRINTED, VOID, PRINTED],
        must: VOIDED,
    },
    Story {
        name: "void-lost",
        scenario: &["A12"],
        zh: "撤销的应答丢失：撤销被冲正，原消费仍然有效",
        en: "The answer to the void is lost: the void is reversed, and the sale stands",
        play: &[SOLD, PRINTED, Step::Arm(6, 210, Fault::Lose, 1), VOID, Step::Ever(Sign::Screen("自动冲正成功"))],
        must: Must {
            debits: 2,
            refunds: 1,
            credits: 1,
            slips: 1,
            notices: &[NoticeKind::Debit, NoticeKind::Refund, NoticeKind::Debit],
            verdict: (Fate::DidNotTakePlace, Cashier::TakeAgain),
        },
    },
    Story {
        name: "refund",
        scenario: &["A12"],
        zh: "退货：应答丢失一次，不冲正，重发到应答为止",
        en: "A refund: its answer is lost once; it is not reversed but sent again until it is answered",
        play: &[
            SOLD,
            PRINTED,
            Step::Arm(6, 230, Fault::Lose, 1),
            Step::Deal(Deal::of(Kind::Refund).fen(AMOUNT_FEN).last().card(0, How::Swipe).by_supervisor()),
            PRINTED,
        ],
        must: VOIDED,
    },
    Story {
        name: "balance",
        scenario: &["A12"],
        zh: "消费后查询余额",
        en: "A sale, then the balance",
        play: &[SOLD, PRINTED, Step::Balance, Step::Until(Sign::Screen("可用余额"))],
        must: TOOK_PLACE,
    },
    Story {
        name: "hold-released",
        scenario: &["A12"],
        zh: "预授权，撤销：只冻结，不扣款",
        en: "A hold and its void: nothing is debited",
        play: &[HELD, PRINTED, Step::Deal(Deal::of(Kind::PreAuthVoid).last().by_supervisor()), PRINTED],
        must: Must { slips: 2, verdict: (Fate::TookPlace, Cashier::Print), ..NOTHING },
    },
    Story {
        name: "completion",
        scenario: &["A12"],
        zh: "预授权，完成请求：扣款一次",
        en: "A hold and its completion: debited once",
        play: &[HELD, PRINTED, COMPLETED, PRINTED],
        must: Must { slips: 2, ..TOOK_PLACE },
    },
    Story {
        name: "completion-void",
        scenario: &["A12"],
        zh: "预授权，完成，完成撤销：款项退回，冻结恢复",
        en: "A hold, its completion, the completion's void: the money goes back, the hold lives again",
        play: &[
            HELD,
            PRINTED,
            COMPLETED,
            PRINTED,
            Step::Deal(Deal::of(Kind::CompletionVoid).last().by_supervisor()),
            PRINTED,
        ],
        must: Must { slips: 3, ..VOIDED },
    },
    Story {
        name: "completion-advice",
        scenario: &["A12"],
        zh: "预授权，完成通知：丢失一次，重发，只扣一次",
        en: "A hold, completed by advice: lost once, sent again, debited once",
        play: &[
            HELD,
            PRINTED,
            Step::Arm(1, 220, Fault::Lose, 1),
            Step::Deal(Deal::of(Kind::CompletionAdvice).fen(AMOUNT_FEN).last().go()),
            PRINTED,
        ],
        must: Must { slips: 2, ..TOOK_PLACE },
    },
];

//! Stories in which a business day ends: what is cleared and paid, and what is disputed afterwards.

use super::{Must, PRINTED, Story, TOOK_PLACE};
use crate::demo::disputed;
use crate::demo::play::Step;
use slipway_terms::{Cashier, Fate, NoticeKind};

pub(super) static STORIES: &[Story] = &[
    Story {
        name: "chargeback",
        scenario: &["G01", "G02", "G03"],
        zh: "调单与拒付：缺纸的由存根答复，退单无人再请款；有签名的胜诉；验过密码的不予退单",
        en: "Disputes: the archive answers for lost paper, a chargeback nobody answers, a signed slip wins, what a PIN verified is not charged back",
        play: &[Step::Staged(disputed::play)],
        must: Must {
            debits: 3,
            refunds: 0,
            credits: 3,
            slips: 3,
            notices: &[
                NoticeKind::Debit,
                NoticeKind::Debit,
                NoticeKind::Debit,
                NoticeKind::Refund,
                NoticeKind::Refund,
                NoticeKind::Debit,
            ],
            verdict: (Fate::TookPlace, Cashier::Print),
        },
    },
    Story {
        name: "day-ends",
        scenario: &["E01", "E02", "E03"],
        zh: "日切、清算、次日划付：挂账清零，商户货款到账",
        en: "The day is cut, cleared and paid: suspense empties, and the merchant has its money",
        play: &[
            Step::Sale { right: true },
            PRINTED,
            Step::Tell("营业日结束，等待关账与清算", "the business day ends, and is closed and cleared"),
            Step::EndDay,
        ],
        must: TOOK_PLACE,
    },
];

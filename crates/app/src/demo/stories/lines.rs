//! Lines and parties that are gone: what the till says, and what is true meanwhile.

use super::{CAME_BACK, LOST, PRINTED, REVERSED, Story, TOOK_PLACE};
use crate::demo::play::{Sign, Step};
use crate::proxy::Fault;

pub(super) static STORIES: &[Story] = &[
    Story {
        name: "line-down",
        scenario: &["A15"],
        zh: "收单行停机：交易未发出，未扣款；恢复后再收",
        en: "The acquirer is down: nothing was sent, nothing was taken; then it is back",
        play: &[
            Step::HostOff("acquirer"),
            Step::Until(Sign::Line(false)),
            Step::Sale { right: true },
            Step::Until(Sign::Screen("线路未通")),
            Step::Tell("交易未发出，收银员取消", "nothing was sent, and the cashier cancels"),
            Step::Key("cancel"),
            Step::Tell("收单行恢复", "the acquirer is back"),
            Step::HostOn("acquirer"),
            Step::Until(Sign::Line(true)),
            Step::Sale { right: true },
            PRINTED,
        ],
        must: TOOK_PLACE,
    },
    Story {
        name: "nobody-to-ask",
        scenario: &["D01"],
        zh: "应答丢失，收单行停机：结论保持“未定”，恢复后自动退回",
        en: "The answer is lost and the acquirer is down: the verdict stays open; then the money goes back",
        play: &[
            LOST,
            Step::Sale { right: true },
            Step::Until(Sign::Screen("下一笔交易前自动冲正")),
            Step::Tell(
                "收单行停机：问不到它，结论未定",
                "the acquirer is down: it cannot be asked, so nothing is claimed",
            ),
            Step::HostOff("acquirer"),
            Step::HostOn("acquirer"),
            REVERSED,
        ],
        must: CAME_BACK,
    },
    Story {
        name: "acquirer-killed",
        scenario: &["I02"],
        zh: "收单行在等待应答时断电，再通电：没有一笔丢失，没有一笔记两次",
        en: "The acquirer loses its power while it waits for the answer: nothing is lost, nothing is posted twice",
        play: &[
            Step::Arm(5, 210, Fault::Hold, 1),
            Step::Sale { right: true },
            Step::Until(Sign::Crossed(5, 210)),
            Step::HostOff("acquirer"),
            Step::HostOn("acquirer"),
            REVERSED,
        ],
        must: CAME_BACK,
    },
    Story {
        name: "switch-killed",
        scenario: &["I02"],
        zh: "交换中心在等待应答时断电，再通电",
        en: "The switch loses its power while it waits for the answer",
        play: &[
            Step::Arm(4, 210, Fault::Hold, 1),
            Step::Sale { right: true },
            Step::Until(Sign::Crossed(4, 210)),
            Step::HostOff("switch"),
            Step::HostOn("switch"),
            REVERSED,
        ],
        must: CAME_BACK,
    },
];

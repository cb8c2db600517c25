//! Pages of the menu, and the screens of errands: sign-off, status, downloads.

use super::{lines, with};
use crate::Page;
use alloc::format;
use slipway_node::Show;
use slipway_terms::BatchNo;

pub(crate) fn menu(page: Page) -> Show {
    lines(match page {
        Page::Main => &[
            ("1消费 2消费撤销 3退货", "1 Sale 2 Void 3 Refund"),
            ("4预授权 5余额 6查证", "4 Pre-auth 5 Balance 6 Fate"),
            ("7结算 8打印 9其他", "7 Settle 8 Print 9 Other"),
            ("0签到", "0 Sign on"),
        ],
        Page::Hold => &[
            ("1预授权 2预授权撤销", "1 Pre-auth 2 Its void"),
            ("3完成请求 4完成通知", "3 Completion 4 As advice"),
            ("5完成撤销", "5 Void of completion"),
        ],
        Page::Print => &[
            ("1重打最后一笔", "1 Last slip"),
            ("2重打任意一笔", "2 Any slip"),
            ("3重打结算单", "3 Settlement slip"),
            ("4打印交易明细", "4 Details"),
        ],
        Page::Other => &[
            ("1小费调整 2离线 3订购", "1 Tip 2 Offline 3 Mail or phone order"),
            ("4签退 5下载", "4 Sign off 5 Download"),
            ("6操作员", "6 Operators"),
        ],
        Page::Staff => &[
            ("1修改本人密码", "1 Own password"),
            ("2增加 3删除", "2 Add 3 Remove"),
            ("4重置密码 5授权或收回", "4 Set a password anew 5 Trust"),
            ("6退出签到", "6 Sign out here"),
        ],
    })
}

pub(crate) fn settle_sure(batch: BatchNo) -> Show {
    with(
        ("结算", "Settlement"),
        (format!("批次号 {batch}"), format!("Batch {batch}")),
        &[("结算当前批次请按确认", "Enter to settle the batch"), ("否则按取消", "Else Cancel")],
    )
}

pub(crate) fn ask_number(digits: &str) -> Show {
    with(
        ("查证", "Ask for the fate"),
        (format!("凭证号 {digits}"), format!("No. {digits}")),
        &[("最后一笔请直接按确认", "The last one: just Enter")],
    )
}

pub(crate) fn print_number(digits: &str) -> Show {
    with(
        ("重打签购单", "Print a slip again"),
        (format!("凭证号 {digits}"), format!("No. {digits}")),
        &[("最后一笔请直接按确认", "The last one: just Enter")],
    )
}

pub(crate) fn fetching() -> Show {
    lines(&[("正在下载参数", "Downloading parameters"), ("请稍候", "Please wait")])
}

pub(crate) fn fetched(whole: bool) -> Show {
    if whole {
        return lines(&[("下载完成", "Download done"), ("参数和黑名单已更新", "Parameters and card list are new")]);
    }
    lines(&[("下载未全部完成", "Not everything was downloaded"), ("原有参数继续有效", "What was there stays in force")])
}

pub(crate) fn fetch_lost() -> Show {
    lines(&[("下载无应答", "No answer to the download"), ("原有参数继续有效", "What was there stays in force")])
}

pub(crate) fn signing_off() -> Show {
    lines(&[("正在签退，请稍候", "Signing off, please wait")])
}

pub(crate) fn sign_off_lost() -> Show {
    lines(&[("签退未成功", "Not signed off"), ("请稍后重试", "Try again later")])
}

pub(crate) fn signed_off() -> Show {
    lines(&[("已签退", "Signed off"), ("请操作员签到", "Operator sign-in")])
}

pub(crate) fn blacklisted() -> Show {
    lines(&[
        ("此卡不能在本机受理", "This card is not served here"),
        ("未扣款", "Nothing was taken"),
        ("请使用其他支付方式", "Take another means of payment"),
    ])
}

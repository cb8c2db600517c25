//! Screens of the staff: passwords, locks, people. A password is never shown, only how many digits were keyed.

use super::{lines, with};
use crate::StaffAct;
use alloc::format;
use slipway_node::Show;
use slipway_terms::OperatorNo;

pub(crate) fn change_password(no: OperatorNo) -> Show {
    with(
        ("请修改初始密码", "Change the password you were given"),
        (format!("操作员 {no}"), format!("Operator {no}")),
        &[("输入新密码，按确认", "Key a new one, then Enter")],
    )
}

pub(crate) fn new_password(no: OperatorNo, keyed: usize, again: bool) -> Show {
    let stars = "*".repeat(keyed);
    let title =
        if again { ("请再输入一次", "Key it once more") } else { ("请输入新密码", "Key the new password") };
    with(
        title,
        (format!("操作员 {no}"), format!("Operator {no}")),
        &[(&format!("密码 {stars}"), &format!("Password {stars}"))],
    )
}

pub(crate) fn password_too_short(shortest: usize) -> Show {
    with(
        ("密码太短", "The password is too short"),
        (format!("至少 {shortest} 位"), format!("At least {shortest} digits")),
        &[("请重新输入", "Key it again")],
    )
}

pub(crate) fn passwords_differ() -> Show {
    lines(&[("两次输入不一致", "The two differ"), ("请重新输入新密码", "Key the new password again")])
}

pub(crate) fn same_password() -> Show {
    lines(&[("不能使用原密码", "Not the old password"), ("请输入新密码", "Key a new one")])
}

pub(crate) fn supervisor_only() -> Show {
    lines(&[
        ("此操作员无权办理", "This operator may not do that"),
        ("请主管 00 或管理员 99 办理", "Supervisor 00 or administrator 99 must"),
    ])
}

pub(crate) fn supervisor_locked() -> Show {
    lines(&[
        ("主管密码错误次数超限", "Too many wrong supervisor passwords"),
        ("请管理员 99 签到重置", "Administrator 99 must sign in"),
    ])
}

pub(crate) fn administrator_waits() -> Show {
    lines(&[
        ("管理员密码错误次数超限", "Too many wrong administrator passwords"),
        ("请十分钟后再试", "Try again in ten minutes"),
    ])
}

pub(crate) fn administrator_sells_not() -> Show {
    lines(&[("管理员不能做交易", "The administrator makes no transactions"), ("请操作员签到", "Operator sign-in")])
}

pub(crate) fn staff_no(act: StaffAct, digits: &str) -> Show {
    let title = match act {
        StaffAct::Add => ("增加操作员", "Add an operator"),
        StaffAct::Remove => ("删除操作员", "Remove an operator"),
        StaffAct::Reset => ("重置密码", "Set a password anew"),
        StaffAct::Trust => ("授权或收回", "Trust, or no longer"),
    };
    with(title, (format!("操作员号 {digits}"), format!("Number {digits}")), &[])
}

pub(crate) fn staff_refused(no: OperatorNo, known: bool) -> Show {
    let why = if known {
        ("操作员已存在", "There is such an operator")
    } else {
        ("没有此操作员或人数已满", "No such operator, or no place for one more")
    };
    with(why, (format!("操作员号 {no}"), format!("Number {no}")), &[])
}

pub(crate) fn trusted(no: OperatorNo, trusted: bool) -> Show {
    let what = if trusted {
        ("可自行撤销、退货、调整和离线", "May void, refund, adjust and sell offline alone")
    } else {
        ("撤销、退货、调整和离线须主管授权", "Needs the supervisor's word for these again")
    };
    with(what, (format!("操作员号 {no}"), format!("Number {no}")), &[])
}

pub(crate) fn staff_done(no: OperatorNo) -> Show {
    with(("操作成功", "Done"), (format!("操作员号 {no}"), format!("Number {no}")), &[])
}

pub(crate) fn retired() -> Show {
    lines(&[
        ("本机已停用", "This device is retired"),
        ("业务已移交新机", "Another one has taken over"),
        ("请使用新机", "Use the new one"),
    ])
}

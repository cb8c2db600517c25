//! The table of line faults: code, before or after something was sent, what people search for, what it means for the money,
//! what to try, the verdict. One row for each fault, checked when this is compiled.
//!
//! Before: nothing of a transaction has left, so nothing was taken and no number is used. After: doubt, and the reversal
//! runs by itself. A row never decides which: the core that has or has not sent chooses the row.

use slipway_node::LineFault::{self, *};
use slipway_terms::{Cashier, Fate};

/// Simplified Chinese and English.
pub type Words = (&'static str, &'static str);

/// Whether anything of the transaction can have left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// Nothing has.
    Before,
    /// It has, or may have.
    After,
}

/// What a line fault means to people.
#[derive(Debug)]
pub struct Row {
    /// The fault.
    pub fault: LineFault,
    /// The house's code, as the screen shows it.
    pub code: &'static str,
    /// Before or after something was sent.
    pub sent: Sent,
    /// What it is.
    pub what: Words,
    /// What devices of several makes show for it, and what people search for.
    pub vendors: &'static [&'static str],
    /// The first two things to try.
    pub tries: [Words; 2],
}

impl Row {
    /// What it means for the money.
    pub const fn money(&self) -> Words {
        match self.sent {
            Sent::Before => ("交易未发出，未扣款", "Nothing was sent, nothing was taken"),
            Sent::After => ("结果不明，如已扣款将自动冲正退回", "Fate unknown; anything taken is reversed by itself"),
        }
    }

    /// What happened to the transaction, and what the cashier may do.
    pub const fn verdict(&self) -> (Fate, Cashier) {
        match self.sent {
            Sent::Before => (Fate::DidNotTakePlace, Cashier::TakeAgain),
            Sent::After => (Fate::Open, Cashier::Wait),
        }
    }

    /// The verdict in words.
    pub const fn sentence(&self) -> Words {
        match self.sent {
            Sent::Before => (
                "交易没有发生，未占用凭证号；线路恢复后可重新交易",
                "It did not take place and no number is used; take it again when the line is back",
            ),
            Sent::After => (
                "结果未定，请等待：终端自动冲正，冲正成功前不要重刷",
                "Open: wait. The terminal reverses by itself; do not take it again before that has succeeded",
            ),
        }
    }
}

const fn before(
    fault: LineFault,
    code: &'static str,
    what: Words,
    vendors: &'static [&'static str],
    tries: [Words; 2],
) -> Row {
    Row { fault, code, sent: Sent::Before, what, vendors, tries }
}

const fn after(
    fault: LineFault,
    code: &'static str,
    what: Words,
    vendors: &'static [&'static str],
    tries: [Words; 2],
) -> Row {
    Row { fault, code, sent: Sent::After, what, vendors, tries }
}

const RESTART: Words = ("关机重启终端", "Switch the terminal off and on");
const MOVE: Words = ("移到信号好的位置", "Move to where the signal is better");
const CALL: Words = ("请联系收单行", "Call the acquirer");
const LATER: Words = ("稍候重试", "Try again in a moment");
const ADDRESS: Words = ("核对通讯参数中的地址和端口", "Check address and port in the communication settings");
const CLOCK: Words = ("核对终端日期和时间", "Check the terminal's date and time");
const WAIT: Words = ("等待自动冲正，不要重刷", "Wait for the reversal; do not swipe again");
const ASK: Words = ("用查证功能查询结果", "Ask for its fate with the inquiry function");
const FUNDS: Words = ("确认流量卡已插好、未欠费", "Check that the data SIM is in and paid for");
const APN: Words = ("核对APN、用户名和密码", "Check APN, name and password");

/// Every fault, in the order of [`LineFault::ALL`].
#[rustfmt::skip]
pub const TABLE: [Row; LineFault::ALL.len()] = [
    before(SimMissing, "L01", ("未检测到SIM卡", "No SIM card"),
        &["无SIM卡", "请插入SIM卡", "SIM卡未插入", "SIM卡错误", "no sim"],
        [("取出SIM卡重新插好", "Take the SIM out and put it back"), RESTART]),
    before(NoSignal, "L02", ("无移动网络信号", "No mobile signal"),
        &["无信号", "无网络信号", "信号弱", "搜索网络", "no signal", "no service"], [MOVE, RESTART]),
    before(NoCarrier, "L03", ("网线或电话线无载波", "No carrier on the cable"),
        &["无载波", "无拨号音", "网线未连接", "电话线未接", "无线呼叫失败", "no carrier", "no dial tone"],
        [("检查网线或电话线两端", "Check both ends of the cable"),
         ("看网口指示灯，重启路由器", "Look at the port's lamp; restart the router")]),
    before(EndlessInit, "L04", ("通讯模块一直在初始化", "Endless initialisation"),
        &["GPRS连接超时", "GPRS初始化", "正在初始化", "模块初始化失败", "GPRS附着失败", "网络注册失败", "initializing"],
        [RESTART, FUNDS]),
    before(PppLink, "L05", ("PPP链路未建立", "PPP link not made"),
        &["PPP未连接 2412", "PPP未连接", "PPP拨号失败", "PPP连接失败", "LCP"], [FUNDS, APN]),
    before(PppAuth, "L06", ("PPP用户名或密码被拒绝", "PPP name or password refused"),
        &["PPP认证失败", "PAP", "CHAP", "APN错误", "用户名密码错"], [APN, CALL]),
    before(NoAddress, "L07", ("未获得IP地址", "No IP address obtained"),
        &["获取IP失败", "IP地址获取失败", "DHCP失败", "IPCP", "IP层错误"],
        [RESTART, ("检查路由器或流量卡", "Check the router or the data SIM")]),
    before(NameUnknown, "L11", ("主机域名无法解析", "The host's name does not resolve"),
        &["DNS解析失败", "域名解析失败", "DNS错误", "getaddrinfo", "unknown host"],
        [("核对DNS和主机域名", "Check DNS and the host's name"), RESTART]),
    before(NoRoute, "L12", ("没有到主机的路由", "No route to the host"),
        &["网络不可达", "路由不可达", "no route to host", "network is unreachable"],
        [("核对网关和APN（专网卡）", "Check gateway and APN (private SIM)"), CALL]),
    before(Refused, "L13", ("主机拒绝连接", "The host refuses the connection"),
        &["无法连接服务器 -211", "无法连接服务器", "连接主机失败", "连接被拒绝", "POS机链接服务器失败", "connection refused"],
        [ADDRESS, CALL]),
    before(ConnectTimeout, "L14", ("连接主机超时", "Connecting to the host timed out"),
        &["GPRS连接超时", "连接超时", "无法连接服务器", "连接服务器超时", "connection timed out"], [MOVE, ADDRESS]),
    before(HostBusy, "L15", ("主机忙", "The host is busy"),
        &["线路忙", "占线", "忙音", "拨号忙", "line busy", "busy tone"], [LATER, CALL]),
    before(TlsUntrusted, "L21", ("主机证书不受信任", "The host's certificate is not trusted"),
        &["证书校验失败", "证书验证失败", "SSL握手失败", "unknown ca"],
        [("核对终端中的CA证书", "Check the CA certificate in the terminal"), CALL]),
    before(TlsExpired, "L22", ("主机证书不在有效期", "The host's certificate is not valid now"),
        &["证书过期", "证书已过期", "证书未生效", "certificate expired"], [CLOCK, CALL]),
    before(TlsWrongName, "L23", ("主机证书名称不符", "The host's certificate is another's"),
        &["证书域名不匹配", "主机名不匹配", "hostname mismatch"], [ADDRESS, CALL]),
    before(TlsClientRefused, "L24", ("主机不接受本机证书", "The host does not take our certificate"),
        &["客户端证书错误", "双向认证失败", "certificate required", "bad certificate"],
        [("核对本机证书和密钥", "Check our certificate and key"), CALL]),
    before(TlsNotSpoken, "L25", ("双方加密方式不一致", "One side speaks TLS 1.3, the other does not"),
        &["SSL连接失败", "SSL握手失败", "TLS版本不支持", "protocol version", "wrong version number"],
        [("核对TLS开关和端口", "Check the TLS setting and the port"), CALL]),
    before(TlsTimeout, "L26", ("TLS握手超时", "The TLS handshake timed out"),
        &["SSL握手超时", "handshake timeout"], [LATER, MOVE]),
    before(Lost, "L31", ("线路中断", "The line broke"),
        &["网络未连接", "已掉线", "link down"], [LATER, RESTART]),
    after(LostWaiting, "L41", ("等待应答时线路中断", "The line broke while waiting"),
        &["交易中断", "通讯中断", "通信中断", "网络断开", "连接断开", "接收失败", "接收数据失败", "读数据失败", "connection reset"],
        [WAIT, ASK]),
    after(NoAnswer, "L42", ("已发出，未收到应答", "Sent, and no answer came"),
        &["通信超时", "通讯超时", "接收超时", "交易超时", "无应答", "主机无应答", "receive timeout"], [WAIT, ASK]),
];

const _: () = {
    let mut at = 0;
    while at < TABLE.len() {
        assert!(TABLE[at].fault as usize == at, "the table must be in the order of the list");
        at += 1;
    }
};

/// The row of this fault.
pub const fn row(fault: LineFault) -> &'static Row {
    const ROWS: &[Row] = &TABLE;
    &ROWS[fault as usize]
}

#[cfg(test)]
mod tests;

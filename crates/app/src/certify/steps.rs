//! The script as one table: what the person at the device does, what the tap does meanwhile, which reasons a reversal may give.
//! What must come follows from it: every deed its request, every doubt its reversal before the next request. Rows only.

use super::spoil::Deed::{
    Amount, Code, Cut, Double, Garble, Late, Lose, NoMac, OtherBatch, OtherStan, SpoilMac, Unbalance,
};
use super::spoil::Way::{Down, Up};
use super::spoil::{Deed, Inject, Way};
use slipway_terms::Kind;

/// What is done at the device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// 签到.
    SignOn,
    /// 回响测试.
    Echo,
    /// A financial exchange.
    Pay(Kind),
    /// A sale with a wrong PIN.
    WrongPin,
    /// The plug is pulled while the answer is awaited, then put back.
    PowerCut,
    /// 批结算.
    Settle,
}

/// One deed at the device. The amount names the original too: every amount of the script is unique.
#[derive(Clone, Copy, Debug)]
pub struct Do {
    /// What.
    pub what: What,
    /// Amount in fen; 0 where there is none.
    pub fen: u64,
    /// The answer code that it must get; empty where the tap decides.
    pub code: &'static str,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// Number in the report.
    pub no: u8,
    /// Name for scripts.
    pub name: &'static str,
    /// 中文标题.
    pub zh: &'static str,
    /// English title.
    pub en: &'static str,
    /// What the person does, in order.
    pub acts: &'static [Do],
    /// What the tap does.
    pub inject: &'static [Inject],
    /// F39 of the reversal that has to come.
    pub reasons: &'static [&'static str],
    /// How often it must be sent at least.
    pub sends: u32,
    /// 补充说明；可为空。
    pub zh_note: &'static str,
    /// More to say to the person; may be empty.
    pub en_note: &'static str,
}

const fn pay(kind: Kind, fen: u64) -> Do {
    Do { what: What::Pay(kind), fen, code: "00" }
}

const fn sale(fen: u64) -> Do {
    pay(Kind::Sale, fen)
}

/// An exchange whose answer the tap spoils.
const fn doubt(kind: Kind, fen: u64) -> Do {
    Do { what: What::Pay(kind), fen, code: "" }
}

const fn refused(what: What, fen: u64, code: &'static str) -> Do {
    Do { what, fen, code }
}

const fn plain(what: What) -> Do {
    Do { what, fen: 0, code: "00" }
}

const BALANCE: Do = plain(What::Pay(Kind::Balance));
const SETTLE: Do = plain(What::Settle);

const fn one(way: Way, mti: &'static [u8; 4], deed: Deed) -> Inject {
    some(way, mti, deed, 1, 0)
}

const fn some(way: Way, mti: &'static [u8; 4], deed: Deed, times: u32, after: u32) -> Inject {
    Inject { way, mti, deed, times, after }
}

const fn step(no: u8, name: &'static str, words: (&'static str, &'static str), acts: &'static [Do]) -> Step {
    let (zh, en) = words;
    Step { no, name, zh, en, acts, inject: &[], reasons: &[], sends: 0, zh_note: "", en_note: "" }
}

impl Step {
    const fn with(self, inject: &'static [Inject]) -> Self {
        Self { inject, ..self }
    }

    const fn reversed(self, reasons: &'static [&'static str], sends: u32) -> Self {
        Self { reasons, sends, ..self }
    }

    const fn note(self, zh_note: &'static str, en_note: &'static str) -> Self {
        Self { zh_note, en_note, ..self }
    }
}

/// No answer in time.
const SILENCE: &[&str] = &["98"];
/// An answer that is none: silence or "other".
const UNFIT: &[&str] = &["98", "06"];
const BAD_MAC: &[&str] = &["A0"];
const NO_MAC: &[&str] = &["A0", "06", "98"];

/// All steps.
#[rustfmt::skip] // one step in a few lines reads as a table
pub static STEPS: &[Step] = &[
    step(1, "sign-on", ("签到", "sign-on"), &[plain(What::SignOn)]),
    step(2, "echo", ("回响测试", "echo test"), &[plain(What::Echo)]),
    step(3, "sale", ("消费，批准", "sale, approved"), &[sale(1001)]),
    step(4, "balance", ("余额查询", "balance inquiry"), &[BALANCE]),
    step(5, "declined", ("消费，余额不足（51），不得冲正", "sale, declined 51, not reversed"), &[refused(What::Pay(Kind::Sale), 2_000_000, "51"), BALANCE]),
    step(6, "wrong-pin", ("密码错（55），不得冲正", "wrong PIN (55), not reversed"), &[refused(What::WrongPin, 1002, "55"), BALANCE]),
    step(7, "void", ("消费撤销", "void of a sale"), &[sale(1003), pay(Kind::SaleVoid, 1003)]),
    step(8, "refund", ("退货", "refund"), &[sale(1004), pay(Kind::Refund, 1004)]),
    step(9, "pre-auth", ("预授权", "pre-authorisation"), &[pay(Kind::PreAuth, 1005)]),
    step(10, "pre-auth-void", ("预授权撤销", "pre-authorisation void"), &[pay(Kind::PreAuth, 1006), pay(Kind::PreAuthVoid, 1006)]),
    step(11, "completion", ("预授权完成（请求）", "completion request"), &[pay(Kind::PreAuth, 1007), pay(Kind::Completion, 1007)]),
    step(12, "completion-void", ("预授权完成撤销", "completion void"), &[pay(Kind::PreAuth, 1008), pay(Kind::Completion, 1008), pay(Kind::CompletionVoid, 1008)]),
    step(13, "completion-advice", ("预授权完成（通知）", "completion advice"), &[pay(Kind::PreAuth, 1009), pay(Kind::CompletionAdvice, 1009)]),
    step(14, "request-lost", ("请求丢失", "the request is lost"), &[doubt(Kind::Sale, 1101), BALANCE])
        .with(&[one(Up, b"0200", Lose)]).reversed(SILENCE, 1),
    step(15, "answer-lost", ("应答丢失", "the answer is lost"), &[doubt(Kind::Sale, 1102), BALANCE])
        .with(&[one(Down, b"0210", Lose)]).reversed(SILENCE, 1),
    step(16, "line-cut", ("等待应答时断线", "the line breaks while the answer is awaited"), &[doubt(Kind::Sale, 1103), BALANCE])
        .with(&[one(Down, b"0210", Cut)]).reversed(UNFIT, 1),
    step(17, "void-answer-lost", ("撤销的应答丢失", "the answer to a void is lost"), &[sale(1104), doubt(Kind::SaleVoid, 1104), BALANCE])
        .with(&[some(Down, b"0210", Lose, 1, 1)]).reversed(SILENCE, 1),
    step(18, "pre-auth-answer-lost", ("预授权的应答丢失", "the answer to a pre-authorisation is lost"), &[doubt(Kind::PreAuth, 1105), BALANCE])
        .with(&[one(Down, b"0110", Lose)]).reversed(SILENCE, 1),
    step(19, "completion-answer-lost", ("预授权完成的应答丢失", "the answer to a completion is lost"), &[pay(Kind::PreAuth, 1106), doubt(Kind::Completion, 1106), BALANCE])
        .with(&[one(Down, b"0210", Lose)]).reversed(SILENCE, 1),
    step(20, "advice-answer-lost", ("退货的应答丢失：以同一流水号重发，不冲正", "the answer to a refund is lost: sent again under the same STAN, never reversed"), &[sale(1107), pay(Kind::Refund, 1107), BALANCE])
        .with(&[one(Down, b"0230", Lose)]),
    step(21, "timeout-98", ("主机答98（发卡方超时）", "the host says 98 (issuer timed out)"), &[doubt(Kind::Sale, 1108), BALANCE])
        .with(&[one(Down, b"0210", Code("98"))]).reversed(UNFIT, 1),
    step(22, "reversal-lost-once", ("冲正丢失一次", "the reversal is lost once"), &[doubt(Kind::Sale, 1109), BALANCE])
        .with(&[one(Down, b"0210", Lose), one(Up, b"0400", Lose)]).reversed(SILENCE, 2),
    step(23, "reversal-answer-lost-twice", ("冲正应答丢失两次", "the reversal's answer is lost twice"), &[doubt(Kind::Sale, 1110), BALANCE])
        .with(&[one(Down, b"0210", Lose), some(Down, b"0410", Lose, 2, 0)]).reversed(SILENCE, 3),
    step(24, "reversal-never-given-up", ("冲正连续丢失三次后不得放弃", "a reversal lost three times is not given up"), &[doubt(Kind::Sale, 1111), plain(What::SignOn), BALANCE])
        .with(&[one(Down, b"0210", Lose), some(Up, b"0400", Lose, 3, 0)]).reversed(SILENCE, 4)
        .note("冲正重发次数用完后请签到，再查余额；冲正最迟此时必须重发。", "When its tries are used up, sign on and ask for the balance: the reversal must go again by then."),
    step(25, "power-cut", ("等待应答时断电：冲正须从存储恢复", "power cut before the answer: the reversal comes from storage"), &[doubt(Kind::Sale, 1112), plain(What::PowerCut), BALANCE])
        .with(&[one(Down, b"0210", Lose)]).reversed(UNFIT, 1)
        .note("输入密码后、终端仍在等待应答时拔电源，再开机。", "Pull the plug after the PIN while the device still waits; then switch it on again."),
    step(26, "answer-doubled", ("应答重复送达：第二份须忽略", "the answer comes twice: the second is ignored"), &[sale(1113), BALANCE])
        .with(&[one(Down, b"0210", Double)]),
    step(27, "answer-late", ("应答迟到：不得打印", "the answer is late: not printed"), &[doubt(Kind::Sale, 1114), BALANCE])
        .with(&[one(Down, b"0210", Late)]).reversed(SILENCE, 1),
    step(28, "wrong-mac", ("应答MAC错：以A0冲正", "wrong MAC on the answer: reversal with A0"), &[doubt(Kind::Sale, 1115), BALANCE])
        .with(&[one(Down, b"0210", SpoilMac)]).reversed(BAD_MAC, 1),
    step(29, "no-mac", ("批准应答没有MAC", "an approval without a MAC"), &[doubt(Kind::Sale, 1116), BALANCE])
        .with(&[one(Down, b"0210", NoMac)]).reversed(NO_MAC, 1),
    step(30, "other-amount", ("应答金额被改", "another amount in the answer"), &[doubt(Kind::Sale, 1117), BALANCE])
        .with(&[one(Down, b"0210", Amount)]).reversed(UNFIT, 1),
    step(31, "other-stan", ("应答流水号不符：视为未收到", "another STAN in the answer: no answer to this request"), &[doubt(Kind::Sale, 1118), BALANCE])
        .with(&[one(Down, b"0210", OtherStan)]).reversed(UNFIT, 1),
    step(32, "garbled", ("应答无法解析", "an answer that nobody can read"), &[doubt(Kind::Sale, 1119), BALANCE])
        .with(&[one(Down, b"0210", Garble)]).reversed(UNFIT, 1),
    step(33, "told-a0", ("主机答A0：重新签到", "the host says A0: sign on again"), &[refused(What::Pay(Kind::Sale), 1201, "A0"), sale(1202)])
        .with(&[one(Up, b"0200", SpoilMac)]),
    step(34, "told-77", ("主机答77：重新签到", "the host says 77: sign on again"), &[refused(What::Pay(Kind::Sale), 1203, "77"), sale(1204)])
        .with(&[one(Up, b"0200", OtherBatch)]),
    step(35, "settlement", ("批结算，对账平", "settlement in balance"), &[sale(1301), SETTLE]),
    step(36, "settlement-upload", ("批结算，对账不平：上送明细", "settlement out of balance: the details are uploaded"), &[sale(1302), sale(1303), SETTLE])
        .with(&[one(Down, b"0510", Unbalance)]),
    step(37, "upload-interrupted", ("上送中断：须继续完成", "the upload is interrupted and goes on"), &[sale(1304), SETTLE])
        .with(&[one(Down, b"0510", Unbalance), one(Down, b"0330", Cut)]),
    step(38, "next-batch", ("新批次的第一笔", "the first sale of the new batch"), &[sale(1401)]),
    step(39, "sign-on-answer-lost", ("签到应答丢失：再次签到", "the answer to the sign-on is lost: signed on again"), &[plain(What::SignOn), BALANCE])
        .with(&[one(Down, b"0810", Lose)]),
];

impl Do {
    /// As said to the person: 中文, English.
    pub fn words(&self) -> (String, String) {
        let (yuan, fen) = (self.fen / 100, self.fen % 100);
        match self.what {
            What::SignOn => ("签到".into(), "sign on".into()),
            What::Echo => ("回响测试".into(), "echo test".into()),
            What::Pay(Kind::Balance) => ("余额查询".into(), "balance inquiry".into()),
            What::WrongPin => {
                (format!("消费 {yuan}.{fen:02}，输入错误密码"), format!("sale of {yuan}.{fen:02} with a wrong PIN"))
            }
            What::PowerCut => ("断电再开机".into(), "pull the plug, switch on again".into()),
            What::Settle => ("批结算".into(), "settle the batch".into()),
            What::Pay(kind) => {
                let shape = kind.shape();
                (
                    format!("{} {yuan}.{fen:02}", shape.zh),
                    format!("{} of {yuan}.{fen:02}", shape.en.to_ascii_lowercase()),
                )
            }
        }
    }

    /// For a program at the device.
    pub fn json(&self) -> serde_json::Value {
        let name = match self.what {
            What::SignOn => "sign_on".to_owned(),
            What::Echo => "echo".to_owned(),
            What::WrongPin => "wrong_pin".to_owned(),
            What::PowerCut => "power_cut".to_owned(),
            What::Settle => "settle".to_owned(),
            What::Pay(kind) => kind.shape().en.to_ascii_lowercase().replace([' ', '-'], "_"),
        };
        serde_json::json!({ "do": name, "fen": self.fen })
    }

    /// The request that it makes.
    pub const fn kind(&self) -> Option<Kind> {
        match self.what {
            What::Pay(kind) => Some(kind),
            What::WrongPin => Some(Kind::Sale),
            What::SignOn | What::Echo | What::PowerCut | What::Settle => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_go_up_names_are_unique_and_every_doubt_has_its_reversal() {
        let names: BTreeSet<_> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), STEPS.len());
        for (at, step) in STEPS.iter().enumerate() {
            assert_eq!(usize::from(step.no), at + 1);
            let doubts = step.acts.iter().any(|act| act.code.is_empty());
            assert_eq!(doubts, step.sends > 0 && !step.reasons.is_empty(), "{}", step.name);
        }
    }

    /// An amount names its original, so no two purchases of the script may share one.
    #[test]
    fn every_purchase_has_an_amount_of_its_own() {
        let first = |act: &&Do| act.kind().is_some_and(|kind| matches!(kind, Kind::Sale | Kind::PreAuth));
        let fens: Vec<_> = STEPS.iter().flat_map(|step| step.acts.iter().filter(first).map(|act| act.fen)).collect();
        assert_eq!(fens.iter().collect::<BTreeSet<_>>().len(), fens.len());
    }
}

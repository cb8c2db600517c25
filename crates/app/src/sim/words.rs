//! Faults and situations of the simulator in Chinese. The simulator knows them by one English line each, which is also their name in
//! the document; here that line is taken apart and said again. A line that nobody has translated stays as it is: a name that is
//! not understood may be searched for, a name that is left out may not. Must never change what is counted.

use slipway_terms::{Finding, Ground, KeyScheme, SHAPES};

/// Words that stand by themselves or behind the heading of their family.
const WORDS: [(&str, &str); 134] = [
    // On the way.
    ("lost", "丢失"),
    ("late", "迟到"),
    ("twice", "重复"),
    ("twice-spoilt", "重复且其中一条损坏"),
    ("garbled", "损坏"),
    ("forged", "伪造"),
    ("cut", "传输中断"),
    // Where a step stops.
    ("before its commit", "提交前停机"),
    ("in its commit", "提交中停机"),
    ("by a sync error", "同步出错停机"),
    ("after its commit", "提交后停机"),
    ("between its sends", "发送中途停机"),
    ("by a full disk", "磁盘写满停机"),
    // Paper.
    ("printed", "打印完整"),
    ("half", "打印一半"),
    ("unknown", "打印结果不明"),
    ("missing", "未打出"),
    ("silent", "打印机无回音"),
    ("blank", "打出白纸"),
    ("voucher", "签购单"),
    ("fault paper", "故障单"),
    // Notices.
    ("notice refused", "通知被拒收"),
    ("notice unheard", "通知回执丢失"),
    ("debit", "扣款"),
    ("decline", "未扣款"),
    ("refund", "退款"),
    ("refused", "被拒"),
    ("told again", "重发"),
    // The sky.
    ("line down", "线路断"),
    ("line flaps", "线路反复断连"),
    ("line half-open", "线路半开"),
    ("line one-way", "线路单向"),
    ("reconnect storm", "全部线路同时重连"),
    ("clock forward", "时钟拨快"),
    ("clock back", "时钟拨慢"),
    ("power off", "断电"),
    ("device lost for good", "设备永久丢失"),
    ("vault fails", "密钥库故障"),
    ("keys reset", "重置密钥"),
    ("device replaced, with its hand-over", "更换设备并交接"),
    ("device wiped", "设备被清空"),
    ("a hand-over taken twice", "交接包被重复使用"),
    ("clearing file lost", "清算文件丢失"),
    ("clearing file twice", "清算文件重复"),
    ("clearing file late", "清算文件迟到"),
    ("clearing file cut short", "清算文件残缺"),
    ("clearing file changed", "清算文件被改"),
    ("clearing file of another member", "清算文件属于其他成员"),
    ("clearing file missing for a day", "清算文件缺一天"),
    ("clearing file of the day before", "清算文件为前一日"),
    // Parties.
    ("terminal", "终端"),
    ("acquirer", "收单行"),
    ("switch", "交换中心"),
    ("issuer", "发卡行"),
    // What a party takes.
    ("timer", "定时"),
    ("start", "启动"),
    ("link", "线路变化"),
    ("hand", "人的操作"),
    ("clearing", "清算文件"),
    ("payout", "付款"),
    ("merchant order", "商户资金指令"),
    ("reset", "重置密钥"),
    ("delivery", "通知送达"),
    ("suspense", "挂账检查"),
    // How a record stands.
    ("nothing", "无记录"),
    ("Sent", "已发送"),
    ("Stored", "已存储"),
    ("Approved", "已批准"),
    ("Declined", "已拒绝"),
    ("Doubtful", "存疑"),
    ("Reversed", "已冲正"),
    ("FailedReversal", "冲正失败"),
    ("InCase", "差错处理中"),
    ("Forwarded", "已转发"),
    ("Unsure", "结果不明"),
    ("Undone", "已冲正"),
    ("Tombstone", "冲正先到"),
    // Verdicts.
    ("TookPlace", "已成交"),
    ("DidNotTakePlace", "未成交"),
    ("Open", "未定"),
    ("WillReturn", "将退回"),
    ("Returned", "已退回"),
    ("Held", "已冻结"),
    ("NotFound", "无记录"),
    ("Print", "可打印"),
    ("TakeAgain", "可重新收款"),
    ("OtherMeans", "换其他方式"),
    ("Wait", "等待"),
    // A flipped bit.
    ("Found", "被发现"),
    ("Torn", "按未写完处理"),
    // Repairs and corrections.
    ("reverse", "冲正"),
    ("stopped", "停机"),
    ("debit asked again, paid", "请款成功"),
    ("debit asked again, borne", "请款被拒，由收单行承担"),
    ("credit adjustment, given back", "贷记调整已退回"),
    ("credit adjustment, refused", "贷记调整被拒"),
    ("of a confirmed credit", "针对已确认的入账"),
    ("of another amount", "金额不符"),
    ("of what is credited", "针对已入账的交易"),
    // Batches closed by the acquirer.
    ("overdue", "逾期未结算"),
    ("its device replaced", "设备已更换"),
    ("handed over", "已交接"),
    ("handed over twice", "交接两次"),
    // Archive.
    ("with its confirmation", "随确认上送"),
    ("by itself", "单独上送"),
    ("signed", "有签名"),
    ("not signed", "无签名"),
    ("with a page", "附电子签购单页"),
    ("and removed when its time was over", "到期删除"),
    // Differences, suspense, merchants.
    ("open", "未结"),
    ("put right by a later day", "由后一日补正"),
    ("repaired by its own house", "由责任方补正"),
    ("released", "释放"),
    ("released and taken back", "释放后又扣回"),
    ("its file missing", "缺清算文件"),
    ("held", "暂缓结算"),
    ("held about an exchange", "就一笔交易暂缓结算"),
    ("a hold ended by itself", "暂缓到期解除"),
    ("a hold ended by two persons", "双人解除暂缓"),
    ("a payout came back", "付款退汇"),
    ("a payout paid again", "退汇重付"),
    ("an order refused", "指令被拒"),
    ("a return set against a debt", "退汇抵扣所欠"),
    ("a return held", "退汇转入暂缓"),
    ("a plan worked out again", "付款计划重算"),
    // Keys and PIN blocks.
    ("PIN goes out", "送出密码"),
    ("closed track goes out", "送出加密磁道"),
    ("approval comes back", "收到批准"),
    ("reversal goes out", "送出冲正"),
    ("narrow", "8 字节密码块"),
    ("wide", "16 字节密码块"),
    ("with a late slip", "过期后出示签购单"),
    ("without a slip", "无签购单"),
    ("another type", "其他报文"),
];

/// What becomes of disputes, of second payments and of chips.
const MATTERS: [(&str, &str); 31] = [
    ("retrieval taken", "调单已受理"),
    ("answered: slip found", "答复：有签购单"),
    ("answered: adjusted", "答复：已调整"),
    ("answered: charge back", "答复：请退单"),
    ("answered: cannot prove", "答复：无法证明"),
    ("chargeback taken", "退单已受理"),
    ("re-presentment taken", "再请款已受理"),
    ("second chargeback taken", "二次退单已受理"),
    ("award to the cardholder", "裁给持卡人"),
    ("award to the merchant", "裁给商户"),
    ("a step refused", "步骤被拒"),
    ("closed: the cardholder's", "结案：归持卡人"),
    ("closed: the merchant's", "结案：归商户"),
    ("stopped, the first in doubt", "已拦下，前一笔存疑"),
    ("stopped, the first without paper", "已拦下，前一笔未出单"),
    ("the first asked for", "先查前一笔"),
    ("let go: NoSlip", "放行：前一笔无签购单"),
    ("let go: CannotWait", "放行：顾客不能等"),
    ("let go: OtherPurchase", "放行：另一次购买"),
    ("seen by the acquirer itself", "由收单行自行发现"),
    ("the first without slip goes back by it", "无签购单的前一笔随之退回"),
    ("the surplus refunded", "多付的一笔已退货"),
    ("insert asked", "插卡时要求联机"),
    ("tap asked", "挥卡时要求联机"),
    ("pulled asked", "随后被拔出的卡要求联机"),
    ("stranger asked", "他网的卡要求联机"),
    ("copy asked", "复制的卡要求联机"),
    ("agreed", "同意"),
    ("ran a command", "执行发卡行脚本"),
    ("pulled before its word", "应答前被拔出"),
    ("refused", "拒绝"),
];

fn find(table: &[(&str, &'static str)], text: &str) -> Option<&'static str> {
    table.iter().find(|(en, _)| *en == text).map(|(_, zh)| *zh)
}

fn word(text: &str) -> Option<String> {
    // A message type or an answer code is the same in every language.
    let code = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    if code { Some(text.to_owned()) } else { find(&WORDS, text).map(str::to_owned) }
}

fn two(text: &str, between: &str, say: impl Fn(String, String) -> String) -> Option<String> {
    let (one, other) = text.split_once(between)?;
    Some(say(word(one)?, word(other)?))
}

fn debug_named<T: core::fmt::Debug>(all: impl IntoIterator<Item = T>, name: &str) -> Option<T> {
    all.into_iter().find(|one| format!("{one:?}") == name)
}

/// A family of situations: its English beginning, and how the rest is said.
fn family(text: &str) -> Option<String> {
    let behind = |head: &str| text.strip_prefix(head);
    if let Some(rest) = behind("answer ") {
        let (code, kind) = rest.split_once(" to ")?;
        let shape = SHAPES.iter().find(|shape| format!("{:?}", shape.kind) == kind)?;
        return Some(format!("{}得到应答 {code}", shape.zh));
    }
    if let Some(rest) = behind("case ") {
        let (ground, finding) = rest.split_once(": ")?;
        let all = [Finding::SlipShown, Finding::NoSlip, Finding::AsBooked, Finding::OnePurchase, Finding::TwoPurchases];
        let (ground, finding) = (debug_named(Ground::ALL, ground)?, debug_named(all, finding)?);
        return Some(format!("差错（{}）：{}", ground.words().zh, finding.words().zh));
    }
    if let Some(rest) = behind("verdict, paid by: ") {
        let who = [("Cardholder", "持卡人付款"), ("Acquirer", "收单行承担"), ("Issuer", "发卡行承担")];
        return Some(format!("结论：{}", find(&who, rest)?));
    }
    if let Some(rest) = behind("verdict ") {
        return two(rest, " ", |fate, cashier| format!("结论：{fate}，收银员{cashier}"));
    }
    for (head, zh) in [("second payment: ", "再次付款："), ("a chip ", "芯片：")] {
        if let Some(rest) = behind(head) {
            return Some(format!("{zh}{}", find(&MATTERS, rest)?));
        }
    }
    for (head, zh) in [("dispute: ", "争议："), ("correction: ", "请款与贷记调整：")] {
        if let Some(rest) = behind(head) {
            let whole = find(&MATTERS, rest).map(str::to_owned).or_else(|| word(rest));
            let said = whole.or_else(|| two(rest, " ", |place, fate| format!("{place} {fate}")))?;
            return Some(format!("{zh}{said}"));
        }
    }
    for (head, zh) in [
        ("notice ", "通知："),
        ("sky: ", "环境："),
        ("a flipped bit: ", "存储位翻转："),
        ("a slip archived ", "签购单存档："),
        ("difference: ", "对账差异："),
        ("careless repair ", "不当补救："),
        ("silent merchant ", "商户未答复："),
        ("suspense: ", "挂账："),
        ("merchant's money: ", "商户资金："),
        ("repair asked for twice: ", "重复要求补救："),
        ("batch closed at the acquirer: ", "收单行代结批次："),
    ] {
        if let Some(rest) = behind(head) {
            return Some(format!("{zh}{}", word(rest)?));
        }
    }
    if let Some(rest) = behind("the vault of a ") {
        return Some(format!("{}的密钥库故障", word(rest.strip_suffix(" fails")?)?));
    }
    if let Some(rest) = text.strip_suffix(" PIN block") {
        return two(rest, " ", |hop, width| format!("{hop} {width}"));
    }
    if let Some((scheme, what)) = text.split_once(" till: ") {
        let scheme = KeyScheme::of_word(scheme)?.word().to_ascii_uppercase();
        return Some(format!("{scheme} 终端：{}", word(what)?));
    }
    if let Some((party, rest)) = text.split_once(" stopped ") {
        let (point, took) = rest.split_once(", taking ")?;
        return Some(format!("{}处理“{}”时{}", word(party)?, word(took)?, word(point)?));
    }
    if let Some((party, rest)) = text.split_once(" meets ") {
        return two(rest, " while ", |mti, state| format!("记录为“{state}”时收到 {mti}"))
            .and_then(|said| Some(format!("{}{said}", word(party)?)));
    }
    let (paper, again) = text.strip_suffix(", printed again").map_or((text, ""), |paper| (paper, "（重打印）"));
    for kind in ["voucher", "fault paper"] {
        if let Some(fate) = paper.strip_prefix(kind).and_then(|rest| rest.strip_prefix(' ')) {
            return Some(format!("{}{}{again}", word(kind)?, word(fate)?));
        }
    }
    // A hop, a message type, what befell it.
    let (hop, rest) = text.split_once(' ')?;
    two(rest, " ", |mti, harm| format!("{} {mti} {harm}", hop))
}

/// A fault or situation in Chinese, or as it came.
pub fn zh(text: &str) -> String {
    word(text).or_else(|| family(text)).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_sim::{Options, run};

    #[test]
    fn everything_that_can_be_met_has_a_chinese_name() {
        for days in [1, 3] {
            // A run of no world has met nothing: it names all that is declared.
            let report = run(1..1, &Options { days, ..Options::default() }, &mut |_| {});
            let all: Vec<&String> = report.situations.never.iter().chain(&report.situations.never_rare).collect();
            assert!(all.len() > 500, "{}", all.len());
            let english: Vec<_> = all.iter().filter(|text| zh(text).bytes().any(|b| b.is_ascii_lowercase())).collect();
            assert!(english.is_empty(), "{english:?}");
            let said: std::collections::BTreeSet<String> = all.iter().map(|text| zh(text)).collect();
            assert_eq!(said.len(), all.len(), "two situations have one name");
        }
    }

    #[test]
    fn every_fault_that_strikes_has_a_chinese_name() {
        let options = Options::default();
        let report = run(1..4, &options, &mut |_| {});
        assert!(report.faults.len() > 12, "{:?}", report.faults);
        for fault in report.faults.keys() {
            assert!(zh(fault).bytes().all(|b| !b.is_ascii_lowercase()), "{fault}");
        }
    }

    #[test]
    fn what_nobody_has_translated_stays_as_it_is() {
        assert_eq!(zh("a word of tomorrow"), "a word of tomorrow");
        assert_eq!(zh("issuer stopped in its commit, taking 0420"), "发卡行处理“0420”时提交中停机");
        assert_eq!(zh("L1 0200 lost"), "L1 0200 丢失");
    }
}

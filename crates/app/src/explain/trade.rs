//! Words of the trade that stand in lists, letters and sentences: what each is, who does it, and what it does to the money.

use super::bare;
use crate::say::Say;
use serde_json::{Value, json};

/// One word, in both languages.
pub struct Word {
    /// 中文, and what else it is called there.
    zh: &'static [&'static str],
    /// English, likewise.
    en: &'static [&'static str],
    /// What it is: 中文, English.
    is: (&'static str, &'static str),
    /// What it does to the money: 中文, English.
    money: (&'static str, &'static str),
}

static WORDS: [Word; 7] = [
    Word {
        zh: &["争议", "差错争议"],
        en: &["dispute"],
        is: (
            "持卡人或发卡行对一笔已清算的扣款提出异议；按调单、退单、再请款、二次退单、仲裁的次序，每步一次、有期限",
            "a cardholder or issuer objects to a debit that was cleared; retrieval, chargeback, re-presentment, second chargeback and award follow each other, each once and in its time",
        ),
        money: (
            "款项随每一步在发卡行和收单行之间移动，结案后不再变动",
            "it moves with each step between issuer and acquirer, and no more once the dispute is closed",
        ),
    },
    Word {
        zh: &["调单", "调阅凭证", "查询凭证"],
        en: &["retrieval", "retrieval request"],
        is: (
            "发卡行向收单行索取签购单；有证据时自动答复，答复“无法提供”要等商户期限届满",
            "the issuer asks the acquirer for the slip; answered by itself where there is evidence, and with \"cannot be shown\" only after the merchant's own time",
        ),
        money: ("不动款项", "none moves"),
    },
    Word {
        zh: &["退单", "一次退单", "拒付"],
        en: &["chargeback", "first chargeback"],
        is: (
            "发卡行凭原因代码把一笔扣款退回收单行；占用原交易唯一的撤销位置，只能一次",
            "the issuer takes a debit back from the acquirer for a reason code; it fills the one undo slot of the payment, once",
        ),
        money: (
            "争议期间款项暂归持卡人，商户应付款相应扣回；收单行可再请款",
            "it is the cardholder's for the time of the dispute and is taken off what the merchant is owed; the acquirer may present again",
        ),
    },
    Word {
        zh: &["再请款"],
        en: &["re-presentment", "representment"],
        is: (
            "收单行凭签购单对退单再次请款，只能一次",
            "the acquirer presents a charged-back payment again, with its slip, once",
        ),
        money: ("重新向持卡人扣回，不是新的消费", "it is taken from the cardholder again; that is no new purchase"),
    },
    Word {
        zh: &["请款"],
        en: &["re-debit", "debit adjustment"],
        is: (
            "一笔已冲正或退回的交易后来找到了签购单：收单行请发卡行重新扣款，只能一次",
            "the slip of a payment that was undone is found later: the acquirer asks the issuer to debit it again, once",
        ),
        money: (
            "发卡行同意则扣款一次；账户余额不足等被拒时由收单行承担",
            "debited once if the issuer says yes; if it refuses, for want of money or else, the acquirer bears it",
        ),
    },
    Word {
        zh: &["贷记调整"],
        en: &["credit adjustment"],
        is: (
            "收单行把不应扣的款退还持卡人：没有签购单、又已不能联机冲正的交易",
            "the acquirer gives back what should not have been taken: a payment without a slip that can no longer be reversed online",
        ),
        money: (
            "退回持卡人一次，有退款通知；商户不入账",
            "it goes back to the cardholder once, with a notice; the merchant is not credited",
        ),
    },
    Word {
        zh: &["挂账"],
        en: &["suspense"],
        is: (
            "已扣持卡人、尚未随清算付给收单行的款项，记在发卡行挂账科目，每笔有主人和期限",
            "what was debited and is not yet cleared to the acquirer; it stands in the issuer's suspense account, each item with an owner and a clock",
        ),
        money: (
            "清算文件中有该笔则付出；完整文件中没有则退还持卡人；文件缺失时不动",
            "paid out when the clearing file has it, given back to the cardholder when a whole file has not, left alone while the file is missing",
        ),
    },
];

/// The words that were asked for by their own name, alone: inside a longer text they are part of something else.
pub fn find(asked: &str) -> Vec<&'static Word> {
    let asked = bare(asked);
    WORDS.iter().filter(|word| word.zh.iter().chain(word.en).any(|name| bare(name) == asked)).collect()
}

impl Word {
    /// For machines.
    pub fn document(&self) -> Value {
        let both = |(zh, en): (&str, &str)| json!({"zh": zh, "en": en});
        json!({"zh": self.zh, "en": self.en, "is": both(self.is), "money": both(self.money)})
    }

    /// For a person.
    pub fn tell(&self, say: &Say) {
        let (zh, en) = (self.zh.first().unwrap_or(&""), self.en.first().unwrap_or(&""));
        say.line(say.strong(&format!("{} ({})", say.both(zh, en), say.both(en, zh))));
        say.line(format!("  {}", say.both(self.is.0, self.is.1)));
        say.line(format!("  {} {}", say.both("资金", "money  "), say.both(self.money.0, self.money.1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_found_by_its_names_and_by_nothing_else() {
        for asked in [
            "争议",
            "退单",
            "挂账",
            "请款",
            "调单",
            "贷记调整",
            "再请款",
            "Chargeback",
            "suspense",
            "credit adjustment",
        ] {
            assert_eq!(find(asked).len(), 1, "{asked}");
        }
        for asked in ["", "单", "退单被拒", "charge", "no such word"] {
            assert!(find(asked).is_empty(), "{asked}");
        }
        assert!(find("请款")[0].en.contains(&"re-debit") && find("再请款")[0].en.contains(&"re-presentment"));
    }
}

//! What the merchant reads: one day, each fee explained to the fen, as text, HTML and CSV, in either language. Must never say a sum that
//! its lines do not add up to.

use super::{Told, cell, escaped, yuan};
use crate::fee::{CardType, Rate};
use crate::key::Entry;
use crate::merchant::{Charge, Contract, Item, ItemFault, Registration, Settlement, Standing};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use slipway_terms::Lang;

/// Where the amount stands in a line; its discount comes behind it.
const AMOUNT_AT: usize = 6;

/// A statement: labels and values, lines, sums. The renderers say the same three ways.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    lang: Lang,
    title: String,
    head: Vec<(&'static str, String)>,
    columns: [&'static str; 9],
    lines: Vec<[String; 9]>,
    sums: Vec<(&'static str, String)>,
    told: Vec<Told>,
}

impl Statement {
    /// The statement of a settled day; the items are those that were handed to the settlement.
    ///
    /// # Errors
    /// An item that cannot be priced: it was in no settlement either.
    pub fn new(
        merchant: &Registration,
        contract: &Contract,
        settlement: &Settlement,
        items: &[Item],
        lang: Lang,
    ) -> Result<Self, ItemFault> {
        let pick = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
        let product = contract.product;
        let head = [
            (pick("商户", "merchant"), merchant.name().to_owned()),
            (pick("商户号", "merchant number"), merchant.merchant().to_string()),
            (pick("清算日", "settlement date"), settlement.day.to_string()),
            (pick("到账方式", "product"), format!("{} {}", product.name(), product.text(lang))),
            (pick("到账日", "pay day"), settlement.pay_day.to_string()),
            (
                pick("结算账户", "account"),
                merchant.account_on(settlement.pay_day).map_or_else(
                    || pick("未绑定", "none bound").to_owned(),
                    |bound| format!("*{} {}", bound.account.tail(), bound.account.holder_name()),
                ),
            ),
        ];
        let none = || String::from("-");
        let mut lines = Vec::new();
        for item in items {
            let charge = item.charge(contract)?;
            let waits = item.waits();
            let explained = if waits && item.standing == Standing::Late {
                pick("超过当日到账截止时间，并入次日", "too late for the same day's money, goes with the next day's")
                    .to_owned()
            } else if waits {
                pick("尚未确认或尚未清算，暂不结算", "not confirmed or not cleared yet, not settled").to_owned()
            } else {
                charge.explained(lang)
            };
            lines.push([
                item.day.to_string(),
                item.at.map_or_else(none, |at| at.to_string()),
                item.till.map_or_else(none, |till| till.terminal.to_string()),
                item.till.map_or_else(none, |till| till.stan.to_string()),
                item.key.rrn().map_or_else(none, |rrn| rrn.to_string()),
                format!("{} {}", kind(item.entry, lang), card(item.card, lang)),
                yuan(item.amount_fen.into()),
                if waits { "0.00".to_owned() } else { yuan((-charge.fen).into()) },
                explained,
            ]);
        }
        let s = settlement;
        let all = [
            (pick("上日结转", "carried from earlier days"), i128::from(s.carried_in_fen)),
            (pick("收款", "sales"), i128::from(s.gross_in_fen)),
            (pick("退款与撤销", "refunds and voids"), -i128::from(s.gross_back_fen)),
            (pick("手续费", "discount"), -i128::from(s.discount_fen)),
            (pick("解除暂缓", "released from holds"), i128::from(s.released_fen)),
            (pick("保证金释放", "freed from reserve"), i128::from(s.freed_fen)),
            (pick("暂缓结算", "held"), -i128::from(s.held_fen)),
            (pick("保证金", "reserved"), -i128::from(s.reserved_fen)),
            (pick("提前到账费", "price of early money"), -i128::from(s.price_fen)),
            (pick("应付商户", "to be paid"), i128::from(s.payable_fen)),
            (pick("结转下日", "carried to the next day"), i128::from(s.carried_out_fen)),
        ];
        let mut sums: Vec<_> = all.iter().map(|(label, fen)| (*label, yuan(*fen))).collect();
        sums.push((
            pick("待确认笔数", "waiting, not in these sums"),
            format!("{} / {}", s.waiting, yuan(s.waiting_fen.into())),
        ));
        let columns = if lang == Lang::Zh {
            ["清算日", "时间", "终端", "凭证号", "参考号", "种类", "金额", "手续费", "计算"]
        } else {
            ["settlement date", "time", "terminal", "voucher", "reference", "kind", "amount", "discount", "reckoned"]
        };
        let title = pick("商户结算单（元）", "Merchant statement (CNY)").to_owned();
        Ok(Self { lang, title, head: head.into(), columns, lines, sums, told: Vec::new() })
    }

    /// With lines that explain what is no item: holds, reserves, returned payouts.
    pub fn telling(mut self, told: impl IntoIterator<Item = Told>) -> Self {
        self.told.extend(told);
        self
    }

    /// Over those lines.
    const fn told_title(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "说明",
            Lang::En => "Explained",
        }
    }

    /// For a printer or a mail: labels in front, a line an item, its reckoning below it.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n\n", self.title);
        let pair = |out: &mut String, label: &str, value: &str| {
            out.push_str(&format!("{label}{} {value}\n", " ".repeat(28_usize.saturating_sub(width(label)))));
        };
        self.head.iter().for_each(|(label, value)| pair(&mut out, label, value));
        out.push('\n');
        let voucher_title = self.columns[3];
        for [day, at, terminal, voucher, rrn, kind, amount, fee, explained] in &self.lines {
            out.push_str(&format!("{day}  {at}  {terminal}  {voucher_title} {voucher}  {rrn}  {kind}\n"));
            out.push_str(&format!("    {amount:>16} {fee:>12}   {explained}\n"));
        }
        out.push('\n');
        self.sums.iter().for_each(|(label, value)| pair(&mut out, label, &format!("{value:>16}")));
        if !self.told.is_empty() {
            out.push_str(&format!("\n{}\n", self.told_title()));
        }
        for [what, amount, why] in &self.told {
            pair(&mut out, what, &format!("{amount:>16}"));
            out.push_str(&format!("    {why}\n"));
        }
        out
    }

    /// A page by itself: no script, no style from elsewhere.
    pub fn html(&self) -> String {
        let lang = if self.lang == Lang::Zh { "zh-CN" } else { "en" };
        let title = escaped(&self.title);
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title}</title><style>\
             body{{font-family:sans-serif}}td,th{{padding:.2em .6em;text-align:left}}.n{{text-align:right}}</style></head>\n\
             <body><h1>{title}</h1>\n"
        );
        let table = |pairs: &[(&str, String)], class: &str| {
            let rows: String = pairs
                .iter()
                .map(|(label, value)| {
                    format!("<tr><th scope=\"row\">{}</th><td{class}>{}</td></tr>\n", escaped(label), escaped(value))
                })
                .collect();
            format!("<table>\n{rows}</table>\n")
        };
        out.push_str(&table(&self.head, ""));
        let heads: String = self.columns.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
        out.push_str(&format!("<table>\n<tr>{heads}</tr>\n"));
        for line in &self.lines {
            let cells: String = line
                .iter()
                .enumerate()
                .map(|(at, value)| {
                    let class = if at == AMOUNT_AT || at == AMOUNT_AT + 1 { " class=\"n\"" } else { "" };
                    format!("<td{class}>{}</td>", escaped(value))
                })
                .collect();
            out.push_str(&format!("<tr>{cells}</tr>\n"));
        }
        out.push_str("</table>\n");
        out.push_str(&table(&self.sums, " class=\"n\""));
        if !self.told.is_empty() {
            out.push_str(&format!("<h2>{}</h2>\n<table>\n", self.told_title()));
        }
        for [what, amount, why] in &self.told {
            let (what, amount, why) = (escaped(what), escaped(amount), escaped(why));
            out.push_str(&format!(
                "<tr><th scope=\"row\">{what}</th><td class=\"n\">{amount}</td><td>{why}</td></tr>\n"
            ));
        }
        if !self.told.is_empty() {
            out.push_str("</table>\n");
        }
        out.push_str("</body></html>\n");
        out
    }

    /// For a spreadsheet: the items, then the sums. Amounts are numbers, everything else is text.
    pub fn csv(&self) -> String {
        let mut out = format!("{}\n", self.columns.map(cell).join(","));
        for [day, at, terminal, voucher, rrn, kind, amount, fee, explained] in &self.lines {
            let [at, terminal, voucher, rrn, kind] = [at, terminal, voucher, rrn, kind].map(|text| cell(text));
            out.push_str(&format!("{day},{at},{terminal},{voucher},{rrn},{kind},{amount},{fee},{}\n", cell(explained)));
        }
        for (label, value) in &self.sums {
            out.push_str(&format!(
                ",,,,,{},{},,\n",
                cell(label),
                if value.contains('/') { cell(value) } else { value.clone() }
            ));
        }
        for [what, amount, why] in &self.told {
            out.push_str(&format!(",,,,,{},{amount},,{}\n", cell(what), cell(why)));
        }
        out
    }
}

impl Charge {
    /// How its fen came about: `1000.00 × 0.6% = 6.00`, rounded half-up, then the cap.
    pub fn explained(&self, lang: Lang) -> String {
        let pick = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
        if self.waived {
            return pick("免收", "not charged").to_owned();
        }
        if self.before_fen == 0 {
            return reckoned(self.rate, self.after_fen, lang);
        }
        let part = |fen: u64| format!("{} ({})", yuan(self.rate.fee(fen).into()), yuan(fen.into()));
        let change = yuan(self.fen.into());
        format!(
            "{} {} − {} = {change}, {}",
            pick("手续费", "fee"),
            part(self.after_fen),
            part(self.before_fen),
            percent(self.rate)
        )
    }
}

pub(super) fn reckoned(rate: Rate, fen: u64, lang: Lang) -> String {
    // Hundredths of a fen's thousand-millionth: yuan with eleven places.
    let exact = u128::from(fen) * u128::from(rate.ppb);
    let places = format!("{:011}", exact % 100_000_000_000);
    let places = places.trim_end_matches('0');
    let exact = format!("{}.{places:0<2}", exact / 100_000_000_000);
    let uncapped = Rate { cap_fen: None, ..rate }.fee(fen);
    let rounded = yuan(uncapped.into());
    let arrow = if exact == rounded { String::new() } else { format!(" → {rounded}") };
    let cap = match rate.cap_fen.filter(|cap| uncapped > *cap) {
        Some(cap) if lang == Lang::Zh => format!("，封顶 {}", yuan(cap.into())),
        Some(cap) => format!(", capped at {}", yuan(cap.into())),
        None => String::new(),
    };
    format!("{} × {} = {exact}{arrow}{cap}", yuan(fen.into()), percent(rate))
}

/// `0.38%`, all places that there are.
fn percent(rate: Rate) -> String {
    let places = format!("{:07}", rate.ppb % 10_000_000);
    let places = places.trim_end_matches('0');
    if places.is_empty() {
        format!("{}%", rate.ppb / 10_000_000)
    } else {
        format!("{}.{places}%", rate.ppb / 10_000_000)
    }
}

const fn card(card: CardType, lang: Lang) -> &'static str {
    match (card, lang) {
        (CardType::Debit, Lang::Zh) => "借记卡",
        (CardType::Debit, Lang::En) => "debit",
        (CardType::Credit, Lang::Zh) => "贷记卡",
        (CardType::Credit, Lang::En) => "credit",
    }
}

const fn kind(entry: Entry, lang: Lang) -> &'static str {
    let (zh, en) = match entry {
        Entry::Sale => ("消费", "sale"),
        Entry::Completion => ("预授权完成", "completion"),
        Entry::CompletionAdvice => ("预授权完成通知", "completion advice"),
        Entry::Offline => ("离线消费", "offline sale"),
        Entry::Adjust => ("小费调整", "tip or correction"),
        Entry::SaleVoid => ("消费撤销", "void"),
        Entry::CompletionVoid => ("完成撤销", "completion void"),
        Entry::Refund => ("退货", "refund"),
        Entry::LateReversal => ("隔日冲正", "late reversal"),
        Entry::CreditAdjustment => ("贷记调整", "credit adjustment"),
        Entry::DebitAdjustment => ("请款", "debit adjustment"),
        Entry::Chargeback => ("一次退单", "chargeback"),
        Entry::Representment => ("再请款", "re-presentment"),
        Entry::SecondChargeback => ("二次退单", "second chargeback"),
        Entry::AwardBack => ("仲裁判付持卡人", "award to cardholder"),
        Entry::AwardPaid => ("仲裁判付商户", "award to merchant"),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// Columns of a label: Chinese letters are two wide.
fn width(text: &str) -> usize {
    text.chars().map(|letter| if letter >= '\u{2E80}' { 2 } else { 1 }).sum()
}

//! The scenarios of the catalogue that no page can play, and what shows them instead. Together with the stories it names every scenario.

use super::outcome::ends;
use super::play::{has_words, written};
use super::stories::all;
use serde_json::{Value, json};

/// The groups of the catalogue, by the letter that a scenario begins with.
const GROUPS: [(&str, &str, &str); 9] = [
    ("A", "终端上的卡交易", "Card payments at the terminal"),
    ("B", "扫码支付", "QR payments"),
    ("C", "发卡行", "At the issuer"),
    ("D", "柜台的问题：钱没了，小票也没有", "The counter's question: the money is gone and there is no slip"),
    ("E", "清算与结算", "Clearing and settlement"),
    ("F", "对账", "Reconciliation"),
    ("G", "争议", "Disputes"),
    ("H", "商户、终端、代理、风控", "Merchants, terminals, agents, risk"),
    ("I", "处处如此", "Everywhere"),
];

/// A scenario that is shown elsewhere: its id, what it is, the command that shows it. Without a command it is not there yet.
struct Elsewhere(&'static str, &'static str, &'static str, Option<&'static str>);

#[rustfmt::skip]
const ELSEWHERE: &[Elsewhere] = &[
    Elsewhere("A17", "离线消费，稍后上送，只入账一次（在酒店的终端）", "Sales without asking, uploaded later and posted once (at the hotel's terminal)", Some("slipway terminal --script examples/day.txt")),
    Elsewhere("A18", "终端再也没有回来：九天的故事", "The terminal that never comes back: a story of nine days", Some("slipway demo --story next-day")),
    Elsewhere("B01", "商户扫付款码", "The merchant scans the payer", None),
    Elsewhere("B02", "付款人扫商户码", "The payer scans the merchant", None),
    Elsewhere("B03", "扫码后没有小票", "No slip after scanning", None),
    Elsewhere("B04", "扫码的退款、撤销、查询", "Refund, void and query of a scanned payment", None),
    Elsewhere("B05", "没有小票的已付订单也要结算", "A paid order settles even without a slip", None),
    Elsewhere("C02", "持卡人通知：有扣款必有对应的退回，至少一次", "Notices: in order, at least once, never a debit without its counterpart", Some("slipway notices --dir DIR")),
    Elsewhere("C03", "挂账，凭证据释放", "Suspense, released on evidence", Some("slipway suspense --dir DIR")),
    Elsewhere("C04", "对账单：一笔一行，带结论", "The statement: one line per exchange, with its verdict", None),
    Elsewhere("D02", "从档案重打小票", "A slip out of the archive", Some("slipway archive find --dir DIR")),
    Elsewhere("E04", "代理与分润", "Agents and profit share", None),
    Elsewhere("E05", "划付退回、冻结、保证金", "Returned payouts, frozen merchants, reserve", Some("slipway settle show --dir DIR")),
    Elsewhere("F01", "四方对账", "Four-way reconciliation", Some("slipway demo --story next-day")),
    Elsewhere("F02", "单边账的修复", "Repairs of one-sided entries", Some("slipway recon cases --dir DIR")),
    Elsewhere("F03", "规模：一台机器上千万行", "Scale: tens of millions of rows on one machine", Some("slipway bench reconcile")),
    Elsewhere("G01", "调单", "Retrieval requests", Some("slipway demo --story chargeback")),
    Elsewhere("G02", "拒付与再请款", "Chargeback and re-presentment", Some("slipway demo --story chargeback")),
    Elsewhere("G03", "盗刷争议", "Fraud claims", Some("slipway demo --story chargeback")),
    Elsewhere("H01", "换机：冲正与批次不丢", "A device is replaced without losing what is open", Some("slipway handover out TERMINAL --dir DIR --file F")),
    Elsewhere("H02", "风控规则", "Risk rules", None),
    Elsewhere("H03", "跳码检测", "Detection of MCC hopping", None),
    Elsewhere("H04", "代理工具包", "The agent's kit", None),
    Elsewhere("I01", "任何地方都没有明文卡号与密码", "No card number, PIN or key in clear anywhere", Some("slipway sim --seeds 60")),
    Elsewhere("I03", "磁盘满、时钟跳变、线上垃圾", "Full disks, jumping clocks, garbage on the wire", Some("slipway sim --seeds 60")),
];

/// Everything for a page: groups, and in each what it plays and what it names.
pub fn told() -> Value {
    let groups = GROUPS.iter().map(|(letter, zh, en)| {
        let mut own: Vec<_> =
            all().filter(|story| has_words(story.play) && story.scenario[0].starts_with(letter)).collect();
        own.sort_by_key(|story| story.scenario[0]);
        let plays = own.into_iter().map(|story| {
            json!({
                "id": story.key(), "scenario": story.scenario, "zh": story.zh, "en": story.en, "ends": ends(&story.must),
                "play": written(story.play), "day": story.ends_a_day(),
            })
        });
        let named = ELSEWHERE.iter().filter(|one| one.0.starts_with(letter));
        let named = named.map(|Elsewhere(id, zh, en, command)| json!({"id": id, "zh": zh, "en": en, "command": command}));
        json!({"letter": letter, "zh": zh, "en": en, "plays": plays.collect::<Vec<_>>(), "elsewhere": named.collect::<Vec<_>>()})
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The catalogue of scenarios.
    const SCENARIOS: &str = "A01 A02.1 A02.2 A02.3 A02.4 A02.5 A02.6 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16 A17 A18 A19 A20 \
        A21 B01 B02 B03 B04 B05 C01 C02 C03 C04 D01 D02 D03 E01 E02 E03 E04 E05 F01 F02 F03 G01 G02 G03 H01 H02 H03 H04 I01 I02 I03";

    #[test]
    fn every_scenario_is_a_button_or_is_named_with_what_shows_it() {
        let played: BTreeSet<_> =
            all().filter(|story| has_words(story.play)).flat_map(|story| story.scenario).copied().collect();
        let named: BTreeSet<_> = ELSEWHERE.iter().map(|one| one.0).collect();
        assert!(played.is_disjoint(&named), "{:?}", played.intersection(&named));
        let both: Vec<_> = played.union(&named).copied().collect();
        let want: BTreeSet<_> = SCENARIOS.split_whitespace().collect();
        assert_eq!(both, want.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_button_has_a_name_of_its_own_and_says_how_it_ends_in_both_languages() {
        let told = told();
        let plays: Vec<_> =
            told.as_array().unwrap().iter().flat_map(|group| group["plays"].as_array().unwrap()).collect();
        let ids: BTreeSet<_> = plays.iter().map(|play| play["id"].as_str().unwrap()).collect();
        assert!(ids.len() == plays.len() && ids.len() > 35, "{ids:?}");
        for play in plays {
            for side in [&play["zh"], &play["en"], &play["ends"]["zh"], &play["ends"]["en"], &play["play"]] {
                assert!(side.as_str().is_some_and(|text| !text.is_empty() && !text.contains("staged")), "{play}");
            }
        }
    }
}

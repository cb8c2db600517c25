//! How a demonstration is told: a timeline that a person likes to read.

use super::Told;
use super::stage::Seen;
use crate::archive::settings::PAGE_URL;
use crate::proxy::{Crossing, Fault};
use crate::say::{Say, padded};
use slipway_runtime::os::Pace;
use slipway_terms::{Kind, Mti, PaperFate, Step, Text};

/// Names of the hops, with the arrow drawn.
const HOPS: [&str; 6] = ["T → A      ", "    A → S  ", "        S→I", "        S←I", "    A ← S  ", "T ← A      "];

/// What is said before the first story.
pub(super) fn opening(say: &Say, pace: Pace) {
    say.line(say.strong(say.both(
        "小票之路：终端、收单行、交换中心、两家发卡行，真实的TCP、磁盘与密码",
        "Slipway: terminal, acquirer, switch, two issuers; real TCP, real disk, real ciphers",
    )));
    say.line(format!("{} ×{}", say.both("网络时钟", "network clock"), pace.0));
}

/// One story.
pub(super) fn story(say: &Say, told: &Told) {
    let story = told.story;
    say.line("");
    say.line(say.strong(&format!("■ {} {}  {}", story.scenario.join(" "), story.name, say.both(story.zh, story.en))));
    let began = told.seen.first().map_or(0, |(ms, _)| *ms);
    for (ms, seen) in &told.seen {
        let Some((at, event)) = event(seen) else { continue };
        let text = event.get(say.lang);
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let after = ms - began;
        let at = place(at, say);
        say.line(format!("{:>4}.{:03} {at} {first}", after / 1000, after % 1000));
        for line in rest.lines() {
            say.line(format!("{:>20} {line}", ""));
        }
        if let Some(page) = page(seen, PAGE_URL) {
            say.line(format!("{:>20} {page}", ""));
        }
    }
    say.line(format!(
        "  {} {}   {} {}   {} {}.{:02}   {} {}",
        say.both("扣款", "debits"),
        told.debits,
        say.both("退回", "returned"),
        told.refunds,
        say.both("商户净入账", "merchant credit"),
        told.credit_fen / 100,
        told.credit_fen % 100,
        say.both("有效签购单", "approved slips"),
        told.approved_slips
    ));
    if !told.disputed.is_empty() {
        let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        say.line(format!(
            "  {} {}   {} {}",
            say.both("争议后退回持卡人", "given back by disputes"),
            yuan(-told.disputed_fen),
            say.both("商户实得", "the merchant keeps"),
            yuan(told.credit_fen + told.disputed_fen)
        ));
    }
    // The payments that were disputed first; the sentence below them is the last payment's.
    told.disputed.iter().for_each(|text| say.line(format!("  ⇒ {}", text.get(say.lang))));
    say.line(format!("  ⇒ {}", say.strong(told.sentence.get(say.lang))));
    for broken in &told.broken {
        say.line(format!("  ✗ {broken}"));
    }
}

/// What is said after the last story.
pub(super) fn closing(say: &Say, told: &[Told], ledgers_zero: bool, rule_holds: bool, faults: &[String], ms: i64) {
    let good = told.iter().filter(|one| one.broken.is_empty()).count();
    let mark = |holds| if holds { "✓" } else { "✗" };
    say.line("");
    say.line(say.strong(say.both("审计", "Audit")));
    say.line(format!(
        "  {} {}",
        mark(ledgers_zero),
        say.both(
            "每本账合计为零，余额等于分录之和",
            "every ledger sums to zero, every balance is the sum of its postings"
        )
    ));
    say.line(format!(
        "  {} {}",
        mark(rule_holds),
        say.both(
            "有签购单当且仅当持卡人扣款一次且商户入账一次",
            "a slip exists if and only if the cardholder was debited once and the merchant credited once"
        )
    ));
    for fault in faults {
        say.line(format!("    {fault}"));
    }
    say.line(format!(
        "  {} {good}/{} {}  ({}.{} s {})",
        mark(good == told.len()),
        told.len(),
        say.both("个故事如约", "stories kept their promise"),
        ms / 1000,
        ms % 1000 / 100,
        say.both("网络时间", "of the network's clock")
    ));
}

/// One line of the timeline: where, and what in both languages. Links' own echoes are left out.
pub fn event(seen: &Seen) -> Option<(&'static str, Text)> {
    match seen {
        Seen::Crossed(crossing) => crossed(crossing),
        Seen::Screen(show) => {
            let join = |pick: fn(&Text) -> &str| {
                show.lines.iter().map(pick).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" │ ")
            };
            Some(("[screen]", Text::new(join(|line| &line.zh), join(|line| &line.en))))
        }
        Seen::Paper(copy, fate, text) => {
            let (zh, en) = match copy {
                slipway_terms::Copy::Merchant => ("商户存根", "merchant copy"),
                slipway_terms::Copy::Cardholder => ("持卡人存根", "cardholder copy"),
            };
            let (fate_zh, fate_en) = fate_said(*fate);
            Some(("[printer]", Text::new(format!("{zh}：{fate_zh}\n{text}"), format!("{en}: {fate_en}\n{text}"))))
        }
        Seen::Noticed(notice) => {
            let text = notice.text();
            Some(("[phone]", text))
        }
        Seen::Line(..) => None,
        Seen::Told(zh, en) => Some(("——", Text::new(zh.clone(), en.clone()))),
    }
}

/// The address of a slip's page, where a screen shows one: there is no paper then, and the address takes its place.
pub fn page(seen: &Seen, before: &str) -> Option<String> {
    let Seen::Screen(show) = seen else { return None };
    show.page.map(|code| format!("{before}{code}"))
}

/// Where something was seen, as the reader's language calls it, filled up to the width of a hop.
pub fn place(at: &str, say: &Say) -> String {
    let said = match at {
        "[screen]" => say.both("[屏幕]", "[screen]"),
        "[printer]" => say.both("[打印机]", "[printer]"),
        "[phone]" => say.both("[手机]", "[phone]"),
        other => other,
    };
    padded(said, 11)
}

/// What became of a copy, in words.
const fn fate_said(fate: PaperFate) -> (&'static str, &'static str) {
    match fate {
        PaperFate::Rendered => ("已生成，尚未打印", "made, not printed yet"),
        PaperFate::Sent => ("已送打印机", "sent to the printer"),
        PaperFate::Printed => ("已打印", "printed"),
        PaperFate::Half => ("只打印了一部分", "printed in part only"),
        PaperFate::Unknown => ("打印机没有答复，不知是否打印", "the printer cannot tell whether it printed"),
        PaperFate::Missing => ("没有打印", "not printed"),
    }
}

fn crossed(crossing: &Crossing) -> Option<(&'static str, Text)> {
    let hop = HOPS.get(usize::from(crossing.hop).checked_sub(1)?)?;
    let (mut zh, mut en) = (String::from("无法解读的帧"), String::from("a frame that does not decode"));
    if let Some(message) = &crossing.message {
        if matches!(message.mti.0, 820 | 830) {
            return None;
        }
        let step = Step::of(message).map(Step::words);
        let (name_zh, name_en) = match &step {
            Some(step) => (step.zh.as_str(), step.en.as_str()),
            None => name(message.mti, message.kind()),
        };
        let amount =
            message.amount.filter(|_| message.mti.0 / 100 != 8).map(|amount| format!(" {amount}")).unwrap_or_default();
        let stan = message.stan.map(|stan| format!(" #{stan}")).unwrap_or_default();
        let code = message.code.map(|code| format!(" [{code}]")).unwrap_or_default();
        zh = format!("{} {name_zh}{amount}{stan}{code}", message.mti);
        en = format!("{} {name_en}{amount}{stan}{code}", message.mti);
    }
    if let Some(fault) = crossing.fault {
        let (mark_zh, mark_en) = match fault {
            Fault::Lose => ("✂ 丢失", "✂ LOST"),
            Fault::Double => ("×2 重复", "×2 DOUBLED"),
            Fault::Hold => ("⏸ 滞留", "⏸ HELD BACK"),
            Fault::SpoilMac => ("≠ MAC被改", "≠ MAC SPOILT"),
            Fault::Delay(_) => ("⏱ 延迟", "⏱ DELAYED"),
            Fault::Reorder => ("⇄ 被超越", "⇄ OVERTAKEN"),
        };
        zh = format!("{zh}  {mark_zh}");
        en = format!("{en}  {mark_en}");
    }
    Some((hop, Text::new(zh, en)))
}

/// What a message is called.
pub fn name(mti: Mti, kind: Option<Kind>) -> (&'static str, &'static str) {
    match mti.0 {
        400 => ("冲正", "reversal"),
        410 => ("冲正应答", "reversal answer"),
        420 => ("冲正通知", "reversal advice"),
        430 => ("冲正通知应答", "reversal advice answer"),
        620 => ("签购单确认", "slip confirmation"),
        630 => ("签购单确认应答", "slip confirmation answer"),
        800 => ("签到", "sign-on"),
        810 => ("签到应答", "sign-on answer"),
        _ => kind.map_or(("报文", "message"), |kind| (kind.shape().zh, kind.shape().en)),
    }
}

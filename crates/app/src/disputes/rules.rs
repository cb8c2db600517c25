//! The dispute rules of a network: the built-in ones, or the file `disputes.toml` in its folder. A file that cannot be read is a
//! fault and no reason to fall back: somebody wrote it because the built-in figures are not his.

use crate::say::{End, Say};
use serde_json::{Value, json};
use slipway_hosts::dispute::Disputes;
use slipway_hosts::working::WorkingDays;
use slipway_recon::{DISPUTES_CN, dispute_rules};
use slipway_terms::{CardType, DisputeRules, Limit, Reason, Since};
use std::path::Path;

/// The file that stands instead of the built-in rules.
const FILE: &str = "disputes.toml";

/// The newest version of the rules of a folder, its own or the one above it: a house's folder lies in its network's.
pub fn rules_of(dir: &Path) -> Result<DisputeRules, End> {
    let places = [dir.join(FILE), dir.join("..").join(FILE)];
    let text = match places.iter().find(|path| path.is_file()) {
        Some(path) => std::fs::read_to_string(path)?,
        None => DISPUTES_CN.to_owned(),
    };
    let fault = |fault: slipway_recon::DisputeFault| End::environment(fault.to_string(), fault.to_string());
    Ok(dispute_rules(&text).map_err(fault)?.pop().unwrap_or_default())
}

/// What a house of this folder has to know.
pub fn disputes(dir: &Path, working: WorkingDays) -> Result<Disputes, End> {
    Ok(Disputes { rules: rules_of(dir)?, working })
}

const fn card(card: CardType) -> &'static str {
    match card {
        CardType::Debit => "debit",
        CardType::Credit => "credit",
    }
}

fn reason(reason: &Reason) -> Value {
    json!({
        "code": reason.code.as_str(), "step": reason.step.word(), "zh": reason.zh, "en": reason.en,
        "source": reason.source.en, "source_zh": reason.source.zh, "confidence": reason.confidence.to_string(),
    })
}

fn limit(limit: &Limit) -> Value {
    json!({
        "step": limit.step.word(), "card": card(limit.card), "days": limit.days, "working": limit.working,
        "since": match limit.since { Since::Exchange => "exchange", Since::Step => "step" },
        "source": limit.source.en, "source_zh": limit.source.zh, "confidence": limit.confidence.to_string(),
    })
}

/// Shows them.
pub(super) fn show(dir: Option<&Path>, say: &Say) -> Result<(), End> {
    let rules = match dir {
        Some(dir) => rules_of(dir)?,
        None => rules_of(Path::new("."))?,
    };
    if say.json {
        say.document(&json!({
            "version": rules.version.as_str(), "merchant_working_days": rules.merchant_days,
            "reasons": rules.reasons.iter().map(reason).collect::<Vec<_>>(),
            "limits": rules.limits.iter().map(limit).collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    say.line(say.strong(rules.version.as_str()));
    for reason in &rules.reasons {
        let words = reason.step.words();
        say.line(format!(
            "  {}  {}  {}  [{}: {}]",
            reason.code,
            say.both(&words.zh, &words.en),
            say.both(&reason.zh, &reason.en),
            reason.confidence,
            reason.source.get(say.lang)
        ));
    }
    for limit in &rules.limits {
        let words = limit.step.words();
        let days = match (limit.days, limit.working) {
            (None, _) => say.both("不适用", "never").to_owned(),
            (Some(days), true) => format!("{days} {}", say.both("个工作日", "working days")),
            (Some(days), false) => format!("{days} {}", say.both("日", "days")),
        };
        say.line(format!(
            "  {}  {}  {days}  [{}: {}]",
            say.both(&words.zh, &words.en),
            say.both(if limit.card == CardType::Debit { "借记卡" } else { "贷记卡" }, card(limit.card)),
            limit.confidence,
            limit.source.get(say.lang)
        ));
    }
    Ok(())
}

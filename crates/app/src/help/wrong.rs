//! A command line that is none, said in 简体中文: what clap found, by its kind and what it names.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;

/// The words; none for what is no mistake (help, version), and for a kind that has no text here.
pub fn chinese(error: &Error) -> Option<String> {
    let named = |kind| error.get(kind).map(several).unwrap_or_default();
    let (arg, value) = (named(ContextKind::InvalidArg), named(ContextKind::InvalidValue));
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("不认识的参数 {arg}"),
        ErrorKind::InvalidSubcommand => format!("没有这个命令：{}", named(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("缺少参数：{arg}"),
        ErrorKind::ArgumentConflict => {
            format!("{arg} 不能与 {} 一起使用", named(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} 需要一个值"),
        ErrorKind::InvalidValue => format!("{arg} 不接受“{value}”"),
        ErrorKind::ValueValidation => {
            let why = error.source().map(|why| format!("：{why}")).unwrap_or_default();
            format!("{arg} 不接受“{value}”{why}")
        }
        ErrorKind::NoEquals => format!("{arg} 和它的值之间要有等号"),
        ErrorKind::TooManyValues => format!("{arg} 多了一个值“{value}”"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("{arg} 的值的个数不对"),
        ErrorKind::InvalidUtf8 => "参数不是 UTF-8 文字".to_owned(),
        _ => return None,
    };
    let mut lines = vec![format!("错误：{what}")];
    let mut hint = |lead: &str, kind| match named(kind) {
        found if found.is_empty() => {}
        found => lines.push(format!("  {lead}：{found}")),
    };
    hint("可选", ContextKind::ValidValue);
    hint("可用的命令", ContextKind::ValidSubcommand);
    hint("是不是", ContextKind::SuggestedArg);
    hint("是不是", ContextKind::SuggestedSubcommand);
    hint("是不是", ContextKind::SuggestedValue);
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        lines.push(format!("\n用法：{}", usage.strip_prefix("Usage: ").unwrap_or(&usage)));
    }
    lines.push("\n更多说明：加 --help".to_owned());
    Some(lines.join("\n"))
}

fn several(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(all) => all.join("、"),
        ContextValue::StyledStrs(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn each_mistake_is_told_in_chinese() {
        let check = |words: &str, want: &str| {
            let tried = crate::help::localised(crate::Cli::command()).try_get_matches_from(words.split(' '));
            let said = chinese(&tried.unwrap_err()).unwrap();
            assert!(said.contains(want), "{words}: {said}");
            assert!(said.contains("更多说明"), "{said}");
            for english in ["error:", "Usage", "unexpected", "required", "OPTIONS"] {
                assert!(!said.contains(english), "{words}: {english} in {said}");
            }
        };
        check("slipway demo --dirr x", "不认识的参数 --dirr");
        check("slipway tarce", "没有这个命令：tarce");
        check("slipway sim --seeds x", "--seeds <SEEDS> 不接受“x”");
        check("slipway sim --seeds", "--seeds <SEEDS> 需要一个值");
        check("slipway run", "缺少参数：<PARTY>");
    }

    #[test]
    fn help_is_no_mistake() {
        let help = crate::Cli::command().try_get_matches_from(["slipway", "--help"]).unwrap_err();
        assert_eq!(chinese(&help), None);
    }
}

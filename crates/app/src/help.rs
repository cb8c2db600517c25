//! `--help` in 简体中文: the command tree that clap built, its texts exchanged by one table. A test holds the table against the
//! tree: a text that is new or changed is missing until it is translated.

pub mod wrong;
mod zh;

use clap::{Arg, Command};

/// The tree with Chinese texts and headings.
pub fn localised(mut command: Command) -> Command {
    // Built first: `-h`, `-V` and `help` are there only then.
    command.build();
    chinese(command)
}

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

fn chinese(mut command: Command) -> Command {
    if let Some(about) = command.get_about().map(ToString::to_string) {
        command = command.about(zh(&about));
    }
    if let Some(about) = command.get_long_about().map(ToString::to_string) {
        command = command.long_about(zh(&about));
    }
    if let Some(after) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(zh(&after));
    }
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).replace("[OPTIONS]", "[选项]");
    command
        .override_usage(usage.replace("<COMMAND>", "<命令>").replace("[COMMAND]", "[命令]"))
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .mut_args(argument)
        .mut_subcommands(chinese)
}

fn argument(arg: Arg) -> Arg {
    let positional = arg.is_positional();
    let heading = if positional { "参数" } else { "选项" };
    let mut help = arg.get_help().map(ToString::to_string).map(|help| zh(&help)).unwrap_or_default();
    let values: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let flag = !arg.get_num_args().is_some_and(|many| many.takes_values());
    if !values.is_empty() && !flag && !arg.is_hide_default_value_set() {
        help.push_str(&format!("［默认：{}］", values.join(" ")));
    }
    let possible: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    if !possible.is_empty() && !flag {
        help.push_str(&format!("［可选：{}］", possible.join("、")));
    }
    let arg = if arg.get_long_help().is_some() { arg.long_help(help.clone()) } else { arg };
    arg.help(help).help_heading(heading).hide_default_value(true).hide_possible_values(true)
}

/// The Chinese of an English text; a text that nobody has translated stays, which the test does not allow. Examples are
/// commands and stay as they are, the remarks beside and below them do not.
fn zh(text: &str) -> String {
    if let Some(block) = text.strip_prefix("Examples:\n") {
        let (lines, notes) = block.split_once("\n\n").unwrap_or((block, ""));
        let lines: Vec<String> = lines.lines().map(example).collect();
        let notes = if notes.is_empty() { String::new() } else { format!("\n\n{}", plain(notes)) };
        return format!("示例：\n{}{notes}", lines.join("\n"));
    }
    match text.split_once("Example: ") {
        Some(("", example)) => format!("示例：{example}"),
        Some((what, example)) => format!("{}示例：{example}", plain(what.trim_end())),
        None => plain(text),
    }
}

/// One line of examples: the command, and behind three blanks what it does.
fn example(line: &str) -> String {
    match line.trim_start().split_once("   ") {
        Some((command, remark)) => {
            let lead = line.len() - remark.trim_start().len();
            format!("{:lead$}{}", format!("  {command}"), plain(remark.trim()))
        }
        None => line.to_owned(),
    }
}

fn plain(text: &str) -> String {
    let found = zh::TEXTS.iter().find(|(en, _)| *en == text);
    found.map_or_else(|| text.to_owned(), |(_, zh)| (*zh).to_owned())
}

/// Every text of the tree that a person reads.
#[cfg(test)]
fn texts(command: &Command, out: &mut std::collections::BTreeSet<String>) {
    let own = [command.get_about(), command.get_long_about(), command.get_after_help()];
    out.extend(own.into_iter().flatten().map(ToString::to_string));
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        out.extend(arg.get_help().map(ToString::to_string));
    }
    command.get_subcommands().for_each(|below| texts(below, out));
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    fn all() -> BTreeSet<String> {
        let mut command = crate::Cli::command();
        command.build();
        let mut all = BTreeSet::new();
        texts(&command, &mut all);
        all
    }

    fn chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
    }

    #[test]
    fn every_text_is_translated() {
        let missing: Vec<String> = all().into_iter().filter(|text| !text.is_empty() && zh(text) == *text).collect();
        assert!(missing.is_empty(), "no Chinese for: {missing:#?}");
        for (en, zh) in zh::TEXTS {
            assert!(chinese(zh) && !zh.ends_with(' '), "{en}: {zh}");
        }
    }

    /// A text that no command has any more would be kept for nothing.
    #[test]
    fn nothing_is_kept_that_no_command_says() {
        let all: Vec<String> = all().into_iter().collect();
        for (en, _) in zh::TEXTS {
            assert!(all.iter().any(|text| text.contains(en)), "no command says: {en}");
        }
    }

    /// No English line is left on a page but commands, options and names.
    #[test]
    fn a_page_is_chinese() {
        let mut command = localised(crate::Cli::command());
        let mut pages = Vec::new();
        fn each(command: &mut Command, pages: &mut Vec<String>) {
            pages.push(command.render_help().to_string());
            command.get_subcommands_mut().for_each(|below| each(below, pages));
        }
        each(&mut command, &mut pages);
        assert!(pages.len() > 25);
        for page in pages {
            for english in [
                "Usage:",
                "Options:",
                "Commands:",
                "Arguments:",
                "[default",
                "[possible",
                "Print help",
                "Example",
                "COMMAND",
                "OPTIONS",
            ] {
                assert!(!page.contains(english), "{english} in {page}");
            }
            assert!(page.contains("用法：") && (page.contains("选项") || page.contains("help")), "{page}");
        }
    }
}

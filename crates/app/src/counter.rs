//! What people at a counter ask of a network's folder, running or not: `trace` and `reprint`.

use crate::desk::{self, Folder, Running, found_json, network_folder};
use crate::inquiry::Log;
use crate::network::clock_mark::now_in;
use crate::say::{End, Say};
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `trace`.
#[derive(clap::Args)]
pub struct TraceArgs {
    /// A reference number (12 characters), or a merchant number and a terminal number.
    #[arg(num_args = 0..=2)]
    keys: Vec<String>,
    /// What was paid, in yuan: with --date and --last4 instead of numbers.
    #[arg(long, requires_all = ["date", "last4"], conflicts_with = "keys")]
    amount: Option<String>,
    /// The day at the till, 2026-11-24.
    #[arg(long, requires = "amount")]
    date: Option<String>,
    /// The last four digits of the card.
    #[arg(long, requires = "amount")]
    last4: Option<String>,
    /// The card as a slip shows it, 999001******0014. A whole number is asked for at a prompt, never taken here.
    #[arg(long)]
    card: Option<String>,
    /// The network's folder.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

/// Where is the money?
pub fn trace(args: &TraceArgs, say: &Say) -> Result<(), End> {
    let bare =
        |text: &String| (13..=19).contains(&text.len()) && text.len() != 15 && text.bytes().all(|b| b.is_ascii_digit());
    if args.keys.iter().chain(&args.card).any(bare) {
        return Err(End::usage(
            "完整卡号不能写在命令行里；请用前六后四，或在提示处输入",
            "a whole card number does not belong on a command line; use first six and last four, or type it at the prompt",
        ));
    }
    let body = match args.keys.as_slice() {
        [] if args.amount.is_some() => json!({"amount": args.amount, "date": args.date, "last4": args.last4}),
        [rrn] => json!({"rrn": reference(rrn)?}),
        [merchant, terminal] => {
            let mut body = json!({"merchant": merchant, "terminal": terminal});
            match &args.card {
                Some(tail) => body["tail"] = json!(tail),
                None => body["card"] = json!(typed_card(say)?),
            }
            body
        }
        _ => {
            return Err(End::usage(
                "请给出参考号；或商户号和终端号；或 --amount、--date 和 --last4",
                "give a reference number; or merchant and terminal; or --amount, --date and --last4",
            ));
        }
    };
    let running = Running::of(&args.dir);
    let value = if let Some(running) = &running {
        let mut body = body;
        body["asker"] = json!(asker());
        running.post("/api/v1/trace", &body)?
    } else {
        let found = desk::look(&Folder::open(&args.dir)?.with_acquirer()?, &body)?;
        Log::of(&args.dir)?.write(now_in(&args.dir), &asker(), &body, &found)?;
        let mut value = found_json(&found);
        value["running"] = json!(false);
        value
    };
    let found = value["verdict"] != "not_found";
    // Nothing was found, and who might know could not be asked: that is no answer, and not the asker's mistake.
    let unheard = value["unheard"] == true;
    if say.json {
        say.document(&value);
    } else if found && !unheard {
        crate::trace::lines(&value, say).into_iter().for_each(|line| say.line(line));
        if running.is_none() {
            say.line(say.painted(
                "33",
                say.both(
                    "网络没有运行：以上是停止时的记录；冲正、通知和期限要等 slipway up 重新启动后才继续",
                    "The network is not running: this is what was on record when it stopped; reversals, notices and clocks go on once slipway up runs again",
                ),
            ));
        }
    }
    if unheard {
        let said = |language: &str| value["sentence"][language].as_str().unwrap_or_default().to_owned();
        return Err(End::environment(said("zh"), said("en")));
    }
    if found {
        return Ok(());
    }
    Err(End::broken(
        "没有这笔交易的记录：请核对参考号、商户号、终端号和卡号；查不到不等于未扣款",
        "no record of such a payment: check the reference, merchant, terminal and card; not found does not mean that nothing was taken",
    ))
}

/// Who asks, for the log: the account on this machine.
pub fn asker() -> String {
    use std::os::unix::fs::MetadataExt;
    let number = || std::fs::metadata("/proc/self").map_or_else(|_| "?".to_owned(), |me| format!("uid {}", me.uid()));
    std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| number())
}

/// A reference number as typed: twelve characters, or what is wrong with it.
fn reference(text: &str) -> Result<&str, End> {
    let count = text.chars().count();
    if count == 12 && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(text);
    }
    Err(End::usage(
        format!("参考号是签购单上的12位数字或字母，给出的“{text}”有 {count} 位；也可给出商户号和终端号（15位、8位）"),
        format!(
            "a reference number is the 12 characters on the slip; {text:?} has {count}; a merchant number (15) and a terminal number (8) do as well"
        ),
    ))
}

/// Reads a card number from standard input, so that it is in no argument and no history.
fn typed_card(say: &Say) -> Result<String, End> {
    say.progress(say.both("卡号：", "card number:"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Arguments of `reprint`.
#[derive(clap::Args)]
pub struct ReprintArgs {
    /// The terminal.
    terminal: String,
    /// The voucher number (凭证号); the last slip if it is not given.
    #[arg(long)]
    voucher: Option<u32>,
    /// The network's folder.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

/// Prints a slip again at its terminal.
pub fn reprint(args: &ReprintArgs, say: &Say) -> Result<(), End> {
    if args.voucher.is_some_and(|voucher| !(1..=999_999).contains(&voucher)) {
        return Err(End::usage("凭证号在 1 到 999999 之间", "a voucher number is 1 to 999999"));
    }
    if slipway_terms::TerminalId::new(&args.terminal).is_err() {
        let given = &args.terminal;
        return Err(End::usage(
            format!("终端号须为8位，如 10000001；给出的是“{given}”"),
            format!("a terminal number has 8 characters, as 10000001; {given:?} was given"),
        ));
    }
    network_folder(&args.dir)?;
    let running = Running::of(&args.dir).ok_or_else(|| {
        if args.dir.join("terminals.toml").exists() {
            return End::environment(
                "该网络的各方是独立进程：请在终端上按打印键重打，或向 slipway run terminals 的端口请求",
                "the parties of this network are processes of their own: print at the terminal itself with its print key, or ask the port of slipway run terminals",
            );
        }
        End::environment(
            "网络没有运行：先执行 slipway up，再重打印",
            "the network is not running: start slipway up, then reprint",
        )
    })?;
    let done =
        running.post(&format!("/api/v1/terminals/{}/reprint", args.terminal), &json!({"voucher": args.voucher}))?;
    if say.json {
        say.document(&done);
    } else {
        say.line(say.both("终端正在重打，签购单标有“重打印”", "the terminal prints it again, marked as a duplicate"));
    }
    Ok(())
}

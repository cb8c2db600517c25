//! Script lines to acts. Everything that is wrong is told at once, with its line, before anything starts.

use super::words::{Tail, about, amount, bad, kind_of, number, pay_again, rest_of, stan, tail, wrong};
use crate::say::End;
use crate::window::place::PaperState;
use slipway_node::KeyPress;
use slipway_slip::printer::Fault;
use slipway_slip::{NoSignature, signature_drawn, signature_of};
use slipway_terms::{Amount, Kind, MonthDay, OperatorNo, PayAgain, Pin, Rrn, Stan, Text};
use std::path::Path;

/// Which earlier exchange a line is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// The newest one that this kind can be about.
    Last,
    /// By voucher number.
    Voucher(Stan),
    /// The newest one, named by its reference number.
    LastReference,
    /// By reference number and date.
    Reference(Rrn, MonthDay),
}

/// One act.
#[derive(Clone, Debug)]
pub enum Step {
    /// An operator signs in.
    SignIn(OperatorNo, Pin),
    /// A transaction begins; with a tail it is played to its end.
    Begin(Kind, Option<Amount>, Option<About>, Tail),
    /// Card so-and-so is drawn.
    Swipe(usize),
    /// Its number is keyed.
    KeyCard(usize),
    /// Its chip is inserted, or held to the reader.
    Chip(usize, bool),
    /// A misread.
    Misread(slipway_node::CardRead),
    /// The PIN pad is left.
    Pin(Option<Pin>),
    /// Keys of the pad.
    Keys(Vec<KeyPress>),
    /// Somebody's word.
    Allow(OperatorNo, Pin),
    /// Why a second payment is let go.
    PayAgain(PayAgain),
    /// The slip is not signed.
    NotSigned,
    /// The slip is signed on the pad: the picture.
    Sign(Vec<u8>),
    /// 结算.
    Settle,
    /// 签退.
    SignOff,
    /// Parameters and card list.
    Download,
    /// 查证.
    Ask(Option<Stan>),
    /// 重打印.
    Reprint(Option<Stan>),
    /// The printer.
    Printer(PaperState),
    /// The next messages of this type are lost on the terminal's line.
    Lose {
        /// The acquirer's answers, or the terminal's own messages.
        answers: bool,
        /// Message type, or [`crate::proxy::MONEY`].
        mti: u16,
        /// How many.
        times: u32,
    },
    /// Nothing is lost any more.
    LineGood,
    /// Waits until the screen shows this.
    WaitScreen(String),
    /// This was shown or printed since the last act, or was not.
    Expect(String, bool),
    /// Waits until nothing is pending anywhere.
    Quiet,
    /// The script may end while the terminal still asks something.
    LeaveOpen,
    /// A remark that is told with the rest.
    Note,
}

/// A script.
pub struct Script {
    /// Its file.
    pub name: String,
    /// Line number, what stands there, what it means.
    pub lines: Vec<(usize, String, Step)>,
}

/// The pad that a script draws on. Unit: dots.
const PAD: (u64, u64) = (160, 64);
/// The most lines of a script.
const LINES_MAX: usize = 10_000;

/// Reads a file.
///
/// # Errors
/// 2 no such file, 3 a file that cannot be read, 2 lines that are no acts, all of them.
pub fn read(path: &Path) -> Result<Script, End> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let text =
            Text::new(format!("无法读取脚本 {name}：{error}"), format!("cannot read the script {name}: {error}"));
        // Named and not there is wrong use; there and not readable is the machine's matter.
        End { code: if error.kind() == std::io::ErrorKind::NotFound { 2 } else { 3 }, text }
    })?;
    script(name, &text, path.parent().unwrap_or(Path::new("")))
}

fn script(name: String, text: &str, home: &Path) -> Result<Script, End> {
    let (mut lines, mut faults) = (Vec::new(), (String::new(), String::new()));
    for (at, line) in text.lines().enumerate().take(LINES_MAX) {
        let plain = without_comment(line).trim();
        if plain.is_empty() {
            continue;
        }
        match step(plain, home) {
            Ok(step) => lines.push((at + 1, plain.to_owned(), step)),
            Err(what) => {
                faults.0 += &format!("\n{name}:{}: {plain}：{}", at + 1, what.zh);
                faults.1 += &format!("\n{name}:{}: {plain}: {}", at + 1, what.en);
            }
        }
    }
    if faults.0.is_empty() {
        return Ok(Script { name, lines });
    }
    Err(End::usage(format!("脚本有误：{}", faults.0), format!("the script is not right:{}", faults.1)))
}

/// A `#` at the beginning or after a blank begins a comment.
fn without_comment(line: &str) -> &str {
    let starts = |at: usize| at == 0 || line[..at].ends_with([' ', '\t']);
    line.match_indices('#').find(|(at, _)| starts(*at)).map_or(line, |(at, _)| &line[..at])
}

fn step(line: &str, home: &Path) -> Result<Step, Text> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (verb, args) = words.split_first().ok_or_else(|| wrong("空行", "an empty line"))?;
    if let Some(kind) = kind_of(verb) {
        return begin(kind, args);
    }
    let none = |step| {
        if args.is_empty() {
            Ok(step)
        } else {
            Err(wrong(format!("`{verb}` 之后不跟内容"), format!("nothing follows `{verb}`")))
        }
    };
    let text = || {
        rest_of(line, verb).ok_or_else(|| wrong(format!("`{verb}` 之后须有文字"), format!("a text follows `{verb}`")))
    };
    match *verb {
        "sign-in" => who(args).map(|(no, password)| Step::SignIn(no, password)),
        "allow" => who(args).map(|(no, password)| Step::Allow(no, password)),
        "swipe" => match args {
            ["unreadable"] => Ok(Step::Misread(slipway_node::CardRead::Unreadable)),
            ["wrong-way"] => Ok(Step::Misread(slipway_node::CardRead::WrongWay)),
            ["too-short"] => Ok(Step::Misread(slipway_node::CardRead::TooShort)),
            _ => number(args).map(Step::Swipe),
        },
        "key-card" => number(args).map(Step::KeyCard),
        "insert" | "tap" => number(args).map(|no| Step::Chip(no, *verb == "tap")),
        "pin" => match args {
            ["none"] => Ok(Step::Pin(None)),
            [digits] => Pin::new(digits).map(|pin| Step::Pin(Some(pin))).map_err(bad),
            _ => Err(wrong("应为 `pin 数字` 或 `pin none`", "`pin DIGITS` or `pin none`")),
        },
        "key" | "keys" => keys(args).map(Step::Keys),
        "pay-again" => reason(args).map(Step::PayAgain),
        "not-signed" => none(Step::NotSigned),
        "sign" => signature(args, home).map(Step::Sign),
        "settle" => none(Step::Settle),
        "sign-off" => none(Step::SignOff),
        "download" => none(Step::Download),
        "ask" => last_or_stan(args).map(Step::Ask),
        "reprint" => last_or_stan(args).map(Step::Reprint),
        "paper-out" => none(Step::Printer(PaperState::Faulty(Fault::PaperOut { after: 0 }))),
        "paper-in" => none(Step::Printer(PaperState::Good)),
        "printer" => printer(args).map(Step::Printer),
        "lose-answer" => lose(true, args),
        "lose-request" => lose(false, args),
        "line-good" => none(Step::LineGood),
        "wait-screen" => text().map(Step::WaitScreen),
        "expect" => text().map(|text| Step::Expect(text, true)),
        "expect-not" => text().map(|text| Step::Expect(text, false)),
        "quiet" => none(Step::Quiet),
        "leave-open" => none(Step::LeaveOpen),
        "note" => text().map(|_| Step::Note),
        other => Err(wrong(format!("没有 `{other}` 这个动作"), format!("`{other}` is no act"))),
    }
}

fn begin(kind: Kind, args: &[&str]) -> Result<Step, Text> {
    let (about, args) = if kind.shape().names_original { about(args)? } else { (None, args) };
    let needs_amount = !matches!(kind, Kind::Balance | Kind::SaleVoid | Kind::PreAuthVoid | Kind::CompletionVoid);
    let (sum, args) = match args.split_first() {
        Some((first, rest)) if needs_amount => (Some(amount(first)?), rest),
        None if needs_amount => return Err(wrong("缺少金额", "an amount is missing")),
        _ => (None, args),
    };
    Ok(Step::Begin(kind, sum, about, tail(args)?))
}

fn who(args: &[&str]) -> Result<(OperatorNo, Pin), Text> {
    let [no, password] = args else {
        return Err(wrong("须有操作员号和密码", "operator and password are wanted"));
    };
    let no = no.parse().map_err(|_| wrong(format!("`{no}` 不是操作员号"), format!("`{no}` is no operator number")))?;
    Ok((OperatorNo(no), Pin::new(password).map_err(bad)?))
}

fn reason(args: &[&str]) -> Result<PayAgain, Text> {
    let [word] = args else { return Err(wrong("应为一个理由", "one reason is wanted")) };
    pay_again(word)
}

fn last_or_stan(args: &[&str]) -> Result<Option<Stan>, Text> {
    match args {
        [] | ["last"] => Ok(None),
        [no] => stan(no).map(Some),
        _ => Err(wrong("应为 `last` 或凭证号", "`last` or a voucher number")),
    }
}

fn keys(args: &[&str]) -> Result<Vec<KeyPress>, Text> {
    let mut keys = Vec::new();
    for word in args {
        match *word {
            "enter" => keys.push(KeyPress::Enter),
            "cancel" => keys.push(KeyPress::Cancel),
            "clear" => keys.push(KeyPress::Clear),
            "print" => keys.push(KeyPress::Print),
            "menu" => keys.push(KeyPress::Menu),
            "00" => keys.push(KeyPress::DoubleZero),
            digits => {
                for c in digits.chars() {
                    let digit = c.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
                    keys.push(KeyPress::Digit(
                        digit.ok_or_else(|| wrong(format!("没有 `{word}` 这个键"), format!("`{word}` is no key")))?,
                    ));
                }
            }
        }
    }
    if keys.is_empty() { Err(wrong("哪个键？", "which key?")) } else { Ok(keys) }
}

/// `sign FILE.png` beside the script, or what is drawn: `sign 10,40 60,10 90,50 / 120,30`, where `/` lifts the pen.
fn signature(args: &[&str], home: &Path) -> Result<Vec<u8>, Text> {
    let none = |why: NoSignature| wrong(why.words().0, why.words().1);
    if let [file] = args
        && !file.contains(',')
    {
        let path = home.join(file);
        let bytes = std::fs::read(&path).map_err(|error| {
            let path = path.display();
            wrong(format!("无法读取签名图 {path}：{error}"), format!("cannot read the signature {path}: {error}"))
        })?;
        return signature_of(&bytes).map_err(none);
    }
    let point = |word: &str| {
        let (x, y) = word.split_once(',')?;
        Some((x.parse().ok()?, y.parse().ok()?))
    };
    let mut strokes: Vec<Vec<(u16, u16)>> = vec![Vec::new()];
    for word in args {
        match (*word, strokes.last_mut()) {
            ("/", _) => strokes.push(Vec::new()),
            (word, Some(stroke)) => stroke
                .push(point(word).ok_or_else(|| wrong(format!("`{word}` 不是 x,y"), format!("`{word}` is no x,y")))?),
            _ => {}
        }
    }
    signature_drawn(PAD.0, PAD.1, &strokes).map_err(none)
}

fn printer(args: &[&str]) -> Result<PaperState, Text> {
    let states = "ok out half jam cover hot dead blank lies";
    let [state] = args else { return Err(wrong(format!("应为其一：{states}"), format!("one of: {states}"))) };
    Ok(match *state {
        "ok" => PaperState::Good,
        "out" => PaperState::Faulty(Fault::PaperOut { after: 0 }),
        "half" => PaperState::Faulty(Fault::PaperOut { after: 6 }),
        "jam" => PaperState::Faulty(Fault::Jam { after: 0 }),
        "cover" => PaperState::Faulty(Fault::CoverOpen { after: 0 }),
        "hot" => PaperState::Faulty(Fault::Overheated { after: 0 }),
        "dead" => PaperState::Faulty(Fault::DeadHead),
        "lies" => PaperState::Faulty(Fault::LiesReady),
        "blank" => PaperState::Blank,
        other => return Err(wrong(format!("打印机没有 `{other}` 状态"), format!("the printer cannot be `{other}`"))),
    })
}

fn lose(answers: bool, args: &[&str]) -> Result<Step, Text> {
    let (which, times) = match args {
        [which] => (which, 1),
        [which, times] => {
            (which, times.parse().map_err(|_| wrong(format!("`{times}` 不是次数"), format!("`{times}` is no count")))?)
        }
        _ => return Err(wrong("应为 `next` 或报文类型，及次数", "`next` or a message type, and how often")),
    };
    let mti = match *which {
        "next" => crate::proxy::MONEY,
        mti if mti.len() == 4 => {
            mti.parse().map_err(|_| wrong(format!("`{mti}` 不是报文类型"), format!("`{mti}` is no message type")))?
        }
        other => return Err(wrong(format!("`{other}` 不是报文类型"), format!("`{other}` is no message type"))),
    };
    Ok(Step::Lose { answers, mti, times })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_acts() {
        let check =
            |line: &str, want: &str| assert_eq!(format!("{:?}", step(line, Path::new("")).unwrap()), want, "{line}");
        check("settle", "Settle");
        check("keys menu 1 00 enter", "Keys([Menu, Digit(1), DoubleZero, Enter])");
        check("reprint last", "Reprint(None)");
        check("pay-again no-slip", "PayAgain(NoSlip)");
        check("lose-answer next", "Lose { answers: true, mti: 0, times: 1 }");
        check("lose-request 0400 3", "Lose { answers: false, mti: 400, times: 3 }");
        check("expect  two words ", "Expect(\"two words\", true)");
        check("printer half", "Printer(Faulty(PaperOut { after: 6 }))");
    }

    #[test]
    fn a_signature_is_drawn_or_lies_beside_the_script() {
        let home = tempfile::tempdir().unwrap();
        let drawn = signature_drawn(PAD.0, PAD.1, &[vec![(10, 40), (60, 10)], vec![(90, 20)]]).unwrap();
        std::fs::write(home.path().join("name.png"), &drawn).unwrap();
        for line in ["sign name.png", "sign 10,40 60,10 / 90,20"] {
            assert!(matches!(step(line, home.path()), Ok(Step::Sign(png)) if png == drawn), "{line}");
        }
        for (line, want) in [
            ("sign", "nothing is drawn"),
            ("sign 1,x", "no x,y"),
            ("sign none.png", "cannot read"),
            ("sign 999,999", "nothing is drawn"),
        ] {
            let text = step(line, home.path()).unwrap_err();
            assert!(text.en.contains(want), "{line}: {}", text.en);
        }
    }

    #[test]
    fn all_wrong_lines_are_told_with_their_numbers() {
        let text = "settle # the day\n# a comment\nsale\ndance\nswipe 0\nsale 8.888\nvoid\n";
        let Err(end) = script("day".into(), text, Path::new("")) else { panic!("taken") };
        assert_eq!(end.code, 2);
        for want in ["day:3: sale:", "day:4: dance:", "day:5: swipe 0:", "day:6:", "day:7: void:"] {
            assert!(end.text.en.contains(want), "{want}: {}", end.text.en);
        }
    }
}

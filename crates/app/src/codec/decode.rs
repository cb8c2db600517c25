//! `decode`: one message in hexadecimal, as a table or as JSON. Dialect and framing are found unless they are named.

use super::spec::Table;
use super::{check, given, json};
use crate::say::{End, Say};
use slipway_iso8583::profile::Breach;
use slipway_iso8583::{
    DIALECTS, Dialect, Family, Fault, Name, Path, Reveal, Rule, Shown, Wrapped, from_hex, looks_like, show_bytes,
    show_wired,
};

/// The published messages: `--reveal-secrets` may show them whole, because everybody can read them there.
const VECTORS: &str = include_str!("../../../../vectors/unionpay-messages.json");
/// Messages of made-up cards that other implementations packed, as published with the codec's tests.
const MADE_UP: [&str; 2] = [
    include_str!("../../../iso8583/tests/vectors/iso8583-cross.json"),
    include_str!("../../../iso8583/tests/vectors/iso8583-jpos.json"),
];

/// Arguments of `decode`.
#[derive(clap::Args)]
#[command(
    about = "One message to its fields, masked 报文解析（默认屏蔽敏感数据）",
    after_help = "\
Examples:
  slipway decode 0079600000013861310031110808100038…
  xxd -p message.bin | slipway decode --dialect unionpay-cups -
  slipway decode --spec my-host.toml --json 30383030…
  slipway decode --framing bare --reveal --json 02007024…

Blanks, line ends and colons between the digits are skipped. Exit code 1: the bytes are no message of the dialect."
)]
pub struct DecodeArgs {
    #[command(flatten)]
    table: Table,
    /// What stands around the message (default: found).
    #[arg(long, value_enum)]
    pub(super) framing: Option<Around>,
    /// Shows card numbers whole. PIN blocks, keys, chip and track data stay covered.
    #[arg(long)]
    reveal: bool,
    /// Shows everything, for test cards (999001…, 999002…) and published vectors only.
    #[arg(long)]
    reveal_secrets: bool,
    /// Checks which fields the message carries too, by the profile of unionpay-pos or of the --spec file. Exit code 1 if it does not hold.
    #[arg(long)]
    check: bool,
    /// The request in hexadecimal that this message answers; what the answer must repeat is compared.
    #[arg(long, value_name = "HEX", requires = "check")]
    pub(super) request: Option<String>,
    /// The message in hexadecimal; `-` or nothing reads standard input.
    hex: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Around {
    /// A length in front (then TPDU and header, or the 46-byte header).
    Length,
    /// TPDU and header, or the 46-byte header, without a length.
    Header,
    /// The message alone, from the MTI.
    Bare,
}

impl From<Around> for Wrapped {
    fn from(around: Around) -> Self {
        match around {
            Around::Length => Self::Length,
            Around::Header => Self::Header,
            Around::Bare => Self::Bare,
        }
    }
}

/// Bytes to fields.
///
/// # Errors
/// 2 for a wrong use, 1 when the bytes are no message: byte, field and rule are named, content is not.
pub fn decode(args: &DecodeArgs, say: &Say) -> Result<(), End> {
    let table = args.table.find()?;
    let dialect = table.as_ref().map(|found| &*found.dialect);
    let bytes = given::bytes(&given::text(args.hex.as_deref(), "十六进制报文", "a message in hexadecimal")?)?;
    let asked = match (args.reveal, args.reveal_secrets) {
        (_, true) => Reveal::Secrets,
        (true, false) => Reveal::Pan,
        (false, false) => Reveal::Masked,
    };
    let known = asked == Reveal::Secrets && is_vector(&bytes);
    let named = args.framing.map(Wrapped::from);
    let wire = table.as_ref().and_then(|found| found.wire.as_ref());
    let read = match (dialect, wire) {
        (Some(dialect), Some(wire)) => {
            show_wired(dialect, wire, named, &bytes, asked, known).map_err(|fault| (fault, Some(dialect)))
        }
        _ => read(dialect, named, &bytes, asked, known),
    };
    match read {
        Ok(shown) => {
            let breaches = if args.check { Some(check::check(args, table, &shown, &bytes)?) } else { None };
            print(&shown, asked, breaches.as_deref(), say);
            check::end(breaches.as_deref())
        }
        Err((fault, dialect)) => {
            if say.json {
                say.document(&json::fault(&fault));
            }
            Err(told(&fault, dialect, bytes.len()))
        }
    }
}

/// With a dialect: by it. Without: by the one its framing points at, else by each, and the fault that says most is kept.
fn read<'d>(
    dialect: Option<&'d Dialect>,
    named: Option<Wrapped>,
    bytes: &[u8],
    asked: Reveal,
    known: bool,
) -> Result<Shown, (Fault, Option<&'d Dialect>)> {
    let by = |dialect: &'d Dialect| {
        show_bytes(Some(dialect), named, bytes, asked, known).map_err(|fault| (fault, Some(dialect)))
    };
    if let Some(dialect) = dialect {
        return by(dialect);
    }
    let family = looks_like(bytes);
    if let Some(found) = DIALECTS.iter().find(|d| Some(d.family) == family) {
        return by(found);
    }
    let mut told = (Fault::new(Path::Frame, 0, Rule::NoFraming), None);
    // The others cannot be told apart by their first bytes: they are named, not guessed.
    for dialect in DIALECTS.into_iter().filter(|d| d.family != Family::General) {
        match by(dialect) {
            Ok(shown) => return Ok(shown),
            Err(fault) if fault.0.rule != Rule::NoFraming => told = fault,
            Err(_) => {}
        }
    }
    Err(told)
}

fn is_vector(bytes: &[u8]) -> bool {
    let mut list: Vec<serde_json::Value> = serde_json::from_str(VECTORS).unwrap_or_default();
    for text in MADE_UP {
        let file: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        list.extend(file.get("vectors").and_then(|v| v.as_array()).cloned().unwrap_or_default());
    }
    list.iter().filter_map(|v| from_hex(v.get("hex")?.as_str()?)).any(|vector| vector == bytes)
}

fn print(shown: &Shown, asked: Reveal, breaches: Option<&[Breach]>, say: &Say) {
    if asked > shown.reveal {
        say.note(
            "密码、密钥、磁道和芯片数据只对测试卡（999001…、999002…）和公开样例显示；仍已屏蔽",
            "PIN, keys, track and chip data are shown only for test cards (999001…, 999002…) and published vectors; still covered",
        );
    }
    if say.json {
        let mut document = json::document(shown);
        if let (Some(map), Some(breaches)) = (document.as_object_mut(), breaches) {
            map.insert("breaches".to_owned(), json::breaches(breaches));
        }
        return say.document(&document);
    }
    for (at, line) in shown.lines(say.lang).iter().enumerate() {
        say.line(painted(at, line, say));
    }
    for breach in breaches.unwrap_or_default() {
        say.line(say.painted("33", &format!("! {}", say.both(&breach.zh().to_string(), &breach.to_string()))));
    }
}

/// Framing and bitmap dim, MTI strong, column heads underlined, parts dim up to their value, remarks yellow.
fn painted(at: usize, line: &str, say: &Say) -> String {
    match at {
        0 | 2 => say.painted("2", line),
        1 => say.strong(line),
        3 => say.painted("4", line),
        _ if line.starts_with('!') => say.painted("33", line),
        _ => match line.split_once(' ') {
            Some((number, rest)) if !number.is_empty() => format!("{} {rest}", say.strong(number)),
            _ => line.to_owned(),
        },
    }
}

/// A fault as an end of the command: where in the digits, which field by name, what could be meant.
fn told(fault: &Fault, dialect: Option<&Dialect>, bytes: usize) -> End {
    let name = match (fault.path, dialect) {
        (Path::Field(n) | Path::Sub(n, _), Some(dialect)) => dialect.field(n).map(|row| row.name),
        _ => None,
    };
    let Name { zh, en } = name.unwrap_or(Name { zh: "", en: "" });
    let digit = u64::from(fault.offset) * 2 + 1;
    let (by_zh, by_en) = dialect.map_or_else(Default::default, |d| {
        (format!("；按 {} 解析，共 {bytes} 字节", d.name), format!("; read as {}, {bytes} bytes in all", d.name))
    });
    let (hint_zh, hint_en) = hint(fault.rule);
    let named = |name: &str| if name.is_empty() { String::new() } else { format!(" [{name}]") };
    End::broken(
        format!("{}{}（第 {digit} 位十六进制数字起；字节从 0 数）{by_zh}{hint_zh}", fault.zh(), named(zh)),
        format!("{fault}{} (from hex digit {digit}; bytes count from 0){by_en}{hint_en}", named(en)),
    )
}

const fn hint(rule: Rule) -> (&'static str, &'static str) {
    match rule {
        Rule::NoFraming => (
            "。请检查开头是否完整，或用 --dialect 和 --framing 指明",
            ". Check that the beginning is complete, or name --dialect and --framing",
        ),
        Rule::FrameLength { .. } => (
            "。报文可能被截断，或粘连了两条；去掉长度后可用 --framing header",
            ". It may be cut short, or two in one; without the length use --framing header",
        ),
        Rule::Short { .. } => ("。报文可能被截断", ". The message may be cut short"),
        Rule::NoField => {
            ("。位图可能错位，或应换 --dialect", ". The bitmap may be out of place, or it is another --dialect")
        }
        _ => ("", ""),
    }
}

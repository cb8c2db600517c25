//! `encode`: `{"mti","fields":{"3":"000000",…}}` to bytes of a dialect. What `decode --json` printed is taken too, if it was not masked.

use super::given;
use super::spec::Table;
use crate::say::{End, Say};
use serde_json::{Value, json};
use slipway_iso8583::{Dialect, Envelope, Family, Path, Plain, PosHeader, Tpdu, Wire, encode_plain, from_hex, hex};
use std::collections::BTreeMap;

/// Bytes of the length in front of a terminal frame.
const POS_LENGTH_BYTES: usize = 2;

/// Arguments of `encode`.
#[derive(clap::Args)]
#[command(
    about = "Fields to one message 报文组包",
    after_help = "\
Examples:
  slipway encode --dialect unionpay-pos '{\"mti\":\"0820\",\"fields\":{\"41\":\"10000001\",\"42\":\"999290054110001\",\"60\":\"00000001301\"}}'
  slipway decode --reveal-secrets --json HEX | slipway encode --dialect unionpay-pos -

Bytes are given in hexadecimal; a field with parts takes {\"sub\":{\"1\":…}} instead of a value. With \"framing\":{\"tpdu\":…,\"header\":…} a terminal frame is made, with \"length\" in it the length goes in front; else the message alone.
MACs are written as given, not computed."
)]
pub struct EncodeArgs {
    #[command(flatten)]
    table: Table,
    /// The fields as JSON; `-` or nothing reads standard input.
    #[arg(value_name = "JSON")]
    fields: Option<String>,
}

/// Fields to bytes.
///
/// # Errors
/// 2 when the input is not of the form, 1 when a value does not fit its field.
pub fn encode(args: &EncodeArgs, say: &Say) -> Result<(), End> {
    let table = args.table.find()?.ok_or_else(|| {
        End::usage("请用 --dialect 或 --spec 指明报文规范", "name the dialect with --dialect or --spec")
    })?;
    let dialect = &*table.dialect;
    let text = given::text(args.fields.as_deref(), "各域的 JSON", "the fields as JSON")?;
    let given: Value = serde_json::from_str(&text).map_err(|fault| {
        let (line, column) = (fault.line(), fault.column());
        End::usage(
            format!("第 {line} 行第 {column} 列：不是 JSON"),
            format!("line {line}, column {column}: this is not JSON"),
        )
    })?;
    let bytes = pack(dialect, table.wire.as_ref(), &given)?;
    if say.json {
        say.document(&json!({ "hex": hex(&bytes), "bytes": bytes.len() }));
    } else {
        say.line(hex(&bytes));
    }
    Ok(())
}

/// Fields, or the parts of one, by number. `label` is what stands before the number of a part (`48.`), which may be left out.
/// A field with value and parts (as `decode` prints it) is taken by its value.
fn fields<'v>(map: &'v serde_json::Map<String, Value>, label: &str) -> Result<Vec<(u8, Plain<'v>)>, End> {
    let mut found = BTreeMap::new();
    for (key, value) in map {
        let number = key.strip_prefix(label).unwrap_or(key);
        let number: u8 = number.parse().map_err(|_| form("\"fields\": {\"<2..192>\": …}"))?;
        let text = value.as_str().or_else(|| value.get("value")?.as_str());
        let given = match (text, value.get("sub").and_then(Value::as_object)) {
            (Some(text), _) => Plain::Value(text),
            (None, Some(sub)) => Plain::Parts(fields(sub, &format!("{label}{number}."))?),
            (None, None) => return Err(form("\"fields\": {\"3\": \"000000\", \"48\": {\"sub\": {\"1\": \"…\"}}}")),
        };
        // Two spellings of one number ("3" and "03") would drop a value silently.
        if found.insert(number, given).is_some() {
            return Err(End::usage(
                format!("域 {label}{number} 给了两次"),
                format!("field {label}{number} is given twice"),
            ));
        }
    }
    Ok(found.into_iter().collect())
}

fn pack(dialect: &Dialect, wire: Option<&Wire>, given: &Value) -> Result<Vec<u8>, End> {
    let mti = given.get("mti").and_then(Value::as_str).ok_or_else(|| form("\"mti\": \"0200\""))?;
    let map = given.get("fields").and_then(Value::as_object).ok_or_else(|| form("\"fields\": {\"3\": \"000000\"}"))?;
    let fields = fields(map, "")?;
    let mut out = Vec::new();
    let said = |fault: slipway_iso8583::Fault| {
        let name = match fault.path {
            Path::Field(n) | Path::Sub(n, _) => dialect.field(n).map(|row| row.name),
            _ => None,
        };
        let (zh, en) = name.map_or_else(Default::default, |n| (format!(" [{}]", n.zh), format!(" [{}]", n.en)));
        End::broken(format!("{}{zh}", fault.zh()), format!("{fault}{en}"))
    };
    if let Some(wire) = wire {
        let mark = wire.open(tpdu(given)?, &mut out);
        encode_plain(dialect, mti, fields, &mut out).map_err(said)?;
        wire.close(&mut out, mark).map_err(said)?;
        return Ok(out);
    }
    let envelope = envelope(dialect, given)?;
    let mark = envelope.as_ref().map(|e| e.open(&mut out));
    encode_plain(dialect, mti, fields, &mut out).map_err(said)?;
    if let (Some(envelope), Some(mark)) = (envelope, mark) {
        envelope.close(&mut out, mark).map_err(said)?;
        if given.get("framing").is_some_and(|framing| framing.get("length").is_none()) {
            out.drain(..POS_LENGTH_BYTES);
        }
    }
    Ok(out)
}

/// The frame around it, if the input names TPDU and header.
fn envelope(dialect: &Dialect, given: &Value) -> Result<Option<Envelope>, End> {
    let part = |key: &str| given.get("framing").and_then(|f| f.get(key)).and_then(Value::as_str);
    let (Family::Pos, Some(tpdu), Some(header)) = (dialect.family, part("tpdu"), part("header")) else {
        return Ok(None);
    };
    let tpdu = from_hex(tpdu).and_then(|b| b.try_into().ok()).ok_or_else(|| form("\"tpdu\": \"6000030000\""))?;
    let header =
        from_hex(header).and_then(|b| b.try_into().ok()).ok_or_else(|| form("\"header\": \"602200000000\""))?;
    Ok(Some(Envelope::Pos(Tpdu::parse(tpdu), PosHeader(header))))
}

/// The TPDU of the input, if it names one.
fn tpdu(given: &Value) -> Result<Option<Tpdu>, End> {
    let Some(said) = given.get("framing").and_then(|f| f.get("tpdu")).and_then(Value::as_str) else { return Ok(None) };
    let tpdu = from_hex(said).and_then(|b| b.try_into().ok()).ok_or_else(|| form("\"tpdu\": \"6000030000\""))?;
    Ok(Some(Tpdu::parse(tpdu)))
}

fn form(example: &str) -> End {
    End::usage(format!("输入格式应包含 {example}"), format!("the input must have the form {example}"))
}

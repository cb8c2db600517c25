//! The JSON of `decode`: keys may be added, never renamed. Lays out only what `slipway_iso8583::show` has masked.

use serde_json::{Map, Value, json};
use slipway_iso8583::profile::Breach;
use slipway_iso8583::{Fault, Name, Reveal, Rule, Shown, ShownField, ShownSub};

/// The whole document of a message.
pub fn document(shown: &Shown) -> Value {
    let fields: Map<String, Value> = shown.fields.iter().map(|f| (f.number.to_string(), field(f))).collect();
    let mut out = json!({
        "dialect": shown.dialect,
        "framing": framing(shown),
        "mti": shown.mti,
        "bitmap": shown.bitmap,
        "fields": fields,
        "mac": shown.mac.map(|n| json!({ "field": n, "ok": null })),
        "bytes": shown.bytes,
        "revealed": match shown.reveal {
            Reveal::Masked => "nothing",
            Reveal::Pan => "card_number",
            Reveal::Secrets => "secrets",
        },
    });
    if let Some(map) = out.as_object_mut() {
        put_name(map, "mti_meaning", shown.mti_meaning);
        if !shown.trailing.is_empty() {
            map.insert("trailing".to_owned(), json!(shown.trailing));
        }
        if let Some(mended) = shown.mended {
            let value = json!({ "field": mended.field, "says": mended.says, "taken": mended.taken });
            map.insert("mended".to_owned(), value);
        }
    }
    out
}

/// What is wrong, as `{"fault":{"path","byte","rule","zh","en"}}`. Holds no content of the message.
pub fn fault(fault: &Fault) -> Value {
    json!({ "fault": {
        "path": fault.path.to_string(),
        "byte": fault.offset,
        "rule": rule(fault.rule),
        "zh": fault.zh().to_string(),
        "en": fault.to_string(),
    } })
}

/// What does not hold by the profile.
pub fn breaches(breaches: &[Breach]) -> Value {
    let one = |b: &Breach| json!({ "field": b.field, "byte": b.offset, "en": b.to_string(), "zh": b.zh().to_string() });
    breaches.iter().map(one).collect()
}

fn framing(shown: &Shown) -> Map<String, Value> {
    let mut out = Map::new();
    for part in &shown.framing {
        let value = match part.value.parse::<u32>() {
            Ok(length) if part.key == "length" => json!(length),
            _ => json!(part.value),
        };
        out.insert(part.key.to_owned(), value);
        put_name(&mut out, &format!("{}_meaning", part.key), part.meaning);
    }
    out
}

fn field(field: &ShownField) -> Value {
    let mut out = Map::new();
    out.insert("value".to_owned(), json!(field.value));
    put_name(&mut out, "name", Some(field.name));
    put_name(&mut out, "meaning", field.meaning);
    out.insert("at".to_owned(), json!(field.offset));
    out.insert("length".to_owned(), json!(field.length));
    if !field.sub.is_empty() {
        let parts: Map<String, Value> = field.sub.iter().map(|s| (s.label.clone(), part(s))).collect();
        out.insert("sub".to_owned(), Value::Object(parts));
    }
    Value::Object(out)
}

fn part(part: &ShownSub) -> Value {
    let mut out = Map::new();
    out.insert("value".to_owned(), json!(part.value));
    put_name(&mut out, "name", part.name);
    put_name(&mut out, "meaning", part.meaning);
    Value::Object(out)
}

/// `key` in English and `key_zh` in Chinese, so that a reader needs no `--lang`.
fn put_name(out: &mut Map<String, Value>, key: &str, name: Option<Name>) {
    if let Some(name) = name {
        out.insert(key.to_owned(), json!(name.en));
        out.insert(format!("{key}_zh"), json!(name.zh));
    }
}

const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Short { .. } => "short",
        Rule::Long { .. } => "long",
        Rule::Size { .. } => "size",
        Rule::LengthDigits => "length_digits",
        Rule::Digits => "digits",
        Rule::Signed => "signed",
        Rule::Text => "text",
        Rule::Hex => "hex",
        Rule::Track => "track",
        Rule::NoField => "no_field",
        Rule::Missing => "missing",
        Rule::Order => "order",
        Rule::Trailing { .. } => "trailing",
        Rule::NoFraming => "no_framing",
        Rule::FrameLength { .. } => "frame_length",
        Rule::Value => "value",
        Rule::Kind => "kind",
        Rule::LengthForm => "length_form",
        Rule::Tag => "tag",
        Rule::Deep { .. } => "deep",
    }
}

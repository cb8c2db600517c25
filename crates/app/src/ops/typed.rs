//! Orders as they are typed: which field is wrong is said in both languages before the reader of JSON says it in its own, which stays as a
//! detail for whoever writes the program. Pure.

use super::what::What;
use crate::web::refusal::Refusal;
use axum::http::StatusCode;
use serde_json::Value;

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holds {
    Words,
    Number,
}

/// A field: its name, what it holds, and whether it may be left out.
type Field = (&'static str, Holds, bool);

/// Fields of each kind.
const KINDS: [(&str, &[Field]); 6] = {
    use Holds::{Number, Words};
    const NEEDED: bool = false;
    const FREE: bool = true;
    [
        ("case", &[("number", Words, NEEDED), ("finding", Words, NEEDED)]),
        ("repair", &[("number", Words, NEEDED)]),
        (
            "hold",
            &[
                ("merchant", Words, NEEDED),
                ("ground", Words, NEEDED),
                ("about", Words, FREE),
                ("amount_fen", Number, NEEDED),
                ("doubt_fen", Number, FREE),
                ("until", Words, NEEDED),
            ],
        ),
        ("release", &[("merchant", Words, NEEDED), ("no", Number, NEEDED)]),
        ("repay", &[("payout", Words, NEEDED)]),
        (
            "dispute",
            &[
                ("number", Words, NEEDED),
                ("act", Words, NEEDED),
                ("step", Words, FREE),
                ("reason", Words, FREE),
                ("answer", Words, FREE),
            ],
        ),
    ]
};
/// Characters of a stranger's field that are said back.
const CHARS_MAX: usize = 40;

/// What is wrong with an order, in both languages.
type Wrong = (String, String);

/// The order.
///
/// # Errors
/// 400, with the field.
pub fn read(typed: &Value) -> Result<What, Refusal> {
    let wrong = wrong(typed);
    serde_json::from_value(typed.clone()).map_err(|fault| {
        let (zh, en) = wrong.unwrap_or_else(|| ("指令有误".to_owned(), "the order is not well formed".to_owned()));
        let detail: String =
            fault.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        Refusal::new(StatusCode::BAD_REQUEST, &zh, &en).with("detail", &crate::typed::no_card(&detail))
    })
}

fn wrong(typed: &Value) -> Option<Wrong> {
    let Some(order) = typed.as_object() else {
        return Some(("指令（what）须为 JSON 对象".to_owned(), "the order (what) is a JSON object".to_owned()));
    };
    let kind = order.get("kind").and_then(Value::as_str).unwrap_or("");
    let Some((_, fields)) = KINDS.iter().find(|(of, _)| *of == kind) else {
        let all = KINDS.map(|(kind, _)| kind).join("、");
        return Some((
            format!("指令种类（kind）须为下列之一：{all}"),
            format!("the kind of an order (kind) is one of: {}", all.replace('、', ", ")),
        ));
    };
    let known = |name: &str| name == "kind" || fields.iter().any(|(of, ..)| *of == name);
    if let Some(stranger) = order.keys().find(|name| !known(name)) {
        let stranger: String = stranger.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect();
        let stranger = crate::typed::no_card(&stranger);
        return Some((
            format!("此种指令没有字段“{stranger}”"),
            format!("an order of this kind has no field \"{stranger}\""),
        ));
    }
    fields.iter().find_map(|(name, holds, free)| match (order.get(*name), holds) {
        (None, _) if *free => None,
        (Some(Value::Null), _) if *free => None,
        (None | Some(Value::Null), _) => {
            Some((format!("缺少字段“{name}”"), format!("the field \"{name}\" is missing")))
        }
        (Some(Value::String(_)), Holds::Words) => None,
        (Some(Value::Number(number)), Holds::Number) if fits(name, number) => None,
        (Some(_), Holds::Words) => Some((format!("字段“{name}”须为文字"), format!("the field \"{name}\" is a text"))),
        (Some(_), Holds::Number) => Some((
            format!("字段“{name}”须为不小于零的整数（金额以分计）"),
            format!("the field \"{name}\" is a whole number, not below zero (an amount is in fen)"),
        )),
    })
}

/// The number of a hold is small; amounts are not.
fn fits(name: &str, number: &serde_json::Number) -> bool {
    number.as_u64().is_some_and(|number| name != "no" || u32::try_from(number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use serde_json::json;

    fn body(refusal: Refusal) -> Value {
        let answer = refusal.into_response();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let bytes = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(axum::body::to_bytes(answer.into_body(), 4096))
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn the_field_is_named_in_both_languages_and_the_reader_only_in_the_detail() {
        let check = |typed: Value, word: &str| {
            let told = body(read(&typed).expect_err(&typed.to_string()));
            let (zh, en) = (told["title_zh"].as_str().unwrap(), told["title"].as_str().unwrap());
            assert!(zh.contains(word) && en.contains(word), "{typed}: {zh} / {en}");
            for serdes in ["unknown field", "expected", "missing field", "invalid type", "variant"] {
                assert!(!zh.contains(serdes) && !en.contains(serdes), "{zh} / {en}");
            }
            assert!(!told["detail"].as_str().unwrap().is_empty());
        };
        let good = json!({"kind": "hold", "merchant": "999290054110001", "ground": "risk-hit", "amount_fen": 1, "until": "2026-12-20"});
        assert!(read(&good).is_ok());
        for (field, value, word) in [
            ("doubt", json!(1), "doubt"),
            ("amount_fen", json!("1"), "amount_fen"),
            ("amount_fen", json!(-1), "amount_fen"),
            ("amount_fen", json!(null), "amount_fen"),
            ("until", json!(7), "until"),
            ("kind", json!("print money"), "kind"),
            ("kind", json!(7), "kind"),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            check(bad, word);
        }
        check(json!({"kind": "repay"}), "payout");
        check(json!({"kind": "release", "merchant": "999290054110001", "no": 1_u64 << 40}), "no");
        check(json!([]), "what");
        check(json!(null), "what");
        let told = body(read(&json!({"kind": "repay", "payout": "1", "9990010000000014": 1})).unwrap_err());
        assert!(!told.to_string().contains("9990010000000014"), "{told}");
    }

    #[test]
    fn the_table_has_the_fields_of_the_orders() {
        for (kind, fields) in KINDS {
            let mut order = json!({"kind": kind});
            for (name, holds, _) in fields {
                order[*name] = if *holds == Holds::Words { json!("x") } else { json!(1) };
            }
            assert!(read(&order).is_ok(), "{order}");
            assert_eq!(serde_json::to_value(read(&order).unwrap()).unwrap(), order);
            for (name, _, free) in fields {
                let mut less = order.clone();
                less.as_object_mut().unwrap().remove(*name);
                assert_eq!(read(&less).is_ok(), *free, "{kind} {name}");
            }
        }
    }
}

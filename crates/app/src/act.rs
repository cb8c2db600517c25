//! Acts at a terminal as JSON: what the local port takes. Card numbers and PINs come in a body only, never in an address.

use crate::archive::sealed::from_base64;
use crate::say::End;
use serde_json::Value;
use slipway_node::{Act, CardRead, KeyPress, Named};
use slipway_slip::{NoSignature, signature_drawn, signature_of};
use slipway_terms::{
    Amount, BadShape, Expiry, Kind, MonthDay, OperatorNo, Pan, PayAgain, Pin, Rrn, SHAPES, Stan, Track2,
};

fn wrong(what: &str) -> End {
    End::usage(format!("动作有误：{what}"), format!("not an act: {what}"))
}

fn bad(bad: BadShape) -> End {
    wrong(bad.0)
}

/// One act at a terminal: `{"act":"sale","amount_fen":8800}`, `{"act":"card","track2":"…"}`, `{"act":"pin","pin":"…"}`,
/// `{"act":"begin","kind":"refund","amount_fen":8800,"voucher":42}` …
pub fn read(body: &Value) -> Result<Act, End> {
    let text = |name: &str| body[name].as_str().ok_or_else(|| wrong(name));
    Ok(match text("act")? {
        "sign_in" => Act::SignIn(operator(body)?, Pin::new(text("password")?).map_err(bad)?),
        "allow" => Act::Allow(operator(body)?, Pin::new(text("password")?).map_err(bad)?),
        "sale" => Act::Sale(amount(body)?.ok_or_else(|| wrong("amount_fen"))?),
        "balance" => Act::Balance,
        "begin" => Act::Begin(kind(text("kind")?)?, amount(body)?, named(body)?),
        "card" => Act::Card(CardRead::Stripe(Track2::new(text("track2")?).map_err(bad)?)),
        "keyed_card" => {
            Act::KeyedCard(Pan::new(text("card")?).map_err(bad)?, Expiry::new(text("expiry")?).map_err(bad)?)
        }
        "pin" => Act::Pin(body["pin"].as_str().map(Pin::new).transpose().map_err(bad)?),
        "ask" => Act::Ask(voucher(body)?),
        "reprint" => Act::Reprint(voucher(body)?),
        "pay_again" => Act::PayAgain(reason(text("reason")?)?),
        "not_signed" => Act::NotSigned,
        "sign" => Act::Signature(signature(body)?.into()),
        "settle" => Act::Settle,
        "sign_off" => Act::SignOff,
        "download" => Act::Download,
        key => Act::Key(key_press(key, body)?),
    })
}

fn key_press(name: &str, body: &Value) -> Result<KeyPress, End> {
    Ok(match name {
        "enter" => KeyPress::Enter,
        "cancel" => KeyPress::Cancel,
        "clear" => KeyPress::Clear,
        "print" => KeyPress::Print,
        "menu" => KeyPress::Menu,
        "double_zero" => KeyPress::DoubleZero,
        "digit" => {
            let digit = body["digit"].as_u64().and_then(|n| u8::try_from(n).ok()).filter(|n| *n < 10);
            KeyPress::Digit(digit.ok_or_else(|| wrong("digit"))?)
        }
        other => return Err(wrong(other)),
    })
}

fn operator(body: &Value) -> Result<OperatorNo, End> {
    let no = body["operator"].as_u64().and_then(|n| u8::try_from(n).ok());
    no.map(OperatorNo).ok_or_else(|| wrong("operator"))
}

fn amount(body: &Value) -> Result<Option<Amount>, End> {
    match &body["amount_fen"] {
        Value::Null => Ok(None),
        // Nothing costs nothing: a till that is handed 0 was handed no amount.
        fen => fen.as_u64().filter(|fen| *fen > 0).map(|fen| Some(Amount::fen(fen))).ok_or_else(|| wrong("amount_fen")),
    }
}

/// `{"act":"sign","png":"…"}` in base 64, or what was drawn: `{"act":"sign","width":160,"height":64,"strokes":[[[10,40],[60,10]]]}`.
fn signature(body: &Value) -> Result<Vec<u8>, End> {
    let none =
        |why: NoSignature| End::usage(format!("动作有误：{}", why.words().0), format!("not an act: {}", why.words().1));
    if let Some(png) = body["png"].as_str() {
        return from_base64(png).ok_or(NoSignature::NotPng).and_then(|file| signature_of(&file)).map_err(none);
    }
    let side = |name: &str| body[name].as_u64().ok_or_else(|| wrong(name));
    let number = |value: &Value| value.as_u64().and_then(|n| u16::try_from(n).ok());
    let point = |point: &Value| match point.as_array().map(Vec::as_slice) {
        Some([x, y]) => number(x).zip(number(y)),
        _ => None,
    };
    let stroke = |stroke: &Value| stroke.as_array()?.iter().map(point).collect::<Option<Vec<_>>>();
    let strokes = body["strokes"].as_array().and_then(|all| all.iter().map(stroke).collect::<Option<Vec<_>>>());
    let strokes = strokes.ok_or_else(|| wrong("png / strokes"))?;
    signature_drawn(side("width")?, side("height")?, &strokes).map_err(none)
}

fn voucher(body: &Value) -> Result<Option<Stan>, End> {
    let number = match &body["voucher"] {
        Value::Null => return Ok(None),
        number => number.as_u64().and_then(|n| u32::try_from(n).ok()).ok_or_else(|| wrong("voucher"))?,
    };
    Stan::new(number).map(Some).map_err(bad)
}

/// `"voucher":42`, or `"reference":"632700000042","date":"1123"`.
fn named(body: &Value) -> Result<Option<Named>, End> {
    if let Some(stan) = voucher(body)? {
        return Ok(Some(Named::Voucher(stan)));
    }
    let (Some(rrn), Some(date)) = (body["reference"].as_str(), body["date"].as_str()) else { return Ok(None) };
    let date = date.parse().map_err(|_| wrong("date")).and_then(|mmdd| MonthDay::from_mmdd(mmdd).map_err(bad))?;
    Ok(Some(Named::Reference(Rrn::new(rrn).map_err(bad)?, date)))
}

/// `no-slip`, `cannot_wait`: why a second payment is let go.
fn reason(name: &str) -> Result<PayAgain, End> {
    let plain = name.replace('_', "-");
    PayAgain::ALL.into_iter().find(|reason| reason.word() == plain).ok_or_else(|| wrong("reason"))
}

/// `sale_void`, `pre_auth`: the name of a kind in small letters.
fn kind(name: &str) -> Result<Kind, End> {
    let plain = name.replace('_', "");
    let found = SHAPES.iter().find(|shape| format!("{:?}", shape.kind).eq_ignore_ascii_case(&plain));
    found.map(|shape| shape.kind).ok_or_else(|| wrong("kind"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn acts_by_name() {
        let shown = |body: Value| read(&body).map(|act| format!("{act:?}")).map_err(|_| ());
        let begin = |body: Value| shown(body).unwrap();
        assert!(
            begin(json!({"act": "begin", "kind": "sale_void", "voucher": 42}))
                .starts_with("Begin(SaleVoid, None, Some(Voucher")
        );
        let by_reference =
            json!({"act": "begin", "kind": "refund", "amount_fen": 100, "reference": "632700000042", "date": "1123"});
        assert!(begin(by_reference).contains("Reference"));
        for (_, body) in
            SHAPES.iter().map(|shape| (shape, json!({"act": "begin", "kind": format!("{:?}", shape.kind)})))
        {
            assert!(read(&body).is_ok());
        }
        for wrong in [
            json!({}),
            json!({"act": "nonsense"}),
            json!({"act": "begin", "kind": "nonsense"}),
            json!({"act": "sale"}),
            json!({"act": "sale", "amount_fen": 0}),
            json!({"act": "begin", "kind": "refund", "amount_fen": 0, "voucher": 42}),
            json!({"act": "sale", "amount_fen": "8800"}),
            json!({"act": "digit", "digit": 10}),
            json!({"act": "reprint", "voucher": "42"}),
            json!({"act": "begin", "kind": "refund", "reference": "1", "date": "1123"}),
            json!({"act": "begin", "kind": "refund", "reference": "632700000042", "date": "1399"}),
        ] {
            assert!(shown(wrong.clone()).is_err(), "{wrong}");
        }
        assert_eq!(shown(json!({"act": "menu"})), Ok("Key(Menu)".into()));
        for reason in PayAgain::ALL {
            let want = Ok(format!("PayAgain({reason:?})"));
            assert_eq!(shown(json!({"act": "pay_again", "reason": reason.word()})), want);
        }
        assert!(shown(json!({"act": "pay_again", "reason": "hurry"})).is_err());
    }

    #[test]
    fn the_acts_that_are_documented_are_all_there_are() {
        let (code, page) = (include_str!("act.rs"), include_str!("../../../docs/terminal.md"));
        let table = page.split_once("## Acts over HTTP").unwrap().1;
        let told: Vec<&str> = table.split('`').filter(|word| word.starts_with("{\"act\"")).collect();
        for act in &told {
            assert!(read(&serde_json::from_str(act).unwrap()).is_ok(), "{act}");
        }
        // The names in the two matches of this file.
        let matched = code.split("#[cfg(test)]").next().unwrap();
        let names: Vec<&str> = matched
            .lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>").map(|(name, _)| name))
            .collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            assert!(told.iter().any(|act| act.contains(&format!("\"act\":\"{name}\""))), "{name} is not documented");
        }
        let kinds = table.split_once("Kinds of `begin`:").unwrap().1;
        for shape in SHAPES.iter().filter(|shape| !shape.kind.is_disputed()) {
            let fits = |word: &str| kind(word).ok() == Some(shape.kind);
            assert!(kinds.split('`').any(fits), "{:?} is not documented", shape.kind);
        }
    }

    #[test]
    fn a_signature_is_drawn_or_handed_over() {
        use crate::archive::sealed::base64;
        let strokes = json!([[[10, 40], [60, 10]], [[90, 20]]]);
        let drawn = read(&json!({"act": "sign", "width": 160, "height": 64, "strokes": strokes})).unwrap();
        let Act::Signature(png) = drawn else { panic!("{drawn:?}") };
        let handed = read(&json!({"act": "sign", "png": base64(&png)})).unwrap();
        assert!(matches!(handed, Act::Signature(again) if again == png));
        for wrong in [
            json!({"act": "sign"}),
            json!({"act": "sign", "png": "%"}),
            json!({"act": "sign", "png": base64(b"no picture")}),
            json!({"act": "sign", "width": 160, "height": 64, "strokes": []}),
            json!({"act": "sign", "width": 9999, "height": 64, "strokes": strokes}),
            json!({"act": "sign", "width": 160, "height": 64, "strokes": [[[1, -1]]]}),
            json!({"act": "sign", "width": 160, "height": 64, "strokes": [[1, 2]]}),
            json!({"act": "sign", "width": 160, "height": 64, "strokes": [[[1, 2, 3]]]}),
        ] {
            let end = read(&wrong).unwrap_err();
            assert!(end.code == 2 && end.text.zh != end.text.en, "{wrong}");
        }
    }
}

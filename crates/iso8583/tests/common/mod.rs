//! The published vectors, read once for all tests.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::Value;
use slipway_iso8583::{Dialect, UNIONPAY_CUPS, UNIONPAY_POS, from_hex};

pub struct Vector {
    pub id: String,
    pub dialect: &'static Dialect,
    pub bytes: Vec<u8>,
    pub note: String,
    pub decoded: serde_json::Map<String, Value>,
}

pub fn vectors() -> Vec<Vector> {
    let list: Value = serde_json::from_str(include_str!("../../../../vectors/unionpay-messages.json")).unwrap();
    let word = |v: &Value, key: &str| v[key].as_str().unwrap().to_owned();
    let vector = |v: &Value| Vector {
        id: word(v, "id"),
        dialect: if v["layer"] == "pos" { &UNIONPAY_POS } else { &UNIONPAY_CUPS },
        bytes: from_hex(v["hex"].as_str().unwrap()).unwrap(),
        note: word(v, "note"),
        decoded: v["decoded"].as_object().unwrap().clone(),
    };
    list.as_array().unwrap().iter().map(vector).collect()
}

pub fn vector(id: &str) -> Vector {
    vectors().into_iter().find(|v| v.id == id).unwrap()
}

//! JSON of which nobody can read two things: a name that stands twice in an object is refused, for the one who checks may take the first
//! and the one who acts the last. Depth is bounded by the parser (128).

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// A value without doubles.
struct Strict(Value);

/// Reads one whole value.
pub fn read(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Strict>(bytes).ok().map(|Strict(value)| value)
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Strict(Value::Array(all)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Strict, A::Error> {
        let mut all = Map::new();
        while let Some((name, Strict(value))) = fields.next_entry::<String, Strict>()? {
            if all.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Strict(Value::Object(all)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_the_parser_reads_but_for_doubles() {
        for good in ["{}", "[1,-2,3.5,\"x\",null,true,{\"a\":{\"b\":[]}}]", "18446744073709551615", " {\"a\":1} "] {
            assert_eq!(read(good.as_bytes()), serde_json::from_str(good).ok(), "{good}");
            assert!(read(good.as_bytes()).is_some(), "{good}");
        }
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let odd = "{\"a\":1,\"\\u0061\":2}";
        for bad in [
            "",
            "{",
            "{}x",
            "{\"a\":1,\"a\":1}",
            "{\"x\":[{\"b\":1,\"b\":2}]}",
            odd,
            "{\"a\":1e999}",
            &deep,
            "\u{feff}{}",
        ] {
            assert_eq!(read(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(read(&[b'"', 0xFF, b'"']), None);
    }
}

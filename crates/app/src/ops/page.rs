//! One page of a list: items in the order of their keys, the next ones behind a cursor. A cursor names the last key that was shown, so a
//! row that comes meanwhile neither doubles nor hides another. Times of the answers are RFC 3339.

use crate::clocks::Stamp;
use crate::web::cursor::{Cursor, limit};
use crate::web::refusal::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

/// How a list is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    cursor: Option<String>,
    limit: Option<String>,
    /// `waiting`: only those.
    standing: Option<String>,
}

impl Asked {
    /// Only what waits.
    pub fn waiting(&self) -> bool {
        self.standing.as_deref() == Some("waiting")
    }
}

/// The page that is asked for, of all items with their keys; only what it shows is told.
///
/// # Errors
/// 400: a limit or a cursor that is none.
pub fn page<T>(asked: &Asked, mut items: Vec<(String, T)>, tell: impl Fn(T) -> Value) -> Result<Value, Refusal> {
    let limit = limit(asked.limit.as_deref())?;
    let after = Cursor::read(asked.cursor.as_deref().unwrap_or_default())?;
    items.sort_by(|one, other| one.0.cmp(&other.0));
    let behind = |key: &str| after.as_ref().is_none_or(|after| key.as_bytes() > after.as_slice());
    let mut rest = items.into_iter().skip_while(|(key, _)| !behind(key));
    let shown: Vec<(String, T)> = rest.by_ref().take(limit).collect();
    let next = shown.last().filter(|_| rest.next().is_some()).map(|(key, _)| Cursor::write(key.as_bytes()));
    let items: Vec<Value> = shown.into_iter().map(|(_, item)| timed(tell(item))).collect();
    Ok(json!({"items": items, "next": next}))
}

/// Every time in it as RFC 3339 at UTC+8.
pub fn timed(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(Stamp::from(text).as_str().to_owned()),
        Value::Array(all) => Value::Array(all.into_iter().map(timed).collect()),
        Value::Object(all) => Value::Object(all.into_iter().map(|(name, value)| (name, timed(value))).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(cursor: Option<&str>, limit: Option<&str>) -> Asked {
        Asked { cursor: cursor.map(str::to_owned), limit: limit.map(str::to_owned), standing: None }
    }

    fn same(value: Value) -> Value {
        value
    }

    fn items(all: &[u32]) -> Vec<(String, Value)> {
        all.iter().map(|no| (format!("{no:04}"), json!({"no": no}))).collect()
    }

    #[test]
    fn pages_follow_one_another_while_rows_come_and_go() {
        let nos = |page: &Value| {
            page["items"].as_array().unwrap().iter().map(|item| item["no"].as_u64().unwrap()).collect::<Vec<_>>()
        };
        let first = page(&asked(None, Some("2")), items(&[5, 1, 9, 7]), same).unwrap();
        assert_eq!(nos(&first), [1, 5]);
        let cursor = first["next"].as_str().unwrap();
        // 5 has gone, 0 and 6 have come.
        let second = page(&asked(Some(cursor), Some("2")), items(&[0, 1, 6, 7, 9]), same).unwrap();
        assert_eq!(nos(&second), [6, 7]);
        let last = page(&asked(second["next"].as_str(), Some("2")), items(&[0, 1, 6, 7, 9]), same).unwrap();
        assert_eq!((nos(&last), last["next"].is_null()), (vec![9], true));
        assert_eq!(
            page(&asked(None, None), items(&(0..80).collect::<Vec<_>>()), same).unwrap()["items"]
                .as_array()
                .unwrap()
                .len(),
            50
        );
        assert!(page(&asked(None, None), Vec::new(), same).unwrap()["next"].is_null());
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for (cursor, limit) in [
            (None, Some("0")),
            (None, Some("201")),
            (None, Some("x")),
            (Some("zz"), None),
            (Some("ff"), None),
            (Some("0"), None),
        ] {
            assert!(page(&asked(cursor, limit), items(&[1]), same).is_err(), "{cursor:?} {limit:?}");
        }
        assert!(page(&asked(Some(""), Some("200")), items(&[1]), same).is_ok());
    }

    #[test]
    fn times_say_their_zone_and_nothing_else_is_touched() {
        let told = timed(
            json!({"at": "2026-11-23 15:04:05", "all": ["2026-11-23 15:04:05", "2026-11-23", "kept 2026-11-23 15:04:05"], "n": 1}),
        );
        assert_eq!(told["at"], "2026-11-23T15:04:05+08:00");
        assert_eq!(told["all"], json!(["2026-11-23T15:04:05+08:00", "2026-11-23", "kept 2026-11-23 15:04:05"]));
    }
}

//! Lists a page at a time: `{"items":[…],"next":"…"|null}`, asked for with `?cursor=…&limit=…`. A cursor says where the next page begins; it
//! gives no right, for whoever brings it is judged anew. It holds a check over its bytes, so that one that was cut or typed is refused
//! and not guessed at. Must never hold a card number, or a key of somebody else's rows.

use crate::tills::{Problem, problem};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_vault::sha256;

/// Rows of a page at most.
pub const LIMIT_MAX: usize = 200;
/// Rows of a page where the asker names no number.
pub const LIMIT: usize = 50;
/// Bytes of a check.
const CHECK_BYTES: usize = 4;
/// Characters of a cursor at most.
const CHARS_MAX: usize = 1_024;

/// Where a next page begins.
pub struct Cursor;

impl Cursor {
    /// What was written into it; of an empty one nothing: the list begins at its beginning.
    ///
    /// # Errors
    /// 400: it is none of ours.
    pub fn read(text: &str) -> Result<Option<Vec<u8>>, Problem> {
        if text.is_empty() {
            return Ok(None);
        }
        let small = text.len() <= CHARS_MAX && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let bytes = slipway_iso8583::from_hex(text).filter(|bytes| small && bytes.len() > CHECK_BYTES);
        let bytes = bytes.ok_or_else(Self::broken)?;
        let (held, rest) = bytes.split_at(CHECK_BYTES);
        if held == check(rest) { Ok(Some(rest.to_vec())) } else { Err(Self::broken()) }
    }

    /// Writes one.
    pub fn write(bytes: &[u8]) -> String {
        slipway_iso8583::hex(&[&check(bytes), bytes].concat()).to_lowercase()
    }

    /// 400: also for a door that finds its own row gone.
    pub fn broken() -> Problem {
        problem(
            StatusCode::BAD_REQUEST,
            "cursor 无效：请从头查询",
            "the cursor is none of ours: ask again from the beginning",
        )
    }
}

fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = sha256(&[b"slipway cursor 1".as_slice(), bytes].concat());
    let mut check = [0; CHECK_BYTES];
    check.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    check
}

/// How many rows somebody asks for.
///
/// # Errors
/// 400: not a number from 1 to 200.
pub fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(LIMIT) };
    let digits = !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let asked: Option<usize> = text.parse().ok().filter(|asked| digits && (1..=LIMIT_MAX).contains(asked));
    asked.ok_or_else(|| problem(StatusCode::BAD_REQUEST, "limit 须为1至200", "limit is a number from 1 to 200"))
}

/// `?cursor=…&limit=…` as it came.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    cursor: Option<String>,
    limit: Option<String>,
}

/// The page that somebody asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// Behind this.
    pub behind: Option<Vec<u8>>,
    /// So many rows at most.
    pub limit: usize,
}

impl Asked {
    /// The page.
    ///
    /// # Errors
    /// 400.
    pub fn page(&self) -> Result<Page, Problem> {
        let behind = Cursor::read(self.cursor.as_deref().unwrap_or_default())?;
        Ok(Page { behind, limit: limit(self.limit.as_deref())? })
    }
}

impl Page {
    /// The number of the row behind which the page begins, of a list whose rows are numbered.
    ///
    /// # Errors
    /// 400: the cursor is none of such a list.
    pub fn before(&self) -> Result<Option<u64>, Problem> {
        let number = |bytes| std::str::from_utf8(bytes).ok().and_then(|text: &str| text.parse().ok());
        self.behind.as_deref().map(|bytes| number(bytes).ok_or_else(Cursor::broken)).transpose()
    }

    /// Which of all rows comes first, of a list whose rows have names.
    ///
    /// # Errors
    /// 400: the row of the cursor is not among them.
    pub fn first_behind<T>(&self, all: &[T], name: impl Fn(&T) -> &[u8]) -> Result<usize, Problem> {
        let Some(behind) = self.behind.as_deref() else { return Ok(0) };
        let place = all.iter().position(|one| name(one) == behind);
        place.map(|place| place + 1).ok_or_else(Cursor::broken)
    }

    /// The answer: of the rows behind the cursor as many as fit, and where to go on. `rows` may end early, one row after the limit.
    pub fn answer<T: Serialize>(&self, rows: impl IntoIterator<Item = T>, place: impl Fn(&T) -> Vec<u8>) -> Value {
        let mut items: Vec<T> = rows.into_iter().take(self.limit + 1).collect();
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next = items.last().filter(|_| more).map(|last| Cursor::write(&place(last)));
        json!({"items": items, "next": next})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let told = Cursor::write(b"row 7");
        assert_eq!(Cursor::read(&told).unwrap(), Some(b"row 7".to_vec()));
        assert_eq!(Cursor::read("").unwrap(), None);
        let mut other = told.clone().into_bytes();
        other[9] ^= 1;
        let long = "0".repeat(CHARS_MAX + 2);
        let (cut, other) = (&told[..told.len() - 2], String::from_utf8(other).unwrap());
        for bad in ["x", "00", "../..", "0000000000", cut, &other, &told.to_uppercase(), &long, "\u{202e}"] {
            assert_eq!(Cursor::read(bad).unwrap_err().0, StatusCode::BAD_REQUEST, "{bad}");
        }
    }

    #[test]
    fn limits() {
        for (text, want) in [(None, Some(50)), (Some("1"), Some(1)), (Some("200"), Some(200))] {
            assert_eq!(limit(text).ok(), want, "{text:?}");
        }
        for bad in ["", "0", "201", "-1", "+5", "1e2", "0050", "一", "5 "] {
            assert_eq!(limit(Some(bad)).unwrap_err().0, StatusCode::BAD_REQUEST, "{bad}");
        }
    }

    #[test]
    fn where_a_page_begins() {
        let page = |behind: &[u8]| Page { behind: Some(behind.to_vec()), limit: 3 };
        let (first, rows) = (Page { behind: None, limit: 3 }, ["a", "b"]);
        let place = |page: &Page| page.first_behind(&rows, |row| row.as_bytes());
        assert_eq!((first.before().unwrap(), place(&first).unwrap()), (None, 0));
        assert_eq!((page(b"17").before().unwrap(), place(&page(b"b")).unwrap()), (Some(17), 2));
        for bad in [&b""[..], b"-1", b"c", b"\xff"] {
            assert!(page(bad).before().is_err() && place(&page(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_row_is_on_one_page_while_rows_are_added_in_front() {
        let mut rows: Vec<u64> = (0..7).rev().collect();
        let (mut seen, mut behind) = (Vec::new(), None);
        for turn in 10.. {
            let page = Page { behind: behind.clone(), limit: 3 };
            let from = behind.map(|bytes: Vec<u8>| String::from_utf8(bytes).unwrap().parse::<u64>().unwrap());
            let told =
                page.answer(rows.iter().filter(|no| from.is_none_or(|from| **no < from)), |no| no.to_string().into());
            seen.extend(told["items"].as_array().unwrap().iter().map(|no| no.as_u64().unwrap()));
            let Some(next) = told["next"].as_str() else { break };
            behind = Cursor::read(next).unwrap();
            rows.insert(0, turn);
        }
        assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
    }
}

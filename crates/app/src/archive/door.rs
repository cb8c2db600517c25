//! The pages of slips on the http port, and the same slips as files: behind a code that nobody guesses, or behind a short one with amount and
//! card. Every opening leaves a line in `slip-pages.jsonl`, with the misses since the last one; what cannot be written down is not shown.

use super::gate::Gate;
use super::picture::{Form, PDF, PNG};
use super::sealed::{Layout, Paper, lines_of, page, policy};
use super::shelf::{Shelf, Shown, opened};
use crate::clocks::{Wall, rfc};
use crate::network::append_line;
use crate::say::End;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use slipway_terms::{Amount, InstitutionId, Moment, TillKey};
use slipway_vault::SigningKey;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// The pages of one acquirer.
#[derive(Debug)]
pub struct Pages {
    key: SigningKey,
    acquirer: InstitutionId,
    log: PathBuf,
    gate: Mutex<Gate>,
}

/// As what a slip is wanted.
#[derive(Clone, Copy, Debug)]
enum As {
    /// The signed page.
    Page,
    /// A file.
    File(Form),
}

impl As {
    /// `png`, `pdf`; nothing: the page.
    fn read(word: &str) -> Option<Self> {
        match word {
            "" => Some(Self::Page),
            "png" => Some(Self::File(PNG)),
            "pdf" => Some(Self::File(PDF)),
            _ => None,
        }
    }

    /// For the log.
    const fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::File(form) => form.end,
        }
    }
}

/// `?as=…`.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Wanted {
    #[serde(default, rename = "as")]
    form: String,
}

/// What is typed by hand.
#[derive(Clone, Debug)]
struct Typed {
    short: String,
    amount: Amount,
    last4: u16,
    wanted: As,
}

impl Typed {
    /// Out of a form: `short=…&amount=…&last4=…`, of a file with `&as=…`.
    fn read(body: &str) -> Option<Self> {
        let field = |name: &str| {
            body.split('&')
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
                .map(|value| value.replace('+', ""))
        };
        let (short, last4) = (field("short")?.to_uppercase(), field("last4")?);
        let good = short.len() == 8 && last4.len() == 4 && last4.bytes().all(|b| b.is_ascii_digit());
        let amount = Amount::from_yuan(&field("amount")?).ok()?;
        let wanted = As::read(&field("as").unwrap_or_default())?;
        Some(Self { short, amount, last4: last4.parse().ok()?, wanted }).filter(|_| good)
    }
}

impl Pages {
    /// With the key of a network's acquirer.
    pub fn of(network: &Path, acquirer: InstitutionId) -> Result<Self, End> {
        let key = super::key(network, acquirer)?;
        Ok(Self { key, acquirer, log: network.join("slip-pages.jsonl"), gate: Mutex::default() })
    }

    /// What is wanted behind a whole code, for somebody at this address. `now`: a page ends by the network's clock, who guesses is locked by
    /// the wall's.
    pub fn open(&self, shelf: &dyn Shelf, code: &str, wanted: &Wanted, from: IpAddr, now: (Moment, Wall)) -> Response {
        let Some(wanted) = As::read(&wanted.form) else {
            return told(StatusCode::BAD_REQUEST, ("只有 as=png 和 as=pdf", "There is as=png and as=pdf only"));
        };
        let code = code.to_uppercase();
        let good = code.len() == 24 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        let mut gate = self.gate();
        if gate.locked(from, None, now.1) {
            return too_many();
        }
        match good.then(|| opened(shelf, &code, None, now.0)).transpose() {
            Ok(found) => self.answer(gate, found.flatten(), ("code", from, None), (wanted, Layout::Fetching), now),
            Err(_) => later(),
        }
    }

    /// The page behind what was typed.
    pub fn typed(&self, shelf: &dyn Shelf, body: &str, from: IpAddr, now: (Moment, Wall)) -> Response {
        let Some(typed) = Typed::read(body) else {
            return told(
                StatusCode::BAD_REQUEST,
                (
                    "请填写8位短码、金额（元）和卡号末四位",
                    "Give the 8-character code, the amount and the last four digits of the card",
                ),
            );
        };
        let mut gate = self.gate();
        if gate.locked(from, Some(&typed.short), now.1) {
            return too_many();
        }
        match opened(shelf, &typed.short, Some((typed.amount, typed.last4)), now.0) {
            Ok(found) => {
                let by = ("typed", from, Some(typed.short.as_str()));
                self.answer(gate, found, by, (typed.wanted, Layout::Alone), now)
            }
            Err(_) => later(),
        }
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        // One who panicked while holding it has left no half-made count.
        self.gate.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn answer(
        &self,
        mut gate: MutexGuard<'_, Gate>,
        found: Option<(TillKey, Shown)>,
        (how, from, short): (&str, IpAddr, Option<&str>),
        (wanted, layout): (As, Layout),
        (now, wall): (Moment, Wall),
    ) -> Response {
        let misses = if found.is_some() { Some(gate.tell(wall)) } else { gate.missed(from, short, wall) };
        let till = found.as_ref().map(|(till, _)| till.to_string());
        if let Some(misses) = misses {
            let line = json!({"at": rfc(now), "how": how, "as": wanted.word(), "till": till, "misses": misses});
            if append_line(&self.log, &line.to_string()).is_err() {
                return later();
            }
        }
        // Nobody waits for the drawing of somebody else's slip.
        drop(gate);
        let Some((till, shown)) = found.filter(|(_, shown)| shown.slip.is_some()) else {
            return told(
                StatusCode::NOT_FOUND,
                ("没有这张签购单，或链接已过期", "There is no such slip, or its link has expired"),
            );
        };
        match wanted {
            As::File(form) => match lines_of(&shown).map(|lines| form.drawn(&lines)) {
                Some(Ok(bytes)) => guarded(form.answer(bytes, &till), NOTHING),
                _ => later(),
            },
            As::Page => match Paper::of(&shown) {
                Some(paper) => {
                    let page = page(&paper, &self.acquirer, now, &self.key, layout);
                    guarded(Html(page).into_response(), &policy())
                }
                None => later(),
            },
        }
    }
}

/// The policy of what may do nothing at all.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn too_many() -> Response {
    told(
        StatusCode::TOO_MANY_REQUESTS,
        ("输入有误次数过多，请15分钟后再试或扫码查看", "Too many wrong entries: wait 15 minutes, or scan the code"),
    )
}

fn later() -> Response {
    told(StatusCode::SERVICE_UNAVAILABLE, ("暂时无法查询，请稍后再试", "Not now; try again later"))
}

/// The form for a short code.
pub fn form() -> Response {
    let form = "<h1>电子签购单 Electronic slip</h1><form method=\"post\" action=\"/s\">\
        <p><label>短码 Short code <input name=\"short\" maxlength=\"8\" required></label></p>\
        <p><label>金额（元） Amount (CNY) <input name=\"amount\" inputmode=\"decimal\" required></label></p>\
        <p><label>卡号末四位 Last four digits <input name=\"last4\" maxlength=\"4\" inputmode=\"numeric\" required></label></p>\
        <p><button>查看 Show</button> <button name=\"as\" value=\"png\">下载图片 Download PNG</button> \
        <button name=\"as\" value=\"pdf\">下载 PDF Download PDF</button></p></form>";
    guarded(
        Html(bare(form)).into_response(),
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
}

fn told(status: StatusCode, (zh, en): (&str, &str)) -> Response {
    guarded((status, Html(bare(&format!("<p>{zh}</p><p>{en}</p>")))).into_response(), NOTHING)
}

fn bare(inside: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>电子签购单 Electronic slip</title></head><body>{inside}</body></html>"
    )
}

/// With what keeps a page or a file from being framed, kept by others, or told to them.
fn guarded(mut response: Response, policy: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

#[cfg(test)]
mod tests;

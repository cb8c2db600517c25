//! `Idempotency-Key` on every act under `/api/v1` (after the IETF draft of that name): who repeats an act under the same key gets the
//! same answer and nothing is done twice. Scope: the person who has signed in, or the machine's own token; with method and path.
//! Looks that are POST because a card may be in their body, the sign-in, and keys pressed at a terminal take no part: see [`takes`].

use super::kept::{Answers, KEPT_MS, Kept, Met, keepable};
use super::refusal::Refusal;
use crate::clocks::Wall;
use crate::http::Live;
use crate::network::{keys, sample};
use crate::say::End;
use crate::signin::Signed;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use slipway_vault::ApiKey;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What a repeated answer has.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Characters of a key at most.
const KEY_CHARS_MAX: usize = 64;
/// Bytes of a body that is compared; every door has its own limit, and none is higher.
const BODY_BYTES_MAX: usize = 8 << 20;

/// What is kept, and the key that marks bodies.
#[derive(Debug)]
pub struct Idempotency {
    answers: Mutex<Answers>,
    key: ApiKey,
}

impl Idempotency {
    /// That of a network's folder.
    ///
    /// # Errors
    /// 3: its file cannot be read, or the vault has no token key.
    pub fn of(dir: &Path, now: Wall) -> Result<Self, End> {
        let key = keys::open(&dir.join("acquirer"))?
            .api_key(&sample::ACQUIRER)
            .map_err(|_| End::environment("密钥库没有收单行的令牌密钥", "the vault lacks the acquirer's token key"))?;
        Ok(Self { answers: Mutex::new(Answers::of(dir.join("idempotency.jsonl"), now)?), key })
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        // One who panicked while holding it has left whole answers only.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, parts: &[&[u8]]) -> String {
        slipway_iso8583::hex(&self.key.mark(parts)).to_lowercase()
    }
}

/// Whether a key counts at this door.
pub fn takes(method: &Method, path: &str) -> bool {
    let looks = ["/api/v1/session", "/api/v1/desk/find", "/api/v1/inquiry", "/api/v1/trace", "/api/v1/archive"];
    let act = matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    act && path.starts_with("/api/v1/") && !looks.contains(&path) && !path.starts_with("/api/v1/terminals/")
}

/// The key of a request: 1 to 64 visible characters, in quotes or without.
fn given(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut all = headers.get_all(KEY).iter();
    let Some(first) = all.next() else { return Ok(None) };
    let text = first.to_str().unwrap_or_default();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let good = (1..=KEY_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if good && all.next().is_none() {
        return Ok(Some(text.to_owned()));
    }
    Err(Refusal::new(
        StatusCode::BAD_REQUEST,
        "Idempotency-Key 须为1至64个可见字符，且只给一次",
        "Idempotency-Key has 1 to 64 visible characters and is given once",
    ))
}

/// Who asks.
enum Asker {
    Person(Signed),
    Machine,
}

impl Asker {
    /// Whose keys they are: a person's in this role, for this merchant. Another role has other rights, so what was answered to the
    /// earlier one is not answered again.
    fn scope(&self) -> String {
        match self {
            Self::Person(Signed { name, role, merchant, .. }) => {
                format!("person/{name}/{}/{}", role.word(), merchant.map(|id| id.to_string()).unwrap_or_default())
            }
            Self::Machine => "machine".to_owned(),
        }
    }

    /// An answer that is given again is a look, and is written down as one.
    fn noted(&self, live: &Live, method: &str, path: &str) -> Result<(), Refusal> {
        let Self::Person(signed) = self else { return Ok(()) };
        Ok(live.log.act(live.now(), &signed.by(), "answered_again", json!({"door": format!("{method} {path}")}))?)
    }
}

/// Who asks. Nobody for whom nothing is kept: the door says why they may not.
fn asker(live: &Live, headers: &HeaderMap, peer: SocketAddr) -> Option<Asker> {
    let here = live.front.site.own_host(headers).is_ok();
    let signed = live.front.acts(headers, peer).ok().filter(|_| here);
    signed.map(Asker::Person).or_else(|| live.tills.door.opens(headers).is_ok().then_some(Asker::Machine))
}

/// Lets every request through that brings no key; of the others each once.
pub async fn once(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if !takes(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    let key = match given(request.headers()) {
        Ok(Some(key)) => key,
        Ok(None) => return next.run(request).await,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(asker) = asker(&live, request.headers(), peer) else { return next.run(request).await };
    let who = asker.scope();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else { return too_large().into_response() };
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let query = parts.uri.query().unwrap_or_default();
    let scope = live.once.mark(&[b"scope", who.as_bytes(), method.as_bytes(), path.as_bytes(), key.as_bytes()]);
    let asked = live.once.mark(&[b"asked", query.as_bytes(), kind, &body]);
    let met = live.once.answers().begin(&scope, &who, &asked, live.front.wall());
    match met {
        Met::Fresh => {}
        Met::Again(kept) => {
            return match asker.noted(&live, method, path) {
                Ok(()) => again(*kept),
                Err(refusal) => refusal.into_response(),
            };
        }
        Met::Other => return refused(StatusCode::UNPROCESSABLE_ENTITY),
        Met::UnderWay => return refused(StatusCode::CONFLICT),
        Met::Full => return refused(StatusCode::TOO_MANY_REQUESTS),
    }
    let turn = Turn { live, scope: Some(scope), who, asked };
    let request = Request::from_parts(parts, Body::from(body));
    // It goes on when its asker has gone: the answer is there when they come again.
    let done = tokio::spawn(async move { turn.done(next.run(request).await).await });
    done.await.unwrap_or_else(|_| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "内部错误", "internal error").into_response()
    })
}

/// One key that is under way; it is not any more when this goes, whatever happened.
struct Turn {
    live: Arc<Live>,
    scope: Option<String>,
    who: String,
    asked: String,
}

impl Turn {
    /// Keeps the answer, if it is one: what the door refused to hear, and what failed, may be tried again under the same key.
    async fn done(mut self, answer: Response) -> Response {
        let status = answer.status();
        let (parts, body) = answer.into_parts();
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "内部错误", "internal error").into_response();
        };
        if let Some(scope) = self.scope.take() {
            let kept = if is_kept(status) { self.kept(&scope, &parts.headers, status, &bytes) } else { None };
            let live = Arc::clone(&self.live);
            let ended = tokio::task::spawn_blocking(move || live.once.answers().ended(&scope, kept)).await;
            if let Ok(Err(end)) = ended {
                eprintln!("slipway: idempotency.jsonl: {} / {}", end.text.zh, end.text.en);
            }
        }
        Response::from_parts(parts, Body::from(bytes))
    }

    fn kept(&self, scope: &str, headers: &HeaderMap, status: StatusCode, bytes: &Bytes) -> Option<Kept> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        Some(Kept {
            scope: scope.to_owned(),
            who: self.who.clone(),
            asked: self.asked.clone(),
            status: status.as_u16(),
            kind: kind.to_owned(),
            body: keepable(kind, bytes)?,
            at: self.live.front.wall(),
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(scope) = self.scope.take() {
            let _ = self.live.once.answers().ended(&scope, None);
        }
    }
}

/// Answers that say what came of the act. A refusal at the door says nothing of it.
fn is_kept(status: StatusCode) -> bool {
    status.is_success() || (status.is_client_error() && !matches!(status.as_u16(), 401 | 403 | 408 | 413 | 415 | 429))
}

/// The same answer again, and a header that says so.
fn again(kept: Kept) -> Response {
    let mut answer = Response::new(Body::from(kept.body));
    *answer.status_mut() = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let headers = answer.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kept.kind)
        && !kept.kind.is_empty()
    {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "请求正文过大", "the body of the request is too large")
}

fn refused(status: StatusCode) -> Response {
    let hours = KEPT_MS / 3_600_000;
    let (reason, zh, en) = match status {
        StatusCode::UNPROCESSABLE_ENTITY => (
            "key_reused",
            format!("{hours}小时内此 Idempotency-Key 用于另一请求：请换新键"),
            format!("this Idempotency-Key stands for another request of the last {hours} hours: take a new one"),
        ),
        StatusCode::CONFLICT => (
            "under_way",
            "同键请求仍在处理：稍后以同键再问".to_owned(),
            "a request with this key is being worked on: ask again with the same key".to_owned(),
        ),
        _ => (
            "too_many_keys",
            format!("{hours}小时内保存的 Idempotency-Key 已满；什么也没有执行"),
            format!("as many keys as are kept for {hours} hours are in use; nothing was done"),
        ),
    };
    let mut answer = Refusal::new(status, &zh, &en).with("reason", reason).into_response();
    let wait = match status {
        StatusCode::CONFLICT => "1",
        StatusCode::TOO_MANY_REQUESTS => "3600",
        _ => return answer,
    };
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(wait));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let check = |all: &[&str], want: Option<&str>| {
            let headers: HeaderMap =
                all.iter().filter_map(|text| Some((KEY, HeaderValue::from_bytes(text.as_bytes()).ok()?))).collect();
            assert_eq!(given(&headers).ok().flatten().as_deref(), want, "{all:?}");
        };
        let (most, more) = ("k".repeat(64), "k".repeat(65));
        for good in ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", &most] {
            check(&[good], Some(good));
        }
        check(&["\"8e03\""], Some("8e03"));
        for bad in ["", "\"\"", "a b", &more, "键", "a\u{a0}"] {
            check(&[bad], None);
            let headers = HeaderMap::from_iter([(KEY, HeaderValue::from_bytes(bad.as_bytes()).unwrap())]);
            assert!(given(&headers).is_err(), "{bad}");
        }
        check(&["a", "a"], None);
        assert!(given(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn doors_that_take_a_key_and_answers_that_are_kept() {
        for (method, path, want) in [
            (Method::POST, "/api/v1/desk/exchanges/x/proposals", true),
            (Method::DELETE, "/api/v1/webhooks/x", true),
            (Method::GET, "/api/v1/desk/proposals", false),
            (Method::POST, "/api/v1/desk/find", false),
            (Method::POST, "/api/v1/session", false),
            (Method::POST, "/api/v1/terminals/10000001/acts", false),
            (Method::POST, "/s", false),
        ] {
            assert_eq!(takes(&method, path), want, "{method} {path}");
        }
        for (status, want) in
            [(200, true), (201, true), (404, true), (409, true), (401, false), (403, false), (503, false)]
        {
            assert_eq!(is_kept(StatusCode::from_u16(status).unwrap()), want, "{status}");
        }
    }
}

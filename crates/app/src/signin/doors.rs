//! `/api/v1/session`: POST signs in, GET says who one is, DELETE signs out.

use super::sessions::{IDLE_MS, Session, WHOLE_MS};
use super::{COOKIE, COOKIE_TLS, Signed, held};
use crate::clocks::rfc;
use crate::http::Live;
use crate::inquiry::By;
use crate::people::book::{Person, name};
use crate::people::role::Role;
use crate::say::End;
use crate::tills::aside;
use crate::web::refusal::{Refusal, object};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_vault::{Random, SystemRandom, sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Bytes of a password that are looked at.
const PASSWORD_BYTES_MAX: usize = 512;

/// The routes.
pub fn router() -> Router<Arc<Live>> {
    Router::new().route("/api/v1/session", post(sign_in).get(who).delete(sign_out))
}

fn hex(bytes: &[u8]) -> String {
    slipway_iso8583::hex(bytes).to_lowercase()
}

fn random() -> Result<[u8; 32], Refusal> {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes).map_err(|_| End::environment("没有随机源", "no source of random numbers"))?;
    Ok(bytes)
}

async fn sign_in(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let front = &live.front;
    front.site.own_page(&headers)?;
    front.safe(peer)?;
    let body = object(&headers, body)?;
    let text = |field: &str| Zeroizing::new(body[field].as_str().unwrap_or("").to_owned());
    let (typed, password, code) = (text("name"), text("password"), text("code"));
    // Who cannot be anybody is treated as one who is not there.
    let name = name(&typed).unwrap_or_else(|_| "?".into());
    let from = front.from(&headers, peer);
    // Tries of any address at a name that is none are counted together: they are one guesser's.
    if !held(&front.gate).tries(&name, &from, front.wall()) {
        told(&live, &name, &from, "sign_in", "locked_out").await?;
        let locked = Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "尝试次数过多：请15分钟后再试",
            "too many tries: wait 15 minutes",
        );
        return Err(locked.with("reason", "locked_out"));
    }
    // The port closes only when the network stops.
    let _turn = front.at_once.acquire().await.map_err(|_| Refusal::not_found())?;
    let judged = {
        let name = name.clone();
        aside(&live, move |live| {
            let long = password.len() > PASSWORD_BYTES_MAX;
            live.front.judge(&name, if long { "" } else { &password }, &code)
        })
        .await??
    };
    let Some(person) = judged else {
        told(&live, &name, &from, "sign_in", "refused").await?;
        let wrong = Refusal::new(StatusCode::UNAUTHORIZED, "姓名、口令或动态码不对", "name, password or code is wrong");
        return Err(wrong.with("reason", "wrong"));
    };
    told(&live, &person.name, &from, "sign_in", "signed_in").await?;
    held(&front.gate).right(&name, &from);
    // Whoever had this cookie before has it no more: the number of a session is never carried on.
    if let Some((old, _)) = front.number(&headers) {
        held(&front.sessions).end(&sha256(&old));
    }
    begun(&live, &person, body["bearer"] == true)
}

fn begun(live: &Live, person: &Person, bearer: bool) -> Result<Response, Refusal> {
    let front = &live.front;
    let (number, csrf, now) = (Zeroizing::new(random()?), random()?, front.wall());
    let session = Session { name: person.name.clone(), change: person.change, csrf, made: now, used: now };
    held(&front.sessions).begin(sha256(&number[..]), session.clone());
    let mut body = about(live, person.name.as_str(), person.role, person.merchant.map(|id| id.to_string()), &session);
    let number = hex(&number[..]);
    if bearer {
        body["token"] = json!(number);
        return Ok(Json(body).into_response());
    }
    let (name, tls) = if front.secure() { (COOKIE_TLS, "; Secure") } else { (COOKIE, "") };
    let cookie = format!("{name}={number}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{tls}", WHOLE_MS / 1000);
    let mut answer = Json(body).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// Who one is, and what an act from a page must bring along.
fn about(live: &Live, name: &str, role: Role, merchant: Option<String>, session: &Session) -> Value {
    let (zh, en) = role.words();
    let ends = session.made.plus_ms(WHOLE_MS).shown_by(live.front.wall(), &live.clock);
    json!({
        "name": name, "role": {"word": role, "zh": zh, "en": en}, "merchant": merchant, "csrf": hex(&session.csrf),
        "ends": rfc(ends), "idle_minutes": IDLE_MS / 60_000, "sees_trail": role.sees_trail(),
    })
}

async fn who(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let Signed { name, role, merchant, session, .. } = live.front.looks(&headers, peer)?;
    Ok(Json(about(&live, &name, role, merchant.map(|id| id.to_string()), &session)))
}

async fn sign_out(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let front = &live.front;
    let signed = front.acts(&headers, peer)?;
    if let Some((number, _)) = front.number(&headers) {
        held(&front.sessions).end(&sha256(&number));
    }
    told(&live, &signed.name, &signed.from, "sign_out", "signed_out").await?;
    let (name, tls) = if front.secure() { (COOKIE_TLS, "; Secure") } else { (COOKIE, "") };
    let mut answer = Json(json!({"signed_out": true})).into_response();
    if let Ok(gone) = HeaderValue::from_str(&format!("{name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{tls}")) {
        answer.headers_mut().insert(header::SET_COOKIE, gone);
    }
    Ok(answer)
}

/// Of a name that nobody has, none is written down: people type their passwords there.
async fn told(live: &Arc<Live>, name: &str, from: &str, act: &'static str, said: &'static str) -> Result<(), Refusal> {
    let (name, from) = (name.to_owned(), from.to_owned());
    let tell = move |live: &Live| -> Result<(), End> {
        let people = live.front.book.people()?;
        let person = people.get(&name);
        let by = By {
            who: person.map_or("nobody", |person| &person.name),
            role: person.map(|person| person.role.word()),
            from: &from,
        };
        live.front.log.act(live.now(), &by, act, json!({"said": said}))
    };
    Ok(aside(live, tell).await??)
}

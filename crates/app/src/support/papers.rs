//! A slip as it looks on paper: SVG for the page, PNG and PDF to keep or to hand on, all of the very lines that were printed.

use super::doors::{till_of, verified};
use super::exchange::{self, Wanted};
use crate::http::Live;
use crate::say::End;
use crate::tills::aside;
use crate::web::refusal::Refusal;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use slipway_slip::Lines;
use slipway_terms::Copy;
use std::net::SocketAddr;
use std::sync::Arc;

/// How a slip is drawn.
#[derive(Clone, Copy, Debug)]
struct Form {
    /// The end of its file's name.
    end: &'static str,
    kind: &'static str,
    draw: fn(&Lines) -> Result<Vec<u8>, End>,
    /// A file that is kept, and no part of a page.
    kept: bool,
}

const SVG: Form =
    Form { end: "svg", kind: "image/svg+xml", draw: |lines| Ok(slipway_slip::svg(lines).into_bytes()), kept: false };
const PNG: Form = Form { end: "png", kind: "image/png", draw: |lines| Ok(slipway_slip::png(lines)?), kept: true };
const PDF: Form = Form { end: "pdf", kind: "application/pdf", draw: |lines| Ok(slipway_slip::pdf(lines)), kept: true };

/// Which copy is wanted.
#[derive(serde::Deserialize)]
pub(super) struct Which {
    copy: Option<String>,
    reprint: Option<String>,
}

type Asked = (State<Arc<Live>>, ConnectInfo<SocketAddr>, HeaderMap, Path<String>, Query<Which>);

/// As a page shows it.
pub(super) async fn svg(
    a: State<Arc<Live>>,
    b: ConnectInfo<SocketAddr>,
    c: HeaderMap,
    d: Path<String>,
    e: Query<Which>,
) -> Result<Response, Refusal> {
    drawn((a, b, c, d, e), SVG).await
}

/// Dot for dot as the print head burns it.
pub(super) async fn png(
    a: State<Arc<Live>>,
    b: ConnectInfo<SocketAddr>,
    c: HeaderMap,
    d: Path<String>,
    e: Query<Which>,
) -> Result<Response, Refusal> {
    drawn((a, b, c, d, e), PNG).await
}

/// The same dots on a page as large as the paper.
pub(super) async fn pdf(
    a: State<Arc<Live>>,
    b: ConnectInfo<SocketAddr>,
    c: HeaderMap,
    d: Path<String>,
    e: Query<Which>,
) -> Result<Response, Refusal> {
    drawn((a, b, c, d, e), PDF).await
}

async fn drawn(
    (State(live), ConnectInfo(peer), headers, Path(id), Query(which)): Asked,
    form: Form,
) -> Result<Response, Refusal> {
    let signed = verified(live.front.looks(&headers, peer)?)?;
    let till = till_of(&id)?;
    let copy = match which.copy.as_deref() {
        Some("merchant") => Copy::Merchant,
        None | Some("cardholder") => Copy::Cardholder,
        Some(_) => {
            return Err(End::usage("copy 须为 merchant 或 cardholder", "`copy` is merchant or cardholder").into());
        }
    };
    let wanted = Wanted { copy, reprint: which.reprint.is_some() };
    let drawn = aside(&live, move |live| -> Result<Vec<u8>, Refusal> {
        exchange::find(live, &signed, till).ok_or_else(Refusal::not_found)?;
        let shown = exchange::archived(live, till)?;
        let asked = json!({"till": till.to_string(), "said": form.end});
        live.log.act(live.now(), &signed.by(), "slip_picture", asked)?;
        let lines = shown.as_ref().and_then(|shown| exchange::lines(shown, wanted)).ok_or_else(Refusal::not_found)?;
        Ok((form.draw)(&lines)?)
    });
    let mut answer = drawn.await??.into_response();
    let all = answer.headers_mut();
    all.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.kind));
    // The number of an exchange in an address is letters, digits and dashes only.
    let name = format!("attachment; filename=\"slip-{}.{}\"", exchange::id_of(&till), form.end);
    if let Some(name) = HeaderValue::from_str(&name).ok().filter(|_| form.kept) {
        all.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}

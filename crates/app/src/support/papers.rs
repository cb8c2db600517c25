//! A slip as it looks on paper, at the desk's doors: of the very lines that were printed, or of those that come again.

use super::doors::{till_of, verified};
use super::exchange::{self, Wanted};
use crate::archive::picture::Form;
use crate::http::Live;
use crate::say::End;
use crate::tills::aside;
use crate::web::refusal::Refusal;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use serde_json::json;
use slipway_terms::Copy;
use std::net::SocketAddr;
use std::sync::Arc;

/// Which copy is wanted.
#[derive(serde::Deserialize)]
struct Which {
    copy: Option<String>,
    reprint: Option<String>,
}

/// The door of one form.
pub(super) fn door(form: Form) -> MethodRouter<Arc<Live>> {
    get(
        move |State(live): State<Arc<Live>>,
              ConnectInfo(peer): ConnectInfo<SocketAddr>,
              headers: HeaderMap,
              Path(id): Path<String>,
              Query(which): Query<Which>| async move { drawn(&live, peer, &headers, &id, which, form).await },
    )
}

async fn drawn(
    live: &Arc<Live>,
    peer: SocketAddr,
    headers: &HeaderMap,
    id: &str,
    which: Which,
    form: Form,
) -> Result<Response, Refusal> {
    let signed = verified(live.front.looks(headers, peer)?)?;
    let till = till_of(id)?;
    let copy = match which.copy.as_deref() {
        Some("merchant") => Copy::Merchant,
        None | Some("cardholder") => Copy::Cardholder,
        Some(_) => {
            return Err(End::usage("copy 须为 merchant 或 cardholder", "`copy` is merchant or cardholder").into());
        }
    };
    let wanted = Wanted { copy, reprint: which.reprint.is_some() };
    let drawn = aside(live, move |live| -> Result<Vec<u8>, Refusal> {
        exchange::find(live, &signed, till).ok_or_else(Refusal::not_found)?;
        let shown = exchange::archived(live, till)?;
        let asked = json!({"till": till.to_string(), "said": form.end});
        live.log.act(live.now(), &signed.by(), "slip_picture", asked)?;
        let lines = shown.as_ref().and_then(|shown| exchange::lines(shown, wanted)).ok_or_else(Refusal::not_found)?;
        Ok(form.drawn(&lines)?)
    });
    Ok(form.answer(drawn.await??, &till))
}

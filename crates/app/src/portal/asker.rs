//! Who asks, and about which shop: its own people about their own, desk, operations and auditors about the one they name. A shop that is
//! not there and a shop that is another's are the same answer.

use super::rows;
use crate::http::Live;
use crate::people::role::Sees;
use crate::signin::Signed;
use crate::tills::aside;
use crate::web::cursor::{Asked, Page};
use crate::web::refusal::{Refusal, object};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use slipway_terms::MerchantId;
use std::net::SocketAddr;
use std::sync::Arc;

/// What a page gets.
pub type Told = Result<Json<Value>, Refusal>;

/// The shop that is asked about.
#[derive(Debug)]
pub struct Shop {
    /// Who asks.
    pub signed: Signed,
    /// Its number.
    pub id: MerchantId,
}

impl Shop {
    /// Refuses whoever may not see what the shop is paid, and what it costs.
    ///
    /// # Errors
    /// 403.
    pub fn sees_settlement(&self) -> Result<(), Refusal> {
        if self.signed.role.sees_settlement() {
            return Ok(());
        }
        Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "结算、手续费和结算单由商户角色查看",
            "settlement, fees and statements are for the merchant's own office",
        )
        .with("reason", "role"))
    }
}

/// A request to a door of the portal.
pub struct Asker {
    live: Arc<Live>,
    peer: SocketAddr,
    headers: HeaderMap,
    merchant: Option<String>,
    page: Asked,
}

/// `?merchant=…`.
#[derive(Default, serde::Deserialize)]
struct Of {
    merchant: Option<String>,
}

fn unreadable() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "查询条件有误", "the question cannot be read")
}

impl FromRequestParts<Arc<Live>> for Asker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, live: &Arc<Live>) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().ok_or_else(unreadable)?.0;
        let Query(of) = Query::<Of>::try_from_uri(&parts.uri).map_err(|_| unreadable())?;
        let Query(page) = Query::<Asked>::try_from_uri(&parts.uri).map_err(|_| unreadable())?;
        Ok(Self { live: Arc::clone(live), peer, headers: parts.headers.clone(), merchant: of.merchant, page })
    }
}

impl Asker {
    /// Answers a look; who looked at what is written down first.
    pub async fn look(
        self,
        act: &'static str,
        asked: Value,
        work: impl FnOnce(&Live, &Shop, Page) -> Result<Value, Refusal> + Send + 'static,
    ) -> Told {
        self.looks(act, asked, work).await.map(Json)
    }

    /// The same for an answer that is no JSON.
    ///
    /// # Errors
    /// 400, 401, 403, 404, and those of `work`.
    pub async fn looks<T: Send + 'static>(
        self,
        act: &'static str,
        asked: Value,
        work: impl FnOnce(&Live, &Shop, Page) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let signed = self.live.front.looks(&self.headers, self.peer)?;
        let page = self.page.page()?;
        let (live, named) = (self.live, self.merchant);
        aside(&live, move |live| {
            let by = signed.clone();
            let shop = shop(live, signed, named.as_deref());
            let (merchant, said) = match &shop {
                Ok(shop) => (Some(shop.id.to_string()), None),
                Err(_) => {
                    (named.and_then(|text| MerchantId::new(&text).ok()).map(|id| id.to_string()), Some("refused"))
                }
            };
            let line = json!({"asked": asked, "merchant": merchant, "said": said});
            live.log.act(live.now(), &by.by(), act, line)?;
            work(live, &shop?, page)
        })
        .await?
    }

    /// Does what is asked for in a JSON object, for somebody with the session's second secret. `work` writes down what it did; what was
    /// refused is written down here, about which payment.
    pub async fn act(
        self,
        body: Result<Bytes, BytesRejection>,
        (refused, till): (&'static str, Option<String>),
        work: impl FnOnce(&Live, &Shop, Value) -> Result<Value, Refusal> + Send + 'static,
    ) -> Told {
        let signed = self.live.front.acts(&self.headers, self.peer)?;
        let body = object(&self.headers, body)?;
        let (live, named) = (self.live, self.merchant);
        aside(&live, move |live| {
            let by = signed.clone();
            let done = shop(live, signed, named.as_deref()).and_then(|shop| work(live, &shop, body));
            if done.is_err() {
                let line = json!({"till": till, "said": "refused"});
                live.log.act(live.now(), &by.by(), refused, line)?;
            }
            done.map(Json)
        })
        .await?
    }
}

/// A merchant that is not there, or not the asker's: the same words for both.
fn no_shop() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "没有这个商户", "there is no such merchant")
}

fn shop(live: &Live, signed: Signed, named: Option<&str>) -> Result<Shop, Refusal> {
    let id = named.filter(|text| !text.is_empty()).map(MerchantId::new);
    match (signed.role.sees(), signed.merchant, id) {
        (Sees::OwnShop, Some(own), None) => Ok(Shop { signed, id: own }),
        (Sees::OwnShop, Some(own), Some(named)) if named == Ok(own) => Ok(Shop { signed, id: own }),
        (Sees::OwnShop, ..) => Err(no_shop()),
        (Sees::Whole, _, None) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "请指明商户：?merchant=商户号",
            "say which merchant: ?merchant=NUMBER",
        )
        .with("reason", "merchant")),
        (Sees::Whole, _, Some(Ok(id))) if rows::merchant(live, id)?.is_some() => Ok(Shop { signed, id }),
        (Sees::Whole, ..) => Err(no_shop()),
        (Sees::Sentence, ..) => {
            Err(Refusal::new(StatusCode::FORBIDDEN, "此角色不能查看商户的账", "this role sees no merchant's books")
                .with("reason", "role"))
        }
    }
}

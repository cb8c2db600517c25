//! The portal's doors, all under `/api/v1/merchant`. Lists answer `{"items":[…],"next":"…"|null}` and are asked for with `?cursor=…&limit=…`.
//! Desk, operations and auditors say which shop with `?merchant=…`.

use super::{batches, doubts, money, payments, refunds, takings, terminals};
use crate::http::Live;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// The routes.
pub fn router() -> Router<Arc<Live>> {
    Router::new()
        .route("/api/v1/merchant/shop", get(money::shop))
        .route("/api/v1/merchant/takings", get(takings::list))
        .route("/api/v1/merchant/takings/{day}", get(takings::day))
        .route("/api/v1/merchant/expected", get(money::expected))
        .route("/api/v1/merchant/batches", get(batches::list))
        .route("/api/v1/merchant/payments", get(payments::list))
        .route("/api/v1/merchant/payments/{id}", get(payments::one))
        .route("/api/v1/merchant/payments/{id}/refunds", post(refunds::order))
        .route("/api/v1/merchant/refunds", get(refunds::list))
        .route("/api/v1/merchant/refunds/{name}/withdrawal", post(refunds::withdraw))
        .route("/api/v1/merchant/doubts", get(doubts::list))
        .route("/api/v1/merchant/payouts", get(money::payouts))
        .route("/api/v1/merchant/holds", get(money::holds))
        .route("/api/v1/merchant/statements", get(money::statements))
        .route("/api/v1/merchant/statements/{day}/{form}", get(money::statement))
        .route("/api/v1/merchant/terminals", get(terminals::list))
}

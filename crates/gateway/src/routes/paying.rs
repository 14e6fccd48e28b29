//! Orders whose payment moves on: cancelling one that waits, paying it in the sandbox, and having the money back.

use std::sync::Arc;

use api::rent::{self, CancelOrderRequest, PaySandboxOrderRequest, RequestRefundRequest};
use axum::Json;
use axum::extract::State;
use rpc::Call;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::{Order, titles_of};
use crate::Gateway;
use crate::extract::Path;
use crate::language::Languages;
use crate::problem::Problem;
use crate::session::Customer;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(cancel_order))
        .routes(routes!(refund_order))
        .routes(routes!(pay_in_sandbox))
}

/// Cancel an order that is not paid yet; one that turns out to be paid is fulfilled
#[utoipa::path(
    post,
    path = "/api/v1/orders/{order_id}/cancellation",
    tag = "orders",
    params(("order_id" = String, Path, format = "uuid"), ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The order as it is now: cancelled, or what it was before.", body = Order)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn cancel_order(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    languages: Languages,
    Path(order_id): Path<String>,
) -> Result<Json<Order>, Problem> {
    let call = Call::new(CancelOrderRequest { order_id }, customer.context.clone());
    moved(&gateway, &customer, &languages, gateway.rent.cancel_order(call)).await
}

/// Have all the money of an order back that was never played, in the time that `refundable_until` ends; what it gave ends
/// with it. A repeated call changes nothing
#[utoipa::path(
    post,
    path = "/api/v1/orders/{order_id}/refund",
    tag = "orders",
    params(("order_id" = String, Path, format = "uuid"), ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The order, refunded; 409 REFUND_NOT_ALLOWED says why not.", body = Order)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn refund_order(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    languages: Languages,
    Path(order_id): Path<String>,
) -> Result<Json<Order>, Problem> {
    let call = Call::new(RequestRefundRequest { order_id }, customer.context.clone());
    moved(&gateway, &customer, &languages, gateway.rent.request_refund(call)).await
}

/// Pay one of the customer's own orders that waits for a Pix, where payments are the sandbox's
#[utoipa::path(
    post,
    path = "/api/v1/sandbox/orders/{order_id}/payment",
    tag = "orders",
    params(("order_id" = String, Path, format = "uuid"), ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The order, paid; no money moves.", body = Order)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn pay_in_sandbox(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    languages: Languages,
    Path(order_id): Path<String>,
) -> Result<Json<Order>, Problem> {
    let call = Call::new(PaySandboxOrderRequest { order_id }, customer.context.clone());
    moved(&gateway, &customer, &languages, gateway.rent.pay_sandbox_order(call)).await
}

/// The order after `move_on`, which is called only if the customer's rate allows it.
async fn moved(
    gateway: &Gateway,
    customer: &Customer,
    languages: &Languages,
    move_on: impl Future<Output = rpc::Result<rent::Order>>,
) -> Result<Json<Order>, Problem> {
    gateway
        .rates
        .orders
        .check_for(&customer.customer_id, "orders_a_customer", &customer.context)?;
    let order = move_on.await?;
    let titles = titles_of(gateway, customer, [&order]).await;
    Ok(Json(Order::new(order, &titles, languages)))
}

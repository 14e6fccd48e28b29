//! Renting and buying.

use std::sync::Arc;

use api::rent::{self, GetOrderRequest, ListOrdersRequest, OrderState, PlaceOrderRequest};
use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use rpc::Call;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::{Body, IDEMPOTENCY_KEY, Path, Query, idempotency_key};
use crate::language::Languages;
use crate::problem::{Problem, ProblemCode};
use crate::session::Customer;
use crate::view::{
    DeclineReason, Entitlement, Money, NextAction, OfferKind, OrderStage, OrderedTitle, PaymentMethod, Price, Refund,
    Time, Titles, page_size, some_number, some_text,
};

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(place_order, list_orders))
        .routes(routes!(get_order))
}

/// All items or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlaceOrder {
    #[schema(min_items = 1, max_items = 10)]
    items: Vec<PlaceOrderItem>,
    payment: Payment,
}

/// An offer, at the price that the customer saw.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlaceOrderItem {
    #[schema(format = "uuid")]
    offer_id: String,
    price: Price,
}

/// How to pay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Payment {
    method: PaymentMethod,
    /// What the provider gave the browser for the card; a Pix has none.
    #[serde(default)]
    #[schema(example = "tok_visa")]
    token: String,
}

impl PlaceOrder {
    fn into_message(self, idempotency_key: String) -> Result<PlaceOrderRequest, Problem> {
        let items = self.items.into_iter().map(|item| {
            Ok(rent::OrderItem {
                offer_id: item.offer_id,
                price: Some(item.price.into_message()?),
            })
        });
        Ok(PlaceOrderRequest {
            idempotency_key,
            items: items.collect::<Result<_, Problem>>()?,
            payment: Some(rent::Payment {
                method: rent::PaymentMethod::from(self.payment.method).into(),
                token: self.payment.token,
            }),
        })
    }
}

/// What a customer asked for and paid.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Order {
    #[schema(format = "uuid")]
    id: String,
    state: OrderStage,
    items: Vec<OrderItem>,
    subtotal: Money,
    discount: Money,
    tax: Money,
    total: Money,
    payment_method: PaymentMethod,
    #[schema(required)]
    decline_reason: Option<DeclineReason>,
    created_at: Time,
    entitlements: Vec<Entitlement>,
    #[schema(required)]
    next_action: Option<NextAction>,
    /// In the order in which they were decided.
    refunds: Vec<Refund>,
    /// Until when `POST /api/v1/orders/{order_id}/refund` gives the money back; null if it does not.
    #[schema(required)]
    refundable_until: Option<Time>,
}

/// One title of an order, with the offer as it was when it was bought.
#[derive(Debug, Serialize, ToSchema)]
struct OrderItem {
    #[schema(format = "uuid")]
    offer_id: String,
    title: OrderedTitle,
    kind: OfferKind,
    price: Money,
    /// Null for a purchase.
    #[schema(required)]
    start_window_hours: Option<i32>,
    /// Null for a purchase.
    #[schema(required)]
    viewing_window_hours: Option<i32>,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
struct OrderPage {
    orders: Vec<Order>,
    /// Null on the last page.
    #[schema(required)]
    next_page_token: Option<String>,
}

/// Rent or buy
#[utoipa::path(
    post,
    path = "/api/v1/orders",
    tag = "orders",
    params(
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 255,
            description = "Visible ASCII, the customer's own. The same key and body get the same answer."),
        ("X-DVS-Customer" = Option<String>, Header, format = "uuid",
            description = "The customer for whom the page was made: 409 CUSTOMER_CHANGED if another one is signed in by \
                           now. Every call of a signed-in customer takes it."),
        ("Accept-Language" = Option<String>, Header),
    ),
    request_body = PlaceOrder,
    responses((status = CREATED, description = "Fulfilled, or pending with next_action.", body = Order)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn place_order(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    languages: Languages,
    headers: HeaderMap,
    Body(order): Body<PlaceOrder>,
) -> Result<(StatusCode, Json<Order>), Problem> {
    gateway
        .rates
        .orders
        .check_for(&customer.customer_id, "orders_a_customer", &customer.context)?;
    if !gateway.settings.allow_sandbox && gateway.shows_sandbox(&customer.context).await {
        return Err(sandbox_not_allowed());
    }
    let key = idempotency_key(&headers)?.ok_or_else(|| {
        let message = "An order needs the header Idempotency-Key.";
        Problem::invalid(IDEMPOTENCY_KEY, message)
    })?;
    let message = order.into_message(key)?;
    let order = gateway
        .rent
        .place_order(Call::new(message, customer.context.clone()))
        .await?;
    if order.state() == OrderState::Declined {
        return Err(Problem::payment_declined(&order));
    }
    let titles = titles_of(&gateway, &customer, [&order]).await;
    Ok((StatusCode::CREATED, Json(Order::new(order, &titles, &languages))))
}

/// Refused because films would be given away: rent, in another process, has no provider except the sandbox.
fn sandbox_not_allowed() -> Problem {
    tracing::error!("no order is taken: payments are a sandbox, and the store is public (--allow-sandbox)");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ProblemCode::SandboxNotAllowed,
        "This store cannot take payments yet.",
    )
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct OrderQuery {
    #[param(minimum = 1, maximum = 100, default = 24)]
    page_size: Option<i32>,
    /// The `next_page_token` of the page before.
    page_token: String,
}

/// The customer's orders, newest first
#[utoipa::path(
    get,
    path = "/api/v1/orders",
    tag = "orders",
    params(OrderQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "A page of orders.", body = OrderPage)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn list_orders(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    languages: Languages,
    Query(query): Query<OrderQuery>,
) -> Result<Json<OrderPage>, Problem> {
    let message = ListOrdersRequest {
        page_size: page_size(query.page_size)?,
        page_token: query.page_token,
    };
    let page = gateway
        .rent
        .list_orders(Call::new(message, customer.context.clone()))
        .await?;
    let titles = titles_of(&gateway, &customer, &page.orders).await;
    let orders = page
        .orders
        .into_iter()
        .map(|order| Order::new(order, &titles, &languages));
    Ok(Json(OrderPage {
        orders: orders.collect(),
        next_page_token: some_text(page.next_page_token),
    }))
}

/// One of the customer's orders
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order_id}",
    tag = "orders",
    params(("order_id" = String, Path, format = "uuid"), ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The order.", body = Order)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn get_order(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    languages: Languages,
    Path(order_id): Path<String>,
) -> Result<Json<Order>, Problem> {
    let message = GetOrderRequest { order_id };
    let order = gateway
        .rent
        .get_order(Call::new(message, customer.context.clone()))
        .await?;
    let titles = titles_of(&gateway, &customer, [&order]).await;
    Ok(Json(Order::new(order, &titles, &languages)))
}

pub(super) async fn titles_of(
    gateway: &Gateway,
    customer: &Customer,
    orders: impl IntoIterator<Item = &rent::Order>,
) -> Titles {
    let lines = orders.into_iter().flat_map(|order| &order.lines);
    Titles::ask_if_there(
        &gateway.catalogue,
        &customer.context,
        lines.map(|line| line.title_id.as_str()),
    )
    .await
}

impl Order {
    pub(super) fn new(order: rent::Order, titles: &Titles, languages: &Languages) -> Self {
        let is_declined = order.state() == OrderState::Declined;
        let decline_reason = is_declined.then(|| DeclineReason::of(&order));
        let items = order
            .lines
            .iter()
            .map(|line| OrderItem::new(line, titles, languages))
            .collect();
        Self {
            state: order.state().into(),
            payment_method: order.payment_method().into(),
            id: order.order_id,
            items,
            subtotal: order.subtotal.into(),
            discount: order.discount.into(),
            tax: order.tax.into(),
            total: order.total.into(),
            decline_reason,
            created_at: Time::new(order.created_at_us),
            entitlements: order.entitlements.into_iter().map(Entitlement::from).collect(),
            next_action: order.next_action.map(NextAction::of),
            refunds: order.refunds.into_iter().map(Refund::from).collect(),
            refundable_until: Time::some(order.refundable_until_us),
        }
    }
}

impl OrderItem {
    fn new(line: &rent::OrderLine, titles: &Titles, languages: &Languages) -> Self {
        Self {
            offer_id: line.offer_id.clone(),
            title: OrderedTitle::new(&titles.find_or(&line.title_id, &line.title_name), languages),
            kind: line.kind().into(),
            price: line.price.clone().into(),
            start_window_hours: some_number(line.start_window_hours),
            viewing_window_hours: some_number(line.viewing_window_hours),
        }
    }
}

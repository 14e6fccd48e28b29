//! Changes as server-sent events: of the catalogue, and of the signed-in customer's orders and library.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use api::catalogue::{TitlesChanged, WatchTitlesRequest};
use api::rent::{OrdersChanged, WatchOrdersRequest};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use http::header::CACHE_CONTROL;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use rpc::{Call, Context};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::Query;
use crate::language::Languages;
use crate::problem::Problem;
use crate::rate;
use crate::request::{self, Anybody};
use crate::session::Visitor;
use crate::streams::Permit;
use crate::view::{Entitlement, OrderStage, TitleItem};

/// After this the stream ends and the browser reconnects, so that its session is checked again.
const LIFETIME: Duration = Duration::from_mins(10);
/// How soon a browser reconnects.
const RETRY: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Tells nginx, and other proxies that know this header, to pass each event on at once.
const UNBUFFERED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-accel-buffering"),
    HeaderValue::from_static("no"),
);

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(watch))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// The id of the last event seen, where no Last-Event-ID header says it.
    after: String,
}

/// Titles that have changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedTitles {
    titles: Vec<TitleItem>,
}

/// What has changed of the customer's orders and library.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedOrders {
    orders: Vec<ChangedOrder>,
    entitlements: Vec<Entitlement>,
}

/// An order, and its present state.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedOrder {
    #[schema(format = "uuid")]
    id: String,
    state: OrderStage,
}

/// How far a browser has seen: the revisions of the catalogue and of rent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Seen {
    titles: i64,
    orders: i64,
}

impl Seen {
    /// `None` if the text is not an id of ours.
    fn parse(text: &str) -> Option<Self> {
        let (titles, orders) = text.strip_prefix('t')?.split_once(".o")?;
        let revision = |text: &str| text.parse().ok().filter(|revision: &i64| *revision >= 0);
        Some(Self {
            titles: revision(titles)?,
            orders: revision(orders)?,
        })
    }

    fn id(self) -> String {
        format!("t{}.o{}", self.titles, self.orders)
    }
}

enum Change {
    Titles(TitlesChanged),
    Orders(OrdersChanged),
}

/// What changes, as it changes
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "events",
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header), ("Accept-Language" = Option<String>, Header)),
    responses((
        status = OK,
        description = "Server-sent events: `titles` with ChangedTitles, and for a customer `orders` with ChangedOrders.",
        content_type = "text/event-stream",
        body = String,
    )),
    security((), ("session_cookie" = []), ("session_token" = [])),
)]
async fn watch(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Visitor(customer): Visitor,
    languages: Languages,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, Problem> {
    let id = customer.as_ref().map(|customer| customer.customer_id.as_str());
    let place = gateway
        .event_streams
        .take(id, rate::caller(&gateway, &extensions, &headers))?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = match last.unwrap_or(&query.after) {
        "" => Seen::default(),
        id => Seen::parse(id).ok_or_else(|| Problem::invalid("after", "This is no event's id."))?,
    };
    let mut changes = vec![titles(&gateway, seen.titles, context).await?];
    if let Some(customer) = customer
        && let Some(orders) = orders(&gateway, seen.orders, customer.context).await
    {
        changes.push(orders);
    }
    let events = events(changes, seen, languages, place);
    let draining = gateway.draining.clone();
    let ends = async move {
        let _ = tokio::time::timeout(LIFETIME, draining.cancelled_owned()).await;
    };
    let events = events.take_until(Box::pin(ends));
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    response.headers_mut().insert(UNBUFFERED.0, UNBUFFERED.1);
    response.headers_mut().insert(CACHE_CONTROL, request::OWN_COPY);
    Ok(response)
}

type Changes = futures::stream::BoxStream<'static, Change>;

async fn titles(gateway: &Gateway, after_revision: i64, context: Context) -> Result<Changes, Problem> {
    let request = WatchTitlesRequest { after_revision };
    let changes = gateway
        .catalogue
        .watch_titles(Call::new(request, endless(context)))
        .await?;
    let pages = Arc::clone(&gateway.film_pages);
    // A page that receives a change requests its data again, and must not get the cached page from before.
    let changes = changes.inspect(move |_| pages.forget()).boxed();
    Ok(until_fault(changes, Change::Titles))
}

/// `None` if rent cannot be reached: the catalogue's changes are still useful.
async fn orders(gateway: &Gateway, after_revision: i64, context: Context) -> Option<Changes> {
    let request = WatchOrdersRequest { after_revision };
    let changes = gateway
        .rent
        .watch_orders(Call::new(request, endless(context)))
        .await
        .ok()?;
    Some(until_fault(changes, Change::Orders))
}

fn endless(context: Context) -> Context {
    Context {
        deadline: None,
        ..context
    }
}

/// Ends at the first fault: the browser then reconnects and says what it has seen.
fn until_fault<T: Send + 'static>(changes: rpc::Stream<T>, change: fn(T) -> Change) -> Changes {
    let until = changes.take_while(|changed| std::future::ready(changed.is_ok()));
    until.filter_map(async |changed| changed.ok()).map(change).boxed()
}

/// The changes of all sources as events; the stream ends with the first source that ends.
fn events(
    changes: Vec<Changes>,
    seen: Seen,
    languages: Languages,
    place: Permit,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    let hello = stream::once(std::future::ready(Ok(Event::default().retry(RETRY))));
    let ended = changes
        .into_iter()
        .map(|changes| changes.map(Some).chain(stream::once(std::future::ready(None))));
    let merged = stream::select_all(ended).take_while(|change| std::future::ready(change.is_some()));
    let state = (seen, languages, place);
    hello.chain(
        merged
            .filter_map(std::future::ready)
            .scan(state, |(seen, languages, _place), change| {
                std::future::ready(Some(Ok(event(seen, languages, change))))
            }),
    )
}

fn event(seen: &mut Seen, languages: &Languages, change: Change) -> Event {
    let event = match change {
        Change::Titles(changed) => {
            seen.titles = changed.revision;
            let titles = TitleItem::list(changed.titles, languages);
            data("titles", titles.is_empty(), &ChangedTitles { titles })
        }
        Change::Orders(changed) => {
            seen.orders = changed.revision;
            let orders = changed.orders.into_iter().map(|order| ChangedOrder {
                state: order.state().into(),
                id: order.order_id,
            });
            let orders: Vec<_> = orders.collect();
            let entitlements: Vec<_> = changed.entitlements.into_iter().map(Entitlement::from).collect();
            let is_empty = orders.is_empty() && entitlements.is_empty();
            data("orders", is_empty, &ChangedOrders { orders, entitlements })
        }
    };
    event.id(seen.id())
}

/// The first message of a watch only says where it begins. It has data too, because browsers drop an event without data.
fn data(name: &str, is_empty: bool, data: &impl Serialize) -> Event {
    if is_empty {
        return Event::default().event("seen").data("{}");
    }
    let event = Event::default().event(name);
    event.json_data(data).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_id_says_what_was_seen() {
        let seen = Seen { titles: 12, orders: 34 };
        assert_eq!(Seen::parse(&seen.id()), Some(seen));
        for id in ["", "12", "t1", "t1.o", "o1.t2", "t-1.o2", "t1.o2.x3"] {
            assert_eq!(Seen::parse(id), None, "{id}");
        }
    }
}

//! The routes of a gateway with a lab. A request may choose the transport of the calls that the gateway makes for it,
//! so that each transport can be measured and inspected in one running store: `X-DVS-Transport: local|grpc|rest`.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use gateway::{Clock, Gateway, Parts, Problem};
use http::header::DATE;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use rpc::Transport;
use tower::ServiceExt;

use crate::lab::{Lab, Services};
use crate::routes::{self, Site};

const TRANSPORT: HeaderName = HeaderName::from_static("x-dvs-transport");
/// Tells the web app that there is a lab to link to.
const LAB: HeaderName = HeaderName::from_static("x-dvs-lab");

/// The routes of a gateway, once for each transport of its lab. All of them share the gateway's counters and limits. A
/// request without the header goes to the gateway made of `parts`.
pub fn router(parts: &Parts, lab: Lab) -> Router {
    let lab = Arc::new(lab);
    let site = Site {
        lab: Arc::clone(&lab),
        request_ids: Arc::clone(&parts.request_ids),
        draining: parts.draining.clone(),
    };
    let clock = Arc::clone(&parts.clock);
    let usual = Gateway::new(parts.clone()).with_routes(routes::routes(site));
    let usual = Arc::new(usual);
    let over: Arc<[_]> = lab
        .services()
        .iter()
        .map(|(transport, Services { catalogue, rent })| {
            let parts = Parts {
                catalogue: Arc::clone(catalogue),
                rent: Arc::clone(rent),
                ..parts.clone()
            };
            (*transport, usual.router_beside(parts))
        })
        .collect();
    let refusing = usual.at_edge(Router::new().fallback(refuse));
    let usual = usual.router();
    Router::new().fallback(async move |asked: Request| {
        let wanted = asked.headers().get(TRANSPORT).map(|_| wanted(asked.headers()));
        let router = match wanted {
            None => Some(&usual),
            Some(Ok(transport)) => over
                .iter()
                .find_map(|(offered, router)| (*offered == transport).then_some(router)),
            Some(Err(_)) => None,
        };
        let router = router.unwrap_or(&refusing);
        let answer = router.clone().oneshot(asked).await;
        answer.map(|mut answer| {
            mark(answer.headers_mut(), &clock);
            answer
        })
    })
}

fn wanted(headers: &HeaderMap) -> Result<Transport, String> {
    let value = headers.get(TRANSPORT).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().parse()
}

async fn refuse(headers: HeaderMap) -> Problem {
    let message = match wanted(&headers) {
        Err(unknown) => unknown,
        Ok(_) => "This gateway does not run in one process with its services: write grpc or rest.".to_owned(),
    };
    Problem::invalid(TRANSPORT.as_str(), message)
}

/// Marks an answer as one of a lab.
fn mark(headers: &mut HeaderMap, clock: &Clock) {
    headers.insert(LAB, HeaderValue::from_static("open"));
    // The web app's countdowns use this header, and the lab's clock may be moved. In a store without a lab the server
    // sets the header from the machine's clock.
    if let Some(date) = date(clock()) {
        headers.insert(DATE, date);
    }
}

/// A time as the header `Date` writes it.
fn date(now_us: i64) -> Option<HeaderValue> {
    let now = Timestamp::from_microsecond(now_us).ok()?;
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?;
    HeaderValue::try_from(text).ok()
}

//! In the lab a request may say how its calls travel, so that one running store can be measured and looked into over
//! each way: `X-DVS-Transport: local|grpc|rest`.

use std::sync::Arc;

use axum::extract::Request;
use axum::{Router, middleware};
use http::{HeaderMap, HeaderName};
use rpc::Transport;
use tower::ServiceExt;

use crate::problem::Problem;
use crate::router;
use crate::{Gateway, request};

const TRANSPORT: HeaderName = HeaderName::from_static("x-dvs-transport");

/// The whole gateway once a transport, sharing what is not of one; without the header it is `usual`.
pub(crate) fn by_header(usual: &Arc<Gateway>, over: Vec<(Transport, Arc<Gateway>)>) -> Router {
    let refusing = Router::new()
        .fallback(refuse)
        .layer(middleware::from_fn_with_state(Arc::clone(usual), request::edge))
        .with_state(Arc::clone(usual));
    let usual = router::routes(usual);
    let over: Arc<[_]> = over
        .into_iter()
        .map(|(transport, gateway)| (transport, router::routes(&gateway)))
        .collect();
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
        router.clone().oneshot(asked).await
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

//! A gateway without a free permit refuses requests at once.

use axum::body::{Body, Bytes};
use futures::stream;
use http::{Method, Request};
use tower::ServiceExt;

use crate::support::{World, ask, refusal};

#[tokio::test]
async fn a_request_too_many_is_told_to_come_back_and_probes_are_answered() {
    let world = World::with(|settings| settings.requests = 1);
    // A request whose body does not arrive keeps its permit until its client leaves.
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let slow = Request::post("/api/v1/session")
        .header("content-type", "application/json")
        .body(never)
        .unwrap();
    let mut staying = Box::pin(world.router.clone().oneshot(slow));
    assert!(futures::poll!(&mut staying).is_pending());

    let refused = world.send(ask(Method::GET, "/api/v1/titles")).await;
    assert_eq!(refused.refusal(), refusal(503, "UNAVAILABLE"));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(world.get("/healthz").await.status, 200);
    assert_eq!(world.get("/readyz").await.status, 200);

    drop(staying);
    assert_eq!(world.get("/api/v1/titles").await.status, 200);
}

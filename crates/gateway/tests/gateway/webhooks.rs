//! Payment providers call the store: what they send goes to rent as it came.

use http::Method;

use crate::support::{World, ask, refusal};

const EVENT: &str = r#"{"id": "evt_1",  "spaces": "stay"}"#;

#[tokio::test]
async fn an_event_goes_to_rent_byte_by_byte_with_its_headers_and_query() {
    let world = World::new();
    for (path, provider, query) in [
        ("/webhooks/stripe", "stripe", ""),
        ("/webhooks/pix?token=abc", "pix", "token=abc"),
        ("/webhooks/pix/pix?token=abc", "pix", "token=abc"),
    ] {
        let call = ask(Method::POST, path)
            .header("stripe-signature", "t=1,v1=ab")
            .header("cookie", "dvs_session=secret")
            .header("authorization", "Bearer secret")
            .header("origin", "https://provider.example")
            .text(EVENT);
        let answer = world.send(call).await;
        assert_eq!(answer.status, 200, "{path}");
        let event = world.rent.events.lock().unwrap().pop().unwrap();
        assert_eq!((&*event.provider, &*event.query), (provider, query));
        assert_eq!(event.body, EVENT.as_bytes());
        assert_eq!(event.headers["stripe-signature"], "t=1,v1=ab");
        assert!(
            !format!("{:?}", event.headers).contains("secret"),
            "{:?}",
            event.headers
        );
    }
}

#[tokio::test]
async fn an_event_that_is_too_long_is_refused() {
    let world = World::new();
    let longest = ask(Method::POST, "/webhooks/stripe").text(&"x".repeat(256 * 1024));
    assert_eq!(world.send(longest).await.status, 200);
    let longer = ask(Method::POST, "/webhooks/stripe").text(&"x".repeat(256 * 1024 + 1));
    assert_eq!(world.send(longer).await.refusal(), refusal(413, "BODY_TOO_LARGE"));
    assert_eq!(world.rent.events.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_is_not_acknowledged_while_rent_cannot_store_it() {
    let world = World::new();
    world.rent.is_down.store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = world.send(ask(Method::POST, "/webhooks/stripe").text(EVENT)).await;
    assert_eq!(answer.status, 503);
    let read = world.get("/webhooks/stripe").await;
    assert_eq!(read.status, 405);
}

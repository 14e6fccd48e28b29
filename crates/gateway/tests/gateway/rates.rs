//! Limits of requests.

use gateway::RateLimits;
use http::Method;
use serde_json::json;

use crate::support::{World, ask, refusal};

fn limited() -> World {
    World::with(|settings| settings.rate_limits = RateLimits::default())
}

#[tokio::test]
async fn an_account_has_ten_sign_ins_a_minute_however_its_name_is_written() {
    let world = limited();
    let sign_in =
        |email: &str| ask(Method::POST, "/api/v1/session").json(&json!({"email": email, "password": "guess"}));
    for _ in 0..5 {
        assert_eq!(world.send(sign_in("ana@example.com")).await.status, 401);
        assert_eq!(world.send(sign_in(" ANA@example.com")).await.status, 401);
    }
    let refused = world.send(sign_in("ana@example.com")).await;
    assert_eq!(refused.refusal(), refusal(429, "RATE_LIMITED"));
    assert_eq!(refused.header("retry-after"), "6");
    assert_eq!(world.send(sign_in("bea@example.com")).await.status, 401);
    world.pass(6);
    assert_eq!(world.send(sign_in("ana@example.com")).await.status, 401);
}

#[tokio::test]
async fn a_customer_has_two_hundred_orders_a_minute() {
    let world = limited();
    let body = json!({"items": [], "payment": {"method": "card", "token": "t"}});
    let place = || {
        ask(Method::POST, "/api/v1/orders")
            .by_ana()
            .header("idempotency-key", "k")
            .json(&body)
    };
    for _ in 0..200 {
        assert_eq!(world.send(place()).await.status, 201);
    }
    assert_eq!(world.send(place()).await.refusal(), refusal(429, "RATE_LIMITED"));
}

#[tokio::test]
async fn an_address_has_six_hundred_requests_a_minute_and_probes_are_not_counted() {
    let world = limited();
    let asked = || {
        ask(Method::GET, "/api/v1/titles")
            .at_address("203.0.113.7")
            .header("x-forwarded-for", "1.1.1.1")
    };
    for _ in 0..600 {
        assert_eq!(world.send(asked()).await.status, 200);
    }
    assert_eq!(world.send(asked()).await.refusal(), refusal(429, "RATE_LIMITED"));
    let spoofed = asked().header("x-forwarded-for", "9.9.9.9");
    assert_eq!(world.send(spoofed).await.status, 429);
    assert_eq!(
        world
            .send(ask(Method::GET, "/api/v1/titles").at_address("203.0.113.8"))
            .await
            .status,
        200
    );
    assert_eq!(
        world
            .send(ask(Method::GET, "/healthz").at_address("203.0.113.7"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn limits_can_be_off() {
    let world = World::new();
    for _ in 0..700 {
        assert_eq!(
            world
                .send(ask(Method::GET, "/healthz").at_address("203.0.113.7"))
                .await
                .status,
            200
        );
        assert_eq!(
            world
                .send(ask(Method::GET, "/docs").at_address("203.0.113.7"))
                .await
                .status,
            200
        );
    }
}

//! Orders, as clients of the public API place and see them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use api::rent::next_action::{Action, ShowCode, Wait};
use api::rent::{DeclineReason, EntitlementState, NextAction, OrderState, PaymentMethod};
use http::Method;
use rpc::{Code, Fault};
use serde_json::{Value, json};

use crate::support::{Asked, NOSFERATU, START_US, World, ask, entitlement, money, order, refusal};

fn body() -> Value {
    json!({
        "items": [{"offer_id": "offer-1490", "price": {"amount_minor": 1490, "currency_code": "BRL"}}],
        "payment": {"method": "card", "token": "tok_visa"},
    })
}

fn place(body: &Value) -> Asked {
    ask(Method::POST, "/api/v1/orders")
        .by_ana()
        .header("idempotency-key", "key-1")
        .json(body)
}

fn with_order(answer: Result<api::rent::Order, Fault>) -> World {
    let world = World::new();
    *world.rent.order.lock().unwrap() = answer;
    world
}

#[tokio::test]
async fn an_order_is_placed_with_the_price_that_was_seen() {
    let mut fulfilled = order("order-1", OrderState::Fulfilled);
    fulfilled.entitlements = vec![entitlement("e-1", NOSFERATU, EntitlementState::NotStarted)];
    let world = with_order(Ok(fulfilled));
    let answer = world.send(place(&body())).await;
    assert_eq!(answer.status, 201);
    let order = answer.json();
    assert_eq!(order["state"], "fulfilled");
    assert_eq!(
        order["total"],
        json!({"amount_minor": 1490, "currency_code": "BRL", "minor_digits": 2})
    );
    assert_eq!(order["items"][0]["title"]["name"], "Nosferatu");
    assert_eq!(order["items"][0]["title"]["year"], 1922);
    assert_eq!(order["items"][0]["viewing_window_hours"], 48);
    assert_eq!(order["entitlements"][0]["state"], "not_started");
    assert_eq!(order["decline_reason"], Value::Null);
    assert_eq!(order["next_action"], Value::Null);
    assert_eq!(order["created_at"], "2026-11-24T00:00:00Z");
    let sent = world.rent.last_order.lock().unwrap().clone();
    assert_eq!(sent.idempotency_key, "key-1");
    assert_eq!(sent.items[0].price, Some(money(1490)));
    assert_eq!(sent.payment.unwrap().token, "tok_visa");
}

#[tokio::test]
async fn an_undecided_order_says_to_wait() {
    let mut pending = order("order-1", OrderState::Pending);
    pending.next_action = Some(NextAction {
        action: Some(Action::Wait(Wait {})),
    });
    let answer = with_order(Ok(pending)).send(place(&body())).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["state"], "pending");
    assert_eq!(answer.json()["next_action"], json!({"type": "wait"}));
}

#[tokio::test]
async fn an_order_by_pix_comes_with_its_code_and_is_paid_in_the_sandbox_or_given_up() {
    let mut pending = order("order-1", OrderState::Pending);
    pending.set_payment_method(PaymentMethod::Pix);
    pending.next_action = Some(NextAction {
        action: Some(Action::ShowCode(ShowCode {
            code: "00020101…".to_owned(),
            expires_at_us: pending.created_at_us + 900_000_000,
            sandbox: true,
        })),
    });
    let world = with_order(Ok(pending));
    let mut body = body();
    body["payment"] = json!({"method": "pix"});
    let answer = world.send(place(&body)).await;
    assert_eq!(answer.status, 201);
    let pix = json!({"type": "show_code", "code": "00020101…", "expires_at": "2026-11-24T00:15:00Z", "sandbox": true});
    assert_eq!(answer.json()["next_action"], pix);
    assert_eq!(
        world.rent.last_order.lock().unwrap().payment.as_ref().unwrap().token,
        ""
    );

    for (path, state) in [
        ("/api/v1/sandbox/orders/order-1/payment", "fulfilled"),
        ("/api/v1/orders/order-1/cancellation", "cancelled"),
    ] {
        let order = world.send(ask(Method::POST, path).by_ana()).await.json();
        assert_eq!((&order["state"], &order["next_action"]), (&json!(state), &Value::Null));
        let guest = world.send(ask(Method::POST, path)).await;
        assert_eq!(guest.refusal(), refusal(401, "UNAUTHENTICATED"));
        let anothers = path.replace("order-1", "order-2");
        let anothers = world.send(ask(Method::POST, &anothers).by_ana()).await;
        assert_eq!(anothers.refusal(), refusal(404, "ORDER_NOT_FOUND"));
    }
}

#[tokio::test]
async fn an_order_says_until_when_it_is_refunded_and_is_refunded_once() {
    const PATH: &str = "/api/v1/orders/order-1/refund";
    let mut paid = order("order-1", OrderState::Fulfilled);
    paid.refundable_until_us = START_US;
    let world = with_order(Ok(paid));
    let seen = world.send(ask(Method::GET, "/api/v1/orders/order-1").by_ana()).await;
    assert_eq!(seen.json()["refundable_until"], "2026-11-24T00:00:00Z");
    assert_eq!(seen.json()["refunds"], json!([]));
    let refunded = world.send(ask(Method::POST, PATH).by_ana()).await;
    let refund = json!([{
        "id": "refund-1", "amount": seen.json()["total"], "reason": "withdrawal", "state": "pending",
        "decided_at": "2026-11-24T00:00:00Z", "ends_access": true,
    }]);
    assert_eq!(refunded.json()["refunds"], refund);
    assert_eq!(
        (&refunded.json()["state"], &refunded.json()["refundable_until"]),
        (&json!("refunded"), &Value::Null)
    );
    let guest = world.send(ask(Method::POST, PATH)).await;
    assert_eq!(guest.refusal(), refusal(401, "UNAUTHENTICATED"));

    let world = with_order(Ok(order("order-1", OrderState::Fulfilled)));
    let refused = world.send(ask(Method::POST, PATH).by_ana()).await;
    assert_eq!(refused.refusal(), refusal(409, "REFUND_NOT_ALLOWED"));
    assert_eq!(refused.problem()["rule"], "played");
}

#[tokio::test]
async fn a_title_that_is_being_paid_elsewhere_says_by_which_order() {
    let fault = Fault::new(Code::Aborted, "TITLE_BEING_ORDERED", "It is being paid.").with_metadata("order_id", "o-1");
    let answer = with_order(Err(fault)).send(place(&body())).await;
    assert_eq!(answer.refusal(), refusal(409, "TITLE_BEING_ORDERED"));
    assert_eq!(answer.problem()["order_id"], "o-1");
}

#[tokio::test]
async fn a_declined_order_is_402_with_its_id_and_reason() {
    for (reason, told) in [
        (DeclineReason::InsufficientFunds, "insufficient_funds"),
        (DeclineReason::InvalidToken, "invalid_token"),
        (DeclineReason::Declined, "declined"),
        (DeclineReason::Unspecified, "other"),
    ] {
        let mut declined = order("order-1", OrderState::Declined);
        declined.set_decline_reason(reason);
        let answer = with_order(Ok(declined)).send(place(&body())).await;
        assert_eq!(answer.refusal(), refusal(402, "PAYMENT_DECLINED"));
        assert_eq!(answer.problem()["order_id"], "order-1");
        assert_eq!(answer.problem()["decline_reason"], told);
    }
}

#[tokio::test]
async fn a_changed_price_comes_with_the_new_one() {
    let fault = Fault::new(Code::FailedPrecondition, "PRICE_CHANGED", "The price has changed.")
        .with_metadata("offer_id", "offer-1490")
        .with_metadata("amount_minor", "1990")
        .with_metadata("currency_code", "BRL");
    let answer = with_order(Err(fault)).send(place(&body())).await;
    assert_eq!(answer.refusal(), refusal(409, "PRICE_CHANGED"));
    assert_eq!(
        answer.problem()["price"],
        json!({"amount_minor": 1990, "currency_code": "BRL", "minor_digits": 2})
    );
    assert_eq!(answer.problem()["offer_id"], "offer-1490");
}

#[tokio::test]
async fn what_is_held_already_is_a_conflict_that_says_what() {
    let fault = Fault::new(Code::AlreadyExists, "ALREADY_HELD", "You already have it.")
        .with_metadata("title_id", NOSFERATU)
        .with_metadata("entitlement_id", "e-1");
    let answer = with_order(Err(fault)).send(place(&body())).await;
    assert_eq!(answer.refusal(), refusal(409, "ALREADY_HELD"));
    assert_eq!(answer.problem()["entitlement_id"], "e-1");
}

#[tokio::test]
async fn a_key_in_flight_says_when_to_come_back() {
    let fault = Fault::new(Code::Aborted, "ORDER_IN_PROGRESS", "It is being placed.");
    let answer = with_order(Err(fault.with_retry_after(Duration::from_millis(1200))))
        .send(place(&body()))
        .await;
    assert_eq!(answer.refusal(), refusal(409, "ORDER_IN_PROGRESS"));
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(answer.problem()["retry_after"], 2);
}

#[tokio::test]
async fn an_order_needs_a_good_idempotency_key() {
    let world = World::new();
    let missing = ask(Method::POST, "/api/v1/orders").by_ana().json(&body());
    let keys =
        ["", "with space", "caf\u{e9}", &"k".repeat(256)].map(|key| place(&body()).header("idempotency-key", key));
    for asked in keys.into_iter().chain([missing]) {
        let answer = world.send(asked).await;
        assert_eq!(answer.refusal(), refusal(400, "INVALID_ARGUMENT"));
        assert_eq!(answer.problem()["fields"][0]["field"], "Idempotency-Key");
    }
    let longest = place(&body()).header("idempotency-key", &"k".repeat(255));
    assert_eq!(world.send(longest).await.status, 201);
}

#[tokio::test]
async fn a_bad_order_names_its_field() {
    let world = World::new();
    let cases = [
        (
            "/items/0/price/amount_minor",
            json!(14.9),
            "items[0].price.amount_minor",
        ),
        (
            "/items/0/price/amount_minor",
            json!("1490"),
            "items[0].price.amount_minor",
        ),
        (
            "/items/0/price",
            json!({"amount_minor": 1490}),
            "items[0].price.currency_code",
        ),
        ("/items/0/price", json!(null), "items[0].price"),
        ("/items", json!({}), "items"),
        ("/payment/method", json!("cash"), "payment.method"),
        (
            "/payment",
            json!({"method": "card", "token": "t", "cvv": 1}),
            "payment.cvv",
        ),
    ];
    for (at, value, field) in cases {
        let mut body = body();
        *body.pointer_mut(at).unwrap() = value;
        let answer = world.send(place(&body)).await;
        assert_eq!(answer.refusal(), refusal(400, "INVALID_ARGUMENT"), "{field}");
        assert_eq!(answer.problem()["fields"][0]["field"], field);
    }
    let answer = world.send(place(&json!({"items": [], "coupon": "FREE"}))).await;
    assert_eq!(answer.problem()["fields"][0]["field"], "coupon");
    assert!(
        world.rent.last_order.lock().unwrap().idempotency_key.is_empty(),
        "nothing reached rent"
    );
}

#[tokio::test]
async fn orders_are_listed_and_looked_at_by_their_customer_alone() {
    let world = World::new();
    let mine = world.send(ask(Method::GET, "/api/v1/orders").by_ana()).await.json();
    assert_eq!(mine["orders"][0]["id"], "order-1");
    assert_eq!(mine["next_page_token"], "more");
    let one = world
        .send(ask(Method::GET, "/api/v1/orders/order-1").by_ana())
        .await
        .json();
    assert_eq!(one["items"][0]["title"]["id"], NOSFERATU);
    let anothers = world.send(ask(Method::GET, "/api/v1/orders/order-2").by_ana()).await;
    assert_eq!(anothers.refusal(), refusal(404, "ORDER_NOT_FOUND"));
    let garbage = world
        .send(ask(Method::GET, "/api/v1/orders?page_token=garbage").by_ana())
        .await;
    assert_eq!(garbage.refusal(), refusal(400, "PAGE_TOKEN_UNKNOWN"));
    for path in ["/api/v1/orders", "/api/v1/orders/order-1"] {
        assert_eq!(world.get(path).await.refusal(), refusal(401, "UNAUTHENTICATED"));
    }
}

#[tokio::test]
async fn a_receipt_is_shown_while_the_catalogue_rests() {
    let world = World::new();
    world.catalogue.is_down.store(true, Ordering::Relaxed);
    let one = world
        .send(ask(Method::GET, "/api/v1/orders/order-1").by_ana())
        .await
        .json();
    assert_eq!(one["items"][0]["title"]["name"], "Nosferatu as ordered");
    assert_eq!(one["items"][0]["title"]["year"], Value::Null);
}

#[tokio::test]
async fn a_receipt_does_not_wait_long_for_a_catalogue_that_does_not_answer() {
    let world = World::new();
    world.catalogue.silence.begin();
    let one = world.send(ask(Method::GET, "/api/v1/orders/order-1").by_ana()).await;
    assert_eq!(one.json()["items"][0]["title"]["name"], "Nosferatu as ordered");
    assert!(world.catalogue.silence.longest_wait() <= Duration::from_secs(2));
}

#[tokio::test]
async fn what_a_page_of_another_customer_asks_is_refused_and_does_nothing() {
    let world = World::new();
    let changed = refusal(409, "CUSTOMER_CHANGED");
    let theirs = |asked: crate::support::Asked| asked.by_ana().header("x-dvs-customer", "bia");
    let empty = json!({});
    let calls = [
        (Method::POST, "/api/v1/orders", body()),
        (Method::POST, "/api/v1/orders/order-1/cancellation", empty.clone()),
        (Method::POST, "/api/v1/orders/order-1/refund", empty.clone()),
        (Method::POST, "/api/v1/sandbox/orders/order-1/payment", empty.clone()),
        (
            Method::POST,
            "/api/v1/account/deletion",
            json!({"current_password": "correct horse"}),
        ),
        (Method::PUT, "/api/v1/watchlist/nosferatu-1922", empty.clone()),
        (Method::POST, "/api/v1/library/held-1/playback", empty.clone()),
        (Method::POST, "/api/v1/account/settings", json!({"name": "Eva"})),
        (Method::GET, "/api/v1/library", empty.clone()),
        (Method::DELETE, "/api/v1/session", empty),
    ];
    for (method, path, body) in calls {
        let asked = theirs(ask(method.clone(), path))
            .header("idempotency-key", "k")
            .json(&body);
        let answer = world.send(asked).await;
        assert_eq!(answer.refusal(), changed, "{method} {path}");
    }
    assert_eq!(
        world.rent.last_order.lock().unwrap().items.len(),
        0,
        "an order was placed"
    );
    assert_eq!(
        world.send(ask(Method::GET, "/api/v1/account").by_ana()).await.status,
        200,
        "and the session is still open"
    );
    let own = place(&body()).header("x-dvs-customer", "ana");
    assert_eq!(world.send(own).await.status, 201);
}

fn public_store(allow_sandbox: bool) -> World {
    World::with(|settings| {
        settings.public_url = Some("https://films.example".to_owned());
        settings.allow_sandbox = allow_sandbox;
    })
}

#[tokio::test]
async fn a_public_store_takes_no_orders_by_the_sandbox_unless_that_is_meant() {
    let world = public_store(false);
    let answer = world.send(place(&body())).await;
    assert_eq!(answer.refusal(), refusal(503, "SANDBOX_NOT_ALLOWED"));
    assert!(
        world.rent.last_order.lock().unwrap().items.is_empty(),
        "an order was placed"
    );
    assert_eq!(public_store(true).send(place(&body())).await.status, 201);
    assert_eq!(World::new().send(place(&body())).await.status, 201);
}

#[tokio::test]
async fn the_store_says_how_orders_are_paid() {
    let world = World::new();
    let method =
        |name: &str| json!({"method": name, "provider": "sandbox", "sandbox": true, "needs_token": name == "card"});
    let (card, pix) = (method("card"), method("pix"));
    for (query, methods) in [
        ("", json!([card, pix])),
        ("?currency=BRL", json!([card, pix])),
        ("?currency=USD", json!([card])),
    ] {
        let store = world.get(&format!("/api/v1/store{query}")).await.json();
        assert_eq!(store["payment_methods"], methods, "{query}");
    }
}

#[tokio::test]
async fn every_page_of_a_public_store_tells_the_app_of_the_sandbox() {
    const MARK: &str = "name=\"dvs-sandbox\"";
    if !gateway::web_is_embedded() {
        return;
    }
    for path in ["/", "/titles/nosferatu-1922", "/library", "/account", "/nowhere"] {
        let page = |world: World| async move { text(&world.get(path).await) };
        assert!(page(public_store(true)).await.contains(MARK), "{path}");
        assert!(!page(World::new()).await.contains(MARK), "{path}");
    }
    // While rent does not answer, its last answer is used.
    let world = public_store(true);
    world.get("/").await;
    world.rent.is_down.store(true, std::sync::atomic::Ordering::Relaxed);
    world.pass(120);
    assert!(text(&world.get("/library").await).contains(MARK));
}

fn text(answer: &crate::support::Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

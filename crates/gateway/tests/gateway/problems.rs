//! What all refusals have in common, and the edge of every request.

use std::sync::atomic::Ordering;

use http::Method;
use metrics_exporter_prometheus::PrometheusBuilder;
use rpc::Fault;
use serde_json::json;

use crate::support::{World, ask, refusal};

#[tokio::test]
async fn an_unknown_address_is_a_problem_under_the_api() {
    let world = World::new();
    for path in ["/api/v1/nothing", "/api/v2/titles", "/api", "/media/x", "/posters/a/b"] {
        assert_eq!(world.get(path).await.refusal(), refusal(404, "NOT_FOUND"), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let answer = World::new().send(ask(Method::PUT, "/api/v1/orders")).await;
    assert_eq!(answer.refusal(), refusal(405, "METHOD_NOT_ALLOWED"));
    assert!(answer.header("allow").contains("POST"), "{}", answer.header("allow"));
}

#[tokio::test]
async fn a_body_must_be_json_whole_and_within_the_limit() {
    let world = World::new();
    let sign_in = || ask(Method::POST, "/api/v1/session");
    for broken in [
        "",
        "{",
        "{\"email\": }",
        "{\"email\":\"a\",\"password\":\"b\"} and more",
        "\u{1}",
    ] {
        assert_eq!(
            world.send(sign_in().text(broken)).await.refusal(),
            refusal(400, "MALFORMED_BODY"),
            "{broken}"
        );
    }
    let form = sign_in()
        .text("email=a")
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(world.send(form).await.refusal(), refusal(415, "UNSUPPORTED_MEDIA_TYPE"));
    let huge = sign_in().json(&json!({"email": "a".repeat(70_000), "password": "b"}));
    assert_eq!(world.send(huge).await.refusal(), refusal(413, "BODY_TOO_LARGE"));
    let list = world.send(sign_in().json(&json!([]))).await;
    assert_eq!(list.refusal(), refusal(400, "INVALID_ARGUMENT"));
    let charset = sign_in()
        .json(&json!({"email": "a@b.c", "password": "correct horse"}))
        .header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(world.send(charset).await.status, 201);
}

#[tokio::test]
async fn internal_text_never_leaves() {
    let world = World::new();
    *world.rent.order.lock().unwrap() = Err(Fault::internal("UNIQUE constraint failed: orders.id"));
    let answer = world.send(ask(Method::GET, "/api/v1/orders/order-1").by_ana()).await;
    assert_eq!(answer.refusal(), refusal(500, "INTERNAL"));
    assert!(!String::from_utf8_lossy(&answer.body).contains("UNIQUE"));
    *world.rent.order.lock().unwrap() = Err(Fault::new(rpc::Code::Internal, "SECRET_STATE", "the secret is 42"));
    let answer = world.send(ask(Method::GET, "/api/v1/orders/order-1").by_ana()).await;
    assert_eq!(answer.refusal(), refusal(500, "INTERNAL"));
    assert!(!String::from_utf8_lossy(&answer.body).contains("42"));
}

#[tokio::test]
async fn a_panic_is_an_answer_like_any_other() {
    let answer = World::new().get("/api/v1/people/orlok").await;
    assert_eq!(answer.refusal(), refusal(500, "INTERNAL"));
    assert!(!String::from_utf8_lossy(&answer.body).contains("named"));
}

#[tokio::test]
async fn a_plain_request_id_is_kept_and_any_other_replaced() {
    let world = World::new();
    let with_id = |id: &str| ask(Method::GET, "/api/v1/titles/nothing").header("x-request-id", id);
    assert_eq!(
        world.send(with_id("my-id_1.2")).await.problem()["request_id"],
        "my-id_1.2"
    );
    for id in ["with space", "<script>", &"x".repeat(65), ""] {
        let answer = world.send(with_id(id)).await;
        assert!(answer.header("x-request-id").starts_with("request-"), "{id}");
    }
}

#[tokio::test]
async fn made_up_methods_are_counted_as_one() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _here = metrics::set_default_local_recorder(&recorder);
    let world = World::new();
    for number in 0..100 {
        let method = Method::from_bytes(format!("MADE-UP-{number}").as_bytes()).unwrap();
        world.send(ask(method, "/nothing")).await;
    }
    let counted = recorder.handle().render();
    let series = |line: &&str| line.starts_with("dvs_http_requests_total{");
    assert_eq!(counted.lines().filter(series).count(), 1, "{counted}");
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let world = World::new();
    for path in [
        "/",
        "/api/v1/titles",
        "/api/v1/nothing",
        "/media/forged/film.mp4",
        "/docs",
        "/healthz",
    ] {
        let answer = world.get(path).await;
        let policy = answer.header("content-security-policy");
        if path.starts_with("/api/") {
            assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'", "{path}");
        } else {
            assert!(
                policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
                "{path}"
            );
            assert!(!policy.contains("script-src 'self' "), "scripts come from us alone");
            assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    for path in [
        "/api/v1/titles",
        "/media/key/film.mp4",
        "/metrics",
        "/healthz",
        "/api/v1/nothing",
    ] {
        let kept = world.get(path).await.header("cache-control");
        assert_eq!(
            kept, "private, no-store",
            "{path}: caches keep what says nothing, a 404 too"
        );
    }
}

#[tokio::test]
async fn a_gateway_is_ready_without_its_services() {
    let world = World::new();
    world.rent.is_down.store(true, Ordering::Relaxed);
    world.catalogue.is_down.store(true, Ordering::Relaxed);
    assert_eq!(world.get("/readyz").await.json(), json!({"status": "ok"}));
    assert_eq!(world.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_gateway_with_a_trouble_of_its_own_is_not_ready_and_says_why() {
    let world = World::new();
    *world.trouble.lock().unwrap() = Some("The disk is full.".to_owned());
    let unready = world.get("/readyz").await;
    assert_eq!(unready.refusal(), refusal(503, "UNAVAILABLE"));
    assert_eq!(unready.problem()["detail"], "The disk is full.");
    assert_eq!(unready.header("retry-after"), "1");
    assert_eq!(world.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn what_the_process_counts_is_not_the_publics() {
    let world = World::new();
    assert_eq!(world.get("/metrics").await.status, 404);
}

#[tokio::test]
async fn a_gateway_that_is_draining_says_so_and_keeps_serving() {
    let world = World::new();
    world.draining.cancel();
    let unready = world.get("/readyz").await;
    assert_eq!(unready.status, 503);
    assert_eq!(world.get("/healthz").await.status, 200);
    assert_eq!(world.get("/api/v1/titles").await.status, 200);
}

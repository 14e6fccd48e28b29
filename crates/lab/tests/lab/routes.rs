//! The routes of the lab: none without it; with it, a transport for each request, calls that are inspected, a report.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::Method;
use lab::{Lab, Services};
use rpc::{Fault, Transport};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Answer, FakeCatalogue, World, ask, refusal};

/// A store with a lab, with different services over each transport; over a carrier none can be inspected.
fn with_lab(transports: &[Transport], comparison: &Path) -> (World, Vec<Arc<FakeCatalogue>>) {
    let mut catalogues = Vec::new();
    let world = crate::with_lab(|rent| {
        let services = transports.iter().map(|transport| {
            let catalogue = Arc::new(FakeCatalogue::new());
            catalogues.push(Arc::clone(&catalogue));
            let rent = Arc::clone(rent);
            (*transport, Services { catalogue, rent })
        });
        let connect = Arc::new(|_, _| Err(Fault::internal("no service listens")));
        Lab::new(services.collect(), connect, comparison.to_owned())
    });
    (world, catalogues)
}

fn in_process() -> (World, Arc<FakeCatalogue>) {
    let (world, mut catalogues) = with_lab(&[Transport::Local], Path::new("nowhere"));
    (world, catalogues.remove(0))
}

fn look_into(call: &Value) -> crate::support::Asked {
    ask(Method::POST, "/api/v1/lab/calls").json(call)
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether this catalogue was asked for titles.
fn was_searched(catalogue: &FakeCatalogue) -> bool {
    std::mem::take(&mut *catalogue.last_search.lock().unwrap()).page_size != 0
}

#[tokio::test]
async fn without_the_lab_there_are_no_routes_and_no_header_of_it() {
    let world = World::new();
    for asked in [
        ask(Method::GET, "/api/v1/lab"),
        ask(Method::GET, "/api/v1/lab/report"),
        ask(Method::GET, "/api/v1/lab/calls"),
        look_into(&json!({"kind": "unary", "transport": "grpc"})),
    ] {
        let answer = world.send(asked).await;
        assert_eq!(answer.refusal(), refusal(404, "NOT_FOUND"));
        assert_eq!(answer.header("x-dvs-lab"), "");
    }
    let told = ask(Method::GET, "/api/v1/titles").header("x-dvs-transport", "nonsense");
    assert!(
        world.send(told).await.status.is_success(),
        "the header has no meaning here"
    );
}

#[tokio::test]
async fn a_store_with_a_lab_dates_its_answers_by_its_own_clock() {
    let (world, _) = in_process();
    assert_eq!(
        world.get("/api/v1/titles").await.header("date"),
        "Tue, 24 Nov 2026 00:00:00 GMT"
    );
    world.pass(49 * 60 * 60);
    assert_eq!(
        world.get("/api/v1/titles").await.header("date"),
        "Thu, 26 Nov 2026 01:00:00 GMT"
    );
}

#[tokio::test]
async fn a_request_goes_over_the_transport_that_it_names() {
    let (world, catalogues) = with_lab(&[Transport::Grpc, Transport::Rest], Path::new("nowhere"));
    let [grpc, rest] = &*catalogues else { panic!() };
    for (named, asked) in [(None, &world.catalogue), (Some("grpc"), grpc), (Some("rest"), rest)] {
        let mut request = ask(Method::GET, "/api/v1/titles?page_size=7");
        if let Some(named) = named {
            request = request.header("x-dvs-transport", named);
        }
        let answer = world.send(request).await;
        assert!(answer.status.is_success());
        assert_eq!(answer.header("x-dvs-lab"), "open");
        assert!(was_searched(asked), "{named:?}");
        assert!(
            [&world.catalogue, grpc, rest]
                .into_iter()
                .all(|other| !was_searched(other))
        );
    }
}

#[tokio::test]
async fn an_unknown_or_unavailable_transport_is_refused_with_its_field() {
    let (world, _) = with_lab(&[Transport::Grpc, Transport::Rest], Path::new("nowhere"));
    for named in ["local", "pigeon", ""] {
        let answer = world
            .send(ask(Method::GET, "/api/v1/titles").header("x-dvs-transport", named))
            .await;
        assert_eq!(answer.refusal(), refusal(400, "INVALID_ARGUMENT"), "{named}");
        assert_eq!(answer.problem()["fields"][0]["field"], "x-dvs-transport");
    }
}

#[tokio::test]
async fn the_limits_count_all_transports_together() {
    let world = crate::with_limits_and_lab(2);
    let request = || ask(Method::GET, "/api/v1/titles").at_address("10.0.0.1");
    assert!(world.send(request()).await.status.is_success());
    let over = |transport| request().header("x-dvs-transport", transport);
    assert!(world.send(over("local")).await.status.is_success());
    assert_eq!(world.send(over("local")).await.refusal(), refusal(429, "RATE_LIMITED"));
    assert_eq!(world.send(request()).await.refusal(), refusal(429, "RATE_LIMITED"));
}

#[tokio::test]
async fn the_lab_says_what_can_be_done_in_it() {
    let (world, _) = in_process();
    let lab = world.get("/api/v1/lab").await.json();
    assert_eq!(lab["transports"], json!(["local"]));
    assert_eq!(lab["kinds"].as_array().unwrap().len(), 4);
    assert_eq!(lab["has_report"], false);
}

#[tokio::test]
async fn a_call_in_process_is_described_message_by_message() {
    let (world, _) = in_process();
    let call = json!({"kind": "server_stream", "transport": "local", "records": 2, "batch": 1, "repeats": 3});
    let lines = lines(&world.send(look_into(&call)).await);
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["began", "event", "event", "event", "answered", "repeated"]);
    assert_eq!(lines[0]["method"], "dvs.catalogue.v1.CatalogueService.ExportTitles");
    assert_eq!(lines[0]["rest"], "GET /v1/titles:export");
    assert_eq!(lines[0]["answer"], "TitleBatch");
    let ways: Vec<_> = lines[1..4].iter().map(|line| line["way"].as_str().unwrap()).collect();
    assert_eq!(ways, ["there", "back", "back"]);
    assert_eq!(lines[1]["messages"][0]["fields"][0]["name"], "batch_size");
    assert_eq!(
        (&lines[4]["records"], &lines[4]["back"]["messages"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(lines[4]["back"]["bytes"], 0, "nothing is written within a process");
    assert_eq!(lines[5]["durations_us"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_value_beyond_its_limit_or_unknown_is_refused_with_its_field() {
    let (world, _) = in_process();
    for (field, call) in [
        ("kind", json!({"kind": "bulk", "transport": "local"})),
        ("kind", json!({"transport": "local"})),
        ("transport", json!({"kind": "unary", "transport": "pigeon"})),
        ("transport", json!({"kind": "unary", "transport": "grpc"})),
        (
            "records",
            json!({"kind": "unary", "transport": "local", "records": 101}),
        ),
        (
            "records",
            json!({"kind": "server_stream", "transport": "local", "records": 501}),
        ),
        (
            "records",
            json!({"kind": "server_stream", "transport": "local", "records": 0}),
        ),
        (
            "batch",
            json!({"kind": "server_stream", "transport": "local", "batch": 0}),
        ),
        (
            "repeats",
            json!({"kind": "unary", "transport": "local", "repeats": 201}),
        ),
        (
            "format",
            json!({"kind": "unary", "transport": "local", "format": "json"}),
        ),
        (
            "compression",
            json!({"kind": "unary", "transport": "local", "compression": "gzip"}),
        ),
    ] {
        let answer = world.send(look_into(&call)).await;
        assert_eq!(answer.refusal(), refusal(400, "INVALID_ARGUMENT"), "{call}");
        assert_eq!(answer.problem()["fields"][0]["field"], field, "{call}");
    }
}

#[tokio::test]
async fn one_call_is_inspected_at_a_time_and_ends_with_its_reader() {
    let (world, catalogue) = in_process();
    catalogue.never_exports.store(true, Ordering::Relaxed);
    let endless = json!({"kind": "server_stream", "transport": "local"});
    let first = world
        .router
        .clone()
        .oneshot(look_into(&endless).into_request())
        .await
        .unwrap();
    let refused = world.send(look_into(&endless)).await;
    assert_eq!(refused.refusal(), refusal(503, "UNAVAILABLE"));
    assert_eq!(refused.header("retry-after"), "1");
    drop(first);
    let next = json!({"kind": "unary", "transport": "local"});
    let patience = async {
        // The task of the first call ends a moment after its reader has left.
        while world.send(look_into(&next)).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), patience)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_call_that_fails_says_so_in_its_last_line() {
    let (world, catalogue) = in_process();
    let call = json!({"kind": "unary", "transport": "local"});
    catalogue.is_down.store(true, Ordering::Relaxed);
    let lines = lines(&world.send(look_into(&call)).await);
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["type"], &last["code"]),
        (&json!("failed"), &json!("UNAVAILABLE"))
    );
    assert!(!last["detail"].as_str().unwrap().contains("10.1.2.3"), "{last}");
}

#[tokio::test]
async fn the_last_report_is_shown_once_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let (world, _) = with_lab(&[Transport::Local], folder.path());
    let answer = world.get("/api/v1/lab/report").await;
    assert_eq!(answer.refusal(), refusal(404, "NOT_FOUND"));
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("report.html", "<h1>Measured</h1>");
    let report = world.get("/api/v1/lab/report").await.json();
    assert_eq!(
        (&report["html"], &report["machine"]),
        (&json!("<h1>Measured</h1>"), &Value::Null)
    );
    write(
        "results.json",
        r#"{"machine":{"processor":"abacus","cores":2,"memory_bytes":1024},"cells":[]}"#,
    );
    let report = world.get("/api/v1/lab/report").await.json();
    assert_eq!(report["machine"]["processor"], "abacus");
    assert_eq!(world.get("/api/v1/lab").await.json()["has_report"], true);
    write("report.html", &"x".repeat(4 * 1024 * 1024 + 1));
    assert_eq!(
        world.get("/api/v1/lab/report").await.refusal(),
        refusal(500, "INTERNAL")
    );
}

//! The lab of a running store: it makes a call of each kind over each transport, and shows its frames.

use anyhow::{Context, Result, ensure};
use e2e::{Engine, Opening, Store};
use reqwest::StatusCode;
use serde_json::{Value, json};

const KINDS: [&str; 4] = ["unary", "server_stream", "client_stream", "bidirectional"];

async fn with_lab() -> Result<Store> {
    Opening::new()?.with(&["--lab"]).start().await
}

/// All lines of the lab's answer about a call.
struct Seen(Vec<Value>);

async fn look_into(store: &Store, call: &Value) -> Result<Seen> {
    let asked = store.http().post(store.url("/api/v1/lab/calls")).json(call);
    let answer = asked.send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status == StatusCode::OK, "{call}: {status} {text}");
    let lines: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
    Ok(Seen(lines?))
}

impl Seen {
    fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |line| line["type"] == kind)
    }

    fn events(&self, way: &str) -> impl Iterator<Item = &Value> {
        self.of("event").filter(move |event| event["way"] == way)
    }

    fn frames(&self, way: &str) -> Vec<&str> {
        self.events(way).filter_map(|event| event["frame"].as_str()).collect()
    }

    fn answered(&self) -> Result<&Value> {
        self.of("answered")
            .next()
            .with_context(|| format!("an answer in {:?}", self.0))
    }

    /// The messages in this direction, without the control frames of a WebSocket.
    fn messages(&self, way: &str) -> impl Iterator<Item = &Value> {
        let all = self.events(way).filter_map(|event| event["messages"].as_array());
        all.flatten().filter(|message| !message["number"].is_null())
    }

    fn header(&self, way: &str, name: &str) -> Option<&Value> {
        let headers = self.events(way).filter_map(|event| event["headers"].as_array());
        let mut headers = headers.flatten().filter(|header| header["name"] == name);
        headers.next().map(|header| &header["value"])
    }
}

fn sum(events: impl Iterator<Item = Value>) -> u64 {
    events.filter_map(|number| number.as_u64()).sum()
}

/// What every call must have: times in order, an event for every byte that was counted, and all messages.
fn check(seen: &Seen, what: &Value) -> Result<()> {
    let answered = seen.answered()?;
    ensure!(seen.0[0]["type"] == "began", "{what}");
    let times: Vec<_> = seen.of("event").map(|event| event["at_us"].as_u64()).collect();
    ensure!(times.is_sorted(), "{what}: {times:?}");
    ensure!(
        answered["missed_bytes"] == 0 && answered["unread_bytes"] == 0,
        "{what}: {answered}"
    );
    for way in ["there", "back"] {
        let told = sum(seen.events(way).map(|event| event["bytes"].clone()));
        ensure!(answered[way]["bytes"] == told, "{what}, {way}: {told} of {answered}");
        ensure!(
            answered[way]["frames"] == seen.events(way).count(),
            "{what}: {answered}"
        );
        ensure!(
            answered[way]["messages"] == seen.messages(way).count(),
            "{what}: {answered}"
        );
        let payload = sum(seen.messages(way).map(|message| message["payload_bytes"].clone()));
        ensure!(answered[way]["payload_bytes"] == payload, "{what}: {answered}");
    }
    Ok(())
}

#[tokio::test]
async fn each_kind_over_each_transport_is_shown_in_order_and_to_the_byte() -> Result<()> {
    let store = with_lab().await?;
    let before = store.get("/api/v1/titles?page_size=100").await?;
    for kind in KINDS {
        for transport in ["local", "grpc", "rest"] {
            let call = json!({"kind": kind, "transport": transport, "records": 12, "batch": 4});
            let seen = look_into(&store, &call).await?;
            check(&seen, &call)?;
            let answered = seen.answered()?;
            let (there, back) = match kind {
                // A unary request over REST has no message: it is in the address.
                "unary" => (u64::from(transport != "rest"), 1),
                "server_stream" => (u64::from(transport != "rest"), 3),
                "client_stream" => (3, 1),
                // There: the opening, a beat, twelve seeks and the end. The store does not answer the beat.
                _ => (15, 14),
            };
            ensure!(answered["there"]["messages"] == there, "{call}: {answered}");
            ensure!(answered["back"]["messages"] == back, "{call}: {answered}");
            ensure!(
                (transport == "local") == (answered["back"]["bytes"] == 0),
                "{call}: {answered}"
            );
            ensure!(
                answered["first_us"].as_u64() <= answered["took_us"].as_u64(),
                "{answered}"
            );
            let opened = seen
                .messages("back")
                .all(|message| message["fields"][0]["name"].is_string());
            ensure!(opened, "{call}: {:?}", seen.0);
        }
    }
    ensure!(
        store.get("/api/v1/titles?page_size=100").await? == before,
        "nothing changes"
    );
    Ok(())
}

#[tokio::test]
async fn the_frames_are_those_of_the_carrier() -> Result<()> {
    let store = with_lab().await?;
    let grpc = look_into(&store, &json!({"kind": "unary", "transport": "grpc", "records": 1})).await?;
    ensure!(
        grpc.frames("there").starts_with(&["PREFACE", "SETTINGS"]),
        "{:?}",
        grpc.frames("there")
    );
    ensure!(grpc.header("back", "grpc-status") == Some(&json!("0")), "{:?}", grpc.0);
    ensure!(grpc.frames("back").contains(&"TRAILERS"), "{:?}", grpc.frames("back"));
    let rest = look_into(&store, &json!({"kind": "unary", "transport": "rest", "records": 1})).await?;
    ensure!(
        rest.frames("there") == ["HEAD"] && rest.frames("back") == ["HEAD", "BODY"],
        "{:?}",
        rest.0
    );
    let lines = look_into(&store, &json!({"kind": "server_stream", "transport": "rest"})).await?;
    ensure!(lines.frames("back").contains(&"CHUNK"), "{:?}", lines.frames("back"));
    let socket = look_into(
        &store,
        &json!({"kind": "bidirectional", "transport": "rest", "records": 1}),
    )
    .await?;
    ensure!(
        socket.frames("there").contains(&"FRAME"),
        "{:?}",
        socket.frames("there")
    );
    // The lab must not show the caller's identity.
    ensure!(
        socket.header("there", "x-dvs-identity") == Some(&Value::Null),
        "{:?}",
        socket.0
    );
    Ok(())
}

#[tokio::test]
async fn a_second_call_on_a_connection_sends_what_is_new() -> Result<()> {
    let store = with_lab().await?;
    let head = |seen: &Seen| seen.events("there").find(|event| event["frame"] == "HEADERS").cloned();
    let call = |warm: bool| json!({"kind": "unary", "transport": "grpc", "records": 1, "warm": warm});
    let cold = look_into(&store, &call(false)).await?;
    let warm = look_into(&store, &call(true)).await?;
    check(&warm, &call(true))?;
    ensure!(!warm.frames("there").contains(&"PREFACE"), "{:?}", warm.frames("there"));
    let (cold, warm) = (head(&cold).context("a head")?, head(&warm).context("a head")?);
    ensure!(warm["headers"].as_array().map(Vec::len) == cold["headers"].as_array().map(Vec::len));
    ensure!(warm["bytes"].as_u64() < cold["bytes"].as_u64(), "{warm} {cold}");
    Ok(())
}

#[tokio::test]
async fn a_format_and_a_compression_can_be_chosen_apart_from_the_carrier() -> Result<()> {
    let store = with_lab().await?;
    for transport in ["grpc", "rest"] {
        let mut payloads = Vec::new();
        for format in ["protobuf", "json"] {
            for compression in [None, Some("gzip"), Some("zstd")] {
                for kind in KINDS {
                    let call = json!({
                        "kind": kind, "transport": transport, "format": format, "compression": compression,
                        "records": 8, "batch": 4,
                    });
                    let seen = look_into(&store, &call).await?;
                    check(&seen, &call)?;
                    let opened = seen
                        .messages("back")
                        .all(|message| message["fields"][0]["name"].is_string());
                    ensure!(opened, "{call}: {:?}", seen.0);
                    if kind == "unary" {
                        let back = &seen.answered()?["back"];
                        payloads.push((back["payload_bytes"].clone(), back["bytes"].as_u64()));
                    }
                }
            }
        }
        let [protobuf, .., json_zstd] = &*payloads else {
            anyhow::bail!("{payloads:?}")
        };
        ensure!(protobuf.0.as_u64() < json_zstd.0.as_u64(), "{payloads:?}");
        ensure!(
            payloads.iter().all(|(_, bytes)| *bytes <= payloads[3].1),
            "{payloads:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_call_is_made_again_as_often_as_was_asked() -> Result<()> {
    let store = with_lab().await?;
    let call = json!({"kind": "unary", "transport": "grpc", "repeats": 20});
    let seen = look_into(&store, &call).await?;
    let repeated = seen.of("repeated").next().context("repeats")?;
    ensure!(
        repeated["durations_us"].as_array().map(Vec::len) == Some(20),
        "{repeated}"
    );
    ensure!(repeated["p50_us"].as_u64() <= repeated["p99_us"].as_u64(), "{repeated}");
    Ok(())
}

#[tokio::test]
async fn one_running_store_answers_over_each_transport() -> Result<()> {
    let store = with_lab().await?;
    let usual = store.get("/api/v1/titles").await?;
    for transport in ["local", "grpc", "rest"] {
        let asked = store
            .http()
            .get(store.url("/api/v1/titles"))
            .header("X-DVS-Transport", transport);
        let answer = asked.send().await?;
        ensure!(answer.status() == StatusCode::OK, "{transport}");
        ensure!(answer.json::<Value>().await? == usual, "{transport}");
    }
    let pigeon = store
        .http()
        .get(store.url("/api/v1/titles"))
        .header("X-DVS-Transport", "pigeon");
    ensure!(pigeon.send().await?.status() == StatusCode::BAD_REQUEST);
    Ok(())
}

#[tokio::test]
async fn a_gateway_apart_from_its_services_shows_calls_over_the_network() -> Result<()> {
    let store = Opening::apart(Engine::Sqlite).await?.with(&["--lab"]).start().await?;
    let lab = store.get("/api/v1/lab").await?;
    ensure!(lab["transports"] == json!(["grpc", "rest"]), "{lab}");
    for kind in KINDS {
        for transport in ["grpc", "rest"] {
            let call = json!({"kind": kind, "transport": transport});
            let seen = look_into(&store, &call).await?;
            check(&seen, &call)?;
            // The lab must not show the token for the services.
            let token = seen.header("there", "authorization");
            ensure!(token.is_none_or(Value::is_null), "{call}: {:?}", seen.0);
        }
    }
    let local = store
        .http()
        .get(store.url("/api/v1/titles"))
        .header("X-DVS-Transport", "local");
    let refused = local.send().await?;
    ensure!(refused.status() == StatusCode::BAD_REQUEST);
    let problem: Value = refused.json().await?;
    ensure!(problem["fields"][0]["field"] == "x-dvs-transport", "{problem}");
    Ok(())
}

#[tokio::test]
async fn a_store_without_the_lab_has_none_of_it() -> Result<()> {
    let store = Store::open().await?;
    for path in ["/api/v1/lab", "/api/v1/lab/report"] {
        let answer = store.http().get(store.url(path)).send().await?;
        ensure!(answer.status() == StatusCode::NOT_FOUND, "{path}");
        ensure!(!answer.headers().contains_key("x-dvs-lab"));
    }
    let call = json!({"kind": "unary", "transport": "grpc"});
    let asked = store.http().post(store.url("/api/v1/lab/calls")).json(&call);
    ensure!(asked.send().await?.status() == StatusCode::NOT_FOUND);
    Ok(())
}

async fn records(store: &Store, query: &str) -> Result<(StatusCode, Value)> {
    let answer = store
        .http()
        .get(store.url(&format!("/api/v1/lab/records?{query}")))
        .send()
        .await?;
    Ok((answer.status(), answer.json().await?))
}

#[tokio::test]
async fn many_records_are_the_same_however_the_gateway_asked_for_them() -> Result<()> {
    let store = with_lab().await?;
    let (_, whole) = records(&store, "kind=rest&records=1000").await?;
    let films = whole["records"].as_array().context("records")?;
    ensure!(films.len() > 50, "all of the demonstration: {}", films.len());
    let is_whole = |film: &Value| {
        ["id", "name"]
            .iter()
            .all(|field| film[field].as_str().is_some_and(|text| !text.is_empty()))
    };
    ensure!(films.iter().all(is_whole), "{whole}");
    for query in [
        "kind=unary",
        "kind=stream",
        "kind=stream&batch=1",
        "kind=stream&batch=7",
    ] {
        let (status, same) = records(&store, &format!("{query}&records=1000")).await?;
        ensure!(status == StatusCode::OK && same == whole, "{query}: {status}");
    }
    let by_id = |document: &Value| {
        let mut films = document["records"].as_array().cloned().unwrap_or_default();
        films.sort_by_key(|film| film["id"].to_string());
        films
    };
    let (_, read_anew) = records(&store, "kind=database&records=1000").await?;
    ensure!(by_id(&read_anew) == by_id(&whole), "the database says: {read_anew}");
    let (_, few) = records(&store, "kind=stream&records=3").await?;
    ensure!(few["records"].as_array().is_some_and(|few| *few == films[..3]), "{few}");
    for (query, field) in [
        ("records=0", "records"),
        ("kind=stream&batch=5000", "batch_size"),
        ("kind=post", "kind"),
    ] {
        let (status, problem) = records(&store, query).await?;
        ensure!(status == StatusCode::BAD_REQUEST, "{query}: {status}");
        ensure!(problem["fields"][0]["field"] == field, "{query}: {problem}");
    }
    Ok(())
}

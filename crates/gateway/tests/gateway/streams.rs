//! Connections that stay open: events, and the conversation of a player.

use std::time::Duration;

use api::rent::EntitlementState;
use futures::{SinkExt, StreamExt};
use gateway::{Settings, StreamLimits};
use rpc::{Listener, Server, ServerOptions};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{ANAS_TOKEN, NOSFERATU, World, entitlement};

struct Store {
    address: String,
    world: World,
    _stop: DropGuard,
}

async fn open() -> Store {
    open_with(|_| {}).await
}

async fn open_with(choose: impl FnOnce(&mut Settings)) -> Store {
    let world = World::with(choose);
    world.catalogue.add_film("film.mp4", 4);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let stop = CancellationToken::new();
    let server = Server::new(Listener::Tcp(listener), world.router.clone(), ServerOptions::default());
    tokio::spawn(server.run(stop.clone()));
    Store {
        address,
        world,
        _stop: stop.drop_guard(),
    }
}

// ── Events ────────────────────────────────────────────────────────────────

/// The events until all of these names have come, as (event, id, data).
async fn events(store: &Store, headers: &[(&'static str, &str)], wanted: &[&str]) -> Vec<(String, String, Value)> {
    let mut request = reqwest::Client::new().get(format!("http://{}/api/v1/events", store.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.headers()["x-accel-buffering"], "no");
    assert_eq!(
        answer.headers()["cache-control"],
        "private, no-store",
        "a customer's orders are in it"
    );
    let mut body = Box::pin(answer.bytes_stream());
    let mut text = String::new();
    let patience = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let events: Vec<_> = text.split("\n\n").filter_map(parse).collect();
            if wanted
                .iter()
                .all(|wanted| events.iter().any(|(name, ..)| name == wanted))
            {
                return events;
            }
            text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
        }
    });
    patience.await.unwrap()
}

fn parse(event: &str) -> Option<(String, String, Value)> {
    let field = |name: &str| {
        let mut lines = event.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.trim_start_matches(':').trim().to_owned()))
    };
    let (name, id) = (field("event")?, field("id")?);
    let data = field("data").filter(|data| !data.is_empty());
    let data = data.unwrap_or_else(|| panic!("browsers drop the event {name} {id}: it has no data"));
    Some((name, id, serde_json::from_str(&data).unwrap()))
}

#[tokio::test]
async fn a_guest_receives_title_changes_and_resumes_at_an_id() {
    let store = open().await;
    let first = events(&store, &[], &["seen", "titles"]).await;
    let (_, id, data) = first.iter().find(|(name, ..)| name == "titles").unwrap();
    assert_eq!(id, "t8.o0");
    assert_eq!(data["titles"][0]["name"], "Nosferatu");
    let again = events(&store, &[("last-event-id", "t8.o0")], &["titles"]).await;
    assert_eq!(again.iter().find(|(name, ..)| name == "titles").unwrap().1, "t9.o0");
}

#[tokio::test]
async fn a_customer_receives_order_changes_too() {
    let store = open().await;
    let held = entitlement("held-1", NOSFERATU, EntitlementState::NotStarted);
    store.world.rent.entitlements.lock().unwrap().push(held);
    let bearer = format!("Bearer {ANAS_TOKEN}");
    let seen = events(&store, &[("authorization", &bearer)], &["titles", "orders"]).await;
    let (_, _, data) = seen.iter().find(|(name, ..)| name == "orders").unwrap();
    assert_eq!(data["orders"], json!([{"id": "order-1", "state": "fulfilled"}]));
    assert_eq!(data["entitlements"][0]["id"], "held-1");
    assert!(seen.last().unwrap().1.contains(".o21"));
}

#[tokio::test]
async fn an_id_that_is_none_is_refused() {
    let world = World::new();
    let answer = world.get("/api/v1/events?after=garbage").await;
    assert_eq!(answer.problem()["fields"][0]["field"], "after");
}

// ── Playing ───────────────────────────────────────────────────────────────

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn dial(store: &Store, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
    let url = format!("ws://{}/api/v1/library/held-1/play", store.address);
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

async fn by_ana(store: &Store) -> Socket {
    let cookie = format!("dvs_session={ANAS_TOKEN}");
    let origin = format!("http://{}", store.address);
    dial(store, &[("cookie", &cookie), ("origin", &origin)]).await.unwrap()
}

async fn say(socket: &mut Socket, word: Value) {
    socket.send(Message::text(word.to_string())).await.unwrap();
}

async fn hear(socket: &mut Socket) -> Value {
    match socket.next().await.unwrap().unwrap() {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn closed(socket: &mut Socket) -> u16 {
    match socket.next().await.unwrap().unwrap() {
        Message::Close(Some(frame)) => frame.code.into(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_player_is_asked_granted_renewed_and_ended() {
    let store = open().await;
    let mut socket = by_ana(&store).await;
    say(&mut socket, json!({"type": "open"})).await;
    let asked = hear(&mut socket).await;
    assert_eq!(
        asked,
        json!({"type": "asked", "question": "START_NOT_CONFIRMED", "viewing_window_hours": 48, "device": ""})
    );
    say(
        &mut socket,
        json!({"type": "open", "confirm_start": true, "take_over": true}),
    )
    .await;
    let granted = hear(&mut socket).await;
    assert_eq!(
        (&granted["type"], &granted["position_seconds"]),
        (&json!("granted"), &json!(61))
    );
    assert_eq!(granted["media_url"], "/media/media-key/film.mp4");
    say(&mut socket, json!({"type": "beat", "position_seconds": 65})).await;
    assert_eq!(hear(&mut socket).await["type"], "renewed");
    say(&mut socket, json!({"type": "stop", "position_seconds": 66})).await;
    assert_eq!(hear(&mut socket).await, json!({"type": "ended"}));
    assert_eq!(closed(&mut socket).await, 1000);
}

#[tokio::test]
async fn what_is_no_word_of_a_player_ends_the_conversation_with_a_problem() {
    let store = open().await;
    for word in [
        "{",
        "{\"type\":\"rewind\"}",
        "{\"type\":\"beat\"}",
        "{\"type\":\"open\",\"colour\":1}",
    ] {
        let mut socket = by_ana(&store).await;
        socket.send(Message::text(word)).await.unwrap();
        let problem = hear(&mut socket).await;
        assert_eq!(
            (&problem["type"], &problem["code"]),
            (&json!("problem"), &json!("INVALID_ARGUMENT")),
            "{word}"
        );
        assert_eq!(closed(&mut socket).await, 1008, "{word}");
    }
}

#[tokio::test]
async fn a_player_must_be_signed_in_and_come_from_this_store() {
    let store = open().await;
    let cookie = format!("dvs_session={ANAS_TOKEN}");
    let foreign = [("cookie", cookie.as_str()), ("origin", "https://elsewhere.example")];
    for (headers, status) in [(&[][..], 401), (&foreign[..], 403)] {
        match dial(&store, headers).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), status),
            other => panic!("{other:?}"),
        }
    }
    let plain = store
        .world
        .send(crate::support::ask(http::Method::GET, "/api/v1/library/held-1/play").by_ana())
        .await;
    assert_eq!(plain.status, 426);
}

// ── Limits ────────────────────────────────────────────────────────────────

/// Far more than a player has to send, and far less than what would fill the memory.
const PINGS: usize = 20_000;
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_player_that_pings_and_reads_nothing_is_cut_off() {
    let store = open().await;
    let mut socket = by_ana(&store).await;
    let payload = vec![b'x'; 125];
    let flood = async {
        for sent in 0..PINGS {
            if socket.send(Message::Ping(payload.clone().into())).await.is_err() {
                return sent;
            }
        }
        PINGS
    };
    let sent = tokio::time::timeout(PATIENCE, flood).await.expect("the flood ends");
    assert!(sent < PINGS, "all {sent} pings were taken");
}

#[tokio::test]
async fn words_that_come_too_fast_end_the_conversation() {
    let store = open().await;
    let mut socket = by_ana(&store).await;
    say(
        &mut socket,
        json!({"type": "open", "confirm_start": true, "take_over": true}),
    )
    .await;
    assert_eq!(hear(&mut socket).await["type"], "granted");
    let (mut sink, mut source) = socket.split();
    let beats = async {
        for _ in 0..1_000 {
            let beat = json!({"type": "beat", "position_seconds": 65}).to_string();
            if sink.send(Message::text(beat)).await.is_err() {
                return;
            }
        }
    };
    let heard = async {
        while let Some(Ok(word)) = source.next().await {
            if word.to_text().is_ok_and(|word| word.contains("RATE_LIMITED")) {
                return true;
            }
        }
        false
    };
    let (was_told, ()) = tokio::time::timeout(PATIENCE, futures::future::join(heard, beats))
        .await
        .unwrap();
    assert!(was_told);
}

#[tokio::test]
async fn a_player_that_says_nothing_keeps_no_place() {
    let store = open_with(|settings| settings.first_word = Duration::from_millis(100)).await;
    let mut socket = by_ana(&store).await;
    let problem = tokio::time::timeout(PATIENCE, hear(&mut socket)).await.unwrap();
    assert_eq!(problem["code"], "DEADLINE_EXCEEDED");
    assert_eq!(closed(&mut socket).await, 1008);
}

fn two(limits: StreamLimits) -> StreamLimits {
    StreamLimits {
        a_customer: 2,
        ..limits
    }
}

#[tokio::test]
async fn a_customer_has_a_share_of_the_conversations() {
    let store = open_with(|settings| settings.conversations = two(settings.conversations)).await;
    let first = by_ana(&store).await;
    let _second = by_ana(&store).await;
    let cookie = format!("dvs_session={ANAS_TOKEN}");
    let refused = dial(&store, &[("cookie", &cookie)]).await;
    assert!(
        matches!(&refused, Err(Error::Http(response)) if response.status() == 429),
        "{refused:?}"
    );
    drop(first);
    let again = async { while dial(&store, &[("cookie", &cookie)]).await.is_err() {} };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("a place that was left is free");
}

#[tokio::test]
async fn a_customer_and_a_network_have_a_share_of_the_streams_of_events() {
    let store = open_with(|settings| {
        settings.event_streams = StreamLimits {
            a_network: 3,
            ..two(settings.event_streams)
        };
    })
    .await;
    let watch = async |token: Option<&str>| {
        let request = reqwest::Client::new().get(format!("http://{}/api/v1/events", store.address));
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.unwrap()
    };
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(watch(Some(ANAS_TOKEN)).await);
    }
    let refused = watch(Some(ANAS_TOKEN)).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "10");
    open.push(watch(None).await);
    assert!(open.iter().all(|answer| answer.status() == 200));
    assert_eq!(watch(None).await.status(), 429, "the network has its share");
    open.clear();
    let again = async { while watch(Some(ANAS_TOKEN)).await.status() != 200 {} };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("places that were left are free");
}

#[tokio::test]
async fn behind_a_proxy_each_customer_of_it_is_a_network() {
    let store = open_with(|settings| {
        settings.proxies_in_front = 1;
        settings.event_streams.a_network = 1;
    })
    .await;
    let watch = async |forwarded: &str| {
        let request = reqwest::Client::new().get(format!("http://{}/api/v1/events", store.address));
        request.header("x-forwarded-for", forwarded).send().await.unwrap()
    };
    let first = watch("192.0.2.1").await;
    assert_eq!(first.status(), 200);
    assert_eq!(watch("192.0.2.1").await.status(), 429);
    let other = watch("192.0.2.2").await;
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn a_conversation_keeps_the_place_of_its_connection() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let stop = CancellationToken::new();
    let options = ServerOptions {
        connections_per_network: Some(1),
        ..ServerOptions::default()
    };
    let server = Server::new(Listener::Tcp(listener), world.router.clone(), options);
    tokio::spawn(server.run(stop.clone()));
    let store = Store {
        address,
        world,
        _stop: stop.drop_guard(),
    };
    let socket = by_ana(&store).await;
    let health = async || reqwest::get(format!("http://{}/healthz", store.address)).await;
    let refused = health().await;
    assert!(
        refused.as_ref().map_or(true, |answer| answer.status() == 503),
        "{refused:?}"
    );
    drop(socket);
    let again = async { while !health().await.is_ok_and(|answer| answer.status() == 200) {} };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("a place that was left is free");
}

//! The library, the watchlist, and opening the player.

use std::sync::atomic::Ordering;

use api::rent::EntitlementState;
use http::Method;
use rpc::{Code, Fault};
use serde_json::{Value, json};

use crate::support::{LIMITE, NOSFERATU, UNKNOWN, World, ask, entitlement, refusal};

#[tokio::test]
async fn the_library_shows_each_entitlement_with_its_title() {
    let world = World::new();
    let mut started = entitlement("e-1", NOSFERATU, EntitlementState::Started);
    started.started_at_us = started.granted_at_us + 3_600_000_000;
    started.watch_until_us = started.started_at_us + 48 * 3_600_000_000;
    started.resume_position_seconds = 61;
    *world.rent.entitlements.lock().unwrap() = vec![started, entitlement("e-2", UNKNOWN, EntitlementState::Owned)];
    let library = world.send(ask(Method::GET, "/api/v1/library").by_ana()).await.json();
    let first = &library["entitlements"][0];
    assert_eq!(first["title"]["name"], "Nosferatu");
    assert_eq!(first["kind"], "rent");
    assert_eq!(first["started_at"], "2026-11-24T01:00:00Z");
    assert_eq!(first["watch_until"], "2026-11-26T01:00:00Z");
    assert_eq!(first["taken_back_at"], Value::Null);
    assert_eq!(first["resume_position_seconds"], 61);
    let gone = &library["entitlements"][1];
    assert_eq!(gone["title"]["display_name"], "Nosferatu as ordered");
    assert_eq!(gone["title"]["year"], Value::Null);
}

#[tokio::test]
async fn the_library_opens_while_the_catalogue_rests() {
    let world = World::new();
    *world.rent.entitlements.lock().unwrap() = vec![entitlement("e-1", NOSFERATU, EntitlementState::Owned)];
    world.catalogue.is_down.store(true, Ordering::Relaxed);
    let library = world.send(ask(Method::GET, "/api/v1/library").by_ana()).await.json();
    assert_eq!(library["entitlements"][0]["title"]["name"], "Nosferatu as ordered");
}

#[tokio::test]
async fn the_watchlist_keeps_its_order_and_leaves_out_what_left_the_catalogue() {
    let world = World::new();
    for title_id in [NOSFERATU, UNKNOWN, LIMITE] {
        let asked = ask(Method::PUT, &format!("/api/v1/watchlist/{title_id}")).by_ana();
        assert_eq!(world.send(asked).await.status, 204);
    }
    let names = async || {
        let list = world.send(ask(Method::GET, "/api/v1/watchlist").by_ana()).await.json();
        let titles = list["titles"].as_array().unwrap().clone();
        titles
            .into_iter()
            .map(|title| title["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["Limite", "Nosferatu"]);
    let asked = ask(Method::DELETE, &format!("/api/v1/watchlist/{LIMITE}")).by_ana();
    assert_eq!(world.send(asked).await.status, 204);
    assert_eq!(names().await, ["Nosferatu"]);
}

#[tokio::test]
async fn an_unreachable_catalogue_is_no_empty_watchlist() {
    let world = World::new();
    world.rent.watchlist.lock().unwrap().push(NOSFERATU.to_owned());
    world.catalogue.is_down.store(true, Ordering::Relaxed);
    let answer = world.send(ask(Method::GET, "/api/v1/watchlist").by_ana()).await;
    assert_eq!(answer.refusal(), refusal(503, "UNAVAILABLE"));
    assert!(
        !String::from_utf8_lossy(&answer.body).contains("10.1.2.3"),
        "private text got out"
    );
}

fn with_film() -> World {
    let world = World::new();
    world.catalogue.add_film("media/film.mp4", 10);
    world
}

#[tokio::test]
async fn the_player_opens_with_a_media_url_and_keeps_its_position() {
    let world = with_film();
    let open = ask(Method::POST, "/api/v1/library/e-1/playback")
        .by_ana()
        .json(&json!({"confirm_start": true}));
    let playback = world.send(open).await.json();
    let expected = json!({
        "playback_id": "playback-1", "media_url": "/media/media-key/film.mp4", "subtitles": [], "chapters_url": null,
        "expires_at": "2026-11-24T00:00:30Z", "position_seconds": 61,
    });
    assert_eq!(playback, expected);
    let path = "/api/v1/library/e-1/playback/playback-1";
    let update = ask(Method::PUT, path).by_ana().json(&json!({"position_seconds": 70}));
    assert_eq!(world.send(update).await.json()["position_seconds"], 70);
    assert_eq!(world.send(ask(Method::DELETE, path).by_ana()).await.status, 204);
    let nonsense = ask(Method::PUT, path)
        .by_ana()
        .json(&json!({"position_seconds": "far"}));
    assert_eq!(
        world.send(nonsense).await.problem()["fields"][0]["field"],
        "position_seconds"
    );
}

#[tokio::test]
async fn what_the_player_must_ask_first_is_a_conflict_with_its_facts() {
    let world = with_film();
    let fault = Fault::new(Code::FailedPrecondition, "START_NOT_CONFIRMED", "Confirm the start.");
    *world.rent.playback.lock().unwrap() = Err(fault.with_metadata("viewing_window_hours", "48"));
    let open = || {
        ask(Method::POST, "/api/v1/library/e-1/playback")
            .by_ana()
            .json(&json!({}))
    };
    let answer = world.send(open()).await;
    assert_eq!(answer.refusal(), refusal(409, "START_NOT_CONFIRMED"));
    assert_eq!(answer.problem()["viewing_window_hours"], 48);
    *world.rent.playback.lock().unwrap() = Err(Fault::new(Code::FailedPrecondition, "PLAYING_ELSEWHERE", "Elsewhere."));
    assert_eq!(world.send(open()).await.refusal(), refusal(409, "PLAYING_ELSEWHERE"));
}

#[tokio::test]
async fn a_title_without_a_film_cannot_be_played() {
    let world = World::new();
    let open = ask(Method::POST, "/api/v1/library/e-1/playback")
        .by_ana()
        .json(&json!({}));
    assert_eq!(world.send(open).await.refusal(), refusal(404, "MEDIA_NOT_FOUND"));
}

//! Films' bytes: the media token, its expiry, and ranges.

use std::sync::atomic::Ordering;

use api::catalogue::MediaRole;
use bytes::Bytes;
use http::Method;
use serde_json::json;
use tower::ServiceExt;

use crate::support::{START_US, World, ask, refusal};

const FILM: &str = "/media/media-key/film.mp4";

fn content() -> Bytes {
    (0..=u8::MAX).cycle().take(3_000_000).collect()
}

async fn with_film() -> World {
    let world = World::new();
    world.store_object("media/film.mp4", content()).await;
    world.catalogue.add_film("media/film.mp4", 3_000_000);
    world
}

#[tokio::test]
async fn who_holds_the_key_gets_the_whole_film() {
    let world = with_film().await;
    let answer = world.get(FILM).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, content());
    assert_eq!(answer.header("content-type"), "video/mp4");
    assert_eq!(answer.header("content-length"), "3000000");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn subtitles_and_chapters_are_had_with_the_same_key() {
    let world = with_film().await;
    world.store_object("media/en.vtt", "WEBVTT\n").await;
    world
        .catalogue
        .add_track("subtitles.en.vtt", "media/en.vtt", MediaRole::Subtitles, "en");
    world
        .catalogue
        .add_track("chapters.vtt", "media/en.vtt", MediaRole::Chapters, "");
    let asked = ask(Method::POST, "/api/v1/library/ent-1/playback").with_anas_cookie();
    let playback = world.send(asked.json(&json!({"confirm_start": true}))).await.json();
    assert_eq!(playback["media_url"], FILM);
    let subtitles = json!([{"language": "en", "label": "EN", "url": "/media/media-key/subtitles.en.vtt"}]);
    assert_eq!(playback["subtitles"], subtitles);
    assert_eq!(playback["chapters_url"], "/media/media-key/chapters.vtt");
    let track = world.get("/media/media-key/subtitles.en.vtt").await;
    assert_eq!(track.header("content-type"), "text/vtt");
    assert_eq!(track.body, "WEBVTT\n");
}

#[tokio::test]
async fn a_player_may_ask_for_any_part() {
    let world = with_film().await;
    let cases = [
        ("bytes=0-99", 0, 100),
        ("bytes=2999999-", 2_999_999, 3_000_000),
        ("bytes=-500", 2_999_500, 3_000_000),
    ];
    for (range, start, end) in cases {
        let answer = world.send(ask(Method::GET, FILM).header("range", range)).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(
            answer.header("content-range"),
            format!("bytes {start}-{}/3000000", end - 1)
        );
        assert_eq!(answer.header("content-length"), (end - start).to_string());
        assert_eq!(answer.body, content().slice(start..end), "{range}");
    }
}

#[tokio::test]
async fn a_part_beyond_the_end_is_refused_with_the_size() {
    let world = with_film().await;
    let answer = world
        .send(ask(Method::GET, FILM).header("range", "bytes=3000000-"))
        .await;
    assert_eq!(answer.refusal(), refusal(416, "RANGE_NOT_SATISFIABLE"));
    assert_eq!(answer.header("content-range"), "bytes */3000000");
}

#[tokio::test]
async fn a_part_of_the_film_as_it_was_is_the_whole_film_as_it_is() {
    let world = with_film().await;
    let etag = world.get(FILM).await.header("etag");
    let part = |tag: &str| {
        ask(Method::GET, FILM)
            .header("range", "bytes=0-9")
            .header("if-range", tag)
    };
    assert_eq!(world.send(part(&etag)).await.status, 206);
    assert_eq!(world.send(part("\"another\"")).await.status, 200);
}

#[tokio::test]
async fn head_tells_of_the_whole_film_and_sends_nothing() {
    let world = with_film().await;
    for range in ["bytes=0-9", "bytes=3000000-"] {
        let answer = world.send(ask(Method::HEAD, FILM).header("range", range)).await;
        assert_eq!(answer.status, 200, "{range}");
        assert_eq!(answer.header("content-length"), "3000000", "{range}");
        assert!(answer.body.is_empty());
    }
}

#[tokio::test]
async fn a_forged_key_and_an_unknown_object_are_not_found() {
    let world = with_film().await;
    let forged = world.get("/media/forged/film.mp4").await;
    assert_eq!(forged.refusal(), refusal(404, "PLAYBACK_ENDED"));
    let huge = world.get(&format!("/media/{}/film.mp4", "k".repeat(600))).await;
    assert_eq!(huge.refusal(), refusal(404, "PLAYBACK_ENDED"));
    assert_eq!(
        world.get("/media/media-key/other.mp4").await.refusal(),
        refusal(404, "MEDIA_NOT_FOUND")
    );
    assert_eq!(
        world.get("/media/media-key/..%2Ffilm.mp4").await.refusal(),
        refusal(404, "MEDIA_NOT_FOUND")
    );
}

#[tokio::test]
async fn a_key_is_checked_again_after_five_seconds_a_forged_one_too() {
    let world = with_film().await;
    world.rent.ended_sessions.heard().await;
    for path in [FILM, "/media/forged/film.mp4"] {
        let before = world.rent.checks.load(Ordering::Relaxed);
        let checks = async || {
            world.get(path).await;
            world.rent.checks.load(Ordering::Relaxed) - before
        };
        assert_eq!(checks().await, 1);
        world.pass(4);
        assert_eq!(checks().await, 1);
        world.pass(1);
        assert_eq!(checks().await, 2);
    }
}

#[tokio::test]
async fn a_film_ends_with_the_session_that_it_plays_for() {
    let world = with_film().await;
    world.rent.ended_sessions.heard().await;
    assert_eq!(world.get(FILM).await.status, 200);
    let ended = format!("session of {}", crate::support::ANAS_TOKEN);
    *world.rent.ended_sessions.sessions.lock().unwrap() = Some(vec![ended]);
    world.rent.ended_sessions.heard().await;
    world.rent.playback_ends_us.store(0, Ordering::Relaxed);
    assert_eq!(world.get(FILM).await.refusal(), refusal(404, "PLAYBACK_ENDED"));
}

#[tokio::test]
async fn a_playback_that_was_taken_over_ends_within_five_seconds() {
    let world = with_film().await;
    assert_eq!(world.get(FILM).await.status, 200);
    world.rent.playback_ends_us.store(0, Ordering::Relaxed);
    world.pass(5);
    assert_eq!(world.get(FILM).await.refusal(), refusal(404, "PLAYBACK_ENDED"));
}

#[tokio::test]
async fn a_lease_ends_to_the_second_though_its_key_is_remembered() {
    let world = with_film().await;
    world
        .rent
        .playback_ends_us
        .store(START_US + 2_000_000, Ordering::Relaxed);
    assert_eq!(world.get(FILM).await.status, 200);
    world.pass(2);
    assert_eq!(world.get(FILM).await.refusal(), refusal(404, "PLAYBACK_ENDED"));
}

#[tokio::test]
async fn a_lease_renewed_at_the_last_moment_plays_on_without_a_gap() {
    let world = with_film().await;
    let lease_until_us = |at_us| world.rent.playback_ends_us.store(at_us, Ordering::Relaxed);
    lease_until_us(START_US + 2_000_000);
    assert_eq!(world.get(FILM).await.status, 200);
    world.pass(1);
    lease_until_us(START_US + 31_000_000);
    world.pass(1);
    assert_eq!(world.get(FILM).await.status, 200);
}

#[tokio::test]
async fn an_unreachable_rent_is_no_end_of_a_playback() {
    let world = with_film().await;
    world.rent.is_down.store(true, Ordering::Relaxed);
    assert_eq!(world.get(FILM).await.refusal(), refusal(503, "UNAVAILABLE"));
    world.rent.is_down.store(false, Ordering::Relaxed);
    assert_eq!(world.get(FILM).await.status, 200);
}

fn starts(world: &World) -> u32 {
    world.rent.starts.load(Ordering::Relaxed)
}

async fn part(world: &World, range: &str) -> u16 {
    world
        .send(ask(Method::GET, FILM).header("range", range))
        .await
        .status
        .as_u16()
}

#[tokio::test]
async fn a_first_picture_is_delivered_before_the_viewing_window_starts() {
    let world = with_film().await;
    world.rent.awaits_picture.store(true, Ordering::Relaxed);
    // The index at the end, and the first megabyte.
    assert_eq!(part(&world, "bytes=2990000-").await, 206);
    assert_eq!(part(&world, "bytes=0-900000").await, 206);
    assert_eq!(world.send(ask(Method::HEAD, FILM)).await.status, 200);
    assert_eq!(starts(&world), 0);
}

#[tokio::test]
async fn who_takes_more_than_a_first_picture_needs_starts_the_viewing_window() {
    let world = with_film().await;
    world.rent.awaits_picture.store(true, Ordering::Relaxed);
    // In small ranges, as a client requests that does not want to be noticed.
    for start in (0..1_000_000).step_by(100_000) {
        assert_eq!(part(&world, &format!("bytes={start}-{}", start + 99_999)).await, 206);
    }
    assert_eq!(starts(&world), 0);
    assert_eq!(part(&world, "bytes=1000000-1099999").await, 206);
    assert_eq!(starts(&world), 1);
    assert_eq!(part(&world, "bytes=1100000-").await, 206);
    assert_eq!(starts(&world), 1, "once is enough");
}

#[tokio::test]
async fn a_film_is_not_delivered_beyond_its_first_picture_when_the_window_cannot_start() {
    let world = with_film().await;
    // A token is cached only while the gateway receives ended sessions.
    world.rent.ended_sessions.heard().await;
    world.rent.awaits_picture.store(true, Ordering::Relaxed);
    assert_eq!(part(&world, "bytes=0-9").await, 206);
    world.rent.is_down.store(true, Ordering::Relaxed);
    let answer = world
        .router
        .clone()
        .oneshot(ask(Method::GET, FILM).into_request())
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let taken = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    assert!(taken.is_err(), "the whole film came");
    assert_eq!(starts(&world), 0);
}

#[tokio::test]
async fn what_has_started_or_was_bought_is_not_counted() {
    let world = with_film().await;
    assert_eq!(world.get(FILM).await.body, content());
    assert_eq!(starts(&world), 0);
}

#[tokio::test]
async fn a_viewer_keeps_the_file_of_a_film_that_is_replaced() {
    let world = World::new();
    let place = |number: u8| format!("titles/nosferatu/00000000-0000-7000-8000-00000000000{number}/film.mp4");
    world.store_object(&place(1), "the first film").await;
    world.store_object(&place(2), "the second film").await;
    world.catalogue.add_film(&place(1), 14);
    let watched = async |key: &str| {
        let asked = ask(Method::POST, "/api/v1/library/ent-1/playback").with_anas_cookie();
        let playback = world.send(asked.json(&json!({"confirm_start": true}))).await.json();
        let url = playback["media_url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(FILM), "{key}: {url}");
        url
    };
    let first = watched("first").await;
    assert_eq!(world.get(&first).await.body, "the first film");
    world.catalogue.replace_film(&place(2), 15);
    // Longer than the gateway caches what a token gives access to.
    world.pass(6);
    assert_eq!(world.get(&first).await.body, "the first film");
    let second = watched("second").await;
    assert_ne!(first, second);
    assert_eq!(world.get(&second).await.body, "the second film");
    assert_eq!(world.get(FILM).await.body, "the second film");
    assert_eq!(
        world
            .get(&format!("{FILM}?v=00000000-0000-7000-8000-000000000003"))
            .await
            .status,
        404
    );
}

//! Drawn posters.

use std::io::Read;
use std::sync::atomic::Ordering;

use http::Method;

use crate::support::{LIMITE, NOSFERATU, UNKNOWN, World, ask, refusal};

fn path(title_id: &str) -> String {
    format!("/posters/{title_id}.svg")
}

#[tokio::test]
async fn every_title_has_a_poster_of_its_own_and_the_same_one_each_time() {
    let world = World::new();
    let first = world.get(&path(NOSFERATU)).await;
    assert_eq!(first.header("content-type"), "image/svg+xml");
    assert!(first.header("cache-control").starts_with("public, max-age="));
    assert!(String::from_utf8(first.body.to_vec()).unwrap().starts_with("<svg"));
    assert_eq!(world.get(&path(NOSFERATU)).await.body, first.body);
    assert_ne!(world.get(&path(LIMITE)).await.body, first.body);
}

#[tokio::test]
async fn a_poster_travels_packed_or_plain_or_not_at_all() {
    let world = World::new();
    let plain = world.get(&path(NOSFERATU)).await;
    let packed = world
        .send(ask(Method::GET, &path(NOSFERATU)).header("accept-encoding", "gzip, br"))
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_ref())
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);
    let known = ask(Method::GET, &path(NOSFERATU)).header("if-none-match", &plain.header("etag"));
    let known = world.send(known).await;
    assert_eq!(known.status, 304);
    assert!(known.body.is_empty());
}

#[tokio::test]
async fn sites_that_read_no_svg_get_a_picture() {
    let world = World::new();
    let path = format!("/posters/{NOSFERATU}.png");
    let picture = world.get(&path).await;
    assert_eq!(picture.header("content-type"), "image/png");
    assert!(picture.body.starts_with(b"\x89PNG"));
    let known = world
        .send(ask(Method::GET, &path).header("if-none-match", &picture.header("etag")))
        .await;
    assert_eq!(known.status, 304);
    assert_eq!(world.get(&path).await.body, picture.body);
    let missing = world.get(&format!("/posters/{UNKNOWN}.png")).await;
    assert_eq!(missing.refusal(), refusal(404, "TITLE_NOT_FOUND"));
}

#[tokio::test]
async fn a_corrected_film_gets_a_new_poster() {
    let world = World::new();
    let before = world.get(&path(NOSFERATU)).await.header("etag");
    world.catalogue.titles.lock().unwrap().get_mut(NOSFERATU).unwrap().name = "Nosferatu: A Symphony".to_owned();
    assert_ne!(world.get(&path(NOSFERATU)).await.header("etag"), before);
}

#[tokio::test]
async fn there_is_no_poster_of_an_unknown_title() {
    let world = World::new();
    assert_eq!(
        world.get(&path(UNKNOWN)).await.refusal(),
        refusal(404, "TITLE_NOT_FOUND")
    );
    assert_eq!(
        world.get(&format!("/posters/{NOSFERATU}.gif")).await.refusal(),
        refusal(404, "NOT_FOUND")
    );
    world.catalogue.is_down.store(true, Ordering::Relaxed);
    assert_eq!(world.get(&path(NOSFERATU)).await.refusal(), refusal(503, "UNAVAILABLE"));
}

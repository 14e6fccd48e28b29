//! The web app's files, or the page that replaces it in a binary without them.

use http::Method;

use crate::support::{World, ask, refusal};

#[tokio::test]
async fn the_apps_own_addresses_get_its_page() {
    let world = World::new();
    let home = world.get("/").await;
    assert_eq!(home.status, 200);
    assert_eq!(home.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(home.header("cache-control"), "no-cache");
    // A path that only begins like one of the API gets the app's page too, which says that nothing is there.
    for (path, status) in [
        ("/search?q=x", 200),
        ("/checkout", 200),
        ("/watch/123", 200),
        ("/lab", 200),
        ("/apiary", 404),
    ] {
        let page = world.get(path).await;
        assert_eq!(
            (page.status.as_u16(), page.header("content-type")),
            (status, home.header("content-type")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_page_that_is_known_is_not_sent_again() {
    let world = World::new();
    let etag = world.get("/").await.header("etag");
    let answer = world.send(ask(Method::GET, "/").header("if-none-match", &etag)).await;
    assert_eq!(answer.status, 304);
    assert!(answer.body.is_empty());
    assert_eq!(answer.header("etag"), etag);
}

#[tokio::test]
async fn a_missing_file_is_not_answered_with_a_page() {
    let world = World::new();
    for path in ["/assets/old-1234.js", "/assets/x", "/logo.png", "/.env"] {
        assert_eq!(world.get(path).await.refusal(), refusal(404, "NOT_FOUND"), "{path}");
    }
    assert_eq!(
        world.send(ask(Method::POST, "/titles/123")).await.refusal(),
        refusal(404, "NOT_FOUND")
    );
}

#[tokio::test]
async fn pages_and_answers_are_sent_compressed_to_who_can_unpack_them() {
    let world = World::new();
    for (path, accepted, expected) in [
        ("/", "gzip, deflate, br", "br"),
        ("/", "gzip", "gzip"),
        ("/", "br;q=0, gzip", "gzip"),
        ("/", "identity", ""),
        ("/api/v1/titles", "gzip", "gzip"),
        ("/openapi.json", "br", "br"),
    ] {
        let answer = world
            .send(ask(Method::GET, path).header("accept-encoding", accepted))
            .await;
        assert_eq!(answer.header("content-encoding"), expected, "{path} {accepted}");
        assert!(
            answer.header("vary").contains("accept-encoding"),
            "{path}: {}",
            answer.header("vary")
        );
    }
}

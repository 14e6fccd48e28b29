//! Reminders end by the link that each of them has.

use std::sync::atomic::Ordering;

use http::Method;
use serde_json::json;

use crate::support::{World, ask};

const LINK: &str = "/account/reminders?token=reminder-token";

#[tokio::test]
async fn a_mail_program_turns_reminders_off_without_cookies_from_anywhere() {
    let world = World::new();
    for origin in [None, Some("https://mail.example")] {
        let post = ask(Method::POST, LINK).header("content-type", "application/x-www-form-urlencoded");
        let post = match origin {
            Some(origin) => post.header("origin", origin),
            None => post,
        };
        assert_eq!(world.send(post).await.status, 204, "{origin:?}");
    }
    assert_eq!(world.rent.reminders_turned_off.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn the_page_of_the_link_changes_nothing_before_a_press() {
    let world = World::new();
    for method in [Method::GET, Method::HEAD] {
        let page = world.send(ask(method, LINK)).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").starts_with("text/html"));
    }
    assert_eq!(world.rent.reminders_turned_off.load(Ordering::Relaxed), 0);
    let press = ask(Method::POST, "/api/v1/account/reminders:turn-off").json(&json!({"token": "reminder-token"}));
    assert_eq!(world.send(press).await.status, 204);
    assert_eq!(world.rent.reminders_turned_off.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_token_that_opens_nothing_is_refused() {
    let world = World::new();
    let refused = world.send(ask(Method::POST, "/account/reminders?token=another")).await;
    assert_eq!(refused.problem()["code"], "LINK_ENDED");
    let without = world.send(ask(Method::POST, "/account/reminders")).await;
    assert_eq!(without.status, 400);
    assert_eq!(world.rent.reminders_turned_off.load(Ordering::Relaxed), 0);
}

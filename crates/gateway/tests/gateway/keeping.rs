//! What customers do with their accounts: change them, see their sessions, download their data, delete them.

use std::sync::atomic::Ordering;

use api::rent::Reminders;
use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{ANAS_TOKEN, Asked, NOSFERATU, World, ask, refusal};

const ACCOUNT: &str = "/api/v1/account";

fn post(path: &str, body: &Value) -> Asked {
    ask(Method::POST, &format!("{ACCOUNT}/{path}")).by_ana().json(body)
}

#[tokio::test]
async fn what_is_left_out_of_the_settings_stays() {
    let world = World::new();
    let answer = world.send(post("settings", &json!({"reminders": false}))).await.json();
    assert_eq!(answer["reminders"], false);
    let sent = world.rent.last_update.lock().unwrap().clone();
    assert_eq!((sent.name.as_str(), sent.language.as_str()), ("", ""));
    assert_eq!(sent.reminders(), Reminders::Off);
    let answer = world.send(post("settings", &json!({"name": "Ana Maria"}))).await.json();
    assert_eq!(answer["name"], "Ana Maria");
    assert_eq!(
        world.rent.last_update.lock().unwrap().reminders(),
        Reminders::Unspecified
    );

    let emptied = world.send(post("settings", &json!({"name": " "}))).await;
    assert_eq!(emptied.problem()["fields"][0]["field"], "name");
    let unknown = world.send(post("settings", &json!({"staff": true}))).await;
    assert_eq!(unknown.refusal(), refusal(400, "INVALID_ARGUMENT"));
}

#[tokio::test]
async fn what_matters_asks_for_the_present_password() {
    let world = World::new();
    for (path, mut body, status) in [
        ("password:change", json!({"password": "another horse"}), 204),
        ("email-change", json!({"email": "maria@example.com"}), 202),
        ("deletion", json!({}), 204),
    ] {
        body["current_password"] = json!("wrong");
        let wrong = world.send(post(path, &body)).await;
        assert_eq!(wrong.refusal(), refusal(400, "WRONG_PASSWORD"), "{path}");
        assert_eq!(wrong.problem()["fields"][0]["field"], "current_password");
        body["current_password"] = json!("correct horse");
        assert_eq!(world.send(post(path, &body)).await.status, status, "{path}");
        let guest = ask(Method::POST, &format!("{ACCOUNT}/{path}")).json(&body);
        assert_eq!(
            world.send(guest).await.refusal(),
            refusal(401, "UNAUTHENTICATED"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn passwords_are_not_tried_out() {
    let world = World::with(|settings| settings.rate_limits = gateway::RateLimits::default());
    let body = json!({"current_password": "wrong"});
    for _ in 0..10 {
        assert_eq!(
            world.send(post("deletion", &body)).await.refusal(),
            refusal(400, "WRONG_PASSWORD")
        );
    }
    assert_eq!(
        world.send(post("deletion", &body)).await.refusal(),
        refusal(429, "RATE_LIMITED")
    );
}

#[tokio::test]
async fn an_address_is_changed_by_the_bearer_of_the_mails_token() {
    let world = World::new();
    let change = ask(Method::POST, "/api/v1/account/email").json(&json!({"token": "t"}));
    assert_eq!(world.send(change).await.status, 204);
}

#[tokio::test]
async fn sessions_say_their_device_and_which_one_is_here() {
    let world = World::new();
    let path = "/api/v1/account/sessions";
    let listed = world.send(ask(Method::GET, path).with_anas_cookie()).await.json();
    let here = json!({
        "id": "s-1", "browser": "Firefox", "system": "Linux", "signed_in_at": "2026-11-24T00:00:00Z",
        "last_seen_at": "2026-11-24T00:01:00Z", "current": true,
    });
    assert_eq!(listed["sessions"][0], here);
    assert_eq!(listed["sessions"][1]["browser"], Value::Null);
    let one = ask(Method::DELETE, "/api/v1/account/sessions/s-2").by_ana();
    assert_eq!(world.send(one).await.status, 204);
    assert_eq!(
        world.send(ask(Method::GET, path)).await.refusal(),
        refusal(401, "UNAUTHENTICATED")
    );
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_not_remembered() {
    let world = World::new();
    world
        .rent
        .sessions
        .lock()
        .unwrap()
        .insert("elsewhere".to_owned(), "ana".to_owned());
    let elsewhere = || ask(Method::GET, ACCOUNT).header("authorization", "Bearer elsewhere");
    assert_eq!(world.send(elsewhere()).await.status, 200);
    world.pass(1);
    let others = ask(Method::DELETE, "/api/v1/account/sessions").by_ana();
    assert_eq!(world.send(others).await.status, 204);
    assert_eq!(world.send(elsewhere()).await.status, 401);
    assert_eq!(world.send(ask(Method::GET, ACCOUNT).by_ana()).await.status, 200);
}

#[tokio::test]
async fn a_deleted_account_takes_its_cookie_and_its_sessions_along() {
    let world = World::new();
    world.send(ask(Method::GET, ACCOUNT).by_ana()).await.json();
    world.pass(1);
    let gone = world
        .send(post("deletion", &json!({"current_password": "correct horse"})))
        .await;
    assert!(
        gone.header("set-cookie")
            .starts_with("dvs_session=; Path=/; Max-Age=0;")
    );
    assert_eq!(world.send(ask(Method::GET, ACCOUNT).by_ana()).await.status, 401);
}

#[tokio::test]
async fn ones_data_is_one_json_file_with_every_list() {
    let world = World::new();
    let answer = world.send(ask(Method::GET, "/api/v1/account/export").by_ana()).await;
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"video-store.json\""
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    let file = answer.json();
    assert_eq!(file["customer"]["email"], "ana@example.com");
    assert_eq!(file["watchlist"], json!([NOSFERATU]));
    assert_eq!(file["orders"].as_array().unwrap().len(), 4);
    assert_eq!(file["orders"][1]["state"], "declined");
    for empty in ["sessions", "mails", "playbacks", "entitlements"] {
        assert_eq!(file[empty], json!([]), "{empty}");
    }
    assert!(!file.to_string().contains(ANAS_TOKEN));
}

#[tokio::test]
async fn a_file_that_breaks_off_is_not_taken_for_a_whole_one() {
    let world = World::new();
    world.rent.export_breaks.store(true, Ordering::Relaxed);
    let asked = ask(Method::GET, "/api/v1/account/export").by_ana().into_request();
    let response = world.router.clone().oneshot(asked).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
}

//! Accounts, sessions and their cookie.

use std::sync::atomic::Ordering;

use http::Method;
use serde_json::json;

use crate::support::{ANAS_TOKEN, World, ask, refusal};

fn sign_in(password: &str) -> crate::support::Asked {
    ask(Method::POST, "/api/v1/session").json(&json!({"email": "ana@example.com", "password": password}))
}

#[tokio::test]
async fn a_new_account_is_signed_in_and_gets_mail_in_its_language() {
    let world = World::new();
    let body = json!({"email": "ana@example.com", "password": "correct horse", "name": "Ana"});
    let asked = ask(Method::POST, "/api/v1/account")
        .header("accept-language", "pt-BR,pt;q=0.9")
        .json(&body);
    let answer = world.send(asked).await;
    assert_eq!(answer.status, 201);
    let session = answer.json();
    let ana = json!({
        "id": "ana", "email": "ana@example.com", "name": "Ana", "email_verified": false, "language": "pt-BR",
        "reminders": true, "staff": false,
    });
    assert_eq!(session["customer"], ana);
    assert_eq!(session["token"], ANAS_TOKEN);
    assert_eq!(session["expires_at"], "2026-11-24T01:00:00Z");
    assert_eq!(
        answer.header("set-cookie"),
        "dvs_session=anas-token; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax, \
         dvs_device=device; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(world.rent.last_customer.lock().unwrap().language, "pt-BR");
}

#[tokio::test]
async fn a_device_that_was_here_before_says_so_when_it_signs_in_and_has_a_limit_of_its_own() {
    let world = World::with(|settings| settings.rate_limits = gateway::RateLimits::default());
    for _ in 0..10 {
        assert_eq!(world.send(sign_in("guess")).await.status, 401);
    }
    assert_eq!(world.send(sign_in("correct horse")).await.status, 429);
    let known = sign_in("correct horse").header("cookie", "other=1; dvs_device=known");
    assert_eq!(world.send(known).await.status, 201);
    assert_eq!(world.rent.last_sign_in.lock().unwrap().device_token, "known");
}

#[tokio::test]
async fn the_cookie_is_secure_where_the_public_comes_by_https() {
    let world = World::with(|settings| settings.public_url = Some("https://films.example".to_owned()));
    let answer = world.send(sign_in("correct horse")).await;
    assert_eq!(
        answer.header("set-cookie"),
        "__Host-dvs_session=anas-token; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure, \
         __Host-dvs_device=device; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure"
    );
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=31536000; includeSubDomains"
    );
    let with = |cookie: &str| ask(Method::GET, "/api/v1/account").header("cookie", &format!("{cookie}={ANAS_TOKEN}"));
    let own = world.send(with("__Host-dvs_session")).await;
    assert_eq!(own.status, 200);
    assert_eq!(own.header("cache-control"), "private, no-store");
    // Another site on a sibling subdomain could have set this cookie.
    assert_eq!(world.send(with("dvs_session")).await.status, 401);
    let out = world.send(ask(Method::DELETE, "/api/v1/session")).await;
    assert!(
        out.header("set-cookie")
            .starts_with("__Host-dvs_session=; Path=/; Max-Age=0;")
    );
}

#[tokio::test]
async fn what_rent_refuses_of_an_account_is_told() {
    let world = World::new();
    let body = json!({"email": "taken@example.com", "password": "correct horse", "name": "Ana"});
    let taken = world.send(ask(Method::POST, "/api/v1/account").json(&body)).await;
    assert_eq!(taken.refusal(), refusal(409, "EMAIL_TAKEN"));
    assert_eq!(
        world.send(sign_in("wrong")).await.refusal(),
        refusal(401, "WRONG_CREDENTIALS")
    );
    let reset = ask(Method::POST, "/api/v1/account/password").json(&json!({"token": "used", "password": "new"}));
    let reset = world.send(reset).await;
    assert_eq!(reset.refusal(), refusal(400, "LINK_ENDED"));
    assert_eq!(reset.problem()["fields"][0]["field"], "token");
}

#[tokio::test]
async fn mails_are_asked_for_and_their_links_followed() {
    let world = World::new();
    let reset = ask(Method::POST, "/api/v1/account/password-reset").json(&json!({"email": "who@example.com"}));
    assert_eq!(world.send(reset).await.status, 202);
    let verify = ask(Method::POST, "/api/v1/account/email-verification").json(&json!({"token": "t"}));
    assert_eq!(world.send(verify).await.status, 204);
    let again = || ask(Method::POST, "/api/v1/account/email-verification:send");
    assert_eq!(world.send(again().by_ana()).await.status, 202);
    assert_eq!(world.send(again()).await.refusal(), refusal(401, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn a_session_travels_in_the_cookie_or_as_a_bearer() {
    let world = World::new();
    let account = || ask(Method::GET, "/api/v1/account");
    for asked in [account().by_ana(), account().with_anas_cookie()] {
        assert_eq!(world.send(asked).await.json()["name"], "Ana");
    }
    let ended = account().header("cookie", "dvs_session=");
    let forged = account().header("authorization", "Bearer forged");
    let huge = account().header("authorization", &format!("Bearer {}", "x".repeat(10_000)));
    let basic = account().header("authorization", &format!("Basic {ANAS_TOKEN}"));
    for asked in [account(), ended, forged, huge, basic] {
        assert_eq!(world.send(asked).await.refusal(), refusal(401, "UNAUTHENTICATED"));
    }
}

#[tokio::test]
async fn a_session_is_remembered_for_half_a_minute() {
    let world = World::new();
    let authentications = async || {
        world.send(ask(Method::GET, "/api/v1/account").by_ana()).await.json();
        world.rent.authentications.load(Ordering::Relaxed)
    };
    world.rent.ended_sessions.heard().await;
    assert_eq!(authentications().await, 1);
    world.pass(29);
    assert_eq!(authentications().await, 1);
    world.pass(1);
    assert_eq!(authentications().await, 2);
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_is_not_remembered() {
    let world = World::new();
    world.rent.ended_sessions.heard().await;
    let account = async || world.send(ask(Method::GET, "/api/v1/account").by_ana()).await.status;
    assert_eq!(account().await, 200);
    world.rent.sessions.lock().unwrap().clear();
    let ended = format!("session of {ANAS_TOKEN}");
    *world.rent.ended_sessions.sessions.lock().unwrap() = Some(vec![ended]);
    world.rent.ended_sessions.heard().await;
    assert_eq!(account().await, 401);
}

#[tokio::test]
async fn where_no_ended_session_is_heard_of_rent_is_asked_each_time() {
    let world = World::new();
    *world.rent.ended_sessions.sessions.lock().unwrap() = None;
    for _ in 0..3 {
        world.send(ask(Method::GET, "/api/v1/account").by_ana()).await.json();
    }
    assert_eq!(world.rent.authentications.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_address_is_taken_back_and_the_answer_chooses_a_new_password() {
    let world = World::new();
    let revert = ask(Method::POST, "/api/v1/account/email-change:revert").json(&json!({"token": "t"}));
    let answer = world.send(revert).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("cache-control").as_str()),
        (200, "no-store")
    );
    assert_eq!(answer.json(), json!({"reset_token": "reset-token"}));
}

#[tokio::test]
async fn a_lab_remembers_no_session_since_its_clock_may_jump() {
    let world = World::with(|settings| settings.lab = true);
    for _ in 0..2 {
        world.send(ask(Method::GET, "/api/v1/account").by_ana()).await.json();
    }
    assert_eq!(world.rent.authentications.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once_and_takes_the_cookie_away() {
    let world = World::new();
    let account = || ask(Method::GET, "/api/v1/account").with_anas_cookie();
    world.send(account()).await.json();
    let out = world
        .send(ask(Method::DELETE, "/api/v1/session").with_anas_cookie())
        .await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").starts_with("dvs_session=; Path=/; Max-Age=0;"));
    assert_eq!(world.send(account()).await.status, 401);
    assert_eq!(world.send(ask(Method::DELETE, "/api/v1/session")).await.status, 204);
}

#[tokio::test]
async fn another_sites_page_cannot_act_with_the_cookie() {
    let world = World::with(|settings| settings.public_url = Some("https://store.example/".to_owned()));
    let out = || ask(Method::DELETE, "/api/v1/session").with_anas_cookie();
    let evil = [
        out().header("origin", "https://evil.example"),
        out().header("origin", "https://store.example.evil.example"),
        out().header("origin", "null"),
        out().header("sec-fetch-site", "cross-site"),
        out().header("sec-fetch-site", "same-site"),
    ];
    for asked in evil {
        assert_eq!(world.send(asked).await.refusal(), refusal(403, "CROSS_ORIGIN"));
    }
    let ours = [
        out().header("origin", "https://store.example"),
        out().header("origin", "http://films.example"),
        out().header("sec-fetch-site", "same-origin"),
        out(),
        ask(Method::DELETE, "/api/v1/session")
            .by_ana()
            .header("origin", "https://tools.example"),
    ];
    for asked in ours {
        assert_eq!(world.send(asked).await.status, 204);
    }
    let reading = ask(Method::GET, "/api/v1/titles").header("origin", "https://evil.example");
    assert_eq!(world.send(reading).await.status, 200);
}

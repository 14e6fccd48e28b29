//! The security log: each event that matters to the safety of accounts and of the store is a line, with the customer, the address
//! and the request, and without a secret.

use std::net::TcpListener;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, PASSWORD, Store};
use reqwest::Method;
use serde_json::{Value, json};

const ANOTHER: &str = "gaslight cinema orlok 1922";

/// The line of an event, about this customer if one is given.
fn line(log: &str, event: &str, outcome: &str, about: &str) -> Result<String> {
    let (event, outcome) = (format!("event=\"{event}\""), format!("outcome=\"{outcome}\""));
    let mut lines = log.lines().filter(|line| line.contains(" security: "));
    let found = lines.find(|line| line.contains(&event) && line.contains(&outcome) && line.contains(about));
    Ok(found
        .with_context(|| format!("no line says {event} {outcome} {about}: {log}"))?
        .to_owned())
}

async fn post(store: &Store, path: &str, body: Value) -> Result<()> {
    store.http().post(store.url(path)).json(&body).send().await?;
    Ok(())
}

#[tokio::test]
async fn every_event_is_a_line_with_who_and_from_where_and_no_secret() -> Result<()> {
    let rent = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let store = Opening::new()?.with(&["--rent-listen", &rent]).start().await?;
    let ana = Account::open(&store, "ana").await?;
    let customer = ana.get(&store, "/api/v1/account").await?["id"]
        .as_str()
        .context("no id")?
        .to_owned();
    let by_ana = async |path: &str, body: Value| -> Result<()> {
        ana.request(&store, Method::POST, path).json(&body).send().await?;
        Ok(())
    };
    for password in [PASSWORD, "wrong and wrong again"] {
        post(
            &store,
            "/api/v1/session",
            json!({"email": ana.email, "password": password}),
        )
        .await?;
    }
    post(&store, "/api/v1/account/password-reset", json!({"email": ana.email})).await?;
    let made_up = json!({"token": "A".repeat(43), "password": ANOTHER});
    post(&store, "/api/v1/account/password", made_up).await?;
    let change = json!({"current_password": PASSWORD, "email": "ana@example.net"});
    by_ana("/api/v1/account/email-change", change).await?;
    let change = json!({"current_password": "wrong", "password": ANOTHER});
    by_ana("/api/v1/account/password:change", change).await?;
    let change = json!({"current_password": PASSWORD, "password": ANOTHER});
    by_ana("/api/v1/account/password:change", change).await?;
    ana.request(&store, Method::DELETE, "/api/v1/account/sessions")
        .send()
        .await?;

    // Forged: a session, a film's address (by an unknown key), an identity, the store's own authority.
    let forged = "Zm9yZ2VkLWZvcmdlZC1mb3JnZWQtZm9yZ2VkLWZvcmc";
    store
        .http()
        .get(store.url("/api/v1/account"))
        .bearer_auth(forged)
        .send()
        .await?;
    let media = format!("/media/{}/film.mp4", "A".repeat(96));
    store.http().get(store.url(&media)).send().await?;
    let at_rent = |path: &str| store.http().get(format!("http://{rent}{path}"));
    at_rent("/v1/customer")
        .header("x-dvs-identity", "e30.e30")
        .send()
        .await?;
    at_rent("/v1/staff").send().await?;
    at_rent("/v1/staff")
        .header("x-dvs-authority", "service")
        .bearer_auth("guess")
        .send()
        .await?;

    by_ana("/api/v1/account/deletion", json!({"current_password": ANOTHER})).await?;
    let log = store.opening().log_text()?;
    let about = &*format!("customer=\"{customer}\"");
    for (event, outcome, about) in [
        ("sign_up", "done", about),
        ("sign_in", "done", about),
        ("sign_in", "refused", about),
        ("password_reset_requested", "done", about),
        ("link", "refused", ""),
        ("email_change_requested", "done", about),
        ("present_password", "refused", about),
        ("password_changed", "done", about),
        ("sessions_ended", "done", about),
        ("session", "refused", ""),
        ("forged_media_token", "refused", ""),
        ("forged_identity", "refused", ""),
        ("staff_call", "refused", ""),
        ("forged_service_token", "refused", ""),
        ("account_deleted", "done", about),
    ] {
        let line = line(&log, event, outcome, about)?;
        ensure!(line.contains("address=\"127.0.0.1\""), "{line}");
    }
    let line = line(&log, "sign_in", "refused", about)?;
    ensure!(line.contains("request_id=\""), "{line}");
    for secret in [
        PASSWORD,
        ANOTHER,
        ana.token.as_str(),
        ana.email.as_str(),
        forged,
        "wrong and wrong again",
        "guess",
    ] {
        ensure!(!log.contains(secret), "{secret} is in the log");
    }
    Ok(())
}

#[tokio::test]
async fn a_guest_who_looks_around_is_no_event() -> Result<()> {
    let store = Opening::new()?.start().await?;
    let film = store.title_id("nosferatu").await?;
    for path in ["/", &format!("/titles/{film}"), &format!("/api/v1/titles/{film}")] {
        let answer = store.http().get(store.url(path)).send().await?;
        ensure!(answer.status().is_success(), "{path}");
    }
    let log = store.opening().log_text()?;
    ensure!(!log.contains(" security: "), "{log}");
    Ok(())
}

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
async fn what_links_in_mails_do_is_an_event_too() -> Result<()> {
    let store = Store::open().await?;
    let ana = Account::open(&store, "ana").await?;
    let customer = ana.get(&store, "/api/v1/account").await?["id"]
        .as_str()
        .context("no id")?
        .to_owned();
    let verify = store.mailed_token(&ana.email, "verify").await?;
    post(&store, "/api/v1/account/email-verification", json!({"token": verify})).await?;
    ana.get(&store, "/api/v1/account/export").await.ok();

    let new = "ana@example.net";
    let change = json!({"current_password": PASSWORD, "email": new});
    let asked = ana.request(&store, Method::POST, "/api/v1/account/email-change");
    asked.json(&change).send().await?;
    let change = store.mailed_token(new, "email").await?;
    post(&store, "/api/v1/account/email", json!({"token": change})).await?;
    let revert = store.mailed_token(&ana.email, "revert").await?;
    let reverted = store.http().post(store.url("/api/v1/account/email-change:revert"));
    let reverted = reverted.json(&json!({"token": revert})).send().await?;
    let reverted: Value = reverted.error_for_status()?.json().await?;
    let reset = reverted["reset_token"].as_str().context("no link")?.to_owned();
    let new_password = json!({"token": reset, "password": ANOTHER});
    post(&store, "/api/v1/account/password", new_password).await?;
    let sign_in = json!({"email": ana.email, "password": ANOTHER});
    let session = store
        .http()
        .post(store.url("/api/v1/session"))
        .json(&sign_in)
        .send()
        .await?;
    let session: Value = session.error_for_status()?.json().await?;
    let token = session["token"].as_str().context("no token")?;
    let session = store.http().delete(store.url("/api/v1/session")).bearer_auth(token);
    session.send().await?.error_for_status()?;

    let log = store.opening().log_text()?;
    let about = format!("customer=\"{customer}\"");
    for event in [
        "email_verified",
        "account_exported",
        "email_changed",
        "email_change_reverted",
        "password_reset",
        "sign_out",
    ] {
        let line = line(&log, event, "done", &about)?;
        ensure!(line.contains("address=\"127.0.0.1\""), "{line}");
    }
    for secret in [verify, change, revert, reset] {
        ensure!(!log.contains(&secret), "a link's token is in the log");
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

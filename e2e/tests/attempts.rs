//! Attacks on accounts, through the gateway and at rent's own port, and what the security log records of them.

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, PASSWORD, Store};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

async fn sign_in(store: &Store, from: &str, email: &str, password: &str, cookie: &str) -> Result<StatusCode> {
    let asked = store
        .http()
        .post(store.url("/api/v1/session"))
        .header("x-forwarded-for", from)
        .header("cookie", cookie)
        .json(&json!({"email": email, "password": password}));
    Ok(asked.send().await?.status())
}

#[tokio::test]
async fn wrong_passwords_lock_out_the_attacker_and_not_the_owner() -> Result<()> {
    let store = Opening::limited()?.with(&["--proxies-in-front", "1"]).start().await?;
    let body = json!({"email": "ana@example.org", "password": PASSWORD, "name": "Ana"});
    let opened = store
        .http()
        .post(store.url("/api/v1/account"))
        .header("x-forwarded-for", "198.51.100.7")
        .json(&body)
        .send()
        .await?;
    let cookies = opened.headers().get_all("set-cookie").iter();
    let device = cookies
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .find(|cookie| cookie.contains("dvs_device="))
        .context("the device is given no token")?
        .to_owned();
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(sign_in(&store, "203.0.113.9", "ana@example.org", "wrong password", "").await?);
    }
    ensure!(
        answers[..10].iter().all(|status| *status == StatusCode::UNAUTHORIZED),
        "{answers:?}"
    );
    ensure!(
        answers[10..]
            .iter()
            .all(|status| *status == StatusCode::TOO_MANY_REQUESTS),
        "{answers:?}"
    );
    // In the attacker's own network, a device that the account knows may still sign in; elsewhere any device may.
    let owner = sign_in(&store, "203.0.113.9", "ana@example.org", PASSWORD, &device).await?;
    ensure!(owner == StatusCode::CREATED, "{owner}");
    let elsewhere = sign_in(&store, "198.51.100.7", "ana@example.org", PASSWORD, "").await?;
    ensure!(elsewhere == StatusCode::CREATED, "{elsewhere}");

    let log = store.opening().log_text()?;
    for told in ["sign_up", "sign_in", "limit_hit"] {
        ensure!(
            log.contains(&format!("event=\"{told}\"")),
            "the log does not tell of {told}: {log}"
        );
    }
    ensure!(log.contains("203.0.113.9"), "the log does not tell from where");
    for secret in ["wrong password", PASSWORD, "ana@example.org", device.as_str()] {
        ensure!(!log.contains(secret), "the log tells {secret}");
    }
    ensure!(
        store.opening().complaints()?.is_empty(),
        "{:?}",
        store.opening().complaints()?
    );
    Ok(())
}

#[tokio::test]
async fn rents_own_port_ignores_the_client_address_of_an_unknown_caller() -> Result<()> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let listen = port.to_string();
    let _store = Opening::limited()?.with(&["--rent-listen", &listen]).start().await?;
    let url = format!("http://{listen}/v1/sessions");
    let http = Client::new();
    let mut refused = 0;
    for number in 0..20 {
        let body = json!({"email": "ana@example.org", "password": "wrong password"});
        let asked = http
            .post(&url)
            .header("x-dvs-client-address", format!("203.0.113.{number}"));
        let answer = asked.json(&body).send().await?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused += 1;
        }
        let _: Value = answer.json().await?;
    }
    ensure!(refused == 10, "{refused} of 20 were refused");
    Ok(())
}

#[tokio::test]
async fn a_customer_with_a_verified_address_becomes_staff_is_listed_and_removed() -> Result<()> {
    let store = Store::open().await?;
    let ana = Account::open(&store, "ana").await?;
    let tool = async |command: &str| store.opening().tool(&["staff", command, &ana.email]).await;
    let add = tool("add").await?;
    ensure!(add.code != 0 && add.stderr.contains("not verified"), "{add:?}");
    let list = store.opening().tool(&["staff", "list"]).await?;
    ensure!(list.code == 0 && list.stdout.is_empty(), "{list:?}");

    let token = store.mailed_token(&ana.email, "verify").await?;
    let verify = ana.request(&store, Method::POST, "/api/v1/account/email-verification");
    let verified = verify.json(&json!({"token": token})).send().await?;
    ensure!(verified.status() == StatusCode::NO_CONTENT, "{verified:?}");
    let add = tool("add").await?;
    ensure!(add.code == 0, "{add:?}");
    let list = store.opening().tool(&["staff", "list"]).await?;
    ensure!(list.stdout.contains(&ana.email), "{list:?}");
    let remove = tool("remove").await?;
    ensure!(remove.code == 0, "{remove:?}");
    let list = store.opening().tool(&["staff", "list"]).await?;
    ensure!(list.code == 0 && list.stdout.is_empty(), "{list:?}");
    let log = store.opening().log_text()?;
    for event in ["email_verified", "staff_added", "staff_removed"] {
        ensure!(log.contains(&format!("event=\"{event}\"")), "{event}: {log}");
    }
    Ok(())
}

//! A customer of a store, and their requests.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::store::Store;

/// Far longer than a change takes to reach a page.
const SETTLING: Duration = Duration::from_secs(10);
pub const PASSWORD: &str = "projector lamp amber 1922";

/// A customer who is signed in.
#[derive(Clone)]
pub struct Account {
    pub email: String,
    pub token: String,
}

/// The parts of an order.
#[derive(Clone)]
pub struct Order<'a> {
    pub key: &'a str,
    pub offer: &'a Value,
    /// The card's token, or `pix`.
    pub card: &'a str,
}

impl Account {
    pub async fn open(store: &Store, name: &str) -> Result<Self> {
        let email = format!("{name}@example.org");
        let body = json!({"email": email, "password": PASSWORD, "name": name});
        let answer = store
            .http()
            .post(store.url("/api/v1/account"))
            .json(&body)
            .send()
            .await?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        ensure!(status == StatusCode::CREATED, "signing up answered {status}: {answer}");
        let token = answer["token"].as_str().context("no token")?.to_owned();
        Ok(Self { email, token })
    }

    pub fn request(&self, store: &Store, method: Method, path: &str) -> RequestBuilder {
        store.http().request(method, store.url(path)).bearer_auth(&self.token)
    }

    pub async fn get(&self, store: &Store, path: &str) -> Result<Value> {
        let answer = self.request(store, Method::GET, path).send().await?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        ensure!(status.is_success(), "{path} answered {status}: {answer}");
        Ok(answer)
    }

    /// Sends an order and returns the answer, whatever it is.
    pub async fn order(&self, store: &Store, order: &Order<'_>) -> Result<(StatusCode, Value)> {
        let payment = match order.card {
            "pix" => json!({"method": "pix"}),
            card => json!({"method": "card", "token": card}),
        };
        let body = json!({
            "items": [{"offer_id": order.offer["id"], "price": order.offer["price"]}],
            "payment": payment,
        });
        let request = self.request(store, Method::POST, "/api/v1/orders");
        let answer = request.header("idempotency-key", order.key).json(&body).send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    pub async fn entitlements(&self, store: &Store) -> Result<Vec<Value>> {
        let library = self.get(store, "/api/v1/library").await?;
        Ok(library["entitlements"].as_array().context("no entitlements")?.clone())
    }

    pub async fn play(&self, store: &Store, entitlement: &str, how: &Value) -> Result<(StatusCode, Value)> {
        let path = format!("/api/v1/library/{entitlement}/playback");
        let answer = self.request(store, Method::POST, &path).json(how).send().await?;
        Ok((answer.status(), answer.json().await?))
    }
}

/// A title's offer of a kind, as its page shows it.
pub async fn offer_of(store: &Store, title_id: &str, kind: &str) -> Result<Value> {
    let title = store.get(&format!("/api/v1/titles/{title_id}")).await?;
    let offers = title["offers"].as_array().context("no offers")?;
    let offer = offers.iter().find(|offer| offer["kind"] == kind);
    Ok(offer
        .with_context(|| format!("{title_id} has no offer to {kind}"))?
        .clone())
}

/// A title's offer once its page shows it `as_wanted`: the gateway may serve a page that is half a second old.
pub async fn offer_becomes(
    store: &Store,
    title_id: &str,
    kind: &str,
    as_wanted: impl Fn(&Value) -> bool,
) -> Result<Value> {
    let deadline = Instant::now() + SETTLING;
    loop {
        let offer = offer_of(store, title_id, kind).await?;
        if as_wanted(&offer) {
            return Ok(offer);
        }
        ensure!(Instant::now() < deadline, "the offer is still {offer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

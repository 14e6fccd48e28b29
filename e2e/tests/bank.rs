//! Paying by Pix at a bank: with events and without, after the end of the order, and back again.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Store, offer_of};
use fake_providers::FakePix;
use fake_providers::pix::{CLIENT_ID, CLIENT_SECRET, KEY};
use fake_providers::stripe::system_time;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Within which an order follows what its bank says, without an event.
const SETTLES_WITHIN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

struct World {
    bank: FakePix,
    store: Store,
    account: Account,
}

impl World {
    async fn open() -> Result<Self> {
        let bank = FakePix::start(([127, 0, 0, 1], 0).into(), system_time()).await?;
        let opening = Opening::new()?;
        let secret = opening.path("client-secret");
        std::fs::write(&secret, CLIENT_SECRET)?;
        let (api, token) = (bank.api_url(), bank.token_url());
        let secret = secret.display().to_string();
        let store = opening
            .with(&["--payment-provider", "pix", "--pix-test", "--pix-key", KEY])
            .with(&["--pix-api-url", &api, "--pix-token-url", &token])
            .with(&["--pix-client-id", CLIENT_ID, "--pix-client-secret-file", &secret])
            .start()
            .await?;
        let account = Account::open(&store, "ana").await?;
        Ok(Self { bank, store, account })
    }

    /// An order that waits with its code, and the bank's id of the charge.
    async fn ordered(&self, film: &str) -> Result<(Value, String)> {
        let offer = offer_of(&self.store, &self.store.title_id(film).await?, "rent").await?;
        let order = Order {
            key: film,
            offer: &offer,
            card: "pix",
        };
        let (status, waiting) = self.account.order(&self.store, &order).await?;
        ensure!(status == StatusCode::CREATED, "{waiting}");
        let action = &waiting["next_action"];
        let complaints = self.store.opening().complaints()?;
        ensure!(complaints.is_empty(), "{complaints:?}");
        ensure!(action["type"] == "show_code" && action["sandbox"] == false, "{waiting}");
        ensure!(
            action["code"].as_str().is_some_and(|code| code.starts_with("000201")),
            "{action}"
        );
        let charge = id(&waiting)?.replace('-', "");
        Ok((waiting, charge))
    }

    /// The customer looks at the order until it looks so.
    async fn becomes(&self, order: &Value, looks: impl Fn(&Value) -> bool) -> Result<Value> {
        let path = format!("/api/v1/orders/{}", id(order)?);
        let deadline = Instant::now() + SETTLES_WITHIN;
        loop {
            let found = self.account.get(&self.store, &path).await?;
            if looks(&found) {
                return Ok(found);
            }
            ensure!(Instant::now() < deadline, "the order is still {found}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn post(&self, order: &Value, action: &str) -> Result<(StatusCode, Value)> {
        let path = format!("/api/v1/orders/{}/{action}", id(order)?);
        let answer = self.account.request(&self.store, Method::POST, &path).send().await?;
        Ok((answer.status(), answer.json().await?))
    }
}

fn id(object: &Value) -> Result<&str> {
    object["id"].as_str().context("no id")
}

#[tokio::test]
async fn a_pix_is_paid_in_the_banks_app_and_goes_back_to_the_payer() -> Result<()> {
    let world = World::open().await?;
    let methods = world.store.get("/api/v1/store?currency=BRL").await?["payment_methods"].clone();
    let pix = json!({"method": "pix", "provider": "pix", "sandbox": true, "needs_token": false});
    ensure!(methods == json!([pix]), "{methods}");
    let dollars = world.store.get("/api/v1/store?currency=USD").await?;
    ensure!(dollars["payment_methods"] == json!([]), "{dollars}");

    let (waiting, charge) = world.ordered("nosferatu").await?;
    ensure!(world.bank.pay(&charge));
    world.becomes(&waiting, |order| order["state"] == "fulfilled").await?;
    let (status, refunded) = world.post(&waiting, "refund").await?;
    ensure!(status == StatusCode::OK, "{refunded}");
    world
        .becomes(&waiting, |order| order["refunds"][0]["state"] == "succeeded")
        .await?;
    let transfers = world.bank.transfers();
    let [transfer] = &transfers[..] else {
        anyhow::bail!("{transfers:?}");
    };
    ensure!(transfer["devolucoes"][0]["valor"] == transfer["valor"], "{transfer}");
    let opening = world.store.opening().clone();
    ensure!(world.store.stop().await?.success());
    let seen = opening.log_text()?;
    ensure!(!seen.contains("nobody-may-see"), "{seen}");
    Ok(())
}

#[tokio::test]
async fn a_pix_that_comes_after_the_order_was_given_up_goes_back_by_itself() -> Result<()> {
    let world = World::open().await?;
    let (waiting, charge) = world.ordered("nosferatu").await?;
    let (status, cancelled) = world.post(&waiting, "cancellation").await?;
    ensure!(
        status == StatusCode::OK && cancelled["state"] == "cancelled",
        "{cancelled}"
    );
    ensure!(!world.bank.pay(&charge), "a charge that was removed was paid");
    let (again, charge) = world.ordered("limite").await?;
    ensure!(world.bank.pay(&charge));
    world.becomes(&again, |order| order["state"] == "fulfilled").await?;
    ensure!(world.account.entitlements(&world.store).await?.len() == 1);
    ensure!(world.store.stop().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_bank_that_loses_answers_takes_the_money_once() -> Result<()> {
    let world = World::open().await?;
    let (waiting, charge) = world.ordered("nosferatu").await?;
    ensure!(world.bank.pay(&charge));
    world.becomes(&waiting, |order| order["state"] == "fulfilled").await?;
    world.bank.switch(|switches| switches.lose_answers = 2);
    let (status, refunded) = world.post(&waiting, "refund").await?;
    ensure!(status == StatusCode::OK, "{refunded}");
    world
        .becomes(&waiting, |order| order["refunds"][0]["state"] == "succeeded")
        .await?;
    let transfers = world.bank.transfers();
    ensure!(
        transfers[0]["devolucoes"].as_array().is_some_and(|all| all.len() == 1),
        "{transfers:?}"
    );
    ensure!(world.store.stop().await?.success());
    Ok(())
}

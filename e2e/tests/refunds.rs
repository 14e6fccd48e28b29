//! Refunds from outside: a customer takes money back, and support gives it back.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Store, expect_refused, offer_of};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Far more than the sandbox takes.
const RETURNED_WITHIN: Duration = Duration::from_secs(30);
const LOOKED_AT_EVERY: Duration = Duration::from_millis(100);

/// Rents or buys a film, and returns the order.
async fn order(store: &Store, account: &Account, title: &str, kind: &str) -> Result<Value> {
    let offer = offer_of(store, &store.title_id(title).await?, kind).await?;
    let order = Order {
        key: &format!("{kind}-{title}"),
        offer: &offer,
        card: "tok_visa",
    };
    let (status, answer) = account.order(store, &order).await?;
    ensure!(status == StatusCode::CREATED, "{answer}");
    Ok(answer)
}

async fn ask_back(store: &Store, account: &Account, id: &str) -> Result<(StatusCode, Value)> {
    let path = format!("/api/v1/orders/{id}/refund");
    let answer = account.request(store, Method::POST, &path).send().await?;
    Ok((answer.status(), answer.json().await?))
}

/// What the sandbox returned of an order, once the store has asked it to.
async fn returned(store: &Store, account: &Account, id: &str) -> Result<i64> {
    let path = format!("/api/v1/orders/{id}");
    let is_done = |order: &Value| {
        order["refunds"]
            .as_array()
            .is_some_and(|all| all.iter().all(|one| one["state"] == "succeeded"))
    };
    let wait = async {
        while !is_done(&account.get(store, &path).await?) {
            tokio::time::sleep(LOOKED_AT_EVERY).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(RETURNED_WITHIN, wait)
        .await
        .context("the money did not go back")??;
    let listed = store.opening().tool(&["sandbox", "charges"]).await?;
    for line in listed.stdout.lines() {
        let charge: Value = serde_json::from_str(line)?;
        if charge["order_id"] == id {
            return charge["refunded_minor"].as_i64().context("no number");
        }
    }
    anyhow::bail!("no charge of {id}: {}", listed.stdout)
}

#[tokio::test]
async fn a_customer_takes_back_the_money_of_a_film_that_was_never_played() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let rented = order(&store, &account, "nosferatu", "rent").await?;
    let id = rented["id"].as_str().context("no id")?;
    ensure!(rented["refundable_until"].is_string(), "{rented}");
    for _ in 0..2 {
        let (status, refunded) = ask_back(&store, &account, id).await?;
        ensure!(
            status == StatusCode::OK && refunded["state"] == "refunded",
            "{refunded}"
        );
        ensure!(
            refunded["refunds"].as_array().is_some_and(|refunds| refunds.len() == 1),
            "{refunded}"
        );
    }
    let total = rented["total"]["amount_minor"].as_i64().context("no total")?;
    ensure!(returned(&store, &account, id).await? == total);
    ensure!(account.entitlements(&store).await?[0]["state"] == "expired");
    // The film can be rented again.
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let again = Order {
        key: "again",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, answer) = account.order(&store, &again).await?;
    ensure!(status == StatusCode::CREATED, "{answer}");
    Ok(())
}

#[tokio::test]
async fn support_shows_an_order_and_gives_a_part_and_the_rest_back() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let bought = order(&store, &account, "nosferatu", "buy").await?;
    let id = bought["id"].as_str().context("no id")?;
    let total = bought["total"]["amount_minor"].as_i64().context("no total")?;
    let currency = bought["total"]["currency_code"].as_str().context("no currency")?;
    let tool = async |arguments: &[&str]| store.opening().tool(arguments).await;

    let shown = tool(&["order", "show", id]).await?;
    ensure!(
        shown.stdout.contains(&account.email) && shown.stdout.contains(&format!("{currency}:{total}")),
        "{}",
        shown.stdout
    );
    let part = format!("{currency}:500");
    let refund = ["order", "refund", id, "--reason", "technical-problem"];
    let partly = tool(&[&refund[..], &["--amount", &part, "--keep-access"]].concat()).await?;
    ensure!(
        partly.stdout.contains("access kept"),
        "{} {}",
        partly.stdout,
        partly.stderr
    );
    ensure!(returned(&store, &account, id).await? == 500);
    ensure!(account.entitlements(&store).await?[0]["state"] == "owned");
    let too_much = format!("{currency}:{total}");
    expect_refused(
        &tool(&[&refund[..], &["--amount", &too_much]].concat()).await?,
        &["at most what is left", &format!("{currency} {}", total - 500)],
    )?;
    let rest = tool(&refund).await?;
    ensure!(
        rest.stdout.contains("state     refunded"),
        "{} {}",
        rest.stdout,
        rest.stderr
    );
    ensure!(returned(&store, &account, id).await? == total);
    expect_refused(&tool(&refund).await?, &["goes back already"])?;
    let nobody = "0190a3f0-7c3e-7abc-8def-0123456789ab";
    expect_refused(&tool(&["order", "show", nobody]).await?, &["There is no such order"])?;
    store.opening().expect_ledger_right().await?;
    Ok(())
}

#[tokio::test]
async fn the_check_of_the_ledger_prints_each_difference_and_fails() -> Result<()> {
    let opening = Opening::new()?;
    ensure!(opening.start().await?.stop().await?.success());
    let record = opening.data_dir().join("sandbox.db");
    std::fs::copy(&record, opening.path("earlier"))?;
    let store = opening.start().await?;
    let account = Account::open(&store, "ana").await?;
    let bought = order(&store, &account, "nosferatu", "buy").await?;
    let id = bought["id"].as_str().context("no id")?;
    let nothing_yet = opening.tool(&["ledger", "check", "--to", "2020-01-01"]).await?;
    ensure!(
        nothing_yet.stdout.trim_end() == "0 orders, 0 movements, no difference",
        "{nothing_yet:?}"
    );
    ensure!(store.stop().await?.success());
    // The provider loses what it has recorded since.
    std::fs::copy(opening.path("earlier"), &record)?;
    let accepted = opening.tool(&["folder", "accept"]).await?;
    ensure!(accepted.code == 0, "{accepted:?}");
    let checked = opening.tool(&["ledger", "check"]).await?;
    ensure!(checked.code == 1, "{checked:?}");
    let lines: Vec<_> = checked.stdout.lines().collect();
    let [difference, summary] = lines[..] else {
        anyhow::bail!("{checked:?}");
    };
    ensure!(
        difference.contains(id) && difference.contains("the provider's record has 0.00"),
        "{difference}"
    );
    ensure!(summary == "1 order, 0 movements, 1 difference", "{summary}");
    Ok(())
}

#[tokio::test]
async fn the_shop_sets_how_long_customers_may_have_their_money_back() -> Result<()> {
    let periods = ["--refund-rentals", "0", "--refund-purchases", "1"];
    let store = Opening::new()?.with(&periods).start().await?;
    let account = Account::open(&store, "ana").await?;
    let rented = order(&store, &account, "nosferatu", "rent").await?;
    ensure!(rented["refundable_until"].is_null(), "{rented}");
    let (status, refused) = ask_back(&store, &account, rented["id"].as_str().context("no id")?).await?;
    ensure!(
        status == StatusCode::CONFLICT && refused["rule"] == "too_late",
        "{refused}"
    );
    let bought = order(&store, &account, "limite", "buy").await?;
    ensure!(bought["refundable_until"].is_string(), "{bought}");
    let (status, refunded) = ask_back(&store, &account, bought["id"].as_str().context("no id")?).await?;
    ensure!(
        status == StatusCode::OK && refunded["state"] == "refunded",
        "{refunded}"
    );
    ensure!(store.stop().await?.success());
    Ok(())
}

//! Reminders end with a POST to the address that each of them names, from outside.

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Store, offer_of};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

/// Where the link of a reminder leads, up to its token.
const LINK: &str = "/account/reminders?token=";
/// From an order to its reminder, and not to the end of the rental.
const TO_REMINDER: &str = "+650h";

async fn rent(store: &Store, account: &Account, title: &str) -> Result<()> {
    let offer = offer_of(store, &store.title_id(title).await?, "rent").await?;
    let order = Order {
        key: title,
        offer: &offer,
        card: "tok_visa",
    };
    let (status, answer) = account.order(store, &order).await?;
    ensure!(status == StatusCode::CREATED, "{answer}");
    Ok(())
}

async fn is_reminded(store: &Store, account: &Account) -> Result<bool> {
    let customer = account.get(store, "/api/v1/account").await?;
    customer["reminders"].as_bool().context("no reminders")
}

#[tokio::test]
async fn a_mail_program_turns_reminders_off_by_the_address_in_one() -> Result<()> {
    let store = Opening::new()?.with(&["--lab"]).start().await?;
    let ana = Account::open(&store, "ana").await?;
    rent(&store, &ana, "nosferatu").await?;
    let receipt = store.mail(&ana.email, "/orders/").await?;
    ensure!(!receipt.contains(LINK), "{receipt}");
    let moved = store.opening().tool(&["lab", "clock", TO_REMINDER]).await?;
    ensure!(moved.code == 0, "{}", moved.stderr);
    let reminder = store.mail(&ana.email, LINK).await?;
    let mut lines = reminder.lines();
    let link = lines.find(|line| line.starts_with("http") && line.contains(LINK));
    let link = link.context("the text does not name the link")?;
    ensure!(link.starts_with(store.address()), "{link}");

    // A program that looks where links lead turns nothing off.
    let page = store.http().get(link).send().await?;
    ensure!(page.status() == StatusCode::OK);
    ensure!(is_reminded(&store, &ana).await?);
    let post = store.http().post(link);
    let post = post.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let turned_off = post.body("List-Unsubscribe=One-Click").send().await?;
    ensure!(turned_off.status() == StatusCode::NO_CONTENT, "{turned_off:?}");
    ensure!(!is_reminded(&store, &ana).await?);

    rent(&store, &ana, "limite").await?;
    let moved = store.opening().tool(&["lab", "clock", TO_REMINDER]).await?;
    ensure!(moved.code == 0, "{}", moved.stderr);
    // What is due first is sent first: a mail that is due now comes after a reminder would have.
    let bia = Account::open(&store, "bia").await?;
    rent(&store, &bia, "nosferatu").await?;
    store.mail(&bia.email, "/orders/").await?;
    ensure!(store.mails(&ana.email, LINK)?.len() == 1);
    ensure!(store.stop().await?.success());
    Ok(())
}

//! Reminders end with a POST to the address that each of them names, from outside.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Store, offer_of};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

/// Where the link of a reminder leads, up to its token.
const LINK: &str = "/account/reminders?token=";
/// From an order to its reminder, and not to the end of the rental.
const TO_REMINDER: &str = "+650h";
/// Far more than a mail takes.
const ARRIVED_WITHIN: Duration = Duration::from_secs(30);

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

/// The mails to an account that have some words in them.
fn mails(store: &Store, account: &Account, words: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(store.opening().data_dir().join("mail"))? {
        let mail = std::fs::read_to_string(file?.path())?;
        if mail.contains(&format!("To: {}", account.email)) && mail.contains(words) {
            found.push(mail);
        }
    }
    Ok(found)
}

/// Waits for the first mail to an account with these words.
async fn mail(store: &Store, account: &Account, words: &str) -> Result<String> {
    let arrived = async {
        loop {
            if let Some(mail) = mails(store, account, words)?.pop() {
                return Ok(mail);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let waited = tokio::time::timeout(ARRIVED_WITHIN, arrived).await;
    waited.with_context(|| format!("no mail with {words:?} came"))?
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
    let receipt = mail(&store, &ana, "/orders/").await?;
    ensure!(!receipt.contains(LINK), "{receipt}");
    let moved = store.opening().tool(&["lab", "clock", TO_REMINDER]).await?;
    ensure!(moved.code == 0, "{}", moved.stderr);
    let reminder = mail(&store, &ana, LINK).await?;
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
    mail(&store, &bia, "/orders/").await?;
    ensure!(mails(&store, &ana, LINK)?.len() == 1);
    ensure!(store.stop().await?.success());
    Ok(())
}

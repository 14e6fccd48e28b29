//! The calls to a store until it is killed: each call that is answered is acknowledged, and recorded.

use anyhow::{Context, Result, ensure};
use e2e::{Account, Order, Store, offer_of};
use futures::future::{join3, join5};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::Value;

use crate::acknowledged::{Acknowledged, Known, Shared};

const CARDS: [&str; 5] = ["tok_visa", "tok_visa", "tok_declined", "tok_timeout", "tok_error_once"];
/// How many films one imported file has.
const IMPORTED: usize = 40;
/// The film for uploads: complete, and playable in every browser.
pub(crate) const FILM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/catalogue/demo/leader.mp4");

/// Does all kinds of work at the same time, each kind `times` times, or until the store is killed.
pub(crate) async fn work(store: &Store, acknowledged: &mut Acknowledged, seed: u64, times: usize) -> Result<()> {
    let mut random = StdRng::seed_from_u64(seed);
    let films: Vec<String> = films(store).await?;
    let customers = Shared::new(acknowledged);
    let mut seeds = || StdRng::seed_from_u64(random.random());
    let shop = join5(
        orders(store, &films, &customers, seeds(), times),
        orders(store, &films, &customers, seeds(), times),
        pix(store, &films, &customers, seeds(), times),
        refunds(store, &films, &customers, seeds(), times),
        watchlist(store, &films, &customers, seeds(), times),
    );
    let tools = join3(
        imports(store, &customers, seeds(), times),
        prices(store, &films, &customers, seeds(), times),
        media(store, &films, &customers, seeds(), times),
    );
    let (shop, tools) = Box::pin(futures::future::join(shop, tools)).await;
    let shop = shop.0.and(shop.1).and(shop.2).and(shop.3).and(shop.4);
    shop.and(tools.0).and(tools.1).and(tools.2)
}

async fn films(store: &Store) -> Result<Vec<String>> {
    let page = store.get("/api/v1/titles?page_size=50").await?;
    let titles = page["titles"].as_array().context("no titles")?;
    Ok(titles
        .iter()
        .filter_map(|title| Some(title["id"].as_str()?.to_owned()))
        .collect())
}

async fn customer(store: &Store, known: &Shared<'_>, random: &mut StdRng) -> Result<Account> {
    let account = known.with(|all| all.accounts.choose(random).cloned());
    match account {
        Some(account) if random.random_ratio(3, 4) => Ok(account),
        _ => {
            let account = Account::open(store, &format!("customer{}", random.random::<u64>())).await?;
            known.with(|all| all.accounts.push(account.clone()));
            Ok(account)
        }
    }
}

async fn order(
    store: &Store,
    films: &[String],
    known: &Shared<'_>,
    random: &mut StdRng,
    card: &str,
) -> Result<Option<(Account, Value)>> {
    let account = customer(store, known, random).await?;
    let film = films.choose(random).context("there are films")?;
    let kind = if random.random() { "rent" } else { "buy" };
    let Ok(offer) = offer_of(store, film, kind).await else {
        return Ok(None);
    };
    let key = random.random::<u64>().to_string();
    let order = Order {
        key: &key,
        offer: &offer,
        card,
    };
    let (status, answer) = account.order(store, &order).await?;
    Ok(status.is_success().then_some((account, answer)))
}

async fn orders(store: &Store, films: &[String], known: &Shared<'_>, mut random: StdRng, times: usize) -> Result<()> {
    for _ in 0..times {
        let card = CARDS.choose(&mut random).copied().unwrap_or(CARDS[0]);
        let ordered = order(store, films, known, &mut random, card).await?;
        if let Some((account, order)) = ordered {
            known.with(|all| all.order(&account, &order));
        }
    }
    Ok(())
}

async fn pix(store: &Store, films: &[String], known: &Shared<'_>, mut random: StdRng, times: usize) -> Result<()> {
    for _ in 0..times {
        if let Some((account, mut order)) = order(store, films, known, &mut random, "pix").await? {
            known.with(|all| all.order(&account, &order));
            let id = order["id"].as_str().context("an order has an id")?;
            let paid = store.opening().tool(&["sandbox", "pay", id]).await?;
            if paid.code == 0 && paid.stdout.contains("fulfilled") {
                order["state"] = "fulfilled".into();
                known.with(|all| all.order(&account, &order));
            }
        }
    }
    Ok(())
}

async fn refunds(store: &Store, films: &[String], known: &Shared<'_>, mut random: StdRng, times: usize) -> Result<()> {
    for _ in 0..times {
        let Some((account, mut order)) = order(store, films, known, &mut random, "tok_visa").await? else {
            continue;
        };
        known.with(|all| all.order(&account, &order));
        let id = order["id"].as_str().context("an order has an id")?.to_owned();
        known.with(|all| all.refunds_begun.insert(id.clone()));
        let path = format!("/api/v1/orders/{id}/refund");
        let answer = account.request(store, Method::POST, &path).send().await?;
        if answer.status().is_success() {
            order["state"] = "refunded".into();
            known.with(|all| all.order(&account, &order));
        }
    }
    Ok(())
}

async fn watchlist(
    store: &Store,
    films: &[String],
    known: &Shared<'_>,
    mut random: StdRng,
    times: usize,
) -> Result<()> {
    for _ in 0..times {
        let account = customer(store, known, &mut random).await?;
        let film = films.choose(&mut random).context("there are films")?;
        let is_added: bool = random.random();
        let thing = (account.email.clone(), film.clone());
        known.with(|all| all.watchlists.entry(thing.clone()).or_default().begin(is_added));
        let method = if is_added { Method::PUT } else { Method::DELETE };
        let sent = account.request(store, method, &format!("/api/v1/watchlist/{film}"));
        let answer = sent.send().await?;
        ensure!(answer.status().is_success(), "{}", answer.text().await?);
        known.with(|all| all.watchlists.entry(thing).or_default().end());
    }
    Ok(())
}

async fn imports(store: &Store, known: &Shared<'_>, mut random: StdRng, times: usize) -> Result<()> {
    for _ in 0..times {
        let number = random.random::<u32>();
        let rows = (0..IMPORTED).map(|row| {
            format!("{{\"source_id\":\"kill-{number}-{row}\",\"name\":\"Import{number} Part {row}\",\"year\":1950}}\n")
        });
        let file = store.opening().path("import.jsonl");
        std::fs::write(&file, rows.collect::<String>())?;
        let file = file.to_str().context("a path")?;
        let imported = store.opening().tool(&["import", file]).await?;
        if imported.code == 0 {
            known.with(|all| all.imports.push(number));
        }
    }
    Ok(())
}

async fn prices(store: &Store, films: &[String], known: &Shared<'_>, mut random: StdRng, times: usize) -> Result<()> {
    for _ in 0..times {
        let film = films.choose(&mut random).context("there are films")?;
        let minor: i64 = random.random_range(100..10_000);
        known.with(|all| all.prices.entry(film.clone()).or_default().begin(minor));
        let (opening, price) = (store.opening(), format!("BRL:{minor}"));
        let set = opening.tool(&["offer", "set", film, "rent", &price]).await?;
        if set.code == 0 {
            known.with(|all| all.prices.entry(film.clone()).or_default().end());
        }
    }
    Ok(())
}

async fn media(store: &Store, films: &[String], known: &Shared<'_>, mut random: StdRng, times: usize) -> Result<()> {
    for _ in 0..times {
        let film = films.choose(&mut random).context("there are films")?;
        let added = store.opening().tool(&["media", "add", film, FILM]).await?;
        if added.code == 0 {
            known.with(|all| all.media.insert(film.clone()));
        }
    }
    Ok(())
}

impl<T> Known<T> {
    fn begin(&mut self, value: T) {
        self.begun.push(value);
    }

    /// The last value that was sent is acknowledged, and replaces all earlier ones.
    fn end(&mut self) {
        let last = self.begun.split_off(self.begun.len().saturating_sub(1));
        self.begun.clear();
        self.acknowledged = last.into_iter().next();
    }
}

//! An edit changes only the fields that it names, customers keep what they have, and no cell of a table is a formula.

#![expect(clippy::similar_names, reason = "a film and its file, a list and its parts")]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Output, Store, offer_of};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

const FILMS: &str = "source,source_id,name,year,directors,genres,age_rating,synopsis.pt-BR,rent_price,\
                     rent_start_window_hours,rent_viewing_window_hours,rent_available_until\n\
                     fest,1,Filme um,2020,Ana Souza,Drama,18,Um barco.,BRL:1490,168,72,2037-12-31T23:59:59Z\n\
                     fest,2,Filme dois,2019,Rui Lima|Lia Reis,Drama,16,,BRL:1490,,,\n";

/// Far longer than a change takes to reach a page.
const SETTLING: Duration = Duration::from_secs(10);

async fn tool(opening: &Opening, words: &[&str]) -> Result<Output> {
    let data_dir = opening.data_dir();
    let data_dir = data_dir.to_str().context("a path")?;
    e2e::dvs(words.iter().copied().chain(["--data-dir", data_dir])).await
}

fn write(opening: &Opening, name: &str, text: &str) -> Result<String> {
    let path: PathBuf = opening.path(name);
    std::fs::write(&path, text)?;
    Ok(path.to_str().context("a path")?.to_owned())
}

async fn import(opening: &Opening, text: &str, options: &[&str]) -> Result<Output> {
    let file = write(opening, "edit.csv", text)?;
    tool(opening, &[&["import", &file], options].concat()).await
}

async fn film(store: &Store, words: &str) -> Result<Value> {
    let id = store.title_id(words).await?;
    store.get(&format!("/api/v1/titles/{id}")).await
}

async fn open() -> Result<(Opening, Store)> {
    let opening = Opening::new()?.with(&["--no-demo", "--sell-without-film"]);
    let store = opening.start().await?;
    let taken = import(&opening, FILMS, &[]).await?;
    ensure!(taken.stdout.contains("2 new"), "{}{}", taken.stdout, taken.stderr);
    Ok((opening, store))
}

#[tokio::test]
async fn a_price_list_changes_prices_and_nothing_else() -> Result<()> {
    let (opening, store) = open().await?;
    let before = film(&store, "filme um").await?;
    let taken = import(
        &opening,
        "source,source_id,name,year,rent_price\nfest,1,Filme um,2020,BRL:990\n",
        &[],
    )
    .await?;
    assert!(taken.stdout.contains("1 changed"), "{}", taken.stdout);
    let mut wanted = before.clone();
    wanted["offers"][0]["price"] = film(&store, "filme um").await?["offers"][0]["price"].clone();
    assert_eq!(film(&store, "filme um").await?, wanted);
    assert_eq!(wanted["offers"][0]["price"]["amount_minor"], 990);
    let list = write(
        &opening,
        "list.jsonl",
        "{\"source\":\"fest\",\"source_id\":\"1\",\"genres\":[\"Comédia\"],\"synopsis\":null}\n",
    )?;
    let taken = tool(&opening, &["import", &list]).await?;
    assert!(taken.stdout.contains("1 changed"), "{}", taken.stdout);
    let after = film(&store, "filme um").await?;
    assert_eq!(
        (&after["genres"], &after["directors"]),
        (&json!(["Comédia"]), &before["directors"])
    );
    assert_eq!(after["synopsis"], Value::Null);
    let taken = import(&opening, "source,source_id,directors,rent_price\nfest,1,,\n", &[]).await?;
    assert!(taken.stdout.contains("1 changed"), "{}", taken.stdout);
    let cleared = film(&store, "filme um").await?;
    assert_eq!((&cleared["directors"], &cleared["offers"]), (&json!([]), &json!([])));
    Ok(())
}

#[tokio::test]
async fn setting_an_offer_changes_what_is_given_and_each_can_be_cleared() -> Result<()> {
    let (opening, store) = open().await?;
    let id = store.title_id("filme um").await?;
    let before = film(&store, "filme um").await?["offers"][0].clone();
    let set = async |options: &[&str]| {
        let output = tool(&opening, &[&["offer", "set", id.as_str(), "rent"], options].concat()).await?;
        ensure!(output.code == 0, "{}", output.stderr);
        Ok(film(&store, "filme um").await?["offers"][0].clone())
    };
    let mut wanted = before.clone();
    let cheaper = set(&["BRL:1290"]).await?;
    wanted["price"] = cheaper["price"].clone();
    assert_eq!((&cheaper, &cheaper["price"]["amount_minor"]), (&wanted, &json!(1290)));
    let window = set(&["--viewing-window", "24h", "--start-window", "30d"]).await?;
    wanted["viewing_window_hours"] = json!(24);
    wanted["start_window_hours"] = json!(720);
    assert_eq!(window, wanted);
    let cleared = set(&["--viewing-window", "default", "--until", "none", "--from", "2026-01-31"]).await?;
    wanted["viewing_window_hours"] = json!(48);
    wanted["available_until"] = Value::Null;
    wanted["available_from"] = json!("2026-01-31T00:00:00Z");
    assert_eq!(cleared, wanted);
    let ended = set(&["--until", "2037-01-31"]).await?;
    assert_eq!(ended["available_until"], "2037-01-31T23:59:59Z");
    for wrong in [["--until", "soon"], ["--viewing-window", "0h"]] {
        let output = tool(&opening, &[&["offer", "set", id.as_str(), "rent"], &wrong[..]].concat()).await?;
        assert_ne!(output.code, 0, "{wrong:?}");
    }
    Ok(())
}

async fn rent(store: &Store, words: &str) -> Result<(Account, Value)> {
    let account = Account::open(store, "ana").await?;
    let title = store.title_id(words).await?;
    let offer = offer_of(store, &title, "rent").await?;
    let order = Order {
        key: "one",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, order) = account.order(store, &order).await?;
    ensure!(status == StatusCode::CREATED, "{order}");
    Ok((account, order))
}

#[tokio::test]
async fn a_mistyped_id_does_not_turn_a_sold_film_into_another() -> Result<()> {
    let (opening, store) = open().await?;
    let (account, _) = rent(&store, "filme dois").await?;
    for row in [
        "fest,2,Outro filme,2020",
        "fest,2,Outro filme,2019",
        "fest,2,Filme dois,2020",
    ] {
        let text = format!("source,source_id,name,year\n{row}\n");
        let dry = import(&opening, &text, &["--dry-run"]).await?;
        assert!(dry.stdout.contains("1 refused"), "{row}: {}", dry.stdout);
        let refused = import(&opening, &text, &[]).await?;
        assert!(refused.stdout.contains("--allow-renames"), "{row}: {}", refused.stdout);
        assert_eq!(refused.code, 1, "every row was refused");
    }
    assert_eq!(account.entitlements(&store).await?[0]["title"]["name"], "Filme dois");
    let text = "source,source_id,name,year\nfest,2,Filme Dois (restaurado),2019\n";
    let renamed = import(&opening, text, &["--allow-renames"]).await?;
    assert!(renamed.stdout.contains("1 changed"), "{}", renamed.stdout);
    Ok(())
}

#[tokio::test]
async fn a_dry_run_says_every_change_and_writes_nothing() -> Result<()> {
    let (opening, store) = open().await?;
    let before = film(&store, "filme um").await?;
    let text = "source,source_id,name,year,directors,rent_price\nfest,1,Filme um,2020,,BRL:990\nfest,9,Novo,2021,,\n";
    let dry = import(&opening, text, &["--dry-run"]).await?;
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    for line in [
        "directors: \"Ana Souza\" → nothing",
        "rent_price: \"BRL:1490\" → \"BRL:990\"",
        "\"Novo\" is new",
    ] {
        assert!(dry.stdout.contains(line), "{line}: {}", dry.stdout);
    }
    assert!(dry.stdout.contains("1 new, 1 changed"), "{}", dry.stdout);
    assert_eq!(film(&store, "filme um").await?, before);
    assert_eq!(store.get("/api/v1/titles").await?["total_size"], 2);

    let nowhere = Opening::new()?;
    let dry = import(&nowhere, FILMS, &["--dry-run"]).await?;
    assert!(dry.stdout.contains("2 new"), "{}{}", dry.stdout, dry.stderr);
    assert!(!nowhere.data_dir().exists(), "a dry run makes no store");
    Ok(())
}

#[tokio::test]
async fn a_hidden_film_stays_with_its_buyers_and_plays() -> Result<()> {
    let opening = Opening::new()?;
    let store = opening.start().await?;
    let (account, _) = rent(&store, "nosferatu").await?;
    let id = store.title_id("nosferatu").await?;
    let deleted = tool(&opening, &["title", "delete", &id]).await?;
    assert!(
        deleted.stdout.contains("hidden"),
        "{}{}",
        deleted.stdout,
        deleted.stderr
    );
    let page = format!("/api/v1/titles/{id}");
    // A gateway may serve a film's page that is half a second old.
    let until = Instant::now() + SETTLING;
    while store.http().get(store.url(&page)).send().await?.status() != StatusCode::NOT_FOUND {
        ensure!(Instant::now() < until, "guests still see the film");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(store.get("/api/v1/titles?q=nosferatu").await?["total_size"], 0);
    let site_map = store.http().get(store.url("/sitemap.xml")).send().await?.text().await?;
    assert!(!site_map.contains(&id));
    assert_eq!(
        account.get(&store, &page).await?["offers"],
        json!([]),
        "its buyer has its page"
    );
    let held = account.entitlements(&store).await?;
    assert_eq!(held[0]["title"]["name"], "Nosferatu");
    let entitlement = held[0]["id"].as_str().context("an id")?;
    let (status, playback) = account
        .play(&store, entitlement, &json!({"confirm_start": true}))
        .await?;
    assert_eq!(status, StatusCode::OK, "{playback}");
    let listed = account
        .request(&store, Method::PUT, &format!("/api/v1/watchlist/{id}"))
        .send()
        .await?;
    assert_eq!(listed.status(), StatusCode::NOT_FOUND);

    let removed = tool(&opening, &["demonstration", "remove"]).await?;
    assert!(
        removed.stdout.starts_with("Deleted 71 films"),
        "{}{}",
        removed.stdout,
        removed.stderr
    );
    assert!(removed.stdout.contains("Hid 1 sold film"), "{}", removed.stdout);
    assert_eq!(store.get("/api/v1/titles").await?["total_size"], 0);
    assert_eq!(store.get("/api/v1/collections").await?["collections"], json!([]));
    assert_eq!(account.entitlements(&store).await?.len(), 1);
    let shown = tool(&opening, &["title", "show", &id]).await?;
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert_eq!(store.get("/api/v1/titles?q=nosferatu").await?["total_size"], 1);
    store.stop().await?;
    let store = opening.start().await?;
    assert_eq!(
        store.get("/api/v1/titles").await?["total_size"],
        1,
        "and does not come back"
    );
    Ok(())
}

#[tokio::test]
async fn no_cell_of_an_exported_table_is_a_formula_and_it_comes_back_the_same() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo", "--sell-without-film"]);
    let _store = opening.start().await?;
    let film = json!({
        "source": "fest", "source_id": "=1", "name": "=HYPERLINK(\"http://evil\")", "original_name": "'=x", "year": 2020,
        "directors": ["@SUM(A1)", "a|b", "c, d"], "genres": ["+1"], "synopsis": {"en": "One;=cmd|' /C calc'!A0\n-2+3"},
    });
    let file = write(&opening, "odd.jsonl", &film.to_string())?;
    let taken = tool(&opening, &["import", &file]).await?;
    assert!(taken.stdout.contains("1 new"), "{}{}", taken.stdout, taken.stderr);
    let (table, lines) = (opening.path("out.csv"), opening.path("out.jsonl"));
    for path in [&table, &lines] {
        let output = tool(&opening, &["export", "--output", path.to_str().context("a path")?]).await?;
        assert_eq!(output.code, 0, "{}", output.stderr);
    }
    let text = std::fs::read_to_string(&table)?;
    for part in text.split([',', ';', '\t', '\n', '\r']) {
        let cell = part.trim_start_matches('"');
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{part:?} in {text}");
    }
    let elsewhere = Opening::new()?.with(&["--no-demo", "--sell-without-film"]);
    let taken = tool(&elsewhere, &["import", table.to_str().context("a path")?]).await?;
    assert!(taken.stdout.contains("1 new"), "{}{}", taken.stdout, taken.stderr);
    let again = elsewhere.path("again.jsonl");
    tool(&elsewhere, &["export", "--output", again.to_str().context("a path")?]).await?;
    assert_eq!(std::fs::read_to_string(again)?, std::fs::read_to_string(lines)?);
    Ok(())
}

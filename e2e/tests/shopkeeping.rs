//! What an operator's commands leave unchanged, and what they report.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use e2e::{Opening, Output, Store, expect_refused};
use reqwest::StatusCode;
use serde_json::Value;

const RENT_OF_THE_OPERATOR: &str = "BRL:777";

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}

fn done(output: &Output, says: &[&str]) -> Result<()> {
    ensure!(output.code == 0, "{output:?}");
    for part in says {
        let is_said = output.stdout.contains(part) || output.stderr.contains(part);
        ensure!(is_said, "{part:?} is not said: {output:?}");
    }
    Ok(())
}

async fn found(store: &Store, query: &str) -> Result<Value> {
    store.get(&format!("/api/v1/titles?q={query}")).await
}

#[tokio::test]
async fn loading_the_demonstration_again_keeps_what_the_operator_changed() -> Result<()> {
    let store = Store::open().await?;
    let tool = async |command: &[&str]| store.opening().tool(command).await;
    done(
        &tool(&["offer", "set", "Nosferatu", "rent", RENT_OF_THE_OPERATOR]).await?,
        &[],
    )?;
    done(&tool(&["title", "delete", "Limite"]).await?, &["is deleted"])?;
    let collections = store.get("/api/v1/collections").await?;
    let id = collections["collections"][0]["id"].as_str().context("a collection")?;
    let file = store.opening().path("collection.json");
    let mine = format!(r#"{{"id": {id:?}, "name": {{"en": "Mine"}}, "titles": ["Nosferatu"]}}"#);
    fs::write(&file, mine)?;
    done(
        &tool(&["collection", "put", text(&file)?]).await?,
        &["has 1 film and replaces the one that was there"],
    )?;

    let again = tool(&["demonstration"]).await?;
    done(
        &again,
        &[
            "Added 1 film and 0 collections",
            "71 films were there already, and kept",
        ],
    )?;
    let nosferatu = found(&store, "nosferatu").await?;
    let rent = &nosferatu["titles"][0]["offers"][0]["price"]["amount_minor"];
    ensure!(*rent == 777, "{nosferatu}");
    let kept = store.get(&format!("/api/v1/collections/{id}")).await?;
    ensure!(kept["name"] == "Mine", "{kept}");
    ensure!(found(&store, "limite").await?["total_size"] == 1);
    let third = tool(&["demonstration"]).await?;
    done(
        &third,
        &["Added 0 films and 0 collections", "72 films were there already"],
    )
}

#[tokio::test]
async fn a_film_that_the_store_has_from_another_source_is_reported_and_can_be_told_apart() -> Result<()> {
    let store = Store::open().await?;
    let tool = async |command: &[&str]| store.opening().tool(command).await;
    let file = store.opening().path("films.csv");
    fs::write(
        &file,
        "name,year,director\nLIMITE,1931,Mário Peixoto\nRio Noturno,2025,Ana Souza\n",
    )?;
    let import = ["import", text(&file)?];
    let told = tool(&import).await?;
    done(
        &told,
        &[
            "\"Limite\" (1931) is in the store twice now",
            "\"demo\"",
            "dvs title delete",
            "dvs demonstration remove",
        ],
    )?;
    ensure!(!told.stderr.contains("Rio Noturno"), "{told:?}");
    // Importing the same again adds nothing, and is not reported again.
    let again = tool(&import).await?;
    ensure!(again.code == 0 && !again.stderr.contains("twice"), "{again:?}");

    let set = tool(&["offer", "set", "Limite", "rent", "BRL:1290"]).await?;
    expect_refused(&set, &["several titles are called", "\"demo\"", "\"by-name\""])?;
    let list = tool(&["title", "list", "limite"]).await?;
    let ids: Vec<_> = list
        .stdout
        .lines()
        .filter(|line| line.contains("\tby-name\tlimite-1931"))
        .filter_map(|line| line.split('\t').next())
        .collect();
    let [id] = ids.as_slice() else {
        anyhow::bail!("one of ours: {list:?}");
    };
    ensure!(list.stdout.lines().count() == 2, "{list:?}");
    done(&tool(&["offer", "set", id, "rent", "BRL:1290"]).await?, &["is set"])?;
    done(&tool(&["title", "hide", id]).await?, &["is hidden"])?;
    let list = tool(&["title", "list", "limite"]).await?;
    ensure!(list.stdout.contains("limite-1931\thidden"), "{list:?}");
    ensure!(tool(&["title", "list"]).await?.stdout.lines().count() == 74);
    done(
        &tool(&["title", "list", "zzz"]).await?,
        &["No film has \"zzz\" in its name"],
    )
}

#[tokio::test]
async fn an_export_takes_filters_as_people_write_them_and_writes_no_empty_file() -> Result<()> {
    let store = Store::open().await?;
    let file = store.opening().path("films.jsonl");
    let export = async |filter: &[&str]| {
        let command = [&["export", "--overwrite", "--output", text(&file)?], filter].concat();
        store.opening().tool(&command).await
    };
    for filter in [
        ["--country", "Brasil"],
        ["--country", "br"],
        ["--language", "Portuguese"],
        ["--genre", "horror"],
        ["--decade", "1920s"],
        ["--decade", "1925"],
    ] {
        done(&export(&filter).await?, &["film"])?;
        ensure!(fs::read_to_string(&file)?.lines().count() > 0, "{filter:?}");
        fs::remove_file(&file)?;
    }
    for (filter, says) in [
        (
            &["--genre", "horrible"][..],
            &["no film has the genre \"horrible\"", "Horror"][..],
        ),
        (&["--country", "Ruritania"], &["no country \"Ruritania\"", "such as BR"]),
        (
            &["--language", "Klingonese"],
            &["no language \"Klingonese\"", "such as pt"],
        ),
        (&["--decade", "twenties"], &["\"twenties\" is no decade", "1920s"]),
        (
            &["--country", "BR", "--decade", "1890s"],
            &["no film has all of this", "nothing was written"],
        ),
    ] {
        expect_refused(&export(filter).await?, says)?;
        ensure!(!file.exists(), "{filter:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_offer_whose_end_is_past_is_reported_when_it_is_set_and_by_the_doctor() -> Result<()> {
    let store = Store::open().await?;
    let tool = async |command: &[&str]| store.opening().tool(command).await;
    let set = ["offer", "set", "Nosferatu", "rent", "--until"];
    done(
        &tool(&[&set[..], &["2001-01-31"]].concat()).await?,
        &["is set", "Its end is past"],
    )?;
    done(
        &tool(&["doctor"]).await?,
        &[
            "the offer (rent) of Nosferatu (1922)",
            "it ended at 2001-01-31T23:59:59Z",
            "1 offer has ended",
        ],
    )?;
    let open = tool(&[&set[..], &["none"]].concat()).await?;
    ensure!(open.code == 0 && !open.stderr.contains("past"), "{open:?}");
    let doctor = tool(&["doctor"]).await?;
    ensure!(!doctor.stdout.contains("ended"), "{doctor:?}");
    expect_refused(
        &tool(&["offer", "set", "Nosferatu", "rent"]).await?,
        &["nothing is given to set"],
    )
}

#[tokio::test]
async fn refusals_are_written_in_plain_language() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo"]);
    let store = opening.start().await?;
    let tool = async |command: &[&str]| store.opening().tool(command).await;
    let (film, table) = (store.opening().path("film.mp4"), store.opening().path("films.csv"));
    let bytes: Vec<_> = (0..100_000_u32)
        .flat_map(|number| (number % 251).to_be_bytes())
        .collect();
    fs::write(&film, bytes)?;
    let told = tool(&["import", text(&film)?]).await?;
    expect_refused(&told, &["it is no text", "JSON, CSV and XLSX"])?;
    ensure!(told.stderr.len() < 300, "{told:?}");
    fs::write(&table, "name,year,rent price\nRio Noturno,2025,fourteen ninety\n")?;
    let told = tool(&["import", text(&table)?]).await?;
    // A refused row is reported by the import.
    ensure!(
        told.code != 0 && told.stdout.contains("\"fourteen ninety\" is no price such as"),
        "{told:?}"
    );
    ensure!(!told.stderr.contains("--currency"), "{told:?}");
    fs::write(&table, "name,year,rent price\nRio Noturno,2025,14.90\n")?;
    expect_refused(
        &tool(&["import", text(&table)?]).await?,
        &["it needs the currency of its prices: --currency BRL"],
    )?;
    expect_refused(
        &tool(&["collection", "put", text(&table)?]).await?,
        &["no collections such as {\"id\""],
    )?;
    for price in ["XXX:1490", "XAU:1490", "FOO:1490"] {
        let says = [&price[..3], "is no currency that people pay in"];
        expect_refused(&tool(&["import", "--rent-price", price, text(&table)?]).await?, &says)?;
    }
    expect_refused(&tool(&["jobs", "retry", "nope"]).await?, &["dvs jobs list"])?;
    done(
        &tool(&["import", "--currency", "BRL", text(&table)?]).await?,
        &["1 new"],
    )?;
    let told = tool(&["offer", "set", "Rio Noturno", "buy", "--until", "2099-01-31"]).await?;
    expect_refused(&told, &["An offer needs a price, such as BRL:1490"])?;
    done(
        &tool(&["media", "status", "Rio Noturno"]).await?,
        &["dvs media add \"Rio Noturno\" FILE"],
    )
}

#[tokio::test]
async fn the_labs_clock_shows_its_time_and_locks_no_customer_out_when_it_goes_back() -> Result<()> {
    let store = Opening::limited()?.with(&["--lab"]).start().await?;
    let email = "ana@example.com";
    let wrong = async || {
        let body = serde_json::json!({"email": email, "password": "not this one"});
        let answer = store
            .http()
            .post(store.url("/api/v1/session"))
            .json(&body)
            .send()
            .await?;
        Ok::<_, anyhow::Error>(answer.status())
    };
    let tool = async |shift: &str| store.opening().tool(&["lab", "clock", shift]).await;
    done(&tool("+49h").await?, &["the store's clock has moved: it is 20"])?;
    // Until both limits are reached, rent's own and the gateway's.
    let mut tries = 0;
    while wrong().await? != StatusCode::TOO_MANY_REQUESTS {
        tries += 1;
        ensure!(tries < 100, "no limit is met");
    }
    done(&tool("-49h").await?, &["the store's clock has moved: it is 20"])?;
    ensure!(
        store.get("/api/v1/titles").await?["total_size"] == 72,
        "who only looks is let through"
    );
    let body = serde_json::json!({"email": "bea@example.com", "password": "not this one"});
    let other = store
        .http()
        .post(store.url("/api/v1/session"))
        .json(&body)
        .send()
        .await?;
    ensure!(other.status() == StatusCode::UNAUTHORIZED, "{other:?}");
    Ok(())
}

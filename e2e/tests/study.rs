//! `dvs study` shows the frames of each kind of call, over both transports.

use anyhow::{Context, Result, ensure};
use e2e::{Account, Order, Output, Store, dvs, offer_of};

const CARRIERS: [&str; 2] = ["grpc", "rest"];

/// Studies a call of a running store, and returns the frames that it printed, a line each.
async fn study(store: &Store, kind: &str, carrier: &str, more: &[&str]) -> Result<Vec<String>> {
    let data_dir = store.opening().data_dir();
    let data_dir = data_dir.to_str().context("a path in UTF-8")?;
    let arguments = ["study", kind, "--transport", carrier, "--data-dir", data_dir];
    lines(&dvs(arguments.iter().chain(more)).await?)
}

fn lines(output: &Output) -> Result<Vec<String>> {
    ensure!(output.code == 0, "{output:?}");
    Ok(output.stdout.lines().map(str::to_owned).collect())
}

/// How many lines have this direction and contain this text.
fn count(lines: &[String], way: &str, says: &str) -> usize {
    let matching = lines.iter().filter(|line| line.contains(way) && line.contains(says));
    matching.count()
}

fn has(lines: &[String], says: &str) -> bool {
    lines.iter().any(|line| line.contains(says))
}

#[tokio::test]
async fn a_look_up_is_one_message_each_way() -> Result<()> {
    let store = Store::open().await?;
    for carrier in CARRIERS {
        let seen = study(&store, "unary", carrier, &[]).await?;
        ensure!(has(&seen, "CatalogueService.GetTitle over"), "{seen:#?}");
        ensure!(has(&seen, "The store is the one that runs in"), "{seen:#?}");
        ensure!(count(&seen, "←", "message 1,") == 1, "{seen:#?}");
        if carrier == "grpc" {
            ensure!(count(&seen, "→", "message 1,") == 1, "{seen:#?}");
            ensure!(
                has(&seen, ":path: /dvs.catalogue.v1.CatalogueService/GetTitle"),
                "{seen:#?}"
            );
            ensure!(has(&seen, "trailers") && has(&seen, "grpc-status: 0"), "{seen:#?}");
        } else {
            ensure!(count(&seen, "→", "GET /v1/titles/") == 1, "{seen:#?}");
            ensure!(count(&seen, "←", "HTTP/1.1 200 OK") == 1, "{seen:#?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_export_is_a_stream_of_batches() -> Result<()> {
    let store = Store::open().await?;
    for carrier in CARRIERS {
        let seen = study(&store, "server-stream", carrier, &["--hex"]).await?;
        ensure!(has(&seen, "72 titles in 3 batches"), "{seen:#?}");
        ensure!(count(&seen, "message ", " bytes: {\"titles\":") == 3, "{seen:#?}");
        ensure!(has(&seen, "Back (←): 3 messages of"), "{seen:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_import_is_a_stream_there_and_changes_nothing() -> Result<()> {
    let store = Store::open().await?;
    let before = store.get("/api/v1/titles?page_size=100").await?;
    for carrier in CARRIERS {
        let seen = study(&store, "client-stream", carrier, &[]).await?;
        ensure!(has(&seen, "0 new, 0 changed, 3 unchanged, 1 refused"), "{seen:#?}");
        ensure!(has(&seen, "There (→): 4 messages of"), "{seen:#?}");
        ensure!(count(&seen, "←", "message 1,") == 1, "{seen:#?}");
    }
    ensure!(store.get("/api/v1/titles?page_size=100").await? == before);
    Ok(())
}

#[tokio::test]
async fn a_player_converses_for_a_customer_of_the_store() -> Result<()> {
    let store = Store::open().await?;
    let ana = Account::open(&store, "ana").await?;
    let title = store.title_id("nosferatu").await?;
    let order = Order {
        key: "k",
        offer: &offer_of(&store, &title, "rent").await?,
        card: "tok_visa",
    };
    ana.order(&store, &order).await?;
    let library = ana.entitlements(&store).await?;
    let entitlement = library[0]["id"].as_str().context("an id")?;
    for carrier in CARRIERS {
        let more = ["--session", &ana.token, "--entitlement", entitlement];
        let seen = study(&store, "bidi", carrier, &more).await?;
        ensure!(has(&seen, "The store is the one that runs in"), "{seen:#?}");
        for says in [
            "{\"open\":{",
            "{\"granted\":{",
            "{\"seek\":{",
            "{\"renewed\":{",
            "{\"stop\":{",
            "{\"ended\":{",
        ] {
            ensure!(count(&seen, "message", says) == 1, "{says}: {seen:#?}");
        }
        ensure!(has(&seen, "x-dvs-identity: (") && !has(&seen, &ana.token), "{seen:#?}");
    }
    let position = &ana.entitlements(&store).await?[0]["resume_position_seconds"];
    ensure!(*position == 125, "the player stopped there: {position}");
    Ok(())
}

#[tokio::test]
async fn without_a_store_or_a_customer_a_study_has_a_store_of_its_own() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let nowhere = folder.path().join("data");
    let nowhere = nowhere.to_str().context("a path in UTF-8")?;
    let seen = lines(&dvs(["study", "unary", "--data-dir", nowhere]).await?)?;
    ensure!(
        has(&seen, "one of its own") && has(&seen, "no store runs in"),
        "{seen:#?}"
    );
    ensure!(!std::path::Path::new(nowhere).exists(), "nothing is made there");

    let store = Store::open().await?;
    let seen = study(&store, "bidi", "grpc", &[]).await?;
    ensure!(has(&seen, "one of its own"), "{seen:#?}");
    ensure!(has(&seen, "--session and --entitlement"), "{seen:#?}");
    ensure!(has(&seen, "{\"granted\":{"), "{seen:#?}");
    Ok(())
}

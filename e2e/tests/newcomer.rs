//! What the tools say to people who use them for the first time: what was wrong, where, and what to do next.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use e2e::{Opening, Store, dvs, expect_refused};

const UNKNOWN_ORDER: &str = "00000000-0000-7000-8000-000000000000";
const LIMITE: &str = r#"{"source": "test", "source_id": "limite", "name": "Limite", "year": 1931}"#;
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}

#[tokio::test]
async fn an_order_that_is_not_there_cannot_be_paid_and_is_not_taken_for_a_paid_one() -> Result<()> {
    let store = Store::open().await?;
    let paid = store.opening().tool(&["sandbox", "pay", UNKNOWN_ORDER]).await?;
    expect_refused(&paid, &["There is no such order", "ORDER_NOT_FOUND"])
}

#[tokio::test]
async fn a_tool_with_the_shops_address_instead_of_a_services_says_so() -> Result<()> {
    let store = Store::open().await?;
    let token = store.opening().path("token");
    fs::write(&token, TOKEN)?;
    let (shop, token) = (store.address(), text(&token)?);
    let output = store.opening().path("films.jsonl");
    let output = text(&output)?;
    for transport in ["grpc", "rest"] {
        for (command, option) in [
            (&["collection", "list"][..], "--catalogue"),
            (&["export", "--output", output], "--catalogue"),
            (&["media", "status", "Nosferatu"], "--catalogue"),
            (&["staff", "list"], "--rent"),
            (&["sandbox", "charges"], "--rent"),
            (&["study", "unary"], "--catalogue"),
        ] {
            let way = [option, shop, "--transport", transport, "--service-token-file", token];
            let told = dvs([command, &way].concat()).await?;
            expect_refused(&told, &[shop, "address of the shop"])?;
            ensure!(!told.stderr.contains("INTERNAL"), "{told:?}");
            let nowhere = [option, "http://127.0.0.1:1", "--transport", transport];
            let told = dvs([command, &nowhere].concat()).await?;
            expect_refused(&told, &["nothing listens at http://127.0.0.1:1", option])?;
        }
    }
    let other = ["staff", "list", "--catalogue", shop];
    expect_refused(&dvs(other).await?, &["--rent URL"])?;
    let doctor = dvs(["doctor", "--catalogue", shop]).await?;
    ensure!(doctor.stdout.contains("address of the shop"), "{doctor:?}");
    let compared = ["compare", "--against", "127.0.0.1:1", "--only", "title", "--output"];
    let folder = store.opening().path("comparison");
    let compared = dvs(compared.into_iter().chain([text(&folder)?])).await?;
    expect_refused(&compared, &["nothing listens at http://127.0.0.1:1"])
}

/// The permissions and the content of each entry of a folder.
fn snapshot(folder: &Path) -> Result<BTreeMap<String, (u32, Vec<u8>)>> {
    let mut entries = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        let mode = fs::symlink_metadata(&path)?.permissions().mode();
        let content = if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
            Vec::new()
        } else if path.is_file() {
            fs::read(&path)?
        } else {
            Vec::new()
        };
        entries.insert(path.display().to_string(), (mode, content));
    }
    Ok(entries)
}

#[tokio::test]
async fn the_doctor_changes_nothing_in_a_closed_store_and_tells_who_can_look_into_it() -> Result<()> {
    let opening = Opening::new()?;
    ensure!(opening.start().await?.stop().await?.success());
    let folder = opening.data_dir();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    fs::set_permissions(folder.join("rent.db"), fs::Permissions::from_mode(0o644))?;
    let before = snapshot(&folder)?;
    let told = opening.tool(&["doctor"]).await?;
    ensure!(told.code == 0, "{told:?}");
    ensure!(
        told.stdout.contains("other users can look into it (mode 755)"),
        "{told:?}"
    );
    ensure!(told.stdout.contains("chmod 700"), "{told:?}");
    let after = snapshot(&folder)?;
    for (path, entry) in &before {
        ensure!(after.get(path) == Some(entry), "{path} was changed");
    }
    let made: Vec<_> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    ensure!(made.is_empty(), "the doctor made {made:?}");
    Ok(())
}

#[tokio::test]
async fn a_folder_that_is_none_is_named_with_what_is_expected() -> Result<()> {
    let opening = Opening::new()?;
    let file = opening.path("file");
    fs::write(&file, "a person's")?;
    let file = text(&file)?;
    let films = opening.path("films.jsonl");
    fs::write(&films, LIMITE)?;
    let gone = opening.path("gone");
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0", "--data-dir", file][..],
        &["import", text(&films)?, "--data-dir", file],
        &["staff", "list", "--data-dir", file],
        &["folder", "accept", "--data-dir", file],
        &["compare", "--quick", "--output", file],
    ] {
        expect_refused(&dvs(arguments).await?, &[file, "is no folder"])?;
    }
    let doctor = dvs(["doctor", "--data-dir", file]).await?;
    ensure!(doctor.stdout.contains("is no folder"), "{doctor:?}");
    let media = format!("file://{file}");
    let data_dir = opening.data_dir();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data_dir)?];
    let told = dvs(serve.into_iter().chain(["--media-url", &media])).await?;
    expect_refused(&told, &[file, "--media-url"])?;
    let told = dvs(serve.into_iter().chain(["--words-dir", text(&gone)?])).await?;
    expect_refused(&told, &[text(&gone)?, "--words-dir", "terms.en.md"])?;
    for tool in [&["staff", "list"][..], &["collection", "list"], &["folder", "accept"]] {
        let told = dvs([tool, &["--data-dir", text(&gone)?]].concat()).await?;
        expect_refused(
            &told,
            &[
                "there is no store in",
                &format!("dvs serve --data-dir {}", gone.display()),
            ],
        )?;
    }
    Ok(())
}

#[tokio::test]
async fn where_to_listen_is_answered_with_an_example() -> Result<()> {
    for option in ["--listen", "--catalogue-listen", "--rent-listen", "--metrics-listen"] {
        let told = dvs(["serve", option, "18100"]).await?;
        expect_refused(&told, &[option, "127.0.0.1:18100", "0.0.0.0:18100"])?;
    }
    Ok(())
}

#[tokio::test]
async fn no_existing_file_is_overwritten_unless_an_option_asks_for_it() -> Result<()> {
    let store = Store::open().await?;
    let file = store.opening().path("films.jsonl");
    fs::write(&file, "a person's")?;
    let export = ["export", "--output", text(&file)?];
    expect_refused(&store.opening().tool(&export).await?, &[text(&file)?, "--overwrite"])?;
    ensure!(fs::read_to_string(&file)? == "a person's");
    let export = [&export[..], &["--overwrite"]].concat();
    let told = store.opening().tool(&export).await?;
    ensure!(
        told.code == 0 && fs::read_to_string(&file)?.lines().count() == 72,
        "{told:?}"
    );

    let folder = store.opening().path("comparison");
    fs::create_dir(&folder)?;
    fs::write(folder.join("results.json"), "half an hour")?;
    let compare = ["compare", "--quick", "--only", "title", "--output", text(&folder)?];
    expect_refused(&dvs(compare).await?, &["results.json", "--overwrite"])?;
    ensure!(fs::read_to_string(folder.join("results.json"))? == "half an hour");
    Ok(())
}

#[tokio::test]
async fn every_tool_finds_a_film_by_the_same_names_and_a_hidden_one_too() -> Result<()> {
    let store = Store::open().await?;
    let tool = async |arguments: &[&str]| store.opening().tool(arguments).await;
    for name in ["Nosferatu", "nosferatu (1922)"] {
        let set = tool(&["offer", "set", name, "rent", "BRL:1290"]).await?;
        ensure!(set.code == 0 && set.stdout.contains("Nosferatu (1922)"), "{set:?}");
        for (command, state) in [("hide", "is hidden"), ("show", "is shown")] {
            let told = tool(&["title", command, name]).await?;
            ensure!(told.code == 0 && told.stdout.contains(state), "{told:?}");
        }
    }
    expect_refused(
        &tool(&["offer", "set", "Nosferatu (1923)", "rent", "BRL:1490"]).await?,
        &["no title has"],
    )?;
    let bought = tool(&["offer", "set", "Nosferatu", "buy", "BRL:3990", "--start-window", "30d"]).await?;
    expect_refused(&bought, &["--start-window is for a rental"])
}

#[tokio::test]
async fn an_import_that_makes_the_store_tells_how_to_have_the_demonstration_too() -> Result<()> {
    let opening = Opening::new()?;
    let film = opening.path("films.jsonl");
    fs::write(&film, LIMITE)?;
    let import = ["import", text(&film)?];
    let dry = opening.tool(&["import", text(&film)?, "--dry-run"]).await?;
    ensure!(dry.code == 0 && !dry.stderr.contains("demonstration"), "{dry:?}");
    let told = opening.tool(&import).await?;
    ensure!(told.code == 0, "{told:?}");
    let cure = format!("dvs demonstration --data-dir {}", opening.data_dir().display());
    ensure!(told.stderr.contains(&cure), "{told:?}");
    let again = opening.tool(&import).await?;
    ensure!(!again.stderr.contains("demonstration"), "{again:?}");
    let loaded = opening.tool(&["demonstration"]).await?;
    ensure!(loaded.code == 0 && loaded.stdout.contains("72 films"), "{loaded:?}");
    let store = opening.start().await?;
    ensure!(store.get("/api/v1/titles").await?["total_size"] == 73);
    Ok(())
}

#[tokio::test]
async fn an_empty_list_says_that_it_is_empty_and_not_to_a_program() -> Result<()> {
    let store = Opening::new()?.with(&["--no-demo"]).start().await?;
    for (command, says) in [
        (["staff", "list"], "dvs staff add EMAIL"),
        (["collection", "list"], "dvs collection put FILE"),
        (["sandbox", "charges"], "charged nothing"),
    ] {
        let told = store.opening().tool(&command).await?;
        ensure!(told.code == 0 && told.stdout.is_empty(), "{told:?}");
        ensure!(told.stderr.contains(says), "{told:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_study_in_a_store_of_its_own_logs_nothing_of_its_customer() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let told = dvs(["study", "bidi", "--data-dir", text(&folder.path().join("none"))?]).await?;
    ensure!(told.code == 0 && told.stderr.is_empty(), "{told:?}");
    Ok(())
}

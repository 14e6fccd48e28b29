//! The databases of a data folder record each other: the store refuses one that is missing, older, of another folder or without
//! its journal by its name, and opens only what the operator accepts.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Store, dvs, offer_of};

const DATABASES: [&str; 3] = ["catalogue.db", "rent.db", "sandbox.db"];

/// A store with a customer who has bought a film.
async fn store_with_a_sale() -> Result<(Store, Account)> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    buy(&store, &account, "nosferatu").await?;
    Ok((store, account))
}

async fn buy(store: &Store, account: &Account, film: &str) -> Result<()> {
    let offer = offer_of(store, &store.title_id(film).await?, "buy").await?;
    let order = Order {
        key: film,
        offer: &offer,
        card: "tok_visa",
    };
    let (status, answer) = account.order(store, &order).await?;
    ensure!(status.is_success(), "{answer}");
    Ok(())
}

async fn stop(store: Store) -> Result<Opening> {
    let opening = store.opening().clone();
    ensure!(store.stop().await?.success());
    Ok(opening)
}

/// Checks that the start is refused with these words, twice: the first refusal must change nothing.
async fn is_refused(opening: &Opening, words: &[&str]) -> Result<()> {
    for _ in 0..2 {
        let (status, told) = opening
            .clone()
            .with(&["--listen", "127.0.0.1:0"])
            .start_refused()
            .await?;
        ensure!(status.code() == Some(1), "{told}");
        for word in words.iter().chain(&["dvs folder accept --data-dir"]) {
            ensure!(told.contains(word), "{word} is not in: {told}");
        }
    }
    Ok(())
}

async fn accept(opening: &Opening) -> Result<()> {
    let folder = opening.data_dir();
    let told = dvs([
        "folder".as_ref(),
        "accept".as_ref(),
        "--data-dir".as_ref(),
        folder.as_os_str(),
    ])
    .await?;
    ensure!(told.code == 0, "{}", told.stderr);
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for name in DATABASES {
        std::fs::copy(from.join(name), to.join(name))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_missing_is_refused_by_its_name_until_it_is_accepted() -> Result<()> {
    for missing in DATABASES {
        let (store, _) = store_with_a_sale().await?;
        let opening = stop(store).await?;
        std::fs::rename(opening.data_dir().join(missing), opening.path("away"))?;
        is_refused(&opening, &[&format!("{missing} is missing")]).await?;
        ensure!(!opening.data_dir().join(missing).exists(), "{missing} was created");
        // With the file back, everything is as it was.
        std::fs::rename(opening.path("away"), opening.data_dir().join(missing))?;
        let opening = stop(opening.start().await?).await?;
        std::fs::remove_file(opening.data_dir().join(missing))?;
        is_refused(&opening, &[missing]).await?;
        accept(&opening).await?;
        let opening = stop(opening.start().await?).await?;
        ensure!(opening.data_dir().join(missing).exists());
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_whose_databases_are_all_missing_is_no_empty_shop() -> Result<()> {
    let (store, _) = store_with_a_sale().await?;
    let opening = stop(store).await?;
    for name in DATABASES {
        std::fs::rename(opening.data_dir().join(name), opening.path(name))?;
    }
    is_refused(&opening, &["catalogue.db and rent.db and sandbox.db are missing"]).await?;
    for name in DATABASES {
        std::fs::rename(opening.path(name), opening.data_dir().join(name))?;
    }
    let opening = stop(opening.start().await?).await?;
    for name in DATABASES {
        std::fs::remove_file(opening.data_dir().join(name))?;
    }
    is_refused(&opening, &["are missing"]).await?;
    accept(&opening).await?;
    stop(opening.start().await?).await?;
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_emptied_is_refused_as_one_that_is_missing() -> Result<()> {
    let (store, _) = store_with_a_sale().await?;
    let opening = stop(store).await?;
    std::fs::write(opening.data_dir().join("rent.db"), "")?;
    is_refused(&opening, &["rent.db is missing"]).await
}

#[tokio::test]
async fn a_database_of_yesterday_beside_others_of_today_is_refused_by_its_name() -> Result<()> {
    let (store, account) = store_with_a_sale().await?;
    let opening = stop(store).await?;
    let yesterday = opening.path("yesterday");
    copy(&opening.data_dir(), &yesterday)?;
    let store = opening.start().await?;
    buy(&store, &account, "metropolis").await?;
    let opening = stop(store).await?;
    let today = opening.path("today");
    copy(&opening.data_dir(), &today)?;
    for old in DATABASES {
        std::fs::copy(yesterday.join(old), opening.data_dir().join(old))?;
        is_refused(&opening, &[&format!("{old} is older than")]).await?;
        let found = opening.tool(&["doctor"]).await?;
        ensure!(found.code == 1 && found.stdout.contains(old), "{}", found.stdout);
        std::fs::copy(today.join(old), opening.data_dir().join(old))?;
    }
    // All databases of yesterday together are a backup.
    copy(&yesterday, &opening.data_dir())?;
    let store = opening.start().await?;
    ensure!(account.entitlements(&store).await?.len() == 1);
    Ok(())
}

#[tokio::test]
async fn a_database_of_another_store_is_refused_by_its_name() -> Result<()> {
    let (store, _) = store_with_a_sale().await?;
    let opening = stop(store).await?;
    let (other, _) = store_with_a_sale().await?;
    let other = stop(other).await?;
    std::fs::copy(other.data_dir().join("rent.db"), opening.data_dir().join("rent.db"))?;
    is_refused(&opening, &["rent.db is of another data folder"]).await
}

#[tokio::test]
async fn a_file_that_is_not_what_its_name_says_is_refused_as_what_it_is() -> Result<()> {
    let (store, account) = store_with_a_sale().await?;
    let opening = stop(store).await?;
    let [rent, catalogue, away] = [
        opening.data_dir().join("rent.db"),
        opening.data_dir().join("catalogue.db"),
        opening.path("away"),
    ];
    let swap = || -> Result<()> {
        std::fs::rename(&rent, &away)?;
        std::fs::rename(&catalogue, &rent)?;
        Ok(std::fs::rename(&away, &catalogue)?)
    };
    swap()?;
    let found = opening.tool(&["doctor"]).await?;
    ensure!(
        found.code == 1 && found.stdout.contains("catalogue.db is a rent.db"),
        "{}",
        found.stdout
    );
    let found = opening.tool(&["folder", "accept"]).await?;
    ensure!(
        found.code == 1 && found.stderr.contains("catalogue.db is a rent.db"),
        "{}",
        found.stderr
    );
    swap()?;
    std::fs::rename(&rent, &away)?;
    std::fs::create_dir(&rent)?;
    let found = opening.tool(&["doctor"]).await?;
    ensure!(
        found.code == 1 && found.stdout.contains("rent.db is a folder"),
        "{}",
        found.stdout
    );
    std::fs::remove_dir(&rent)?;
    std::fs::rename(&away, &rent)?;
    let store = opening.start().await?;
    ensure!(account.entitlements(&store).await?.len() == 1);
    Ok(())
}

/// How long the part of a journal is that was written since it was last begun again. Behind it are pages of an earlier use.
fn bytes_in_use(journal: &[u8]) -> usize {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4096;
    let frames = journal[HEADER..].chunks_exact(FRAME);
    HEADER + FRAME * frames.take_while(|frame| frame[8..16] == journal[16..24]).count()
}

#[tokio::test]
async fn a_killed_stores_database_without_its_journal_is_refused_by_its_name() -> Result<()> {
    for database in DATABASES {
        let (store, account) = store_with_a_sale().await?;
        let opening = store.kill().await?;
        let journal = opening.data_dir().join(format!("{database}-wal"));
        ensure!(journal.exists(), "{database} has no journal");
        std::fs::copy(&journal, opening.path("journal"))?;
        let words = format!("{database}-wal is missing, cut off or damaged");
        std::fs::remove_file(&journal)?;
        is_refused(&opening, &[&words]).await?;
        let whole = std::fs::read(opening.path("journal"))?;
        let mut damaged = whole.clone();
        let in_the_last_page = bytes_in_use(&whole) - 1_000;
        damaged[in_the_last_page] ^= 1;
        for content in [&[][..], &whole[..in_the_last_page], &damaged] {
            std::fs::write(&journal, content)?;
            is_refused(&opening, &[&words]).await?;
            let found = opening.tool(&["doctor"]).await?;
            ensure!(found.code == 1 && found.stdout.contains(&words), "{}", found.stdout);
        }
        // With the journal back, nothing is lost.
        std::fs::copy(opening.path("journal"), &journal)?;
        let store = opening.start().await?;
        ensure!(account.entitlements(&store).await?.len() == 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_closed_store_is_whole_in_its_database_files_alone() -> Result<()> {
    let (store, account) = store_with_a_sale().await?;
    let opening = stop(store).await?;
    for entry in std::fs::read_dir(opening.data_dir())? {
        let name = entry?.file_name().into_string().ok().context("a name")?;
        ensure!(!name.ends_with("-wal") && !name.ends_with("-shm"), "{name} is left");
    }
    let store = opening.start().await?;
    ensure!(account.entitlements(&store).await?.len() == 1);
    Ok(())
}

#[tokio::test]
async fn what_the_store_writes_is_its_owners_alone_and_an_open_folder_is_closed() -> Result<()> {
    let (store, account) = store_with_a_sale().await?;
    let forgotten = serde_json::json!({"email": account.email});
    let asked = store
        .http()
        .post(store.url("/api/v1/account/password-reset"))
        .json(&forgotten);
    asked.send().await?;
    let folder = store.opening().data_dir();
    closed_to_others(&folder)?;
    let opening = stop(store).await?;
    for (name, mode) in [
        ("", 0o755),
        ("mail", 0o755),
        ("rent.db", 0o644),
        ("identity.key", 0o644),
    ] {
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(mode))?;
    }
    let store = opening.start().await?;
    closed_to_others(&folder)?;
    ensure!(account.entitlements(&store).await?.len() == 1);
    Ok(())
}

fn closed_to_others(path: &Path) -> Result<()> {
    // The index removes files that it no longer needs.
    let Ok(found) = std::fs::symlink_metadata(path) else {
        return Ok(());
    };
    let mode = found.permissions().mode() & 0o777;
    ensure!(mode.trailing_zeros() >= 6, "{} has the mode {mode:o}", path.display());
    if found.is_dir() {
        for entry in std::fs::read_dir(path)? {
            closed_to_others(&entry?.path())?;
        }
    }
    Ok(())
}

//! A store that is killed at random moments, again and again, with orders, Pix, imports, offers, media and watchlists in
//! progress, starts each time, soon, and has kept everything that it acknowledged. `make kills` kills 300 times.

mod acknowledged;
mod files;
mod starting;
mod work;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use anyhow::{Context, Result, ensure};
use e2e::{Opening, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::acknowledged::Acknowledged;

/// How soon a killed store is open again.
const STARTS_WITHIN: Duration = Duration::from_secs(3);
/// A start that took longer is repeated on what was there before it: another process may have had the machine meanwhile.
const STARTS_AGAIN: usize = 3;
/// The longest that a store works before it is killed.
const WORKS_MS: u64 = 1_500;
/// How often a store is killed in CI; with the others of this file it makes 30.
const KILLS: usize = 10;

/// Every run is another one; `DVS_KILLS_SEED` repeats one, `DVS_KILLS` says how many kills each store gets.
fn told<T: std::str::FromStr>(name: &str) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "a run is repeated from outside")]
    let told = std::env::var(name);
    told.ok()?.parse().ok()
}

/// A seed that nobody chose.
fn any_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[tokio::test]
async fn a_store_that_is_killed_again_and_again_keeps_what_it_acknowledged_first() -> Result<()> {
    Box::pin(killed_again_and_again(1)).await
}

#[tokio::test]
async fn a_store_that_is_killed_again_and_again_keeps_what_it_acknowledged_second() -> Result<()> {
    Box::pin(killed_again_and_again(2)).await
}

#[tokio::test]
async fn a_store_that_is_killed_again_and_again_keeps_what_it_acknowledged_third() -> Result<()> {
    Box::pin(killed_again_and_again(3)).await
}

#[expect(clippy::print_stdout, reason = "a run is repeated by its seed, and says what it saw")]
async fn killed_again_and_again(number: u64) -> Result<()> {
    let seed = told("DVS_KILLS_SEED").unwrap_or_else(any_seed);
    println!("store {number}: DVS_KILLS_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed.wrapping_add(number));
    let mut acknowledged = Acknowledged::default();
    let opening = Opening::new()?;
    let mut slowest = Duration::ZERO;
    for kill in 1..=told("DVS_KILLS").unwrap_or(KILLS) {
        let at = || format!("seed {seed}, store {number}, kill {kill}");
        // The first start makes everything; those after a kill are judged.
        let (store, took) = if kill == 1 {
            (opening.start().await?, Duration::ZERO)
        } else {
            starts_soon(&opening).await.with_context(at)?
        };
        slowest = slowest.max(took);
        acknowledged.is_kept(&store).await.with_context(at)?;
        if kill == 1 {
            // Once, everything is done to its end: what is cut off from here on is known to work.
            let worked = work::work(&store, &mut acknowledged, random.random(), 1).await;
            worked.with_context(at)?;
            acknowledged.is_complete().with_context(at)?;
        }
        let moment = Duration::from_millis(random.random_range(0..WORKS_MS));
        Box::pin(work_until_killed(&store, &mut acknowledged, random.random(), moment))
            .await
            .with_context(at)?;
        store.kill().await?;
    }
    let at = || format!("seed {seed}, store {number}, at the end");
    let (store, took) = starts_soon(&opening).await.with_context(at)?;
    acknowledged.is_kept(&store).await.with_context(at)?;
    acknowledged.is_settled(&store).await.with_context(at)?;
    files::none_is_orphaned(&opening).await.with_context(at)?;
    ensure!(store.stop().await?.success());
    println!("store {number}: the slowest start took {:?}", slowest.max(took));
    println!("store {number}: {acknowledged}");
    Ok(())
}

/// What is under test is a death at any moment, so this one moment is drawn, and not waited for.
async fn work_until_killed(store: &Store, acknowledged: &mut Acknowledged, seed: u64, moment: Duration) -> Result<()> {
    let kill = async {
        tokio::time::sleep(moment).await;
        store.signal("KILL").await
    };
    tokio::select! {
        killed = kill => killed,
        worked = work::work(store, acknowledged, seed, usize::MAX) => {
            // A dead store does not answer; one that lives must not fail.
            let is_alive = store.http().get(store.url("/readyz")).send().await.is_ok();
            if is_alive { worked } else { Ok(()) }
        }
    }
}

/// Starts the store, and measures it. A start that takes too long is repeated on a copy of what was there before: it has
/// failed if no try is soon enough.
async fn starts_soon(opening: &Opening) -> Result<(Store, Duration)> {
    let before = opening.path("before");
    copy(&opening.data_dir(), &before)?;
    let begun = Instant::now();
    let store = opening.start().await?;
    let mut took = begun.elapsed();
    for _ in 0..STARTS_AGAIN {
        if took <= STARTS_WITHIN {
            break;
        }
        let again = Opening::new()?;
        copy(&before, &again.data_dir())?;
        let begun = Instant::now();
        let repeated = again.start().await?;
        took = took.min(begun.elapsed());
        repeated.kill().await?;
    }
    ensure!(took <= STARTS_WITHIN, "the store started in {took:?}");
    Ok((store, took))
}

/// All but the film files, which a start does not read, and the sockets.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    if !from.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let target = to.join(entry.file_name());
        if kind.is_file() {
            std::fs::copy(entry.path(), target)?;
        } else if kind.is_dir() && entry.file_name() != "media" {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

//! The test kills a store at random moments, again and again, while orders, Pix, imports, offers, media and watchlists are under
//! way. Each time the store starts soon, and has kept everything that it acknowledged. `make kills` kills 300 times.

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

/// How soon a killed store must be open again.
const STARTS_WITHIN: Duration = Duration::from_secs(3);
/// A start that took longer is repeated on a copy of its files, because other processes may have slowed the machine down.
const STARTS_AGAIN: usize = 3;
/// The longest that a store works before it is killed.
const WORKS_MS: u64 = 1_500;
/// How often each store is killed in CI; the three stores of this file make 30 kills.
const KILLS: usize = 10;

/// Reads a setting: `DVS_KILLS_SEED` repeats an earlier run, `DVS_KILLS` says how many kills each store gets.
fn told<T: std::str::FromStr>(name: &str) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "a run is repeated from outside")]
    let told = std::env::var(name);
    told.ok()?.parse().ok()
}

/// A random seed.
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
        // The first start creates everything; only starts after a kill are measured.
        let (store, took) = if kill == 1 {
            (opening.start().await?, Duration::ZERO)
        } else {
            starts_soon(&opening).await.with_context(at)?
        };
        slowest = slowest.max(took);
        acknowledged.is_kept(&store).await.with_context(at)?;
        if kill == 1 {
            // Once, all work is done without a kill, so that later failures can only come from a kill.
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
    opening.expect_ledger_right().await.with_context(at)?;
    files::none_is_orphaned(&opening).await.with_context(at)?;
    ensure!(store.stop().await?.success());
    println!("store {number}: the slowest start took {:?}", slowest.max(took));
    println!("store {number}: {acknowledged}");
    Ok(())
}

/// Works until a random moment, and kills the store then. It does not wait for a state, because any moment is under test.
async fn work_until_killed(store: &Store, acknowledged: &mut Acknowledged, seed: u64, moment: Duration) -> Result<()> {
    let kill = async {
        tokio::time::sleep(moment).await;
        store.signal("KILL").await
    };
    tokio::select! {
        killed = kill => killed,
        worked = work::work(store, acknowledged, seed, usize::MAX) => {
            // A dead store does not answer; a living one must not fail.
            let is_alive = store.http().get(store.url("/readyz")).send().await.is_ok();
            if is_alive { worked } else { Ok(()) }
        }
    }
}

/// Starts the store, and measures the start. One that takes too long is repeated on a copy of its files; the test fails if no try
/// is soon enough.
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

/// Copies all but the film files, which a start does not read, and the sockets.
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

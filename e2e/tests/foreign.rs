//! The services work with a third-party client: Python's grpcio, with stubs generated from the contracts.

use std::path::Path;

use anyhow::{Result, ensure};
use e2e::Store;
use tokio::process::Command;

#[tokio::test]
async fn a_client_of_another_language_finds_the_services_and_makes_calls_of_all_four_kinds() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let grpcio = workspace.join(".tools/grpcio");
    ensure!(grpcio.is_dir(), "grpcio is not set up: run scripts/setup.sh grpcio");
    let store = Store::open().await?;
    let client = Command::new("python3")
        .arg(workspace.join("e2e/python/client.py"))
        .arg(workspace.join("proto"))
        .arg(store.opening().data_dir())
        .env("PYTHONPATH", grpcio)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .await?;
    let said = String::from_utf8_lossy(&client.stdout);
    let failed = String::from_utf8_lossy(&client.stderr);
    ensure!(client.status.success(), "{said}{failed}");
    for held in [
        "reflection:",
        "health:",
        "unary:",
        "server streaming:",
        "client streaming:",
        "bidirectional:",
        "error model:",
    ] {
        ensure!(
            said.lines().any(|line| line.starts_with(held)),
            "{held} is missing: {said}"
        );
    }
    Ok(())
}

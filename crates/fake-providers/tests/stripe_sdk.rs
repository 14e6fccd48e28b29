//! The stand-in for Stripe answers Stripe's own client for Python as Stripe does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

use fake_providers::FakeStripe;
use fake_providers::stripe::system_time;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripes_own_client_pays_refunds_and_lists() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sdk = workspace.join(".tools/stripe");
    assert!(
        sdk.is_dir(),
        "Stripe's client is not set up: run scripts/setup.sh stripe"
    );
    let fake = FakeStripe::start_alone(system_time()).await;
    let mut client = Command::new("python3");
    client
        .arg(workspace.join("crates/fake-providers/tests/stripe_sdk.py"))
        .arg(fake.url())
        .env("PYTHONPATH", sdk)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let ended = tokio::task::spawn_blocking(move || client.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    let failed = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}{failed}");
    for held in [
        "session:",
        "idempotency:",
        "paid:",
        "refunds:",
        "balance:",
        "expired:",
        "signature:",
    ] {
        assert!(
            said.lines().any(|line| line.starts_with(held)),
            "{held} is missing: {said}"
        );
    }
}

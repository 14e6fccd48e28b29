//! Troubles that an operator must fix: customers are asked to come back later, and the operator reads the cause.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Engine, Opening, PASSWORD, Postgres, Store, dvs};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Rust's debug notation, which no message to a person may contain.
const DEBUG_TEXT: [&str; 8] = ["{ ", " }", "Some(", "None", "Err(", "Os {", "Internal", "Error("];

async fn sign_in(store: &Store, account: &Account) -> Result<(StatusCode, Option<String>, Value)> {
    let body = json!({"email": account.email, "password": PASSWORD});
    let answer = store
        .http()
        .post(store.url("/api/v1/session"))
        .json(&body)
        .send()
        .await?;
    let retry_after = answer
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    Ok((answer.status(), retry_after, answer.json().await?))
}

#[tokio::test]
async fn a_store_whose_disk_is_full_says_so_to_its_operator_and_not_to_customers() -> Result<()> {
    let opening = Opening::new()?;
    let store = opening.start().await?;
    let account = Account::open(&store, "ana").await?;
    ensure!(store.stop().await?.success());
    // No file may grow beyond this, which for the store is the same as a full disk.
    let store = opening
        .clone()
        .run_by(&["env", "-u", "STATEMENTS_RECORD", "prlimit", "--fsize=65536"])
        .start()
        .await?;
    let refused = async {
        loop {
            let answer = sign_in(&store, &account).await?;
            if answer.0 != StatusCode::CREATED {
                return Ok::<_, anyhow::Error>(answer);
            }
        }
    };
    let (status, retry_after, problem) = tokio::time::timeout(Duration::from_mins(1), refused)
        .await
        .context("the disk is never full")??;
    ensure!(status == StatusCode::SERVICE_UNAVAILABLE, "{status}: {problem}");
    ensure!(problem["code"] == "UNAVAILABLE" && retry_after.is_some(), "{problem}");
    let told = problem["detail"].as_str().context("no detail")?;
    ensure!(!told.contains("disk"), "customers read about the disks: {told}");

    let ready = store.http().get(store.url("/readyz")).send().await?;
    ensure!(ready.status() == StatusCode::SERVICE_UNAVAILABLE, "{}", ready.status());
    let ready: Value = ready.json().await?;
    ensure!(
        ready["detail"].as_str().is_some_and(|detail| detail.contains("disk")),
        "{ready}"
    );
    let log = opening.log_text()?;
    ensure!(log.contains("ERROR") && log.contains("the disk"), "{log}");
    let doctor = dvs(["doctor", "--gateway", store.address()]).await?;
    ensure!(doctor.code == 1 && doctor.stdout.contains("the disk"), "{doctor:?}");

    let film = opening.path("films.jsonl");
    let row = |number: i32| {
        format!("{{\"source\": \"test\", \"source_id\": \"f{number}\", \"name\": \"Film {number}\", \"year\": 1950}}")
    };
    let rows = (0..2_000).map(row).collect::<Vec<_>>().join("\n");
    fs::write(&film, rows)?;
    let import = opening
        .tool(&["import", film.to_str().context("a path in UTF-8")?])
        .await?;
    ensure!(import.code != 0 && import.stderr.contains("disk"), "{import:?}");
    Ok(())
}

#[tokio::test]
async fn a_process_with_too_few_open_files_does_not_start_and_says_how_many_it_needs() -> Result<()> {
    let opening = Opening::new()?.run_by(&["prlimit", "--nofile=64"]);
    let (status, said) = opening.start_refused().await?;
    ensure!(!status.success() && said.contains("ulimit -n 8448"), "{status}: {said}");
    // With half of the open files that it wants, it opens with a lower limit of connections, and says so.
    let opening = Opening::new()?.run_by(&["prlimit", "--nofile=4096"]);
    let store = opening.start().await?;
    let log = opening.log_text()?;
    ensure!(log.contains("WARN") && log.contains("1920 connections"), "{log}");
    ensure!(store.stop().await?.success());
    Ok(())
}

/// What `dvs serve` prints when it refuses a folder that `prepare` has changed.
async fn refused(prepare: impl FnOnce(&std::path::Path) -> Result<()>, arguments: &[&str]) -> Result<String> {
    let anywhere: &[&str] = if arguments.contains(&"--listen") {
        &[]
    } else {
        &["--listen", "127.0.0.1:0"]
    };
    let opening = Opening::new()?.with(arguments).with(anywhere);
    let folder = opening.data_dir();
    fs::create_dir(&folder)?;
    prepare(&folder)?;
    let (status, said) = opening.start_refused().await?;
    ensure!(!status.success(), "it started");
    Ok(said)
}

#[tokio::test]
async fn what_prevents_a_start_is_said_in_a_sentence() -> Result<()> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let taken = taken.local_addr()?.to_string();
    let nothing = |_: &std::path::Path| Ok(());
    let file = |name: &'static str| move |folder: &std::path::Path| Ok(fs::write(folder.join(name), "not a database")?);
    let folder = |name: &'static str| move |folder: &std::path::Path| Ok(fs::create_dir(folder.join(name))?);
    let keys = dvs(["keys"]).await?.stdout;
    let key = keys
        .lines()
        .find_map(|line| line.strip_prefix("DVS_IDENTITY_PUBLIC_KEY="));
    let key = key.context("no public key")?;
    let key = format!("--identity-public-key={key}");
    let database = |url: &'static str| ["--role", "catalogue", &key, "--database-url", url];
    let said = [
        ("catalogue.db", refused(file("catalogue.db"), &[]).await?),
        ("rent.db", refused(file("rent.db"), &[]).await?),
        ("sandbox.db", refused(folder("sandbox.db"), &[]).await?),
        ("media", refused(file("media"), &[]).await?),
        ("mail", refused(file("mail"), &[]).await?),
        ("identity.key", refused(file("identity.key"), &[]).await?),
        ("listen", refused(nothing, &["--listen", &taken]).await?),
        ("s3://", refused(nothing, &["--media-url", "s3://bucket"]).await?),
        ("postgres://", refused(nothing, &database("mysql://somewhere/x")).await?),
        (
            "database",
            refused(nothing, &database("postgres://nobody@127.0.0.1:1/none")).await?,
        ),
        ("URL", refused(nothing, &database("postgres://[::/x")).await?),
    ];
    for (named, said) in said {
        let said = said.lines().last().unwrap_or_default().to_owned();
        ensure!(said.starts_with("error: ") && said.contains(named), "{named}: {said:?}");
        for text in DEBUG_TEXT {
            ensure!(!said.contains(text), "{named}: {said:?} holds {text:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() -> Result<()> {
    let opening = Opening::new()?;
    let folder = opening.data_dir();
    fs::create_dir(&folder)?;
    // Root may write anywhere, so the store runs as the user nobody.
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    let is_root = fs::read_to_string("/proc/self/status")?.contains("Uid:\t0\t");
    let opening = if is_root { opening.run_by(&nobody) } else { opening };
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555))?;
    fs::set_permissions(folder.parent().context("a folder")?, fs::Permissions::from_mode(0o755))?;
    let (status, said) = opening.start_refused().await?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    ensure!(
        !status.success() && said.contains("data folder") && said.contains("Permission denied"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn the_doctor_of_a_role_checks_what_that_role_may_reach() -> Result<()> {
    // As in a cluster whose network policies let nothing else through.
    let nowhere = "http://127.0.0.1:1";
    let services = ["--catalogue", nowhere, "--rent", nowhere];
    for (role, checked) in [
        ("gateway", &["BAD   catalogue", "BAD   rent"][..]),
        ("rent", &["BAD   catalogue"]),
        ("gateway,catalogue", &["BAD   catalogue", "BAD   rent"]),
    ] {
        let told = dvs([&["doctor", "--role", role][..], &services].concat()).await?;
        let found: Vec<_> = told.stdout.lines().map(|line| line.split(" http").next()).collect();
        let wanted: Vec<_> = checked.iter().map(|line| Some(*line)).collect();
        ensure!(told.code == 1 && found == wanted, "{role}: {told:?}");
    }
    // A catalogue calls nobody, and uses its own database alone.
    let postgres = Postgres::start().await?;
    postgres.migrate().await?;
    let url = postgres.url("catalogue");
    let elsewhere = "postgres://nobody@127.0.0.1:1/rent";
    let databases = ["--catalogue-database-url", &url, "--rent-database-url", elsewhere];
    let told = dvs([&["doctor", "--role", "catalogue"][..], &services, &databases].concat()).await?;
    ensure!(told.code == 0 && told.stdout.lines().count() == 1, "{told:?}");
    ensure!(told.stdout.contains("well  catalogue database"), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn the_demonstration_waits_for_a_catalogue_that_is_about_to_start() -> Result<()> {
    let opening = Opening::apart(Engine::Sqlite).await?.with(&["--no-demo"]);
    let media = format!("file://{}", opening.path("media").display());
    let load = ["demonstration", "--media-url", &media];
    let at_once = opening.tool(&load).await?;
    ensure!(
        at_once.code != 0 && at_once.stderr.contains("nothing listens"),
        "{at_once:?}"
    );
    let briefly = opening.tool(&[&load[..], &["--wait", "2"]].concat()).await?;
    ensure!(
        briefly.code != 0 && briefly.stderr.contains("nothing listens"),
        "{briefly:?}"
    );

    let patient = [&load[..], &["--wait", "60"]].concat();
    let (loaded, store) = tokio::join!(opening.tool(&patient), opening.start());
    let (loaded, store) = (loaded?, store?);
    ensure!(
        loaded.code == 0 && loaded.stdout.contains("Added 72 films"),
        "{loaded:?}"
    );
    ensure!(store.get("/api/v1/titles").await?["total_size"] == 72);
    Ok(())
}

#[tokio::test]
async fn behind_a_pooler_the_sandbox_has_its_tables_in_a_schema_of_its_own() -> Result<()> {
    let postgres = Postgres::start().await?.behind_a_pooler().await?;
    // Twice: a pooler gives each transaction another session, and what is there is not created elsewhere again.
    for _ in 0..2 {
        postgres.migrate().await?;
        let sandbox = postgres.tables("rent", "sandbox").await?;
        ensure!(sandbox == ["_sqlx_migrations", "charges", "refunds"], "{sandbox:?}");
        let rent = postgres.tables("rent", "public").await?;
        ensure!(rent.iter().any(|table| table == "orders"), "{rent:?}");
        // Rent has a table of refunds too.
        ensure!(!rent.iter().any(|table| table == "charges"), "{rent:?}");
        let catalogue = postgres.tables("catalogue", "public").await?;
        ensure!(catalogue.iter().any(|table| table == "titles"), "{catalogue:?}");
    }
    Ok(())
}

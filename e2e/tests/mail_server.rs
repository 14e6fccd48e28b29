//! The store delivers mails to a third-party mail server: Python's aiosmtpd, which requires STARTTLS and a login.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, offer_of};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const USER: &str = "shop@films.example";
const PASSWORD: &str = "s3cret/of:the@shop";
/// The login as it is written in a URL.
const LOGIN: &str = "shop%40films.example:s3cret%2Fof%3Athe%40shop";
/// Longer than a delivery takes: the worker looks for jobs every three seconds.
const MAIL_WITHIN: Duration = Duration::from_secs(20);

struct MailServer {
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
    _process: Child,
}

impl MailServer {
    async fn start(folder: PathBuf) -> Result<Self> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let aiosmtpd = workspace.join(".tools/aiosmtpd");
        ensure!(
            aiosmtpd.is_dir(),
            "aiosmtpd is not set up: run scripts/setup.sh mailserver"
        );
        fs::create_dir_all(&folder)?;
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let made = Command::new("openssl")
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail",
            ])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-out"])
            .arg(&certificate)
            .arg("-keyout")
            .arg(&key)
            .output()
            .await?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut process = Command::new("python3")
            .arg(workspace.join("e2e/python/mail_server.py"))
            .args([&certificate, &key])
            .args([USER, PASSWORD])
            .env("PYTHONPATH", aiosmtpd)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().context("its output is ours")?;
        let mut lines = BufReader::new(output).lines();
        let port = lines.next_line().await?.context("it tells its port")?.parse()?;
        Ok(Self {
            port,
            lines,
            folder,
            _process: process,
        })
    }

    fn certificate(&self) -> String {
        self.folder.join("certificate.pem").display().to_string()
    }

    /// Makes the server refuse mails for now, or accept them again.
    fn is_away(&self, is_away: bool) -> Result<()> {
        let away = self.folder.join("away");
        if is_away {
            fs::write(away, "")?;
        } else {
            fs::remove_file(away)?;
        }
        Ok(())
    }

    /// The next mail that the server accepts.
    async fn mail(&mut self) -> Result<Value> {
        let line = tokio::time::timeout(MAIL_WITHIN, self.lines.next_line()).await;
        let line = line.context("no mail came")??.context("the mail server ended")?;
        Ok(serde_json::from_str(&line)?)
    }
}

/// Waits until the store's log contains a text.
async fn logged(opening: &Opening, what: &str) -> Result<()> {
    let wait = async {
        while !opening.log_text()?.contains(what) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    };
    let waited = tokio::time::timeout(MAIL_WITHIN, wait).await;
    waited.with_context(|| format!("the log does not say {what:?}"))?
}

#[tokio::test]
async fn mails_are_delivered_to_a_mail_server_and_retried_while_it_refuses() -> Result<()> {
    let opening = Opening::new()?;
    let mut server = MailServer::start(opening.path("mail-server")).await?;
    let url = format!("smtp://{LOGIN}@127.0.0.1:{}", server.port);
    let certificate = server.certificate();
    let opening = opening.with(&["--lab", "--smtp-url", &url, "--smtp-ca", &certificate]);
    let store = opening.start().await?;
    let sender = "Cine Clube <loja@films.example>";
    let set = opening.tool(&["settings", "set", "mail_sender", sender]).await?;
    ensure!(set.code == 0, "{set:?}");

    let ana = Account::open(&store, "ana").await?;
    let welcome = server.mail().await?;
    let text = welcome["text"].as_str().context("a mail has a text")?;
    ensure!(welcome["secure"] == true && welcome["login"] == true, "{welcome}");
    ensure!(welcome["from"] == "loja@films.example", "{welcome}");
    for header in [
        "From: \"Cine Clube\" <loja@films.example>",
        "Message-ID: <",
        "@films.example>",
        "MIME-Version: 1.0",
        "Date: ",
        "Message-ID: <account_mail.",
        "Content-Type: multipart/alternative;",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
        "account/verify?token",
    ] {
        ensure!(text.contains(header), "{header}: {text}");
    }

    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    server.is_away(true)?;
    let order = Order {
        key: "one",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, _) = ana.order(&store, &order).await?;
    ensure!(status == StatusCode::CREATED, "{status}");
    // The words of the server are not repeated: they may name the addressee.
    logged(&opening, "451 (the mail server cannot take it now)").await?;
    server.is_away(false)?;
    let moved = opening.tool(&["lab", "clock", "+1h"]).await?;
    ensure!(moved.code == 0, "{moved:?}");
    let receipt = server.mail().await?;
    let text = receipt["text"].as_str().context("a mail has a text")?;
    ensure!(text.contains("Message-ID: <order_mail."), "{text}");

    let log = opening.log_text()?;
    ensure!(!log.contains("s3cret"), "a password is in the log");
    ensure!(
        !log.contains("come back later"),
        "the words of the server are in the log"
    );
    ensure!(
        !opening.data_dir().join("mail").exists(),
        "no mail lies in the folder as well"
    );
    Ok(())
}

#[tokio::test]
async fn wrong_options_for_the_mail_server_are_refused_at_the_start() -> Result<()> {
    for (arguments, says) in [
        (
            &["--smtp-url", "smtp://u:s3cret@mail.example?tls=none"][..],
            "without TLS",
        ),
        (&["--smtp-url", "mail.example:587"], "smtps://USER:PASSWORD@HOST"),
        (
            &["--smtp-url", "smtp://mail.example", "--smtp-ca", "nowhere.pem"],
            "nowhere.pem",
        ),
    ] {
        let (status, error) = Opening::new()?.with(arguments).start_refused().await?;
        ensure!(!status.success() && error.contains(says), "{arguments:?}: {error}");
        ensure!(!error.contains("s3cret"), "{error}");
    }
    Ok(())
}

//! `dvs mail preview` shows every mail without a store.

use std::fs;

use anyhow::{Result, ensure};
use e2e::dvs;

#[tokio::test]
async fn a_mail_is_shown_in_a_language() -> Result<()> {
    let shown = dvs(["mail", "preview", "reset_password", "--language", "pt-BR"]).await?;
    ensure!(shown.code == 0, "{shown:?}");
    for text in [
        "Subject: Uma nova senha\n",
        "\nOlá, Ana Souza!\n",
        "\nhttps://films.example/account/reset?token=",
    ] {
        ensure!(shown.stdout.contains(text), "{text}: {shown:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mail_is_written_into_a_folder() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let output = folder.path().join("previews");
    let output = output.display().to_string();
    let written = dvs(["mail", "preview", "receipt", "--output", &output]).await?;
    ensure!(written.code == 0, "{written:?}");
    let files: Vec<_> = written.stdout.lines().collect();
    ensure!(files.len() == 2, "{written:?}");
    let (text, html) = (fs::read_to_string(files[0])?, fs::read_to_string(files[1])?);
    ensure!(text.starts_with("Subject: Your receipt: "), "{text}");
    ensure!(
        html.starts_with("<!doctype html>") && html.contains("lang=\"en\""),
        "{html}"
    );
    Ok(())
}

#[tokio::test]
async fn an_unknown_kind_or_language_is_answered_with_the_known_ones() -> Result<()> {
    for (arguments, named) in [
        (&["mail", "preview", "nothing"][..], "verify_email"),
        (&["mail", "preview", "receipt", "--language", "tlh"], "pt-BR"),
    ] {
        let refused = dvs(arguments).await?;
        ensure!(refused.code == 2 && refused.stderr.contains(named), "{refused:?}");
    }
    Ok(())
}

//! The binary's tools, run as commands.

use std::ffi::OsStr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::process::binary;

const TOOL_LIMIT: Duration = Duration::from_mins(2);

/// What a tool printed and how it ended.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Checks that the tool refused, and printed all of this on standard error.
pub fn expect_refused(output: &Output, says: &[&str]) -> Result<()> {
    ensure!(output.code != 0, "{output:?}");
    for part in says {
        ensure!(output.stderr.contains(part), "{part:?} is not said: {}", output.stderr);
    }
    Ok(())
}

/// Runs `dvs` with these arguments.
pub async fn dvs<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Result<Output> {
    dvs_with(arguments, &[]).await
}

/// Runs `dvs` with these arguments and environment variables.
pub(crate) async fn dvs_with<I: IntoIterator<Item: AsRef<OsStr>>>(
    arguments: I,
    environment: &[(String, String)],
) -> Result<Output> {
    let environment = environment.iter().map(|(name, value)| (name, value));
    let mut command = Command::new(binary()?);
    let run = command.args(arguments).envs(environment).kill_on_drop(true).output();
    let output = tokio::time::timeout(TOOL_LIMIT, run)
        .await
        .context("the tool did not end")??;
    Ok(Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

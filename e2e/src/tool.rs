//! The binary's tools, run as commands.

use std::ffi::OsStr;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::process::binary;

const TOOL_LIMIT: Duration = Duration::from_mins(2);

/// What a tool said and how it ended.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `dvs` with these arguments.
pub async fn dvs<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Result<Output> {
    let run = Command::new(binary()?).args(arguments).kill_on_drop(true).output();
    let output = tokio::time::timeout(TOOL_LIMIT, run)
        .await
        .context("the tool did not end")??;
    Ok(Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

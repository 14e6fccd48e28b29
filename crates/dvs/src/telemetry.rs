//! Log lines to standard error, and the metrics that `/metrics` shows.

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogOptions};

/// Starts logging as the command line asks.
pub(crate) fn start_log(options: &LogOptions) -> Result<()> {
    let filter = EnvFilter::builder()
        .parse(&options.log)
        .with_context(|| format!("{:?} is no log filter", options.log))?
        .add_directive(store::QUIET.parse()?);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match options.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

/// Starts counting.
pub(crate) fn start_metrics() -> Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .install_recorder()
        .context("metrics could not be started")
}

//! Log lines to standard error, the metrics of `/metrics`, and traces to a collector.

use std::io::{IsTerminal, stderr};

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use rpc::Trace;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogOptions, Role, TraceOptions};

/// Always part of the filter. A client that speaks HTTP/2 wrongly on purpose would cause a warning each time; it is
/// counted in `dvs_connections_ended_total` instead. And the security log is always written.
const ALWAYS: [&str; 4] = [store::QUIET, "h2=error", "hyper=error", "security=info"];

/// A temporary store needs no security log.
const NO_SECURITY: &str = "security=off";

/// Starts logging as the options say.
pub(crate) fn start_log(options: &LogOptions) -> Result<()> {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(options)?)
        // Colours are for terminals; in a file they are noise.
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr);
    match options.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

fn filter(options: &LogOptions) -> Result<EnvFilter> {
    let mut filter = EnvFilter::builder()
        .parse(&options.log)
        .with_context(|| format!("{:?} is no log filter", options.log))?;
    let no_security = options.no_security_log.then_some(NO_SECURITY);
    for directive in ALWAYS.into_iter().chain(no_security) {
        filter = filter.add_directive(directive.parse()?);
    }
    Ok(filter)
}

/// Starts to collect metrics.
pub(crate) fn start_metrics() -> Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .install_recorder()
        .context("metrics could not be started")
}

/// Traces that are sent in batches, until they are closed.
pub(crate) struct Traces(Option<SdkTracerProvider>);

/// Starts to send traces, if a collector is given. The roles are the name of this process in them.
pub(crate) fn start_traces(options: &TraceOptions, roles: &[Role]) -> Result<Traces> {
    let Some(collector) = &options.traces_to else {
        return Ok(Traces(None));
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpJson)
        .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
        .build()
        .with_context(|| format!("traces cannot go to {collector:?}"))?;
    let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
            options.traces_share,
        ))))
        .with_resource(Resource::builder().with_service_name(roles.join("+")).build())
        .build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    Trace::start_to_export();
    Ok(Traces(Some(provider)))
}

impl Traces {
    /// Sends the remaining traces; if the collector does not take them, they are lost.
    pub(crate) async fn close(self) {
        let Some(provider) = self.0 else { return };
        let closed = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if let Ok(Err(error)) = closed {
            tracing::warn!(%error, "the last traces did not arrive");
        }
    }
}

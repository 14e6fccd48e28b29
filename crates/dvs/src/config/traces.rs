//! Where traces go.

use clap::Args;

/// Where the traces of requests go. The variables' names are OpenTelemetry's own.
#[derive(Debug, Args)]
pub(crate) struct TraceOptions {
    /// A collector of OpenTelemetry, which takes OTLP over HTTP; without one there are no traces.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "http://HOST:4318")]
    pub(crate) traces_to: Option<String>,
    /// The share of requests that are traced, from 0 to 1.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value_t = 1.0, value_parser = share, value_name = "SHARE")]
    pub(crate) traces_share: f64,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "write a number from 0 to 1".to_owned())
}

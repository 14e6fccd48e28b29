//! `dvs serve`: opens the store, keeps it open until Ctrl-C or SIGTERM, and closes it with nothing half done.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use gateway::{Gateway, Parts, RateLimits, Settings};
use rpc::Listener;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::commands::say;
use crate::config::{ServeOptions, Switch};
use crate::folder::DataFolder;
use crate::node::{Node, NodeOptions};
use crate::servers::{self, Ports, Servers};
use crate::{demonstration, media, telemetry};

/// How often the metrics' histograms are folded together.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

pub(crate) async fn run(options: ServeOptions) -> Result<()> {
    raise_open_files();
    // Asked for first, so that an address in use is told before anything is made.
    let listener = servers::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let public_url = options
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    let folder = DataFolder::open(&options.data_dir, "dvs serve")?;
    let mut ends = Ends::listen()?;
    let metrics = telemetry::start_metrics()?;
    let blobs = media::open(options.media.media_url.as_deref(), &options.data_dir)?;
    let node = Node::open(
        folder,
        Arc::clone(&blobs),
        NodeOptions::for_store(&options, &public_url)?,
    )
    .await?;
    if !options.no_demo {
        let films = demonstration::load(&node, &blobs).await?;
        if films > 0 {
            tracing::info!(films, "the demonstration catalogue is loaded");
        }
    }

    let servers = Servers::new(options.token.read()?);
    let ports = Ports {
        catalogue: options.catalogue_listen,
        rent: options.rent_listen,
    };
    servers.serve_services(&node, ports).await?;
    let (catalogue, rent) = node.neighbours(options.transport)?;
    let ids = Arc::clone(&node.ids);
    let clock = Arc::clone(&node.clock);
    let gateway = Gateway::new(Parts {
        catalogue,
        rent,
        media: blobs,
        clock: Arc::new(move || clock.now_us()),
        request_ids: Arc::new(move || ids.next().to_string()),
        metrics: Some(metrics.clone()),
        closing: servers.stop(),
        settings: settings(&options, public_url.clone()),
    });
    servers.serve(Listener::Tcp(listener), gateway.router());
    servers.beside(|stop| upkeep(metrics, stop));

    if !gateway::web_is_embedded() {
        tracing::warn!("this binary was built without the web app: `make build` puts it in");
    }
    say(format_args!("The store is open at {public_url} (Ctrl-C closes it)"))?;
    ends.next().await;
    tracing::info!("closing");
    servers.close().await;
    node.close().await;
    Ok(())
}

/// Asks for as many open files as the system gives: each connection takes two, and the usual limit is low.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

fn settings(options: &ServeOptions, public_url: String) -> Settings {
    Settings {
        public_url: Some(public_url),
        rate_limits: match options.rate_limit {
            Switch::On => RateLimits::default(),
            Switch::Off => RateLimits::OFF,
        },
        lab: options.lab,
        ..Settings::default()
    }
}

async fn upkeep(metrics: metrics_exporter_prometheus::PrometheusHandle, stop: CancellationToken) {
    while tokio::time::timeout(METRICS_UPKEEP, stop.cancelled()).await.is_err() {
        metrics.run_upkeep();
    }
}

/// The signals that end the store.
struct Ends {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Ends {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

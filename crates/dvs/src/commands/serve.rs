//! `dvs serve`: opens the store, keeps it open until Ctrl-C or SIGTERM, and closes it with nothing half done.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use gateway::{Gateway, Parts, RateLimits, Settings};
use rpc::{Listener, Server, ServerOptions};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::commands::say;
use crate::config::{ServeOptions, Switch};
use crate::folder::DataFolder;
use crate::node::{Node, NodeOptions};
use crate::{demonstration, media, telemetry};

/// How often the metrics' histograms are folded together.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

pub(crate) async fn run(options: ServeOptions) -> Result<()> {
    raise_open_files();
    // Asked for first, so that an address in use is told before anything is made.
    let listener = bind(options.listen).await?;
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
        demonstration::load(&node, &blobs).await?;
    }

    let running = Running::new(options.token.read()?);
    running.serve_services(&node, &options).await?;
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
        closing: running.stop.clone(),
        settings: settings(&options, public_url.clone()),
    });
    running.serve(Listener::Tcp(listener), gateway.router());
    running.tasks.spawn(upkeep(metrics, running.stop.clone()));

    if !gateway::web_is_embedded() {
        tracing::warn!("this binary was built without the web app: `make build` puts it in");
    }
    say(format_args!("The store is open at {public_url} (Ctrl-C closes it)"))?;
    ends.next().await;
    tracing::info!("closing");
    running.close().await;
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

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen on {address}"))
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

/// The servers of this process.
struct Running {
    stop: CancellationToken,
    tasks: TaskTracker,
    options: ServerOptions,
}

impl Running {
    fn new(service_token: Option<Arc<str>>) -> Self {
        Self {
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            options: ServerOptions {
                service_token,
                ..ServerOptions::default()
            },
        }
    }

    /// Serves both services on their sockets in the folder, and on the addresses that were asked for.
    async fn serve_services(&self, node: &Node, options: &ServeOptions) -> Result<()> {
        let catalogue = api::catalogue::routes(&node.catalogue)
            .into_router(api::DESCRIPTORS)
            .await?;
        let rent = api::rent::routes(&node.rent).into_router(api::DESCRIPTORS).await?;
        let services = [
            ("catalogue", catalogue, options.catalogue_listen),
            ("rent", rent, options.rent_listen),
        ];
        for (service, router, address) in services {
            let path = node.socket(service);
            let socket = rpc::socket::listen(&path).with_context(|| format!("cannot listen on {}", path.display()))?;
            self.serve(Listener::Folder(socket), router.clone());
            if let Some(address) = address {
                self.serve(Listener::Tcp(bind(address).await?), router);
            }
        }
        Ok(())
    }

    fn serve(&self, listener: Listener, router: Router) {
        let server = Server::new(listener, router, self.options.clone());
        self.tasks.spawn(server.run(self.stop.clone()));
    }

    /// Takes no more calls, and lets those under way end.
    async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
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

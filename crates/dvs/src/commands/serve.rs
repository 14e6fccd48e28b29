//! `dvs serve`: opens the store, serves until Ctrl-C or SIGTERM, and closes it without leaving work half done.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use gateway::{Gateway, Parts, RateLimits, Settings, StreamLimits};
use rpc::ServerOptions;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::commands::{say, settings as store_settings};
use crate::config::{Role, ServeOptions, Switch};
use crate::folder::DataFolder;
use crate::node::{Node, NodeOptions};
use crate::payment_accounts::PaymentAccounts;
use crate::servers::{self, Ports, Servers};
use crate::{demonstration, media, telemetry, trouble};

/// By default the store is reachable only from this machine.
const DEFAULT_HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// How long a store may take to close after it stopped serving: longer than its connections may take to end.
const CLOSING_LIMIT: Duration = Duration::from_secs(25);
/// How often the metrics' histograms are folded together.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

pub(crate) async fn run(options: ServeOptions) -> Result<()> {
    options.check().map_err(anyhow::Error::msg)?;
    refuse_to_give_films_away(&options)?;
    ensure_words(&options)?;
    let connections = trouble::allow_connections(options.capacity.connections)?;
    // Bound first, so that an address in use is reported before anything is created.
    let listeners = Listeners::bind(&options).await?;
    let public_url = match &options.public_url {
        Some(url) => url.to_string(),
        None => listeners
            .url(Role::Gateway)
            .unwrap_or_else(|| format!("http://{DEFAULT_HOST}:8000")),
    };
    let folder = DataFolder::open(&options.data_dir, "dvs serve")?;
    let mut ends = Ends::listen()?;
    let draining = CancellationToken::new();
    let metrics = telemetry::start_metrics()?;
    let traces = telemetry::start_traces(&options.traces, &options.roles)?;
    let media = media::open(options.media.media_url.as_deref(), &options.data_dir)?;
    let node = Node::open(
        folder,
        media.clone(),
        NodeOptions::for_store(&options, &public_url, draining.clone())?,
    )
    .await?;
    if let (Some(name), Some(catalogue)) = (&options.store_name, &node.catalogue) {
        store_settings::give_name(catalogue.as_ref(), name).await?;
    }
    if !options.no_demo && node.keeps_catalogue {
        let films = demonstration::begin(&node, &media.blobs).await?;
        if films > 0 {
            tracing::info!(films, "the demonstration catalogue is loaded");
        }
    }

    let servers = Servers::new(server_options(&options, connections)?, draining.clone());
    let greeting = listeners.greeting(&public_url);
    if let Some(listener) = listeners.metrics {
        servers.serve_metrics(listener, metrics.clone());
    }
    servers.serve_services(&node, listeners.services).await?;
    if let Some(listener) = listeners.gateway {
        let (catalogue, rent) = node.for_gateway()?;
        let clock = Arc::clone(&node.clock);
        let request_ids = Arc::clone(&node.request_ids);
        let parts = Parts {
            catalogue,
            rent,
            media: media.blobs,
            clock: Arc::new(move || clock.now_us()),
            request_ids: Arc::new(move || request_ids.next().to_string()),
            trouble: Arc::new(trouble::of(written(&options))),
            draining: draining.clone(),
            settings: settings(&options, public_url),
        };
        let router = if options.lab {
            lab::router(&parts, node.lab(options.comparison.clone())?)
        } else {
            Arc::new(Gateway::new(parts)).router()
        };
        servers.serve_gateway(listener, router, options.proxies_in_front);
        if !gateway::web_is_embedded() {
            tracing::warn!("this binary was built without the web app: `make build` puts it in");
        }
    }
    servers.beside(|stop| upkeep(metrics, stop));

    say(greeting)?;
    ends.next().await;
    tracing::info!("closing");
    draining.cancel();
    // A load balancer gets the time to notice that this process is not ready; a second signal ends the wait.
    let _ = tokio::time::timeout(Duration::from_secs(options.linger), ends.next()).await;
    let closed = async {
        servers.close().await;
        node.close().await;
        traces.close().await;
    };
    if tokio::time::timeout(CLOSING_LIMIT, closed).await.is_err() {
        tracing::warn!("not everything has ended in time; what was acknowledged is written all the same");
    }
    Ok(())
}

/// A public store gives its films away whose payments are the sandbox or a test account.
fn refuse_to_give_films_away(options: &ServeOptions) -> Result<()> {
    let takes_payments = options.roles.contains(&Role::Rent);
    let Some(url) = options.public_url.as_ref().filter(|url| url.is_https()) else {
        return Ok(());
    };
    let is_sandbox = takes_payments && PaymentAccounts::read(&options.payments)?.is_sandbox();
    ensure!(
        !is_sandbox || options.allow_sandbox,
        "payments move no real money here: customers at {url} would get films without paying. Start the store with \
         --allow-sandbox (DVS_ALLOW_SANDBOX=true) if that is meant; every page then says so"
    );
    Ok(())
}

/// Otherwise a store with a mistyped folder would show the built-in texts.
fn ensure_words(options: &ServeOptions) -> Result<()> {
    let Some(words) = options.words_dir.as_ref() else {
        return Ok(());
    };
    ensure!(
        words.is_dir() || !options.roles.contains(&Role::Gateway),
        "{} is no folder: --words-dir takes the one with your terms.LANGUAGE.md and privacy.LANGUAGE.md, such as \
         terms.en.md",
        words.display()
    );
    Ok(())
}

/// The folders that this process writes to.
fn written(options: &ServeOptions) -> Vec<PathBuf> {
    let writes = options.roles.iter().any(|role| *role != Role::Gateway);
    if writes {
        vec![options.data_dir.clone()]
    } else {
        Vec::new()
    }
}

/// The addresses on which this process listens.
struct Listeners {
    gateway: Option<TcpListener>,
    metrics: Option<TcpListener>,
    services: Ports,
}

impl Listeners {
    /// A service next to a gateway needs no port of its own; one without a gateway does.
    async fn bind(options: &ServeOptions) -> Result<Self> {
        let runs = |role| options.roles.contains(&role);
        let alone = options.roles.len() == 1;
        ensure!(
            alone || runs(Role::Gateway) || options.listen.is_none(),
            "--listen is for the gateway or for one role: say --catalogue-listen and --rent-listen"
        );
        let port = |role: Role, own: Option<SocketAddr>| {
            let needed = role == Role::Gateway || !runs(Role::Gateway);
            let shared = options.listen.filter(|_| alone || role == Role::Gateway);
            let address = own.or(shared).or_else(|| needed.then(|| role.default_address()));
            address.filter(|_| runs(role))
        };
        let option = |own: Option<SocketAddr>, name| if alone && own.is_none() { "--listen" } else { name };
        let (catalogue, rent) = (options.catalogue_listen, options.rent_listen);
        let of_catalogue = option(catalogue, "--catalogue-listen");
        let of_rent = option(rent, "--rent-listen");
        Ok(Self {
            gateway: servers::bind_if(port(Role::Gateway, None), "--listen").await?,
            metrics: servers::bind_if(options.metrics_listen, "--metrics-listen").await?,
            services: Ports {
                catalogue: servers::bind_if(port(Role::Catalogue, catalogue), of_catalogue).await?,
                rent: servers::bind_if(port(Role::Rent, rent), of_rent).await?,
            },
        })
    }

    fn url(&self, role: Role) -> Option<String> {
        let listener = match role {
            Role::Gateway => &self.gateway,
            Role::Catalogue => &self.services.catalogue,
            Role::Rent => &self.services.rent,
        };
        let address = listener.as_ref()?.local_addr().ok()?;
        Some(format!("http://{address}"))
    }

    /// The line that is printed once the process serves.
    fn greeting(&self, public_url: &str) -> String {
        if self.gateway.is_some() {
            return format!("The store is open at {public_url} (Ctrl-C closes it)");
        }
        let told = [(Role::Catalogue, "catalogue"), (Role::Rent, "rent service")];
        let told = told.map(|(role, name)| self.url(role).map(|url| format!("the {name} listens at {url}")));
        let told: Vec<_> = told.into_iter().flatten().collect();
        format!("Ready: {} (Ctrl-C ends it)", told.join(", "))
    }
}

impl Role {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Catalogue => "catalogue",
            Self::Rent => "rent",
        }
    }

    fn default_address(self) -> SocketAddr {
        let port = match self {
            Self::Gateway => 8000,
            Self::Catalogue => 50051,
            Self::Rent => 50052,
        };
        SocketAddr::new(DEFAULT_HOST, port)
    }
}

fn server_options(options: &ServeOptions, connections: usize) -> Result<ServerOptions> {
    Ok(ServerOptions {
        connections,
        connections_per_network: Some(options.capacity.connections_per_network),
        idle_timeout: Duration::from_secs(options.idle_timeout),
        service_token: options.token.read()?,
        ..ServerOptions::default()
    })
}

fn settings(options: &ServeOptions, public_url: String) -> Settings {
    Settings {
        public_url: Some(public_url),
        allow_sandbox: options.allow_sandbox,
        rate_limits: match options.rate_limit {
            Switch::On => RateLimits::default(),
            Switch::Off => RateLimits::OFF,
        },
        lab: options.lab,
        proxies_in_front: options.proxies_in_front,
        requests: options.capacity.calls,
        event_streams: StreamLimits::of_events(options.capacity.streams),
        conversations: StreamLimits::of_players(options.capacity.streams),
        words_dir: options.words_dir.clone(),
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

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::config::{Cli, Command};

    fn options(arguments: &[&str]) -> ServeOptions {
        let cli = Cli::try_parse_from(["dvs", "serve"].iter().chain(arguments)).unwrap();
        match cli.command {
            Command::Serve(options) => *options,
            _ => panic!("not serve"),
        }
    }

    fn outcome(arguments: &[&str]) -> Result<()> {
        refuse_to_give_films_away(&options(arguments))
    }

    #[test]
    fn every_option_of_a_store_is_a_variable_too() {
        // The names of these variables are OpenTelemetry's.
        const OF_OTHERS: [&str; 2] = ["traces-to", "traces-share"];
        let cli = Cli::command();
        let serve = cli.find_subcommand("serve").unwrap();
        let options = serve.get_arguments();
        let mut without = Vec::new();
        for option in options {
            let Some(name) = option.get_long().filter(|name| !OF_OTHERS.contains(name)) else {
                continue;
            };
            let variable = format!("DVS_{}", name.to_uppercase().replace('-', "_"));
            if option.get_env() != Some(variable.as_ref()) {
                without.push(name);
            }
        }
        assert_eq!(without, [""; 0]);
    }

    #[test]
    fn a_missing_folder_of_words_is_refused_before_the_store_opens() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        assert!(ensure_words(&options(&["--words-dir", folder])).is_ok());
        let gone = format!("{folder}/gone");
        let refusal = ensure_words(&options(&["--words-dir", &gone])).unwrap_err().to_string();
        assert!(
            refusal.starts_with(&gone) && refusal.contains("terms.en.md"),
            "{refusal}"
        );
        // Only the gateway shows pages.
        assert!(ensure_words(&options(&["--role", "rent", "--words-dir", &gone])).is_ok());
    }

    #[tokio::test]
    async fn an_address_in_use_is_told_with_its_option_whichever_it_is() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = taken.local_addr().unwrap().to_string();
        for (arguments, option) in [
            (&["--listen", &taken][..], "--listen"),
            (&["--listen", &taken, "--role", "catalogue"], "--listen"),
            (
                &["--listen", "127.0.0.1:0", "--metrics-listen", &taken],
                "--metrics-listen",
            ),
            (
                &["--listen", "127.0.0.1:0", "--catalogue-listen", &taken],
                "--catalogue-listen",
            ),
            (&["--role", "rent", "--rent-listen", &taken], "--rent-listen"),
        ] {
            let refusal = Listeners::bind(&options(arguments)).await.err().unwrap().to_string();
            assert!(refusal.ends_with(&format!(" {option}")), "{refusal}");
        }
    }

    #[test]
    fn a_public_store_with_the_sandbox_does_not_start_unless_that_is_meant() {
        for url in ["https://films.example", "HTTPS://films.example"] {
            let refused = outcome(&["--public-url", url]).unwrap_err().to_string();
            assert!(refused.contains("--allow-sandbox"), "{refused}");
            assert!(outcome(&["--role", "rent", "--public-url", url]).is_err());
            assert!(outcome(&["--public-url", url, "--allow-sandbox"]).is_ok());
            // Another process takes payments.
            assert!(outcome(&["--role", "gateway", "--public-url", url]).is_ok());
        }
        assert!(outcome(&["--public-url", "http://localhost:8000"]).is_ok());
        assert!(outcome(&[]).is_ok());
    }
}

//! The servers of this process: the gateway's, and those of the services on their sockets and ports.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use rpc::{Listener, Server, ServerOptions};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::node::Node;

/// The most streams at once on one HTTP/2 connection of the public.
const GATEWAY_STREAMS: u32 = 100;
/// The most connections at once of programs that collect metrics.
const METRICS_CONNECTIONS: usize = 16;

/// The servers that run until they are stopped.
pub(crate) struct Servers {
    draining: CancellationToken,
    stop: CancellationToken,
    tasks: TaskTracker,
    options: ServerOptions,
}

/// The ports of the services, besides their sockets.
#[derive(Default)]
pub(crate) struct Ports {
    pub(crate) catalogue: Option<TcpListener>,
    pub(crate) rent: Option<TcpListener>,
}

impl Servers {
    /// Servers that report bad health as soon as they are `draining`.
    pub(crate) fn new(options: ServerOptions, draining: CancellationToken) -> Self {
        let options = ServerOptions {
            retiring: draining.clone(),
            ..options
        };
        Self {
            draining,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            options,
        }
    }

    /// Serves the node's services on their sockets in the folder, and on the given ports.
    pub(crate) async fn serve_services(&self, node: &Node, ports: Ports) -> Result<()> {
        if let Some(catalogue) = &node.catalogue {
            let router = api::catalogue::routes(catalogue)
                .into_router(api::DESCRIPTORS, self.draining.clone())
                .await?;
            self.serve_service(&node.socket("catalogue"), ports.catalogue, router)?;
        }
        if let Some(rent) = &node.rent {
            let router = api::rent::routes(rent)
                .into_router(api::DESCRIPTORS, self.draining.clone())
                .await?;
            self.serve_service(&node.socket("rent"), ports.rent, router)?;
        }
        Ok(())
    }

    fn serve_service(&self, path: &Path, port: Option<TcpListener>, router: Router) -> Result<()> {
        let socket = rpc::socket::listen(path).with_context(|| format!("cannot listen on {}", path.display()))?;
        self.serve(Listener::Folder(socket), router.clone());
        if let Some(listener) = port {
            self.serve(Listener::Tcp(listener), router);
        }
        Ok(())
    }

    /// Serves the gateway. Behind the store's own proxies, all connections come from them, so no limit per network applies.
    pub(crate) fn serve_gateway(&self, listener: TcpListener, router: Router, proxies_in_front: usize) {
        let of_network = self.options.connections_per_network;
        let options = ServerOptions {
            connections_per_network: of_network.filter(|_| proxies_in_front == 0),
            streams_per_connection: GATEWAY_STREAMS,
            half_close: true,
            ..self.options.clone()
        };
        self.serve_with(Listener::Tcp(listener), router, options);
    }

    /// Serves the process's metrics on a port of their own.
    pub(crate) fn serve_metrics(&self, listener: TcpListener, metrics: PrometheusHandle) {
        let router = Router::new().route("/metrics", get(async move || metrics.render()));
        let options = ServerOptions {
            connections: METRICS_CONNECTIONS,
            connections_per_network: None,
            ..self.options.clone()
        };
        self.serve_with(Listener::Tcp(listener), router, options);
    }

    fn serve(&self, listener: Listener, router: Router) {
        self.serve_with(listener, router, self.options.clone());
    }

    fn serve_with(&self, listener: Listener, router: Router, options: ServerOptions) {
        let server = Server::new(listener, router, options);
        self.tasks.spawn(server.run(self.stop.clone()));
    }

    /// Runs a task next to the servers, until they stop.
    pub(crate) fn beside<Work: Future<Output = ()> + Send + 'static>(
        &self,
        work: impl FnOnce(CancellationToken) -> Work,
    ) {
        self.tasks.spawn(work(self.stop.clone()));
    }

    /// Takes no more calls, and waits for those under way.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Listens on the address of an option, if it is given.
pub(crate) async fn bind_if(address: Option<SocketAddr>, option: &str) -> Result<Option<TcpListener>> {
    let Some(address) = address else { return Ok(None) };
    let bound = TcpListener::bind(address).await;
    bound.map(Some).map_err(|error| {
        let port = address.port();
        let at = format!("cannot listen on {address}");
        if error.kind() == io::ErrorKind::AddrInUse {
            return anyhow!(
                "{at}: port {port} is in use by another program, perhaps another `dvs serve`. End that program, or give \
                 another port with {option}"
            );
        }
        anyhow::Error::new(error).context(format!("{at} ({option})"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_is_named_with_the_option_that_gives_another() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap().into_std().unwrap();
        let address = taken.local_addr().unwrap();
        let refusal = bind_if(Some(address), "--metrics-listen")
            .await
            .unwrap_err()
            .to_string();
        for part in [&address.port().to_string(), "another program", "--metrics-listen"] {
            assert!(refusal.contains(part), "{refusal}");
        }
    }
}

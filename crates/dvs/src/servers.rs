//! The servers of this process: the gateway's, and the services' on their sockets and ports.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use rpc::{Listener, Server, ServerOptions};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::node::Node;

/// What runs until it is told to stop.
pub(crate) struct Servers {
    stop: CancellationToken,
    tasks: TaskTracker,
    options: ServerOptions,
}

/// Where the services listen besides their sockets.
#[derive(Default)]
pub(crate) struct Ports {
    pub(crate) catalogue: Option<SocketAddr>,
    pub(crate) rent: Option<SocketAddr>,
}

impl Servers {
    pub(crate) fn new(service_token: Option<Arc<str>>) -> Self {
        Self {
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            options: ServerOptions {
                service_token,
                ..ServerOptions::default()
            },
        }
    }

    /// Is cancelled when the servers are to stop.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Serves both services on their sockets in the folder, and on the ports that were asked for.
    pub(crate) async fn serve_services(&self, node: &Node, ports: Ports) -> Result<()> {
        let catalogue = api::catalogue::routes(&node.catalogue)
            .into_router(api::DESCRIPTORS)
            .await?;
        let rent = api::rent::routes(&node.rent).into_router(api::DESCRIPTORS).await?;
        let services = [("catalogue", catalogue, ports.catalogue), ("rent", rent, ports.rent)];
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

    pub(crate) fn serve(&self, listener: Listener, router: Router) {
        let server = Server::new(listener, router, self.options.clone());
        self.tasks.spawn(server.run(self.stop.clone()));
    }

    /// Does something beside, until the servers stop.
    pub(crate) fn beside<Work: Future<Output = ()> + Send + 'static>(
        &self,
        work: impl FnOnce(CancellationToken) -> Work,
    ) {
        self.tasks.spawn(work(self.stop.clone()));
    }

    /// Takes no more calls, and lets those under way end.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen on {address}"))
}

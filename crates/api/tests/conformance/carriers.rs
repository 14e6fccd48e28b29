//! A probe behind its edge, served on a port and on a socket, and a client over each carrier.

use std::sync::Arc;

use api::catalogue::{Catalogue, routes};
use rpc::{Address, Client, ClientOptions, Edge, Listener, Server, ServerOptions};
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::probe::Probe;

const TOKEN: &str = "the service token";

pub(crate) struct Carrier {
    pub(crate) name: &'static str,
    pub(crate) catalogue: Arc<dyn Catalogue>,
}

/// The probe, served until it is dropped.
pub(crate) struct Store {
    pub(crate) probe: Arc<Probe>,
    edge: Arc<dyn Catalogue>,
    port: Address,
    socket: Address,
    _folder: TempDir,
    _stop: DropGuard,
}

impl Store {
    pub(crate) async fn open() -> Self {
        let probe = Arc::new(Probe::new());
        let edge: Arc<dyn Catalogue> = Arc::new(Edge::new(Arc::clone(&probe)));
        let router = routes(&edge).into_router(api::DESCRIPTORS).await.unwrap();
        let options = ServerOptions {
            service_token: Some(TOKEN.into()),
            ..ServerOptions::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalogue.sock");
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = Address::Tcp(tcp.local_addr().unwrap().to_string());
        let unix = UnixListener::bind(&path).unwrap();
        let stop = CancellationToken::new();
        for listener in [Listener::Tcp(tcp), Listener::Folder(unix)] {
            tokio::spawn(Server::new(listener, router.clone(), options.clone()).run(stop.clone()));
        }
        Self {
            probe,
            edge,
            port,
            socket: Address::Unix(path),
            _folder: folder,
            _stop: stop.drop_guard(),
        }
    }

    /// Every carrier, in process first.
    pub(crate) fn carriers(&self) -> impl Iterator<Item = Carrier> {
        let local = Carrier {
            name: "in process",
            catalogue: Arc::clone(&self.edge),
        };
        let with_token = ClientOptions {
            service_token: Some(TOKEN.into()),
        };
        std::iter::once(local)
            .chain(over_network(&self.port, &with_token))
            .chain(over_network(&self.socket, &ClientOptions::default()))
    }

    pub(crate) fn carriers_without_token(&self) -> impl Iterator<Item = Carrier> {
        over_network(&self.port, &ClientOptions::default())
    }
}

/// Clients of an address where nobody listens.
pub(crate) fn to_nobody() -> impl Iterator<Item = Carrier> {
    let nobody = Address::Unix("/nonexistent/catalogue.sock".into());
    over_network(&nobody, &ClientOptions::default())
}

fn over_network(address: &Address, options: &ClientOptions) -> impl Iterator<Item = Carrier> + use<> {
    let clients = [
        ("gRPC", Client::grpc(address, options.clone()).unwrap()),
        ("REST over HTTP/1.1", Client::rest(address, options.clone())),
        ("REST over h2c", Client::rest_http2(address, options.clone())),
    ];
    clients.into_iter().map(|(name, client)| Carrier {
        name,
        catalogue: Arc::new(client),
    })
}

//! The probe behind its edge, served on a port and on a socket, and a client over each carrier.

use std::sync::Arc;

use rpc::identity::Signer;
use rpc::{
    AccessControl, Address, Addresses, Capacity, Client, ClientOptions, Compression, Edge, Encoding, Format, Listener,
    Server, ServerOptions,
};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::contracts::dvs::probe::v1::ProbeService;
use crate::contracts::dvs::probe::v1::probe_service::routes;
use crate::probe::{Seen, Service};

const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/probe/descriptors.bin"));
const TOKEN: &str = "the service token";

pub(crate) struct Carrier {
    pub(crate) name: &'static str,
    pub(crate) probe: Arc<dyn ProbeService>,
}

/// The probe, served until it is dropped.
pub(crate) struct Store {
    pub(crate) seen: Arc<Seen>,
    /// Tells the service that its process is about to stop.
    pub(crate) draining: CancellationToken,
    edge: Arc<dyn ProbeService>,
    pub(crate) port: Address,
    socket: Address,
    _folder: TempDir,
    _stop: DropGuard,
}

/// The time at which every call of the suite is made.
pub(crate) const NOW_US: i64 = 1_000_000;

/// Signs the identities that the probe accepts.
pub(crate) fn signer() -> Signer {
    Signer::from_secret(&[7; 32])
}

impl Store {
    pub(crate) async fn open() -> Self {
        Self::with(Capacity::default()).await
    }

    /// A probe with this capacity.
    pub(crate) async fn with(capacity: Capacity) -> Self {
        let seen = Arc::new(Seen::new());
        let draining = CancellationToken::new();
        let edge = Edge::new(Arc::new(Service(Arc::clone(&seen))))
            .with_access(AccessControl::new(signer().verifier(), || NOW_US))
            .with_capacity(capacity)
            .draining(draining.clone());
        let edge: Arc<dyn ProbeService> = Arc::new(edge);
        let router = routes(&edge).into_router(DESCRIPTORS, draining.clone()).await.unwrap();
        let options = ServerOptions {
            service_token: Some(TOKEN.into()),
            ..ServerOptions::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("probe.sock");
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = Address::Tcp(tcp.local_addr().unwrap().to_string());
        let unix = rpc::socket::listen(&path).unwrap();
        let stop = CancellationToken::new();
        for listener in [Listener::Tcp(tcp), Listener::Folder(unix)] {
            tokio::spawn(Server::new(listener, router.clone(), options.clone()).run(stop.clone()));
        }
        Self {
            seen,
            draining,
            edge,
            port,
            socket: Address::Unix(path),
            _folder: folder,
            _stop: stop.drop_guard(),
        }
    }

    /// Every carrier, in process first.
    pub(crate) fn carriers(&self) -> impl Iterator<Item = Carrier> + use<> {
        let local = Carrier {
            name: "in process",
            probe: Arc::clone(&self.edge),
        };
        let with_token = ClientOptions {
            service_token: Some(TOKEN.into()),
            ..ClientOptions::default()
        };
        std::iter::once(local)
            .chain(over_network(&(&self.port).into(), &with_token))
            .chain(over_network(&(&self.socket).into(), &ClientOptions::default()))
    }

    pub(crate) fn carriers_without_token(&self) -> impl Iterator<Item = Carrier> + use<> {
        over_network(&(&self.port).into(), &ClientOptions::default())
    }

    /// Carriers whose connections a test can cut: one of each transport.
    pub(crate) async fn carriers_over_a_line(&self) -> Vec<(Carrier, Line)> {
        let mut carriers = Vec::new();
        for name in ["gRPC", "REST over HTTP/1.1", "REST over h2c"] {
            let line = Line::to(&self.port).await;
            let carrier = over_network(&(&line.address).into(), &ClientOptions::default())
                .find(|carrier| carrier.name == name)
                .unwrap();
            carriers.push((carrier, line));
        }
        carriers
    }
}

/// A proxy in front of the store that a test can cut, or make silent.
pub(crate) struct Line {
    pub(crate) address: Address,
    cut: CancellationToken,
    silent: CancellationToken,
}

impl Line {
    async fn to(store: &Address) -> Self {
        Self::from(&Address::Tcp("127.0.0.1:0".to_owned()), store).await
    }

    /// A proxy that listens on this address.
    pub(crate) async fn from(address: &Address, store: &Address) -> Self {
        let (Address::Tcp(address), Address::Tcp(store)) = (address.clone(), store.clone()) else {
            panic!("a line goes from port to port")
        };
        // The task of a proxy that was cut ends a little later, and only then is its port free.
        let listener = loop {
            match TcpListener::bind(&address).await {
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => tokio::task::yield_now().await,
                bound => break bound.unwrap(),
            }
        };
        let address = Address::Tcp(listener.local_addr().unwrap().to_string());
        let (cut, silent) = (CancellationToken::new(), CancellationToken::new());
        let hush = silent.clone();
        tokio::spawn(cut.clone().run_until_cancelled_owned(async move {
            // Dropped with the proxy, which closes its connections.
            let mut lines = tokio::task::JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let mut far = TcpStream::connect(&store).await.unwrap();
                let hush = hush.clone();
                lines.spawn(async move {
                    let carrying = copy_bidirectional(&mut near, &mut far);
                    if hush.run_until_cancelled(carrying).await.is_none() {
                        std::future::pending::<()>().await;
                    }
                });
            }
        }));
        Self { address, cut, silent }
    }

    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }

    /// Forwards nothing more, while its connections stay open.
    pub(crate) fn fall_silent(&self) {
        self.silent.cancel();
    }
}

/// Clients of an address without a listener.
pub(crate) fn without_listener() -> impl Iterator<Item = Carrier> {
    let unused = Address::Unix("/nonexistent/probe.sock".into());
    over_network(&unused.into(), &ClientOptions::default())
}

pub(crate) fn over_network(addresses: &Addresses, options: &ClientOptions) -> impl Iterator<Item = Carrier> + use<> {
    let with = |format, compression| ClientOptions {
        encoding: Encoding { format, compression },
        ..options.clone()
    };
    let (json, protobuf) = (Some(Format::Json), Some(Format::Protobuf));
    let (gzip, zstd) = (Some(Compression::Gzip), Some(Compression::Zstd));
    let clients = [
        ("gRPC", Client::grpc(addresses, options.clone())),
        ("gRPC with zstd", Client::grpc(addresses, with(None, zstd))),
        ("gRPC with JSON", Client::grpc(addresses, with(json, None))),
        ("gRPC with JSON and gzip", Client::grpc(addresses, with(json, gzip))),
        ("REST over HTTP/1.1", Client::rest(addresses, options.clone())),
        (
            "REST over HTTP/1.1 with gzip",
            Client::rest(addresses, with(None, gzip)),
        ),
        (
            "REST over HTTP/1.1 with Protobuf",
            Client::rest(addresses, with(protobuf, None)),
        ),
        ("REST over h2c", Client::rest_http2(addresses, options.clone())),
        (
            "REST over h2c with Protobuf and zstd",
            Client::rest_http2(addresses, with(protobuf, zstd)),
        ),
    ];
    clients.into_iter().map(|(name, client)| Carrier {
        name,
        probe: Arc::new(client.unwrap()),
    })
}

//! The store shows itself to its bank by a certificate, and trusts only the authorities that it was told of. The
//! certificates are made with openssl.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pix_world;

use std::path::Path;
use std::sync::Arc;

use fake_providers::FakePix;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use payments::pix::Pix;
use payments::{PaymentProvider as _, PaymentState, Secret};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;

use crate::pix_world::{Calls, World, options};

/// Makes a key and a certificate, signed by the authority in the same folder unless it is the authority.
async fn make(folder: &Path, name: &str, extension: &str, authority: Option<&str>) {
    let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["req", "-x509", "-nodes", "-days", "2"]);
    command.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    command.args(["-subj", &format!("/CN={name}"), "-addext", extension]);
    command.args(["-keyout", &key, "-out", &certificate]);
    if let Some(authority) = authority {
        let (signed_by, with) = (format!("{authority}.pem"), format!("{authority}.key"));
        command.args(["-CA", &signed_by, "-CAkey", &with]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let made = command.output().await.expect("openssl is not installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn read(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap()
}

/// Serves the stand-in by TLS to those who show a certificate of the authority. Returns its address.
async fn serve(fake: &FakePix, folder: &Path) -> String {
    let certificate = |name: &str| CertificateDer::from_pem_slice(&read(folder, name)).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate("authority.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let key = PrivateKeyDer::from_pem_slice(&read(folder, "bank.key")).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(vec![certificate("bank.pem")], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = fake.routes();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, routes) = (acceptor.clone(), routes.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service = TowerToHyperService::new(routes);
                let server = auto::Builder::new(TokioExecutor::new());
                // A client that leaves is no fault of the bank's.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    format!("https://{address}")
}

#[tokio::test]
async fn the_bank_and_the_store_show_each_other_their_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for authority in ["authority", "stranger"] {
        make(path, authority, "keyUsage=critical,keyCertSign", None).await;
    }
    make(path, "bank", "subjectAltName=IP:127.0.0.1", Some("authority")).await;
    make(path, "store", "extendedKeyUsage=clientAuth", Some("authority")).await;
    make(path, "other", "extendedKeyUsage=clientAuth", Some("stranger")).await;
    let world = World::new().await;
    let url = serve(&world.fake, path).await;
    let connected = |authority: Option<&str>, identity: Option<(&str, &str)>| {
        let mut options = options(&world.fake);
        options.api_url = format!("{url}/api/v2");
        options.token_url = format!("{url}/oauth/token");
        options.authorities = authority.map(|name| read(path, name));
        options.certificate = identity.map(|(name, _)| read(path, name));
        let key = identity.map(|(_, name)| String::from_utf8(read(path, name)).unwrap());
        options.private_key = key.and_then(|key| Secret::parse(&key));
        Pix::new(options, world.clock.clone(), Arc::new(Calls::default()))
    };

    let store = connected(Some("authority.pem"), Some(("store.pem", "store.key"))).unwrap();
    let begun = store.start(&world.request(1490)).await.unwrap();
    assert!(matches!(begun.state, PaymentState::NeedsAction(_)));

    for (authority, identity, what) in [
        (Some("authority.pem"), None, "without a certificate"),
        (
            Some("authority.pem"),
            Some(("other.pem", "other.key")),
            "with one of a stranger's",
        ),
        (
            None,
            Some(("store.pem", "store.key")),
            "to a bank that browsers do not trust",
        ),
        (
            Some("stranger.pem"),
            Some(("store.pem", "store.key")),
            "to a bank of another authority",
        ),
    ] {
        let store = connected(authority, identity).unwrap();
        assert!(store.start(&world.request(1490)).await.is_err(), "{what}");
    }
    assert_eq!(world.fake.charges().len(), 1);
    let mixed = connected(Some("authority.pem"), Some(("store.pem", "other.key")));
    assert!(mixed.err().unwrap().to_string().contains("private key"));
}

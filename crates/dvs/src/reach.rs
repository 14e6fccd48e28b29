//! How a tool reaches a store: by addresses elsewhere, by the sockets of one that runs here, or by opening the folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use api::catalogue::Catalogue;
use api::rent::Rent;
use rpc::{Address, Addresses, Client, ClientOptions, Code, Transport};
use tempfile::TempDir;
use tokio::net::{TcpStream, UnixStream};

use crate::commands::{counted, told};
use crate::config::{MediaOptions, Role, StoreOptions, TokenOptions};
use crate::folder::{self, Claim, DataFolder};
use crate::media::{self, MediaStore};
use crate::node::{Node, NodeOptions};

/// The shortest service token: it grants every right, and any caller that reaches a port can try to guess it.
const TOKEN_MINIMUM_BYTES: usize = 16;
/// The largest closed store that is copied in order to ask it something.
const COPY_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;
/// How long a connection to an address may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The two services of a store, for a tool.
pub(crate) struct StoreConnection {
    catalogue: Arc<dyn Catalogue>,
    rent: Arc<dyn Rent>,
    /// The addresses of the services of a store elsewhere.
    elsewhere: Option<Elsewhere>,
    /// The store itself, if no process runs it and the tool has opened the folder.
    node: Option<Node>,
}

/// The addresses that were given.
struct Elsewhere {
    catalogue: Option<Addresses>,
    rent: Option<Addresses>,
}

/// What to do if there is no store yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Refuse,
    Create,
}

impl StoreConnection {
    /// Connects to the store; other processes are told that `tool` holds the folder.
    pub(crate) async fn open(options: &StoreOptions, tool: &str, missing: Missing) -> Result<Self> {
        Self::open_with(options, &MediaOptions::default(), tool, missing).await
    }

    /// Connects to the store; `media` says where a closed one has its films.
    pub(crate) async fn open_with(
        options: &StoreOptions,
        media: &MediaOptions,
        tool: &str,
        missing: Missing,
    ) -> Result<Self> {
        let data_dir = &options.data_dir;
        if options.catalogue.is_some() || options.rent.is_some() {
            return Self::elsewhere(options);
        }
        if missing == Missing::Refuse {
            folder::ensure_store(data_dir)?;
        }
        match DataFolder::claim(data_dir, tool)? {
            Claim::Held(folder) => {
                let media = media::open(media.media_url.as_deref(), data_dir)?;
                Self::closed(folder, media).await
            }
            Claim::HeldByAnother(holder) => Self::running(options, &holder),
        }
    }

    /// A copy of a closed store, so that nothing in its folder is changed by questions. `None` if the store is too
    /// large to be copied for that.
    pub(crate) async fn open_copy(folder: &DataFolder, tool: &str) -> Result<Option<(Self, TempDir)>> {
        let copy = tempfile::tempdir().context("no folder for a copy of the store can be made")?;
        if !folder.copy_data(copy.path(), COPY_LIMIT_BYTES)? {
            return Ok(None);
        }
        // The films are not copied: a tool's store runs no sweeper, so they are safe. Opening a media folder would create it.
        let has_films = folder.join(media::FOLDER).is_dir();
        let media = media::open(None, if has_films { folder.path() } else { copy.path() })?;
        let store = Self::closed(DataFolder::open(copy.path(), tool)?, media).await?;
        Ok(Some((store, copy)))
    }

    /// The catalogue, at its address.
    pub(crate) async fn catalogue(&self) -> Result<&dyn Catalogue> {
        if let Some(given) = &self.elsewhere {
            ensure_answers(Role::Catalogue, given.catalogue.as_ref()).await?;
        }
        Ok(self.catalogue.as_ref())
    }

    /// The rent service, at its address.
    pub(crate) async fn rent(&self) -> Result<&dyn Rent> {
        if let Some(given) = &self.elsewhere {
            ensure_answers(Role::Rent, given.rent.as_ref()).await?;
        }
        Ok(self.rent.as_ref())
    }

    /// Closes the store, after everything that was written is safe.
    pub(crate) async fn close(self) {
        if let Some(node) = self.node {
            node.close().await;
        }
    }

    fn elsewhere(options: &StoreOptions) -> Result<Self> {
        let client_options = ClientOptions {
            service_token: options.token.read()?,
            ..ClientOptions::default()
        };
        // A client for the address that was not given. A tool that needs that service is refused when it asks for it.
        let not_given = Addresses::from(Address::Unix(Path::new("not-given").to_owned()));
        let connect = |addresses: &Option<Addresses>| {
            let addresses = addresses.as_ref().unwrap_or(&not_given);
            client(addresses, options.transport, &client_options)
        };
        Ok(Self {
            catalogue: Arc::new(connect(&options.catalogue)?),
            rent: Arc::new(connect(&options.rent)?),
            elsewhere: Some(Elsewhere {
                catalogue: options.catalogue.clone(),
                rent: options.rent.clone(),
            }),
            node: None,
        })
    }

    fn running(options: &StoreOptions, holder: &str) -> Result<Self> {
        let connect = |service| {
            let socket = folder::socket(&options.data_dir, service);
            if !socket.exists() {
                bail!("the data folder {} is in use by {holder}", options.data_dir.display());
            }
            client(Address::Unix(socket), options.transport, &ClientOptions::default())
        };
        Ok(Self {
            catalogue: Arc::new(connect("catalogue")?),
            rent: Arc::new(connect("rent")?),
            elsewhere: None,
            node: None,
        })
    }

    async fn closed(folder: DataFolder, media: MediaStore) -> Result<Self> {
        let node = Node::open(folder, media, NodeOptions::for_tools()).await?;
        let (catalogue, rent) = node.for_gateway()?;
        Ok(Self {
            catalogue,
            rent,
            elsewhere: None,
            node: Some(node),
        })
    }
}

/// Refuses addresses at which no such service answers, because the error of a call would not say so.
pub(crate) async fn ensure_answers(service: Role, addresses: Option<&Addresses>) -> Result<()> {
    let name = service.name();
    let addresses =
        addresses.with_context(|| format!("this needs the {name} service: give its address too (--{name} URL)"))?;
    let found = addresses.look_up().await;
    let mut refusal = None;
    for address in found.with_context(|| format!("the name of the {name} service (--{name}) cannot be looked up"))? {
        match is_serving(name, &address).await {
            Ok(_) => return Ok(()),
            Err(error) => refusal = Some(error),
        }
    }
    refusal.map_or(Ok(()), Err)
}

/// Whether the health check of the service at an address says that it serves.
pub(crate) async fn is_serving(service: &str, address: &Address) -> Result<bool> {
    let there = connect(address).await;
    there.with_context(|| format!("the {service} service is not there (--{service})"))?;
    rpc::is_serving(address).await.map_err(|fault| match fault.code {
        Code::DeadlineExceeded => told(&fault),
        _ => anyhow!(
            "{address} does not answer as a {service} service does (--{service}): is it the address of the shop? The \
             {service} service listens on a port of its own (--{service}-listen of `dvs serve`)"
        ),
    })
}

/// Whether a connection to an address can be opened.
pub(crate) async fn connect(address: &Address) -> Result<()> {
    let opened = async {
        match address {
            Address::Tcp(authority) => TcpStream::connect(authority).await.map(drop),
            Address::Unix(path) => UnixStream::connect(path).await.map(drop),
        }
    };
    let at = || format!("nothing listens at {address}");
    let opened = tokio::time::timeout(CONNECT_LIMIT, opened).await;
    opened.with_context(at)?.with_context(at)
}

/// A client of a service over one of the carriers.
pub(crate) fn client(addresses: impl Into<Addresses>, transport: Transport, options: &ClientOptions) -> Result<Client> {
    match transport {
        Transport::Grpc => Client::grpc(addresses, options.clone()).context("a client could not be made"),
        Transport::Rest => Client::rest(addresses, options.clone()).context("a client could not be made"),
        Transport::Local => bail!("a tool cannot be in the process it talks to: use grpc or rest"),
    }
}

impl TokenOptions {
    /// Whether a service token was given.
    pub(crate) fn is_given(&self) -> bool {
        self.service_token.is_some() || self.service_token_file.is_some()
    }

    /// The service token, from the option or its file.
    pub(crate) fn read(&self) -> Result<Option<Arc<str>>> {
        let (token, from) = match (&self.service_token_file, &self.service_token) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read the service token from {}", path.display()))?;
                (text, format!("in {}", path.display()))
            }
            (None, Some(token)) => (token.clone(), "of DVS_SERVICE_TOKEN".to_owned()),
            (None, None) => return Ok(None),
        };
        let token = token.trim();
        // An empty token, as of a secret that was not mounted, would let every caller in.
        ensure!(
            token.len() >= TOKEN_MINIMUM_BYTES,
            "the service token {from} has {}, and needs {TOKEN_MINIMUM_BYTES}: make one with `dvs keys`",
            counted(token.len(), "character", "characters")
        );
        Ok(Some(token.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_empty_or_short_is_none_to_trust() {
        let folder = tempfile::tempdir().unwrap();
        for (token, is_taken) in [
            ("", false),
            (" \n", false),
            ("guess", false),
            ("0123456789abcdef\n", true),
        ] {
            let file = folder.path().join("token");
            std::fs::write(&file, token).unwrap();
            let in_file = TokenOptions {
                service_token: None,
                service_token_file: Some(file),
            };
            let said = TokenOptions {
                service_token: Some(token.to_owned()),
                service_token_file: None,
            };
            for options in [in_file, said] {
                let read = options.read();
                assert_eq!(read.is_ok(), is_taken, "{token:?}");
                assert!(read.is_ok_and(|token| token.as_deref() == Some("0123456789abcdef")) == is_taken);
            }
        }
        let none = TokenOptions {
            service_token: None,
            service_token_file: None,
        };
        assert_eq!(none.read().unwrap(), None);
    }
    /// A server that answers every request as a gateway answers a call of another protocol.
    async fn shop() -> String {
        let router = axum::Router::new().fallback(async || (axum::http::StatusCode::NOT_FOUND, "{\"status\": 404}"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = rpc::Server::new(rpc::Listener::Tcp(listener), router, rpc::ServerOptions::default());
        tokio::spawn(server.run(tokio_util::sync::CancellationToken::new()));
        format!("http://{address}")
    }

    async fn refusal(service: Role, addresses: &str) -> String {
        let addresses: Addresses = addresses.parse().unwrap();
        let refused = ensure_answers(service, Some(&addresses)).await.unwrap_err();
        format!("{refused:#}")
    }

    #[tokio::test]
    async fn the_shops_address_is_no_services() {
        let shop = shop().await;
        for (service, option) in [(Role::Catalogue, "--catalogue-listen"), (Role::Rent, "--rent-listen")] {
            let told = refusal(service, &shop).await;
            let cause = told.contains(&shop) && told.contains("address of the shop") && told.contains(option);
            assert!(cause, "{told}");
        }
    }

    #[tokio::test]
    async fn an_address_where_nothing_listens_is_named_and_so_is_one_that_was_not_given() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        let told = refusal(Role::Rent, &address).await;
        assert!(told.contains("nothing listens") && told.contains(&address), "{told}");
        let told = refusal(Role::Catalogue, "unix:/nowhere/catalogue.sock").await;
        assert!(told.contains("unix:/nowhere/catalogue.sock"), "{told}");
        let missing = ensure_answers(Role::Rent, None).await.unwrap_err().to_string();
        assert!(missing.contains("--rent URL"), "{missing}");
    }
}

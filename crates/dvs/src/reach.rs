//! How a tool reaches a store: elsewhere by its addresses, running here through its sockets, or by opening the folder.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use api::catalogue::Catalogue;
use api::rent::Rent;
use rpc::{Address, Addresses, Client, ClientOptions, Transport};

use crate::config::{MediaOptions, StoreOptions, TokenOptions};
use crate::folder::{self, Claim, DataFolder};
use crate::media::{self, MediaStore};
use crate::node::{Node, NodeOptions};

/// A service token is no shorter: it opens everything, and any caller that reaches a port can guess.
const TOKEN_MINIMUM_BYTES: usize = 16;

/// The two services of a store, as a tool sees them.
pub(crate) struct StoreConnection {
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) rent: Arc<dyn Rent>,
    /// The store itself, when no process runs it and the tool has opened the folder.
    node: Option<Node>,
}

/// What to do where there is no store yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Refuse,
    Create,
}

impl StoreConnection {
    /// Reaches the store; `tool` is what others are told while the tool holds its folder.
    pub(crate) async fn open(options: &StoreOptions, tool: &str, missing: Missing) -> Result<Self> {
        Self::open_with(options, &MediaOptions::default(), tool, missing).await
    }

    /// Reaches the store; a closed one keeps its films where `media` says.
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
            ensure!(
                data_dir.join("lock").exists(),
                "there is no store in {}",
                data_dir.display()
            );
        }
        match DataFolder::claim(data_dir, tool)? {
            Claim::Held(folder) => {
                let media = media::open(media.media_url.as_deref(), data_dir)?;
                Self::closed(folder, media).await
            }
            Claim::HeldByAnother(holder) => Self::running(options, &holder),
        }
    }

    /// Lets go of the store, with all that was written safe.
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
        // A tool that needs only one of the two is told of the other by its first call.
        let nobody = Addresses::from(Address::Unix(Path::new("not-given").to_owned()));
        let connect = |addresses: &Option<Addresses>| {
            let addresses = addresses.as_ref().unwrap_or(&nobody);
            client(addresses, options.transport, &client_options)
        };
        Ok(Self {
            catalogue: Arc::new(connect(&options.catalogue)?),
            rent: Arc::new(connect(&options.rent)?),
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
            node: None,
        })
    }

    async fn closed(folder: DataFolder, media: MediaStore) -> Result<Self> {
        let node = Node::open(folder, media, NodeOptions::for_tools()).await?;
        let (catalogue, rent) = node.for_gateway()?;
        Ok(Self {
            catalogue,
            rent,
            node: Some(node),
        })
    }
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
    /// Whether there is a service token at all.
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
        // An empty one, of a secret that was not mounted say, would let everybody in.
        ensure!(
            token.len() >= TOKEN_MINIMUM_BYTES,
            "the service token {from} has {} characters, and needs {TOKEN_MINIMUM_BYTES}: make one with `dvs keys`",
            token.len()
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
}

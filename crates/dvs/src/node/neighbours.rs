//! How the roles of this process reach each other and the roles of other processes.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use api::catalogue::Catalogue;
use api::rent::Rent;
use lab::Services;
use rpc::{Address, Addresses, Client, ClientOptions, Transport};

use crate::{folder, reach};

/// How the roles of this process reach each other and the roles of other processes.
#[derive(Clone, Default)]
pub(super) struct Neighbours {
    pub(super) transport: Transport,
    pub(super) catalogue: Option<Addresses>,
    pub(super) rent: Option<Addresses>,
    pub(super) service_token: Option<Arc<str>>,
}

impl Neighbours {
    pub(super) fn catalogue(
        &self,
        own: Option<&Arc<dyn Catalogue>>,
        folder: &Path,
        who: &str,
    ) -> Result<Arc<dyn Catalogue>> {
        Ok(match own.filter(|_| self.transport == Transport::Local) {
            Some(own) => Arc::clone(own),
            None => Arc::new(self.client("catalogue", own.is_some(), &ClientOptions::default(), folder, who)?),
        })
    }

    pub(super) fn rent(&self, own: Option<&Arc<dyn Rent>>, folder: &Path, who: &str) -> Result<Arc<dyn Rent>> {
        Ok(match own.filter(|_| self.transport == Transport::Local) {
            Some(own) => Arc::clone(own),
            None => Arc::new(self.client("rent", own.is_some(), &ClientOptions::default(), folder, who)?),
        })
    }

    /// Clients of both services over one of the carriers; `own` says which of them run in this process.
    pub(super) fn over(
        &self,
        carrier: Transport,
        options: &ClientOptions,
        (own_catalogue, own_rent): (bool, bool),
        folder: &Path,
    ) -> Result<Services> {
        let over = Self {
            transport: carrier,
            ..self.clone()
        };
        let who = "the lab";
        Ok(Services {
            catalogue: Arc::new(over.client("catalogue", own_catalogue, options, folder, who)?),
            rent: Arc::new(over.client("rent", own_rent, options, folder, who)?),
        })
    }

    /// A client over a carrier, of a service in this process or of one elsewhere.
    fn client(&self, service: &str, is_own: bool, options: &ClientOptions, folder: &Path, who: &str) -> Result<Client> {
        if is_own {
            let socket = Address::Unix(folder::socket(folder, service));
            return reach::client(socket, self.transport, options);
        }
        let elsewhere = if service == "rent" { &self.rent } else { &self.catalogue };
        let address = elsewhere.as_ref().with_context(|| {
            format!("{who} needs the {service} service: run it here too (--role), or say where it is (--{service} URL)")
        })?;
        let transport = match self.transport {
            Transport::Local => Transport::Grpc,
            carrier => carrier,
        };
        let options = ClientOptions {
            service_token: self.service_token.clone(),
            ..options.clone()
        };
        reach::client(address, transport, &options)
    }
}

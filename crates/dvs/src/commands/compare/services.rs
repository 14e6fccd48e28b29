//! The store that is compared: its roles as processes of their own on this machine, with the generated titles.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use bench::Store;
use rpc::identity::Signer;
use store::OsRandomness;
use tempfile::TempDir;

use super::part::Part;
use crate::config::CompareOptions;
use crate::identity::random_key;
use crate::values::Key;

/// The three roles, a process each.
pub(super) struct Services {
    pub(super) store: Store,
    pub(super) gateway: String,
    parts: [Part; 3],
    data_dir: PathBuf,
    folder: TempDir,
}

impl Services {
    /// Opens a store. Its catalogue is kept between comparisons; its customers are not.
    pub(super) async fn start(options: &CompareOptions, titles: u32) -> Result<Self> {
        let data_dir = titles_dir(options, titles);
        let folder = tempfile::Builder::new().prefix("dvs-compare-").tempdir()?;
        let (identity, token) = (random_key(&OsRandomness), random_key(&OsRandomness).to_string());
        let public = Key(Signer::from_secret(&identity.0).verifier().public_key());
        let service_token = ("DVS_SERVICE_TOKEN", token.clone());
        let of_catalogue = [("DVS_IDENTITY_PUBLIC_KEY", public.to_string()), service_token.clone()];
        let (catalogue, catalogue_url) =
            Part::service(&["--role", "catalogue", "--lab"], &data_dir, &of_catalogue).await?;
        let of_rent = [("DVS_IDENTITY_KEY", identity.to_string()), service_token.clone()];
        let arguments = ["--role", "rent", "--lab", "--catalogue", &catalogue_url];
        let (rent, rent_url) = Part::service(&arguments, &folder.path().join("rent"), &of_rent).await?;
        let of_gateway = GatewayOptions {
            catalogue: &catalogue_url,
            rent: &rent_url,
            service_token: &token,
        };
        let (gateway, gateway_url) = of_gateway.open(&["--lab"], &folder.path().join("gateway")).await?;
        let parts = [catalogue, rent, gateway];
        let processes: Result<Vec<u32>> = parts.iter().map(Part::id).collect();
        Ok(Self {
            store: Store {
                catalogue: catalogue_url,
                rent: Some(rent_url),
                service_token: Some(token),
                titles,
                processes: processes?,
            },
            gateway: gateway_url,
            parts,
            data_dir,
            folder,
        })
    }

    /// Another gateway of the store, without the lab: with the lab, a gateway caches no sessions.
    pub(super) async fn shop(&self) -> Result<(Part, String)> {
        let store = &self.store;
        let gateway = GatewayOptions {
            catalogue: &store.catalogue,
            rent: store.rent.as_deref().unwrap_or_default(),
            service_token: store.service_token.as_deref().unwrap_or_default(),
        };
        gateway.open(&[], &self.folder.path().join("shop")).await
    }

    pub(super) async fn fill(&self, titles: u32) -> Result<()> {
        fill(&self.store, &self.data_dir, titles).await
    }

    /// Stops it, and returns the folder of its titles.
    pub(super) async fn stop(self) -> Result<PathBuf> {
        let [catalogue, rent, gateway] = self.parts;
        gateway.stop("the gateway").await?;
        rent.stop("the rent service").await?;
        catalogue.stop("the catalogue").await?;
        Ok(self.data_dir)
    }
}

struct GatewayOptions<'a> {
    catalogue: &'a str,
    rent: &'a str,
    service_token: &'a str,
}

impl GatewayOptions<'_> {
    async fn open(&self, more: &[&str], data_dir: &Path) -> Result<(Part, String)> {
        let arguments = ["--role", "gateway", "--catalogue", self.catalogue, "--rent", self.rent];
        let keys = [("DVS_SERVICE_TOKEN", self.service_token.to_owned())];
        Part::service(&[&arguments, more].concat(), data_dir, &keys).await
    }
}

/// The folder in which a catalogue with this many titles is kept.
pub(super) fn titles_dir(options: &CompareOptions, titles: u32) -> PathBuf {
    let cache = options.cache.clone().unwrap_or_else(|| options.output.join("titles"));
    cache.join(titles.to_string())
}

/// Fills a store with the titles, unless an earlier comparison did.
pub(super) async fn fill(store: &Store, data_dir: &Path, titles: u32) -> Result<()> {
    let mark = data_dir.join("filled");
    if !mark.exists() {
        bench::fill(store, titles).await?;
        fs::write(mark, titles.to_string())?;
    }
    Ok(())
}

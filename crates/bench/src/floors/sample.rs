//! Answers of the store, for its floors.

use std::sync::Arc;

use anyhow::{Context, Result};
use api::catalogue::{Catalogue, GetTitleRequest};
use prost::Message;
use rpc::Call;

use crate::cell::{Carrier, Cell, Work};
use crate::commands::Store;
use crate::connection_pool::clients;
use crate::floor::fetch;
use crate::records::one_record;
use crate::work::{Known, failed};

/// Answers of the store, so that floors can send the same bytes.
#[derive(Debug, Clone)]
pub struct Sample {
    pub ids: Vec<String>,
    /// The size of a request for a title, and the bytes of its answer.
    pub title_ask_bytes: usize,
    pub title: Vec<u8>,
    /// A message with one record; none if the store has no records.
    pub record: Option<Vec<u8>>,
}

impl Sample {
    pub async fn of(store: &Store) -> Result<Self> {
        let token = store.service_token.as_deref().map(Arc::from);
        let client = clients(
            &Cell::new(Work::Title, Carrier::Grpc),
            &store.catalogue,
            token.as_ref(),
            None,
        )?;
        let catalogue: &dyn Catalogue = client.first().context("a cell has a connection")?;
        let ids = Known::of(catalogue).await?.ids;
        let title_id = ids.first().cloned().context("the catalogue is empty")?;
        let request = GetTitleRequest { title_id };
        let title_ask_bytes = request.encoded_len();
        let title = catalogue.get_title(Call::by_service(request)).await.map_err(failed)?;
        Ok(Self {
            ids,
            title_ask_bytes,
            title: title.encode_to_vec(),
            record: one_record(catalogue).await,
        })
    }

    /// The title's page in the public API.
    pub async fn page(&self, gateway: &str, session: Option<&str>) -> Result<String> {
        let path = self.paths("/api/v1/titles/").swap_remove(0);
        Ok(fetch(gateway, &path, session).await?.body)
    }

    /// What the catalogue itself answers over REST.
    pub async fn twin(&self, catalogue: &str, path: &str) -> Result<String> {
        Ok(fetch(catalogue, path, None).await?.body)
    }

    pub(super) fn paths(&self, before: &str) -> Vec<String> {
        self.ids.iter().map(|id| format!("{before}{id}")).collect()
    }
}

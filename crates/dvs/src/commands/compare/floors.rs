//! The floors of a comparison: the processes that serve them, and what they send.

use std::path::Path;

use anyhow::Result;
use bench::{
    Apart, Depth, Driver, FloorAddresses, FloorResult, FloorSettings, Progress, RunJournal, Sample, Store, Together,
};
use store::OsRandomness;

use super::part::Part;
use super::services::{Services, fill};
use crate::identity::random_key;

/// Floors that are running; they end with their processes.
#[derive(Default)]
struct Floors(Vec<Part>);

impl Floors {
    async fn open(&mut self, settings: FloorSettings) -> Result<(FloorAddresses, u32)> {
        let (part, addresses) = Part::floor(&settings).await?;
        let id = part.id()?;
        self.0.push(part);
        Ok((addresses, id))
    }

    async fn answer(&mut self, answer: Vec<u8>) -> Result<(FloorAddresses, u32)> {
        self.open(FloorSettings {
            answer,
            ..FloorSettings::default()
        })
        .await
    }

    async fn page(&mut self, page: String) -> Result<(FloorAddresses, u32)> {
        self.open(FloorSettings {
            page,
            ..FloorSettings::default()
        })
        .await
    }
}

/// Floors next to a store whose roles are processes of their own.
pub(super) async fn apart(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    services: &Services,
    depth: Depth,
) -> Result<Vec<FloorResult>> {
    let store = &services.store;
    let (shop, gateway) = services.shop().await?;
    let sample = Sample::of(store).await?;
    let session = session(store).await?;
    let twin = format!("/v1/titles/{}", sample.ids[0]);
    let mut floors = Floors::default();
    let backends = [
        floors.open(FloorSettings::default()).await?,
        floors.open(FloorSettings::default()).await?,
    ];
    let (addresses, id) = floors
        .open(FloorSettings {
            page: sample.page(&gateway, Some(&session)).await?,
            asks: backends.iter().map(|(addresses, _)| addresses.grpc.clone()).collect(),
            ..FloorSettings::default()
        })
        .await?;
    let ids = backends.iter().map(|(_, id)| *id).chain([id]);
    let gateway_floor = (addresses, ids.collect());
    let title = FloorSettings {
        page: sample.twin(&store.catalogue, &twin).await?,
        answer: sample.title.clone(),
        ..FloorSettings::default()
    };
    let record = match &sample.record {
        None => None,
        Some(record) => Some(floors.answer(record.clone()).await?),
    };
    let apart = Apart {
        record,
        gateway: (gateway, [&store.processes[..], &[shop.id()?]].concat()),
        store: store.clone(),
        session,
        title: floors.open(title).await?,
        page: floors
            .page(sample.twin(&store.catalogue, bench::TWIN_PAGE).await?)
            .await?,
        search: floors
            .page(sample.twin(&store.catalogue, bench::TWIN_SEARCH).await?)
            .await?,
        sample,
        gateway_floor,
    };
    let found = bench::floors_apart(driver, journal, progress, &apart, depth).await?;
    shop.stop("the shop's gateway").await?;
    Ok(found)
}

/// Floors next to a store in one process.
pub(super) async fn together(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    (data_dir, titles): (&Path, u32),
    depth: Depth,
) -> Result<Vec<FloorResult>> {
    let (part, gateway) = Part::service(&[], data_dir, &[]).await?;
    let socket = |name: &str| format!("unix:{}", data_dir.join(name).display());
    let store = Store {
        catalogue: socket("catalogue.sock"),
        rent: Some(socket("rent.sock")),
        service_token: None,
        titles,
        processes: vec![part.id()?],
    };
    progress.now("filling the store in one process");
    fill(&store, data_dir, titles).await?;
    let sample = Sample::of(&store).await?;
    let session = session(&store).await?;
    let mut floors = Floors::default();
    let together = Together {
        process: part.id()?,
        guest: floors.page(sample.page(&gateway, None).await?).await?,
        signed_in: floors.page(sample.page(&gateway, Some(&session)).await?).await?,
        search: floors.page(sample.twin(&gateway, bench::TYPED_SEARCH).await?).await?,
        gateway,
        session,
        sample,
    };
    driver.turn(&store).await?;
    let found = bench::floors_together(driver, journal, progress, &together, depth).await?;
    part.stop("the store").await?;
    Ok(found)
}

/// The session of a new customer: the store keeps its customers between comparisons, so each needs another name.
async fn session(store: &Store) -> Result<String> {
    let name: String = random_key(&OsRandomness)
        .to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(20)
        .collect();
    let rent = store.rent.as_deref().unwrap_or_default();
    bench::session(rent, store.service_token.as_deref(), &name).await
}

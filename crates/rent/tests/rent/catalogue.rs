//! A catalogue in memory, with a few films whose prices a test sets.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use api::catalogue::{
    BatchGetTitlesRequest, BatchGetTitlesResponse, Collection, DeleteCollectionRequest, DeleteCollectionResponse,
    DeleteTitleRequest, DeleteTitleResponse, ExportTitlesRequest, GetCollectionRequest, GetMediaRequest,
    GetMediaStatusRequest, GetOfferRequest, GetPersonRequest, GetStoreLogoRequest, GetStoreSettingsRequest,
    GetTitleRequest, GetUnknownFilesRequest, ImportSummary, ImportTitlesRequest, ListCollectionsRequest,
    ListCollectionsResponse, ListRelatedTitlesRequest, ListRelatedTitlesResponse, ListTitleIdsRequest,
    ListTitleIdsResponse, ListUnplayableTitlesRequest, ListUnplayableTitlesResponse, MarkTitleOrderedRequest,
    MarkTitleOrderedResponse, MediaAsset, MediaStatus, Offer, OfferDetail, OfferKind, Person, PutCollectionRequest,
    SearchTitlesRequest, SearchTitlesResponse, SetMediaRequest, SetOfferRequest, SetStoreSettingsRequest,
    SetTitleHiddenRequest, SetTitleOrdersRequest, SetTitleOrdersResponse, StoreLogo, StoreSettings,
    SuggestTitlesRequest, SuggestTitlesResponse, Title, TitleBatch, TitleSummary, TitlesChanged, UnknownFiles,
    UploadMediaRequest, WatchStoreSettingsRequest, WatchTitlesRequest,
};
use api::catalogue::{CatalogueService, MediaService, SettingsService};
use api::lab::{
    ClockService, ExportRecordsRequest, ListRecordsRequest, MoveClockRequest, MoveClockResponse, RecordService,
};
use api::{Money, Records, Shared};
use async_trait::async_trait;
use rpc::{Call, Code, Fault, Stream};

pub(crate) const RENT_MINOR: i64 = 1490;
pub(crate) const BUY_MINOR: i64 = 3990;
pub(crate) const RUNTIME_MINUTES: i32 = 94;

/// Films `film-0` to `film-9`, each with the offers `rent-N` and `buy-N`.
pub(crate) struct Films {
    offers: Mutex<HashMap<String, OfferDetail>>,
    is_down: AtomicBool,
    /// Whether films have files that play.
    has_media: AtomicBool,
    /// The numbers of orders that rent has reported, one map for each report.
    told_orders: Mutex<Vec<BTreeMap<String, i32>>>,
    /// What the store says of itself.
    pub(crate) settings: Mutex<StoreSettings>,
}

impl Default for Films {
    fn default() -> Self {
        let offers = (0..10).flat_map(|number| [rental(number), purchase(number)]);
        let by_id = |detail: OfferDetail| (detail.offer.clone().unwrap().offer_id, detail);
        Self {
            offers: Mutex::new(offers.map(by_id).collect()),
            is_down: AtomicBool::new(false),
            has_media: AtomicBool::new(true),
            told_orders: Mutex::default(),
            settings: Mutex::new(StoreSettings {
                name: "Cine Clube".to_owned(),
                ..StoreSettings::default()
            }),
        }
    }
}

impl Films {
    pub(crate) fn change(&self, offer_id: &str, change: impl FnOnce(&mut Offer)) {
        let mut offers = self.offers.lock().unwrap();
        change(offers.get_mut(offer_id).unwrap().offer.as_mut().unwrap());
    }

    pub(crate) fn go_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
    }

    pub(crate) fn come_back(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }

    pub(crate) fn have_media(&self, has_media: bool) {
        self.has_media.store(has_media, Ordering::SeqCst);
    }

    pub(crate) fn told_orders(&self) -> Vec<BTreeMap<String, i32>> {
        self.told_orders.lock().unwrap().clone()
    }

    fn up(&self) -> rpc::Result<()> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Fault::unavailable("the test took the catalogue away"));
        }
        Ok(())
    }
}

fn rental(number: u8) -> OfferDetail {
    detail(number, "rent", OfferKind::Rent, RENT_MINOR, (720, 48))
}

fn purchase(number: u8) -> OfferDetail {
    detail(number, "buy", OfferKind::Buy, BUY_MINOR, (0, 0))
}

fn detail(number: u8, name: &str, kind: OfferKind, price_minor: i64, windows: (i32, i32)) -> OfferDetail {
    let offer = Offer {
        offer_id: format!("{name}-{number}"),
        title_id: format!("film-{number}"),
        kind: kind.into(),
        price: Some(Money {
            amount_minor: price_minor,
            currency_code: "BRL".to_owned(),
        }),
        start_window_hours: windows.0,
        viewing_window_hours: windows.1,
        ..Offer::default()
    };
    OfferDetail {
        offer: Some(offer),
        title_name: format!("Film {number}"),
        runtime_minutes: RUNTIME_MINUTES,
        playable: true,
        ..OfferDetail::default()
    }
}

fn not_asked<T>() -> rpc::Result<T> {
    Err(Fault::new(
        Code::Unimplemented,
        "NOT_ASKED",
        "Rent does not ask for this.",
    ))
}

#[async_trait]
impl CatalogueService for Films {
    async fn get_title(&self, _: Call<GetTitleRequest>) -> rpc::Result<Shared<Title>> {
        not_asked()
    }

    async fn batch_get_titles(&self, call: Call<BatchGetTitlesRequest>) -> rpc::Result<BatchGetTitlesResponse> {
        self.up()?;
        let offers = self.offers.lock().unwrap();
        let known = |id: &String| {
            offers
                .values()
                .any(|detail| detail.offer.as_ref().unwrap().title_id == *id)
        };
        let found = call.message.title_ids.into_iter().filter(known);
        let summary = |title_id| TitleSummary {
            title_id,
            ..TitleSummary::default()
        };
        Ok(BatchGetTitlesResponse {
            titles: found.map(summary).collect(),
        })
    }

    async fn list_title_ids(&self, _: Call<ListTitleIdsRequest>) -> rpc::Result<ListTitleIdsResponse> {
        not_asked()
    }

    async fn search_titles(&self, _: Call<SearchTitlesRequest>) -> rpc::Result<SearchTitlesResponse> {
        not_asked()
    }

    async fn suggest_titles(&self, _: Call<SuggestTitlesRequest>) -> rpc::Result<SuggestTitlesResponse> {
        not_asked()
    }

    async fn list_related_titles(&self, _: Call<ListRelatedTitlesRequest>) -> rpc::Result<ListRelatedTitlesResponse> {
        not_asked()
    }

    async fn get_person(&self, _: Call<GetPersonRequest>) -> rpc::Result<Person> {
        not_asked()
    }

    async fn get_collection(&self, _: Call<GetCollectionRequest>) -> rpc::Result<Collection> {
        not_asked()
    }

    async fn list_collections(&self, _: Call<ListCollectionsRequest>) -> rpc::Result<ListCollectionsResponse> {
        not_asked()
    }

    async fn put_collection(&self, _: Call<PutCollectionRequest>) -> rpc::Result<Collection> {
        not_asked()
    }

    async fn delete_collection(&self, _: Call<DeleteCollectionRequest>) -> rpc::Result<DeleteCollectionResponse> {
        not_asked()
    }

    async fn get_offer(&self, call: Call<GetOfferRequest>) -> rpc::Result<OfferDetail> {
        self.up()?;
        let found = self.offers.lock().unwrap().get(&call.message.offer_id).cloned();
        let playable = self.has_media.load(Ordering::SeqCst);
        let found = found.map(|detail| OfferDetail { playable, ..detail });
        found.ok_or_else(|| Fault::new(Code::NotFound, "OFFER_NOT_FOUND", "There is no such offer."))
    }

    async fn set_offer(&self, _: Call<SetOfferRequest>) -> rpc::Result<Offer> {
        not_asked()
    }

    async fn set_title_orders(&self, call: Call<SetTitleOrdersRequest>) -> rpc::Result<SetTitleOrdersResponse> {
        self.up()?;
        let orders = call.message.titles.into_iter();
        let orders = orders.map(|title| (title.title_id, title.orders)).collect();
        self.told_orders.lock().unwrap().push(orders);
        Ok(SetTitleOrdersResponse {})
    }

    async fn export_titles(&self, _: Call<ExportTitlesRequest>) -> rpc::Result<Stream<TitleBatch>> {
        not_asked()
    }

    async fn watch_titles(&self, _: Call<WatchTitlesRequest>) -> rpc::Result<Stream<TitlesChanged>> {
        not_asked()
    }

    async fn import_titles(&self, _: Call<Stream<ImportTitlesRequest>>) -> rpc::Result<ImportSummary> {
        not_asked()
    }

    async fn set_title_hidden(&self, _: Call<SetTitleHiddenRequest>) -> rpc::Result<Title> {
        not_asked()
    }

    async fn delete_title(&self, _: Call<DeleteTitleRequest>) -> rpc::Result<DeleteTitleResponse> {
        not_asked()
    }

    async fn mark_title_ordered(&self, _: Call<MarkTitleOrderedRequest>) -> rpc::Result<MarkTitleOrderedResponse> {
        self.up()?;
        Ok(MarkTitleOrderedResponse {})
    }
}

#[async_trait]
impl MediaService for Films {
    async fn list_unplayable_titles(
        &self,
        _: Call<ListUnplayableTitlesRequest>,
    ) -> rpc::Result<ListUnplayableTitlesResponse> {
        not_asked()
    }

    async fn get_unknown_files(&self, _: Call<GetUnknownFilesRequest>) -> rpc::Result<UnknownFiles> {
        not_asked()
    }

    async fn get_media(&self, call: Call<GetMediaRequest>) -> rpc::Result<MediaAsset> {
        self.up()?;
        if !self.has_media.load(Ordering::SeqCst) {
            return Err(Fault::new(
                Code::NotFound,
                "MEDIA_NOT_FOUND",
                "There is nothing to play.",
            ));
        }
        Ok(MediaAsset {
            title_id: call.message.title_id,
            ..MediaAsset::default()
        })
    }

    async fn get_media_status(&self, _: Call<GetMediaStatusRequest>) -> rpc::Result<MediaStatus> {
        not_asked()
    }

    async fn set_media(&self, _: Call<SetMediaRequest>) -> rpc::Result<MediaAsset> {
        not_asked()
    }

    async fn upload_media(&self, _: Call<Stream<UploadMediaRequest>>) -> rpc::Result<MediaAsset> {
        not_asked()
    }
}

#[async_trait]
impl SettingsService for Films {
    async fn get_store_settings(&self, _: Call<GetStoreSettingsRequest>) -> rpc::Result<StoreSettings> {
        self.up()?;
        Ok(self.settings.lock().unwrap().clone())
    }

    async fn watch_store_settings(&self, _: Call<WatchStoreSettingsRequest>) -> rpc::Result<Stream<StoreSettings>> {
        not_asked()
    }

    async fn get_store_logo(&self, _: Call<GetStoreLogoRequest>) -> rpc::Result<StoreLogo> {
        not_asked()
    }

    async fn set_store_settings(&self, _: Call<SetStoreSettingsRequest>) -> rpc::Result<StoreSettings> {
        not_asked()
    }
}

#[async_trait]
impl RecordService for Films {
    async fn list_records(&self, _: Call<ListRecordsRequest>) -> rpc::Result<Records> {
        not_asked()
    }

    async fn export_records(&self, _: Call<ExportRecordsRequest>) -> rpc::Result<Stream<Records>> {
        not_asked()
    }
}

#[async_trait]
impl ClockService for Films {
    async fn move_clock(&self, _: Call<MoveClockRequest>) -> rpc::Result<MoveClockResponse> {
        not_asked()
    }
}

//! A catalogue of two films.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use api::catalogue::*;
use api::catalogue::{CatalogueService, MediaService};
use api::lab::{
    ClockService, ExportRecordsRequest, ListRecordsRequest, MoveClockRequest, MoveClockResponse, RecordService,
};
use api::{Money, Records, Shared};
use async_trait::async_trait;
use futures::StreamExt;
use rpc::{Authority, Call, Code, Fault, Result, Stream};
use tokio::sync::watch;

use super::{LIMITE, NOSFERATU, START_US, Silence};

pub(crate) struct FakeCatalogue {
    pub(crate) titles: Mutex<BTreeMap<String, Title>>,
    pub(crate) media: Mutex<BTreeMap<String, MediaAsset>>,
    pub(crate) collections: Mutex<Vec<Collection>>,
    pub(crate) last_search: Mutex<SearchTitlesRequest>,
    pub(crate) is_down: AtomicBool,
    /// Its exports begin and then send nothing.
    pub(crate) never_exports: AtomicBool,
    pub(crate) silence: Silence,
    /// What the store says of itself, and how it changes.
    pub(crate) settings: watch::Sender<StoreSettings>,
}

pub(crate) fn money(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency_code: "BRL".to_owned(),
    }
}

fn offer(title_id: &str, kind: OfferKind, amount_minor: i64) -> Offer {
    let hours = |hours| if kind == OfferKind::Rent { hours } else { 0 };
    Offer {
        offer_id: format!("offer-{amount_minor}"),
        title_id: title_id.to_owned(),
        kind: kind.into(),
        price: Some(money(amount_minor)),
        start_window_hours: hours(720),
        viewing_window_hours: hours(48),
        ..Offer::default()
    }
}

fn title(title_id: &str, name: &str, year: i32) -> Title {
    let text = |language: &str, text: &str| LocalizedText {
        language: language.to_owned(),
        text: text.to_owned(),
    };
    Title {
        title_id: title_id.to_owned(),
        name: name.to_owned(),
        original_name: format!("{name} (original)"),
        localized_names: vec![text("pt-BR", &format!("{name} em português"))],
        year,
        runtime_minutes: 94,
        genres: vec!["horror".to_owned()],
        directors: vec![Credit {
            person_id: "murnau".to_owned(),
            name: "F. W. Murnau".to_owned(),
        }],
        synopses: vec![text("en", "A ship comes."), text("pt-BR", "Chega um navio.")],
        offers: vec![
            offer(title_id, OfferKind::Rent, 1490),
            offer(title_id, OfferKind::Buy, 3990),
        ],
        has_media: true,
        playable: true,
        ..Title::default()
    }
}

fn summary(title: &Title) -> TitleSummary {
    TitleSummary {
        title_id: title.title_id.clone(),
        name: title.name.clone(),
        localized_names: title.localized_names.clone(),
        year: title.year,
        runtime_minutes: title.runtime_minutes,
        genres: title.genres.clone(),
        director: title.directors[0].name.clone(),
        image_url: title.image_url.clone(),
        age_rating: title.age_rating.clone(),
        offers: title.offers.clone(),
        playable: title.playable,
        is_hidden: title.is_hidden,
    }
}

fn unknown(reason: &'static str) -> Fault {
    Fault::new(Code::NotFound, reason, "There is no such thing.")
}

impl FakeCatalogue {
    pub(crate) fn new() -> Self {
        let titles = [title(NOSFERATU, "Nosferatu", 1922), title(LIMITE, "Limite", 1931)];
        Self {
            titles: Mutex::new(titles.map(|title| (title.title_id.clone(), title)).into()),
            media: Mutex::default(),
            collections: Mutex::default(),
            last_search: Mutex::default(),
            is_down: AtomicBool::new(false),
            never_exports: AtomicBool::new(false),
            silence: Silence::default(),
            settings: watch::Sender::new(StoreSettings {
                name: "Cine Clube".to_owned(),
                ..StoreSettings::default()
            }),
        }
    }

    /// Gives Nosferatu a film.
    pub(crate) fn add_film(&self, location: &str, size_bytes: i64) {
        let film = MediaObject {
            name: "film.mp4".to_owned(),
            location: location.to_owned(),
            content_type: "video/mp4".to_owned(),
            size_bytes,
            role: MediaRole::Film.into(),
            ..MediaObject::default()
        };
        let asset = MediaAsset {
            title_id: NOSFERATU.to_owned(),
            objects: vec![film],
            ..MediaAsset::default()
        };
        self.media.lock().unwrap().insert(NOSFERATU.to_owned(), asset);
    }

    /// Replaces Nosferatu's film; the earlier one is kept for viewers.
    pub(crate) fn replace_film(&self, location: &str, size_bytes: i64) {
        let mut media = self.media.lock().unwrap();
        let asset = media.get_mut(NOSFERATU).unwrap();
        let mut new = asset.objects[0].clone();
        asset.objects[0].replaced = true;
        location.clone_into(&mut new.location);
        new.size_bytes = size_bytes;
        asset.objects.insert(0, new);
    }

    /// Adds a WebVTT track to Nosferatu's film.
    pub(crate) fn add_track(&self, name: &str, location: &str, role: MediaRole, language: &str) {
        let track = MediaObject {
            name: name.to_owned(),
            location: location.to_owned(),
            content_type: "text/vtt".to_owned(),
            size_bytes: 1,
            role: role.into(),
            language: language.to_owned(),
            label: language.to_uppercase(),
            replaced: false,
        };
        let mut media = self.media.lock().unwrap();
        media.get_mut(NOSFERATU).unwrap().objects.push(track);
    }

    fn all(&self) -> Result<BTreeMap<String, Title>> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(Fault::unavailable("connection refused by 10.1.2.3"));
        }
        Ok(self.titles.lock().unwrap().clone())
    }
}

#[async_trait]
impl CatalogueService for FakeCatalogue {
    async fn get_title(&self, call: Call<GetTitleRequest>) -> Result<Shared<Title>> {
        let title = self.all()?.remove(&call.message.title_id);
        title.map(Shared::from).ok_or_else(|| unknown("TITLE_NOT_FOUND"))
    }

    async fn batch_get_titles(&self, call: Call<BatchGetTitlesRequest>) -> Result<BatchGetTitlesResponse> {
        self.silence.meet(&call.context)?;
        let all = self.all()?;
        let found = call.message.title_ids.iter().filter_map(|id| all.get(id));
        let titles = found.map(summary).collect();
        Ok(BatchGetTitlesResponse { titles })
    }

    async fn list_title_ids(&self, call: Call<ListTitleIdsRequest>) -> Result<ListTitleIdsResponse> {
        let ListTitleIdsRequest { page_size, after } = call.message;
        let all = self.all()?;
        let entries = all.keys().filter(|id| **id > after).map(|id| TitleEntry {
            title_id: id.clone(),
            created_at_us: START_US,
        });
        Ok(ListTitleIdsResponse {
            titles: entries.take(usize::try_from(page_size).unwrap()).collect(),
        })
    }

    async fn search_titles(&self, call: Call<SearchTitlesRequest>) -> Result<SearchTitlesResponse> {
        let titles: Vec<_> = self.all()?.values().map(summary).collect();
        if call.message.prices == ["cheap"] {
            let message = "This is no price band.";
            return Err(Fault::new(Code::InvalidArgument, "INVALID_ARGUMENT", message).with_field("prices", message));
        }
        *self.last_search.lock().unwrap() = call.message;
        let genres = vec![FacetCount {
            value: "horror".to_owned(),
            count: 2,
        }];
        Ok(SearchTitlesResponse {
            total_size: 2,
            titles,
            facets: Some(Facets {
                genres,
                ..Facets::default()
            }),
            next_page_token: String::new(),
        })
    }

    async fn suggest_titles(&self, _call: Call<SuggestTitlesRequest>) -> Result<SuggestTitlesResponse> {
        let suggestions = self.all()?.into_values().map(|title| Suggestion {
            title_id: title.title_id,
            name: title.name,
            year: title.year,
            localized_names: title.localized_names,
            image_url: title.image_url,
        });
        let suggestions = suggestions.collect();
        Ok(SuggestTitlesResponse { suggestions })
    }

    async fn list_related_titles(&self, call: Call<ListRelatedTitlesRequest>) -> Result<ListRelatedTitlesResponse> {
        let all = self.all()?;
        let others = all.values().filter(|title| title.title_id != call.message.title_id);
        let titles = others.map(|title| RelatedTitle {
            title: Some(summary(title)),
            relation: Relation::Director.into(),
            name: "F. W. Murnau".to_owned(),
        });
        let titles = titles.collect();
        Ok(ListRelatedTitlesResponse { titles })
    }

    async fn get_person(&self, call: Call<GetPersonRequest>) -> Result<Person> {
        assert_ne!(call.message.person_id, "orlok", "he must not be named");
        if call.message.person_id != "murnau" {
            return Err(unknown("PERSON_NOT_FOUND"));
        }
        Ok(Person {
            person_id: call.message.person_id,
            name: "F. W. Murnau".to_owned(),
            directed: self.all()?.values().map(summary).collect(),
            acted: Vec::new(),
        })
    }

    async fn get_collection(&self, call: Call<GetCollectionRequest>) -> Result<Collection> {
        self.all()?;
        let asked = call.message.collection_id;
        let mut all = self.collections.lock().unwrap().clone().into_iter();
        all.find(|collection| collection.collection_id == asked)
            .ok_or_else(|| unknown("COLLECTION_NOT_FOUND"))
    }

    async fn list_collections(&self, _call: Call<ListCollectionsRequest>) -> Result<ListCollectionsResponse> {
        self.all()?;
        Ok(ListCollectionsResponse {
            collections: self.collections.lock().unwrap().clone(),
            next_page_token: String::new(),
        })
    }

    async fn put_collection(&self, _call: Call<PutCollectionRequest>) -> Result<Collection> {
        panic!("the gateway puts no collections together")
    }

    async fn delete_collection(&self, _call: Call<DeleteCollectionRequest>) -> Result<DeleteCollectionResponse> {
        panic!("the gateway deletes no collections")
    }

    async fn get_offer(&self, _call: Call<GetOfferRequest>) -> Result<OfferDetail> {
        Err(unknown("OFFER_NOT_FOUND"))
    }

    async fn set_offer(&self, _call: Call<SetOfferRequest>) -> Result<Offer> {
        panic!("the gateway sets no offers")
    }

    async fn set_title_orders(&self, _: Call<SetTitleOrdersRequest>) -> Result<SetTitleOrdersResponse> {
        Err(rpc::Fault::internal("the gateway tells nothing of orders"))
    }

    async fn export_titles(&self, call: Call<ExportTitlesRequest>) -> Result<Stream<TitleBatch>> {
        assert_eq!(call.context.authority, Authority::Service);
        if self.never_exports.load(Ordering::Relaxed) {
            return Ok(Box::pin(futures::stream::pending()));
        }
        let titles: Vec<_> = self.all()?.into_values().collect();
        let size = usize::try_from(call.message.batch_size).unwrap();
        let batches: Vec<_> = titles.chunks(size).map(<[_]>::to_vec).collect();
        let batch = |titles: Vec<Title>| {
            let input = |title: Title| TitleInput {
                name: title.name,
                year: title.year,
                ..TitleInput::default()
            };
            Ok(TitleBatch {
                titles: titles.into_iter().map(input).collect(),
                ..TitleBatch::default()
            })
        };
        Ok(Box::pin(futures::stream::iter(batches).map(batch)))
    }

    async fn watch_titles(&self, call: Call<WatchTitlesRequest>) -> Result<Stream<TitlesChanged>> {
        let seen = call.message.after_revision.max(7);
        let begins = TitlesChanged {
            revision: seen,
            ..TitlesChanged::default()
        };
        let next = TitlesChanged {
            titles: self.all()?.values().map(summary).collect(),
            revision: seen + 1,
            ..TitlesChanged::default()
        };
        let changes = futures::stream::iter([Ok(begins), Ok(next)]);
        Ok(Box::pin(changes.chain(futures::stream::pending())))
    }

    async fn import_titles(&self, _call: Call<Stream<ImportTitlesRequest>>) -> Result<ImportSummary> {
        panic!("the gateway imports nothing")
    }

    async fn set_title_hidden(&self, _call: Call<SetTitleHiddenRequest>) -> Result<Title> {
        panic!("the gateway hides nothing")
    }

    async fn delete_title(&self, _call: Call<DeleteTitleRequest>) -> Result<DeleteTitleResponse> {
        panic!("the gateway deletes nothing")
    }

    async fn mark_title_ordered(&self, _call: Call<MarkTitleOrderedRequest>) -> Result<MarkTitleOrderedResponse> {
        panic!("the gateway orders nothing of the catalogue")
    }
}

#[async_trait]
impl MediaService for FakeCatalogue {
    async fn list_unplayable_titles(
        &self,
        _call: Call<ListUnplayableTitlesRequest>,
    ) -> Result<ListUnplayableTitlesResponse> {
        panic!("the gateway sells nothing by itself")
    }

    async fn get_unknown_files(&self, _call: Call<GetUnknownFilesRequest>) -> Result<UnknownFiles> {
        panic!("the gateway removes nothing")
    }

    async fn get_media(&self, call: Call<GetMediaRequest>) -> Result<MediaAsset> {
        assert_eq!(call.context.authority, Authority::Service);
        let media = self.media.lock().unwrap();
        media
            .get(&call.message.title_id)
            .cloned()
            .ok_or_else(|| unknown("MEDIA_NOT_FOUND"))
    }

    async fn get_media_status(&self, _call: Call<GetMediaStatusRequest>) -> Result<MediaStatus> {
        panic!("the gateway does not ask what is wrong with a film")
    }

    async fn set_media(&self, _call: Call<SetMediaRequest>) -> Result<MediaAsset> {
        panic!("the gateway adds no media")
    }

    async fn upload_media(&self, _call: Call<Stream<UploadMediaRequest>>) -> Result<MediaAsset> {
        panic!("the gateway uploads nothing")
    }
}

#[async_trait]
impl RecordService for FakeCatalogue {
    async fn list_records(&self, _call: Call<ListRecordsRequest>) -> Result<Records> {
        panic!("the gateway lists records over its own carriers")
    }

    async fn export_records(&self, _call: Call<ExportRecordsRequest>) -> Result<Stream<Records>> {
        panic!("the gateway exports records over its own carriers")
    }
}

#[async_trait]
impl ClockService for FakeCatalogue {
    async fn move_clock(&self, _call: Call<MoveClockRequest>) -> Result<MoveClockResponse> {
        panic!("the gateway moves no clock")
    }
}

//! The catalogue that the tests run on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use api::Money;
use api::catalogue::{
    CatalogueService as _, GetTitleRequest, ImportRow, ImportSummary, ImportTitlesRequest, MediaAsset,
    MediaService as _, OfferInput, OfferKind, SearchTitlesRequest, SearchTitlesResponse, Title, TitleInput,
    UploadMediaRequest,
};
use catalogue::{CatalogueService, Options};
use object_store::memory::InMemory;
use rpc::identity::{Identity, Signer};
use rpc::{Call, Edge};
use store::testing::{ManualClock, SeededRandomness};
use store::{Clock, Db, ShiftedClock, TimeOrderedIds};
use tempfile::TempDir;

/// Each process has its own seed for randomness.
static SEEDS: AtomicU64 = AtomicU64::new(1922);

/// A process that serves the catalogue: its service, and a folder of its own for the index.
pub(crate) struct Shop {
    pub(crate) service: Arc<Edge<CatalogueService>>,
    /// The same service without its edge, for the workers that run next to the calls.
    pub(crate) catalogue: Arc<CatalogueService>,
    pub(crate) blobs: Arc<InMemory>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) signer: Signer,
    pub(crate) folder: TempDir,
}

/// How a store is opened. Most tests use titles without files.
struct How {
    is_lab: bool,
    sells_without_film: bool,
    /// Whether no other process serves the same catalogue.
    is_sole_process: bool,
    /// The blob store, if several processes share one.
    blobs: Option<Arc<InMemory>>,
}

impl Default for How {
    fn default() -> Self {
        Self {
            is_lab: true,
            sells_without_film: true,
            is_sole_process: false,
            blobs: None,
        }
    }
}

impl Shop {
    pub(crate) async fn open(db: &Db) -> Self {
        Self::open_in(db, tempfile::tempdir().unwrap()).await
    }

    /// Opens it with the index in this folder.
    pub(crate) async fn open_in(db: &Db, folder: TempDir) -> Self {
        Self::open_as(db, folder, How::default()).await
    }

    /// Opens it like a store that was started without `--lab`.
    pub(crate) async fn open_without_lab(db: &Db) -> Self {
        let how = How {
            is_lab: false,
            ..How::default()
        };
        Self::open_as(db, tempfile::tempdir().unwrap(), how).await
    }

    /// Opens it like a store that sells only what it can play.
    pub(crate) async fn open_selling_films(db: &Db) -> Self {
        Self::open_beside(db, Arc::default()).await
    }

    /// Opens another process of such a store, with the same files.
    pub(crate) async fn open_beside(db: &Db, blobs: Arc<InMemory>) -> Self {
        let how = How {
            sells_without_film: false,
            blobs: Some(blobs),
            ..How::default()
        };
        Self::open_as(db, tempfile::tempdir().unwrap(), how).await
    }

    /// Opens it again with its files, as the only process of its store.
    pub(crate) async fn open_alone(db: &Db, blobs: Arc<InMemory>) -> Self {
        let how = How {
            is_sole_process: true,
            blobs: Some(blobs),
            ..How::default()
        };
        Self::open_as(db, tempfile::tempdir().unwrap(), how).await
    }

    async fn open_as(db: &Db, folder: TempDir, how: How) -> Self {
        let clock = Arc::new(ManualClock::default());
        let signer = Signer::from_secret(&[7; 32]);
        let randomness = SeededRandomness::new(SEEDS.fetch_add(1, Ordering::Relaxed));
        let ids = TimeOrderedIds::new(clock.clone(), Arc::new(randomness));
        let blobs = how.blobs.unwrap_or_default();
        let service = CatalogueService::open(Options {
            db: db.clone(),
            index_folder: folder.path().join("search"),
            blobs: blobs.clone(),
            blobs_folder: None,
            is_sole_process: how.is_sole_process,
            clock: clock.clone(),
            ids: Arc::new(ids),
            verifier: signer.verifier(),
            lab: how.is_lab.then(|| Arc::new(ShiftedClock::new(clock.clone()))),
            sells_without_film: how.sells_without_film,
        });
        let service = service.await.unwrap();
        let access = service.access();
        Self {
            service: Arc::new(Edge::new(service.clone()).with_access(access)),
            catalogue: service,
            blobs,
            clock,
            signer,
            folder,
        }
    }

    /// A call by a signed-in customer.
    pub(crate) fn by_customer<T>(&self, message: T) -> Call<T> {
        let identity = Identity {
            customer_id: "ana".to_owned(),
            session_id: "session".to_owned(),
            staff: false,
            permissions: Vec::new(),
            signed_at_us: self.clock.now_us(),
            expires_at_us: self.clock.now_us() + 60_000_000,
        };
        let mut call = Call::new(message, rpc::Context::default());
        call.context.identity = Some(self.signer.sign(&identity).unwrap().into());
        call
    }

    pub(crate) async fn import(&self, titles: Vec<TitleInput>) -> ImportSummary {
        let rows = (1..).zip(titles).map(|(row, title)| ImportRow {
            row,
            title: Some(title),
        });
        let request = ImportTitlesRequest {
            rows: rows.collect(),
            ..ImportTitlesRequest::default()
        };
        self.service
            .import_titles(Call::by_service(said([request])))
            .await
            .unwrap()
    }

    pub(crate) async fn search(&self, request: SearchTitlesRequest) -> SearchTitlesResponse {
        self.service.search_titles(by_guest(request)).await.unwrap()
    }

    pub(crate) async fn named(&self, query: &str) -> Vec<String> {
        let found = self.search(words(query)).await;
        found.titles.into_iter().map(|title| title.name).collect()
    }

    /// The number of titles.
    pub(crate) async fn len(&self) -> usize {
        let found = self.search(SearchTitlesRequest::default()).await;
        usize::try_from(found.total_size).unwrap()
    }

    pub(crate) async fn id_of(&self, query: &str) -> String {
        self.search(words(query)).await.titles.remove(0).title_id
    }

    pub(crate) async fn title(&self, query: &str) -> Title {
        let title_id = self.id_of(query).await;
        self.service
            .get_title(by_guest(GetTitleRequest { title_id }))
            .await
            .unwrap()
            .into_inner()
    }
}

/// Uploads the demonstration's film, which browsers play, in two pieces.
pub(crate) async fn upload_film(shop: &Shop, title_id: &str) -> MediaAsset {
    upload_bytes(shop, title_id, catalogue::DEMONSTRATION_FILM)
        .await
        .unwrap()
}

/// Uploads a film of these bytes.
pub(crate) async fn upload_bytes(shop: &Shop, title_id: &str, bytes: &[u8]) -> rpc::Result<MediaAsset> {
    shop.service
        .upload_media(Call::by_service(said(pieces(title_id, bytes))))
        .await
}

/// The messages that upload a film, in two pieces.
pub(crate) fn pieces(title_id: &str, bytes: &[u8]) -> [UploadMediaRequest; 2] {
    let (start, rest) = bytes.split_at(bytes.len() / 2);
    let first = UploadMediaRequest {
        title_id: title_id.to_owned(),
        name: "film.mp4".to_owned(),
        content_type: "video/mp4".to_owned(),
        bytes: start.to_vec(),
        ..UploadMediaRequest::default()
    };
    let second = UploadMediaRequest {
        bytes: rest.to_vec(),
        ..UploadMediaRequest::default()
    };
    [first, second]
}

/// A call with a stream of messages.
pub(crate) fn said<T: Send + 'static>(
    messages: impl IntoIterator<Item = T, IntoIter: Send + 'static>,
) -> rpc::Stream<T> {
    Box::pin(futures::stream::iter(messages.into_iter().map(Ok)))
}

pub(crate) fn by_guest<T>(message: T) -> Call<T> {
    Call::new(message, rpc::Context::default())
}

pub(crate) fn words(query: &str) -> SearchTitlesRequest {
    SearchTitlesRequest {
        query: query.to_owned(),
        ..SearchTitlesRequest::default()
    }
}

pub(crate) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

pub(crate) fn film(name: &str, year: i32) -> TitleInput {
    TitleInput {
        source: "test".to_owned(),
        source_id: format!("{name} {year}"),
        name: name.to_owned(),
        year,
        ..TitleInput::default()
    }
}

pub(crate) fn limite() -> TitleInput {
    TitleInput {
        countries: texts(&["BR"]),
        directors: texts(&["Mário Peixoto"]),
        cast: texts(&["Olga Breno", "Taciana Rei"]),
        genres: texts(&["Drama"]),
        offers: vec![rental(590)],
        ..film("Limite", 1931)
    }
}

pub(crate) fn reais(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency_code: "BRL".to_owned(),
    }
}

pub(crate) fn rental(amount_minor: i64) -> OfferInput {
    OfferInput {
        kind: OfferKind::Rent.into(),
        price: Some(reais(amount_minor)),
        ..OfferInput::default()
    }
}

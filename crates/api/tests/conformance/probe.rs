//! A catalogue that does what a title's id tells it to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::catalogue::*;
use rpc::{Call, Code, Context, Fault, Result};
use tokio::sync::Semaphore;

/// Every code a service may answer.
pub(crate) const CODES: [Code; 13] = [
    Code::InvalidArgument,
    Code::Unauthenticated,
    Code::PermissionDenied,
    Code::NotFound,
    Code::AlreadyExists,
    Code::FailedPrecondition,
    Code::Aborted,
    Code::ResourceExhausted,
    Code::Cancelled,
    Code::DeadlineExceeded,
    Code::Unavailable,
    Code::Unimplemented,
    Code::Internal,
];

/// The service, and what it saw.
pub(crate) struct Probe {
    context: Mutex<Context>,
    started: Semaphore,
    stopped: Arc<Semaphore>,
}

impl Probe {
    pub(crate) fn new() -> Self {
        Self {
            context: Mutex::default(),
            started: Semaphore::new(0),
            stopped: Arc::new(Semaphore::new(0)),
        }
    }

    /// The context of the last call for the title `context`.
    pub(crate) fn context(&self) -> Context {
        self.context.lock().unwrap().clone()
    }

    /// Waits until a call that never ends has begun.
    pub(crate) async fn work_started(&self) {
        within_a_second(self.started.acquire()).await.unwrap().forget();
    }

    /// Waits until the work of a call that never ends was dropped.
    pub(crate) async fn work_stopped(&self) {
        within_a_second(self.stopped.acquire()).await.unwrap().forget();
    }
}

async fn within_a_second<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(1), work).await.unwrap()
}

struct Work(Arc<Semaphore>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

fn probed(code: Code) -> Fault {
    Fault::new(code, "PROBED", "Ação: a probed fault.")
        .with_field("title_id", "says so")
        .with_metadata("order_id", "7")
        .with_retry_after(Duration::from_secs(2))
        .with_private("secret")
}

fn unused<T>() -> Result<T> {
    Err(Fault::new(Code::Unimplemented, "UNUSED", "No case asks for this."))
}

#[rpc::generated::async_trait]
impl Catalogue for Probe {
    async fn get_title(&self, call: Call<GetTitleRequest>) -> Result<Title> {
        let title_id = call.message.title_id;
        if let Some(name) = title_id.strip_prefix("fault:") {
            return Err(probed(CODES.into_iter().find(|code| code.name() == name).unwrap()));
        }
        match title_id.as_str() {
            "panic" => panic!("a probed panic"),
            "context" => *self.context.lock().unwrap() = call.context,
            "forever" => {
                let _work = Work(Arc::clone(&self.stopped));
                self.started.add_permits(1);
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        let offer = Offer {
            kind: OfferKind::Buy.into(),
            available_until_us: i64::MAX,
            ..Offer::default()
        };
        let name = if title_id == "large" {
            "x".repeat(rpc::MESSAGE_LIMIT_BYTES)
        } else {
            String::new()
        };
        Ok(Title {
            title_id,
            name,
            offers: vec![offer],
            ..Title::default()
        })
    }

    async fn search_titles(&self, call: Call<SearchTitlesRequest>) -> Result<SearchTitlesResponse> {
        Ok(SearchTitlesResponse {
            next_page_token: format!("{:?}", call.message),
            ..SearchTitlesResponse::default()
        })
    }

    async fn set_offer(&self, call: Call<SetOfferRequest>) -> Result<Offer> {
        let SetOfferRequest {
            title_id, kind, price, ..
        } = call.message;
        Ok(Offer {
            title_id,
            kind,
            price,
            ..Offer::default()
        })
    }

    async fn set_media(&self, call: Call<SetMediaRequest>) -> Result<MediaAsset> {
        let SetMediaRequest { title_id, objects } = call.message;
        Ok(MediaAsset { title_id, objects })
    }

    async fn batch_get_titles(&self, _: Call<BatchGetTitlesRequest>) -> Result<BatchGetTitlesResponse> {
        unused()
    }

    async fn suggest_titles(&self, _: Call<SuggestTitlesRequest>) -> Result<SuggestTitlesResponse> {
        unused()
    }

    async fn list_related_titles(&self, _: Call<ListRelatedTitlesRequest>) -> Result<ListRelatedTitlesResponse> {
        unused()
    }

    async fn get_person(&self, _: Call<GetPersonRequest>) -> Result<Person> {
        unused()
    }

    async fn get_offer(&self, _: Call<GetOfferRequest>) -> Result<OfferDetail> {
        unused()
    }

    async fn import_titles(&self, _: Call<ImportTitlesRequest>) -> Result<ImportSummary> {
        unused()
    }

    async fn get_media(&self, _: Call<GetMediaRequest>) -> Result<MediaAsset> {
        unused()
    }

    async fn move_clock(&self, _: Call<MoveClockRequest>) -> Result<MoveClockResponse> {
        unused()
    }
}

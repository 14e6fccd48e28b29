//! What the store says about itself: its terms, and what it does with data. Built in as models, until whoever runs the
//! store puts their own in the folder of `--words-dir`.

use std::io;
use std::path::Path as Folder;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use languages::Language;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::Path;
use crate::language::Languages;
use crate::problem::Problem;
use crate::request::Anybody;
use crate::store_profile::StoreProfile;

/// A longer text is cut; nobody reads it anyway.
const LIMIT_BYTES: u64 = 256 * 1024;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(get_words))
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WordsName {
    Terms,
    Privacy,
}

/// A text of the store.
#[derive(Debug, Serialize, ToSchema)]
struct Words {
    language: String,
    /// Markdown: headings, paragraphs, lists and links. What stands in square brackets is still to be filled in.
    text: String,
}

/// The store's terms, or what it does with data
#[utoipa::path(
    get,
    path = "/api/v1/words/{name}",
    tag = "store",
    params(("name" = inline(WordsName), Path), ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The text.", body = Words)),
)]
async fn get_words(
    State(gateway): State<Arc<Gateway>>,
    languages: Languages,
    Anybody(context): Anybody,
    Path(name): Path<WordsName>,
) -> Result<Json<Words>, Problem> {
    let language = languages.spoken();
    let profile = gateway.profile.get(&context).await;
    let own = match &gateway.settings.words_dir {
        Some(folder) => read(folder, name, language).await?,
        None => None,
    };
    Ok(Json(Words {
        language: language.tag().to_owned(),
        text: fill(own.as_deref().unwrap_or_else(|| model(name, language)), &profile),
    }))
}

/// A text with the store's settings where it names them: `{legal_name|[Name of the company]}` is the setting, or what
/// follows the bar where it is not set.
fn fill(text: &str, profile: &StoreProfile) -> String {
    let name = Some(profile.name.clone());
    let settings = [
        ("{name|", &name),
        ("{legal_name|", &profile.legal_name),
        ("{address|", &profile.address),
        ("{tax_id|", &profile.tax_id),
        ("{contact_email|", &profile.contact_email),
    ];
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let named = settings
            .iter()
            .find_map(|(opening, value)| Some((rest.strip_prefix(opening)?, *value)));
        let place = named.and_then(|(behind, value)| Some((behind.split_once('}')?, value)));
        if let Some(((unset, behind), value)) = place {
            filled.push_str(value.as_deref().unwrap_or(unset));
            rest = behind;
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled + rest
}

/// The operator's own text; none where there is no such file.
async fn read(folder: &Folder, name: WordsName, language: Language) -> Result<Option<String>, Problem> {
    let path = folder.join(format!("{}.{}.md", name.as_str(), language.tag()));
    let mut text = String::new();
    let read = async {
        File::open(&path)
            .await?
            .take(LIMIT_BYTES)
            .read_to_string(&mut text)
            .await
    };
    match read.await {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "a text of the store cannot be read");
            Err(Problem::internal())
        }
    }
}

/// The text that is built in: every language has both.
fn model(name: WordsName, language: Language) -> &'static str {
    language
        .file(&format!("gateway/{}.md", name.as_str()))
        .unwrap_or_default()
}

impl WordsName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
        }
    }
}

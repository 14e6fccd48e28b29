//! The filter of an export. The options name countries, languages and genres in words; the catalogue uses codes, and
//! the genres of its films.

use anyhow::{Context, Result};
use api::catalogue::{Catalogue, ExportTitlesRequest, SearchTitlesRequest};
use rpc::Call;

use crate::commands::told;
use crate::config::ExportOptions;
use crate::import::{country, fold, language};

/// The request for the films that the options select.
pub(crate) async fn request(catalogue: &dyn Catalogue, options: &ExportOptions) -> Result<ExportTitlesRequest> {
    let countries = options.countries.iter().map(|name| {
        let code = country(name).map(ToOwned::to_owned);
        code.with_context(|| format!("there is no country {name:?}: write such as BR or Brazil"))
    });
    let languages = options.languages.iter().map(|name| {
        language(name).with_context(|| format!("there is no language {name:?}: write such as pt or Portuguese"))
    });
    Ok(ExportTitlesRequest {
        genres: genres(catalogue, &options.genres).await?,
        decades: options.decades.iter().map(|decade| decade.first_year).collect(),
        countries: countries.collect::<Result<_>>()?,
        languages: languages.collect::<Result<_>>()?,
        batch_size: options.batch_size,
        ..ExportTitlesRequest::default()
    })
}

/// The genres as the films spell them, in whatever case the option is written.
async fn genres(catalogue: &dyn Catalogue, wanted: &[String]) -> Result<Vec<String>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let request = SearchTitlesRequest {
        page_size: 1,
        ..SearchTitlesRequest::default()
    };
    let answer = catalogue.search_titles(Call::by_service(request)).await;
    let facets = answer.map_err(|fault| told(&fault))?.facets.unwrap_or_default();
    let known = facets.genres.into_iter().map(|genre| genre.value);
    let known: Vec<_> = known.collect();
    let found = wanted.iter().map(|wanted| {
        let genre = known.iter().find(|genre| fold(genre) == fold(wanted)).cloned();
        genre.with_context(|| format!("no film has the genre {wanted:?}: there are {}", known.join(", ")))
    });
    found.collect()
}

/// Whether the options select only some films.
pub(crate) fn is_given(request: &ExportTitlesRequest) -> bool {
    let words = [&request.genres, &request.countries, &request.languages];
    !request.decades.is_empty() || words.iter().any(|words| !words.is_empty())
}

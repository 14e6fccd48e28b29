//! Finds the film that a command's argument names.

use anyhow::{Result, ensure};
use api::Shared;
use api::catalogue::{Catalogue, GetTitleRequest, SearchTitlesRequest, Title};
use rpc::{Call, Code};

use crate::commands::told;
use crate::titles;

/// The most films of one answer to a search.
const PAGE: i32 = 100;
/// The most films of one name that are listed.
const TOLD: usize = 20;

/// The title with this id, or the only one with this name, or this name and year.
pub(crate) async fn find(catalogue: &dyn Catalogue, text: &str) -> Result<Title> {
    if let Some(title) = by_id(catalogue, text).await? {
        return Ok(title);
    }
    let wanted = Wanted::of(text);
    let id = match search(catalogue, &wanted).await?.as_slice() {
        [id] => Some(id.clone()),
        // Searches neither find hidden films nor return the source of a film, so all films are read.
        _ => look_through(catalogue, &wanted, text).await?,
    };
    let title = match id {
        Some(id) => by_id(catalogue, &id).await?,
        None => None,
    };
    title.ok_or_else(|| anyhow::anyhow!("no title has the id or the name {text:?}: see `dvs title list`"))
}

/// A name from the command line, perhaps with a year behind it: `Limite (1931)`.
struct Wanted {
    whole: String,
    name: String,
    year: Option<i32>,
}

impl Wanted {
    fn of(text: &str) -> Self {
        let year = |text: &str| {
            let (name, year) = text.trim_end().strip_suffix(')')?.rsplit_once('(')?;
            Some((name.trim_end().to_lowercase(), year.parse().ok()?))
        };
        let whole = text.to_lowercase();
        match year(text) {
            Some((name, year)) => Self {
                whole,
                name,
                year: Some(year),
            },
            None => Self {
                name: whole.clone(),
                whole,
                year: None,
            },
        }
    }

    fn is(&self, name: &str, year: i32) -> bool {
        let name = name.to_lowercase();
        // A film may have parentheses in its name.
        name == self.whole || self.year == Some(year) && name == self.name
    }
}

async fn by_id(catalogue: &dyn Catalogue, title_id: &str) -> Result<Option<Title>> {
    let request = GetTitleRequest {
        title_id: title_id.to_owned(),
    };
    match catalogue.get_title(Call::by_service(request)).await {
        Ok(title) => Ok(Some(Shared::into_inner(title))),
        Err(fault) if fault.code == Code::NotFound => Ok(None),
        Err(fault) => Err(told(&fault)),
    }
}

async fn search(catalogue: &dyn Catalogue, wanted: &Wanted) -> Result<Vec<String>> {
    let request = SearchTitlesRequest {
        query: wanted.name.clone(),
        page_size: PAGE,
        ..SearchTitlesRequest::default()
    };
    let answer = catalogue.search_titles(Call::by_service(request)).await;
    let titles = answer.map_err(|fault| told(&fault))?.titles.into_iter();
    let found = titles.filter(|title| wanted.is(&title.name, title.year));
    Ok(found.map(|title| title.title_id).collect())
}

/// The only film that is wanted; if there are several, the error lists each with what distinguishes it.
async fn look_through(catalogue: &dyn Catalogue, wanted: &Wanted, text: &str) -> Result<Option<String>> {
    let mut found = Vec::new();
    titles::each(catalogue, |title| {
        if wanted.is(&title.name, title.year) {
            let of = format!(
                "\n  {} ({}, {:?} of {:?})",
                title.title_id, title.year, title.source_id, title.source
            );
            found.push((title.title_id, of));
        }
        Ok(())
    })
    .await?;
    let each: String = found.iter().take(TOLD).map(|(_, of)| of.as_str()).collect();
    ensure!(
        found.len() < 2,
        "several titles are called {text:?}; give the id of one:{each}"
    );
    Ok(found.pop().map(|(id, _)| id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_its_year_behind_it() {
        for (text, name, year, is_meant) in [
            ("Limite", "Limite", 1931, true),
            ("limite (1931)", "Limite", 1931, true),
            ("Limite (1931)", "Limite", 1932, false),
            ("Limite(1931) ", "Limite", 1931, true),
            ("Limite (1931)", "Limite II", 1931, false),
            ("(500) Days (Part 1)", "(500) Days (Part 1)", 2009, true),
            ("Blow (1999)", "Blow (1999)", 2001, true),
            ("(1999)", "Limite", 1999, false),
        ] {
            assert_eq!(Wanted::of(text).is(name, year), is_meant, "{text}: {name} ({year})");
        }
    }
}

//! The commands, one file each.

pub(crate) mod collection;
pub(crate) mod compare;
pub(crate) mod demonstration;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod folder;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod lab;
pub(crate) mod media;
pub(crate) mod migrate;
pub(crate) mod offer;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod staff;
pub(crate) mod study;
pub(crate) mod title;
mod unplayable;

use std::fmt::Display;
use std::io::Write;

use anyhow::{Result, ensure};
use api::Shared;
use api::catalogue::{Catalogue, GetTitleRequest, SearchTitlesRequest, Title};
use rpc::{Call, Code, Fault};

/// Writes one line of a tool's answer.
pub(crate) fn say(line: impl Display) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// A fault as a person reads it: each field that is wrong, or the one sentence.
pub(crate) fn told(fault: &Fault) -> anyhow::Error {
    if fault.fields().is_empty() {
        return anyhow::anyhow!("{} ({})", fault.message, fault.reason);
    }
    let fields: Vec<_> = fault
        .fields()
        .iter()
        .map(|field| match field.field.as_str() {
            // A whole file, which has just been named.
            "bytes" => field.message.clone(),
            name => format!("{name}: {}", field.message),
        })
        .collect();
    anyhow::anyhow!("{}", fields.join("; "))
}

/// The title with this id, or the only one with this name.
pub(crate) async fn find(catalogue: &dyn Catalogue, title: &str) -> Result<Title> {
    let by_id = GetTitleRequest {
        title_id: title.to_owned(),
    };
    match catalogue.get_title(Call::by_service(by_id)).await {
        Err(fault) if fault.code == Code::NotFound => {}
        answer => return answer.map(Shared::into_inner).map_err(|fault| told(&fault)),
    }
    let by_name = SearchTitlesRequest {
        query: title.to_owned(),
        page_size: 100,
        ..SearchTitlesRequest::default()
    };
    let found = catalogue.search_titles(Call::by_service(by_name)).await;
    let mut found = found.map_err(|fault| told(&fault))?.titles;
    found.retain(|found| found.name.to_lowercase() == title.to_lowercase());
    ensure!(!found.is_empty(), "no title has the id or the name {title:?}");
    let ids: Vec<_> = found
        .iter()
        .map(|found| format!("{} ({})", found.title_id, found.year))
        .collect();
    ensure!(
        ids.len() == 1,
        "several titles are called {title:?}; give the id of one: {}",
        ids.join(", ")
    );
    let by_id = GetTitleRequest {
        title_id: found.remove(0).title_id,
    };
    catalogue
        .get_title(Call::by_service(by_id))
        .await
        .map(Shared::into_inner)
        .map_err(|fault| told(&fault))
}

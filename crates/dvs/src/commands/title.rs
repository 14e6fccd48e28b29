//! `dvs title list|hide|show|delete`: the films of the store, and whether customers see them.

use anyhow::Result;
use api::catalogue::{DeleteTitleRequest, SetTitleHiddenRequest, TitleInput};
use rpc::Call;

use crate::commands::{find, note, say, told};
use crate::config::{TitleListOptions, TitleOptions};
use crate::reach::{Missing, StoreConnection};
use crate::titles;

/// Lists the films whose name contains the text, or all of them. The columns are separated by tabs.
pub(crate) async fn list(options: TitleListOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs title list", Missing::Refuse).await?;
    let wanted = options.name.as_deref().unwrap_or_default().to_lowercase();
    let mut listed = 0_u64;
    let told = titles::each(store.catalogue().await?, |title| {
        if !title.name.to_lowercase().contains(&wanted) {
            return Ok(());
        }
        listed += 1;
        say(line(&title))
    });
    let told = told.await;
    store.close().await;
    told?;
    if listed > 0 {
        return Ok(());
    }
    match options.name {
        Some(name) => note(format_args!("No film has {name:?} in its name.")),
        None => note("There are no films yet: dvs import FILE"),
    }
}

fn line(title: &TitleInput) -> String {
    let state = if title.is_hidden { "\thidden" } else { "" };
    format!(
        "{}\t{}\t{}\t{}\t{}{state}",
        title.title_id, title.name, title.year, title.source, title.source_id
    )
}

pub(crate) async fn hide(options: TitleOptions, hidden: bool) -> Result<()> {
    let tool = if hidden { "dvs title hide" } else { "dvs title show" };
    let store = StoreConnection::open_with(&options.store, &options.media, tool, Missing::Refuse).await?;
    let set = async {
        let catalogue = store.catalogue().await?;
        let title_id = find(catalogue, &options.title).await?.title_id;
        let request = SetTitleHiddenRequest { title_id, hidden };
        let answer = catalogue.set_title_hidden(Call::by_service(request)).await;
        answer.map_err(|fault| told(&fault))
    };
    let title = set.await;
    store.close().await;
    let title = title?;
    let state = if title.is_hidden {
        "hidden: it is not found, listed or sold, and those who have it keep it"
    } else {
        "shown"
    };
    say(format_args!("{:?} ({}) is {state}", title.name, title.year))
}

pub(crate) async fn delete(options: TitleOptions) -> Result<()> {
    let store = StoreConnection::open_with(&options.store, &options.media, "dvs title delete", Missing::Refuse).await?;
    let delete = async {
        let catalogue = store.catalogue().await?;
        let title = find(catalogue, &options.title).await?;
        let request = DeleteTitleRequest {
            title_id: title.title_id.clone(),
        };
        let answer = catalogue.delete_title(Call::by_service(request)).await;
        Ok::<_, anyhow::Error>((title, answer.map_err(|fault| told(&fault))?))
    };
    let deleted = delete.await;
    store.close().await;
    let (title, deleted) = deleted?;
    let state = if deleted.is_kept {
        "hidden and not deleted: it was sold, and stays with its buyers"
    } else {
        "deleted"
    };
    say(format_args!("{:?} ({}) is {state}", title.name, title.year))
}

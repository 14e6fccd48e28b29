//! `dvs title hide|show|delete`: what customers see of a film.

use anyhow::Result;
use api::catalogue::{DeleteTitleRequest, SetTitleHiddenRequest};
use rpc::Call;

use crate::commands::{find, say, told};
use crate::config::TitleOptions;
use crate::reach::{Missing, StoreConnection};

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

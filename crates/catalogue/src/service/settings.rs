//! The settings, as their contract has them.

use api::catalogue::{self as messages, SettingsService};
use async_trait::async_trait;
use futures::stream;
use rpc::Call;

use super::{CatalogueService, WATCHER_PATIENCE, wire};
use crate::fault::Fault;
use crate::settings::changes::SettingsChanges;
use crate::settings::{keeping, store as settings};

#[async_trait]
impl SettingsService for CatalogueService {
    async fn get_store_settings(
        &self,
        _call: Call<messages::GetStoreSettingsRequest>,
    ) -> rpc::Result<messages::StoreSettings> {
        let kept = settings::find(&self.db).await.map_err(Fault::from)?;
        Ok(wire::store_settings(kept))
    }

    async fn watch_store_settings(
        &self,
        _call: Call<messages::WatchStoreSettingsRequest>,
    ) -> rpc::Result<rpc::Stream<messages::StoreSettings>> {
        let watch = SettingsChanges {
            db: self.db.clone(),
            followed: self.follower.followed(),
            seen: None,
        };
        let changes = stream::try_unfold(watch, |mut watch| async move {
            let kept = watch.next().await?;
            Ok(Some((wire::store_settings(kept), watch)))
        });
        Ok(rpc::patient(Box::pin(changes), WATCHER_PATIENCE))
    }

    async fn get_store_logo(&self, call: Call<messages::GetStoreLogoRequest>) -> rpc::Result<messages::StoreLogo> {
        let (content_type, image) = keeping::logo(&self.db, &call.message.hash).await?;
        Ok(messages::StoreLogo { content_type, image })
    }

    async fn set_store_settings(
        &self,
        call: Call<messages::SetStoreSettingsRequest>,
    ) -> rpc::Result<messages::StoreSettings> {
        let (stated, fields, only_unset) = wire::set_store_settings(call.message);
        let kept = keeping::set(&self.db, &self.feed, &stated, &fields, only_unset).await?;
        self.follower.catch_up().await?;
        Ok(wire::store_settings(kept))
    }
}

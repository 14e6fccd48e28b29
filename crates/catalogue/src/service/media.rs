//! The films of titles, as their contract has them.

use api::catalogue::{self as messages, MediaService};
use async_trait::async_trait;
use futures::StreamExt;
use rpc::Call;

use super::CatalogueService;

#[async_trait]
impl MediaService for CatalogueService {
    async fn list_unplayable_titles(
        &self,
        call: Call<messages::ListUnplayableTitlesRequest>,
    ) -> rpc::Result<messages::ListUnplayableTitlesResponse> {
        Ok(self.unplayable_titles(&call.message).await?)
    }

    async fn get_media(&self, call: Call<messages::GetMediaRequest>) -> rpc::Result<messages::MediaAsset> {
        Ok(self.media(&call.message.title_id).await?)
    }

    async fn get_media_status(
        &self,
        call: Call<messages::GetMediaStatusRequest>,
    ) -> rpc::Result<messages::MediaStatus> {
        Ok(self.media_status(&call.message.title_id).await?)
    }

    async fn get_unknown_files(
        &self,
        _: Call<messages::GetUnknownFilesRequest>,
    ) -> rpc::Result<messages::UnknownFiles> {
        Ok(self.unknown_files().await?)
    }

    async fn set_media(&self, call: Call<messages::SetMediaRequest>) -> rpc::Result<messages::MediaAsset> {
        Ok(self.put_media(call.message).await?)
    }

    async fn upload_media(
        &self,
        mut call: Call<rpc::Stream<messages::UploadMediaRequest>>,
    ) -> rpc::Result<messages::MediaAsset> {
        let first = call.message.next().await.transpose()?.unwrap_or_default();
        let rest = call.message.map(|message| Ok(message?.bytes));
        Ok(self.receive(first, rest).await?)
    }
}

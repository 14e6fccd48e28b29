//! What the store says of itself, in a catalogue that a test changes.

use std::sync::atomic::Ordering;

use api::catalogue::*;
use async_trait::async_trait;
use futures::stream;
use rpc::{Call, Code, Fault, Result, Stream};

use super::FakeCatalogue;

/// The one logo that there is, by its hash.
pub(crate) const LOGO: (&str, &[u8]) = ("0f343b0931126a20f133d67c2b018a3b", b"a picture");

fn expect_up(catalogue: &FakeCatalogue) -> Result<()> {
    if catalogue.is_down.load(Ordering::Relaxed) {
        return Err(Fault::unavailable("connection refused by 10.1.2.3"));
    }
    Ok(())
}

#[async_trait]
impl SettingsService for FakeCatalogue {
    async fn get_store_settings(&self, call: Call<GetStoreSettingsRequest>) -> Result<StoreSettings> {
        self.silence.meet(&call.context)?;
        expect_up(self)?;
        Ok(self.settings.borrow().clone())
    }

    async fn watch_store_settings(&self, _call: Call<WatchStoreSettingsRequest>) -> Result<Stream<StoreSettings>> {
        expect_up(self)?;
        let mut settings = self.settings.subscribe();
        settings.mark_changed();
        Ok(Box::pin(stream::unfold(settings, |mut settings| async move {
            settings.changed().await.ok()?;
            let present = settings.borrow_and_update().clone();
            Some((Ok(present), settings))
        })))
    }

    async fn get_store_logo(&self, call: Call<GetStoreLogoRequest>) -> Result<StoreLogo> {
        let (hash, image) = LOGO;
        if call.message.hash != hash {
            return Err(Fault::new(Code::NotFound, "LOGO_NOT_FOUND", "There is no such logo."));
        }
        Ok(StoreLogo {
            content_type: "image/png".to_owned(),
            image: image.to_vec(),
        })
    }

    async fn set_store_settings(&self, _call: Call<SetStoreSettingsRequest>) -> Result<StoreSettings> {
        panic!("the gateway changes no settings")
    }
}

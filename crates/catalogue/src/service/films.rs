//! The films of titles: receives them, and reports which titles have no playable film and why.

use api::catalogue::{
    ListUnplayableTitlesRequest, ListUnplayableTitlesResponse, MediaAsset, MediaStatus, SetMediaRequest, UnknownFiles,
    UploadMediaRequest,
};
use futures::future::ready;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use uuid::Uuid;

use super::{CatalogueService, wire};
use crate::fault::{Fault, Result};
use crate::media::store::assets as media;
use crate::media::store::assets::FilmFile;
use crate::media::store::files;
use crate::media::sweep;
use crate::media::upload;
use crate::media::upload::Received;
use crate::media::{MediaObject, Role, SalePolicy, check};
use crate::title::assets;
use crate::title::store::titles;

/// How many titles are read at once to find those that cannot be ordered, and how many files are checked at the same time.
const LOOKED_INTO: i64 = 500;
const LOOKED_INTO_AT_ONCE: usize = 16;

impl CatalogueService {
    /// Whether a title's film can be played, so that the title can be ordered. Reads the database and the blob store,
    /// not the cache: the film may have been removed a moment ago.
    pub(super) async fn is_playable(&self, title: Uuid) -> Result<bool> {
        if self.sale == SalePolicy::WithoutFilm {
            return Ok(true);
        }
        match media::film(&self.db, title).await? {
            Some(film) => Ok(self.amiss(&film).await?.is_none()),
            None => Ok(false),
        }
    }

    /// What is wrong with a film's file in the blob store, for staff. An operator may have removed it there, or restored only a part of it.
    async fn amiss(&self, film: &FilmFile) -> Result<Option<String>> {
        let size = match self.blobs.head(&Path::from(film.location.as_str())).await {
            Ok(found) => i64::try_from(found.size).unwrap_or(i64::MAX),
            Err(object_store::Error::NotFound { .. }) => {
                return Ok(Some("Its file is not in the media store.".to_owned()));
            }
            Err(error) => return Err(error.into()),
        };
        let whole = film.size_bytes;
        let amiss = || format!("Its file in the media store has {size} bytes; when it was taken in it had {whole}.");
        Ok((size != whole).then(amiss))
    }

    /// How many files the last listing of the blob store found that this catalogue does not know, and when they are removed.
    pub(super) async fn unknown_files(&self) -> Result<UnknownFiles> {
        let (file_count, first_us, last_us) = files::count_unknown(&self.db).await?;
        let removed_at_us = |found_at_us| {
            if file_count > 0 {
                sweep::removed_at_us(found_at_us)
            } else {
                0
            }
        };
        Ok(UnknownFiles {
            file_count,
            first_removed_at_us: removed_at_us(first_us),
            last_removed_at_us: removed_at_us(last_us),
        })
    }

    /// A page of the titles that have offers but no film to play.
    pub(super) async fn unplayable_titles(
        &self,
        request: &ListUnplayableTitlesRequest,
    ) -> Result<ListUnplayableTitlesResponse> {
        let (after, limit) = wire::unplayable_page(request)?;
        if self.sale == SalePolicy::WithoutFilm {
            return Ok(ListUnplayableTitlesResponse::default());
        }
        let (mut listed, mut after) = (Vec::new(), after);
        loop {
            let offered = media::offered_films(&self.db, after, LOOKED_INTO).await?;
            let Some((last, _)) = offered.last() else { break };
            after = *last;
            let looked = stream::iter(offered).map(async |(title, film)| {
                let found = match film {
                    Some(film) => self.amiss(&film).await?.map(Some),
                    None => Some(None),
                };
                Ok::<_, Fault>(found.map(|amiss| (title, amiss)))
            });
            // Collects all of them before the next await: a buffered stream that is not polled stops its requests half-way.
            let looked: Vec<_> = looked.buffered(LOOKED_INTO_AT_ONCE).try_collect().await?;
            for (title, amiss) in looked.into_iter().flatten() {
                let reason = match amiss {
                    Some(reason) => reason,
                    None => self.why_unplayable(title).await?,
                };
                let found = titles::find(&self.db, &[title]).await?;
                listed.extend(found.iter().map(|title| wire::unplayable(title, reason.clone())));
                if listed.len() == limit {
                    return Ok(ListUnplayableTitlesResponse { titles: listed });
                }
            }
        }
        Ok(ListUnplayableTitlesResponse { titles: listed })
    }

    /// Why a title has no playable film.
    async fn why_unplayable(&self, title: Uuid) -> Result<String> {
        let objects = media::of_title(&self.db, title).await?;
        let film = objects.into_iter().find(|object| object.role == Role::Film);
        Ok(film.map_or_else(|| "There is no film to play.".to_owned(), |film| film.unplayable))
    }

    /// The objects that play a title, and those that played it before, for customers who are still watching them.
    pub(super) async fn media(&self, title_id: &str) -> Result<MediaAsset> {
        let title = wire::id(title_id).ok_or(Fault::TitleNotFound)?;
        let objects = media::of_title(&self.db, title).await?;
        let replaced = files::replaced(&self.db, title).await?;
        if !objects.iter().any(MediaObject::is_playable_film) {
            self.title(title_id).await?;
            return Err(Fault::MediaNotFound);
        }
        let objects = objects.into_iter().filter(|object| object.unplayable.is_empty());
        Ok(wire::media_asset(title, objects.collect(), replaced))
    }

    /// The state of a title's film, for staff.
    pub(super) async fn media_status(&self, title_id: &str) -> Result<MediaStatus> {
        let title = self.title(title_id).await?;
        let objects = media::of_title(&self.db, title.id).await?;
        let film = objects.iter().find(|object| object.role == Role::Film);
        let amiss = match film {
            Some(film) => self.amiss(&FilmFile::of(film)).await?,
            None => None,
        };
        Ok(wire::media_status(title.id, &objects, amiss.as_deref()))
    }

    /// Replaces a title's objects by objects that are in the blob store already. Films among them are probed.
    pub(super) async fn put_media(&self, request: SetMediaRequest) -> Result<MediaAsset> {
        let title = wire::id(&request.title_id).ok_or(Fault::TitleNotFound)?;
        let objects = request.objects.into_iter().filter(|object| !object.replaced);
        let objects = objects.map(wire::media_object).collect();
        let mut objects = check(objects)?;
        for object in &mut objects {
            let found = self.blobs.head(&Path::from(object.location.as_str())).await;
            let found = found.map_err(|error| match error {
                object_store::Error::NotFound { .. } => Fault::invalid(
                    "location",
                    format!("There is no file at {} in the media store.", object.location),
                ),
                error => error.into(),
            })?;
            object.size_bytes = i64::try_from(found.size).unwrap_or(i64::MAX);
            if object.role == Role::Film {
                let probe = upload::look_into(&self.blobs, object).await?;
                object.unplayable = probe.unplayable().unwrap_or_default();
                object.probe = Some(probe);
            }
        }
        let keep_until_us = sweep::keep_until_us(self.clock.now_us());
        assets::put(&self.db, &self.feed, title, &objects, keep_until_us).await?;
        self.follower.catch_up().await?;
        Ok(wire::media_asset(title, objects, Vec::new()))
    }

    /// Receives a film or a track, and makes it the title's once it is complete and was probed. An object that it
    /// replaces is kept for customers who are watching it.
    pub(super) async fn receive(
        &self,
        first: UploadMediaRequest,
        rest: impl Stream<Item = rpc::Result<Vec<u8>>> + Send,
    ) -> Result<MediaAsset> {
        let title = self.title(&first.title_id).await?.id;
        let object = wire::uploaded(&first, title, self.ids.next()).check()?;
        let location = object.location.clone();
        let bytes = stream::once(ready(Ok(first.bytes))).chain(rest);
        files::begin_upload(&self.db, &location, self.clock.now_us()).await?;
        let receive = self.take_in(title, object, bytes, first.sell_anyway);
        let received = tokio::select! {
            received = receive => received,
            Err(fault) = self.renew(&location) => Err(fault),
        };
        match received {
            Ok((received, objects)) => {
                self.follower.catch_up().await?;
                let mut asset = wire::media_asset(title, objects, Vec::new());
                asset.notes = notes(&received);
                Ok(asset)
            }
            Err(fault) => {
                self.give_up(&location).await;
                Err(fault)
            }
        }
    }

    async fn take_in(
        &self,
        title: Uuid,
        object: MediaObject,
        bytes: impl Stream<Item = rpc::Result<Vec<u8>>> + Send,
        sell_anyway: bool,
    ) -> Result<(Received, Vec<MediaObject>)> {
        let mut received = if object.role == Role::Film {
            upload::film(&self.blobs, object, bytes).await?
        } else {
            let objects = media::of_title(&self.db, title).await?;
            let film = objects
                .iter()
                .find(|object| object.role == Role::Film)
                .ok_or(Fault::MediaNotFound)?;
            upload::track(&self.blobs, object, film.duration_ms(), bytes).await?
        };
        // A renewal, so that the lease does not run out before the transaction below ends the upload.
        if !files::renew_upload(&self.db, &received.object.location, self.clock.now_us()).await? {
            return Err(Fault::UploadGivenUp);
        }
        if sell_anyway {
            received.object.unplayable.clear();
        }
        let keep_until_us = sweep::keep_until_us(self.clock.now_us());
        let objects = assets::put_one(&self.db, &self.feed, title, &received.object, keep_until_us).await?;
        Ok((received, objects))
    }

    /// Renews the lease of an upload at intervals; returns only when the upload was given up.
    async fn renew(&self, location: &str) -> Result<()> {
        loop {
            tokio::time::sleep(sweep::RENEWAL).await;
            match files::renew_upload(&self.db, location, self.clock.now_us()).await {
                Ok(true) => {}
                Ok(false) => return Err(Fault::UploadGivenUp),
                // The lease outlasts several renewals, so the next one may succeed.
                Err(error) => tracing::debug!(%error, "an upload could not be renewed"),
            }
        }
    }

    /// Removes a file that was received in vain. If that fails, the sweeper removes it later.
    async fn give_up(&self, location: &str) {
        let removed = self.blobs.delete(&Path::from(location)).await;
        match removed {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {
                if let Err(error) = files::forget_upload(&self.db, location).await {
                    tracing::debug!(%error, "an upload that ended is forgotten later");
                }
            }
            Err(error) => tracing::debug!(%error, "a file that was uploaded in vain is swept later"),
        }
    }
}

/// The notes about a received file for the person who uploads it.
fn notes(received: &Received) -> Vec<String> {
    let mut notes = received.notes.clone();
    let Some(probe) = &received.object.probe else {
        return notes;
    };
    notes.push(wire::described(probe));
    match (probe.unplayable(), received.object.unplayable.is_empty()) {
        (Some(reason), true) => notes.push(format!("{reason} It is sold all the same.")),
        (Some(reason), false) => notes.push(format!("{reason} The film is not sold: --sell-anyway sells it.")),
        (None, _) => {}
    }
    notes
}

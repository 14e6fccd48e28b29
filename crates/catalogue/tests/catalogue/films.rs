//! Films' files: uploaded and probed, replaced while customers watch them, and removed when nothing plays them.

use api::catalogue::{
    GetMediaRequest, GetMediaStatusRequest, GetUnknownFilesRequest, MediaAsset, MediaService as _, MediaState,
    MediaStatus, SetMediaRequest, UnknownFiles, UploadMediaRequest,
};
use catalogue::{DEMONSTRATION_FILM, MIGRATIONS};
use futures::future::pending;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rpc::{Call, Code, Fault};
use store::{Clock, Db};
use tokio::sync::oneshot;

use crate::world::{Shop, by_guest, film, limite, pieces, said, upload_bytes, upload_film};

store::each_engine!(
    MIGRATIONS:
    a_film_comes_whole_or_not_at_all,
    a_film_that_browsers_do_not_play_is_kept_and_not_sold,
    a_good_film_stays_when_what_comes_is_worse,
    a_replaced_film_is_kept_for_those_who_watch_it_and_then_goes,
    an_interrupted_upload_is_removed_once_its_process_is_dead,
    a_process_that_is_alone_removes_what_its_predecessor_left,
    an_upload_that_was_given_up_changes_nothing,
    what_was_unknown_for_days_is_removed_and_nothing_else,
    a_file_that_becomes_known_again_is_not_removed_later,
    media_are_set_to_films_that_are_there,
);

const HOUR_US: i64 = 3_600_000_000;

async fn stored(shop: &Shop) -> Vec<Path> {
    let found: Vec<_> = shop.blobs.list(None).try_collect().await.unwrap();
    let mut found: Vec<_> = found.into_iter().map(|object| object.location).collect();
    found.sort();
    found
}

fn location(asset: &MediaAsset) -> Path {
    Path::from(asset.objects[0].location.as_str())
}

/// A shop that sells films, with a title, and its id.
async fn shop(db: &Db) -> (Shop, String) {
    let shop = Shop::open_selling_films(db).await;
    shop.import(vec![limite()]).await;
    let title_id = shop.id_of("limite").await;
    (shop, title_id)
}

async fn media(shop: &Shop, title_id: &str) -> rpc::Result<MediaAsset> {
    let request = GetMediaRequest {
        title_id: title_id.to_owned(),
    };
    shop.service.get_media(by_guest(request)).await
}

async fn status(shop: &Shop, title_id: &str) -> MediaStatus {
    let request = GetMediaStatusRequest {
        title_id: title_id.to_owned(),
    };
    shop.service.get_media_status(Call::by_service(request)).await.unwrap()
}

/// The demonstration's film with an index that says that it is HEVC.
fn hevc() -> Vec<u8> {
    let mut film = DEMONSTRATION_FILM.to_vec();
    let entry = film.windows(4).rposition(|kind| kind == b"avc1").unwrap();
    film[entry..entry + 4].copy_from_slice(b"hev1");
    film
}

async fn a_film_comes_whole_or_not_at_all(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let cut_film = &DEMONSTRATION_FILM[..DEMONSTRATION_FILM.len() - 1000];
    for (bytes, reason) in [
        (b"not a film at all".as_slice(), "neither an MP4 nor a WebM file"),
        (b"", "The file is empty."),
        (b"\xff\xd8\xff\xe0 a picture", "a JPEG picture"),
        (&DEMONSTRATION_FILM[..60], "cut off"),
        (cut_film, "cut off"),
    ] {
        let refused = upload_bytes(&shop, &title_id, bytes).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "bytes");
        assert!(refused.message.contains(reason), "{}", refused.message);
    }
    let cut = Fault::new(Code::Unavailable, "CUT", "The line was cut.");
    let messages = pieces(&title_id, DEMONSTRATION_FILM)
        .into_iter()
        .map(Ok)
        .chain([Err(cut)]);
    let call = Call::by_service(Box::pin(stream::iter(messages.collect::<Vec<_>>())) as rpc::Stream<_>);
    assert_eq!(&*shop.service.upload_media(call).await.unwrap_err().reason, "CUT");
    assert!(!shop.title("limite").await.has_media);
    assert!(stored(&shop).await.is_empty(), "nothing of them is left");

    let asset = upload_film(&shop, &title_id).await;
    assert_eq!(
        asset.objects[0].size_bytes,
        i64::try_from(DEMONSTRATION_FILM.len()).unwrap()
    );
    let bytes = shop.blobs.get(&location(&asset)).await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, DEMONSTRATION_FILM);
    assert!(asset.notes[0].starts_with("MP4, 0:00:22, H.264 "), "{:?}", asset.notes);
    let status = status(&shop, &title_id).await;
    assert_eq!((status.state(), status.reason.as_str()), (MediaState::Ready, ""));
    assert!((21_000..24_000).contains(&status.duration_ms), "{}", status.duration_ms);
    assert!(status.renditions[0].height > 0);
}

async fn a_film_that_browsers_do_not_play_is_kept_and_not_sold(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let asset = upload_bytes(&shop, &title_id, &hevc()).await.unwrap();
    assert!(asset.notes[1].contains("HEVC"), "{:?}", asset.notes);
    let title = shop.title("limite").await;
    assert!(!title.playable && !title.has_media);
    // Otherwise a rental's viewing window would start over a picture that stays black.
    assert_eq!(&*media(&shop, &title_id).await.unwrap_err().reason, "MEDIA_NOT_FOUND");
    let told = status(&shop, &title_id).await;
    assert_eq!(told.state(), MediaState::Unplayable);
    assert!(told.reason.contains("HEVC"), "{}", told.reason);
    let listed = Call::by_service(api::catalogue::ListUnplayableTitlesRequest::default());
    let listed = shop.service.list_unplayable_titles(listed).await.unwrap();
    assert!(listed.titles[0].reason.contains("HEVC"), "{}", listed.titles[0].reason);

    let [first, second] = pieces(&title_id, &hevc());
    let first = UploadMediaRequest {
        sell_anyway: true,
        ..first
    };
    let sold = shop
        .service
        .upload_media(Call::by_service(said([first, second])))
        .await
        .unwrap();
    assert!(sold.notes[1].contains("sold all the same"), "{:?}", sold.notes);
    assert!(shop.title("limite").await.playable);
    let told = status(&shop, &title_id).await;
    assert_eq!((told.state(), told.sold_anyway), (MediaState::Ready, true));
    assert!(media(&shop, &title_id).await.is_ok());
}

async fn a_good_film_stays_when_what_comes_is_worse(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let good = upload_film(&shop, &title_id).await;
    let cut_off = upload_bytes(&shop, &title_id, &DEMONSTRATION_FILM[..5000]).await;
    assert!(cut_off.is_err());
    let refused = upload_bytes(&shop, &title_id, &hevc()).await.unwrap_err();
    assert_eq!(&*refused.reason, "NOT_PLAYABLE");
    assert!(refused.message.contains("HEVC"), "{}", refused.message);
    assert_eq!(media(&shop, &title_id).await.unwrap().objects, good.objects);
    assert_eq!(stored(&shop).await, [location(&good)]);
    assert!(shop.title("limite").await.playable);
}

async fn a_replaced_film_is_kept_for_those_who_watch_it_and_then_goes(db: &Db) {
    let (shop, limite) = shop(db).await;
    shop.import(vec![film("Ganga Bruta", 1933)]).await;
    let ganga = shop.id_of("ganga").await;
    let first = upload_film(&shop, &limite).await;
    let shared = SetMediaRequest {
        title_id: ganga.clone(),
        objects: first.objects.clone(),
    };
    shop.service.set_media(Call::by_service(shared)).await.unwrap();
    let second = upload_film(&shop, &limite).await;
    let third = upload_film(&shop, &limite).await;
    let told = media(&shop, &limite).await.unwrap().objects;
    let replaced: Vec<_> = told
        .iter()
        .map(|object| (object.location.clone(), object.replaced))
        .collect();
    assert_eq!(replaced[0], (third.objects[0].location.clone(), false));
    assert!(replaced.contains(&(first.objects[0].location.clone(), true)));
    assert!(replaced.contains(&(second.objects[0].location.clone(), true)));
    let sweeper = shop.catalogue.sweeper();
    shop.clock.set_us(shop.clock.now_us() + 12 * HOUR_US);
    sweeper.sweep(true).await;
    assert_eq!(
        stored(&shop).await.len(),
        3,
        "a player's lease may live for twelve hours"
    );
    shop.clock.set_us(shop.clock.now_us() + 2 * HOUR_US);
    sweeper.sweep(true).await;
    let mut expected = [location(&first), location(&third)];
    expected.sort();
    assert_eq!(
        stored(&shop).await,
        expected,
        "the other title still plays the first file"
    );
    assert_eq!(media(&shop, &limite).await.unwrap().objects.len(), 1);
    // When that one is replaced too, its file is removed.
    upload_film(&shop, &ganga).await;
    shop.clock.set_us(shop.clock.now_us() + 14 * HOUR_US);
    sweeper.sweep(false).await;
    assert!(!stored(&shop).await.contains(&location(&first)));
    assert_eq!(stored(&shop).await.len(), 2);
}

/// Uploads half of a film, runs `then`, and uploads the rest.
async fn half_way<T>(shop: &Shop, title_id: &str, then: impl AsyncFnOnce() -> T) -> T {
    let (arrived, waits) = oneshot::channel();
    let [first, _] = pieces(title_id, DEMONSTRATION_FILM);
    let rest = stream::once(async move {
        arrived.send(()).unwrap();
        pending::<rpc::Result<UploadMediaRequest>>().await
    });
    let messages = stream::iter([Ok(first)]).chain(rest);
    let call = Call::by_service(Box::pin(messages) as rpc::Stream<_>);
    tokio::select! {
        answer = shop.service.upload_media(call) => panic!("{answer:?}"),
        done = async { waits.await.unwrap(); then().await } => done,
    }
}

async fn an_interrupted_upload_is_removed_once_its_process_is_dead(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let other = Shop::open_beside(db, shop.blobs.clone()).await;
    let good = upload_film(&shop, &title_id).await;
    half_way(&shop, &title_id, async || {
        // Another process keeps the upload while its lease may still be renewed.
        other.clock.set_us(shop.clock.now_us() + 100_000_000);
        other.catalogue.sweeper().sweep(true).await;
    })
    .await;
    // The process of this upload died after the file was complete, and before it became the title's.
    let place = left_behind(db, &shop).await;
    shop.blobs.put(&place, DEMONSTRATION_FILM.into()).await.unwrap();
    other.catalogue.sweeper().sweep(true).await;
    assert!(stored(&shop).await.contains(&place));
    other.clock.set_us(shop.clock.now_us() + HOUR_US);
    other.catalogue.sweeper().sweep(true).await;
    assert_eq!(stored(&shop).await, [location(&good)]);
    assert!(uploads(db).await.is_empty());
}

async fn a_process_that_is_alone_removes_what_its_predecessor_left(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let good = upload_film(&shop, &title_id).await;
    half_way(&shop, &title_id, async || ()).await;
    let place = left_behind(db, &shop).await;
    shop.blobs.put(&place, DEMONSTRATION_FILM.into()).await.unwrap();
    let again = Shop::open_alone(db, shop.blobs.clone()).await;
    again.catalogue.sweeper().sweep(false).await;
    assert_eq!(stored(&shop).await, [location(&good)]);
    assert!(uploads(db).await.is_empty());
}

/// The place of the only upload that was begun and did not end.
async fn left_behind(db: &Db, shop: &Shop) -> Path {
    let uploads = uploads(db).await;
    assert_eq!(uploads.len(), 1, "{:?}", stored(shop).await);
    Path::from(uploads[0].as_str())
}

async fn uploads(db: &Db) -> Vec<String> {
    let rows = store::fetch_all!(db, (String,), "SELECT location FROM media_uploads");
    rows.unwrap().into_iter().map(|(location,)| location).collect()
}

async fn an_upload_that_was_given_up_changes_nothing(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let other = Shop::open_beside(db, shop.blobs.clone()).await;
    other.clock.set_us(shop.clock.now_us() + HOUR_US);
    let [first, second] = pieces(&title_id, DEMONSTRATION_FILM);
    let sweeper = other.catalogue.sweeper();
    // The process was stopped for an hour before the second half came, so another one gave its upload up.
    let rest = stream::once(async move {
        sweeper.sweep(true).await;
        Ok::<_, Fault>(second)
    });
    let call = Call::by_service(Box::pin(stream::iter([Ok(first)]).chain(rest)) as rpc::Stream<_>);
    let refused = shop.service.upload_media(call).await.unwrap_err();
    assert_eq!((refused.code, &*refused.reason), (Code::Aborted, "UPLOAD_GIVEN_UP"));
    assert!(!shop.title("limite").await.has_media);
    assert!(stored(&shop).await.is_empty(), "{:?}", stored(&shop).await);
    assert!(uploads(db).await.is_empty());
}

async fn what_was_unknown_for_days_is_removed_and_nothing_else(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let good = upload_film(&shop, &title_id).await;
    let lost = format!("titles/{title_id}/019ac0de-0000-7000-8000-000000000001/film.mp4");
    let operators = ["titles/1/film.mp4", "films/limite.mp4", "demonstration/film.mp4"];
    for place in operators.into_iter().chain([lost.as_str()]) {
        shop.blobs.put(&place.into(), "x".into()).await.unwrap();
    }
    // As long as the database has not known it for days, its own catalogue may come back.
    let sweeper = shop.catalogue.sweeper();
    let days = |days: i64| shop.clock.set_us(shop.clock.now_us() + days * 24 * HOUR_US);
    let unknown = async || {
        let call = Call::by_service(GetUnknownFilesRequest {});
        shop.service.get_unknown_files(call).await.unwrap()
    };
    assert_eq!(unknown().await, UnknownFiles::default());
    let removed_at_us = shop.clock.now_us() + 7 * 24 * HOUR_US;
    sweeper.sweep(true).await;
    days(6);
    sweeper.sweep(true).await;
    assert!(stored(&shop).await.contains(&lost.as_str().into()));
    let found = UnknownFiles {
        file_count: 1,
        first_removed_at_us: removed_at_us,
        last_removed_at_us: removed_at_us,
    };
    assert_eq!(unknown().await, found);
    days(2);
    sweeper.sweep(false).await;
    assert!(stored(&shop).await.contains(&lost.as_str().into()));
    sweeper.sweep(true).await;
    let mut expected: Vec<Path> = operators.into_iter().map(Path::from).chain([location(&good)]).collect();
    expected.sort();
    assert_eq!(stored(&shop).await, expected);
    assert_eq!(unknown().await, UnknownFiles::default());
}

async fn a_file_that_becomes_known_again_is_not_removed_later(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let good = upload_film(&shop, &title_id).await;
    let back = format!("titles/{title_id}/019ac0de-0000-7000-8000-000000000002/film.mp4");
    shop.blobs
        .put(&back.as_str().into(), DEMONSTRATION_FILM.into())
        .await
        .unwrap();
    let sweeper = shop.catalogue.sweeper();
    let days = |days: i64| shop.clock.set_us(shop.clock.now_us() + days * 24 * HOUR_US);
    sweeper.sweep(true).await;
    days(6);
    let mut object = good.objects[0].clone();
    back.clone_into(&mut object.location);
    let set = |object: &api::catalogue::MediaObject| {
        let request = SetMediaRequest {
            title_id: title_id.clone(),
            objects: vec![object.clone()],
        };
        shop.service.set_media(Call::by_service(request))
    };
    set(&object).await.unwrap();
    days(2);
    sweeper.sweep(true).await;
    assert!(stored(&shop).await.contains(&back.as_str().into()));
    // A file whose record was lost a second time is kept as long as one that was never known.
    store::write_tx!(db, |tx| {
        store::execute!(tx, "DELETE FROM media_objects WHERE location = $1", back.as_str())
    })
    .unwrap();
    sweeper.sweep(true).await;
    days(6);
    sweeper.sweep(true).await;
    assert!(stored(&shop).await.contains(&back.as_str().into()));
    days(2);
    sweeper.sweep(true).await;
    assert!(!stored(&shop).await.contains(&back.as_str().into()));
}

async fn media_are_set_to_films_that_are_there(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let mut object = upload_film(&shop, &title_id).await.objects.remove(0);
    let set = |object: &api::catalogue::MediaObject| {
        let request = SetMediaRequest {
            title_id: title_id.clone(),
            objects: vec![object.clone()],
        };
        shop.service.set_media(Call::by_service(request))
    };
    "films/none.mp4".clone_into(&mut object.location);
    assert_eq!(set(&object).await.unwrap_err().fields()[0].field, "location");
    shop.blobs
        .put(&"films/none.mp4".into(), "no film".into())
        .await
        .unwrap();
    assert_eq!(set(&object).await.unwrap_err().fields()[0].field, "bytes");
    shop.blobs
        .put(&"films/none.mp4".into(), DEMONSTRATION_FILM.into())
        .await
        .unwrap();
    object.size_bytes = 1;
    let asset = set(&object).await.unwrap();
    assert_eq!(
        asset.objects[0].size_bytes,
        i64::try_from(DEMONSTRATION_FILM.len()).unwrap()
    );
    assert!(shop.title("limite").await.playable);
}

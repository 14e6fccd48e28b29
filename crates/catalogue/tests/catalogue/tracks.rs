//! Subtitles and chapters belong to a film.

use api::catalogue::{MediaAsset, MediaRole, MediaService as _, SubtitleTrack, UploadMediaRequest};
use catalogue::MIGRATIONS;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use rpc::Call;
use store::Db;

use crate::world::{Shop, limite, said, upload_film};

store::each_engine!(
    MIGRATIONS:
    subtitles_and_chapters_are_told_with_the_title_and_its_media,
    a_track_that_is_none_is_refused_and_leaves_nothing_behind,
    a_new_film_keeps_the_tracks_of_the_old_one,
    a_track_ends_with_its_film,
);

const CUE: &str = "WEBVTT\n\n00:01.000 --> 00:02.000\nOi.\n";

/// A file of a role, in two pieces.
fn file(title_id: &str, role: MediaRole, language: &str, content: &str) -> [UploadMediaRequest; 2] {
    let (name, content_type) = match role {
        MediaRole::Subtitles => (format!("subtitles.{language}.vtt"), "text/vtt"),
        MediaRole::Chapters => ("chapters.vtt".to_owned(), "text/vtt"),
        MediaRole::Film | MediaRole::Unspecified => ("film.mp4".to_owned(), "video/mp4"),
    };
    let (start, rest) = content.split_at(content.len() / 2);
    let first = UploadMediaRequest {
        title_id: title_id.to_owned(),
        name,
        content_type: content_type.to_owned(),
        bytes: start.as_bytes().to_vec(),
        role: role.into(),
        language: language.to_owned(),
        label: String::new(),
        sell_anyway: false,
    };
    let second = UploadMediaRequest {
        bytes: rest.as_bytes().to_vec(),
        ..UploadMediaRequest::default()
    };
    [first, second]
}

async fn upload(shop: &Shop, pieces: [UploadMediaRequest; 2]) -> rpc::Result<MediaAsset> {
    shop.service.upload_media(Call::by_service(said(pieces))).await
}

/// A shop with a title, and its id.
async fn shop(db: &Db) -> (Shop, String) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let title_id = shop.id_of("limite").await;
    (shop, title_id)
}

async fn add_film(shop: &Shop, title_id: &str) {
    upload_film(shop, title_id).await;
}

async fn stored(shop: &Shop) -> usize {
    shop.blobs.list(None).try_collect::<Vec<_>>().await.unwrap().len()
}

async fn subtitles_and_chapters_are_told_with_the_title_and_its_media(db: &Db) {
    let (shop, title_id) = shop(db).await;
    add_film(&shop, &title_id).await;
    for language in ["pt-BR", "en"] {
        let subtitles = file(&title_id, MediaRole::Subtitles, language, CUE);
        upload(&shop, subtitles).await.unwrap();
    }
    let chapters = file(&title_id, MediaRole::Chapters, "", CUE);
    let asset = upload(&shop, chapters).await.unwrap();
    let names: Vec<_> = asset.objects.iter().map(|object| &*object.name).collect();
    assert_eq!(
        names,
        ["film.mp4", "subtitles.pt-BR.vtt", "subtitles.en.vtt", "chapters.vtt"]
    );
    let title = shop.title("limite").await;
    let track = |language: &str, label: &str| SubtitleTrack {
        language: language.to_owned(),
        label: label.to_owned(),
    };
    assert_eq!(
        title.subtitle_tracks,
        [track("pt-BR", "Português (Brasil)"), track("en", "English")]
    );
    assert!(title.has_media && title.has_chapters);
    // A track in the same language replaces the earlier one.
    let again = file(&title_id, MediaRole::Subtitles, "en", &CUE.replace("Oi", "Hi"));
    upload(&shop, again).await.unwrap();
    // The replaced track is kept for customers who are watching it.
    assert_eq!(stored(&shop).await, 5);
}

async fn a_track_that_is_none_is_refused_and_leaves_nothing_behind(db: &Db) {
    let (shop, title_id) = shop(db).await;
    let subtitles = |language: &str, content: &str| file(&title_id, MediaRole::Subtitles, language, content);
    let without_film = upload(&shop, subtitles("en", CUE)).await.unwrap_err();
    assert_eq!(&*without_film.reason, "MEDIA_NOT_FOUND");
    add_film(&shop, &title_id).await;
    let too_long = "x".repeat(2 * 1024 * 1024 + 1);
    let wrong = [
        ("bytes", subtitles("en", "There is no cue in this.")),
        ("bytes", subtitles("en", &format!("WEBVTT\n\nNOTE {too_long}"))),
        ("language", subtitles("english-of-england", CUE)),
        ("language", subtitles("", CUE)),
    ];
    for (field, pieces) in wrong {
        assert_eq!(upload(&shop, pieces).await.unwrap_err().fields()[0].field, field);
    }
    assert_eq!(shop.title("limite").await.subtitle_tracks, []);
    assert_eq!(stored(&shop).await, 1);
}

async fn a_new_film_keeps_the_tracks_of_the_old_one(db: &Db) {
    let (shop, title_id) = shop(db).await;
    add_film(&shop, &title_id).await;
    upload(&shop, file(&title_id, MediaRole::Chapters, "", CUE))
        .await
        .unwrap();
    upload(&shop, file(&title_id, MediaRole::Subtitles, "en", CUE))
        .await
        .unwrap();
    add_film(&shop, &title_id).await;
    let title = shop.title("limite").await;
    assert!(title.has_media && title.has_chapters);
    assert_eq!(title.subtitle_tracks[0].language, "en");
}

async fn a_track_ends_with_its_film(db: &Db) {
    let (shop, title_id) = shop(db).await;
    add_film(&shop, &title_id).await;
    let subtitles = |content: &str| file(&title_id, MediaRole::Subtitles, "en", content);
    let beyond = upload(&shop, subtitles("WEBVTT\n\n00:50.000 --> 00:51.000\nOi.\n"))
        .await
        .unwrap_err();
    assert!(
        beyond.message.contains("the film ends at 00:00:2"),
        "{}",
        beyond.message
    );
    let asset = upload(&shop, subtitles("1\n00:00:20,000 --> 00:00:51,000\nOl\u{e1}.\n"))
        .await
        .unwrap();
    assert_eq!(
        asset.notes,
        ["It was SubRip (SRT).", "Line 2: ended a cue with the film."]
    );
    let kept = asset
        .objects
        .iter()
        .find(|object| object.role() == MediaRole::Subtitles)
        .unwrap();
    let kept = shop
        .blobs
        .get(&kept.location.as_str().into())
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let kept = String::from_utf8(kept.to_vec()).unwrap();
    assert!(kept.starts_with("WEBVTT\n\n00:00:20.000 --> 00:00:2"), "{kept}");
    assert!(kept.ends_with("\nOl\u{e1}.\n"), "{kept}");
}

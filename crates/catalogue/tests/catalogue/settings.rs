//! The store says of itself what its staff set, and everybody learns of it.

use api::catalogue::{
    GetStoreLogoRequest, GetStoreSettingsRequest, SetStoreSettingsRequest, SettingsService as _, StoreSettings,
    WatchStoreSettingsRequest,
};
use catalogue::MIGRATIONS;
use futures::StreamExt;
use rpc::{Call, Code};
use store::Db;
use tokio_util::sync::CancellationToken;

use crate::world::{Shop, by_guest, texts};

store::each_engine!(
    MIGRATIONS:
    what_is_named_is_set_and_the_rest_stays,
    a_setting_that_cannot_be_is_refused_and_nothing_changes,
    a_name_given_at_the_start_does_not_replace_one_that_was_set,
    a_logo_is_had_by_its_hash_until_it_is_another,
    only_staff_change_settings,
    watchers_of_any_process_get_the_settings_and_each_change,
);

/// A picture of two pixels for each of its sixteen rows, without its content.
const LOGO: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x10\x08\x06\0\0\0\0\0\0\0";

async fn settings(shop: &Shop) -> StoreSettings {
    let request = GetStoreSettingsRequest {};
    shop.service.get_store_settings(by_guest(request)).await.unwrap()
}

async fn set(shop: &Shop, request: SetStoreSettingsRequest) -> rpc::Result<StoreSettings> {
    shop.service.set_store_settings(Call::by_service(request)).await
}

fn named(name: &str) -> SetStoreSettingsRequest {
    SetStoreSettingsRequest {
        fields: texts(&["name"]),
        name: name.to_owned(),
        ..SetStoreSettingsRequest::default()
    }
}

async fn what_is_named_is_set_and_the_rest_stays(db: &Db) {
    let shop = Shop::open(db).await;
    let unset = settings(&shop).await;
    assert_eq!((unset.name.as_str(), unset.is_named), ("Film store", false));
    let all = SetStoreSettingsRequest {
        fields: texts(&["name", "tagline", "accent", "legal_name", "mail_sender"]),
        name: "Cine Clube".to_owned(),
        tagline: "Filmes de sempre".to_owned(),
        accent: "#8A1C4A".to_owned(),
        legal_name: "Cine Clube Ltda.".to_owned(),
        mail_sender: "Cine Clube <loja@films.example>".to_owned(),
        // Not named.
        tax_id: "12".to_owned(),
        ..SetStoreSettingsRequest::default()
    };
    let first = set(&shop, all.clone()).await.unwrap();
    assert_eq!(
        (first.name.as_str(), first.is_named, first.tax_id.as_str()),
        ("Cine Clube", true, "")
    );
    assert_eq!(
        (first.accent.as_str(), first.accent_light.as_str()),
        ("#8a1c4a", "#8a1c4a")
    );
    assert_ne!(first.accent_dark, first.accent);
    assert_eq!(set(&shop, all).await.unwrap(), first, "the same again changes nothing");
    let renamed = set(&shop, named("Cine Belém")).await.unwrap();
    let expected = StoreSettings {
        name: "Cine Belém".to_owned(),
        revision: renamed.revision,
        ..first.clone()
    };
    assert_eq!(renamed, expected);
    assert!(renamed.revision > first.revision);
    let unnamed = set(&shop, named("")).await.unwrap();
    assert_eq!((unnamed.name.as_str(), unnamed.is_named), ("Film store", false));
    assert_eq!(unnamed.legal_name, "Cine Clube Ltda.");
    // Another process, and one that starts later, say the same.
    assert_eq!(settings(&Shop::open(db).await).await, unnamed);
}

async fn a_setting_that_cannot_be_is_refused_and_nothing_changes(db: &Db) {
    let shop = Shop::open(db).await;
    set(&shop, named("Cine Clube")).await.unwrap();
    let before = settings(&shop).await;
    let with = |field: &str, change: fn(&mut SetStoreSettingsRequest)| {
        let mut request = SetStoreSettingsRequest {
            fields: texts(&["name", field]),
            name: "Another".to_owned(),
            ..SetStoreSettingsRequest::default()
        };
        change(&mut request);
        request
    };
    for (field, request) in [
        ("name", named(&"x".repeat(61))),
        ("name", named("\u{200b}")),
        ("accent", with("accent", |request| request.accent = "#777777".into())),
        ("accent", with("accent", |request| request.accent = "red".into())),
        (
            "contact_email",
            with("contact_email", |request| request.contact_email = "nobody".into()),
        ),
        (
            "mail_sender",
            with("mail_sender", |request| request.mail_sender = "nobody".into()),
        ),
        (
            "logo",
            with("logo", |request| request.logo = b"<svg onload='alert(1)'/>".to_vec()),
        ),
        ("logo", with("logo", |request| request.logo = vec![0; 512 * 1024 + 1])),
        ("fields", with("colour", |_| {})),
        ("fields", SetStoreSettingsRequest::default()),
    ] {
        let refused = set(&shop, request).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidArgument, "{field}");
        assert_eq!(refused.fields()[0].field, field);
    }
    assert_eq!(settings(&shop).await, before);
}

async fn a_name_given_at_the_start_does_not_replace_one_that_was_set(db: &Db) {
    let shop = Shop::open(db).await;
    let given = |name: &str| SetStoreSettingsRequest {
        only_unset: true,
        ..named(name)
    };
    assert_eq!(set(&shop, given("First")).await.unwrap().name, "First");
    assert_eq!(set(&shop, given("Second")).await.unwrap().name, "First");
    assert_eq!(set(&shop, named("Third")).await.unwrap().name, "Third");
}

async fn a_logo_is_had_by_its_hash_until_it_is_another(db: &Db) {
    let shop = Shop::open(db).await;
    let logo = |image: &[u8]| SetStoreSettingsRequest {
        fields: texts(&["logo"]),
        logo: image.to_vec(),
        ..SetStoreSettingsRequest::default()
    };
    let get = async |hash: &str| {
        let request = GetStoreLogoRequest { hash: hash.to_owned() };
        shop.service.get_store_logo(by_guest(request)).await
    };
    let first = set(&shop, logo(LOGO)).await.unwrap().logo_hash;
    let kept = get(&first).await.unwrap();
    assert_eq!((kept.content_type.as_str(), kept.image.as_slice()), ("image/png", LOGO));
    let other = [LOGO, b"\0"].concat();
    let second = set(&shop, logo(&other)).await.unwrap().logo_hash;
    assert_eq!(get(&second).await.unwrap().image, other);
    set(&shop, named("Cine Clube")).await.unwrap();
    assert_eq!(get(&second).await.unwrap().image, other, "a new name leaves the logo");
    assert_eq!(set(&shop, logo(b"")).await.unwrap().logo_hash, "");
    for gone in [first.as_str(), &second, ""] {
        assert_eq!(&*get(gone).await.unwrap_err().reason, "LOGO_NOT_FOUND");
    }
}

async fn only_staff_change_settings(db: &Db) {
    let shop = Shop::open(db).await;
    let refused = shop
        .service
        .set_store_settings(shop.by_customer(named("Mine")))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::PermissionDenied);
    let refused = shop
        .service
        .set_store_settings(by_guest(named("Mine")))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Unauthenticated);
    assert_eq!(settings(&shop).await.name, "Film store");
}

async fn watchers_of_any_process_get_the_settings_and_each_change(db: &Db) {
    let (here, there) = (Shop::open(db).await, Shop::open(db).await);
    let stop = CancellationToken::new();
    let follower = there.catalogue.follower();
    let following = tokio::spawn({
        let stop = stop.clone();
        async move { follower.run(stop).await }
    });
    let watch = || by_guest(WatchStoreSettingsRequest {});
    let mut own = here.service.watch_store_settings(watch()).await.unwrap();
    let mut others = there.service.watch_store_settings(watch()).await.unwrap();
    for seen in [&mut own, &mut others] {
        assert_eq!(seen.next().await.unwrap().unwrap().name, "Film store");
    }
    // A change of a film is none of the settings.
    here.import(vec![crate::world::limite()]).await;
    for name in ["Cine Clube", "Cine Belém"] {
        set(&here, named(name)).await.unwrap();
        for seen in [&mut own, &mut others] {
            assert_eq!(seen.next().await.unwrap().unwrap().name, name);
        }
    }
    stop.cancel();
    following.await.unwrap();
}
